/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* util.h - plain C without vwire types or I/O: numbers, names, MAC addresses, strings */
#ifndef VWU_UTIL_H
#define VWU_UTIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#define VWU_ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

static inline void vwu_free_(void *p)
{
	free(*(void **)p);
}
/* Frees a local pointer at the end of its scope. */
#define vwu_auto_free __attribute__((cleanup(vwu_free_)))

/* -- str.c: a string that grows ---------------------------------------------------------- */
struct vwu_str {
	char	*s;	/* NUL-terminated once anything was added; NULL before */
	size_t	 len, cap;
	bool	 failed; /* an allocation failed: later adds do nothing; check once at the end */
};
void vwu_str_add(struct vwu_str *b, const char *text);
void vwu_str_addn(struct vwu_str *b, const char *text, size_t n);
void vwu_str_addf(struct vwu_str *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void vwu_str_free(struct vwu_str *b);
/* The text, to be freed by the caller; NULL when an allocation failed. Empties @b. */
char *vwu_str_take(struct vwu_str *b);
/* Split at @sep into a NULL-terminated array; one free() frees array and texts. */
char **vwu_split(const char *text, char sep, size_t *n);

/* -- pool.c: memory of a snapshot, freed at once: big blocks, so that a link costs few bytes -- */
struct vwu_pool {
	struct vwu_block *blocks;
	bool failed;	/* an allocation failed: check once at the end */
};
/* Zeroed memory; NULL when there is none. */
void *vwu_pool_get(struct vwu_pool *p, size_t n);
/* Copy of @text; NULL for NULL or when there is no memory. */
const char *vwu_pool_str(struct vwu_pool *p, const char *text);
void vwu_pool_free(struct vwu_pool *p);

/* -- utf8.c: characters, and words that look alike ------------------------------------------ */
/* Decode the character at @s of at most @n bytes: its length, 0 when it is not UTF-8 (RFC 3629). */
size_t vwu_utf8(const char *s, size_t n, uint32_t *cp);
/* That of @n @words most like @word, for "did you mean"; NULL when none is near. */
const char *vwu_nearest(const char *word, const char *const *words, size_t n);

/* -- num.c: numbers, strictly ------------------------------------------------------------- */
/* Decimal digits only, nothing before or after; false when out of @min..@max. */
bool vwu_parse_u64(const char *text, uint64_t min, uint64_t max, uint64_t *out);
bool vwu_parse_u32(const char *text, uint32_t min, uint32_t max, uint32_t *out);

/* -- mac.c: MAC addresses ------------------------------------------------------------------ */
/* "2:8:20:a:b:c", "02-08-20-0a-0b-0c", "0208.200a.0b0c", "0208200a0b0c"; false: malformed. */
bool vwu_mac_parse(const char *text, uint8_t mac[6]);
/* 1 to 6 bytes "2:8:20"; 0: malformed, else the number of bytes. */
size_t vwu_mac_prefix_parse(const char *text, uint8_t mac[6]);
/* NULL when an interface may have it, else the reason: "is a multicast address" ... */
const char *vwu_mac_unusable(const uint8_t mac[6]);

/* -- ip.c: IP addresses with a prefix length ------------------------------------------------ */
struct vwu_prefix {
	uint8_t	family;		/* 4, 6 */
	uint8_t	len;		/* bits */
	uint8_t	addr[16];	/* of IPv4 the first four, the rest is zero */
};
#define VWU_PREFIX_STRLEN	52
/*
 * "192.0.2.0/24", "2001:db8::/32"; without a length all bits count. NULL, or why not, for
 * "'x' <reason>": when only bits behind the length were set, they are cleared in @out; after any
 * other fault its family is 0.
 */
const char *vwu_prefix_parse(const char *text, struct vwu_prefix *out);
/* Always with a length; returns @out. */
char *vwu_prefix_format(const struct vwu_prefix *p, char out[VWU_PREFIX_STRLEN]);

/* -- name.c: names of links, and the names the kernel gets for them ------------------------ */
#define VWU_IFNAME	16		/* IFNAMSIZ, NUL included */
/* NULL when a link may be made under @name, else the reason, for "'x' <reason>". */
const char *vwu_name_invalid(const char *name);
/* The same for bridges, which need no number at the end. */
const char *vwu_bridge_name_invalid(const char *name);
/* The same for flows. */
const char *vwu_flow_name_invalid(const char *name);
/* For a name with only "does not end in a number" wrong: true, and @out gets "web0" for "web". */
bool vwu_name_suggest(const char *name, char *out, size_t len);
/* The kernel's name: @name itself up to 15 bytes, else its beginning, '~' and a hash. */
void vwu_name_kernel(const char *name, char out[VWU_IFNAME]);
/*
 * Names of devices hidden behind a link. They end in a letter, so no link a user makes can have
 * them: "web1-p" the port end of VNIC web1; "sim0-s" the far end of a simnet; "eth0.200-v" what
 * carries VLAN 200 of eth0 below its VNICs; "eth0-q" and "eth0-r" the two ends of the queue in
 * which frames of links over eth0 wait. Too long ones: beginning, '~', hash, suffix.
 */
void vwu_name_port(const char *link, char out[VWU_IFNAME]);
void vwu_name_far(const char *link, char out[VWU_IFNAME]);
void vwu_name_queue(const char *root, char out[VWU_IFNAME]);
void vwu_name_queue_far(const char *root, char out[VWU_IFNAME]);
void vwu_name_vlan(const char *over, uint16_t vid, char out[VWU_IFNAME]);

/* -- hash.c --------------------------------------------------------------------------------- */
uint64_t vwu_hash(const void *data, size_t n);	/* FNV-1a, 64 bits */
/* Map from text to index, open addressing; keys stay the caller's. */
struct vwu_map {
	const char	**keys;
	size_t		 *vals;
	size_t		  n, cap;
};
bool vwu_map_put(struct vwu_map *m, const char *key, size_t val);	/* false: no memory */
bool vwu_map_get(const struct vwu_map *m, const char *key, size_t *val);
void vwu_map_free(struct vwu_map *m);

#endif

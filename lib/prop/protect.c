/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* protect.c - what a link's owner may send: protection, allowed-ips, allowed-dhcp-cids */
#include <stdio.h>
#include <string.h>

#include "prop/rows.h"

#define ENTRIES_MAX	32	/* as illumos has it */

/* -- protection -------------------------------------------------------------------------------------- */

static const struct { const char *word; unsigned bit; } words[] = {
	{ "mac-nospoof", VWB_PROTECT_MAC }, { "restricted", VWB_PROTECT_RESTRICTED },
	{ "ip-nospoof", VWB_PROTECT_IP }, { "dhcp-nospoof", VWB_PROTECT_DHCP },
};

static int put_protection(struct vw_handle *h, unsigned set, char *out, size_t len)
{
	struct vwu_str list = { 0 };
	int rc;

	for (size_t i = 0; i < VWU_ARRAY_SIZE(words); i++)
		if (set & words[i].bit)
			vwu_str_addf(&list, "%s%s", list.len ? "," : "", words[i].word);
	rc = list.failed ? vwc_nomem(h) : vwp_put(h, out, len, "%s", list.s ? list.s : "");
	vwu_str_free(&list);
	return rc;
}

static unsigned bit_of(const char *word)
{
	for (size_t i = 0; i < VWU_ARRAY_SIZE(words); i++)
		if (strcmp(words[i].word, word) == 0)
			return words[i].bit;
	return 0;
}

static int list_protection(struct vw_handle *h, const char *text, unsigned *set)
{
	size_t n = 0;
	vwu_auto_free char **list = vwu_split(text, ',', &n);

	*set = 0;
	if (list == NULL)
		return vwc_nomem(h);
	for (size_t i = 0; i < n; i++) {
		unsigned bit = bit_of(list[i]);

		if (bit == 0)
			return vwc_why(h, VW_ERR_BADVAL, "protection: must be of mac-nospoof, "
				       "restricted, ip-nospoof, dhcp-nospoof, is '%.80s'", list[i]);
		if (*set & bit)
			return vwc_why(h, VW_ERR_BADVAL, "protection: '%s' is there twice", list[i]);
		*set |= bit;
	}
	return VW_OK;
}

int vwp_protection_parse(struct vw_handle *h, const char *text, char *out, size_t len)
{
	unsigned set;
	int rc = list_protection(h, text, &set);

	return rc < 0 ? rc : put_protection(h, set, out, len);
}

int vwp_protection_read(struct vw_handle *h, const struct vwp_link *l, char *out, size_t len)
{
	const struct vwpl_state *s = vwp_held(l);

	return put_protection(h, s ? s->point.protect : 0, out, len);
}

/* -- a list of up to 32 that is kept in order: the maps it is read back from have none -------------- */

struct list {
	const char	*name;
	size_t		 size;		/* of an entry */
	int (*parse)(struct vw_handle *h, const char *text, void *entry);
	void (*print)(struct vwu_str *b, const void *entry);
	int (*compare)(const void *a, const void *b);
};

static int twice(struct vw_handle *h, const struct list *l, const char *v, size_t n)
{
	struct vwu_str text = { 0 };
	int rc = VW_OK;

	for (size_t i = 1; i < n && rc == VW_OK; i++)
		if (l->compare(v + (i - 1) * l->size, v + i * l->size) == 0) {
			l->print(&text, v + i * l->size);
			rc = text.failed ? vwc_nomem(h)
					 : vwc_why(h, VW_ERR_BADVAL, "%s: %.80s is there twice",
						   l->name, text.s);
		}
	vwu_str_free(&text);
	return rc;
}

static int read_list(struct vw_handle *h, const struct list *l, const char *text, void **out,
		     size_t *nout)
{
	size_t n = 0;
	vwu_auto_free char **texts = vwu_split(text, ',', &n);
	char *v = texts ? calloc(n ? n : 1, l->size) : NULL;
	int rc = v ? VW_OK : vwc_nomem(h);

	if (rc == VW_OK && n > ENTRIES_MAX)
		rc = vwc_why(h, VW_ERR_BADVAL, "%s: must be at most %d entries, are %zu", l->name,
			     ENTRIES_MAX, n);
	for (size_t i = 0; i < n && rc == VW_OK; i++)
		rc = l->parse(h, texts[i], v + i * l->size);
	if (rc == VW_OK) {
		qsort(v, n, l->size, l->compare);
		rc = twice(h, l, v, n);
	}
	if (rc < 0) {
		free(v);
		return rc;
	}
	*out = v;
	*nout = n;
	return VW_OK;
}

static int put_list(struct vw_handle *h, const struct list *l, const void *v, size_t n, char *out,
		    size_t len)
{
	struct vwu_str b = { 0 };
	int rc;

	for (size_t i = 0; i < n; i++) {
		vwu_str_add(&b, i ? "," : "");
		l->print(&b, (const char *)v + i * l->size);
	}
	rc = b.failed ? vwc_nomem(h) : vwp_put(h, out, len, "%s", b.s ? b.s : "");
	vwu_str_free(&b);
	return rc;
}

/* As typed to canonical. */
static int parse_list(struct vw_handle *h, const struct list *l, const char *text, char *out,
		      size_t len)
{
	vwu_auto_free void *v = NULL;
	size_t n;
	int rc = read_list(h, l, text, &v, &n);

	return rc < 0 ? rc : put_list(h, l, v, n, out, len);
}

/* As the kernel gives it, in whatever order. */
static int show_list(struct vw_handle *h, const struct list *l, const void *from, size_t n,
		     char *out, size_t len)
{
	vwu_auto_free char *v = malloc(n * l->size + 1);

	if (v == NULL)
		return vwc_nomem(h);
	if (n > 0) {
		memcpy(v, from, n * l->size);
		qsort(v, n, l->size, l->compare);
	}
	return put_list(h, l, v, n, out, len);
}

/* A list that no protection in force goes by is nowhere but in the definition, and waits there. */
static const char *waiting(struct vw_handle *h, const struct vwp_link *l, const char *name,
			   unsigned bit)
{
	const char *asked = l->def ? vws_link_prop(l->def, "protection") : NULL;
	const struct vwpl_state *s = vwp_held(l);
	unsigned set = s ? s->point.protect : 0, wanted = 0;

	if (asked != NULL && list_protection(h, asked, &wanted) < 0)
		vwc_forget(h);
	return l->def && !((set | wanted) & bit) ? vws_link_prop(l->def, name) : NULL;
}

/* -- allowed-ips --------------------------------------------------------------------------------------- */

int vwp_prefix_parse(struct vw_handle *h, const char *name, const char *text,
		     struct vwpl_prefix *out)
{
	char network[VWU_PREFIX_STRLEN];
	struct vwu_prefix p;
	const char *why = vwu_prefix_parse(text, &p);

	if (why != NULL) {
		(void)vwc_why(h, VW_ERR_BADVAL, "%s: '%.80s' %s", name, text, why);
		if (p.family == 0)
			return VW_ERR_BADVAL;
		return vwc_hint(h, VW_ERR_BADVAL, "%s is the network, %.*s the host",
				vwu_prefix_format(&p, network), (int)strcspn(text, "/"), text);
	}
	out->family = p.family;
	out->len = p.len;
	memcpy(out->addr, p.addr, sizeof(out->addr));
	return VW_OK;
}

static int parse_ip(struct vw_handle *h, const char *text, void *entry)
{
	return vwp_prefix_parse(h, "allowed-ips", text, entry);
}

static void print_ip(struct vwu_str *b, const void *entry)
{
	const struct vwpl_prefix *p = entry;
	struct vwu_prefix u = { .family = p->family, .len = p->len };
	char text[VWU_PREFIX_STRLEN];

	memcpy(u.addr, p->addr, sizeof(u.addr));
	vwu_str_add(b, vwu_prefix_format(&u, text));
}

static int compare_ip(const void *a, const void *b)
{
	const struct vwpl_prefix *x = a, *y = b;
	int d = x->family - y->family;

	d = d ? d : memcmp(x->addr, y->addr, sizeof(x->addr));
	return d ? d : x->len - y->len;
}

static const struct list ips = {
	"allowed-ips", sizeof(struct vwpl_prefix), parse_ip, print_ip, compare_ip,
};

int vwp_allowed_ips_parse(struct vw_handle *h, const char *text, char *out, size_t len)
{
	return parse_list(h, &ips, text, out, len);
}

int vwp_allowed_ips_read(struct vw_handle *h, const struct vwp_link *l, char *out, size_t len)
{
	const char *asked = waiting(h, l, "allowed-ips", VWB_PROTECT_IP);
	const struct vwpl_state *s = vwp_held(l);

	if (asked != NULL)
		return vwp_put(h, out, len, "%s", asked);
	return show_list(h, &ips, s ? s->allowed : NULL, s ? s->nallowed : 0, out, len);
}

/* -- allowed-dhcp-cids: see RFC 2132 section 9.14 and RFC 8415 section 11 ----------------------------- */

enum { DUID_LLT = 1, DUID_EN = 2, DUID_LL = 3 };

static void put16(struct vwpl_cid *c, uint32_t v)
{
	c->id[c->len++] = (uint8_t)(v >> 8);
	c->id[c->len++] = (uint8_t)v;
}

static uint32_t get16(const uint8_t *p)
{
	return (uint32_t)p[0] << 8 | p[1];
}

static uint32_t get32(const uint8_t *p)
{
	return get16(p) << 16 | get16(p + 2);
}

/* Two hexadecimal digits a byte, at least one, up to the end. */
static bool hex_bytes(struct vwpl_cid *c, const char *text)
{
	static const char hex[] = "0123456789abcdef";
	size_t n = strlen(text);

	if (n == 0 || n % 2 != 0 || n / 2 > (size_t)(VWB_CID_MAX - c->len))
		return false;
	for (; *text != '\0'; text += 2) {
		const char *hi = strchr(hex, text[0] | (text[0] >= 'A' ? 0x20 : 0));
		const char *lo = strchr(hex, text[1] | (text[1] >= 'A' ? 0x20 : 0));

		if (hi == NULL || lo == NULL)
			return false;
		c->id[c->len++] = (uint8_t)((hi - hex) << 4 | (lo - hex));
	}
	return true;
}

/* "1.hwtype.time.mac", "2.enterprise.hex", "3.hwtype.mac" */
static bool typed_duid(struct vwpl_cid *c, char **part, size_t n)
{
	bool llt = part[0][0] == '0' + DUID_LLT, en = part[0][0] == '0' + DUID_EN;
	uint32_t type, number = 0;

	put16(c, (uint32_t)(part[0][0] - '0'));
	if (n != (llt ? 4u : 3u) || !vwu_parse_u32(part[1], 0, en ? UINT32_MAX : 0xffff, &type))
		return false;
	if (llt && !vwu_parse_u32(part[2], 0, UINT32_MAX, &number))
		return false;
	if (en)
		put16(c, type >> 16);
	put16(c, type);
	if (llt) {
		put16(c, number >> 16);
		put16(c, number);
	}
	if (en)
		return hex_bytes(c, part[2]);
	if (!vwu_mac_parse(part[n - 1], c->id + c->len))
		return false;
	c->len += 6;
	return true;
}

static bool is_typed(const char *text)
{
	return text[0] >= '0' + DUID_LLT && text[0] <= '0' + DUID_LL && text[1] == '.';
}

/* Printable without blanks; ',' and '=' would end the value where it is typed. */
static bool is_text(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (s[i] <= ' ' || s[i] >= 0x7f || strchr(",=\"'\\", s[i]) != NULL)
			return false;
	return n > 0 && n <= VWB_CID_MAX && !is_typed(s) && (n < 2 || memcmp(s, "0x", 2) != 0);
}

static int parse_cid(struct vw_handle *h, const char *text, void *entry)
{
	struct vwpl_cid *c = entry;
	size_t n = 0;
	vwu_auto_free char **part = vwu_split(text, '.', &n);

	if (part == NULL)
		return vwc_nomem(h);
	if (is_text(text, strlen(text))) {
		c->len = (uint8_t)strlen(text);
		memcpy(c->id, text, c->len);
		return VW_OK;
	}
	if ((is_typed(text) && typed_duid(c, part, n)) ||
	    (strncmp(text, "0x", 2) == 0 && hex_bytes(c, text + 2)))
		return VW_OK;
	(void)vwc_why(h, VW_ERR_BADVAL, "allowed-dhcp-cids: '%.80s' is no client id of up to %d bytes",
		      text, VWB_CID_MAX);
	return vwc_hint(h, VW_ERR_BADVAL, "a client id is 0x with hex digits, a DUID such as "
			"1.1.700000000.2:8:20:1:2:3, 2.9.0a0b or 3.1.2:8:20:1:2:3, or a word");
}

/* The text that the bytes have, whichever way they were typed. */
static void print_cid(struct vwu_str *b, const void *entry)
{
	const struct vwpl_cid *c = entry;
	char text[VWB_CID_MAX + 1] = "", mac[VW_MAC_STRLEN];
	uint32_t type = c->len > 2 ? get16(c->id) : 0;

	memcpy(text, c->id, c->len);
	if (type == DUID_LLT && c->len == 14) {
		vwu_str_addf(b, "1.%u.%u.%s", get16(c->id + 2), get32(c->id + 4),
			     vw_mac_format(c->id + 8, mac));
	} else if (type == DUID_LL && c->len == 10) {
		vwu_str_addf(b, "3.%u.%s", get16(c->id + 2), vw_mac_format(c->id + 4, mac));
	} else if (type == DUID_EN && c->len > 6) {
		vwu_str_addf(b, "2.%u.", get32(c->id + 2));
		for (size_t i = 6; i < c->len; i++)
			vwu_str_addf(b, "%02x", c->id[i]);
	} else if (is_text(text, c->len)) {
		vwu_str_addn(b, text, c->len);
	} else {
		vwu_str_add(b, "0x");
		for (size_t i = 0; i < c->len; i++)
			vwu_str_addf(b, "%02x", c->id[i]);
	}
}

static int compare_cid(const void *a, const void *b)
{
	const struct vwpl_cid *x = a, *y = b;
	int d = memcmp(x->id, y->id, sizeof(x->id));	/* rest zero */

	return d ? d : x->len - y->len;
}

static const struct list cids = {
	"allowed-dhcp-cids", sizeof(struct vwpl_cid), parse_cid, print_cid, compare_cid,
};

int vwp_allowed_cids_parse(struct vw_handle *h, const char *text, char *out, size_t len)
{
	return parse_list(h, &cids, text, out, len);
}

int vwp_allowed_cids_read(struct vw_handle *h, const struct vwp_link *l, char *out, size_t len)
{
	const char *asked = waiting(h, l, "allowed-dhcp-cids", VWB_PROTECT_DHCP);
	const struct vwpl_state *s = vwp_held(l);

	if (asked != NULL)
		return vwp_put(h, out, len, "%s", asked);
	return show_list(h, &cids, s ? s->cids : NULL, s ? s->ncids : 0, out, len);
}

/* -- for the engine -------------------------------------------------------------------------------------- */

static int more_macs(struct vw_handle *h, const char *text, struct vwp_policy *out)
{
	size_t n = 0;
	vwu_auto_free char **texts = vwu_split(text, ',', &n);

	out->more_macs = texts ? calloc(n ? n : 1, sizeof(*out->more_macs)) : NULL;
	if (out->more_macs == NULL)
		return vwc_nomem(h);
	for (; out->nmore < n; out->nmore++)
		if (!vwu_mac_parse(texts[out->nmore], out->more_macs[out->nmore]))
			return vwc_why(h, VW_ERR_BADVAL, "secondary-macs: '%.80s' is no address",
				       texts[out->nmore]);
	return VW_OK;
}

int vwp_protect_compile(struct vw_handle *h, const struct vws_link *def, struct vwp_policy *out)
{
	const char *protection = vws_link_prop(def, "protection");
	const char *allowed = vws_link_prop(def, "allowed-ips");
	const char *ids = vws_link_prop(def, "allowed-dhcp-cids");
	const char *more = vws_link_prop(def, "secondary-macs");
	void *v;
	int rc = protection ? list_protection(h, protection, &out->protect) : VW_OK;

	if (rc == VW_OK && allowed != NULL) {
		rc = read_list(h, &ips, allowed, &v, &out->nallowed);
		out->allowed = rc == VW_OK ? v : NULL;
	}
	if (rc == VW_OK && ids != NULL) {
		rc = read_list(h, &cids, ids, &v, &out->ncids);
		out->cids = rc == VW_OK ? v : NULL;
	}
	return rc == VW_OK && more != NULL ? more_macs(h, more, out) : rc;
}

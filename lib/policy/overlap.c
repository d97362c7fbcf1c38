/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * overlap.c - can a packet belong to two flows? Pure: sets of packets, no kernel
 *
 * A packet has a family, a local and a remote address, a DS field, a protocol, and with TCP, UDP
 * and SCTP two ports; each is free of the others but that ICMP goes with IPv4 alone and ICMPv6 with
 * IPv6 alone. So two flows of different kinds share a packet unless family or protocol keeps them
 * apart, whatever their addresses and numbers.
 */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "policy/policy.h"

#define BOTH_FAMILIES	(4 | 8)
#define ANY_PROTO	256

static bool is_ip(enum vwb_kind kind)
{
	return kind == VWB_LOCAL_IP || kind == VWB_REMOTE_IP;
}

/* 4: IPv4, 8: IPv6. */
static unsigned families(const struct vwpl_match *m)
{
	if (is_ip(m->kind))
		return m->ip.family == 4 ? 4 : 8;
	if (m->kind != VWB_DSFIELD && m->proto == IPPROTO_ICMP)
		return 4;
	if (m->kind != VWB_DSFIELD && m->proto == IPPROTO_ICMPV6)
		return 8;
	return BOTH_FAMILIES;
}

static unsigned proto(const struct vwpl_match *m)
{
	return is_ip(m->kind) || m->kind == VWB_DSFIELD ? ANY_PROTO : m->proto;
}

static bool bits_equal(const uint8_t *a, const uint8_t *b, unsigned bits)
{
	unsigned rest = bits % 8;

	if (memcmp(a, b, bits / 8) != 0)
		return false;
	return rest == 0 || ((a[bits / 8] ^ b[bits / 8]) & (0xFF00u >> rest) & 0xFF) == 0;
}

static bool same_kind(const struct vwpl_match *a, const struct vwpl_match *b)
{
	switch (a->kind) {
	case VWB_LOCAL_IP:
	case VWB_REMOTE_IP:
		return bits_equal(a->ip.addr, b->ip.addr,
				  a->ip.len < b->ip.len ? a->ip.len : b->ip.len);
	case VWB_LOCAL_PORT:
	case VWB_REMOTE_PORT:
		return a->port == b->port;
	case VWB_DSFIELD:
		return ((a->ds ^ b->ds) & a->mask & b->mask) == 0;
	default:
		return true;
	}
}

bool vwpl_overlap(const struct vwpl_match *a, const struct vwpl_match *b)
{
	unsigned pa = proto(a), pb = proto(b);

	if ((families(a) & families(b)) == 0 ||
	    (pa != pb && pa != ANY_PROTO && pb != ANY_PROTO))
		return false;
	return a->kind != b->kind || same_kind(a, b);
}

/* -- many ------------------------------------------------------------------------------------- */

/*
 * Of different kinds only family and protocol matter: one flow stands for all with the same. Of one
 * kind, sorted, one that overlaps any overlaps its neighbour: prefixes nest or are apart. DS fields
 * are 256 in number.
 */
struct set {
	const struct vwpl_match *m;
	size_t	*order, n;
	size_t	 a, b;		/* what was found */
};

static bool found(struct set *s, size_t a, size_t b)
{
	s->a = a < b ? a : b;
	s->b = a < b ? b : a;
	return true;
}

static int order_cmp(const void *x, const void *y, void *arg)
{
	const struct vwpl_match *m = arg, *a = &m[*(const size_t *)x], *b = &m[*(const size_t *)y];
	int d = (int)a->kind - (int)b->kind;

	if (d == 0)
		d = (int)families(a) - (int)families(b);
	if (d == 0)
		d = (int)proto(a) - (int)proto(b);
	if (d == 0 && is_ip(a->kind))
		d = memcmp(a->ip.addr, b->ip.addr, sizeof(a->ip.addr));
	if (d == 0 && is_ip(a->kind))
		d = (int)a->ip.len - (int)b->ip.len;
	return d != 0 || is_ip(a->kind) ? d : (int)a->port - (int)b->port;
}

static bool neighbours(struct set *s)
{
	for (size_t i = 1; i < s->n; i++) {
		size_t a = s->order[i - 1], b = s->order[i];

		if (s->m[a].kind == s->m[b].kind && vwpl_overlap(&s->m[a], &s->m[b]))
			return found(s, a, b);
	}
	return false;
}

static bool different_kinds(struct set *s)
{
	size_t first[VWB_KINDS * 16], n = 0;

	for (size_t i = 0; i < s->n; i++) {
		const struct vwpl_match *m = &s->m[s->order[i]];
		const struct vwpl_match *last = n > 0 ? &s->m[first[n - 1]] : NULL;

		if (last != NULL && last->kind == m->kind && families(last) == families(m) &&
		    proto(last) == proto(m))
			continue;
		for (size_t k = 0; k < n; k++)
			if (s->m[first[k]].kind != m->kind && vwpl_overlap(&s->m[first[k]], m))
				return found(s, first[k], s->order[i]);
		if (n == VWU_ARRAY_SIZE(first))
			return false;
		first[n++] = s->order[i];
	}
	return false;
}

static bool ds_fields(struct set *s)
{
	size_t owner[256];

	memset(owner, 0xFF, sizeof(owner));
	for (size_t i = 0; i < s->n; i++) {
		const struct vwpl_match *m = &s->m[i];

		for (unsigned v = 0; m->kind == VWB_DSFIELD && v < 256; v++) {
			if (((v ^ m->ds) & m->mask) != 0)
				continue;
			if (owner[v] != SIZE_MAX)
				return found(s, owner[v], i);
			owner[v] = i;
		}
	}
	return false;
}

int vwpl_overlap_any(const struct vwpl_match *m, size_t n, bool *any, size_t *a, size_t *b)
{
	struct set s = { .m = m, .n = n };

	s.order = calloc(n + 1, sizeof(*s.order));
	if (s.order == NULL)
		return VW_ERR_NOMEM;
	for (size_t i = 0; i < n; i++)
		s.order[i] = i;
	qsort_r(s.order, n, sizeof(*s.order), order_cmp, (void *)m);
	*any = different_kinds(&s) || neighbours(&s) || ds_fields(&s);
	free(s.order);
	if (*any) {
		*a = s.a;
		*b = s.b;
	}
	return VW_OK;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_overlap.c - vwpl_overlap() against packets: every packet of a small world is held against
 * random pairs of flows, by a matcher that knows nothing of overlaps
 */
#include <netinet/in.h>

#include "policy/policy.h"
#include "unit.h"

/* The world: two families, addresses that differ in their last three bits, five protocols, two
 * ports, DS fields that differ in three bits. */
#define ADDRS	8
#define PORTS	2
#define FIELDS	8
static const uint8_t protos[] = { IPPROTO_TCP, IPPROTO_UDP, IPPROTO_SCTP, IPPROTO_ICMP,
				  IPPROTO_ICMPV6 };

struct packet {
	unsigned family;	/* 4, 6 */
	unsigned local, remote;	/* last byte of the address */
	uint8_t	 proto;
	uint16_t local_port, remote_port;
	uint8_t	 ds;
};

static uint64_t seed = 88172645463325252ull;

static unsigned draw(unsigned n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)(seed >> 33) % n;
}

static void address(unsigned family, unsigned last, uint8_t out[16])
{
	memset(out, 0, 16);
	out[0] = family == 4 ? 10 : 0xFD;
	out[family == 4 ? 3 : 15] = (uint8_t)last;
}

static bool in_prefix(const struct vwpl_prefix *p, unsigned family, unsigned last)
{
	uint8_t a[16];

	if (p->family != family)
		return false;
	address(family, last, a);
	for (unsigned bit = 0; bit < p->len; bit++)
		if ((a[bit / 8] ^ p->addr[bit / 8]) & (0x80u >> bit % 8))
			return false;
	return true;
}

static bool has_ports(const struct packet *p)
{
	return p->proto == IPPROTO_TCP || p->proto == IPPROTO_UDP || p->proto == IPPROTO_SCTP;
}

static bool matches(const struct packet *p, const struct vwpl_match *m)
{
	switch (m->kind) {
	case VWB_LOCAL_IP:
		return in_prefix(&m->ip, p->family, p->local);
	case VWB_REMOTE_IP:
		return in_prefix(&m->ip, p->family, p->remote);
	case VWB_TRANSPORT:
		return p->proto == m->proto;
	case VWB_LOCAL_PORT:
		return has_ports(p) && p->proto == m->proto && p->local_port == m->port;
	case VWB_REMOTE_PORT:
		return has_ports(p) && p->proto == m->proto && p->remote_port == m->port;
	default:
		return (p->ds & m->mask) == (m->ds & m->mask);
	}
}

/* The @n-th packet of the world; false: no more. ICMP goes with IPv4, ICMPv6 with IPv6. */
static bool packet(unsigned n, struct packet *p)
{
	p->local = n % ADDRS;
	n /= ADDRS;
	p->remote = n % ADDRS;
	n /= ADDRS;
	p->ds = (uint8_t)(n % FIELDS);
	n /= FIELDS;
	p->local_port = (uint16_t)(n % PORTS + 1);
	n /= PORTS;
	p->remote_port = (uint16_t)(n % PORTS + 1);
	n /= PORTS;
	p->proto = protos[n % 5];
	n /= 5;
	p->family = n == 0 ? 4 : 6;
	return n < 2;
}

static bool possible(const struct packet *p)
{
	return p->proto != (p->family == 4 ? IPPROTO_ICMPV6 : IPPROTO_ICMP);
}

static struct vwpl_prefix some_prefix(void)
{
	struct vwpl_prefix p = { .family = draw(2) ? 4 : 6 };
	unsigned bits = p.family == 4 ? 32 : 128;

	/* From the whole family to one address, mostly where the world differs. */
	p.len = draw(8) == 0 ? (uint8_t)draw(bits + 1) : (uint8_t)(bits - draw(4));
	address(p.family, draw(ADDRS), p.addr);
	for (unsigned bit = p.len; bit < 128; bit++)
		p.addr[bit / 8] &= (uint8_t)~(0x80u >> bit % 8);
	return p;
}

static struct vwpl_match some_match(void)
{
	struct vwpl_match m = { .kind = (enum vwb_kind)draw(VWB_KINDS) };

	switch (m.kind) {
	case VWB_LOCAL_IP:
	case VWB_REMOTE_IP:
		m.ip = some_prefix();
		break;
	case VWB_TRANSPORT:
		m.proto = protos[draw(5)];
		break;
	case VWB_LOCAL_PORT:
	case VWB_REMOTE_PORT:
		m.proto = protos[draw(3)];
		m.port = (uint16_t)(draw(PORTS) + 1);
		break;
	default:
		m.mask = (uint8_t)draw(FIELDS);
		m.ds = (uint8_t)(draw(FIELDS) & m.mask);
	}
	return m;
}

static bool share_a_packet(const struct vwpl_match *a, const struct vwpl_match *b)
{
	struct packet p;

	for (unsigned n = 0; packet(n, &p); n++)
		if (possible(&p) && matches(&p, a) && matches(&p, b))
			return true;
	return false;
}

static void overlaps_are_exactly_shared_packets(void **state)
{
	unsigned yes = 0;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		struct vwpl_match a = some_match(), b = some_match();
		bool want = share_a_packet(&a, &b);

		yes += want;
		if (vwpl_overlap(&a, &b) != want || vwpl_overlap(&b, &a) != want)
			fail_msg("pair %d: kinds %d and %d, should %soverlap", i, a.kind, b.kind,
				 want ? "" : "not ");
	}
	assert_in_range(yes, 2000, 18000);
}

static bool pairwise(const struct vwpl_match *m, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = i + 1; k < n; k++)
			if (vwpl_overlap(&m[i], &m[k]))
				return true;
	return false;
}

static void many_overlap_exactly_when_two_of_them_do(void **state)
{
	unsigned yes = 0;

	(void)state;
	for (int i = 0; i < 50000; i++) {
		struct vwpl_match m[8];
		size_t n = draw(8) + 1, a, b;
		bool any;

		for (size_t k = 0; k < n; k++) {
			m[k] = some_match();
			/* Of one kind, else hardly any set is free of overlaps. */
			while (k > 0 && i % 2 && m[k].kind != m[0].kind)
				m[k] = some_match();
		}
		assert_int_equal(vwpl_overlap_any(m, n, &any, &a, &b), VW_OK);
		assert_int_equal(any, pairwise(m, n));
		yes += any;
		if (any) {
			assert_true(a < b && b < n);
			assert_true(vwpl_overlap(&m[a], &m[b]));
		}
	}
	assert_in_range(yes, 5000, 49000);
}

static void each_dsfield_of_a_full_set_is_its_own(void **state)
{
	struct vwpl_match m[257];
	size_t a, b;
	bool any;

	(void)state;
	for (unsigned i = 0; i < 257; i++)
		m[i] = (struct vwpl_match){ .kind = VWB_DSFIELD, .ds = (uint8_t)i, .mask = 0xFF };
	assert_int_equal(vwpl_overlap_any(m, 256, &any, &a, &b), VW_OK);
	assert_false(any);
	assert_int_equal(vwpl_overlap_any(m, 257, &any, &a, &b), VW_OK);
	assert_true(any);
	assert_int_equal(a, 0);
	assert_int_equal(b, 256);
}

static void a_prefix_that_nests_far_away_is_found(void **state)
{
	enum { MANY = 10000 };
	struct vwpl_match *m = calloc(MANY, sizeof(*m));
	size_t a, b;
	bool any;

	(void)state;
	assert_non_null(m);
	for (unsigned i = 0; i < MANY; i++) {
		m[i].kind = VWB_REMOTE_IP;
		m[i].ip = (struct vwpl_prefix){ 4, 32, { 10, 0, (uint8_t)(i >> 8), (uint8_t)i } };
	}
	assert_int_equal(vwpl_overlap_any(m, MANY, &any, &a, &b), VW_OK);
	assert_false(any);
	m[5000].ip = (struct vwpl_prefix){ 4, 31, { 10, 0, 1, 2 } };
	assert_int_equal(vwpl_overlap_any(m, MANY, &any, &a, &b), VW_OK);
	assert_true(any);
	assert_true(a == 258 || a == 259);
	assert_int_equal(b, 5000);
	free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(overlaps_are_exactly_shared_packets),
		cmocka_unit_test(many_overlap_exactly_when_two_of_them_do),
		cmocka_unit_test(each_dsfield_of_a_full_set_is_its_own),
		cmocka_unit_test(a_prefix_that_nests_far_away_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

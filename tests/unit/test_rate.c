/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_rate.c - limits to HTB: figures, and what holds for every tree of limits */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <linux/pkt_sched.h>

#include "kernel/nl.h"
#include "policy/queue.h"

#define K	1000ull
#define M	1000000ull
#define G	1000000000ull
#define NONE	VWPL_NONE
#define TREES	400

/* -- figures ----------------------------------------------------------------------------------- */

static void burst_and_quantum_follow_the_measured_rule(void **state)
{
	static const struct { uint64_t bits, bytes; uint32_t burst, quantum; } rows[] = {
		{ 64 * K,	8000,		16000,		1514 },
		{ 1 * M,	125000,		16000,		1514 },
		{ 10 * M,	1250000,	16000,		12500 },
		{ 128 * M,	16000000,	16000,		60000 },
		{ 1 * G,	125000000,	125000,		60000 },
		{ 5 * G,	625000000,	625000,		60000 },
		{ 40 * G,	5000000000,	2500000,	60000 },
		{ 100 * G,	12500000000,	2500000,	60000 },
		{ 200 * G,	12500000000,	2500000,	60000 },
		{ NONE,		12500000001,	2500000,	60000 },
	};

	(void)state;
	for (size_t i = 0; i < VWU_ARRAY_SIZE(rows); i++) {
		struct vwk_htb h;

		vwpl_htb_for(rows[i].bits, rows[i].bits, 2, &h);
		assert_int_equal(h.rate, rows[i].bytes);
		assert_int_equal(h.ceil, rows[i].bytes);
		assert_int_equal(h.burst, rows[i].burst);
		assert_int_equal(h.cburst, rows[i].burst);
		assert_int_equal(h.quantum, rows[i].quantum);
		assert_int_equal(h.prio, 2);
	}
}

static void a_queue_holds_twenty_milliseconds_and_never_less_than_30_kb(void **state)
{
	(void)state;
	assert_int_equal(vwpl_leaf_limit(64 * K, 1500), 30000);
	assert_int_equal(vwpl_leaf_limit(12 * M, 1500), 30000);
	assert_int_equal(vwpl_leaf_limit(100 * M, 1500), 250000);
	assert_int_equal(vwpl_leaf_limit(100 * G, 1500), 250000000);
	assert_int_equal(vwpl_leaf_limit(NONE, 1500), 250000000);
	assert_int_equal(vwpl_leaf_limit(12 * M, 9000), 72000);
	assert_int_equal(vwpl_codel_target(100 * M), 5000);
	assert_int_equal(vwpl_codel_target(64 * K), 283875);
	assert_true(vwpl_codel_limit(64 * K) >= 64 && vwpl_codel_limit(100 * G) <= 10240);
}

/* Where nothing is guaranteed to anybody. */
static uint64_t token(uint64_t bits, size_t siblings)
{
	return vwpl_token_of(bits, bits, siblings);
}

static void a_token_is_about_a_percent_and_all_together_a_quarter_at_most(void **state)
{
	(void)state;
	assert_int_equal(token(128 * M, 1), 1 * M);
	assert_int_equal(token(128 * M, 32), 1 * M);
	assert_int_equal(token(128 * M, 33), 500 * K);
	for (uint64_t bits = 64 * K; bits <= 100 * G; bits *= 10)
		for (size_t n = 1; n <= 21838; n += 1 + n / 7)
			assert_true(token(bits, n) * n <= bits / 4);
}

static void tokens_change_at_powers_of_two_alone(void **state)
{
	unsigned changes = 0;

	(void)state;
	for (size_t n = 2; n <= 16384; n++) {
		bool changed = token(10 * G, n) != token(10 * G, n - 1);

		if (changed)
			assert_int_equal((n - 1) & (n - 2), 0);
		changes += changed;
	}
	assert_int_equal(changes, 9);
}

static void who_needs_a_node_and_what_waits(void **state)
{
	const struct vwpl_limits none = { .both = NONE, .rx = NONE, .tx = NONE };
	struct vwpl_limits l = none;

	(void)state;
	assert_false(vwpl_limits_need_node(&none, NONE));
	assert_true(vwpl_limits_need_node(&none, 10 * M));
	assert_false(vwpl_limits_wait(&none, NONE, VWB_OUT));
	assert_true(vwpl_limits_wait(&none, 10 * M, VWB_OUT));
	l.rx = 5 * M;
	assert_true(vwpl_limits_need_node(&l, NONE));
	assert_false(vwpl_limits_wait(&l, NONE, VWB_OUT));
	assert_true(vwpl_limits_wait(&l, NONE, VWB_IN));
	l = none;
	l.both = 5 * M;
	assert_true(vwpl_limits_wait(&l, NONE, VWB_OUT) && vwpl_limits_wait(&l, NONE, VWB_IN));
	l = none;
	l.priority = VWPL_LOW;
	assert_true(vwpl_limits_need_node(&l, NONE));
	assert_false(vwpl_limits_wait(&l, NONE, VWB_IN));
	l = none;
	l.min = 5 * M;
	assert_true(vwpl_limits_need_node(&l, NONE));
}

/* -- random trees ------------------------------------------------------------------------------ */

static uint64_t random_bits(void)
{
	static const uint64_t scale[] = { 1, K, K, M, M, M, 100 * M, G };
	uint64_t v = (uint64_t)(1 + rand() % 999) * scale[rand() % 8];

	v += rand() % 4 == 0 ? (uint64_t)(rand() % 1000) : 0;
	return v < VWPL_RATE_LEAST ? VWPL_RATE_LEAST + v : v > VWPL_RATE_MOST ? VWPL_RATE_MOST : v;
}

/* Of a root: half of them have none. */
static uint64_t random_root(void)
{
	uint64_t bits = random_bits();

	return rand() % 2 ? NONE : bits < 10 * M ? bits + 10 * M : bits;
}

static uint64_t maybe(unsigned percent)
{
	return (unsigned)rand() % 100 < percent ? random_bits() : NONE;
}

static void random_limits(struct vwpl_limits *l, uint64_t spare)
{
	*l = (struct vwpl_limits){ .both = maybe(70), .tx = maybe(15), .rx = maybe(15),
				   .priority = (enum vwpl_priority)(rand() % 4) };
	if (l->both < spare)
		spare = l->both;
	if (rand() % 3 == 0 && spare / 8 > VWPL_RATE_LEAST)
		l->min = spare / (uint64_t)(8 + rand() % 40);
}

static void add_flows(struct vwpl_model *m, uint16_t link, unsigned n, uint16_t *minor)
{
	const struct vwpl_limits *l = &vwpl_model_find(m, link)->limits;
	uint64_t spare = l->min != 0 ? l->min : l->both != NONE ? l->both : M;

	for (unsigned k = 0; k < n; k++, *minor = (uint16_t)(*minor + 3)) {
		struct vwpl_mnode *flow = vwpl_model_add(m, *minor, link);

		assert_non_null(flow);
		random_limits(&flow->limits, n < 8 ? spare / n : 0);
	}
}

/* Into @m: a root with or without a limit, some links, some flows. */
static void random_tree(struct vwpl_model *m, unsigned most_links, unsigned most_flows)
{
	unsigned nlinks = 1 + (unsigned)rand() % most_links;
	uint16_t minor = VWPL_MINOR_FIRST;

	m->rate = random_root();
	for (unsigned i = 0; i < nlinks; i++) {
		uint16_t link = minor;
		uint64_t spare = (m->rate == NONE ? 100 * G : m->rate) / nlinks;
		struct vwpl_mnode *node = vwpl_model_add(m, link, VWPL_MINOR_ROOT);

		assert_non_null(node);
		random_limits(&node->limits, spare);
		minor = (uint16_t)(minor + 3);
		if (rand() % 3 == 0)
			add_flows(m, link, 1 + (unsigned)rand() % most_flows, &minor);
	}
}

static bool solved(struct vwpl_model *m)
{
	struct vwpl_conflict why = { 0 };

	if (vwpl_model_solve(m, &why))
		return true;
	assert_int_not_equal(why.fault, VWPL_FAULT_NONE);
	return false;
}

/* Of what is wanted: no class is promised less than all below it together. */
static void assert_sums(const struct vwpl_model *m)
{
	uint64_t most = m->rate == NONE ? 100 * G / 8 : m->rate / 8, links = 0;

	for (size_t i = 0; i < m->n; i++) {
		const struct vwpl_mnode *node = &m->v[i];
		uint64_t sum = node->c[VWPL_LEAF_OUT].want.rate + node->c[VWPL_LEAF_IN].want.rate;

		if (node->parent == VWPL_MINOR_ROOT)
			links += node->c[VWPL_OWN].want.rate;
		for (size_t k = 0; k < m->n; k++)
			if (m->v[k].parent == node->minor)
				sum += m->v[k].c[VWPL_OWN].want.rate;
		assert_true(sum <= node->c[VWPL_OWN].want.rate);
		for (int k = 0; k < VWPL_CLASSES; k++)
			assert_true(node->c[k].want.rate >= 1);
		assert_true(node->c[VWPL_OWN].want.rate <=
			    vwpl_bytes(node->limits.both) + vwpl_bytes(node->limits.both) / 50 + 2);
	}
	assert_true(links <= m->root.want.rate);
	assert_true(m->root.want.rate <= most + most / 50 + 2 * m->n);
	assert_int_equal(m->root.want.ceil, vwpl_bytes(m->rate));
}

static void the_rates_below_a_class_never_exceed_its_own(void **state)
{
	unsigned can = 0;

	(void)state;
	srand(1);
	for (unsigned i = 0; i < TREES; i++) {
		struct vwpl_model m;

		assert_int_equal(vwpl_model_init(&m), 0);
		random_tree(&m, i % 10 == 0 ? 300 : 12, i % 10 == 1 ? 300 : 10);
		if (solved(&m)) {
			assert_sums(&m);
			can++;
		}
		vwpl_model_fini(&m);
	}
	assert_true(can > TREES / 2);
}

static int backwards(const void *a, const void *b)
{
	const struct vwk_class *x = a, *y = b;

	return (x->classid * 2654435761u > y->classid * 2654435761u) ? 1 : -1;
}

/* The classes as the kernel would list them, in an order of its own. */
static struct vwk_class *listed(const struct vwpl_model *m, size_t *n)
{
	struct vwk_class *v = calloc(m->n * 3 + 1, sizeof(*v));

	assert_non_null(v);
	*n = 0;
	v[(*n)++] = (struct vwk_class){ .classid = VWPL_CLASSID(1), .parent = TC_H_ROOT,
					.htb = m->root.want };
	for (size_t i = 0; i < m->n; i++)
		for (unsigned k = 0; k < VWPL_CLASSES; k++)
			v[(*n)++] = (struct vwk_class){
				.classid = VWPL_CLASSID(m->v[i].minor + k),
				.parent = VWPL_CLASSID(k ? m->v[i].minor : m->v[i].parent),
				.leaf = k ? (m->v[i].minor + k) << 16 : 0,
				.htb = m->v[i].c[k].want };
	qsort(v, *n, sizeof(*v), backwards);
	return v;
}

static void assert_limits(const struct vwpl_limits *a, const struct vwpl_limits *b)
{
	assert_int_equal(a->both, b->both);
	assert_int_equal(a->tx, b->tx);
	assert_int_equal(a->rx, b->rx);
	assert_int_equal(a->min, b->min);
	assert_int_equal(a->priority, b->priority);
}

static void limits_are_read_back_to_the_bit(void **state)
{
	(void)state;
	srand(2);
	for (unsigned i = 0; i < TREES; i++) {
		struct vwpl_model m, back;
		static struct vwb_minors used;
		struct vwk_class *v;
		size_t n;

		assert_int_equal(vwpl_model_init(&m), 0);
		assert_int_equal(vwpl_model_init(&back), 0);
		random_tree(&m, 12, 10);
		if (solved(&m)) {
			v = listed(&m, &n);
			memset(&used, 0, sizeof(used));
			assert_int_equal(vwpl_model_load(&back, v, n, &used), 0);
			assert_int_equal(back.n, m.n);
			assert_int_equal(back.rate / 8, m.rate / 8);
			for (size_t k = 0; k < m.n; k++)
				assert_limits(&vwpl_model_find(&back, m.v[k].minor)->limits,
					      &m.v[k].limits);
			assert_int_equal(used.used[2] & 7, 7);
			free(v);
		}
		vwpl_model_fini(&m);
		vwpl_model_fini(&back);
	}
}

static void guarantees_that_take_all_are_kept_and_read_back(void **state)
{
	struct vwpl_model m, back;
	struct vwb_minors used = { { 0 } };
	struct vwk_class *v;
	size_t n;

	(void)state;
	assert_int_equal(vwpl_model_init(&m), 0);
	assert_int_equal(vwpl_model_init(&back), 0);
	m.rate = 100 * M;
	for (uint16_t i = 0; i < 2; i++) {
		struct vwpl_mnode *link = vwpl_model_add(&m, (uint16_t)(16 + 9 * i), 1);

		link->limits.both = link->limits.min = 50 * M;
		for (uint16_t k = 1; k < 3; k++)
			vwpl_model_add(&m, (uint16_t)(16 + 9 * i + 3 * k), (uint16_t)(16 + 9 * i))
				->limits.min = 25 * M;
	}
	assert_true(solved(&m));
	assert_sums(&m);
	v = listed(&m, &n);
	assert_int_equal(vwpl_model_load(&back, v, n, &used), 0);
	for (size_t k = 0; k < m.n; k++)
		assert_limits(&vwpl_model_find(&back, m.v[k].minor)->limits, &m.v[k].limits);
	free(v);
	vwpl_model_fini(&m);
	vwpl_model_fini(&back);
}

static void what_cannot_be_promised_is_refused(void **state)
{
	struct vwpl_conflict why;
	struct vwpl_model m;

	(void)state;
	assert_int_equal(vwpl_model_init(&m), 0);
	vwpl_model_add(&m, 16, 1)->limits = (struct vwpl_limits){
		.both = 10 * M, .tx = NONE, .rx = NONE, .min = 20 * M };
	assert_false(vwpl_model_solve(&m, &why));
	assert_int_equal(why.fault, VWPL_FAULT_MIN);
	assert_int_equal(why.promised, 20 * M);
	assert_int_equal(why.has, 10 * M);
	vwpl_model_find(&m, 16)->limits.min = 0;
	vwpl_model_add(&m, 19, 16)->limits.min = 6 * M;
	assert_true(vwpl_model_solve(&m, &why));
	vwpl_model_add(&m, 22, 16)->limits.min = 5 * M;
	assert_false(vwpl_model_solve(&m, &why));
	assert_int_equal(why.fault, VWPL_FAULT_FLOWS);
	assert_int_equal(why.minor, 16);
	assert_int_equal(why.promised, 11 * M);
	vwpl_model_find(&m, 22)->dying = true;
	assert_true(vwpl_model_solve(&m, &why));
	m.rate = 5 * M;
	assert_false(vwpl_model_solve(&m, &why));
	assert_int_equal(why.fault, VWPL_FAULT_LINKS);
	assert_int_equal(why.minor, 1);
	m.rate = NONE;
	vwpl_model_find(&m, 16)->limits.both = 64 * K;
	vwpl_model_find(&m, 19)->limits.min = 0;
	for (uint16_t i = 0; i < 4100; i++)
		assert_non_null(vwpl_model_add(&m, (uint16_t)(100 + 3 * i), 16));
	assert_false(vwpl_model_solve(&m, &why));
	assert_int_equal(why.fault, VWPL_FAULT_CROWD);
	vwpl_model_fini(&m);
}

static void priority_of_the_link_first_and_of_the_flow_within(void **state)
{
	static const struct { enum vwpl_priority link, flow; unsigned own, inner; } rows[] = {
		{ VWPL_PRIORITY_UNSET, VWPL_PRIORITY_UNSET, 1, 1 },
		{ VWPL_HIGH, VWPL_HIGH, 1, 0 }, { VWPL_HIGH, VWPL_MEDIUM, 1, 1 },
		{ VWPL_HIGH, VWPL_LOW, 1, 2 }, { VWPL_MEDIUM, VWPL_HIGH, 4, 3 },
		{ VWPL_MEDIUM, VWPL_LOW, 4, 5 }, { VWPL_LOW, VWPL_HIGH, 7, 6 },
		{ VWPL_LOW, VWPL_LOW, 7, 7 },
	};

	(void)state;
	for (size_t i = 0; i < VWU_ARRAY_SIZE(rows); i++) {
		struct vwpl_model m;

		assert_int_equal(vwpl_model_init(&m), 0);
		vwpl_model_add(&m, 16, 1)->limits.priority = rows[i].link;
		vwpl_model_add(&m, 19, 16)->limits.priority = rows[i].flow;
		assert_true(solved(&m));
		for (int leaf = VWPL_LEAF_OUT; leaf <= VWPL_LEAF_IN; leaf++) {
			assert_int_equal(m.v[0].c[leaf].want.prio, rows[i].own);
			assert_int_equal(m.v[1].c[leaf].want.prio, rows[i].inner);
		}
		vwpl_model_fini(&m);
	}
}

/* -- from one tree to the next ----------------------------------------------------------------- */

static uint64_t rates[65536], sums[65536];
static uint16_t parents[65536];

/* Carry out the class messages of @b one by one: the sums hold after each. */
static unsigned replay(const struct vwk_batch *b)
{
	unsigned count = 0;

	for (size_t off = 0; off < b->len;) {
		const struct nlmsghdr *nlh = (const void *)(b->buf + off);
		const struct tcmsg *tc = mnl_nlmsg_get_payload(nlh);
		const struct nlattr *a, *o;
		struct tc_htb_opt opt = { 0 };
		uint64_t rate = 0;
		uint16_t minor = tc->tcm_handle & 0xFFFF;

		off += NLMSG_ALIGN(nlh->nlmsg_len);
		if (nlh->nlmsg_type != RTM_NEWTCLASS)
			continue;
		count++;
		mnl_attr_for_each(a, nlh, sizeof(*tc)) {
			if (mnl_attr_get_type(a) != TCA_OPTIONS)
				continue;
			mnl_attr_for_each_nested(o, a) {
				if (mnl_attr_get_type(o) == TCA_HTB_PARMS)
					memcpy(&opt, mnl_attr_get_payload(o), sizeof(opt));
				else if (mnl_attr_get_type(o) == TCA_HTB_RATE64)
					rate = mnl_attr_get_u64(o);
			}
		}
		if (minor != 1) {
			if (rates[minor] == 0)
				parents[minor] = tc->tcm_parent & 0xFFFF;
			assert_int_equal(parents[minor], tc->tcm_parent & 0xFFFF);
			sums[parents[minor]] -= rates[minor];
		}
		rates[minor] = rate != 0 ? rate : opt.rate.rate;
		assert_true(sums[minor] <= rates[minor]);
		if (minor != 1) {
			sums[parents[minor]] += rates[minor];
			assert_true(rates[parents[minor]] != 0);	/* parents are born first */
			assert_true(sums[parents[minor]] <= rates[parents[minor]]);
		}
	}
	return count;
}

/* Limits of all nodes change, some nodes come. */
static void mutate(struct vwpl_model *m)
{
	size_t n = m->n;

	if (rand() % 2)
		m->rate = random_root();
	for (size_t i = 0; i < n; i++)
		if (rand() % 2)
			random_limits(&m->v[i].limits, 100 * K * (unsigned)(rand() % 100));
	for (unsigned i = 0; i < 10; i++) {
		struct vwpl_mnode *from = &m->v[(unsigned)rand() % n];
		uint16_t minor = (uint16_t)(VWPL_MINOR_FIRST + 3 * m->n);
		uint16_t parent = from->parent == 1 && rand() % 2 ? from->minor : from->parent;

		assert_non_null(vwpl_model_add(m, minor, parent));
		random_limits(&m->v[m->n - 1].limits, 0);
	}
}

static void no_step_of_a_change_breaks_a_promise(void **state)
{
	unsigned can = 0;

	(void)state;
	srand(3);
	for (unsigned i = 0; i < TREES; i++) {
		struct vwpl_tree tree = { .q = 1, .kind = VWK_LEAF_BFIFO };
		struct vwk_nl nl = { 0 };
		struct vwk_batch *b = vwk_batch_new(NULL, &nl);

		assert_non_null(b);
		assert_int_equal(vwpl_model_init(&tree.model), 0);
		memset(rates, 0, sizeof(rates));
		memset(sums, 0, sizeof(sums));
		random_tree(&tree.model, 8, 8);
		for (unsigned step = 0; step < 6 && solved(&tree.model); step++) {
			vwpl_tree_put(&tree, b);
			assert_true(replay(b) > 0 || step > 0);
			vwpl_tree_done(&tree);
			b->len = b->n = 0;
			vwpl_tree_put(&tree, b);
			assert_int_equal(b->len, 0);	/* nothing is said twice */
			mutate(&tree.model);
			can++;
		}
		vwk_batch_free(b);
		vwpl_model_fini(&tree.model);
	}
	assert_true(can > TREES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(burst_and_quantum_follow_the_measured_rule),
		cmocka_unit_test(a_queue_holds_twenty_milliseconds_and_never_less_than_30_kb),
		cmocka_unit_test(a_token_is_about_a_percent_and_all_together_a_quarter_at_most),
		cmocka_unit_test(tokens_change_at_powers_of_two_alone),
		cmocka_unit_test(who_needs_a_node_and_what_waits),
		cmocka_unit_test(the_rates_below_a_class_never_exceed_its_own),
		cmocka_unit_test(limits_are_read_back_to_the_bit),
		cmocka_unit_test(guarantees_that_take_all_are_kept_and_read_back),
		cmocka_unit_test(what_cannot_be_promised_is_refused),
		cmocka_unit_test(priority_of_the_link_first_and_of_the_flow_within),
		cmocka_unit_test(no_step_of_a_change_breaks_a_promise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_kernel_tc.c - traffic control through batches, with libnl as the second reader */
#include "kernel_lab.h"

#include <errno.h>
#include <stdio.h>

#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <linux/pkt_sched.h>
#include <netlink/route/class.h>
#include <netlink/route/qdisc.h>
#include <netlink/route/qdisc/fifo.h>
#include <netlink/route/qdisc/htb.h>

#include "kernel/tc.h"

#define ID(minor)	(0x10000u | (minor))

/* A program that does nothing; each load is a program of its own. */
static int program(void)
{
	struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = -1 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int fd = bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, "nothing", "GPL", insns, 2, NULL);

	assert_true(fd >= 0);
	return fd;
}

static uint32_t program_id(int fd)
{
	struct bpf_prog_info info = { 0 };
	uint32_t len = sizeof(info);

	assert_int_equal(bpf_obj_get_info_by_fd(fd, &info, &len), 0);
	return info.id;
}

/* -- libnl's view ------------------------------------------------------------------------------ */

static struct rtnl_class *class_of(struct lab *t, int ifindex, uint32_t classid)
{
	struct rtnl_class *found = NULL;
	struct nl_cache *c;

	assert_int_equal(rtnl_class_alloc_cache(t->reader, ifindex, &c), 0);
	for (struct nl_object *o = nl_cache_get_first(c); o != NULL; o = nl_cache_get_next(o)) {
		if (rtnl_tc_get_handle((struct rtnl_tc *)o) == classid) {
			nl_object_get(o);
			found = (struct rtnl_class *)o;
		}
	}
	nl_cache_free(c);
	return found;
}

static struct rtnl_qdisc *qdisc_below(struct lab *t, int ifindex, uint32_t parent)
{
	struct rtnl_qdisc *q;
	struct nl_cache *c;

	assert_int_equal(rtnl_qdisc_alloc_cache(t->reader, &c), 0);
	q = rtnl_qdisc_get_by_parent(c, ifindex, parent);
	nl_cache_free(c);
	return q;
}

static bool has_qdisc(struct lab *t, int ifindex, uint32_t parent, const char *kind)
{
	struct rtnl_qdisc *q = qdisc_below(t, ifindex, parent);
	bool yes = q != NULL && strcmp(rtnl_tc_get_kind((struct rtnl_tc *)q), kind) == 0;

	if (q != NULL)
		rtnl_qdisc_put(q);
	return yes;
}

static bool hears(const uint8_t mac[6])
{
	char command[128], want[18];

	snprintf(command, sizeof(command), "bridge fdb show dev net0 | grep -q '^%s self'",
		 lab_mac(mac, want));
	return system(command) == 0;
}

/* -- clsact and filters ------------------------------------------------------------------------ */

static void clsact_is_made_once_and_removed_once(void **state)
{
	struct lab *t = *state;
	struct vwk_batch *b = vwk_batch_new(&t->h, t->nl);
	int net0 = lab_veth(t, "net0", "wire0");

	for (int i = 0; i < 2; i++) {
		vwk_batch_clsact(b, net0);
		lab_run(t, b);
		assert_true(has_qdisc(t, net0, TC_H_CLSACT, "clsact"));
	}
	for (int i = 0; i < 2; i++) {
		vwk_batch_clsact_del(b, net0);
		lab_run(t, b);
		assert_false(has_qdisc(t, net0, TC_H_CLSACT, "clsact"));
	}
	vwk_batch_free(b);
}

static void somebodys_ingress_qdisc_is_in_the_way_and_stays(void **state)
{
	struct lab *t = *state;
	struct vwk_batch *b = vwk_batch_new(&t->h, t->nl);
	int net0 = lab_veth(t, "net0", "wire0");

	assert_int_equal(system("tc qdisc add dev net0 ingress"), 0);
	vwk_batch_clsact(b, net0);
	assert_int_equal(vwk_batch_run(b, NULL), VW_ERR_EXIST);
	assert_string_equal(t->h.err.why, "a qdisc of another kind is in the place of ours "
			    "('tc qdisc show' lists it)");
	vwk_batch_clsact_del(b, net0);
	lab_run(t, b);
	assert_true(has_qdisc(t, net0, TC_H_INGRESS, "ingress"));
	vwk_batch_free(b);
}

static void a_filter_is_put_replaced_and_removed(void **state)
{
	struct lab *t = *state;
	struct vwk_batch *b = vwk_batch_new(&t->h, t->nl);
	int net0 = lab_veth(t, "net0", "wire0"), prog[] = { program(), program() };
	struct vwk_filter *v;
	size_t n;

	vwk_batch_clsact(b, net0);
	for (int i = 0; i < 2; i++) {
		vwk_batch_filter(b, net0, true, prog[i], "vw_in");
		vwk_batch_filter(b, net0, false, prog[0], "vw_out");
		lab_run(t, b);
		assert_int_equal(vwk_filter_dump(&t->h, t->nl, net0, true, &v, &n), VW_OK);
		assert_int_equal(n, 1);
		assert_int_equal(v[0].prog_id, program_id(prog[i]));
		assert_int_equal(v[0].prio, VWK_TC_PRIO);
		assert_int_equal(v[0].handle, 1);
		assert_string_equal(v[0].kind, "bpf");
		assert_string_equal(v[0].name, "vw_in");
		free(v);
	}
	assert_int_equal(system("tc -j filter show dev net0 ingress | grep -q 'direct-action'"), 0);
	assert_int_equal(vwk_filter_dump(&t->h, t->nl, net0, false, &v, &n), VW_OK);
	assert_int_equal(n, 1);
	assert_string_equal(v[0].name, "vw_out");
	free(v);
	for (int i = 0; i < 2; i++) {
		vwk_batch_filter_del(b, net0, true);
		lab_run(t, b);
		assert_int_equal(vwk_filter_dump(&t->h, t->nl, net0, true, &v, &n), VW_OK);
		assert_int_equal(n, 0);
		free(v);
	}
	vwk_batch_free(b);
	close(prog[0]);
	close(prog[1]);
}

static void filters_of_others_are_seen_in_their_order_and_left_alone(void **state)
{
	struct lab *t = *state;
	struct vwk_batch *b = vwk_batch_new(&t->h, t->nl);
	int net0 = lab_veth(t, "net0", "wire0"), prog = program();
	struct vwk_filter *v;
	size_t n;

	vwk_batch_clsact(b, net0);
	vwk_batch_filter(b, net0, true, prog, "vw_in");
	lab_run(t, b);
	assert_int_equal(system("tc filter add dev net0 ingress prio 5 protocol all "
				"u32 match u32 0 0 classid 1:1"), 0);
	assert_int_equal(vwk_filter_dump(&t->h, t->nl, net0, true, &v, &n), VW_OK);
	assert_true(n >= 2);
	assert_int_equal(v[0].prio, 5);
	assert_string_equal(v[0].kind, "u32");
	assert_int_equal(v[0].prog_id, 0);
	assert_int_equal(v[n - 1].prio, VWK_TC_PRIO);
	free(v);
	vwk_batch_filter_del(b, net0, true);
	lab_run(t, b);
	assert_int_equal(vwk_filter_dump(&t->h, t->nl, net0, true, &v, &n), VW_OK);
	assert_true(n >= 1);
	assert_string_equal(v[n - 1].kind, "u32");
	free(v);
	vwk_batch_free(b);
	close(prog);
}

static void a_filter_needs_clsact(void **state)
{
	struct lab *t = *state;
	struct vwk_batch *b = vwk_batch_new(&t->h, t->nl);
	int net0 = lab_veth(t, "net0", "wire0"), prog = program();

	vwk_batch_filter(b, net0, true, prog, "vw_in");
	assert_true(vwk_batch_run(b, NULL) < 0);
	assert_non_null(strstr(t->h.err.kernel, "Parent Qdisc doesn't exist"));
	vwk_batch_free(b);
	close(prog);
}

/* -- HTB --------------------------------------------------------------------------------------- */

static void assert_htb(const struct vwk_htb *a, const struct vwk_htb *b)
{
	assert_int_equal(a->rate, b->rate);
	assert_int_equal(a->ceil, b->ceil);
	assert_in_range(a->burst, b->burst - b->burst / 500 - 1, b->burst + b->burst / 500 + 1);
	assert_in_range(a->cburst, b->cburst - b->cburst / 500 - 1,
			b->cburst + b->cburst / 500 + 1);
	assert_int_equal(a->quantum, b->quantum);
	assert_int_equal(a->prio, b->prio);
}

static const struct vwk_htb samples[] = {
	{ 8000,		8000,		16000,	16000,	 1514,	0 },
	{ 1250000,	1250000,	16000,	16000,	 60000,	1 },
	{ 12500,	125000000,	16000,	125000,	 60000,	2 },
	{ 4294967295,	4294967295,	2500000, 2500000, 60000, 7 },
	{ 4294967296,	5000000000,	2500000, 2500000, 60000, 3 },
	{ 12500000000,	12500000001,	2500000, 2500000, 1537,	0 },
};

static void a_class_is_what_was_asked_for_up_to_100_gigabit(void **state)
{
	struct lab *t = *state;
	struct vwk_batch *b = vwk_batch_new(&t->h, t->nl);
	int net0 = lab_veth(t, "net0", "wire0");
	struct vwk_class *v;
	size_t n;

	vwk_batch_htb(b, net0, 1);
	for (unsigned i = 0; i < VWU_ARRAY_SIZE(samples); i++)
		vwk_batch_class(b, net0, TC_H_ROOT, ID(16 + i), &samples[i]);
	lab_run(t, b);
	assert_int_equal(vwk_class_dump(&t->h, t->nl, net0, &v, &n), VW_OK);
	assert_int_equal(n, VWU_ARRAY_SIZE(samples));
	for (size_t i = 0; i < n; i++)
		assert_htb(&v[i].htb, &samples[(v[i].classid & 0xFFFF) - 16]);
	free(v);
	for (unsigned i = 0; i < VWU_ARRAY_SIZE(samples); i++) {
		struct rtnl_class *c = class_of(t, net0, ID(16 + i));
		uint64_t rate = 0, ceil = 0;

		assert_non_null(c);
		assert_int_equal(rtnl_htb_get_rate64(c, &rate), 0);
		assert_int_equal(rtnl_htb_get_ceil64(c, &ceil), 0);
		assert_int_equal(rate, samples[i].rate);
		assert_int_equal(ceil, samples[i].ceil);
		assert_int_equal(rtnl_htb_get_prio(c), samples[i].prio);
		assert_int_equal(rtnl_htb_get_quantum(c), samples[i].quantum);
		nl_object_put((struct nl_object *)c);
	}
	vwk_batch_free(b);
}

static void a_class_is_changed_in_place(void **state)
{
	struct lab *t = *state;
	struct vwk_batch *b = vwk_batch_new(&t->h, t->nl);
	int net0 = lab_veth(t, "net0", "wire0");
	struct vwk_class *v;
	size_t n;

	vwk_batch_htb(b, net0, 1);
	vwk_batch_class(b, net0, TC_H_ROOT, ID(1), &samples[3]);
	for (unsigned i = 0; i < VWU_ARRAY_SIZE(samples); i++) {
		vwk_batch_class(b, net0, ID(1), ID(16), &samples[i]);
		vwk_batch_leaf(b, net0, ID(16), 16, VWK_LEAF_BFIFO, 30000 + i, 0);
		lab_run(t, b);
		assert_int_equal(vwk_class_dump(&t->h, t->nl, net0, &v, &n), VW_OK);
		assert_int_equal(n, 2);
		for (size_t k = 0; k < n; k++) {
			if (v[k].classid != ID(16))
				continue;
			assert_htb(&v[k].htb, &samples[i]);
			assert_int_equal(v[k].parent, ID(1));
			assert_int_equal(v[k].leaf, 16 << 16);
		}
		free(v);
	}
	vwk_batch_class_del(b, net0, ID(16));
	vwk_batch_class_del(b, net0, ID(16));
	lab_run(t, b);
	assert_null(class_of(t, net0, ID(16)));
	vwk_batch_free(b);
}

static void htb_is_made_once_and_anothers_root_is_respected(void **state)
{
	struct lab *t = *state;
	struct vwk_batch *b = vwk_batch_new(&t->h, t->nl);
	int net0 = lab_veth(t, "net0", "wire0"), net1 = lab_veth(t, "net1", "wire1");

	for (int i = 0; i < 2; i++) {
		vwk_batch_htb(b, net0, 1);
		lab_run(t, b);
		assert_true(has_qdisc(t, net0, TC_H_ROOT, "htb"));
	}
	assert_int_equal(system("tc qdisc add dev net1 root handle 5: tbf rate 1mbit burst 10k "
				"limit 10000"), 0);
	vwk_batch_htb(b, net1, 1);
	assert_int_equal(vwk_batch_run(b, NULL), VW_ERR_EXIST);
	assert_true(has_qdisc(t, net1, TC_H_ROOT, "tbf"));
	assert_int_equal(system("tc qdisc del dev net1 root; tc qdisc add dev net1 root handle 1: "
				"tbf rate 1mbit burst 10k limit 10000"), 0);
	vwk_batch_htb(b, net1, 1);
	assert_int_equal(vwk_batch_run(b, NULL), VW_ERR_EXIST);
	assert_true(has_qdisc(t, net1, TC_H_ROOT, "tbf"));
	vwk_batch_free(b);
}

static void a_leaf_has_its_queue(void **state)
{
	struct lab *t = *state;
	struct vwk_batch *b = vwk_batch_new(&t->h, t->nl);
	int net0 = lab_veth(t, "net0", "wire0");
	struct rtnl_qdisc *q;
	struct vwk_qdisc *v;
	size_t n;

	vwk_batch_htb(b, net0, 1);
	vwk_batch_class(b, net0, TC_H_ROOT, ID(16), &samples[0]);
	vwk_batch_leaf(b, net0, ID(16), 16, VWK_LEAF_BFIFO, 30000, 0);
	vwk_batch_leaf(b, net0, ID(16), 16, VWK_LEAF_BFIFO, 250000, 0);
	lab_run(t, b);
	q = qdisc_below(t, net0, ID(16));
	assert_non_null(q);
	assert_string_equal(rtnl_tc_get_kind((struct rtnl_tc *)q), "bfifo");
	assert_int_equal(rtnl_qdisc_fifo_get_limit(q), 250000);
	rtnl_qdisc_put(q);
	assert_int_equal(vwk_qdisc_dump(&t->h, t->nl, net0, &v, &n), VW_OK);
	assert_int_equal(n, 2);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(v[i].ifindex, net0);
		assert_string_equal(v[i].kind, v[i].parent == TC_H_ROOT ? "htb" : "bfifo");
	}
	free(v);
	for (int i = 0; i < 2; i++) {
		vwk_batch_qdisc_del(b, net0, ID(16));
		lab_run(t, b);
		assert_false(has_qdisc(t, net0, ID(16), "bfifo"));
	}
	vwk_batch_free(b);
}

static void fq_codel_where_the_kernel_has_it(void **state)
{
	struct lab *t = *state;
	struct vwk_batch *b = vwk_batch_new(&t->h, t->nl);
	int net0 = lab_veth(t, "net0", "wire0"), rc;

	vwk_batch_htb(b, net0, 1);
	vwk_batch_class(b, net0, TC_H_ROOT, ID(16), &samples[0]);
	lab_run(t, b);
	vwk_batch_leaf(b, net0, ID(16), 16, VWK_LEAF_FQ_CODEL, 1000, 0);
	rc = vwk_batch_run(b, NULL);
	if (rc < 0) {
		assert_int_equal(rc, VW_ERR_NOTSUP);
		assert_int_equal(vwk_batch_error(b, 0), ENOENT);
		assert_string_equal(t->h.err.why,
				    "this kernel has no fq_codel (CONFIG_NET_SCH_FQ_CODEL)");
	} else {
		vwk_batch_leaf(b, net0, ID(16), 16, VWK_LEAF_FQ_CODEL, 500, 20000);
		lab_run(t, b);
		assert_int_equal(system("tc qdisc show dev net0 | grep fq_codel | "
					"grep -q 'limit 500p flows 128 .*target 20ms interval "
					"115ms'"), 0);
	}
	vwk_batch_free(b);
}

static void classes_without_htb_say_which_device(void **state)
{
	struct lab *t = *state;
	struct vwk_batch *b = vwk_batch_new(&t->h, t->nl);
	int net0 = lab_veth(t, "net0", "wire0");
	size_t failed = 9;

	vwk_batch_clsact(b, net0);
	vwk_batch_class(b, net0, TC_H_ROOT, ID(16), &samples[0]);
	assert_int_equal(vwk_batch_run(b, &failed), VW_ERR_NOTFOUND);
	assert_int_equal(failed, 1);
	assert_string_equal(t->h.err.why, "'net0': no such qdisc or class");
	vwk_batch_free(b);
}

/* -- addresses, and what is not there ---------------------------------------------------------- */

static void an_address_is_heard_once_and_forgotten_once(void **state)
{
	struct lab *t = *state;
	struct vwk_batch *b = vwk_batch_new(&t->h, t->nl);
	int net0 = lab_veth(t, "net0", "wire0");
	const uint8_t mac[6] = { 2, 8, 0x20, 1, 2, 3 };

	for (int i = 0; i < 4; i++) {
		vwk_batch_unicast(b, net0, mac, i < 2);
		lab_run(t, b);
		assert_int_equal(hears(mac), i < 2);
	}
	vwk_batch_free(b);
}

static void what_is_not_there_is_removed_with_success(void **state)
{
	struct lab *t = *state;
	struct vwk_batch *b = vwk_batch_new(&t->h, t->nl);
	int net0 = lab_veth(t, "net0", "wire0");
	const int devices[] = { net0, 12345 };
	const uint8_t mac[6] = { 2, 8, 0x20, 1, 2, 3 };
	size_t failed = 9;

	for (size_t i = 0; i < VWU_ARRAY_SIZE(devices); i++) {
		vwk_batch_clsact_del(b, devices[i]);
		vwk_batch_filter_del(b, devices[i], true);
		vwk_batch_filter_del(b, devices[i], false);
		vwk_batch_class_del(b, devices[i], ID(16));
		vwk_batch_qdisc_del(b, devices[i], ID(16));
		vwk_batch_qdisc_del(b, devices[i], TC_H_ROOT);
		vwk_batch_unicast(b, devices[i], mac, false);
		lab_run(t, b);
		vwk_batch_clsact(b, net0);
		lab_run(t, b);
	}
	/* What is fine for one operation is none the less a failure of another. */
	vwk_batch_class_del(b, net0, ID(16));
	vwk_batch_class(b, net0, ID(1), ID(16), &samples[0]);
	vwk_batch_class_del(b, net0, ID(16));
	assert_int_equal(vwk_batch_run(b, &failed), VW_ERR_NOTFOUND);
	assert_int_equal(failed, 1);
	assert_int_equal(vwk_batch_error(b, 0), 0);
	assert_int_equal(vwk_batch_error(b, 1), ENOENT);
	assert_int_equal(vwk_batch_error(b, 2), 0);
	vwk_batch_free(b);
}

static void nothing_is_listed_of_a_device_without_any(void **state)
{
	struct lab *t = *state;
	int net0 = lab_veth(t, "net0", "wire0");
	struct vwk_filter *f;
	struct vwk_class *c;
	struct vwk_qdisc *q;
	size_t n;

	assert_int_equal(vwk_filter_dump(&t->h, t->nl, net0, true, &f, &n), VW_OK);
	assert_int_equal(n, 0);
	free(f);
	assert_int_equal(vwk_class_dump(&t->h, t->nl, net0, &c, &n), VW_OK);
	assert_int_equal(n, 0);
	free(c);
	assert_int_equal(vwk_qdisc_dump(&t->h, t->nl, net0, &q, &n), VW_OK);
	assert_int_equal(n, 0);
	free(q);
	assert_int_equal(vwk_class_dump(&t->h, t->nl, 12345, &c, &n), VW_OK);
	assert_int_equal(n, 0);
	free(c);
}

static void a_thousand_classes_and_their_statistics(void **state)
{
	struct lab *t = *state;
	struct vwk_batch *b = vwk_batch_new(&t->h, t->nl);
	int net0 = lab_veth(t, "net0", "wire0");
	struct nl_cache *cache;
	struct vwk_class *v;
	size_t n;

	vwk_batch_htb(b, net0, 1);
	for (unsigned i = 0; i < 1000; i++) {
		vwk_batch_class(b, net0, TC_H_ROOT, ID(16 + i), &samples[i % 3]);
		vwk_batch_leaf(b, net0, ID(16 + i), (uint16_t)(16 + i), VWK_LEAF_BFIFO, 30000, 0);
	}
	lab_run(t, b);
	vwk_batch_free(b);
	assert_int_equal(vwk_class_dump(&t->h, t->nl, net0, &v, &n), VW_OK);
	assert_int_equal(n, 1000);
	assert_int_equal(rtnl_class_alloc_cache(t->reader, net0, &cache), 0);
	assert_int_equal(nl_cache_nitems(cache), 1000);
	nl_cache_free(cache);
	for (size_t i = 0; i < n; i++)
		assert_true(v[i].packets == 0 && v[i].drops == 0 && v[i].qlen == 0);
	free(v);
}

#define LAB_TEST(f)	cmocka_unit_test_setup_teardown(f, lab_enter, lab_leave)

int main(void)
{
	const struct CMUnitTest tests[] = {
		LAB_TEST(clsact_is_made_once_and_removed_once),
		LAB_TEST(somebodys_ingress_qdisc_is_in_the_way_and_stays),
		LAB_TEST(a_filter_is_put_replaced_and_removed),
		LAB_TEST(filters_of_others_are_seen_in_their_order_and_left_alone),
		LAB_TEST(a_filter_needs_clsact),
		LAB_TEST(a_class_is_what_was_asked_for_up_to_100_gigabit),
		LAB_TEST(a_class_is_changed_in_place),
		LAB_TEST(htb_is_made_once_and_anothers_root_is_respected),
		LAB_TEST(a_leaf_has_its_queue),
		LAB_TEST(fq_codel_where_the_kernel_has_it),
		LAB_TEST(classes_without_htb_say_which_device),
		LAB_TEST(an_address_is_heard_once_and_forgotten_once),
		LAB_TEST(what_is_not_there_is_removed_with_success),
		LAB_TEST(nothing_is_listed_of_a_device_without_any),
		LAB_TEST(a_thousand_classes_and_their_statistics),
	};

	return lab_main(tests, VWU_ARRAY_SIZE(tests));
}

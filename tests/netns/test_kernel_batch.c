/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_kernel_batch.c - lib/kernel writes: births, changes, deletions, FDB entries; events */
#include "kernel_lab.h"

#include <errno.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <sys/socket.h>

#include <linux/if_bridge.h>
#include <linux/neighbour.h>
#include <netlink/route/link/bridge.h>
#include <netlink/route/link/inet6.h>
#include <netlink/route/link/macvlan.h>
#include <netlink/route/neighbour.h>

static void numbered(char name[16], const char *prefix, unsigned i)
{
	snprintf(name, 16, "%s%u", prefix, i);
}

static void number_mac(uint8_t mac[6], unsigned i)
{
	memcpy(mac, (uint8_t[]){ 2, 8, 0x20, 0, (uint8_t)(i >> 8), (uint8_t)i }, 6);
}

static void assert_why(struct lab *t, const char *want)
{
	assert_string_equal(t->h.err.why, want);
}

/* -- births ------------------------------------------------------------------------------------ */

static void five_hundred_macvlans_in_one_batch(void **state)
{
	struct lab *t = *state;
	struct vwk_batch *b = vwk_batch_new(&t->h, t->nl);
	int net0 = lab_veth(t, "net0", "wire0");
	struct nl_cache *c;
	uint8_t mac[6];
	char name[16];

	for (unsigned i = 0; i < 500; i++) {
		numbered(name, "vnic", i);
		number_mac(mac, i);
		assert_int_equal(vwk_batch_newlink(b, &(struct vwk_newlink){ .name = name,
			.kind = VWK_MACVLAN, .mac = mac, .group = 0x76770201, .lower = net0,
			.nsfd = -1, .macvlan_mode = 4, .mtu = 1400 }), i);
	}
	assert_int_equal(vwk_batch_count(b), 500);
	lab_run(t, b);
	assert_int_equal(vwk_batch_count(b), 0);
	vwk_batch_free(b);
	c = lab_links(t->reader);
	for (unsigned i = 0; i < 500; i++) {
		struct rtnl_link *l;
		char text[32], want[18];

		numbered(name, "vnic", i);
		number_mac(mac, i);
		l = rtnl_link_get_by_name(c, name);
		assert_non_null(l);
		nl_addr2str(rtnl_link_get_addr(l), text, sizeof(text));
		assert_string_equal(text, lab_mac(mac, want));
		assert_int_equal(rtnl_link_get_link(l), net0);
		assert_int_equal(rtnl_link_get_group(l), 0x76770201);
		assert_int_equal(rtnl_link_get_mtu(l), 1400);
		assert_int_equal(rtnl_link_macvlan_get_mode(l), 4);
		rtnl_link_put(l);
	}
	assert_int_equal(nl_cache_nitems(c), t->fresh + 502);
	nl_cache_free(c);
}

static void two_hundred_veths_whose_other_ends_are_born_elsewhere(void **state)
{
	struct lab *t = *state;
	struct vwk_batch *b = vwk_batch_new(&t->h, t->nl);
	int bridge = lab_bridge(t, "stub1"), ns = lab_new_ns();
	struct nl_sock *there = lab_reader_in(t, ns);
	struct nl_cache *mine, *theirs;
	char near[16], far[16];
	uint8_t mac[6];

	for (unsigned i = 0; i < 200; i++) {
		numbered(near, "port", i);
		numbered(far, "web", i);
		number_mac(mac, i);
		vwk_batch_newlink(b, &(struct vwk_newlink){ .name = near, .kind = VWK_VETH,
			.group = 0x76770202, .mtu = 9000, .master = bridge, .nsfd = -1,
			.one_queue = true,
			.peer = { .name = far, .mac = mac, .mtu = 8000, .group = 0x76770201,
				  .nsfd = ns } });
	}
	lab_run(t, b);
	vwk_batch_free(b);
	mine = lab_links(t->reader);
	theirs = lab_links(there);
	assert_int_equal(nl_cache_nitems(mine), t->fresh + 201);
	assert_int_equal(nl_cache_nitems(theirs), t->fresh + 200);
	for (unsigned i = 0; i < 200; i++) {
		struct rtnl_link *l, *p;
		char text[32], want[18];

		numbered(near, "port", i);
		numbered(far, "web", i);
		number_mac(mac, i);
		l = rtnl_link_get_by_name(mine, near);
		p = rtnl_link_get_by_name(theirs, far);
		assert_non_null(l);
		assert_non_null(p);
		assert_int_equal(rtnl_link_get_master(l), bridge);
		assert_int_equal(rtnl_link_get_mtu(l), 9000);
		assert_int_equal(rtnl_link_get_group(l), 0x76770202);
		assert_int_equal(rtnl_link_get_num_tx_queues(l), 1);
		assert_int_equal(rtnl_link_get_mtu(p), 8000);
		assert_int_equal(rtnl_link_get_group(p), 0x76770201);
		assert_int_equal(rtnl_link_get_num_rx_queues(p), 1);
		assert_int_equal(rtnl_link_get_link(l), rtnl_link_get_ifindex(p));
		nl_addr2str(rtnl_link_get_addr(p), text, sizeof(text));
		assert_string_equal(text, lab_mac(mac, want));
		rtnl_link_put(l);
		rtnl_link_put(p);
	}
	nl_cache_free(mine);
	nl_cache_free(theirs);
	nl_socket_free(there);
	close(ns);
}

static void a_macvlan_is_born_in_a_zone_over_a_link_of_the_host(void **state)
{
	struct lab *t = *state;
	struct vwk_batch *b = vwk_batch_new(&t->h, t->nl);
	int net0 = lab_veth(t, "net0", "wire0"), ns = lab_new_ns();
	struct nl_sock *there = lab_reader_in(t, ns);
	struct vwk_link l;
	struct vwk_nl *nl;

	vwk_batch_newlink(b, &(struct vwk_newlink){ .name = "web1", .kind = VWK_MACVLAN,
		.lower = net0, .nsfd = ns, .macvlan_mode = 4 });
	lab_run(t, b);
	vwk_batch_free(b);
	assert_null(lab_link(t->reader, "web1"));
	rtnl_link_put(lab_link(there, "web1"));
	assert_int_equal(vwk_nl_open(&t->h, ns, &nl), VW_OK);
	assert_int_equal(vwk_link_get(&t->h, nl, "web1", 0, 0, &l), VW_OK);
	assert_int_equal(l.lower, net0);
	assert_true(l.lower_nsid >= 0);
	vwk_link_clear(&l);
	vwk_nl_close(nl);
	nl_socket_free(there);
	close(ns);
}

static void a_bridge_is_born_with_its_spanning_tree_settings(void **state)
{
	struct lab *t = *state;
	struct vwk_batch *b = vwk_batch_new(&t->h, t->nl);
	struct vwk_bridge want = { .stp_state = 1, .forward_delay = 400, .hello_time = 100,
				   .max_age = 600, .priority = 4096, .mcast_snooping = 1,
				   .mcast_querier = 1 };
	struct vwk_link l;

	vwk_batch_newlink(b, &(struct vwk_newlink){ .name = "br0", .kind = VWK_BRIDGE, .nsfd = -1,
		.up = true, .bridge = &want, .mcast_query_response_interval = 50 });
	lab_run(t, b);
	assert_int_equal(vwk_link_get(&t->h, t->nl, "br0", 0, 0, &l), VW_OK);
	assert_int_equal(l.u.bridge.stp_state, 1);
	assert_int_equal(l.u.bridge.forward_delay, 400);
	assert_int_equal(l.u.bridge.hello_time, 100);
	assert_int_equal(l.u.bridge.max_age, 600);
	assert_int_equal(l.u.bridge.priority, 4096);
	assert_int_equal(l.u.bridge.mcast_querier, 1);
	assert_true(l.flags & IFF_UP);
	vwk_link_clear(&l);
	want.priority = 8192;
	want.stp_state = 0;
	vwk_batch_setlink(b, &(struct vwk_setlink){ .name = "br0", .kind = VWK_BRIDGE,
		.bridge = want, .set = VWK_SET_BRIDGE });
	lab_run(t, b);
	vwk_batch_free(b);
	assert_int_equal(vwk_link_get(&t->h, t->nl, "br0", 0, 0, &l), VW_OK);
	assert_int_equal(l.u.bridge.stp_state, 0);
	assert_int_equal(l.u.bridge.priority, 8192);
	vwk_link_clear(&l);
}

/* -- failures ---------------------------------------------------------------------------------- */

static void a_failure_in_the_middle_tells_its_number_and_its_link(void **state)
{
	struct lab *t = *state;
	struct vwk_batch *b = vwk_batch_new(&t->h, t->nl);
	int net0 = lab_veth(t, "net0", "wire0");
	size_t failed = 0;
	char name[16];

	for (unsigned i = 0; i < 10; i++) {
		numbered(name, "web", i);
		vwk_batch_newlink(b, &(struct vwk_newlink){ .name = name, .kind = VWK_MACVLAN,
			.lower = i == 7 ? 4711 : net0, .nsfd = -1, .macvlan_mode = 4,
			.mtu = i == 8 ? 100000 : 0 });
	}
	assert_int_equal(vwk_batch_run(b, &failed), VW_ERR_NOTFOUND);
	assert_int_equal(failed, 7);
	assert_why(t, "'web7': No such device");
	assert_int_equal(t->h.err.sys, ENODEV);
	assert_int_equal(vwk_batch_error(b, 6), 0);
	assert_int_equal(vwk_batch_error(b, 7), ENODEV);
	assert_int_equal(vwk_batch_error(b, 8), EINVAL);
	assert_int_equal(vwk_batch_error(b, 9), 0);
	assert_int_equal(vwk_batch_error(b, 10), 0);
	assert_int_equal(lab_count_group(t, 0), t->fresh + 2 + 8);
	vwk_batch_free(b);
}

static void the_kernels_own_text_is_kept(void **state)
{
	struct lab *t = *state;
	struct vwk_batch *b = vwk_batch_new(&t->h, t->nl);

	lab_veth(t, "net0", "wire0");
	vwk_batch_setlink(b, &(struct vwk_setlink){ .name = "net0", .mtu = 20,
		.set = VWK_SET_MTU });
	assert_int_equal(vwk_batch_run(b, NULL), VW_ERR_BADVAL);
	assert_why(t, "mtu less than device minimum");
	assert_string_equal(t->h.err.kernel, "mtu less than device minimum");
	vwk_batch_free(b);
}

static void a_taken_name_and_a_kind_the_kernel_lacks_are_told_plainly(void **state)
{
	struct lab *t = *state;
	struct vwk_batch *b = vwk_batch_new(&t->h, t->nl);
	struct vwk_bond bond = { .mode = 4, .lacp_rate = 1, .miimon = 100 };
	int rc;

	lab_bridge(t, "br0");
	vwk_batch_newlink(b, &(struct vwk_newlink){ .name = "br0", .kind = VWK_BRIDGE,
		.nsfd = -1 });
	assert_int_equal(vwk_batch_run(b, NULL), VW_ERR_EXIST);
	assert_why(t, "the name is taken");
	vwk_batch_newlink(b, &(struct vwk_newlink){ .name = "aggr0", .kind = VWK_BOND, .nsfd = -1,
		.bond = &bond });
	rc = vwk_batch_run(b, NULL);
	vwk_batch_free(b);
	if (rc == VW_OK)
		return;		/* a kernel with everything */
	assert_int_equal(rc, VW_ERR_NOTSUP);
	assert_why(t, "this kernel has no bonding (bonding)");
}

static void three_thousand_failures_are_all_heard(void **state)
{
	struct lab *t = *state;
	struct vwk_batch *b = vwk_batch_new(&t->h, t->nl);
	size_t failed = 1;

	for (int i = 0; i < 3000; i++)
		vwk_batch_setlink(b, &(struct vwk_setlink){ .ifindex = 5000 + i, .mtu = 1,
			.set = VWK_SET_MTU });
	assert_int_equal(vwk_batch_run(b, &failed), VW_ERR_NOTFOUND);
	assert_int_equal(failed, 0);
	for (size_t i = 0; i < 3000; i++)
		assert_int_equal(vwk_batch_error(b, i), ENODEV);
	vwk_batch_free(b);
}

/* A socket that an administrator's limits left with a small buffer. */
static void lost_answers_are_an_error_and_the_socket_lives_on(void **state)
{
	struct lab *t = *state;
	struct vwk_batch *b = vwk_batch_new(&t->h, t->nl);
	int small = 1;
	struct vwk_links links;

	setsockopt(vwk_nl_fd(t->nl), SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	for (int i = 0; i < 500; i++)
		vwk_batch_setlink(b, &(struct vwk_setlink){ .ifindex = 5000 + i, .mtu = 1,
			.set = VWK_SET_MTU });
	assert_int_equal(vwk_batch_run(b, NULL), VW_ERR_NOTFOUND);
	for (size_t i = 0; i < 500; i++)
		assert_int_not_equal(vwk_batch_error(b, i), 0);
	vwk_batch_newlink(b, &(struct vwk_newlink){ .name = "br0", .kind = VWK_BRIDGE,
		.nsfd = -1 });
	lab_run(t, b);
	assert_int_equal(vwk_link_dump(&t->h, t->nl, 0, &links), VW_OK);
	assert_int_equal(links.n, t->fresh + 1);
	vwk_links_free(&links);
	vwk_batch_free(b);
}

static void what_cannot_be_written_down_is_not_sent(void **state)
{
	struct lab *t = *state;
	struct vwk_batch *b = vwk_batch_new(&t->h, t->nl);
	static char endless[5000];

	memset(endless, 'a', sizeof(endless) - 1);
	vwk_batch_newlink(b, &(struct vwk_newlink){ .name = "br0", .kind = VWK_BRIDGE,
		.nsfd = -1 });
	assert_int_equal(vwk_batch_setlink(b, &(struct vwk_setlink){ .name = "br0",
		.alias = endless, .set = VWK_SET_ALIAS }), -1);
	assert_int_equal(vwk_batch_run(b, NULL), VW_ERR_BADVAL);
	assert_null(lab_link(t->reader, "br0"));
	assert_int_equal(vwk_batch_dellink(b, 0), -1);
	assert_int_equal(vwk_batch_run(b, NULL), VW_ERR_NOTFOUND);
	assert_int_equal(vwk_batch_delgroup(b, 0), -1);
	assert_int_equal(vwk_batch_run(b, NULL), VW_ERR_BADVAL);
	assert_int_equal(vwk_batch_run(b, NULL), VW_OK);	/* nothing to do */
	vwk_batch_free(b);
}

/* -- deletions --------------------------------------------------------------------------------- */

static void a_group_delete_leaves_nothing_and_takes_nothing_else(void **state)
{
	struct lab *t = *state;
	struct vwk_batch *b = vwk_batch_new(&t->h, t->nl);
	int net0 = lab_veth(t, "net0", "wire0"), doomed[102];
	char name[16];

	for (unsigned i = 0; i < 150; i++) {
		numbered(name, "vnic", i);
		vwk_batch_newlink(b, &(struct vwk_newlink){ .name = name, .kind = VWK_MACVLAN,
			.lower = net0, .nsfd = -1, .macvlan_mode = 4, .group = 0x76770201 });
	}
	lab_run(t, b);
	vwk_batch_free(b);
	for (unsigned i = 0; i < 100; i++) {
		numbered(name, "vnic", i);
		doomed[i] = vwk_link_index(t->nl, name);
	}
	doomed[100] = 4711;		/* vanished meanwhile */
	doomed[101] = doomed[0];	/* named twice */
	doomed[50] = 0;			/* not found when looked up */
	assert_int_equal(vwk_links_delete(&t->h, t->nl, doomed, 102), VW_OK);
	assert_int_equal(lab_count_group(t, 0x76770201), 51);
	assert_int_equal(lab_count_group(t, 0), t->fresh + 2);
	/* Undoing: what is gone already is no news. */
	vwc_why(&t->h, VW_ERR_BUSY, "the cause");
	vwc_keep(&t->h);
	assert_int_equal(vwk_links_delete(&t->h, t->nl, doomed, 102), VW_OK);
	assert_int_equal(vwk_links_delete(&t->h, t->nl, doomed, 1), VW_OK);
	assert_int_equal(vwk_links_delete(&t->h, t->nl, doomed, 0), VW_OK);
	assert_string_equal(t->h.err.why, "the cause");
	assert_string_equal(t->h.err.note, "");
	assert_int_equal(lab_count_group(t, 0x76770201), 51);
}

static void both_ends_of_a_veth_can_be_deleted_together(void **state)
{
	struct lab *t = *state;
	int doomed[2];

	doomed[0] = lab_veth(t, "net0", "wire0");
	doomed[1] = vwk_link_index(t->nl, "wire0");
	assert_int_equal(vwk_links_delete(&t->h, t->nl, doomed, 2), VW_OK);
	assert_int_equal(lab_count_group(t, 0), t->fresh);
}

static void an_undeletable_link_does_not_save_the_others(void **state)
{
	struct lab *t = *state;
	int doomed[3] = { lab_bridge(t, "br0"), 1, lab_bridge(t, "br1") };
	struct rtnl_link *lo;

	assert_int_equal(vwk_links_delete(&t->h, t->nl, doomed, 3), VW_ERR_NOTSUP);
	assert_why(t, "'lo': Operation not supported");
	assert_null(lab_link(t->reader, "br0"));
	assert_null(lab_link(t->reader, "br1"));
	lo = lab_link(t->reader, "lo");
	assert_int_equal(rtnl_link_get_group(lo), 0);
	rtnl_link_put(lo);
}

/* -- changes ----------------------------------------------------------------------------------- */

static void every_member_of_a_change_arrives(void **state)
{
	struct lab *t = *state;
	struct vwk_batch *b = vwk_batch_new(&t->h, t->nl);
	static const uint8_t mac[6] = { 2, 8, 0x20, 9, 9, 9 };
	int bridge = lab_bridge(t, "br0"), net0 = lab_veth(t, "net0", "wire0");
	struct rtnl_link *l;
	uint8_t mode = 0;
	char text[32];

	vwk_batch_setlink(b, &(struct vwk_setlink){ .ifindex = net0, .up = true, .mtu = 1300,
		.group = 77, .txqlen = 123, .mac = mac, .master = bridge, .newname = "nic7",
		.alias = "seven",
		.set = VWK_SET_UP | VWK_SET_MTU | VWK_SET_GROUP | VWK_SET_TXQLEN | VWK_SET_MAC |
		       VWK_SET_MASTER | VWK_SET_NAME | VWK_SET_ALIAS | VWK_SET_NOV6 });
	lab_run(t, b);
	l = lab_link(t->reader, "nic7");
	assert_non_null(l);
	assert_int_equal(rtnl_link_get_ifindex(l), net0);
	assert_true(rtnl_link_get_flags(l) & IFF_UP);
	assert_int_equal(rtnl_link_get_mtu(l), 1300);
	assert_int_equal(rtnl_link_get_group(l), 77);
	assert_int_equal(rtnl_link_get_txqlen(l), 123);
	assert_int_equal(rtnl_link_get_master(l), bridge);
	assert_string_equal(rtnl_link_get_ifalias(l), "seven");
	nl_addr2str(rtnl_link_get_addr(l), text, sizeof(text));
	assert_string_equal(text, "02:08:20:09:09:09");
	if (rtnl_link_inet6_get_addr_gen_mode(l, &mode) == 0)
		assert_int_equal(mode, 1);	/* IN6_ADDR_GEN_MODE_NONE */
	rtnl_link_put(l);
	/* By name: renamed, freed of its master, its alias and its up. */
	vwk_batch_setlink(b, &(struct vwk_setlink){ .name = "nic7", .newname = "net0", .alias = "",
		.set = VWK_SET_UP | VWK_SET_MASTER | VWK_SET_NAME | VWK_SET_ALIAS });
	lab_run(t, b);
	vwk_batch_free(b);
	l = lab_link(t->reader, "net0");
	assert_non_null(l);
	assert_false(rtnl_link_get_flags(l) & IFF_UP);
	assert_int_equal(rtnl_link_get_master(l), 0);
	assert_null(rtnl_link_get_ifalias(l));
	rtnl_link_put(l);
}

/* The kernel gives an address when a link comes up, and address generation off comes after. */
static void a_silenced_link_comes_up_without_an_ipv6_address(void **state)
{
	struct lab *t = *state;
	struct vwk_batch *b = vwk_batch_new(&t->h, t->nl);
	char line[256];
	FILE *f;

	lab_veth(t, "net0", "wire0");
	vwk_batch_setlink(b, &(struct vwk_setlink){ .name = "net0", .up = true,
		.set = VWK_SET_UP | VWK_SET_NOV6 });
	vwk_batch_setlink(b, &(struct vwk_setlink){ .name = "wire0", .up = true,
		.set = VWK_SET_UP | VWK_SET_NOV6 });
	lab_run(t, b);
	vwk_batch_free(b);
	f = fopen("/proc/thread-self/net/if_inet6", "re");
	if (f == NULL)
		lab_skip("this kernel has no IPv6");
	while (fgets(line, sizeof(line), f) != NULL)
		fail_msg("has an address: %s", line);
	fclose(f);
}

static void a_link_too_small_for_ipv6_is_changed_all_the_same(void **state)
{
	struct lab *t = *state;
	struct vwk_batch *b = vwk_batch_new(&t->h, t->nl);
	struct rtnl_link *l;

	lab_veth(t, "net0", "wire0");
	/* The first while it has IPv6 still, the second when it has lost it. */
	for (int i = 0; i < 2; i++) {
		vwk_batch_setlink(b, &(struct vwk_setlink){ .name = "net0", .up = true, .mtu = 600,
			.txqlen = 50 + (uint32_t)i,
			.set = VWK_SET_UP | VWK_SET_NOV6 | VWK_SET_MTU | VWK_SET_TXQLEN });
		vwk_batch_setlink(b, &(struct vwk_setlink){ .name = "wire0", .group = 5,
			.set = VWK_SET_GROUP });
		lab_run(t, b);
		l = lab_link(t->reader, "net0");
		assert_int_equal(rtnl_link_get_mtu(l), 600);
		assert_int_equal(rtnl_link_get_txqlen(l), 50 + i);
		assert_true(rtnl_link_get_flags(l) & IFF_UP);
		rtnl_link_put(l);
	}
	/* The second chance hides no other failure. */
	vwk_batch_setlink(b, &(struct vwk_setlink){ .name = "net0", .mtu = 5,
		.set = VWK_SET_MTU | VWK_SET_NOV6 });
	assert_int_equal(vwk_batch_run(b, NULL), VW_ERR_BADVAL);
	vwk_batch_free(b);
}

static struct rtnl_link *bridge_view(struct lab *t, struct nl_cache **c, int ifindex)
{
	assert_int_equal(rtnl_link_alloc_cache(t->reader, AF_BRIDGE, c), 0);
	return rtnl_link_get(*c, ifindex);
}

static void port_flags_are_set_together_with_the_bridge(void **state)
{
	struct lab *t = *state;
	struct vwk_batch *b = vwk_batch_new(&t->h, t->nl);
	int bridge = lab_bridge(t, "br0"), net0 = lab_veth(t, "net0", "wire0");
	struct vwk_link got;
	struct nl_cache *c;
	uint32_t cost;
	struct rtnl_link *l;

	vwk_batch_setlink(b, &(struct vwk_setlink){ .ifindex = net0, .up = true, .master = bridge,
		.port_kind = VWK_BRIDGE,
		.set = VWK_SET_UP | VWK_SET_NOV6 | VWK_SET_MASTER | VWK_SET_BRPORT,
		.brport = { .cost = 77, .priority = 9, .guard = 1, .isolated = 1 },
		.brport_set = VWK_BRPORT_LEARNING | VWK_BRPORT_FLOOD | VWK_BRPORT_COST |
			      VWK_BRPORT_PRIORITY | VWK_BRPORT_GUARD | VWK_BRPORT_ISOLATED });
	lab_run(t, b);
	l = bridge_view(t, &c, net0);
	assert_non_null(l);
	assert_int_equal(rtnl_link_bridge_get_flags(l) & (RTNL_BRIDGE_UNICAST_FLOOD |
		RTNL_BRIDGE_LEARNING | RTNL_BRIDGE_BPDU_GUARD), RTNL_BRIDGE_BPDU_GUARD);
	assert_int_equal(rtnl_link_bridge_get_cost(l, &cost), 0);
	assert_int_equal(cost, 77);
	assert_int_equal(rtnl_link_bridge_get_priority(l), 9);
	rtnl_link_put(l);
	nl_cache_free(c);
	assert_int_equal(vwk_link_get(&t->h, t->nl, "net0", 0, 0, &got), VW_OK);
	assert_int_equal(got.port.br.learning, 0);
	assert_int_equal(got.port.br.flood, 0);
	assert_int_equal(got.port.br.mcast_flood, 1);
	assert_int_equal(got.port.br.isolated, 1);
	assert_int_equal(got.port.br.guard, 1);
	assert_int_equal(got.port.br.cost, 77);
	vwk_link_clear(&got);
	vwk_batch_setlink(b, &(struct vwk_setlink){ .ifindex = net0, .brport = { .flood = 1 },
		.set = VWK_SET_BRPORT, .brport_set = VWK_BRPORT_FLOOD });
	lab_run(t, b);
	vwk_batch_free(b);
	l = bridge_view(t, &c, net0);
	assert_int_equal(rtnl_link_bridge_get_flags(l) & (RTNL_BRIDGE_UNICAST_FLOOD |
		RTNL_BRIDGE_LEARNING), RTNL_BRIDGE_UNICAST_FLOOD);
	rtnl_link_put(l);
	nl_cache_free(c);
}

static void alternative_names_come_and_go(void **state)
{
	static const char longname[] = "a-name-of-31-characters-exactly";
	struct lab *t = *state;
	struct vwk_batch *b = vwk_batch_new(&t->h, t->nl);
	int net0 = lab_veth(t, "net0", "wire0");
	struct vwk_link l;

	vwk_batch_altname(b, net0, NULL, longname, true);
	vwk_batch_altname(b, 0, "wire0", "alt0", true);
	lab_run(t, b);
	assert_int_equal(if_nametoindex("alt0"), vwk_link_index(t->nl, "wire0"));
	assert_int_equal(vwk_link_index(t->nl, longname), net0);
	assert_int_equal(vwk_link_get(&t->h, t->nl, longname, 0, 0, &l), VW_OK);
	assert_string_equal(l.name, "net0");
	assert_string_equal(l.altname, longname);
	vwk_link_clear(&l);
	/* A change may name its link so. */
	vwk_batch_setlink(b, &(struct vwk_setlink){ .name = longname, .group = 9,
		.set = VWK_SET_GROUP });
	lab_run(t, b);
	assert_int_equal(lab_count_group(t, 9), 1);
	vwk_batch_altname(b, net0, NULL, "alt0", true);
	assert_int_equal(vwk_batch_run(b, NULL), VW_ERR_EXIST);
	vwk_batch_altname(b, net0, NULL, longname, false);
	lab_run(t, b);
	vwk_batch_free(b);
	assert_int_equal(vwk_link_index(t->nl, longname), 0);
}

/* -- forwarding entries ------------------------------------------------------------------------ */

static struct rtnl_neigh *find_neigh(struct nl_cache *c, int ifindex, const uint8_t *mac)
{
	for (struct nl_object *o = nl_cache_get_first(c); o != NULL; o = nl_cache_get_next(o)) {
		struct rtnl_neigh *n = (struct rtnl_neigh *)o;
		struct nl_addr *a = rtnl_neigh_get_lladdr(n);

		if (rtnl_neigh_get_ifindex(n) == ifindex && a != NULL &&
		    memcmp(nl_addr_get_binary_addr(a), mac, 6) == 0 &&
		    (rtnl_neigh_get_state(n) & NUD_NOARP))
			return n;
	}
	return NULL;
}

static void check_entry(struct lab *t, int ifindex, const uint8_t *mac, bool there)
{
	struct nl_cache *c;

	assert_int_equal(nl_cache_alloc_name("route/neigh", &c), 0);
	nl_cache_set_arg1(c, AF_BRIDGE);
	assert_int_equal(nl_cache_refill(t->reader, c), 0);
	assert_int_equal(find_neigh(c, ifindex, mac) != NULL, there);
	nl_cache_free(c);
}

static size_t count_static(struct lab *t, int master, int ifindex, const uint8_t *mac)
{
	struct vwk_fdb *f;
	size_t n, hits = 0;

	assert_int_equal(vwk_fdb_dump(&t->h, t->nl, master, &f, &n), VW_OK);
	for (size_t i = 0; i < n; i++)
		hits += f[i].ifindex == ifindex && memcmp(f[i].mac, mac, 6) == 0 &&
			f[i].permanent && !f[i].local && f[i].vid == 0;
	free(f);
	return hits;
}

static void a_static_entry_leads_to_its_port(void **state)
{
	struct lab *t = *state;
	struct vwk_batch *b = vwk_batch_new(&t->h, t->nl);
	static const uint8_t mac[6] = { 2, 8, 0x20, 5, 5, 5 };
	int bridge = lab_bridge(t, "br0"), other = lab_bridge(t, "br1");
	int net0 = lab_veth(t, "net0", "wire0");

	vwk_batch_setlink(b, &(struct vwk_setlink){ .ifindex = net0, .master = bridge,
		.set = VWK_SET_MASTER });
	vwk_batch_fdb(b, net0, mac, true);
	lab_run(t, b);
	check_entry(t, net0, mac, true);
	assert_int_equal(count_static(t, bridge, net0, mac), 1);
	assert_int_equal(count_static(t, other, net0, mac), 0);
	vwk_batch_fdb(b, net0, mac, false);
	lab_run(t, b);
	check_entry(t, net0, mac, false);
	assert_int_equal(count_static(t, bridge, net0, mac), 0);
	vwk_batch_free(b);
}

/* -- events ------------------------------------------------------------------------------------ */

/* The next event about @name, or VWK_EVENT_NONE. */
static int event_about(struct vwk_events *e, const char *name)
{
	struct vwk_link l;
	int what;

	while ((what = vwk_events_next(NULL, e, &l)) == VWK_EVENT_NEW || what == VWK_EVENT_DEL) {
		bool hit = strcmp(l.name, name) == 0;

		vwk_link_clear(&l);
		if (hit)
			break;
	}
	return what;
}

static void links_are_heard_to_come_and_go(void **state)
{
	struct lab *t = *state;
	struct vwk_batch *b = vwk_batch_new(&t->h, t->nl);
	int bridge = lab_bridge(t, "br0"), ifindex, what;
	struct vwk_events *e;
	struct pollfd p = { .events = POLLIN };

	/* Heard in the handle's namespace, wherever the thread is by now. */
	assert_int_equal(unshare(CLONE_NEWNET), 0);
	assert_int_equal(vwk_events_open(&t->h, &e), VW_OK);
	assert_int_equal(setns(t->here, CLONE_NEWNET), 0);
	assert_int_equal(event_about(e, "net0"), VWK_EVENT_NONE);
	ifindex = lab_veth(t, "net0", "wire0");
	p.fd = vwk_events_fd(e);
	assert_int_equal(poll(&p, 1, 1000), 1);
	assert_int_equal(event_about(e, "net0"), VWK_EVENT_NEW);
	/* A port that leaves its bridge is not a link that goes. */
	vwk_batch_setlink(b, &(struct vwk_setlink){ .ifindex = ifindex, .master = bridge,
		.set = VWK_SET_MASTER });
	vwk_batch_setlink(b, &(struct vwk_setlink){ .ifindex = ifindex, .set = VWK_SET_MASTER });
	lab_run(t, b);
	vwk_batch_free(b);
	while ((what = event_about(e, "net0")) != VWK_EVENT_NONE)
		assert_int_equal(what, VWK_EVENT_NEW);
	assert_int_equal(vwk_links_delete(&t->h, t->nl, &ifindex, 1), VW_OK);
	while ((what = event_about(e, "net0")) == VWK_EVENT_NEW)
		;
	assert_int_equal(what, VWK_EVENT_DEL);
	vwk_events_close(e);
}

static void an_overrun_is_told_and_hearing_goes_on(void **state)
{
	struct lab *t = *state;
	struct vwk_events *e;
	struct vwk_link l;
	int tiny = 1, lost = 0, what;
	char name[16];

	assert_int_equal(vwk_events_open(&t->h, &e), VW_OK);
	setsockopt(vwk_events_fd(e), SOL_SOCKET, SO_RCVBUF, &tiny, sizeof(tiny));
	for (unsigned i = 0; i < 20; i++) {
		numbered(name, "br", i);
		lab_bridge(t, name);
	}
	while ((what = vwk_events_next(NULL, e, &l)) != VWK_EVENT_NONE) {
		lost += what == VWK_EVENT_LOST;
		if (what == VWK_EVENT_NEW)
			vwk_link_clear(&l);
	}
	assert_true(lost > 0);
	lab_bridge(t, "later0");
	assert_int_equal(event_about(e, "later0"), VWK_EVENT_NEW);
	vwk_events_close(e);
}

#define T(f) cmocka_unit_test_setup_teardown(f, lab_enter, lab_leave)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(five_hundred_macvlans_in_one_batch),
		T(two_hundred_veths_whose_other_ends_are_born_elsewhere),
		T(a_macvlan_is_born_in_a_zone_over_a_link_of_the_host),
		T(a_bridge_is_born_with_its_spanning_tree_settings),
		T(a_failure_in_the_middle_tells_its_number_and_its_link),
		T(the_kernels_own_text_is_kept),
		T(a_taken_name_and_a_kind_the_kernel_lacks_are_told_plainly),
		T(three_thousand_failures_are_all_heard),
		T(lost_answers_are_an_error_and_the_socket_lives_on),
		T(what_cannot_be_written_down_is_not_sent),
		T(a_group_delete_leaves_nothing_and_takes_nothing_else),
		T(both_ends_of_a_veth_can_be_deleted_together),
		T(an_undeletable_link_does_not_save_the_others),
		T(every_member_of_a_change_arrives),
		T(a_silenced_link_comes_up_without_an_ipv6_address),
		T(a_link_too_small_for_ipv6_is_changed_all_the_same),
		T(port_flags_are_set_together_with_the_bridge),
		T(alternative_names_come_and_go),
		T(a_static_entry_leads_to_its_port),
		T(links_are_heard_to_come_and_go),
		T(an_overrun_is_told_and_hearing_goes_on),
	};

	return lab_main(tests, VWU_ARRAY_SIZE(tests));
}

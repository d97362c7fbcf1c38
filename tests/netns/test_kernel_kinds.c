/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_kernel_kinds.c - link kinds that not every kernel has: bond, 8021q, tunnels, VLAN filters */
#include "kernel_lab.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <stdio.h>

#include <linux/if_ether.h>
#include <netlink/route/link/bonding.h>
#include <netlink/route/link/ip6tnl.h>
#include <netlink/route/link/ipip.h>
#include <netlink/route/link/vlan.h>

/* Run @b; skip the test, with the reason, on a kernel that lacks the kind. */
static void run_or_skip(struct lab *t, struct vwk_batch *b)
{
	int rc = vwk_batch_run(b, NULL);

	if (rc == VW_OK)
		return;
	vwk_batch_free(b);
	if (rc != VW_ERR_NOTSUP)
		fail_msg("%s", t->h.err.message);
	lab_skip(t->h.err.why);
}

static struct vwk_link get(struct lab *t, const char *name)
{
	struct vwk_link l;

	assert_int_equal(vwk_link_get(&t->h, t->nl, name, 0, 0, &l), VW_OK);
	return l;
}

/* The bond looks after a new port when its clock ticks next. */
static struct vwk_link port_with_lacp(struct lab *t, const char *name)
{
	for (int i = 0; i < 50; i++) {
		struct vwk_link l = get(t, name);

		if (l.port.bond.has_lacp)
			return l;
		vwk_link_clear(&l);
		usleep(100000);
	}
	return get(t, name);
}

static void a_bond_negotiates_as_told(void **state)
{
	struct lab *t = *state;
	struct vwk_batch *b = vwk_batch_new(&t->h, t->nl);
	struct vwk_bond want = { .mode = 4, .xmit_policy = 1, .lacp_rate = 1, .lacp_active = 0,
				 .miimon = 100 };
	int bond, net0 = lab_veth(t, "net0", "wire0");
	struct rtnl_link *r;
	struct vwk_link l;

	vwk_batch_newlink(b, &(struct vwk_newlink){ .name = "aggr0", .kind = VWK_BOND, .nsfd = -1,
		.bond = &want });
	run_or_skip(t, b);
	r = lab_link(t->reader, "aggr0");
	bond = rtnl_link_get_ifindex(r);
	assert_string_equal(rtnl_link_get_type(r), "bond");
	rtnl_link_put(r);
	/* Down first, then into the bond: two messages for one change. */
	vwk_batch_setlink(b, &(struct vwk_setlink){ .ifindex = net0, .up = true,
		.set = VWK_SET_UP });
	vwk_batch_setlink(b, &(struct vwk_setlink){ .ifindex = bond, .up = true,
		.set = VWK_SET_UP });
	vwk_batch_setlink(b, &(struct vwk_setlink){ .ifindex = net0, .master = bond,
		.set = VWK_SET_UP | VWK_SET_MASTER });
	lab_run(t, b);
	l = get(t, "aggr0");
	assert_int_equal(l.kind, VWK_BOND);
	assert_int_equal(l.u.bond.mode, 4);
	assert_int_equal(l.u.bond.xmit_policy, 1);
	assert_int_equal(l.u.bond.lacp_rate, 1);
	assert_int_equal(l.u.bond.lacp_active, 0);
	assert_int_equal(l.u.bond.miimon, 100);
	vwk_link_clear(&l);
	l = port_with_lacp(t, "net0");
	assert_int_equal(l.master, bond);
	assert_int_equal(l.port_kind, VWK_BOND);
	assert_int_equal(l.port.bond.has_lacp, 1);
	assert_memory_equal(l.port.bond.perm_mac, l.mac, 6);
	vwk_link_clear(&l);
	want.xmit_policy = 2;
	want.lacp_rate = 0;
	vwk_batch_setlink(b, &(struct vwk_setlink){ .ifindex = bond, .kind = VWK_BOND, .bond = want,
		.bond_set = VWK_BOND_XMIT | VWK_BOND_RATE, .set = VWK_SET_BOND });
	assert_int_equal(vwk_batch_run(b, NULL), VW_ERR_BUSY);	/* the rate: not while it is up */
	vwk_batch_setlink(b, &(struct vwk_setlink){ .ifindex = bond, .kind = VWK_BOND, .bond = want,
		.bond_set = VWK_BOND_XMIT | VWK_BOND_RATE, .set = VWK_SET_BOND | VWK_SET_UP });
	vwk_batch_setlink(b, &(struct vwk_setlink){ .ifindex = net0, .set = VWK_SET_MASTER });
	lab_run(t, b);
	vwk_batch_free(b);
	l = get(t, "aggr0");
	assert_int_equal(l.u.bond.xmit_policy, 2);
	assert_int_equal(l.u.bond.lacp_rate, 0);
	vwk_link_clear(&l);
}

static void a_bond_without_lacp_is_born_too(void **state)
{
	struct lab *t = *state;
	struct vwk_batch *b = vwk_batch_new(&t->h, t->nl);
	struct vwk_bond want = { .mode = 2, .xmit_policy = 2, .lacp_rate = 1, .miimon = 100 };
	struct vwk_link l;

	vwk_batch_newlink(b, &(struct vwk_newlink){ .name = "aggr0", .kind = VWK_BOND, .nsfd = -1,
		.bond = &want, .up = true });
	run_or_skip(t, b);
	l = get(t, "aggr0");
	assert_int_equal(l.u.bond.mode, 2);
	assert_int_equal(l.u.bond.xmit_policy, 2);
	vwk_link_clear(&l);
	vwk_batch_setlink(b, &(struct vwk_setlink){ .name = "aggr0", .kind = VWK_BOND, .bond = want,
		.bond_set = VWK_BOND_RATE, .set = VWK_SET_BOND });
	assert_int_equal(vwk_batch_run(b, NULL), VW_ERR_BADVAL);
	if (t->h.err.kernel[0] == '\0')
		assert_string_equal(t->h.err.why, "not possible in this mode of the bond");
	vwk_batch_free(b);
}

static void a_vlan_device_carries_its_id(void **state)
{
	struct lab *t = *state;
	struct vwk_batch *b = vwk_batch_new(&t->h, t->nl);
	int net0 = lab_veth(t, "net0", "wire0");
	struct rtnl_link *r;
	struct vwk_link l;

	vwk_batch_newlink(b, &(struct vwk_newlink){ .name = "vlan7", .kind = VWK_VLAN, .nsfd = -1,
		.lower = net0, .vid = 7 });
	run_or_skip(t, b);
	vwk_batch_free(b);
	r = lab_link(t->reader, "vlan7");
	assert_int_equal(rtnl_link_vlan_get_id(r), 7);
	assert_int_equal(rtnl_link_get_link(r), net0);
	rtnl_link_put(r);
	l = get(t, "vlan7");
	assert_int_equal(l.u.vlan.vid, 7);
	assert_int_equal(l.u.vlan.proto, ETH_P_8021Q);
	assert_int_equal(l.lower, net0);
	vwk_link_clear(&l);
}

static void an_ipv4_tunnel_has_its_ends(void **state)
{
	struct lab *t = *state;
	struct vwk_batch *b = vwk_batch_new(&t->h, t->nl);
	struct vwk_tunnel ends = { .local = { 192, 0, 2, 1 }, .remote = { 192, 0, 2, 2 }, .ttl = 9 };
	struct rtnl_link *r;
	struct vwk_link l;

	vwk_batch_newlink(b, &(struct vwk_newlink){ .name = "tun0", .kind = VWK_IPIP, .nsfd = -1,
		.tunnel = &ends });
	run_or_skip(t, b);
	r = lab_link(t->reader, "tun0");
	assert_int_equal(rtnl_link_ipip_get_local(r), htonl(0xc0000201));
	assert_int_equal(rtnl_link_ipip_get_remote(r), htonl(0xc0000202));
	assert_int_equal(rtnl_link_ipip_get_ttl(r), 9);
	rtnl_link_put(r);
	ends.remote[3] = 77;
	vwk_batch_setlink(b, &(struct vwk_setlink){ .name = "tun0", .kind = VWK_IPIP, .tunnel = ends,
		.set = VWK_SET_TUNNEL });
	lab_run(t, b);
	vwk_batch_free(b);
	l = get(t, "tun0");
	assert_int_equal(l.kind, VWK_IPIP);
	assert_memory_equal(l.u.tunnel.remote, ends.remote, 4);
	assert_memory_equal(l.u.tunnel.local, ends.local, 4);
	assert_int_equal(l.u.tunnel.ttl, 9);
	vwk_link_clear(&l);
}

static void an_ipv6_tunnel_has_its_ends_and_its_limit(void **state)
{
	struct lab *t = *state;
	struct vwk_batch *b = vwk_batch_new(&t->h, t->nl);
	struct vwk_tunnel ends = { .ttl = 64, .encap_limit = 3 };
	struct in6_addr got;
	struct rtnl_link *r;
	struct vwk_link l;

	inet_pton(AF_INET6, "2001:db8::1", ends.local);
	inet_pton(AF_INET6, "2001:db8::2", ends.remote);
	vwk_batch_newlink(b, &(struct vwk_newlink){ .name = "tun6", .kind = VWK_IP6TNL, .nsfd = -1,
		.tunnel = &ends });
	run_or_skip(t, b);
	vwk_batch_free(b);
	r = lab_link(t->reader, "tun6");
	assert_int_equal(rtnl_link_ip6_tnl_get_local(r, &got), 0);
	assert_memory_equal(&got, ends.local, 16);
	rtnl_link_put(r);
	l = get(t, "tun6");
	assert_int_equal(l.kind, VWK_IP6TNL);
	assert_memory_equal(l.u.tunnel.remote, ends.remote, 16);
	assert_int_equal(l.u.tunnel.encap_limit, 3);
	assert_int_equal(l.u.tunnel.flags_ignore_encap, 0);
	vwk_link_clear(&l);
}

static void a_6in4_tunnel_has_its_ends(void **state)
{
	struct lab *t = *state;
	struct vwk_batch *b = vwk_batch_new(&t->h, t->nl);
	struct vwk_tunnel ends = { .local = { 192, 0, 2, 1 }, .remote = { 192, 0, 2, 2 }, .ttl = 64 };
	struct vwk_link l;

	vwk_batch_newlink(b, &(struct vwk_newlink){ .name = "tun0", .kind = VWK_SIT, .nsfd = -1,
		.tunnel = &ends });
	run_or_skip(t, b);
	vwk_batch_free(b);
	l = get(t, "tun0");
	assert_int_equal(l.kind, VWK_SIT);
	assert_memory_equal(l.u.tunnel.remote, ends.remote, 4);
	vwk_link_clear(&l);
}

/* bridge(8) is the second reader here: libnl does not know the VLANs of ports. */
static bool port_has_vlan(const char *port, const char *words)
{
	char cmd[128], line[256];
	bool found = false;
	FILE *f;

	snprintf(cmd, sizeof(cmd), "bridge vlan show dev %s", port);
	f = popen(cmd, "re");
	assert_non_null(f);
	while (fgets(line, sizeof(line), f) != NULL)
		found = found || strstr(line, words) != NULL;
	pclose(f);
	return found;
}

static void ports_of_a_filtering_bridge_join_and_leave_vlans(void **state)
{
	struct lab *t = *state;
	struct vwk_batch *b = vwk_batch_new(&t->h, t->nl);
	struct vwk_bridge filtering = { .forward_delay = 200, .hello_time = 200, .max_age = 2000,
					.priority = 32768, .vlan_filtering = 1 };
	int net0 = lab_veth(t, "net0", "wire0"), bridge;
	struct vwk_link l;

	vwk_batch_newlink(b, &(struct vwk_newlink){ .name = "br0", .kind = VWK_BRIDGE, .nsfd = -1,
		.bridge = &filtering });
	run_or_skip(t, b);
	l = get(t, "br0");
	assert_int_equal(l.u.bridge.vlan_filtering, 1);
	bridge = l.ifindex;
	vwk_link_clear(&l);
	vwk_batch_setlink(b, &(struct vwk_setlink){ .ifindex = net0, .master = bridge,
		.set = VWK_SET_MASTER });
	vwk_batch_bridge_vlan(b, net0, 200, true, true);
	vwk_batch_bridge_vlan(b, net0, 201, false, true);
	lab_run(t, b);
	assert_true(port_has_vlan("net0", "200 PVID Egress Untagged"));
	assert_true(port_has_vlan("net0", "201"));
	vwk_batch_bridge_vlan(b, net0, 201, false, false);
	lab_run(t, b);
	vwk_batch_free(b);
	assert_false(port_has_vlan("net0", "201"));
	assert_int_equal(vwk_link_index(t->nl, "net0"), net0);
}

#define T(f) cmocka_unit_test_setup_teardown(f, lab_enter, lab_leave)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_bond_negotiates_as_told),
		T(a_bond_without_lacp_is_born_too),
		T(a_vlan_device_carries_its_id),
		T(an_ipv4_tunnel_has_its_ends),
		T(an_ipv6_tunnel_has_its_ends_and_its_limit),
		T(a_6in4_tunnel_has_its_ends),
		T(ports_of_a_filtering_bridge_join_and_leave_vlans),
	};

	return lab_main(tests, VWU_ARRAY_SIZE(tests));
}

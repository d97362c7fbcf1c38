/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_kernel_parse.c - messages of the kernel, good, odd and broken, without a kernel */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <arpa/inet.h>
#include <errno.h>

#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/if_tunnel.h>
#include <linux/neighbour.h>
#include <linux/netlink.h>

#include "kernel/nl.h"

union message {
	struct nlmsghdr h;
	char		room[4096];
};

static struct nlmsghdr *begin(union message *m, uint16_t type, int ifindex, const char *name)
{
	struct ifinfomsg *ifi;

	memset(m, 0, sizeof(*m));
	mnl_nlmsg_put_header(m->room);
	m->h.nlmsg_type = type;
	ifi = mnl_nlmsg_put_extra_header(&m->h, sizeof(*ifi));
	ifi->ifi_index = ifindex;
	ifi->ifi_flags = 0x1043;
	ifi->ifi_type = 1;
	if (name != NULL)
		mnl_attr_put_strz(&m->h, IFLA_IFNAME, name);
	return &m->h;
}

/* @data makes the attributes of IFLA_INFO_DATA. */
static void put_kind(struct nlmsghdr *m, const char *kind, void (*data)(struct nlmsghdr *))
{
	struct nlattr *info = mnl_attr_nest_start(m, IFLA_LINKINFO), *nest;

	mnl_attr_put_strz(m, IFLA_INFO_KIND, kind);
	if (data != NULL) {
		nest = mnl_attr_nest_start(m, IFLA_INFO_DATA);
		data(m);
		mnl_attr_nest_end(m, nest);
	}
	mnl_attr_nest_end(m, info);
}

static void put_port(struct nlmsghdr *m, const char *kind, void (*data)(struct nlmsghdr *))
{
	struct nlattr *info = mnl_attr_nest_start(m, IFLA_LINKINFO), *nest;

	mnl_attr_put_strz(m, IFLA_INFO_KIND, "veth");
	mnl_attr_put_strz(m, IFLA_INFO_SLAVE_KIND, kind);
	nest = mnl_attr_nest_start(m, IFLA_INFO_SLAVE_DATA);
	data(m);
	mnl_attr_nest_end(m, nest);
	mnl_attr_nest_end(m, info);
}

/* -- kinds ------------------------------------------------------------------------------------- */

static void bond_data(struct nlmsghdr *m)
{
	mnl_attr_put_u8(m, IFLA_BOND_MODE, 4);
	mnl_attr_put_u32(m, IFLA_BOND_MIIMON, 100);
	mnl_attr_put_u8(m, IFLA_BOND_XMIT_HASH_POLICY, 1);
	mnl_attr_put_u8(m, IFLA_BOND_AD_LACP_RATE, 1);
}

static void bond_data_passive(struct nlmsghdr *m)
{
	bond_data(m);
	mnl_attr_put_u8(m, IFLA_BOND_AD_LACP_ACTIVE, 0);
}

static void a_bond_is_active_unless_it_says_passive(void **state)
{
	union message m;
	struct vwk_link l;

	put_kind(begin(&m, RTM_NEWLINK, 7, "aggr0"), "bond", bond_data);
	assert_int_equal(vwk_link_parse(&m.h, &l), 0);
	assert_int_equal(l.kind, VWK_BOND);
	assert_int_equal(l.u.bond.mode, 4);
	assert_int_equal(l.u.bond.miimon, 100);
	assert_int_equal(l.u.bond.xmit_policy, 1);
	assert_int_equal(l.u.bond.lacp_rate, 1);
	assert_int_equal(l.u.bond.lacp_active, 1);
	put_kind(begin(&m, RTM_NEWLINK, 7, "aggr0"), "bond", bond_data_passive);
	assert_int_equal(vwk_link_parse(&m.h, &l), 0);
	assert_int_equal(l.u.bond.lacp_active, 0);
}

static void vlan_data(struct nlmsghdr *m)
{
	mnl_attr_put_u16(m, IFLA_VLAN_ID, 200);
	mnl_attr_put_u16(m, IFLA_VLAN_PROTOCOL, htons(ETH_P_8021Q));
}

static void a_vlan_tells_its_id(void **state)
{
	union message m;
	struct vwk_link l;

	begin(&m, RTM_NEWLINK, 8, "vlan7");
	mnl_attr_put_u32(&m.h, IFLA_LINK, 3);
	put_kind(&m.h, "vlan", vlan_data);
	assert_int_equal(vwk_link_parse(&m.h, &l), 0);
	assert_int_equal(l.u.vlan.vid, 200);
	assert_int_equal(l.u.vlan.proto, ETH_P_8021Q);
	assert_int_equal(l.lower, 3);
	assert_int_equal(l.lower_nsid, -1);
	assert_int_equal(l.addrgen, 255);
}

static void tunnel4_data(struct nlmsghdr *m)
{
	mnl_attr_put(m, IFLA_IPTUN_LOCAL, 4, "\300\0\2\1");
	mnl_attr_put(m, IFLA_IPTUN_REMOTE, 4, "\300\0\2\2");
	mnl_attr_put_u8(m, IFLA_IPTUN_TTL, 64);
}

static void tunnel6_data(struct nlmsghdr *m)
{
	mnl_attr_put(m, IFLA_IPTUN_LOCAL, 16, "\x20\1\r\xb8\0\0\0\0\0\0\0\0\0\0\0\1");
	mnl_attr_put_u8(m, IFLA_IPTUN_ENCAP_LIMIT, 4);
	mnl_attr_put_u32(m, IFLA_IPTUN_FLAGS, 1);
}

static void tunnels_have_addresses_of_either_length(void **state)
{
	union message m;
	struct vwk_link l;

	put_kind(begin(&m, RTM_NEWLINK, 9, "tun0"), "ipip", tunnel4_data);
	assert_int_equal(vwk_link_parse(&m.h, &l), 0);
	assert_int_equal(l.kind, VWK_IPIP);
	assert_memory_equal(l.u.tunnel.local, "\300\0\2\1", 4);
	assert_memory_equal(l.u.tunnel.remote, "\300\0\2\2", 4);
	assert_int_equal(l.u.tunnel.ttl, 64);
	put_kind(begin(&m, RTM_NEWLINK, 9, "tun0"), "ip6tnl", tunnel6_data);
	assert_int_equal(vwk_link_parse(&m.h, &l), 0);
	assert_int_equal(l.kind, VWK_IP6TNL);
	assert_int_equal(l.u.tunnel.local[15], 1);
	assert_int_equal(l.u.tunnel.encap_limit, 4);
	assert_int_equal(l.u.tunnel.flags_ignore_encap, 1);
}

static void lacp_data(struct nlmsghdr *m)
{
	mnl_attr_put_u8(m, IFLA_BOND_SLAVE_STATE, 1);
	mnl_attr_put_u8(m, IFLA_BOND_SLAVE_MII_STATUS, 0);
	mnl_attr_put(m, IFLA_BOND_SLAVE_PERM_HWADDR, 6, "\2\1\1\1\1\1");
	mnl_attr_put_u8(m, IFLA_BOND_SLAVE_AD_ACTOR_OPER_PORT_STATE, 0x3d);
	mnl_attr_put_u16(m, IFLA_BOND_SLAVE_AD_PARTNER_OPER_PORT_STATE, 0x3f);
}

static void ports_of_bonds_and_of_unknown_masters(void **state)
{
	union message m;
	struct vwk_link l;

	begin(&m, RTM_NEWLINK, 4, "nxge0");
	mnl_attr_put_u32(&m.h, IFLA_MASTER, 9);
	put_port(&m.h, "bond", lacp_data);
	assert_int_equal(vwk_link_parse(&m.h, &l), 0);
	assert_int_equal(l.kind, VWK_VETH);
	assert_int_equal(l.port_kind, VWK_BOND);
	assert_int_equal(l.port.bond.state, 1);
	assert_int_equal(l.port.bond.mii_up, 1);
	assert_int_equal(l.port.bond.has_lacp, 1);
	assert_int_equal(l.port.bond.actor_state, 0x3d);
	assert_int_equal(l.port.bond.partner_state, 0x3f);
	assert_memory_equal(l.port.bond.perm_mac, "\2\1\1\1\1\1", 6);
	begin(&m, RTM_NEWLINK, 4, "nxge0");
	mnl_attr_put_u32(&m.h, IFLA_MASTER, 9);	/* Open vSwitch says no more */
	assert_int_equal(vwk_link_parse(&m.h, &l), 0);
	assert_int_equal(l.port_kind, VWK_OTHER);
	assert_int_equal(l.kind, VWK_NONE);
}

static void an_unknown_kind_keeps_its_name(void **state)
{
	union message m;
	struct vwk_link l;

	put_kind(begin(&m, RTM_NEWLINK, 4, "x0"), "wireguard", NULL);
	assert_int_equal(vwk_link_parse(&m.h, &l), 0);
	assert_int_equal(l.kind, VWK_OTHER);
	assert_string_equal(l.kind_name, "wireguard");
}

static void kinds_and_their_names_agree(void **state)
{
	for (int k = VWK_BRIDGE; k <= VWK_SIT; k++) {
		assert_int_not_equal(strlen(vwk_kind_name((enum vwk_kind)k)), 0);
		assert_int_equal(vwk_kind_of(vwk_kind_name((enum vwk_kind)k)), k);
		assert_non_null(strchr(vwk_kind_missing((enum vwk_kind)k), '('));
	}
	assert_string_equal(vwk_kind_name(VWK_NONE), "");
	assert_string_equal(vwk_kind_name(VWK_OTHER), "");
	assert_string_equal(vwk_kind_name((enum vwk_kind)99), "");
	assert_int_equal(vwk_kind_of(""), VWK_NONE);
	assert_int_equal(vwk_kind_of("netkit"), VWK_OTHER);
}

/* -- texts and odd lengths --------------------------------------------------------------------- */

static void texts_need_no_end_and_are_cut_where_the_kernel_would(void **state)
{
	union message m;
	struct vwk_link l;
	struct nlattr *list;

	begin(&m, RTM_NEWLINK, 4, NULL);
	mnl_attr_put(&m.h, IFLA_IFNAME, 20, "abcdefghijklmnopqrst");
	mnl_attr_put(&m.h, IFLA_IFALIAS, 3, "abc");
	list = mnl_attr_nest_start(&m.h, IFLA_PROP_LIST);
	mnl_attr_put(&m.h, IFLA_ALT_IFNAME, 5, "first");
	mnl_attr_put_strz(&m.h, IFLA_ALT_IFNAME, "second");
	mnl_attr_nest_end(&m.h, list);
	mnl_attr_put(&m.h, IFLA_IFALIAS, 3, "two");
	assert_int_equal(vwk_link_parse(&m.h, &l), 0);
	assert_string_equal(l.name, "abcdefghijklmno");
	assert_string_equal(l.alias, "abc");
	assert_string_equal(l.altname, "first");
	vwk_link_clear(&l);
	assert_null(l.alias);
}

static void short_numbers_read_as_nothing(void **state)
{
	union message m;
	struct vwk_link l;

	begin(&m, RTM_NEWLINK, 4, "net0");
	mnl_attr_put(&m.h, IFLA_MTU, 3, "\377\377\377");
	mnl_attr_put(&m.h, IFLA_OPERSTATE, 0, "");
	mnl_attr_put(&m.h, IFLA_STATS64, 8, "\1\0\0\0\0\0\0\0");
	mnl_attr_put(&m.h, IFLA_ADDRESS, 20, "\1\2\3\4\5\6ABCDEFGHIJKLMN");
	assert_int_equal(vwk_link_parse(&m.h, &l), 0);
	assert_int_equal(l.mtu, 0);
	assert_int_equal(l.operstate, 0);
	assert_int_equal(l.stats.rx_packets, 1);
	assert_int_equal(l.stats.tx_packets, 0);
	assert_int_equal(l.mac_len, 20);	/* InfiniBand */
	assert_memory_equal(l.mac, "\1\2\3\4\5\6", 6);
}

static void what_names_no_link_is_malformed(void **state)
{
	union message m;
	struct vwk_link l;

	assert_int_equal(vwk_link_parse(begin(&m, RTM_NEWLINK, 0, "net0"), &l), -EBADMSG);
	assert_int_equal(vwk_link_parse(begin(&m, RTM_NEWLINK, -3, "net0"), &l), -EBADMSG);
	assert_int_equal(vwk_link_parse(begin(&m, RTM_NEWLINK, 3, NULL), &l), -EBADMSG);
	begin(&m, RTM_NEWLINK, 3, NULL);
	mnl_attr_put_strz(&m.h, IFLA_IFALIAS, "leaks nothing");
	assert_int_equal(vwk_link_parse(&m.h, &l), -EBADMSG);
	assert_null(l.alias);
}

static void everything(struct nlmsghdr *m)
{
	struct nlattr *spec, *inet6;

	mnl_attr_put(m, IFLA_ADDRESS, 6, "\2\10\40\1\2\3");
	mnl_attr_put_strz(m, IFLA_IFALIAS, "an alias");
	mnl_attr_put_u32(m, IFLA_MASTER, 9);
	put_port(m, "bond", lacp_data);
	spec = mnl_attr_nest_start(m, IFLA_AF_SPEC);
	inet6 = mnl_attr_nest_start(m, AF_INET6);
	mnl_attr_put_u8(m, IFLA_INET6_ADDR_GEN_MODE, 1);
	mnl_attr_nest_end(m, inet6);
	mnl_attr_nest_end(m, spec);
	spec = mnl_attr_nest_start(m, IFLA_PROP_LIST);
	mnl_attr_put_strz(m, IFLA_ALT_IFNAME, "another-name-of-it");
	mnl_attr_nest_end(m, spec);
}

/* In a buffer of just that size, for the address sanitizer and valgrind to watch over. */
static void a_message_cut_anywhere_does_no_harm(void **state)
{
	union message m;

	everything(begin(&m, RTM_NEWLINK, 4, "net0"));
	for (uint32_t len = NLMSG_HDRLEN; len <= m.h.nlmsg_len; len++) {
		struct nlmsghdr *cut = malloc(len);
		struct vwk_link l;

		assert_non_null(cut);
		memcpy(cut, &m, len);
		cut->nlmsg_len = len;
		if (vwk_link_parse(cut, &l) == 0) {
			assert_string_equal(l.name, "net0");
			vwk_link_clear(&l);
		}
		free(cut);
	}
}

/* Each length field in turn says something wrong. */
static void lying_lengths_do_no_harm(void **state)
{
	static const uint16_t lies[] = { 0, 1, 3, 4, 5, 255, 4095, 32767, 65535 };
	union message m;

	everything(begin(&m, RTM_NEWLINK, 4, "net0"));
	for (uint32_t off = NLMSG_LENGTH(sizeof(struct ifinfomsg)); off + 4 <= m.h.nlmsg_len;
	     off += 4) {
		for (size_t i = 0; i < VWU_ARRAY_SIZE(lies); i++) {
			struct nlmsghdr *bad = malloc(m.h.nlmsg_len);
			struct vwk_link l;

			assert_non_null(bad);
			memcpy(bad, &m, m.h.nlmsg_len);
			memcpy((char *)bad + off, &lies[i], sizeof(lies[i]));
			if (vwk_link_parse(bad, &l) == 0)
				vwk_link_clear(&l);
			free(bad);
		}
	}
}

/* -- answers ----------------------------------------------------------------------------------- */

static struct nlmsghdr *answer(union message *m, int err, bool capped, uint32_t echoed)
{
	struct nlmsgerr *e;

	memset(m, 0, sizeof(*m));
	mnl_nlmsg_put_header(m->room);
	m->h.nlmsg_type = NLMSG_ERROR;
	m->h.nlmsg_flags = NLM_F_ACK_TLVS | (capped ? NLM_F_CAPPED : 0);
	e = mnl_nlmsg_put_extra_header(&m->h, sizeof(*e));
	e->error = err;
	e->msg.nlmsg_len = echoed;
	if (!capped && echoed < 1000)
		mnl_nlmsg_put_extra_header(&m->h, echoed - sizeof(e->msg));
	mnl_attr_put_u32(&m->h, NLMSGERR_ATTR_OFFS, 20);
	mnl_attr_put_strz(&m->h, NLMSGERR_ATTR_MSG, "Invalid MAC address");
	return &m->h;
}

static void the_extended_ack_is_found(void **state)
{
	union message m;
	char text[64];

	vwk_ext_ack(answer(&m, -EINVAL, true, 64), text, sizeof(text));
	assert_string_equal(text, "Invalid MAC address");
	vwk_ext_ack(answer(&m, -EINVAL, false, 64), text, sizeof(text));
	assert_string_equal(text, "Invalid MAC address");
	assert_int_equal(vwk_nlmsg_errno(&m.h), EINVAL);
	vwk_ext_ack(&m.h, text, 8);
	assert_string_equal(text, "Invalid");
	m.h.nlmsg_flags = 0;
	vwk_ext_ack(&m.h, text, sizeof(text));
	assert_string_equal(text, "");
	answer(&m, 0, true, 64);
	assert_int_equal(vwk_nlmsg_errno(&m.h), 0);
	answer(&m, INT32_MIN, true, 64);
	assert_int_equal(vwk_nlmsg_errno(&m.h), EBADMSG);
	for (uint32_t len = NLMSG_HDRLEN; len < m.h.nlmsg_len; len++) {
		struct nlmsghdr *cut = malloc(len);

		assert_non_null(cut);
		memcpy(cut, &m, len);
		cut->nlmsg_len = len;
		vwk_ext_ack(cut, text, sizeof(text));
		(void)vwk_nlmsg_errno(cut);
		free(cut);
	}
	vwk_ext_ack(answer(&m, -EINVAL, false, 0xfffffff0), text, sizeof(text));
}

static void a_datagram_ends_at_the_first_message_that_does_not_fit(void **state)
{
	static const uint32_t lies[] = { 0, 15, 61, INT32_MAX, 0x80000000, 0xffff0001, UINT32_MAX };
	union message m;
	const struct nlmsghdr *h;
	int n = 0;

	begin(&m, RTM_NEWLINK, 1, NULL);	/* 32 bytes each */
	memcpy(m.room + 32, m.room, 32);
	vwk_for_each_msg(h, m.room, 64)
		n++;
	assert_int_equal(n, 2);
	for (size_t i = 0; i < VWU_ARRAY_SIZE(lies); i++) {
		m.h.nlmsg_len = lies[i];
		assert_null(vwk_msg_at(m.room, m.room + 60));
	}
}

static void the_end_of_a_dump_may_carry_an_error(void **state)
{
	union message m;
	int err = -ENOMEM;

	memset(&m, 0, sizeof(m));
	mnl_nlmsg_put_header(m.room);
	m.h.nlmsg_type = NLMSG_DONE;
	assert_int_equal(vwk_nlmsg_errno(&m.h), 0);
	memcpy(mnl_nlmsg_put_extra_header(&m.h, sizeof(err)), &err, sizeof(err));
	assert_int_equal(vwk_nlmsg_errno(&m.h), ENOMEM);
}

static void errno_becomes_status_and_words(void **state)
{
	static const struct { int err, status; const char *why; } rows[] = {
		{ EPERM, VW_ERR_DENIED, "this needs CAP_NET_ADMIN" },
		{ EACCES, VW_ERR_BADVAL, "not possible in this mode of the bond" },
		{ ENOTEMPTY, VW_ERR_BUSY, "the bond still has ports" },
		{ EEXIST, VW_ERR_EXIST, "File exists" },
		{ EADDRINUSE, VW_ERR_EXIST, "the MAC address is in use" },
		{ ENODEV, VW_ERR_NOTFOUND, "No such device" },
		{ EBUSY, VW_ERR_BUSY, "Device or resource busy" },
		{ EOPNOTSUPP, VW_ERR_NOTSUP, "Operation not supported" },
		{ EINVAL, VW_ERR_BADVAL, "Invalid argument" },
		{ ERANGE, VW_ERR_BADVAL, "Numerical result out of range" },
		{ ENOMEM, VW_ERR_NOMEM, "Cannot allocate memory" },
		{ ETIMEDOUT, VW_ERR_TIMEOUT, "the kernel did not answer within 10 seconds" },
		{ EMFILE, VW_ERR_KERNEL, "Too many open files" },
		{ ENOBUFS, VW_ERR_KERNEL, "answers of the kernel were lost for want of buffers" },
		{ EXFULL, VW_ERR_KERNEL, "the bridge has all the ports it can have (1023)" },
		{ 4000, VW_ERR_KERNEL, "unknown error" },
	};

	for (size_t i = 0; i < VWU_ARRAY_SIZE(rows); i++) {
		struct vw_handle h = { 0 };

		assert_int_equal(vwk_fail(&h, rows[i].err, NULL, NULL, NULL), rows[i].status);
		assert_string_equal(h.err.why, rows[i].why);
		assert_int_equal(h.err.sys, rows[i].err);
	}
}

static void the_kernels_text_goes_before_errnos(void **state)
{
	struct vw_handle h = { 0 };

	vwk_fail(&h, EINVAL, NULL, "Invalid \33[2JMAC", "web7");
	assert_string_equal(h.err.why, "'web7': Invalid \\x1b[2JMAC");
	assert_string_equal(h.err.kernel, "Invalid \\x1b[2JMAC");
	assert_int_equal(vwk_fail(NULL, EINVAL, NULL, "x", NULL), VW_ERR_BADVAL);
}

/* -- forwarding entries and link modes --------------------------------------------------------- */

static struct nlmsghdr *entry(union message *m, uint16_t state, uint32_t master)
{
	struct ndmsg *nd;

	memset(m, 0, sizeof(*m));
	mnl_nlmsg_put_header(m->room);
	m->h.nlmsg_type = RTM_NEWNEIGH;
	nd = mnl_nlmsg_put_extra_header(&m->h, sizeof(*nd));
	nd->ndm_family = AF_BRIDGE;
	nd->ndm_ifindex = 5;
	nd->ndm_state = state;
	mnl_attr_put(&m->h, NDA_LLADDR, 6, "\2\10\40\1\2\3");
	if (master != 0)
		mnl_attr_put_u32(&m->h, NDA_MASTER, master);
	mnl_attr_put(&m->h, NDA_CACHEINFO, 16, "\0\0\0\0\0\0\0\0\144\0\0\0\0\0\0\0");
	return &m->h;
}

static void forwarding_entries_are_of_one_bridge(void **state)
{
	union message m;
	struct vwk_fdb f;

	assert_int_equal(vwk_fdb_parse(entry(&m, NUD_NOARP, 9), 9, &f), 1);
	assert_int_equal(f.ifindex, 5);
	assert_true(f.permanent);
	assert_false(f.local);
	assert_int_equal(f.age_ms, 1000);
	assert_memory_equal(f.mac, "\2\10\40\1\2\3", 6);
	assert_int_equal(vwk_fdb_parse(entry(&m, NUD_PERMANENT, 9), 9, &f), 1);
	assert_true(f.local);
	assert_int_equal(vwk_fdb_parse(entry(&m, NUD_REACHABLE, 9), 9, &f), 1);
	assert_false(f.permanent);
	assert_int_equal(vwk_fdb_parse(entry(&m, NUD_NOARP, 8), 9, &f), 0);
	assert_int_equal(vwk_fdb_parse(entry(&m, NUD_NOARP, 0), 9, &f), 0);
	m.h.nlmsg_len = NLMSG_HDRLEN + 4;
	assert_int_equal(vwk_fdb_parse(&m.h, 9, &f), -EBADMSG);
}

static void modes_read(const char *want, uint64_t low, uint64_t high)
{
	char *text = vwk_ethtool_modes((uint64_t[]){ low, high });

	assert_non_null(text);
	assert_string_equal(text, want);
	free(text);
}

static void link_modes_are_told_as_dladm_does(void **state)
{
	modes_read("", 0, 0);
	modes_read("1G-f,100M-fh,10M-fh", 0x2f, 0);
	modes_read("1G-fh,100M-fh,10M-fh", 0x3f | 1 << 6 | 1 << 7 | 1 << 13, 0);
	modes_read("2.5G-f,1G-f", 1ull << 47 | 1ull << 41, 0);
	modes_read("100G-f,25G-f,10G-f", 1ull << 36 | 1ull << 32 | 1ull << 12, 0);
	modes_read("400G-f,100M-h", 0, 1ull << (85 - 64) | 1ull << (90 - 64));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bond_is_active_unless_it_says_passive),
		cmocka_unit_test(a_vlan_tells_its_id),
		cmocka_unit_test(tunnels_have_addresses_of_either_length),
		cmocka_unit_test(ports_of_bonds_and_of_unknown_masters),
		cmocka_unit_test(an_unknown_kind_keeps_its_name),
		cmocka_unit_test(kinds_and_their_names_agree),
		cmocka_unit_test(texts_need_no_end_and_are_cut_where_the_kernel_would),
		cmocka_unit_test(short_numbers_read_as_nothing),
		cmocka_unit_test(what_names_no_link_is_malformed),
		cmocka_unit_test(a_message_cut_anywhere_does_no_harm),
		cmocka_unit_test(lying_lengths_do_no_harm),
		cmocka_unit_test(the_extended_ack_is_found),
		cmocka_unit_test(a_datagram_ends_at_the_first_message_that_does_not_fit),
		cmocka_unit_test(the_end_of_a_dump_may_carry_an_error),
		cmocka_unit_test(errno_becomes_status_and_words),
		cmocka_unit_test(the_kernels_text_goes_before_errnos),
		cmocka_unit_test(forwarding_entries_are_of_one_bridge),
		cmocka_unit_test(link_modes_are_told_as_dladm_does),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

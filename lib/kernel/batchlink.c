/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* batchlink.c - what a batch can say of links: births, changes, deletions, alternative names */
#include "kernel/nl.h"

#include <errno.h>
#include <net/if.h>

#include <linux/if_bridge.h>
#include <linux/if_tunnel.h>
#include <linux/ip6_tunnel.h>
#include <linux/netlink.h>
#include <linux/veth.h>

/* -- data of a kind ---------------------------------------------------------------------------- */

static void put_u8(struct vwk_batch *b, struct nlmsghdr *m, uint16_t type, uint8_t v)
{
	vwk_batch_attr(b, m, type, &v, sizeof(v));
}

static void put_u16(struct vwk_batch *b, struct nlmsghdr *m, uint16_t type, uint16_t v)
{
	vwk_batch_attr(b, m, type, &v, sizeof(v));
}

/* What a bridge can be given at birth and later; intervals of 0 are not possible, so not sent. */
static void put_bridge_stp(struct vwk_batch *b, struct nlmsghdr *m, const struct vwk_bridge *br)
{
	vwk_batch_attr_u32(b, m, IFLA_BR_FORWARD_DELAY, br->forward_delay);
	if (br->hello_time != 0)
		vwk_batch_attr_u32(b, m, IFLA_BR_HELLO_TIME, br->hello_time);
	if (br->max_age != 0)
		vwk_batch_attr_u32(b, m, IFLA_BR_MAX_AGE, br->max_age);
	vwk_batch_attr_u32(b, m, IFLA_BR_STP_STATE, br->stp_state);
	put_u16(b, m, IFLA_BR_PRIORITY, br->priority);
}

static void put_new_bridge(struct vwk_batch *b, struct nlmsghdr *m, const struct vwk_newlink *l)
{
	uint64_t interval = l->mcast_query_response_interval;

	if (l->bridge != NULL) {
		put_bridge_stp(b, m, l->bridge);
		put_u8(b, m, IFLA_BR_MCAST_SNOOPING, l->bridge->mcast_snooping);
		put_u8(b, m, IFLA_BR_MCAST_QUERIER, l->bridge->mcast_querier);
		/* A kernel built without it refuses even the attribute. */
		if (l->bridge->vlan_filtering)
			put_u8(b, m, IFLA_BR_VLAN_FILTERING, 1);
	}
	if (interval != 0)
		vwk_batch_attr(b, m, IFLA_BR_MCAST_QUERY_RESPONSE_INTVL, &interval,
			       sizeof(interval));
}

/* The order matters: the kernel checks each against the mode set so far. */
static void put_bond(struct vwk_batch *b, struct nlmsghdr *m, const struct vwk_bond *bond,
		     unsigned set)
{
	if (set & VWK_BOND_MODE)
		put_u8(b, m, IFLA_BOND_MODE, bond->mode);
	if (set & VWK_BOND_MIIMON)
		vwk_batch_attr_u32(b, m, IFLA_BOND_MIIMON, bond->miimon);
	if (set & VWK_BOND_XMIT)
		put_u8(b, m, IFLA_BOND_XMIT_HASH_POLICY, bond->xmit_policy);
	if (set & VWK_BOND_ACTIVE)
		put_u8(b, m, IFLA_BOND_AD_LACP_ACTIVE, bond->lacp_active);
	if (set & VWK_BOND_RATE)
		put_u8(b, m, IFLA_BOND_AD_LACP_RATE, bond->lacp_rate);
}

static void put_new_bond(struct vwk_batch *b, struct nlmsghdr *m, const struct vwk_bond *bond)
{
	unsigned set = VWK_BOND_MODE | VWK_BOND_MIIMON | VWK_BOND_XMIT;

	if (bond->mode == 4)	/* 802.3ad; the other modes refuse these */
		set |= VWK_BOND_RATE | VWK_BOND_ACTIVE;
	put_bond(b, m, bond, set);
}

static void put_tunnel(struct vwk_batch *b, struct nlmsghdr *m, const struct vwk_tunnel *t,
		       enum vwk_kind kind)
{
	size_t len = kind == VWK_IP6TNL ? 16 : 4;

	vwk_batch_attr(b, m, IFLA_IPTUN_LOCAL, t->local, len);
	vwk_batch_attr(b, m, IFLA_IPTUN_REMOTE, t->remote, len);
	put_u8(b, m, IFLA_IPTUN_TTL, t->ttl);
	if (kind == VWK_IP6TNL) {
		put_u8(b, m, IFLA_IPTUN_ENCAP_LIMIT, t->encap_limit);
		vwk_batch_attr_u32(b, m, IFLA_IPTUN_FLAGS,
				   t->flags_ignore_encap ? IP6_TNL_F_IGN_ENCAP_LIMIT : 0);
	}
}

/* -- births ------------------------------------------------------------------------------------ */

/* What both ends of a veth have in common. */
static void put_identity(struct vwk_batch *b, struct nlmsghdr *m, const char *name,
			 const uint8_t *mac, uint32_t mtu, uint32_t group, int nsfd)
{
	if (name != NULL)
		vwk_batch_attr_str(b, m, IFLA_IFNAME, name);
	if (mac != NULL)
		vwk_batch_attr(b, m, IFLA_ADDRESS, mac, 6);
	if (mtu != 0)
		vwk_batch_attr_u32(b, m, IFLA_MTU, mtu);
	if (group != 0)
		vwk_batch_attr_u32(b, m, IFLA_GROUP, group);
	if (nsfd >= 0)
		vwk_batch_attr_u32(b, m, IFLA_NET_NS_FD, (uint32_t)nsfd);
}

/* Two queues a CPU is the default, and half of what a veth costs. */
static void put_queues(struct vwk_batch *b, struct nlmsghdr *m, const struct vwk_newlink *l)
{
	if (!l->one_queue)
		return;
	vwk_batch_attr_u32(b, m, IFLA_NUM_TX_QUEUES, 1);
	vwk_batch_attr_u32(b, m, IFLA_NUM_RX_QUEUES, 1);
}

static void put_peer(struct vwk_batch *b, struct nlmsghdr *m, const struct vwk_newlink *l)
{
	struct nlattr *nest = mnl_attr_nest_start(m, VETH_INFO_PEER);

	mnl_nlmsg_put_extra_header(m, sizeof(struct ifinfomsg));
	put_identity(b, m, l->peer.name, l->peer.mac, l->peer.mtu, l->peer.group, l->peer.nsfd);
	put_queues(b, m, l);
	mnl_attr_nest_end(m, nest);
}

static void put_new_data(struct vwk_batch *b, struct nlmsghdr *m, const struct vwk_newlink *l)
{
	struct nlattr *nest = mnl_attr_nest_start(m, IFLA_INFO_DATA);

	switch (l->kind) {
	case VWK_VETH:
		put_peer(b, m, l);
		break;
	case VWK_MACVLAN:
		vwk_batch_attr_u32(b, m, IFLA_MACVLAN_MODE, l->macvlan_mode);
		break;
	case VWK_VLAN:
		put_u16(b, m, IFLA_VLAN_ID, l->vid);
		break;
	case VWK_BRIDGE:
		put_new_bridge(b, m, l);
		break;
	case VWK_BOND:
		if (l->bond != NULL)
			put_new_bond(b, m, l->bond);
		break;
	case VWK_IPIP:
	case VWK_IP6TNL:
	case VWK_SIT:
		if (l->tunnel != NULL)
			put_tunnel(b, m, l->tunnel, l->kind);
		break;
	default:
		break;
	}
	mnl_attr_nest_end(m, nest);
}

int vwk_batch_newlink(struct vwk_batch *b, const struct vwk_newlink *l)
{
	struct ifinfomsg *ifi;
	struct nlattr *info;
	struct nlmsghdr *m;

	m = vwk_batch_msg(b, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, sizeof(*ifi));
	if (m == NULL)
		return -1;
	ifi = mnl_nlmsg_get_payload(m);
	ifi->ifi_flags = ifi->ifi_change = l->up ? IFF_UP : 0;
	put_identity(b, m, l->name, l->mac, l->mtu, l->group, l->nsfd);
	put_queues(b, m, l);
	if (l->lower > 0)
		vwk_batch_attr_u32(b, m, IFLA_LINK, (uint32_t)l->lower);
	if (l->master > 0)
		vwk_batch_attr_u32(b, m, IFLA_MASTER, (uint32_t)l->master);
	info = mnl_attr_nest_start(m, IFLA_LINKINFO);
	vwk_batch_attr_str(b, m, IFLA_INFO_KIND, vwk_kind_name(l->kind));
	put_new_data(b, m, l);
	mnl_attr_nest_end(m, info);
	vwk_batch_put(b, m);
	return vwk_batch_op(b);
}

/* -- changes ----------------------------------------------------------------------------------- */

static void put_brport(struct vwk_batch *b, struct nlmsghdr *m, const struct vwk_setlink *l)
{
	const struct vwk_brport *p = &l->brport;
	struct nlattr *nest;

	vwk_batch_attr_str(b, m, IFLA_INFO_SLAVE_KIND, vwk_kind_name(VWK_BRIDGE));
	nest = mnl_attr_nest_start(m, IFLA_INFO_SLAVE_DATA);
	if (l->brport_set & VWK_BRPORT_STATE)
		put_u8(b, m, IFLA_BRPORT_STATE, p->state);
	if (l->brport_set & VWK_BRPORT_COST)
		vwk_batch_attr_u32(b, m, IFLA_BRPORT_COST, p->cost);
	if (l->brport_set & VWK_BRPORT_PRIORITY)
		put_u16(b, m, IFLA_BRPORT_PRIORITY, p->priority);
	if (l->brport_set & VWK_BRPORT_LEARNING)
		put_u8(b, m, IFLA_BRPORT_LEARNING, p->learning);
	if (l->brport_set & VWK_BRPORT_FLOOD)
		put_u8(b, m, IFLA_BRPORT_UNICAST_FLOOD, p->flood);
	if (l->brport_set & VWK_BRPORT_GUARD)
		put_u8(b, m, IFLA_BRPORT_GUARD, p->guard);
	if (l->brport_set & VWK_BRPORT_ISOLATED)
		put_u8(b, m, IFLA_BRPORT_ISOLATED, p->isolated);
	if (l->brport_set & VWK_BRPORT_LOCKED)
		put_u8(b, m, IFLA_BRPORT_LOCKED, p->locked);
	if (l->brport_set & VWK_BRPORT_MCAST_FLOOD)
		put_u8(b, m, IFLA_BRPORT_MCAST_FLOOD, p->mcast_flood);
	if (l->brport_set & VWK_BRPORT_BCAST_FLOOD)
		put_u8(b, m, IFLA_BRPORT_BCAST_FLOOD, p->bcast_flood);
	if (l->brport_set & VWK_BRPORT_FLUSH)
		vwk_batch_attr(b, m, IFLA_BRPORT_FLUSH, NULL, 0);
	mnl_attr_nest_end(m, nest);
}

static void put_set_data(struct vwk_batch *b, struct nlmsghdr *m, const struct vwk_setlink *l,
			 unsigned set)
{
	struct nlattr *nest;

	vwk_batch_attr_str(b, m, IFLA_INFO_KIND, vwk_kind_name(l->kind));
	nest = mnl_attr_nest_start(m, IFLA_INFO_DATA);
	if (set & VWK_SET_BOND)
		put_bond(b, m, &l->bond, l->bond_set);
	if (set & VWK_SET_BRIDGE)
		put_bridge_stp(b, m, &l->bridge);
	if (set & VWK_SET_QUERIER)
		put_u8(b, m, IFLA_BR_MCAST_QUERIER, 1);
	if (set & VWK_SET_VLAN_FILTERING)
		put_u8(b, m, IFLA_BR_VLAN_FILTERING, 1);
	if (set & VWK_SET_TUNNEL)
		put_tunnel(b, m, &l->tunnel, l->kind);
	mnl_attr_nest_end(m, nest);
}

#define SET_DATA (VWK_SET_BOND | VWK_SET_BRIDGE | VWK_SET_TUNNEL | VWK_SET_QUERIER | \
		  VWK_SET_VLAN_FILTERING)
#define SET_INFO (SET_DATA | VWK_SET_BRPORT)

static void put_info(struct vwk_batch *b, struct nlmsghdr *m, const struct vwk_setlink *l,
		     unsigned set)
{
	struct nlattr *info = mnl_attr_nest_start(m, IFLA_LINKINFO);

	if (set & SET_DATA)
		put_set_data(b, m, l, set);
	if (set & VWK_SET_BRPORT)
		put_brport(b, m, l);
	mnl_attr_nest_end(m, info);
}

/* The last attribute of its message: vwk_batch_run() may have to take it off again. */
static void put_addrgen(struct vwk_batch *b, struct nlmsghdr *m, uint8_t mode)
{
	struct nlattr *spec = mnl_attr_nest_start(m, IFLA_AF_SPEC);
	struct nlattr *inet6 = mnl_attr_nest_start(m, AF_INET6);

	put_u8(b, m, IFLA_INET6_ADDR_GEN_MODE, mode);
	mnl_attr_nest_end(m, inet6);
	mnl_attr_nest_end(m, spec);
}

static void put_changes(struct vwk_batch *b, struct nlmsghdr *m, const struct vwk_setlink *l,
			unsigned set)
{
	if (set & VWK_SET_MTU)
		vwk_batch_attr_u32(b, m, IFLA_MTU, l->mtu);
	if (set & VWK_SET_GROUP)
		vwk_batch_attr_u32(b, m, IFLA_GROUP, l->group);
	if (set & VWK_SET_TXQLEN)
		vwk_batch_attr_u32(b, m, IFLA_TXQLEN, l->txqlen);
	if (set & VWK_SET_MAC)
		vwk_batch_attr(b, m, IFLA_ADDRESS, l->mac, 6);
	if (set & VWK_SET_MASTER)
		vwk_batch_attr_u32(b, m, IFLA_MASTER, (uint32_t)l->master);
	if (set & VWK_SET_NS)
		vwk_batch_attr_u32(b, m, IFLA_NET_NS_FD, (uint32_t)l->nsfd);
	if (set & VWK_SET_ALIAS)
		vwk_batch_attr(b, m, IFLA_IFALIAS, l->alias, strlen(l->alias));
	if (set & SET_INFO)
		put_info(b, m, l, set);
	if (set & (VWK_SET_NOV6 | VWK_SET_ADDRGEN))
		put_addrgen(b, m, set & VWK_SET_NOV6 ? IN6_ADDR_GEN_MODE_NONE : l->addrgen);
}

/* One message; the part of the changes that @set names. */
static void set_message(struct vwk_batch *b, const struct vwk_setlink *l, int ifindex, unsigned set)
{
	struct ifinfomsg *ifi;
	struct nlmsghdr *m;

	if (set == 0)
		return;
	/* Only RTM_NEWLINK hears of a kind's own data. */
	m = vwk_batch_msg(b, set & SET_INFO ? RTM_NEWLINK : RTM_SETLINK, 0, sizeof(*ifi));
	if (m == NULL)
		return;
	ifi = mnl_nlmsg_get_payload(m);
	ifi->ifi_index = ifindex;
	if (set & VWK_SET_UP) {
		ifi->ifi_change = IFF_UP;
		ifi->ifi_flags = l->up ? IFF_UP : 0;
	}
	if (set & VWK_SET_NAME)
		vwk_batch_attr_str(b, m, IFLA_IFNAME, l->newname);
	else if (ifindex == 0)
		vwk_batch_attr_str(b, m, strlen(l->name) < VWU_IFNAME ? IFLA_IFNAME :
				   IFLA_ALT_IFNAME, l->name);
	put_changes(b, m, l, set);
	vwk_batch_put(b, m);
}

/*
 * Within one message the kernel sets a kind's data first, then addresses and the master, then up
 * or down, and IPv6 address generation last. Where that order is wrong there are two messages:
 * down before the master is set (a bond takes only links that are down); the master before the
 * port's flags; address generation off before the link comes up and gets an address.
 */
static void set_messages(struct vwk_batch *b, const struct vwk_setlink *l, int ifindex)
{
	unsigned set = l->set, before = 0;

	if (!b->nl->ipv6)
		set &= ~(VWK_SET_NOV6 | VWK_SET_ADDRGEN);
	if ((set & VWK_SET_UP) && !l->up) {
		before = VWK_SET_UP;
	} else if ((set & VWK_SET_UP) && (set & VWK_SET_NOV6)) {
		before = set & (VWK_SET_NOV6 | VWK_SET_MASTER);
	}
	set_message(b, l, ifindex, before);
	set &= ~before;
	if ((set & VWK_SET_MASTER) && (set & VWK_SET_BRPORT)) {
		set_message(b, l, ifindex, VWK_SET_MASTER);
		set &= ~VWK_SET_MASTER;
	}
	set_message(b, l, ifindex, set);
}

int vwk_batch_setlink(struct vwk_batch *b, const struct vwk_setlink *l)
{
	int ifindex = l->ifindex;

	/* A new name takes the place in the message where the old one would be. */
	if (ifindex == 0 && (l->set & VWK_SET_NAME))
		ifindex = vwk_link_index(b->nl, l->name);
	if (ifindex == 0 && (l->name == NULL || (l->set & VWK_SET_NAME)))
		return vwk_batch_bad(b, ENODEV);
	set_messages(b, l, ifindex);
	return vwk_batch_op(b);
}

int vwk_batch_altname(struct vwk_batch *b, int ifindex, const char *name, const char *altname,
		      bool add)
{
	struct ifinfomsg *ifi;
	struct nlmsghdr *m;
	struct nlattr *list;

	m = vwk_batch_msg(b, add ? RTM_NEWLINKPROP : RTM_DELLINKPROP,
			  add ? NLM_F_CREATE | NLM_F_EXCL | NLM_F_APPEND : 0, sizeof(*ifi));
	if (m == NULL)
		return -1;
	ifi = mnl_nlmsg_get_payload(m);
	ifi->ifi_index = ifindex;
	if (ifindex == 0 && name != NULL)
		vwk_batch_attr_str(b, m, IFLA_IFNAME, name);
	list = mnl_attr_nest_start(m, IFLA_PROP_LIST);
	vwk_batch_attr_str(b, m, IFLA_ALT_IFNAME, altname);
	mnl_attr_nest_end(m, list);
	vwk_batch_put(b, m);
	return vwk_batch_op(b);
}

/* -- deletions --------------------------------------------------------------------------------- */

int vwk_batch_dellink(struct vwk_batch *b, int ifindex)
{
	struct ifinfomsg *ifi;
	struct nlmsghdr *m;

	if (ifindex <= 0)	/* without a number the kernel looks for a name or a group */
		return vwk_batch_bad(b, ENODEV);
	m = vwk_batch_msg(b, RTM_DELLINK, 0, sizeof(*ifi));
	if (m == NULL)
		return -1;
	ifi = mnl_nlmsg_get_payload(m);
	ifi->ifi_index = ifindex;
	vwk_batch_put(b, m);
	return vwk_batch_op(b);
}

int vwk_batch_delgroup(struct vwk_batch *b, uint32_t group)
{
	struct nlmsghdr *m;

	if (group == 0)		/* where every link is that nobody moved */
		return vwk_batch_bad(b, EINVAL);
	m = vwk_batch_msg(b, RTM_DELLINK, 0, sizeof(struct ifinfomsg));
	if (m == NULL)
		return -1;
	vwk_batch_attr_u32(b, m, IFLA_GROUP, group);
	vwk_batch_put(b, m);
	return vwk_batch_op(b);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* linkattr.c - a link message of the kernel's into struct vwk_link; no length is trusted */
#include "kernel/nl.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stddef.h>

#include <linux/if_ether.h>
#include <linux/if_tunnel.h>
#include <linux/in6.h>
#include <linux/ip6_tunnel.h>

/* Up to @len bytes; what a short attribute lacks stays 0. */
static void copy(void *dst, size_t len, const struct nlattr *a)
{
	memcpy(dst, vwk_attr_data(a), vwk_attr_len(a) < len ? vwk_attr_len(a) : len);
}

/* A string that need not be terminated on the wire, into a room that always is. */
static void copy_name(char dst[VWU_IFNAME], const struct nlattr *a)
{
	size_t n = strnlen(vwk_attr_data(a), vwk_attr_len(a));

	if (n >= VWU_IFNAME)
		n = VWU_IFNAME - 1;
	memcpy(dst, vwk_attr_data(a), n);
	dst[n] = '\0';
}

static int copy_text(char **dst, const struct nlattr *a)
{
	if (*dst != NULL || vwk_attr_len(a) == 0)
		return 0;
	*dst = strndup(vwk_attr_data(a), vwk_attr_len(a));
	return *dst != NULL ? 0 : -ENOMEM;
}

static bool kind_is(const struct nlattr *a, const char *name)
{
	size_t n = strlen(name);

	return vwk_attr_len(a) >= n && memcmp(vwk_attr_data(a), name, n) == 0 &&
	       (vwk_attr_len(a) == n || ((const char *)vwk_attr_data(a))[n] == '\0');
}

static void parse_bridge(struct vwk_bridge *b, const struct nlattr *data)
{
	const struct nlattr *a;

	vwk_for_each_nested(a, data) {
		switch (vwk_attr_type(a)) {
		case IFLA_BR_FORWARD_DELAY:	b->forward_delay = vwk_attr_u32(a); break;
		case IFLA_BR_HELLO_TIME:	b->hello_time = vwk_attr_u32(a); break;
		case IFLA_BR_MAX_AGE:		b->max_age = vwk_attr_u32(a); break;
		case IFLA_BR_STP_STATE:		b->stp_state = vwk_attr_u32(a); break;
		case IFLA_BR_PRIORITY:		b->priority = vwk_attr_u16(a); break;
		case IFLA_BR_VLAN_FILTERING:	b->vlan_filtering = vwk_attr_u8(a); break;
		case IFLA_BR_ROOT_ID:		copy(b->root_id, sizeof(b->root_id), a); break;
		case IFLA_BR_BRIDGE_ID:		copy(b->bridge_id, sizeof(b->bridge_id), a); break;
		case IFLA_BR_ROOT_PORT:		b->root_port = vwk_attr_u16(a); break;
		case IFLA_BR_ROOT_PATH_COST:	b->root_cost = vwk_attr_u32(a); break;
		case IFLA_BR_TOPOLOGY_CHANGE:	b->tc = vwk_attr_u8(a); break;
		case IFLA_BR_TOPOLOGY_CHANGE_DETECTED: b->tcd = vwk_attr_u8(a); break;
		case IFLA_BR_TOPOLOGY_CHANGE_TIMER: {
			uint64_t v = 0;

			copy(&v, sizeof(v), a);
			b->tc_timer = (uint32_t)v;
			break;
		}
		case IFLA_BR_MCAST_SNOOPING:	b->mcast_snooping = vwk_attr_u8(a); break;
		case IFLA_BR_MCAST_QUERIER:	b->mcast_querier = vwk_attr_u8(a); break;
		}
	}
}

static void parse_bond(struct vwk_bond *b, const struct nlattr *data)
{
	const struct nlattr *a;

	b->lacp_active = 1;	/* kernels before 5.16 have no passive mode and do not say */
	vwk_for_each_nested(a, data) {
		switch (vwk_attr_type(a)) {
		case IFLA_BOND_MODE:		b->mode = vwk_attr_u8(a); break;
		case IFLA_BOND_XMIT_HASH_POLICY: b->xmit_policy = vwk_attr_u8(a); break;
		case IFLA_BOND_AD_LACP_RATE:	b->lacp_rate = vwk_attr_u8(a); break;
		case IFLA_BOND_AD_LACP_ACTIVE:	b->lacp_active = vwk_attr_u8(a); break;
		case IFLA_BOND_MIIMON:		b->miimon = vwk_attr_u32(a); break;
		}
	}
}

static void parse_tunnel(struct vwk_tunnel *t, const struct nlattr *data)
{
	const struct nlattr *a;

	vwk_for_each_nested(a, data) {
		switch (vwk_attr_type(a)) {
		case IFLA_IPTUN_LOCAL:		copy(t->local, sizeof(t->local), a); break;
		case IFLA_IPTUN_REMOTE:		copy(t->remote, sizeof(t->remote), a); break;
		case IFLA_IPTUN_TTL:		t->ttl = vwk_attr_u8(a); break;
		case IFLA_IPTUN_ENCAP_LIMIT:	t->encap_limit = vwk_attr_u8(a); break;
		case IFLA_IPTUN_PMTUDISC:	t->pmtudisc = vwk_attr_u8(a); break;
		case IFLA_IPTUN_FLAGS:
			/* 32 bits for ip6tnl; sit has 16 bits of its own under this number */
			t->flags_ignore_encap = !!(vwk_attr_u32(a) & IP6_TNL_F_IGN_ENCAP_LIMIT);
			break;
		}
	}
}

static void parse_vlan(struct vwk_link *l, const struct nlattr *data)
{
	const struct nlattr *a;

	vwk_for_each_nested(a, data) {
		if (vwk_attr_type(a) == IFLA_VLAN_ID)
			l->u.vlan.vid = vwk_attr_u16(a);
		else if (vwk_attr_type(a) == IFLA_VLAN_PROTOCOL)
			l->u.vlan.proto = ntohs(vwk_attr_u16(a));
	}
}

static void parse_macvlan(struct vwk_link *l, const struct nlattr *data)
{
	const struct nlattr *a;

	vwk_for_each_nested(a, data) {
		if (vwk_attr_type(a) == IFLA_MACVLAN_MODE)
			l->u.macvlan.mode = vwk_attr_u32(a);
	}
}

static void parse_data(struct vwk_link *l, const struct nlattr *data)
{
	switch (l->kind) {
	case VWK_BRIDGE:	parse_bridge(&l->u.bridge, data); break;
	case VWK_BOND:		parse_bond(&l->u.bond, data); break;
	case VWK_VLAN:		parse_vlan(l, data); break;
	case VWK_MACVLAN:	parse_macvlan(l, data); break;
	case VWK_IPIP:
	case VWK_IP6TNL:
	case VWK_SIT:		parse_tunnel(&l->u.tunnel, data); break;
	}
}

static void parse_brport(struct vwk_brport *p, const struct nlattr *data)
{
	const struct nlattr *a;

	vwk_for_each_nested(a, data) {
		switch (vwk_attr_type(a)) {
		case IFLA_BRPORT_STATE:		p->state = vwk_attr_u8(a); break;
		case IFLA_BRPORT_PRIORITY:	p->priority = vwk_attr_u16(a); break;
		case IFLA_BRPORT_COST:		p->cost = vwk_attr_u32(a); break;
		case IFLA_BRPORT_GUARD:		p->guard = vwk_attr_u8(a); break;
		case IFLA_BRPORT_LEARNING:	p->learning = vwk_attr_u8(a); break;
		case IFLA_BRPORT_UNICAST_FLOOD:	p->flood = vwk_attr_u8(a); break;
		case IFLA_BRPORT_MCAST_FLOOD:	p->mcast_flood = vwk_attr_u8(a); break;
		case IFLA_BRPORT_BCAST_FLOOD:	p->bcast_flood = vwk_attr_u8(a); break;
		case IFLA_BRPORT_ISOLATED:	p->isolated = vwk_attr_u8(a); break;
		case IFLA_BRPORT_LOCKED:	p->locked = vwk_attr_u8(a); break;
		case IFLA_BRPORT_ROOT_ID:	copy(p->root_id, sizeof(p->root_id), a); break;
		case IFLA_BRPORT_BRIDGE_ID:
			copy(p->bridge_id, sizeof(p->bridge_id), a);
			break;
		case IFLA_BRPORT_DESIGNATED_PORT: p->designated_port = vwk_attr_u16(a); break;
		case IFLA_BRPORT_DESIGNATED_COST: p->designated_cost = vwk_attr_u16(a); break;
		case IFLA_BRPORT_NO:		p->port_no = vwk_attr_u16(a); break;
		case IFLA_BRPORT_TOPOLOGY_CHANGE_ACK: p->tc_ack = vwk_attr_u8(a); break;
		}
	}
}

static void parse_bondport(struct vwk_bondport *p, const struct nlattr *data)
{
	const struct nlattr *a;

	vwk_for_each_nested(a, data) {
		switch (vwk_attr_type(a)) {
		case IFLA_BOND_SLAVE_STATE:	p->state = vwk_attr_u8(a); break;
		case IFLA_BOND_SLAVE_MII_STATUS: p->mii_up = vwk_attr_u8(a) == 0; break;
		case IFLA_BOND_SLAVE_PERM_HWADDR: copy(p->perm_mac, sizeof(p->perm_mac), a); break;
		case IFLA_BOND_SLAVE_AD_ACTOR_OPER_PORT_STATE:
			p->actor_state = vwk_attr_u8(a);
			p->has_lacp = 1;
			break;
		case IFLA_BOND_SLAVE_AD_PARTNER_OPER_PORT_STATE:
			/* 16 bits on the wire, of which IEEE 802.1AX uses 8 */
			p->partner_state = (uint8_t)vwk_attr_u16(a);
			break;
		}
	}
}

static void parse_info(struct vwk_link *l, const struct nlattr *info)
{
	const struct nlattr *a, *data = NULL, *port = NULL;

	vwk_for_each_nested(a, info) {
		switch (vwk_attr_type(a)) {
		case IFLA_INFO_KIND:
			copy_name(l->kind_name, a);
			l->kind = (uint8_t)vwk_kind_of(l->kind_name);
			break;
		case IFLA_INFO_DATA:
			data = a;
			break;
		case IFLA_INFO_SLAVE_KIND:
			l->port_kind = kind_is(a, "bridge") ? VWK_BRIDGE :
				       kind_is(a, "bond") ? VWK_BOND : VWK_OTHER;
			break;
		case IFLA_INFO_SLAVE_DATA:
			port = a;
			break;
		}
	}
	if (data != NULL)
		parse_data(l, data);
	if (port != NULL && l->port_kind == VWK_BRIDGE)
		parse_brport(&l->port.br, port);
	else if (port != NULL && l->port_kind == VWK_BOND)
		parse_bondport(&l->port.bond, port);
}

static void parse_inet6(struct vwk_link *l, const struct nlattr *spec)
{
	const struct nlattr *af, *a;

	vwk_for_each_nested(af, spec) {
		if (vwk_attr_type(af) != AF_INET6)
			continue;
		vwk_for_each_nested(a, af) {
			if (vwk_attr_type(a) == IFLA_INET6_ADDR_GEN_MODE)
				l->addrgen = vwk_attr_u8(a);
		}
	}
}

static void parse_stats(struct vwk_stats *st, const struct nlattr *a)
{
	struct rtnl_link_stats64 s = { 0 };

	copy(&s, sizeof(s), a);		/* 64-bit numbers, but aligned to 4 */
	*st = (struct vwk_stats){
		.rx_packets = s.rx_packets, .rx_bytes = s.rx_bytes,
		.rx_errors = s.rx_errors, .rx_dropped = s.rx_dropped,
		.tx_packets = s.tx_packets, .tx_bytes = s.tx_bytes,
		.tx_errors = s.tx_errors, .tx_dropped = s.tx_dropped,
		.multicast = s.multicast,
	};
}

static int parse_altnames(struct vwk_link *l, const struct nlattr *list)
{
	const struct nlattr *a;
	int err = 0;

	vwk_for_each_nested(a, list) {
		if (vwk_attr_type(a) == IFLA_ALT_IFNAME && err == 0)
			err = copy_text(&l->altname, a);
	}
	return err;
}

static void parse_mac(struct vwk_link *l, const struct nlattr *a)
{
	l->mac_len = (uint8_t)vwk_attr_len(a);
	copy(l->mac, sizeof(l->mac), a);
}

static void parse_perm_mac(struct vwk_link *l, const struct nlattr *a)
{
	if (vwk_attr_len(a) != sizeof(l->perm_mac))
		return;
	copy(l->perm_mac, sizeof(l->perm_mac), a);
	l->has_perm_mac = true;
}

static int parse_attr(struct vwk_link *l, const struct nlattr *a)
{
	switch (vwk_attr_type(a)) {
	case IFLA_IFNAME:	copy_name(l->name, a); break;
	case IFLA_ADDRESS:	parse_mac(l, a); break;
	case IFLA_PERM_ADDRESS:	parse_perm_mac(l, a); break;
	case IFLA_MTU:		l->mtu = vwk_attr_u32(a); break;
	case IFLA_MIN_MTU:	l->min_mtu = vwk_attr_u32(a); break;
	case IFLA_MAX_MTU:	l->max_mtu = vwk_attr_u32(a); break;
	case IFLA_GROUP:	l->group = vwk_attr_u32(a); break;
	case IFLA_TXQLEN:	l->txqlen = vwk_attr_u32(a); break;
	case IFLA_NUM_RX_QUEUES: l->rx_queues = vwk_attr_u32(a); break;
	case IFLA_NUM_TX_QUEUES: l->tx_queues = vwk_attr_u32(a); break;
	case IFLA_OPERSTATE:	l->operstate = vwk_attr_u8(a); break;
	case IFLA_LINK:		l->lower = (int)vwk_attr_u32(a); break;
	case IFLA_LINK_NETNSID:	l->lower_nsid = (int)vwk_attr_u32(a); break;
	case IFLA_MASTER:	l->master = (int)vwk_attr_u32(a); break;
	case IFLA_IFALIAS:	return copy_text(&l->alias, a);
	case IFLA_PROP_LIST:	return parse_altnames(l, a);
	case IFLA_LINKINFO:	parse_info(l, a); break;
	case IFLA_AF_SPEC:	parse_inet6(l, a); break;
	case IFLA_STATS64:	parse_stats(&l->stats, a); break;
	}
	return 0;
}

int vwk_link_parse(const struct nlmsghdr *nlh, struct vwk_link *l)
{
	const struct ifinfomsg *ifi = (const void *)((const char *)nlh + NLMSG_HDRLEN);
	const struct nlattr *a;
	int err = 0;

	memset(l, 0, sizeof(*l));
	l->lower_nsid = -1;
	l->addrgen = 255;
	if (nlh->nlmsg_len < NLMSG_LENGTH(sizeof(*ifi)))
		return -EBADMSG;
	l->ifindex = ifi->ifi_index;
	l->type = ifi->ifi_type;
	l->flags = ifi->ifi_flags;
	vwk_for_each_attr(a, (const char *)(ifi + 1), vwk_nlmsg_end(nlh)) {
		err = parse_attr(l, a);
		if (err < 0)
			break;
	}
	if (err == 0 && (l->ifindex <= 0 || l->name[0] == '\0'))
		err = -EBADMSG;
	if (err < 0)
		vwk_link_clear(l);
	else if (l->master != 0 && l->port_kind == VWK_NONE)
		l->port_kind = VWK_OTHER;	/* a master that says nothing of its ports */
	return err;
}

void vwk_link_clear(struct vwk_link *l)
{
	free(l->altname);
	free(l->alias);
	l->altname = NULL;
	l->alias = NULL;
}

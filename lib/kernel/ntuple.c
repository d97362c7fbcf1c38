/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ntuple.c - rules that name the queue of the hardware for a frame (SIOCETHTOOL) */
#include "kernel/steer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>

#include <linux/ethtool.h>

#include "kernel/nl.h"

#define RULES_MAX	65536
#define LAYER3		(VWK_NTUPLE_PROTO | VWK_NTUPLE_SRC | VWK_NTUPLE_DST)
#define PORTS		(VWK_NTUPLE_SPORT | VWK_NTUPLE_DPORT)
#define VID_MASK	0x0fff

/* -- rules as the kernel writes them ----------------------------------------------------------- */

static uint32_t flow_type(const struct vwk_ntuple *r)
{
	if (!(r->fields & (LAYER3 | PORTS)))
		return ETHER_FLOW;
	if (!(r->fields & VWK_NTUPLE_PROTO))
		return r->ipv6 ? IPV6_USER_FLOW : IPV4_USER_FLOW;
	switch (r->proto) {
	case IPPROTO_TCP:	return r->ipv6 ? TCP_V6_FLOW : TCP_V4_FLOW;
	case IPPROTO_UDP:	return r->ipv6 ? UDP_V6_FLOW : UDP_V4_FLOW;
	case IPPROTO_SCTP:	return r->ipv6 ? SCTP_V6_FLOW : SCTP_V4_FLOW;
	default:		return 0;
	}
}

/* Addresses and ports stand at the same place in the unions of TCP, UDP and SCTP. */
static void put_ip4(const struct vwk_ntuple *r, struct ethtool_rx_flow_spec *fs, bool any)
{
	struct ethtool_tcpip4_spec *v = &fs->h_u.tcp_ip4_spec, *m = &fs->m_u.tcp_ip4_spec;

	if (r->fields & VWK_NTUPLE_SRC) {
		v->ip4src = r->src & r->src_mask;
		m->ip4src = r->src_mask;
	}
	if (r->fields & VWK_NTUPLE_DST) {
		v->ip4dst = r->dst & r->dst_mask;
		m->ip4dst = r->dst_mask;
	}
	if (any) {
		fs->h_u.usr_ip4_spec.ip_ver = ETH_RX_NFC_IP4;
		return;
	}
	v->psrc = r->fields & VWK_NTUPLE_SPORT ? htons(r->sport) : 0;
	m->psrc = r->fields & VWK_NTUPLE_SPORT ? 0xffff : 0;
	v->pdst = r->fields & VWK_NTUPLE_DPORT ? htons(r->dport) : 0;
	m->pdst = r->fields & VWK_NTUPLE_DPORT ? 0xffff : 0;
}

static void put_addr6(bool wanted, const uint8_t addr[16], const uint8_t mask[16], __be32 *v,
		      __be32 *m)
{
	uint32_t a[4], b[4];

	if (!wanted)
		return;
	memcpy(a, addr, 16);
	memcpy(b, mask, 16);
	for (int i = 0; i < 4; i++) {
		v[i] = a[i] & b[i];
		m[i] = b[i];
	}
}

static void put_ip6(const struct vwk_ntuple *r, struct ethtool_rx_flow_spec *fs, bool any)
{
	struct ethtool_tcpip6_spec *v = &fs->h_u.tcp_ip6_spec, *m = &fs->m_u.tcp_ip6_spec;

	put_addr6(r->fields & VWK_NTUPLE_SRC, r->src6, r->src6_mask, v->ip6src, m->ip6src);
	put_addr6(r->fields & VWK_NTUPLE_DST, r->dst6, r->dst6_mask, v->ip6dst, m->ip6dst);
	if (any)
		return;
	v->psrc = r->fields & VWK_NTUPLE_SPORT ? htons(r->sport) : 0;
	m->psrc = r->fields & VWK_NTUPLE_SPORT ? 0xffff : 0;
	v->pdst = r->fields & VWK_NTUPLE_DPORT ? htons(r->dport) : 0;
	m->pdst = r->fields & VWK_NTUPLE_DPORT ? 0xffff : 0;
}

static void put_mac(const struct vwk_ntuple *r, struct ethtool_rx_flow_spec *fs)
{
	bool ether = fs->flow_type == ETHER_FLOW;

	memcpy(ether ? fs->h_u.ether_spec.h_dest : fs->h_ext.h_dest, r->mac, 6);
	memset(ether ? fs->m_u.ether_spec.h_dest : fs->m_ext.h_dest, 0xff, 6);
	if (!ether)
		fs->flow_type |= FLOW_MAC_EXT;
}

/* false: there are no such rules. */
static bool to_spec(const struct vwk_ntuple *r, struct ethtool_rx_flow_spec *fs, uint16_t vid_mask)
{
	uint32_t type = flow_type(r);
	bool any = type == IPV4_USER_FLOW || type == IPV6_USER_FLOW;

	if (type == 0 || (any && (r->fields & PORTS)))
		return false;
	memset(fs, 0, sizeof(*fs));
	fs->flow_type = type;
	fs->ring_cookie = r->queue;
	if (type != ETHER_FLOW && r->ipv6)
		put_ip6(r, fs, any);
	else if (type != ETHER_FLOW)
		put_ip4(r, fs, any);
	if (r->fields & VWK_NTUPLE_MAC)
		put_mac(r, fs);
	if (r->fields & VWK_NTUPLE_VID) {
		fs->flow_type |= FLOW_EXT;
		fs->h_ext.vlan_tci = htons(r->vid);
		fs->m_ext.vlan_tci = htons(vid_mask);
	}
	return true;
}

/* -- and read ---------------------------------------------------------------------------------- */

static bool zero(const void *p, size_t n)
{
	const uint8_t *b = p;

	while (n > 0 && b[n - 1] == 0)
		n--;
	return n == 0;
}

static void take_ports(uint16_t psrc, uint16_t psrc_mask, uint16_t pdst, uint16_t pdst_mask,
		       struct vwk_ntuple *r)
{
	r->fields |= psrc_mask == 0xffff ? VWK_NTUPLE_SPORT : psrc_mask != 0 ? VWK_NTUPLE_OTHER : 0;
	r->fields |= pdst_mask == 0xffff ? VWK_NTUPLE_DPORT : pdst_mask != 0 ? VWK_NTUPLE_OTHER : 0;
	r->sport = r->fields & VWK_NTUPLE_SPORT ? ntohs(psrc) : 0;
	r->dport = r->fields & VWK_NTUPLE_DPORT ? ntohs(pdst) : 0;
}

static void take_ip4(const struct ethtool_rx_flow_spec *fs, bool any, struct vwk_ntuple *r)
{
	const struct ethtool_tcpip4_spec *v = &fs->h_u.tcp_ip4_spec, *m = &fs->m_u.tcp_ip4_spec;

	r->src = v->ip4src;
	r->dst = v->ip4dst;
	r->src_mask = m->ip4src;
	r->dst_mask = m->ip4dst;
	r->fields |= (m->ip4src != 0 ? VWK_NTUPLE_SRC : 0) | (m->ip4dst != 0 ? VWK_NTUPLE_DST : 0);
	if (!any)
		take_ports(v->psrc, m->psrc, v->pdst, m->pdst, r);
	if (any ? fs->m_u.usr_ip4_spec.l4_4_bytes != 0 || fs->m_u.usr_ip4_spec.tos != 0 ||
			fs->m_u.usr_ip4_spec.proto != 0 : m->tos != 0)
		r->fields |= VWK_NTUPLE_OTHER;
}

static void take_ip6(const struct ethtool_rx_flow_spec *fs, bool any, struct vwk_ntuple *r)
{
	const struct ethtool_tcpip6_spec *v = &fs->h_u.tcp_ip6_spec, *m = &fs->m_u.tcp_ip6_spec;

	r->ipv6 = true;
	memcpy(r->src6, v->ip6src, 16);
	memcpy(r->dst6, v->ip6dst, 16);
	memcpy(r->src6_mask, m->ip6src, 16);
	memcpy(r->dst6_mask, m->ip6dst, 16);
	r->fields |= (zero(r->src6_mask, 16) ? 0 : VWK_NTUPLE_SRC) |
		     (zero(r->dst6_mask, 16) ? 0 : VWK_NTUPLE_DST);
	if (!any)
		take_ports(v->psrc, m->psrc, v->pdst, m->pdst, r);
	if (any ? fs->m_u.usr_ip6_spec.l4_4_bytes != 0 || fs->m_u.usr_ip6_spec.tclass != 0 ||
			fs->m_u.usr_ip6_spec.l4_proto != 0 : m->tclass != 0)
		r->fields |= VWK_NTUPLE_OTHER;
}

static void take_ether(const struct ethtool_rx_flow_spec *fs, struct vwk_ntuple *r)
{
	static const uint8_t full[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
	const struct ethhdr *m = &fs->m_u.ether_spec;

	memcpy(r->mac, fs->h_u.ether_spec.h_dest, 6);
	if (memcmp(m->h_dest, full, 6) == 0)
		r->fields |= VWK_NTUPLE_MAC;
	else if (!zero(m->h_dest, 6))
		r->fields |= VWK_NTUPLE_OTHER;
	if (!zero(m->h_source, 6) || m->h_proto != 0)
		r->fields |= VWK_NTUPLE_OTHER;
}

static void take_ext(const struct ethtool_rx_flow_spec *fs, struct vwk_ntuple *r)
{
	uint16_t tci = ntohs(fs->m_ext.vlan_tci);

	if (fs->flow_type & FLOW_EXT) {
		r->vid = ntohs(fs->h_ext.vlan_tci) & VID_MASK;
		r->fields |= (tci & VID_MASK) == VID_MASK ? VWK_NTUPLE_VID
			   : tci != 0 ? VWK_NTUPLE_OTHER : 0;
		if (fs->m_ext.vlan_etype != 0 || fs->m_ext.data[0] != 0 || fs->m_ext.data[1] != 0)
			r->fields |= VWK_NTUPLE_OTHER;
	}
	if ((fs->flow_type & FLOW_MAC_EXT) && !zero(fs->m_ext.h_dest, 6)) {
		memcpy(r->mac, fs->h_ext.h_dest, 6);
		r->fields |= VWK_NTUPLE_MAC;
	}
}

static const struct { uint32_t type; uint8_t proto; bool ipv6; } types[] = {
	{ TCP_V4_FLOW, IPPROTO_TCP, false },	{ TCP_V6_FLOW, IPPROTO_TCP, true },
	{ UDP_V4_FLOW, IPPROTO_UDP, false },	{ UDP_V6_FLOW, IPPROTO_UDP, true },
	{ SCTP_V4_FLOW, IPPROTO_SCTP, false },	{ SCTP_V6_FLOW, IPPROTO_SCTP, true },
	{ IPV4_USER_FLOW, 0, false },		{ IPV6_USER_FLOW, 0, true },
};

static void from_spec(const struct ethtool_rx_flow_spec *fs, struct vwk_ntuple *r)
{
	uint32_t type = fs->flow_type & ~(uint32_t)(FLOW_EXT | FLOW_MAC_EXT | FLOW_RSS);
	bool known = type == ETHER_FLOW;

	*r = (struct vwk_ntuple){ .location = fs->location, .queue = UINT32_MAX };
	if (fs->ring_cookie < UINT32_MAX)
		r->queue = (uint32_t)fs->ring_cookie;
	for (size_t i = 0; i < VWU_ARRAY_SIZE(types) && !known; i++) {
		known = types[i].type == type;
		if (!known)
			continue;
		r->proto = types[i].proto;
		r->fields |= r->proto != 0 ? VWK_NTUPLE_PROTO : 0;
		if (types[i].ipv6)
			take_ip6(fs, r->proto == 0, r);
		else
			take_ip4(fs, r->proto == 0, r);
	}
	if (type == ETHER_FLOW)
		take_ether(fs, r);
	if (!known || (fs->flow_type & FLOW_RSS))
		r->fields |= VWK_NTUPLE_OTHER;
	take_ext(fs, r);
}

static bool same_ip(const struct vwk_ntuple *a, const struct vwk_ntuple *b)
{
	if (a->ipv6 != b->ipv6)
		return false;
	if (!a->ipv6)
		return (!(a->fields & VWK_NTUPLE_SRC) || (a->src_mask == b->src_mask &&
				(a->src & a->src_mask) == (b->src & b->src_mask))) &&
		       (!(a->fields & VWK_NTUPLE_DST) || (a->dst_mask == b->dst_mask &&
				(a->dst & a->dst_mask) == (b->dst & b->dst_mask)));
	return (!(a->fields & VWK_NTUPLE_SRC) || (memcmp(a->src6, b->src6, 16) == 0 &&
			memcmp(a->src6_mask, b->src6_mask, 16) == 0)) &&
	       (!(a->fields & VWK_NTUPLE_DST) || (memcmp(a->dst6, b->dst6, 16) == 0 &&
			memcmp(a->dst6_mask, b->dst6_mask, 16) == 0));
}

bool vwk_ntuple_same(const struct vwk_ntuple *a, const struct vwk_ntuple *b)
{
	return a->fields == b->fields && !(a->fields & VWK_NTUPLE_OTHER) &&
	       (!(a->fields & VWK_NTUPLE_MAC) || memcmp(a->mac, b->mac, 6) == 0) &&
	       (!(a->fields & VWK_NTUPLE_VID) || a->vid == b->vid) &&
	       (!(a->fields & VWK_NTUPLE_PROTO) || a->proto == b->proto) &&
	       (!(a->fields & VWK_NTUPLE_SPORT) || a->sport == b->sport) &&
	       (!(a->fields & VWK_NTUPLE_DPORT) || a->dport == b->dport) &&
	       (!(a->fields & (LAYER3 | PORTS)) || same_ip(a, b));
}

/* -- asking and telling ------------------------------------------------------------------------ */

#define FEATURE		"rx-ntuple-filter"

/* How many rules there are; *@room: how many locations; *@special: the driver finds one itself. */
static int count(const struct vwk_nl *nl, const char *ifname, uint32_t *n, bool *special)
{
	struct ethtool_rxnfc c = { .cmd = ETHTOOL_GRXCLSRLCNT };
	int err = vwk_ethtool_call(nl, ifname, &c);

	*n = c.rule_cnt;
	*special = (c.data & RX_CLS_LOC_SPECIAL) != 0;
	return err;
}

bool vwk_ntuple_able(struct vwk_nl *nl, const char *ifname)
{
	struct vwk_feature f = { 0 };
	bool special;
	uint32_t n;

	return vwk_feature_get(nl, ifname, FEATURE, &f) == 0 && (f.on || f.can) &&
	       count(nl, ifname, &n, &special) == 0;
}

static int locations(const struct vwk_nl *nl, const char *ifname, struct ethtool_rxnfc **out)
{
	struct ethtool_rxnfc *all;
	uint32_t n;
	bool special;
	int err = count(nl, ifname, &n, &special);

	if (err != 0)
		return err;
	if (n > RULES_MAX)
		return E2BIG;
	all = calloc(1, sizeof(*all) + (n + 1) * sizeof(all->rule_locs[0]));
	if (all == NULL)
		return ENOMEM;
	all->cmd = ETHTOOL_GRXCLSRLALL;
	all->rule_cnt = n;
	err = vwk_ethtool_call(nl, ifname, all);
	if (err != 0) {
		free(all);
		return err;
	}
	if (all->rule_cnt > n)
		all->rule_cnt = n;
	*out = all;
	return 0;
}

int vwk_ntuple_list(struct vw_handle *h, struct vwk_nl *nl, const char *ifname,
		    struct vwk_ntuple **out, size_t *n)
{
	vwu_auto_free struct ethtool_rxnfc *all = NULL;
	struct vwk_ntuple *v;
	int err = locations(nl, ifname, &all);

	if (err != 0)
		return vwk_ethtool_fail(h, err, ifname, "ntuple rules");
	v = calloc(all->rule_cnt + 1, sizeof(*v));
	if (v == NULL)
		return vwc_nomem(h);
	*n = 0;
	for (uint32_t i = 0; i < all->rule_cnt; i++) {
		struct ethtool_rxnfc c = { .cmd = ETHTOOL_GRXCLSRULE,
					   .fs.location = all->rule_locs[i] };

		err = vwk_ethtool_call(nl, ifname, &c);
		if (err == ENOENT)
			continue;	/* it went away meanwhile */
		if (err != 0) {
			free(v);
			return vwk_ethtool_fail(h, err, ifname, "ntuple rules");
		}
		from_spec(&c.fs, &v[(*n)++]);
	}
	*out = v;
	return VW_OK;
}

/* The highest location nobody uses, for rules that others go before; or the lowest. */
static int free_location(const struct vwk_nl *nl, const char *ifname, bool first, uint32_t *at)
{
	vwu_auto_free struct ethtool_rxnfc *all = NULL;
	int err = locations(nl, ifname, &all);
	uint32_t size;

	if (err != 0)
		return err;
	size = (uint32_t)(all->data & ~(uint64_t)RX_CLS_LOC_SPECIAL);
	for (uint32_t i = 0; i < size; i++) {
		bool taken = false;

		*at = first ? i : size - 1 - i;
		for (uint32_t k = 0; k < all->rule_cnt && !taken; k++)
			taken = all->rule_locs[k] == *at;
		if (!taken)
			return 0;
	}
	return ENOSPC;
}

static int insert_at(const struct vwk_nl *nl, const char *ifname, struct vwk_ntuple *r,
		     uint32_t location)
{
	static const uint16_t vid_masks[] = { VID_MASK, 0xffff };	/* drivers differ */
	int err = EOPNOTSUPP;

	for (size_t i = 0; i < VWU_ARRAY_SIZE(vid_masks); i++) {
		struct ethtool_rxnfc c = { .cmd = ETHTOOL_SRXCLSRLINS };

		if (!to_spec(r, &c.fs, vid_masks[i]))
			return EOPNOTSUPP;
		c.fs.location = location;
		err = vwk_ethtool_call(nl, ifname, &c);
		if (err == 0)
			r->location = c.fs.location;
		if (err == 0 || !(r->fields & VWK_NTUPLE_VID) ||
		    (err != EINVAL && err != EOPNOTSUPP))
			return err;
	}
	return err;
}

static int insert(const struct vwk_nl *nl, const char *ifname, struct vwk_ntuple *r)
{
	bool first = r->fields & (LAYER3 | PORTS), special;
	uint32_t n, at;
	int err = count(nl, ifname, &n, &special);

	if (err == 0 && special) {
		err = insert_at(nl, ifname, r, first ? RX_CLS_LOC_FIRST : RX_CLS_LOC_LAST);
		if (err != 0)	/* not every driver knows first and last */
			err = insert_at(nl, ifname, r, RX_CLS_LOC_ANY);
	} else if (err == 0) {
		err = free_location(nl, ifname, first, &at);
		if (err == 0)
			err = insert_at(nl, ifname, r, at);
	}
	return err;
}

int vwk_ntuple_add(struct vw_handle *h, struct vwk_nl *nl, const char *ifname,
		   struct vwk_ntuple *r)
{
	struct vwk_feature f = { 0 };
	int err = vwk_feature_get(nl, ifname, FEATURE, &f);

	if (err == 0 && !f.on && f.can)		/* many drivers begin with it off */
		(void)vwk_feature_set(nl, ifname, FEATURE, true);
	err = insert(nl, ifname, r);
	switch (err) {
	case 0:
		return VW_OK;
	case EOPNOTSUPP:
	case EINVAL:
	case EPROTONOSUPPORT:
		return vwc_why(h, VW_ERR_NOTSUP, "the driver of '%s' takes no such ntuple rule",
			       ifname);
	case ENOSPC:
		return vwc_why(h, VW_ERR_BUSY, "'%s' has no room for another ntuple rule", ifname);
	default:
		return vwk_ethtool_fail(h, err, ifname, "ntuple rules");
	}
}

int vwk_ntuple_del(struct vw_handle *h, struct vwk_nl *nl, const char *ifname, uint32_t location)
{
	struct ethtool_rxnfc c = { .cmd = ETHTOOL_SRXCLSRLDEL, .fs.location = location };
	int err = vwk_ethtool_call(nl, ifname, &c);

	if (err == ENOENT)
		return vwc_why(h, VW_ERR_NOTFOUND, "'%s' has no ntuple rule at %u", ifname,
			       location);
	return err == 0 ? VW_OK : vwk_ethtool_fail(h, err, ifname, "ntuple rules");
}

/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/* nd.h - link protection: neighbour discovery and its kin in ICMPv6 */
#ifndef VWB_ND_H
#define VWB_ND_H

#define MLD_QUERY		130
#define MLD_REPORT		131
#define MLD_DONE		132
#define ROUTER_SOLICIT		133
#define ROUTER_ADVERT		134
#define NEIGHBOUR_SOLICIT	135
#define NEIGHBOUR_ADVERT	136
#define REDIRECT		137
#define MLD2_REPORT		143

/* Who has no address yet may ask whether one is free, look for routers and join groups. */
INLINE bool may_lack_ipv6(struct __sk_buff *skb, const struct packet *pk)
{
	__u8 type;

	if (pk->flags & FRAGMENT || pk->proto != IPPROTO_ICMPV6 ||
	    bpf_skb_load_bytes(skb, pk->l4, &type, 1) < 0)
		return false;
	return type == NEIGHBOUR_SOLICIT || type == ROUTER_SOLICIT || type == MLD_REPORT ||
	       type == MLD_DONE || type == MLD2_REPORT;
}

struct nd_walk {
	struct __sk_buff *skb;
	const struct packet *pk;
	const struct vwb_point *p;
	__u32 at;
	__u32 bad;
};

/* One option. If it tells a link-layer address, that is the link's own. */
static long nd_option(__u32 i, void *arg)
{
	struct nd_walk *w = arg;
	struct { __u8 type, len, mac[6]; } o;

	if (bpf_skb_load_bytes(w->skb, w->at, &o, sizeof(o)) < 0)
		return 1;
	/* Without length it hides what follows; receivers must discard it (RFC 4861, 4.6). It is no
	 * padding: the shortest of these messages is longer than the shortest frame. */
	if (o.len == 0 || (w->p->protect & VWB_PROTECT_MAC && (o.type == 1 || o.type == 2) &&
			   (o.len != 1 || !owns_mac(w->pk, w->p, o.mac)))) {
		w->bad = 1;
		return 1;
	}
	w->at += o.len * 8;
	return 0;
}

static __noinline bool bad_options(struct __sk_buff *skb, const struct packet *pk,
				   const struct vwb_point *p, __u32 options)
{
	struct nd_walk w = { skb, pk, p, pk->l4 + options, 0 };

	/* More than 32 options do not end: whatever follows them is not trusted either. */
	return bpf_loop(33, nd_option, &w, 0) == 33 || w.bad;
}

static __noinline int check_icmp6(struct __sk_buff *skb, const struct packet *pk,
				  const struct vwb_point *p)
{
	struct { __u8 type, code; __be16 sum; __be32 word; __u8 target[16]; } m;
	__u32 options = 24;

	if (bpf_skb_load_bytes(skb, pk->l4, &m, 8) < 0)
		return BECAUSE(VWB_DROP_ND);
	if (m.type == ROUTER_ADVERT || m.type == REDIRECT)
		return BECAUSE(VWB_DROP_ND);
	if (m.type != ROUTER_SOLICIT && m.type != NEIGHBOUR_SOLICIT && m.type != NEIGHBOUR_ADVERT)
		return 0;
	if (pk->flags & FRAGMENT)	/* never needed (RFC 6980), and hides options */
		return BECAUSE(VWB_DROP_ND);
	if (m.type == ROUTER_SOLICIT)
		options = 8;
	else if (bpf_skb_load_bytes(skb, pk->l4, &m, sizeof(m)) < 0)
		return BECAUSE(VWB_DROP_ND);
	/* An advertisement claims its target. So does a solicitation without source: it asks
	 * whether somebody else has it, and keeps others from getting it. */
	if (p->protect & VWB_PROTECT_IP &&
	    (m.type == NEIGHBOUR_ADVERT || (m.type == NEIGHBOUR_SOLICIT && zero_addr(pk->saddr))) &&
	    !allows_ipv6(pk, p, m.target))
		return BECAUSE(VWB_DROP_ND);
	return bad_options(skb, pk, p, options) ? BECAUSE(VWB_DROP_ND) : 0;
}

#endif

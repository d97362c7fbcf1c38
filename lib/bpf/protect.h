/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/*
 * protect.h - link protection: what a link's owner may say of itself
 *
 * Only what is sent is checked. What cannot be read to its end is dropped.
 */
#ifndef VWB_PROTECT_H
#define VWB_PROTECT_H


struct arp {
	__be16 hardware, protocol;
	__u8   hardware_len, protocol_len;
	__be16 op;
	__u8   sender_mac[6], sender[4], target_mac[6], target[4];
};

static __noinline int check_arp(struct __sk_buff *skb, const struct packet *pk,
				const struct vwb_point *p)
{
	__be32 sender, target;
	struct arp a;

	if (bpf_skb_load_bytes(skb, pk->l3, &a, sizeof(a)) < 0)
		return BECAUSE(VWB_DROP_ARP);
	if (a.hardware != bpf_htons(1) || a.protocol != TYPE_IPV4 || a.hardware_len != 6 ||
	    a.protocol_len != 4)
		return BECAUSE(VWB_DROP_ARP);
	if (p->protect & VWB_PROTECT_MAC && !owns_mac(pk, p, a.sender_mac))
		return BECAUSE(VWB_DROP_ARP);
	__builtin_memcpy(&sender, a.sender, sizeof(sender));
	__builtin_memcpy(&target, a.target, sizeof(target));
	if (!(p->protect & VWB_PROTECT_IP) || allows_ipv4(pk, sender))
		return 0;
	/* A probe (RFC 5227) for its own address; for another's it would deny it to its owner. */
	if (sender == 0 && a.op == bpf_htons(1) && allows_ipv4(pk, target))
		return 0;
	return BECAUSE(VWB_DROP_ARP);
}

struct option_walk {
	struct __sk_buff *skb;
	__u32 at, end;
	__u32 bad;
};

/* Is there loose or strict source routing? An answer would go where the sender says, not where
 * its address lives. */
static long source_route_option(__u32 i, void *arg)
{
	struct option_walk *w = arg;
	struct { __u8 type, len; } o;

	if (w->at >= w->end || bpf_skb_load_bytes(w->skb, w->at, &o.type, 1) < 0 || o.type == 0)
		return 1;
	if (o.type == 1) {
		w->at++;
		return 0;
	}
	w->bad = o.type == 131 || o.type == 137;
	if (w->bad)
		return 1;
	if (bpf_skb_load_bytes(w->skb, w->at, &o, sizeof(o)) < 0 || o.len < 2) {
		w->bad = 1;
		return 1;
	}
	w->at += o.len;
	return 0;
}

static __noinline bool has_source_route(struct __sk_buff *skb, const struct packet *pk)
{
	struct option_walk w = { .skb = skb, .at = pk->l3 + 20, .end = pk->l4 };

	bpf_loop(40, source_route_option, &w, 0);
	return w.bad;
}

/* Who has no address yet may ask for one, and join groups (RFC 3376, 4.2.13). */
INLINE bool may_lack_ipv4(struct __sk_buff *skb, const struct packet *pk)
{
	__be16 ports[2];

	if (pk->flags & FRAGMENT)
		return false;
	if (pk->proto == IPPROTO_IGMP)
		return true;
	return pk->proto == IPPROTO_UDP &&
	       bpf_skb_load_bytes(skb, pk->l4, ports, sizeof(ports)) == 0 &&
	       ports[0] == bpf_htons(68) && ports[1] == bpf_htons(67);
}

static __noinline int check_ipv4_source(struct __sk_buff *skb, const struct packet *pk,
					const struct vwb_point *p)
{
	__be32 source = *(const word *)pk->saddr;

	if (!allows_ipv4(pk, source) && !(source == 0 && may_lack_ipv4(skb, pk)))
		return BECAUSE(VWB_DROP_IP);
	if (pk->flags & OPTIONS && has_source_route(skb, pk))
		return BECAUSE(VWB_DROP_IP);
	return 0;
}

INLINE int check_ipv4(struct __sk_buff *skb, const struct packet *pk, const struct vwb_point *p)
{
	__u16 kinds = p->protect;
	int rc = 0;
	__u8 type;

	if (pk->family != 4)
		return kinds & PROTECT_ANY ? BECAUSE(VWB_DROP_OTHER) : 0;
	if (kinds & VWB_PROTECT_IP)
		rc = check_ipv4_source(skb, pk, p);
	if (rc || pk->flags & LATER)
		return rc;
	if (pk->proto == IPPROTO_UDP && kinds & VWB_PROTECT_DHCP)
		return check_dhcp4(skb, pk, p);
	if (pk->proto == IPPROTO_ICMP && kinds & VWB_PROTECT_IP &&
	    bpf_skb_load_bytes(skb, pk->l4, &type, 1) == 0 && (type == 5 || type == 9))
		return BECAUSE(VWB_DROP_IP);	/* redirect, router advertisement */
	return 0;
}

INLINE int check_ipv6_source(struct __sk_buff *skb, const struct packet *pk,
			     const struct vwb_point *p)
{
	if (pk->flags & ROUTED)
		return BECAUSE(VWB_DROP_IP);
	if (zero_addr(pk->saddr))
		return may_lack_ipv6(skb, pk) ? 0 : BECAUSE(VWB_DROP_IP);
	return allows_ipv6(pk, p, pk->saddr) ? 0 : BECAUSE(VWB_DROP_IP);
}

INLINE int check_ipv6(struct __sk_buff *skb, const struct packet *pk, const struct vwb_point *p)
{
	__u16 kinds = p->protect;
	int rc = 0;

	if (!(kinds & PROTECT_ANY))
		return 0;
	/* A first fragment that ends before its transport header hides it (RFC 7112). */
	if (pk->family != 6 || pk->flags & BROKEN)
		return BECAUSE(VWB_DROP_OTHER);
	if (kinds & VWB_PROTECT_IP)
		rc = check_ipv6_source(skb, pk, p);
	if (rc || pk->flags & LATER)
		return rc;
	if (pk->proto == IPPROTO_UDP && kinds & VWB_PROTECT_DHCP)
		return check_dhcp6(skb, pk, p);
	if (pk->proto == IPPROTO_ICMPV6 && kinds & (VWB_PROTECT_MAC | VWB_PROTECT_IP))
		return check_icmp6(skb, pk, p);
	return 0;
}

/* IP or ARP in an IEEE 802.2 SNAP frame (RFC 1042): some systems take it, nobody needs it. */
INLINE bool is_snap(struct __sk_buff *skb, const struct packet *pk)
{
	__u8 llc[6];

	return bpf_ntohs(pk->type) < 0x600 &&
	       bpf_skb_load_bytes(skb, pk->l3, llc, sizeof(llc)) == 0 &&
	       llc[0] == 0xAA && llc[1] == 0xAA && (llc[3] | llc[4] | llc[5]) == 0;
}

SEPARATE int protect(struct __sk_buff *skb, struct packet *pk, const struct vwb_point *p)
{
	if (!pk || !p)
		return BECAUSE(VWB_DROP_OTHER);
	if (p->protect & VWB_PROTECT_MAC && !owns_mac(pk, p, pk->src))
		return BECAUSE(VWB_DROP_MAC);
	if (pk->outer == TYPE_IPV4 && !(p->protect & (VWB_PROTECT_IP | VWB_PROTECT_DHCP)))
		return 0;	/* no more to check: the usual case is the cheap one */
	parse_ip(skb, pk);
	if (pk->type == TYPE_IPV4)
		return check_ipv4(skb, pk, p);
	if (pk->type == TYPE_IPV6)
		return check_ipv6(skb, pk, p);
	if (pk->type == TYPE_ARP)
		return p->protect & (VWB_PROTECT_MAC | VWB_PROTECT_IP) ?
		       check_arp(skb, pk, p) : 0;
	if (is_tag(pk->type))	/* more tags than we look through */
		return BECAUSE(VWB_DROP_TAGGED);
	if (p->protect & VWB_PROTECT_RESTRICTED)
		return BECAUSE(VWB_DROP_RESTRICTED);
	if (!(p->protect & PROTECT_ANY))
		return 0;
	return is_snap(skb, pk) ? BECAUSE(VWB_DROP_IP) : 0;
}

#endif

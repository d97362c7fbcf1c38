/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/*
 * flow.h - which flow of its link a frame belongs to
 *
 * No frame matches two flows of a link (the library refuses such flows), so the order of looking
 * does not matter, and one look-up for each kind in use finds the flow however many there are.
 */
#ifndef VWB_FLOW_H
#define VWB_FLOW_H

#define KIND(k)		(1u << (k))
#define PORT_KINDS	(KIND(VWB_LOCAL_PORT) | KIND(VWB_REMOTE_PORT))

INLINE struct vwb_flow *flow_of_addr(const struct packet *pk, __u8 kind)
{
	struct vwb_flow_addr key = { .ifindex = pk->ifindex, .kind = kind, .family = pk->family };

	key.prefixlen = 64 + (pk->family == 4 ? 32 : 128);
	if ((pk->dir == VWB_OUT) == (kind == VWB_LOCAL_IP))
		copy_addr(key.addr, pk->saddr);
	else
		copy_addr(key.addr, pk->daddr);
	return bpf_map_lookup_elem(&vw_flow_addrs, &key);
}

INLINE struct vwb_flow *flow_of_ds(const struct packet *pk, const struct vwb_point *p)
{
	struct vwb_flow_key key = { .ifindex = pk->ifindex, .kind = VWB_DSFIELD };
	struct vwb_flow *flow;
	int i;

	for (i = 0; i < VWB_DS_MASKS && i < p->nmasks; i++) {
		key.mask = p->masks[i];
		key.ds = pk->tos & key.mask;
		flow = bpf_map_lookup_elem(&vw_flow_keys, &key);
		if (flow)
			return flow;
	}
	return 0;
}

INLINE void frag_key(const struct packet *pk, struct frag_key *key)
{
	key->ifindex = pk->ifindex;
	key->id = pk->id;
	key->family = pk->family;
	key->proto = pk->family == 4 ? pk->proto : 0;
	copy_addr(key->src, pk->saddr);
	copy_addr(key->dst, pk->daddr);
}

/*
 * Protocol and ports; those of later fragments are what the first one said. False: they cannot be
 * told, and the frame belongs to no flow by port.
 */
INLINE bool read_ports(struct __sk_buff *skb, const struct packet *pk, struct frag *f)
{
	struct frag_key key = {};
	struct frag *known;

	f->proto = pk->proto;
	if (pk->flags & LATER) {
		frag_key(pk, &key);
		known = bpf_map_lookup_elem(&vw_frags, &key);
		if (!known)
			return false;
		*f = *known;
		return true;
	}
	if (pk->flags & BROKEN)
		return false;
	if (pk->proto == IPPROTO_TCP || pk->proto == IPPROTO_UDP || pk->proto == IPPROTO_SCTP)
		if (bpf_skb_load_bytes(skb, pk->l4, f->ports, sizeof(f->ports)) < 0)
			return false;
	if (pk->flags & FRAGMENT) {
		frag_key(pk, &key);
		bpf_map_update_elem(&vw_frags, &key, f, BPF_ANY);
	}
	return true;
}

/* The other family's ICMP is none: Linux does not answer it either. */
INLINE bool foreign_icmp(const struct packet *pk, __u8 proto)
{
	return proto == (pk->family == 4 ? IPPROTO_ICMPV6 : IPPROTO_ICMP);
}

INLINE struct vwb_flow *flow_of_transport(struct __sk_buff *skb, struct packet *pk, __u8 kinds)
{
	struct vwb_flow_key key = { .ifindex = pk->ifindex };
	struct frag f = {};
	struct vwb_flow *flow;
	bool ports = false;

	f.proto = pk->proto;
	/* In IPv6 even the protocol may be in the first fragment alone. */
	if (kinds & PORT_KINDS || pk->flags & BROKEN || (pk->family == 6 && pk->flags & FRAGMENT)) {
		ports = read_ports(skb, pk, &f);
		if (!ports)
			pk->flags |= UNKNOWN;
	}
	if (foreign_icmp(pk, f.proto))
		return 0;
	key.proto = f.proto;
	if (kinds & KIND(VWB_TRANSPORT)) {
		key.kind = VWB_TRANSPORT;
		flow = bpf_map_lookup_elem(&vw_flow_keys, &key);
		if (flow)
			return flow;
	}
	if (!ports || !(kinds & PORT_KINDS))
		return 0;
	if (kinds & KIND(VWB_LOCAL_PORT)) {
		key.kind = VWB_LOCAL_PORT;
		key.port = pk->dir == VWB_OUT ? f.ports[0] : f.ports[1];
		flow = bpf_map_lookup_elem(&vw_flow_keys, &key);
		if (flow)
			return flow;
	}
	if (kinds & KIND(VWB_REMOTE_PORT)) {
		key.kind = VWB_REMOTE_PORT;
		key.port = pk->dir == VWB_OUT ? f.ports[1] : f.ports[0];
		return bpf_map_lookup_elem(&vw_flow_keys, &key);
	}
	return 0;
}

/* NULL: none. */
static __noinline struct vwb_flow *classify(struct __sk_buff *skb, struct packet *pk,
					    const struct vwb_point *p)
{
	__u8 kinds = p->kinds;
	struct vwb_flow *flow = 0;

	parse_ip(skb, pk);
	if (pk->family == 0)
		return 0;
	if (kinds & KIND(VWB_LOCAL_IP))
		flow = flow_of_addr(pk, VWB_LOCAL_IP);
	if (!flow && kinds & KIND(VWB_REMOTE_IP))
		flow = flow_of_addr(pk, VWB_REMOTE_IP);
	if (!flow && kinds & KIND(VWB_DSFIELD))
		flow = flow_of_ds(pk, p);
	if (!flow && kinds & (KIND(VWB_TRANSPORT) | PORT_KINDS))
		flow = flow_of_transport(skb, pk, kinds);
	return flow;
}

/* Write @dscp into the packet; the two bits of congestion notification stay. */
SEPARATE int write_dscp(struct __sk_buff *skb, struct packet *pk, __u32 dscp)
{
	__be16 old, new;

	if (!pk || bpf_skb_load_bytes(skb, pk->l3, &old, sizeof(old)) < 0)
		return 0;
	if (pk->family == 4) {		/* version, length, DSCP x 6, ECN x 2 */
		new = (old & bpf_htons(0xFF03)) | bpf_htons((dscp & 63) << 2);
		if (new == old)
			return 0;
		bpf_l3_csum_replace(skb, pk->l3 + 10, old, new, sizeof(new));
		bpf_skb_store_bytes(skb, pk->l3, &new, sizeof(new), 0);
	} else if (pk->family == 6) {	/* version x 4, DSCP x 6, ECN x 2, flow label x 4 */
		new = (old & bpf_htons(0xF03F)) | bpf_htons((dscp & 63) << 6);
		if (new == old)
			return 0;
		bpf_skb_store_bytes(skb, pk->l3, &new, sizeof(new), BPF_F_RECOMPUTE_CSUM);
	}
	return 0;
}

#endif

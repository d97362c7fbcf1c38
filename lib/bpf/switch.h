/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/*
 * switch.h - the switch between ports and the NIC below them, their uplink (paper, section 3.3)
 *
 * Known unicast goes to its port or up to the host, unknown unicast out of the NIC, never to other
 * ports. Broadcast is copied once to each member of the VLAN, to the host and to the wire, and
 * multicast likewise to the members that joined. Nothing is learnt from source addresses: nobody
 * can take another's frames or fill a table. Ports see untagged frames; tags exist at the uplink
 * alone.
 */
#ifndef VWB_SWITCH_H
#define VWB_SWITCH_H

#define MEMBERS_MAX	4096	/* copies made of one frame */

INLINE struct vwb_point *find_point(__u32 ifindex)
{
	return bpf_map_lookup_elem(&vw_points, &ifindex);
}

INLINE struct vwb_fdb *find_mac(__u32 sw, __u16 vid, const __u8 *mac)
{
	struct vwb_fdb_key key = { .sw = sw, .vid = vid };

	copy_mac(key.mac, mac);
	return bpf_map_lookup_elem(&vw_fdb, &key);
}

INLINE bool waits(const struct vwb_point *p, __u32 dir)
{
	return p->queue && p->class[dir];
}

/*
 * Unicast for @port. A port without policy of its own gets it at once in its namespace:
 * bpf_redirect_peer() needs an ingress hook and a peer in another namespace (the kernel drops the
 * frame otherwise), and makes of every frame one for its receiver alone. Otherwise vw_out decides
 * at the port.
 */
INLINE int deliver(struct __sk_buff *skb, struct packet *pk, __u32 port, bool ingress)
{
	struct vwb_point *p = find_point(port);

	if (!p)
		return TC_ACT_SHOT;
	skb->mark = 0;
	if (!ingress || (p->flags & (VWB_PEER | VWB_FLOWS | VWB_BLOCK)) != VWB_PEER ||
	    waits(p, VWB_IN) || has_tag(skb, skb->protocol))
		return bpf_redirect(port, 0);
	count(p->account, VWB_IN, measure(skb, pk));
	skb->priority = 0;
	return bpf_redirect_peer(port, 0);
}

struct flood {
	struct __sk_buff *skb;
	__u32 next;		/* member */
	__u32 sender;		/* does not get its own */
	__u32 everyone;		/* whether they joined or not */
	struct vwb_joined_key group;
};

static long flood_one(__u32 i, void *arg)
{
	struct flood *f = arg;
	__u32 port = f->next;
	struct vwb_point *p = find_point(port);

	if (!p)
		return 1;
	f->next = p->next;
	if (port == f->sender)
		return 0;
	f->group.ifindex = port;
	if (!f->everyone && !(p->flags & VWB_ALLMULTI) &&
	    !bpf_map_lookup_elem(&vw_joined, &f->group))
		return 0;
	f->skb->mark = 0;
	bpf_clone_redirect(f->skb, port, 0);
	return 0;
}

/* A copy for each member but @sender (0: none of them). The frame is untagged. */
static __noinline int flood(struct __sk_buff *skb, const __u8 *dst, __u32 first, __u32 sender)
{
	struct flood f = { .skb = skb, .next = first, .sender = sender };

	copy_mac(f.group.mac, dst);
	f.everyone = is_for_everyone(dst);
	bpf_loop(MEMBERS_MAX, flood_one, &f, 0);
	return 0;
}

INLINE __u32 first_member(__u32 sw, __u16 vid)
{
	struct vwb_group_key key = { sw, vid };
	__u32 *first = bpf_map_lookup_elem(&vw_groups, &key);

	return first ? *first : 0;
}

/* What the port at @pk->ifindex sends, after its policy. */
static __noinline int from_port(struct __sk_buff *skb, struct packet *pk, const struct vwb_point *p)
{
	__u32 sw = p->sw, first, flags = 0;
	bool many = is_multicast(pk->dst);
	struct vwb_fdb *to = 0;

	if (many) {
		first = first_member(sw, p->vid);
		if (first)
			flood(skb, pk->dst, first, pk->ifindex);
	} else {
		to = find_mac(sw, p->vid, pk->dst);
	}
	if (to && to->ifindex == pk->ifindex)
		return TC_ACT_SHOT;
	if (to && to->ifindex)
		return deliver(skb, pk, to->ifindex, true);
	if (p->vid && bpf_skb_vlan_push(skb, TYPE_8021Q, p->vid) < 0)
		return TC_ACT_SHOT;
	skb->mark = VWB_MARK_WIRE | sw;
	if (many)
		bpf_clone_redirect(skb, sw, BPF_F_INGRESS);	/* the host */
	else if (to)
		flags = BPF_F_INGRESS;
	return bpf_redirect(sw, flags);
}

#define NO_VLAN	(-1)	/* a tag that no port has */

/* VLAN of a frame at an uplink; 0: untagged, or a tag that tells the priority alone. */
INLINE int vlan_of(struct __sk_buff *skb, const struct packet *pk)
{
	__be16 tci;

	if (skb->vlan_present)
		return skb->vlan_proto == TYPE_8021Q ? (int)(skb->vlan_tci & 0xFFF) : NO_VLAN;
	if (!is_tag(pk->outer))
		return 0;
	if (pk->outer != TYPE_8021Q || bpf_skb_load_bytes(skb, ETHER_LEN, &tci, sizeof(tci)) < 0)
		return NO_VLAN;
	return bpf_ntohs(tci) & 0xFFF;
}

/* Priority and VLAN as they are in the tag. */
INLINE __u16 tag_of(struct __sk_buff *skb)
{
	__be16 tci = 0;

	if (skb->vlan_present)
		return skb->vlan_tci;
	bpf_skb_load_bytes(skb, ETHER_LEN, &tci, sizeof(tci));
	return bpf_ntohs(tci);
}

/* Unicast for a port, from the uplink: without its tag. */
INLINE int untag_and_deliver(struct __sk_buff *skb, struct packet *pk, __u32 port, bool ingress)
{
	if (has_tag(skb, pk->outer) &&
	    (bpf_skb_vlan_pop(skb) < 0 || read_ether(skb, pk) < 0))
		return TC_ACT_SHOT;
	return deliver(skb, pk, port, ingress);
}

/* Broadcast or multicast at the uplink: copies for the members, untagged; the frame itself stays
 * what it was. A tag within the tag is for nobody. */
static __noinline int flood_from_uplink(struct __sk_buff *skb, struct packet *pk, __u32 sw,
					__u16 vid)
{
	__u32 first = first_member(sw, vid), mark = skb->mark;
	bool tagged = has_tag(skb, pk->outer);
	__u16 tci = 0;

	if (!first)
		return 0;
	if (tagged) {
		tci = tag_of(skb);
		if (bpf_skb_vlan_pop(skb) < 0)
			return 0;
	}
	if (!has_tag(skb, skb->protocol))
		flood(skb, pk->dst, first, 0);
	if (tagged) {
		bpf_skb_vlan_push(skb, TYPE_8021Q, tci);
		read_ether(skb, pk);
	}
	skb->mark = mark;
	return 0;
}

/* Has the link that is the uplink itself, the host's, any policy? */
INLINE bool has_policy(const struct vwb_point *p)
{
	return p->flags & (VWB_STRICT | VWB_BLOCK | VWB_FLOWS) || p->protect || p->queue;
}

#endif

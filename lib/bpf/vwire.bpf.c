// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)
/*
 * vwire.bpf.c - the programs that decide what happens to a link's frames
 *
 * vw_in and vw_out are on the ingress and egress of every policy point, vw_queue on the far end of
 * each queue pair. shared.h says what a point is and what the maps hold. To read it all:
 *
 *	parse.h		a frame and its headers
 *	count.h		counters
 *	own.h nd.h dhcp.h protect.h	protection of what is sent
 *	multicast.h	which group goes where
 *	flow.h		classification
 *	switch.h	the switch over a NIC
 *	police.h	the order of things at a point
 *
 * Frames that are not decided here end as TC_ACT_UNSPEC, never OK: other filters still run.
 */
#include <stdbool.h>
#include <stddef.h>

#include <linux/bpf.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/pkt_cls.h>
#include <linux/types.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "shared.h"

#include "maps.h"
#include "parse.h"
#include "count.h"
#include "own.h"
#include "nd.h"
#include "dhcp.h"
#include "protect.h"
#include "multicast.h"
#include "flow.h"
#include "switch.h"
#include "police.h"

/* From the wire, for the host or a port. */
INLINE int uplink_in(struct __sk_buff *skb, struct packet *pk, struct vwb_point *p)
{
	int vid = vlan_of(skb, pk);
	struct vwb_fdb *entry = 0;

	if (vid != NO_VLAN && !is_multicast(pk->dst)) {
		entry = find_mac(pk->ifindex, vid, pk->dst);
		if (entry && entry->ifindex)
			return untag_and_deliver(skb, pk, entry->ifindex, true);
		if (entry && entry->flags & VWB_FDB_HELD)
			return PASSES;
	} else if (vid != NO_VLAN && !is_control(pk->dst)) {
		/* What a port sent and a loop outside brings back was flooded already. */
		entry = find_mac(pk->ifindex, vid, pk->src);
		if (!entry || !entry->ifindex)
			flood_from_uplink(skb, pk, pk->ifindex, vid);
	}
	return has_policy(p) ? police(skb, pk, p) : PASSES;
}

/* From the host or a device above its NIC, for a port or the wire. */
INLINE int uplink_out(struct __sk_buff *skb, struct packet *pk, struct vwb_point *p, bool waited)
{
	int act, vid = vlan_of(skb, pk);
	struct vwb_fdb *entry = 0;

	if (vid != NO_VLAN && !is_multicast(pk->dst)) {
		entry = find_mac(pk->ifindex, vid, pk->dst);
		if (entry && entry->ifindex)
			return untag_and_deliver(skb, pk, entry->ifindex, false);
	}
	if (!waited && has_policy(p)) {
		entry = vid == NO_VLAN ? 0 : find_mac(pk->ifindex, vid, pk->src);
		if (!entry || !(entry->flags & VWB_FDB_HELD)) {
			act = police(skb, pk, p);
			if (act != PASSES)
				return act;
		}
	}
	if (vid != NO_VLAN && is_multicast(pk->dst) && !is_control(pk->dst))
		flood_from_uplink(skb, pk, pk->ifindex, vid);
	return PASSES;
}

/* Of a link of the host above this one: it waits in the same queues, by its own hook. */
INLINE bool is_of_above(struct __sk_buff *skb, const struct packet *pk, bool ingress)
{
	int vid = vlan_of(skb, pk);
	struct vwb_fdb *entry = 0;

	if (vid != NO_VLAN)
		entry = find_mac(pk->ifindex, vid, ingress ? pk->dst : pk->src);
	return entry && entry->flags & VWB_FDB_HELD;
}

INLINE int hook(struct __sk_buff *skb, bool ingress)
{
	__u32 ifindex = skb->ifindex, mark = skb->mark;
	struct packet pk = { .ifindex = ifindex };
	struct vwb_point *p;
	bool waited;
	int act;

	if (mark == (VWB_MARK_WIRE | ifindex)) {
		skb->mark = 0;
		return PASSES;
	}
	p = find_point(ifindex);
	if (!p)		/* hooks come after points and go before them */
		return TC_ACT_SHOT;
	pk.dir = ingress == !!(p->flags & VWB_REVERSED) ? VWB_OUT : VWB_IN;
	waited = mark == ((pk.dir == VWB_OUT ? VWB_MARK_OUT : VWB_MARK_IN) | ifindex);
	if (waited)
		skb->mark = 0;
	if (waited && !(p->flags & VWB_UPLINK))
		return PASSES;
	if (read_ether(skb, &pk) < 0)
		return drop(p, VWB_DROP_OTHER);
	if (p->flags & VWB_UPLINK) {
		if (ingress)
			return waited ? PASSES : uplink_in(skb, &pk, p);
		return uplink_out(skb, &pk, p, waited);
	}
	if (p->node && !(p->flags & VWB_REVERSED) && is_of_above(skb, &pk, ingress))
		return PASSES;
	act = police(skb, &pk, p);
	if (act == PASSES && p->flags & VWB_PORT && ingress)
		return from_port(skb, &pk, p);
	return act;
}

SEC("tc") int vw_in(struct __sk_buff *skb)
{
	return hook(skb, true);
}

SEC("tc") int vw_out(struct __sk_buff *skb)
{
	return hook(skb, false);
}

/* Where a frame goes on that has waited. Its mark lets it pass the point it came from. */
INLINE int resume(struct __sk_buff *skb, struct packet *pk, const struct vwb_point *p)
{
	bool reversed = p->flags & VWB_REVERSED, out = pk->dir == VWB_OUT;

	if (p->flags & VWB_PORT && out)
		return from_port(skb, pk, p);
	if (p->flags & VWB_PORT && p->flags & VWB_PEER && !is_multicast(pk->dst)) {
		skb->mark = 0;
		return bpf_redirect_peer(pk->ifindex, 0);
	}
	return bpf_redirect(pk->ifindex, reversed == out ? BPF_F_INGRESS : 0);
}

SEC("tc") int vw_queue(struct __sk_buff *skb)
{
	__u32 mark = skb->mark, stage = mark & VWB_MARK_STAGE;
	struct packet pk = { .ifindex = mark & VWB_MARK_INDEX };
	struct vwb_flow *flow = 0;
	struct vwb_point *p;

	if (stage != VWB_MARK_OUT && stage != VWB_MARK_IN)
		return TC_ACT_SHOT;
	pk.dir = stage == VWB_MARK_OUT ? VWB_OUT : VWB_IN;
	p = find_point(pk.ifindex);
	if (!p)
		return TC_ACT_SHOT;
	skb->priority = 0;
	if (read_ether(skb, &pk) < 0)
		return drop(p, VWB_DROP_OTHER);
	/* The policy may have changed since. */
	if (p->flags & VWB_BLOCK)
		return drop_blocked(p, 0);
	if (p->flags & VWB_FLOWS)
		flow = classify(skb, &pk, p);
	if (flow && flow->flags & VWB_FLOW_DROP)
		return drop_blocked(p, flow);
	pass(skb, &pk, p, flow);
	return resume(skb, &pk, p);
}

char vw_license[] SEC("license") = "Dual BSD/GPL";

/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/*
 * police.h - what a link's policy makes of a frame
 *
 * The order: blocked, tags, protection, flow, and then either waiting in the queue pair's HTB class
 * or passing. A frame is counted when it passes; one that waits, after it has waited.
 */
#ifndef VWB_POLICE_H
#define VWB_POLICE_H

#define PASSES	TC_ACT_UNSPEC	/* nothing is decided: whoever comes next has it */

INLINE int drop_blocked(const struct vwb_point *p, const struct vwb_flow *flow)
{
	if (flow)
		count_drop(flow->account, VWB_DROP_BLOCKED);
	return drop(p, VWB_DROP_BLOCKED);
}

INLINE int pass(struct __sk_buff *skb, struct packet *pk, const struct vwb_point *p,
		const struct vwb_flow *flow)
{
	struct size size = measure(skb, pk);

	count(p->account, pk->dir, size);
	if (flow) {
		count(flow->account, pk->dir, size);
		if (flow->flags & VWB_FLOW_DSCP)
			write_dscp(skb, pk, flow->dscp);
	}
	return PASSES;
}

INLINE int send_to_queue(struct __sk_buff *skb, const struct packet *pk, __u32 queue, __u32 class)
{
	skb->priority = class;
	skb->mark = (pk->dir == VWB_OUT ? VWB_MARK_OUT : VWB_MARK_IN) | pk->ifindex;
	return bpf_redirect(queue, 0);
}

/*
 * More than the point's MTU. Between the ends of a veth a GSO frame is not held to it, nor are the
 * packets it becomes: whoever raises the MTU of its own end would make the NIC send them.
 */
INLINE bool is_too_long(struct __sk_buff *skb)
{
	__u32 mtu = 0;

	if (!skb->gso_size && skb->len <= ETHER_LEN + 1500)
		return false;
	return bpf_check_mtu(skb, 0, &mtu, 0, BPF_MTU_CHK_SEGS) > 0;
}

/* Checks of what the owner sends. 0 or BECAUSE(). */
INLINE int check_sent(struct __sk_buff *skb, struct packet *pk, struct vwb_point *p)
{
	int because = 0;

	if (p->flags & (VWB_STRICT | VWB_PORT) && is_control(pk->dst))
		return BECAUSE(VWB_DROP_CONTROL);
	if (p->flags & VWB_STRICT && is_too_long(skb))
		return BECAUSE(VWB_DROP_OTHER);
	if (p->protect)
		because = protect(skb, pk, p);
	if (!because && p->flags & VWB_PORT && is_multicast(pk->dst))
		learn(skb, pk, p);
	return because;
}

/*
 * A frame that does not say which flow it is of could be of any, and would escape its limit.
 * Headers that are cut off or too many are no honest packet's, whoever sent it. Fragments before
 * the first one of their packet are, on the wire, where they overtake each other: only guests are
 * held to the order in which every system sends them.
 */
INLINE bool hides_its_flow(const struct packet *pk, const struct vwb_point *p)
{
	if (!(pk->flags & UNKNOWN))
		return false;
	return !(pk->flags & LATER) || (pk->dir == VWB_OUT && p->flags & VWB_STRICT);
}

INLINE int police(struct __sk_buff *skb, struct packet *pk, struct vwb_point *p)
{
	struct vwb_flow *flow = 0;
	__u32 class;
	int because;

	if (p->flags & VWB_BLOCK)
		return drop_blocked(p, 0);
	if (p->flags & VWB_STRICT && has_tag(skb, pk->outer))
		return drop(p, VWB_DROP_TAGGED);
	if (pk->dir == VWB_OUT) {
		because = check_sent(skb, pk, p);
		if (because)
			return drop(p, because - 1);
	}
	if (p->flags & VWB_FLOWS)
		flow = classify(skb, pk, p);
	if (!flow && hides_its_flow(pk, p))
		return drop(p, VWB_DROP_OTHER);
	if (flow && flow->flags & VWB_FLOW_DROP)
		return drop_blocked(p, flow);
	if (p->queue) {
		class = pk->dir == VWB_OUT ? p->class[VWB_OUT] : p->class[VWB_IN];
		if (flow && flow->class[pk->dir & 1])
			class = flow->class[pk->dir & 1];
		if (class)
			return send_to_queue(skb, pk, p->queue, class);
	}
	return pass(skb, pk, p, flow);
}

#endif

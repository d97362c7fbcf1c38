/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/* count.h - counters of what passed and of what was dropped */
#ifndef VWB_COUNT_H
#define VWB_COUNT_H

INLINE void count_drop(__u32 account, __u32 reason)
{
	struct vwb_dropped *d = bpf_map_lookup_elem(&vw_dropped, &account);

	if (d && reason < VWB_DROPS)
		d->packets[reason]++;
}

INLINE int drop(const struct vwb_point *p, __u32 reason)
{
	count_drop(p->account, reason);
	return TC_ACT_SHOT;
}

/* What a frame is on the wire. */
struct size {
	__u32 packets, bytes;
};

#define GSO_BY_FRAGS	0xFFFF	/* its pieces have sizes of their own: SCTP */

/*
 * A GSO frame is sent as many packets, each with the headers again. Told apart here and not by
 * skb->wire_len, which is right on egress alone. The same sum as HTB charges.
 */
SEPARATE int measure_gso(struct __sk_buff *skb, struct packet *pk, struct size *s)
{
	__u32 header, len = skb->len, mss = skb->gso_size;
	__u8 words = 0;

	if (!pk || !s)
		return 0;
	parse_ip(skb, pk);
	if (pk->family == 0 || mss == 0)
		return 0;
	header = pk->l4 + 8;
	if (pk->proto == IPPROTO_TCP) {
		if (bpf_skb_load_bytes(skb, pk->l4 + 12, &words, 1) < 0)
			return 0;
		header = pk->l4 + (words >> 4) * 4;
	} else if (pk->proto == IPPROTO_SCTP) {
		header = pk->l4 + 12;
	}
	if (mss == GSO_BY_FRAGS)
		s->packets = skb->gso_segs ? skb->gso_segs : 1;
	else if (len > header + mss)
		s->packets = (len - header + mss - 1) / mss;
	s->bytes = len + (s->packets - 1) * header;
	return 0;
}

INLINE struct size measure(struct __sk_buff *skb, struct packet *pk)
{
	struct size s = { 1, skb->len };

	if (skb->gso_size)
		measure_gso(skb, pk, &s);
	return s;
}

INLINE void count(__u32 account, __u32 dir, struct size s)
{
	struct vwb_count *c = bpf_map_lookup_elem(&vw_counts, &account);

	if (!c)
		return;
	if (dir == VWB_OUT) {
		c->packets[VWB_OUT] += s.packets;
		c->bytes[VWB_OUT] += s.bytes;
	} else {
		c->packets[VWB_IN] += s.packets;
		c->bytes[VWB_IN] += s.bytes;
	}
}

#endif

/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/*
 * parse.h - what the programs know of a frame, and how they read it
 *
 * Headers are read with bpf_skb_load_bytes(): it copes with frames in pieces and fails beyond the
 * end. A frame is parsed as far as somebody asks: a link without protection and flows never looks
 * behind the Ethernet header.
 *
 * Functions marked SEPARATE are verified by the kernel once and alone, whatever their arguments, so
 * that the paths through them do not multiply. Pointers may be NULL there: they are tested.
 */
#ifndef VWB_PARSE_H
#define VWB_PARSE_H

#define INLINE		static __always_inline
#define SEPARATE	__noinline

#define ETHER_LEN	14
#define TYPE_IPV4	bpf_htons(0x0800)
#define TYPE_ARP	bpf_htons(0x0806)
#define TYPE_IPV6	bpf_htons(0x86DD)
#define TYPE_8021Q	bpf_htons(0x8100)
#define TYPE_8021AD	bpf_htons(0x88A8)
#define TYPE_QINQ	bpf_htons(0x9100)

#define PARSED		(1u << 0)	/* parse_ip() was here */
#define FRAGMENT	(1u << 1)	/* a piece of a datagram, or says so */
#define LATER		(1u << 2)	/* not its first piece: there is no transport header */
#define OPTIONS		(1u << 3)	/* IPv4 options */
#define BROKEN		(1u << 4)	/* IPv6 headers end early, or are too many */
#define ROUTED		(1u << 5)	/* IPv6 source routing, routing header of type 0 */
#define UNKNOWN		(1u << 6)	/* to classify(): protocol or ports cannot be told */

struct packet {
	__u32  ifindex;		/* of the policy point */
	__u32  dir;		/* enum vwb_dir */
	__u8   dst[6], src[6];	/* these three as on the wire, in one piece */
	__be16 outer;		/* type in the Ethernet header: a tag's, or as @type */
	__u16  l3;		/* where the network header begins */
	__be16 type;		/* network protocol, behind tags */
	__u16  l4;		/* where the transport header begins, unless LATER or BROKEN */
	__u8   family;		/* 4, 6; 0: no IP */
	__u8   proto;		/* IPPROTO_..., behind extension headers */
	__u8   tos;		/* or traffic class */
	__u8   flags;		/* PARSED ... */
	__u32  id;		/* of a fragmented datagram */
	__u8   saddr[16], daddr[16];	/* IPv4: the first four bytes */
};

typedef __u16 __attribute__((may_alias)) half;
typedef __u32 __attribute__((may_alias)) word;

INLINE bool same_mac(const void *a, const void *b)
{
	const half *x = a, *y = b;

	return x[0] == y[0] && x[1] == y[1] && x[2] == y[2];
}

INLINE void copy_mac(void *to, const void *from)
{
	half *x = to;
	const half *y = from;

	x[0] = y[0];
	x[1] = y[1];
	x[2] = y[2];
}

INLINE void copy_addr(void *to, const void *from)
{
	word *x = to;
	const word *y = from;

	x[0] = y[0];
	x[1] = y[1];
	x[2] = y[2];
	x[3] = y[3];
}

INLINE bool zero_addr(const void *addr)
{
	const word *x = addr;

	return (x[0] | x[1] | x[2] | x[3]) == 0;
}

INLINE bool is_tag(__be16 type)
{
	return type == TYPE_8021Q || type == TYPE_8021AD || type == TYPE_QINQ;
}

/* A VLAN tag is beside the frame (the NIC or the kernel took it out), or still in it. */
INLINE bool has_tag(const struct __sk_buff *skb, __be16 outer)
{
	return skb->vlan_present || is_tag(outer);
}

INLINE bool is_multicast(const __u8 mac[6])
{
	return mac[0] & 1;
}

/* 01:80:c2:00:00:0x: spanning tree, LACP, pause, LLDP: between neighbours, never forwarded. */
INLINE bool is_control(const __u8 mac[6])
{
	return mac[0] == 0x01 && mac[1] == 0x80 && mac[2] == 0xC2 && mac[3] == 0 && mac[4] == 0 &&
	       (mac[5] & 0xF0) == 0;
}

/* The one thing every frame costs: read in place where it is in one piece. */
INLINE int read_ether(struct __sk_buff *skb, struct packet *pk)
{
	const half *from = (const half *)(long)skb->data;
	half *to = (half *)pk->dst;
	int i;

	pk->flags = 0;
	pk->l3 = ETHER_LEN;
	if ((const void *)(from + ETHER_LEN / 2) > (const void *)(long)skb->data_end)
		return bpf_skb_load_bytes(skb, 0, pk->dst, ETHER_LEN);
	for (i = 0; i < ETHER_LEN / 2; i++)
		to[i] = from[i];
	return 0;
}

/* Bounded: eight headers are more than any honest packet has. */
INLINE void parse_extensions(struct __sk_buff *skb, struct packet *pk)
{
	struct { __u8 next, len; __be16 more; __be32 id; } h;	/* begin of each */
	int i;

	for (i = 0; i < 8; i++) {
		switch (pk->proto) {
		case IPPROTO_HOPOPTS:
		case IPPROTO_ROUTING:
		case IPPROTO_DSTOPTS:
		case IPPROTO_FRAGMENT:
		case IPPROTO_AH:
			break;
		default:
			return;
		}
		if (bpf_skb_load_bytes(skb, pk->l4, &h, sizeof(h)) < 0)
			break;
		if (pk->proto == IPPROTO_FRAGMENT) {
			pk->flags |= FRAGMENT;
			pk->id = h.id;
			pk->l4 += 8;
			pk->proto = h.next;
			if (h.more & bpf_htons(0xFFF8)) {
				pk->flags |= LATER;
				return;
			}
			continue;
		}
		if (pk->proto == IPPROTO_ROUTING && (h.more & bpf_htons(0xFF00)) == 0)
			pk->flags |= ROUTED;
		pk->l4 += pk->proto == IPPROTO_AH ? (h.len + 2) * 4 : (h.len + 1) * 8;
		pk->proto = h.next;
	}
	pk->flags |= BROKEN;
	pk->proto = IPPROTO_NONE;
}

INLINE void parse_ipv6(struct __sk_buff *skb, struct packet *pk)
{
	struct ipv6hdr h;

	if (bpf_skb_load_bytes(skb, pk->l3, &h, sizeof(h)) < 0 || h.version != 6)
		return;
	pk->family = 6;
	pk->tos = h.priority << 4 | h.flow_lbl[0] >> 4;
	pk->proto = h.nexthdr;
	pk->l4 = pk->l3 + sizeof(h);
	copy_addr(pk->saddr, &h.saddr);
	copy_addr(pk->daddr, &h.daddr);
	parse_extensions(skb, pk);
}

INLINE void parse_ipv4(struct __sk_buff *skb, struct packet *pk)
{
	struct iphdr h;

	if (bpf_skb_load_bytes(skb, pk->l3, &h, sizeof(h)) < 0 || h.version != 4 || h.ihl < 5)
		return;
	pk->family = 4;
	pk->tos = h.tos;
	pk->proto = h.protocol;
	pk->l4 = pk->l3 + h.ihl * 4;
	if (h.ihl > 5)
		pk->flags |= OPTIONS;
	if (h.frag_off & bpf_htons(0x3FFF))
		pk->flags |= FRAGMENT;
	if (h.frag_off & bpf_htons(0x1FFF))
		pk->flags |= LATER;
	pk->id = h.id;
	*(word *)pk->saddr = h.saddr;
	*(word *)pk->daddr = h.daddr;
}

/* Fills what follows @outer in @pk; family 0: no IP, or not all of its header. Up to two tags are
 * looked through: a plain device may have them. */
SEPARATE int parse_ip(struct __sk_buff *skb, struct packet *pk)
{
	struct { __be16 tci, type; } tag;
	int i;

	if (!pk || pk->flags & PARSED)
		return 0;
	pk->flags |= PARSED;
	pk->family = 0;
	pk->type = pk->outer;
	for (i = 0; i < 2 && is_tag(pk->type); i++) {
		if (bpf_skb_load_bytes(skb, pk->l3, &tag, sizeof(tag)) < 0)
			return 0;
		pk->l3 += sizeof(tag);
		pk->type = tag.type;
	}
	if (pk->type == TYPE_IPV4)
		parse_ipv4(skb, pk);
	else if (pk->type == TYPE_IPV6)
		parse_ipv6(skb, pk);
	return 0;
}

#endif

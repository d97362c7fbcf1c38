/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/*
 * dhcp.h - link protection: a DHCP client speaks for itself alone, and nobody is a server
 *
 * Clients take answers from any port, so what goes to a client's port is dropped as well as what
 * comes from a server's. Messages in fragments are dropped: a later piece could change the first.
 */
#ifndef VWB_DHCP_H
#define VWB_DHCP_H

struct udp {
	__be16 source, dest, len, sum;
};

struct dhcp_walk {
	struct __sk_buff *skb;
	const struct packet *pk;
	const struct vwb_point *p;
	__u32 at;
	__u32 ids;		/* client ids seen */
	__u32 bad;
};

INLINE bool listed_cid(const struct dhcp_walk *w, __u32 at, __u32 len)
{
	struct vwb_cid key = { .ifindex = w->pk->ifindex, .family = w->pk->family, .len = len };

	/* In this form the verifier of 6.1 sees that it is 1 to VWB_CID_MAX. */
	len--;
	barrier_var(len);
	if (len >= VWB_CID_MAX)
		return false;
	if (bpf_skb_load_bytes(w->skb, at, key.id, len + 1) < 0)
		return false;
	return bpf_map_lookup_elem(&vw_cids, &key);
}

/* Hardware type and address (RFC 2132, 9.14), or listed. */
static __noinline bool own_cid(const struct dhcp_walk *w, __u32 at, __u32 len)
{
	struct { __u8 pad, type, mac[6]; } id;

	if (len == 7 && bpf_skb_load_bytes(w->skb, at, &id.type, 7) == 0 && id.type == 1 &&
	    owns_mac(w->pk, w->p, id.mac))
		return true;
	return listed_cid(w, at, len);
}

static long dhcp4_option(__u32 i, void *arg)
{
	struct dhcp_walk *w = arg;
	struct { __u8 type, len; } o;

	if (bpf_skb_load_bytes(w->skb, w->at, &o.type, 1) < 0 || o.type == 255)
		return 1;
	if (o.type == 0) {
		w->at++;
		return 0;
	}
	if (bpf_skb_load_bytes(w->skb, w->at, &o, sizeof(o)) < 0)
		return 1;
	/* 52: more options elsewhere; 61: a second piece of the id would be joined to the first */
	if (o.type == 52 ||
	    (o.type == 61 && (w->ids++ || !own_cid(w, w->at + 2, o.len)))) {
		w->bad = 1;
		return 1;
	}
	w->at += 2 + o.len;
	return 0;
}

static __noinline int check_dhcp4(struct __sk_buff *skb, const struct packet *pk,
				  const struct vwb_point *p)
{
	struct dhcp_walk w = { skb, pk, p, pk->l4 + 8 + 240, 0, 0 };
	struct { __u8 op, htype, hlen, hops; } head;
	struct { __u8 mac[6], pad[2]; } chaddr;
	__be32 cookie;
	struct udp udp;

	if (bpf_skb_load_bytes(skb, pk->l4, &udp, sizeof(udp)) < 0)
		return BECAUSE(VWB_DROP_DHCP);
	if (udp.source == bpf_htons(67) || udp.dest == bpf_htons(68))
		return BECAUSE(VWB_DROP_DHCP);
	if (udp.dest != bpf_htons(67))
		return 0;
	if (pk->flags & FRAGMENT ||
	    bpf_skb_load_bytes(skb, pk->l4 + 8, &head, sizeof(head)) < 0 ||
	    head.op != 1 || head.htype != 1 || head.hlen != 6 ||
	    bpf_skb_load_bytes(skb, pk->l4 + 8 + 28, chaddr.mac, 6) < 0 ||
	    !owns_mac(pk, p, chaddr.mac))
		return BECAUSE(VWB_DROP_DHCP);
	if (bpf_skb_load_bytes(skb, pk->l4 + 8 + 236, &cookie, sizeof(cookie)) < 0 ||
	    cookie != bpf_htonl(0x63825363))
		return 0;	/* BOOTP has no options */
	/* An Ethernet frame can be padded this long; what goes on longer is not read. */
	if (bpf_loop(1500, dhcp4_option, &w, 0) == 1500 || w.bad)
		return BECAUSE(VWB_DROP_DHCP);
	return 0;
}

/* DUID of the link-layer address with (1) or without (3) time (RFC 8415, 11), or listed. */
static __noinline bool own_duid(const struct dhcp_walk *w, __u32 at, __u32 len)
{
	struct { __be16 type, hardware; } duid;
	struct { __u8 mac[6], pad[2]; } id;
	__u32 skip = 0;

	if (bpf_skb_load_bytes(w->skb, at, &duid, sizeof(duid)) < 0)
		return false;
	if (duid.type == bpf_htons(3) && len == 10)
		skip = 4;
	else if (duid.type == bpf_htons(1) && len == 14)
		skip = 8;
	if (skip && duid.hardware == bpf_htons(1) &&
	    bpf_skb_load_bytes(w->skb, at + skip, id.mac, 6) == 0 && owns_mac(w->pk, w->p, id.mac))
		return true;
	return listed_cid(w, at, len);
}

static long dhcp6_option(__u32 i, void *arg)
{
	struct dhcp_walk *w = arg;
	struct { __be16 type, len; } o;

	if (bpf_skb_load_bytes(w->skb, w->at, &o, sizeof(o)) < 0)
		return 1;
	if (o.type == bpf_htons(1) && !own_duid(w, w->at + 4, bpf_ntohs(o.len))) {
		w->bad = 1;
		return 1;
	}
	w->at += 4 + bpf_ntohs(o.len);
	return 0;
}

/* SOLICIT, REQUEST, CONFIRM, RENEW, REBIND, RELEASE, DECLINE, INFORMATION-REQUEST. What relays
 * and servers say would carry the id of another. */
#define DHCP6_CLIENT	(1u << 1 | 1u << 3 | 1u << 4 | 1u << 5 | 1u << 6 | 1u << 8 | 1u << 9 | \
			 1u << 11)

static __noinline int check_dhcp6(struct __sk_buff *skb, const struct packet *pk,
				  const struct vwb_point *p)
{
	struct dhcp_walk w = { skb, pk, p, pk->l4 + 8 + 4, 0, 0 };
	struct udp udp;
	__u8 type;

	if (bpf_skb_load_bytes(skb, pk->l4, &udp, sizeof(udp)) < 0)
		return BECAUSE(VWB_DROP_DHCP);
	if (udp.source == bpf_htons(547) || udp.dest == bpf_htons(546))
		return BECAUSE(VWB_DROP_DHCP);
	if (udp.dest != bpf_htons(547))
		return 0;
	if (pk->flags & FRAGMENT || bpf_skb_load_bytes(skb, pk->l4 + 8, &type, 1) < 0 ||
	    type > 31 || !(DHCP6_CLIENT & 1u << type))
		return BECAUSE(VWB_DROP_DHCP);
	if (bpf_loop(128, dhcp6_option, &w, 0) == 128 || w.bad)
		return BECAUSE(VWB_DROP_DHCP);
	return 0;
}

#endif

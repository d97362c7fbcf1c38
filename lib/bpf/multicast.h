/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/*
 * multicast.h - which port gets which multicast frame
 *
 * A port gets the groups it joined. What it joined is learnt from its own reports (IGMP v1 to v3,
 * MLD v1 and v2): no querier is needed. Groups that are never reported, or whose loss breaks IPv6,
 * go to every port.
 */
#ifndef VWB_MULTICAST_H
#define VWB_MULTICAST_H

INLINE bool is_ipv4_group(const __u8 mac[6])
{
	return mac[0] == 0x01 && mac[1] == 0x00 && mac[2] == 0x5E;
}

INLINE bool is_ipv6_group(const __u8 mac[6])
{
	return mac[0] == 0x33 && mac[1] == 0x33;
}

/* Broadcast, 224.0.0.x, all nodes, solicited nodes, and all that is not IP. */
INLINE bool is_for_everyone(const __u8 mac[6])
{
	if (is_ipv4_group(mac))
		return mac[3] == 0 && mac[4] == 0;
	if (is_ipv6_group(mac))
		return mac[2] == 0xFF ||
		       (mac[2] == 0 && mac[3] == 0 && mac[4] == 0 && mac[5] == 1);
	return true;
}

struct report_walk {
	struct __sk_buff *skb;
	struct vwb_point *p;
	__u32 ifindex;
	__u32 at;
};

INLINE void take_all(struct vwb_point *p)
{
	__sync_fetch_and_or(&p->flags, VWB_ALLMULTI);
}

static __noinline int join(struct vwb_point *p, const struct vwb_joined_key *key, __u32 bit)
{
	__u32 *known = bpf_map_lookup_elem(&vw_joined, key);

	if (known) {
		__sync_fetch_and_or(known, bit);
		return 0;
	}
	if (p->ngroups >= VWB_JOINED_MAX ||
	    bpf_map_update_elem(&vw_joined, key, &bit, BPF_NOEXIST) < 0) {
		take_all(p);
		return 0;
	}
	__sync_fetch_and_add(&p->ngroups, 1);
	return 0;
}

static __noinline int leave(struct vwb_point *p, const struct vwb_joined_key *key, __u32 bit)
{
	__u32 *known = bpf_map_lookup_elem(&vw_joined, key);

	if (!known)
		return 0;
	if ((__sync_fetch_and_and(known, ~bit) & ~bit) == 0 &&
	    bpf_map_delete_elem(&vw_joined, key) == 0 && p->ngroups > 0)
		__sync_fetch_and_add(&p->ngroups, -1);
	return 0;
}

INLINE void learn_mac(const struct report_walk *w, struct vwb_joined_key *key, __u32 bit,
		      bool joins)
{
	if (is_for_everyone(key->mac))
		return;
	key->ifindex = w->ifindex;
	if (joins)
		join(w->p, key, bit);
	else
		leave(w->p, key, bit);
}

/* Of 28 bits 23 are in the MAC (RFC 1112, 6.4): the other five number the bit. */
INLINE void learn_ipv4(const struct report_walk *w, const __u8 *group, bool joins)
{
	struct vwb_joined_key key = {
		.mac = { 0x01, 0x00, 0x5E, group[1] & 0x7F, group[2], group[3] }
	};

	if ((group[0] & 0xF0) == 0xE0)
		learn_mac(w, &key, 1u << ((group[0] & 15) << 1 | group[1] >> 7), joins);
}

/* Of 112 bits 32 are in the MAC (RFC 2464, 7): a sum of the others numbers the bit. */
INLINE void learn_ipv6(const struct report_walk *w, const __u8 *group, bool joins)
{
	struct vwb_joined_key key = {
		.mac = { 0x33, 0x33, group[12], group[13], group[14], group[15] }
	};
	const word *g = (const word *)group;
	__u32 sum = g[0] ^ g[1] ^ g[2];

	sum ^= sum >> 16;
	sum ^= sum >> 8;
	sum ^= sum >> 5;
	if (group[0] == 0xFF)
		learn_mac(w, &key, 1u << (sum & 31), joins);
}

/* What a record of IGMPv3 or MLDv2 says: kinds 1 and 3 list the senders wanted, 2 and 4 the senders
 * not wanted, 5 adds senders. */
INLINE bool is_join(__u8 kind, __be16 senders)
{
	return kind == 2 || kind == 4 || kind == 5 || ((kind == 1 || kind == 3) && senders != 0);
}

INLINE bool is_leave(__u8 kind, __be16 senders)
{
	return (kind == 1 || kind == 3) && senders == 0;
}

static long igmp3_record(__u32 i, void *arg)
{
	struct report_walk *w = arg;
	struct { __u8 kind, more; __be16 senders; __u8 group[4]; } r;

	if (bpf_skb_load_bytes(w->skb, w->at, &r, sizeof(r)) < 0)
		return 1;
	if (is_join(r.kind, r.senders) || is_leave(r.kind, r.senders))
		learn_ipv4(w, r.group, is_join(r.kind, r.senders));
	w->at += sizeof(r) + bpf_ntohs(r.senders) * 4 + r.more * 4;
	return 0;
}

static long mld2_record(__u32 i, void *arg)
{
	struct report_walk *w = arg;
	struct { __u8 kind, more; __be16 senders; __u8 group[16]; }
		__attribute__((aligned(4))) r;

	if (bpf_skb_load_bytes(w->skb, w->at, &r, sizeof(r)) < 0)
		return 1;
	if (is_join(r.kind, r.senders) || is_leave(r.kind, r.senders))
		learn_ipv6(w, r.group, is_join(r.kind, r.senders));
	w->at += sizeof(r) + bpf_ntohs(r.senders) * 16 + r.more * 4;
	return 0;
}

#define RECORDS_MAX	512	/* more than a frame of 4 kB holds */

INLINE void learn_igmp(struct report_walk *w)
{
	struct { __u8 type, code; __be16 sum; __u8 group[4]; } m;

	if (bpf_skb_load_bytes(w->skb, w->at, &m, sizeof(m)) < 0)
		return;
	if (m.type == 0x12 || m.type == 0x16 || m.type == 0x17) {
		learn_ipv4(w, m.group, m.type != 0x17);
	} else if (m.type == 0x22) {
		__u32 n = m.group[2] << 8 | m.group[3];

		w->at += sizeof(m);
		if (n > RECORDS_MAX)
			take_all(w->p);
		bpf_loop(n > RECORDS_MAX ? RECORDS_MAX : n, igmp3_record, w, 0);
	}
}

INLINE void learn_mld(struct report_walk *w)
{
	struct { __u8 type, code; __be16 sum, delay, records; __u8 group[16]; }
		__attribute__((aligned(4))) m;

	if (bpf_skb_load_bytes(w->skb, w->at, &m, 8) < 0)
		return;
	if (m.type == MLD_REPORT || m.type == MLD_DONE) {
		if (bpf_skb_load_bytes(w->skb, w->at, &m, sizeof(m)) == 0)
			learn_ipv6(w, m.group, m.type == MLD_REPORT);
	} else if (m.type == MLD2_REPORT) {
		__u32 n = bpf_ntohs(m.records);

		w->at += 8;
		if (n > RECORDS_MAX)
			take_all(w->p);
		bpf_loop(n > RECORDS_MAX ? RECORDS_MAX : n, mld2_record, w, 0);
	}
}

/* See whether what the port sends, a multicast frame, is a report. */
static __noinline int learn(struct __sk_buff *skb, struct packet *pk, struct vwb_point *p)
{
	struct report_walk w = { skb, p, pk->ifindex, 0 };

	if (p->flags & VWB_ALLMULTI || !(is_ipv4_group(pk->dst) || is_ipv6_group(pk->dst)))
		return 0;
	parse_ip(skb, pk);
	if (pk->flags & (FRAGMENT | BROKEN))
		return 0;
	w.at = pk->l4;
	if (pk->family == 4 && pk->proto == IPPROTO_IGMP)
		learn_igmp(&w);
	else if (pk->family == 6 && pk->proto == IPPROTO_ICMPV6)
		learn_mld(&w);
	return 0;
}

#endif

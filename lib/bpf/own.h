/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/* own.h - link protection: the addresses a link may call its own */
#ifndef VWB_OWN_H
#define VWB_OWN_H

/* Checks answer 0: nothing against it, or the reason to drop plus one. */
#define BECAUSE(reason)	((reason) + 1)

#define PROTECT_ANY	(VWB_PROTECT_MAC | VWB_PROTECT_IP | VWB_PROTECT_DHCP)

/* The link's own address, or one of its secondary-macs. */
INLINE bool owns_mac(const struct packet *pk, const struct vwb_point *p, const __u8 *mac)
{
	struct vwb_fdb_key key = { .sw = p->sw, .vid = p->vid };
	struct vwb_fdb *entry;

	if (same_mac(mac, p->mac))
		return true;
	if (!p->sw)
		return false;
	copy_mac(key.mac, mac);
	entry = bpf_map_lookup_elem(&vw_fdb, &key);
	return entry && entry->ifindex == pk->ifindex;
}

INLINE bool allows_ipv4(const struct packet *pk, __be32 addr)
{
	struct vwb_allowed key = { 64 + 32, pk->ifindex, 4, {} };

	*(word *)key.addr = addr;
	return bpf_map_lookup_elem(&vw_allowed, &key);
}

/* fe80::/64 and the interface identifier made of the MAC (RFC 4291, appendix A). */
INLINE bool is_own_link_local(const struct vwb_point *p, const __u8 *a)
{
	const word *w = (const word *)a;

	return w[0] == bpf_htonl(0xFE800000) && w[1] == 0 &&
	       a[8] == (p->mac[0] ^ 2) && a[9] == p->mac[1] && a[10] == p->mac[2] &&
	       a[11] == 0xFF && a[12] == 0xFE &&
	       a[13] == p->mac[3] && a[14] == p->mac[4] && a[15] == p->mac[5];
}

INLINE bool allows_ipv6(const struct packet *pk, const struct vwb_point *p, const __u8 *addr)
{
	struct vwb_allowed key = { 64 + 128, pk->ifindex, 6, {} };

	if (is_own_link_local(p, addr))
		return true;
	copy_addr(key.addr, addr);
	return bpf_map_lookup_elem(&vw_allowed, &key);
}

#endif

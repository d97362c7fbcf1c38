/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* drops.h - why the host takes frames away from a link: the one list of reasons, a row for each */
#ifndef CLI_DROPS_H
#define CLI_DROPS_H

#include <vwire/link.h>

/*
 * Member of struct vw_link_drops, its name in dlstat -a, its column in dladm and the width of that,
 * its column in dlstat, what it means.
 */
#define CLI_DROPS(X)									\
	X(limit, "limit", "LIMIT", 8, "LIMIT", "beyond maxbw: its queue was full")	\
	X(blocked, "blocked", "BLOCKED", 8, "BLOCKED", "maxbw=0, or action=drop of a flow")	\
	X(tagged, "tagged", "TAGGED", 7, "TAGGED", "VLAN tag from or to a guarded link")	\
	X(mac, "macspoofed", "MAC", 7, "MAC", "mac-nospoof: source address of another")	\
	X(ip, "ipspoofed", "IP", 7, "IP", "ip-nospoof: source not in allowed-ips")	\
	X(arp, "arpspoofed", "ARP", 7, "ARP", "ip-nospoof: ARP for such an address")	\
	X(nd, "ndspoofed", "ND", 7, "ND",						\
	  "ip-nospoof: neighbour discovery, router advertisements")			\
	X(dhcp, "dhcpspoofed", "DHCP", 7, "DHCP",					\
	  "dhcp-nospoof: another's identity, or a server")				\
	X(restricted, "restricted", "RESTRICTED", 11, "RESTR",				\
	  "restricted: neither IP nor ARP")						\
	X(control, "control", "CONTROL", 8, "CTRL",					\
	  "spanning tree, LACP or pause from a guarded link")				\
	X(other, "other", "OTHER", 7, "OTHER", "malformed, or nowhere to go")

#define CLI_DROP_ADD(member, ...) + 1
_Static_assert(sizeof(struct vw_link_drops) == (0 CLI_DROPS(CLI_DROP_ADD)) * sizeof(uint64_t),
	       "CLI_DROPS has a row for each member of struct vw_link_drops");
#undef CLI_DROP_ADD

static inline uint64_t cli_drops_sum(const struct vw_link_drops *d)
{
#define CLI_DROP_ADD(member, ...) + d->member
	return 0 CLI_DROPS(CLI_DROP_ADD);
#undef CLI_DROP_ADD
}

#endif

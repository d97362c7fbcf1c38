/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/*
 * shared.h - what the eBPF programs and the library say to each other through maps
 *
 * Three programs: vw_in and vw_out on the clsact ingress and egress of every policy point, and
 * vw_queue on the far end of a queue pair. A policy point is the device where all of a link's
 * traffic is in the host's hands: the port end of a veth (reversed: what enters there is what
 * the link sends), or the device itself.
 *
 * Sizes and offsets are fixed: members are ordered so that no padding arises. IPv4 addresses take
 * the first four bytes of an address, the rest is zero. All of it in network byte order where it
 * is that in the packet.
 */
#ifndef VWB_SHARED_H
#define VWB_SHARED_H

#ifndef __bpf__
#include <stdint.h>
#include <linux/types.h>
#endif

#define VWB_VERSION	1	/* of everything here; programs and maps of another are replaced */

enum vwb_dir { VWB_OUT = 0, VWB_IN = 1 };	/* seen from the link's owner */

/* -- points: key __u32 ifindex ------------------------------------------------------------------
 * Hooks come after their point and go before it: a frame at a hook without point is dropped. */
#define VWB_REVERSED	(1u << 0)	/* a port end: its ingress is the link's OUT */
#define VWB_STRICT	(1u << 1)	/* its owner is not trusted: no VLAN tags from or to it */
#define VWB_PORT	(1u << 2)	/* port of a switch made here (sw is its uplink) */
#define VWB_UPLINK	(1u << 3)	/* the NIC of a switch made here (sw is itself) */
#define VWB_BLOCK	(1u << 4)	/* maxbw=0: drop all that is the link's */
#define VWB_FLOWS	(1u << 5)	/* kinds is not 0 */
#define VWB_ALLMULTI	(1u << 6)	/* gets every multicast frame of its switch and VID */
#define VWB_PEER	(1u << 7)	/* PORT: the veth's other end is in another namespace */

#define VWB_PROTECT_MAC		(1u << 0)
#define VWB_PROTECT_IP		(1u << 1)
#define VWB_PROTECT_DHCP	(1u << 2)
#define VWB_PROTECT_RESTRICTED	(1u << 3)

/* Kinds of flows; bits of vwb_point.kinds are 1 << kind. */
enum vwb_kind {
	VWB_LOCAL_IP = 0,	/* map flow_addrs */
	VWB_REMOTE_IP,		/* map flow_addrs */
	VWB_TRANSPORT,		/* map flow_keys: proto */
	VWB_LOCAL_PORT,		/* map flow_keys: proto, port */
	VWB_REMOTE_PORT,	/* map flow_keys: proto, port */
	VWB_DSFIELD,		/* map flow_keys: ds, mask */
	VWB_KINDS
};
#define VWB_DS_MASKS	8	/* different masks of dsfield flows on one link */

struct vwb_point {
	__u32 account;		/* counters of the link; an UPLINK without policy counts nothing */
	__u32 flags;		/* VWB_... */
	__u32 sw;		/* PORT, UPLINK: ifindex of the uplink; else master bridge or 0 */
	__u32 queue;		/* ifindex to send to for waiting; 0: nothing of this link waits */
	__u32 class[2];		/* HTB class (skb->priority) by direction; 0: does not wait */
	__u32 next;		/* PORT: ifindex of the next member of its group; 0: the last */
	__u16 vid;		/* PORT: its VLAN; 0: untagged */
	__u16 protect;		/* VWB_PROTECT_... */
	__u8  mac[6];		/* the link's address */
	__u8  kinds;
	__u8  nmasks;
	__u8  masks[VWB_DS_MASKS];
	__u32 ngroups;		/* multicast groups learnt; the programs count, see map joined */
	__u32 node;		/* minor of the link's inner HTB class; 0: none (for the library) */
};

/* -- switch: fdb, groups, joined ---------------------------------------------------------------- */
struct vwb_fdb_key {
	__u32 sw;		/* as in vwb_point */
	__u16 vid;
	__u8  mac[6];
};
#define VWB_FDB_HOST	(1u << 0)	/* the uplink's own address: its stack */
#define VWB_FDB_ABOVE	(1u << 1)	/* behind the uplink's stack, with a policy point of its own
					   or none: a macvlan or VLAN device of the host */
#define VWB_FDB_HELD	(1u << 2)	/* with ABOVE: it waits by hooks of its own */
struct vwb_fdb {
	__u32 ifindex;		/* the port; 0 with VWB_FDB_... */
	__u32 flags;
};
/* Also holds further source addresses a link may use (secondary-macs): the value is its point. */

struct vwb_group_key { __u32 sw; __u32 vid; };	/* value: __u32 ifindex of the first member */

/* Multicast groups that a port joined (IGMP, MLD reports seen from it). Value: __u32, a bit for each
 * of the group addresses with this MAC (several for IPv6), so that leaving one keeps the others. */
struct vwb_joined_key {
	__u32 ifindex;
	__u8  mac[6];
	__u16 pad;
};
#define VWB_JOINED_MAX	256	/* groups of one port; one more makes it VWB_ALLMULTI */

/* -- flows ----------------------------------------------------------------------------------------- */
struct vwb_flow_addr {		/* LPM trie: prefixlen = 64 + bits of the address */
	__u32 prefixlen;
	__u32 ifindex;		/* point */
	__u8  kind;		/* VWB_LOCAL_IP, VWB_REMOTE_IP */
	__u8  family;		/* 4, 6 */
	__u16 pad;
	__u8  addr[16];
};
struct vwb_flow_key {		/* hash; members a kind does not use are 0 */
	__u32 ifindex;
	__u8  kind;
	__u8  proto;
	__u8  ds, mask;
	__u16 port;		/* network byte order */
	__u16 pad;
};
#define VWB_FLOW_DROP	(1u << 0)	/* action=drop, or maxbw=0 */
#define VWB_FLOW_DSCP	(1u << 1)	/* write @dscp into what passes */
struct vwb_flow {
	__u32 account;
	__u32 flags;
	__u32 class[2];		/* 0: that of the link */
	__u16 node;		/* minor of the flow's inner HTB class; 0: none (for the library) */
	__u8  dscp;		/* 0 to 63 */
	__u8  pad[5];
};

/* -- protection ------------------------------------------------------------------------------------ */
struct vwb_allowed {		/* LPM trie: prefixlen = 64 + bits; value __u8 1 */
	__u32 prefixlen;
	__u32 ifindex;
	__u32 family;
	__u8  addr[16];
};
#define VWB_CID_MAX	64
struct vwb_cid {		/* hash; value __u8 1: a DHCP client id or DHCPv6 DUID */
	__u32 ifindex;
	__u8  family;		/* 4, 6 */
	__u8  len;
	__u16 pad;
	__u8  id[VWB_CID_MAX];	/* rest zero */
};

/* -- counters: per CPU ------------------------------------------------------------------------------- */
struct vwb_count {		/* hash by account: of links and of flows; what passed */
	__u64 packets[2], bytes[2];	/* by direction; packets of a GSO frame count each */
};
enum vwb_drop {
	VWB_DROP_TAGGED = 0,	/* a VLAN tag */
	VWB_DROP_MAC,		/* source address */
	VWB_DROP_IP,		/* IPv4 or IPv6 source; source routing */
	VWB_DROP_ARP,
	VWB_DROP_ND,		/* neighbour discovery, router advertisements, redirects */
	VWB_DROP_DHCP,
	VWB_DROP_RESTRICTED,	/* neither IP nor ARP */
	VWB_DROP_BLOCKED,	/* maxbw=0 or action=drop, of the link or one of its flows */
	VWB_DROP_CONTROL,	/* 01:80:c2:00:00:0x from a guest */
	VWB_DROP_OTHER,		/* too short, too long, malformed */
	VWB_DROPS
};
struct vwb_dropped {		/* hash by account of the link, and of flows with BLOCKED */
	__u64 packets[VWB_DROPS];
};

/* -- skb->mark between a queue pair's two ends ---------------------------------------------------------
 * Set just before a frame goes to the queue or to the uplink and cleared when it comes back. No
 * guest can set it: veth clears it between namespaces. A macvlan does not, so that root in a zone
 * with a direct VNIC can send past the limit of its NIC: nothing else tells its frames and those
 * that waited apart. */
#define VWB_MARK_STAGE	0xFF000000u
#define VWB_MARK_INDEX	0x00FFFFFFu
#define VWB_MARK_OUT	0x76000000u	/* has waited; what the link at INDEX sends */
#define VWB_MARK_IN	0x77000000u	/* has waited; what it is sent */
#define VWB_MARK_WIRE	0x78000000u	/* passes the uplink INDEX, out or up, for a port: no policy */

/* -- conf: array of one; read and written by the library, bound to the programs ------------------------ */
enum vwb_prog { VWB_PROG_IN = 0, VWB_PROG_OUT, VWB_PROG_QUEUE, VWB_PROGS };
enum vwb_map {
	VWB_MAP_CONF = 0, VWB_MAP_POINTS, VWB_MAP_FDB, VWB_MAP_GROUPS, VWB_MAP_JOINED,
	VWB_MAP_FLOW_ADDRS, VWB_MAP_FLOW_KEYS, VWB_MAP_FRAGS, VWB_MAP_ALLOWED, VWB_MAP_CIDS,
	VWB_MAP_COUNTS, VWB_MAP_DROPPED, VWB_MAP_MINORS, VWB_MAPS
};
/* Names in the object, in that order: "vw_conf", "vw_points" ... (at most 15 bytes). */
#define VWB_MAP_NAMES { "vw_conf", "vw_points", "vw_fdb", "vw_groups", "vw_joined", \
	"vw_flow_addrs", "vw_flow_keys", "vw_frags", "vw_allowed", "vw_cids", "vw_counts", \
	"vw_dropped", "vw_minors" }
#define VWB_PROG_NAMES { "vw_in", "vw_out", "vw_queue" }

struct vwb_conf {
	__u32 version;		/* VWB_VERSION; 0: being made */
	__u32 next_account;
	__u64 netns;		/* cookie of the namespace these maps belong to (SO_NETNS_COOKIE) */
	__u32 maps[16];		/* ids */
	__u32 progs[4];		/* ids; a program that nothing holds is gone and loaded anew */
};

/* HTB minors in use on a queue device: hash by its ifindex. For the library alone. */
struct vwb_minors { __u8 used[8192]; };

#endif

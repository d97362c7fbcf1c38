/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * kernel.h - the Linux kernel as libvwire sees it: links, batches of changes, namespaces,
 * ethtool. Linux words only: no etherstub, no zone. Every int returned is VW_OK or a negative
 * enum vw_status with the error record told (vwc_why: what the kernel said, errno and extack).
 */
#ifndef VWK_KERNEL_H
#define VWK_KERNEL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/core.h"
#include "util/util.h"

/* -- nl.c: a socket of NETLINK_ROUTE in one namespace ----------------------------------------- */
struct vwk_nl;
/* @nsfd: namespace to open it in, through a short-lived thread, never by setns in the caller's;
 * -1: the caller's own. Extended acks, strict checking and sequence checks are on. */
int vwk_nl_open(struct vw_handle *h, int nsfd, struct vwk_nl **out);
/* The same for @n namespaces with one thread; all or none. */
int vwk_nl_open_many(struct vw_handle *h, const int *nsfds, size_t n, struct vwk_nl **out);
void vwk_nl_close(struct vwk_nl *nl);
int64_t vwk_now_ms(void);	/* of a clock that nobody sets */
int vwk_nl_fd(const struct vwk_nl *nl);	/* also good for SIOC... ioctls in that namespace */

/* -- ns.c: network namespaces ------------------------------------------------------------------ */
struct vwk_ns_id { dev_t dev; ino_t ino; };
/* /run/netns/NAME, or an absolute path, or a pid; VW_ERR_NOTFOUND when there is none. */
int vwk_ns_open(struct vw_handle *h, const char *zone, int *fd, struct vwk_ns_id *id);
int vwk_ns_self(struct vw_handle *h, int *fd, struct vwk_ns_id *id);
/* A new, empty namespace that lives as long as *@fd is open; a short-lived thread makes it. */
int vwk_ns_new(struct vw_handle *h, int *fd);
/* Is it, the caller's, the namespace of process 1? false when that cannot be known. */
bool vwk_ns_is_init(const struct vwk_ns_id *id);

/* -- link.c: what is there ---------------------------------------------------------------------- */
enum vwk_kind {
	VWK_NONE = 0,	/* no IFLA_INFO_KIND: hardware, or loopback */
	VWK_OTHER,	/* a kind not listed here; its text is in kind_name */
	VWK_BRIDGE, VWK_VETH, VWK_MACVLAN, VWK_VLAN, VWK_BOND, VWK_DUMMY, VWK_TUN, VWK_VXLAN,
	VWK_IPIP, VWK_IP6TNL, VWK_SIT
};
const char *vwk_kind_name(enum vwk_kind kind);	/* "bridge" ...; "" for NONE and OTHER */

struct vwk_bridge {		/* IFLA_BR_...: times in USER_HZ (1/100 s) as the kernel has them */
	uint32_t forward_delay, hello_time, max_age, stp_state, root_cost, tc_timer;
	uint16_t priority, root_port;
	uint8_t	 tc, tcd, vlan_filtering, mcast_snooping, mcast_querier;
	uint8_t	 root_id[8], bridge_id[8];
};
struct vwk_bond {		/* IFLA_BOND_... */
	uint8_t	 mode;		/* 2 balance-xor, 4 802.3ad */
	uint8_t	 xmit_policy;	/* 0 layer2, 1 layer3+4, 2 layer2+3 */
	uint8_t	 lacp_rate;	/* 0 slow, 1 fast */
	uint8_t	 lacp_active;	/* 1 active, 0 passive; kernels before 5.16 are always active */
	uint32_t miimon;
};
struct vwk_tunnel {
	uint8_t	 local[16], remote[16];	/* 4 bytes used for IPv4 */
	uint8_t	 ttl, encap_limit, flags_ignore_encap, pmtudisc;
};
struct vwk_brport {		/* IFLA_BRPORT_... */
	uint8_t	 state, learning, flood, mcast_flood, bcast_flood, guard, isolated, tc_ack;
	uint8_t	 locked;	/* takes frames only from addresses set on it; 5.18 and later */
	uint16_t priority, port_no, designated_port;
	uint32_t cost;
	uint16_t designated_cost;
	uint8_t	 root_id[8], bridge_id[8];
};
struct vwk_bondport {		/* IFLA_BOND_SLAVE_... */
	uint8_t	 state;		/* 0 active, 1 backup */
	uint8_t	 mii_up;
	uint8_t	 perm_mac[6];
	uint8_t	 has_lacp;
	uint8_t	 actor_state, partner_state;	/* IEEE 802.1AX state bits */
};
struct vwk_stats {
	uint64_t rx_packets, rx_bytes, rx_errors, rx_dropped;
	uint64_t tx_packets, tx_bytes, tx_errors, tx_dropped, multicast;
};

struct vwk_link {
	int		 ifindex;
	char		 name[VWU_IFNAME];
	char		*altname;	/* first IFLA_ALT_IFNAME; NULL: none */
	char		*alias;		/* IFLA_IFALIAS; NULL: none */
	uint8_t		 kind;		/* enum vwk_kind */
	uint8_t		 port_kind;	/* kind of the master this is a port of (BRIDGE, BOND, OTHER) */
	uint8_t		 operstate;	/* IF_OPER_... */
	uint8_t		 addrgen;	/* IN6_ADDR_GEN_MODE_...; 255: no IPv6 */
	uint8_t		 mac_len;	/* 6: @mac is valid */
	uint8_t		 mac[6], perm_mac[6];
	bool		 has_perm_mac;
	uint16_t	 type;		/* ARPHRD_... */
	uint32_t	 flags;		/* IFF_... */
	uint32_t	 mtu, min_mtu, max_mtu;
	uint32_t	 group, txqlen;
	uint32_t	 rx_queues, tx_queues;
	int		 lower;		/* IFLA_LINK: device below, or peer of a veth; 0: none */
	int		 lower_nsid;	/* -1: @lower is in the same namespace */
	int		 master;	/* 0: none */
	char		 kind_name[VWU_IFNAME];
	union {
		struct vwk_bridge bridge;
		struct vwk_bond	  bond;
		struct vwk_tunnel tunnel;
		struct { uint16_t vid, proto; } vlan;
		struct { uint32_t mode; } macvlan;
	} u;
	union {
		struct vwk_brport   br;
		struct vwk_bondport bond;
	} port;
	struct vwk_stats stats;		/* with VWK_DUMP_STATS */
};
void vwk_link_clear(struct vwk_link *l);	/* frees altname and alias */

struct vwk_links {
	struct vwk_link	*v;
	size_t		 n;
};
#define VWK_DUMP_STATS	(1u << 0)
/* Every link of the socket's namespace; interrupted dumps are repeated up to 10 times. */
int vwk_link_dump(struct vw_handle *h, struct vwk_nl *nl, unsigned flags, struct vwk_links *out);
/* Links whose master is @master: for counting the ports of a bridge. */
int vwk_link_dump_ports(struct vw_handle *h, struct vwk_nl *nl, int master, struct vwk_links *out);
void vwk_links_free(struct vwk_links *l);
/* One link, by name or altname (@name), or by index (@name NULL). VW_ERR_NOTFOUND: none such;
 * then no text is told and the caller says which. */
int vwk_link_get(struct vw_handle *h, struct vwk_nl *nl, const char *name, int ifindex,
		 unsigned flags, struct vwk_link *out);
/* ifindex of a name or altname, by one short message; 0: none. */
int vwk_link_index(struct vwk_nl *nl, const char *name);

/* -- batch.c: many changes, one conversation ---------------------------------------------------- */
struct vwk_batch;
struct vwk_batch *vwk_batch_new(struct vw_handle *h, struct vwk_nl *nl);	/* NULL: no memory */
void vwk_batch_free(struct vwk_batch *b);

/* A link to be born. Members that are 0, NULL or -1 as said are not sent. */
struct vwk_newlink {
	const char	*name;
	enum vwk_kind	 kind;
	uint32_t	 group;
	const uint8_t	*mac;		/* 6 bytes; NULL: the kernel chooses */
	uint32_t	 mtu;
	int		 lower;		/* IFLA_LINK, an index in the socket's namespace */
	int		 nsfd;		/* namespace to be born in; -1: the socket's */
	int		 master;
	bool		 up;		/* not with veth: the kernel answers ENOTCONN */
	bool		 one_queue;	/* one rx and one tx queue: halves the cost of a veth */
	struct {			/* VWK_VETH: the other end; same meaning as above */
		const char	*name;
		const uint8_t	*mac;
		uint32_t	 mtu, group;
		int		 nsfd;
	} peer;
	uint32_t	 macvlan_mode;	/* MACVLAN_MODE_... */
	uint16_t	 vid;
	const struct vwk_bond	*bond;
	const struct vwk_bridge *bridge;	/* stp_state, times, priority, mcast_...: all sent */
	uint32_t	 mcast_query_response_interval;	/* USER_HZ/100; 0: not sent (bridge) */
	const struct vwk_tunnel *tunnel;	/* local, remote, ttl, encap_limit: all sent */
};
/* A link to be changed; it is named by @ifindex, or by @name when that is 0. */
struct vwk_setlink {
	int		 ifindex;
	const char	*name;
	unsigned	 set;		/* VWK_SET_... : which members below count */
	bool		 up;
	uint32_t	 mtu, group, txqlen;
	uint8_t		 addrgen;	/* IN6_ADDR_GEN_MODE_... */
	const uint8_t	*mac;
	int		 master;	/* 0: leave its master */
	int		 nsfd;		/* move there: hardware only, virtual links are born in place */
	const char	*newname, *alias;
	enum vwk_kind	 port_kind;	/* for VWK_SET_BRPORT fields: VWK_BRIDGE */
	struct vwk_brport brport;
	unsigned	 brport_set;	/* VWK_BRPORT_... */
	enum vwk_kind	 kind;		/* for VWK_SET_BOND, VWK_SET_BRIDGE, VWK_SET_TUNNEL */
	struct vwk_bond	 bond;
	unsigned	 bond_set;	/* VWK_BOND_... */
	struct vwk_bridge bridge;	/* stp_state, times, priority: all sent */
	struct vwk_tunnel tunnel;	/* local, remote, ttl, encap_limit: all sent */
};
#define VWK_SET_UP	(1u << 0)
#define VWK_SET_MTU	(1u << 1)
#define VWK_SET_GROUP	(1u << 2)
#define VWK_SET_TXQLEN	(1u << 3)
#define VWK_SET_MAC	(1u << 4)
#define VWK_SET_MASTER	(1u << 5)
#define VWK_SET_NS	(1u << 6)
#define VWK_SET_NAME	(1u << 7)
#define VWK_SET_ALIAS	(1u << 8)
#define VWK_SET_NOV6	(1u << 9)	/* IPv6 address generation off (addrgenmode none) */
#define VWK_SET_BRPORT	(1u << 10)
#define VWK_SET_BOND	(1u << 11)
#define VWK_SET_BRIDGE	(1u << 12)
#define VWK_SET_TUNNEL	(1u << 13)
#define VWK_SET_QUERIER	(1u << 14)	/* the bridge asks for multicast memberships itself */
#define VWK_SET_VLAN_FILTERING (1u << 15)	/* the bridge looks at VLAN tags, from now on */
#define VWK_SET_ADDRGEN	(1u << 16)
#define VWK_BRPORT_STATE	(1u << 0)
#define VWK_BRPORT_COST		(1u << 1)
#define VWK_BRPORT_PRIORITY	(1u << 2)
#define VWK_BRPORT_LEARNING	(1u << 3)
#define VWK_BRPORT_FLOOD	(1u << 4)
#define VWK_BRPORT_GUARD	(1u << 5)
#define VWK_BRPORT_ISOLATED	(1u << 6)
#define VWK_BRPORT_LOCKED	(1u << 7)
#define VWK_BRPORT_MCAST_FLOOD	(1u << 8)
#define VWK_BRPORT_BCAST_FLOOD	(1u << 9)
#define VWK_BRPORT_FLUSH	(1u << 10)	/* forget what was learnt on the port */
#define VWK_BOND_MODE		(1u << 0)
#define VWK_BOND_XMIT		(1u << 1)
#define VWK_BOND_RATE		(1u << 2)
#define VWK_BOND_ACTIVE		(1u << 3)
#define VWK_BOND_MIIMON		(1u << 4)

/* Each adds one message and returns its number (0, 1, ...), or -1 when out of memory, which
 * vwk_batch_run() then reports: no need to check each. Strings and pointers are copied. */
int vwk_batch_newlink(struct vwk_batch *b, const struct vwk_newlink *l);
int vwk_batch_setlink(struct vwk_batch *b, const struct vwk_setlink *l);
int vwk_batch_dellink(struct vwk_batch *b, int ifindex);
int vwk_batch_delgroup(struct vwk_batch *b, uint32_t group);
int vwk_batch_altname(struct vwk_batch *b, int ifindex, const char *name, const char *altname,
		      bool add);
/* Static, permanent forwarding entry of a bridge port. */
int vwk_batch_fdb(struct vwk_batch *b, int ifindex, const uint8_t mac[6], bool add);
/* VLAN @vid on a port of a VLAN-filtering bridge; pvid+untagged when @pvid. add or delete. */
int vwk_batch_bridge_vlan(struct vwk_batch *b, int ifindex, uint16_t vid, bool pvid, bool add);

/*
 * Send all, pipelined; the kernel carries out every message even when an earlier one failed.
 * VW_OK: all succeeded. Else the status of the first that failed, with its text told, its number
 * in *@failed (if not NULL). An interrupted call is resumed. The batch is empty afterwards but
 * vwk_batch_error() still answers.
 */
int vwk_batch_run(struct vwk_batch *b, size_t *failed);
/* errno (positive) of message @i of the last run; 0: it succeeded. */
int vwk_batch_error(const struct vwk_batch *b, size_t i);
size_t vwk_batch_count(const struct vwk_batch *b);	/* messages waiting to be sent */

/* Delete many links of one namespace at once: into a group of their own, then the group. */
int vwk_links_delete(struct vw_handle *h, struct vwk_nl *nl, const int *ifindexes, size_t n);

/* VW_ERR_DENIED unless links may be changed here: asked by a change that changes nothing. */
int vwk_may_change(struct vw_handle *h, struct vwk_nl *nl);

/* -- fdb.c ---------------------------------------------------------------------------------------- */
struct vwk_fdb {
	uint8_t	 mac[6];
	uint16_t vid;		/* 0: any */
	int	 ifindex;
	bool	 local, permanent;
	uint32_t age_ms;
};
/* Forwarding entries of bridge @master; *@out is for free(). Where the kernel has VLAN filtering,
 * an address is there once for each VLAN of its port, and once with vid 0. */
int vwk_fdb_dump(struct vw_handle *h, struct vwk_nl *nl, int master, struct vwk_fdb **out,
		 size_t *n);

/* -- brvlan.c ------------------------------------------------------------------------------------- */
/* VLAN of untagged frames of a port of a VLAN-filtering bridge; 0: none. */
int vwk_bridge_pvid(struct vw_handle *h, struct vwk_nl *nl, int ifindex, uint16_t *pvid);

/* -- ethtool.c: by ioctl on the socket of a namespace --------------------------------------------- */
struct vwk_ethtool {
	uint32_t speed_mbps;		/* 0: not known */
	uint8_t	 duplex;		/* 0 half, 1 full, 255 not known */
	int	 autoneg;		/* 1, 0, -1 not known */
	uint8_t	 port;			/* PORT_TP, PORT_FIBRE ... */
	uint64_t supported[2], advertising[2], peer[2];	/* link mode bits, low word first */
	char	 driver[32], bus[32];
	bool	 has_settings;
};
int vwk_ethtool_get(struct vw_handle *h, struct vwk_nl *nl, const char *ifname,
		    struct vwk_ethtool *out);
int vwk_ethtool_set_autoneg(struct vw_handle *h, struct vwk_nl *nl, const char *ifname, bool on);
struct vwk_pause { bool autoneg, rx, tx; };
int vwk_pause_get(struct vw_handle *h, struct vwk_nl *nl, const char *ifname, struct vwk_pause *p);
int vwk_pause_set(struct vw_handle *h, struct vwk_nl *nl, const char *ifname,
		  const struct vwk_pause *p);
struct vwk_channels { uint32_t rx, tx, combined, max_rx, max_tx, max_combined; };
int vwk_channels_get(struct vw_handle *h, struct vwk_nl *nl, const char *ifname,
		     struct vwk_channels *c);
/* Names of link modes set in @bits as dladm prints them: "1G-f,100M-f"; for free(). */
char *vwk_ethtool_modes(const uint64_t bits[2]);

/* -- sysctl.c ---------------------------------------------------------------------------------------- */
/* net/ipv6/conf/IFNAME/accept_ra = 0 in the socket's namespace. A kernel without IPv6 is fine;
 * a read-only /proc/sys is a warning in the log, not an error. */
int vwk_ipv6_quiet(struct vw_handle *h, struct vwk_nl *nl, const char *ifname);

/* -- event.c: RTNLGRP_LINK ------------------------------------------------------------------------- */
struct vwk_events;
int vwk_events_open(struct vw_handle *h, struct vwk_events **out);
int vwk_events_fd(const struct vwk_events *e);
enum { VWK_EVENT_NONE, VWK_EVENT_NEW, VWK_EVENT_DEL, VWK_EVENT_LOST };
/* One event without waiting; returns VWK_EVENT_... or a negative status, whose story goes to @h;
 * NULL: to nobody, since events may outlive the handle they were opened with. */
int vwk_events_next(struct vw_handle *h, struct vwk_events *e, struct vwk_link *l);
void vwk_events_close(struct vwk_events *e);

#endif

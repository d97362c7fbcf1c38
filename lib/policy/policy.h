/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * policy.h - the one engine that turns limits, priorities, flows, protection and VLANs of a link
 * into data-path state
 *
 * Everything that decides the fate of a packet is in struct vwpl_link and struct vwpl_flow, and is
 * applied as a whole: map contents and class parameters are changed in place, a hook is removed
 * only when nothing needs it (removing and re-adding one leaked 67,178 frames under flood). All
 * calls are idempotent: applied again after a kill they complete what is missing. The caller
 * holds the lock of the store. Every int returned is VW_OK or a negative enum vw_status, told.
 */
#ifndef VWPL_POLICY_H
#define VWPL_POLICY_H

#include "bpf/shared.h"
#include "core/core.h"
#include "kernel/kernel.h"

#define VWPL_NONE	UINT64_MAX		/* no limit */
#define VWPL_RATE_LEAST	64000ull		/* bits per second */
#define VWPL_RATE_MOST	100000000000ull

enum vwpl_priority { VWPL_PRIORITY_UNSET = 0, VWPL_LOW, VWPL_MEDIUM, VWPL_HIGH };

/* Bits per second of frames at layer 2; VWPL_NONE: no limit, 0: drop everything. */
struct vwpl_limits {
	uint64_t both;		/* maxbw: sum of both directions */
	uint64_t rx, tx;	/* maxbw-rx, maxbw-tx; not 0 */
	uint64_t min;		/* minbw: guarantee; 0 or VWPL_NONE: none */
	enum vwpl_priority priority;
};

struct vwpl_prefix {
	uint8_t	family;		/* 4, 6 */
	uint8_t	len;		/* bits */
	uint8_t	addr[16];	/* host bits are zero */
};

struct vwpl_cid {		/* DHCPv4 client id or DHCPv6 DUID as on the wire */
	uint8_t	len;
	uint8_t	id[VWB_CID_MAX];
};

enum vwpl_place {
	VWPL_PLAIN,	/* a device whose stack is the host's: NIC, aggr, VLAN, simnet, macvlan ... */
	VWPL_STUB,	/* port end of a veth in the bridge of an etherstub */
	VWPL_PORT	/* port end of a veth that an eBPF switch joins with its uplink */
};

struct vwpl_link {
	const char	*name;		/* for messages */
	enum vwpl_place	 place;
	int		 point;		/* ifindex of the policy point */
	int		 sw;		/* PORT: the uplink; STUB: the bridge; else 0 */
	int		 root;		/* device at the bottom, whose queue pair it shares: NIC,
					   aggr, etherstub bridge; itself if nothing is below */
	const char	*root_name;	/* that device's name, for the names of the queue pair */
	uint64_t	 root_rate;	/* bits/s the root is limited to; VWPL_NONE: not; 0: it is
					   blocked, and so is the link. Set: the link waits in the
					   root's tree even without a limit */
	bool		 strict;	/* guarded, its owner is not trusted: no tags */
	bool		 peer;		/* PORT: the veth's other end is in another namespace */
	uint16_t	 vid;		/* PORT */
	uint8_t		 mac[6];
	const uint8_t	(*more_macs)[6];	/* secondary-macs */
	size_t		 nmore;
	struct vwpl_limits limits;
	unsigned	 protect;	/* VWB_PROTECT_... */
	const struct vwpl_prefix *allowed;
	size_t		 nallowed;
	const struct vwpl_cid *cids;
	size_t		 ncids;
	uint32_t	 account;	/* counters to go on with, from vwpl_account(); 0: as is */
};
/* A link that wants nothing of the engine: no hook shall be on it. PORTs and strict links want. */
bool vwpl_wants(const struct vwpl_link *l);

struct vwpl_match {
	enum vwb_kind	   kind;
	struct vwpl_prefix ip;		/* LOCAL_IP, REMOTE_IP */
	uint8_t		   proto;	/* IPPROTO_...; ICMP means IPv4, ICMPV6 means IPv6 */
	uint16_t	   port;	/* host order */
	uint8_t		   ds, mask;
};
struct vwpl_flow {
	const char	  *name;
	struct vwpl_match  match;
	struct vwpl_limits limits;
	bool		   drop;	/* action=drop */
	int		   dscp;	/* 0 to 63; -1: leave it */
	uint32_t	   account;	/* as above */
};
/* Can a packet match both? */
bool vwpl_overlap(const struct vwpl_match *a, const struct vwpl_match *b);
/* Can a packet match two of @n? Then *@a < *@b, two that it matches. Its cost grows like that of
 * sorting them. VW_ERR_NOMEM, not told. */
int vwpl_overlap_any(const struct vwpl_match *m, size_t n, bool *any, size_t *a, size_t *b);

/* -- engine.c --------------------------------------------------------------------------------------- */
struct vwpl;
/*
 * The engine's state in the namespace of @nl: what earlier calls loaded, else, with @make, loaded
 * when it is needed. Without @make *@out is NULL when there is none. @group marks the queue
 * devices it makes (IFLA_GROUP). VW_ERR_NOTSUP, from here or from the first call that needs it,
 * names the kernel feature that is missing. VW_ERR_BUSY: there is one of another version, laid out
 * in another way; with VWPL_REPLACE a new one is begun beside it, and takes over link by link as
 * they are set: only for who then sets them all.
 */
enum vwpl_make { VWPL_FIND = false, VWPL_MAKE = true, VWPL_REPLACE };
int vwpl_open(struct vw_handle *h, struct vwk_nl *nl, uint32_t group, enum vwpl_make make,
	      struct vwpl **out);
void vwpl_close(struct vwpl *p);

/* Make @n links as they shall be, in one conversation; those that want nothing lose all of theirs.
 * Filter first, then limit; the caller brings the point up afterwards. */
int vwpl_links_set(struct vwpl *p, const struct vwpl_link *links, size_t n);
/* Forget points whose devices go or are gone: maps, classes, flows. When the last port of a switch
 * goes its uplink is left as it was; when the last class of a root goes, its queue pair. */
int vwpl_links_del(struct vwpl *p, const int *points, size_t n);
/* Forget every point whose device is no longer there or no longer hooked. */
int vwpl_sweep(struct vwpl *p);
/* The same where there is no engine: queue pairs that were begun. @group as for vwpl_open(). */
int vwpl_sweep_nothing(struct vw_handle *h, struct vwk_nl *nl, uint32_t group);
/* An address of the host above @uplink (macvlan, VLAN device): frames from ports find it. Nothing
 * happens when @uplink is no switch. */
enum vwpl_above {
	VWPL_GONE = false,
	VWPL_HELD = true,	/* it has a point of its own: the uplink's limit does not charge it again */
	VWPL_NOT_HELD		/* it is in its owner's hands: the uplink's limit is all there is,
				   and an owner with CAP_NET_ADMIN can forge the marks that pass it */
};
int vwpl_above(struct vwpl *p, int uplink, uint16_t vid, const uint8_t mac[6],
	       enum vwpl_above how);
bool vwpl_is_uplink(struct vwpl *p, int ifindex);

/* Add flows to a link that was set, or change those with the same match. @link is that link. */
int vwpl_flows_set(struct vwpl *p, const struct vwpl_link *link, const struct vwpl_flow *flows,
		   size_t n);
/* Exactly these: others of the link are removed. For repairs; walks all flows of the machine. */
int vwpl_flows_sync(struct vwpl *p, const struct vwpl_link *link, const struct vwpl_flow *flows,
		    size_t n);
int vwpl_flows_del(struct vwpl *p, const struct vwpl_link *link, const struct vwpl_match *matches,
		   size_t n);

/* Flows that the kernel knows of a point; 0 also when they cannot be read. */
size_t vwpl_flow_count(struct vwpl *p, int point);

/* Number of the counters of a link, or of a flow, to hand on when it is made anew; 0: none. */
uint32_t vwpl_account(struct vwpl *p, int point);
uint32_t vwpl_flow_account(struct vwpl *p, int point, const struct vwpl_match *m);

/* -- state.c: what the kernel holds, for reading back -------------------------------------------------- */
struct vwpl_state {
	bool		   hooked;	/* programs of this version at ingress and egress */
	bool		   foreign;	/* another filter of others runs before ours */
	struct vwb_point   point;
	struct vwpl_limits limits;	/* as the classes say; both is 0 when blocked */
	struct vwpl_prefix *allowed;	/* free with vwpl_state_clear() */
	size_t		   nallowed;
	struct vwpl_cid   *cids;
	size_t		   ncids;
	uint8_t		  (*more_macs)[6];
	size_t		   nmore;
};
/* VW_ERR_NOTFOUND, not told: nothing is known of @point. */
int vwpl_state_get(struct vwpl *p, int point, struct vwpl_state *out);
void vwpl_state_clear(struct vwpl_state *s);
struct vwpl_flow_state {
	struct vwb_flow	   flow;
	struct vwpl_limits limits;
};
int vwpl_flow_get(struct vwpl *p, int point, const struct vwpl_match *m,
		  struct vwpl_flow_state *out);

/* -- count.c: counters, by account; many in one call ------------------------------------------------------ */
int vwpl_counts(struct vwpl *p, const uint32_t *accounts, size_t n, struct vwb_count *out);
int vwpl_dropped(struct vwpl *p, const uint32_t *accounts, size_t n, struct vwb_dropped *out);
/* Frames that a limit dropped: by the classes of the point's link and flows together. */
int vwpl_limit_drops(struct vwpl *p, int point, uint64_t *drops);
/* Both as users are told them. */
struct vw_link_drops;
void vwpl_drops_told(const struct vwb_dropped *is, uint64_t limit, struct vw_link_drops *out);

/* -- trial.c: tried on device @ifindex, in this order; VW_ERR_NOTSUP: the kernel lacks it ------------------ */
int vwpl_try_clsact(struct vw_handle *h, struct vwk_nl *nl, int ifindex);
int vwpl_try_htb(struct vw_handle *h, struct vwk_nl *nl, int ifindex);
int vwpl_try_fq_codel(struct vw_handle *h, struct vwk_nl *nl, int ifindex);

/* -- explain.c ---------------------------------------------------------------------------------------------- */
/* Tell each kernel object behind a link, read from the kernel: @subject "maxbw", "flow tcp-flow1",
 * "switch"; @object "class 1:10 htb rate 100Mbit on eth0-q". */
typedef int vwpl_explain_fn(void *arg, const char *subject, const char *object);
int vwpl_explain(struct vwpl *p, const struct vwpl_link *l, const struct vwpl_flow *flows,
		 size_t n, vwpl_explain_fn *fn, void *arg);

#endif

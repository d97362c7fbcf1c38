/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * stat.h - counters of links and flows, read once or again and again, and the rates between two
 *          readings (paper section 4.3; illumos dlstat, flowstat)
 *
 *	vw_stat_open(h, NULL, VW_STAT_FLOWS, &st);
 *	vw_stat_read(st, &before);
 *	sleep(1);
 *	vw_stat_read(st, &now);
 *	vw_stat_delta(now, before, &rates);
 *	while ((l = vw_stat_link_next(rates)) != NULL)
 *		printf("%s %.0f b/s\n", l->name, l->stats.rx_bytes * 8 / vw_stat_seconds(rates));
 *
 * rx is what a link's owner receives, tx what it sends, wherever the counting is done: a VNIC over
 * an etherstub is counted at its port in the host, which its owner can neither reset nor hide.
 */
#ifndef VWIRE_STAT_H
#define VWIRE_STAT_H

#include <vwire/flow.h>
#include <vwire/link.h>
#include <vwire/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** of a counter that Linux, the driver or the caller's privileges cannot tell */
#define VW_STAT_UNKNOWN	UINT64_MAX

/** flags of vw_stat_open(): what to read */
#define VW_STAT_FLOWS	(1u << 0)	/* flows too */
#define VW_STAT_DROPS	(1u << 1)	/* fill struct vw_stat_link, drops */
#define VW_STAT_LIMITS	(1u << 2)	/* fill maxbw and speed_mbps */
#define VW_STAT_LANES	(1u << 3)	/* queues of the hardware and CPUs too */
#define VW_STAT_HERE	(1u << 4)	/* this namespace alone, no zones */
#define VW_STAT_LISTEN	(1u << 5)	/* hear of links between two readings: needed for GONE */
#define VW_STAT_POLLS	(1u << 7)	/* with LANES: count NAPI polls from now on; needs root */
#define VW_STAT_BRIEF	(1u << 6)	/* names, zones and counters alone; see vw_stat_open() */

/** flags of struct vw_stat_link and struct vw_stat_flow */
#define VW_STAT_KNOWN	(1u << 0)	/* the counters could be read; else they are 0 */
#define VW_STAT_EDGE	(1u << 1)	/* counted in totals: see vw_stat_total() */
#define VW_STAT_NEW	(1u << 2)	/* was not in the reading before */
#define VW_STAT_GONE	(1u << 3)	/* went since the reading before, see vw_stat_read() */
#define VW_STAT_RESET	(1u << 4)	/* in a delta: a counter went down, see vw_stat_delta() */
#define VW_STAT_HAS_DROPS (1u << 5)	/* @drops could be read */
#define VW_STAT_OURS	(1u << 6)	/* made by libvwire */

/**
 * struct vw_stat_link - one link in a reading, or its differences in a delta
 *
 * The same pair of counter_netns and counter_ifindex is the same device until the next boot,
 * whatever its name. A link that is deleted and made again, or made anew in another zone, gets
 * another pair.
 */
struct vw_stat_link {
	size_t			 size;
	const char		*name;
	const char		*zone;		/* zone it is in: name, path or pid; NULL: here */
	const char		*over;		/* link below; aggr, bridge, etherstub: NULL */
	const char		*bridge;	/* aggr or bridge it is a port of; NULL: none */
	unsigned		 cls;		/* enum vw_class */
	unsigned		 state;		/* enum vw_link_state */
	unsigned		 flags;		/* VW_STAT_... */
	unsigned		 ifindex;	/* in its own namespace; 0: that is not known */
	uint64_t		 counter_netns;	/* whose counters: cookie of a namespace, */
	unsigned		 counter_ifindex; /* index of a device in it; see below */
	uint32_t		 speed_mbps;	/* VW_STAT_LIMITS; 0: not known */
	uint64_t		 maxbw;		/* VW_STAT_LIMITS: bits/s; UINT64_MAX: no limit */
	struct vw_link_stats	 stats;		/* since the device was made; delta: differences */
	struct vw_link_stats	 base;		/* what the device showed when it appeared: 0, or what
						   it had before it was moved; with VW_STAT_NEW and
						   VW_STAT_LISTEN; a delta is counted from it */
	struct vw_link_drops	 drops;		/* VW_STAT_DROPS */
};

/** struct vw_stat_flow - one flow in a reading, or its differences in a delta */
struct vw_stat_flow {
	size_t			 size;
	const char		*name, *link;
	const char		*zone;		/* of the link; NULL: here */
	unsigned		 flags;		/* VW_STAT_... */
	uint64_t		 maxbw;		/* VW_STAT_LIMITS: bits/s; UINT64_MAX: no limit */
	struct vw_flow_stats	 stats;
	/* Number of its counters, which it keeps while its link is made anew; a flow that is
	 * removed and added again gets another. 0: it has none. */
	uint64_t		 counter;
};

/** enum vw_lane_type - which side of a link a lane serves */
enum vw_lane_type { VW_LANE_RX = 1, VW_LANE_TX };

/**
 * struct vw_stat_lane - one lane (paper section 2.1) of a link: a queue of the hardware, the
 *			 software queue of a device without, or one CPU's share of it
 *
 * What Linux cannot tell is VW_STAT_UNKNOWN. Polls, and the packets of a CPU, are counted from
 * vw_stat_open() on.
 */
struct vw_stat_lane {
	size_t			 size;
	const char		*link, *zone;
	unsigned		 type;		/* enum vw_lane_type */
	uint8_t			 hw;		/* 1: queue of the hardware; 0: software */
	unsigned		 index;		/* number of the queue */
	int			 cpu;		/* whose share this is; -1: all of the queue */
	uint64_t		 packets, bytes;
	uint64_t		 interrupts;	/* taken for it */
	uint64_t		 polls;		/* VW_STAT_POLLS: that found packets, since open */
	uint64_t		 drops;
	uint64_t		 stops, wakes;	/* tx: times the queue was stopped, and woken */
	uint64_t		 under10, to50, over50;	/* polls by the packets they found */
};

/** struct vw_stat - a session: sockets and names are kept from one reading to the next */
struct vw_stat;
/** struct vw_stat_reading - one reading, or the differences between two */
struct vw_stat_reading;

/** struct vw_stat_filter - what to read; 0 and NULL members do not restrict */
struct vw_stat_filter {
	size_t		 size;
	const char	*link;		/* this link only; missing: vw_stat_read() fails */
	const char	*zone;		/* links of this zone only */
	const char	*flow;		/* with VW_STAT_FLOWS: this flow only, as @link */
	unsigned	 classes;	/* set of enum vw_class */
};
#define VW_STAT_FILTER(...) \
	(&(struct vw_stat_filter){ .size = sizeof(struct vw_stat_filter), __VA_ARGS__ })

/**
 * vw_stat_open() - begin to read counters
 * @filter: NULL: all links of this namespace and of every zone that can be entered: those below
 *	    /run/netns and those named in the configuration. Inside a zone: its own links
 * @flags:  0 or more of VW_STAT_FLOWS, DROPS, LIMITS, LANES, POLLS, HERE, LISTEN; or BRIEF alone
 * @sp:	    set to the session, which uses @h: close it first
 *
 * VW_STAT_BRIEF is for a single reading: class, state and what lies below may be 0, and EDGE is not
 * told; thousands of links are read in a third of the time.
 *
 * Return: VW_OK; VW_ERR_NOTSUP (an offline handle); VW_ERR_NOMEM; VW_ERR_DENIED; VW_ERR_CONFIG.
 * Since: 0.2
 */
VW_API int vw_stat_open(struct vw_handle *h, const struct vw_stat_filter *filter, unsigned flags,
			struct vw_stat **sp);
/** vw_stat_close() - end a session; its readings stay. NULL is allowed. Since: 0.2 */
VW_API void vw_stat_close(struct vw_stat *s);
/**
 * vw_stat_fd() - with VW_STAT_LISTEN, a descriptor that polls readable when links came or went and
 *		  a reading would tell; -1 without. Since: 0.2
 */
VW_API int vw_stat_fd(const struct vw_stat *s);

/**
 * vw_stat_read() - read all counters now
 * @rp: set to the reading, which lives on its own; free it with vw_stat_free()
 *
 * Links that come and go while the list is read make it be read again; a list is never shown half.
 * With VW_STAT_LISTEN a link that was deleted, or moved away, since the reading before is told once
 * more, with its last counters (VW_STAT_GONE).
 * Zones that appeared are entered, those that are gone are left. A zone that cannot be entered is
 * left out, but VNICs counted in the host are not.
 *
 * Return: VW_OK; VW_ERR_NOTFOUND (the filter's link or flow); VW_ERR_INCONSISTENT; VW_ERR_NOMEM;
 * VW_ERR_KERNEL. Since: 0.2
 */
VW_API int vw_stat_read(struct vw_stat *s, struct vw_stat_reading **rp);
/**
 * vw_stat_delta() - the differences between two readings of one session
 * @now:    the later one
 * @before: the earlier one; NULL: as if nothing had been there
 * @dp:     free it with vw_stat_free(); @now and @before may go first
 *
 * Links are told apart by their counters (counter_netns, counter_ifindex), flows by name and
 * counter. What was not there before counts from its base, a flow from 0. What was there and is not
 * any more is left out, but for a link whose last counters were heard (VW_STAT_GONE). When a counter
 * went down (VW_STAT_RESET) all of its link began again at 0, so the difference is what they show
 * now, never less than nothing.
 *
 * Return: VW_OK; VW_ERR_NOMEM; VW_ERR_BADVAL (@before is later than @now). Since: 0.2
 */
VW_API int vw_stat_delta(const struct vw_stat_reading *now, const struct vw_stat_reading *before,
			 struct vw_stat_reading **dp);
/** vw_stat_free() - free a reading or delta; NULL is allowed. Since: 0.2 */
VW_API void vw_stat_free(struct vw_stat_reading *r);

/** vw_stat_time() - when it was read: nanoseconds since 1970 (CLOCK_REALTIME). Since: 0.2 */
VW_API uint64_t vw_stat_time(const struct vw_stat_reading *r);
/** vw_stat_seconds() - of a delta: seconds between its readings by CLOCK_BOOTTIME, which nobody
 * sets; of a reading: since boot. Since: 0.2 */
VW_API double vw_stat_seconds(const struct vw_stat_reading *r);

/** vw_stat_link_next(), vw_stat_flow_next(), vw_stat_lane_next() - the next of a reading or delta;
 * NULL at the end. Links: those here first, then zone by zone; flows: by link. The texts live as
 * long as the reading; so do flows and lanes, but a link is overwritten by the next. Since: 0.2 */
VW_API const struct vw_stat_link *vw_stat_link_next(struct vw_stat_reading *r);
VW_API const struct vw_stat_flow *vw_stat_flow_next(struct vw_stat_reading *r);
VW_API const struct vw_stat_lane *vw_stat_lane_next(struct vw_stat_reading *r);
/** vw_stat_rewind() - walk links, flows and lanes from their beginning again. Since: 0.2 */
VW_API void vw_stat_rewind(struct vw_stat_reading *r);

/**
 * vw_stat_total() - sum of all links, no frame counted twice
 *
 * A frame of a VNIC over a NIC passes the NIC as well. The total adds up the links that nothing
 * else in the list lies below (VW_STAT_EDGE): NICs, aggrs, simnets, and VNICs over an etherstub, whose
 * switch does not count. Left out are links over those, ports of an aggr, bridges and etherstubs,
 * and a bridge's end of a cable whose other end is in the list.
 *
 * Since: 0.2
 */
VW_API void vw_stat_total(const struct vw_stat_reading *r, struct vw_link_stats *total);

/**
 * vw_stat_rate() - a difference of counters as rate
 * @n: a counter of the delta @d
 *
 * Return: @n a second, 0 when no time has passed. Since: 0.2
 */
VW_API double vw_stat_rate(const struct vw_stat_reading *d, uint64_t n);

#ifdef __cplusplus
}
#endif
#endif

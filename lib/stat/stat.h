/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * stat.h - how counters are read: a session knows namespaces and their devices, a roster says which
 * device counts for which link, a reading holds the numbers
 *
 * A roster does not change once it is made, and is shared by the readings made with it: at 1 Hz a
 * reading of 4,000 links is 288 kB of counters and no names.
 */
#ifndef VWST_STAT_H
#define VWST_STAT_H

#include <vwire/stat.h>

#include "core/core.h"
#include "kernel/kernel.h"
#include "kernel/stats.h"
#include "object/object.h"

/* -- devices.c: the devices of one namespace --------------------------------------------------- */
struct vwst_dev {
	int		 ifindex;
	int		 lower, master;	/* as in struct vwk_link */
	int		 lower_nsid;
	uint8_t		 kind;		/* enum vwk_kind */
	uint8_t		 role;		/* enum vwo_role, if ours */
	uint8_t		 state;		/* enum vw_link_state */
	bool		 ours;
	bool		 bridged;	/* it has been in a bridge */
	bool		 listed;	/* shown by the roster */
	bool		 born;		/* came between two readings: @base is its first counters */
	uint16_t	 cls;		/* 0: hidden */
	uint32_t	 row;		/* of the roster, for which it counts; VWST_NONE */
	uint64_t	 seen;		/* number of the dump that told its counters last */
	char		 kname[VWU_IFNAME];
	char		*name;		/* the full one; NULL: @kname */
	struct vwk_stats *base;		/* with @born; NULL: zeros */
};
#define VWST_NONE	UINT32_MAX

struct vwst_gone {			/* a device that was deleted, or moved away */
	struct vwst_dev	 dev;		/* its row is in the roster before */
	struct vwk_stats last;
	bool		 complete;	/* its peer's last words are in @last */
};

struct vwst_ns {
	char		*zone;		/* as users name it; NULL: the session's own */
	int		 fd;		/* while it is about to be entered; else -1 */
	struct vwk_ns_id id;
	uint64_t	 cookie;
	int		 nsid;		/* that the own namespace has for it; -1: none */
	struct vwk_nl	*nl;
	struct vwk_events *ev;		/* VW_STAT_LISTEN */
	struct vwst_dev	*v;		/* sorted by ifindex */
	size_t		 n, max;
	uint32_t	*order;		/* position in @v of the i-th device of a dump: the kernel's
					   order is the same each time */
	size_t		 norder, maxorder;
	struct vwst_gone *gone;
	size_t		 ngone, maxgone;
	bool		 known;		/* @v is what is there, as far as was heard */
	bool		 counts;	/* a row of the roster is counted here */
	struct vwst_early {		/* counters that were read before the names */
		int		 ifindex;
		struct vwk_stats st;
	}		*early;
	size_t		 nearly, maxearly;
	bool		 kept;		/* still there, in a search for zones */
	bool		 waiting;	/* there is something to hear */
};
const char *vwst_dev_name(const struct vwst_dev *d);
struct vwst_dev *vwst_dev_at(const struct vwst_ns *ns, int ifindex);	/* NULL: none */
/* Learn what is there, or what changed; s->dirty is set when the roster has to be made anew. */
int vwst_devices_update(struct vw_stat *s, struct vwst_ns *ns);
/* Only hear what changed since. */
int vwst_devices_hear(struct vw_stat *s, struct vwst_ns *ns);
/* Last counters of a device that went; NULL: it did not, as far as was heard. */
const struct vwk_stats *vwst_devices_last(const struct vwst_ns *ns, int ifindex);
/* Begin anew: what is known may be wrong. */
void vwst_devices_forget(struct vwst_ns *ns);
/* brief.c: counters and names alone, of the session's own namespace. False: that is not enough to
 * tell what is a link here, or *@rc is a failure. */
bool vwst_devices_brief(struct vw_stat *s, struct vwst_ns *ns, int *rc);
struct vwst_dev *vwst_devices_insert(struct vwst_ns *ns, int ifindex);	/* NULL: no memory */
struct vwst_gone *vwst_gone_add(struct vwst_ns *ns);	/* to be filled; NULL: no memory */
void vwst_gone_clear(struct vwst_ns *ns);
void vwst_ns_free(struct vwst_ns *ns);

/* -- roster.c ---------------------------------------------------------------------------------- */
struct vwst_row {
	const char	*name, *zone, *over, *bridge;
	uint64_t	 netns;		/* counter_netns */
	uint64_t	 maxbw;
	const struct vwk_stats *base;	/* NULL: zeros */
	int		 ifindex;	/* in its own namespace; 0: not known */
	int		 counter;	/* counter_ifindex */
	int		 point;		/* of policy, in the session's namespace; 0: none */
	uint32_t	 speed_mbps;
	uint16_t	 cls;
	uint8_t		 state;
	uint8_t		 flags;		/* VW_STAT_EDGE, NEW, OURS */
	bool		 exchanged;	/* a port end: its in is the link's out */
};
struct vwst_roster {
	unsigned	 refs;		/* atomic: readings may be freed by other threads */
	struct vwu_pool	 pool;
	struct vwst_row	*v;
	size_t		 n, max;
	struct vwst_key {		/* sorted: which row counts by which device */
		uint64_t netns;
		int	 ifindex;
		uint32_t row;
	}		*keys;		/* made when a delta first needs it */
	struct vwst_roster *older;	/* texts of what went while readings failed */
};
/* Do the documents speak of it? A link that a zone has of its own may have any name. */
static inline bool vwst_row_defined(const struct vwst_row *row)
{
	return (row->flags & VW_STAT_OURS) || row->zone == NULL;
}
int vwst_roster_make(struct vw_stat *s, struct vwst_roster **out);
void vwst_roster_put(struct vwst_roster *r);
static inline struct vwst_roster *vwst_roster_get(struct vwst_roster *r)
{
	__atomic_add_fetch(&r->refs, 1, __ATOMIC_RELAXED);
	return r;
}

/* -- session.c --------------------------------------------------------------------------------- */
struct vw_stat {
	struct vw_handle *h;
	unsigned	 flags;
	char		*link, *zone, *flow;	/* filter; NULL: any */
	unsigned	 classes;		/* filter; 0: any */
	struct vwst_ns	**ns;		/* the first is the session's own */
	size_t		 nns, maxns;
	int		 epoll, watch;	/* -1: not listening */
	bool		 watch_waiting;	/* something happened in the directory of zones */
	bool		 inside;	/* in a zone: no others are looked for */
	bool		 dirty;		/* the roster is not what is there any more */
	bool		 brief;		/* devices are known by name alone */
	bool		 search;	/* look for zones again, whatever the stamps say */
	struct timespec	 zones_mtime;	/* of /run/netns */
	struct timespec	 docs_ctime[2];	/* of the documents */
	uint64_t	 dumps;
	struct vwst_roster *roster;
	struct vw_stat_reading *owed;	/* one that failed, for what went until then */
	struct vwo_ctx	 docs;		/* as last read */
	bool		 have_docs, docs_changed;
	struct vwst_engine *engine;	/* counters of flows and drops */
	struct vwst_polls *polls;	/* NULL: not counted */
	struct vwst_left *left;		/* last.c: ends in zones that were left */
	size_t		 nleft;
};

/* -- zones.c ----------------------------------------------------------------------------------- */
#define VWST_ZONES_DIR	"/run/netns"
int vwst_zones_open(struct vw_stat *s);		/* the session's own namespace, to begin with */
/* Find zones that appeared, leave those that are gone, read the documents if they changed. */
int vwst_zones_update(struct vw_stat *s);

/* -- reading.c --------------------------------------------------------------------------------- */
struct vwst_gone_row {			/* the last of a link that went */
	struct vwst_row	 row;
	struct vwk_stats stats;
};
struct vw_stat_reading {
	struct vwst_roster *roster;
	struct vwk_stats *stats;	/* of each row */
	uint8_t		*flags;		/* of each row, besides its own: VW_STAT_KNOWN ... */
	struct vw_link_drops *drops;	/* of each row; NULL: not read */
	struct vwst_roster *before;	/* texts of @gone are in there */
	struct vwst_gone_row *gone;
	size_t		 ngone, maxgone;
	struct vw_stat_flow *flows;
	struct vw_stat_lane *lanes;
	size_t		 nflows, nlanes, maxlanes;
	struct vwu_pool	 pool;		/* texts of flows and lanes */
	uint64_t	 time_ns;
	uint64_t	 boot_ns;	/* CLOCK_BOOTTIME; delta: the time between */
	bool		 delta;
	size_t		 link_at, flow_at, lane_at;
	struct vw_stat_link link;	/* handed out */
};
/* NULL: no memory */
struct vw_stat_reading *vwst_reading_new(struct vwst_roster *roster, bool delta);
/* Remember a link that went; texts of @row live in r->before. false: no memory. */
bool vwst_reading_gone(struct vw_stat_reading *r, const struct vwst_row *row,
		       const struct vwk_stats *stats);
void vwst_exchange(struct vwk_stats *s);

/* -- last.c: what the kernel does not say of links that went ----------------------------------- */
/* Put together what both ends of a pair said last. */
void vwst_last_words(struct vw_stat *s);
/* The session leaves this zone: what its links show now is the last that is known of them. */
void vwst_last_leave(struct vw_stat *s, struct vwst_ns *ns);
/* A row for a link that came and went between two readings; false: it needs none. */
bool vwst_last_short(struct vw_stat *s, struct vwst_ns *ns, struct vwst_roster *before,
		     const struct vwst_gone *g, struct vwst_row *row);
void vwst_last_free(struct vw_stat *s);

/* -- limits.c ---------------------------------------------------------------------------------- */
/* Fill maxbw and speed of the rows. */
int vwst_limits_fill(struct vw_stat *s, struct vwst_roster *r);

/* -- flows.c ----------------------------------------------------------------------------------- */
int vwst_flows_read(struct vw_stat *s, struct vw_stat_reading *r);
int vwst_drops_read(struct vw_stat *s, struct vw_stat_reading *r);
void vwst_engine_close(struct vwst_engine *e);

/* -- polls.c ----------------------------------------------------------------------------------- */
struct vwst_polled {
	uint64_t polls, packets, under10, to50, over50;
};
/* Begin to count; that it cannot be done is no failure. */
int vwst_polls_open(struct vw_stat *s);
int vwst_polls_read(struct vw_stat *s);		/* of every device */
/* Of a device; @napi_id 0: all of it, @cpu -1: on every CPU. False: polls are not counted. */
bool vwst_polls_of(const struct vw_stat *s, uint64_t netns, int ifindex, unsigned napi_id, int cpu,
		   struct vwst_polled *out);
size_t vwst_polls_cpus(const struct vw_stat *s);
void vwst_polls_close(struct vwst_polls *p);

/* -- lanes.c ----------------------------------------------------------------------------------- */
int vwst_lanes_read(struct vw_stat *s, struct vw_stat_reading *r);

#endif

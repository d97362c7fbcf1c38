/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* query.h - what the files that ask a log share */
#ifndef VWST_QUERY_H
#define VWST_QUERY_H

#include "stat/usage.h"

#define VWST_NO_GROUP	UINT32_MAX

struct vwst_span { int64_t t0, t1; };		/* ms since 1970 */

struct vwst_whose {			/* a series, as the file tells it */
	int64_t		 id;
	const char	*name, *link, *zone, *vwire, *over;
	uint16_t	 cls;
	bool		 edge, alive;
	uint32_t	 group;		/* VWST_NO_GROUP: not asked for */
};
struct vwst_group {
	const char	*name, *link, *zone, *vwire;	/* as for the row */
	uint16_t	 cls;
	bool		 alive;
	unsigned	 links;
	unsigned	 flags;		/* VW_USAGE_RESET, BLIND, COARSE */
	struct vwst_span *life;	/* merged, rising */
	size_t		 nlife, maxlife;
	uint64_t	 v[VWST_COUNTS];
	double		 p95[3];	/* both, rx, tx; bits a second */
};
/* Sums of one group in one slot of time. */
struct vwst_cell {
	int64_t		t0, t1;		/* ms */
	uint32_t	group;
	uint64_t	v[VWST_COUNTS];
};

struct vwst_query {
	struct vw_handle *h;
	struct vwst_db	 db;
	struct vw_usage_filter f;
	struct vwu_pool	 pool;
	struct vwst_whose *whose;	/* sorted by id */
	size_t		 nwhose, nasked;	/* of them, in a group */
	struct vwst_group *groups;
	size_t		 ngroups, maxgroups;
	int64_t		 first, last;	/* of the log, ms; 0: none */
	int64_t		 start, end;	/* asked for, ms, inside of the log */
	int64_t		 folded;	/* samples up to this number are in hours */
	int64_t		 hour0;		/* ms: begin of the hour that is not */
	int64_t		 samples, fives, hours;	/* since when these are kept, ms */
	bool		 ranged;	/* a start or an end was given */
	bool		 empty;		/* no record is in the time asked for */
};

/* -- query.c: open the file, learn what it has ------------------------------------------------- */
int vwst_query_open(struct vwst_query *q);
void vwst_query_close(struct vwst_query *q);
const struct vwst_whose *vwst_whose_at(const struct vwst_query *q, int64_t id, size_t *hint);

/* -- scan.c: the records of a time, each byte once --------------------------------------------- */
enum vwst_tier { VWST_SAMPLES, VWST_FIVES, VWST_HOURS, VWST_DAYS };
/* Gets what series @w did between @t0 and @t1, ms. */
typedef int vwst_scan_fn(void *arg, const struct vwst_whose *w, int64_t t0, int64_t t1,
			 const uint64_t v[VWST_COUNTS]);
struct vwst_scan {
	struct vwst_query *q;
	vwst_scan_fn	*fn;
	void		*arg;
	enum vwst_tier	 coarsest;	/* records no longer than these, where finer ones are kept */
	enum vwst_tier	 finest;	/* the edges of a time need no finer ones */
};
/* All records that end after q->start and not after q->end. */
int vwst_scan(const struct vwst_scan *s);

/* -- group.c ----------------------------------------------------------------------------------- */
int vwst_groups_make(struct vwst_query *q);
void vwst_groups_free(struct vwst_query *q);
/* How long the group was there between @t0 and @t1, ms. */
uint64_t vwst_group_time(const struct vwst_group *g, int64_t t0, int64_t t1);

/* -- p95.c ------------------------------------------------------------------------------------- */
/* Fill p95 of the groups in @which, @n of them. */
int vwst_p95_fill(struct vwst_query *q, const uint32_t *which, size_t n);

#endif

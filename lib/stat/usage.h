/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * usage.h - how counters become history
 *
 * Readings become batches (batch.c) that wait for the recorder's thread. The thread keeps a ledger
 * (ledger.c): which counters there are, what they showed in the last record, and whose they are.
 * A batch is one transaction: cursors move on and one sample is written, or neither. So whenever
 * the writer dies, what the next one finds is a point from which it can go on: counters that live
 * in the kernel tell the rest. Once an hour samples are added up (fold.c).
 */
#ifndef VWST_USAGE_H
#define VWST_USAGE_H

#include <vwire/usage.h>

#include "stat/db.h"
#include "stat/pack.h"
#include "util/util.h"

#define VWST_FIVE_S	300

/* -- batch.c: a reading, for the thread that writes -------------------------------------------- */
struct vwst_entry {
	uint8_t		 kind;		/* enum vw_usage_kind */
	bool		 gone, edge;
	uint16_t	 cls;
	uint32_t	 ifindex;
	uint64_t	 netns;		/* (kind, netns, ifindex, for flows name): whose counters;
					   flows: 0, and the number of their counters */
	const char	*name, *link, *zone, *vwire, *over;	/* never NULL: "" is none */
	uint64_t	 v[VWST_COUNTS];
	uint64_t	 base[VWST_COUNTS]; /* what it showed when it appeared */
	uint64_t	 boot_ns;	/* when it was read */
};
struct vwst_batch {
	struct vwst_batch *next;
	int64_t		 t_ms;		/* since 1970 */
	uint64_t	 boot_ns;
	uint64_t	 readings;	/* how many are in here */
	bool		 full;		/* all that is there, at the usual time */
	struct vwst_entry *v;
	size_t		 n, max;
	struct vwu_pool	 pool;
};
struct vwst_batch *vwst_batch_of(struct vw_stat_reading *r, unsigned flags, unsigned interval_s);
/* Make one of two: of each counter the newest, but nothing that @newer does not imply is dropped.
 * @older is freed. false: no memory, and nothing changed. */
bool vwst_batch_merge(struct vwst_batch *older, struct vwst_batch *newer);
/* Drop what went before @boot_ns. */
void vwst_batch_forget(struct vwst_batch *b, uint64_t boot_ns);
void vwst_batch_free(struct vwst_batch *b);

/* -- ledger.c ---------------------------------------------------------------------------------- */
enum vwst_cursor_state { VWST_LIVE = 0, VWST_ABSENT, VWST_ENDED };
enum { VWST_MARK_RESET = 1, VWST_MARK_UNSEEN = 2 };

struct vwst_place {		/* where a cursor stands */
	uint32_t	series;		/* number in the ledger */
	uint8_t		state;		/* enum vwst_cursor_state */
	uint64_t	boot_ns;
	uint64_t	v[VWST_COUNTS];
};
struct vwst_cursor {
	uint8_t		kind;
	bool		seen, moved;	/* in this batch; to be written */
	bool		over;		/* ended long ago: to be forgotten with this batch */
	uint32_t	ifindex;
	uint64_t	netns;
	const char	*name;		/* flows: what tells it apart; links: "" */
	struct vwst_place now, kept;	/* @kept: as committed */
};
struct vwst_series {
	int64_t		 id;
	uint8_t		 kind;
	bool		 edge;
	uint16_t	 cls;
	const char	*name, *link, *zone, *vwire, *over;
	uint32_t	 alive;		/* cursors that are live on it */
	uint32_t	 kept_alive;
	uint64_t	 sum[VWST_COUNTS]; /* of this batch */
};
struct vwst_clock {		/* what the ledger knows of time */
	int64_t	 first_ms, last_ms, full_ms;	/* first and last batch, last full one */
	int64_t	 hour0, hour1, day0, day1;	/* s: the hour and day being filled; 0: none */
	int64_t	 folded;			/* samples up to this number are in hours */
	int64_t	 seq;				/* number of the last sample */
};
struct vwst_index {		/* open addressing over a vector: number + 1, 0: free */
	uint32_t *slot;
	size_t	  cap;
};
struct vwst_ledger {
	struct vw_handle *h;		/* for its error record */
	struct vwst_db	 db;
	bool		 open;		/* db is */
	bool		 valid;		/* the rest was loaded, or begun */
	bool		 baseline;	/* counting begins with the next batch */
	uint64_t	 session, boot;
	struct vwst_series *series;
	size_t		 nseries, maxseries, kept_series;
	struct vwst_cursor *cursors;
	size_t		 ncursors, maxcursors, kept_cursors;
	struct vwst_index by_series, by_cursor;
	struct vwu_pool	 pool;
	struct vwst_clock now, kept;
	unsigned	 keep_samples_h, keep_fives_d, keep_hours_d;
	uint64_t	 records;	/* written since it was opened */
};
void vwst_ledger_init(struct vwst_ledger *l, struct vw_handle *h, uint64_t session);
/* Open @path and go on from what it says; a file that is new, or of another session, goes on from
 * what this ledger knew before. */
int vwst_ledger_open(struct vwst_ledger *l, const char *path);
/* The file is let go; what is known stays. */
void vwst_ledger_shut(struct vwst_ledger *l);
void vwst_ledger_free(struct vwst_ledger *l);
/* Write one batch, whole or not at all. */
int vwst_ledger_apply(struct vwst_ledger *l, const struct vwst_batch *b);
/* Recording ends here: no later session goes on from these counters. */
int vwst_ledger_end(struct vwst_ledger *l);
uint64_t vwst_boot_id(void);

/* -- fold.c ------------------------------------------------------------------------------------ */
/* Add up samples that are not in an hour yet, if the batch begins another; inside the batch's
 * transaction. */
int vwst_fold(struct vwst_ledger *l, const struct vwst_batch *b);

/* -- localtime.c: calendar slots, local time; seconds since 1970 ------------------------------- */
void vwst_hour_of(int64_t t, int64_t *t0, int64_t *t1);
void vwst_day_of(int64_t t, int64_t *t0, int64_t *t1);
void vwst_month_of(int64_t t, int64_t *t0, int64_t *t1);

/* -- percentile.c ------------------------------------------------------------------------------ */
/* The 95th percentile, nearest rank: of @total values, of which @n are here (they get sorted) and
 * the others are 0. */
double vwst_p95(double *v, size_t n, size_t total);

/* -- acct.c ------------------------------------------------------------------------------------ */
/* The log being written; NULL, told: none. For free(). */
char *vwst_acct_file(struct vw_handle *h);

#endif

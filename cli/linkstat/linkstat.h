/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* linkstat.h - who uses the bandwidth now: rows of rates, on a screen or as reports */
#ifndef LINKSTAT_H
#define LINKSTAT_H

#include <signal.h>

#include "reading.h"

#define HISTORY		32	/* samples of a sparkline */

enum ls_sort { LS_SUM, LS_IN, LS_OUT, LS_UTIL, LS_DROPS, LS_NAME, LS_SORTS };
extern const char *const ls_sort_names[LS_SORTS];

enum ls_units { LS_BITS, LS_BYTES, LS_PACKETS, LS_UNITS };
extern const char *const ls_unit_names[LS_UNITS];

/* Rates of a link, of a flow below its link, or of a zone above its links; texts live as long as
 * the reading. */
struct ls_row {
	enum { LS_LINK, LS_FLOW, LS_ZONE } kind;
	const char	*name, *zone, *over;
	unsigned	 cls, state;
	bool		 known, edge;
	double		 in_bps, out_bps, in_pps, out_pps;	/* bits and packets a second */
	double		 drops_pps;	/* negative: not known */
	double		 util;		/* 0 to 1 and beyond; negative: not known */
	uint64_t	 maxbw;		/* bits a second; UINT64_MAX: no limit */
	uint32_t	 speed_mbps;	/* 0: not known */
	uint64_t	 in_bytes, out_bytes;	/* in the interval */
	uint32_t	 history;	/* number of its samples; UINT32_MAX: none are kept */
};
static inline double ls_sum(const struct ls_row *r)
{
	return r->in_bps + r->out_bps;
}

/* What a link did before, by what tells its counters apart. */
struct ls_past {
	uint64_t	 netns;
	unsigned	 ifindex;
	uint64_t	 round;		/* when it was seen last */
	float		 bps[HISTORY];	/* sum of both directions; @at is the next to be written */
};

struct ls_model {
	struct cli	*c;
	struct vw_stat	*stat;
	struct vw_stat_reading *now, *delta;
	double		 interval_s;
	/* choices */
	enum ls_sort	 sort;
	enum ls_units	 units;
	bool		 reverse, flows, by_zone, skip_idle;
	char		 filter[64];
	/* what came of them */
	struct ls_row	*rows;		/* all links, then all flows */
	size_t		 nlinks, nflows, maxrows;
	struct ls_row	**shown;	/* in order */
	size_t		 nshown, maxshown;
	struct ls_row	*zones;		/* rows of their own while by_zone */
	size_t		 nzones, maxzones;
	struct ls_row	 total;		/* no packet counted twice */
	double		 seconds;
	struct ls_past	*past;		/* hash by netns and ifindex */
	size_t		 npast, maxpast;
	uint64_t	 round;
};
int ls_open(struct ls_model *m);
/* One more reading. VW_OK or a negative status, for ls_failed(). */
int ls_read(struct ls_model *m);
/* Filter, sort and unfold what was read, after a reading or another choice. */
int ls_arrange(struct ls_model *m);
/* Sample @i, 0 the newest, of a row's past; negative: there is none. */
float ls_past(const struct ls_model *m, const struct ls_row *row, unsigned i);
/* Print a failure of the two above; CLI_FAILED. */
int ls_failed(struct ls_model *m, int rc);
void ls_close(struct ls_model *m);
/* A second's worth of @row in the units chosen. */
double ls_in(const struct ls_model *m, const struct ls_row *row);
double ls_out(const struct ls_model *m, const struct ls_row *row);

/* format.c: seconds of a clock that nobody sets */
double ls_now(void);
/* At most 7 columns, "12.3M"; util as "57%", "?" */
const char *ls_rate(double rate, char buf[16]);
const char *ls_util(double util, char buf[16]);

/* batch.c: @count reports, 0: without end */
int ls_batch(struct ls_model *m, uint64_t count);
/* screen.c */
int ls_screen(struct ls_model *m);

/* signals.c */
extern volatile sig_atomic_t ls_stopped;	/* number of the signal that asks to end */
void ls_catch_signals(void);
/* ^Z is for the screen to do, between two pictures: ls_suspended is set, ls_wait() returns. */
extern volatile sig_atomic_t ls_suspended;
void ls_catch_suspend(void);
void ls_suspend(void);		/* stop, until the shell wants us back */
/* A crash gives the terminal back, too: what to write, and the settings to restore. */
void ls_terminal_taken(const char *give_back);
void ls_terminal_given(void);
/* Wait for @seconds, or a key when @keys; true: a key is there. */
bool ls_wait(double seconds, bool keys);

#endif

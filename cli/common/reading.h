/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * reading.h - reports of counters, once or every few seconds: what dlstat and flowstat share
 */
#ifndef CLI_READING_H
#define CLI_READING_H

#include "interval.h"
#include "table.h"

/* One command at work. */
struct cli_reading {
	struct vw_stat		*stat;
	struct vw_stat_reading	*now, *before;
	struct vw_stat_reading	*shown;		/* totals, or differences since the report before */
	struct cli_report	 report;
	int			 unit;		/* for cli_set_count(); -1: plain numbers */
};

#define OPT_UNIT	{ 'u', "unit", "unit", "count in R (ones), K, M, G, T or P, not what fits", 0, "words:R,K,M,G,T,P" }
#define OPT_EVERY	{ 'i', "interval", "seconds", "repeat; first totals, then differences" }
#define OPT_ZONE	{ 'Z', "zone", "zone", "links of this zone only", 0, "zone" }

/* -u and -p, -j: fill r->unit. CLI_DONE, or the printed mistake. */
int cli_reading_unit(struct cli *c, struct cli_reading *r);
/* Read with @flags and @filter, then let @print show r->shown; with -i again and again. Closes the
 * session; r->report stays the caller's. */
int cli_reading_run(struct cli *c, struct cli_reading *r, const struct vw_stat_filter *filter,
		    unsigned flags, int (*print)(struct cli *c, struct cli_reading *r));
/* A counter as cell; VW_STAT_UNKNOWN: '?'. */
void cli_set_counter(struct cli_cell *cell, uint64_t num, int unit);
/* Allow as many open files as can be: a zone takes two. */
void cli_many_files(void);

#endif

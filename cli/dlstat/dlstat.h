/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* dlstat.h - what the modes of dlstat share */
#ifndef DLSTAT_H
#define DLSTAT_H

#include "reading.h"

extern const struct cli_command total_commands[], lane_commands[], aggr_commands[];
/* Tables of -r -L and -r -F, the first in the words of the paper. */
extern const struct cli_table dlstat_paper_table, dlstat_cpu_table;

/* The tables that -r and -t choose from are about one side of a link. */
struct dlstat_row {
	const struct vw_stat_link	*link;
	const struct vw_stat_lane	*lane;	/* NULL: all of the link */
	uint64_t			 interrupts, polls, hw_drops, stops, wakes;
	uint64_t			 under10, to50, over50;
	bool				 first;	/* report: polls are not known since when */
	const char			*port;	/* of an aggr */
	int				 unit;
};

/* Cells of struct dlstat_row. */
void dlstat_cell_link(struct cli_cell *cell, const void *row);
void dlstat_cell_zone(struct cli_cell *cell, const void *row);
void dlstat_cell_ipkts(struct cli_cell *cell, const void *row);
void dlstat_cell_rbytes(struct cli_cell *cell, const void *row);
void dlstat_cell_opkts(struct cli_cell *cell, const void *row);
void dlstat_cell_obytes(struct cli_cell *cell, const void *row);

/* Run @print with the filter that the operand and -Z make. @table as for cli_report_open(). */
int dlstat_run(struct cli *c, const struct cli_table *table, const char *defaults, unsigned flags,
	       unsigned classes, int (*print)(struct cli *c, struct cli_reading *r));
/* -a, -A: every counter by name. */
int dlstat_all(struct cli *c, unsigned classes);
/* --openmetrics */
int dlstat_metrics(struct cli *c);
/* -r -L and -r -F in the words of the paper. */
int dlstat_lanes(struct cli *c);
/* -L and -F are about the receiving side: a usage error without -r. */
int dlstat_need_receive(struct cli *c);

#endif

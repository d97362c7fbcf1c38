/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * showusage.h - show-usage of dladm and flowadm, and the same under its other names: dlstat -u,
 * dlstat show-link -h, flowstat -u, flowstat -h
 */
#ifndef CLI_SHOWUSAGE_H
#define CLI_SHOWUSAGE_H

#include "table.h"

/* Tables of one subcommand, show-usage: for the list of commands of a program. */
extern const struct cli_command cli_usage_links[], cli_usage_flows[];

/*
 * The first thing in main() of dlstat and flowstat: when the words ask for history ("-h", or "-u"
 * that is no unit) make them those of show-usage. Returns the number of words.
 */
int cli_usage_words(int argc, char **argv);

/* usagetable.c: a row at work; how its times are written depends on all rows */
struct usage_line {
	const struct vw_usage_row *row;
	const char	*format;	/* of strftime(3) */
	bool		 plain;		/* numbers alone: for scripts */
	bool		 percentiles;	/* they were asked for */
};
/* Of links and of flows, with times short and long. */
extern const struct cli_table cli_usage_tables[2][2];
/* "2026-11-21T14:40:20+01:00" and such by @format of strftime(3). */
void cli_usage_time(uint64_t ms, const char *format, char *buf, size_t len);

/* plot.c: rows of an answer for gnuplot or as comma-separated values */
struct usage_form {
	const char	*format;	/* "gnuplot", "plot", "csv" */
	unsigned	 group;		/* enum vw_usage_group */
	unsigned	 step;		/* enum vw_usage_step */
	bool		 flows;
	bool		 percentiles;
};
int cli_usage_print(struct cli *c, struct vw_usage *u, const struct usage_form *form);

#endif

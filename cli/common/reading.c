/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* reading.c - reports of counters: totals first, then differences */
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "reading.h"

int cli_reading_unit(struct cli *c, struct cli_reading *r)
{
	static const char *const pairs[] = { "up", "uj", NULL };
	const char *unit = cli_value(c, 'u');
	int rc = cli_exclude(c, pairs);

	if (rc != CLI_DONE)
		return rc;
	r->unit = cli_has(c, 'p') || cli_has(c, 'j') ? -1 : 0;
	if (unit == NULL)
		return CLI_DONE;
	if (strlen(unit) != 1 || strchr("RKMGTP", *unit) == NULL)
		return cli_usage(c, "invalid unit value '%s': the units are R, K, M, G, T and P",
				 unit);
	r->unit = *unit;
	return CLI_DONE;
}

void cli_set_counter(struct cli_cell *cell, uint64_t num, int unit)
{
	if (num == VW_STAT_UNKNOWN)
		cli_set_unknown(cell);
	else if (unit < 0)
		cli_set_number(cell, num);
	else
		cli_set_count(cell, num, unit);
}

void cli_many_files(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) < 0)
		return;
	files.rlim_cur = files.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &files);
}

struct repeating {
	struct cli_reading *r;
	int (*print)(struct cli *c, struct cli_reading *r);
};

static int read_once(struct cli *c, struct cli_memory *m, void *arg)
{
	struct repeating *p = arg;
	struct cli_reading *r = p->r;
	struct vw_stat_reading *delta = NULL;
	int rc;

	vw_stat_free(r->before);
	r->before = r->now;
	r->now = NULL;
	if (vw_stat_read(r->stat, &r->now) < 0)
		return cli_library_error(c);
	r->shown = r->now;
	if (m != NULL && r->before != NULL) {
		if (vw_stat_delta(r->now, r->before, &delta) < 0)
			return cli_nomem(c);
		r->shown = delta;
	}
	if (m != NULL && r->report.form == CLI_JSON)
		snprintf(r->report.head, sizeof(r->report.head),
			 "\"time_s\":%.3f,\"seconds\":%.3f,", (double)vw_stat_time(r->now) / 1e9,
			 delta != NULL ? vw_stat_seconds(delta) : 0.0);
	rc = p->print(c, r);
	r->shown = NULL;
	vw_stat_free(delta);
	return rc;
}

int cli_reading_run(struct cli *c, struct cli_reading *r, const struct vw_stat_filter *filter,
		    unsigned flags, int (*print)(struct cli *c, struct cli_reading *r))
{
	struct repeating p = { .r = r, .print = print };
	int rc = cli_open(c);

	if (rc != CLI_DONE)
		return rc;
	cli_many_files();
	if (cli_has(c, 'i'))
		flags |= VW_STAT_LISTEN;
	if (vw_stat_open(c->h, filter, flags, &r->stat) < 0)
		return cli_library_error(c);
	rc = cli_repeat(c, read_once, &p);
	vw_stat_free(r->now);
	vw_stat_free(r->before);
	vw_stat_close(r->stat);
	r->stat = NULL;
	return rc;
}

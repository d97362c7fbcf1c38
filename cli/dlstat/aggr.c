/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* aggr.c - show-aggr: aggregations and their ports */
#include <stdlib.h>
#include <string.h>

#include "dlstat.h"

static void cell_port(struct cli_cell *cell, const void *row)
{
	cli_set_text(cell, ((const struct dlstat_row *)row)->port);
}

/* A port's row begins with its aggregation, too. */
static void cell_aggr(struct cli_cell *cell, const void *row)
{
	const struct dlstat_row *r = row;

	cli_set_text(cell, r->port != NULL ? r->link->bridge : r->link->name);
}

#define N CLI_NUMBER
#define AGGR { "LINK", 15, cell_aggr, "name of the aggregation", "link" }
#define PORT { "PORT", 15, cell_port, "port; empty: all of the aggregation", "port" }
#define ZONE { "ZONE", 12, dlstat_cell_zone, "network namespace it is in", "zone" }
#define IPKTS { "IPKTS", 8, dlstat_cell_ipkts, "packets received", "rx_packets", N }
#define RBYTES { "RBYTES", 8, dlstat_cell_rbytes, "bytes received", "rx_bytes", N }
#define OPKTS { "OPKTS", 8, dlstat_cell_opkts, "packets sent", "tx_packets", N }
#define OBYTES { "OBYTES", 8, dlstat_cell_obytes, "bytes sent", "tx_bytes", N }

static const struct cli_column both_columns[] = { AGGR, PORT, IPKTS, RBYTES, OPKTS, OBYTES, ZONE,
						  { 0 } };
static const struct cli_column rx_columns[] = { AGGR, PORT, IPKTS, RBYTES, ZONE, { 0 } };
static const struct cli_column tx_columns[] = { AGGR, PORT, OPKTS, OBYTES, ZONE, { 0 } };
static const struct cli_table both_table = { "aggrs", both_columns, .right = true };
static const struct cli_table rx_table = { "rx-aggrs", rx_columns, .right = true };
static const struct cli_table tx_table = { "tx-aggrs", tx_columns, .right = true };

static bool same_zone(const struct vw_stat_link *a, const struct vw_stat_link *b)
{
	return strcmp(a->zone != NULL ? a->zone : "", b->zone != NULL ? b->zone : "") == 0;
}

static struct vw_stat_link *copy_links(struct vw_stat_reading *r, size_t *n)
{
	struct vw_stat_link *v = NULL;
	const struct vw_stat_link *l;
	size_t max = 0;

	*n = 0;
	while ((l = vw_stat_link_next(r)) != NULL) {
		if (l->flags & VW_STAT_GONE)
			continue;
		if (*n == max) {
			struct vw_stat_link *more;

			max = max ? 2 * max : 64;
			more = realloc(v, max * sizeof(*v));
			if (more == NULL) {
				free(v);
				return NULL;
			}
			v = more;
		}
		v[(*n)++] = *l;
	}
	return v != NULL ? v : calloc(1, sizeof(*v));
}

static int print_aggrs(struct cli *c, struct cli_reading *r)
{
	const char *name = cli_operand(c);
	const struct vw_stat_link *other = NULL;
	size_t n, i, k, found = 0;
	cli_auto_free struct vw_stat_link *v = copy_links(r->shown, &n);

	if (v == NULL)
		return cli_nomem(c);
	for (i = 0; i < n; i++) {
		struct dlstat_row row = { .link = &v[i], .unit = r->unit };

		if (name != NULL && strcmp(v[i].name, name) != 0)
			continue;
		/* A zone may have another link of that name: that must not hide ours. */
		if (v[i].cls != VW_CLASS_AGGR) {
			other = &v[i];
			continue;
		}
		found++;
		cli_report_row(&r->report, &row);
		for (k = 0; k < n; k++) {
			if (v[k].bridge == NULL || strcmp(v[k].bridge, v[i].name) != 0 ||
			    !same_zone(&v[i], &v[k]))
				continue;
			row = (struct dlstat_row){ .link = &v[k], .port = v[k].name,
						   .unit = r->unit };
			cli_report_row(&r->report, &row);
		}
	}
	if (name != NULL && found == 0 && other != NULL)
		return cli_fail(c, "'%s' is not an aggregation but a %s", name,
				vw_class_name(other->cls));
	if (name != NULL && found == 0)
		return cli_fail(c, "no link '%s'", name);
	return cli_report_close(c, &r->report);
}

static int show_aggr(struct cli *c)
{
	static const char *const pairs[] = { "rt", NULL };
	struct cli_reading r = { 0 };
	int rc = cli_exclude(c, pairs);

	if (rc == CLI_DONE)
		rc = cli_reading_unit(c, &r);
	if (rc != CLI_DONE)
		return rc;
	if (!cli_report_open(c, &r.report, cli_has(c, 'r')   ? &rx_table
					   : cli_has(c, 't') ? &tx_table
							     : &both_table, NULL, &rc))
		return rc;
	/* The ports are wanted, too, so the operand is no filter. */
	rc = cli_reading_run(c, &r, NULL, 0, print_aggrs);
	cli_report_free(&r.report);
	return rc;
}

static const struct cli_option options[] = {
	{ 'r', "receive", NULL, "the receiving side alone" },
	{ 't', "transmit", NULL, "the sending side alone" },
	OPT_EVERY, OPT_PARSEABLE, OPT_OUTPUT, OPT_UNIT, OPT_JSON,
	{ 0 }
};
static const struct cli_table *const tables[] = { &both_table, &rx_table, &tx_table, NULL };

const struct cli_command aggr_commands[] = {
	{ "show-aggr", show_aggr, options, "[link]", "aggregations and their ports", 0, 1,
	  "link:aggr", tables },
	{ 0 }
};

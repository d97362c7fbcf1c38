/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* flowstat.c - counters of flows */
#include <inttypes.h>
#include <stdio.h>

#include "flowstat.h"

struct row {
	const struct vw_stat_flow	*flow;
	int				 unit;
};
#define ROW(row) ((const struct row *)(row))

static void cell_flow(struct cli_cell *cell, const void *row)
{
	cli_set_text(cell, ROW(row)->flow->name);
}

static void cell_link(struct cli_cell *cell, const void *row)
{
	cli_set_text(cell, ROW(row)->flow->link);
}

static void cell_zone(struct cli_cell *cell, const void *row)
{
	cli_set_text(cell, ROW(row)->flow->zone);
}

#define COUNTER_CELL(member)							\
	static void cell_##member(struct cli_cell *cell, const void *row)	\
	{									\
		const struct vw_stat_flow *f = ROW(row)->flow;			\
										\
		cli_set_counter(cell, f->flags & VW_STAT_KNOWN ? f->stats.member \
							       : VW_STAT_UNKNOWN, \
				ROW(row)->unit);				\
	}
COUNTER_CELL(in_packets)
COUNTER_CELL(in_bytes)
COUNTER_CELL(out_packets)
COUNTER_CELL(out_bytes)
COUNTER_CELL(drops)

/* Linux finds errors before it knows of what flow a packet is. */
static void cell_errors(struct cli_cell *cell, const void *row)
{
	(void)row;
	cli_set_unknown(cell);
}

static void cell_maxbw(struct cli_cell *cell, const void *row)
{
	uint64_t maxbw = ROW(row)->flow->maxbw;

	if (maxbw != UINT64_MAX)
		cli_set_counter(cell, maxbw, ROW(row)->unit);
}

#define N CLI_NUMBER
#define MORE CLI_COL_MORE
#define FLOW { "FLOW", 15, cell_flow, "name of the flow", "flow" }
#define LINK { "LINK", 10, cell_link, "link it is on", "link" }
#define IPKTS { "IPKTS", 8, cell_in_packets, "packets received", "rx_packets", N }
#define RBYTES { "RBYTES", 8, cell_in_bytes, "bytes received", "rx_bytes", N }
#define IBYTES { "IBYTES", 8, cell_in_bytes, "the same as RBYTES", "in_bytes", N, MORE }
#define IERRS { "IERRS", 8, cell_errors, "receive errors: Linux does not tell", "rx_errors", N }
#define OPKTS { "OPKTS", 8, cell_out_packets, "packets sent", "tx_packets", N }
#define OBYTES { "OBYTES", 8, cell_out_bytes, "bytes sent", "tx_bytes", N }
#define OERRS { "OERRS", 8, cell_errors, "send errors: Linux does not tell", "tx_errors", N }
#define DROPS { "DROPS", 8, cell_drops, "packets dropped by action=drop or maxbw=0", \
		"dropped_packets", N, MORE }
#define ZONE { "ZONE", 12, cell_zone, "network namespace the link is in", "zone", CLI_TEXT, MORE }
#define MAXBW { "MAXBW", 8, cell_maxbw, "limit, bits per second", "maxbw_bps", N, MORE }

static const struct cli_column both_columns[] = {
	FLOW, LINK, IPKTS, RBYTES, IBYTES, IERRS, OPKTS, OBYTES, OERRS, DROPS, ZONE, MAXBW, { 0 }
};
static const struct cli_column rx_columns[] = {
	FLOW, LINK, IPKTS, RBYTES, IBYTES, IERRS, ZONE, { 0 }
};
static const struct cli_column tx_columns[] = { FLOW, LINK, OPKTS, OBYTES, OERRS, ZONE, { 0 } };
static const struct cli_table both_table = { "flows", both_columns, .right = true };
static const struct cli_table rx_table = { "rx-flows", rx_columns, .right = true };
static const struct cli_table tx_table = { "tx-flows", tx_columns, .right = true };

static int print_flows(struct cli *c, struct cli_reading *r)
{
	const struct vw_stat_flow *f;

	while ((f = vw_stat_flow_next(r->shown)) != NULL) {
		struct row row = { f, r->unit };

		cli_report_row(&r->report, &row);
	}
	return cli_report_close(c, &r->report);
}

static void print_counter(const struct vw_stat_flow *f, const char *name, uint64_t n)
{
	if (f->flags & VW_STAT_KNOWN)
		printf("\t%15s\t\t%15" PRIu64 "\n", name, n);
	else
		printf("\t%15s\t\t%15s\n", name, "?");
}

static int print_all(struct cli *c, struct cli_reading *r)
{
	const struct vw_stat_flow *f;
	char name[512], link[512];
	bool first = true;

	(void)c;
	while ((f = vw_stat_flow_next(r->shown)) != NULL) {
		if (!first)
			puts("------------------------------------------------------------");
		first = false;
		vw_escape(name, sizeof(name), f->name);
		vw_escape(link, sizeof(link), f->link);
		printf("%s  link %s\n", name, link);
		print_counter(f, "ipackets", f->stats.in_packets);
		print_counter(f, "rbytes", f->stats.in_bytes);
		print_counter(f, "opackets", f->stats.out_packets);
		print_counter(f, "obytes", f->stats.out_bytes);
		print_counter(f, "drops", f->stats.drops);
	}
	return CLI_DONE;
}

static int show(struct cli *c)
{
	static const char *const pairs[] = { "rt", "Ar", "At", "Ap", "Ao", "Au", "Ai", "Aj", NULL };
	struct cli_reading r = { 0 };
	bool all = cli_has(c, 'A');
	int rc = cli_exclude(c, pairs);

	if (rc == CLI_DONE)
		rc = cli_reading_unit(c, &r);
	if (rc != CLI_DONE)
		return rc;
	if (!all && !cli_report_open(c, &r.report, cli_has(c, 'r') ? &rx_table : cli_has(c, 't') ?
				     &tx_table : &both_table, NULL, &rc))
		return rc;
	rc = cli_reading_run(c, &r, VW_STAT_FILTER(.flow = cli_operand(c),
						   .link = cli_value(c, 'l'),
						   .zone = cli_value(c, 'Z')),
			     VW_STAT_FLOWS | VW_STAT_LIMITS, all ? print_all : print_flows);
	cli_report_free(&r.report);
	return rc;
}

static const struct cli_option options[] = {
	{ 'r', "receive", NULL, "the receiving side alone" },
	{ 't', "transmit", NULL, "the sending side alone" },
	{ 'l', "link", "link", "flows of this link only", 0, "link" },
	OPT_ZONE, OPT_EVERY, OPT_PARSEABLE, OPT_OUTPUT, OPT_UNIT, OPT_JSON,
	{ 'A', "all", NULL, "every counter by name, since the flow was added" },
	{ 0 }
};
static const struct cli_table *const tables[] = { &both_table, &rx_table, &tx_table, NULL };

const struct cli_command flow_commands[] = {
	{ "", show, options, "[flow]", "counters of flows", 0, 1, "flow", tables },
	{ 0 }
};

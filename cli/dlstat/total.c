/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* total.c - dlstat without subcommand: one row a link; totals, one side (-r, -t), drops (-D) */
#include <stdio.h>
#include <string.h>

#include "dlstat.h"
#include "drops.h"

#define ROW(row) ((const struct dlstat_row *)(row))

void dlstat_cell_link(struct cli_cell *cell, const void *row)
{
	cli_set_text(cell, ROW(row)->link->name);
}

void dlstat_cell_zone(struct cli_cell *cell, const void *row)
{
	cli_set_text(cell, ROW(row)->link->zone);
}

/* A counter of the link; '?' where the host cannot read it. */
static void set_counter(struct cli_cell *cell, const struct dlstat_row *r, uint64_t num)
{
	cli_set_counter(cell, r->link->flags & VW_STAT_KNOWN ? num : VW_STAT_UNKNOWN, r->unit);
}

#define COUNTER_CELL(name, member)						\
	void dlstat_cell_##name(struct cli_cell *cell, const void *row)	\
	{									\
		set_counter(cell, row, ROW(row)->link->stats.member);		\
	}
COUNTER_CELL(ipkts, rx_packets)
COUNTER_CELL(rbytes, rx_bytes)
COUNTER_CELL(opkts, tx_packets)
COUNTER_CELL(obytes, tx_bytes)
#undef COUNTER_CELL

#define COUNTER_CELL(name, member)						\
	static void cell_##name(struct cli_cell *cell, const void *row)	\
	{									\
		set_counter(cell, row, ROW(row)->link->stats.member);		\
	}
COUNTER_CELL(ierrs, rx_errors)
COUNTER_CELL(oerrs, tx_errors)
COUNTER_CELL(idrops, rx_dropped)
COUNTER_CELL(odrops, tx_dropped)
COUNTER_CELL(mcast, multicast)
#undef COUNTER_CELL

static void set_drops(struct cli_cell *cell, const struct dlstat_row *r, uint64_t num)
{
	cli_set_counter(cell, r->link->flags & VW_STAT_HAS_DROPS ? num : VW_STAT_UNKNOWN, r->unit);
}

#define DROP_CELL(member, ...)							\
	static void cell_##member(struct cli_cell *cell, const void *row)	\
	{									\
		set_drops(cell, row, ROW(row)->link->drops.member);		\
	}
CLI_DROPS(DROP_CELL)
#undef DROP_CELL

static void cell_drops(struct cli_cell *cell, const void *row)
{
	set_drops(cell, row, cli_drops_sum(&ROW(row)->link->drops));
}

static void cell_class(struct cli_cell *cell, const void *row)
{
	if (ROW(row)->link->cls != 0)
		cli_set_text(cell, vw_class_name(ROW(row)->link->cls));
}

static void cell_state(struct cli_cell *cell, const void *row)
{
	cli_set_text(cell, vw_state_name(ROW(row)->link->state));
}

static void cell_over(struct cli_cell *cell, const void *row)
{
	cli_set_text(cell, ROW(row)->link->over);
}

static void cell_maxbw(struct cli_cell *cell, const void *row)
{
	uint64_t maxbw = ROW(row)->link->maxbw;

	if (maxbw != UINT64_MAX)
		cli_set_counter(cell, maxbw, ROW(row)->unit);
}

static void cell_interrupts(struct cli_cell *cell, const void *row)
{
	cli_set_counter(cell, ROW(row)->interrupts, ROW(row)->unit);
}

static void cell_hdrops(struct cli_cell *cell, const void *row)
{
	cli_set_counter(cell, ROW(row)->hw_drops, ROW(row)->unit);
}

static void cell_stops(struct cli_cell *cell, const void *row)
{
	cli_set_counter(cell, ROW(row)->stops, ROW(row)->unit);
}

static void cell_wakes(struct cli_cell *cell, const void *row)
{
	cli_set_counter(cell, ROW(row)->wakes, ROW(row)->unit);
}

/* Polls are counted since we began: a total of them is not known, a difference is. */
#define POLL_CELL(member)							\
	static void cell_##member(struct cli_cell *cell, const void *row)	\
	{									\
		cli_set_counter(cell, ROW(row)->first ? VW_STAT_UNKNOWN		\
						      : ROW(row)->member, ROW(row)->unit);	\
	}
POLL_CELL(polls)
POLL_CELL(under10)
POLL_CELL(to50)
POLL_CELL(over50)

#define N CLI_NUMBER
#define MORE CLI_COL_MORE
#define DROPS (VW_LIST_DETAIL | VW_LIST_STATS | CLI_COL_MORE)
/* Fields that more than names and counters are needed for: VW_LIST_STATS, not to be BRIEF. */
#define FULL (VW_LIST_STATS | CLI_COL_MORE)
static const struct cli_column total_columns[] = {
	{ "LINK", 15, dlstat_cell_link, "name of the link", "link" },
	{ "IPKTS", 8, dlstat_cell_ipkts, "packets received", "rx_packets", N },
	{ "RBYTES", 8, dlstat_cell_rbytes, "bytes received", "rx_bytes", N },
	{ "IBYTES", 8, dlstat_cell_rbytes, "the same as RBYTES", "in_bytes", N, MORE },
	{ "OPKTS", 8, dlstat_cell_opkts, "packets sent", "tx_packets", N },
	{ "OBYTES", 8, dlstat_cell_obytes, "bytes sent", "tx_bytes", N },
	{ "ZONE", 12, dlstat_cell_zone, "network namespace the link is in", "zone" },
	{ "IERRS", 8, cell_ierrs, "receive errors", "rx_errors", N, MORE },
	{ "OERRS", 8, cell_oerrs, "send errors", "tx_errors", N, MORE },
	{ "IDROPS", 8, cell_idrops, "received packets the device dropped", "rx_dropped", N, MORE },
	{ "ODROPS", 8, cell_odrops, "packets to send the device dropped", "tx_dropped", N, MORE },
	{ "MCAST", 8, cell_mcast, "multicast packets received", "multicast_packets", N, MORE },
	{ "DROPS", 8, cell_drops, "packets the host took away from the link: sum of -D",
	  "dropped_packets", N, DROPS },
	{ "CLASS", 10, cell_class, "phys, vnic, etherstub, vlan, aggr, simnet, bridge, iptun, misc",
	  "class", CLI_TEXT, FULL },
	{ "STATE", 8, cell_state, "up, down or unknown", "state", CLI_TEXT, FULL },
	{ "OVER", 12, cell_over, "link below", "over", CLI_TEXT, FULL },
	{ "MAXBW", 8, cell_maxbw, "limit, bits per second", "maxbw_bps", N, DROPS },
	{ 0 }
};
static const struct cli_table total_table = { "links", total_columns, .right = true };

static const struct cli_column rx_columns[] = {
	{ "LINK", 15, dlstat_cell_link, "name of the link", "link" },
	{ "IPKTS", 8, dlstat_cell_ipkts, "packets received", "rx_packets", N },
	{ "RBYTES", 8, dlstat_cell_rbytes, "bytes received", "rx_bytes", N },
	{ "IBYTES", 8, dlstat_cell_rbytes, "the same as RBYTES", "in_bytes", N, MORE },
	{ "INTRS", 8, cell_interrupts, "interrupts taken for it", "interrupts", N },
	{ "POLLS", 8, cell_polls, "with -i: polls that found packets", "polls", N },
	{ "SDROPS", 8, cell_idrops, "received packets dropped in software", "rx_dropped", N, MORE },
	{ "HDRPS", 8, cell_hdrops, "packets dropped by the hardware", "hw_dropped", N, MORE },
	{ "CH<10", 8, cell_under10, "polls that found under 10 packets", "chains_under_10", N },
	{ "CH10-50", 8, cell_to50, "10 to 50", "chains_10_to_50", N },
	{ "CH>50", 8, cell_over50, "more", "chains_over_50", N },
	{ "ZONE", 12, dlstat_cell_zone, "network namespace the link is in", "zone" },
	{ 0 }
};
static const struct cli_table rx_table = { "rx", rx_columns, .right = true };

static const struct cli_column tx_columns[] = {
	{ "LINK", 15, dlstat_cell_link, "name of the link", "link" },
	{ "OPKTS", 8, dlstat_cell_opkts, "packets sent", "tx_packets", N },
	{ "OBYTES", 8, dlstat_cell_obytes, "bytes sent", "tx_bytes", N },
	{ "BLKCNT", 8, cell_stops, "times a queue was stopped", "stops", N },
	{ "UBLKCNT", 8, cell_wakes, "times a queue was started again", "wakes", N },
	{ "SDROPS", 8, cell_odrops, "packets to send dropped in software", "tx_dropped", N, MORE },
	{ "ZONE", 12, dlstat_cell_zone, "network namespace the link is in", "zone" },
	{ 0 }
};
static const struct cli_table tx_table = { "tx", tx_columns, .right = true };

#define DROP_COLUMN(member, counter, long_header, width, header, help)		\
	{ header, 7, cell_##member, help, #member "_packets", N, VW_LIST_DETAIL },
static const struct cli_column drop_columns[] = {
	{ "LINK", 15, dlstat_cell_link, "name of the link", "link" },
	CLI_DROPS(DROP_COLUMN)
	{ "ZONE", 12, dlstat_cell_zone, "network namespace the link is in", "zone" },
	{ 0 }
};
#undef DROP_COLUMN
static const struct cli_table drop_table = { "drops", drop_columns, .right = true };
#undef N
#undef MORE
#undef DROPS
#undef FULL

int dlstat_run(struct cli *c, const struct cli_table *table, const char *defaults, unsigned flags,
	       unsigned classes, int (*print)(struct cli *c, struct cli_reading *r))
{
	struct cli_reading r = { 0 };
	int rc = cli_reading_unit(c, &r);

	if (rc != CLI_DONE)
		return rc;
	if (!cli_report_open(c, &r.report, table, defaults, &rc))
		return rc;
	if ((flags & VW_STAT_LANES) && cli_has(c, 'i'))
		flags |= VW_STAT_POLLS;
	if (r.report.needs & VW_LIST_DETAIL)
		flags |= VW_STAT_DROPS | VW_STAT_LIMITS;
	if (flags == 0 && classes == 0 && !cli_has(c, 'i') && !cli_has(c, 'T') &&
	    !(r.report.needs & VW_LIST_STATS))
		flags = VW_STAT_BRIEF;
	rc = cli_reading_run(c, &r, VW_STAT_FILTER(.link = cli_operand(c),
						   .zone = cli_value(c, 'Z'), .classes = classes),
			     flags, print);
	cli_report_free(&r.report);
	return rc;
}

/* One queue that says nothing makes the sum unknown. */
static void add(uint64_t *sum, uint64_t n, bool first)
{
	if (first)
		*sum = n;
	else if (*sum == VW_STAT_UNKNOWN || n == VW_STAT_UNKNOWN)
		*sum = VW_STAT_UNKNOWN;
	else
		*sum += n;
}

static bool is_of(const struct vw_stat_lane *lane, const struct vw_stat_link *link)
{
	const char *a = lane->zone != NULL ? lane->zone : "";
	const char *b = link->zone != NULL ? link->zone : "";

	return strcmp(lane->link, link->name) == 0 && strcmp(a, b) == 0;
}

/* What the queues of a link say together. Lanes come in the order of their links: *@lane is the
 * first that was not taken yet. */
static void add_lanes(struct dlstat_row *row, struct vw_stat_reading *all,
		      const struct vw_stat_lane **lane)
{
	bool first_rx = true, first_tx = true;

	for (; *lane != NULL && is_of(*lane, row->link); *lane = vw_stat_lane_next(all)) {
		const struct vw_stat_lane *l = *lane;

		if (l->cpu >= 0)
			continue;
		if (l->type == VW_LANE_RX) {
			add(&row->interrupts, l->interrupts, first_rx);
			add(&row->polls, l->polls, first_rx);
			add(&row->under10, l->under10, first_rx);
			add(&row->to50, l->to50, first_rx);
			add(&row->over50, l->over50, first_rx);
			add(&row->hw_drops, l->hw ? l->drops : VW_STAT_UNKNOWN, first_rx);
			first_rx = false;
		} else {
			add(&row->stops, l->stops, first_tx);
			add(&row->wakes, l->wakes, first_tx);
			first_tx = false;
		}
	}
}

static struct dlstat_row row_of(const struct cli_reading *r, const struct vw_stat_link *link)
{
	return (struct dlstat_row){
		.link = link, .unit = r->unit, .interrupts = VW_STAT_UNKNOWN,
		.polls = VW_STAT_UNKNOWN, .hw_drops = VW_STAT_UNKNOWN,
		.stops = VW_STAT_UNKNOWN, .wakes = VW_STAT_UNKNOWN,
		.under10 = VW_STAT_UNKNOWN, .to50 = VW_STAT_UNKNOWN, .over50 = VW_STAT_UNKNOWN,
		.first = r->before == NULL,
	};
}

static void print_total(struct cli_reading *r)
{
	struct vw_stat_link sum = { .name = "total", .maxbw = UINT64_MAX, .flags = VW_STAT_KNOWN };
	struct dlstat_row row = row_of(r, &sum);

	vw_stat_total(r->shown, &sum.stats);
	cli_report_row(&r->report, &row);
}

static int print_links(struct cli *c, struct cli_reading *r)
{
	const struct vw_stat_lane *lane = vw_stat_lane_next(r->shown);
	const struct vw_stat_link *l;

	while ((l = vw_stat_link_next(r->shown)) != NULL) {
		struct dlstat_row row = row_of(r, l);

		if (l->flags & VW_STAT_GONE)
			continue;
		add_lanes(&row, r->shown, &lane);
		cli_report_row(&r->report, &row);
	}
	if (cli_has(c, 'T'))
		print_total(r);
	return cli_report_close(c, &r->report);
}

static int show_totals(struct cli *c)
{
	static const char *const pairs[] = { "rt", "rD", "tD", "LF", "TD", "TL", "TF", NULL };
	static const char *const all[] = { "aD", "aT", "aL", "aF", "ap", "ao", "au", "ai", "aj",
					   "Ar", "At", "AD", "AT", "Ap", "Ao", "Au", "Ai", "Aj", NULL };
	static const char *const alone[] = { "Mr", "Mt", "MD", "Ma", "MA", "Mp", "Mo", "Mu", "Mi", "Mj",
					     "MT", NULL };
	int rc = cli_exclude(c, pairs);

	if (rc == CLI_DONE)
		rc = cli_exclude(c, all);
	if (rc == CLI_DONE)
		rc = cli_exclude(c, alone);
	if (rc == CLI_DONE && cli_has(c, 'w') && !cli_has(c, 'M'))
		rc = cli_usage(c, "the option -w can be used only with --openmetrics");
	if (rc == CLI_DONE)
		rc = dlstat_need_receive(c);
	if (rc != CLI_DONE)
		return rc;
	if (cli_has(c, 'M'))
		return dlstat_metrics(c);
	if (cli_has(c, 'a') || cli_has(c, 'A'))
		return dlstat_all(c, 0);
	if (cli_has(c, 'L') || cli_has(c, 'F'))
		return dlstat_lanes(c);
	if (cli_has(c, 'D'))
		return dlstat_run(c, &drop_table, NULL, VW_STAT_DROPS, 0, print_links);
	if (cli_has(c, 'r'))
		return dlstat_run(c, &rx_table, NULL, VW_STAT_LANES, 0, print_links);
	if (cli_has(c, 't'))
		return dlstat_run(c, &tx_table, NULL, VW_STAT_LANES, 0, print_links);
	return dlstat_run(c, &total_table, NULL, 0, 0, print_links);
}

static const struct cli_option total_options[] = {
	{ 'r', "receive", NULL, "the receiving side: interrupts, polls, drops" },
	{ 't', "transmit", NULL, "the sending side: blocked queues, drops" },
	{ 'D', "drops", NULL, "what the host took away from each link, by reason" },
	{ 'L', "lanes", NULL, "with -r: a row for each lane" },
	{ 'F', "fanout", NULL, "with -r: which CPUs do the work" },
	{ 'T', "total", NULL, "one more row: the sum, no packet counted twice" },
	OPT_ZONE, OPT_EVERY, OPT_PARSEABLE, OPT_OUTPUT, OPT_UNIT, OPT_JSON,
	{ 'a', "all", NULL, "every counter by name, since the link was made" },
	{ 'A', "every", NULL, NULL },
	{ 'M', "openmetrics", NULL, "all counters as text for Prometheus (node_exporter's textfile "
	  "collector)" },
	{ 'w', "write", "file", "with --openmetrics: into this file, whole or not at all", 0,
	  "file" },
	{ 0 }
};
static const struct cli_table *const total_tables[] = {
	&total_table, &rx_table, &tx_table, &drop_table, &dlstat_paper_table, &dlstat_cpu_table,
	NULL
};

const struct cli_command total_commands[] = {
	{ "", show_totals, total_options, "[link]", "counters of links, here and in every zone",
	  0, 1, "link", total_tables },
	{ 0 }
};

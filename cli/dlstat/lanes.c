/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lanes.c - show-link and show-phys: queues and CPUs of links; the paper's -r -L and -r -F */
#include <string.h>

#include "dlstat.h"

#define LANE(row) (((const struct dlstat_row *)(row))->lane)
#define UNIT(row) (((const struct dlstat_row *)(row))->unit)

static void cell_link(struct cli_cell *cell, const void *row)
{
	cli_set_text(cell, LANE(row)->link);
}

static void cell_zone(struct cli_cell *cell, const void *row)
{
	cli_set_text(cell, LANE(row)->zone);
}

static void cell_type(struct cli_cell *cell, const void *row)
{
	cli_set_text(cell, LANE(row)->type == VW_LANE_RX ? "rx" : "tx");
}

static void cell_id(struct cli_cell *cell, const void *row)
{
	cli_set_text(cell, LANE(row)->hw ? "hw" : "sw");
}

/* All of a link is not a ring. */
static void cell_index(struct cli_cell *cell, const void *row)
{
	if (LANE(row)->hw)
		cli_set_number(cell, LANE(row)->index);
}

static void cell_cpu(struct cli_cell *cell, const void *row)
{
	if (LANE(row)->cpu >= 0)
		cli_set_number(cell, (uint64_t)LANE(row)->cpu);
	else
		cli_set_unknown(cell);
}

/* The words of the paper. */
static void cell_lane(struct cli_cell *cell, const void *row)
{
	cli_set_format(cell, "%.80s:%u", LANE(row)->link, LANE(row)->index);
}

static void cell_ltyp(struct cli_cell *cell, const void *row)
{
	cli_set_text(cell, LANE(row)->hw ? "hlne" : "slne");
}

#define LANE_CELL(member)							\
	static void cell_##member(struct cli_cell *cell, const void *row)	\
	{									\
		cli_set_counter(cell, LANE(row)->member, UNIT(row));		\
	}
LANE_CELL(bytes)
LANE_CELL(interrupts)
LANE_CELL(drops)
LANE_CELL(stops)
LANE_CELL(wakes)
#undef LANE_CELL

/* Polls, and the packets of a CPU, are counted since we began: only a difference is known. */
static void set_since(struct cli_cell *cell, const void *row, uint64_t num)
{
	bool first = ((const struct dlstat_row *)row)->first;

	cli_set_counter(cell, first ? VW_STAT_UNKNOWN : num, UNIT(row));
}

static void cell_packets(struct cli_cell *cell, const void *row)
{
	if (LANE(row)->cpu >= 0)
		set_since(cell, row, LANE(row)->packets);
	else
		cli_set_counter(cell, LANE(row)->packets, UNIT(row));
}

#define POLL_CELL(member)							\
	static void cell_##member(struct cli_cell *cell, const void *row)	\
	{									\
		set_since(cell, row, LANE(row)->member);			\
	}
POLL_CELL(polls)
POLL_CELL(under10)
POLL_CELL(to50)
POLL_CELL(over50)
#undef POLL_CELL

static void cell_sdrops(struct cli_cell *cell, const void *row)
{
	cli_set_counter(cell, LANE(row)->hw ? VW_STAT_UNKNOWN : LANE(row)->drops, UNIT(row));
}

static void cell_hdrops(struct cli_cell *cell, const void *row)
{
	cli_set_counter(cell, LANE(row)->hw ? LANE(row)->drops : VW_STAT_UNKNOWN, UNIT(row));
}

#define N CLI_NUMBER
#define MORE CLI_COL_MORE
#define LINK { "LINK", 15, cell_link, "name of the link", "link" }
#define ZONE { "ZONE", 12, cell_zone, "network namespace the link is in", "zone" }
#define TYPE { "TYPE", 5, cell_type, "rx or tx", "type" }
#define ID { "ID", 7, cell_id, "hw: queue of the hardware; sw: of the kernel", "id" }
#define INDEX { "INDEX", 6, cell_index, "number of the queue", "index", N }

static const struct cli_column both_columns[] = {
	LINK, TYPE, ID, INDEX,
	{ "PKTS", 8, cell_packets, "packets", "packets", N },
	{ "BYTES", 8, cell_bytes, "bytes", "bytes", N },
	ZONE,
	{ 0 }
};
static const struct cli_table both_table = { "lanes", both_columns, .right = true };

static const struct cli_column rx_columns[] = {
	LINK, TYPE, ID, INDEX,
	{ "IPKTS", 8, cell_packets, "packets received", "rx_packets", N },
	{ "RBYTES", 8, cell_bytes, "bytes received", "rx_bytes", N },
	{ "IBYTES", 8, cell_bytes, "the same as RBYTES", "in_bytes", N, MORE },
	{ "INTRS", 8, cell_interrupts, "interrupts taken for it", "interrupts", N },
	{ "POLLS", 8, cell_polls, "with -i: polls that found packets", "polls", N },
	{ "SDROPS", 8, cell_sdrops, "packets dropped in software", "sw_dropped", N, MORE },
	{ "HDRPS", 8, cell_hdrops, "packets dropped by the hardware", "hw_dropped", N, MORE },
	{ "CH<10", 8, cell_under10, "polls that found under 10 packets", "chains_under_10", N },
	{ "CH10-50", 8, cell_to50, "10 to 50", "chains_10_to_50", N },
	{ "CH>50", 8, cell_over50, "more", "chains_over_50", N },
	ZONE,
	{ 0 }
};
static const struct cli_table rx_table = { "rx-lanes", rx_columns, .right = true };

static const struct cli_column tx_columns[] = {
	LINK, TYPE, ID, INDEX,
	{ "OPKTS", 8, cell_packets, "packets sent", "tx_packets", N },
	{ "OBYTES", 8, cell_bytes, "bytes sent", "tx_bytes", N },
	{ "BLKCNT", 8, cell_stops, "times the queue was stopped", "stops", N },
	{ "UBLKCNT", 8, cell_wakes, "times the queue was started again", "wakes", N },
	{ "SDROPS", 8, cell_drops, "packets dropped", "dropped", N, MORE },
	ZONE,
	{ 0 }
};
static const struct cli_table tx_table = { "tx-lanes", tx_columns, .right = true };

static const struct cli_column cpu_columns[] = {
	LINK, TYPE, ID, INDEX,
	{ "FOUT", 6, cell_cpu, "CPU that works for the queue", "cpu", N },
	{ "IPKTS", 8, cell_packets, "packets received", "rx_packets", N },
	{ "RBYTES", 8, cell_bytes, "bytes received", "rx_bytes", N },
	{ "INTRS", 8, cell_interrupts, "interrupts the CPU took", "interrupts", N },
	{ "POLLS", 8, cell_polls, "with -i: polls that found packets", "polls", N },
	ZONE,
	{ 0 }
};
const struct cli_table dlstat_cpu_table = { "cpus", cpu_columns, .right = true };

static const struct cli_column paper_columns[] = {
	{ "LINK:LNE", 15, cell_lane, "link and number of the lane", "lane" },
	{ "LTYP", 5, cell_ltyp, "hlne: queue of the hardware; slne: of the kernel", "lane_type" },
	{ "USEDBY", 15, cell_link, "link whose packets it carries", "link" },
	{ "IBYTES", 8, cell_bytes, "bytes received", "rx_bytes", N },
	{ "INTRS", 8, cell_interrupts, "interrupts taken for it", "interrupts", N },
	{ "POLLS", 8, cell_polls, "with -i: polls that found packets", "polls", N },
	ZONE,
	{ 0 }
};
const struct cli_table dlstat_paper_table = { "paper-lanes", paper_columns, .right = true };

static const struct cli_column phys_columns[] = {
	LINK, TYPE,
	{ "ID", 7, cell_id, "hw: queue of the hardware", "id", CLI_TEXT, MORE },
	INDEX,
	{ "PKTS", 8, cell_packets, "packets", "packets", N },
	{ "BYTES", 8, cell_bytes, "bytes", "bytes", N },
	ZONE,
	{ 0 }
};
static const struct cli_table phys_table = { "rings", phys_columns, .right = true };
static const struct cli_column phys_rx_columns[] = {
	LINK, TYPE, INDEX,
	{ "IPKTS", 8, cell_packets, "packets received", "rx_packets", N },
	{ "RBYTES", 8, cell_bytes, "bytes received", "rx_bytes", N },
	ZONE,
	{ 0 }
};
static const struct cli_table phys_rx_table = { "rx-rings", phys_rx_columns, .right = true };
static const struct cli_column phys_tx_columns[] = {
	LINK, TYPE, INDEX,
	{ "OPKTS", 8, cell_packets, "packets sent", "tx_packets", N },
	{ "OBYTES", 8, cell_bytes, "bytes sent", "tx_bytes", N },
	ZONE,
	{ 0 }
};
static const struct cli_table phys_tx_table = { "tx-rings", phys_tx_columns, .right = true };
#undef N
#undef MORE

static bool wanted(const struct cli *c, const struct vw_stat_lane *l)
{
	if (cli_has(c, 'r') && l->type != VW_LANE_RX)
		return false;
	if (cli_has(c, 't') && l->type != VW_LANE_TX)
		return false;
	return l->hw || strcmp(c->cmd->name, "show-phys") != 0;
}

static void print_lane(struct cli_reading *r, const struct vw_stat_lane *l)
{
	struct dlstat_row row = { .lane = l, .unit = r->unit, .first = r->before == NULL };

	cli_report_row(&r->report, &row);
}

/* Shares of CPUs follow the lane they are of; a lane nothing is known of stands for itself. */
static int print_lanes(struct cli *c, struct cli_reading *r)
{
	bool by_cpu = r->report.table == &dlstat_cpu_table;
	const struct vw_stat_lane *l, *whole = NULL;

	while ((l = vw_stat_lane_next(r->shown)) != NULL) {
		if (!wanted(c, l) || (!by_cpu && l->cpu >= 0))
			continue;
		if (by_cpu && l->cpu < 0) {
			if (whole != NULL)
				print_lane(r, whole);
			whole = l;
			continue;
		}
		whole = NULL;
		print_lane(r, l);
	}
	if (whole != NULL)
		print_lane(r, whole);
	return cli_report_close(c, &r->report);
}

int dlstat_need_receive(struct cli *c)
{
	if ((!cli_has(c, 'L') && !cli_has(c, 'F')) || cli_has(c, 'r'))
		return CLI_DONE;
	return cli_usage(c, "the option -%c can be used only with -r", cli_has(c, 'L') ? 'L' : 'F');
}

int dlstat_lanes(struct cli *c)
{
	const struct cli_table *table = cli_has(c, 'F') ? &dlstat_cpu_table : &dlstat_paper_table;

	return dlstat_run(c, table, NULL, VW_STAT_LANES, 0, print_lanes);
}

static const char *const pairs[] = { "rt", "Ft", "Lt", "LF", "aF", "aL", "ap", "ao",
				     "au", "ai", "aj", NULL };

static int show_link(struct cli *c)
{
	const struct cli_table *table = &both_table;
	int rc = cli_exclude(c, pairs);

	if (rc == CLI_DONE)
		rc = dlstat_need_receive(c);
	if (rc != CLI_DONE)
		return rc;
	if (cli_has(c, 'a'))
		return dlstat_all(c, 0);
	if (cli_has(c, 'L') || cli_has(c, 'F'))
		return dlstat_lanes(c);
	if (cli_has(c, 'r'))
		table = &rx_table;
	else if (cli_has(c, 't'))
		table = &tx_table;
	return dlstat_run(c, table, NULL, VW_STAT_LANES, 0, print_lanes);
}

/* To the statistics a link of another class is one that is not there. */
static int need_phys(struct cli *c, const char *name)
{
	const struct vw_link_info *link;
	struct vw_links *found;
	unsigned cls = 0;
	int rc = cli_open(c);

	if (rc == CLI_DONE && vw_link_list(c->h, VW_LINK_FILTER(.name = name), 0, &found) == VW_OK) {
		while ((link = vw_link_next(found)) != NULL)
			cls |= link->cls;
		vw_link_list_free(found);
		if (cls != 0 && !(cls & VW_CLASS_PHYS))
			rc = cli_fail(c, "'%s' is not a physical link but of class %s", name,
				      vw_class_name(cls));
	}
	vw_close(c->h);
	c->h = NULL;
	return rc;
}

static int show_phys(struct cli *c)
{
	int rc = cli_exclude(c, pairs);

	if (rc == CLI_DONE && cli_operand(c) != NULL)
		rc = need_phys(c, cli_operand(c));
	if (rc != CLI_DONE)
		return rc;
	if (cli_has(c, 'a'))
		return dlstat_all(c, VW_CLASS_PHYS);
	return dlstat_run(c, cli_has(c, 'r') ? &phys_rx_table : cli_has(c, 't') ? &phys_tx_table :
			  &phys_table, NULL, VW_STAT_LANES, VW_CLASS_PHYS, print_lanes);
}

static const struct cli_option link_options[] = {
	{ 'r', "receive", NULL, "the receiving side alone" },
	{ 't', "transmit", NULL, "the sending side alone" },
	{ 'L', "lanes", NULL, "with -r: in the words of the paper" },
	{ 'F', "fanout", NULL, "with -r: which CPUs do the work" },
	OPT_ZONE, OPT_EVERY, OPT_PARSEABLE, OPT_OUTPUT, OPT_UNIT, OPT_JSON,
	{ 'a', "all", NULL, "every counter by name, since the link was made" },
	{ 0 }
};
static const struct cli_option phys_options[] = {
	{ 'r', "receive", NULL, "the receiving side alone" },
	{ 't', "transmit", NULL, "the sending side alone" },
	OPT_ZONE, OPT_EVERY, OPT_PARSEABLE, OPT_OUTPUT, OPT_UNIT, OPT_JSON,
	{ 'a', "all", NULL, "every counter by name, since the link was made" },
	{ 0 }
};
static const struct cli_table *const link_tables[] = { &both_table, &rx_table, &tx_table,
						       &dlstat_paper_table, &dlstat_cpu_table,
						       NULL };
static const struct cli_table *const phys_tables[] = { &phys_table, &phys_rx_table,
						       &phys_tx_table, NULL };

const struct cli_command lane_commands[] = {
	{ "show-link", show_link, link_options, "[link]", "lanes of links: queues and CPUs", 0, 1,
	  "link", link_tables },
	{ "show-phys", show_phys, phys_options, "[link]", "queues of the hardware", 0, 1,
	  "link:phys", phys_tables },
	{ 0 }
};

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* usagetable.c - the columns of show-usage */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "showusage.h"

#define ROW(line)	(((const struct usage_line *)(line))->row)

void cli_usage_time(uint64_t ms, const char *format, char *buf, size_t len)
{
	time_t t = (time_t)(ms / 1000);
	struct tm tm;
	size_t n;

	if (localtime_r(&t, &tm) == NULL || strftime(buf, len, format, &tm) == 0) {
		snprintf(buf, len, "%llu", (unsigned long long)(ms / 1000));
		return;
	}
	/* "+0100" is what strftime() knows; ISO 8601 and RFC 3339 want a colon. */
	n = strlen(buf);
	if (strstr(format, "%z") != NULL && n > 5 && n + 1 < len) {
		memmove(buf + n - 1, buf + n - 2, 3);
		buf[n - 2] = ':';
	}
}

/* -- cells ------------------------------------------------------------------------------------- */

static void cell_name(struct cli_cell *cell, const void *row)
{
	cli_set_text(cell, ROW(row)->name);
}

static void cell_of(struct cli_cell *cell, const void *row)
{
	cli_set_text(cell, ROW(row)->link);
}

static void cell_zone(struct cli_cell *cell, const void *row)
{
	cli_set_text(cell, ROW(row)->zone);
}

static void cell_vwire(struct cli_cell *cell, const void *row)
{
	cli_set_text(cell, ROW(row)->vwire);
}

static void cell_class(struct cli_cell *cell, const void *row)
{
	if (ROW(row)->cls != 0)
		cli_set_text(cell, vw_class_name(ROW(row)->cls));
}

static void cell_links(struct cli_cell *cell, const void *row)
{
	cli_set_number(cell, ROW(row)->links);
}

static void cell_duration(struct cli_cell *cell, const void *row)
{
	cli_set_number(cell, (ROW(row)->duration_ms + 500) / 1000);
}

#define COUNTER_CELL(name, member)						\
	static void cell_##name(struct cli_cell *cell, const void *row)	\
	{									\
		cli_set_number(cell, ROW(row)->member);				\
	}
COUNTER_CELL(ipackets, rx_packets)
COUNTER_CELL(rbytes, rx_bytes)
COUNTER_CELL(opackets, tx_packets)
COUNTER_CELL(obytes, tx_bytes)
#undef COUNTER_CELL

static void set_rate(struct cli_cell *cell, const struct usage_line *row, double bps)
{
	uint64_t bits = (uint64_t)(bps + 0.5);

	if (row->plain)
		cli_set_number(cell, bits);
	else
		cli_set_scaled(cell, bits, "%9.3f Mbps", bps / 1e6);
}

static void cell_bandwidth(struct cli_cell *cell, const void *row)
{
	set_rate(cell, row, ROW(row)->bandwidth_bps);
}

#define PERCENTILE_CELL(name, member)						\
	static void cell_##name(struct cli_cell *cell, const void *row)	\
	{									\
		if (((const struct usage_line *)row)->percentiles)			\
			set_rate(cell, row, ROW(row)->member);			\
	}
PERCENTILE_CELL(p95, p95_bps)
PERCENTILE_CELL(p95_rx, p95_rx_bps)
PERCENTILE_CELL(p95_tx, p95_tx_bps)
#undef PERCENTILE_CELL

static void cell_start(struct cli_cell *cell, const void *row)
{
	cli_usage_time(ROW(row)->start_ms, ((const struct usage_line *)row)->format, cell->buf,
		       sizeof(cell->buf));
	cell->text = cell->buf;
}

static void cell_end(struct cli_cell *cell, const void *row)
{
	cli_usage_time(ROW(row)->end_ms, ((const struct usage_line *)row)->format, cell->buf,
		       sizeof(cell->buf));
	cell->text = cell->buf;
}

static void cell_note(struct cli_cell *cell, const void *row)
{
	static const struct { unsigned flag; const char *word; } words[] = {
		{ VW_USAGE_ENDED, "gone" }, { VW_USAGE_RESET, "reset" },
		{ VW_USAGE_BLIND, "unseen" }, { VW_USAGE_COARSE, "coarse" },
	};
	size_t i, at = 0;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (ROW(row)->flags & words[i].flag)
			at += (size_t)snprintf(cell->buf + at, sizeof(cell->buf) - at, "%s%s",
					       at > 0 ? "," : "", words[i].word);
	if (at > 0)
		cell->text = cell->buf;
}

/* -- columns: the same for links and flows, with times short or long --------------------------- */

#define N CLI_NUMBER
#define MORE CLI_COL_MORE
#define COUNTS									\
	{ "DURATION", 11, cell_duration, "seconds it was there and recorded", "duration_s", N }, \
	{ "IPACKETS", 10, cell_ipackets, "packets received", "rx_packets", N },	\
	{ "IPKTS", 10, cell_ipackets, "the same as IPACKETS", "in_packets", N, MORE }, \
	{ "RBYTES", 11, cell_rbytes, "bytes received", "rx_bytes", N },		\
	{ "IBYTES", 11, cell_rbytes, "the same as RBYTES", "in_bytes", N, MORE }, \
	{ "OPACKETS", 10, cell_opackets, "packets sent", "tx_packets", N },	\
	{ "OPKTS", 10, cell_opackets, "the same as OPACKETS", "out_packets", N, MORE }, \
	{ "OBYTES", 11, cell_obytes, "bytes sent", "tx_bytes", N },		\
	{ "BANDWIDTH", 17, cell_bandwidth, "bits a second, both directions together", \
	  "bandwidth_bps", N }
#define OWNER									\
	{ "ZONE", 13, cell_zone, "network namespace it was in", "zone", CLI_TEXT, MORE }, \
	{ "VWIRE", 13, cell_vwire, "vWire it belonged to", "vwire", CLI_TEXT, MORE }, \
	{ "NOTE", 12, cell_note, "gone, reset, unseen (end not heard), coarse (hours)", \
	  "notes", CLI_LIST, MORE }
#define TIMES(width)								\
	{ "START", width, cell_start, "begin of the interval", "start", CLI_TEXT, MORE }, \
	{ "END", width, cell_end, "its end", "end", CLI_TEXT, MORE }
#define PERCENTILES								\
	{ "P95", 17, cell_p95, "95th percentile of five minutes, both directions", \
	  "p95_bps", N, MORE },							\
	{ "P95RX", 17, cell_p95_rx, "the same of what was received", "p95_rx_bps", N, MORE }, \
	{ "P95TX", 17, cell_p95_tx, "the same of what was sent", "p95_tx_bps", N, MORE }
#define LINK_NAMES								\
	{ "LINK", 13, cell_name, "name of the link at that time", "link" }
#define FLOW_NAMES								\
	{ "FLOW", 13, cell_name, "name of the flow at that time", "flow" },	\
	{ "LINK", 13, cell_of, "its link", "link", CLI_TEXT, MORE }
#define LINKS									\
	{ "LINKS", 7, cell_links, "how many are added up (with -g)", "links", N, MORE }, \
	{ "CLASS", 10, cell_class, "class of the link", "class", CLI_TEXT, MORE }

static const struct cli_column link_columns[] = {
	LINK_NAMES, TIMES(14), LINKS, COUNTS, PERCENTILES, OWNER, { 0 }
};
static const struct cli_column long_link_columns[] = {
	LINK_NAMES, TIMES(20), LINKS, COUNTS, PERCENTILES, OWNER, { 0 }
};
static const struct cli_column flow_columns[] = {
	FLOW_NAMES, TIMES(14), LINKS, COUNTS, PERCENTILES, OWNER, { 0 }
};
static const struct cli_column long_flow_columns[] = {
	FLOW_NAMES, TIMES(20), LINKS, COUNTS, PERCENTILES, OWNER, { 0 }
};
#undef N
#undef MORE
const struct cli_table cli_usage_tables[2][2] = {
	{ { "usage", link_columns }, { "usage", long_link_columns } },
	{ { "usage", flow_columns }, { "usage", long_flow_columns } },
};

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* showusage.c - history of links and flows, from the log that accounting writes */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "showusage.h"
#include "table.h"

/* One row at work; how its times are written depends on all rows. */
struct row {
	const struct vw_usage_row *r;
	const char	*format;	/* of strftime(3) */
	bool		 plain;		/* numbers alone: for scripts */
};
#define ROW(row)	(((const struct row *)(row))->r)

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

static void set_rate(struct cli_cell *cell, const struct row *row, double bps)
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

static void cell_p95(struct cli_cell *cell, const void *row)
{
	set_rate(cell, row, ROW(row)->p95_bps);
}

static void cell_p95_rx(struct cli_cell *cell, const void *row)
{
	set_rate(cell, row, ROW(row)->p95_rx_bps);
}

static void cell_p95_tx(struct cli_cell *cell, const void *row)
{
	set_rate(cell, row, ROW(row)->p95_tx_bps);
}

static void cell_start(struct cli_cell *cell, const void *row)
{
	cli_usage_time(ROW(row)->start_ms, ((const struct row *)row)->format, cell->buf,
		       sizeof(cell->buf));
	cell->text = cell->buf;
}

static void cell_end(struct cli_cell *cell, const void *row)
{
	cli_usage_time(ROW(row)->end_ms, ((const struct row *)row)->format, cell->buf,
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
	{ "P95", 17, cell_p95, "95th percentile of five minutes (with -P), both directions", \
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
static const struct cli_table tables[2][2] = {
	{ { "usage", link_columns }, { "usage", long_link_columns } },
	{ { "usage", flow_columns }, { "usage", long_flow_columns } },
};
static const struct cli_table *const link_tables[] = { &tables[0][0], NULL };
static const struct cli_table *const flow_tables[] = { &tables[1][0], NULL };

/* -- what is asked for ------------------------------------------------------------------------- */

struct word { const char *word; unsigned value; };

static const struct word step_words[] = {
	{ "all", VW_USAGE_ALL }, { "record", VW_USAGE_RECORD }, { "5min", VW_USAGE_FIVE },
	{ "hour", VW_USAGE_HOUR }, { "day", VW_USAGE_DAY }, { "month", VW_USAGE_MONTH }, { 0 }
};
static const struct word group_words[] = {
	{ "link", VW_USAGE_BY_NAME }, { "flow", VW_USAGE_BY_NAME }, { "owner", VW_USAGE_BY_OWNER },
	{ "zone", VW_USAGE_BY_ZONE }, { "vwire", VW_USAGE_BY_VWIRE },
	{ "total", VW_USAGE_TOGETHER }, { 0 }
};

static int take_word(struct cli *c, int letter, const struct word *words, const char *list,
		     unsigned *out)
{
	const char *value = cli_value(c, letter);

	for (; value != NULL && words->word != NULL; words++)
		if (strcmp(value, words->word) == 0) {
			*out = words->value;
			return CLI_DONE;
		}
	return value == NULL ? CLI_DONE : cli_usage(c, "-%c '%s' is none of %s", letter, value,
						    list);
}

static int take_time(struct cli *c, int letter, uint64_t now_ms, uint64_t *ms)
{
	const char *text = cli_value(c, letter);

	if (text == NULL)
		return CLI_DONE;
	if (vw_usage_time(c->h, text, now_ms, ms) == VW_OK)
		return CLI_DONE;
	cli_library_error(c);
	return CLI_USAGE;
}

/* No link, no time: a summary. Else each interval, as in illumos. */
static unsigned usual_step(const struct cli *c)
{
	if (cli_has(c, 'd'))
		return VW_USAGE_DAY;
	if (cli_has(c, 'P') || cli_has(c, 'n') || cli_has(c, 'g'))
		return VW_USAGE_ALL;
	if (cli_has(c, 'F'))
		return strcmp(cli_value(c, 'F'), "csv") == 0 && !cli_has(c, 's') &&
		       !cli_has(c, 'e') && cli_operand(c) == NULL ? VW_USAGE_ALL : VW_USAGE_FINEST;
	return cli_operand(c) || cli_has(c, 's') || cli_has(c, 'e') ? VW_USAGE_FINEST
								    : VW_USAGE_ALL;
}

static int take_filter(struct cli *c, bool flows, struct vw_usage_filter *f)
{
	struct timespec now;
	uint64_t now_ms, top = 0;
	int rc;

	clock_gettime(CLOCK_REALTIME, &now);
	now_ms = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
	f->kind = flows ? VW_USAGE_FLOWS : VW_USAGE_LINKS;
	f->file = cli_value(c, 'f');
	f->name = cli_operand(c);
	f->link = cli_value(c, 'l');
	f->zone = cli_value(c, 'Z');
	f->vwire = cli_value(c, 'w');
	f->step = usual_step(c);
	f->flags = (cli_has(c, 'a') || cli_has(c, 'd') ? VW_USAGE_GONE : 0) |
		   (cli_has(c, 'P') ? VW_USAGE_P95 : 0);
	if (cli_has(c, 'n') && !cli_number(cli_value(c, 'n'), 1, 1000000, &top))
		return cli_usage(c, "-n takes a number from 1 on, not '%s'", cli_value(c, 'n'));
	f->top = (unsigned)top;
	rc = take_word(c, 'S', step_words, "all, record, 5min, hour, day, month", &f->step);
	if (rc == CLI_DONE)
		rc = take_word(c, 'g', group_words, "link, owner, zone, vwire, total", &f->group);
	if (rc == CLI_DONE)
		rc = take_time(c, 's', now_ms, &f->start_ms);
	if (rc == CLI_DONE)
		rc = take_time(c, 'e', now_ms, &f->end_ms);
	if (rc == CLI_DONE && cli_has(c, 'P') && f->step != VW_USAGE_ALL)
		rc = cli_usage(c, "-P is of a time as a whole, not with -S %s", cli_value(c, 'S'));
	return rc;
}

/* -- printing ---------------------------------------------------------------------------------- */

static bool one_day(struct vw_usage *u)
{
	const struct vw_usage_row *r;
	char first[32] = "", day[32];
	bool same = true;

	while (same && (r = vw_usage_next(u)) != NULL) {
		cli_usage_time(r->start_ms, "%F", day, sizeof(day));
		same = first[0] == '\0' || strcmp(first, day) == 0;
		memcpy(first, day, sizeof(first));
		cli_usage_time(r->end_ms - 1, "%F", day, sizeof(day));
		same = same && strcmp(first, day) == 0;
	}
	vw_usage_rewind(u);
	return same;
}

static const char *time_format(const struct cli *c, unsigned step, bool short_times)
{
	if (cli_has(c, 'j') || cli_has(c, 'p'))
		return "%FT%T%z";
	if (step == VW_USAGE_MONTH)
		return "%Y-%m";
	if (step == VW_USAGE_DAY)
		return "%F";
	return short_times ? "%T" : "%F %T";
}

static void default_fields(const struct cli *c, const struct vw_usage_filter *f, char *buf,
			   size_t len)
{
	static const char *const firsts[] = { "", "", "ZONE,LINKS", "VWIRE,LINKS", "LINKS" };
	bool stat = strcmp(c->program->name + strlen(c->program->name) - 4, "stat") == 0;
	const char *name = f->kind == VW_USAGE_FLOWS ? "FLOW" : "LINK";

	snprintf(buf, len, "%s%s%s%s%s", f->group <= VW_USAGE_BY_OWNER ? name : firsts[f->group],
		 f->group == VW_USAGE_BY_OWNER ? ",ZONE,VWIRE" : "",
		 f->step == VW_USAGE_ALL ? ",DURATION" : f->step >= VW_USAGE_DAY ? ",START"
							: ",START,END",
		 f->step != VW_USAGE_ALL ? ",RBYTES,OBYTES,BANDWIDTH" :
		 stat ? ",IPKTS,RBYTES,OPKTS,OBYTES,BANDWIDTH"
		      : ",IPACKETS,RBYTES,OPACKETS,OBYTES,BANDWIDTH",
		 f->flags & VW_USAGE_P95 ? ",P95,P95RX,P95TX" : "");
}

static int print_table(struct cli *c, struct vw_usage *u, const struct vw_usage_filter *f,
		       bool flows)
{
	cli_auto_report struct cli_report r;
	bool short_times = f->step < VW_USAGE_DAY && one_day(u);
	struct row row = {
		.format = time_format(c, f->step, short_times), .plain = cli_has(c, 'p'),
	};
	char fields[200];
	int status;

	default_fields(c, f, fields, sizeof(fields));
	if (!cli_report_open(c, &r, &tables[flows][!short_times && f->step < VW_USAGE_DAY], fields,
			     &status))
		return status;
	while ((row.r = vw_usage_next(u)) != NULL)
		cli_report_row(&r, &row);
	return cli_report_close(c, &r);
}

static void cell_date(struct cli_cell *cell, const void *row)
{
	cli_set_text(cell, row);
}

static int print_days(struct cli *c, struct vw_usage *u)
{
	static const struct cli_column columns[] = {
		{ "DATE", 10, cell_date, "day with records", "date" }, { 0 }
	};
	static const struct cli_table table = { "days", columns };
	cli_auto_report struct cli_report r;
	const struct vw_usage_row *row;
	char last[32] = "", date[32];
	int status;

	if (cli_has(c, 'j') && !cli_report_open(c, &r, &table, NULL, &status))
		return status;
	if (!cli_has(c, 'j'))
		memset(&r, 0, sizeof(r));
	while ((row = vw_usage_next(u)) != NULL) {
		cli_usage_time(row->start_ms, cli_has(c, 'j') ? "%F" : "%m/%d/%Y", date,
			       sizeof(date));
		if (strcmp(date, last) == 0)
			continue;
		memcpy(last, date, sizeof(last));
		if (cli_has(c, 'j'))
			cli_report_row(&r, date);
		else
			puts(date);
	}
	return cli_has(c, 'j') ? cli_report_close(c, &r) : CLI_DONE;
}

static int print(struct cli *c, struct vw_usage *u, const struct vw_usage_filter *f, bool flows)
{
	struct usage_form form = { cli_value(c, 'F'), f->group, flows, cli_has(c, 'P') };

	if (cli_has(c, 'd'))
		return print_days(c, u);
	return form.format ? cli_usage_print(c, u, &form) : print_table(c, u, f, flows);
}

static int check_options(struct cli *c)
{
	static const char *const pairs[] = { "dF", "dg", "dS", "do", "dp", "dP", "dn", "Fj", "Fp",
					     "Fo", NULL };
	const char *format = cli_value(c, 'F');
	int rc = cli_exclude(c, pairs);

	if (rc != CLI_DONE || format == NULL)
		return rc;
	if (strcmp(format, "gnuplot") == 0 || strcmp(format, "plot") == 0)
		return cli_has(c, 'P') ? cli_usage(c, "the option -F %s cannot be used with -P",
						   format) : CLI_DONE;
	return strcmp(format, "csv") == 0 ? CLI_DONE
		: cli_usage(c, "-F '%s' is none of gnuplot, plot, csv", format);
}

static int show_usage(struct cli *c, bool flows)
{
	struct vw_usage_filter *f = VW_USAGE_FILTER(.file = NULL);
	const char *fields = cli_value(c, 'o');
	struct vw_usage *u;
	int rc = check_options(c);

	if (rc == CLI_DONE && fields != NULL && strcmp(fields, "help") == 0) {
		cli_table_help(&tables[flows][0], "");
		return CLI_DONE;
	}
	if (rc == CLI_DONE)
		rc = cli_open(c);
	if (rc == CLI_DONE)
		rc = take_filter(c, flows, f);
	if (rc != CLI_DONE)
		return rc;
	if (vw_usage_list(c->h, f, &u) < 0)
		return cli_library_error(c);
	rc = print(c, u, f, flows);
	if (rc == CLI_DONE && vw_usage_hidden(u) > 0 && !cli_has(c, 'j') && !cli_has(c, 'p') &&
	    !cli_has(c, 'F'))
		cli_note(c, "%u that %s gone left out: -a shows %s", vw_usage_hidden(u),
			 vw_usage_hidden(u) == 1 ? "is" : "are",
			 vw_usage_hidden(u) == 1 ? "it" : "them");
	vw_usage_list_free(u);
	return rc;
}

static int show_links(struct cli *c)
{
	return show_usage(c, false);
}

static int show_flows(struct cli *c)
{
	return show_usage(c, true);
}

#define OPTIONS									\
	{ 'f', "file", "file", "log to read, when it is not the one being written", 0, "file" }, \
	{ 'a', "all", NULL, "also what is gone by now" },			\
	{ 's', "start", "time", "from then on: 2026-11-21T14:40, " \
	  "11/21/2026,14:40, 14:40, today, -2h" },				\
	{ 'e', "end", "time", "until then" }, { 'e', "stop", "time" },		\
	{ 'd', "days", NULL, "list the days that have records" },		\
	{ 'F', "format", "format", "gnuplot: columns of kb/s; plot: a script; csv", 0, \
	  "words:gnuplot,plot,csv" },						\
	{ 'S', "step", "step", "one row for: all, record, 5min, hour, day, month", 0, \
	  "words:all,record,5min,hour,day,month" },				\
	{ 'P', "p95", NULL, "show 95th percentiles of five minutes" },		\
	{ 'n', "top", "number", "the busiest so many only" },			\
	{ 'Z', "zone", "zone", "of this zone only" },				\
	{ 'w', "vwire", "vwire", "of this vWire only" },			\
	OPT_OUTPUT, OPT_PARSEABLE, OPT_JSON, { 0 }

static const struct cli_option link_options[] = {
	{ 'g', "group", "by", "add up by: link, owner, zone, vwire, total", 0,
	  "words:link,owner,zone,vwire,total" },
	OPTIONS
};
static const struct cli_option flow_options[] = {
	{ 'g', "group", "by", "add up by: flow, owner, zone, vwire, total", 0,
	  "words:flow,owner,zone,vwire,total" },
	{ 'l', "link", "link", "flows of this link", 0, "link" },
	OPTIONS
};

const struct cli_command cli_usage_links[] = {
	{ "show-usage", show_links, link_options, "[link]",
	  "show who used how much, from the accounting log", 0, 1, "link", link_tables },
	{ 0 }
};
const struct cli_command cli_usage_flows[] = {
	{ "show-usage", show_flows, flow_options, "[flow]",
	  "show which flow used how much, from the accounting log", 0, 1, "flow", flow_tables },
	{ 0 }
};

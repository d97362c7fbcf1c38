/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* showusage.c - history of links and flows, from the log that accounting writes */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "showusage.h"

static const struct cli_table *const link_tables[] = { &cli_usage_tables[0][0], NULL };
static const struct cli_table *const flow_tables[] = { &cli_usage_tables[1][0], NULL };

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

/* Is a field of percentiles among those of -o? */
static bool names_p95(const struct cli *c)
{
	const char *at = cli_value(c, 'o');

	while (at != NULL && strncasecmp(at, "p95", 3) != 0) {
		at = strchr(at, ',');
		at = at != NULL ? at + 1 : NULL;
	}
	return at != NULL;
}

/* No link, no time: a summary. Else each interval, as in illumos. */
static unsigned usual_step(const struct cli *c)
{
	if (cli_has(c, 'd'))
		return VW_USAGE_DAY;
	if (cli_has(c, 'P') || names_p95(c) || cli_has(c, 'n') || cli_has(c, 'g'))
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
	f->flags = cli_has(c, 'a') || cli_has(c, 'd') ? VW_USAGE_GONE : 0;
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
	if (cli_has(c, 'P') || (names_p95(c) && f->step == VW_USAGE_ALL))
		f->flags |= VW_USAGE_P95;
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
		 cli_has(c, 'P') ? ",P95,P95RX,P95TX" : "");
}

static int print_table(struct cli *c, struct vw_usage *u, const struct vw_usage_filter *f,
		       bool flows)
{
	cli_auto_report struct cli_report r;
	bool short_times = f->step < VW_USAGE_DAY && one_day(u);
	struct usage_line line = {
		.format = time_format(c, f->step, short_times), .plain = cli_has(c, 'p'),
		.percentiles = (f->flags & VW_USAGE_P95) != 0,
	};
	const struct cli_table *table;
	char fields[200];
	int status;

	default_fields(c, f, fields, sizeof(fields));
	table = &cli_usage_tables[flows][!short_times && f->step < VW_USAGE_DAY];
	if (!cli_report_open(c, &r, table, fields, &status))
		return status;
	while ((line.row = vw_usage_next(u)) != NULL)
		cli_report_row(&r, &line);
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
	struct usage_form form = {
		.format = cli_value(c, 'F'), .group = f->group, .step = f->step, .flows = flows,
		.percentiles = (f->flags & VW_USAGE_P95) != 0,
	};

	if (cli_has(c, 'd'))
		return print_days(c, u);
	return form.format ? cli_usage_print(c, u, &form) : print_table(c, u, f, flows);
}

/* What is not shown is told, on stderr; a script that takes fields apart knows what it asked. */
static void tell_missing(struct cli *c, struct vw_usage *u, const struct vw_usage_filter *f)
{
	unsigned hidden = vw_usage_hidden(u);
	uint64_t first, last;
	char from[40], to[40];

	if (cli_has(c, 'p') || cli_has(c, 'd'))
		return;
	if (hidden > 0)
		cli_note(c, "%u that %s gone left out: -a shows %s", hidden,
			 hidden == 1 ? "is" : "are", hidden == 1 ? "it" : "them");
	vw_usage_span(u, &first, &last);
	if (last == 0 || ((f->start_ms == 0 || f->start_ms <= last) &&
			  (f->end_ms == 0 || f->end_ms >= first)))
		return;
	cli_usage_time(first, "%F %T", from, sizeof(from));
	cli_usage_time(last, "%F %T", to, sizeof(to));
	cli_note(c, "there are no records in this time: the log is from %s to %s", from, to);
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
		cli_table_help(&cli_usage_tables[flows][0], "");
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
	if (rc == CLI_DONE && cli_flush(c))
		tell_missing(c, u, f);
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

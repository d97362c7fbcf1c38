/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* acctadm.c - turn the recording of usage on and off, say where to, show how it fares */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "service.h"
#include "table.h"

/* What a record of each kind tells. */
static const char basic[] = "name,zone,vwire,curtime,ibytes,obytes,ipkts,opkts";
static const char flows[] = "link,src_ip,dst_ip,src_port,dst_port,protocol,dsfield";

static const char *const level_names[] = { "none", "basic", "extended" };

/* -- what was typed ---------------------------------------------------------------------------- */

static int check_type(struct cli *c)
{
	static const char *const others[] = { "process", "proc", "task", "flow" };
	const char *type = cli_operand(c);
	size_t i;

	if (type == NULL || strcmp(type, "net") == 0)
		return CLI_DONE;
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (strcmp(type, others[i]) == 0) {
			cli_fail(c, "accounting type '%s' is not supported: only net is", type);
			if (strcmp(type, "flow") == 0)
				cli_hint(c, "flows of links: 'acctadm -e extended net'");
			return CLI_FAILED;
		}
	return cli_usage(c, "unknown accounting type -- %s", type);
}

static int check_options(struct cli *c)
{
	/* one thing at a time, but -e with -f and -i */
	static const char *const pairs[] = {
		"DE", "Df", "Dr", "Dx", "Ef", "Er", "Ex", "fr", "fx", "rx", "eD", "eE", "er", "ex",
		"dD", "dE", "df", "dr", "dx", "de", "uD", "uE", "uf", "ur", "ux", "ue", "ud", "ui",
		"iD", "ir", "ix", "id", NULL
	};
	int rc = cli_exclude(c, pairs);

	return rc == CLI_DONE ? check_type(c) : rc;
}

static int take_level(struct cli *c, int letter, int *level)
{
	const char *text = cli_value(c, letter);

	if (text == NULL)
		return CLI_DONE;
	if (strcmp(text, "basic") == 0)
		*level = VW_ACCT_BASIC;
	else if (strcmp(text, "extended") == 0)
		*level = VW_ACCT_EXTENDED;
	else
		return cli_usage(c, "illegal argument -- %s: resources are basic (links) or "
				 "extended (links and flows)", text);
	return CLI_DONE;
}

/* -- showing ----------------------------------------------------------------------------------- */

static void print_state(const struct vw_acct_info *i, bool more)
{
	bool links = i->level >= VW_ACCT_BASIC && i->active;
	bool all = i->level == VW_ACCT_EXTENDED && i->active;
	char safe[4096];

	vw_escape(safe, sizeof(safe), i->file ? i->file : "none");
	printf("%28s%s\n", "Net accounting: ", i->active ? "active" : "inactive");
	printf("%28s%s\n", "Net accounting file: ", safe);
	printf("%28s%s\n", "Tracked net resources: ", all ? "extended" : links ? "basic" : "none");
	printf("%28s%s%s%s\n", "Untracked net resources: ", all ? "none" : links ? "" : basic,
	       all || links ? "" : ",", all ? "" : flows);
	if (i->trouble != NULL && i->pid != 0)
		printf("%28s%s; %llu readings wait in memory\n", "Net accounting trouble: ",
		       i->trouble, (unsigned long long)i->waiting);
	if (i->active && i->pid == 0)
		printf("%28s%s\n", "Net accounting trouble: ",
		       "no writer runs; 'acctadm -E net' starts it");
	if (!more)
		return;
	printf("%28s%u s\n", "Net interval: ", i->interval_s);
	if (i->pid != 0)
		printf("%28s%u\n", "Net writer process: ", i->pid);
	if (i->recorded_s != 0) {
		time_t t = (time_t)i->recorded_s;
		char text[40];
		struct tm tm;

		if (localtime_r(&t, &tm) != NULL &&
		    strftime(text, sizeof(text), "%F %T", &tm) > 0)
			printf("%28s%s\n", "Net last record: ", text);
	}
}

static void cell_active(struct cli_cell *cell, const void *row)
{
	cli_set_yesno(cell, ((const struct vw_acct_info *)row)->active != 0);
}

static void cell_file(struct cli_cell *cell, const void *row)
{
	cli_set_text(cell, ((const struct vw_acct_info *)row)->file);
}

static void cell_level(struct cli_cell *cell, const void *row)
{
	cli_set_text(cell, level_names[((const struct vw_acct_info *)row)->level]);
}

static void cell_trouble(struct cli_cell *cell, const void *row)
{
	cli_set_text(cell, ((const struct vw_acct_info *)row)->trouble);
}

#define NUMBER_CELL(name, member)						\
	static void cell_##name(struct cli_cell *cell, const void *row)	\
	{									\
		cli_set_number(cell, ((const struct vw_acct_info *)row)->member); \
	}
NUMBER_CELL(interval, interval_s)
NUMBER_CELL(waiting, waiting)
NUMBER_CELL(records, records)

/* 0 is none of these: it is not known. */
#define KNOWN_CELL(name, member)						\
	static void cell_##name(struct cli_cell *cell, const void *row)	\
	{									\
		if (((const struct vw_acct_info *)row)->member != 0)		\
			cli_set_number(cell, ((const struct vw_acct_info *)row)->member); \
	}
KNOWN_CELL(pid, pid)
KNOWN_CELL(recorded, recorded_s)

static const struct cli_column columns[] = {
	{ "ACTIVE", 7, cell_active, "is recording on?", "active", CLI_BOOL },
	{ "FILE", 24, cell_file, "log", "file" },
	{ "RESOURCES", 10, cell_level, "none, basic (links), extended (and flows)", "resources" },
	{ "INTERVAL", 9, cell_interval, "seconds between two records", "interval_s", CLI_NUMBER },
	{ "PID", 8, cell_pid, "process of the writer; empty: none runs", "writer_pid", CLI_NUMBER },
	{ "LAST", 11, cell_recorded, "time of the last record; empty: none yet", "last_record_s",
	  CLI_NUMBER },
	{ "WAITING", 8, cell_waiting, "readings not in the file yet", "waiting", CLI_NUMBER },
	{ "RECORDS", 9, cell_records, "written by this writer", "records", CLI_NUMBER },
	{ "TROUBLE", 20, cell_trouble, "why it cannot write now", "trouble" },
	{ 0 }
};
static const struct cli_table state_table = { "accounting", columns };

static int show(struct cli *c)
{
	cli_auto_report struct cli_report r = { 0 };
	struct vw_acct *a;
	int rc = CLI_DONE;

	if (vw_acct_get(c->h, &a) < 0)
		return cli_library_error(c);
	if (!cli_has(c, 'j')) {
		print_state(vw_acct_info(a), cli_has(c, 'v'));
	} else if (cli_report_open(c, &r, &state_table, NULL, &rc)) {
		cli_report_row(&r, vw_acct_info(a));
		rc = cli_report_close(c, &r);
	}
	vw_acct_free(a);
	return rc;
}

static int list_resources(void)
{
	printf("net:\n%-9s%s\n%-9s%s,%s\n", "basic", basic, "extended", basic, flows);
	return CLI_DONE;
}

/* -- changing ---------------------------------------------------------------------------------- */

static int change(struct cli *c)
{
	struct vw_acct_settings s = *VW_ACCT_SETTINGS();
	uint64_t interval = 0;
	int level = -1, rc;

	rc = take_level(c, 'e', &s.level);
	if (rc == CLI_DONE)
		rc = take_level(c, 'd', &level);
	if (rc == CLI_DONE && cli_has(c, 'i') &&
	    !cli_number(cli_value(c, 'i'), 1, 3600, &interval))
		rc = cli_usage(c, "-i takes 1 to 3600 seconds, not '%s'", cli_value(c, 'i'));
	if (rc != CLI_DONE)
		return rc;
	if (cli_has(c, 'd')) {	/* flows alone cannot be tracked */
		s.level = VW_ACCT_NONE;
		s.active = 0;
	}
	s.file = cli_value(c, 'f');
	s.interval_s = (unsigned)interval;
	if (cli_has(c, 'e') || cli_has(c, 'f') || cli_has(c, 'E'))
		s.active = 1;
	if (cli_has(c, 'D'))
		s.active = 0;
	if (cli_has(c, 'x'))
		s.flags = VW_ACCT_CLOSE;
	if (s.file != NULL && s.file[0] != '/')
		return cli_fail(c, "%s is not an absolute pathname", s.file);
	if (vw_acct_set(c->h, &s) < 0)
		return cli_library_error(c);
	return service_follow(c);
}

static int acctadm(struct cli *c)
{
	const char *letters = "edfEDxi", *at;
	int rc = check_options(c);

	if (rc == CLI_DONE && cli_has(c, 'r'))
		return list_resources();
	if (rc == CLI_DONE)
		rc = cli_open(c);
	if (rc != CLI_DONE)
		return rc;
	if (cli_has(c, 'u'))
		return service_record_now(c);
	for (at = letters; *at != '\0'; at++)
		if (cli_has(c, *at))
			return change(c);
	return show(c);
}

static const struct cli_option options[] = {
	{ 'e', "enable", "resources", "record: basic (links) or extended (links and flows)", 0,
	  "words:basic,extended" },
	{ 'd', "disable", "resources", "stop recording these", 0, "words:basic,extended" },
	{ 'f', "file", "file", "record into this file, and turn recording on", 0, "file" },
	{ 'E', "on", NULL, "turn recording on" },
	{ 'D', "off", NULL, "turn recording off; the file stays set" },
	{ 'x', "close", NULL, "turn recording off and forget the file" },
	{ 'r', "resources", NULL, "list what records tell" },
	{ 'i', "interval", "seconds", "time between two records, 1 to 3600; 20 unless set" },
	{ 'u', "update", NULL, "record now what was counted up to now" },
	{ 'v', "verbose", NULL, "show the writer, too" },
	OPT_JSON, { 0 }
};
static const struct cli_table *const tables[] = { &state_table, NULL };

static const struct cli_command commands[] = {
	{ "", acctadm, options, "[net]", "set up the recording of usage, or show how it is set up",
	  0, 1, "words:net", tables },
	{ 0 }
};
static const struct cli_command *const all_commands[] = { commands, cli_help_commands, NULL };

int main(int argc, char **argv)
{
	static const struct cli_program program = {
		.name = "acctadm",
		.about = "set up the recording of usage",
		.commands = all_commands,
		.bare = "",
		.words = true,
	};

	return cli_main(&program, argc, argv);
}

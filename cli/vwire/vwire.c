/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vwire.c - the vwire program: restore, check and probe; explain.c has explain */
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "explain.h"
#include "progress.h"
#include "table.h"

/* vwire check, as diff(1): 0 same, 1 differs, 2 trouble */
#define CHECK_DIFFERS	1
#define CHECK_TROUBLE	2

#define ITEM(row) ((const struct vw_report_item *)(row))

static const char *const outcomes[] = {
	[VW_OUTCOME_SAME] = "same", [VW_OUTCOME_CREATED] = "created",
	[VW_OUTCOME_CHANGED] = "changed", [VW_OUTCOME_DELETED] = "deleted",
	[VW_OUTCOME_WAITING] = "waiting", [VW_OUTCOME_FAILED] = "failed",
	[VW_OUTCOME_DIFFERS] = "differs",
};

static void cell_outcome(struct cli_cell *cell, const void *row)
{
	unsigned outcome = ITEM(row)->outcome;

	if (outcome < sizeof(outcomes) / sizeof(outcomes[0]))
		cli_set_text(cell, outcomes[outcome]);
	else
		cli_set_unknown(cell);
}

static void cell_path(struct cli_cell *cell, const void *row)
{
	cli_set_text(cell, ITEM(row)->path);
}

static void cell_link(struct cli_cell *cell, const void *row)
{
	cli_set_text(cell, ITEM(row)->link);
}

static void cell_want(struct cli_cell *cell, const void *row)
{
	cli_set_text(cell, ITEM(row)->want);
}

static void cell_is(struct cli_cell *cell, const void *row)
{
	cli_set_text(cell, ITEM(row)->is);
}

static void cell_message(struct cli_cell *cell, const void *row)
{
	cli_set_text(cell, ITEM(row)->message);
}

static const struct cli_column item_columns[] = {
	{ "OUTCOME", 9, cell_outcome, "same, created, changed, deleted, waiting, failed or differs",
	  "outcome" },
	{ "ITEM", 28, cell_path, "member of the saved configuration", "path" },
	{ "LINK", 13, cell_link, "link it is about", "link", CLI_TEXT, CLI_COL_MORE },
	{ "WANT", 16, cell_want, "value asked for", "want", CLI_TEXT, CLI_COL_MORE },
	{ "IS", 16, cell_is, "value found", "is", CLI_TEXT, CLI_COL_MORE },
	{ "MESSAGE", 40, cell_message, "what that means", "message" },
	{ 0 }
};
static const struct cli_table item_table = { "items", item_columns };
/* JSON is for programs: it holds every member. */
#define ALL_FIELDS "outcome,item,link,want,is,message"

/* Count the items that are not as promised; print those, and with -j all. */
static size_t print_items(struct cli_report *r, struct vw_report *report, bool failures_only)
{
	const struct vw_report_item *item;
	size_t bad = 0;

	while ((item = vw_report_next(report)) != NULL) {
		bool same = item->outcome == VW_OUTCOME_SAME;

		bad += !same;
		if (same && r->form == CLI_PEOPLE)
			continue;
		if (!failures_only || item->outcome == VW_OUTCOME_FAILED || r->form == CLI_JSON)
			cli_report_row(r, item);
	}
	return bad;
}

static int restore(struct cli *c)
{
	struct vw_report *report = NULL;
	struct cli_report r;
	struct progress *p;
	int rc, status;

	if (!cli_report_open(c, &r, &item_table, cli_has(c, 'j') ? ALL_FIELDS : NULL, &status))
		return status;
	status = cli_open(c);
	if (status == CLI_DONE) {
		p = progress_begin("restoring links");
		rc = vw_restore(c->h, 0, &report);
		progress_end(p);
		if (report != NULL) {
			print_items(&r, report, cli_has(c, 'q'));
			status = cli_report_close(c, &r);
		}
		if (rc < 0)
			status = cli_library_error(c);
	}
	vw_report_free(report);
	cli_report_free(&r);
	return status;
}

static int run_check(struct cli *c, struct cli_report *r)
{
	struct vw_report *report;
	size_t bad;

	if (cli_open(c) != CLI_DONE)
		return CHECK_TROUBLE;
	if (vw_check(c->h, 0, &report) < 0) {
		cli_library_error(c);
		return CHECK_TROUBLE;
	}
	bad = print_items(r, report, false);
	vw_report_free(report);
	/* Written out here: "differs" may not stand for a full disk. */
	if (cli_report_close(c, r) != CLI_DONE || !cli_flush(c))
		return CHECK_TROUBLE;
	return bad > 0 ? CHECK_DIFFERS : CLI_DONE;
}

static int check(struct cli *c)
{
	struct cli_report r;
	int status;

	if (!cli_report_open(c, &r, &item_table, cli_has(c, 'j') ? ALL_FIELDS : NULL, &status))
		return status;
	status = run_check(c, &r);
	cli_report_free(&r);
	return status;
}

#define ABILITY(row) ((const struct vw_probe_item *)(row))

static void cell_feature(struct cli_cell *cell, const void *row)
{
	cli_set_text(cell, ABILITY(row)->feature);
}

static void cell_present(struct cli_cell *cell, const void *row)
{
	if (ABILITY(row)->present > 1)
		cli_set_unknown(cell);
	else
		cli_set_yesno(cell, ABILITY(row)->present);
}

static void cell_serves(struct cli_cell *cell, const void *row)
{
	cli_set_text(cell, ABILITY(row)->serves);
}

static void cell_advice(struct cli_cell *cell, const void *row)
{
	cli_set_text(cell, ABILITY(row)->advice);
}

static const struct cli_column probe_columns[] = {
	{ "FEATURE", 24, cell_feature, "ability of the kernel", "feature" },
	{ "PRESENT", 9, cell_present, "yes, no; ?: could not be tried", "present", CLI_BOOL },
	{ "SERVES", 40, cell_serves, "what it is needed for", "serves" },
	{ "ADVICE", 40, cell_advice, "what to do without it", "advice" },
	{ 0 }
};
static const struct cli_table probe_table = { "features", probe_columns };

static int print_features(struct cli *c, struct cli_report *r)
{
	const struct vw_probe_item *item;
	struct vw_probe *list;

	if (vw_probe_run(c->h, &list) < 0)
		return cli_library_error(c);
	while ((item = vw_probe_next(list)) != NULL)
		cli_report_row(r, item);
	vw_probe_free(list);
	return cli_report_close(c, r);
}

static int probe(struct cli *c)
{
	return cli_report_run(c, &probe_table, print_features);
}

static const struct cli_option restore_options[] = {
	{ 'q', "quiet", NULL, "print failures alone" }, OPT_JSON, { 0 }
};
static const struct cli_option json_options[] = { OPT_JSON, { 0 } };
static const struct cli_table *const item_tables[] = { &item_table, NULL };
static const struct cli_table *const probe_tables[] = { &probe_table, NULL };

static const struct cli_command vwire_commands[] = {
	{ "restore", restore, restore_options, "",
	  "make every saved link anew; may be run at any time", 0, 0, NULL, item_tables },
	{ "check", check, json_options, "",
	  "name what differs from what was asked for (0 same, 1 differs, 2 trouble)", 0, 0, NULL,
	  item_tables },
	{ "probe", probe, json_options, "", "tell what this kernel can do and what that means", 0,
	  0, NULL, probe_tables },
	{ 0 }
};
static const struct cli_command *const commands[] = {
	vwire_commands, explain_commands, cli_help_commands, NULL
};

int main(int argc, char **argv)
{
	static const struct cli_program program = {
		.name = "vwire",
		.about = "virtual networks as one saved value: make it real, check it, explain it",
		.commands = commands,
	};

	return cli_main(&program, argc, argv);
}

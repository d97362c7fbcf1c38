/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* explain.c - vwire explain: the kernel objects behind a link */
#include "explain.h"
#include "table.h"

#define THING(row) ((const struct vw_explain_item *)(row))

static void cell_subject(struct cli_cell *cell, const void *row)
{
	cli_set_text(cell, THING(row)->subject);
}

static void cell_object(struct cli_cell *cell, const void *row)
{
	cli_set_text(cell, THING(row)->object);
}

static const struct cli_column explain_columns[] = {
	{ "SUBJECT", 18, cell_subject, "the link, one of its properties, or a flow", "subject",
	  CLI_TEXT, CLI_COL_ONCE_BLANK },
	{ "OBJECT", 60, cell_object, "kernel object that realises it", "object" },
	{ 0 }
};
static const struct cli_table explain_table = { "objects", explain_columns };

static int print_objects(struct cli *c, struct cli_report *r)
{
	const struct vw_explain_item *item;
	struct vw_explain *list;

	if (vw_explain_link(c->h, c->operands[0], &list) < 0)
		return cli_library_error(c);
	while ((item = vw_explain_next(list)) != NULL)
		cli_report_row(r, item);
	vw_explain_free(list);
	return cli_report_close(c, r);
}

static int explain(struct cli *c)
{
	return cli_report_run(c, &explain_table, print_objects);
}

static const struct cli_option explain_options[] = { OPT_JSON, { 0 } };
static const struct cli_table *const explain_tables[] = { &explain_table, NULL };

const struct cli_command explain_commands[] = {
	{ "explain", explain, explain_options, "link",
	  "tell which kernel objects realise a link, its properties and flows", 1, 1, "link",
	  explain_tables },
	{ 0 }
};

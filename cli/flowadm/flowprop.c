/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* flowprop.c - set-, reset- and show-flowprop */
#include <string.h>
#include <strings.h>

#include "flowadm.h"

void flowadm_note_priority(struct cli *c, const struct cli_props *props, const char *flow)
{
	const struct vw_flow_info *info;
	struct vw_flows *list;
	size_t i;

	for (i = 0; i < props->n; i++)
		if (strncasecmp(props->list[i], "priority", 8) == 0)
			break;
	if (i == props->n ||
	    vw_flow_list(c->h, VW_FLOW_FILTER(.name = flow), 0, &list) < 0)
		return;
	info = vw_flow_next(list);
	if (info != NULL && !(info->flags & VW_FLOW_ABSENT))
		cli_note_priority(c, info->link, flow);
	vw_flow_list_free(list);
}

static int set_flowprop(struct cli *c)
{
	cli_auto_free const char **texts = cli_values(c, 'p');
	cli_auto_props struct cli_props props = { 0 };
	const char *flow = c->operands[0];
	int rc, worst = CLI_DONE;
	size_t i;

	if (texts == NULL)
		return cli_nomem(c);
	rc = cli_props_parse(c, texts, &props);
	if (rc == CLI_DONE)
		rc = cli_open(c);
	if (rc != CLI_DONE)
		return rc;
	for (i = 0; i < props.n; i++) {
		char *value = strchr(props.list[i], '=');

		*value++ = '\0';
		if (vw_flowprop_set(c->h, flow, props.list[i], value, cli_change_flags(c)) < 0)
			worst = cli_library_error(c);
	}
	if (worst == CLI_DONE)
		flowadm_note_priority(c, &props, flow);
	return worst;
}

static int reset_flowprop(struct cli *c)
{
	cli_auto_names struct cli_names names = { 0 };
	const char *flow = c->operands[0];
	int rc = cli_names_parse(c, 'p', &names), worst = CLI_DONE;
	size_t i;

	if (rc == CLI_DONE)
		rc = cli_open(c);
	if (rc != CLI_DONE)
		return rc;
	if (names.list == NULL)
		return cli_result(c, vw_flowprop_reset(c->h, flow, NULL, cli_change_flags(c)));
	for (i = 0; names.list[i] != NULL; i++)
		if (vw_flowprop_reset(c->h, flow, names.list[i], cli_change_flags(c)) < 0)
			worst = cli_library_error(c);
	return worst;
}

#define PROP(row) ((const struct vw_flowprop_info *)(row))

static void cell_flow(struct cli_cell *cell, const void *row)
{
	cli_set_text(cell, PROP(row)->flow);
}

static void cell_link(struct cli_cell *cell, const void *row)
{
	cli_set_text(cell, PROP(row)->link);
}

static void cell_property(struct cli_cell *cell, const void *row)
{
	cli_set_text(cell, PROP(row)->name);
}

static void cell_value(struct cli_cell *cell, const void *row)
{
	cli_set_value(cell, PROP(row)->value);
}

static void cell_bits(struct cli_cell *cell, const void *row)
{
	cli_set_bits(cell, PROP(row)->name, PROP(row)->value);
}

static void cell_default(struct cli_cell *cell, const void *row)
{
	cli_set_value(cell, PROP(row)->defval);
}

static void cell_possible(struct cli_cell *cell, const void *row)
{
	cli_set_value(cell, PROP(row)->possible);
}

static const struct cli_column flowprop_columns[] = {
	{ "FLOW", 13, cell_flow, "name of the flow", "flow" },
	{ "LINK", 13, cell_link, "its link", "link", CLI_TEXT, CLI_COL_MORE },
	{ "PROPERTY", 16, cell_property, "name of the property", "property" },
	{ "VALUE", 15, cell_value, "current or, with -P, saved value", "value", CLI_TEXT,
	  CLI_COL_WRAP },
	{ "", 0, cell_bits, "", "", CLI_NUMBER, CLI_COL_JSON },
	{ "DEFAULT", 15, cell_default, "what reset-flowprop gives", "default", CLI_TEXT,
	  CLI_COL_WRAP },
	{ "POSSIBLE", 21, cell_possible, "values or range; none: free form", "possible", CLI_TEXT,
	  CLI_COL_WRAP },
	{ 0 }
};
static const struct cli_table flowprop_table = { "flowprops", flowprop_columns, 'c' };

static int print_list(struct cli *c, struct cli_report *r, const char *const *names)
{
	unsigned flags = cli_has(c, 'P') ? VW_LIST_SAVED : 0;
	const struct vw_flowprop_info *row;
	const char *link = cli_value(c, 'l');
	struct vw_flowprops *list;

	if (vw_flowprop_list(c->h, cli_operand(c), link, names, flags, &list) < 0)
		return cli_library_error(c);
	while ((row = vw_flowprop_next(list)) != NULL)
		if (link == NULL || strcmp(link, row->link) == 0)
			cli_report_row(r, row);
	vw_flowprop_list_free(list);
	return CLI_DONE;
}

/* One by one, so that the others are shown where one is unknown; it has its row too. */
static int print_named(struct cli *c, struct cli_report *r, char **names)
{
	const char *flow = cli_operand(c);
	struct vw_flows *found;
	int worst = CLI_DONE;
	size_t i;

	if (vw_flow_list(c->h, VW_FLOW_FILTER(.name = flow),
			 cli_has(c, 'P') ? VW_LIST_SAVED : 0, &found) < 0)
		return cli_library_error(c);
	vw_flow_list_free(found);
	for (i = 0; names[i] != NULL; i++) {
		struct vw_flowprop_info row = {
			.flow = flow, .link = "?", .name = names[i], .value = "?", .defval = "?",
			.possible = "?",
		};

		if (print_list(c, r, (const char *const[]){ names[i], NULL }) == CLI_DONE)
			continue;
		worst = CLI_FAILED;
		cli_report_row(r, &row);
	}
	return worst;
}

static int print_properties(struct cli *c, struct cli_report *r)
{
	cli_auto_names struct cli_names names = { 0 };
	int rc = cli_names_parse(c, 'p', &names), closed;

	if (rc == CLI_DONE)
		rc = cli_open(c);
	if (rc != CLI_DONE)
		return rc;
	if (names.list != NULL && cli_operand(c) != NULL)
		rc = print_named(c, r, names.list);
	else
		rc = print_list(c, r, (const char *const *)names.list);
	if (rc != CLI_DONE && r->rows == 0)
		return rc;
	closed = cli_report_close(c, r);
	return rc != CLI_DONE ? rc : closed;
}

static int show_flowprop(struct cli *c)
{
	struct cli_report r;
	int rc;

	if (!cli_report_open(c, &r, &flowprop_table, NULL, &rc))
		return rc;
	rc = print_properties(c, &r);
	cli_report_free(&r);
	return rc;
}

static const struct cli_option set_options[] = {
	OPT_TEMPORARY, OPT_ROOT,
	{ 'p', "prop", "prop=value[,...]", "properties to set, in this order",
	  CLI_REQUIRED | CLI_REPEAT, "assign" }, { 0 }
};
static const struct cli_option reset_options[] = {
	OPT_TEMPORARY, OPT_ROOT,
	{ 'p', "prop", "prop[,...]", "properties to reset; without it: all", CLI_REPEAT, "props" },
	{ 0 }
};
static const struct cli_option show_options[] = {
	OPT_SAVED,
	{ 'c', "parseable", NULL, "for scripts: fields joined by ':', no header; needs -o" },
	{ 'c', "parsable" },
	{ 'l', "link", "link", "only flows of this link", 0, "link" },
	OPT_OUTPUT, OPT_JSON,
	{ 'p', "prop", "prop[,...]", "show these properties; without it: all", CLI_REPEAT,
	  "props" }, { 0 }
};
static const struct cli_table *const show_tables[] = { &flowprop_table, NULL };

const struct cli_command flowprop_commands[] = {
	{ "set-flowprop", set_flowprop, set_options, "flow",
	  "set properties of a flow while its traffic runs", 1, 1, "flow" },
	{ "reset-flowprop", reset_flowprop, reset_options, "flow",
	  "take properties of a flow away", 1, 1, "flow" },
	{ "show-flowprop", show_flowprop, show_options, "[flow]", "show properties of flows", 0, 1,
	  "flow", show_tables },
	{ 0 }
};

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* flowprop.c - set-, reset- and show-flowprop */
#include <string.h>
#include <strings.h>

#include "flowadm.h"
#include "props.h"

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

static int read_prop(struct vw_handle *h, const char *flow, const char *prop, unsigned flags,
		     char **value, bool *can_set)
{
	const struct vw_flowprop_info *p;
	struct vw_flowprops *list;
	int rc = vw_flowprop_list(h, flow, NULL, (const char *const[]){ prop, NULL }, flags, &list);

	if (rc < 0)
		return rc;
	p = vw_flowprop_next(list);
	*value = strdup(p != NULL ? p->value : "");
	*can_set = true;
	vw_flowprop_list_free(list);
	return VW_OK;
}

static const struct cli_prop_verbs verbs = { vw_flowprop_set, vw_flowprop_reset, read_prop };

static int set_flowprop(struct cli *c)
{
	cli_auto_free const char **texts = cli_values(c, 'p');
	cli_auto_props struct cli_props props = { 0 };
	const char *flow = c->operands[0];
	int rc;

	if (texts == NULL)
		return cli_nomem(c);
	rc = cli_props_parse(c, texts, &props);
	if (rc == CLI_DONE)
		rc = cli_open(c);
	if (rc == CLI_DONE)
		rc = cli_props_set(c, flow, &props, &verbs);
	if (rc == CLI_DONE)
		flowadm_note_priority(c, &props, flow);
	return rc;
}

static int reset_flowprop(struct cli *c)
{
	return cli_props_reset(c, c->operands[0], &verbs);
}

static const struct cli_column flowprop_columns[] = {
	{ "FLOW", 13, cli_prop_cell_owner, "name of the flow", "flow" },
	{ "LINK", 13, cli_prop_cell_link, "its link", "link", CLI_TEXT, CLI_COL_MORE },
	{ "PROPERTY", 16, cli_prop_cell_name, "name of the property", "property" },
	CLI_PROP_VALUES("reset-flowprop", 21),
	{ 0 }
};
static const struct cli_table flowprop_table = { "flowprops", flowprop_columns, 'c' };

static int find_flow(struct cli *c)
{
	struct vw_flows *found;

	if (vw_flow_list(c->h, VW_FLOW_FILTER(.name = cli_operand(c)),
			 cli_has(c, 'P') ? VW_LIST_SAVED : 0, &found) < 0)
		return cli_library_error(c);
	vw_flow_list_free(found);
	return CLI_DONE;
}

static int print_list(struct cli *c, struct cli_report *r, const char *const *names)
{
	unsigned flags = cli_has(c, 'P') ? VW_LIST_SAVED : 0;
	const struct vw_flowprop_info *p;
	const char *link = cli_value(c, 'l');
	struct vw_flowprops *list;

	if (link != NULL && cli_need_link(c, link) != CLI_DONE)
		return CLI_FAILED;
	if (vw_flowprop_list(c->h, cli_operand(c), link, names, flags, &list) < 0)
		return cli_library_error(c);
	while ((p = vw_flowprop_next(list)) != NULL)
		if (link == NULL || strcmp(link, p->link) == 0)
			cli_report_row(r, CLI_PROP_ROW(p, p->flow, p->link, NULL));
	vw_flowprop_list_free(list);
	return CLI_DONE;
}

static int print_properties(struct cli *c, struct cli_report *r)
{
	static const struct cli_prop_owner flows = { find_flow, print_list };

	return cli_props_show(c, r, &flows);
}

static int show_flowprop(struct cli *c)
{
	return cli_report_run(c, &flowprop_table, print_properties);
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

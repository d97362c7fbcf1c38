/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vlan.c - create-, delete- and show-vlan */
#include "dladm.h"

static int create_vlan(struct cli *c)
{
	struct vw_vlan_attr attr = { .size = sizeof(attr), .over = cli_value(c, 'l') };
	cli_auto_free const char **texts = cli_values(c, 'p');
	cli_auto_props struct cli_props props = { 0 };
	int rc;

	if (texts == NULL)
		return cli_nomem(c);
	rc = dladm_vid(c, cli_value(c, 'v'), &attr.vid);
	if (rc == CLI_DONE)
		rc = cli_props_parse(c, texts, &props);
	if (rc == CLI_DONE)
		rc = cli_open(c);
	/* A link is missing before the name that would be made of it is. */
	if (rc == CLI_DONE && cli_operand(c) == NULL)
		rc = cli_need_link(c, attr.over);
	if (rc != CLI_DONE)
		return rc;
	attr.props = (const char *const *)props.list;
	return cli_result(c, vw_vlan_create(c->h, cli_operand(c), &attr, cli_change_flags(c)));
}

static int delete_vlan(struct cli *c)
{
	return dladm_each(c, vw_vlan_delete);
}

static const struct cli_column vlan_columns[] = {
	{ "LINK", 16, dladm_cell_name, "name of the VLAN link", "link" },
	{ "VID", 9, dladm_cell_vid, "VLAN ID", "vid", CLI_NUMBER },
	{ "OVER", 13, dladm_cell_over, "link below", "over" },
	{ "FLAGS", 7, dladm_cell_forced, "f: made with -f", "flags", CLI_TEXT },
	{ 0 }
};
static const struct cli_table vlan_table = { "vlans", vlan_columns };

static int show_vlan(struct cli *c)
{
	static const struct dladm_show show = { .table = &vlan_table, .cls = VW_CLASS_VLAN };

	return dladm_show_links(c, &show);
}

static const struct cli_option create_options[] = {
	OPT_TEMPORARY, OPT_ROOT,
	{ 'l', "link", "link", "the link below; required", CLI_REQUIRED,
	  "link:phys,aggr,etherstub,simnet,misc" },
	{ 'v', "vlan-id", "vid", "VLAN ID, 1 to 4094; required", CLI_REQUIRED },
	{ 'f', "force", NULL, "do not mind the MTU of the link below" }, { 'f', "forcible" },
	OPT_PROPS, { 0 }
};
static const struct cli_option delete_options[] = { OPT_TEMPORARY, OPT_ROOT, { 0 } };
static const struct cli_option show_options[] = {
	OPT_SAVED, OPT_PARSEABLE, OPT_OUTPUT, OPT_JSON, { 0 }
};
static const struct cli_table *const show_tables[] = { &vlan_table, NULL };

const struct cli_command vlan_commands[] = {
	{ "create-vlan", create_vlan, create_options, "[vlan]",
	  "create a VLAN link; without a name, VLAN 2 over net1 is net2001", 0, 1 },
	{ "delete-vlan", delete_vlan, delete_options, "vlan...", "delete VLAN links", 1, CLI_MANY,
	  "link:vlan" },
	{ "show-vlan", show_vlan, show_options, "[vlan]", "show VLAN links", 0, 1, "link:vlan",
	  show_tables },
	{ 0 }
};

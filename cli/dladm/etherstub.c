/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* etherstub.c - create-, delete- and show-etherstub */
#include "dladm.h"

static int create_etherstub(struct cli *c)
{
	return dladm_each(c, vw_etherstub_create);
}

static int delete_etherstub(struct cli *c)
{
	return dladm_each(c, vw_etherstub_delete);
}

static const struct cli_column etherstub_columns[] = {
	{ "LINK", 13, dladm_cell_name, "name of the etherstub", "link" },
	{ 0 }
};
static const struct cli_table etherstub_table = { "etherstubs", etherstub_columns };

static int show_etherstub(struct cli *c)
{
	static const struct dladm_show show = {
		.table = &etherstub_table, .cls = VW_CLASS_ETHERSTUB,
	};

	return dladm_show_links(c, &show);
}

static const struct cli_option change_options[] = { OPT_TEMPORARY, OPT_ROOT, { 0 } };
static const struct cli_option show_options[] = {
	OPT_SAVED, OPT_PARSEABLE, OPT_OUTPUT, OPT_JSON, { 0 }
};
static const struct cli_table *const show_tables[] = { &etherstub_table, NULL };

const struct cli_command etherstub_commands[] = {
	{ "create-etherstub", create_etherstub, change_options, "etherstub",
	  "create an etherstub: a switch without hardware", 1, 1 },
	{ "delete-etherstub", delete_etherstub, change_options, "etherstub...",
	  "delete etherstubs", 1, CLI_MANY, "link:etherstub" },
	{ "show-etherstub", show_etherstub, show_options, "[etherstub]", "show etherstubs", 0, 1,
	  "link:etherstub", show_tables },
	{ 0 }
};

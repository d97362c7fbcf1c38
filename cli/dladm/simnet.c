/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* simnet.c - create-, modify-, delete- and show-simnet */
#include <string.h>
#include <strings.h>

#include "dladm.h"

static int create_simnet(struct cli *c)
{
	const char *media = cli_value(c, 'm');

	if (media != NULL && strcasecmp(media, "ethernet") != 0 && strcasecmp(media, "ether") != 0) {
		cli_fail(c, "cannot create a simnet of media '%s'", media);
		cli_hint(c, "simnets are of media ethernet");
		return CLI_FAILED;
	}
	return dladm_each(c, vw_simnet_create);
}

static int modify_simnet(struct cli *c)
{
	const char *peer = cli_value(c, 'p');
	int rc = cli_open(c);

	if (rc != CLI_DONE)
		return rc;
	if (strcmp(peer, "none") == 0)
		peer = NULL;
	return cli_result(c, vw_simnet_modify(c->h, c->operands[0], peer, cli_change_flags(c)));
}

static int delete_simnet(struct cli *c)
{
	return dladm_each(c, vw_simnet_delete);
}

static void cell_media(struct cli_cell *cell, const void *row)
{
	(void)row;
	cli_set_text(cell, "Ethernet");
}

static const struct cli_column simnet_columns[] = {
	{ "LINK", 12, dladm_cell_name, "name of the simnet", "link" },
	{ "MEDIA", 20, cell_media, "kind of medium", "media" },
	{ "MACADDRESS", 18, dladm_cell_mac, "Ethernet address", "mac" },
	{ "OTHERLINK", 12, dladm_cell_over, "simnet at the other end of the cable", "other_link" },
	{ 0 }
};
static const struct cli_table simnet_table = { "simnets", simnet_columns };

static int show_simnet(struct cli *c)
{
	static const struct dladm_show show = { .table = &simnet_table, .cls = VW_CLASS_SIMNET };

	return dladm_show_links(c, &show);
}

static const struct cli_option create_options[] = {
	OPT_TEMPORARY, OPT_ROOT,
	{ 'm', "media", "media", "ethernet, the only one", 0, "words:ethernet" }, { 0 }
};
static const struct cli_option modify_options[] = {
	OPT_TEMPORARY, OPT_ROOT,
	{ 'p', "peer", "peer", "cable it to this simnet; none: take the cable out", CLI_REQUIRED,
	  "link:simnet" }, { 0 }
};
static const struct cli_option delete_options[] = { OPT_TEMPORARY, OPT_ROOT, { 0 } };
static const struct cli_option show_options[] = {
	OPT_SAVED, OPT_PARSEABLE, OPT_OUTPUT, OPT_JSON, { 0 }
};
static const struct cli_table *const show_tables[] = { &simnet_table, NULL };

const struct cli_command simnet_commands[] = {
	{ "create-simnet", create_simnet, create_options, "simnet", "create a simulated NIC", 1, 1 },
	{ "modify-simnet", modify_simnet, modify_options, "simnet",
	  "cable a simulated NIC to another", 1, 1, "link:simnet" },
	{ "delete-simnet", delete_simnet, delete_options, "simnet...", "delete simulated NICs", 1,
	  CLI_MANY, "link:simnet" },
	{ "show-simnet", show_simnet, show_options, "[simnet]", "show simulated NICs", 0, 1,
	  "link:simnet", show_tables },
	{ 0 }
};

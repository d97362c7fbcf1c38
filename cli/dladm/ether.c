/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ether.c - show-ether: what the Ethernet layer negotiated, can do and offers */
#include "dladm.h"

static void cell_link(struct cli_cell *cell, const void *row)
{
	cli_set_text(cell, ((const struct vw_ether_info *)row)->name);
}

static void cell_ptype(struct cli_cell *cell, const void *row)
{
	cli_set_text(cell, ((const struct vw_ether_info *)row)->ptype);
}

static void cell_state(struct cli_cell *cell, const void *row)
{
	dladm_set_state(cell, ((const struct vw_ether_info *)row)->state);
}

static void cell_auto(struct cli_cell *cell, const void *row)
{
	const struct vw_ether_info *e = row;

	if (e->autoneg < 0)
		cli_set_unknown(cell);
	else
		cli_set_yesno(cell, e->autoneg);
}

/* Empty text of the library: not known. */
static void set_known(struct cli_cell *cell, const char *text)
{
	if (text == NULL || *text == '\0')
		cli_set_unknown(cell);
	else
		cli_set_text(cell, text);
}

static void cell_speed_duplex(struct cli_cell *cell, const void *row)
{
	set_known(cell, ((const struct vw_ether_info *)row)->speed_duplex);
}

static void cell_pause(struct cli_cell *cell, const void *row)
{
	set_known(cell, ((const struct vw_ether_info *)row)->pause);
}

static void cell_rem_fault(struct cli_cell *cell, const void *row)
{
	set_known(cell, ((const struct vw_ether_info *)row)->rem_fault);
}

static const struct cli_column ether_columns[] = {
	{ "LINK", 16, cell_link, "name of the link", "link" },
	{ "PTYPE", 9, cell_ptype, "current, capable, adv or peeradv", "ptype" },
	{ "STATE", 9, cell_state, "up, down or unknown", "state" },
	{ "AUTO", 6, cell_auto, "is the rate negotiated?", "autoneg", CLI_BOOL },
	{ "SPEED-DUPLEX", 32, cell_speed_duplex, "rates; f: full duplex, h: half", "speed_duplex",
	  CLI_LIST },
	{ "PAUSE", 7, cell_pause, "pause frames: none, tx, rx or bi", "pause" },
	{ "REM_FAULT", 17, cell_rem_fault, "fault told by the other end", "rem_fault" },
	{ 0 }
};
static const struct cli_table ether_table = { "ethers", ether_columns };

static int print_ethers(struct cli *c, struct cli_report *r)
{
	const struct vw_ether_info *e;
	struct vw_ethers *list;

	if (vw_ether_list(c->h, cli_operand(c), cli_has(c, 'x') ? VW_LIST_DETAIL : 0, &list) < 0)
		return cli_library_error(c);
	while ((e = vw_ether_next(list)) != NULL)
		cli_report_row(r, e);
	vw_ether_list_free(list);
	return cli_report_close(c, r);
}

static int show_ether(struct cli *c)
{
	return cli_report_run(c, &ether_table, print_ethers);
}

static const struct cli_option show_options[] = {
	{ 'x', "extended", NULL, "show what it can do, offers and is offered too" },
	OPT_PARSEABLE, OPT_OUTPUT, OPT_JSON, { 0 }
};
static const struct cli_table *const show_tables[] = { &ether_table, NULL };

const struct cli_command ether_commands[] = {
	{ "show-ether", show_ether, show_options, "[link]", "show Ethernet rates and negotiation", 0,
	  1, "link:phys", show_tables },
	{ 0 }
};

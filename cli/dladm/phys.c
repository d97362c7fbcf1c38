/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* phys.c - show-phys: devices, their addresses (-m) and their queues (-H) */
#include "dladm.h"

static void cell_flags(struct cli_cell *cell, const void *row)
{
	const struct vw_link_info *l = row;

	cli_set_text(cell, l->state == VW_STATE_ABSENT ? "r----" : "-----");
}

#define D VW_LIST_DETAIL
static const struct cli_column phys_columns[] = {
	{ "LINK", 13, dladm_cell_name, "name of the link", "link" },
	{ "MEDIA", 21, dladm_cell_media, "kind of medium", "media", CLI_TEXT, D },
	{ "STATE", 11, dladm_cell_state, "up, down, unknown or absent", "state" },
	{ "SPEED", 9, dladm_cell_speed, "Mb/s", "speed_bps", CLI_NUMBER, D },
	{ "DUPLEX", 9, dladm_cell_duplex, "full, half or unknown", "duplex", CLI_TEXT, D },
	{ "DEVICE", 13, dladm_cell_device, "name in the kernel", "device" },
	{ "FLAGS", 7, cell_flags, "r: the device is gone", "flags", CLI_TEXT, CLI_COL_MORE },
	{ 0 }
};
#undef D
static const struct cli_table phys_table = { "phys", phys_columns };

static void cell_mac_link(struct cli_cell *cell, const void *row)
{
	cli_set_text(cell, ((const struct vw_phys_mac *)row)->name);
}

static void cell_slot(struct cli_cell *cell, const void *row)
{
	cli_set_text(cell, ((const struct vw_phys_mac *)row)->slot);
}

static void cell_address(struct cli_cell *cell, const void *row)
{
	cli_set_mac(cell, ((const struct vw_phys_mac *)row)->mac);
}

static void cell_inuse(struct cli_cell *cell, const void *row)
{
	cli_set_yesno(cell, ((const struct vw_phys_mac *)row)->in_use);
}

static void cell_client(struct cli_cell *cell, const void *row)
{
	cli_set_text(cell, ((const struct vw_phys_mac *)row)->client);
}

static const struct cli_column mac_columns[] = {
	{ "LINK", 13, cell_mac_link, "name of the link", "link", CLI_TEXT, CLI_COL_ONCE },
	{ "SLOT", 9, cell_slot, "primary: the address of the device itself", "slot" },
	{ "ADDRESS", 19, cell_address, "Ethernet address", "mac" },
	{ "INUSE", 5, cell_inuse, "yes or no", "in_use", CLI_BOOL },
	{ "CLIENT", 13, cell_client, "link that uses the address", "client" },
	{ 0 }
};
static const struct cli_table mac_table = { "addresses", mac_columns };

static void cell_ring_link(struct cli_cell *cell, const void *row)
{
	cli_set_text(cell, ((const struct vw_phys_ring *)row)->name);
}

static void cell_ringtype(struct cli_cell *cell, const void *row)
{
	cli_set_text(cell, ((const struct vw_phys_ring *)row)->type);
}

static void cell_rings(struct cli_cell *cell, const void *row)
{
	const struct vw_phys_ring *r = row;

	if (r->first == r->last)
		cli_set_number(cell, r->first);
	else
		cli_set_format(cell, "%u-%u", r->first, r->last);
}

static void cell_clients(struct cli_cell *cell, const void *row)
{
	cli_set_text(cell, ((const struct vw_phys_ring *)row)->clients);
}

static const struct cli_column ring_columns[] = {
	{ "LINK", 13, cell_ring_link, "name of the link", "link" },
	{ "RINGTYPE", 9, cell_ringtype, "RX or TX", "ring_type" },
	{ "RINGS", 21, cell_rings, "numbers of the queues", "rings" },
	{ "CLIENTS", 24, cell_clients, "links that use them", "clients", CLI_LIST },
	{ 0 }
};
static const struct cli_table ring_table = { "rings", ring_columns };

static int show_macs(struct cli *c, struct cli_report *r)
{
	const struct vw_phys_mac *row;
	struct vw_phys_macs *list;

	if (vw_phys_mac_list(c->h, cli_operand(c), 0, &list) < 0)
		return cli_library_error(c);
	while ((row = vw_phys_mac_next(list)) != NULL)
		cli_report_row(r, row);
	vw_phys_mac_list_free(list);
	return cli_report_close(c, r);
}

static int show_rings(struct cli *c, struct cli_report *r)
{
	const struct vw_phys_ring *row;
	struct vw_phys_rings *list;

	if (vw_phys_ring_list(c->h, cli_operand(c), 0, &list) < 0)
		return cli_library_error(c);
	while ((row = vw_phys_ring_next(list)) != NULL)
		cli_report_row(r, row);
	vw_phys_ring_list_free(list);
	return cli_report_close(c, r);
}

static int show_phys(struct cli *c)
{
	static const struct dladm_show show = {
		.table = &phys_table, .saved = "link,device,media,flags", .cls = VW_CLASS_PHYS,
	};
	static const char *const pairs[] = { "mH", "mP", "HP", NULL };
	int rc = cli_exclude(c, pairs);

	if (rc != CLI_DONE)
		return rc;
	if (cli_has(c, 'm'))
		return cli_report_run(c, &mac_table, show_macs);
	if (cli_has(c, 'H'))
		return cli_report_run(c, &ring_table, show_rings);
	return dladm_show_links(c, &show);
}

static const struct cli_option phys_options[] = {
	OPT_SAVED,
	{ 'm', "mac", NULL, "show the addresses and who uses them" },
	{ 'H', "hwrings", NULL, "show the queues and who uses them" },
	OPT_PARSEABLE, OPT_OUTPUT, OPT_JSON, { 0 }
};
static const struct cli_table *const phys_tables[] = { &phys_table, &mac_table, &ring_table, NULL };

const struct cli_command phys_commands[] = {
	{ "show-phys", show_phys, phys_options, "[link]", "show physical links", 0, 1, "link:phys",
	  phys_tables },
	{ 0 }
};

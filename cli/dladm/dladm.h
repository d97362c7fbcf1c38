/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* dladm.h - what the subcommands of dladm share */
#ifndef DLADM_H
#define DLADM_H

#include "cli.h"
#include "interval.h"
#include "table.h"

/* One table of subcommands per kind of object; dladm.c lists them all. */
extern const struct cli_command link_commands[], phys_commands[], vnic_commands[],
	etherstub_commands[], vlan_commands[], aggr_commands[], aggr_show_commands[],
	bridge_commands[], bridge_show_commands[], simnet_commands[], iptun_commands[],
	ether_commands[], linkprop_commands[];

#define OPT_DROPS	{ 'x', "extended", NULL, "show what was dropped, by reason; -s is " \
			  "implied" }

/* How to show a kind of link: everything but the options, which come from @c. */
struct dladm_show {
	const struct cli_table	*table;
	const struct cli_table	*stats;	/* with -s; NULL: there is no -s */
	const struct cli_table	*drops;	/* with -x; NULL: -x is something else, or is not there */
	const char		*saved;	/* default fields with -P; NULL: as without */
	unsigned		 cls;	/* set of enum vw_class; 0: all */
	const char		*over;	/* links over this one only */
};

/* The body of every show command whose rows are links. */
int dladm_show_links(struct cli *c, const struct dladm_show *show);
/* -s and -i: may they be used as they are? */
int dladm_check_interval(struct cli *c);
/* Is the link named @name of one of the classes @cls? If not, say what it is. */
int dladm_need_class(struct cli *c, const struct vw_link_info *link, unsigned cls);

/* Do @verb to each operand; go on after a failure. */
int dladm_each(struct cli *c, int (*verb)(struct vw_handle *h, const char *name, unsigned flags));

/* After @link was given @props: say what none of them makes anybody believe. */
void dladm_note_props(struct cli *c, const char *link, const struct cli_props *props);

/* -v: a VLAN ID, CLI_FAILED unless 1 to 4094. */
int dladm_vid(struct cli *c, const char *text, uint16_t *vid);

/* Cells of struct vw_link_info that several tables have. */
void dladm_cell_name(struct cli_cell *cell, const void *row);
void dladm_cell_class(struct cli_cell *cell, const void *row);
void dladm_cell_mtu(struct cli_cell *cell, const void *row);
void dladm_cell_state(struct cli_cell *cell, const void *row);
void dladm_cell_bridge(struct cli_cell *cell, const void *row);
void dladm_cell_over(struct cli_cell *cell, const void *row);
void dladm_cell_zone(struct cli_cell *cell, const void *row);
void dladm_cell_vid(struct cli_cell *cell, const void *row);
void dladm_cell_mac(struct cli_cell *cell, const void *row);
void dladm_cell_mactype(struct cli_cell *cell, const void *row);
void dladm_cell_speed(struct cli_cell *cell, const void *row);
void dladm_cell_limited_speed(struct cli_cell *cell, const void *row);
void dladm_cell_maxbw(struct cli_cell *cell, const void *row);
void dladm_cell_datapath(struct cli_cell *cell, const void *row);
void dladm_cell_duplex(struct cli_cell *cell, const void *row);
void dladm_cell_media(struct cli_cell *cell, const void *row);
void dladm_cell_device(struct cli_cell *cell, const void *row);
void dladm_cell_forced(struct cli_cell *cell, const void *row);
void dladm_cell_ipackets(struct cli_cell *cell, const void *row);
void dladm_cell_rbytes(struct cli_cell *cell, const void *row);
void dladm_cell_ierrors(struct cli_cell *cell, const void *row);
void dladm_cell_idrops(struct cli_cell *cell, const void *row);
void dladm_cell_opackets(struct cli_cell *cell, const void *row);
void dladm_cell_obytes(struct cli_cell *cell, const void *row);
void dladm_cell_oerrors(struct cli_cell *cell, const void *row);
void dladm_cell_odrops(struct cli_cell *cell, const void *row);
/* The counters of a link (show-link -s), for every class, and its drops (show-link -x). */
extern const struct cli_table dladm_stats_table, dladm_drops_table;

/* Speeds, duplex and states that are not members of struct vw_link_info. */
void dladm_set_state(struct cli_cell *cell, unsigned state);
void dladm_set_duplex(struct cli_cell *cell, unsigned duplex);

#endif

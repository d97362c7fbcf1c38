/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* bridge_show.c - show-bridge: plain, counters (-s), links (-l), forwarding table (-f) */
#include <stdio.h>

#include "dladm.h"

struct bridge_row {
	const struct vw_bridge_info	*bridge;
	const struct vw_bridge_port	*port;
	const struct vw_bridge_fdb	*fdb;
	struct vw_link_stats		 stats;	/* of the port if there is one, else of the bridge */
};
#define BRIDGE(row) (((const struct bridge_row *)(row))->bridge)
#define PORT(row) (((const struct bridge_row *)(row))->port)
#define FDB(row) (((const struct bridge_row *)(row))->fdb)
#define STATS(row) (&((const struct bridge_row *)(row))->stats)

/* "32768/2:8:20:1:2:3": IEEE 802.1D identifiers are a priority, then an address. */
static void set_id(struct cli_cell *cell, const uint8_t *id)
{
	char mac[VW_MAC_STRLEN];

	cli_set_format(cell, "%u/%s", (unsigned)id[0] << 8 | id[1], vw_mac_format(id + 2, mac));
}

/* illumos counts what Linux does not. */
static void cell_unknown(struct cli_cell *cell, const void *row)
{
	(void)row;
	cli_set_unknown(cell);
}

static void cell_bridge(struct cli_cell *cell, const void *row)
{
	cli_set_text(cell, BRIDGE(row)->name);
}

static void cell_protect(struct cli_cell *cell, const void *row)
{
	cli_set_text(cell, BRIDGE(row)->stp == 2 ? "none" : "stp");
}

static void cell_address(struct cli_cell *cell, const void *row)
{
	char mac[VW_MAC_STRLEN];

	cli_set_format(cell, "%u/%s", BRIDGE(row)->priority,
		       vw_mac_format(BRIDGE(row)->mac, mac));
}

#define NUMBER_CELL(name, value)					\
	static void cell_##name(struct cli_cell *cell, const void *row)	\
	{								\
		cli_set_number(cell, value);				\
	}

NUMBER_CELL(priority, BRIDGE(row)->priority)
NUMBER_CELL(bmaxage, BRIDGE(row)->max_age_s)
NUMBER_CELL(bhello, BRIDGE(row)->hello_s)
NUMBER_CELL(bfwddelay, BRIDGE(row)->forward_delay_s)
NUMBER_CELL(tctime, BRIDGE(row)->topology_change_timer_s)
NUMBER_CELL(rootcost, BRIDGE(row)->root_cost)
NUMBER_CELL(rootport, BRIDGE(row)->root_port)

/* The kernel's own spanning tree is that of IEEE 802.1D-1998, version 0 in its frames. */
static void cell_forceproto(struct cli_cell *cell, const void *row)
{
	(void)row;
	cli_set_number(cell, 0);
}

static void cell_tchange(struct cli_cell *cell, const void *row)
{
	cli_set_yesno(cell, BRIDGE(row)->topology_change);
}

static void cell_desroot(struct cli_cell *cell, const void *row)
{
	set_id(cell, BRIDGE(row)->root_id);
}

/* The root's times rule; only where this bridge is the root are they known to be its own. */
static void set_root_time(struct cli_cell *cell, const void *row, unsigned seconds)
{
	if (BRIDGE(row)->root_port == 0)
		cli_set_number(cell, seconds);
	else
		cli_set_unknown(cell);
}

static void cell_maxage(struct cli_cell *cell, const void *row)
{
	set_root_time(cell, row, BRIDGE(row)->max_age_s);
}

static void cell_hello(struct cli_cell *cell, const void *row)
{
	set_root_time(cell, row, BRIDGE(row)->hello_s);
}

static void cell_fwddelay(struct cli_cell *cell, const void *row)
{
	set_root_time(cell, row, BRIDGE(row)->forward_delay_s);
}

#define N CLI_NUMBER
#define M CLI_COL_MORE
static const struct cli_column plain_columns[] = {
	{ "BRIDGE", 12, cell_bridge, "name of the bridge", "bridge" },
	{ "PROTECT", 8, cell_protect, "stp or none", "protect" },
	{ "ADDRESS", 19, cell_address, "identifier: priority and address", "address" },
	{ "PRIORITY", 9, cell_priority, "the lowest becomes the root", "priority", N },
	{ "BMAXAGE", 8, cell_bmaxage, "maximum age configured, s", "configured_max_age_s", N, M },
	{ "BHELLOTIME", 11, cell_bhello, "hello time configured, s", "configured_hello_s", N, M },
	{ "BFWDDELAY", 10, cell_bfwddelay, "forward delay configured, s",
	  "configured_forward_delay_s", N, M },
	{ "FORCEPROTO", 11, cell_forceproto, "spanning tree version", "force_protocol", N, M },
	{ "TCTIME", 10, cell_tctime, "seconds of the topology change timer", "tc_timer_s", N, M },
	{ "TCCOUNT", 10, cell_unknown, "topology changes", "tc_count", N, M },
	{ "TCHANGE", 10, cell_tchange, "is the topology changing?", "tc", CLI_BOOL, M },
	{ "DESROOT", 23, cell_desroot, "identifier of the root", "designated_root" },
	{ "ROOTCOST", 11, cell_rootcost, "cost of the path to the root", "root_cost", N, M },
	{ "ROOTPORT", 11, cell_rootport, "port towards the root; 0: is root", "root_port", N, M },
	{ "MAXAGE", 8, cell_maxage, "maximum age in use, s", "max_age_s", N, M },
	{ "HELLOTIME", 10, cell_hello, "hello time in use, s", "hello_s", N, M },
	{ "FWDDELAY", 9, cell_fwddelay, "forward delay in use, s", "forward_delay_s", N, M },
	{ "HOLDTIME", 9, cell_unknown, "least time between frames of a port", "hold_s", N, M },
	{ 0 }
};
static const struct cli_table plain_table = { "bridges", plain_columns };

NUMBER_CELL(drops, STATS(row)->rx_dropped + STATS(row)->tx_dropped)
NUMBER_CELL(mbcast, STATS(row)->multicast)
NUMBER_CELL(recv, STATS(row)->rx_packets)
NUMBER_CELL(sent, STATS(row)->tx_packets)

static const struct cli_column stats_columns[] = {
	{ "BRIDGE", 12, cell_bridge, "name of the bridge", "bridge" },
	{ "DROPS", 12, cell_drops, "packets dropped", "dropped", N },
	{ "FORWARDS", 12, cell_unknown, "packets forwarded; Linux does not count", "forwards", N },
	{ "MBCAST", 12, cell_mbcast, "multicast packets received by the host", "multicast", N },
	{ "UNKNOWN", 12, cell_unknown, "packets flooded; Linux does not count", "unknown", N },
	{ "RECV", 12, cell_recv, "packets received by the host", "rx_packets", N, M },
	{ "SENT", 12, cell_sent, "packets sent by the host", "tx_packets", N, M },
	{ 0 }
};
static const struct cli_table stats_table = { "statistics", stats_columns };

static void cell_port(struct cli_cell *cell, const void *row)
{
	cli_set_text(cell, PORT(row)->name);
}

static void cell_portstate(struct cli_cell *cell, const void *row)
{
	static const char *const names[] = {
		"disabled", "listening", "learning", "forwarding", "blocking"
	};
	unsigned state = PORT(row)->stp_state;

	if (state < sizeof(names) / sizeof(names[0]))
		cli_set_text(cell, names[state]);
	else
		cli_set_unknown(cell);
}

static void cell_port_desroot(struct cli_cell *cell, const void *row)
{
	set_id(cell, PORT(row)->designated_root);
}

static void cell_desbridge(struct cli_cell *cell, const void *row)
{
	set_id(cell, PORT(row)->designated_bridge);
}

NUMBER_CELL(index, PORT(row)->ifindex)
NUMBER_CELL(opercost, PORT(row)->cost)
NUMBER_CELL(descost, PORT(row)->designated_cost)
NUMBER_CELL(desport, PORT(row)->designated_port)

static void cell_tcack(struct cli_cell *cell, const void *row)
{
	cli_set_yesno(cell, PORT(row)->topology_change_ack);
}

static const struct cli_column link_columns[] = {
	{ "LINK", 12, cell_port, "name of the port", "link" },
	{ "INDEX", 8, cell_index, "interface index", "ifindex", N, M },
	{ "STATE", 12, cell_portstate, "disabled, blocking, listening, learning or forwarding",
	  "state" },
	{ "UPTIME", 8, cell_unknown, "seconds in this state; Linux does not tell", "uptime_s", N },
	{ "OPERCOST", 9, cell_opercost, "path cost", "cost", N, M },
	{ "OPERP2P", 8, cell_unknown, "point-to-point? Linux does not tell", "p2p", CLI_BOOL, M },
	{ "OPEREDGE", 9, cell_unknown, "edge port? Linux does not tell", "edge", CLI_BOOL, M },
	{ "DESROOT", 22, cell_port_desroot, "identifier of the root", "designated_root" },
	{ "DESCOST", 11, cell_descost, "cost told by the segment's bridge", "designated_cost", N,
	  M },
	{ "DESBRIDGE", 22, cell_desbridge, "identifier of the segment's bridge",
	  "designated_bridge", CLI_TEXT, M },
	{ "DESPORT", 8, cell_desport, "port of the segment's bridge", "designated_port", N, M },
	{ "TCACK", 6, cell_tcack, "acknowledges a topology change?", "tc_ack", CLI_BOOL, M },
	{ 0 }
};
static const struct cli_table link_table = { "bridge_links", link_columns };

static const struct cli_column link_stats_columns[] = {
	{ "LINK", 12, cell_port, "name of the port", "link" },
	{ "CFGBPDU", 9, cell_unknown, "configuration frames; Linux does not count", "cfg_bpdu", N,
	  M },
	{ "TCNBPDU", 9, cell_unknown, "change frames; Linux does not count", "tcn_bpdu", N, M },
	{ "RSTPBPDU", 9, cell_unknown, "rapid frames; Linux does not count", "rstp_bpdu", N, M },
	{ "TXBPDU", 9, cell_unknown, "frames sent; Linux does not count", "tx_bpdu", N, M },
	{ "DROPS", 9, cell_drops, "packets dropped", "dropped", N },
	{ "RECV", 9, cell_recv, "packets received", "rx_packets", N },
	{ "XMIT", 9, cell_sent, "packets sent", "tx_packets", N },
	{ 0 }
};
static const struct cli_table link_stats_table = { "bridge_link_statistics", link_stats_columns };

static void cell_dest(struct cli_cell *cell, const void *row)
{
	cli_set_mac(cell, FDB(row)->mac);
}

static void cell_age(struct cli_cell *cell, const void *row)
{
	uint32_t ms = FDB(row)->age_ms;

	if (FDB(row)->local || FDB(row)->is_static)
		return;
	cli_set_scaled(cell, ms, "%u.%03u", ms / 1000, ms % 1000);
}

static void cell_fdbflags(struct cli_cell *cell, const void *row)
{
	cli_set_format(cell, "%s%s", FDB(row)->local ? "L" : "", FDB(row)->is_static ? "S" : "");
}

static void cell_output(struct cli_cell *cell, const void *row)
{
	cli_set_text(cell, FDB(row)->port);
}

static const struct cli_column fdb_columns[] = {
	{ "DEST", 17, cell_dest, "Ethernet address", "mac" },
	{ "AGE", 7, cell_age, "seconds since it was seen", "age_ms", N },
	{ "FLAGS", 6, cell_fdbflags, "L: an address of the bridge; S: does not age", "flags" },
	{ "OUTPUT", 12, cell_output, "port it is behind", "link" },
	{ 0 }
};
static const struct cli_table fdb_table = { "forwarding", fdb_columns };
#undef N
#undef M

enum mode { BRIDGES, BRIDGE_STATS, LINKS, LINK_STATS, FORWARDING };

struct showing {
	struct cli_report	 report;
	enum mode		 mode;
};

static void print_bridge(struct showing *s, struct cli_memory *m, const struct vw_bridge_info *b)
{
	struct bridge_row row = { .bridge = b, .stats = b->stats };
	size_t i;

	switch (s->mode) {
	case BRIDGES:
	case BRIDGE_STATS:
		cli_difference(m, b->name, &row.stats);
		cli_report_row(&s->report, &row);
		break;
	case LINKS:
	case LINK_STATS:
		for (i = 0; i < b->nports; i++) {
			row.port = &b->ports[i];
			row.stats = b->ports[i].stats;
			cli_difference(m, row.port->name, &row.stats);
			cli_report_row(&s->report, &row);
		}
		break;
	case FORWARDING:
		for (i = 0; i < b->nfdb; i++) {
			row.fdb = &b->fdb[i];
			cli_report_row(&s->report, &row);
		}
		break;
	}
}

static int show_once(struct cli *c, struct cli_memory *m, void *arg)
{
	struct showing *s = arg;
	unsigned flags = (s->mode == FORWARDING ? VW_LIST_DETAIL : 0) |
			 (cli_has(c, 's') ? VW_LIST_STATS : 0) |
			 (cli_has(c, 'P') ? VW_LIST_SAVED : 0);
	const struct vw_bridge_info *b;
	struct vw_bridges *list;

	if (vw_bridge_list(c->h, cli_operand(c), flags, &list) < 0)
		return cli_library_error(c);
	while ((b = vw_bridge_next(list)) != NULL)
		print_bridge(s, m, b);
	vw_bridge_list_free(list);
	return cli_report_close(c, &s->report);
}

static int choose_mode(struct cli *c, enum mode *mode)
{
	static const char *const pairs[] = { "lf", "fs", "Pl", "Pf", NULL };
	int rc = cli_exclude(c, pairs);

	if (rc != CLI_DONE)
		return rc;
	if ((cli_has(c, 'l') || cli_has(c, 'f')) && cli_operand(c) == NULL)
		return cli_usage(c, "-l and -f need the name of a bridge");
	if (cli_has(c, 'f'))
		*mode = FORWARDING;
	else if (cli_has(c, 'l'))
		*mode = cli_has(c, 's') ? LINK_STATS : LINKS;
	else
		*mode = cli_has(c, 's') ? BRIDGE_STATS : BRIDGES;
	return CLI_DONE;
}

static const struct cli_table *const show_tables[] = {
	[BRIDGES] = &plain_table, [BRIDGE_STATS] = &stats_table, [LINKS] = &link_table,
	[LINK_STATS] = &link_stats_table, [FORWARDING] = &fdb_table, NULL
};

static int show_bridge(struct cli *c)
{
	const char *saved = cli_has(c, 'P') ? "bridge,protect,priority" : NULL;
	struct showing s = { .mode = BRIDGES };
	int rc = dladm_check_interval(c);

	if (rc == CLI_DONE)
		rc = choose_mode(c, &s.mode);
	if (rc != CLI_DONE)
		return rc;
	if (!cli_report_open(c, &s.report, show_tables[s.mode], saved, &rc))
		return rc;
	rc = cli_open(c);
	if (rc == CLI_DONE)
		rc = cli_repeat(c, show_once, &s);
	cli_report_free(&s.report);
	return rc;
}

static const struct cli_option show_options[] = {
	OPT_SAVED,
	{ 'l', "link", NULL, "show the links of a bridge" },
	{ 'f', "forwarding", NULL, "show the forwarding table of a bridge" },
	OPT_STATS, OPT_INTERVAL, OPT_PARSEABLE, OPT_OUTPUT, OPT_JSON, { 0 }
};

const struct cli_command bridge_show_commands[] = {
	{ "show-bridge", show_bridge, show_options, "[bridge]", "show bridges", 0, 1, "link:bridge",
	  show_tables },
	{ 0 }
};

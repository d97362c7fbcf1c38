/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* aggr_show.c - show-aggr: plain, ports (-x), LACP (-L), counters (-s) */
#include <stdio.h>

#include "aggr.h"

/* A row is an aggregation, or one of its ports when @port is set. */
struct aggr_row {
	const struct vw_aggr_info	*aggr;
	const struct vw_aggr_port	*port;
	struct vw_link_stats		 stats;	/* of the port, or of all ports together */
	struct vw_link_stats		 total;	/* of all ports */
};
#define ROW(row) ((const struct aggr_row *)(row))

static void cell_link(struct cli_cell *cell, const void *row)
{
	cli_set_text(cell, ROW(row)->aggr->name);
}

static void cell_policy(struct cli_cell *cell, const void *row)
{
	unsigned policy = ROW(row)->aggr->policy;

	cli_set_format(cell, "%s%s%s%s%s", policy & VW_AGGR_L2 ? "L2" : "",
		       policy & VW_AGGR_L2 && policy & (VW_AGGR_L3 | VW_AGGR_L4) ? "," : "",
		       policy & VW_AGGR_L3 ? "L3" : "",
		       policy & VW_AGGR_L3 && policy & VW_AGGR_L4 ? "," : "",
		       policy & VW_AGGR_L4 ? "L4" : "");
}

static void cell_addrpolicy(struct cli_cell *cell, const void *row)
{
	char mac[VW_MAC_STRLEN];

	if (ROW(row)->aggr->mac_fixed)
		cli_set_format(cell, "fixed (%s)", vw_mac_format(ROW(row)->aggr->mac, mac));
	else
		cli_set_text(cell, "auto");
}

static void cell_activity(struct cli_cell *cell, const void *row)
{
	static const char *const names[] = {
		[VW_LACP_OFF] = "off", [VW_LACP_ACTIVE] = "active", [VW_LACP_PASSIVE] = "passive",
	};
	unsigned lacp = ROW(row)->aggr->lacp;

	if (lacp >= VW_LACP_OFF && lacp <= VW_LACP_PASSIVE)
		cli_set_text(cell, names[lacp]);
}

static void cell_timer(struct cli_cell *cell, const void *row)
{
	unsigned timer = ROW(row)->aggr->timer;

	if (timer != 0)
		cli_set_text(cell, timer == VW_LACP_LONG ? "long" : "short");
}

static void cell_flags(struct cli_cell *cell, const void *row)
{
	cli_set_text(cell, ROW(row)->aggr->forced ? "f----" : "-----");
}

static const struct cli_column plain_columns[] = {
	{ "LINK", 16, cell_link, "name of the aggregation", "link" },
	{ "POLICY", 9, cell_policy, "headers that choose the port", "policy", CLI_LIST },
	{ "ADDRPOLICY", 21, cell_addrpolicy, "auto, or fixed and its address", "address_policy" },
	{ "LACPACTIVITY", 14, cell_activity, "off, active or passive", "lacp_activity" },
	{ "LACPTIMER", 12, cell_timer, "short or long", "lacp_timer" },
	{ "FLAGS", 8, cell_flags, "f: made with -f", "flags" },
	{ 0 }
};
static const struct cli_table plain_table = { "aggrs", plain_columns };

static void cell_port(struct cli_cell *cell, const void *row)
{
	cli_set_text(cell, ROW(row)->port != NULL ? ROW(row)->port->name : NULL);
}

static void cell_speed(struct cli_cell *cell, const void *row)
{
	const struct aggr_row *r = ROW(row);
	uint32_t mbps = r->port != NULL ? r->port->speed_mbps : r->aggr->speed_mbps;

	if (mbps == 0)
		cli_set_unknown(cell);
	else
		cli_set_scaled(cell, mbps * UINT64_C(1000000), "%uMb", mbps);
}

static void cell_duplex(struct cli_cell *cell, const void *row)
{
	const struct aggr_row *r = ROW(row);

	dladm_set_duplex(cell, r->port != NULL ? r->port->duplex : r->aggr->duplex);
}

static void cell_state(struct cli_cell *cell, const void *row)
{
	const struct aggr_row *r = ROW(row);

	dladm_set_state(cell, r->port != NULL ? r->port->state : r->aggr->state);
}

static void cell_address(struct cli_cell *cell, const void *row)
{
	const struct aggr_row *r = ROW(row);

	cli_set_mac(cell, r->port != NULL ? r->port->mac : r->aggr->mac);
}

static void cell_portstate(struct cli_cell *cell, const void *row)
{
	if (ROW(row)->port != NULL)
		cli_set_text(cell, ROW(row)->port->attached ? "attached" : "standby");
}

static const struct cli_column port_columns[] = {
	{ "LINK", 12, cell_link, "name of the aggregation", "link", CLI_TEXT, CLI_COL_ONCE_BLANK },
	{ "PORT", 15, cell_port, "name of the port; none: the aggregation itself", "port" },
	{ "SPEED", 9, cell_speed, "Mb/s", "speed_bps", CLI_NUMBER },
	{ "DUPLEX", 9, cell_duplex, "full, half or unknown", "duplex" },
	{ "STATE", 9, cell_state, "up, down or unknown", "state" },
	{ "ADDRESS", 19, cell_address, "Ethernet address", "mac" },
	{ "PORTSTATE", 16, cell_portstate, "attached: carries traffic; standby", "port_state" },
	{ 0 }
};
static const struct cli_table port_table = { "ports", port_columns };

#define LACP_CELL(member)						\
	static void cell_##member(struct cli_cell *cell, const void *row) \
	{								\
		const struct vw_aggr_port *port = ROW(row)->port;	\
									\
		if (port != NULL && port->has_lacp)			\
			cli_set_yesno(cell, port->member);		\
	}

LACP_CELL(aggregatable)
LACP_CELL(sync)
LACP_CELL(coll)
LACP_CELL(dist)
LACP_CELL(defaulted)
LACP_CELL(expired)

static const struct cli_column lacp_columns[] = {
	{ "LINK", 12, cell_link, "name of the aggregation", "link", CLI_TEXT, CLI_COL_ONCE },
	{ "PORT", 13, cell_port, "name of the port", "port" },
	{ "AGGREGATABLE", 13, cell_aggregatable, "may be joined", "aggregatable", CLI_BOOL },
	{ "SYNC", 5, cell_sync, "the partner agrees", "sync", CLI_BOOL },
	{ "COLL", 5, cell_coll, "takes frames", "collecting", CLI_BOOL },
	{ "DIST", 5, cell_dist, "sends frames", "distributing", CLI_BOOL },
	{ "DEFAULTED", 10, cell_defaulted, "no partner was heard", "defaulted", CLI_BOOL },
	{ "EXPIRED", 15, cell_expired, "the partner fell silent", "expired", CLI_BOOL },
	{ 0 }
};
static const struct cli_table lacp_table = { "ports", lacp_columns };

#define STATS_CELL(name, member)					\
	static void cell_##name(struct cli_cell *cell, const void *row)	\
	{								\
		cli_set_number(cell, ROW(row)->stats.member);		\
	}

STATS_CELL(ipackets, rx_packets)
STATS_CELL(rbytes, rx_bytes)
STATS_CELL(opackets, tx_packets)
STATS_CELL(obytes, tx_bytes)

/* Share of a port in per cent with one decimal; none while nothing was counted. */
static void set_share(struct cli_cell *cell, const struct aggr_row *row, uint64_t part,
		      uint64_t whole)
{
	uint64_t permille;

	if (row->port == NULL || whole == 0)
		return;
	permille = (uint64_t)((__uint128_t)part * 1000 / whole);
	cli_set_format(cell, "%llu.%llu", (unsigned long long)permille / 10,
		       (unsigned long long)permille % 10);
}

static void cell_ipktdist(struct cli_cell *cell, const void *row)
{
	const struct aggr_row *r = ROW(row);

	set_share(cell, r, r->stats.rx_packets, r->total.rx_packets);
}

static void cell_opktdist(struct cli_cell *cell, const void *row)
{
	const struct aggr_row *r = ROW(row);

	set_share(cell, r, r->stats.tx_packets, r->total.tx_packets);
}

static const struct cli_column stats_columns[] = {
	{ "LINK", 12, cell_link, "name of the aggregation", "link" },
	{ "PORT", 10, cell_port, "name of the port; none: all together", "port" },
	{ "IPACKETS", 8, cell_ipackets, "packets received", "rx_packets", CLI_NUMBER },
	{ "RBYTES", 8, cell_rbytes, "bytes received", "rx_bytes", CLI_NUMBER },
	{ "OPACKETS", 8, cell_opackets, "packets sent", "tx_packets", CLI_NUMBER },
	{ "OBYTES", 8, cell_obytes, "bytes sent", "tx_bytes", CLI_NUMBER },
	{ "IPKTDIST", 9, cell_ipktdist, "per cent of the received packets", "rx_packets_percent" },
	{ "OPKTDIST", 15, cell_opktdist, "per cent of the sent packets", "tx_packets_percent" },
	{ 0 }
};
static const struct cli_table stats_table = { "statistics", stats_columns };

struct showing {
	struct cli_report	 report;
	int			 mode;	/* 'x', 'L', 's'; 0: plain */
	const char		*name;
	unsigned		 flags;
};

static void add_stats(struct vw_link_stats *sum, const struct vw_link_stats *one)
{
	sum->rx_packets += one->rx_packets;
	sum->rx_bytes += one->rx_bytes;
	sum->tx_packets += one->tx_packets;
	sum->tx_bytes += one->tx_bytes;
}

/* Rows of ports, below the row of the aggregation unless @mode is LACP. */
static int print_ports(struct cli *c, struct showing *s, struct cli_memory *m,
		       const struct vw_aggr_info *a)
{
	cli_auto_free struct aggr_row *rows = calloc(a->nports + 1, sizeof(*rows));
	size_t i;

	if (rows == NULL)
		return cli_nomem(c);
	for (i = 0; i < a->nports; i++) {
		char key[600];

		rows[i + 1] = (struct aggr_row){ a, &a->ports[i], a->ports[i].stats };
		/* A port may have moved from one aggregation to another: the pair is the key. */
		snprintf(key, sizeof(key), "%s/%s", a->name, a->ports[i].name);
		cli_difference(m, key, &rows[i + 1].stats);
		add_stats(&rows[0].stats, &rows[i + 1].stats);
	}
	rows[0].aggr = a;
	for (i = s->mode == 'L' ? 1 : 0; i <= a->nports; i++) {
		rows[i].total = rows[0].stats;
		cli_report_row(&s->report, &rows[i]);
	}
	return CLI_DONE;
}

static int show_once(struct cli *c, struct cli_memory *m, void *arg)
{
	struct showing *s = arg;
	const struct vw_aggr_info *a;
	struct vw_aggrs *list;
	int rc = CLI_DONE;

	if (vw_aggr_list(c->h, s->name, s->flags, &list) < 0)
		return cli_library_error(c);
	while (rc == CLI_DONE && (a = vw_aggr_next(list)) != NULL) {
		struct aggr_row row = { .aggr = a };

		if (s->mode == 0)
			cli_report_row(&s->report, &row);
		else
			rc = print_ports(c, s, m, a);
	}
	vw_aggr_list_free(list);
	return rc == CLI_DONE ? cli_report_close(c, &s->report) : rc;
}

static int show_aggr(struct cli *c)
{
	static const char *const pairs[] = { "Ls", "xs", "Lx", "PL", "Px", NULL };
	const struct cli_table *table = &plain_table;
	struct showing s = { .flags = cli_has(c, 'P') ? VW_LIST_SAVED : 0 };
	struct aggr_name buf;
	int rc = dladm_check_interval(c);

	if (rc == CLI_DONE)
		rc = cli_exclude(c, pairs);
	if (rc != CLI_DONE)
		return rc;
	if (cli_has(c, 'x')) {
		table = &port_table;
		s.mode = 'x';
	} else if (cli_has(c, 'L')) {
		table = &lacp_table;
		s.mode = 'L';
	} else if (cli_has(c, 's')) {
		table = &stats_table;
		s.mode = 's';
	}
	if (!cli_report_open(c, &s.report, table, NULL, &rc))
		return rc;
	s.name = aggr_name(cli_operand(c), &buf);
	rc = cli_open(c);
	if (rc == CLI_DONE)
		rc = cli_repeat(c, show_once, &s);
	cli_report_free(&s.report);
	return rc;
}

static const struct cli_option show_options[] = {
	OPT_SAVED,
	{ 'x', "extended", NULL, "show the ports" },
	{ 'L', "lacp", NULL, "show what LACP says of each port" },
	OPT_STATS, OPT_INTERVAL, OPT_PARSEABLE, OPT_OUTPUT, OPT_JSON, { 0 }
};
static const struct cli_table *const show_tables[] = {
	&plain_table, &port_table, &lacp_table, &stats_table, NULL
};

const struct cli_command aggr_show_commands[] = {
	{ "show-aggr", show_aggr, show_options, "[aggr]", "show aggregations", 0, 1, "link:aggr",
	  show_tables },
	{ 0 }
};

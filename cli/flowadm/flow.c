/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* flow.c - add-, remove- and show-flow */
#include <string.h>

#include "flowadm.h"

static int add_flow(struct cli *c)
{
	cli_auto_free const char **attrs = cli_values(c, 'a'), **texts = cli_values(c, 'p');
	cli_auto_props struct cli_props match = { 0 }, props = { 0 };
	struct vw_flow_attr attr = { .size = sizeof(attr), .link = cli_value(c, 'l') };
	int rc;

	if (attrs == NULL || texts == NULL)
		return cli_nomem(c);
	rc = cli_assigns_parse(c, &cli_attribute, attrs, &match);
	if (rc == CLI_DONE)
		rc = cli_props_parse(c, texts, &props);
	if (rc == CLI_DONE)
		rc = cli_open(c);
	if (rc != CLI_DONE)
		return rc;
	attr.match = (const char *const *)match.list;
	attr.props = (const char *const *)props.list;
	rc = cli_result(c, vw_flow_add(c->h, c->operands[0], &attr, cli_change_flags(c)));
	if (rc == CLI_DONE)
		flowadm_note_priority(c, &props, c->operands[0]);
	return rc;
}

static int remove_flow(struct cli *c)
{
	int rc, worst = CLI_DONE;
	unsigned i;

	if (cli_has(c, 'l') && c->noperands > 0)
		return cli_usage(c, "remove-flow: -l link means all flows of the link; leave out '%s'",
				 c->operands[0]);
	if (!cli_has(c, 'l') && c->noperands == 0)
		return cli_usage(c, "remove-flow: name a flow, or with -l a link");
	rc = cli_open(c);
	if (rc != CLI_DONE)
		return rc;
	if (cli_has(c, 'l'))
		return cli_result(c, vw_flow_remove_all(c->h, cli_value(c, 'l'),
							cli_change_flags(c)));
	for (i = 0; i < c->noperands; i++)
		if (vw_flow_remove(c->h, c->operands[i], cli_change_flags(c)) < 0)
			worst = cli_library_error(c);
	return worst;
}

#define FLOW(row) ((const struct vw_flow_info *)(row))

static void cell_flow(struct cli_cell *cell, const void *row)
{
	cli_set_text(cell, FLOW(row)->name);
}

static void cell_link(struct cli_cell *cell, const void *row)
{
	cli_set_text(cell, FLOW(row)->link);
}

static void cell_ipaddr(struct cli_cell *cell, const void *row)
{
	const struct vw_flow_info *f = row;

	if (f->local_ip != NULL)
		cli_set_format(cell, "LCL:%s", f->local_ip);
	else if (f->remote_ip != NULL)
		cli_set_format(cell, "RMT:%s", f->remote_ip);
}

static void cell_local_ip(struct cli_cell *cell, const void *row)
{
	cell->key = "local_ip";
	cli_set_text(cell, FLOW(row)->local_ip);
}

static void cell_remote_ip(struct cli_cell *cell, const void *row)
{
	cell->key = "remote_ip";
	cli_set_text(cell, FLOW(row)->remote_ip);
}

static void cell_proto(struct cli_cell *cell, const void *row)
{
	cli_set_text(cell, FLOW(row)->transport);
}

static void set_port(struct cli_cell *cell, uint16_t port)
{
	if (port != 0)
		cli_set_number(cell, port);
}

static void cell_lport(struct cli_cell *cell, const void *row)
{
	set_port(cell, FLOW(row)->local_port);
}

static void cell_rport(struct cli_cell *cell, const void *row)
{
	set_port(cell, FLOW(row)->remote_port);
}

static void cell_dsfield(struct cli_cell *cell, const void *row)
{
	cli_set_text(cell, FLOW(row)->dsfield);
}

static void cell_zone(struct cli_cell *cell, const void *row)
{
	cli_set_text(cell, FLOW(row)->zone);
}

static void cell_state(struct cli_cell *cell, const void *row)
{
	cli_set_text(cell, FLOW(row)->flags & VW_FLOW_ABSENT ? "absent" : "active");
}

static const struct cli_column flow_columns[] = {
	{ "FLOW", 12, cell_flow, "name of the flow", "flow" },
	{ "LINK", 12, cell_link, "link whose packets it takes", "link" },
	{ "IPADDR", 25, cell_ipaddr, "LCL: local, RMT: remote address or prefix" },
	{ "", 0, cell_local_ip, "", "", CLI_TEXT, CLI_COL_JSON },
	{ "", 0, cell_remote_ip, "", "", CLI_TEXT, CLI_COL_JSON },
	{ "PROTO", 7, cell_proto, "tcp, udp, sctp, icmp or icmpv6", "transport" },
	{ "LPORT", 8, cell_lport, "local port", "local_port", CLI_NUMBER },
	{ "RPORT", 8, cell_rport, "remote port", "remote_port", CLI_NUMBER },
	{ "DSFLD", 10, cell_dsfield, "value and mask of the TOS or traffic class byte",
	  "dsfield" },
	{ "ZONE", 16, cell_zone, "network namespace of the link", "zone", CLI_TEXT, CLI_COL_MORE },
	{ "STATE", 9, cell_state, "active; absent: its link is not there", "state", CLI_TEXT,
	  CLI_COL_MORE },
	{ 0 }
};
static const struct cli_table flow_table = { "flows", flow_columns };

#define STATS_CELL(member)						\
	static void cell_##member(struct cli_cell *cell, const void *row) \
	{								\
		cli_set_number(cell, FLOW(row)->stats.member);		\
	}

STATS_CELL(in_packets)
STATS_CELL(in_bytes)
STATS_CELL(out_packets)
STATS_CELL(out_bytes)
STATS_CELL(drops)

#define S VW_LIST_STATS
#define N CLI_NUMBER
static const struct cli_column stats_columns[] = {
	{ "FLOW", 15, cell_flow, "name of the flow", "flow" },
	{ "LINK", 13, cell_link, "link whose packets it takes", "link" },
	{ "IPACKETS", 12, cell_in_packets, "packets received", "in_packets", N, S },
	{ "RBYTES", 14, cell_in_bytes, "bytes received", "in_bytes", N, S },
	{ "OPACKETS", 12, cell_out_packets, "packets sent", "out_packets", N, S },
	{ "OBYTES", 14, cell_out_bytes, "bytes sent", "out_bytes", N, S },
	{ "DROPS", 10, cell_drops, "packets dropped by action=drop or maxbw=0", "drops", N, S },
	{ 0 }
};
#undef S
#undef N
static const struct cli_table stats_table = { "statistics", stats_columns };

struct showing {
	struct cli_report	 report;
	unsigned		 flags;		/* VW_LIST_... */
};

static int show_once(struct cli *c, struct cli_memory *m, void *arg)
{
	const struct vw_flow_info *info;
	struct showing *s = arg;
	struct vw_flows *list;

	if (vw_flow_list(c->h, VW_FLOW_FILTER(.name = cli_operand(c), .link = cli_value(c, 'l')),
			 s->flags, &list) < 0)
		return cli_library_error(c);
	while ((info = vw_flow_next(list)) != NULL) {
		struct vw_flow_info row = *info;

		cli_difference(m, row.name, &row.stats);
		cli_report_row(&s->report, &row);
	}
	vw_flow_list_free(list);
	return cli_report_close(c, &s->report);
}

static int show_flow(struct cli *c)
{
	static const char *const pairs[] = { "Ps", NULL };
	struct showing s;
	int rc;

	if (cli_has(c, 'i') && !cli_has(c, 's'))
		return cli_usage(c, "the option -i can be used only with -s");
	rc = cli_exclude(c, pairs);
	if (rc != CLI_DONE)
		return rc;
	if (!cli_report_open(c, &s.report, cli_has(c, 's') ? &stats_table : &flow_table, NULL, &rc))
		return rc;
	s.flags = s.report.needs | (cli_has(c, 'P') ? VW_LIST_SAVED : 0);
	rc = cli_open(c);
	if (rc == CLI_DONE && cli_has(c, 'l'))
		rc = cli_need_link(c, cli_value(c, 'l'));
	if (rc == CLI_DONE)
		rc = cli_repeat(c, show_once, &s);
	cli_report_free(&s.report);
	return rc;
}

static const struct cli_option add_options[] = {
	OPT_TEMPORARY, OPT_ROOT,
	{ 'l', "link", "link", "the link whose packets it takes; required", CLI_REQUIRED, "link" },
	{ 'a', "attr", "attribute=value[,...]", "which packets: local_ip, remote_ip, transport, "
	  "ports, dsfield", CLI_REQUIRED | CLI_REPEAT, "attrs" },
	{ 'p', "prop", "prop=value[,...]", "set properties of the new flow", CLI_REPEAT,
	  "assign" }, { 0 }
};
static const struct cli_option remove_options[] = {
	OPT_TEMPORARY, OPT_ROOT,
	{ 'l', "link", "link", "all flows of this link", 0, "link" }, { 0 }
};
static const struct cli_option show_options[] = {
	OPT_SAVED,
	{ 'l', "link", "link", "only flows of this link", 0, "link" },
	OPT_STATS, OPT_INTERVAL, OPT_PARSEABLE, OPT_OUTPUT, OPT_JSON, { 0 }
};
static const struct cli_table *const show_tables[] = { &flow_table, &stats_table, NULL };

const struct cli_command flow_commands[] = {
	{ "add-flow", add_flow, add_options, "flow", "make a flow on a link", 1, 1 },
	{ "remove-flow", remove_flow, remove_options, "[flow...]",
	  "remove flows; their packets belong to the link again", 0, CLI_MANY, "flow" },
	{ "show-flow", show_flow, show_options, "[flow]", "show flows, or with -s their counters",
	  0, 1, "flow", show_tables },
	{ 0 }
};

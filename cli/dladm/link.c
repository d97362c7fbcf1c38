/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* link.c - show-link, rename-link, and what every show command of links has in common */
#include "dladm.h"

int dladm_check_interval(struct cli *c)
{
	static const char *const pairs[] = { "Ps", NULL };

	if (cli_has(c, 'i') && !cli_has(c, 's'))
		return cli_usage(c, "the option -i can be used only with -s");
	return cli_exclude(c, pairs);
}

/* The first bit of a set of classes, as a noun. */
static const char *class_noun(unsigned cls)
{
	static const struct {
		unsigned	 cls;
		const char	*noun;
	} nouns[] = {
		{ VW_CLASS_PHYS, "a physical link" }, { VW_CLASS_VNIC, "a vnic" },
		{ VW_CLASS_ETHERSTUB, "an etherstub" }, { VW_CLASS_VLAN, "a vlan" },
		{ VW_CLASS_AGGR, "an aggregation" }, { VW_CLASS_SIMNET, "a simnet" },
		{ VW_CLASS_BRIDGE, "a bridge" }, { VW_CLASS_IPTUN, "a tunnel" },
	};
	size_t i;

	for (i = 0; i < sizeof(nouns) / sizeof(nouns[0]); i++)
		if (nouns[i].cls & cls)
			return nouns[i].noun;
	return "a link of another kind";
}

int dladm_need_class(struct cli *c, const struct vw_link_info *link, unsigned cls)
{
	if (cls == 0 || (link->cls & cls))
		return CLI_DONE;
	return cli_fail(c, "'%s' is not %s but %s", link->name, class_noun(cls),
			class_noun(link->cls));
}

struct showing {
	const struct dladm_show	*what;
	struct cli_report	 report;
	unsigned		 flags;		/* VW_LIST_... */
};

static int print_links(struct cli *c, struct showing *s, struct cli_memory *m, struct vw_links *l)
{
	const struct vw_link_info *info;

	while ((info = vw_link_next(l)) != NULL) {
		struct vw_link_info row = *info;

		if (cli_operand(c) != NULL) {
			int rc = dladm_need_class(c, info, s->what->cls);

			if (rc != CLI_DONE)
				return rc;
		}
		/* One of the two is shown, so one memory does. */
		if (s->report.table == s->what->drops)
			cli_difference(m, row.name, &row.drops);
		else
			cli_difference(m, row.name, &row.stats);
		cli_report_row(&s->report, &row);
	}
	return cli_report_close(c, &s->report);
}

static int show_once(struct cli *c, struct cli_memory *m, void *arg)
{
	struct showing *s = arg;
	const char *name = cli_operand(c);
	struct vw_links *l;
	int rc;

	/* A link asked for by name is found whatever it is, to say what it is. */
	rc = vw_link_list(c->h, VW_LINK_FILTER(.name = name, .over = s->what->over,
					       .classes = name != NULL ? 0 : s->what->cls),
			  s->flags, &l);
	if (rc < 0)
		return cli_library_error(c);
	rc = print_links(c, s, m, l);
	vw_link_list_free(l);
	return rc;
}

int dladm_show_links(struct cli *c, const struct dladm_show *show)
{
	const struct cli_table *table = cli_has(c, 's') ? show->stats : show->table;
	static const char *const pairs[] = { "Px", NULL };
	bool saved = cli_has(c, 'P'), drops = show->drops != NULL && cli_has(c, 'x');
	struct showing s = { .what = show };
	int rc = cli_exclude(c, pairs);

	if (rc == CLI_DONE && !drops)
		rc = dladm_check_interval(c);
	if (rc != CLI_DONE)
		return rc;
	if (drops)
		table = show->drops;
	if (!cli_report_open(c, &s.report, table, saved ? show->saved : NULL, &rc))
		return rc;
	s.flags = s.report.needs | (saved ? VW_LIST_SAVED : 0);
	rc = cli_open(c);
	if (rc == CLI_DONE && show->over != NULL)
		rc = cli_need_link(c, show->over);
	if (rc == CLI_DONE)
		rc = cli_repeat(c, show_once, &s);
	cli_report_free(&s.report);
	return rc;
}

int dladm_each(struct cli *c, int (*verb)(struct vw_handle *h, const char *name, unsigned flags))
{
	int rc = cli_open(c), worst = CLI_DONE;
	unsigned i;

	if (rc != CLI_DONE)
		return rc;
	for (i = 0; i < c->noperands; i++)
		if (verb(c->h, c->operands[i], cli_change_flags(c)) < 0)
			worst = cli_library_error(c);
	return worst;
}

static const struct cli_column link_columns[] = {
	{ "LINK", 12, dladm_cell_name, "name of the link", "link" },
	{ "CLASS", 10, dladm_cell_class, "phys, vnic, etherstub, vlan, aggr, simnet, bridge, "
	  "iptun or misc", "class" },
	{ "MTU", 7, dladm_cell_mtu, "bytes of payload in one frame", "mtu_bytes", CLI_NUMBER },
	{ "STATE", 9, dladm_cell_state, "up, down, unknown; absent: the kernel has no such link",
	  "state" },
	{ "BRIDGE", 11, dladm_cell_bridge, "bridge this link is a port of", "bridge" },
	{ "OVER", 30, dladm_cell_over, "link below, ports, or peer", "over", CLI_LIST,
	  CLI_COL_WRAP },
	{ "ZONE", 16, dladm_cell_zone, "network namespace the link lives in", "zone", CLI_TEXT,
	  CLI_COL_MORE },
	{ "VID", 7, dladm_cell_vid, "VLAN ID; 0: untagged", "vid", CLI_NUMBER, CLI_COL_MORE },
	{ "MACADDRESS", 18, dladm_cell_mac, "Ethernet address", "mac", CLI_TEXT, CLI_COL_MORE },
	{ "DEVICE", 16, dladm_cell_device, "name in the kernel, as ip(8) shows it", "device",
	  CLI_TEXT, CLI_COL_MORE },
	{ 0 }
};
static const struct cli_table link_table = { "links", link_columns };

static int show_link(struct cli *c)
{
	static const struct dladm_show show = {
		.table = &link_table, .stats = &dladm_stats_table, .drops = &dladm_drops_table,
		.saved = "link,class,bridge,over",
	};

	return dladm_show_links(c, &show);
}

static int rename_link(struct cli *c)
{
	int rc = cli_open(c);

	if (rc != CLI_DONE)
		return rc;
	return cli_result(c, vw_link_rename(c->h, c->operands[0], c->operands[1]));
}

static const struct cli_option show_options[] = {
	OPT_SAVED, OPT_STATS, OPT_DROPS, OPT_INTERVAL, OPT_PARSEABLE, OPT_OUTPUT, OPT_JSON, { 0 }
};
static const struct cli_option rename_options[] = { OPT_ROOT, { 0 } };
static const struct cli_table *const show_tables[] = {
	&link_table, &dladm_stats_table, &dladm_drops_table, NULL
};

const struct cli_command link_commands[] = {
	{ "show-link", show_link, show_options, "[link]", "show links of every class", 0, 1, "link",
	  show_tables },
	{ "rename-link", rename_link, rename_options, "old new", "give a link another name", 2, 2,
	  "link" },
	{ 0 }
};

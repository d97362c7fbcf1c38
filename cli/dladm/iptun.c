/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* iptun.c - create-, modify-, delete- and show-iptun */
#include <string.h>

#include "dladm.h"

static const char *const type_names[] = {
	[VW_IPTUN_IPV4] = "ipv4", [VW_IPTUN_IPV6] = "ipv6", [VW_IPTUN_6TO4] = "6to4",
};
#define NTYPES (sizeof(type_names) / sizeof(type_names[0]))

static int read_type(struct cli *c, const char *text, unsigned *type)
{
	unsigned i;

	for (i = 1; i < NTYPES; i++) {
		if (strcmp(type_names[i], text) == 0) {
			*type = i;
			return CLI_DONE;
		}
	}
	cli_fail(c, "invalid IP tunnel type '%s'", text);
	cli_hint(c, "ipv4, ipv6 or 6to4");
	return CLI_FAILED;
}

/* -a local=addr,remote=addr; the texts stay in @addresses. */
static int read_addresses(struct cli *c, struct cli_props *addresses, struct vw_iptun_attr *attr)
{
	cli_auto_free const char **texts = cli_values(c, 'a');
	int rc;

	if (texts == NULL)
		return cli_nomem(c);
	rc = cli_props_parse(c, texts, addresses);
	if (rc != CLI_DONE)
		return rc;
	attr->local = cli_props_take(addresses, "local");
	attr->remote = cli_props_take(addresses, "remote");
	if (addresses->n > 0) {
		cli_fail(c, "invalid tunnel address '%s'", addresses->list[0]);
		cli_hint(c, "-a local=address,remote=address");
		return CLI_FAILED;
	}
	return CLI_DONE;
}

static int create_iptun(struct cli *c)
{
	cli_auto_props struct cli_props addresses = { 0 }, props = { 0 };
	struct vw_iptun_attr attr = { .size = sizeof(attr) };
	cli_auto_free const char **texts = cli_values(c, 'p');
	int rc;

	if (texts == NULL)
		return cli_nomem(c);
	rc = read_type(c, cli_value(c, 'T'), &attr.type);
	if (rc == CLI_DONE)
		rc = read_addresses(c, &addresses, &attr);
	if (rc == CLI_DONE)
		rc = cli_props_parse(c, texts, &props);
	if (rc == CLI_DONE)
		rc = cli_open(c);
	if (rc != CLI_DONE)
		return rc;
	attr.props = (const char *const *)props.list;
	return cli_result(c, vw_iptun_create(c->h, c->operands[0], &attr, cli_change_flags(c)));
}

static int modify_iptun(struct cli *c)
{
	cli_auto_props struct cli_props addresses = { 0 };
	struct vw_iptun_attr attr = { .size = sizeof(attr) };
	int rc = read_addresses(c, &addresses, &attr);

	if (rc == CLI_DONE)
		rc = cli_open(c);
	if (rc != CLI_DONE)
		return rc;
	return cli_result(c, vw_iptun_modify(c->h, c->operands[0], &attr, cli_change_flags(c)));
}

static int delete_iptun(struct cli *c)
{
	return dladm_each(c, vw_iptun_delete);
}

static void cell_link(struct cli_cell *cell, const void *row)
{
	cli_set_text(cell, ((const struct vw_iptun_info *)row)->name);
}

static void cell_type(struct cli_cell *cell, const void *row)
{
	const struct vw_iptun_info *t = row;

	if (t->type > 0 && t->type < NTYPES)
		cli_set_text(cell, type_names[t->type]);
}

/* illumos marks IPsec policies here; on Linux they are not a property of the tunnel. */
static void cell_flags(struct cli_cell *cell, const void *row)
{
	(void)cell;
	(void)row;
}

static void cell_local(struct cli_cell *cell, const void *row)
{
	cli_set_text(cell, ((const struct vw_iptun_info *)row)->local);
}

static void cell_remote(struct cli_cell *cell, const void *row)
{
	cli_set_text(cell, ((const struct vw_iptun_info *)row)->remote);
}

static const struct cli_column iptun_columns[] = {
	{ "LINK", 16, cell_link, "name of the tunnel", "link" },
	{ "TYPE", 6, cell_type, "ipv4, ipv6 or 6to4", "type" },
	{ "FLAGS", 7, cell_flags, "none on Linux", "flags" },
	{ "LOCAL", 20, cell_local, "source address of the tunnel", "local" },
	{ "REMOTE", 20, cell_remote, "destination address of the tunnel", "remote" },
	{ 0 }
};
static const struct cli_table iptun_table = { "iptuns", iptun_columns };

static int print_iptuns(struct cli *c, struct cli_report *r)
{
	unsigned flags = cli_has(c, 'P') ? VW_LIST_SAVED : 0;
	const struct vw_iptun_info *t;
	struct vw_iptuns *list;

	if (vw_iptun_list(c->h, cli_operand(c), flags, &list) < 0)
		return cli_library_error(c);
	while ((t = vw_iptun_next(list)) != NULL)
		cli_report_row(r, t);
	vw_iptun_list_free(list);
	return cli_report_close(c, r);
}

static int show_iptun(struct cli *c)
{
	return cli_report_run(c, &iptun_table, print_iptuns);
}

#define OPT_ADDRESSES(flags) \
	{ 'a', "address", "local=addr,remote=addr", "outer addresses", CLI_REPEAT | (flags) }
static const struct cli_option create_options[] = {
	OPT_TEMPORARY, OPT_ROOT,
	{ 'T', "tunnel-type", "type", "ipv4, ipv6 or 6to4; required", CLI_REQUIRED,
	  "words:ipv4,ipv6,6to4" },
	OPT_ADDRESSES(0), OPT_PROPS, { 0 }
};
static const struct cli_option modify_options[] = {
	OPT_TEMPORARY, OPT_ROOT, OPT_ADDRESSES(CLI_REQUIRED), { 0 }
};
static const struct cli_option delete_options[] = { OPT_TEMPORARY, OPT_ROOT, { 0 } };
static const struct cli_option show_options[] = {
	OPT_SAVED, OPT_PARSEABLE, OPT_OUTPUT, OPT_JSON, { 0 }
};
static const struct cli_table *const show_tables[] = { &iptun_table, NULL };

const struct cli_command iptun_commands[] = {
	{ "create-iptun", create_iptun, create_options, "iptun", "create an IP tunnel", 1, 1 },
	{ "modify-iptun", modify_iptun, modify_options, "iptun",
	  "change the addresses of an IP tunnel", 1, 1, "link:iptun" },
	{ "delete-iptun", delete_iptun, delete_options, "iptun...", "delete IP tunnels", 1,
	  CLI_MANY, "link:iptun" },
	{ "show-iptun", show_iptun, show_options, "[iptun]", "show IP tunnels", 0, 1, "link:iptun",
	  show_tables },
	{ 0 }
};

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* linkprop.c - set-, reset- and show-linkprop */
#include <string.h>
#include <strings.h>

#include "dladm.h"
#include "props.h"

/*
 * Texts of properties: those of -p, then the operands before the last, as the paper writes it
 * (section 5.2): set-linkprop cpus=1,2,3 vnic0.
 */
static int property_texts(struct cli *c, const char **texts)
{
	size_t n = 0;
	unsigned i;

	while (texts[n] != NULL)
		n++;
	for (i = 0; i + 1 < c->noperands; i++) {
		if (strchr(c->operands[i], '=') == NULL)
			return cli_usage(c, "%s: one operand too many: '%s'", c->cmd->name,
					 c->operands[i]);
		texts[n++] = c->operands[i];
	}
	texts[n] = NULL;
	if (n > 0)
		return CLI_DONE;
	if (strchr(c->operands[0], '=') != NULL)
		return cli_usage(c, "%s: the operand 'link' is missing", c->cmd->name);
	return cli_usage(c, "%s: a link property must be specified", c->cmd->name);
}

/* "name=value", or only the name where the value was cut off. */
static bool is_prop(const char *text, const char *name)
{
	size_t len = strlen(name);

	return strncasecmp(text, name, len) == 0 && (text[len] == '=' || text[len] == '\0');
}

static bool is_etherstub(struct cli *c, const char *link)
{
	const struct vw_link_info *info;
	struct vw_links *list;
	bool stub;

	if (link == NULL || vw_link_list(c->h, VW_LINK_FILTER(.name = link), 0, &list) < 0)
		return false;
	info = vw_link_next(list);
	stub = info != NULL && info->cls == VW_CLASS_ETHERSTUB;
	vw_link_list_free(list);
	return stub;
}

/* A macvlan in somebody else's namespace is theirs; that should not wait for a manual. */
static void note_direct(struct cli *c, const char *link)
{
	const struct vw_link_info *info;
	struct vw_links *list;

	if (vw_link_list(c->h, VW_LINK_FILTER(.name = link), 0, &list) < 0)
		return;
	info = vw_link_next(list);
	if (info != NULL && info->zone != NULL && info->datapath != NULL &&
	    strcmp(info->datapath, "direct") == 0)
		cli_note(c, "'%s' is direct%s: root in zone '%s' can change its address and send any "
			 "frame, tags included; no limit, flow or protection holds there", link,
			 is_etherstub(c, info->over) ? ", its port in the host checks nothing" : "",
			 info->zone);
	vw_link_list_free(list);
}

/* Nothing allowed is what was asked for, but seldom what was meant. */
static void note_addresses(struct cli *c, const char *link)
{
	static const char *const names[] = { "protection", "allowed-ips", NULL };
	const struct vw_linkprop_info *protection, *allowed;
	struct vw_linkprops *list;

	if (vw_linkprop_list(c->h, link, names, 0, &list) < 0)
		return;
	protection = vw_linkprop_next(list);
	allowed = vw_linkprop_next(list);
	if (protection != NULL && allowed != NULL && allowed->value[0] == '\0' &&
	    strstr(protection->value, "ip-nospoof") != NULL)
		cli_note(c, "'%s' can use no IP address but its own IPv6 link-local one, as ip-nospoof "
			 "is on and allowed-ips is not set: 'dladm set-linkprop -p "
			 "allowed-ips=ADDRESS,... %s' allows some", link, link);
	vw_linkprop_list_free(list);
}

void dladm_note_props(struct cli *c, const char *link, const struct cli_props *props)
{
	bool direct = false, priority = false, protection = false;
	size_t i;

	if (cli_has(c, 'R'))
		return;
	for (i = 0; i < props->n; i++) {
		direct = direct || is_prop(props->list[i], "datapath") ||
			 is_prop(props->list[i], "zone");
		priority = priority || is_prop(props->list[i], "priority");
		protection = protection || is_prop(props->list[i], "protection");
	}
	if (direct)
		note_direct(c, link);
	if (priority)
		cli_note_priority(c, link, NULL);
	if (protection)
		note_addresses(c, link);
}

static int read_prop(struct vw_handle *h, const char *link, const char *prop, unsigned flags,
		     char **value, bool *can_set)
{
	const struct vw_linkprop_info *p;
	struct vw_linkprops *list;
	int rc = vw_linkprop_list(h, link, (const char *const[]){ prop, NULL }, flags, &list);

	if (rc < 0)
		return rc;
	p = vw_linkprop_next(list);
	*value = strdup(p != NULL ? p->value : "");
	*can_set = p != NULL && strcmp(p->perm, "rw") == 0;
	vw_linkprop_list_free(list);
	return VW_OK;
}

static const struct cli_prop_verbs verbs = { vw_linkprop_set, vw_linkprop_reset, read_prop };

static int set_linkprop(struct cli *c)
{
	cli_auto_free const char **given = cli_values(c, 'p');
	cli_auto_props struct cli_props props = { 0 };
	cli_auto_free const char **texts = calloc(c->ngiven + c->noperands + 1, sizeof(*texts));
	const char *link = c->operands[c->noperands - 1];
	size_t i;
	int rc;

	if (given == NULL || texts == NULL)
		return cli_nomem(c);
	for (i = 0; given[i] != NULL; i++)
		texts[i] = given[i];
	rc = property_texts(c, texts);
	if (rc == CLI_DONE)
		rc = cli_props_parse(c, texts, &props);
	if (rc == CLI_DONE)
		rc = cli_open(c);
	if (rc == CLI_DONE)
		rc = cli_props_set(c, link, &props, &verbs);
	if (rc == CLI_DONE)
		dladm_note_props(c, link, &props);
	return rc;
}

static int reset_linkprop(struct cli *c)
{
	return cli_props_reset(c, c->operands[0], &verbs);
}

static const struct cli_column linkprop_columns[] = {
	{ "LINK", 13, cli_prop_cell_owner, "name of the link", "link" },
	{ "PROPERTY", 16, cli_prop_cell_name, "name of the property", "property" },
	{ "PERM", 5, cli_prop_cell_perm, "rw, or r-: can only be read", "perm" },
	CLI_PROP_VALUES("reset-linkprop", 20),
	{ 0 }
};
static const struct cli_table linkprop_table = { "linkprops", linkprop_columns, 'c' };

static int find_link(struct cli *c)
{
	struct vw_links *found;

	if (vw_link_list(c->h, VW_LINK_FILTER(.name = cli_operand(c)),
			 cli_has(c, 'P') ? VW_LIST_SAVED : 0, &found) < 0)
		return cli_library_error(c);
	vw_link_list_free(found);
	return CLI_DONE;
}

static int print_list(struct cli *c, struct cli_report *r, const char *const *names)
{
	unsigned flags = cli_has(c, 'P') ? VW_LIST_SAVED : 0;
	const struct vw_linkprop_info *p;
	struct vw_linkprops *list;

	if (vw_linkprop_list(c->h, cli_operand(c), names, flags, &list) < 0)
		return cli_library_error(c);
	while ((p = vw_linkprop_next(list)) != NULL)
		/* What this driver lacks is left out, unless a script or -p asks for it. */
		if (p->supported || names != NULL || r->form == CLI_PARSEABLE)
			cli_report_row(r, CLI_PROP_ROW(p, p->link, p->link, p->perm));
	vw_linkprop_list_free(list);
	return CLI_DONE;
}

static int print_properties(struct cli *c, struct cli_report *r)
{
	static const struct cli_prop_owner links = { find_link, print_list };

	return cli_props_show(c, r, &links);
}

static int show_linkprop(struct cli *c)
{
	return cli_report_run(c, &linkprop_table, print_properties);
}

static const struct cli_option set_options[] = {
	OPT_TEMPORARY, OPT_ROOT,
	{ 'p', "prop", "prop=value[,...]", "properties to set, in this order", CLI_REPEAT,
	  "assign" }, { 0 }
};
static const struct cli_option reset_options[] = {
	OPT_TEMPORARY, OPT_ROOT,
	{ 'p', "prop", "prop[,...]", "properties to reset; without it: all", CLI_REPEAT, "props" },
	{ 0 }
};
static const struct cli_option show_options[] = {
	OPT_SAVED,
	{ 'c', "parseable", NULL, "for scripts: fields joined by ':', no header; needs -o" },
	{ 'c', "parsable" },
	OPT_OUTPUT, OPT_JSON,
	{ 'p', "prop", "prop[,...]", "show these properties; without it: all", CLI_REPEAT,
	  "props" }, { 0 }
};
static const struct cli_table *const show_tables[] = { &linkprop_table, NULL };

const struct cli_command linkprop_commands[] = {
	{ "set-linkprop", set_linkprop, set_options, "[prop=value...] link",
	  "set properties of a link", 1, CLI_MANY, "link" },
	{ "reset-linkprop", reset_linkprop, reset_options, "link",
	  "give properties of a link their default back", 1, 1, "link" },
	{ "show-linkprop", show_linkprop, show_options, "[link]", "show properties of links", 0, 1,
	  "link", show_tables },
	{ 0 }
};

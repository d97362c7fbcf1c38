/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* linkprop.c - set-, reset- and show-linkprop */
#include <string.h>
#include <strings.h>

#include "dladm.h"

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

static int set_each(struct cli *c, const struct cli_props *props, const char *link)
{
	int worst = CLI_DONE;
	size_t i;

	for (i = 0; i < props->n; i++) {
		char *value = strchr(props->list[i], '=');

		*value++ = '\0';
		if (vw_linkprop_set(c->h, link, props->list[i], value, cli_change_flags(c)) < 0)
			worst = cli_library_error(c);
	}
	return worst;
}

static int set_linkprop(struct cli *c)
{
	cli_auto_free const char **given = cli_values(c, 'p');
	cli_auto_props struct cli_props props = { 0 };
	cli_auto_free const char **texts = calloc(c->ngiven + c->noperands + 1, sizeof(*texts));
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
	if (rc != CLI_DONE)
		return rc;
	return set_each(c, &props, c->operands[c->noperands - 1]);
}

/* The names of -p, split; @text owns them. NULL names: there was no -p. */
static int read_names(struct cli *c, char **text, char ***names)
{
	cli_auto_free const char **given = cli_values(c, 'p');
	size_t len = 1, i;

	*text = NULL;
	*names = NULL;
	if (given == NULL)
		return cli_nomem(c);
	if (given[0] == NULL)
		return CLI_DONE;
	for (i = 0; given[i] != NULL; i++)
		len += strlen(given[i]) + 1;
	*text = calloc(1, len);
	if (*text == NULL)
		return cli_nomem(c);
	for (i = 0; given[i] != NULL; i++) {
		if (i > 0)
			strcat(*text, ",");
		strcat(*text, given[i]);
	}
	*names = cli_split(*text);
	return *names != NULL ? CLI_DONE : cli_nomem(c);
}

static int reset_linkprop(struct cli *c)
{
	cli_auto_free char *text = NULL;
	cli_auto_free char **names = NULL;
	int rc = read_names(c, &text, &names), worst = CLI_DONE;
	size_t i;

	if (rc == CLI_DONE)
		rc = cli_open(c);
	if (rc != CLI_DONE)
		return rc;
	if (names == NULL)
		return cli_result(c, vw_linkprop_reset(c->h, c->operands[0], NULL,
						       cli_change_flags(c)));
	for (i = 0; names[i] != NULL; i++)
		if (vw_linkprop_reset(c->h, c->operands[0], names[i], cli_change_flags(c)) < 0)
			worst = cli_library_error(c);
	return worst;
}

#define PROP(row) ((const struct vw_linkprop_info *)(row))

static void cell_link(struct cli_cell *cell, const void *row)
{
	cli_set_text(cell, PROP(row)->link);
}

static void cell_property(struct cli_cell *cell, const void *row)
{
	cli_set_text(cell, PROP(row)->name);
}

static void cell_perm(struct cli_cell *cell, const void *row)
{
	cli_set_text(cell, PROP(row)->perm);
}

/* The library says "?" for what could not be read. */
static void set_value(struct cli_cell *cell, const char *text)
{
	if (text != NULL && strcmp(text, "?") == 0)
		cli_set_unknown(cell);
	else
		cli_set_text(cell, text);
}

static void cell_value(struct cli_cell *cell, const void *row)
{
	set_value(cell, PROP(row)->value);
}

static void cell_default(struct cli_cell *cell, const void *row)
{
	set_value(cell, PROP(row)->defval);
}

static void cell_possible(struct cli_cell *cell, const void *row)
{
	set_value(cell, PROP(row)->possible);
}

static const struct cli_column linkprop_columns[] = {
	{ "LINK", 13, cell_link, "name of the link", "link" },
	{ "PROPERTY", 16, cell_property, "name of the property", "property" },
	{ "PERM", 5, cell_perm, "rw, or r-: can only be read", "perm" },
	{ "VALUE", 15, cell_value, "current or, with -P, saved value", "value", CLI_TEXT,
	  CLI_COL_WRAP },
	{ "DEFAULT", 15, cell_default, "what reset-linkprop gives", "default", CLI_TEXT,
	  CLI_COL_WRAP },
	{ "POSSIBLE", 20, cell_possible, "values or range; none: free form", "possible", CLI_TEXT,
	  CLI_COL_WRAP },
	{ 0 }
};
static const struct cli_table linkprop_table = { "linkprops", linkprop_columns, 'c' };

static int print_list(struct cli *c, struct cli_report *r, const char *const *names)
{
	unsigned flags = cli_has(c, 'P') ? VW_LIST_SAVED : 0;
	const struct vw_linkprop_info *row;
	struct vw_linkprops *list;

	if (vw_linkprop_list(c->h, cli_operand(c), names, flags, &list) < 0)
		return cli_library_error(c);
	while ((row = vw_linkprop_next(list)) != NULL)
		/* What this driver lacks is left out, unless a script or -p asks for it. */
		if (row->supported || names != NULL || r->form == CLI_PARSEABLE)
			cli_report_row(r, row);
	vw_linkprop_list_free(list);
	return CLI_DONE;
}

/*
 * One by one, so that the others are shown where one is unknown or no property of this link. That
 * one gets a row too: scripts count on one for each name they ask for.
 */
static int print_named(struct cli *c, struct cli_report *r, char **names)
{
	const char *link = cli_operand(c);
	struct vw_links *found;
	int worst = CLI_DONE;
	size_t i;

	if (vw_link_list(c->h, VW_LINK_FILTER(.name = link),
			 cli_has(c, 'P') ? VW_LIST_SAVED : 0, &found) < 0)
		return cli_library_error(c);
	vw_link_list_free(found);
	for (i = 0; names[i] != NULL; i++) {
		struct vw_linkprop_info row = {
			.link = link, .name = names[i], .perm = "?", .value = "?", .defval = "?",
			.possible = "?",
		};

		if (print_list(c, r, (const char *const[]){ names[i], NULL }) == CLI_DONE)
			continue;
		worst = CLI_FAILED;
		cli_report_row(r, &row);
	}
	return worst;
}

static int print_properties(struct cli *c, struct cli_report *r)
{
	cli_auto_free char *text = NULL;
	cli_auto_free char **names = NULL;
	int rc = read_names(c, &text, &names), closed;

	if (rc != CLI_DONE)
		return rc;
	if (names != NULL && cli_operand(c) != NULL)
		rc = print_named(c, r, names);
	else
		rc = print_list(c, r, (const char *const *)names);
	if (rc != CLI_DONE && r->rows == 0)
		return rc;
	closed = cli_report_close(c, r);
	return rc != CLI_DONE ? rc : closed;
}

static int show_linkprop(struct cli *c)
{
	return dladm_report(c, &linkprop_table, print_properties);
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

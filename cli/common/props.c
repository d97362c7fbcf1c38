/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* props.c - set, reset and show properties: the same for links and flows */
#include <string.h>

#include "props.h"

int cli_props_set(struct cli *c, const char *owner, const struct cli_props *props,
		  int (*set)(struct vw_handle *h, const char *owner, const char *prop,
			     const char *value, unsigned flags))
{
	int worst = CLI_DONE;
	size_t i;

	for (i = 0; i < props->n; i++) {
		char *value = strchr(props->list[i], '=');

		*value++ = '\0';
		if (set(c->h, owner, props->list[i], value, cli_change_flags(c)) < 0)
			worst = cli_library_error(c);
	}
	return worst;
}

int cli_props_reset(struct cli *c, const char *owner,
		    int (*reset)(struct vw_handle *h, const char *owner, const char *prop,
				 unsigned flags))
{
	cli_auto_names struct cli_names names = { 0 };
	int rc = cli_names_parse(c, 'p', &names), worst = CLI_DONE;
	size_t i;

	if (rc == CLI_DONE)
		rc = cli_open(c);
	if (rc != CLI_DONE)
		return rc;
	if (names.list == NULL)
		return cli_result(c, reset(c->h, owner, NULL, cli_change_flags(c)));
	for (i = 0; names.list[i] != NULL; i++)
		if (reset(c->h, owner, names.list[i], cli_change_flags(c)) < 0)
			worst = cli_library_error(c);
	return worst;
}

#define ROW(row) ((const struct cli_prop_row *)(row))

void cli_prop_cell_owner(struct cli_cell *cell, const void *row)
{
	cli_set_text(cell, ROW(row)->owner);
}

void cli_prop_cell_link(struct cli_cell *cell, const void *row)
{
	cli_set_text(cell, ROW(row)->link);
}

void cli_prop_cell_name(struct cli_cell *cell, const void *row)
{
	cli_set_text(cell, ROW(row)->name);
}

void cli_prop_cell_perm(struct cli_cell *cell, const void *row)
{
	cli_set_text(cell, ROW(row)->perm);
}

void cli_prop_cell_value(struct cli_cell *cell, const void *row)
{
	cli_set_value(cell, ROW(row)->value);
}

void cli_prop_cell_bits(struct cli_cell *cell, const void *row)
{
	cli_set_bits(cell, ROW(row)->name, ROW(row)->value);
}

void cli_prop_cell_default(struct cli_cell *cell, const void *row)
{
	cli_set_value(cell, ROW(row)->defval);
}

void cli_prop_cell_possible(struct cli_cell *cell, const void *row)
{
	cli_set_value(cell, ROW(row)->possible);
}

/*
 * One by one, so that the others are shown where one is unknown or no property of this owner. That
 * one gets a row too: scripts count on one for each name they ask for.
 */
static int print_named(struct cli *c, struct cli_report *r, const struct cli_prop_owner *owner,
		       char **names)
{
	int worst = owner->find(c);

	if (worst != CLI_DONE)
		return worst;
	for (; *names != NULL; names++) {
		const struct cli_prop_row unknown = {
			cli_operand(c), "?", *names, "?", "?", "?", "?",
		};

		if (owner->print(c, r, (const char *const[]){ *names, NULL }) == CLI_DONE)
			continue;
		worst = CLI_FAILED;
		cli_report_row(r, &unknown);
	}
	return worst;
}

int cli_props_show(struct cli *c, struct cli_report *r, const struct cli_prop_owner *owner)
{
	cli_auto_names struct cli_names names = { 0 };
	int rc = cli_names_parse(c, 'p', &names), closed;

	if (rc != CLI_DONE)
		return rc;
	if (names.list != NULL && cli_operand(c) != NULL)
		rc = print_named(c, r, owner, names.list);
	else
		rc = owner->print(c, r, (const char *const *)names.list);
	if (rc != CLI_DONE && r->rows == 0)
		return rc;
	closed = cli_report_close(c, r);
	return rc != CLI_DONE ? rc : closed;
}

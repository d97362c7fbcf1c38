/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fields.c - which columns of a table a command shows: -o, its defaults, its mistakes */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "table.h"

static const struct cli_column *find_column(const struct cli_table *t, const char *name)
{
	const struct cli_column *col;

	for (col = t->columns; col->header != NULL; col++)
		if (!(col->flags & CLI_COL_JSON) && strcasecmp(col->header, name) == 0)
			return col;
	return NULL;
}

static bool have_column(const struct cli_report *r, const struct cli_column *col)
{
	size_t i;

	for (i = 0; i < r->ncols; i++)
		if (r->cols[i] == col)
			return true;
	return false;
}

static bool add_column(struct cli_report *r, const struct cli_column *col)
{
	/* A JSON object has each key once. */
	if (r->form == CLI_JSON && have_column(r, col))
		return true;
	if (r->ncols == CLI_MAX_COLUMNS)
		return false;
	r->cols[r->ncols++] = col;
	r->needs |= col->flags & (VW_LIST_STATS | VW_LIST_DETAIL);
	if (r->form == CLI_JSON && col[1].header != NULL && (col[1].flags & CLI_COL_JSON))
		return add_column(r, col + 1);
	return true;
}

static void add_table(struct cli_report *r, bool all)
{
	const struct cli_column *col;

	for (col = r->table->columns; col->header != NULL; col++)
		if (!(col->flags & CLI_COL_JSON) && (all || !(col->flags & CLI_COL_MORE)))
			add_column(r, col);
}

static int no_fields(struct cli *c, const struct cli_table *t, const char *what)
{
	const struct cli_column *col;
	char list[512];
	size_t at = 0;

	for (col = t->columns; col->header != NULL && at < sizeof(list); col++)
		if (!(col->flags & CLI_COL_JSON))
			at += (size_t)snprintf(list + at, sizeof(list) - at, "%s%s", at > 0 ? "," : "",
				       col->header);
	cli_fail(c, "%s", what);
	cli_hint(c, "the fields are %s", list);
	return CLI_USAGE;
}

/* Scripts must not run on with a field missing; a person can see that it is. */
static int unknown_fields(struct cli *c, const struct cli_report *r, const char *names, unsigned n)
{
	char what[512];

	if (r->form != CLI_PEOPLE) {
		snprintf(what, sizeof(what), "unknown output field%s: %s", n > 1 ? "s" : "", names);
		return no_fields(c, r->table, what);
	}
	if (r->ncols == 0)
		return no_fields(c, r->table, "no valid output fields");
	cli_warn(c, "ignoring unknown output field%s: %s", n > 1 ? "s" : "", names);
	return CLI_DONE;
}

static int select_fields(struct cli *c, struct cli_report *r, const char *fields)
{
	cli_auto_free char *copy = strdup(fields);
	char unknown[256] = "", *rest = copy, *name;
	unsigned nunknown = 0;
	size_t at = 0;

	if (copy == NULL)
		return cli_nomem(c);
	while ((name = strsep(&rest, ",")) != NULL) {
		const struct cli_column *col = find_column(r->table, name);

		if (col == NULL) {
			nunknown++;
			if (at < sizeof(unknown))
				at += (size_t)snprintf(unknown + at, sizeof(unknown) - at,
						       "%s`%s'", at > 0 ? ", " : "", name);
		} else if (!add_column(r, col)) {
			cli_fail(c, "too many output fields: %d at most", CLI_MAX_COLUMNS);
			return CLI_USAGE;
		}
	}
	return nunknown > 0 ? unknown_fields(c, r, unknown, nunknown) : CLI_DONE;
}

static int choose(struct cli *c, struct cli_report *r, const char *defaults)
{
	const char *fields = cli_value(c, 'o');
	bool all = fields != NULL && strcasecmp(fields, "all") == 0;

	if (r->form == CLI_PARSEABLE && (fields == NULL || all)) {
		int letter = r->table->parseable != 0 ? r->table->parseable : 'p';

		return fields == NULL ? cli_usage(c, "-%c requires -o", letter) :
					cli_usage(c, "\"-o all\" is invalid with -%c", letter);
	}
	if (fields != NULL && !all)
		return select_fields(c, r, fields);
	if (defaults != NULL && !all)
		return select_fields(c, r, defaults);
	add_table(r, all);
	return CLI_DONE;
}

static unsigned screen_lines(void)
{
	struct winsize size;

	if (isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
		return size.ws_row > 2 ? size.ws_row : 24;
	return 0;
}

bool cli_report_open(struct cli *c, struct cli_report *r, const struct cli_table *t,
		     const char *defaults, int *status)
{
	const char *fields = cli_value(c, 'o');

	memset(r, 0, sizeof(*r));
	r->table = t;
	if (fields != NULL && strcasecmp(fields, "help") == 0) {
		cli_table_help(t, "");
		*status = CLI_DONE;
		return false;
	}
	if (cli_has(c, 'j'))
		r->form = CLI_JSON;
	if (cli_has(c, t->parseable != 0 ? t->parseable : 'p')) {
		if (r->form == CLI_JSON) {
			*status = cli_usage(c, "the option -j cannot be used with -%c",
					    t->parseable != 0 ? t->parseable : 'p');
			return false;
		}
		r->form = CLI_PARSEABLE;
	}
	r->screen = screen_lines();
	*status = choose(c, r, defaults);
	return *status == CLI_DONE;
}

void cli_table_help(const struct cli_table *t, const char *indent)
{
	const struct cli_column *col;

	for (col = t->columns; col->header != NULL; col++)
		if (!(col->flags & CLI_COL_JSON))
			printf("%s%-14s %s%s\n", indent, col->header, col->help,
			       col->flags & CLI_COL_MORE ? " (only with -o)" : "");
}

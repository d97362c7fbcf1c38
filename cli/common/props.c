/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* props.c - set, reset and show properties: the same for links and flows */
#include <string.h>

#include "props.h"

/* One of several changes, and what the property was before it. */
struct change {
	const char	*prop, *value;		/* @value is NULL: reset */
	char		*now, *saved;		/* before; "": not set */
	bool		 done;
};

static int apply(struct cli *c, const struct cli_prop_verbs *verbs, const char *owner,
		 const struct change *ch)
{
	unsigned flags = cli_change_flags(c);

	return ch->value != NULL ? verbs->set(c->h, owner, ch->prop, ch->value, flags)
				 : verbs->reset(c->h, owner, ch->prop, flags);
}

/* What the property is. What cannot be changed at all is found here, before anything is. */
static int look(struct cli *c, const struct cli_prop_verbs *verbs, const char *owner,
		struct change *ch)
{
	bool can_set = true;

	if (verbs->read(c->h, owner, ch->prop, 0, &ch->now, &can_set) < 0 || !can_set)
		return cli_result(c, apply(c, verbs, owner, ch));	/* fails, and knows why */
	if (verbs->read(c->h, owner, ch->prop, VW_LIST_SAVED, &ch->saved, &can_set) < 0)
		ch->saved = strdup("");		/* nothing of a temporary one is saved */
	return ch->now != NULL && ch->saved != NULL ? CLI_DONE : cli_nomem(c);
}

/* What is saved first, then, if that is something else, what is in force. */
static void put_back(struct cli *c, const struct cli_prop_verbs *verbs, const char *owner,
		     const struct change *ch)
{
	struct change was = { ch->prop, *ch->saved != '\0' ? ch->saved : NULL };
	cli_auto_free char *now = NULL;
	bool can_set;
	int rc = apply(c, verbs, owner, &was);

	if (rc == VW_OK)
		rc = verbs->read(c->h, owner, ch->prop, 0, &now, &can_set);
	if (rc == VW_OK && now != NULL && strcmp(now, ch->now) != 0 &&
	    *ch->now != '\0' && strcmp(ch->now, "?") != 0)
		rc = verbs->set(c->h, owner, ch->prop, ch->now, VW_TEMPORARY);
	if (rc == VW_OK)
		return;
	cli_library_error(c);
	cli_note(c, "property '%s' of '%s' was changed and could not be put back", ch->prop, owner);
}

/* All of the @n changes in @list, or none. */
static int change_all(struct cli *c, const struct cli_prop_verbs *verbs, const char *owner,
		      struct change *list, size_t n)
{
	int rc = CLI_DONE;
	size_t i;

	if (n == 1)
		return cli_result(c, apply(c, verbs, owner, list));
	for (i = 0; i < n; i++)
		if (look(c, verbs, owner, &list[i]) != CLI_DONE)
			rc = CLI_FAILED;
	for (i = 0; i < n && rc == CLI_DONE; i++) {
		rc = cli_result(c, apply(c, verbs, owner, &list[i]));
		list[i].done = rc == CLI_DONE;
	}
	while (n-- > 0) {
		if (rc != CLI_DONE && list[n].done)
			put_back(c, verbs, owner, &list[n]);
		free(list[n].now);
		free(list[n].saved);
	}
	return rc;
}

int cli_props_set(struct cli *c, const char *owner, const struct cli_props *props,
		  const struct cli_prop_verbs *verbs)
{
	cli_auto_free struct change *list = calloc(props->n + 1, sizeof(*list));
	size_t i;

	if (list == NULL)
		return cli_nomem(c);
	for (i = 0; i < props->n; i++) {
		char *value = strchr(props->list[i], '=');

		*value++ = '\0';
		list[i] = (struct change){ props->list[i], value };
	}
	return change_all(c, verbs, owner, list, props->n);
}

int cli_props_reset(struct cli *c, const char *owner, const struct cli_prop_verbs *verbs)
{
	cli_auto_names struct cli_names names = { 0 };
	cli_auto_free struct change *list = NULL;
	int rc = cli_names_parse(c, 'p', &names);
	size_t n = 0, i;

	if (rc == CLI_DONE)
		rc = cli_open(c);
	if (rc != CLI_DONE)
		return rc;
	if (names.list == NULL)
		return cli_result(c, verbs->reset(c->h, owner, NULL, cli_change_flags(c)));
	while (names.list[n] != NULL)
		n++;
	list = calloc(n + 1, sizeof(*list));
	if (list == NULL)
		return cli_nomem(c);
	for (i = 0; i < n; i++)
		list[i] = (struct change){ names.list[i], NULL };
	return change_all(c, verbs, owner, list, n);
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

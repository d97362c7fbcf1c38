/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* props.h - set, reset and show properties: the same for links and flows */
#ifndef CLI_PROPS_H
#define CLI_PROPS_H

#include "table.h"

/* What the library does with properties of links, or of flows. */
struct cli_prop_verbs {
	int (*set)(struct vw_handle *h, const char *owner, const char *prop, const char *value,
		   unsigned flags);
	int (*reset)(struct vw_handle *h, const char *owner, const char *prop, unsigned flags);
	/* *@value: a copy to be freed, NULL: no memory; *@can_set: it is no r- property. */
	int (*read)(struct vw_handle *h, const char *owner, const char *prop, unsigned flags,
		    char **value, bool *can_set);
};
/* Set the properties @props of @owner in this order: all, or after a failure none. */
int cli_props_set(struct cli *c, const char *owner, const struct cli_props *props,
		  const struct cli_prop_verbs *verbs);
/* Reset those of -p, all or none, or without -p every one. */
int cli_props_reset(struct cli *c, const char *owner, const struct cli_prop_verbs *verbs);

/* One property of a link or of a flow. */
struct cli_prop_row {
	const char	*owner;		/* the link or flow */
	const char	*link;		/* of a flow: its link */
	const char	*name, *perm, *value, *defval, *possible;
};
/* The row of what the library tells of a property: both structs have these members. */
#define CLI_PROP_ROW(info, who, below, permission)				\
	(&(struct cli_prop_row){ (who), (below), (info)->name, (permission), (info)->value, \
				 (info)->defval, (info)->possible })

void cli_prop_cell_owner(struct cli_cell *cell, const void *row);
void cli_prop_cell_link(struct cli_cell *cell, const void *row);
void cli_prop_cell_name(struct cli_cell *cell, const void *row);
void cli_prop_cell_perm(struct cli_cell *cell, const void *row);
void cli_prop_cell_value(struct cli_cell *cell, const void *row);
void cli_prop_cell_bits(struct cli_cell *cell, const void *row);
void cli_prop_cell_default(struct cli_cell *cell, const void *row);
void cli_prop_cell_possible(struct cli_cell *cell, const void *row);

/* The columns from the value on; @reset: the command that gives the default. */
#define CLI_PROP_VALUES(reset, width)						\
	{ "VALUE", 15, cli_prop_cell_value, "current or, with -P, saved value", "value",	\
	  CLI_TEXT, CLI_COL_WRAP },						\
	{ "", 0, cli_prop_cell_bits, "", "", CLI_NUMBER, CLI_COL_JSON },	\
	{ "DEFAULT", 15, cli_prop_cell_default, "what " reset " gives", "default", CLI_TEXT,	\
	  CLI_COL_WRAP },							\
	{ "POSSIBLE", (width), cli_prop_cell_possible, "values or range; none: free form",	\
	  "possible", CLI_TEXT, CLI_COL_WRAP }

/* What differs between links and flows. Both print the story of a failure. */
struct cli_prop_owner {
	int (*find)(struct cli *c);	/* is there what the operand names? */
	/* Rows of the properties @names; NULL: all. */
	int (*print)(struct cli *c, struct cli_report *r, const char *const *names);
};
/* The body of cli_report_run() of a show command. */
int cli_props_show(struct cli *c, struct cli_report *r, const struct cli_prop_owner *owner);

#endif

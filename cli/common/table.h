/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * table.h - one table of columns gives aligned text, parseable lines and JSON
 */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include "cli.h"

struct json_object;

#define CLI_MAX_COLUMNS	48
#define CLI_CELL_MAX	96

/* What a cell holds. Cell functions fill it with the cli_set_...() functions below. */
struct cli_cell {
	const char	*text;		/* "" : empty; may point into @buf */
	uint64_t	 num;		/* for CLI_NUMBER and CLI_BOOL columns in JSON */
	bool		 unknown;	/* could not be fetched */
	const char	*key;		/* CLI_COL_JSON: key in this row; NULL: not in this row */
	char		 buf[CLI_CELL_MAX];
};

/* type of a column's value in JSON; empty and unknown values are null */
enum cli_type { CLI_TEXT = 0, CLI_NUMBER, CLI_BOOL, CLI_LIST };

struct cli_column {
	const char	*header;
	unsigned	 width;		/* of the padded cell; longer values push */
	void		(*cell)(struct cli_cell *cell, const void *row);
	const char	*help;		/* one line, shown by -o help */
	const char	*key;		/* of JSON, with the unit in its name */
	unsigned	 type;		/* enum cli_type */
	unsigned	 flags;		/* CLI_COL_... and the VW_LIST_... flags the cell needs */
};
#define CLI_COL_MORE	(1u << 0)	/* not in the default set */
#define CLI_COL_WRAP	(1u << 1)	/* a list that does not fit goes on in the next line */
#define CLI_COL_ONCE	(1u << 2)	/* for people: '--' where the row above has the same value */
#define CLI_COL_ONCE_BLANK (1u << 3)	/* the same, but blank */
#define CLI_COL_JSON	(1u << 4)	/* in JSON alone, with the column before it; header "" */

struct cli_table {
	const char	*name;		/* member of the JSON document: "links" */
	const struct cli_column *columns; /* { 0 } at the end */
	int		 parseable;	/* option that asks for parseable output; 0: 'p' */
	bool		 right;		/* cells end where their column does, one blank apart */
};

enum cli_form { CLI_PEOPLE = 0, CLI_PARSEABLE, CLI_JSON };

/* One printing of a table. */
struct cli_report {
	const struct cli_table	*table;
	const struct cli_column	*cols[CLI_MAX_COLUMNS];
	struct cli_cell		 cells[CLI_MAX_COLUMNS];
	size_t			 ncols;
	unsigned		 form;		/* enum cli_form */
	unsigned		 needs;		/* VW_LIST_... flags the chosen columns need */
	unsigned		 screen;	/* lines of the terminal; 0: not a terminal */
	unsigned		 lines;		/* since the last header */
	size_t			 rows;
	char			 once[CLI_CELL_MAX]; /* value of the CLI_COL_ONCE column above */
	char			*escaped[CLI_MAX_COLUMNS]; /* cells that needed escaping */
	struct json_object	*object;	/* JSON row being built */
	char			 head[160];	/* more members of the JSON document: "\"a\":1," */
	bool			 nomem;
};
#define cli_auto_report	__attribute__((cleanup(cli_report_free)))

/*
 * Start a report of @t as -o, -p and -j ask. @defaults: fields shown without -o, joined by ',';
 * NULL: all that are not CLI_COL_MORE. false: end with *@status (a usage error, or -o help, which
 * has printed its answer).
 */
bool cli_report_open(struct cli *c, struct cli_report *r, const struct cli_table *t,
		     const char *defaults, int *status);
void cli_report_row(struct cli_report *r, const void *row);
/* End one printing; more rows may follow as the next (-i). Returns the exit status so far. */
int cli_report_close(struct cli *c, struct cli_report *r);
void cli_report_free(struct cli_report *r);
/* Start a report of @t and open the library, let @print fill and close it, and free it. */
int cli_report_run(struct cli *c, const struct cli_table *t,
		   int (*print)(struct cli *c, struct cli_report *r));

void cli_set_text(struct cli_cell *cell, const char *text);	/* NULL: empty; not copied */
void cli_set_number(struct cli_cell *cell, uint64_t num);
/* A number whose text for people differs from it. */
void cli_set_scaled(struct cli_cell *cell, uint64_t num, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void cli_set_format(struct cli_cell *cell, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void cli_set_yesno(struct cli_cell *cell, bool yes);
/* A count: people get it in the unit @unit ('R' as it is, K, M, G, T, P), or 0: the one that fits. */
void cli_set_count(struct cli_cell *cell, uint64_t num, int unit);
void cli_set_mac(struct cli_cell *cell, const uint8_t *mac);	/* NULL: empty */
void cli_set_unknown(struct cli_cell *cell);
/* The value of a property, its default or what is possible; "?": could not be read. */
void cli_set_value(struct cli_cell *cell, const char *text);
/* The CLI_COL_JSON column beside it: bits per second as "maxbw_bps" where @prop is a bandwidth. */
void cli_set_bits(struct cli_cell *cell, const char *prop, const char *text);

/* Print the fields of @t and what they mean. */
void cli_table_help(const struct cli_table *t, const char *indent);

/* Length in columns of valid UTF-8. */
size_t cli_text_width(const char *text, size_t len);

/* json.c */
void cli_json_cell(struct cli_report *r, const struct cli_column *col, const struct cli_cell *cell,
		   const char *text);
void cli_json_row(struct cli_report *r);
void cli_json_end(struct cli_report *r);

#endif

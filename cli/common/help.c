/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* help.c - usage, help, spelling advice and the machine-readable dump, all from the tables */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "table.h"

/* Names longer than this are not compared: no subcommand is near them. */
#define NAME_COMPARED	31

const struct cli_command *cli_find(const struct cli_program *p, const char *name)
{
	const struct cli_command *const *t, *cmd;

	for (t = p->commands; *t != NULL; t++)
		for (cmd = *t; cmd->name != NULL; cmd++)
			if (strcmp(cmd->name, name) == 0)
				return cmd;
	return NULL;
}

/* Edits between two words: insert, delete, replace, swap neighbours (Damerau 1964). */
static unsigned distance(const char *a, const char *b)
{
	unsigned d[NAME_COMPARED + 1][NAME_COMPARED + 1];
	size_t la = strlen(a), lb = strlen(b), i, j;

	if (la > NAME_COMPARED || lb > NAME_COMPARED)
		return NAME_COMPARED;
	for (i = 0; i <= la; i++)
		d[i][0] = (unsigned)i;
	for (j = 0; j <= lb; j++)
		d[0][j] = (unsigned)j;
	for (i = 1; i <= la; i++) {
		for (j = 1; j <= lb; j++) {
			unsigned best = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);

			if (d[i - 1][j] + 1 < best)
				best = d[i - 1][j] + 1;
			if (d[i][j - 1] + 1 < best)
				best = d[i][j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    d[i - 2][j - 2] + 1 < best)
				best = d[i - 2][j - 2] + 1;
			d[i][j] = best;
		}
	}
	return d[la][lb];
}

static const struct cli_command *nearest(const struct cli_program *p, const char *name)
{
	const struct cli_command *const *t, *cmd, *best = NULL;
	unsigned least = 4;	/* further off is another word */

	for (t = p->commands; *t != NULL; t++) {
		for (cmd = *t; cmd->name != NULL; cmd++) {
			unsigned d = distance(cmd->name, name);

			/* the one without a name is no word that could be meant */
			if (cmd->help != NULL && *cmd->name != '\0' && d < least) {
				least = d;
				best = cmd;
			}
		}
	}
	return best;
}

int cli_unknown_command(struct cli *c, const char *before, const char *name)
{
	const struct cli_command *near = nearest(c->program, name);

	cli_fail(c, "unknown subcommand '%s'", name);
	if (near != NULL)
		cli_hint(c, "did you mean '%s %s%s'?", c->program->name, before, near->name);
	else
		cli_hint(c, "'%s help' lists the subcommands", c->program->name);
	return CLI_USAGE;
}

/* snprintf() at the end of a text that may be longer than its buffer. */
static void append(char *buf, size_t len, size_t *at, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	*at += (size_t)vsnprintf(*at < len ? buf + *at : NULL, *at < len ? len - *at : 0, fmt, ap);
	va_end(ap);
}

static bool shown(const struct cli_option *o)
{
	return o->help != NULL;
}

size_t cli_synopsis(const struct cli_program *p, const struct cli_command *cmd, char *buf,
		    size_t len)
{
	const struct cli_option *o;
	size_t at = 0;

	append(buf, len, &at, "%s%s%s", p->name, *cmd->name != '\0' ? " " : "", cmd->name);
	for (o = cmd->options; o != NULL && o->letter != 0; o++) {
		bool required = o->flags & CLI_REQUIRED;

		if (!shown(o))
			continue;
		append(buf, len, &at, required ? " -%c" : " [-%c", o->letter);
		if (o->arg != NULL)
			append(buf, len, &at, " %s", o->arg);
		append(buf, len, &at, "%s%s", required ? "" : "]",
		       o->flags & CLI_REPEAT && o->arg != NULL ? "..." : "");
	}
	if (*cmd->operands != '\0')
		append(buf, len, &at, " %s", cmd->operands);
	return at;
}

static void print_option(const struct cli_option *o)
{
	char left[80];
	size_t at = 0;

	append(left, sizeof(left), &at, "-%c", o->letter);
	if (o->name != NULL)
		append(left, sizeof(left), &at, ", --%s", o->name);
	if (o->arg != NULL)
		append(left, sizeof(left), &at, " %s", o->arg);
	printf("  %-28s %s\n", left, o->help);
}

/* One table of fields, or several when modes of the command have their own. */
static void print_fields(const struct cli_command *cmd)
{
	const struct cli_table *const *t;

	for (t = cmd->tables; t != NULL && *t != NULL; t++) {
		printf("\nfields of -o%s%s:\n", cmd->tables[1] != NULL ? ", " : "",
		       cmd->tables[1] != NULL ? (*t)->name : "");
		cli_table_help(*t, "  ");
	}
}

int cli_help_command(const struct cli *c, const struct cli_command *cmd)
{
	const struct cli_option *o;
	char synopsis[1024];

	cli_synopsis(c->program, cmd, synopsis, sizeof(synopsis));
	printf("usage: %s\n", synopsis);
	if (cmd->help != NULL)
		printf("%s\n", cmd->help);
	if (cmd->options != NULL && cmd->options[0].letter != 0)
		putchar('\n');
	for (o = cmd->options; o != NULL && o->letter != 0; o++)
		if (shown(o))
			print_option(o);
	print_fields(cmd);
	return CLI_DONE;
}

static int help_all(const struct cli *c)
{
	const struct cli_command *const *t, *cmd;

	if (c->program->words) {
		cli_help_command(c, cli_find(c->program, c->program->bare));
	} else {
		printf("usage: %s <subcommand> [options] [operands]\n%s\n", c->program->name,
		       c->program->about);
	}
	putchar('\n');
	for (t = c->program->commands; *t != NULL; t++)
		for (cmd = *t; cmd->name != NULL; cmd++)
			if (cmd->help != NULL && *cmd->name != '\0')
				printf("  %-18s %s\n", cmd->name, cmd->help);
	printf("\n'%s help <subcommand>' tells more; '%s --version' tells the version.\n",
	       c->program->name, c->program->name);
	return CLI_DONE;
}

int cli_help(struct cli *c, const char *name)
{
	const struct cli_command *cmd;

	if (name == NULL)
		return help_all(c);
	cmd = cli_find(c->program, name);
	return cmd != NULL ? cli_help_command(c, cmd) : cli_unknown_command(c, "help ", name);
}

static int help(struct cli *c)
{
	return cli_help(c, cli_operand(c));
}

const struct cli_command cli_help_commands[] = {
	{ "help", help, NULL, "[subcommand]", "show this list, or one subcommand in full", 0, 1,
	  "commands" },
	{ "dump-commands", cli_dump, NULL, "" },
	{ 0 }
};

static const char *or_empty(const char *text)
{
	return text != NULL ? text : "";
}

static void dump_command(const struct cli_command *cmd)
{
	const struct cli_table *const *t;
	const struct cli_column *col;
	const struct cli_option *o;

	printf("command\t%s\t%s\t%s\n", cmd->name, or_empty(cmd->complete), or_empty(cmd->help));
	for (o = cmd->options; o != NULL && o->letter != 0; o++)
		printf("option\t%s\t-%c\t%s%s\t%s\t%s\n", cmd->name, o->letter,
		       o->name != NULL ? "--" : "", or_empty(o->name), or_empty(o->arg),
		       or_empty(o->complete));
	for (t = cmd->tables; t != NULL && *t != NULL; t++)
		for (col = (*t)->columns; col->header != NULL; col++)
			if (!(col->flags & CLI_COL_JSON))
				printf("field\t%s\t%s\t%s\t%s\n", cmd->name, (*t)->name,
				       col->header, or_empty(col->key));
}

int cli_dump(struct cli *c)
{
	const struct cli_command *const *t, *cmd;

	for (t = c->program->commands; *t != NULL; t++)
		for (cmd = *t; cmd->name != NULL; cmd++)
			if (cmd->help != NULL)
				dump_command(cmd);
	if (c->program->dump != NULL)
		c->program->dump();
	return CLI_DONE;
}

void cli_dump_fact(const char *kind, const char *name, const char *perm, const char *possible,
		   const char *help)
{
	printf("%s\t%s\t%s\t%s\t%s\n", kind, name, or_empty(perm), or_empty(possible),
	       or_empty(help));
}

void cli_dump_linkprops(void)
{
	const struct vw_linkprop_desc *d;
	size_t i;

	for (i = 0; (d = vw_linkprop_desc_get(i)) != NULL; i++)
		cli_dump_fact("prop", d->name, d->perm, d->possible, d->help);
}

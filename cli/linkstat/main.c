/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* main.c - linkstat: what was asked for */
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "linkstat.h"

#define LONGEST_S	86400.0

/* "1", "0.5": digits and at most one point. */
static bool parse_interval(const char *text, double *out)
{
	size_t whole = strspn(text, "0123456789");
	size_t rest = text[whole] == '.' ? 1 + strspn(text + whole + 1, "0123456789") : 0;

	if (whole == 0 || text[whole + rest] != '\0' || whole + rest > 12 || rest == 1)
		return false;
	*out = (double)strtoull(text, NULL, 10);
	if (rest > 1) {
		double unit = 0.1;
		const char *at;

		for (at = text + whole + 1; *at != '\0'; at++, unit /= 10)
			*out += unit * (*at - '0');
	}
	return *out >= 0.1 && *out <= LONGEST_S;
}

static int take_sort(struct ls_model *m, const char *name)
{
	unsigned i;

	for (i = 0; name != NULL && i < LS_SORTS; i++) {
		if (strcmp(name, ls_sort_names[i]) == 0) {
			m->sort = (enum ls_sort)i;
			return CLI_DONE;
		}
	}
	if (name == NULL)
		return CLI_DONE;
	return cli_usage(m->c, "invalid sort key '%s': the keys are sum, in, out, util, drops and name",
			 name);
}

static int take_units(struct ls_model *m, const char *name)
{
	if (name == NULL || strcmp(name, "bits") == 0)
		return CLI_DONE;
	if (strcmp(name, "bytes") != 0 && strcmp(name, "packets") != 0)
		return cli_usage(m->c, "invalid unit '%s': the units are bits, bytes and packets",
				 name);
	m->units = *name == 'b' ? LS_BYTES : LS_PACKETS;
	return CLI_DONE;
}

static int take_operands(struct ls_model *m, uint64_t *count)
{
	struct cli *c = m->c;

	m->interval_s = 1;
	if (c->noperands > 0 && !parse_interval(c->operands[0], &m->interval_s)) {
		cli_fail(c, "invalid interval '%s'", c->operands[0]);
		cli_hint(c, "seconds from 0.1 to 86400");
		return CLI_USAGE;
	}
	if (c->noperands > 1 && !cli_number(c->operands[1], 1, UINT64_MAX, count)) {
		cli_fail(c, "invalid count '%s'", c->operands[1]);
		cli_hint(c, "the number of reports, 1 or more");
		return CLI_USAGE;
	}
	return CLI_DONE;
}

static int take_choices(struct ls_model *m, uint64_t *count)
{
	const char *filter = cli_value(m->c, 'l'), *most = cli_value(m->c, 'n');
	uint64_t n;
	int rc = take_operands(m, count);

	if (rc == CLI_DONE)
		rc = take_sort(m, cli_value(m->c, 's'));
	if (rc == CLI_DONE)
		rc = take_units(m, cli_value(m->c, 'u'));
	if (rc == CLI_DONE && most != NULL && !cli_number(most, 1, SIZE_MAX, &n)) {
		cli_fail(m->c, "invalid number of rows '%s'", most);
		cli_hint(m->c, "1 or more");
		return CLI_USAGE;
	}
	if (filter != NULL && strlen(filter) >= sizeof(m->filter))
		rc = cli_usage(m->c, "the filter is longer than %zu bytes", sizeof(m->filter) - 1);
	else if (filter != NULL)
		strcpy(m->filter, filter);
	m->reverse = cli_has(m->c, 'r');
	m->flows = cli_has(m->c, 'f');
	m->by_zone = cli_has(m->c, 'g');
	m->skip_idle = cli_has(m->c, 'z');
	return rc;
}

static int run(struct cli *c)
{
	struct ls_model m = { .c = c };
	bool batch = cli_has(c, 'b') || cli_has(c, 'j') || cli_has(c, 'n') || c->noperands > 1 ||
		     !isatty(STDOUT_FILENO) || !isatty(STDIN_FILENO);
	uint64_t count = 0;
	int rc = take_choices(&m, &count);

	if (rc != CLI_DONE)
		return rc;
	if (batch && c->noperands == 0)
		count = 1;
	setlocale(LC_CTYPE, "");
	rc = ls_open(&m);
	if (rc == CLI_DONE) {
		ls_catch_signals();
		rc = batch ? ls_batch(&m, count) : ls_screen(&m);
	}
	ls_close(&m);
	return rc;
}

static const struct cli_option options[] = {
	{ 'b', "batch", NULL, "print reports instead of a screen; without interval: one" },
	{ 'j', "json", NULL, "reports as JSON, an object a line" },
	{ 'z', "active", NULL, "leave out links that are idle" },
	{ 'f', "flows", NULL, "unfold the flows of each link" },
	{ 'g', "group", NULL, "put the links of each zone together" },
	{ 's', "sort", "key", "sort by sum (of in and out), in, out, util, drops or name", 0,
	  "words:sum,in,out,util,drops,name" },
	{ 'r', "reverse", NULL, "the other way round" },
	{ 'u', "unit", "unit", "bits, bytes or packets a second", 0, "words:bits,bytes,packets" },
	{ 'l', "like", "text", "links whose name or zone contains text" },
	{ 'n', "rows", "number", "print no more links than that" },
	OPT_ZONE,
	{ 0 }
};

static const struct cli_command commands_table[] = {
	{ "", run, options, "[interval [count]]",
	  "who uses the bandwidth now: links of every zone, the busiest first", 0, 2 },
	{ 0 }
};

static int help(struct cli *c)
{
	return cli_help(c, cli_operand(c));
}

static const struct cli_command help_commands[] = {
	{ "help", help, NULL, "", "show this text", 0, 1 },
	{ "dump-commands", cli_dump, NULL, "" },
	{ 0 }
};

static const struct cli_command *const commands[] = { commands_table, help_commands, NULL };

int main(int argc, char **argv)
{
	static const struct cli_program program = {
		.name = "linkstat",
		.about = "who uses the bandwidth now",
		.commands = commands,
		.bare = "",
		.words = true,
	};

	return cli_main(&program, argc, argv);
}

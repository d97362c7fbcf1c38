/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* args.c - options and operands of a subcommand, read by its option table */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

/* getopt_long() results for our rows lie above any letter, so that long options keep their row. */
#define ROW_BASE	0x1000

static const struct cli_option *row_of_letter(const struct cli_option *rows, int letter)
{
	for (; rows != NULL && rows->letter != 0; rows++)
		if (rows->letter == letter)
			return rows;
	return NULL;
}

/* getopt_long() wants two tables of its own. The ':' asks it to tell a missing value apart. */
static void getopt_tables(const struct cli_option *rows, char *shorts, struct option *longs)
{
	size_t i, n = 0;

	*shorts++ = ':';
	for (i = 0; rows != NULL && rows[i].letter != 0 && i < CLI_MAX_OPTIONS; i++) {
		if (row_of_letter(rows, rows[i].letter) == &rows[i]) {
			*shorts++ = (char)rows[i].letter;
			if (rows[i].arg != NULL)
				*shorts++ = ':';
		}
		if (rows[i].name == NULL)
			continue;
		longs[n++] = (struct option){
			.name = rows[i].name,
			.has_arg = rows[i].arg != NULL ? required_argument : no_argument,
			.val = ROW_BASE + (int)i,
		};
	}
	*shorts = '\0';
	memset(&longs[n], 0, sizeof(longs[n]));
}

static int bad_option(struct cli *c, int result, char **argv)
{
	const char *word = argv[optind - 1];

	/* optopt tells a short letter; a long option without its value is told by its row. */
	if (result == ':' && optopt >= ROW_BASE)
		return cli_usage(c, "option '%s' requires a value", word);
	if (result == ':')
		return cli_usage(c, "option '-%c' requires a value", optopt);
	if (optopt >= ROW_BASE)
		return cli_usage(c, "option '%s' takes no value", word);
	if (optopt != 0)
		return cli_usage(c, "unrecognized option '-%c'", optopt);
	return cli_usage(c, "unrecognized option '%s'", word);
}

static int remember(struct cli *c, const struct cli_option *row, const char *value)
{
	int letter = row->means != 0 ? row->means : row->letter;

	if (cli_has(c, letter) && row->arg == NULL)
		return CLI_DONE;
	if (cli_has(c, letter) && !(row->flags & CLI_REPEAT))
		return cli_usage(c, "the option -%c cannot be specified more than once",
				 row->letter);
	c->given[c->ngiven++] = (struct cli_given){ letter, value };
	if ((row->flags & CLI_SAVED) && !cli_has(c, 'P'))
		c->given[c->ngiven++] = (struct cli_given){ 'P', NULL };
	return CLI_DONE;
}

static int read_options(struct cli *c, int argc, char **argv)
{
	const struct cli_option *rows = c->cmd->options;
	char shorts[2 * CLI_MAX_OPTIONS + 2];
	struct option longs[CLI_MAX_OPTIONS + 1];
	int result, rc;

	getopt_tables(rows, shorts, longs);
	opterr = 0;
	optind = 0;	/* glibc: start afresh */
	while ((result = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		const struct cli_option *row;

		if (result == '?' || result == ':')
			return bad_option(c, result, argv);
		row = result >= ROW_BASE ? &rows[result - ROW_BASE] : row_of_letter(rows, result);
		rc = remember(c, row, optarg);
		if (rc != CLI_DONE)
			return rc;
	}
	return CLI_DONE;
}

/* A program without subcommands has one without a name. */
static const char *colon(const struct cli *c)
{
	return *c->cmd->name != '\0' ? ": " : "";
}

/* The first word of "old new" or "[prop=value...] link" that must be there and is not. */
static int missing_operand(struct cli *c)
{
	const char *word = c->cmd->operands;
	unsigned skip = c->noperands;
	size_t len;

	for (;; word += len + strspn(word + len, " ")) {
		len = strcspn(word, " ");
		if (*word == '[')
			continue;
		if (skip == 0 || len == 0)
			break;
		skip--;
	}
	len = strcspn(word, " .");
	return cli_usage(c, "%s%sthe operand '%.*s' is missing", c->cmd->name, colon(c), (int)len,
			 word);
}

/* Name the one thing that is missing. */
static int check_missing(struct cli *c)
{
	const struct cli_option *row = c->cmd->options;

	for (; row != NULL && row->letter != 0; row++)
		if ((row->flags & CLI_REQUIRED) && !cli_has(c, row->letter))
			return cli_usage(c, "%s%sthe option -%c %s is missing", c->cmd->name, colon(c),
					 row->letter, row->arg);
	if (c->noperands < c->cmd->min)
		return missing_operand(c);
	if (c->noperands > c->cmd->max)
		return cli_usage(c, "%s%sone operand too many: '%s'", c->cmd->name, colon(c),
				 c->operands[c->cmd->max]);
	return CLI_DONE;
}

int cli_parse(struct cli *c, int argc, char **argv)
{
	int rc;

	/* An option with a value takes at least one word; one without is remembered once. */
	c->given = calloc((size_t)argc + CLI_MAX_OPTIONS, sizeof(*c->given));
	if (c->given == NULL)
		return cli_nomem(c);
	rc = read_options(c, argc, argv);
	if (rc != CLI_DONE)
		return rc;
	c->operands = argv + optind;
	c->noperands = (unsigned)(argc - optind);
	return check_missing(c);
}

void cli_args_free(struct cli *c)
{
	free(c->given);
	c->given = NULL;
	c->ngiven = 0;
}

const char *cli_value(const struct cli *c, int letter)
{
	size_t i;

	for (i = c->ngiven; i-- > 0;)
		if (c->given[i].letter == letter)
			return c->given[i].value;
	return NULL;
}

bool cli_has(const struct cli *c, int letter)
{
	size_t i;

	for (i = 0; i < c->ngiven; i++)
		if (c->given[i].letter == letter)
			return true;
	return false;
}

const char **cli_values(const struct cli *c, int letter)
{
	const char **list = calloc(c->ngiven + 1, sizeof(*list));
	size_t i, n = 0;

	for (i = 0; list != NULL && i < c->ngiven; i++)
		if (c->given[i].letter == letter)
			list[n++] = c->given[i].value;
	return list;
}

const char *cli_operand(const struct cli *c)
{
	return c->noperands > 0 ? c->operands[0] : NULL;
}

int cli_exclude(struct cli *c, const char *const *pairs)
{
	for (; *pairs != NULL; pairs++)
		if (cli_has(c, (*pairs)[0]) && cli_has(c, (*pairs)[1]))
			return cli_usage(c, (*pairs)[0] == 'P' && cli_has(c, 'R') ?
					 "the option -R, which implies -%c, cannot be used with -%c" :
					 "the option -%c cannot be used with -%c",
					 (*pairs)[0], (*pairs)[1]);
	return CLI_DONE;
}

unsigned cli_change_flags(const struct cli *c)
{
	return (cli_has(c, 't') ? VW_TEMPORARY : 0) | (cli_has(c, 'f') ? VW_FORCE : 0);
}

bool cli_number(const char *text, uint64_t min, uint64_t max, uint64_t *out)
{
	uint64_t n = 0;

	if (*text == '\0')
		return false;
	for (; *text != '\0'; text++) {
		if (*text < '0' || *text > '9' ||
		    __builtin_mul_overflow(n, 10, &n) ||
		    __builtin_add_overflow(n, (uint64_t)(*text - '0'), &n))
			return false;
	}
	if (n < min || n > max)
		return false;
	*out = n;
	return true;
}

/* The end of a number with a unit: what one of it is worth; 0: no such unit. */
static uint64_t unit_of(const char *text)
{
	static const char units[] = "KMG";
	uint64_t worth = 1;
	const char *unit;

	if (*text == '\0')
		return worth;
	for (unit = units; *unit != '\0'; unit++) {
		worth *= 1000;
		if (*text == *unit)
			return text[1] == '\0' ? worth : 0;
	}
	return 0;
}

bool cli_bits(const char *text, uint64_t *bits)
{
	size_t whole = strspn(text, "0123456789");
	const char *at = text + whole + (text[whole] == '.');
	uint64_t worth = unit_of(at + strspn(at, "0123456789"));
	char digits[24];

	if (whole >= sizeof(digits) || worth == 0)
		return false;
	snprintf(digits, sizeof(digits), "%.*s", (int)whole, text);
	if (!cli_number(digits, 0, UINT64_MAX / worth - 1, bits))
		return false;
	*bits *= worth;
	for (; *at >= '0' && *at <= '9' && worth >= 10; at++) {
		worth /= 10;
		*bits += worth * (uint64_t)(*at - '0');
	}
	return *at < '0' || *at > '9';
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cli.h - what the programs share: subcommands and options as tables, errors, help
 *
 * A program is a list of command tables. From the option rows of a command come its parser, its
 * usage line, its help text and its completion, so none of them can disagree with another.
 */
#ifndef CLI_H
#define CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <vwire/vwire.h>

/* Exit status */
#define CLI_DONE	0
#define CLI_FAILED	1
#define CLI_USAGE	2

/* Most options a command may have. */
#define CLI_MAX_OPTIONS	24

/* One option of a subcommand; a table of them ends with { 0 }. */
struct cli_option {
	int		 letter;
	const char	*name;		/* long spelling; NULL: none */
	const char	*arg;		/* what its value is called; NULL: takes no value */
	const char	*help;		/* NULL: another spelling, not shown in the help */
	unsigned	 flags;		/* CLI_REQUIRED, CLI_REPEAT, CLI_SAVED */
	const char	*complete;	/* what completion offers as value, see cli_command */
	int		 means;		/* the letter this is an old spelling of; 0: itself */
};
#define CLI_REQUIRED	(1u << 0)
#define CLI_REPEAT	(1u << 1)	/* may be given more than once */
#define CLI_SAVED	(1u << 2)	/* -P is meant with it */

#define OPT_TEMPORARY	{ 't', "temporary", NULL, "for now only: not saved, gone after a reboot" }
#define OPT_ROOT	{ 'R', "root-dir", "dir", "edit what is saved below dir; leave the running " \
			  "system alone", 0, "dir" }
#define OPT_PROPS	{ 'p', "prop", "prop=value[,...]", "set properties of the new link", \
			  CLI_REPEAT, "assign" }
#define OPT_SAVED	{ 'P', "persistent", NULL, "show what is saved, not what is active" }, \
			{ 'R', "root-dir", "dir", "show what is saved below dir; -P is implied", \
			  CLI_SAVED, "dir" }
#define OPT_OUTPUT	{ 'o', "output", "field[,...]", "show these fields; 'all': every one, " \
			  "'help': explain them", 0, "fields" }
#define OPT_PARSEABLE	{ 'p', "parseable", NULL, "for scripts: fields joined by ':', no header; " \
			  "needs -o" }, { 'p', "parsable" }
#define OPT_JSON	{ 'j', "json", NULL, "print JSON" }
#define OPT_STATS	{ 's', "statistics", NULL, "show counters" }
#define OPT_INTERVAL	{ 'i', "interval", "seconds", "with -s: repeat; first totals, then " \
			  "differences" }

struct cli;
struct cli_table;

/* One subcommand; a table of them ends with { 0 }. */
struct cli_command {
	const char	*name;
	int		(*run)(struct cli *c);
	const struct cli_option *options;
	const char	*operands;	/* as the usage line shows them: "[link]"; "" : none */
	const char	*help;		/* one line; NULL: hidden */
	unsigned	 min, max;	/* number of operands */
	/*
	 * What completion offers for the operands: "link" or "link:vnic,vlan" (names of links),
	 * "dir", "words:a,b", "assign" (properties and values), "props", "fields", "commands",
	 * "flow" (names of flows), "attrs" (attributes of flows and values)
	 */
	const char	*complete;
	const struct cli_table *const *tables;	/* what -o chooses from, NULL at the end */
};
#define CLI_MANY	65535u		/* struct cli_command, max */

struct cli_program {
	const char	*name;
	const char	*about;		/* one line */
	const struct cli_command *const *commands; /* tables, NULL at the end */
	const char	*bare;		/* the subcommand meant when none is given; NULL: help */
	bool		 words;		/* and when the first word is none: options, operands */
	void		(*dump)(void);	/* what else dump-commands tells: properties; NULL: none */
};

struct cli_given {
	int		 letter;
	const char	*value;
};

/* One run of a program. */
struct cli {
	const struct cli_program *program;
	const struct cli_command *cmd;
	struct vw_handle	*h;		/* NULL until cli_open() */
	struct cli_given	*given;		/* options as typed, @ngiven of them */
	size_t			 ngiven;
	char			**operands;	/* @noperands of them, then NULL */
	unsigned		 noperands;
	int			 write_errno;	/* of the first write that failed */
};

/* Does everything: the body of main(). Returns the exit status. */
int cli_main(const struct cli_program *program, int argc, char **argv);

/* args.c: what was typed. Usage errors print themselves and return CLI_USAGE. */
int cli_parse(struct cli *c, int argc, char **argv);
void cli_args_free(struct cli *c);
bool cli_has(const struct cli *c, int letter);
const char *cli_value(const struct cli *c, int letter);	/* NULL: not given */
/* All values of a repeated option, NULL at the end; free() the array. NULL: out of memory. */
const char **cli_values(const struct cli *c, int letter);
/* The first operand, or NULL. */
const char *cli_operand(const struct cli *c);
/* "the option -x cannot be used with -y", CLI_USAGE, if both of a pair in @pairs were given. */
int cli_exclude(struct cli *c, const char *const *pairs);
/* VW_TEMPORARY and VW_FORCE from -t and -f. */
unsigned cli_change_flags(const struct cli *c);

/* Bits per second of "100M", "64K", "0", as the library prints bandwidths. */
bool cli_bits(const char *text, uint64_t *bits);

/* Strict decimal number in [min, max]: digits alone. */
bool cli_number(const char *text, uint64_t min, uint64_t max, uint64_t *out);

/* error.c: one line on standard error, free of control characters. */
int cli_fail(struct cli *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
int cli_usage(struct cli *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void cli_warn(struct cli *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void cli_hint(struct cli *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* It was done, but is not all that one might think. */
void cli_note(struct cli *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
int cli_nomem(struct cli *c);
/* Print the story of the handle's last failure; returns CLI_FAILED. */
int cli_library_error(struct cli *c);
/* CLI_DONE, or the printed story of a library call that returned @rc. */
int cli_result(struct cli *c, int rc);
/* Let the terminal or pipe see what is printed so far; false: it cannot. */
bool cli_flush(struct cli *c);
/* Write out and close standard output; CLI_FAILED when something was lost. */
int cli_finish(struct cli *c, int status);

/* Open c->h, below -R if given. CLI_DONE or the printed failure. */
int cli_open(struct cli *c);
/* Is there a link @name, here or in a zone? CLI_DONE or the printed failure. With -P or -R CLI_DONE:
 * hardware is no part of what is saved. */
int cli_need_link(struct cli *c, const char *name);
/* The cure when vw_open() fails; NULL: none is known. */
const char *cli_open_hint(void);

/* note.c: say it when nothing orders by the priority of @link or, unless NULL, of its flow. */
void cli_note_priority(struct cli *c, const char *link, const char *flow);

/* help.c */
int cli_help(struct cli *c, const char *name);
int cli_help_command(const struct cli *c, const struct cli_command *cmd);
/* The usage line of a command; returns its length as snprintf() does. */
size_t cli_synopsis(const struct cli_program *p, const struct cli_command *cmd, char *buf,
		    size_t len);
/* Everything in the tables, one tab-separated line per fact: for completion and tests. */
int cli_dump(struct cli *c);
/* One such line: "prop" or "attr", its name, permission, possible values and help. */
void cli_dump_fact(const char *kind, const char *name, const char *perm, const char *possible,
		   const char *help);
/* cli_program.dump of a program about links. */
void cli_dump_linkprops(void);
const struct cli_command *cli_find(const struct cli_program *p, const char *name);
/* Say that there is no subcommand @name, and which was meant; @before: what stands before it. */
int cli_unknown_command(struct cli *c, const char *before, const char *name);
/* help and dump-commands: for the list of commands of a program. */
extern const struct cli_command cli_help_commands[];

/* proplist.c: "name=value" texts of -p (or of anything of that form), NULL at the end. */
struct cli_props {
	char		**list;
	size_t		 n;
	char		*text;		/* what the entries point into */
};
/* Split -p texts: after a comma, a word without '=' is one more value of the property before. */
int cli_props_parse(struct cli *c, const char *const *texts, struct cli_props *out);
/* Take the value of property @name out of the list; NULL: not in it. */
const char *cli_props_take(struct cli_props *p, const char *name);
void cli_props_free(struct cli_props *p);
/* What such a list is of, for messages. */
struct cli_noun {
	const char	*word, *one, *form;	/* "property", "a property", "prop=value" */
};
extern const struct cli_noun cli_property, cli_attribute;
int cli_assigns_parse(struct cli *c, const struct cli_noun *noun, const char *const *texts,
		      struct cli_props *out);

/* Names given to an option, "a,b,c", also repeated. */
struct cli_names {
	char		**list;		/* NULL at the end; NULL itself: the option was not given */
	char		*text;		/* what the entries point into */
};
int cli_names_parse(struct cli *c, int letter, struct cli_names *out);
void cli_names_free(struct cli_names *n);
/* Split "a,b,c" at its commas; free() the array. NULL: out of memory. */
char **cli_split(char *text);

static inline void cli_free_p(void *p)
{
	free(*(void **)p);
}
#define cli_auto_free	__attribute__((cleanup(cli_free_p)))
#define cli_auto_props	__attribute__((cleanup(cli_props_free)))
#define cli_auto_names	__attribute__((cleanup(cli_names_free)))

#endif

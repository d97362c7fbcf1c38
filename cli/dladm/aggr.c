/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* aggr.c - create-, delete-, add-, remove- and modify-aggr */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "aggr.h"

/* Old scripts name an aggregation by its key alone: 1 means aggr1. */
const char *aggr_name(const char *operand, struct aggr_name *buf)
{
	if (operand == NULL || *operand == '\0' ||
	    strspn(operand, "0123456789") != strlen(operand))
		return operand;
	snprintf(buf->text, sizeof(buf->text), "aggr%s", operand);
	return buf->text;
}

struct word {
	const char	*text;
	unsigned	 value;
};
static const struct word lacp_modes[] = {
	{ "off", VW_LACP_OFF }, { "active", VW_LACP_ACTIVE }, { "passive", VW_LACP_PASSIVE }, { 0 }
};
static const struct word lacp_timers[] = {
	{ "short", VW_LACP_SHORT }, { "long", VW_LACP_LONG }, { 0 }
};
static const struct word policies[] = {
	{ "L2", VW_AGGR_L2 }, { "L3", VW_AGGR_L3 }, { "L4", VW_AGGR_L4 }, { 0 }
};

static const struct word *find_word(const struct word *words, const char *text)
{
	for (; words->text != NULL; words++)
		if (strcasecmp(words->text, text) == 0)
			return words;
	return NULL;
}

static int read_word(struct cli *c, int letter, const struct word *words, const char *what,
		     const char *allowed, unsigned *out)
{
	const char *text = cli_value(c, letter);
	const struct word *word;

	if (text == NULL)
		return CLI_DONE;
	word = find_word(words, text);
	if (word == NULL) {
		cli_fail(c, "invalid %s '%s'", what, text);
		cli_hint(c, "%s", allowed);
		return CLI_FAILED;
	}
	*out = word->value;
	return CLI_DONE;
}

/* -P L2,L3 */
static int read_policy(struct cli *c, unsigned *out)
{
	const char *text = cli_value(c, 'P');
	cli_auto_free char *copy = text != NULL ? strdup(text) : NULL;
	char *rest = copy, *name;

	if (text == NULL)
		return CLI_DONE;
	if (copy == NULL)
		return cli_nomem(c);
	while ((name = strsep(&rest, ",")) != NULL) {
		const struct word *word = find_word(policies, name);

		if (word == NULL) {
			cli_fail(c, "invalid policy '%s'", text);
			cli_hint(c, "any of L2, L3, L4, joined by ','");
			return CLI_FAILED;
		}
		*out |= word->value;
	}
	return CLI_DONE;
}

/* -P, -L, -T and -u, which create-aggr and modify-aggr share. */
static int read_attributes(struct cli *c, struct vw_aggr_attr *attr)
{
	int rc = read_policy(c, &attr->policy);

	if (rc == CLI_DONE)
		rc = read_word(c, 'L', lacp_modes, "LACP mode", "off, active or passive",
			       &attr->lacp);
	if (rc == CLI_DONE)
		rc = read_word(c, 'T', lacp_timers, "LACP timer value", "short or long",
			       &attr->timer);
	attr->mac = cli_value(c, 'u');
	return rc;
}

/*
 * Before -L, old scripts wrote "-l active" for the LACP mode. Such a word in the list of ports is
 * taken out of it.
 */
static int old_lacp_mode(struct cli *c, const char **ports, unsigned *lacp)
{
	size_t i, kept = 0;

	for (i = 0; ports[i] != NULL; i++) {
		const struct word *word = find_word(lacp_modes, ports[i]);

		if (word == NULL)
			ports[kept++] = ports[i];
		else if (*lacp != 0 && *lacp != word->value)
			return cli_usage(c, "two LACP modes given");
		else
			*lacp = word->value;
	}
	ports[kept] = NULL;
	if (kept == 0)
		return cli_usage(c, "%s: the option -l link is missing", c->cmd->name);
	return CLI_DONE;
}

static int create_aggr(struct cli *c)
{
	struct vw_aggr_attr attr = { .size = sizeof(attr) };
	cli_auto_free const char **ports = cli_values(c, 'l');
	cli_auto_free const char **texts = cli_values(c, 'p');
	cli_auto_props struct cli_props props = { 0 };
	struct aggr_name buf;
	int rc;

	if (ports == NULL || texts == NULL)
		return cli_nomem(c);
	rc = read_attributes(c, &attr);
	if (rc == CLI_DONE)
		rc = old_lacp_mode(c, ports, &attr.lacp);
	if (rc == CLI_DONE)
		rc = cli_props_parse(c, texts, &props);
	if (rc == CLI_DONE)
		rc = cli_open(c);
	if (rc != CLI_DONE)
		return rc;
	attr.ports = ports;
	attr.props = (const char *const *)props.list;
	return cli_result(c, vw_aggr_create(c->h, aggr_name(c->operands[0], &buf), &attr,
					    cli_change_flags(c)));
}

static int delete_one(struct vw_handle *h, const char *name, unsigned flags)
{
	struct aggr_name buf;

	return vw_aggr_delete(h, aggr_name(name, &buf), flags);
}

static int delete_aggr(struct cli *c)
{
	return dladm_each(c, delete_one);
}

static int change_ports(struct cli *c, int (*verb)(struct vw_handle *, const char *,
						   const char *const *, unsigned))
{
	cli_auto_free const char **ports = cli_values(c, 'l');
	struct aggr_name buf;
	int rc = ports != NULL ? cli_open(c) : cli_nomem(c);

	if (rc != CLI_DONE)
		return rc;
	return cli_result(c, verb(c->h, aggr_name(c->operands[0], &buf), ports,
				  cli_change_flags(c)));
}

static int add_aggr(struct cli *c)
{
	return change_ports(c, vw_aggr_add);
}

static int remove_aggr(struct cli *c)
{
	return change_ports(c, vw_aggr_remove);
}

static int modify_aggr(struct cli *c)
{
	struct vw_aggr_attr attr = { .size = sizeof(attr) };
	struct aggr_name buf;
	int rc;

	if (!cli_has(c, 'P') && !cli_has(c, 'L') && !cli_has(c, 'T') && !cli_has(c, 'u'))
		return cli_usage(c, "at least one of the -PLTu options must be specified");
	rc = read_attributes(c, &attr);
	if (rc == CLI_DONE)
		rc = cli_open(c);
	if (rc != CLI_DONE)
		return rc;
	return cli_result(c, vw_aggr_modify(c->h, aggr_name(c->operands[0], &buf), &attr,
					    cli_change_flags(c)));
}

#define OPT_PORT								\
	{ 'l', "link", "link", "a port; repeat for each", CLI_REQUIRED | CLI_REPEAT, \
	  "link:phys,simnet" },							\
	{ 'd', "dev", "link", NULL, CLI_REPEAT, NULL, 'l' }
#define OPT_FORCE(text) { 'f', "force", NULL, text }, { 'f', "forcible" }
#define OPT_AGGR								\
	{ 'P', "policy", "policy", "headers that choose the port: any of L2,L3,L4 (L4)", 0,	\
	  "words:L2,L3,L4" },							\
	{ 'L', "lacp-mode", "mode", "LACP: off, active or passive (off)", 0,	\
	  "words:off,active,passive" },						\
	{ 'T', "lacp-timer", "time", "LACP timer: short or long (short)", 0, "words:short,long" }, \
	{ 'u', "unicast", "mac", "its address; auto: the first port's (auto)", 0, "words:auto" }
static const struct cli_option create_options[] = {
	OPT_TEMPORARY, OPT_ROOT, OPT_FORCE("accept ports that do not tell whether they are up"),
	OPT_AGGR, OPT_PROPS, OPT_PORT, { 0 }
};
static const struct cli_option delete_options[] = { OPT_TEMPORARY, OPT_ROOT, { 0 } };
static const struct cli_option add_options[] = {
	OPT_TEMPORARY, OPT_ROOT, OPT_FORCE("accept ports that do not tell whether they are up"),
	OPT_PORT, { 0 }
};
static const struct cli_option remove_options[] = { OPT_TEMPORARY, OPT_ROOT, OPT_PORT, { 0 } };
static const struct cli_option modify_options[] = { OPT_TEMPORARY, OPT_ROOT, OPT_AGGR, { 0 } };

const struct cli_command aggr_commands[] = {
	{ "create-aggr", create_aggr, create_options, "aggr", "join NICs into one link", 1, 1 },
	{ "delete-aggr", delete_aggr, delete_options, "aggr...", "take aggregations apart", 1,
	  CLI_MANY, "link:aggr" },
	{ "add-aggr", add_aggr, add_options, "aggr", "add ports to an aggregation", 1, 1,
	  "link:aggr" },
	{ "remove-aggr", remove_aggr, remove_options, "aggr", "take ports out of an aggregation", 1,
	  1, "link:aggr" },
	{ "modify-aggr", modify_aggr, modify_options, "aggr",
	  "change policy, LACP or address of an aggregation", 1, 1, "link:aggr" },
	{ 0 }
};

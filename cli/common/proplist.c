/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* proplist.c - property lists as dladm takes them: "cpus=1,2,maxbw=50" is two properties */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cli.h"

/* All texts in one, joined by ',': repeating -p is the same as one longer -p. */
static char *join(const char *const *texts)
{
	size_t len = 1;
	char *all, *at;
	size_t i;

	for (i = 0; texts[i] != NULL; i++)
		len += strlen(texts[i]) + 1;
	all = malloc(len);
	if (all == NULL)
		return NULL;
	at = all;
	for (i = 0; texts[i] != NULL; i++) {
		if (i > 0)
			*at++ = ',';
		at = stpcpy(at, texts[i]);
	}
	*at = '\0';
	return all;
}

static size_t count_commas(const char *text)
{
	size_t n = 0;

	while ((text = strchr(text, ',')) != NULL) {
		text++;
		n++;
	}
	return n;
}

const struct cli_noun cli_property = { "property", "a property", "prop=value" };
const struct cli_noun cli_attribute = { "attribute", "an attribute", "attribute=value" };

/* Check one word; one without '=' belongs to the property before. */
static int check_word(struct cli *c, const struct cli_noun *noun, const char *word,
		      const char *end, bool first)
{
	const char *equals = memchr(word, '=', (size_t)(end - word));
	int len = (int)(end - word);

	if (word == end)
		return cli_usage(c, "invalid %s list: an empty value", noun->word);
	if (equals == NULL && first)
		return cli_usage(c, "invalid %s list: expected %s near '%.*s'", noun->word,
				 noun->form, len, word);
	if (equals == word)
		return cli_usage(c, "invalid %s list: %s without name near '%.*s'", noun->word,
				 noun->one, len, word);
	if (equals != NULL && equals + 1 == end)
		return cli_usage(c, "invalid %s list: %s without value near '%.*s'", noun->word,
				 noun->one, len, word);
	return CLI_DONE;
}

int cli_props_parse(struct cli *c, const char *const *texts, struct cli_props *out)
{
	return cli_assigns_parse(c, &cli_property, texts, out);
}

int cli_assigns_parse(struct cli *c, const struct cli_noun *noun, const char *const *texts,
		      struct cli_props *out)
{
	char *word, *end;
	int rc;

	*out = (struct cli_props){ 0 };
	out->text = join(texts);
	if (out->text == NULL)
		return cli_nomem(c);
	out->list = calloc(count_commas(out->text) + 2, sizeof(*out->list));
	if (out->list == NULL)
		return cli_nomem(c);
	for (word = out->text; texts[0] != NULL; word = end + 1) {
		bool assigns;

		end = word + strcspn(word, ",");
		rc = check_word(c, noun, word, end, out->n == 0);
		if (rc != CLI_DONE)
			return rc;
		assigns = memchr(word, '=', (size_t)(end - word)) != NULL;
		if (assigns) {
			if (out->n > 0)
				word[-1] = '\0';	/* the comma before it */
			out->list[out->n++] = word;
		}
		if (*end == '\0')
			break;
	}
	return CLI_DONE;
}

const char *cli_props_take(struct cli_props *p, const char *name)
{
	size_t len = strlen(name);
	const char *value = NULL;
	size_t i, kept = 0;

	for (i = 0; i < p->n; i++) {
		if (strncasecmp(p->list[i], name, len) == 0 && p->list[i][len] == '=')
			value = p->list[i] + len + 1;
		else
			p->list[kept++] = p->list[i];
	}
	p->n = kept;
	if (p->list != NULL)
		p->list[kept] = NULL;
	return value;
}

void cli_props_free(struct cli_props *p)
{
	free(p->list);
	free(p->text);
	*p = (struct cli_props){ 0 };
}

char **cli_split(char *text)
{
	char **list = calloc(count_commas(text) + 2, sizeof(*list));
	size_t n = 0;

	while (list != NULL && text != NULL)
		list[n++] = strsep(&text, ",");
	return list;
}

int cli_names_parse(struct cli *c, int letter, struct cli_names *out)
{
	cli_auto_free const char **given = cli_values(c, letter);

	*out = (struct cli_names){ 0 };
	if (given == NULL)
		return cli_nomem(c);
	if (given[0] == NULL)
		return CLI_DONE;
	out->text = join(given);
	if (out->text == NULL)
		return cli_nomem(c);
	out->list = cli_split(out->text);
	return out->list != NULL ? CLI_DONE : cli_nomem(c);
}

void cli_names_free(struct cli_names *n)
{
	free(n->list);
	free(n->text);
	*n = (struct cli_names){ 0 };
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* json.c - rows as JSON objects, one to a line: {"vwire":{"schema":1},"links":[ ... ]} */
#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "table.h"

/* Rises when a member changes its meaning or goes away, not when one is added. */
#define SCHEMA	1

static struct json_object *make_list(struct cli_report *r, const char *text)
{
	struct json_object *list = json_object_new_array();

	while (list != NULL && *text != '\0') {
		size_t len = strcspn(text, ",");

		if (json_object_array_add(list, json_object_new_string_len(text, (int)len)) < 0)
			r->nomem = true;
		text += len + (text[len] == ',');
	}
	return list;
}

static struct json_object *make_value(struct cli_report *r, const struct cli_column *col,
				      const struct cli_cell *cell, const char *text)
{
	switch (col->type) {
	case CLI_NUMBER:
		return json_object_new_uint64(cell->num);
	case CLI_BOOL:
		return json_object_new_boolean(cell->num != 0);
	case CLI_LIST:
		return make_list(r, text);
	default:
		return json_object_new_string(text);
	}
}

void cli_json_cell(struct cli_report *r, const struct cli_column *col, const struct cli_cell *cell,
		   const char *text)
{
	const char *key = col->flags & CLI_COL_JSON ? cell->key : col->key;
	struct json_object *value = NULL;

	if (key == NULL)
		return;
	if (r->object == NULL)
		r->object = json_object_new_object();
	if (r->object == NULL) {
		r->nomem = true;
		return;
	}
	/* An empty list is []; anything else that is empty or not known is null. */
	if (!cell->unknown && (*text != '\0' || col->type == CLI_LIST)) {
		value = make_value(r, col, cell, text);
		r->nomem = r->nomem || value == NULL;
	}
	if (json_object_object_add_ex(r->object, key, value,
				      JSON_C_OBJECT_ADD_KEY_IS_NEW |
				      JSON_C_OBJECT_ADD_CONSTANT_KEY) < 0)
		r->nomem = true;
}

/* Length and code point of the UTF-8 sequence at @text, which vw_escape() has made valid. */
static size_t decode(const unsigned char *text, unsigned *point)
{
	if (text[0] >= 0xf0) {
		*point = (text[0] & 7u) << 18 | (text[1] & 63u) << 12 | (text[2] & 63u) << 6 |
			 (text[3] & 63u);
		return 4;
	}
	if (text[0] >= 0xe0) {
		*point = (text[0] & 15u) << 12 | (text[1] & 63u) << 6 | (text[2] & 63u);
		return 3;
	}
	*point = (text[0] & 31u) << 6 | (text[1] & 63u);
	return 2;
}

/* json-c leaves other scripts as they are; plain ASCII survives every terminal and locale. */
static void put_ascii(const char *json)
{
	const unsigned char *at = (const unsigned char *)json;

	while (*at != '\0') {
		size_t run = 0;
		unsigned point;

		while (at[run] != '\0' && at[run] < 0x80)
			run++;
		fwrite_unlocked(at, 1, run, stdout);
		at += run;
		if (*at == '\0')
			break;
		at += decode(at, &point);
		if (point >= 0x10000)
			printf("\\u%04x\\u%04x", 0xd800 + ((point - 0x10000) >> 10),
			       0xdc00 + ((point - 0x10000) & 0x3ff));
		else
			printf("\\u%04x", point);
	}
}

static void begin(const struct cli_report *r)
{
	printf("{\"vwire\":{\"schema\":%d},%s\"%s\":[", SCHEMA, r->head, r->table->name);
}

void cli_json_row(struct cli_report *r)
{
	const char *text;

	if (r->rows == 0)
		begin(r);
	fputs(r->rows > 0 ? ",\n" : "\n", stdout);
	text = json_object_to_json_string_ext(r->object, JSON_C_TO_STRING_PLAIN |
							 JSON_C_TO_STRING_NOSLASHESCAPE);
	if (text != NULL)
		put_ascii(text);
	else
		r->nomem = true;
	json_object_put(r->object);
	r->object = NULL;
}

void cli_json_end(struct cli_report *r)
{
	if (r->rows == 0)
		begin(r);
	fputs(r->rows > 0 ? "\n]}\n" : "]}\n", stdout);
}

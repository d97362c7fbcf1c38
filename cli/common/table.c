/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * table.c - rows of cells as aligned text, parseable lines or JSON
 *
 * Not libsmartcols: it sizes columns by their widest cell, so it must hold the whole table before
 * the first line, and it knows neither illumos's minimum widths, where a long cell borrows from
 * the slack of the columns to its right, nor its ':' escaping and list wrapping.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "table.h"

static void put(const char *text, size_t len)
{
	fwrite_unlocked(text, 1, len, stdout);
}

static void pad(size_t n)
{
	while (n-- > 0)
		putc_unlocked(' ', stdout);
}

size_t cli_text_width(const char *text, size_t len)
{
	size_t width = 0;

	while (len-- > 0)
		width += ((unsigned char)*text++ & 0xc0) != 0x80;
	return width;
}

static bool plain(const char *text)
{
	for (; *text != '\0'; text++)
		if (*text < 0x20 || *text > 0x7e)
			return false;
	return true;
}

/* The text of cell @i fit for any terminal. Stays valid until the next row. */
static const char *safe(struct cli_report *r, size_t i, const char *text)
{
	size_t len;

	if (plain(text))
		return text;
	len = vw_escape(NULL, 0, text);
	free(r->escaped[i]);
	r->escaped[i] = malloc(len + 1);
	if (r->escaped[i] == NULL) {
		r->nomem = true;
		return "?";
	}
	vw_escape(r->escaped[i], len + 1, text);
	return r->escaped[i];
}

/* Bytes of @text that go into this line: a list breaks after a comma. */
static size_t segment(const struct cli_column *col, const char *text, bool last)
{
	size_t len = strlen(text), room = last ? col->width : col->width - 1;
	size_t best = len, at;

	if (!(col->flags & CLI_COL_WRAP) || cli_text_width(text, len) <= room)
		return len;
	for (at = 0; text[at] != '\0'; at++) {
		if (text[at] != ',')
			continue;
		/* A word wider than the column stands alone. */
		if (best != len && cli_text_width(text, at + 1) > room)
			break;
		best = at + 1;
	}
	return best;
}

/*
 * One line. A cell starts where its column does, or one blank after a longer cell before it, so
 * later columns re-align as soon as they can. No blanks at the end. @texts: moved past what was
 * printed. Returns whether something is left for another line.
 */
static bool print_line(const struct cli_report *r, const char **texts)
{
	size_t column = 0, pos = 0, i;
	bool more = false;

	for (i = 0; i < r->ncols; i++) {
		size_t len = segment(r->cols[i], texts[i], i + 1 == r->ncols);

		if (len > 0) {
			size_t width = cli_text_width(texts[i], len), slack = 0, start;

			if (r->table->right && width < r->cols[i]->width)
				slack = r->cols[i]->width - width;
			start = i > 0 && pos + 1 > column + slack ? pos + 1 : column + slack;
			pad(start - pos);
			put(texts[i], len);
			pos = start + width;
		}
		texts[i] += len;
		more = more || *texts[i] != '\0';
		column += r->cols[i]->width + r->table->right;
	}
	putc_unlocked('\n', stdout);
	return more;
}

static void print_header(struct cli_report *r)
{
	const char *texts[CLI_MAX_COLUMNS];
	size_t i;

	for (i = 0; i < r->ncols; i++)
		texts[i] = r->cols[i]->header;
	print_line(r, texts);
	r->lines = 1;
}

/* The name of a group of rows is printed once; @above remembers it. */
static const char *once(struct cli_report *r, const struct cli_column *col, const char *text)
{
	if (r->rows > 0 && strncmp(r->once, text, sizeof(r->once) - 1) == 0)
		return col->flags & CLI_COL_ONCE_BLANK ? "" : "--";
	snprintf(r->once, sizeof(r->once), "%s", text);
	return text;
}

static void people_row(struct cli_report *r, const char **texts)
{
	size_t i;

	for (i = 0; i < r->ncols; i++) {
		if (*texts[i] == '\0')
			texts[i] = "--";
		if (r->cols[i]->flags & (CLI_COL_ONCE | CLI_COL_ONCE_BLANK))
			texts[i] = once(r, r->cols[i], texts[i]);
	}
	if (r->rows == 0 || (r->screen > 0 && r->lines >= r->screen))
		print_header(r);
	do {
		r->lines++;
	} while (print_line(r, texts));
}

static void parseable_row(const struct cli_report *r, const char **texts)
{
	size_t i;

	for (i = 0; i < r->ncols; i++) {
		const char *at = texts[i];

		if (r->ncols == 1) {
			put(at, strlen(at));
			break;
		}
		if (i > 0)
			putc_unlocked(':', stdout);
		while (*at != '\0') {
			size_t len = strcspn(at, ":\\");

			put(at, len);
			at += len;
			if (*at != '\0') {
				putc_unlocked('\\', stdout);
				putc_unlocked(*at++, stdout);
			}
		}
	}
	putc_unlocked('\n', stdout);
}

void cli_report_row(struct cli_report *r, const void *row)
{
	const char *texts[CLI_MAX_COLUMNS];
	size_t i;

	for (i = 0; i < r->ncols; i++) {
		struct cli_cell *cell = &r->cells[i];

		cell->text = "";
		cell->num = 0;
		cell->unknown = false;
		cell->key = NULL;
		r->cols[i]->cell(cell, row);
		texts[i] = cell->unknown ? "?" : safe(r, i, cell->text);
		if (r->form == CLI_JSON)
			cli_json_cell(r, r->cols[i], cell, texts[i]);
	}
	if (r->form == CLI_JSON)
		cli_json_row(r);
	else if (r->form == CLI_PARSEABLE)
		parseable_row(r, texts);
	else
		people_row(r, texts);
	r->rows++;
}

int cli_report_close(struct cli *c, struct cli_report *r)
{
	if (r->form == CLI_JSON) {
		cli_json_end(r);
		r->rows = 0;
	}
	return r->nomem ? cli_nomem(c) : CLI_DONE;
}

int cli_report_run(struct cli *c, const struct cli_table *t,
		   int (*print)(struct cli *c, struct cli_report *r))
{
	struct cli_report r;
	int rc;

	if (!cli_report_open(c, &r, t, NULL, &rc))
		return rc;
	rc = cli_open(c);
	if (rc == CLI_DONE)
		rc = print(c, &r);
	cli_report_free(&r);
	return rc;
}

void cli_report_free(struct cli_report *r)
{
	size_t i;

	for (i = 0; i < CLI_MAX_COLUMNS; i++)
		free(r->escaped[i]);
}

void cli_set_text(struct cli_cell *cell, const char *text)
{
	cell->text = text != NULL ? text : "";
}

/* Not snprintf(): tables of counters are made of this. */
void cli_set_number(struct cli_cell *cell, uint64_t num)
{
	char *at = cell->buf + sizeof(cell->buf) - 1;
	uint64_t n = num;

	*at = '\0';
	do {
		*--at = (char)('0' + n % 10);
		n /= 10;
	} while (n > 0);
	cell->text = at;
	cell->num = num;
}

void cli_set_count(struct cli_cell *cell, uint64_t num, int unit)
{
	static const char units[] = "RKMGTP";
	const char *at = units;
	double scaled = (double)num;

	/* 999,995 would be printed as 1000.00K */
	while (unit != 0 ? *at != unit && at[1] != '\0' : scaled >= 999.995 && at[1] != '\0') {
		scaled /= 1000;
		at++;
	}
	if (at == units)
		cli_set_number(cell, num);
	else
		cli_set_scaled(cell, num, "%.2f%c", scaled, *at);
}

void cli_set_format(struct cli_cell *cell, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(cell->buf, sizeof(cell->buf), fmt, ap);
	va_end(ap);
	cell->text = cell->buf;
}

void cli_set_scaled(struct cli_cell *cell, uint64_t num, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(cell->buf, sizeof(cell->buf), fmt, ap);
	va_end(ap);
	cell->text = cell->buf;
	cell->num = num;
}

void cli_set_yesno(struct cli_cell *cell, bool yes)
{
	cell->text = yes ? "yes" : "no";
	cell->num = yes;
}

void cli_set_mac(struct cli_cell *cell, const uint8_t *mac)
{
	cell->text = mac != NULL ? vw_mac_format(mac, cell->buf) : "";
}

void cli_set_unknown(struct cli_cell *cell)
{
	cell->unknown = true;
}

void cli_set_value(struct cli_cell *cell, const char *text)
{
	if (text != NULL && strcmp(text, "?") == 0)
		cli_set_unknown(cell);
	else
		cli_set_text(cell, text);
}

void cli_set_bits(struct cli_cell *cell, const char *prop, const char *text)
{
	static const char *const keys[][2] = {
		{ "maxbw", "maxbw_bps" }, { "maxbw-rx", "maxbw_rx_bps" },
		{ "maxbw-tx", "maxbw_tx_bps" }, { "minbw", "minbw_bps" },
	};
	uint64_t bits;
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (strcmp(prop, keys[i][0]) == 0)
			cell->key = keys[i][1];
	if (cell->key != NULL && text != NULL && cli_bits(text, &bits))
		cli_set_number(cell, bits);
}

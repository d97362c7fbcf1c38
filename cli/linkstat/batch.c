/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* batch.c - reports one after another, as tables or a JSON object a line */
#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "linkstat.h"

struct batch_row {
	const struct ls_row	*row;
	const struct ls_model	*m;
};
#define ROW(r)	(((const struct batch_row *)(r))->row)
#define MODEL(r) (((const struct batch_row *)(r))->m)

static void cell_name(struct cli_cell *cell, const void *row)
{
	if (ROW(row)->kind == LS_FLOW)
		cli_set_format(cell, "%.40s/%.50s", ROW(row)->over, ROW(row)->name);
	else
		cli_set_text(cell, ROW(row)->name);
}

static void cell_zone(struct cli_cell *cell, const void *row)
{
	cli_set_text(cell, ROW(row)->zone);
}

static void set_rate(struct cli_cell *cell, const struct ls_row *r, double rate)
{
	if (r->known)
		cli_set_text(cell, ls_rate(rate, cell->buf));
	else
		cli_set_unknown(cell);
}

static void cell_in(struct cli_cell *cell, const void *row)
{
	set_rate(cell, ROW(row), ls_in(MODEL(row), ROW(row)));
}

static void cell_out(struct cli_cell *cell, const void *row)
{
	set_rate(cell, ROW(row), ls_out(MODEL(row), ROW(row)));
}

static void cell_ipkts(struct cli_cell *cell, const void *row)
{
	set_rate(cell, ROW(row), ROW(row)->in_pps);
}

static void cell_opkts(struct cli_cell *cell, const void *row)
{
	set_rate(cell, ROW(row), ROW(row)->out_pps);
}

static void cell_util(struct cli_cell *cell, const void *row)
{
	if (ROW(row)->util < 0)
		cli_set_unknown(cell);
	else
		cli_set_text(cell, ls_util(ROW(row)->util, cell->buf));
}

static void cell_drops(struct cli_cell *cell, const void *row)
{
	if (ROW(row)->drops_pps < 0)
		cli_set_unknown(cell);
	else
		cli_set_text(cell, ls_rate(ROW(row)->drops_pps, cell->buf));
}

static const struct cli_column columns[] = {
	{ "LINK", 15, cell_name, "link, or flow below it" },
	{ "ZONE", 12, cell_zone, "zone" },
	{ "IN-b/s", 8, cell_in, "bits a second" },
	{ "OUT-b/s", 8, cell_out, "bits a second" },
	{ "IN-B/s", 8, cell_in, "bytes a second" },
	{ "OUT-B/s", 8, cell_out, "bytes a second" },
	{ "IN-p/s", 7, cell_ipkts, "packets a second" },
	{ "OUT-p/s", 7, cell_opkts, "packets a second" },
	{ "UTIL", 5, cell_util, "of the limit, or of the speed" },
	{ "DROP/s", 6, cell_drops, "dropped packets a second" },
	{ 0 }
};
static const struct cli_table table = { "links", columns, .right = true };

/* Which of them, by number. */
static const char *const shown_columns[LS_UNITS] = {
	[LS_BITS] = "01236789", [LS_BYTES] = "01456789", [LS_PACKETS] = "016789",
};

/* How many of the rows hold the first @most links, with their zones and flows. */
static size_t rows_of(const struct ls_model *m, size_t most)
{
	size_t i, links = 0;

	for (i = 0; i < m->nshown; i++)
		if (m->shown[i]->kind == LS_LINK && links++ == most)
			break;
	while (i > 0 && i < m->nshown && m->shown[i - 1]->kind == LS_ZONE)
		i--;	/* of the next link, which is one too many */
	return i;
}

static int print_table(struct ls_model *m, size_t most, bool first)
{
	struct cli_report r = { .table = &table };
	size_t i, n = rows_of(m, most);
	const char *number;
	int rc;

	for (number = shown_columns[m->units]; *number != '\0'; number++)
		r.cols[r.ncols++] = &columns[*number - '0'];
	if (!first)
		putchar('\n');
	for (i = 0; i < n; i++)
		cli_report_row(&r, &(struct batch_row){ m->shown[i], m });
	cli_report_row(&r, &(struct batch_row){ &m->total, m });
	rc = cli_report_close(m->c, &r);
	cli_report_free(&r);
	return rc;
}

/* -- JSON -------------------------------------------------------------------------------------- */

static void put_text(struct json_object *o, const char *key, const char *text)
{
	char safe[600];

	if (text != NULL)
		vw_escape(safe, sizeof(safe), text);
	json_object_object_add(o, key, text != NULL ? json_object_new_string(safe) : NULL);
}

/* Rates to a thousandth: what is beyond is noise of the clock. */
static void put_number(struct json_object *o, const char *key, double v, bool known)
{
	char text[32];

	snprintf(text, sizeof(text), "%.3f", v);
	json_object_object_add(o, key, known ? json_object_new_double_s(v, text) : NULL);
}

static void put_count(struct json_object *o, const char *key, uint64_t n, bool known)
{
	json_object_object_add(o, key, known ? json_object_new_uint64(n) : NULL);
}

static void put_rates(struct json_object *o, const struct ls_row *r)
{
	put_number(o, "rx_bps", r->in_bps, r->known);
	put_number(o, "tx_bps", r->out_bps, r->known);
	put_number(o, "rx_pps", r->in_pps, r->known);
	put_number(o, "tx_pps", r->out_pps, r->known);
	put_number(o, "dropped_pps", r->drops_pps, r->drops_pps >= 0);
	put_count(o, "rx_bytes", r->in_bytes, r->known);
	put_count(o, "tx_bytes", r->out_bytes, r->known);
	put_number(o, "util_percent", r->util * 100, r->util >= 0);
	put_count(o, "maxbw_bps", r->maxbw, r->maxbw != UINT64_MAX);
}

static struct json_object *link_object(const struct ls_row *r)
{
	struct json_object *o = json_object_new_object();

	put_text(o, "link", r->name);
	put_text(o, "zone", r->zone);
	put_text(o, "class", vw_class_name(r->cls));
	put_text(o, "state", vw_state_name(r->state));
	put_text(o, "over", r->over);
	put_rates(o, r);
	json_object_object_add(o, "speed_bps", r->speed_mbps > 0 ?
			       json_object_new_uint64(r->speed_mbps * UINT64_C(1000000)) : NULL);
	return o;
}

static struct json_object *flow_object(const struct ls_row *r)
{
	struct json_object *o = json_object_new_object();

	put_text(o, "flow", r->name);
	put_rates(o, r);
	return o;
}

static int print_json(struct ls_model *m, size_t most)
{
	struct json_object *o = json_object_new_object(), *links = json_object_new_array();
	struct json_object *flows = NULL, *head = json_object_new_object();
	const char *text;
	size_t i, n = rows_of(m, most);

	json_object_object_add(head, "schema", json_object_new_int(1));
	json_object_object_add(o, "vwire", head);
	put_number(o, "time_s", (double)vw_stat_time(m->delta) / 1e9, true);
	put_number(o, "seconds", m->seconds, true);
	put_number(o, "total_rx_bps", m->total.in_bps, true);
	put_number(o, "total_tx_bps", m->total.out_bps, true);
	for (i = 0; i < n; i++) {
		struct ls_row *r = m->shown[i];

		if (r->kind == LS_LINK) {
			struct json_object *link = link_object(r);

			flows = m->flows ? json_object_new_array() : NULL;
			if (flows != NULL)
				json_object_object_add(link, "flows", flows);
			json_object_array_add(links, link);
		} else if (r->kind == LS_FLOW && flows != NULL) {
			json_object_array_add(flows, flow_object(r));
		}
	}
	json_object_object_add(o, "links", links);
	text = json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN |
						 JSON_C_TO_STRING_NOSLASHESCAPE);
	if (text != NULL)
		puts(text);
	json_object_put(o);
	return text != NULL ? CLI_DONE : cli_nomem(m->c);
}

/* -- again and again --------------------------------------------------------------------------- */

int ls_batch(struct ls_model *m, uint64_t count)
{
	const char *text = cli_value(m->c, 'n');
	double next;
	uint64_t most = SIZE_MAX, done = 0;
	int rc;

	if (text != NULL)
		(void)cli_number(text, 1, SIZE_MAX, &most);
	rc = ls_read(m);
	if (rc < 0)
		return ls_failed(m, rc);
	next = ls_now() + m->interval_s;
	while (rc == CLI_DONE && !ls_stopped && (count == 0 || done < count)) {
		while (!ls_stopped && ls_now() < next)
			ls_wait(next - ls_now(), false);
		if (ls_stopped)
			break;
		next += m->interval_s;
		rc = ls_read(m);
		if (rc == VW_OK)
			rc = ls_arrange(m);
		if (rc < 0)
			return ls_failed(m, rc);
		rc = cli_has(m->c, 'j') ? print_json(m, most) : print_table(m, most, done == 0);
		if (rc == CLI_DONE && !cli_flush(m->c))
			rc = CLI_FAILED;
		done++;
	}
	return rc;
}

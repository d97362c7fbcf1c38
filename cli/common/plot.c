/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* plot.c - usage for other programs: columns that gnuplot draws, comma-separated values */
#include <stdio.h>
#include <string.h>

#include "showusage.h"

#define MOST_SLOTS	500000u
#define SHORT_MS	1200000u
#define LABEL_BYTES	768	/* name, zone and vWire, and what joins them */

/* -- comma-separated values (RFC 4180) --------------------------------------------------------- */

static void put_text(const char *text)
{
	char safe[4 * LABEL_BYTES];
	const char *at;

	if (text == NULL)
		return;
	vw_escape(safe, sizeof(safe), text);
	if (strpbrk(safe, ",\"") == NULL) {
		fputs(safe, stdout);
		return;
	}
	putchar('"');
	for (at = safe; *at != '\0'; at++) {
		if (*at == '"')
			putchar('"');
		putchar(*at);
	}
	putchar('"');
}

static void csv_row(const struct vw_usage_row *r, const struct usage_form *form)
{
	char start[40], end[40];

	cli_usage_time(r->start_ms, "%FT%T%z", start, sizeof(start));
	cli_usage_time(r->end_ms, "%FT%T%z", end, sizeof(end));
	put_text(r->name);
	if (form->flows) {
		putchar(',');
		put_text(r->link);
	}
	putchar(',');
	put_text(r->zone);
	putchar(',');
	put_text(r->vwire);
	printf(",%s,%s,%.3f,%llu,%llu,%llu,%llu,%.0f", start, end, (double)r->duration_ms / 1000,
	       (unsigned long long)r->rx_packets, (unsigned long long)r->rx_bytes,
	       (unsigned long long)r->tx_packets, (unsigned long long)r->tx_bytes,
	       r->bandwidth_bps);
	if (form->percentiles)
		printf(",%.0f,%.0f,%.0f", r->p95_bps, r->p95_rx_bps, r->p95_tx_bps);
	putchar('\n');
}

static int print_csv(struct vw_usage *u, const struct usage_form *form)
{
	const struct vw_usage_row *r;

	printf("%szone,vwire,start,end,duration_s,rx_packets,rx_bytes,tx_packets,tx_bytes,"
	       "bandwidth_bps%s\n", form->flows ? "flow,link," : "link,",
	       form->percentiles ? ",p95_bps,p95_rx_bps,p95_tx_bps" : "");
	while ((r = vw_usage_next(u)) != NULL)
		csv_row(r, form);
	return CLI_DONE;
}

/* -- a matrix: a line for each slot of time, a column for each name ---------------------------- */

struct matrix {
	unsigned	 group;		/* enum vw_usage_group */
	bool		 records;	/* slots of one width, else those of the rows */
	char		**names;
	size_t		 nnames, maxnames;
	uint64_t	 width_ms;	/* of a slot of records */
	uint64_t	 start_ms;	/* begin of the first slot */
	size_t		 nslots;
	uint64_t	*ends;		/* of each slot, ms since 1970 */
	double		*rates;		/* kb/s of each slot, of each name */
};

/* What a column is of. Rows of several owners may have one name: then the owner is part of it. */
static void row_label(const struct vw_usage_row *r, unsigned group, char *buf, size_t len)
{
	switch (group) {
	case VW_USAGE_BY_OWNER:
		snprintf(buf, len, "%s%s%s%s%s", r->name,
			 r->zone ? "@" : "", r->zone ? r->zone : "",
			 r->vwire ? "/" : "", r->vwire ? r->vwire : "");
		break;
	case VW_USAGE_BY_ZONE:
		snprintf(buf, len, "%s", r->zone ? r->zone : "(host)");
		break;
	case VW_USAGE_BY_VWIRE:
		snprintf(buf, len, "%s", r->vwire ? r->vwire : "(none)");
		break;
	default:
		snprintf(buf, len, "%s", r->name ? r->name : "total");
		break;
	}
}

/* The column of @r, made when it is the first of its name; SIZE_MAX: out of memory. */
static size_t column(struct matrix *m, const struct vw_usage_row *r)
{
	char name[LABEL_BYTES];
	size_t i;

	row_label(r, m->group, name, sizeof(name));

	for (i = 0; i < m->nnames; i++)
		if (strcmp(m->names[i], name) == 0)
			return i;
	if (m->nnames == m->maxnames) {
		size_t max = m->maxnames ? 2 * m->maxnames : 16;
		char **names = reallocarray(m->names, max, sizeof(*names));

		if (names == NULL)
			return SIZE_MAX;
		m->names = names;
		m->maxnames = max;
	}
	m->names[m->nnames] = strdup(name);
	return m->names[m->nnames] != NULL ? m->nnames++ : SIZE_MAX;
}

static int rising(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* The usual length of a row: records that events or a rest made shorter or longer are few. */
static int find_width(struct vw_usage *u, struct matrix *m)
{
	const struct vw_usage_row *r;
	uint64_t *lengths, first = UINT64_MAX, last = 0;
	size_t n = 0, i = 0;

	while (vw_usage_next(u) != NULL)
		n++;
	vw_usage_rewind(u);
	lengths = calloc(n + 1, sizeof(*lengths));
	if (lengths == NULL)
		return -1;
	while ((r = vw_usage_next(u)) != NULL) {
		lengths[i++] = r->end_ms - r->start_ms;
		first = r->start_ms < first ? r->start_ms : first;
		last = r->end_ms > last ? r->end_ms : last;
	}
	vw_usage_rewind(u);
	qsort(lengths, n, sizeof(*lengths), rising);
	m->width_ms = n > 0 ? (lengths[n / 2] + 500) / 1000 * 1000 : 1000;
	free(lengths);
	if (m->width_ms == 0)
		m->width_ms = 1000;
	if (n == 0)
		return 0;
	m->start_ms = first / m->width_ms * m->width_ms;
	m->nslots = (size_t)((last - 1 - m->start_ms) / m->width_ms + 1);
	return 0;
}

/* Bytes of a record go to the slots that it covers, evenly. */
static void spread(struct matrix *m, size_t at, const struct vw_usage_row *r)
{
	double kbits = ((double)r->rx_bytes + (double)r->tx_bytes) * 8 / (double)m->width_ms;
	size_t to = (size_t)((r->end_ms - 1 - m->start_ms) / m->width_ms), slot;
	double length = (double)(r->end_ms - r->start_ms);

	/* a record that is a little late is still of its slot */
	if (length <= 1.5 * (double)m->width_ms) {
		m->rates[to * m->nnames + at] += kbits;
		return;
	}
	for (slot = (size_t)((r->start_ms - m->start_ms) / m->width_ms); slot <= to; slot++) {
		uint64_t b = m->ends[slot], a = b - m->width_ms;

		a = a > r->start_ms ? a : r->start_ms;
		b = b < r->end_ms ? b : r->end_ms;
		m->rates[slot * m->nnames + at] += kbits * (double)(b - a) / length;
	}
}

static void put_end(uint64_t *ends, size_t slot, uint64_t ms)
{
	if (ends != NULL)
		ends[slot] = ms;
}

/*
 * Rows of hours, days and so on come in the order of their ends, and are slots as they are. Between
 * two that do not touch lies one in which nothing was used.
 */
static size_t take_slots(struct vw_usage *u, struct matrix *m, uint64_t *ends)
{
	const struct vw_usage_row *r;
	uint64_t last = 0;
	size_t n = 0;

	while ((r = vw_usage_next(u)) != NULL) {
		if (r->end_ms == last)
			continue;
		if (last == 0)
			m->start_ms = r->start_ms;
		else if (r->start_ms > last)
			put_end(ends, n++, r->start_ms);
		last = r->end_ms;
		put_end(ends, n++, last);
	}
	vw_usage_rewind(u);
	return n;
}

static bool fill_slots(struct vw_usage *u, struct matrix *m)
{
	size_t slot;

	m->ends = calloc(m->nslots + 1, sizeof(*m->ends));
	m->rates = calloc(m->nslots * m->nnames + 1, sizeof(*m->rates));
	if (m->ends == NULL || m->rates == NULL)
		return false;
	if (!m->records)
		(void)take_slots(u, m, m->ends);
	for (slot = 0; m->records && slot < m->nslots; slot++)
		m->ends[slot] = m->start_ms + (slot + 1) * m->width_ms;
	return true;
}

static bool fill(struct vw_usage *u, struct matrix *m)
{
	const struct vw_usage_row *r;
	size_t at, slot = 0;

	while ((r = vw_usage_next(u)) != NULL)
		if (column(m, r) == SIZE_MAX)
			return false;
	vw_usage_rewind(u);
	if (!fill_slots(u, m))
		return false;
	while ((r = vw_usage_next(u)) != NULL) {
		at = column(m, r);
		while (!m->records && m->ends[slot] != r->end_ms)
			slot++;
		if (!m->records)
			m->rates[slot * m->nnames + at] = r->bandwidth_bps / 1000;
		else if (r->end_ms > r->start_ms)
			spread(m, at, r);
	}
	return true;
}

static const char *times_of(const struct matrix *m)
{
	char first[32], last[32];

	cli_usage_time(m->start_ms, "%F", first, sizeof(first));
	cli_usage_time(m->nslots > 0 ? m->ends[m->nslots - 1] : m->start_ms, "%F", last,
		       sizeof(last));
	return strcmp(first, last) == 0 ? "%H:%M:%S" : "%Y-%m-%dT%H:%M:%S";
}

/* Blanks would make two columns of a name. */
static void put_name(const char *name)
{
	char safe[4 * LABEL_BYTES], *at;

	vw_escape(safe, sizeof(safe), name);
	for (at = safe; *at != '\0'; at++)
		if (*at == ' ')
			*at = '_';
	printf(" %s", safe);
}

static void put_line(const struct matrix *m, const char *format, uint64_t ms, size_t slot)
{
	char time[40];
	size_t at;

	cli_usage_time(ms, format, time, sizeof(time));
	fputs(time, stdout);
	for (at = 0; at < m->nnames; at++)
		printf(" %.2f", m->rates[slot * m->nnames + at]);
	putchar('\n');
}

static void put_lines(const struct matrix *m, const char *format)
{
	size_t slot;

	for (slot = 0; slot < m->nslots; slot++)
		put_line(m, format, m->ends[slot], slot);
}

static void put_data(const struct matrix *m)
{
	size_t at;

	fputs("# Time", stdout);
	for (at = 0; at < m->nnames; at++)
		put_name(m->names[at]);
	putchar('\n');
	put_lines(m, times_of(m));
}

static void put_quoted(const char *name)
{
	char safe[4 * LABEL_BYTES];
	const char *at;

	vw_escape(safe, sizeof(safe), name);
	putchar('"');
	for (at = safe; *at != '\0'; at++) {
		if (strchr("\"\\", *at) != NULL)
			putchar('\\');
		putchar(*at);
	}
	putchar('"');
}

/* What stands at the axis: seconds only where minutes would repeat. */
static const char *ticks_of(const struct matrix *m, const char *format)
{
	if (strchr(format, 'Y') != NULL)
		return "%m-%d\\n%H:%M";
	return m->ends[m->nslots - 1] - m->start_ms < SHORT_MS ? "%H:%M:%S" : "%H:%M";
}

/* A script that is complete: "| gnuplot -p" shows it, "set terminal" before it says where else. */
static void put_script(const struct matrix *m)
{
	const char *format = times_of(m);
	size_t at;

	puts("$usage << END");
	if (!m->records)	/* a step reaches back to the end before it, the first to its begin */
		put_line(m, format, m->start_ms, 0);
	put_lines(m, format);
	printf("END\nset xdata time\nset timefmt \"%s\"\nset format x \"%s\"\n"
	       "set ylabel \"kb/s\"\nset yrange [0:*]\n"
	       "set key outside top center horizontal noenhanced\n"
	       "set grid\nplot ", format, ticks_of(m, format));
	for (at = 0; at < m->nnames; at++) {
		printf("%s$usage using 1:%zu with %s linewidth 2 title ", at > 0 ? ", \\\n  " : "",
		       at + 2, m->records ? "steps" : "fsteps");
		put_quoted(m->names[at]);
	}
	putchar('\n');
}

static void matrix_free(struct matrix *m)
{
	size_t i;

	for (i = 0; i < m->nnames; i++)
		free(m->names[i]);
	free(m->names);
	free(m->ends);
	free(m->rates);
}

static int measure(struct vw_usage *u, struct matrix *m)
{
	if (m->records)
		return find_width(u, m);
	m->nslots = take_slots(u, m, NULL);
	return 0;
}

static int print_plot(struct cli *c, struct vw_usage *u, const struct usage_form *form)
{
	bool script = strcmp(form->format, "plot") == 0;
	struct matrix m = {
		.group = form->group,
		.records = form->step == VW_USAGE_FINEST || form->step == VW_USAGE_RECORD,
	};
	int rc = CLI_DONE;

	if (measure(u, &m) < 0)
		rc = cli_nomem(c);
	else if (m.nslots > MOST_SLOTS) {
		rc = cli_fail(c, "cannot plot %zu intervals", m.nslots);
		cli_hint(c, "take longer ones with -S hour or -S day, or a shorter time with -s");
	} else if (!fill(u, &m))
		rc = cli_nomem(c);
	else if (script && m.nnames == 0)
		rc = cli_fail(c, "there is nothing to plot in this time");
	else if (script)
		put_script(&m);
	else
		put_data(&m);
	matrix_free(&m);
	return rc;
}

int cli_usage_print(struct cli *c, struct vw_usage *u, const struct usage_form *form)
{
	if (strcmp(form->format, "csv") == 0)
		return print_csv(u, form);
	return print_plot(c, u, form);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* model.c - from two readings to rows of rates, filtered, sorted and unfolded */
#include <stdlib.h>
#include <string.h>

#include "drops.h"
#include "linkstat.h"

const char *const ls_sort_names[LS_SORTS] = { "sum", "in", "out", "util", "drops", "name" };
const char *const ls_unit_names[LS_UNITS] = { "b/s", "B/s", "p/s" };

#define NO_PAST	UINT32_MAX

int ls_open(struct ls_model *m)
{
	unsigned flags = VW_STAT_LISTEN | VW_STAT_DROPS | VW_STAT_LIMITS | VW_STAT_FLOWS;
	int rc = cli_open(m->c);

	if (rc != CLI_DONE)
		return rc;
	cli_many_files();
	if (vw_stat_open(m->c->h, VW_STAT_FILTER(.zone = cli_value(m->c, 'Z')), flags,
			 &m->stat) < 0)
		return cli_library_error(m->c);
	return CLI_DONE;
}

int ls_failed(struct ls_model *m, int rc)
{
	return rc == VW_ERR_NOMEM ? cli_nomem(m->c) : cli_library_error(m->c);
}

void ls_close(struct ls_model *m)
{
	vw_stat_free(m->delta);
	vw_stat_free(m->now);
	vw_stat_close(m->stat);
	free(m->rows);
	free(m->shown);
	free(m->zones);
	free(m->past);
}

/* -- the past ---------------------------------------------------------------------------------- */

static struct ls_past *past_slot(struct ls_past *v, size_t max, uint64_t netns, unsigned ifindex)
{
	uint64_t h = (netns * 0x9e3779b97f4a7c15u ^ ifindex) * 0xff51afd7ed558ccdu;
	size_t i = (size_t)(h >> 32) & (max - 1);

	while (v[i].ifindex != 0 && (v[i].ifindex != ifindex || v[i].netns != netns))
		i = (i + 1) & (max - 1);
	return &v[i];
}

/* Twice as big, without those that were not seen for a while. */
static bool past_grow(struct ls_model *m)
{
	size_t max = 64, n = 0, i;
	struct ls_past *v;

	while (max < (m->nlinks + 1) * 2)
		max *= 2;
	v = calloc(max, sizeof(*v));
	if (v == NULL)
		return false;
	for (i = 0; i < m->maxpast && n < max / 2; i++)
		if (m->past[i].ifindex != 0 && m->past[i].round + 2 >= m->round) {
			*past_slot(v, max, m->past[i].netns, m->past[i].ifindex) = m->past[i];
			n++;
		}
	free(m->past);
	m->past = v;
	m->maxpast = max;
	m->npast = n;
	return true;
}

static void remember(struct ls_model *m, struct ls_row *row, const struct vw_stat_link *l)
{
	struct ls_past *p;
	uint64_t missed;

	row->history = NO_PAST;
	if (m->npast + 1 > m->maxpast / 4 * 3 && !past_grow(m))
		return;
	p = past_slot(m->past, m->maxpast, l->counter_netns, l->counter_ifindex);
	if (p->ifindex == 0) {
		*p = (struct ls_past){ .netns = l->counter_netns, .ifindex = l->counter_ifindex,
				       .round = m->round };
		for (unsigned i = 0; i < HISTORY; i++)
			p->bps[i] = -1;
		m->npast++;
	}
	for (missed = p->round + 1; missed < m->round; missed++)
		p->bps[missed % HISTORY] = -1;
	p->bps[m->round % HISTORY] = (float)ls_sum(row);
	p->round = m->round;
	row->history = (uint32_t)(p - m->past);
}

float ls_past(const struct ls_model *m, const struct ls_row *row, unsigned i)
{
	if (row->history == NO_PAST || i >= HISTORY || i >= m->round || row->history >= m->maxpast)
		return -1;
	return m->past[row->history].bps[(m->round - i) % HISTORY];
}

/* -- rows -------------------------------------------------------------------------------------- */

static struct ls_row *add(struct ls_model *m, size_t at)
{
	if (at == m->maxrows) {
		size_t max = m->maxrows ? 2 * m->maxrows : 64;
		struct ls_row *v = reallocarray(m->rows, max, sizeof(*v));

		if (v == NULL)
			return NULL;
		m->rows = v;
		m->maxrows = max;
	}
	memset(&m->rows[at], 0, sizeof(m->rows[at]));
	m->rows[at].history = NO_PAST;
	return &m->rows[at];
}

/* The limit holds the sum of both directions (paper section 4.3.1); hardware is full duplex. */
static double utilisation(const struct ls_row *r)
{
	double most = r->in_bps > r->out_bps ? r->in_bps : r->out_bps;

	if (!r->known)
		return -1;
	if (r->maxbw != UINT64_MAX)
		return r->maxbw > 0 ? ls_sum(r) / (double)r->maxbw : -1;
	return r->speed_mbps > 0 ? most / ((double)r->speed_mbps * 1e6) : -1;
}

static bool add_link(struct ls_model *m, const struct vw_stat_link *l)
{
	struct ls_row *r = add(m, m->nlinks);
	const struct vw_link_stats *s = &l->stats;

	if (r == NULL)
		return false;
	m->nlinks++;
	r->kind = LS_LINK;
	r->name = l->name;
	r->zone = l->zone;
	r->over = l->over;
	r->cls = l->cls;
	r->state = l->state;
	r->known = l->flags & VW_STAT_KNOWN;
	r->edge = l->flags & VW_STAT_EDGE;
	r->maxbw = l->maxbw;
	r->speed_mbps = l->speed_mbps;
	r->in_bytes = s->rx_bytes;
	r->out_bytes = s->tx_bytes;
	r->in_bps = vw_stat_rate(m->delta, s->rx_bytes) * 8;
	r->out_bps = vw_stat_rate(m->delta, s->tx_bytes) * 8;
	r->in_pps = vw_stat_rate(m->delta, s->rx_packets);
	r->out_pps = vw_stat_rate(m->delta, s->tx_packets);
	r->drops_pps = !r->known ? -1 : vw_stat_rate(m->delta, s->rx_dropped + s->tx_dropped +
		(l->flags & VW_STAT_HAS_DROPS ? cli_drops_sum(&l->drops) : 0));
	r->util = utilisation(r);
	remember(m, r, l);
	return true;
}

static bool add_flow(struct ls_model *m, const struct vw_stat_flow *f)
{
	struct ls_row *r = add(m, m->nlinks + m->nflows);

	if (r == NULL)
		return false;
	m->nflows++;
	r->kind = LS_FLOW;
	r->name = f->name;
	r->zone = f->zone;
	r->over = f->link;
	r->known = f->flags & VW_STAT_KNOWN;
	r->maxbw = f->maxbw;
	r->in_bytes = f->stats.in_bytes;
	r->out_bytes = f->stats.out_bytes;
	r->in_bps = vw_stat_rate(m->delta, f->stats.in_bytes) * 8;
	r->out_bps = vw_stat_rate(m->delta, f->stats.out_bytes) * 8;
	r->in_pps = vw_stat_rate(m->delta, f->stats.in_packets);
	r->out_pps = vw_stat_rate(m->delta, f->stats.out_packets);
	r->drops_pps = r->known ? vw_stat_rate(m->delta, f->stats.drops) : -1;
	r->util = utilisation(r);
	return true;
}

static bool take_rows(struct ls_model *m)
{
	const struct vw_stat_link *l;
	const struct vw_stat_flow *f;
	struct vw_link_stats total;

	m->nlinks = m->nflows = 0;
	while ((l = vw_stat_link_next(m->delta)) != NULL)
		if (!(l->flags & VW_STAT_GONE) && !add_link(m, l))
			return false;
	while ((f = vw_stat_flow_next(m->delta)) != NULL)
		if (!add_flow(m, f))
			return false;
	vw_stat_total(m->delta, &total);
	m->total = (struct ls_row){
		.kind = LS_ZONE, .known = true, .util = -1, .drops_pps = -1,
		.in_bps = vw_stat_rate(m->delta, total.rx_bytes) * 8,
		.out_bps = vw_stat_rate(m->delta, total.tx_bytes) * 8,
		.in_pps = vw_stat_rate(m->delta, total.rx_packets),
		.out_pps = vw_stat_rate(m->delta, total.tx_packets),
		/* What links over one card say to each other passes no wire. */
		.name = cli_has(m->c, 'Z') ? "total" : "total-on-wire",
	};
	m->seconds = vw_stat_seconds(m->delta);
	return true;
}

int ls_read(struct ls_model *m)
{
	struct vw_stat_reading *now = NULL, *delta = NULL;
	int rc;

	rc = vw_stat_read(m->stat, &now);
	if (rc < 0)
		return rc;
	if (m->now != NULL) {
		rc = vw_stat_delta(now, m->now, &delta);
		if (rc < 0) {
			vw_stat_free(now);
			return rc;
		}
		vw_stat_free(m->delta);
		m->delta = delta;
		m->round++;
	}
	vw_stat_free(m->now);
	m->now = now;
	return m->delta != NULL && !take_rows(m) ? VW_ERR_NOMEM : VW_OK;
}

/* -- order ------------------------------------------------------------------------------------- */

double ls_in(const struct ls_model *m, const struct ls_row *row)
{
	return m->units == LS_PACKETS ? row->in_pps :
	       m->units == LS_BYTES ? row->in_bps / 8 : row->in_bps;
}

double ls_out(const struct ls_model *m, const struct ls_row *row)
{
	return m->units == LS_PACKETS ? row->out_pps :
	       m->units == LS_BYTES ? row->out_bps / 8 : row->out_bps;
}

static const char *zone_of(const struct ls_row *r)
{
	return r->zone != NULL ? r->zone : "";
}

static double weight(const struct ls_model *m, const struct ls_row *r)
{
	switch (m->sort) {
	case LS_IN:	return ls_in(m, r);
	case LS_OUT:	return ls_out(m, r);
	case LS_UTIL:	return r->util;
	case LS_DROPS:	return r->drops_pps;
	default:	return ls_in(m, r) + ls_out(m, r);
	}
}

/* "web2" before "web10". */
static int by_name(const struct ls_row *a, const struct ls_row *b)
{
	int d = strverscmp(a->name, b->name);

	return d != 0 ? d : strcmp(zone_of(a), zone_of(b));
}

static int compare(const void *pa, const void *pb, void *arg)
{
	const struct ls_row *a = *(struct ls_row *const *)pa, *b = *(struct ls_row *const *)pb;
	const struct ls_model *m = arg;
	double wa = weight(m, a), wb = weight(m, b);
	int d = m->sort == LS_NAME || wa == wb ? by_name(a, b) : wa > wb ? -1 : 1;

	return m->reverse ? -d : d;
}

static int by_zone(const void *pa, const void *pb)
{
	const struct ls_row *a = *(struct ls_row *const *)pa, *b = *(struct ls_row *const *)pb;

	return strcmp(zone_of(a), zone_of(b));
}

static bool matches(const struct ls_model *m, const struct ls_row *r)
{
	if (m->skip_idle && r->known && ls_sum(r) <= 0 && r->drops_pps <= 0)
		return false;
	return m->filter[0] == '\0' || strcasestr(r->name, m->filter) != NULL ||
	       strcasestr(zone_of(r), m->filter) != NULL;
}

static bool show(struct ls_model *m, struct ls_row *r)
{
	if (m->nshown == m->maxshown) {
		size_t max = m->maxshown ? 2 * m->maxshown : 64;
		struct ls_row **v = reallocarray(m->shown, max, sizeof(*v));

		if (v == NULL)
			return false;
		m->shown = v;
		m->maxshown = max;
	}
	m->shown[m->nshown++] = r;
	return true;
}

static bool is_among(struct ls_row *const *rows, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(rows[i]->name, name) == 0)
			return true;
	return false;
}

/*
 * The sum of a zone: as the grand total, of links that nothing in the zone lies below. A VNIC of
 * the zone over a NIC of the host is one of those.
 */
static void sum_zone(struct ls_row *to, struct ls_row *const *rows, size_t n)
{
	const char *last = NULL;	/* most links lie over the same one */
	bool last_among = false;

	*to = (struct ls_row){ .kind = LS_ZONE, .zone = rows[0]->zone, .known = true, .util = -1,
			       .maxbw = UINT64_MAX, .history = NO_PAST,
			       .name = rows[0]->zone != NULL ? rows[0]->zone : "(here)" };
	for (size_t i = 0; i < n; i++) {
		const struct ls_row *r = rows[i];

		if (!r->edge && r->over == NULL)
			continue;
		if (!r->edge && (last == NULL || strcmp(last, r->over) != 0)) {
			last = r->over;
			last_among = is_among(rows, n, last);
		}
		if (!r->edge && last_among)
			continue;
		to->in_bps += r->in_bps;
		to->out_bps += r->out_bps;
		to->in_pps += r->in_pps;
		to->out_pps += r->out_pps;
		to->drops_pps += r->drops_pps > 0 ? r->drops_pps : 0;
		to->in_bytes += r->in_bytes;
		to->out_bytes += r->out_bytes;
	}
}

/* m->shown holds the links wanted; put them together by zone, the busiest zone first. */
static int group(struct ls_model *m)
{
	struct ls_row **links = NULL, **order = NULL;
	size_t n = m->nshown, begin, end, i, *first = NULL;
	int rc = VW_OK;

	if (n == 0)
		return VW_OK;
	qsort(m->shown, n, sizeof(*m->shown), by_zone);
	links = malloc(n * sizeof(*links));
	order = malloc(n * sizeof(*order));
	first = malloc((n + 1) * sizeof(*first));
	if (m->maxzones < n) {
		free(m->zones);
		m->zones = malloc(n * sizeof(*m->zones));
		m->maxzones = m->zones != NULL ? n : 0;
	}
	if (links == NULL || order == NULL || first == NULL || m->zones == NULL) {
		rc = VW_ERR_NOMEM;
		goto out;
	}
	memcpy(links, m->shown, n * sizeof(*links));
	m->nzones = 0;
	for (begin = 0; begin < n; begin = end) {
		for (end = begin + 1; end < n && by_zone(&links[begin], &links[end]) == 0; end++)
			;
		sum_zone(&m->zones[m->nzones], links + begin, end - begin);
		first[m->nzones] = begin;
		order[m->nzones] = &m->zones[m->nzones];
		m->nzones++;
	}
	first[m->nzones] = n;
	qsort_r(order, m->nzones, sizeof(*order), compare, m);
	m->nshown = 0;
	for (i = 0; i < m->nzones; i++) {
		size_t z = (size_t)(order[i] - m->zones), k;

		qsort_r(links + first[z], first[z + 1] - first[z], sizeof(*links), compare, m);
		if (!show(m, order[i]))
			rc = VW_ERR_NOMEM;
		for (k = first[z]; rc == VW_OK && k < first[z + 1]; k++)
			if (!show(m, links[k]))
				rc = VW_ERR_NOMEM;
	}
out:
	free(links);
	free(order);
	free(first);
	return rc;
}

/* Flows of a link, the busiest first, right below it. */
static int unfold(struct ls_model *m)
{
	size_t n = m->nshown, i, k;
	struct ls_row **links = malloc((n + 1) * sizeof(*links)), **flows;
	int rc = VW_OK;

	flows = malloc((m->nflows + 1) * sizeof(*flows));
	if (links == NULL || flows == NULL) {
		rc = VW_ERR_NOMEM;
		n = 0;
	} else {
		memcpy(links, m->shown, n * sizeof(*links));
		for (i = 0; i < m->nflows; i++)
			flows[i] = &m->rows[m->nlinks + i];
		qsort_r(flows, m->nflows, sizeof(*flows), compare, m);
	}
	m->nshown = 0;
	for (i = 0; i < n && rc == VW_OK; i++) {
		if (!show(m, links[i]))
			rc = VW_ERR_NOMEM;
		for (k = 0; links[i]->kind == LS_LINK && k < m->nflows && rc == VW_OK; k++)
			if (strcmp(flows[k]->over, links[i]->name) == 0 &&
			    strcmp(zone_of(flows[k]), zone_of(links[i])) == 0 && !show(m, flows[k]))
				rc = VW_ERR_NOMEM;
	}
	free(links);
	free(flows);
	return rc;
}

/* A link is shown when it matches, or one of its flows does. */
static bool wanted(const struct ls_model *m, const struct ls_row *r)
{
	if (matches(m, r))
		return true;
	for (size_t i = 0; m->flows && m->filter[0] != '\0' && i < m->nflows; i++) {
		const struct ls_row *f = &m->rows[m->nlinks + i];

		if (strcmp(f->over, r->name) == 0 && matches(m, f))
			return true;
	}
	return false;
}

int ls_arrange(struct ls_model *m)
{
	int rc = VW_OK;

	m->nshown = 0;
	for (size_t i = 0; i < m->nlinks; i++)
		if (wanted(m, &m->rows[i]) && !show(m, &m->rows[i]))
			return VW_ERR_NOMEM;
	if (m->by_zone)
		rc = group(m);
	else if (m->nshown > 0)
		qsort_r(m->shown, m->nshown, sizeof(*m->shown), compare, m);
	return rc == VW_OK && m->flows && m->nflows > 0 ? unfold(m) : rc;
}

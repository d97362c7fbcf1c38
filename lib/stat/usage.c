/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* usage.c - rows of usage: records added up by group and by slot of time */
#include <stdlib.h>
#include <string.h>

#include "stat/query.h"

struct vw_usage {
	struct vwu_pool	 pool;
	struct vw_usage_row *v;
	size_t		 n, at;
	uint64_t	 first_ms, last_ms;
	unsigned	 hidden;
};

/* -- cells: a group in a slot of time ---------------------------------------------------------- */

struct cells {
	struct vwst_query *q;
	struct vwst_cell *v;
	size_t		 n, max;
	uint32_t	*slot;		/* open addressing: number + 1 */
	size_t		 cap;
	int64_t		 t0, t1;	/* bounds of the slot told last */
	int64_t		 of;		/* the time they were told for; -1: none */
	bool		 calendar;
};

static size_t hash(const struct cells *c, int64_t t0, uint32_t group)
{
	uint64_t h = ((uint64_t)t0 ^ (uint64_t)group << 40) * 0x9e3779b97f4a7c15u;

	return (size_t)(h ^ h >> 32) & (c->cap - 1);
}

static bool resize(struct cells *c)
{
	size_t cap = c->cap ? 2 * c->cap : 256;
	uint32_t *slot = calloc(cap, sizeof(*slot));

	if (slot == NULL)
		return false;
	free(c->slot);
	c->slot = slot;
	c->cap = cap;
	for (size_t i = 0; i < c->n; i++) {
		size_t at = hash(c, c->v[i].t1, c->v[i].group);

		while (slot[at] != 0)
			at = (at + 1) & (cap - 1);
		slot[at] = (uint32_t)i + 1;
	}
	return true;
}

static struct vwst_cell *cell(struct cells *c, int64_t t0, int64_t t1, uint32_t group)
{
	size_t at;

	if (2 * (c->n + 1) > c->cap && !resize(c))
		return NULL;
	for (at = hash(c, t1, group); c->slot[at] != 0; at = (at + 1) & (c->cap - 1)) {
		struct vwst_cell *found = &c->v[c->slot[at] - 1];

		if (found->t1 == t1 && found->group == group)
			return found;
	}
	if (c->n == c->max) {
		size_t max = c->max ? 2 * c->max : 128;
		void *v = reallocarray(c->v, max, sizeof(*c->v));

		if (v == NULL)
			return NULL;
		c->v = v;
		c->max = max;
	}
	c->v[c->n] = (struct vwst_cell){ .t0 = t0, .t1 = t1, .group = group };
	c->slot[at] = (uint32_t)c->n + 1;
	return &c->v[c->n++];
}

/* The slot of time that a record ending at @t1 belongs to. */
static void slot_of(struct cells *c, int64_t t0, int64_t t1)
{
	int64_t a = t0, b = t1, s = (t1 - 1) / 1000;

	if (c->of == t1 && !c->calendar && c->t0 <= t0)
		return;
	if (c->calendar && t1 > c->t0 && t1 <= c->t1 && c->of >= 0)
		return;
	switch (c->q->f.step) {
	case VW_USAGE_FIVE:
		a = s - s % VWST_FIVE_S;
		b = a + VWST_FIVE_S;
		break;
	case VW_USAGE_HOUR:
		vwst_hour_of(s, &a, &b);
		break;
	case VW_USAGE_DAY:
		vwst_day_of(s, &a, &b);
		break;
	case VW_USAGE_MONTH:
		vwst_month_of(s, &a, &b);
		break;
	default:
		c->calendar = false;
		c->t0 = t0;
		c->t1 = t1;
		c->of = t1;
		return;
	}
	c->calendar = true;
	c->t0 = a * 1000;
	c->t1 = b * 1000;
	c->of = t1;
}

static int collect(void *arg, const struct vwst_whose *w, int64_t t0, int64_t t1,
		   const uint64_t v[VWST_COUNTS])
{
	struct cells *c = arg;
	struct vwst_cell *to;

	for (int k = 0; k < VWST_COUNTS; k++)
		c->q->groups[w->group].v[k] += v[k];
	if (c->q->f.step == VW_USAGE_ALL)
		return VW_OK;
	slot_of(c, t0, t1);
	to = cell(c, c->t0, c->t1, w->group);
	if (to == NULL)
		return vwc_nomem(c->q->h);
	for (int k = 0; k < VWST_COUNTS; k++)
		to->v[k] += v[k];
	return VW_OK;
}

static int gather(struct vwst_query *q, struct cells *c)
{
	static const enum vwst_tier coarsest[] = {
		[VW_USAGE_ALL] = VWST_DAYS, [VW_USAGE_FINEST] = VWST_SAMPLES,
		[VW_USAGE_RECORD] = VWST_SAMPLES, [VW_USAGE_FIVE] = VWST_FIVES,
		[VW_USAGE_HOUR] = VWST_HOURS, [VW_USAGE_DAY] = VWST_DAYS,
		[VW_USAGE_MONTH] = VWST_DAYS,
	};
	struct vwst_scan scan = { .q = q, .fn = collect, .arg = c, .finest = VWST_SAMPLES };

	c->q = q;
	c->of = -1;
	scan.coarsest = coarsest[q->f.step];
	if (q->f.step == VW_USAGE_FIVE)
		scan.finest = VWST_FIVES;
	return vwst_scan(&scan);
}

/* -- rows -------------------------------------------------------------------------------------- */

static const char *keep(struct vw_usage *u, const char *text)
{
	return vwu_pool_str(&u->pool, text);
}

static bool hide(const struct vwst_query *q, const struct vwst_group *g)
{
	return q->f.group <= VW_USAGE_BY_OWNER && q->f.name == NULL && !g->alive &&
	       !(q->f.flags & VW_USAGE_GONE);
}

static bool idle(const uint64_t v[VWST_COUNTS])
{
	return (v[0] | v[1] | v[2] | v[3]) == 0;
}

static void fill(struct vw_usage *u, const struct vwst_group *g, const uint64_t v[VWST_COUNTS],
		 int64_t t0, int64_t t1)
{
	struct vw_usage_row *r = &u->v[u->n++];

	*r = (struct vw_usage_row){
		.size = sizeof(*r), .name = keep(u, g->name), .link = keep(u, g->link),
		.zone = keep(u, g->zone), .vwire = keep(u, g->vwire), .cls = g->cls,
		.flags = g->flags | (g->alive ? 0 : VW_USAGE_ENDED), .links = g->links,
		.start_ms = (uint64_t)t0, .end_ms = (uint64_t)t1,
		.duration_ms = vwst_group_time(g, t0, t1),
		.rx_packets = v[VWST_RP], .rx_bytes = v[VWST_RB],
		.tx_packets = v[VWST_TP], .tx_bytes = v[VWST_TB],
		.p95_bps = g->p95[0], .p95_rx_bps = g->p95[1], .p95_tx_bps = g->p95[2],
	};
	/* A link that came and went between two readings: no rate can be told for no time. */
	if (r->duration_ms > 0)
		r->bandwidth_bps = ((double)r->rx_bytes + (double)r->tx_bytes) * 8000 /
				   (double)r->duration_ms;
}

static uint64_t busy(const struct vwst_group *g)
{
	return g->v[VWST_RB] + g->v[VWST_TB];
}

/* net2 goes before net10. */
static int by_name(const struct vwst_group *a, const struct vwst_group *b)
{
	int c = strverscmp(a->name ? a->name : "", b->name ? b->name : "");

	if (c == 0)
		c = strverscmp(a->link ? a->link : "", b->link ? b->link : "");
	return c ? c : strverscmp(a->zone ? a->zone : "", b->zone ? b->zone : "");
}

static int rank(const void *a, const void *b, void *arg)
{
	const struct vwst_query *q = arg;
	const struct vwst_group *x = &q->groups[*(const uint32_t *)a];
	const struct vwst_group *y = &q->groups[*(const uint32_t *)b];

	if (q->f.top > 0 && busy(x) != busy(y))
		return busy(x) < busy(y) ? 1 : -1;
	return by_name(x, y);
}

/* The groups to show, in their order; their places go into @place. */
static size_t choose(struct vwst_query *q, uint32_t *order, uint32_t *place, unsigned *hidden)
{
	size_t n = 0;

	for (size_t i = 0; i < q->ngroups; i++) {
		const struct vwst_group *g = &q->groups[i];

		place[i] = VWST_NO_GROUP;
		if (idle(g->v) && !(q->f.flags & VW_USAGE_IDLE) && q->f.name == NULL)
			continue;
		if (hide(q, g))
			*hidden += !idle(g->v);
		else
			order[n++] = (uint32_t)i;
	}
	qsort_r(order, n, sizeof(*order), rank, q);
	if (q->f.top > 0 && n > q->f.top)
		n = q->f.top;
	for (size_t i = 0; i < n; i++)
		place[order[i]] = (uint32_t)i;
	return n;
}

static int by_time(const void *a, const void *b, void *arg)
{
	const struct vwst_cell *x = a, *y = b;
	const uint32_t *place = arg;

	if (x->t1 != y->t1)
		return x->t1 < y->t1 ? -1 : 1;
	return (place[x->group] > place[y->group]) - (place[x->group] < place[y->group]);
}

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* A record begins with the one before, but not before its link did. */
static int64_t begin_of(const struct vwst_group *g, const struct vwst_cell *c)
{
	for (size_t i = g->nlife; i-- > 0;)
		if (g->life[i].t0 < c->t1)
			return g->life[i].t0 > c->t0 ? g->life[i].t0 : c->t0;
	return c->t0;
}

static void fill_cells(struct vw_usage *u, struct vwst_query *q, struct cells *c,
		       uint32_t *place)
{
	bool records = q->f.step <= VW_USAGE_RECORD;

	if (c->n > 0)
		qsort_r(c->v, c->n, sizeof(*c->v), by_time, place);
	for (size_t i = 0; i < c->n; i++) {
		const struct vwst_cell *e = &c->v[i];
		const struct vwst_group *g = &q->groups[e->group];

		if (place[e->group] == VWST_NO_GROUP)
			continue;
		fill(u, g, e->v, records ? begin_of(g, e) : e->t0,
		     records ? e->t1 : least(e->t1, q->last > e->t0 ? q->last : e->t1));
	}
}

static void fill_groups(struct vw_usage *u, struct vwst_query *q, const uint32_t *order, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct vwst_group *g = &q->groups[order[i]];

		fill(u, g, g->v, q->start < q->first ? q->first : q->start, q->end);
	}
}

static int make_rows(struct vw_usage *u, struct vwst_query *q, struct cells *c)
{
	uint32_t *order = calloc(q->ngroups + 1, sizeof(*order));
	uint32_t *place = calloc(q->ngroups + 1, sizeof(*place));
	size_t n;
	int rc = VW_OK;

	u->v = NULL;
	if (order == NULL || place == NULL) {
		rc = vwc_nomem(q->h);
	} else {
		n = choose(q, order, place, &u->hidden);
		if (q->f.flags & VW_USAGE_P95)
			rc = vwst_p95_fill(q, order, n);
		u->v = calloc((q->f.step == VW_USAGE_ALL ? n : c->n) + 1, sizeof(*u->v));
		if (u->v == NULL)
			rc = vwc_nomem(q->h);
		else if (rc == VW_OK && q->f.step == VW_USAGE_ALL)
			fill_groups(u, q, order, n);
		else if (rc == VW_OK)
			fill_cells(u, q, c, place);
	}
	free(order);
	free(place);
	return rc < 0 ? rc : u->pool.failed ? vwc_nomem(q->h) : VW_OK;
}

/* -- the public verbs -------------------------------------------------------------------------- */

static int take_filter(struct vwst_query *q, const struct vw_usage_filter *in)
{
	if (in == NULL)
		return VW_OK;
	if (in->size < sizeof(size_t) || in->size > 4096)
		return vwc_why(q->h, VW_ERR_BADVAL, "the filter has no size");
	memcpy(&q->f, in, in->size < sizeof(q->f) ? in->size : sizeof(q->f));
	if (q->f.kind > VW_USAGE_FLOWS || q->f.step > VW_USAGE_MONTH ||
	    q->f.group > VW_USAGE_TOGETHER || q->f.start_ms > INT64_MAX / 2 ||
	    q->f.end_ms > INT64_MAX / 2)
		return vwc_why(q->h, VW_ERR_BADVAL, "the filter asks for what there is not");
	if ((q->f.flags & VW_USAGE_P95) && q->f.step != VW_USAGE_ALL)
		return vwc_why(q->h, VW_ERR_BADVAL,
			       "percentiles are of a time as a whole, not of each interval");
	return VW_OK;
}

static int answer(struct vwst_query *q, struct vw_usage *u)
{
	struct cells c = { 0 };
	int rc = vwst_query_open(q);

	if (rc == VW_OK)
		rc = vwst_groups_make(q);
	if (rc == VW_OK && !q->empty)
		rc = gather(q, &c);
	if (rc == VW_OK && !q->empty)
		rc = make_rows(u, q, &c);
	u->first_ms = (uint64_t)q->first;
	u->last_ms = (uint64_t)q->last;
	free(c.v);
	free(c.slot);
	return rc;
}

int vw_usage_list(struct vw_handle *h, const struct vw_usage_filter *filter,
		  struct vw_usage **up)
{
	struct vwst_query q = { .h = h };
	struct vw_usage *u;
	int rc = vwc_enter(h);

	if (rc < 0)
		return rc;
	u = calloc(1, sizeof(*u));
	rc = u ? take_filter(&q, filter) : vwc_nomem(h);
	if (rc == VW_OK)
		rc = answer(&q, u);
	vwst_query_close(&q);
	vwu_pool_free(&q.pool);
	if (rc < 0) {
		vw_usage_list_free(u);
		return vwc_what(h, rc, "cannot show usage");
	}
	*up = u;
	return VW_OK;
}

const struct vw_usage_row *vw_usage_next(struct vw_usage *u)
{
	return u->at < u->n ? &u->v[u->at++] : NULL;
}

void vw_usage_rewind(struct vw_usage *u)
{
	u->at = 0;
}

void vw_usage_span(const struct vw_usage *u, uint64_t *first_ms, uint64_t *last_ms)
{
	*first_ms = u->first_ms;
	*last_ms = u->last_ms;
}

unsigned vw_usage_hidden(const struct vw_usage *u)
{
	return u->hidden;
}

void vw_usage_list_free(struct vw_usage *u)
{
	if (u == NULL)
		return;
	vwu_pool_free(&u->pool);
	free(u->v);
	free(u);
}

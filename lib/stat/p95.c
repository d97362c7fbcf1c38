/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * p95.c - 95th percentiles of five-minute averages
 *
 * Every five minutes in which a link was there count, those without traffic as 0. What was recorded
 * as one long interval (the writer was not running) is spread evenly over it. Groups are done some
 * at a time: a month of 4,000 links is 36 million values.
 */
#include <stdlib.h>
#include <string.h>

#include "stat/query.h"

#define SLOT_MS		(VWST_FIVE_S * INT64_C(1000))
#define MEMORY		(64u << 20)

struct slots {
	struct vwst_query *q;
	int64_t		 first;		/* number of the first slot, since 1970 */
	size_t		 n;
	double		(*v)[2];	/* bytes: of each group at work, of each slot */
	uint32_t	*at;		/* group to its place among those at work */
	double		*length;	/* seconds of each slot in which a group was there */
	double		*sorted;
	bool		 coarse;
};

static void put(struct slots *s, size_t place, int64_t slot, double rx, double tx)
{
	if (slot < s->first || slot >= s->first + (int64_t)s->n)
		return;
	s->v[place * s->n + (size_t)(slot - s->first)][0] += rx;
	s->v[place * s->n + (size_t)(slot - s->first)][1] += tx;
}

static int collect(void *arg, const struct vwst_whose *w, int64_t t0, int64_t t1,
		   const uint64_t v[VWST_COUNTS])
{
	struct slots *s = arg;
	uint32_t place = s->at[w->group];
	int64_t from = t0 / SLOT_MS, to = (t1 - 1) / SLOT_MS;

	if (place == VWST_NO_GROUP)
		return VW_OK;
	if (t1 - t0 <= SLOT_MS) {
		put(s, place, to, (double)v[VWST_RB], (double)v[VWST_TB]);
		return VW_OK;
	}
	s->coarse = s->coarse || t1 - t0 >= 3600000;
	from = from < s->first ? s->first : from;
	for (int64_t slot = from; slot <= to; slot++) {
		int64_t a = slot * SLOT_MS > t0 ? slot * SLOT_MS : t0;
		int64_t b = (slot + 1) * SLOT_MS < t1 ? (slot + 1) * SLOT_MS : t1;
		double share = (double)(b - a) / (double)(t1 - t0);

		put(s, place, slot, (double)v[VWST_RB] * share, (double)v[VWST_TB] * share);
	}
	return VW_OK;
}

/* Seconds of a slot in which the group was there, and that lie in the time asked for. */
static double seconds(const struct slots *s, const struct vwst_group *g, int64_t slot)
{
	int64_t t0 = slot * SLOT_MS, t1 = t0 + SLOT_MS;

	t0 = t0 > s->q->start ? t0 : s->q->start;
	t1 = t1 < s->q->end ? t1 : s->q->end;
	return t1 > t0 ? (double)vwst_group_time(g, t0, t1) / 1000 : 0;
}

static void percentiles(struct slots *s, struct vwst_group *g, size_t place)
{
	for (size_t i = 0; i < s->n; i++)
		s->length[i] = seconds(s, g, s->first + (int64_t)i);
	for (int which = 0; which < 3; which++) {
		size_t n = 0, total = 0;

		for (size_t i = 0; i < s->n; i++) {
			const double *v = s->v[place * s->n + i];
			double bytes = which == 0 ? v[0] + v[1] : v[which - 1];
			double length = s->length[i];

			if (length <= 0 && bytes <= 0)
				continue;
			total++;
			if (bytes > 0)
				s->sorted[n++] = bytes * 8 / (length >= 1 ? length : 1);
		}
		g->p95[which] = vwst_p95(s->sorted, n, total);
	}
	if (s->coarse)
		g->flags |= VW_USAGE_COARSE;
}

static int some(struct slots *s, const uint32_t *which, size_t n)
{
	struct vwst_scan scan = {
		.q = s->q, .fn = collect, .arg = s, .coarsest = VWST_FIVES, .finest = VWST_FIVES,
	};
	int rc;

	memset(s->v, 0, n * s->n * sizeof(*s->v));
	for (size_t i = 0; i < s->q->ngroups; i++)
		s->at[i] = VWST_NO_GROUP;
	for (size_t i = 0; i < n; i++)
		s->at[which[i]] = (uint32_t)i;
	rc = vwst_scan(&scan);
	for (size_t i = 0; rc == VW_OK && i < n; i++)
		percentiles(s, &s->q->groups[which[i]], i);
	return rc;
}

int vwst_p95_fill(struct vwst_query *q, const uint32_t *which, size_t n)
{
	struct slots s = { .q = q };
	size_t batch;
	int rc = VW_OK;

	if (q->end <= 0 || n == 0)
		return VW_OK;
	s.first = (q->start > 0 ? q->start : 0) / SLOT_MS;
	s.n = (size_t)((q->end - 1) / SLOT_MS - s.first + 1);
	batch = MEMORY / (s.n * sizeof(*s.v)) + 1;
	batch = batch < n ? batch : n;
	s.v = calloc(batch * s.n, sizeof(*s.v));
	s.at = calloc(q->ngroups + 1, sizeof(*s.at));
	s.sorted = calloc(s.n, sizeof(*s.sorted));
	s.length = calloc(s.n, sizeof(*s.length));
	if (s.v == NULL || s.at == NULL || s.sorted == NULL || s.length == NULL)
		rc = vwc_nomem(q->h);
	for (size_t i = 0; rc == VW_OK && i < n; i += batch)
		rc = some(&s, which + i, n - i < batch ? n - i : batch);
	free(s.v);
	free(s.at);
	free(s.sorted);
	free(s.length);
	return rc;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* batch.c - a reading, for the thread that writes: copied, and merged while it has to wait */
#include <stdlib.h>
#include <string.h>

#include "stat/usage.h"

/* A reading taken so soon after its time is stamped with the time it was meant for; of a short
 * interval, within a twentieth. */
#define LATE_MS	500

static struct vwst_entry *room(struct vwst_batch *b)
{
	if (b->n == b->max) {
		size_t max = b->max ? 2 * b->max : 64;
		void *v = reallocarray(b->v, max, sizeof(*b->v));

		if (v == NULL)
			return NULL;
		b->v = v;
		b->max = max;
	}
	b->v[b->n] = (struct vwst_entry){ 0 };
	return &b->v[b->n++];
}

static const char *keep(struct vwst_batch *b, const char *text)
{
	const char *copy = text && *text ? vwu_pool_str(&b->pool, text) : "";

	return copy ? copy : "";
}

static void counts(uint64_t v[VWST_COUNTS], const struct vw_link_stats *s)
{
	v[VWST_RB] = s->rx_bytes;
	v[VWST_TB] = s->tx_bytes;
	v[VWST_RP] = s->rx_packets;
	v[VWST_TP] = s->tx_packets;
}

static bool add_link(struct vwst_batch *b, const struct vw_stat_link *l)
{
	struct vwst_entry *e;

	if (!(l->flags & (VW_STAT_KNOWN | VW_STAT_GONE)) || l->counter_ifindex == 0)
		return true;
	e = room(b);
	if (e == NULL)
		return false;
	e->kind = VW_USAGE_LINKS;
	e->gone = (l->flags & VW_STAT_GONE) != 0;
	e->edge = (l->flags & VW_STAT_EDGE) != 0;
	e->cls = (uint16_t)l->cls;
	e->netns = l->counter_netns;
	e->ifindex = l->counter_ifindex;
	e->name = keep(b, l->name);
	e->link = "";
	e->zone = keep(b, l->zone);
	e->vwire = "";
	/* a port is counted by what it is a port of */
	e->over = keep(b, l->over ? l->over : l->bridge);
	counts(e->v, &l->stats);
	counts(e->base, &l->base);
	e->boot_ns = b->boot_ns;
	return true;
}

static bool add_flow(struct vwst_batch *b, const struct vw_stat_flow *f)
{
	struct vwst_entry *e;

	if (!(f->flags & (VW_STAT_KNOWN | VW_STAT_GONE)))
		return true;
	e = room(b);
	if (e == NULL)
		return false;
	e->kind = VW_USAGE_FLOWS;
	e->ifindex = (uint32_t)f->counter;
	e->gone = (f->flags & VW_STAT_GONE) != 0;
	e->name = keep(b, f->name);
	e->link = keep(b, f->link);
	e->zone = keep(b, f->zone);
	e->vwire = e->over = "";
	e->v[VWST_RB] = f->stats.in_bytes;
	e->v[VWST_TB] = f->stats.out_bytes;
	e->v[VWST_RP] = f->stats.in_packets;
	e->v[VWST_TP] = f->stats.out_packets;
	e->boot_ns = b->boot_ns;
	return true;
}

struct vwst_batch *vwst_batch_of(struct vw_stat_reading *r, unsigned flags, unsigned interval_s)
{
	struct vwst_batch *b = calloc(1, sizeof(*b));
	const struct vw_stat_link *l;
	const struct vw_stat_flow *f;
	int64_t late, step = (int64_t)interval_s * 1000;
	bool ok = b != NULL;

	if (!ok)
		return NULL;
	b->t_ms = (int64_t)(vw_stat_time(r) / 1000000);
	b->boot_ns = (uint64_t)(vw_stat_seconds(r) * 1e9);
	b->full = !(flags & VW_RECORDER_EVENTS);
	b->readings = 1;
	late = b->t_ms % step;
	if ((flags & VW_RECORDER_BY_CLOCK) && late < LATE_MS && late < step / 20)
		b->t_ms -= late;
	vw_stat_rewind(r);
	while (ok && (l = vw_stat_link_next(r)) != NULL)
		ok = add_link(b, l);
	while (ok && (f = vw_stat_flow_next(r)) != NULL)
		ok = add_flow(b, f);
	vw_stat_rewind(r);
	if (!ok || b->pool.failed) {
		vwst_batch_free(b);
		return NULL;
	}
	return b;
}

void vwst_batch_free(struct vwst_batch *b)
{
	if (b == NULL)
		return;
	vwu_pool_free(&b->pool);
	free(b->v);
	free(b);
}

/* -- merging ----------------------------------------------------------------------------------- */

static int by_key(const struct vwst_entry *a, const struct vwst_entry *b)
{
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (a->netns != b->netns)
		return a->netns < b->netns ? -1 : 1;
	if (a->ifindex != b->ifindex)
		return a->ifindex < b->ifindex ? -1 : 1;
	return a->kind == VW_USAGE_FLOWS ? strcmp(a->name, b->name) : 0;
}

static int by_key_p(const void *a, const void *b)
{
	return by_key(*(const struct vwst_entry *const *)a, *(const struct vwst_entry *const *)b);
}

/* Says @e all that @old did? */
static bool implied(const struct vwst_entry *old, const struct vwst_entry *e)
{
	if (old->gone || strcmp(old->name, e->name) != 0 || strcmp(old->link, e->link) != 0 ||
	    strcmp(old->zone, e->zone) != 0 || strcmp(old->vwire, e->vwire) != 0)
		return false;
	for (int i = 0; i < VWST_COUNTS; i++)
		if (e->v[i] < old->v[i])
			return false;
	return true;
}

static bool find_implied(const struct vwst_entry *old, struct vwst_entry **sorted, size_t n)
{
	size_t lo = 0, hi = n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (by_key(sorted[mid], old) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (; lo < n && by_key(sorted[lo], old) == 0; lo++)
		if (implied(old, sorted[lo]))
			return true;
	return false;
}

static void copy_texts(struct vwst_batch *b, struct vwst_entry *e)
{
	e->name = keep(b, e->name);
	e->link = keep(b, e->link);
	e->zone = keep(b, e->zone);
	e->vwire = keep(b, e->vwire);
	e->over = keep(b, e->over);
}

bool vwst_batch_merge(struct vwst_batch *older, struct vwst_batch *newer)
{
	struct vwst_entry **sorted = calloc(newer->n + 1, sizeof(*sorted)), *v = NULL;
	size_t kept = 0;

	for (size_t i = 0; sorted != NULL && i < newer->n; i++)
		sorted[i] = &newer->v[i];
	if (sorted != NULL) {
		qsort(sorted, newer->n, sizeof(*sorted), by_key_p);
		v = reallocarray(NULL, older->n + newer->n + 1, sizeof(*v));
	}
	for (size_t i = 0; v != NULL && i < older->n; i++) {
		if (find_implied(&older->v[i], sorted, newer->n))
			continue;
		v[kept] = older->v[i];
		copy_texts(newer, &v[kept++]);
	}
	free(sorted);
	if (v == NULL || newer->pool.failed) {
		free(v);
		return false;
	}
	if (newer->n > 0)
		memcpy(v + kept, newer->v, newer->n * sizeof(*v));
	free(newer->v);
	newer->v = v;
	newer->n += kept;
	newer->max = older->n + newer->n - kept + 1;
	newer->full = newer->full || older->full;
	newer->readings += older->readings;
	vwst_batch_free(older);
	return true;
}

void vwst_batch_forget(struct vwst_batch *b, uint64_t boot_ns)
{
	size_t kept = 0;

	for (size_t i = 0; i < b->n; i++)
		if (!b->v[i].gone || b->v[i].boot_ns >= boot_ns)
			b->v[kept++] = b->v[i];
	b->n = kept;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* index.c - finding the cursors and series of a ledger */
#include <stdlib.h>
#include <string.h>

#include "stat/ledger.h"

static uint64_t mix(uint64_t h, const void *p, size_t n)
{
	return (h ^ vwu_hash(p, n)) * 0x9e3779b97f4a7c15u;
}

static uint64_t hash_key(uint8_t kind, uint64_t netns, uint32_t ifindex, const char *name)
{
	uint64_t h = (netns ^ ifindex) * 0x9e3779b97f4a7c15u + kind;

	return kind == VW_USAGE_FLOWS ? mix(h, name, strlen(name)) : h ^ h >> 29;
}

static uint64_t hash_series(uint8_t kind, const char *name, const char *link, const char *zone,
			    const char *vwire)
{
	uint64_t h = mix(kind, name, strlen(name));

	h = mix(h, link, strlen(link));
	h = mix(h, zone, strlen(zone));
	return mix(h, vwire, strlen(vwire));
}

static size_t at(const struct vwst_index *x, uint64_t h)
{
	return (size_t)(h ^ h >> 32) & (x->cap - 1);
}

static bool same_cursor(const struct vwst_cursor *c, const struct vwst_entry *e)
{
	return c->kind == e->kind && c->netns == e->netns && c->ifindex == e->ifindex &&
	       (c->kind != VW_USAGE_FLOWS || strcmp(c->name, e->name) == 0);
}

static bool same_series(const struct vwst_series *s, const struct vwst_entry *e)
{
	return s->kind == e->kind && strcmp(s->name, e->name) == 0 &&
	       strcmp(s->link, e->link) == 0 && strcmp(s->zone, e->zone) == 0 &&
	       strcmp(s->vwire, e->vwire) == 0;
}

static bool resize(struct vwst_index *x, size_t n)
{
	size_t cap = 64;

	while (cap < 2 * (n + 1))
		cap *= 2;
	free(x->slot);
	x->slot = calloc(cap, sizeof(*x->slot));
	x->cap = x->slot ? cap : 0;
	return x->slot != NULL;
}

static void put(struct vwst_index *x, uint64_t h, uint32_t number)
{
	size_t i = at(x, h);

	while (x->slot[i] != 0)
		i = (i + 1) & (x->cap - 1);
	x->slot[i] = number + 1;
}

static bool index_cursors(struct vwst_ledger *l)
{
	if (!resize(&l->by_cursor, l->ncursors))
		return false;
	for (size_t i = 0; i < l->ncursors; i++) {
		const struct vwst_cursor *c = &l->cursors[i];

		put(&l->by_cursor, hash_key(c->kind, c->netns, c->ifindex, c->name), (uint32_t)i);
	}
	return true;
}

static bool index_series(struct vwst_ledger *l)
{
	if (!resize(&l->by_series, l->nseries))
		return false;
	for (size_t i = 0; i < l->nseries; i++) {
		const struct vwst_series *s = &l->series[i];

		put(&l->by_series, hash_series(s->kind, s->name, s->link, s->zone, s->vwire),
		    (uint32_t)i);
	}
	return true;
}

bool vwst_index_make(struct vwst_ledger *l)
{
	return index_cursors(l) && index_series(l);
}

void vwst_index_free(struct vwst_ledger *l)
{
	free(l->by_cursor.slot);
	free(l->by_series.slot);
	l->by_cursor = l->by_series = (struct vwst_index){ 0 };
}

/* Room for one more at the end of a vector. */
static bool grow(void **v, size_t *max, size_t n, size_t size)
{
	size_t want = *max ? 2 * *max : 64;
	void *p;

	if (n < *max)
		return true;
	p = reallocarray(*v, want, size);
	if (p == NULL)
		return false;
	*v = p;
	*max = want;
	return true;
}

struct vwst_cursor *vwst_cursor_get(struct vwst_ledger *l, const struct vwst_entry *e, bool *fresh)
{
	uint64_t h = hash_key(e->kind, e->netns, e->ifindex, e->name);
	struct vwst_cursor *c;

	*fresh = false;
	for (size_t i = at(&l->by_cursor, h); l->by_cursor.slot[i] != 0;
	     i = (i + 1) & (l->by_cursor.cap - 1)) {
		c = &l->cursors[l->by_cursor.slot[i] - 1];
		if (same_cursor(c, e))
			return c;
	}
	if (!grow((void **)&l->cursors, &l->maxcursors, l->ncursors, sizeof(*l->cursors)))
		return NULL;
	c = &l->cursors[l->ncursors];
	*c = (struct vwst_cursor){ .kind = e->kind, .netns = e->netns, .ifindex = e->ifindex };
	c->now.series = VWST_NO_SERIES;
	c->name = e->kind == VW_USAGE_FLOWS ? vwu_pool_str(&l->pool, e->name) : "";
	if (c->name == NULL)
		return NULL;
	l->ncursors++;
	*fresh = true;
	if (2 * (l->ncursors + 1) > l->by_cursor.cap)
		return index_cursors(l) ? &l->cursors[l->ncursors - 1] : NULL;
	put(&l->by_cursor, h, (uint32_t)(l->ncursors - 1));
	return &l->cursors[l->ncursors - 1];
}

uint32_t vwst_series_get(struct vwst_ledger *l, const struct vwst_entry *e)
{
	uint64_t h = hash_series(e->kind, e->name, e->link, e->zone, e->vwire);
	struct vwst_series *s;

	for (size_t i = at(&l->by_series, h); l->by_series.slot[i] != 0;
	     i = (i + 1) & (l->by_series.cap - 1)) {
		uint32_t number = l->by_series.slot[i] - 1;

		if (same_series(&l->series[number], e))
			return number;
	}
	if (!grow((void **)&l->series, &l->maxseries, l->nseries, sizeof(*l->series)))
		return VWST_NO_SERIES;
	s = &l->series[l->nseries];
	*s = (struct vwst_series){ .kind = e->kind, .edge = e->edge, .cls = e->cls };
	s->name = vwu_pool_str(&l->pool, e->name);
	s->link = vwu_pool_str(&l->pool, e->link);
	s->zone = vwu_pool_str(&l->pool, e->zone);
	s->vwire = vwu_pool_str(&l->pool, e->vwire);
	s->over = vwu_pool_str(&l->pool, e->over);
	if (l->pool.failed)
		return VWST_NO_SERIES;
	l->nseries++;
	if (2 * (l->nseries + 1) > l->by_series.cap)
		return index_series(l) ? (uint32_t)(l->nseries - 1) : VWST_NO_SERIES;
	put(&l->by_series, h, (uint32_t)(l->nseries - 1));
	return (uint32_t)(l->nseries - 1);
}

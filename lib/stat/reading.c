/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* reading.c - one reading, the differences between two, and what can be asked of either */
#include <stdlib.h>
#include <string.h>

#include "stat/stat.h"

/* Both are nine 64-bit counters in the same order. */
_Static_assert(sizeof(struct vwk_stats) == sizeof(struct vw_link_stats), "same counters");
#define COUNTERS	(sizeof(struct vwk_stats) / sizeof(uint64_t))
#define DROPS		(sizeof(struct vw_link_drops) / sizeof(uint64_t))

struct vw_stat_reading *vwst_reading_new(struct vwst_roster *roster, bool delta)
{
	struct vw_stat_reading *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->stats = delta ? malloc((roster->n + 1) * sizeof(*r->stats))	/* each is set */
			 : calloc(roster->n + 1, sizeof(*r->stats));
	r->flags = calloc(roster->n + 1, sizeof(*r->flags));
	if (r->stats == NULL || r->flags == NULL) {
		free(r->stats);
		free(r->flags);
		free(r);
		return NULL;
	}
	r->delta = delta;
	r->roster = vwst_roster_get(roster);
	return r;
}

void vw_stat_free(struct vw_stat_reading *r)
{
	if (r == NULL)
		return;
	vwst_roster_put(r->roster);
	vwst_roster_put(r->before);
	vwu_pool_free(&r->pool);
	free(r->stats);
	free(r->flags);
	free(r->drops);
	free(r->gone);
	free(r->flows);
	free(r->lanes);
	free(r);
}

bool vwst_reading_gone(struct vw_stat_reading *r, const struct vwst_row *row,
		       const struct vwk_stats *stats)
{
	struct vwst_gone_row *g;

	if (r->ngone == r->maxgone) {
		size_t max = r->maxgone ? 2 * r->maxgone : 8;
		struct vwst_gone_row *v = reallocarray(r->gone, max, sizeof(*v));

		if (v == NULL)
			return false;
		r->gone = v;
		r->maxgone = max;
	}
	g = &r->gone[r->ngone++];
	*g = (struct vwst_gone_row){ *row, *stats };
	g->row.flags |= VW_STAT_GONE;
	return true;
}

void vwst_exchange(struct vwk_stats *s)
{
	struct vwk_stats was = *s;

	s->rx_packets = was.tx_packets;
	s->rx_bytes = was.tx_bytes;
	s->rx_errors = was.tx_errors;
	s->rx_dropped = was.tx_dropped;
	s->tx_packets = was.rx_packets;
	s->tx_bytes = was.rx_bytes;
	s->tx_errors = was.rx_errors;
	s->tx_dropped = was.rx_dropped;
}

/* -- what can be asked ------------------------------------------------------------------------- */

uint64_t vw_stat_time(const struct vw_stat_reading *r)
{
	return r->time_ns;
}

double vw_stat_seconds(const struct vw_stat_reading *r)
{
	return (double)r->boot_ns / 1e9;
}

double vw_stat_rate(const struct vw_stat_reading *d, uint64_t n)
{
	return d->boot_ns > 0 ? (double)n * 1e9 / (double)d->boot_ns : 0;
}

static const struct vw_stat_link *hand_out(struct vw_stat_reading *r, const struct vwst_row *row,
					   const struct vwk_stats *stats, unsigned flags,
					   const struct vw_link_drops *drops)
{
	struct vw_stat_link *l = &r->link;

	*l = (struct vw_stat_link){
		.size = sizeof(*l), .name = row->name, .zone = row->zone, .over = row->over,
		.bridge = row->bridge, .cls = row->cls, .state = row->state,
		.flags = row->flags | flags, .ifindex = (unsigned)row->ifindex,
		.counter_netns = row->netns, .counter_ifindex = (unsigned)row->counter,
		.speed_mbps = row->speed_mbps, .maxbw = row->maxbw,
	};
	memcpy(&l->stats, stats, sizeof(l->stats));
	if (row->base != NULL && (l->flags & VW_STAT_NEW))
		memcpy(&l->base, row->base, sizeof(l->base));
	if (drops != NULL)
		l->drops = *drops;
	return l;
}

const struct vw_stat_link *vw_stat_link_next(struct vw_stat_reading *r)
{
	size_t i = r->link_at, n = r->roster->n;

	if (i < n) {
		r->link_at++;
		return hand_out(r, &r->roster->v[i], &r->stats[i], r->flags[i],
				r->drops != NULL ? &r->drops[i] : NULL);
	}
	if (i - n < r->ngone) {
		r->link_at++;
		return hand_out(r, &r->gone[i - n].row, &r->gone[i - n].stats, 0, NULL);
	}
	return NULL;
}

const struct vw_stat_flow *vw_stat_flow_next(struct vw_stat_reading *r)
{
	return r->flow_at < r->nflows ? &r->flows[r->flow_at++] : NULL;
}

const struct vw_stat_lane *vw_stat_lane_next(struct vw_stat_reading *r)
{
	return r->lane_at < r->nlanes ? &r->lanes[r->lane_at++] : NULL;
}

void vw_stat_rewind(struct vw_stat_reading *r)
{
	r->link_at = r->flow_at = r->lane_at = 0;
}

static void sum(struct vw_link_stats *total, const struct vwk_stats *s)
{
	uint64_t *to = (uint64_t *)total;
	const uint64_t *from = (const uint64_t *)s;

	for (size_t i = 0; i < COUNTERS; i++)
		to[i] += from[i];
}

void vw_stat_total(const struct vw_stat_reading *r, struct vw_link_stats *total)
{
	*total = (struct vw_link_stats){ 0 };
	for (size_t i = 0; i < r->roster->n; i++)
		if (r->roster->v[i].flags & VW_STAT_EDGE)
			sum(total, &r->stats[i]);
	for (size_t i = 0; r->delta && i < r->ngone; i++)
		if (r->gone[i].row.flags & VW_STAT_EDGE)
			sum(total, &r->gone[i].stats);
}

/* -- differences ------------------------------------------------------------------------------- */

static int by_key(const void *a, const void *b)
{
	const struct vwst_key *x = a, *y = b;

	if (x->netns != y->netns)
		return x->netns < y->netns ? -1 : 1;
	return (x->ifindex > y->ifindex) - (x->ifindex < y->ifindex);
}

/* Sorted rows of a roster; made by the first who needs them, whoever that is. */
static const struct vwst_key *keys_of(struct vwst_roster *r)
{
	struct vwst_key *keys = __atomic_load_n(&r->keys, __ATOMIC_ACQUIRE), *none = NULL;

	if (keys != NULL)
		return keys;
	keys = malloc((r->n + 1) * sizeof(*keys));
	if (keys == NULL)
		return NULL;
	for (size_t i = 0; i < r->n; i++)
		keys[i] = (struct vwst_key){ r->v[i].netns, r->v[i].counter, (uint32_t)i };
	qsort(keys, r->n, sizeof(*keys), by_key);
	if (!__atomic_compare_exchange_n(&r->keys, &none, keys, false, __ATOMIC_ACQ_REL,
					 __ATOMIC_ACQUIRE)) {
		free(keys);
		keys = none;
	}
	return keys;
}

/* Row of the reading before that counts by the same device; VWST_NONE: there was none. */
static uint32_t row_before(const struct vw_stat_reading *before, const struct vwst_key *keys,
			   const struct vwst_row *row)
{
	const struct vwst_key key = { row->netns, row->counter, 0 }, *found;

	found = bsearch(&key, keys, before->roster->n, sizeof(key), by_key);
	return found != NULL ? found->row : VWST_NONE;
}

/* @flags gets VW_STAT_RESET when a counter went down: it then began again at 0. */
static void subtract(const uint64_t *now, const uint64_t *before, uint64_t *out, size_t n,
		     uint8_t *flags)
{
	bool reset = false;

	for (size_t i = 0; i < n; i++) {
		reset |= now[i] < before[i];
		out[i] = now[i] - before[i];
	}
	if (!reset)
		return;
	memcpy(out, now, n * sizeof(*out));
	*flags |= VW_STAT_RESET;
}

static void difference(const struct vwk_stats *now, const struct vwk_stats *before,
		       struct vwk_stats *out, uint8_t *flags)
{
	static const struct vwk_stats zeros;
	const struct vwk_stats *b = before != NULL ? before : &zeros;

	subtract((const uint64_t *)now, (const uint64_t *)b, (uint64_t *)out, COUNTERS, flags);
}

static void link_difference(struct vw_stat_reading *d, const struct vw_stat_reading *now,
			    const struct vw_stat_reading *before, size_t i, uint32_t was)
{
	static const struct vw_link_drops none;
	const struct vwst_row *row = &now->roster->v[i];
	bool known = was != VWST_NONE &&
		     ((before->flags[was] & VW_STAT_KNOWN) ||
		      (before->roster->v[was].flags & VW_STAT_KNOWN));

	d->flags[i] = now->flags[i];
	if (was == VWST_NONE)
		d->flags[i] |= VW_STAT_NEW;
	difference(&now->stats[i], known ? &before->stats[was] : row->base, &d->stats[i],
		   &d->flags[i]);
	if (d->drops != NULL) {
		const struct vw_link_drops *b = was != VWST_NONE && before->drops != NULL
			? &before->drops[was] : &none;

		subtract((const uint64_t *)&now->drops[i], (const uint64_t *)b,
			 (uint64_t *)&d->drops[i], DROPS, &d->flags[i]);
	}
}

static bool links_difference(struct vw_stat_reading *d, const struct vw_stat_reading *now,
			     const struct vw_stat_reading *before)
{
	bool same = before != NULL && before->roster == now->roster;
	const struct vwst_key *keys = before != NULL && !same ? keys_of(before->roster) : NULL;

	if (before != NULL && !same && keys == NULL)
		return false;
	if (now->drops != NULL) {
		d->drops = calloc(now->roster->n + 1, sizeof(*d->drops));
		if (d->drops == NULL)
			return false;
	}
	for (size_t i = 0; i < now->roster->n; i++)
		link_difference(d, now, before, i, before == NULL ? VWST_NONE : same ? (uint32_t)i :
				row_before(before, keys, &now->roster->v[i]));
	return true;
}

/* Last counters are told by the first reading after: before that one, the link was alive. */
static bool gone_difference(struct vw_stat_reading *d, const struct vw_stat_reading *now,
			    const struct vw_stat_reading *before)
{
	const struct vwst_key *keys;

	if (now->ngone == 0)
		return true;
	keys = before != NULL ? keys_of(before->roster) : NULL;
	if (before != NULL && keys == NULL)
		return false;
	d->before = now->before != NULL ? vwst_roster_get(now->before) : NULL;
	for (size_t i = 0; i < now->ngone; i++) {
		const struct vwst_gone_row *g = &now->gone[i];
		uint32_t was = before != NULL ? row_before(before, keys, &g->row) : VWST_NONE;
		struct vwst_gone_row *to;

		if (!vwst_reading_gone(d, &g->row, &g->stats))
			return false;
		to = &d->gone[d->ngone - 1];
		difference(&g->stats, was != VWST_NONE ? &before->stats[was] : g->row.base,
			   &to->stats, &to->row.flags);
	}
	return true;
}

/* Finds things of the reading before; most are where they are looked for first: after the last. */
struct finder {
	const char	*v;
	size_t		 n, size, at;
	int		(*compare)(const void *a, const void *b);
	const void	**sorted;	/* made when something is elsewhere */
	bool		 failed;
};

static int by_pointed(const void *key, const void *at, void *compare)
{
	return ((const struct finder *)compare)->compare(*(const void *const *)key,
							 *(const void *const *)at);
}

static const void *find(struct finder *f, const void *key)
{
	size_t low = 0, high = f->n;

	if (f->at < f->n && f->compare(f->v + f->at * f->size, key) == 0)
		return f->v + f->at++ * f->size;
	if (f->sorted == NULL) {
		f->sorted = malloc((f->n + 1) * sizeof(*f->sorted));
		if (f->sorted == NULL) {
			f->failed = true;
			return NULL;
		}
		for (size_t i = 0; i < f->n; i++)
			f->sorted[i] = f->v + i * f->size;
		qsort_r(f->sorted, f->n, sizeof(*f->sorted), by_pointed, f);
	}
	while (low < high) {
		size_t mid = (low + high) / 2;
		int order = f->compare(f->sorted[mid], key);

		if (order == 0) {
			f->at = (size_t)((const char *)f->sorted[mid] - f->v) / f->size + 1;
			return f->sorted[mid];
		}
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

static int by_flow(const void *a, const void *b)
{
	const struct vw_stat_flow *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static bool flows_difference(struct vw_stat_reading *d, const struct vw_stat_reading *now,
			     const struct vw_stat_reading *before)
{
	static const struct vw_flow_stats zeros;
	struct finder earlier = { .size = sizeof(*d->flows), .compare = by_flow };

	if (before != NULL) {
		earlier.v = (const char *)before->flows;
		earlier.n = before->nflows;
	}
	d->flows = calloc(now->nflows + 1, sizeof(*d->flows));
	if (d->flows == NULL)
		return false;
	for (size_t i = 0; i < now->nflows; i++) {
		struct vw_stat_flow *f = &d->flows[d->nflows++];
		const struct vw_stat_flow *was = find(&earlier, &now->flows[i]);
		uint8_t flags = 0;

		/* Removed and added again under the name it had. */
		if (was != NULL && was->counter != 0 && now->flows[i].counter != 0 &&
		    was->counter != now->flows[i].counter)
			was = NULL;
		*f = now->flows[i];
		f->name = vwu_pool_str(&d->pool, f->name);
		f->link = vwu_pool_str(&d->pool, f->link);
		f->zone = vwu_pool_str(&d->pool, f->zone);
		subtract((const uint64_t *)&now->flows[i].stats,
			 (const uint64_t *)(was != NULL ? &was->stats : &zeros),
			 (uint64_t *)&f->stats, sizeof(f->stats) / sizeof(uint64_t), &flags);
		f->flags |= flags | (was == NULL ? VW_STAT_NEW : 0);
	}
	free(earlier.sorted);
	return !d->pool.failed && !earlier.failed;
}

static uint64_t lane_since(uint64_t now, uint64_t before)
{
	if (now == VW_STAT_UNKNOWN || before == VW_STAT_UNKNOWN)
		return VW_STAT_UNKNOWN;
	return now >= before ? now - before : now;
}

/* What is counted since the session began was 0 as long as it was not told. */
static uint64_t session_since(uint64_t now, uint64_t before)
{
	return lane_since(now, before == VW_STAT_UNKNOWN ? 0 : before);
}

static int by_text(const char *a, const char *b)
{
	return strcmp(a != NULL ? a : "", b != NULL ? b : "");
}

static int by_lane(const void *a, const void *b)
{
	const struct vw_stat_lane *x = a, *y = b;
	int order = by_text(x->link, y->link);

	if (order == 0)
		order = by_text(x->zone, y->zone);
	if (order == 0)
		order = (x->type > y->type) - (x->type < y->type);
	if (order == 0)
		order = (x->hw > y->hw) - (x->hw < y->hw);
	if (order == 0)
		order = (x->index > y->index) - (x->index < y->index);
	return order != 0 ? order : (x->cpu > y->cpu) - (x->cpu < y->cpu);
}

static bool lanes_difference(struct vw_stat_reading *d, const struct vw_stat_reading *now,
			     const struct vw_stat_reading *before)
{
	static const struct vw_stat_lane zeros;
	struct finder earlier = { .size = sizeof(*d->lanes), .compare = by_lane };

	if (before != NULL) {
		earlier.v = (const char *)before->lanes;
		earlier.n = before->nlanes;
	}
	d->lanes = calloc(now->nlanes + 1, sizeof(*d->lanes));
	if (d->lanes == NULL)
		return false;
	for (size_t i = 0; i < now->nlanes; i++) {
		const struct vw_stat_lane *n = &now->lanes[i], *b = find(&earlier, n);
		struct vw_stat_lane *l = &d->lanes[d->nlanes++];

		if (b == NULL)
			b = &zeros;
		*l = *n;
		l->link = vwu_pool_str(&d->pool, n->link);
		l->zone = vwu_pool_str(&d->pool, n->zone);
		l->packets = n->cpu >= 0 ? session_since(n->packets, b->packets)
					 : lane_since(n->packets, b->packets);
		l->bytes = lane_since(n->bytes, b->bytes);
		l->interrupts = lane_since(n->interrupts, b->interrupts);
		l->polls = session_since(n->polls, b->polls);
		l->drops = lane_since(n->drops, b->drops);
		l->stops = lane_since(n->stops, b->stops);
		l->wakes = lane_since(n->wakes, b->wakes);
		l->under10 = session_since(n->under10, b->under10);
		l->to50 = session_since(n->to50, b->to50);
		l->over50 = session_since(n->over50, b->over50);
	}
	free(earlier.sorted);
	return !d->pool.failed && !earlier.failed;
}

int vw_stat_delta(const struct vw_stat_reading *now, const struct vw_stat_reading *before,
		  struct vw_stat_reading **dp)
{
	struct vw_stat_reading *d;

	if (before != NULL && before->boot_ns > now->boot_ns)
		return VW_ERR_BADVAL;
	d = vwst_reading_new(now->roster, true);
	if (d == NULL)
		return VW_ERR_NOMEM;
	d->time_ns = now->time_ns;
	d->boot_ns = before != NULL ? now->boot_ns - before->boot_ns : now->boot_ns;
	if (!links_difference(d, now, before) || !gone_difference(d, now, before) ||
	    !flows_difference(d, now, before) || !lanes_difference(d, now, before)) {
		vw_stat_free(d);
		return VW_ERR_NOMEM;
	}
	*dp = d;
	return VW_OK;
}

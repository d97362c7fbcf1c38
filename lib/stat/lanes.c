/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lanes.c - queues of links, and which CPUs work for them */
#include <stdlib.h>
#include <string.h>

#include "stat/stat.h"

#define CPUS_MAX	8192

struct laning {
	struct vw_stat	*s;
	struct vw_stat_reading *r;
	const char	*link, *zone;
	uint64_t	 netns;		/* of the device whose lanes are read */
	int		 ifindex;
	uint64_t	*counts;	/* room for CPUS_MAX of them */
};

static struct vw_stat_lane *add(struct laning *l, enum vw_lane_type type, unsigned index, int cpu)
{
	struct vw_stat_reading *r = l->r;
	struct vw_stat_lane *lane;

	if (r->nlanes == r->maxlanes) {
		size_t max = r->maxlanes ? 2 * r->maxlanes : 16;
		struct vw_stat_lane *v = reallocarray(r->lanes, max, sizeof(*v));

		if (v == NULL)
			return NULL;
		r->lanes = v;
		r->maxlanes = max;
	}
	lane = &r->lanes[r->nlanes++];
	*lane = (struct vw_stat_lane){
		.size = sizeof(*lane), .link = l->link, .zone = l->zone, .type = type,
		.index = index, .cpu = cpu, .packets = VW_STAT_UNKNOWN, .bytes = VW_STAT_UNKNOWN,
		.interrupts = VW_STAT_UNKNOWN, .polls = VW_STAT_UNKNOWN,
		.drops = VW_STAT_UNKNOWN, .stops = VW_STAT_UNKNOWN, .wakes = VW_STAT_UNKNOWN,
		.under10 = VW_STAT_UNKNOWN, .to50 = VW_STAT_UNKNOWN, .over50 = VW_STAT_UNKNOWN,
	};
	return lane;
}

static void put_polls(struct vw_stat_lane *lane, const struct vwst_polled *p)
{
	lane->polls = p->polls;
	lane->under10 = p->under10;
	lane->to50 = p->to50;
	lane->over50 = p->over50;
	if (lane->cpu >= 0)
		lane->packets = p->packets;
}

/*
 * One row for each CPU that took an interrupt of the queue or polled it: who works for the link.
 * @napi_id: what polls it; @polled: that is known.
 */
static int add_cpus(struct laning *l, const struct vw_stat_lane *all, size_t nirqs, bool polled,
		    unsigned napi_id)
{
	enum vw_lane_type type = (enum vw_lane_type)all->type;
	size_t n = nirqs > vwst_polls_cpus(l->s) ? nirqs : vwst_polls_cpus(l->s);
	unsigned index = all->index;
	uint8_t hw = all->hw;

	for (size_t i = 0; i < n; i++) {
		struct vwst_polled p = { 0 };
		struct vw_stat_lane *lane;
		bool known = polled &&
			     vwst_polls_of(l->s, l->netns, l->ifindex, napi_id, (int)i, &p);

		if (p.polls == 0 && (i >= nirqs || l->counts[i] == 0))
			continue;
		lane = add(l, type, index, (int)i);
		if (lane == NULL)
			return vwc_nomem(l->s->h);
		lane->hw = hw;
		if (nirqs > 0)
			lane->interrupts = i < nirqs ? l->counts[i] : 0;
		if (known)
			put_polls(lane, &p);
	}
	return VW_OK;
}

/* @alone: it is the only one that receives, so whatever polls the device polls it. */
static int add_queue(struct laning *l, const struct vwk_queue *q, bool alone)
{
	struct vw_stat_lane *lane = add(l, q->tx ? VW_LANE_TX : VW_LANE_RX, q->index, -1), copy;
	bool polled = !q->tx && (alone || q->napi_id != 0);
	unsigned napi_id = alone ? 0 : q->napi_id;
	struct vwst_polled p;
	size_t n = 0;

	if (lane == NULL)
		return vwc_nomem(l->s->h);
	lane->hw = 1;
	lane->packets = q->packets;
	lane->bytes = q->bytes;
	lane->drops = q->drops;
	lane->stops = q->stops;
	lane->wakes = q->wakes;
	if (q->irq != 0)
		n = vwk_irq_counts(q->irq, l->counts, CPUS_MAX);
	if (n > 0)
		lane->interrupts = 0;
	for (size_t i = 0; i < n; i++)
		lane->interrupts += l->counts[i];
	if (polled && vwst_polls_of(l->s, l->netns, l->ifindex, napi_id, -1, &p))
		put_polls(lane, &p);
	copy = *lane;
	return add_cpus(l, &copy, n, polled, napi_id);
}

/*
 * A device without queues of its own: all of it is one lane of the kernel's. Few of these are
 * polled, and one without polls may just have had no packet: then nothing is known.
 */
static int add_software(struct laning *l, const struct vwk_stats *st)
{
	struct vw_stat_lane *rx = add(l, VW_LANE_RX, 0, -1), *tx, copy;
	struct vwst_polled p = { 0 };
	int rc = VW_OK;

	if (rx == NULL)
		return vwc_nomem(l->s->h);
	rx->packets = st->rx_packets;
	rx->bytes = st->rx_bytes;
	rx->drops = st->rx_dropped;
	if (vwst_polls_of(l->s, l->netns, l->ifindex, 0, -1, &p) && p.polls > 0) {
		put_polls(rx, &p);
		copy = *rx;
		rc = add_cpus(l, &copy, 0, true, 0);
	}
	tx = rc == VW_OK ? add(l, VW_LANE_TX, 0, -1) : NULL;
	if (tx == NULL)
		return rc < 0 ? rc : vwc_nomem(l->s->h);
	tx->packets = st->tx_packets;
	tx->bytes = st->tx_bytes;
	tx->drops = st->tx_dropped;
	return VW_OK;
}

static const struct vwst_dev *device_of(const struct vw_stat *s, const struct vwst_row *row,
					struct vwk_nl **nl)
{
	for (size_t i = 0; i < s->nns; i++)
		if (s->ns[i]->cookie == row->netns) {
			*nl = s->ns[i]->nl;
			return vwst_dev_at(s->ns[i], row->counter);
		}
	return NULL;
}

static size_t receiving(const struct vwk_queue *v, size_t n)
{
	size_t found = 0;

	for (size_t i = 0; i < n; i++)
		found += !v[i].tx;
	return found;
}

static int read_lanes(struct laning *l, const struct vwst_row *row, const struct vwk_stats *st)
{
	struct vwk_nl *nl = NULL;
	const struct vwst_dev *d = device_of(l->s, row, &nl);
	vwu_auto_free struct vwk_queue *queues = NULL;
	size_t n = 0, rx;
	int rc = VW_OK;

	l->link = vwu_pool_str(&l->r->pool, row->name);
	l->zone = vwu_pool_str(&l->r->pool, row->zone);
	l->netns = row->netns;
	l->ifindex = row->counter;
	/* Queues of virtual devices are none of hardware, and their drivers do not count them. */
	if (d != NULL && d->kind == VWK_NONE)
		rc = vwk_queues_get(l->s->h, nl, d->kname, d->ifindex, &queues, &n);
	if (rc == VW_OK && n == 0)
		return add_software(l, st);
	rx = receiving(queues, n);
	for (size_t i = 0; rc == VW_OK && i < n; i++)
		rc = add_queue(l, &queues[i], rx == 1);
	return rc;
}

int vwst_lanes_read(struct vw_stat *s, struct vw_stat_reading *r)
{
	struct laning l = { .s = s, .r = r, .counts = calloc(CPUS_MAX, sizeof(*l.counts)) };
	int rc = l.counts != NULL ? vwst_polls_read(s) : vwc_nomem(s->h);

	for (size_t i = 0; rc == VW_OK && i < r->roster->n; i++)
		if (r->flags[i] & VW_STAT_KNOWN)
			rc = read_lanes(&l, &r->roster->v[i], &r->stats[i]);
	free(l.counts);
	return rc == VW_OK && r->pool.failed ? vwc_nomem(s->h) : rc;
}

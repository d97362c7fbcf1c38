/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* count.c - counters: the sum of every CPU's */
#include <stdlib.h>
#include <string.h>

#include <vwire/link.h>

#include "policy/engine.h"

/* Counters of one kind are 64-bit numbers without a gap, so they add up as an array. */
static void add_up(struct vwpl *p, const uint64_t *values, size_t size, void *out)
{
	size_t n = size / sizeof(uint64_t);
	uint64_t *sum = out;

	memset(out, 0, size);
	for (size_t cpu = 0; cpu < p->cpus; cpu++)
		for (size_t i = 0; i < n; i++)
			sum[i] += values[cpu * n + i];
}

static int one_by_one(struct vwpl *p, enum vwb_map map, const uint32_t *accounts, size_t n,
		      char *out, size_t size)
{
	vwu_auto_free uint64_t *values = calloc(p->cpus, size);
	int rc = 0;

	if (values == NULL)
		return vwc_nomem(p->h);
	for (size_t i = 0; rc >= 0 && i < n; i++) {
		rc = accounts[i] != 0 ? vwpl_map_get(p, map, &accounts[i], values) : 0;
		if (rc > 0)
			add_up(p, values, size, out + i * size);
	}
	return rc < 0 ? rc : VW_OK;
}

struct wanted {
	uint32_t account;
	size_t	 at;
};

static int wanted_cmp(const void *a, const void *b)
{
	const struct wanted *x = a, *y = b;

	return (x->account > y->account) - (x->account < y->account);
}

/* The whole map costs less than many calls for parts of it. */
static int all_at_once(struct vwpl *p, enum vwb_map map, const uint32_t *accounts, size_t n,
		       char *out, size_t size)
{
	vwu_auto_free struct wanted *w = calloc(n, sizeof(*w));
	const struct vwpl_table *t;
	int rc;

	if (w == NULL)
		return vwc_nomem(p->h);
	for (size_t i = 0; i < n; i++)
		w[i] = (struct wanted){ accounts[i], i };
	qsort(w, n, sizeof(*w), wanted_cmp);
	vwpl_map_forget(p, map);	/* they count on */
	rc = vwpl_map_all(p, map, &t);
	for (size_t i = 0; rc == VW_OK && i < t->n; i++) {
		struct wanted key = { .account = *(const uint32_t *)vwpl_key(t, i) };
		const struct wanted *at = bsearch(&key, w, n, sizeof(*w), wanted_cmp);

		while (at != NULL && at > w && at[-1].account == key.account)
			at--;
		for (; at != NULL && at < w + n && at->account == key.account; at++)
			add_up(p, vwpl_value(t, i), size, out + at->at * size);
	}
	return rc;
}

static int read_counters(struct vwpl *p, enum vwb_map map, const uint32_t *accounts, size_t n,
			 void *out, size_t size)
{
	memset(out, 0, n * size);
	if (!p->loaded || n == 0)
		return VW_OK;
	/* There are fewer accounts than numbers were given out. */
	if (n > 16 && n > p->conf.next_account / 4)
		return all_at_once(p, map, accounts, n, out, size);
	return one_by_one(p, map, accounts, n, out, size);
}

int vwpl_counts(struct vwpl *p, const uint32_t *accounts, size_t n, struct vwb_count *out)
{
	return read_counters(p, VWB_MAP_COUNTS, accounts, n, out, sizeof(*out));
}

int vwpl_dropped(struct vwpl *p, const uint32_t *accounts, size_t n, struct vwb_dropped *out)
{
	return read_counters(p, VWB_MAP_DROPPED, accounts, n, out, sizeof(*out));
}

void vwpl_drops_told(const struct vwb_dropped *is, uint64_t limit, struct vw_link_drops *out)
{
	*out = (struct vw_link_drops){
		.limit = limit,
		.blocked = is->packets[VWB_DROP_BLOCKED],
		.tagged = is->packets[VWB_DROP_TAGGED],
		.mac = is->packets[VWB_DROP_MAC],
		.ip = is->packets[VWB_DROP_IP],
		.arp = is->packets[VWB_DROP_ARP],
		.nd = is->packets[VWB_DROP_ND],
		.dhcp = is->packets[VWB_DROP_DHCP],
		.restricted = is->packets[VWB_DROP_RESTRICTED],
		.control = is->packets[VWB_DROP_CONTROL],
		.other = is->packets[VWB_DROP_OTHER],
	};
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * overlap.c - can a packet match two flows of a link? For 10,000 of them, without comparing each
 * with each: within a kind neighbours in order suffice, between kinds one of each protocol and
 * family does.
 */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "object/engine.h"

/* Order in which flows that overlap stand next to each other: a prefix comes before what it holds. */
static int by_match(const void *a, const void *b)
{
	const struct vwpl_match *x = &(*(const struct vwpl_flow *const *)a)->match;
	const struct vwpl_match *y = &(*(const struct vwpl_flow *const *)b)->match;
	int d;

	if (x->kind != y->kind)
		return (int)x->kind - (int)y->kind;
	if (x->kind == VWB_LOCAL_IP || x->kind == VWB_REMOTE_IP) {
		if (x->ip.family != y->ip.family)
			return x->ip.family - y->ip.family;
		d = memcmp(x->ip.addr, y->ip.addr, sizeof(x->ip.addr));
		return d != 0 ? d : x->ip.len - y->ip.len;
	}
	if (x->proto != y->proto)
		return x->proto - y->proto;
	return x->port - y->port;
}

static bool clash(const struct vwpl_flow *x, const struct vwpl_flow *y,
		  const struct vwpl_flow **a, const struct vwpl_flow **b)
{
	if (!vwpl_overlap(&x->match, &y->match))
		return false;
	*a = x;
	*b = y;
	return true;
}

/* Values of dsfield have masks: there are 255 at most, and each is compared with each. */
static bool clash_within(const struct vwpl_flow **v, size_t n, const struct vwpl_flow **a,
			 const struct vwpl_flow **b)
{
	for (size_t i = 1; i < n; i++) {
		size_t first = v[i]->match.kind == VWB_DSFIELD ? 0 : i - 1;

		for (size_t k = first; k < i; k++)
			if (v[k]->match.kind == v[i]->match.kind && clash(v[k], v[i], a, b))
				return true;
	}
	return false;
}

/* Between kinds only family and protocol matter. */
static bool same_sort(const struct vwpl_match *x, const struct vwpl_match *y)
{
	return x->kind == y->kind && x->ip.family == y->ip.family && x->proto == y->proto;
}

static bool clash_between(const struct vwpl_flow **v, size_t n, const struct vwpl_flow **a,
			  const struct vwpl_flow **b)
{
	const struct vwpl_flow *sorts[64];
	size_t k = 0;

	for (size_t i = 0; i < n && k < VWU_ARRAY_SIZE(sorts); i++)
		if (i == 0 || !same_sort(&v[i - 1]->match, &v[i]->match))
			sorts[k++] = v[i];
	for (size_t i = 0; i < k; i++)
		for (size_t o = 0; o < i; o++)
			if (sorts[o]->match.kind != sorts[i]->match.kind &&
			    clash(sorts[o], sorts[i], a, b))
				return true;
	return false;
}

bool vwo_flows_apart(const struct vwpl_flow **v, size_t n, const struct vwpl_flow **a,
		     const struct vwpl_flow **b)
{
	qsort(v, n, sizeof(*v), by_match);
	return !clash_within(v, n, a, b) && !clash_between(v, n, a, b);
}

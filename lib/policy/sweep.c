/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sweep.c - what devices that vanished, and commands that were killed, left behind
 *
 * Removed is what nothing leads to: points without a device or a hook, entries without a point,
 * counters without a link or flow, classes without either.
 */
#include <stdlib.h>
#include <string.h>

#include "policy/engine.h"

/* Numbers, to be sorted and looked for. */
struct numbers {
	int	*v;
	size_t	 n, cap;
	bool	 failed;
};

static void add(struct numbers *s, int v)
{
	if (s->n == s->cap && !s->failed) {
		size_t cap = s->cap != 0 ? 2 * s->cap : 64;
		int *more = reallocarray(s->v, cap, sizeof(*more));

		s->failed = more == NULL;
		s->v = more != NULL ? more : s->v;
		s->cap = more != NULL ? cap : s->cap;
	}
	if (!s->failed)
		s->v[s->n++] = v;
}

static void sort(struct numbers *s)
{
	if (s->n > 0)
		qsort(s->v, s->n, sizeof(*s->v), vwpl_int_cmp);
}

static bool is_in(const struct numbers *s, int v)
{
	return s->n > 0 && vwpl_int_find(s->v, s->n, v) >= 0;
}

/* -- points ----------------------------------------------------------------------------------- */

/* A clsact on a device that is there: one list tells both. */
static int read_hooked(struct vwpl *p, struct numbers *hooked)
{
	vwu_auto_free struct vwk_qdisc *v = NULL;
	size_t n = 0;
	int rc = vwk_qdisc_dump(p->h, p->nl, 0, &v, &n);

	for (size_t i = 0; rc == VW_OK && i < n; i++)
		if (strcmp(v[i].kind, "clsact") == 0)
			add(hooked, v[i].ifindex);
	sort(hooked);
	return rc == VW_OK && hooked->failed ? vwc_nomem(p->h) : rc;
}

static int sweep_points(struct vwpl *p)
{
	struct numbers hooked = { 0 }, lost = { 0 };
	const struct vwpl_table *t;
	int rc = read_hooked(p, &hooked);

	if (rc == VW_OK)
		rc = vwpl_map_all(p, VWB_MAP_POINTS, &t);
	for (size_t i = 0; rc == VW_OK && i < t->n; i++) {
		int point = *(const int *)vwpl_key(t, i);
		bool lasts = false;

		if (!is_in(&hooked, point))
			rc = vwpl_uplink_lasts(p, point, vwpl_value(t, i), &lasts);
		if (!is_in(&hooked, point) && !lasts)
			add(&lost, point);
	}
	if (rc == VW_OK)
		rc = lost.failed ? vwc_nomem(p->h) : vwpl_links_del(p, lost.v, lost.n);
	free(hooked.v);
	free(lost.v);
	return rc;
}

/* -- entries ---------------------------------------------------------------------------------- */

struct known {
	struct numbers points, uplinks, above, accounts;
};

static int read_points(struct vwpl *p, struct known *k)
{
	const struct vwpl_table *t;
	int rc = vwpl_map_all(p, VWB_MAP_POINTS, &t);

	for (size_t i = 0; rc == VW_OK && i < t->n; i++) {
		const struct vwb_point *v = vwpl_value(t, i);
		int point = *(const int *)vwpl_key(t, i);

		add(&k->points, point);
		if (v->flags & VWB_UPLINK)
			add(&k->uplinks, point);
		if (vwpl_knows_above(v))
			add(&k->above, point);
		add(&k->accounts, (int)v->account);
	}
	return rc;
}

static int read_flows(struct vwpl *p, enum vwb_map map, struct known *k)
{
	const struct vwpl_table *t;
	int rc = vwpl_map_all(p, map, &t);

	for (size_t i = 0; rc == VW_OK && i < t->n; i++)
		add(&k->accounts, (int)((const struct vwb_flow *)vwpl_value(t, i))->account);
	return rc;
}

static bool is_orphan(const struct known *k, enum vwb_map map, const void *key, const void *value)
{
	const struct vwb_fdb *fdb = value;

	switch (map) {
	case VWB_MAP_FDB:
		if (fdb->flags & VWB_FDB_ABOVE)
			return !is_in(&k->above, (int)((const struct vwb_fdb_key *)key)->sw);
		if (fdb->flags != 0)
			return !is_in(&k->uplinks, (int)((const struct vwb_fdb_key *)key)->sw);
		return !is_in(&k->points, (int)fdb->ifindex);
	case VWB_MAP_GROUPS:
		return !is_in(&k->uplinks, (int)((const struct vwb_group_key *)key)->sw);
	case VWB_MAP_JOINED:
		return !is_in(&k->points, (int)((const struct vwb_joined_key *)key)->ifindex);
	case VWB_MAP_FLOW_ADDRS:
		return !is_in(&k->points, (int)((const struct vwb_flow_addr *)key)->ifindex);
	case VWB_MAP_FLOW_KEYS:
		return !is_in(&k->points, (int)((const struct vwb_flow_key *)key)->ifindex);
	case VWB_MAP_ALLOWED:
		return !is_in(&k->points, (int)((const struct vwb_allowed *)key)->ifindex);
	case VWB_MAP_CIDS:
		return !is_in(&k->points, (int)((const struct vwb_cid *)key)->ifindex);
	case VWB_MAP_COUNTS:
	case VWB_MAP_DROPPED:
		return !is_in(&k->accounts, *(const int *)key);
	default:
		return false;
	}
}

static int sweep_map(struct vwpl *p, enum vwb_map map, const struct known *k)
{
	const struct vwpl_table *t;
	struct vwpl_list old = { 0 };
	int rc;

	vwpl_map_forget(p, map);
	rc = vwpl_map_all(p, map, &t);
	for (size_t i = 0; rc == VW_OK && i < t->n; i++)
		if (is_orphan(k, map, vwpl_key(t, i), vwpl_value(t, i)))
			vwpl_list_add(&old, vwpl_key(t, i), t->key_size, NULL, 0);
	return rc == VW_OK ? vwpl_list_del(p, map, &old) : rc;
}

static int sweep_entries(struct vwpl *p)
{
	static const enum vwb_map maps[] = {
		VWB_MAP_FDB, VWB_MAP_GROUPS, VWB_MAP_JOINED, VWB_MAP_FLOW_ADDRS,
		VWB_MAP_FLOW_KEYS, VWB_MAP_ALLOWED, VWB_MAP_CIDS, VWB_MAP_COUNTS, VWB_MAP_DROPPED,
	};
	struct known k = { 0 };
	int rc = read_points(p, &k);

	if (rc == VW_OK)
		rc = read_flows(p, VWB_MAP_FLOW_ADDRS, &k);
	if (rc == VW_OK)
		rc = read_flows(p, VWB_MAP_FLOW_KEYS, &k);
	if (rc == VW_OK && (k.points.failed || k.uplinks.failed || k.above.failed ||
			    k.accounts.failed))
		rc = vwc_nomem(p->h);
	sort(&k.points);
	sort(&k.uplinks);
	sort(&k.above);
	sort(&k.accounts);
	for (size_t i = 0; rc == VW_OK && i < VWU_ARRAY_SIZE(maps); i++)
		rc = sweep_map(p, maps[i], &k);
	free(k.points.v);
	free(k.uplinks.v);
	free(k.above.v);
	free(k.accounts.v);
	return rc;
}

/* -- classes ---------------------------------------------------------------------------------- */

/* Nodes of points and flows that wait in @queue. */
static int read_nodes(struct vwpl *p, int queue, struct numbers *nodes)
{
	const struct vwpl_table *points, *flows;
	int rc = vwpl_map_all(p, VWB_MAP_POINTS, &points);

	for (size_t i = 0; rc == VW_OK && i < points->n; i++) {
		const struct vwb_point *v = vwpl_value(points, i);

		if (v->queue == (uint32_t)queue && v->node != 0)
			add(nodes, (int)v->node);
	}
	/* Of flows the queue is their link's; one more that is spared does no harm. */
	for (int map = VWB_MAP_FLOW_ADDRS; rc == VW_OK && map <= VWB_MAP_FLOW_KEYS; map++) {
		rc = vwpl_map_all(p, (enum vwb_map)map, &flows);
		for (size_t i = 0; rc == VW_OK && i < flows->n; i++)
			add(nodes, ((const struct vwb_flow *)vwpl_value(flows, i))->node);
	}
	sort(nodes);
	return rc == VW_OK && nodes->failed ? vwc_nomem(p->h) : rc;
}

static int minor_of(uint32_t classid)
{
	return (int)(classid & 0xFFFF);
}

/* An inner class below the root or below another node, and of nobody. */
static bool is_lost(const struct vwk_class *c, const struct numbers *nodes)
{
	int minor = minor_of(c->classid), parent = minor_of(c->parent);

	if (minor == 1 || parent == 0 || is_in(nodes, minor))
		return false;
	return minor - parent != 1 && minor - parent != 2;	/* else a leaf goes with its node */
}

static int sweep_queue(struct vwpl *p, int queue)
{
	vwu_auto_free struct vwk_class *v = NULL;
	struct numbers nodes = { 0 };
	struct vwpl_tree *tree = NULL;
	size_t n = 0;
	int rc = vwpl_tree_of(&p->trees, queue, &tree);

	if (rc == VW_OK && tree == NULL)
		return vwpl_map_del(p, VWB_MAP_MINORS, &queue, 1);
	if (rc == VW_OK)
		rc = read_nodes(p, queue, &nodes);
	if (rc == VW_OK)
		rc = vwk_class_dump(p->h, p->nl, queue, &v, &n);
	for (size_t i = n; rc == VW_OK && i > 0; i--)
		if (is_lost(&v[i - 1], &nodes))
			rc = vwpl_node_del(tree, (uint16_t)minor_of(v[i - 1].classid));
	free(nodes.v);
	return rc == VW_OK ? vwpl_tree_tidy(tree) : rc;
}

/* Those that are noted, and those that a command was killed over before it noted them. */
static int sweep_queues(struct vwpl *p)
{
	vwu_auto_free int *there = NULL;
	struct numbers queues = { 0 };
	const struct vwpl_table *t;
	size_t n = 0;
	int rc = vwpl_queues_all(&p->trees, &there, &n);

	if (rc == VW_OK)
		rc = vwpl_map_all(p, VWB_MAP_MINORS, &t);
	for (size_t i = 0; rc == VW_OK && i < t->n; i++)
		add(&queues, *(const int *)vwpl_key(t, i));
	sort(&queues);
	for (size_t i = 0, noted = queues.n; rc == VW_OK && i < n; i++)
		if (noted == 0 || vwpl_int_find(queues.v, noted, there[i]) < 0)
			add(&queues, there[i]);
	if (rc == VW_OK && queues.failed)
		rc = vwc_nomem(p->h);
	for (size_t i = 0; rc == VW_OK && i < queues.n; i++)
		rc = sweep_queue(p, queues.v[i]);
	free(queues.v);
	return rc == VW_OK ? vwpl_trees_run(&p->trees) : rc;
}

/* -- switches --------------------------------------------------------------------------------- */

static int sweep_uplinks(struct vwpl *p)
{
	struct numbers uplinks = { 0 };
	const struct vwpl_table *t;
	int rc = vwpl_map_all(p, VWB_MAP_POINTS, &t);

	for (size_t i = 0; rc == VW_OK && i < t->n; i++)
		if (((const struct vwb_point *)vwpl_value(t, i))->flags & VWB_UPLINK)
			add(&uplinks, *(const int *)vwpl_key(t, i));
	if (rc == VW_OK)
		rc = uplinks.failed ? vwc_nomem(p->h)
				    : vwpl_uplinks_end(p, (const uint32_t *)uplinks.v, uplinks.n);
	free(uplinks.v);
	return rc;
}

int vwpl_sweep(struct vwpl *p)
{
	int rc;

	if (!p->loaded)
		return VW_OK;
	rc = sweep_points(p);
	if (rc == VW_OK)
		rc = sweep_entries(p);
	if (rc == VW_OK)
		rc = sweep_uplinks(p);
	return rc == VW_OK ? sweep_queues(p) : rc;
}

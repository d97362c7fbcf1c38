/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* forget.c - links that go: their hooks, and all that the maps and queues hold of them */
#include <stdlib.h>
#include <string.h>

#include "policy/engine.h"

/* -- hooks ------------------------------------------------------------------------------------ */

static int count_foreign(struct vwpl *p, int point, bool ingress, size_t *foreign)
{
	vwu_auto_free struct vwk_filter *v = NULL;
	size_t n = 0;
	int rc = vwk_filter_dump(p->h, p->nl, point, ingress, &v, &n);

	for (size_t i = 0; rc == VW_OK && i < n; i++)
		*foreign += v[i].prio != VWK_TC_PRIO;
	return rc;
}

int vwpl_unhook(struct vwpl *p, const int *points, size_t n)
{
	struct vwk_batch *b = vwk_batch_new(p->h, p->nl);
	int rc = b ? VW_OK : VW_ERR_NOMEM;

	for (size_t i = 0; rc == VW_OK && i < n; i++) {
		size_t foreign = 0;

		rc = count_foreign(p, points[i], true, &foreign);
		if (rc == VW_OK)
			rc = count_foreign(p, points[i], false, &foreign);
		vwk_batch_filter_del(b, points[i], true);
		vwk_batch_filter_del(b, points[i], false);
		if (foreign == 0)
			vwk_batch_clsact_del(b, points[i]);
	}
	if (rc == VW_OK)
		rc = vwpl_run_gone(p, b);
	vwk_batch_free(b);
	return rc;
}

/* -- maps ------------------------------------------------------------------------------------- */

/* Entries of @points in a map whose keys have the point's number at @at. */
static int forget_entries(struct vwpl *p, enum vwb_map map, size_t at, const int *points, size_t n)
{
	const struct vwpl_table *t;
	struct vwpl_list old = { 0 };
	int rc = vwpl_map_all(p, map, &t);

	for (size_t i = 0; rc == VW_OK && i < t->n; i++) {
		const char *key = vwpl_key(t, i);
		int point;

		memcpy(&point, key + at, sizeof(point));
		if (vwpl_int_find(points, n, point) >= 0)
			vwpl_list_add(&old, key, t->key_size, NULL, 0);
	}
	if (rc < 0)
		vwpl_list_free(&old);
	return rc == VW_OK ? vwpl_list_del(p, map, &old) : rc;
}

static int forget_rest(struct vwpl *p, const int *points, const struct vwb_point *v, size_t n)
{
	uint32_t flags = 0, joined = 0;
	int rc = VW_OK;

	for (size_t i = 0; i < n; i++) {
		flags |= v[i].flags;
		joined |= v[i].ngroups;
	}
	if (flags & VWPL_HAS_ALLOWED)
		rc = forget_entries(p, VWB_MAP_ALLOWED, offsetof(struct vwb_allowed, ifindex),
				    points, n);
	if (rc == VW_OK && (flags & VWPL_HAS_CIDS))
		rc = forget_entries(p, VWB_MAP_CIDS, offsetof(struct vwb_cid, ifindex), points, n);
	if (rc == VW_OK && (joined != 0 || (flags & VWB_ALLMULTI)))
		rc = forget_entries(p, VWB_MAP_JOINED, offsetof(struct vwb_joined_key, ifindex),
				    points, n);
	return rc;
}

static int forget_nodes(struct vwpl *p, const struct vwb_point *v, size_t n)
{
	int rc = VW_OK;

	for (size_t i = 0; rc == VW_OK && i < n; i++) {
		struct vwpl_tree *tree = NULL;

		if (v[i].node != 0)
			rc = vwpl_tree_of(&p->trees, (int)v[i].queue, &tree);
		if (rc == VW_OK && tree != NULL)
			rc = vwpl_node_del(tree, (uint16_t)v[i].node);
	}
	return rc == VW_OK ? vwpl_trees_run(&p->trees) : rc;
}

/* First what leads to a point, then the point, then its classes. @points are sorted. */
int vwpl_forget(struct vwpl *p, const int *points, const struct vwb_point *v, size_t n)
{
	bool ok = true;
	int rc = vwpl_groups_leave(p, points, v, n);

	if (rc == VW_OK)
		rc = vwpl_ports_forget(p, points, v, n);
	if (rc == VW_OK)
		rc = forget_rest(p, points, v, n);
	if (rc == VW_OK)
		rc = vwpl_flows_forget(p, points, v, n);
	if (rc == VW_OK)
		rc = vwpl_map_del(p, VWB_MAP_POINTS, points, n);
	for (size_t i = 0; ok && rc == VW_OK && i < n; i++)
		ok = vwpl_accounts_add(&p->gone, v[i].account);
	if (!ok)
		return vwc_nomem(p->h);
	return rc == VW_OK ? forget_nodes(p, v, n) : rc;
}

/* Devices in the host's own stack lose our hooks first: a hook without a point lets nothing by. A
 * port keeps them to its end, for just that reason. */
static int unhook_plain(struct vwpl *p, const int *points, const struct vwb_point *v, size_t n)
{
	vwu_auto_free int *plain = calloc(n + 1, sizeof(*plain));
	size_t k = 0;

	if (plain == NULL)
		return vwc_nomem(p->h);
	for (size_t i = 0; i < n; i++)
		if (!(v[i].flags & VWB_REVERSED))
			plain[k++] = points[i];
	return k > 0 ? vwpl_unhook(p, plain, k) : VW_OK;
}

static int end_switches(struct vwpl *p, const struct vwb_point *v, size_t n)
{
	vwu_auto_free uint32_t *sw = calloc(n + 1, sizeof(*sw));
	size_t k = 0;

	if (sw == NULL)
		return vwc_nomem(p->h);
	for (size_t i = 0; i < n; i++)
		if ((v[i].flags & VWB_PORT) && (k == 0 || sw[k - 1] != v[i].sw))
			sw[k++] = v[i].sw;
	return vwpl_uplinks_end(p, sw, k);
}

int vwpl_links_del(struct vwpl *p, const int *points, size_t n)
{
	vwu_auto_free int *known = calloc(n + 1, sizeof(*known));
	vwu_auto_free struct vwb_point *v = calloc(n + 1, sizeof(*v));
	size_t k = 0;
	int rc = VW_OK;

	if (known == NULL || v == NULL)
		return vwc_nomem(p->h);
	if (n > 0)
		memcpy(known, points, n * sizeof(*known));
	qsort(known, n, sizeof(*known), vwpl_int_cmp);
	for (size_t i = 0; rc >= 0 && i < n; i++) {
		if (k > 0 && known[k - 1] == known[i])
			continue;
		known[k] = known[i];
		rc = vwpl_map_get(p, VWB_MAP_POINTS, &known[k], &v[k]);
		k += rc > 0;
	}
	if (rc < 0 || k == 0)
		return rc < 0 ? rc : VW_OK;
	rc = unhook_plain(p, known, v, k);
	if (rc == VW_OK)
		rc = vwpl_forget(p, known, v, k);
	return rc == VW_OK ? end_switches(p, v, k) : rc;
}

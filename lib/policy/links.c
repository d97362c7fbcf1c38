/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * links.c - links as they shall be: points, what they may do, their classes, their hooks
 *
 * A call works on all of its links at once, in steps, so that whenever it is killed each link is
 * under its old policy or under its new one, and the same call completes the rest:
 *   1. classes; if the limits contradict each other, nothing else has changed
 *   2. points of new links, which nothing reads before they are hooked
 *   3. what is allowed, flows, points of known links: the moment of change
 *   4. forwarding entries, members of groups; hooks and NIC filters in one conversation
 *   5. what nothing leads to any more: old entries, classes, hooks
 * A class whose link was not told of it any more is found by vwpl_sweep().
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "policy/engine.h"

struct vwpl_limits vwpl_queued(const struct vwpl_limits *l)
{
	struct vwpl_limits q = *l;

	if (q.both == 0)
		q.both = VWPL_NONE;
	return q;
}

/* A port's frames do not pass the hooks of what is below it: they are dropped at the port. */
static bool is_blocked(const struct vwpl_link *l)
{
	return l->limits.both == 0 || l->root_rate == 0;
}

/* No class has a rate of 0: what is blocked does not wait. */
static uint64_t rate_or_none(uint64_t rate)
{
	return rate != 0 ? rate : VWPL_NONE;
}

/* What limits the class above a link's own. */
static uint64_t above_link(const struct vwpl_link *l)
{
	if (l->point == l->root && l->limits.both != 0)
		return l->limits.both;
	return rate_or_none(l->root_rate);
}

uint64_t vwpl_above_flows(const struct vwpl_link *l)
{
	if (l->limits.both != VWPL_NONE && l->limits.both != 0)
		return l->limits.both;
	return rate_or_none(l->root_rate);
}

bool vwpl_wants(const struct vwpl_link *l)
{
	struct vwpl_limits q = vwpl_queued(&l->limits);

	return l->place == VWPL_PORT || l->strict || l->protect != 0 || is_blocked(l) ||
	       vwpl_limits_need_node(&q, above_link(l));
}

int vwpl_set_dead(struct vwpl_set *s, struct vwpl_tree *tree, uint16_t minor)
{
	struct vwpl_dead *v = reallocarray(s->dead, s->ndead + 1, sizeof(*v));

	if (v == NULL)
		return vwc_nomem(s->p->h);
	s->dead = v;
	s->dead[s->ndead++] = (struct vwpl_dead){ tree, minor };
	return VW_OK;
}

/* -- classes ---------------------------------------------------------------------------------- */

static int plan_rate(struct vwpl_set *s, const struct vwpl_job *j)
{
	const struct vwpl_link *l = j->l;
	struct vwpl_tree *tree = j->tree;
	uint64_t rate = above_link(l);
	int rc;

	if (l->point != l->root)
		return tree != NULL && rate != VWPL_NONE ? vwpl_tree_rate(tree, rate) : VW_OK;
	if (tree == NULL && j->had) {
		rc = vwpl_tree_for(s->p, l, false, &tree);
		if (rc < 0)
			return rc;
	}
	return tree != NULL ? vwpl_tree_rate(tree, rate) : VW_OK;
}

static int set_node(struct vwpl_set *s, struct vwpl_job *j, const struct vwpl_limits *limits)
{
	uint64_t above = above_link(j->l);
	struct vwpl_node node = { .parent = 1, .limits = *limits, .above = above };
	int rc;

	if (j->old_tree == j->tree)
		node.minor = j->old.node;
	rc = vwpl_node_set(j->tree, &node);
	if (rc < 0)
		return rc;
	j->now.node = node.minor;
	j->now.queue = (uint32_t)vwpl_tree_queue(j->tree);
	for (unsigned d = VWB_OUT; d <= VWB_IN; d++)
		j->now.class[d] = vwpl_limits_wait(limits, above, (enum vwb_dir)d)
					? VWPL_MAJOR | (node.minor + 1u + d) : 0;
	return VW_OK;
}

static int plan_node(struct vwpl_set *s, struct vwpl_job *j)
{
	struct vwpl_limits limits = vwpl_queued(&j->l->limits);
	bool need = j->keep && vwpl_limits_need_node(&limits, above_link(j->l));
	int rc = VW_OK;

	if (j->old.queue != 0)
		rc = vwpl_tree_of(&s->p->trees, (int)j->old.queue, &j->old_tree);
	if (rc == VW_OK && need)
		rc = vwpl_tree_for(s->p, j->l, true, &j->tree);
	if (rc == VW_OK)
		rc = plan_rate(s, j);
	if (rc == VW_OK && j->old.node != 0 && j->old_tree != NULL &&
	    (!need || j->old_tree != j->tree))
		rc = vwpl_set_dead(s, j->old_tree, (uint16_t)j->old.node);
	j->now.node = 0;
	j->now.class[VWB_OUT] = j->now.class[VWB_IN] = 0;
	if (j->now.kinds == 0 || j->old_tree == NULL)
		j->now.queue = 0;	/* else its flows may still wait there */
	return rc == VW_OK && need ? set_node(s, j, &limits) : rc;
}

/* -- entries of other maps -------------------------------------------------------------------- */

static void allowed_key(int point, const struct vwpl_prefix *a, struct vwb_allowed *key)
{
	*key = (struct vwb_allowed){ .prefixlen = 64u + a->len, .ifindex = (uint32_t)point,
				     .family = a->family };
	memcpy(key->addr, a->addr, sizeof(key->addr));
}

static void cid_key(int point, uint8_t family, const struct vwpl_cid *c, struct vwb_cid *key)
{
	*key = (struct vwb_cid){ .ifindex = (uint32_t)point, .family = family, .len = c->len };
	memcpy(key->id, c->id, c->len);
}

/* Is @key among the last @n of @added? */
static bool is_added(const struct vwpl_list *added, size_t n, const void *key, size_t size)
{
	for (size_t i = added->n - n; i < added->n; i++)
		if (memcmp(added->keys + i * size, key, size) == 0)
			return true;
	return false;
}

/* What @map has for a point and shall not have: all but the last @n of @added. */
static int plan_old(struct vwpl_set *s, struct vwpl_job *j, enum vwb_map map, uint32_t note,
		    const struct vwpl_list *added, size_t n, struct vwpl_list *old)
{
	const struct vwpl_table *t;
	size_t before = old->n;
	int rc;

	if (n > 0)
		j->now.flags |= note;
	if (!(j->old.flags & note))
		return VW_OK;
	rc = vwpl_map_all(s->p, map, &t);
	for (size_t i = 0; rc == VW_OK && i < t->n; i++) {
		const void *key = vwpl_key(t, i);
		uint32_t at = map == VWB_MAP_CIDS ? ((const struct vwb_cid *)key)->ifindex
						  : ((const struct vwb_allowed *)key)->ifindex;

		if (at == (uint32_t)j->point && !is_added(added, n, key, t->key_size))
			vwpl_list_add(old, key, t->key_size, NULL, 0);
	}
	if (n == 0 && old->n == before)
		j->now.flags &= ~note;
	return rc;
}

static int plan_allowed(struct vwpl_set *s, struct vwpl_job *j)
{
	const uint8_t one = 1;
	size_t n = j->keep ? j->l->nallowed : 0;

	for (size_t i = 0; i < n; i++) {
		struct vwb_allowed key;

		allowed_key(j->point, &j->l->allowed[i], &key);
		vwpl_list_add(&s->allowed, &key, sizeof(key), &one, sizeof(one));
	}
	return plan_old(s, j, VWB_MAP_ALLOWED, VWPL_HAS_ALLOWED, &s->allowed, n, &s->allowed_old);
}

/* What is a client id in DHCP is a DUID in DHCPv6: allowed as either. */
static int plan_cids(struct vwpl_set *s, struct vwpl_job *j)
{
	const uint8_t one = 1;
	size_t n = j->keep ? j->l->ncids : 0;

	for (size_t i = 0; i < n; i++) {
		for (uint8_t family = 4; family <= 6; family += 2) {
			struct vwb_cid key;

			cid_key(j->point, family, &j->l->cids[i], &key);
			vwpl_list_add(&s->cids, &key, sizeof(key), &one, sizeof(one));
		}
	}
	return plan_old(s, j, VWB_MAP_CIDS, VWPL_HAS_CIDS, &s->cids, 2 * n, &s->cids_old);
}

/* -- points ----------------------------------------------------------------------------------- */

static uint32_t flags_of(const struct vwpl_link *l)
{
	return (l->place != VWPL_PLAIN ? VWB_REVERSED : 0) | (l->strict ? VWB_STRICT : 0) |
	       (l->place == VWPL_PORT ? VWB_PORT | (l->peer ? VWB_PEER : 0) : 0) |
	       (is_blocked(l) ? VWB_BLOCK : 0);
}

static int plan_account(struct vwpl_set *s, struct vwpl_job *j)
{
	bool ok = true;

	if (j->l->account != 0 && j->l->account != j->old.account) {
		ok = vwpl_accounts_add(&s->p->gone, j->old.account) &&
		     vwpl_accounts_add(&s->p->carried, j->l->account);
		j->now.account = j->l->account;
	}
	return ok ? VW_OK : vwc_nomem(s->p->h);
}

static void plan_point(struct vwpl_job *j)
{
	const uint32_t kept = VWB_UPLINK | VWB_ALLMULTI | VWB_FLOWS | VWPL_NOTES;
	const struct vwpl_link *l = j->l;

	j->now = j->old;
	if (!j->keep) {		/* on its way out it lets everything pass */
		j->now.flags &= ~(VWB_BLOCK | VWB_STRICT);
		j->now.protect = 0;
		return;
	}
	j->now.flags = flags_of(l) | (j->old.flags & kept);
	/* The programs find further addresses of a link without a switch under its own number. */
	if (l->place != VWPL_PLAIN)
		j->now.sw = (uint32_t)l->sw;
	else if (!(j->old.flags & VWB_UPLINK))
		j->now.sw = l->nmore > 0 ? (uint32_t)l->point : 0;
	j->now.vid = l->place == VWPL_PORT ? l->vid : 0;
	j->now.protect = (uint16_t)l->protect;
	memcpy(j->now.mac, l->mac, sizeof(j->now.mac));
}

static int plan_job(struct vwpl_set *s, struct vwpl_job *j, bool force)
{
	uint32_t key = (uint32_t)j->point;
	int rc = vwpl_map_get(s->p, VWB_MAP_POINTS, &key, &j->old);

	if (rc < 0)
		return rc;
	j->had = rc > 0;
	j->old_node = j->old.node;
	j->keep = force || vwpl_wants(j->l) || j->old.kinds != 0 || (j->old.flags & VWB_UPLINK);
	if (!j->had && !j->keep)
		return VW_OK;
	plan_point(j);
	rc = plan_account(s, j);
	if (rc == VW_OK)
		rc = plan_node(s, j);
	if (rc == VW_OK)
		rc = plan_allowed(s, j);
	return rc == VW_OK ? plan_cids(s, j) : rc;
}

/* Numbers for those who have none; and counters. */
static int make_accounts(struct vwpl_set *s)
{
	vwu_auto_free uint32_t *fresh = calloc(s->n + 1, sizeof(*fresh));
	vwu_auto_free uint32_t *known = calloc(s->n + 1, sizeof(*known));
	size_t nfresh = 0, nknown = 0;
	uint32_t next;
	int rc;

	if (fresh == NULL || known == NULL)
		return vwc_nomem(s->p->h);
	if (!s->p->loaded)	/* nobody wants anything */
		return VW_OK;
	for (size_t i = 0; i < s->n; i++)
		nfresh += s->jobs[i].keep && s->jobs[i].now.account == 0;
	rc = vwpl_new_accounts(s->p, nfresh, &next);
	nfresh = 0;
	for (size_t i = 0; i < s->n; i++) {
		struct vwpl_job *j = &s->jobs[i];

		if (j->keep && j->now.account == 0)
			j->now.account = fresh[nfresh++] = next++;
		else if (j->keep && j->now.account != j->old.account)
			known[nknown++] = j->now.account;
	}
	if (rc == VW_OK)
		rc = vwpl_new_counts(s->p, fresh, nfresh, true);
	return rc == VW_OK ? vwpl_keep_counts(s->p, known, nknown, true) : rc;
}

static void add_point(struct vwpl_list *l, int point, const struct vwb_point *v)
{
	uint32_t key = (uint32_t)point;

	vwpl_list_add(l, &key, sizeof(key), v, sizeof(*v));
}

static int write_new_points(struct vwpl_set *s)
{
	struct vwpl_list l = { 0 };

	for (size_t i = 0; i < s->n; i++) {
		struct vwpl_job *j = &s->jobs[i];

		if (!j->had && j->keep)
			add_point(&l, j->point, &j->now);
	}
	return vwpl_list_put(s->p, VWB_MAP_POINTS, &l);
}

static int write_known_points(struct vwpl_set *s)
{
	struct vwpl_list l = { 0 };

	for (size_t i = 0; i < s->n; i++) {
		struct vwpl_job *j = &s->jobs[i];

		if (j->had && memcmp(&j->old, &j->now, sizeof(j->now)) != 0)
			add_point(&l, j->point, &j->now);
	}
	return vwpl_list_put(s->p, VWB_MAP_POINTS, &l);
}

/* -- the steps -------------------------------------------------------------------------------- */

static int plan(struct vwpl_set *s, const struct vwpl_link *links, size_t n, bool force)
{
	bool any = false;
	int rc = VW_OK;

	for (size_t i = 0; rc == VW_OK && i < n; i++) {
		struct vwpl_job *j = &s->jobs[s->n++];

		j->l = &links[i];
		j->point = links[i].point;
		rc = plan_job(s, j, force);
		any |= j->keep;
	}
	if (rc == VW_OK && any)
		rc = vwpl_need(s->p, VWPL_NEED_HOOKS);
	if (rc == VW_OK)
		rc = vwpl_uplinks_add(s);
	for (size_t i = 0; rc == VW_OK && i < s->n; i++)
		if (s->jobs[i].keep || s->jobs[i].had)
			rc = vwpl_fdb_plan(s, &s->jobs[i]);
	return rc;
}

static int change(struct vwpl_set *s)
{
	struct vwpl *p = s->p;
	int rc = vwpl_flows_follow(s);

	if (rc == VW_OK)
		rc = vwpl_trees_run(&p->trees);
	if (rc == VW_OK)
		rc = make_accounts(s);
	if (rc == VW_OK)
		rc = vwpl_groups_link(s);
	if (rc == VW_OK)
		rc = write_new_points(s);
	if (rc == VW_OK)
		rc = vwpl_list_put(p, VWB_MAP_ALLOWED, &s->allowed);
	if (rc == VW_OK)
		rc = vwpl_list_put(p, VWB_MAP_CIDS, &s->cids);
	if (rc == VW_OK)
		rc = vwpl_list_put(p, VWB_MAP_FLOW_ADDRS, &s->flow_addrs);
	if (rc == VW_OK)
		rc = vwpl_list_put(p, VWB_MAP_FLOW_KEYS, &s->flow_keys);
	/* Nobody may find a port that changes its VLAN in the old one afterwards. */
	if (rc == VW_OK)
		rc = vwpl_list_del(p, VWB_MAP_FDB, &s->fdb_old);
	return rc == VW_OK ? write_known_points(s) : rc;
}

static int connect(struct vwpl_set *s)
{
	int rc = vwpl_list_put(s->p, VWB_MAP_FDB, &s->fdb);

	if (rc == VW_OK)
		rc = vwpl_groups_head(s);
	if (rc == VW_OK)
		rc = vwpl_uplinks_ready(s);
	/* Uplinks are last among the jobs, but a port finds its way only through theirs. */
	for (size_t i = s->n; rc == VW_OK && i > 0; i--)
		if (s->jobs[i - 1].keep)
			vwpl_hook(s->p, s->batch, s->jobs[i - 1].point);
	return rc == VW_OK ? vwk_batch_run(s->batch, NULL) : rc;
}

/* Children were planned after their parents. */
static int bury(struct vwpl_set *s)
{
	int rc = VW_OK;

	for (size_t i = s->ndead; rc == VW_OK && i > 0; i--)
		rc = vwpl_node_del(s->dead[i - 1].tree, s->dead[i - 1].minor);
	return rc == VW_OK && s->ndead > 0 ? vwpl_trees_run(&s->p->trees) : rc;
}

static int clear_away(struct vwpl_set *s)
{
	vwu_auto_free int *points = calloc(s->n + 1, sizeof(*points));
	vwu_auto_free struct vwb_point *v = calloc(s->n + 1, sizeof(*v));
	size_t n = 0;
	int rc = vwpl_list_del(s->p, VWB_MAP_ALLOWED, &s->allowed_old);

	if (points == NULL || v == NULL)
		return vwc_nomem(s->p->h);
	if (rc == VW_OK)
		rc = vwpl_list_del(s->p, VWB_MAP_CIDS, &s->cids_old);
	if (rc == VW_OK)
		rc = bury(s);
	for (size_t i = 0; i < s->n; i++)
		if (s->jobs[i].had && !s->jobs[i].keep)
			points[n++] = s->jobs[i].point;
	qsort(points, n, sizeof(*points), vwpl_int_cmp);
	for (size_t i = 0; i < s->n; i++) {
		ssize_t at = vwpl_int_find(points, n, s->jobs[i].point);

		if (at >= 0)
			v[at] = s->jobs[i].now;
	}
	if (rc == VW_OK && n > 0)
		rc = vwpl_unhook(s->p, points, n);
	if (rc == VW_OK && n > 0)
		rc = vwpl_forget(s->p, points, v, n);
	return rc == VW_OK ? vwpl_uplinks_end(s->p, (const uint32_t *)s->left.keys, s->left.n) : rc;
}

static void set_free(struct vwpl_set *s)
{
	struct vwpl_list *lists[] = { &s->fdb, &s->fdb_old, &s->allowed, &s->allowed_old, &s->cids,
				      &s->cids_old, &s->flow_addrs, &s->flow_keys, &s->left };

	for (size_t i = 0; i < VWU_ARRAY_SIZE(lists); i++)
		vwpl_list_free(lists[i]);
	vwpl_groups_free(s);
	vwk_batch_free(s->batch);
	free(s->dead);
	free(s->jobs);
}

int vwpl_links_put(struct vwpl *p, const struct vwpl_link *links, size_t n, bool force)
{
	struct vwpl_set s = { .p = p };
	int rc;

	/* Every port could have an uplink of its own. */
	s.jobs = calloc(2 * n + 1, sizeof(*s.jobs));
	s.batch = vwk_batch_new(p->h, p->nl);
	rc = s.jobs && s.batch ? plan(&s, links, n, force) : vwc_nomem(p->h);
	if (rc == VW_OK)
		rc = change(&s);
	if (rc == VW_OK)
		rc = connect(&s);
	if (rc == VW_OK)
		rc = clear_away(&s);
	if (rc < 0)	/* nor shall a later call carry out what was only planned */
		vwpl_trees_drop(&p->trees);
	set_free(&s);
	return rc;
}

int vwpl_links_set(struct vwpl *p, const struct vwpl_link *links, size_t n)
{
	return vwpl_links_put(p, links, n, false);
}

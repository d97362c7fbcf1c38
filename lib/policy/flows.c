/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * flows.c - flows of a link: their entries, their classes, and what the link's point says of them
 *
 * A flow's entry is complete before the point tells the programs to look for its kind, and the
 * point stops telling before the last entry of a kind goes.
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "policy/engine.h"

enum vwb_map vwpl_flow_key(int point, const struct vwpl_match *m, union vwpl_flow_key *key)
{
	memset(key, 0, sizeof(*key));
	if (m->kind == VWB_LOCAL_IP || m->kind == VWB_REMOTE_IP) {
		key->addr.prefixlen = 64u + m->ip.len;
		key->addr.ifindex = (uint32_t)point;
		key->addr.kind = (uint8_t)m->kind;
		key->addr.family = m->ip.family;
		memcpy(key->addr.addr, m->ip.addr, m->ip.family == 4 ? 4 : 16);
		return VWB_MAP_FLOW_ADDRS;
	}
	key->key.ifindex = (uint32_t)point;
	key->key.kind = (uint8_t)m->kind;
	if (m->kind == VWB_DSFIELD) {
		key->key.ds = m->ds & m->mask;
		key->key.mask = m->mask;
		return VWB_MAP_FLOW_KEYS;
	}
	key->key.proto = m->proto;
	if (m->kind != VWB_TRANSPORT)
		key->key.port = htons(m->port);
	return VWB_MAP_FLOW_KEYS;
}

/* A flow's entry in either map. */
struct entry {
	enum vwb_map	 map;
	int		 point;
	enum vwb_kind	 kind;
	uint8_t		 mask;
	const void	*key;
	size_t		 key_size;
	const struct vwb_flow *flow;
};

static struct entry entry_at(enum vwb_map map, const struct vwpl_table *t, size_t i)
{
	const union vwpl_flow_key *k = vwpl_key(t, i);
	struct entry e = { .map = map, .key = k, .key_size = t->key_size,
			   .flow = vwpl_value(t, i) };

	if (map == VWB_MAP_FLOW_ADDRS) {
		e.point = (int)k->addr.ifindex;
		e.kind = (enum vwb_kind)k->addr.kind;
	} else {
		e.point = (int)k->key.ifindex;
		e.kind = (enum vwb_kind)k->key.kind;
		e.mask = k->key.mask;
	}
	return e;
}

/* @fn sees every flow there is; it returns VW_OK to see the next. */
static int each_flow(struct vwpl *p, int (*fn)(void *arg, const struct entry *e), void *arg)
{
	int rc = VW_OK;

	for (int map = VWB_MAP_FLOW_ADDRS; map <= VWB_MAP_FLOW_KEYS; map++) {
		const struct vwpl_table *t;

		rc = vwpl_map_all(p, (enum vwb_map)map, &t);
		for (size_t i = 0; rc == VW_OK && i < t->n; i++) {
			struct entry e = entry_at((enum vwb_map)map, t, i);

			rc = fn(arg, &e);
		}
		if (rc < 0)
			break;
	}
	return rc;
}

/* Keys, with values or without, for both maps. */
struct both {
	struct vwpl_list addrs, keys;
};

static void both_add(struct both *b, enum vwb_map map, const void *key, const struct vwb_flow *flow)
{
	if (map == VWB_MAP_FLOW_ADDRS)
		vwpl_list_add(&b->addrs, key, sizeof(struct vwb_flow_addr), flow,
			      flow ? sizeof(*flow) : 0);
	else
		vwpl_list_add(&b->keys, key, sizeof(struct vwb_flow_key), flow,
			      flow ? sizeof(*flow) : 0);
}

static int both_put(struct vwpl *p, struct both *b)
{
	int rc = vwpl_list_put(p, VWB_MAP_FLOW_ADDRS, &b->addrs);

	return rc == VW_OK ? vwpl_list_put(p, VWB_MAP_FLOW_KEYS, &b->keys) : rc;
}

static int both_del(struct vwpl *p, struct both *b)
{
	int rc = vwpl_list_del(p, VWB_MAP_FLOW_ADDRS, &b->addrs);

	return rc == VW_OK ? vwpl_list_del(p, VWB_MAP_FLOW_KEYS, &b->keys) : rc;
}

static void both_free(struct both *b)
{
	vwpl_list_free(&b->addrs);
	vwpl_list_free(&b->keys);
}

static void classes_of(struct vwb_flow *flow, const struct vwpl_node *node)
{
	flow->node = node->minor;
	for (unsigned d = VWB_OUT; d <= VWB_IN; d++)
		flow->class[d] = vwpl_limits_wait(&node->limits, node->above, (enum vwb_dir)d)
					? VWPL_MAJOR | (node->minor + 1u + d) : 0;
}

/* -- setting ---------------------------------------------------------------------------------- */

struct flow_job {
	const struct vwpl_flow *f;
	union vwpl_flow_key	key;
	enum vwb_map		map;
	bool			had;
	struct vwb_flow		old, now;
};

struct flow_set {
	struct vwpl		*p;
	const struct vwpl_link	*l;
	uint32_t		 point;
	struct vwb_point	 v, before;
	struct vwpl_tree	*tree, *old_tree;
	struct flow_job		*jobs;
	size_t			 n;
};

/* A link without policy has no point until its first flow. */
static int find_point(struct flow_set *s)
{
	int rc = vwpl_map_get(s->p, VWB_MAP_POINTS, &s->point, &s->v);

	if (rc == 0) {
		rc = vwpl_links_put(s->p, s->l, 1, true);
		if (rc == VW_OK)
			rc = vwpl_map_get(s->p, VWB_MAP_POINTS, &s->point, &s->v);
	}
	s->before = s->v;
	return rc < 0 ? rc : VW_OK;
}

static int add_mask(struct flow_set *s, uint8_t mask)
{
	for (size_t i = 0; i < s->v.nmasks; i++)
		if (s->v.masks[i] == mask)
			return VW_OK;
	if (s->v.nmasks == VWB_DS_MASKS) {
		vwc_why(s->p->h, VW_ERR_BADVAL, "dsfield flows of '%s' use %u different masks, and "
			"more are not possible", s->l->name, VWB_DS_MASKS);
		return vwc_hint(s->p->h, VW_ERR_BADVAL, "use one of the masks of its other flows");
	}
	s->v.masks[s->v.nmasks++] = mask;
	return VW_OK;
}

static int look_up(struct flow_set *s, struct flow_job *j)
{
	const struct vwpl_match *m = &j->f->match;
	int rc;

	/* Even when the point knows none of its kind: one that was killed may have left it. */
	j->map = vwpl_flow_key((int)s->point, m, &j->key);
	rc = vwpl_map_get(s->p, j->map, &j->key, &j->old);
	if (rc < 0)
		return rc;
	j->had = rc > 0;
	j->now = j->old;
	j->now.flags = (j->f->drop || j->f->limits.both == 0 ? VWB_FLOW_DROP : 0) |
		       (j->f->dscp >= 0 ? VWB_FLOW_DSCP : 0);
	j->now.dscp = j->f->dscp >= 0 ? (uint8_t)j->f->dscp : 0;
	s->v.kinds |= (uint8_t)(1u << m->kind);
	s->v.flags |= VWB_FLOWS;
	return m->kind == VWB_DSFIELD ? add_mask(s, m->mask) : VW_OK;
}

static int plan_node(struct flow_set *s, struct flow_job *j)
{
	struct vwpl_node node = {
		.parent = s->v.node ? (uint16_t)s->v.node : 1,
		.limits = vwpl_queued(&j->f->limits),
		.above = vwpl_above_flows(s->l),
	};
	int rc = VW_OK;

	j->now.node = 0;
	j->now.class[VWB_OUT] = j->now.class[VWB_IN] = 0;
	if ((j->now.flags & VWB_FLOW_DROP) || !vwpl_limits_need_node(&node.limits, VWPL_NONE))
		return VW_OK;
	if (s->tree == NULL)
		rc = vwpl_tree_for(s->p, s->l, true, &s->tree);
	if (rc < 0)
		return rc;
	if (s->tree == s->old_tree)
		node.minor = j->old.node;
	rc = vwpl_node_set(s->tree, &node);
	if (rc < 0)
		return rc;
	classes_of(&j->now, &node);
	s->v.queue = (uint32_t)vwpl_tree_queue(s->tree);
	return VW_OK;
}

static int make_accounts(struct flow_set *s)
{
	vwu_auto_free uint32_t *fresh = calloc(s->n + 1, sizeof(*fresh));
	vwu_auto_free uint32_t *known = calloc(2 * s->n + 1, sizeof(*known));
	size_t nfresh = 0, nknown = 0, ndrops = 0, i;
	uint32_t next;
	bool ok = true;
	int rc;

	if (fresh == NULL || known == NULL)
		return vwc_nomem(s->p->h);
	for (i = 0; i < s->n; i++)
		nfresh += s->jobs[i].f->account == 0 && s->jobs[i].old.account == 0;
	rc = vwpl_new_accounts(s->p, nfresh, &next);
	for (i = 0, nfresh = 0; ok && i < s->n; i++) {
		struct flow_job *j = &s->jobs[i];
		uint32_t carried = j->f->account;

		if (carried != 0 && carried != j->old.account) {
			ok = vwpl_accounts_add(&s->p->carried, carried) &&
			     vwpl_accounts_add(&s->p->gone, j->old.account);
			j->now.account = known[nknown++] = carried;
		} else if (j->old.account == 0) {
			j->now.account = fresh[nfresh++] = next++;
		}
	}
	if (!ok)
		return vwc_nomem(s->p->h);
	if (rc == VW_OK)
		rc = vwpl_new_counts(s->p, fresh, nfresh, false);
	if (rc == VW_OK)
		rc = vwpl_keep_counts(s->p, known, nknown, false);
	for (i = 0; i < s->n; i++)
		if (s->jobs[i].now.flags & VWB_FLOW_DROP)
			known[ndrops++] = s->jobs[i].now.account;
	return rc == VW_OK ? vwpl_keep_counts(s->p, known, ndrops, true) : rc;
}

static int write_flows(struct flow_set *s)
{
	struct both b = { 0 };
	int rc;

	for (size_t i = 0; i < s->n; i++) {
		struct flow_job *j = &s->jobs[i];

		if (!j->had || memcmp(&j->old, &j->now, sizeof(j->now)) != 0)
			both_add(&b, j->map, &j->key, &j->now);
	}
	rc = both_put(s->p, &b);
	both_free(&b);
	if (rc == VW_OK && memcmp(&s->v, &s->before, sizeof(s->v)) != 0)
		rc = vwpl_map_put(s->p, VWB_MAP_POINTS, &s->point, &s->v, 1);
	return rc;
}

/* Classes that flows no longer wait in. */
static int remove_nodes(struct flow_set *s)
{
	bool any = false;
	int rc = VW_OK;

	for (size_t i = 0; rc == VW_OK && i < s->n && s->old_tree != NULL; i++) {
		struct flow_job *j = &s->jobs[i];

		if (j->old.node == 0 || (j->old.node == j->now.node && s->tree == s->old_tree))
			continue;
		any = true;
		rc = vwpl_node_del(s->old_tree, j->old.node);
	}
	return rc == VW_OK && any ? vwpl_trees_run(&s->p->trees) : rc;
}

static int set_flows(struct flow_set *s)
{
	int rc = find_point(s);

	if (rc == VW_OK && s->v.queue != 0)
		rc = vwpl_tree_of(&s->p->trees, (int)s->v.queue, &s->old_tree);
	for (size_t i = 0; rc == VW_OK && i < s->n; i++)
		rc = look_up(s, &s->jobs[i]);
	for (size_t i = 0; rc == VW_OK && i < s->n; i++)
		rc = plan_node(s, &s->jobs[i]);
	if (rc == VW_OK && s->tree != NULL)
		rc = vwpl_trees_run(&s->p->trees);
	if (rc == VW_OK)
		rc = make_accounts(s);
	if (rc == VW_OK)
		rc = write_flows(s);
	return rc == VW_OK ? remove_nodes(s) : rc;
}

int vwpl_flows_set(struct vwpl *p, const struct vwpl_link *link, const struct vwpl_flow *flows,
		   size_t n)
{
	struct flow_set s = { .p = p, .l = link, .point = (uint32_t)link->point, .n = n };
	int rc;

	if (n == 0)
		return VW_OK;
	s.jobs = calloc(n, sizeof(*s.jobs));
	if (s.jobs == NULL)
		return vwc_nomem(p->h);
	for (size_t i = 0; i < n; i++)
		s.jobs[i].f = &flows[i];
	rc = set_flows(&s);
	if (rc < 0)	/* nor shall a later call carry out what was only planned */
		vwpl_trees_drop(&p->trees);
	free(s.jobs);
	return rc;
}

/* -- deleting --------------------------------------------------------------------------------- */

/* What remains of the flows of one point, and what goes. */
struct flow_del {
	struct vwpl	*p;
	int		 point;
	const union vwpl_flow_key *keys;	/* sorted */
	size_t		 n;
	bool		 others;	/* those not in @keys go, instead of those in it */
	struct both	 old;
	struct vwb_point v;
	bool		 waits;		/* one that remains has a node */
	uint16_t	*nodes;
	size_t		 nnodes;
	bool		 failed;
};

static int key_cmp(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(union vwpl_flow_key));
}

static void goes(struct flow_del *d, const struct entry *e)
{
	uint16_t *nodes;

	both_add(&d->old, e->map, e->key, NULL);
	d->failed |= !vwpl_accounts_add(&d->p->gone, e->flow->account);
	if (e->flow->node == 0 || d->failed)
		return;
	nodes = reallocarray(d->nodes, d->nnodes + 1, sizeof(*nodes));
	d->failed = nodes == NULL;
	if (nodes != NULL) {
		d->nodes = nodes;
		d->nodes[d->nnodes++] = e->flow->node;
	}
}

static void stays(struct flow_del *d, const struct entry *e)
{
	bool known = e->kind != VWB_DSFIELD;

	d->v.kinds |= (uint8_t)(1u << e->kind);
	d->waits |= e->flow->node != 0;
	for (size_t i = 0; !known && i < d->v.nmasks; i++)
		known = d->v.masks[i] == e->mask;
	if (!known && d->v.nmasks < VWB_DS_MASKS)
		d->v.masks[d->v.nmasks++] = e->mask;
}

static int sort_out(void *arg, const struct entry *e)
{
	struct flow_del *d = arg;
	union vwpl_flow_key key;
	bool listed;

	if (e->point != d->point)
		return VW_OK;
	memset(&key, 0, sizeof(key));
	memcpy(&key, e->key, e->key_size);
	listed = bsearch(&key, d->keys, d->n, sizeof(key), key_cmp) != NULL;
	if (listed != d->others)
		goes(d, e);
	else
		stays(d, e);
	return d->failed ? vwc_nomem(d->p->h) : VW_OK;
}

static int remove_flows(struct flow_del *d, uint32_t queue)
{
	struct vwpl_tree *tree = NULL;
	int rc = both_del(d->p, &d->old);

	if (rc == VW_OK && d->nnodes > 0)
		rc = vwpl_tree_of(&d->p->trees, (int)queue, &tree);
	for (size_t i = 0; rc == VW_OK && tree != NULL && i < d->nnodes; i++)
		rc = vwpl_node_del(tree, d->nodes[i]);
	return rc == VW_OK && tree != NULL ? vwpl_trees_run(&d->p->trees) : rc;
}

static int del_flows(struct flow_del *d)
{
	struct vwb_point before;
	uint32_t key = (uint32_t)d->point;
	int rc = vwpl_map_get(d->p, VWB_MAP_POINTS, &key, &before);

	if (rc <= 0)
		return rc;
	d->v = before;
	d->v.kinds = d->v.nmasks = 0;
	memset(d->v.masks, 0, sizeof(d->v.masks));
	rc = each_flow(d->p, sort_out, d);
	if (rc < 0)
		return rc;
	if (d->v.kinds == 0)
		d->v.flags &= ~VWB_FLOWS;
	if (d->v.node == 0 && !d->waits)
		d->v.queue = 0;
	if (memcmp(&before, &d->v, sizeof(d->v)) != 0)
		rc = vwpl_map_put(d->p, VWB_MAP_POINTS, &key, &d->v, 1);
	return rc == VW_OK ? remove_flows(d, before.queue) : rc;
}

static int del_listed(struct vwpl *p, const struct vwpl_link *link, union vwpl_flow_key *keys,
		      size_t n, bool others)
{
	struct flow_del d = { .p = p, .point = link->point, .keys = keys, .n = n,
			      .others = others };
	int rc;

	qsort(keys, n, sizeof(*keys), key_cmp);
	rc = del_flows(&d);
	both_free(&d.old);
	free(d.nodes);
	return rc;
}

int vwpl_flows_del(struct vwpl *p, const struct vwpl_link *link, const struct vwpl_match *matches,
		   size_t n)
{
	vwu_auto_free union vwpl_flow_key *keys = calloc(n + 1, sizeof(*keys));
	int rc;

	if (keys == NULL)
		return vwc_nomem(p->h);
	for (size_t i = 0; i < n; i++)
		(void)vwpl_flow_key(link->point, &matches[i], &keys[i]);
	rc = del_listed(p, link, keys, n, false);
	/* Perhaps the link was held for their sake alone. */
	return rc == VW_OK && !vwpl_wants(link) ? vwpl_links_put(p, link, 1, false) : rc;
}

int vwpl_flows_sync(struct vwpl *p, const struct vwpl_link *link, const struct vwpl_flow *flows,
		    size_t n)
{
	vwu_auto_free union vwpl_flow_key *keys = calloc(n + 1, sizeof(*keys));
	int rc;

	if (keys == NULL)
		return vwc_nomem(p->h);
	for (size_t i = 0; i < n; i++)
		(void)vwpl_flow_key(link->point, &flows[i].match, &keys[i]);
	rc = del_listed(p, link, keys, n, true);
	if (rc == VW_OK && n > 0)
		return vwpl_flows_set(p, link, flows, n);
	return rc == VW_OK && !vwpl_wants(link) ? vwpl_links_put(p, link, 1, false) : rc;
}

struct tally {
	int	point;
	size_t	n;
};

static int tally_one(void *arg, const struct entry *e)
{
	struct tally *t = arg;

	t->n += e->point == t->point;
	return VW_OK;
}

size_t vwpl_flow_count(struct vwpl *p, int point)
{
	struct tally t = { .point = point };
	uint32_t key = (uint32_t)point;
	struct vwb_point v;

	if (!p->loaded || vwpl_map_get(p, VWB_MAP_POINTS, &key, &v) <= 0 || v.kinds == 0)
		return 0;
	return each_flow(p, tally_one, &t) == VW_OK ? t.n : 0;
}

/* -- with their links ------------------------------------------------------------------------- */

struct forget {
	struct vwpl	*p;
	const int	*points;
	const struct vwb_point *v;
	size_t		 n;
	struct both	 old;
};

static int forget_one(void *arg, const struct entry *e)
{
	struct forget *f = arg;
	ssize_t at = vwpl_int_find(f->points, f->n, e->point);
	struct vwpl_tree *tree = NULL;
	int rc = VW_OK;

	if (at < 0)
		return VW_OK;
	both_add(&f->old, e->map, e->key, NULL);
	if (!vwpl_accounts_add(&f->p->gone, e->flow->account))
		return vwc_nomem(f->p->h);
	if (e->flow->node != 0 && f->v[at].queue != 0)
		rc = vwpl_tree_of(&f->p->trees, (int)f->v[at].queue, &tree);
	return rc == VW_OK && tree != NULL ? vwpl_node_del(tree, e->flow->node) : rc;
}

int vwpl_flows_forget(struct vwpl *p, const int *points, const struct vwb_point *v, size_t n)
{
	struct forget f = { .p = p, .points = points, .v = v, .n = n };
	bool any = false;
	int rc;

	for (size_t i = 0; i < n; i++)
		any |= v[i].kinds != 0;
	if (!any)
		return VW_OK;
	rc = each_flow(p, forget_one, &f);
	if (rc == VW_OK)
		rc = both_del(p, &f.old);
	both_free(&f.old);
	return rc;
}

/* Flows that wait, of the links of a call. */
struct follow {
	struct vwpl_set	 *s;
	int		 *points;	/* sorted */
	struct vwpl_job **jobs;		/* in the same order */
	size_t		  n;
	struct both	  moved;
};

/* HTB does not let a class change its parent: the flow gets a class below the new one. */
static int follow_one(void *arg, const struct entry *e)
{
	struct follow *f = arg;
	ssize_t at = e->flow->node != 0 ? vwpl_int_find(f->points, f->n, e->point) : -1;
	struct vwpl_job *j = at >= 0 ? f->jobs[at] : NULL;
	struct vwpl_node node = { 0 };
	struct vwb_flow flow;
	int rc;

	if (j == NULL || j->old_tree == NULL)
		return VW_OK;
	rc = vwpl_node_get(j->old_tree, e->flow->node, &node.limits, NULL);
	if (rc < 0)
		return rc == VW_ERR_NOTFOUND ? VW_OK : rc;
	node.parent = j->now.node ? (uint16_t)j->now.node : 1;
	node.above = vwpl_above_flows(j->l);
	node.minor = j->old_node == j->now.node ? e->flow->node : 0;
	rc = vwpl_node_set(j->tree ? j->tree : j->old_tree, &node);
	if (rc < 0 || node.minor == e->flow->node)
		return rc;
	flow = *e->flow;
	classes_of(&flow, &node);
	both_add(&f->moved, e->map, e->key, &flow);
	return vwpl_set_dead(f->s, j->old_tree, e->flow->node);
}

static size_t choose(struct follow *f)
{
	struct vwpl_set *s = f->s;

	for (size_t i = 0; i < s->n; i++)
		if (s->jobs[i].l && s->jobs[i].had && s->jobs[i].old.kinds && s->jobs[i].old.queue)
			f->points[f->n++] = s->jobs[i].point;
	qsort(f->points, f->n, sizeof(*f->points), vwpl_int_cmp);
	for (size_t i = 0; i < s->n; i++) {
		ssize_t at = vwpl_int_find(f->points, f->n, s->jobs[i].point);

		if (at >= 0)
			f->jobs[at] = &s->jobs[i];
	}
	return f->n;
}

int vwpl_flows_follow(struct vwpl_set *s)
{
	struct follow f = { .s = s };
	int rc = VW_OK;

	f.points = calloc(s->n + 1, sizeof(*f.points));
	f.jobs = calloc(s->n + 1, sizeof(*f.jobs));
	if (f.points == NULL || f.jobs == NULL)
		rc = vwc_nomem(s->p->h);
	else if (choose(&f) > 0)
		rc = each_flow(s->p, follow_one, &f);
	s->flow_addrs = f.moved.addrs;
	s->flow_keys = f.moved.keys;
	free(f.points);
	free(f.jobs);
	return rc;
}

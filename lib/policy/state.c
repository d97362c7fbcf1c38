/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* state.c - what the kernel holds of a link or a flow, for reading back */
#include <stdlib.h>
#include <string.h>

#include "policy/engine.h"

static const struct vwpl_limits unlimited = {
	.both = VWPL_NONE, .rx = VWPL_NONE, .tx = VWPL_NONE, .min = VWPL_NONE,
};

/* -- hooks ------------------------------------------------------------------------------------ */

static int read_hook(struct vwpl *p, int point, bool ingress, bool *ours, bool *foreign)
{
	uint32_t id = p->conf.progs[ingress ? VWB_PROG_IN : VWB_PROG_OUT];
	vwu_auto_free struct vwk_filter *v = NULL;
	size_t n = 0;
	int rc = vwk_filter_dump(p->h, p->nl, point, ingress, &v, &n);

	*ours = false;
	for (size_t i = 0; rc == VW_OK && i < n && !*ours; i++) {
		*ours = v[i].prio == VWK_TC_PRIO && v[i].prog_id == id;
		*foreign |= !*ours;
	}
	return rc;
}

static int read_hooks(struct vwpl *p, int point, struct vwpl_state *s)
{
	bool in, out;
	int rc = read_hook(p, point, true, &in, &s->foreign);

	if (rc == VW_OK)
		rc = read_hook(p, point, false, &out, &s->foreign);
	s->hooked = rc == VW_OK && in && out;
	s->foreign &= s->hooked;
	return rc;
}

/* -- limits ----------------------------------------------------------------------------------- */

static int read_limits(struct vwpl *p, uint32_t queue, uint16_t minor, struct vwpl_limits *out,
		       uint64_t *drops)
{
	struct vwpl_tree *tree = NULL;
	int rc = VW_OK;

	*out = unlimited;
	if (minor == 0 || queue == 0)
		return VW_OK;
	rc = vwpl_tree_of(&p->trees, (int)queue, &tree);
	if (rc == VW_OK && tree != NULL)
		rc = vwpl_node_get(tree, minor, out, drops);
	if (rc == VW_ERR_NOTFOUND) {	/* somebody removed the class, and with it the limit */
		*out = unlimited;
		rc = VW_OK;
	}
	return rc;
}

/* -- entries ---------------------------------------------------------------------------------- */

/* Room for one more at the end of an array; NULL: no memory. */
static void *grow(void **v, size_t n, size_t size)
{
	void *more = reallocarray(*v, n + 1, size);

	if (more == NULL)
		return NULL;
	*v = more;
	return memset((char *)more + n * size, 0, size);
}

static int read_allowed(struct vwpl *p, int point, struct vwpl_state *s)
{
	const struct vwpl_table *t;
	int rc = vwpl_map_all(p, VWB_MAP_ALLOWED, &t);

	for (size_t i = 0; rc == VW_OK && i < t->n; i++) {
		const struct vwb_allowed *key = vwpl_key(t, i);
		struct vwpl_prefix *a;

		if (key->ifindex != (uint32_t)point)
			continue;
		a = grow((void **)&s->allowed, s->nallowed, sizeof(*a));
		if (a == NULL)
			return vwc_nomem(p->h);
		a->family = (uint8_t)key->family;
		a->len = (uint8_t)(key->prefixlen - 64);
		memcpy(a->addr, key->addr, sizeof(a->addr));
		s->nallowed++;
	}
	return rc;
}

static int read_cids(struct vwpl *p, int point, struct vwpl_state *s)
{
	const struct vwpl_table *t;
	int rc = vwpl_map_all(p, VWB_MAP_CIDS, &t);

	for (size_t i = 0; rc == VW_OK && i < t->n; i++) {
		const struct vwb_cid *key = vwpl_key(t, i);
		struct vwpl_cid *c;

		/* Each is there twice. */
		if (key->ifindex != (uint32_t)point || key->family != 4)
			continue;
		c = grow((void **)&s->cids, s->ncids, sizeof(*c));
		if (c == NULL)
			return vwc_nomem(p->h);
		c->len = key->len;
		memcpy(c->id, key->id, sizeof(c->id));
		s->ncids++;
	}
	return rc;
}

static int read_more(struct vwpl *p, int point, struct vwpl_state *s)
{
	const struct vwpl_table *t;
	int rc = vwpl_map_all(p, VWB_MAP_FDB, &t);

	for (size_t i = 0; rc == VW_OK && i < t->n; i++) {
		const struct vwb_fdb_key *key = vwpl_key(t, i);
		const struct vwb_fdb *v = vwpl_value(t, i);
		uint8_t *mac;

		if (v->flags != 0 || v->ifindex != (uint32_t)point ||
		    memcmp(key->mac, s->point.mac, 6) == 0)
			continue;
		mac = grow((void **)&s->more_macs, s->nmore, 6);
		if (mac == NULL)
			return vwc_nomem(p->h);
		memcpy(mac, key->mac, 6);
		s->nmore++;
	}
	return rc;
}

static int read_entries(struct vwpl *p, int point, struct vwpl_state *s)
{
	uint32_t flags = s->point.flags;
	int rc = VW_OK;

	if (flags & VWPL_HAS_ALLOWED)
		rc = read_allowed(p, point, s);
	if (rc == VW_OK && (flags & VWPL_HAS_CIDS))
		rc = read_cids(p, point, s);
	if (rc == VW_OK && (flags & VWPL_HAS_MORE))
		rc = read_more(p, point, s);
	s->point.flags &= ~VWPL_NOTES;
	return rc;
}

void vwpl_state_clear(struct vwpl_state *s)
{
	free(s->allowed);
	free(s->cids);
	free(s->more_macs);
	memset(s, 0, sizeof(*s));
}

int vwpl_state_get(struct vwpl *p, int point, struct vwpl_state *out)
{
	uint32_t key = (uint32_t)point;
	struct vwpl_state s = { 0 };
	int rc = vwpl_map_get(p, VWB_MAP_POINTS, &key, &s.point);

	if (rc <= 0)
		return rc < 0 ? rc : VW_ERR_NOTFOUND;
	rc = read_hooks(p, point, &s);
	if (rc == VW_OK)
		rc = read_limits(p, s.point.queue, (uint16_t)s.point.node, &s.limits, NULL);
	if (rc == VW_OK)
		rc = read_entries(p, point, &s);
	if (s.point.flags & VWB_BLOCK)
		s.limits.both = 0;
	if (rc < 0)
		vwpl_state_clear(&s);
	else
		*out = s;
	return rc;
}

/* -- flows ------------------------------------------------------------------------------------ */

/* A trie would also answer with a shorter prefix that contains this one; but that one would be
 * another flow which overlaps it. */
static int find_flow(struct vwpl *p, int point, const struct vwpl_match *m, struct vwb_flow *flow)
{
	union vwpl_flow_key key;
	enum vwb_map map = vwpl_flow_key(point, m, &key);

	return vwpl_map_get(p, map, &key, flow);
}

int vwpl_flow_get(struct vwpl *p, int point, const struct vwpl_match *m,
		  struct vwpl_flow_state *out)
{
	uint32_t key = (uint32_t)point;
	struct vwb_point v = { 0 };
	struct vwpl_flow_state s;
	int rc = find_flow(p, point, m, &s.flow);

	if (rc <= 0)
		return rc < 0 ? rc : VW_ERR_NOTFOUND;
	rc = vwpl_map_get(p, VWB_MAP_POINTS, &key, &v);
	if (rc >= 0)
		rc = read_limits(p, v.queue, s.flow.node, &s.limits, NULL);
	if (rc == VW_OK)
		*out = s;
	return rc;
}

uint32_t vwpl_account(struct vwpl *p, int point)
{
	uint32_t key = (uint32_t)point;
	struct vwb_point v;

	return vwpl_map_get(p, VWB_MAP_POINTS, &key, &v) > 0 ? v.account : 0;
}

uint32_t vwpl_flow_account(struct vwpl *p, int point, const struct vwpl_match *m)
{
	struct vwb_flow flow;

	return find_flow(p, point, m, &flow) > 0 ? flow.account : 0;
}

/* -- what limits dropped ---------------------------------------------------------------------- */

static int add_drops(struct vwpl *p, uint32_t queue, uint16_t minor, uint64_t *drops)
{
	struct vwpl_limits ignored;
	uint64_t n = 0;
	int rc = read_limits(p, queue, minor, &ignored, &n);

	*drops += rc == VW_OK ? n : 0;
	return rc;
}

static int add_flow_drops(struct vwpl *p, int point, uint32_t queue, uint64_t *drops)
{
	int rc = VW_OK;

	for (int map = VWB_MAP_FLOW_ADDRS; map <= VWB_MAP_FLOW_KEYS && rc == VW_OK; map++) {
		const struct vwpl_table *t;

		rc = vwpl_map_all(p, (enum vwb_map)map, &t);
		for (size_t i = 0; rc == VW_OK && i < t->n; i++) {
			const union vwpl_flow_key *k = vwpl_key(t, i);
			const struct vwb_flow *flow = vwpl_value(t, i);
			uint32_t at = map == VWB_MAP_FLOW_ADDRS ? k->addr.ifindex : k->key.ifindex;

			if (at == (uint32_t)point && flow->node != 0)
				rc = add_drops(p, queue, flow->node, drops);
		}
	}
	return rc;
}

int vwpl_limit_drops(struct vwpl *p, int point, uint64_t *drops)
{
	uint32_t key = (uint32_t)point;
	struct vwb_point v;
	uint64_t n = 0;
	int rc = vwpl_map_get(p, VWB_MAP_POINTS, &key, &v);

	if (rc > 0 && v.queue != 0) {
		rc = add_drops(p, v.queue, (uint16_t)v.node, &n);
		if (rc == VW_OK && v.kinds != 0)
			rc = add_flow_drops(p, point, v.queue, &n);
	}
	if (rc < 0)
		return rc;
	*drops = n;
	return VW_OK;
}

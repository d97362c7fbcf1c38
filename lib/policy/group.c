/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * group.c - who hears a broadcast: the ports of one switch and VLAN, a list through their points
 *
 * Frames are on their way along the list at any time. A new member points to the rest before the
 * list leads to it; one that leaves is passed by before it goes.
 */
#include <stdlib.h>
#include <string.h>

#include "policy/engine.h"

#define MEMBERS_MOST	65536u	/* as many as there can be points: a longer list is a circle */

struct vwpl_group {
	struct vwb_group_key key;
	uint32_t	 first;
	bool		 changed;	/* @first is not what the map says */
	bool		 walked;
	int		*members;	/* sorted, when walked */
	size_t		 n;
};

struct member {
	uint32_t	 ifindex;
	struct vwb_point v;
};

/* Members in their order; *@out is for free(). A member without a point ends the list. */
static int walk(struct vwpl *p, uint32_t first, struct member **out, size_t *n)
{
	size_t cap = 0;
	int rc = VW_OK;

	*out = NULL;
	*n = 0;
	for (uint32_t at = first; at != 0 && *n < MEMBERS_MOST; at = (*out)[*n - 1].v.next) {
		if (*n == cap) {
			struct member *v = reallocarray(*out, cap ? 2 * cap : 64, sizeof(*v));

			if (v == NULL)
				return vwc_nomem(p->h);
			cap = cap ? 2 * cap : 64;
			*out = v;
		}
		rc = vwpl_map_get(p, VWB_MAP_POINTS, &at, &(*out)[*n].v);
		if (rc <= 0)
			break;
		(*out)[(*n)++].ifindex = at;
	}
	return rc < 0 ? rc : VW_OK;
}

/* -- joining ---------------------------------------------------------------------------------- */

static int group_of(struct vwpl_set *s, const struct vwb_point *v, struct vwpl_group **out)
{
	struct vwb_group_key key = { .sw = v->sw, .vid = v->vid };
	struct vwpl_group *g;
	int rc;

	for (size_t i = s->ngroups; i > 0; i--) {
		g = &s->groups[i - 1];
		if (memcmp(&g->key, &key, sizeof(key)) == 0) {
			*out = g;
			return VW_OK;
		}
	}
	g = reallocarray(s->groups, s->ngroups + 1, sizeof(*g));
	if (g == NULL)
		return vwc_nomem(s->p->h);
	s->groups = g;
	g = &s->groups[s->ngroups++];
	*g = (struct vwpl_group){ .key = key };
	*out = g;
	rc = vwpl_map_get(s->p, VWB_MAP_GROUPS, &key, &g->first);
	return rc < 0 ? rc : VW_OK;
}

static int find_members(struct vwpl_set *s, struct vwpl_group *g)
{
	vwu_auto_free struct member *v = NULL;
	int rc;

	if (g->walked)
		return VW_OK;
	rc = walk(s->p, g->first, &v, &g->n);
	g->members = rc == VW_OK ? calloc(g->n + 1, sizeof(*g->members)) : NULL;
	if (g->members == NULL)
		return rc < 0 ? rc : vwc_nomem(s->p->h);
	for (size_t i = 0; i < g->n; i++)
		g->members[i] = (int)v[i].ifindex;
	qsort(g->members, g->n, sizeof(*g->members), vwpl_int_cmp);
	g->walked = true;
	return VW_OK;
}

/* A known port is in its list, unless the command that made it was killed. */
static int is_member(struct vwpl_set *s, struct vwpl_group *g, int point, bool *yes)
{
	int rc = find_members(s, g);

	*yes = rc == VW_OK && vwpl_int_find(g->members, g->n, point) >= 0;
	return rc;
}

static int leave_old(struct vwpl_set *s, struct vwpl_job *j)
{
	vwpl_list_add(&s->left, &j->old.sw, sizeof(j->old.sw), NULL, 0);
	return vwpl_groups_leave(s->p, &j->point, &j->old, 1);
}

static int join(struct vwpl_set *s, struct vwpl_job *j)
{
	bool was = j->old.flags & VWB_PORT, member = false;
	struct vwpl_group *g = NULL;
	int rc;

	if (was && (j->old.sw != j->now.sw || j->old.vid != j->now.vid)) {
		rc = leave_old(s, j);
		if (rc < 0)
			return rc;
		was = false;
	}
	rc = group_of(s, &j->now, &g);
	if (rc == VW_OK && was)
		rc = is_member(s, g, j->point, &member);
	if (rc < 0 || member)
		return rc;
	j->now.next = g->first;
	g->first = (uint32_t)j->point;
	g->changed = true;
	return VW_OK;
}

int vwpl_groups_link(struct vwpl_set *s)
{
	int rc = VW_OK;

	for (size_t i = 0; rc == VW_OK && i < s->n; i++)
		if (s->jobs[i].keep && (s->jobs[i].now.flags & VWB_PORT))
			rc = join(s, &s->jobs[i]);
	return rc;
}

int vwpl_groups_head(struct vwpl_set *s)
{
	struct vwpl_list l = { 0 };

	for (size_t i = 0; i < s->ngroups; i++)
		if (s->groups[i].changed)
			vwpl_list_add(&l, &s->groups[i].key, sizeof(s->groups[i].key),
				      &s->groups[i].first, sizeof(s->groups[i].first));
	return vwpl_list_put(s->p, VWB_MAP_GROUPS, &l);
}

void vwpl_groups_free(struct vwpl_set *s)
{
	for (size_t i = 0; i < s->ngroups; i++)
		free(s->groups[i].members);
	free(s->groups);
}

/* -- leaving ---------------------------------------------------------------------------------- */

/* Write what changes when the list is @n members long and no longer has @points. */
static int pass_by(struct vwpl *p, const struct vwb_group_key *key, struct member *m, size_t n,
		   const int *points, size_t npoints)
{
	struct member *last = NULL;
	uint32_t first = 0;
	struct vwpl_list l = { 0 };
	int rc;

	for (size_t i = 0; i <= n; i++) {
		uint32_t at = i < n ? m[i].ifindex : 0;

		if (i < n && vwpl_int_find(points, npoints, (int)at) >= 0)
			continue;
		if (last != NULL && last->v.next != at) {
			last->v.next = at;
			vwpl_list_add(&l, &last->ifindex, sizeof(last->ifindex), &last->v,
				      sizeof(last->v));
		}
		if (last == NULL)
			first = at;
		last = i < n ? &m[i] : NULL;
	}
	rc = vwpl_list_put(p, VWB_MAP_POINTS, &l);
	if (rc < 0)
		return rc;
	if (first == 0)
		return vwpl_map_del(p, VWB_MAP_GROUPS, key, 1);
	return first != m[0].ifindex ? vwpl_map_put(p, VWB_MAP_GROUPS, key, &first, 1) : VW_OK;
}

static int leave(struct vwpl *p, const struct vwb_group_key *key, const int *points, size_t n)
{
	vwu_auto_free struct member *m = NULL;
	uint32_t first = 0;
	size_t members = 0;
	int rc = vwpl_map_get(p, VWB_MAP_GROUPS, key, &first);

	if (rc <= 0)
		return rc;
	rc = walk(p, first, &m, &members);
	if (rc == VW_OK)
		rc = members > 0 ? pass_by(p, key, m, members, points, n)
				 : vwpl_map_del(p, VWB_MAP_GROUPS, key, 1);
	return rc;
}

int vwpl_groups_leave(struct vwpl *p, const int *points, const struct vwb_point *v, size_t n)
{
	int rc = VW_OK;

	for (size_t i = 0; rc == VW_OK && i < n; i++) {
		struct vwb_group_key key = { .sw = v[i].sw, .vid = v[i].vid };
		bool done = !(v[i].flags & VWB_PORT);

		for (size_t k = 0; k < i && !done; k++)	/* with the first of its group */
			done = (v[k].flags & VWB_PORT) && v[k].sw == key.sw && v[k].vid == key.vid;
		if (!done)
			rc = leave(p, &key, points, n);
	}
	return rc;
}

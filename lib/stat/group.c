/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* group.c - which series make a row, and when these were there */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stat/query.h"

#define BELOW	(VW_CLASS_ETHERSTUB | VW_CLASS_BRIDGE)

struct lookup {
	struct vwu_map	 names;		/* "name/zone": number of the series */
	struct vwu_map	 provided;	/* zones that were given links */
};

/* -- whose are asked for ----------------------------------------------------------------------- */

static bool asked(const struct vwst_query *q, const struct vwst_whose *w)
{
	const struct vw_usage_filter *f = &q->f;

	return (f->name == NULL || strcmp(w->name, f->name) == 0) &&
	       (f->link == NULL || strcmp(w->link, f->link) == 0) &&
	       (f->zone == NULL || strcmp(w->zone, f->zone) == 0) &&
	       (f->vwire == NULL || strcmp(w->vwire, f->vwire) == 0) &&
	       (!(f->flags & VW_USAGE_HOST) || f->zone != NULL || w->zone[0] == '\0');
}

/* The link of the same zone that @w is over; NULL: none is known. */
static const struct vwst_whose *below(const struct vwst_query *q, const struct lookup *l,
				      const struct vwst_whose *w)
{
	char key[2 * VW_FLOW_NAME_MAX + 4096];
	size_t at;

	if (w->over[0] == '\0')
		return NULL;
	snprintf(key, sizeof(key), "%s/%s", w->over, w->zone);
	return vwu_map_get(&l->names, key, &at) ? &q->whose[at] : NULL;
}

/* Did the zone get it from the host? A VNIC always; of VLANs those over no device of the zone. */
static bool given(const struct vwst_query *q, const struct lookup *l, const struct vwst_whose *w)
{
	return (w->cls & (VW_CLASS_VNIC | VW_CLASS_SIMNET)) ||
	       ((w->cls & VW_CLASS_VLAN) && below(q, l, w) == NULL);
}

/*
 * What a zone is billed for passes the links it was given. What else it has it made itself, and
 * that carries the same bytes again or none that leave the zone. Where it was given none it lives
 * on devices that were moved there.
 */
static bool internal(const struct vwst_query *q, const struct lookup *l,
		     const struct vwst_whose *w)
{
	size_t at;

	if (w->zone[0] == '\0' || q->f.kind == VW_USAGE_FLOWS || q->f.name != NULL ||
	    q->f.group < VW_USAGE_BY_OWNER)
		return false;
	if (vwu_map_get(&l->provided, w->zone, &at))
		return !given(q, l, w);
	return q->f.group > VW_USAGE_BY_OWNER && !(w->cls & (VW_CLASS_PHYS | VW_CLASS_AGGR));
}

/* Does a link below it in the same zone count, too? */
static bool counted_below(const struct vwst_query *q, const struct lookup *l,
			  const struct vwst_whose *w)
{
	const struct vwst_whose *lower = below(q, l, w);

	return lower != NULL && !(lower->cls & BELOW) && asked(q, lower) && !internal(q, l, lower);
}

/* With more than one link in a row: does this one count what another in it counts? */
static bool twice(const struct vwst_query *q, const struct lookup *l, const struct vwst_whose *w)
{
	if (q->f.kind == VW_USAGE_FLOWS || q->f.group <= VW_USAGE_BY_OWNER)
		return false;
	if (w->cls & BELOW)
		return true;
	/* In the host the reader of counters knew; in a zone only what is there counts. */
	if (w->zone[0] == '\0' && q->f.zone == NULL && q->f.name == NULL &&
	    !(q->f.flags & VW_USAGE_HOST))
		return !w->edge;
	/* What has no vWire is one row, of the host and of its zones. */
	if ((q->f.group == VW_USAGE_TOGETHER ||
	     (q->f.group == VW_USAGE_BY_VWIRE && w->vwire[0] == '\0')) &&
	    q->f.zone == NULL && q->f.name == NULL && q->f.vwire == NULL)
		return !w->edge;
	return counted_below(q, l, w);
}

static int map_names(struct vwst_query *q, struct lookup *l)
{
	for (size_t i = 0; i < q->nwhose; i++) {
		const struct vwst_whose *w = &q->whose[i];
		size_t len = strlen(w->name) + strlen(w->zone) + 2;
		char *key = vwu_pool_get(&q->pool, len);

		if (key == NULL)
			return vwc_nomem(q->h);
		snprintf(key, len, "%s/%s", w->name, w->zone);
		if (!vwu_map_put(&l->names, key, i))
			return vwc_nomem(q->h);
	}
	for (size_t i = 0; i < q->nwhose; i++) {
		const struct vwst_whose *w = &q->whose[i];

		if (w->zone[0] != '\0' && given(q, l, w) && !vwu_map_put(&l->provided, w->zone, i))
			return vwc_nomem(q->h);
	}
	return VW_OK;
}

/* -- groups ------------------------------------------------------------------------------------ */

static const char *key_of(struct vwst_query *q, const struct vwst_whose *w)
{
	struct vwu_str b = { 0 };
	const char *key;

	switch (q->f.group) {
	case VW_USAGE_BY_NAME:
		vwu_str_addf(&b, "%s", w->name);
		break;
	case VW_USAGE_BY_OWNER:
		vwu_str_addf(&b, "%s\n%s\n%s", w->name, w->zone, w->vwire);
		break;
	case VW_USAGE_BY_ZONE:
		vwu_str_addf(&b, "%s", w->zone);
		break;
	case VW_USAGE_BY_VWIRE:
		vwu_str_addf(&b, "%s", w->vwire);
		break;
	default:
		vwu_str_add(&b, "");
	}
	key = b.failed ? NULL : vwu_pool_str(&q->pool, b.s ? b.s : "");
	vwu_str_free(&b);
	return key;
}

static const char *or_null(const char *text)
{
	return text[0] ? text : NULL;
}

static bool same(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* What the members of a group do not have in common is not said of it. */
static void take_in(struct vwst_query *q, struct vwst_group *g, const struct vwst_whose *w,
		    bool first)
{
	bool by_name = q->f.group <= VW_USAGE_BY_OWNER;

	g->links++;
	g->alive = g->alive || w->alive;
	if (first) {
		g->name = by_name ? w->name : NULL;
		g->link = by_name ? or_null(w->link) : NULL;
		g->zone = q->f.group != VW_USAGE_BY_VWIRE ? or_null(w->zone) : NULL;
		g->vwire = q->f.group != VW_USAGE_BY_ZONE ? or_null(w->vwire) : NULL;
		g->cls = w->cls;
		return;
	}
	if (!same(g->link, or_null(w->link)))
		g->link = NULL;
	if (!same(g->zone, or_null(w->zone)))
		g->zone = NULL;
	if (!same(g->vwire, or_null(w->vwire)))
		g->vwire = NULL;
	if (g->cls != w->cls)
		g->cls = 0;
}

static int place(struct vwst_query *q, struct vwu_map *keys, struct vwst_whose *w)
{
	const char *key = key_of(q, w);
	size_t at;
	bool first = false;

	if (key == NULL)
		return vwc_nomem(q->h);
	if (!vwu_map_get(keys, key, &at)) {
		if (q->ngroups == q->maxgroups) {
			size_t max = q->maxgroups ? 2 * q->maxgroups : 64;
			void *v = reallocarray(q->groups, max, sizeof(*q->groups));

			if (v == NULL)
				return vwc_nomem(q->h);
			q->groups = v;
			q->maxgroups = max;
		}
		at = q->ngroups++;
		q->groups[at] = (struct vwst_group){ 0 };
		first = true;
		if (!vwu_map_put(keys, key, at))
			return vwc_nomem(q->h);
	}
	take_in(q, &q->groups[at], w, first);
	w->group = (uint32_t)at;
	q->nasked++;
	return VW_OK;
}

/* -- when they were there ---------------------------------------------------------------------- */

static int add_life(struct vwst_query *q, struct vwst_group *g, int64_t t0, int64_t t1)
{
	if (g->nlife > 0 && t0 <= g->life[g->nlife - 1].t1) {	/* rising by t0 */
		if (t1 > g->life[g->nlife - 1].t1)
			g->life[g->nlife - 1].t1 = t1;
		return VW_OK;
	}
	if (g->nlife == g->maxlife) {
		size_t max = g->maxlife ? 2 * g->maxlife : 1;
		void *v = reallocarray(g->life, max, sizeof(*g->life));

		if (v == NULL)
			return vwc_nomem(q->h);
		g->life = v;
		g->maxlife = max;
	}
	g->life[g->nlife++] = (struct vwst_span){ t0, t1 };
	return VW_OK;
}

static int take_lives(struct vwst_query *q)
{
	sqlite3_stmt *st = vwst_db_prepare(&q->db, "SELECT series, t0, coalesce(t1, ?1) FROM life"
					   " ORDER BY t0");
	size_t hint = 0;
	int rc = st ? VW_OK : vw_error_status(q->h);

	if (st != NULL)
		vwst_db_bind(&q->db, st, 1, q->last);
	while (rc >= 0 && (rc = vwst_db_step(&q->db, st)) == 1) {
		const struct vwst_whose *w =
			vwst_whose_at(q, q->db.sql.column_int64(st, 0), &hint);

		if (w == NULL || w->group == VWST_NO_GROUP)
			continue;
		rc = add_life(q, &q->groups[w->group], q->db.sql.column_int64(st, 1),
			      q->db.sql.column_int64(st, 2));
		if (rc < 0)
			break;
	}
	vwst_db_finalize(&q->db, st);
	return rc;
}

static int take_marks(struct vwst_query *q)
{
	sqlite3_stmt *st = vwst_db_prepare(&q->db, "SELECT series, what FROM mark"
					   " WHERE t > ? AND t <= ?");
	size_t hint = 0;
	int rc = st ? VW_OK : vw_error_status(q->h);

	if (st != NULL) {
		vwst_db_bind(&q->db, st, 1, q->start);
		vwst_db_bind(&q->db, st, 2, q->end);
	}
	while (rc >= 0 && (rc = vwst_db_step(&q->db, st)) == 1) {
		const struct vwst_whose *w =
			vwst_whose_at(q, q->db.sql.column_int64(st, 0), &hint);

		if (w != NULL && w->group != VWST_NO_GROUP)
			q->groups[w->group].flags |=
				q->db.sql.column_int64(st, 1) == VWST_MARK_RESET
				? VW_USAGE_RESET : VW_USAGE_BLIND;
	}
	vwst_db_finalize(&q->db, st);
	return rc;
}

uint64_t vwst_group_time(const struct vwst_group *g, int64_t t0, int64_t t1)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < g->nlife; i++) {
		int64_t a = g->life[i].t0 > t0 ? g->life[i].t0 : t0;
		int64_t b = g->life[i].t1 < t1 ? g->life[i].t1 : t1;

		if (b > a)
			sum += (uint64_t)(b - a);
	}
	return sum;
}

static int not_found(const struct vwst_query *q)
{
	const char *what = q->f.kind == VW_USAGE_FLOWS ? "flow" : "link";

	if (q->f.name != NULL) {
		vwc_why(q->h, VW_ERR_NOTFOUND, "no %s '%s' in %s", what, q->f.name, q->db.path);
		if (q->f.kind == VW_USAGE_FLOWS && q->nwhose == 0)
			return vwc_hint(q->h, VW_ERR_NOTFOUND, "flows are recorded with 'acctadm -e "
					"extended net'");
		return vwc_hint(q->h, VW_ERR_NOTFOUND, "names are those of the time: '-a' without "
				"a name lists all");
	}
	return vwc_why(q->h, VW_ERR_NOTFOUND, "nothing of %s '%s' in %s",
		       q->f.zone ? "zone" : q->f.vwire ? "vWire" : "link",
		       q->f.zone ? q->f.zone : q->f.vwire ? q->f.vwire : q->f.link, q->db.path);
}

int vwst_groups_make(struct vwst_query *q)
{
	struct vwu_map keys = { 0 };
	struct lookup l = { 0 };
	bool narrowed = q->f.name || q->f.zone || q->f.vwire || q->f.link;
	int rc = map_names(q, &l);

	for (size_t i = 0; rc == VW_OK && i < q->nwhose; i++)
		if (asked(q, &q->whose[i]) && !internal(q, &l, &q->whose[i]) &&
		    !twice(q, &l, &q->whose[i]))
			rc = place(q, &keys, &q->whose[i]);
	vwu_map_free(&l.names);
	vwu_map_free(&l.provided);
	vwu_map_free(&keys);
	if (rc == VW_OK && q->ngroups == 0 && narrowed)
		rc = not_found(q);
	if (rc == VW_OK)
		rc = take_lives(q);
	return rc == VW_OK ? take_marks(q) : rc;
}

void vwst_groups_free(struct vwst_query *q)
{
	for (size_t i = 0; i < q->ngroups; i++)
		free(q->groups[i].life);
	free(q->groups);
}

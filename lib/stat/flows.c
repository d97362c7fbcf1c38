/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* flows.c - counters of flows, and what was dropped of links: both from the policy engine's maps */
#include <stdlib.h>
#include <string.h>

#include "object/engine.h"
#include "stat/stat.h"

/* One flow in force, and the number its counters have. */
struct flow {
	char	*name, *link, *zone;
	uint64_t maxbw;
	uint32_t account;	/* 0: not counted, its link is not there */
};

/* What is asked of the engine again and again; made anew when links or documents changed. */
struct vwst_engine {
	struct vwpl	  *p;		/* NULL: there is none */
	struct vwst_roster *roster;	/* it was made for this one */
	int		   status;	/* why there is none */
	uint32_t	  *accounts;	/* of each row; 0: nothing can be dropped */
	int		  *points;	/* of each row that may wait for a limit; 0: none */
	struct flow	  *flows;
	size_t		   nflows;
};

void vwst_engine_close(struct vwst_engine *e)
{
	if (e == NULL)
		return;
	for (size_t i = 0; i < e->nflows; i++) {
		free(e->flows[i].name);
		free(e->flows[i].link);
		free(e->flows[i].zone);
	}
	free(e->flows);
	free(e->accounts);
	free(e->points);
	vwst_roster_put(e->roster);
	vwpl_close(e->p);
	free(e);
}

/* -- finding ----------------------------------------------------------------------------------- */

/* Without the privilege links are told all the same; drops and flows then are not known. */
static int open_engine(struct vw_stat *s, struct vwst_engine *e)
{
	int rc = vwpl_open(s->h, s->h->nl, vwo_mark(VW_CLASS_PHYS, VWO_ROLE_QUEUE), VWPL_FIND,
			   &e->p);

	e->status = rc;
	if (rc == VW_ERR_NOMEM)
		return rc;
	if (rc < 0)
		vwc_forget(s->h);
	return VW_OK;
}

static int find_accounts(struct vw_stat *s, struct vwst_engine *e)
{
	const struct vwst_roster *r = s->roster;

	e->accounts = calloc(r->n + 1, sizeof(*e->accounts));
	e->points = calloc(r->n + 1, sizeof(*e->points));
	if (e->accounts == NULL || e->points == NULL)
		return vwc_nomem(s->h);
	for (size_t i = 0; e->p != NULL && i < r->n; i++) {
		if (r->v[i].point == 0)
			continue;
		e->accounts[i] = vwpl_account(e->p, r->v[i].point);
		if (e->accounts[i] != 0)
			e->points[i] = r->v[i].point;
	}
	return VW_OK;
}

static const struct vwst_row *row_named(const struct vwst_roster *r, const struct vwu_map *names,
					const char *name)
{
	size_t at;

	return vwu_map_get(names, name, &at) ? &r->v[at] : NULL;
}

static int take_flow(struct vw_stat *s, struct vwst_engine *e, const struct vws_flow *def,
		     const struct vwst_row *row)
{
	struct flow *f = &e->flows[e->nflows];
	struct vwpl_flow made;
	int rc;

	rc = vwp_flow_compile(s->h, def, &made);
	if (rc < 0)
		return rc;
	f->name = strdup(def->name);
	f->link = strdup(def->link);
	f->zone = row != NULL && row->zone != NULL ? strdup(row->zone) : NULL;
	e->nflows++;
	if (f->name == NULL || f->link == NULL ||
	    (row != NULL && row->zone != NULL && f->zone == NULL))
		return vwc_nomem(s->h);
	f->maxbw = made.limits.both == VWPL_NONE ? UINT64_MAX : made.limits.both;
	if (row != NULL && row->point != 0 && e->p != NULL)
		f->account = vwpl_flow_account(e->p, row->point, &made.match);
	return VW_OK;
}

/* The filter's link decides by the roster, which is filtered, too. */
static bool wanted(const struct vw_stat *s, const struct vws_flow *def, const struct vwst_row *row)
{
	if (s->flow != NULL && strcmp(s->flow, def->name) != 0)
		return false;
	return row != NULL || (s->link == NULL && s->zone == NULL && s->classes == 0);
}

static int find_flows(struct vw_stat *s, struct vwst_engine *e)
{
	struct vws_flow **defs = NULL;
	struct vwu_map names = { 0 };
	size_t n = 0;
	int rc = VW_OK;

	if (!(s->flags & VW_STAT_FLOWS) || !s->have_docs)
		return VW_OK;
	for (size_t i = 0; rc == VW_OK && i < s->roster->n; i++)
		if (vwst_row_defined(&s->roster->v[i]) &&
		    !vwu_map_put(&names, s->roster->v[i].name, i))
			rc = vwc_nomem(s->h);
	if (rc == VW_OK)
		rc = vwo_flow_defs(&s->docs, s->link, &defs, &n);
	e->flows = rc == VW_OK ? calloc(n + 1, sizeof(*e->flows)) : NULL;
	if (rc == VW_OK && e->flows == NULL)
		rc = vwc_nomem(s->h);
	for (size_t i = 0; rc == VW_OK && i < n; i++) {
		const struct vwst_row *row = row_named(s->roster, &names, defs[i]->link);

		if (wanted(s, defs[i], row))
			rc = take_flow(s, e, defs[i], row);
	}
	if (rc == VW_OK && s->flow != NULL && e->nflows == 0) {
		rc = vwc_why(s->h, VW_ERR_NOTFOUND, "no flow '%s'%s%s%s", s->flow,
			     s->link != NULL ? " on link '" : "", s->link != NULL ? s->link : "",
			     s->link != NULL ? "'" : "");
		vwc_hint(s->h, rc, "'flowadm show-flow' lists the flows");
	}
	vwo_flow_defs_free(defs, n);
	vwu_map_free(&names);
	return rc;
}

/* The engine may have come, gone or been replaced since: what was found is kept no longer than the
 * roster. */
static int need_engine(struct vw_stat *s)
{
	struct vwst_engine *e;
	int rc;

	if (s->engine != NULL && s->engine->roster == s->roster)
		return VW_OK;
	vwst_engine_close(s->engine);
	s->engine = NULL;
	e = calloc(1, sizeof(*e));
	if (e == NULL)
		return vwc_nomem(s->h);
	/* Held: a roster that was made where this one was freed would be taken for it. */
	e->roster = vwst_roster_get(s->roster);
	rc = open_engine(s, e);
	if (rc == VW_OK)
		rc = find_accounts(s, e);
	if (rc == VW_OK)
		rc = find_flows(s, e);
	if (rc < 0)
		vwst_engine_close(e);
	else
		s->engine = e;
	return rc;
}

/* -- drops ------------------------------------------------------------------------------------- */

/* Rows that anything can be taken from. */
static size_t gather(const struct vwst_engine *e, size_t n, uint32_t *accounts, size_t *rows)
{
	size_t found = 0;

	for (size_t i = 0; i < n; i++)
		if (e->accounts[i] != 0) {
			accounts[found] = e->accounts[i];
			rows[found++] = i;
		}
	return found;
}

static int read_drops(struct vw_stat *s, struct vw_stat_reading *r)
{
	struct vwst_engine *e = s->engine;
	size_t n = s->roster->n;
	vwu_auto_free uint32_t *accounts = calloc(n + 1, sizeof(*accounts));
	vwu_auto_free size_t *rows = calloc(n + 1, sizeof(*rows));
	vwu_auto_free struct vwb_dropped *got = NULL;
	int rc;

	if (accounts == NULL || rows == NULL)
		return vwc_nomem(s->h);
	n = gather(e, n, accounts, rows);
	got = calloc(n + 1, sizeof(*got));
	if (got == NULL)
		return vwc_nomem(s->h);
	rc = vwpl_dropped(e->p, accounts, n, got);
	for (size_t i = 0; rc == VW_OK && i < n; i++) {
		uint64_t limit = 0;

		rc = vwpl_limit_drops(e->p, e->points[rows[i]], &limit);
		vwpl_drops_told(&got[i], limit, &r->drops[rows[i]]);
	}
	return rc;
}

int vwst_drops_read(struct vw_stat *s, struct vw_stat_reading *r)
{
	size_t n = s->roster->n;
	int rc = need_engine(s);

	if (rc < 0)
		return rc;
	r->drops = calloc(n + 1, sizeof(*r->drops));
	if (r->drops == NULL)
		return vwc_nomem(s->h);
	for (size_t i = 0; s->engine->status == VW_OK && i < n; i++)
		r->flags[i] |= VW_STAT_HAS_DROPS;
	return s->engine->p != NULL ? read_drops(s, r) : VW_OK;
}

/* -- flows ------------------------------------------------------------------------------------- */

static int read_counts(struct vw_stat *s, struct vw_stat_reading *r)
{
	struct vwst_engine *e = s->engine;
	size_t n = e->nflows;
	vwu_auto_free uint32_t *accounts = calloc(n + 1, sizeof(*accounts));
	vwu_auto_free struct vwb_count *counts = calloc(n + 1, sizeof(*counts));
	vwu_auto_free struct vwb_dropped *dropped = calloc(n + 1, sizeof(*dropped));
	int rc;

	if (accounts == NULL || counts == NULL || dropped == NULL)
		return vwc_nomem(s->h);
	for (size_t i = 0; i < n; i++)
		accounts[i] = e->flows[i].account;
	rc = vwpl_counts(e->p, accounts, n, counts);
	if (rc == VW_OK)
		rc = vwpl_dropped(e->p, accounts, n, dropped);
	for (size_t i = 0; rc == VW_OK && i < n; i++) {
		if (accounts[i] == 0)
			continue;
		r->flows[i].flags |= VW_STAT_KNOWN;
		r->flows[i].stats = (struct vw_flow_stats){
			.in_packets = counts[i].packets[VWB_IN],
			.in_bytes = counts[i].bytes[VWB_IN],
			.out_packets = counts[i].packets[VWB_OUT],
			.out_bytes = counts[i].bytes[VWB_OUT],
			.drops = dropped[i].packets[VWB_DROP_BLOCKED],
		};
	}
	return rc;
}

int vwst_flows_read(struct vw_stat *s, struct vw_stat_reading *r)
{
	struct vwst_engine *e;
	int rc = need_engine(s);

	if (rc < 0)
		return rc;
	e = s->engine;
	r->flows = calloc(e->nflows + 1, sizeof(*r->flows));
	if (r->flows == NULL)
		return vwc_nomem(s->h);
	r->nflows = e->nflows;
	for (size_t i = 0; i < e->nflows; i++)
		r->flows[i] = (struct vw_stat_flow){
			.size = sizeof(r->flows[i]),
			.name = vwu_pool_str(&r->pool, e->flows[i].name),
			.link = vwu_pool_str(&r->pool, e->flows[i].link),
			.zone = vwu_pool_str(&r->pool, e->flows[i].zone),
			.maxbw = e->flows[i].maxbw, .counter = e->flows[i].account,
		};
	if (r->pool.failed)
		return vwc_nomem(s->h);
	return e->p != NULL && e->nflows > 0 ? read_counts(s, r) : VW_OK;
}

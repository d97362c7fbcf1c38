/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* read.c - one reading: what is there, then its counters */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "stat/stat.h"

#define TRIES	10	/* readings of a list that keeps changing, for who does not listen */

struct filling {
	struct vwst_ns	*ns;
	struct vw_stat_reading *r;
	uint64_t	 dump;		/* number of this one */
	size_t		 at;		/* devices told so far */
	bool		 strange;	/* told of a device we do not know */
};

static uint64_t now_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* -- counters ---------------------------------------------------------------------------------- */

static void remember_order(struct vwst_ns *ns, size_t at, const struct vwst_dev *d)
{
	if (at > ns->norder)
		return;
	if (at == ns->maxorder) {
		size_t max = ns->maxorder ? 2 * ns->maxorder : 64;
		uint32_t *order = reallocarray(ns->order, max, sizeof(*order));

		if (order == NULL)
			return;		/* slower, that is all */
		ns->order = order;
		ns->maxorder = max;
	}
	ns->order[at] = (uint32_t)(d - ns->v);
	if (at == ns->norder)
		ns->norder++;
}

/* The device told as the @at-th: where it was the last time, else searched for. */
static struct vwst_dev *told(struct filling *f, int ifindex)
{
	struct vwst_ns *ns = f->ns;
	struct vwst_dev *d;
	size_t at = f->at++;

	if (at < ns->norder && ns->v[ns->order[at]].ifindex == ifindex)
		return &ns->v[ns->order[at]];
	d = vwst_dev_at(ns, ifindex);
	if (d != NULL)
		remember_order(ns, at, d);
	return d;
}

static void fill(struct vw_stat_reading *r, const struct vwst_dev *d, const struct vwk_stats *st)
{
	if (d->row == VWST_NONE)
		return;
	r->stats[d->row] = *st;
	r->flags[d->row] = VW_STAT_KNOWN;
	if (r->roster->v[d->row].exchanged)
		vwst_exchange(&r->stats[d->row]);
}

static void take(void *arg, int ifindex, const struct vwk_stats *st)
{
	struct filling *f = arg;
	struct vwst_dev *d = told(f, ifindex);

	if (d == NULL) {
		f->strange = true;
		return;
	}
	d->seen = f->dump;
	fill(f->r, d, st);
}

/* False: it is not there any more, and nothing was heard of it. */
static int fill_one(struct vw_stat *s, struct vwst_ns *ns, struct vw_stat_reading *r, int ifindex,
		    uint32_t row, bool *missing)
{
	struct vwst_dev key = { .row = row };
	const struct vwk_stats *last;
	struct vwk_stats st;
	int rc = vwk_stats_get(s->h, ns->nl, ifindex, &st);

	if (rc == VW_OK)
		fill(r, &key, &st);
	if (rc != VW_ERR_NOTFOUND)
		return rc;
	/* It went after we heard last: it is told as it was then, and as gone the next time. */
	rc = ns->ev != NULL ? vwst_devices_hear(s, ns) : VW_OK;
	if (rc == VW_OK)
		vwst_last_words(s);
	last = vwst_devices_last(ns, ifindex);
	if (last != NULL)
		fill(r, &key, last);
	else
		*missing = true;
	return rc;
}

/* Devices of the roster that a dump left out because the list changed under it. */
static int fill_missing(struct vw_stat *s, struct vwst_ns *ns, struct vw_stat_reading *r,
			uint64_t dump, bool *missing)
{
	size_t n = 0;
	int rc = VW_OK;

	struct { int ifindex; uint32_t row; } *left;

	for (size_t i = 0; i < ns->n; i++)
		n += ns->v[i].seen != dump && ns->v[i].row != VWST_NONE;
	if (n == 0)
		return VW_OK;
	left = calloc(n, sizeof(*left));	/* hearing moves the devices */
	if (left == NULL)
		return vwc_nomem(s->h);
	n = 0;
	for (size_t i = 0; i < ns->n; i++)
		if (ns->v[i].seen != dump && ns->v[i].row != VWST_NONE) {
			left[n].ifindex = ns->v[i].ifindex;
			left[n++].row = ns->v[i].row;
		}
	for (size_t i = 0; rc == VW_OK && i < n; i++)
		rc = fill_one(s, ns, r, left[i].ifindex, left[i].row, missing);
	free(left);
	return rc;
}

static int read_ns(struct vw_stat *s, struct vwst_ns *ns, struct vw_stat_reading *r, bool *again)
{
	struct filling f = { .ns = ns, .r = r, .dump = ++s->dumps };
	bool whole, missing = false;
	int rc;

	if (!ns->counts)
		return VW_OK;
	if (s->brief) {
		for (size_t i = 0; i < ns->nearly; i++)
			take(&f, ns->early[i].ifindex, &ns->early[i].st);
		ns->nearly = 0;
		ns->known = s->brief = false;	/* a second reading looks at everything */
		return VW_OK;
	}
	rc = vwk_stats_dump(s->h, ns->nl, take, &f, &whole);
	if (rc == VW_OK)
		rc = fill_missing(s, ns, r, f.dump, &missing);
	if (ns->ev == NULL && (f.strange || missing)) {
		ns->known = false;	/* look again what is there */
		*again = true;
	}
	return rc;
}

/* -- what went --------------------------------------------------------------------------------- */

/* What readings that failed have noted is told by the next one. */
static int tell_owed(struct vw_stat *s, struct vw_stat_reading *r, struct vwst_roster *before)
{
	struct vw_stat_reading *owed = s->owed;

	if (owed == NULL)
		return VW_OK;
	for (size_t i = 0; i < owed->ngone; i++)
		if (!vwst_reading_gone(r, &owed->gone[i].row, &owed->gone[i].stats))
			return vwc_nomem(s->h);
	if (before != owed->before && before->older == NULL)
		before->older = vwst_roster_get(owed->before);
	s->owed = NULL;
	vw_stat_free(owed);
	return VW_OK;
}

/* Rows of the roster before tell what those were that went since. */
static int note_gone(struct vw_stat *s, struct vw_stat_reading *r, struct vwst_roster *before)
{
	int rc = tell_owed(s, r, before);

	for (size_t i = 0; rc == VW_OK && i < s->nns; i++) {
		struct vwst_ns *ns = s->ns[i];

		for (size_t k = 0; k < ns->ngone; k++) {
			const struct vwst_gone *g = &ns->gone[k];
			struct vwk_stats last = g->last;
			struct vwst_row row;

			if (vwst_last_short(s, ns, before, g, &row)) {
				if (row.exchanged)
					vwst_exchange(&last);
				if (!vwst_reading_gone(r, &row, &last))
					return vwc_nomem(s->h);
			}
			if (g->dev.row == VWST_NONE || g->dev.row >= before->n)
				continue;
			if (before->v[g->dev.row].exchanged)
				vwst_exchange(&last);
			if (!vwst_reading_gone(r, &before->v[g->dev.row], &last))
				return vwc_nomem(s->h);
		}
	}
	for (size_t i = 0; rc == VW_OK && i < s->nns; i++)
		vwst_gone_clear(s->ns[i]);
	if (r->ngone > 0)
		r->before = vwst_roster_get(before);
	return rc;
}

/* -- the reading ------------------------------------------------------------------------------- */

static int refuse_missing(struct vw_stat *s)
{
	if (s->zone != NULL) {
		for (size_t i = 1; i < s->nns; i++)
			if (strcmp(s->ns[i]->zone, s->zone) == 0)
				return VW_OK;
		vwc_why(s->h, VW_ERR_NOTFOUND, "no zone '%s' that can be entered", s->zone);
		return vwc_hint(s->h, VW_ERR_NOTFOUND, "'ip netns' lists the zones");
	}
	if (s->link == NULL)
		return VW_OK;
	vwc_why(s->h, VW_ERR_NOTFOUND, "no link '%s'", s->link);
	return vwc_hint(s->h, VW_ERR_NOTFOUND, "'dladm show-link' lists the links");
}

/* Where everything is here, names are enough: no zone, and nothing asked for that needs more. */
static bool may_be_brief(const struct vw_stat *s)
{
	return s->flags == VW_STAT_BRIEF && s->nns == 1 && s->roster == NULL && s->classes == 0 &&
	       s->zone == NULL;
}

/* What is there now, as roster; the one before stays in *@before when it is another. */
static int update(struct vw_stat *s, struct vwst_roster **before)
{
	struct vwst_roster *made;
	int rc = vwst_zones_update(s);

	if (rc == VW_OK && may_be_brief(s))
		s->brief = vwst_devices_brief(s, s->ns[0], &rc);
	for (size_t i = 0; rc == VW_OK && !s->brief && i < s->nns; i++)
		rc = vwst_devices_update(s, s->ns[i]);
	if (rc < 0 || (!s->dirty && s->roster != NULL))
		return rc;
	s->dirty = false;
	for (size_t i = 1; i < s->nns; i++)
		if (s->ns[i]->nsid < 0)
			s->ns[i]->nsid = vwk_nsid(s->ns[0]->nl, s->ns[i]->nl);
	/* May hear of more that went: its rows are those of the roster before. */
	vwst_last_words(s);
	rc = vwst_roster_make(s, &made);
	if (rc < 0) {
		s->dirty = true;
		return rc;
	}
	if (*before == NULL)
		*before = s->roster;
	else
		vwst_roster_put(s->roster);
	s->roster = made;
	return made->n == 0 && (s->link != NULL || s->zone != NULL) ? refuse_missing(s) : VW_OK;
}

static int read_counters(struct vw_stat *s, struct vw_stat_reading *r, bool *again)
{
	int rc = VW_OK;

	for (size_t i = 0; rc == VW_OK && i < s->nns; i++)
		rc = read_ns(s, s->ns[i], r, again);
	r->time_ns = now_ns(CLOCK_REALTIME);
	r->boot_ns = now_ns(CLOCK_BOOTTIME);
	if (rc == VW_OK && (s->flags & VW_STAT_DROPS))
		rc = vwst_drops_read(s, r);
	if (rc == VW_OK && (s->flags & VW_STAT_FLOWS))
		rc = vwst_flows_read(s, r);
	if (rc == VW_OK && (s->flags & VW_STAT_LANES))
		rc = vwst_lanes_read(s, r);
	return rc;
}

static int read_once(struct vw_stat *s, struct vwst_roster **before, bool *again,
		     struct vw_stat_reading **rp)
{
	struct vw_stat_reading *r;
	int rc = update(s, before);

	if (rc < 0)
		return rc;
	r = vwst_reading_new(s->roster, false);
	if (r == NULL)
		return vwc_nomem(s->h);
	rc = note_gone(s, r, *before != NULL ? *before : s->roster);
	if (rc < 0) {
		vw_stat_free(r);
		return rc;
	}
	rc = read_counters(s, r, again);
	if (rc == VW_OK && !*again)
		*rp = r;
	else if (r->ngone > 0 && s->owed == NULL)
		s->owed = r;
	else
		vw_stat_free(r);
	return rc;
}

int vw_stat_read(struct vw_stat *s, struct vw_stat_reading **rp)
{
	struct vwst_roster *before = NULL;
	int rc = vwc_enter(s->h);
	bool again = true;

	for (unsigned try = 0; rc == VW_OK && again && try < TRIES; try++) {
		again = false;
		rc = read_once(s, &before, &again, rp);
	}
	if (rc == VW_OK && again)
		rc = vwc_why(s->h, VW_ERR_INCONSISTENT,
			     "links changed during every one of %d reads of their counters", TRIES);
	vwst_roster_put(before);
	return rc;
}

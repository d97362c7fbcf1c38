/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* devices.c - what devices a namespace has: one dump, then what is heard of them */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "stat/stat.h"

#define LOOKS	10	/* at a list that keeps changing */
#define ENOUGH	3	/* looks that are put together, if the last showed nothing new */

const char *vwst_dev_name(const struct vwst_dev *d)
{
	return d->name != NULL ? d->name : d->kname;
}

/* Where @ifindex is, or would be. */
static size_t place(const struct vwst_ns *ns, int ifindex)
{
	size_t lo = 0, hi = ns->n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (ns->v[mid].ifindex < ifindex)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

struct vwst_dev *vwst_dev_at(const struct vwst_ns *ns, int ifindex)
{
	size_t at = place(ns, ifindex);

	return at < ns->n && ns->v[at].ifindex == ifindex ? &ns->v[at] : NULL;
}

static void dev_clear(struct vwst_dev *d)
{
	free(d->name);
	free(d->base);
	d->name = NULL;
	d->base = NULL;
}

void vwst_gone_clear(struct vwst_ns *ns)
{
	for (size_t i = 0; i < ns->ngone; i++)
		dev_clear(&ns->gone[i].dev);
	ns->ngone = 0;
}

void vwst_devices_forget(struct vwst_ns *ns)
{
	for (size_t i = 0; i < ns->n; i++)
		dev_clear(&ns->v[i]);
	ns->n = 0;
	ns->norder = 0;
	ns->known = false;
}

void vwst_ns_free(struct vwst_ns *ns)
{
	if (ns == NULL)
		return;
	vwst_devices_forget(ns);
	vwst_gone_clear(ns);
	free(ns->v);
	free(ns->gone);
	free(ns->order);
	free(ns->early);
	vwk_events_close(ns->ev);
	if (ns->zone != NULL)
		vwk_nl_close(ns->nl);
	free(ns->zone);
	free(ns);
}

/* What a roster needs of a device; false: no memory. @d keeps row, born and base. */
static bool describe(struct vwst_dev *d, const struct vwk_link *l)
{
	const char *name = vwo_dev_name(l);
	char *full = name != l->name ? strdup(name) : NULL;

	if (name != l->name && full == NULL)
		return false;
	free(d->name);
	d->name = full;
	memcpy(d->kname, l->name, sizeof(d->kname));
	d->ifindex = l->ifindex;
	/* A veth that is being taken apart forgets its peer, and its last words are of use with it. */
	if (l->kind != VWK_VETH || l->lower != 0) {
		d->lower = l->lower;
		d->lower_nsid = l->lower_nsid;
	}
	d->master = l->master;
	d->bridged = d->bridged || l->master != 0;
	d->kind = l->kind;
	d->ours = vwo_is_ours(l);
	d->role = d->ours ? (uint8_t)vwo_role(l) : VWO_ROLE_LINK;
	d->cls = (uint16_t)vwo_class(l);
	d->state = (uint8_t)vwo_state(l, d->cls);
	return true;
}

static bool same(const struct vwst_dev *a, const struct vwst_dev *b)
{
	return a->lower == b->lower && a->lower_nsid == b->lower_nsid && a->master == b->master &&
	       a->kind == b->kind && a->ours == b->ours && a->role == b->role &&
	       a->cls == b->cls && a->state == b->state && strcmp(a->kname, b->kname) == 0 &&
	       strcmp(vwst_dev_name(a), vwst_dev_name(b)) == 0;
}

/* A free slot at its place among the others; NULL: no memory. */
struct vwst_dev *vwst_devices_insert(struct vwst_ns *ns, int ifindex)
{
	size_t at = place(ns, ifindex);

	if (ns->n == ns->max) {
		size_t max = ns->max ? ns->max + ns->max / 2 : 16;
		struct vwst_dev *v = reallocarray(ns->v, max, sizeof(*v));

		if (v == NULL)
			return NULL;
		ns->v = v;
		ns->max = max;
	}
	memmove(&ns->v[at + 1], &ns->v[at], (ns->n - at) * sizeof(*ns->v));
	ns->v[at] = (struct vwst_dev){ .ifindex = ifindex, .row = VWST_NONE };
	ns->n++;
	ns->norder = 0;
	return &ns->v[at];
}

/*
 * What was made now counts from 0, even if it has already seen a frame. Only what others made, or
 * hardware, can have been moved here with the counters it had before: we never move.
 */
static int note_base(struct vw_stat *s, struct vwst_dev *d, const struct vwk_link *l)
{
	if (d->ours || (l->stats.rx_packets == 0 && l->stats.tx_packets == 0))
		return VW_OK;
	d->base = malloc(sizeof(*d->base));
	if (d->base == NULL)
		return vwc_nomem(s->h);
	*d->base = l->stats;
	return VW_OK;
}

/* @heard: it came just now, else it may have been there for long. */
static int note(struct vw_stat *s, struct vwst_ns *ns, const struct vwk_link *l, bool heard)
{
	struct vwst_dev *d = vwst_dev_at(ns, l->ifindex), old;

	if (vwo_is_doomed(l))	/* its deletion has begun: it stays as it was, to the end */
		return VW_OK;
	if (d == NULL) {
		d = vwst_devices_insert(ns, l->ifindex);
		if (d == NULL || !describe(d, l))
			return vwc_nomem(s->h);
		s->dirty = true;
		d->born = heard;
		return heard ? note_base(s, d, l) : VW_OK;
	}
	old = *d;
	d->name = NULL;
	if (!describe(d, l)) {
		d->name = old.name;
		return vwc_nomem(s->h);
	}
	s->dirty = s->dirty || !same(&old, d);
	free(old.name);
	return VW_OK;
}

struct vwst_gone *vwst_gone_add(struct vwst_ns *ns)
{
	if (ns->ngone == ns->maxgone) {
		size_t max = ns->maxgone ? 2 * ns->maxgone : 16;
		struct vwst_gone *v = reallocarray(ns->gone, max, sizeof(*v));

		if (v == NULL)
			return NULL;
		ns->gone = v;
		ns->maxgone = max;
	}
	return &ns->gone[ns->ngone++];
}

static int went(struct vw_stat *s, struct vwst_ns *ns, const struct vwk_link *l)
{
	size_t at = place(ns, l->ifindex);
	struct vwst_gone *g;

	if (at == ns->n || ns->v[at].ifindex != l->ifindex)
		return VW_OK;
	g = vwst_gone_add(ns);
	if (g == NULL)
		return vwc_nomem(s->h);
	*g = (struct vwst_gone){ .dev = ns->v[at], .last = l->stats };
	memmove(&ns->v[at], &ns->v[at + 1], (ns->n - at - 1) * sizeof(*ns->v));
	ns->n--;
	ns->norder = 0;
	s->dirty = true;
	return VW_OK;
}

const struct vwk_stats *vwst_devices_last(const struct vwst_ns *ns, int ifindex)
{
	for (size_t i = ns->ngone; i-- > 0;)
		if (ns->gone[i].dev.ifindex == ifindex)
			return &ns->gone[i].last;
	return NULL;
}

int vwst_devices_hear(struct vw_stat *s, struct vwst_ns *ns)
{
	for (;;) {
		struct vwk_link l = { 0 };
		int kind = vwk_events_next(s->h, ns->ev, &l), rc = VW_OK;

		if (kind <= VWK_EVENT_NONE)
			return kind;
		if (kind == VWK_EVENT_LOST) {
			ns->known = false;
			continue;
		}
		rc = kind == VWK_EVENT_DEL ? went(s, ns, &l) : note(s, ns, &l, true);
		vwk_link_clear(&l);
		if (rc < 0)
			return rc;
	}
}

/* -- one look at everything -------------------------------------------------------------------- */

struct looking {
	struct vw_stat	*s;
	struct vwst_ns	*ns;
	uint64_t	 look;		/* number of this one */
	bool		 again;		/* not the first ever: what is new has just come */
	size_t		 found;		/* devices that the dumps before left out */
	int		 highest;	/* index in these: a higher one came since, and is heard */
};

static int see(void *arg, struct vwk_link *l)
{
	struct looking *k = arg;
	int rc = note(k->s, k->ns, l, k->again);
	struct vwst_dev *d = rc == VW_OK ? vwst_dev_at(k->ns, l->ifindex) : NULL;

	if (d != NULL) {
		k->found += d->seen < k->look && l->ifindex < k->highest;
		d->seen = k->look;
	}
	vwk_link_clear(l);
	return rc == VW_OK ? 0 : -ENOMEM;
}

/* What was not seen is gone, unheard. */
static void forget_unseen(struct vw_stat *s, struct vwst_ns *ns, uint64_t look)
{
	size_t kept = 0;

	for (size_t i = 0; i < ns->n; i++) {
		if (ns->v[i].seen >= look) {
			ns->v[kept++] = ns->v[i];
			continue;
		}
		dev_clear(&ns->v[i]);
		s->dirty = true;
	}
	ns->n = kept;
	ns->norder = 0;
}

/* Hear of the links of @ns from now on, if that can be: the zone may be gone, and who has given up
 * its rights or has no descriptor left still reads as well as it can. */
static int listen_to(struct vw_stat *s, struct vwst_ns *ns)
{
	struct vwk_ns_id id;
	int fd = -1, rc;

	if (ns->zone == NULL) {
		rc = vwk_events_open(s->h, &ns->ev);
	} else {
		rc = vwk_ns_open(s->h, ns->zone, &fd, &id);
		if (rc == VW_OK && id.ino == ns->id.ino && id.dev == ns->id.dev)
			rc = vwk_events_open_many(s->h, &fd, 1, &ns->ev);
		if (fd >= 0)
			close(fd);
	}
	if (rc == VW_ERR_NOMEM)
		return rc;
	if (rc < 0)
		vwc_forget(s->h);
	return VW_OK;
}

/*
 * Links that come and go interrupt a dump, which then may leave others out. Who listens may put
 * several such dumps together: what one left out another has, and what is gone since is heard. So
 * whoever meets such a list begins to listen, and anew.
 */
static int look(struct vw_stat *s, struct vwst_ns *ns)
{
	struct looking k = { .s = s, .ns = ns, .look = ++s->dumps, .again = ns->n > 0 };
	unsigned together = 0;
	bool whole = false;

	for (unsigned try = 0; try < LOOKS && !whole; try++) {
		int rc = VW_OK;

		if (ns->ev == NULL && (try > 0 || k.again)) {
			rc = listen_to(s, ns);
			k.look = ++s->dumps;
			together = 0;
		}
		k.found = 0;
		if (rc == VW_OK)
			rc = vwk_link_scan(s->h, ns->nl, see, &k, &whole);
		if (rc < 0)
			return rc;
		whole = whole || (ns->ev != NULL && ++together >= ENOUGH && k.found == 0);
		k.highest = ns->n > 0 ? ns->v[ns->n - 1].ifindex : 0;
	}
	if (!whole)
		return vwc_why(s->h, VW_ERR_INCONSISTENT,
			       "links changed during every one of %d reads of their list", LOOKS);
	forget_unseen(s, ns, k.look);
	ns->known = true;
	s->dirty = true;
	return ns->ev != NULL ? vwst_devices_hear(s, ns) : VW_OK;
}

int vwst_devices_update(struct vw_stat *s, struct vwst_ns *ns)
{
	bool waiting = ns->waiting || s->epoll < 0;	/* nobody tells that there is something */
	int rc = VW_OK;

	if (ns->ev != NULL && waiting && (ns->known || ns->n > 0))
		rc = vwst_devices_hear(s, ns);
	ns->waiting = false;
	/* What is heard at the end of a look may have been too much: look again. */
	for (unsigned try = 0; rc == VW_OK && !ns->known && try < ENOUGH; try++)
		rc = look(s, ns);
	if (!(s->flags & VW_STAT_LISTEN))
		vwst_gone_clear(ns);	/* nobody asked what went */
	return rc;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* monitor.c - links that come, change and go */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <vwire/monitor.h>

#include "object/object.h"

/* What is known of a link: an event that changes none of it is not worth telling. */
struct known {
	int	 ifindex, master;
	unsigned cls, state;
	uint32_t mtu;
	uint8_t	 mac[6];
	char	 name[VWU_IFNAME];
};

struct vw_monitor {
	struct vwk_events *ev;
	struct known	  *v;		/* sorted by ifindex */
	size_t		   n, max;
	bool		   lost;	/* events, at some time: links came and went unheard */
	char		   removed[VWU_IFNAME];	/* the last that went */
	struct vwk_link	   dev;		/* of the event last handed out */
	struct vw_event	   out;
};

static size_t place(const struct vw_monitor *m, int ifindex)
{
	size_t lo = 0, hi = m->n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (m->v[mid].ifindex < ifindex)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static struct known describe(const struct vwk_link *d)
{
	struct known k;

	memset(&k, 0, sizeof(k));	/* padding too: it is compared as a whole */
	k.ifindex = d->ifindex;
	k.master = d->master;
	k.mtu = d->mtu;
	k.cls = vwo_class(d);
	k.state = vwo_state(d, k.cls);
	memcpy(k.mac, d->mac, 6);
	memcpy(k.name, d->name, sizeof(k.name));
	return k;
}

/* Type of event for a link that is there; 0: nothing new. -1: no memory. */
static int note(struct vw_monitor *m, const struct vwk_link *d)
{
	struct known k = describe(d);
	size_t at = place(m, d->ifindex);

	if (at < m->n && m->v[at].ifindex == d->ifindex) {
		bool same = memcmp(&m->v[at], &k, sizeof(k)) == 0;

		m->v[at] = k;
		return same ? 0 : VW_EVENT_CHANGED;
	}
	if (m->n == m->max) {
		size_t max = m->max ? 2 * m->max : 64;
		void *v = realloc(m->v, max * sizeof(*m->v));

		if (v == NULL)
			return -1;
		m->v = v;
		m->max = max;
	}
	memmove(&m->v[at + 1], &m->v[at], (m->n - at) * sizeof(*m->v));
	m->v[at] = k;
	m->n++;
	return VW_EVENT_ADDED;
}

static void drop(struct vw_monitor *m, int ifindex)
{
	size_t at = place(m, ifindex);

	if (at < m->n && m->v[at].ifindex == ifindex) {
		memmove(&m->v[at], &m->v[at + 1], (m->n - at - 1) * sizeof(*m->v));
		m->n--;
	}
}

static int know_all(struct vw_handle *h, struct vw_monitor *m)
{
	struct vwk_links all = { 0 };
	int rc = vwk_link_dump(h, h->nl, 0, &all);

	for (size_t i = 0; rc == VW_OK && i < all.n; i++)
		if (vwo_class(&all.v[i]) != 0 && note(m, &all.v[i]) < 0)
			rc = vwc_nomem(h);
	vwk_links_free(&all);
	return rc;
}

int vw_monitor_open(struct vw_handle *h, struct vw_monitor **mp)
{
	struct vw_monitor *m;
	int rc = vwc_enter(h);

	if (rc == VW_OK && h->nl == NULL)
		rc = vwc_why(h, VW_ERR_NOTSUP, "an offline handle hears no events");
	if (rc < 0)
		return rc;
	m = calloc(1, sizeof(*m));
	rc = m ? vwk_events_open(h, &m->ev) : vwc_nomem(h);
	if (rc == VW_OK)	/* after listening began: nothing falls between */
		rc = know_all(h, m);
	if (rc < 0)
		vw_monitor_close(m);
	else
		*mp = m;
	return rc;
}

int vw_monitor_fd(const struct vw_monitor *m)
{
	return vwk_events_fd(m->ev);
}

static void tell(struct vw_monitor *m, unsigned type, unsigned cls)
{
	m->out = (struct vw_event){ .size = sizeof(m->out), .type = type,
				    .name = vwo_dev_name(&m->dev), .cls = cls,
				    .state = vwo_state(&m->dev, cls),
				    .ifindex = (unsigned)m->dev.ifindex, .mtu = m->dev.mtu };
}

/*
 * The port end of a VNIC in a zone goes with the VNIC. When it was the zone's owner who deleted
 * that, this is all the host gets to see; our own deletion marked it before. One whose VNIC is
 * here has, or will have, an event of its own.
 */
static bool lost_with_zone(const struct vw_monitor *m, const struct vwk_link *d)
{
	size_t len = strlen(d->name);

	if (!vwo_is_ours(d) || vwo_role(d) != VWO_ROLE_PORT || len < 3 || strchr(d->name, '~') ||
	    (strlen(m->removed) == len - 2 && strncmp(m->removed, d->name, len - 2) == 0))
		return false;
	for (size_t i = 0; i < m->n; i++)
		if (strlen(m->v[i].name) == len - 2 && strncmp(m->v[i].name, d->name, len - 2) == 0)
			return false;
	return true;
}

static void tell_lost(struct vw_monitor *m)
{
	m->dev.name[strlen(m->dev.name) - 2] = '\0';	/* "web1-p" */
	m->out = (struct vw_event){ .size = sizeof(m->out), .type = VW_EVENT_REMOVED,
				    .name = m->dev.name, .cls = VW_CLASS_VNIC,
				    .state = VW_STATE_ABSENT };
}

/* A deletion begins by moving links into the group of the doomed: still ours, as they were. */
static bool visible(const struct vwk_link *d)
{
	return vwo_class(d) != 0 && !vwo_is_doomed(d);
}

/*
 * What is known stays, so that a link that goes is told as one that went; but whoever lists the
 * links now may see more than what was heard of one, so its next event is news in any case.
 */
static void lose(struct vw_monitor *m)
{
	m->lost = true;
	for (size_t i = 0; i < m->n; i++)
		m->v[i].state = UINT_MAX;
}

/*
 * Class of a link that went; 0: it was never shown. After a loss also one that was never heard of
 * counts: a list taken meanwhile may have told of it. The doomed bear no mark of what they were,
 * but what we hide has names that nobody can give.
 */
static unsigned class_shown(const struct vw_monitor *m, const struct vwk_link *d)
{
	size_t at = place(m, d->ifindex);

	if (at < m->n && m->v[at].ifindex == d->ifindex)
		return m->v[at].cls;
	if (!m->lost)
		return 0;
	if (vwo_is_doomed(d))
		return vwu_bridge_name_invalid(vwo_dev_name(d)) ? 0 : VW_CLASS_MISC;
	return vwo_class(d);
}

int vw_monitor_next(struct vw_monitor *m, const struct vw_event **ev)
{
	*ev = NULL;
	for (;;) {
		int type, kind;

		vwk_link_clear(&m->dev);
		memset(&m->dev, 0, sizeof(m->dev));
		kind = vwk_events_next(NULL, m->ev, &m->dev);
		if (kind <= VWK_EVENT_NONE)
			return kind;
		if (kind == VWK_EVENT_LOST) {
			lose(m);
			m->out = (struct vw_event){ .size = sizeof(m->out), .type = VW_EVENT_RESYNC };
		} else if (kind == VWK_EVENT_DEL) {
			unsigned cls = class_shown(m, &m->dev);

			if (cls != 0) {
				drop(m, m->dev.ifindex);
				memcpy(m->removed, m->dev.name, sizeof(m->removed));
				tell(m, VW_EVENT_REMOVED, cls);
			} else if (lost_with_zone(m, &m->dev)) {
				tell_lost(m);
			} else {
				continue;	/* never shown */
			}
		} else {
			if (!visible(&m->dev))
				continue;
			type = note(m, &m->dev);
			if (type < 0)
				return VW_ERR_NOMEM;
			if (type == 0)
				continue;
			tell(m, (unsigned)type, vwo_class(&m->dev));
		}
		*ev = &m->out;
		return VW_OK;
	}
}

void vw_monitor_close(struct vw_monitor *m)
{
	if (m == NULL)
		return;
	vwk_events_close(m->ev);
	vwk_link_clear(&m->dev);
	free(m->v);
	free(m);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * last.c - the last words of links: what RTM_DELLINK does not say
 *
 * A veth reads what it received from its peer's counter of what was sent. While a pair is taken
 * apart the ends no longer know each other (veth_dellink clears the pointers first), so each says
 * what it has sent, and of what it received only what an eBPF program redirected to it. The other
 * end's last words have the rest.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "stat/stat.h"

#define PAUSE_NS	500000	/* both ends' words are some microseconds apart */
#define PAUSES		100
#define LEFT_MAX	65536	/* ends in zones that were left, whose peers may still die */

struct vwst_left {
	int		 nsid, ifindex;
	struct vwk_stats last;
};

static struct vwst_ns *ns_of_peer(struct vw_stat *s, struct vwst_ns *ns, int nsid)
{
	if (nsid < 0)
		return ns;
	if (ns != s->ns[0])	/* of a zone's end only the host's numbers are known */
		return s->ns[0];
	for (size_t i = 1; i < s->nns; i++)
		if (s->ns[i]->nsid == nsid)
			return s->ns[i];
	return NULL;
}

static const struct vwk_stats *from_left(const struct vw_stat *s, int nsid, int ifindex)
{
	for (size_t i = s->nleft; i-- > 0;)
		if (s->left[i].nsid == nsid && s->left[i].ifindex == ifindex)
			return &s->left[i].last;
	return NULL;
}

/* What the peer said; it may have to be waited for. NULL: it is not heard. */
static const struct vwk_stats *peer_said(struct vw_stat *s, struct vwst_ns *ns,
					 const struct vwst_dev *dev, unsigned *pauses)
{
	int ifindex = dev->lower, nsid = dev->lower_nsid;
	struct vwst_ns *there = ns_of_peer(s, ns, nsid);
	const struct vwk_stats *said = NULL;

	if (there == NULL || there->ev == NULL)
		return from_left(s, nsid, ifindex);
	while ((said = vwst_devices_last(there, ifindex)) == NULL &&
	       vwst_dev_at(there, ifindex) != NULL && *pauses > 0) {
		struct timespec ts = { .tv_nsec = PAUSE_NS };

		if (vwst_devices_hear(s, there) < 0) {
			vwc_forget(s->h);
			return NULL;
		}
		if (vwst_devices_last(there, ifindex) != NULL)
			continue;
		nanosleep(&ts, NULL);
		--*pauses;
	}
	return said;
}

static void complete(struct vw_stat *s, struct vwst_ns *ns, size_t at, unsigned *pauses)
{
	struct vwst_dev dev = ns->gone[at].dev;	/* the vector may move while more is heard */
	const struct vwk_stats *said;

	if (ns->gone[at].complete)
		return;
	ns->gone[at].complete = true;
	if (dev.kind != VWK_VETH || dev.lower == 0)
		return;
	said = peer_said(s, ns, &dev, pauses);
	if (said == NULL)
		return;
	ns->gone[at].last.rx_packets += said->tx_packets;
	ns->gone[at].last.rx_bytes += said->tx_bytes;
}

static size_t count_gone(const struct vw_stat *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->nns; i++)
		n += s->ns[i]->ngone;
	return n;
}

void vwst_last_words(struct vw_stat *s)
{
	unsigned pauses = PAUSES;
	size_t done;

	do {	/* while one end's words are waited for, those of others are heard, in any zone */
		done = count_gone(s);
		for (size_t i = 0; i < s->nns; i++)
			for (size_t k = 0; k < s->ns[i]->ngone; k++)
				complete(s, s->ns[i], k, &pauses);
	} while (count_gone(s) > done);
}

/* -- zones that are left ----------------------------------------------------------------------- */

struct leaving {
	struct vw_stat *s;
	struct vwst_ns *ns;
	bool		nomem;
};

static bool pass_on(struct vw_stat *s, struct vwst_dev *d, const struct vwk_stats *st)
{
	struct vwst_gone *g = vwst_gone_add(s->ns[0]);

	if (g == NULL)
		return false;
	*g = (struct vwst_gone){ .dev = *d, .last = *st, .complete = true };
	d->name = NULL;		/* theirs now */
	d->base = NULL;
	d->row = VWST_NONE;
	return true;
}

static bool remember(struct vw_stat *s, const struct vwst_ns *ns, const struct vwst_dev *d,
		     const struct vwk_stats *st)
{
	struct vwst_left *v;

	if (s->nleft == LEFT_MAX)
		s->nleft = 0;
	if ((s->nleft & (s->nleft + 1)) == 0) {	/* room is doubled at powers of two */
		v = reallocarray(s->left, 2 * s->nleft + 2, sizeof(*v));
		if (v == NULL)
			return false;
		s->left = v;
	}
	s->left[s->nleft++] = (struct vwst_left){ ns->nsid, d->ifindex, *st };
	return true;
}

static void at_leave(void *arg, int ifindex, const struct vwk_stats *st)
{
	struct leaving *l = arg;
	struct vwst_dev *d = vwst_dev_at(l->ns, ifindex);

	if (d == NULL || l->nomem)
		return;
	if (d->row != VWST_NONE)
		l->nomem = !pass_on(l->s, d, st);
	else if (d->kind == VWK_VETH)
		l->nomem = !remember(l->s, l->ns, d, st);
}

void vwst_last_leave(struct vw_stat *s, struct vwst_ns *ns)
{
	struct leaving l = { s, ns, false };
	bool whole;

	if (ns->ev == NULL || ns == s->ns[0])
		return;
	(void)vwst_devices_hear(s, ns);
	vwst_last_words(s);
	for (size_t i = 0; i < ns->ngone; i++) {
		if (ns->gone[i].dev.kind == VWK_VETH)	/* its peer may not have been heard yet */
			(void)remember(s, ns, &ns->gone[i].dev, &ns->gone[i].last);
		(void)pass_on(s, &ns->gone[i].dev, &ns->gone[i].last);
	}
	(void)vwk_stats_dump(s->h, ns->nl, at_leave, &l, &whole);
	vwc_forget(s->h);
}

void vwst_last_free(struct vw_stat *s)
{
	free(s->left);
}

/* -- short lives ------------------------------------------------------------------------------- */

/* Its port in the host counts for a VNIC in a zone, where a bridge joins it with others (roster.c). */
static bool port_counts(const struct vwst_dev *d)
{
	return d->ours && d->role == VWO_ROLE_PORT && d->kind == VWK_VETH && d->bridged &&
	       d->lower_nsid >= 0;
}

/* The other end, if it went as well. */
static const struct vwst_dev *other_end(struct vw_stat *s, struct vwst_ns *ns,
					const struct vwst_dev *d, struct vwst_ns **where)
{
	struct vwst_ns *there = d->kind == VWK_VETH ? ns_of_peer(s, ns, d->lower_nsid) : NULL;

	*where = there;
	for (size_t i = 0; there != NULL && i < there->ngone; i++)
		if (there->gone[i].dev.ifindex == d->lower)
			return &there->gone[i].dev;
	return NULL;
}

static const char *name_of(struct vwst_roster *r, const struct vwst_dev *d,
			   const struct vwst_dev *end)
{
	char name[VWU_IFNAME];
	size_t len = strlen(d->kname);

	if (!port_counts(d) || end != NULL)
		return vwu_pool_str(&r->pool, vwst_dev_name(end != NULL ? end : d));
	memcpy(name, d->kname, sizeof(name));	/* "web1-p" is the port of web1 */
	if (len > 2)
		name[len - 2] = '\0';
	return vwu_pool_str(&r->pool, name);
}

/*
 * A link that came and went between two readings has no row, but it has counted: under the same
 * number that a row would have had, so that who reads at other times does not take it for another.
 * Whoever asked for some links only is not told of it.
 */
bool vwst_last_short(struct vw_stat *s, struct vwst_ns *ns, struct vwst_roster *before,
		     const struct vwst_gone *g, struct vwst_row *row)
{
	const struct vwst_dev *d = &g->dev, *end;
	struct vwst_ns *there;

	if (d->row != VWST_NONE || d->listed || s->link != NULL || s->zone != NULL ||
	    s->classes != 0 || (d->cls == 0 && !port_counts(d)))
		return false;
	end = other_end(s, ns, d, &there);
	if (!port_counts(d) && end != NULL && port_counts(end))
		return false;		/* told by that one */
	if (!port_counts(d))
		end = NULL;
	*row = (struct vwst_row){
		.name = name_of(before, d, end),
		.zone = vwu_pool_str(&before->pool, port_counts(d) && there != NULL ? there->zone
										    : ns->zone),
		.netns = ns->cookie, .ifindex = end != NULL ? end->ifindex : d->ifindex,
		.counter = d->ifindex, .cls = port_counts(d) ? VW_CLASS_VNIC : d->cls,
		.state = d->state, .maxbw = UINT64_MAX, .exchanged = port_counts(d),
		.flags = VW_STAT_KNOWN | VW_STAT_NEW | (d->ours ? VW_STAT_OURS : 0),
	};
	if (d->base != NULL) {
		struct vwk_stats *base = vwu_pool_get(&before->pool, sizeof(*base));

		if (base != NULL)
			*base = *d->base;
		row->base = base;
	}
	return row->name != NULL;
}

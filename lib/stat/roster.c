/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* roster.c - which links there are, and which device counts for each */
#include <stdlib.h>
#include <string.h>

#include "stat/stat.h"

/* A VNIC whose other end is elsewhere: found by that end's namespace and index. */
struct port {
	int		 nsid, ifindex;
	struct vwst_dev	*dev;
	bool		 taken;
};

struct making {
	struct vw_stat	   *s;
	struct vwst_ns	   *own;
	struct vwst_roster *out;
	struct port	   *ports;
	size_t		    nports;
};

/* -- names ------------------------------------------------------------------------------------- */

static const char *keep(struct making *m, const char *text)
{
	return vwu_pool_str(&m->out->pool, text);
}

/* A short name of the kernel's that stands for a long one of ours: the documents know it. */
static const char *unshorten(struct making *m, const char *kname,
			     void (*shorten)(const char *, char *))
{
	struct vws_doc *docs[] = { m->s->docs.temp, m->s->docs.saved };
	char is[VWU_IFNAME];

	for (size_t k = 0; m->s->have_docs && k < VWU_ARRAY_SIZE(docs); k++)
		for (size_t i = 0; docs[k] != NULL && i < vws_doc_count(docs[k]); i++) {
			const char *name = vws_doc_name(docs[k], i);

			if (name == NULL)
				continue;
			shorten(name, is);
			if (strcmp(is, kname) == 0)
				return keep(m, name);
		}
	return keep(m, kname);
}

/* The text without its last @n bytes. */
static const char *cut(struct making *m, const char *text, size_t n)
{
	size_t len = strlen(text) - n;
	char *copy = vwu_pool_get(&m->out->pool, len + 1);

	return copy != NULL ? memcpy(copy, text, len) : NULL;
}

/* "web1-p" is the port of web1. */
static const char *port_link(struct making *m, const struct vwst_dev *port)
{
	size_t len = strlen(port->kname);

	if (strchr(port->kname, '~') != NULL || len < 3)
		return unshorten(m, port->kname, vwu_name_port);
	return cut(m, port->kname, 2);
}

static const struct vws_link *def_of(struct making *m, const char *name)
{
	return m->s->have_docs && name != NULL ? vwo_def(&m->s->docs, name) : NULL;
}

static const char *over_by_def(struct making *m, const char *name)
{
	const struct vws_link *def = def_of(m, name);

	return def != NULL ? keep(m, def->over) : NULL;
}

/* What a user calls @below; what we hid ("stub1.200-v") is named after what it serves. */
static const char *below_name(struct making *m, const struct vwst_ns *ns,
			      const struct vwst_dev *below, const char *link)
{
	const char *dot;

	if (!below->ours || below->role != VWO_ROLE_LOWER)
		return keep(m, vwst_dev_name(below));
	if (below->kind == VWK_VLAN && (below = vwst_dev_at(ns, below->lower)) != NULL)
		return keep(m, vwst_dev_name(below));
	dot = below != NULL ? strrchr(below->kname, '.') : NULL;
	if (dot == NULL || strchr(below->kname, '~') != NULL)
		return over_by_def(m, link);
	return cut(m, below->kname, strlen(dot));
}

/* -- what lies below what ---------------------------------------------------------------------- */

static bool is_veth_port(const struct vwst_dev *d)
{
	return d->ours && d->role == VWO_ROLE_PORT && d->kind == VWK_VETH;
}

static void fill_over(struct making *m, const struct vwst_ns *ns, const struct vwst_dev *d,
		      struct vwst_row *row)
{
	const struct vwst_dev *below = d->lower_nsid < 0 ? vwst_dev_at(ns, d->lower) : NULL;

	if (d->cls & (VW_CLASS_AGGR | VW_CLASS_BRIDGE | VW_CLASS_ETHERSTUB))
		return;
	if (below != NULL && is_veth_port(below))
		below = vwst_dev_at(ns, below->master);
	else if (below != NULL && d->kind == VWK_VETH &&
		 (below->cls == 0 || d->cls == VW_CLASS_PHYS))
		return;		/* a cable's other end is not below */
	if (below != NULL)
		row->over = below_name(m, ns, below, row->name);
	else if (d->ours && d->cls == VW_CLASS_VNIC)
		row->over = over_by_def(m, row->name);
}

/* Is the device at @ifindex of @ns in the list, so that frames that pass it are counted there? */
static bool listed(const struct vwst_ns *ns, int ifindex)
{
	const struct vwst_dev *d = vwst_dev_at(ns, ifindex);

	if (d != NULL && d->ours && d->role == VWO_ROLE_LOWER && d->kind == VWK_VLAN)
		return listed(ns, d->lower);
	return d != NULL && d->listed && !(d->cls & (VW_CLASS_ETHERSTUB | VW_CLASS_BRIDGE));
}

/* Are some links left out of the list? */
static bool filtered(const struct vw_stat *s)
{
	return s->classes != 0 || s->link != NULL || s->zone != NULL;
}

/* As listed(), where what is below @d is in another namespace: for a zone, that is the host's. */
static bool listed_elsewhere(const struct making *m, const struct vwst_ns *ns,
			     const struct vwst_dev *d)
{
	if (!filtered(m->s))
		return m->s->nns > 1;
	return ns != m->own && listed(m->own, d->lower);
}

/* Is the host's link @over, which our switch joins a VNIC to, in the list? */
static bool over_listed(const struct making *m, const char *over)
{
	if (!filtered(m->s))
		return true;
	for (size_t i = 0; over != NULL && i < m->own->n; i++)
		if (m->own->v[i].listed && strcmp(vwst_dev_name(&m->own->v[i]), over) == 0)
			return true;
	return false;
}

/* Does the kernel count what @d carries at another link of the list, too? */
static bool counted_below(const struct making *m, const struct vwst_ns *ns,
			  const struct vwst_dev *d)
{
	const struct vwst_dev *master = d->master != 0 ? vwst_dev_at(ns, d->master) : NULL;

	if (d->cls & (VW_CLASS_ETHERSTUB | VW_CLASS_BRIDGE | VW_CLASS_IPTUN) ||
	    d->kind == VWK_VXLAN)
		return true;
	if (master != NULL && master->kind == VWK_BOND && master->listed)
		return true;
	if (d->kind == VWK_VETH)	/* the bridge's end of a cable */
		return master != NULL && master->kind == VWK_BRIDGE &&
		       (d->lower_nsid >= 0 ? listed_elsewhere(m, ns, d) : listed(ns, d->lower));
	if (d->lower == 0)
		return false;
	return d->lower_nsid < 0 ? listed(ns, d->lower) : listed_elsewhere(m, ns, d);
}

/* -- rows -------------------------------------------------------------------------------------- */

static struct vwst_row *add(struct making *m, const struct vwst_ns *ns, const struct vwst_dev *d)
{
	struct vwst_roster *r = m->out;
	struct vwst_row *row;

	if (r->n == r->max) {
		size_t max = r->max ? 2 * r->max : 64;
		struct vwst_row *v = reallocarray(r->v, max, sizeof(*v));

		if (v == NULL) {
			r->pool.failed = true;
			return NULL;
		}
		r->v = v;
		r->max = max;
	}
	row = &r->v[r->n++];
	*row = (struct vwst_row){
		.zone = keep(m, ns->zone), .netns = ns->cookie, .ifindex = d->ifindex,
		.counter = d->ifindex, .cls = d->cls, .state = d->state, .maxbw = UINT64_MAX,
		.flags = (uint8_t)((d->ours ? VW_STAT_OURS : 0) | (d->born ? VW_STAT_NEW : 0)),
	};
	return row;
}

static bool wanted(const struct making *m, const char *name, const char *zone, unsigned cls)
{
	const struct vw_stat *s = m->s;

	return (s->classes == 0 || (cls & s->classes)) &&
	       (s->link == NULL || strcmp(name, s->link) == 0) &&
	       (s->zone == NULL || (zone != NULL && strcmp(zone, s->zone) == 0));
}

static const struct vwk_stats *keep_base(struct making *m, const struct vwst_dev *d)
{
	struct vwk_stats *copy;

	if (d->base == NULL)
		return NULL;
	copy = vwu_pool_get(&m->out->pool, sizeof(*copy));
	if (copy != NULL)
		*copy = *d->base;
	return copy;
}

static void count_by(struct making *m, struct vwst_row *row, struct vwst_dev *d)
{
	d->row = (uint32_t)(row - m->out->v);
	row->base = keep_base(m, d);
}

static void add_plain(struct making *m, struct vwst_ns *ns, struct vwst_dev *d)
{
	const struct vwst_dev *bridge = d->master != 0 ? vwst_dev_at(ns, d->master) : NULL;
	struct vwst_row *row;

	if (!wanted(m, vwst_dev_name(d), ns->zone, d->cls))
		return;
	row = add(m, ns, d);
	if (row == NULL)
		return;
	row->name = keep(m, vwst_dev_name(d));
	if (ns == m->own)
		row->point = d->ifindex;
	if (ns == m->own && d->kind == VWK_VETH && d->ours && d->lower_nsid < 0) {
		const struct vwst_dev *peer = vwst_dev_at(ns, d->lower);

		if (peer != NULL && is_veth_port(peer))
			row->point = peer->ifindex;
	}
	if (m->s->brief) {
		row->cls = 0;
		count_by(m, row, d);
		return;
	}
	fill_over(m, ns, d, row);
	if (bridge != NULL && (bridge->cls & (VW_CLASS_BRIDGE | VW_CLASS_AGGR)))
		row->bridge = keep(m, vwst_dev_name(bridge));
	if (!counted_below(m, ns, d))
		row->flags |= VW_STAT_EDGE;
	count_by(m, row, d);
}

/*
 * A VNIC whose port is in the host. In an etherstub's bridge the port counts what passes, and its
 * owner cannot touch it. What our own switch sends to a VNIC skips the port's counters: then those
 * of the VNIC's end are read, if its zone (@ns, @d) can be entered.
 */
static void add_port(struct making *m, struct port *p, struct vwst_ns *ns, struct vwst_dev *d)
{
	const struct vwst_dev *bridge = vwst_dev_at(m->own, p->dev->master);
	const char *name = port_link(m, p->dev), *zone = ns != NULL ? ns->zone : NULL;
	const struct vws_link *def = NULL;
	struct vwst_row *row;

	p->taken = true;
	if (ns == NULL && (def = def_of(m, name)) != NULL)
		zone = def->zone;
	if (name == NULL || !wanted(m, name, zone, VW_CLASS_VNIC))
		return;
	row = add(m, ns != NULL ? ns : m->own, d != NULL ? d : p->dev);
	if (row == NULL)
		return;
	row->name = name;
	row->zone = keep(m, zone);
	row->cls = VW_CLASS_VNIC;
	row->flags |= VW_STAT_OURS;
	row->point = p->dev->ifindex;
	if (d == NULL) {
		row->ifindex = p->dev->lower;
		row->state = VW_STATE_UNKNOWN;
	}
	/* One whose etherstub was taken away counts on where it did: no byte is counted twice. */
	if (bridge != NULL || p->dev->bridged) {
		row->over = bridge != NULL ? below_name(m, m->own, bridge, name)
					   : over_by_def(m, name);
		row->netns = m->own->cookie;
		row->counter = p->dev->ifindex;
		row->exchanged = true;
		row->flags |= VW_STAT_EDGE;
		row->flags &= (uint8_t)~VW_STAT_NEW;
		row->flags |= p->dev->born ? VW_STAT_NEW : 0;
		count_by(m, row, p->dev);
		return;
	}
	row->over = over_by_def(m, name);
	if (!over_listed(m, row->over))
		row->flags |= VW_STAT_EDGE;
	if (d != NULL)
		count_by(m, row, d);
}

/* -- ports ------------------------------------------------------------------------------------- */

static int by_end(const void *a, const void *b)
{
	const struct port *x = a, *y = b;

	if (x->nsid != y->nsid)
		return x->nsid < y->nsid ? -1 : 1;
	return (x->ifindex > y->ifindex) - (x->ifindex < y->ifindex);
}

static int find_ports(struct making *m)
{
	size_t n = 0;

	for (size_t i = 0; i < m->own->n; i++)
		n += is_veth_port(&m->own->v[i]) && m->own->v[i].lower_nsid >= 0;
	m->ports = calloc(n + 1, sizeof(*m->ports));
	if (m->ports == NULL)
		return vwc_nomem(m->s->h);
	for (size_t i = 0; i < m->own->n; i++) {
		struct vwst_dev *d = &m->own->v[i];

		if (is_veth_port(d) && d->lower_nsid >= 0)
			m->ports[m->nports++] = (struct port){ d->lower_nsid, d->lower, d, false };
	}
	qsort(m->ports, m->nports, sizeof(*m->ports), by_end);
	return VW_OK;
}

static struct port *port_of(const struct making *m, const struct vwst_ns *ns, int ifindex)
{
	struct port key = { .nsid = ns->nsid, .ifindex = ifindex };

	if (ns == m->own || ns->nsid < 0 || m->nports == 0)
		return NULL;
	return bsearch(&key, m->ports, m->nports, sizeof(key), by_end);
}

/* -- the roster -------------------------------------------------------------------------------- */

/* First what is in the list at all: whether a link is at the edge depends on the others. */
static void mark_listed(const struct making *m, struct vwst_ns *ns)
{
	for (size_t i = 0; i < ns->n; i++) {
		struct vwst_dev *d = &ns->v[i];

		d->row = VWST_NONE;
		d->listed = d->cls != 0 && wanted(m, vwst_dev_name(d), ns->zone, d->cls);
	}
}

static void add_all(struct making *m, struct vwst_ns *ns)
{
	for (size_t i = 0; i < ns->n; i++) {
		struct port *p = port_of(m, ns, ns->v[i].ifindex);

		if (p != NULL)
			add_port(m, p, ns, &ns->v[i]);
		else if (ns->v[i].cls != 0)
			add_plain(m, ns, &ns->v[i]);
	}
}

static void note_counting(struct vwst_ns *ns)
{
	ns->counts = false;
	for (size_t i = 0; i < ns->n && !ns->counts; i++)
		ns->counts = ns->v[i].row != VWST_NONE;
}

int vwst_roster_make(struct vw_stat *s, struct vwst_roster **out)
{
	struct making m = { .s = s, .own = s->ns[0] };
	int rc;

	m.out = calloc(1, sizeof(*m.out));
	if (m.out == NULL)
		return vwc_nomem(s->h);
	m.out->refs = 1;
	rc = find_ports(&m);
	for (size_t i = 0; rc == VW_OK && i < s->nns; i++)
		mark_listed(&m, s->ns[i]);
	for (size_t i = 0; rc == VW_OK && i < s->nns; i++)
		add_all(&m, s->ns[i]);
	for (size_t i = 0; rc == VW_OK && i < m.nports; i++)
		if (!m.ports[i].taken && !(s->flags & VW_STAT_HERE))
			add_port(&m, &m.ports[i], NULL, NULL);
	for (size_t i = 0; i < s->nns; i++)
		note_counting(s->ns[i]);
	free(m.ports);
	if (rc == VW_OK && m.out->pool.failed)
		rc = vwc_nomem(s->h);
	if (rc == VW_OK && (s->flags & VW_STAT_LIMITS))
		rc = vwst_limits_fill(s, m.out);
	if (rc < 0)
		vwst_roster_put(m.out);
	else
		*out = m.out;
	return rc;
}

void vwst_roster_put(struct vwst_roster *r)
{
	if (r == NULL || __atomic_sub_fetch(&r->refs, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	vwst_roster_put(r->older);
	vwu_pool_free(&r->pool);
	free(r->keys);
	free(r->v);
	free(r);
}

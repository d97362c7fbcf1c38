/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* flowlist.c - snapshots of flows and their counters */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "object/flow.h"

struct vw_flows {
	struct vwu_pool		 pool;
	struct vw_flow_info	*v;
	uint32_t		*accounts;	/* of each; 0: none */
	size_t			 n, max, at;
};

/* One listing at work. */
struct lister {
	struct vwo_ctx		 c;
	struct vw_flows		*out;
	const char		*name, *link;
	unsigned		 flags;
	struct vwo_link		 l;		/* link of the flow before */
	char			*seen;
	int			 point;
};

static int take_filter(struct lister *l, const struct vw_flow_filter *in)
{
	struct vw_flow_filter f = { 0 };

	if (in == NULL)
		return VW_OK;
	if (in->size < offsetof(struct vw_flow_filter, link) || in->size > 4096)
		return vwc_why(l->c.h, VW_ERR_BADVAL, "the filter has no size");
	memcpy(&f, in, in->size < sizeof(f) ? in->size : sizeof(f));
	l->name = f.name;
	l->link = f.link;
	return VW_OK;
}

static struct vw_flow_info *next_info(struct lister *l)
{
	struct vw_flows *o = l->out;

	if (o->n == o->max) {
		size_t max = o->max ? 2 * o->max : 16;
		void *v = realloc(o->v, max * sizeof(*o->v)), *a;

		if (v == NULL)
			return NULL;
		o->v = v;
		a = realloc(o->accounts, max * sizeof(*o->accounts));
		if (a == NULL)
			return NULL;
		o->accounts = a;
		o->max = max;
	}
	memset(&o->v[o->n], 0, sizeof(*o->v));
	o->v[o->n].size = sizeof(*o->v);
	o->accounts[o->n] = 0;
	return &o->v[o->n++];
}

static const char *text_of(struct lister *l, const struct vws_flow *f, const char *attr)
{
	const char *value = vws_flow_match(f, attr);

	return value ? vwu_pool_str(&l->out->pool, value) : NULL;
}

static uint16_t port_of(const struct vws_flow *f, const char *attr)
{
	const char *value = vws_flow_match(f, attr);

	return value ? (uint16_t)strtoul(value, NULL, 10) : 0;
}

/* The policy point of a flow's link, looked up once for all its flows. */
static int look_at_link(struct lister *l, const struct vws_flow *f)
{
	int rc;

	if (l->seen != NULL && strcmp(l->seen, f->link) == 0)
		return VW_OK;
	vwo_link_clear(&l->l);
	l->point = 0;
	free(l->seen);
	l->seen = strdup(f->link);
	if (l->seen == NULL)
		return vwc_nomem(l->c.h);
	rc = vwo_find(&l->c, f->link, &l->l);
	if (rc == VW_ERR_NOMEM)
		return rc;
	if (rc < 0)
		vwc_forget(l->c.h);
	else if (l->l.has_port)
		l->point = l->l.port.ifindex;
	else if (l->l.present && l->l.nl == l->c.h->nl)
		l->point = l->l.dev.ifindex;
	return VW_OK;
}

static int find_account(struct lister *l, const struct vws_flow *f, uint32_t *account)
{
	struct vwpl_flow flow;
	struct vwpl *p;
	int rc = vwp_flow_compile(l->c.h, f, &flow);

	if (rc == VW_OK)
		rc = vwo_engine(&l->c, false, &p);
	if (rc == VW_OK && p != NULL)
		*account = vwpl_flow_account(p, l->point, &flow.match);
	return rc;
}

static int add(struct lister *l, const struct vws_flow *f)
{
	struct vw_flow_info *i;
	int rc = VW_OK;

	if ((l->name && strcmp(l->name, f->name) != 0) || (l->link && strcmp(l->link, f->link) != 0))
		return VW_OK;
	i = next_info(l);
	if (i == NULL)
		return vwc_nomem(l->c.h);
	i->name = vwu_pool_str(&l->out->pool, f->name);
	i->link = vwu_pool_str(&l->out->pool, f->link);
	i->local_ip = text_of(l, f, "local_ip");
	i->remote_ip = text_of(l, f, "remote_ip");
	i->transport = text_of(l, f, "transport");
	i->dsfield = text_of(l, f, "dsfield");
	i->local_port = port_of(f, "local_port");
	i->remote_port = port_of(f, "remote_port");
	i->flags = vws_flow_find_line(l->c.saved, f->name) ? VW_FLOW_SAVED : VW_FLOW_TEMPORARY;
	if ((l->flags & VW_LIST_SAVED) || l->c.h->nl == NULL)
		return l->out->pool.failed ? vwc_nomem(l->c.h) : VW_OK;
	rc = look_at_link(l, f);
	if (rc == VW_OK && l->l.def)
		i->zone = vwu_pool_str(&l->out->pool, l->l.def->zone);
	if (l->point == 0)
		i->flags |= VW_FLOW_ABSENT;
	else if (rc == VW_OK && (l->flags & VW_LIST_STATS))
		rc = find_account(l, f, &l->out->accounts[l->out->n - 1]);
	return rc < 0 ? rc : l->out->pool.failed ? vwc_nomem(l->c.h) : VW_OK;
}

/* All counters at once. */
static int fill_stats(struct lister *l)
{
	vwu_auto_free struct vwb_dropped *dropped = NULL;
	vwu_auto_free struct vwb_count *counts = NULL;
	struct vw_flows *o = l->out;
	struct vwpl *p;
	int rc;

	if (!(l->flags & VW_LIST_STATS) || o->n == 0 || l->c.h->nl == NULL)
		return VW_OK;
	rc = vwo_engine(&l->c, false, &p);
	if (rc < 0 || p == NULL)
		return rc;
	counts = calloc(o->n, sizeof(*counts));
	dropped = calloc(o->n, sizeof(*dropped));
	if (counts == NULL || dropped == NULL)
		return vwc_nomem(l->c.h);
	rc = vwpl_counts(p, o->accounts, o->n, counts);
	if (rc == VW_OK)
		rc = vwpl_dropped(p, o->accounts, o->n, dropped);
	for (size_t i = 0; rc == VW_OK && i < o->n; i++)
		o->v[i].stats = (struct vw_flow_stats){
			.in_packets = counts[i].packets[VWB_IN],
			.in_bytes = counts[i].bytes[VWB_IN],
			.out_packets = counts[i].packets[VWB_OUT],
			.out_bytes = counts[i].bytes[VWB_OUT],
			.drops = dropped[i].packets[VWB_DROP_BLOCKED],
		};
	return rc;
}

static int list_saved(struct lister *l)
{
	int rc = VW_OK;

	for (size_t i = 0; rc == VW_OK && i < vws_flow_count(l->c.saved); i++) {
		const struct vws_flow *f = vws_flow_at(l->c.saved, i);

		if (f == NULL)
			return vw_error_status(l->c.h);
		rc = add(l, f);
	}
	return rc;
}

static int list_active(struct lister *l)
{
	struct vws_flow **defs = NULL;
	const struct vws_flow *one;
	size_t n = 0;
	int rc;

	if (l->name) {
		one = vwo_flow_def(&l->c, l->name);
		return one ? add(l, one) : VW_OK;
	}
	rc = vwo_flow_defs(&l->c, l->link, &defs, &n);
	for (size_t i = 0; rc == VW_OK && i < n; i++)
		rc = add(l, defs[i]);
	vwo_flow_defs_free(defs, n);
	return rc;
}

static int none_such(struct lister *l)
{
	struct vwo_link link;
	int rc;

	if (l->name) {
		vwc_why(l->c.h, VW_ERR_NOTFOUND, "no flow '%s'", l->name);
		return vwc_hint(l->c.h, VW_ERR_NOTFOUND, "'flowadm show-flow' lists the flows");
	}
	rc = vwo_find(&l->c, l->link, &link);
	if (rc == VW_OK)
		vwo_link_clear(&link);
	return rc;
}

int vw_flow_list(struct vw_handle *h, const struct vw_flow_filter *filter, unsigned flags,
		 struct vw_flows **fp)
{
	struct lister l = { .flags = flags };
	int rc = vwc_enter(h);

	if (rc == VW_OK)
		rc = vwo_read(h, &l.c);
	if (rc < 0)
		return rc;
	l.out = calloc(1, sizeof(*l.out));
	rc = l.out ? take_filter(&l, filter) : vwc_nomem(h);
	if (rc == VW_OK)
		rc = (flags & VW_LIST_SAVED) || h->nl == NULL ? list_saved(&l) : list_active(&l);
	if (rc == VW_OK)
		rc = fill_stats(&l);
	if (rc == VW_OK && l.out->n == 0 && (l.name || l.link))
		rc = none_such(&l);
	vwo_link_clear(&l.l);
	free(l.seen);
	vwo_close(&l.c);
	if (rc < 0)
		vw_flow_list_free(l.out);
	else
		*fp = l.out;
	return rc;
}

const struct vw_flow_info *vw_flow_next(struct vw_flows *f)
{
	return f->at < f->n ? &f->v[f->at++] : NULL;
}

void vw_flow_list_free(struct vw_flows *f)
{
	if (f == NULL)
		return;
	vwu_pool_free(&f->pool);
	free(f->accounts);
	free(f->v);
	free(f);
}

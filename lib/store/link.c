/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* link.c - one link as it was asked for */
#include "store/schema.h"

#include <string.h>

#include <vwire/aggr.h>

/* IEEE 802.1D table 8-3; priority is set where it is known not to be given: 0 is a real one. */
static void bridge_defaults(struct vws_link *l)
{
	if (l->stp == 0)
		l->stp = 1;
	if (l->max_age_s == 0)
		l->max_age_s = 20;
	if (l->hello_s == 0)
		l->hello_s = 2;
	if (l->forward_delay_s == 0)
		l->forward_delay_s = 15;
}

void vws_link_defaults(struct vws_link *l)
{
	if (l->cls == VW_CLASS_BRIDGE)
		bridge_defaults(l);
	if (l->cls != VW_CLASS_AGGR)
		return;
	if (l->lacp == 0)
		l->lacp = VW_LACP_OFF;
	if (l->timer == 0)
		l->timer = VW_LACP_SHORT;
	if (l->policy == 0)
		l->policy = VW_AGGR_L4;
}

struct vws_link *vws_link_new(const char *name, unsigned cls)
{
	struct vws_link *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return NULL;
	l->cls = cls;
	l->priority = cls == VW_CLASS_BRIDGE ? VWS_PRIORITY_DEFAULT : 0;
	vws_link_defaults(l);
	l->name = strdup(name);
	if (l->name == NULL) {
		free(l);
		return NULL;
	}
	return l;
}

void vws_link_free(struct vws_link *l)
{
	if (l == NULL)
		return;
	free(l->name);
	free(l->over);
	free(l->zone);
	for (size_t i = 0; l->ports != NULL && l->ports[i] != NULL; i++)
		free(l->ports[i]);
	free(l->ports);
	free(l->local);
	free(l->remote);
	vws_props_free(l->props, l->nprops);
	free(l);
}

/* @from is NULL or copied to *@to; false: no memory. */
static bool copy(char **to, const char *from)
{
	*to = from ? strdup(from) : NULL;
	return from == NULL || *to != NULL;
}

static bool copy_ports(struct vws_link *to, char *const *ports)
{
	size_t n = 0;

	if (ports == NULL)
		return true;
	while (ports[n] != NULL)
		n++;
	to->ports = calloc(n + 1, sizeof(*to->ports));
	if (to->ports == NULL)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!copy(&to->ports[i], ports[i]))
			return false;
	return true;
}

struct vws_link *vws_link_dup(const struct vws_link *l)
{
	struct vws_link *d = malloc(sizeof(*d));

	if (d == NULL)
		return NULL;
	*d = *l;
	d->name = d->over = d->zone = d->local = d->remote = NULL;
	d->ports = NULL;
	d->props = NULL;
	d->nprops = 0;
	if (copy(&d->name, l->name) && copy(&d->over, l->over) && copy(&d->zone, l->zone) &&
	    copy(&d->local, l->local) && copy(&d->remote, l->remote) &&
	    copy_ports(d, l->ports) && vws_props_copy(&d->props, &d->nprops, l->props, l->nprops))
		return d;
	vws_link_free(d);
	return NULL;
}

const char *vws_link_prop(const struct vws_link *l, const char *name)
{
	const struct vws_prop *p = vws_props_find(l->props, l->nprops, name);

	return p ? p->value : NULL;
}

int vws_link_set_prop(struct vw_handle *h, struct vws_link *l, const char *name, const char *value)
{
	return vws_props_set(h, &l->props, &l->nprops, name, value);
}

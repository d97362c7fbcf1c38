/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cache.c - many questions about links answered by one dump */
#include <stdlib.h>
#include <string.h>

#include "object/object.h"

#define WORTH_A_DUMP	8

static int by_index(const void *a, const void *b)
{
	const struct vwk_link *x = a, *y = b;

	return (x->ifindex > y->ifindex) - (x->ifindex < y->ifindex);
}

int vwo_cache(struct vwo_ctx *c, size_t n)
{
	int rc = VW_OK;

	if (n < WORTH_A_DUMP || c->cached || c->h->nl == NULL)
		return VW_OK;
	vwk_links_free(&c->devs);	/* a dump made earlier may be old by now */
	c->dumped = false;
	rc = vwo_dump(c);
	if (rc == VW_OK && c->devs.n > 1)
		qsort(c->devs.v, c->devs.n, sizeof(*c->devs.v), by_index);
	for (size_t i = 0; rc == VW_OK && i < c->devs.n; i++)
		if (!vwu_map_put(&c->names, c->devs.v[i].name, i) ||
		    (c->devs.v[i].altname && !vwu_map_put(&c->names, c->devs.v[i].altname, i)))
			rc = vwc_nomem(c->h);
	c->cached = rc == VW_OK;
	return rc;
}

void vwo_uncache(struct vwo_ctx *c)
{
	vwu_map_free(&c->names);
	memset(&c->names, 0, sizeof(c->names));
	if (c->cached)
		vwk_links_free(&c->devs);
	for (size_t i = 0; i < c->nzones && c->cached; i++) {
		vwk_links_free(&c->zones[i]->devs);
		c->zones[i]->dumped = false;
	}
	c->dumped = c->dumped && !c->cached;
	c->cached = false;
}

static int hand_out(struct vwo_ctx *c, const struct vwk_link *from, struct vwk_link *dev)
{
	*dev = *from;
	dev->altname = from->altname ? strdup(from->altname) : NULL;
	dev->alias = from->alias ? strdup(from->alias) : NULL;
	if ((from->altname && !dev->altname) || (from->alias && !dev->alias)) {
		vwk_link_clear(dev);
		return vwc_nomem(c->h);
	}
	return VW_OK;
}

static int from_host(struct vwo_ctx *c, const char *name, int ifindex, struct vwk_link *dev)
{
	struct vwk_link key = { .ifindex = ifindex }, *found = NULL;
	size_t at;

	if (name == NULL && c->devs.n > 0)
		found = bsearch(&key, c->devs.v, c->devs.n, sizeof(key), by_index);
	else if (name != NULL && vwu_map_get(&c->names, name, &at))
		found = &c->devs.v[at];
	return found ? hand_out(c, found, dev) : VW_ERR_NOTFOUND;
}

static int from_zone(struct vwo_ctx *c, struct vwo_zone *z, const char *name, int ifindex,
		     struct vwk_link *dev)
{
	int rc = z->dumped ? VW_OK : vwk_link_dump(c->h, z->nl, 0, &z->devs);

	if (rc < 0)
		return rc;
	z->dumped = true;
	for (size_t i = 0; i < z->devs.n; i++)
		if (name ? strcmp(z->devs.v[i].name, name) == 0 : z->devs.v[i].ifindex == ifindex)
			return hand_out(c, &z->devs.v[i], dev);
	return VW_ERR_NOTFOUND;
}

int vwo_get(struct vwo_ctx *c, struct vwk_nl *nl, const char *name, int ifindex,
	    struct vwk_link *dev)
{
	if (c->cached && nl == c->h->nl)
		return from_host(c, name, ifindex, dev);
	for (size_t i = 0; i < c->nzones && c->cached; i++)
		if (c->zones[i]->nl == nl)
			return from_zone(c, c->zones[i], name, ifindex, dev);
	return vwk_link_get(c->h, nl, name, ifindex, 0, dev);
}

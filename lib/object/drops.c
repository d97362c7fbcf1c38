/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* drops.c - what the host took away from links, by reason */
#include <stdlib.h>
#include <string.h>

#include "object/rows.h"

/* Where a link's traffic is in the host's hands; 0: nowhere, or it is not there. */
static int point_of(struct vwo_ctx *c, const struct vwu_map *host, const struct vwk_links *devs,
		    const struct vw_link_info *i)
{
	char port[VWU_IFNAME];
	size_t at;

	if (i->cls == VW_CLASS_VNIC) {
		vwu_name_port(i->name, port);
		if (vwu_map_get(host, port, &at))
			return devs->v[at].ifindex;
		if (devs->n == 0 && i->zone != NULL)
			return vwk_link_index(c->h->nl, port);
	}
	return i->zone == NULL ? (int)i->ifindex : 0;
}

static int fill_all(struct vwo_ctx *c, struct vwpl *p, const int *points, struct vw_link_info *v,
		    size_t n)
{
	vwu_auto_free struct vwb_dropped *dropped = calloc(n, sizeof(*dropped));
	vwu_auto_free uint32_t *accounts = calloc(n, sizeof(*accounts));
	int rc = dropped && accounts ? VW_OK : vwc_nomem(c->h);

	for (size_t i = 0; rc == VW_OK && i < n; i++)
		accounts[i] = points[i] > 0 ? vwpl_account(p, points[i]) : 0;
	if (rc == VW_OK)
		rc = vwpl_dropped(p, accounts, n, dropped);
	for (size_t i = 0; rc == VW_OK && i < n; i++) {
		uint64_t limit = 0;

		if (accounts[i] == 0)
			continue;
		rc = vwpl_limit_drops(p, points[i], &limit);
		vwpl_drops_told(&dropped[i], limit, &v[i].drops);
	}
	return rc;
}

int vwo_fill_drops(struct vwo_ctx *c, const struct vwk_links *devs, struct vw_link_info *v, size_t n)
{
	vwu_auto_free int *points = NULL;
	struct vwu_map host = { 0 };
	struct vwpl *p;
	int rc;

	if (n == 0 || c->h->nl == NULL)
		return VW_OK;
	rc = vwo_engine(c, false, &p);
	if (rc == VW_ERR_DENIED) {	/* counters of links anybody may read, maps not */
		vwc_forget(c->h);
		return VW_OK;
	}
	if (rc < 0 || p == NULL)
		return rc;
	points = calloc(n, sizeof(*points));
	rc = points ? VW_OK : vwc_nomem(c->h);
	for (size_t i = 0; rc == VW_OK && i < devs->n; i++)
		if (!vwu_map_put(&host, devs->v[i].name, i))
			rc = vwc_nomem(c->h);
	for (size_t i = 0; rc == VW_OK && i < n; i++)
		points[i] = point_of(c, &host, devs, &v[i]);
	vwu_map_free(&host);
	return rc < 0 ? rc : fill_all(c, p, points, v, n);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* limits.c - what a link's rate is measured against: its limit, or the speed of the hardware */
#include <stdlib.h>
#include <string.h>

#include "object/engine.h"
#include "stat/stat.h"

/* Hardware alone has a speed: a veth claims 10 Gb/s whatever it does. */
static void fill_speed(struct vw_stat *s, struct vwst_row *row)
{
	const struct vwst_dev *d = NULL;
	struct vwk_nl *nl = NULL;
	struct vwk_ethtool e;

	if (!(row->cls & (VW_CLASS_PHYS | VW_CLASS_AGGR)))
		return;
	for (size_t i = 0; i < s->nns && d == NULL; i++)
		if (s->ns[i]->cookie == row->netns) {
			d = vwst_dev_at(s->ns[i], row->counter);
			nl = s->ns[i]->nl;
		}
	if (d == NULL || (d->kind != VWK_NONE && d->kind != VWK_BOND))
		return;
	if (vwk_ethtool_get(s->h, nl, d->kname, &e) < 0)
		vwc_forget(s->h);
	else
		row->speed_mbps = e.speed_mbps;
}

/* Over a NIC nobody can be faster than the NIC. */
static void inherit_speed(struct vwst_roster *r)
{
	struct vwu_map nics = { 0 };
	size_t at;

	for (size_t i = 0; i < r->n; i++)
		if (r->v[i].speed_mbps != 0 && r->v[i].zone == NULL)
			(void)vwu_map_put(&nics, r->v[i].name, i);
	for (size_t i = 0; i < r->n; i++)
		if (r->v[i].speed_mbps == 0 && r->v[i].over != NULL &&
		    vwu_map_get(&nics, r->v[i].over, &at))
			r->v[i].speed_mbps = r->v[at].speed_mbps;
	vwu_map_free(&nics);
}

int vwst_limits_fill(struct vw_stat *s, struct vwst_roster *r)
{
	for (size_t i = 0; i < r->n; i++) {
		if (s->have_docs && vwst_row_defined(&r->v[i]))
			r->v[i].maxbw = vwo_rate_of(&s->docs, r->v[i].name);
		fill_speed(s, &r->v[i]);
	}
	inherit_speed(r);
	return VW_OK;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* aggrlist.c - snapshots of aggregations and their ports */
#include <linux/if_bonding.h>
#include <stdlib.h>
#include <string.h>

#include <vwire/aggr.h>

#include "object/rows.h"

struct vw_aggrs {
	struct vwo_rows r;
};

static void speed_of(struct vwo_ctx *c, const struct vwk_link *dev, uint32_t *mbps, unsigned *duplex)
{
	struct vwk_ethtool e;

	*mbps = 0;
	*duplex = VW_DUPLEX_UNKNOWN;
	if (vwk_ethtool_get(c->h, c->h->nl, dev->name, &e) < 0) {
		vwc_forget(c->h);
		return;
	}
	*mbps = e.speed_mbps;
	if (e.duplex <= 1)
		*duplex = e.duplex ? VW_DUPLEX_FULL : VW_DUPLEX_HALF;
}

static void fill_port(struct vwo_ctx *c, struct vwo_rows *a, const struct vwk_link *dev,
		      unsigned lacp, struct vw_aggr_port *p)
{
	uint8_t s = dev->port.bond.actor_state;

	p->name = vwu_pool_str(&a->pool, vwo_dev_name(dev));
	p->state = vwo_state(dev, VW_CLASS_PHYS);
	memcpy(p->mac, dev->port.bond.perm_mac, 6);
	memcpy(&p->stats, &dev->stats, sizeof(p->stats));
	speed_of(c, dev, &p->speed_mbps, &p->duplex);
	p->attached = dev->port.bond.state == BOND_STATE_ACTIVE && dev->port.bond.mii_up;
	if (lacp == VW_LACP_OFF || !dev->port.bond.has_lacp)
		return;
	p->has_lacp = 1;
	p->aggregatable = !!(s & LACP_STATE_AGGREGATION);
	p->sync = !!(s & LACP_STATE_SYNCHRONIZATION);
	p->coll = !!(s & LACP_STATE_COLLECTING);
	p->dist = !!(s & LACP_STATE_DISTRIBUTING);
	p->defaulted = !!(s & LACP_STATE_DEFAULTED);
	p->expired = !!(s & LACP_STATE_EXPIRED);
	p->attached &= p->coll && p->dist;
}

/* Linux has three hashes; what was asked for is told where it leads to the same one. */
static unsigned policy_of(const struct vws_link *def, uint8_t xmit)
{
	struct vwk_bond bond;

	if (def) {
		vwo_bond_from_def(def, &bond);
		if (bond.xmit_policy == xmit)
			return def->policy;
	}
	return xmit == BOND_XMIT_POLICY_LAYER34 ? VW_AGGR_L4 :
	       xmit == BOND_XMIT_POLICY_LAYER23 ? VW_AGGR_L2 | VW_AGGR_L3 : VW_AGGR_L2;
}

static int fill_dev(struct vwo_ctx *c, struct vwo_rows *a, const struct vwk_link *dev,
		    const struct vwk_links *all, unsigned flags)
{
	struct vw_aggr_info *i = vwo_row_add(a);
	const struct vws_link *def = vwo_def(c, vwo_dev_name(dev));
	struct vw_aggr_port *ports;
	size_t n = 0;

	if (i == NULL)
		return VW_OK;
	i->name = vwu_pool_str(&a->pool, vwo_dev_name(dev));
	i->policy = policy_of(def, dev->u.bond.xmit_policy);
	i->lacp = dev->u.bond.mode != BOND_MODE_8023AD ? VW_LACP_OFF :
		  dev->u.bond.lacp_active ? VW_LACP_ACTIVE : VW_LACP_PASSIVE;
	i->timer = def && i->lacp == VW_LACP_OFF ? def->timer :
		   dev->u.bond.lacp_rate ? VW_LACP_SHORT : VW_LACP_LONG;
	i->mac_fixed = def && def->has_mac;
	i->forced = def && def->forced;
	memcpy(i->mac, dev->mac, 6);
	i->state = vwo_state(dev, VW_CLASS_AGGR);
	speed_of(c, dev, &i->speed_mbps, &i->duplex);
	for (size_t k = 0; k < all->n; k++)
		n += all->v[k].master == dev->ifindex;
	ports = vwu_pool_get(&a->pool, (n + 1) * sizeof(*ports));
	if (ports == NULL)
		return vwc_nomem(c->h);
	i->ports = ports;
	for (size_t k = 0; k < all->n; k++)
		if (all->v[k].master == dev->ifindex)
			fill_port(c, a, &all->v[k], i->lacp, &ports[i->nports++]);
	return VW_OK;
}

static int fill_def(struct vwo_ctx *c, struct vwo_rows *a, const struct vws_link *def)
{
	struct vw_aggr_info *i = vwo_row_add(a);
	size_t n = vwo_names_count((const char *const *)def->ports);
	struct vw_aggr_port *ports = vwu_pool_get(&a->pool, (n + 1) * sizeof(*ports));

	if (i == NULL || ports == NULL)
		return vwc_nomem(c->h);
	i->name = vwu_pool_str(&a->pool, def->name);
	i->policy = def->policy;
	i->lacp = def->lacp;
	i->timer = def->timer;
	i->mac_fixed = def->has_mac;
	i->forced = def->forced;
	memcpy(i->mac, def->mac, 6);
	i->nports = n;
	i->ports = ports;
	for (size_t k = 0; k < n; k++)
		ports[k].name = vwu_pool_str(&a->pool, def->ports[k]);
	return VW_OK;
}

int vw_aggr_list(struct vw_handle *h, const char *name, unsigned flags, struct vw_aggrs **ap)
{
	static const struct vwo_listing how = {
		.cls = VW_CLASS_AGGR, .size = sizeof(struct vw_aggr_info),
		.dump = VWK_DUMP_STATS, .from_dev = fill_dev, .from_def = fill_def,
	};

	return vwo_rows_list(h, &how, name, flags, (struct vwo_rows **)ap);
}

const struct vw_aggr_info *vw_aggr_next(struct vw_aggrs *a)
{
	return vwo_row_next(&a->r);
}

void vw_aggr_list_free(struct vw_aggrs *a)
{
	vwo_rows_free((struct vwo_rows *)a);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* bridgelist.c - snapshots of bridges, their ports and forwarding tables */
#include <stdlib.h>
#include <string.h>

#include <vwire/bridge.h>

#include "object/rows.h"

struct vw_bridges {
	struct vwo_rows r;
};

static void fill_port(struct vwo_rows *b, const struct vwk_link *dev, struct vw_bridge_port *p)
{
	p->name = vwu_pool_str(&b->pool, vwo_dev_name(dev));
	p->ifindex = (unsigned)dev->ifindex;
	p->stp_state = dev->port.br.state;
	p->cost = dev->port.br.cost;
	p->priority = dev->port.br.priority;
	memcpy(p->designated_root, dev->port.br.root_id, 8);
	memcpy(p->designated_bridge, dev->port.br.bridge_id, 8);
	p->designated_cost = dev->port.br.designated_cost;
	p->designated_port = dev->port.br.designated_port;
	p->topology_change_ack = dev->port.br.tc_ack;
	memcpy(&p->stats, &dev->stats, sizeof(p->stats));
}

static int fill_ports(struct vwo_ctx *c, struct vwo_rows *b, const struct vwk_link *dev,
		      const struct vwk_links *all, struct vw_bridge_info *i)
{
	struct vw_bridge_port *ports;
	size_t n = 0;

	for (size_t k = 0; k < all->n; k++)
		n += all->v[k].master == dev->ifindex;
	ports = vwu_pool_get(&b->pool, (n + 1) * sizeof(*ports));
	if (ports == NULL)
		return vwc_nomem(c->h);
	i->ports = ports;
	for (size_t k = 0; k < all->n; k++)
		if (all->v[k].master == dev->ifindex)
			fill_port(b, &all->v[k], &ports[i->nports++]);
	return VW_OK;
}

static int fill_fdb(struct vwo_ctx *c, struct vwo_rows *b, const struct vwk_link *dev,
		    const struct vwk_links *all, struct vw_bridge_info *i)
{
	vwu_auto_free struct vwk_fdb *raw = NULL;
	struct vw_bridge_fdb *fdb;
	size_t n = 0;
	int rc = vwk_fdb_dump(c->h, c->h->nl, dev->ifindex, &raw, &n);

	if (rc < 0)
		return rc;
	fdb = vwu_pool_get(&b->pool, (n + 1) * sizeof(*fdb));
	if (fdb == NULL)
		return vwc_nomem(c->h);
	i->fdb = fdb;
	for (size_t k = 0; k < n; k++) {
		struct vw_bridge_fdb *f = &fdb[i->nfdb++];

		memcpy(f->mac, raw[k].mac, 6);
		f->local = raw[k].local;
		f->is_static = raw[k].permanent;
		f->age_ms = raw[k].age_ms;
		f->port = "";
		for (size_t m = 0; m < all->n; m++)
			if (all->v[m].ifindex == raw[k].ifindex)
				f->port = vwu_pool_str(&b->pool, vwo_dev_name(&all->v[m]));
	}
	return VW_OK;
}

static int fill_dev(struct vwo_ctx *c, struct vwo_rows *b, const struct vwk_link *dev,
		    const struct vwk_links *all, unsigned flags)
{
	struct vw_bridge_info *i = vwo_row_add(b);
	const struct vwk_bridge *br = &dev->u.bridge;
	int rc;

	if (i == NULL)
		return VW_OK;
	i->name = vwu_pool_str(&b->pool, vwo_dev_name(dev));
	i->stp = br->stp_state ? 1 : 2;
	memcpy(i->mac, dev->mac, 6);
	i->priority = br->priority;
	i->max_age_s = br->max_age / 100;
	i->hello_s = br->hello_time / 100;
	i->forward_delay_s = br->forward_delay / 100;
	memcpy(i->root_id, br->root_id, 8);
	i->root_cost = br->root_cost;
	i->root_port = br->root_port;
	i->topology_change = br->tc;
	i->topology_change_detected = br->tcd;
	i->topology_change_timer_s = br->tc_timer / 100;
	memcpy(&i->stats, &dev->stats, sizeof(i->stats));
	rc = fill_ports(c, b, dev, all, i);
	return rc < 0 || !(flags & VW_LIST_DETAIL) ? rc : fill_fdb(c, b, dev, all, i);
}

static int fill_def(struct vwo_ctx *c, struct vwo_rows *b, const struct vws_link *def)
{
	struct vw_bridge_info *i = vwo_row_add(b);
	size_t n = vwo_names_count((const char *const *)def->ports);
	struct vw_bridge_port *ports = vwu_pool_get(&b->pool, (n + 1) * sizeof(*ports));

	if (i == NULL || ports == NULL)
		return vwc_nomem(c->h);
	i->name = vwu_pool_str(&b->pool, def->name);
	i->stp = def->stp;
	i->priority = (uint16_t)def->priority;
	i->max_age_s = def->max_age_s;
	i->hello_s = def->hello_s;
	i->forward_delay_s = def->forward_delay_s;
	i->nports = n;
	i->ports = ports;
	for (size_t k = 0; k < n; k++)
		ports[k].name = vwu_pool_str(&b->pool, def->ports[k]);
	return VW_OK;
}

int vw_bridge_list(struct vw_handle *h, const char *name, unsigned flags, struct vw_bridges **bp)
{
	static const struct vwo_listing how = {
		.cls = VW_CLASS_BRIDGE, .size = sizeof(struct vw_bridge_info),
		.dump = VWK_DUMP_STATS, .from_dev = fill_dev, .from_def = fill_def,
	};

	return vwo_rows_list(h, &how, name, flags, (struct vwo_rows **)bp);
}

const struct vw_bridge_info *vw_bridge_next(struct vw_bridges *b)
{
	return vwo_row_next(&b->r);
}

void vw_bridge_list_free(struct vw_bridges *b)
{
	vwo_rows_free((struct vwo_rows *)b);
}

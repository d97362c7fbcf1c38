/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* phys.c - the hardware side of links: rates, pause, addresses, rings */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <vwire/ether.h>

#include "object/rows.h"

struct vw_ethers { struct vwo_rows r; };
struct vw_phys_macs { struct vwo_rows r; };
struct vw_phys_rings { struct vwo_rows r; };

/* -- show-ether -------------------------------------------------------------------------------------------- */

static const char *rate(struct vwo_rows *r, const struct vwk_ethtool *e)
{
	char text[32];
	const char *d = e->duplex == 1 ? "f" : e->duplex == 0 ? "h" : "?";

	if (e->speed_mbps == 0)
		return "";
	if (e->speed_mbps % 1000 == 0)
		snprintf(text, sizeof(text), "%uG-%s", e->speed_mbps / 1000, d);
	else
		snprintf(text, sizeof(text), "%uM-%s", e->speed_mbps, d);
	return vwu_pool_str(&r->pool, text);
}

static const char *pause_word(struct vwo_ctx *c, const struct vwk_link *dev)
{
	struct vwk_pause p;

	if (vwk_pause_get(c->h, c->h->nl, dev->name, &p) < 0) {
		vwc_forget(c->h);
		return "";
	}
	return p.rx && p.tx ? "bi" : p.tx ? "tx" : p.rx ? "rx" : "none";
}

static void modes_row(struct vwo_rows *r, const struct vw_ether_info *base, const char *ptype,
		      const uint64_t bits[2])
{
	vwu_auto_free char *modes = vwk_ethtool_modes(bits);
	struct vw_ether_info *i = vwo_row_add(r);

	if (i == NULL)
		return;
	i->name = base->name;
	i->ptype = ptype;
	i->state = base->state;
	i->autoneg = (int)(bits[0] >> 6 & 1);	/* ETHTOOL_LINK_MODE_Autoneg_BIT */
	i->speed_duplex = modes ? vwu_pool_str(&r->pool, modes) : "";
	i->pause = bits[0] >> 13 & 1 ? "bi" : "none";	/* ETHTOOL_LINK_MODE_Pause_BIT */
	i->rem_fault = "";
}

static int fill_ether(struct vwo_ctx *c, struct vwo_rows *r, const struct vwk_link *dev,
		      const struct vwk_links *all, unsigned flags)
{
	struct vw_ether_info *i = vwo_row_add(r), base;
	struct vwk_ethtool e;

	if (i == NULL)
		return VW_OK;
	if (vwk_ethtool_get(c->h, c->h->nl, dev->name, &e) < 0) {
		vwc_forget(c->h);
		memset(&e, 0, sizeof(e));
		e.autoneg = -1;
		e.duplex = 255;
	}
	i->name = vwu_pool_str(&r->pool, vwo_dev_name(dev));
	i->ptype = "current";
	i->state = vwo_state(dev, VW_CLASS_PHYS);
	i->autoneg = e.autoneg;
	i->speed_duplex = rate(r, &e);
	i->pause = pause_word(c, dev);
	i->rem_fault = "";
	base = *i;
	if (!(flags & VW_LIST_DETAIL))
		return VW_OK;
	modes_row(r, &base, "capable", e.supported);
	modes_row(r, &base, "adv", e.advertising);
	modes_row(r, &base, "peeradv", e.peer);
	return VW_OK;
}

int vw_ether_list(struct vw_handle *h, const char *name, unsigned flags, struct vw_ethers **out)
{
	static const struct vwo_listing how = {
		.cls = VW_CLASS_PHYS, .size = sizeof(struct vw_ether_info), .from_dev = fill_ether,
	};

	return vwo_rows_list(h, &how, name, flags, (struct vwo_rows **)out);
}

/* -- show-phys -m ------------------------------------------------------------------------------------------- */

static int fill_macs(struct vwo_ctx *c, struct vwo_rows *r, const struct vwk_link *dev,
		      const struct vwk_links *all, unsigned flags)
{
	struct vw_phys_mac *m = vwo_row_add(r);

	if (m == NULL)
		return VW_OK;
	m->name = vwu_pool_str(&r->pool, vwo_dev_name(dev));
	m->slot = "primary";
	memcpy(m->mac, dev->has_perm_mac ? dev->perm_mac : dev->mac, 6);
	m->in_use = 1;
	m->client = m->name;
	for (size_t i = 0; i < all->n; i++) {
		const struct vwk_link *d = &all->v[i];

		if (d->kind != VWK_MACVLAN || d->lower != dev->ifindex || d->lower_nsid >= 0)
			continue;
		m = vwo_row_add(r);
		if (m == NULL)
			return VW_OK;
		m->name = vwu_pool_str(&r->pool, vwo_dev_name(dev));
		m->slot = "";
		memcpy(m->mac, d->mac, 6);
		m->in_use = 1;
		m->client = vwu_pool_str(&r->pool, vwo_dev_name(d));
	}
	return VW_OK;
}

int vw_phys_mac_list(struct vw_handle *h, const char *name, unsigned flags,
		     struct vw_phys_macs **out)
{
	static const struct vwo_listing how = {
		.cls = VW_CLASS_PHYS, .size = sizeof(struct vw_phys_mac), .from_dev = fill_macs,
	};

	return vwo_rows_list(h, &how, name, flags, (struct vwo_rows **)out);
}

/* -- show-phys -H ------------------------------------------------------------------------------------------- */

static void ring_row(struct vwo_rows *r, const struct vwk_link *dev, const char *type, uint32_t n)
{
	struct vw_phys_ring *i = n > 0 ? vwo_row_add(r) : NULL;

	if (i == NULL)
		return;
	i->name = vwu_pool_str(&r->pool, vwo_dev_name(dev));
	i->type = type;
	i->last = n - 1;
	i->clients = "<default>";
}

static int fill_rings(struct vwo_ctx *c, struct vwo_rows *r, const struct vwk_link *dev,
		      const struct vwk_links *all, unsigned flags)
{
	struct vwk_channels ch;

	if (vwk_channels_get(c->h, c->h->nl, dev->name, &ch) < 0) {
		vwc_forget(c->h);
		ch = (struct vwk_channels){ .rx = dev->rx_queues, .tx = dev->tx_queues };
	}
	ring_row(r, dev, "RX", ch.rx + ch.combined);
	ring_row(r, dev, "TX", ch.tx + ch.combined);
	return VW_OK;
}

int vw_phys_ring_list(struct vw_handle *h, const char *name, unsigned flags,
		      struct vw_phys_rings **out)
{
	static const struct vwo_listing how = {
		.cls = VW_CLASS_PHYS, .size = sizeof(struct vw_phys_ring), .from_dev = fill_rings,
	};

	return vwo_rows_list(h, &how, name, flags, (struct vwo_rows **)out);
}

/* -- walking ------------------------------------------------------------------------------------------------- */

const struct vw_ether_info *vw_ether_next(struct vw_ethers *e)
{
	return vwo_row_next(&e->r);
}

const struct vw_phys_mac *vw_phys_mac_next(struct vw_phys_macs *m)
{
	return vwo_row_next(&m->r);
}

const struct vw_phys_ring *vw_phys_ring_next(struct vw_phys_rings *r)
{
	return vwo_row_next(&r->r);
}

void vw_ether_list_free(struct vw_ethers *e)
{
	vwo_rows_free((struct vwo_rows *)e);
}

void vw_phys_mac_list_free(struct vw_phys_macs *m)
{
	vwo_rows_free((struct vwo_rows *)m);
}

void vw_phys_ring_list_free(struct vw_phys_rings *r)
{
	vwo_rows_free((struct vwo_rows *)r);
}

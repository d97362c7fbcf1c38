/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* rings.c - how many queues a device has, and those RSS spreads frames over (SIOCETHTOOL) */
#include "kernel/steer.h"

#include <errno.h>

#include <linux/ethtool.h>

#include "kernel/nl.h"

#define TABLE_MAX	65536

/* The rest (the "other" channels) stays as it is: most drivers refuse to change it. */
int vwk_channels_set(struct vw_handle *h, struct vwk_nl *nl, const char *ifname,
		     const struct vwk_channels *c)
{
	struct ethtool_channels ch = { .cmd = ETHTOOL_GCHANNELS };
	int err = vwk_ethtool_call(nl, ifname, &ch);

	if (err == 0) {
		ch.cmd = ETHTOOL_SCHANNELS;
		ch.rx_count = c->rx;
		ch.tx_count = c->tx;
		ch.combined_count = c->combined;
		err = vwk_ethtool_call(nl, ifname, &ch);
	}
	if (err == EBUSY || err == EINVAL)
		return vwc_why(h, VW_ERR_BUSY, "the driver of '%s' does not take this number of "
			       "channels now", ifname);
	return err == 0 ? VW_OK : vwk_ethtool_fail(h, err, ifname, "channels to set");
}

int vwk_rss_get(struct vw_handle *h, struct vwk_nl *nl, const char *ifname, uint32_t **table,
		size_t *n)
{
	struct ethtool_rxfh_indir ask = { .cmd = ETHTOOL_GRXFHINDIR };
	vwu_auto_free struct ethtool_rxfh_indir *all = NULL;
	int err = vwk_ethtool_call(nl, ifname, &ask);	/* how long it is */

	if (err == 0 && (ask.size == 0 || ask.size > TABLE_MAX))
		err = EOPNOTSUPP;
	if (err == 0) {
		all = calloc(1, sizeof(*all) + ask.size * sizeof(uint32_t));
		if (all == NULL)
			return vwc_nomem(h);
		*all = ask;
		all->cmd = ETHTOOL_GRXFHINDIR;
		err = vwk_ethtool_call(nl, ifname, all);
	}
	if (err != 0)
		return vwk_ethtool_fail(h, err, ifname, "table of queues to spread frames over");
	*table = malloc(ask.size * sizeof(uint32_t));
	if (*table == NULL)
		return vwc_nomem(h);
	memcpy(*table, all->ring_index, ask.size * sizeof(uint32_t));
	*n = ask.size;
	return VW_OK;
}

int vwk_rss_set(struct vw_handle *h, struct vwk_nl *nl, const char *ifname, const uint32_t *table,
		size_t n)
{
	vwu_auto_free struct ethtool_rxfh_indir *all = calloc(1, sizeof(*all) + n * sizeof(*table));
	int err;

	if (all == NULL)
		return vwc_nomem(h);
	all->cmd = ETHTOOL_SRXFHINDIR;
	all->size = (uint32_t)n;
	if (n > 0)
		memcpy(all->ring_index, table, n * sizeof(*table));
	err = vwk_ethtool_call(nl, ifname, all);
	if (err != 0)
		return vwk_ethtool_fail(h, err, ifname, "table of queues to spread frames over");
	return VW_OK;
}

int vwk_rings(struct vwk_nl *nl, const char *ifname, uint32_t *n)
{
	struct ethtool_rxnfc c = { .cmd = ETHTOOL_GRXRINGS };
	int err = vwk_ethtool_call(nl, ifname, &c);

	*n = err == 0 ? (uint32_t)c.data : 0;
	return err;
}

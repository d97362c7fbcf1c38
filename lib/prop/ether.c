/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ether.c - properties of Ethernet hardware: speed, duplex, media, auto-negotiation, pause */
#include <linux/ethtool.h>
#include <string.h>

#include "prop/rows.h"

static bool has_mode(const uint64_t bits[2], unsigned bit)
{
	return bits[bit / 64] >> (bit % 64) & 1;
}

static int none(struct vw_handle *h, const struct vwp_link *l, const char *prop)
{
	return vwc_why(h, VW_ERR_NOTSUP, "%s: the driver of link '%s' has no such thing", prop,
		       l->name);
}

static int settings(struct vw_handle *h, const struct vwp_link *l, const char *prop,
		    struct vwk_ethtool *e)
{
	int rc = vwk_ethtool_get(h, l->nl, l->dev->name, e);

	return rc == VW_OK && !e->has_settings ? none(h, l, prop) : rc;
}

int vwp_speed_read(struct vw_handle *h, const struct vwp_link *l, char *out, size_t len)
{
	struct vwk_ethtool e;
	int rc = settings(h, l, "speed", &e);

	if (rc < 0)
		return rc;
	if (e.speed_mbps == 0)
		return none(h, l, "speed");
	return vwp_put(h, out, len, "%u", e.speed_mbps);
}

int vwp_duplex_read(struct vw_handle *h, const struct vwp_link *l, char *out, size_t len)
{
	struct vwk_ethtool e;
	int rc = settings(h, l, "duplex", &e);

	if (rc < 0)
		return rc;
	if (e.duplex != DUPLEX_HALF && e.duplex != DUPLEX_FULL)
		return none(h, l, "duplex");
	return vwp_put(h, out, len, "%s", e.duplex == DUPLEX_HALF ? "half" : "full");
}

static const struct { uint32_t mbps; const char *name; } twisted_pair[] = {
	{ 10, "10BASE-T" }, { 100, "100BASE-TX" }, { 1000, "1000BASE-T" },
	{ 2500, "2.5GBASE-T" }, { 5000, "5GBASE-T" }, { 10000, "10GBASE-T" },
	{ 25000, "25GBASE-T" }, { 40000, "40GBASE-T" },
};

/* A veth calls itself a twisted pair of 10 Gb/s, yet lists no medium among its modes. */
int vwp_media_read(struct vw_handle *h, const struct vwp_link *l, char *out, size_t len)
{
	struct vwk_ethtool e;
	int rc = settings(h, l, "media", &e);

	if (rc < 0)
		return rc;
	if (e.port == PORT_FIBRE && has_mode(e.supported, ETHTOOL_LINK_MODE_FIBRE_BIT))
		return vwp_put(h, out, len, "fibre");
	if (e.port == PORT_DA && e.supported[0] != 0)
		return vwp_put(h, out, len, "direct-attach");
	if (e.port != PORT_TP || !has_mode(e.supported, ETHTOOL_LINK_MODE_TP_BIT))
		return none(h, l, "media");
	for (size_t i = 0; i < VWU_ARRAY_SIZE(twisted_pair); i++)
		if (twisted_pair[i].mbps == e.speed_mbps)
			return vwp_put(h, out, len, "%s", twisted_pair[i].name);
	return vwp_put(h, out, len, "twisted-pair");
}

int vwp_autoneg_read(struct vw_handle *h, const struct vwp_link *l, char *out, size_t len)
{
	struct vwk_ethtool e;
	int rc = settings(h, l, "adv_autoneg_cap", &e);

	if (rc < 0)
		return rc;
	if (e.autoneg < 0 || !has_mode(e.supported, ETHTOOL_LINK_MODE_Autoneg_BIT))
		return none(h, l, "adv_autoneg_cap");
	return vwp_put(h, out, len, "%d", e.autoneg);
}

int vwp_autoneg_apply(struct vw_handle *h, const struct vwp_link *l, const char *value)
{
	return vwk_ethtool_set_autoneg(h, l->nl, l->dev->name, value[0] == '1');
}

static const struct { const char *word; bool rx, tx; } pauses[] = {
	{ "no", false, false }, { "tx", false, true }, { "rx", true, false }, { "bi", true, true },
};

int vwp_flowctrl_read(struct vw_handle *h, const struct vwp_link *l, char *out, size_t len)
{
	struct vwk_pause p;
	int rc = vwk_pause_get(h, l->nl, l->dev->name, &p);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < VWU_ARRAY_SIZE(pauses); i++)
		if (pauses[i].rx == p.rx && pauses[i].tx == p.tx)
			return vwp_put(h, out, len, "%s", pauses[i].word);
	return none(h, l, "flowctrl");
}

/* Whether pause is negotiated stays as it is: illumos has no word for it. */
int vwp_flowctrl_apply(struct vw_handle *h, const struct vwp_link *l, const char *value)
{
	struct vwk_pause p;
	int rc = vwk_pause_get(h, l->nl, l->dev->name, &p);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < VWU_ARRAY_SIZE(pauses); i++) {
		if (strcmp(pauses[i].word, value) == 0) {
			p.rx = pauses[i].rx;
			p.tx = pauses[i].tx;
		}
	}
	return vwk_pause_set(h, l->nl, l->dev->name, &p);
}

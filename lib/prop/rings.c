/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * rings.c - the properties rxrings and txrings with what belongs to them: rings of the hardware
 *
 * Of a NIC they are its channels. A VNIC may have one receive ring of the NIC below for itself: a
 * rule leads its frames there and RSS leaves it out. Which ring sends a frame is chosen by the CPU
 * it is sent on (XPS), so none can be reserved.
 */
#include <string.h>

#include "prop/steer.h"

#define RINGS_MOST	65535

/* -- words ----------------------------------------------------------------------------------- */

static int parse(struct vw_handle *h, const char *prop, const char *text, char *out, size_t len)
{
	uint32_t n;

	if (strcmp(text, "sw") == 0 || strcmp(text, "hw") == 0)
		return vwp_put(h, out, len, "%s", text);
	if (!vwu_parse_u32(text, 1, RINGS_MOST, &n))
		return vwc_why(h, VW_ERR_BADVAL, "%s: must be sw, hw or a number from 1, is "
			       "'%.80s'", prop, text);
	return vwp_put(h, out, len, "%u", n);
}

int vwp_rxrings_parse(struct vw_handle *h, const char *text, char *out, size_t len)
{
	return parse(h, "rxrings", text, out, len);
}

int vwp_txrings_parse(struct vw_handle *h, const char *text, char *out, size_t len)
{
	return parse(h, "txrings", text, out, len);
}

static const char *asked_of(const struct vwp_link *l, const char *prop)
{
	const char *text = l->def ? vws_link_prop(l->def, prop) : NULL;

	return text != NULL ? text : "";
}

/* -- channels of a NIC ----------------------------------------------------------------------- */

struct rings {
	uint32_t now, most;
	bool	 paired;	/* a channel is a ring of each direction */
};

static int rings_of(struct vw_handle *h, struct vwk_nl *nl, const char *nic, bool rx,
		    struct rings *out)
{
	struct vwk_channels c;
	int rc = vwk_channels_get(h, nl, nic, &c);

	if (rc < 0)
		return rc;
	out->paired = c.max_combined > 0;
	out->now = c.combined + (rx ? c.rx : c.tx);
	out->most = out->paired ? c.max_combined : rx ? c.max_rx : c.max_tx;
	if (out->most == 0)
		return vwc_why(h, VW_ERR_NOTSUP, "the driver of '%s' has no channels to set", nic);
	return VW_OK;
}

/* As most drivers begin: a ring for each CPU. */
static int usual(struct vw_handle *h, const struct rings *r, uint32_t *n)
{
	struct vwp_cpus online;
	int rc = vwp_cpus_online(h, &online);

	if (rc == VW_OK)
		*n = vwp_cpus_count(&online) < r->most ? vwp_cpus_count(&online) : r->most;
	return rc;
}

static uint32_t number(const char *text, const struct rings *r)
{
	return strcmp(text, "hw") == 0 ? r->most : (uint32_t)strtoul(text, NULL, 10);
}

static int set_channels(struct vw_handle *h, const struct vwp_link *l, bool rx, uint32_t n)
{
	struct vwk_channels c;
	int rc = vwk_channels_get(h, l->nl, l->dev->name, &c);

	if (rc < 0)
		return rc;
	if (c.max_combined > 0) {
		c.combined = n;
		c.rx = rx ? 0 : c.rx;
		c.tx = rx ? c.tx : 0;
	} else if (rx) {
		c.rx = n;
	} else {
		c.tx = n;
	}
	return vwk_channels_set(h, l->nl, l->dev->name, &c);
}

/* A ring that a rule leads to cannot go away. */
static int check_rules(struct vw_handle *h, const struct vwp_link *l, uint32_t n)
{
	vwu_auto_free struct vwk_ntuple *rules = NULL;
	size_t count = 0;
	int rc = VW_OK;

	if (vwk_ntuple_able(l->nl, l->dev->name))
		rc = vwk_ntuple_list(h, l->nl, l->dev->name, &rules, &count);
	for (size_t i = 0; rc == VW_OK && i < count; i++)
		if (rules[i].queue != UINT32_MAX && rules[i].queue >= n)
			return vwc_why(h, VW_ERR_BUSY, "an ntuple rule of '%s' leads to its ring "
				       "%u", l->name, rules[i].queue);
	return rc;
}

static int check_nic(struct vw_handle *h, const struct vwp_link *l, bool rx, const char *value)
{
	const char *prop = rx ? "rxrings" : "txrings", *other = rx ? "txrings" : "rxrings";
	const char *with = asked_of(l, other);
	struct rings r;
	int rc = rings_of(h, l->nl, l->dev->name, rx, &r);

	if (rc < 0)
		return rc;
	if (strcmp(value, "sw") == 0)
		return vwc_why(h, VW_ERR_BADVAL, "%s: a NIC cannot do without rings, sw is for "
			       "VNICs", prop);
	if (number(value, &r) > r.most)
		return vwc_why(h, VW_ERR_BADVAL, "%s: '%s' has %u rings at most, is '%s'", prop,
			       l->name, r.most, value);
	if (r.paired && with[0] != '\0' && number(with, &r) != number(value, &r)) {
		(void)vwc_why(h, VW_ERR_BUSY, "%s: the rings of '%s' come in pairs, and its %s is "
			      "%s", prop, l->name, other, with);
		return vwc_hint(h, VW_ERR_BUSY, "'dladm reset-linkprop -p %s %s' first", other,
				l->name);
	}
	return check_rules(h, l, number(value, &r));
}

static int apply_nic(struct vw_handle *h, const struct vwp_link *l, bool rx, const char *value)
{
	struct rings r;
	uint32_t n = 0;
	int rc = rings_of(h, l->nl, l->dev->name, rx, &r);

	if (rc == VW_OK && value[0] == '\0')
		rc = usual(h, &r, &n);
	else if (rc == VW_OK)
		n = number(value, &r);
	if (rc == VW_OK && n < r.now)
		rc = check_rules(h, l, n);
	return rc == VW_OK && n != r.now ? set_channels(h, l, rx, n) : rc;
}

static int read_nic(struct vw_handle *h, const struct vwp_link *l, bool rx, char *out, size_t len)
{
	const char *asked = asked_of(l, rx ? "rxrings" : "txrings");
	struct rings r;
	int rc = rings_of(h, l->nl, l->dev->name, rx, &r);

	if (rc < 0)
		return rc;
	if (asked[0] == '\0' || number(asked, &r) == r.now)
		return vwp_put(h, out, len, "%s", asked);
	return vwp_put(h, out, len, "%u", r.now);
}

/* -- a ring for a VNIC ----------------------------------------------------------------------- */

static int no_rings(struct vw_handle *h, const struct vwp_link *l, const char *prop,
		    const struct vwp_below *b)
{
	if (b->n == 0)
		return vwc_why(h, VW_ERR_NOTSUP, "%s: no hardware is below '%s'", prop, l->name);
	return vwc_why(h, VW_ERR_NOTSUP, "%s: the driver of '%s' takes no ntuple rules", prop,
		       b->name[0]);
}

static int check_vnic(struct vw_handle *h, const struct vwp_link *l, bool rx, const char *value)
{
	const char *cpus = asked_of(l, "cpus");
	struct vwp_below b;
	int rc = vwp_below(h, l, &b);

	if (rc < 0)
		return rc;
	if (strcmp(value, "sw") == 0) {
		if (rx && cpus[0] != '\0' && l->dev->kind != VWK_VETH)
			return vwc_why(h, VW_ERR_BUSY, "rxrings: cpus of '%s' is %s, which only a "
				       "ring can do", l->name, cpus);
		return VW_OK;
	}
	if (!rx)
		return vwc_why(h, VW_ERR_NOTSUP, "txrings: which ring sends is chosen by the CPU "
			       "(XPS), a VNIC cannot have one for itself; only sw is possible");
	if (!vwp_below_able(&b))
		return no_rings(h, l, "rxrings", &b);
	if (strcmp(value, "hw") != 0 && strcmp(value, "1") != 0)
		return vwc_why(h, VW_ERR_NOTSUP, "rxrings: the address of a VNIC leads to one "
			       "ring: must be sw, hw or 1, is '%s'", value);
	return VW_OK;
}

static int apply_vnic(struct vw_handle *h, const struct vwp_link *l, const char *value)
{
	struct vwk_ntuple match;
	struct vwp_below b;
	struct vwp_want was, now;
	int rc = vwp_below(h, l, &b);

	if (rc == VW_OK)
		rc = vwp_want_of(h, l, NULL, NULL, &was);
	if (rc == VW_OK)
		rc = vwp_want_of(h, l, "rxrings", value, &now);
	if (rc < 0 || b.n == 0)
		return rc;
	vwp_match_own(l, &b, &match);
	return vwp_steer(h, &b, &match, &was, &now, NULL);
}

/* How many rings are the VNIC's alone, on each NIC below: 1 or 0. */
static int reserved(struct vw_handle *h, const struct vwp_link *l, unsigned *n)
{
	struct vwk_ntuple match;
	struct vwp_below b;
	int rc = vwp_below(h, l, &b);

	if (rc == VW_OK && !vwp_below_able(&b))
		return no_rings(h, l, "rxrings", &b);
	vwp_match_own(l, &b, &match);
	*n = 1;
	for (size_t i = 0; rc == VW_OK && i < b.n; i++) {
		struct vwp_steered s;

		rc = vwp_steered(h, b.nl, b.name[i], &match, &s);
		if (!s.found || !s.alone)
			*n = 0;
	}
	return rc;
}

static int read_vnic(struct vw_handle *h, const struct vwp_link *l, bool rx, char *out, size_t len)
{
	const char *asked = asked_of(l, rx ? "rxrings" : "txrings");
	unsigned n = 0;

	if (rx && reserved(h, l, &n) < 0)
		vwc_forget(h);
	if ((asked[0] == '\0' || strcmp(asked, "sw") == 0) == (n == 0))
		return vwp_put(h, out, len, "%s", asked);
	return vwp_put(h, out, len, "%s", n > 0 ? "1" : "");
}

/* -- the rows -------------------------------------------------------------------------------- */

static int check(struct vw_handle *h, const struct vwp_link *l, bool rx, const char *value)
{
	if (l->dev == NULL)
		return VW_OK;
	return l->cls == VW_CLASS_VNIC ? check_vnic(h, l, rx, value) : check_nic(h, l, rx, value);
}

int vwp_rxrings_check(struct vw_handle *h, const struct vwp_link *l, const char *value)
{
	return check(h, l, true, value);
}

int vwp_txrings_check(struct vw_handle *h, const struct vwp_link *l, const char *value)
{
	return check(h, l, false, value);
}

/* Numbers, besides the words: for what is possible. */
static int range(struct vw_handle *h, const struct vwp_link *l, bool rx, uint64_t *min,
		 uint64_t *max)
{
	struct rings r;
	int rc;

	*min = 1;
	if (l->dev == NULL || l->cls == VW_CLASS_VNIC)
		return VW_ERR_NOTSUP;
	rc = rings_of(h, l->nl, l->dev->name, rx, &r);
	if (rc == VW_OK)
		*max = r.most;
	return rc;
}

int vwp_rxrings_range(struct vw_handle *h, const struct vwp_link *l, uint64_t *min, uint64_t *max)
{
	return range(h, l, true, min, max);
}

int vwp_txrings_range(struct vw_handle *h, const struct vwp_link *l, uint64_t *min, uint64_t *max)
{
	return range(h, l, false, min, max);
}

int vwp_rxrings_apply(struct vw_handle *h, const struct vwp_link *l, const char *value)
{
	return l->cls == VW_CLASS_VNIC ? apply_vnic(h, l, value) : apply_nic(h, l, true, value);
}

/* A VNIC only ever has sw, which is nothing to be done. */
int vwp_txrings_apply(struct vw_handle *h, const struct vwp_link *l, const char *value)
{
	return l->cls == VW_CLASS_VNIC ? VW_OK : apply_nic(h, l, false, value);
}

int vwp_rxrings_read(struct vw_handle *h, const struct vwp_link *l, char *out, size_t len)
{
	return l->cls == VW_CLASS_VNIC ? read_vnic(h, l, true, out, len)
				       : read_nic(h, l, true, out, len);
}

int vwp_txrings_read(struct vw_handle *h, const struct vwp_link *l, char *out, size_t len)
{
	return l->cls == VW_CLASS_VNIC ? read_vnic(h, l, false, out, len)
				       : read_nic(h, l, false, out, len);
}

static int read_effective(struct vw_handle *h, const struct vwp_link *l, bool rx, char *out,
			  size_t len)
{
	struct rings r;
	int rc = rings_of(h, l->nl, l->dev->name, rx, &r);

	return rc == VW_OK ? vwp_put(h, out, len, "%u", r.now) : rc;
}

int vwp_rxrings_effective_read(struct vw_handle *h, const struct vwp_link *l, char *out, size_t len)
{
	unsigned n = 0;
	int rc;

	if (l->cls != VW_CLASS_VNIC)
		return read_effective(h, l, true, out, len);
	rc = reserved(h, l, &n);
	return rc == VW_OK ? vwp_put(h, out, len, "%u", n) : rc;
}

int vwp_txrings_effective_read(struct vw_handle *h, const struct vwp_link *l, char *out, size_t len)
{
	if (l->cls != VW_CLASS_VNIC)
		return read_effective(h, l, false, out, len);
	return vwc_why(h, VW_ERR_NOTSUP, "txrings-effective: a VNIC has no rings to send by");
}

/* Rings that frames without a rule come in by, without the last, which cannot be given away. */
static int given(struct vw_handle *h, const struct vwp_below *b, const char *nic, unsigned *n)
{
	vwu_auto_free uint32_t *table = NULL;
	size_t len = 0;
	int rc = vwk_rss_get(h, b->nl, nic, &table, &len);

	*n = 0;
	for (size_t i = 0; rc == VW_OK && i < len; i++) {
		bool again = false;

		for (size_t k = 0; k < i && !again; k++)
			again = table[k] == table[i];
		*n += !again;
	}
	*n -= *n > 0;
	return rc;
}

/* Of an aggregation the port that has least counts: a VNIC takes a ring of each. */
static int available(struct vw_handle *h, const struct vwp_link *l, bool rx, char *out, size_t len)
{
	unsigned least = UINT32_MAX, more = 0;
	struct vwp_below b;
	int rc = vwp_below(h, l, &b);

	if (rc == VW_OK && b.n == 0)
		return no_rings(h, l, rx ? "rxrings-available" : "txrings-available", &b);
	for (size_t i = 0; rc == VW_OK && i < b.n; i++) {
		struct rings r;

		rc = rings_of(h, b.nl, b.name[i], rx, &r);
		if (rc == VW_OK && rx && !vwk_ntuple_able(b.nl, b.name[i]))
			least = 0;	/* nothing could lead a VNIC's frames there */
		else if (rc == VW_OK && rx)
			rc = given(h, &b, b.name[i], &more);
		if (rc == VW_OK && more + r.most - r.now < least)
			least = more + r.most - r.now;
	}
	return rc == VW_OK ? vwp_put(h, out, len, "%u", least) : rc;
}

int vwp_rxrings_available_read(struct vw_handle *h, const struct vwp_link *l, char *out, size_t len)
{
	return available(h, l, true, out, len);
}

int vwp_txrings_available_read(struct vw_handle *h, const struct vwp_link *l, char *out, size_t len)
{
	return available(h, l, false, out, len);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* bridge.c - properties of links that are ports of a bridge */
#include <string.h>

#include "prop/rows.h"

#define COST_MOST	65535	/* BR_MAX_PATH_COST */
/*
 * A port's priority is the upper part of its 16-bit identifier. illumos gives it 8 bits (0 to
 * 255, 128 when not set), Linux 6 (0 to 63, 32): one step of the kernel is 4 of ours.
 */
#define PRIORITY_STEP	4
#define PRIORITY_MOST	252

static int set_port(struct vw_handle *h, const struct vwp_link *l, unsigned set,
		    const struct vwk_brport *port)
{
	return vwp_set_link(h, l->nl, &(struct vwk_setlink){
		.ifindex = l->dev->ifindex, .set = VWK_SET_BRPORT, .port_kind = VWK_BRIDGE,
		.brport_set = set, .brport = *port });
}

/* The bridge this link is a port of. */
static int get_bridge(struct vw_handle *h, const struct vwp_link *l, struct vwk_link *out)
{
	int rc = vwk_link_get(h, l->nl, NULL, l->dev->master, 0, out);

	if (rc == VW_ERR_NOTFOUND)
		return vwc_why(h, rc, "the bridge of link '%s' is gone", l->name);
	return rc;
}

/*
 * A port's state belongs to spanning tree, and without it comes back with every change of the
 * link. What stays: a locked port that learns nothing takes no frame, one that nothing is flooded
 * to and no address is known on is given none. Frames of the tree itself pass.
 */
#define FORWARD_SET	(VWK_BRPORT_LOCKED | VWK_BRPORT_LEARNING | VWK_BRPORT_FLOOD | \
			 VWK_BRPORT_MCAST_FLOOD | VWK_BRPORT_BCAST_FLOOD)

int vwp_forward_read(struct vw_handle *h, const struct vwp_link *l, char *out, size_t len)
{
	const struct vwk_brport *p = &l->dev->port.br;
	bool stopped = p->locked && !p->learning && !p->flood && !p->mcast_flood &&
		!p->bcast_flood;

	return vwp_put(h, out, len, "%d", !stopped);
}

int vwp_forward_apply(struct vw_handle *h, const struct vwp_link *l, const char *value)
{
	uint8_t on = value[0] == '1';
	const struct vwk_brport port = { .locked = !on, .learning = on, .flood = on,
					 .mcast_flood = on, .bcast_flood = on };

	return set_port(h, l, FORWARD_SET | (on ? 0 : VWK_BRPORT_FLUSH), &port);
}

int vwp_default_tag_range(struct vw_handle *h, const struct vwp_link *l, uint64_t *min,
			  uint64_t *max)
{
	*min = 0;
	*max = 4094;
	return VW_OK;
}

static int lacks_filtering(struct vw_handle *h, const char *bridge)
{
	(void)vwc_why(h, VW_ERR_NOTSUP, "default_tag: needs bridge VLAN filtering, which bridge "
		      "'%s' does not have on", bridge);
	return vwc_hint(h, VW_ERR_NOTSUP, "'ip link set %s type bridge vlan_filtering 1' turns it on "
			"where the kernel has it", bridge);
}

/* A bridge of others is not changed because somebody named its port. */
static int filters(struct vw_handle *h, const struct vwp_link *l, bool *on)
{
	struct vwk_link br;
	int rc = get_bridge(h, l, &br);

	if (rc < 0)
		return rc;
	*on = br.u.bridge.vlan_filtering;
	if (!*on && !l->own_bridge)
		rc = lacks_filtering(h, br.name);
	vwk_link_clear(&br);
	return rc;
}

int vwp_default_tag_check(struct vw_handle *h, const struct vwp_link *l, const char *value)
{
	bool on;

	return l->dev == NULL ? VW_OK : filters(h, l, &on);
}

/* A bridge that does not look at tags treats all its ports as of one VLAN: the first. */
static int read_tag(struct vw_handle *h, const struct vwp_link *l, uint16_t *tag)
{
	bool on;
	int rc = filters(h, l, &on);

	*tag = 1;
	return rc < 0 || !on ? rc : vwk_bridge_pvid(h, l->nl, l->dev->ifindex, tag);
}

int vwp_default_tag_read(struct vw_handle *h, const struct vwp_link *l, char *out, size_t len)
{
	uint16_t tag;
	int rc = read_tag(h, l, &tag);

	return rc < 0 ? rc : vwp_put(h, out, len, "%u", tag);
}

/* Ports are in VLAN 1 as soon as the bridge looks at tags; until one has another it need not. */
static int turn_on(struct vw_handle *h, const struct vwp_link *l)
{
	struct vwk_batch *b;
	bool on;
	int rc = filters(h, l, &on);

	if (rc < 0 || on)
		return rc;
	b = vwk_batch_new(h, l->nl);
	if (b == NULL)
		return vwc_nomem(h);
	(void)vwk_batch_setlink(b, &(struct vwk_setlink){ .ifindex = l->dev->master,
		.kind = VWK_BRIDGE, .set = VWK_SET_VLAN_FILTERING });
	rc = vwk_batch_run(b, NULL);
	vwk_batch_free(b);
	if (rc == VW_ERR_NOTSUP)
		(void)vwc_why(h, rc, "default_tag: this kernel has no bridge VLAN filtering");
	return rc;
}

/* The new VLAN comes before the old one goes; both are untagged only for that moment. */
int vwp_default_tag_apply(struct vw_handle *h, const struct vwp_link *l, const char *value)
{
	uint16_t want = (uint16_t)strtoul(value, NULL, 10), is;
	struct vwk_batch *b;
	int rc = read_tag(h, l, &is);

	if (rc < 0 || want == is)
		return rc;
	rc = turn_on(h, l);
	if (rc < 0)
		return rc;
	b = vwk_batch_new(h, l->nl);
	if (b == NULL)
		return vwc_nomem(h);
	if (want != 0)
		(void)vwk_batch_bridge_vlan(b, l->dev->ifindex, want, true, true);
	if (is != 0)
		(void)vwk_batch_bridge_vlan(b, l->dev->ifindex, is, false, false);
	rc = vwk_batch_run(b, NULL);
	vwk_batch_free(b);
	return rc;
}

/* BPDU guard: what Linux has that keeps the frames of a tree out of one port. */
int vwp_stp_read(struct vw_handle *h, const struct vwp_link *l, char *out, size_t len)
{
	return vwp_put(h, out, len, "%d", !l->dev->port.br.guard);
}

int vwp_stp_apply(struct vw_handle *h, const struct vwp_link *l, const char *value)
{
	return set_port(h, l, VWK_BRPORT_GUARD, &(struct vwk_brport){ .guard = value[0] == '0' });
}

int vwp_stp_priority_range(struct vw_handle *h, const struct vwp_link *l, uint64_t *min,
			   uint64_t *max)
{
	*min = 0;
	*max = PRIORITY_MOST;
	return VW_OK;
}

int vwp_stp_priority_check(struct vw_handle *h, const struct vwp_link *l, const char *value)
{
	unsigned long n = strtoul(value, NULL, 10);

	if (n % PRIORITY_STEP == 0)
		return VW_OK;
	(void)vwc_why(h, VW_ERR_BADVAL, "stp_priority: must be a multiple of %d, is %lu",
		      PRIORITY_STEP, n);
	return vwc_hint(h, VW_ERR_BADVAL, "%lu is the nearest below",
			n - n % PRIORITY_STEP);
}

int vwp_stp_priority_read(struct vw_handle *h, const struct vwp_link *l, char *out, size_t len)
{
	return vwp_put(h, out, len, "%u", l->dev->port.br.priority * PRIORITY_STEP);
}

int vwp_stp_priority_apply(struct vw_handle *h, const struct vwp_link *l, const char *value)
{
	uint16_t n = (uint16_t)(strtoul(value, NULL, 10) / PRIORITY_STEP);

	return set_port(h, l, VWK_BRPORT_PRIORITY, &(struct vwk_brport){ .priority = n });
}

int vwp_stp_cost_parse(struct vw_handle *h, const char *text, char *out, size_t len)
{
	uint32_t n;

	if (strcmp(text, "auto") == 0)
		return vwp_put(h, out, len, "auto");
	if (!vwu_parse_u32(text, 1, COST_MOST, &n))
		return vwc_why(h, VW_ERR_BADVAL, "stp_cost: must be auto or a number from 1 to %d, "
			       "is '%.80s'", COST_MOST, text);
	return vwp_put(h, out, len, "%u", n);
}

/* What the kernel gives a port of this speed (port_cost() in net/bridge/br_if.c). */
static uint32_t auto_cost(struct vw_handle *h, const struct vwp_link *l)
{
	static const struct { uint32_t mbps, cost; } costs[] = {
		{ 10, 100 }, { 100, 19 }, { 1000, 5 }, { 2500, 4 }, { 5000, 3 }, { 10000, 2 },
	};
	struct vwk_ethtool e;

	if (vwk_ethtool_get(h, l->nl, l->dev->name, &e) < 0 || !e.has_settings)
		return 100;
	if (e.speed_mbps > 10000)
		return 1;
	for (size_t i = 0; i < VWU_ARRAY_SIZE(costs); i++)
		if (costs[i].mbps == e.speed_mbps)
			return costs[i].cost;
	return 100;
}

/* The kernel does not tell whether a cost was set, so one that fits the speed is "auto", unless
 * that very number was asked for. */
int vwp_stp_cost_read(struct vw_handle *h, const struct vwp_link *l, char *out, size_t len)
{
	const char *want = l->def != NULL ? vws_link_prop(l->def, "stp_cost") : NULL;
	uint32_t cost = l->dev->port.br.cost;

	if ((want == NULL || strcmp(want, "auto") == 0) && cost == auto_cost(h, l))
		return vwp_put(h, out, len, "auto");
	return vwp_put(h, out, len, "%u", cost);
}

/* Once set, a cost stays set until the port leaves its bridge: "auto" sets what fits now. */
int vwp_stp_cost_apply(struct vw_handle *h, const struct vwp_link *l, const char *value)
{
	struct vwk_brport port = { 0 };

	port.cost = strcmp(value, "auto") == 0 ? auto_cost(h, l) :
		(uint32_t)strtoul(value, NULL, 10);
	return set_port(h, l, VWK_BRPORT_COST, &port);
}

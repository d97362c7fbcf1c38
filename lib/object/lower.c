/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lower.c - the device below a VNIC or VLAN: the named link, or a hidden one for its VLAN ID */
#include <linux/if.h>
#include <stdio.h>
#include <string.h>

#include "object/lower.h"

/* Priority, times: what the kernel would choose itself; spanning tree off: there are no loops. */
static const struct vwk_bridge stub_bridge = {
	.forward_delay = 1500, .hello_time = 200, .max_age = 2000, .priority = 32768,
	.mcast_snooping = 1,
};

/* A bridge without an address of its own takes on one of its ports', and another as they go. No
 * wire is near, so the name is reason enough for one. */
static void stub_address(const char *name, uint8_t mac[6])
{
	uint64_t hash = vwu_hash(name, strlen(name));

	mac[0] = 0x02;
	for (int i = 1; i < 6; i++)
		mac[i] = (uint8_t)(hash >> 8 * i);
}

void vwo_stub_newlink(const char *name, uint32_t group, struct vwk_newlink *l, uint8_t mac[6])
{
	stub_address(name, mac);
	*l = (struct vwk_newlink){
		.name = name, .kind = VWK_BRIDGE, .group = group, .nsfd = -1, .mac = mac,
		.bridge = &stub_bridge,
		/* 1 s: for so long after it begins to ask the kernel floods. */
		.mcast_query_response_interval = 100,
	};
}

void vwo_stub_finish(struct vwk_batch *b, const char *name, uint32_t mtu)
{
	/*
	 * Multicast to members only (paper section 3.3.1): snooping counts only while somebody
	 * asks for memberships, so the bridge asks itself. In one message with the interval the
	 * kernel would take this first and wait 10 s. An MTU given at birth would follow the
	 * ports; one set later stays (kernel: br_change_mtu).
	 */
	vwk_batch_setlink(b, &(struct vwk_setlink){
		.name = name, .up = true, .mtu = mtu, .kind = VWK_BRIDGE,
		.set = VWK_SET_UP | VWK_SET_NOV6 | VWK_SET_MTU | VWK_SET_QUERIER });
}

bool vwo_is_stub(const struct vwk_link *dev)
{
	return dev->kind == VWK_BRIDGE && vwo_is_ours(dev) &&
	       (dev->group & 0xFF00) == (vwo_mark(VW_CLASS_ETHERSTUB, VWO_ROLE_LINK) & 0xFF00);
}

static int may_carry(struct vwo_ctx *c, const char *over, const struct vwk_link *dev, uint16_t vid,
		     unsigned cls)
{
	unsigned below = vwo_class(dev);
	const char *what = vw_class_name(cls);

	switch (below) {
	case VW_CLASS_VNIC:
		/* A VNIC that another namespace gave us is hardware to us (paper section 3.1). */
		if (dev->lower_nsid >= 0 && cls == VW_CLASS_VNIC)
			return VW_OK;
		vwc_why(c->h, VW_ERR_BADVAL, "'%s' is a VNIC of the same zone", over);
		return vwc_hint(c->h, VW_ERR_BADVAL, "make the %s over the link below '%s'", what,
				over);
	case VW_CLASS_VLAN:
		if (cls == VW_CLASS_VNIC && vid == 0)
			return VW_OK;
		return vwc_why(c->h, VW_ERR_BADVAL, "'%s' is a VLAN link already", over);
	case VW_CLASS_PHYS:
	case VW_CLASS_SIMNET:
	case VW_CLASS_AGGR:
	case VW_CLASS_ETHERSTUB:
		break;
	default:
		vwc_why(c->h, VW_ERR_BADVAL, "'%s' is %s", over, vwp_a_class(below));
		return vwc_hint(c->h, VW_ERR_BADVAL, "a %s goes over a NIC, aggregation%s or "
				"etherstub", what, cls == VW_CLASS_VNIC ? ", VLAN" : "");
	}
	if (dev->port_kind == VWK_BOND)
		return vwc_why(c->h, VW_ERR_BUSY, "'%s' is a port of an aggregation", over);
	return VW_OK;
}

static int find_over(struct vwo_ctx *c, const char *over, struct vwk_link *dev)
{
	char name[VWU_IFNAME];
	const struct vws_link *def;
	int rc;

	vwu_name_kernel(over, name);
	rc = vwo_get(c, c->h->nl, name, 0, dev);
	if (rc == VW_ERR_NOTFOUND && strcmp(name, over) != 0)
		rc = vwk_link_get(c->h, c->h->nl, over, 0, 0, dev);
	if (rc == VW_OK && vwo_class(dev) == 0) {
		vwk_link_clear(dev);
		rc = VW_ERR_NOTFOUND;
	}
	if (rc != VW_ERR_NOTFOUND)
		return rc;
	def = vwo_def(c, over);
	if (def != NULL && def->zone != NULL)
		return vwc_why(c->h, rc, "link '%s' is in zone '%s'", over, def->zone);
	vwc_why(c->h, rc, "no link '%s'", over);
	if (vwu_name_invalid(over) != NULL)
		return vwc_hint(c->h, rc, "'dladm show-link' lists the links");
	return vwc_hint(c->h, rc, "'dladm show-link' lists the links; 'dladm create-etherstub %s' "
			"makes an etherstub", over);
}

static int bear_hidden(struct vwo_ctx *c, const struct vwk_link *over, uint16_t vid,
		       const char *name)
{
	struct vwk_batch *b = vwk_batch_new(c->h, c->h->nl);
	struct vwk_newlink l;
	uint8_t mac[6];
	int rc;

	if (b == NULL)
		return vwc_nomem(c->h);
	if (vwo_is_stub(over))
		vwo_stub_newlink(name, vwo_mark(VW_CLASS_ETHERSTUB, VWO_ROLE_LOWER), &l, mac);
	else
		l = (struct vwk_newlink){ .name = name, .kind = VWK_VLAN, .nsfd = -1, .vid = vid,
					  .lower = over->ifindex,
					  .group = vwo_mark(VW_CLASS_VLAN, VWO_ROLE_LOWER) };
	vwk_batch_newlink(b, &l);
	rc = vwk_batch_run(b, NULL);
	vwk_batch_free(b);
	return rc;
}

/* Also for one that a killed command left half made. */
static int finish_hidden(struct vwo_ctx *c, const struct vwk_link *over, const char *name)
{
	struct vwk_batch *b = vwk_batch_new(c->h, c->h->nl);
	int rc = b ? vwk_ipv6_quiet(c->h, c->h->nl, name) : vwc_nomem(c->h);

	if (rc == VW_OK && vwo_is_stub(over))
		vwo_stub_finish(b, name, over->mtu);
	else if (rc == VW_OK)	/* over a NIC that is down it comes up with it (vlan_device_event) */
		vwk_batch_setlink(b, &(struct vwk_setlink){ .name = name, .up = true,
			.set = VWK_SET_NOV6 | (over->flags & IFF_UP ? VWK_SET_UP : 0) });
	if (rc == VW_OK)
		rc = vwk_batch_run(b, NULL);
	vwk_batch_free(b);
	return rc;
}

static int find_hidden(struct vwo_ctx *c, const char *name, struct vwk_link *dev)
{
	int rc = vwo_get(c, c->h->nl, name, 0, dev);

	if (rc < 0 || (vwo_is_ours(dev) && vwo_role(dev) == VWO_ROLE_LOWER))
		return rc;
	vwk_link_clear(dev);
	return vwc_why(c->h, VW_ERR_EXIST, "a link of others is named '%s', which is needed for "
		       "the VLAN", name);
}

static int hidden_lower(struct vwo_ctx *c, const struct vwk_link *base, uint16_t vid,
			const char *name, bool make, struct vwk_link *dev)
{
	int rc = find_hidden(c, name, dev);

	if (rc == VW_ERR_NOTFOUND && make) {
		rc = bear_hidden(c, base, vid, name);
		if (rc == VW_OK)
			rc = find_hidden(c, name, dev);
	}
	if (rc < 0)
		return rc;
	if (make && !(dev->flags & IFF_UP)) {
		rc = finish_hidden(c, base, name);
		vwk_link_clear(dev);
		if (rc == VW_OK)
			rc = find_hidden(c, name, dev);
	}
	return rc;
}

int vwo_lower_get(struct vwo_ctx *c, const struct vws_link *def, bool make, struct vwk_link *dev)
{
	char name[VWU_IFNAME];
	struct vwk_link base;
	int rc = find_over(c, def->over, &base);

	if (rc < 0)
		return rc;
	rc = may_carry(c, def->over, &base, def->vid, def->cls);
	if (rc < 0 || def->vid == 0 || def->cls != VW_CLASS_VNIC ||
	    (vwo_is_guarded(def) && !vwo_is_stub(&base))) {
		if (rc == VW_OK)
			*dev = base;
		else
			vwk_link_clear(&base);
		return rc;
	}
	vwu_name_vlan(def->over, def->vid, name);
	rc = hidden_lower(c, &base, def->vid, name, make, dev);
	vwk_link_clear(&base);
	return rc;
}

static bool used_in(struct vws_doc *doc, const char *over, uint16_t vid)
{
	for (size_t i = 0; doc && i < vws_doc_count(doc); i++) {
		const struct vws_link *def = vws_doc_at(doc, i);

		if (def == NULL || (def->cls == VW_CLASS_VNIC && def->vid == vid && !def->removed &&
				    !vwo_is_guarded(def) && def->over &&
				    strcmp(def->over, over) == 0))
			return true;	/* cannot tell: leave it */
	}
	return false;
}

/* A hidden bridge tells its users itself; for an 8021q device only the documents know them all. */
static bool has_users(struct vwo_ctx *c, const struct vwk_link *dev, const char *over, uint16_t vid)
{
	struct vwk_links ports = { 0 };
	bool used = true;

	if (dev->kind != VWK_BRIDGE)
		return used_in(c->saved, over, vid) || used_in(c->temp, over, vid);
	if (vwk_link_dump_ports(c->h, c->h->nl, dev->ifindex, &ports) == VW_OK)
		used = ports.n > 0;
	vwk_links_free(&ports);
	return used;
}

int vwo_lower_put(struct vwo_ctx *c, const char *over, uint16_t vid)
{
	char name[VWU_IFNAME];
	struct vwk_link dev;
	int rc;

	vwu_name_vlan(over, vid, name);
	rc = vwk_link_get(c->h, c->h->nl, name, 0, 0, &dev);
	if (rc < 0)
		return rc == VW_ERR_NOTFOUND ? VW_OK : rc;
	if (vwo_is_ours(&dev) && vwo_role(&dev) == VWO_ROLE_LOWER && !has_users(c, &dev, over, vid))
		rc = vwk_links_delete(c->h, c->h->nl, &dev.ifindex, 1);
	vwk_link_clear(&dev);
	return rc;
}

static int sweep_one(struct vwo_ctx *c, const struct vwk_link *dev)
{
	const char *over = "";
	uint16_t vid = 0;

	for (size_t i = 0; dev->kind == VWK_VLAN && i < c->devs.n; i++)
		if (c->devs.v[i].ifindex == dev->lower) {
			over = vwo_dev_name(&c->devs.v[i]);
			vid = dev->u.vlan.vid;
		}
	if (has_users(c, dev, over, vid))
		return VW_OK;
	return vwk_links_delete(c->h, c->h->nl, &dev->ifindex, 1);
}

int vwo_lower_sweep(struct vwo_ctx *c)
{
	int rc = vwo_dump(c);

	for (size_t i = 0; rc == VW_OK && i < c->devs.n; i++)
		if (vwo_is_ours(&c->devs.v[i]) && vwo_role(&c->devs.v[i]) == VWO_ROLE_LOWER)
			rc = sweep_one(c, &c->devs.v[i]);
	vwk_links_free(&c->devs);
	c->dumped = false;	/* what follows changes links */
	return rc;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* unrealise.c - remove the devices of definitions; are they all there? */
#include <linux/if.h>
#include <stdlib.h>
#include <string.h>

#include "object/lower.h"
#include "object/object.h"

/* Devices to delete, by namespace: each goes in one group deletion. */
struct doom {
	struct { struct vwk_nl *nl; int *v; size_t n; } *sets;
	size_t nsets, max;
};

static int doom_add(struct vwo_ctx *c, struct doom *d, struct vwk_nl *nl, int ifindex)
{
	size_t i;

	for (i = 0; i < d->nsets && d->sets[i].nl != nl; i++)
		;
	if (i == d->nsets) {
		void *sets = realloc(d->sets, (i + 1) * sizeof(*d->sets));

		if (sets == NULL)
			return vwc_nomem(c->h);
		d->sets = sets;
		d->sets[i].nl = nl;
		d->sets[i].n = 0;
		d->sets[i].v = calloc(d->max, sizeof(int));
		if (d->sets[i].v == NULL)
			return vwc_nomem(c->h);
		d->nsets++;
	}
	d->sets[i].v[d->sets[i].n++] = ifindex;
	return VW_OK;
}

static void doom_free(struct doom *d)
{
	for (size_t i = 0; i < d->nsets; i++)
		free(d->sets[i].v);
	free(d->sets);
}

/* Port end of an etherstub VNIC: removing it removes the end in the zone, wherever that went. */
static int port_index(struct vwo_ctx *c, const struct vws_link *def, int *index)
{
	char name[VWU_IFNAME];
	struct vwk_link dev;
	int rc;

	*index = 0;
	if (def->cls != VW_CLASS_VNIC)
		return VW_OK;
	vwu_name_port(def->name, name);
	rc = vwo_get(c, c->h->nl, name, 0, &dev);
	if (rc < 0)
		return rc == VW_ERR_NOTFOUND ? VW_OK : rc;
	if (vwo_is_doomed(&dev) || (vwo_is_ours(&dev) && vwo_role(&dev) == VWO_ROLE_PORT))
		*index = dev.ifindex;
	vwk_link_clear(&dev);
	return VW_OK;
}

static int collect(struct vwo_ctx *c, struct doom *d, const struct vws_link *def)
{
	struct vwo_zone *z = def->zone ? vwo_zone(c, def->zone) : NULL;
	struct vwk_link dev;
	struct vwk_nl *nl;
	int index, rc;

	if (def->cls == VW_CLASS_PHYS)
		return VW_OK;
	rc = port_index(c, def, &index);
	if (rc < 0)
		return rc;
	if (index > 0)
		return doom_add(c, d, c->h->nl, index);
	if (def->zone && z == NULL)
		return vwc_nomem(c->h);
	if (def->zone && z->fd < 0 && z->status == VW_ERR_NOTFOUND)
		return VW_OK;	/* gone, and the link with it */
	rc = vwo_find_dev(c, def, &dev);
	if (rc < 0)
		return rc == VW_ERR_NOTFOUND ? VW_OK : rc;
	rc = vwo_zone_nl(c, def->zone, &nl);
	if (rc == VW_OK)
		rc = doom_add(c, d, nl, dev.ifindex);
	vwk_link_clear(&dev);
	return rc;
}

/* Rules in the NIC below that property cpus or rxrings put there. */
static int unsteer(struct vwo_ctx *c, const struct vws_link *def)
{
	struct vwp_link p;
	struct vwo_link l;
	int rc;

	if (!vws_link_prop(def, "cpus") && !vws_link_prop(def, "rxrings"))
		return VW_OK;
	rc = vwo_find_def(c, def, &l);
	if (rc < 0)
		return rc;
	vwo_prop_link(c, &l, &p);
	rc = vwp_steer_clear(c->h, &p);
	vwo_link_clear(&l);
	return rc;
}

static int release(struct vwo_ctx *c, const struct vws_link *def)
{
	if (def->ports == NULL || (def->cls != VW_CLASS_AGGR && def->cls != VW_CLASS_BRIDGE))
		return VW_OK;
	return vwo_ports_release(c, def->name, (const char *const *)def->ports);
}

/* Both ends of a cable between simnets go at once. */
static bool goes_with_peer(const struct vws_link *const *defs, size_t at)
{
	for (size_t i = 0; defs[at]->cls == VW_CLASS_SIMNET && defs[at]->over && i < at; i++)
		if (strcmp(defs[i]->name, defs[at]->over) == 0)
			return true;
	return false;
}

int vwo_unrealise(struct vwo_ctx *c, const struct vws_link *const *defs, size_t n)
{
	struct doom d = { .max = n };
	int rc = VW_OK;

	for (size_t i = 0; rc == VW_OK && i < n; i++) {
		rc = release(c, defs[i]);
		if (rc == VW_OK)
			rc = unsteer(c, defs[i]);
	}
	if (rc == VW_OK)
		rc = vwo_cache(c, n);
	for (size_t i = 0; rc == VW_OK && i < n; i++)
		if (!goes_with_peer(defs, i))
			rc = collect(c, &d, defs[i]);
	vwo_uncache(c);
	/* while they are there: a VLAN link is known to the switch by the address of its device */
	for (size_t i = 0; rc == VW_OK && i < n; i++)
		rc = vwo_policy_leave(c, defs[i]);
	for (size_t i = 0; rc == VW_OK && i < d.nsets; i++)
		rc = vwk_links_delete(c->h, d.sets[i].nl, d.sets[i].v, d.sets[i].n);
	/* only now: a port without its programs would let anything through */
	for (size_t i = 0; rc == VW_OK && i < d.nsets; i++)
		if (d.sets[i].nl == c->h->nl)
			rc = vwo_policy_forget(c, d.sets[i].v, d.sets[i].n);
	for (size_t i = 0; rc == VW_OK && i < n; i++)
		if (defs[i]->cls == VW_CLASS_VNIC && defs[i]->vid != 0 && defs[i]->over)
			rc = vwo_lower_put(c, defs[i]->over, defs[i]->vid);
	doom_free(&d);
	return rc;
}

static bool has_ports(struct vwo_ctx *c, const struct vws_link *def, const struct vwk_link *dev)
{
	bool all = true;

	for (char **p = def->ports; all && p && *p; p++) {
		char name[VWU_IFNAME];
		struct vwk_link port;

		vwu_name_kernel(*p, name);
		all = vwk_link_get(c->h, c->h->nl, name, 0, 0, &port) == VW_OK;
		if (all) {
			all = port.master == dev->ifindex;
			vwk_link_clear(&port);
		}
	}
	return all;
}

bool vwo_complete(struct vwo_ctx *c, const struct vws_link *def)
{
	struct vwo_link l;
	bool complete;

	if (vwo_find_def(c, def, &l) < 0)
		return false;
	complete = l.present && (l.dev.flags & IFF_UP);
	if (complete && l.cls == VW_CLASS_ETHERSTUB)
		complete = l.dev.u.bridge.mcast_querier;
	if (complete && l.cls == VW_CLASS_VNIC && l.dev.kind == VWK_VETH)
		complete = l.has_port && l.has_lower && (l.port.flags & IFF_UP) &&
			   (vwo_is_stub(&l.lower) ? !l.port.port.br.flood : vwo_is_guarded(def));
	else if (complete && l.cls == VW_CLASS_VNIC)
		complete = !vwo_is_guarded(def);
	if (complete)
		complete = vwo_policy_holds(c, &l);
	if (complete && def->has_mac)
		complete = memcmp(def->mac, l.dev.mac, 6) == 0;
	if (complete)
		complete = has_ports(c, def, &l.dev);
	vwo_link_clear(&l);
	return complete || def->cls == VW_CLASS_PHYS;
}

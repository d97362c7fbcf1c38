/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * uplink.c - the NIC below a switch: what it must do for its ports, and what it was before
 *
 * What is changed of a NIC is noted in its point first, and undone when its last port goes.
 */
#include <stdlib.h>
#include <string.h>

#include <linux/if.h>

#include "kernel/steer.h"
#include "policy/engine.h"

/* -- offloads that get in the way ------------------------------------------------------------- */

/*
 * LRO merges frames that are to be forwarded, and nobody could take them apart again; that of an
 * aggregation takes its ports' along when it is turned off, but not when it is turned on. A NIC
 * that filters VLANs drops those that no VLAN device of the host told it of; the filter of an
 * aggregation only tells its ports of some.
 */
static const struct offload {
	const char *name;
	uint32_t    note;
	enum { SELF, SINGLE, PORTS } whose;	/* SINGLE: of what is no aggregation */
	bool	    vlan;			/* in the way of ports with a VID alone */
} offloads[] = {
	{ "rx-lro", VWPL_LRO_OFF, SELF, false },
	{ "rx-lro", VWPL_PORTS_LRO_OFF, PORTS, false },
	{ "rx-vlan-filter", VWPL_VLAN_FILTER_OFF, SINGLE, true },
	{ "rx-vlan-filter", VWPL_PORTS_FILTER_OFF, PORTS, true },
};

enum doing { NOTE, OFF, BACK };

static int change(struct vwpl *p, const char *ifname, const struct offload *o, enum doing doing,
		  uint32_t *flags)
{
	struct vwk_feature f = { 0 };

	if (doing == OFF)
		return vwk_feature_off(p->h, p->nl, ifname, o->name);
	if (doing == NOTE) {
		if (vwk_feature_get(p->nl, ifname, o->name, &f) == 0 && f.on && f.can)
			*flags |= o->note;
	} else if (vwk_feature_set(p->nl, ifname, o->name, true) != 0) {
		vwc_log(p->h, VW_LOG_WARNING, "%s of '%s' was on, and cannot be turned on again",
			o->name, ifname);
	}
	return VW_OK;
}

static int change_of(struct vwpl *p, const struct vwpl_nic *nic, const struct offload *o,
		     enum doing doing, uint32_t *flags)
{
	struct vwk_links ports = { 0 };
	uint32_t noted = o->note;	/* one note for all ports: what all had is given back */
	int rc;

	if (o->whose != PORTS)
		return o->whose == SINGLE && nic->is_aggr ? VW_OK
							   : change(p, nic->name, o, doing, flags);
	if (!nic->is_aggr)
		return VW_OK;
	rc = vwk_link_dump_ports(p->h, p->nl, nic->ifindex, &ports);
	for (size_t i = 0; rc == VW_OK && i < ports.n; i++) {
		uint32_t of_port = 0;

		rc = change(p, ports.v[i].name, o, doing, &of_port);
		noted &= of_port;
	}
	if (doing == NOTE && rc == VW_OK && ports.n > 0)
		*flags |= noted;
	if (rc == VW_OK)
		vwk_links_free(&ports);
	return rc;
}

/* What is in the way of the ports of this call. */
static int change_needed(struct vwpl_set *s, struct vwpl_job *up, enum doing doing)
{
	int rc = VW_OK;

	for (size_t i = 0; rc == VW_OK && i < VWU_ARRAY_SIZE(offloads); i++)
		if (offloads[i].vlan ? up->vlan : !(up->old.flags & VWB_UPLINK))
			rc = change_of(s->p, &up->nic, &offloads[i], doing, &up->now.flags);
	return rc;
}

/* -- uplinks that begin ----------------------------------------------------------------------- */

static int find_nic(struct vwpl *p, int ifindex, struct vwk_link *dev, struct vwpl_nic *nic)
{
	int rc = vwk_link_get(p->h, p->nl, NULL, ifindex, 0, dev);

	if (rc < 0)
		return rc;
	*nic = (struct vwpl_nic){ .ifindex = ifindex, .is_aggr = dev->kind == VWK_BOND,
				  .all_multicast = dev->flags & IFF_ALLMULTI };
	memcpy(nic->name, dev->name, sizeof(nic->name));
	vwk_link_clear(dev);
	return VW_OK;
}

static int ask_uplink(struct vwpl_set *s, struct vwpl_job *up, const struct vwpl_link *port)
{
	struct vwk_link dev;
	int rc = find_nic(s->p, up->point, &dev, &up->nic);

	if (rc == VW_ERR_NOTFOUND)
		return vwc_why(s->p->h, rc, "the link below '%s' is gone", port->name);
	if (rc == VW_OK)
		memcpy(up->now.mac, dev.mac, sizeof(up->now.mac));
	return rc;
}

/* It may be among the links of this call for its own policy, else it gets a job of its own. */
static int make_uplink(struct vwpl_set *s, struct vwpl_job *up, const struct vwpl_link *port)
{
	uint32_t key = (uint32_t)port->sw;
	int rc = VW_OK;

	if (up->l == NULL) {
		up->point = port->sw;
		rc = vwpl_map_get(s->p, VWB_MAP_POINTS, &key, &up->old);
		up->had = rc > 0;
		up->now = up->old;
	} else if (!up->keep && !up->had) {
		up->now = (struct vwb_point){ 0 };
	}
	if (rc < 0)
		return rc;
	up->keep = true;
	up->now.flags |= VWB_UPLINK;
	up->now.sw = key;
	return ask_uplink(s, up, port);
}

/* Groups that ports join are known to the programs alone: the NIC shall let all of them by. */
static int note_changes(struct vwpl_set *s, struct vwpl_job *up)
{
	if (!up->nic.all_multicast)
		up->now.flags |= VWPL_ALLMULTI_ON;
	return change_needed(s, up, NOTE);
}

static struct vwpl_job *find_job(struct vwpl_set *s, int point, size_t asked)
{
	/* Most ports share one uplink, which was added last. */
	for (size_t i = s->n; i > asked; i--)
		if (s->jobs[i - 1].point == point)
			return &s->jobs[i - 1];
	for (size_t i = 0; i < asked; i++)
		if (s->jobs[i].point == point)
			return &s->jobs[i];
	return NULL;
}

int vwpl_uplinks_add(struct vwpl_set *s)
{
	size_t asked = s->n;
	int rc = VW_OK, last = 0;
	struct vwpl_job *up = NULL;

	for (size_t i = 0; rc == VW_OK && i < asked; i++) {
		const struct vwpl_link *l = s->jobs[i].l;

		if (l->place != VWPL_PORT)
			continue;
		if (up == NULL || l->sw != last)
			up = find_job(s, l->sw, asked);
		if (up == NULL)
			up = &s->jobs[s->n++];
		last = l->sw;
		if (up->nic.ifindex == 0)
			rc = make_uplink(s, up, l);
		up->vlan |= l->vid != 0;
	}
	for (size_t i = 0; rc == VW_OK && i < s->n; i++)
		if (s->jobs[i].nic.ifindex != 0)
			rc = note_changes(s, &s->jobs[i]);
	return rc;
}

static void hear_addresses(struct vwpl_set *s, const struct vwpl_job *j)
{
	if (!(j->now.flags & VWB_PORT) || !j->keep)
		return;
	vwk_batch_unicast(s->batch, (int)j->now.sw, j->now.mac, true);
	for (size_t i = 0; i < j->l->nmore; i++)
		vwk_batch_unicast(s->batch, (int)j->now.sw, j->l->more_macs[i], true);
	if ((j->old.flags & VWB_PORT) && (j->old.sw != j->now.sw ||
					  memcmp(j->old.mac, j->now.mac, 6) != 0))
		vwk_batch_unicast(s->batch, (int)j->old.sw, j->old.mac, false);
}

int vwpl_uplinks_ready(struct vwpl_set *s)
{
	int rc = VW_OK;

	for (size_t i = 0; rc == VW_OK && i < s->n; i++) {
		struct vwpl_job *j = &s->jobs[i];

		hear_addresses(s, j);
		if (j->nic.ifindex == 0)
			continue;
		if (!j->nic.all_multicast)
			vwk_batch_allmulti(s->batch, j->point, true);
		rc = change_needed(s, j, OFF);
	}
	return rc;
}

/* -- uplinks that end ------------------------------------------------------------------------- */

static bool has_ports(const struct vwpl_table *groups, uint32_t sw)
{
	for (size_t i = 0; i < groups->n; i++)
		if (((const struct vwb_group_key *)vwpl_key(groups, i))->sw == sw)
			return true;
	return false;
}

/* A limit that stays must still know what waits by hooks of its own above it. */
static bool stays(const struct vwb_point *v, uint32_t sw, const struct vwb_fdb *entry)
{
	if (entry->flags == 0)
		return entry->ifindex == sw;	/* secondary-macs of the NIC itself */
	return entry->flags & VWB_FDB_ABOVE && vwpl_knows_above(v);
}

static int forget_switch(struct vwpl *p, uint32_t sw, const struct vwb_point *v)
{
	const struct vwpl_table *t;
	struct vwpl_list old = { 0 };
	int rc = vwpl_map_all(p, VWB_MAP_FDB, &t);

	for (size_t i = 0; rc == VW_OK && i < t->n; i++) {
		const struct vwb_fdb_key *key = vwpl_key(t, i);

		if (key->sw == sw && !stays(v, sw, vwpl_value(t, i)))
			vwpl_list_add(&old, key, sizeof(*key), NULL, 0);
	}
	return rc == VW_OK ? vwpl_list_del(p, VWB_MAP_FDB, &old) : rc;
}

/* The NIC as it was before ports came. */
static int undo_changes(struct vwpl *p, int ifindex, uint32_t flags)
{
	struct vwk_batch *b;
	struct vwpl_nic nic;
	struct vwk_link dev;
	int rc = flags & VWPL_NIC_NOTES ? find_nic(p, ifindex, &dev, &nic) : VW_ERR_NOTFOUND;

	if (rc == VW_ERR_NOTFOUND)	/* nothing was changed, or there is nothing to change */
		return VW_OK;
	for (size_t i = 0; rc == VW_OK && i < VWU_ARRAY_SIZE(offloads); i++)
		if (flags & offloads[i].note)
			rc = change_of(p, &nic, &offloads[i], BACK, NULL);
	if (rc < 0 || !(flags & VWPL_ALLMULTI_ON))
		return rc;
	b = vwk_batch_new(p->h, p->nl);
	if (b == NULL)
		return VW_ERR_NOMEM;
	vwk_batch_allmulti(b, ifindex, false);
	rc = vwpl_run_gone(p, b);
	vwk_batch_free(b);
	return rc;
}

/* What it was before ports came: a link with a policy of its own, or none of ours. */
static int end(struct vwpl *p, uint32_t sw)
{
	struct vwb_point v;
	int point = (int)sw, rc = vwpl_map_get(p, VWB_MAP_POINTS, &sw, &v);

	if (rc <= 0 || !(v.flags & VWB_UPLINK))
		return rc < 0 ? rc : VW_OK;
	rc = undo_changes(p, point, v.flags);
	v.flags &= ~(VWB_UPLINK | VWPL_NIC_NOTES);
	v.sw = v.flags & VWPL_HAS_MORE ? sw : 0;
	if (rc == VW_OK)
		rc = forget_switch(p, sw, &v);
	if (rc < 0)
		return rc;
	if (v.queue != 0 || v.protect != 0 || v.kinds != 0 || (v.flags & (VWB_STRICT | VWB_BLOCK)))
		return vwpl_map_put(p, VWB_MAP_POINTS, &sw, &v, 1);
	rc = vwpl_unhook(p, &point, 1);
	return rc == VW_OK ? vwpl_forget(p, &point, &v, 1) : rc;
}

int vwpl_uplinks_end(struct vwpl *p, const uint32_t *sw, size_t n)
{
	int rc = VW_OK;

	for (size_t i = 0; rc == VW_OK && i < n; i++) {
		const struct vwpl_table *groups;

		rc = vwpl_map_all(p, VWB_MAP_GROUPS, &groups);
		if (rc == VW_OK && !has_ports(groups, sw[i]))
			rc = end(p, sw[i]);
	}
	return rc;
}

/* -- uplinks that lost their hooks ------------------------------------------------------------ */

int vwpl_uplink_lasts(struct vwpl *p, int point, const struct vwb_point *v, bool *lasts)
{
	const struct vwpl_table *groups;
	struct vwk_link dev;
	int rc = VW_OK;

	*lasts = false;
	if (v->flags & VWB_UPLINK)
		rc = vwpl_map_all(p, VWB_MAP_GROUPS, &groups);
	if (rc < 0 || !(v->flags & VWB_UPLINK) || !has_ports(groups, (uint32_t)point))
		return rc;
	rc = vwk_link_get(p->h, p->nl, NULL, point, 0, &dev);
	if (rc < 0)
		return rc == VW_ERR_NOTFOUND ? VW_OK : rc;
	vwk_link_clear(&dev);
	*lasts = true;
	return VW_OK;
}

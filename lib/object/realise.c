/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * realise.c - from definitions to devices
 *
 * One pipelined conversation per step and namespace, however many links:
 *   1. every device is born, complete and down, in the namespace it belongs to
 *   2. devices the host keeps stop making IPv6 addresses and listening to advertisements
 *   3. what the host decides: filters before limits, both before anything is up
 *   4. port flags and forwarding entries, then up; then the ends in zones
 *   5. ports of aggregations and bridges, properties
 * Order matters: 1,000 etherstub VNICs that came up with IPv6 on flooded each other for 36 s.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if.h>
#include <linux/if_bonding.h>
#include <linux/if_link.h>
#include <stdlib.h>
#include <string.h>

#include "object/lower.h"
#include "object/object.h"

struct job {
	const struct vws_link	*def;
	char			 name[VWU_IFNAME];	/* the link's own device */
	char			 hidden[VWU_IFNAME];	/* port or far end in the host; "" : none */
	struct vwk_link		*lower;			/* owned by the work */
	struct vwo_zone		*zone;			/* NULL: the host */
	bool			 skip;			/* made by its partner's job */
	int			 message;		/* number of its create message; -1: none */
	bool			 born;			/* so it is ours to remove on failure */
};

struct work {
	struct vwo_ctx	*c;
	struct job	*jobs;
	size_t		 n;
	struct vwk_link	*lowers;	/* by (over, vid), each looked up once */
	const struct vws_link **lower_of;
	size_t		 nlowers;
	const struct vws_link *const *defs;
};

static int lower_for(struct work *w, struct job *j)
{
	const struct vws_link *def = j->def;
	int rc;

	for (size_t i = 0; i < w->nlowers; i++)
		if (w->lower_of[i]->vid == def->vid && strcmp(w->lower_of[i]->over, def->over) == 0 &&
		    vwo_is_guarded(w->lower_of[i]) == vwo_is_guarded(def)) {
			j->lower = &w->lowers[i];
			return VW_OK;
		}
	rc = vwo_lower_get(w->c, def, true, &w->lowers[w->nlowers]);
	if (rc < 0)
		return rc;
	w->lower_of[w->nlowers] = def;
	j->lower = &w->lowers[w->nlowers++];
	return VW_OK;
}

static const struct vws_link *partner(struct work *w, const struct vws_link *def)
{
	for (size_t i = 0; def->over && i < w->n; i++)
		if (strcmp(w->defs[i]->name, def->over) == 0)
			return w->defs[i];
	return def->over ? vwo_def(w->c, def->over) : NULL;
}

static int prepare_simnet(struct work *w, struct job *j, size_t at)
{
	const struct vws_link *peer = partner(w, j->def);

	if (peer == NULL) {
		vwu_name_far(j->def->name, j->hidden);
		return VW_OK;
	}
	vwu_name_kernel(peer->name, j->hidden);
	for (size_t i = 0; i < at; i++)
		j->skip |= w->jobs[i].def == peer;
	return VW_OK;
}

static int prepare(struct work *w, size_t at)
{
	struct job *j = &w->jobs[at];
	int rc = VW_OK;

	j->def = w->defs[at];
	j->message = -1;
	vwu_name_kernel(j->def->name, j->name);
	if (j->def->cls == VW_CLASS_SIMNET)
		return prepare_simnet(w, j, at);
	if (j->def->cls == VW_CLASS_VNIC || j->def->cls == VW_CLASS_VLAN)
		rc = lower_for(w, j);
	if (rc == VW_OK && j->def->cls == VW_CLASS_VNIC &&
	    (vwo_is_stub(j->lower) || vwo_is_guarded(j->def)))
		vwu_name_port(j->def->name, j->hidden);
	if (rc == VW_OK && j->def->zone != NULL && j->def->cls != VW_CLASS_PHYS) {
		struct vwk_nl *nl;

		rc = vwo_zone_nl(w->c, j->def->zone, &nl);
		j->zone = rc == VW_OK ? vwo_zone(w->c, j->def->zone) : NULL;
	}
	return rc;
}

/* Refuse before making a mess: the kernel would stop at the 1,024th port. */
static int check_room(struct work *w)
{
	for (size_t i = 0; i < w->nlowers; i++) {
		struct vwk_links ports = { 0 };
		size_t wanted = 0, has;
		int rc;

		for (size_t k = 0; k < w->n; k++)
			wanted += w->jobs[k].lower == &w->lowers[i];
		if (!vwo_is_stub(&w->lowers[i]) || wanted < 2)
			continue;	/* for a single one the kernel's own answer does */
		rc = vwk_link_dump_ports(w->c->h, w->c->h->nl, w->lowers[i].ifindex, &ports);
		has = ports.n;
		vwk_links_free(&ports);
		if (rc < 0)
			return rc;
		if (has + wanted > VWO_STUB_PORTS) {
			vwc_why(w->c->h, VW_ERR_BUSY, "etherstub '%s' has %zu VNICs and a Linux "
				"bridge takes 1,023 ports, so %zu more do not fit",
				w->lower_of[i]->over, has, wanted);
			return vwc_hint(w->c->h, VW_ERR_BUSY, "make a second etherstub");
		}
	}
	return VW_OK;
}

static uint8_t xmit_policy(unsigned policy)
{
	if (policy & VW_AGGR_L4 || policy == 0)
		return BOND_XMIT_POLICY_LAYER34;
	return policy & VW_AGGR_L3 ? BOND_XMIT_POLICY_LAYER23 : BOND_XMIT_POLICY_LAYER2;
}

void vwo_bond_from_def(const struct vws_link *def, struct vwk_bond *bond)
{
	*bond = (struct vwk_bond){
		.mode = def->lacp == VW_LACP_ACTIVE || def->lacp == VW_LACP_PASSIVE
				? BOND_MODE_8023AD : BOND_MODE_XOR,
		.xmit_policy = xmit_policy(def->policy),
		.lacp_rate = def->timer != VW_LACP_LONG,
		.lacp_active = def->lacp != VW_LACP_PASSIVE,
		.miimon = 100,
	};
}

void vwo_bridge_from_def(const struct vws_link *def, struct vwk_bridge *br)
{
	*br = (struct vwk_bridge){
		.forward_delay = 100 * (def->forward_delay_s ? def->forward_delay_s : 15),
		.hello_time = 100 * (def->hello_s ? def->hello_s : 2),
		.max_age = 100 * (def->max_age_s ? def->max_age_s : 20),
		.priority = (uint16_t)def->priority,
		.stp_state = def->stp != 2,
		.mcast_snooping = 1,
	};
}

int vwo_tunnel_from_def(struct vwo_ctx *c, const struct vws_link *def, struct vwk_tunnel *t)
{
	int family = def->tunnel == VW_IPTUN_IPV6 ? AF_INET6 : AF_INET;

	*t = (struct vwk_tunnel){ .ttl = 64, .encap_limit = 4 };
	if ((def->local && inet_pton(family, def->local, t->local) != 1) ||
	    (def->remote && inet_pton(family, def->remote, t->remote) != 1))
		return vwc_why(c->h, VW_ERR_BADVAL, "'%s' is not an %s address",
			       def->local && inet_pton(family, def->local, t->local) != 1
				       ? def->local : def->remote,
			       family == AF_INET ? "IPv4" : "IPv6");
	return VW_OK;
}

static void birth_vnic(const struct job *j, struct vwk_newlink *l)
{
	int nsfd = j->zone ? j->zone->fd : -1;

	if (j->hidden[0] == '\0') {
		l->kind = VWK_MACVLAN;
		l->lower = j->lower->ifindex;
		/* VNICs of one link reach each other inside the host, as illumos's MAC layer
		 * switches between its clients; the kernel's default, VEPA, would not. */
		l->macvlan_mode = MACVLAN_MODE_BRIDGE;
		l->mac = j->def->has_mac ? j->def->mac : NULL;
		l->nsfd = nsfd;
		l->up = j->zone != NULL;
		return;
	}
	/* The outer link of the message is the host's port, so that it is born into the bridge. */
	l->kind = VWK_VETH;
	l->name = j->hidden;
	l->group = vwo_mark(VW_CLASS_VNIC, VWO_ROLE_PORT);
	l->master = vwo_is_stub(j->lower) ? j->lower->ifindex : 0;
	l->mtu = j->lower->mtu;
	l->one_queue = true;
	l->peer.name = j->name;
	l->peer.mac = j->def->has_mac ? j->def->mac : NULL;
	l->peer.mtu = j->lower->mtu;
	l->peer.group = vwo_mark(VW_CLASS_VNIC, VWO_ROLE_LINK);
	l->peer.nsfd = nsfd;
}

static void birth_simnet(struct work *w, const struct job *j, struct vwk_newlink *l)
{
	const struct vws_link *peer = partner(w, j->def);

	l->kind = VWK_VETH;
	l->one_queue = true;
	l->mac = j->def->has_mac ? j->def->mac : NULL;
	l->peer.name = j->hidden;
	l->peer.nsfd = -1;
	l->peer.mac = peer && peer->has_mac ? peer->mac : NULL;
	l->peer.group = vwo_mark(VW_CLASS_SIMNET, peer ? VWO_ROLE_LINK : VWO_ROLE_FAR);
}

/* Fill one create message; the structs behind its pointers are the caller's. */
struct birth {
	struct vwk_newlink l;
	struct vwk_bond	   bond;
	struct vwk_bridge  bridge;
	struct vwk_tunnel  tunnel;
	uint8_t		   mac[6];
};

static int birth(struct work *w, const struct job *j, struct birth *b)
{
	static const enum vwk_kind tunnels[] = { VWK_IPIP, VWK_IPIP, VWK_IP6TNL, VWK_SIT };

	b->l = (struct vwk_newlink){ .name = j->name, .nsfd = -1, .peer.nsfd = -1,
				     .group = vwo_mark(j->def->cls, VWO_ROLE_LINK) };
	switch (j->def->cls) {
	case VW_CLASS_VNIC:
		birth_vnic(j, &b->l);
		break;
	case VW_CLASS_SIMNET:
		birth_simnet(w, j, &b->l);
		break;
	case VW_CLASS_ETHERSTUB:
		vwo_stub_newlink(j->name, b->l.group, &b->l, b->mac);
		break;
	case VW_CLASS_VLAN:
		b->l.kind = VWK_VLAN;
		b->l.lower = j->lower->ifindex;
		b->l.vid = j->def->vid;
		break;
	case VW_CLASS_AGGR:
		vwo_bond_from_def(j->def, &b->bond);
		b->l.kind = VWK_BOND;
		b->l.bond = &b->bond;
		b->l.mac = j->def->has_mac ? j->def->mac : NULL;
		break;
	case VW_CLASS_BRIDGE:
		vwo_bridge_from_def(j->def, &b->bridge);
		b->l.kind = VWK_BRIDGE;
		b->l.bridge = &b->bridge;
		break;
	case VW_CLASS_IPTUN:
		b->l.kind = tunnels[j->def->tunnel % VWU_ARRAY_SIZE(tunnels)];
		b->l.tunnel = &b->tunnel;
		return vwo_tunnel_from_def(w->c, j->def, &b->tunnel);
	default:
		break;
	}
	return VW_OK;
}

/*
 * Only these say that the link is not there, or is another's. After a lost answer it may well be
 * there, and under a name that was free it is ours.
 */
static bool was_refused(int err)
{
	return err == EEXIST || err == EPERM || err == EOPNOTSUPP || err == EINVAL;
}

static int born(struct work *w)
{
	struct vwk_batch *b = vwk_batch_new(w->c->h, w->c->h->nl);
	struct birth one;
	bool sent = true;
	int rc = b ? VW_OK : vwc_nomem(w->c->h);

	for (size_t i = 0; rc == VW_OK && i < w->n; i++) {
		if (w->jobs[i].skip || w->jobs[i].def->cls == VW_CLASS_PHYS)
			continue;
		rc = birth(w, &w->jobs[i], &one);
		if (rc == VW_OK)
			w->jobs[i].message = vwk_batch_newlink(b, &one.l);
	}
	if (rc == VW_OK && vwk_batch_count(b) > 0)
		rc = vwk_batch_run(b, NULL);
	else
		sent = false;
	for (size_t i = 0; sent && i < w->n; i++)
		w->jobs[i].born = w->jobs[i].message >= 0 &&
				  !was_refused(vwk_batch_error(b, (size_t)w->jobs[i].message));
	if (rc < 0 && w->c->h->err.sys == EXFULL) {
		vwc_why(w->c->h, VW_ERR_BUSY, "a Linux bridge takes 1,023 ports, and the etherstub "
			"has them");
		rc = vwc_hint(w->c->h, VW_ERR_BUSY, "make a second etherstub");
	}
	vwk_batch_free(b);
	return rc;
}

static int quieten(struct work *w)
{
	int rc = VW_OK;

	for (size_t i = 0; rc == VW_OK && i < w->n; i++) {
		const struct job *j = &w->jobs[i];

		if (j->def->cls == VW_CLASS_PHYS || j->skip)
			continue;
		if (j->zone == NULL)
			rc = vwk_ipv6_quiet(w->c->h, w->c->h->nl, j->name);
		if (rc == VW_OK && j->hidden[0] != '\0')
			rc = vwk_ipv6_quiet(w->c->h, w->c->h->nl, j->hidden);
	}
	return rc;
}

static void altname(struct vwk_batch *b, const struct job *j)
{
	if (strcmp(j->name, j->def->name) != 0)
		vwk_batch_altname(b, 0, j->name, j->def->name, true);
}

static void up(struct vwk_batch *b, const char *name, unsigned also)
{
	vwk_batch_setlink(b, &(struct vwk_setlink){
		.name = name, .up = true, .set = VWK_SET_UP | also });
}

/* Known unicast by its static entry, unknown unicast to nobody, nothing learnt. Without a bridge the
 * programs on the port see to that. */
static int connect_port(struct vwo_ctx *c, struct vwk_batch *b, const struct job *j)
{
	bool bridged = vwo_is_stub(j->lower);
	struct vwk_link port;
	int index, rc = vwk_link_get(c->h, c->h->nl, j->hidden, 0, 0, &port);

	if (rc == VW_ERR_NOTFOUND)
		return vwc_why(c->h, VW_ERR_KERNEL, "'%s' went away while it was made", j->hidden);
	if (rc < 0)
		return rc;
	index = port.ifindex;
	vwk_link_clear(&port);
	if (j->def->has_mac && bridged)
		vwk_batch_fdb(b, index, j->def->mac, true);
	vwk_batch_setlink(b, &(struct vwk_setlink){
		.ifindex = index, .up = true, .port_kind = VWK_BRIDGE,
		.set = VWK_SET_UP | VWK_SET_NOV6 | (bridged ? VWK_SET_BRPORT : 0),
		.brport_set = bridged ? VWK_BRPORT_LEARNING | VWK_BRPORT_FLOOD : 0 });
	return VW_OK;
}

static int bring_up_host(struct work *w)
{
	struct vwk_batch *b = vwk_batch_new(w->c->h, w->c->h->nl);
	int rc = VW_OK;

	if (b == NULL)
		return vwc_nomem(w->c->h);
	for (size_t i = 0; rc == VW_OK && i < w->n; i++) {
		const struct job *j = &w->jobs[i];

		if (j->def->cls == VW_CLASS_PHYS)
			continue;
		if (j->skip) {		/* a cabled simnet, up with its peer */
			altname(b, j);
			continue;
		}
		if (j->zone == NULL) {
			altname(b, j);
			/* over a NIC that is down a VLAN cannot come up; it will, mute, with the NIC */
			if (j->def->cls == VW_CLASS_ETHERSTUB)
				vwo_stub_finish(b, j->name, VWO_STUB_MTU);
			else if (j->def->cls != VW_CLASS_VLAN || (j->lower->flags & IFF_UP))
				up(b, j->name, VWK_SET_NOV6);
			else
				vwk_batch_setlink(b, &(struct vwk_setlink){
					.name = j->name, .set = VWK_SET_NOV6 });
		}
		if (j->hidden[0] != '\0' && j->def->cls == VW_CLASS_VNIC)
			rc = connect_port(w->c, b, j);
		else if (j->hidden[0] != '\0')
			up(b, j->hidden, VWK_SET_NOV6);
	}
	if (rc == VW_OK && vwk_batch_count(b) > 0)
		rc = vwk_batch_run(b, NULL);
	vwk_batch_free(b);
	return rc;
}

static int bring_up_zone(struct work *w, struct vwo_zone *z)
{
	struct vwk_batch *b = vwk_batch_new(w->c->h, z->nl);
	int rc;

	if (b == NULL)
		return vwc_nomem(w->c->h);
	for (size_t i = 0; i < w->n; i++) {
		if (w->jobs[i].zone != z)
			continue;
		altname(b, &w->jobs[i]);
		if (w->jobs[i].hidden[0] != '\0')
			up(b, w->jobs[i].name, 0);
	}
	rc = vwk_batch_count(b) > 0 ? vwk_batch_run(b, NULL) : VW_OK;
	vwk_batch_free(b);
	return rc;
}

/* Any that the policy engine did not apply already? */
static bool has_others(const struct vws_link *def)
{
	for (size_t i = 0; i < def->nprops; i++) {
		const struct vwp_desc *d = vwp_find(def->props[i].name);

		if (d == NULL || !(d->flags & VWP_POLICY))
			return true;
	}
	return false;
}

/* A VNIC's policy was there before it came up. */
static int properties(struct vwo_ctx *c, const struct vws_link *def)
{
	struct vwp_link p;
	struct vwo_link l;
	int rc;

	if (def->cls != VW_CLASS_VNIC)
		return vwo_props_apply(c, def);
	if (!has_others(def))
		return VW_OK;
	rc = vwo_find_def(c, def, &l);
	if (rc < 0)
		return rc;
	vwo_prop_link(c, &l, &p);
	rc = vwp_apply_all(c->h, &p);
	vwo_link_clear(&l);
	return rc;
}

/* Some properties of a link are those of a bridge port: they had to wait until it is one. */
static int port_properties(struct vwo_ctx *c, const char *port)
{
	const struct vws_link *def = vwo_def(c, port);

	return def ? properties(c, def) : VW_OK;
}

static int finish(struct work *w, size_t at)
{
	const struct vws_link *def = w->jobs[at].def;
	int rc = VW_OK;

	if (def->cls == VW_CLASS_AGGR || def->cls == VW_CLASS_BRIDGE)
		rc = vwo_ports_attach(w->c, def->name, def->cls, (const char *const *)def->ports);
	for (char **p = def->ports; rc == VW_OK && def->cls == VW_CLASS_BRIDGE && p && *p; p++)
		rc = port_properties(w->c, *p);
	return rc < 0 ? rc : properties(w->c, def);
}

static int run(struct work *w)
{
	int rc = VW_OK;

	for (size_t i = 0; rc == VW_OK && i < w->n; i++)
		rc = prepare(w, i);
	if (rc == VW_OK)
		rc = check_room(w);
	if (rc == VW_OK)
		rc = born(w);
	if (rc == VW_OK)
		rc = quieten(w);
	if (rc == VW_OK)
		rc = vwo_policy_apply(w->c, w->defs, w->n);
	if (rc == VW_OK)
		rc = bring_up_host(w);
	for (size_t i = 0; rc == VW_OK && i < w->c->nzones; i++)
		if (w->c->zones[i]->nl != NULL)
			rc = bring_up_zone(w, w->c->zones[i]);
	for (size_t i = 0; rc == VW_OK && i < w->n; i++)
		rc = finish(w, i);
	return rc;
}

/* Only what was born here: a name that was taken belongs to another link. */
static void undo(struct work *w)
{
	vwu_auto_free const struct vws_link **born = calloc(w->n, sizeof(*born));
	size_t n = 0;

	vwc_keep(w->c->h);
	for (size_t i = 0; born && i < w->n; i++)
		if (w->jobs[i].born)
			born[n++] = w->jobs[i].def;
	if (n > 0)
		vwo_undone(w->c, vwo_unrealise(w->c, born, n));
	for (size_t i = 0; i < w->nlowers; i++)
		if (w->lower_of[i]->vid != 0)
			vwo_undone(w->c, vwo_lower_put(w->c, w->lower_of[i]->over,
						       w->lower_of[i]->vid));
}

/* Links of one class: nothing depends on anything else in the group. All or nothing. */
static int realise_group(struct vwo_ctx *c, const struct vws_link *const *defs, size_t n)
{
	struct work w = { .c = c, .n = n, .defs = defs };
	int rc;

	w.jobs = calloc(n, sizeof(*w.jobs));
	w.lowers = calloc(n, sizeof(*w.lowers));
	w.lower_of = calloc(n, sizeof(*w.lower_of));
	rc = w.jobs && w.lowers && w.lower_of ? run(&w) : vwc_nomem(c->h);
	if (rc < 0 && w.jobs && w.lower_of)
		undo(&w);
	for (size_t i = 0; i < w.nlowers; i++)
		vwk_link_clear(&w.lowers[i]);
	free(w.jobs);
	free(w.lowers);
	free(w.lower_of);
	return rc;
}

static void note(struct vwo_ctx *c, struct vwo_result *r, int rc)
{
	r->status = rc;
	if (rc < 0)
		r->message = strdup(vw_error_message(c->h));
	vwc_restart(c->h);
}

static int realise_each(struct vwo_ctx *c, const struct vws_link *const *defs, size_t n,
			struct vwo_result *results)
{
	int first = VW_OK;

	for (size_t i = 0; i < n; i++) {
		int rc = realise_group(c, &defs[i], 1);

		first = first < 0 ? first : rc;
		note(c, &results[i], rc);
	}
	return first;
}

int vwo_realise(struct vwo_ctx *c, const struct vws_link *const *defs, size_t n,
		struct vwo_result *results)
{
	int first = VW_OK, rc;

	for (size_t i = 0, k; i < n; i = k) {
		for (k = i; k < n && defs[k]->cls == defs[i]->cls; k++)
			;
		rc = realise_group(c, &defs[i], k - i);
		if (rc < 0 && results == NULL) {
			vwc_keep(c->h);
			vwo_undone(c, vwo_unrealise(c, defs, i));
			return rc;
		}
		if (rc < 0) {
			vwc_restart(c->h);
			rc = realise_each(c, &defs[i], k - i, &results[i]);
			first = first < 0 ? first : rc;
		}
	}
	return first;
}

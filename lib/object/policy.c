/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* policy.c - limits, protection and flows of links, handed to the policy engine as a whole */
#include <stdlib.h>
#include <string.h>

#include "object/engine.h"
#include "object/lower.h"

int vwo_engine(struct vwo_ctx *c, bool make, struct vwpl **out)
{
	enum vwpl_make how = !make ? VWPL_FIND : c->restoring ? VWPL_REPLACE : VWPL_MAKE;
	int rc = VW_OK;

	if (c->engine == NULL && c->h->nl != NULL)
		rc = vwpl_open(c->h, c->h->nl, vwo_mark(VW_CLASS_PHYS, VWO_ROLE_QUEUE), how,
			       &c->engine);
	if (rc == VW_ERR_BUSY && c->restoring && !make) {
		vwc_forget(c->h);	/* of another version: as if there were none */
		rc = VW_OK;
	}
	*out = c->engine;
	return rc;
}

/* Maps cannot be looked at here, so there are none of ours. (Want of memory says nothing.) */
static bool cannot_be(const struct vwo_ctx *c, int rc)
{
	return c->engine == NULL && (rc == VW_ERR_DENIED || rc == VW_ERR_NOTSUP);
}

/* -- counters that go on -------------------------------------------------------------------------------- */

struct vwo_carry {
	char		*link;
	uint32_t	 account;
	struct vws_flow	**flows;
	uint32_t	*accounts;
	size_t		 n;
};

void vwo_carry_end(struct vwo_ctx *c)
{
	struct vwo_carry *k = c->carry;

	c->carry = NULL;
	if (k == NULL)
		return;
	vwo_flow_defs_free(k->flows, k->n);
	free(k->accounts);
	free(k->link);
	free(k);
}

static int carry_flows(struct vwo_ctx *c, struct vwpl *p, int point, struct vwo_carry *k)
{
	int rc = vwo_flow_defs(c, k->link, &k->flows, &k->n);

	if (rc < 0 || k->n == 0)
		return rc;
	k->accounts = calloc(k->n, sizeof(*k->accounts));
	if (k->accounts == NULL)
		return vwc_nomem(c->h);
	for (size_t i = 0; rc == VW_OK && i < k->n; i++) {
		struct vwpl_flow f;

		rc = vwp_flow_compile(c->h, k->flows[i], &f);
		if (rc == VW_OK)
			k->accounts[i] = vwpl_flow_account(p, point, &f.match);
	}
	return rc;
}

static int point_of(struct vwo_ctx *c, const struct vwo_link *l)
{
	if (l->has_port)
		return l->port.ifindex;
	return l->present && l->nl == c->h->nl ? l->dev.ifindex : 0;
}

int vwo_carry(struct vwo_ctx *c, const struct vws_link *def)
{
	struct vwpl *p;
	struct vwo_link l;
	int rc = vwo_engine(c, false, &p);

	if (rc < 0 || p == NULL)
		return rc;
	rc = vwo_find_def(c, def, &l);
	if (rc < 0)
		return rc;
	vwo_carry_end(c);
	c->carry = calloc(1, sizeof(*c->carry));
	if (c->carry != NULL)
		c->carry->link = strdup(def->name);
	rc = c->carry && c->carry->link ? VW_OK : vwc_nomem(c->h);
	if (rc == VW_OK) {
		c->carry->account = vwpl_account(p, point_of(c, &l));
		rc = carry_flows(c, p, point_of(c, &l), c->carry);
	}
	vwo_link_clear(&l);
	return rc;
}

static void take_carried(struct vwo_ctx *c, struct vwo_compiled *k)
{
	if (c->carry == NULL || strcmp(c->carry->link, k->name) != 0)
		return;
	k->l.account = c->carry->account;
	/* both come from the same documents: nearly always in the same order */
	for (size_t i = 0, o = 0; c->carry->n > 0 && i < k->nflows; i++)
		for (size_t tries = 0; tries < c->carry->n; tries++) {
			const struct vws_flow *f = c->carry->flows[o];
			uint32_t account = c->carry->accounts[o];

			o = (o + 1) % c->carry->n;
			if (strcmp(f->name, k->flows[i].name) == 0) {
				k->flows[i].account = account;
				break;
			}
		}
}

/* -- addresses of the host that a switch must find -------------------------------------------------------- */

/* A macvlan or VLAN device is found by the switch of the NIC below it, whatever its tags. */
static int tell_above(struct vwo_ctx *c, struct vwpl *p, const struct vws_link *def, bool add)
{
	uint16_t vid = def->vid;
	struct vwk_link dev;
	uint8_t mac[6];
	int rc;

	if (vwo_is_guarded(def) || !(def->cls & (VW_CLASS_VNIC | VW_CLASS_VLAN)))
		return VW_OK;
	memcpy(mac, def->mac, 6);
	if (!def->has_mac) {	/* a VLAN device has that of the NIC */
		rc = vwo_find_dev(c, def, &dev);
		if (rc < 0)
			return rc == VW_ERR_NOTFOUND ? VW_OK : rc;
		memcpy(mac, dev.mac, 6);
		vwk_link_clear(&dev);
	}
	for (const char *over = def->over; over != NULL;) {
		const struct vws_link *below = vwo_def(c, over);
		char name[VWU_IFNAME];

		vwu_name_kernel(over, name);
		rc = vwo_get(c, c->h->nl, name, 0, &dev);
		if (rc == VW_OK && vwpl_is_uplink(p, dev.ifindex))
			rc = vwpl_above(p, dev.ifindex, vid, mac, !add ? VWPL_GONE :
					def->zone ? VWPL_NOT_HELD : VWPL_HELD);
		if (rc == VW_OK)
			vwk_link_clear(&dev);
		if (rc < 0 && rc != VW_ERR_NOTFOUND)
			return rc;
		over = below && below->cls == VW_CLASS_VLAN ? below->over : NULL;
		vid = below ? below->vid : 0;
	}
	return VW_OK;
}

static int tell_all_above(struct vwo_ctx *c, struct vwpl *p)
{
	struct vws_link **defs;
	size_t n;
	int rc = vwo_defs(c, &defs, &n);

	if (rc < 0)
		return rc;
	for (size_t i = 0; rc == VW_OK && i < n; i++)
		rc = tell_above(c, p, defs[i], true);
	vwo_defs_free(defs, n);
	return rc;
}

/* -- applying ------------------------------------------------------------------------------------------------ */

struct work {
	struct vwo_compiled *v;
	size_t		     n;
	bool		     wants;
};

static int compile_one(struct vwo_ctx *c, const struct vws_link *def, struct work *w)
{
	struct vwo_compiled *k = &w->v[w->n];
	struct vwo_link l;
	int rc = vwo_find_def(c, def, &l);

	if (rc < 0)
		return rc;
	if (l.present || l.has_port) {
		rc = vwo_compile(c, def, &l, k);
		w->n++;
		if (rc == VW_OK && !k->none) {
			take_carried(c, k);
			w->wants |= vwpl_wants(&k->l) || k->nflows > 0;
			}
	}
	vwo_link_clear(&l);
	return rc;
}

static bool new_switch(struct vwpl *p, const struct work *w)
{
	for (size_t i = 0; i < w->n; i++) {
		const struct vwpl_link *l = &w->v[i].l;

		if (l->place == VWPL_PORT && !vwpl_is_uplink(p, l->sw))
			return true;
		/* a limited NIC lets pass what waits by hooks of its own above it */
		if (l->place == VWPL_PLAIN && l->point == l->root && !vwpl_is_uplink(p, l->point))
			return true;
	}
	return false;
}

static int set_links(struct vwo_ctx *c, struct vwpl *p, const struct work *w)
{
	vwu_auto_free struct vwpl_link *links = calloc(w->n + 1, sizeof(*links));
	size_t n = 0;

	if (links == NULL)
		return vwc_nomem(c->h);
	for (size_t i = 0; i < w->n; i++)
		if (!w->v[i].none)
			links[n++] = w->v[i].l;
	return n > 0 ? vwpl_links_set(p, links, n) : VW_OK;
}

static int set_flows(struct vwo_ctx *c, struct vwpl *p, const struct work *w)
{
	int rc = VW_OK;

	for (size_t i = 0; rc == VW_OK && i < w->n; i++) {
		const struct vwo_compiled *k = &w->v[i];

		if (k->none)
			continue;
		if (c->settling || (c->restoring && vwpl_flow_count(p, k->l.point) > 0))
			rc = vwpl_flows_sync(p, &k->l, k->flows, k->nflows);
		else if (k->nflows > 0)
			rc = vwpl_flows_set(p, &k->l, k->flows, k->nflows);
	}
	return rc;
}

static int carry_out(struct vwo_ctx *c, const struct work *w)
{
	struct vwpl *p;
	bool fresh;
	int rc = vwo_engine(c, w->wants, &p);

	if (rc < 0 || p == NULL)
		return rc;
	fresh = new_switch(p, w);
	rc = set_links(c, p, w);
	if (rc == VW_OK)
		rc = set_flows(c, p, w);
	return rc == VW_OK && fresh ? tell_all_above(c, p) : rc;
}

static int apply(struct vwo_ctx *c, const struct vws_link *const *defs, size_t n, bool all)
{
	struct work w = { .v = calloc(n, sizeof(*w.v)) };
	bool cached = c->cached;
	int rc = w.v ? VW_OK : vwc_nomem(c->h);

	for (size_t i = 0, k = 0; rc == VW_OK && i < n; i++) {
		if (!all && !vwo_may_want(c, defs[i]))
			continue;
		if (k++ == 0)
			rc = vwo_cache(c, n);
		if (rc == VW_OK)
			rc = compile_one(c, defs[i], &w);
	}
	if (!cached)
		vwo_uncache(c);
	if (rc == VW_OK && w.n > 0)
		rc = carry_out(c, &w);
	for (size_t i = 0; i < w.n; i++)
		vwo_compiled_clear(&w.v[i]);
	free(w.v);
	return rc;
}

static bool any_wants(struct vwo_ctx *c, const struct vws_link *const *defs, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (vwo_may_want(c, defs[i]))
			return true;
	return false;
}

int vwo_policy_apply(struct vwo_ctx *c, const struct vws_link *const *defs, size_t n)
{
	struct vwpl *p;
	int rc = n > 0 ? apply(c, defs, n, c->settling || c->restoring) : VW_OK;

	/* a link that asks for something is not made without it */
	if (rc < 0 && (rc == VW_ERR_NOMEM || c->engine != NULL || any_wants(c, defs, n)))
		return rc;
	/* what the host has above a switch is told to it, even if it asks for nothing */
	if (rc == VW_OK)
		rc = vwo_engine(c, false, &p);
	if (cannot_be(c, rc)) {
		vwc_forget(c->h);
		return VW_OK;
	}
	for (size_t i = 0; rc == VW_OK && p && i < n; i++)
		rc = tell_above(c, p, defs[i], true);
	return rc;
}

static bool is_above(struct vwo_ctx *c, const struct vws_link *def, const char *root)
{
	const struct vws_link *over;

	if (!(def->cls & (VW_CLASS_VNIC | VW_CLASS_VLAN)) || def->over == NULL)
		return false;
	over = vwo_def(c, def->over);
	return strcmp(def->over, root) == 0 || (over && over->cls == VW_CLASS_VLAN && over->over &&
						strcmp(over->over, root) == 0);
}

/* Links over @root whose guarantees and ceilings follow from its limit; with @self together. */
static int apply_above(struct vwo_ctx *c, const char *root, const struct vws_link *self)
{
	vwu_auto_free const struct vws_link **above = NULL;
	struct vws_link **defs = NULL;
	size_t n = 0, k = 0;
	int rc = vwo_defs(c, &defs, &n);

	if (rc < 0)
		return rc;
	above = calloc(n + 2, sizeof(*above));
	rc = above ? VW_OK : vwc_nomem(c->h);
	if (rc == VW_OK && self != NULL)
		above[k++] = self;
	for (size_t i = 0; rc == VW_OK && i < n; i++)
		if (is_above(c, defs[i], root))
			above[k++] = defs[i];
	if (rc == VW_OK && k > 0)
		rc = apply(c, above, k, true);
	vwo_defs_free(defs, n);
	return rc;
}

int vwo_policy_change(struct vwo_ctx *c, const struct vws_link *old, const struct vws_link *def)
{
	uint64_t was, is;
	int rc = VW_OK;

	c->changing = old;
	was = vwo_rate_of(c, def->name);
	c->changing = def;
	is = vwo_rate_of(c, def->name);
	/* The sum below never exceeds what is above: lowered from below, raised from above. */
	if (is < was && def->cls != VW_CLASS_VNIC)
		rc = apply_above(c, def->name, NULL);
	if (rc == VW_OK)
		rc = apply(c, &def, 1, true);
	if (rc == VW_OK && is > was && def->cls != VW_CLASS_VNIC)
		rc = apply_above(c, def->name, NULL);
	c->changing = NULL;
	return rc;
}

int vwo_policy_settle(struct vwo_ctx *c, const char *name)
{
	struct vws_link *bare = NULL;
	const struct vws_link *def = vwo_def(c, name);
	struct vwpl *p;
	int index = 0, rc = vwo_engine(c, false, &p);

	if (cannot_be(c, rc)) {
		vwc_forget(c->h);
		return VW_OK;
	}
	if (rc == VW_OK && p != NULL)
		rc = vwo_host_index(c, name, &index);
	if (rc < 0 || p == NULL || index == 0 || (def && def->cls == VW_CLASS_VNIC))
		return rc;
	if (def == NULL)
		def = bare = vws_link_new(name, VW_CLASS_PHYS);
	rc = def ? apply_above(c, name, def) : vwc_nomem(c->h);
	vws_link_free(bare);
	return rc;
}

int vwo_policy_forget(struct vwo_ctx *c, const int *points, size_t n)
{
	struct vwpl *p;
	int rc = n > 0 ? vwo_engine(c, false, &p) : VW_OK;

	if (cannot_be(c, rc)) {
		vwc_forget(c->h);
		return VW_OK;
	}
	if (rc == VW_OK && n > 0 && p != NULL)
		rc = vwpl_links_del(p, points, n);
	c->unclean = c->unclean || rc < 0;
	return rc;
}

int vwo_policy_sweep(struct vwo_ctx *c)
{
	struct vwpl *p;
	int rc = vwo_engine(c, false, &p);

	if (cannot_be(c, rc)) {
		vwc_forget(c->h);
		return VW_OK;
	}
	if (rc == VW_OK && p == NULL && c->h->nl != NULL)
		return vwpl_sweep_nothing(c->h, c->h->nl,
					  vwo_mark(VW_CLASS_PHYS, VWO_ROLE_QUEUE));
	return rc < 0 || p == NULL ? rc : vwpl_sweep(p);
}

int vwo_policy_leave(struct vwo_ctx *c, const struct vws_link *def)
{
	struct vwpl *p;
	int rc = vwo_engine(c, false, &p);

	if (cannot_be(c, rc)) {
		vwc_forget(c->h);
		return VW_OK;
	}
	return rc < 0 || p == NULL ? rc : tell_above(c, p, def, false);
}

/* -- reading back -------------------------------------------------------------------------------------------- */

int vwo_policy_read(struct vwo_ctx *c, struct vwo_link *l)
{
	struct vwpl_state *s;
	struct vwpl *p;
	int point = point_of(c, l), rc;

	if (l->policy != NULL || point == 0)
		return VW_OK;
	rc = vwo_engine(c, false, &p);
	if (rc < 0 || p == NULL)
		return rc;
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return vwc_nomem(c->h);
	rc = vwpl_state_get(p, point, s);
	if (rc == VW_OK)
		l->policy = s;
	else
		free(s);
	return rc == VW_ERR_NOTFOUND ? VW_OK : rc;
}

static bool same_place(const struct vwpl_link *want, const struct vwpl_state *is)
{
	const unsigned place = VWB_REVERSED | VWB_STRICT | VWB_PORT | VWB_PEER;
	unsigned flags = (want->place != VWPL_PLAIN ? VWB_REVERSED : 0) |
			 (want->strict ? VWB_STRICT : 0) |
			 (want->place == VWPL_PORT ? VWB_PORT | (want->peer ? VWB_PEER : 0) : 0);

	return is->hooked && (is->point.flags & place) == flags &&
	       (want->place != VWPL_PORT || (is->point.sw == (uint32_t)want->sw &&
					     is->point.vid == want->vid)) &&
	       memcmp(is->point.mac, want->mac, 6) == 0;
}

/* A port is nothing without the hooks of the NIC it sends and receives by. */
static bool uplink_holds(struct vwo_ctx *c, const struct vwpl_link *l)
{
	struct vwpl_state s = { 0 };
	bool holds;

	if (l->place != VWPL_PORT)
		return true;
	holds = vwpl_state_get(c->engine, l->sw, &s) == VW_OK && s.hooked &&
		s.point.flags & VWB_UPLINK;
	vwpl_state_clear(&s);
	return holds;
}

bool vwo_policy_holds(struct vwo_ctx *c, struct vwo_link *l)
{
	struct vwo_compiled k;
	bool holds = false;

	if (l->def == NULL)
		return true;
	if (vwo_compile(c, l->def, l, &k) < 0) {
		vwo_compiled_clear(&k);
		return false;
	}
	if (k.none || (!vwpl_wants(&k.l) && k.nflows == 0))
		holds = true;
	else if (vwo_policy_read(c, l) == VW_OK && l->policy != NULL)
		holds = same_place(&k.l, l->policy) && uplink_holds(c, &k.l);
	vwo_compiled_clear(&k);
	return holds;
}

static bool more_limits(const struct vwpl_limits *want, const struct vwpl_limits *is)
{
	bool guaranteed = is->min != 0 && is->min != VWPL_NONE;

	return (want->both == VWPL_NONE && is->both != VWPL_NONE) ||
	       (want->rx == VWPL_NONE && is->rx != VWPL_NONE) ||
	       (want->tx == VWPL_NONE && is->tx != VWPL_NONE) ||
	       ((want->min == 0 || want->min == VWPL_NONE) && guaranteed);
}

bool vwo_policy_exceeds(struct vwo_ctx *c, struct vwo_link *l)
{
	const struct vwpl_state *is;
	struct vwo_compiled k;
	bool more = false;

	if (l->def == NULL || vwo_policy_read(c, l) < 0 || l->policy == NULL)
		return false;
	is = l->policy;
	if (vwo_compile(c, l->def, l, &k) == VW_OK && !k.none)
		more = more_limits(&k.l.limits, &is->limits) ||
		       (is->point.protect & ~k.l.protect) || is->nallowed > k.l.nallowed ||
		       is->ncids > k.l.ncids || is->nmore > k.l.nmore ||
		       vwpl_flow_count(c->engine, k.l.point) > k.nflows;
	vwo_compiled_clear(&k);
	return more;
}

/* -- all that is not what a link is made of -------------------------------------------------------------------- */

int vwo_props_apply(struct vwo_ctx *c, const struct vws_link *def)
{
	struct vwp_link p;
	struct vwo_link l;
	int rc = vwo_find_def(c, def, &l);

	if (rc < 0)
		return rc;
	vwo_prop_link(c, &l, &p);
	rc = l.present ? vwp_apply_all(c->h, &p) : VW_OK;
	vwo_link_clear(&l);
	return rc < 0 ? rc : vwo_policy_apply(c, &def, 1);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * steer.c - frames of a link, or of a flow, into a ring of the NIC they come in by: an ntuple rule,
 * the interrupt of the ring, and RSS kept out of it
 */
#include <string.h>

#include "prop/steer.h"

#define RINGS_MAX	1024

/* -- the NICs below -------------------------------------------------------------------------- */

static int add_nic(struct vw_handle *h, struct vwp_below *b, const char *name)
{
	if (b->n == VWP_NICS)
		return vwc_why(h, VW_ERR_NOTSUP, "more than %d NICs are below", VWP_NICS);
	memcpy(b->name[b->n], name, strlen(name) + 1);
	b->n++;
	return VW_OK;
}

static int add_ports(struct vw_handle *h, struct vwp_below *b, int master)
{
	struct vwk_links ports = { 0 };
	int rc = vwk_link_dump_ports(h, b->nl, master, &ports);

	for (size_t i = 0; rc == VW_OK && i < ports.n; i++)
		rc = add_nic(h, b, ports.v[i].name);
	vwk_links_free(&ports);
	return rc;
}

/* From @dev down to hardware: through VLAN devices, to the ports of a bond. */
static int descend(struct vw_handle *h, struct vwp_below *b, const struct vwk_link *dev)
{
	struct vwk_link below;
	int rc;

	if (dev->kind == VWK_BRIDGE)
		return VW_OK;
	if (dev->kind == VWK_BOND)
		return add_ports(h, b, dev->ifindex);
	if (dev->kind != VWK_VLAN)
		return add_nic(h, b, dev->name);
	if (b->vid != 0 || dev->lower_nsid >= 0)	/* tags in tags, or out of sight */
		return VW_OK;
	b->vid = dev->u.vlan.vid;
	rc = vwk_link_get(h, b->nl, NULL, dev->lower, 0, &below);
	if (rc == VW_ERR_NOTFOUND)
		return VW_OK;
	if (rc == VW_OK) {
		rc = descend(h, b, &below);
		vwk_link_clear(&below);
	}
	return rc;
}

int vwp_below(struct vw_handle *h, const struct vwp_link *l, struct vwp_below *out)
{
	*out = (struct vwp_below){ .nl = l->cls == VW_CLASS_VNIC ? l->host : l->nl };
	if (l->cls == VW_CLASS_VNIC) {
		if (l->port != NULL && l->def != NULL)
			out->vid = l->def->vid;
		return l->lower != NULL ? descend(h, out, l->lower) : VW_OK;
	}
	if (l->dev == NULL || l->cls == VW_CLASS_SIMNET)
		return VW_OK;
	return descend(h, out, l->dev);
}

bool vwp_below_able(const struct vwp_below *b)
{
	for (size_t i = 0; i < b->n; i++)
		if (!vwk_ntuple_able(b->nl, b->name[i]))
			return false;
	return b->n > 0;
}

/* The address asked for: a zone's root may have set another one on its end. */
void vwp_match_own(const struct vwp_link *l, const struct vwp_below *b, struct vwk_ntuple *m)
{
	*m = (struct vwk_ntuple){ .fields = VWK_NTUPLE_MAC };
	if (l->def != NULL && l->def->has_mac)
		memcpy(m->mac, l->def->mac, 6);
	else if (l->dev != NULL)
		memcpy(m->mac, l->dev->mac, 6);
	if (b->vid != 0) {
		m->fields |= VWK_NTUPLE_VID;
		m->vid = b->vid;
	}
}

/* -- what is asked --------------------------------------------------------------------------- */

int vwp_want_of(struct vw_handle *h, const struct vwp_link *l, const char *name, const char *value,
		struct vwp_want *out)
{
	const char *cpus = l->def ? vws_link_prop(l->def, "cpus") : NULL;
	const char *rings = l->def ? vws_link_prop(l->def, "rxrings") : NULL;
	int rc = VW_OK;

	*out = (struct vwp_want){ 0 };
	if (name != NULL && strcmp(name, "cpus") == 0)
		cpus = value;
	if (name != NULL && strcmp(name, "rxrings") == 0)
		rings = value;
	if (rings != NULL && strcmp(rings, "sw") == 0)
		return VW_OK;		/* no ring is to be touched */
	out->alone = rings != NULL && rings[0] != '\0';
	out->has_cpus = cpus != NULL && cpus[0] != '\0';
	if (out->has_cpus)
		rc = vwp_cpus_from(h, cpus, &out->cpus);
	return rc;
}

/* -- a NIC with its rings -------------------------------------------------------------------- */

struct nic {
	struct vw_handle  *h;
	struct vwk_nl	  *nl;
	const char	  *name;
	struct vwk_ntuple *rules;
	size_t		   nrules;
	unsigned	   irqs[RINGS_MAX];
	size_t		   nirqs;
	uint32_t	   rings;
	uint32_t	  *rss;		/* NULL: it has no such table */
	size_t		   nrss;
};

static void nic_close(struct nic *n)
{
	if (n != NULL) {
		free(n->rules);
		free(n->rss);
	}
	free(n);
}

static int nic_open(struct vw_handle *h, struct vwk_nl *nl, const char *name, struct nic **out)
{
	struct nic *n = calloc(1, sizeof(*n));
	int rc;

	if (n == NULL)
		return vwc_nomem(h);
	n->h = h;
	n->nl = nl;
	n->name = name;
	rc = vwk_ntuple_list(h, nl, name, &n->rules, &n->nrules);
	if (rc == VW_OK)
		rc = vwk_irqs(h, nl, name, n->irqs, RINGS_MAX, &n->nirqs);
	if (rc < 0) {
		nic_close(n);
		return rc;
	}
	if (vwk_rings(nl, name, &n->rings) != 0 || n->rings == 0)
		n->rings = n->nirqs > 0 ? (uint32_t)n->nirqs : 1;
	if (n->rings > RINGS_MAX)
		n->rings = RINGS_MAX;
	if (vwk_rss_get(h, nl, name, &n->rss, &n->nrss) < 0) {
		vwc_forget(h);
		n->rss = NULL;
		n->nrss = 0;
	}
	*out = n;
	return VW_OK;
}

static const struct vwk_ntuple *rule_of(const struct nic *n, const struct vwk_ntuple *match)
{
	for (size_t i = 0; i < n->nrules; i++)
		if (n->rules[i].queue < RINGS_MAX && vwk_ntuple_same(&n->rules[i], match))
			return &n->rules[i];
	return NULL;
}

/* How many rules besides @but lead to a ring. */
static size_t load(const struct nic *n, uint32_t ring, const struct vwk_ntuple *but)
{
	size_t many = 0;

	for (size_t i = 0; i < n->nrules; i++)
		many += n->rules[i].queue == ring && &n->rules[i] != but;
	return many;
}

static unsigned irq_of(const struct nic *n, uint32_t ring)
{
	return ring < n->nirqs ? n->irqs[ring] : 0;
}

static bool in_rss(const struct nic *n, uint32_t ring)
{
	for (size_t i = 0; i < n->nrss; i++)
		if (n->rss[i] == ring)
			return true;
	return false;
}

static bool on_cpus(const struct nic *n, uint32_t ring, const struct vwp_cpus *cpus)
{
	unsigned irq = irq_of(n, ring);
	struct vwp_cpus may;

	if (irq == 0)
		return false;
	if (vwk_irq_affinity_get(n->h, irq, may.w, VWK_CPU_WORDS) < 0) {
		vwc_forget(n->h);
		return false;
	}
	return !vwp_cpus_none(&may) && vwp_cpus_within(&may, cpus);
}

/* -- RSS ------------------------------------------------------------------------------------- */

/* What RSS put into @ring goes to its other rings in turn. */
static int keep_out(struct nic *n, uint32_t ring)
{
	uint32_t others[RINGS_MAX];
	size_t many = 0, next = 0;

	if (n->rss == NULL)
		return vwc_why(n->h, VW_ERR_NOTSUP, "the driver of '%s' cannot keep a ring free of "
			       "other frames", n->name);
	if (!in_rss(n, ring))
		return VW_OK;
	for (uint32_t r = 0; r < n->rings; r++)
		if (r != ring && in_rss(n, r))
			others[many++] = r;
	if (many == 0)
		return vwc_why(n->h, VW_ERR_BUSY, "'%s' has no ring to spare", n->name);
	for (size_t i = 0; i < n->nrss; i++)
		if (n->rss[i] == ring)
			n->rss[i] = others[next++ % many];
	return vwk_rss_set(n->h, n->nl, n->name, n->rss, n->nrss);
}

/* Spread over @ring too, evenly; over all there are: as the driver does by itself. */
static int let_in(struct nic *n, uint32_t ring)
{
	uint32_t all[RINGS_MAX];
	size_t many = 0;

	if (n->rss == NULL || in_rss(n, ring) || ring >= n->rings)
		return VW_OK;
	for (uint32_t r = 0; r < n->rings; r++)
		if (r == ring || in_rss(n, r))
			all[many++] = r;
	for (size_t i = 0; i < n->nrss; i++)
		n->rss[i] = all[i % many];
	return vwk_rss_set(n->h, n->nl, n->name, n->rss, many == n->rings ? 0 : n->nrss);
}

/* -- choosing a ring ------------------------------------------------------------------------- */

/* The least used of those that will do, the last first: RSS begins with the first. */
static bool pick(const struct nic *n, const struct vwk_ntuple *old, const struct vwp_want *want,
		 bool as_it_is, uint32_t *ring)
{
	size_t least = SIZE_MAX;

	for (uint32_t r = n->rings; r-- > 0;) {
		size_t many = load(n, r, old);

		if (want->has_cpus && as_it_is && !on_cpus(n, r, &want->cpus))
			continue;
		if (!as_it_is && irq_of(n, r) == 0)
			continue;
		if ((want->alone || !as_it_is) && many > 0)
			continue;
		if (many < least) {
			least = many;
			*ring = r;
		}
	}
	return least != SIZE_MAX;
}

static bool will_do(const struct nic *n, const struct vwk_ntuple *old, const struct vwp_want *want)
{
	return (!want->has_cpus || on_cpus(n, old->queue, &want->cpus)) &&
	       (!want->alone || load(n, old->queue, old) == 0);
}

/* A ring whose interrupt is on those CPUs already, or else one that nobody uses, moved there. */
static int choose(const struct nic *n, const struct vwk_ntuple *old, const struct vwp_want *want,
		  uint32_t *ring)
{
	unsigned irq;

	if (old != NULL && will_do(n, old, want)) {
		*ring = old->queue;
		return VW_OK;
	}
	if (pick(n, old, want, true, ring))
		return VW_OK;
	if (want->has_cpus && n->nirqs == 0)
		return vwc_why(n->h, VW_ERR_NOTSUP, "the interrupts of '%s' are not known",
			       n->name);
	if (!want->has_cpus || !pick(n, old, want, false, ring))
		return vwc_why(n->h, VW_ERR_BUSY, "each of the %u rings of '%s' has rules already",
			       n->rings, n->name);
	irq = irq_of(n, *ring);
	return vwk_irq_affinity_set(n->h, irq, want->cpus.w, VWK_CPU_WORDS);
}

/* -- the rule -------------------------------------------------------------------------------- */

/*
 * Where the interrupts of rings without rules are, when they are all in one place: one ring says
 * nothing unless it has the kernel's default. Those that an administrator has pinned one by one
 * have no such place.
 */
static bool usual_place(const struct nic *n, uint32_t but, struct vwp_cpus *out)
{
	struct vwp_cpus normal, is;
	unsigned many = 0;

	for (uint32_t r = 0; r < n->rings; r++) {
		if (r == but || load(n, r, NULL) > 0 || irq_of(n, r) == 0)
			continue;
		if (vwk_irq_affinity_get(n->h, irq_of(n, r), is.w, VWK_CPU_WORDS) < 0 ||
		    (many > 0 && !vwp_cpus_same(&is, out)))
			return false;
		*out = is;
		many++;
	}
	return many > 1 ||
	       (many == 1 && vwk_irq_default_get(n->h, normal.w, VWK_CPU_WORDS) == VW_OK &&
		vwp_cpus_same(out, &normal));
}

/* The interrupt that was moved for a rule goes back to where the others are. */
static void unpin(struct nic *n, uint32_t ring, const struct vwp_want *was)
{
	unsigned irq = irq_of(n, ring);
	struct vwp_cpus usual, is;

	if (was->has_cpus && irq != 0 && load(n, ring, NULL) == 0 &&
	    vwk_irq_affinity_get(n->h, irq, is.w, VWK_CPU_WORDS) == VW_OK &&
	    vwp_cpus_same(&is, &was->cpus) && usual_place(n, ring, &usual))
		(void)vwk_irq_affinity_set(n->h, irq, usual.w, VWK_CPU_WORDS);
	vwc_forget(n->h);
}

static int take_away(struct nic *n, const struct vwk_ntuple *match, const struct vwp_want *was)
{
	const struct vwk_ntuple *old = rule_of(n, match);
	uint32_t ring;
	int rc;

	if (old == NULL)
		return VW_OK;
	ring = old->queue;
	rc = vwk_ntuple_del(n->h, n->nl, n->name, old->location);
	if (rc < 0)
		return rc;
	n->nrules--;
	n->rules[old - n->rules] = n->rules[n->nrules];
	if (was->alone)
		rc = let_in(n, ring);
	if (rc == VW_OK)
		unpin(n, ring, was);
	return rc;
}

/* The new rule first, then the old one away: no frame falls between. */
static int replace(struct nic *n, const struct vwk_ntuple *match, const struct vwk_ntuple *old,
		   uint32_t ring, const struct vwp_want *was, uint32_t *location)
{
	struct vwk_ntuple r = *match;
	int rc;

	r.queue = ring;
	rc = vwk_ntuple_add(n->h, n->nl, n->name, &r);
	if (rc < 0)
		return rc;
	*location = r.location;
	if (old == NULL || old->location == r.location)
		return VW_OK;
	return take_away(n, match, was);
}

/* With one ring left for all other frames, one more is put to use if the hardware has it. */
static int grow(struct nic **np)
{
	struct vwk_channels c;
	struct nic *n = *np, *wider;
	uint32_t many = 0;
	int rc;

	for (uint32_t r = 0; r < n->rings; r++)
		many += in_rss(n, r);
	if (many != 1 || vwk_channels_get(n->h, n->nl, n->name, &c) < 0) {
		vwc_forget(n->h);
		return VW_OK;
	}
	if (c.combined < c.max_combined)
		c.combined++;
	else if (c.rx < c.max_rx && c.max_combined == 0)
		c.rx++;
	else
		return VW_OK;		/* keep_out() says that there is none */
	rc = vwk_channels_set(n->h, n->nl, n->name, &c);
	if (rc == VW_OK)
		rc = nic_open(n->h, n->nl, n->name, &wider);
	if (rc < 0)
		return rc;
	nic_close(n);
	*np = wider;
	return VW_OK;
}

static int put(struct nic *n, const struct vwk_ntuple *match, const struct vwp_want *was,
	       const struct vwp_want *now, uint32_t *location)
{
	const struct vwk_ntuple *old = rule_of(n, match);
	uint32_t ring = 0;
	int rc = choose(n, old, now, &ring);

	if (rc == VW_OK && now->alone)
		rc = keep_out(n, ring);
	if (rc < 0)
		return rc;
	if (old != NULL && old->queue == ring) {
		*location = old->location;
		return was->alone && !now->alone ? let_in(n, ring) : VW_OK;
	}
	rc = replace(n, match, old, ring, was, location);
	if (rc < 0 && now->alone) {
		vwc_keep(n->h);
		(void)let_in(n, ring);
	}
	return rc;
}

int vwp_steer(struct vw_handle *h, const struct vwp_below *b, const struct vwk_ntuple *match,
	      const struct vwp_want *was, const struct vwp_want *now, uint32_t *location)
{
	bool wanted = now->has_cpus || now->alone;
	uint32_t at = 0;
	int rc = VW_OK;

	for (size_t i = 0; rc == VW_OK && i < b->n; i++) {
		struct nic *n;

		if (!wanted && !vwk_ntuple_able(b->nl, b->name[i]))
			continue;
		rc = nic_open(h, b->nl, b->name[i], &n);
		if (rc < 0)
			break;
		if (now->alone && rule_of(n, match) == NULL)
			rc = grow(&n);
		if (rc == VW_OK)
			rc = wanted ? put(n, match, was, now, &at) : take_away(n, match, was);
		if (i == 0 && location != NULL)
			*location = at;
		nic_close(n);
	}
	return rc;
}

int vwp_steered(struct vw_handle *h, struct vwk_nl *nl, const char *nic,
		const struct vwk_ntuple *match, struct vwp_steered *out)
{
	const struct vwk_ntuple *rule;
	struct nic *n;
	unsigned irq;
	int rc;

	*out = (struct vwp_steered){ 0 };
	if (!vwk_ntuple_able(nl, nic))
		return VW_OK;
	rc = nic_open(h, nl, nic, &n);
	if (rc < 0)
		return rc;
	rule = rule_of(n, match);
	if (rule != NULL) {
		irq = irq_of(n, rule->queue);
		out->found = true;
		out->queue = rule->queue;
		out->location = rule->location;
		out->alone = n->rss != NULL && !in_rss(n, rule->queue);
		out->has_cpus = irq != 0 &&
			vwk_irq_affinity_get(h, irq, out->may.w, VWK_CPU_WORDS) == VW_OK &&
			vwk_irq_effective_get(h, irq, out->is.w, VWK_CPU_WORDS) == VW_OK;
		vwc_forget(h);
	}
	nic_close(n);
	return VW_OK;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cpus.c - the properties cpus and cpus-effective: which CPUs process a link's packets
 *
 * What really moves the work differs. RPS of a VNIC's port end moves all that the host does for
 * what the VNIC sends. Frames a bridge brings reach the VNIC through the backlog of its own end, so
 * RPS there moves them too; frames from a NIC come by the shortest way, on the CPU of the NIC's
 * interrupt: an ntuple rule gives them a ring of their own. RPS of a macvlan or of a VLAN device
 * does nothing for what comes in by the wire: only such a rule moves it.
 */
#include <string.h>

#include "prop/steer.h"

/* Where the steering of a link is done. */
enum way {
	BY_ENDS,	/* a veth pair: RPS of both ends, and a rule when it is over a NIC */
	BY_RULE,	/* macvlan, VLAN device: a rule of the NIC below */
	BY_NIC,		/* hardware: interrupts and RPS of its queues */
	BY_SELF,	/* a device that gets its frames through the backlog: RPS of its own */
	NO_WAY
};

static enum way way_of(const struct vwp_link *l)
{
	if (l->cls == VW_CLASS_VNIC)
		return l->dev->kind == VWK_VETH ? BY_ENDS : BY_RULE;
	if (l->dev->kind == VWK_VLAN)
		return BY_RULE;
	if (l->cls == VW_CLASS_SIMNET)
		return l->dev->kind == VWK_VETH ? BY_SELF : NO_WAY;
	return l->dev->kind == VWK_MACVLAN || l->dev->kind == VWK_BRIDGE ? NO_WAY : BY_NIC;
}

/* A guarded VNIC's port is in no bridge: programs join it with the NIC. */
static bool over_nic(const struct vwp_link *l)
{
	return l->port != NULL && l->port->master == 0;
}

int vwp_cpus_parse(struct vw_handle *h, const char *text, char *out, size_t len)
{
	struct vwp_cpus s;
	int rc = vwp_cpus_from(h, text, &s);

	return rc == VW_OK ? vwp_cpus_text(h, &s, out, len) : rc;
}

/* -- may it? --------------------------------------------------------------------------------- */

static int refuse_rule(struct vw_handle *h, const struct vwp_link *l, const struct vwp_below *b)
{
	if (b->n == 0)
		return vwc_why(h, VW_ERR_NOTSUP, "cpus: no hardware is below '%s' that could steer "
			       "its packets", l->name);
	(void)vwc_why(h, VW_ERR_NOTSUP, "cpus: nothing can steer the packets of '%s': the driver "
		      "of '%s' takes no ntuple rules", l->name, b->name[0]);
	return vwc_hint(h, VW_ERR_NOTSUP, "set cpus of '%s', for all its links together%s",
			b->name[0], l->cls == VW_CLASS_VNIC
			? ", or give the VNIC datapath=guarded" : "");
}

static int check_rule(struct vw_handle *h, const struct vwp_link *l)
{
	const char *rings = l->def ? vws_link_prop(l->def, "rxrings") : NULL;
	struct vwp_below b;
	int rc = vwp_below(h, l, &b);

	if (rc < 0)
		return rc;
	if (!vwp_below_able(&b))
		return refuse_rule(h, l, &b);
	if (rings != NULL && strcmp(rings, "sw") == 0)
		return vwc_why(h, VW_ERR_BUSY, "cpus: only a ring of '%s' could steer the packets "
			       "of '%s', and its rxrings is sw", b.name[0], l->name);
	return VW_OK;
}

int vwp_cpus_check(struct vw_handle *h, const struct vwp_link *l, const char *value)
{
	struct vwp_cpus s;
	int rc = vwp_cpus_from(h, value, &s);

	if (rc < 0 || l->dev == NULL)	/* not of this machine, perhaps */
		return rc;
	rc = vwp_cpus_exist(h, &s);
	if (rc < 0)
		return rc;
	switch (way_of(l)) {
	case BY_RULE:
		return check_rule(h, l);
	case NO_WAY:
		return vwc_why(h, VW_ERR_NOTSUP, "cpus: nothing can steer the packets of '%s', "
			       "a device of kind %s", l->name, vwk_kind_name(l->dev->kind));
	default:
		return VW_OK;
	}
}

/* -- set ------------------------------------------------------------------------------------- */

static int set_rps(struct vw_handle *h, struct vwk_nl *nl, const char *dev,
		   const struct vwp_cpus *cpus)
{
	static const struct vwp_cpus none;

	return vwk_rps_set_all(h, nl, dev, cpus != NULL ? cpus->w : none.w, VWK_CPU_WORDS);
}

/* A rule for what comes in by the wire, if there is a wire and its NIC takes rules. */
static int steer_in(struct vw_handle *h, const struct vwp_link *l, const struct vwp_want *now)
{
	struct vwk_ntuple match;
	struct vwp_below b;
	struct vwp_want was;
	int rc = vwp_below(h, l, &b);

	if (rc < 0 || b.n == 0)
		return rc;
	if (!vwp_below_able(&b)) {
		if (now->has_cpus)
			vwc_log(h, VW_LOG_WARNING, "cpus of '%s' hold for what it sends; what it "
				"receives stays where '%s' delivers it, whose driver takes no "
				"ntuple rules", l->name, b.name[0]);
		return VW_OK;
	}
	rc = vwp_want_of(h, l, NULL, NULL, &was);
	vwp_match_own(l, &b, &match);
	return rc == VW_OK ? vwp_steer(h, &b, &match, &was, now, NULL) : rc;
}

static int apply_ends(struct vw_handle *h, const struct vwp_link *l, const struct vwp_cpus *cpus,
		      const struct vwp_want *want)
{
	int rc = set_rps(h, l->nl, l->dev->name, cpus);

	if (rc == VW_OK && l->port != NULL)
		rc = set_rps(h, l->host, l->port->name, cpus);
	return rc == VW_OK ? steer_in(h, l, want) : rc;
}

static int apply_nics(struct vw_handle *h, const struct vwp_link *l, const struct vwp_cpus *cpus)
{
	const char *asked = l->def ? vws_link_prop(l->def, "cpus") : NULL;
	struct vwp_cpus was;
	struct vwp_below b;
	int rc = vwp_below(h, l, &b);

	if (rc == VW_OK && asked != NULL)
		rc = vwp_cpus_from(h, asked, &was);
	for (size_t i = 0; rc == VW_OK && i < b.n; i++)
		rc = vwp_steer_nic(h, b.nl, b.name[i], asked != NULL ? &was : NULL, cpus);
	return rc;
}

int vwp_cpus_apply(struct vw_handle *h, const struct vwp_link *l, const char *value)
{
	const struct vwp_cpus *cpus = NULL;
	struct vwp_want want;
	struct vwp_cpus s;
	int rc = vwp_want_of(h, l, "cpus", value, &want);

	if (rc == VW_OK && value[0] != '\0') {
		rc = vwp_cpus_from(h, value, &s);
		cpus = &s;
	}
	if (rc < 0)
		return rc;
	switch (way_of(l)) {
	case BY_ENDS:
		return apply_ends(h, l, cpus, &want);
	case BY_RULE:
		return steer_in(h, l, &want);
	case BY_NIC:
		return apply_nics(h, l, cpus);
	case BY_SELF:
		return set_rps(h, l->nl, l->dev->name, cpus);
	default:
		return VW_OK;
	}
}

/* -- read ------------------------------------------------------------------------------------ */

/* What the rules of all NICs below say together. *@all: each of them has one. */
static int rules_of(struct vw_handle *h, const struct vwp_link *l, struct vwp_cpus *may,
		    struct vwp_cpus *is, bool *all)
{
	struct vwk_ntuple match;
	struct vwp_below b;
	int rc = vwp_below(h, l, &b);

	*may = *is = (struct vwp_cpus){ 0 };
	*all = b.n > 0;
	if (rc < 0 || b.n == 0)
		return rc;
	vwp_match_own(l, &b, &match);
	for (size_t i = 0; rc == VW_OK && i < b.n; i++) {
		struct vwp_steered s;

		rc = vwp_steered(h, b.nl, b.name[i], &match, &s);
		*all = *all && s.found && s.has_cpus;
		vwp_cpus_join(may, &s.may);
		vwp_cpus_join(is, &s.is);
	}
	return rc;
}

/* The rule that belongs to @cpus is there, or cannot be. */
static int rule_stands(struct vw_handle *h, const struct vwp_link *l, const struct vwp_cpus *cpus,
		       bool *so)
{
	struct vwp_cpus may, is;
	struct vwp_want want;
	struct vwp_below b;
	bool all;
	int rc = vwp_below(h, l, &b);

	if (rc == VW_OK)
		rc = vwp_want_of(h, l, NULL, NULL, &want);
	*so = true;
	if (rc < 0 || !want.has_cpus || !vwp_below_able(&b))
		return rc;
	rc = rules_of(h, l, &may, &is, &all);
	*so = all && vwp_cpus_within(&may, cpus);
	return rc;
}

static int read_ends(struct vw_handle *h, const struct vwp_link *l, struct vwp_cpus *out)
{
	const struct vwk_link *dev = l->port != NULL ? l->port : l->dev;
	bool same, so = true;
	int rc = vwk_rps_get_all(h, l->port != NULL ? l->host : l->nl, dev->name, out->w,
				 VWK_CPU_WORDS, &same);

	if (rc == VW_OK && over_nic(l) && !vwp_cpus_none(out))
		rc = rule_stands(h, l, out, &so);
	if (rc == VW_OK && !so)		/* half of it is not what is asked for */
		*out = (struct vwp_cpus){ 0 };
	return rc;
}

/* A ring may be on fewer CPUs than were asked for; that is still what was asked. */
static int read_rule(struct vw_handle *h, const struct vwp_link *l, const struct vwp_cpus *asked,
		     struct vwp_cpus *out)
{
	struct vwp_cpus is;
	bool all;
	int rc;

	if (asked == NULL)
		return VW_OK;
	rc = rules_of(h, l, out, &is, &all);
	if (rc == VW_OK && all && vwp_cpus_within(out, asked))
		*out = *asked;
	return rc;
}

static int read_nics(struct vw_handle *h, const struct vwp_link *l, const struct vwp_cpus *asked,
		     struct vwp_cpus *out)
{
	struct vwp_below b;
	bool so = asked != NULL, same;
	int rc = vwp_below(h, l, &b);

	for (size_t i = 0; rc == VW_OK && i < b.n; i++) {
		struct vwp_cpus rps;
		bool this = false;

		rc = vwk_rps_get_all(h, b.nl, b.name[i], rps.w, VWK_CPU_WORDS, &same);
		if (rc == VW_OK && asked != NULL)
			rc = vwp_nic_is(h, b.nl, b.name[i], asked, &this);
		so = so && this;
		vwp_cpus_join(out, &rps);
	}
	if (so && b.n > 0)
		*out = *asked;
	return rc;
}

int vwp_cpus_read(struct vw_handle *h, const struct vwp_link *l, char *out, size_t len)
{
	const char *text = l->def ? vws_link_prop(l->def, "cpus") : NULL;
	struct vwp_cpus s = { 0 }, asked;
	bool given = text != NULL && text[0] != '\0', same;
	int rc = given ? vwp_cpus_from(h, text, &asked) : VW_OK;

	if (rc < 0)
		return rc;
	switch (way_of(l)) {
	case BY_ENDS:
		rc = read_ends(h, l, &s);
		break;
	case BY_RULE:
		rc = read_rule(h, l, given ? &asked : NULL, &s);
		break;
	case BY_NIC:
		rc = read_nics(h, l, given ? &asked : NULL, &s);
		break;
	case BY_SELF:
		rc = vwk_rps_get_all(h, l->nl, l->dev->name, s.w, VWK_CPU_WORDS, &same);
		break;
	default:
		break;
	}
	return rc == VW_OK ? vwp_cpus_text(h, &s, out, len) : rc;
}

/* -- what it comes to ------------------------------------------------------------------------ */

/* CPUs of one direction; none: nothing steers it. */
static int sent(struct vw_handle *h, const struct vwp_link *l, struct vwp_cpus *out)
{
	bool same;

	return l->port == NULL ? VW_OK : vwk_rps_get_all(h, l->host, l->port->name, out->w,
							 VWK_CPU_WORDS, &same);
}

static int received(struct vw_handle *h, const struct vwp_link *l, struct vwp_cpus *out)
{
	struct vwp_cpus may;
	bool same;
	int rc;

	if (!over_nic(l) && l->dev->kind == VWK_VETH)
		return vwk_rps_get_all(h, l->nl, l->dev->name, out->w, VWK_CPU_WORDS, &same);
	rc = rules_of(h, l, &may, out, &same);
	if (rc == VW_OK && !same)
		*out = (struct vwp_cpus){ 0 };
	return rc;
}

/* Both directions of a VNIC: one that is not steered runs anywhere. */
static int both(struct vw_handle *h, const struct vwp_link *l, struct vwp_cpus *out)
{
	struct vwp_cpus in = { 0 }, any;
	int rc = sent(h, l, out);

	if (rc == VW_OK)
		rc = received(h, l, &in);
	if (rc < 0 || (vwp_cpus_none(out) && vwp_cpus_none(&in)))
		return rc;
	if (vwp_cpus_none(out) || vwp_cpus_none(&in)) {
		rc = vwp_cpus_online(h, &any);
		vwp_cpus_join(out, &any);
	}
	vwp_cpus_join(out, &in);
	return rc;
}

static int nics(struct vw_handle *h, const struct vwp_link *l, struct vwp_cpus *out)
{
	struct vwp_below b;
	int rc = vwp_below(h, l, &b);

	for (size_t i = 0; rc == VW_OK && i < b.n; i++) {
		struct vwp_cpus one;

		rc = vwp_nic_cpus(h, b.nl, b.name[i], &one);
		vwp_cpus_join(out, &one);
	}
	return rc;
}

int vwp_cpus_effective_read(struct vw_handle *h, const struct vwp_link *l, char *out, size_t len)
{
	struct vwp_cpus s = { 0 };
	int rc = VW_OK;

	switch (way_of(l)) {
	case BY_ENDS:
		rc = both(h, l, &s);
		break;
	case BY_RULE:	/* what it sends runs where its sender does: nothing of it is delivered */
	case BY_SELF:
		rc = received(h, l, &s);
		break;
	case BY_NIC:
		rc = nics(h, l, &s);
		break;
	default:
		break;
	}
	if (rc == VW_OK && vwp_cpus_none(&s))
		return vwp_put(h, out, len, "--");
	return rc == VW_OK ? vwp_cpus_text(h, &s, out, len) : rc;
}

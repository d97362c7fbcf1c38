/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* steerflow.c - steering for others: links that go, flows with cpus, what vwire explain tells */
#include <stdio.h>
#include <string.h>

#include "prop/steer.h"

#define LAYER3	(VWK_NTUPLE_PROTO | VWK_NTUPLE_SRC | VWK_NTUPLE_DST | VWK_NTUPLE_SPORT | \
		 VWK_NTUPLE_DPORT)
#define ADDRS	(VWK_NTUPLE_SRC | VWK_NTUPLE_DST)

static const struct vwp_want nothing;

static bool by_rule(const struct vwp_link *l)
{
	return l->cls == VW_CLASS_VNIC || l->cls == VW_CLASS_VLAN;
}

int vwp_steer_clear(struct vw_handle *h, const struct vwp_link *l)
{
	struct vwk_ntuple match;
	struct vwp_below b;
	struct vwp_want was;
	int rc;

	if (!by_rule(l) || l->host == NULL || (l->dev == NULL && l->def == NULL) ||
	    (l->dev == NULL && !l->def->has_mac))
		return VW_OK;
	rc = vwp_below(h, l, &b);
	if (rc < 0 || b.n == 0)
		return rc;
	rc = vwp_want_of(h, l, NULL, NULL, &was);
	vwp_match_own(l, &b, &match);
	return rc == VW_OK ? vwp_steer(h, &b, &match, &was, &nothing, NULL) : rc;
}

int vwp_steer_follow(struct vw_handle *h, const struct vwp_link *l, const uint8_t mac[6])
{
	const uint8_t *olds[] = { l->def != NULL && l->def->has_mac ? l->def->mac : mac,
				  l->dev->mac };
	struct vwk_ntuple match;
	struct vwp_below b;
	struct vwp_want want;
	int rc = vwp_want_of(h, l, NULL, NULL, &want);

	if (rc < 0 || !by_rule(l) || !(want.has_cpus || want.alone))
		return rc;
	rc = vwp_below(h, l, &b);
	if (rc < 0 || !vwp_below_able(&b))
		return rc;
	vwp_match_own(l, &b, &match);
	for (size_t i = 0; rc == VW_OK && i < VWU_ARRAY_SIZE(olds); i++) {
		memcpy(match.mac, olds[i], 6);
		if (memcmp(olds[i], mac, 6) != 0)
			rc = vwp_steer(h, &b, &match, &want, &nothing, NULL);
	}
	memcpy(match.mac, mac, 6);
	return rc == VW_OK ? vwp_steer(h, &b, &match, &nothing, &want, NULL) : rc;
}

/* -- flows ----------------------------------------------------------------------------------- */

/* The rules of one flow: without an address it is one of IPv4 and one of IPv6. */
struct flow_rules { struct vwk_ntuple v[2]; size_t n; struct vwp_below b; };

static int flow_rules(struct vw_handle *h, const struct vwp_link *l, const struct vwk_ntuple *match,
		      struct flow_rules *out)
{
	struct vwk_ntuple own;
	int rc = vwp_below(h, l, &out->b);

	if (rc < 0)
		return rc;
	if (out->b.n == 0)
		return vwc_why(h, VW_ERR_NOTSUP, "cpus: no hardware is below '%s' that could steer "
			       "a flow", l->name);
	if (!vwp_below_able(&out->b))
		return vwc_why(h, VW_ERR_NOTSUP, "cpus: the driver of '%s' takes no ntuple rules, "
			       "which could steer a flow", out->b.name[0]);
	if (!(match->fields & LAYER3))
		return vwc_why(h, VW_ERR_NOTSUP, "cpus: hardware can steer flows by address, "
			       "transport and port alone");
	out->v[0] = *match;
	out->n = 1;
	if (by_rule(l)) {	/* those of other links over the NIC are not meant */
		vwp_match_own(l, &out->b, &own);
		out->v[0].fields |= own.fields;
		out->v[0].vid = own.vid;
		memcpy(out->v[0].mac, own.mac, 6);
	}
	if (!(match->fields & ADDRS)) {
		out->v[1] = out->v[0];
		out->v[0].ipv6 = false;
		out->v[1].ipv6 = true;
		out->n = 2;
	}
	return VW_OK;
}

static int want_cpus(struct vw_handle *h, const char *cpus, struct vwp_want *out)
{
	*out = nothing;
	out->has_cpus = cpus != NULL && cpus[0] != '\0';
	return out->has_cpus ? vwp_cpus_from(h, cpus, &out->cpus) : VW_OK;
}

int vwp_flow_unsteer(struct vw_handle *h, const struct vwp_link *l, const struct vwk_ntuple *match,
		     const char *cpus)
{
	struct vwp_want was;
	struct flow_rules f;
	int rc = want_cpus(h, cpus, &was);

	if (rc == VW_OK)
		rc = flow_rules(h, l, match, &f);
	if (rc == VW_ERR_NOTSUP) {	/* then there is no rule either */
		vwc_forget(h);
		return VW_OK;
	}
	for (size_t i = 0; rc == VW_OK && i < f.n; i++)
		rc = vwp_steer(h, &f.b, &f.v[i], &was, &nothing, NULL);
	return rc;
}

int vwp_flow_steer(struct vw_handle *h, const struct vwp_link *l, const struct vwk_ntuple *match,
		   const char *cpus, uint32_t *location)
{
	struct vwp_want now;
	struct flow_rules f;
	uint32_t at = 0;
	int rc = want_cpus(h, cpus, &now);

	if (rc == VW_OK)
		rc = vwp_cpus_exist(h, &now.cpus);
	if (rc == VW_OK)
		rc = flow_rules(h, l, match, &f);
	for (size_t i = 0; rc == VW_OK && i < f.n; i++) {
		rc = vwp_steer(h, &f.b, &f.v[i], &nothing, &now, &at);
		if (i == 0 && location != NULL)
			*location = at;
	}
	if (rc < 0) {
		vwc_keep(h);
		(void)vwp_flow_unsteer(h, l, match, cpus);
	}
	return rc;
}

int vwp_flow_cpus(struct vw_handle *h, const struct vwp_link *l, const struct vwk_ntuple *match,
		  const char *cpus, char *out, size_t len)
{
	struct vwp_cpus all = { 0 };
	struct vwp_want asked;
	bool whole = true;
	struct flow_rules f;
	int rc = want_cpus(h, cpus, &asked);

	if (rc == VW_OK)
		rc = flow_rules(h, l, match, &f);
	if (rc == VW_ERR_NOTSUP) {
		vwc_forget(h);
		return vwp_put(h, out, len, "%s", "");
	}
	for (size_t i = 0; rc == VW_OK && i < f.n * f.b.n; i++) {
		struct vwp_steered s;

		rc = vwp_steered(h, f.b.nl, f.b.name[i / f.n], &f.v[i % f.n], &s);
		whole = whole && s.found && s.has_cpus;
		vwp_cpus_join(&all, &s.is);
	}
	if (rc < 0)
		return rc;
	/* a ring may be on fewer CPUs than were asked for; that is still what was asked */
	if (whole && asked.has_cpus && !vwp_cpus_none(&all) && vwp_cpus_within(&all, &asked.cpus))
		return vwp_put(h, out, len, "%s", cpus);
	return whole ? vwp_cpus_text(h, &all, out, len) : vwp_put(h, out, len, "%s", "");
}

/* -- explain --------------------------------------------------------------------------------- */

static int tell_rps(struct vw_handle *h, struct vwk_nl *nl, const char *dev, vwpl_explain_fn *tell,
		    void *arg)
{
	char cpus[256], text[400];
	struct vwp_cpus s;
	bool same;

	if (vwk_rps_get_all(h, nl, dev, s.w, VWK_CPU_WORDS, &same) < 0 ||
	    vwp_cpus_text(h, &s, cpus, sizeof(cpus)) < 0) {
		vwc_forget(h);
		return VW_OK;
	}
	if (vwp_cpus_none(&s))
		return VW_OK;
	snprintf(text, sizeof(text), "RPS of the receive queues of %s: CPUs %s", dev, cpus);
	return tell(arg, "cpus", text);
}

static int tell_rule(struct vw_handle *h, const struct vwp_link *l, const struct vwp_below *b,
		     const char *nic, vwpl_explain_fn *tell, void *arg)
{
	char cpus[256], text[400], vid[24] = "";
	struct vwk_ntuple m;
	struct vwp_steered s;
	int rc;

	vwp_match_own(l, b, &m);
	rc = vwp_steered(h, b->nl, nic, &m, &s);
	if (rc < 0 || !s.found)
		return rc;
	if (m.fields & VWK_NTUPLE_VID)
		snprintf(vid, sizeof(vid), " vlan %u", m.vid);
	snprintf(text, sizeof(text), "ntuple rule %u of %s: dst %x:%x:%x:%x:%x:%x%s to ring %u%s",
		 s.location, nic, m.mac[0], m.mac[1], m.mac[2], m.mac[3], m.mac[4], m.mac[5], vid,
		 s.queue, s.alone ? ", which RSS leaves out" : "");
	rc = tell(arg, s.alone ? "rxrings" : "cpus", text);
	if (rc < 0 || !s.has_cpus || vwp_cpus_text(h, &s.may, cpus, sizeof(cpus)) < 0)
		return rc;
	snprintf(text, sizeof(text), "interrupt of ring %u of %s: CPUs %s", s.queue, nic, cpus);
	return tell(arg, "cpus", text);
}

int vwp_steer_explain(struct vw_handle *h, const struct vwp_link *l, vwpl_explain_fn *tell,
		      void *arg)
{
	struct vwp_below b;
	int rc = VW_OK;

	if (l->dev == NULL || l->host == NULL)
		return VW_OK;
	if (l->port != NULL)
		rc = tell_rps(h, l->host, l->port->name, tell, arg);
	if (rc == VW_OK && l->dev->kind != VWK_MACVLAN && l->dev->kind != VWK_VLAN)
		rc = tell_rps(h, l->nl, l->dev->name, tell, arg);
	if (rc == VW_OK)
		rc = vwp_below(h, l, &b);
	for (size_t i = 0; rc == VW_OK && by_rule(l) && i < b.n; i++)
		rc = tell_rule(h, l, &b, b.name[i], tell, arg);
	return rc;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* diff.c - one definition against the kernel: every promise is read back */
#include <linux/if.h>
#include <linux/if_bonding.h>
#include <linux/if_link.h>
#include <stdio.h>
#include <string.h>

#include "object/engine.h"
#include "object/lower.h"
#include "wire/wire.h"

/* One comparison at work. */
struct compare {
	struct vwo_ctx		*c;
	const struct vws_link	*def;
	struct vwo_link		 l;
	struct vw_report	*r;
	enum vww_gap		 gap;
};

static int differs(struct compare *k, enum vww_gap gap, const char *member, const char *want,
		   const char *is, const char *text)
{
	char message[2 * VWP_VALUE_MAX + 64];

	if (gap > k->gap)
		k->gap = gap;
	if (k->r == NULL)
		return VW_OK;
	if (text == NULL)
		snprintf(message, sizeof(message), "is %s, asked for was %s", is[0] ? is : "not set",
			 want);
	return vww_report_add(k->c->h, k->r,
			      gap == VWW_WAITING ? VW_OUTCOME_WAITING : VW_OUTCOME_DIFFERS,
			      k->def->name, member, want, is, text ? text : message);
}

static int same_text(struct compare *k, enum vww_gap gap, const char *member, const char *want,
		     const char *is)
{
	return strcmp(want, is) == 0 ? VW_OK : differs(k, gap, member, want, is, NULL);
}

static int same_number(struct compare *k, enum vww_gap gap, const char *member, unsigned want,
		       unsigned is)
{
	char a[16], b[16];

	if (want == is)
		return VW_OK;
	snprintf(a, sizeof(a), "%u", want);
	snprintf(b, sizeof(b), "%u", is);
	return differs(k, gap, member, a, b, NULL);
}

static int diff_mac(struct compare *k)
{
	char want[VW_MAC_STRLEN], is[VW_MAC_STRLEN];

	if (!k->def->has_mac || memcmp(k->def->mac, k->l.dev.mac, 6) == 0)
		return VW_OK;
	vw_mac_format(k->def->mac, want);
	vw_mac_format(k->l.dev.mac, is);
	return differs(k, VWW_PARTS, "mac", want, is, NULL);
}

/* The device below must be the one that @over and @vid lead to today. */
static int diff_over(struct compare *k)
{
	struct vwk_link lower;
	bool same;
	int rc = vwo_lower_get(k->c, k->def, false, &lower);

	if (rc == VW_ERR_NOMEM)
		return rc;
	if (rc < 0) {
		vwc_forget(k->c->h);
		return differs(k, VWW_PARTS, "over", k->def->over, "absent",
			       "the link below is not there or cannot carry it");
	}
	same = k->l.has_lower && k->l.lower.ifindex == lower.ifindex;
	vwk_link_clear(&lower);
	if (same)
		return VW_OK;
	return differs(k, VWW_PARTS, "over", k->def->over,
		       k->l.has_lower ? vwo_dev_name(&k->l.lower) : "nothing", NULL);
}

/* What keeps an etherstub VNIC in its place stands on the port end, in the host's hands. */
static int diff_port(struct compare *k)
{
	const struct vwk_link *p = &k->l.port;
	int rc = VW_OK;

	if (vwo_is_guarded(k->def) && k->l.dev.kind != VWK_VETH)
		return differs(k, VWW_PARTS, "datapath", "guarded", "direct", NULL);
	if (k->l.dev.kind != VWK_VETH)
		return VW_OK;
	if (!k->l.has_port)
		return differs(k, VWW_PARTS, "port", "in the host", "absent", NULL);
	if (!(p->flags & IFF_UP))
		rc = differs(k, VWW_PARTS, "port", "up", "down", NULL);
	if (rc == VW_OK && p->port_kind == VWK_BRIDGE && p->port.br.learning)
		rc = differs(k, VWW_PARTS, "port.learning", "off", "on", NULL);
	if (rc == VW_OK && p->port_kind == VWK_BRIDGE && p->port.br.flood)
		rc = differs(k, VWW_PARTS, "port.flood", "off", "on", NULL);
	if (rc == VW_OK && p->addrgen != 255 && p->addrgen != IN6_ADDR_GEN_MODE_NONE)
		rc = differs(k, VWW_PARTS, "port.addrgenmode", "none", "on", NULL);
	return rc;
}

static int diff_aggr(struct compare *k)
{
	const struct vwk_bond *is = &k->l.dev.u.bond;
	struct vwk_bond want;
	int rc;

	vwo_bond_from_def(k->def, &want);
	rc = same_number(k, VWW_PARTS, "lacp", want.mode, is->mode);
	if (rc == VW_OK)
		rc = same_number(k, VWW_PARTS, "policy", want.xmit_policy, is->xmit_policy);
	if (rc == VW_OK && want.mode == BOND_MODE_8023AD)
		rc = same_number(k, VWW_PARTS, "timer", want.lacp_rate, is->lacp_rate);
	if (rc == VW_OK && want.mode == BOND_MODE_8023AD)
		rc = same_number(k, VWW_PARTS, "lacp", want.lacp_active, is->lacp_active);
	return rc;
}

static int diff_bridge(struct compare *k)
{
	const struct vwk_bridge *is = &k->l.dev.u.bridge;
	struct vwk_bridge want;
	int rc;

	vwo_bridge_from_def(k->def, &want);
	rc = same_number(k, VWW_PARTS, "priority", want.priority, is->priority);
	if (rc == VW_OK)
		rc = same_number(k, VWW_PARTS, "stp", want.stp_state != 0, is->stp_state != 0);
	if (rc == VW_OK)
		rc = same_number(k, VWW_PARTS, "fwddelay", want.forward_delay / 100,
				 is->forward_delay / 100);
	if (rc == VW_OK)
		rc = same_number(k, VWW_PARTS, "maxage", want.max_age / 100, is->max_age / 100);
	return rc < 0 ? rc : same_number(k, VWW_PARTS, "hello", want.hello_time / 100,
					 is->hello_time / 100);
}

static int diff_ports(struct compare *k)
{
	int rc = VW_OK;

	for (char **p = k->def->ports; rc == VW_OK && p && *p; p++) {
		char name[VWU_IFNAME];
		struct vwk_link port;

		vwu_name_kernel(*p, name);
		if (vwo_get(k->c, k->c->h->nl, name, 0, &port) < 0) {
			vwc_forget(k->c->h);
			rc = differs(k, VWW_PARTS, "ports", *p, "absent", NULL);
			continue;
		}
		if (port.master != k->l.dev.ifindex)
			rc = differs(k, VWW_PARTS, "ports", *p, "not a port of it", NULL);
		vwk_link_clear(&port);
	}
	return rc;
}

static int diff_tunnel(struct compare *k)
{
	const struct vwk_tunnel *is = &k->l.dev.u.tunnel;
	struct vwk_tunnel want;
	int rc = vwo_tunnel_from_def(k->c, k->def, &want);

	if (rc < 0)
		return rc;
	if (memcmp(want.local, is->local, 16) != 0)
		rc = differs(k, VWW_PARTS, "local", k->def->local ? k->def->local : "", "another",
			     NULL);
	if (rc == VW_OK && memcmp(want.remote, is->remote, 16) != 0)
		rc = differs(k, VWW_PARTS, "remote", k->def->remote ? k->def->remote : "",
			     "another", NULL);
	return rc;
}

static int diff_simnet(struct compare *k)
{
	struct vwk_link peer = { 0 };
	const char *is = "";
	int rc = vwo_get(k->c, k->c->h->nl, NULL, k->l.dev.lower, &peer);

	if (rc < 0 && rc != VW_ERR_NOTFOUND)
		return rc;
	if (rc == VW_OK && vwo_class(&peer) == VW_CLASS_SIMNET)
		is = vwo_dev_name(&peer);
	rc = same_text(k, VWW_PARTS, "over", k->def->over ? k->def->over : "", is);
	if (is[0] || peer.ifindex)
		vwk_link_clear(&peer);
	return rc;
}

static int diff_props(struct compare *k)
{
	struct vwp_link p;
	int rc = VW_OK;

	vwo_prop_link(k->c, &k->l, &p);
	for (size_t i = 0; rc == VW_OK && i < k->def->nprops; i++) {
		const struct vwp_desc *d = vwp_find(k->def->props[i].name);
		char is[VWP_VALUE_MAX], member[80];

		snprintf(member, sizeof(member), "props.%s", k->def->props[i].name);
		if (d == NULL || vwp_read(k->c->h, d, &p, is, sizeof(is)) < 0) {
			vwc_forget(k->c->h);
			snprintf(is, sizeof(is), "?");
		}
		rc = same_text(k, VWW_PROPS, member, k->def->props[i].value, is);
	}
	return rc;
}

/* Programs, switch and strictness; the values of limits and protection are properties. */
static int diff_policy(struct compare *k)
{
	bool holds = vwo_policy_holds(k->c, &k->l);
	bool more = holds && vwo_policy_exceeds(k->c, &k->l);

	vwc_forget(k->c->h);
	if (!holds)
		return differs(k, VWW_PROPS, "policy", "in force", "not in force",
			       "the programs that hold it to its limits and protection are not in "
			       "place");
	if (more)
		return differs(k, VWW_PROPS, "policy", "as asked for", "more",
			       "it is held to limits, protection or flows that are not asked for");
	return VW_OK;
}

static int diff_parts(struct compare *k)
{
	int rc = diff_mac(k);

	if (rc < 0)
		return rc;
	switch (k->def->cls) {
	case VW_CLASS_VNIC:
		rc = diff_port(k);
		return rc < 0 ? rc : diff_over(k);
	case VW_CLASS_VLAN:
		rc = same_number(k, VWW_PARTS, "vid", k->def->vid, k->l.dev.u.vlan.vid);
		return rc < 0 ? rc : diff_over(k);
	case VW_CLASS_AGGR:
		rc = diff_aggr(k);
		return rc < 0 ? rc : diff_ports(k);
	case VW_CLASS_BRIDGE:
		rc = diff_bridge(k);
		return rc < 0 ? rc : diff_ports(k);
	case VW_CLASS_IPTUN:
		return diff_tunnel(k);
	case VW_CLASS_SIMNET:
		return diff_simnet(k);
	default:
		return VW_OK;
	}
}

static int absent(struct compare *k)
{
	char text[160];

	if (k->l.zone_status < 0) {
		snprintf(text, sizeof(text), "zone '%s' is not there; the link waits for it",
			 k->def->zone ? k->def->zone : "");
		return differs(k, VWW_WAITING, "", vw_class_name(k->def->cls), "absent", text);
	}
	/* a zone that ended takes its links with it a little later: this end may be left */
	if (k->l.has_port)
		return differs(k, VWW_REMAINS, "", vw_class_name(k->def->cls), "absent",
			       "only the port end in the host is there");
	snprintf(text, sizeof(text), k->def->zone ? "there is no such link in zone '%s'"
						  : "there is no such link", k->def->zone);
	return differs(k, VWW_ABSENT, "", vw_class_name(k->def->cls), "absent", text);
}

int vww_diff(struct vwo_ctx *c, const struct vws_link *def, struct vw_report *r, enum vww_gap *gap)
{
	struct compare k = { .c = c, .def = def, .r = r };
	int rc = vwo_find_def(c, def, &k.l);

	if (rc < 0)
		return rc;
	if (!k.l.present)
		rc = absent(&k);
	else
		rc = diff_parts(&k);
	if (rc == VW_OK && k.l.present)
		rc = diff_policy(&k);
	/* who may not look at maps can still check links that ask for nothing in them */
	if (rc == VW_OK && k.l.present && k.l.policy == NULL && vwo_may_want(c, def))
		rc = vwo_policy_read(c, &k.l);
	if (rc == VW_OK && k.l.present)
		rc = diff_props(&k);
	if (rc == VW_OK && k.l.present)
		rc = vww_diff_flows(c, def, r, &k.gap);
	vwo_link_clear(&k.l);
	*gap = k.gap;
	return rc;
}

/* -- strays -------------------------------------------------------------------------------------------- */

/* "web1-p" is wanted if web1 is: by the name where it was not cut short, else by trying all. */
static bool hidden_is_wanted(const struct vwk_link *d, struct vws_link *const *defs, size_t n,
			     const struct vwu_map *names)
{
	char name[VWU_IFNAME];
	size_t len = strlen(d->name), at;

	memcpy(name, d->name, len + 1);
	if (vwo_role(d) == VWO_ROLE_QUEUE)
		return true;	/* it goes with the last limit of the link it is named after */
	if (vwo_role(d) != VWO_ROLE_LOWER && len > 2 && strchr(name, '~') == NULL) {
		name[len - 2] = '\0';
		return vwu_map_get(names, name, &at);
	}

	for (size_t i = 0; i < n; i++) {
		if (vwo_role(d) == VWO_ROLE_PORT)
			vwu_name_port(defs[i]->name, name);
		else if (vwo_role(d) == VWO_ROLE_FAR)
			vwu_name_far(defs[i]->name, name);
		else if (defs[i]->over && defs[i]->vid)
			vwu_name_vlan(defs[i]->over, defs[i]->vid, name);
		else
			continue;
		if (strcmp(name, d->name) == 0)
			return true;
	}
	return false;
}

static bool is_wanted(const struct vwk_link *d, struct vws_link *const *defs, size_t n,
		      const struct vwu_map *names)
{
	size_t at;

	if (vwo_role(d) != VWO_ROLE_LINK)
		return hidden_is_wanted(d, defs, n, names);
	/* a VNIC that another namespace gave us is its affair */
	return vwu_map_get(names, vwo_dev_name(d), &at) || d->lower_nsid >= 0;
}

/* Another set of documents may ask for it, so removing it is left to people. */
static int tell_stray(struct vwo_ctx *c, struct vw_report *r, const struct vwk_link *d)
{
	unsigned cls = vwo_class(d);
	char text[160];

	snprintf(text, sizeof(text), "libvwire made it, and no document asks for it; '%s%s %s' "
		 "removes it", cls & ~VW_CLASS_MISC ? "dladm delete-" : "ip link delete",
		 cls & ~VW_CLASS_MISC ? vw_class_name(cls) : "", vwo_dev_name(d));
	return vww_report_add(c->h, r, VW_OUTCOME_DIFFERS, vwo_dev_name(d), "", "absent", "present",
			      text);
}

int vww_diff_strays(struct vwo_ctx *c, struct vws_link *const *defs, size_t n,
		    struct vw_report *r)
{
	struct vwu_map names = { 0 };
	int rc = vwo_dump(c);

	for (size_t i = 0; rc == VW_OK && i < n; i++)
		if (!vwu_map_put(&names, defs[i]->name, i))
			rc = vwc_nomem(c->h);
	for (size_t i = 0; rc == VW_OK && i < c->devs.n; i++) {
		const struct vwk_link *d = &c->devs.v[i];

		if (vwo_is_doomed(d))
			rc = vww_report_add(c->h, r, VW_OUTCOME_DIFFERS, vwo_dev_name(d), "", "absent",
					    "half deleted", "a deletion was cut short; run it again");
		else if (vwo_is_ours(d) && !is_wanted(d, defs, n, &names))
			rc = tell_stray(c, r, d);
	}
	vwu_map_free(&names);
	return rc;
}

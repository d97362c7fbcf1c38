/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* compile.c - a definition and its device, in the words of the policy engine */
#include <stdlib.h>
#include <string.h>

#include "object/engine.h"
#include "object/lower.h"

/* -- what is asked for --------------------------------------------------------------------------------- */

static bool has_policy_prop(const struct vws_link *def)
{
	for (size_t i = 0; i < def->nprops; i++) {
		const struct vwp_desc *d = vwp_find(def->props[i].name);

		if (d != NULL && (d->flags & VWP_POLICY) && strcmp(d->name, "datapath") != 0)
			return true;
	}
	return false;
}

/* A change at work counts before the documents know of it. */
static const struct vws_link *def_now(struct vwo_ctx *c, const char *name)
{
	if (c->changing != NULL && strcmp(c->changing->name, name) == 0)
		return c->changing;
	return vwo_def(c, name);
}

uint64_t vwo_rate_of(struct vwo_ctx *c, const char *name)
{
	const struct vws_link *def = def_now(c, name);
	const char *text = def ? vws_link_prop(def, "maxbw") : NULL;
	uint64_t bits;

	if (text == NULL || vwp_bandwidth_parse(c->h, "maxbw", text, &bits) < 0)
		return VWPL_NONE;
	return bits;
}

/* The link whose queues it shares: below VLANs, which only tag. */
static const char *root_def_name(struct vwo_ctx *c, const struct vws_link *def)
{
	const struct vws_link *over;

	if (!(def->cls & (VW_CLASS_VNIC | VW_CLASS_VLAN)) || def->over == NULL)
		return NULL;
	over = def->cls == VW_CLASS_VNIC ? vwo_def(c, def->over) : NULL;
	return over && over->cls == VW_CLASS_VLAN && over->over ? over->over : def->over;
}

bool vwo_may_want(struct vwo_ctx *c, const struct vws_link *def)
{
	const char *root;

	if (vwo_is_guarded(def) || has_policy_prop(def) || vwo_has_flows(c, def->name))
		return true;
	root = root_def_name(c, def);
	return root != NULL && vwo_rate_of(c, root) != VWPL_NONE;
}

/* -- where it can be held to it -------------------------------------------------------------------------- */

int vwo_refuse_in_zone(struct vwo_ctx *c, const struct vws_link *def)
{
	const struct vws_link *is = vwo_def(c, def->name);

	vwc_why(c->h, VW_ERR_NOTSUP, "the link itself is in zone '%s', whose owner could lift any "
		"limit or protection", def->zone);
	if (is != NULL && vwo_is_guarded(is))	/* it is about to be no more */
		return vwc_hint(c->h, VW_ERR_NOTSUP, "reset its limits and protection and remove its "
				"flows first");
	if (is == NULL && def->cls == VW_CLASS_VNIC)	/* it is about to be made */
		return vwc_hint(c->h, VW_ERR_NOTSUP, "leave datapath=direct away: its port then stays "
				"in the host");
	return vwc_hint(c->h, VW_ERR_NOTSUP, def->cls == VW_CLASS_VNIC
			? "'dladm set-linkprop -p datapath=guarded %s' leaves its port in the host"
			: "take it back ('dladm reset-linkprop -p zone %s') and give the zone a VNIC "
			  "over it", def->name);
}

static int refuse_class(struct vwo_ctx *c, unsigned cls)
{
	vwc_why(c->h, VW_ERR_NOTSUP, "%s switches the traffic of others and has none of its own",
		vwp_a_class(cls));
	return vwc_hint(c->h, VW_ERR_NOTSUP, "set it on the links %s", cls == VW_CLASS_BRIDGE
			? "that are its ports" : "over it");
}

/* The name of a link over @name; "": there is none. */
static int find_over(struct vwo_ctx *c, const char *name, char over[VW_NAME_MAX + 1])
{
	struct vws_link **defs;
	size_t n;
	int rc = vwo_defs(c, &defs, &n);

	over[0] = '\0';
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < n && over[0] == '\0'; i++)
		if (defs[i]->over != NULL && strcmp(defs[i]->over, name) == 0)
			strncpy(over, defs[i]->name, VW_NAME_MAX);
	vwo_defs_free(defs, n);
	return VW_OK;
}

/*
 * Trees of limits are two deep: what is below all, and the links. A limit of a VLAN link is one of
 * the links, and holds none of those over it, which wait beside it in the tree of its NIC.
 */
static int check_vlan(struct vwo_ctx *c, const struct vws_link *def)
{
	const struct vws_link *below = def->over ? def_now(c, def->over) : NULL;
	char over[VW_NAME_MAX + 1] = "";
	const char *vlan = NULL;
	int rc = VW_OK;

	if (below != NULL && below->cls == VW_CLASS_VLAN && vws_link_prop(below, "maxbw")) {
		vlan = below->name;
		strncpy(over, def->name, VW_NAME_MAX);
	} else if (def->cls == VW_CLASS_VLAN && vws_link_prop(def, "maxbw")) {
		vlan = def->name;
		rc = find_over(c, vlan, over);
	}
	if (rc < 0 || over[0] == '\0')
		return rc;
	vwc_why(c->h, VW_ERR_NOTSUP, "maxbw of VLAN link '%s' would not hold '%s', which is over "
		"it", vlan, over);
	return vwc_hint(c->h, VW_ERR_NOTSUP, "limit the links over '%s', or the link below it",
			vlan);
}

/* Whether what is already so can be so. */
static int can_hold(struct vwo_ctx *c, const struct vws_link *def, unsigned cls)
{
	struct vwp_policy p;
	int rc;

	if (!has_policy_prop(def) && !vwo_has_flows(c, def->name))
		return VW_OK;
	if (cls & (VW_CLASS_ETHERSTUB | VW_CLASS_BRIDGE))
		return refuse_class(c, cls);
	if (def->zone != NULL && !vwo_is_guarded(def))
		return vwo_refuse_in_zone(c, def);
	rc = vwp_policy_compile(c->h, def, &p);
	if (rc == VW_OK)
		vwp_policy_clear(&p);
	return rc;
}

int vwo_policy_check(struct vwo_ctx *c, const struct vws_link *def, unsigned cls)
{
	int rc = check_vlan(c, def);

	return rc < 0 ? rc : can_hold(c, def, cls);
}

/* The device at the bottom: what VLAN devices lie on. */
static int find_root(struct vwo_ctx *c, const struct vwk_link *dev, struct vwo_compiled *out)
{
	struct vwk_link below;
	int rc, lower = dev->kind == VWK_VLAN && dev->lower_nsid < 0 ? dev->lower : 0;

	out->l.root = dev->ifindex;
	memcpy(out->root_name, dev->name, sizeof(out->root_name));
	if (lower <= 0)
		return VW_OK;
	rc = vwo_get(c, c->h->nl, NULL, lower, &below);
	if (rc < 0)
		return rc == VW_ERR_NOTFOUND ? VW_OK : rc;
	rc = find_root(c, &below, out);
	vwk_link_clear(&below);
	return rc;
}

static int place_vnic(struct vwo_ctx *c, const struct vwo_link *l, struct vwo_compiled *out)
{
	const struct vwk_link *below = l->has_lower ? &l->lower : &l->dev;

	if (!l->has_port) {
		out->l.place = VWPL_PLAIN;
		out->l.point = l->nl == c->h->nl ? l->dev.ifindex : 0;
		return find_root(c, below, out);
	}
	out->l.point = l->port.ifindex;
	out->l.place = l->has_lower && vwo_is_stub(&l->lower) ? VWPL_STUB : VWPL_PORT;
	out->l.sw = l->has_lower ? l->lower.ifindex : 0;
	out->l.peer = l->port.lower_nsid >= 0;
	return find_root(c, l->has_lower ? &l->lower : &l->port, out);
}

static int place(struct vwo_ctx *c, const struct vws_link *def, const struct vwo_link *l,
		 struct vwo_compiled *out)
{
	const char *root;
	int rc;

	if (l->cls == VW_CLASS_VNIC) {
		rc = place_vnic(c, l, out);
	} else {
		out->l.place = VWPL_PLAIN;
		out->l.point = l->nl == c->h->nl ? l->dev.ifindex : 0;
		rc = find_root(c, &l->dev, out);
	}
	root = root_def_name(c, def);
	out->l.root_name = out->root_name;
	out->l.root_rate = root && out->l.root != out->l.point ? vwo_rate_of(c, root) : VWPL_NONE;
	return rc;
}

static int compile_flows(struct vwo_ctx *c, struct vwo_compiled *out)
{
	int rc = vwo_flow_defs(c, out->name, &out->flow_defs, &out->nflows);

	if (rc < 0 || out->nflows == 0)
		return rc;
	out->flows = calloc(out->nflows, sizeof(*out->flows));
	if (out->flows == NULL)
		return vwc_nomem(c->h);
	for (size_t i = 0; rc == VW_OK && i < out->nflows; i++)
		rc = vwp_flow_compile(c->h, out->flow_defs[i], &out->flows[i]);
	return rc;
}

int vwo_compile(struct vwo_ctx *c, const struct vws_link *def, const struct vwo_link *l,
		struct vwo_compiled *out)
{
	int rc = can_hold(c, def, l->cls);

	memset(out, 0, sizeof(*out));
	if (rc < 0)
		return rc;
	strncpy(out->name, def->name, sizeof(out->name) - 1);
	out->l.name = out->name;
	rc = place(c, def, l, out);
	if (rc == VW_OK)
		rc = vwp_policy_compile(c->h, def, &out->props);
	if (rc < 0)
		return rc;
	out->none = out->l.point == 0;
	out->l.strict = vwo_is_guarded(def);
	out->l.vid = out->l.place == VWPL_PORT ? def->vid : 0;
	memcpy(out->l.mac, def->has_mac ? def->mac : l->dev.mac, 6);
	out->l.limits = out->props.limits;
	out->l.protect = out->props.protect;
	out->l.allowed = out->props.allowed;
	out->l.nallowed = out->props.nallowed;
	out->l.cids = out->props.cids;
	out->l.ncids = out->props.ncids;
	out->l.more_macs = (const uint8_t (*)[6])out->props.more_macs;
	out->l.nmore = out->props.nmore;
	return compile_flows(c, out);
}

void vwo_compiled_clear(struct vwo_compiled *k)
{
	vwp_policy_clear(&k->props);
	vwo_flow_defs_free(k->flow_defs, k->nflows);
	free(k->flows);
	memset(k, 0, sizeof(*k));
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* find.c - one link by name: its definition, its device, and where that is */
#include <stdlib.h>
#include <string.h>

#include "object/lower.h"

/* A device may be taken for the definition's only if its kind fits; names alone prove nothing. */
static bool fits(const struct vws_link *def, const struct vwk_link *dev)
{
	if (def->cls == VW_CLASS_PHYS)
		return true;
	return vwo_is_ours(dev) && vwo_class(dev) == def->cls;
}

/* A VNIC whose owner renamed it in its zone is still known by its address and mark. */
static int find_renamed(struct vwo_ctx *c, const struct vws_link *def, struct vwk_nl *nl,
			struct vwk_link *dev)
{
	struct vwk_links all = { 0 };
	int rc;

	if (!def->has_mac || def->zone == NULL)
		return VW_ERR_NOTFOUND;
	rc = vwk_link_dump(c->h, nl, 0, &all);
	if (rc < 0)
		return rc;
	rc = VW_ERR_NOTFOUND;
	for (size_t i = 0; i < all.n && rc < 0; i++) {
		const char *name = vwo_dev_name(&all.v[i]);

		if (!fits(def, &all.v[i]) || all.v[i].lower_nsid < 0 ||
		    memcmp(all.v[i].mac, def->mac, 6) != 0)
			continue;
		if (strcmp(name, def->name) != 0 && vwo_def(c, name) != NULL)
			continue;	/* another definition's own */
		rc = vwk_link_get(c->h, nl, NULL, all.v[i].ifindex, 0, dev);
	}
	vwk_links_free(&all);
	return rc;
}

int vwo_find_dev(struct vwo_ctx *c, const struct vws_link *def, struct vwk_link *dev)
{
	char name[VWU_IFNAME];
	struct vwk_nl *nl;
	int rc = vwo_zone_nl(c, def->zone, &nl);

	if (rc < 0)
		return rc;
	if (def->cls == VW_CLASS_PHYS)
		return vwo_get(c, nl, def->name, 0, dev);
	vwu_name_kernel(def->name, name);
	rc = vwo_get(c, nl, name, 0, dev);
	if (rc == VW_OK && fits(def, dev))
		return VW_OK;
	if (rc == VW_OK) {
		vwk_link_clear(dev);
		rc = VW_ERR_NOTFOUND;
	}
	return rc == VW_ERR_NOTFOUND ? find_renamed(c, def, nl, dev) : rc;
}

int vwo_host_index(struct vwo_ctx *c, const char *name, int *index)
{
	char kname[VWU_IFNAME];
	struct vwk_link dev;
	int rc;

	*index = 0;
	vwu_name_kernel(name, kname);
	rc = vwk_link_get(c->h, c->h->nl, kname, 0, 0, &dev);
	if (rc < 0)
		return rc == VW_ERR_NOTFOUND ? VW_OK : rc;
	*index = dev.ifindex;
	vwk_link_clear(&dev);
	return VW_OK;
}

int vwo_true_name(struct vwo_ctx *c, char **name)
{
	struct vwk_link dev;
	char *is;
	int rc;

	if (c->h->nl == NULL || vwo_def(c, *name) != NULL)
		return VW_OK;
	rc = vwo_get(c, c->h->nl, *name, 0, &dev);
	if (rc < 0)	/* realising tells that there is none */
		return rc == VW_ERR_NOTFOUND ? VW_OK : rc;
	is = strdup(vwo_dev_name(&dev));
	vwk_link_clear(&dev);
	if (is == NULL)
		return vwc_nomem(c->h);
	free(*name);
	*name = is;
	return VW_OK;
}

static int find_undefined(struct vwo_ctx *c, const char *name, struct vwo_link *out)
{
	int rc = VW_ERR_NOTFOUND;

	if (c->h->nl != NULL && name[0] != '\0')
		rc = vwk_link_get(c->h, c->h->nl, name, 0, 0, &out->dev);
	if (rc == VW_OK && vwo_class(&out->dev) == 0) {
		vwk_link_clear(&out->dev);
		rc = VW_ERR_NOTFOUND;
	}
	if (rc == VW_ERR_NOTFOUND) {
		vwc_why(c->h, rc, "no link '%s'", name);
		return vwc_hint(c->h, rc, "'dladm show-link' lists the links");
	}
	if (rc < 0)
		return rc;
	out->present = true;
	out->nl = c->h->nl;
	out->cls = vwo_class(&out->dev);
	return VW_OK;
}

/* Absent is an answer; a question that could not be asked is an error. */
static int look(struct vwo_ctx *c, const char *name, int ifindex, struct vwk_link *dev, bool *has)
{
	int rc = vwo_get(c, c->h->nl, name, ifindex, dev);

	*has = rc == VW_OK;
	return rc == VW_ERR_NOTFOUND ? VW_OK : rc;
}

/* The port end in the host, and through it the etherstub's bridge; or the device below. */
static int find_host_side(struct vwo_ctx *c, struct vwo_link *out)
{
	char port[VWU_IFNAME], over[VWU_IFNAME] = "";
	int below = 0, rc = VW_OK;

	if (out->cls == VW_CLASS_VNIC && (!out->present || out->dev.kind == VWK_VETH)) {
		vwu_name_port(out->name, port);
		rc = look(c, port, 0, &out->port, &out->has_port);
		if (out->has_port && vwo_is_ours(&out->port))
			below = out->port.master;
		/* a guarded VNIC's port is in no bridge: programs join it with the link below */
		if (out->has_port && below == 0 && out->def && out->def->over)
			vwu_name_kernel(out->def->over, over);
	} else if (out->present && out->dev.kind != VWK_VETH &&
		   (out->dev.lower_nsid < 0 || out->nl != c->h->nl)) {
		below = out->dev.lower;
	}
	if (rc == VW_OK && (below > 0 || over[0] != '\0'))
		rc = look(c, below > 0 ? NULL : over, below, &out->lower, &out->has_lower);
	/* but what is over an etherstub is so by its bridge alone */
	if (rc == VW_OK && below == 0 && over[0] && out->has_lower && vwo_is_stub(&out->lower)) {
		vwk_link_clear(&out->lower);
		out->has_lower = false;
	}
	return rc;
}

static int find_defined(struct vwo_ctx *c, struct vwo_link *out)
{
	int rc;

	out->cls = out->def->cls;
	if (c->h->flags & VW_OPEN_OFFLINE)
		return VW_OK;
	rc = vwo_zone_nl(c, out->def->zone, &out->nl);
	if (rc < 0) {
		out->zone_status = rc;
		vwc_forget(c->h);
		return VW_OK;
	}
	rc = vwo_find_dev(c, out->def, &out->dev);
	if (rc < 0 && rc != VW_ERR_NOTFOUND)
		return rc;
	out->present = rc == VW_OK;
	if (out->present && out->cls == VW_CLASS_PHYS)
		out->cls = vwo_class(&out->dev);
	return VW_OK;
}

int vwo_find_def(struct vwo_ctx *c, const struct vws_link *def, struct vwo_link *out)
{
	int rc;

	memset(out, 0, sizeof(*out));
	out->def = def;
	out->name = strdup(def->name);
	if (out->name == NULL)
		return vwc_nomem(c->h);
	rc = find_defined(c, out);
	if (rc == VW_OK && c->h->nl != NULL)
		rc = find_host_side(c, out);
	if (rc < 0)
		vwo_link_clear(out);
	return rc;
}

int vwo_find(struct vwo_ctx *c, const char *name, struct vwo_link *out)
{
	int rc;

	memset(out, 0, sizeof(*out));
	if (name == NULL || name[0] == '\0')
		return vwc_why(c->h, VW_ERR_BADVAL, "no link name was given");
	out->name = strdup(name);
	if (out->name == NULL)
		return vwc_nomem(c->h);
	out->def = vwo_def(c, name);
	rc = out->def ? find_defined(c, out) : find_undefined(c, name, out);
	if (rc == VW_OK && c->h->nl != NULL)
		rc = find_host_side(c, out);
	if (rc < 0)
		vwo_link_clear(out);
	return rc;
}

void vwo_link_clear(struct vwo_link *l)
{
	if (l->present)
		vwk_link_clear(&l->dev);
	if (l->has_port)
		vwk_link_clear(&l->port);
	if (l->has_lower)
		vwk_link_clear(&l->lower);
	if (l->policy)
		vwpl_state_clear(l->policy);
	free(l->policy);
	free(l->name);
	memset(l, 0, sizeof(*l));
}

static bool bridge_is_ours(struct vwo_ctx *c, const struct vwo_link *l)
{
	struct vwk_link master;
	bool ours;

	if (!l->present || l->dev.port_kind != VWK_BRIDGE ||
	    vwo_get(c, l->nl, NULL, l->dev.master, &master) < 0)
		return false;
	ours = vwo_is_ours(&master) && vwo_class(&master) == VW_CLASS_BRIDGE;
	vwk_link_clear(&master);
	return ours;
}

void vwo_prop_link(struct vwo_ctx *c, const struct vwo_link *l, struct vwp_link *p)
{
	*p = (struct vwp_link){
		.name = l->name,
		.cls = l->cls,
		.nl = l->nl,
		.dev = l->present ? &l->dev : NULL,
		.host = c->h->nl,
		.port = l->has_port ? &l->port : NULL,
		.lower = l->has_lower ? &l->lower : NULL,
		.own_bridge = bridge_is_ours(c, l),
		.def = l->def,
		.policy = l->policy,
	};
}

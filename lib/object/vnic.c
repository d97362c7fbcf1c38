/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vnic.c - virtual NICs */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <vwire/vnic.h>

#include "object/mac.h"
#include "object/single.h"

static int take_attr(struct vwo_ctx *c, const struct vw_vnic_attr *in, struct vw_vnic_attr *attr)
{
	int rc = vwo_attr(c, in, attr, sizeof(*attr), offsetof(struct vw_vnic_attr, vid));

	if (rc < 0)
		return rc;
	if (attr->over == NULL || attr->over[0] == '\0') {
		vwc_why(c->h, VW_ERR_BADVAL, "the link below it is missing");
		return vwc_hint(c->h, VW_ERR_BADVAL, "name it with -l");
	}
	if (attr->vid > 4094)
		return vwc_why(c->h, VW_ERR_BADVAL, "VLAN ID %u is not from 1 to 4094", attr->vid);
	return VW_OK;
}

static int take_zone(struct vwo_ctx *c, const char *zone, struct vws_link *def)
{
	vwu_auto_free char *prop = NULL;

	if (zone == NULL)
		return VW_OK;
	if (asprintf(&prop, "zone=%s", zone) < 0)
		return vwc_nomem(c->h);
	return vwo_def_props(c, def, (const char *const[]){ prop, NULL });
}

static int define(struct vwo_ctx *c, const struct vw_vnic_new *v, unsigned flags,
		  struct vws_link **out)
{
	struct vw_vnic_attr attr;
	struct vws_link *def;
	int rc = v->name ? VW_OK : vwc_why(c->h, VW_ERR_BADVAL, "no name was given");

	if (rc == VW_OK)
		rc = take_attr(c, v->attr, &attr);
	if (rc < 0)
		return rc;
	def = vws_link_new(v->name, VW_CLASS_VNIC);
	if (def == NULL)
		return vwc_nomem(c->h);
	*out = def;
	def->over = strdup(attr.over);
	def->vid = attr.vid;
	def->forced = flags & VW_FORCE;
	if (def->over == NULL)
		return vwc_nomem(c->h);
	/* The name first: it is what a user gets wrong most. */
	rc = vwo_name_free(c, v->name, VW_CLASS_VNIC);
	if (rc == VW_OK)
		rc = vwo_true_name(c, &def->over);
	if (rc == VW_OK)
		rc = vwo_mac_choose(c, attr.mac, attr.mac_prefix, def);
	if (rc == VW_OK)
		rc = take_zone(c, attr.zone, def);
	return rc < 0 ? rc : vwo_def_props(c, def, attr.props);
}

/* Among 4,000 draws of 24 bits two are equal every other time. */
static int part_twins(struct vwo_ctx *c, struct vws_link **defs, size_t n,
		      const struct vw_vnic_new *vnics)
{
	char (*texts)[VW_MAC_STRLEN] = calloc(n, sizeof(*texts));
	struct vwu_map seen = { 0 };
	int rc = texts ? VW_OK : vwc_nomem(c->h);

	for (size_t i = 0, at; rc == VW_OK && n > 1 && i < n; i++) {
		vw_mac_format(defs[i]->mac, texts[i]);
		while (rc == VW_OK && defs[i]->mac_type == VW_MAC_RANDOM &&
		       vwu_map_get(&seen, texts[i], &at)) {
			rc = vwo_mac_draw(c, vnics[i].attr->mac_prefix, defs[i]->mac);
			vw_mac_format(defs[i]->mac, texts[i]);
		}
		if (rc == VW_OK && !vwu_map_put(&seen, texts[i], i))
			rc = vwc_nomem(c->h);
	}
	vwu_map_free(&seen);
	free(texts);
	return rc;
}

int vw_vnic_create_many(struct vw_handle *h, const struct vw_vnic_new *vnics, size_t n,
			unsigned flags)
{
	struct vws_link **defs = NULL;
	struct vwo_ctx c;
	size_t k = 0;
	int rc = vwc_enter(h);

	if (rc < 0)
		return rc;
	if (vnics == NULL || n == 0 || n > 65535 || (flags & ~(VW_TEMPORARY | VW_FORCE)))
		return vwc_why(h, VW_ERR_BADVAL, "give 1 to 65535 VNICs and known flags");
	rc = vwo_begin(h, flags, &c);
	if (rc < 0)
		return vwc_what(h, rc, "cannot create vnic '%s'", vnics[0].name ? vnics[0].name : "");
	defs = calloc(n, sizeof(*defs));
	rc = defs ? vwo_cache(&c, n) : vwc_nomem(h);
	for (; rc == VW_OK && k < n; k++) {
		rc = define(&c, &vnics[k], flags, &defs[k]);
		if (rc < 0)
			vwc_what(h, rc, "cannot create vnic '%s'", vnics[k].name ? vnics[k].name : "");
	}
	if (rc == VW_OK)
		rc = part_twins(&c, defs, n, vnics);
	if (rc == VW_OK)
		rc = vwo_create(&c, "create-vnic", defs, n, flags);
	if (rc < 0)
		vwc_what(h, rc, n == 1 ? "cannot create vnic '%s'" : "cannot create vnics '%s' to '%s'",
			 vnics[0].name ? vnics[0].name : "", vnics[n - 1].name ? vnics[n - 1].name : "");
	vwo_defs_free(defs, n);
	vwo_close(&c);
	return rc;
}

int vw_vnic_create(struct vw_handle *h, const char *name, const struct vw_vnic_attr *attr,
		   unsigned flags)
{
	return vw_vnic_create_many(h, &(struct vw_vnic_new){ name, attr }, 1, flags);
}

int vw_vnic_delete(struct vw_handle *h, const char *name, unsigned flags)
{
	return vwo_delete(h, VW_CLASS_VNIC, &name, 1, flags);
}

int vw_vnic_delete_many(struct vw_handle *h, const char *const *names, size_t n, unsigned flags)
{
	return vwo_delete(h, VW_CLASS_VNIC, names, n, flags);
}

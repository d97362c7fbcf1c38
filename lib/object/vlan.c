/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vlan.c - VLAN links */
#include <string.h>

#include <vwire/vlan.h>

#include "object/lower.h"
#include "object/single.h"

/* VLAN 2 over bge1 is bge2001 (illumos dladm(8)). */
static int default_name(struct vw_handle *h, const struct vw_vlan_attr *attr, char *out, size_t len)
{
	const char *over = attr && attr->over ? attr->over : "";
	size_t n = strlen(over), digits = n;
	uint32_t number;

	while (digits > 0 && over[digits - 1] >= '0' && over[digits - 1] <= '9')
		digits--;
	if (digits == 0 || !vwu_parse_u32(over + digits, 0, 999, &number)) {
		(void)vwc_enter(h);
		vwc_why(h, VW_ERR_BADVAL, "no name can be made from link '%s'", over);
		vwc_hint(h, VW_ERR_BADVAL, "give the VLAN link a name");
		return vwc_what(h, VW_ERR_BADVAL, "cannot create vlan");
	}
	snprintf(out, len, "%.*s%u", (int)(digits > 20 ? 20 : digits), over,
		 attr->vid * 1000 + number);
	return VW_OK;
}

/* Refuse what the kernel would refuse, but say who has the VLAN ID. */
static int check_vid_free(struct vwo_ctx *c, const struct vws_link *def)
{
	struct vws_doc *docs[] = { c->saved, c->temp };

	for (size_t d = 0; d < VWU_ARRAY_SIZE(docs); d++)
		for (size_t i = 0; docs[d] && i < vws_doc_count(docs[d]); i++) {
			const struct vws_link *o = vws_doc_at(docs[d], i);

			if (o && o->cls == VW_CLASS_VLAN && !o->removed && o->vid == def->vid &&
			    strcmp(o->over, def->over) == 0)
				return vwc_why(c->h, VW_ERR_EXIST, "VLAN %u of '%s' is '%s' already",
					       def->vid, def->over, o->name);
		}
	return VW_OK;
}

static int check_default_tag(struct vwo_ctx *c, const struct vws_link *def)
{
	struct vwo_link l;
	uint16_t pvid;
	int rc;

	if (c->h->nl == NULL || vwo_find(c, def->over, &l) < 0) {
		vwc_forget(c->h);
		return VW_OK;	/* realising tells what is wrong with the link below */
	}
	rc = VW_OK;
	if (l.present && l.dev.port_kind == VWK_BRIDGE &&
	    vwk_bridge_pvid(c->h, l.nl, l.dev.ifindex, &pvid) < 0)
		vwc_forget(c->h);	/* no VLAN filtering in this kernel */
	else if (l.present && l.dev.port_kind == VWK_BRIDGE && pvid == def->vid)
		rc = vwc_why(c->h, VW_ERR_BADVAL, "VLAN %u is the default_tag of '%s'", def->vid,
			     def->over);
	vwo_link_clear(&l);
	return rc;
}

static int define(struct vwo_ctx *c, struct vws_link *def, const void *in)
{
	struct vw_vlan_attr attr;
	int rc = vwo_attr(c, in, &attr, sizeof(attr), offsetof(struct vw_vlan_attr, props));

	if (rc < 0)
		return rc;
	if (attr.over == NULL || attr.over[0] == '\0') {
		vwc_why(c->h, VW_ERR_BADVAL, "the link below it is missing");
		return vwc_hint(c->h, VW_ERR_BADVAL, "name it with -l");
	}
	if (attr.vid == 0 || attr.vid > 4094)
		return vwc_why(c->h, VW_ERR_BADVAL, "VLAN ID %u is not from 1 to 4094", attr.vid);
	def->over = strdup(attr.over);
	if (def->over == NULL)
		return vwc_nomem(c->h);
	def->vid = attr.vid;
	rc = vwo_true_name(c, &def->over);
	if (rc == VW_OK)
		rc = check_vid_free(c, def);
	if (rc == VW_OK)
		rc = check_default_tag(c, def);
	return rc < 0 ? rc : vwo_def_props(c, def, attr.props);
}

int vw_vlan_create(struct vw_handle *h, const char *name, const struct vw_vlan_attr *attr,
		   unsigned flags)
{
	char made[VW_NAME_MAX + 1];
	int rc = VW_OK;

	if (name == NULL)
		rc = default_name(h, attr, made, sizeof(made));
	return rc < 0 ? rc : vwo_make(h, name ? name : made, VW_CLASS_VLAN, flags, define, attr);
}

int vw_vlan_delete(struct vw_handle *h, const char *name, unsigned flags)
{
	return vwo_delete(h, VW_CLASS_VLAN, &name, 1, flags);
}

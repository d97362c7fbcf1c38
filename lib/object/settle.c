/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * settle.c - after a kill -9: make the kernel agree with the documents again
 *
 * The intent names every link a killed command was about to touch and where. The documents are
 * byte for byte old or new; so whatever they say of those names is what shall be.
 */
#include <stdlib.h>
#include <string.h>

#include "object/lower.h"

/* Remove what stands under @name in the host or in @zone, made by us and wanted by nobody. */
static int remove_stray(struct vwo_ctx *c, const char *name, const char *zone)
{
	static const unsigned classes[] = { VW_CLASS_VNIC, VW_CLASS_ETHERSTUB, VW_CLASS_VLAN,
					    VW_CLASS_AGGR, VW_CLASS_SIMNET, VW_CLASS_BRIDGE,
					    VW_CLASS_IPTUN };
	int rc = VW_OK;

	for (size_t i = 0; rc == VW_OK && i < VWU_ARRAY_SIZE(classes); i++) {
		struct vws_link *def = vws_link_new(name, classes[i]);

		if (def == NULL)
			return vwc_nomem(c->h);
		if (zone != NULL) {
			def->zone = strdup(zone);
			if (def->zone == NULL)
				rc = vwc_nomem(c->h);
		}
		if (rc == VW_OK)
			rc = vwo_unrealise(c, (const struct vws_link *const *)&def, 1);
		vws_link_free(def);
	}
	return rc;
}

/* A deletion cut short leaves links in the group of the doomed, under their own names. */
static int remove_doomed(struct vwo_ctx *c, const char *name)
{
	char kname[VWU_IFNAME];
	struct vwk_link dev;
	int rc;

	vwu_name_kernel(name, kname);
	rc = vwk_link_get(c->h, c->h->nl, kname, 0, 0, &dev);
	if (rc < 0)
		return rc == VW_ERR_NOTFOUND ? VW_OK : rc;
	if (vwo_is_doomed(&dev))
		rc = vwk_links_delete(c->h, c->h->nl, &dev.ifindex, 1);
	vwk_link_clear(&dev);
	return rc;
}

static bool zone_there(struct vwo_ctx *c, const char *zone)
{
	struct vwo_zone *z = zone ? vwo_zone(c, zone) : NULL;

	if (zone != NULL && (z == NULL || z->fd < 0))
		vwc_forget(c->h);
	return zone == NULL || (z != NULL && z->fd >= 0);
}

static int rebuild(struct vwo_ctx *c, const struct vws_link *in_doc)
{
	struct vws_link *def = vws_link_dup(in_doc);
	int rc = def ? VW_OK : vwc_nomem(c->h);

	if (rc == VW_OK && !vwo_complete(c, def)) {
		rc = vwo_unrealise(c, (const struct vws_link *const *)&def, 1);
		if (rc == VW_OK)
			rc = vwo_realise(c, (const struct vws_link *const *)&def, 1, NULL);
	} else if (rc == VW_OK) {
		rc = vwo_props_apply(c, def);
	}
	vws_link_free(def);
	return rc;
}

/* First all that stands where it should not: it may hold the address of what has to be made. */
static int clear_away(struct vwo_ctx *c, const char *name, const char *zone)
{
	const struct vws_link *def = vwo_def(c, name);
	int index = 0, rc = remove_doomed(c, name);

	if (rc == VW_OK)
		rc = vwo_host_index(c, name, &index);
	if (rc == VW_OK && (def == NULL ||
			    (zone != NULL && (!def->zone || strcmp(def->zone, zone) != 0))))
		rc = zone_there(c, zone) ? remove_stray(c, name, zone) : VW_OK;
	if (rc == VW_OK && def == NULL && zone != NULL)
		rc = remove_stray(c, name, NULL);
	/* it belongs in a zone, and a move out of it was cut short */
	if (rc == VW_OK && def != NULL && def->zone != NULL && def->cls != VW_CLASS_PHYS &&
	    index > 0)
		rc = remove_stray(c, name, NULL);
	return rc;
}

static int put_in_place(struct vwo_ctx *c, const char *name)
{
	const struct vws_link *def = vwo_def(c, name);

	int rc = def != NULL && zone_there(c, def->zone) ? rebuild(c, def) : VW_OK;

	if (rc == VW_OK)
		rc = vwo_policy_settle(c, name);
	if (rc == VW_OK || rc == VW_ERR_NOMEM || rc == VW_ERR_TIMEOUT || rc == VW_ERR_DENIED)
		return rc;
	/* The link below may be gone for good: that shall not stop every command from now on. */
	vwc_log(c->h, VW_LOG_WARNING, "cannot make '%s' again: %s", name, vw_error_message(c->h));
	vwc_restart(c->h);
	return VW_OK;
}

/* rename-link renames in the kernel first: if the documents did not follow, take it back. */
static int settle_rename(struct vwo_ctx *c, const struct vws_intent *in)
{
	int old_index = 0, index = 0, rc;

	/* in a zone ("name zone") the link is made anew instead */
	if (strcmp(in->verb, "rename-link") != 0 || in->n != 2 || strchr(in->names[0], ' ') ||
	    vwo_def(c, in->names[1]) != NULL)
		return VW_OK;
	rc = vwo_host_index(c, in->names[0], &old_index);
	if (rc == VW_OK)
		rc = vwo_host_index(c, in->names[1], &index);
	if (rc < 0 || index == 0 || old_index > 0)
		return rc;
	return vwo_rename_back(c, index, in->names[1], in->names[0]);
}

static int note_settled(struct vwo_ctx *c, const struct vws_intent *in)
{
	c->settled = vwo_names_dup((const char *const *)in->names);
	c->settled_verb = strdup(in->verb);
	return c->settled && c->settled_verb ? VW_OK : vwc_nomem(c->h);
}

int vwo_settle(struct vwo_ctx *c)
{
	struct vws_intent *in = NULL;
	int rc = vws_intent_read(c->h, &in);

	if (rc < 0 || in == NULL)
		return rc;
	vwc_log(c->h, VW_LOG_INFO, "finishing what an interrupted %s left", in->verb);
	rc = settle_rename(c, in);
	for (size_t i = 0; rc == VW_OK && i < in->n; i++) {
		char *zone = strchr(in->names[i], ' ');

		if (zone != NULL)
			*zone++ = '\0';
		rc = clear_away(c, in->names[i], zone);
	}
	c->settling = true;
	for (size_t i = 0; rc == VW_OK && i < in->n; i++)
		rc = put_in_place(c, in->names[i]);
	c->settling = false;
	if (rc == VW_OK)
		rc = vwo_policy_sweep(c);
	if (rc == VW_OK)
		rc = vwo_lower_sweep(c);
	if (rc == VW_OK)
		rc = note_settled(c, in);
	if (rc == VW_OK)
		rc = vws_intent_clear(c->h);
	vws_intent_free(in);
	return rc < 0 ? vwc_what(c->h, rc, "cannot repair what an interrupted command left") : rc;
}

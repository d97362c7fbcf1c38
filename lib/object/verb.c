/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* verb.c - what the verbs that create and change links share */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "object/object.h"

static int name_valid(struct vwo_ctx *c, const char *name, unsigned cls)
{
	const char *reason = cls == VW_CLASS_BRIDGE ? vwu_bridge_name_invalid(name)
						    : vwu_name_invalid(name);
	char better[VW_NAME_MAX + 1];

	if (reason == NULL)
		return VW_OK;
	vwc_why(c->h, VW_ERR_BADVAL, "the name %s", reason);
	if (cls != VW_CLASS_BRIDGE && vwu_name_suggest(name, better, sizeof(better)))
		return vwc_hint(c->h, VW_ERR_BADVAL, "'%s' would do", better);
	return vwc_hint(c->h, VW_ERR_BADVAL, "a name is 1 to 31 letters, digits, '_', '.' or '-'; "
			"it begins with a letter%s",
			cls == VW_CLASS_BRIDGE ? "" : " and ends in a number");
}

int vwo_name_free(struct vwo_ctx *c, const char *name, unsigned cls)
{
	char kname[VWU_IFNAME];
	struct vwk_link dev;
	int rc = name ? name_valid(c, name, cls) : vwc_why(c->h, VW_ERR_BADVAL, "no name was given");

	if (rc < 0)
		return rc;
	if (vwo_def(c, name) != NULL)
		return vwc_why(c->h, VW_ERR_EXIST, "a link of that name exists already");
	if (vws_doc_find(c->saved, name) != NULL) {
		vwc_why(c->h, VW_ERR_EXIST, "a saved link of that name is only removed for now");
		return vwc_hint(c->h, VW_ERR_EXIST, "'vwire restore' brings it back");
	}
	if (c->h->nl == NULL)
		return VW_OK;
	vwu_name_kernel(name, kname);
	rc = vwo_get(c, c->h->nl, kname, 0, &dev);
	if (rc == VW_ERR_NOTFOUND)
		return VW_OK;
	if (rc < 0)
		return rc;
	vwk_link_clear(&dev);
	return vwc_why(c->h, VW_ERR_EXIST, "a link of that name exists already");
}

/* A saved link must find below it, after a reboot, what it was made over. */
static int lower_is_lasting(struct vwo_ctx *c, const char *name)
{
	if (name == NULL || c->temp == NULL || vws_doc_find(c->saved, name) != NULL ||
	    vws_doc_find(c->temp, name) == NULL ||
	    vws_doc_find(c->temp, name)->cls == VW_CLASS_PHYS)
		return VW_OK;
	vwc_why(c->h, VW_ERR_TEMPONLY, "'%s' is temporary", name);
	return vwc_hint(c->h, VW_ERR_TEMPONLY, "use -t, or save '%s' first", name);
}

static bool is_pid(const char *zone)
{
	char path[64];

	if (strncmp(zone, "/proc/", 6) == 0)
		return true;
	if (zone[strspn(zone, "0123456789")] != '\0' || strlen(zone) > 10)
		return false;
	snprintf(path, sizeof(path), "/run/netns/%s", zone);
	return access(path, F_OK) < 0;
}

int vwo_may_last(struct vwo_ctx *c, const struct vws_link *def)
{
	int rc = def->cls == VW_CLASS_SIMNET ? VW_OK : lower_is_lasting(c, def->over);

	for (char **p = def->ports; rc == VW_OK && p && *p; p++)
		rc = lower_is_lasting(c, *p);
	if (rc == VW_OK && def->zone && is_pid(def->zone)) {
		vwc_why(c->h, VW_ERR_TEMPONLY, "zone %s is a process, which does not outlive a reboot",
			def->zone);
		rc = vwc_hint(c->h, rc, "use -t, or a named zone ('ip netns attach NAME %s')",
			      def->zone);
		rc = VW_ERR_TEMPONLY;
	}
	return rc;
}

int vwo_write_def(struct vwo_ctx *c, const struct vws_link *def, unsigned flags)
{
	return vws_doc_put(c->h, flags & VW_TEMPORARY && c->temp ? c->temp : c->saved, def);
}

static int write_all(struct vwo_ctx *c, struct vws_link *const *defs, size_t n, unsigned flags)
{
	int rc = VW_OK;

	for (size_t i = 0; rc == VW_OK && i < n; i++)
		rc = vwo_write_def(c, defs[i], flags);
	return rc < 0 ? rc : vwo_commit(c);
}

/* Also in its zone: what fails half-way is taken back by name. */
static int zone_name_free(struct vwo_ctx *c, const struct vws_link *def)
{
	char kname[VWU_IFNAME];
	struct vwk_link dev;
	struct vwk_nl *nl;
	int rc;

	if (def->zone == NULL || c->h->nl == NULL)
		return VW_OK;
	rc = vwo_zone_nl(c, def->zone, &nl);
	if (rc < 0)
		return rc;
	vwu_name_kernel(def->name, kname);
	rc = vwo_get(c, nl, kname, 0, &dev);
	if (rc == VW_ERR_NOTFOUND)
		return VW_OK;
	if (rc < 0)
		return rc;
	vwk_link_clear(&dev);
	return vwc_why(c->h, VW_ERR_EXIST, "zone '%s' has a link of that name already", def->zone);
}

static int check_new(struct vwo_ctx *c, struct vws_link *const *defs, size_t n, unsigned flags)
{
	struct vwu_map seen = { 0 };
	int rc = VW_OK;

	for (size_t i = 0; rc == VW_OK && i < n; i++) {
		size_t at;

		rc = vwo_name_free(c, defs[i]->name, defs[i]->cls);
		if (rc == VW_OK && vwu_map_get(&seen, defs[i]->name, &at))
			rc = vwc_why(c->h, VW_ERR_EXIST, "the name was given twice");
		if (rc == VW_OK)
			rc = vwo_policy_check(c, defs[i], defs[i]->cls);
		if (rc == VW_OK && !(flags & VW_TEMPORARY))
			rc = vwo_may_last(c, defs[i]);
		if (rc == VW_OK)
			rc = zone_name_free(c, defs[i]);
		if (rc == VW_OK && !vwu_map_put(&seen, defs[i]->name, i))
			rc = vwc_nomem(c->h);
		if (rc < 0)
			vwc_what(c->h, rc, "cannot create %s '%s'", vw_class_name(defs[i]->cls),
				 defs[i]->name ? defs[i]->name : "");
	}
	vwu_map_free(&seen);
	return rc;
}

static int intent_for(struct vwo_ctx *c, const char *verb, struct vws_link *const *defs, size_t n)
{
	vwu_auto_free const char **names = calloc(2 * n, sizeof(*names));

	if (names == NULL)
		return vwc_nomem(c->h);
	for (size_t i = 0; i < n; i++) {
		names[i] = defs[i]->name;
		names[n + i] = defs[i]->zone;
	}
	return vwo_intent(c, verb, names, names + n, n);
}

int vwo_create(struct vwo_ctx *c, const char *verb, struct vws_link *const *defs, size_t n,
	       unsigned flags)
{
	int rc = check_new(c, defs, n, flags);

	vwo_uncache(c);		/* from here on links change */
	if (rc < 0)
		return rc;
	if (c->h->flags & VW_OPEN_OFFLINE)
		return write_all(c, defs, n, flags);
	rc = intent_for(c, verb, defs, n);
	if (rc == VW_OK)
		rc = vwo_realise(c, (const struct vws_link *const *)defs, n, NULL);
	if (rc < 0)
		return rc;
	rc = write_all(c, defs, n, flags);
	if (rc < 0) {
		vwc_keep(c->h);
		for (size_t i = 0; i < n; i++)	/* nothing hidden shall seem wanted */
			(void)vws_doc_del(c->h, flags & VW_TEMPORARY ? c->temp : c->saved,
					  defs[i]->name);
		vwo_undone(c, vwo_unrealise(c, (const struct vws_link *const *)defs, n));
	}
	return rc;
}

static int set_zone(struct vwo_ctx *c, struct vws_link *def, const char *value)
{
	free(def->zone);
	def->zone = value[0] ? strdup(value) : NULL;
	return value[0] && def->zone == NULL ? vwc_nomem(c->h) : VW_OK;
}

static int set_mac(struct vws_link *def, const char *value)
{
	def->has_mac = vwu_mac_parse(value, def->mac);
	def->mac_type = VW_MAC_FIXED;
	return VW_OK;
}

static int one_prop(struct vwo_ctx *c, struct vws_link *def, const char *text)
{
	struct vwp_link p = { .name = def->name, .cls = def->cls, .host = c->h->nl, .def = def };
	char name[64], value[VWP_VALUE_MAX];
	const struct vwp_desc *d;
	const char *typed;
	int rc = vwp_split(c->h, text, name, &typed);

	if (rc == VW_OK)
		rc = vwp_need(c->h, name, def->cls, &d);
	if (rc == VW_OK)
		rc = vwp_parse(c->h, d, &p, typed, value, sizeof(value));
	if (rc < 0)
		return rc;
	if (d->flags & VWP_STRUCTURAL)
		return strcmp(d->name, "zone") == 0 ? set_zone(c, def, value) : set_mac(def, value);
	return vws_link_set_prop(c->h, def, d->name, value);
}

int vwo_def_props(struct vwo_ctx *c, struct vws_link *def, const char *const *props)
{
	int rc = VW_OK;

	for (const char *const *p = props; rc == VW_OK && p && *p; p++) {
		size_t n = strcspn(*p, "=");

		for (const char *const *o = props; o < p; o++)
			if (strncasecmp(*o, *p, n + 1) == 0)
				return vwc_why(c->h, VW_ERR_BADVAL, "property '%.*s' was given twice",
					       (int)n, *p);
		rc = one_prop(c, def, *p);
	}
	return rc;
}

static int edit_in(struct vwo_ctx *c, struct vws_doc *doc, const struct vws_link *base,
		   const char *name, int (*edit)(struct vwo_ctx *, struct vws_link *, void *),
		   void *arg)
{
	struct vws_link *def = base ? vws_link_dup(base) : vws_link_new(name, VW_CLASS_PHYS);
	int rc = def ? edit(c, def, arg) : vwc_nomem(c->h);

	/* A phys link without anything left to say is not worth an entry. */
	if (rc == VW_OK && def->cls == VW_CLASS_PHYS && def->nprops == 0 && def->zone == NULL &&
	    def->over == NULL && !(doc == c->temp && vws_doc_find_line(c->saved, name)))
		rc = vws_doc_del(c->h, doc, name);
	else if (rc == VW_OK)
		rc = vws_doc_put(c->h, doc, def);
	vws_link_free(def);
	return rc;
}

int vwo_edit_def(struct vwo_ctx *c, const char *name, unsigned flags,
		 int (*edit)(struct vwo_ctx *c, struct vws_link *def, void *arg), void *arg)
{
	const struct vws_link *temp = c->temp ? vws_doc_find(c->temp, name) : NULL;
	const struct vws_link *saved = vws_doc_find(c->saved, name);
	bool save = saved != NULL || temp == NULL || temp->cls == VW_CLASS_PHYS;
	int rc = VW_OK;

	if ((flags & VW_TEMPORARY) && c->temp)
		return edit_in(c, c->temp, temp ? temp : saved, name, edit, arg);
	if (temp != NULL && !temp->removed)
		rc = edit_in(c, c->temp, temp, name, edit, arg);
	if (rc == VW_OK && save)
		rc = edit_in(c, c->saved, saved, name, edit, arg);
	return rc;
}

/* As it was. Removing may have failed when all or a part of it was gone already. */
static int put_back(struct vwo_ctx *c, const struct vws_link *old)
{
	int rc = VW_OK;

	if (!vwo_complete(c, old)) {
		rc = vwo_unrealise(c, &old, 1);
		if (rc == VW_OK)
			rc = vwo_realise(c, &old, 1, NULL);
	} else {
		rc = vwo_policy_apply(c, &old, 1);	/* the switch was told that it goes */
	}
	return rc == VW_OK ? vwo_policy_sweep(c) : rc;	/* classes that were begun */
}

int vwo_remake(struct vwo_ctx *c, const struct vws_link *old, const struct vws_link *def)
{
	int rc = vwo_carry(c, old);

	if (rc == VW_OK) {
		rc = vwo_unrealise(c, &old, 1);
		if (rc == VW_OK)
			rc = vwo_realise(c, &def, 1, NULL);
		if (rc < 0) {
			vwc_keep(c->h);
			vwo_undone(c, put_back(c, old));
		}
	}
	vwo_carry_end(c);
	return rc;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* single.c - begin and end of verbs that make or change one link */
#include <stdlib.h>
#include <string.h>

#include "object/single.h"

int vwo_make(struct vw_handle *h, const char *name, unsigned cls, unsigned flags,
	     int (*define)(struct vwo_ctx *c, struct vws_link *def, const void *attr),
	     const void *attr)
{
	const char *what = vw_class_name(cls);
	struct vws_link *def = NULL;
	char verb[32];
	struct vwo_ctx c;
	int rc = vwc_enter(h);

	if (rc < 0)
		return rc;
	snprintf(verb, sizeof(verb), "create-%s", what);
	rc = vwo_begin(h, flags, &c);
	if (rc < 0)
		return vwc_what(h, rc, "cannot create %s '%s'", what, name ? name : "");
	rc = vwo_name_free(&c, name, cls);
	if (rc == VW_OK) {
		def = vws_link_new(name, cls);
		rc = def ? VW_OK : vwc_nomem(h);
	}
	if (rc == VW_OK) {
		def->forced = flags & VW_FORCE;
		rc = define ? define(&c, def, attr) : VW_OK;
	}
	if (rc == VW_OK)
		rc = vwo_create(&c, verb, &def, 1, flags);
	if (rc < 0)
		vwc_what(h, rc, "cannot create %s '%s'", what, name ? name : "");
	vws_link_free(def);
	vwo_close(&c);
	return rc;
}

static int check_class(struct vwo_ctx *c, const struct vwo_link *l, unsigned cls)
{
	if (l->cls != cls)
		return vwc_why(c->h, VW_ERR_BADVAL, "it is %s", vwo_a_class(l->cls));
	if (l->def == NULL) {
		vwc_why(c->h, VW_ERR_BADVAL, "it was not made by libvwire");
		return vwc_hint(c->h, VW_ERR_BADVAL, "change it with what made it");
	}
	return VW_OK;
}

int vwo_change(struct vw_handle *h, const struct vwo_change *ch, const void *arg)
{
	struct vws_link *old = NULL, *def = NULL;
	struct vwo_ctx c;
	struct vwo_link l;
	int rc = vwc_enter(h);

	if (rc < 0)
		return rc;
	rc = vwo_begin(h, ch->flags, &c);
	if (rc < 0)
		return vwc_what(h, rc, "cannot %s '%s'", ch->what, ch->name ? ch->name : "");
	rc = vwo_find(&c, ch->name, &l);
	if (rc == VW_OK) {
		rc = check_class(&c, &l, ch->cls);
		old = rc == VW_OK ? vws_link_dup(l.def) : NULL;
		def = old ? vws_link_dup(old) : NULL;
		if (rc == VW_OK && def == NULL)
			rc = vwc_nomem(h);
		vwo_link_clear(&l);
	}
	if (rc == VW_OK)
		rc = ch->edit(&c, def, arg);
	if (rc == VW_OK && !(h->flags & VW_OPEN_OFFLINE)) {
		rc = vwo_intent(&c, ch->verb, &ch->name, NULL, 1);
		if (rc == VW_OK)
			rc = ch->apply(&c, old, def, arg);
		if (rc < 0 && c.intent) {
			vwc_keep(h);
			(void)ch->apply(&c, def, old, arg);
		}
	}
	if (rc == VW_OK) {
		rc = vwo_replace_def(&c, def, ch->flags);
		if (rc == VW_OK)
			rc = vwo_commit(&c);
		if (rc < 0 && !(h->flags & VW_OPEN_OFFLINE)) {
			vwc_keep(h);
			(void)ch->apply(&c, def, old, arg);
		}
	}
	if (rc < 0)
		vwc_what(h, rc, "cannot %s '%s'", ch->what, ch->name ? ch->name : "");
	vws_link_free(old);
	vws_link_free(def);
	vwo_close(&c);
	return rc;
}

int vwo_replace_def(struct vwo_ctx *c, const struct vws_link *def, unsigned flags)
{
	bool in_temp = c->temp && vws_doc_find(c->temp, def->name) != NULL;
	bool in_saved = vws_doc_find(c->saved, def->name) != NULL;
	int rc = VW_OK;

	if (c->temp && (in_temp || (flags & VW_TEMPORARY)))
		rc = vws_doc_put(c->h, c->temp, def);
	if (rc == VW_OK && in_saved && !(flags & VW_TEMPORARY))
		rc = vws_doc_put(c->h, c->saved, def);
	return rc;
}

int vwo_attr(struct vwo_ctx *c, const void *in, void *out, size_t size, size_t least)
{
	size_t given = in ? *(const size_t *)in : 0;

	memset(out, 0, size);
	if (given < least || given > 4096)
		return vwc_why(c->h, VW_ERR_BADVAL, "the attributes have no size");
	memcpy(out, in, given < size ? given : size);
	return VW_OK;
}

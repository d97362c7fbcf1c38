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
		return vwc_why(c->h, VW_ERR_BADVAL, "it is %s", vwp_a_class(l->cls));
	if (l->def == NULL) {
		vwc_why(c->h, VW_ERR_BADVAL, "it was not made by libvwire");
		return vwc_hint(c->h, VW_ERR_BADVAL, "change it with what made it");
	}
	return VW_OK;
}

/* What each document will say; NULL: it does not change. The temporary one is in force. */
struct copies {
	struct vws_link *temp, *saved;
};

static int edit_copy(struct vwo_ctx *c, const struct vwo_change *ch, const void *arg,
		     const struct vws_link *base, struct vws_link **copy)
{
	*copy = vws_link_dup(base);
	return *copy ? ch->edit(c, *copy, arg) : vwc_nomem(c->h);
}

/* Each its own: what is in force for now is not what is saved. */
static int edit_copies(struct vwo_ctx *c, const struct vwo_change *ch, const void *arg,
		       const char *name, struct copies *new)
{
	const struct vws_link *temp = c->temp ? vws_doc_find(c->temp, name) : NULL;
	const struct vws_link *saved = vws_doc_find(c->saved, name);
	bool for_now = ch->flags & VW_TEMPORARY;
	int rc = VW_OK;

	if (temp != NULL || for_now)
		rc = edit_copy(c, ch, arg, temp ? temp : saved, &new->temp);
	if (rc == VW_OK && saved != NULL && !for_now)
		rc = edit_copy(c, ch, arg, saved, &new->saved);
	return rc;
}

static int write_copies(struct vwo_ctx *c, const struct copies *new)
{
	int rc = new->temp ? vws_doc_put(c->h, c->temp, new->temp) : VW_OK;

	if (rc == VW_OK && new->saved)
		rc = vws_doc_put(c->h, c->saved, new->saved);
	return rc < 0 ? rc : vwo_commit(c);
}

static int carry_out(struct vwo_ctx *c, const struct vwo_change *ch, const void *arg,
		     const struct vws_link *old, const struct copies *new)
{
	const struct vws_link *def = new->temp ? new->temp : new->saved;
	bool live = !(c->h->flags & VW_OPEN_OFFLINE);
	int rc = live ? vwo_intent(c, ch->verb, (const char *const *)&old->name, NULL, 1) : VW_OK;

	if (rc == VW_OK && live)
		rc = ch->apply(c, old, def, arg);
	if (rc == VW_OK)
		rc = write_copies(c, new);
	if (rc < 0 && c->intent) {
		vwc_keep(c->h);
		vwo_undone(c, ch->apply(c, def, old, arg));
	}
	return rc;
}

int vwo_change(struct vw_handle *h, const struct vwo_change *ch, const void *arg)
{
	struct copies new = { 0 };
	struct vws_link *old = NULL;
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
		if (rc == VW_OK && old == NULL)
			rc = vwc_nomem(h);
		vwo_link_clear(&l);
	}
	if (rc == VW_OK)
		rc = edit_copies(&c, ch, arg, old->name, &new);
	if (rc == VW_OK)
		rc = carry_out(&c, ch, arg, old, &new);
	if (rc < 0)
		vwc_what(h, rc, "cannot %s '%s'", ch->what, ch->name ? ch->name : "");
	vws_link_free(old);
	vws_link_free(new.temp);
	vws_link_free(new.saved);
	vwo_close(&c);
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

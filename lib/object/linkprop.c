/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* linkprop.c - set, reset and show properties of links */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <vwire/linkprop.h>

#include "object/engine.h"
#include "object/rows.h"
#include "object/zone.h"

/* One change: a property, its new value (NULL: reset), and where it is noted. */
struct change {
	const struct vwp_desc	*d;
	const char		*value;
	unsigned		 flags;
};

static int edit_prop(struct vwo_ctx *c, struct vws_link *def, void *arg)
{
	const struct change *ch = arg;

	if ((ch->d->flags & VWP_STRUCTURAL) && def->cls != VW_CLASS_PHYS) {	/* mac-address */
		if (ch->value)
			def->has_mac = vwu_mac_parse(ch->value, def->mac);
		def->mac_type = ch->value ? VW_MAC_FIXED : def->mac_type;
		return VW_OK;
	}
	return vws_link_set_prop(c->h, def, ch->d->name, ch->value);
}

/* Nothing to give back: an old value that could not be read is not set again. */
static void put_back(struct vwo_ctx *c, const struct vwp_desc *d, const char *name,
		     const char *old)
{
	struct vwp_link p;
	struct vwo_link l;
	int rc;

	vwc_keep(c->h);
	if (old[0] == '\0' || strcmp(old, "?") == 0)
		return;
	rc = vwo_find(c, name, &l);	/* how it was found before is no longer how it is */
	if (rc == VW_OK) {
		vwo_prop_link(c, &l, &p);
		rc = l.present ? d->apply(c->h, &p, old) : VW_OK;
		vwo_link_clear(&l);
	}
	vwo_undone(c, rc);
}

static int refuse_absent(struct vwo_ctx *c, const struct vwo_link *l)
{
	if (l->def == NULL && l->present && vwo_is_ours(&l->dev))
		return vwc_why(c->h, VW_ERR_NOTSUP, "nothing is written down of what it is made of");
	if (l->present || l->has_port)
		return VW_OK;
	vwc_why(c->h, VW_ERR_NOTFOUND, "the link is absent: its zone '%s' is not there",
		l->def && l->def->zone ? l->def->zone : "?");
	return vwc_hint(c->h, VW_ERR_NOTFOUND, "'vwire restore' makes it again when it is");
}

/* The definition, as it is by now, to the engine. */
static int tell_policy(struct vwo_ctx *c, const char *name)
{
	const struct vws_link *now = vwo_def(c, name);
	struct vws_link *def = now ? vws_link_dup(now) : NULL;
	int rc = VW_OK;

	if (now != NULL)
		rc = def ? vwo_policy_change(c, def, def) : vwc_nomem(c->h);
	vws_link_free(def);
	return rc;
}

static int apply_live(struct vwo_ctx *c, const struct vwo_link *l, const struct change *ch,
		      const char *value)
{
	char old[VWP_VALUE_MAX] = "", name[VW_NAME_MAX + 1];
	struct vwp_link p;
	int rc = l->present ? VW_OK : refuse_absent(c, l);

	if (rc == VW_OK && l->def == NULL && vwo_is_ours(&l->dev))
		rc = refuse_absent(c, l);
	if (rc == VW_OK && !l->present)
		rc = vwc_why(c->h, VW_ERR_NOTFOUND, "the link is not in its zone");
	if (rc < 0)
		return rc;
	snprintf(name, sizeof(name), "%s", l->name);
	vwo_prop_link(c, l, &p);
	rc = vwo_intent(c, "set-linkprop", (const char *const *)&l->name, NULL, 1);
	if (rc < 0)
		return rc;
	if (vwp_read(c->h, ch->d, &p, old, sizeof(old)) < 0)
		vwc_forget(c->h);
	rc = vwp_apply(c->h, ch->d, &p, value);
	if (rc < 0) {
		put_back(c, ch->d, name, old);
		return rc;
	}
	rc = vwo_edit_def(c, l->name, ch->flags, edit_prop, (void *)ch);
	/* addresses are what protection and switching go by */
	if (rc == VW_OK && strstr(ch->d->name, "mac") != NULL)
		rc = tell_policy(c, name);
	if (rc == VW_OK)
		rc = vwo_commit(c);
	if (rc < 0)
		put_back(c, ch->d, name, old);
	return rc;
}

/* From one definition to another in the kernel, and back when it cannot be written down. */
static int replace(struct vwo_ctx *c, const struct vwo_link *l, const struct change *ch,
		   const struct vws_link *old, const struct vws_link *def,
		   int (*go)(struct vwo_ctx *, const struct vws_link *, const struct vws_link *))
{
	const char *names[] = { l->name }, *zones[] = { old->zone };
	int rc = vwo_intent(c, "set-linkprop", names, zones, 1);

	if (rc == VW_OK)
		rc = go(c, old, def);
	if (rc == VW_OK)
		rc = vwo_edit_def(c, l->name, ch->flags, edit_prop, (void *)ch);
	if (rc == VW_OK)
		rc = vwo_commit(c);
	if (rc < 0 && c->intent) {
		vwc_keep(c->h);
		vwo_undone(c, go(c, def, old));
	}
	return rc;
}

/* Limits, protection and the rest of the policy are decided together; datapath is what a VNIC is
 * made of. */
static int change_policy(struct vwo_ctx *c, const struct vwo_link *l, const struct change *ch)
{
	bool remake = strcmp(ch->d->name, "datapath") == 0;
	struct vws_link *old = l->def ? vws_link_dup(l->def) : vws_link_new(l->name, VW_CLASS_PHYS);
	struct vws_link *def = old ? vws_link_dup(old) : NULL;
	int rc = def ? edit_prop(c, def, (void *)ch) : vwc_nomem(c->h);

	if (rc == VW_OK)
		rc = vwo_policy_check(c, def, l->cls);
	if (rc == VW_OK && (c->h->flags & VW_OPEN_OFFLINE)) {
		rc = vwo_edit_def(c, l->name, ch->flags, edit_prop, (void *)ch);
		rc = rc < 0 ? rc : vwo_commit(c);
	} else if (rc == VW_OK) {
		rc = refuse_absent(c, l);
		if (rc == VW_OK)
			rc = replace(c, l, ch, old, def, remake ? vwo_remake : vwo_policy_change);
	}
	vws_link_free(old);
	vws_link_free(def);
	return rc;
}

static int change_one(struct vwo_ctx *c, const struct vwo_link *l, struct change *ch,
		      const char *text)
{
	char value[VWP_VALUE_MAX];
	struct vwp_link p;
	int rc = VW_OK;

	vwo_prop_link(c, l, &p);
	if (ch->d->apply == NULL && !(ch->d->flags & (VWP_STRUCTURAL | VWP_POLICY))) {
		/* a row may know better why: "is always on" */
		if (text && ch->d->parse)
			rc = vwp_parse(c->h, ch->d, &p, text, value, sizeof(value));
		return rc < 0 ? rc : vwc_why(c->h, VW_ERR_READONLY, "the property is read-only");
	}
	if (text != NULL)
		rc = vwp_parse(c->h, ch->d, &p, text, value, sizeof(value));
	else
		vwp_default(c->h, ch->d, &p, value, sizeof(value));
	if (rc < 0)
		return rc;
	if (text == NULL && strcmp(value, "--") == 0)
		value[0] = '\0';
	ch->value = text ? value : NULL;
	if (strcmp(ch->d->name, "zone") == 0)
		return vwo_set_zone(c, l, value, ch->flags);
	if (ch->d->flags & VWP_POLICY)
		return change_policy(c, l, ch);
	if (c->h->flags & VW_OPEN_OFFLINE) {
		rc = vwo_edit_def(c, l->name, ch->flags, edit_prop, ch);
		return rc < 0 ? rc : vwo_commit(c);
	}
	return apply_live(c, l, ch, value);
}

static int set(struct vw_handle *h, const char *link, const char *prop, const char *text,
	       unsigned flags, const char *what)
{
	struct change ch = { .flags = flags };
	struct vwo_ctx c;
	struct vwo_link l;
	int rc = vwc_enter(h);

	if (rc < 0)
		return rc;
	rc = prop ? vwo_begin(h, flags, &c) : vwc_why(h, VW_ERR_BADVAL, "no property was given");
	if (rc == VW_OK) {
		rc = vwo_find(&c, link, &l);
		if (rc == VW_OK) {
			rc = vwp_need(h, prop, l.cls, &ch.d);
			if (rc == VW_OK)
				rc = change_one(&c, &l, &ch, text);
			vwo_link_clear(&l);
		}
		if (rc < 0)
			vwc_what(h, rc, "cannot %s property '%s' of '%s'", what, prop,
				 link ? link : "");
		vwo_close(&c);
		return rc;
	}
	return vwc_what(h, rc, "cannot %s property '%s' of '%s'", what, prop ? prop : "",
			link ? link : "");
}

int vw_linkprop_set(struct vw_handle *h, const char *link, const char *prop, const char *value,
		    unsigned flags)
{
	return set(h, link, prop, value ? value : "", flags, "set");
}

/* Every property that has been set; the others are at their defaults as far as we know. */
static int reset_all(struct vw_handle *h, const char *link, unsigned flags)
{
	vwu_auto_free char **names = NULL;
	struct vwu_str text = { 0 };
	struct vwo_ctx c;
	struct vwo_link l;
	size_t n = 0;
	int rc = vwo_read(h, &c);

	if (rc < 0)
		return rc;
	rc = vwo_find(&c, link, &l);
	if (rc == VW_OK) {
		for (size_t i = 0; l.def && i < l.def->nprops; i++)
			vwu_str_addf(&text, "%s%s", text.len ? "," : "", l.def->props[i].name);
		if (l.def && l.def->zone)
			vwu_str_addf(&text, "%szone", text.len ? "," : "");
		vwo_link_clear(&l);
	}
	vwo_close(&c);
	if (rc == VW_OK && text.len > 0) {
		names = vwu_split(text.s, ',', &n);
		rc = names ? VW_OK : vwc_nomem(h);
	}
	vwu_str_free(&text);
	for (size_t i = 0; rc == VW_OK && i < n; i++)
		rc = set(h, link, names[i], NULL, flags, "reset");
	return rc;
}

int vw_linkprop_reset(struct vw_handle *h, const char *link, const char *prop, unsigned flags)
{
	int rc = vwc_enter(h);

	if (rc < 0)
		return rc;
	if (prop == NULL)
		return reset_all(h, link, flags);
	return set(h, link, prop, NULL, flags, "reset");
}

/* -- showing ------------------------------------------------------------------------------------------------ */

struct vw_linkprops {
	struct vwo_rows r;
};

static const char *saved_value(struct vwo_ctx *c, const char *link, const struct vwp_desc *d,
			       char *buf)
{
	const struct vws_link *def = vws_doc_find(c->saved, link);
	const char *value = def ? vws_link_prop(def, d->name) : NULL;

	if (def && strcmp(d->name, "zone") == 0)
		value = def->zone;
	if (def && strcmp(d->name, "mac-address") == 0 && def->has_mac)
		value = vw_mac_format(def->mac, buf);
	return value ? value : "";
}

static int show_one(struct vwo_ctx *c, struct vwo_link *l, const struct vwp_desc *d, unsigned flags,
		    struct vwo_rows *out)
{
	struct vw_linkprop_info *i = vwo_row_add(out);
	char text[VWP_VALUE_MAX];
	bool unknown = false;
	struct vwp_link p;
	int rc = VW_OK;

	if (i == NULL)
		return vwc_nomem(c->h);
	if ((d->flags & VWP_POLICY) && vwo_policy_read(c, l) < 0) {
		unknown = l->def != NULL && vwo_may_want(c, l->def);
		vwc_forget(c->h);
	}
	vwo_prop_link(c, l, &p);
	i->link = vwu_pool_str(&out->pool, l->name);
	i->name = d->name;
	i->perm = d->apply || (d->flags & (VWP_STRUCTURAL | VWP_POLICY)) ? "rw" : "r-";
	if ((flags & VW_LIST_SAVED) || c->h->nl == NULL) {
		i->value = vwu_pool_str(&out->pool, saved_value(c, l->name, d, text));
	} else {
		rc = vwp_read(c->h, d, &p, text, sizeof(text));
		i->value = vwu_pool_str(&out->pool, rc < 0 || unknown ? "?" : text);
	}
	i->supported = rc != VW_ERR_NOTSUP;
	vwp_default(c->h, d, &p, text, sizeof(text));
	i->defval = vwu_pool_str(&out->pool, text);
	vwp_possible(c->h, d, &p, text, sizeof(text));
	i->possible = vwu_pool_str(&out->pool, text);
	vwc_forget(c->h);
	return out->pool.failed ? vwc_nomem(c->h) : VW_OK;
}

static int show_link(struct vwo_ctx *c, const char *name, const char *const *props, unsigned flags,
		     bool all_links, struct vwo_rows *out)
{
	const struct vwp_desc *d;
	struct vwo_link l;
	int rc = vwo_find(c, name, &l);

	if (rc < 0)
		return rc;
	for (size_t i = 0; rc == VW_OK && !props && i < vwp_nlinkprops; i++)
		if (vwp_linkprops[i].classes & l.cls)
			rc = show_one(c, &l, &vwp_linkprops[i], flags, out);
	for (; rc == VW_OK && props && *props; props++) {
		rc = vwp_need(c->h, *props, l.cls, &d);
		if (rc == VW_OK)
			rc = show_one(c, &l, d, flags, out);
		else if (all_links && vwp_find(*props)) {	/* another class has it */
			vwc_forget(c->h);
			rc = VW_OK;
		}
	}
	vwo_link_clear(&l);
	return rc;
}

static int show_all(struct vw_handle *h, struct vwo_ctx *c, const char *const *props,
		    unsigned flags, struct vwo_rows *out)
{
	const struct vw_link_info *i;
	struct vw_links *links;
	int rc = vw_link_list(h, NULL, flags & VW_LIST_SAVED, &links);

	if (rc < 0)
		return rc;
	while (rc == VW_OK && (i = vw_link_next(links)) != NULL) {
		rc = show_link(c, i->name, props, flags, true, out);
		if (rc == VW_ERR_NOTFOUND && vwo_def(c, i->name) == NULL &&
		    (!props || vwp_find(*props))) {
			vwc_forget(h);	/* it went away meanwhile */
			rc = VW_OK;
		}
	}
	vw_link_list_free(links);
	return rc;
}

int vw_linkprop_list(struct vw_handle *h, const char *link, const char *const *props,
		     unsigned flags, struct vw_linkprops **pp)
{
	struct vwo_rows *out;
	struct vwo_ctx c;
	int rc = vwc_enter(h);

	if (rc == VW_OK)
		rc = vwo_read(h, &c);
	if (rc < 0)
		return rc;
	out = calloc(1, sizeof(*out));
	if (out != NULL)
		out->size = sizeof(struct vw_linkprop_info);
	if (out == NULL)
		rc = vwc_nomem(h);
	else if (link)
		rc = show_link(&c, link, props, flags, false, out);
	else
		rc = show_all(h, &c, props, flags, out);
	vwo_close(&c);
	if (rc < 0)
		vwo_rows_free(out);
	else
		*pp = (struct vw_linkprops *)out;
	return rc;
}

const struct vw_linkprop_info *vw_linkprop_next(struct vw_linkprops *p)
{
	return vwo_row_next(&p->r);
}

void vw_linkprop_list_free(struct vw_linkprops *p)
{
	vwo_rows_free((struct vwo_rows *)p);
}

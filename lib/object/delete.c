/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* delete.c - delete links of any class; who sits on a link? */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "object/engine.h"

/* -- who sits on a link ---------------------------------------------------------------------------- */

struct sitters {
	struct vwu_str	names;
	size_t		n;
	const char	*but;
	bool		removed;
};

static void sitter(struct sitters *s, const char *name)
{
	if (s->n < 3)
		vwu_str_addf(&s->names, "%s'%s'", s->n ? ", " : "", name);
	s->n++;
}

static int sitters_in_docs(struct vwo_ctx *c, const char *name, struct vws_doc *doc,
			   struct sitters *s)
{
	for (size_t i = 0; doc && i < vws_doc_count(doc); i++) {
		const struct vws_link *def = vws_doc_at(doc, i);

		if (def == NULL)
			return vw_error_status(c->h);
		if (def->removed || (s->but && strcmp(def->name, s->but) == 0) ||
		    (!s->removed && doc == c->saved && vwo_def(c, def->name) == NULL))
			continue;
		if (doc == c->temp && vws_doc_find(c->saved, def->name) != NULL)
			continue;	/* counted there */
		if ((def->over && (def->cls & (VW_CLASS_VNIC | VW_CLASS_VLAN)) &&
		     strcmp(def->over, name) == 0) ||
		    vwo_names_has((const char *const *)def->ports, name))
			sitter(s, def->name);
	}
	return VW_OK;
}

/* Links of others, which no document knows. */
static int sitters_in_kernel(struct vwo_ctx *c, const struct vwk_link *dev, struct sitters *s)
{
	int rc = vwo_dump(c);

	for (size_t i = 0; rc == VW_OK && i < c->devs.n; i++) {
		const struct vwk_link *d = &c->devs.v[i];
		bool over = d->lower == dev->ifindex && d->lower_nsid < 0 && d->kind != VWK_VETH;

		if (dev->kind == VWK_BRIDGE)
			over |= d->master == dev->ifindex;
		if (over && !vwo_is_ours(d) && !vwo_is_doomed(d))
			sitter(s, d->name);
	}
	return rc;
}

int vwo_unused(struct vwo_ctx *c, const char *name, const struct vwk_link *dev, const char *but,
	       bool removed)
{
	struct sitters s = { .but = but, .removed = removed };
	int rc = sitters_in_docs(c, name, c->saved, &s);

	if (rc == VW_OK)
		rc = sitters_in_docs(c, name, c->temp, &s);
	if (rc == VW_OK && dev != NULL)
		rc = sitters_in_kernel(c, dev, &s);
	if (rc == VW_OK && s.n > 0) {
		vwc_why(c->h, VW_ERR_BUSY, "%s%s %s on it", s.names.s ? s.names.s : "links",
			s.n > 3 ? " and others" : "", s.n > 1 ? "sit" : "sits");
		rc = vwc_hint(c->h, VW_ERR_BUSY, "delete %s first", s.n > 1 ? "them" : "it");
	}
	vwu_str_free(&s.names);
	return rc;
}

/* -- deleting ---------------------------------------------------------------------------------------- */

static int check_ours(struct vwo_ctx *c, const struct vwo_link *l, unsigned cls)
{
	if (l->cls != cls) {
		vwc_why(c->h, VW_ERR_BADVAL, "it is %s", vwp_a_class(l->cls));
		if (l->def == NULL && l->cls == VW_CLASS_PHYS)
			return VW_ERR_BADVAL;
		return vwc_hint(c->h, VW_ERR_BADVAL, "use 'dladm delete-%s'", vw_class_name(l->cls));
	}
	if (l->def == NULL && l->present && !vwo_is_ours(&l->dev)) {
		vwc_why(c->h, VW_ERR_BADVAL, "it was not made by libvwire");
		return vwc_hint(c->h, VW_ERR_BADVAL, "remove it with what made it, or 'ip link "
				"delete'");
	}
	return VW_OK;
}

/* A VNIC carries nothing of ours (paper section 3.1); for all others somebody may sit on it. */
static int check_unused(struct vwo_ctx *c, const struct vwo_link *l, unsigned flags)
{
	if (l->cls == VW_CLASS_VNIC)
		return VW_OK;
	if (l->cls == VW_CLASS_BRIDGE && l->def && vwo_names_count((const char **)l->def->ports)) {
		vwc_why(c->h, VW_ERR_BUSY, "it has ports");
		return vwc_hint(c->h, VW_ERR_BUSY, "'dladm remove-bridge -l %s %s' takes the first "
				"out", l->def->ports[0], l->name);
	}
	/* what is removed only for now will want it again */
	return vwo_unused(c, l->name, l->present ? &l->dev : NULL, NULL, !(flags & VW_TEMPORARY));
}

/* The definition, or what the mark of a link without one tells. */
static struct vws_link *doomed_def(const struct vwo_link *l)
{
	return l->def ? vws_link_dup(l->def) : vws_link_new(l->name, l->cls);
}

static int choose(struct vwo_ctx *c, unsigned cls, const char *name, unsigned flags,
		  struct vws_link **out)
{
	struct vwo_link l;
	int rc = vwo_find(c, name, &l);

	if (rc < 0)
		return rc;
	rc = check_ours(c, &l, cls);
	if (rc == VW_OK)
		rc = check_unused(c, &l, flags);
	if (rc == VW_OK) {
		*out = doomed_def(&l);
		rc = *out ? VW_OK : vwc_nomem(c->h);
	}
	vwo_link_clear(&l);
	return rc;
}

/* The flows of a link go with it; with VW_TEMPORARY the saved ones wait for it to come back. */
static int forget_flows(struct vwo_ctx *c, const char *link, unsigned flags)
{
	struct vws_doc *docs[] = { c->temp, flags & VW_TEMPORARY ? NULL : c->saved };
	int rc = VW_OK;

	for (size_t d = 0; rc == VW_OK && d < VWU_ARRAY_SIZE(docs); d++) {
		size_t i;

		while (rc == VW_OK && docs[d] &&
		       (i = vws_flow_next_of(docs[d], link, 0)) < vws_flow_count(docs[d])) {
			const struct vws_flow *f = vws_flow_at(docs[d], i);
			vwu_auto_free char *name = f ? strdup(f->name) : NULL;

			rc = name ? vws_flow_del(c->h, docs[d], name) : vwc_nomem(c->h);
		}
	}
	return rc;
}

static int forget(struct vwo_ctx *c, struct vws_link *def, unsigned flags)
{
	int rc = forget_flows(c, def->name, flags);

	if (rc < 0)
		return rc;
	if (!(flags & VW_TEMPORARY)) {
		rc = c->temp ? vws_doc_del(c->h, c->temp, def->name) : VW_OK;
		return rc < 0 ? rc : vws_doc_del(c->h, c->saved, def->name);
	}
	if (vws_doc_find(c->saved, def->name) == NULL || c->temp == NULL)
		return c->temp ? vws_doc_del(c->h, c->temp, def->name) : VW_OK;
	def->removed = true;
	rc = vws_doc_put(c->h, c->temp, def);
	def->removed = false;
	return rc;
}

/* The documents first: a full disk then changes nothing at all. */
static int carry_out(struct vwo_ctx *c, const char *verb, struct vws_link **defs, size_t n,
		     unsigned flags)
{
	vwu_auto_free const char **names = calloc(2 * n, sizeof(*names));
	int rc = names ? VW_OK : vwc_nomem(c->h);

	for (size_t i = 0; rc == VW_OK && i < n; i++) {
		names[i] = defs[i]->name;
		names[n + i] = defs[i]->zone;
	}
	if (rc == VW_OK && c->h->nl != NULL)
		rc = vwk_may_change(c->h, c->h->nl);
	if (rc == VW_OK && c->h->nl != NULL)
		rc = vwo_intent(c, verb, names, names + n, n);
	if (rc == VW_OK && c->h->nl != NULL)
		rc = vwo_remember(c);
	for (size_t i = 0; rc == VW_OK && i < n; i++)
		rc = forget(c, defs[i], flags);
	if (rc == VW_OK)
		rc = vwo_commit(c);
	if (rc < 0 || c->h->nl == NULL)
		return rc;
	rc = vwo_unrealise(c, (const struct vws_link *const *)defs, n);
	if (rc < 0) {
		vwo_take_back(c);
		c->unclean = true;	/* the next command makes again what went already */
	}
	return rc;
}

int vwo_delete(struct vw_handle *h, unsigned cls, const char *const *names, size_t n,
	       unsigned flags)
{
	struct vws_link **defs = NULL;
	struct vwo_ctx c;
	char verb[32];
	size_t k = 0;
	int rc = vwc_enter(h);

	if (rc < 0)
		return rc;
	if (names == NULL || n == 0 || n > 65535)
		return vwc_why(h, VW_ERR_BADVAL, "give 1 to 65535 names");
	snprintf(verb, sizeof(verb), "delete-%s", vw_class_name(cls));
	rc = vwo_begin(h, flags, &c);
	if (rc < 0)
		return vwc_what(h, rc, "cannot delete %s '%s'", vw_class_name(cls), names[0]);
	defs = calloc(n, sizeof(*defs));
	rc = defs ? vwo_cache(&c, n) : vwc_nomem(h);
	for (size_t i = 0; rc == VW_OK && i < n; i++) {
		rc = choose(&c, cls, names[i], flags, &defs[k]);
		if (rc == VW_ERR_NOTFOUND && vwo_was_settled(&c, verb, names[i])) {
			vwc_forget(h);	/* this very deletion was cut short and is done now */
			rc = VW_OK;
			continue;
		}
		if (rc < 0)
			vwc_what(h, rc, "cannot delete %s '%s'", vw_class_name(cls),
				 names[i] ? names[i] : "");
		k += rc == VW_OK;
	}
	if (rc == VW_OK && k > 0)
		rc = carry_out(&c, verb, defs, k, flags);
	if (rc < 0)
		vwc_what(h, rc, "cannot delete %s '%s'", vw_class_name(cls), names[0]);
	vwo_defs_free(defs, k);
	vwo_close(&c);
	return rc;
}

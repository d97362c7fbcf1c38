/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* flow.c - add and remove flows */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <vwire/flow.h>

#include "object/flow.h"
#include "object/single.h"

/* -- the link of a flow -------------------------------------------------------------------------------- */

int vwo_flow_target(struct vwo_ctx *c, const char *link, struct vwo_target *t)
{
	struct vws_link *def;
	int rc;

	memset(t, 0, sizeof(*t));
	rc = vwo_find(c, link, &t->l);
	if (rc < 0)
		return rc;
	t->present = c->h->nl != NULL && (t->l.present || t->l.has_port);
	if (t->l.def == NULL && t->l.present && vwo_is_ours(&t->l.dev))
		return vwc_why(c->h, VW_ERR_NOTSUP, "nothing is written down of what link '%s' is "
			       "made of", link);
	def = t->l.def ? vws_link_dup(t->l.def) : vws_link_new(t->l.name, VW_CLASS_PHYS);
	if (def == NULL)
		return vwc_nomem(c->h);
	t->def = def;
	t->l.def = def;		/* the documents are about to change */
	rc = vwo_compile(c, def, &t->l, &t->k);
	if (rc == VW_OK && t->k.none && t->present)
		rc = vwo_refuse_in_zone(c, def);
	return rc;
}

void vwo_flow_target_clear(struct vwo_target *t)
{
	vwo_compiled_clear(&t->k);
	vwo_link_clear(&t->l);
	vws_link_free(t->def);
	memset(t, 0, sizeof(*t));
}

int vwo_flow_intent(struct vwo_ctx *c, const char *verb, const char *link, const char *zone)
{
	return c->h->nl ? vwo_intent(c, verb, &link, &zone, 1) : VW_OK;
}

/* -- adding ---------------------------------------------------------------------------------------------- */

static int name_free(struct vwo_ctx *c, const char *name)
{
	const char *reason = name ? vwu_flow_name_invalid(name) : "is missing";

	if (reason != NULL) {
		vwc_why(c->h, VW_ERR_BADVAL, "the name %s", reason);
		return vwc_hint(c->h, VW_ERR_BADVAL, "a name is 1 to 127 letters, digits, '_', '.' or "
				"'-' and begins with a letter");
	}
	if (vwo_flow_def(c, name) != NULL)
		return vwc_why(c->h, VW_ERR_EXIST, "a flow of that name exists already");
	if (vws_flow_find_line(c->saved, name)) {
		vwc_why(c->h, VW_ERR_EXIST, "a saved flow of that name is only removed for now");
		return vwc_hint(c->h, VW_ERR_EXIST, "'vwire restore' brings it back");
	}
	return VW_OK;
}

static int link_is_lasting(struct vwo_ctx *c, const char *link)
{
	const struct vws_link *temp = c->temp ? vws_doc_find(c->temp, link) : NULL;

	if (temp == NULL || temp->cls == VW_CLASS_PHYS || vws_doc_find(c->saved, link) != NULL)
		return VW_OK;
	vwc_why(c->h, VW_ERR_TEMPONLY, "link '%s' is temporary", link);
	return vwc_hint(c->h, VW_ERR_TEMPONLY, "use -t");
}

static int define(struct vwo_ctx *c, const struct vw_flow_new *new, unsigned flags,
		  struct vws_flow **out)
{
	struct vw_flow_attr attr;
	vwu_auto_free char *link = NULL;
	int rc = name_free(c, new->name);

	if (rc == VW_OK)
		rc = vwo_attr(c, new->attr, &attr, sizeof(attr), offsetof(struct vw_flow_attr, props));
	if (rc < 0)
		return rc;
	if (attr.link == NULL || attr.link[0] == '\0') {
		vwc_why(c->h, VW_ERR_BADVAL, "the link is missing");
		return vwc_hint(c->h, VW_ERR_BADVAL, "name it with -l");
	}
	link = strdup(attr.link);
	rc = link ? vwo_true_name(c, &link) : vwc_nomem(c->h);
	if (rc == VW_OK && !(flags & VW_TEMPORARY))
		rc = link_is_lasting(c, link);
	if (rc < 0)
		return rc;
	*out = vws_flow_new(new->name, link);
	if (*out == NULL)
		return vwc_nomem(c->h);
	rc = vwp_flow_attrs(c->h, *out, attr.match);
	return rc < 0 ? rc : vwp_flow_props(c->h, *out, attr.props);
}

static int refuse_overlap(struct vwo_ctx *c, const char *new, const char *there,
			  const struct vwo_target *t)
{
	vwc_what(c->h, VW_ERR_EXIST, "cannot add flow '%s'", new);
	vwc_why(c->h, VW_ERR_EXIST, "a packet can match both it and flow '%s'", there);
	return vwc_hint(c->h, VW_ERR_EXIST, "flows of a link must not overlap, so that their order "
			"never matters; 'flowadm show-flow -l %s' lists them", t->l.name);
}

static int check_apart(struct vwo_ctx *c, const struct vwo_target *t, const struct vwpl_flow *new,
		       size_t n)
{
	size_t had = t->k.nflows, a, b;
	vwu_auto_free struct vwpl_match *m = calloc(had + n, sizeof(*m));
	bool any = false;

	for (size_t i = 0; m && i < had + n; i++)
		m[i] = i < had ? t->k.flows[i].match : new[i - had].match;
	if (m == NULL || vwpl_overlap_any(m, had + n, &any, &a, &b) < 0)
		return vwc_nomem(c->h);
	if (!any)
		return VW_OK;
	/* a comes before b: if one of them is there already, it is a */
	return refuse_overlap(c, b < had ? t->k.flows[b].name : new[b - had].name,
			      a < had ? t->k.flows[a].name : new[a - had].name, t);
}

/* New flows of one link. */
struct group {
	const char	 *link;
	struct vws_flow **defs;		/* borrowed */
	struct vwpl_flow *flows;
	size_t		  n;
	struct vwo_target t;
	bool		  done;
};

static int compile_group(struct vwo_ctx *c, struct group *g)
{
	int rc = vwo_flow_target(c, g->link, &g->t);

	if (rc == VW_OK && (g->t.l.cls & (VW_CLASS_ETHERSTUB | VW_CLASS_BRIDGE))) {
		vwc_why(c->h, VW_ERR_NOTSUP, "%s switches the traffic of others and has none of its "
			"own", vwp_a_class(g->t.l.cls));
		rc = vwc_hint(c->h, VW_ERR_NOTSUP, "add it to a VNIC over '%s'", g->link);
	}
	g->flows = calloc(g->n, sizeof(*g->flows));
	if (rc == VW_OK && g->flows == NULL)
		rc = vwc_nomem(c->h);
	for (size_t i = 0; rc == VW_OK && i < g->n; i++)
		rc = vwp_flow_compile(c->h, g->defs[i], &g->flows[i]);
	return rc < 0 ? rc : check_apart(c, &g->t, g->flows, g->n);
}

static int tell_engine(struct vwo_ctx *c, struct group *g)
{
	struct vwpl *p;
	int rc;

	if (!g->t.present)
		return VW_OK;
	rc = vwo_engine(c, true, &p);
	g->done = rc == VW_OK;		/* what fails half-way has to be taken back, too */
	if (rc == VW_OK)
		rc = vwpl_flows_set(p, &g->t.k.l, g->flows, g->n);
	for (size_t i = 0; rc == VW_OK && i < g->n; i++)
		rc = vwo_flow_steer(c, &g->t, g->defs[i], &g->flows[i], true);
	return rc;
}

static void take_back(struct vwo_ctx *c, struct group *g)
{
	vwu_auto_free struct vwpl_match *m = calloc(g->n, sizeof(*m));
	struct vwpl *p = NULL;

	if (!g->done)
		return;
	if (m == NULL || vwo_engine(c, false, &p) < 0 || p == NULL) {
		c->unclean = true;
		return;
	}
	for (size_t i = 0; i < g->n; i++) {
		m[i] = g->flows[i].match;
		vwo_undone(c, vwo_flow_steer(c, &g->t, g->defs[i], &g->flows[i], false));
	}
	vwo_undone(c, vwpl_flows_del(p, &g->t.k.l, m, g->n));
	vwo_undone(c, vwo_policy_change(c, g->t.def, g->t.def));
}

static int write_flows(struct vwo_ctx *c, struct vws_flow *const *defs, size_t n, unsigned flags)
{
	struct vws_doc *doc = (flags & VW_TEMPORARY) && c->temp ? c->temp : c->saved;
	int rc = VW_OK;

	for (size_t i = 0; rc == VW_OK && i < n; i++)
		rc = vws_flow_put(c->h, doc, defs[i]);
	return rc < 0 ? rc : vwo_commit(c);
}

/* Of a document that could not be saved: what is applied again shall not find them there. */
static void unwrite_flows(struct vwo_ctx *c, struct vws_flow *const *defs, size_t n, unsigned flags)
{
	struct vws_doc *doc = (flags & VW_TEMPORARY) && c->temp ? c->temp : c->saved;

	for (size_t i = 0; i < n; i++)
		(void)vws_flow_del(c->h, doc, defs[i]->name);
}

static int by_link(const void *a, const void *b)
{
	return strcmp((*(struct vws_flow *const *)a)->link, (*(struct vws_flow *const *)b)->link);
}

static size_t make_groups(struct vws_flow **defs, size_t n, struct group *groups)
{
	size_t k = 0;

	qsort(defs, n, sizeof(*defs), by_link);
	for (size_t i = 0; i < n; i++) {
		if (k == 0 || strcmp(groups[k - 1].link, defs[i]->link) != 0)
			groups[k++] = (struct group){ .link = defs[i]->link, .defs = &defs[i] };
		groups[k - 1].n++;
	}
	return k;
}

static int intent_of(struct vwo_ctx *c, const struct group *groups, size_t n)
{
	vwu_auto_free const char **names = calloc(2 * n, sizeof(*names));

	if (c->h->nl == NULL)
		return VW_OK;
	if (names == NULL)
		return vwc_nomem(c->h);
	for (size_t i = 0; i < n; i++) {
		names[i] = groups[i].link;
		names[n + i] = groups[i].t.def->zone;
	}
	return vwo_intent(c, "add-flow", names, names + n, n);
}

static int add_all(struct vwo_ctx *c, struct vws_flow **defs, size_t n, unsigned flags)
{
	struct group *groups = calloc(n, sizeof(*groups));
	size_t ngroups = groups ? make_groups(defs, n, groups) : 0;
	int rc = groups ? VW_OK : vwc_nomem(c->h);

	for (size_t i = 0; rc == VW_OK && i < ngroups; i++) {
		rc = compile_group(c, &groups[i]);
		if (rc < 0)	/* unless it was told already: the first of that link */
			vwc_what(c->h, rc, "cannot add flow '%s'", groups[i].defs[0]->name);
	}
	if (rc == VW_OK)
		rc = intent_of(c, groups, ngroups);
	for (size_t i = 0; rc == VW_OK && i < ngroups; i++) {
		rc = tell_engine(c, &groups[i]);
		if (rc < 0)
			vwc_what(c->h, rc, "cannot add flow '%s'", groups[i].defs[0]->name);
	}
	if (rc == VW_OK)
		rc = write_flows(c, defs, n, flags);
	if (rc < 0) {
		vwc_keep(c->h);
		unwrite_flows(c, defs, n, flags);
		for (size_t i = 0; i < ngroups; i++)
			take_back(c, &groups[i]);
	}
	for (size_t i = 0; i < ngroups; i++) {
		vwo_flow_target_clear(&groups[i].t);
		free(groups[i].flows);
	}
	free(groups);
	return rc;
}

int vw_flow_add_many(struct vw_handle *h, const struct vw_flow_new *flows, size_t n, unsigned flags)
{
	struct vws_flow **defs = NULL;
	struct vwu_map seen = { 0 };
	struct vwo_ctx c;
	int rc = vwc_enter(h);

	if (rc < 0)
		return rc;
	if (flows == NULL || n == 0 || n > 65535 || (flags & ~VW_TEMPORARY))
		return vwc_why(h, VW_ERR_BADVAL, "give 1 to 65535 flows and known flags");
	rc = vwo_begin(h, flags, &c);
	if (rc < 0)
		return vwc_what(h, rc, "cannot add flow '%s'", flows[0].name ? flows[0].name : "");
	defs = calloc(n, sizeof(*defs));
	rc = defs ? VW_OK : vwc_nomem(h);
	for (size_t i = 0, at; rc == VW_OK && i < n; i++) {
		rc = define(&c, &flows[i], flags, &defs[i]);
		if (rc == VW_OK && vwu_map_get(&seen, flows[i].name, &at))
			rc = vwc_why(h, VW_ERR_EXIST, "the name was given twice");
		if (rc == VW_OK && !vwu_map_put(&seen, flows[i].name, i))
			rc = vwc_nomem(h);
		if (rc < 0)
			vwc_what(h, rc, "cannot add flow '%s'", flows[i].name ? flows[i].name : "");
	}
	if (rc == VW_OK)
		rc = add_all(&c, defs, n, flags);
	if (rc < 0)
		vwc_what(h, rc, "cannot add flow '%s'", flows[0].name ? flows[0].name : "");
	vwu_map_free(&seen);
	vwo_flow_defs_free(defs, n);
	vwo_close(&c);
	return rc;
}

int vw_flow_add(struct vw_handle *h, const char *name, const struct vw_flow_attr *attr,
		unsigned flags)
{
	return vw_flow_add_many(h, &(struct vw_flow_new){ name, attr }, 1, flags);
}

/* -- removing -------------------------------------------------------------------------------------------- */

static int forget_one(struct vwo_ctx *c, struct vws_flow *f, unsigned flags)
{
	int rc = VW_OK;

	if (!(flags & VW_TEMPORARY)) {
		if (c->temp)
			rc = vws_flow_del(c->h, c->temp, f->name);
		return rc < 0 ? rc : vws_flow_del(c->h, c->saved, f->name);
	}
	if (c->temp == NULL || !vws_flow_find_line(c->saved, f->name))
		return c->temp ? vws_flow_del(c->h, c->temp, f->name) : VW_OK;
	f->removed = true;
	rc = vws_flow_put(c->h, c->temp, f);
	f->removed = false;
	return rc;
}

static int leave_engine(struct vwo_ctx *c, const char *link, struct vws_flow *const *defs, size_t n)
{
	vwu_auto_free struct vwpl_match *m = calloc(n, sizeof(*m));
	struct vwo_target t;
	struct vwpl *p = NULL;
	int rc = m ? vwo_flow_target(c, link, &t) : vwc_nomem(c->h);

	if (m == NULL)
		return rc;
	if (rc == VW_ERR_NOTFOUND) {	/* the link is gone, and its flows with it */
		vwc_forget(c->h);
		vwo_flow_target_clear(&t);
		return VW_OK;
	}
	for (size_t i = 0; rc == VW_OK && i < n; i++) {
		struct vwpl_flow f;

		rc = vwp_flow_compile(c->h, defs[i], &f);
		m[i] = f.match;
		if (rc == VW_OK && t.present)
			rc = vwo_flow_steer(c, &t, defs[i], &f, false);
	}
	if (rc == VW_OK && t.present)
		rc = vwo_engine(c, false, &p);
	if (rc == VW_OK && p != NULL)
		rc = vwpl_flows_del(p, &t.k.l, m, n);
	/* with its last flow a link may lose what it was hooked for */
	if (rc == VW_OK && p != NULL)
		rc = vwo_policy_change(c, t.def, t.def);
	vwo_flow_target_clear(&t);
	return rc;
}

/* The documents know them again, so the link gets them with all it has. */
static int give_back(struct vwo_ctx *c, const char *link, struct vws_flow *const *defs, size_t n)
{
	struct vwo_target t;
	int rc = vwo_flow_target(c, link, &t);

	if (rc == VW_OK && t.present)
		rc = vwo_policy_change(c, t.def, t.def);
	for (size_t i = 0; rc == VW_OK && i < n; i++) {
		struct vwpl_flow f;

		rc = vwp_flow_compile(c->h, defs[i], &f);
		if (rc == VW_OK)
			rc = vwo_flow_steer(c, &t, defs[i], &f, true);
	}
	vwo_flow_target_clear(&t);
	return rc;
}

static int remove_of_link(struct vwo_ctx *c, const char *verb, const char *link,
			  struct vws_flow **defs, size_t n, unsigned flags)
{
	const struct vws_link *ldef = vwo_def(c, link);
	int rc = vwo_flow_intent(c, verb, link, ldef ? ldef->zone : NULL);

	if (rc == VW_OK && c->h->nl != NULL)
		rc = vwo_remember(c);
	for (size_t i = 0; rc == VW_OK && i < n; i++)
		rc = forget_one(c, defs[i], flags);
	if (rc == VW_OK)
		rc = vwo_commit(c);
	if (rc < 0 || c->h->nl == NULL)
		return rc;
	rc = leave_engine(c, link, defs, n);
	if (rc < 0) {
		vwo_take_back(c);
		vwo_undone(c, give_back(c, link, defs, n));
	}
	return rc;
}

int vw_flow_remove(struct vw_handle *h, const char *name, unsigned flags)
{
	const struct vws_flow *found;
	struct vws_flow *f = NULL;
	struct vwo_ctx c;
	char verb[192];		/* an intent names links: the flow is told by its verb */
	int rc = vwc_enter(h);

	if (rc < 0)
		return rc;
	rc = vwo_begin(h, flags, &c);
	if (rc < 0)
		return vwc_what(h, rc, "cannot remove flow '%s'", name ? name : "");
	snprintf(verb, sizeof(verb), "remove-flow %s", name ? name : "");
	found = name ? vwo_flow_def(&c, name) : NULL;
	if (found == NULL && vwo_was_settled(&c, verb, NULL)) {
		vwo_close(&c);
		return VW_OK;
	}
	if (found == NULL) {
		vwc_why(h, VW_ERR_NOTFOUND, "there is no such flow");
		rc = vwc_hint(h, VW_ERR_NOTFOUND, "'flowadm show-flow' lists the flows");
	} else {
		f = vws_flow_dup(found);
		rc = f ? remove_of_link(&c, verb, f->link, &f, 1, flags) : vwc_nomem(h);
	}
	if (rc < 0)
		vwc_what(h, rc, "cannot remove flow '%s'", name ? name : "");
	vws_flow_free(f);
	vwo_close(&c);
	return rc;
}

int vw_flow_remove_all(struct vw_handle *h, const char *link, unsigned flags)
{
	struct vws_flow **defs = NULL;
	struct vwo_link l;
	struct vwo_ctx c;
	size_t n = 0;
	int rc = vwc_enter(h);

	if (rc < 0)
		return rc;
	rc = link ? vwo_begin(h, flags, &c) : vwc_why(h, VW_ERR_BADVAL, "no link was given");
	if (rc < 0)
		return vwc_what(h, rc, "cannot remove the flows of link '%s'", link ? link : "");
	rc = vwo_flow_defs(&c, link, &defs, &n);
	if (rc == VW_OK && n > 0) {
		rc = remove_of_link(&c, "remove-flow", link, defs, n, flags);
	} else if (rc == VW_OK) {	/* of a link that does not exist there can be none */
		rc = vwo_find(&c, link, &l);
		if (rc == VW_OK)
			vwo_link_clear(&l);
	}
	if (rc < 0)
		vwc_what(h, rc, "cannot remove the flows of link '%s'", link);
	vwo_flow_defs_free(defs, n);
	vwo_close(&c);
	return rc;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* flowprop.c - set, reset and show properties of flows */
#include <stdlib.h>
#include <string.h>

#include "object/flow.h"
#include "object/rows.h"

static int in_kernel(struct vwo_ctx *c, const struct vwo_target *t, const struct vws_flow *old,
		     const struct vws_flow *def)
{
	struct vwpl_flow was, f;
	struct vwpl *p;
	int rc = vwp_flow_compile(c->h, def, &f);

	if (rc == VW_OK)
		rc = vwp_flow_compile(c->h, old, &was);
	if (rc < 0 || !t->present)
		return rc;
	rc = vwo_engine(c, true, &p);
	if (rc == VW_OK)
		rc = vwpl_flows_set(p, &t->k.l, &f, 1);
	if (rc == VW_OK)
		rc = vwo_flow_steer(c, t, old, &was, false);
	return rc < 0 ? rc : vwo_flow_steer(c, t, def, &f, true);
}

/* Asked of the kernel again: a value that did not take is no success. */
static int verify(struct vwo_ctx *c, const struct vwo_target *t, const struct vws_flow *def,
		  const char *prop)
{
	const struct vw_flowprop_desc *d;
	struct vwpl_flow_state s;
	struct vwpl_flow f;
	char is[VWP_VALUE_MAX];
	const char *want = vws_flow_prop(def, prop);
	struct vwpl *p;
	int rc;

	if (!t->present || want == NULL)
		return VW_OK;
	rc = vwp_flow_compile(c->h, def, &f);
	if (rc == VW_OK)
		rc = vwo_engine(c, false, &p);
	if (rc == VW_OK)
		rc = vwpl_flow_get(p, t->k.l.point, &f.match, &s);
	if (rc == VW_OK)
		rc = vwp_flowprop_need(c->h, prop, &d);
	if (rc == VW_OK)
		rc = vwp_flowprop_read(c->h, d, def, &s, is, sizeof(is));
	if (rc == VW_OK && strcmp(is, want) != 0)
		rc = vwc_why(c->h, VW_ERR_KERNEL, "%s: is '%s' after it was set to '%s'", prop, is,
			     want);
	return rc;
}

static int edit_in(struct vwo_ctx *c, struct vws_doc *doc, const struct vws_flow *base,
		   const char *prop, const char *value)
{
	struct vws_flow *def = vws_flow_dup(base);
	int rc = def ? vwp_flow_prop(c->h, def, prop, value) : vwc_nomem(c->h);

	if (rc == VW_OK)
		rc = vws_flow_put(c->h, doc, def);
	vws_flow_free(def);
	return rc;
}

/* In what each document says of the flow: what is in force for now is not what is saved. */
static int write_down(struct vwo_ctx *c, const char *name, const char *prop, const char *value,
		      unsigned flags)
{
	const struct vws_flow *temp = c->temp ? vws_flow_find(c->temp, name) : NULL;
	const struct vws_flow *saved = vws_flow_find(c->saved, name);
	bool for_now = flags & VW_TEMPORARY;
	int rc = VW_OK;

	if (temp != NULL || for_now)
		rc = edit_in(c, c->temp, temp ? temp : saved, prop, value);
	if (rc == VW_OK && saved != NULL && !for_now)
		rc = edit_in(c, c->saved, saved, prop, value);
	return rc < 0 ? rc : vwo_commit(c);
}

static int change(struct vwo_ctx *c, const struct vws_flow *old, const char *prop,
		  const char *value, unsigned flags)
{
	struct vws_flow *def = vws_flow_dup(old);
	struct vwo_target t = { 0 };
	int rc = def ? vwp_flow_prop(c->h, def, prop, value) : vwc_nomem(c->h);

	if (rc == VW_OK) {
		rc = vwo_flow_target(c, old->link, &t);
		if (rc == VW_ERR_NOTFOUND) {	/* kept for a link that is not there now */
			vwc_forget(c->h);
			rc = VW_OK;
		}
	}
	if (rc == VW_OK)
		rc = vwo_flow_intent(c, "set-flowprop", old->link, t.def ? t.def->zone : NULL);
	if (rc == VW_OK) {
		rc = in_kernel(c, &t, old, def);
		if (rc == VW_OK)
			rc = verify(c, &t, def, prop);
		if (rc == VW_OK)
			rc = write_down(c, old->name, prop, value, flags);
		if (rc < 0) {
			vwc_keep(c->h);
			vwo_undone(c, in_kernel(c, &t, def, old));
		}
	}
	vwo_flow_target_clear(&t);
	vws_flow_free(def);
	return rc;
}

static int no_such(struct vwo_ctx *c)
{
	vwc_why(c->h, VW_ERR_NOTFOUND, "there is no such flow");
	return vwc_hint(c->h, VW_ERR_NOTFOUND, "'flowadm show-flow' lists the flows");
}

static int set(struct vw_handle *h, const char *flow, const char *prop, const char *value,
	       unsigned flags, const char *what)
{
	const struct vws_flow *found;
	struct vws_flow *old = NULL;
	struct vwo_ctx c;
	int rc = vwo_begin(h, flags, &c);

	if (rc < 0)
		return vwc_what(h, rc, "cannot %s property '%s' of flow '%s'", what, prop,
				flow ? flow : "");
	found = flow ? vwo_flow_def(&c, flow) : NULL;
	old = found ? vws_flow_dup(found) : NULL;
	if (found == NULL)
		rc = no_such(&c);
	else
		rc = old ? change(&c, old, prop, value, flags) : vwc_nomem(h);
	if (rc < 0)
		vwc_what(h, rc, "cannot %s property '%s' of flow '%s'", what, prop, flow ? flow : "");
	vws_flow_free(old);
	vwo_close(&c);
	return rc;
}

int vw_flowprop_set(struct vw_handle *h, const char *flow, const char *prop, const char *value,
		    unsigned flags)
{
	int rc = vwc_enter(h);

	if (rc < 0)
		return rc;
	if (prop == NULL)
		return vwc_why(h, VW_ERR_BADVAL, "no property was given");
	return set(h, flow, prop, value ? value : "", flags, "set");
}

/* Names of the properties that are set, for free() as one; they change while they are reset. */
static int names_of(struct vw_handle *h, const char *flow, char ***names, size_t *n)
{
	struct vwu_str text = { 0 };
	const struct vws_flow *f;
	struct vwo_ctx c;
	int rc = vwo_read(h, &c);

	if (rc < 0)
		return rc;
	f = flow ? vwo_flow_def(&c, flow) : NULL;
	if (f == NULL)
		rc = no_such(&c);
	for (size_t i = 0; f && i < f->nprops; i++)
		vwu_str_addf(&text, "%s%s", i ? "," : "", f->props[i].name);
	vwo_close(&c);
	if (rc == VW_OK && text.len > 0) {
		*names = vwu_split(text.s, ',', n);
		rc = *names ? VW_OK : vwc_nomem(h);
	}
	vwu_str_free(&text);
	return rc;
}

int vw_flowprop_reset(struct vw_handle *h, const char *flow, const char *prop, unsigned flags)
{
	vwu_auto_free char **names = NULL;
	size_t n = 0;
	int rc = vwc_enter(h);

	if (rc < 0)
		return rc;
	if (prop != NULL)
		return set(h, flow, prop, NULL, flags, "reset");
	rc = names_of(h, flow, &names, &n);
	if (rc < 0)
		return vwc_what(h, rc, "cannot reset the properties of flow '%s'", flow ? flow : "");
	for (size_t i = 0; rc == VW_OK && i < n; i++)
		rc = set(h, flow, names[i], NULL, flags, "reset");
	return rc;
}

/* -- showing ------------------------------------------------------------------------------------------------ */

struct vw_flowprops {
	struct vwo_rows r;
};

/* One listing at work. */
struct shower {
	struct vwo_ctx		*c;
	struct vwo_rows		*out;
	const char *const	*props;
	unsigned		 flags;
	struct vwo_target	 t;	/* of the link of the flow before */
	int			 status;	/* of finding it */
	char			*link;
};

/* A flow as the kernel has it. */
struct live {
	int			 status;	/* VW_ERR_NOTFOUND: not there now; else unreadable */
	struct vwpl_flow	 flow;
	struct vwpl_flow_state	 state;
};

static int look(struct shower *s, const struct vws_flow *f, struct live *now)
{
	struct vwpl *p;
	int rc;

	if (s->link == NULL || strcmp(s->link, f->link) != 0) {
		vwo_flow_target_clear(&s->t);
		free(s->link);
		s->link = strdup(f->link);
		if (s->link == NULL)
			return vwc_nomem(s->c->h);
		s->status = vwo_flow_target(s->c, f->link, &s->t);
	}
	rc = s->status < 0 ? s->status : vwp_flow_compile(s->c->h, f, &now->flow);
	if (rc == VW_OK && !s->t.present)
		return VW_ERR_NOTFOUND;
	if (rc == VW_OK)
		rc = vwo_engine(s->c, false, &p);
	if (rc < 0 || p == NULL)
		return rc < 0 ? rc : VW_ERR_NOTFOUND;
	return vwpl_flow_get(p, s->t.k.l.point, &now->flow.match, &now->state);
}

static int show_prop(struct shower *s, const struct vws_flow *f, const struct vw_flowprop_desc *d,
		     const struct live *now)
{
	struct vw_flowprop_info *i = vwo_row_add(s->out);
	char text[VWP_VALUE_MAX] = "";
	const char *value = vws_flow_prop(f, d->name);	/* all there is of one that is not there */
	int rc = now->status;

	if (i == NULL)
		return vwc_nomem(s->c->h);
	if (rc == VW_OK && strcmp(d->name, "cpus") == 0)
		rc = vwo_flow_cpus(s->c, &s->t, f, &now->flow, text, sizeof(text));
	else if (rc == VW_OK)
		rc = vwp_flowprop_read(s->c->h, d, f, &now->state, text, sizeof(text));
	if (rc != VW_ERR_NOTFOUND)
		value = rc == VW_OK ? text : "?";
	vwc_forget(s->c->h);
	i->flow = vwu_pool_str(&s->out->pool, f->name);
	i->link = vwu_pool_str(&s->out->pool, f->link);
	i->name = d->name;
	i->value = vwu_pool_str(&s->out->pool, value ? value : "");
	i->defval = d->defval;
	i->possible = d->possible;
	return s->out->pool.failed ? vwc_nomem(s->c->h) : VW_OK;
}

static int show_flow(struct shower *s, const struct vws_flow *f)
{
	const struct vw_flowprop_desc *d;
	struct live now = { .status = VW_ERR_NOTFOUND };
	int rc = VW_OK;

	if (!(s->flags & VW_LIST_SAVED) && s->c->h->nl != NULL) {
		now.status = look(s, f, &now);
		vwc_forget(s->c->h);
	}
	for (size_t i = 0; rc == VW_OK && !s->props && (d = vwp_flowprop(i)) != NULL; i++)
		rc = show_prop(s, f, d, &now);
	for (const char *const *p = s->props; rc == VW_OK && p && *p; p++) {
		rc = vwp_flowprop_need(s->c->h, *p, &d);
		if (rc == VW_OK)
			rc = show_prop(s, f, d, &now);
	}
	return rc;
}

static int show_saved(struct shower *s, const char *flow, const char *link)
{
	int rc = VW_OK;

	for (size_t i = 0; rc == VW_OK && i < vws_flow_count(s->c->saved); i++) {
		const struct vws_flow *f = vws_flow_at(s->c->saved, i);

		if (f == NULL)
			return vw_error_status(s->c->h);
		if ((!flow || strcmp(flow, f->name) == 0) && (!link || strcmp(link, f->link) == 0))
			rc = show_flow(s, f);
	}
	return rc;
}

static int show_active(struct shower *s, const char *flow, const char *link)
{
	struct vws_flow **defs = NULL;
	size_t n = 0;
	int rc = vwo_flow_defs(s->c, link, &defs, &n);

	for (size_t i = 0; rc == VW_OK && i < n; i++)
		if (!flow || strcmp(flow, defs[i]->name) == 0)
			rc = show_flow(s, defs[i]);
	vwo_flow_defs_free(defs, n);
	return rc;
}

int vw_flowprop_list(struct vw_handle *h, const char *flow, const char *link,
		     const char *const *props, unsigned flags, struct vw_flowprops **pp)
{
	struct shower s = { .props = props, .flags = flags };
	const struct vw_flowprop_desc *d;
	struct vwo_ctx c;
	int rc = vwc_enter(h);

	if (rc == VW_OK)
		rc = vwo_read(h, &c);
	if (rc < 0)
		return rc;
	s.c = &c;
	s.out = calloc(1, sizeof(*s.out));
	rc = s.out ? VW_OK : vwc_nomem(h);
	if (rc == VW_OK)
		s.out->size = sizeof(struct vw_flowprop_info);
	for (const char *const *p = props; rc == VW_OK && p && *p; p++)
		rc = vwp_flowprop_need(h, *p, &d);
	if (rc == VW_OK)
		rc = (flags & VW_LIST_SAVED) || h->nl == NULL ? show_saved(&s, flow, link)
							      : show_active(&s, flow, link);
	if (rc == VW_OK && flow && s.out->n == 0)
		rc = vwc_what(h, no_such(&c), "cannot show the properties of flow '%s'", flow);
	vwo_flow_target_clear(&s.t);
	free(s.link);
	vwo_close(&c);
	if (rc < 0)
		vwo_rows_free(s.out);
	else
		*pp = (struct vw_flowprops *)s.out;
	return rc;
}

const struct vw_flowprop_info *vw_flowprop_next(struct vw_flowprops *p)
{
	return vwo_row_next(&p->r);
}

void vw_flowprop_list_free(struct vw_flowprops *p)
{
	vwo_rows_free((struct vwo_rows *)p);
}

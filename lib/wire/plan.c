/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* plan.c - from differences to steps, and the steps carried out */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "wire/wire.h"

int vww_validate(struct vwo_ctx *c, struct vws_link *const *defs, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct vwp_link p = { .name = defs[i]->name, .cls = defs[i]->cls, .def = defs[i] };

		for (size_t k = 0; k < defs[i]->nprops; k++) {
			const struct vws_prop *prop = &defs[i]->props[k];
			/* a phys link of any class: which properties fit is known when it is there */
			const struct vwp_desc *d = vwp_find(prop->name);
			char value[VWP_VALUE_MAX];
			int rc = VW_OK;

			if (d == NULL || defs[i]->cls != VW_CLASS_PHYS)
				rc = vwp_need(c->h, prop->name, defs[i]->cls, &d);
			if (rc == VW_OK && d->apply == NULL && !(d->flags & VWP_POLICY))
				rc = vwc_why(c->h, VW_ERR_READONLY, "the property is read-only");
			if (rc == VW_OK)
				rc = vwp_parse(c->h, d, &p, prop->value, value, sizeof(value));
			if (rc < 0) {
				vwc_what(c->h, rc, "config.json: links.%s.props.%s", defs[i]->name,
					 prop->name);
				return rc == VW_ERR_NOMEM ? rc : VW_ERR_CONFIG;
			}
		}
	}
	return vww_validate_flows(c);
}

/* Making the link below anew takes those over it along; an etherstub's VNICs stand by themselves. */
static bool loses_lower(const struct vww_plan *p, const struct vws_link *def)
{
	if (!(def->cls & (VW_CLASS_VNIC | VW_CLASS_VLAN)))
		return false;
	for (size_t k = 0; k < p->nsteps; k++)
		if (p->steps[k].gap >= VWW_PARTS && p->steps[k].gap != VWW_WAITING &&
		    p->steps[k].def->cls != VW_CLASS_ETHERSTUB &&
		    strcmp(p->steps[k].def->name, def->over) == 0)
			return true;
	return false;
}

int vww_plan_make(struct vwo_ctx *c, struct vww_plan *p)
{
	int rc;

	memset(p, 0, sizeof(*p));
	rc = vwo_defs(c, &p->defs, &p->ndefs);
	if (rc == VW_OK)
		rc = vww_validate(c, p->defs, p->ndefs);
	if (rc == VW_OK) {
		p->steps = calloc(p->ndefs + 1, sizeof(*p->steps));
		rc = p->steps ? vwo_cache(c, p->ndefs) : vwc_nomem(c->h);
	}
	for (size_t i = 0; rc == VW_OK && i < p->ndefs; i++) {
		enum vww_gap gap = VWW_SAME;

		rc = vww_diff(c, p->defs[i], NULL, &gap);
		if (rc == VW_OK && gap < VWW_PARTS && loses_lower(p, p->defs[i]))
			gap = VWW_PARTS;
		if (gap != VWW_SAME) {
			p->steps[p->nsteps].def = p->defs[i];
			p->steps[p->nsteps++].gap = gap;
		}
	}
	vwo_uncache(c);
	return rc;
}

static void note(struct vwo_ctx *c, struct vww_step *s, int rc)
{
	s->result.status = rc;
	if (rc < 0)
		s->result.message = strdup(vw_error_message(c->h));
	vwc_restart(c->h);
}

static int set_props(struct vwo_ctx *c, const struct vws_link *def)
{
	struct vwo_link l;
	int rc = vwo_find_def(c, def, &l);

	if (rc < 0)
		return rc;
	if (!l.present)
		rc = vwc_why(c->h, VW_ERR_NOTFOUND, "no link '%s'", def->name);
	vwo_link_clear(&l);
	return rc < 0 ? rc : vwo_props_apply(c, def);
}

/* Hardware cannot be made; it can be missing, under its first name, or in the wrong namespace. */
static int give_name(struct vwo_ctx *c, const struct vws_link *def)
{
	int index, was = 0, rc = vwo_host_index(c, def->name, &index);

	if (rc == VW_OK && index == 0 && def->over)
		rc = vwo_host_index(c, def->over, &was);
	if (rc < 0 || was == 0)
		return rc;
	return vwo_rename_back(c, was, def->over, def->name);
}

static int place_phys(struct vwo_ctx *c, const struct vws_link *def)
{
	struct vwk_batch *b = NULL;
	struct vws_link *host;
	struct vwo_link l;
	int rc = give_name(c, def);

	if (rc < 0 || def->zone == NULL)
		return rc < 0 ? rc : set_props(c, def);
	host = vws_link_dup(def);
	if (host == NULL)
		return vwc_nomem(c->h);
	free(host->zone);
	host->zone = NULL;
	rc = vwo_find_def(c, host, &l);
	if (rc == VW_OK && !l.present)
		rc = vwc_why(c->h, VW_ERR_NOTFOUND, "no link '%s'", def->name);
	if (rc == VW_OK) {
		b = vwk_batch_new(c->h, c->h->nl);
		rc = b ? VW_OK : vwc_nomem(c->h);
	}
	if (rc == VW_OK) {
		vwk_batch_setlink(b, &(struct vwk_setlink){ .ifindex = l.dev.ifindex,
			.nsfd = vwo_zone(c, def->zone)->fd, .set = VWK_SET_NS });
		rc = vwk_batch_run(b, NULL);
	}
	vwk_batch_free(b);
	vwo_link_clear(&l);
	vws_link_free(host);
	return rc < 0 ? rc : set_props(c, def);
}

static int fix(struct vwo_ctx *c, struct vww_step *s)
{
	int rc;

	if (s->gap == VWW_PROPS)
		return set_props(c, s->def);
	if (s->def->cls == VW_CLASS_PHYS)
		return place_phys(c, s->def);
	rc = vwo_unrealise(c, &s->def, 1);
	return rc < 0 ? rc : vwo_realise(c, &s->def, 1, NULL);
}

/*
 * A zone that ended a moment ago still holds its links, and with them their addresses on the link
 * below, until the kernel has taken it apart: some 20 to 100 ms.
 */
static void try_again(struct vwo_ctx *c, struct vww_step *s)
{
	const struct timespec wait = { .tv_nsec = 50 * 1000 * 1000 };

	for (int i = 0; i < 20 && s->def->zone && s->result.status == VW_ERR_EXIST; i++) {
		nanosleep(&wait, NULL);
		free(s->result.message);
		s->result.message = NULL;
		note(c, s, vwo_realise(c, &s->def, 1, NULL));
	}
}

/* Missing links of one class are made together. */
static int create_run(struct vwo_ctx *c, struct vww_step *steps, size_t n)
{
	vwu_auto_free const struct vws_link **defs = calloc(n, sizeof(*defs));
	vwu_auto_free struct vwo_result *results = calloc(n, sizeof(*results));

	if (defs == NULL || results == NULL)
		return vwc_nomem(c->h);
	for (size_t i = 0; i < n; i++)
		defs[i] = steps[i].def;
	(void)vwo_realise(c, defs, n, results);
	vwc_restart(c->h);
	for (size_t i = 0; i < n; i++) {
		steps[i].result = results[i];
		try_again(c, &steps[i]);
	}
	return VW_OK;
}

/* Looking again: a step that claims success but left a gap has failed. */
static int verify(struct vwo_ctx *c, struct vww_step *s)
{
	enum vww_gap gap = VWW_SAME;
	int rc = s->result.status;

	if (rc == VW_OK && s->gap != VWW_WAITING) {
		rc = vww_diff(c, s->def, NULL, &gap);
		if (rc == VW_OK && gap != VWW_SAME)
			rc = vwc_why(c->h, VW_ERR_KERNEL, "it was made, but is not as asked for");
		if (rc < 0)
			note(c, s, rc);
	}
	return rc;
}

int vww_plan_apply(struct vwo_ctx *c, struct vww_plan *p)
{
	int rc = VW_OK, first = VW_OK;

	for (size_t i = 0, k; rc == VW_OK && i < p->nsteps; i = k) {
		struct vww_step *s = &p->steps[i];

		k = i + 1;
		if (s->gap == VWW_WAITING)
			continue;
		if (s->gap != VWW_ABSENT || s->def->cls == VW_CLASS_PHYS) {
			note(c, s, fix(c, s));
			continue;
		}
		while (k < p->nsteps && p->steps[k].gap == VWW_ABSENT &&
		       p->steps[k].def->cls == s->def->cls)
			k++;
		rc = create_run(c, s, k - i);
	}
	if (rc == VW_OK)
		rc = vwo_cache(c, p->nsteps);
	for (size_t i = 0; rc == VW_OK && i < p->nsteps; i++) {
		int one = verify(c, &p->steps[i]);

		first = first < 0 ? first : one;
	}
	vwo_uncache(c);
	return rc < 0 ? rc : first;
}

void vww_plan_free(struct vww_plan *p)
{
	for (size_t i = 0; i < p->nsteps; i++)
		free(p->steps[i].result.message);
	free(p->steps);
	vwo_defs_free(p->defs, p->ndefs);
	memset(p, 0, sizeof(*p));
}

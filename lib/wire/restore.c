/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* restore.c - make the kernel hold what the documents say; check whether it does */
#include <stdlib.h>
#include <string.h>

#include "wire/wire.h"

static int need_kernel(struct vw_handle *h)
{
	int rc = vwc_enter(h);

	if (rc == VW_OK && h->nl == NULL)
		rc = vwc_why(h, VW_ERR_NOTSUP, "an offline handle has no kernel to work on");
	return rc;
}

/* What was deleted "for now" comes back. */
static int bring_back(struct vwo_ctx *c)
{
	int rc = VW_OK;

	for (size_t i = vws_doc_count(c->temp); rc == VW_OK && i-- > 0;) {
		const struct vws_link *def = vws_doc_at(c->temp, i);

		if (def == NULL)
			return vw_error_status(c->h);
		if (def->removed)
			rc = vws_doc_del(c->h, c->temp, def->name);
	}
	for (size_t i = vws_flow_count(c->temp); rc == VW_OK && i-- > 0;) {
		const struct vws_flow *flow = vws_flow_at(c->temp, i);

		if (flow == NULL)
			return vw_error_status(c->h);
		if (flow->removed)
			rc = vws_flow_del(c->h, c->temp, flow->name);
	}
	return rc < 0 ? rc : vwo_commit(c);
}

static int tell(struct vwo_ctx *c, const struct vww_plan *p, struct vw_report *r)
{
	int rc = VW_OK;

	for (size_t i = 0; rc == VW_OK && i < p->nsteps; i++) {
		const struct vww_step *s = &p->steps[i];
		const char *text = s->result.message ? s->result.message : "";
		enum vw_outcome outcome = s->gap >= VWW_REMAINS ? VW_OUTCOME_CREATED
								: VW_OUTCOME_CHANGED;

		if (s->gap == VWW_WAITING) {
			outcome = VW_OUTCOME_WAITING;
			text = "its zone is not there";
		} else if (s->result.status == VW_ERR_NOTFOUND) {
			outcome = VW_OUTCOME_WAITING;	/* the link below: hardware may come late */
		} else if (s->result.status < 0) {
			outcome = VW_OUTCOME_FAILED;
		}
		rc = vww_report_add(c->h, r, outcome, s->def->name, "", vw_class_name(s->def->cls),
				    "", text);
	}
	return rc;
}

static int intent(struct vwo_ctx *c, const struct vww_plan *p)
{
	vwu_auto_free const char **names = calloc(2 * p->nsteps + 1, sizeof(*names));

	if (names == NULL)
		return vwc_nomem(c->h);
	for (size_t i = 0; i < p->nsteps; i++) {
		names[i] = p->steps[i].def->name;
		names[p->nsteps + i] = p->steps[i].def->zone;
	}
	return vwo_intent(c, "restore", names, names + p->nsteps, p->nsteps);
}

/* What nobody asks for, as the kernel is by now: told, and left. */
static int strays(struct vwo_ctx *c, const struct vww_plan *p, struct vw_report *r)
{
	vwk_links_free(&c->devs);
	c->dumped = false;
	return vww_diff_strays(c, p->defs, p->ndefs, r);
}

int vw_restore(struct vw_handle *h, unsigned flags, struct vw_report **rp)
{
	struct vww_plan p = { 0 };
	struct vw_report *r;
	struct vwo_ctx c;
	int rc = need_kernel(h);

	if (rc == VW_OK)
		rc = vwo_begin(h, 0, &c);
	if (rc < 0)
		return vwc_what(h, rc, "cannot restore");
	c.restoring = true;
	r = vww_report_new();
	rc = r ? vww_plan_make(&c, &p) : vwc_nomem(h);
	if (rc == VW_OK && vws_doc_count(c.temp) + vws_flow_count(c.temp) > 0) {
		rc = bring_back(&c);
		vww_plan_free(&p);
		rc = rc < 0 ? rc : vww_plan_make(&c, &p);
	}
	if (rc == VW_OK && p.nsteps > 0)
		rc = intent(&c, &p);
	if (rc == VW_OK) {
		(void)vww_plan_apply(&c, &p);
		vwc_restart(h);
		rc = tell(&c, &p, r);
	}
	if (rc == VW_OK)
		rc = vwo_policy_sweep(&c);
	if (rc == VW_OK)
		rc = strays(&c, &p, r);
	if (rc < 0)
		vwc_what(h, rc, "cannot restore");
	vww_plan_free(&p);
	vwo_close(&c);
	if (rc < 0) {
		vw_report_free(r);
		return rc;
	}
	*rp = r;
	if (vww_report_count(r, VW_OUTCOME_FAILED) > 0) {
		vwc_why(h, VW_ERR_PARTIAL, "some links failed");
		return vwc_what(h, VW_ERR_PARTIAL, "cannot restore everything");
	}
	return VW_OK;
}

int vw_check(struct vw_handle *h, unsigned flags, struct vw_report **rp)
{
	struct vws_link **defs = NULL;
	struct vw_report *r;
	struct vwo_ctx c;
	enum vww_gap gap;
	size_t n = 0;
	int rc = need_kernel(h);

	if (rc == VW_OK)
		rc = vwo_read(h, &c);
	if (rc < 0)
		return vwc_what(h, rc, "cannot check");
	r = vww_report_new();
	rc = r ? vwo_defs(&c, &defs, &n) : vwc_nomem(h);
	if (rc == VW_OK)
		rc = vww_validate(&c, defs, n);
	if (rc == VW_OK)
		rc = vwo_cache(&c, n);
	for (size_t i = 0; rc == VW_OK && i < n; i++)
		rc = vww_diff(&c, defs[i], r, &gap);
	if (rc == VW_OK)
		rc = vww_diff_strays(&c, defs, n, r);
	if (rc < 0)
		vwc_what(h, rc, "cannot check");
	vwo_defs_free(defs, n);
	vwo_close(&c);
	if (rc < 0)
		vw_report_free(r);
	else
		*rp = r;
	return rc;
}

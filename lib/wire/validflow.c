/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* validflow.c - the flows of the documents, before anything is touched */
#include <stdlib.h>
#include <string.h>

#include "object/engine.h"
#include "wire/wire.h"

static int wrong(struct vwo_ctx *c, int rc, const struct vws_flow *f, const char *member)
{
	vwc_what(c->h, rc, "config.json: flows.%s%s%s", f->name, member ? ".props." : "",
		 member ? member : "");
	return rc == VW_ERR_NOMEM ? rc : VW_ERR_CONFIG;
}

/* As if each were typed: names of properties and their values. */
static int props_valid(struct vwo_ctx *c, const struct vws_flow *f)
{
	struct vws_flow *copy = vws_flow_new(f->name, f->link);
	int rc = copy ? VW_OK : vwc_nomem(c->h);

	for (size_t i = 0; rc == VW_OK && i < f->nprops; i++) {
		rc = vwp_flow_prop(c->h, copy, f->props[i].name, f->props[i].value);
		if (rc < 0)
			rc = wrong(c, rc, f, f->props[i].name);
	}
	vws_flow_free(copy);
	return rc;
}

static int by_link(const void *a, const void *b)
{
	const struct vws_flow *x = *(struct vws_flow *const *)a, *y = *(struct vws_flow *const *)b;
	int d = strcmp(x->link, y->link);

	return d != 0 ? d : strcmp(x->name, y->name);
}

/* @n flows of one link. */
static int apart(struct vwo_ctx *c, struct vws_flow *const *flows, const struct vwpl_match *m,
		 size_t n)
{
	bool any = false;
	size_t a, b;
	int rc = vwpl_overlap_any(m, n, &any, &a, &b);

	if (rc < 0)
		return vwc_nomem(c->h);
	if (!any)
		return VW_OK;
	return wrong(c, vwc_why(c->h, VW_ERR_CONFIG, "a packet can match both it and flow '%s'",
				flows[a]->name), flows[b], NULL);
}

static int all_apart(struct vwo_ctx *c, struct vws_flow *const *flows, const struct vwpl_match *m,
		     size_t n)
{
	int rc = VW_OK;

	for (size_t i = 0, k; rc == VW_OK && i < n; i = k) {
		for (k = i + 1; k < n && strcmp(flows[i]->link, flows[k]->link) == 0;)
			k++;
		rc = apart(c, flows + i, m + i, k - i);
	}
	return rc;
}

int vww_validate_flows(struct vwo_ctx *c)
{
	vwu_auto_free struct vwpl_match *m = NULL;
	struct vws_flow **flows = NULL;
	size_t n = 0;
	int rc = vwo_flow_defs(c, NULL, &flows, &n);

	if (rc < 0 || n == 0)
		return rc;
	qsort(flows, n, sizeof(struct vws_flow *), by_link);
	m = calloc(n, sizeof(*m));
	if (m == NULL)
		rc = vwc_nomem(c->h);
	for (size_t i = 0; rc == VW_OK && i < n; i++) {
		struct vwpl_flow one;

		rc = props_valid(c, flows[i]);
		if (rc < 0)
			break;
		rc = vwp_flow_compile(c->h, flows[i], &one);
		if (rc < 0)
			rc = wrong(c, rc, flows[i], NULL);
		else
			m[i] = one.match;
	}
	if (rc == VW_OK)
		rc = all_apart(c, flows, m, n);
	vwo_flow_defs_free(flows, n);
	return rc;
}

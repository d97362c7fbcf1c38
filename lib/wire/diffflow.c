/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* diffflow.c - flows of a link against the policy engine */
#include <stdio.h>
#include <string.h>

#include "object/flow.h"
#include "wire/wire.h"

static int differs(struct vwo_ctx *c, struct vw_report *r, enum vww_gap *gap,
		   const struct vws_flow *f, const char *prop, const char *want, const char *is)
{
	char member[VW_FLOW_NAME_MAX + 80], message[2 * VWP_VALUE_MAX + 64];

	if (*gap < VWW_PROPS)
		*gap = VWW_PROPS;
	if (r == NULL)
		return VW_OK;
	snprintf(member, sizeof(member), "flows.%s%s%s", f->name, prop ? ".props." : "",
		 prop ? prop : "");
	if (prop)
		snprintf(message, sizeof(message), "is %s, asked for was %s", is[0] ? is : "not set",
			 want);
	else
		snprintf(message, sizeof(message), "flow '%s' is not in force", f->name);
	return vww_report_add(c->h, r, VW_OUTCOME_DIFFERS, f->link, member, want, is, message);
}

static int diff_flow(struct vwo_ctx *c, const struct vws_flow *f, const struct vwpl_flow *flow,
		     struct vwpl *p, int point, struct vw_report *r, enum vww_gap *gap)
{
	struct vwpl_flow_state s;
	int rc = p ? vwpl_flow_get(p, point, &flow->match, &s) : VW_ERR_NOTFOUND;

	if (rc == VW_ERR_NOTFOUND)
		return differs(c, r, gap, f, NULL, "in force", "absent");
	for (size_t i = 0; rc == VW_OK && i < f->nprops; i++) {
		const struct vw_flowprop_desc *d;
		char is[VWP_VALUE_MAX];

		rc = vwp_flowprop_need(c->h, f->props[i].name, &d);
		if (rc == VW_OK)
			rc = vwp_flowprop_read(c->h, d, f, &s, is, sizeof(is));
		if (rc == VW_OK && strcmp(is, f->props[i].value) != 0)
			rc = differs(c, r, gap, f, d->name, f->props[i].value, is);
	}
	return rc;
}

int vww_diff_flows(struct vwo_ctx *c, const struct vws_link *def, struct vw_report *r,
		   enum vww_gap *gap)
{
	struct vwo_target t;
	struct vwpl *p = NULL;
	int rc;

	if (!vwo_has_flows(c, def->name))
		return VW_OK;
	rc = vwo_flow_target(c, def->name, &t);
	if (rc == VW_OK)
		rc = vwo_engine(c, false, &p);
	for (size_t i = 0; rc == VW_OK && i < t.k.nflows; i++)
		rc = diff_flow(c, t.k.flow_defs[i], &t.k.flows[i], p, t.k.l.point, r, gap);
	vwo_flow_target_clear(&t);
	return rc;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * wire.h - documents at work: what differs (diff), what to do (plan), doing it (apply), looking
 * again (verify). restore and check are both made of these.
 */
#ifndef VWW_WIRE_H
#define VWW_WIRE_H

#include <vwire/wire.h>

#include "object/object.h"

/* -- report.c ------------------------------------------------------------------------------------ */
struct vw_report;
struct vw_report *vww_report_new(void);
/* All texts are copied; @want, @is and @message may be NULL. */
int vww_report_add(struct vw_handle *h, struct vw_report *r, enum vw_outcome outcome,
		   const char *link, const char *member, const char *want, const char *is,
		   const char *message);
size_t vww_report_count(const struct vw_report *r, enum vw_outcome outcome);

/* -- diff.c -------------------------------------------------------------------------------------- */
/* How far a device is from its definition; the worst counts. */
enum vww_gap {
	VWW_SAME = 0,
	VWW_PROPS,	/* a property differs: apply it */
	VWW_PARTS,	/* something it is made of differs: make it anew */
	VWW_REMAINS,	/* no device, but something of it is left: clear away, make anew */
	VWW_ABSENT,	/* no device */
	VWW_WAITING	/* its zone is not there */
};
/* Compare one definition with the kernel; each difference goes to @r unless that is NULL. */
int vww_diff(struct vwo_ctx *c, const struct vws_link *def, struct vw_report *r,
	     enum vww_gap *gap);
/* Flows of one link that is there (diffflow.c). */
int vww_diff_flows(struct vwo_ctx *c, const struct vws_link *def, struct vw_report *r,
		   enum vww_gap *gap);
/* Devices that carry our mark though no definition asks for them. */
int vww_diff_strays(struct vwo_ctx *c, struct vws_link *const *defs, size_t n,
		    struct vw_report *r);

/* -- plan.c -------------------------------------------------------------------------------------- */
struct vww_step {
	const struct vws_link	*def;
	enum vww_gap		 gap;
	struct vwo_result	 result;
};
struct vww_plan {
	struct vws_link	**defs;		/* owned, in dependency order */
	struct vww_step	 *steps;	/* one for each definition that has a gap */
	size_t		  ndefs, nsteps;
};
/* Every definition in force against the kernel. */
int vww_plan_make(struct vwo_ctx *c, struct vww_plan *p);
/* Carry out; what fails is noted in the step, the rest goes on. */
int vww_plan_apply(struct vwo_ctx *c, struct vww_plan *p);
void vww_plan_free(struct vww_plan *p);
/* Flows: their properties, and that no packet can match two of a link (validflow.c). */
int vww_validate_flows(struct vwo_ctx *c);
/* The same, and the properties of every definition, before anything is touched: VW_ERR_CONFIG with the path. */
int vww_validate(struct vwo_ctx *c, struct vws_link *const *defs, size_t n);

#endif

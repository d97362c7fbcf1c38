/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* flow.h - what the verbs of flows share */
#ifndef VWO_FLOW_H
#define VWO_FLOW_H

#include "object/engine.h"

/* The link of flows: found, compiled with the flows it has, its definition a copy. */
struct vwo_target {
	struct vwo_link	     l;
	struct vws_link	    *def;
	struct vwo_compiled  k;
	bool		     present;	/* in the kernel, in the host's hands */
};
/* VW_ERR_NOTSUP when the host cannot hold its traffic. Clear it also after a failure. */
int vwo_flow_target(struct vwo_ctx *c, const char *link, struct vwo_target *t);
void vwo_flow_target_clear(struct vwo_target *t);
int vwo_flow_intent(struct vwo_ctx *c, const char *verb, const char *link, const char *zone);
/* Hardware steering for a flow with property cpus: on, or taken back. */
int vwo_flow_steer(struct vwo_ctx *c, const struct vwo_target *t, const struct vws_flow *def,
		   const struct vwpl_flow *flow, bool on);
/* Property cpus as the hardware has it; "": nothing steers the flow. */
int vwo_flow_cpus(struct vwo_ctx *c, const struct vwo_target *t, const struct vws_flow *def,
		  const struct vwpl_flow *flow, char *out, size_t len);

#endif

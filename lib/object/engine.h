/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* engine.h - between definitions and the policy engine: what policy.c, compile.c, flows share */
#ifndef VWO_ENGINE_H
#define VWO_ENGINE_H

#include "object/object.h"

/* -- flowdef.c: flows as they were asked for ------------------------------------------------------- */
/* The definition in force: temporary before saved; NULL: none, or temporarily removed. */
const struct vws_flow *vwo_flow_def(struct vwo_ctx *c, const char *name);
/* Every flow in force of @link (NULL: of every link); copies, for vwo_flow_defs_free(). */
int vwo_flow_defs(struct vwo_ctx *c, const char *link, struct vws_flow ***out, size_t *n);
void vwo_flow_defs_free(struct vws_flow **defs, size_t n);
bool vwo_has_flows(struct vwo_ctx *c, const char *link);

/* -- compile.c: a definition and its device, as the engine sees them --------------------------------- */
struct vwo_compiled {
	struct vwpl_link   l;		/* borrows from the rest */
	struct vwp_policy  props;
	char		   name[VW_NAME_MAX + 1];
	char		   root_name[VWU_IFNAME];
	struct vws_flow	 **flow_defs;
	struct vwpl_flow  *flows;
	size_t		   nflows;
	bool		   none;	/* no point in the host's hands, and nothing is asked for */
};
/* VW_ERR_NOTSUP when something is asked for that this link cannot be held to. @l is @def's. */
int vwo_compile(struct vwo_ctx *c, const struct vws_link *def, const struct vwo_link *l,
		struct vwo_compiled *out);
void vwo_compiled_clear(struct vwo_compiled *k);
/* Tell that nothing can be held to a link that is in its owner's hands as a whole. */
int vwo_refuse_in_zone(struct vwo_ctx *c, const struct vws_link *def);
/* Could the engine have to do with it? Quick: without looking at devices. */
bool vwo_may_want(struct vwo_ctx *c, const struct vws_link *def);
/* Bits per second that link @name as a whole is limited to; VWPL_NONE. */
uint64_t vwo_rate_of(struct vwo_ctx *c, const char *name);

#endif

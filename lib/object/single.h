/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* single.h - verbs that make or change one link */
#ifndef VWO_SINGLE_H
#define VWO_SINGLE_H

#include <stdio.h>

#include "object/object.h"

/* Create @name of class @cls: @define fills the definition from @attr, the rest is common. */
int vwo_make(struct vw_handle *h, const char *name, unsigned cls, unsigned flags,
	     int (*define)(struct vwo_ctx *c, struct vws_link *def, const void *attr),
	     const void *attr);

struct vwo_change {
	const char	*name, *verb;	/* "modify-aggr" */
	const char	*what;		/* "modify aggr": completes "cannot ... 'name'" */
	unsigned	 cls, flags;
	/* The new definition, checked; nothing is changed yet. For what each document says. */
	int (*edit)(struct vwo_ctx *c, struct vws_link *def, const void *arg);
	/* From one to the other in the kernel; called the other way round to undo. */
	int (*apply)(struct vwo_ctx *c, const struct vws_link *from, const struct vws_link *to,
		     const void *arg);
};
int vwo_change(struct vw_handle *h, const struct vwo_change *ch, const void *arg);
/* Copy an attribute struct of any age, whose first member is its size, into @out. */
int vwo_attr(struct vwo_ctx *c, const void *in, void *out, size_t size, size_t least);

/* Ports of aggregations and bridges: into or out of the definition, then in the kernel. */
int vwo_ports_edit(struct vwo_ctx *c, struct vws_link *def, const char *const *ports, bool add);
int vwo_ports_change(struct vwo_ctx *c, const struct vws_link *from, const struct vws_link *to,
		     const void *ports);

#endif

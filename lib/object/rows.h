/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* rows.h - a snapshot: rows of one size, and the memory their texts live in */
#ifndef VWO_ROWS_H
#define VWO_ROWS_H

#include "object/object.h"

/* The public, opaque snapshots (struct vw_aggrs ...) hold one of these and nothing else. */
struct vwo_rows {
	struct vwu_pool	 pool;
	char		*v;
	size_t		 n, max, at, size;
};
/* A new row, zeroed but for its first member, which is its size. NULL: no memory, pool.failed. */
void *vwo_row_add(struct vwo_rows *r);
const void *vwo_row_next(struct vwo_rows *r);	/* NULL: no more */
void vwo_rows_free(struct vwo_rows *r);		/* NULL is allowed */

/* How the links of one class become rows. */
struct vwo_listing {
	unsigned cls;
	size_t	 size;		/* of a row */
	unsigned dump;		/* VWK_DUMP_... */
	int (*from_dev)(struct vwo_ctx *c, struct vwo_rows *r, const struct vwk_link *dev,
			const struct vwk_links *all, unsigned flags);
	/* NULL: the class has no saved form */
	int (*from_def)(struct vwo_ctx *c, struct vwo_rows *r, const struct vws_link *def);
};
int vwo_rows_list(struct vw_handle *h, const struct vwo_listing *how, const char *name,
		  unsigned flags, struct vwo_rows **out);

/* drops.c: fill the drops of @n links; @devs: the host's devices, as far as they are known. */
int vwo_fill_drops(struct vwo_ctx *c, const struct vwk_links *devs, struct vw_link_info *v,
		   size_t n);

#endif

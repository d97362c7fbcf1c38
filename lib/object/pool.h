/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pool.h - memory of a snapshot, freed at once: big blocks, so that a link costs few bytes */
#ifndef VWO_POOL_H
#define VWO_POOL_H

#include <stdbool.h>
#include <stddef.h>

struct vwo_pool {
	struct vwo_block *blocks;
	bool failed;	/* an allocation failed: check once at the end */
};
/* Zeroed memory; NULL when there is none. */
void *vwo_pool_get(struct vwo_pool *p, size_t n);
/* Copy of @text; NULL for NULL or when there is no memory. */
const char *vwo_pool_str(struct vwo_pool *p, const char *text);
void vwo_pool_free(struct vwo_pool *p);

#endif

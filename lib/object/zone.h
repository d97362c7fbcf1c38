/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* zone.h - property zone: which namespace a link is in */
#ifndef VWO_ZONE_H
#define VWO_ZONE_H

#include "object/object.h"

/*
 * Put a found link into zone @value ("" : the host), in kernel and documents. A virtual link is
 * made anew there: moving one costs 22 ms and loses its queues and filters.
 */
int vwo_set_zone(struct vwo_ctx *c, const struct vwo_link *l, const char *value, unsigned flags);

#endif

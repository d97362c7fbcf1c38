/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* mac.h - the MAC address of a new link */
#ifndef VWO_MAC_H
#define VWO_MAC_H

#include "object/object.h"

/* A random address that no document holds; @prefix NULL: 2:8:20. */
int vwo_mac_draw(struct vwo_ctx *c, const char *prefix, uint8_t mac[6]);
/* "auto", "random", "factory" or an address into @def, which has its over and vid already. */
int vwo_mac_choose(struct vwo_ctx *c, const char *text, const char *prefix, struct vws_link *def);

#endif

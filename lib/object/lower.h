/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lower.h - the device below a VNIC or VLAN */
#ifndef VWO_LOWER_H
#define VWO_LOWER_H

#include "object/object.h"

#define VWO_STUB_MTU	9000	/* illumos's etherstubs */
#define VWO_STUB_PORTS	1023	/* kernel: BR_MAX_PORTS, without the bridge itself */

/*
 * The device that a VNIC or VLAN sits on: @def->over itself or, for a VNIC with a VID, a device of
 * its own for that VLAN, shared by the VNICs of the VID: 8021q over a NIC, a bridge over an
 * etherstub. A guarded VNIC over a NIC needs none: its switch knows VLANs. @make: create the hidden
 * one if it is not there yet.
 */
int vwo_lower_get(struct vwo_ctx *c, const struct vws_link *def, bool make, struct vwk_link *dev);
/* Remove the hidden device of @over and @vid once no VNIC needs it. */
int vwo_lower_put(struct vwo_ctx *c, const char *over, uint16_t vid);
/* Remove every hidden device that no VNIC needs: a killed command may have left one. */
int vwo_lower_sweep(struct vwo_ctx *c);
/* An etherstub's bridge, or one hidden below its VNICs with a VID. */
bool vwo_is_stub(const struct vwk_link *dev);
/* Messages that create (@mac is room for its address) such a bridge and, once it is there, bring it into service. */
void vwo_stub_newlink(const char *name, uint32_t group, struct vwk_newlink *l, uint8_t mac[6]);
void vwo_stub_finish(struct vwk_batch *b, const char *name, uint32_t mtu);

#endif

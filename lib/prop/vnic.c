/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vnic.c - properties of VNICs alone */
#include "prop/rows.h"

/* Neither a macvlan nor a bridge port that learns nothing is ever shown frames of others. */
int vwp_promisc_read(struct vw_handle *h, const struct vwp_link *l, char *out, size_t len)
{
	return vwp_put(h, out, len, "on");
}

int vwp_promisc_parse(struct vw_handle *h, const char *text, char *out, size_t len)
{
	return vwc_why(h, VW_ERR_READONLY, "promisc-filtered: is always on and cannot be set: the "
		       "switch shows a VNIC no frames of other links");
}

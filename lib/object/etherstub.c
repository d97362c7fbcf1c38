/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* etherstub.c - switches without hardware */
#include <vwire/etherstub.h>

#include "object/single.h"

int vw_etherstub_create(struct vw_handle *h, const char *name, unsigned flags)
{
	return vwo_make(h, name, VW_CLASS_ETHERSTUB, flags, NULL, NULL);
}

int vw_etherstub_delete(struct vw_handle *h, const char *name, unsigned flags)
{
	return vwo_delete(h, VW_CLASS_ETHERSTUB, &name, 1, flags);
}

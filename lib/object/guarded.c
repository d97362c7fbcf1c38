/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guarded.c - which VNICs keep their port end in the host's hands */
#include <string.h>

#include "object/object.h"

bool vwo_is_guarded(const struct vws_link *def)
{
	const char *datapath = vws_link_prop(def, "datapath");

	if (def->cls != VW_CLASS_VNIC)
		return false;
	return datapath ? strcmp(datapath, "guarded") == 0 : def->zone != NULL;
}

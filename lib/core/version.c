/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* version.c - the version of the library; a unit test compares it with meson.build's */
#include "core/core.h"

const char *vw_version(void)
{
	return "0.2.0";
}

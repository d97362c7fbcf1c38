/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* object.h - the compiled eBPF programs, an ELF object inside the library */
#ifndef VWB_OBJECT_H
#define VWB_OBJECT_H

#include <stddef.h>

/* Aligned to 16 bytes. Maps and programs: VWB_MAP_NAMES, VWB_PROG_NAMES of shared.h. */
extern const unsigned char vwb_object[];
size_t vwb_object_len(void);

#endif

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bpf/object.h"
#include "object_path.h"

extern const unsigned char vwb_object_end[];

__asm__(".pushsection .rodata, \"a\", %progbits\n"
	".balign 16\n"
	".globl vwb_object, vwb_object_end\n"
	".hidden vwb_object, vwb_object_end\n"
	"vwb_object:\n"
	".incbin \"" VWB_OBJECT_PATH "\"\n"
	"vwb_object_end:\n"
	".byte 0\n"
	".popsection\n");

size_t vwb_object_len(void)
{
	return (size_t)(vwb_object_end - vwb_object);
}

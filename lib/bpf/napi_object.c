/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bpf/napi.h"
#include "napi_path.h"

extern const unsigned char vwb_napi_object_end[];

__asm__(".pushsection .rodata, \"a\", %progbits\n"
	".balign 16\n"
	".globl vwb_napi_object, vwb_napi_object_end\n"
	".hidden vwb_napi_object, vwb_napi_object_end\n"
	"vwb_napi_object:\n"
	".incbin \"" VWB_OBJECT_PATH "\"\n"
	"vwb_napi_object_end:\n"
	".byte 0\n"
	".popsection\n");

size_t vwb_napi_object_len(void)
{
	return (size_t)(vwb_napi_object_end - vwb_napi_object);
}

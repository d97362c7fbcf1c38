/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/*
 * napi.h - what vw_napi counts: polls of drivers, by device and CPU
 *
 * One map, vw_polls: per CPU, hash by vwb_napi_key. The program lives as long as somebody holds its
 * attachment; nothing is pinned, and what was polled before is not known.
 */
#ifndef VWB_NAPI_H
#define VWB_NAPI_H

#ifndef __bpf__
#include <stddef.h>
#include <linux/types.h>
#endif

struct vwb_napi_key {
	__u64 netns;		/* cookie of the device's namespace */
	__u32 ifindex;
	__u32 napi_id;		/* 0: it has none */
};
struct vwb_polls {
	__u64 polls;		/* that found packets */
	__u64 packets;
	__u64 under10, to50, over50;	/* polls by the number of packets they found */
};
#define VWB_NAPI_MAP	"vw_polls"
#define VWB_NAPI_PROG	"vw_napi"

#ifndef __bpf__
/* The compiled program, an ELF object inside the library, aligned to 16 bytes. */
extern const unsigned char vwb_napi_object[];
size_t vwb_napi_object_len(void);
#endif
#endif

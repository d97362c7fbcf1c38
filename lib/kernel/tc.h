/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tc.h - traffic control: clsact, cls_bpf filters, HTB classes and their leaves, by rtnetlink
 *
 * Rates are bytes per second, sizes bytes, as the kernel has them. Handles and classids are
 * TC_H_MAKE(major << 16, minor).
 */
#ifndef VWK_TC_H
#define VWK_TC_H

#include "kernel/kernel.h"
#include "kernel/steer.h"

/* -- tcbatch.c: changes, each one operation of a batch (batch.c) --------------------------------- */
/* clsact on a device; that it is there already, whoever made it, is success. */
int vwk_batch_clsact(struct vwk_batch *b, int ifindex);
/* Remove clsact with all its filters; that there is none is success. */
int vwk_batch_clsact_del(struct vwk_batch *b, int ifindex);

/* Our filter: direct-action cls_bpf at this priority and handle 1, all protocols. */
#define VWK_TC_PRIO	0x7677
/* Put program @progfd there, or in the place of the one that is there: no packet passes between.
 * @name is shown by tc(8). */
int vwk_batch_filter(struct vwk_batch *b, int ifindex, bool ingress, int progfd, const char *name);
int vwk_batch_filter_del(struct vwk_batch *b, int ifindex, bool ingress);	/* none: success */

struct vwk_htb {
	uint64_t rate, ceil;		/* above 34 Gb/s by TCA_HTB_RATE64, CEIL64 */
	uint32_t burst, cburst;		/* bytes */
	uint32_t quantum;		/* bytes */
	uint32_t prio;			/* 0 first */
};
/* Root HTB qdisc "major:" without default class; an HTB that is there already is success. */
int vwk_batch_htb(struct vwk_batch *b, int ifindex, uint16_t major);
/* A class, new or changed in place: queued packets stay. */
int vwk_batch_class(struct vwk_batch *b, int ifindex, uint32_t parent, uint32_t classid,
		    const struct vwk_htb *htb);
int vwk_batch_class_del(struct vwk_batch *b, int ifindex, uint32_t classid);	/* none: success */

enum vwk_leaf { VWK_LEAF_BFIFO, VWK_LEAF_FQ_CODEL };
/* Queue of a leaf class, new or changed in place. @limit: bytes (bfifo) or packets (fq_codel);
 * @target_us: fq_codel, 0: its default. */
int vwk_batch_leaf(struct vwk_batch *b, int ifindex, uint32_t classid, uint16_t major,
		   enum vwk_leaf kind, uint32_t limit, uint32_t target_us);
int vwk_batch_qdisc_del(struct vwk_batch *b, int ifindex, uint32_t parent);	/* none: success */

/* @mac into the unicast filter of NIC @ifindex, or out of it (RTM_NEWNEIGH, NTF_SELF); there
 * already, or not there, is success. */
int vwk_batch_unicast(struct vwk_batch *b, int ifindex, const uint8_t mac[6], bool add);
/* All multicast past the filter of NIC @ifindex, or no more (IFF_ALLMULTI). */
int vwk_batch_allmulti(struct vwk_batch *b, int ifindex, bool on);

/* -- tcdump.c: what is there ------------------------------------------------------------------------ */
struct vwk_class {
	uint32_t classid, parent;
	uint32_t leaf;			/* handle of its queue; 0: none, or what HTB made itself */
	struct vwk_htb htb;
	uint64_t packets, bytes;	/* that left */
	uint32_t drops, overlimits, backlog, qlen;	/* bytes and packets waiting */
};
/* HTB classes of @ifindex; *@out is for free(). */
int vwk_class_dump(struct vw_handle *h, struct vwk_nl *nl, int ifindex, struct vwk_class **out,
		   size_t *n);
struct vwk_qdisc {
	int	 ifindex;
	uint32_t handle, parent;
	char	 kind[16];
	uint32_t drops, backlog, qlen;
	uint64_t packets, bytes;
};
/* Qdiscs of @ifindex, 0: of every device. */
int vwk_qdisc_dump(struct vw_handle *h, struct vwk_nl *nl, int ifindex, struct vwk_qdisc **out,
		   size_t *n);
struct vwk_filter {
	uint32_t prio, handle;
	char	 kind[16], name[64];
	uint32_t prog_id;		/* cls_bpf; 0: none */
};
/* Filters at clsact ingress or egress of @ifindex, in the order they run. No clsact: none. */
int vwk_filter_dump(struct vw_handle *h, struct vwk_nl *nl, int ifindex, bool ingress,
		    struct vwk_filter **out, size_t *n);

#endif

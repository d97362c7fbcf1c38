/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * stats.h - counters: of devices by RTM_GETSTATS, of queues by netdev netlink and the ethtool
 * ioctl, of interrupts. Linux words only. Every int returned is VW_OK or a negative enum
 * vw_status, told, unless said otherwise.
 */
#ifndef VWK_STATS_H
#define VWK_STATS_H

#include "kernel/kernel.h"

/* -- stats.c ----------------------------------------------------------------------------------- */
/* Gets the counters of one device, in the kernel's order, which is not that of the indexes. */
typedef void vwk_stats_fn(void *arg, int ifindex, const struct vwk_stats *s);
/*
 * Read the counters of every device once: 0.3 us each, where RTM_GETLINK takes 5.7. *@whole false:
 * devices came or went meanwhile, so some may be missing and some may have been told twice.
 */
int vwk_stats_dump(struct vw_handle *h, struct vwk_nl *nl, vwk_stats_fn *fn, void *arg,
		   bool *whole);
/* The same with all that vwk_link_dump() tells; @fn takes the link over or clears it, and returns
 * 0 or -ENOMEM. */
int vwk_link_scan(struct vw_handle *h, struct vwk_nl *nl, int (*fn)(void *arg, struct vwk_link *l),
		  void *arg, bool *whole);
/* Name of a device, by ioctl: 0.4 us. False: it is gone. */
bool vwk_link_name(const struct vwk_nl *nl, int ifindex, char name[VWU_IFNAME]);
/* Of one device; VW_ERR_NOTFOUND, not told: it is gone. */
int vwk_stats_get(struct vw_handle *h, struct vwk_nl *nl, int ifindex, struct vwk_stats *out);

/* Number that the namespace of @nl has for that of @other (IFLA_LINK_NETNSID); -1: none, or it
 * cannot be asked. */
int vwk_nsid(struct vwk_nl *nl, const struct vwk_nl *other);
/* Which namespace @nl is in; without CAP_NET_ADMIN there, the thread's own is told. */
int vwk_nl_ns(struct vw_handle *h, const struct vwk_nl *nl, struct vwk_ns_id *id);
/* Give back what only changes of links need: one descriptor of the two. */
void vwk_nl_read_only(struct vwk_nl *nl);

struct vwk_events;
/* As vwk_events_open(), in each of @n other namespaces; all or none. One thread enters them all:
 * each thread that ends elsewhere costs a wait in the kernel. */
int vwk_events_open_many(struct vw_handle *h, const int *nsfds, size_t n, struct vwk_events **out);
/* RTM_DELLINK of the event last delivered: the device lives on in another namespace. */
bool vwk_events_moved(const struct vwk_events *e);

/* -- queues.c ---------------------------------------------------------------------------------- */
#define VWK_NOT_TOLD	UINT64_MAX
struct vwk_queue {
	bool	 tx;
	unsigned index;
	uint64_t packets, bytes, drops, stops, wakes;	/* VWK_NOT_TOLD: the driver does not say */
	int	 irq;		/* interrupt that serves it; 0: not known */
	unsigned napi_id;	/* of what polls it; 0: not known */
};
/*
 * Queues of a device, receiving ones first, and what the driver says of each: by netdev netlink
 * (Linux 6.10) and the names of the numbers "ethtool -S" shows. *@out is for free(); *@n 0: it says
 * nothing of queues. Only a lack of memory is a failure.
 */
int vwk_queues_get(struct vw_handle *h, struct vwk_nl *nl, const char *ifname, int ifindex,
		   struct vwk_queue **out, size_t *n);
/* How often CPU i took interrupt @irq, into counts[i]; how many CPUs, 0: not known. */
size_t vwk_irq_counts(int irq, uint64_t *counts, size_t max);

/* -- qstats.c: one question to the family "netdev" --------------------------------------------- */
typedef bool vwk_qstat_fn(void *arg, bool tx, unsigned queue, const struct vwk_queue *q);
/* Calls @fn for each queue, with its numbers and then, where it is known, with its napi_id alone;
 * false: this kernel or driver does not tell of numbers. */
bool vwk_qstats(struct vwk_nl *nl, int ifindex, vwk_qstat_fn *fn, void *arg);

#endif

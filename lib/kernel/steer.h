/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * steer.h - which CPU and which queue of the hardware does the work: RPS, interrupts, ntuple
 * rules, channels, and offloads that get in the way of a software switch
 *
 * Sets of CPUs are masks of @words 32-bit words, lowest CPU first.
 */
#ifndef VWK_STEER_H
#define VWK_STEER_H

#include "kernel/kernel.h"

#define VWK_CPU_WORDS	256	/* 8192 CPUs: the most that Linux can be built for */

/* -- steer.c: through sysfs as the socket's namespace has it, whatever /sys shows -------------- */
/* Receive packet steering of every receive queue: set alike, or read (@same: they are alike; else
 * the union). VW_ERR_NOTSUP: the kernel has none. */
int vwk_rps_set_all(struct vw_handle *h, struct vwk_nl *nl, const char *ifname,
		    const uint32_t *mask, size_t words);
int vwk_rps_get_all(struct vw_handle *h, struct vwk_nl *nl, const char *ifname, uint32_t *mask,
		    size_t words, bool *same);
/* CPUs the kernel could ever have, and those on line (mask). */
int vwk_cpus(struct vw_handle *h, unsigned *possible, uint32_t *online, size_t words);

/* -- irq.c ------------------------------------------------------------------------------------- */
/* @irqs[i]: the interrupt of receive queue i (sysfs msi_irqs, /proc/interrupts by name), 0: not
 * known; *@n 0: none known. */
int vwk_irqs(struct vw_handle *h, struct vwk_nl *nl, const char *ifname, unsigned *irqs,
	     size_t max, size_t *n);
int vwk_irq_affinity_set(struct vw_handle *h, unsigned irq, const uint32_t *mask, size_t words);
/* Where it may go, and where it goes now. */
int vwk_irq_affinity_get(struct vw_handle *h, unsigned irq, uint32_t *mask, size_t words);
int vwk_irq_effective_get(struct vw_handle *h, unsigned irq, uint32_t *mask, size_t words);
/* What a new interrupt gets. */
int vwk_irq_default_get(struct vw_handle *h, uint32_t *mask, size_t words);

/* -- ntuple.c: by ioctl ------------------------------------------------------------------------ */
struct vwk_ntuple {		/* what frames go to @queue; members not in @fields do not matter */
	unsigned fields;	/* VWK_NTUPLE_... */
	uint8_t	 mac[6];	/* destination */
	uint16_t vid;
	uint8_t	 proto;		/* IPPROTO_TCP, UDP, SCTP */
	bool	 ipv6;		/* of an IP rule: else IPv4 */
	uint32_t src, dst;	/* IPv4, network order */
	uint32_t src_mask, dst_mask;
	uint8_t	 src6[16], dst6[16];
	uint8_t	 src6_mask[16], dst6_mask[16];
	uint16_t sport, dport;	/* host order */
	uint32_t queue;		/* UINT32_MAX in a list: the rule drops */
	uint32_t location;	/* of the rule: set by add */
};
#define VWK_NTUPLE_MAC		(1u << 0)
#define VWK_NTUPLE_VID		(1u << 1)
#define VWK_NTUPLE_PROTO	(1u << 2)
#define VWK_NTUPLE_SRC		(1u << 3)
#define VWK_NTUPLE_DST		(1u << 4)
#define VWK_NTUPLE_SPORT	(1u << 5)
#define VWK_NTUPLE_DPORT	(1u << 6)
#define VWK_NTUPLE_OTHER	(1u << 31)	/* in a list: matches what this struct cannot say */

/* Does the driver take ntuple rules? Asks without changing anything. */
bool vwk_ntuple_able(struct vwk_nl *nl, const char *ifname);
/* VW_ERR_NOTSUP: the driver takes no such rule. Turns the feature on where that is possible. Fills
 * @r->location. Rules that say more than addresses of layer 2 are asked for before those. */
int vwk_ntuple_add(struct vw_handle *h, struct vwk_nl *nl, const char *ifname,
		   struct vwk_ntuple *r);
int vwk_ntuple_del(struct vw_handle *h, struct vwk_nl *nl, const char *ifname, uint32_t location);
int vwk_ntuple_list(struct vw_handle *h, struct vwk_nl *nl, const char *ifname,
		    struct vwk_ntuple **out, size_t *n);	/* *@out is for free() */
/* Do two rules match the same frames in the same words? */
bool vwk_ntuple_same(const struct vwk_ntuple *a, const struct vwk_ntuple *b);

/* -- rings.c -------------------------------------------------------------------------------------- */
/* Counts of rx, tx and combined channels; the maxima are not looked at. */
int vwk_channels_set(struct vw_handle *h, struct vwk_nl *nl, const char *ifname,
		     const struct vwk_channels *c);
/* Receive queues in use; 0 or a positive errno, not told. */
int vwk_rings(struct vwk_nl *nl, const char *ifname, uint32_t *n);
/* Queues that frames without a rule are spread over, by hash; *@table is for free(). */
int vwk_rss_get(struct vw_handle *h, struct vwk_nl *nl, const char *ifname, uint32_t **table,
		size_t *n);
/* @n 0: over all queues, as the driver does it by itself. */
int vwk_rss_set(struct vw_handle *h, struct vwk_nl *nl, const char *ifname, const uint32_t *table,
		size_t n);

/* -- feature.c: what ethtool -K shows ---------------------------------------------------------- */
struct vwk_feature { bool on, can; };	/* is on; can be changed */
/* 0 or a positive errno, not told. EOPNOTSUPP: the kernel knows no feature of that name. */
int vwk_feature_get(const struct vwk_nl *nl, const char *ifname, const char *name,
		    struct vwk_feature *out);
int vwk_feature_set(const struct vwk_nl *nl, const char *ifname, const char *name, bool on);
/* Off, where it is on and can be turned off; one that cannot is a warning in the log. */
int vwk_feature_off(struct vw_handle *h, struct vwk_nl *nl, const char *ifname, const char *name);

#endif

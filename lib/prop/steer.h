/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * steer.h - what cpus.c, rings.c and steer.c share: sets of CPUs, the NICs a link's frames come in
 * by, and the rule that gives a link's frames a ring of such a NIC
 */
#ifndef VWP_STEER_H
#define VWP_STEER_H

#include "kernel/steer.h"
#include "prop/rows.h"

#define VWP_NICS	16	/* ports of one aggregation that are looked at */

/* -- cpulist.c: "0-3,5" ---------------------------------------------------------------------- */
struct vwp_cpus { uint32_t w[VWK_CPU_WORDS]; };
int vwp_cpus_from(struct vw_handle *h, const char *text, struct vwp_cpus *out);
int vwp_cpus_text(struct vw_handle *h, const struct vwp_cpus *s, char *out, size_t len);
bool vwp_cpus_none(const struct vwp_cpus *s);
bool vwp_cpus_same(const struct vwp_cpus *a, const struct vwp_cpus *b);
bool vwp_cpus_within(const struct vwp_cpus *a, const struct vwp_cpus *b);	/* a in b */
void vwp_cpus_join(struct vwp_cpus *to, const struct vwp_cpus *more);
unsigned vwp_cpus_count(const struct vwp_cpus *s);
struct vwp_cpus vwp_cpus_nth(const struct vwp_cpus *s, unsigned n);	/* the n-th alone */
int vwp_cpus_online(struct vw_handle *h, struct vwp_cpus *out);
/* VW_ERR_BADVAL unless all of them are there and on line. */
int vwp_cpus_exist(struct vw_handle *h, const struct vwp_cpus *s);

/* -- steer.c --------------------------------------------------------------------------------- */
struct vwp_below {
	struct vwk_nl	*nl;			/* where they are */
	char		 name[VWP_NICS][VWU_IFNAME];
	size_t		 n;			/* 0: frames come from other links alone */
	uint16_t	 vid;			/* of the frames there; 0: untagged */
};
int vwp_below(struct vw_handle *h, const struct vwp_link *l, struct vwp_below *out);
/* Do all of them take rules? */
bool vwp_below_able(const struct vwp_below *b);
/* What the link's frames have in common: its address and VLAN. */
void vwp_match_own(const struct vwp_link *l, const struct vwp_below *b, struct vwk_ntuple *m);

/* What is asked of a ring. Both false: no rule is wanted. */
struct vwp_want {
	bool		has_cpus;	/* it shall be processed there */
	bool		alone;		/* nothing else comes in by it */
	struct vwp_cpus	cpus;
};
/* Of the properties of @l->def, with @name (may be NULL) as @value instead. */
int vwp_want_of(struct vw_handle *h, const struct vwp_link *l, const char *name, const char *value,
		struct vwp_want *out);
/* Give frames that match a ring on each NIC as @now says, or take the rule away; @was: as they had
 * it. Idempotent. *@location, if not NULL: of the rule on the first NIC. */
int vwp_steer(struct vw_handle *h, const struct vwp_below *b, const struct vwk_ntuple *match,
	      const struct vwp_want *was, const struct vwp_want *now, uint32_t *location);
/* Where the rule on one NIC leads. @found false: there is none. */
struct vwp_steered {
	bool		found;
	uint32_t	queue, location;
	bool		alone;		/* RSS leaves the ring out */
	bool		has_cpus;	/* its interrupt is known: */
	struct vwp_cpus	may;		/* CPUs it may go to */
	struct vwp_cpus	is;		/* and goes to now */
};
int vwp_steered(struct vw_handle *h, struct vwk_nl *nl, const char *nic,
		const struct vwk_ntuple *match, struct vwp_steered *out);

/* steerflow.c: @l has got the address @mac: what leads its frames to a ring follows. */
int vwp_steer_follow(struct vw_handle *h, const struct vwp_link *l, const uint8_t mac[6]);

/* -- steernic.c ---------------------------------------------------------------------------------- */
/* All that a NIC receives, or none of it (@now NULL): interrupts and RPS. */
int vwp_steer_nic(struct vw_handle *h, struct vwk_nl *nl, const char *nic,
		  const struct vwp_cpus *was, const struct vwp_cpus *now);
/* Is it as vwp_steer_nic() leaves it? And the CPUs that work for it now. */
int vwp_nic_is(struct vw_handle *h, struct vwk_nl *nl, const char *nic, const struct vwp_cpus *want,
	       bool *so);
int vwp_nic_cpus(struct vw_handle *h, struct vwk_nl *nl, const char *nic, struct vwp_cpus *out);

#endif

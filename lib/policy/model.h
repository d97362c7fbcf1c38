/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * model.h - a tree of limits without the kernel: from what is wanted to what HTB has to be told
 *
 * HTB sends what is within the rate of a class without asking the classes above, so rates are
 * promises: the sum of the rates below a class never exceeds its own. Limits are ceils. A class
 * that was promised nothing has a token rate, about 1 % of its limit, so that nobody starves; who
 * gets what is not promised, priority decides.
 *
 * What a class alone does not tell is noted in the lowest bits of its leaves' quantum, where some
 * bytes more or less do not matter: whoever reads the classes back gets exactly what was set.
 */
#ifndef VWPL_MODEL_H
#define VWPL_MODEL_H

#include "kernel/tc.h"
#include "policy/policy.h"
#include "policy/tree.h"

/* Bytes/s: the ceil of a class that has no limit of its own. */
#define VWPL_CEIL_NONE		(VWPL_RATE_MOST / 8 + 1)
#define VWPL_MINOR_ROOT		1u
#define VWPL_MINOR_FIRST	16u	/* a node takes three, beginning here */
#define VWPL_MINOR_LAST		65530u	/* no node begins behind this */

struct vwpl_class {
	bool		there;		/* in the kernel, with @has */
	bool		leaf;		/* with a queue of ours below it */
	uint32_t	drops;		/* of @has */
	struct vwk_htb	has, want;
};

enum { VWPL_OWN = 0, VWPL_LEAF_OUT, VWPL_LEAF_IN, VWPL_CLASSES };

struct vwpl_mnode {
	uint16_t	   minor, parent;
	bool		   dying;	/* to be removed: counts no more */
	struct vwpl_limits limits;
	struct vwpl_class  c[VWPL_CLASSES];
	/* Of a solution, in bytes/s: */
	uint64_t	   promised;	/* to the flows of a link, together */
	uint64_t	   floors;	/* least sum of the rates below */
	size_t		   unpromised;	/* how many share the tokens: leaves and flows */
	uint64_t	   rate;
	bool		   more;	/* @rate is a bit more than limits.min, for the floors */
};

struct vwpl_model {
	uint64_t	   rate;	/* of the root: bits/s, VWPL_NONE */
	struct vwpl_class  root;
	struct vwpl_mnode *v;		/* in no order; vwpl_model_add() may move them */
	size_t		   n, cap;
	uint16_t	  *index;	/* by minor: index into @v plus 1 */
};

int vwpl_model_init(struct vwpl_model *m);		/* 0 or -ENOMEM */
void vwpl_model_fini(struct vwpl_model *m);
struct vwpl_mnode *vwpl_model_find(const struct vwpl_model *m, uint16_t minor);
struct vwpl_mnode *vwpl_model_add(struct vwpl_model *m, uint16_t minor, uint16_t parent);
void vwpl_model_remove(struct vwpl_model *m, uint16_t minor);
/* From the classes of a queue device, whose HTB is "1:". @used gets the minors of all of them.
 * 0 or -ENOMEM. */
int vwpl_model_load(struct vwpl_model *m, const struct vwk_class *v, size_t n,
		    struct vwb_minors *used);
/* Limits of a node as its classes say. */
void vwpl_model_read(const struct vwpl_model *m, const struct vwpl_mnode *node,
		     struct vwpl_limits *out);

/* Why there is no solution. */
enum vwpl_fault {
	VWPL_FAULT_NONE = 0,
	VWPL_FAULT_MIN,		/* a node's minbw is above its maxbw */
	VWPL_FAULT_FLOWS,	/* flows of a node are promised more than itself */
	VWPL_FAULT_LINKS,	/* links are promised more than the root has */
	VWPL_FAULT_CROWD	/* too many for the limit of a node, or of the root */
};
struct vwpl_conflict {
	enum vwpl_fault fault;
	uint16_t	minor;		/* of the node; 1: the root */
	uint64_t	promised, has;	/* bits/s */
};
/* Fill in every @want; false: it cannot be done, and @why. */
bool vwpl_model_solve(struct vwpl_model *m, struct vwpl_conflict *why);
/* Bytes/s that direction @leaf of @node can have at most; of @has, or of @want. */
uint64_t vwpl_model_most(const struct vwpl_model *m, const struct vwpl_mnode *node, int leaf,
			 bool has);

/* rate.c, in bytes/s */
uint64_t vwpl_bytes(uint64_t bits);		/* VWPL_NONE: VWPL_CEIL_NONE */
uint32_t vwpl_quantum(uint64_t ceil);
void vwpl_htb_bytes(uint64_t rate, uint64_t ceil, unsigned prio, struct vwk_htb *out);
uint64_t vwpl_token_of(uint64_t ceil, uint64_t spare, size_t siblings);
uint32_t vwpl_codel_limit(uint64_t ceil_bits);	/* packets */
uint32_t vwpl_codel_target(uint64_t ceil_bits);	/* us */

#endif

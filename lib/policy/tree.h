/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tree.h - limits as HTB classes on the queue pair of a root
 *
 * A queue pair is a veth pair in the host, "eth0-q" and "eth0-r": what waits is sent to q, whose
 * root qdisc is HTB "1:"; what leaves arrives at r, where vw_queue sends it on. The tree:
 *
 *   1:1            the root: rate = ceil = its limit, else VWPL_RATE_MOST
 *    1:V           a link, ceil = maxbw (or the root's); rate = its guarantee
 *     1:V+1, 1:V+2 its leaves OUT and IN: a token rate, ceil = maxbw-tx, maxbw-rx or V's
 *     1:F          a flow with a limit or priority, ceil = its maxbw or V's; rate a token
 *      1:F+1, F+2  its leaves
 *
 * HTB does not hold a parent to the sum of its children's rates (1.9 times the limit was measured),
 * so the sum of the rates below a class never exceeds its own: leaves have token rates, the limit
 * is ceil. Children are lowered before their parent and raised after it. Burst and quantum:
 * clamp(R x 1 ms, 16 kB, 2.5 MB), clamp(R x 10 ms, 1514, 60000) with R of the link. Leaf queues:
 * fq_codel where the kernel has it, else bfifo of max(R x 20 ms, 30 kB).
 */
#ifndef VWPL_TREE_H
#define VWPL_TREE_H

#include "kernel/tc.h"
#include "policy/policy.h"

struct vwpl_tree;	/* queue pair of one root, found or made */

/* *@out NULL when there is none and @make is false. @progfd: vw_queue. Kept by @trees until
 * vwpl_trees_free(): asked for again, the same is given. */
struct vwpl_trees {
	struct vw_handle *h;
	struct vwk_nl	 *nl;
	uint32_t	  group;
	int		  minors_fd;	/* map vw_minors */
	struct vwpl_tree **v;
	size_t		  n;
	int		  leaf;		/* enum vwk_leaf; -1: not tried yet */
};
int vwpl_tree_get(struct vwpl_trees *t, int root, const char *root_name, int progfd, bool make,
		  struct vwpl_tree **out);
int vwpl_tree_queue(const struct vwpl_tree *tree);	/* ifindex of q */
/* The tree whose queue device is @queue, by that alone (points know only their queue): for changing
 * and reading nodes that are there. *@out NULL: no such device. */
int vwpl_tree_of(struct vwpl_trees *t, int queue, struct vwpl_tree **out);
/* Queue devices of all trees that there are; @out is for free(). */
int vwpl_queues_all(struct vwpl_trees *t, int **out, size_t *n);
/* Without any node, which a killed command may leave, it goes with the next vwpl_trees_run(). */
int vwpl_tree_tidy(struct vwpl_tree *tree);
/* Limit of the root itself; VWPL_NONE: none. */
int vwpl_tree_rate(struct vwpl_tree *tree, uint64_t rate);
void vwpl_trees_free(struct vwpl_trees *t);

/* A node: inner class @minor and its leaves @minor + 1 (OUT) and @minor + 2 (IN). */
struct vwpl_node {
	uint16_t	   minor;	/* 0: to be allotted by vwpl_node_set() */
	uint16_t	   parent;	/* 1, or minor of the link's node for a flow's */
	struct vwpl_limits limits;	/* not 0 */
	uint64_t	   above;	/* bits/s the parent is limited to, VWPL_NONE: the caller's
					   note; what counts is the parent's node */
};
/*
 * Make or change nodes, in the trees' batches: nothing is sent before vwpl_trees_run(). Minors are
 * allotted at once. Changing keeps what waits in the queues. HTB cannot move a class: a node whose
 * @parent is another than before gets a new minor, and the old one is the caller's to remove.
 */
int vwpl_node_set(struct vwpl_tree *tree, struct vwpl_node *node);
/* Let all that waits out, then remove, a link's flows with it. The caller has already directed new
 * frames elsewhere; those that come nevertheless find no class and are dropped. */
int vwpl_node_del(struct vwpl_tree *tree, uint16_t minor);
/* Send what was gathered; queue pairs nobody uses any more are deleted. VW_ERR_BADVAL: guarantees
 * exceed what there is. After a failure nothing is pending any more. */
int vwpl_trees_run(struct vwpl_trees *t);
/* Forget what was gathered: the call ends in failure before anything was sent. */
void vwpl_trees_drop(struct vwpl_trees *t);
/* Limits as the kernel has them; VW_ERR_NOTFOUND, not told: no such node. */
int vwpl_node_get(struct vwpl_tree *tree, uint16_t minor, struct vwpl_limits *out,
		  uint64_t *drops);
/* Does a link or flow with these limits need a node at all? And which directions wait in it?
 * @above: what the whole is limited to; inside that every link needs a node, but of a flow that has
 * nothing of its own its link's takes care: ask for it with VWPL_NONE. */
bool vwpl_limits_need_node(const struct vwpl_limits *l, uint64_t above);
bool vwpl_limits_wait(const struct vwpl_limits *l, uint64_t above, enum vwb_dir dir);

/* How long what was read of the kernel is good for: whoever reads a thousand links shares a few
 * readings; whoever samples for hours sees what is. */
#define VWPL_FRESH_MS	20

/* rate.c: pure arithmetic, bits/s to what HTB is told */
void vwpl_htb_for(uint64_t rate_bits, uint64_t ceil_bits, unsigned prio, struct vwk_htb *out);
uint32_t vwpl_leaf_limit(uint64_t ceil_bits, uint32_t mtu);	/* bytes */

#endif

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* queue.h - what queue.c, tree.c and node.c share: one queue pair and what is known of it */
#ifndef VWPL_QUEUE_H
#define VWPL_QUEUE_H

#include "policy/model.h"
#include "policy/tree.h"

#define VWPL_CLASSID(minor)	(1u << 16 | (uint32_t)(minor))

struct vwpl_tree {
	struct vwpl_trees *all;
	int		   root;	/* ifindex; 0: not known, found by its queue */
	char		   root_name[VWU_IFNAME];
	int		   q, r;	/* ifindexes; 0: no pair */
	bool		   up;		/* both ends are */
	bool		   checked;	/* since the last run: the pair is there */
	bool		   loaded;	/* @model is what the kernel has */
	bool		   changed;	/* and something is to be changed */
	int64_t		   loaded_at;	/* ms */
	bool		   drops_read;	/* of fq_codel, since then */
	uint32_t	   mtu;		/* of the root; 0: not known */
	int		   kind;	/* enum vwk_leaf of its leaves; -1: not known yet */
	struct vwpl_model  model;
	struct vwb_minors  used;	/* allotted, by this or an earlier command */
	struct vwb_minors  seen;	/* of classes in the kernel when it was loaded */
	uint16_t	   next;	/* where to look for a free minor */
};

/* -- queue.c: the devices ---------------------------------------------------------------------- */
/* The pair of @tree->root, or of @tree->q if that is known; @tree->q 0: there is none. */
int vwpl_queue_find(struct vwpl_tree *tree);
int vwpl_queue_make(struct vwpl_tree *tree);
/* What a killed command left undone: HTB, vw_queue on the far end, both ends up. */
int vwpl_queue_complete(struct vwpl_tree *tree, int progfd);
/* @tree->kind and @all->leaf: what leaves are made of here. */
int vwpl_queue_kind(struct vwpl_tree *tree);
/* Delete the pairs of the trees that have no node. */
int vwpl_queues_delete(struct vwpl_trees *t);

/* -- tree.c ------------------------------------------------------------------------------------ */
/* Read the model anew from the kernel. */
int vwpl_tree_load(struct vwpl_tree *tree);
/* The model is what the kernel has, and may be changed from now on until vwpl_trees_run(). */
int vwpl_tree_begin(struct vwpl_tree *tree);
/* For reading: not older than some milliseconds. */
int vwpl_tree_fresh(struct vwpl_tree *tree);

/* -- node.c ------------------------------------------------------------------------------------ */
/* Free the minors of a node that is gone. */
void vwpl_minors_free(struct vwpl_tree *tree, uint16_t minor);

/* -- treerun.c --------------------------------------------------------------------------------- */
/* Into @b all that makes the kernel have what is wanted, in an order in which no class ever has
 * less than those below it. */
void vwpl_tree_put(struct vwpl_tree *tree, struct vwk_batch *b);
/* That was carried out. */
void vwpl_tree_done(struct vwpl_tree *tree);
/* Let what waits in dying nodes out and remove them, in all trees. */
int vwpl_trees_bury(struct vwpl_trees *t);

#endif

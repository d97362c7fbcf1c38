/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* treerun.c - what is wanted of a tree, as changes to HTB in the order that keeps its promises */
#include "policy/queue.h"

#include <string.h>
#include <time.h>

#include <linux/pkt_sched.h>

#define DRAIN_MS	5000	/* 30 kB at 64 kb/s take 3,750 */
#define LEVELS		4	/* root; links; their leaves and flows; leaves of flows */

/* -- classes ----------------------------------------------------------------------------------- */

/* What HTB keeps of an inner class is its rate and ceil; bursts follow from these. */
static bool same(const struct vwk_htb *a, const struct vwk_htb *b, bool leaf)
{
	return a->rate == b->rate && a->ceil == b->ceil &&
	       (!leaf || (a->quantum == b->quantum && a->prio == b->prio));
}

static void put_class(struct vwpl_tree *tree, struct vwk_batch *b, uint16_t parent, uint16_t minor,
		      const struct vwpl_class *c)
{
	uint32_t above = parent != 0 ? VWPL_CLASSID(parent) : TC_H_ROOT;

	vwk_batch_class(b, tree->q, above, VWPL_CLASSID(minor), &c->want);
}

/* Lowered first, and from below; all others after that, and from above. */
static void put_if(struct vwpl_tree *tree, struct vwk_batch *b, uint16_t parent, uint16_t minor,
		   const struct vwpl_class *c, bool leaf, bool lower)
{
	bool lowered = c->there && c->want.rate < c->has.rate;

	if (lowered == lower && (!c->there || !same(&c->has, &c->want, leaf)))
		put_class(tree, b, parent, minor, c);
}

static void put_queue(struct vwpl_tree *tree, struct vwk_batch *b, const struct vwpl_mnode *node,
		      int leaf)
{
	uint64_t most = vwpl_model_most(&tree->model, node, leaf, false);
	uint16_t minor = (uint16_t)(node->minor + leaf);
	bool codel = tree->kind == VWK_LEAF_FQ_CODEL;

	if (node->c[leaf].leaf && most == vwpl_model_most(&tree->model, node, leaf, true))
		return;
	vwk_batch_leaf(b, tree->q, VWPL_CLASSID(minor), minor, (enum vwk_leaf)tree->kind,
		       codel ? vwpl_codel_limit(most * 8) : vwpl_leaf_limit(most * 8, tree->mtu),
		       codel ? vwpl_codel_target(most * 8) : 0);
}

static void put_level(struct vwpl_tree *tree, struct vwk_batch *b, int level, bool lower)
{
	if (level == 0)
		put_if(tree, b, 0, VWPL_MINOR_ROOT, &tree->model.root, false, lower);
	for (size_t i = 0; level > 0 && i < tree->model.n; i++) {
		const struct vwpl_mnode *node = &tree->model.v[i];
		int own = node->parent == VWPL_MINOR_ROOT ? 1 : 2;

		if (node->dying)
			continue;
		if (level == own)
			put_if(tree, b, node->parent, node->minor, &node->c[VWPL_OWN], false,
			       lower);
		for (int leaf = VWPL_LEAF_OUT; level == own + 1 && leaf <= VWPL_LEAF_IN; leaf++) {
			put_if(tree, b, node->minor, (uint16_t)(node->minor + leaf),
			       &node->c[leaf], true, lower);
			if (!lower)
				put_queue(tree, b, node, leaf);
		}
	}
}

void vwpl_tree_put(struct vwpl_tree *tree, struct vwk_batch *b)
{
	for (int level = LEVELS - 1; level >= 0; level--)
		put_level(tree, b, level, true);
	for (int level = 0; level < LEVELS; level++)
		put_level(tree, b, level, false);
}

static void done(struct vwpl_class *c, bool leaf)
{
	c->there = true;
	c->leaf = leaf;
	c->has = c->want;
}

void vwpl_tree_done(struct vwpl_tree *tree)
{
	if (tree->model.n > 0)
		done(&tree->model.root, false);
	for (size_t i = 0; i < tree->model.n; i++) {
		struct vwpl_mnode *node = &tree->model.v[i];

		for (int k = 0; !node->dying && k < VWPL_CLASSES; k++) {
			done(&node->c[k], k != VWPL_OWN);
			tree->seen.used[(node->minor + k) / 8] |=
				(uint8_t)(1u << (node->minor + k) % 8);
		}
	}
}

/* -- the end of nodes -------------------------------------------------------------------------- */

static bool any_dying(const struct vwpl_tree *tree)
{
	for (size_t i = 0; i < tree->model.n; i++)
		if (tree->model.v[i].dying)
			return true;
	return false;
}

/* The dying node whose leaf @c is; NULL: none. */
static const struct vwpl_mnode *dying_of(const struct vwpl_tree *tree, const struct vwk_class *c)
{
	const struct vwpl_mnode *node = vwpl_model_find(&tree->model, c->parent & 0xFFFF);

	return node != NULL && node->dying ? node : NULL;
}

/* Nobody sends to it any more, so that only what waits goes without a limit. */
static void unlimit(struct vwpl_tree *tree, struct vwk_batch *b, const struct vwpl_mnode *node)
{
	struct vwk_htb htb;

	vwpl_htb_for(VWPL_RATE_MOST, VWPL_NONE, 0, &htb);
	for (unsigned k = 0; k < VWPL_CLASSES; k++) {
		uint16_t above = k == VWPL_OWN ? node->parent : node->minor;

		vwk_batch_class(b, tree->q, VWPL_CLASSID(above), VWPL_CLASSID(node->minor + k),
				&htb);
	}
}

/* How many leaves of dying nodes still hold frames? With @b: let them go. Negative: status. */
static int waiting(struct vwpl_tree *tree, struct vwk_batch *b)
{
	struct vwk_class *v = NULL;
	size_t n = 0;
	int count = 0, rc;

	rc = vwk_class_dump(tree->all->h, tree->all->nl, tree->q, &v, &n);
	for (size_t i = 0; rc == VW_OK && i < n; i++) {
		const struct vwpl_mnode *node = v[i].qlen > 0 ? dying_of(tree, &v[i]) : NULL;

		if (node == NULL)
			continue;
		count++;
		if (b != NULL)
			unlimit(tree, b, node);
	}
	free(v);
	return rc < 0 ? rc : count;
}

static int all_waiting(struct vwpl_trees *t, struct vwk_batch *b)
{
	int sum = 0;

	for (size_t i = 0; i < t->n; i++) {
		int rc = t->v[i]->changed && any_dying(t->v[i]) ? waiting(t->v[i], b) : 0;

		if (rc < 0)
			return rc;
		sum += rc;
	}
	return sum;
}

static void pause_us(long us)
{
	nanosleep(&(struct timespec){ .tv_nsec = us * 1000 }, NULL);
}

/* A program that read the old classes just before they changed has sent its frame by and by. */
static int drain(struct vwpl_trees *t, struct vwk_batch *b)
{
	int64_t end = vwk_now_ms() + DRAIN_MS;
	long us = 1000;
	int rc;

	pause_us(us);
	rc = all_waiting(t, b);
	if (rc > 0 && vwk_batch_run(b, NULL) < 0)
		return t->h->err.status;
	while (rc > 0 && vwk_now_ms() < end) {
		us = us < 50000 ? us * 2 : us;
		pause_us(us);
		rc = all_waiting(t, NULL);
	}
	return rc < 0 ? rc : VW_OK;
}

static void put_end(struct vwpl_tree *tree, struct vwk_batch *b, bool flows)
{
	for (size_t i = 0; i < tree->model.n; i++) {
		const struct vwpl_mnode *node = &tree->model.v[i];

		if (!node->dying || (node->parent != VWPL_MINOR_ROOT) != flows)
			continue;
		for (unsigned k = VWPL_CLASSES; k-- > 0;)
			vwk_batch_class_del(b, tree->q, VWPL_CLASSID(node->minor + k));
	}
}

static void forget_dying(struct vwpl_tree *tree)
{
	for (size_t i = tree->model.n; i-- > 0;) {
		uint16_t minor = tree->model.v[i].minor;

		if (!tree->model.v[i].dying)
			continue;
		vwpl_minors_free(tree, minor);
		vwpl_model_remove(&tree->model, minor);
	}
}

static bool all_dying(const struct vwpl_tree *tree)
{
	for (size_t i = 0; i < tree->model.n; i++)
		if (!tree->model.v[i].dying)
			return false;
	return true;
}

static int bury(struct vwpl_trees *t, struct vwk_batch *b)
{
	int rc = drain(t, b);

	if (rc < 0)
		return rc;
	/* A tree that loses all of its nodes goes with its devices. */
	for (size_t i = 0; i < t->n; i++) {
		if (!t->v[i]->changed || all_dying(t->v[i]))
			continue;
		put_end(t->v[i], b, true);
		put_end(t->v[i], b, false);
	}
	rc = vwk_batch_run(b, NULL);
	for (size_t i = 0; rc == VW_OK && i < t->n; i++)
		if (t->v[i]->changed)
			forget_dying(t->v[i]);
	return rc;
}

int vwpl_trees_bury(struct vwpl_trees *t)
{
	struct vwk_batch *b;
	bool any = false;
	int rc;

	for (size_t i = 0; i < t->n; i++)
		any = any || (t->v[i]->changed && any_dying(t->v[i]));
	if (!any)
		return VW_OK;
	b = vwk_batch_new(t->h, t->nl);
	if (b == NULL)
		return VW_ERR_NOMEM;
	rc = bury(t, b);
	vwk_batch_free(b);
	return rc;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* node.c - nodes of a tree: set, removed, read back; the numbers their classes get */
#include "policy/queue.h"

#include <string.h>

#define STEP	((unsigned)VWPL_CLASSES)	/* minors of a node: its own, its leaves' */

/* -- minors ------------------------------------------------------------------------------------ */

static bool has_bit(const struct vwb_minors *set, unsigned minor)
{
	return set->used[minor / 8] & 1u << minor % 8;
}

static bool any_bit(const struct vwb_minors *set, unsigned minor)
{
	return has_bit(set, minor) || has_bit(set, minor + 1) || has_bit(set, minor + 2);
}

static void set_bits(struct vwb_minors *set, unsigned minor, bool on)
{
	for (unsigned i = minor; i < minor + STEP; i++) {
		if (on)
			set->used[i / 8] |= (uint8_t)(1u << i % 8);
		else
			set->used[i / 8] &= (uint8_t)~(1u << i % 8);
	}
}

void vwpl_minors_free(struct vwpl_tree *tree, uint16_t minor)
{
	set_bits(&tree->used, minor, false);
	set_bits(&tree->seen, minor, false);
}

static uint16_t search(struct vwpl_tree *tree, const struct vwb_minors *taken)
{
	unsigned all = (VWPL_MINOR_LAST - VWPL_MINOR_FIRST) / STEP;

	for (unsigned i = 0; i < all; i++) {
		unsigned minor = tree->next;

		tree->next = (uint16_t)(minor + STEP <= VWPL_MINOR_LAST ? minor + STEP
									: VWPL_MINOR_FIRST);
		if (!any_bit(taken, minor) &&
		    vwpl_model_find(&tree->model, (uint16_t)minor) == NULL)
			return (uint16_t)minor;
	}
	return 0;
}

/* Killed commands may have left minors that nobody uses: those only when there is no other. */
static uint16_t allot(struct vwpl_tree *tree)
{
	uint16_t minor = search(tree, &tree->used);

	return minor != 0 ? minor : search(tree, &tree->seen);
}

/* -- setting ----------------------------------------------------------------------------------- */

/* No limit has one form only. */
static struct vwpl_limits tidy(const struct vwpl_limits *l)
{
	struct vwpl_limits t = *l;

	t.both = t.both != 0 ? t.both : VWPL_NONE;
	t.rx = t.rx != 0 ? t.rx : VWPL_NONE;
	t.tx = t.tx != 0 ? t.tx : VWPL_NONE;
	t.min = t.min != VWPL_NONE ? t.min : 0;
	return t;
}

/* The node that is meant, if it can be used: HTB cannot move a class to another parent. */
static struct vwpl_mnode *known(struct vwpl_tree *tree, const struct vwpl_node *node)
{
	struct vwpl_mnode *m = node->minor != 0 ? vwpl_model_find(&tree->model, node->minor) : NULL;

	return m != NULL && m->parent == node->parent ? m : NULL;
}

/* A number handed out earlier whose class was never made, or is gone. */
static bool reserved(const struct vwpl_tree *tree, uint16_t minor)
{
	return minor >= VWPL_MINOR_FIRST && minor <= VWPL_MINOR_LAST &&
	       (minor - VWPL_MINOR_FIRST) % STEP == 0 && !any_bit(&tree->seen, minor) &&
	       vwpl_model_find(&tree->model, minor) == NULL;
}

static struct vwpl_mnode *add(struct vwpl_tree *tree, const struct vwpl_node *node)
{
	uint16_t minor = reserved(tree, node->minor) ? node->minor : allot(tree);
	struct vwpl_mnode *m;

	if (minor == 0) {
		vwc_why(tree->all->h, VW_ERR_BUSY, "'%s' has all the limits it can have (21838 "
			"links and flows)", tree->root_name);
		return NULL;
	}
	m = vwpl_model_add(&tree->model, minor, node->parent);
	if (m == NULL)
		vwc_nomem(tree->all->h);
	else
		set_bits(&tree->used, minor, true);
	return m;
}

int vwpl_node_set(struct vwpl_tree *tree, struct vwpl_node *node)
{
	struct vwpl_limits limits = tidy(&node->limits);
	struct vwpl_mnode *m;
	int rc = vwpl_tree_begin(tree);

	if (rc < 0)
		return rc;
	if (node->parent != VWPL_MINOR_ROOT && vwpl_model_find(&tree->model, node->parent) == NULL)
		return vwc_why(tree->all->h, VW_ERR_NOTFOUND,
			       "the class of the flow's link is gone from '%s'", tree->root_name);
	m = known(tree, node);
	if (m == NULL)
		m = add(tree, node);
	if (m == NULL)
		return tree->all->h->err.status;
	m->dying = false;
	m->limits = limits;
	node->minor = m->minor;
	tree->changed = true;
	return VW_OK;
}

/* -- removing ---------------------------------------------------------------------------------- */

static bool is_there(const struct vwpl_mnode *m)
{
	return m->c[VWPL_OWN].there;
}

static void doom(struct vwpl_tree *tree, struct vwpl_mnode *m)
{
	if (is_there(m)) {
		m->dying = true;
		return;
	}
	vwpl_minors_free(tree, m->minor);
	vwpl_model_remove(&tree->model, m->minor);
}

int vwpl_node_del(struct vwpl_tree *tree, uint16_t minor)
{
	struct vwpl_mnode *m;
	int rc = vwpl_tree_begin(tree);

	if (rc < 0)
		return rc;
	tree->changed = true;
	m = vwpl_model_find(&tree->model, minor);
	if (m == NULL) {
		if (minor >= VWPL_MINOR_FIRST && !any_bit(&tree->seen, minor))
			vwpl_minors_free(tree, minor);
		return VW_OK;
	}
	/* From behind: removing one moves the last into its place. */
	for (size_t i = tree->model.n; m->parent == VWPL_MINOR_ROOT && i-- > 0;)
		if (tree->model.v[i].parent == minor)
			doom(tree, &tree->model.v[i]);
	doom(tree, vwpl_model_find(&tree->model, minor));
	return VW_OK;
}

/* -- reading ----------------------------------------------------------------------------------- */

/* fq_codel also drops when it sends, which its class does not hear of. */
static int count_drops(struct vwpl_tree *tree)
{
	struct vwk_qdisc *v = NULL;
	size_t n = 0;
	int rc = vwpl_queue_kind(tree);

	if (rc < 0 || tree->kind != VWK_LEAF_FQ_CODEL || tree->drops_read)
		return rc;
	rc = vwk_qdisc_dump(tree->all->h, tree->all->nl, tree->q, &v, &n);
	for (size_t i = 0; rc == VW_OK && i < n; i++) {
		unsigned minor = v[i].parent & 0xFFFF;

		for (unsigned leaf = VWPL_LEAF_OUT; leaf <= VWPL_LEAF_IN; leaf++) {
			struct vwpl_mnode *m = minor > leaf ?
				vwpl_model_find(&tree->model, (uint16_t)(minor - leaf)) : NULL;

			if (m != NULL && v[i].parent >> 16 == 1)
				m->c[leaf].drops = v[i].drops;
		}
	}
	free(v);
	tree->drops_read = rc == VW_OK;
	return rc;
}

int vwpl_node_get(struct vwpl_tree *tree, uint16_t minor, struct vwpl_limits *out, uint64_t *drops)
{
	const struct vwpl_mnode *m;
	int rc = vwpl_tree_fresh(tree);

	if (rc == VW_OK && drops != NULL)
		rc = count_drops(tree);
	if (rc < 0)
		return rc;
	m = vwpl_model_find(&tree->model, minor);
	if (m == NULL || !is_there(m))
		return VW_ERR_NOTFOUND;
	vwpl_model_read(&tree->model, m, out);
	if (drops != NULL)
		*drops = (uint64_t)m->c[VWPL_LEAF_OUT].drops + m->c[VWPL_LEAF_IN].drops;
	return VW_OK;
}

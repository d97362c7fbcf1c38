/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tree.c - the trees of one call: which are known, what is in them, and when it is sent */
#include "kernel/bpf.h"
#include "policy/queue.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <bpf/bpf.h>

/* -- which there are --------------------------------------------------------------------------- */

static void tree_free(struct vwpl_tree *tree)
{
	if (tree == NULL)
		return;
	vwpl_model_fini(&tree->model);
	free(tree);
}

void vwpl_trees_free(struct vwpl_trees *t)
{
	for (size_t i = 0; i < t->n; i++)
		tree_free(t->v[i]);
	free(t->v);
	t->v = NULL;
	t->n = 0;
}

static struct vwpl_tree *tree_new(struct vwpl_trees *t)
{
	struct vwpl_tree *tree = calloc(1, sizeof(*tree));
	struct vwpl_tree **v;

	if (tree == NULL || vwpl_model_init(&tree->model) < 0)
		goto nomem;
	v = reallocarray(t->v, t->n + 1, sizeof(struct vwpl_tree *));
	if (v == NULL)
		goto nomem;
	t->v = v;
	tree->all = t;
	tree->kind = -1;
	tree->next = VWPL_MINOR_FIRST;
	v[t->n++] = tree;
	return tree;

nomem:
	tree_free(tree);
	vwc_nomem(t->h);
	return NULL;
}

/* The one just made by tree_new(). */
static void forget_last(struct vwpl_trees *t)
{
	tree_free(t->v[--t->n]);
}

static struct vwpl_tree *by_queue(const struct vwpl_trees *t, int q)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->v[i]->q == q)
			return t->v[i];
	return NULL;
}

static struct vwpl_tree *by_root(const struct vwpl_trees *t, int root)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->v[i]->root == root)
			return t->v[i];
	return NULL;
}

/* The kernel's pair may be that of a tree that is known by its queue alone: then that one gets a
 * root. */
static int find_by_root(struct vwpl_trees *t, int root, const char *name, struct vwpl_tree **out)
{
	struct vwpl_tree *tree = tree_new(t), *known;
	int rc;

	if (tree == NULL)
		return VW_ERR_NOMEM;
	tree->root = root;
	snprintf(tree->root_name, sizeof(tree->root_name), "%.*s", VWU_IFNAME - 1, name);
	rc = vwpl_queue_find(tree);
	known = rc == VW_OK && tree->q != 0 ? by_queue(t, tree->q) : tree;
	if (rc < 0 || known != tree)
		forget_last(t);
	else
		tree->checked = true;
	if (rc == VW_OK)
		known->root = root;
	*out = known;
	return rc;
}

/* Still there? Asked once between two runs. */
static int check(struct vwpl_tree *tree)
{
	int rc = VW_OK;

	if (!tree->checked) {
		int q = tree->q;

		rc = vwpl_queue_find(tree);
		if (rc == VW_OK && tree->q == 0 && q != 0 && tree->root != 0)
			rc = vwpl_queue_find(tree);	/* made anew by somebody */
		tree->loaded = tree->loaded && tree->q == q && q != 0;
	}
	tree->checked = rc == VW_OK;
	return rc;
}

/* How large the frames are that wait. */
static int read_mtu(struct vwpl_tree *tree)
{
	struct vwk_link root;
	int rc;

	if (tree->root == 0)
		return VW_OK;
	rc = vwk_link_get(tree->all->h, tree->all->nl, NULL, tree->root, 0, &root);
	if (rc < 0)
		return rc == VW_ERR_NOTFOUND ? VW_OK : rc;
	tree->mtu = root.mtu;
	vwk_link_clear(&root);
	return VW_OK;
}

static int make(struct vwpl_tree *tree, int progfd)
{
	int rc = VW_OK;

	if (tree->q == 0)
		rc = vwpl_queue_make(tree);
	if (rc == VW_OK)
		rc = vwpl_tree_begin(tree);
	if (rc == VW_OK)
		rc = vwpl_queue_complete(tree, progfd);
	if (rc == VW_OK && !tree->loaded)
		rc = vwpl_tree_load(tree);
	if (rc == VW_OK && tree->mtu == 0)
		rc = read_mtu(tree);
	tree->changed = tree->changed || rc == VW_OK;
	return rc;
}

int vwpl_tree_get(struct vwpl_trees *t, int root, const char *root_name, int progfd, bool want,
		  struct vwpl_tree **out)
{
	struct vwpl_tree *tree = by_root(t, root);
	int rc;

	rc = tree != NULL ? check(tree) : find_by_root(t, root, root_name, &tree);
	if (rc == VW_OK && want && !tree->changed)
		rc = make(tree, progfd);
	if (rc < 0)
		return rc;
	*out = tree->q != 0 ? tree : NULL;
	return VW_OK;
}

int vwpl_tree_of(struct vwpl_trees *t, int queue, struct vwpl_tree **out)
{
	struct vwpl_tree *tree = by_queue(t, queue);
	int rc;

	*out = NULL;
	if (queue <= 0)
		return VW_OK;
	if (tree == NULL) {
		tree = tree_new(t);
		if (tree == NULL)
			return VW_ERR_NOMEM;
		tree->q = queue;
		rc = vwpl_queue_find(tree);
		tree->checked = true;
		if (rc < 0 || tree->q == 0) {
			forget_last(t);
			return rc;
		}
	} else {
		rc = check(tree);
	}
	if (rc == VW_OK && tree->q != 0)
		*out = tree;
	return rc;
}

int vwpl_tree_queue(const struct vwpl_tree *tree)
{
	return tree->q;
}

/* -- what is in one ---------------------------------------------------------------------------- */

/*
 * Minors 0 to 15 are nobody's: their two bytes number the changes, so that who made the last one
 * himself need not read everything again.
 */
static bool read_minors(struct vwpl_tree *tree, struct vwb_minors *out)
{
	uint32_t q = (uint32_t)tree->q;

	if (tree->all->minors_fd >= 0 &&
	    bpf_map_lookup_elem(tree->all->minors_fd, &q, out) == 0)
		return true;
	memset(out, 0, sizeof(*out));
	return false;
}

static int write_minors(struct vwpl_tree *tree)
{
	struct vwb_minors *used = &tree->used;
	uint32_t q = (uint32_t)tree->q;
	int err;

	if (tree->all->minors_fd < 0)
		return VW_OK;
	if (++used->used[0] == 0)
		used->used[1]++;
	err = vwk_bpf_map_write(tree->all->minors_fd, &q, sizeof(q), used, sizeof(*used), 1, BPF_ANY);
	return err < 0 ? vwc_errno(tree->all->h, VW_ERR_KERNEL, -err, "write map vw_minors") : VW_OK;
}

static bool unchanged(struct vwpl_tree *tree)
{
	struct vwb_minors now;

	return tree->loaded && read_minors(tree, &now) &&
	       memcmp(now.used, tree->used.used, 2) == 0;
}

int vwpl_tree_load(struct vwpl_tree *tree)
{
	struct vwk_class *v = NULL;
	uint8_t change[2];
	size_t n = 0;
	int rc;

	tree->loaded = false;
	rc = vwk_class_dump(tree->all->h, tree->all->nl, tree->q, &v, &n);
	if (rc < 0)
		return rc;
	memset(&tree->seen, 0, sizeof(tree->seen));
	if (vwpl_model_load(&tree->model, v, n, &tree->seen) < 0) {
		free(v);
		return vwc_nomem(tree->all->h);
	}
	free(v);
	read_minors(tree, &tree->used);
	memcpy(change, tree->used.used, sizeof(change));
	for (size_t i = 0; i < sizeof(tree->used.used); i++)
		tree->used.used[i] |= tree->seen.used[i];
	memcpy(tree->used.used, change, sizeof(change));
	tree->loaded = true;
	tree->drops_read = false;
	tree->loaded_at = vwk_now_ms();
	return VW_OK;
}

int vwpl_tree_begin(struct vwpl_tree *tree)
{
	int rc = VW_OK;

	if (!tree->changed && !unchanged(tree))
		rc = vwpl_tree_load(tree);
	return rc;
}

int vwpl_tree_fresh(struct vwpl_tree *tree)
{
	if (tree->changed || (tree->loaded && vwk_now_ms() - tree->loaded_at < VWPL_FRESH_MS))
		return VW_OK;
	return vwpl_tree_load(tree);
}

int vwpl_tree_tidy(struct vwpl_tree *tree)
{
	int rc = vwpl_tree_begin(tree);

	tree->changed = tree->changed || (rc == VW_OK && tree->model.n == 0);
	return rc;
}

int vwpl_tree_rate(struct vwpl_tree *tree, uint64_t rate)
{
	int rc = vwpl_tree_begin(tree);

	if (rc < 0 || tree->model.rate == rate)
		return rc;
	tree->model.rate = rate;
	tree->changed = true;
	return VW_OK;
}

/* -- sending ----------------------------------------------------------------------------------- */

static const char *text_of(uint64_t bits, char buf[32])
{
	static const char units[] = { 0, 'K', 'M', 'G' };
	size_t i = 0;

	for (; i + 1 < sizeof(units) && bits != 0 && bits % 1000 == 0; i++)
		bits /= 1000;
	snprintf(buf, 32, "%llu%c", (unsigned long long)bits, units[i]);
	return buf;
}

static int refuse(const struct vwpl_tree *tree, const struct vwpl_conflict *c)
{
	struct vw_handle *h = tree->all->h;
	char promised[32], has[32];
	bool root = c->minor == VWPL_MINOR_ROOT;

	text_of(c->promised, promised);
	text_of(c->has, has);
	switch (c->fault) {
	case VWPL_FAULT_MIN:
		return vwc_why(h, VW_ERR_BADVAL, "minbw %s is more than maxbw %s", promised, has);
	case VWPL_FAULT_FLOWS:
		vwc_why(h, VW_ERR_BADVAL, "the flows of one link would be guaranteed %s together, "
			"but the link has %s", promised, has);
		return vwc_hint(h, VW_ERR_BADVAL, "lower the minbw of the flows, or raise minbw or "
				"maxbw of their link");
	case VWPL_FAULT_LINKS:
		vwc_why(h, VW_ERR_BADVAL, "the links over '%s' would be guaranteed %s together, "
			"but it has %s", tree->root_name, promised, has);
		return vwc_hint(h, VW_ERR_BADVAL, "lower the minbw of the links and their flows");
	default:
		return vwc_why(h, VW_ERR_BADVAL, "%s of %s is too low for that many %s",
			       root ? "the limit" : "maxbw", has,
			       root ? "links and flows" : "flows with limits of their own");
	}
}

/* What the kernel has is read again when it matters. */
void vwpl_trees_drop(struct vwpl_trees *t)
{
	for (size_t i = 0; i < t->n; i++) {
		t->v[i]->checked = false;
		t->v[i]->loaded = t->v[i]->loaded && !t->v[i]->changed;
		t->v[i]->changed = false;
	}
}

static int solve(struct vwpl_trees *t)
{
	struct vwpl_conflict why;

	for (size_t i = 0; i < t->n; i++)
		if (t->v[i]->changed && t->v[i]->model.n > 0 &&
		    !vwpl_model_solve(&t->v[i]->model, &why))
			return refuse(t->v[i], &why);
	return VW_OK;
}

static int write_all_minors(struct vwpl_trees *t)
{
	int rc = VW_OK;

	for (size_t i = 0; rc == VW_OK && i < t->n; i++)
		if (t->v[i]->changed && t->v[i]->q != 0)
			rc = write_minors(t->v[i]);
	return rc;
}

static int put_all(struct vwpl_trees *t)
{
	struct vwk_batch *b = vwk_batch_new(t->h, t->nl);
	int rc = VW_OK;

	if (b == NULL)
		return VW_ERR_NOMEM;
	for (size_t i = 0; rc == VW_OK && i < t->n; i++) {
		if (!t->v[i]->changed || t->v[i]->model.n == 0)
			continue;
		rc = vwpl_queue_kind(t->v[i]);
		if (rc == VW_OK)
			vwpl_tree_put(t->v[i], b);
	}
	if (rc == VW_OK)
		rc = vwk_batch_run(b, NULL);
	vwk_batch_free(b);
	for (size_t i = 0; rc == VW_OK && i < t->n; i++)
		if (t->v[i]->changed)
			vwpl_tree_done(t->v[i]);
	return rc;
}

static bool anything(const struct vwpl_trees *t)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->v[i]->changed)
			return true;
	return false;
}

int vwpl_trees_run(struct vwpl_trees *t)
{
	int rc;

	if (!anything(t)) {
		vwpl_trees_drop(t);
		return VW_OK;
	}
	rc = solve(t);
	if (rc == VW_OK)
		rc = write_all_minors(t);
	if (rc == VW_OK)
		rc = put_all(t);
	if (rc == VW_OK)
		rc = vwpl_trees_bury(t);
	if (rc == VW_OK)
		rc = vwpl_queues_delete(t);
	if (rc == VW_OK)
		rc = write_all_minors(t);
	if (rc < 0) {
		vwpl_trees_drop(t);
		return rc;
	}
	for (size_t i = 0; i < t->n; i++)
		t->v[i]->checked = t->v[i]->changed = false;
	return VW_OK;
}

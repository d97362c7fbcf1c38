/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* queue.c - the two devices of a queue pair: found, made, completed, deleted */
#include "policy/queue.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <bpf/bpf.h>
#include <linux/if.h>
#include <linux/pkt_sched.h>

#include "kernel/bpf.h"

#define QUEUE_MTU	65535

/*
 * The near end carries the number of its root as a second name: that root may get another name, and
 * a device of a root that is gone may be in the way of the name a new one would give.
 */
static void altname_of(int root, char out[VWU_IFNAME])
{
	snprintf(out, VWU_IFNAME, "%d~q", root);
}

static int root_of(const struct vwk_link *l)
{
	int root, end = 0;

	if (l->altname == NULL || sscanf(l->altname, "%d~q%n", &root, &end) != 1 ||
	    l->altname[end] != '\0' || end == 0)
		return 0;
	return root;
}

static bool is_ours(const struct vwpl_trees *t, const struct vwk_link *l)
{
	return l->kind == VWK_VETH && l->group == t->group && l->lower > 0 && l->lower_nsid == -1;
}

/* 1: found, 0: no such link of ours; negative: status. */
static int look(struct vwpl_trees *t, const char *name, int ifindex, struct vwk_link *l)
{
	int rc = vwk_link_get(t->h, t->nl, name, ifindex, 0, l);

	if (rc == VW_ERR_NOTFOUND)
		return 0;
	if (rc < 0)
		return rc;
	if (is_ours(t, l))
		return 1;
	vwk_link_clear(l);
	return 0;
}

static void take(struct vwpl_tree *tree, struct vwk_link *l)
{
	tree->q = l->ifindex;
	tree->r = l->lower;
	/* A veth has a carrier when its other end is up. */
	tree->up = (l->flags & IFF_UP) && (l->flags & IFF_LOWER_UP);
	if (tree->root == 0)
		tree->root = root_of(l);
	if (tree->root_name[0] == '\0') {
		memcpy(tree->root_name, l->name, sizeof(tree->root_name));
		tree->root_name[strcspn(l->name, "~")] = '\0';
		if (strlen(l->name) > 2 && strchr(l->name, '~') == NULL)
			tree->root_name[strlen(l->name) - 2] = '\0';
	}
	vwk_link_clear(l);
}

static bool exists(struct vwpl_trees *t, int ifindex)
{
	struct vwk_link l;

	if (ifindex <= 0 || vwk_link_get(t->h, t->nl, NULL, ifindex, 0, &l) != VW_OK)
		return false;
	vwk_link_clear(&l);
	return true;
}

/* By the name it would have: only if it is not that of another root that is still there. */
static int find_by_name(struct vwpl_tree *tree, struct vwk_link *l)
{
	char name[VWU_IFNAME];
	int rc;

	vwu_name_queue(tree->root_name, name);
	rc = look(tree->all, name, 0, l);
	if (rc == 1 && root_of(l) != tree->root && exists(tree->all, root_of(l))) {
		vwk_link_clear(l);
		rc = 0;
	}
	return rc;
}

int vwpl_queue_find(struct vwpl_tree *tree)
{
	char altname[VWU_IFNAME];
	struct vwk_link l;
	int rc;

	if (tree->q != 0) {
		rc = look(tree->all, NULL, tree->q, &l);
	} else {
		altname_of(tree->root, altname);
		rc = look(tree->all, altname, 0, &l);
		if (rc == 0)
			rc = find_by_name(tree, &l);
	}
	if (rc < 0)
		return rc;
	tree->q = tree->r = 0;
	if (rc == 1)
		take(tree, &l);
	return VW_OK;
}

int vwpl_queues_all(struct vwpl_trees *t, int **out, size_t *n)
{
	struct vwk_links all = { 0 };
	int rc = vwk_link_dump(t->h, t->nl, 0, &all);

	*n = 0;
	*out = rc == VW_OK ? calloc(all.n + 1, sizeof(**out)) : NULL;
	for (size_t i = 0; *out != NULL && i < all.n; i++)
		if (is_ours(t, &all.v[i]) && root_of(&all.v[i]) > 0)
			(*out)[(*n)++] = all.v[i].ifindex;
	vwk_links_free(&all);
	return rc == VW_OK && *out == NULL ? vwc_nomem(t->h) : rc;
}

/* -- making ------------------------------------------------------------------------------------ */

/* Names for both ends; where the usual ones are those of another root, with this one's number. */
static void names(const struct vwpl_tree *tree, char q[VWU_IFNAME], char r[VWU_IFNAME])
{
	char base[64];

	vwu_name_queue(tree->root_name, q);
	vwu_name_queue_far(tree->root_name, r);
	if (vwk_link_index(tree->all->nl, q) == 0 && vwk_link_index(tree->all->nl, r) == 0)
		return;
	snprintf(base, sizeof(base), "%s.%d", tree->root_name, tree->root);
	vwu_name_queue(base, q);
	vwu_name_queue_far(base, r);
}

int vwpl_queue_make(struct vwpl_tree *tree)
{
	struct vwpl_trees *t = tree->all;
	struct vwk_batch *b = vwk_batch_new(t->h, t->nl);
	char q[VWU_IFNAME], r[VWU_IFNAME], altname[VWU_IFNAME];
	int rc;

	if (b == NULL)
		return VW_ERR_NOMEM;
	names(tree, q, r);
	altname_of(tree->root, altname);
	vwk_batch_newlink(b, &(struct vwk_newlink){ .name = q, .kind = VWK_VETH, .group = t->group,
		.mtu = QUEUE_MTU, .nsfd = -1, .one_queue = true,
		.peer = { .name = r, .mtu = QUEUE_MTU, .group = t->group, .nsfd = -1 } });
	vwk_batch_altname(b, 0, q, altname, true);
	rc = vwk_batch_run(b, NULL);
	vwk_batch_free(b);
	if (rc == VW_OK)
		rc = vwk_ipv6_quiet(t->h, t->nl, q);
	if (rc == VW_OK)
		rc = vwk_ipv6_quiet(t->h, t->nl, r);
	return rc == VW_OK ? vwpl_queue_find(tree) : rc;
}

static bool has_filter(struct vwpl_tree *tree, int progfd)
{
	struct vwk_filter *v = NULL;
	uint32_t id = vwk_bpf_prog_id(progfd);
	bool found = false;
	size_t n;

	if (vwk_filter_dump(tree->all->h, tree->all->nl, tree->r, true, &v, &n) < 0)
		return false;
	for (size_t i = 0; i < n; i++)
		found = found || (v[i].prio == VWK_TC_PRIO && v[i].prog_id == id && id != 0);
	free(v);
	return found;
}

int vwpl_queue_complete(struct vwpl_tree *tree, int progfd)
{
	struct vwpl_trees *t = tree->all;
	struct vwk_setlink up = { .up = true, .set = VWK_SET_NOV6 | VWK_SET_UP };
	struct vwk_batch *b;
	struct vwk_htb htb;
	int rc;

	if (tree->up && tree->model.root.there && has_filter(tree, progfd))
		return VW_OK;
	b = vwk_batch_new(t->h, t->nl);
	if (b == NULL)
		return VW_ERR_NOMEM;
	vwpl_htb_for(VWPL_RATE_MOST, VWPL_NONE, 0, &htb);
	vwk_batch_htb(b, tree->q, 1);
	if (!tree->model.root.there)
		vwk_batch_class(b, tree->q, TC_H_ROOT, VWPL_CLASSID(VWPL_MINOR_ROOT), &htb);
	vwk_batch_clsact(b, tree->r);
	vwk_batch_filter(b, tree->r, true, progfd, "vw_queue");
	/* The far end first: the near one has a carrier then and sends at once. Else its qdisc is
	 * set to work some time later, and what comes until then is lost. */
	up.ifindex = tree->r;
	vwk_batch_setlink(b, &up);
	up.ifindex = tree->q;
	vwk_batch_setlink(b, &up);
	rc = vwk_batch_run(b, NULL);
	vwk_batch_free(b);
	tree->up = tree->up || rc == VW_OK;
	tree->loaded = tree->loaded && tree->model.root.there;
	return rc;
}

/* -- what leaves are made of ------------------------------------------------------------------- */

/* What the leaves that are there are made of; -1: there is none. */
static int kind_there(struct vwpl_tree *tree, int *kind)
{
	struct vwk_qdisc *v = NULL;
	size_t n = 0;
	int rc = vwk_qdisc_dump(tree->all->h, tree->all->nl, tree->q, &v, &n);

	*kind = -1;
	for (size_t i = 0; rc == VW_OK && i < n; i++)
		if (v[i].parent >> 16 == 1)
			*kind = strcmp(v[i].kind, "fq_codel") == 0 ? VWK_LEAF_FQ_CODEL
								   : VWK_LEAF_BFIFO;
	free(v);
	return rc;
}

/*
 * Does this kernel have fq_codel? It is tried on the far end, which sends nothing. That it has not
 * is no failure to be told, so nobody hears of it.
 */
static int try_codel(struct vwpl_tree *tree, int *kind)
{
	struct vwk_batch *b = vwk_batch_new(NULL, tree->all->nl);
	int err;

	if (b == NULL)
		return vwc_nomem(tree->all->h);
	vwk_batch_leaf(b, tree->r, TC_H_ROOT, 2, VWK_LEAF_FQ_CODEL, 64, 0);
	(void)vwk_batch_run(b, NULL);
	err = vwk_batch_error(b, 0);
	vwk_batch_qdisc_del(b, tree->r, TC_H_ROOT);
	(void)vwk_batch_run(b, NULL);
	vwk_batch_free(b);
	*kind = err == 0 ? VWK_LEAF_FQ_CODEL : VWK_LEAF_BFIFO;
	return VW_OK;
}

int vwpl_queue_kind(struct vwpl_tree *tree)
{
	int rc = VW_OK;

	if (tree->kind < 0)
		rc = kind_there(tree, &tree->kind);
	if (rc == VW_OK && tree->kind < 0 && tree->all->leaf < 0)
		rc = try_codel(tree, &tree->all->leaf);
	if (tree->kind < 0)
		tree->kind = tree->all->leaf;
	return rc;
}

/* -- deleting ---------------------------------------------------------------------------------- */

int vwpl_queues_delete(struct vwpl_trees *t)
{
	vwu_auto_free int *gone = calloc(t->n + 1, sizeof(*gone));
	size_t n = 0;
	int rc;

	if (gone == NULL)
		return vwc_nomem(t->h);
	for (size_t i = 0; i < t->n; i++)
		if (t->v[i]->changed && t->v[i]->q != 0 && t->v[i]->model.n == 0)
			gone[n++] = t->v[i]->q;
	rc = vwk_links_delete(t->h, t->nl, gone, n);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < t->n; i++) {
		struct vwpl_tree *tree = t->v[i];

		if (!tree->changed || tree->q == 0 || tree->model.n != 0)
			continue;
		if (t->minors_fd >= 0)
			(void)bpf_map_delete_elem(t->minors_fd, &(uint32_t){ (uint32_t)tree->q });
		tree->q = tree->r = 0;
		tree->up = tree->loaded = false;
		tree->kind = -1;
	}
	return VW_OK;
}

/* A queue pair whose far end has no program yet: with no state behind it nobody will add one. */
static bool is_unhooked(const struct vwk_link *q, const struct vwk_qdisc *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (v[i].ifindex == q->lower && strcmp(v[i].kind, "clsact") == 0)
			return false;
	return true;
}

int vwpl_sweep_nothing(struct vw_handle *h, struct vwk_nl *nl, uint32_t group)
{
	const struct vwpl_trees t = { .h = h, .nl = nl, .group = group };
	vwu_auto_free struct vwk_qdisc *v = NULL;
	struct vwk_links all = { 0 };
	size_t n = 0;
	int rc = vwk_link_dump(h, nl, 0, &all);

	if (rc == VW_OK)
		rc = vwk_qdisc_dump(h, nl, 0, &v, &n);
	for (size_t i = 0; rc == VW_OK && i < all.n; i++)
		if (is_ours(&t, &all.v[i]) && root_of(&all.v[i]) > 0 &&
		    is_unhooked(&all.v[i], v, n))
			rc = vwk_links_delete(h, nl, &all.v[i].ifindex, 1);
	vwk_links_free(&all);
	return rc;
}

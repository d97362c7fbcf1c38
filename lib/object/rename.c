/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* rename.c - give a link another name, and the devices hidden behind it theirs */
#include <stdlib.h>
#include <string.h>

#include "object/lower.h"
#include "object/object.h"

/* Kernels before 6.2 rename nothing that is up: @down takes it down for the moment. */
static void add_rename(struct vwk_batch *b, int ifindex, const char *to, bool down)
{
	if (down)
		vwk_batch_setlink(b, &(struct vwk_setlink){ .ifindex = ifindex,
			.set = VWK_SET_UP });
	vwk_batch_setlink(b, &(struct vwk_setlink){ .ifindex = ifindex, .newname = to,
		.set = VWK_SET_NAME });
	if (down)
		vwk_batch_setlink(b, &(struct vwk_setlink){ .ifindex = ifindex, .up = true,
			.set = VWK_SET_UP });
}

static int rename_index(struct vwo_ctx *c, struct vwk_nl *nl, int ifindex, const char *to,
			bool ours)
{
	struct vwk_batch *b = vwk_batch_new(c->h, nl);
	int rc;

	if (b == NULL)
		return vwc_nomem(c->h);
	add_rename(b, ifindex, to, false);
	rc = vwk_batch_run(b, NULL);
	if (rc == VW_ERR_BUSY && ours) {
		vwc_forget(c->h);
		add_rename(b, ifindex, to, true);
		rc = vwk_batch_run(b, NULL);
	}
	vwk_batch_free(b);
	return rc;
}

static int rename_one(struct vwo_ctx *c, const char *from, const char *to)
{
	struct vwk_link dev;
	int rc;

	if (strcmp(from, to) == 0)
		return VW_OK;
	rc = vwk_link_get(c->h, c->h->nl, from, 0, 0, &dev);
	if (rc < 0)
		return rc == VW_ERR_NOTFOUND ? VW_OK : rc;
	if (vwo_is_ours(&dev) && vwo_role(&dev) != VWO_ROLE_LINK)
		rc = rename_index(c, c->h->nl, dev.ifindex, to, true);
	vwk_link_clear(&dev);
	return rc;
}

/* The hidden VLAN devices over it are named after it: "eth0.200-v". */
static int rename_lowers(struct vwo_ctx *c, const char *old, const char *new)
{
	struct vws_doc *docs[] = { c->saved, c->temp };

	for (size_t d = 0; d < VWU_ARRAY_SIZE(docs); d++)
		for (size_t i = 0; docs[d] && i < vws_doc_count(docs[d]); i++) {
			const struct vws_link *def = vws_doc_at(docs[d], i);
			char from[VWU_IFNAME], to[VWU_IFNAME];
			int rc;

			if (def == NULL)
				return vw_error_status(c->h);
			/* the documents may have followed already, or not yet */
			if (def->cls != VW_CLASS_VNIC || def->vid == 0 || !def->over ||
			    (strcmp(def->over, old) != 0 && strcmp(def->over, new) != 0))
				continue;
			vwu_name_vlan(old, def->vid, from);
			vwu_name_vlan(new, def->vid, to);
			rc = rename_one(c, from, to);
			if (rc < 0)
				return rc;
		}
	return VW_OK;
}

static int rename_hidden(struct vwo_ctx *c, const char *old, const char *new)
{
	char from[VWU_IFNAME], to[VWU_IFNAME];
	int rc;

	vwu_name_port(old, from);
	vwu_name_port(new, to);
	rc = rename_one(c, from, to);
	if (rc < 0)
		return rc;
	vwu_name_far(old, from);
	vwu_name_far(new, to);
	rc = rename_one(c, from, to);
	if (rc < 0)
		return rc;
	vwu_name_queue(old, from);
	vwu_name_queue(new, to);
	rc = rename_one(c, from, to);
	if (rc < 0)
		return rc;
	vwu_name_queue_far(old, from);
	vwu_name_queue_far(new, to);
	rc = rename_one(c, from, to);
	return rc < 0 ? rc : rename_lowers(c, old, new);
}

static int rename_dev(struct vwo_ctx *c, const struct vwo_link *l, const char *to)
{
	int rc = rename_index(c, l->nl, l->dev.ifindex, to, vwo_is_ours(&l->dev));

	if (rc == VW_ERR_BUSY)
		vwc_hint(c->h, rc, "this kernel renames a link only while it is down: 'ip link set "
			 "%s down' first", l->dev.name);
	if (rc == VW_ERR_EXIST && l->def && l->def->zone)
		vwc_hint(c->h, rc, "zone '%s' has a link named '%s'; choose another name, or have "
			 "that one removed", l->def->zone, to);
	return rc;
}

static int swap_altname(struct vwo_ctx *c, const struct vwo_link *l, const char *old,
			const char *new, const char *kname)
{
	struct vwk_batch *b = vwk_batch_new(c->h, l->nl);
	int rc;

	if (b == NULL)
		return vwc_nomem(c->h);
	if (l->dev.altname && strcmp(l->dev.altname, old) == 0)
		vwk_batch_altname(b, l->dev.ifindex, NULL, old, false);
	if (strcmp(kname, new) != 0)
		vwk_batch_altname(b, l->dev.ifindex, NULL, new, true);
	rc = vwk_batch_count(b) > 0 ? vwk_batch_run(b, NULL) : VW_OK;
	vwk_batch_free(b);
	return rc;
}

/* What stays in the host follows also where a zone's owner hid or removed the link itself: by its
 * name it is found again, to be deleted. */
static int rename_kernel(struct vwo_ctx *c, const struct vwo_link *l, const char *old,
			 const char *new)
{
	char kname[VWU_IFNAME];
	int rc = VW_OK;

	vwu_name_kernel(new, kname);
	if (l->present)
		rc = rename_dev(c, l, kname);
	if (rc == VW_OK && l->present)
		rc = swap_altname(c, l, old, new, kname);
	return rc < 0 ? rc : rename_hidden(c, old, new);
}

int vwo_rename_back(struct vwo_ctx *c, int ifindex, const char *now, const char *old)
{
	char kname[VWU_IFNAME];
	struct vwk_batch *b;
	int rc = rename_hidden(c, now, old);

	vwu_name_kernel(old, kname);
	if (rc == VW_OK)
		rc = rename_index(c, c->h->nl, ifindex, kname, true);
	if (rc < 0 || strcmp(kname, old) == 0)
		return rc;
	b = vwk_batch_new(c->h, c->h->nl);
	if (b == NULL)
		return vwc_nomem(c->h);
	vwk_batch_altname(b, ifindex, NULL, old, true);
	rc = vwk_batch_run(b, NULL);
	vwk_batch_free(b);
	return rc == VW_ERR_EXIST ? VW_OK : rc;
}

/* Where the new name got as far as being the alternative one. */
static void drop_altname(struct vwo_ctx *c, const struct vwo_link *l, const char *name)
{
	struct vwk_batch *b = vwk_batch_new(c->h, l->nl);
	char kname[VWU_IFNAME];

	vwu_name_kernel(name, kname);
	if (b != NULL && strcmp(kname, name) != 0) {
		vwk_batch_altname(b, l->dev.ifindex, NULL, name, false);
		(void)vwk_batch_run(b, NULL);	/* mostly it was not there */
	}
	vwk_batch_free(b);
}

static void take_back(struct vwo_ctx *c, const struct vwo_link *l, const char *old,
		      const char *new)
{
	vwc_keep(c->h);
	vwo_undone(c, rename_hidden(c, new, old));
	if (l->present) {
		vwo_undone(c, rename_dev(c, l, l->dev.name));
		drop_altname(c, l, new);
	}
}

/* Hardware comes up under the name it always had: restore has to find it by that. */
static int note_origin(struct vwo_ctx *c, struct vws_link *def, void *arg)
{
	if (def->cls != VW_CLASS_PHYS)
		return VW_OK;
	if (def->over == NULL) {
		def->over = strdup(arg);
		if (def->over == NULL)
			return vwc_nomem(c->h);
	}
	return VW_OK;
}

static int forget_origin(struct vwo_ctx *c, struct vws_link *def, void *arg)
{
	free(def->over);
	def->over = NULL;
	return VW_OK;
}

static int rename_docs(struct vwo_ctx *c, const char *old, const char *new, bool foreign)
{
	const struct vws_link *def = foreign ? vwo_def(c, old) : NULL;
	bool back = def && def->over && strcmp(def->over, new) == 0;
	unsigned flags = c->owns ? 0 : VW_TEMPORARY;
	int rc = back ? vwo_edit_def(c, old, flags, forget_origin, NULL) : VW_OK;

	if (rc == VW_OK)
		rc = vws_doc_rename(c->h, c->saved, old, new);
	if (rc == VW_OK && c->temp)
		rc = vws_doc_rename(c->h, c->temp, old, new);
	if (rc == VW_OK && foreign && !back)
		rc = vwo_edit_def(c, new, flags, note_origin, (void *)old);
	return rc < 0 ? rc : vwo_commit(c);
}

static int rename_found(struct vwo_ctx *c, struct vwo_link *l, const char *old, const char *new)
{
	const char *names[] = { old, new }, *zones[2] = { NULL, NULL };
	int rc = vwo_name_free(c, new, l->cls);

	if (rc < 0)
		return rc;
	if (c->h->flags & VW_OPEN_OFFLINE)
		return rename_docs(c, old, new, l->cls == VW_CLASS_PHYS);
	zones[0] = zones[1] = l->def ? l->def->zone : NULL;
	rc = vwo_intent(c, "rename-link", names, zones, 2);
	if (rc == VW_OK)
		rc = rename_kernel(c, l, old, new);
	if (rc == VW_OK) {
		l->def = NULL;	/* the documents are about to change */
		rc = rename_docs(c, old, new, !vwo_is_ours(&l->dev) && l->present);
	}
	if (rc < 0)
		take_back(c, l, old, new);
	return rc;
}

int vw_link_rename(struct vw_handle *h, const char *old_name, const char *new_name)
{
	struct vwo_ctx c;
	struct vwo_link l;
	int rc = vwc_enter(h);

	if (rc < 0)
		return rc;
	/* whether it is saved depends on the link */
	rc = vwo_begin(h, h->flags & VW_OPEN_OFFLINE ? 0 : VW_TEMPORARY, &c);
	if (rc == VW_OK) {
		rc = vwo_find(&c, old_name, &l);
		if (rc == VW_OK) {
			rc = rename_found(&c, &l, old_name, new_name);
			vwo_link_clear(&l);
		}
		if (rc < 0)
			vwc_what(h, rc, "cannot rename link '%s' to '%s'", old_name ? old_name : "",
			 new_name ? new_name : "");
		vwo_close(&c);
		return rc;
	}
	return vwc_what(h, rc, "cannot rename link '%s' to '%s'", old_name ? old_name : "",
			 new_name ? new_name : "");
}

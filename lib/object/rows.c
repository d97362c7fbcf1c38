/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* rows.c - snapshots of the links of one class */
#include <stdlib.h>
#include <string.h>

#include "object/rows.h"

void *vwo_row_add(struct vwo_rows *r)
{
	if (r->n == r->max) {
		size_t max = r->max ? 2 * r->max : 16;
		void *v = realloc(r->v, max * r->size);

		if (v == NULL) {
			r->pool.failed = true;
			return NULL;
		}
		r->v = v;
		r->max = max;
	}
	memset(r->v + r->n * r->size, 0, r->size);
	*(size_t *)(void *)(r->v + r->n * r->size) = r->size;
	return r->v + r->n++ * r->size;
}

const void *vwo_row_next(struct vwo_rows *r)
{
	return r->at < r->n ? r->v + r->at++ * r->size : NULL;
}

void vwo_rows_free(struct vwo_rows *r)
{
	if (r == NULL)
		return;
	vwu_pool_free(&r->pool);
	free(r->v);
	free(r);
}

static int from_docs(struct vwo_ctx *c, const struct vwo_listing *how, const char *name,
		     struct vwo_rows *r)
{
	int rc = how->from_def ? VW_OK : vwc_why(c->h, VW_ERR_NOTSUP, "hardware is known to the "
						 "running system alone");

	for (size_t i = 0; rc == VW_OK && i < vws_doc_count(c->saved); i++) {
		const struct vws_link *def = vws_doc_at(c->saved, i);

		if (def == NULL)
			return vw_error_status(c->h);
		if (def->cls == how->cls && (!name || strcmp(name, def->name) == 0))
			rc = how->from_def(c, r, def);
	}
	return rc;
}

static int from_kernel(struct vwo_ctx *c, const struct vwo_listing *how, const char *name,
		       unsigned flags, struct vwo_rows *r)
{
	struct vwk_links all = { 0 };
	int rc = vwk_link_dump(c->h, c->h->nl, how->dump, &all);

	for (size_t i = 0; rc == VW_OK && i < all.n; i++)
		if (vwo_class(&all.v[i]) == how->cls &&
		    (!name || strcmp(name, vwo_dev_name(&all.v[i])) == 0))
			rc = how->from_dev(c, r, &all.v[i], &all, flags);
	vwk_links_free(&all);
	return rc;
}

/* Why there is none called @name: it may be of another class, absent, or nothing at all. */
static int none_such(struct vwo_ctx *c, const struct vwo_listing *how, const char *name)
{
	struct vwo_link l;
	int rc = vwo_find(c, name, &l);

	if (rc < 0)
		return rc;
	rc = l.cls == how->cls
		? vwc_why(c->h, VW_ERR_NOTFOUND, "%s '%s' is absent", vw_class_name(l.cls), name)
		: vwc_why(c->h, VW_ERR_BADVAL, "'%s' is %s", name, vwp_a_class(l.cls));
	vwo_link_clear(&l);
	return rc;
}

int vwo_rows_list(struct vw_handle *h, const struct vwo_listing *how, const char *name,
		  unsigned flags, struct vwo_rows **out)
{
	struct vwo_rows *r;
	struct vwo_ctx c;
	int rc = vwc_enter(h);

	if (rc == VW_OK)
		rc = vwo_read(h, &c);
	if (rc < 0)
		return rc;
	r = calloc(1, sizeof(*r));
	if (r == NULL) {
		rc = vwc_nomem(h);
	} else {
		r->size = how->size;
		rc = (flags & VW_LIST_SAVED) || h->nl == NULL ? from_docs(&c, how, name, r)
			: from_kernel(&c, how, name, flags, r);
	}
	if (rc == VW_OK && r->pool.failed)
		rc = vwc_nomem(h);
	if (rc == VW_OK && name && r->n == 0)
		rc = none_such(&c, how, name);
	vwo_close(&c);
	if (rc < 0)
		vwo_rows_free(r);
	else
		*out = r;
	return rc;
}

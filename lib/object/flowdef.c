/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* flowdef.c - flows as they were asked for: the temporary document before the saved one */
#include <stdlib.h>
#include <string.h>

#include "object/engine.h"

const struct vws_flow *vwo_flow_def(struct vwo_ctx *c, const char *name)
{
	const struct vws_flow *f = c->temp ? vws_flow_find(c->temp, name) : NULL;

	if (f != NULL)
		return f->removed ? NULL : f;
	return vws_flow_find(c->saved, name);
}

/* Flows of a document: all, or those of @link by the index of their lines. */
static size_t next(struct vws_doc *doc, const char *link, size_t i)
{
	return link ? vws_flow_next_of(doc, link, i) : i;
}

static bool overlaid(struct vwo_ctx *c, const struct vws_doc *doc, const struct vws_flow *f)
{
	return f->removed || (doc == c->saved && c->temp && vws_flow_find_line(c->temp, f->name));
}

bool vwo_has_flows(struct vwo_ctx *c, const char *link)
{
	struct vws_doc *docs[] = { c->temp, c->saved };

	for (size_t d = 0; d < VWU_ARRAY_SIZE(docs); d++)
		for (size_t i = 0; docs[d]; i++) {
			const struct vws_flow *f;

			i = next(docs[d], link, i);
			if (i >= vws_flow_count(docs[d]))
				break;
			f = vws_flow_at(docs[d], i);
			if (f != NULL && !overlaid(c, docs[d], f))
				return true;
		}
	return false;
}

static int add(struct vwo_ctx *c, const struct vws_flow *f, struct vws_flow ***v, size_t *n,
	       size_t *max)
{
	if (*n == *max) {
		size_t more = *max ? 2 * *max : 16;
		void *grown = realloc(*v, more * sizeof(**v));

		if (grown == NULL)
			return vwc_nomem(c->h);
		*v = grown;
		*max = more;
	}
	(*v)[*n] = vws_flow_dup(f);
	if ((*v)[*n] == NULL)
		return vwc_nomem(c->h);
	(*n)++;
	return VW_OK;
}

static int add_of(struct vwo_ctx *c, struct vws_doc *doc, const char *link, struct vws_flow ***v,
		  size_t *n, size_t *max)
{
	int rc = VW_OK;

	for (size_t i = next(doc, link, 0); rc == VW_OK && i < vws_flow_count(doc);
	     i = next(doc, link, i + 1)) {
		const struct vws_flow *f = vws_flow_at(doc, i);

		if (f == NULL)
			return vw_error_status(c->h);
		if (!overlaid(c, doc, f))
			rc = add(c, f, v, n, max);
	}
	return rc;
}

int vwo_flow_defs(struct vwo_ctx *c, const char *link, struct vws_flow ***out, size_t *n)
{
	struct vws_flow **v = NULL;
	size_t count = 0, max = 0;
	int rc = add_of(c, c->saved, link, &v, &count, &max);

	if (rc == VW_OK && c->temp)
		rc = add_of(c, c->temp, link, &v, &count, &max);
	if (rc < 0) {
		vwo_flow_defs_free(v, count);
		return rc;
	}
	*out = v;
	*n = count;
	return VW_OK;
}

void vwo_flow_defs_free(struct vws_flow **defs, size_t n)
{
	for (size_t i = 0; defs && i < n; i++)
		vws_flow_free(defs[i]);
	free(defs);
}

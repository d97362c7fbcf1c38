/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* report.c - what became of each item */
#include <stdlib.h>
#include <string.h>

#include "wire/wire.h"

struct vw_report {
	struct vwu_pool		 pool;
	struct vw_report_item	*v;
	size_t			 n, max, at;
};

struct vw_report *vww_report_new(void)
{
	return calloc(1, sizeof(struct vw_report));
}

static const char *path_of(struct vw_report *r, const char *link, const char *member)
{
	struct vwu_str path = { 0 };
	const char *copy;

	if (link && link[0])
		vwu_str_addf(&path, "links.%s", link);
	if (member && member[0])
		vwu_str_addf(&path, "%s%s", path.len ? "." : "", member);
	copy = vwu_pool_str(&r->pool, path.s ? path.s : "");
	r->pool.failed |= path.failed;
	vwu_str_free(&path);
	return copy;
}

int vww_report_add(struct vw_handle *h, struct vw_report *r, enum vw_outcome outcome,
		   const char *link, const char *member, const char *want, const char *is,
		   const char *message)
{
	struct vw_report_item *i;

	if (r->n == r->max) {
		size_t max = r->max ? 2 * r->max : 32;
		void *v = realloc(r->v, max * sizeof(*r->v));

		if (v == NULL)
			return vwc_nomem(h);
		r->v = v;
		r->max = max;
	}
	i = &r->v[r->n++];
	*i = (struct vw_report_item){
		.size = sizeof(*i),
		.outcome = outcome,
		.path = path_of(r, link, member),
		.link = vwu_pool_str(&r->pool, link ? link : ""),
		.want = vwu_pool_str(&r->pool, want ? want : ""),
		.is = vwu_pool_str(&r->pool, is ? is : ""),
		.message = vwu_pool_str(&r->pool, message ? message : ""),
	};
	return r->pool.failed ? vwc_nomem(h) : VW_OK;
}

size_t vww_report_count(const struct vw_report *r, enum vw_outcome outcome)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n; i++)
		n += r->v[i].outcome == outcome;
	return n;
}

const struct vw_report_item *vw_report_next(struct vw_report *r)
{
	return r->at < r->n ? &r->v[r->at++] : NULL;
}

void vw_report_free(struct vw_report *r)
{
	if (r == NULL)
		return;
	vwu_pool_free(&r->pool);
	free(r->v);
	free(r);
}

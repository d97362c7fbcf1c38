/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* write.c - a document as text again: the old one with some lines replaced */
#include "store/doc.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char LINE_END[] = ",\n";

static void piece(struct vws_pieces *p, const char *s, size_t len)
{
	if (p->failed || len == 0)
		return;
	if (p->n == p->cap) {
		size_t cap = p->cap ? 2 * p->cap : 32;
		struct iovec *v = realloc(p->v, cap * sizeof(*v));

		if (v == NULL) {
			p->failed = true;
			return;
		}
		p->v = v;
		p->cap = cap;
	}
	p->v[p->n++] = (struct iovec){ (char *)s, len };
}

/* One or more whole lines, without the last end. */
static void lines(struct vws_pieces *p, const char *s, size_t len)
{
	if (len == 0)
		return;
	if (p->any)
		piece(p, LINE_END, 2);
	else
		piece(p, p->open, strlen(p->open));
	piece(p, s, len);
	p->any = true;
}

static int by_offset(const void *a, const void *b)
{
	const struct vws_entry *x = *(struct vws_entry *const *)a;
	const struct vws_entry *y = *(struct vws_entry *const *)b;

	return (x->off > y->off) - (x->off < y->off);
}

/* Entries whose line of the base is not to be copied, in its order. */
static size_t changed_lines(const struct vws_section *s, const struct vws_entry **out)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++)
		if (s->v[i].off != VWS_NOWHERE && (s->v[i].text || s->v[i].gone))
			out[n++] = &s->v[i];
	if (!s->complete)
		qsort(out, n, sizeof(*out), by_offset);
	return n;
}

static void head(const struct vws_doc *d, uint64_t generation, struct vws_pieces *p)
{
	int n = snprintf(p->head, sizeof(p->head), "{\"vwire\": %d, \"generation\": %" PRIu64,
			 VWS_SCHEMA_VERSION, generation);

	if (d->which == VWS_TEMPORARY)
		n += snprintf(p->head + n, sizeof(p->head) - (size_t)n, ", \"netns\": %" PRIu64,
			      d->netns);
	n += snprintf(p->head + n, sizeof(p->head) - (size_t)n, ", \"links\": {\n");
	piece(p, p->head, (size_t)n);
}

static void section(const struct vws_section *s, const char *open, struct vws_pieces *p)
{
	vwu_auto_free const struct vws_entry **changed = malloc((s->n + 1) * sizeof(*changed));
	size_t at = 0, n = changed ? changed_lines(s, changed) : 0;

	p->failed |= changed == NULL;
	p->open = open;
	p->any = false;
	for (size_t i = 0; i < n; i++) {
		const struct vws_entry *e = changed[i];

		if (e->off > at)
			lines(p, s->base + at, e->off - at - 2);
		if (!e->gone)
			lines(p, e->text, strlen(e->text));
		at = e->off + e->len + 2;
	}
	if (at < s->base_len)
		lines(p, s->base + at, s->base_len - at);
	for (size_t i = 0; i < s->n; i++)
		if (s->v[i].off == VWS_NOWHERE && !s->v[i].gone)
			lines(p, s->v[i].text, strlen(s->v[i].text));
	if (p->any)
		piece(p, "\n", 1);
}

void vws_compose(const struct vws_doc *d, uint64_t generation, struct vws_pieces *p)
{
	*p = (struct vws_pieces){ .failed = false };
	head(d, generation, p);
	section(&d->links, "", p);
	section(&d->flows, VWS_FLOWS_HEAD, p);
	piece(p, "}}\n", 3);
}

char *vws_print(const struct vws_doc *d)
{
	struct vws_pieces p;
	struct vwu_str b = { 0 };

	vws_compose(d, d->generation, &p);
	b.failed = p.failed;
	for (size_t i = 0; i < p.n; i++)
		vwu_str_addn(&b, p.v[i].iov_base, p.v[i].iov_len);
	free(p.v);
	return vwu_str_take(&b);
}

int vws_commit(struct vw_handle *h, enum vws_which which, struct vws_doc *d)
{
	struct vws_pieces p;
	struct vws_id now = { 0 };
	int rc;

	if (!d->changed && d->loaded)
		return VW_OK;
	if (h->store->lock_depth == 0)
		return vwc_why(h, VW_ERR_BADVAL, "writing a document needs the lock");
	if (which != d->which)
		return vwc_why(h, VW_ERR_BADVAL, "the document is of another kind");
	if (which == VWS_TEMPORARY && h->store->offline)
		return vwc_why(h, VW_ERR_BADVAL,
			       "nothing is temporary when only saved files are edited");
	rc = vws_check_cables(d);
	if (rc < 0)
		return rc;
	vws_compose(d, d->generation + 1, &p);
	rc = p.failed ? vwc_nomem(h)
		      : vws_file_replace(h, which, p.v, p.n, d->loaded ? &d->id : NULL, &now);
	free(p.v);
	if (rc < 0)
		return rc;
	vws_stamp_write(h, which, &now);
	d->id = now;
	d->loaded = true;
	d->generation++;
	d->changed = false;
	return VW_OK;
}

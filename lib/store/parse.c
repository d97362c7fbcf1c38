/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* parse.c - any text to a document: read, validated, brought into canonical form */
#include "store/doc.h"

#include <string.h>

/* What was read so far of a section. */
struct lines {
	const struct vws_kind *kind;
	void		**v;
	size_t		 n, cap;
	struct vwu_map	 names;
};

struct parsed {
	struct lines	links, flows;
	uint64_t	generation, netns;
};

static void lines_free(struct lines *p)
{
	for (size_t i = 0; i < p->n; i++)
		p->kind->free(p->v[i]);
	free(p->v);
	vwu_map_free(&p->names);
}

static int lines_add(struct vws_reader *r, struct lines *p, void *object)
{
	if (p->n == p->cap) {
		size_t cap = p->cap ? 2 * p->cap : 64;
		void **v = realloc(p->v, cap * sizeof(*v));

		if (v == NULL) {
			p->kind->free(object);
			return vwc_nomem(r->h);
		}
		p->v = v;
		p->cap = cap;
	}
	p->v[p->n] = object;
	return vwu_map_put(&p->names, vws_name_of(object), p->n++) ? VW_OK : vwc_nomem(r->h);
}

static int read_one(struct vws_reader *r, struct lines *p)
{
	vwu_auto_free char *name = strdup(r->json.key.s);
	void *object;
	int rc;

	if (name == NULL)
		return vwc_nomem(r->h);
	if (vwu_map_get(&p->names, name, NULL)) {
		r->link = name;
		r->flows = p->kind == &vws_flow_kind;
		r->member = NULL;
		return vws_bad(r, "is there twice");
	}
	rc = p->kind->read(r, name, &object);
	return rc < 0 ? rc : lines_add(r, p, object);
}

static int read_lines(struct vws_reader *r, struct lines *p)
{
	int rc = vws_read_object(r);

	while (rc == VW_OK && vws_json_next(&r->json))
		rc = read_one(r, p);
	if (rc < 0)
		return rc;
	r->member = NULL;
	return r->json.fault ? vws_bad_json(r) : VW_OK;
}

static const char *const top_members[] = { "vwire", "generation", "links", "flows", "netns" };
enum { VERSION, GENERATION, LINKS, FLOWS, NETNS };

static int read_member(struct vws_reader *r, struct parsed *p, size_t which)
{
	uint64_t version;

	switch (which) {
	case VERSION:
		return vws_read_number(r, VWS_SCHEMA_VERSION, VWS_SCHEMA_VERSION, &version);
	case GENERATION:
		return vws_read_number(r, 0, INT64_MAX, &p->generation);
	case NETNS:
		return vws_read_number(r, 0, INT64_MAX, &p->netns);
	}
	return read_lines(r, which == LINKS ? &p->links : &p->flows);
}

static int read_top(struct vws_reader *r, struct parsed *p, unsigned *seen)
{
	/* The saved document does not know "netns". */
	size_t known = VWU_ARRAY_SIZE(top_members) - !r->temporary;

	while (vws_json_next(&r->json)) {
		const char *name = r->json.key.s;
		size_t i = 0;
		int rc;

		while (i < known && strcmp(top_members[i], name) != 0)
			i++;
		if (i == known)
			return vws_bad_member(r, name, top_members, known);
		r->member = top_members[i];
		if (*seen & 1u << i)
			return vws_bad(r, "is there twice");
		*seen |= 1u << i;
		rc = read_member(r, p, i);
		if (rc < 0)
			return rc;
		r->member = NULL;
	}
	return r->json.fault ? vws_bad_json(r) : VW_OK;
}

static int read_document(struct vws_reader *r, struct parsed *p)
{
	unsigned seen = 0;
	int rc;

	r->member = "document";
	rc = vws_read_object(r);
	r->member = NULL;
	if (rc == VW_OK)
		rc = read_top(r, p, &seen);
	if (rc < 0)
		return rc;
	if (!vws_json_finish(&r->json))
		return vws_bad_json(r);
	for (size_t i = VERSION; i <= LINKS; i++) {
		r->member = top_members[i];
		if (i != GENERATION && !(seen & 1u << i))
			return vws_bad(r, "is missing");
	}
	r->member = NULL;
	return vws_check_links(r, p->links.v, p->links.n, &p->links.names);
}

static void print_lines(struct vwu_str *b, const struct lines *p)
{
	for (size_t i = 0; i < p->n; i++) {
		p->kind->print(b, p->v[i]);
		vwu_str_add(b, i + 1 < p->n ? ",\n" : "\n");
	}
}

static char *print_parsed(const struct parsed *p)
{
	struct vwu_str b = { 0 };

	vwu_str_add(&b, "{\n");
	print_lines(&b, &p->links);
	if (p->flows.n > 0)
		vwu_str_add(&b, VWS_FLOWS_HEAD);
	print_lines(&b, &p->flows);
	vwu_str_add(&b, "}}\n");
	return vwu_str_take(&b);
}

/* What was read is moved into a section, which is complete then. */
static int fill(struct vws_section *s, struct lines *p)
{
	int rc = vws_complete(s);

	for (size_t i = 0; i < p->n && rc == VW_OK; i++) {
		s->v[i].object = p->v[i];
		p->v[i] = NULL;
	}
	return rc;
}

static int build(struct vws_reader *r, enum vws_which which, struct parsed *p,
		 struct vws_doc **out)
{
	char *text = print_parsed(p);
	struct vws_doc *d;
	int rc;

	if (text == NULL)
		return vwc_nomem(r->h);
	rc = vws_doc_new(r->h, which, text, strlen(text), &d);
	if (rc < 0)
		return rc;
	d->generation = p->generation;
	d->netns = p->netns;
	rc = fill(&d->links, &p->links);
	if (rc == VW_OK)
		rc = fill(&d->flows, &p->flows);
	if (rc == VW_OK)
		*out = d;
	else
		vws_doc_free(d);
	return rc;
}

int vws_parse_any(struct vw_handle *h, enum vws_which which, const char *name, const char *text,
		  size_t len, struct vws_doc **out)
{
	struct vws_reader r = { .h = h, .file = name, .status = VW_ERR_CONFIG,
				.temporary = which == VWS_TEMPORARY };
	struct parsed p = { .links.kind = &vws_link_kind, .flows.kind = &vws_flow_kind };
	int rc;

	vws_json_init(&r.json, text, len);
	rc = read_document(&r, &p);
	if (rc == VW_OK)
		rc = build(&r, which, &p, out);
	vws_json_free(&r.json);
	lines_free(&p.links);
	lines_free(&p.flows);
	return rc;
}

int vws_parse(struct vw_handle *h, const char *name, const char *text, size_t len,
	      struct vws_doc **out)
{
	return vws_parse_any(h, VWS_SAVED, name, text, len, out);
}

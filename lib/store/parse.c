/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* parse.c - any text to a document: read, validated, brought into canonical form */
#include "store/doc.h"

#include <string.h>

/* What was read so far. */
struct parsed {
	struct vws_link	**links;
	size_t		 n, cap;
	struct vwu_map	 names;
	uint64_t	 generation, netns;
};

static void parsed_free(struct parsed *p)
{
	for (size_t i = 0; i < p->n; i++)
		vws_link_free(p->links[i]);
	free(p->links);
	vwu_map_free(&p->names);
}

static int parsed_add(struct vws_reader *r, struct parsed *p, struct vws_link *l)
{
	if (p->n == p->cap) {
		size_t cap = p->cap ? 2 * p->cap : 64;
		struct vws_link **v = realloc(p->links, cap * sizeof(*v));

		if (v == NULL) {
			vws_link_free(l);
			return vwc_nomem(r->h);
		}
		p->links = v;
		p->cap = cap;
	}
	p->links[p->n] = l;
	return vwu_map_put(&p->names, l->name, p->n++) ? VW_OK : vwc_nomem(r->h);
}

static int read_one(struct vws_reader *r, struct parsed *p)
{
	vwu_auto_free char *name = strdup(r->json.key.s);
	struct vws_link *l;
	int rc;

	if (name == NULL)
		return vwc_nomem(r->h);
	if (vwu_map_get(&p->names, name, NULL)) {
		r->link = name;
		r->member = NULL;
		return vws_bad(r, "is there twice");
	}
	rc = vws_read_link(r, name, &l);
	return rc < 0 ? rc : parsed_add(r, p, l);
}

static int read_links(struct vws_reader *r, struct parsed *p)
{
	enum vws_json_type type = vws_json_type(&r->json);

	if (type != VWS_JSON_OBJECT)
		return type == VWS_JSON_NONE ? vws_bad_json(r)
					     : vws_must_be(r, r->json.p, "an object");
	if (!vws_json_enter(&r->json))
		return vws_bad_json(r);
	while (vws_json_next(&r->json)) {
		int rc = read_one(r, p);

		if (rc < 0)
			return rc;
	}
	r->member = NULL;
	return r->json.fault ? vws_bad_json(r) : VW_OK;
}

static const char *const top_members[] = { "vwire", "generation", "links", "netns" };
enum { VERSION, GENERATION, LINKS, NETNS };

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
	return read_links(r, p);
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
	enum vws_json_type type = vws_json_type(&r->json);
	unsigned seen = 0;
	int rc;

	if (type == VWS_JSON_NONE)
		return vws_bad_json(r);
	r->member = "document";
	if (type != VWS_JSON_OBJECT)
		return vws_must_be(r, r->json.p, "an object");
	r->member = NULL;
	if (!vws_json_enter(&r->json))
		return vws_bad_json(r);
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
	return vws_check_links(r, p->links, p->n, &p->names);
}

/* The links are moved into a new document, already complete. */
static int build(struct vws_reader *r, enum vws_which which, struct parsed *p,
		 struct vws_doc **out)
{
	struct vwu_str b = { 0 };
	struct vws_doc *d;
	char *text;
	int rc;

	vwu_str_add(&b, "{\n");
	for (size_t i = 0; i < p->n; i++) {
		vws_print_link(&b, p->links[i]);
		vwu_str_add(&b, i + 1 < p->n ? ",\n" : "\n");
	}
	vwu_str_add(&b, "}}\n");
	text = vwu_str_take(&b);
	if (text == NULL)
		return vwc_nomem(r->h);
	rc = vws_doc_new(r->h, which, text, strlen(text), &d);
	if (rc < 0)
		return rc;
	d->generation = p->generation;
	d->netns = p->netns;
	rc = vws_complete(d);
	if (rc < 0) {
		vws_doc_free(d);
		return rc;
	}
	for (size_t i = 0; i < p->n; i++) {
		d->v[i].link = p->links[i];
		p->links[i] = NULL;
	}
	*out = d;
	return VW_OK;
}

int vws_parse_any(struct vw_handle *h, enum vws_which which, const char *name, const char *text,
		  size_t len, struct vws_doc **out)
{
	struct vws_reader r = { .h = h, .file = name, .status = VW_ERR_CONFIG,
				.temporary = which == VWS_TEMPORARY };
	struct parsed p = { 0 };
	int rc;

	vws_json_init(&r.json, text, len);
	rc = read_document(&r, &p);
	if (rc == VW_OK)
		rc = build(&r, which, &p, out);
	vws_json_free(&r.json);
	parsed_free(&p);
	return rc;
}

int vws_parse(struct vw_handle *h, const char *name, const char *text, size_t len,
	      struct vws_doc **out)
{
	return vws_parse_any(h, VWS_SAVED, name, text, len, out);
}

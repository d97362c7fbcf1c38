/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* doc.c - a document in memory: load, look up, change */
#include "store/doc.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include <vwire/handle.h>

static const char TAIL[] = "}}\n";

static void section_init(struct vws_doc *d, struct vws_section *s, const struct vws_kind *kind,
			 const char *from, const char *to)
{
	s->d = d;
	s->kind = kind;
	s->base = from;
	s->base_len = to > from ? (size_t)(to - from) - 1 : 0;	/* the newline of the last line */
}

/* Is the last line, in front of the newline at @end, one of a flow? Else there is none. */
static bool ends_in_flows(const char *first, const char *end)
{
	static const char begins[] = "\": {\"link\": ";
	const char *p = end > first ? memrchr(first, '\n', (size_t)(end - first)) : NULL;

	if (p == NULL)
		return false;
	for (p += 2; p < end && *p != '"'; p++)	/* behind the quote in front of the name */
		p += *p == '\\';
	return end - p >= (ssize_t)sizeof(begins) && memcmp(p, begins, sizeof(begins) - 1) == 0;
}

int vws_doc_new(struct vw_handle *h, enum vws_which which, char *text, size_t len,
		struct vws_doc **out)
{
	static const char between[] = "\n" VWS_FLOWS_HEAD;
	struct vws_doc *d = calloc(1, sizeof(*d));
	const char *first = memchr(text, '\n', len), *end = text + len - (sizeof(TAIL) - 1);
	const char *at = NULL;

	if (d == NULL) {
		free(text);
		return vwc_nomem(h);
	}
	d->h = h;
	d->which = which;
	d->text = text;
	d->netns = h && h->store ? h->store->netns : 0;
	if (ends_in_flows(first, end - 1))	/* the search costs as much as reading the file */
		at = memmem(first, (size_t)(end - first), between, sizeof(between) - 1);
	section_init(d, &d->links, &vws_link_kind, first + 1, at ? at + 1 : end);
	/* Without flows: nothing, behind a newline all the same. */
	section_init(d, &d->flows, &vws_flow_kind, at ? at + sizeof(between) - 1 : end, end);
	*out = d;
	return VW_OK;
}

static int empty(struct vw_handle *h, enum vws_which which, struct vws_doc **out)
{
	char *text = strdup("{\n}}\n");

	return text ? vws_doc_new(h, which, text, strlen(text), out) : vwc_nomem(h);
}

/* First line and end of a text that we wrote; false: something else, to be parsed. */
static bool read_head(const char *text, size_t len, uint64_t *generation, uint64_t *netns)
{
	size_t tail = sizeof(TAIL) - 1;
	struct vws_json j;
	uint64_t v = 0;
	bool ok;

	vws_json_init(&j, text, len);
	ok = vws_json_enter(&j);
	while (ok && (ok = vws_json_next(&j)) && strcmp(j.key.s, "links") != 0) {
		ok = vws_json_u64(&j, &v);
		if (strcmp(j.key.s, "generation") == 0)
			*generation = v;
		else if (strcmp(j.key.s, "netns") == 0)
			*netns = v;
	}
	ok = ok && vws_json_enter(&j) && j.p < j.end && *j.p == '\n' &&
	     (size_t)(j.end - j.p) > tail && memcmp(j.end - tail, TAIL, tail) == 0 &&
	     j.end[-(ssize_t)tail - 1] == '\n';
	vws_json_free(&j);
	return ok;
}

static int parse_file(struct vw_handle *h, enum vws_which which, const char *text, size_t len,
		      struct vws_doc **out)
{
	vwu_auto_free char *path = vws_path(h, which, "");

	return path ? vws_parse_any(h, which, path, text, len, out) : vwc_nomem(h);
}

/*
 * A file that was written by hand, or before a reboot, and is valid and canonical all the same:
 * stamp it, so that it is not validated again and again until somebody changes it. Not if it was
 * touched just now: two changes within one tick of the clock look the same.
 */
static void stamp(struct vw_handle *h, const struct vws_doc *d, const struct vws_id *id,
		  const char *text, size_t len)
{
	vwu_auto_free char *canonical = NULL;
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	if (h->store->lock_depth == 0 || now.tv_sec - id->ctime_s < 2)
		return;
	canonical = vws_print(d);
	if (canonical != NULL && strlen(canonical) == len && memcmp(canonical, text, len) == 0)
		vws_stamp_write(h, d->which, id);
}

/* @text is taken over. */
static int from_text(struct vw_handle *h, enum vws_which which, char *text, size_t len,
		     const struct vws_id *id, bool trusted, struct vws_doc **out)
{
	uint64_t generation = 0, netns = 0;
	int rc;

	if (trusted && read_head(text, len, &generation, &netns)) {
		rc = vws_doc_new(h, which, text, len, out);
		if (rc == VW_OK) {
			(*out)->generation = generation;
			(*out)->netns = netns;
		}
		return rc;
	}
	rc = parse_file(h, which, text, len, out);
	if (rc == VW_OK)
		stamp(h, *out, id, text, len);
	free(text);
	return rc;
}

int vws_load(struct vw_handle *h, enum vws_which which, struct vws_doc **out)
{
	struct vws_doc *d = NULL;
	struct vws_id id;
	bool trusted;
	char *text;
	size_t len;
	int rc = vws_file_load(h, which, &text, &len, &id, &trusted);

	if (rc == VW_OK)
		rc = text ? from_text(h, which, text, len, &id, trusted, &d) : empty(h, which, &d);
	/* The temporary document of another namespace, or of before a reboot, is none of ours. */
	if (rc == VW_OK && which == VWS_TEMPORARY && d->netns != h->store->netns) {
		vws_doc_free(d);
		rc = empty(h, which, &d);
	}
	if (rc < 0)
		return rc;
	d->id = id;
	d->loaded = true;
	*out = d;
	return VW_OK;
}

void vws_doc_free(struct vws_doc *d)
{
	if (d == NULL)
		return;
	vws_index_free(&d->links);
	vws_index_free(&d->flows);
	vwu_map_free(&d->macs);
	for (size_t i = 0; i < d->nkept; i++)
		free(d->kept[i]);
	free(d->kept);
	free(d->text);
	free(d);
}

uint64_t vws_doc_generation(const struct vws_doc *d)
{
	return d->generation;
}

bool vws_doc_changed(const struct vws_doc *d)
{
	return d->changed;
}

void vws_doc_put_back(struct vws_doc *d)
{
	d->loaded = false;
	d->generation--;	/* it is no new version */
}

size_t vws_doc_count(const struct vws_doc *d)
{
	return vws_section_count(&d->links);
}

static const void *object_at(struct vws_section *s, size_t i)
{
	const void *object;
	size_t at = vws_section_at(s, i);

	return at == VWS_NONE || vws_entry_object(s, at, &object) < 0 ? NULL : object;
}

static const void *object_named(struct vws_section *s, const char *name)
{
	const void *object;
	int rc;
	size_t i = vws_entry_find(s, name, &rc);

	return i == VWS_NONE || vws_entry_object(s, i, &object) < 0 ? NULL : object;
}

const struct vws_link *vws_doc_at(struct vws_doc *d, size_t i)
{
	return object_at(&d->links, i);
}

const char *vws_doc_name(struct vws_doc *d, size_t i)
{
	size_t at = vws_section_at(&d->links, i);

	return at == VWS_NONE ? NULL : d->links.v[at].name;
}

bool vws_doc_find_line(struct vws_doc *d, const char *name)
{
	int rc;

	return vws_entry_find(&d->links, name, &rc) != VWS_NONE;
}

const struct vws_link *vws_doc_find(struct vws_doc *d, const char *name)
{
	return object_named(&d->links, name);
}

bool vws_doc_has_mac(struct vws_doc *d, const uint8_t mac[6])
{
	char text[VW_MAC_STRLEN];

	return vws_mac_lines(d, vw_mac_format(mac, text)) > 0;
}

int vws_doc_put(struct vw_handle *h, struct vws_doc *d, const struct vws_link *l)
{
	d->h = h;
	return vws_section_put(&d->links, l);
}

int vws_doc_del(struct vw_handle *h, struct vws_doc *d, const char *name)
{
	d->h = h;
	return vws_section_del(&d->links, name);
}

size_t vws_flow_count(const struct vws_doc *d)
{
	return vws_section_count(&d->flows);
}

const struct vws_flow *vws_flow_at(struct vws_doc *d, size_t i)
{
	return object_at(&d->flows, i);
}

const struct vws_flow *vws_flow_find(struct vws_doc *d, const char *name)
{
	return object_named(&d->flows, name);
}

bool vws_flow_find_line(struct vws_doc *d, const char *name)
{
	int rc;

	return vws_entry_find(&d->flows, name, &rc) != VWS_NONE;
}

int vws_flow_put(struct vw_handle *h, struct vws_doc *d, const struct vws_flow *f)
{
	d->h = h;
	return vws_section_put(&d->flows, f);
}

int vws_flow_del(struct vw_handle *h, struct vws_doc *d, const char *name)
{
	d->h = h;
	return vws_section_del(&d->flows, name);
}

/* Does the line of a flow, "NAME": {"link": "LINK" ..., say @link? That is in quotes. */
static bool is_flow_of(const struct vws_section *s, const struct vws_entry *e,
		       const struct vwu_str *link)
{
	static const char between[] = "\": {\"link\": ";
	size_t at = 1 + strlen(e->name) + sizeof(between) - 1, len;
	const char *line;

	vws_line_of(s, e, &line, &len);
	return len > at + link->len && memcmp(line + at, link->s, link->len) == 0;
}

size_t vws_flow_next_of(struct vws_doc *d, const char *link, size_t i)
{
	struct vwu_str word = { 0 };
	struct vws_section *s = &d->flows;
	size_t at = VWS_NONE;

	vws_print_string(&word, link);
	if (word.failed)
		(void)vwc_nomem(d->h);
	for (; !word.failed && (at = vws_section_at(s, i)) != VWS_NONE; i++)
		if (is_flow_of(s, &s->v[at], &word))
			break;
	vwu_str_free(&word);
	return at == VWS_NONE ? vws_flow_count(d) : i;
}

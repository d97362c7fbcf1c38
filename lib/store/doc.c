/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* doc.c - a document in memory: load, look up, change */
#include "store/doc.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include <vwire/handle.h>

static const char TAIL[] = "}}\n";

int vws_doc_new(struct vw_handle *h, enum vws_which which, char *text, size_t len,
		struct vws_doc **out)
{
	struct vws_doc *d = calloc(1, sizeof(*d));
	const char *first = memchr(text, '\n', len);
	size_t tail = sizeof(TAIL) - 1;

	if (d == NULL) {
		free(text);
		return vwc_nomem(h);
	}
	d->h = h;
	d->which = which;
	d->text = text;
	d->netns = h && h->store ? h->store->netns : 0;
	d->base = first + 1;
	d->base_len = len - (size_t)(d->base - text) - tail;
	if (d->base_len > 0)
		d->base_len--;		/* the newline of the last line */
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
	vws_index_free(d);
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

size_t vws_doc_count(const struct vws_doc *d)
{
	const char *p = d->base, *end = d->base + d->base_len;
	size_t n = 0;

	if (d->order != NULL)
		return d->norder;
	if (!d->complete && d->base_len > 0)
		for (n = 1; (p = memchr(p, '\n', (size_t)(end - p))) != NULL; p++)
			n++;
	for (size_t i = 0; i < d->n; i++) {
		bool in_text = !d->complete && d->v[i].off != VWS_NOWHERE;

		n = n + !d->v[i].gone - in_text;
	}
	return n;
}

static int make_order(struct vws_doc *d)
{
	int rc = vws_complete(d);

	if (rc < 0 || d->order != NULL)
		return rc;
	d->order = malloc((d->n + 1) * sizeof(*d->order));
	if (d->order == NULL)
		return vwc_nomem(d->h);
	d->norder = 0;
	for (size_t i = 0; i < d->n; i++)
		if (!d->v[i].gone)
			d->order[d->norder++] = i;
	return VW_OK;
}

const struct vws_link *vws_doc_at(struct vws_doc *d, size_t i)
{
	const struct vws_link *l;

	if (make_order(d) < 0 || i >= d->norder || vws_entry_link(d, d->order[i], &l) < 0)
		return NULL;
	return l;
}

const char *vws_doc_name(struct vws_doc *d, size_t i)
{
	return make_order(d) < 0 || i >= d->norder ? NULL : d->v[d->order[i]].name;
}

bool vws_doc_find_line(struct vws_doc *d, const char *name)
{
	int rc;

	return vws_entry_find(d, name, &rc) != VWS_NONE;
}

const struct vws_link *vws_doc_find(struct vws_doc *d, const char *name)
{
	const struct vws_link *l;
	int rc;
	size_t i = vws_entry_find(d, name, &rc);

	if (i == VWS_NONE || vws_entry_link(d, i, &l) < 0)
		return NULL;
	return l;
}

bool vws_doc_has_mac(struct vws_doc *d, const uint8_t mac[6])
{
	char text[VW_MAC_STRLEN];

	return vws_mac_lines(d, vw_mac_format(mac, text)) > 0;
}

static void changed(struct vws_doc *d)
{
	d->changed = true;
	free(d->order);
	d->order = NULL;
	memset(d->absent, 0, sizeof(d->absent));
	d->no_mac[0] = '\0';
}

/* Keep the index true for entry @i, which gets @name and @text. */
static int reindex(struct vws_doc *d, size_t i, const char *name, const char *text)
{
	const char *line;
	size_t len;
	int rc = VW_OK;

	if (!d->complete)
		return VW_OK;
	vws_line_of(d, &d->v[i], &line, &len);
	vws_mac_count(d, line, len, -1, &rc);
	vws_mac_count(d, text, strlen(text), 1, &rc);
	if (rc == VW_OK && !vwu_map_put(&d->names, name, i))
		rc = vwc_nomem(d->h);
	return rc;
}

/* Entry @i gets a new name, line and link; all three are taken over. */
static int replace(struct vws_doc *d, size_t i, char *name, char *text, struct vws_link *link)
{
	struct vws_entry *e = &d->v[i];
	int rc;

	if (strcmp(name, e->name) == 0) {	/* the index points to the old text: keep that */
		free(name);
		name = e->name;
	} else {
		rc = vws_keep(d, e->name);
		if (rc < 0) {
			free(name);
			free(text);
			vws_link_free(link);
			return rc;
		}
	}
	e->name = name;
	rc = reindex(d, i, name, text);
	free(e->text);
	vws_link_free(e->link);
	e->text = text;
	e->link = link;
	changed(d);
	return rc;
}

static int append(struct vws_doc *d, char *name, char *text, struct vws_link *link)
{
	int rc = VW_OK;

	if (d->complete)
		vws_mac_count(d, text, strlen(text), 1, &rc);
	if (rc < 0) {
		free(name);
		free(text);
		vws_link_free(link);
		return rc;
	}
	changed(d);
	return vws_entry_add(d, VWS_NOWHERE, 0, name, text, link);
}

/* The line of @l and what a reader makes of it: what we write can be read. */
static int check_and_print(struct vws_doc *d, const struct vws_link *l, char **text,
			   struct vws_link **copy)
{
	struct vws_reader r = { .h = d->h, .status = VW_ERR_BADVAL,
				.temporary = d->which == VWS_TEMPORARY };
	struct vwu_str b = { 0 };
	int rc;

	vws_print_link(&b, l);
	*text = vwu_str_take(&b);
	if (*text == NULL)
		return vwc_nomem(d->h);
	rc = vws_read_line(&r, *text, strlen(*text), copy);
	if (rc < 0)
		free(*text);
	return rc;
}

static bool same_line(const struct vws_doc *d, size_t i, const char *text)
{
	const char *line;
	size_t len;

	vws_line_of(d, &d->v[i], &line, &len);
	return len == strlen(text) && memcmp(line, text, len) == 0;
}

int vws_put_at(struct vws_doc *d, size_t i, const struct vws_link *l)
{
	struct vws_link *copy;
	char *text, *name;
	int rc = check_and_print(d, l, &text, &copy);

	if (rc < 0)
		return rc;
	if (i != VWS_NONE && same_line(d, i, text)) {
		free(text);
		vws_link_free(copy);
		return VW_OK;
	}
	rc = vws_check_put(d, &i, copy);
	name = rc == VW_OK ? strdup(copy->name) : NULL;
	if (rc == VW_OK && name == NULL)
		rc = vwc_nomem(d->h);
	if (rc < 0) {
		free(text);
		vws_link_free(copy);
		return rc;
	}
	d->cables |= vws_is_simnet(copy) && copy->over != NULL;
	return i == VWS_NONE ? append(d, name, text, copy) : replace(d, i, name, text, copy);
}

int vws_doc_put(struct vw_handle *h, struct vws_doc *d, const struct vws_link *l)
{
	size_t i;
	int rc;

	d->h = h;
	i = vws_entry_find(d, l->name, &rc);
	return rc < 0 ? rc : vws_put_at(d, i, l);
}

int vws_doc_del(struct vw_handle *h, struct vws_doc *d, const char *name)
{
	const char *line;
	size_t len, i;
	int rc;

	d->h = h;
	i = vws_entry_find(d, name, &rc);
	if (i == VWS_NONE)
		return rc;
	if (d->complete) {
		vws_line_of(d, &d->v[i], &line, &len);
		vws_mac_count(d, line, len, -1, &rc);
	}
	d->v[i].gone = true;
	changed(d);
	return rc;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* index.c - finding lines of a document */
#include "store/doc.h"

#include <string.h>

#include <vwire/handle.h>

/* Searches through the text before an index is worth making: it costs as much as some ten. */
#define SEARCHES_MAX	8

static const char MAC_KEY[] = "\"mac\": \"";

void vws_line_of(const struct vws_section *s, const struct vws_entry *e, const char **line,
		 size_t *len)
{
	*line = e->text ? e->text : s->base + e->off;
	*len = e->text ? strlen(e->text) : e->len;
}

size_t vws_line_mac(const char *line, size_t len, const char **mac)
{
	const char *at = memmem(line, len, MAC_KEY, sizeof(MAC_KEY) - 1), *end;

	if (at == NULL)
		return 0;
	at += sizeof(MAC_KEY) - 1;
	end = memchr(at, '"', len - (size_t)(at - line));
	*mac = at;
	return end ? (size_t)(end - at) : 0;
}

int vws_keep(struct vws_doc *d, char *text)
{
	if ((d->nkept & (d->nkept + 1)) == 0) {	/* room is doubled at powers of two */
		char **kept = realloc(d->kept, (2 * d->nkept + 2) * sizeof(*kept));

		if (kept == NULL)
			return vwc_nomem(d->h);
		d->kept = kept;
	}
	d->kept[d->nkept++] = text;
	return VW_OK;
}

void vws_mac_count(struct vws_section *s, const char *line, size_t len, int by, int *rc)
{
	struct vws_doc *d = s->d;
	const char *at;
	char *mac;
	size_t n = s == &d->links ? vws_line_mac(line, len, &at) : 0, count = 0;

	if (n == 0 || *rc < 0)
		return;
	mac = strndup(at, n);
	if (mac == NULL) {
		*rc = vwc_nomem(d->h);
		return;
	}
	if (vwu_map_get(&d->macs, mac, &count)) {
		(void)vwu_map_put(&d->macs, mac, count + (size_t)by);	/* has its slot and key */
		free(mac);
		return;
	}
	*rc = vws_keep(d, mac);
	if (*rc < 0)
		free(mac);
	else if (!vwu_map_put(&d->macs, mac, (size_t)by))
		*rc = vwc_nomem(d->h);
}

/* Lines of a document without index that hold @mac: replaced ones do not count. */
static size_t count_in_text(const struct vws_section *s, const char *mac)
{
	char want[sizeof(MAC_KEY) + VW_MAC_STRLEN];
	const char *end = s->base + s->base_len, *at = s->base;
	size_t n = 0, len;

	strcpy(want, MAC_KEY);
	strcat(want, mac);
	strcat(want, "\"");
	len = strlen(want);
	while ((at = memmem(at, (size_t)(end - at), want, len)) != NULL) {
		at += len;
		n++;
	}
	for (size_t i = 0; i < s->n; i++) {
		const struct vws_entry *e = &s->v[i];

		if (e->off != VWS_NOWHERE && (e->text || e->gone) &&
		    memmem(s->base + e->off, e->len, want, len) != NULL)
			n--;
		if (!e->gone && e->text != NULL && strstr(e->text, want) != NULL)
			n++;
	}
	return n;
}

size_t vws_mac_lines(struct vws_doc *d, const char *mac)
{
	size_t count = 0;

	if (d->links.complete) {
		(void)vwu_map_get(&d->macs, mac, &count);
	} else if (strcmp(mac, d->no_mac) != 0) {
		count = count_in_text(&d->links, mac);
		if (count == 0)
			strcpy(d->no_mac, mac);
	}
	return count;
}

static int grow(struct vws_section *s)
{
	size_t cap = s->cap ? 2 * s->cap : 16;
	struct vws_entry *v = realloc(s->v, cap * sizeof(*v));

	if (v == NULL)
		return vwc_nomem(s->d->h);
	s->v = v;
	s->cap = cap;
	return VW_OK;
}

int vws_entry_add(struct vws_section *s, size_t off, size_t len, char *name, char *text,
		  void *object)
{
	int rc = name == NULL ? vwc_nomem(s->d->h) : s->n < s->cap ? VW_OK : grow(s);

	if (rc == VW_OK && s->complete && !vwu_map_put(&s->names, name, s->n))
		rc = vwc_nomem(s->d->h);
	if (rc < 0) {
		free(name);
		free(text);
		s->kind->free(object);
		return rc;
	}
	s->v[s->n++] = (struct vws_entry){ off, len, name, text, object, false };
	return VW_OK;
}

/* Name of a line, for free(). */
static char *line_name(const char *line, size_t len)
{
	struct vws_json j;
	char *name = NULL;

	vws_json_init(&j, line, len);
	if (vws_json_pair(&j))
		name = vwu_str_take(&j.key);
	vws_json_free(&j);
	return name;
}

/* Length of the line of the base at @off, without ',' and newline. */
static size_t line_len(const struct vws_section *s, size_t off)
{
	const char *line = s->base + off, *end = memchr(line, '\n', s->base_len - off);

	return end ? (size_t)(end - line) - 1 : s->base_len - off;
}

/* An entry of @old for the line at @off, if it has one. */
static struct vws_entry *entry_at(struct vws_entry *old, size_t n, size_t off)
{
	for (size_t i = 0; i < n; i++)
		if (old[i].off == off)
			return &old[i];
	return NULL;
}

static int index_entry(struct vws_section *s, size_t i)
{
	const struct vws_entry *e = &s->v[i];
	const char *line;
	size_t len;
	int rc = VW_OK;

	if (e->gone)
		return VW_OK;
	vws_line_of(s, e, &line, &len);
	vws_mac_count(s, line, len, 1, &rc);
	if (rc == VW_OK && !vwu_map_put(&s->names, e->name, i))
		rc = vwc_nomem(s->d->h);
	return rc;
}

/* Every line of the base gets an entry, copied from @old when it has one there; then new ones. */
static int add_lines(struct vws_section *s, struct vws_entry *old, size_t nold)
{
	int rc = VW_OK;

	for (size_t off = 0, len; off < s->base_len && rc == VW_OK; off += len + 2) {
		const struct vws_entry *e = entry_at(old, nold, off);

		len = line_len(s, off);
		if (e == NULL)
			rc = vws_entry_add(s, off, len, line_name(s->base + off, len), NULL, NULL);
		else if (s->n < s->cap || (rc = grow(s)) == VW_OK)
			s->v[s->n++] = *e;
	}
	for (size_t i = 0; i < nold && rc == VW_OK; i++)
		if (old[i].off == VWS_NOWHERE && (s->n < s->cap || (rc = grow(s)) == VW_OK))
			s->v[s->n++] = old[i];
	for (size_t i = 0; i < s->n && rc == VW_OK; i++)
		rc = index_entry(s, i);
	return rc;
}

int vws_complete(struct vws_section *s)
{
	struct vws_entry *old = s->v;
	size_t nold = s->n, cap = s->cap;
	int rc;

	if (s->complete)
		return VW_OK;
	s->v = NULL;
	s->n = s->cap = 0;
	rc = add_lines(s, old, nold);
	if (rc == VW_OK) {
		free(old);
		s->complete = true;
		return VW_OK;
	}
	for (size_t i = 0; i < s->n; i++)
		if (s->v[i].off != VWS_NOWHERE && entry_at(old, nold, s->v[i].off) == NULL)
			free(s->v[i].name);
	free(s->v);
	s->v = old;
	s->n = nold;
	s->cap = cap;
	vwu_map_free(&s->names);
	if (s == &s->d->links)
		vwu_map_free(&s->d->macs);
	return rc;
}

static bool known_absent(const struct vws_section *s, const char *name)
{
	for (size_t i = 0; i < VWU_ARRAY_SIZE(s->absent); i++)
		if (strcmp(s->absent[i], name) == 0)
			return true;
	return false;
}

/* Offset of the line of @name in the base; VWS_NOWHERE: none; *@rc: out of memory. */
static size_t search(struct vws_section *s, const char *name, int *rc)
{
	struct vwu_str want = { 0 };
	const char *at = NULL;

	s->searches++;
	vwu_str_add(&want, "\n");
	vws_print_string(&want, name);
	vwu_str_add(&want, ": ");
	if (want.failed)
		*rc = vwc_nomem(s->d->h);
	else
		at = memmem(s->base - 1, s->base_len + 1, want.s, want.len);
	vwu_str_free(&want);
	return at ? (size_t)(at + 1 - s->base) : VWS_NOWHERE;
}

static size_t find_complete(const struct vws_section *s, const char *name)
{
	size_t i;

	if (!vwu_map_get(&s->names, name, &i) || s->v[i].gone ||
	    strcmp(s->v[i].name, name) != 0)
		return VWS_NONE;
	return i;
}

/* Entry for the line of @name in the base; VWS_NONE: it has none, or another name by now. */
static size_t find_in_base(struct vws_section *s, const char *name, int *rc)
{
	size_t off = search(s, name, rc);

	if (*rc == VW_OK && off != VWS_NOWHERE && entry_at(s->v, s->n, off) == NULL) {
		*rc = vws_entry_add(s, off, line_len(s, off), strdup(name), NULL, NULL);
		return *rc == VW_OK ? s->n - 1 : VWS_NONE;
	}
	if (*rc == VW_OK)
		strcpy(s->absent[s->next_absent++ % VWU_ARRAY_SIZE(s->absent)], name);
	return VWS_NONE;
}

size_t vws_entry_find(struct vws_section *s, const char *name, int *rc)
{
	*rc = s->searches < SEARCHES_MAX ? VW_OK : vws_complete(s);
	if (*rc < 0 || *name == '\0' || strlen(name) > s->kind->name_max)
		return VWS_NONE;
	if (s->complete)
		return find_complete(s, name);
	for (size_t i = 0; i < s->n; i++)
		if (!s->v[i].gone && strcmp(s->v[i].name, name) == 0)
			return i;
	return known_absent(s, name) ? VWS_NONE : find_in_base(s, name, rc);
}

int vws_entry_object(struct vws_section *s, size_t i, const void **out)
{
	struct vws_entry *e = &s->v[i];
	struct vws_reader r = { .h = s->d->h, .status = VW_ERR_CONFIG,
				.temporary = s->d->which == VWS_TEMPORARY };
	const char *line;
	size_t len;
	int rc;

	if (e->object == NULL) {
		vws_line_of(s, e, &line, &len);
		rc = vws_read_line(&r, s->kind, line, len, &e->object);
		if (rc < 0)
			return rc;
	}
	*out = e->object;
	return VW_OK;
}

void vws_index_free(struct vws_section *s)
{
	for (size_t i = 0; i < s->n; i++) {
		free(s->v[i].name);
		free(s->v[i].text);
		s->kind->free(s->v[i].object);
	}
	free(s->v);
	vwu_map_free(&s->names);
	free(s->order);
}

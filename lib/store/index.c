/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* index.c - finding lines of a document */
#include "store/doc.h"

#include <string.h>

#include <vwire/handle.h>

/* Searches through the text before an index is worth making: it costs as much as some ten. */
#define SEARCHES_MAX	8

static const char MAC_KEY[] = "\"mac\": \"";

void vws_line_of(const struct vws_doc *d, const struct vws_entry *e, const char **s, size_t *len)
{
	*s = e->text ? e->text : d->base + e->off;
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

void vws_mac_count(struct vws_doc *d, const char *line, size_t len, int by, int *rc)
{
	const char *at;
	char *mac;
	size_t n = vws_line_mac(line, len, &at), count = 0;

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
static size_t count_in_text(const struct vws_doc *d, const char *mac)
{
	char want[sizeof(MAC_KEY) + VW_MAC_STRLEN];
	const char *end = d->base + d->base_len, *at = d->base;
	size_t n = 0, len;

	strcpy(want, MAC_KEY);
	strcat(want, mac);
	strcat(want, "\"");
	len = strlen(want);
	while ((at = memmem(at, (size_t)(end - at), want, len)) != NULL) {
		at += len;
		n++;
	}
	for (size_t i = 0; i < d->n; i++) {
		const struct vws_entry *e = &d->v[i];

		if (e->off != VWS_NOWHERE && (e->text || e->gone) &&
		    memmem(d->base + e->off, e->len, want, len) != NULL)
			n--;
		if (!e->gone && e->text != NULL && strstr(e->text, want) != NULL)
			n++;
	}
	return n;
}

size_t vws_mac_lines(struct vws_doc *d, const char *mac)
{
	size_t count = 0;

	if (d->complete) {
		(void)vwu_map_get(&d->macs, mac, &count);
	} else if (strcmp(mac, d->no_mac) != 0) {
		count = count_in_text(d, mac);
		if (count == 0)
			strcpy(d->no_mac, mac);
	}
	return count;
}

static int grow(struct vws_doc *d)
{
	size_t cap = d->cap ? 2 * d->cap : 16;
	struct vws_entry *v = realloc(d->v, cap * sizeof(*v));

	if (v == NULL)
		return vwc_nomem(d->h);
	d->v = v;
	d->cap = cap;
	return VW_OK;
}

int vws_entry_add(struct vws_doc *d, size_t off, size_t len, char *name, char *text,
		  struct vws_link *link)
{
	int rc = name == NULL ? vwc_nomem(d->h) : d->n < d->cap ? VW_OK : grow(d);

	if (rc == VW_OK && d->complete && !vwu_map_put(&d->names, name, d->n))
		rc = vwc_nomem(d->h);
	if (rc < 0) {
		free(name);
		free(text);
		vws_link_free(link);
		return rc;
	}
	d->v[d->n++] = (struct vws_entry){ off, len, name, text, link, false };
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
static size_t line_len(const struct vws_doc *d, size_t off)
{
	const char *line = d->base + off, *end = memchr(line, '\n', d->base_len - off);

	return end ? (size_t)(end - line) - 1 : d->base_len - off;
}

/* An entry of @old for the line at @off, if it has one. */
static struct vws_entry *entry_at(struct vws_entry *old, size_t n, size_t off)
{
	for (size_t i = 0; i < n; i++)
		if (old[i].off == off)
			return &old[i];
	return NULL;
}

static int index_entry(struct vws_doc *d, size_t i)
{
	const struct vws_entry *e = &d->v[i];
	const char *line;
	size_t len;
	int rc = VW_OK;

	if (e->gone)
		return VW_OK;
	vws_line_of(d, e, &line, &len);
	vws_mac_count(d, line, len, 1, &rc);
	if (rc == VW_OK && !vwu_map_put(&d->names, e->name, i))
		rc = vwc_nomem(d->h);
	return rc;
}

/* Every line of the base gets an entry, copied from @old when it has one there; then new ones. */
static int add_lines(struct vws_doc *d, struct vws_entry *old, size_t nold)
{
	int rc = VW_OK;

	for (size_t off = 0, len; off < d->base_len && rc == VW_OK; off += len + 2) {
		const struct vws_entry *e = entry_at(old, nold, off);

		len = line_len(d, off);
		if (e == NULL)
			rc = vws_entry_add(d, off, len, line_name(d->base + off, len), NULL, NULL);
		else if (d->n < d->cap || (rc = grow(d)) == VW_OK)
			d->v[d->n++] = *e;
	}
	for (size_t i = 0; i < nold && rc == VW_OK; i++)
		if (old[i].off == VWS_NOWHERE && (d->n < d->cap || (rc = grow(d)) == VW_OK))
			d->v[d->n++] = old[i];
	for (size_t i = 0; i < d->n && rc == VW_OK; i++)
		rc = index_entry(d, i);
	return rc;
}

int vws_complete(struct vws_doc *d)
{
	struct vws_entry *old = d->v;
	size_t nold = d->n, cap = d->cap;
	int rc;

	if (d->complete)
		return VW_OK;
	d->v = NULL;
	d->n = d->cap = 0;
	rc = add_lines(d, old, nold);
	if (rc == VW_OK) {
		free(old);
		d->complete = true;
		return VW_OK;
	}
	for (size_t i = 0; i < d->n; i++)
		if (d->v[i].off != VWS_NOWHERE && entry_at(old, nold, d->v[i].off) == NULL)
			free(d->v[i].name);
	free(d->v);
	d->v = old;
	d->n = nold;
	d->cap = cap;
	vwu_map_free(&d->names);
	vwu_map_free(&d->macs);
	return rc;
}

static bool known_absent(const struct vws_doc *d, const char *name)
{
	for (size_t i = 0; i < VWU_ARRAY_SIZE(d->absent); i++)
		if (strcmp(d->absent[i], name) == 0)
			return true;
	return false;
}

/* Offset of the line of @name in the base; VWS_NOWHERE: none; *@rc: out of memory. */
static size_t search(struct vws_doc *d, const char *name, int *rc)
{
	struct vwu_str want = { 0 };
	const char *at = NULL;

	d->searches++;
	vwu_str_add(&want, "\n");
	vws_print_string(&want, name);
	vwu_str_add(&want, ": ");
	if (want.failed)
		*rc = vwc_nomem(d->h);
	else
		at = memmem(d->base - 1, d->base_len + 1, want.s, want.len);
	vwu_str_free(&want);
	return at ? (size_t)(at + 1 - d->base) : VWS_NOWHERE;
}

static size_t find_complete(const struct vws_doc *d, const char *name)
{
	size_t i;

	if (!vwu_map_get(&d->names, name, &i) || d->v[i].gone ||
	    strcmp(d->v[i].name, name) != 0)
		return VWS_NONE;
	return i;
}

/* Entry for the line of @name in the base; VWS_NONE: it has none, or another name by now. */
static size_t find_in_base(struct vws_doc *d, const char *name, int *rc)
{
	size_t off = search(d, name, rc);

	if (*rc == VW_OK && off != VWS_NOWHERE && entry_at(d->v, d->n, off) == NULL) {
		*rc = vws_entry_add(d, off, line_len(d, off), strdup(name), NULL, NULL);
		return *rc == VW_OK ? d->n - 1 : VWS_NONE;
	}
	if (*rc == VW_OK)
		strcpy(d->absent[d->next_absent++ % VWU_ARRAY_SIZE(d->absent)], name);
	return VWS_NONE;
}

size_t vws_entry_find(struct vws_doc *d, const char *name, int *rc)
{
	*rc = d->searches < SEARCHES_MAX ? VW_OK : vws_complete(d);
	if (*rc < 0 || *name == '\0' || strlen(name) > VW_NAME_MAX)
		return VWS_NONE;
	if (d->complete)
		return find_complete(d, name);
	for (size_t i = 0; i < d->n; i++)
		if (!d->v[i].gone && strcmp(d->v[i].name, name) == 0)
			return i;
	return known_absent(d, name) ? VWS_NONE : find_in_base(d, name, rc);
}

int vws_entry_link(struct vws_doc *d, size_t i, const struct vws_link **out)
{
	struct vws_entry *e = &d->v[i];
	struct vws_reader r = { .h = d->h, .status = VW_ERR_CONFIG,
				.temporary = d->which == VWS_TEMPORARY };
	const char *line;
	size_t len;
	int rc;

	if (e->link == NULL) {
		vws_line_of(d, e, &line, &len);
		rc = vws_read_line(&r, line, len, &e->link);
		if (rc < 0)
			return rc;
	}
	*out = e->link;
	return VW_OK;
}

void vws_index_free(struct vws_doc *d)
{
	for (size_t i = 0; i < d->n; i++) {
		free(d->v[i].name);
		free(d->v[i].text);
		vws_link_free(d->v[i].link);
	}
	free(d->v);
	for (size_t i = 0; i < d->nkept; i++)
		free(d->kept[i]);
	free(d->kept);
	vwu_map_free(&d->names);
	vwu_map_free(&d->macs);
	free(d->order);
}

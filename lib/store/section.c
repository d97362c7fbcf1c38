/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* section.c - the links or the flows of a document: counted, put in order, changed */
#include "store/doc.h"

#include <string.h>

#include <vwire/handle.h>

size_t vws_section_count(const struct vws_section *s)
{
	const char *p = s->base, *end = s->base + s->base_len;
	size_t n = 0;

	if (s->order != NULL)
		return s->norder;
	if (!s->complete && s->base_len > 0)
		for (n = 1; (p = memchr(p, '\n', (size_t)(end - p))) != NULL; p++)
			n++;
	for (size_t i = 0; i < s->n; i++) {
		bool in_text = !s->complete && s->v[i].off != VWS_NOWHERE;

		n = n + !s->v[i].gone - in_text;
	}
	return n;
}

static int make_order(struct vws_section *s)
{
	int rc = vws_complete(s);

	if (rc < 0 || s->order != NULL)
		return rc;
	s->order = malloc((s->n + 1) * sizeof(*s->order));
	if (s->order == NULL)
		return vwc_nomem(s->d->h);
	s->order_cap = s->n + 1;
	s->norder = 0;
	for (size_t i = 0; i < s->n; i++)
		if (!s->v[i].gone)
			s->order[s->norder++] = i;
	return VW_OK;
}

size_t vws_section_at(struct vws_section *s, size_t i)
{
	return make_order(s) < 0 || i >= s->norder ? VWS_NONE : s->order[i];
}

/* Entry @i was added: it is the last. Without memory the order is made anew when asked for. */
static void order_add(struct vws_section *s, size_t i)
{
	if (s->order == NULL)
		return;
	if (s->norder == s->order_cap) {
		size_t cap = 2 * s->order_cap;
		size_t *order = realloc(s->order, cap * sizeof(*order));

		if (order == NULL) {
			free(s->order);
			s->order = NULL;
			return;
		}
		s->order = order;
		s->order_cap = cap;
	}
	s->order[s->norder++] = i;
}

/* Entry @i is gone. Numbers only rise. */
static void order_del(struct vws_section *s, size_t i)
{
	size_t from = 0, to = s->norder;

	if (s->order == NULL)
		return;
	while (from < to) {
		size_t mid = from + (to - from) / 2;

		if (s->order[mid] < i)
			from = mid + 1;
		else
			to = mid;
	}
	s->norder--;
	memmove(&s->order[from], &s->order[from + 1], (s->norder - from) * sizeof(*s->order));
}

static void changed(struct vws_section *s)
{
	s->d->changed = true;
	memset(s->absent, 0, sizeof(s->absent));
	s->d->no_mac[0] = '\0';
}

/* Keep the index true for entry @i, which gets @name and @text. */
static int reindex(struct vws_section *s, size_t i, const char *name, const char *text)
{
	const char *line;
	size_t len;
	int rc = VW_OK;

	if (!s->complete)
		return VW_OK;
	vws_line_of(s, &s->v[i], &line, &len);
	vws_mac_count(s, line, len, -1, &rc);
	vws_mac_count(s, text, strlen(text), 1, &rc);
	if (rc == VW_OK && !vwu_map_put(&s->names, name, i))
		rc = vwc_nomem(s->d->h);
	return rc;
}

/* Entry @i gets a new name, line and object; all three are taken over. */
static int replace(struct vws_section *s, size_t i, char *name, char *text, void *object)
{
	struct vws_entry *e = &s->v[i];
	int rc;

	if (strcmp(name, e->name) == 0) {	/* the index points to the old text: keep that */
		free(name);
		name = e->name;
	} else {
		rc = vws_keep(s->d, e->name);
		if (rc < 0) {
			free(name);
			free(text);
			s->kind->free(object);
			return rc;
		}
	}
	e->name = name;
	rc = reindex(s, i, name, text);
	free(e->text);
	s->kind->free(e->object);
	e->text = text;
	e->object = object;
	changed(s);
	return rc;
}

static int append(struct vws_section *s, char *name, char *text, void *object)
{
	int rc = VW_OK;

	if (s->complete)
		vws_mac_count(s, text, strlen(text), 1, &rc);
	if (rc < 0) {
		free(name);
		free(text);
		s->kind->free(object);
		return rc;
	}
	changed(s);
	rc = vws_entry_add(s, VWS_NOWHERE, 0, name, text, object);
	if (rc == VW_OK)
		order_add(s, s->n - 1);
	return rc;
}

/* The line of @object and what a reader makes of it: what we write can be read. */
static int check_and_print(struct vws_section *s, const void *object, char **text, void **copy)
{
	struct vws_reader r = { .h = s->d->h, .status = VW_ERR_BADVAL,
				.temporary = s->d->which == VWS_TEMPORARY };
	struct vwu_str b = { 0 };
	int rc;

	s->kind->print(&b, object);
	*text = vwu_str_take(&b);
	if (*text == NULL)
		return vwc_nomem(s->d->h);
	rc = vws_read_line(&r, s->kind, *text, strlen(*text), copy);
	if (rc < 0)
		free(*text);
	return rc;
}

static bool same_line(const struct vws_section *s, size_t i, const char *text)
{
	const char *line;
	size_t len;

	vws_line_of(s, &s->v[i], &line, &len);
	return len == strlen(text) && memcmp(line, text, len) == 0;
}

/* What the document as a whole says to a changed link; flows stand for themselves. */
static int check_section(struct vws_section *s, size_t *i, const void *object)
{
	const struct vws_link *l = object;
	int rc;

	if (s != &s->d->links)
		return VW_OK;
	rc = vws_check_put(s->d, i, l);
	if (rc == VW_OK)
		s->d->cables |= vws_is_simnet(l) && l->over != NULL;
	return rc;
}

int vws_put_at(struct vws_section *s, size_t i, const void *object)
{
	void *copy;
	char *text, *name;
	int rc = check_and_print(s, object, &text, &copy);

	if (rc < 0)
		return rc;
	if (i != VWS_NONE && same_line(s, i, text)) {
		free(text);
		s->kind->free(copy);
		return VW_OK;
	}
	rc = check_section(s, &i, copy);
	name = rc == VW_OK ? strdup(vws_name_of(copy)) : NULL;
	if (rc == VW_OK && name == NULL)
		rc = vwc_nomem(s->d->h);
	if (rc < 0) {
		free(text);
		s->kind->free(copy);
		return rc;
	}
	return i == VWS_NONE ? append(s, name, text, copy) : replace(s, i, name, text, copy);
}

int vws_section_put(struct vws_section *s, const void *object)
{
	int rc;
	size_t i = vws_entry_find(s, vws_name_of(object), &rc);

	return rc < 0 ? rc : vws_put_at(s, i, object);
}

int vws_section_del(struct vws_section *s, const char *name)
{
	const char *line;
	size_t len;
	int rc;
	size_t i = vws_entry_find(s, name, &rc);

	if (i == VWS_NONE)
		return rc;
	if (s->complete) {
		vws_line_of(s, &s->v[i], &line, &len);
		vws_mac_count(s, line, len, -1, &rc);
	}
	s->v[i].gone = true;
	order_del(s, i);
	changed(s);
	return rc;
}

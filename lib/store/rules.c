/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* rules.c - what a change of one link may not do to the document; renaming */
#include "store/doc.h"

#include <string.h>

#include <vwire/handle.h>

static struct vws_reader reader(struct vws_doc *d, const char *link, const char *member)
{
	return (struct vws_reader){ .h = d->h, .status = VW_ERR_BADVAL, .link = link,
				    .member = member };
}

/* Names of links still to be looked at; those below a link are pushed once. */
struct walk {
	const char	**names;
	size_t		 n, cap;
	struct vwu_map	 seen;
};

static int push_below(struct vws_doc *d, struct walk *w, const struct vws_link *l)
{
	const char *name;

	for (size_t i = 0; (name = vws_below(l, i)) != NULL; i++) {
		if (vwu_map_get(&w->seen, name, NULL))
			continue;
		if (w->n == w->cap) {
			size_t cap = w->cap ? 2 * w->cap : 16;
			const char **v = realloc(w->names, cap * sizeof(*v));

			if (v == NULL)
				return vwc_nomem(d->h);
			w->names = v;
			w->cap = cap;
		}
		if (!vwu_map_put(&w->seen, name, 0))
			return vwc_nomem(d->h);
		w->names[w->n++] = name;
	}
	return VW_OK;
}

/* Down from @l, which is to take the place of the entry named @self: does any way lead back? */
static int check_circle(struct vws_doc *d, const char *self, const struct vws_link *l)
{
	struct walk w = { 0 };
	int rc = push_below(d, &w, l);

	while (rc == VW_OK && w.n > 0) {
		const char *name = w.names[--w.n];
		const struct vws_link *below;
		size_t i;

		if (strcmp(name, l->name) == 0) {
			struct vws_reader r = reader(d, l->name, l->over ? "over" : "ports");

			rc = vws_bad(&r, "goes round in a circle");
			break;
		}
		i = vws_entry_find(&d->links, name, &rc);
		if (i == VWS_NONE || d->links.v[i].name == self)
			continue;
		rc = vws_entry_link(d, i, &below);
		if (rc == VW_OK)
			rc = push_below(d, &w, below);
	}
	free(w.names);
	vwu_map_free(&w.seen);
	return rc;
}

/* The entry not named @self that is a VNIC with the address of @l over the same link. */
static int twin(struct vws_doc *d, const char *self, const struct vws_link *l, size_t *out)
{
	int rc = vws_complete(&d->links);

	*out = VWS_NONE;
	for (size_t i = 0; rc == VW_OK && i < d->links.n; i++) {
		const struct vws_link *o;

		if (d->links.v[i].gone || d->links.v[i].name == self)
			continue;
		rc = vws_entry_link(d, i, &o);
		if (rc == VW_OK && o->cls == VW_CLASS_VNIC && o->over != NULL && o->has_mac &&
		    memcmp(o->mac, l->mac, 6) == 0 && strcmp(o->over, l->over) == 0) {
			*out = i;
			break;
		}
	}
	return rc;
}

static int check_mac(struct vws_doc *d, size_t self, const struct vws_link *l)
{
	const char *name = l->name, *line, *mac;
	char text[VW_MAC_STRLEN];
	size_t lines, len, other;
	struct vws_reader r;
	int rc;

	if (l->cls != VW_CLASS_VNIC || l->over == NULL || !l->has_mac)
		return VW_OK;
	lines = vws_mac_lines(d, vw_mac_format(l->mac, text));
	if (lines > 0 && self != VWS_NONE) {
		vws_line_of(&d->links, &d->links.v[self], &line, &len);
		len = vws_line_mac(line, len, &mac);
		lines -= len == strlen(text) && memcmp(mac, text, len) == 0;
	}
	if (lines == 0)
		return VW_OK;
	rc = twin(d, self != VWS_NONE ? d->links.v[self].name : NULL, l, &other);
	if (rc < 0 || other == VWS_NONE)
		return rc;
	r = reader(d, name, "mac");
	return vws_bad(&r, "%s is the address of '%s' over '%s' already", text, d->links.v[other].name,
		       l->over);
}

int vws_check_put(struct vws_doc *d, size_t *i, const struct vws_link *l)
{
	const char *self = *i != VWS_NONE ? d->links.v[*i].name : NULL;
	bool complete = d->links.complete;
	int rc = check_circle(d, self, l);

	if (rc == VW_OK && self != NULL && d->links.complete != complete)
		*i = vws_entry_find(&d->links, self, &rc);
	complete = d->links.complete;
	if (rc == VW_OK)
		rc = check_mac(d, *i, l);
	if (rc == VW_OK && self != NULL && d->links.complete != complete)
		*i = vws_entry_find(&d->links, self, &rc);
	return rc;
}

int vws_check_cables(struct vws_doc *d)
{
	int rc = d->cables ? vws_complete(&d->links) : VW_OK;

	for (size_t i = 0; d->cables && rc == VW_OK && i < d->links.n; i++) {
		struct vws_reader r = reader(d, d->links.v[i].name, "over");
		const struct vws_link *l, *peer = NULL;
		size_t at;

		if (d->links.v[i].gone)
			continue;
		rc = vws_entry_link(d, i, &l);
		if (rc < 0 || !vws_is_simnet(l) || l->over == NULL)
			continue;
		at = vws_entry_find(&d->links, l->over, &rc);
		if (at != VWS_NONE)
			rc = vws_entry_link(d, at, &peer);
		if (rc == VW_OK)
			rc = vws_check_cable(&r, l, peer);
	}
	if (rc == VW_OK)
		d->cables = false;
	return rc;
}

/* *@text says @old: make it say @new. */
static int say(struct vw_handle *h, char **text, const char *old, const char *new, bool *any)
{
	char *copy;

	if (*text == NULL || strcmp(*text, old) != 0)
		return VW_OK;
	copy = strdup(new);
	if (copy == NULL)
		return vwc_nomem(h);
	free(*text);
	*text = copy;
	*any = true;
	return VW_OK;
}

/* Entry @i by the new name, in its own name or in what it is over. */
static int rename_in(struct vws_doc *d, size_t i, const char *old, const char *new)
{
	const struct vws_link *l;
	struct vws_link *copy;
	bool any = false;
	int rc = vws_entry_link(d, i, &l);

	if (rc < 0)
		return rc;
	copy = vws_link_dup(l);
	if (copy == NULL)
		return vwc_nomem(d->h);
	rc = say(d->h, &copy->name, old, new, &any);
	/* of hardware it is the name it starts with, whoever has that by now */
	if (rc == VW_OK && copy->cls != VW_CLASS_PHYS)
		rc = say(d->h, &copy->over, old, new, &any);
	for (size_t p = 0; rc == VW_OK && copy->ports != NULL && copy->ports[p] != NULL; p++)
		rc = say(d->h, &copy->ports[p], old, new, &any);
	if (rc == VW_OK && any)
		rc = vws_put_at(&d->links, i, copy);
	vws_link_free(copy);
	return rc;
}

/* The same for flow @i, in the link it is of. */
static int rename_in_flow(struct vws_doc *d, size_t i, const char *old, const char *new)
{
	const struct vws_flow *f = vws_flow_at(d, i);
	struct vws_flow *copy = f ? vws_flow_dup(f) : NULL;
	bool any = false;
	int rc = copy ? say(d->h, &copy->link, old, new, &any) : vwc_nomem(d->h);

	if (rc == VW_OK)
		rc = vws_section_put(&d->flows, copy);
	vws_flow_free(copy);
	return rc;
}

static int rename_in_flows(struct vws_doc *d, const char *old, const char *new)
{
	int rc = VW_OK;

	for (size_t i = vws_flow_next_of(d, old, 0); rc == VW_OK && i < vws_flow_count(d);
	     i = vws_flow_next_of(d, old, i + 1))
		rc = rename_in_flow(d, i, old, new);
	return rc;
}

int vws_doc_rename(struct vw_handle *h, struct vws_doc *d, const char *old, const char *new)
{
	struct vwu_str word = { 0 };
	int rc = vws_complete(&d->links);

	d->h = h;
	if (rc == VW_OK && strcmp(old, new) != 0 && vws_entry_find(&d->links, new, &rc) != VWS_NONE)
		rc = vwc_why(h, VW_ERR_EXIST, "the name '%s' is taken", new);
	vws_print_string(&word, old);
	if (rc == VW_OK && word.failed)
		rc = vwc_nomem(h);
	for (size_t i = 0; rc == VW_OK && i < d->links.n; i++) {
		const char *line;
		size_t len;

		if (d->links.v[i].gone)
			continue;
		vws_line_of(&d->links, &d->links.v[i], &line, &len);
		if (memmem(line, len, word.s, word.len) != NULL)
			rc = rename_in(d, i, old, new);
	}
	vwu_str_free(&word);
	return rc == VW_OK ? rename_in_flows(d, old, new) : rc;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* props.c - names with values: properties of links and flows, and what a flow matches */
#include "store/schema.h"

#include <stdio.h>
#include <string.h>

#define NAME_BYTES	63
#define VALUE_BYTES	4223	/* 32 DHCP client ids of 64 bytes in hexadecimal */

struct vws_prop *vws_props_find(struct vws_prop *v, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(v[i].name, name) == 0)
			return &v[i];
	return NULL;
}

static void drop(struct vws_prop *v, size_t *n, struct vws_prop *p)
{
	size_t at = (size_t)(p - v);

	free(p->name);
	free(p->value);
	--*n;
	memmove(p, p + 1, (*n - at) * sizeof(*p));
}

/* @value is taken over. */
static int add(struct vw_handle *h, struct vws_prop **v, size_t *n, const char *name, char *value)
{
	struct vws_prop *more = realloc(*v, (*n + 1) * sizeof(*more));
	char *copied = strdup(name);

	if (more != NULL)
		*v = more;
	if (more == NULL || copied == NULL) {
		free(copied);
		free(value);
		return vwc_nomem(h);
	}
	more[(*n)++] = (struct vws_prop){ copied, value };
	return VW_OK;
}

int vws_props_set(struct vw_handle *h, struct vws_prop **v, size_t *n, const char *name,
		  const char *value)
{
	struct vws_prop *p = vws_props_find(*v, *n, name);
	char *copied;

	if (value == NULL) {
		if (p != NULL)
			drop(*v, n, p);
		return VW_OK;
	}
	copied = strdup(value);
	if (copied == NULL)
		return vwc_nomem(h);
	if (p == NULL)
		return add(h, v, n, name, copied);
	free(p->value);
	p->value = copied;
	return VW_OK;
}

bool vws_props_copy(struct vws_prop **to, size_t *nto, const struct vws_prop *v, size_t n)
{
	*to = n ? calloc(n, sizeof(**to)) : NULL;
	*nto = 0;
	if (n > 0 && *to == NULL)
		return false;
	for (; *nto < n; ++*nto) {
		struct vws_prop copy = { strdup(v[*nto].name), strdup(v[*nto].value) };

		if (copy.name == NULL || copy.value == NULL) {
			free(copy.name);
			free(copy.value);
			return false;
		}
		(*to)[*nto] = copy;
	}
	return true;
}

void vws_props_free(struct vws_prop *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(v[i].name);
		free(v[i].value);
	}
	free(v);
}

static const char *name_fault(const char *name)
{
	static const char good[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";

	if (*name == '\0')
		return "is empty";
	if (strlen(name) > NAME_BYTES)
		return "is longer than 63 bytes";
	if (name[strspn(name, good)] != '\0')
		return "holds a character other than letters, digits, '_', '.' and '-'";
	return NULL;
}

static int read_prop(struct vws_reader *r, struct vws_prop **v, size_t *n)
{
	const char *name = r->json.key.s, *why = name_fault(name), *from, *member = r->member;
	char path[80];
	int rc;

	if (why != NULL)
		return vws_bad(r, "the name '%.64s' %s", name, why);
	snprintf(path, sizeof(path), "%s.%s", member, name);
	r->member = path;
	rc = vws_read_text(r, "a string", &from);
	if (rc == VW_OK && vws_props_find(*v, *n, name) != NULL)
		rc = vws_bad(r, "is there twice");
	else if (rc == VW_OK && r->json.str.len > VALUE_BYTES)
		rc = vws_bad(r, "is longer than %d bytes", VALUE_BYTES);
	else if (rc == VW_OK && vws_hostile(r->json.str.s))
		rc = vws_bad(r, "'%.64s' holds a control or invisible character", r->json.str.s);
	else if (rc == VW_OK)
		rc = vws_props_set(r->h, v, n, name, r->json.str.s);
	r->member = member;
	return rc;
}

int vws_read_props(struct vws_reader *r, struct vws_prop **v, size_t *n)
{
	int rc = vws_read_object(r);

	while (rc == VW_OK && vws_json_next(&r->json))
		rc = *n < VWS_PROPS_MAX
			     ? read_prop(r, v, n)
			     : vws_bad(r, "holds more than %d properties", VWS_PROPS_MAX);
	return rc == VW_OK && r->json.fault ? vws_bad_json(r) : rc;
}

void vws_print_props(struct vwu_str *b, const char *member, const struct vws_prop *v, size_t n)
{
	if (n == 0)
		return;
	vwu_str_addf(b, ", \"%s\": {", member);
	for (size_t i = 0; i < n; i++) {
		vwu_str_add(b, i ? ", " : "");
		vws_print_string(b, v[i].name);
		vwu_str_add(b, ": ");
		vws_print_string(b, v[i].value);
	}
	vwu_str_add(b, "}");
}

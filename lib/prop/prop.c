/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* prop.c - what is done with any row of the property table: find, parse, apply, verify, show */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "prop/prop.h"
#include "prop/rows.h"

/* Longest part of a value that was refused which a message repeats. */
#define SHOWN		80

const char *vwp_a_class(unsigned cls)
{
	static const char *const texts[] = { "a physical link", "a vnic", "an etherstub", "a vlan",
					     "an aggr", "a simnet", "a bridge", "an iptun" };

	for (size_t i = 0; i < VWU_ARRAY_SIZE(texts); i++)
		if (cls == 1u << i)
			return texts[i];
	return "a link of another kind";
}

int vwp_put(struct vw_handle *h, char *out, size_t len, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(out, len, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= len)
		return vwc_why(h, VW_ERR_BADVAL, "value is longer than %zu bytes", len - 1);
	return VW_OK;
}

bool vwp_printable(const char *text)
{
	char safe[VWP_VALUE_MAX];
	size_t n = vw_escape(safe, sizeof(safe), text);

	return n < sizeof(safe) && strcmp(safe, text) == 0;
}

int vwp_set_link(struct vw_handle *h, struct vwk_nl *nl, const struct vwk_setlink *s)
{
	struct vwk_batch *b = vwk_batch_new(h, nl);
	int rc;

	if (b == NULL)
		return vwc_nomem(h);
	(void)vwk_batch_setlink(b, s);
	rc = vwk_batch_run(b, NULL);
	vwk_batch_free(b);
	return rc;
}

const struct vwp_desc *vwp_find(const char *name)
{
	for (size_t i = 0; i < vwp_nlinkprops; i++)
		if (strcasecmp(vwp_linkprops[i].name, name) == 0)
			return &vwp_linkprops[i];
	return NULL;
}

static const struct vwp_desc *nearest(const char *name, unsigned cls)
{
	vwu_auto_free const char **names = calloc(vwp_nlinkprops, sizeof(*names));
	const char *near;
	size_t n = 0;

	for (size_t i = 0; names != NULL && i < vwp_nlinkprops; i++)
		if (vwp_linkprops[i].classes & cls)
			names[n++] = vwp_linkprops[i].name;
	near = vwu_nearest(name, names, n);
	return near != NULL ? vwp_find(near) : NULL;
}

static bool writable(const struct vwp_desc *d)
{
	return d->perm[1] == 'w';
}

/* @d: of another class, or a name like the one given, or NULL. */
static void hint_names(struct vw_handle *h, const struct vwp_desc *d, unsigned cls)
{
	struct vwu_str list = { 0 };

	if (d != NULL && !(d->classes & cls) && (d->classes & VW_CLASS_VNIC))
		vwu_str_addf(&list, "set it on a VNIC; ");
	else if (d != NULL && (d->classes & cls))
		vwu_str_addf(&list, "did you mean '%s'? ", d->name);
	vwu_str_addf(&list, "%s can be given", vwp_a_class(cls));
	for (size_t i = 0, n = 0; i < vwp_nlinkprops; i++)
		if ((vwp_linkprops[i].classes & cls) && writable(&vwp_linkprops[i]))
			vwu_str_addf(&list, "%s %s", n++ == 0 ? "" : ",", vwp_linkprops[i].name);
	if (!list.failed)
		(void)vwc_hint(h, VW_ERR_NOTFOUND, "%s", list.s);
	vwu_str_free(&list);
}

/* Known from dladm(8) of illumos: a user who types one made no mistake. */
static bool is_of_illumos(const char *name)
{
	static const char *const names[] = {
		"pool", "autopush", "tagmode",
	};

	for (size_t i = 0; i < VWU_ARRAY_SIZE(names); i++)
		if (strcasecmp(names[i], name) == 0)
			return true;
	return false;
}

int vwp_need(struct vw_handle *h, const char *name, unsigned cls, const struct vwp_desc **out)
{
	const struct vwp_desc *d = vwp_find(name);

	if (d != NULL && (d->classes & cls)) {
		*out = d;
		return VW_OK;
	}
	if (d == NULL && is_of_illumos(name)) {
		(void)vwc_why(h, VW_ERR_NOTFOUND, "property '%s' is not in this version", name);
		return vwc_hint(h, VW_ERR_NOTFOUND, "what is and what is not: vwire(7)");
	}
	(void)vwc_why(h, VW_ERR_NOTFOUND, "no property '%.*s' on %s", SHOWN, name,
		      vwp_a_class(cls));
	hint_names(h, d == NULL ? nearest(name, cls) : d, cls);
	return VW_ERR_NOTFOUND;
}

static int refuse_readonly(struct vw_handle *h, const struct vwp_desc *d)
{
	return vwc_why(h, VW_ERR_READONLY, "property '%s' is read-only", d->name);
}

/* "up,down" as "up, down" */
static void spaced(const char *list, char *out, size_t len)
{
	size_t n = 0;

	for (; *list != '\0' && n + 3 < len; list++) {
		out[n++] = *list;
		if (*list == ',')
			out[n++] = ' ';
	}
	out[n] = '\0';
}

static int parse_choice(struct vw_handle *h, const struct vwp_desc *d, const char *text,
			char *out, size_t len)
{
	size_t n = strlen(text);
	char words[256];

	for (const char *p = d->possible; *p != '\0'; p += strcspn(p, ",")) {
		p += *p == ',';
		if (strcspn(p, ",") == n && n > 0 && strncmp(p, text, n) == 0)
			return vwp_put(h, out, len, "%s", text);
	}
	spaced(d->possible, words, sizeof(words));
	return vwc_why(h, VW_ERR_BADVAL, "%s: must be one of %s, is '%.*s'", d->name, words, SHOWN,
		       text);
}

static int parse_number(struct vw_handle *h, const struct vwp_desc *d, const struct vwp_link *l,
			const char *text, char *out, size_t len)
{
	uint64_t min, max, n;
	int rc = d->range(h, l, &min, &max);

	if (rc < 0)
		return rc;
	if (!vwu_parse_u64(text, min, max, &n))
		return vwc_why(h, VW_ERR_BADVAL,
			       "%s: must be a number from %llu to %llu, is '%.*s'", d->name,
			       (unsigned long long)min, (unsigned long long)max, SHOWN, text);
	return vwp_put(h, out, len, "%llu", (unsigned long long)n);
}

static int parse_text(struct vw_handle *h, const struct vwp_desc *d, const struct vwp_link *l,
		      const char *text, char *out, size_t len)
{
	if (d->parse != NULL)
		return d->parse(h, text, out, len);
	if (d->range != NULL)
		return parse_number(h, d, l, text, out, len);
	if (d->possible[0] != '\0')
		return parse_choice(h, d, text, out, len);
	return vwp_put(h, out, len, "%s", text);
}

static bool is_bridge_port(const struct vwp_link *l)
{
	return l->dev != NULL && l->dev->port_kind == VWK_BRIDGE;
}

static int refuse_no_port(struct vw_handle *h, const struct vwp_desc *d, const struct vwp_link *l)
{
	(void)vwc_why(h, VW_ERR_NOTSUP, "%s: link '%s' is not a port of a bridge", d->name,
		      l->name);
	return vwc_hint(h, VW_ERR_NOTSUP, "'dladm add-bridge -l %s BRIDGE' makes it one",
			l->name);
}

int vwp_parse(struct vw_handle *h, const struct vwp_desc *d, const struct vwp_link *l,
	      const char *text, char *out, size_t len)
{
	char value[VWP_VALUE_MAX];
	int rc;

	if (!writable(d))
		return d->parse != NULL ? d->parse(h, text, out, len) : refuse_readonly(h, d);
	if (text[0] == '\0') {
		(void)vwc_why(h, VW_ERR_BADVAL, "%s: no value is given", d->name);
		return vwc_hint(h, VW_ERR_BADVAL,
				"'dladm reset-linkprop -p %s %s' gives the default", d->name,
				l->name);
	}
	rc = parse_text(h, d, l, text, value, sizeof(value));
	if (rc < 0)
		return rc;
	if ((d->flags & VWP_BRPORT) && l->dev != NULL && !is_bridge_port(l))
		return refuse_no_port(h, d, l);
	if (d->check != NULL) {
		rc = d->check(h, l, value);
		if (rc < 0)
			return rc;
	}
	return vwp_put(h, out, len, "%s", value);
}

static int read_value(struct vw_handle *h, const struct vwp_desc *d, const struct vwp_link *l,
		      char *out, size_t len)
{
	bool known = (d->flags & VWP_STRUCTURAL) || ((d->flags & VWP_POLICY) && l->port != NULL);

	if (l->dev == NULL && !known)
		return VW_ERR_NOTFOUND;
	if ((d->flags & VWP_BRPORT) && !is_bridge_port(l))
		return VW_ERR_NOTSUP;
	return d->read(h, l, out, len);
}

/* The value as it is now, for a link that is asked to have @want: l->dev is from before. */
static int read_again(struct vw_handle *h, const struct vwp_desc *d, const struct vwp_link *l,
		      const char *want, char *out, size_t len)
{
	struct vws_prop prop = { .name = (char *)d->name, .value = (char *)want };
	struct vws_link def = { .name = (char *)l->name, .cls = l->cls };
	struct vwp_link now = *l;
	struct vwk_link dev;
	int rc = vwk_link_get(h, l->nl, NULL, l->dev->ifindex, 0, &dev);

	if (rc < 0)
		return rc == VW_ERR_NOTFOUND ? vwc_why(h, rc, "link '%s' is gone", l->name) : rc;
	if (l->def != NULL)
		def = *l->def;
	def.props = &prop;
	def.nprops = 1;
	now.dev = &dev;
	now.def = &def;
	rc = read_value(h, d, &now, out, len);
	vwk_link_clear(&dev);
	return rc;
}

/* The first error is told already; a value that cannot be put back becomes its note. */
static void put_back(struct vw_handle *h, const struct vwp_desc *d, const struct vwp_link *l,
		     const char *old)
{
	vwc_keep(h);
	(void)d->apply(h, l, old);
}

int vwp_apply(struct vw_handle *h, const struct vwp_desc *d, const struct vwp_link *l,
	      const char *value)
{
	char old[VWP_VALUE_MAX], is[VWP_VALUE_MAX];
	int rc;

	if (d->apply == NULL)
		return refuse_readonly(h, d);
	if (l->dev == NULL)
		return vwc_why(h, VW_ERR_NOTFOUND, "%s: link '%s' is not in the kernel", d->name,
			       l->name);
	if ((d->flags & VWP_BRPORT) && !is_bridge_port(l))
		return refuse_no_port(h, d, l);
	if (strcmp(value, "--") == 0 && strcmp(d->defval, "--") == 0)
		value = "";
	rc = read_value(h, d, l, old, sizeof(old));
	if (rc < 0)
		return rc;
	rc = d->apply(h, l, value);
	if (rc < 0)
		return rc;
	rc = read_again(h, d, l, value, is, sizeof(is));
	if (rc < 0 || strcmp(is, value) == 0)
		return rc;
	rc = vwc_why(h, VW_ERR_KERNEL, "%s: is '%s' after it was set to '%s'", d->name, is, value);
	put_back(h, d, l, old);
	return rc;
}

static int apply_one(struct vw_handle *h, const struct vwp_link *l, const struct vws_prop *p)
{
	char want[VWP_VALUE_MAX], is[VWP_VALUE_MAX];
	const struct vwp_desc *d;
	int rc = vwp_need(h, p->name, l->cls, &d);

	if (rc < 0)
		return rc;
	if (vwp_is_member(d, l->cls) || (d->flags & VWP_POLICY) ||
	    ((d->flags & VWP_BRPORT) && !is_bridge_port(l)))
		return VW_OK;
	rc = vwp_parse(h, d, l, p->value, want, sizeof(want));
	if (rc < 0)
		return rc;
	if (read_value(h, d, l, is, sizeof(is)) == VW_OK && strcmp(is, want) == 0)
		return VW_OK;
	return vwp_apply(h, d, l, want);
}

int vwp_apply_all(struct vw_handle *h, const struct vwp_link *l)
{
	if (l->def == NULL)
		return VW_OK;
	for (size_t i = 0; i < l->def->nprops; i++) {
		int rc = apply_one(h, l, &l->def->props[i]);

		if (rc < 0)
			return rc;
	}
	return VW_OK;
}

void vwp_default(struct vw_handle *h, const struct vwp_desc *d, const struct vwp_link *l,
		 char *out, size_t len)
{
	if (d->defread == NULL || d->defread(h, l, out, len) < 0)
		(void)snprintf(out, len, "%s", d->defval);
}

void vwp_possible(struct vw_handle *h, const struct vwp_desc *d, const struct vwp_link *l,
		  char *out, size_t len)
{
	uint64_t min, max;

	if (d->range != NULL && d->range(h, l, &min, &max) == VW_OK)
		(void)snprintf(out, len, "%s%s%llu-%llu", d->possible,
			       d->possible[0] != '\0' ? "," : "", (unsigned long long)min,
			       (unsigned long long)max);
	else
		(void)snprintf(out, len, "%s", d->possible);
}

int vwp_read(struct vw_handle *h, const struct vwp_desc *d, const struct vwp_link *l, char *out,
	     size_t len)
{
	int rc = read_value(h, d, l, out, len);

	if (rc < 0)
		(void)snprintf(out, len, "?");
	return rc;
}

int vwp_split(struct vw_handle *h, const char *text, char *name, const char **value)
{
	size_t n = strcspn(text, "=");

	if (n == 0 || n >= 64 || text[n] != '=')
		return vwc_why(h, VW_ERR_BADVAL, "'%.*s' is not of the form property=value", SHOWN,
			       text);
	memcpy(name, text, n);
	name[n] = '\0';
	*value = text + n + 1;
	return VW_OK;
}

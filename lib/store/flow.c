/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* flow.c - one flow as it was asked for: kept, read, checked, printed */
#include "store/schema.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

struct vws_flow *vws_flow_new(const char *name, const char *link)
{
	struct vws_flow *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return NULL;
	f->name = strdup(name);
	f->link = link ? strdup(link) : NULL;
	if (f->name != NULL && (link == NULL || f->link != NULL))
		return f;
	vws_flow_free(f);
	return NULL;
}

void vws_flow_free(struct vws_flow *f)
{
	if (f == NULL)
		return;
	free(f->name);
	free(f->link);
	vws_props_free(f->match, f->nmatch);
	vws_props_free(f->props, f->nprops);
	free(f);
}

struct vws_flow *vws_flow_dup(const struct vws_flow *f)
{
	struct vws_flow *d = vws_flow_new(f->name, f->link);

	if (d == NULL)
		return NULL;
	d->removed = f->removed;
	if (vws_props_copy(&d->match, &d->nmatch, f->match, f->nmatch) &&
	    vws_props_copy(&d->props, &d->nprops, f->props, f->nprops))
		return d;
	vws_flow_free(d);
	return NULL;
}

const char *vws_flow_match(const struct vws_flow *f, const char *attr)
{
	const struct vws_prop *p = vws_props_find(f->match, f->nmatch, attr);

	return p ? p->value : NULL;
}

const char *vws_flow_prop(const struct vws_flow *f, const char *name)
{
	const struct vws_prop *p = vws_props_find(f->props, f->nprops, name);

	return p ? p->value : NULL;
}

int vws_flow_set_prop(struct vw_handle *h, struct vws_flow *f, const char *name, const char *value)
{
	return vws_props_set(h, &f->props, &f->nprops, name, value);
}

static int check_prefix(struct vws_reader *r, const char *value)
{
	char canonical[VWU_PREFIX_STRLEN];
	struct vwu_prefix p;
	const char *why = vwu_prefix_parse(value, &p);

	if (why != NULL && p.family == 0)
		return vws_bad(r, "'%.64s' %s", value, why);
	if (p.len == 0)
		return vws_bad(r, "'%.64s' is every address", value);
	if (strcmp(vwu_prefix_format(&p, canonical), value) != 0)
		return vws_bad(r, "'%.64s' must be written %s", value, canonical);
	return VW_OK;
}

static int check_transport(struct vws_reader *r, const char *value)
{
	static const char *const words[] = { "tcp", "udp", "sctp", "icmp", "icmpv6" };

	for (size_t i = 0; i < VWU_ARRAY_SIZE(words); i++)
		if (strcmp(words[i], value) == 0)
			return VW_OK;
	return vws_bad(r, "must be \"tcp\", \"udp\", \"sctp\", \"icmp\" or \"icmpv6\", is \"%.64s\"",
		       value);
}

static int check_port(struct vws_reader *r, const char *value)
{
	uint32_t port;

	if (value[0] != '0' && vwu_parse_u32(value, 1, 65535, &port))
		return VW_OK;
	return vws_bad(r, "must be a number from 1 to 65535 in quotes, is \"%.64s\"", value);
}

/* "0x2e:0xfc": two digits each, and a mask that leaves something to compare. */
static int check_dsfield(struct vws_reader *r, const char *value)
{
	static const char hex[] = "0123456789abcdef";

	if (strlen(value) == 9 && memcmp(value, "0x", 2) == 0 && memcmp(value + 4, ":0x", 3) == 0 &&
	    strspn(value + 2, hex) == 2 && strspn(value + 7, hex) == 2 &&
	    strcmp(value + 7, "00") != 0)
		return VW_OK;
	return vws_bad(r, "must be value and mask such as \"0x2e:0xfc\", is \"%.64s\"", value);
}

static const struct {
	const char *name;
	int (*check)(struct vws_reader *r, const char *value);
} attrs[] = {
	{ "local_ip", check_prefix },	{ "remote_ip", check_prefix },
	{ "transport", check_transport }, { "local_port", check_port },
	{ "remote_port", check_port },	{ "dsfield", check_dsfield },
};
enum { LOCAL_IP = 1, REMOTE_IP = 2, TRANSPORT = 4, LOCAL_PORT = 8, REMOTE_PORT = 16, DSFIELD = 32 };

/* Number of attribute @name; past the last: none. */
static size_t attr_index(const char *name)
{
	size_t i = 0;

	while (i < VWU_ARRAY_SIZE(attrs) && strcmp(attrs[i].name, name) != 0)
		i++;
	return i;
}

int vws_flow_set_match(struct vw_handle *h, struct vws_flow *f, const char *attr, const char *value)
{
	bool there = vws_props_find(f->match, f->nmatch, attr) != NULL;
	int rc = vws_props_set(h, &f->match, &f->nmatch, attr, value);

	/* One that is new is the last: on to its place. */
	for (size_t i = f->nmatch; rc == VW_OK && !there && i-- > 1;) {
		struct vws_prop last = f->match[i];

		if (attr_index(f->match[i - 1].name) <= attr_index(last.name))
			break;
		f->match[i] = f->match[i - 1];
		f->match[i - 1] = last;
	}
	return rc;
}

static int unknown_attr(struct vws_reader *r, const char *name)
{
	const char *known[VWU_ARRAY_SIZE(attrs)], *near;

	for (size_t i = 0; i < VWU_ARRAY_SIZE(attrs); i++)
		known[i] = attrs[i].name;
	near = vwu_nearest(name, known, VWU_ARRAY_SIZE(attrs));
	vws_bad(r, "is no attribute of flows");
	return near ? vwc_hint(r->h, r->status, "did you mean '%s'?", near) : r->status;
}

static int check_attr(struct vws_reader *r, const struct vws_prop *p, unsigned *set)
{
	size_t i = attr_index(p->name);
	char path[80];
	int rc;

	snprintf(path, sizeof(path), "match.%.70s", p->name);
	r->member = path;
	*set |= 1u << i;
	rc = i < VWU_ARRAY_SIZE(attrs) ? attrs[i].check(r, p->value) : unknown_attr(r, p->name);
	r->member = "match";
	return rc;
}

static int check_match(struct vws_reader *r, const struct vws_flow *f)
{
	const char *transport = vws_flow_match(f, "transport");
	unsigned set = 0;

	r->member = "match";
	for (size_t i = 0; i < f->nmatch; i++) {
		int rc = check_attr(r, &f->match[i], &set);

		if (rc < 0)
			return rc;
	}
	if (set != LOCAL_IP && set != REMOTE_IP && set != TRANSPORT && set != DSFIELD &&
	    set != (TRANSPORT | LOCAL_PORT) && set != (TRANSPORT | REMOTE_PORT))
		return vws_bad(r, "must be one of local_ip, remote_ip, transport, transport with "
			       "local_port, transport with remote_port, dsfield");
	if ((set & (LOCAL_PORT | REMOTE_PORT)) && strncmp(transport, "icmp", 4) == 0)
		return vws_bad(r, "%s has no ports", transport);
	return VW_OK;
}

static const char *const members[] = { "link", "removed", "match", "props" };
enum { LINK, REMOVED, MATCH, PROPS };

static int read_match(struct vws_reader *r, struct vws_flow *f)
{
	struct vws_prop *v = NULL;
	size_t n = 0;
	int rc = vws_read_props(r, &v, &n);

	for (size_t i = 0; i < n && rc == VW_OK; i++)
		rc = vws_flow_set_match(r->h, f, v[i].name, v[i].value);
	vws_props_free(v, n);
	return rc == VW_OK ? check_match(r, f) : rc;
}

static int read_member(struct vws_reader *r, struct vws_flow *f, size_t which)
{
	switch (which) {
	case LINK:
		return vws_read_link_name(r, &f->link);
	case REMOVED:
		return vws_read_bool(r, &f->removed);
	case MATCH:
		return read_match(r, f);
	}
	return vws_read_props(r, &f->props, &f->nprops);
}

static int read_members(struct vws_reader *r, struct vws_flow *f, unsigned *seen)
{
	while (vws_json_next(&r->json)) {
		const char *name = r->json.key.s;
		size_t i = 0;
		int rc;

		while (i < VWU_ARRAY_SIZE(members) && strcmp(members[i], name) != 0)
			i++;
		if (i == VWU_ARRAY_SIZE(members) || (i == REMOVED && !r->temporary))
			return vws_bad_member(r, name, members, VWU_ARRAY_SIZE(members));
		r->member = members[i];
		if (*seen & 1u << i)
			return vws_bad(r, "is there twice");
		*seen |= 1u << i;
		rc = read_member(r, f, i);
		if (rc < 0)
			return rc;
		r->member = NULL;
	}
	return r->json.fault ? vws_bad_json(r) : VW_OK;
}

static int check_flow(struct vws_reader *r, const struct vws_flow *f, unsigned seen)
{
	const char *why = vwu_flow_name_invalid(f->name);

	if (why != NULL)
		return vws_bad(r, "the name %s", why);
	for (size_t i = 0; i < VWU_ARRAY_SIZE(members); i++) {
		r->member = members[i];
		if (!(seen & 1u << i) && (i == LINK || (i == MATCH && !f->removed)))
			return vws_bad(r, "is missing");
		if ((seen & 1u << i) && i > REMOVED && f->removed)
			return vws_bad(r, "a removed flow has no such member");
	}
	return VW_OK;
}

static int read_flow(struct vws_reader *r, const char *name, void **out)
{
	struct vws_flow *f = vws_flow_new(name, NULL);
	unsigned seen = 0;
	int rc;

	if (f == NULL)
		return vwc_nomem(r->h);
	r->link = f->name;
	r->flows = true;
	r->member = NULL;
	rc = vws_read_object(r);
	if (rc == VW_OK)
		rc = read_members(r, f, &seen);
	if (rc == VW_OK)
		rc = check_flow(r, f, seen);
	r->link = r->member = NULL;
	r->flows = false;
	if (rc == VW_OK)
		*out = f;
	else
		vws_flow_free(f);
	return rc;
}

/* The link comes first: vws_flow_next_of() looks for it there. */
static void print_flow(struct vwu_str *b, const void *object)
{
	const struct vws_flow *f = object;

	vws_print_string(b, f->name);
	vwu_str_add(b, ": {\"link\": ");
	vws_print_string(b, f->link ? f->link : "");
	if (f->removed) {
		vwu_str_add(b, ", \"removed\": true}");
		return;
	}
	vws_print_props(b, "match", f->match, f->nmatch);
	vws_print_props(b, "props", f->props, f->nprops);
	vwu_str_add(b, "}");
}

static void free_flow(void *object)
{
	vws_flow_free(object);
}

static_assert(offsetof(struct vws_flow, name) == 0, "vws_name_of()");
const struct vws_kind vws_flow_kind = {
	"flows", VW_FLOW_NAME_MAX, read_flow, print_flow, free_flow,
};

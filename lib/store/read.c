/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* read.c - one link of a document: which members it may have, and what they may hold */
#include "store/schema.h"

#include <arpa/inet.h>
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include <vwire/handle.h>
#include <vwire/iptun.h>

int vws_bad(struct vws_reader *r, const char *fmt, ...)
{
	char text[VWC_TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return vwc_why(r->h, r->status, "%s%s%s%.40s%s%.80s%s%s", r->file ? r->file : "",
		       r->file ? ": " : "", !r->link ? "" : r->flows ? "flows." : "links.",
		       r->link ? r->link : "",
		       r->link && r->member ? "." : "", r->member ? r->member : "",
		       r->link || r->member ? ": " : "", text);
}

int vws_bad_json(struct vws_reader *r)
{
	if (r->json.key.failed || r->json.str.failed)
		return vwc_nomem(r->h);
	return vwc_why(r->h, r->status, "%s%sline %zu: %s", r->file ? r->file : "",
		       r->file ? ": " : "", vws_json_line(&r->json), r->json.fault);
}

int vws_bad_member(struct vws_reader *r, const char *name, const char *const *known, size_t n)
{
	const char *near = vwu_nearest(name, known, n);

	r->member = name;
	vws_bad(r, "is no member known here");
	return near ? vwc_hint(r->h, r->status, "did you mean '%s'?", near) : r->status;
}

/* "must be X, is Y" for the value at @from, which is passed over first to see its end. */
int vws_must_be(struct vws_reader *r, const char *from, const char *what)
{
	struct vws_json *j = &r->json;
	int len;

	if (j->p == from && !vws_json_skip(j))
		return vws_bad_json(r);
	if (*from == '{' || *from == '[')
		return vws_bad(r, "must be %s, is %s", what,
			       *from == '{' ? "an object" : "a list");
	len = j->p - from > 64 ? 64 : (int)(j->p - from);
	return vws_bad(r, "must be %s, is %.*s%s", what, len, from,
		       j->p - from > 64 ? "..." : "");
}

int vws_read_object(struct vws_reader *r)
{
	enum vws_json_type type = vws_json_type(&r->json);

	if (type != VWS_JSON_OBJECT)
		return type == VWS_JSON_NONE ? vws_bad_json(r)
					     : vws_must_be(r, r->json.p, "an object");
	return vws_json_enter(&r->json) ? VW_OK : vws_bad_json(r);
}

int vws_read_number(struct vws_reader *r, uint64_t min, uint64_t max, uint64_t *out)
{
	enum vws_json_type type = vws_json_type(&r->json);
	const char *from = r->json.p;
	char what[80];
	uint64_t v;

	if (type == VWS_JSON_NUMBER && vws_json_u64(&r->json, &v) && v >= min && v <= max) {
		*out = v;
		return VW_OK;
	}
	if (r->json.fault != NULL)
		return vws_bad_json(r);
	snprintf(what, sizeof(what), "a number from %llu to %llu", (unsigned long long)min,
		 (unsigned long long)max);
	return vws_must_be(r, from, what);
}

/* Any string into r->json.str; @from: where it stood. */
int vws_read_text(struct vws_reader *r, const char *what, const char **from)
{
	enum vws_json_type type = vws_json_type(&r->json);

	*from = r->json.p;
	if (type == VWS_JSON_STRING && vws_json_string(&r->json))
		return VW_OK;
	if (r->json.fault != NULL)
		return vws_bad_json(r);
	return vws_must_be(r, *from, what);
}

int vws_read_word(struct vws_reader *r, const struct vws_word *words, unsigned *out)
{
	const struct vws_word *w = words;
	struct vwu_str list = { 0 };
	const char *from;
	int rc = vws_read_text(r, "a string", &from);

	if (rc < 0)
		return rc;
	for (; w->text != NULL; w++) {
		if (strcmp(w->text, r->json.str.s) == 0) {
			*out = w->value;
			return VW_OK;
		}
	}
	for (w = words; w->text != NULL; w++)
		vwu_str_addf(&list, "%s\"%s\"", w == words ? "" : w[1].text ? ", " : " or ",
			     w->text);
	rc = list.failed ? vwc_nomem(r->h) : vws_must_be(r, from, list.s);
	vwu_str_free(&list);
	return rc;
}

int vws_read_bool(struct vws_reader *r, bool *out)
{
	enum vws_json_type type = vws_json_type(&r->json);
	const char *from = r->json.p;

	if (type != VWS_JSON_TRUE && type != VWS_JSON_FALSE)
		return type == VWS_JSON_NONE ? vws_bad_json(r)
					     : vws_must_be(r, from, "true or false");
	if (!vws_json_skip(&r->json))
		return vws_bad_json(r);
	*out = type == VWS_JSON_TRUE;
	return VW_OK;
}

#define MEMBER_CLASS	0
#define MEMBER_REMOVED	1

static size_t member_index(const char *name)
{
	size_t i = 0;

	while (i < vws_nmembers && strcmp(vws_members[i].name, name) != 0)
		i++;
	return i;
}

static int unknown_member(struct vws_reader *r, const char *name)
{
	const char *known[VWS_MEMBERS_MAX];

	for (size_t i = 0; i < vws_nmembers; i++)
		known[i] = vws_members[i].name;
	return vws_bad_member(r, name, known, vws_nmembers);
}

/* "class" may come last: which members may be there is looked at when all have been @seen. */
static int read_members(struct vws_reader *r, struct vws_link *l, unsigned *seen)
{
	while (vws_json_next(&r->json)) {
		const char *name = r->json.key.s;
		size_t i = member_index(name);
		int rc;

		if (i == vws_nmembers || (i == MEMBER_REMOVED && !r->temporary))
			return unknown_member(r, name);
		r->member = vws_members[i].name;
		if (*seen & 1u << i)
			return vws_bad(r, "is there twice");
		*seen |= 1u << i;
		rc = vws_members[i].read(r, l);
		if (rc < 0)
			return rc;
		r->member = NULL;
	}
	return r->json.fault ? vws_bad_json(r) : VW_OK;
}

static int check_members(struct vws_reader *r, const struct vws_link *l, unsigned seen)
{
	const char *cls = vws_word_of(vws_classes, l->cls);

	for (size_t i = 0; i < vws_nmembers; i++) {
		const struct vws_member *m = &vws_members[i];

		r->member = m->name;
		if (!(seen & 1u << i)) {
			if (i == MEMBER_CLASS || (m->needed & l->cls && !l->removed))
				return vws_bad(r, "is missing");
		} else if (!(m->classes & l->cls)) {
			return vws_bad(r, "a link of class %s has no such member", cls);
		} else if (l->removed && i > MEMBER_REMOVED) {
			return vws_bad(r, "a removed link has no such member");
		}
	}
	r->member = NULL;
	return VW_OK;
}

static int check_name(struct vws_reader *r, const struct vws_link *l)
{
	const char *why;

	if (l->cls == VW_CLASS_PHYS || l->cls == VW_CLASS_MISC)
		why = vws_foreign_name_fault(l->name);
	else if (l->cls == VW_CLASS_BRIDGE)
		why = vwu_bridge_name_invalid(l->name);
	else
		why = vwu_name_invalid(l->name);
	return why ? vws_bad(r, "the name %s", why) : VW_OK;
}

static int check_mac(struct vws_reader *r, struct vws_link *l)
{
	if (l->mac_type != VW_MAC_NONE && !l->has_mac) {
		r->member = "macaddrtype";
		return vws_bad(r, "needs a member mac");
	}
	if (l->has_mac && l->mac_type == VW_MAC_NONE && l->cls == VW_CLASS_VNIC)
		l->mac_type = VW_MAC_FIXED;	/* who wrote an address by hand meant it */
	return VW_OK;
}

/* IEEE 802.1D section 8.10.2 */
static int check_bridge(struct vws_reader *r, const struct vws_link *l)
{
	if (l->cls != VW_CLASS_BRIDGE || l->removed)
		return VW_OK;
	r->member = "maxage";
	if (l->max_age_s > 2 * (l->forward_delay_s - 1))
		return vws_bad(r, "must be at most 2 * (fwddelay - 1) = %u, is %u",
			       2 * (l->forward_delay_s - 1), l->max_age_s);
	if (l->max_age_s < 2 * (l->hello_s + 1))
		return vws_bad(r, "must be at least 2 * (hello + 1) = %u, is %u",
			       2 * (l->hello_s + 1), l->max_age_s);
	return VW_OK;
}

static int check_tunnel_end(struct vws_reader *r, const struct vws_link *l, const char *member,
			    const char *text)
{
	bool six = l->tunnel == VW_IPTUN_IPV6;
	uint8_t addr[16];

	r->member = member;
	if (text == NULL || inet_pton(six ? AF_INET6 : AF_INET, text, addr) == 1)
		return VW_OK;
	return vws_bad(r, "must be an IPv%d address, is \"%s\"", six ? 6 : 4, text);
}

static int check_tunnel(struct vws_reader *r, const struct vws_link *l)
{
	int rc;

	if (l->cls != VW_CLASS_IPTUN || l->removed)
		return VW_OK;
	if (l->tunnel == VW_IPTUN_6TO4 && l->remote != NULL) {
		r->member = "remote";
		return vws_bad(r, "a 6to4 tunnel has none");
	}
	if (l->tunnel == VW_IPTUN_6TO4 && l->local == NULL) {
		r->member = "local";
		return vws_bad(r, "is missing");
	}
	rc = check_tunnel_end(r, l, "local", l->local);
	return rc < 0 ? rc : check_tunnel_end(r, l, "remote", l->remote);
}

/* Of a simnet nobody else finds this: two that are each other's peers are no circle. */
static int check_self(struct vws_reader *r, const struct vws_link *l)
{
	if (l->over == NULL || strcmp(l->over, l->name) != 0)
		return VW_OK;
	r->member = "over";
	return vws_bad(r, "goes round in a circle");
}

static int check_link(struct vws_reader *r, struct vws_link *l, unsigned seen)
{
	int rc = check_members(r, l, seen);

	if (rc == VW_OK)
		rc = check_name(r, l);
	if (rc == VW_OK)
		rc = check_mac(r, l);
	if (rc == VW_OK)
		rc = check_bridge(r, l);
	if (rc == VW_OK)
		rc = check_tunnel(r, l);
	if (rc == VW_OK)
		rc = check_self(r, l);
	r->member = NULL;
	return rc;
}

static int read_object(struct vws_reader *r, struct vws_link *l)
{
	unsigned seen = 0;
	int rc = vws_read_object(r);

	if (rc == VW_OK)
		rc = read_members(r, l, &seen);
	if (rc < 0)
		return rc;
	if (!(seen & 1u << member_index("priority")))
		l->priority = l->cls == VW_CLASS_BRIDGE ? VWS_PRIORITY_DEFAULT : 0;
	vws_link_defaults(l);
	return check_link(r, l, seen);
}

static int read_link(struct vws_reader *r, const char *name, void **out)
{
	struct vws_link *l = vws_link_new(name, 0);
	int rc;

	if (l == NULL)
		return vwc_nomem(r->h);
	r->link = l->name;
	r->member = NULL;
	rc = read_object(r, l);
	r->link = r->member = NULL;
	if (rc == VW_OK)
		*out = l;
	else
		vws_link_free(l);
	return rc;
}

static void free_link(void *object)
{
	vws_link_free(object);
}

static_assert(offsetof(struct vws_link, name) == 0, "vws_name_of()");
const struct vws_kind vws_link_kind = {
	"links", VW_NAME_MAX, read_link, vws_print_link, free_link,
};

int vws_read_line(struct vws_reader *r, const struct vws_kind *kind, const char *text, size_t len,
		  void **out)
{
	int rc;

	vws_json_init(&r->json, text, len);
	rc = vws_json_pair(&r->json) ? kind->read(r, r->json.key.s, out) : vws_bad_json(r);
	vws_json_free(&r->json);
	return rc;
}

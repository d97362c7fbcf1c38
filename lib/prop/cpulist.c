/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cpulist.c - sets of CPUs as dladm writes them: "0-3,5", sorted and folded */
#include <string.h>

#include "prop/steer.h"

#define CPUS_MAX	(VWK_CPU_WORDS * 32)

static bool has(const struct vwp_cpus *s, unsigned cpu)
{
	return s->w[cpu / 32] >> (cpu % 32) & 1;
}

static int bad(struct vw_handle *h, const char *text)
{
	return vwc_why(h, VW_ERR_BADVAL,
		       "cpus: must be a list of CPUs such as 0-3,5, is '%.80s'", text);
}

/* "3" or "0-3" of @n characters */
static bool parse_range(const char *word, size_t n, uint32_t *a, uint32_t *b)
{
	char text[16], *dash;

	if (n == 0 || n >= sizeof(text))
		return false;
	memcpy(text, word, n);
	text[n] = '\0';
	dash = strchr(text, '-');
	if (dash != NULL)
		*dash++ = '\0';
	return vwu_parse_u32(text, 0, CPUS_MAX - 1, a) &&
	       vwu_parse_u32(dash != NULL ? dash : text, *a, CPUS_MAX - 1, b);
}

int vwp_cpus_from(struct vw_handle *h, const char *text, struct vwp_cpus *out)
{
	struct vwp_cpus s = { 0 };

	for (const char *p = text;; p++) {
		size_t n = strcspn(p, ",");
		uint32_t a, b;

		if (!parse_range(p, n, &a, &b))
			return bad(h, text);
		for (uint32_t i = a; i <= b; i++) {
			if (has(&s, i))
				return vwc_why(h, VW_ERR_BADVAL, "cpus: CPU %u is there twice in "
					       "'%.80s'", i, text);
			s.w[i / 32] |= 1u << i % 32;
		}
		p += n;
		if (*p == '\0')
			break;
	}
	*out = s;
	return VW_OK;
}

int vwp_cpus_text(struct vw_handle *h, const struct vwp_cpus *s, char *out, size_t len)
{
	struct vwu_str text = { 0 };
	int rc;

	vwu_str_add(&text, "");
	for (unsigned a = 0; a < CPUS_MAX; a++) {
		unsigned b = a;

		if (!has(s, a))
			continue;
		while (b + 1 < CPUS_MAX && has(s, b + 1))
			b++;
		vwu_str_addf(&text, text.len > 0 ? ",%u" : "%u", a);
		if (b > a)
			vwu_str_addf(&text, "-%u", b);
		a = b;
	}
	rc = text.failed ? vwc_nomem(h) : vwp_put(h, out, len, "%s", text.s);
	vwu_str_free(&text);
	return rc;
}

bool vwp_cpus_none(const struct vwp_cpus *s)
{
	for (size_t i = 0; i < VWK_CPU_WORDS; i++)
		if (s->w[i] != 0)
			return false;
	return true;
}

bool vwp_cpus_same(const struct vwp_cpus *a, const struct vwp_cpus *b)
{
	return memcmp(a->w, b->w, sizeof(a->w)) == 0;
}

bool vwp_cpus_within(const struct vwp_cpus *a, const struct vwp_cpus *b)
{
	for (size_t i = 0; i < VWK_CPU_WORDS; i++)
		if (a->w[i] & ~b->w[i])
			return false;
	return true;
}

void vwp_cpus_join(struct vwp_cpus *to, const struct vwp_cpus *more)
{
	for (size_t i = 0; i < VWK_CPU_WORDS; i++)
		to->w[i] |= more->w[i];
}

unsigned vwp_cpus_count(const struct vwp_cpus *s)
{
	unsigned n = 0;

	for (size_t i = 0; i < VWK_CPU_WORDS; i++)
		n += (unsigned)__builtin_popcount(s->w[i]);
	return n;
}

struct vwp_cpus vwp_cpus_nth(const struct vwp_cpus *s, unsigned n)
{
	struct vwp_cpus one = { 0 };

	for (unsigned i = 0; i < CPUS_MAX; i++) {
		if (has(s, i) && n-- == 0) {
			one.w[i / 32] = 1u << i % 32;
			break;
		}
	}
	return one;
}

int vwp_cpus_online(struct vw_handle *h, struct vwp_cpus *out)
{
	unsigned possible;

	return vwk_cpus(h, &possible, out->w, VWK_CPU_WORDS);
}

int vwp_cpus_exist(struct vw_handle *h, const struct vwp_cpus *s)
{
	struct vwp_cpus online, missing;
	unsigned possible, first = 0;
	char text[256];
	int rc = vwk_cpus(h, &possible, online.w, VWK_CPU_WORDS);

	if (rc < 0 || vwp_cpus_within(s, &online))
		return rc;
	for (size_t i = 0; i < VWK_CPU_WORDS; i++)
		missing.w[i] = s->w[i] & ~online.w[i];
	while (!has(&missing, first))
		first++;
	if (vwp_cpus_text(h, &online, text, sizeof(text)) < 0)
		strcpy(text, "fewer");
	if (first < possible)
		return vwc_why(h, VW_ERR_BADVAL, "cpus: CPU %u is off line; on line are %s", first,
			       text);
	return vwc_why(h, VW_ERR_BADVAL, "cpus: there is no CPU %u, this machine has %s", first,
		       text);
}

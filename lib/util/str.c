/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* str.c - a string that grows, and splitting */
#include "util/util.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Room for @n more bytes and the NUL. */
static bool reserve(struct vwu_str *b, size_t n)
{
	size_t need, cap = b->cap ? b->cap : 64;
	char *s;

	if (b->failed)
		return false;
	if (__builtin_add_overflow(b->len, n, &need) || need >= SIZE_MAX / 2) {
		b->failed = true;
		return false;
	}
	need++;
	if (need <= b->cap)
		return true;
	while (cap < need)
		cap *= 2;
	s = realloc(b->s, cap);
	if (s == NULL) {
		b->failed = true;
		return false;
	}
	b->s = s;
	b->cap = cap;
	return true;
}

void vwu_str_addn(struct vwu_str *b, const char *text, size_t n)
{
	if (!reserve(b, n))
		return;
	if (n > 0)
		memcpy(b->s + b->len, text, n);
	b->len += n;
	b->s[b->len] = '\0';
}

void vwu_str_add(struct vwu_str *b, const char *text)
{
	vwu_str_addn(b, text, strlen(text));
}

void vwu_str_addf(struct vwu_str *b, const char *fmt, ...)
{
	va_list ap, again;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	if (n < 0)
		b->failed = true;
	else if (reserve(b, (size_t)n))
		b->len += (size_t)vsnprintf(b->s + b->len, (size_t)n + 1, fmt, again);
	va_end(again);
	va_end(ap);
}

void vwu_str_free(struct vwu_str *b)
{
	free(b->s);
	*b = (struct vwu_str){ 0 };
}

char *vwu_str_take(struct vwu_str *b)
{
	char *s;

	vwu_str_addn(b, "", 0);
	if (b->failed) {
		vwu_str_free(b);
		return NULL;
	}
	s = b->s;
	*b = (struct vwu_str){ 0 };
	return s;
}

char **vwu_split(const char *text, char sep, size_t *n)
{
	size_t count = 1, len = strlen(text), i = 0;
	char **v, *copy;

	for (const char *p = text; *p; p++)
		count += *p == sep;
	v = malloc((count + 1) * sizeof(*v) + len + 1);
	if (v == NULL)
		return NULL;
	copy = (char *)(v + count + 1);
	memcpy(copy, text, len + 1);
	v[i++] = copy;
	for (char *p = copy; *p; p++) {
		if (*p != sep)
			continue;
		*p = '\0';
		v[i++] = p + 1;
	}
	v[i] = NULL;
	if (n != NULL)
		*n = count;
	return v;
}

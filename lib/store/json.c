/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* json.c - a strict reader of JSON */
#include "store/json.h"

#include <string.h>

static bool fault(struct vws_json *j, const char *text)
{
	if (j->fault == NULL)
		j->fault = text;
	return false;
}

void vws_json_init(struct vws_json *j, const char *text, size_t len)
{
	memset(j, 0, sizeof(*j));
	j->start = j->p = text;
	j->end = text + len;
}

void vws_json_free(struct vws_json *j)
{
	vwu_str_free(&j->key);
	vwu_str_free(&j->str);
}

size_t vws_json_line(const struct vws_json *j)
{
	size_t line = 1;

	for (const char *p = j->start; p < j->p; p++)
		line += *p == '\n';
	return line;
}

static void blanks(struct vws_json *j)
{
	while (j->p < j->end && (*j->p == ' ' || *j->p == '\n' || *j->p == '\t' || *j->p == '\r'))
		j->p++;
}

/* The byte that comes next, -1 at the end. */
static int look(struct vws_json *j)
{
	blanks(j);
	return j->p < j->end ? (unsigned char)*j->p : -1;
}

enum vws_json_type vws_json_type(struct vws_json *j)
{
	int c = j->fault ? -1 : look(j);

	switch (c) {
	case '{':
		return VWS_JSON_OBJECT;
	case '[':
		return VWS_JSON_ARRAY;
	case '"':
		return VWS_JSON_STRING;
	case 't':
		return VWS_JSON_TRUE;
	case 'f':
		return VWS_JSON_FALSE;
	case 'n':
		return VWS_JSON_NULL;
	case -1:
		fault(j, "the text ends too early");
		return VWS_JSON_NONE;
	}
	if (c == '-' || (c >= '0' && c <= '9'))
		return VWS_JSON_NUMBER;
	fault(j, "a value is missing or malformed");
	return VWS_JSON_NONE;
}

/* Four hexadecimal digits of \u. */
static bool hex4(struct vws_json *j, uint32_t *out)
{
	uint32_t v = 0;

	for (int i = 0; i < 4; i++) {
		int c = j->p < j->end ? (unsigned char)*j->p : -1;

		if (c >= '0' && c <= '9')
			v = v << 4 | (uint32_t)(c - '0');
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			v = v << 4 | (uint32_t)((c | 0x20) - 'a' + 10);
		else
			return fault(j, "an escape in a string is malformed");
		j->p++;
	}
	*out = v;
	return true;
}

static void add_utf8(struct vwu_str *b, uint32_t cp)
{
	char s[4];
	size_t n = 0;

	if (cp < 0x80) {
		s[n++] = (char)cp;
	} else if (cp < 0x800) {
		s[n++] = (char)(0xc0 | cp >> 6);
	} else if (cp < 0x10000) {
		s[n++] = (char)(0xe0 | cp >> 12);
		s[n++] = (char)(0x80 | (cp >> 6 & 0x3f));
	} else {
		s[n++] = (char)(0xf0 | cp >> 18);
		s[n++] = (char)(0x80 | (cp >> 12 & 0x3f));
		s[n++] = (char)(0x80 | (cp >> 6 & 0x3f));
	}
	if (cp >= 0x80)
		s[n++] = (char)(0x80 | (cp & 0x3f));
	vwu_str_addn(b, s, n);
}

/* \uXXXX, and the pair of them that stands for a character above U+FFFF. */
static bool unicode_escape(struct vws_json *j, struct vwu_str *b)
{
	uint32_t cp, low;

	if (!hex4(j, &cp))
		return false;
	if (cp == 0)
		return fault(j, "a string holds a NUL character");
	if (cp >= 0xd800 && cp <= 0xdbff && j->end - j->p >= 2 && j->p[0] == '\\' &&
	    j->p[1] == 'u') {
		j->p += 2;
		if (!hex4(j, &low))
			return false;
		if (low < 0xdc00 || low > 0xdfff)
			return fault(j, "half of a surrogate pair in a string");
		cp = 0x10000 + ((cp & 0x3ff) << 10) + (low & 0x3ff);
	}
	if (cp >= 0xd800 && cp <= 0xdfff)
		return fault(j, "half of a surrogate pair in a string");
	add_utf8(b, cp);
	return true;
}

static bool escape(struct vws_json *j, struct vwu_str *b)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *at;

	j->p++;
	if (j->p == j->end)
		return fault(j, "a string does not end");
	if (*j->p == 'u') {
		j->p++;
		return unicode_escape(j, b);
	}
	at = *j->p ? strchr(from, *j->p) : NULL;
	if (at == NULL)
		return fault(j, "an escape in a string is malformed");
	vwu_str_addn(b, &to[at - from], 1);
	j->p++;
	return true;
}

/* A string into @b; j->p is at its opening quote. */
static bool string(struct vws_json *j, struct vwu_str *b)
{
	b->len = 0;
	j->p++;
	for (;;) {
		const char *from = j->p;

		while (j->p < j->end && *j->p >= 0x20 && *j->p < 0x7f && *j->p != '"' &&
		       *j->p != '\\')
			j->p++;
		vwu_str_addn(b, from, (size_t)(j->p - from));
		if (j->p == j->end)
			return fault(j, "a string does not end");
		if (*j->p == '"')
			break;
		if (*j->p == '\\') {
			if (!escape(j, b))
				return false;
		} else {
			uint32_t cp;
			size_t n = vwu_utf8(j->p, (size_t)(j->end - j->p), &cp);

			if (n == 0)
				return fault(j, "a string is not UTF-8");
			if (cp < 0x20)
				return fault(j, "a control character in a string");
			vwu_str_addn(b, j->p, n);
			j->p += n;
		}
	}
	j->p++;
	return !b->failed || fault(j, "out of memory");
}

bool vws_json_string(struct vws_json *j)
{
	if (vws_json_type(j) != VWS_JSON_STRING)
		return fault(j, "a string is missing");
	return string(j, &j->str);
}

bool vws_json_enter(struct vws_json *j)
{
	enum vws_json_type type = vws_json_type(j);

	if (type != VWS_JSON_OBJECT && type != VWS_JSON_ARRAY)
		return fault(j, "an object or array is missing");
	if (j->depth == VWS_JSON_DEPTH)
		return fault(j, "nested more than 32 deep");
	j->p++;
	j->depth++;
	j->first[j->depth] = true;
	j->object[j->depth] = type == VWS_JSON_OBJECT;
	return true;
}

bool vws_json_pair(struct vws_json *j)
{
	int c = look(j);

	if (c != '"')
		return fault(j, c < 0 ? "the text ends too early"
				      : "the name of a member in quotes is missing");
	if (!string(j, &j->key))
		return false;
	c = look(j);
	if (c != ':')
		return fault(j, c < 0 ? "the text ends too early"
				      : "':' is missing after the name of a member");
	j->p++;
	return true;
}

bool vws_json_next(struct vws_json *j)
{
	bool object = j->object[j->depth], first = j->first[j->depth];
	int c;

	if (j->fault != NULL)
		return false;
	c = look(j);
	if (c == (object ? '}' : ']')) {
		j->p++;
		j->depth--;
		return false;
	}
	if (c < 0)
		return fault(j, "the text ends too early");
	if (!first) {
		if (c != ',')
			return fault(j, object ? "',' or '}' is missing" : "',' or ']' is missing");
		j->p++;
	}
	j->first[j->depth] = false;
	return !object || vws_json_pair(j);
}

static size_t digits(struct vws_json *j)
{
	const char *from = j->p;

	while (j->p < j->end && *j->p >= '0' && *j->p <= '9')
		j->p++;
	return (size_t)(j->p - from);
}

/* After a number comes what cannot be one: "0x10" is not 0 with something behind it. */
static bool number_ends(struct vws_json *j)
{
	char c = j->p < j->end ? *j->p : ' ';

	if (c != '\0' && strchr(" \t\r\n,]}", c) != NULL)
		return true;
	return fault(j, "a number is malformed");
}

/* Pass a number; @plain: it was decimal digits alone. */
static bool number(struct vws_json *j, bool *plain)
{
	const char *from;

	*plain = *j->p != '-';
	if (*j->p == '-')
		j->p++;
	from = j->p;
	if (digits(j) == 0 || (*from == '0' && j->p - from > 1))
		return fault(j, "a number is malformed");
	if (j->p < j->end && *j->p == '.') {
		*plain = false;
		j->p++;
		if (digits(j) == 0)
			return fault(j, "a number is malformed");
	}
	if (j->p < j->end && (*j->p == 'e' || *j->p == 'E')) {
		*plain = false;
		j->p++;
		if (j->p < j->end && (*j->p == '+' || *j->p == '-'))
			j->p++;
		if (digits(j) == 0)
			return fault(j, "a number is malformed");
	}
	return number_ends(j);
}

bool vws_json_u64(struct vws_json *j, uint64_t *out)
{
	const char *from;
	uint64_t v = 0;
	bool plain;

	if (vws_json_type(j) != VWS_JSON_NUMBER)
		return fault(j, "a number is missing");
	from = j->p;
	if (!number(j, &plain) || !plain)
		return false;
	for (; from < j->p; from++)
		if (__builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(*from - '0'), &v))
			return false;
	*out = v;
	return true;
}

static bool word(struct vws_json *j, const char *text)
{
	size_t n = strlen(text);

	if ((size_t)(j->end - j->p) < n || memcmp(j->p, text, n) != 0)
		return fault(j, "a value is missing or malformed");
	j->p += n;
	return true;
}

bool vws_json_skip(struct vws_json *j)
{
	bool plain;

	switch (vws_json_type(j)) {
	case VWS_JSON_OBJECT:
	case VWS_JSON_ARRAY:
		if (!vws_json_enter(j))
			return false;
		while (vws_json_next(j))
			if (!vws_json_skip(j))
				return false;
		return j->fault == NULL;
	case VWS_JSON_STRING:
		return string(j, &j->str);
	case VWS_JSON_NUMBER:
		return number(j, &plain);
	case VWS_JSON_TRUE:
		return word(j, "true");
	case VWS_JSON_FALSE:
		return word(j, "false");
	case VWS_JSON_NULL:
		return word(j, "null");
	case VWS_JSON_NONE:
		break;
	}
	return false;
}

bool vws_json_finish(struct vws_json *j)
{
	if (j->fault != NULL)
		return false;
	return look(j) < 0 || fault(j, "more text follows after the end");
}

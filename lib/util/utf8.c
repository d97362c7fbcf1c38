/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* utf8.c - characters, and words that look alike */
#include "util/util.h"

#include <string.h>

size_t vwu_utf8(const char *s, size_t n, uint32_t *cp)
{
	/* No overlong forms: the least value that needs so many bytes. */
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned char c = n > 0 ? (unsigned char)s[0] : 0xff;
	size_t len = c < 0x80 ? 1 : (c & 0xe0) == 0xc0 ? 2 : (c & 0xf0) == 0xe0 ? 3 :
		     (c & 0xf8) == 0xf0 ? 4 : 0;
	uint32_t v;

	if (len == 0 || len > n)
		return 0;
	v = len == 1 ? c : c & (0x7fu >> len);
	for (size_t i = 1; i < len; i++) {
		if (((unsigned char)s[i] & 0xc0) != 0x80)
			return 0;
		v = v << 6 | ((unsigned char)s[i] & 0x3f);
	}
	if (v < least[len] || v > 0x10ffff || (v >= 0xd800 && v <= 0xdfff))
		return 0;
	*cp = v;
	return len;
}

#define WORD_MAX 40

/* Insertions, deletions and replacements that make @b of @a (Levenshtein). */
static size_t distance(const char *a, const char *b)
{
	size_t row[WORD_MAX + 1], n = strlen(b);

	for (size_t j = 0; j <= n; j++)
		row[j] = j;
	for (size_t i = 1; *a; a++, i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= n; j++) {
			size_t best = diagonal + (*a != b[j - 1]);

			diagonal = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[n];
}

const char *vwu_nearest(const char *word, const char *const *words, size_t n)
{
	size_t len = strlen(word), best = len / 3 + 2;
	const char *found = NULL;

	if (len > WORD_MAX)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		size_t d;

		if (strlen(words[i]) > WORD_MAX)
			continue;
		d = distance(word, words[i]);
		/* Something of the word must be left, or every short word is near. */
		if (d < best && d < strlen(words[i])) {
			best = d;
			found = words[i];
		}
	}
	return found;
}

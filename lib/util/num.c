/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* num.c - numbers, strictly: no blanks, no sign, no base other than ten */
#include "util/util.h"

bool vwu_parse_u64(const char *text, uint64_t min, uint64_t max, uint64_t *out)
{
	uint64_t v = 0;

	if (text == NULL || *text == '\0')
		return false;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return false;
		if (__builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(*text - '0'), &v))
			return false;
	}
	if (v < min || v > max)
		return false;
	*out = v;
	return true;
}

bool vwu_parse_u32(const char *text, uint32_t min, uint32_t max, uint32_t *out)
{
	uint64_t v;

	if (!vwu_parse_u64(text, min, max, &v))
		return false;
	*out = (uint32_t)v;
	return true;
}

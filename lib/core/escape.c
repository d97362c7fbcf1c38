/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* escape.c - texts that are safe for a terminal; MAC addresses as illumos prints them */
#include "core/core.h"
#include "util/util.h"

#include <stdio.h>
#include <string.h>

/* Characters that move the cursor, are invisible, or reorder what is around them. */
static bool hostile(uint32_t cp)
{
	static const struct { uint32_t first, last; } ranges[] = {
		{ 0x00, 0x1f },		/* C0 */
		{ 0x7f, 0x9f },		/* DEL, C1 */
		{ 0xad, 0xad },		/* soft hyphen */
		{ 0x61c, 0x61c },	/* Arabic letter mark */
		{ 0x180e, 0x180e },
		{ 0x200b, 0x200f },	/* zero width, directional marks */
		{ 0x2028, 0x202e },	/* separators, embeddings, overrides */
		{ 0x2060, 0x206f },	/* invisible operators, isolates */
		{ 0xfeff, 0xfeff },
		{ 0xfff9, 0xfffb },
		{ 0xe0000, 0xe0fff },	/* tags, variation selectors */
	};

	for (size_t i = 0; i < VWU_ARRAY_SIZE(ranges); i++)
		if (cp >= ranges[i].first && cp <= ranges[i].last)
			return true;
	return false;
}

size_t vw_escape(char *dst, size_t len, const char *src)
{
	size_t need = 0, done = 0;
	bool full = len == 0;

	while (*src) {
		uint32_t cp;
		size_t n = vwu_utf8(src, strnlen(src, 4), &cp), put;
		char text[24];

		if (n > 0 && !hostile(cp)) {
			memcpy(text, src, n);
			put = n;
		} else {
			put = 0;
			n = n ? n : 1;
			for (size_t i = 0; i < n; i++)
				put += (size_t)snprintf(text + put, sizeof(text) - put, "\\x%02x",
							(unsigned char)src[i]);
		}
		/* A result cut short ends with a whole character: half of one would be hostile. */
		if (!full && done + put < len) {
			memcpy(dst + done, text, put);
			done += put;
		} else {
			full = true;
		}
		need += put;
		src += n;
	}
	if (len > 0)
		dst[done] = '\0';
	return need;
}

const char *vw_mac_format(const uint8_t *mac, char *buf)
{
	snprintf(buf, VW_MAC_STRLEN, "%x:%x:%x:%x:%x:%x", mac[0], mac[1], mac[2], mac[3], mac[4],
		 mac[5]);
	return buf;
}

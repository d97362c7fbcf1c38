/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pack.c - many small numbers in few bytes */
#include "stat/pack.h"

#include <stdlib.h>
#include <string.h>

#define LONGEST	10	/* bytes of a 64-bit number */

static bool room(struct vwst_pack *b, size_t n)
{
	size_t cap = b->cap ? b->cap : 256;
	uint8_t *p;

	if (b->failed)
		return false;
	while (cap - b->len < n)
		cap *= 2;
	if (cap == b->cap)
		return true;
	p = realloc(b->p, cap);
	if (p == NULL) {
		b->failed = true;
		return false;
	}
	b->p = p;
	b->cap = cap;
	return true;
}

void vwst_pack_num(struct vwst_pack *b, uint64_t v)
{
	if (!room(b, LONGEST))
		return;
	while (v >= 0x80) {
		b->p[b->len++] = (uint8_t)(v | 0x80);
		v >>= 7;
	}
	b->p[b->len++] = (uint8_t)v;
}

void vwst_pack_bytes(struct vwst_pack *b, const void *p, size_t n)
{
	if (n == 0 || !room(b, n))
		return;
	memcpy(b->p + b->len, p, n);
	b->len += n;
}

void vwst_pack_free(struct vwst_pack *b)
{
	free(b->p);
	*b = (struct vwst_pack){ 0 };
}

uint64_t vwst_unpack_num(struct vwst_unpack *u)
{
	uint64_t v = 0;

	for (unsigned shift = 0; u->p < u->end && shift < 64; shift += 7) {
		uint8_t c = *u->p++;

		v |= (uint64_t)(c & 0x7F) << shift;
		if (!(c & 0x80))
			return v;
	}
	u->bad = true;
	u->p = u->end;
	return 0;
}

bool vwst_unpack_counts(struct vwst_unpack *u, uint64_t v[VWST_COUNTS])
{
	for (int i = 0; i < VWST_COUNTS; i++)
		v[i] = vwst_unpack_num(u);
	return !u->bad;
}

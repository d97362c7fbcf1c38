/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pool.c - memory of a snapshot */
#include <stdlib.h>
#include <string.h>

#include "util/util.h"

#define BLOCK	(16 * 1024 - 64)

struct vwu_block {
	struct vwu_block *next;
	size_t		  used, size;
	_Alignas(16) char data[];
};

void *vwu_pool_get(struct vwu_pool *p, size_t n)
{
	struct vwu_block *b = p->blocks;

	n = (n + 7) & ~(size_t)7;
	if (b == NULL || b->size - b->used < n) {
		size_t size = n > BLOCK ? n : BLOCK;

		b = calloc(1, sizeof(*b) + size);
		if (b == NULL) {
			p->failed = true;
			return NULL;
		}
		b->size = size;
		b->next = p->blocks;
		p->blocks = b;
	}
	b->used += n;
	return b->data + b->used - n;
}

const char *vwu_pool_str(struct vwu_pool *p, const char *text)
{
	size_t n = text ? strlen(text) + 1 : 0;
	char *copy = text ? vwu_pool_get(p, n) : NULL;

	return copy ? memcpy(copy, text, n) : NULL;
}

void vwu_pool_free(struct vwu_pool *p)
{
	while (p->blocks) {
		struct vwu_block *next = p->blocks->next;

		free(p->blocks);
		p->blocks = next;
	}
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pool.c - memory of a snapshot */
#include <stdlib.h>
#include <string.h>

#include "object/pool.h"

#define BLOCK	(16 * 1024 - 64)

struct vwo_block {
	struct vwo_block *next;
	size_t		  used, size;
	_Alignas(16) char data[];
};

void *vwo_pool_get(struct vwo_pool *p, size_t n)
{
	struct vwo_block *b = p->blocks;

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

const char *vwo_pool_str(struct vwo_pool *p, const char *text)
{
	size_t n = text ? strlen(text) + 1 : 0;
	char *copy = text ? vwo_pool_get(p, n) : NULL;

	return copy ? memcpy(copy, text, n) : NULL;
}

void vwo_pool_free(struct vwo_pool *p)
{
	while (p->blocks) {
		struct vwo_block *next = p->blocks->next;

		free(p->blocks);
		p->blocks = next;
	}
}

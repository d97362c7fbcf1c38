/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hash.c - FNV-1a, and a map from text to index */
#include "util/util.h"

#include <string.h>

uint64_t vwu_hash(const void *data, size_t n)
{
	const uint8_t *p = data;
	uint64_t h = 0xcbf29ce484222325u;

	while (n--) {
		h ^= *p++;
		h *= 0x100000001b3u;
	}
	return h;
}

/* The slot of @key, or the free one where it would go. @cap is a power of two, never full. */
static size_t slot(const char *const *keys, size_t cap, const char *key)
{
	uint64_t hash = vwu_hash(key, strlen(key));
	size_t i = (size_t)(hash ^ hash >> 32) & (cap - 1);

	while (keys[i] != NULL && strcmp(keys[i], key) != 0)
		i = (i + 1) & (cap - 1);
	return i;
}

static bool grow(struct vwu_map *m)
{
	size_t cap = m->cap ? 2 * m->cap : 16;
	const char **keys = calloc(cap, sizeof(*keys));
	size_t *vals = malloc(cap * sizeof(*vals));

	if (keys == NULL || vals == NULL) {
		free(keys);
		free(vals);
		return false;
	}
	for (size_t i = 0; i < m->cap; i++) {
		size_t to;

		if (m->keys[i] == NULL)
			continue;
		to = slot(keys, cap, m->keys[i]);
		keys[to] = m->keys[i];
		vals[to] = m->vals[i];
	}
	free(m->keys);
	free(m->vals);
	m->keys = keys;
	m->vals = vals;
	m->cap = cap;
	return true;
}

bool vwu_map_put(struct vwu_map *m, const char *key, size_t val)
{
	size_t i;

	if (4 * (m->n + 1) > 3 * m->cap && !grow(m))
		return false;
	i = slot(m->keys, m->cap, key);
	if (m->keys[i] == NULL) {
		m->keys[i] = key;
		m->n++;
	}
	m->vals[i] = val;
	return true;
}

bool vwu_map_get(const struct vwu_map *m, const char *key, size_t *val)
{
	size_t i;

	if (m->cap == 0)
		return false;
	i = slot(m->keys, m->cap, key);
	if (m->keys[i] == NULL)
		return false;
	if (val != NULL)
		*val = m->vals[i];
	return true;
}

void vwu_map_free(struct vwu_map *m)
{
	free(m->keys);
	free(m->vals);
	*m = (struct vwu_map){ 0 };
}

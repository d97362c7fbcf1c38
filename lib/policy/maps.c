/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* maps.c - the maps of the data path, many elements in one system call */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>

#include "policy/engine.h"

/* What fills a map, for who fills it. */
static const struct {
	size_t	    key, value;
	bool	    per_cpu;
	const char *what;
} kinds[VWB_MAPS] = {
	[VWB_MAP_CONF]	     = { 4, sizeof(struct vwb_conf), false, "settings" },
	[VWB_MAP_POINTS]     = { 4, sizeof(struct vwb_point), false, "links" },
	[VWB_MAP_FDB]	     = { sizeof(struct vwb_fdb_key), sizeof(struct vwb_fdb), false,
				 "addresses of links" },
	[VWB_MAP_GROUPS]     = { sizeof(struct vwb_group_key), 4, false, "VLANs of switches" },
	[VWB_MAP_JOINED]     = { sizeof(struct vwb_joined_key), 0, false, "multicast groups" },
	[VWB_MAP_FLOW_ADDRS] = { sizeof(struct vwb_flow_addr), sizeof(struct vwb_flow), false,
				 "flows" },
	[VWB_MAP_FLOW_KEYS]  = { sizeof(struct vwb_flow_key), sizeof(struct vwb_flow), false,
				 "flows" },
	[VWB_MAP_FRAGS]	     = { 0, 0, false, "fragments" },
	[VWB_MAP_ALLOWED]    = { sizeof(struct vwb_allowed), 1, false, "allowed addresses" },
	[VWB_MAP_CIDS]	     = { sizeof(struct vwb_cid), 1, false, "DHCP client ids" },
	[VWB_MAP_COUNTS]     = { 4, sizeof(struct vwb_count), true, "counters" },
	[VWB_MAP_DROPPED]    = { 4, sizeof(struct vwb_dropped), true, "counters of drops" },
	[VWB_MAP_MINORS]     = { 4, sizeof(struct vwb_minors), false, "queues" },
};

#define CHUNK	4096u	/* elements of the first read; more where one bucket holds more */

/* Values of maps whose layout is the programs' own are asked of the kernel. */
size_t vwpl_value_size(struct vwpl *p, enum vwb_map map)
{
	struct bpf_map_info info = { 0 };
	uint32_t len = sizeof(info);

	if (kinds[map].per_cpu)
		return kinds[map].value * p->cpus;
	if (kinds[map].value != 0)
		return kinds[map].value;
	return bpf_obj_get_info_by_fd(p->maps[map], &info, &len) < 0 ? 0 : info.value_size;
}

static int failed(struct vwpl *p, enum vwb_map map, int err, const char *doing)
{
	if (err == E2BIG || err == ENOSPC) {
		vwc_why(p->h, VW_ERR_BUSY, "the data path has no room for more %s",
			kinds[map].what);
		return vwc_hint(p->h, VW_ERR_BUSY, "remove some first");
	}
	return vwk_bpf_fail(p->h, err, doing);
}

int vwpl_map_get(struct vwpl *p, enum vwb_map map, const void *key, void *value)
{
	if (!p->loaded)
		return 0;
	if (bpf_map_lookup_elem(p->maps[map], key, value) == 0)
		return 1;
	return errno == ENOENT ? 0 : failed(p, map, errno, "read the maps of the data path");
}

static void free_table(struct vwpl_table *t)
{
	free(t->keys);
	free(t->values);
	*t = (struct vwpl_table){ 0 };
}

void vwpl_map_forget(struct vwpl *p, enum vwb_map map)
{
	free_table(&p->tables[map]);
}

/* -- writing ---------------------------------------------------------------------------------- */

static int write_all(struct vwpl *p, enum vwb_map map, const void *keys, const void *values, size_t n,
		     uint64_t flags)
{
	int err = vwk_bpf_map_write(p->maps[map], keys, kinds[map].key, values,
				    vwpl_value_size(p, map), n, flags);

	vwpl_map_forget(p, map);
	return err < 0 ? failed(p, map, -err, "write to the maps of the data path") : VW_OK;
}

int vwpl_map_put(struct vwpl *p, enum vwb_map map, const void *keys, const void *values, size_t n)
{
	uint32_t count = (uint32_t)n;

	/* many at once are cheaper; what that could not do is done one by one */
	if (n > 1 && bpf_map_update_batch(p->maps[map], keys, values, &count, NULL) == 0) {
		vwpl_map_forget(p, map);
		return VW_OK;
	}
	return write_all(p, map, keys, values, n, BPF_ANY);
}

/* A batch cannot be told to spare what is there. */
int vwpl_map_add(struct vwpl *p, enum vwb_map map, const void *keys, const void *values, size_t n)
{
	return write_all(p, map, keys, values, n, BPF_NOEXIST);
}

int vwpl_map_del(struct vwpl *p, enum vwb_map map, const void *keys, size_t n)
{
	size_t ks = kinds[map].key, done = 0;

	if (!p->loaded || n == 0)
		return VW_OK;
	vwpl_map_forget(p, map);
	while (done < n) {
		const char *key = (const char *)keys + done * ks;
		uint32_t count = (uint32_t)(n - done);
		int err;

		if (count == 1)
			err = bpf_map_delete_elem(p->maps[map], key) < 0 ? errno : 0;
		else
			err = bpf_map_delete_batch(p->maps[map], key, &count, NULL) < 0 ? errno : 0;
		if (err != 0 && err != ENOENT)
			return failed(p, map, err, "remove from the maps of the data path");
		if (err != 0 && n - done == 1)
			count = 0;
		done += count + (err != 0);	/* the one that was not there */
	}
	return VW_OK;
}

/* -- reading ---------------------------------------------------------------------------------- */

/* Room for @room more; the kernel wants it for a whole bucket at least. */
static bool grow(struct vwpl_table *t, size_t room)
{
	char *keys = realloc(t->keys, (t->n + room) * t->key_size);
	char *values;

	if (keys == NULL)
		return false;
	t->keys = keys;
	values = realloc(t->values, (t->n + room) * t->value_size);
	if (values == NULL)
		return false;
	t->values = values;
	return true;
}

static int read_all(struct vwpl *p, enum vwb_map map, struct vwpl_table *t)
{
	char token[2][128];	/* of a hash 4 bytes, of a trie a key */
	uint32_t room = CHUNK;
	bool first = true;
	unsigned turn = 0;

	for (;;) {
		uint32_t count = room;
		int err;

		if (!grow(t, room))
			return vwc_nomem(p->h);
		err = bpf_map_lookup_batch(p->maps[map], first ? NULL : token[turn], token[!turn],
					   t->keys + t->n * t->key_size,
					   t->values + t->n * t->value_size, &count, NULL) < 0
			? errno : 0;
		if (err == ENOSPC && room < (1u << 24)) {
			room *= 2;
			continue;
		}
		if (err != 0 && err != ENOENT)
			return failed(p, map, err, "read the maps of the data path");
		t->n += count;
		first = false;
		turn = !turn;
		if (err == ENOENT)
			return VW_OK;
	}
}

int vwpl_map_all(struct vwpl *p, enum vwb_map map, const struct vwpl_table **out)
{
	struct vwpl_table *t = &p->tables[map];
	int rc = VW_OK;

	if (t->read_ms != 0 && vwk_now_ms() - t->read_ms > VWPL_FRESH_MS)
		free_table(t);
	if (t->read_ms == 0) {
		t->key_size = kinds[map].key;
		if (p->loaded) {
			t->value_size = vwpl_value_size(p, map);
			rc = read_all(p, map, t);
		}
		if (rc < 0) {
			free_table(t);
			return rc;
		}
		t->read_ms = vwk_now_ms();
	}
	*out = t;
	return VW_OK;
}

/* -- lists ------------------------------------------------------------------------------------ */

void vwpl_list_add(struct vwpl_list *l, const void *key, size_t key_size, const void *value,
		   size_t value_size)
{
	if (l->n == l->cap && !l->failed) {
		size_t cap = l->cap != 0 ? l->cap * 2 : 16;
		char *keys = realloc(l->keys, cap * key_size);
		char *values = value_size != 0 ? realloc(l->values, cap * value_size) : NULL;

		if (keys != NULL)
			l->keys = keys;
		if (values != NULL)
			l->values = values;
		l->failed = keys == NULL || (value_size != 0 && values == NULL);
		l->cap = cap;
	}
	if (l->failed)
		return;
	memcpy(l->keys + l->n * key_size, key, key_size);
	if (value_size != 0)
		memcpy(l->values + l->n * value_size, value, value_size);
	l->n++;
}

void vwpl_list_free(struct vwpl_list *l)
{
	free(l->keys);
	free(l->values);
	*l = (struct vwpl_list){ 0 };
}

int vwpl_list_put(struct vwpl *p, enum vwb_map map, struct vwpl_list *l)
{
	int rc = l->failed ? vwc_nomem(p->h) : VW_OK;

	if (rc == VW_OK && l->n > 0)
		rc = vwpl_map_put(p, map, l->keys, l->values, l->n);
	vwpl_list_free(l);
	return rc;
}

int vwpl_list_del(struct vwpl *p, enum vwb_map map, struct vwpl_list *l)
{
	int rc = l->failed ? vwc_nomem(p->h) : VW_OK;

	if (rc == VW_OK)
		rc = vwpl_map_del(p, map, l->keys, l->n);
	vwpl_list_free(l);
	return rc;
}

int vwpl_int_cmp(const void *a, const void *b)
{
	int x = *(const int *)a, y = *(const int *)b;

	return (x > y) - (x < y);
}

ssize_t vwpl_int_find(const int *sorted, size_t n, int v)
{
	const int *at = n > 0 ? bsearch(&v, sorted, n, sizeof(v), vwpl_int_cmp) : NULL;

	return at != NULL ? at - sorted : -1;
}

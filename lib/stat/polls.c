/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * polls.c - NAPI polls of links, counted by a program at a tracepoint while the session is open
 *
 * Linux counts polls nowhere. What was polled before the session began is not known, so a first
 * reading tells none; from the second on the numbers are complete.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "bpf/napi.h"
#include "kernel/bpf.h"
#include "stat/stat.h"

#define CHUNK	1024	/* entries of one read */

struct vwst_polls {
	int		 map, prog, attached;
	size_t		 cpus;
	struct vwb_napi_key *keys;
	struct vwb_polls *values;	/* @cpus of each key */
	size_t		 n;
};

void vwst_polls_close(struct vwst_polls *p)
{
	if (p == NULL)
		return;
	if (p->attached >= 0)
		close(p->attached);
	if (p->prog >= 0)
		close(p->prog);
	if (p->map >= 0)
		close(p->map);
	free(p->keys);
	free(p->values);
	free(p);
}

/* Polls are a service beyond the counters: where they cannot be had, they are not known. */
int vwst_polls_open(struct vw_stat *s)
{
	static const char *const maps[] = { VWB_NAPI_MAP }, *const progs[] = { VWB_NAPI_PROG };
	struct vwk_bpf_object o = {
		.elf = vwb_napi_object, .elf_len = vwb_napi_object_len(),
		.maps = maps, .nmaps = 1, .progs = progs, .nprogs = 1,
	};
	struct vwst_polls *p = calloc(1, sizeof(*p));
	int cpus = libbpf_num_possible_cpus(), rc;

	if (p == NULL)
		return vwc_nomem(s->h);
	p->map = p->prog = p->attached = -1;
	rc = cpus > 0 ? vwk_bpf_load(s->h, &o, &p->map, &p->prog) : VW_ERR_NOTSUP;
	if (rc == VW_OK) {
		p->attached = bpf_raw_tracepoint_open(NULL, p->prog);
		rc = p->attached < 0 ? VW_ERR_NOTSUP : VW_OK;
	}
	if (rc < 0) {
		vwst_polls_close(p);
		if (rc != VW_ERR_NOMEM)
			vwc_forget(s->h);
		return rc == VW_ERR_NOMEM ? rc : VW_OK;
	}
	p->cpus = (size_t)cpus;
	s->polls = p;
	return VW_OK;
}

static bool room(struct vwst_polls *p, size_t n)
{
	void *keys = reallocarray(p->keys, n, sizeof(*p->keys)), *values;

	if (keys == NULL)
		return false;
	p->keys = keys;
	values = reallocarray(p->values, n * p->cpus, sizeof(*p->values));
	if (values == NULL)
		return false;
	p->values = values;
	return true;
}

int vwst_polls_read(struct vw_stat *s)
{
	struct vwst_polls *p = s->polls;
	char token[2][64];
	unsigned turn = 0;
	bool first = true;

	if (p == NULL)
		return VW_OK;
	for (p->n = 0;; first = false, turn = !turn) {
		uint32_t count = CHUNK;
		int err;

		if (!room(p, p->n + CHUNK))
			return vwc_nomem(s->h);
		err = bpf_map_lookup_batch(p->map, first ? NULL : token[turn], token[!turn],
					   p->keys + p->n, p->values + p->n * p->cpus, &count,
					   NULL) < 0 ? errno : 0;
		if (err != 0 && err != ENOENT)
			return vwk_bpf_fail(s->h, err, "read the counts of polls");
		p->n += count;
		if (err == ENOENT)
			return VW_OK;
	}
}

static void add(struct vwst_polled *to, const struct vwb_polls *v)
{
	to->polls += v->polls;
	to->packets += v->packets;
	to->under10 += v->under10;
	to->to50 += v->to50;
	to->over50 += v->over50;
}

bool vwst_polls_of(const struct vw_stat *s, uint64_t netns, int ifindex, unsigned napi_id, int cpu,
		   struct vwst_polled *out)
{
	const struct vwst_polls *p = s->polls;

	*out = (struct vwst_polled){ 0 };
	if (p == NULL)
		return false;
	for (size_t i = 0; i < p->n; i++) {
		if (p->keys[i].netns != netns || p->keys[i].ifindex != (uint32_t)ifindex ||
		    (napi_id != 0 && p->keys[i].napi_id != napi_id))
			continue;
		for (size_t k = 0; k < p->cpus; k++)
			if (cpu < 0 || (size_t)cpu == k)
				add(out, &p->values[i * p->cpus + k]);
	}
	return true;
}

size_t vwst_polls_cpus(const struct vw_stat *s)
{
	return s->polls != NULL ? s->polls->cpus : 0;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine.c - the state of the data path: found again, or loaded; programs of other versions
 *
 * The state of a namespace is known by the map vw_conf that carries its cookie. The filters hold
 * the programs and the programs hold the maps, so a command killed before its first filter leaves
 * nothing, and what a later one finds has filters behind it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "bpf/object.h"
#include "policy/engine.h"

static const char *const map_names[VWB_MAPS] = VWB_MAP_NAMES;
static const char *const prog_names[VWB_PROGS] = VWB_PROG_NAMES;

/* -- finding ---------------------------------------------------------------------------------- */

/* Which object the programs came from: an upgrade may bring better ones for the same maps. It
 * stands behind their ids in vwb_conf. */
#define BUILD(conf)	((conf)->progs[VWB_PROGS])
/* Programs that are about to take over, behind the ids of the maps: from before the first filter
 * holds one until the last one does, so that at every moment what holds the maps is noted. */
#define NEXT(conf)	(&(conf)->maps[VWB_MAPS])
_Static_assert(VWB_MAPS + VWB_PROGS <= VWU_ARRAY_SIZE(((struct vwb_conf *)0)->maps),
	       "no room for programs behind the maps");

static uint32_t build(void)
{
	return (uint32_t)vwu_hash(vwb_object, vwb_object_len());
}

static int held_prog(uint32_t id, uint32_t conf_map)
{
	int fd = id != 0 ? vwk_bpf_prog_fd(id) : -1;

	if (fd >= 0 && !vwk_bpf_prog_holds(fd, conf_map)) {
		close(fd);
		fd = -1;
	}
	return fd < 0 ? -1 : fd;
}

struct search {
	struct vwpl    *p;
	int		other;	/* vw_conf of another version; -1: none */
	struct vwb_conf other_conf;
};

static bool lives(uint32_t id, uint32_t conf_map)
{
	int fd = held_prog(id, conf_map);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static bool is_held(const struct vwb_conf *conf, int fd)
{
	uint32_t map = vwk_bpf_map_id(fd);

	for (size_t i = 0; i < VWB_PROGS; i++)
		if (lives(conf->progs[i], map) || lives(NEXT(conf)[i], map))
			return true;
	return false;
}

/*
 * Ours by its cookie, and held by a program that not everybody could load. A state of another
 * version counts only where there is none of this one: while one takes over, both are there.
 */
static bool is_ours(int fd, void *arg)
{
	struct search *s = arg;
	struct vwb_conf conf;
	uint32_t zero = 0;

	if (bpf_map_lookup_elem(fd, &zero, &conf) < 0 || conf.version == 0 ||
	    conf.netns != s->p->netns || !is_held(&conf, fd))
		return false;
	if (conf.version == VWB_VERSION) {
		s->p->conf = conf;
		return true;
	}
	if (s->other < 0) {
		s->other = fcntl(fd, F_DUPFD_CLOEXEC, 3);
		s->other_conf = conf;
	}
	return false;
}

static int open_maps(struct vwpl *p)
{
	for (size_t i = VWB_MAP_CONF + 1; i < VWB_MAPS; i++) {
		p->maps[i] = vwk_bpf_map_fd(p->conf.maps[i]);
		if (p->maps[i] < 0)
			return vwk_bpf_fail(p->h, -p->maps[i], "open the maps of the data path");
	}
	p->loaded = true;
	p->trees.minors_fd = p->maps[VWB_MAP_MINORS];
	return VW_OK;
}

static int find_state(struct vwpl *p)
{
	struct search s = { .p = p, .other = -1 };
	int *conf = &p->maps[VWB_MAP_CONF];
	int rc = vwk_bpf_map_find(p->h, map_names[VWB_MAP_CONF], sizeof(p->conf), is_ours, &s,
				  conf);

	if (rc == VW_OK && *conf < 0 && s.other >= 0) {
		*conf = s.other;
		p->conf = s.other_conf;
	} else if (s.other >= 0) {
		close(s.other);
	}
	return rc == VW_OK && *conf >= 0 ? open_maps(p) : rc;
}

/* -- loading ---------------------------------------------------------------------------------- */

static int write_conf(struct vwpl *p)
{
	uint32_t zero = 0;

	return vwpl_map_put(p, VWB_MAP_CONF, &zero, &p->conf, 1);
}

/* @ids: of the programs in use, or of those to come */
static int note_loaded(struct vwpl *p, uint32_t *ids)
{
	for (size_t i = 0; i < VWB_MAPS; i++)
		p->conf.maps[i] = vwk_bpf_map_id(p->maps[i]);
	for (size_t i = 0; i < VWB_PROGS; i++)
		if (p->progs[i] >= 0)
			ids[i] = vwk_bpf_prog_id(p->progs[i]);
	p->conf.netns = p->netns;
	if (p->conf.version == 0)
		BUILD(&p->conf) = build();
	p->conf.version = VWB_VERSION;
	p->loaded = true;
	p->trees.minors_fd = p->maps[VWB_MAP_MINORS];
	return write_conf(p);
}

static int load(struct vwpl *p, unsigned progs, uint32_t *ids)
{
	struct vwk_bpf_object o = {
		.elf = vwb_object, .elf_len = vwb_object_len(),
		.maps = map_names, .nmaps = VWB_MAPS,
		.progs = prog_names, .nprogs = VWB_PROGS,
	};
	int fds[VWB_PROGS], rc;

	for (size_t i = 0; i < VWB_PROGS; i++)
		fds[i] = progs & VWPL_NEED(i) ? -1 : VWK_BPF_SKIP;
	rc = vwk_bpf_load(p->h, &o, p->maps, fds);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < VWB_PROGS; i++) {
		if (fds[i] < 0)
			continue;
		if (p->progs[i] >= 0)
			close(p->progs[i]);
		p->progs[i] = fds[i];
	}
	return note_loaded(p, ids);
}

int vwpl_need(struct vwpl *p, unsigned progs)
{
	unsigned missing = 0;

	for (size_t i = 0; i < VWB_PROGS; i++) {
		if (!(progs & VWPL_NEED(i)) || p->progs[i] >= 0)
			continue;
		if (p->loaded)
			p->progs[i] = held_prog(p->conf.progs[i], p->conf.maps[VWB_MAP_CONF]);
		if (p->progs[i] < 0)
			missing |= VWPL_NEED(i);
	}
	if (!p->loaded)	/* whoever needs a map alone will need the hooks soon */
		missing |= VWPL_NEED_HOOKS;
	return missing != 0 ? load(p, missing, p->conf.progs) : VW_OK;
}

/* -- programs of another build ---------------------------------------------------------------- */

int vwpl_run_gone(struct vwpl *p, struct vwk_batch *b)
{
	size_t n = vwk_batch_count(b);
	int rc = vwk_batch_run(b, NULL);

	for (size_t i = 0; rc < 0 && i < n; i++)
		if (vwk_batch_error(b, i) != 0 && vwk_batch_error(b, i) != ENODEV)
			return rc;
	if (rc < 0 && rc != VW_ERR_NOTFOUND)
		return rc;
	if (rc < 0)
		vwc_forget(p->h);
	return VW_OK;
}

/* The far end of a queue device, where vw_queue is. 0: gone. */
static int queue_far(struct vwpl *p, int queue)
{
	struct vwk_link l;
	int far, rc = vwk_link_get(p->h, p->nl, NULL, queue, 0, &l);

	if (rc < 0)
		return rc == VW_ERR_NOTFOUND ? 0 : rc;
	far = l.lower;
	vwk_link_clear(&l);
	return far;
}

static int rehook(struct vwpl *p, struct vwk_batch *b)
{
	const struct vwpl_table *points, *queues;
	int rc = vwpl_map_all(p, VWB_MAP_POINTS, &points);

	for (size_t i = 0; rc == VW_OK && i < points->n; i++)
		vwpl_hook(p, b, *(const int *)vwpl_key(points, i));
	if (rc == VW_OK)
		rc = vwpl_map_all(p, VWB_MAP_MINORS, &queues);
	for (size_t i = 0; rc >= 0 && i < queues->n; i++) {
		rc = queue_far(p, *(const int *)vwpl_key(queues, i));
		if (rc > 0)
			vwk_batch_filter(b, rc, true, p->progs[VWB_PROG_QUEUE],
					 prog_names[VWB_PROG_QUEUE]);
	}
	return rc < 0 ? rc : vwpl_run_gone(p, b);
}

static int refuse_layout(struct vwpl *p)
{
	vwc_why(p->h, VW_ERR_BUSY, "the data path was set up by another version of libvwire, whose "
		"tables this one cannot read");
	return vwc_hint(p->h, VW_ERR_BUSY, "'vwire restore' sets it up anew");
}

/* A command that was killed may have left filters with programs that were to come. */
static void settle_next(struct vwpl *p)
{
	for (size_t i = 0; i < VWB_PROGS; i++)
		if (lives(NEXT(&p->conf)[i], p->conf.maps[VWB_MAP_CONF]))
			p->conf.progs[i] = NEXT(&p->conf)[i];
}

/* The programs that were to come have come. */
static int take_over(struct vwpl *p)
{
	memcpy(p->conf.progs, NEXT(&p->conf), VWB_PROGS * sizeof(p->conf.progs[0]));
	memset(NEXT(&p->conf), 0, VWB_PROGS * sizeof(p->conf.progs[0]));
	BUILD(&p->conf) = build();
	return write_conf(p);
}

/*
 * Programs that came from another object give way to ours, hook by hook and without a packet
 * unguarded, when the maps are laid out alike. Killed half-way, it is done again: the build is
 * noted last.
 */
static int upgrade(struct vwpl *p)
{
	struct vwk_batch *b;
	int rc;

	if (p->conf.version == VWB_VERSION && BUILD(&p->conf) == build())
		return VW_OK;
	settle_next(p);
	rc = load(p, VWPL_NEED_HOOKS | VWPL_NEED(VWB_PROG_QUEUE), NEXT(&p->conf));
	if (rc == VW_ERR_EXIST)
		return refuse_layout(p);
	b = rc == VW_OK ? vwk_batch_new(p->h, p->nl) : NULL;
	if (b == NULL)
		return rc < 0 ? rc : VW_ERR_NOMEM;
	rc = rehook(p, b);
	vwk_batch_free(b);
	return rc == VW_OK ? take_over(p) : rc;
}

/* A state of another layout is left to those who hook into it until a new one has taken over. */
static void begin_anew(struct vwpl *p)
{
	for (size_t i = 0; i < VWB_MAPS; i++)
		if (p->maps[i] >= 0)
			close(p->maps[i]);
	memset(p->maps, -1, sizeof(p->maps));
	memset(&p->conf, 0, sizeof(p->conf));
	vwc_forget(p->h);
	p->loaded = false;
}

/* -- open and close --------------------------------------------------------------------------- */

static struct vwpl *new_engine(struct vw_handle *h, struct vwk_nl *nl, uint32_t group)
{
	struct vwpl *p = calloc(1, sizeof(*p));

	if (p == NULL) {
		vwc_nomem(h);
		return NULL;
	}
	p->h = h;
	p->nl = nl;
	memset(p->maps, -1, sizeof(p->maps));
	memset(p->progs, -1, sizeof(p->progs));
	p->trees = (struct vwpl_trees){ .h = h, .nl = nl, .group = group, .minors_fd = -1,
					.leaf = -1 };
	p->cpus = vwk_bpf_cpus(h);
	return p;
}

static int find_or_make(struct vwpl *p, enum vwpl_make make)
{
	int rc = vwk_netns_cookie(p->h, p->nl, &p->netns);

	if (rc == VW_ERR_NOTSUP && make == VWPL_FIND) {
		vwc_forget(p->h);	/* so nothing can have been made here */
		return VW_OK;
	}
	if (rc == VW_OK)
		rc = find_state(p);
	if (rc < 0 || (!p->loaded && make == VWPL_FIND))
		return rc;
	if (p->cpus == 0)
		return vwc_why(p->h, VW_ERR_KERNEL, "the number of processors cannot be read "
			       "(/sys/devices/system/cpu/possible)");
	if (!p->loaded || make == VWPL_FIND)
		return VW_OK;
	rc = upgrade(p);
	if (rc == VW_ERR_BUSY && make == VWPL_REPLACE) {
		begin_anew(p);
		rc = VW_OK;
	}
	return rc;
}

int vwpl_open(struct vw_handle *h, struct vwk_nl *nl, uint32_t group, enum vwpl_make make,
	      struct vwpl **out)
{
	struct vwpl *p = new_engine(h, nl, group);
	int rc;

	if (p == NULL)
		return VW_ERR_NOMEM;
	rc = find_or_make(p, make);
	if (rc == VW_OK && make == VWPL_FIND && p->loaded && p->conf.version != VWB_VERSION) {
		vwc_log(h, VW_LOG_WARNING, "limits and protection were set by another version of "
			"libvwire and cannot be read; 'vwire restore' sets them anew");
		begin_anew(p);
	}
	if (rc < 0 || (make == VWPL_FIND && !p->loaded)) {
		vwpl_close(p);
		p = NULL;
	}
	if (rc == VW_OK)
		*out = p;
	return rc;
}

/* -- counters, and who goes on with them ------------------------------------------------------ */

bool vwpl_accounts_add(struct vwpl_accounts *a, uint32_t account)
{
	if (account == 0)
		return true;
	if (a->n == a->cap) {
		size_t cap = a->cap != 0 ? a->cap * 2 : 16;
		uint32_t *v = realloc(a->v, cap * sizeof(*v));

		if (v == NULL)
			return false;
		a->v = v;
		a->cap = cap;
	}
	a->v[a->n++] = account;
	return true;
}

static void drop_counts(struct vwpl *p)
{
	struct vwpl_list old = { 0 };

	if (p->carried.n > 0)
		qsort(p->carried.v, p->carried.n, sizeof(uint32_t), vwpl_int_cmp);
	for (size_t i = 0; i < p->gone.n; i++)
		if (vwpl_int_find((const int *)p->carried.v, p->carried.n, (int)p->gone.v[i]) < 0)
			vwpl_list_add(&old, &p->gone.v[i], sizeof(uint32_t), NULL, 0);
	/* Those left over by a failure go with the next sweep. */
	if (!old.failed && (vwpl_map_del(p, VWB_MAP_COUNTS, old.keys, old.n) < 0 ||
			    vwpl_map_del(p, VWB_MAP_DROPPED, old.keys, old.n) < 0))
		vwc_log(p->h, VW_LOG_WARNING, "counters of removed links could not be removed");
	vwpl_list_free(&old);
}

int vwpl_new_accounts(struct vwpl *p, size_t n, uint32_t *first)
{
	if (p->conf.next_account == 0)
		p->conf.next_account = 1;
	*first = p->conf.next_account;
	p->conf.next_account += (uint32_t)n;
	return n > 0 ? write_conf(p) : VW_OK;
}

typedef int write_fn(struct vwpl *p, enum vwb_map map, const void *keys, const void *values,
		     size_t n);

static int make_counts(struct vwpl *p, const uint32_t *accounts, size_t n, bool dropped,
		       write_fn *write)
{
	size_t counts = vwpl_value_size(p, VWB_MAP_COUNTS);
	size_t drops = vwpl_value_size(p, VWB_MAP_DROPPED);
	vwu_auto_free char *zero = calloc(n + 1, drops > counts ? drops : counts);
	int rc;

	if (zero == NULL)
		return vwc_nomem(p->h);
	rc = write(p, VWB_MAP_COUNTS, accounts, zero, n);
	return rc == VW_OK && dropped ? write(p, VWB_MAP_DROPPED, accounts, zero, n) : rc;
}

int vwpl_new_counts(struct vwpl *p, const uint32_t *accounts, size_t n, bool dropped)
{
	return make_counts(p, accounts, n, dropped, vwpl_map_put);
}

int vwpl_keep_counts(struct vwpl *p, const uint32_t *accounts, size_t n, bool dropped)
{
	return make_counts(p, accounts, n, dropped, vwpl_map_add);
}

void vwpl_close(struct vwpl *p)
{
	if (p == NULL)
		return;
	if (p->gone.n > 0)
		drop_counts(p);
	vwpl_trees_free(&p->trees);
	for (size_t i = 0; i < VWB_MAPS; i++) {
		vwpl_map_forget(p, (enum vwb_map)i);
		if (p->maps[i] >= 0)
			close(p->maps[i]);
	}
	for (size_t i = 0; i < VWB_PROGS; i++)
		if (p->progs[i] >= 0)
			close(p->progs[i]);
	free(p->gone.v);
	free(p->carried.v);
	free(p);
}

int vwpl_tree_for(struct vwpl *p, const struct vwpl_link *l, bool make, struct vwpl_tree **out)
{
	int rc = make ? vwpl_need(p, VWPL_NEED(VWB_PROG_QUEUE)) : VW_OK;

	*out = NULL;
	if (rc == VW_OK && (make || p->loaded))
		rc = vwpl_tree_get(&p->trees, l->root, l->root_name, p->progs[VWB_PROG_QUEUE],
				   make, out);
	return rc;
}

void vwpl_hook(struct vwpl *p, struct vwk_batch *b, int point)
{
	vwk_batch_clsact(b, point);
	vwk_batch_filter(b, point, true, p->progs[VWB_PROG_IN], prog_names[VWB_PROG_IN]);
	vwk_batch_filter(b, point, false, p->progs[VWB_PROG_OUT], prog_names[VWB_PROG_OUT]);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* bpf.c - eBPF programs and maps: loading an object, finding what earlier commands loaded */
#include "kernel/bpf.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <sys/socket.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE	71
#endif

/* -- what libbpf says ------------------------------------------------------------------------- */

/*
 * libbpf has one function for messages in the whole process, without an argument. Ours is in its
 * place only while an object is loaded; messages of other threads go where they went before.
 */
static pthread_mutex_t loading = PTHREAD_MUTEX_INITIALIZER;
static libbpf_print_fn_t others;	/* under @loading */
static __thread struct speech *speech;

struct speech {
	struct vw_handle *h;
	char		  first[VWC_TEXT_MAX];	/* first warning: what failed */
	char		  last[VWC_TEXT_MAX];	/* last line of the verifier: why */
};

/* The verifier's log is one message of many lines; its verdict is the last but the statistics. */
static void hear_line(struct speech *s, const char *line)
{
	if (line[0] == '\0' || strncmp(line, "processed ", 10) == 0 || strstr(line, "-- END") ||
	    strstr(line, "-- BEGIN"))
		return;
	vwc_log(s->h, VW_LOG_DEBUG, "libbpf: %s", line);
	if (s->first[0] == '\0' && strncmp(line, "libbpf: ", 8) == 0)
		snprintf(s->first, sizeof(s->first), "%s", line + 8);
	else if (strncmp(line, "libbpf: ", 8) != 0)
		snprintf(s->last, sizeof(s->last), "%s", line);
}

__attribute__((format(printf, 2, 0)))
static int hear(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	struct speech *s = speech;
	char *text, *save = NULL;

	if (s == NULL)
		return others != NULL ? others(level, fmt, ap) : 0;
	if (level == LIBBPF_DEBUG || vasprintf(&text, fmt, ap) < 0)
		return 0;
	for (char *l = strtok_r(text, "\n", &save); l != NULL; l = strtok_r(NULL, "\n", &save))
		hear_line(s, l);
	free(text);
	return 0;
}

/* -- loading ---------------------------------------------------------------------------------- */

struct load {
	struct vw_handle	    *h;
	const struct vwk_bpf_object *o;
	struct bpf_object	    *obj;
	struct speech		     speech;
	int			     maps[VWK_BPF_MAX], progs[VWK_BPF_MAX];
};

static int refused(struct load *l, int err)
{
	const struct speech *s = &l->speech;

	if (err == ENOMEM)
		return vwc_nomem(l->h);
	if (err == EPERM) {
		vwc_errno(l->h, VW_ERR_DENIED, err, "load eBPF programs");
		return vwc_hint(l->h, VW_ERR_DENIED, "this needs CAP_BPF, CAP_NET_ADMIN and "
				"CAP_SYS_ADMIN: run it as root");
	}
	if (err == ENOSYS)
		return vwc_why(l->h, VW_ERR_NOTSUP, "this kernel has no eBPF (CONFIG_BPF_SYSCALL)");
	vwc_why(l->h, VW_ERR_NOTSUP, "this kernel refuses the eBPF programs of the data path: "
		"%s%s%s", s->first[0] ? s->first : strerror(err), s->last[0] ? ": " : "", s->last);
	return vwc_hint(l->h, VW_ERR_NOTSUP, "they are made for Linux 6.1 and later");
}

/* A map to be shared must be what the object wants, but for its size. */
static int share(struct load *l, struct bpf_map *map, int fd)
{
	struct bpf_map_info info = { 0 };
	uint32_t len = sizeof(info);
	int err;

	if (bpf_obj_get_info_by_fd(fd, &info, &len) < 0)
		return vwk_bpf_fail(l->h, errno, "ask for an eBPF map");
	if (info.type != bpf_map__type(map) || info.key_size != bpf_map__key_size(map) ||
	    info.value_size != bpf_map__value_size(map))
		return vwc_why(l->h, VW_ERR_EXIST, "the eBPF map '%s' that is there has another "
			       "layout", bpf_map__name(map));
	err = bpf_map__reuse_fd(map, fd);
	return err < 0 ? vwk_bpf_fail(l->h, -err, "share an eBPF map") : VW_OK;
}

static int open_object(struct load *l, const int *maps, const int *progs)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .object_name = "vwire");
	int rc = VW_OK;

	l->obj = bpf_object__open_mem(l->o->elf, l->o->elf_len, &opts);
	if (l->obj == NULL)
		return refused(l, errno);
	for (size_t i = 0; rc == VW_OK && i < l->o->nmaps; i++) {
		struct bpf_map *map = bpf_object__find_map_by_name(l->obj, l->o->maps[i]);

		if (map == NULL)
			return vwc_why(l->h, VW_ERR_KERNEL, "no map '%s' in the eBPF object",
				       l->o->maps[i]);
		if (maps[i] >= 0)
			rc = share(l, map, maps[i]);
	}
	for (size_t i = 0; rc == VW_OK && i < l->o->nprogs; i++) {
		struct bpf_program *prog = bpf_object__find_program_by_name(l->obj, l->o->progs[i]);

		if (prog == NULL)
			return vwc_why(l->h, VW_ERR_KERNEL, "no program '%s' in the eBPF object",
				       l->o->progs[i]);
		bpf_program__set_autoload(prog, progs[i] == -1);
	}
	return rc;
}

static int own_copy(struct load *l, int fd, int *out)
{
	*out = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	return *out < 0 ? vwk_bpf_fail(l->h, errno, "keep an eBPF object open") : VW_OK;
}

/* Every program holds every map, used or not: so they live and die together. */
static int bind_all(struct load *l, int prog)
{
	for (size_t i = 0; i < l->o->nmaps; i++) {
		struct bpf_map *map = bpf_object__find_map_by_name(l->obj, l->o->maps[i]);

		if (bpf_prog_bind_map(prog, bpf_map__fd(map), NULL) == 0)
			continue;
		if (errno == EINVAL)
			return vwc_why(l->h, VW_ERR_NOTSUP, "this kernel cannot bind maps to eBPF "
				       "programs (it is older than 5.10)");
		return vwk_bpf_fail(l->h, errno, "bind a map to an eBPF program");
	}
	return VW_OK;
}

static int take(struct load *l, const int *maps, const int *progs)
{
	int rc = VW_OK;

	for (size_t i = 0; rc == VW_OK && i < l->o->nprogs; i++) {
		struct bpf_program *prog = bpf_object__find_program_by_name(l->obj, l->o->progs[i]);

		if (progs[i] != -1)
			continue;
		rc = bind_all(l, bpf_program__fd(prog));
		if (rc == VW_OK)
			rc = own_copy(l, bpf_program__fd(prog), &l->progs[i]);
	}
	for (size_t i = 0; rc == VW_OK && i < l->o->nmaps; i++) {
		struct bpf_map *map = bpf_object__find_map_by_name(l->obj, l->o->maps[i]);

		if (maps[i] < 0)
			rc = own_copy(l, bpf_map__fd(map), &l->maps[i]);
	}
	return rc;
}

static void give(const int *mine, size_t n, int *fds, bool keep)
{
	for (size_t i = 0; i < n; i++) {
		if (mine[i] >= 0 && keep)
			fds[i] = mine[i];
		else if (mine[i] >= 0)
			close(mine[i]);
	}
}

static int load_quietly(struct load *l, const int *maps, const int *progs)
{
	int rc = open_object(l, maps, progs), err;

	if (rc == VW_OK) {
		err = bpf_object__load(l->obj);
		rc = err < 0 ? refused(l, -err) : take(l, maps, progs);
	}
	bpf_object__close(l->obj);
	return rc;
}

static void begin_hearing(struct speech *s)
{
	pthread_mutex_lock(&loading);
	speech = s;
	others = libbpf_set_print(hear);
}

static void end_hearing(void)
{
	libbpf_set_print(others);
	speech = NULL;
	pthread_mutex_unlock(&loading);
}

int vwk_bpf_load(struct vw_handle *h, const struct vwk_bpf_object *o, int *maps, int *progs)
{
	struct load l = { .h = h, .o = o, .speech.h = h };
	int rc;

	for (size_t i = 0; i < VWK_BPF_MAX; i++)
		l.maps[i] = l.progs[i] = -1;
	begin_hearing(&l.speech);
	rc = load_quietly(&l, maps, progs);
	end_hearing();
	give(l.maps, o->nmaps, maps, rc == VW_OK);
	give(l.progs, o->nprogs, progs, rc == VW_OK);
	return rc;
}

size_t vwk_bpf_cpus(struct vw_handle *h)
{
	struct speech s = { .h = h };
	int cpus;

	begin_hearing(&s);
	do {
		cpus = libbpf_num_possible_cpus();
	} while (cpus == -EINTR);
	end_hearing();
	return cpus > 0 ? (size_t)cpus : 0;
}

/* -- ids -------------------------------------------------------------------------------------- */

int vwk_bpf_fail(struct vw_handle *h, int err, const char *doing)
{
	if (err == ENOMEM)
		return vwc_nomem(h);
	if (err == EPERM || err == EACCES) {
		vwc_errno(h, VW_ERR_DENIED, err, "%s", doing);
		return vwc_hint(h, VW_ERR_DENIED, "this needs CAP_BPF, CAP_NET_ADMIN and "
				"CAP_SYS_ADMIN: run it as root");
	}
	return vwc_errno(h, VW_ERR_KERNEL, err, "%s", doing);
}

int vwk_bpf_map_fd(uint32_t id)
{
	int fd = bpf_map_get_fd_by_id(id);

	return fd < 0 ? -errno : fd;
}

int vwk_bpf_prog_fd(uint32_t id)
{
	int fd = bpf_prog_get_fd_by_id(id);

	return fd < 0 ? -errno : fd;
}

uint32_t vwk_bpf_map_id(int fd)
{
	struct bpf_map_info info = { 0 };
	uint32_t len = sizeof(info);

	return bpf_obj_get_info_by_fd(fd, &info, &len) < 0 ? 0 : info.id;
}

uint32_t vwk_bpf_prog_id(int fd)
{
	struct bpf_prog_info info = { 0 };
	uint32_t len = sizeof(info);

	return bpf_obj_get_info_by_fd(fd, &info, &len) < 0 ? 0 : info.id;
}

bool vwk_bpf_prog_holds(int fd, uint32_t map)
{
	uint32_t maps[4 * VWK_BPF_MAX];
	struct bpf_prog_info info = {
		.nr_map_ids = VWU_ARRAY_SIZE(maps), .map_ids = (uintptr_t)maps,
	};
	uint32_t len = sizeof(info);

	/* Who may only load programs of harmless types cannot pass for us with a map like ours. */
	if (bpf_obj_get_info_by_fd(fd, &info, &len) < 0 || info.type != BPF_PROG_TYPE_SCHED_CLS)
		return false;
	for (uint32_t i = 0; i < info.nr_map_ids && i < VWU_ARRAY_SIZE(maps); i++)
		if (maps[i] == map)
			return true;
	return false;
}

static bool is_named(int fd, const char *name, uint32_t value_size)
{
	struct bpf_map_info info = { 0 };
	uint32_t len = sizeof(info);

	return bpf_obj_get_info_by_fd(fd, &info, &len) == 0 && info.value_size == value_size &&
	       strncmp(info.name, name, sizeof(info.name)) == 0;
}

int vwk_bpf_map_find(struct vw_handle *h, const char *name, uint32_t value_size,
		     bool (*mine)(int fd, void *arg), void *arg, int *fd)
{
	uint32_t id = 0;

	*fd = -1;
	while (bpf_map_get_next_id(id, &id) == 0) {
		int map = bpf_map_get_fd_by_id(id);

		if (map < 0 && errno == ENOENT)
			continue;	/* gone meanwhile */
		if (map < 0)
			return vwk_bpf_fail(h, errno, "look for eBPF maps");
		if (is_named(map, name, value_size) && mine(map, arg)) {
			*fd = map;
			return VW_OK;
		}
		close(map);
	}
	/* A kernel without eBPF has none of ours. */
	return errno == ENOENT || errno == ENOSYS ? VW_OK
						  : vwk_bpf_fail(h, errno, "look for eBPF maps");
}

int vwk_netns_cookie(struct vw_handle *h, struct vwk_nl *nl, uint64_t *cookie)
{
	socklen_t len = sizeof(*cookie);

	if (getsockopt(vwk_nl_fd(nl), SOL_SOCKET, SO_NETNS_COOKIE, cookie, &len) == 0)
		return VW_OK;
	if (errno == ENOPROTOOPT)
		return vwc_why(h, VW_ERR_NOTSUP, "this kernel does not number network namespaces "
			       "(SO_NETNS_COOKIE; it is older than 5.14)");
	return vwc_errno(h, VW_ERR_KERNEL, errno, "ask for the number of the network namespace");
}

/* -- writing maps ------------------------------------------------------------------------------ */

#define PATIENCE	50	/* times a millisecond */

int vwk_bpf_map_write(int fd, const void *keys, size_t key_size, const void *values,
		      size_t value_size, size_t n, uint64_t flags)
{
	const struct timespec moment = { .tv_nsec = 1000000 };
	int tries = 0;

	for (size_t i = 0; i < n; i++) {
		const char *key = (const char *)keys + i * key_size;
		const char *value = (const char *)values + i * value_size;

		while (bpf_map_update_elem(fd, key, value, flags) < 0) {
			if (errno == EEXIST && flags == BPF_NOEXIST)
				break;
			if (errno != ENOMEM || ++tries > PATIENCE)
				return -errno;
			nanosleep(&moment, NULL);
		}
	}
	return 0;
}

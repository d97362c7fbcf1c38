/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * bpf.h - eBPF programs and maps: loading an object, finding what earlier commands loaded
 *
 * Nothing is pinned: the filters hold the programs, the programs hold every map (they are bound to
 * them, BPF_PROG_BIND_MAP), and ids lead back to them. So a state lives as long as the last device
 * it decides for, whatever is mounted where. Reading and writing maps: libbpf's <bpf/bpf.h>.
 */
#ifndef VWK_BPF_H
#define VWK_BPF_H

#include "core/core.h"
#include "kernel/kernel.h"

#define VWK_BPF_MAX	16

/* What to load: an ELF object in memory, and names of its maps and programs. */
struct vwk_bpf_object {
	const void	  *elf;
	size_t		   elf_len;
	const char *const *maps;	/* @nmaps names */
	const char *const *progs;	/* @nprogs names */
	size_t		   nmaps, nprogs;
};

/*
 * Load the programs whose fd in @progs is -1 (VWK_BPF_SKIP: not wanted), sharing the maps whose fd
 * in @maps is not -1 and making the others; every program loaded is bound to every map. New fds
 * are filled in, all close-on-exec. VW_ERR_NOTSUP names what this kernel lacks; VW_ERR_EXIST: a map
 * to be shared has another layout; VW_ERR_DENIED: needs CAP_BPF, CAP_NET_ADMIN and CAP_SYS_ADMIN.
 * libbpf's own messages go to the handle's log.
 */
#define VWK_BPF_SKIP	(-2)
int vwk_bpf_load(struct vw_handle *h, const struct vwk_bpf_object *o, int *maps, int *progs);

/* Possible processors of the machine, so many values a per-CPU map has of each; 0: unknown. */
size_t vwk_bpf_cpus(struct vw_handle *h);

/* fd of a map or program by id; -errno without telling (ENOENT: gone). */
int vwk_bpf_map_fd(uint32_t id);
int vwk_bpf_prog_fd(uint32_t id);
/*
 * Write @n entries of map @fd; @flags as of bpf_map_update_elem(), with BPF_NOEXIST an entry that is
 * there is left alone. 0 or -errno. Elements of these maps come from a list that the kernel fills
 * in the background: it may be empty for a moment, which is no lack of memory.
 */
int vwk_bpf_map_write(int fd, const void *keys, size_t key_size, const void *values,
		      size_t value_size, size_t n, uint64_t flags);
/* Id of a map or program; 0: could not be asked. */
uint32_t vwk_bpf_map_id(int fd);
uint32_t vwk_bpf_prog_id(int fd);
/* Is @fd a program for clsact, which only the privileged load, and does it hold map @map? */
bool vwk_bpf_prog_holds(int fd, uint32_t map);
/* Tell a failed call of bpf(2): "@doing: why". */
int vwk_bpf_fail(struct vw_handle *h, int err, const char *doing);
/*
 * The map named @name (at most 15 bytes) with values of @value_size bytes, for which @mine says
 * true; *@fd -1: none. Walks the ids of all maps of the machine.
 */
int vwk_bpf_map_find(struct vw_handle *h, const char *name, uint32_t value_size,
		     bool (*mine)(int fd, void *arg), void *arg, int *fd);

/* SO_NETNS_COOKIE of the socket's namespace: a number no other has or will have. */
int vwk_netns_cookie(struct vw_handle *h, struct vwk_nl *nl, uint64_t *cookie);

#endif

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* engine.h - what the files of lib/policy share: the open state, its maps, one call's work */
#ifndef VWPL_ENGINE_H
#define VWPL_ENGINE_H

#include "kernel/bpf.h"
#include "kernel/tc.h"
#include "policy/policy.h"
#include "policy/tree.h"

/*
 * Notes of the library in vwb_point.flags, of no meaning to the programs: the point has entries in
 * these maps, or may have some that a killed command left. Who lacks the note need not walk them.
 */
#define VWPL_HAS_ALLOWED	(1u << 24)
#define VWPL_HAS_CIDS		(1u << 25)
#define VWPL_HAS_MORE		(1u << 26)	/* secondary-macs in vw_fdb */
/* What was changed of an uplink for its ports, and is to be undone when they are gone. */
#define VWPL_ALLMULTI_ON	(1u << 27)
#define VWPL_LRO_OFF		(1u << 28)
#define VWPL_VLAN_FILTER_OFF	(1u << 29)
#define VWPL_PORTS_LRO_OFF	(1u << 30)	/* of ports of an aggregation */
#define VWPL_PORTS_FILTER_OFF	(1u << 31)
#define VWPL_NIC_NOTES		(VWPL_ALLMULTI_ON | VWPL_LRO_OFF | VWPL_VLAN_FILTER_OFF | \
				 VWPL_PORTS_LRO_OFF | VWPL_PORTS_FILTER_OFF)
#define VWPL_NOTES		(VWPL_HAS_ALLOWED | VWPL_HAS_CIDS | VWPL_HAS_MORE | VWPL_NIC_NOTES)

#define VWPL_MAJOR		(1u << 16)	/* of every queue's HTB, as in tc */

/* A copy of a whole map. */
struct vwpl_table {
	char	*keys, *values;
	size_t	 key_size, value_size, n;
	int64_t	 read_ms;	/* when; 0: not */
};
static inline const void *vwpl_key(const struct vwpl_table *t, size_t i)
{
	return t->keys + i * t->key_size;
}
static inline const void *vwpl_value(const struct vwpl_table *t, size_t i)
{
	return t->values + i * t->value_size;
}

struct vwpl_accounts {
	uint32_t *v;
	size_t	  n, cap;
};

struct vwpl {
	struct vw_handle *h;
	struct vwk_nl	 *nl;
	uint64_t	  netns;
	bool		  loaded;	/* the maps are there */
	int		  maps[VWB_MAPS];
	int		  progs[VWB_PROGS];	/* -1: not opened */
	struct vwb_conf	  conf;
	struct vwpl_trees trees;
	size_t		  cpus;		/* possible ones: copies of a value in a per-CPU map */
	struct vwpl_table tables[VWB_MAPS];	/* copies; forgotten when we write to the map */
	/* Counters whose link or flow went: removed at the end, unless one made anew goes on with
	 * them. */
	struct vwpl_accounts gone, carried;
};

/* -- engine.c --------------------------------------------------------------------------------- */
#define VWPL_NEED(prog)		(1u << (prog))
#define VWPL_NEED_HOOKS		(VWPL_NEED(VWB_PROG_IN) | VWPL_NEED(VWB_PROG_OUT))
/* The maps, and these programs, are there and open: found or loaded. */
int vwpl_need(struct vwpl *p, unsigned progs);
/* The queue pair of a root; *@out NULL when there is none and @make is false. */
int vwpl_tree_for(struct vwpl *p, const struct vwpl_link *l, bool make, struct vwpl_tree **out);
/* Numbers for @n new counters, from *@first on. */
int vwpl_new_accounts(struct vwpl *p, size_t n, uint32_t *first);
bool vwpl_accounts_add(struct vwpl_accounts *a, uint32_t account);	/* false: no memory */
/* Counters at 0 for new accounts; with @dropped those of drops too. */
int vwpl_new_counts(struct vwpl *p, const uint32_t *accounts, size_t n, bool dropped);
/* The same, but those that are there stay as they are. */
int vwpl_keep_counts(struct vwpl *p, const uint32_t *accounts, size_t n, bool dropped);
/* Both hooks of a point into @b: ours from now on, whatever was there. */
void vwpl_hook(struct vwpl *p, struct vwk_batch *b, int point);
/* Run @b; that devices are gone is fine. */
int vwpl_run_gone(struct vwpl *p, struct vwk_batch *b);

/* -- maps.c: failures are told ---------------------------------------------------------------- */
/* 1: found, 0: not there, negative status. A map that is not loaded has nothing. */
int vwpl_map_get(struct vwpl *p, enum vwb_map map, const void *key, void *value);
/* @n elements in one system call or few. */
int vwpl_map_put(struct vwpl *p, enum vwb_map map, const void *keys, const void *values, size_t n);
/* The same, but elements that are there stay as they are. */
int vwpl_map_add(struct vwpl *p, enum vwb_map map, const void *keys, const void *values, size_t n);
int vwpl_map_del(struct vwpl *p, enum vwb_map map, const void *keys, size_t n);
/* All of a map; the copy lives until something is written to the map, or it is asked for again. */
int vwpl_map_all(struct vwpl *p, enum vwb_map map, const struct vwpl_table **out);
void vwpl_map_forget(struct vwpl *p, enum vwb_map map);
/* For maps of a value per CPU: size of the whole. */
size_t vwpl_value_size(struct vwpl *p, enum vwb_map map);

/* A list of keys, with values if value_size is not 0, to be put or deleted at once. */
struct vwpl_list {
	char	*keys, *values;
	size_t	 n, cap;
	bool	 failed;
};
void vwpl_list_add(struct vwpl_list *l, const void *key, size_t key_size, const void *value,
		   size_t value_size);
int vwpl_list_put(struct vwpl *p, enum vwb_map map, struct vwpl_list *l);	/* and free it */
int vwpl_list_del(struct vwpl *p, enum vwb_map map, struct vwpl_list *l);	/* and free it */
void vwpl_list_free(struct vwpl_list *l);

/* -- links.c ---------------------------------------------------------------------------------- */
/* One point in one call. */
struct vwpl_job {
	const struct vwpl_link *l;	/* NULL: an uplink that was not asked for itself */
	int		   point;
	bool		   had;		/* @old is what the map says */
	bool		   keep;	/* a point it shall be */
	struct vwb_point   old, now;
	uint32_t	   old_node;
	struct vwpl_tree  *tree, *old_tree;
	struct vwpl_nic {
		int	   ifindex;		/* 0: this is no uplink */
		char	   name[VWU_IFNAME];
		bool	   is_aggr;
		bool	   all_multicast;	/* lets every group by already */
	} nic;
	bool		   vlan;	/* an uplink with a port that uses a VID */
};
struct vwpl_set {
	struct vwpl	  *p;
	struct vwpl_job	  *jobs;
	size_t		   n;
	struct vwk_batch  *batch;	/* hooks, unicast filters */
	struct vwpl_list   fdb, fdb_old, allowed, allowed_old, cids, cids_old;
	struct vwpl_list   flow_addrs, flow_keys;	/* changed because their link's node did */
	struct vwpl_group *groups;	/* group.c */
	size_t		   ngroups;
	struct vwpl_list   left;	/* switches that ports left: numbers of their uplinks */
	struct vwpl_dead {
		struct vwpl_tree *tree;
		uint16_t	  minor;
	} *dead;			/* nodes to be removed once nothing leads to them */
	size_t		   ndead;
};
/* As vwpl_links_set(); @force: though they want nothing, because of their flows. */
int vwpl_links_put(struct vwpl *p, const struct vwpl_link *links, size_t n, bool force);
int vwpl_set_dead(struct vwpl_set *s, struct vwpl_tree *tree, uint16_t minor);
/* Limits but for maxbw=0, which needs no queue. */
struct vwpl_limits vwpl_queued(const struct vwpl_limits *l);
/* What a link gives its flows: its own maxbw, else what is above it. */
uint64_t vwpl_above_flows(const struct vwpl_link *l);
/* -- forget.c --------------------------------------------------------------------------------- */
/* Take our filters off, and clsact where nobody else has filters. Gone devices are fine. */
int vwpl_unhook(struct vwpl *p, const int *points, size_t n);
/* Remove points and all that maps hold of them; devices are not touched. @points are sorted. */
int vwpl_forget(struct vwpl *p, const int *points, const struct vwb_point *v, size_t n);

/* -- uplink.c --------------------------------------------------------------------------------- */
/* Jobs for the uplinks of ports among the jobs. */
int vwpl_uplinks_add(struct vwpl_set *s);
/* Uplinks are told of addresses, and get what a switch needs of them. */
int vwpl_uplinks_ready(struct vwpl_set *s);
/* Switches among @sw without a port are no switches any more. */
int vwpl_uplinks_end(struct vwpl *p, const uint32_t *sw, size_t n);
/* An uplink that somebody took our hooks from: is it there, and has it ports? */
int vwpl_uplink_lasts(struct vwpl *p, int point, const struct vwb_point *v, bool *lasts);

/* -- switch.c --------------------------------------------------------------------------------- */
/* Forwarding entries of a job: those it needs, and those it does not any more. */
int vwpl_fdb_plan(struct vwpl_set *s, struct vwpl_job *j);
/* Forwarding entries and unicast filters of ports that go. */
int vwpl_ports_forget(struct vwpl *p, const int *points, const struct vwb_point *v, size_t n);
/* Is there use for entries of what is above this device? For a switch, and for a limit, which lets
 * pass what waits by hooks of its own. */
static inline bool vwpl_knows_above(const struct vwb_point *v)
{
	return v->flags & VWB_UPLINK || (v->node != 0 && !(v->flags & VWB_REVERSED));
}

/* -- group.c ---------------------------------------------------------------------------------- */
/* Before points are written: links between members. After: the heads. */
int vwpl_groups_link(struct vwpl_set *s);
int vwpl_groups_head(struct vwpl_set *s);
void vwpl_groups_free(struct vwpl_set *s);
/* Take ports out of their groups; @points sorted. */
int vwpl_groups_leave(struct vwpl *p, const int *points, const struct vwb_point *v, size_t n);

/* -- flows.c ---------------------------------------------------------------------------------- */
union vwpl_flow_key {
	struct vwb_flow_addr addr;
	struct vwb_flow_key  key;
};
/* Map and key of a flow. */
enum vwb_map vwpl_flow_key(int point, const struct vwpl_match *m, union vwpl_flow_key *key);
/* Flows of links whose node came, went or changed follow it. */
int vwpl_flows_follow(struct vwpl_set *s);
/* Forget every flow of points that go; @points sorted. */
int vwpl_flows_forget(struct vwpl *p, const int *points, const struct vwb_point *v, size_t n);

int vwpl_int_cmp(const void *a, const void *b);
/* Where @v is among @n sorted ones; -1: nowhere. */
ssize_t vwpl_int_find(const int *sorted, size_t n, int v);

#endif

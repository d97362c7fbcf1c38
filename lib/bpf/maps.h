/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/* maps.h - the maps of shared.h. Nothing big is allocated before it is used. */
#ifndef VWB_MAPS_H
#define VWB_MAPS_H

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct vwb_conf);
} vw_conf SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, struct vwb_point);
} vw_points SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct vwb_fdb_key);
	__type(value, struct vwb_fdb);
} vw_fdb SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct vwb_group_key);
	__type(value, __u32);
} vw_groups SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct vwb_joined_key);
	__type(value, __u32);
} vw_joined SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 131072);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct vwb_flow_addr);
	__type(value, struct vwb_flow);
} vw_flow_addrs SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 131072);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct vwb_flow_key);
	__type(value, struct vwb_flow);
} vw_flow_keys SEC(".maps");

/* What a first fragment told about the rest of its datagram: for the programs alone. */
struct frag_key {
	__u32 ifindex;		/* of the point: nobody speaks for the fragments of others */
	__u32 id;
	__u8  src[16], dst[16];
	__u8  family;
	__u8  proto;		/* IPv4; IPv6 tells it in the first fragment alone */
	__u16 pad;
};
struct frag {
	__u16 ports[2];		/* source, destination */
	__u8  proto;
	__u8  pad[3];
};
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, struct frag_key);
	__type(value, struct frag);
} vw_frags SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 131072);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct vwb_allowed);
	__type(value, __u8);
} vw_allowed SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct vwb_cid);
	__type(value, __u8);
} vw_cids SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 131072);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, struct vwb_count);
} vw_counts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 131072);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, struct vwb_dropped);
} vw_dropped SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, struct vwb_minors);
} vw_minors SEC(".maps");

#endif

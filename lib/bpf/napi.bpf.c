// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)
/* napi.bpf.c - count what each poll of a driver finds, at the tracepoint napi:napi_poll */
#include <linux/bpf.h>
#include <linux/types.h>

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "napi.h"

/* The few members needed, found by their names in the running kernel's own types. */
struct net {
	__u64 net_cookie;
} __attribute__((preserve_access_index));
typedef struct {
	struct net *net;
} __attribute__((preserve_access_index)) possible_net_t;
struct net_device {
	int ifindex;
	possible_net_t nd_net;
} __attribute__((preserve_access_index));
struct napi_struct {
	struct net_device *dev;
	unsigned int napi_id;
} __attribute__((preserve_access_index));

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 16384);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct vwb_napi_key);
	__type(value, struct vwb_polls);
} vw_polls SEC(".maps");

SEC("tp_btf/napi_poll")
int BPF_PROG(vw_napi, struct napi_struct *napi, int work)
{
	struct vwb_polls first = { 0 }, *p;
	struct vwb_napi_key key = { 0 };
	struct net_device *dev = napi->dev;

	/* the backlog of a CPU polls for devices without queues of their own, and has no device */
	if (work <= 0 || !dev || dev->ifindex == 0)
		return 0;
	key.netns = dev->nd_net.net->net_cookie;
	key.ifindex = dev->ifindex;
	key.napi_id = napi->napi_id;
	p = bpf_map_lookup_elem(&vw_polls, &key);
	if (!p) {
		bpf_map_update_elem(&vw_polls, &key, &first, BPF_NOEXIST);
		p = bpf_map_lookup_elem(&vw_polls, &key);
		if (!p)
			return 0;
	}
	p->polls++;
	p->packets += work;
	if (work < 10)
		p->under10++;
	else if (work <= 50)
		p->to50++;
	else
		p->over50++;
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";

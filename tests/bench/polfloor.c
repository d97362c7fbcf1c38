/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * polfloor - what the kernel insists on for guarded, limited VNICs: the yardstick of policy.py
 *
 * usage: polfloor N NIC ZONE	N veth pairs, v1 ... vN born in the namespace file ZONE, v1-p ... in
 *				the host with clsact and two eBPF filters; for each three HTB classes
 *				with two queues on one queue pair, five map entries, and its address
 *				in the unicast filter of NIC
 *
 * The same kernel objects that libvwire makes for "maxbw=10M", written straight down: a socket for
 * the host and one for the zone, messages sent many at a time. The programs do nothing.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <arpa/inet.h>
#include <net/if.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <libmnl/libmnl.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>

#define LOT_BYTES	32768
#define MESSAGE_BYTES	512		/* more than any single message */
#define PORT		1000000		/* interface indexes, ours to choose: ports, ends, queue */
#define END		2000000
#define QUEUE		999999
#define RATE		1250000		/* bytes per second */
#define MAPS		5

struct lot {
	struct mnl_socket *nl;
	char		   buf[LOT_BYTES];
	size_t		   used;
	struct nlmsghdr	  *last;
};

static struct lot host, zone;
static int zone_fd;

static void die(const char *what)
{
	fprintf(stderr, "polfloor: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void lot_send(struct lot *lot)
{
	char answer[8192];
	ssize_t len;
	int rc = MNL_CB_OK;

	if (lot->last == NULL)
		return;
	lot->last->nlmsg_flags |= NLM_F_ACK;
	if (mnl_socket_sendto(lot->nl, lot->buf, lot->used) < 0)
		die("send");
	while (rc != MNL_CB_STOP) {
		len = mnl_socket_recvfrom(lot->nl, answer, sizeof(answer));
		if (len < 0)
			die("receive");
		rc = mnl_cb_run(answer, (size_t)len, 0, 0, NULL, NULL);
		if (rc < 0)
			die("the kernel refused");
	}
	lot->used = 0;
	lot->last = NULL;
}

static struct nlmsghdr *message(struct lot *lot, uint16_t type, uint16_t flags)
{
	struct nlmsghdr *m;

	if (lot->used + MESSAGE_BYTES > sizeof(lot->buf))
		lot_send(lot);
	m = mnl_nlmsg_put_header(lot->buf + lot->used);
	m->nlmsg_type = type;
	m->nlmsg_flags = NLM_F_REQUEST | flags;
	return m;
}

static void message_end(struct lot *lot, struct nlmsghdr *m)
{
	lot->used += MNL_ALIGN(m->nlmsg_len);
	lot->last = m;
}

static void put_end(struct nlmsghdr *m, const char *name)
{
	mnl_attr_put_strz(m, IFLA_IFNAME, name);
	mnl_attr_put_u32(m, IFLA_NUM_TX_QUEUES, 1);
	mnl_attr_put_u32(m, IFLA_NUM_RX_QUEUES, 1);
}

static void veth(const char *name, int index, const char *peer, int peer_index, const uint8_t *mac,
		 int peer_ns)
{
	struct nlmsghdr *m = message(&host, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
	struct ifinfomsg *ifi = mnl_nlmsg_put_extra_header(m, sizeof(*ifi));
	struct nlattr *info, *data, *far;

	ifi->ifi_index = index;
	put_end(m, name);
	info = mnl_attr_nest_start(m, IFLA_LINKINFO);
	mnl_attr_put_strz(m, IFLA_INFO_KIND, "veth");
	data = mnl_attr_nest_start(m, IFLA_INFO_DATA);
	far = mnl_attr_nest_start(m, VETH_INFO_PEER);
	ifi = mnl_nlmsg_put_extra_header(m, sizeof(*ifi));
	ifi->ifi_index = peer_index;
	put_end(m, peer);
	if (mac != NULL)
		mnl_attr_put(m, IFLA_ADDRESS, 6, mac);
	if (peer_ns >= 0)
		mnl_attr_put_u32(m, IFLA_NET_NS_FD, (uint32_t)peer_ns);
	mnl_attr_nest_end(m, far);
	mnl_attr_nest_end(m, data);
	mnl_attr_nest_end(m, info);
	message_end(&host, m);
}

/* No IPv6 address of its own, where @quiet; then up. */
static void up(struct lot *lot, int index, int quiet)
{
	struct nlmsghdr *m;
	struct ifinfomsg *ifi;

	if (quiet) {
		struct nlattr *spec, *inet6;

		m = message(lot, RTM_NEWLINK, 0);
		ifi = mnl_nlmsg_put_extra_header(m, sizeof(*ifi));
		ifi->ifi_index = index;
		spec = mnl_attr_nest_start(m, IFLA_AF_SPEC);
		inet6 = mnl_attr_nest_start(m, AF_INET6);
		mnl_attr_put_u8(m, IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE);
		mnl_attr_nest_end(m, inet6);
		mnl_attr_nest_end(m, spec);
		message_end(lot, m);
	}
	m = message(lot, RTM_NEWLINK, 0);
	ifi = mnl_nlmsg_put_extra_header(m, sizeof(*ifi));
	ifi->ifi_index = index;
	ifi->ifi_flags = ifi->ifi_change = IFF_UP;
	message_end(lot, m);
}

static struct nlmsghdr *tc(uint16_t type, int index, uint32_t parent, uint32_t handle,
			   const char *kind)
{
	struct nlmsghdr *m = message(&host, type, NLM_F_CREATE | NLM_F_EXCL);
	struct tcmsg *t = mnl_nlmsg_put_extra_header(m, sizeof(*t));

	t->tcm_ifindex = index;
	t->tcm_parent = parent;
	t->tcm_handle = handle;
	mnl_attr_put_strz(m, TCA_KIND, kind);
	return m;
}

static void filter(int index, uint32_t parent, int prog)
{
	struct nlmsghdr *m = tc(RTM_NEWTFILTER, index, TC_H_MAKE(TC_H_CLSACT, parent), 1, "bpf");
	struct tcmsg *t = mnl_nlmsg_get_payload(m);
	struct nlattr *options = mnl_attr_nest_start(m, TCA_OPTIONS);

	t->tcm_info = TC_H_MAKE(1u << 16, htons(ETH_P_ALL));
	mnl_attr_put_u32(m, TCA_BPF_FD, (uint32_t)prog);
	mnl_attr_put_strz(m, TCA_BPF_NAME, "floor");
	mnl_attr_put_u32(m, TCA_BPF_FLAGS, TCA_BPF_FLAG_ACT_DIRECT);
	mnl_attr_nest_end(m, options);
	message_end(&host, m);
}

static void class(uint32_t parent, uint32_t minor, uint32_t rate, uint32_t ceil)
{
	struct nlmsghdr *m = tc(RTM_NEWTCLASS, QUEUE, parent, TC_H_MAKE(1u << 16, minor), "htb");
	struct nlattr *options = mnl_attr_nest_start(m, TCA_OPTIONS);
	struct tc_htb_opt opt = {
		.rate = { .rate = rate, .linklayer = TC_LINKLAYER_ETHERNET },
		.ceil = { .rate = ceil, .linklayer = TC_LINKLAYER_ETHERNET },
		.buffer = 200000, .cbuffer = 200000, .quantum = 60000,	/* ticks of 64 ns */
	};

	mnl_attr_put(m, TCA_HTB_PARMS, sizeof(opt), &opt);
	mnl_attr_nest_end(m, options);
	message_end(&host, m);
}

static void leaf(uint32_t minor)
{
	struct nlmsghdr *m = tc(RTM_NEWQDISC, QUEUE, TC_H_MAKE(1u << 16, minor),
				TC_H_MAKE(minor << 16, 0), "bfifo");
	struct tc_fifo_qopt opt = { .limit = 30000 };

	mnl_attr_put(m, TCA_OPTIONS, sizeof(opt), &opt);
	message_end(&host, m);
}

static void unicast(unsigned nic, const uint8_t *mac)
{
	struct nlmsghdr *m = message(&host, RTM_NEWNEIGH, NLM_F_CREATE);
	struct ndmsg *nd = mnl_nlmsg_put_extra_header(m, sizeof(*nd));

	nd->ndm_family = AF_BRIDGE;
	nd->ndm_ifindex = (int)nic;
	nd->ndm_state = NUD_PERMANENT;
	nd->ndm_flags = NTF_SELF;
	mnl_attr_put(m, NDA_LLADDR, 6, mac);
	message_end(&host, m);
}

static void queue(void)
{
	struct nlmsghdr *m;
	struct nlattr *options;
	struct tc_htb_glob glob = { .version = 3, .rate2quantum = 10 };

	veth("q0", QUEUE, "q1", QUEUE - 1, NULL, -1);
	m = tc(RTM_NEWQDISC, QUEUE, TC_H_ROOT, TC_H_MAKE(1u << 16, 0), "htb");
	options = mnl_attr_nest_start(m, TCA_OPTIONS);
	mnl_attr_put(m, TCA_HTB_INIT, sizeof(glob), &glob);
	mnl_attr_nest_end(m, options);
	message_end(&host, m);
	up(&host, QUEUE - 1, 1);
	up(&host, QUEUE, 1);
	class(TC_H_ROOT, 1, UINT32_MAX, UINT32_MAX);
}

static void vnic(unsigned i, unsigned nic, int prog, const int *maps)
{
	static char value[65536];
	const uint8_t mac[6] = { 0x02, 0x08, 0x20, i >> 16, i >> 8, i };
	uint32_t minor = 16 + 3 * i, top = TC_H_MAKE(1u << 16, minor);
	int port = (int)(PORT + i);
	char name[IFNAMSIZ], peer[IFNAMSIZ];

	snprintf(name, sizeof(name), "v%u-p", i);
	snprintf(peer, sizeof(peer), "v%u", i);
	veth(name, port, peer, (int)(END + i), mac, zone_fd);
	message_end(&host, tc(RTM_NEWQDISC, port, TC_H_CLSACT, TC_H_MAKE(TC_H_CLSACT, 0), "clsact"));
	filter(port, TC_H_MIN_INGRESS, prog);
	filter(port, TC_H_MIN_EGRESS, prog);
	class(TC_H_MAKE(1u << 16, 1), minor, RATE, RATE);
	class(top, minor + 1, RATE / 128, UINT32_MAX);
	class(top, minor + 2, RATE / 128, UINT32_MAX);
	leaf(minor + 1);
	leaf(minor + 2);
	unicast(nic, mac);
	up(&host, port, 1);
	for (int k = 0; k < MAPS; k++)
		if (bpf_map_update_elem(maps[k], &i, value, BPF_ANY) < 0)
			die("map");
}

static void load(int *prog, int *maps)
{
	static const struct bpf_insn nothing[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = -1 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	/* points, fdb, groups; counters of what passed and was dropped, for each CPU */
	static const unsigned sizes[MAPS] = { 64, 8, 4, 32, 80 };

	*prog = bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, "floor", "GPL", nothing, 2, NULL);
	if (*prog < 0)
		die("program");
	for (int k = 0; k < MAPS; k++) {
		LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = BPF_F_NO_PREALLOC);

		maps[k] = bpf_map_create(k < 3 ? BPF_MAP_TYPE_HASH : BPF_MAP_TYPE_PERCPU_HASH,
					 "floor", 4, sizes[k], 65536, &opts);
		if (maps[k] < 0)
			die("map");
	}
}

static struct mnl_socket *open_socket(void)
{
	struct mnl_socket *nl = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);

	if (nl == NULL || mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0)
		die("socket");
	return nl;
}

int main(int argc, char **argv)
{
	unsigned n = argc == 4 ? (unsigned)atoi(argv[1]) : 0, nic, i;
	int prog, maps[MAPS];

	if (n == 0) {
		fprintf(stderr, "usage: polfloor N NIC ZONE\n");
		return 2;
	}
	nic = if_nametoindex(argv[2]);
	host.nl = open_socket();
	zone_fd = open(argv[3], O_RDONLY | O_CLOEXEC);
	if (nic == 0 || zone_fd < 0)
		die(argv[nic == 0 ? 2 : 3]);
	load(&prog, maps);
	queue();
	for (i = 1; i <= n; i++)
		vnic(i, nic, prog, maps);
	lot_send(&host);
	if (setns(zone_fd, CLONE_NEWNET) < 0)
		die(argv[3]);
	zone.nl = open_socket();
	for (i = 1; i <= n; i++)
		up(&zone, (int)(END + i), 0);
	lot_send(&zone);
	return 0;
}

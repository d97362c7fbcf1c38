/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * floor - what the kernel insists on, and nothing more: the yardstick of bench.py
 *
 * usage: floor create N NIC	N macvlans v1 ... vN over NIC, with name and MAC address, up
 *	  floor delete N	v1 ... vN, moved into a group and deleted with it
 *	  floor stub N BRIDGE	BRIDGE and N ports of it with a static forwarding entry, the far ends
 *				v1 ... vN; no learning, no flooding, no IPv6 addresses, up
 *
 * One socket, messages sent many at a time, one acknowledgement for each lot; errors are answered
 * always.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <net/if.h>
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>

#define LOT_BYTES	32768		/* sent at a time */
#define MESSAGE_BYTES	512		/* more than any single message */
#define DOOMED_GROUP	0x0badf10e
#define PORT_INDEX	1000000		/* interface index of port 1, minus 1: ours to choose */

struct lot {
	struct mnl_socket *nl;
	char		   buf[LOT_BYTES];
	size_t		   used;
	uint32_t	   seq;
	struct nlmsghdr	  *last;
};

static void die(const char *what)
{
	fprintf(stderr, "floor: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void wait_for_ack(struct lot *lot)
{
	char answer[8192];
	ssize_t len;
	int rc;

	do {
		len = mnl_socket_recvfrom(lot->nl, answer, sizeof(answer));
		if (len < 0)
			die("receive");
		rc = mnl_cb_run(answer, (size_t)len, 0, 0, NULL, NULL);
		if (rc < 0)
			die("the kernel refused");
	} while (rc != MNL_CB_STOP);
}

static void lot_send(struct lot *lot)
{
	if (lot->last == NULL)
		return;
	lot->last->nlmsg_flags |= NLM_F_ACK;
	if (mnl_socket_sendto(lot->nl, lot->buf, lot->used) < 0)
		die("send");
	wait_for_ack(lot);
	lot->used = 0;
	lot->last = NULL;
}

static struct nlmsghdr *message(struct lot *lot, uint16_t type, uint16_t flags, unsigned ifflags)
{
	struct nlmsghdr *m;
	struct ifinfomsg *ifi;

	if (lot->used + MESSAGE_BYTES > sizeof(lot->buf))
		lot_send(lot);
	m = mnl_nlmsg_put_header(lot->buf + lot->used);
	m->nlmsg_type = type;
	m->nlmsg_flags = NLM_F_REQUEST | flags;
	m->nlmsg_seq = ++lot->seq;
	ifi = mnl_nlmsg_put_extra_header(m, sizeof(*ifi));
	ifi->ifi_flags = ifflags;
	ifi->ifi_change = ifflags;
	return m;
}

static void message_end(struct lot *lot, struct nlmsghdr *m)
{
	lot->used += MNL_ALIGN(m->nlmsg_len);
	lot->last = m;
}

static void create(struct lot *lot, unsigned n, const char *nic)
{
	unsigned lower = if_nametoindex(nic), i;
	char name[IFNAMSIZ];

	if (lower == 0)
		die(nic);
	for (i = 1; i <= n; i++) {
		const uint8_t mac[6] = { 0x02, 0x08, 0x20, i >> 16, i >> 8, i };
		struct nlmsghdr *m = message(lot, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, IFF_UP);
		struct nlattr *info, *data;

		snprintf(name, sizeof(name), "v%u", i);
		mnl_attr_put_strz(m, IFLA_IFNAME, name);
		mnl_attr_put_u32(m, IFLA_LINK, lower);
		mnl_attr_put(m, IFLA_ADDRESS, sizeof(mac), mac);
		info = mnl_attr_nest_start(m, IFLA_LINKINFO);
		mnl_attr_put_strz(m, IFLA_INFO_KIND, "macvlan");
		data = mnl_attr_nest_start(m, IFLA_INFO_DATA);
		mnl_attr_put_u32(m, IFLA_MACVLAN_MODE, MACVLAN_MODE_BRIDGE);
		mnl_attr_nest_end(m, data);
		mnl_attr_nest_end(m, info);
		message_end(lot, m);
	}
}

static void delete(struct lot *lot, unsigned n)
{
	struct nlmsghdr *m;
	char name[IFNAMSIZ];
	unsigned i;

	for (i = 1; i <= n; i++) {
		m = message(lot, RTM_SETLINK, 0, 0);
		snprintf(name, sizeof(name), "v%u", i);
		mnl_attr_put_strz(m, IFLA_IFNAME, name);
		mnl_attr_put_u32(m, IFLA_GROUP, DOOMED_GROUP);
		message_end(lot, m);
	}
	lot_send(lot);
	m = message(lot, RTM_DELLINK, 0, 0);
	mnl_attr_put_u32(m, IFLA_GROUP, DOOMED_GROUP);
	message_end(lot, m);
}

/*
 * No IPv6 address of its own. A message that also brings the link up would be too late: the kernel
 * carries out IFF_UP first, and a thousand links that look for neighbours flood each other.
 */
static void no_ipv6(struct lot *lot, int index, const char *name)
{
	struct nlmsghdr *m = message(lot, RTM_NEWLINK, 0, 0);
	struct ifinfomsg *ifi = mnl_nlmsg_get_payload(m);
	struct nlattr *spec, *inet6;

	ifi->ifi_index = index;
	if (index == 0)
		mnl_attr_put_strz(m, IFLA_IFNAME, name);
	spec = mnl_attr_nest_start(m, IFLA_AF_SPEC);
	inet6 = mnl_attr_nest_start(m, AF_INET6);
	mnl_attr_put_u8(m, IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE);
	mnl_attr_nest_end(m, inet6);
	mnl_attr_nest_end(m, spec);
	message_end(lot, m);
}

static void put_vnic_mac(struct nlmsghdr *m, uint16_t type, unsigned i)
{
	const uint8_t mac[6] = { 0x02, 0x08, 0x20, i >> 16, i >> 8, i };

	mnl_attr_put(m, type, sizeof(mac), mac);
}

/* The pair: the port has the index we choose, so later messages can name it. */
static void port_add(struct lot *lot, unsigned i, unsigned bridge)
{
	struct nlmsghdr *m = message(lot, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, 0);
	struct ifinfomsg *ifi = mnl_nlmsg_get_payload(m);
	struct nlattr *info, *data, *peer;
	char name[IFNAMSIZ];

	ifi->ifi_index = (int)(PORT_INDEX + i);
	snprintf(name, sizeof(name), "v%u-p", i);
	mnl_attr_put_strz(m, IFLA_IFNAME, name);
	mnl_attr_put_u32(m, IFLA_MASTER, bridge);
	mnl_attr_put_u32(m, IFLA_NUM_TX_QUEUES, 1);
	mnl_attr_put_u32(m, IFLA_NUM_RX_QUEUES, 1);
	info = mnl_attr_nest_start(m, IFLA_LINKINFO);
	mnl_attr_put_strz(m, IFLA_INFO_KIND, "veth");
	data = mnl_attr_nest_start(m, IFLA_INFO_DATA);
	peer = mnl_attr_nest_start(m, VETH_INFO_PEER);
	mnl_nlmsg_put_extra_header(m, sizeof(struct ifinfomsg));
	snprintf(name, sizeof(name), "v%u", i);
	mnl_attr_put_strz(m, IFLA_IFNAME, name);
	mnl_attr_put_u32(m, IFLA_NUM_TX_QUEUES, 1);
	mnl_attr_put_u32(m, IFLA_NUM_RX_QUEUES, 1);
	put_vnic_mac(m, IFLA_ADDRESS, i);
	mnl_attr_nest_end(m, peer);
	mnl_attr_nest_end(m, data);
	mnl_attr_nest_end(m, info);
	message_end(lot, m);
}

static void port_set(struct lot *lot, unsigned i)
{
	struct nlmsghdr *m;
	struct ifinfomsg *ifi;
	struct nlattr *info, *data;

	no_ipv6(lot, (int)(PORT_INDEX + i), NULL);
	m = message(lot, RTM_NEWLINK, 0, IFF_UP);
	ifi = mnl_nlmsg_get_payload(m);
	ifi->ifi_index = (int)(PORT_INDEX + i);
	info = mnl_attr_nest_start(m, IFLA_LINKINFO);
	mnl_attr_put_strz(m, IFLA_INFO_SLAVE_KIND, "bridge");
	data = mnl_attr_nest_start(m, IFLA_INFO_SLAVE_DATA);
	mnl_attr_put_u8(m, IFLA_BRPORT_LEARNING, 0);
	mnl_attr_put_u8(m, IFLA_BRPORT_UNICAST_FLOOD, 0);
	mnl_attr_nest_end(m, data);
	mnl_attr_nest_end(m, info);
	message_end(lot, m);
}

static void far_end_up(struct lot *lot, unsigned i)
{
	struct nlmsghdr *m;
	char name[IFNAMSIZ];

	snprintf(name, sizeof(name), "v%u", i);
	no_ipv6(lot, 0, name);
	m = message(lot, RTM_NEWLINK, 0, IFF_UP);
	mnl_attr_put_strz(m, IFLA_IFNAME, name);
	message_end(lot, m);
}

static void port_fdb(struct lot *lot, unsigned i)
{
	struct nlmsghdr *m;
	struct ndmsg *nd;

	if (lot->used + MESSAGE_BYTES > sizeof(lot->buf))
		lot_send(lot);
	m = mnl_nlmsg_put_header(lot->buf + lot->used);
	m->nlmsg_type = RTM_NEWNEIGH;
	m->nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE;
	m->nlmsg_seq = ++lot->seq;
	nd = mnl_nlmsg_put_extra_header(m, sizeof(*nd));
	nd->ndm_family = AF_BRIDGE;
	nd->ndm_ifindex = (int)(PORT_INDEX + i);
	nd->ndm_state = NUD_NOARP;
	nd->ndm_flags = NTF_MASTER;
	put_vnic_mac(m, NDA_LLADDR, i);
	message_end(lot, m);
}

static void stub(struct lot *lot, unsigned n, const char *bridge)
{
	struct nlmsghdr *m = message(lot, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, 0);
	struct ifinfomsg *ifi = mnl_nlmsg_get_payload(m);
	struct nlattr *info;
	unsigned i;

	ifi->ifi_index = PORT_INDEX;
	mnl_attr_put_strz(m, IFLA_IFNAME, bridge);
	info = mnl_attr_nest_start(m, IFLA_LINKINFO);
	mnl_attr_put_strz(m, IFLA_INFO_KIND, "bridge");
	mnl_attr_nest_end(m, info);
	message_end(lot, m);
	no_ipv6(lot, PORT_INDEX, NULL);
	m = message(lot, RTM_NEWLINK, 0, IFF_UP);
	ifi = mnl_nlmsg_get_payload(m);
	ifi->ifi_index = PORT_INDEX;
	message_end(lot, m);
	for (i = 1; i <= n; i++)
		port_add(lot, i, PORT_INDEX);
	for (i = 1; i <= n; i++) {
		port_set(lot, i);
		port_fdb(lot, i);
		far_end_up(lot, i);
	}
}

int main(int argc, char **argv)
{
	static struct lot lot;

	if (argc < 3)
		goto usage;
	lot.nl = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	if (lot.nl == NULL || mnl_socket_bind(lot.nl, 0, MNL_SOCKET_AUTOPID) < 0)
		die("socket");
	if (strcmp(argv[1], "create") == 0 && argc == 4)
		create(&lot, (unsigned)atoi(argv[2]), argv[3]);
	else if (strcmp(argv[1], "delete") == 0 && argc == 3)
		delete(&lot, (unsigned)atoi(argv[2]));
	else if (strcmp(argv[1], "stub") == 0 && argc == 4)
		stub(&lot, (unsigned)atoi(argv[2]), argv[3]);
	else
		goto usage;
	lot_send(&lot);
	mnl_socket_close(lot.nl);
	return 0;
usage:
	fprintf(stderr, "usage: floor create N NIC | delete N | stub N BRIDGE\n");
	return 2;
}

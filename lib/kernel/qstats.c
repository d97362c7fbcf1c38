/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * qstats.c - packets and bytes of each queue, as drivers tell them to everybody alike (generic
 * netlink family "netdev", qstats-get, Linux 6.10)
 */
#include "kernel/nl.h"
#include "kernel/stats.h"

#include <errno.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/genetlink.h>
#include <linux/sockios.h>

/* <linux/netdev.h> is younger than the oldest headers that this builds with. */
enum {
	CMD_QUEUE_GET	= 10,	/* Linux 6.8 */
	CMD_QSTATS_GET	= 12,
	Q_ID		= 1,
	Q_IFINDEX	= 2,
	Q_TYPE		= 3,
	Q_NAPI_ID	= 4,
	A_IFINDEX	= 1,
	A_QUEUE_TYPE	= 2,	/* 0: rx, 1: tx */
	A_QUEUE_ID	= 3,
	A_SCOPE		= 4,	/* bit 0: by queue, not the device's sum */
	A_RX_PACKETS	= 8,
	A_RX_BYTES	= 9,
	A_TX_PACKETS	= 10,
	A_TX_BYTES	= 11,
	A_RX_HW_DROPS	= 13,
	A_TX_HW_DROPS	= 24,
	A_TX_STOP	= 33,
	A_TX_WAKE	= 34
};

struct asking {
	int		 fd;
	uint32_t	 seq;
	char		 buf[32 * 1024];
};

static int open_generic(void *arg, size_t i)
{
	struct asking *a = arg;

	(void)i;
	a->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	return a->fd < 0 ? -errno : 0;
}

/* In the namespace of @nl, where the thread need not be. */
static bool open_there(const struct vwk_nl *nl, struct asking *a)
{
	struct timeval patience = { .tv_sec = 2 };
	int ns = ioctl(nl->fd, SIOCGSKNS);
	int err = ns < 0 ? open_generic(a, 0) : vwk_ns_each(&ns, 1, open_generic, a);

	if (ns >= 0)
		close(ns);
	if (err < 0)
		return false;
	(void)setsockopt(a->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	return true;
}

static struct nlmsghdr *message(union vwk_req *req, struct asking *a, uint16_t family, uint8_t cmd,
				uint16_t flags)
{
	struct nlmsghdr *nlh = vwk_req_init(req, family, flags, sizeof(struct genlmsghdr));
	struct genlmsghdr *g = mnl_nlmsg_get_payload(nlh);

	g->cmd = cmd;
	g->version = 1;
	nlh->nlmsg_seq = ++a->seq;
	return nlh;
}

/* @fn gets the attributes of each message; false: the kernel refused, or said nothing. */
static bool ask(struct asking *a, struct nlmsghdr *req,
		void (*fn)(void *arg, const struct nlattr *first, const char *end), void *arg)
{
	bool dump = req->nlmsg_flags & NLM_F_DUMP;

	if (send(a->fd, req, req->nlmsg_len, 0) < 0)
		return false;
	for (;;) {
		ssize_t n = recv(a->fd, a->buf, sizeof(a->buf), 0);
		const struct nlmsghdr *nlh;

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		vwk_for_each_msg(nlh, a->buf, n) {
			if (nlh->nlmsg_seq != a->seq)
				continue;
			if (nlh->nlmsg_type == NLMSG_ERROR || nlh->nlmsg_type == NLMSG_DONE)
				return vwk_nlmsg_errno(nlh) == 0;
			if (nlh->nlmsg_len >= NLMSG_LENGTH(GENL_HDRLEN))
				fn(arg, (const void *)((const char *)nlh +
						       NLMSG_LENGTH(GENL_HDRLEN)),
				   vwk_nlmsg_end(nlh));
			if (!dump)
				return true;
		}
	}
}

static void take_family(void *arg, const struct nlattr *first, const char *end)
{
	const struct nlattr *a;

	vwk_for_each_attr(a, first, end) {
		if (vwk_attr_type(a) == CTRL_ATTR_FAMILY_ID)
			*(uint16_t *)arg = vwk_attr_u16(a);
	}
}

static uint16_t find_family(struct asking *a)
{
	uint16_t family = 0;
	union vwk_req req;
	struct nlmsghdr *nlh = message(&req, a, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 0);

	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, "netdev");
	return ask(a, nlh, take_family, &family) ? family : 0;
}

/* Numbers are as wide as they need to be: 4 or 8 bytes. */
static uint64_t number(const struct nlattr *a)
{
	uint64_t v = 0;

	if (vwk_attr_len(a) == 4)
		return vwk_attr_u32(a);
	if (vwk_attr_len(a) == 8)
		memcpy(&v, vwk_attr_data(a), sizeof(v));
	return v;
}

struct taking {
	vwk_qstat_fn	*fn;
	void		*arg;
	int		 ifindex;
	bool		 any;
};

static void take_queue(void *arg, const struct nlattr *first, const char *end)
{
	struct taking *t = arg;
	struct vwk_queue q = { .packets = VWK_NOT_TOLD, .bytes = VWK_NOT_TOLD,
			       .drops = VWK_NOT_TOLD, .stops = VWK_NOT_TOLD,
			       .wakes = VWK_NOT_TOLD };
	bool has_queue = false;
	const struct nlattr *a;

	vwk_for_each_attr(a, first, end) {
		switch (vwk_attr_type(a)) {
		case A_IFINDEX:
			if ((int)vwk_attr_u32(a) != t->ifindex)
				return;
			break;
		case A_QUEUE_TYPE:	q.tx = vwk_attr_u32(a) == 1; break;
		case A_QUEUE_ID:
			q.index = vwk_attr_u32(a);
			has_queue = true;
			break;
		case A_RX_PACKETS:
		case A_TX_PACKETS:	q.packets = number(a); break;
		case A_RX_BYTES:
		case A_TX_BYTES:	q.bytes = number(a); break;
		case A_RX_HW_DROPS:
		case A_TX_HW_DROPS:	q.drops = number(a); break;
		case A_TX_STOP:		q.stops = number(a); break;
		case A_TX_WAKE:		q.wakes = number(a); break;
		}
	}
	if (has_queue)
		t->any = t->fn(t->arg, q.tx, q.index, &q) || t->any;
}

static void take_napi(void *arg, const struct nlattr *first, const char *end)
{
	struct vwk_queue q = { .packets = VWK_NOT_TOLD };	/* only who polls it */
	struct taking *t = arg;
	const struct nlattr *a;

	vwk_for_each_attr(a, first, end) {
		switch (vwk_attr_type(a)) {
		case Q_IFINDEX:
			if ((int)vwk_attr_u32(a) != t->ifindex)
				return;
			break;
		case Q_ID:	q.index = vwk_attr_u32(a); break;
		case Q_TYPE:	q.tx = vwk_attr_u32(a) == 1; break;
		case Q_NAPI_ID:	q.napi_id = vwk_attr_u32(a); break;
		}
	}
	if (q.napi_id != 0)
		(void)t->fn(t->arg, q.tx, q.index, &q);
}

bool vwk_qstats(struct vwk_nl *nl, int ifindex, vwk_qstat_fn *fn, void *arg)
{
	struct taking t = { .fn = fn, .arg = arg, .ifindex = ifindex };
	vwu_auto_free struct asking *a = malloc(sizeof(*a));
	union vwk_req req;
	struct nlmsghdr *nlh;
	uint16_t family;
	uint64_t by_queue = 1;

	if (a == NULL)
		return false;
	a->seq = 1;
	if (!open_there(nl, a))
		return false;
	family = find_family(a);
	if (family != 0) {
		nlh = message(&req, a, family, CMD_QSTATS_GET, NLM_F_DUMP);
		mnl_attr_put_u32(nlh, A_IFINDEX, (uint32_t)ifindex);
		mnl_attr_put(nlh, A_SCOPE, sizeof(by_queue), &by_queue);
		(void)ask(a, nlh, take_queue, &t);
		nlh = message(&req, a, family, CMD_QUEUE_GET, NLM_F_DUMP);
		mnl_attr_put_u32(nlh, Q_IFINDEX, (uint32_t)ifindex);
		(void)ask(a, nlh, take_napi, &t);
	}
	close(a->fd);
	return t.any;
}

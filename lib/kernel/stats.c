/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* stats.c - RTM_GETSTATS: the counters of devices and nothing else */
#include "kernel/nl.h"
#include "kernel/stats.h"

#include <errno.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/if.h>
#include <linux/net_namespace.h>
#include <linux/netlink.h>
#include <linux/sockios.h>

static bool parse(const struct nlmsghdr *nlh, int *ifindex, struct vwk_stats *out)
{
	const struct if_stats_msg *ism = (const void *)((const char *)nlh + NLMSG_HDRLEN);
	const struct nlattr *a;

	if (nlh->nlmsg_type != RTM_NEWSTATS || nlh->nlmsg_len < NLMSG_LENGTH(sizeof(*ism)))
		return false;
	*ifindex = (int)ism->ifindex;
	vwk_for_each_attr(a, (const char *)(ism + 1), vwk_nlmsg_end(nlh)) {
		uint64_t v[9];	/* struct rtnl_link_stats64 begins with these, aligned to 4 bytes */

		if (vwk_attr_type(a) != IFLA_STATS_LINK_64 || vwk_attr_len(a) < sizeof(v))
			continue;
		memcpy(v, vwk_attr_data(a), sizeof(v));
		*out = (struct vwk_stats){
			.rx_packets = v[0], .tx_packets = v[1], .rx_bytes = v[2], .tx_bytes = v[3],
			.rx_errors = v[4], .tx_errors = v[5], .rx_dropped = v[6],
			.tx_dropped = v[7], .multicast = v[8],
		};
		return true;
	}
	return false;
}

static void request(union vwk_req *req, uint16_t flags, int ifindex)
{
	struct nlmsghdr *nlh = vwk_req_init(req, RTM_GETSTATS, flags, sizeof(struct if_stats_msg));
	struct if_stats_msg *ism = mnl_nlmsg_get_payload(nlh);

	ism->ifindex = (uint32_t)ifindex;
	ism->filter_mask = IFLA_STATS_FILTER_BIT(IFLA_STATS_LINK_64);
}

/* One datagram of the answer. True: it was the last; *@err is the kernel's errno then, or @fn's. */
static bool take(struct vwk_nl *nl, size_t len, vwk_msg_fn fn, void *arg, bool *whole, int *err)
{
	const struct nlmsghdr *nlh;

	vwk_for_each_msg(nlh, nl->buf, len) {
		if (nlh->nlmsg_seq != nl->seq || nlh->nlmsg_pid != nl->portid)
			continue;
		if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
			*whole = false;
		if (nlh->nlmsg_type == NLMSG_DONE || nlh->nlmsg_type == NLMSG_ERROR) {
			if (*err == 0)
				*err = vwk_nlmsg_errno(nlh);
			return true;
		}
		if (*err == 0)
			*err = -fn(nlh, arg);
	}
	return false;
}

/*
 * Not vwk_nl_dump(), which gives up on a list that changes all the time: who hears of the changes
 * can ask for what a changing dump left out.
 */
static int scan(struct vw_handle *h, struct vwk_nl *nl, union vwk_req *req, vwk_msg_fn fn,
		void *arg, bool *whole)
{
	int64_t deadline = vwk_nl_deadline();
	bool done = false;
	int err, fault = 0;

	vwk_nl_drain(nl);
	req->h.nlmsg_seq = ++nl->seq;
	*whole = true;
	err = -vwk_nl_send(nl, req, req->h.nlmsg_len);
	while (err == 0 && !done) {
		ssize_t n = vwk_nl_recv(nl, deadline);

		if (n >= 0)
			done = take(nl, (size_t)n, fn, arg, whole, &fault);
		else
			err = (int)-n;
	}
	if (err != 0)
		nl->stuck = true;
	err = err != 0 ? err : fault;
	return err == 0 ? VW_OK : vwk_fail(h, err, NULL, NULL, NULL);
}

struct stats_taker {
	vwk_stats_fn	*fn;
	void		*arg;
};

static int take_stats(const struct nlmsghdr *nlh, void *arg)
{
	const struct stats_taker *t = arg;
	struct vwk_stats s;
	int ifindex;

	if (parse(nlh, &ifindex, &s))
		t->fn(t->arg, ifindex, &s);
	return 0;
}

int vwk_stats_dump(struct vw_handle *h, struct vwk_nl *nl, vwk_stats_fn *fn, void *arg,
		   bool *whole)
{
	struct stats_taker t = { fn, arg };
	union vwk_req req;

	request(&req, NLM_F_DUMP, 0);
	return scan(h, nl, &req, take_stats, &t, whole);
}

struct link_taker {
	int	(*fn)(void *arg, struct vwk_link *l);
	void	*arg;
};

static int take_link(const struct nlmsghdr *nlh, void *arg)
{
	const struct link_taker *t = arg;
	struct vwk_link l;
	int err;

	if (nlh->nlmsg_type != RTM_NEWLINK)
		return 0;
	err = vwk_link_parse(nlh, &l);
	return err < 0 ? err : t->fn(t->arg, &l);
}

int vwk_link_scan(struct vw_handle *h, struct vwk_nl *nl, int (*fn)(void *arg, struct vwk_link *l),
		  void *arg, bool *whole)
{
	struct link_taker t = { fn, arg };
	union vwk_req req;

	vwk_req_init(&req, RTM_GETLINK, NLM_F_DUMP, sizeof(struct ifinfomsg));
	mnl_attr_put_u32(&req.h, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	return scan(h, nl, &req, take_link, &t, whole);
}

static int take_one(const struct nlmsghdr *nlh, void *arg)
{
	int ifindex;

	return parse(nlh, &ifindex, arg) ? 0 : -EBADMSG;
}

int vwk_stats_get(struct vw_handle *h, struct vwk_nl *nl, int ifindex, struct vwk_stats *out)
{
	char text[VWC_TEXT_MAX] = "";
	union vwk_req req;
	int err;

	request(&req, 0, ifindex);
	err = vwk_nl_ask(nl, &req.h, take_one, out, text, sizeof(text));
	if (err == -ENODEV)
		return VW_ERR_NOTFOUND;
	return err == 0 ? VW_OK : vwk_fail(h, -err, NULL, text, NULL);
}

bool vwk_link_name(const struct vwk_nl *nl, int ifindex, char name[VWU_IFNAME])
{
	struct ifreq req = { .ifr_ifindex = ifindex };

	if (ioctl(nl->fd, SIOCGIFNAME, &req) < 0)
		return false;
	memcpy(name, req.ifr_name, VWU_IFNAME - 1);
	name[VWU_IFNAME - 1] = '\0';
	return true;
}

static int take_nsid(const struct nlmsghdr *nlh, void *arg)
{
	const struct nlattr *a;

	if (nlh->nlmsg_type != RTM_NEWNSID ||
	    nlh->nlmsg_len < NLMSG_LENGTH(sizeof(struct rtgenmsg)))
		return -EBADMSG;
	vwk_for_each_attr(a, (const char *)nlh + NLMSG_SPACE(sizeof(struct rtgenmsg)),
			  vwk_nlmsg_end(nlh)) {
		if (vwk_attr_type(a) == NETNSA_NSID)
			*(int *)arg = (int)vwk_attr_u32(a);
	}
	return 0;
}

int vwk_nsid(struct vwk_nl *nl, const struct vwk_nl *other)
{
	int fd = ioctl(other->fd, SIOCGSKNS), nsid = -1;
	union vwk_req req;

	if (fd < 0)
		return -1;
	vwk_req_init(&req, RTM_GETNSID, 0, sizeof(struct rtgenmsg));
	mnl_attr_put_u32(&req.h, NETNSA_FD, (uint32_t)fd);
	if (vwk_nl_ask(nl, &req.h, take_nsid, &nsid, NULL, 0) < 0)
		nsid = -1;
	close(fd);
	return nsid;
}

int vwk_nl_ns(struct vw_handle *h, const struct vwk_nl *nl, struct vwk_ns_id *id)
{
	int fd = ioctl(nl->fd, SIOCGSKNS);
	struct stat st;

	if (fd < 0) {
		int rc = vwk_ns_self(h, &fd, id);

		if (rc == VW_OK)
			close(fd);
		return rc;
	}
	if (fstat(fd, &st) < 0)
		memset(&st, 0, sizeof(st));
	close(fd);
	*id = (struct vwk_ns_id){ st.st_dev, st.st_ino };
	return VW_OK;
}

void vwk_nl_read_only(struct vwk_nl *nl)
{
	if (nl->conf >= 0)
		close(nl->conf);
	nl->conf = -1;
}

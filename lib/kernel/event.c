/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* event.c - RTNLGRP_LINK: hear of links as they come, change and go */
#include "kernel/nl.h"
#include "kernel/stats.h"

#include <errno.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/netlink.h>
#include <linux/sockios.h>

struct vwk_events {
	struct vwk_nl	 nl;
	const struct nlmsghdr *next;	/* in nl.buf, received but not delivered; NULL: none */
	const char	*end;
	bool		 moved;		/* the last one delivered says where the device went */
};

static int subscribe(void *arg, size_t i)
{
	(void)i;
	return vwk_nl_init(arg, RTMGRP_LINK);
}

/*
 * In the namespace of the handle, where the thread need not be any more. To ask a socket for its
 * namespace needs CAP_NET_ADMIN there; without it, the thread's own has to do.
 */
static int subscribe_where(const struct vwk_nl *nl, struct vwk_nl *out)
{
	int fd = ioctl(nl->fd, SIOCGSKNS), err;
	struct stat there, here;

	if (fd < 0)
		return subscribe(out, 0);
	if (fstat(fd, &there) == 0 && stat("/proc/thread-self/ns/net", &here) == 0 &&
	    there.st_ino == here.st_ino && there.st_dev == here.st_dev)
		err = subscribe(out, 0);
	else
		err = vwk_ns_each(&fd, 1, subscribe, out);
	close(fd);
	return err;
}

int vwk_events_open(struct vw_handle *h, struct vwk_events **out)
{
	struct vwk_events *e;
	int err;

	if (h->nl == NULL)
		return vwc_why(h, VW_ERR_BADVAL, "an offline handle hears of no links");
	e = calloc(1, sizeof(*e));
	if (e == NULL)
		return vwc_nomem(h);
	err = subscribe_where(h->nl, &e->nl);
	if (err < 0) {
		free(e);
		return vwk_fail_own(h, -err, "cannot open a netlink socket");
	}
	*out = e;
	return VW_OK;
}

static int subscribe_one(void *arg, size_t i)
{
	struct vwk_events **v = arg;

	return subscribe(&v[i]->nl, 0);
}

int vwk_events_open_many(struct vw_handle *h, const int *nsfds, size_t n, struct vwk_events **out)
{
	int err = 0, rc = VW_OK;
	size_t made;

	for (made = 0; made < n && rc == VW_OK; made++) {
		out[made] = calloc(1, sizeof(*out[made]));
		if (out[made] == NULL)
			rc = vwc_nomem(h);
		else
			out[made]->nl = VWK_NL_NONE;
	}
	if (rc == VW_OK && n > 0)
		err = vwk_ns_each(nsfds, n, subscribe_one, out);
	if (rc == VW_OK && err == 0)
		return VW_OK;
	for (size_t i = 0; i < made; i++) {
		vwk_events_close(out[i]);
		out[i] = NULL;
	}
	return rc < 0 ? rc : vwk_fail_own(h, -err, "cannot open a netlink socket");
}

bool vwk_events_moved(const struct vwk_events *e)
{
	return e->moved;
}

int vwk_events_fd(const struct vwk_events *e)
{
	return e->nl.fd;
}

void vwk_events_close(struct vwk_events *e)
{
	if (e == NULL)
		return;
	vwk_nl_fini(&e->nl);
	free(e);
}

static bool says_where_to(const struct nlmsghdr *nlh)
{
	const struct nlattr *a;

	vwk_for_each_attr(a, (const char *)nlh + NLMSG_LENGTH(sizeof(struct ifinfomsg)),
			  vwk_nlmsg_end(nlh)) {
		if (vwk_attr_type(a) == IFLA_NEW_NETNSID)
			return true;
	}
	return false;
}

/* A message of AF_BRIDGE tells of a port's state, and its RTM_DELLINK of a port that left. */
static bool about_link(const struct nlmsghdr *nlh)
{
	const struct ifinfomsg *ifi = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *a;

	if ((nlh->nlmsg_type != RTM_NEWLINK && nlh->nlmsg_type != RTM_DELLINK) ||
	    mnl_nlmsg_get_payload_len(nlh) < sizeof(*ifi) || ifi->ifi_family != AF_UNSPEC)
		return false;
	vwk_for_each_attr(a, (const char *)(ifi + 1), vwk_nlmsg_end(nlh)) {
		if (vwk_attr_type(a) == IFLA_WIRELESS)	/* of a scan; says little of the link */
			return false;
	}
	return true;
}

/* The next message that was received already; NULL: none. */
static const struct nlmsghdr *pending(struct vwk_events *e)
{
	const struct nlmsghdr *nlh;

	while ((nlh = e->next) != NULL) {
		e->next = vwk_msg_next(nlh, e->end);
		if (about_link(nlh))
			return nlh;
	}
	return NULL;
}

static int failed(struct vw_handle *h, int err)
{
	if (h == NULL)
		return err == ENOMEM ? VW_ERR_NOMEM : VW_ERR_KERNEL;
	return vwk_fail_own(h, err, "cannot hear of links");
}

int vwk_events_next(struct vw_handle *h, struct vwk_events *e, struct vwk_link *l)
{
	const struct nlmsghdr *nlh;
	int err;

	while ((nlh = pending(e)) == NULL) {
		ssize_t n = vwk_nl_recv(&e->nl, 0);

		if (n == -EAGAIN)
			return VWK_EVENT_NONE;
		if (n == -ENOBUFS || n == -EMSGSIZE)
			return VWK_EVENT_LOST;
		if (n < 0)
			return failed(h, (int)-n);
		e->end = e->nl.buf + n;
		e->next = vwk_msg_at(e->nl.buf, e->end);
	}
	e->moved = nlh->nlmsg_type == RTM_DELLINK && says_where_to(nlh);
	err = vwk_link_parse(nlh, l);
	if (err == -ENOMEM)
		return failed(h, ENOMEM);
	if (err < 0)
		return VWK_EVENT_LOST;
	return nlh->nlmsg_type == RTM_NEWLINK ? VWK_EVENT_NEW : VWK_EVENT_DEL;
}

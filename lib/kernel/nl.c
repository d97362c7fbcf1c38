/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* nl.c - a NETLINK_ROUTE socket in one network namespace: requests, dumps, lost answers */
#include "kernel/nl.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <linux/netlink.h>

/* Only what the kernel has queued counts, so room costs nothing until it is needed. */
#define RCVBUF		(2 * 1024 * 1024)
#define SNDBUF		(256 * 1024)
/* What an error answer with its text takes of the receive buffer, never less (768 seen). */
#define ANSWER_SIZE	2048

int64_t vwk_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t vwk_nl_deadline(void)
{
	return vwk_now_ms() + VWK_NL_WAIT_MS;
}

/* The forced forms pass the limit of the host's sysctl, for who has CAP_NET_ADMIN. */
static void set_buffer(int fd, int force, int plain, int size)
{
	if (setsockopt(fd, SOL_SOCKET, force, &size, sizeof(size)) < 0)
		(void)setsockopt(fd, SOL_SOCKET, plain, &size, sizeof(size));
}

static void set_options(struct vwk_nl *nl)
{
	socklen_t len = sizeof(int);
	int one = 1, room = 0;

	/* Kernels before 4.20 lack one or the other, and work without. */
	(void)setsockopt(nl->fd, SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one));
	(void)setsockopt(nl->fd, SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof(one));
	(void)setsockopt(nl->fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &one, sizeof(one));
	set_buffer(nl->fd, SO_RCVBUFFORCE, SO_RCVBUF, RCVBUF);
	set_buffer(nl->fd, SO_SNDBUFFORCE, SO_SNDBUF, SNDBUF);
	if (getsockopt(nl->fd, SOL_SOCKET, SO_RCVBUF, &room, &len) < 0 || room < ANSWER_SIZE)
		room = ANSWER_SIZE;
	nl->answers = (unsigned)room / ANSWER_SIZE;
}

static int bind_groups(struct vwk_nl *nl, uint32_t groups)
{
	struct sockaddr_nl addr = { .nl_family = AF_NETLINK, .nl_groups = groups };
	socklen_t len = sizeof(addr);

	if (bind(nl->fd, (struct sockaddr *)&addr, sizeof(addr)) < 0 ||
	    getsockname(nl->fd, (struct sockaddr *)&addr, &len) < 0)
		return -errno;
	nl->portid = addr.nl_pid;
	return 0;
}

/*
 * An open directory of sysctls stays bound to the namespace of the thread that opened it, as a
 * socket does: look-ups below it need no thread in that namespace any more.
 */
static void open_sysctls(struct vwk_nl *nl)
{
	int fd;

	nl->conf = open("/proc/sys/net/ipv6/conf", O_PATH | O_DIRECTORY | O_CLOEXEC);
	nl->ipv6 = nl->conf >= 0;
	if (nl->ipv6)
		return;
	fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);	/* no /proc here, perhaps */
	nl->ipv6 = fd >= 0 || errno != EAFNOSUPPORT;
	if (fd >= 0)
		close(fd);
}

int vwk_nl_init(struct vwk_nl *nl, uint32_t groups)
{
	struct timespec t;
	int rc;

	*nl = VWK_NL_NONE;
	nl->buf = malloc(VWK_NL_BUF);
	if (nl->buf == NULL)
		return -ENOMEM;
	nl->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	rc = nl->fd < 0 ? -errno : bind_groups(nl, groups);
	if (rc < 0) {
		vwk_nl_fini(nl);
		return rc;
	}
	set_options(nl);
	clock_gettime(CLOCK_MONOTONIC, &t);
	nl->seq = (uint32_t)t.tv_nsec;
	return 0;
}

void vwk_nl_fini(struct vwk_nl *nl)
{
	if (nl->fd >= 0)
		close(nl->fd);
	if (nl->conf >= 0)
		close(nl->conf);
	if (nl->sysfs >= 0)
		close(nl->sysfs);
	free(nl->buf);
	*nl = VWK_NL_NONE;
}

static struct vwk_nl *nl_new(int *err)
{
	struct vwk_nl *nl = malloc(sizeof(*nl));

	*err = nl == NULL ? -ENOMEM : vwk_nl_init(nl, 0);
	if (*err < 0) {
		free(nl);
		return NULL;
	}
	open_sysctls(nl);
	return nl;
}

struct opening {
	struct vwk_nl	**out;
	const size_t	 *where;	/* index into @out of the i-th namespace that is not ours */
};

static int open_one(void *arg, size_t i)
{
	struct opening *o = arg;
	int err;

	o->out[o->where[i]] = nl_new(&err);
	return err;
}

/* Those of the caller's own namespace here, all others in the thread. */
static int open_all(const int *nsfds, size_t n, struct vwk_nl **out)
{
	vwu_auto_free size_t *where = malloc(n * sizeof(*where));
	vwu_auto_free int *fds = malloc(n * sizeof(*fds));
	struct opening o = { out, where };
	size_t others = 0;
	int err = 0;

	if (where == NULL || fds == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < n && err == 0; i++) {
		if (nsfds[i] >= 0) {
			fds[others] = nsfds[i];
			where[others++] = i;
		} else {
			out[i] = nl_new(&err);
		}
	}
	if (err == 0 && others > 0)
		err = vwk_ns_each(fds, others, open_one, &o);
	return err;
}

int vwk_nl_open_many(struct vw_handle *h, const int *nsfds, size_t n, struct vwk_nl **out)
{
	int err;

	if (n == 0)
		return VW_OK;
	for (size_t i = 0; i < n; i++)
		out[i] = NULL;
	err = open_all(nsfds, n, out);
	if (err == 0)
		return VW_OK;
	for (size_t i = 0; i < n; i++) {
		vwk_nl_close(out[i]);
		out[i] = NULL;
	}
	if (err == -EPERM)
		return vwk_fail_own(h, EPERM, "entering a network namespace needs CAP_SYS_ADMIN");
	return vwk_fail_own(h, -err, "cannot open a netlink socket");
}

int vwk_nl_open(struct vw_handle *h, int nsfd, struct vwk_nl **out)
{
	struct vwk_nl *nl;
	int rc = vwk_nl_open_many(h, &nsfd, 1, &nl);

	if (rc == VW_OK)
		*out = nl;
	return rc;
}

void vwk_nl_close(struct vwk_nl *nl)
{
	if (nl == NULL)
		return;
	vwk_nl_fini(nl);
	free(nl);
}

int vwk_nl_fd(const struct vwk_nl *nl)
{
	return nl->fd;
}

int vwk_nl_send(struct vwk_nl *nl, const void *data, size_t len)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	ssize_t n;

	do {
		n = sendto(nl->fd, data, len, 0, (struct sockaddr *)&kernel, sizeof(kernel));
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

static int wait_readable(int fd, int64_t deadline)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int64_t left;

	if (deadline == 0)
		return -EAGAIN;
	left = deadline - vwk_now_ms();
	if (left <= 0)
		return -ETIMEDOUT;
	if (poll(&p, 1, (int)left) < 0 && errno != EINTR)
		return -errno;
	return 0;
}

ssize_t vwk_nl_recv(struct vwk_nl *nl, int64_t deadline)
{
	for (;;) {
		struct sockaddr_nl from = { 0 };
		struct iovec iov = { nl->buf, VWK_NL_BUF };
		struct msghdr m = { .msg_name = &from, .msg_namelen = sizeof(from),
				    .msg_iov = &iov, .msg_iovlen = 1 };
		/* rtnetlink answers before sendto() returns: waiting is the exception. */
		ssize_t n = recvmsg(nl->fd, &m, MSG_DONTWAIT);
		int err;

		if (n >= 0) {
			if (m.msg_namelen != sizeof(from) || from.nl_pid != 0)
				continue;	/* some process wants to play kernel */
			return m.msg_flags & MSG_TRUNC ? -EMSGSIZE : n;
		}
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN)
			return -errno;
		err = wait_readable(nl->fd, deadline);
		if (err < 0)
			return err;
	}
}

struct nlmsghdr *vwk_req_init(union vwk_req *req, uint16_t type, uint16_t flags, size_t extra)
{
	struct nlmsghdr *nlh;

	memset(req, 0, sizeof(*req));
	nlh = mnl_nlmsg_put_header(req->room);
	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	mnl_nlmsg_put_extra_header(nlh, extra);
	return nlh;
}

static bool ours(const struct vwk_nl *nl, const struct nlmsghdr *nlh)
{
	return nlh->nlmsg_seq == nl->seq && nlh->nlmsg_pid == nl->portid;
}

static int request(struct vwk_nl *nl, struct nlmsghdr *req)
{
	req->nlmsg_seq = ++nl->seq;
	return vwk_nl_send(nl, req, req->nlmsg_len);
}

int vwk_nl_ask(struct vwk_nl *nl, struct nlmsghdr *req, vwk_msg_fn fn, void *arg, char *text,
	       size_t len)
{
	int64_t deadline = vwk_nl_deadline();
	int err = request(nl, req);

	while (err == 0) {
		ssize_t n = vwk_nl_recv(nl, deadline);
		const struct nlmsghdr *nlh;

		if (n < 0)
			return (int)n;
		vwk_for_each_msg(nlh, nl->buf, n) {
			if (!ours(nl, nlh))
				continue;
			if (nlh->nlmsg_type != NLMSG_ERROR)
				return fn != NULL ? fn(nlh, arg) : 0;
			if (text != NULL)
				vwk_ext_ack(nlh, text, len);
			return -vwk_nlmsg_errno(nlh);
		}
	}
	return err;
}

/* -- dumps ------------------------------------------------------------------------------------- */

struct dump {
	struct vwk_nl	*nl;
	vwk_msg_fn	 fn;
	void		*arg;
	int		 err;		/* -errno of the kernel's or of @fn's */
	bool		 done, interrupted;
	char		 text[VWC_TEXT_MAX];
};

static void dump_message(struct dump *d, const struct nlmsghdr *nlh)
{
	if (!ours(d->nl, nlh))
		return;
	if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
		d->interrupted = true;
	if (nlh->nlmsg_type == NLMSG_DONE || nlh->nlmsg_type == NLMSG_ERROR) {
		int err = vwk_nlmsg_errno(nlh);

		d->done = true;
		if (err != 0 && d->err == 0) {
			d->err = -err;
			vwk_ext_ack(nlh, d->text, sizeof(d->text));
		}
		return;
	}
	/* An interrupted dump is read to its end, else the next request is refused as busy. */
	if (d->err == 0 && !d->interrupted && nlh->nlmsg_type >= NLMSG_MIN_TYPE)
		d->err = d->fn(nlh, d->arg);
}

/* Trouble of the socket; the kernel's and @fn's is left in @d. */
static int dump_read(struct dump *d, int64_t deadline)
{
	while (!d->done) {
		ssize_t n = vwk_nl_recv(d->nl, deadline);
		const struct nlmsghdr *nlh;

		if (n == -EMSGSIZE && d->err == 0)
			d->err = -EMSGSIZE;
		if (n == -EMSGSIZE)
			continue;
		if (n < 0) {
			d->nl->stuck = true;
			return (int)n;
		}
		vwk_for_each_msg(nlh, d->nl->buf, n)
			dump_message(d, nlh);
	}
	return 0;
}

/* The kernel fills the rest of an abandoned dump as it is read. */
void vwk_nl_drain(struct vwk_nl *nl)
{
	while (nl->stuck) {
		ssize_t n = vwk_nl_recv(nl, 0);

		if (n < 0 && n != -EMSGSIZE && n != -ENOBUFS)
			nl->stuck = false;
	}
}

/* 1 to 8 ms, more for later tries; the port number keeps two processes out of step. */
static void pause_before(const struct vwk_nl *nl, unsigned try)
{
	long us = 1000 + (nl->portid * 2654435761u + nl->seq * 40503u) % (700 * (try + 1));
	struct timespec t = { 0, us * 1000 };

	nanosleep(&t, NULL);
}

int vwk_nl_dump(struct vw_handle *h, struct vwk_nl *nl, struct nlmsghdr *req, vwk_msg_fn fn,
		void (*reset)(void *arg), void *arg)
{
	for (unsigned try = 0; try < VWK_NL_TRIES; try++) {
		struct dump d = { .nl = nl, .fn = fn, .arg = arg };
		int err;

		if (try > 0)
			pause_before(nl, try);
		vwk_nl_drain(nl);
		reset(arg);
		err = request(nl, req);
		if (err == 0)
			err = dump_read(&d, vwk_nl_deadline());
		if (err == 0 && d.interrupted)
			continue;
		if (err == 0)
			err = d.err;
		if (err == 0)
			return VW_OK;
		reset(arg);
		return vwk_fail(h, -err, NULL, d.text, NULL);
	}
	reset(arg);
	return vwc_why(h, VW_ERR_INCONSISTENT,
		       "links changed during every one of %d reads of their list", VWK_NL_TRIES);
}

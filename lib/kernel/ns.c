/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ns.c - network namespaces: find one, and work in one without leaving one's own */
#include "kernel/nl.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/nsfs.h>

/* A file under /run/netns that no namespace is mounted on any more is one of these, too. */
static bool is_netns(int fd)
{
	return ioctl(fd, NS_GET_NSTYPE) == CLONE_NEWNET;
}

static int identify(int fd, struct vwk_ns_id *id)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	*id = (struct vwk_ns_id){ st.st_dev, st.st_ino };
	return 0;
}

/* 0 or -errno; -EINVAL: there is such a file, but it is no network namespace. */
static int open_ns(const char *path, int *fdp, struct vwk_ns_id *id)
{
	/* Not to hang on somebody's FIFO. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int err;

	if (fd < 0)
		return -errno;
	err = is_netns(fd) ? identify(fd, id) : -EINVAL;
	if (err < 0) {
		close(fd);
		return err;
	}
	*fdp = fd;
	return 0;
}

static int open_pid(const char *zone, int *fd, struct vwk_ns_id *id)
{
	char path[32];
	uint32_t pid;

	if (!vwu_parse_u32(zone, 1, INT_MAX, &pid))
		return -ENOENT;
	snprintf(path, sizeof(path), "/proc/%u/ns/net", pid);
	return open_ns(path, fd, id);
}

/* A name goes before a pid, as in ip(8): a namespace may be called "7". */
static int open_zone(const char *zone, int *fd, struct vwk_ns_id *id)
{
	char path[sizeof("/run/netns/") + NAME_MAX];
	int err;

	if (zone[0] == '/')
		return open_ns(zone, fd, id);
	if (zone[0] == '\0' || strchr(zone, '/') != NULL || strcmp(zone, ".") == 0 ||
	    strcmp(zone, "..") == 0 || strlen(zone) > NAME_MAX)
		return -ENOENT;
	snprintf(path, sizeof(path), "/run/netns/%s", zone);
	err = open_ns(path, fd, id);
	return err == -ENOENT ? open_pid(zone, fd, id) : err;
}

int vwk_ns_open(struct vw_handle *h, const char *zone, int *fd, struct vwk_ns_id *id)
{
	struct vwk_ns_id found;
	int err = open_zone(zone, fd, &found);

	switch (-err) {
	case 0:
		if (id != NULL)
			*id = found;
		return VW_OK;
	case ENOENT:
	case ENOTDIR:
	case ESRCH:
	case ENAMETOOLONG:
	case ELOOP:
		vwc_why(h, VW_ERR_NOTFOUND, "no zone '%s'", zone);
		return zone[0] == '/' ? VW_ERR_NOTFOUND :
			vwc_hint(h, VW_ERR_NOTFOUND, "'ip netns add %s' makes it", zone);
	case EINVAL:
	case ENXIO:		/* a FIFO or a device */
		return vwc_why(h, VW_ERR_NOTFOUND, "'%s' is not a network namespace", zone);
	case EACCES:
	case EPERM:
		return vwc_errno(h, VW_ERR_DENIED, -err, "open zone '%s'", zone);
	default:
		return vwc_errno(h, VW_ERR_KERNEL, -err, "open zone '%s'", zone);
	}
}

int vwk_ns_self(struct vw_handle *h, int *fd, struct vwk_ns_id *id)
{
	struct vwk_ns_id found;
	int err = open_ns("/proc/thread-self/ns/net", fd, &found);

	if (err < 0)
		return vwk_fail_own(h, -err, "open /proc/thread-self/ns/net");
	if (id != NULL)
		*id = found;
	return VW_OK;
}

bool vwk_ns_is_init(const struct vwk_ns_id *id)
{
	struct stat st, own;

	if (stat("/proc/1/ns/net", &st) == 0)
		return st.st_dev == id->dev && st.st_ino == id->ino;
	/*
	 * Process 1 may be out of reach of ptrace(2), which guards the line above. Anybody may stat
	 * this, and the number belongs to the namespace. What cannot be known is not ours.
	 */
	return stat("/proc/1/net/dev", &st) == 0 &&
	       stat("/proc/thread-self/net/dev", &own) == 0 && st.st_ino == own.st_ino;
}

/* -- a thread to work elsewhere ---------------------------------------------------------------- */

struct errand {
	const int	*fds;
	size_t		 n;
	int		(*fn)(void *arg, size_t i);
	void		*arg;
	int		 err;
};

static void *run_errand(void *arg)
{
	struct errand *e = arg;

	for (size_t i = 0; i < e->n && e->err == 0; i++)
		e->err = setns(e->fds[i], CLONE_NEWNET) < 0 ? -errno : e->fn(e->arg, i);
	return NULL;
}

int vwk_ns_each(const int *fds, size_t n, int (*fn)(void *arg, size_t i), void *arg)
{
	struct errand e = { fds, n, fn, arg, 0 };
	sigset_t all, old;
	pthread_t thread;
	int err;

	/* The thread inherits the mask: no handler of the program may run in another namespace. */
	sigfillset(&all);
	err = pthread_sigmask(SIG_SETMASK, &all, &old);
	if (err != 0)
		return -err;
	err = pthread_create(&thread, NULL, run_errand, &e);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (err != 0)
		return -err;
	pthread_join(thread, NULL);
	return e.err;
}

static void *make_ns(void *arg)
{
	int *fd = arg;

	*fd = unshare(CLONE_NEWNET) < 0 ? -errno
					: open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	if (*fd == -1)
		*fd = -errno;
	return NULL;
}

int vwk_ns_new(struct vw_handle *h, int *fd)
{
	sigset_t all, old;
	pthread_t thread;
	int made, err;

	sigfillset(&all);
	err = pthread_sigmask(SIG_SETMASK, &all, &old);
	if (err == 0) {
		err = pthread_create(&thread, NULL, make_ns, &made);
		pthread_sigmask(SIG_SETMASK, &old, NULL);
	}
	if (err != 0)
		return vwk_fail_own(h, err, "start a thread");
	pthread_join(thread, NULL);
	if (made == -EPERM)
		return vwc_why(h, VW_ERR_DENIED, "making a network namespace needs CAP_SYS_ADMIN");
	if (made < 0)
		return vwk_fail_own(h, -made, "make a network namespace");
	*fd = made;
	return VW_OK;
}

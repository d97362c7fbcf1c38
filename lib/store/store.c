/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* store.c - where the files are, and the lock */
#include "store/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#define LOCK_WAIT_MS	10000
#define LOCK_FILE	"lock"
#define PID_BYTES	16

static bool dir_path(struct vws_dir *dir, const char *root, const char *below, uint64_t netns)
{
	struct vwu_str b = { 0 };

	vwu_str_add(&b, root);
	vwu_str_add(&b, below);
	if (netns != 0)
		vwu_str_addf(&b, "/netns-%llu", (unsigned long long)netns);
	dir->fixed = strlen(root);
	dir->fd = -1;
	dir->path = vwu_str_take(&b);
	return dir->path != NULL;
}

int vws_open(struct vw_handle *h, uint64_t netns, bool private_run)
{
	struct vws_store *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return vwc_nomem(h);
	s->lock_fd = -1;
	s->netns = netns;
	s->offline = (h->flags & VW_OPEN_OFFLINE) != 0;
	s->lock_dir = s->offline ? &s->etc : &s->run;
	if (!dir_path(&s->etc, h->root, "/etc/vwire", 0) ||
	    !dir_path(&s->run, h->root, "/run/vwire", private_run ? netns : 0)) {
		free(s->etc.path);
		free(s->run.path);
		free(s);
		return vwc_nomem(h);
	}
	h->store = s;
	return VW_OK;
}

static void close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

void vws_close(struct vw_handle *h)
{
	struct vws_store *s = h->store;

	if (s == NULL)
		return;
	close_fd(s->lock_fd);
	close_fd(s->etc.fd);
	close_fd(s->run.fd);
	free(s->etc.path);
	free(s->run.path);
	free(s);
	h->store = NULL;
}

int vws_file_errno(struct vw_handle *h, int err, const char *verb, const char *path)
{
	int status = err == EACCES || err == EPERM ? VW_ERR_DENIED :
		     err == ENOMEM		   ? VW_ERR_NOMEM :
						     VW_ERR_IO;

	return vwc_errno(h, status, err, "%s %s", verb, path);
}

/* Make one directory below @at, with the mode it shall have whatever the umask. */
static int make_dir(struct vw_handle *h, int at, const char *name, const char *path)
{
	int fd;

	if (mkdirat(at, name, 0755) == 0) {
		fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		/* Both can fail only for a race with somebody who may write here. */
		if (fd >= 0 && fchmod(fd, 0755) == 0)
			(void)fsync(at);
		return fd >= 0 ? fd : vws_file_errno(h, errno, "open", path);
	}
	if (errno != EEXIST)
		return vws_file_errno(h, errno, "create", path);
	fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd >= 0 ? fd : vws_file_errno(h, errno, "open", path);
}

/* Walk from the root down to @dir, making what is missing. */
static int make_path(struct vw_handle *h, struct vws_dir *dir)
{
	vwu_auto_free char *path = strdup(dir->path);
	const char *root = dir->fixed ? h->root : "/";
	char *name, *rest;
	int fd;

	if (path == NULL)
		return vwc_nomem(h);
	fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return vws_file_errno(h, errno, "open", root);
	for (name = strtok_r(path + dir->fixed, "/", &rest); name != NULL;
	     name = strtok_r(NULL, "/", &rest)) {
		int below = make_dir(h, fd, name, dir->path);

		close(fd);
		if (below < 0)
			return below;
		fd = below;
	}
	dir->fd = fd;
	return VW_OK;
}

/* Whoever can write into the directory could replace what we read and write there. */
static int check_dir(struct vw_handle *h, const struct vws_dir *dir)
{
	struct stat st;

	if (fstat(dir->fd, &st) < 0)
		return vws_file_errno(h, errno, "read", dir->path);
	if (st.st_uid != 0 && st.st_uid != geteuid())
		return vwc_why(h, VW_ERR_CONFIG, "%s: belongs to user %u, not to root", dir->path,
			       (unsigned)st.st_uid);
	if ((st.st_mode & 022) == 0)
		return VW_OK;
	vwc_why(h, VW_ERR_CONFIG, "%s: can be written by others (mode %04o)", dir->path,
		(unsigned)st.st_mode & 07777);
	return vwc_hint(h, VW_ERR_CONFIG, "'chmod go-w %s' repairs it", dir->path);
}

int vws_dir_open(struct vw_handle *h, struct vws_dir *dir, bool create)
{
	int rc = VW_OK;

	if (dir->fd >= 0)
		return VW_OK;
	dir->fd = open(dir->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir->fd < 0 && errno == ENOENT && !create)
		return VW_ERR_NOTFOUND;
	if (dir->fd < 0)
		rc = errno == ENOENT ? make_path(h, dir)
				     : vws_file_errno(h, errno, "open", dir->path);
	if (rc == VW_OK)
		rc = check_dir(h, dir);
	if (rc < 0 && dir->fd >= 0) {
		close(dir->fd);
		dir->fd = -1;
	}
	return rc;
}

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int lock_timeout(struct vw_handle *h, const struct vws_store *s)
{
	char pid[PID_BYTES + 1] = "";
	uint32_t n;

	if (pread(s->lock_fd, pid, PID_BYTES, 0) > 0)
		pid[strcspn(pid, " \n")] = '\0';
	if (!vwu_parse_u32(pid, 1, INT32_MAX, &n))
		return vwc_why(h, VW_ERR_TIMEOUT, "another process holds the lock %s/%s",
			       s->lock_dir->path, LOCK_FILE);
	vwc_why(h, VW_ERR_TIMEOUT, "process %u holds the lock %s/%s", n, s->lock_dir->path,
		LOCK_FILE);
	return vwc_hint(h, VW_ERR_TIMEOUT, "'ps -p %u' shows what it is doing; then try again", n);
}

/*
 * The turnstile: whoever waits for the lock first takes this one, on the same file, and gives it
 * back with the lock in hand. Without it a command that runs in a loop takes the lock again
 * before those who ask now and then see it free. Where it does not work, it is done without.
 */
static bool turnstile(int fd, short type)
{
	struct flock turn = { .l_type = type, .l_whence = SEEK_SET, .l_start = 0, .l_len = 1 };

	return fcntl(fd, F_OFD_SETLK, &turn) == 0 || (errno != EAGAIN && errno != EACCES);
}

static bool try_turnstile(int fd)
{
	return turnstile(fd, F_WRLCK);
}

static bool try_lock(int fd)
{
	return flock(fd, LOCK_EX | LOCK_NB) == 0;
}

/* Ask again and again until time is up: a library may not use alarms to end a wait. 0, or an
 * errno: EAGAIN when somebody else held it all the time. */
static int keep_trying(int fd, bool (*try)(int fd), int64_t *until)
{
	struct timespec pause = { .tv_nsec = 100000 };

	while (!try(fd)) {
		if (errno != EAGAIN && errno != EACCES && errno != EINTR)
			return errno;
		if (*until == 0)
			*until = now_ms() + LOCK_WAIT_MS;
		else if (now_ms() > *until)
			return EAGAIN;
		nanosleep(&pause, NULL);
		if (pause.tv_nsec < 3000000)
			pause.tv_nsec += pause.tv_nsec / 2;
	}
	return 0;
}

static int wait_lock(struct vw_handle *h, struct vws_store *s)
{
	int64_t until = 0;
	int err = keep_trying(s->lock_fd, try_turnstile, &until);

	if (err == 0)
		err = keep_trying(s->lock_fd, try_lock, &until);
	(void)turnstile(s->lock_fd, F_UNLCK);
	if (err == EAGAIN)
		return lock_timeout(h, s);
	return err ? vwc_errno(h, VW_ERR_IO, err, "lock %s/%s", s->lock_dir->path, LOCK_FILE)
		   : VW_OK;
}

static int open_lock(struct vw_handle *h, struct vws_store *s)
{
	int rc = vws_dir_open(h, s->lock_dir, true);

	if (rc < 0 || s->lock_fd >= 0)
		return rc;
	/* Nobody else may open it: on Linux a reader can take an exclusive flock(). */
	s->lock_fd = openat(s->lock_dir->fd, LOCK_FILE,
			    O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
	if (s->lock_fd < 0) {
		rc = errno == EACCES || errno == EPERM ? VW_ERR_DENIED : VW_ERR_IO;
		return vwc_errno(h, rc, errno, "open %s/%s", s->lock_dir->path, LOCK_FILE);
	}
	return VW_OK;
}

int vws_lock(struct vw_handle *h)
{
	struct vws_store *s = h->store;
	char pid[PID_BYTES + 1];
	int rc;

	if (s->lock_depth > 0) {
		s->lock_depth++;
		return VW_OK;
	}
	rc = open_lock(h, s);
	if (rc == VW_OK)
		rc = wait_lock(h, s);
	if (rc < 0)
		return rc;
	s->lock_depth = 1;
	snprintf(pid, sizeof(pid), "%-15d\n", (int)getpid());
	if (pwrite(s->lock_fd, pid, PID_BYTES, 0) != PID_BYTES)
		vwc_log(h, VW_LOG_WARNING, "cannot write my pid into %s/%s", s->lock_dir->path,
			LOCK_FILE);
	return VW_OK;
}

void vws_unlock(struct vw_handle *h)
{
	struct vws_store *s = h->store;

	if (s->lock_depth == 0 || --s->lock_depth > 0)
		return;
	(void)flock(s->lock_fd, LOCK_UN);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * file.c - documents as files: read with suspicion, replaced whole or not at all
 *
 * A stamp in the run directory names the version of a document that we wrote and had validated:
 * while it is the one in place, nobody needs to validate it again.
 */
#include "store/files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FILE_MAX	(64u << 20)
#define STAMP_MAX	160

static const struct { const char *name, *fresh, *previous, *stamp; } files[] = {
	[VWS_SAVED] = { "config.json", "config.json.new", "config.json.1", "config.stamp" },
	[VWS_TEMPORARY] = { "temporary.json", "temporary.json.new", NULL, "temporary.stamp" },
};

static struct vws_dir *dir_of(struct vw_handle *h, enum vws_which which)
{
	return which == VWS_SAVED ? &h->store->etc : &h->store->run;
}

char *vws_path(struct vw_handle *h, enum vws_which which, const char *suffix)
{
	struct vwu_str b = { 0 };

	vwu_str_addf(&b, "%s/%s%s", dir_of(h, which)->path, files[which].name, suffix);
	return vwu_str_take(&b);
}

struct vws_id vws_id_of(const struct stat *st)
{
	return (struct vws_id){
		.there = true,
		.dev = st->st_dev, .ino = st->st_ino, .size = (uint64_t)st->st_size,
		.mtime_s = st->st_mtim.tv_sec, .mtime_ns = (uint32_t)st->st_mtim.tv_nsec,
		.ctime_s = st->st_ctim.tv_sec, .ctime_ns = (uint32_t)st->st_ctim.tv_nsec,
	};
}

bool vws_id_same(const struct vws_id *a, const struct vws_id *b)
{
	if (!a->there || !b->there)
		return a->there == b->there;
	return a->dev == b->dev && a->ino == b->ino && a->size == b->size &&
	       a->mtime_s == b->mtime_s && a->mtime_ns == b->mtime_ns &&
	       a->ctime_s == b->ctime_s && a->ctime_ns == b->ctime_ns;
}

/* The version of the library is part of it: another one may find other things invalid. */
static int stamp_text(const struct vws_id *id, char buf[STAMP_MAX])
{
	return snprintf(buf, STAMP_MAX, "libvwire %s %llx %llx %llu %lld.%09u %lld.%09u\n",
			vw_version(), (unsigned long long)id->dev, (unsigned long long)id->ino,
			(unsigned long long)id->size, (long long)id->mtime_s, id->mtime_ns,
			(long long)id->ctime_s, id->ctime_ns);
}

static bool safe_owner(const struct stat *st)
{
	return S_ISREG(st->st_mode) && (st->st_uid == 0 || st->st_uid == geteuid()) &&
	       (st->st_mode & 022) == 0;
}

static bool stamped(struct vw_handle *h, enum vws_which which, const struct vws_id *id)
{
	char want[STAMP_MAX], got[STAMP_MAX];
	int n = stamp_text(id, want), fd;
	struct stat st;
	bool same;

	if (h->store->offline)
		return false;
	if (vws_dir_open(h, &h->store->run, false) < 0) {
		vwc_forget(h);
		return false;
	}
	fd = openat(h->store->run.fd, files[which].stamp,
		    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return false;
	same = fstat(fd, &st) == 0 && safe_owner(&st) && read(fd, got, sizeof(got)) == n &&
	       memcmp(got, want, (size_t)n) == 0;
	close(fd);
	return same;
}

void vws_stamp_write(struct vw_handle *h, enum vws_which which, const struct vws_id *id)
{
	char text[STAMP_MAX];
	int n = stamp_text(id, text), fd;

	if (h->store->offline || h->store->run.fd < 0)
		return;
	fd = openat(h->store->run.fd, files[which].stamp,
		    O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0644);
	if (fd < 0)
		return;
	if (write(fd, text, (size_t)n) != n)
		vwc_log(h, VW_LOG_INFO, "cannot write %s/%s", h->store->run.path,
			files[which].stamp);
	close(fd);
}

static int check_file(struct vw_handle *h, const char *path, const struct stat *st)
{
	if (!S_ISREG(st->st_mode))
		return vwc_why(h, VW_ERR_CONFIG, "%s: is not a regular file", path);
	if (st->st_uid != 0 && st->st_uid != geteuid())
		return vwc_why(h, VW_ERR_CONFIG, "%s: belongs to user %u, not to root", path,
			       (unsigned)st->st_uid);
	if (st->st_mode & 022) {
		vwc_why(h, VW_ERR_CONFIG, "%s: can be written by others (mode %04o)", path,
			(unsigned)st->st_mode & 07777);
		return vwc_hint(h, VW_ERR_CONFIG, "look at what it says, then 'chmod 644 %s'",
		  path);
	}
	if (st->st_size > (off_t)FILE_MAX)
		return vwc_why(h, VW_ERR_CONFIG, "%s: is larger than 64 MiB", path);
	return VW_OK;
}

static int read_all(struct vw_handle *h, int fd, const char *path, size_t size, char **text,
		    size_t *len)
{
	vwu_auto_free char *buf = malloc(size + 1);
	size_t n = 0;

	if (buf == NULL)
		return vwc_nomem(h);
	while (n < size) {
		ssize_t done = read(fd, buf + n, size - n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return vws_file_errno(h, errno, "read", path);
		if (done == 0)
			break;
		n += (size_t)done;
	}
	buf[n] = '\0';
	*text = buf;
	*len = n;
	buf = NULL;
	return VW_OK;
}

static int load_fd(struct vw_handle *h, enum vws_which which, int fd, const char *path,
		   char **text, size_t *len, struct vws_id *id, bool *trusted)
{
	struct stat st;
	int rc;

	if (fstat(fd, &st) < 0)
		return vws_file_errno(h, errno, "read", path);
	rc = check_file(h, path, &st);
	if (rc < 0)
		return rc;
	*id = vws_id_of(&st);
	*trusted = stamped(h, which, id);
	return read_all(h, fd, path, (size_t)st.st_size, text, len);
}

int vws_file_load(struct vw_handle *h, enum vws_which which, char **text, size_t *len,
		  struct vws_id *id, bool *trusted)
{
	struct vws_dir *dir = dir_of(h, which);
	vwu_auto_free char *path = vws_path(h, which, "");
	int fd, rc;

	*text = NULL;
	*len = 0;
	*id = (struct vws_id){ 0 };
	*trusted = false;
	if (path == NULL)
		return vwc_nomem(h);
	if (which == VWS_TEMPORARY && h->store->offline)
		return VW_OK;
	rc = vws_dir_open(h, dir, false);
	if (rc < 0)
		return rc == VW_ERR_NOTFOUND ? VW_OK : rc;
	/* O_NONBLOCK: a FIFO in its place shall be refused, not waited for. */
	fd = openat(dir->fd, files[which].name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return VW_OK;
	if (fd < 0 && (errno == ELOOP || errno == ENXIO))
		return vwc_why(h, VW_ERR_CONFIG, "%s: is not a regular file", path);
	if (fd < 0)
		return vws_file_errno(h, errno, "open", path);
	rc = load_fd(h, which, fd, path, text, len, id, trusted);
	close(fd);
	return rc;
}

/* Write all pieces; @v is used up. */
static int write_pieces(int fd, struct iovec *v, size_t n)
{
	while (n > 0) {
		ssize_t done = writev(fd, v, n > IOV_MAX ? IOV_MAX : (int)n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -errno;
		while (n > 0 && (size_t)done >= v->iov_len) {
			done -= (ssize_t)v->iov_len;
			v++;
			n--;
		}
		if (n > 0) {
			v->iov_base = (char *)v->iov_base + done;
			v->iov_len -= (size_t)done;
		}
	}
	return 0;
}

/* A new file of our own; one that a killed command left is thrown away. */
static int create_fresh(struct vw_handle *h, int dir, const char *name, const char *path)
{
	int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	int fd = openat(dir, name, flags, 0644);

	if (fd < 0 && errno == EEXIST && unlinkat(dir, name, 0) == 0)
		fd = openat(dir, name, flags, 0644);
	return fd >= 0 ? fd : vws_file_errno(h, errno, "create", path);
}

/* The file at hand is still the version that was read. */
static int check_version(struct vw_handle *h, int dir, const char *name, const char *path,
			 const struct vws_id *id)
{
	struct vws_id now = { 0 };
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		now = vws_id_of(&st);
	else if (errno != ENOENT)
		return vws_file_errno(h, errno, "read", path);
	if (id == NULL || vws_id_same(id, &now))
		return VW_OK;
	return vwc_why(h, VW_ERR_BUSY, "%s: was changed by somebody else since it was read", path);
}

/* Content on the disk, before any name leads to it. A failed fsync() is final: the kernel may
 * have thrown the pages away, so a second one that succeeds would prove nothing. */
static int fill(struct vw_handle *h, int fd, const char *path, bool sync, struct iovec *v, size_t n)
{
	int err = write_pieces(fd, v, n);

	if (err < 0)
		return vws_file_errno(h, -err, "write", path);
	if (fchmod(fd, 0644) < 0)
		return vws_file_errno(h, errno, "write", path);
	if (sync && fsync(fd) < 0)
		return vws_file_errno(h, errno, "write", path);
	return VW_OK;
}

/* Where the version that was in place is once the new one is. */
enum old { OLD_NONE, OLD_LINKED, OLD_EXCHANGED, OLD_LOST };

static void tell_lost(struct vw_handle *h, const char *previous)
{
	vwc_log(h, VW_LOG_WARNING, "cannot keep the previous version as %s", previous);
}

/* Give the new file its name and keep the old one, as a link or, on a file system without, in the
 * new one's place. Neither is possible: nothing breaks but that the old one is lost. */
static int swap(struct vw_handle *h, enum vws_which which, int dir, enum old *old)
{
	const char *name = files[which].name, *fresh = files[which].fresh;
	const char *previous = files[which].previous;

	*old = OLD_NONE;
	if (previous != NULL) {
		(void)unlinkat(dir, previous, 0);
		if (linkat(dir, name, dir, previous, 0) == 0)
			*old = OLD_LINKED;
		else if (errno != ENOENT)
			*old = renameat2(dir, fresh, dir, name, RENAME_EXCHANGE) == 0 ?
				OLD_EXCHANGED : OLD_LOST;
	}
	if (*old == OLD_LOST)
		tell_lost(h, previous);
	if (*old == OLD_EXCHANGED)
		return 0;
	return renameat(dir, fresh, dir, name) < 0 ? -errno : 0;
}

static void keep_exchanged(struct vw_handle *h, enum vws_which which, int dir)
{
	if (renameat(dir, files[which].fresh, dir, files[which].previous) == 0)
		return;
	tell_lost(h, files[which].previous);
	(void)unlinkat(dir, files[which].fresh, 0);
}

/* When the directory cannot be synced the old version comes back. */
static int put_in_place(struct vw_handle *h, enum vws_which which, int dir, const char *path)
{
	const char *name = files[which].name;
	enum old old;
	int err = swap(h, which, dir, &old);

	if (err < 0)
		return vws_file_errno(h, -err, "write", path);
	if (which == VWS_SAVED && fsync(dir) < 0)
		err = errno;
	if (old == OLD_EXCHANGED && err)
		(void)renameat(dir, files[which].fresh, dir, name);
	else if (old == OLD_EXCHANGED)
		keep_exchanged(h, which, dir);
	else if (err && old == OLD_LINKED)
		(void)renameat(dir, files[which].previous, dir, name);
	else if (err && old == OLD_NONE)
		(void)unlinkat(dir, name, 0);
	return err ? vws_file_errno(h, err, "write", path) : VW_OK;
}

int vws_file_replace(struct vw_handle *h, enum vws_which which, struct iovec *v, size_t n,
		     const struct vws_id *id, struct vws_id *now)
{
	struct vws_dir *dir = dir_of(h, which);
	vwu_auto_free char *path = vws_path(h, which, "");
	struct stat st;
	int fd, rc;

	if (path == NULL)
		return vwc_nomem(h);
	rc = vws_dir_open(h, dir, true);
	if (rc == VW_OK)
		rc = check_version(h, dir->fd, files[which].name, path, id);
	if (rc < 0)
		return rc;
	fd = create_fresh(h, dir->fd, files[which].fresh, path);
	if (fd < 0)
		return fd;
	rc = fill(h, fd, path, which == VWS_SAVED, v, n);
	if (rc == VW_OK)
		rc = put_in_place(h, which, dir->fd, path);
	if (rc < 0)
		(void)unlinkat(dir->fd, files[which].fresh, 0);
	else if (fstat(fd, &st) == 0)
		*now = vws_id_of(&st);
	close(fd);
	return rc;
}

static int replace_text(struct vw_handle *h, int dir, const char *path, const char *fresh,
			const char *text, bool sync)
{
	struct iovec v = { .iov_base = (char *)text, .iov_len = strlen(text) };
	int fd = create_fresh(h, dir, fresh, path), rc;

	if (fd < 0)
		return fd;
	rc = fill(h, fd, path, sync, &v, 1);
	close(fd);
	if (rc == VW_OK && renameat(dir, fresh, dir, strrchr(path, '/') + 1) < 0)
		rc = vws_file_errno(h, errno, "write", path);
	if (rc < 0)
		(void)unlinkat(dir, fresh, 0);
	else if (sync)
		(void)fsync(dir);
	return rc;
}

int vws_text_replace(struct vw_handle *h, struct vws_dir *dir, const char *name, const char *text,
		     bool sync)
{
	struct vwu_str path = { 0 }, fresh = { 0 };
	int rc = vws_dir_open(h, dir, true);

	if (rc < 0)
		return rc;
	vwu_str_addf(&path, "%s/%s", dir->path, name);
	vwu_str_addf(&fresh, "%s.new", name);
	rc = path.failed || fresh.failed ? vwc_nomem(h)
					 : replace_text(h, dir->fd, path.s, fresh.s, text, sync);
	vwu_str_free(&path);
	vwu_str_free(&fresh);
	return rc;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* files.h - directories, lock and files of the store */
#ifndef VWS_FILES_H
#define VWS_FILES_H

#include <sys/stat.h>
#include <sys/uio.h>

#include "store/store.h"

struct vws_dir {
	char	*path;
	size_t	 fixed;		/* bytes of path that must be there: the root */
	int	 fd;		/* -1: not opened yet */
};

struct vws_store {
	struct vws_dir	etc, run;
	struct vws_dir	*lock_dir;	/* where the lock is: run, or etc when offline */
	int		lock_fd;	/* -1: not opened yet */
	unsigned	lock_depth;
	uint64_t	netns;
	bool		offline;
};

/* What tells one version of a file from another. The change time is in it because nobody can set
 * it, and whatever is done to a file moves it. */
struct vws_id {
	bool		there;
	uint64_t	dev, ino, size;
	int64_t		mtime_s, ctime_s;
	uint32_t	mtime_ns, ctime_ns;
};
struct vws_id vws_id_of(const struct stat *st);
bool vws_id_same(const struct vws_id *a, const struct vws_id *b);

/* Directory of a document; @create: make it when it is missing. VW_ERR_NOTFOUND without text: it
 * is missing. */
int vws_dir_open(struct vw_handle *h, struct vws_dir *dir, bool create);
/* Status and text for an errno of a file: VW_ERR_DENIED, VW_ERR_NOMEM or VW_ERR_IO. */
int vws_file_errno(struct vw_handle *h, int err, const char *verb, const char *path);
/* Path of a document, for texts; for free(). */
char *vws_path(struct vw_handle *h, enum vws_which which, const char *suffix);

/* Whole text of a document, NUL behind it, for free(); NULL when there is none.
 * @trusted: we wrote it, validated, and nobody touched it since. */
int vws_file_load(struct vw_handle *h, enum vws_which which, char **text, size_t *len,
		  struct vws_id *id, bool *trusted);
/* Replace a document by @n pieces, whole or not at all. @id: version to be replaced, NULL: any;
 * @now: the new one. */
int vws_file_replace(struct vw_handle *h, enum vws_which which, struct iovec *v, size_t n,
		     const struct vws_id *id, struct vws_id *now);
/* Replace a small file of @dir, whole or not at all; @sync: nor may a power cut take it. */
int vws_text_replace(struct vw_handle *h, struct vws_dir *dir, const char *name, const char *text,
		     bool sync);
/* Remember that version @id of a document is valid and canonical. Failing costs only time. */
void vws_stamp_write(struct vw_handle *h, enum vws_which which, const struct vws_id *id);

#endif

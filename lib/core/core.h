/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* core.h - the handle, the error record and the log: what every room of libvwire shares */
#ifndef VWC_CORE_H
#define VWC_CORE_H

#include <stdarg.h>
#include <stdbool.h>
#include <sys/types.h>

#include <vwire/handle.h>

#define VWC_TEXT_MAX	512

/* The story of the last failure. Fixed buffers: telling of ENOMEM may not need memory. */
struct vwc_error {
	int	status;			/* enum vw_status */
	int	sys;			/* errno, positive */
	bool	keep;			/* undoing: later failures go to @note */
	char	what[VWC_TEXT_MAX];	/* "cannot create vnic 'vnic0'" */
	char	why[VWC_TEXT_MAX];	/* "no link 'net9'" */
	char	hint[VWC_TEXT_MAX];
	char	kernel[VWC_TEXT_MAX];	/* extended-ack text */
	char	note[VWC_TEXT_MAX];	/* what failed while undoing */
	char	message[2 * VWC_TEXT_MAX + 4];
};

struct vwk_nl;
struct vws_store;

struct vw_handle {
	pid_t			 pid;		/* refuses to work in a forked child */
	unsigned		 flags;		/* VW_OPEN_... */
	char			*root;		/* "" or an absolute path without trailing '/' */
	struct vwk_nl		*nl;		/* socket in its namespace; NULL: offline */
	struct vws_store	*store;
	struct vwc_error	 err;
	vw_log_fn		 log;
	void			*log_arg;
};

/* First line of every public verb: forget the last error, refuse a handle from before fork(). */
int vwc_enter(struct vw_handle *h);

/*
 * Each room adds the part it knows and returns @status, so that a failure reads
 * "return vwc_why(h, VW_ERR_NOTFOUND, "no link '%s'", name);" where it is found and
 * "return vwc_what(h, rc, "cannot create vnic '%s'", name);" where its purpose is known.
 * All texts are escaped here (vw_escape): callers pass names and kernel text as they are.
 * vwc_what() keeps an outer purpose only if no inner one is there yet.
 */
int vwc_why(struct vw_handle *h, int status, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
int vwc_what(struct vw_handle *h, int status, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
int vwc_hint(struct vw_handle *h, int status, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* "why" from errno: vwc_errno(h, VW_ERR_IO, errno, "write %s", path) -> "write x: No space ..." */
int vwc_errno(struct vw_handle *h, int status, int err, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
int vwc_nomem(struct vw_handle *h);
/* The first error is the cause: until the verb ends, later ones only become the note. */
void vwc_keep(struct vw_handle *h);
/* Forget the error: it was expected and handled. Not after vwc_keep(). */
void vwc_forget(struct vw_handle *h);
/* Begin a new story, also after vwc_keep(): the failure was reported in another way. */
void vwc_restart(struct vw_handle *h);
/* The extended-ack text of the kernel; NULL: none. After vwc_why(), which begins a new story. */
void vwc_kernel_text(struct vw_handle *h, const char *text);

void vwc_log(struct vw_handle *h, enum vw_log_level level, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* error.c - the error record: what could not be done, why, and what to do about it; the log */
#include "core/core.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Escaped into @dst; a text too long for it ends in "...". */
static void put_escaped(char dst[VWC_TEXT_MAX], const char *text)
{
	if (vw_escape(dst, VWC_TEXT_MAX - 3, text) >= VWC_TEXT_MAX - 3)
		strcat(dst, "...");
}

/* vsnprintf() that marks a text cut short; names may be of any length. */
static void format(char *buf, size_t len, const char *fmt, va_list ap)
{
	int n = vsnprintf(buf, len, fmt, ap);

	if (n < 0)
		snprintf(buf, len, "%s", fmt);
}

static void compose(struct vwc_error *e)
{
	const char *why = e->why[0] ? e->why : vw_status_text(e->status);

	if (e->what[0])
		snprintf(e->message, sizeof(e->message), "%s: %s", e->what, why);
	else
		snprintf(e->message, sizeof(e->message), "%s", why);
}

/* One more line of what failed while undoing. */
static void add_note(struct vwc_error *e, const char *text)
{
	size_t len = strlen(e->note);
	char line[VWC_TEXT_MAX];

	put_escaped(line, text);
	snprintf(e->note + len, sizeof(e->note) - len, "%s%s", len ? "; " : "", line);
}

/* A new failure begins a new story; what is kept of an old one would be said of the new. */
static int tell_why(struct vw_handle *h, int status, int sys, const char *text)
{
	struct vwc_error *e = &h->err;

	if (e->keep) {
		add_note(e, text);
		return status;
	}
	if (e->status != 0)
		vwc_forget(h);
	e->status = status;
	e->sys = sys;
	put_escaped(e->why, text);
	compose(e);
	return status;
}

int vwc_enter(struct vw_handle *h)
{
	if (h == NULL)
		return VW_ERR_BADVAL;
	memset(&h->err, 0, sizeof(h->err));
	if (h->pid != getpid())
		return vwc_why(h, VW_ERR_BADVAL,
			       "the handle belongs to process %d: open one after fork()",
			       (int)h->pid);
	return VW_OK;
}

int vwc_why(struct vw_handle *h, int status, const char *fmt, ...)
{
	char text[VWC_TEXT_MAX];
	va_list ap;

	if (h == NULL)
		return status;
	va_start(ap, fmt);
	format(text, sizeof(text), fmt, ap);
	va_end(ap);
	return tell_why(h, status, 0, text);
}

int vwc_errno(struct vw_handle *h, int status, int err, const char *fmt, ...)
{
	const char *reason = strerrordesc_np(err);	/* strerror() is not safe among threads */
	char text[VWC_TEXT_MAX], number[32];
	size_t len;
	va_list ap;

	if (h == NULL)
		return status;
	if (reason == NULL) {
		snprintf(number, sizeof(number), "error %d", err);
		reason = number;
	}
	va_start(ap, fmt);
	format(text, sizeof(text) - 2 - strlen(reason), fmt, ap);
	va_end(ap);
	len = strlen(text);
	snprintf(text + len, sizeof(text) - len, ": %s", reason);
	return tell_why(h, status, err, text);
}

int vwc_nomem(struct vw_handle *h)
{
	if (h == NULL)
		return VW_ERR_NOMEM;
	return tell_why(h, VW_ERR_NOMEM, ENOMEM, "out of memory");
}

int vwc_what(struct vw_handle *h, int status, const char *fmt, ...)
{
	char text[VWC_TEXT_MAX];
	va_list ap;

	/* While undoing, only the verb that failed first may still say its purpose. */
	if (h == NULL || h->err.what[0] || (h->err.keep && status != h->err.status))
		return status;
	va_start(ap, fmt);
	format(text, sizeof(text), fmt, ap);
	va_end(ap);
	h->err.status = status;
	put_escaped(h->err.what, text);
	compose(&h->err);
	return status;
}

int vwc_hint(struct vw_handle *h, int status, const char *fmt, ...)
{
	char text[VWC_TEXT_MAX];
	va_list ap;

	if (h == NULL || h->err.hint[0] || h->err.keep)
		return status;
	va_start(ap, fmt);
	format(text, sizeof(text), fmt, ap);
	va_end(ap);
	put_escaped(h->err.hint, text);
	return status;
}

void vwc_keep(struct vw_handle *h)
{
	if (h != NULL)
		h->err.keep = true;
}

void vwc_forget(struct vw_handle *h)
{
	if (h != NULL && !h->err.keep)
		memset(&h->err, 0, sizeof(h->err));
}

void vwc_restart(struct vw_handle *h)
{
	if (h != NULL)
		memset(&h->err, 0, sizeof(h->err));
}

void vwc_kernel_text(struct vw_handle *h, const char *text)
{
	if (h == NULL || h->err.keep)
		return;
	h->err.kernel[0] = '\0';
	if (text != NULL)
		put_escaped(h->err.kernel, text);
}

void vwc_log(struct vw_handle *h, enum vw_log_level level, const char *fmt, ...)
{
	char text[VWC_TEXT_MAX], safe[VWC_TEXT_MAX];
	va_list ap;

	if (h == NULL || h->log == NULL)
		return;
	va_start(ap, fmt);
	format(text, sizeof(text), fmt, ap);
	va_end(ap);
	put_escaped(safe, text);
	h->log(h->log_arg, level, safe);
}

void vw_set_log(struct vw_handle *h, vw_log_fn fn, void *arg)
{
	h->log = fn;
	h->log_arg = arg;
}

int vw_error_status(const struct vw_handle *h)
{
	return h->err.status;
}

int vw_error_errno(const struct vw_handle *h)
{
	return h->err.sys;
}

const char *vw_error_message(const struct vw_handle *h)
{
	return h->err.message;
}

const char *vw_error_hint(const struct vw_handle *h)
{
	return h->err.hint;
}

const char *vw_error_kernel(const struct vw_handle *h)
{
	return h->err.kernel;
}

const char *vw_error_note(const struct vw_handle *h)
{
	return h->err.note;
}

const char *vw_status_text(int status)
{
	switch (status) {
	case VW_OK:
		return "done";
	case VW_ERR_NOMEM:
		return "out of memory";
	case VW_ERR_BADVAL:
		return "invalid value";
	case VW_ERR_NOTFOUND:
		return "object not found";
	case VW_ERR_EXIST:
		return "object already exists";
	case VW_ERR_BUSY:
		return "object is in use";
	case VW_ERR_DENIED:
		return "permission denied";
	case VW_ERR_NOTSUP:
		return "not supported here";
	case VW_ERR_KERNEL:
		return "the kernel refused";
	case VW_ERR_IO:
		return "reading or writing a file failed";
	case VW_ERR_CONFIG:
		return "the saved configuration is malformed";
	case VW_ERR_INCONSISTENT:
		return "links kept changing while they were read";
	case VW_ERR_TIMEOUT:
		return "no answer in time";
	case VW_ERR_READONLY:
		return "the property is read-only";
	case VW_ERR_TEMPONLY:
		return "the change can only be temporary";
	case VW_ERR_PARTIAL:
		return "some of the objects failed";
	}
	return "unknown status";
}

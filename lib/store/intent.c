/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * intent.c - what is about to be done, in the lock file behind the pid
 *
 * "I", length and hash of what follows, then verb and names, each with its NUL. The hash finds
 * torn records; one byte clears it. It lives where the lock does, so that writing and clearing
 * cost a system call each.
 */
#include "store/files.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define RECORD_AT	16
#define HEAD_BYTES	27	/* "I %08x %016llx" */
#define TEXT_MAX	(64u << 20)

static int need_lock(struct vw_handle *h)
{
	if (h->store->lock_depth > 0)
		return VW_OK;
	return vwc_why(h, VW_ERR_BADVAL, "an intent record needs the lock");
}

static int write_all(struct vw_handle *h, const char *text, size_t n, off_t at)
{
	while (n > 0) {
		ssize_t done = pwrite(h->store->lock_fd, text, n, at);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return vwc_errno(h, VW_ERR_IO, done ? errno : ENOSPC, "write %s/lock",
					 h->store->lock_dir->path);
		text += done;
		n -= (size_t)done;
		at += done;
	}
	return VW_OK;
}

int vws_intent_write(struct vw_handle *h, const char *verb, const char *const *names, size_t n)
{
	char space[HEAD_BYTES + 1] = "", head[HEAD_BYTES + 1];
	struct vwu_str b = { 0 };
	int rc = need_lock(h);

	if (rc < 0)
		return rc;
	vwu_str_addn(&b, space, HEAD_BYTES);
	vwu_str_addn(&b, verb, strlen(verb) + 1);
	for (size_t i = 0; i < n; i++)
		vwu_str_addn(&b, names[i], strlen(names[i]) + 1);
	if (b.failed) {
		vwu_str_free(&b);
		return vwc_nomem(h);
	}
	snprintf(head, sizeof(head), "I %08x %016llx", (unsigned)(b.len - HEAD_BYTES),
		 (unsigned long long)vwu_hash(b.s + HEAD_BYTES, b.len - HEAD_BYTES));
	memcpy(b.s, head, HEAD_BYTES);
	rc = write_all(h, b.s, b.len, RECORD_AT);
	vwu_str_free(&b);
	return rc;
}

int vws_intent_clear(struct vw_handle *h)
{
	int rc = need_lock(h);

	return rc < 0 ? rc : write_all(h, "-", 1, RECORD_AT);
}

/* Split @text of @len bytes, all of it NUL-terminated words; takes it over. */
static struct vws_intent *split(char *text, size_t len)
{
	struct vws_intent *in = calloc(1, sizeof(*in));
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += text[i] == '\0';
	if (in != NULL)
		in->names = malloc(n * sizeof(*in->names));
	if (in == NULL || in->names == NULL) {
		free(in);
		free(text);
		return NULL;
	}
	in->verb = text;
	for (char *p = text + strlen(text) + 1; p < text + len; p += strlen(p) + 1)
		in->names[in->n++] = p;
	in->names[in->n] = NULL;	/* the verb's own NUL was counted for it */
	return in;
}

/* The words of the record; *@text NULL: none, or torn. */
static int read_record(struct vw_handle *h, char **text, size_t *len)
{
	int fd = h->store->lock_fd;
	char head[HEAD_BYTES + 1] = "";
	unsigned long long hash;
	vwu_auto_free char *buf = NULL;
	unsigned n;

	if (pread(fd, head, HEAD_BYTES, RECORD_AT) != HEAD_BYTES ||
	    sscanf(head, "I %8x %16llx", &n, &hash) != 2 || n == 0 || n > TEXT_MAX)
		return VW_OK;
	buf = malloc(n);
	if (buf == NULL)
		return vwc_nomem(h);
	if (pread(fd, buf, n, RECORD_AT + HEAD_BYTES) != (ssize_t)n || buf[n - 1] != '\0' ||
	    vwu_hash(buf, n) != hash)
		return VW_OK;
	*text = buf;
	*len = n;
	buf = NULL;
	return VW_OK;
}

int vws_intent_read(struct vw_handle *h, struct vws_intent **out)
{
	char *text = NULL;
	size_t len = 0;
	int rc = need_lock(h);

	if (rc == VW_OK)
		rc = read_record(h, &text, &len);
	if (rc < 0)
		return rc;
	*out = NULL;
	if (text == NULL)
		return VW_OK;
	*out = split(text, len);
	return *out ? VW_OK : vwc_nomem(h);
}

void vws_intent_free(struct vws_intent *i)
{
	if (i == NULL)
		return;
	free(i->verb);
	free(i->names);
	free(i);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* handle.c - open and close a session */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <vwire/handle.h>

#include "object/object.h"

/*
 * Files under the default root belong to the namespace of process 1. Other namespaces keep their
 * run files apart; ctx.c refuses to save there unless `ip netns exec` mounted a directory of
 * their own over /etc/vwire.
 */
static int open_kernel(struct vw_handle *h, bool own_root)
{
	struct vwk_ns_id id;
	int fd, rc;

	rc = vwk_ns_self(h, &fd, &id);
	if (rc < 0)
		return rc;
	close(fd);
	rc = vwk_nl_open(h, -1, &h->nl);
	if (rc < 0)
		return rc;
	return vws_open(h, id.ino, !own_root && !vwk_ns_is_init(&id));
}

static char *root_dup(const char *root)
{
	char *copy = strdup(root);
	size_t n;

	for (n = copy ? strlen(copy) : 0; n > 0 && copy[n - 1] == '/'; n--)
		copy[n - 1] = '\0';
	return copy;
}

int vw_open_at(struct vw_handle **hp, const char *root, unsigned flags)
{
	struct vw_handle *h;
	bool own_root;
	int rc;

	if (root == NULL)
		root = secure_getenv("VWIRE_ROOT");
	own_root = root != NULL && root[0] != '\0';
	if ((flags & ~VW_OPEN_OFFLINE) || (own_root && root[0] != '/'))
		return VW_ERR_BADVAL;
	h = calloc(1, sizeof(*h));
	if (h == NULL)
		return VW_ERR_NOMEM;
	h->pid = getpid();
	h->flags = flags;
	h->root = root_dup(own_root ? root : "");
	if (h->root == NULL) {
		vw_close(h);
		return VW_ERR_NOMEM;
	}
	rc = flags & VW_OPEN_OFFLINE ? vws_open(h, 0, false) : open_kernel(h, own_root);
	if (rc < 0) {
		vw_close(h);
		return rc;
	}
	*hp = h;
	return VW_OK;
}

int vw_open(struct vw_handle **hp)
{
	return vw_open_at(hp, NULL, 0);
}

void vw_close(struct vw_handle *h)
{
	if (h == NULL)
		return;
	vws_close(h);
	vwk_nl_close(h->nl);
	free(h->root);
	free(h);
}

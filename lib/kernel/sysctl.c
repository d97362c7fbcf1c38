/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* sysctl.c - /proc/sys/net/ipv6 of the socket's namespace */
#include "kernel/nl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static int write_zero(int dir, const char *path)
{
	int fd = openat(dir, path, O_WRONLY | O_CLOEXEC);
	int err = 0;

	if (fd < 0)
		return errno;
	if (write(fd, "0", 1) != 1)
		err = errno;
	close(fd);
	return err;
}

int vwk_ipv6_quiet(struct vw_handle *h, struct vwk_nl *nl, const char *ifname)
{
	char path[VWU_IFNAME + sizeof("/accept_ra")];
	int err;

	if (ifname[0] == '\0' || strlen(ifname) >= VWU_IFNAME || strchr(ifname, '/') != NULL ||
	    ifname[0] == '.')
		return vwc_why(h, VW_ERR_BADVAL, "'%s' cannot be the name of a link", ifname);
	if (!nl->ipv6)
		return VW_OK;
	snprintf(path, sizeof(path), "%s/accept_ra", ifname);
	err = nl->conf >= 0 ? write_zero(nl->conf, path) : ENOSYS;
	/* ENOENT: too small an MTU for IPv6, or the link is gone; nothing to silence either way. */
	if (err != 0 && err != ENOENT)
		vwc_log(h, VW_LOG_WARNING, "cannot set net/ipv6/conf/%s/accept_ra to 0: %s", ifname,
			err == ENOSYS ? "no /proc/sys" : strerrordesc_np(err));
	return VW_OK;
}

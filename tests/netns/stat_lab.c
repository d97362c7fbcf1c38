/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* stat_lab.c - a session of statistics under bad luck, for history_luck.sh */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include <vwire/vwire.h>

#include "stat/stat.h"

/* -- the watch is full once: ENOSPC, as at fs.epoll.max_user_watches ----------------------- */

static unsigned adds, fail_at;

int __real_epoll_ctl(int epoll, int op, int fd, struct epoll_event *e);
int __wrap_epoll_ctl(int epoll, int op, int fd, struct epoll_event *e);
int __wrap_epoll_ctl(int epoll, int op, int fd, struct epoll_event *e)
{
	if (op == EPOLL_CTL_ADD && ++adds == fail_at) {
		errno = ENOSPC;
		return -1;
	}
	return __real_epoll_ctl(epoll, op, fd, e);
}

static unsigned descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned n = 0;

	while (readdir(dir) != NULL)
		n++;
	closedir(dir);
	return n;
}

static void fail(struct vw_handle *h, const char *what)
{
	fprintf(stderr, "%s: %s\n", what, vw_error_message(h));
	exit(1);
}

/* Links in zones, over all: the first try to enter the zones fails. */
static unsigned read_with(struct vw_handle *h, unsigned zones, unsigned at)
{
	const struct vw_stat_link *l;
	struct vw_stat_reading *r;
	struct vw_stat *s;
	unsigned n = 0;

	adds = fail_at = 0;
	if (vw_stat_open(h, NULL, VW_STAT_LISTEN, &s) < 0)
		fail(h, "open");
	fail_at = adds + at;
	if (vw_stat_read(s, &r) < 0)
		fail(h, "read");
	if (at <= zones && adds < at + zones)
		fail(h, "nothing failed");
	while ((l = vw_stat_link_next(r)) != NULL)
		n += l->zone != NULL && strcmp(l->name, "lo") != 0;
	vw_stat_free(r);
	vw_stat_close(s);
	return n;
}

static int zones(struct vw_handle *h, unsigned zones)
{
	unsigned links = read_with(h, zones, zones + 1), before = descriptors();
	int rc = 0;

	for (unsigned at = 1; at <= zones; at++) {
		unsigned n = read_with(h, zones, at), now = descriptors();

		printf("%u: %u links, %d descriptors left open\n", at, n, (int)(now - before));
		rc |= n != links || now != before;
	}
	return rc;
}

/* Who knows that something was made for a roster has to hold it: another may get its address. */
static int roster(struct vw_handle *h)
{
	struct vw_stat_reading *r;
	struct vw_stat *s;
	unsigned refs;

	if (vw_stat_open(h, NULL, VW_STAT_LISTEN | VW_STAT_DROPS, &s) < 0)
		fail(h, "open");
	if (vw_stat_read(s, &r) < 0)
		fail(h, "read");
	refs = s->roster->refs;
	printf("%u hold the roster: session, reading, engine\n", refs);
	vw_stat_free(r);
	vw_stat_close(s);
	return refs != 3;
}

int main(int argc, char **argv)
{
	struct vw_handle *h;
	int rc = 2;

	if (argc < 2 || vw_open(&h) < 0)
		return 2;
	if (strcmp(argv[1], "zones") == 0 && argc == 3)
		rc = zones(h, (unsigned)atoi(argv[2]));
	else if (strcmp(argv[1], "roster") == 0)
		rc = roster(h);
	vw_close(h);
	return rc;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * statfloor - what reading counters costs at least: the yardstick of stat.py
 *
 * usage: statfloor proc			/proc/net/dev once: names and counters
 *	  statfloor getstats POLLS INTERVAL_MS	RTM_GETSTATS in this namespace, names read once
 *	  statfloor zones POLLS INTERVAL_MS	the same in this one and each below /run/netns, a
 *						socket kept in each
 *	  statfloor once-zones			RTM_GETLINK, once, in each of those
 *
 * Prints the number of links, and CPU time a poll in microseconds.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#define SOCKETS	4096

static char buf[128 * 1024];
static uint64_t sum;
static unsigned links;

static double cpu_us(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e6 +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

static void die(const char *what)
{
	fprintf(stderr, "statfloor: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void proc(void)
{
	FILE *f = fopen("/proc/net/dev", "re");
	char line[512], name[64];
	uint64_t rb, rp, tb, tp;

	if (f == NULL)
		die("/proc/net/dev");
	while (fgets(line, sizeof(line), f) != NULL) {
		if (sscanf(line, " %63[^:]: %" SCNu64 " %" SCNu64 " %*u %*u %*u %*u %*u %*u %"
			   SCNu64 " %" SCNu64, name, &rb, &rp, &tb, &tp) == 5) {
			printf("%s %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", name, rp, rb,
			       tp, tb);
			links++;
		}
	}
	fclose(f);
}

static int take(const struct nlmsghdr *nlh, void *arg)
{
	(void)arg;
	if (nlh->nlmsg_type == RTM_NEWSTATS) {
		const struct nlattr *a = (const void *)((const char *)mnl_nlmsg_get_payload(nlh) +
							sizeof(struct if_stats_msg));
		const struct rtnl_link_stats64 *s = mnl_attr_get_payload(a);

		sum += s->rx_bytes + s->tx_bytes;
	}
	links++;
	return MNL_CB_OK;
}

static void dump(struct mnl_socket *nl, bool stats)
{
	char room[256];
	struct nlmsghdr *m = mnl_nlmsg_put_header(room);
	int rc = MNL_CB_OK;

	m->nlmsg_type = stats ? RTM_GETSTATS : RTM_GETLINK;
	m->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	if (stats) {
		struct if_stats_msg *ism = mnl_nlmsg_put_extra_header(m, sizeof(*ism));

		ism->filter_mask = IFLA_STATS_FILTER_BIT(IFLA_STATS_LINK_64);
	} else {
		mnl_nlmsg_put_extra_header(m, sizeof(struct ifinfomsg));
	}
	if (mnl_socket_sendto(nl, m, m->nlmsg_len) < 0)
		die("send");
	while (rc == MNL_CB_OK) {
		ssize_t n = mnl_socket_recvfrom(nl, buf, sizeof(buf));

		if (n < 0)
			die("receive");
		rc = mnl_cb_run(buf, (size_t)n, 0, 0, take, NULL);
	}
}

static struct mnl_socket *open_socket(void)
{
	struct mnl_socket *nl = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);

	if (nl == NULL || mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0)
		die("socket");
	return nl;
}

static unsigned open_zones(struct mnl_socket **v)
{
	DIR *d = opendir("/run/netns");
	struct dirent *e;
	unsigned n = 0;

	while (d != NULL && n < SOCKETS && (e = readdir(d)) != NULL) {
		char path[300];
		int fd;

		snprintf(path, sizeof(path), "/run/netns/%s", e->d_name);
		fd = e->d_name[0] != '.' ? open(path, O_RDONLY | O_CLOEXEC) : -1;
		if (fd < 0)
			continue;
		if (setns(fd, CLONE_NEWNET) < 0)
			die(path);
		close(fd);
		v[n++] = open_socket();
	}
	if (d != NULL)
		closedir(d);
	return n;
}

int main(int argc, char **argv)
{
	static struct mnl_socket *v[SOCKETS];
	unsigned polls = argc > 2 ? (unsigned)atoi(argv[2]) : 0, n = 1, i, k;
	unsigned ms = argc > 3 ? (unsigned)atoi(argv[3]) : 0;
	double began;

	if (argc < 2) {
		fputs("usage: statfloor proc | getstats N MS | zones N MS | once-zones\n", stderr);
		return 2;
	}
	if (strcmp(argv[1], "proc") == 0) {
		proc();
		return 0;
	}
	v[0] = open_socket();
	if (strcmp(argv[1], "getstats") != 0)
		n += open_zones(v + 1);
	for (k = 0; k < n; k++)
		dump(v[k], false);
	if (strcmp(argv[1], "once-zones") == 0) {
		printf("%u\n", links);
		return 0;
	}
	began = cpu_us();
	for (i = 0; i < polls; i++) {
		if (ms > 0)
			usleep(ms * 1000);
		for (links = 0, k = 0; k < n; k++)
			dump(v[k], true);
	}
	printf("%u %.1f\n", links, polls > 0 ? (cpu_us() - began) / polls : 0);
	return 0;
}

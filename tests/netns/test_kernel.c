/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_kernel.c - lib/kernel reads: dumps, namespaces, sockets, sysctls, ethtool, bad luck */
#include "kernel_lab.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>

#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include "kernel/stats.h"

/* -- dumps ------------------------------------------------------------------------------------- */

static void same_link(const struct vwk_link *l, struct nl_cache *c)
{
	struct rtnl_link *r = rtnl_link_get(c, l->ifindex);
	const char *kind;
	char text[64], mac[18];
	int32_t nsid;

	assert_non_null(r);
	kind = rtnl_link_get_type(r);
	assert_string_equal(l->name, rtnl_link_get_name(r));
	assert_string_equal(l->kind_name, kind != NULL ? kind : "");
	assert_int_equal(l->mtu, rtnl_link_get_mtu(r));
	assert_int_equal(l->flags, rtnl_link_get_flags(r));
	assert_int_equal(l->type, rtnl_link_get_arptype(r));
	assert_int_equal(l->operstate, rtnl_link_get_operstate(r));
	assert_int_equal(l->group, rtnl_link_get_group(r));
	assert_int_equal(l->txqlen, rtnl_link_get_txqlen(r));
	assert_int_equal(l->rx_queues, rtnl_link_get_num_rx_queues(r));
	assert_int_equal(l->tx_queues, rtnl_link_get_num_tx_queues(r));
	assert_int_equal(l->master, rtnl_link_get_master(r));
	assert_int_equal(l->lower, rtnl_link_get_link(r));
	if (rtnl_link_get_link_netnsid(r, &nsid) < 0)
		nsid = -1;
	assert_int_equal(l->lower_nsid, nsid);
	nl_addr2str(rtnl_link_get_addr(r), text, sizeof(text));
	if (l->mac_len == 6 && l->type != 772)	/* loopback: libnl prints "none" */
		assert_string_equal(lab_mac(l->mac, mac), text);
	if (rtnl_link_get_ifalias(r) != NULL)
		assert_string_equal(l->alias, rtnl_link_get_ifalias(r));
	assert_int_equal(l->stats.tx_bytes, rtnl_link_get_stat(r, RTNL_LINK_TX_BYTES));
	assert_int_equal(l->stats.rx_packets, rtnl_link_get_stat(r, RTNL_LINK_RX_PACKETS));
	rtnl_link_put(r);
}

static void talk_over_loopback(void)
{
	struct sockaddr to = { .sa_family = AF_INET };
	int s = socket(AF_INET, SOCK_DGRAM, 0);

	/* 127.0.0.1:9 */
	memcpy(to.sa_data, "\0\11\177\0\0\1", 6);
	assert_int_equal(sendto(s, "hello", 5, 0, &to, sizeof(to)), 5);
	close(s);
}

static void a_dump_agrees_with_libnl(void **state)
{
	struct lab *t = *state;
	struct vwk_batch *b = vwk_batch_new(&t->h, t->nl);
	static const uint8_t mac[6] = { 2, 8, 0x20, 1, 2, 3 };
	int bridge = lab_bridge(t, "br0"), net0 = lab_veth(t, "net0", "wire0"), ns = lab_new_ns();
	struct vwk_links links;
	struct nl_cache *c;

	vwk_batch_newlink(b, &(struct vwk_newlink){ .name = "vnic1", .kind = VWK_MACVLAN,
		.mac = mac, .mtu = 1400, .group = 0x76770201, .lower = net0, .nsfd = -1,
		.macvlan_mode = 4, .up = true });
	vwk_batch_newlink(b, &(struct vwk_newlink){ .name = "port1", .kind = VWK_VETH, .nsfd = -1,
		.master = bridge, .peer = { .name = "web1", .nsfd = ns } });
	vwk_batch_setlink(b, &(struct vwk_setlink){ .name = "net0", .alias = "the NIC", .up = true,
		.set = VWK_SET_ALIAS | VWK_SET_UP });
	vwk_batch_setlink(b, &(struct vwk_setlink){ .name = "lo", .up = true, .set = VWK_SET_UP });
	lab_run(t, b);
	vwk_batch_free(b);
	talk_over_loopback();
	assert_int_equal(vwk_link_dump(&t->h, t->nl, VWK_DUMP_STATS, &links), VW_OK);
	c = lab_links(t->reader);
	assert_int_equal(links.n, nl_cache_nitems(c));
	assert_int_equal(links.n, t->fresh + 5);	/* br0, net0, wire0, vnic1, port1 */
	for (size_t i = 0; i < links.n; i++)
		same_link(&links.v[i], c);
	nl_cache_free(c);
	vwk_links_free(&links);
	close(ns);
}

static void kinds_masters_and_lower_links_are_told(void **state)
{
	struct lab *t = *state;
	struct vwk_batch *b = vwk_batch_new(&t->h, t->nl);
	int bridge = lab_bridge(t, "br0"), net0 = lab_veth(t, "net0", "wire0");
	struct vwk_links ports;
	struct vwk_link l;

	vwk_batch_newlink(b, &(struct vwk_newlink){ .name = "vnic1", .kind = VWK_MACVLAN,
		.lower = net0, .nsfd = -1, .macvlan_mode = 4 });
	vwk_batch_setlink(b, &(struct vwk_setlink){ .name = "wire0", .master = bridge,
		.set = VWK_SET_MASTER });
	lab_run(t, b);
	vwk_batch_free(b);
	assert_int_equal(vwk_link_get(&t->h, t->nl, "vnic1", 0, 0, &l), VW_OK);
	assert_int_equal(l.kind, VWK_MACVLAN);
	assert_int_equal(l.u.macvlan.mode, 4);
	assert_int_equal(l.lower, net0);
	assert_int_equal(l.addrgen, 0);
	vwk_link_clear(&l);
	assert_int_equal(vwk_link_dump_ports(&t->h, t->nl, bridge, &ports), VW_OK);
	assert_int_equal(ports.n, 1);
	assert_string_equal(ports.v[0].name, "wire0");
	assert_int_equal(ports.v[0].port_kind, VWK_BRIDGE);
	assert_int_equal(ports.v[0].port.br.learning, 1);
	assert_int_equal(ports.v[0].kind, VWK_VETH);
	vwk_links_free(&ports);
}

static void a_missing_link_is_not_found_without_a_text(void **state)
{
	struct lab *t = *state;
	char longest[200];
	struct vwk_link l;

	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	assert_int_equal(vwk_link_get(&t->h, t->nl, "net9", 0, 0, &l), VW_ERR_NOTFOUND);
	assert_int_equal(vwk_link_get(&t->h, t->nl, "a-name-longer-than-15", 0, 0, &l),
			 VW_ERR_NOTFOUND);
	assert_int_equal(vwk_link_get(&t->h, t->nl, longest, 0, 0, &l), VW_ERR_NOTFOUND);
	assert_int_equal(vwk_link_get(&t->h, t->nl, "", 0, 0, &l), VW_ERR_NOTFOUND);
	assert_int_equal(vwk_link_get(&t->h, t->nl, NULL, 4711, 0, &l), VW_ERR_NOTFOUND);
	assert_int_equal(vwk_link_get(&t->h, t->nl, NULL, -1, 0, &l), VW_ERR_NOTFOUND);
	assert_int_equal(vwk_link_index(t->nl, "net9"), 0);
	assert_int_equal(vwk_link_index(t->nl, "lo:1"), 0);
	assert_string_equal(t->h.err.why, "");
}

/* -- dumps while links come and go ------------------------------------------------------------- */

#define CHURNED 40

static void churn_once(struct lab *t, int lower)
{
	struct vwk_batch *b = vwk_batch_new(&t->h, t->nl);
	int doomed[CHURNED];

	for (unsigned i = 0; i < CHURNED; i++) {
		char name[16];

		snprintf(name, sizeof(name), "churn%u", i);
		vwk_batch_newlink(b, &(struct vwk_newlink){ .name = name, .kind = VWK_MACVLAN,
			.lower = lower, .nsfd = -1, .macvlan_mode = 4 });
		vwk_batch_run(b, NULL);
		doomed[i] = vwk_link_index(t->nl, name);
	}
	vwk_batch_free(b);
	vwk_links_delete(&t->h, t->nl, doomed, CHURNED);
}

static pid_t start_churn(struct lab *t, int lower)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (vwk_nl_open(&t->h, -1, &t->nl) != VW_OK)
		_exit(1);
	for (;;)
		churn_once(t, lower);
}

/* Links that nobody touches must all be there, none twice. */
static void check_list(const struct vwk_links *links, int stable)
{
	vwu_auto_free char *seen = calloc(1, (size_t)stable);
	int n = 0;

	for (size_t i = 0; i < links->n; i++) {
		int number;

		if (sscanf(links->v[i].name, "stay%d", &number) != 1)
			continue;
		assert_int_equal(seen[number], 0);
		seen[number] = 1;
		n++;
	}
	assert_int_equal(n, stable);
}

static void dumps_under_churn_are_whole_or_say_so(void **state)
{
	struct lab *t = *state;
	struct vwk_batch *b = vwk_batch_new(&t->h, t->nl);
	int net0 = lab_veth(t, "net0", "wire0"), whole = 0, inconsistent = 0;
	time_t until = time(NULL) + 5;
	pid_t churn;

	for (unsigned i = 0; i < 1000; i++) {
		char name[16];

		snprintf(name, sizeof(name), "stay%u", i);
		vwk_batch_newlink(b, &(struct vwk_newlink){ .name = name, .kind = VWK_MACVLAN,
			.lower = net0, .nsfd = -1, .macvlan_mode = 4 });
	}
	lab_run(t, b);
	vwk_batch_free(b);
	churn = start_churn(t, net0);
	for (int i = 0; i < 150 && (whole == 0 || time(NULL) < until); i++) {
		struct vwk_links links = { 0 };
		int rc = vwk_link_dump(&t->h, t->nl, 0, &links);

		if (rc == VW_OK)
			check_list(&links, 1000);
		else
			assert_int_equal(rc, VW_ERR_INCONSISTENT);
		whole += rc == VW_OK;
		inconsistent += rc != VW_OK;
		vwk_links_free(&links);
	}
	kill(churn, SIGKILL);
	waitpid(churn, NULL, 0);
	printf("# %d dumps whole, %d told to be inconsistent\n", whole, inconsistent);
	assert_true(whole > 0);
}

/* -- interruptions, forgers, limits ------------------------------------------------------------ */

static volatile sig_atomic_t alarms;

static void count_alarm(int sig)
{
	(void)sig;
	alarms++;
}

static void signals_do_not_show(void **state)
{
	struct lab *t = *state;
	struct sigaction sa = { .sa_handler = count_alarm }, old;
	struct itimerval every = { { 0, 300 }, { 0, 300 } }, never = { 0 };
	int net0 = lab_veth(t, "net0", "wire0");

	alarms = 0;
	sigaction(SIGALRM, &sa, &old);	/* without SA_RESTART */
	setitimer(ITIMER_REAL, &every, NULL);
	for (int round = 0; round < 20; round++) {
		struct vwk_batch *b = vwk_batch_new(&t->h, t->nl);
		struct vwk_links links;

		for (int i = 0; i < 10; i++) {
			char name[16];

			snprintf(name, sizeof(name), "v%d", round * 10 + i);
			vwk_batch_newlink(b, &(struct vwk_newlink){ .name = name,
				.kind = VWK_MACVLAN, .lower = net0, .nsfd = -1,
				.macvlan_mode = 4 });
		}
		lab_run(t, b);
		vwk_batch_free(b);
		assert_int_equal(vwk_link_dump(&t->h, t->nl, 0, &links), VW_OK);
		assert_int_equal(links.n, t->fresh + 2 + ((unsigned)round + 1) * 10);
		vwk_links_free(&links);
	}
	setitimer(ITIMER_REAL, &never, NULL);
	sigaction(SIGALRM, &old, NULL);
	printf("# %d signals\n", (int)alarms);
	assert_true(alarms > 10);
}

/* A process with CAP_NET_ADMIN may send to any netlink port, and name any sequence number. */
static void answers_of_others_are_ignored(void **state)
{
	struct lab *t = *state;
	struct sockaddr_nl us;
	socklen_t len = sizeof(us);
	struct {
		struct nlmsghdr h;
		struct nlmsgerr e;
	} lie = { { sizeof(lie), NLMSG_ERROR, 0, 0, 0 }, { .error = -EPERM } };
	int forger = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	struct vwk_links links;

	assert_int_equal(getsockname(vwk_nl_fd(t->nl), (struct sockaddr *)&us, &len), 0);
	lie.h.nlmsg_pid = us.nl_pid;
	for (int i = 0; i < 3; i++)
		assert_int_equal(sendto(forger, &lie, sizeof(lie), 0, (struct sockaddr *)&us, len),
				 sizeof(lie));
	assert_int_equal(vwk_link_dump(&t->h, t->nl, 0, &links), VW_OK);
	assert_int_equal(links.n, t->fresh);
	vwk_links_free(&links);
	close(forger);
}

static void no_descriptors_left_is_a_clean_error(void **state)
{
	struct lab *t = *state;
	struct rlimit old, none = { 3, 3 };
	struct vwk_nl *nl = NULL;
	int rc;

	getrlimit(RLIMIT_NOFILE, &old);
	none.rlim_max = old.rlim_max;
	setrlimit(RLIMIT_NOFILE, &none);
	rc = vwk_nl_open(&t->h, -1, &nl);
	setrlimit(RLIMIT_NOFILE, &old);
	assert_int_equal(rc, VW_ERR_KERNEL);
	assert_null(nl);
	assert_int_equal(t->h.err.sys, EMFILE);
	assert_string_equal(t->h.err.why, "cannot open a netlink socket: Too many open files");
}

static int sends_left = -1;	/* as many succeed; -1: all */

/* The library's, too: it is linked into this program. */
ssize_t sendto(int fd, const void *data, size_t len, int flags, __CONST_SOCKADDR_ARG to,
	       socklen_t to_len)
{
	if (sends_left == 0) {
		errno = ENOMEM;
		return -1;
	}
	sends_left -= sends_left > 0;
	return syscall(SYS_sendto, fd, data, len, flags, to.__sockaddr__, to_len);
}

/* Of a batch so long that it is sent in pieces, with a message that is to be said again. */
static void sending_that_ends_half_way_is_told(void **state)
{
	enum { MANY = 5000 };
	struct lab *t = *state;
	struct vwk_batch *b = vwk_batch_new(&t->h, t->nl);
	int index;

	lab_veth(t, "net0", "net1");
	index = vwk_link_index(t->nl, "net0");
	vwk_batch_setlink(b, &(struct vwk_setlink){ .ifindex = index, .set = VWK_SET_MTU,
			  .mtu = 1000 });
	lab_run(t, b);
	vwk_batch_setlink(b, &(struct vwk_setlink){ .ifindex = index, .set = VWK_SET_NOV6 });
	for (int i = 0; i < MANY; i++)
		vwk_batch_setlink(b, &(struct vwk_setlink){ .ifindex = index, .set = VWK_SET_UP,
				  .up = true });
	sends_left = 1;
	assert_true(vwk_batch_run(b, NULL) < 0);
	sends_left = -1;
	assert_int_equal(vwk_batch_error(b, 1), 0);
	assert_int_equal(vwk_batch_error(b, MANY), ENOMEM);
	vwk_batch_free(b);
}

/* In a child without privileges: links can be read, not changed. */
static int as_nobody(struct lab *t)
{
	struct vwk_batch *b;
	struct vwk_links links;
	struct vwk_nl *nl;

	if (setgid(65534) < 0 || setuid(65534) < 0)
		return 1;
	if (vwk_nl_open(&t->h, -1, &nl) != VW_OK || vwk_link_dump(&t->h, nl, 0, &links) != VW_OK)
		return 2;
	vwk_links_free(&links);
	b = vwk_batch_new(&t->h, nl);
	vwk_batch_newlink(b, &(struct vwk_newlink){ .name = "br0", .kind = VWK_BRIDGE,
		.nsfd = -1 });
	if (vwk_batch_run(b, NULL) != VW_ERR_DENIED)
		return 3;
	vwk_batch_free(b);
	vwk_nl_close(nl);
	if (strstr(t->h.err.why, "CAP_NET_ADMIN") == NULL)
		return 4;
	if (vwk_nl_open(&t->h, t->here, &nl) != VW_ERR_DENIED)
		return 5;
	return strstr(t->h.err.why, "CAP_SYS_ADMIN") == NULL ? 6 : 0;
}

static void without_privileges_reading_works_and_changing_says_what_it_needs(void **state)
{
	struct lab *t = *state;
	int status = 0;
	pid_t pid = fork();

	if (pid == 0)
		_exit(as_nobody(t));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* -- namespaces -------------------------------------------------------------------------------- */

static bool same_ns(int a, int b)
{
	struct stat x, y;

	return fstat(a, &x) == 0 && fstat(b, &y) == 0 && x.st_ino == y.st_ino;
}

/* What `ip netns add NAME` does, in a private mount namespace. */
static void name_ns(int fd, const char *name)
{
	char path[128], from[64];
	int f;

	snprintf(path, sizeof(path), "/run/netns/%s", name);
	snprintf(from, sizeof(from), "/proc/self/fd/%d", fd);
	f = open(path, O_CREAT | O_RDONLY | O_CLOEXEC, 0444);
	assert_true(f >= 0);
	close(f);
	assert_int_equal(mount(from, path, NULL, MS_BIND, NULL), 0);
}

static void private_mounts(void)
{
	assert_int_equal(unshare(CLONE_NEWNS), 0);
	assert_int_equal(mount(NULL, "/", NULL, MS_PRIVATE | MS_REC, NULL), 0);
	assert_int_equal(mount("run", "/run", "tmpfs", 0, NULL), 0);
	assert_int_equal(mkdir("/run/netns", 0755), 0);
}

static void opens(struct lab *t, const char *zone, int want)
{
	struct vwk_ns_id id, same;
	int fd, fd2;

	assert_int_equal(vwk_ns_open(&t->h, zone, &fd, &id), VW_OK);
	assert_true(same_ns(fd, want));
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(vwk_ns_open(&t->h, zone, &fd2, &same), VW_OK);
	assert_true(id.dev == same.dev && id.ino == same.ino);
	if (stat("/proc/1/ns/net", &(struct stat){ 0 }) == 0)
		assert_false(vwk_ns_is_init(&id));
	close(fd);
	close(fd2);
}

static void refuses(struct lab *t, const char *zone, const char *why)
{
	int fd = 4711;

	assert_int_equal(vwk_ns_open(&t->h, zone, &fd, NULL), VW_ERR_NOTFOUND);
	assert_string_equal(t->h.err.why, why);
	assert_int_equal(fd, 4711);
}

static void zones_are_found_by_name_path_and_pid(void **state)
{
	struct lab *t = *state;
	int web = lab_new_ns(), seven = lab_new_ns();
	char path[64], pid[16];

	private_mounts();
	name_ns(web, "web");
	name_ns(seven, "7");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", web);
	snprintf(pid, sizeof(pid), "%d", getpid());
	opens(t, "web", web);
	opens(t, "/run/netns/web", web);
	opens(t, path, web);
	opens(t, pid, t->here);
	opens(t, "7", seven);	/* a name goes before a pid */
	close(web);
	close(seven);
}

static void what_is_no_zone_is_refused(void **state)
{
	struct lab *t = *state;
	char longest[400];

	private_mounts();
	memset(longest, 'z', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	assert_int_equal(mkfifo("/run/netns/fifo", 0600), 0);
	close(open("/run/netns/stale", O_CREAT | O_RDONLY | O_CLOEXEC, 0444));
	refuses(t, "nosuch", "no zone 'nosuch'");
	refuses(t, "", "no zone ''");
	refuses(t, "..", "no zone '..'");
	refuses(t, "../netns/stale", "no zone '../netns/stale'");
	refuses(t, "0", "no zone '0'");
	refuses(t, "-1", "no zone '-1'");
	refuses(t, "99999999999999999999", "no zone '99999999999999999999'");
	refuses(t, "/nosuch/path", "no zone '/nosuch/path'");
	refuses(t, "stale", "'stale' is not a network namespace");
	refuses(t, "fifo", "'fifo' is not a network namespace");
	refuses(t, "/proc/self/ns/mnt", "'/proc/self/ns/mnt' is not a network namespace");
	refuses(t, "/", "'/' is not a network namespace");
	assert_int_equal(vwk_ns_open(&t->h, longest, &(int){ 0 }, NULL), VW_ERR_NOTFOUND);
}

static void sockets_open_elsewhere_and_the_caller_stays(void **state)
{
	struct lab *t = *state;
	int fds[3] = { lab_new_ns(), -1, lab_new_ns() }, self;
	struct vwk_nl *nl[3];
	struct vwk_links links;
	struct vwk_ns_id id;
	sigset_t before, after;

	lab_bridge(t, "here0");
	sigprocmask(SIG_SETMASK, NULL, &before);
	assert_int_equal(vwk_nl_open_many(&t->h, fds, 3, nl), VW_OK);
	sigprocmask(SIG_SETMASK, NULL, &after);
	for (int sig = 1; sig < 32; sig++)
		assert_int_equal(sigismember(&before, sig), sigismember(&after, sig));
	assert_int_equal(vwk_ns_self(&t->h, &self, &id), VW_OK);
	assert_true(same_ns(self, t->here));
	for (int i = 0; i < 3; i++) {
		assert_int_equal(vwk_link_dump(&t->h, nl[i], 0, &links), VW_OK);
		assert_int_equal(links.n, t->fresh + (i == 1));
		vwk_links_free(&links);
		assert_int_equal(vwk_link_index(nl[i], "here0") != 0, i == 1);
		vwk_nl_close(nl[i]);
	}
	close(self);
	close(fds[0]);
	close(fds[2]);
}

static void opening_many_is_all_or_none(void **state)
{
	struct lab *t = *state;
	int pipe_fd[2], ns = lab_new_ns();
	struct vwk_nl *nl[3];

	assert_int_equal(pipe(pipe_fd), 0);
	assert_true(vwk_nl_open_many(&t->h, (int[]){ ns, -1, pipe_fd[0] }, 3, nl) < 0);
	assert_null(nl[0]);
	assert_null(nl[1]);
	assert_int_equal(dup(0), pipe_fd[1] + 1);	/* nothing was left open */
	close(pipe_fd[1] + 1);
	close(pipe_fd[0]);
	close(pipe_fd[1]);
	close(ns);
}

static void hearing_of_many_is_all_or_none(void **state)
{
	enum { MANY = 40, SOME = 20 };
	struct lab *t = *state;
	int ns = lab_new_ns(), next = dup(0), nss[MANY];
	struct vwk_events *v[MANY];
	struct rlimit old, few;

	for (size_t i = 0; i < MANY; i++)
		nss[i] = ns;
	close(next);
	getrlimit(RLIMIT_NOFILE, &old);
	few = (struct rlimit){ (rlim_t)next + SOME, old.rlim_max };
	setrlimit(RLIMIT_NOFILE, &few);
	assert_int_equal(vwk_events_open_many(&t->h, nss, MANY, v), VW_ERR_KERNEL);
	setrlimit(RLIMIT_NOFILE, &old);
	assert_int_equal(t->h.err.sys, EMFILE);
	for (size_t i = 0; i < MANY; i++)
		assert_null(v[i]);
	assert_true(fcntl(0, F_GETFD) >= 0);
	assert_int_equal(dup(0), next);		/* nothing was left open */
	close(next);
	assert_int_equal(vwk_events_open_many(&t->h, nss, MANY, v), VW_OK);
	for (size_t i = 0; i < MANY; i++)
		vwk_events_close(v[i]);
	close(ns);
}

/* -- sysctls ----------------------------------------------------------------------------------- */

static char read_accept_ra(struct lab *t, int ns, const char *ifname)
{
	char path[128], c = '?';
	int fd;

	assert_int_equal(setns(ns, CLONE_NEWNET), 0);
	snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%s/accept_ra", ifname);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0 && read(fd, &c, 1) != 1)
		c = '?';
	close(fd);
	assert_int_equal(setns(t->here, CLONE_NEWNET), 0);
	return c;
}

static void router_advertisements_are_turned_off_in_the_sockets_namespace(void **state)
{
	struct lab *t = *state;
	struct vwk_batch *b = vwk_batch_new(&t->h, t->nl);
	int ns = lab_new_ns();
	struct vwk_nl *nl;

	if (access("/proc/sys/net/ipv6", F_OK) != 0)
		lab_skip("this kernel has no IPv6");
	vwk_batch_newlink(b, &(struct vwk_newlink){ .name = "web1", .kind = VWK_VETH, .nsfd = -1,
		.peer = { .name = "web1", .nsfd = ns } });
	lab_run(t, b);
	vwk_batch_free(b);
	assert_int_equal(vwk_nl_open(&t->h, ns, &nl), VW_OK);
	assert_int_equal(vwk_ipv6_quiet(&t->h, nl, "web1"), VW_OK);
	assert_int_equal(read_accept_ra(t, ns, "web1"), '0');
	assert_int_equal(read_accept_ra(t, t->here, "web1"), '1');
	assert_int_equal(vwk_ipv6_quiet(&t->h, t->nl, "web1"), VW_OK);
	assert_int_equal(read_accept_ra(t, t->here, "web1"), '0');
	assert_int_equal(vwk_ipv6_quiet(&t->h, nl, "gone9"), VW_OK);
	assert_string_equal(t->log, "");
	assert_int_equal(vwk_ipv6_quiet(&t->h, nl, "../lo"), VW_ERR_BADVAL);
	assert_int_equal(vwk_ipv6_quiet(&t->h, nl, ".."), VW_ERR_BADVAL);
	vwk_nl_close(nl);
	close(ns);
}

static void a_read_only_proc_is_a_warning(void **state)
{
	struct lab *t = *state;
	struct vwk_nl *nl;

	if (access("/proc/sys/net/ipv6", F_OK) != 0)
		lab_skip("this kernel has no IPv6");
	lab_veth(t, "net0", "wire0");
	private_mounts();
	assert_int_equal(mount("/proc/sys", "/proc/sys", NULL, MS_BIND, NULL), 0);
	assert_int_equal(mount(NULL, "/proc/sys", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL), 0);
	assert_int_equal(vwk_nl_open(&t->h, -1, &nl), VW_OK);
	assert_int_equal(vwk_ipv6_quiet(&t->h, nl, "net0"), VW_OK);
	assert_string_equal(t->log, "cannot set net/ipv6/conf/net0/accept_ra to 0: "
			    "Read-only file system");
	vwk_nl_close(nl);
	umount("/proc/sys");
}

/* -- ethtool ----------------------------------------------------------------------------------- */

static void ethtool_reads_a_veth(void **state)
{
	struct lab *t = *state;
	struct vwk_ethtool e;
	struct vwk_channels c;
	struct vwk_pause p;

	lab_veth(t, "net0", "wire0");
	assert_int_equal(vwk_ethtool_get(&t->h, t->nl, "net0", &e), VW_OK);
	assert_string_equal(e.driver, "veth");
	assert_true(e.has_settings);
	assert_int_equal(e.speed_mbps, 10000);
	assert_int_equal(e.duplex, 1);
	assert_int_equal(vwk_channels_get(&t->h, t->nl, "net0", &c), VW_OK);
	assert_int_equal(c.rx, 1);
	assert_int_equal(c.max_tx, 1);
	assert_int_equal(vwk_pause_get(&t->h, t->nl, "net0", &p), VW_ERR_NOTSUP);
	assert_string_equal(t->h.err.why, "the driver of 'net0' has no flow control");
	assert_int_equal(vwk_ethtool_set_autoneg(&t->h, t->nl, "net0", true), VW_ERR_NOTSUP);
	assert_int_equal(vwk_ethtool_get(&t->h, t->nl, "net9", &e), VW_ERR_NOTFOUND);
	assert_int_equal(vwk_ethtool_get(&t->h, t->nl, "a-name-longer-than-15", &e),
			 VW_ERR_NOTFOUND);
	assert_int_equal(vwk_ethtool_get(&t->h, t->nl, "lo", &e), VW_OK);
	assert_false(e.has_settings);
	assert_int_equal(e.duplex, 255);
}

#define T(f) cmocka_unit_test_setup_teardown(f, lab_enter, lab_leave)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_dump_agrees_with_libnl),
		T(kinds_masters_and_lower_links_are_told),
		T(a_missing_link_is_not_found_without_a_text),
		T(dumps_under_churn_are_whole_or_say_so),
		T(signals_do_not_show),
		T(answers_of_others_are_ignored),
		T(no_descriptors_left_is_a_clean_error),
		T(sending_that_ends_half_way_is_told),
		T(without_privileges_reading_works_and_changing_says_what_it_needs),
		T(sockets_open_elsewhere_and_the_caller_stays),
		T(opening_many_is_all_or_none),
		T(hearing_of_many_is_all_or_none),
		T(router_advertisements_are_turned_off_in_the_sockets_namespace),
		T(ethtool_reads_a_veth),
		/* These leave a private mount namespace behind. */
		T(zones_are_found_by_name_path_and_pid),
		T(what_is_no_zone_is_refused),
		T(a_read_only_proc_is_a_warning),
	};

	return lab_main(tests, VWU_ARRAY_SIZE(tests));
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* kernel_lab.c - see kernel_lab.h */
#include "kernel_lab.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>

static int self_ns(void)
{
	return open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
}

static void keep_line(void *arg, enum vw_log_level level, const char *text)
{
	struct lab *t = arg;

	(void)level;
	snprintf(t->log, sizeof(t->log), "%s", text);
}

static struct nl_sock *new_reader(void)
{
	struct nl_sock *s = nl_socket_alloc();

	if (s != NULL && nl_connect(s, NETLINK_ROUTE) < 0) {
		nl_socket_free(s);
		s = NULL;
	}
	if (s != NULL)
		nl_socket_set_msg_buf_size(s, 1 << 17);
	return s;
}

static int possible(void)
{
	int home = self_ns();
	int rc = unshare(CLONE_NEWNET);

	if (rc == 0 && setns(home, CLONE_NEWNET) < 0)
		rc = -1;
	close(home);
	if (rc == 0)
		return 0;
	printf("1..0 # SKIP making network namespaces needs CAP_SYS_ADMIN\n");
	return 77;
}

/*
 * cmocka 1.1.5 writes a skipped test as "not ok 3 # SKIP name", which TAP takes for a failure, and
 * knows of no reason. The tests run in a child, whose output is mended on its way.
 */
static void mend_output(FILE *from)
{
	char line[1024], why[512] = "", name[256];
	unsigned number;

	while (fgets(line, sizeof(line), from) != NULL) {
		if (sscanf(line, "# skipped: %511[^\n]", why) == 1)
			continue;
		if (sscanf(line, "not ok %u # SKIP %255[^\n]", &number, name) == 2)
			printf("ok %u - %s # SKIP %s\n", number, name, why);
		else
			fputs(line, stdout);
		fflush(stdout);
	}
}

void lab_skip(const char *why)
{
	printf("# skipped: %s\n", why);
	skip();
}

int lab_main(const struct CMUnitTest *tests, size_t n)
{
	int rc = possible(), out[2], status = 1;
	FILE *from;
	pid_t pid;

	if (rc != 0)
		return rc;
	signal(SIGCHLD, SIG_DFL);	/* ignored, as some parents leave it, wait() finds nobody */
	if (pipe(out) < 0 || (pid = fork()) < 0)
		return 1;
	if (pid == 0) {
		dup2(out[1], STDOUT_FILENO);
		close(out[0]);
		close(out[1]);
		cmocka_set_message_output(CM_OUTPUT_TAP);
		exit(_cmocka_run_group_tests("tests", tests, n, NULL, NULL) != 0);
	}
	close(out[1]);
	from = fdopen(out[0], "r");
	if (from != NULL) {
		mend_output(from);
		fclose(from);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

int lab_enter(void **state)
{
	struct lab *t = calloc(1, sizeof(*t));
	struct nl_cache *c;

	if (t == NULL)
		return -1;
	t->home = self_ns();
	if (t->home < 0 || unshare(CLONE_NEWNET) < 0)
		return -1;
	t->here = self_ns();
	t->h.pid = getpid();
	vw_set_log(&t->h, keep_line, t);
	t->reader = new_reader();
	if (t->reader == NULL || vwk_nl_open(&t->h, -1, &t->nl) != VW_OK)
		return -1;
	t->h.nl = t->nl;
	c = lab_links(t->reader);
	t->fresh = (unsigned)nl_cache_nitems(c);
	nl_cache_free(c);
	*state = t;
	return 0;
}

int lab_leave(void **state)
{
	struct lab *t = *state;
	int rc = setns(t->home, CLONE_NEWNET);

	vwk_nl_close(t->nl);
	nl_socket_free(t->reader);
	close(t->here);
	close(t->home);
	free(t);
	return rc;
}

struct nl_cache *lab_links(struct nl_sock *reader)
{
	struct nl_cache *c;

	assert_int_equal(rtnl_link_alloc_cache(reader, AF_UNSPEC, &c), 0);
	return c;
}

int lab_count_group(struct lab *t, int group)
{
	struct nl_cache *c = lab_links(t->reader);
	int n = 0;

	for (struct nl_object *o = nl_cache_get_first(c); o != NULL; o = nl_cache_get_next(o))
		n += (int)rtnl_link_get_group((struct rtnl_link *)o) == group;
	nl_cache_free(c);
	return n;
}

struct rtnl_link *lab_link(struct nl_sock *reader, const char *name)
{
	struct rtnl_link *l;

	return rtnl_link_get_kernel(reader, 0, name, &l) == 0 ? l : NULL;
}

int lab_new_ns(void)
{
	int home = self_ns(), fd;

	assert_int_equal(unshare(CLONE_NEWNET), 0);
	fd = self_ns();
	assert_int_equal(setns(home, CLONE_NEWNET), 0);
	close(home);
	assert_true(fd >= 0);
	return fd;
}

struct nl_sock *lab_reader_in(struct lab *t, int nsfd)
{
	struct nl_sock *s;

	assert_int_equal(setns(nsfd, CLONE_NEWNET), 0);
	s = new_reader();
	assert_int_equal(setns(t->here, CLONE_NEWNET), 0);
	assert_non_null(s);
	return s;
}

void lab_run(struct lab *t, struct vwk_batch *b)
{
	size_t failed = 0;
	int rc = vwk_batch_run(b, &failed);

	if (rc != VW_OK)
		fail_msg("message %zu: %s", failed, t->h.err.message);
}

static int made(struct lab *t, const struct vwk_newlink *l)
{
	struct vwk_batch *b = vwk_batch_new(&t->h, t->nl);

	assert_non_null(b);
	assert_int_equal(vwk_batch_newlink(b, l), 0);
	lab_run(t, b);
	vwk_batch_free(b);
	return vwk_link_index(t->nl, l->name);
}

int lab_veth(struct lab *t, const char *name, const char *peer)
{
	return made(t, &(struct vwk_newlink){ .name = name, .kind = VWK_VETH, .nsfd = -1,
		.one_queue = true, .peer = { .name = peer, .nsfd = -1 } });
}

int lab_bridge(struct lab *t, const char *name)
{
	return made(t, &(struct vwk_newlink){ .name = name, .kind = VWK_BRIDGE, .nsfd = -1 });
}

const char *lab_mac(const uint8_t mac[6], char buf[18])
{
	snprintf(buf, 18, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4],
		 mac[5]);
	return buf;
}

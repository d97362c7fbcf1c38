/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * killer - run a command and kill it, as kill -9 would, at its N-th system call stop
 *
 * usage: killer [-c] [-n N] [-o FILE] command [argument...]
 *
 * A stop is the entry or the exit of a system call of any thread or child process, counted from
 * the exec of the command on; with -c only the exit of one that may have changed something another
 * can see, for between two of these nothing does. Without -n, or when the command ends before its
 * N-th stop, it runs to its end and nothing is killed. FILE gets one line:
 *
 *	ended STOPS			and the exit status is the command's
 *	killed N entry|exit NUMBER	NUMBER of the system call; the exit status is 137
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <linux/rtnetlink.h>

#define EXIT_KILLED 137
#define EXIT_TROUBLE 125

struct run {
	pid_t		   child;
	unsigned long	   limit;	/* stop to kill at; 0: never */
	unsigned long	   stops;
	bool		   counting;	/* the exec has happened */
	bool		   changes;	/* count only what may change something */
	bool		   killed;
	const char	  *where;	/* "entry" or "exit", of the stop it was killed at */
	unsigned long long nr;		/* last system call entered */
	bool		   reads;		/* it changes nothing */
	int		   status;	/* wait status of the command */
};

static void die(const char *what)
{
	fprintf(stderr, "killer: %s: %s\n", what, strerror(errno));
	exit(EXIT_TROUBLE);
}

static pid_t start(char **argv)
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (pid > 0)
		return pid;
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
		die("PTRACE_TRACEME");
	raise(SIGSTOP);
	execvp(argv[0], argv);
	die(argv[0]);
	return -1;
}

static unsigned long peek(pid_t tid, unsigned long long addr)
{
	return (unsigned long)ptrace(PTRACE_PEEKDATA, tid, (void *)(uintptr_t)addr, NULL);
}

/* Netlink requests that ask: types come in fours, and the third of each is RTM_GET... */
static bool is_question(pid_t tid, unsigned long long message)
{
	uint32_t head[2];
	unsigned long word = peek(tid, message);

	memcpy(head, &word, sizeof(word) < sizeof(head) ? sizeof(word) : sizeof(head));
	return ((head[1] & 0xFFFF) >= RTM_BASE && (head[1] & 3) == 2) || (head[1] & 0xFFFF) < 2;
}

/* Does this system call leave nothing that is there without its process? */
static bool only_reads(pid_t tid, unsigned long long nr, const uint64_t *args)
{
	static const long changing[] = {
		SYS_write, SYS_pwrite64, SYS_writev, SYS_ftruncate, SYS_fchmod, SYS_fchown,
		SYS_renameat2, SYS_renameat, SYS_unlinkat, SYS_linkat, SYS_symlinkat, SYS_mkdirat,
		SYS_ioctl, SYS_sendmmsg,
#ifdef SYS_rename
		SYS_rename, SYS_unlink, SYS_link, SYS_mkdir, SYS_rmdir,
#endif
	};

	switch (nr) {
	case SYS_openat:
		return !(args[2] & O_CREAT);
	case SYS_sendto:
		return is_question(tid, args[1]);
	case SYS_sendmsg:	/* the first iovec of its struct msghdr */
		return is_question(tid, peek(tid, peek(tid, args[1] +
						       offsetof(struct msghdr, msg_iov))));
	case SYS_bpf:
		return args[0] != BPF_MAP_UPDATE_ELEM && args[0] != BPF_MAP_DELETE_ELEM &&
		       args[0] != BPF_MAP_UPDATE_BATCH && args[0] != BPF_MAP_DELETE_BATCH &&
		       args[0] != BPF_LINK_CREATE && args[0] != BPF_LINK_UPDATE;
	}
	for (size_t i = 0; i < sizeof(changing) / sizeof(changing[0]); i++)
		if (nr == (unsigned long long)changing[i])
			return false;
	return true;
}

/* Which side of a system call is @tid stopped at? */
static const char *side(struct run *r, pid_t tid)
{
	struct __ptrace_syscall_info info;
	long n = ptrace(PTRACE_GET_SYSCALL_INFO, tid, (void *)sizeof(info), &info);

	if (n <= 0 || info.op != PTRACE_SYSCALL_INFO_ENTRY)
		return "exit";
	r->nr = info.entry.nr;
	r->reads = r->changes && only_reads(tid, info.entry.nr, info.entry.args);
	return "entry";
}

static void at_syscall(struct run *r, pid_t tid)
{
	const char *where = side(r, tid);

	if (!r->counting || r->killed || (r->changes && (where[1] == 'n' || r->reads)))
		return;
	r->stops++;
	if (r->limit == 0 || r->stops != r->limit)
		return;
	r->where = where;
	r->killed = true;
	kill(r->child, SIGKILL);
}

/* One wait status of a traced thread: returns the signal to hand on to it, -1 when it is gone. */
static int one_stop(struct run *r, pid_t tid, int status)
{
	int sig;

	if (WIFEXITED(status) || WIFSIGNALED(status)) {
		if (tid == r->child)
			r->status = status;
		return -1;
	}
	sig = WSTOPSIG(status);
	if (sig == (SIGTRAP | 0x80)) {
		at_syscall(r, tid);
		return 0;
	}
	if (status >> 8 == (SIGTRAP | (PTRACE_EVENT_EXEC << 8)))
		r->counting = true;
	if (status >> 16 != 0 || sig == SIGSTOP)	/* an event, or the birth of a thread */
		return 0;
	return sig;
}

static void follow(struct run *r)
{
	const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
			     PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
	int status;

	if (waitpid(r->child, &status, __WALL) < 0 || !WIFSTOPPED(status))
		die("the command did not start");
	if (ptrace(PTRACE_SETOPTIONS, r->child, NULL, (void *)options) < 0)
		die("PTRACE_SETOPTIONS");
	ptrace(PTRACE_SYSCALL, r->child, NULL, NULL);
	for (;;) {
		pid_t tid = waitpid(-1, &status, __WALL);
		int sig;

		if (tid < 0 && errno == EINTR)
			continue;
		if (tid < 0)
			break;			/* ECHILD: all are gone and reaped */
		sig = one_stop(r, tid, status);
		if (sig >= 0)
			ptrace(PTRACE_SYSCALL, tid, NULL, (void *)(long)sig);
	}
}

static void report(const struct run *r, const char *path)
{
	FILE *f = path == NULL ? stderr : fopen(path, "we");

	if (f == NULL)
		die(path);
	if (r->killed)
		fprintf(f, "killed %lu %s %llu\n", r->stops, r->where, r->nr);
	else
		fprintf(f, "ended %lu\n", r->stops);
	if (f != stderr && fclose(f) != 0)
		die(path);
}

int main(int argc, char **argv)
{
	struct run r = { 0 };
	const char *path = NULL;
	int c;

	while ((c = getopt(argc, argv, "+cn:o:")) != -1) {
		if (c == 'c')
			r.changes = true;
		else if (c == 'n')
			r.limit = strtoul(optarg, NULL, 10);
		else if (c == 'o')
			path = optarg;
		else
			return EXIT_TROUBLE;
	}
	if (optind == argc) {
		fprintf(stderr, "usage: killer [-c] [-n N] [-o FILE] command [argument...]\n");
		return EXIT_TROUBLE;
	}
	r.child = start(argv + optind);
	follow(&r);
	report(&r, path);
	if (r.killed)
		return EXIT_KILLED;
	return WIFEXITED(r.status) ? WEXITSTATUS(r.status) : 128 + WTERMSIG(r.status);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* partner.c - the process that holds the same knowledge, in case this one is killed */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "writer.h"

#define AGAIN_MS	1000	/* one that dies at once is not started again at once */
#define BYE		UINT64_MAX

static int64_t boot_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* A new image: a process that has threads may not simply fork. */
static void become_partner(const struct writer *w, int from)
{
	char pipe[16], lock[16];
	char *argv[] = { (char *)"vwire-acct", (char *)"--partner", pipe, lock,
			 w->daemon ? (char *)"--daemon" : NULL, NULL };
	sigset_t none;

	snprintf(pipe, sizeof(pipe), "%d", from);
	snprintf(lock, sizeof(lock), "%d", w->lock);
	(void)fcntl(from, F_SETFD, 0);
	(void)fcntl(w->lock, F_SETFD, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execv("/proc/self/exe", argv);
	_exit(127);
}

void partner_keep(struct writer *w)
{
	int ends[2];

	if (w->partner != 0 || w->holds || boot_ms() < w->partner_ms)
		return;
	w->partner_ms = boot_ms() + AGAIN_MS;
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
		return;
	w->partner = fork();
	if (w->partner == 0)
		become_partner(w, ends[0]);
	close(ends[0]);
	if (w->partner < 0) {
		w->partner = 0;
		close(ends[1]);
		return;
	}
	w->pipe = ends[1];
}

void partner_tell(struct writer *w, uint64_t written_boot_ns)
{
	/* A full pipe: it reads the next one. */
	if (w->pipe >= 0 && !w->holds)
		(void)!write(w->pipe, &written_boot_ns, sizeof(written_boot_ns));
}

void partner_reap(struct writer *w)
{
	int status;

	if (w->partner == 0 || waitpid(w->partner, &status, WNOHANG) != w->partner)
		return;
	w->partner = 0;
	close(w->pipe);
	w->pipe = -1;
}

void partner_stop(struct writer *w)
{
	int status;

	if (w->partner == 0)
		return;
	partner_tell(w, BYE);
	kill(w->partner, SIGTERM);
	while (waitpid(w->partner, &status, 0) < 0 && errno == EINTR)
		;
	w->partner = 0;
	close(w->pipe);
	w->pipe = -1;
}

bool partner_hear(struct writer *w, bool *bye)
{
	uint64_t n, last = 0;
	ssize_t got;

	*bye = false;
	while ((got = read(w->pipe, &n, sizeof(n))) == sizeof(n)) {
		if (n == BYE)
			*bye = true;
		else
			last = n;
	}
	if (last != 0)
		vw_recorder_forget(w->recorder, last);
	return got < 0 && (errno == EAGAIN || errno == EINTR);
}

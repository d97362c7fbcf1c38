/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* signals.c - whatever ends us, the terminal is given back as it was */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "linkstat.h"

volatile sig_atomic_t ls_stopped;

static struct termios settings;
static volatile sig_atomic_t taken;
static char give_back[128];

static int wake[2] = { -1, -1 };	/* so that no signal slips in just before a wait */

/* Only what a signal handler may do; then the death that was coming. */
static void crash(int signo)
{
	if (taken) {
		(void)!write(STDOUT_FILENO, give_back, strlen(give_back));
		(void)tcsetattr(STDIN_FILENO, TCSANOW, &settings);
	}
	(void)signal(signo, SIG_DFL);
	(void)raise(signo);
}

/* Asked twice, we do not wait for what we are doing. */
static void stop(int signo)
{
	int err = errno;

	if (ls_stopped != 0)
		crash(signo);
	ls_stopped = signo;
	(void)!write(wake[1], "", 1);
	errno = err;
}

void ls_catch_signals(void)
{
	static const int ends[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	static const int crashes[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGXCPU, SIGSYS,
				       SIGALRM, SIGUSR1, SIGUSR2 };
	struct sigaction act = { .sa_handler = stop };
	size_t i;

	(void)!pipe2(wake, O_CLOEXEC | O_NONBLOCK);
	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		sigaction(ends[i], &act, NULL);
	act.sa_handler = crash;
	act.sa_flags = SA_NODEFER;
	for (i = 0; i < sizeof(crashes) / sizeof(crashes[0]); i++)
		sigaction(crashes[i], &act, NULL);
	act = (struct sigaction){ .sa_handler = SIG_IGN };
	sigaction(SIGPIPE, &act, NULL);
}

void ls_terminal_taken(const char *text)
{
	size_t n = strlen(text);

	/* the first time, before curses changed anything */
	if ((!taken && tcgetattr(STDIN_FILENO, &settings) < 0) || n >= sizeof(give_back))
		return;
	memcpy(give_back, text, n + 1);
	taken = 1;
}

void ls_terminal_given(void)
{
	taken = 0;
}

bool ls_wait(double seconds, bool keys)
{
	struct pollfd p[2] = {
		{ .fd = wake[0], .events = POLLIN },
		{ .fd = keys ? STDIN_FILENO : -1, .events = POLLIN },
	};
	struct timespec t;

	if (seconds < 0)
		seconds = 0;
	t.tv_sec = (time_t)seconds;
	t.tv_nsec = (long)((seconds - (double)t.tv_sec) * 1e9);
	return ppoll(p, 2, &t, NULL) > 0 && p[1].revents != 0;
}

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

volatile sig_atomic_t ls_stopped, ls_suspended;

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

static void suspend(int signo)
{
	int err = errno;

	ls_suspended = signo;
	(void)!write(wake[1], "", 1);
	errno = err;
}

void ls_catch_suspend(void)
{
	struct sigaction act = { .sa_handler = suspend }, was;

	if (sigaction(SIGTSTP, NULL, &was) == 0 && was.sa_handler != SIG_IGN)
		sigaction(SIGTSTP, &act, NULL);
}

void ls_suspend(void)
{
	ls_suspended = 0;
	(void)signal(SIGTSTP, SIG_DFL);
	(void)raise(SIGTSTP);
	ls_catch_suspend();
}

static bool is_among(int signo, const int *list)
{
	while (*list != 0 && *list != signo)
		list++;
	return *list != 0;
}

/* All that would end us are caught, those of real time, too. */
void ls_catch_signals(void)
{
	static const int ends[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, 0 };
	static const int harmless[] = { SIGCHLD, SIGCONT, SIGTSTP, SIGTTIN, SIGTTOU, SIGURG,
					SIGWINCH, SIGPIPE, SIGKILL, SIGSTOP, 0 };
	struct sigaction act, was;
	int signo;

	(void)!pipe2(wake, O_CLOEXEC | O_NONBLOCK);
	for (signo = 1; signo <= SIGRTMAX; signo++) {
		bool end = is_among(signo, ends);

		if (is_among(signo, harmless) || sigaction(signo, NULL, &was) < 0)
			continue;
		/* A shell has a job in the background ignore INT and QUIT; the rest is nohup(1). */
		if (was.sa_handler == SIG_IGN && signo != SIGINT && signo != SIGQUIT)
			continue;
		act = (struct sigaction){ .sa_handler = end ? stop : crash,
					  .sa_flags = end ? 0 : SA_NODEFER };
		sigaction(signo, &act, NULL);
	}
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
	char said[16];

	if (seconds < 0)
		seconds = 0;
	t.tv_sec = (time_t)seconds;
	t.tv_nsec = (long)((seconds - (double)t.tv_sec) * 1e9);
	if (ppoll(p, 2, &t, NULL) <= 0)
		return false;
	while (p[0].revents != 0 && read(wake[0], said, sizeof(said)) == sizeof(said))
		;
	return p[1].revents != 0;
}

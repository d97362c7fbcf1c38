/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* background.c - vwire-acct --daemon: leave the caller once recording has begun */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "writer.h"

int background_begin(struct writer *w)
{
	int ends[2], status = 1;
	char byte;
	pid_t pid;

	pid = pipe2(ends, O_CLOEXEC) < 0 ? -1 : fork();
	if (pid < 0) {
		say(w, "cannot go into the background: %s", strerror(errno));
		return 1;
	}
	if (pid > 0) {
		close(ends[1]);
		if (read(ends[0], &byte, 1) == 1)
			status = 0;
		_exit(status);
	}
	close(ends[0]);
	(void)setsid();
	(void)!chdir("/");
	w->ready = ends[1];
	return 0;
}

void background_leave(struct writer *w)
{
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	w->daemon = true;
	if (fd < 0)
		return;
	(void)dup2(fd, STDIN_FILENO);
	(void)dup2(fd, STDOUT_FILENO);
	(void)dup2(fd, STDERR_FILENO);
	if (fd > STDERR_FILENO)
		close(fd);
}

void background_ready(struct writer *w)
{
	if (w->ready >= 0) {
		(void)!write(w->ready, "1", 1);
		close(w->ready);
		w->ready = -1;
	}
}

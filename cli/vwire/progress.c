/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* progress.c - a thread that counts seconds: the call it waits for is one, and cannot be asked */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "progress.h"

#define QUIET_SECONDS	2

struct progress {
	const char	*what;
	pthread_t	 thread;
	pthread_mutex_t	 lock;
	pthread_cond_t	 ended;
	bool		 end;
	bool		 printed;
};

static void *count(void *arg)
{
	struct progress *p = arg;
	struct timespec next;
	unsigned seconds = 0;

	clock_gettime(CLOCK_MONOTONIC, &next);
	pthread_mutex_lock(&p->lock);
	while (!p->end) {
		next.tv_sec++;
		if (pthread_cond_timedwait(&p->ended, &p->lock, &next) != ETIMEDOUT)
			continue;
		seconds++;
		if (seconds >= QUIET_SECONDS) {
			fprintf(stderr, "\r%s, %u s", p->what, seconds);
			p->printed = true;
		}
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

/* Signals are the main thread's. */
static int start(struct progress *p)
{
	pthread_condattr_t attr;
	sigset_t all, before;
	int rc;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&p->ended, &attr);
	pthread_condattr_destroy(&attr);
	pthread_mutex_init(&p->lock, NULL);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&p->thread, NULL, count, p);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return rc;
}

struct progress *progress_begin(const char *what)
{
	struct progress *p;

	if (!isatty(STDERR_FILENO))
		return NULL;
	p = calloc(1, sizeof(*p));
	if (p == NULL)
		return NULL;
	p->what = what;
	if (start(p) != 0) {
		free(p);
		return NULL;
	}
	return p;
}

void progress_end(struct progress *p)
{
	if (p == NULL)
		return;
	pthread_mutex_lock(&p->lock);
	p->end = true;
	pthread_cond_signal(&p->ended);
	pthread_mutex_unlock(&p->lock);
	pthread_join(p->thread, NULL);
	if (p->printed)
		fprintf(stderr, "\r\033[K");
	pthread_cond_destroy(&p->ended);
	pthread_mutex_destroy(&p->lock);
	free(p);
}

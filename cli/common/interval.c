/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* interval.c - reports repeated every few seconds, and the differences between them */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "interval.h"

#define LONGEST_INTERVAL	86400

struct entry {
	char		*name;
	uint64_t	 counters[CLI_MAX_COUNTERS];
};

/* Open addressing; grows at three quarters. Names that went away cost a slot, no more. */
struct cli_memory {
	struct entry	*slots;
	size_t		 size;		/* a power of two */
	size_t		 used;
	bool		 nomem;
};

static volatile sig_atomic_t stopped;

static void stop(int signo)
{
	(void)signo;
	stopped = 1;
}

/* FNV-1a */
static size_t hash(const char *name)
{
	uint64_t h = 14695981039346656037u;

	for (; *name != '\0'; name++)
		h = (h ^ (unsigned char)*name) * 1099511628211u;
	return (size_t)h;
}

static struct entry *slot(struct entry *slots, size_t size, const char *name)
{
	size_t i = hash(name) & (size - 1);

	while (slots[i].name != NULL && strcmp(slots[i].name, name) != 0)
		i = (i + 1) & (size - 1);
	return &slots[i];
}

static bool grow(struct cli_memory *m)
{
	size_t size = m->size > 0 ? m->size * 2 : 64, i;
	struct entry *slots = calloc(size, sizeof(*slots));

	if (slots == NULL)
		return false;
	for (i = 0; i < m->size; i++)
		if (m->slots[i].name != NULL)
			*slot(slots, size, m->slots[i].name) = m->slots[i];
	free(m->slots);
	m->slots = slots;
	m->size = size;
	return true;
}

static uint64_t since(uint64_t now, uint64_t before)
{
	return now > before ? now - before : 0;	/* smaller: it was made anew */
}

void cli_differences(struct cli_memory *m, const char *name, uint64_t *now, size_t n)
{
	struct entry *e;
	size_t i;

	if (m == NULL)
		return;
	if (m->used + 1 > m->size / 4 * 3 && !grow(m)) {
		m->nomem = true;
		return;
	}
	e = slot(m->slots, m->size, name);
	if (e->name == NULL) {
		e->name = strdup(name);
		if (e->name == NULL) {
			m->nomem = true;
			return;
		}
		m->used++;
	}
	for (i = 0; i < n && i < CLI_MAX_COUNTERS; i++) {
		uint64_t total = now[i];

		now[i] = since(total, e->counters[i]);
		e->counters[i] = total;
	}
}

static void memory_free(struct cli_memory *m)
{
	size_t i;

	for (i = 0; i < m->size; i++)
		free(m->slots[i].name);
	free(m->slots);
}

/* Reports end whole: only the wait is interrupted, and a closed pipe is an error, not a death. */
static void catch_signals(void)
{
	struct sigaction act = { .sa_handler = stop, .sa_flags = SA_RESTART };

	sigaction(SIGINT, &act, NULL);
	sigaction(SIGTERM, &act, NULL);
	act.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &act, NULL);
}

/* The time from now to @at; false: that is over. */
static bool time_left(const struct timespec *at, struct timespec *left)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	left->tv_sec = at->tv_sec - now.tv_sec;
	left->tv_nsec = at->tv_nsec - now.tv_nsec;
	if (left->tv_nsec < 0) {
		left->tv_nsec += 1000000000;
		left->tv_sec--;
	}
	return left->tv_sec >= 0;
}

/*
 * Wait for @at, so that reports do not drift by the time they take. A signal comes either before
 * we look whether we are stopped, or in ppoll(): in between it would be lost for the whole wait.
 */
static void wait_until(const struct timespec *at)
{
	struct timespec left;
	sigset_t ends, before;

	sigemptyset(&ends);
	sigaddset(&ends, SIGINT);
	sigaddset(&ends, SIGTERM);
	sigprocmask(SIG_BLOCK, &ends, &before);
	while (!stopped && time_left(at, &left) && ppoll(NULL, 0, &left, &before) < 0 &&
	       errno == EINTR)
		;
	sigprocmask(SIG_SETMASK, &before, NULL);
}

static int repeat(struct cli *c, uint64_t seconds, struct cli_memory *m,
		  int (*once)(struct cli *, struct cli_memory *, void *), void *arg)
{
	struct timespec next;
	int rc;

	catch_signals();
	clock_gettime(CLOCK_MONOTONIC, &next);
	while (!stopped) {
		rc = once(c, m, arg);
		if (rc != CLI_DONE)
			return stopped ? CLI_DONE : rc;
		if (m->nomem)
			return cli_nomem(c);
		if (!cli_flush(c))
			return CLI_FAILED;
		next.tv_sec += (time_t)seconds;
		wait_until(&next);
	}
	return CLI_DONE;
}

int cli_repeat(struct cli *c, int (*once)(struct cli *c, struct cli_memory *m, void *arg),
	       void *arg)
{
	const char *text = cli_value(c, 'i');
	struct cli_memory m = { 0 };
	uint64_t seconds;
	int rc;

	if (text == NULL)
		return once(c, NULL, arg);
	if (!cli_number(text, 1, LONGEST_INTERVAL, &seconds)) {
		cli_fail(c, "invalid interval value '%s'", text);
		cli_hint(c, "whole seconds from 1 to %d", LONGEST_INTERVAL);
		return CLI_USAGE;
	}
	rc = repeat(c, seconds, &m, once, arg);
	memory_free(&m);
	return rc;
}

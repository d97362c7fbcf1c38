/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * writer.h - the program that records usage, and its partner
 *
 * Two processes run. One records. The other, its partner, reads the same counters and hears of the
 * same links, but holds what it knows and writes nothing. When the first is killed, the partner
 * goes on: it knows the last counters of links that went meanwhile, which nobody could ask for
 * any more, and starts a partner of its own.
 */
#ifndef VWIRE_ACCT_WRITER_H
#define VWIRE_ACCT_WRITER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <vwire/vwire.h>

struct writer {
	struct vw_handle	*h;
	struct vw_stat		*stat;
	struct vw_recorder	*recorder;
	struct vw_acct		*settings;
	int			 signals, watch;	/* signalfd, inotify */
	int			 lock;			/* held by both processes */
	int			 pipe;			/* to the partner, or from who records; -1 */
	pid_t			 partner;		/* 0: none */
	int64_t			 partner_ms;		/* do not start one before then */
	int64_t			 next_ms;		/* time of the next reading, since 1970 */
	int64_t			 heard_ms;		/* last reading for an event, since boot */
	uint64_t		 asked_ns;		/* begin of the last reading asked for */
	bool			 holds;			/* this is the partner */
	bool			 daemon;
	bool			 failed;		/* it ends because it cannot go on */
	int			 ready;			/* tell who started us; -1: told */
	char			 said[300];		/* trouble that was told */
};

/* say.c: to standard error, or to the system log once nobody is there to read it */
void say(const struct writer *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void say_library(const struct writer *w);
/* Tell the service manager (sd_notify(3), without its library). */
void say_state(const char *state);

/* background.c */
/* Go on in a child; the parent waits until recording has begun, so that what is said before that
 * reaches its caller. 0, or 1: it was told why not. */
int background_begin(struct writer *w);
/* Nobody reads standard error any more. */
void background_leave(struct writer *w);
/* Recording has begun: let the parent end. */
void background_ready(struct writer *w);

/* partner.c */
/* Start a partner if there is none, and let it know what is in the file. */
void partner_keep(struct writer *w);
void partner_tell(struct writer *w, uint64_t written_boot_ns);
/* It ended (SIGCHLD). */
void partner_reap(struct writer *w);
/* It is not needed any more. */
void partner_stop(struct writer *w);
/* What the one that records says; false: it is gone. *@bye: it ended as it should. */
bool partner_hear(struct writer *w, bool *bye);

#endif

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* writer.c - vwire-acct: read the counters every interval and when links come or go, record them */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "reading.h"
#include "writer.h"

#define EVENT_MS	200	/* least time between two readings for events */
#define END_MS		10000	/* the disk has so long to take the last records */
#define CLAIM_MS	3000	/* and a writer that ends, to be gone */
#define HELP \
	"usage: vwire-acct [--daemon]\n" \
	"record the usage of links and flows, as acctadm(8) has set it up\n\n" \
	"  --daemon   go into the background once recording has begun\n" \
	"  --help     show this\n" \
	"  --version  show the version\n"

static int64_t clock_ms(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static const struct vw_acct_info *settings(const struct writer *w)
{
	return vw_acct_info(w->settings);
}

static uint64_t boot_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* The next multiple of the interval since 1970: records of all writers lie side by side. */
static void plan(struct writer *w)
{
	int64_t now = clock_ms(CLOCK_REALTIME), step = (int64_t)settings(w)->interval_s * 1000;

	w->next_ms = now - now % step + step;
}

/* -- readings ---------------------------------------------------------------------------------- */

static void close_stat(struct writer *w)
{
	vw_stat_close(w->stat);
	w->stat = NULL;
}

static bool open_stat(struct writer *w)
{
	unsigned flags = VW_STAT_LISTEN |
			 (settings(w)->level == VW_ACCT_EXTENDED ? VW_STAT_FLOWS : 0);

	if (vw_stat_open(w->h, NULL, flags, &w->stat) == VW_OK)
		return true;
	w->stat = NULL;
	return false;
}

/* What went wrong is said once, and tried again next time. */
static void trouble(struct writer *w, const char *text)
{
	if (strcmp(w->said, text) == 0)
		return;
	snprintf(w->said, sizeof(w->said), "%s", text);
	if (*text != '\0' && !w->holds)
		say(w, "%s", text);
}

static bool take_reading(struct writer *w, unsigned flags)
{
	struct vw_stat_reading *r;
	int rc;

	if (vw_stat_read(w->stat, &r) < 0) {
		trouble(w, vw_error_message(w->h));
		return false;
	}
	rc = vw_recorder_add(w->recorder, r, flags);
	vw_stat_free(r);
	if (rc < 0)
		trouble(w, vw_status_text(rc));
	return rc == VW_OK;
}

static void publish(struct writer *w)
{
	struct vw_recorder_state s = { .size = sizeof(s) };

	if (w->holds)
		return;
	vw_recorder_state(w->recorder, &s);
	s.asked_boot_ns = w->asked_ns;
	trouble(w, s.trouble);
	if (vw_acct_publish(w->h, settings(w)->serial, &s) < 0)
		say_library(w);
	if (s.written_boot_ns != 0)
		partner_tell(w, s.written_boot_ns);
}

/* -- one set of settings ----------------------------------------------------------------------- */

static bool open_recorder(struct writer *w)
{
	const struct vw_acct_info *i = settings(w);
	int rc = vw_recorder_open(w->h, VW_RECORDER_ATTR(.file = i->file, .session = i->session,
				  .interval_s = i->interval_s), w->holds ? VW_RECORDER_HOLD : 0,
				  &w->recorder);

	if (rc < 0)
		say_library(w);
	return rc == VW_OK;
}

static bool begin(struct writer *w)
{
	if (!open_stat(w)) {
		say_library(w);
		return false;
	}
	if (!open_recorder(w))
		return false;
	(void)take_reading(w, 0);
	plan(w);
	return true;
}

/* Records the last readings and lets the log go. @end: recording is over, not only this process. */
static void finish(struct writer *w, bool end)
{
	if (w->recorder == NULL)
		return;
	if (!w->holds && w->stat != NULL)
		(void)take_reading(w, 0);
	if (vw_recorder_close(w->recorder, end, END_MS) < 0 && !w->holds)
		say(w, "the last readings could not be written");
	w->recorder = NULL;
}

/* The settings changed: what is counted up to now goes to the old log. */
static bool follow(struct writer *w, struct vw_acct *now)
{
	bool same = vw_acct_info(now)->session == settings(w)->session &&
		    vw_acct_info(now)->interval_s == settings(w)->interval_s;

	if (!same) {
		partner_stop(w);
		finish(w, vw_acct_info(now)->session != settings(w)->session);
		close_stat(w);
	}
	vw_acct_free(w->settings);
	w->settings = now;
	if (!settings(w)->active || settings(w)->file == NULL)
		return false;
	w->failed = !same && !begin(w);
	if (w->failed)
		return false;
	if (!same)
		(void)vw_recorder_flush(w->recorder, END_MS);
	publish(w);
	return true;
}

/* false: there is nothing to record any more. */
static bool look_at_settings(struct writer *w)
{
	char events[4096];
	struct vw_acct *now;

	while (read(w->watch, events, sizeof(events)) > 0)
		;
	if (vw_acct_get(w->h, &now) < 0) {
		trouble(w, vw_error_message(w->h));
		return true;
	}
	if (vw_acct_info(now)->serial == settings(w)->serial) {
		vw_acct_free(now);
		return true;
	}
	if (!w->holds)
		return follow(w, now);
	/* Who records stops its partner when it matters; what is new is read when it is needed. */
	vw_acct_free(now);
	return true;
}

/* -- taking over ------------------------------------------------------------------------------- */

/* The one that recorded was killed: what is held here goes on from where its file ends. */
static void take_over(struct writer *w)
{
	struct vw_acct *now;

	close(w->pipe);
	w->pipe = -1;
	w->holds = false;
	say(w, "the writer was killed; its partner goes on");
	w->asked_ns = boot_ns();	/* maybe it was, just then */
	(void)take_reading(w, 0);
	vw_recorder_release(w->recorder);
	if (vw_acct_get(w->h, &now) == VW_OK) {
		if (vw_acct_info(now)->session == settings(w)->session) {
			vw_acct_free(w->settings);
			w->settings = now;
		} else {
			vw_acct_free(now);	/* the next look follows it */
		}
	}
	publish(w);
}

/* false: end. */
static bool hear_recorder(struct writer *w)
{
	bool bye;

	if (partner_hear(w, &bye))
		return !bye;
	if (bye)
		return false;
	take_over(w);
	return look_at_settings(w);
}

/* -- the loop ---------------------------------------------------------------------------------- */

static void record_now(struct writer *w)
{
	w->asked_ns = boot_ns();
	(void)take_reading(w, 0);
	(void)vw_recorder_flush(w->recorder, END_MS);
	publish(w);
}

/* 0: go on; 1: end. */
static int take_signal(struct writer *w)
{
	struct signalfd_siginfo s;

	while (read(w->signals, &s, sizeof(s)) == sizeof(s)) {
		if (s.ssi_signo == SIGCHLD)
			partner_reap(w);
		else if (s.ssi_signo == SIGUSR1 && !w->holds)
			record_now(w);
		else if (s.ssi_signo == SIGTERM || s.ssi_signo == SIGINT)
			return 1;
	}
	return 0;
}

enum { FD_SIGNALS, FD_WATCH, FD_STAT, FD_RECORDER, FD_PIPE, FDS };

static int wait_ms(const struct writer *w, bool heard)
{
	int64_t ms = w->next_ms - clock_ms(CLOCK_REALTIME), since;
	int64_t step = (int64_t)settings(w)->interval_s * 1000;

	if (ms > step)		/* the clock was set back */
		ms = step;
	if (heard) {
		since = clock_ms(CLOCK_BOOTTIME) - w->heard_ms;
		ms = EVENT_MS - since < ms ? EVENT_MS - since : ms;
	}
	if (!w->holds && w->partner == 0 && ms > 1000)
		ms = 1000;
	return ms < 0 ? 0 : (int)ms;
}

/* The reading before waits still: a disk that hangs reports nothing by itself. */
static bool is_behind(struct writer *w)
{
	struct vw_recorder_state s = { .size = sizeof(s) };

	vw_recorder_state(w->recorder, &s);
	return s.waiting > 1;
}

static void take_turn(struct writer *w, bool heard)
{
	int64_t now = clock_ms(CLOCK_REALTIME), boot = clock_ms(CLOCK_BOOTTIME);
	int64_t step = (int64_t)settings(w)->interval_s * 1000;

	if (now >= w->next_ms || w->next_ms - now > step) {
		(void)take_reading(w, VW_RECORDER_BY_CLOCK);
		if (is_behind(w))
			publish(w);
		plan(w);
		w->heard_ms = boot;
	} else if (heard && boot - w->heard_ms >= EVENT_MS) {
		(void)take_reading(w, VW_RECORDER_EVENTS);
		w->heard_ms = boot;
	}
}

/* Until there is nothing to record, or a signal ends it. */
static bool loop(struct writer *w)
{
	bool heard = false;

	for (;;) {
		struct pollfd fds[FDS] = {
			[FD_SIGNALS] = { .fd = w->signals, .events = POLLIN },
			[FD_WATCH] = { .fd = w->watch, .events = POLLIN },
			/* one that was heard and has to wait would end each wait at once */
			[FD_STAT] = { .fd = heard ? -1 : vw_stat_fd(w->stat), .events = POLLIN },
			[FD_RECORDER] = { .fd = vw_recorder_fd(w->recorder), .events = POLLIN },
			[FD_PIPE] = { .fd = w->holds ? w->pipe : -1, .events = POLLIN },
		};
		uint64_t n;

		partner_keep(w);
		if (poll(fds, FDS, wait_ms(w, heard)) < 0 && errno != EINTR) {
			say(w, "cannot wait for events: %s", strerror(errno));
			w->failed = true;
			return true;
		}
		heard = heard || (fds[FD_STAT].revents & POLLIN);
		if (fds[FD_PIPE].revents && !hear_recorder(w))
			return false;
		if (fds[FD_SIGNALS].revents && take_signal(w) != 0)
			return true;
		if ((fds[FD_WATCH].revents & POLLIN) && !look_at_settings(w))
			return false;
		take_turn(w, heard);
		heard = heard && clock_ms(CLOCK_BOOTTIME) - w->heard_ms >= EVENT_MS / 2;
		if ((fds[FD_RECORDER].revents & POLLIN) &&
		    read(vw_recorder_fd(w->recorder), &n, sizeof(n)) == sizeof(n))
			publish(w);
	}
}

/* -- start ------------------------------------------------------------------------------------- */

static bool catch_signals(struct writer *w)
{
	static const int which[] = { SIGTERM, SIGINT, SIGUSR1, SIGCHLD };
	sigset_t set;
	size_t i;

	sigemptyset(&set);
	for (i = 0; i < sizeof(which) / sizeof(which[0]); i++)
		sigaddset(&set, which[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	w->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return w->signals >= 0;
}

/* One that is just ending has said so before it lets go of the lock. */
static bool claim(struct writer *w)
{
	int64_t until = clock_ms(CLOCK_BOOTTIME) + CLAIM_MS;
	struct timespec pause = { .tv_nsec = 20000000 };
	struct vw_acct *a;
	bool ending = true;

	while (vw_acct_claim(w->h, &w->lock) < 0) {
		if (vw_error_status(w->h) != VW_ERR_BUSY || !ending ||
		    clock_ms(CLOCK_BOOTTIME) > until) {
			say_library(w);
			return false;
		}
		nanosleep(&pause, NULL);
		if (vw_acct_get(w->h, &a) == VW_OK) {
			ending = vw_acct_info(a)->pid == 0;
			vw_acct_free(a);
		}
	}
	return true;
}

static bool prepare(struct writer *w)
{
	int rc = vw_open(&w->h);

	if (rc < 0) {
		say(w, "cannot open libvwire: %s", vw_status_text(rc));
		if (cli_open_hint() != NULL)
			say(w, "hint: %s", cli_open_hint());
		return false;
	}
	cli_many_files();
	if (!w->holds && !claim(w))
		return false;
	w->watch = vw_acct_watch(w->h);
	if (w->watch < 0 || vw_acct_get(w->h, &w->settings) < 0) {
		say_library(w);
		return false;
	}
	return catch_signals(w);
}

static void release(struct writer *w)
{
	close_stat(w);
	vw_acct_free(w->settings);
	vw_close(w->h);
}

static int record(struct writer *w, bool background)
{
	bool by_signal;

	if (!prepare(w)) {
		release(w);
		return 1;
	}
	if (!settings(w)->active || settings(w)->file == NULL) {
		say(w, "accounting is off: 'acctadm -e basic -f FILE net' turns it on");
		release(w);
		return w->ready >= 0;
	}
	if (!begin(w)) {
		release(w);
		return 1;
	}
	if (!w->holds) {
		(void)vw_recorder_flush(w->recorder, END_MS);
		publish(w);
		say_state("READY=1");
	}
	if (background)
		background_leave(w);
	background_ready(w);
	by_signal = loop(w);
	/* The one that recorded is gone, and so shall this be: what it held is not lost. */
	if (by_signal && w->holds) {
		bool bye;

		if (!partner_hear(w, &bye) && !bye)
			take_over(w);
	}
	say_state("STOPPING=1");
	partner_stop(w);
	finish(w, false);
	if (!w->holds)
		(void)vw_acct_publish(w->h, 0, NULL);
	release(w);
	return w->failed;
}

/* What was asked for, on standard output; a full disk is a failure. */
static int tell(const struct writer *w, const char *text)
{
	if (fputs(text, stdout) >= 0 && fclose(stdout) == 0)
		return 0;
	say(w, "cannot write the output: %s", strerror(errno));
	return 1;
}

int main(int argc, char **argv)
{
	struct writer w = { .signals = -1, .watch = -1, .lock = -1, .pipe = -1, .ready = -1 };
	bool background = false;
	char version[64];

	if (argc >= 4 && strcmp(argv[1], "--partner") == 0) {
		w.holds = true;
		w.pipe = atoi(argv[2]);
		w.lock = atoi(argv[3]);
		w.daemon = argc > 4;
		(void)fcntl(w.pipe, F_SETFD, FD_CLOEXEC);
		(void)fcntl(w.lock, F_SETFD, FD_CLOEXEC);
		return record(&w, false);
	}
	if (argc == 2 && strcmp(argv[1], "--version") == 0) {
		snprintf(version, sizeof(version), "vwire-acct (libvwire) %s\n", vw_version());
		return tell(&w, version);
	}
	if (argc == 2 && strcmp(argv[1], "--help") == 0)
		return tell(&w, HELP);
	if (argc == 2 && strcmp(argv[1], "--daemon") == 0)
		background = true;
	else if (argc > 1) {
		say(&w, "unrecognized option '%s'", argv[1]);
		say(&w, "hint: usage: vwire-acct [--daemon]");
		return 2;
	}
	if (background && background_begin(&w) != 0)
		return 1;
	return record(&w, background);
}

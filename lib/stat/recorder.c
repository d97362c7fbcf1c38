/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * recorder.c - takes readings at once, writes them when the disk lets it
 *
 * A thread of its own writes. While it cannot (full disk, damaged file, a disk that hangs) readings
 * are merged: counters are absolute, so the newest tells all that older ones did, and memory does
 * not grow with time.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "stat/usage.h"

#define LEAST_END_MS	2000
#define WAITING_MAX	16	/* readings that wait one by one; more are merged */
#define RETRY_MS	1000	/* after a failure, doubled up to the next */
#define RETRY_MOST_MS	60000

struct vw_recorder {
	struct vw_handle	*h;		/* an error record for the thread, no more */
	char			*file;
	unsigned		 interval_s;
	struct vwst_ledger	 ledger;	/* the thread's */
	pthread_t		 thread;
	int			 event;
	pthread_mutex_t		 mutex;		/* guards what follows */
	pthread_cond_t		 work, done;
	struct vwst_batch	*first, *last;
	size_t			 nwaiting;	/* batches */
	bool			 writing;	/* the first is being written: leave it alone */
	bool			 hold, stop, hurry, failing;
	bool			 end;		/* before it stops, it ends the log */
	int			 ended;		/* how that went */
	bool			 left;		/* nobody waits for the thread: it frees all */
	struct vw_recorder_state state;
};

static void release(struct vw_recorder *r)
{
	vwst_ledger_free(&r->ledger);
	while (r->first) {
		struct vwst_batch *next = r->first->next;

		vwst_batch_free(r->first);
		r->first = next;
	}
	if (r->event >= 0)
		close(r->event);
	pthread_cond_destroy(&r->work);
	pthread_cond_destroy(&r->done);
	pthread_mutex_destroy(&r->mutex);
	free(r->file);
	free(r->h);
	free(r);
}

static void tell_change(struct vw_recorder *r)
{
	uint64_t one = 1;

	(void)!write(r->event, &one, sizeof(one));
}

/* -- the thread -------------------------------------------------------------------------------- */

/* The log, as it should be: open, and still the file that has the name. */
static int ready(struct vw_recorder *r)
{
	if (r->ledger.open && vwst_db_same(&r->ledger.db))
		return VW_OK;
	/* Moved away by somebody: it is left complete, and a new one begun. */
	vwst_ledger_shut(&r->ledger);
	return vwst_ledger_open(&r->ledger, r->file);
}

static int write_one(struct vw_recorder *r, const struct vwst_batch *b)
{
	int rc;

	vwc_restart(r->h);
	rc = ready(r);
	return rc == VW_OK ? vwst_ledger_apply(&r->ledger, b) : rc;
}

static void wrote(struct vw_recorder *r, struct vwst_batch *b, int rc)
{
	r->failing = rc < 0;
	if (rc < 0) {
		snprintf(r->state.trouble, sizeof(r->state.trouble), "%s",
			 vw_error_message(r->h));
		return;
	}
	r->state.trouble[0] = '\0';
	r->state.waiting -= b->readings;
	r->state.records = r->ledger.records;
	r->state.recorded_s = (uint64_t)b->t_ms / 1000;
	r->state.written_boot_ns = b->boot_ns;
	r->first = b->next;
	r->last = r->first ? r->last : NULL;
	r->nwaiting--;
}

static struct timespec after_ms(unsigned ms)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += ms / 1000;
	t.tv_nsec += (long)(ms % 1000) * 1000000;
	if (t.tv_nsec >= 1000000000) {
		t.tv_sec++;
		t.tv_nsec -= 1000000000;
	}
	return t;
}

static bool is_before(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec != b->tv_sec ? a->tv_sec < b->tv_sec : a->tv_nsec < b->tv_nsec;
}

static void pause_ms(struct vw_recorder *r, unsigned ms)
{
	struct timespec until = after_ms(ms);

	while (!r->stop && !r->hurry &&
	       pthread_cond_timedwait(&r->work, &r->mutex, &until) != ETIMEDOUT)
		;
}

/* Until it shall stop: then what waits is given up, as who closed it waited long enough. */
static void write_all(struct vw_recorder *r)
{
	unsigned wait_ms = RETRY_MS;

	for (;;) {
		struct vwst_batch *b;
		int rc;

		while ((r->first == NULL || r->hold) && !r->stop)
			pthread_cond_wait(&r->work, &r->mutex);
		if (r->stop)
			return;
		b = r->first;
		r->writing = true;
		pthread_mutex_unlock(&r->mutex);
		rc = write_one(r, b);
		pthread_mutex_lock(&r->mutex);
		r->writing = false;
		r->hurry = false;
		wrote(r, b, rc);
		pthread_cond_broadcast(&r->done);
		tell_change(r);
		if (rc == VW_OK) {
			vwst_batch_free(b);
			wait_ms = RETRY_MS;
			continue;
		}
		pause_ms(r, wait_ms);
		wait_ms = wait_ms < RETRY_MOST_MS / 2 ? 2 * wait_ms : RETRY_MOST_MS;
	}
}

static void *run(void *arg)
{
	struct vw_recorder *r = arg;
	int rc = VW_OK;
	bool left;

	pthread_mutex_lock(&r->mutex);
	write_all(r);
	if (r->end) {
		pthread_mutex_unlock(&r->mutex);
		if (r->ledger.open)
			rc = vwst_ledger_end(&r->ledger);
		pthread_mutex_lock(&r->mutex);
		r->end = false;
		r->ended = rc;
		pthread_cond_broadcast(&r->done);
	}
	left = r->left;
	pthread_mutex_unlock(&r->mutex);
	if (left)
		release(r);
	return NULL;
}

/* -- the caller's side ------------------------------------------------------------------------- */

static bool start(struct vw_recorder *r)
{
	sigset_t all, old;
	bool started;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);	/* no handler of the program runs there */
	started = pthread_create(&r->thread, NULL, run, r) == 0;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return started;
}

static struct vw_recorder *make(const struct vw_recorder_attr *a, unsigned flags)
{
	struct vw_recorder *r = calloc(1, sizeof(*r));
	pthread_condattr_t attr;

	if (r == NULL)
		return NULL;
	pthread_mutex_init(&r->mutex, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&r->work, &attr);
	pthread_cond_init(&r->done, &attr);
	pthread_condattr_destroy(&attr);
	r->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	r->h = calloc(1, sizeof(*r->h));
	r->file = strdup(a->file);
	if (r->event < 0 || r->h == NULL || r->file == NULL) {
		release(r);
		return NULL;
	}
	r->h->pid = getpid();
	r->hold = (flags & VW_RECORDER_HOLD) != 0;
	r->interval_s = a->interval_s ? a->interval_s : VW_ACCT_INTERVAL;
	vwst_ledger_init(&r->ledger, r->h, a->session);
	if (a->keep_samples_h)
		r->ledger.keep_samples_h = a->keep_samples_h;
	if (a->keep_fives_d)
		r->ledger.keep_fives_d = a->keep_fives_d;
	if (a->keep_hours_d)
		r->ledger.keep_hours_d = a->keep_hours_d;
	return r;
}

int vw_recorder_open(struct vw_handle *h, const struct vw_recorder_attr *attr, unsigned flags,
		     struct vw_recorder **rp)
{
	struct vw_recorder_attr a = { 0 };
	struct vw_recorder *r;
	int rc = vwc_enter(h);

	if (rc < 0)
		return rc;
	if (attr == NULL || attr->size < offsetof(struct vw_recorder_attr, session) ||
	    attr->size > 4096)
		return vwc_why(h, VW_ERR_BADVAL, "the attributes of the recorder have no size");
	memcpy(&a, attr, attr->size < sizeof(a) ? attr->size : sizeof(a));
	if (a.file == NULL || a.file[0] != '/')
		return vwc_why(h, VW_ERR_BADVAL, "'%s' is not an absolute pathname",
			       a.file ? a.file : "");
	if ((flags & ~VW_RECORDER_HOLD) || a.interval_s > 3600)
		return vwc_why(h, VW_ERR_BADVAL, "an interval is 1 to 3600 seconds");
	rc = vwst_db_usable(h);
	if (rc < 0)
		return rc;
	r = make(&a, flags);
	if (r == NULL || !start(r)) {
		if (r != NULL)
			release(r);
		return vwc_nomem(h);
	}
	*rp = r;
	return VW_OK;
}

/*
 * Merge what waits until few enough are left; the one being written stays. So does the first of
 * all: in a new log counting begins with it, and what was counted after it may not be lost in it.
 */
static void squeeze(struct vw_recorder *r)
{
	bool stays = r->writing || (!r->hold && r->state.written_boot_ns == 0);
	size_t most = r->hold ? 1 : WAITING_MAX;

	while (r->nwaiting > most) {
		struct vwst_batch **at = stays ? &r->first->next : &r->first;
		struct vwst_batch *older = *at, *newer = older ? older->next : NULL;

		if (newer == NULL || !vwst_batch_merge(older, newer))
			return;
		*at = newer;
		r->nwaiting--;
	}
}

int vw_recorder_add(struct vw_recorder *r, struct vw_stat_reading *reading, unsigned flags)
{
	struct vwst_batch *b = vwst_batch_of(reading, flags, r->interval_s);

	if (b == NULL)
		return VW_ERR_NOMEM;
	pthread_mutex_lock(&r->mutex);
	if (r->last)
		r->last->next = b;
	else
		r->first = b;
	r->last = b;
	r->nwaiting++;
	r->state.added++;
	r->state.waiting++;
	squeeze(r);
	pthread_cond_signal(&r->work);
	pthread_mutex_unlock(&r->mutex);
	return VW_OK;
}

void vw_recorder_release(struct vw_recorder *r)
{
	pthread_mutex_lock(&r->mutex);
	r->hold = false;
	pthread_cond_signal(&r->work);
	pthread_mutex_unlock(&r->mutex);
}

void vw_recorder_forget(struct vw_recorder *r, uint64_t boot_ns)
{
	pthread_mutex_lock(&r->mutex);
	if (r->hold && r->first)
		vwst_batch_forget(r->first, boot_ns);
	pthread_mutex_unlock(&r->mutex);
}

void vw_recorder_state(struct vw_recorder *r, struct vw_recorder_state *state)
{
	size_t size = state->size < sizeof(*state) ? state->size : sizeof(*state);

	pthread_mutex_lock(&r->mutex);
	r->state.size = size;
	memcpy(state, &r->state, size);
	pthread_mutex_unlock(&r->mutex);
}

int vw_recorder_fd(const struct vw_recorder *r)
{
	return r->event;
}

static int wait_written(struct vw_recorder *r, const struct timespec *until)
{
	r->hurry = r->failing;
	r->failing = false;
	pthread_cond_signal(&r->work);
	while (r->first != NULL && !r->failing)
		if (pthread_cond_timedwait(&r->done, &r->mutex, until) == ETIMEDOUT)
			return VW_ERR_TIMEOUT;
	return r->failing ? VW_ERR_IO : VW_OK;
}

int vw_recorder_flush(struct vw_recorder *r, unsigned timeout_ms)
{
	struct timespec until = after_ms(timeout_ms);
	int rc;

	pthread_mutex_lock(&r->mutex);
	rc = r->hold ? VW_OK : wait_written(r, &until);
	pthread_mutex_unlock(&r->mutex);
	return rc;
}

/* Let the thread stop. False: a disk that hangs holds it in the kernel, and it is left behind with
 * all it uses. One that does not write now touches the disk no more. */
static bool stop(struct vw_recorder *r, bool end, const struct timespec *until)
{
	struct timespec soon = after_ms(LEAST_END_MS);

	if (end && !r->writing && is_before(until, &soon))
		until = &soon;		/* it takes a moment, whatever the caller's patience */
	r->stop = true;
	r->end = end;
	pthread_cond_broadcast(&r->work);
	while (r->writing || r->end)
		if (pthread_cond_timedwait(&r->done, &r->mutex, until) == ETIMEDOUT)
			break;
	r->left = r->writing || r->end;
	if (r->left)
		pthread_detach(r->thread);
	return !r->left;
}

int vw_recorder_close(struct vw_recorder *r, int end, unsigned timeout_ms)
{
	struct timespec until = after_ms(timeout_ms);
	int rc = VW_OK;
	bool stopped;

	if (r == NULL)
		return VW_OK;
	pthread_mutex_lock(&r->mutex);
	if (!r->hold)
		rc = wait_written(r, &until);
	stopped = stop(r, end && rc == VW_OK, &until);
	pthread_mutex_unlock(&r->mutex);
	if (!stopped)
		return VW_ERR_TIMEOUT;
	pthread_join(r->thread, NULL);
	rc = rc == VW_OK ? r->ended : rc;
	release(r);
	return rc;
}

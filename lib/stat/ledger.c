/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ledger.c - one batch of counters becomes one sample, whole or not at all */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "stat/ledger.h"

uint64_t vwst_boot_id(void)
{
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	char text[64];
	ssize_t n = fd >= 0 ? read(fd, text, sizeof(text)) : 0;

	if (fd >= 0)
		close(fd);
	/* SQLite's integers are signed, and 0 means none. */
	return n > 0 ? (vwu_hash(text, (size_t)n) >> 1) | 1 : 1;
}

void vwst_ledger_init(struct vwst_ledger *l, struct vw_handle *h, uint64_t session)
{
	*l = (struct vwst_ledger){
		.h = h, .session = session ? session : 1, .boot = vwst_boot_id(),
		.keep_samples_h = 48, .keep_fives_d = 62, .keep_hours_d = 400,
	};
}

/* What was committed is what is known. */
static void keep(struct vwst_ledger *l)
{
	size_t kept = 0, before = l->ncursors;

	for (size_t i = 0; i < before; i++) {
		if (l->cursors[i].over)
			continue;
		l->cursors[kept] = l->cursors[i];
		l->cursors[kept].kept = l->cursors[kept].now;
		l->cursors[kept++].moved = false;
	}
	l->ncursors = kept;
	if (kept != before && !vwst_index_make(l))
		l->ncursors = 0;	/* no memory: the file is read again */
	if (kept != before && l->ncursors == 0)
		vwst_ledger_shut(l);
	for (size_t i = 0; i < l->nseries; i++)
		l->series[i].kept_alive = l->series[i].alive;
	l->kept = l->now;
	l->kept_cursors = l->ncursors;
	l->kept_series = l->nseries;
}

static void take_back(struct vwst_ledger *l)
{
	l->ncursors = l->kept_cursors;
	l->nseries = l->kept_series;
	for (size_t i = 0; i < l->ncursors; i++)
		l->cursors[i].now = l->cursors[i].kept;
	for (size_t i = 0; i < l->ncursors; i++)
		l->cursors[i].over = false;
	for (size_t i = 0; i < l->nseries; i++)
		l->series[i].alive = l->series[i].kept_alive;
	l->now = l->kept;
	(void)vwst_index_make(l);
}

static void forget_all(struct vwst_ledger *l)
{
	free(l->series);
	free(l->cursors);
	vwst_index_free(l);
	vwu_pool_free(&l->pool);
}

void vwst_ledger_shut(struct vwst_ledger *l)
{
	if (l->open)
		vwst_db_close(&l->db);
	l->open = false;
}

void vwst_ledger_free(struct vwst_ledger *l)
{
	vwst_ledger_shut(l);
	forget_all(l);
}

int vwst_ledger_open(struct vwst_ledger *l, const char *path)
{
	struct vwst_ledger fresh;
	int rc;

	vwst_ledger_init(&fresh, l->h, l->session);
	fresh.keep_samples_h = l->keep_samples_h;
	fresh.keep_fives_d = l->keep_fives_d;
	fresh.keep_hours_d = l->keep_hours_d;
	fresh.records = l->records;
	fresh.boot = l->boot;
	rc = vwst_db_open(l->h, path, VWST_WRITE, &fresh.db);
	if (rc < 0)
		return rc;
	fresh.open = true;
	rc = vwst_ledger_load(&fresh);
	/* Who waits for a baseline knows nothing yet that could be gone on from. */
	if (rc == VW_OK)
		rc = vwst_ledger_begin(&fresh, l->valid && !l->baseline ? l : NULL);
	if (rc < 0) {
		vwst_ledger_free(&fresh);
		return rc;
	}
	vwst_ledger_free(l);
	*l = fresh;
	l->valid = true;
	keep(l);
	return VW_OK;
}

/* -- a batch ----------------------------------------------------------------------------------- */

/* What @e adds to what @c showed last; VWST_MARK_... when it is not all that there was. */
static unsigned difference(const struct vwst_cursor *c, const struct vwst_entry *e,
			   uint64_t d[VWST_COUNTS])
{
	bool lower = false;

	for (int i = 0; i < VWST_COUNTS; i++) {
		lower = lower || e->v[i] < c->now.v[i];
		d[i] = e->v[i] - c->now.v[i];
	}
	if (!lower)
		return 0;
	/*
	 * A device that is being taken apart may show one direction only: a veth reads what it
	 * received from its peer. What it does not show is not known, what it shows is right.
	 */
	for (int i = 0; i < VWST_COUNTS; i++)
		if (!e->gone)
			d[i] = e->v[i];
		else if (e->v[i] < c->now.v[i])
			d[i] = 0;
	if (e->gone)
		return VWST_MARK_UNSEEN;
	/* Counters of flows are never reset: the engine that had them is gone, these are others. */
	return c->kind == VW_USAGE_FLOWS ? 0 : VWST_MARK_RESET;
}

static void begin_at(const struct vwst_ledger *l, const struct vwst_entry *e,
		     struct vwst_cursor *c)
{
	for (int i = 0; i < VWST_COUNTS; i++)
		c->now.v[i] = l->baseline ? e->v[i] : e->base[i] <= e->v[i] ? e->base[i] : 0;
}

static int mark(struct vwst_ledger *l, int64_t t_ms, uint32_t series, unsigned what)
{
	return what == 0 ? VW_OK :
		vwst_db_run(&l->db, "INSERT OR IGNORE INTO mark VALUES(?, ?, ?)",
			    (int64_t[]){ t_ms, l->series[series].id, what }, 3);
}

/* The cursor leaves its series: was it the last of it? */
static int leave(struct vwst_ledger *l, struct vwst_cursor *c, int64_t t_ms)
{
	struct vwst_series *s;

	if (c->now.series == VWST_NO_SERIES || c->now.state != VWST_LIVE)
		return VW_OK;
	s = &l->series[c->now.series];
	if (s->alive > 0 && --s->alive > 0)
		return VW_OK;
	return vwst_life_end(l, s->id, t_ms);
}

static int join(struct vwst_ledger *l, struct vwst_cursor *c, uint32_t series, int64_t t_ms)
{
	c->now.series = series;
	c->now.state = VWST_LIVE;
	return l->series[series].alive++ > 0 ? VW_OK
					     : vwst_life_begin(l, l->series[series].id, t_ms);
}

static int describe(struct vwst_ledger *l, uint32_t number, const struct vwst_entry *e)
{
	struct vwst_series *s = &l->series[number];

	if (s->id != 0 && s->cls == e->cls && s->edge == e->edge && strcmp(s->over, e->over) == 0)
		return VW_OK;
	/* The last words of a link say little of where it was. */
	if (s->id != 0 && e->gone)
		return VW_OK;
	if (strcmp(s->over, e->over) != 0) {
		s->over = vwu_pool_str(&l->pool, e->over);
		if (s->over == NULL)
			return vwc_nomem(l->h);
	}
	s->cls = e->cls;
	s->edge = e->edge;
	return vwst_series_put(l, s);
}

/* Count @e's difference for @series, and let the cursor stand where it is now. */
static int count(struct vwst_ledger *l, struct vwst_cursor *c, uint32_t series,
		 const struct vwst_entry *e, int64_t t_ms)
{
	uint64_t d[VWST_COUNTS];
	unsigned what = difference(c, e, d);

	for (int i = 0; i < VWST_COUNTS; i++) {
		l->series[series].sum[i] += d[i];
		c->moved = c->moved || d[i] != 0;
		c->now.v[i] = e->v[i];
	}
	c->moved = c->moved || what != 0;
	return mark(l, t_ms, series, what);
}

/* A link that was born since the last full batch was there since then, at the earliest. */
static int64_t birth(const struct vwst_ledger *l, const struct vwst_batch *b)
{
	return b->full && !l->baseline && l->now.full_ms > 0 ? l->now.full_ms : b->t_ms;
}

static int enter(struct vwst_ledger *l, const struct vwst_batch *b, const struct vwst_entry *e)
{
	struct vwst_cursor *c;
	uint32_t series, owner;
	bool fresh;
	int rc;

	if (l->baseline && e->gone)
		return VW_OK;
	c = vwst_cursor_get(l, e, &fresh);
	series = c ? vwst_series_get(l, e) : VWST_NO_SERIES;
	if (series == VWST_NO_SERIES)
		return vwc_nomem(l->h);
	c->seen = true;
	/* Told before: by a process that was killed since, or twice over a restart. */
	if (!fresh && (c->now.state == VWST_ENDED || e->boot_ns <= c->now.boot_ns))
		return VW_OK;
	if (!b->full && !fresh && !e->gone && c->now.series == series && c->now.state == VWST_LIVE)
		return VW_OK;
	rc = describe(l, series, e);
	if (rc < 0)
		return rc;
	if (fresh)
		begin_at(l, e, c);
	/* What it counted before it got another name or owner belongs to the one it had. */
	owner = fresh || c->kind == VW_USAGE_FLOWS ? series : c->now.series;
	rc = count(l, c, owner, e, b->t_ms);
	if (rc == VW_OK && (fresh || c->now.series != series || c->now.state != VWST_LIVE)) {
		rc = leave(l, c, b->t_ms);
		if (rc == VW_OK)
			rc = join(l, c, series, fresh ? birth(l, b) : b->t_ms);
		c->moved = true;
	}
	if (rc == VW_OK && e->gone) {
		rc = leave(l, c, b->t_ms);
		c->now.state = VWST_ENDED;
		c->moved = true;
	}
	c->now.boot_ns = e->boot_ns;
	return rc;
}

/* Counters that are not there any more, and did not say goodbye. */
static int miss(struct vwst_ledger *l, const struct vwst_batch *b)
{
	int rc = VW_OK;

	for (size_t i = 0; rc == VW_OK && i < l->ncursors; i++) {
		struct vwst_cursor *c = &l->cursors[i];

		/* read after this batch was, by a process that was killed since */
		if (c->seen || c->now.state != VWST_LIVE || c->now.boot_ns >= b->boot_ns)
			continue;
		rc = mark(l, b->t_ms, c->now.series, VWST_MARK_UNSEEN);
		if (rc == VW_OK)
			rc = leave(l, c, l->now.last_ms);
		c->now.state = VWST_ABSENT;
		c->moved = true;
	}
	return rc;
}

static int write_cursors(struct vwst_ledger *l)
{
	sqlite3_stmt *st = vwst_db_prepare(&l->db, VWST_CURSOR_PUT);
	int rc = st ? VW_OK : vw_error_status(l->h);

	for (size_t i = 0; rc == VW_OK && i < l->ncursors; i++)
		if (l->cursors[i].moved)
			rc = vwst_cursor_put(l, st, &l->cursors[i]);
	vwst_db_finalize(&l->db, st);
	return rc;
}

static int put_sample(struct vwst_ledger *l, int64_t t_ms, const struct vwst_pack *p)
{
	sqlite3_stmt *st = vwst_db_prepare(&l->db, "INSERT INTO sample VALUES(?, ?, ?, ?)");
	int64_t t0 = l->now.full_ms > 0 && l->now.full_ms < t_ms ? l->now.full_ms : t_ms;
	int rc;

	if (st == NULL)
		return vw_error_status(l->h);
	vwst_db_bind(&l->db, st, 1, ++l->now.seq);
	vwst_db_bind(&l->db, st, 2, t0);
	vwst_db_bind(&l->db, st, 3, t_ms);
	(void)l->db.sql.bind_blob(st, 4, p->p, (int)p->len, SQLITE_STATIC);
	rc = vwst_db_step(&l->db, st);
	vwst_db_finalize(&l->db, st);
	return rc;
}

/* The vector is in the order of the ids: they rise as they are given. */
static int write_sample(struct vwst_ledger *l, int64_t t_ms)
{
	struct vwst_pack p = { 0 };
	int64_t before = 0;
	uint64_t n = 0;
	int rc;

	for (size_t i = 0; i < l->nseries; i++) {
		struct vwst_series *s = &l->series[i];

		if ((s->sum[0] | s->sum[1] | s->sum[2] | s->sum[3]) == 0)
			continue;
		vwst_pack_num(&p, (uint64_t)(s->id - before));
		before = s->id;
		for (int k = 0; k < VWST_COUNTS; k++)
			vwst_pack_num(&p, s->sum[k]);
		n++;
	}
	rc = p.failed ? vwc_nomem(l->h) : p.len > 0 ? put_sample(l, t_ms, &p) : VW_OK;
	if (rc == VW_OK)
		l->records += n;
	vwst_pack_free(&p);
	return rc;
}

static int apply(struct vwst_ledger *l, const struct vwst_batch *b)
{
	/* All but @next: another thread may queue a batch behind this one. */
	struct vwst_batch at = {
		.t_ms = b->t_ms, .boot_ns = b->boot_ns, .full = b->full, .v = b->v, .n = b->n,
	};
	int rc;

	/* Clocks are set back at times; records are not. */
	if (at.t_ms < l->now.last_ms && l->now.last_ms - at.t_ms < 3600000)
		at.t_ms = l->now.last_ms;
	rc = vwst_fold(l, &at);
	for (size_t i = 0; rc == VW_OK && i < b->n; i++)
		rc = enter(l, &at, &b->v[i]);
	if (rc == VW_OK && b->full)
		rc = miss(l, &at);
	if (rc == VW_OK)
		rc = write_sample(l, at.t_ms);
	if (rc == VW_OK)
		rc = write_cursors(l);
	if (rc < 0)
		return rc;
	l->now.last_ms = at.t_ms;
	if (b->full || l->baseline)
		l->now.full_ms = at.t_ms;
	if (l->now.first_ms == 0)
		l->now.first_ms = at.t_ms;
	if (l->baseline)
		rc = vwst_db_set_meta(&l->db, "session", (int64_t)l->session);
	return rc == VW_OK ? vwst_ledger_clock(l) : rc;
}

static void clear_marks(struct vwst_ledger *l)
{
	for (size_t i = 0; i < l->ncursors; i++)
		l->cursors[i].seen = l->cursors[i].moved = false;
	for (size_t i = 0; i < l->nseries; i++)
		memset(l->series[i].sum, 0, sizeof(l->series[i].sum));
}

int vwst_ledger_apply(struct vwst_ledger *l, const struct vwst_batch *b)
{
	uint64_t records = l->records;
	int rc;

	clear_marks(l);
	rc = vwst_db_exec(&l->db, "BEGIN IMMEDIATE");
	if (rc == VW_OK)
		rc = apply(l, b);
	if (rc == VW_OK)
		rc = vwst_db_exec(&l->db, "COMMIT");
	if (rc == VW_OK) {
		l->baseline = false;
		keep(l);
		return VW_OK;
	}
	/* Closing it rolls back what is not committed, also where ROLLBACK would fail. */
	vwst_ledger_shut(l);
	take_back(l);
	l->records = records;
	return rc;
}

/* What is there now is not gone because nobody looks any more: its life is left open. */
int vwst_ledger_end(struct vwst_ledger *l)
{
	return vwst_db_exec(&l->db, "BEGIN IMMEDIATE; DELETE FROM cursor;"
			    "DELETE FROM meta WHERE key = 'session'; COMMIT");
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fold.c - samples into five minutes, hours and days
 *
 * Hours and days are what the clock on the wall shows. The hour being filled is added up when a
 * batch falls into another; what is in hours is told by the number of the sample, not by its time,
 * so that no clock that is set makes a byte count twice or never.
 */
#include <stdlib.h>
#include <string.h>

#include "stat/ledger.h"

#define DAY_S		86400
#define REMEMBER_NS	INT64_C(3600000000000)

struct five {			/* five minutes of one series */
	uint64_t seconds;	/* of a sample that is longer than them; 0: as usual */
	uint64_t v[VWST_COUNTS];
	bool	 used;
};
struct folder {
	uint64_t	(*sum)[VWST_COUNTS];
	struct five	**fives;	/* of each series, f->slots of them; NULL: no traffic */
	size_t		 n, slots;
	bool		 any;
};

/* What a clock that was set left outside of the hour belongs to its edge. */
static struct five *five_of(struct folder *f, size_t i, uint64_t slot)
{
	if (f->fives[i] == NULL)
		f->fives[i] = calloc(f->slots, sizeof(*f->fives[i]));
	return f->fives[i] ? &f->fives[i][slot < f->slots ? slot : f->slots - 1] : NULL;
}

/* false: no memory */
static bool add_five(struct folder *f, size_t i, uint64_t slot, uint64_t seconds,
		     const uint64_t v[VWST_COUNTS])
{
	struct five *five = five_of(f, i, slot);

	if (five == NULL)
		return false;
	five->used = true;
	if (seconds > five->seconds)
		five->seconds = seconds;
	for (int k = 0; k < VWST_COUNTS; k++)
		five->v[k] += v[k];
	return true;
}

static bool add(struct folder *f, size_t i, uint64_t slot, uint64_t seconds,
		const uint64_t v[VWST_COUNTS])
{
	for (int k = 0; k < VWST_COUNTS; k++)
		f->sum[i][k] += v[k];
	f->any = true;
	return add_five(f, i, slot, seconds, v);
}

static size_t find(const struct vwst_ledger *l, size_t from, int64_t id)
{
	while (from < l->nseries && l->series[from].id < id)
		from++;
	return from < l->nseries && l->series[from].id == id ? from : SIZE_MAX;
}

static int damaged(const struct vwst_ledger *l, const char *what)
{
	return vwc_why(l->h, VW_ERR_CONFIG, "%s is damaged: %s is cut short", l->db.path, what);
}

static int fold_sample(struct vwst_ledger *l, struct folder *f, sqlite3_stmt *st)
{
	int64_t t0 = l->db.sql.column_int64(st, 1), t1 = l->db.sql.column_int64(st, 2), id = 0;
	struct vwst_unpack u = vwst_unpack_of(l->db.sql.column_blob(st, 3),
					      (size_t)l->db.sql.column_bytes(st, 3));
	int64_t into = (t1 - 1) / 1000 - l->now.hour0;
	uint64_t slot = into > 0 ? (uint64_t)(into / VWST_FIVE_S) : 0;
	uint64_t seconds = t1 - t0 > VWST_FIVE_S * 1000 ? (uint64_t)(t1 - t0 + 500) / 1000 : 0;
	size_t at = 0;

	while (u.p < u.end) {
		uint64_t v[VWST_COUNTS];
		size_t i;

		id += (int64_t)vwst_unpack_num(&u);
		if (!vwst_unpack_counts(&u, v))
			return damaged(l, "a sample");
		i = find(l, at, id);
		if (i == SIZE_MAX)
			continue;
		at = i;
		if (!add(f, i, slot, seconds, v))
			return vwc_nomem(l->h);
	}
	l->now.folded = l->db.sql.column_int64(st, 0);
	return VW_OK;
}

static int read_samples(struct vwst_ledger *l, struct folder *f)
{
	sqlite3_stmt *st = vwst_db_prepare(&l->db, "SELECT seq, t0, t1, data FROM sample"
					   " WHERE seq > ? ORDER BY seq");
	int rc = st ? VW_OK : vw_error_status(l->h);

	if (rc == VW_OK)
		vwst_db_bind(&l->db, st, 1, l->now.folded);
	while (rc == VW_OK && (rc = vwst_db_step(&l->db, st)) == 1)
		rc = fold_sample(l, f, st);
	vwst_db_finalize(&l->db, st);
	return rc;
}

static int write_sums(struct vwst_ledger *l, const struct folder *f, const char *sql, int64_t t0)
{
	sqlite3_stmt *st = vwst_db_prepare(&l->db, sql);
	int rc = st ? VW_OK : vw_error_status(l->h);

	for (size_t i = 0; rc == VW_OK && i < f->n; i++) {
		const uint64_t *v = f->sum[i];

		if ((v[0] | v[1] | v[2] | v[3]) == 0)
			continue;
		vwst_db_bind(&l->db, st, 1, t0);
		vwst_db_bind(&l->db, st, 2, l->series[i].id);
		for (int k = 0; k < VWST_COUNTS; k++)
			vwst_db_bind(&l->db, st, 3 + k, (int64_t)v[k]);
		rc = vwst_db_step(&l->db, st);
	}
	vwst_db_finalize(&l->db, st);
	return rc;
}

static int unpack_series(struct vwst_ledger *l, struct folder *f, size_t i, struct vwst_unpack *u)
{
	uint64_t slot = 0, seconds, v[VWST_COUNTS];

	while (u->p < u->end) {
		slot += vwst_unpack_num(u);
		seconds = vwst_unpack_num(u);
		if (!vwst_unpack_counts(u, v))
			return damaged(l, "a record of five minutes");
		if (!add_five(f, i, slot, seconds, v))
			return vwc_nomem(l->h);
	}
	return VW_OK;
}

static int unpack_fives(struct vwst_ledger *l, struct folder *f, struct vwst_unpack u)
{
	int64_t id = 0;
	size_t at = 0;
	int rc = VW_OK;

	while (rc == VW_OK && u.p < u.end) {
		struct vwst_unpack part;
		uint64_t len;
		size_t i;

		id += (int64_t)vwst_unpack_num(&u);
		len = vwst_unpack_num(&u);
		if (u.bad || len > (uint64_t)(u.end - u.p))
			return damaged(l, "a record of five minutes");
		part = vwst_unpack_of(u.p, (size_t)len);
		u.p += len;
		i = find(l, at, id);
		if (i == SIZE_MAX)
			continue;
		at = i;
		rc = unpack_series(l, f, i, &part);
	}
	return rc;
}

/* The clock was set back, and this hour passed before: its first pass stays. */
static int read_fives(struct vwst_ledger *l, struct folder *f)
{
	sqlite3_stmt *st = vwst_db_prepare(&l->db, "SELECT data FROM five WHERE t0 = ?");
	int rc = st ? VW_OK : vw_error_status(l->h);

	if (rc < 0)
		return rc;
	vwst_db_bind(&l->db, st, 1, l->now.hour0);
	rc = vwst_db_step(&l->db, st);
	if (rc == 1)
		rc = unpack_fives(l, f, vwst_unpack_of(l->db.sql.column_blob(st, 0),
						       (size_t)l->db.sql.column_bytes(st, 0)));
	vwst_db_finalize(&l->db, st);
	return rc;
}

static void pack_series(struct vwst_pack *p, const struct five *v, size_t slots)
{
	uint64_t last = 0;

	for (size_t i = 0; i < slots; i++) {
		if (!v[i].used)
			continue;
		vwst_pack_num(p, i - last);
		vwst_pack_num(p, v[i].seconds);
		for (int k = 0; k < VWST_COUNTS; k++)
			vwst_pack_num(p, v[i].v[k]);
		last = i;
	}
}

static void pack_fives(const struct vwst_ledger *l, const struct folder *f, struct vwst_pack *all)
{
	int64_t before = 0;

	for (size_t i = 0; i < f->n; i++) {
		struct vwst_pack one = { 0 };

		if (f->fives[i] == NULL)
			continue;
		pack_series(&one, f->fives[i], f->slots);
		vwst_pack_num(all, (uint64_t)(l->series[i].id - before));
		before = l->series[i].id;
		vwst_pack_num(all, one.len);
		vwst_pack_bytes(all, one.p, one.len);
		all->failed = all->failed || one.failed;
		vwst_pack_free(&one);
	}
}

static int write_fives(struct vwst_ledger *l, struct folder *f)
{
	struct vwst_pack all = { 0 };
	sqlite3_stmt *st;
	int rc = read_fives(l, f);

	if (rc < 0)
		return rc;
	st = vwst_db_prepare(&l->db, "INSERT OR REPLACE INTO five VALUES(?, ?)");
	if (st == NULL)
		return vw_error_status(l->h);
	pack_fives(l, f, &all);
	vwst_db_bind(&l->db, st, 1, l->now.hour0);
	(void)l->db.sql.bind_blob(st, 2, all.p, (int)all.len, SQLITE_STATIC);
	rc = all.failed ? vwc_nomem(l->h) : vwst_db_step(&l->db, st);
	vwst_db_finalize(&l->db, st);
	vwst_pack_free(&all);
	return rc;
}

#define ADD_UP(table) \
	"INSERT INTO " table " VALUES(?, ?, ?, ?, ?, ?) ON CONFLICT(t0, series) DO UPDATE SET" \
	" rb = rb + excluded.rb, tb = tb + excluded.tb, rp = rp + excluded.rp," \
	" tp = tp + excluded.tp"
#define SPAN \
	"INSERT INTO span VALUES(?1, ?2, ?3) ON CONFLICT(tier, t0) DO UPDATE SET" \
	" t1 = max(t1, excluded.t1)"

static int write_hour(struct vwst_ledger *l, struct folder *f)
{
	int rc = write_sums(l, f, ADD_UP("hour"), l->now.hour0);

	if (rc == VW_OK)
		rc = write_sums(l, f, ADD_UP("day"), l->now.day0);
	if (rc == VW_OK)
		rc = write_fives(l, f);
	if (rc == VW_OK)
		rc = vwst_db_run(&l->db, SPAN, (int64_t[]){ 1, l->now.hour0, l->now.hour1 }, 3);
	if (rc == VW_OK)
		rc = vwst_db_run(&l->db, SPAN, (int64_t[]){ 2, l->now.day0, l->now.hour1 }, 3);
	return rc;
}

static bool folder_make(struct folder *f, const struct vwst_ledger *l)
{
	int64_t length = l->now.hour1 - l->now.hour0;

	f->n = l->nseries;
	f->slots = length > VWST_FIVE_S ? (size_t)((length + VWST_FIVE_S - 1) / VWST_FIVE_S) : 1;
	f->sum = calloc(f->n + 1, sizeof(*f->sum));
	f->fives = calloc(f->n + 1, sizeof(*f->fives));
	return f->sum && f->fives;
}

static void folder_free(struct folder *f)
{
	for (size_t i = 0; f->fives && i < f->n; i++)
		free(f->fives[i]);
	free(f->fives);
	free(f->sum);
}

/* Old records go; their room in the file is used again. What is whole is told from then on. */
static int let_go_of(struct vwst_ledger *l, const char *key, int64_t until, const char *sql,
		     int64_t whole)
{
	int rc;

	if (until * 1000 <= l->now.first_ms)
		return VW_OK;
	rc = vwst_db_run(&l->db, sql, (int64_t[]){ until, l->now.folded }, 2);
	return rc == VW_OK ? vwst_db_set_meta(&l->db, key, whole) : rc;
}

static int let_go(struct vwst_ledger *l, int64_t now)
{
	int64_t samples = now - (int64_t)l->keep_samples_h * 3600;
	int64_t fives = now - (int64_t)l->keep_fives_d * DAY_S;
	int64_t hours = now - (int64_t)l->keep_hours_d * DAY_S;
	int rc = let_go_of(l, "samples_from", samples, "DELETE FROM sample WHERE t1 < ?1 * 1000"
			   " AND seq <= ?2", samples);

	if (rc == VW_OK)
		rc = let_go_of(l, "fives_from", fives, "DELETE FROM five WHERE t0 < ?1 AND ?2 = ?2",
			       fives + 3600);
	if (rc == VW_OK)
		rc = let_go_of(l, "hours_from", hours, "DELETE FROM hour WHERE t0 < ?1 AND ?2 = ?2",
			       hours + 3600);
	if (rc == VW_OK)
		rc = let_go_of(l, "hours_from", hours, "DELETE FROM span WHERE tier = 1 AND"
			       " t0 < ?1 AND ?2 = ?2", hours + 3600);
	return rc;
}

static int close_hour(struct vwst_ledger *l)
{
	struct folder f = { 0 };
	int rc = folder_make(&f, l) ? read_samples(l, &f) : vwc_nomem(l->h);

	if (rc == VW_OK && f.any)
		rc = write_hour(l, &f);
	folder_free(&f);
	return rc;
}

static void open_hour(struct vwst_ledger *l, int64_t t)
{
	vwst_hour_of(t, &l->now.hour0, &l->now.hour1);
	if (t >= l->now.day1 || t < l->now.day0)
		vwst_day_of(t, &l->now.day0, &l->now.day1);
	/* The clock went back, or changed its zone: nothing may lie in two days. */
	if (l->now.hour0 < l->now.day0)
		l->now.hour0 = l->now.day0;
	if (l->now.hour1 > l->now.day1)
		l->now.hour1 = l->now.day1;
}

/* Counters that ended are remembered for a while: their end may be told twice. */
static int forget_ended(struct vwst_ledger *l, const struct vwst_batch *b)
{
	int64_t until = (int64_t)b->boot_ns - REMEMBER_NS;

	for (size_t i = 0; i < l->ncursors; i++)
		l->cursors[i].over = l->cursors[i].now.state == VWST_ENDED &&
				     (int64_t)l->cursors[i].now.boot_ns < until;
	return vwst_db_run(&l->db, "DELETE FROM cursor WHERE state = ?1 AND boot_ns < ?2",
			   (int64_t[]){ VWST_ENDED, until }, 2);
}

int vwst_fold(struct vwst_ledger *l, const struct vwst_batch *b)
{
	int64_t t = (b->t_ms - 1) / 1000;
	int rc;

	if (l->now.hour1 != 0 && t >= l->now.hour0 && t < l->now.hour1)
		return VW_OK;
	/* A little back is still this hour. */
	if (l->now.hour1 != 0 && t < l->now.hour0 && l->now.hour0 - t < 3600)
		return VW_OK;
	if (l->now.hour1 != 0) {
		rc = close_hour(l);
		if (rc == VW_OK)
			rc = let_go(l, t);
		if (rc == VW_OK)
			rc = forget_ended(l, b);
		if (rc < 0)
			return rc;
	}
	open_hour(l, t);
	return VW_OK;
}

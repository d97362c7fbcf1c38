/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * scan.c - the records of a time, each byte once
 *
 * A time is covered by the longest records that lie wholly inside of it; its edges by shorter ones,
 * down to samples, as long as these are kept. Where only a record remains that lies across an
 * edge, it belongs to the time it ends in.
 */
#include <stdio.h>
#include <stdlib.h>

#include "stat/query.h"

static int damaged(const struct vwst_query *q)
{
	return vwc_why(q->h, VW_ERR_CONFIG, "%s is damaged: a record is cut short", q->db.path);
}

static int tell(const struct vwst_scan *s, int64_t id, size_t *hint, int64_t t0, int64_t t1,
		const uint64_t v[VWST_COUNTS])
{
	const struct vwst_whose *w = vwst_whose_at(s->q, id, hint);

	return w && w->group != VWST_NO_GROUP ? s->fn(s->arg, w, t0, t1, v) : VW_OK;
}

/* -- samples ----------------------------------------------------------------------------------- */

static int one_sample(const struct vwst_scan *s, sqlite3_stmt *st)
{
	const struct vwst_sql *sql = &s->q->db.sql;
	int64_t t0 = sql->column_int64(st, 0), t1 = sql->column_int64(st, 1), id = 0;
	struct vwst_unpack u = vwst_unpack_of(sql->column_blob(st, 2),
					      (size_t)sql->column_bytes(st, 2));
	uint64_t v[VWST_COUNTS];
	size_t hint = 0;
	int rc = VW_OK;

	while (rc == VW_OK && u.p < u.end) {
		id += (int64_t)vwst_unpack_num(&u);
		if (!vwst_unpack_counts(&u, v))
			return damaged(s->q);
		rc = tell(s, id, &hint, t0, t1, v);
	}
	return rc;
}

static int samples(const struct vwst_scan *s, const char *query, int64_t a, int64_t b, int64_t c)
{
	struct vwst_db *db = &s->q->db;
	sqlite3_stmt *st = vwst_db_prepare(db, query);
	int rc = st ? VW_OK : vw_error_status(s->q->h);

	if (st != NULL) {
		vwst_db_bind(db, st, 1, a);
		vwst_db_bind(db, st, 2, b);
		vwst_db_bind(db, st, 3, c);
	}
	while (rc >= 0 && (rc = vwst_db_step(db, st)) == 1) {
		rc = one_sample(s, st);
		if (rc < 0)
			break;
	}
	vwst_db_finalize(db, st);
	return rc;
}

/* -- five minutes ------------------------------------------------------------------------------ */

struct slice { int64_t lo, hi; };

static int fives_of(const struct vwst_scan *s, const struct vwst_whose *w, int64_t hour_ms,
		    struct vwst_unpack *u, const struct slice *part)
{
	uint64_t slot = 0, v[VWST_COUNTS];
	int rc = VW_OK;

	while (rc == VW_OK && u->p < u->end) {
		uint64_t seconds;
		int64_t t1;

		slot += vwst_unpack_num(u);
		seconds = vwst_unpack_num(u);
		if (!vwst_unpack_counts(u, v) || slot > 86400 || seconds > INT32_MAX)
			return damaged(s->q);
		t1 = hour_ms + ((int64_t)slot + 1) * VWST_FIVE_S * 1000;
		if (t1 <= part->lo || t1 > part->hi)
			continue;
		rc = s->fn(s->arg, w, t1 - (int64_t)(seconds ? seconds : VWST_FIVE_S) * 1000, t1,
			   v);
	}
	return rc;
}

static int one_hour_of_fives(const struct vwst_scan *s, sqlite3_stmt *st,
			     const struct slice *part)
{
	const struct vwst_sql *sql = &s->q->db.sql;
	int64_t hour_ms = sql->column_int64(st, 0) * 1000, id = 0;
	struct vwst_unpack u = vwst_unpack_of(sql->column_blob(st, 1),
					      (size_t)sql->column_bytes(st, 1));
	size_t hint = 0;
	int rc = VW_OK;

	while (rc == VW_OK && u.p < u.end) {
		const struct vwst_whose *w;
		struct vwst_unpack one;
		uint64_t len;

		id += (int64_t)vwst_unpack_num(&u);
		len = vwst_unpack_num(&u);
		if (u.bad || len > (uint64_t)(u.end - u.p))
			return damaged(s->q);
		one = vwst_unpack_of(u.p, len);
		u.p += len;
		w = vwst_whose_at(s->q, id, &hint);
		if (w && w->group != VWST_NO_GROUP)
			rc = fives_of(s, w, hour_ms, &one, part);
	}
	return rc;
}

static int fives(const struct vwst_scan *s, int64_t lo, int64_t hi)
{
	struct vwst_db *db = &s->q->db;
	struct slice part = { lo, hi };
	sqlite3_stmt *st = vwst_db_prepare(db, "SELECT t0, data FROM five WHERE t0 >= ? AND t0 < ?"
					   " ORDER BY t0");
	int rc = st ? VW_OK : vw_error_status(s->q->h);

	if (st != NULL) {
		vwst_db_bind(db, st, 1, lo / 1000 - 3600);
		vwst_db_bind(db, st, 2, hi / 1000 + 1);
	}
	while (rc >= 0 && (rc = vwst_db_step(db, st)) == 1) {
		rc = one_hour_of_fives(s, st, &part);
		if (rc < 0)
			break;
	}
	vwst_db_finalize(db, st);
	return rc;
}

/* -- hours and days ---------------------------------------------------------------------------- */

/* A few series are looked up, many are read in one go. */
#define FEW	16

struct rows {
	const struct vwst_scan *s;
	sqlite3_stmt	*st;		/* of one span */
	bool		 few;
	int64_t		 t0, t1;	/* of the span, s */
};

static int tell_rows(struct rows *r)
{
	struct vwst_db *db = &r->s->q->db;
	size_t hint = 0;
	int rc;

	while ((rc = vwst_db_step(db, r->st)) == 1) {
		uint64_t v[VWST_COUNTS];

		for (int k = 0; k < VWST_COUNTS; k++)
			v[k] = (uint64_t)db->sql.column_int64(r->st, 1 + k);
		rc = tell(r->s, db->sql.column_int64(r->st, 0), &hint, r->t0 * 1000, r->t1 * 1000,
			  v);
		if (rc < 0)
			break;
	}
	return rc;
}

static int span_rows(struct rows *r)
{
	const struct vwst_query *q = r->s->q;
	struct vwst_db *db = &r->s->q->db;
	int rc = VW_OK;

	vwst_db_bind(db, r->st, 1, r->t0);
	if (!r->few)
		return tell_rows(r);
	for (size_t i = 0; rc == VW_OK && i < q->nwhose; i++) {
		if (q->whose[i].group == VWST_NO_GROUP)
			continue;
		vwst_db_bind(db, r->st, 2, q->whose[i].id);
		rc = tell_rows(r);
	}
	return rc;
}

/* Rows of hours or days: of spans wholly inside, or, with @crossing, that end inside. */
static int rows(const struct vwst_scan *s, enum vwst_tier tier, int64_t lo, int64_t hi,
		bool crossing)
{
	struct vwst_db *db = &s->q->db;
	struct rows r = { .s = s, .few = s->q->nasked <= FEW };
	const char *table = tier == VWST_DAYS ? "day" : "hour";
	sqlite3_stmt *spans;
	char query[160];
	int rc;

	snprintf(query, sizeof(query), "SELECT series, rb, tb, rp, tp FROM %s WHERE t0 = ?1%s", table,
		 r.few ? " AND series = ?2" : " ORDER BY series");
	r.st = vwst_db_prepare(db, query);
	snprintf(query, sizeof(query), "SELECT t0, t1 FROM span WHERE tier = ?1 AND t1 <= ?3 AND"
		 " %s ?2 ORDER BY t0", crossing ? "t1 >" : "t0 >=");
	spans = r.st ? vwst_db_prepare(db, query) : NULL;
	rc = spans ? VW_OK : vw_error_status(s->q->h);
	if (spans != NULL) {
		vwst_db_bind(db, spans, 1, tier == VWST_DAYS ? 2 : 1);
		vwst_db_bind(db, spans, 2, crossing ? lo / 1000 : (lo + 999) / 1000);
		vwst_db_bind(db, spans, 3, hi / 1000);
	}
	while (rc >= 0 && (rc = vwst_db_step(db, spans)) == 1) {
		r.t0 = db->sql.column_int64(spans, 0);
		r.t1 = db->sql.column_int64(spans, 1);
		rc = span_rows(&r);
		if (rc < 0)
			break;
	}
	vwst_db_finalize(db, spans);
	vwst_db_finalize(db, r.st);
	return rc;
}

/* First begin and last end of the spans of a tier that lie wholly inside; false: none does. */
static int inner(const struct vwst_scan *s, enum vwst_tier tier, int64_t lo, int64_t hi,
		 int64_t *t0, int64_t *t1)
{
	struct vwst_db *db = &s->q->db;
	sqlite3_stmt *st = vwst_db_prepare(db, "SELECT min(t0), max(t1) FROM span WHERE tier = ?1"
					   " AND t0 >= ?2 AND t1 <= ?3");
	int rc = st ? VW_OK : vw_error_status(s->q->h);

	if (rc < 0)
		return rc;
	vwst_db_bind(db, st, 1, tier == VWST_DAYS ? 2 : 1);
	vwst_db_bind(db, st, 2, (lo + 999) / 1000);
	vwst_db_bind(db, st, 3, hi / 1000);
	rc = vwst_db_step(db, st);
	*t0 = rc == 1 ? db->sql.column_int64(st, 0) * 1000 : 0;
	*t1 = rc == 1 ? db->sql.column_int64(st, 1) * 1000 : 0;
	vwst_db_finalize(db, st);
	return rc < 0 ? rc : *t1 > 0;
}

/* An edge, or a time that is shorter than the records asked for. */
static int edge(const struct vwst_scan *s, int64_t lo, int64_t hi)
{
	const struct vwst_query *q = s->q;

	if (lo >= hi)
		return VW_OK;
	if (s->finest <= VWST_SAMPLES && q->samples <= lo)
		return samples(s, "SELECT t0, t1, data FROM sample WHERE t1 > ?1 AND t1 <= ?2"
			       " AND seq <= ?3 ORDER BY seq", lo, hi, q->folded);
	if (q->fives <= lo)
		return fives(s, lo, hi);
	if (q->hours <= lo)
		return rows(s, VWST_HOURS, lo, hi, true);
	return rows(s, VWST_DAYS, lo, hi, true);
}

static bool kept(const struct vwst_query *q, enum vwst_tier tier, int64_t lo)
{
	return tier == VWST_DAYS || (tier == VWST_HOURS && q->hours <= lo) ||
	       (tier == VWST_FIVES && q->fives <= lo);
}

static int cover(const struct vwst_scan *s, enum vwst_tier tier, int64_t lo, int64_t hi)
{
	int64_t t0, t1;
	int rc;

	if (lo >= hi)
		return VW_OK;
	if (tier < VWST_HOURS || !kept(s->q, tier, lo))
		return edge(s, lo, hi);
	rc = inner(s, tier, lo, hi, &t0, &t1);
	if (rc <= 0)
		return rc < 0 ? rc : cover(s, tier - 1, lo, hi);
	rc = cover(s, tier - 1, lo, t0);
	if (rc == VW_OK)
		rc = rows(s, tier, t0, t1, false);
	return rc == VW_OK ? cover(s, tier - 1, t1, hi) : rc;
}

/* What is not in hours yet. */
static int unfolded(const struct vwst_scan *s)
{
	const struct vwst_query *q = s->q;

	return samples(s, "SELECT t0, t1, data FROM sample WHERE seq > ?1 AND t1 > ?2 AND t1 <= ?3"
		       " ORDER BY seq", q->folded, q->start, q->end);
}

/*
 * Before the log was kept so finely: with records that are kept, as far back as they are. @coarsest
 * is what was asked for.
 */
static int graded(const struct vwst_scan *s, int64_t lo, int64_t hi)
{
	struct vwst_scan part = *s;
	const struct vwst_query *q = s->q;
	int64_t since[] = { q->samples, q->fives, q->hours };
	enum vwst_tier tier = s->coarsest;

	while (tier < VWST_DAYS && since[tier] > lo) {
		int64_t from = since[tier];
		int rc;

		if (from < hi) {	/* the newer part as asked, the older one more coarsely */
			part.coarsest = tier + 1;
			rc = graded(&part, lo, from);
			part.coarsest = tier;
			return rc < 0 ? rc : cover(&part, tier, from, hi);
		}
		tier++;
	}
	part.coarsest = tier;
	return cover(&part, tier, lo, hi);
}

int vwst_scan(const struct vwst_scan *s)
{
	const struct vwst_query *q = s->q;
	/* All there is: sums by number of the sample, which no clock can confuse. */
	int64_t lo = q->ranged ? q->start : INT64_MIN / 2;
	int64_t hi = q->hour0 < q->end ? q->hour0 : q->end;
	int rc;

	if (q->last == 0)
		return VW_OK;
	if (!q->ranged && s->coarsest == VWST_DAYS)
		rc = rows(s, VWST_DAYS, 0, INT64_MAX / 2, false);
	else
		rc = graded(s, lo > 0 ? lo : 0, hi);
	return rc == VW_OK ? unfolded(s) : rc;
}

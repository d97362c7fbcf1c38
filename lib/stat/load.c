/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* load.c - a ledger from its file, and single rows of it back */
#include <stdlib.h>
#include <string.h>

#include "stat/ledger.h"

static const struct { const char *key; size_t at; } clock_keys[] = {
	{ "first_ms", offsetof(struct vwst_clock, first_ms) },
	{ "last_ms", offsetof(struct vwst_clock, last_ms) },
	{ "full_ms", offsetof(struct vwst_clock, full_ms) },
	{ "hour0", offsetof(struct vwst_clock, hour0) },
	{ "hour1", offsetof(struct vwst_clock, hour1) },
	{ "day0", offsetof(struct vwst_clock, day0) },
	{ "day1", offsetof(struct vwst_clock, day1) },
	{ "folded", offsetof(struct vwst_clock, folded) },
};

static int64_t *member(struct vwst_clock *c, size_t i)
{
	return (int64_t *)((char *)c + clock_keys[i].at);
}

static int load_clock(struct vwst_ledger *l)
{
	sqlite3_stmt *st;
	int rc = VW_OK;

	for (size_t i = 0; rc == VW_OK && i < VWU_ARRAY_SIZE(clock_keys); i++)
		rc = vwst_db_meta(&l->db, clock_keys[i].key, 0, member(&l->now, i));
	st = rc == VW_OK ? vwst_db_prepare(&l->db, "SELECT max(seq) FROM sample") : NULL;
	if (st == NULL)
		return vw_error_status(l->h);
	rc = vwst_db_step(&l->db, st);
	l->now.seq = rc == 1 ? l->db.sql.column_int64(st, 0) : 0;
	if (l->now.seq < l->now.folded)
		l->now.seq = l->now.folded;
	vwst_db_finalize(&l->db, st);
	return rc < 0 ? rc : VW_OK;
}

int vwst_ledger_clock(struct vwst_ledger *l)
{
	sqlite3_stmt *st = vwst_db_prepare(&l->db, "INSERT OR REPLACE INTO meta VALUES(?, ?)");
	int rc = st ? VW_OK : vw_error_status(l->h);

	for (size_t i = 0; rc >= 0 && i < VWU_ARRAY_SIZE(clock_keys); i++) {
		if (*member(&l->now, i) == *member(&l->kept, i))
			continue;
		vwst_db_bind_text(&l->db, st, 1, clock_keys[i].key);
		vwst_db_bind(&l->db, st, 2, *member(&l->now, i));
		rc = vwst_db_step(&l->db, st);
	}
	vwst_db_finalize(&l->db, st);
	return rc < 0 ? rc : VW_OK;
}

static const char *text(struct vwst_ledger *l, sqlite3_stmt *st, int at)
{
	const char *s = (const char *)l->db.sql.column_text(st, at);

	return s ? s : "";
}

static int load_series(struct vwst_ledger *l)
{
	sqlite3_stmt *st = vwst_db_prepare(&l->db, "SELECT id, kind, name, link, zone, vwire,"
					   " class, over, edge FROM series ORDER BY id");
	int rc = st ? VW_OK : vw_error_status(l->h);

	while (rc >= 0 && (rc = vwst_db_step(&l->db, st)) == 1) {
		struct vwst_entry e = {
			.kind = (uint8_t)l->db.sql.column_int64(st, 1),
			.name = text(l, st, 2), .link = text(l, st, 3), .zone = text(l, st, 4),
			.vwire = text(l, st, 5), .over = text(l, st, 7),
			.cls = (uint16_t)l->db.sql.column_int64(st, 6),
			.edge = l->db.sql.column_int64(st, 8) != 0,
		};
		uint32_t number = vwst_series_get(l, &e);

		if (number == VWST_NO_SERIES)
			rc = vwc_nomem(l->h);
		else
			l->series[number].id = l->db.sql.column_int64(st, 0);
	}
	vwst_db_finalize(&l->db, st);
	return rc;
}

static int compare_ids(const void *a, const void *b)
{
	const struct vwst_series *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

static uint32_t series_by_id(const struct vwst_ledger *l, int64_t id)
{
	struct vwst_series key = { .id = id };
	const struct vwst_series *s = l->nseries
		? bsearch(&key, l->series, l->nseries, sizeof(key), compare_ids) : NULL;

	return s ? (uint32_t)(s - l->series) : VWST_NO_SERIES;
}

static int load_cursors(struct vwst_ledger *l)
{
	sqlite3_stmt *st = vwst_db_prepare(&l->db, "SELECT kind, netns, ifindex, name, series,"
					   " state, boot_ns, rb, tb, rp, tp FROM cursor");
	int rc = st ? VW_OK : vw_error_status(l->h);

	while (rc >= 0 && (rc = vwst_db_step(&l->db, st)) == 1) {
		struct vwst_entry e = {
			.kind = (uint8_t)l->db.sql.column_int64(st, 0),
			.netns = (uint64_t)l->db.sql.column_int64(st, 1),
			.ifindex = (uint32_t)l->db.sql.column_int64(st, 2),
			.name = text(l, st, 3),
		};
		uint32_t series = series_by_id(l, l->db.sql.column_int64(st, 4));
		struct vwst_cursor *c;
		bool fresh;

		if (series == VWST_NO_SERIES)
			continue;
		c = vwst_cursor_get(l, &e, &fresh);
		if (c == NULL) {
			rc = vwc_nomem(l->h);
			break;
		}
		c->now.series = series;
		c->now.state = (uint8_t)l->db.sql.column_int64(st, 5);
		c->now.boot_ns = (uint64_t)l->db.sql.column_int64(st, 6);
		for (int i = 0; i < VWST_COUNTS; i++)
			c->now.v[i] = (uint64_t)l->db.sql.column_int64(st, 7 + i);
		if (c->now.state == VWST_LIVE)
			l->series[series].alive++;
	}
	vwst_db_finalize(&l->db, st);
	return rc;
}

int vwst_life_begin(struct vwst_ledger *l, int64_t series, int64_t t_ms)
{
	return vwst_db_run(&l->db, "INSERT INTO life VALUES(?1, ?2, NULL)"
			   " ON CONFLICT(series, t0) DO UPDATE SET t1 = NULL",
			   (int64_t[]){ series, t_ms }, 2);
}

int vwst_life_end(struct vwst_ledger *l, int64_t series, int64_t t_ms)
{
	return vwst_db_run(&l->db, "UPDATE life SET t1 = max(t0, ?2) WHERE series = ?1"
			   " AND t1 IS NULL", (int64_t[]){ series, t_ms }, 2);
}

int vwst_series_put(struct vwst_ledger *l, struct vwst_series *s)
{
	sqlite3_stmt *st;
	int rc;

	st = vwst_db_prepare(&l->db, s->id == 0
		? "INSERT INTO series(kind, name, link, zone, vwire, class, over, edge)"
		  " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
		: "UPDATE series SET class = ?6, over = ?7, edge = ?8 WHERE id = ?9");
	if (st == NULL)
		return vw_error_status(l->h);
	if (s->id == 0) {
		vwst_db_bind(&l->db, st, 1, s->kind);
		vwst_db_bind_text(&l->db, st, 2, s->name);
		vwst_db_bind_text(&l->db, st, 3, s->link);
		vwst_db_bind_text(&l->db, st, 4, s->zone);
		vwst_db_bind_text(&l->db, st, 5, s->vwire);
	}
	vwst_db_bind(&l->db, st, 6, s->cls);
	vwst_db_bind_text(&l->db, st, 7, s->over);
	vwst_db_bind(&l->db, st, 8, s->edge);
	if (s->id != 0)
		vwst_db_bind(&l->db, st, 9, s->id);
	rc = vwst_db_step(&l->db, st);
	if (rc == 0 && s->id == 0)
		s->id = l->db.sql.last_insert_rowid(l->db.db);
	vwst_db_finalize(&l->db, st);
	return rc;
}

int vwst_cursor_put(struct vwst_ledger *l, sqlite3_stmt *st, const struct vwst_cursor *c)
{
	vwst_db_bind(&l->db, st, 1, c->kind);
	vwst_db_bind(&l->db, st, 2, (int64_t)c->netns);
	vwst_db_bind(&l->db, st, 3, c->ifindex);
	vwst_db_bind_text(&l->db, st, 4, c->name);
	vwst_db_bind(&l->db, st, 5, l->series[c->now.series].id);
	vwst_db_bind(&l->db, st, 6, c->now.state);
	vwst_db_bind(&l->db, st, 7, (int64_t)c->now.boot_ns);
	for (int i = 0; i < VWST_COUNTS; i++)
		vwst_db_bind(&l->db, st, 8 + i, (int64_t)c->now.v[i]);
	return vwst_db_step(&l->db, st);
}

int vwst_ledger_load(struct vwst_ledger *l)
{
	int rc;

	if (!vwst_index_make(l))
		return vwc_nomem(l->h);
	rc = load_clock(l);
	if (rc == VW_OK)
		rc = load_series(l);
	if (rc == VW_OK)
		rc = load_cursors(l);
	return rc;
}

/* Cursors of another session or of the time before a reboot: nothing goes on from them. */
static int forget_cursors(struct vwst_ledger *l)
{
	int64_t last = l->now.last_ms;
	int rc = vwst_db_exec(&l->db, "DELETE FROM cursor");

	if (rc == VW_OK)
		rc = vwst_db_run(&l->db, "UPDATE life SET t1 = max(t0, ?1) WHERE t1 IS NULL", &last,
				 1);
	l->ncursors = 0;
	for (size_t i = 0; i < l->nseries; i++)
		l->series[i].alive = 0;
	return rc == VW_OK && !vwst_index_make(l) ? vwc_nomem(l->h) : rc;
}

static int carry_over(struct vwst_ledger *l, const struct vwst_ledger *old)
{
	sqlite3_stmt *st = vwst_db_prepare(&l->db, VWST_CURSOR_PUT);
	int rc = st ? VW_OK : vw_error_status(l->h);

	for (size_t i = 0; rc == VW_OK && i < old->kept_cursors; i++) {
		const struct vwst_cursor *o = &old->cursors[i];
		const struct vwst_series *s = &old->series[o->kept.series];
		struct vwst_entry e = {
			.kind = o->kind, .netns = o->netns, .ifindex = o->ifindex, .name = s->name,
			.link = s->link, .zone = s->zone, .vwire = s->vwire, .over = s->over,
			.cls = s->cls, .edge = s->edge,
		};
		struct vwst_cursor *c;
		uint32_t number = vwst_series_get(l, &e);
		bool fresh;

		e.name = o->name;
		c = number == VWST_NO_SERIES ? NULL : vwst_cursor_get(l, &e, &fresh);
		if (c == NULL) {
			rc = vwc_nomem(l->h);
			break;
		}
		c->now = o->kept;
		c->now.series = number;
		if (l->series[number].id == 0)
			rc = vwst_series_put(l, &l->series[number]);
		if (rc == VW_OK && c->now.state == VWST_LIVE && l->series[number].alive++ == 0)
			rc = vwst_life_begin(l, l->series[number].id, old->kept.last_ms);
		if (rc == VW_OK)
			rc = vwst_cursor_put(l, st, c);
	}
	vwst_db_finalize(&l->db, st);
	l->now.full_ms = old->kept.full_ms;
	l->now.last_ms = old->kept.last_ms;
	if (l->now.first_ms == 0)
		l->now.first_ms = old->kept.last_ms;
	return rc;
}

int vwst_ledger_begin(struct vwst_ledger *l, const struct vwst_ledger *old)
{
	int64_t session, boot;
	bool ours;
	int rc = vwst_db_meta(&l->db, "session", 0, &session);

	if (rc == VW_OK)
		rc = vwst_db_meta(&l->db, "boot", 0, &boot);
	if (rc < 0)
		return rc;
	ours = session != 0 && (uint64_t)session == l->session;
	if (ours && (uint64_t)boot == l->boot)
		return VW_OK;
	rc = vwst_db_exec(&l->db, "BEGIN IMMEDIATE");
	if (rc == VW_OK)
		rc = forget_cursors(l);
	if (rc == VW_OK && !ours && old != NULL)
		rc = carry_over(l, old);
	else if (rc == VW_OK && !ours)
		l->baseline = true;
	if (rc == VW_OK)
		rc = vwst_ledger_clock(l);
	/* A baseline is only had with the first batch: until then the file stays without. */
	if (rc == VW_OK && !l->baseline)
		rc = vwst_db_set_meta(&l->db, "session", (int64_t)l->session);
	if (rc == VW_OK)
		rc = vwst_db_set_meta(&l->db, "boot", (int64_t)l->boot);
	return rc == VW_OK ? vwst_db_exec(&l->db, "COMMIT") : rc;
}

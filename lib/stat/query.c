/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* query.c - open a log to ask it: whose usage it has, and of what time */
#include <stdlib.h>
#include <string.h>

#include "stat/query.h"

static int take_meta(struct vwst_query *q)
{
	static const struct { const char *key; size_t at; int scale; } keys[] = {
		{ "first_ms", offsetof(struct vwst_query, first), 1 },
		{ "last_ms", offsetof(struct vwst_query, last), 1 },
		{ "folded", offsetof(struct vwst_query, folded), 1 },
		{ "hour0", offsetof(struct vwst_query, hour0), 1000 },
		{ "samples_from", offsetof(struct vwst_query, samples), 1000 },
		{ "fives_from", offsetof(struct vwst_query, fives), 1000 },
		{ "hours_from", offsetof(struct vwst_query, hours), 1000 },
	};
	int rc = VW_OK;

	for (size_t i = 0; rc == VW_OK && i < VWU_ARRAY_SIZE(keys); i++) {
		int64_t *v = (int64_t *)((char *)q + keys[i].at);

		rc = vwst_db_meta(&q->db, keys[i].key, 0, v);
		*v *= keys[i].scale;
	}
	return rc;
}

static const char *text(struct vwst_query *q, sqlite3_stmt *st, int at)
{
	const char *s = (const char *)q->db.sql.column_text(st, at);

	s = s && *s ? vwu_pool_str(&q->pool, s) : "";
	return s ? s : "";
}

static int take_series(struct vwst_query *q)
{
	sqlite3_stmt *st = vwst_db_prepare(&q->db,
		"SELECT id, name, link, zone, vwire, class, over, edge,"
		" EXISTS(SELECT 1 FROM life WHERE series = id AND t1 IS NULL)"
		" FROM series WHERE kind = ? ORDER BY id");
	size_t max = 0;
	int rc = st ? VW_OK : vw_error_status(q->h);

	if (st != NULL)
		vwst_db_bind(&q->db, st, 1, q->f.kind);
	while (rc >= 0 && (rc = vwst_db_step(&q->db, st)) == 1) {
		if (q->nwhose == max) {
			void *v = reallocarray(q->whose, max = max ? 2 * max : 64,
					       sizeof(*q->whose));

			if (v == NULL) {
				rc = vwc_nomem(q->h);
				break;
			}
			q->whose = v;
		}
		q->whose[q->nwhose++] = (struct vwst_whose){
			.id = q->db.sql.column_int64(st, 0), .name = text(q, st, 1),
			.link = text(q, st, 2), .zone = text(q, st, 3), .vwire = text(q, st, 4),
			.cls = (uint16_t)q->db.sql.column_int64(st, 5), .over = text(q, st, 6),
			.edge = q->db.sql.column_int64(st, 7) != 0,
			.alive = q->db.sql.column_int64(st, 8) != 0,
			.group = VWST_NO_GROUP,
		};
	}
	vwst_db_finalize(&q->db, st);
	return rc < 0 ? rc : q->pool.failed ? vwc_nomem(q->h) : VW_OK;
}

/* A start before the log moves to its beginning, an end after it to its end. */
static int take_range(struct vwst_query *q)
{
	int64_t start = (int64_t)q->f.start_ms, end = (int64_t)q->f.end_ms;

	q->ranged = start != 0 || end != 0;
	q->start = start > q->first ? start : q->first - 1;
	q->end = end != 0 && end < q->last ? end : q->last;
	if (start != 0 && end != 0 && start > end) {
		vwc_why(q->h, VW_ERR_BADVAL, "invalid time range: the start is after the end");
		return vwc_hint(q->h, VW_ERR_BADVAL, "exchange -s and -e");
	}
	q->empty = q->start >= q->end;
	return VW_OK;
}

int vwst_query_open(struct vwst_query *q)
{
	vwu_auto_free char *file = q->f.file ? strdup(q->f.file) : vwst_acct_file(q->h);
	int rc;

	if (file == NULL)
		return q->f.file ? vwc_nomem(q->h) : vw_error_status(q->h);
	rc = vwst_db_open(q->h, file, VWST_READ, &q->db);
	if (rc == VW_OK)	/* one point in time, whatever is written meanwhile */
		rc = vwst_db_exec(&q->db, "BEGIN");
	if (rc == VW_OK)
		rc = take_meta(q);
	if (rc == VW_OK)
		rc = take_series(q);
	return rc == VW_OK ? take_range(q) : rc;
}

void vwst_query_close(struct vwst_query *q)
{
	if (q->db.h != NULL)
		vwst_db_close(&q->db);
	vwst_groups_free(q);
	free(q->whose);
}

const struct vwst_whose *vwst_whose_at(const struct vwst_query *q, int64_t id, size_t *hint)
{
	size_t lo = *hint, hi = q->nwhose;

	/* Records are in the order of the ids: mostly it is the next. */
	if (lo < hi && q->whose[lo].id == id) {
		*hint = lo + 1;
		return &q->whose[lo];
	}
	if (lo >= hi || q->whose[lo].id > id)
		lo = 0;
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (q->whose[mid].id < id)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == q->nwhose || q->whose[lo].id != id)
		return NULL;
	*hint = lo + 1;
	return &q->whose[lo];
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * db.h - the log of usage as SQLite file
 *
 * libsqlite3 is loaded when a log is opened, not when a program starts: every dladm command would
 * else pay for relocating a megabyte it does not use (0.3 ms more than 1.4, measured). One library,
 * one header and one Python module so serve all, and a host without accounting needs no SQLite.
 */
#ifndef VWST_DB_H
#define VWST_DB_H

#include <stdbool.h>
#include <stdint.h>

#include <sqlite3.h>

#include "core/core.h"
#include "util/util.h"

#define VWST_APPLICATION	0x76776163	/* "vwac", PRAGMA application_id */
#define VWST_SCHEMA		1		/* PRAGMA user_version */

/* What we call of it; the types come from its header. */
#define VWST_SQL_CALLS(X) \
	X(open_v2) X(close_v2) X(exec) X(prepare_v2) X(step) X(reset) X(finalize) X(bind_int64) \
	X(bind_text) X(bind_blob) X(column_int64) X(column_text) X(column_blob) X(column_bytes) \
	X(errmsg) X(errstr) X(extended_result_codes) X(busy_timeout) X(last_insert_rowid) \
	X(system_errno)

struct vwst_sql {
#define X(name) __typeof__(sqlite3_##name) *name;
	VWST_SQL_CALLS(X)
#undef X
};

enum vwst_mode { VWST_READ, VWST_WRITE };

struct vwst_db {
	struct vw_handle *h;		/* its error record is told; never its socket or store */
	void		 *so;		/* of dlopen() */
	struct vwst_sql	  sql;
	sqlite3		 *db;		/* NULL: not open */
	int		  lock;		/* flock() of the one writer; -1: none */
	char		 *path;
	uint64_t	  dev, ino;	/* the file that was opened */
};

/*
 * Open a log. VWST_WRITE makes it when it is missing or empty and holds it against other writers.
 * VW_ERR_NOTFOUND, CONFIG (not ours, or damaged), BUSY, DENIED, NOTSUP, IO: all told.
 */
int vwst_db_open(struct vw_handle *h, const char *path, enum vwst_mode mode, struct vwst_db *db);
void vwst_db_close(struct vwst_db *db);
/* VW_OK, or VW_ERR_NOTSUP, told: SQLite is not there. */
int vwst_db_usable(struct vw_handle *h);
/* Is the file still the one that was opened? Somebody may have moved it away. */
bool vwst_db_same(const struct vwst_db *db);
/* Tell the failure @rc of an SQLite call. */
int vwst_db_fail(struct vwst_db *db, int rc);
int vwst_db_exec(struct vwst_db *db, const char *sql);
/* NULL: failed, told. */
sqlite3_stmt *vwst_db_prepare(struct vwst_db *db, const char *sql);
void vwst_db_finalize(struct vwst_db *db, sqlite3_stmt *st);
/* 1: a row; 0: done, and reset; negative: failed, told, and reset. */
int vwst_db_step(struct vwst_db *db, sqlite3_stmt *st);
void vwst_db_bind(struct vwst_db *db, sqlite3_stmt *st, int at, int64_t v);
void vwst_db_bind_text(struct vwst_db *db, sqlite3_stmt *st, int at, const char *text);
/* Run a statement that answers nothing, with @n numbers bound. */
int vwst_db_run(struct vwst_db *db, const char *sql, const int64_t *v, int n);
/* One number of table meta; @def when it is not there. Fails only as told. */
int vwst_db_meta(struct vwst_db *db, const char *key, int64_t def, int64_t *out);
int vwst_db_set_meta(struct vwst_db *db, const char *key, int64_t v);

#endif

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* db.c - open a log of usage, with suspicion; the few calls of SQLite that all of it needs */
#include "stat/db.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define LIBRARY		"libsqlite3.so.0"
#define BUSY_MS		5000

/*
 * Bytes are summed in 64-bit integers. Tables of counters have the time first in their key: what
 * is written last lies together at the end.
 */
static const char schema[] =
	"CREATE TABLE meta(key TEXT PRIMARY KEY, value INTEGER) WITHOUT ROWID;"
	/* Whose: a link (kind 0) or a flow (1) under one name with one owner. '' is none. */
	"CREATE TABLE series(id INTEGER PRIMARY KEY, kind INTEGER, name TEXT, link TEXT, zone TEXT,"
	"  vwire TEXT, class INTEGER, over TEXT, edge INTEGER,"
	"  UNIQUE(kind, name, link, zone, vwire));"
	/* When it was there, ms since 1970; t1 NULL: it still is. */
	"CREATE TABLE life(series INTEGER, t0 INTEGER, t1 INTEGER, PRIMARY KEY(series, t0))"
	"  WITHOUT ROWID;"
	/* Counters as last read, by what tells them apart. state 1: absent, 2: ended. */
	"CREATE TABLE cursor(kind INTEGER, netns INTEGER, ifindex INTEGER, name TEXT,"
	"  series INTEGER, state INTEGER, boot_ns INTEGER, rb INTEGER, tb INTEGER, rp INTEGER,"
	"  tp INTEGER, PRIMARY KEY(kind, netns, ifindex, name)) WITHOUT ROWID;"
	/* One interval, ms since 1970, of all series that had traffic: see pack.h. */
	"CREATE TABLE sample(seq INTEGER PRIMARY KEY, t0 INTEGER, t1 INTEGER, data BLOB);"
	"CREATE INDEX sample_t1 ON sample(t1);"
	/* Five minutes each, of one hour; seconds since 1970. */
	"CREATE TABLE five(t0 INTEGER PRIMARY KEY, data BLOB);"
	"CREATE TABLE hour(t0 INTEGER, series INTEGER, rb INTEGER, tb INTEGER, rp INTEGER,"
	"  tp INTEGER, PRIMARY KEY(t0, series)) WITHOUT ROWID;"
	"CREATE TABLE day(t0 INTEGER, series INTEGER, rb INTEGER, tb INTEGER, rp INTEGER,"
	"  tp INTEGER, PRIMARY KEY(t0, series)) WITHOUT ROWID;"
	/* Hours (tier 1) and days (2) that have been added up, from t0 to t1. */
	"CREATE TABLE span(tier INTEGER, t0 INTEGER, t1 INTEGER, PRIMARY KEY(tier, t0))"
	"  WITHOUT ROWID;"
	/* What was not as it should be: 1 a counter was reset, 2 it went unseen. */
	"CREATE TABLE mark(t INTEGER, series INTEGER, what INTEGER,"
	"  PRIMARY KEY(t, series, what)) WITHOUT ROWID;";

static int load(struct vwst_db *db)
{
	db->so = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
	if (db->so == NULL) {
		vwc_why(db->h, VW_ERR_NOTSUP, "the history of links needs " LIBRARY
			", which cannot be loaded");
		return vwc_hint(db->h, VW_ERR_NOTSUP, "install the package libsqlite3-0");
	}
#define X(name) \
	*(void **)&db->sql.name = dlsym(db->so, "sqlite3_" #name); \
	if (db->sql.name == NULL) \
		return vwc_why(db->h, VW_ERR_NOTSUP, LIBRARY " is too old: it has no sqlite3_" #name);
	VWST_SQL_CALLS(X)
#undef X
	return VW_OK;
}

int vwst_db_usable(struct vw_handle *h)
{
	struct vwst_db db = { .h = h, .lock = -1 };
	int rc = load(&db);

	vwst_db_close(&db);
	return rc;
}

static int status_of(int rc, int sys)
{
	switch (rc & 0xFF) {
	case SQLITE_NOMEM:
		return VW_ERR_NOMEM;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
	case SQLITE_MISMATCH:
	case SQLITE_ERROR:	/* a table or column is missing */
	case SQLITE_CONSTRAINT:
		return VW_ERR_CONFIG;
	case SQLITE_PERM:
	case SQLITE_READONLY:
		return VW_ERR_DENIED;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return VW_ERR_BUSY;
	case SQLITE_CANTOPEN:
		return sys == EACCES || sys == EPERM ? VW_ERR_DENIED : VW_ERR_IO;
	default:
		return VW_ERR_IO;
	}
}

int vwst_db_fail(struct vwst_db *db, int rc)
{
	int sys = db->db != NULL ? db->sql.system_errno(db->db) : 0;
	int status = status_of(rc, sys);

	if ((rc & 0xFF) == SQLITE_NOTADB) {
		return vwc_why(db->h, status, "%s is not an accounting log", db->path);
	} else if (status == VW_ERR_CONFIG) {
		vwc_why(db->h, status, "%s is damaged: %s", db->path,
			db->db ? db->sql.errmsg(db->db) : db->sql.errstr(rc));
		return vwc_hint(db->h, status, "move it away: a new one is begun, and what was "
				"counted meanwhile goes there");
	}
	if ((rc & 0xFF) == SQLITE_FULL || sys == ENOSPC || sys == EDQUOT)
		return vwc_why(db->h, status, "cannot write %s: the disk is full", db->path);
	if (sys != 0 && (status == VW_ERR_IO || status == VW_ERR_DENIED))
		return vwc_errno(db->h, status, sys, "cannot use %s", db->path);
	return vwc_why(db->h, status, "cannot use %s: %s", db->path, db->sql.errstr(rc));
}

int vwst_db_exec(struct vwst_db *db, const char *sql)
{
	int rc = db->sql.exec(db->db, sql, NULL, NULL, NULL);

	return rc == SQLITE_OK ? VW_OK : vwst_db_fail(db, rc);
}

sqlite3_stmt *vwst_db_prepare(struct vwst_db *db, const char *sql)
{
	sqlite3_stmt *st = NULL;
	int rc = db->sql.prepare_v2(db->db, sql, -1, &st, NULL);

	if (rc != SQLITE_OK)
		(void)vwst_db_fail(db, rc);
	return rc == SQLITE_OK ? st : NULL;
}

void vwst_db_finalize(struct vwst_db *db, sqlite3_stmt *st)
{
	if (st != NULL)
		db->sql.finalize(st);
}

int vwst_db_step(struct vwst_db *db, sqlite3_stmt *st)
{
	int rc = db->sql.step(st);

	if (rc == SQLITE_ROW)
		return 1;
	if (rc != SQLITE_DONE)
		rc = vwst_db_fail(db, rc);
	else
		rc = 0;
	db->sql.reset(st);
	return rc;
}

void vwst_db_bind(struct vwst_db *db, sqlite3_stmt *st, int at, int64_t v)
{
	(void)db->sql.bind_int64(st, at, v);
}

void vwst_db_bind_text(struct vwst_db *db, sqlite3_stmt *st, int at, const char *text)
{
	(void)db->sql.bind_text(st, at, text ? text : "", -1, SQLITE_TRANSIENT);
}

int vwst_db_run(struct vwst_db *db, const char *sql, const int64_t *v, int n)
{
	sqlite3_stmt *st = vwst_db_prepare(db, sql);
	int rc;

	if (st == NULL)
		return vw_error_status(db->h);
	for (int i = 0; i < n; i++)
		vwst_db_bind(db, st, i + 1, v[i]);
	rc = vwst_db_step(db, st);
	vwst_db_finalize(db, st);
	return rc < 0 ? rc : VW_OK;
}

int vwst_db_meta(struct vwst_db *db, const char *key, int64_t def, int64_t *out)
{
	sqlite3_stmt *st = vwst_db_prepare(db, "SELECT value FROM meta WHERE key = ?");
	int rc;

	if (st == NULL)
		return vw_error_status(db->h);
	vwst_db_bind_text(db, st, 1, key);
	rc = vwst_db_step(db, st);
	*out = rc == 1 ? db->sql.column_int64(st, 0) : def;
	vwst_db_finalize(db, st);
	return rc < 0 ? rc : VW_OK;
}

int vwst_db_set_meta(struct vwst_db *db, const char *key, int64_t v)
{
	sqlite3_stmt *st = vwst_db_prepare(db, "INSERT OR REPLACE INTO meta VALUES(?, ?)");
	int rc;

	if (st == NULL)
		return vw_error_status(db->h);
	vwst_db_bind_text(db, st, 1, key);
	vwst_db_bind(db, st, 2, v);
	rc = vwst_db_step(db, st);
	vwst_db_finalize(db, st);
	return rc < 0 ? rc : VW_OK;
}

static int pragma(struct vwst_db *db, const char *name, int64_t *out)
{
	char sql[64];
	sqlite3_stmt *st;
	int rc;

	snprintf(sql, sizeof(sql), "PRAGMA %s", name);
	st = vwst_db_prepare(db, sql);
	if (st == NULL)
		return vw_error_status(db->h);
	rc = vwst_db_step(db, st);
	*out = rc == 1 ? db->sql.column_int64(st, 0) : 0;
	vwst_db_finalize(db, st);
	return rc < 0 ? rc : VW_OK;
}

/* Ours, and of a version we know? */
static int check_kind(struct vwst_db *db)
{
	int64_t application, version, tables;
	int rc = pragma(db, "application_id", &application);

	if (rc == VW_OK)
		rc = pragma(db, "user_version", &version);
	if (rc == VW_OK)
		rc = pragma(db, "schema_version", &tables);
	if (rc < 0)
		return rc;
	if (application == 0 && version == 0 && tables == 0)
		return VW_ERR_NOTFOUND;		/* empty: nobody's yet */
	if (application != VWST_APPLICATION)
		return vwc_why(db->h, VW_ERR_CONFIG,
			       "%s is an SQLite database, but not an accounting log", db->path);
	if (version != VWST_SCHEMA)
		return vwc_why(db->h, VW_ERR_CONFIG, "%s was written by another version of "
			       "libvwire (format %lld, not %d)", db->path, (long long)version,
			       VWST_SCHEMA);
	return VW_OK;
}

static int make_schema(struct vwst_db *db)
{
	char sql[128];
	int rc;

	rc = vwst_db_exec(db, "PRAGMA page_size = 8192");
	if (rc == VW_OK)
		rc = vwst_db_exec(db, "PRAGMA journal_mode = WAL");
	if (rc == VW_OK)
		rc = vwst_db_exec(db, "BEGIN IMMEDIATE");
	if (rc == VW_OK)
		rc = vwst_db_exec(db, schema);
	snprintf(sql, sizeof(sql), "PRAGMA application_id = %d; PRAGMA user_version = %d",
		 VWST_APPLICATION, VWST_SCHEMA);
	if (rc == VW_OK)
		rc = vwst_db_exec(db, sql);
	return rc == VW_OK ? vwst_db_exec(db, "COMMIT") : rc;
}

/* Not through SQLite: it would hang on a FIFO, and follow a link somebody planted. */
static int check_file(struct vwst_db *db, enum vwst_mode mode)
{
	struct stat st;

	if ((mode == VWST_WRITE ? lstat : stat)(db->path, &st) < 0)
		return errno == ENOENT || errno == ENOTDIR ? VW_ERR_NOTFOUND :
			vwc_errno(db->h, errno == EACCES ? VW_ERR_DENIED : VW_ERR_IO, errno,
				  "cannot open %s", db->path);
	if (S_ISLNK(st.st_mode))
		return vwc_why(db->h, VW_ERR_CONFIG, "%s is a symbolic link", db->path);
	if (!S_ISREG(st.st_mode))
		return vwc_why(db->h, VW_ERR_CONFIG, "%s is not a file", db->path);
	db->dev = st.st_dev;
	db->ino = st.st_ino;
	return VW_OK;
}

/* The lock is our own, on the file itself: SQLite's are fcntl() locks, which these do not touch.
 * It is let go after SQLite has closed its own descriptors. */
static int hold(struct vwst_db *db, bool make)
{
	struct stat st;

	db->lock = open(db->path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY |
			(make ? O_CREAT : 0), 0644);
	if (db->lock < 0)
		return vwc_errno(db->h, errno == EACCES || errno == EPERM || errno == EROFS
				 ? VW_ERR_DENIED : VW_ERR_IO, errno, "cannot open %s", db->path);
	if (flock(db->lock, LOCK_EX | LOCK_NB) < 0)
		return vwc_why(db->h, VW_ERR_BUSY, "%s is being written by another process",
			       db->path);
	if (fstat(db->lock, &st) < 0)
		return vwc_errno(db->h, VW_ERR_IO, errno, "cannot open %s", db->path);
	db->dev = st.st_dev;
	db->ino = st.st_ino;
	return VW_OK;
}

bool vwst_db_same(const struct vwst_db *db)
{
	struct stat st;

	return lstat(db->path, &st) == 0 && st.st_dev == db->dev && st.st_ino == db->ino;
}

static int open_sqlite(struct vwst_db *db, const char *name, int flags)
{
	int rc = db->sql.open_v2(name, &db->db, flags | SQLITE_OPEN_NOMUTEX, NULL);

	if (db->db != NULL)
		(void)db->sql.extended_result_codes(db->db, 1);
	if (rc != SQLITE_OK)
		return vwst_db_fail(db, rc);
	(void)db->sql.busy_timeout(db->db, BUSY_MS);
	return vwst_db_exec(db, "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON");
}

/* "file:" with what would end or escape in a URI written as %xx. */
static char *immutable_uri(const char *path)
{
	struct vwu_str b = { 0 };

	vwu_str_add(&b, "file:");
	for (const unsigned char *p = (const void *)path; *p; p++)
		vwu_str_addf(&b, strchr("?#%", *p) ? "%%%02x" : "%c", *p);
	vwu_str_add(&b, "?immutable=1");
	return vwu_str_take(&b);
}

/* Without a writer the index of the write-ahead log is gone, and who may not write the directory
 * cannot make it. Nothing changes then: SQLite may look without it. */
static int open_still(struct vwst_db *db)
{
	vwu_auto_free char *uri = immutable_uri(db->path);
	struct vwu_str wal = { 0 };
	bool busy;

	vwu_str_addf(&wal, "%s-wal", db->path);
	busy = wal.failed || access(wal.s, F_OK) == 0;
	vwu_str_free(&wal);
	if (busy || uri == NULL)
		return VW_ERR_IO;
	db->sql.close_v2(db->db);
	db->db = NULL;
	vwc_restart(db->h);
	return open_sqlite(db, uri, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI);
}

static int open_reading(struct vwst_db *db)
{
	int rc = check_file(db, VWST_READ);

	if (rc == VW_ERR_NOTFOUND)
		return vwc_why(db->h, rc, "no file %s", db->path);
	if (rc == VW_OK)
		rc = open_sqlite(db, db->path, SQLITE_OPEN_READONLY);
	if (rc == VW_OK)
		rc = check_kind(db);
	if ((rc == VW_ERR_IO || rc == VW_ERR_DENIED) && open_still(db) == VW_OK)
		rc = check_kind(db);
	if (rc == VW_ERR_NOTFOUND)
		rc = vwc_why(db->h, VW_ERR_CONFIG, "%s is not an accounting log: it is empty",
			     db->path);
	return rc;
}

static int open_writing(struct vwst_db *db)
{
	int rc = check_file(db, VWST_WRITE);

	if (rc == VW_OK || rc == VW_ERR_NOTFOUND)
		rc = hold(db, rc == VW_ERR_NOTFOUND);
	if (rc == VW_OK)
		rc = open_sqlite(db, db->path, SQLITE_OPEN_READWRITE);
	if (rc == VW_OK)
		rc = check_kind(db);
	if (rc == VW_ERR_NOTFOUND)
		rc = make_schema(db);
	/* A power cut may not take what was written, nor a copy of the file alone lack it. */
	if (rc == VW_OK)
		rc = vwst_db_exec(db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
				  "PRAGMA wal_autocheckpoint = 1");
	return rc;
}

int vwst_db_open(struct vw_handle *h, const char *path, enum vwst_mode mode, struct vwst_db *db)
{
	int rc;

	*db = (struct vwst_db){ .h = h, .lock = -1 };
	db->path = strdup(path);
	rc = db->path ? load(db) : vwc_nomem(h);
	if (rc == VW_OK)
		rc = mode == VWST_READ ? open_reading(db) : open_writing(db);
	if (rc < 0)
		vwst_db_close(db);
	return rc;
}

void vwst_db_close(struct vwst_db *db)
{
	/* SQLite would leave what is in the write-ahead log there, when the file has moved. */
	if (db->db != NULL && db->lock >= 0 && !vwst_db_same(db))
		(void)db->sql.exec(db->db, "PRAGMA wal_checkpoint(TRUNCATE)", NULL, NULL, NULL);
	if (db->db != NULL)
		db->sql.close_v2(db->db);
	if (db->lock >= 0)
		close(db->lock);
	if (db->so != NULL)
		dlclose(db->so);
	free(db->path);
	*db = (struct vwst_db){ .h = db->h, .lock = -1 };
}

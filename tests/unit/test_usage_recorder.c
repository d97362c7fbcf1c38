/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_usage_recorder.c - the thread that writes: when it cannot, or may not wait any longer */
#include <dlfcn.h>
#include <sys/stat.h>
#include <time.h>

#include "stat/stat.h"
#include "usage_lab.h"

/* -- readings ---------------------------------------------------------------------------------- */

static struct vw_stat_reading *reading(uint64_t n, uint64_t rb)
{
	struct vwst_roster *roster = calloc(1, sizeof(*roster));
	struct vw_stat_reading *r;

	assert_non_null(roster);
	roster->refs = 1;
	roster->v = calloc(1, sizeof(*roster->v));
	assert_non_null(roster->v);
	roster->n = roster->max = 1;
	roster->v[0] = (struct vwst_row){
		.name = vwu_pool_str(&roster->pool, "web1"), .netns = 1, .ifindex = 5, .counter = 5,
		.cls = VW_CLASS_VNIC, .flags = VW_STAT_EDGE, .maxbw = UINT64_MAX,
	};
	r = vwst_reading_new(roster, false);
	assert_non_null(r);
	vwst_roster_put(roster);
	r->stats[0].rx_bytes = rb;
	r->flags[0] = VW_STAT_KNOWN;
	r->time_ns = (uint64_t)MONDAY * 1000000000 + n * 20000000000;
	r->boot_ns = 1000000000 * (n + 1);
	return r;
}

static void add(struct vw_recorder *r, uint64_t n, uint64_t rb)
{
	struct vw_stat_reading *one = reading(n, rb);

	assert_int_equal(vw_recorder_add(r, one, 0), VW_OK);
	vw_stat_free(one);
}

static struct vw_recorder *record(struct lab *lab)
{
	struct vw_recorder *r;

	assert_int_equal(vw_recorder_open(lab->h, VW_RECORDER_ATTR(.file = lab->file, .session = 7),
					  0, &r), VW_OK);
	return r;
}

/* Wait until it told that it cannot write. */
static void wait_trouble(struct vw_recorder *r)
{
	struct vw_recorder_state s = { .size = sizeof(s) };

	for (vw_recorder_state(r, &s); s.trouble[0] == '\0'; vw_recorder_state(r, &s))
		usleep(1000);
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* -- somebody else at the log ------------------------------------------------------------------ */

/* A log that exists, and a lock on it for which SQLite waits five seconds. */
static sqlite3 *held(struct lab *lab, struct vwst_db *db)
{
	sqlite3 *other;

	assert_int_equal(vwst_db_open(lab->h, lab->file, VWST_WRITE, db), VW_OK);
	vwst_db_close(db);
	assert_int_equal(vwst_db_open(lab->h, lab->file, VWST_READ, db), VW_OK);
	assert_int_equal(db->sql.open_v2(lab->file, &other, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
	assert_int_equal(db->sql.exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	return other;
}

static void let_go(struct vwst_db *db, sqlite3 *other)
{
	assert_int_equal(db->sql.close_v2(other), SQLITE_OK);
	vwst_db_close(db);
}

/* Wait until nobody writes the log any more. */
static void wait_free(struct lab *lab)
{
	struct vwst_db db;
	int rc = VW_ERR_BUSY;

	for (int i = 0; i < 30000 && rc == VW_ERR_BUSY; i++) {
		usleep(1000);
		rc = vwst_db_open(lab->h, lab->file, VWST_WRITE, &db);
	}
	assert_int_equal(rc, VW_OK);
	vwst_db_close(&db);
}

/* -- tests ------------------------------------------------------------------------------------- */

static void counting_begins_with_the_first_reading_however_long_it_waits(void **state)
{
	struct lab *lab = *state;
	char dir[160];
	struct vw_recorder *r;

	snprintf(dir, sizeof(dir), "%s/logs", lab->h->root);
	snprintf(lab->file, sizeof(lab->file), "%s/net.log", dir);
	r = record(lab);
	add(r, 0, 1000);
	wait_trouble(r);
	for (uint64_t i = 1; i <= 50; i++)
		add(r, i, 1000 + i);
	assert_int_equal(mkdir(dir, 0755), 0);
	assert_int_equal(vw_recorder_close(r, 0, 30000), VW_OK);
	assert_int_equal(total(lab, (struct vw_usage_filter){ 0 }), 50);
}

/* How long it takes to close a recorder whose log is held; @fails: it failed before, and waits for
 * another try. */
static double closing(struct lab *lab, int number, bool fails)
{
	struct vw_recorder *r = NULL;
	struct vwst_db db;
	sqlite3 *other;
	char dir[160];
	double t0;

	snprintf(dir, sizeof(dir), "%s/logs%d", lab->h->root, number);
	snprintf(lab->file, sizeof(lab->file), "%s/net.log", dir);
	if (fails) {
		r = record(lab);
		add(r, 0, 1000);
		wait_trouble(r);
	}
	assert_int_equal(mkdir(dir, 0755), 0);
	other = held(lab, &db);
	if (!fails) {
		r = record(lab);
		add(r, 0, 1000);
	}
	t0 = seconds();
	assert_int_equal(vw_recorder_close(r, 0, fails ? 0 : 100), VW_ERR_TIMEOUT);
	t0 = seconds() - t0;
	let_go(&db, other);
	wait_free(lab);
	return t0;
}

static void closing_takes_no_longer_than_it_may(void **state)
{
	for (int fails = 0; fails < 2; fails++) {
		double least = 60;

		/* a machine that is busy may make us late, but not each time */
		for (int i = 0; i < 3 && least > 1.9; i++) {
			double took = closing(*state, 3 * fails + i, fails);

			least = took < least ? took : least;
		}
		assert_true(least < 1.9);
	}
}

static void a_thread_that_was_left_lets_go_of_the_log(void **state)
{
	struct lab *lab = *state;
	struct vwst_db db;
	sqlite3 *other = held(lab, &db);
	struct vw_recorder *r = record(lab);

	add(r, 0, 1000);
	assert_int_equal(vw_recorder_close(r, 0, 100), VW_ERR_TIMEOUT);
	let_go(&db, other);
	wait_free(lab);
}

static void recording_ends_in_time_too(void **state)
{
	struct lab *lab = *state;
	struct vw_recorder *r = record(lab);
	struct vwst_db db;
	sqlite3 *other;
	double t0;

	add(r, 0, 1000);
	assert_int_equal(vw_recorder_flush(r, 30000), VW_OK);
	assert_int_equal(vwst_db_open(lab->h, lab->file, VWST_READ, &db), VW_OK);
	assert_int_equal(db.sql.open_v2(lab->file, &other, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
	assert_int_equal(db.sql.exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	t0 = seconds();
	assert_int_equal(vw_recorder_close(r, 1, 100), VW_ERR_TIMEOUT);
	assert_true(seconds() - t0 < 4);
	let_go(&db, other);
	wait_free(lab);
}

static void a_new_session_does_not_count_what_passed_between(void **state)
{
	struct lab *lab = *state;
	struct vw_recorder *r = record(lab);

	add(r, 0, 1000);
	add(r, 1, 1010);
	assert_int_equal(vw_recorder_close(r, 1, 30000), VW_OK);
	r = record(lab);
	add(r, 2, 5000);
	add(r, 3, 5007);
	assert_int_equal(vw_recorder_close(r, 0, 30000), VW_OK);
	r = record(lab);
	add(r, 4, 5100);	/* a pause: it goes on */
	assert_int_equal(vw_recorder_close(r, 0, 30000), VW_OK);
	assert_int_equal(total(lab, (struct vw_usage_filter){ 0 }), 110);
}

/* -- a host without SQLite --------------------------------------------------------------------- */

static bool without;

void *__real_dlopen(const char *name, int flags);
void *__wrap_dlopen(const char *name, int flags);
void *__wrap_dlopen(const char *name, int flags)
{
	return without ? NULL : __real_dlopen(name, flags);
}

static void without_sqlite_it_does_not_open(void **state)
{
	struct lab *lab = *state;
	struct vw_recorder *r = NULL;

	without = true;
	assert_int_equal(vw_recorder_open(lab->h, VW_RECORDER_ATTR(.file = lab->file, .session = 7),
					  0, &r), VW_ERR_NOTSUP);
	without = false;
	assert_null(r);
	assert_string_equal(vw_error_message(lab->h), "the history of links needs libsqlite3.so.0, "
			    "which cannot be loaded");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LAB(counting_begins_with_the_first_reading_however_long_it_waits),
		LAB(closing_takes_no_longer_than_it_may),
		LAB(a_thread_that_was_left_lets_go_of_the_log),
		LAB(recording_ends_in_time_too),
		LAB(a_new_session_does_not_count_what_passed_between),
		LAB(without_sqlite_it_does_not_open),
	};

	setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests_name("usage_recorder", tests, NULL, NULL);
}

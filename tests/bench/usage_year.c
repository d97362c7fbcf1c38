/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * usage_year.c - history of many links over a simulated time: size of the log, time of questions,
 *                CPU of the writer
 *
 * usage_year FILE LINKS FLOWS DAYS
 *
 * Readings come every 20 s where the log still keeps that (48 hours), before that every five
 * minutes (62 days), before that every hour: records of older intervals are the same as if each
 * 20 s had been read. All objects carry traffic all the time: the worst case. It ends in the middle
 * of a day and of an hour, so that a question about "now" meets records of every kind.
 * Prints a line a figure, separated by tabs: name, value, unit, note.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "stat/ledger.h"
#include "stat/query.h"

#define DAY	86400
#define END	INT64_C(1795264620)	/* 2026-11-21 12:37 UTC */
#define STEP	20

static struct vw_handle h;
static size_t links, flows;
static uint64_t (*counters)[VWST_COUNTS];
static char (*names)[32];
static uint64_t boot_ns;

static double cpu(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)u.ru_utime.tv_sec + (double)u.ru_stime.tv_sec +
	       ((double)u.ru_utime.tv_usec + (double)u.ru_stime.tv_usec) / 1e6;
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void die(const char *what)
{
	fprintf(stderr, "usage_year: %s: %s\n", what, vw_error_message(&h));
	exit(1);
}

/* Up to 100 Mb/s, each its own, with rests. */
static void work(size_t i, int64_t seconds)
{
	uint64_t rate = (i * 2654435761u >> 8) % 12500000, bytes;

	bytes = (uint64_t)seconds * (rate + (uint64_t)random() % (rate + 1)) / 2 + 60;
	counters[i][VWST_RB] += bytes;
	counters[i][VWST_TB] += bytes / 7;
	counters[i][VWST_RP] += bytes / 1400 + 1;
	counters[i][VWST_TP] += bytes / 2800 + 1;
}

static void reading(struct vwst_ledger *l, struct vwst_batch *b, int64_t t, int64_t seconds)
{
	b->t_ms = t * 1000;
	b->boot_ns = boot_ns += (uint64_t)seconds * 1000000000;
	for (size_t i = 0; i < b->n; i++) {
		work(i, seconds);
		memcpy(b->v[i].v, counters[i], sizeof(counters[i]));
		b->v[i].boot_ns = b->boot_ns;
	}
	if (vwst_ledger_apply(l, b) < 0)
		die("cannot write");
}

static struct vwst_batch *make_batch(void)
{
	struct vwst_batch *b = calloc(1, sizeof(*b));

	b->n = b->max = links + flows;
	b->v = calloc(b->n, sizeof(*b->v));
	b->full = true;
	for (size_t i = 0; i < b->n; i++) {
		bool flow = i >= links;

		snprintf(names[i], sizeof(names[i]), "%s%zu", flow ? "flow" : "web",
			 flow ? i - links : i);
		b->v[i] = (struct vwst_entry){
			.kind = flow, .netns = flow ? 0 : 1, .ifindex = (uint32_t)i + 1,
			.cls = flow ? 0 : VW_CLASS_VNIC, .edge = true, .name = names[i],
			.link = flow ? names[i - links] : "", .zone = i % 3 ? "red" : "blue",
			.vwire = "", .over = "",
		};
	}
	return b;
}

#define TIMES	5

static int rising(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* A question takes the median of some. */
static void ask(const char *what, struct vw_usage_filter f, const char *file)
{
	double took[TIMES];
	size_t rows = 0;

	f.size = sizeof(f);
	f.file = file;
	for (int i = 0; i < TIMES; i++) {
		double began = now();
		struct vw_usage *u;

		if (vw_usage_list(&h, &f, &u) < 0)
			die(what);
		for (rows = 0; vw_usage_next(u) != NULL; rows++)
			;
		vw_usage_list_free(u);
		took[i] = now() - began;
	}
	qsort(took, TIMES, sizeof(took[0]), rising);
	printf("%s\t%.1f\tms\t%zu rows\n", what, took[TIMES / 2] * 1000, rows);
	fflush(stdout);
}

static void sizes(struct vwst_db *db)
{
	static const char *const tables[] = { "sample", "five", "hour", "day" };
	struct stat st;

	stat(db->path, &st);
	printf("size of the log\t%.1f\tMiB\t\n", (double)st.st_size / 1048576);
	for (size_t i = 0; i < VWU_ARRAY_SIZE(tables); i++) {
		sqlite3_stmt *q = vwst_db_prepare(db, "SELECT sum(pgsize) FROM dbstat"
						  " WHERE name = ?");

		if (q == NULL)		/* a libsqlite3 without dbstat */
			return;
		vwst_db_bind_text(db, q, 1, tables[i]);
		if (vwst_db_step(db, q) == 1)
			printf("size of %s\t%.1f\tMiB\t\n", tables[i],
			       (double)db->sql.column_int64(q, 0) / 1048576);
		vwst_db_finalize(db, q);
	}
	fflush(stdout);
}

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* All but the last hour, without waiting for the disk. */
static int64_t fill(struct vwst_ledger *l, struct vwst_batch *b, int64_t days)
{
	int64_t noon = END - END % 3600, begin = END - END % DAY - days * DAY;
	int64_t fives = later(begin, noon - l->keep_fives_d * DAY);
	int64_t samples = later(begin, noon - (int64_t)l->keep_samples_h * 3600);
	int64_t t, step;

	for (t = begin; t <= END - 3600; t += step) {
		step = t < fives ? 3600 : t < samples ? VWST_FIVE_S : STEP;
		reading(l, b, t, step);
		if (t % DAY == 0) {
			printf("progress\t%lld\t\t\n", (long long)((t - begin) / DAY));
			fflush(stdout);
		}
	}
	return t;
}

/* An hour as the writer does it, each record safe on the disk; in it an hour is added up. */
static void work_an_hour(struct vwst_ledger *l, struct vwst_batch *b, int64_t t)
{
	double began = cpu(), most = 0;
	int n = 0;

	for (; t <= END; t += STEP, n++) {
		double c = cpu();

		reading(l, b, t, STEP);
		if (cpu() - c > most)
			most = cpu() - c;
	}
	began = cpu() - began;
	printf("CPU to record a reading\t%.2f\tms\t\n", began * 1000 / n);
	printf("CPU to add up an hour\t%.1f\tms\t\n", most * 1000);
	printf("CPU to record, all of an hour\t%.3f\t%% of a core\t\n", began / n / STEP * 100);
	fflush(stdout);
}

#define AGO(seconds)	((uint64_t)(END - (seconds)) * 1000)

static void questions(const char *file)
{
	const struct vw_usage_filter top = { .top = 20, .start_ms = AGO(30 * DAY) };
	struct vw_usage_filter f = top;

	ask("top 20 of 30 days", f, file);
	f.kind = VW_USAGE_FLOWS;
	ask("top 20 of 30 days, flows", f, file);
	f = top;
	f.start_ms = AGO(END % DAY + 30 * DAY);
	ask("top 20 of 30 days and today", f, file);
	f.flags = VW_USAGE_P95;
	ask("p95 of the top 20, 30 days", f, file);
	ask("summary of all", (struct vw_usage_filter){ .kind = 0 }, file);
	ask("bill by zone, 30 days", (struct vw_usage_filter){ .group = VW_USAGE_BY_ZONE,
		.start_ms = AGO(30 * DAY) }, file);
	f = (struct vw_usage_filter){ .name = "web1", .step = VW_USAGE_DAY };
	ask("days of one link, all", f, file);
	f.step = VW_USAGE_HOUR;
	f.start_ms = AGO(7 * DAY);
	ask("hours of one link, 7 days", f, file);
	f.step = VW_USAGE_FIVE;
	f.start_ms = AGO(DAY);
	ask("five minutes of one link, a day", f, file);
	f.step = VW_USAGE_RECORD;
	f.start_ms = AGO(3600);
	ask("intervals of one link, an hour", f, file);
	ask("p95 of one link, 30 days", (struct vw_usage_filter){ .name = "web1",
		.flags = VW_USAGE_P95, .start_ms = AGO(30 * DAY) }, file);
}

int main(int argc, char **argv)
{
	struct vwst_ledger l;
	struct vwst_batch *b;
	int64_t t;

	if (argc != 5)
		return 2;
	links = (size_t)atol(argv[2]);
	flows = (size_t)atol(argv[3]);
	setenv("TZ", "UTC", 1);
	tzset();
	h.pid = getpid();
	counters = calloc(links + flows, sizeof(*counters));
	names = calloc(links + flows, sizeof(*names));
	b = make_batch();
	unlink(argv[1]);
	vwst_ledger_init(&l, &h, 1);
	if (vwst_ledger_open(&l, argv[1]) < 0 ||
	    vwst_db_exec(&l.db, "PRAGMA synchronous = OFF; PRAGMA wal_autocheckpoint = 1000") < 0)
		die("cannot begin");
	t = fill(&l, b, atol(argv[4]));
	if (vwst_db_exec(&l.db, "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 1") < 0)
		die("cannot go on");
	work_an_hour(&l, b, t);
	sizes(&l.db);
	vwst_ledger_free(&l);
	questions(argv[1]);
	vwst_batch_free(b);
	free(counters);
	free(names);
	return 0;
}

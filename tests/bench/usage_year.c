/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * usage_year.c - history of many links over a simulated year: size of the log, time of questions,
 *                CPU of the writer
 *
 * usage_year FILE LINKS FLOWS DAYS FIVE_DAYS SAMPLE_HOURS
 *
 * Readings come once an hour, in the last FIVE_DAYS every five minutes, in the last SAMPLE_HOURS
 * every 20 s, which is all that the log would still tell apart: records of older intervals are the
 * same as if each 20 s had been read. All objects carry traffic all the time: the worst case.
 * Prints one line a figure: name, value, unit.
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

#define END	INT64_C(1795219200)	/* 2026-11-21 00:00 UTC */

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

static void ask(const char *what, struct vw_usage_filter f, const char *file)
{
	double best = 1e9;
	size_t rows = 0;

	f.size = sizeof(f);
	f.file = file;
	for (int i = 0; i < 5; i++) {
		double began = now();
		struct vw_usage *u;

		if (vw_usage_list(&h, &f, &u) < 0)
			die(what);
		for (rows = 0; vw_usage_next(u) != NULL; rows++)
			;
		vw_usage_list_free(u);
		if (now() - began < best)
			best = now() - began;
	}
	printf("%s\t%.1f\tms (%zu rows)\n", what, best * 1000, rows);
	fflush(stdout);
}

static void table_sizes(const char *file)
{
	static const char *const tables[] = { "sample", "five", "hour", "day" };
	char command[512];

	for (size_t i = 0; i < VWU_ARRAY_SIZE(tables); i++) {
		double size = 0;
		FILE *p;

		snprintf(command, sizeof(command), "sqlite3 '%s' \"SELECT sum(pgsize) FROM dbstat "
			 "WHERE name = '%s'\" 2>/dev/null", file, tables[i]);
		p = popen(command, "r");
		if (p != NULL && fscanf(p, "%lf", &size) == 1)
			printf("size of %s\t%.1f\tMiB\n", tables[i], size / 1048576);
		if (p != NULL)
			pclose(p);
	}
}

int main(int argc, char **argv)
{
	struct vwst_ledger l;
	struct vwst_batch *b;
	int64_t t, begin, fives, samples;
	struct stat st;
	double c;
	int n = 0;

	if (argc != 7)
		return 2;
	links = (size_t)atol(argv[2]);
	flows = (size_t)atol(argv[3]);
	begin = END - atol(argv[4]) * 86400;
	fives = END - atol(argv[5]) * 86400;
	samples = END - atol(argv[6]) * 3600;
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
	for (t = begin; t < fives; t += 3600)
		reading(&l, b, t, 3600);
	for (t = t > fives ? t : fives; t < samples; t += 300)
		reading(&l, b, t, 300);
	for (t = t > samples ? t : samples; t <= END - 600; t += 20)
		reading(&l, b, t, 20);
	/* The last ten minutes as the writer does it, each record safe on the disk. */
	if (vwst_db_exec(&l.db, "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 1") < 0)
		die("cannot go on");
	c = cpu();
	for (; t <= END; t += 20, n++)
		reading(&l, b, t, 20);
	printf("CPU of the writer\t%.2f\tms a reading = %.3f %% of a core\n", (cpu() - c) * 1000 / n,
	       (cpu() - c) / n / 20 * 100);
	vwst_ledger_free(&l);
	stat(argv[1], &st);
	printf("size of the log\t%.1f\tMiB\n", (double)st.st_size / 1048576);
	table_sizes(argv[1]);
	ask("summary of all", (struct vw_usage_filter){ .kind = 0 }, argv[1]);
	ask("top 20 of 30 days", (struct vw_usage_filter){ .top = 20,
		.start_ms = (uint64_t)(END - 30 * 86400) * 1000 }, argv[1]);
	ask("top 20 of 30 days, flows", (struct vw_usage_filter){ .top = 20, .kind = 1,
		.start_ms = (uint64_t)(END - 30 * 86400) * 1000 }, argv[1]);
	ask("top 20 of 30 days, cut within an hour", (struct vw_usage_filter){ .top = 20,
		.start_ms = (uint64_t)(END - 30 * 86400 + 1234) * 1000 }, argv[1]);
	ask("days of one link, all", (struct vw_usage_filter){ .name = "web1",
		.step = VW_USAGE_DAY }, argv[1]);
	ask("hours of one link, 7 days", (struct vw_usage_filter){ .name = "web1",
		.step = VW_USAGE_HOUR, .start_ms = (uint64_t)(END - 7 * 86400) * 1000 }, argv[1]);
	ask("p95 of one link, 30 days", (struct vw_usage_filter){ .name = "web1",
		.flags = VW_USAGE_P95, .start_ms = (uint64_t)(END - 30 * 86400) * 1000 }, argv[1]);
	ask("p95 of the top 20, 30 days", (struct vw_usage_filter){ .top = 20,
		.flags = VW_USAGE_P95, .start_ms = (uint64_t)(END - 30 * 86400) * 1000 }, argv[1]);
	ask("bill by zone, 30 days", (struct vw_usage_filter){ .group = VW_USAGE_BY_ZONE,
		.start_ms = (uint64_t)(END - 30 * 86400) * 1000 }, argv[1]);
	ask("intervals of one link, an hour", (struct vw_usage_filter){ .name = "web1",
		.step = VW_USAGE_RECORD, .start_ms = (uint64_t)(END - 3600) * 1000 }, argv[1]);
	vwst_batch_free(b);
	free(counters);
	free(names);
	return 0;
}

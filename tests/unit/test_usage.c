/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_usage.c - history: packing, times, percentiles, roll-ups, ranges, and that no byte is lost */
#include <sys/stat.h>
#include <time.h>

#include "stat/query.h"
#include "usage_lab.h"

/* -- small parts ------------------------------------------------------------------------------- */

static void numbers_of_any_size_come_back(void **state)
{
	static const uint64_t v[] = { 0, 1, 127, 128, 16383, 16384, UINT32_MAX, UINT64_MAX };
	struct vwst_pack p = { 0 };
	struct vwst_unpack u;

	for (size_t i = 0; i < VWU_ARRAY_SIZE(v); i++)
		vwst_pack_num(&p, v[i]);
	assert_false(p.failed);
	u = (struct vwst_unpack){ .p = p.p, .end = p.p + p.len };
	for (size_t i = 0; i < VWU_ARRAY_SIZE(v); i++)
		assert_true(vwst_unpack_num(&u) == v[i]);
	assert_true(u.p == u.end && !u.bad);
	(void)vwst_unpack_num(&u);
	assert_true(u.bad);
	u = (struct vwst_unpack){ .p = p.p, .end = p.p + p.len - 1 };
	while (u.p < u.end)
		(void)vwst_unpack_num(&u);
	assert_true(u.bad);
	vwst_pack_free(&p);
}

static void the_percentile_is_the_nearest_rank(void **state)
{
	double v[100];

	for (int i = 0; i < 100; i++)
		v[i] = 100 - i;
	assert_true(vwst_p95(v, 100, 100) == 95);
	for (int i = 0; i < 100; i++)
		v[i] = i + 1;
	assert_true(vwst_p95(v, 20, 20) == 19);
	assert_true(vwst_p95(v, 1, 1) == 1);
	/* 4 of 100 with traffic: nothing to pay. 5 of 100: nothing. 6: the smallest. */
	for (int i = 0; i < 6; i++)
		v[i] = 10 + i;
	assert_true(vwst_p95(v, 4, 100) == 0);
	assert_true(vwst_p95(v, 5, 100) == 0);
	assert_true(vwst_p95(v, 6, 100) == 10);
	assert_true(vwst_p95(v, 0, 0) == 0);
}

static void times_are_read_as_people_write_them(void **state)
{
	static const struct { const char *text; int64_t t; } good[] = {
		{ "2026-11-23", 0 }, { "2026-11-23T14:40:20", 52820 }, { "2026-11-23 14:40", 52800 },
		{ "2026-11-23,14:40:20", 52820 }, { "2026-11-23T14", 50400 },
		{ "2026-11-23T14:40:20Z", 52820 }, { "2026-11-23T14:40:20+01:00", 49220 },
		{ "2026-11-23T14:40:20.25-0130", 58220 }, { "11/23/2026", 0 },
		{ "11/23/2026,14:40:20", 52820 }, { "11/23/26,14", 50400 }, { "1/2/2027", 3456000 },
		{ "02/29/2028", 40003200 }, { "@1795392001", 1 }, { "now", 36000 }, { "today", 0 },
		{ "yesterday", -86400 }, { "-30m", 34200 }, { "-2h", 28800 }, { "-7d", -568800 },
		{ "-90s", 35910 }, { "9:30", 34200 }, { "09:30:05", 34205 },
	};
	static const char *const bad[] = {
		"", "-", "@", "@x", "2026-13-01", "2026-02-30", "2027-02-29", "2026-00-10",
		"2026-11-23T24:00", "2026-11-23T10:60", "2026-11-23T10:00:00x", "2026-11-23T",
		"23/11/2026", "11-23-2026", "99-01-01", "11/23", "11/23/1926", "12", "25:00", "-5",
		"-5x", "-99999999999999d", "tomorrow", "2026-11-23T10:00+15:00", "D1,10:00:00",
		"2026-11-23T10:00:00+1", "99999999999-01-01", "@-5", "-1h30m",
	};
	uint64_t ms;

	for (size_t i = 0; i < VWU_ARRAY_SIZE(good); i++) {
		ms = 1;
		if (vw_usage_time(NULL, good[i].text, (uint64_t)(MONDAY + 36000) * 1000, &ms) < 0 ||
		    (int64_t)ms != (MONDAY + good[i].t) * 1000)
			fail_msg("'%s' is %lld", good[i].text,
				 (long long)ms / 1000 - (long long)MONDAY);
	}
	for (size_t i = 0; i < VWU_ARRAY_SIZE(bad); i++)
		if (vw_usage_time(NULL, bad[i], (uint64_t)(MONDAY + 36000) * 1000, &ms) == VW_OK)
			fail_msg("'%s' is taken for %llu", bad[i], (unsigned long long)ms);
}

static void days_are_those_of_the_calendar(void **state)
{
	int64_t t0, t1;

	setenv("TZ", "Europe/Vienna", 1);
	tzset();
	vwst_day_of(1792886400, &t0, &t1);	/* 2026-10-25: 25 hours */
	assert_true(t1 - t0 == 25 * 3600);
	vwst_day_of(1774745000, &t0, &t1);	/* 2026-03-29: 23 */
	assert_true(t1 - t0 == 23 * 3600);
	setenv("TZ", "Asia/Kolkata", 1);	/* +05:30 */
	tzset();
	vwst_hour_of(MONDAY, &t0, &t1);
	assert_true(t0 == MONDAY - 1800 && t1 == MONDAY + 1800);
	vwst_month_of(MONDAY, &t0, &t1);
	assert_true(t0 == 1793471400 && t1 == 1796063400);
	setenv("TZ", "UTC", 1);
	tzset();
}

/* -- what the ledger makes of readings --------------------------------------------------------- */

static void counting_begins_with_the_first_reading(void **state)
{
	struct lab *lab = *state;

	one(lab, MONDAY, 5, "web1", "", 1000000, 500);
	one(lab, MONDAY + 20, 5, "web1", "", 1000100, 500);
	assert_int_equal(total(lab, (struct vw_usage_filter){ 0 }), 100);
}

static void a_link_that_is_made_later_counts_from_nothing(void **state)
{
	struct lab *lab = *state;
	struct vwst_batch *b;

	one(lab, MONDAY, 5, "web1", "", 10, 0);
	b = batch(lab, MONDAY + 20, true);
	entry(b, 5, "web1", "", 10, 0);
	entry(b, 6, "web2", "", 70, 7);
	apply(lab, b);
	assert_int_equal(total(lab, (struct vw_usage_filter){ 0 }), 77);
}

static void what_was_moved_here_counts_from_what_it_had(void **state)
{
	struct lab *lab = *state;
	struct vwst_batch *b;

	one(lab, MONDAY, 5, "web1", "", 10, 0);
	b = batch(lab, MONDAY + 20, true);
	entry(b, 5, "web1", "", 10, 0);
	entry(b, 6, "eth1", "", 1000, 2000)->base[VWST_RB] = 990;
	b->v[1].base[VWST_TB] = 1995;
	apply(lab, b);
	assert_int_equal(total(lab, (struct vw_usage_filter){ 0 }), 15);
}

static void the_last_words_of_a_link_count_once(void **state)
{
	struct lab *lab = *state;
	struct vw_usage *u;
	const struct vw_usage_row *r;

	one(lab, MONDAY, 5, "web1", "web", 0, 0);
	one(lab, MONDAY + 20, 5, "web1", "web", 100, 10);
	for (int i = 0; i < 3; i++) {
		struct vwst_batch *b = batch(lab, MONDAY + 25 + i, false);

		entry(b, 5, "web1", "web", 150, 20)->gone = true;
		apply(lab, b);
		if (i == 1)
			crash(lab);
	}
	u = ask(lab, (struct vw_usage_filter){ 0 });
	assert_null(vw_usage_next(u));
	assert_int_equal(vw_usage_hidden(u), 1);
	vw_usage_list_free(u);
	u = ask(lab, (struct vw_usage_filter){ .flags = VW_USAGE_GONE });
	r = vw_usage_next(u);
	assert_non_null(r);
	assert_int_equal(r->rx_bytes, 150);
	assert_int_equal(r->tx_bytes, 20);
	assert_string_equal(r->zone, "web");
	assert_true(r->flags & VW_USAGE_ENDED);
	assert_false(r->flags & VW_USAGE_RESET);
	assert_int_equal(r->duration_ms, 25000);
	vw_usage_list_free(u);
}

static void a_reset_is_marked_and_not_subtracted(void **state)
{
	struct lab *lab = *state;
	struct vw_usage *u;
	const struct vw_usage_row *r;

	one(lab, MONDAY, 5, "net0", "", 0, 0);
	one(lab, MONDAY + 20, 5, "net0", "", 1000, 1000);
	one(lab, MONDAY + 40, 5, "net0", "", 30, 1010);
	u = ask(lab, (struct vw_usage_filter){ 0 });
	r = vw_usage_next(u);
	assert_int_equal(r->rx_bytes, 1030);
	assert_int_equal(r->tx_bytes, 2010);
	assert_true(r->flags & VW_USAGE_RESET);
	vw_usage_list_free(u);
}

static void last_words_that_lack_a_direction_are_told_so(void **state)
{
	struct lab *lab = *state;
	struct vwst_batch *b;
	struct vw_usage *u;
	const struct vw_usage_row *r;

	one(lab, MONDAY, 5, "web1", "", 0, 0);
	one(lab, MONDAY + 20, 5, "web1", "", 100, 200);
	b = batch(lab, MONDAY + 30, false);
	entry(b, 5, "web1", "", 0, 250)->gone = true;
	apply(lab, b);
	u = ask(lab, (struct vw_usage_filter){ .flags = VW_USAGE_GONE });
	r = vw_usage_next(u);
	assert_int_equal(r->rx_bytes, 100);
	assert_int_equal(r->tx_bytes, 250);
	assert_true(r->flags & VW_USAGE_BLIND);
	vw_usage_list_free(u);
}

static void a_new_name_does_not_take_the_old_ones_bytes(void **state)
{
	struct lab *lab = *state;

	one(lab, MONDAY, 5, "web1", "", 0, 0);
	one(lab, MONDAY + 20, 5, "web1", "", 100, 0);
	one(lab, MONDAY + 30, 5, "shop1", "", 130, 0);
	one(lab, MONDAY + 40, 5, "shop1", "", 135, 0);
	assert_int_equal(total(lab, (struct vw_usage_filter){ .name = "web1" }), 130);
	assert_int_equal(total(lab, (struct vw_usage_filter){ .name = "shop1" }), 5);
}

static void each_owner_has_its_own(void **state)
{
	struct lab *lab = *state;
	struct vwst_batch *b;
	struct vw_usage *u;
	const struct vw_usage_row *r;

	one(lab, MONDAY, 5, "web1", "red", 0, 0);
	b = batch(lab, MONDAY + 20, true);
	entry(b, 5, "web1", "red", 100, 0)->gone = true;
	entry(b, 6, "web1", "blue", 40, 0);
	apply(lab, b);
	assert_int_equal(total(lab, (struct vw_usage_filter){ .zone = "red" }), 100);
	assert_int_equal(total(lab, (struct vw_usage_filter){ .zone = "blue" }), 40);
	u = ask(lab, (struct vw_usage_filter){ 0 });
	r = vw_usage_next(u);
	assert_int_equal(r->rx_bytes, 140);
	assert_null(r->zone);
	assert_null(vw_usage_next(u));
	vw_usage_list_free(u);
	u = ask(lab, (struct vw_usage_filter){ .group = VW_USAGE_BY_ZONE });
	r = vw_usage_next(u);
	assert_string_equal(r->zone, "blue");
	r = vw_usage_next(u);
	assert_string_equal(r->zone, "red");
	assert_int_equal(r->rx_bytes, 100);
	vw_usage_list_free(u);
}

static void a_writer_that_starts_again_goes_on(void **state)
{
	struct lab *lab = *state;
	struct vwst_batch *b;

	one(lab, MONDAY, 5, "web1", "", 0, 0);
	one(lab, MONDAY + 20, 5, "web1", "", 100, 0);
	crash(lab);
	b = batch(lab, MONDAY + 500, true);
	entry(b, 5, "web1", "", 900, 0);
	entry(b, 6, "born1", "", 50, 0);	/* while nobody looked */
	apply(lab, b);
	assert_int_equal(total(lab, (struct vw_usage_filter){ 0 }), 950);
}

static void a_reboot_begins_at_nothing_again(void **state)
{
	struct lab *lab = *state;

	one(lab, MONDAY, 5, "web1", "", 0, 0);
	one(lab, MONDAY + 20, 5, "web1", "", 100, 0);
	crash(lab);
	lab->l.boot = 99;
	assert_int_equal(vwst_ledger_open(&lab->l, lab->file), VW_OK);
	vwst_ledger_shut(&lab->l);
	crash(lab);
	/* The file now says another boot: as after one. */
	one(lab, MONDAY + 60, 5, "web1", "", 130, 0);
	assert_int_equal(total(lab, (struct vw_usage_filter){ 0 }), 230);
}

static void another_session_counts_from_its_beginning(void **state)
{
	struct lab *lab = *state;

	one(lab, MONDAY, 5, "web1", "", 0, 0);
	one(lab, MONDAY + 20, 5, "web1", "", 100, 0);
	assert_int_equal(vwst_ledger_end(&lab->l), VW_OK);
	crash(lab);
	one(lab, MONDAY + 60, 5, "web1", "", 700, 0);
	one(lab, MONDAY + 80, 5, "web1", "", 703, 0);
	assert_int_equal(total(lab, (struct vw_usage_filter){ 0 }), 103);
}

static void a_link_is_not_gone_when_recording_ends(void **state)
{
	struct lab *lab = *state;
	struct vwst_batch *b;
	struct vw_usage *u;
	const struct vw_usage_row *r;

	one(lab, MONDAY, 5, "web1", "", 0, 0);
	b = batch(lab, MONDAY + 20, true);
	entry(b, 5, "web1", "", 100, 0);
	entry(b, 6, "web2", "", 100, 0)->gone = true;
	apply(lab, b);
	assert_int_equal(vwst_ledger_end(&lab->l), VW_OK);
	u = ask(lab, (struct vw_usage_filter){ 0 });
	r = vw_usage_next(u);
	assert_string_equal(r->name, "web1");
	assert_false(r->flags & VW_USAGE_ENDED);
	assert_int_equal(r->duration_ms, 20000);
	assert_null(vw_usage_next(u));
	assert_int_equal(vw_usage_hidden(u), 1);
	vw_usage_list_free(u);
	/* It was not watched until it begins again. */
	crash(lab);
	one(lab, MONDAY + 600, 5, "web1", "", 700, 0);
	one(lab, MONDAY + 620, 5, "web1", "", 710, 0);
	u = ask(lab, (struct vw_usage_filter){ 0 });
	r = vw_usage_next(u);
	assert_int_equal(r->rx_bytes, 110);
	assert_int_equal(r->duration_ms, 40000);
	vw_usage_list_free(u);
}

static void a_log_that_is_moved_away_is_followed_by_a_new_one(void **state)
{
	struct lab *lab = *state;
	char other[256];

	one(lab, MONDAY, 5, "web1", "", 0, 0);
	one(lab, MONDAY + 20, 5, "web1", "", 100, 0);
	snprintf(other, sizeof(other), "%s.1", lab->file);
	assert_int_equal(rename(lab->file, other), 0);
	assert_false(vwst_db_same(&lab->l.db));
	vwst_ledger_shut(&lab->l);
	one(lab, MONDAY + 40, 5, "web1", "", 130, 0);
	assert_int_equal(total(lab, (struct vw_usage_filter){ 0 }), 30);
	memcpy(lab->file, other, sizeof(lab->file));
	assert_int_equal(total(lab, (struct vw_usage_filter){ 0 }), 100);
}

static void old_news_is_no_news(void **state)
{
	struct lab *lab = *state;
	struct vwst_batch *old = batch(lab, MONDAY + 10, true), *b;

	entry(old, 5, "web1", "", 40, 0);
	entry(old, 6, "web2", "", 60, 0)->gone = true;
	one(lab, MONDAY, 5, "web1", "", 0, 0);
	b = batch(lab, MONDAY + 20, true);
	entry(b, 5, "web1", "", 100, 0);
	entry(b, 6, "web2", "", 60, 0)->gone = true;
	entry(b, 7, "web3", "", 9, 0);
	apply(lab, b);
	crash(lab);	/* the one that held goes on: with what it knows, and that is older */
	apply(lab, old);
	one(lab, MONDAY + 40, 5, "web1", "", 101, 0);
	assert_int_equal(total(lab, (struct vw_usage_filter){ 0 }), 170);
}

static void merging_keeps_what_the_newer_does_not_say(void **state)
{
	struct lab *lab = *state;
	struct vwst_batch *a, *b;

	one(lab, MONDAY, 1, "a1", "", 0, 0);
	a = batch(lab, MONDAY + 20, true);
	entry(a, 1, "a1", "", 10, 0);
	entry(a, 2, "b1", "", 20, 0)->gone = true;	/* gone */
	entry(a, 3, "c1", "", 30, 0);			/* will be renamed */
	entry(a, 4, "d1", "", 40, 0);			/* will be reset */
	entry(a, 5, "e1", "", 50, 0);			/* will not be seen any more */
	b = batch(lab, MONDAY + 40, true);
	entry(b, 1, "a1", "", 11, 0);
	entry(b, 3, "x1", "", 33, 0);
	entry(b, 4, "d1", "", 4, 0);
	assert_true(vwst_batch_merge(a, b));
	assert_int_equal(b->readings, 2);
	assert_int_equal(b->n, 7);
	apply(lab, b);
	assert_int_equal(total(lab, (struct vw_usage_filter){ 0 }), 11 + 20 + 33 + 44 + 50);
}

/* -- random schedules -------------------------------------------------------------------------- */

#define DEVICES	12

struct device {
	bool	 there;
	unsigned ifindex;
	char	 name[16], zone[16];
	uint64_t rb, tb;
};

static void no_byte_is_lost_whatever_happens(void **state)
{
	struct lab *lab = *state;
	struct device d[DEVICES] = { { 0 } };
	struct vwst_batch *waiting = NULL;
	unsigned next = 1;
	uint64_t want = 0;
	int64_t t = MONDAY;

	srandom(20261123);
	apply(lab, batch(lab, t, true));
	for (int step = 0; step < 3000; step++) {
		struct vwst_batch *b;
		bool full = random() % 3 != 0;

		t += 1 + random() % 40;
		if (random() % 50 == 0)
			t += random() % 7200;
		b = batch(lab, t, full);
		for (int i = 0; i < DEVICES; i++) {
			struct device *v = &d[i];
			bool gone = false;
			int what = (int)(random() % 40);
			uint64_t rb, tb;

			if (!v->there && what > 10)
				continue;
			if (!v->there) {
				*v = (struct device){ .there = true, .ifindex = next++ };
				snprintf(v->name, sizeof(v->name), "link%d", i);
			}
			if (what == 11)
				snprintf(v->name, sizeof(v->name), "name%ld", random() % 5);
			if (what == 12)
				snprintf(v->zone, sizeof(v->zone), "zone%ld", random() % 3);
			rb = (uint64_t)random() % 3 ? (uint64_t)random() % 100000 : 0;
			tb = (uint64_t)random() % 3 ? (uint64_t)random() : 0;
			v->rb += rb;
			v->tb += tb;
			want += rb + tb;
			gone = what == 14 || what == 15;
			entry(b, v->ifindex, v->name, v->zone, v->rb, v->tb)->gone = gone;
			v->there = !gone;
		}
		/* Sometimes the disk does not take it: it waits and is merged. */
		if (waiting != NULL)
			assert_true(vwst_batch_merge(waiting, b));
		waiting = NULL;
		if (random() % 5 == 0 && step < 2990)
			waiting = b;
		else
			apply(lab, b);
		if (waiting == NULL && random() % 20 == 0)
			crash(lab);
	}
	if (waiting != NULL)
		apply(lab, waiting);
	/* What the last event readings did not say of links that stayed. */
	{
		struct vwst_batch *b = batch(lab, t + 20, true);

		for (int i = 0; i < DEVICES; i++)
			if (d[i].there)
				entry(b, d[i].ifindex, d[i].name, d[i].zone, d[i].rb, d[i].tb);
		apply(lab, b);
	}
	assert_int_equal(total(lab, (struct vw_usage_filter){ 0 }), want);
}

/* The same under every question, cut anywhere. */
static void sums_are_those_of_the_counters(void **state)
{
	struct lab *lab = *state;
	struct device d[DEVICES] = { { 0 } };
	unsigned next = 1;
	uint64_t want = 0;
	int64_t t = MONDAY;
	static const unsigned steps[] = { VW_USAGE_ALL, VW_USAGE_RECORD, VW_USAGE_FIVE,
					  VW_USAGE_HOUR, VW_USAGE_DAY, VW_USAGE_MONTH };

	srandom(4711);
	apply(lab, batch(lab, t, true));
	for (int step = 0; step < 4000; step++) {
		struct vwst_batch *b;

		t += 20 + (random() % 60 == 0 ? random() % 9000 : 0);
		b = batch(lab, t, random() % 4 != 0);
		for (int i = 0; i < DEVICES; i++) {
			struct device *v = &d[i];
			int what = (int)(random() % 60);

			if (!v->there && what > 10)
				continue;
			if (!v->there) {
				*v = (struct device){ .there = true, .ifindex = next++ };
				snprintf(v->name, sizeof(v->name), "link%d", i);
			}
			if (what == 11)
				snprintf(v->name, sizeof(v->name), "name%ld", random() % 5);
			if (what == 12)
				snprintf(v->zone, sizeof(v->zone), "zone%ld", random() % 3);
			v->rb += (uint64_t)random() % 100000;
			v->tb += (uint64_t)random();
			entry(b, v->ifindex, v->name, v->zone, v->rb, v->tb)->gone = what == 14;
			v->there = what != 14;
			if (what == 14)
				want += v->rb + v->tb;
		}
		apply(lab, b);
		if (random() % 30 == 0)
			crash(lab);
	}
	{
		struct vwst_batch *b = batch(lab, t + 20, true);

		for (int i = 0; i < DEVICES; i++)
			if (d[i].there) {
				entry(b, d[i].ifindex, d[i].name, d[i].zone, d[i].rb, d[i].tb);
				want += d[i].rb + d[i].tb;
			}
		apply(lab, b);
	}
	for (size_t i = 0; i < VWU_ARRAY_SIZE(steps); i++)
		for (unsigned group = 0; group <= VW_USAGE_TOGETHER; group++)
			assert_int_equal(total(lab, (struct vw_usage_filter){
				.step = steps[i], .group = group }), want);
	/* Cut anywhere, the parts make the whole. */
	for (int i = 0; i < 200; i++) {
		uint64_t cut = (uint64_t)(MONDAY + 1 + random() % (t - MONDAY)) * 1000;
		unsigned step = steps[(size_t)random() % VWU_ARRAY_SIZE(steps)];

		assert_int_equal(total(lab, (struct vw_usage_filter){ .end_ms = cut, .step = step }) +
				 total(lab, (struct vw_usage_filter){ .start_ms = cut,
					.step = step }), want);
	}
}

/* -- ranges and roll-ups ----------------------------------------------------------------------- */

/* Two days of 100 bytes a minute. */
static void two_days(struct lab *lab)
{
	for (int i = 0; i <= 2 * 24 * 60; i++)
		one(lab, MONDAY + i * 60, 5, "web1", "", (uint64_t)i * 100, 0);
}

static void a_range_takes_what_ends_in_it(void **state)
{
	struct lab *lab = *state;
	uint64_t m = MONDAY * 1000;

	two_days(lab);
	assert_int_equal(total(lab, (struct vw_usage_filter){ 0 }), 288000);
	assert_int_equal(total(lab, (struct vw_usage_filter){ .start_ms = m + 60000,
							      .end_ms = m + 120000 }), 100);
	assert_int_equal(total(lab, (struct vw_usage_filter){ .start_ms = m + 59999,
							      .end_ms = m + 120000 }), 200);
	assert_int_equal(total(lab, (struct vw_usage_filter){ .start_ms = m + 3600000,
							      .end_ms = m + 7200000 }), 6000);
	assert_int_equal(total(lab, (struct vw_usage_filter){ .start_ms = m + 86400000,
							      .end_ms = m + 2 * 86400000ull }),
			 144000);
	assert_int_equal(total(lab, (struct vw_usage_filter){ .start_ms = m + 86400000 }), 144000);
	assert_int_equal(total(lab, (struct vw_usage_filter){ .end_ms = m + 86400000 }), 144000);
}

static void days_and_hours_add_up(void **state)
{
	struct lab *lab = *state;
	struct vw_usage *u;
	const struct vw_usage_row *r;
	int rows = 0;

	two_days(lab);
	u = ask(lab, (struct vw_usage_filter){ .step = VW_USAGE_DAY });
	while ((r = vw_usage_next(u)) != NULL) {
		assert_int_equal(r->rx_bytes, 144000);
		assert_int_equal(r->start_ms, (uint64_t)(MONDAY + rows * 86400) * 1000);
		assert_int_equal(r->end_ms - r->start_ms, 86400000);
		assert_int_equal(r->duration_ms, 86400000);
		rows++;
	}
	vw_usage_list_free(u);
	assert_int_equal(rows, 2);
	rows = 0;
	u = ask(lab, (struct vw_usage_filter){ .step = VW_USAGE_HOUR });
	while ((r = vw_usage_next(u)) != NULL) {
		assert_int_equal(r->rx_bytes, 6000);
		rows++;
	}
	vw_usage_list_free(u);
	assert_int_equal(rows, 48);
}

static void old_detail_goes_and_sums_stay(void **state)
{
	struct lab *lab = *state;

	lab->l.keep_samples_h = 3;
	lab->l.keep_fives_d = 1;
	two_days(lab);
	for (int i = 2 * 24 * 60; i <= 5 * 24 * 60; i++)
		one(lab, MONDAY + i * 60, 5, "web1", "", (uint64_t)i * 100, 0);
	assert_int_equal(total(lab, (struct vw_usage_filter){ 0 }), 720000);
	assert_int_equal(total(lab, (struct vw_usage_filter){ .step = VW_USAGE_RECORD }), 720000);
	assert_int_equal(total(lab, (struct vw_usage_filter){ .step = VW_USAGE_FIVE }), 720000);
	assert_int_equal(total(lab, (struct vw_usage_filter){ .step = VW_USAGE_HOUR }), 720000);
	/* The hour that the cut is in belongs to the part it ends in. */
	for (int h = 0; h < 5 * 24; h += 7) {
		uint64_t cut = (uint64_t)(MONDAY + h * 3600 + 1234) * 1000;

		assert_int_equal(total(lab, (struct vw_usage_filter){ .end_ms = cut }) +
				 total(lab, (struct vw_usage_filter){ .start_ms = cut }), 720000);
	}
}

static void a_percentile_of_a_day_is_that_of_its_five_minutes(void **state)
{
	struct lab *lab = *state;
	struct vw_usage *u;
	const struct vw_usage_row *r;
	uint64_t sum = 0;

	/* 288 times five minutes: 14 of them busy (one in twenty is 14.4), then 15 */
	one(lab, MONDAY, 5, "web1", "", 0, 0);
	for (int i = 1; i <= 288; i++) {
		sum += i % 20 == 0 ? 3750000 : 37500;	/* 100 kb/s, else 1 kb/s */
		one(lab, MONDAY + i * 300, 5, "web1", "", sum, 0);
	}
	u = ask(lab, (struct vw_usage_filter){ .flags = VW_USAGE_P95 });
	r = vw_usage_next(u);
	assert_true(r->p95_bps == 1000 && r->p95_rx_bps == 1000 && r->p95_tx_bps == 0);
	vw_usage_list_free(u);
	u = ask(lab, (struct vw_usage_filter){ .flags = VW_USAGE_P95,
		.start_ms = (MONDAY + 10 * 300) * 1000, .end_ms = (MONDAY + 30 * 300) * 1000 });
	r = vw_usage_next(u);
	assert_true(r->p95_bps == 1000);	/* 1 of 20 */
	vw_usage_list_free(u);
	u = ask(lab, (struct vw_usage_filter){ .flags = VW_USAGE_P95,
		.start_ms = (MONDAY + 15 * 300) * 1000, .end_ms = (MONDAY + 30 * 300) * 1000 });
	r = vw_usage_next(u);
	assert_true(r->p95_bps == 100000);	/* 1 of 15 */
	vw_usage_list_free(u);
}

static void a_total_counts_no_byte_twice(void **state)
{
	struct lab *lab = *state;
	struct vwst_batch *b = batch(lab, MONDAY, true);

	apply(lab, b);
	b = batch(lab, MONDAY + 20, true);
	entry(b, 1, "eth0", "", 1000, 0)->cls = VW_CLASS_PHYS;
	entry(b, 2, "web1", "red", 600, 0);
	b->v[1].over = "eth0";
	b->v[1].edge = false;
	entry(b, 3, "vlan1", "red", 500, 0);
	b->v[2].over = "web1";
	b->v[2].edge = false;
	entry(b, 4, "stub1", "", 77, 0)->cls = VW_CLASS_ETHERSTUB;
	b->v[3].edge = false;
	apply(lab, b);
	assert_int_equal(total(lab, (struct vw_usage_filter){ .group = VW_USAGE_TOGETHER }), 1000);
	assert_int_equal(total(lab, (struct vw_usage_filter){ .group = VW_USAGE_BY_ZONE,
							      .zone = "red" }), 600);
	assert_int_equal(total(lab, (struct vw_usage_filter){ 0 }), 2177);
}

/* A zone has its VNIC, a pair of its own to a namespace inside, and what it built on both. */
static void a_zone_is_not_billed_for_what_it_made_itself(void **state)
{
	struct lab *lab = *state;
	struct vwst_batch *b = batch(lab, MONDAY, true);

	apply(lab, b);
	b = batch(lab, MONDAY + 20, true);
	entry(b, 1, "net0", "", 1000, 0)->cls = VW_CLASS_PHYS;
	entry(b, 2, "web1", "corp", 600, 0)->over = "net0";
	b->v[1].edge = false;
	entry(b, 3, "pair0", "corp", 5000, 0)->cls = VW_CLASS_PHYS;
	entry(b, 4, "vlan7", "corp", 500, 0)->cls = VW_CLASS_VLAN;
	b->v[3].over = "web1";
	entry(b, 5, "vlan8", "corp", 400, 0)->cls = VW_CLASS_VLAN;
	b->v[4].over = "pair0";
	entry(b, 6, "net0", "corp", 3, 0)->cls = VW_CLASS_PHYS;	/* named to hide web1 */
	entry(b, 7, "vlan9", "corp", 20, 0)->cls = VW_CLASS_VLAN;
	b->v[6].over = "net1";	/* the host's: it was given */
	b->v[6].edge = b->v[3].edge = b->v[4].edge = false;
	entry(b, 8, "eth1", "bare", 70, 0)->cls = VW_CLASS_PHYS;
	entry(b, 9, "vlan1", "bare", 60, 0)->cls = VW_CLASS_VLAN;
	b->v[8].over = "eth1";
	b->v[8].edge = false;
	entry(b, 10, "tun0", "bare", 50, 0)->cls = VW_CLASS_IPTUN;
	b->v[9].edge = false;
	apply(lab, b);
	assert_int_equal(total(lab, (struct vw_usage_filter){ .group = VW_USAGE_BY_ZONE,
							      .zone = "corp" }), 620);
	assert_int_equal(total(lab, (struct vw_usage_filter){ .group = VW_USAGE_BY_OWNER,
							      .zone = "corp" }), 620);
	assert_int_equal(total(lab, (struct vw_usage_filter){ .group = VW_USAGE_BY_ZONE,
							      .zone = "bare" }), 70);
	assert_int_equal(total(lab, (struct vw_usage_filter){ .group = VW_USAGE_TOGETHER }), 1070);
	assert_int_equal(total(lab, (struct vw_usage_filter){ .name = "pair0" }), 5000);
}

static void the_busiest_come_first(void **state)
{
	struct lab *lab = *state;
	struct vwst_batch *b = batch(lab, MONDAY, true);
	struct vw_usage *u;

	apply(lab, b);
	b = batch(lab, MONDAY + 20, true);
	for (unsigned i = 0; i < 20; i++) {
		char name[16];

		snprintf(name, sizeof(name), "web%u", i);
		entry(b, i + 1, name, "", i * 7 % 20, 0);
	}
	apply(lab, b);
	u = ask(lab, (struct vw_usage_filter){ .top = 2 });
	assert_string_equal(vw_usage_next(u)->name, "web17");
	assert_string_equal(vw_usage_next(u)->name, "web14");
	assert_null(vw_usage_next(u));
	vw_usage_list_free(u);
	u = ask(lab, (struct vw_usage_filter){ 0 });
	assert_string_equal(vw_usage_next(u)->name, "web1");
	assert_string_equal(vw_usage_next(u)->name, "web2");
	vw_usage_list_free(u);
}

/* -- files that are not what they should be ---------------------------------------------------- */

static void expect(struct lab *lab, const struct vw_usage_filter *f, int status, const char *why)
{
	struct vw_usage *u;

	assert_int_equal(vw_usage_list(lab->h, f, &u), status);
	if (strstr(vw_error_message(lab->h), why) == NULL)
		fail_msg("'%s' lacks '%s'", vw_error_message(lab->h), why);
}

static void put_file(const char *path, const void *text, size_t len)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

static void what_is_no_log_is_refused_by_its_name(void **state)
{
	struct lab *lab = *state;
	const struct vw_usage_filter *f = VW_USAGE_FILTER(.file = lab->file);
	struct vwst_db db;

	expect(lab, f, VW_ERR_NOTFOUND, "cannot show usage: no file ");
	put_file(lab->file, "", 0);
	expect(lab, f, VW_ERR_CONFIG, "is not an accounting log: it is empty");
	put_file(lab->file, "hello, world\n", 13);
	expect(lab, f, VW_ERR_CONFIG, "is not an accounting log");
	assert_int_equal(vwst_db_open(lab->h, lab->file, VWST_WRITE, &db), VW_ERR_CONFIG);
	unlink(lab->file);
	mkdir(lab->file, 0755);
	expect(lab, f, VW_ERR_CONFIG, "is not a file");
	rmdir(lab->file);
	assert_int_equal(mkfifo(lab->file, 0644), 0);
	expect(lab, f, VW_ERR_CONFIG, "is not a file");
	unlink(lab->file);
}

static void somebody_elses_database_is_left_alone(void **state)
{
	struct lab *lab = *state;
	char command[300];
	struct vwst_db db;

	snprintf(command, sizeof(command), "sqlite3 '%s' 'CREATE TABLE t(x)' 2>/dev/null", lab->file);
	if (system(command) != 0)
		skip();
	expect(lab, VW_USAGE_FILTER(.file = lab->file), VW_ERR_CONFIG,
	       "is an SQLite database, but not an accounting log");
	assert_int_equal(vwst_db_open(lab->h, lab->file, VWST_WRITE, &db), VW_ERR_CONFIG);
}

static void damage_anywhere_is_an_error_or_an_answer(void **state)
{
	struct lab *lab = *state;
	uint8_t *text;
	struct stat st;
	FILE *f;
	unsigned refused = 0;

	for (int i = 0; i < 300; i++)
		one(lab, MONDAY + i * 60, 5, "web1", "", (uint64_t)i * 100, 0);
	vwst_ledger_shut(&lab->l);
	assert_int_equal(stat(lab->file, &st), 0);
	text = malloc((size_t)st.st_size);
	f = fopen(lab->file, "r");
	assert_int_equal(fread(text, 1, (size_t)st.st_size, f), st.st_size);
	fclose(f);
	srandom(99);
	for (int i = 0; i < 300; i++) {
		uint8_t *bad = malloc((size_t)st.st_size);
		size_t at = (size_t)random() % (size_t)st.st_size, len = 1 + (size_t)random() % 200;
		struct vw_usage *u;

		memcpy(bad, text, (size_t)st.st_size);
		for (size_t k = at; k < at + len && k < (size_t)st.st_size; k++)
			bad[k] = (uint8_t)random();
		put_file(lab->file, bad, i % 4 ? (size_t)st.st_size : at);
		if (vw_usage_list(lab->h, VW_USAGE_FILTER(.file = lab->file, .step = (unsigned)i % 7),
				  &u) == VW_OK)
			vw_usage_list_free(u);
		else
			refused++;
		free(bad);
	}
	free(text);
	assert_true(refused > 50);
}

static void a_time_without_records_is_an_empty_answer(void **state)
{
	struct lab *lab = *state;
	uint64_t m = MONDAY * 1000;
	const struct vw_usage_filter times[] = {
		{ .start_ms = m + 10 * 86400000ull }, { .end_ms = m - 86400000ull },
		{ .start_ms = m - 2 * 86400000ull, .end_ms = m - 86400000ull },
		{ .start_ms = m + 60000, .end_ms = m + 60000 },
	};

	two_days(lab);
	for (size_t i = 0; i < VWU_ARRAY_SIZE(times); i++) {
		for (unsigned step = VW_USAGE_ALL; step <= VW_USAGE_MONTH; step++) {
			struct vw_usage_filter f = times[i];
			struct vw_usage *u;

			f.step = step;
			f.flags = step == VW_USAGE_ALL ? VW_USAGE_P95 | VW_USAGE_IDLE : 0;
			u = ask(lab, f);
			assert_null(vw_usage_next(u));
			vw_usage_list_free(u);
		}
	}
	expect(lab, VW_USAGE_FILTER(.file = lab->file, .name = "nosuch1", .end_ms = m - 1000),
	       VW_ERR_NOTFOUND, "no link 'nosuch1' in ");
}

static void ranges_that_make_no_sense_are_refused(void **state)
{
	struct lab *lab = *state;
	uint64_t m = MONDAY * 1000;

	two_days(lab);
	expect(lab, VW_USAGE_FILTER(.file = lab->file, .start_ms = m + 2000, .end_ms = m + 1000),
	       VW_ERR_BADVAL, "invalid time range: the start is after the end");
	expect(lab, VW_USAGE_FILTER(.file = lab->file, .name = "nosuch1"), VW_ERR_NOTFOUND,
	       "no link 'nosuch1' in ");
	expect(lab, VW_USAGE_FILTER(.file = lab->file, .kind = 9), VW_ERR_BADVAL, "the filter");
	expect(lab, NULL, VW_ERR_NOTFOUND, "no accounting log is set up");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_of_any_size_come_back),
		cmocka_unit_test(the_percentile_is_the_nearest_rank),
		cmocka_unit_test(times_are_read_as_people_write_them),
		cmocka_unit_test(days_are_those_of_the_calendar),
		LAB(counting_begins_with_the_first_reading),
		LAB(a_link_that_is_made_later_counts_from_nothing),
		LAB(what_was_moved_here_counts_from_what_it_had),
		LAB(the_last_words_of_a_link_count_once),
		LAB(a_reset_is_marked_and_not_subtracted),
		LAB(last_words_that_lack_a_direction_are_told_so),
		LAB(a_new_name_does_not_take_the_old_ones_bytes),
		LAB(each_owner_has_its_own),
		LAB(a_writer_that_starts_again_goes_on),
		LAB(a_reboot_begins_at_nothing_again),
		LAB(another_session_counts_from_its_beginning),
		LAB(a_link_is_not_gone_when_recording_ends),
		LAB(a_log_that_is_moved_away_is_followed_by_a_new_one),
		LAB(old_news_is_no_news),
		LAB(merging_keeps_what_the_newer_does_not_say),
		LAB(no_byte_is_lost_whatever_happens),
		LAB(sums_are_those_of_the_counters),
		LAB(a_range_takes_what_ends_in_it),
		LAB(days_and_hours_add_up),
		LAB(old_detail_goes_and_sums_stay),
		LAB(a_percentile_of_a_day_is_that_of_its_five_minutes),
		LAB(a_total_counts_no_byte_twice),
		LAB(a_zone_is_not_billed_for_what_it_made_itself),
		LAB(the_busiest_come_first),
		LAB(what_is_no_log_is_refused_by_its_name),
		LAB(somebody_elses_database_is_left_alone),
		LAB(damage_anywhere_is_an_error_or_an_answer),
		LAB(a_time_without_records_is_an_empty_answer),
		LAB(ranges_that_make_no_sense_are_refused),
	};

	setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests_name("usage", tests, NULL, NULL);
}

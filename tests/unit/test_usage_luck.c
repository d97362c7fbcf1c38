/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_usage_luck.c - history when luck runs out: disks that are full, clocks that are set */
#include <signal.h>
#include <sys/resource.h>
#include <time.h>

#include "stat/query.h"
#include "usage_lab.h"

/* -- disks ------------------------------------------------------------------------------------- */

/* One reading that finds no room in the file. */
static void full(struct lab *lab, int64_t t, uint64_t each)
{
	struct vwst_batch *b = batch(lab, t, true);
	int rc = lab->l.open ? VW_OK : vwst_ledger_open(&lab->l, lab->file);

	assert_int_equal(rc, VW_OK);
	for (unsigned i = 1; i <= 500; i++) {
		char name[16];

		snprintf(name, sizeof(name), "web%u", i);
		entry(b, i, name, "", each, 0);
	}
	assert_int_equal(vwst_db_exec(&lab->l.db, "PRAGMA max_page_count = 1"), VW_OK);
	assert_int_equal(vwst_ledger_apply(&lab->l, b), VW_ERR_IO);
	assert_non_null(strstr(vw_error_message(lab->h), "the disk is full"));
	assert_false(lab->l.open);
	vwst_batch_free(b);
}

static void a_new_log_begins_with_what_it_could_write_first(void **state)
{
	struct lab *lab = *state;

	full(lab, MONDAY, 1000000);
	full(lab, MONDAY + 20, 1000000);
	one(lab, MONDAY + 40, 1, "web1", "", 1000000, 0);
	assert_int_equal(total(lab, (struct vw_usage_filter){ 0 }), 0);
	one(lab, MONDAY + 60, 1, "web1", "", 1000070, 0);
	assert_int_equal(total(lab, (struct vw_usage_filter){ 0 }), 70);
}

static void a_batch_that_failed_is_written_later(void **state)
{
	struct lab *lab = *state;

	one(lab, MONDAY, 1, "web1", "", 50, 0);
	full(lab, MONDAY + 20, 90);
	one(lab, MONDAY + 40, 1, "web1", "", 95, 0);
	assert_int_equal(total(lab, (struct vw_usage_filter){ 0 }), 45);
}

static void a_new_log_after_an_old_one_goes_on_even_if_it_fails_first(void **state)
{
	struct lab *lab = *state;
	char other[256];

	one(lab, MONDAY, 1, "web1", "", 50, 0);
	snprintf(other, sizeof(other), "%s.1", lab->file);
	assert_int_equal(rename(lab->file, other), 0);
	vwst_ledger_shut(&lab->l);
	full(lab, MONDAY + 20, 90);
	one(lab, MONDAY + 40, 1, "web1", "", 95, 0);
	assert_int_equal(total(lab, (struct vw_usage_filter){ 0 }), 45);
}

/* A file takes no more than ten bytes: what is written falls short before it fails. */
static void what_falls_short_says_why_and_replaces_nothing(void **state)
{
	struct lab *lab = *state;
	struct vw_recorder_state s = { .size = sizeof(s), .added = 5 };
	struct rlimit was, ten;
	char path[300], *before, *after;
	int rc;

	assert_int_equal(vw_acct_publish(lab->h, 1, &s), VW_OK);
	before = slurp(store_path(lab->h, "/run/vwire/acct.state", path, sizeof(path)), NULL);
	assert_non_null(before);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
	ten = was;
	ten.rlim_cur = 10;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &ten), 0);
	s.added = 6;
	rc = vw_acct_publish(lab->h, 2, &s);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
	assert_int_equal(rc, VW_ERR_IO);
	if (strstr(vw_error_message(lab->h), "File too large") == NULL)
		fail_msg("'%s'", vw_error_message(lab->h));
	after = slurp(path, NULL);
	assert_string_equal(after, before);
	assert_int_equal(access(store_path(lab->h, "/run/vwire/acct.state.new", path,
					   sizeof(path)), F_OK), -1);
	free(before);
	free(after);
}

/* -- clocks ------------------------------------------------------------------------------------ */

static const unsigned steps[] = { VW_USAGE_ALL, VW_USAGE_FINEST, VW_USAGE_RECORD, VW_USAGE_FIVE,
				  VW_USAGE_HOUR, VW_USAGE_DAY };

/* From @from to @to minutes of MONDAY, 100 bytes each. */
static uint64_t minutes(struct lab *lab, int from, int to, uint64_t sum)
{
	for (int i = from; i <= to; i++)
		one(lab, MONDAY + i * 60, 5, "web1", "", sum += 100, 0);
	return sum;
}

static void every_step_has(struct lab *lab, uint64_t want)
{
	for (size_t i = 0; i < VWU_ARRAY_SIZE(steps); i++) {
		uint64_t got = total(lab, (struct vw_usage_filter){ .step = steps[i] });

		if (got != want)
			fail_msg("step %u has %llu of %llu", steps[i], (unsigned long long)got,
				 (unsigned long long)want);
	}
}

static void hours_that_pass_twice_keep_their_five_minutes(void **state)
{
	struct lab *lab = *state;
	uint64_t sum;

	one(lab, MONDAY, 5, "web1", "", 0, 0);
	sum = minutes(lab, 1, 200, 0);
	sum = minutes(lab, 31, 400, sum);	/* set back by nearly three hours */
	sum = minutes(lab, 290, 500, sum);	/* and again, by nearly two */
	every_step_has(lab, sum);
}

/* Billing: an hour that passed twice has in each of its five minutes what passed in them. */
static void and_so_has_the_percentile(void **state)
{
	struct lab *lab = *state;
	const struct vw_usage_row *r;
	struct vw_usage *u;

	one(lab, MONDAY, 5, "web1", "", 0, 0);
	minutes(lab, 1, 120, 0);
	one(lab, MONDAY, 5, "web1", "", 12000, 0);
	minutes(lab, 1, 180, 12000);
	u = ask(lab, (struct vw_usage_filter){ .flags = VW_USAGE_P95 });
	r = vw_usage_next(u);
	assert_non_null(r);
	assert_int_equal(r->rx_bytes, 30000);
	/* 24 of 36 five minutes have 1000 bytes, the others 500 */
	assert_true(r->p95_bps > 26.6 && r->p95_bps < 26.7);
	vw_usage_list_free(u);
}

static void links_of_both_passes_are_in_the_hour(void **state)
{
	struct lab *lab = *state;
	struct vwst_batch *b = batch(lab, MONDAY, true);

	/* ids rise in the order in which links appear: b1 and a1 in the first pass, c1 in the other */
	apply(lab, b);
	b = batch(lab, MONDAY + 400, true);
	entry(b, 2, "b1", "", 7, 0);
	entry(b, 1, "a1", "", 11, 0);
	apply(lab, b);
	apply(lab, batch(lab, MONDAY + 3 * 3600, true));
	b = batch(lab, MONDAY + 100, true);
	entry(b, 3, "c1", "", 13, 0);
	entry(b, 1, "a1", "", 11, 0);
	apply(lab, b);
	b = batch(lab, MONDAY + 3000, true);
	entry(b, 3, "c1", "", 30, 0);
	entry(b, 1, "a1", "", 20, 0);
	apply(lab, b);
	apply(lab, batch(lab, MONDAY + 3 * 3600 + 100, true));
	apply(lab, batch(lab, MONDAY + 5 * 3600, true));
	every_step_has(lab, 7 + 20 + 30);
	assert_int_equal(total(lab, (struct vw_usage_filter){ .step = VW_USAGE_FIVE,
							      .name = "b1" }), 7);
	assert_int_equal(total(lab, (struct vw_usage_filter){ .step = VW_USAGE_FIVE,
							      .name = "a1" }), 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LAB(a_new_log_begins_with_what_it_could_write_first),
		LAB(a_batch_that_failed_is_written_later),
		LAB(a_new_log_after_an_old_one_goes_on_even_if_it_fails_first),
		LAB(what_falls_short_says_why_and_replaces_nothing),
		LAB(hours_that_pass_twice_keep_their_five_minutes),
		LAB(and_so_has_the_percentile),
		LAB(links_of_both_passes_are_in_the_hour),
	};

	setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests_name("usage_luck", tests, NULL, NULL);
}

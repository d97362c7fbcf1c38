/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rates as people type them, and as they are shown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <vwire/vwire.h>

#include "prop/prop.h"

static struct vw_handle handle;

static int fresh_handle(void **state)
{
	memset(&handle, 0, sizeof(handle));
	*state = &handle;
	return 0;
}

static void a_rate_is_read_and_shown_in_the_largest_unit(void **state)
{
	static const struct { const char *text; uint64_t bits; const char *shown; } rows[] = {
		{ "100", 100000000, "100M" },	{ "100M", 100000000, "100M" },
		{ "100m", 100000000, "100M" },	{ "1200K", 1200000, "1200K" },
		{ "1000K", 1000000, "1M" },	{ "1.5G", 1500000000, "1500M" },
		{ "1.5", 1500000, "1500K" },	{ "0.064", 64000, "64K" },
		{ "64K", 64000, "64K" },	{ "64k", 64000, "64K" },
		{ "1g", 1000000000, "1G" },	{ "100G", 100000000000, "100G" },
		{ "100000", 100000000000, "100G" }, { "1", 1000000, "1M" },
		{ "0", 0, "0" },		{ "0K", 0, "0" },
		{ "0.000G", 0, "0" },		{ "00100", 100000000, "100M" },
		{ "64.5K", 64500, "64.5K" },	{ "64.001K", 64001, "64.001K" },
		{ "64.010K", 64010, "64.01K" },	{ "1.0000010M", 1000001, "1000.001K" },
		{ "0.123456789G", 123456789, "123456.789K" },
	};

	for (size_t i = 0; i < VWU_ARRAY_SIZE(rows); i++) {
		uint64_t bits = 1, again = 2;
		char out[64];

		assert_int_equal(vwp_bandwidth_parse(*state, "maxbw", rows[i].text, &bits), VW_OK);
		assert_true(bits == rows[i].bits);
		assert_int_equal(vwp_bandwidth_print(*state, bits, out, sizeof(out)), VW_OK);
		assert_string_equal(out, rows[i].shown);
		assert_int_equal(vwp_bandwidth_parse(*state, "maxbw", out, &again), VW_OK);
		assert_true(again == bits);
	}
}

static void every_rate_is_shown_so_that_it_reads_back(void **state)
{
	uint64_t bits = VWPL_RATE_LEAST;

	for (unsigned i = 0; bits <= VWPL_RATE_MOST; i++, bits += bits / 300 + i % 7) {
		uint64_t again = 0;
		char out[64];

		assert_int_equal(vwp_bandwidth_print(*state, bits, out, sizeof(out)), VW_OK);
		assert_int_equal(vwp_bandwidth_parse(*state, "maxbw", out, &again), VW_OK);
		assert_true(again == bits);
	}
}

static void no_limit_is_no_text(void **state)
{
	char out[8] = "x";

	assert_int_equal(vwp_bandwidth_print(*state, VWPL_NONE, out, sizeof(out)), VW_OK);
	assert_string_equal(out, "");
}

#define FORM(text) \
	"maxbw: must be a number with K, M or G for bits per second, such as 100M (without one: " \
	"Mb/s), is '" text "'"
#define RANGE(text)	"maxbw: must be from 64K to 100G, is '" text "'"

static const struct { const char *text, *message, *hint; } wrong[] = {
	{ "", FORM(""), NULL },
	{ "abc", FORM("abc"), NULL },
	{ "-5", FORM("-5"), NULL },
	{ "+5", FORM("+5"), NULL },
	{ " 5", FORM(" 5"), NULL },
	{ "5 ", FORM("5 "), NULL },
	{ "5 M", FORM("5 M"), NULL },
	{ ".5G", FORM(".5G"), NULL },
	{ "5.", FORM("5."), NULL },
	{ "5.M", FORM("5.M"), NULL },
	{ "1,5G", FORM("1,5G"), NULL },
	{ "1e3", FORM("1e3"), NULL },
	{ "0x10", FORM("0x10"), NULL },
	{ "50%", FORM("50%"), NULL },
	{ "100x", FORM("100x"), NULL },
	{ "1T", FORM("1T"), NULL },
	{ "1MM", FORM("1MM"), NULL },
	{ "10MiB", FORM("10MiB"), NULL },
	{ "inf", FORM("inf"), NULL },
	{ "1K", RANGE("1K"), NULL },
	{ "63.999K", RANGE("63.999K"), NULL },
	{ "0.01", RANGE("0.01"), NULL },
	{ "100.000001G", RANGE("100.000001G"), NULL },
	{ "101G", RANGE("101G"), NULL },
	{ "100001", RANGE("100001"), NULL },
	{ "18446744073709551616", RANGE("18446744073709551616"), NULL },
	{ "18446744074G", RANGE("18446744074G"), NULL },
	{ "999999999999999999999999999999999999999999G",
	  RANGE("9999999999999999999999999999999999999999"), NULL },
	{ "64.0001K", "maxbw: '64.0001K' is no whole number of bits per second", NULL },
	{ "1.0000000001G", "maxbw: '1.0000000001G' is no whole number of bits per second", NULL },
	{ "10MB", "maxbw: '10MB' could mean 10 megabytes or 10 megabits per second",
	  "write 80M for bytes or 10M for bits" },
	{ "10mbps", "maxbw: '10mbps' could mean 10 megabytes or 10 megabits per second",
	  "write 80M for bytes or 10M for bits" },
	{ "1.5Gb/s", "maxbw: '1.5Gb/s' could mean 1.5 gigabytes or 1.5 gigabits per second",
	  "write 12G for bytes or 1500M for bits" },
	{ "100Kbps", "maxbw: '100Kbps' could mean 100 kilobytes or 100 kilobits per second",
	  "write 800K for bytes or 100K for bits" },
	{ "1000000bps", "maxbw: '1000000bps' could mean 1000000 bytes or 1000000 bits per second",
	  "write 8M for bytes or 1M for bits" },
	{ "10Mbit", "maxbw: '10Mbit' is written 10M", NULL },
	{ "10Mbytes/s", "maxbw: '10Mbytes/s' is written 80M", NULL },
	{ "10M/s", "maxbw: '10M/s' is written 10M", NULL },
};

static void what_is_no_rate_is_refused_in_one_sentence(void **state)
{
	struct vw_handle *h = *state;

	for (size_t i = 0; i < VWU_ARRAY_SIZE(wrong); i++) {
		uint64_t bits = 4711;

		memset(&h->err, 0, sizeof(h->err));
		assert_int_equal(vwp_bandwidth_parse(h, "maxbw", wrong[i].text, &bits),
				 VW_ERR_BADVAL);
		assert_string_equal(vw_error_message(h), wrong[i].message);
		if (wrong[i].hint != NULL)
			assert_string_equal(vw_error_hint(h), wrong[i].hint);
		assert_int_equal(bits, 4711);
	}
}

static void texts_of_any_length_are_refused_safely(void **state)
{
	static const char tails[] = "9.KMGb/s%a";
	char text[5001];
	uint64_t bits;

	for (size_t i = 0; tails[i] != '\0'; i++) {
		memset(text, tails[i], sizeof(text) - 1);
		text[0] = '9';
		text[sizeof(text) - 1] = '\0';
		assert_int_equal(vwp_bandwidth_parse(*state, "maxbw", text, &bits), VW_ERR_BADVAL);
		memset(text, '9', sizeof(text) - 3);
		assert_int_equal(vwp_bandwidth_parse(*state, "maxbw", text, &bits), VW_ERR_BADVAL);
	}
}

#define T(name)	cmocka_unit_test_setup(name, fresh_handle)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_rate_is_read_and_shown_in_the_largest_unit),
		T(every_rate_is_shown_so_that_it_reads_back),
		T(no_limit_is_no_text),
		T(what_is_no_rate_is_refused_in_one_sentence),
		T(texts_of_any_length_are_refused_safely),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

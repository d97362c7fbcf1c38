/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit.h"

static void a_string_grows_by_all_means(void **state)
{
	struct vwu_str b = { 0 };
	char *s;

	(void)state;
	vwu_str_add(&b, "one ");
	vwu_str_addn(&b, "two three", 3);
	vwu_str_addf(&b, " %d %s", 3, "four");
	assert_string_equal(b.s, "one two 3 four");
	assert_int_equal(b.len, 14);
	for (int i = 0; i < 10000; i++)
		vwu_str_add(&b, "x");
	assert_int_equal(b.len, 10014);
	s = vwu_str_take(&b);
	assert_int_equal(strlen(s), 10014);
	assert_null(b.s);
	free(s);
}

static void an_empty_string_is_a_text_when_taken(void **state)
{
	struct vwu_str b = { 0 };
	char *s = vwu_str_take(&b);

	(void)state;
	assert_string_equal(s, "");
	free(s);
}

static void a_failed_string_stays_failed(void **state)
{
	struct vwu_str b = { 0 };

	(void)state;
	vwu_str_add(&b, "x");
	vwu_str_addn(&b, "", SIZE_MAX - 1);
	assert_true(b.failed);
	vwu_str_add(&b, "y");
	assert_null(vwu_str_take(&b));
	assert_false(b.failed);
}

static void splitting_keeps_empty_pieces(void **state)
{
	size_t n;
	char **v = vwu_split("a,,bc,", ',', &n);

	(void)state;
	assert_int_equal(n, 4);
	assert_string_equal(v[0], "a");
	assert_string_equal(v[1], "");
	assert_string_equal(v[2], "bc");
	assert_string_equal(v[3], "");
	assert_null(v[4]);
	free(v);
	v = vwu_split("", ',', &n);
	assert_int_equal(n, 1);
	assert_string_equal(v[0], "");
	free(v);
}

static void utf8_is_read_as_rfc_3629_says(void **state)
{
	static const struct { const char *s; size_t len; uint32_t cp; } rows[] = {
		{ "a", 1, 'a' },
		{ "\xc3\xb6", 2, 0xf6 },
		{ "\xe2\x82\xac", 3, 0x20ac },
		{ "\xf0\x9f\x98\x80", 4, 0x1f600 },
		{ "\xf4\x8f\xbf\xbf", 4, 0x10ffff },
		{ "\xc0\x80", 0, 0 },		/* overlong */
		{ "\xc1\xbf", 0, 0 },
		{ "\xe0\x9f\xbf", 0, 0 },
		{ "\xf0\x8f\xbf\xbf", 0, 0 },
		{ "\xed\xa0\x80", 0, 0 },	/* surrogate */
		{ "\xf4\x90\x80\x80", 0, 0 },	/* above U+10FFFF */
		{ "\xf8\x88\x80\x80\x80", 0, 0 },
		{ "\x80", 0, 0 },
		{ "\xff", 0, 0 },
		{ "\xc3", 0, 0 },		/* cut short */
		{ "\xe2\x82", 0, 0 },
		{ "\xc3" "a", 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < VWU_ARRAY_SIZE(rows); i++) {
		uint32_t cp = 0;

		assert_int_equal(vwu_utf8(rows[i].s, strlen(rows[i].s), &cp), rows[i].len);
		assert_int_equal(cp, rows[i].cp);
	}
	assert_int_equal(vwu_utf8("", 0, &(uint32_t){ 0 }), 0);
}

static void the_nearest_word_is_near(void **state)
{
	static const char *const words[] = { "over", "mac", "macaddrtype", "vid", "zone" };

	(void)state;
	assert_string_equal(vwu_nearest("ovre", words, 5), "over");
	assert_string_equal(vwu_nearest("macadrtype", words, 5), "macaddrtype");
	assert_string_equal(vwu_nearest("zones", words, 5), "zone");
	assert_null(vwu_nearest("bandwidth", words, 5));
	assert_null(vwu_nearest("x", words, 5));
	assert_null(vwu_nearest("", words, 5));
	assert_null(vwu_nearest("a word that is longer than any of ours can be", words, 5));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_string_grows_by_all_means),
		cmocka_unit_test(an_empty_string_is_a_text_when_taken),
		cmocka_unit_test(a_failed_string_stays_failed),
		cmocka_unit_test(splitting_keeps_empty_pieces),
		cmocka_unit_test(utf8_is_read_as_rfc_3629_says),
		cmocka_unit_test(the_nearest_word_is_near),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

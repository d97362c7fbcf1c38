/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit.h"

static void harmless_text_stays(void **state)
{
	static const char *const texts[] = { "", "web1", "a b", "back\\slash", "gr\xc3\xb6n",
					     "\xe2\x82\xac", "\xf0\x9f\x98\x80", "%s$(x)`" };

	(void)state;
	for (size_t i = 0; i < VWU_ARRAY_SIZE(texts); i++) {
		char out[64];

		assert_int_equal(vw_escape(out, sizeof(out), texts[i]), strlen(texts[i]));
		assert_string_equal(out, texts[i]);
	}
}

static void hostile_text_is_made_visible(void **state)
{
	static const struct { const char *from, *to; } rows[] = {
		{ "\033[31m", "\\x1b[31m" },
		{ "\n\t\r", "\\x0a\\x09\\x0d" },
		{ "\x7f", "\\x7f" },
		{ "\xc2\x85", "\\xc2\\x85" },			/* C1 */
		{ "\xe2\x80\xae", "\\xe2\\x80\\xae" },		/* U+202E override */
		{ "\xe2\x81\xa6", "\\xe2\\x81\\xa6" },		/* U+2066 isolate */
		{ "\xe2\x80\x8b", "\\xe2\\x80\\x8b" },		/* U+200B zero width */
		{ "\xef\xbb\xbf", "\\xef\\xbb\\xbf" },		/* U+FEFF */
		{ "\xd8\x9c", "\\xd8\\x9c" },			/* U+061C */
		{ "\xf3\xa0\x81\x81", "\\xf3\\xa0\\x81\\x81" },	/* U+E0041 tag */
		{ "a\xff" "b", "a\\xffb" },
		{ "\xc3", "\\xc3" },
		{ "\xc3(", "\\xc3(" },
		{ "\xed\xa0\x80", "\\xed\\xa0\\x80" },
		{ "\xc0\xaf", "\\xc0\\xaf" },
	};

	(void)state;
	for (size_t i = 0; i < VWU_ARRAY_SIZE(rows); i++) {
		char out[64];

		assert_int_equal(vw_escape(out, sizeof(out), rows[i].from), strlen(rows[i].to));
		assert_string_equal(out, rows[i].to);
	}
}

static void a_short_buffer_holds_whole_characters(void **state)
{
	char out[8] = "xxxxxxx";

	(void)state;
	assert_int_equal(vw_escape(NULL, 0, "a\nb"), 6);
	assert_int_equal(vw_escape(out, 4, "a\nb"), 6);
	assert_string_equal(out, "a");
	assert_int_equal(vw_escape(out, 3, "a\xe2\x82\xac"), 4);
	assert_string_equal(out, "a");
	assert_int_equal(vw_escape(out, 1, "abc"), 3);
	assert_string_equal(out, "");
}

static void every_byte_string_ends_up_harmless(void **state)
{
	unsigned seed = 1;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		char in[12], once[64], twice[64];

		for (size_t i = 0; i < sizeof(in) - 1; i++) {
			seed = seed * 1103515245 + 12345;
			in[i] = (char)(seed >> 16);
		}
		in[sizeof(in) - 1] = '\0';
		assert_true(vw_escape(once, sizeof(once), in) < sizeof(once));
		assert_int_equal(vw_escape(twice, sizeof(twice), once), strlen(once));
		assert_string_equal(once, twice);
	}
}

static void mac_addresses_look_as_on_illumos(void **state)
{
	char buf[VW_MAC_STRLEN];

	(void)state;
	assert_string_equal(vw_mac_format((uint8_t[]){ 2, 8, 0x20, 0x36, 0xed, 5 }, buf),
			    "2:8:20:36:ed:5");
	assert_string_equal(vw_mac_format((uint8_t[]){ 255, 255, 255, 255, 255, 255 }, buf),
			    "ff:ff:ff:ff:ff:ff");
	assert_string_equal(vw_mac_format((uint8_t[6]){ 0 }, buf), "0:0:0:0:0:0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(harmless_text_stays),
		cmocka_unit_test(hostile_text_is_made_visible),
		cmocka_unit_test(a_short_buffer_holds_whole_characters),
		cmocka_unit_test(every_byte_string_ends_up_harmless),
		cmocka_unit_test(mac_addresses_look_as_on_illumos),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

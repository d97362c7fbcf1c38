/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit.h"

static const char CHARACTER[] = "holds a character other than letters, digits, '_', '.' and '-'";

static void good_names_are_good(void **state)
{
	static const char *const good[] = { "a0", "web1", "eth0.200", "Stub-1", "a_b.c-9", "net10",
					    "v4294967294", "abcdefghijklmnopqrstuvwxyzabcd1" };

	(void)state;
	for (size_t i = 0; i < VWU_ARRAY_SIZE(good); i++)
		assert_null(vwu_name_invalid(good[i]));
}

static void every_broken_rule_has_its_reason(void **state)
{
	static const struct { const char *name, *why; } rows[] = {
		{ "", "is empty" },
		{ "abcdefghijklmnopqrstuvwxyzabcde1", "is longer than 31 bytes" },
		{ "we b1", CHARACTER }, { "web/1", CHARACTER }, { "a%d1", CHARACTER },
		{ "$(x)1", CHARACTER }, { "w\033[31m1", CHARACTER }, { "w\xe2\x80\xae" "1",
		  CHARACTER },
		{ "w\xc3\xb6" "b1", CHARACTER }, { "web1\n", CHARACTER }, { "web~1", CHARACTER },
		{ "1web1", "does not begin with a letter" }, { "-web1",
		  "does not begin with a letter" },
		{ "_1", "does not begin with a letter" }, { ".1", "does not begin with a letter" },
		{ "7", "does not begin with a letter" },
		{ "web", "does not end in a number" }, { "web1-p", "does not end in a number" },
		{ "web1.", "does not end in a number" },
		{ "web01", "ends in a number with a leading zero" },
		{ "web00", "ends in a number with a leading zero" },
		{ "v4294967295", "ends in a number above 4294967294" },
		{ "v99999999999999999999999", "ends in a number above 4294967294" },
	};

	(void)state;
	for (size_t i = 0; i < VWU_ARRAY_SIZE(rows); i++) {
		assert_non_null(vwu_name_invalid(rows[i].name));
		assert_string_equal(vwu_name_invalid(rows[i].name), rows[i].why);
	}
}

static void a_bridge_needs_no_number(void **state)
{
	(void)state;
	assert_null(vwu_bridge_name_invalid("br"));
	assert_null(vwu_bridge_name_invalid("br0"));
	assert_null(vwu_bridge_name_invalid("p-s-v-x"));
	assert_string_equal(vwu_bridge_name_invalid("default"), "is reserved");
	assert_string_equal(vwu_bridge_name_invalid("all"), "is reserved");
	assert_string_equal(vwu_bridge_name_invalid("SUNWx"), "is reserved");
	assert_string_equal(vwu_bridge_name_invalid("9x"), "does not begin with a letter");
	assert_string_equal(vwu_bridge_name_invalid("b r"), CHARACTER);
	assert_string_equal(vwu_bridge_name_invalid("web1-p"), "ends in '-p', '-q', '-r', '-s' or "
			    "'-v', as devices hidden behind links do");
}

static void a_name_without_number_gets_a_suggestion(void **state)
{
	char out[40] = "";

	(void)state;
	assert_true(vwu_name_suggest("web", out, sizeof(out)));
	assert_string_equal(out, "web0");
	assert_null(vwu_name_invalid(out));
	assert_false(vwu_name_suggest("web1", out, sizeof(out)));
	assert_false(vwu_name_suggest("1web", out, sizeof(out)));
	assert_false(vwu_name_suggest("w b", out, sizeof(out)));
	assert_false(vwu_name_suggest("abcdefghijklmnopqrstuvwxyzabcde", out, sizeof(out)));
	assert_false(vwu_name_suggest("web", out, 4));
}

static void short_names_are_the_kernels_names(void **state)
{
	char out[VWU_IFNAME];

	(void)state;
	vwu_name_kernel("abcdefghijklmn1", out);
	assert_string_equal(out, "abcdefghijklmn1");
	vwu_name_port("web1", out);
	assert_string_equal(out, "web1-p");
	vwu_name_far("sim0", out);
	assert_string_equal(out, "sim0-s");
	vwu_name_vlan("eth0", 200, out);
	assert_string_equal(out, "eth0.200-v");
	vwu_name_queue("eth0", out);
	assert_string_equal(out, "eth0-q");
	vwu_name_queue_far("eth0", out);
	assert_string_equal(out, "eth0-r");
}

static void long_names_become_short_and_stay_different(void **state)
{
	struct vwu_map seen = { 0 };
	static char out[6][4000][VWU_IFNAME];

	(void)state;
	for (unsigned i = 0; i < 4000; i++) {
		char name[32];

		snprintf(name, sizeof(name), "long-name-number-%u", i);
		vwu_name_kernel(name, out[0][i]);
		vwu_name_port(name, out[1][i]);
		vwu_name_far(name, out[2][i]);
		vwu_name_vlan(name, (uint16_t)(1 + i), out[3][i]);
		vwu_name_queue(name, out[4][i]);
		vwu_name_queue_far(name, out[5][i]);
		for (int k = 0; k < 6; k++) {
			assert_int_equal(strlen(out[k][i]), VWU_IFNAME - 1);
			assert_non_null(strchr(out[k][i], '~'));
			assert_false(vwu_map_get(&seen, out[k][i], NULL));
			assert_true(vwu_map_put(&seen, out[k][i], i));
		}
	}
	vwu_map_free(&seen);
}

static void hidden_names_are_none_a_user_can_give(void **state)
{
	char out[5][VWU_IFNAME];

	(void)state;
	vwu_name_port("x1", out[0]);
	vwu_name_far("x1", out[1]);
	vwu_name_vlan("x1", 4094, out[2]);
	vwu_name_queue("x1", out[3]);
	vwu_name_queue_far("x1", out[4]);
	for (int i = 0; i < 5; i++) {
		assert_non_null(vwu_name_invalid(out[i]));
		assert_non_null(vwu_bridge_name_invalid(out[i]));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_names_are_good),
		cmocka_unit_test(every_broken_rule_has_its_reason),
		cmocka_unit_test(a_bridge_needs_no_number),
		cmocka_unit_test(a_name_without_number_gets_a_suggestion),
		cmocka_unit_test(short_names_are_the_kernels_names),
		cmocka_unit_test(long_names_become_short_and_stay_different),
		cmocka_unit_test(hidden_names_are_none_a_user_can_give),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

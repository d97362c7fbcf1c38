/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit.h"

static void numbers_are_digits_and_nothing_else(void **state)
{
	static const char *const bad[] = { "", " 1", "1 ", "+1", "-1", "0x10", "1.0", "1e3", "1k",
					   "\n", "18446744073709551616", "99999999999999999999999"
					     };
	uint64_t v = 7;

	(void)state;
	for (size_t i = 0; i < VWU_ARRAY_SIZE(bad); i++)
		assert_false(vwu_parse_u64(bad[i], 0, UINT64_MAX, &v));
	assert_false(vwu_parse_u64(NULL, 0, UINT64_MAX, &v));
	assert_int_equal(v, 7);
	assert_true(vwu_parse_u64("18446744073709551615", 0, UINT64_MAX, &v));
	assert_true(v == UINT64_MAX);
	assert_true(vwu_parse_u64("007", 0, 10, &v));
	assert_int_equal(v, 7);
}

static void numbers_stay_in_their_range(void **state)
{
	uint32_t v = 5;

	(void)state;
	assert_false(vwu_parse_u32("0", 1, 4094, &v));
	assert_false(vwu_parse_u32("4095", 1, 4094, &v));
	assert_false(vwu_parse_u32("4294967296", 0, UINT32_MAX, &v));
	assert_int_equal(v, 5);
	assert_true(vwu_parse_u32("1", 1, 4094, &v));
	assert_true(vwu_parse_u32("4094", 1, 4094, &v));
	assert_int_equal(v, 4094);
}

static void a_mac_address_is_read_in_every_usual_form(void **state)
{
	static const char *const forms[] = { "2:8:20:a:b:c", "02:08:20:0a:0b:0c",
					     "02-08-20-0A-0B-0C", "2-8-20-a-b-c", "0208.200a.0b0c",
					     "0208200a0b0c", "0208200A0B0C" };
	static const uint8_t want[6] = { 2, 8, 0x20, 0xa, 0xb, 0xc };

	(void)state;
	for (size_t i = 0; i < VWU_ARRAY_SIZE(forms); i++) {
		uint8_t mac[6] = { 0 };

		assert_true(vwu_mac_parse(forms[i], mac));
		assert_memory_equal(mac, want, 6);
	}
}

static void a_malformed_mac_address_changes_nothing(void **state)
{
	static const char *const bad[] = {
		"", ":", "2:8:20:a:b", "2:8:20:a:b:", "2:8:20:a:b:c:d", "2:8:20:a:b:c ",
		" 2:8:20:a:b:c", "2:8:20:a:b:g", "2:8:20:a:b:100", "2:8:20-a-b-c", "2::20:a:b:c",
		"0208.200a.0b0", "0208.200a.0b0c.", "02082.00a0.b0c", "0208200a0b0",
		  "0208200a0b0c0",
		"0208200a0b0x", "auto", "0208:200a:0b0c", "1.2.3.4.5.6" };

	(void)state;
	for (size_t i = 0; i < VWU_ARRAY_SIZE(bad); i++) {
		uint8_t mac[6] = { 9, 9, 9, 9, 9, 9 };

		assert_false(vwu_mac_parse(bad[i], mac));
		assert_int_equal(mac[0] + mac[5], 18);
	}
	assert_false(vwu_mac_parse(NULL, (uint8_t[6]){ 0 }));
}

static void a_prefix_has_one_to_six_bytes(void **state)
{
	uint8_t mac[6];

	(void)state;
	assert_int_equal(vwu_mac_prefix_parse("2", mac), 1);
	assert_int_equal(vwu_mac_prefix_parse("2:8:20", mac), 3);
	assert_int_equal(mac[2], 0x20);
	assert_int_equal(vwu_mac_prefix_parse("02-08-20", mac), 3);
	assert_int_equal(vwu_mac_prefix_parse("1:2:3:4:5:6", mac), 6);
	assert_int_equal(vwu_mac_prefix_parse("1:2:3:4:5:6:7", mac), 0);
	assert_int_equal(vwu_mac_prefix_parse("", mac), 0);
	assert_int_equal(vwu_mac_prefix_parse("2:", mac), 0);
	assert_int_equal(vwu_mac_prefix_parse("xx", mac), 0);
	assert_int_equal(vwu_mac_prefix_parse(NULL, mac), 0);
}

static void some_addresses_fit_no_interface(void **state)
{
	(void)state;
	assert_null(vwu_mac_unusable((uint8_t[]){ 2, 8, 0x20, 1, 2, 3 }));
	assert_string_equal(vwu_mac_unusable((uint8_t[]){ 0, 0, 0, 0, 0, 0 }), "is all zeros");
	assert_string_equal(vwu_mac_unusable((uint8_t[]){ 3, 8, 0x20, 1, 2, 3 }),
			    "is a multicast address");
	assert_string_equal(vwu_mac_unusable((uint8_t[]){ 255, 255, 255, 255, 255, 255 }),
			    "is the broadcast address");
}

static void a_map_finds_what_was_put(void **state)
{
	static char keys[5000][8];
	struct vwu_map m = { 0 };
	size_t v;

	(void)state;
	assert_false(vwu_map_get(&m, "x", &v));
	for (size_t i = 0; i < 5000; i++) {
		snprintf(keys[i], sizeof(keys[i]), "k%zu", i);
		assert_true(vwu_map_put(&m, keys[i], i));
	}
	assert_int_equal(m.n, 5000);
	for (size_t i = 0; i < 5000; i++) {
		char key[8];

		snprintf(key, sizeof(key), "k%zu", i);
		assert_true(vwu_map_get(&m, key, &v));
		assert_int_equal(v, i);
	}
	assert_true(vwu_map_put(&m, "k7", 1234));
	assert_int_equal(m.n, 5000);
	assert_true(vwu_map_get(&m, "k7", &v));
	assert_int_equal(v, 1234);
	assert_false(vwu_map_get(&m, "k5000", NULL));
	vwu_map_free(&m);
	vwu_map_free(&m);
}

/* Test vectors of the authors: isthe.com/chongo/tech/comp/fnv */
static void the_hash_is_fnv_1a(void **state)
{
	(void)state;
	assert_true(vwu_hash("", 0) == 0xcbf29ce484222325u);
	assert_true(vwu_hash("a", 1) == 0xaf63dc4c8601ec8cu);
	assert_true(vwu_hash("foobar", 6) == 0x85944171f73967e8u);
}

static void an_ip_prefix_is_read_and_written_in_its_shortest_form(void **state)
{
	static const struct { const char *text, *shown; int family, len; } good[] = {
		{ "192.0.2.7", "192.0.2.7/32", 4, 32 },
		{ "192.0.2.0/24", "192.0.2.0/24", 4, 24 },
		{ "192.0.2.128/25", "192.0.2.128/25", 4, 25 },
		{ "0.0.0.0/0", "0.0.0.0/0", 4, 0 },
		{ "2001:DB8:0:0::/32", "2001:db8::/32", 6, 32 },
		{ "::1", "::1/128", 6, 128 },
		{ "::/0", "::/0", 6, 0 },
	};
	char out[VWU_PREFIX_STRLEN];
	struct vwu_prefix p;

	(void)state;
	for (size_t i = 0; i < VWU_ARRAY_SIZE(good); i++) {
		assert_null(vwu_prefix_parse(good[i].text, &p));
		assert_int_equal(p.family, good[i].family);
		assert_int_equal(p.len, good[i].len);
		assert_string_equal(vwu_prefix_format(&p, out), good[i].shown);
	}
}

static void a_malformed_ip_prefix_is_told_why(void **state)
{
	static const char *const bad[] = {
		"", "/", "/24", "10.0.0", "10.0.0.0.0", "10.0.0.256", "host", "10.0.0.0/", "::/129",
		"10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/08", "10.0.0.0/8/8",
		" 10.0.0.0", "10.0.0.0 ", "10.0.0.0/255.0.0.0", "fe80::1%eth0", "1:2:3:4:5:6:7:8:9",
		"1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb:cccc:dddd:eeee",
	};
	char out[VWU_PREFIX_STRLEN];
	struct vwu_prefix p;

	(void)state;
	for (size_t i = 0; i < VWU_ARRAY_SIZE(bad); i++) {
		assert_non_null(vwu_prefix_parse(bad[i], &p));
		assert_int_equal(p.family, 0);
	}
	assert_string_equal(vwu_prefix_parse("10.1.2.3/12", &p),
			    "has bits set behind its prefix length");
	assert_string_equal(vwu_prefix_format(&p, out), "10.0.0.0/12");
	assert_non_null(vwu_prefix_parse("2001:db8::ffff/127", &p));
	assert_string_equal(vwu_prefix_format(&p, out), "2001:db8::fffe/127");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_digits_and_nothing_else),
		cmocka_unit_test(numbers_stay_in_their_range),
		cmocka_unit_test(a_mac_address_is_read_in_every_usual_form),
		cmocka_unit_test(a_malformed_mac_address_changes_nothing),
		cmocka_unit_test(a_prefix_has_one_to_six_bytes),
		cmocka_unit_test(some_addresses_fit_no_interface),
		cmocka_unit_test(an_ip_prefix_is_read_and_written_in_its_shortest_form),
		cmocka_unit_test(a_malformed_ip_prefix_is_told_why),
		cmocka_unit_test(a_map_finds_what_was_put),
		cmocka_unit_test(the_hash_is_fnv_1a),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

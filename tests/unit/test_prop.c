/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_prop.c - the table of link properties: every row, then what single rows promise */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <cmocka.h>
#include <linux/if.h>

#include <vwire/vwire.h>

#include "prop/prop.h"

static struct vw_handle handle;

static int fresh_handle(void **state)
{
	memset(&handle, 0, sizeof(handle));
	handle.pid = getpid();
	*state = &handle;
	return 0;
}

static unsigned lowest_class(const struct vwp_desc *d)
{
	return d->classes & -d->classes;
}

/* A link that has neither device nor definition, as before its creation. */
static struct vwp_link bare(unsigned cls)
{
	return (struct vwp_link){ .name = "web1", .cls = cls };
}

static int parse(struct vw_handle *h, const char *name, unsigned cls, const char *text, char *out)
{
	const struct vwp_desc *d = vwp_find(name);
	struct vwp_link l = bare(cls);

	assert_non_null(d);
	memset(&h->err, 0, sizeof(h->err));
	return vwp_parse(h, d, &l, text, out, VWP_VALUE_MAX);
}

/* -- every row -------------------------------------------------------------------------------- */

static void every_row_says_what_it_is(void **state)
{
	for (size_t i = 0; i < vwp_nlinkprops; i++) {
		const struct vwp_desc *d = &vwp_linkprops[i];

		assert_non_null(d->name);
		assert_in_range(strlen(d->name), 1, 63);
		assert_int_not_equal(d->classes, 0);
		assert_int_equal(d->classes & ~VW_CLASS_ANY, 0);
		assert_non_null(d->defval);
		assert_non_null(d->possible);
		assert_non_null(d->read);
		assert_non_null(d->help);
		assert_in_range(strlen(d->help), 10, 90);
		assert_null(strchr(d->help, '\n'));
		assert_int_equal(d->size, sizeof(struct vw_linkprop_desc));
	}
}

static void no_two_rows_share_a_name(void **state)
{
	for (size_t i = 0; i < vwp_nlinkprops; i++)
		for (size_t j = 0; j < i; j++)
			assert_int_not_equal(strcasecmp(vwp_linkprops[i].name,
							vwp_linkprops[j].name), 0);
}

static void a_row_is_writable_exactly_when_something_can_set_it(void **state)
{
	for (size_t i = 0; i < vwp_nlinkprops; i++) {
		const struct vwp_desc *d = &vwp_linkprops[i];
		bool settable = d->apply != NULL || (d->flags & (VWP_STRUCTURAL | VWP_POLICY));

		assert_string_equal(d->perm, settable ? "rw" : "r-");
		/* What can be set can be told wrong from right. */
		if (settable)
			assert_true(d->parse || d->range || d->possible[0] != '\0');
	}
}

static void no_list_names_a_value_twice(void **state)
{
	for (size_t i = 0; i < vwp_nlinkprops; i++) {
		size_t n = 0;
		char **words = vwu_split(vwp_linkprops[i].possible, ',', &n);

		assert_non_null(words);
		for (size_t a = 0; a < n; a++)
			for (size_t b = 0; b < a; b++)
				assert_string_not_equal(words[a], words[b]);
		free(words);
	}
}

static void every_possible_value_parses_to_itself(void **state)
{
	for (size_t i = 0; i < vwp_nlinkprops; i++) {
		const struct vwp_desc *d = &vwp_linkprops[i];
		size_t n = 0;
		char **words;

		if (d->perm[1] != 'w' || d->possible[0] == '\0')
			continue;
		words = vwu_split(d->possible, ',', &n);
		assert_non_null(words);
		for (size_t k = 0; k < n; k++) {
			char out[VWP_VALUE_MAX];

			assert_int_equal(parse(*state, d->name, lowest_class(d), words[k], out),
					 VW_OK);
			assert_string_equal(out, words[k]);
		}
		free(words);
	}
}

static void every_default_that_is_a_value_parses_to_itself(void **state)
{
	for (size_t i = 0; i < vwp_nlinkprops; i++) {
		const struct vwp_desc *d = &vwp_linkprops[i];
		struct vwp_link l = bare(lowest_class(d));
		char def[VWP_VALUE_MAX], out[VWP_VALUE_MAX];

		vwp_default(*state, d, &l, def, sizeof(def));
		if (d->perm[1] != 'w' || def[0] == '\0' || strcmp(def, "--") == 0)
			continue;
		assert_int_equal(parse(*state, d->name, l.cls, def, out), VW_OK);
		assert_string_equal(out, def);
	}
}

static const struct { const char *name, *text, *canonical; } good[] = {
	{ "zone", "web", "web" },
	{ "zone", "4711", "4711" },
	{ "zone", "/proc/1/ns/net", "/proc/1/ns/net" },
	{ "zone", "zürich", "zürich" },
	{ "adv_autoneg_cap", "0", "0" },
	{ "mtu", "1500", "1500" },
	{ "mtu", "01500", "1500" },
	{ "mtu", "576", "576" },
	{ "flowctrl", "bi", "bi" },
	{ "secondary-macs", "02-08-20-00-00-0A", "2:8:20:0:0:a" },
	{ "secondary-macs", "2:8:20:0:0:b,2:8:20:0:0:a", "2:8:20:0:0:a,2:8:20:0:0:b" },
	{ "maxbw", "100", "100M" },
	{ "maxbw", "0", "0" },
	{ "maxbw-rx", "1.5G", "1500M" },
	{ "maxbw-tx", "64k", "64K" },
	{ "minbw", "100g", "100G" },
	{ "priority", "medium", "medium" },
	{ "protection", "dhcp-nospoof,mac-nospoof", "mac-nospoof,dhcp-nospoof" },
	{ "allowed-ips", "192.0.2.7", "192.0.2.7/32" },
	{ "allowed-ips", "2001:DB8::/32,192.0.2.0/24,10.0.0.0/8",
		"10.0.0.0/8,192.0.2.0/24,2001:db8::/32" },
	{ "allowed-ips", "10.0.0.0/9,10.0.0.0/8", "10.0.0.0/8,10.0.0.0/9" },
	{ "allowed-dhcp-cids", "0x01020820AABBCC", "0x01020820aabbcc" },
	{ "allowed-dhcp-cids", "web,0x00", "0x00,web" },
	{ "allowed-dhcp-cids", "0x776562", "web" },
	{ "allowed-dhcp-cids", "1.1.700000000.02-08-20-00-00-0A", "1.1.700000000.2:8:20:0:0:a" },
	{ "allowed-dhcp-cids", "3.1.2:8:20:0:0:a", "3.1.2:8:20:0:0:a" },
	{ "allowed-dhcp-cids", "0x0003000102082000000a", "3.1.2:8:20:0:0:a" },
	{ "allowed-dhcp-cids", "2.9.0A0b", "2.9.0a0b" },
	{ "datapath", "direct", "direct" },
	{ "cpus", "5", "5" },
	{ "cpus", "5,0-2,3", "0-3,5" },
	{ "cpus", "31-33,8191", "31-33,8191" },
	{ "cpus", "1,0", "0-1" },
	{ "rxrings", "hw", "hw" },
	{ "rxrings", "04", "4" },
	{ "txrings", "sw", "sw" },
	{ "txrings", "1", "1" },
	{ "hoplimit", "255", "255" },
	{ "encaplimit", "0", "0" },
	{ "forward", "1", "1" },
	{ "default_tag", "4094", "4094" },
	{ "default_tag", "0", "0" },
	{ "stp", "0", "0" },
	{ "stp_priority", "252", "252" },
	{ "stp_cost", "auto", "auto" },
	{ "stp_cost", "65535", "65535" },
	{ "mac-address", "0208.2036.ED05", "2:8:20:36:ed:5" },
	{ "txqueuelen", "0", "0" },
	{ "txqueuelen", "1000000", "1000000" },
	{ "alias", "rack 3, port 12: $(x) a=b", "rack 3, port 12: $(x) a=b" },
};

static void canonical_text_parses_to_itself(void **state)
{
	for (size_t i = 0; i < VWU_ARRAY_SIZE(good); i++) {
		unsigned cls = lowest_class(vwp_find(good[i].name));
		char once[VWP_VALUE_MAX], twice[VWP_VALUE_MAX];

		assert_int_equal(parse(*state, good[i].name, cls, good[i].text, once), VW_OK);
		assert_string_equal(once, good[i].canonical);
		assert_int_equal(parse(*state, good[i].name, cls, once, twice), VW_OK);
		assert_string_equal(twice, once);
	}
}

static void every_writable_row_has_a_sample_above(void **state)
{
	for (size_t i = 0; i < vwp_nlinkprops; i++) {
		bool found = vwp_linkprops[i].perm[1] != 'w';

		for (size_t k = 0; k < VWU_ARRAY_SIZE(good); k++)
			found = found || strcmp(good[k].name, vwp_linkprops[i].name) == 0;
		if (!found)
			fail_msg("no sample of '%s'", vwp_linkprops[i].name);
	}
}

static const struct { const char *name, *text, *message; } bad[] = {
	{ "zone", "a/b", "zone 'a/b' is a path that does not begin with '/'" },
	{ "zone", "..", "zone '..' is no name" },
	{ "zone", "0", "zone '0' is no process id" },
	{ "zone", "99999999999", "zone '99999999999' is no process id" },
	{ "zone", "a\033[2Jb", "zone 'a\\x1b[2Jb' holds characters that cannot be shown" },
	{ "zone", "\xe2\x80\xae" "bew", "zone '\\xe2\\x80\\xaebew' holds characters that cannot "
		"be shown" },
	{ "zone", "", "zone: no value is given" },
	{ "adv_autoneg_cap", "yes", "adv_autoneg_cap: must be one of 0, 1, is 'yes'" },
	{ "mtu", "abc", "mtu: must be a number from 68 to 65535, is 'abc'" },
	{ "mtu", "1500x", "mtu: must be a number from 68 to 65535, is '1500x'" },
	{ "mtu", " 1500", "mtu: must be a number from 68 to 65535, is ' 1500'" },
	{ "mtu", "-1", "mtu: must be a number from 68 to 65535, is '-1'" },
	{ "mtu", "65536", "mtu: must be a number from 68 to 65535, is '65536'" },
	{ "mtu", "99999999999999999999999", "mtu: must be a number from 68 to 65535, is "
		"'99999999999999999999999'" },
	{ "mtu", "", "mtu: no value is given" },
	{ "flowctrl", "both", "flowctrl: must be one of no, tx, rx, bi, is 'both'" },
	{ "flowctrl", "no,tx", "flowctrl: must be one of no, tx, rx, bi, is 'no,tx'" },
	{ "secondary-macs", "2:8:20", "secondary-macs: must be an address such as 2:8:20:1:2:3, "
		"is '2:8:20'" },
	{ "secondary-macs", "2:8:20:0:0:a,", "secondary-macs: must be an address such as "
		"2:8:20:1:2:3, is ''" },
	{ "secondary-macs", "1:0:0:0:0:1", "secondary-macs: '1:0:0:0:0:1' is a multicast "
		"address" },
	{ "secondary-macs", "2:8:20:0:0:a,02:08:20:00:00:0a", "secondary-macs: "
		"'02:08:20:00:00:0a' is there twice" },
	{ "maxbw", "10MB", "maxbw: '10MB' could mean 10 megabytes or 10 megabits per second" },
	{ "maxbw", "1K", "maxbw: must be from 64K to 100G, is '1K'" },
	{ "maxbw", "abc", "maxbw: must be a number with K, M or G for bits per second, such as 100M "
		"(without one: Mb/s), is 'abc'" },
	{ "maxbw-rx", "0", "maxbw-rx: must be from 64K to 100G, is '0'" },
	{ "maxbw-tx", "0.0K", "maxbw-tx: must be from 64K to 100G, is '0.0K'" },
	{ "minbw", "0", "minbw: must be from 64K to 100G, is '0'" },
	{ "priority", "urgent", "priority: must be one of low, medium, high, is 'urgent'" },
	{ "protection", "mac-nospof", "protection: must be of mac-nospoof, restricted, ip-nospoof, "
		"dhcp-nospoof, is 'mac-nospof'" },
	{ "protection", "restricted,restricted", "protection: 'restricted' is there twice" },
	{ "protection", "restricted,", "protection: must be of mac-nospoof, restricted, ip-nospoof, "
		"dhcp-nospoof, is ''" },
	{ "allowed-ips", "web", "allowed-ips: 'web' is no IP address" },
	{ "allowed-ips", "10.0.0.5/24", "allowed-ips: '10.0.0.5/24' has bits set behind its prefix "
		"length" },
	{ "allowed-ips", "10.0.0.5/33", "allowed-ips: '10.0.0.5/33' has a prefix length that is no "
		"number up to 32" },
	{ "allowed-ips", "10.0.0.5,10.0.0.5/32", "allowed-ips: 10.0.0.5/32 is there twice" },
	{ "allowed-ips", "10.0.0.5,", "allowed-ips: '' is no IP address" },
	{ "allowed-dhcp-cids", "", "allowed-dhcp-cids: no value is given" },
	{ "allowed-dhcp-cids", "0x012", "allowed-dhcp-cids: '0x012' is no client id of up to 64 "
		"bytes" },
	{ "allowed-dhcp-cids", "1.1.2:8:20:0:0:a", "allowed-dhcp-cids: '1.1.2:8:20:0:0:a' is no "
		"client id of up to 64 bytes" },
	{ "allowed-dhcp-cids", "3.65536.2:8:20:0:0:a", "allowed-dhcp-cids: '3.65536.2:8:20:0:0:a' is "
		"no client id of up to 64 bytes" },
	{ "allowed-dhcp-cids", "a b", "allowed-dhcp-cids: 'a b' is no client id of up to 64 bytes" },
	{ "allowed-dhcp-cids", "web,0x776562", "allowed-dhcp-cids: web is there twice" },
	{ "datapath", "fast", "datapath: must be one of guarded, direct, is 'fast'" },
	{ "cpus", "all", "cpus: must be a list of CPUs such as 0-3,5, is 'all'" },
	{ "cpus", "3-1", "cpus: must be a list of CPUs such as 0-3,5, is '3-1'" },
	{ "cpus", "0-", "cpus: must be a list of CPUs such as 0-3,5, is '0-'" },
	{ "cpus", "0,", "cpus: must be a list of CPUs such as 0-3,5, is '0,'" },
	{ "cpus", "8192", "cpus: must be a list of CPUs such as 0-3,5, is '8192'" },
	{ "cpus", "0-3,2", "cpus: CPU 2 is there twice in '0-3,2'" },
	{ "rxrings", "0", "rxrings: must be sw, hw or a number from 1, is '0'" },
	{ "txrings", "many", "txrings: must be sw, hw or a number from 1, is 'many'" },
	{ "hoplimit", "0", "hoplimit: must be a number from 1 to 255, is '0'" },
	{ "encaplimit", "256", "encaplimit: must be a number from 0 to 255, is '256'" },
	{ "default_tag", "4095", "default_tag: must be a number from 0 to 4094, is '4095'" },
	{ "stp_priority", "130", "stp_priority: must be a multiple of 4, is 130" },
	{ "stp_priority", "255", "stp_priority: must be a number from 0 to 252, is '255'" },
	{ "stp_cost", "0", "stp_cost: must be auto or a number from 1 to 65535, is '0'" },
	{ "mac-address", "ff:ff:ff:ff:ff:ff", "mac-address: 'ff:ff:ff:ff:ff:ff' is the broadcast "
		"address" },
	{ "mac-address", "0:0:0:0:0:0", "mac-address: '0:0:0:0:0:0' is all zeros" },
	{ "mac-address", "random", "mac-address: must be an address such as 2:8:20:1:2:3, is "
		"'random'" },
	{ "txqueuelen", "1e3", "txqueuelen: must be a number from 0 to 1000000, is '1e3'" },
	{ "alias", "a\nb", "alias: must be printable UTF-8 text, is 'a\\x0ab'" },
	{ "alias", "\xff", "alias: must be printable UTF-8 text, is '\\xff'" },
};

static void wrong_values_are_refused_with_one_sentence(void **state)
{
	struct vw_handle *h = *state;

	for (size_t i = 0; i < VWU_ARRAY_SIZE(bad); i++) {
		char out[VWP_VALUE_MAX] = "untouched";
		unsigned cls = lowest_class(vwp_find(bad[i].name));

		assert_int_equal(parse(h, bad[i].name, cls, bad[i].text, out), VW_ERR_BADVAL);
		assert_string_equal(vw_error_message(h), bad[i].message);
		assert_string_equal(out, "untouched");
	}
}

static void values_of_any_length_are_refused_safely(void **state)
{
	for (size_t i = 0; i < vwp_nlinkprops; i++) {
		const struct vwp_desc *d = &vwp_linkprops[i];
		char out[VWP_VALUE_MAX], text[5001];

		memset(text, 'a', sizeof(text) - 1);
		text[sizeof(text) - 1] = '\0';
		assert_true(parse(*state, d->name, lowest_class(d), text, out) < 0);
		assert_in_range(strlen(vw_error_message(*state)), 10, VWC_TEXT_MAX);
	}
}

static void a_value_that_does_not_fit_is_refused(void **state)
{
	const struct vwp_desc *d = vwp_find("alias");
	struct vwp_link l = bare(VW_CLASS_VNIC);
	char out[4] = "";

	assert_int_equal(vwp_parse(*state, d, &l, "abcd", out, sizeof(out)), VW_ERR_BADVAL);
	assert_int_equal(vwp_parse(*state, d, &l, "abc", out, sizeof(out)), VW_OK);
}

/* -- names ------------------------------------------------------------------------------------ */

static void names_are_found_in_any_case(void **state)
{
	const struct vwp_desc *d = NULL;

	assert_ptr_equal(vwp_find("MTU"), vwp_find("mtu"));
	assert_null(vwp_find(""));
	assert_null(vwp_find("mt"));
	assert_int_equal(vwp_need(*state, "Secondary-MACs", VW_CLASS_VNIC, &d), VW_OK);
	assert_string_equal(d->name, "secondary-macs");
}

static void an_unknown_name_is_told_with_what_there_is(void **state)
{
	const struct vwp_desc *d = NULL;

	assert_int_equal(vwp_need(*state, "colour", VW_CLASS_BRIDGE, &d), VW_ERR_NOTFOUND);
	assert_null(d);
	assert_string_equal(vw_error_message(*state), "no property 'colour' on a bridge");
	assert_string_equal(vw_error_hint(*state), "a bridge can be given mtu, txqueuelen, alias");
}

static void a_property_of_illumos_is_said_to_be_missing_here(void **state)
{
	const struct vwp_desc *d = NULL;

	assert_int_equal(vwp_need(*state, "tagmode", VW_CLASS_VNIC, &d), VW_ERR_NOTFOUND);
	assert_string_equal(vw_error_message(*state), "property 'tagmode' is not in this version");
}

static void a_misspelt_name_is_told_with_the_nearest(void **state)
{
	const struct vwp_desc *d;

	assert_int_equal(vwp_need(*state, "txqueulen", VW_CLASS_ETHERSTUB, &d), VW_ERR_NOTFOUND);
	assert_string_equal(vw_error_message(*state), "no property 'txqueulen' on an etherstub");
	assert_string_equal(vw_error_hint(*state), "did you mean 'txqueuelen'? an etherstub can be "
			    "given mtu, txqueuelen, alias");
}

static void a_name_of_another_class_is_unknown(void **state)
{
	const struct vwp_desc *d;

	assert_int_equal(vwp_need(*state, "flowctrl", VW_CLASS_VNIC, &d), VW_ERR_NOTFOUND);
	assert_string_equal(vw_error_message(*state), "no property 'flowctrl' on a vnic");
}

static void names_of_any_length_are_refused_safely(void **state)
{
	const struct vwp_desc *d;
	char name[3000];

	memset(name, 'm', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(vwp_need(*state, name, VW_CLASS_PHYS, &d), VW_ERR_NOTFOUND);
	name[63] = '\0';
	assert_int_equal(vwp_need(*state, name, VW_CLASS_PHYS, &d), VW_ERR_NOTFOUND);
	assert_int_equal(vwp_need(*state, "\033[2J", VW_CLASS_PHYS, &d), VW_ERR_NOTFOUND);
	assert_string_equal(vw_error_message(*state), "no property '\\x1b[2J' on a physical link");
}

static void a_name_and_its_value_are_split_at_the_first_equals_sign(void **state)
{
	char name[64];
	const char *value;

	assert_int_equal(vwp_split(*state, "alias=a=b", name, &value), VW_OK);
	assert_string_equal(name, "alias");
	assert_string_equal(value, "a=b");
	assert_int_equal(vwp_split(*state, "alias=", name, &value), VW_OK);
	assert_string_equal(value, "");
	assert_int_equal(vwp_split(*state, "alias", name, &value), VW_ERR_BADVAL);
	assert_string_equal(vw_error_message(*state), "'alias' is not of the form property=value");
	assert_int_equal(vwp_split(*state, "=x", name, &value), VW_ERR_BADVAL);
	assert_int_equal(vwp_split(*state, "", name, &value), VW_ERR_BADVAL);
	assert_int_equal(vwp_split(*state, "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffff"
				   "ffffffgggg=1", name, &value), VW_ERR_BADVAL);
}

static void the_public_table_is_this_one(void **state)
{
	size_t i = 0;

	for (; vw_linkprop_desc_get(i) != NULL; i++) {
		assert_string_equal(vw_linkprop_desc_get(i)->name, vwp_linkprops[i].name);
		assert_string_equal(vw_linkprop_desc_get(i)->perm, vwp_linkprops[i].perm);
		assert_string_equal(vw_linkprop_desc_get(i)->help, vwp_linkprops[i].help);
		assert_int_equal(vw_linkprop_desc_get(i)->classes, vwp_linkprops[i].classes);
	}
	assert_int_equal(i, vwp_nlinkprops);
	assert_null(vw_linkprop_desc_get(SIZE_MAX));
}

/* -- single rows ------------------------------------------------------------------------------ */

static void read_only_rows_are_refused(void **state)
{
	char out[VWP_VALUE_MAX];
	struct vwp_link l = bare(VW_CLASS_VNIC);

	assert_int_equal(parse(*state, "state", VW_CLASS_VNIC, "down", out), VW_ERR_READONLY);
	assert_string_equal(vw_error_message(*state), "property 'state' is read-only");
	assert_int_equal(vwp_apply(*state, vwp_find("state"), &l, "down"), VW_ERR_READONLY);
	assert_int_equal(parse(*state, "promisc-filtered", VW_CLASS_VNIC, "off", out),
			 VW_ERR_READONLY);
	assert_string_equal(vw_error_message(*state), "promisc-filtered: is always on and cannot "
			    "be set: the switch shows a VNIC no frames of other links");
}

static void an_absent_link_has_no_value_and_takes_none(void **state)
{
	struct vwp_link l = bare(VW_CLASS_VNIC);
	char out[VWP_VALUE_MAX];

	assert_int_equal(vwp_read(*state, vwp_find("mtu"), &l, out, sizeof(out)),
			 VW_ERR_NOTFOUND);
	assert_string_equal(out, "?");
	assert_int_equal(vwp_apply(*state, vwp_find("mtu"), &l, "1500"), VW_ERR_NOTFOUND);
	assert_string_equal(vw_error_message(*state), "mtu: link 'web1' is not in the kernel");
}

static void zone_and_address_of_an_absent_link_are_those_asked_for(void **state)
{
	struct vws_link def = { .name = (char *)"web1", .cls = VW_CLASS_VNIC,
				.zone = (char *)"web", .has_mac = true,
				.mac = { 2, 8, 0x20, 0, 0, 1 } };
	struct vwp_link l = bare(VW_CLASS_VNIC);
	char out[VWP_VALUE_MAX];

	assert_int_equal(vwp_read(*state, vwp_find("zone"), &l, out, sizeof(out)), VW_OK);
	assert_string_equal(out, "");
	l.def = &def;
	assert_int_equal(vwp_read(*state, vwp_find("zone"), &l, out, sizeof(out)), VW_OK);
	assert_string_equal(out, "web");
	assert_int_equal(vwp_read(*state, vwp_find("mac-address"), &l, out, sizeof(out)), VW_OK);
	assert_string_equal(out, "2:8:20:0:0:1");
	vwp_default(*state, vwp_find("mac-address"), &l, out, sizeof(out));
	assert_string_equal(out, "2:8:20:0:0:1");
}

static void members_of_a_definition_are_known_by_class(void **state)
{
	assert_true(vwp_is_member(vwp_find("zone"), VW_CLASS_PHYS));
	assert_true(vwp_is_member(vwp_find("zone"), VW_CLASS_VNIC));
	assert_true(vwp_is_member(vwp_find("mac-address"), VW_CLASS_VNIC));
	assert_true(vwp_is_member(vwp_find("mac-address"), VW_CLASS_SIMNET));
	assert_false(vwp_is_member(vwp_find("mac-address"), VW_CLASS_PHYS));
	assert_false(vwp_is_member(vwp_find("mtu"), VW_CLASS_VNIC));
}

static void mtu_follows_the_device_and_what_is_below(void **state)
{
	const struct vwp_desc *d = vwp_find("mtu");
	struct vwk_link dev = { .min_mtu = 68, .max_mtu = 65535, .mtu = 1500 };
	struct vwk_link lower = { .mtu = 9000 }, port = { .ifindex = 7 };
	struct vwp_link l = { .name = "web1", .cls = VW_CLASS_VNIC, .dev = &dev, .port = &port,
			      .lower = &lower };
	char out[VWP_VALUE_MAX];

	vwp_possible(*state, d, &l, out, sizeof(out));
	assert_string_equal(out, "576-9000");
	vwp_default(*state, d, &l, out, sizeof(out));
	assert_string_equal(out, "9000");
	assert_int_equal(vwp_parse(*state, d, &l, "9001", out, sizeof(out)), VW_ERR_BADVAL);
	assert_string_equal(vw_error_message(*state),
			    "mtu: must be a number from 576 to 9000, is '9001'");

	l.port = NULL;		/* over a NIC */
	lower.mtu = 1400;
	vwp_possible(*state, d, &l, out, sizeof(out));
	assert_string_equal(out, "576-1400");
	vwp_default(*state, d, &l, out, sizeof(out));
	assert_string_equal(out, "1400");

	l.lower = NULL;
	l.cls = VW_CLASS_PHYS;
	dev.min_mtu = 46;
	dev.max_mtu = 9194;
	vwp_possible(*state, d, &l, out, sizeof(out));
	assert_string_equal(out, "46-9194");
	vwp_default(*state, d, &l, out, sizeof(out));
	assert_string_equal(out, "1500");

	dev.max_mtu = 0;	/* a driver without a limit */
	vwp_possible(*state, d, &l, out, sizeof(out));
	assert_string_equal(out, "46-65535");

	l.cls = VW_CLASS_ETHERSTUB;
	vwp_default(*state, d, &l, out, sizeof(out));
	assert_string_equal(out, "9000");
	l.cls = VW_CLASS_IPTUN;
	dev.kind = VWK_IP6TNL;
	vwp_default(*state, d, &l, out, sizeof(out));
	assert_string_equal(out, "1452");
}

static void state_is_up_only_with_a_carrier(void **state)
{
	static const struct { uint32_t flags; uint8_t oper; const char *text; } rows[] = {
		{ IFF_UP | IFF_LOWER_UP, IF_OPER_UP, "up" },
		{ IFF_UP | IFF_LOWER_UP, IF_OPER_UNKNOWN, "up" },
		{ IFF_UP, IF_OPER_DOWN, "down" },
		{ IFF_UP, IF_OPER_LOWERLAYERDOWN, "down" },
		{ IFF_UP | IFF_LOWER_UP, IF_OPER_DORMANT, "up" },
		{ 0, IF_OPER_DOWN, "down" },
	};
	struct vwk_link dev = { .mtu = 1500 };
	struct vwp_link l = { .name = "net0", .cls = VW_CLASS_PHYS, .dev = &dev };
	char out[VWP_VALUE_MAX];

	for (size_t i = 0; i < VWU_ARRAY_SIZE(rows); i++) {
		dev.flags = rows[i].flags;
		dev.operstate = rows[i].oper;
		assert_int_equal(vwp_read(*state, vwp_find("state"), &l, out, sizeof(out)), VW_OK);
		assert_string_equal(out, rows[i].text);
	}
}

static void bridge_rows_exist_on_ports_of_bridges_only(void **state)
{
	struct vwk_link dev = { .mtu = 1500, .port_kind = VWK_BOND };
	struct vwp_link l = { .name = "net0", .cls = VW_CLASS_PHYS, .dev = &dev };
	char out[VWP_VALUE_MAX];

	assert_int_equal(vwp_read(*state, vwp_find("stp"), &l, out, sizeof(out)), VW_ERR_NOTSUP);
	assert_int_equal(vwp_parse(*state, vwp_find("stp"), &l, "0", out, sizeof(out)),
			 VW_ERR_NOTSUP);
	assert_string_equal(vw_error_message(*state),
			    "stp: link 'net0' is not a port of a bridge");
	assert_string_equal(vw_error_hint(*state),
			    "'dladm add-bridge -l net0 BRIDGE' makes it one");
	dev.port_kind = VWK_BRIDGE;
	dev.port.br.guard = 1;
	dev.port.br.priority = 32;
	assert_int_equal(vwp_read(*state, vwp_find("stp"), &l, out, sizeof(out)), VW_OK);
	assert_string_equal(out, "0");
	assert_int_equal(vwp_read(*state, vwp_find("stp_priority"), &l, out, sizeof(out)), VW_OK);
	assert_string_equal(out, "128");
}

static void bridge_rows_of_a_link_that_is_no_port_wait(void **state)
{
	struct vws_prop prop = { .name = (char *)"stp_priority", .value = (char *)"64" };
	struct vws_link def = { .name = (char *)"net0", .cls = VW_CLASS_PHYS, .props = &prop,
				.nprops = 1 };
	struct vwk_link dev = { .mtu = 1500 };
	struct vwp_link l = { .name = "net0", .cls = VW_CLASS_PHYS, .dev = &dev, .def = &def };

	assert_int_equal(vwp_apply_all(*state, &l), VW_OK);
}

static void a_saved_property_that_is_unknown_or_wrong_is_refused(void **state)
{
	struct vws_prop prop = { .name = (char *)"mtv", .value = (char *)"64" };
	struct vws_link def = { .name = (char *)"net0", .cls = VW_CLASS_PHYS, .props = &prop,
				.nprops = 1 };
	struct vwk_link dev = { .mtu = 1500 };
	struct vwp_link l = { .name = "net0", .cls = VW_CLASS_PHYS, .dev = &dev, .def = &def };

	assert_int_equal(vwp_apply_all(*state, &l), VW_ERR_NOTFOUND);
	assert_string_equal(vw_error_message(*state), "no property 'mtv' on a physical link");
	prop.name = (char *)"mtu";
	assert_int_equal(vwp_apply_all(*state, &l), VW_ERR_BADVAL);
	prop.value = (char *)"1500";	/* is so already: nothing is sent */
	assert_int_equal(vwp_apply_all(*state, &l), VW_OK);
}

static void tunnel_limits_are_shown_as_dladm_counts_them(void **state)
{
	struct vwk_link dev = { .mtu = 1452, .kind = VWK_IP6TNL };
	struct vwp_link l = { .name = "tun0", .cls = VW_CLASS_IPTUN, .dev = &dev };
	char out[VWP_VALUE_MAX];

	dev.u.tunnel = (struct vwk_tunnel){ .ttl = 64, .encap_limit = 4 };
	assert_int_equal(vwp_read(*state, vwp_find("hoplimit"), &l, out, sizeof(out)), VW_OK);
	assert_string_equal(out, "64");
	assert_int_equal(vwp_read(*state, vwp_find("encaplimit"), &l, out, sizeof(out)), VW_OK);
	assert_string_equal(out, "4");
	dev.u.tunnel.flags_ignore_encap = 1;
	assert_int_equal(vwp_read(*state, vwp_find("encaplimit"), &l, out, sizeof(out)), VW_OK);
	assert_string_equal(out, "0");
	dev.kind = VWK_IPIP;
	assert_int_equal(vwp_read(*state, vwp_find("encaplimit"), &l, out, sizeof(out)),
			 VW_ERR_NOTSUP);
	assert_int_equal(vwp_parse(*state, vwp_find("encaplimit"), &l, "4", out, sizeof(out)),
			 VW_ERR_NOTSUP);
	assert_string_equal(vw_error_message(*state),
			    "encaplimit: only tunnels over IPv6 have it, 'tun0' is none");
}

static void a_macvlan_takes_no_further_addresses(void **state)
{
	struct vwk_link dev = { .mtu = 1500, .kind = VWK_MACVLAN, .mac_len = 6 };
	struct vwp_link l = { .name = "web1", .cls = VW_CLASS_VNIC, .dev = &dev };
	char out[VWP_VALUE_MAX];

	assert_int_equal(vwp_parse(*state, vwp_find("secondary-macs"), &l, "2:8:20:0:0:1", out,
				   sizeof(out)), VW_ERR_NOTSUP);
	assert_string_equal(vw_error_message(*state), "secondary-macs: VNIC 'web1' is a macvlan, "
			    "which receives one address only");
}

/* -- CPUs and rings ----------------------------------------------------------------------------- */

static void cpus_that_are_not_there_are_refused_on_a_device(void **state)
{
	struct vwk_link dev = { .mtu = 1500, .kind = VWK_VETH };
	struct vwp_link l = { .name = "web1", .cls = VW_CLASS_VNIC, .dev = &dev };
	char out[VWP_VALUE_MAX];

	assert_int_equal(vwp_parse(*state, vwp_find("cpus"), &l, "0", out, sizeof(out)), VW_OK);
	assert_int_equal(vwp_parse(*state, vwp_find("cpus"), &l, "0,8191", out, sizeof(out)),
			 VW_ERR_BADVAL);
	assert_non_null(strstr(vw_error_message(*state), "cpus: there is no CPU 8191, this "
			       "machine has 0"));
	l.dev = NULL;		/* of another machine, perhaps */
	assert_int_equal(vwp_parse(*state, vwp_find("cpus"), &l, "0,8191", out, sizeof(out)),
			 VW_OK);
}

static void what_no_device_can_steer_is_refused(void **state)
{
	struct vwk_link dev = { .mtu = 1500, .kind = VWK_MACVLAN };
	struct vwp_link l = { .name = "vnic0", .cls = VW_CLASS_VNIC, .dev = &dev };
	char out[VWP_VALUE_MAX];

	assert_int_equal(vwp_parse(*state, vwp_find("cpus"), &l, "0", out, sizeof(out)),
			 VW_ERR_NOTSUP);
	assert_string_equal(vw_error_message(*state), "cpus: no hardware is below 'vnic0' that "
			    "could steer its packets");
	l.cls = VW_CLASS_SIMNET;
	dev.kind = VWK_DUMMY;
	assert_int_equal(vwp_parse(*state, vwp_find("cpus"), &l, "0", out, sizeof(out)),
			 VW_ERR_NOTSUP);
	assert_string_equal(vw_error_message(*state), "cpus: nothing can steer the packets of "
			    "'vnic0', a device of kind dummy");
}

/* -- what the policy engine holds ---------------------------------------------------------------- */

static void shows(struct vw_handle *h, const struct vwp_link *l, const char *name, const char *want)
{
	char out[VWP_VALUE_MAX];

	assert_int_equal(vwp_read(h, vwp_find(name), l, out, sizeof(out)), VW_OK);
	assert_string_equal(out, want);
}

static void a_link_without_policy_shows_the_defaults(void **state)
{
	struct vwk_link dev = { .ifindex = 7 }, port = { .ifindex = 8 };
	struct vwp_link l = { .name = "web1", .cls = VW_CLASS_VNIC, .dev = &dev };
	struct vwpl_state s = { .limits = { VWPL_NONE, VWPL_NONE, VWPL_NONE, 0, 0 } };

	shows(*state, &l, "maxbw", "");
	shows(*state, &l, "minbw", "");
	shows(*state, &l, "priority", "high");
	shows(*state, &l, "protection", "");
	shows(*state, &l, "allowed-ips", "");
	shows(*state, &l, "allowed-dhcp-cids", "");
	shows(*state, &l, "datapath", "direct");
	l.port = &port;
	shows(*state, &l, "datapath", "direct");
	s.hooked = true;
	s.point.flags = VWB_REVERSED | VWB_STRICT;
	l.policy = &s;
	shows(*state, &l, "datapath", "guarded");
}

static void policy_is_shown_as_the_kernel_holds_it(void **state)
{
	struct vwpl_prefix ips[] = {
		{ 6, 32, { 0x20, 1, 0xd, 0xb8 } }, { 4, 24, { 192, 0, 2 } },
	};
	struct vwpl_cid cids[] = { { 3, "web" }, { 1, "" } };
	struct vwpl_state s = {
		.hooked = true, .point.protect = VWB_PROTECT_DHCP | VWB_PROTECT_MAC,
		.limits = { 100000000, 30000000, VWPL_NONE, 0, VWPL_LOW },
		.allowed = ips, .nallowed = 2, .cids = cids, .ncids = 2,
	};
	struct vwk_link dev = { .ifindex = 7 };
	struct vwp_link l = { .name = "web1", .cls = VW_CLASS_VNIC, .dev = &dev, .policy = &s };

	shows(*state, &l, "maxbw", "100M");
	shows(*state, &l, "maxbw-rx", "30M");
	shows(*state, &l, "maxbw-tx", "");
	shows(*state, &l, "minbw", "");
	shows(*state, &l, "priority", "low");
	shows(*state, &l, "protection", "mac-nospoof,dhcp-nospoof");
	shows(*state, &l, "allowed-ips", "192.0.2.0/24,2001:db8::/32");
	shows(*state, &l, "allowed-dhcp-cids", "0x00,web");
	s.point.flags = VWB_BLOCK;
	shows(*state, &l, "maxbw", "0");
	s.hooked = false;	/* nothing stands in the way of frames */
	shows(*state, &l, "maxbw", "");
	shows(*state, &l, "protection", "");
}

static int compile(struct vw_handle *h, const char *texts, struct vwp_policy *out)
{
	struct vws_link *l = vws_link_new("web1", VW_CLASS_VNIC);
	char copy[300], *rest = copy, *word;
	int rc;

	assert_non_null(l);
	snprintf(copy, sizeof(copy), "%s", texts);
	while ((word = strsep(&rest, " ")) != NULL && *word != '\0') {
		char *value = strchr(word, '=');

		*value++ = '\0';
		assert_int_equal(vws_link_set_prop(h, l, word, value), VW_OK);
	}
	memset(&h->err, 0, sizeof(h->err));
	rc = vwp_policy_compile(h, l, out);
	vws_link_free(l);
	return rc;
}

static void properties_become_one_policy(void **state)
{
	struct vwp_policy p;

	assert_int_equal(compile(*state, "", &p), VW_OK);
	assert_true(p.limits.both == VWPL_NONE && p.limits.rx == VWPL_NONE);
	assert_true(p.limits.tx == VWPL_NONE && p.limits.min == VWPL_NONE);
	assert_int_equal(p.limits.priority, VWPL_PRIORITY_UNSET);
	assert_int_equal(p.protect, 0);
	vwp_policy_clear(&p);
	assert_int_equal(compile(*state, "maxbw=10M maxbw-tx=10M minbw=64K priority=low mtu=1400 "
				 "protection=mac-nospoof,ip-nospoof allowed-ips=10.0.0.5/32 "
				 "allowed-dhcp-cids=web,0x00 secondary-macs=2:8:20:0:0:a", &p), VW_OK);
	assert_int_equal(p.limits.both, 10000000);
	assert_true(p.limits.rx == VWPL_NONE);
	assert_int_equal(p.limits.tx, 10000000);
	assert_int_equal(p.limits.min, 64000);
	assert_int_equal(p.limits.priority, VWPL_LOW);
	assert_int_equal(p.protect, VWB_PROTECT_MAC | VWB_PROTECT_IP);
	assert_int_equal(p.nallowed, 1);
	assert_int_equal(p.allowed[0].len, 32);
	assert_int_equal(p.ncids, 2);
	assert_int_equal(p.nmore, 1);
	assert_int_equal(p.more_macs[0][5], 0xa);
	vwp_policy_clear(&p);
	/* what is blocked is below any limit */
	assert_int_equal(compile(*state, "maxbw=0 maxbw-rx=10M minbw=1M", &p), VW_OK);
	assert_int_equal(p.limits.both, 0);
	vwp_policy_clear(&p);
}

static void limits_that_contradict_each_other_are_refused(void **state)
{
	static const struct { const char *texts, *message; } rows[] = {
		{ "maxbw=10M maxbw-rx=11M", "maxbw-rx=11M is above maxbw=10M" },
		{ "maxbw=10M maxbw-tx=1G", "maxbw-tx=1G is above maxbw=10M" },
		{ "maxbw=10M minbw=10001K", "minbw=10001K is above maxbw=10M" },
		{ "maxbw-rx=1M maxbw-tx=2M minbw=4M",
		  "minbw=4M is above maxbw-rx with maxbw-tx=3M" },
	};

	for (size_t i = 0; i < VWU_ARRAY_SIZE(rows); i++) {
		struct vwp_policy p;

		assert_int_equal(compile(*state, rows[i].texts, &p), VW_ERR_BADVAL);
		assert_string_equal(vw_error_message(*state), rows[i].message);
	}
}

static void lists_of_32_long_entries_fit(void **state)
{
	struct vwu_str text = { 0 };
	char out[VWP_VALUE_MAX];

	for (unsigned i = 0; i < 32; i++) {
		vwu_str_addf(&text, "%s0x%02x", i ? "," : "", i);
		for (unsigned k = 1; k < VWB_CID_MAX; k++)
			vwu_str_add(&text, "ff");
	}
	assert_int_equal(parse(*state, "allowed-dhcp-cids", VW_CLASS_VNIC, text.s, out), VW_OK);
	assert_string_equal(out, text.s);
	vwu_str_add(&text, ",0x20");
	assert_int_equal(parse(*state, "allowed-dhcp-cids", VW_CLASS_VNIC, text.s, out),
			 VW_ERR_BADVAL);
	assert_string_equal(vw_error_message(*state),
			    "allowed-dhcp-cids: must be at most 32 entries, are 33");
	vwu_str_free(&text);
}

#define T(name)	cmocka_unit_test_setup(name, fresh_handle)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(every_row_says_what_it_is),
		T(no_two_rows_share_a_name),
		T(a_row_is_writable_exactly_when_something_can_set_it),
		T(no_list_names_a_value_twice),
		T(every_possible_value_parses_to_itself),
		T(every_default_that_is_a_value_parses_to_itself),
		T(canonical_text_parses_to_itself),
		T(every_writable_row_has_a_sample_above),
		T(wrong_values_are_refused_with_one_sentence),
		T(values_of_any_length_are_refused_safely),
		T(a_value_that_does_not_fit_is_refused),
		T(names_are_found_in_any_case),
		T(an_unknown_name_is_told_with_what_there_is),
		T(a_property_of_illumos_is_said_to_be_missing_here),
		T(a_misspelt_name_is_told_with_the_nearest),
		T(a_name_of_another_class_is_unknown),
		T(names_of_any_length_are_refused_safely),
		T(a_name_and_its_value_are_split_at_the_first_equals_sign),
		T(the_public_table_is_this_one),
		T(read_only_rows_are_refused),
		T(an_absent_link_has_no_value_and_takes_none),
		T(zone_and_address_of_an_absent_link_are_those_asked_for),
		T(members_of_a_definition_are_known_by_class),
		T(mtu_follows_the_device_and_what_is_below),
		T(state_is_up_only_with_a_carrier),
		T(bridge_rows_exist_on_ports_of_bridges_only),
		T(bridge_rows_of_a_link_that_is_no_port_wait),
		T(a_saved_property_that_is_unknown_or_wrong_is_refused),
		T(tunnel_limits_are_shown_as_dladm_counts_them),
		T(a_macvlan_takes_no_further_addresses),
		T(cpus_that_are_not_there_are_refused_on_a_device),
		T(what_no_device_can_steer_is_refused),
		T(a_link_without_policy_shows_the_defaults),
		T(policy_is_shown_as_the_kernel_holds_it),
		T(properties_become_one_policy),
		T(limits_that_contradict_each_other_are_refused),
		T(lists_of_32_long_entries_fit),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

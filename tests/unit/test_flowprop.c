/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Attributes and properties of flows: as typed, as kept, as the engine is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <netinet/in.h>

#include <vwire/vwire.h>

#include "prop/prop.h"

static struct vw_handle handle;

static int fresh_handle(void **state)
{
	memset(&handle, 0, sizeof(handle));
	*state = &handle;
	return 0;
}

#define WORDS_MAX	8

/* "a=b c=d" as a list; @copy holds the words. */
static const char *const *words(const char *text, char *copy, const char **list)
{
	char *rest = strcpy(copy, text), *word;
	size_t n = 0;

	while ((word = strsep(&rest, " ")) != NULL)
		if (*word != '\0' && n < WORDS_MAX)
			list[n++] = word;
	list[n] = NULL;
	return list;
}

/* A flow of these attributes; NULL: refused. */
static struct vws_flow *attrs(struct vw_handle *h, const char *text)
{
	struct vws_flow *f = vws_flow_new("f", "web1");
	const char *list[WORDS_MAX + 1];
	char copy[300];
	int rc;

	assert_non_null(f);
	memset(&h->err, 0, sizeof(h->err));
	rc = vwp_flow_attrs(h, f, words(text, copy, list));
	if (rc == VW_OK)
		return f;
	assert_int_equal(rc, VW_ERR_BADVAL);
	vws_flow_free(f);
	return NULL;
}

static int props(struct vw_handle *h, struct vws_flow *f, const char *text)
{
	const char *list[WORDS_MAX + 1];
	char copy[300];

	memset(&h->err, 0, sizeof(h->err));
	return vwp_flow_props(h, f, words(text, copy, list));
}

static void attributes_become_canonical(void **state)
{
	static const struct { const char *typed, *canonical; } rows[] = {
		{ "local_ip=10.0.0.5", "local_ip=10.0.0.5/32" },
		{ "LOCAL_IP=10.0.0.0/8", "local_ip=10.0.0.0/8" },
		{ "remote_ip=2001:DB8:0::/32", "remote_ip=2001:db8::/32" },
		{ "remote_ip=::1", "remote_ip=::1/128" },
		{ "transport=TCP", "transport=tcp" },
		{ "transport=icmpv6", "transport=icmpv6" },
		{ "local_port=080 transport=udp", "transport=udp local_port=80" },
		{ "transport=sctp remote_port=65535", "transport=sctp remote_port=65535" },
		{ "dsfield=2e:fc", "dsfield=0x2e:0xfc" },
		{ "dsfield=0xB8", "dsfield=0xb8:0xff" },
		{ "dsfield=0:0x1", "dsfield=0x00:0x01" },
	};

	for (size_t i = 0; i < VWU_ARRAY_SIZE(rows); i++) {
		struct vws_flow *f = attrs(*state, rows[i].typed), *again;
		char text[300] = "";

		if (f == NULL)
			fail_msg("%s: %s", rows[i].typed, vw_error_message(*state));
		for (size_t k = 0; k < f->nmatch; k++) {
			strcat(text, k ? " " : "");
			strcat(strcat(strcat(text, f->match[k].name), "="), f->match[k].value);
		}
		assert_string_equal(text, rows[i].canonical);
		again = attrs(*state, text);
		assert_non_null(again);
		assert_string_equal(again->match[0].value, f->match[0].value);
		vws_flow_free(again);
		vws_flow_free(f);
	}
}

static void attributes_that_say_nothing_clear_are_refused(void **state)
{
	static const struct { const char *typed, *message; } rows[] = {
		{ "", "no attribute says which packets are meant" },
		{ "local_port=80", "local_port needs a transport: tcp, udp or sctp" },
		{ "remote_port=80", "remote_port needs a transport: tcp, udp or sctp" },
		{ "transport=tcp local_port=80 remote_port=80",
		  "local_port and remote_port cannot be combined" },
		{ "local_port=80 remote_port=80", "local_port and remote_port cannot be combined" },
		{ "transport=icmp local_port=80",
		  "icmp has no ports, so local_port cannot go with it" },
		{ "transport=icmpv6 remote_port=80",
		  "icmpv6 has no ports, so remote_port cannot go with it" },
		{ "local_ip=10.0.0.1 remote_ip=10.0.0.2", "local_ip and remote_ip cannot be combined" },
		{ "transport=tcp local_ip=10.0.0.1", "local_ip and transport cannot be combined" },
		{ "local_ip=10.0.0.1 local_port=80", "local_ip and local_port cannot be combined" },
		{ "dsfield=0x2e transport=tcp", "transport and dsfield cannot be combined" },
		{ "transport=tcp transport=udp", "transport is given twice" },
		{ "transport", "'transport' is not of the form attribute=value" },
		{ "=tcp", "'=tcp' is not of the form attribute=value" },
		{ "vlan=3", "there is no attribute 'vlan'" },
		{ "transport=tcpx", "transport: must be one of tcp, udp, sctp, icmp, icmpv6, is 'tcpx'" },
		{ "transport=", "transport: must be one of tcp, udp, sctp, icmp, icmpv6, is ''" },
		{ "transport=6", "transport: must be one of tcp, udp, sctp, icmp, icmpv6, is '6'" },
		{ "local_port=0", "local_port: must be a number from 1 to 65535, is '0'" },
		{ "remote_port=65536", "remote_port: must be a number from 1 to 65535, is '65536'" },
		{ "local_port=-1", "local_port: must be a number from 1 to 65535, is '-1'" },
		{ "local_ip=0.0.0.0/0", "local_ip: '0.0.0.0/0' is every address" },
		{ "remote_ip=::/0", "remote_ip: '::/0' is every address" },
		{ "local_ip=10.0.0.1/24", "local_ip: '10.0.0.1/24' has bits set behind its prefix "
		  "length" },
		{ "local_ip=host", "local_ip: 'host' is no IP address" },
		{ "local_ip=10.0.0.0/33",
		  "local_ip: '10.0.0.0/33' has a prefix length that is no number up to 32" },
		{ "local_ip=::/129", "local_ip: '::/129' has a prefix length that is no number up to "
		  "128" },
		{ "dsfield=0x2e:0", "dsfield: the mask of '0x2e:0' leaves no bit to compare" },
		{ "dsfield=256", "dsfield: must be a byte in hexadecimal, with a mask or without, such "
		  "as 0xb8 or 0x2e:0xfc, is '256'" },
		{ "dsfield=ef", NULL },		/* hexadecimal, not the name */
		{ "dsfield=0x", "dsfield: must be a byte in hexadecimal, with a mask or without, such "
		  "as 0xb8 or 0x2e:0xfc, is '0x'" },
		{ "dsfield=:fc", "dsfield: must be a byte in hexadecimal, with a mask or without, such "
		  "as 0xb8 or 0x2e:0xfc, is ':fc'" },
	};

	for (size_t i = 0; i < VWU_ARRAY_SIZE(rows); i++) {
		struct vws_flow *f = attrs(*state, rows[i].typed);

		assert_int_equal(f != NULL, rows[i].message == NULL);
		if (f == NULL)
			assert_string_equal(vw_error_message(*state), rows[i].message);
		vws_flow_free(f);
	}
}

static void a_misspelt_attribute_is_told_with_the_nearest(void **state)
{
	assert_null(attrs(*state, "local-ip=10.0.0.1"));
	assert_string_equal(vw_error_message(*state), "there is no attribute 'local-ip'");
	assert_string_equal(vw_error_hint(*state), "did you mean 'local_ip'? a flow has local_ip, or "
			    "remote_ip, or transport, or transport with local_port, or transport with "
			    "remote_port, or dsfield");
	assert_null(attrs(*state, "local_ip=10.0.0.1/24"));
	assert_string_equal(vw_error_hint(*state), "10.0.0.0/24 is the network, 10.0.0.1 the host");
}

static void a_match_is_what_the_engine_compares(void **state)
{
	static const struct { const char *typed; struct vwpl_match m; } rows[] = {
		{ "local_ip=10.1.0.0/16", { .kind = VWB_LOCAL_IP, .ip = { 4, 16, { 10, 1 } } } },
		{ "remote_ip=2001:db8::/32", { .kind = VWB_REMOTE_IP,
					       .ip = { 6, 32, { 0x20, 1, 0xd, 0xb8 } } } },
		{ "transport=sctp", { .kind = VWB_TRANSPORT, .proto = IPPROTO_SCTP } },
		{ "transport=icmp", { .kind = VWB_TRANSPORT, .proto = IPPROTO_ICMP } },
		{ "transport=icmpv6", { .kind = VWB_TRANSPORT, .proto = IPPROTO_ICMPV6 } },
		{ "transport=tcp local_port=443", { .kind = VWB_LOCAL_PORT, .proto = IPPROTO_TCP,
						    .port = 443 } },
		{ "transport=udp remote_port=53", { .kind = VWB_REMOTE_PORT, .proto = IPPROTO_UDP,
						    .port = 53 } },
		{ "dsfield=0x2e:0xfc", { .kind = VWB_DSFIELD, .ds = 0x2c, .mask = 0xfc } },
	};

	for (size_t i = 0; i < VWU_ARRAY_SIZE(rows); i++) {
		struct vws_flow *f = attrs(*state, rows[i].typed);
		const struct vwpl_match *m = &rows[i].m;
		struct vwpl_flow out;

		assert_non_null(f);
		assert_int_equal(vwp_flow_compile(*state, f, &out), VW_OK);
		assert_string_equal(out.name, "f");
		assert_int_equal(out.match.kind, m->kind);
		assert_int_equal(out.match.ip.family, m->ip.family);
		assert_int_equal(out.match.ip.len, m->ip.len);
		assert_memory_equal(out.match.ip.addr, m->ip.addr, 16);
		assert_int_equal(out.match.proto, m->proto);
		assert_int_equal(out.match.port, m->port);
		assert_int_equal(out.match.ds, m->ds);
		assert_int_equal(out.match.mask, m->mask);
		assert_true(out.limits.both == VWPL_NONE);
		assert_false(out.drop);
		assert_int_equal(out.dscp, -1);
		vws_flow_free(f);
	}
}

static void properties_become_canonical_and_reach_the_engine(void **state)
{
	struct vws_flow *f = attrs(*state, "transport=tcp");
	struct vwpl_flow out;

	assert_int_equal(props(*state, f, "MAXBW=30 maxbw-rx=20000K minbw=1.5 priority=low "
			       "action=drop dscp=EF"), VW_OK);
	assert_string_equal(vws_flow_prop(f, "maxbw"), "30M");
	assert_string_equal(vws_flow_prop(f, "maxbw-rx"), "20M");
	assert_string_equal(vws_flow_prop(f, "minbw"), "1500K");
	assert_string_equal(vws_flow_prop(f, "dscp"), "46");
	assert_int_equal(vwp_flow_compile(*state, f, &out), VW_OK);
	assert_int_equal(out.limits.both, 30000000);
	assert_int_equal(out.limits.rx, 20000000);
	assert_true(out.limits.tx == VWPL_NONE);
	assert_int_equal(out.limits.min, 1500000);
	assert_int_equal(out.limits.priority, VWPL_LOW);
	assert_true(out.drop);
	assert_int_equal(out.dscp, 46);
	assert_int_equal(vwp_flow_prop(*state, f, "dscp", "cs0"), VW_OK);
	assert_int_equal(vwp_flow_prop(*state, f, "Action", "pass"), VW_OK);
	assert_int_equal(vwp_flow_prop(*state, f, "maxbw-rx", NULL), VW_OK);
	assert_null(vws_flow_prop(f, "maxbw-rx"));
	assert_int_equal(vwp_flow_compile(*state, f, &out), VW_OK);
	assert_int_equal(out.dscp, 0);
	assert_false(out.drop);
	vws_flow_free(f);
}

static void wrong_properties_are_refused(void **state)
{
	static const struct { const char *text; int status; const char *message; } rows[] = {
		{ "maxbw=10MB", VW_ERR_BADVAL,
		  "maxbw: '10MB' could mean 10 megabytes or 10 megabits per second" },
		{ "maxbw=", VW_ERR_BADVAL, "maxbw: no value is given" },
		{ "maxbw", VW_ERR_BADVAL, "'maxbw' is not of the form property=value" },
		{ "minbw=2M maxbw=1M", VW_ERR_BADVAL, "minbw=2M is above maxbw=1M" },
		{ "maxbw=1M maxbw-tx=2M", VW_ERR_BADVAL, "maxbw-tx=2M is above maxbw=1M" },
		{ "priority=urgent", VW_ERR_BADVAL,
		  "priority: must be one of low, medium, high, is 'urgent'" },
		{ "action=block", VW_ERR_BADVAL, "action: must be one of pass, drop, is 'block'" },
		{ "dscp=64", VW_ERR_BADVAL, "dscp: must be a number from 0 to 63 or a name such as ef, "
		  "af41, cs1, is '64'" },
		{ "dscp=af44", VW_ERR_BADVAL, "dscp: must be a number from 0 to 63 or a name such as "
		  "ef, af41, cs1, is 'af44'" },
		{ "colour=red", VW_ERR_NOTFOUND, "no property 'colour' on a flow" },
	};

	for (size_t i = 0; i < VWU_ARRAY_SIZE(rows); i++) {
		struct vws_flow *f = attrs(*state, "transport=tcp");

		assert_int_equal(props(*state, f, rows[i].text), rows[i].status);
		assert_string_equal(vw_error_message(*state), rows[i].message);
		vws_flow_free(f);
	}
	assert_string_equal(vw_error_hint(*state), "a flow can be given maxbw, maxbw-rx, maxbw-tx, "
			    "minbw, priority, cpus, action, dscp");
}

static void a_property_is_shown_as_the_engine_holds_it(void **state)
{
	struct vws_flow *f = attrs(*state, "transport=tcp");
	struct vwpl_flow_state s = {
		.limits = { 30000000, VWPL_NONE, 64000, 0, VWPL_PRIORITY_UNSET },
	};
	static const char *const plain[] = { "30M", "", "64K", "", "medium", "0-1", "pass", "" };
	static const char *const dropped[] = { "", "", "", "", "high", "0-1", "drop", "46" };
	const struct vw_flowprop_desc *d;
	char out[VWP_VALUE_MAX];

	assert_int_equal(vws_flow_set_prop(*state, f, "cpus", "0-1"), VW_OK);
	for (size_t i = 0; (d = vwp_flowprop(i)) != NULL; i++) {
		assert_int_equal(vwp_flowprop_read(*state, d, f, &s, out, sizeof(out)), VW_OK);
		assert_string_equal(out, plain[i]);
	}
	s.flow.flags = VWB_FLOW_DROP | VWB_FLOW_DSCP;
	s.flow.dscp = 46;
	assert_int_equal(vws_flow_set_prop(*state, f, "priority", "high"), VW_OK);
	for (size_t i = 0; (d = vwp_flowprop(i)) != NULL; i++) {
		assert_int_equal(vwp_flowprop_read(*state, d, f, &s, out, sizeof(out)), VW_OK);
		assert_string_equal(out, dropped[i]);
	}
	/* dropped by its limit, not by its action */
	assert_int_equal(vws_flow_set_prop(*state, f, "maxbw", "0"), VW_OK);
	assert_int_equal(vwp_flowprop_need(*state, "maxbw", &d), VW_OK);
	assert_int_equal(vwp_flowprop_read(*state, d, f, &s, out, sizeof(out)), VW_OK);
	assert_string_equal(out, "0");
	assert_int_equal(vwp_flowprop_need(*state, "ACTION", &d), VW_OK);
	assert_int_equal(vwp_flowprop_read(*state, d, f, &s, out, sizeof(out)), VW_OK);
	assert_string_equal(out, "pass");
	vws_flow_free(f);
}

static void check_desc(const struct vw_flowprop_desc *d)
{
	assert_int_equal(d->size, sizeof(*d));
	assert_in_range(strlen(d->name), 1, 63);
	assert_non_null(d->defval);
	assert_non_null(d->possible);
	assert_in_range(strlen(d->help), 10, 90);
	assert_null(strchr(d->help, '\n'));
}

static void both_tables_say_what_they_hold(void **state)
{
	const struct vw_flowprop_desc *d;
	size_t n = 0;

	for (; (d = vw_flowprop_desc_get(n)) != NULL; n++)
		check_desc(d);
	assert_int_equal(n, 8);
	for (n = 0; (d = vw_flowattr_desc_get(n)) != NULL; n++)
		check_desc(d);
	assert_int_equal(n, 6);
	assert_null(vw_flowprop_desc_get(SIZE_MAX));
	assert_null(vw_flowattr_desc_get(SIZE_MAX));
}

static void texts_of_any_length_are_refused_safely(void **state)
{
	const struct vw_flowprop_desc *d;
	static char text[6000];
	const char *const list[] = { text, NULL };

	for (size_t i = 0; i < 14; i++) {
		struct vws_flow *f = vws_flow_new("f", "web1");

		d = i < 8 ? vw_flowprop_desc_get(i) : vw_flowattr_desc_get(i - 8);
		memset(text, '9', sizeof(text) - 1);
		memcpy(text, d->name, strlen(d->name));
		text[strlen(d->name)] = '=';
		assert_true((i < 8 ? vwp_flow_props(*state, f, list)
				   : vwp_flow_attrs(*state, f, list)) < 0);
		memset(text, 'x', sizeof(text) - 1);
		assert_true(vwp_flow_props(*state, f, list) < 0);
		assert_true(vwp_flow_attrs(*state, f, list) < 0);
		vws_flow_free(f);
	}
}

#define T(name)	cmocka_unit_test_setup(name, fresh_handle)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(attributes_become_canonical),
		T(attributes_that_say_nothing_clear_are_refused),
		T(a_misspelt_attribute_is_told_with_the_nearest),
		T(a_match_is_what_the_engine_compares),
		T(properties_become_canonical_and_reach_the_engine),
		T(wrong_properties_are_refused),
		T(a_property_is_shown_as_the_engine_holds_it),
		T(both_tables_say_what_they_hold),
		T(texts_of_any_length_are_refused_safely),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

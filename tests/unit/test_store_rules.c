/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every rule of the validator, and what it says when it is broken. */
#include "unit.h"

#define HEAD	"{\"vwire\": 1, \"links\": {"
#define DOC(links)	HEAD links "}}"
#define MAC	"\"mac\": \"2:8:20:1:2:3\""
#define VNIC(rest)	DOC("\"x1\": {\"class\": \"vnic\", \"over\": \"net0\", " MAC rest "}")
#define AGGR(rest)	DOC("\"a1\": {\"class\": \"aggr\", \"ports\": [\"e0\"]" rest "}")
#define BRIDGE(rest)	DOC("\"br\": {\"class\": \"bridge\"" rest "}")
#define TUN(rest)	DOC("\"t1\": {\"class\": \"iptun\"" rest "}")

static struct vw_handle handle;

static int parse(const char *text, size_t len)
{
	struct vws_doc *d = NULL;
	int rc;

	memset(&handle, 0, sizeof(handle));
	rc = vws_parse(&handle, "f", text, len, &d);
	if (rc < 0)
		assert_null(d);
	vws_doc_free(d);
	return rc;
}

struct row { const char *text, *message; };

static void refused(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(parse(rows[i].text, strlen(rows[i].text)), VW_ERR_CONFIG);
		assert_string_equal(vw_error_message(&handle), rows[i].message);
	}
}
#define REFUSED(rows)	refused(rows, VWU_ARRAY_SIZE(rows))

static void good_documents_are_accepted(void **state)
{
	static const char *const good[] = {
		"{\"vwire\":1,\"links\":{}}",
		" {\n \"links\" : { } ,\r\n\t\"generation\":9223372036854775807,\"vwire\":1 } \n",
		VNIC(""), VNIC(", \"vid\": 4094, \"zone\": \"web\", \"macaddrtype\": \"random\""),
		VNIC(", \"zone\": \"/run/netns/a\", \"forced\": true, \"props\": {\"mtu\": "
		  "\"1400\"}"),
		VNIC(", \"zone\": \"1234\", \"props\": {}, \"forced\": false"),
		DOC("\"v1\": {\"vid\": 1, \"over\": \"eth0\", \"class\": \"vlan\"}"),
		DOC("\"s1\": {\"class\": \"etherstub\"}"),
		AGGR(""), AGGR(", \"lacp\": \"passive\", \"timer\": \"long\", \"policy\": "
		  "\"L2,L3\""),
		BRIDGE(""), BRIDGE(", \"ports\": [\"e0\", \"e1\"], \"priority\": 0, \"maxage\": 6,"
			" \"hello\": 1, \"fwddelay\": 4, \"stp\": \"off\""),
		TUN(", \"tunnel\": \"ipv4\", \"local\": \"192.0.2.1\", \"remote\": \"192.0.2.2\""),
		TUN(", \"tunnel\": \"ipv6\", \"local\": \"2001:db8::1\""),
		TUN(", \"tunnel\": \"6to4\", \"local\": \"192.0.2.1\""),
		DOC("\"sim0\": {\"class\": \"simnet\", \"over\": \"sim1\"},"
		    "\"sim1\": {\"class\": \"simnet\", \"over\": \"sim0\", " MAC "}"),
		DOC("\"\\u0065th0\": {\"class\": \"phys\", \"props\": {\"mtu\": \"9000\"}}"),
		DOC("\"b\\\"\\\\\xc3\xb6\": {\"class\": \"phys\"}"),
		DOC("\"tun0\": {\"class\": \"misc\", \"zone\": \"a\"}"),
		DOC("\"x1\": {\"class\": \"vnic\", \"over\": \"e0\", " MAC "},"
		    "\"x2\": {\"class\": \"vnic\", \"over\": \"e1\", " MAC "}"),
		DOC("\"v1\": {\"class\": \"vlan\", \"over\": \"a1\", \"vid\": 7},"
		    "\"a1\": {\"class\": \"aggr\", \"ports\": [\"e0\", \"e1\"]},"
		    "\"br\": {\"class\": \"bridge\", \"ports\": [\"v1\", \"a1\"]}"),
	};

	(void)state;
	for (size_t i = 0; i < VWU_ARRAY_SIZE(good); i++)
		if (parse(good[i], strlen(good[i])) != VW_OK)
			fail_msg("%s: %s", good[i], vw_error_message(&handle));
}

static void broken_json_is_refused_with_its_line(void **state)
{
	static const struct row rows[] = {
		{ "", "f: line 1: the text ends too early" },
		{ "{", "f: line 1: the text ends too early" },
		{ "{\n\n", "f: line 3: the text ends too early" },
		{ "{\"vwire\"", "f: line 1: the text ends too early" },
		{ "{\"vwire\" 1}", "f: line 1: ':' is missing after the name of a member" },
		{ "{\"vwire\": 1,}", "f: line 1: the name of a member in quotes is missing" },
		{ "{\"vwire\": 1 \"links\": {}}", "f: line 1: ',' or '}' is missing" },
		{ "{vwire: 1}", "f: line 1: the name of a member in quotes is missing" },
		{ "{'vwire': 1}", "f: line 1: the name of a member in quotes is missing" },
		{ "// x\n{}", "f: line 1: a value is missing or malformed" },
		{ "\xef\xbb\xbf{}", "f: line 1: a value is missing or malformed" },
		{ "{\"vwire\": 01}", "f: line 1: a number is malformed" },
		{ "{\"vwire\": 1.}", "f: line 1: a number is malformed" },
		{ "{\"vwire\": 1e}", "f: line 1: a number is malformed" },
		{ "{\"vwire\": 0x1}", "f: line 1: a number is malformed" },
		{ "{\"vwire\": 1\"", "f: line 1: a number is malformed" },
		{ "{\"vwire\": -}", "f: line 1: a number is malformed" },
		{ "{\"vwire\": NaN}", "f: line 1: a value is missing or malformed" },
		{ "{\"vwire\": tru}", "f: line 1: a value is missing or malformed" },
		{ DOC("") "x", "f: line 1: more text follows after the end" },
		{ DOC("") "\n\n{}", "f: line 3: more text follows after the end" },
		{ "{\"vwire", "f: line 1: a string does not end" },
		{ "{\"vwire\\", "f: line 1: a string does not end" },
		{ "{\"vw\nire\": 1}", "f: line 1: a control character in a string" },
		{ "{\"vw\xffire\": 1}", "f: line 1: a string is not UTF-8" },
		{ "{\"vw\\xire\": 1}", "f: line 1: an escape in a string is malformed" },
		{ "{\"vw\\u00g0\": 1}", "f: line 1: an escape in a string is malformed" },
		{ "{\"vw\\u0000\": 1}", "f: line 1: a string holds a NUL character" },
		{ "{\"vw\\ud800\": 1}", "f: line 1: half of a surrogate pair in a string" },
		{ "{\"vw\\ud800\\u0041\": 1}", "f: line 1: half of a surrogate pair in a string" },
		{ AGGR(", \"timer\": [1 2]"), "f: line 1: ',' or ']' is missing" },
	};

	(void)state;
	REFUSED(rows);
	assert_int_equal(parse(DOC("") "\0", sizeof(DOC("") "\0") - 1), VW_ERR_CONFIG);
	assert_string_equal(vw_error_message(&handle), "f: line 1: more text follows after the "
	  "end");
}

static void nesting_has_a_bound(void **state)
{
	static char deep[20100];
	static const size_t depths[] = { 31, 32, 10000 };

	(void)state;
	for (size_t i = 0; i < VWU_ARRAY_SIZE(depths); i++) {
		strcpy(deep, "{\"vwire\": ");
		memset(deep + strlen(deep), '[', depths[i]);
		deep[10 + depths[i]] = '\0';
		memset(deep + strlen(deep), ']', depths[i]);
		deep[10 + 2 * depths[i]] = '\0';
		strcat(deep, "}");
		assert_int_equal(parse(deep, strlen(deep)), VW_ERR_CONFIG);
		assert_string_equal(vw_error_message(&handle),
				    depths[i] < 32 ? "f: vwire: must be a number from 1 to 1, is "
				      "a list"
						   : "f: line 1: nested more than 32 deep");
	}
}

static void the_document_has_its_members_once(void **state)
{
	static const struct row rows[] = {
		{ "[]", "f: document: must be an object, is a list" },
		{ "7", "f: document: must be an object, is 7" },
		{ "{}", "f: vwire: is missing" },
		{ "{\"vwire\": 1}", "f: links: is missing" },
		{ "{\"vwire\": 2, \"links\": {}}", "f: vwire: must be a number from 1 to 1, is 2" },
		{ "{\"vwire\": \"1\"}", "f: vwire: must be a number from 1 to 1, is \"1\"" },
		{ "{\"vwire\": 1.0}", "f: vwire: must be a number from 1 to 1, is 1.0" },
		{ "{\"vwire\": 1, \"vwire\": 1}", "f: vwire: is there twice" },
		{ "{\"generation\": -1}",
		  "f: generation: must be a number from 0 to 9223372036854775807, is -1" },
		{ "{\"generation\": 99999999999999999999}",
		  "f: generation: must be a number from 0 to 9223372036854775807, "
		  "is 99999999999999999999" },
		{ "{\"links\": []}", "f: links: must be an object, is a list" },
		{ "{\"links\": null}", "f: links: must be an object, is null" },
		{ "{\"links\": {}, \"links\": {}}", "f: links: is there twice" },
		{ "{\"netns\": 1}", "f: netns: is no member known here" },
		{ "{\"flows\": []}", "f: flows: must be an object, is a list" },
		{ "{\"flow\": {}}", "f: flow: is no member known here" },
		{ "{\"x\\u001b[31m\": 1}", "f: x\\x1b[31m: is no member known here" },
	};

	(void)state;
	REFUSED(rows);
	assert_int_equal(parse("{\"link\": {}}", 12), VW_ERR_CONFIG);
	assert_string_equal(vw_error_hint(&handle), "did you mean 'links'?");
}

static void a_link_has_the_members_of_its_class(void **state)
{
	static const struct row rows[] = {
		{ DOC("\"x1\": 5"), "f: links.x1: must be an object, is 5" },
		{ DOC("\"x1\": {}"), "f: links.x1.class: is missing" },
		{ DOC("\"x1\": {\"class\": \"nic\"}"),
		  "f: links.x1.class: must be \"phys\", \"vnic\", \"etherstub\", \"vlan\", "
		    "\"aggr\", "
		  "\"simnet\", \"bridge\", \"iptun\" or \"misc\", is \"nic\"" },
		{ DOC("\"x1\": {\"class\": 5}"), "f: links.x1.class: must be a string, is 5" },
		{ DOC("\"x1\": {\"class\": \"etherstub\", \"class\": \"vnic\"}"),
		  "f: links.x1.class: is there twice" },
		{ DOC("\"s1\": {\"class\": \"etherstub\"}, \"s1\": {\"class\": \"etherstub\"}"),
		  "f: links.s1: is there twice" },
		{ DOC("\"s1\": {\"class\": \"etherstub\"}, \"\\u00731\": {\"class\": "
		  "\"etherstub\"}"),
		  "f: links.s1: is there twice" },
		{ DOC("\"x1\": {\"class\": \"vnic\", " MAC "}"), "f: links.x1.over: is missing" },
		{ DOC("\"x1\": {\"class\": \"vnic\", \"over\": \"e0\"}"),
		  "f: links.x1.mac: is missing" },
		{ DOC("\"x1\": {\"class\": \"vlan\", \"over\": \"e0\"}"),
		  "f: links.x1.vid: is missing" },
		{ DOC("\"x1\": {\"class\": \"vlan\", \"vid\": 5}"), "f: links.x1.over: is missing"
		  },
		{ DOC("\"x1\": {\"class\": \"aggr\"}"), "f: links.x1.ports: is missing" },
		{ TUN(""), "f: links.t1.tunnel: is missing" },
		{ VNIC(", \"lacp\": \"off\""),
		  "f: links.x1.lacp: a link of class vnic has no such member" },
		{ DOC("\"s1\": {\"class\": \"etherstub\", \"zone\": \"a\"}"),
		  "f: links.s1.zone: a link of class etherstub has no such member" },
		{ DOC("\"e0\": {\"class\": \"phys\", " MAC "}"),
		  "f: links.e0.mac: a link of class phys has no such member" },
		{ VNIC(", \"removed\": true"), "f: links.x1.removed: is no member known here" },
		{ VNIC(", \"Over\": \"e0\""), "f: links.x1.Over: is no member known here" },
		{ VNIC(", \"\": 1"), "f: links.x1.: is no member known here" },
	};

	(void)state;
	REFUSED(rows);
	assert_int_equal(parse(VNIC(", \"Over\": 1"), strlen(VNIC(", \"Over\": 1"))),
	  VW_ERR_CONFIG);
	assert_string_equal(vw_error_hint(&handle), "did you mean 'over'?");
}

static void names_follow_the_rules_of_their_class(void **state)
{
	static const struct row rows[] = {
		{ DOC("\"web\": {\"class\": \"etherstub\"}"),
		  "f: links.web: the name does not end in a number" },
		{ DOC("\"\": {\"class\": \"etherstub\"}"), "f: links.: the name is empty" },
		{ DOC("\"abcdefghijklmnopqrstuvwxyzabcde1\": {\"class\": \"etherstub\"}"),
		  "f: links.abcdefghijklmnopqrstuvwxyzabcde1: the name is longer than 31 bytes" },
		{ DOC("\"default\": {\"class\": \"bridge\"}"),
		  "f: links.default: the name is reserved" },
		{ DOC("\"a b\": {\"class\": \"phys\"}"),
		  "f: links.a b: the name holds '/', ':' or a blank" },
		{ DOC("\"..\": {\"class\": \"phys\"}"), "f: links...: the name is no name" },
		{ DOC("\"e\\u202e0\": {\"class\": \"phys\"}"),
		  "f: links.e\\xe2\\x80\\xae0: the name holds a control or invisible character" },
		{ DOC("\"e\\u001b0\": {\"class\": \"misc\"}"),
		  "f: links.e\\x1b0: the name holds a control or invisible character" },
	};

	(void)state;
	REFUSED(rows);
}

static void values_stay_in_their_range(void **state)
{
	static const struct row rows[] = {
		{ VNIC(", \"vid\": 5000"),
		  "f: links.x1.vid: must be a number from 1 to 4094, is 5000" },
		{ VNIC(", \"vid\": 0"), "f: links.x1.vid: must be a number from 1 to 4094, is 0" },
		{ VNIC(", \"vid\": \"5\""),
		  "f: links.x1.vid: must be a number from 1 to 4094, is \"5\"" },
		{ VNIC(", \"vid\": 5e0"), "f: links.x1.vid: must be a number from 1 to 4094, is "
		  "5e0" },
		{ VNIC(", \"vid\": {\"a\": [1]}"),
		  "f: links.x1.vid: must be a number from 1 to 4094, is an object" },
		{ VNIC(", \"forced\": 1"), "f: links.x1.forced: must be true or false, is 1" },
		{ VNIC(", \"macaddrtype\": \"auto\""),
		  "f: links.x1.macaddrtype: must be \"fixed\", \"random\" or \"factory\", is "
		    "\"auto\"" },
		{ AGGR(", \"lacp\": \"on\""),
		  "f: links.a1.lacp: must be \"off\", \"active\" or \"passive\", is \"on\"" },
		{ AGGR(", \"timer\": \"fast\""),
		  "f: links.a1.timer: must be \"short\" or \"long\", is \"fast\"" },
		{ AGGR(", \"policy\": \"L5\""),
		  "f: links.a1.policy: must be \"L2\", \"L3\", \"L2,L3\", \"L4\", \"L2,L4\", "
		    "\"L3,L4\" or "
		  "\"L2,L3,L4\", is \"L5\"" },
		{ BRIDGE(", \"priority\": 61441"),
		  "f: links.br.priority: must be a number from 0 to 61440, is 61441" },
		{ BRIDGE(", \"priority\": 100"),
		  "f: links.br.priority: must be a multiple of 4096, is 100" },
		{ BRIDGE(", \"maxage\": 5"), "f: links.br.maxage: must be a number from 6 to 40, "
		  "is 5" },
		{ BRIDGE(", \"hello\": 11"), "f: links.br.hello: must be a number from 1 to 10, "
		  "is 11" },
		{ BRIDGE(", \"fwddelay\": 3"),
		  "f: links.br.fwddelay: must be a number from 4 to 30, is 3" },
		{ BRIDGE(", \"maxage\": 40"),
		  "f: links.br.maxage: must be at most 2 * (fwddelay - 1) = 28, is 40" },
		{ BRIDGE(", \"maxage\": 6, \"hello\": 10"),
		  "f: links.br.maxage: must be at least 2 * (hello + 1) = 22, is 6" },
		{ BRIDGE(", \"stp\": true"), "f: links.br.stp: must be a string, is true" },
	};

	(void)state;
	REFUSED(rows);
}

static void texts_are_what_they_should_be(void **state)
{
	static const struct row rows[] = {
		{ DOC("\"x1\": {\"class\": \"vnic\", \"over\": \"e0\", \"mac\": \"2:8:20\"}"),
		  "f: links.x1.mac: must be a MAC address such as \"2:8:20:1:2:3\", is \"2:8:20\""
		    },
		{ DOC("\"x1\": {\"class\": \"vnic\", \"over\": \"e0\", \"mac\": \"1:0:5e:1:2:3\"}"),
		  "f: links.x1.mac: '1:0:5e:1:2:3' is a multicast address" },
		{ DOC("\"x1\": {\"class\": \"vnic\", \"over\": \"e0\", \"mac\": \"0:0:0:0:0:0\"}"),
		  "f: links.x1.mac: '0:0:0:0:0:0' is all zeros" },
		{ DOC("\"x1\": {\"class\": \"vnic\", \"over\": \"e0\", \"mac\": 5}"),
		  "f: links.x1.mac: must be a MAC address, is 5" },
		{ DOC("\"s1\": {\"class\": \"simnet\", \"macaddrtype\": \"fixed\"}"),
		  "f: links.s1.macaddrtype: needs a member mac" },
		{ DOC("\"x1\": {\"class\": \"vnic\", \"over\": \"\", " MAC "}"),
		  "f: links.x1.over: '' is empty" },
		{ DOC("\"x1\": {\"class\": \"vnic\", \"over\": \"a/b\", " MAC "}"),
		  "f: links.x1.over: 'a/b' holds '/', ':' or a blank" },
		{ DOC("\"x1\": {\"class\": \"vnic\", \"over\": 7, " MAC "}"),
		  "f: links.x1.over: must be the name of a link, is 7" },
		{ DOC("\"a1\": {\"class\": \"aggr\", \"ports\": []}"),
		  "f: links.a1.ports: must name at least one link" },
		{ DOC("\"a1\": {\"class\": \"aggr\", \"ports\": \"e0\"}"),
		  "f: links.a1.ports: must be a list of links, is \"e0\"" },
		{ DOC("\"a1\": {\"class\": \"aggr\", \"ports\": [\"e0\", 5]}"),
		  "f: links.a1.ports: must be the name of a link, is 5" },
		{ DOC("\"a1\": {\"class\": \"aggr\", \"ports\": [\"e0\", \"e1\", \"e0\"]}"),
		  "f: links.a1.ports: names 'e0' twice" },
		{ VNIC(", \"zone\": \"\""), "f: links.x1.zone: is empty" },
		{ VNIC(", \"zone\": \"a/b\""),
		  "f: links.x1.zone: 'a/b' is neither a name nor a path from /" },
		{ VNIC(", \"zone\": \"a\\n\""),
		  "f: links.x1.zone: 'a\\x0a' holds a control or invisible character" },
		{ VNIC(", \"zone\": 12"),
		  "f: links.x1.zone: must be the name, path or pid of a zone, is 12" },
		{ VNIC(", \"props\": []"), "f: links.x1.props: must be an object, is a list" },
		{ VNIC(", \"props\": {\"mtu\": 1500}"),
		  "f: links.x1.props.mtu: must be a string, is 1500" },
		{ VNIC(", \"props\": {\"mtu\": \"1\", \"mtu\": \"1\"}"),
		  "f: links.x1.props.mtu: is there twice" },
		{ VNIC(", \"props\": {\"\": \"1\"}"), "f: links.x1.props: the name '' is empty" },
		{ VNIC(", \"props\": {\"a b\": \"1\"}"),
		  "f: links.x1.props: the name 'a b' holds a character other than letters, digits, "
		  "'_', '.' and '-'" },
		{ VNIC(", \"props\": {\"alias\": \"\\u202e\"}"),
		  "f: links.x1.props.alias: '\\xe2\\x80\\xae' holds a control or invisible "
		    "character" },
		{ TUN(", \"tunnel\": \"gre\""),
		  "f: links.t1.tunnel: must be \"ipv4\", \"ipv6\" or \"6to4\", is \"gre\"" },
		{ TUN(", \"tunnel\": \"ipv4\", \"local\": \"::1\""),
		  "f: links.t1.local: must be an IPv4 address, is \"::1\"" },
		{ TUN(", \"tunnel\": \"ipv6\", \"remote\": \"192.0.2.1\""),
		  "f: links.t1.remote: must be an IPv6 address, is \"192.0.2.1\"" },
		{ TUN(", \"tunnel\": \"ipv4\", \"local\": \"host\""),
		  "f: links.t1.local: must be an IP address, is \"host\"" },
		{ TUN(", \"tunnel\": \"6to4\""), "f: links.t1.local: is missing" },
		{ TUN(", \"tunnel\": \"6to4\", \"local\": \"192.0.2.1\", \"remote\": "
		  "\"192.0.2.2\""),
		  "f: links.t1.remote: a 6to4 tunnel has none" },
	};

	(void)state;
	REFUSED(rows);
}

static void links_fit_together(void **state)
{
	static const struct row rows[] = {
		{ DOC("\"v1\": {\"class\": \"vlan\", \"over\": \"v1\", \"vid\": 7}"),
		  "f: links.v1.over: goes round in a circle" },
		{ DOC("\"a1\": {\"class\": \"aggr\", \"ports\": [\"e0\", \"a1\"]}"),
		  "f: links.a1.ports: goes round in a circle" },
		{ DOC("\"v1\": {\"class\": \"vlan\", \"over\": \"a1\", \"vid\": 7},"
		      "\"a1\": {\"class\": \"aggr\", \"ports\": [\"e0\", \"v1\"]}"),
		  "f: links.a1.ports: goes round in a circle" },
		{ DOC("\"x1\": {\"class\": \"vlan\", \"over\": \"x2\", \"vid\": 7},"
		      "\"x2\": {\"class\": \"vlan\", \"over\": \"x3\", \"vid\": 7},"
		      "\"x3\": {\"class\": \"vlan\", \"over\": \"x2\", \"vid\": 7}"),
		  "f: links.x3.over: goes round in a circle" },
		{ DOC("\"x1\": {\"class\": \"vnic\", \"over\": \"e0\", " MAC "},"
		      "\"x2\": {\"class\": \"vnic\", \"over\": \"e0\", \"mac\": "
		        "\"02-08-20-01-02-03\"}"),
		  "f: links.x2.mac: 2:8:20:1:2:3 is the address of 'x1' over 'e0' already" },
		{ DOC("\"sim0\": {\"class\": \"simnet\", \"over\": \"sim0\"}"),
		  "f: links.sim0.over: goes round in a circle" },
		{ DOC("\"sim0\": {\"class\": \"simnet\", \"over\": \"s1\"},"
		      "\"s1\": {\"class\": \"etherstub\"}"),
		  "f: links.sim0.over: 's1' is no simnet" },
		{ DOC("\"sim0\": {\"class\": \"simnet\", \"over\": \"sim1\"},"
		      "\"sim1\": {\"class\": \"simnet\", \"over\": \"sim2\"},"
		      "\"sim2\": {\"class\": \"simnet\"}"),
		  "f: links.sim0.over: 'sim1' is cabled to 'sim2'" },
	};

	(void)state;
	REFUSED(rows);
}

static void bounds_are_kept(void **state)
{
	struct vwu_str b = { 0 };

	(void)state;
	vwu_str_add(&b, HEAD "\"e0\": {\"class\": \"phys\", \"props\": {");
	for (int i = 0; i < 100000; i++)
		vwu_str_addf(&b, "%s\"p%d\": \"1\"", i ? ", " : "", i);
	vwu_str_add(&b, "}}}}");
	assert_int_equal(parse(b.s, b.len), VW_ERR_CONFIG);
	assert_string_equal(vw_error_message(&handle),
			    "f: links.e0.props: holds more than 256 properties");
	vwu_str_free(&b);
	vwu_str_add(&b, HEAD "\"br\": {\"class\": \"bridge\", \"ports\": [\"e0\"");
	for (int i = 1; i < 1025; i++)
		vwu_str_addf(&b, ", \"e%d\"", i);
	vwu_str_add(&b, "]}}}");
	assert_int_equal(parse(b.s, b.len), VW_ERR_CONFIG);
	assert_string_equal(vw_error_message(&handle), "f: links.br.ports: holds more than 1024 "
	  "links");
	vwu_str_free(&b);
	vwu_str_add(&b, HEAD "\"e0\": {\"class\": \"phys\", \"props\": {\"alias\": \"");
	for (int i = 0; i < 4224; i++)
		vwu_str_add(&b, "x");
	vwu_str_add(&b, "\"}}}}");
	assert_int_equal(parse(b.s, b.len), VW_ERR_CONFIG);
	assert_string_equal(vw_error_message(&handle),
			    "f: links.e0.props.alias: is longer than 4223 bytes");
	vwu_str_free(&b);
}

static void a_long_chain_is_no_circle(void **state)
{
	struct vwu_str b = { 0 };

	(void)state;
	vwu_str_add(&b, HEAD);
	for (int i = 0; i < 100000; i++)
		vwu_str_addf(&b, "%s\"v%d\": {\"class\": \"vlan\", \"over\": \"v%d\", \"vid\": 1}",
			     i ? ", " : "", i, i + 1);
	vwu_str_add(&b, "}}");
	assert_int_equal(parse(b.s, b.len), VW_OK);
	vwu_str_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_documents_are_accepted),
		cmocka_unit_test(broken_json_is_refused_with_its_line),
		cmocka_unit_test(nesting_has_a_bound),
		cmocka_unit_test(the_document_has_its_members_once),
		cmocka_unit_test(a_link_has_the_members_of_its_class),
		cmocka_unit_test(names_follow_the_rules_of_their_class),
		cmocka_unit_test(values_stay_in_their_range),
		cmocka_unit_test(texts_are_what_they_should_be),
		cmocka_unit_test(links_fit_together),
		cmocka_unit_test(bounds_are_kept),
		cmocka_unit_test(a_long_chain_is_no_circle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Documents in memory: canonical text, and lines replaced in it. */
#include "unit.h"

static const char canonical[] =
	"{\"vwire\": 1, \"generation\": 7, \"links\": {\n"
	"\"stub1\": {\"class\": \"etherstub\"},\n"
	"\"web1\": {\"class\": \"vnic\", \"over\": \"stub1\", \"vid\": 10, "
	"\"mac\": \"2:8:20:1:2:3\", \"macaddrtype\": \"random\", \"zone\": \"web\", \"props\": {\"mtu\": \"1400\"}},\n"
	"\"aggr0\": {\"class\": \"aggr\", \"ports\": [\"nxge0\", \"nxge1\"], \"lacp\": \"active\", "
	"\"timer\": \"short\", \"policy\": \"L4\", \"forced\": true},\n"
	"\"eth1\": {\"class\": \"phys\", \"props\": {\"mtu\": \"9000\", "
	"\"alias\": \"a \\\"b\\\" \\\\\"}},\n"
	"\"sim0\": {\"class\": \"simnet\", \"over\": \"sim1\", \"mac\": \"2:8:20:1:2:4\", "
	"\"macaddrtype\": \"random\"},\n"
	"\"br\": {\"class\": \"bridge\", \"ports\": [\"sim0\"], \"priority\": 32768, "
	"\"maxage\": 20, \"hello\": 2, \"fwddelay\": 15, \"stp\": \"on\"},\n"
	"\"tun0\": {\"class\": \"iptun\", \"tunnel\": \"ipv4\", \"local\": \"192.0.2.1\", "
	"\"remote\": \"192.0.2.2\"},\n"
	"\"vlan7\": {\"class\": \"vlan\", \"over\": \"eth0\", \"vid\": 7}\n"
	"}}\n";

static struct vws_doc *parse(struct vw_handle *h, const char *text)
{
	struct vws_doc *d;

	if (vws_parse(h, "f", text, strlen(text), &d) != VW_OK)
		fail_msg("%s", vw_error_message(h));
	return d;
}

/* Save @text and load it again: a document of lines, not of parsed links. */
static struct vws_doc *reload(struct vw_handle *h, const char *text)
{
	struct vws_doc *d = parse(h, text);

	assert_int_equal(vws_lock(h), VW_OK);
	assert_int_equal(vws_commit(h, VWS_SAVED, d), VW_OK);
	vws_unlock(h);
	vws_doc_free(d);
	assert_int_equal(vws_load(h, VWS_SAVED, &d), VW_OK);
	return d;
}

static void prints(const struct vws_doc *d, const char *want)
{
	char *text = vws_print(d);

	assert_string_equal(text, want);
	free(text);
}

static void the_canonical_form_comes_back(void **state)
{
	struct vws_doc *d = parse(*state, canonical);

	prints(d, canonical);
	assert_int_equal(vws_doc_count(d), 8);
	assert_int_equal(vws_doc_generation(d), 7);
	assert_false(vws_doc_changed(d));
	vws_doc_free(d);
}

static void any_form_becomes_the_canonical_one(void **state)
{
	struct vws_doc *d = parse(*state, "{ \"links\":{\"br0\":{\"hello\":2,\"class\":\"bridge\"},"
		"\"web1\":{\"mac\":\"02-08-20-0a-00-01\",\"class\":\"vnic\",\n"
		"\"over\":\"\\u0065th0\"}},"
		"\"vwire\":1}");

	prints(d, "{\"vwire\": 1, \"generation\": 0, \"links\": {\n"
		  "\"br0\": {\"class\": \"bridge\", \"priority\": 32768, \"maxage\": 20, "
		    "\"hello\": 2, "
		  "\"fwddelay\": 15, \"stp\": \"on\"},\n"
		  "\"web1\": {\"class\": \"vnic\", \"over\": \"eth0\", \"mac\": \"2:8:20:a:0:1\", "
		  "\"macaddrtype\": \"fixed\"}\n"
		  "}}\n");
	vws_doc_free(d);
}

static void an_absent_file_is_an_empty_document(void **state)
{
	struct vws_doc *d;

	assert_int_equal(vws_load(*state, VWS_SAVED, &d), VW_OK);
	prints(d, "{\"vwire\": 1, \"generation\": 0, \"links\": {\n}}\n");
	assert_int_equal(vws_doc_count(d), 0);
	assert_null(vws_doc_at(d, 0));
	assert_null(vws_doc_find(d, "x1"));
	vws_doc_free(d);
}

static void every_member_is_read(void **state)
{
	struct vws_doc *d = parse(*state, canonical);
	const struct vws_link *l = vws_doc_find(d, "web1");

	assert_int_equal(l->cls, VW_CLASS_VNIC);
	assert_string_equal(l->over, "stub1");
	assert_int_equal(l->vid, 10);
	assert_true(l->has_mac);
	assert_int_equal(l->mac[3], 1);
	assert_int_equal(l->mac_type, VW_MAC_RANDOM);
	assert_string_equal(l->zone, "web");
	assert_string_equal(vws_link_prop(l, "mtu"), "1400");
	assert_null(vws_link_prop(l, "alias"));
	l = vws_doc_find(d, "aggr0");
	assert_string_equal(l->ports[0], "nxge0");
	assert_string_equal(l->ports[1], "nxge1");
	assert_null(l->ports[2]);
	assert_int_equal(l->lacp, VW_LACP_ACTIVE);
	assert_int_equal(l->timer, VW_LACP_SHORT);
	assert_int_equal(l->policy, VW_AGGR_L4);
	assert_true(l->forced);
	l = vws_doc_find(d, "br");
	assert_int_equal(l->priority, 32768);
	assert_int_equal(l->max_age_s, 20);
	assert_int_equal(l->stp, 1);
	l = vws_doc_find(d, "tun0");
	assert_int_equal(l->tunnel, VW_IPTUN_IPV4);
	assert_string_equal(l->remote, "192.0.2.2");
	assert_string_equal(vws_link_prop(vws_doc_find(d, "eth1"), "alias"), "a \"b\" \\");
	assert_int_equal(vws_doc_find(d, "vlan7")->vid, 7);
	assert_null(vws_doc_find(d, "vlan8"));
	assert_null(vws_doc_find(d, ""));
	assert_null(vws_doc_find(d, "a name longer than any link can have"));
	vws_doc_free(d);
}

static void a_copy_equals_the_original(void **state)
{
	struct vws_doc *d = parse(*state, canonical), *e = parse(*state,
		"{\"vwire\": 1, \"generation\": 7, \"links\": {}}");

	for (size_t i = 0; i < vws_doc_count(d); i++)
		put(*state, e, vws_link_dup(vws_doc_at(d, i)));
	prints(e, canonical);
	vws_doc_free(d);
	vws_doc_free(e);
}

static void putting_what_is_there_changes_nothing(void **state)
{
	struct vws_doc *d = reload(*state, canonical);
	const struct vws_link *l = vws_doc_find(d, "web1");

	assert_int_equal(vws_doc_put(*state, d, l), VW_OK);
	assert_false(vws_doc_changed(d));
	assert_int_equal(vws_doc_del(*state, d, "no1"), VW_OK);
	assert_false(vws_doc_changed(d));
	vws_doc_free(d);
}

static void one_line_is_replaced_and_no_other(void **state)
{
	struct vws_doc *d = reload(*state, canonical);
	struct vws_link *l = vws_link_dup(vws_doc_find(d, "web1"));
	char *text, *line;

	assert_int_equal(vws_link_set_prop(*state, l, "mtu", "1300"), VW_OK);
	put(*state, d, l);
	assert_true(vws_doc_changed(d));
	assert_string_equal(vws_link_prop(vws_doc_find(d, "web1"), "mtu"), "1300");
	text = vws_print(d);
	line = strstr(text, "1300");
	assert_non_null(line);
	memcpy(line, "1400", 4);
	memcpy(strstr(text, "\"generation\": 8"), "\"generation\": 7", 15);
	assert_string_equal(text, canonical);
	free(text);
	vws_doc_free(d);
}

static void a_bad_link_is_not_put(void **state)
{
	struct vws_doc *d = reload(*state, canonical);
	struct vws_link *l = vnic("web", "stub1", 1);

	assert_int_equal(vws_doc_put(*state, d, l), VW_ERR_BADVAL);
	assert_string_equal(vw_error_message(*state),
			    "links.web: the name does not end in a number");
	vws_link_free(l);
	l = vnic("web2", "stub1", 1);
	l->vid = 4095;
	assert_int_equal(vws_doc_put(*state, d, l), VW_ERR_BADVAL);
	assert_string_equal(vw_error_message(*state),
			    "links.web2.vid: must be a number from 1 to 4094, is 4095");
	vws_link_free(l);
	l = vws_link_new("web3", VW_CLASS_VNIC | VW_CLASS_VLAN);
	assert_int_equal(vws_doc_put(*state, d, l), VW_ERR_BADVAL);
	vws_link_free(l);
	assert_false(vws_doc_changed(d));
	vws_doc_free(d);
}

static void a_circle_is_not_put(void **state)
{
	struct vws_doc *d = reload(*state, "{\"vwire\": 1, \"links\": {"
		"\"v1\": {\"class\": \"vlan\", \"over\": \"v2\", \"vid\": 1},"
		"\"v2\": {\"class\": \"vlan\", \"over\": \"a1\", \"vid\": 1}}}");
	struct vws_link *l = vws_link_new("a1", VW_CLASS_AGGR);

	l->ports = calloc(3, sizeof(*l->ports));
	l->ports[0] = strdup("e0");
	l->ports[1] = strdup("v1");
	assert_int_equal(vws_doc_put(*state, d, l), VW_ERR_BADVAL);
	assert_string_equal(vw_error_message(*state), "links.a1.ports: goes round in a circle");
	vws_link_free(l);
	assert_false(vws_doc_changed(d));
	vws_doc_free(d);
}

static void two_vnics_over_a_link_have_two_addresses(void **state)
{
	struct vws_doc *d = reload(*state, canonical);
	struct vws_link *l = vnic("web2", "stub1", 0x10203);
	static const uint8_t free_mac[6] = { 2, 8, 0x20, 9, 9, 9 };

	assert_true(vws_doc_has_mac(d, l->mac));
	assert_false(vws_doc_has_mac(d, free_mac));
	assert_int_equal(vws_doc_put(*state, d, l), VW_ERR_BADVAL);
	assert_string_equal(vw_error_message(*state),
			    "links.web2.mac: 2:8:20:1:2:3 is the address of 'web1' over 'stub1' "
			      "already");
	free(l->over);
	l->over = strdup("eth9");
	assert_int_equal(vws_doc_put(*state, d, l), VW_OK);
	vws_link_free(l);
	assert_int_equal(vws_doc_del(*state, d, "web1"), VW_OK);
	assert_true(vws_doc_has_mac(d, (uint8_t[]){ 2, 8, 0x20, 1, 2, 3 }));
	assert_int_equal(vws_doc_del(*state, d, "web2"), VW_OK);
	assert_false(vws_doc_has_mac(d, (uint8_t[]){ 2, 8, 0x20, 1, 2, 3 }));
	vws_doc_free(d);
}

static void a_new_name_is_said_everywhere(void **state)
{
	struct vws_doc *d = reload(*state, canonical);

	assert_int_equal(vws_doc_rename(*state, d, "stub1", "stub22"), VW_OK);
	assert_int_equal(vws_doc_rename(*state, d, "sim0", "wire5"), VW_OK);
	assert_int_equal(vws_doc_rename(*state, d, "nxge1", "lan1"), VW_OK);	/* not in here */
	assert_null(vws_doc_find(d, "stub1"));
	assert_string_equal(vws_doc_at(d, 0)->name, "stub22");	/* keeps its place */
	assert_string_equal(vws_doc_find(d, "web1")->over, "stub22");
	assert_string_equal(vws_doc_find(d, "br")->ports[0], "wire5");
	assert_string_equal(vws_doc_find(d, "aggr0")->ports[1], "lan1");
	assert_int_equal(vws_doc_rename(*state, d, "web1", "eth1"), VW_ERR_EXIST);
	assert_string_equal(vw_error_message(*state), "the name 'eth1' is taken");
	assert_int_equal(vws_doc_rename(*state, d, "web1", "we b"), VW_ERR_BADVAL);
	assert_int_equal(vws_doc_rename(*state, d, "stub22", "stub1"), VW_OK);
	assert_int_equal(vws_doc_rename(*state, d, "wire5", "sim0"), VW_OK);
	assert_int_equal(vws_doc_rename(*state, d, "lan1", "nxge1"), VW_OK);
	vws_doc_free(d);
}

static void both_ends_of_a_cable_agree_at_last(void **state)
{
	struct vws_doc *d = reload(*state, "{\"vwire\": 1, \"links\": {"
		"\"s1\": {\"class\": \"simnet\", \"over\": \"s2\"},"
		"\"s2\": {\"class\": \"simnet\", \"over\": \"s1\"},"
		"\"s3\": {\"class\": \"simnet\"}}}");
	struct vws_link *l = vws_link_dup(vws_doc_find(d, "s3"));

	l->over = strdup("s1");
	put(*state, d, l);
	assert_int_equal(vws_lock(*state), VW_OK);
	assert_int_equal(vws_commit(*state, VWS_SAVED, d), VW_ERR_BADVAL);
	assert_string_equal(vw_error_message(*state), "links.s3.over: 's1' is cabled to 's2'");
	l = vws_link_dup(vws_doc_find(d, "s1"));
	free(l->over);
	l->over = strdup("s3");
	put(*state, d, l);
	assert_int_equal(vws_doc_del(*state, d, "s2"), VW_OK);
	assert_int_equal(vws_commit(*state, VWS_SAVED, d), VW_OK);
	vws_unlock(*state);
	vws_doc_free(d);
}

/* -- random edits ---------------------------------------------------------------------------- */

static unsigned seed;

static unsigned pick(unsigned n)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 8) % n;
}

static struct vws_link *random_link(const char *name)
{
	static const char *const confusing[] = { "}},\\n\"web1\": {}", "\"mac\": \"2:8:20:0:0:1\""
	  };
	struct vws_link *l;
	char over[16];

	if (pick(4) == 0)
		return vws_link_new(name, VW_CLASS_ETHERSTUB);
	snprintf(over, sizeof(over), "base%u", pick(3));
	l = vnic(name, over, pick(1u << 20));
	l->vid = (uint16_t)pick(3);
	if (pick(3) == 0)
		assert_int_equal(vws_link_set_prop(NULL, l, "alias", confusing[pick(2)]), VW_OK);
	if (pick(3) == 0)
		l->zone = strdup("zone \"x\"");
	return l;
}

/* The same change in the document of lines and in the one that is parsed anew each time. */
static void change(struct vw_handle *h, struct vws_doc *d, struct vws_doc **model)
{
	char name[16], other[16];
	struct vws_link *l;
	char *text;
	int rc;

	snprintf(name, sizeof(name), "web%u", pick(40));
	snprintf(other, sizeof(other), "web%u", pick(40));
	switch (pick(4)) {
	case 0:
		assert_int_equal(vws_doc_del(h, d, name), VW_OK);
		assert_int_equal(vws_doc_del(h, *model, name), VW_OK);
		break;
	case 1:
		rc = vws_doc_rename(h, d, name, other);
		assert_int_equal(vws_doc_rename(h, *model, name, other), rc);
		break;
	default:
		l = random_link(name);
		rc = vws_doc_put(h, d, l);
		assert_int_equal(vws_doc_put(h, *model, l), rc);
		vws_link_free(l);
	}
	text = vws_print(*model);
	vws_doc_free(*model);
	*model = parse(h, text);
	free(text);
}

static void same(struct vws_doc *d, struct vws_doc *model)
{
	char *a = vws_print(d), *b = vws_print(model);
	size_t n = vws_doc_count(model);

	assert_string_equal(a, b);
	assert_int_equal(vws_doc_count(d), n);
	for (size_t i = 0; i < n; i++) {
		const struct vws_link *x = vws_doc_at(d, i), *y = vws_doc_at(model, i);

		assert_string_equal(x->name, y->name);
		assert_int_equal(x->cls, y->cls);
		assert_true(vws_doc_find(d, y->name) == x);
		assert_false(y->has_mac && !vws_doc_has_mac(d, y->mac));
	}
	free(a);
	free(b);
}

static void lines_replaced_equal_a_document_written_anew(void **state)
{
	struct vw_handle *h = *state;

	for (seed = 1; seed < 60; seed++) {
		unsigned rounds = 1 + seed % 12, keep_seed = seed;
		struct vws_doc *d = reload(h, canonical), *model;
		char *text = vws_print(d);

		model = parse(h, text);
		free(text);
		for (unsigned i = 0; i < rounds; i++) {
			/* few changes: lines are searched for; many: there is an index */
			for (unsigned k = 0; k < 1 + pick(6); k++)
				change(h, d, &model);
			if (pick(2) == 0)
				same(d, model);
			if (pick(3) != 0)
				continue;
			assert_int_equal(vws_lock(h), VW_OK);
			assert_int_equal(vws_commit(h, VWS_SAVED, d), VW_OK);
			vws_unlock(h);
			vws_doc_free(d);
			assert_int_equal(vws_load(h, VWS_SAVED, &d), VW_OK);
			text = vws_print(d);
			vws_doc_free(model);
			model = parse(h, text);
			free(text);
		}
		same(d, model);
		vws_doc_free(d);
		vws_doc_free(model);
		seed = keep_seed;
	}
}

static void the_temporary_document_belongs_to_one_namespace(void **state)
{
	struct vw_handle *h = *state, *other = store_open(h->root, 0, NETNS + 1);
	struct vws_link *l = vnic("web1", "e0", 1);
	struct vws_doc *d;

	assert_int_equal(vws_lock(h), VW_OK);
	assert_int_equal(vws_load(h, VWS_TEMPORARY, &d), VW_OK);
	l->removed = true;
	put(h, d, l);
	assert_int_equal(vws_commit(h, VWS_TEMPORARY, d), VW_OK);
	vws_unlock(h);
	prints(d, "{\"vwire\": 1, \"generation\": 1, \"netns\": 4026531840, \"links\": {\n"
		  "\"web1\": {\"class\": \"vnic\", \"removed\": true}\n}}\n");
	vws_doc_free(d);
	assert_int_equal(vws_load(h, VWS_TEMPORARY, &d), VW_OK);
	assert_true(vws_doc_find(d, "web1")->removed);
	vws_doc_free(d);
	assert_int_equal(vws_load(other, VWS_TEMPORARY, &d), VW_OK);
	assert_int_equal(vws_doc_count(d), 0);
	vws_doc_free(d);
	store_close(other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORE_TEST(the_canonical_form_comes_back),
		STORE_TEST(any_form_becomes_the_canonical_one),
		STORE_TEST(an_absent_file_is_an_empty_document),
		STORE_TEST(every_member_is_read),
		STORE_TEST(a_copy_equals_the_original),
		STORE_TEST(putting_what_is_there_changes_nothing),
		STORE_TEST(one_line_is_replaced_and_no_other),
		STORE_TEST(a_bad_link_is_not_put),
		STORE_TEST(a_circle_is_not_put),
		STORE_TEST(two_vnics_over_a_link_have_two_addresses),
		STORE_TEST(a_new_name_is_said_everywhere),
		STORE_TEST(both_ends_of_a_cable_agree_at_last),
		STORE_TEST(lines_replaced_equal_a_document_written_anew),
		STORE_TEST(the_temporary_document_belongs_to_one_namespace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

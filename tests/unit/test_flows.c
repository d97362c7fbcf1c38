/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Flows of a document: a second section of lines, checked as strictly as the first. */
#include <time.h>

#include "unit.h"

#define LINKS	"\"stub1\": {\"class\": \"etherstub\"},\n" \
		"\"web1\": {\"class\": \"vnic\", \"over\": \"stub1\", \"mac\": \"2:8:20:1:2:3\", " \
		"\"macaddrtype\": \"random\"}\n"
#define HEAD	"{\"vwire\": 1, \"generation\": 7, \"links\": {\n"

static const char canonical[] = HEAD LINKS
	"}, \"flows\": {\n"
	"\"tcp-flow1\": {\"link\": \"web1\", \"match\": {\"transport\": \"tcp\"}, "
	"\"props\": {\"maxbw\": \"30M\"}},\n"
	"\"https\": {\"link\": \"web1\", \"match\": {\"transport\": \"tcp\", "
	"\"local_port\": \"443\"}},\n"
	"\"cust1\": {\"link\": \"e\\\"th\", \"match\": {\"remote_ip\": \"192.0.2.0/24\"}, "
	"\"props\": {\"mac\": \"2:8:20:1:2:3\", \"note\": \"}}, \\\"flows\\\": {\"}},\n"
	"\"ef\": {\"link\": \"eth0\", \"match\": {\"dsfield\": \"0x2e:0xfc\"}}\n"
	"}}\n";

static struct vws_doc *parse(struct vw_handle *h, const char *text)
{
	struct vws_doc *d;

	if (vws_parse(h, "f", text, strlen(text), &d) != VW_OK)
		fail_msg("%s", vw_error_message(h));
	return d;
}

static void save(struct vw_handle *h, struct vws_doc *d)
{
	assert_int_equal(vws_lock(h), VW_OK);
	assert_int_equal(vws_commit(h, VWS_SAVED, d), VW_OK);
	vws_unlock(h);
}

/* Save @text and load it again: a document of lines, not of parsed flows. */
static struct vws_doc *reload(struct vw_handle *h, const char *text)
{
	struct vws_doc *d = parse(h, text);

	save(h, d);
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

static struct vws_flow *flow(const char *name, const char *link, const char *attr,
			     const char *value)
{
	struct vws_flow *f = vws_flow_new(name, link);

	assert_non_null(f);
	assert_int_equal(vws_flow_set_match(NULL, f, attr, value), VW_OK);
	return f;
}

static void put_flow(struct vw_handle *h, struct vws_doc *d, struct vws_flow *f)
{
	if (vws_flow_put(h, d, f) < 0)
		fail_msg("%s", vw_error_message(h));
	vws_flow_free(f);
}

static void the_canonical_form_comes_back(void **state)
{
	struct vws_doc *d = parse(*state, canonical);

	prints(d, canonical);
	assert_int_equal(vws_doc_count(d), 2);
	assert_int_equal(vws_flow_count(d), 4);
	vws_doc_free(d);
	d = reload(*state, canonical);
	assert_int_equal(vws_doc_count(d), 2);
	assert_int_equal(vws_flow_count(d), 4);
	assert_false(vws_doc_changed(d));
	vws_doc_free(d);
}

static void without_flows_there_is_no_such_member(void **state)
{
	static const char none[] = HEAD LINKS "}}\n";
	struct vws_doc *d = parse(*state, "{\"flows\": {}, \"vwire\": 1, \"generation\": 7, "
				  "\"links\": {" LINKS "}}");

	prints(d, none);
	vws_doc_free(d);
	d = reload(*state, none);
	assert_int_equal(vws_flow_count(d), 0);
	assert_null(vws_flow_at(d, 0));
	assert_null(vws_flow_find(d, "f"));
	assert_int_equal(vws_flow_next_of(d, "web1", 0), 0);
	put_flow(*state, d, flow("f", "web1", "transport", "udp"));
	assert_int_equal(vws_flow_count(d), 1);
	assert_int_equal(vws_flow_del(*state, d, "f"), VW_OK);
	save(*state, d);
	vws_doc_free(d);
	assert_int_equal(vws_load(*state, VWS_SAVED, &d), VW_OK);
	prints(d, "{\"vwire\": 1, \"generation\": 9, \"links\": {\n" LINKS "}}\n");
	vws_doc_free(d);
}

static void flows_need_no_links(void **state)
{
	struct vws_doc *d;

	assert_int_equal(vws_load(*state, VWS_SAVED, &d), VW_OK);
	put_flow(*state, d, flow("f", "eth0", "transport", "udp"));
	save(*state, d);
	vws_doc_free(d);
	assert_int_equal(vws_load(*state, VWS_SAVED, &d), VW_OK);
	prints(d, "{\"vwire\": 1, \"generation\": 1, \"links\": {\n}, \"flows\": {\n"
		  "\"f\": {\"link\": \"eth0\", \"match\": {\"transport\": \"udp\"}}\n}}\n");
	assert_int_equal(vws_doc_count(d), 0);
	put(*state, d, vws_link_new("stub1", VW_CLASS_ETHERSTUB));
	prints(d, "{\"vwire\": 1, \"generation\": 1, \"links\": {\n"
		  "\"stub1\": {\"class\": \"etherstub\"}\n}, \"flows\": {\n"
		  "\"f\": {\"link\": \"eth0\", \"match\": {\"transport\": \"udp\"}}\n}}\n");
	vws_doc_free(d);
}

static void every_member_is_read(void **state)
{
	struct vws_doc *d = reload(*state, canonical);
	const struct vws_flow *f = vws_flow_find(d, "https");

	assert_string_equal(f->name, "https");
	assert_string_equal(f->link, "web1");
	assert_string_equal(vws_flow_match(f, "transport"), "tcp");
	assert_string_equal(vws_flow_match(f, "local_port"), "443");
	assert_null(vws_flow_match(f, "remote_port"));
	assert_null(vws_flow_prop(f, "maxbw"));
	assert_string_equal(vws_flow_prop(vws_flow_find(d, "tcp-flow1"), "maxbw"), "30M");
	assert_string_equal(vws_flow_at(d, 2)->link, "e\"th");
	assert_null(vws_flow_find(d, "web1"));		/* names of links are apart */
	assert_null(vws_doc_find(d, "https"));
	assert_true(vws_flow_find_line(d, "ef"));
	assert_false(vws_flow_find_line(d, "e"));
	vws_doc_free(d);
}

static void a_copy_equals_the_original(void **state)
{
	struct vws_doc *d = parse(*state, canonical), *e = parse(*state, HEAD LINKS "}}\n");

	for (size_t i = 0; i < vws_flow_count(d); i++)
		put_flow(*state, e, vws_flow_dup(vws_flow_at(d, i)));
	prints(e, canonical);
	vws_doc_free(d);
	vws_doc_free(e);
}

static void attributes_are_kept_in_the_order_of_the_schema(void **state)
{
	struct vws_flow *f = flow("f", "web1", "remote_port", "80");
	struct vws_doc *d = parse(*state, "{\"vwire\": 1, \"links\": {}, \"flows\": {\"g\": "
		"{\"match\": {\"local_port\": \"1\", \"transport\": \"udp\"}, \"link\": \"a\"}}}");

	assert_int_equal(vws_flow_set_match(NULL, f, "transport", "tcp"), VW_OK);
	assert_string_equal(f->match[0].name, "transport");
	assert_int_equal(vws_flow_set_match(NULL, f, "remote_port", "81"), VW_OK);
	assert_int_equal(f->nmatch, 2);
	put_flow(*state, d, f);
	prints(d, "{\"vwire\": 1, \"generation\": 0, \"links\": {\n}, \"flows\": {\n"
		  "\"g\": {\"link\": \"a\", \"match\": {\"transport\": \"udp\", "
		  "\"local_port\": \"1\"}},\n"
		  "\"f\": {\"link\": \"web1\", \"match\": {\"transport\": \"tcp\", "
		  "\"remote_port\": \"81\"}}\n}}\n");
	vws_doc_free(d);
}

static void one_line_is_replaced_and_no_other(void **state)
{
	struct vws_doc *d = reload(*state, canonical);
	struct vws_flow *f = vws_flow_dup(vws_flow_find(d, "tcp-flow1"));
	char *text, *line;

	assert_int_equal(vws_flow_put(*state, d, f), VW_OK);
	assert_false(vws_doc_changed(d));
	assert_int_equal(vws_flow_del(*state, d, "no"), VW_OK);
	assert_false(vws_doc_changed(d));
	assert_int_equal(vws_flow_set_prop(*state, f, "maxbw", "31M"), VW_OK);
	put_flow(*state, d, f);
	assert_true(vws_doc_changed(d));
	text = vws_print(d);
	line = strstr(text, "31M");
	assert_non_null(line);
	line[1] = '0';
	memcpy(strstr(text, "\"generation\": 8"), "\"generation\": 7", 15);
	assert_string_equal(text, canonical);
	free(text);
	vws_doc_free(d);
}

static void flows_of_a_link_are_found_without_parsing(void **state)
{
	struct vws_doc *d = reload(*state, canonical);

	assert_int_equal(vws_flow_next_of(d, "web1", 0), 0);
	assert_int_equal(vws_flow_next_of(d, "web1", 1), 1);
	assert_int_equal(vws_flow_next_of(d, "web1", 2), 4);
	assert_int_equal(vws_flow_next_of(d, "e\"th", 0), 2);
	assert_int_equal(vws_flow_next_of(d, "web", 0), 4);
	assert_int_equal(vws_flow_next_of(d, "eth0", 9), 4);
	assert_int_equal(vws_flow_del(*state, d, "tcp-flow1"), VW_OK);
	assert_int_equal(vws_flow_next_of(d, "web1", 0), 0);
	assert_int_equal(vws_flow_next_of(d, "web1", 1), 3);
	put_flow(*state, d, flow("new", "web1", "transport", "icmp"));
	assert_int_equal(vws_flow_next_of(d, "web1", 1), 3);
	assert_string_equal(vws_flow_at(d, 3)->name, "new");
	assert_int_equal(vws_flow_count(d), 4);
	vws_doc_free(d);
}

static void a_renamed_link_is_renamed_in_its_flows(void **state)
{
	struct vws_doc *d = reload(*state, canonical);
	char *text;

	assert_int_equal(vws_doc_rename(*state, d, "web1", "shop1"), VW_OK);
	assert_string_equal(vws_flow_find(d, "https")->link, "shop1");
	assert_string_equal(vws_flow_at(d, 0)->link, "shop1");
	assert_int_equal(vws_doc_rename(*state, d, "eth0", "lan0"), VW_OK);	/* not in here */
	assert_string_equal(vws_flow_find(d, "ef")->link, "lan0");
	assert_int_equal(vws_doc_rename(*state, d, "https", "x"), VW_OK);	/* no link */
	assert_non_null(vws_flow_find(d, "https"));
	assert_int_equal(vws_doc_rename(*state, d, "shop1", "web1"), VW_OK);
	assert_int_equal(vws_doc_rename(*state, d, "lan0", "eth0"), VW_OK);
	text = vws_print(d);
	memcpy(strstr(text, "\"generation\": 8"), "\"generation\": 7", 15);
	assert_string_equal(text, canonical);
	free(text);
	/* Deleting a link leaves its flows. */
	assert_int_equal(vws_doc_del(*state, d, "web1"), VW_OK);
	assert_non_null(vws_flow_find(d, "https"));
	vws_doc_free(d);
}

static void what_is_no_flow_is_refused(void **state)
{
	static const struct { const char *flow, *says; } bad[] = {
		{ "\"f\": 7", "f: must be an object, is 7" },
		{ "\"f\": {}", "f.link: is missing" },
		{ "\"f\": {\"link\": \"a\"}", "f.match: is missing" },
		{ "\"1f\": {\"link\": \"a\", \"match\": {\"transport\": \"tcp\"}}",
		  "1f: the name does not begin with a letter" },
		{ "\"f\": {\"link\": \"a b\"}", "f.link: 'a b' holds '/', ':' or a blank" },
		{ "\"f\": {\"lnk\": \"a\"}", "f.lnk: is no member known here" },
		{ "\"f\": {\"removed\": true}", "f.removed: is no member known here" },
		{ "\"f\": {\"link\": \"a\", \"link\": \"a\"}", "f.link: is there twice" },
		{ "\"f\": {\"link\": \"a\", \"match\": {\"transport\": \"tcp\"}}, "
		  "\"f\": {}", "f: is there twice" },
		{ "\"f\": {\"props\": {\"a\": 1}}", "f.props.a: must be a string, is 1" },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char text[300], want[200];
		struct vws_doc *d;

		snprintf(text, sizeof(text), "{\"vwire\": 1, \"links\": {}, \"flows\": {%s}}",
			 bad[i].flow);
		snprintf(want, sizeof(want), "f: flows.%s", bad[i].says);
		assert_int_equal(vws_parse(*state, "f", text, strlen(text), &d), VW_ERR_CONFIG);
		assert_string_equal(vw_error_message(*state), want);
	}
}

#define SIX	": must be one of local_ip, remote_ip, transport, transport with local_port, " \
		"transport with remote_port, dsfield"

static void what_is_no_match_is_refused(void **state)
{
	static const struct { const char *match, *says; } bad[] = {
		{ "", SIX },
		{ "\"local_port\": \"80\"", SIX },
		{ "\"local_ip\": \"10.0.0.1/32\", \"transport\": \"tcp\"", SIX },
		{ "\"transport\": \"tcp\", \"local_port\": \"80\", \"remote_port\": \"80\"", SIX },
		{ "\"transport\": \"tcp\", \"dsfield\": \"0x2e:0xfc\"", SIX },
		{ "\"transport\": \"icmp\", \"local_port\": \"80\"", ": icmp has no ports" },
		{ "\"transprt\": \"tcp\"", ".transprt: is no attribute of flows" },
		{ "\"transport\": \"tcp\", \"transport\": \"tcp\"", ".transport: is there twice" },
		{ "\"local_ip\": \"10.0.0.1\"",
		  ".local_ip: '10.0.0.1' must be written 10.0.0.1/32" },
		{ "\"local_ip\": \"10.0.0.1/24\"",
		  ".local_ip: '10.0.0.1/24' must be written 10.0.0.0/24" },
		{ "\"remote_ip\": \"2001:DB8::/32\"",
		  ".remote_ip: '2001:DB8::/32' must be written 2001:db8::/32" },
		{ "\"remote_ip\": \"10.0.0.0/33\"", ".remote_ip: '10.0.0.0/33' has a prefix "
		  "length that is no number up to 32" },
		{ "\"remote_ip\": \"host\"", ".remote_ip: 'host' is no IP address" },
		{ "\"remote_ip\": \"::/0\"", ".remote_ip: '::/0' is every address" },
		{ "\"transport\": \"tcpx\"", ".transport: must be \"tcp\", \"udp\", \"sctp\", "
		  "\"icmp\" or \"icmpv6\", is \"tcpx\"" },
		{ "\"transport\": \"tcp\", \"local_port\": \"0\"", ".local_port: must be a number "
		  "from 1 to 65535 in quotes, is \"0\"" },
		{ "\"dsfield\": \"0x2e\"", ".dsfield: must be value and mask such as "
		  "\"0x2e:0xfc\", is \"0x2e\"" },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char text[300], want[300];
		struct vws_doc *d;

		snprintf(text, sizeof(text), "{\"vwire\": 1, \"links\": {}, \"flows\": {\"x\": "
			 "{\"link\": \"a\", \"match\": {%s}}}}", bad[i].match);
		snprintf(want, sizeof(want), "f: flows.x.match%s", bad[i].says);
		assert_int_equal(vws_parse(*state, "f", text, strlen(text), &d), VW_ERR_CONFIG);
		assert_string_equal(vw_error_message(*state), want);
	}
}

static void a_bad_flow_is_not_put(void **state)
{
	struct vws_doc *d = reload(*state, canonical);
	struct vws_flow *f = flow("f", "web1", "transport", "TCP");

	assert_int_equal(vws_flow_put(*state, d, f), VW_ERR_BADVAL);
	assert_string_equal(vw_error_message(*state), "flows.f.match.transport: must be \"tcp\", "
			    "\"udp\", \"sctp\", \"icmp\" or \"icmpv6\", is \"TCP\"");
	vws_flow_free(f);
	assert_false(vws_doc_changed(d));
	vws_doc_free(d);
}

static void only_a_temporary_flow_can_be_removed(void **state)
{
	struct vw_handle *h = *state;
	struct vws_flow *f = flow("f", "web1", "transport", "tcp");
	struct vws_doc *d;

	f->removed = true;
	assert_int_equal(vws_lock(h), VW_OK);
	assert_int_equal(vws_load(h, VWS_TEMPORARY, &d), VW_OK);
	assert_int_equal(vws_flow_put(h, d, f), VW_OK);
	assert_int_equal(vws_commit(h, VWS_TEMPORARY, d), VW_OK);
	vws_unlock(h);
	prints(d, "{\"vwire\": 1, \"generation\": 1, \"netns\": 4026531840, \"links\": {\n"
		  "}, \"flows\": {\n\"f\": {\"link\": \"web1\", \"removed\": true}\n}}\n");
	vws_doc_free(d);
	assert_int_equal(vws_load(h, VWS_TEMPORARY, &d), VW_OK);
	assert_true(vws_flow_find(d, "f")->removed);
	assert_int_equal(vws_flow_next_of(d, "web1", 0), 0);
	vws_doc_free(d);
	assert_int_equal(vws_load(h, VWS_SAVED, &d), VW_OK);
	assert_int_equal(vws_flow_put(h, d, f), VW_ERR_BADVAL);
	vws_doc_free(d);
	vws_flow_free(f);
}

/* -- many ------------------------------------------------------------------------------------- */

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static struct vws_flow *numbered(unsigned i)
{
	char name[16], port[8];
	struct vws_flow *f;

	snprintf(name, sizeof(name), "flow%u", i);
	snprintf(port, sizeof(port), "%u", i + 1);
	f = flow(name, i % 2 ? "web1" : "web2", "transport", "tcp");
	assert_int_equal(vws_flow_set_match(NULL, f, "local_port", port), VW_OK);
	return f;
}

/* Seconds to add @n flows through one handle, look each up and walk those of a link. */
static double work(struct vw_handle *h, unsigned n)
{
	struct vws_doc *d = parse(h, HEAD LINKS "}}\n");
	double from = now();
	size_t found = 0;

	for (unsigned i = 0; i < n; i++) {
		put_flow(h, d, numbered(i));
		assert_int_equal(vws_flow_count(d), i + 1);
		assert_non_null(vws_flow_at(d, i));
	}
	for (size_t i = 0; (i = vws_flow_next_of(d, "web1", i)) < n; i++)
		found++;
	assert_int_equal(found, n / 2);
	from = now() - from;
	vws_doc_free(d);
	return from;
}

static void adding_ten_thousand_is_linear(void **state)
{
	double few = 1e9, many = 1e9;

	for (int i = 0; i < 5; i++) {
		double t = work(*state, 1000);

		few = t < few ? t : few;
		t = work(*state, 10000);
		many = t < many ? t : many;
	}
	print_message("# 1,000 flows: %.2f ms, 10,000: %.2f ms\n", few * 1e3, many * 1e3);
	assert_true(many < 20 * few);	/* a quadratic one takes 100 times as long */
}

static void ten_thousand_are_changed_and_removed(void **state)
{
	struct vws_doc *d = reload(*state, canonical);

	for (unsigned i = 0; i < 10000; i++)
		put_flow(*state, d, numbered(i));
	save(*state, d);
	vws_doc_free(d);
	assert_int_equal(vws_load(*state, VWS_SAVED, &d), VW_OK);
	assert_int_equal(vws_flow_count(d), 10004);
	assert_string_equal(vws_flow_match(vws_flow_find(d, "flow9999"), "local_port"), "10000");
	for (unsigned i = 0; i < 10000; i++) {
		char name[16];

		snprintf(name, sizeof(name), "flow%u", i);
		if (i % 100 == 0)
			assert_non_null(vws_flow_at(d, 4));
		assert_int_equal(vws_flow_del(*state, d, name), VW_OK);
	}
	save(*state, d);
	vws_doc_free(d);
	assert_int_equal(vws_load(*state, VWS_SAVED, &d), VW_OK);
	assert_int_equal(vws_flow_count(d), 4);
	vws_doc_free(d);
}

/* -- random edits ------------------------------------------------------------------------------ */

static unsigned seed;

static unsigned pick(unsigned n)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 8) % n;
}

/* The same change in the document of lines and in the one that is parsed anew each time. */
static void change(struct vw_handle *h, struct vws_doc *d, struct vws_doc **model)
{
	struct vws_flow *f = numbered(pick(40));
	char *text;

	switch (pick(5)) {
	case 0:
		assert_int_equal(vws_flow_del(h, d, f->name), VW_OK);
		assert_int_equal(vws_flow_del(h, *model, f->name), VW_OK);
		break;
	case 1:
		assert_int_equal(vws_doc_rename(h, d, "web2", "web3"), VW_OK);
		assert_int_equal(vws_doc_rename(h, *model, "web2", "web3"), VW_OK);
		break;
	default:
		assert_int_equal(vws_flow_set_prop(h, f, "maxbw", pick(2) ? "10M" : "1G"), VW_OK);
		assert_int_equal(vws_flow_put(h, d, f), VW_OK);
		assert_int_equal(vws_flow_put(h, *model, f), VW_OK);
	}
	vws_flow_free(f);
	text = vws_print(*model);
	vws_doc_free(*model);
	*model = parse(h, text);
	free(text);
}

static void same(struct vws_doc *d, struct vws_doc *model)
{
	char *a = vws_print(d), *b = vws_print(model);

	assert_string_equal(a, b);
	assert_int_equal(vws_flow_count(d), vws_flow_count(model));
	for (size_t i = 0; i < vws_flow_count(model); i++) {
		const struct vws_flow *x = vws_flow_at(d, i), *y = vws_flow_at(model, i);

		assert_string_equal(x->name, y->name);
		assert_string_equal(x->link, y->link);
		assert_true(vws_flow_find(d, y->name) == x);
		assert_int_equal(vws_flow_next_of(d, y->link, i), i);
	}
	free(a);
	free(b);
}

static void lines_replaced_equal_a_document_written_anew(void **state)
{
	struct vw_handle *h = *state;

	for (unsigned run = 1; run < 60; run++) {
		struct vws_doc *d = reload(h, canonical), *model;
		char *text = vws_print(d);

		seed = run;
		model = parse(h, text);
		free(text);
		for (unsigned i = 0; i < 1 + run % 12; i++) {
			for (unsigned k = 0; k < 1 + pick(6); k++)
				change(h, d, &model);
			if (pick(2) == 0)
				same(d, model);
			if (pick(3) != 0)
				continue;
			save(h, d);
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
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORE_TEST(the_canonical_form_comes_back),
		STORE_TEST(without_flows_there_is_no_such_member),
		STORE_TEST(flows_need_no_links),
		STORE_TEST(every_member_is_read),
		STORE_TEST(a_copy_equals_the_original),
		STORE_TEST(attributes_are_kept_in_the_order_of_the_schema),
		STORE_TEST(one_line_is_replaced_and_no_other),
		STORE_TEST(flows_of_a_link_are_found_without_parsing),
		STORE_TEST(a_renamed_link_is_renamed_in_its_flows),
		STORE_TEST(what_is_no_flow_is_refused),
		STORE_TEST(what_is_no_match_is_refused),
		STORE_TEST(a_bad_flow_is_not_put),
		STORE_TEST(only_a_temporary_flow_can_be_removed),
		STORE_TEST(adding_ten_thousand_is_linear),
		STORE_TEST(ten_thousand_are_changed_and_removed),
		STORE_TEST(lines_replaced_equal_a_document_written_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

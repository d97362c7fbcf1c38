/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_kernel_steer.c - RPS, XPS, interrupts, channels, features; ntuple rules on the device that
 * VW_NTUPLE_NIC names, which must be in the namespace the program is started in
 */
#include "kernel_lab.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>

#include "kernel/nl.h"
#include "kernel/steer.h"
#include "prop/prop.h"

#define W	VWK_CPU_WORDS

/* A second namespace with a device of the same name, and a socket there. */
static struct vwk_nl *elsewhere(struct lab *t, int *fd)
{
	struct vwk_nl *nl;
	struct vwk_batch *b;

	*fd = lab_new_ns();
	assert_int_equal(vwk_nl_open(&t->h, *fd, &nl), VW_OK);
	b = vwk_batch_new(&t->h, nl);
	vwk_batch_newlink(b, &(struct vwk_newlink){ .name = "net0", .kind = VWK_VETH, .nsfd = -1,
		.peer = { .name = "far0", .nsfd = -1 } });
	lab_run(t, b);
	vwk_batch_free(b);
	return nl;
}

/* -- masks ---------------------------------------------------------------------------------------- */

static void masks_are_written_as_the_kernel_writes_them(void **state)
{
	static const struct { const char *text; uint32_t low, high; } rows[] = {
		{ "0", 0, 0 }, { "1", 1, 0 }, { "ff", 0xff, 0 }, { "80000000", 0x80000000, 0 },
		{ "1,00000000", 0, 1 }, { "a,0000000f", 0xf, 0xa },
	};
	uint32_t m[W];
	char text[64];

	for (size_t i = 0; i < VWU_ARRAY_SIZE(rows); i++) {
		assert_true(vwk_mask_parse(rows[i].text, m, W));
		assert_int_equal(m[0], rows[i].low);
		assert_int_equal(m[1], rows[i].high);
		vwk_mask_print(m, W, text, sizeof(text));
		assert_string_equal(text, rows[i].text);
	}
	assert_true(vwk_mask_parse("00000000,00000003", m, 1));
	assert_int_equal(m[0], 3);
	assert_false(vwk_mask_parse("1,00000003", m, 1));	/* more than there is room for */
	assert_false(vwk_mask_parse("", m, W));
	assert_false(vwk_mask_parse("0x1", m, W));
}

static void the_cpus_of_the_machine_are_known(void **state)
{
	struct lab *t = *state;
	unsigned possible, online = 0;
	uint32_t m[W];

	assert_int_equal(vwk_cpus(&t->h, &possible, m, W), VW_OK);
	for (size_t i = 0; i < W; i++)
		online += (unsigned)__builtin_popcount(m[i]);
	assert_int_equal(online, sysconf(_SC_NPROCESSORS_ONLN));
	assert_in_range(possible, online, W * 32);
}

/* -- RPS ------------------------------------------------------------------------------------------ */

static void rps_is_set_and_read(void **state)
{
	struct lab *t = *state;
	uint32_t one[W] = { 1 }, none[W] = { 0 }, m[W];
	bool same;

	lab_veth(t, "net0", "net1");
	assert_int_equal(vwk_rps_get_all(&t->h, t->nl, "net0", m, W, &same), VW_OK);
	assert_memory_equal(m, none, sizeof(m));
	assert_int_equal(vwk_rps_set_all(&t->h, t->nl, "net0", one, W), VW_OK);
	assert_int_equal(vwk_rps_get_all(&t->h, t->nl, "net0", m, W, &same), VW_OK);
	assert_memory_equal(m, one, sizeof(m));
	assert_int_equal(vwk_rps_get_all(&t->h, t->nl, "net1", m, W, &same), VW_OK);
	assert_memory_equal(m, none, sizeof(m));
	assert_int_equal(vwk_rps_set_all(&t->h, t->nl, "net1", one, W), VW_OK);
	assert_int_equal(vwk_rps_get_all(&t->h, t->nl, "net1", m, W, &same), VW_OK);
	assert_true(same);
	assert_memory_equal(m, one, sizeof(m));
}

static void what_is_not_there_is_told(void **state)
{
	struct lab *t = *state;
	uint32_t m[W] = { 1 };
	bool same;

	lab_veth(t, "net0", "net1");
	assert_int_equal(vwk_rps_get_all(&t->h, t->nl, "net9", m, W, &same), VW_ERR_NOTFOUND);
	assert_int_equal(vwk_rps_get_all(&t->h, t->nl, "../net0", m, W, &same), VW_ERR_NOTFOUND);
	assert_int_equal(vwk_rps_get_all(&t->h, t->nl, "", m, W, &same), VW_ERR_NOTFOUND);
	memset(m, 0, sizeof(m));
	m[W - 1] = 1u << 31;	/* CPU 8191 */
	assert_int_equal(vwk_rps_set_all(&t->h, t->nl, "net0", m, W), VW_ERR_BADVAL);
}

/* /sys shows the namespace it was mounted in, whichever the caller and the socket are in. */
static void a_device_of_the_sockets_namespace_is_meant(void **state)
{
	struct lab *t = *state;
	uint32_t one[W] = { 1 }, none[W] = { 0 }, m[W];
	bool same;
	int fd;
	struct vwk_nl *there = elsewhere(t, &fd);

	lab_veth(t, "net0", "net1");
	assert_int_equal(vwk_rps_set_all(&t->h, there, "net0", one, W), VW_OK);
	assert_int_equal(vwk_rps_get_all(&t->h, there, "net0", m, W, &same), VW_OK);
	assert_memory_equal(m, one, sizeof(m));
	assert_int_equal(vwk_rps_get_all(&t->h, t->nl, "net0", m, W, &same), VW_OK);
	assert_memory_equal(m, none, sizeof(m));
	assert_int_equal(vwk_rps_get_all(&t->h, there, "net1", m, W, &same), VW_ERR_NOTFOUND);
	assert_int_equal(vwk_rps_get_all(&t->h, there, "far0", m, W, &same), VW_OK);
	assert_int_equal(vwk_rps_get_all(&t->h, t->nl, "far0", m, W, &same), VW_ERR_NOTFOUND);
	vwk_nl_close(there);
	close(fd);
}

/* -- hardware a veth has not ----------------------------------------------------------------------- */

static void a_veth_has_neither_interrupts_nor_rules(void **state)
{
	struct lab *t = *state;
	struct vwk_ntuple rule = { .fields = VWK_NTUPLE_MAC, .mac = { 2, 8, 0x20, 0, 0, 1 } };
	struct vwk_ntuple *rules;
	uint32_t *table;
	unsigned irqs[64];
	size_t n = 99;

	lab_veth(t, "net0", "net1");
	assert_int_equal(vwk_irqs(&t->h, t->nl, "net0", irqs, 64, &n), VW_OK);
	assert_int_equal(n, 0);
	assert_false(vwk_ntuple_able(t->nl, "net0"));
	assert_int_equal(vwk_ntuple_add(&t->h, t->nl, "net0", &rule), VW_ERR_NOTSUP);
	assert_int_equal(vwk_ntuple_list(&t->h, t->nl, "net0", &rules, &n), VW_ERR_NOTSUP);
	assert_string_equal(t->h.err.message, "the driver of 'net0' has no ntuple rules");
	assert_int_equal(vwk_rss_get(&t->h, t->nl, "net0", &table, &n), VW_ERR_NOTSUP);
	assert_int_equal(vwk_ntuple_list(&t->h, t->nl, "net9", &rules, &n), VW_ERR_NOTFOUND);
}

static void features_are_known_by_name(void **state)
{
	struct lab *t = *state;
	struct vwk_feature f;

	lab_veth(t, "net0", "net1");
	assert_int_equal(vwk_feature_get(t->nl, "net0", "rx-gro", &f), 0);
	assert_true(f.can);
	assert_int_equal(vwk_feature_set(t->nl, "net0", "rx-gro", !f.on), 0);
	assert_int_equal(vwk_feature_set(t->nl, "net0", "rx-gro", f.on), 0);
	assert_int_equal(vwk_feature_get(t->nl, "net0", "no-such-thing", &f), EOPNOTSUPP);
	assert_int_equal(vwk_feature_get(t->nl, "net9", "rx-gro", &f), ENODEV);
	assert_int_equal(vwk_feature_off(&t->h, t->nl, "net0", "rx-gro"), VW_OK);
	assert_int_equal(vwk_feature_get(t->nl, "net0", "rx-gro", &f), 0);
	assert_false(f.on);
	assert_int_equal(vwk_feature_off(&t->h, t->nl, "net0", "no-such-thing"), VW_OK);
	assert_int_equal(vwk_feature_off(&t->h, t->nl, "net9", "rx-gro"), VW_ERR_NOTFOUND);
}

/* -- the device of VW_NTUPLE_NIC ------------------------------------------------------------------- */

static struct vwk_nl *home(struct lab *t, const char **nic)
{
	struct vwk_nl *nl;

	*nic = getenv("VW_NTUPLE_NIC");
	if (*nic == NULL)
		lab_skip("VW_NTUPLE_NIC names no device that takes ntuple rules");
	assert_int_equal(vwk_nl_open(&t->h, t->home, &nl), VW_OK);
	return nl;
}

static void rules_come_back_as_they_were_given(void **state)
{
	struct lab *t = *state;
	struct vwk_ntuple rules[] = {
		{ .fields = VWK_NTUPLE_MAC, .mac = { 2, 8, 0x20, 0, 0, 1 }, .queue = 1 },
		{ .fields = VWK_NTUPLE_MAC | VWK_NTUPLE_VID, .mac = { 2, 8, 0x20, 0, 0, 1 },
		  .vid = 4094, .queue = 2 },
		{ .fields = VWK_NTUPLE_VID, .vid = 7, .queue = 1 },
		{ .fields = VWK_NTUPLE_PROTO, .proto = IPPROTO_TCP, .queue = 1 },
		{ .fields = VWK_NTUPLE_PROTO, .proto = IPPROTO_TCP, .ipv6 = true, .queue = 2 },
		{ .fields = VWK_NTUPLE_PROTO | VWK_NTUPLE_DPORT, .proto = IPPROTO_UDP,
		  .dport = 53, .queue = 3 },
		{ .fields = VWK_NTUPLE_PROTO | VWK_NTUPLE_SPORT, .proto = IPPROTO_SCTP,
		  .sport = 9, .ipv6 = true, .queue = 3 },
		{ .fields = VWK_NTUPLE_SRC | VWK_NTUPLE_DST, .src = htonl(0x0a000000),
		  .src_mask = htonl(0xff000000), .dst = htonl(0xc0000201),
		  .dst_mask = 0xffffffff, .queue = 0 },
		{ .fields = VWK_NTUPLE_DST | VWK_NTUPLE_MAC, .ipv6 = true, .dst6 = { 0x20, 1, 0xd },
		  .dst6_mask = { 0xff, 0xff, 0xff }, .mac = { 2, 8, 0x20, 0, 0, 1 }, .queue = 2 },
	};
	const char *nic;
	struct vwk_nl *nl = home(t, &nic);
	struct vwk_ntuple *is;
	size_t n, before;

	assert_true(vwk_ntuple_able(nl, nic));
	assert_int_equal(vwk_ntuple_list(&t->h, nl, nic, &is, &before), VW_OK);
	free(is);
	for (size_t i = 0; i < VWU_ARRAY_SIZE(rules); i++)
		assert_int_equal(vwk_ntuple_add(&t->h, nl, nic, &rules[i]), VW_OK);
	assert_int_equal(vwk_ntuple_list(&t->h, nl, nic, &is, &n), VW_OK);
	assert_int_equal(n, before + VWU_ARRAY_SIZE(rules));
	for (size_t i = 0; i < VWU_ARRAY_SIZE(rules); i++) {
		size_t found = 0;

		for (size_t k = 0; k < n; k++)
			found += is[k].location == rules[i].location &&
				 is[k].queue == rules[i].queue && vwk_ntuple_same(&is[k], &rules[i]);
		assert_int_equal(found, 1);
		assert_int_equal(vwk_ntuple_del(&t->h, nl, nic, rules[i].location), VW_OK);
		assert_int_equal(vwk_ntuple_del(&t->h, nl, nic, rules[i].location),
				 VW_ERR_NOTFOUND);
	}
	free(is);
	/* The rule of a flow goes before that of its link's address. */
	assert_true(rules[3].location < rules[0].location);
	vwk_nl_close(nl);
}

static void rules_that_cannot_be_are_refused(void **state)
{
	struct lab *t = *state;
	struct vwk_ntuple far = { .fields = VWK_NTUPLE_MAC, .mac = { 2 }, .queue = 63 };
	struct vwk_ntuple icmp = { .fields = VWK_NTUPLE_PROTO, .proto = IPPROTO_ICMP };
	struct vwk_ntuple port = { .fields = VWK_NTUPLE_DPORT, .dport = 80 };
	const char *nic;
	struct vwk_nl *nl = home(t, &nic);

	assert_int_equal(vwk_ntuple_add(&t->h, nl, nic, &far), VW_ERR_NOTSUP);
	assert_int_equal(vwk_ntuple_add(&t->h, nl, nic, &icmp), VW_ERR_NOTSUP);
	assert_int_equal(vwk_ntuple_add(&t->h, nl, nic, &port), VW_ERR_NOTSUP);
	vwk_nl_close(nl);
}

static void interrupts_of_its_rings_are_found_and_moved(void **state)
{
	struct lab *t = *state;
	const char *nic;
	struct vwk_nl *nl = home(t, &nic);
	uint32_t one[W] = { 1 }, was[W], m[W], rings;
	unsigned irqs[64];
	size_t n;

	assert_int_equal(vwk_rings(nl, nic, &rings), 0);
	assert_int_equal(vwk_irqs(&t->h, nl, nic, irqs, 64, &n), VW_OK);
	assert_in_range(n, rings, 64);
	for (uint32_t i = 0; i < rings; i++)
		assert_int_not_equal(irqs[i], 0);
	assert_int_equal(vwk_irq_affinity_get(&t->h, irqs[0], was, W), VW_OK);
	assert_int_equal(vwk_irq_affinity_set(&t->h, irqs[0], one, W), VW_OK);
	assert_int_equal(vwk_irq_affinity_get(&t->h, irqs[0], m, W), VW_OK);
	assert_memory_equal(m, one, sizeof(m));
	assert_int_equal(vwk_irq_effective_get(&t->h, irqs[0], m, W), VW_OK);
	assert_memory_equal(m, one, sizeof(m));
	assert_int_equal(vwk_irq_affinity_set(&t->h, irqs[0], was, W), VW_OK);
	assert_int_equal(vwk_irq_affinity_get(&t->h, 999999, m, W), VW_ERR_NOTFOUND);
	vwk_nl_close(nl);
}

static void channels_and_the_table_of_rss_change(void **state)
{
	struct lab *t = *state;
	const char *nic;
	struct vwk_nl *nl = home(t, &nic);
	struct vwk_channels was, c;
	uint32_t *table;
	size_t n;

	assert_int_equal(vwk_channels_get(&t->h, nl, nic, &was), VW_OK);
	c = was;
	c.combined = 2;
	assert_int_equal(vwk_channels_set(&t->h, nl, nic, &c), VW_OK);
	assert_int_equal(vwk_channels_get(&t->h, nl, nic, &c), VW_OK);
	assert_int_equal(c.combined, 2);
	c.combined = was.max_combined + 1;
	assert_int_equal(vwk_channels_set(&t->h, nl, nic, &c), VW_ERR_BUSY);
	assert_int_equal(vwk_channels_set(&t->h, nl, nic, &was), VW_OK);
	assert_int_equal(vwk_rss_get(&t->h, nl, nic, &table, &n), VW_OK);
	assert_int_equal(table[1], 1);
	for (size_t i = 0; i < n; i++)
		table[i] = 0;
	assert_int_equal(vwk_rss_set(&t->h, nl, nic, table, n), VW_OK);
	free(table);
	assert_int_equal(vwk_rss_get(&t->h, nl, nic, &table, &n), VW_OK);
	assert_int_equal(table[1], 0);
	free(table);
	assert_int_equal(vwk_rss_set(&t->h, nl, nic, NULL, 0), VW_OK);
	assert_int_equal(vwk_rss_get(&t->h, nl, nic, &table, &n), VW_OK);
	assert_int_equal(table[1], 1);
	free(table);
	vwk_nl_close(nl);
}

/* -- flows ---------------------------------------------------------------------------------------- */

static size_t count_rules(struct lab *t, struct vwk_nl *nl, const char *nic, unsigned fields)
{
	struct vwk_ntuple *v;
	size_t n, count = 0;

	assert_int_equal(vwk_ntuple_list(&t->h, nl, nic, &v, &n), VW_OK);
	for (size_t i = 0; i < n; i++)
		count += v[i].fields == fields;
	free(v);
	return count;
}

static void a_flow_is_steered_for_both_families(void **state)
{
	struct lab *t = *state;
	struct vwk_ntuple tcp = { .fields = VWK_NTUPLE_PROTO, .proto = IPPROTO_TCP };
	struct vwk_ntuple mac = { .fields = VWK_NTUPLE_MAC };
	struct vwk_link nic = { 0 }, port = { .kind = VWK_VETH }, dev = { .kind = VWK_VETH };
	struct vws_link def = { .name = (char *)"web1", .cls = VW_CLASS_VNIC, .vid = 7,
				.has_mac = true, .mac = { 2, 8, 0x20, 0, 0, 1 } };
	struct vwp_link l = { .name = "web1", .cls = VW_CLASS_VNIC, .dev = &dev, .port = &port,
			      .lower = &nic, .def = &def };
	unsigned fields = VWK_NTUPLE_PROTO | VWK_NTUPLE_MAC | VWK_NTUPLE_VID;
	uint32_t location = UINT32_MAX;
	const char *name;
	struct vwk_nl *nl = home(t, &name);
	char cpus[64];

	snprintf(nic.name, sizeof(nic.name), "%s", name);
	l.host = l.nl = nl;
	assert_int_equal(vwp_flow_cpus(&t->h, &l, &tcp, NULL, cpus, sizeof(cpus)), VW_OK);
	assert_string_equal(cpus, "");
	assert_int_equal(vwp_flow_steer(&t->h, &l, &tcp, "0", &location), VW_OK);
	assert_int_not_equal(location, UINT32_MAX);
	assert_int_equal(count_rules(t, nl, name, fields), 2);
	assert_int_equal(vwp_flow_cpus(&t->h, &l, &tcp, NULL, cpus, sizeof(cpus)), VW_OK);
	assert_string_equal(cpus, "0");
	assert_int_equal(vwp_flow_cpus(&t->h, &l, &tcp, "0-1", cpus, sizeof(cpus)), VW_OK);
	assert_string_equal(cpus, "0-1");	/* the ring is on one of them */
	assert_int_equal(vwp_flow_steer(&t->h, &l, &tcp, "0", NULL), VW_OK);
	assert_int_equal(count_rules(t, nl, name, fields), 2);
	assert_int_equal(vwp_flow_unsteer(&t->h, &l, &tcp, "0"), VW_OK);
	assert_int_equal(vwp_flow_unsteer(&t->h, &l, &tcp, "0"), VW_OK);
	assert_int_equal(count_rules(t, nl, name, fields), 0);
	assert_int_equal(vwp_flow_steer(&t->h, &l, &mac, "0", NULL), VW_ERR_NOTSUP);
	assert_int_equal(vwp_flow_steer(&t->h, &l, &tcp, "0-8191", NULL), VW_ERR_BADVAL);
	vwk_nl_close(nl);
}

static void a_flow_without_hardware_below_is_refused(void **state)
{
	struct lab *t = *state;
	struct vwk_ntuple tcp = { .fields = VWK_NTUPLE_PROTO, .proto = IPPROTO_TCP };
	struct vwk_link nic = { .name = "net0", .kind = VWK_VETH }, stub = { .kind = VWK_BRIDGE };
	struct vwk_link dev = { .kind = VWK_VETH }, port = { .kind = VWK_VETH };
	struct vwp_link l = { .name = "web1", .cls = VW_CLASS_VNIC, .dev = &dev, .port = &port,
			      .lower = &stub, .nl = t->nl, .host = t->nl };
	char cpus[64] = "?";

	lab_veth(t, "net0", "net1");
	assert_int_equal(vwp_flow_steer(&t->h, &l, &tcp, "0", NULL), VW_ERR_NOTSUP);
	assert_string_equal(t->h.err.why, "cpus: no hardware is below 'web1' that could steer a "
			    "flow");
	l.lower = &nic;
	memset(&t->h.err, 0, sizeof(t->h.err));
	assert_int_equal(vwp_flow_steer(&t->h, &l, &tcp, "0", NULL), VW_ERR_NOTSUP);
	assert_string_equal(t->h.err.why, "cpus: the driver of 'net0' takes no ntuple rules, which "
			    "could steer a flow");
	memset(&t->h.err, 0, sizeof(t->h.err));
	assert_int_equal(vwp_flow_unsteer(&t->h, &l, &tcp, NULL), VW_OK);
	assert_int_equal(vwp_flow_cpus(&t->h, &l, &tcp, NULL, cpus, sizeof(cpus)), VW_OK);
	assert_string_equal(cpus, "");
	assert_int_equal(vwp_steer_clear(&t->h, &l), VW_OK);
}

#define T(name)	cmocka_unit_test_setup_teardown(name, lab_enter, lab_leave)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(masks_are_written_as_the_kernel_writes_them),
		T(the_cpus_of_the_machine_are_known),
		T(rps_is_set_and_read),
		T(what_is_not_there_is_told),
		T(a_device_of_the_sockets_namespace_is_meant),
		T(a_veth_has_neither_interrupts_nor_rules),
		T(features_are_known_by_name),
		T(rules_come_back_as_they_were_given),
		T(rules_that_cannot_be_are_refused),
		T(interrupts_of_its_rings_are_found_and_moved),
		T(channels_and_the_table_of_rss_change),
		T(a_flow_is_steered_for_both_families),
		T(a_flow_without_hardware_below_is_refused),
	};

	return lab_main(tests, VWU_ARRAY_SIZE(tests));
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vnic.c - create-, delete- and show-vnic */
#include <stdio.h>
#include <string.h>

#include "dladm.h"

int dladm_vid(struct cli *c, const char *text, uint16_t *vid)
{
	uint64_t number;

	if (!cli_number(text, 1, 4094, &number)) {
		cli_fail(c, "invalid VLAN identifier '%s'", text);
		cli_hint(c, "a number from 1 to 4094; leave -v out for untagged");
		return CLI_FAILED;
	}
	*vid = (uint16_t)number;
	return CLI_DONE;
}

/* RFC 9568 section 7.3: a virtual router has an address of its own, made of its number. */
static int vrrp_address(struct cli *c, char *mac, size_t len)
{
	const char *vrid = cli_value(c, 'V'), *family = cli_value(c, 'A');
	uint64_t id;

	if (vrid == NULL || family == NULL)
		return cli_usage(c, "-m vrrp needs -V and -A");
	if (!cli_number(vrid, 1, 255, &id)) {
		cli_fail(c, "invalid VRRP identifier '%s'", vrid);
		cli_hint(c, "a number from 1 to 255");
		return CLI_FAILED;
	}
	if (strcmp(family, "inet") != 0 && strcmp(family, "inet6") != 0) {
		cli_fail(c, "invalid address family '%s'", family);
		cli_hint(c, "inet or inet6");
		return CLI_FAILED;
	}
	snprintf(mac, len, "0:0:5e:0:%d:%x", strcmp(family, "inet") == 0 ? 1 : 2, (unsigned)id);
	return CLI_DONE;
}

/* -n exists for scripts of illumos; no Linux driver tells of spare factory addresses. */
static int check_slot(struct cli *c, const char *mac)
{
	const char *slot = cli_value(c, 'n');
	uint64_t number;

	if (slot == NULL)
		return CLI_DONE;
	if (mac == NULL || strcmp(mac, "factory") != 0)
		return cli_usage(c, "-n can only be used with -m factory");
	if (!cli_number(slot, 1, UINT32_MAX, &number))
		return cli_fail(c, "invalid slot number '%s'", slot);
	cli_fail(c, "no factory address in slot %s: Linux drivers offer none", slot);
	cli_hint(c, "leave out -n and -m factory for an address that is random, then kept");
	return CLI_FAILED;
}

/* -m, -n, -r, -V and -A together say what the address is. */
static int read_address(struct cli *c, struct vw_vnic_attr *attr, char *buf, size_t len)
{
	const char *mac = cli_value(c, 'm');
	bool vrrp = mac != NULL && strcmp(mac, "vrrp") == 0;
	int rc = check_slot(c, mac);

	if (rc != CLI_DONE)
		return rc;
	if (mac != NULL && strcmp(mac, "fixed") == 0) {
		cli_fail(c, "'fixed' is not a valid MAC address");
		cli_hint(c, "give the address itself: -m 2:8:20:1:2:3");
		return CLI_FAILED;
	}
	if (!vrrp && (cli_has(c, 'V') || cli_has(c, 'A')))
		return cli_usage(c, "-V and -A can only be used with -m vrrp");
	attr->mac_prefix = cli_value(c, 'r');
	if (attr->mac_prefix != NULL) {
		if (mac != NULL && strcmp(mac, "random") != 0 && strcmp(mac, "auto") != 0)
			return cli_usage(c, "-r can only be used with a random address");
		mac = "random";
	}
	attr->mac = mac;
	if (!vrrp)
		return CLI_DONE;
	attr->mac = buf;
	return vrrp_address(c, buf, len);
}

static int read_attributes(struct cli *c, struct vw_vnic_attr *attr, struct cli_props *props,
			   char *mac, size_t len)
{
	cli_auto_free const char **texts = cli_values(c, 'p');
	int rc = CLI_DONE;

	if (texts == NULL)
		return cli_nomem(c);
	attr->over = cli_value(c, 'l');
	if (cli_has(c, 'v'))
		rc = dladm_vid(c, cli_value(c, 'v'), &attr->vid);
	else if (cli_has(c, 'f'))
		rc = cli_usage(c, "-f option can only be used with -v");
	if (rc == CLI_DONE)
		rc = read_address(c, attr, mac, len);
	if (rc == CLI_DONE)
		rc = cli_props_parse(c, texts, props);
	/* Born in its zone: not made here and moved there. */
	attr->zone = cli_props_take(props, "zone");
	attr->props = (const char *const *)props->list;
	return rc;
}

static int create_vnic(struct cli *c)
{
	struct vw_vnic_attr attr = { .size = sizeof(attr) };
	cli_auto_props struct cli_props props = { 0 };
	char mac[VW_MAC_STRLEN];
	int rc = read_attributes(c, &attr, &props, mac, sizeof(mac));

	if (rc == CLI_DONE)
		rc = cli_open(c);
	if (rc != CLI_DONE)
		return rc;
	rc = cli_result(c, vw_vnic_create(c->h, c->operands[0], &attr, cli_change_flags(c)));
	if (rc == CLI_DONE)
		dladm_note_props(c, c->operands[0], &props);
	return rc;
}

/* Many at once: one by one each would wait for the kernel some 17 ms. */
static int delete_vnic(struct cli *c)
{
	int rc = cli_open(c);

	if (rc != CLI_DONE)
		return rc;
	if (c->noperands == 1)
		rc = vw_vnic_delete(c->h, c->operands[0], cli_change_flags(c));
	else
		rc = vw_vnic_delete_many(c->h, (const char *const *)c->operands, c->noperands,
					 cli_change_flags(c));
	return cli_result(c, rc);
}

static const struct cli_column vnic_columns[] = {
	{ "LINK", 13, dladm_cell_name, "name of the VNIC", "link" },
	{ "OVER", 13, dladm_cell_over, "link below", "over" },
	{ "SPEED", 9, dladm_cell_limited_speed, "Mb/s, or maxbw where that is less", "speed_bps",
	  CLI_NUMBER, VW_LIST_DETAIL },
	{ "MACADDRESS", 18, dladm_cell_mac, "Ethernet address", "mac" },
	{ "MACADDRTYPE", 20, dladm_cell_mactype, "fixed, random, factory or vrrp", "mac_type",
	  CLI_TEXT },
	{ "VID", 7, dladm_cell_vid, "VLAN ID; 0: untagged", "vid", CLI_NUMBER },
	{ "ZONE", 16, dladm_cell_zone, "network namespace the VNIC lives in", "zone", CLI_TEXT,
	  CLI_COL_MORE },
	{ "STATE", 9, dladm_cell_state, "up, down, unknown or absent", "state", CLI_TEXT,
	  CLI_COL_MORE },
	{ "MTU", 7, dladm_cell_mtu, "bytes of payload in one frame", "mtu_bytes", CLI_NUMBER,
	  CLI_COL_MORE },
	{ "MAXBW", 9, dladm_cell_maxbw, "limit of both directions together, Mb/s", "maxbw_bps",
	  CLI_NUMBER, CLI_COL_MORE },
	{ "DATAPATH", 9, dladm_cell_datapath, "guarded or direct, see vwire(7)", "datapath",
	  CLI_TEXT, CLI_COL_MORE },
	{ 0 }
};
static const struct cli_table vnic_table = { "vnics", vnic_columns };

static int show_vnic(struct cli *c)
{
	const struct dladm_show show = {
		.table = &vnic_table, .stats = &dladm_stats_table, .drops = &dladm_drops_table,
		.saved = "link,over,macaddress,macaddrtype,vid",
		.cls = VW_CLASS_VNIC, .over = cli_value(c, 'l'),
	};

	return dladm_show_links(c, &show);
}

#define OVER "link:phys,aggr,etherstub,simnet,vlan,misc"
static const struct cli_option create_options[] = {
	OPT_TEMPORARY, OPT_ROOT,
	{ 'l', "link", "link", "the link or etherstub below; required", CLI_REQUIRED, OVER },
	{ 'm', "mac-address", "mac", "its address: auto, random, factory, vrrp, or 2:8:20:1:2:3", 0,
	  "words:auto,random,factory,vrrp" },
	{ 'n', "slot", "slot", "with -m factory: which factory address" },
	{ 'r', "mac-prefix", "prefix", "first bytes of a random address (2:8:20)" },
	{ 'V', "vrid", "vrid", "with -m vrrp: number of the virtual router, 1 to 255" },
	{ 'A', "address-family", "family", "with -m vrrp: inet or inet6", 0, "words:inet,inet6" },
	{ 'v', "vlan-id", "vid", "VLAN ID, 1 to 4094, tagged below and invisible to the user" },
	{ 'f', "force", NULL, "with -v: do not mind the MTU of the link below" },
	OPT_PROPS, { 0 }
};
static const struct cli_option delete_options[] = { OPT_TEMPORARY, OPT_ROOT, { 0 } };
static const struct cli_option show_options[] = {
	OPT_SAVED,
	{ 'l', "link", "link", "only VNICs over this link", 0, OVER },
	OPT_STATS, OPT_DROPS, OPT_INTERVAL, OPT_PARSEABLE, OPT_OUTPUT, OPT_JSON, { 0 }
};
static const struct cli_table *const show_tables[] = {
	&vnic_table, &dladm_stats_table, &dladm_drops_table, NULL
};

const struct cli_command vnic_commands[] = {
	{ "create-vnic", create_vnic, create_options, "vnic",
	  "create a VNIC over a link or an etherstub", 1, 1 },
	{ "delete-vnic", delete_vnic, delete_options, "vnic...", "delete VNICs", 1, CLI_MANY,
	  "link:vnic" },
	{ "show-vnic", show_vnic, show_options, "[vnic]", "show VNICs", 0, 1, "link:vnic",
	  show_tables },
	{ 0 }
};

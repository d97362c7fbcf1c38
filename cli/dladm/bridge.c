/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* bridge.c - create-, modify-, delete-, add- and remove-bridge */
#include <string.h>

#include "dladm.h"

static int read_number(struct cli *c, int letter, const char *what, uint64_t min, uint64_t max,
		       uint64_t *out)
{
	const char *text = cli_value(c, letter);

	if (text == NULL || cli_number(text, min, max, out))
		return CLI_DONE;
	cli_fail(c, "invalid %s '%s'", what, text);
	cli_hint(c, "a number from %llu to %llu", (unsigned long long)min,
		 (unsigned long long)max);
	return CLI_FAILED;
}

/* Which spanning tree: the kernel's own is that of IEEE 802.1D-1998, version 0 in its frames. */
static int read_protocol(struct cli *c, struct vw_bridge_attr *attr)
{
	const char *protect = cli_value(c, 'P'), *version = cli_value(c, 'f');

	if (version != NULL && strcmp(version, "0") != 0) {
		cli_fail(c, "cannot use spanning tree protocol version '%s'", version);
		cli_hint(c, "the bridges of the kernel speak version 0 alone");
		return CLI_FAILED;
	}
	if (protect == NULL)
		return CLI_DONE;
	if (strcmp(protect, "stp") == 0) {
		attr->stp = 1;
	} else if (strcmp(protect, "none") == 0) {
		attr->stp = 2;
	} else {
		cli_fail(c, "cannot protect a bridge by '%s'", protect);
		cli_hint(c, strcmp(protect, "trill") == 0 ? "Linux has no TRILL; stp or none" :
							    "stp or none");
		return CLI_FAILED;
	}
	return CLI_DONE;
}

static int read_priority(struct cli *c, struct vw_bridge_attr *attr)
{
	uint64_t priority = 0;
	int rc = read_number(c, 'p', "bridge priority", 0, 61440, &priority);

	if (rc != CLI_DONE)
		return rc;
	if (priority % 4096 != 0) {
		cli_fail(c, "invalid bridge priority '%s'", cli_value(c, 'p'));
		cli_hint(c, "a multiple of 4096 from 0 to 61440");
		return CLI_FAILED;
	}
	attr->has_priority = cli_has(c, 'p');
	attr->priority = (uint16_t)priority;
	return CLI_DONE;
}

static int read_attributes(struct cli *c, struct vw_bridge_attr *attr)
{
	uint64_t max_age = 0, hello = 0, forward_delay = 0;
	int rc = read_protocol(c, attr);

	if (rc == CLI_DONE)
		rc = read_priority(c, attr);
	if (rc == CLI_DONE)
		rc = read_number(c, 'm', "maximum age", 6, 40, &max_age);
	if (rc == CLI_DONE)
		rc = read_number(c, 'h', "hello time", 1, 10, &hello);
	if (rc == CLI_DONE)
		rc = read_number(c, 'd', "forward delay", 4, 30, &forward_delay);
	attr->max_age_s = (unsigned)max_age;
	attr->hello_s = (unsigned)hello;
	attr->forward_delay_s = (unsigned)forward_delay;
	return rc;
}

static int create_bridge(struct cli *c)
{
	struct vw_bridge_attr attr = { .size = sizeof(attr) };
	cli_auto_free const char **ports = cli_values(c, 'l');
	int rc = ports != NULL ? read_attributes(c, &attr) : cli_nomem(c);

	if (rc == CLI_DONE)
		rc = cli_open(c);
	if (rc != CLI_DONE)
		return rc;
	attr.ports = ports;
	return cli_result(c, vw_bridge_create(c->h, c->operands[0], &attr,
					      cli_has(c, 't') ? VW_TEMPORARY : 0));
}

static int modify_bridge(struct cli *c)
{
	struct vw_bridge_attr attr = { .size = sizeof(attr) };
	int rc;

	if (!cli_has(c, 'P') && !cli_has(c, 'p') && !cli_has(c, 'm') && !cli_has(c, 'h') &&
	    !cli_has(c, 'd') && !cli_has(c, 'f'))
		return cli_usage(c, "at least one of the -Ppmhdf options must be specified");
	rc = read_attributes(c, &attr);
	if (rc == CLI_DONE)
		rc = cli_open(c);
	if (rc != CLI_DONE)
		return rc;
	return cli_result(c, vw_bridge_modify(c->h, c->operands[0], &attr,
					      cli_has(c, 't') ? VW_TEMPORARY : 0));
}

static int delete_bridge(struct cli *c)
{
	return dladm_each(c, vw_bridge_delete);
}

static int change_ports(struct cli *c, int (*verb)(struct vw_handle *, const char *,
						   const char *const *, unsigned))
{
	cli_auto_free const char **ports = cli_values(c, 'l');
	int rc = ports != NULL ? cli_open(c) : cli_nomem(c);

	if (rc != CLI_DONE)
		return rc;
	return cli_result(c, verb(c->h, c->operands[0], ports, cli_change_flags(c)));
}

static int add_bridge(struct cli *c)
{
	return change_ports(c, vw_bridge_add);
}

static int remove_bridge(struct cli *c)
{
	return change_ports(c, vw_bridge_remove);
}

#define OPT_PORT(flags)								\
	{ 'l', "link", "link", "a port; repeat for each", CLI_REPEAT | (flags),	\
	  "link:phys,aggr,etherstub,simnet" }
#define OPT_BRIDGE								\
	{ 'P', "protect", "protect", "stp, or none: no spanning tree (stp)", 0,	\
	  "words:stp,none" },							\
	{ 'p', "priority", "priority", "the lowest wins: 0 to 61440 by 4096 (32768)" }, \
	{ 'm', "max-age", "seconds", "6 to 40 (20)" },				\
	{ 'h', "hello-time", "seconds", "1 to 10 (2)" },			\
	{ 'd', "forward-delay", "seconds", "4 to 30 (15)" },			\
	{ 'f', "force-protocol", "version", "spanning tree version: 0, the only one" }
static const struct cli_option create_options[] = {
	OPT_TEMPORARY, OPT_ROOT, OPT_BRIDGE, OPT_PORT(0), { 0 }
};
static const struct cli_option modify_options[] = { OPT_TEMPORARY, OPT_ROOT, OPT_BRIDGE, { 0 } };
static const struct cli_option delete_options[] = { OPT_TEMPORARY, OPT_ROOT, { 0 } };
static const struct cli_option port_options[] = {
	OPT_TEMPORARY, OPT_ROOT, OPT_PORT(CLI_REQUIRED), { 0 }
};

const struct cli_command bridge_commands[] = {
	{ "create-bridge", create_bridge, create_options, "bridge", "create a learning bridge", 1,
	  1 },
	{ "modify-bridge", modify_bridge, modify_options, "bridge",
	  "change the spanning tree parameters of a bridge", 1, 1, "link:bridge" },
	{ "delete-bridge", delete_bridge, delete_options, "bridge...",
	  "delete bridges that have no ports", 1, CLI_MANY, "link:bridge" },
	{ "add-bridge", add_bridge, port_options, "bridge", "add ports to a bridge", 1, 1,
	  "link:bridge" },
	{ "remove-bridge", remove_bridge, port_options, "bridge", "take ports out of a bridge", 1,
	  1, "link:bridge" },
	{ 0 }
};

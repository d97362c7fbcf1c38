/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* flowattr.c - which packets a flow takes: attributes as typed, and as the engine knows them */
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "prop/rows.h"

#define SHOWN	80

/* -- values --------------------------------------------------------------------------------------- */

static int parse_prefix(struct vw_handle *h, const char *name, const char *text, char *out,
			size_t len)
{
	char canonical[VWU_PREFIX_STRLEN];
	struct vwpl_prefix p;
	struct vwu_prefix u;
	int rc = vwp_prefix_parse(h, name, text, &p);

	if (rc < 0)
		return rc;
	if (p.len == 0) {
		(void)vwc_why(h, VW_ERR_BADVAL, "%s: '%.*s' is every address", name, SHOWN, text);
		return vwc_hint(h, VW_ERR_BADVAL, "limits of all that a link carries are properties "
				"of the link: dladm set-linkprop");
	}
	u = (struct vwu_prefix){ .family = p.family, .len = p.len };
	memcpy(u.addr, p.addr, sizeof(u.addr));
	return vwp_put(h, out, len, "%s", vwu_prefix_format(&u, canonical));
}

static const struct { const char *word; uint8_t proto; bool ports; } transports[] = {
	{ "tcp", IPPROTO_TCP, true },	{ "udp", IPPROTO_UDP, true },
	{ "sctp", IPPROTO_SCTP, true }, { "icmp", IPPROTO_ICMP, false },
	{ "icmpv6", IPPROTO_ICMPV6, false },
};

/* Number of a transport; past the last: none. */
static size_t transport_of(const char *text)
{
	size_t i = 0;

	while (i < VWU_ARRAY_SIZE(transports) && strcasecmp(transports[i].word, text) != 0)
		i++;
	return i;
}

static int parse_transport(struct vw_handle *h, const char *name, const char *text, char *out,
			   size_t len)
{
	size_t i = transport_of(text);

	if (i < VWU_ARRAY_SIZE(transports))
		return vwp_put(h, out, len, "%s", transports[i].word);
	return vwc_why(h, VW_ERR_BADVAL, "%s: must be one of tcp, udp, sctp, icmp, icmpv6, is '%.*s'",
		       name, SHOWN, text);
}

static int parse_port(struct vw_handle *h, const char *name, const char *text, char *out,
		      size_t len)
{
	uint32_t port;

	if (!vwu_parse_u32(text, 1, 65535, &port))
		return vwc_why(h, VW_ERR_BADVAL, "%s: must be a number from 1 to 65535, is '%.*s'",
			       name, SHOWN, text);
	return vwp_put(h, out, len, "%u", port);
}

/* "2e", "0x2E": one byte in hexadecimal, up to @end. */
static bool hex_byte(const char *text, const char *end, unsigned *out)
{
	static const char digits[] = "0123456789abcdefABCDEF";
	char copy[3] = "";

	if (end - text > 2 && text[0] == '0' && (text[1] | 0x20) == 'x')
		text += 2;
	if (end - text < 1 || end - text > 2)
		return false;
	memcpy(copy, text, (size_t)(end - text));
	*out = (unsigned)strtoul(copy, NULL, 16);
	return copy[strspn(copy, digits)] == '\0';
}

static bool read_dsfield(const char *text, unsigned *value, unsigned *mask)
{
	const char *colon = strchr(text, ':'), *end = text + strlen(text);

	*mask = 0xff;
	return hex_byte(text, colon ? colon : end, value) &&
	       (colon == NULL || hex_byte(colon + 1, end, mask));
}

static int parse_dsfield(struct vw_handle *h, const char *name, const char *text, char *out,
			 size_t len)
{
	unsigned value, mask;

	if (!read_dsfield(text, &value, &mask))
		return vwc_why(h, VW_ERR_BADVAL, "%s: must be a byte in hexadecimal, with a mask or "
			       "without, such as 0xb8 or 0x2e:0xfc, is '%.*s'", name, SHOWN, text);
	if (mask == 0)
		return vwc_why(h, VW_ERR_BADVAL, "%s: the mask of '%.*s' leaves no bit to compare",
			       name, SHOWN, text);
	return vwp_put(h, out, len, "0x%02x:0x%02x", value, mask);
}

/* -- the table -------------------------------------------------------------------------------------- */

struct attr {
	struct vw_flowprop_desc pub;
	int (*parse)(struct vw_handle *h, const char *name, const char *text, char *out, size_t len);
};
#define ATTR(n, p, values, text) \
	{ .pub = { .size = sizeof(struct vw_flowprop_desc), .name = n, .defval = "--", \
		   .possible = values, .help = text }, .parse = p }

static const struct attr attrs[] = {
	ATTR("local_ip", parse_prefix, "",
	     "address or prefix of the link's owner, 192.0.2.7 or 2001:db8::/64"),
	ATTR("remote_ip", parse_prefix, "", "address or prefix of the other side"),
	ATTR("transport", parse_transport, "tcp,udp,sctp,icmp,icmpv6",
	     "protocol above IP; icmp is that of IPv4"),
	ATTR("local_port", parse_port, "1-65535",
	     "port of the link's owner; needs transport tcp, udp or sctp"),
	ATTR("remote_port", parse_port, "1-65535",
	     "port of the other side; needs transport tcp, udp or sctp"),
	ATTR("dsfield", parse_dsfield, "",
	     "TOS or traffic class byte in hexadecimal, with a mask: 0x2e:0xfc"),
};
enum { LOCAL_IP, REMOTE_IP, TRANSPORT, LOCAL_PORT, REMOTE_PORT, DSFIELD };

const struct vw_flowprop_desc *vw_flowattr_desc_get(size_t i)
{
	return i < VWU_ARRAY_SIZE(attrs) ? &attrs[i].pub : NULL;
}

#define KINDS	"a flow has local_ip, or remote_ip, or transport, or transport with local_port, or " \
		"transport with remote_port, or dsfield"

static int unknown(struct vw_handle *h, const char *name)
{
	const char *names[VWU_ARRAY_SIZE(attrs)], *near;

	for (size_t i = 0; i < VWU_ARRAY_SIZE(attrs); i++)
		names[i] = attrs[i].pub.name;
	near = vwu_nearest(name, names, VWU_ARRAY_SIZE(attrs));
	(void)vwc_why(h, VW_ERR_BADVAL, "there is no attribute '%.*s'", SHOWN, name);
	return near ? vwc_hint(h, VW_ERR_BADVAL, "did you mean '%s'? " KINDS, near)
		    : vwc_hint(h, VW_ERR_BADVAL, KINDS);
}

static int add_attr(struct vw_handle *h, struct vws_flow *f, const char *text)
{
	char name[64], value[VWP_VALUE_MAX];
	const char *typed;
	size_t i = 0;
	int rc = vwp_split(h, text, name, &typed);

	if (rc < 0)
		return vwc_why(h, VW_ERR_BADVAL, "'%.*s' is not of the form attribute=value", SHOWN,
			       text);
	while (i < VWU_ARRAY_SIZE(attrs) && strcasecmp(attrs[i].pub.name, name) != 0)
		i++;
	if (i == VWU_ARRAY_SIZE(attrs))
		return unknown(h, name);
	if (vws_flow_match(f, attrs[i].pub.name) != NULL)
		return vwc_why(h, VW_ERR_BADVAL, "%s is given twice", attrs[i].pub.name);
	rc = attrs[i].parse(h, attrs[i].pub.name, typed, value, sizeof(value));
	return rc < 0 ? rc : vws_flow_set_match(h, f, attrs[i].pub.name, value);
}

/* -- attributes together ------------------------------------------------------------------------------ */

static bool has(const struct vws_flow *f, int attr)
{
	return vws_flow_match(f, attrs[attr].pub.name) != NULL;
}

static int check_ports(struct vw_handle *h, const struct vws_flow *f)
{
	const char *port = has(f, LOCAL_PORT) ? "local_port" : "remote_port";
	const char *transport = vws_flow_match(f, "transport");

	if (has(f, LOCAL_PORT) && has(f, REMOTE_PORT))
		(void)vwc_why(h, VW_ERR_BADVAL, "local_port and remote_port cannot be combined");
	else if (transport == NULL && f->nmatch > 1)
		return VW_OK;	/* with something else that a port does not go with */
	else if (transport == NULL)
		(void)vwc_why(h, VW_ERR_BADVAL, "%s needs a transport: tcp, udp or sctp", port);
	else if (!transports[transport_of(transport)].ports)
		(void)vwc_why(h, VW_ERR_BADVAL, "%s has no ports, so %s cannot go with it", transport,
			      port);
	else
		return VW_OK;
	return vwc_hint(h, VW_ERR_BADVAL, KINDS);
}

static int check_together(struct vw_handle *h, const struct vws_flow *f)
{
	bool port = has(f, LOCAL_PORT) || has(f, REMOTE_PORT);
	int rc = port ? check_ports(h, f) : VW_OK;

	if (rc < 0 || f->nmatch == 1 || (f->nmatch == 2 && port && has(f, TRANSPORT)))
		return rc;
	if (f->nmatch == 0)
		(void)vwc_why(h, VW_ERR_BADVAL, "no attribute says which packets are meant");
	else
		(void)vwc_why(h, VW_ERR_BADVAL, "%s and %s cannot be combined", f->match[0].name,
			      f->match[f->nmatch - 1].name);
	return vwc_hint(h, VW_ERR_BADVAL, KINDS);
}

int vwp_flow_attrs(struct vw_handle *h, struct vws_flow *f, const char *const *list)
{
	int rc = VW_OK;

	for (; rc == VW_OK && list != NULL && *list != NULL; list++)
		rc = add_attr(h, f, *list);
	return rc == VW_OK ? check_together(h, f) : rc;
}

/* -- for the engine -------------------------------------------------------------------------------------- */

static int compile_prefix(struct vw_handle *h, const struct vws_flow *f, enum vwb_kind kind,
			  struct vwpl_match *out)
{
	const char *name = kind == VWB_LOCAL_IP ? "local_ip" : "remote_ip";

	out->kind = kind;
	return vwp_prefix_parse(h, name, vws_flow_match(f, name), &out->ip);
}

static int compile_transport(struct vw_handle *h, const struct vws_flow *f, struct vwpl_match *out)
{
	const char *port = vws_flow_match(f, has(f, LOCAL_PORT) ? "local_port" : "remote_port");
	size_t i = transport_of(vws_flow_match(f, "transport"));
	uint32_t v = 0;

	if (i == VWU_ARRAY_SIZE(transports) || (port && !vwu_parse_u32(port, 1, 65535, &v)))
		return vwc_why(h, VW_ERR_CONFIG, "transport or port of flow '%s' is malformed",
			       f->name);
	out->kind = !port ? VWB_TRANSPORT : has(f, LOCAL_PORT) ? VWB_LOCAL_PORT : VWB_REMOTE_PORT;
	out->proto = transports[i].proto;
	out->port = (uint16_t)v;
	return VW_OK;
}

static int compile_dsfield(struct vw_handle *h, const struct vws_flow *f, struct vwpl_match *out)
{
	unsigned value, mask;

	if (!read_dsfield(vws_flow_match(f, "dsfield"), &value, &mask))
		return vwc_why(h, VW_ERR_CONFIG, "dsfield of flow '%s' is malformed", f->name);
	out->kind = VWB_DSFIELD;
	out->mask = (uint8_t)mask;
	out->ds = (uint8_t)(value & mask);
	return VW_OK;
}

int vwp_match_compile(struct vw_handle *h, const struct vws_flow *f, struct vwpl_match *out)
{
	int rc = check_together(h, f);

	memset(out, 0, sizeof(*out));
	if (rc < 0)
		return rc;
	if (has(f, LOCAL_IP))
		return compile_prefix(h, f, VWB_LOCAL_IP, out);
	if (has(f, REMOTE_IP))
		return compile_prefix(h, f, VWB_REMOTE_IP, out);
	return has(f, DSFIELD) ? compile_dsfield(h, f, out) : compile_transport(h, f, out);
}

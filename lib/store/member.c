/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* member.c - the members a link may have, and what each may hold by itself */
#include "store/schema.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include <vwire/handle.h>

#define MAC_CLASSES	(VW_CLASS_VNIC | VW_CLASS_SIMNET | VW_CLASS_AGGR)
#define ZONE_CLASSES	(VW_CLASS_ANY & ~(VW_CLASS_ETHERSTUB | VW_CLASS_BRIDGE))
#define ZONE_MAX	1023

bool vws_hostile(const char *text)
{
	return vw_escape(NULL, 0, text) != strlen(text);
}

/* NULL when a link of others can have this name: dev_valid_name() of the kernel, and readable. */
const char *vws_foreign_name_fault(const char *name)
{
	if (*name == '\0')
		return "is empty";
	if (strlen(name) > VW_NAME_MAX)
		return "is longer than 31 bytes";
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return "is no name";
	if (strpbrk(name, "/: \t\n\v\f\r") != NULL)
		return "holds '/', ':' or a blank";
	return vws_hostile(name) ? "holds a control or invisible character" : NULL;
}

static int keep(struct vws_reader *r, char **to)
{
	*to = strdup(r->json.str.s);
	return *to ? VW_OK : vwc_nomem(r->h);
}

int vws_read_link_name(struct vws_reader *r, char **out)
{
	const char *from, *why;
	int rc = vws_read_text(r, "the name of a link", &from);

	if (rc < 0)
		return rc;
	why = vws_foreign_name_fault(r->json.str.s);
	if (why != NULL)
		return vws_bad(r, "'%.64s' %s", r->json.str.s, why);
	return keep(r, out);
}

static int read_class(struct vws_reader *r, struct vws_link *l)
{
	return vws_read_word(r, vws_classes, &l->cls);
}

static int read_over(struct vws_reader *r, struct vws_link *l)
{
	return vws_read_link_name(r, &l->over);
}

static int add_port(struct vws_reader *r, struct vws_link *l, size_t *n)
{
	char **ports;
	int rc;

	if (*n == VWS_PORTS_MAX)
		return vws_bad(r, "holds more than %d links", VWS_PORTS_MAX);
	/* Room for this one and the NULL, doubled at powers of two. */
	if ((*n & (*n + 1)) == 0) {
		ports = realloc(l->ports, (2 * *n + 2) * sizeof(*ports));
		if (ports == NULL)
			return vwc_nomem(r->h);
		l->ports = ports;
		l->ports[*n] = NULL;
	}
	rc = vws_read_link_name(r, &l->ports[*n]);
	if (rc < 0)
		return rc;
	l->ports[*n + 1] = NULL;
	for (size_t i = 0; i < *n; i++)
		if (strcmp(l->ports[i], l->ports[*n]) == 0)
			return vws_bad(r, "names '%s' twice", l->ports[i]);
	++*n;
	return VW_OK;
}

static int read_ports(struct vws_reader *r, struct vws_link *l)
{
	enum vws_json_type type = vws_json_type(&r->json);
	size_t n = 0;

	if (type != VWS_JSON_ARRAY)
		return type == VWS_JSON_NONE ? vws_bad_json(r)
					     : vws_must_be(r, r->json.p, "a list of links");
	if (!vws_json_enter(&r->json))
		return vws_bad_json(r);
	while (vws_json_next(&r->json)) {
		int rc = add_port(r, l, &n);

		if (rc < 0)
			return rc;
	}
	if (r->json.fault != NULL)
		return vws_bad_json(r);
	return n > 0 ? VW_OK : vws_bad(r, "must name at least one link");
}

static int read_vid(struct vws_reader *r, struct vws_link *l)
{
	uint64_t v;
	int rc = vws_read_number(r, 1, 4094, &v);

	if (rc == VW_OK)
		l->vid = (uint16_t)v;
	return rc;
}

static int read_mac(struct vws_reader *r, struct vws_link *l)
{
	const char *from, *why;
	int rc = vws_read_text(r, "a MAC address", &from);

	if (rc < 0)
		return rc;
	if (!vwu_mac_parse(r->json.str.s, l->mac))
		return vws_must_be(r, from, "a MAC address such as \"2:8:20:1:2:3\"");
	why = vwu_mac_unusable(l->mac);
	if (why != NULL)
		return vws_bad(r, "'%s' %s", r->json.str.s, why);
	l->has_mac = true;
	return VW_OK;
}

static int read_mac_type(struct vws_reader *r, struct vws_link *l)
{
	return vws_read_word(r, vws_mac_types, &l->mac_type);
}

static int read_lacp(struct vws_reader *r, struct vws_link *l)
{
	return vws_read_word(r, vws_lacp_modes, &l->lacp);
}

static int read_timer(struct vws_reader *r, struct vws_link *l)
{
	return vws_read_word(r, vws_lacp_timers, &l->timer);
}

static int read_policy(struct vws_reader *r, struct vws_link *l)
{
	return vws_read_word(r, vws_policies, &l->policy);
}

static int read_forced(struct vws_reader *r, struct vws_link *l)
{
	return vws_read_bool(r, &l->forced);
}

static int read_removed(struct vws_reader *r, struct vws_link *l)
{
	return vws_read_bool(r, &l->removed);
}

static int read_u32(struct vws_reader *r, uint32_t min, uint32_t max, uint32_t *out)
{
	uint64_t v;
	int rc = vws_read_number(r, min, max, &v);

	if (rc == VW_OK)
		*out = (uint32_t)v;
	return rc;
}

static int read_priority(struct vws_reader *r, struct vws_link *l)
{
	int rc = read_u32(r, 0, 61440, &l->priority);

	if (rc == VW_OK && l->priority % 4096 != 0)
		return vws_bad(r, "must be a multiple of 4096, is %u", l->priority);
	return rc;
}

static int read_max_age(struct vws_reader *r, struct vws_link *l)
{
	return read_u32(r, 6, 40, &l->max_age_s);
}

static int read_hello(struct vws_reader *r, struct vws_link *l)
{
	return read_u32(r, 1, 10, &l->hello_s);
}

static int read_forward_delay(struct vws_reader *r, struct vws_link *l)
{
	return read_u32(r, 4, 30, &l->forward_delay_s);
}

static int read_stp(struct vws_reader *r, struct vws_link *l)
{
	return vws_read_word(r, vws_on_off, &l->stp);
}

static int read_tunnel(struct vws_reader *r, struct vws_link *l)
{
	return vws_read_word(r, vws_tunnels, &l->tunnel);
}

/* Which protocol it must be of is known when the whole link is. */
static int read_address(struct vws_reader *r, char **out)
{
	const char *from;
	int rc = vws_read_text(r, "an IP address", &from);
	uint8_t addr[16];

	if (rc < 0)
		return rc;
	if (inet_pton(AF_INET, r->json.str.s, addr) != 1 &&
	    inet_pton(AF_INET6, r->json.str.s, addr) != 1)
		return vws_must_be(r, from, "an IP address");
	return keep(r, out);
}

static int read_local(struct vws_reader *r, struct vws_link *l)
{
	return read_address(r, &l->local);
}

static int read_remote(struct vws_reader *r, struct vws_link *l)
{
	return read_address(r, &l->remote);
}

static int read_zone(struct vws_reader *r, struct vws_link *l)
{
	const char *from, *zone;
	int rc = vws_read_text(r, "the name, path or pid of a zone", &from);

	if (rc < 0)
		return rc;
	zone = r->json.str.s;
	if (*zone == '\0')
		return vws_bad(r, "is empty");
	if (strlen(zone) > ZONE_MAX)
		return vws_bad(r, "is longer than %d bytes", ZONE_MAX);
	if (vws_hostile(zone))
		return vws_bad(r, "'%.64s' holds a control or invisible character", zone);
	if (*zone != '/' && (strchr(zone, '/') || !strcmp(zone, ".") || !strcmp(zone, "..")))
		return vws_bad(r, "'%.64s' is neither a name nor a path from /", zone);
	return keep(r, &l->zone);
}

static int read_props(struct vws_reader *r, struct vws_link *l)
{
	return vws_read_props(r, &l->props, &l->nprops);
}

/* The members of a link: on which classes they exist, and which of these cannot do without. */
const struct vws_member vws_members[] = {
	{ "class",	 VW_CLASS_ANY, VW_CLASS_ANY, read_class },
	{ "removed",	 VW_CLASS_ANY, 0, read_removed },
	{ "over",	 VW_CLASS_VNIC | VW_CLASS_VLAN | VW_CLASS_SIMNET | VW_CLASS_PHYS,
			 VW_CLASS_VNIC | VW_CLASS_VLAN, read_over },
	{ "ports",	 VW_CLASS_AGGR | VW_CLASS_BRIDGE, VW_CLASS_AGGR, read_ports },
	{ "vid",	 VW_CLASS_VNIC | VW_CLASS_VLAN, VW_CLASS_VLAN, read_vid },
	{ "mac",	 MAC_CLASSES, VW_CLASS_VNIC, read_mac },
	{ "macaddrtype", MAC_CLASSES, 0, read_mac_type },
	{ "lacp",	 VW_CLASS_AGGR, 0, read_lacp },
	{ "timer",	 VW_CLASS_AGGR, 0, read_timer },
	{ "policy",	 VW_CLASS_AGGR, 0, read_policy },
	{ "forced",	 VW_CLASS_AGGR | VW_CLASS_VNIC | VW_CLASS_VLAN, 0, read_forced },
	{ "priority",	 VW_CLASS_BRIDGE, 0, read_priority },
	{ "maxage",	 VW_CLASS_BRIDGE, 0, read_max_age },
	{ "hello",	 VW_CLASS_BRIDGE, 0, read_hello },
	{ "fwddelay",	 VW_CLASS_BRIDGE, 0, read_forward_delay },
	{ "stp",	 VW_CLASS_BRIDGE, 0, read_stp },
	{ "tunnel",	 VW_CLASS_IPTUN, VW_CLASS_IPTUN, read_tunnel },
	{ "local",	 VW_CLASS_IPTUN, 0, read_local },
	{ "remote",	 VW_CLASS_IPTUN, 0, read_remote },
	{ "zone",	 ZONE_CLASSES, 0, read_zone },
	{ "props",	 VW_CLASS_ANY, 0, read_props },
};
const size_t vws_nmembers = VWU_ARRAY_SIZE(vws_members);

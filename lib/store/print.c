/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* print.c - a link in canonical form: one line, members in fixed order */
#include "store/schema.h"

#include <vwire/aggr.h>
#include <vwire/handle.h>
#include <vwire/iptun.h>

const struct vws_word vws_classes[] = {
	{ "phys", VW_CLASS_PHYS },	 { "vnic", VW_CLASS_VNIC },
	{ "etherstub", VW_CLASS_ETHERSTUB }, { "vlan", VW_CLASS_VLAN },
	{ "aggr", VW_CLASS_AGGR },	 { "simnet", VW_CLASS_SIMNET },
	{ "bridge", VW_CLASS_BRIDGE },	 { "iptun", VW_CLASS_IPTUN },
	{ "misc", VW_CLASS_MISC },	 { 0 }
};
const struct vws_word vws_mac_types[] = {
	{ "fixed", VW_MAC_FIXED }, { "random", VW_MAC_RANDOM }, { "factory", VW_MAC_FACTORY }, { 0 }
};
const struct vws_word vws_lacp_modes[] = {
	{ "off", VW_LACP_OFF }, { "active", VW_LACP_ACTIVE }, { "passive", VW_LACP_PASSIVE }, { 0 }
};
const struct vws_word vws_lacp_timers[] = {
	{ "short", VW_LACP_SHORT }, { "long", VW_LACP_LONG }, { 0 }
};
const struct vws_word vws_policies[] = {
	{ "L2", VW_AGGR_L2 },
	{ "L3", VW_AGGR_L3 },
	{ "L2,L3", VW_AGGR_L2 | VW_AGGR_L3 },
	{ "L4", VW_AGGR_L4 },
	{ "L2,L4", VW_AGGR_L2 | VW_AGGR_L4 },
	{ "L3,L4", VW_AGGR_L3 | VW_AGGR_L4 },
	{ "L2,L3,L4", VW_AGGR_L2 | VW_AGGR_L3 | VW_AGGR_L4 },
	{ 0 }
};
const struct vws_word vws_on_off[] = { { "on", 1 }, { "off", 2 }, { 0 } };
const struct vws_word vws_tunnels[] = {
	{ "ipv4", VW_IPTUN_IPV4 }, { "ipv6", VW_IPTUN_IPV6 }, { "6to4", VW_IPTUN_6TO4 }, { 0 }
};

const char *vws_word_of(const struct vws_word *words, unsigned value)
{
	for (; words->text != NULL; words++)
		if (words->value == value)
			return words->text;
	return NULL;
}

void vws_print_string(struct vwu_str *b, const char *text)
{
	vwu_str_addn(b, "\"", 1);
	for (const char *from = text;; text++) {
		unsigned char c = (unsigned char)*text;

		if (c >= 0x20 && c != '"' && c != '\\')
			continue;
		vwu_str_addn(b, from, (size_t)(text - from));
		if (c == '\0')
			break;
		if (c < 0x20)
			vwu_str_addf(b, "\\u%04x", c);
		else
			vwu_str_addf(b, "\\%c", c);
		from = text + 1;
	}
	vwu_str_addn(b, "\"", 1);
}

/* , "name": "value" */
static void put(struct vwu_str *b, const char *name, const char *value)
{
	if (value == NULL)
		return;
	vwu_str_add(b, ", \"");
	vwu_str_add(b, name);
	vwu_str_add(b, "\": ");
	vws_print_string(b, value);
}

static void put_number(struct vwu_str *b, const char *name, uint32_t value)
{
	vwu_str_addf(b, ", \"%s\": %u", name, value);
}

/* A value outside of the words is printed as it is, for the reader to refuse. */
static void put_word(struct vwu_str *b, const char *name, const struct vws_word *words,
		     unsigned value)
{
	const char *text = vws_word_of(words, value);

	if (text != NULL)
		put(b, name, text);
	else
		put_number(b, name, value);
}

static void put_ports(struct vwu_str *b, char *const *ports)
{
	if (ports == NULL || ports[0] == NULL)
		return;
	vwu_str_add(b, ", \"ports\": [");
	for (size_t i = 0; ports[i] != NULL; i++) {
		vwu_str_add(b, i ? ", " : "");
		vws_print_string(b, ports[i]);
	}
	vwu_str_add(b, "]");
}

static void put_mac(struct vwu_str *b, const struct vws_link *l)
{
	char mac[VW_MAC_STRLEN];

	if (!l->has_mac)
		return;
	put(b, "mac", vw_mac_format(l->mac, mac));
	if (l->mac_type != VW_MAC_NONE)
		put_word(b, "macaddrtype", vws_mac_types, l->mac_type);
}

static void put_bridge(struct vwu_str *b, const struct vws_link *l)
{
	put_number(b, "priority", l->priority);
	put_number(b, "maxage", l->max_age_s);
	put_number(b, "hello", l->hello_s);
	put_number(b, "fwddelay", l->forward_delay_s);
	put_word(b, "stp", vws_on_off, l->stp);
}

void vws_print_link(struct vwu_str *b, const void *object)
{
	const struct vws_link *l = object;
	const char *cls = vws_word_of(vws_classes, l->cls);

	vws_print_string(b, l->name);
	vwu_str_add(b, ": {\"class\": ");
	vws_print_string(b, cls ? cls : "");
	if (l->removed) {
		vwu_str_add(b, ", \"removed\": true}");
		return;
	}
	put(b, "over", l->over);
	put_ports(b, l->ports);
	if (l->vid != 0)
		put_number(b, "vid", l->vid);
	put_mac(b, l);
	if (l->cls == VW_CLASS_AGGR) {
		put_word(b, "lacp", vws_lacp_modes, l->lacp);
		put_word(b, "timer", vws_lacp_timers, l->timer);
		put_word(b, "policy", vws_policies, l->policy);
	}
	if (l->forced)
		vwu_str_add(b, ", \"forced\": true");
	if (l->cls == VW_CLASS_BRIDGE)
		put_bridge(b, l);
	if (l->cls == VW_CLASS_IPTUN)
		put_word(b, "tunnel", vws_tunnels, l->tunnel);
	put(b, "local", l->local);
	put(b, "remote", l->remote);
	put(b, "zone", l->zone);
	vws_print_props(b, "props", l->props, l->nprops);
	vwu_str_add(b, "}");
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* explain.c - which kernel objects make a link what it is, each read from the kernel now */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/engine.h"

struct telling {
	struct vwpl	*p;
	const struct vwpl_link *l;
	struct vwb_point v;
	vwpl_explain_fn	*fn;
	void		*arg;
	int		 rc;
	char		 point[VWU_IFNAME], queue[VWU_IFNAME];
	struct vwk_class *classes;
	size_t		 nclasses;
};

__attribute__((format(printf, 3, 4)))
static void say(struct telling *t, const char *subject, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	if (t->rc < 0)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	t->rc = t->fn(t->arg, subject, text);
}

static void name_of(struct telling *t, uint32_t ifindex, char name[VWU_IFNAME])
{
	struct vwk_link dev;

	snprintf(name, VWU_IFNAME, "#%u", ifindex);
	if (ifindex == 0 || vwk_link_get(t->p->h, t->p->nl, NULL, (int)ifindex, 0, &dev) < 0)
		return;
	memcpy(name, dev.name, VWU_IFNAME);
	vwk_link_clear(&dev);
}

static uint32_t map_id(const struct telling *t, enum vwb_map map)
{
	return t->p->conf.maps[map];
}

/* -- hooks and counters ----------------------------------------------------------------------- */

static void say_filters(struct telling *t, bool ingress)
{
	vwu_auto_free struct vwk_filter *v = NULL;
	size_t n = 0;
	int rc = vwk_filter_dump(t->p->h, t->p->nl, t->l->point, ingress, &v, &n);

	if (rc < 0)
		t->rc = rc;
	for (size_t i = 0; t->rc == VW_OK && i < n; i++)
		if (v[i].prio == VWK_TC_PRIO)
			say(t, "link", "filter bpf pref %u %s (program %u) at clsact %s of %s",
			    v[i].prio, v[i].name, v[i].prog_id, ingress ? "ingress" : "egress",
			    t->point);
		else
			say(t, "link", "filter %s pref %u of others at clsact %s of %s", v[i].kind,
			    v[i].prio, ingress ? "ingress" : "egress", t->point);
}

static void say_point(struct telling *t)
{
	say_filters(t, true);
	say_filters(t, false);
	say(t, "link", "map vw_points (%u) key %d, counters %u in maps vw_counts (%u) and "
	    "vw_dropped (%u)", map_id(t, VWB_MAP_POINTS), t->l->point, t->v.account,
	    map_id(t, VWB_MAP_COUNTS), map_id(t, VWB_MAP_DROPPED));
	if (t->v.flags & VWB_STRICT)
		say(t, "vid", "flag STRICT in vw_points: no tags from or to its owner");
}

static void say_uplink(struct telling *t)
{
	static const struct { uint32_t note; const char *words; } notes[] = {
		{ VWPL_ALLMULTI_ON, "allmulticast on" }, { VWPL_LRO_OFF, "rx-lro off" },
		{ VWPL_VLAN_FILTER_OFF, "rx-vlan-filter off" },
		{ VWPL_PORTS_LRO_OFF, "rx-lro off at its ports" },
		{ VWPL_PORTS_FILTER_OFF, "rx-vlan-filter off at its ports" },
	};

	say(t, "switch", "flag UPLINK in vw_points: the NIC of a switch");
	for (size_t i = 0; i < VWU_ARRAY_SIZE(notes); i++)
		if (t->v.flags & notes[i].note)
			say(t, "switch", "%s: %s as long as VNICs are over it", t->point,
			    notes[i].words);
}

static void say_switch(struct telling *t)
{
	const uint8_t *m = t->v.mac;
	char uplink[VWU_IFNAME];

	if (!(t->v.flags & (VWB_PORT | VWB_UPLINK)))
		return;
	name_of(t, t->v.sw, uplink);
	if (t->v.flags & VWB_UPLINK)
		say_uplink(t);
	else
		say(t, "switch", "map vw_fdb (%u): %x:%x:%x:%x:%x:%x of VLAN %u at %s leads to "
		    "%s, in the unicast filter of %s", map_id(t, VWB_MAP_FDB), m[0], m[1], m[2],
		    m[3], m[4], m[5], t->v.vid, uplink, t->point, uplink);
	if (t->v.flags & VWB_PORT)
		say(t, "switch", "map vw_groups (%u): hears broadcasts of VLAN %u at %s",
		    map_id(t, VWB_MAP_GROUPS), t->v.vid, uplink);
}

/* -- classes ---------------------------------------------------------------------------------- */

static void rate_text(uint64_t bytes, char *buf, size_t len)
{
	uint64_t bits = bytes * 8;

	if (bits >= 1000000000 && bits % 1000000000 == 0)
		snprintf(buf, len, "%lluGbit", (unsigned long long)bits / 1000000000);
	else if (bits >= 1000000 && bits % 1000000 == 0)
		snprintf(buf, len, "%lluMbit", (unsigned long long)bits / 1000000);
	else if (bits >= 1000 && bits % 1000 == 0)
		snprintf(buf, len, "%lluKbit", (unsigned long long)bits / 1000);
	else
		snprintf(buf, len, "%llubit", (unsigned long long)bits);
}

static void say_class(struct telling *t, const char *subject, uint16_t minor, const char *part)
{
	for (size_t i = 0; i < t->nclasses; i++) {
		const struct vwk_class *c = &t->classes[i];
		char rate[32], ceil[32];

		if ((c->classid & 0xFFFF) != minor)
			continue;
		rate_text(c->htb.rate, rate, sizeof(rate));
		rate_text(c->htb.ceil, ceil, sizeof(ceil));
		/* What has no limit of its own has the highest there is. */
		say(t, subject, "class %x:%x htb rate %s ceil %s prio %u on %s%s", c->classid >> 16,
		    c->classid & 0xFFFF, rate, c->htb.ceil * 8 > VWPL_RATE_MOST ? "none" : ceil,
		    c->htb.prio, t->queue, part);
	}
}

static void say_node(struct telling *t, const char *subject, uint16_t minor)
{
	if (minor == 0)
		return;
	say_class(t, subject, minor, "");
	say_class(t, subject, (uint16_t)(minor + 1), ", what it sends");
	say_class(t, subject, (uint16_t)(minor + 2), ", what it receives");
}

static const char *limit_name(const struct vwpl_limits *l)
{
	if (l->both != VWPL_NONE)
		return "maxbw";
	if (l->rx != VWPL_NONE)
		return "maxbw-rx";
	if (l->tx != VWPL_NONE)
		return "maxbw-tx";
	return l->min != VWPL_NONE && l->min != 0 ? "minbw" : "priority";
}

static int read_classes(struct telling *t)
{
	struct vwpl_tree *tree = NULL;
	int rc;

	if (t->v.queue == 0)
		return VW_OK;
	name_of(t, t->v.queue, t->queue);
	rc = vwpl_tree_of(&t->p->trees, (int)t->v.queue, &tree);
	if (rc == VW_OK && tree != NULL)
		rc = vwk_class_dump(t->p->h, t->p->nl, (int)t->v.queue, &t->classes,
				    &t->nclasses);
	return rc;
}

/* -- protection ------------------------------------------------------------------------------- */

static void say_protection(struct telling *t)
{
	static const struct { unsigned bit; const char *name; } kinds[] = {
		{ VWB_PROTECT_MAC, "mac-nospoof" }, { VWB_PROTECT_IP, "ip-nospoof" },
		{ VWB_PROTECT_DHCP, "dhcp-nospoof" }, { VWB_PROTECT_RESTRICTED, "restricted" },
	};

	for (size_t i = 0; i < VWU_ARRAY_SIZE(kinds); i++)
		if (t->v.protect & kinds[i].bit)
			say(t, "protection", "%s in vw_points key %d", kinds[i].name, t->l->point);
}

static void say_entries(struct telling *t)
{
	struct vwpl_state s;
	char text[INET6_ADDRSTRLEN];
	int rc = vwpl_state_get(t->p, t->l->point, &s);

	if (rc < 0) {
		t->rc = rc;
		return;
	}
	for (size_t i = 0; i < s.nallowed; i++) {
		int af = s.allowed[i].family == 4 ? AF_INET : AF_INET6;

		if (inet_ntop(af, s.allowed[i].addr, text, sizeof(text)) != NULL)
			say(t, "allowed-ips", "map vw_allowed (%u): %s/%u",
			    map_id(t, VWB_MAP_ALLOWED), text, s.allowed[i].len);
	}
	if (s.ncids > 0)
		say(t, "allowed-dhcp-cids", "map vw_cids (%u): %zu ids", map_id(t, VWB_MAP_CIDS),
		    s.ncids);
	for (size_t i = 0; i < s.nmore; i++) {
		const uint8_t *m = s.more_macs[i];

		say(t, "secondary-macs", "map vw_fdb (%u): %x:%x:%x:%x:%x:%x",
		    map_id(t, VWB_MAP_FDB), m[0], m[1], m[2], m[3], m[4], m[5]);
	}
	vwpl_state_clear(&s);
}

/* -- flows ------------------------------------------------------------------------------------ */

static void say_flow(struct telling *t, const struct vwpl_flow *f)
{
	char subject[VWC_TEXT_MAX / 2];
	union vwpl_flow_key key;
	enum vwb_map map = vwpl_flow_key(t->l->point, &f->match, &key);
	struct vwb_flow flow;
	int rc = vwpl_map_get(t->p, map, &key, &flow);

	snprintf(subject, sizeof(subject), "flow %s", f->name);
	if (rc < 0)
		t->rc = rc;
	if (rc <= 0)
		return;
	say(t, subject, "map %s (%u), counters %u in map vw_counts (%u)",
	    map == VWB_MAP_FLOW_ADDRS ? "vw_flow_addrs" : "vw_flow_keys", map_id(t, map),
	    flow.account, map_id(t, VWB_MAP_COUNTS));
	if (flow.flags & VWB_FLOW_DROP)
		say(t, subject, "flag DROP there: nothing of it passes");
	if (flow.flags & VWB_FLOW_DSCP)
		say(t, subject, "DSCP %u there: written into what passes", flow.dscp);
	say_node(t, subject, flow.node);
}

int vwpl_explain(struct vwpl *p, const struct vwpl_link *l, const struct vwpl_flow *flows,
		 size_t n, vwpl_explain_fn *fn, void *arg)
{
	struct telling t = { .p = p, .l = l, .fn = fn, .arg = arg };
	uint32_t key = (uint32_t)l->point;
	int rc = vwpl_map_get(p, VWB_MAP_POINTS, &key, &t.v);

	if (rc <= 0)
		return rc;
	name_of(&t, key, t.point);
	t.rc = read_classes(&t);
	say_point(&t);
	say_switch(&t);
	if (t.v.flags & VWB_BLOCK)
		say(&t, "maxbw", "flag BLOCK in vw_points: nothing of it passes");
	say_node(&t, limit_name(&l->limits), (uint16_t)t.v.node);
	say_protection(&t);
	say_entries(&t);
	for (size_t i = 0; i < n; i++)
		say_flow(&t, &flows[i]);
	free(t.classes);
	return t.rc;
}

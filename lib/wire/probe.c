/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* probe.c - what this kernel can do, by trying it in a namespace of its own */
#include <linux/if_bonding.h>
#include <linux/if_link.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "wire/wire.h"

struct vw_probe {
	struct vw_probe_item	*v;
	size_t			 n, at;
};

/* The rig a trial runs in: one veth pair, t0 and t1. */
struct rig {
	struct vw_handle *h;
	struct vwk_nl	 *nl;
	int		  t0;
};

struct trial {
	const char *feature, *serves, *advice;
	int (*try_it)(struct rig *r);
};

static int try_link(struct rig *r, const struct vwk_newlink *l)
{
	struct vwk_batch *b = vwk_batch_new(r->h, r->nl);
	int rc;

	if (b == NULL)
		return VW_ERR_NOMEM;
	vwk_batch_newlink(b, l);
	rc = vwk_batch_run(b, NULL);
	vwk_batch_free(b);
	return rc;
}

static int try_set(struct rig *r, const struct vwk_setlink *s)
{
	struct vwk_batch *b = vwk_batch_new(r->h, r->nl);
	int rc;

	if (b == NULL)
		return VW_ERR_NOMEM;
	vwk_batch_setlink(b, s);
	rc = vwk_batch_run(b, NULL);
	vwk_batch_free(b);
	return rc;
}

static int try_veth(struct rig *r)
{
	return r->t0 > 0 ? VW_OK : VW_ERR_NOTSUP;
}

static int try_macvlan(struct rig *r)
{
	return try_link(r, &(struct vwk_newlink){ .name = "m0", .kind = VWK_MACVLAN, .nsfd = -1,
		.lower = r->t0, .macvlan_mode = MACVLAN_MODE_BRIDGE });
}

static int try_bridge(struct rig *r)
{
	struct vwk_bridge br = { .forward_delay = 1500, .hello_time = 200, .max_age = 2000,
				 .priority = 32768 };

	return try_link(r, &(struct vwk_newlink){ .name = "b0", .kind = VWK_BRIDGE, .nsfd = -1,
		.bridge = &br });
}

static int try_snooping(struct rig *r)
{
	struct vwk_bridge br = { .forward_delay = 1500, .hello_time = 200, .max_age = 2000,
				 .priority = 32768, .mcast_snooping = 1, .mcast_querier = 1 };

	return try_link(r, &(struct vwk_newlink){ .name = "b1", .kind = VWK_BRIDGE, .nsfd = -1,
		.bridge = &br, .mcast_query_response_interval = 100 });
}

static int try_bridge_vlan(struct rig *r)
{
	struct vwk_bridge br = { .forward_delay = 1500, .hello_time = 200, .max_age = 2000,
				 .priority = 32768, .vlan_filtering = 1 };

	return try_link(r, &(struct vwk_newlink){ .name = "b2", .kind = VWK_BRIDGE, .nsfd = -1,
		.bridge = &br });
}

static int try_vlan(struct rig *r)
{
	return try_link(r, &(struct vwk_newlink){ .name = "v0", .kind = VWK_VLAN, .nsfd = -1,
		.lower = r->t0, .vid = 7 });
}

static int try_bond(struct rig *r)
{
	struct vwk_bond bond = { .mode = BOND_MODE_8023AD, .xmit_policy = 1, .lacp_rate = 1,
				 .lacp_active = 1, .miimon = 100 };

	return try_link(r, &(struct vwk_newlink){ .name = "a0", .kind = VWK_BOND, .nsfd = -1,
		.bond = &bond });
}

static int try_passive(struct rig *r)
{
	struct vwk_setlink s = { .name = "a0", .kind = VWK_BOND, .set = VWK_SET_BOND,
				 .bond_set = VWK_BOND_ACTIVE };

	return try_set(r, &s);
}

static int try_tunnel(struct rig *r, enum vwk_kind kind)
{
	struct vwk_tunnel t = { .ttl = 64, .encap_limit = 4 };

	t.local[0] = kind == VWK_IP6TNL ? 0xfd : 10;
	t.local[15] = t.local[3] = 1;
	return try_link(r, &(struct vwk_newlink){ .name = vwk_kind_name(kind), .kind = kind,
		.nsfd = -1, .tunnel = &t });
}

static int try_ipip(struct rig *r)
{
	return try_tunnel(r, VWK_IPIP);
}

static int try_ip6tnl(struct rig *r)
{
	return try_tunnel(r, VWK_IP6TNL);
}

static int try_sit(struct rig *r)
{
	return try_tunnel(r, VWK_SIT);
}

static int try_altname(struct rig *r)
{
	struct vwk_batch *b = vwk_batch_new(r->h, r->nl);
	int rc;

	if (b == NULL)
		return VW_ERR_NOMEM;
	vwk_batch_altname(b, r->t0, NULL, "a_name_longer_than_15_bytes0", true);
	rc = vwk_batch_run(b, NULL);
	vwk_batch_free(b);
	return rc;
}

static int try_live_rename(struct rig *r)
{
	int rc = try_set(r, &(struct vwk_setlink){ .name = "t1", .up = true, .set = VWK_SET_UP });

	return rc < 0 ? rc : try_set(r, &(struct vwk_setlink){ .name = "t1", .newname = "t2",
		.set = VWK_SET_NAME });
}

static int try_guard(struct rig *r)
{
	int index = vwk_link_index(r->nl, "b0");
	int rc = index > 0 ? try_set(r, &(struct vwk_setlink){ .name = "t1", .master = index,
		.set = VWK_SET_MASTER }) : VW_ERR_NOTSUP;

	return rc < 0 ? rc : try_set(r, &(struct vwk_setlink){ .name = "t1", .port_kind = VWK_BRIDGE,
		.set = VWK_SET_BRPORT,
		.brport_set = VWK_BRPORT_LEARNING | VWK_BRPORT_FLOOD | VWK_BRPORT_GUARD });
}

static int try_clsact(struct rig *r)
{
	return vwpl_try_clsact(r->h, r->nl, r->t0);
}

static int try_programs(struct rig *r)
{
	struct vwpl_link l = { .name = "t0", .place = VWPL_PLAIN, .point = r->t0, .root = r->t0,
			       .root_name = "t0", .root_rate = VWPL_NONE, .strict = true,
			       .limits = { VWPL_NONE, VWPL_NONE, VWPL_NONE, VWPL_NONE, 0 } };
	struct vwpl *p = NULL;
	int rc = vwpl_open(r->h, r->nl, 0, true, &p);

	if (rc == VW_OK)
		rc = vwpl_links_set(p, &l, 1);
	if (rc == VW_OK)
		rc = vwpl_links_del(p, &r->t0, 1);
	vwpl_close(p);
	return rc;
}

static int try_htb(struct rig *r)
{
	return vwpl_try_htb(r->h, r->nl, r->t0);
}

static int try_fq_codel(struct rig *r)
{
	return vwpl_try_fq_codel(r->h, r->nl, r->t0);
}

static int try_rps(struct rig *r)
{
	uint32_t cpu0 = 1;

	return vwk_rps_set_all(r->h, r->nl, "t0", &cpu0, 1);
}

#define MODULE(name)	"load or build the kernel module " name

static const struct trial trials[] = {
	{ "veth", "VNICs over etherstubs, simnets", MODULE("veth"), try_veth },
	{ "macvlan", "VNICs over NICs and aggregations", MODULE("macvlan"), try_macvlan },
	{ "bridge", "etherstubs, bridges", MODULE("bridge"), try_bridge },
	{ "bridge-port-flags", "etherstubs that neither learn nor flood", "use Linux 4.19 or later",
	  try_guard },
	{ "multicast-snooping", "etherstubs that pass multicast to members alone",
	  "build the kernel with BRIDGE_IGMP_SNOOPING", try_snooping },
	{ "bridge-vlan", "property default_tag of bridge ports",
	  "build the kernel with BRIDGE_VLAN_FILTERING", try_bridge_vlan },
	{ "8021q", "VLAN links, host VNICs with a VLAN ID over NICs", MODULE("8021q"), try_vlan },
	{ "bonding", "aggregations", MODULE("bonding"), try_bond },
	{ "lacp-passive", "aggregations with LACP mode passive", "use Linux 5.16 or later",
	  try_passive },
	{ "ipip", "IP tunnels of type ipv4", MODULE("ipip"), try_ipip },
	{ "ip6tnl", "IP tunnels of type ipv6", MODULE("ip6_tunnel"), try_ip6tnl },
	{ "sit", "IP tunnels of type 6to4", MODULE("sit"), try_sit },
	{ "altname", "link names longer than 15 bytes", "use Linux 5.5 or later", try_altname },
	{ "clsact", "guarded VNICs, limits, flows and protection",
	  "build the kernel with NET_CLS_ACT and NET_SCH_INGRESS", try_clsact },
	{ "cls-bpf", "guarded VNICs, limits, flows and protection",
	  "build the kernel with BPF_SYSCALL and NET_CLS_BPF, 6.1 or later", try_programs },
	{ "htb", "limits, guarantees and priorities", MODULE("sch_htb"), try_htb },
	{ "fq-codel", "low latency under a limit; a short byte queue does otherwise",
	  MODULE("sch_fq_codel"), try_fq_codel },
	{ "rps", "property cpus on links without queues in hardware",
	  "build the kernel with RPS", try_rps },
	{ "live-rename", "renaming physical links that are up", "set them down to rename them",
	  try_live_rename },
};

static int build_rig(struct vw_handle *h, int nsfd, struct rig *r)
{
	int rc;

	r->h = h;
	rc = vwk_nl_open(h, nsfd, &r->nl);
	if (rc < 0)
		return rc;
	if (try_link(r, &(struct vwk_newlink){ .name = "t0", .kind = VWK_VETH, .nsfd = -1,
			.one_queue = true, .peer = { .name = "t1", .nsfd = -1 } }) == VW_OK)
		r->t0 = vwk_link_index(r->nl, "t0");
	return VW_OK;
}

static void run(struct rig *r, const struct trial *t, struct vw_probe_item *i)
{
	int rc = t->try_it(r);

	*i = (struct vw_probe_item){ .size = sizeof(*i), .feature = t->feature,
		.serves = t->serves, .advice = "", .present = 1 };
	if (rc == VW_ERR_DENIED || rc == VW_ERR_NOMEM || rc == VW_ERR_TIMEOUT) {
		i->present = 2;
		i->advice = vw_status_text(rc);
	} else if (rc < 0) {
		i->present = 0;
		i->advice = t->advice;
	}
	vwc_restart(r->h);
}

int vw_probe_run(struct vw_handle *h, struct vw_probe **pp)
{
	struct rig r = { 0 };
	struct vw_probe *p;
	int fd = -1, rc = vwc_enter(h);

	if (rc < 0)
		return rc;
	rc = vwk_ns_new(h, &fd);
	if (rc == VW_OK)
		rc = build_rig(h, fd, &r);
	p = rc == VW_OK ? calloc(1, sizeof(*p)) : NULL;
	if (p != NULL)
		p->v = calloc(VWU_ARRAY_SIZE(trials), sizeof(*p->v));
	if (rc == VW_OK && (p == NULL || p->v == NULL))
		rc = vwc_nomem(h);
	for (size_t i = 0; rc == VW_OK && i < VWU_ARRAY_SIZE(trials); i++)
		run(&r, &trials[i], &p->v[p->n++]);
	vwk_nl_close(r.nl);
	if (fd >= 0)
		close(fd);
	if (rc < 0) {
		vw_probe_free(p);
		return vwc_what(h, rc, "cannot probe the kernel");
	}
	*pp = p;
	return VW_OK;
}

const struct vw_probe_item *vw_probe_next(struct vw_probe *p)
{
	return p->at < p->n ? &p->v[p->at++] : NULL;
}

void vw_probe_free(struct vw_probe *p)
{
	if (p == NULL)
		return;
	free(p->v);
	free(p);
}

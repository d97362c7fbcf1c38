/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* flowsteer.c - property cpus of flows: hardware that hands what a flow receives to chosen CPUs */
#include <netinet/in.h>
#include <string.h>

#include "object/flow.h"

/* Prefix @p into an address and mask of 16 bytes; IPv4 takes the first four. */
static void addr_of(const struct vwpl_prefix *p, uint8_t *addr, uint8_t *mask, size_t size)
{
	memcpy(addr, p->addr, size);
	for (unsigned i = 0; i < p->len; i++)
		mask[i / 8] |= (uint8_t)(0x80 >> i % 8);
}

/* What is received: local is the destination. */
static int rule_of(struct vwo_ctx *c, const struct vwpl_match *m, struct vwk_ntuple *r)
{
	bool local = m->kind == VWB_LOCAL_IP;

	memset(r, 0, sizeof(*r));
	switch (m->kind) {
	case VWB_LOCAL_IP:
	case VWB_REMOTE_IP:
		r->fields = local ? VWK_NTUPLE_DST : VWK_NTUPLE_SRC;
		r->ipv6 = m->ip.family == 6;
		if (r->ipv6)
			addr_of(&m->ip, local ? r->dst6 : r->src6, local ? r->dst6_mask : r->src6_mask,
				16);
		else
			addr_of(&m->ip, (uint8_t *)(local ? &r->dst : &r->src),
				(uint8_t *)(local ? &r->dst_mask : &r->src_mask), 4);
		return VW_OK;
	case VWB_TRANSPORT:
	case VWB_LOCAL_PORT:
	case VWB_REMOTE_PORT:
		if (m->proto == IPPROTO_ICMP || m->proto == IPPROTO_ICMPV6)
			break;
		r->fields = VWK_NTUPLE_PROTO;
		r->proto = m->proto;
		if (m->kind == VWB_LOCAL_PORT) {
			r->fields |= VWK_NTUPLE_DPORT;
			r->dport = m->port;
		} else if (m->kind == VWB_REMOTE_PORT) {
			r->fields |= VWK_NTUPLE_SPORT;
			r->sport = m->port;
		}
		return VW_OK;
	default:
		break;
	}
	return vwc_why(c->h, VW_ERR_NOTSUP, "cpus: no hardware tells %s apart",
		       m->kind == VWB_DSFIELD ? "DS fields" : "ICMP");
}

int vwo_flow_steer(struct vwo_ctx *c, const struct vwo_target *t, const struct vws_flow *def,
		   const struct vwpl_flow *flow, bool on)
{
	const char *cpus = vws_flow_prop(def, "cpus");
	struct vwk_ntuple rule;
	struct vwp_link p;
	int rc;

	if (cpus == NULL || !t->present)
		return VW_OK;
	rc = rule_of(c, &flow->match, &rule);
	if (rc < 0)
		return on ? rc : VW_OK;
	vwo_prop_link(c, &t->l, &p);
	return on ? vwp_flow_steer(c->h, &p, &rule, cpus, NULL)
		  : vwp_flow_unsteer(c->h, &p, &rule, cpus);
}

int vwo_flow_cpus(struct vwo_ctx *c, const struct vwo_target *t, const struct vws_flow *def,
		  const struct vwpl_flow *flow, char *out, size_t len)
{
	const char *cpus = vws_flow_prop(def, "cpus");
	struct vwk_ntuple rule;
	struct vwp_link p;

	out[0] = '\0';
	if (cpus == NULL || rule_of(c, &flow->match, &rule) < 0)
		return VW_OK;	/* nothing was asked for, or nothing that could be */
	vwo_prop_link(c, &t->l, &p);
	return vwp_flow_cpus(c->h, &p, &rule, cpus, out, len);
}

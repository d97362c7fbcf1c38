/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fdb.c - what a bridge forwards where: its forwarding entries, and the VLANs of its ports */
#include "kernel/nl.h"

#include <errno.h>

#include <linux/if_bridge.h>
#include <linux/neighbour.h>

int vwk_batch_fdb(struct vwk_batch *b, int ifindex, const uint8_t mac[6], bool add)
{
	struct nlmsghdr *m;
	struct ndmsg *nd;

	m = vwk_batch_msg(b, add ? RTM_NEWNEIGH : RTM_DELNEIGH,
			  add ? NLM_F_CREATE | NLM_F_REPLACE : 0, sizeof(*nd));
	if (m == NULL)
		return -1;
	nd = mnl_nlmsg_get_payload(m);
	nd->ndm_family = AF_BRIDGE;
	nd->ndm_ifindex = ifindex;
	nd->ndm_flags = NTF_MASTER;
	/* Not NUD_PERMANENT: that is an address of the host's own, whose frames end here. */
	nd->ndm_state = NUD_NOARP;
	vwk_batch_attr(b, m, NDA_LLADDR, mac, 6);
	vwk_batch_put(b, m);
	return vwk_batch_op(b);
}

int vwk_batch_bridge_vlan(struct vwk_batch *b, int ifindex, uint16_t vid, bool pvid, bool add)
{
	struct bridge_vlan_info info = { .vid = vid };
	struct ifinfomsg *ifi;
	struct nlattr *spec;
	struct nlmsghdr *m;

	if (pvid)
		info.flags = BRIDGE_VLAN_INFO_PVID | BRIDGE_VLAN_INFO_UNTAGGED;
	/* Both of family AF_BRIDGE: RTM_DELLINK takes the VLAN away, not the link. */
	m = vwk_batch_msg(b, add ? RTM_SETLINK : RTM_DELLINK, 0, sizeof(*ifi));
	if (m == NULL)
		return -1;
	ifi = mnl_nlmsg_get_payload(m);
	ifi->ifi_family = AF_BRIDGE;
	ifi->ifi_index = ifindex;
	spec = mnl_attr_nest_start(m, IFLA_AF_SPEC);
	vwk_batch_attr(b, m, IFLA_BRIDGE_VLAN_INFO, &info, sizeof(info));
	mnl_attr_nest_end(m, spec);
	vwk_batch_put(b, m);
	return vwk_batch_op(b);
}

/* -- reading ----------------------------------------------------------------------------------- */

struct taking {
	struct vwk_fdb	*v;
	size_t		 n, cap;
	int		 master;
};

int vwk_fdb_parse(const struct nlmsghdr *nlh, int master, struct vwk_fdb *f)
{
	const struct ndmsg *nd = (const void *)((const char *)nlh + NLMSG_HDRLEN);
	struct nda_cacheinfo cache = { 0 };
	bool has_mac = false;
	const struct nlattr *a;
	int of = 0;

	if (nlh->nlmsg_len < NLMSG_LENGTH(sizeof(*nd)))
		return -EBADMSG;
	*f = (struct vwk_fdb){ .ifindex = nd->ndm_ifindex };
	vwk_for_each_attr(a, (const char *)(nd + 1), vwk_nlmsg_end(nlh)) {
		if (vwk_attr_type(a) == NDA_MASTER) {
			of = (int)vwk_attr_u32(a);
		} else if (vwk_attr_type(a) == NDA_LLADDR && vwk_attr_len(a) == sizeof(f->mac)) {
			memcpy(f->mac, vwk_attr_data(a), sizeof(f->mac));
			has_mac = true;
		} else if (vwk_attr_type(a) == NDA_VLAN) {
			f->vid = vwk_attr_u16(a);
		} else if (vwk_attr_type(a) == NDA_CACHEINFO && vwk_attr_len(a) >= sizeof(cache)) {
			memcpy(&cache, vwk_attr_data(a), sizeof(cache));
		}
	}
	f->local = nd->ndm_state & NUD_PERMANENT;
	f->permanent = nd->ndm_state & (NUD_PERMANENT | NUD_NOARP);
	f->age_ms = cache.ndm_updated > UINT32_MAX / 10 ? UINT32_MAX : cache.ndm_updated * 10;
	/* A device's own address filter comes in the same dump, without a master. */
	return nd->ndm_family == AF_BRIDGE && of == master && has_mac;
}

static int take(const struct nlmsghdr *nlh, void *arg)
{
	struct taking *t = arg;
	int rc;

	if (nlh->nlmsg_type != RTM_NEWNEIGH)
		return 0;
	if (t->n == t->cap) {
		size_t cap = t->cap ? t->cap * 2 : 64;
		struct vwk_fdb *v = reallocarray(t->v, cap, sizeof(*v));

		if (v == NULL)
			return -ENOMEM;
		t->v = v;
		t->cap = cap;
	}
	rc = vwk_fdb_parse(nlh, t->master, &t->v[t->n]);
	if (rc > 0)
		t->n++;
	return rc < 0 ? rc : 0;
}

static void forget(void *arg)
{
	((struct taking *)arg)->n = 0;
}

int vwk_fdb_dump(struct vw_handle *h, struct vwk_nl *nl, int master, struct vwk_fdb **out,
		 size_t *n)
{
	struct taking t = { .master = master };
	union vwk_req req;
	struct ndmsg *nd;
	int rc;

	vwk_req_init(&req, RTM_GETNEIGH, NLM_F_DUMP, sizeof(*nd));
	nd = mnl_nlmsg_get_payload(&req.h);
	nd->ndm_family = AF_BRIDGE;
	mnl_attr_put_u32(&req.h, NDA_MASTER, (uint32_t)master);
	rc = vwk_nl_dump(h, nl, &req.h, take, forget, &t);
	if (rc < 0) {
		free(t.v);
		return rc;
	}
	*out = t.v;
	*n = t.n;
	return VW_OK;
}

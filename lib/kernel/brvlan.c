/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* brvlan.c - RTM_GETVLAN: the VLANs of one port of a bridge (Linux 5.6 and later) */
#include "kernel/nl.h"

#include <errno.h>

#include <linux/if_bridge.h>

static int take(const struct nlmsghdr *nlh, void *arg)
{
	const struct br_vlan_msg *msg = (const void *)((const char *)nlh + NLMSG_HDRLEN);
	const struct nlattr *entry, *a;
	uint16_t *pvid = arg;

	if (nlh->nlmsg_type != RTM_NEWVLAN)
		return 0;
	if (nlh->nlmsg_len < NLMSG_LENGTH(sizeof(*msg)))
		return -EBADMSG;
	vwk_for_each_attr(entry, (const char *)(msg + 1), vwk_nlmsg_end(nlh)) {
		if (vwk_attr_type(entry) != BRIDGE_VLANDB_ENTRY)
			continue;
		vwk_for_each_nested(a, entry) {
			struct bridge_vlan_info info;

			if (vwk_attr_type(a) != BRIDGE_VLANDB_ENTRY_INFO ||
			    vwk_attr_len(a) < sizeof(info))
				continue;
			memcpy(&info, vwk_attr_data(a), sizeof(info));
			if (info.flags & BRIDGE_VLAN_INFO_PVID)
				*pvid = info.vid;
		}
	}
	return 0;
}

static void forget(void *arg)
{
	*(uint16_t *)arg = 0;
}

int vwk_bridge_pvid(struct vw_handle *h, struct vwk_nl *nl, int ifindex, uint16_t *pvid)
{
	struct br_vlan_msg *msg;
	union vwk_req req;

	vwk_req_init(&req, RTM_GETVLAN, NLM_F_DUMP, sizeof(*msg));
	msg = mnl_nlmsg_get_payload(&req.h);
	msg->family = AF_BRIDGE;
	msg->ifindex = (uint32_t)ifindex;
	*pvid = 0;
	return vwk_nl_dump(h, nl, &req.h, take, forget, pvid);
}

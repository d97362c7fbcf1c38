/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tunnel.c - properties of IP tunnels: hoplimit, encaplimit */
#include "prop/rows.h"

/* Addresses and the rest go along unchanged: the kernel takes a tunnel's parameters as a whole. */
static int set_tunnel(struct vw_handle *h, const struct vwp_link *l, const struct vwk_tunnel *t)
{
	return vwp_set_link(h, l->nl, &(struct vwk_setlink){
		.ifindex = l->dev->ifindex, .set = VWK_SET_TUNNEL, .kind = l->dev->kind,
		.tunnel = *t });
}

int vwp_hoplimit_range(struct vw_handle *h, const struct vwp_link *l, uint64_t *min, uint64_t *max)
{
	*min = 1;
	*max = 255;
	return VW_OK;
}

/* 0 is Linux's word for "as the packet inside": the tunnel has no limit of its own to show. */
int vwp_hoplimit_read(struct vw_handle *h, const struct vwp_link *l, char *out, size_t len)
{
	if (l->dev->u.tunnel.ttl == 0)
		return vwp_put(h, out, len, "%s", "");
	return vwp_put(h, out, len, "%u", l->dev->u.tunnel.ttl);
}

int vwp_hoplimit_apply(struct vw_handle *h, const struct vwp_link *l, const char *value)
{
	struct vwk_tunnel t = l->dev->u.tunnel;

	t.ttl = (uint8_t)strtoul(value, NULL, 10);
	return set_tunnel(h, l, &t);
}

int vwp_encaplimit_range(struct vw_handle *h, const struct vwp_link *l, uint64_t *min,
			 uint64_t *max)
{
	*min = 0;
	*max = 255;
	return VW_OK;
}

int vwp_encaplimit_check(struct vw_handle *h, const struct vwp_link *l, const char *value)
{
	if (l->dev == NULL || l->dev->kind == VWK_IP6TNL)
		return VW_OK;
	return vwc_why(h, VW_ERR_NOTSUP, "encaplimit: only tunnels over IPv6 have it, '%s' is none",
		       l->name);
}

int vwp_encaplimit_read(struct vw_handle *h, const struct vwp_link *l, char *out, size_t len)
{
	const struct vwk_tunnel *t = &l->dev->u.tunnel;

	if (l->dev->kind != VWK_IP6TNL)
		return vwp_encaplimit_check(h, l, "");
	return vwp_put(h, out, len, "%u", t->flags_ignore_encap ? 0 : t->encap_limit);
}

/* 0 means no limit in dladm(8); a limit of 0 in the option itself would forbid every tunnel. */
int vwp_encaplimit_apply(struct vw_handle *h, const struct vwp_link *l, const char *value)
{
	struct vwk_tunnel t = l->dev->u.tunnel;

	t.encap_limit = (uint8_t)strtoul(value, NULL, 10);
	t.flags_ignore_encap = t.encap_limit == 0;
	return set_tunnel(h, l, &t);
}

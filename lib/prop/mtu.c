/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* mtu.c - the property mtu: largest payload of a frame, in bytes */
#include <vwire/iptun.h>

#include "prop/rows.h"

#define MTU_ETHERSTUB	9000
#define MTU_ETHERNET	1500
#define MTU_IPIP	1480	/* 1500 less an IPv4 header */
#define MTU_IP6TNL	1452	/* 1500 less an IPv6 header and the encapsulation limit option */
/* What every IPv4 host must take (RFC 1122, section 3.3.2), and the least illumos lets a VNIC
 * have; devices we did not make may go as low as their driver lets them. */
#define MTU_LEAST_MADE	576
#define MTU_LEAST	68	/* RFC 791 */
#define MTU_MOST	65535

#define MADE_HERE	(VW_CLASS_VNIC | VW_CLASS_ETHERSTUB | VW_CLASS_SIMNET)

int vwp_mtu_range(struct vw_handle *h, const struct vwp_link *l, uint64_t *min, uint64_t *max)
{
	*min = MTU_LEAST;
	*max = MTU_MOST;
	if (l->dev != NULL && l->dev->min_mtu > 0)
		*min = l->dev->min_mtu;
	if (l->dev != NULL && l->dev->max_mtu > 0)
		*max = l->dev->max_mtu;
	if ((l->cls & MADE_HERE) && *min < MTU_LEAST_MADE)
		*min = MTU_LEAST_MADE;
	if (l->lower != NULL && l->lower->mtu < *max)
		*max = l->lower->mtu;
	return VW_OK;
}

/* A VNIC may not send what its etherstub does not promise to carry. */
int vwp_mtu_check(struct vw_handle *h, const struct vwp_link *l, const char *value)
{
	unsigned long want = strtoul(value, NULL, 10);
	struct vwk_links ports = { 0 };
	uint32_t most = 0;
	int rc;

	if (l->cls != VW_CLASS_ETHERSTUB || l->dev == NULL || want >= l->dev->mtu)
		return VW_OK;
	rc = vwk_link_dump_ports(h, l->nl, l->dev->ifindex, &ports);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < ports.n; i++)
		if (ports.v[i].mtu > most)
			most = ports.v[i].mtu;
	vwk_links_free(&ports);
	if (want >= most)
		return VW_OK;
	(void)vwc_why(h, VW_ERR_BUSY, "mtu: a VNIC over etherstub '%s' has an mtu of %u", l->name,
		      most);
	return vwc_hint(h, VW_ERR_BUSY, "lower the mtu of its VNICs first; 'dladm show-link' "
			"shows them");
}

static int set_mtu(struct vw_handle *h, struct vwk_nl *nl, int ifindex, uint32_t mtu)
{
	return vwp_set_link(h, nl, &(struct vwk_setlink){
		.ifindex = ifindex, .set = VWK_SET_MTU, .mtu = mtu });
}

/*
 * A veth end drops what is larger than its own mtu, so both ends of an etherstub VNIC follow. The
 * port end is the wider one while they differ: nothing in flight is lost, and a command killed
 * between the two leaves a VNIC that works.
 */
int vwp_mtu_apply(struct vw_handle *h, const struct vwp_link *l, const char *value)
{
	uint32_t mtu = (uint32_t)strtoul(value, NULL, 10);
	bool raise = l->port != NULL && mtu > l->port->mtu;
	int rc;

	if (raise) {
		rc = set_mtu(h, l->host, l->port->ifindex, mtu);
		if (rc < 0)
			return rc;
	}
	rc = set_mtu(h, l->nl, l->dev->ifindex, mtu);
	if (rc < 0)
		goto undo_port;
	if (l->port != NULL && mtu < l->port->mtu) {
		rc = set_mtu(h, l->host, l->port->ifindex, mtu);
		if (rc < 0)
			goto undo_dev;
	}
	return VW_OK;

undo_dev:
	vwc_keep(h);
	(void)set_mtu(h, l->nl, l->dev->ifindex, l->dev->mtu);
undo_port:
	if (raise) {
		vwc_keep(h);
		(void)set_mtu(h, l->host, l->port->ifindex, l->port->mtu);
	}
	return rc;
}

int vwp_mtu_read(struct vw_handle *h, const struct vwp_link *l, char *out, size_t len)
{
	return vwp_put(h, out, len, "%u", l->dev->mtu);
}

static uint32_t usual(const struct vwp_link *l)
{
	if (l->cls == VW_CLASS_ETHERSTUB || (l->cls == VW_CLASS_VNIC && l->port != NULL))
		return MTU_ETHERSTUB;
	if (l->cls == VW_CLASS_IPTUN && l->dev != NULL)
		return l->dev->kind == VWK_IP6TNL ? MTU_IP6TNL : MTU_IPIP;
	if (l->cls == VW_CLASS_IPTUN && l->def != NULL)
		return l->def->tunnel == VW_IPTUN_IPV6 ? MTU_IP6TNL : MTU_IPIP;
	return MTU_ETHERNET;
}

int vwp_mtu_default(struct vw_handle *h, const struct vwp_link *l, char *out, size_t len)
{
	uint32_t mtu = l->lower != NULL ? l->lower->mtu : usual(l);

	if (l->dev != NULL && l->dev->max_mtu > 0 && mtu > l->dev->max_mtu)
		mtu = l->dev->max_mtu;
	return vwp_put(h, out, len, "%u", mtu);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* mark.c - who made a device, and what it is to its user */
#include <linux/if.h>
#include <linux/if_arp.h>
#include <string.h>

#include "object/object.h"

/*
 * The group is set in the create message, costs nothing, is seen by the very first uevent (so that
 * udev can keep other managers away) and survives a lost /run. 0x76FF.... is what
 * vwk_links_delete() moves the doomed into.
 */
#define MARK_PREFIX	0x76770000u
#define MARK_DOOMED	0x76FF0000u
#define MARK_MASK	0xFFFF0000u

uint32_t vwo_mark(unsigned cls, enum vwo_role role)
{
	return MARK_PREFIX | (uint32_t)__builtin_ctz(cls) << 8 | (uint32_t)role;
}

bool vwo_is_ours(const struct vwk_link *dev)
{
	return (dev->group & MARK_MASK) == MARK_PREFIX;
}

bool vwo_is_doomed(const struct vwk_link *dev)
{
	return (dev->group & MARK_MASK) == MARK_DOOMED;
}

enum vwo_role vwo_role(const struct vwk_link *dev)
{
	return (enum vwo_role)(dev->group & 0xFF);
}

static unsigned foreign_class(const struct vwk_link *dev)
{
	switch (dev->kind) {
	case VWK_VLAN:
		return VW_CLASS_VLAN;
	case VWK_BOND:
		return VW_CLASS_AGGR;
	case VWK_BRIDGE:
		return VW_CLASS_BRIDGE;
	case VWK_IPIP:
	case VWK_IP6TNL:
	case VWK_SIT:
		return VW_CLASS_IPTUN;
	default:
		return dev->type == ARPHRD_ETHER ? VW_CLASS_PHYS : VW_CLASS_MISC;
	}
}

unsigned vwo_class(const struct vwk_link *dev)
{
	unsigned cls;

	if (dev->type == ARPHRD_LOOPBACK || (dev->flags & IFF_LOOPBACK))
		return 0;
	if (!vwo_is_ours(dev))
		return foreign_class(dev);
	if (vwo_role(dev) != VWO_ROLE_LINK)
		return 0;
	cls = 1u << ((dev->group >> 8 & 0xFF) % 32);
	return cls & VW_CLASS_ANY ? cls : VW_CLASS_MISC;
}

const char *vwo_dev_name(const struct vwk_link *dev)
{
	char kname[VWU_IFNAME];

	/* a short name we made, of ours or of hardware that we renamed */
	if (dev->altname == NULL || strchr(dev->name, '~') == NULL)
		return dev->name;
	vwu_name_kernel(dev->altname, kname);
	return strcmp(kname, dev->name) == 0 ? dev->altname : dev->name;
}

unsigned vwo_state(const struct vwk_link *dev, unsigned cls)
{
	/* An etherstub has no link state in illumos; the bridge's own only says "has ports". */
	if (cls == VW_CLASS_ETHERSTUB)
		return VW_STATE_UNKNOWN;
	if (!(dev->flags & IFF_UP))
		return VW_STATE_DOWN;
	if (dev->operstate == IF_OPER_UP || dev->operstate == IF_OPER_DORMANT)
		return VW_STATE_UP;
	if (dev->operstate == IF_OPER_UNKNOWN)
		return dev->flags & IFF_LOWER_UP ? VW_STATE_UP : VW_STATE_DOWN;
	return VW_STATE_DOWN;
}

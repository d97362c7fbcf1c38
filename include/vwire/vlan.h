/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** vlan.h - VLAN links (illumos dladm(8): create-vlan; kernel: 8021q) */
#ifndef VWIRE_VLAN_H
#define VWIRE_VLAN_H

#include <vwire/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** struct vw_vlan_attr - what a new VLAN link is made of; fill it with VW_VLAN_ATTR() */
struct vw_vlan_attr {
	size_t		 size;	/* sizeof(struct vw_vlan_attr) */
	const char	*over;	/* NIC, aggr, simnet or etherstub below it; required */
	uint16_t	 vid;	/* VLAN ID, 1 to 4094; required */
	const char *const *props; /* "name=value" texts, NULL at the end; NULL: none */
};
#define VW_VLAN_ATTR(...) \
	(&(struct vw_vlan_attr){ .size = sizeof(struct vw_vlan_attr), __VA_ARGS__ })

/**
 * vw_vlan_create() - create a VLAN link, which shares the MAC address of the link below
 * @name:  as vw_vnic_create(); NULL: the driver-style name, vid * 1000 + the number of @attr->over
 *         after its letters, so VLAN 2 over bge1 is bge2001
 * @flags: 0, VW_TEMPORARY, VW_FORCE (do not mind the lower link's MTU)
 *
 * Return: VW_OK; VW_ERR_NOTFOUND; VW_ERR_EXIST (the name, or the VLAN ID on that link);
 * VW_ERR_BADVAL (also: over a VNIC or VLAN, or @attr->vid is its default_tag); VW_ERR_NOTSUP (no
 * 8021q in this kernel); VW_ERR_DENIED. Since: 0.1
 */
VW_API int vw_vlan_create(struct vw_handle *h, const char *name, const struct vw_vlan_attr *attr,
			  unsigned flags);

/**
 * vw_vlan_delete() - delete a VLAN link that libvwire made
 * @flags: 0 or VW_TEMPORARY
 *
 * Return: as vw_vnic_delete(). Since: 0.1
 */
VW_API int vw_vlan_delete(struct vw_handle *h, const char *name, unsigned flags);

#ifdef __cplusplus
}
#endif
#endif

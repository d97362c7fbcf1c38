/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** vnic.h - virtual NICs (paper sections 3.1 and 4.1.1; illumos dladm(8): create-vnic) */
#ifndef VWIRE_VNIC_H
#define VWIRE_VNIC_H

#include <vwire/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** struct vw_vnic_attr - what a new VNIC is made of; fill it with VW_VNIC_ATTR() */
struct vw_vnic_attr {
	size_t		 size;		/* sizeof(struct vw_vnic_attr) */
	const char	*over;		/* NIC, aggr, VLAN, simnet or etherstub below it; required */
	const char	*mac;		/* "2:8:20:aa:bb:cc", "auto", "random" or "factory"; NULL: auto */
	const char	*mac_prefix;	/* first 1 to 6 bytes of a random address; NULL: "2:8:20" */
	uint16_t	 vid;		/* VLAN ID, 1 to 4094; 0: untagged */
	const char	*zone;		/* zone to be born in: name, path or pid; NULL: the host */
	const char *const *props;	/* "name=value" texts, NULL at the end; NULL: none */
};
#define VW_VNIC_ATTR(...) \
	(&(struct vw_vnic_attr){ .size = sizeof(struct vw_vnic_attr), __VA_ARGS__ })

/**
 * vw_vnic_create() - create a VNIC over a link or an etherstub
 * @name:  1 to 31 bytes of letters, digits, '_', '.' and '-'; begins with a letter, ends in a
 *         number without leading zero
 * @attr:  see above
 * @flags: 0, VW_TEMPORARY, VW_FORCE (with a vid: do not mind the lower link's MTU)
 *
 * All or nothing: on failure no interface and no saved entry is left behind. The VNIC comes up.
 * "auto" means a factory address if the hardware has a spare one (no Linux driver tells of any),
 * else random. A random address is drawn once and saved, so it survives reboots.
 *
 * Return: VW_OK; VW_ERR_NOTFOUND (no link @attr->over, no such zone); VW_ERR_EXIST (@name or the
 * address is taken); VW_ERR_BADVAL (a value is out of range, or @attr->over is a VNIC of the same
 * zone, paper section 3.1); VW_ERR_BUSY (the etherstub is full: 1,023 ports); VW_ERR_NOTSUP (the
 * kernel lacks macvlan, veth or 8021q); VW_ERR_DENIED (needs CAP_NET_ADMIN). Since: 0.1
 */
VW_API int vw_vnic_create(struct vw_handle *h, const char *name, const struct vw_vnic_attr *attr,
			  unsigned flags);

/** struct vw_vnic_new - one of many VNICs to create */
struct vw_vnic_new {
	const char			*name;
	const struct vw_vnic_attr	*attr;
};

/**
 * vw_vnic_create_many() - create many VNICs in one pipelined conversation with the kernel
 * @vnics: @n names and what they are made of
 * @n:     how many, 1 to 65535
 * @flags: as vw_vnic_create()
 *
 * All or nothing, as vw_vnic_create(); the message names the VNIC that failed.
 * Return: as vw_vnic_create(). Since: 0.1
 */
VW_API int vw_vnic_create_many(struct vw_handle *h, const struct vw_vnic_new *vnics, size_t n,
			       unsigned flags);

/**
 * vw_vnic_delete() - delete a VNIC that libvwire made
 * @flags: 0, or VW_TEMPORARY: the saved entry stays and comes back at the next restore
 *
 * Return: VW_OK; VW_ERR_NOTFOUND; VW_ERR_BADVAL (@name is no VNIC of ours); VW_ERR_BUSY (a link
 * sits on it); VW_ERR_DENIED. Since: 0.1
 */
VW_API int vw_vnic_delete(struct vw_handle *h, const char *name, unsigned flags);

/**
 * vw_vnic_delete_many() - delete many VNICs by one group deletion
 * @names: @n names
 * @n:     how many, 1 to 65535
 *
 * One by one each deletion waits some 17 ms in the kernel; together they wait once. Nothing is
 * deleted unless all can be. Return: as vw_vnic_delete(). Since: 0.1
 */
VW_API int vw_vnic_delete_many(struct vw_handle *h, const char *const *names, size_t n,
			       unsigned flags);

#ifdef __cplusplus
}
#endif
#endif

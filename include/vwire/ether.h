/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** ether.h - the hardware side of links: rates, pause, addresses, rings (dladm show-ether,
 * show-phys -m and -H; kernel: ethtool) */
#ifndef VWIRE_ETHER_H
#define VWIRE_ETHER_H

#include <vwire/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** struct vw_ether_info - one row of dladm show-ether */
struct vw_ether_info {
	size_t		 size;
	const char	*name;
	const char	*ptype;		/* "current", "capable", "adv", "peeradv" */
	unsigned	 state;		/* enum vw_link_state */
	int		 autoneg;	/* 1 yes, 0 no, -1 not known */
	const char	*speed_duplex;	/* "1G-f,100M-fh"; "" when not known */
	const char	*pause;		/* "none", "tx", "rx", "bi"; "" when not known */
	const char	*rem_fault;	/* "none", "fault"; "" when not known */
};

/** struct vw_phys_mac - one row of dladm show-phys -m: an address and who uses it */
struct vw_phys_mac {
	size_t		 size;
	const char	*name;
	const char	*slot;		/* "primary", or "" for the address of a VNIC */
	uint8_t		 mac[6];
	uint8_t		 in_use;
	const char	*client;	/* link that uses it; "" : none */
};

/** struct vw_phys_ring - one row of dladm show-phys -H: a group of queues */
struct vw_phys_ring {
	size_t		 size;
	const char	*name;
	const char	*type;		/* "RX" or "TX" */
	unsigned	 first, last;	/* queue numbers */
	const char	*clients;	/* "<default>" or link names joined by ',' */
};

/** struct vw_ethers, vw_phys_macs, vw_phys_rings - snapshots */
struct vw_ethers;
struct vw_phys_macs;
struct vw_phys_rings;

/**
 * vw_ether_list() - what the Ethernet layer of phys links says
 * vw_phys_mac_list() - hardware addresses of phys links
 * vw_phys_ring_list() - queues of phys links
 * @name:  this link only; NULL: all phys links
 * @flags: vw_ether_list(): VW_LIST_DETAIL adds the rows capable, adv and peeradv; else 0
 * @out:   set to the snapshot; free it with the _free() function
 *
 * Return: VW_OK; VW_ERR_NOTFOUND; VW_ERR_BADVAL (@name is no phys link). Since: 0.1
 */
VW_API int vw_ether_list(struct vw_handle *h, const char *name, unsigned flags,
			 struct vw_ethers **out);
VW_API int vw_phys_mac_list(struct vw_handle *h, const char *name, unsigned flags,
			    struct vw_phys_macs **out);
VW_API int vw_phys_ring_list(struct vw_handle *h, const char *name, unsigned flags,
			     struct vw_phys_rings **out);
/** vw_ether_next(), vw_phys_mac_next(), vw_phys_ring_next() - the next row; NULL at the end.
 * Since: 0.1 */
VW_API const struct vw_ether_info *vw_ether_next(struct vw_ethers *e);
VW_API const struct vw_phys_mac *vw_phys_mac_next(struct vw_phys_macs *m);
VW_API const struct vw_phys_ring *vw_phys_ring_next(struct vw_phys_rings *r);
/** vw_ether_list_free(), vw_phys_mac_list_free(), vw_phys_ring_list_free() - NULL is allowed.
 * Since: 0.1 */
VW_API void vw_ether_list_free(struct vw_ethers *e);
VW_API void vw_phys_mac_list_free(struct vw_phys_macs *m);
VW_API void vw_phys_ring_list_free(struct vw_phys_rings *r);

#ifdef __cplusplus
}
#endif
#endif

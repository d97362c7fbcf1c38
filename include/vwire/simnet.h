/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** simnet.h - simulated NICs for rigs without hardware (illumos dladm: create-simnet) */
#ifndef VWIRE_SIMNET_H
#define VWIRE_SIMNET_H

#include <vwire/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * vw_simnet_create() - create a simulated Ethernet NIC that is not cabled to anything
 * @name:  as vw_vnic_create()
 * @flags: 0 or VW_TEMPORARY
 *
 * Made of a veth pair whose far end is hidden, so that it has a carrier and takes frames.
 * Return: as vw_etherstub_create(). Since: 0.1
 */
VW_API int vw_simnet_create(struct vw_handle *h, const char *name, unsigned flags);

/**
 * vw_simnet_modify() - cable two simnets back to back, or take the cable out
 * @peer:  another simnet, or NULL: none
 * @flags: 0 or VW_TEMPORARY
 *
 * A veth cannot change its peer, so both ends are made anew with their names and MAC addresses.
 *
 * Return: VW_OK; VW_ERR_NOTFOUND; VW_ERR_BADVAL (not a simnet, or itself); VW_ERR_BUSY (a link
 * sits on one of them, or @peer has another peer); VW_ERR_DENIED. Since: 0.1
 */
VW_API int vw_simnet_modify(struct vw_handle *h, const char *name, const char *peer,
			    unsigned flags);

/** vw_simnet_delete() - delete a simnet; its peer stays, uncabled. Status as vw_vnic_delete().
 * Since: 0.1 */
VW_API int vw_simnet_delete(struct vw_handle *h, const char *name, unsigned flags);

#ifdef __cplusplus
}
#endif
#endif

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** etherstub.h - switches without hardware (paper sections 3.4 and 4.1.2) */
#ifndef VWIRE_ETHERSTUB_H
#define VWIRE_ETHERSTUB_H

#include <vwire/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * vw_etherstub_create() - create an etherstub
 * @name:  as vw_vnic_create()
 * @flags: 0 or VW_TEMPORARY
 *
 * A Linux bridge whose ports neither learn nor receive unknown unicast, MTU 9000. VNICs are made
 * over it with vw_vnic_create().
 *
 * Return: VW_OK; VW_ERR_EXIST; VW_ERR_BADVAL (@name); VW_ERR_NOTSUP; VW_ERR_DENIED. Since: 0.1
 */
VW_API int vw_etherstub_create(struct vw_handle *h, const char *name, unsigned flags);

/**
 * vw_etherstub_delete() - delete an etherstub
 * @flags: 0 or VW_TEMPORARY
 *
 * Return: VW_OK; VW_ERR_NOTFOUND; VW_ERR_BADVAL (not an etherstub); VW_ERR_BUSY (VNICs are on it;
 * the message names them); VW_ERR_DENIED. Since: 0.1
 */
VW_API int vw_etherstub_delete(struct vw_handle *h, const char *name, unsigned flags);

#ifdef __cplusplus
}
#endif
#endif

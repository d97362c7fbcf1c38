/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** iptun.h - IP tunnels (illumos dladm(8): create-iptun; kernel: ipip, ip6tnl, sit) */
#ifndef VWIRE_IPTUN_H
#define VWIRE_IPTUN_H

#include <vwire/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** enum vw_iptun_type - outer protocol: IPv4 (ipip), IPv6 (ip6tnl), 6to4 (sit, RFC 3056) */
enum vw_iptun_type { VW_IPTUN_IPV4 = 1, VW_IPTUN_IPV6, VW_IPTUN_6TO4 };

/** struct vw_iptun_attr - a tunnel; fill it with VW_IPTUN_ATTR(); 0, NULL: not given, unchanged */
struct vw_iptun_attr {
	size_t		 size;		/* sizeof(struct vw_iptun_attr) */
	unsigned	 type;		/* enum vw_iptun_type; required to create */
	const char	*local;		/* tunnel source address; needed by 6to4 */
	const char	*remote;	/* tunnel destination; NULL: any; not with 6to4 */
	const char *const *props;	/* "name=value" texts, NULL at the end; NULL: none */
};
#define VW_IPTUN_ATTR(...) \
	(&(struct vw_iptun_attr){ .size = sizeof(struct vw_iptun_attr), __VA_ARGS__ })

/**
 * vw_iptun_create() - create an IP tunnel link
 * @flags: 0 or VW_TEMPORARY
 *
 * Return: VW_OK; VW_ERR_EXIST; VW_ERR_BADVAL; VW_ERR_NOTSUP (no such tunnel in this kernel);
 * VW_ERR_DENIED. Since: 0.1
 */
VW_API int vw_iptun_create(struct vw_handle *h, const char *name,
			   const struct vw_iptun_attr *attr, unsigned flags);
/** vw_iptun_modify() - change the addresses of a tunnel; type must be 0. Since: 0.1 */
VW_API int vw_iptun_modify(struct vw_handle *h, const char *name,
			   const struct vw_iptun_attr *attr, unsigned flags);
/** vw_iptun_delete() - delete a tunnel that libvwire made. Since: 0.1 */
VW_API int vw_iptun_delete(struct vw_handle *h, const char *name, unsigned flags);

/** struct vw_iptun_info - one tunnel */
struct vw_iptun_info {
	size_t		 size;
	const char	*name;
	unsigned	 type;		/* enum vw_iptun_type */
	const char	*local;		/* "" when not set */
	const char	*remote;	/* "" when not set */
};

/** struct vw_iptuns - a snapshot of tunnels */
struct vw_iptuns;

/** vw_iptun_list() - snapshot; @name NULL: all; @flags 0 or VW_LIST_SAVED; free it with
 * vw_iptun_list_free(). Status as vw_link_list(). Since: 0.1 */
VW_API int vw_iptun_list(struct vw_handle *h, const char *name, unsigned flags,
			 struct vw_iptuns **tp);
/** vw_iptun_next() - the next of a snapshot; NULL at the end. Since: 0.1 */
VW_API const struct vw_iptun_info *vw_iptun_next(struct vw_iptuns *t);
/** vw_iptun_list_free() - free a snapshot; NULL is allowed. Since: 0.1 */
VW_API void vw_iptun_list_free(struct vw_iptuns *t);

#ifdef __cplusplus
}
#endif
#endif

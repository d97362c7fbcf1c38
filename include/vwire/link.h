/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** link.h - list links of every class, rename them (illumos dladm(8): show-link, rename-link) */
#ifndef VWIRE_LINK_H
#define VWIRE_LINK_H

#include <vwire/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** struct vw_link_stats - counters since the link was created; packets and bytes of frames */
struct vw_link_stats {
	uint64_t rx_packets, rx_bytes, rx_errors, rx_dropped;
	uint64_t tx_packets, tx_bytes, tx_errors, tx_dropped;
	uint64_t multicast;
};

/** struct vw_link_drops - frames the host took away from a link, by reason, since it was created */
struct vw_link_drops {
	uint64_t limit;		/* beyond maxbw: its queue was full */
	uint64_t blocked;	/* maxbw=0, or action=drop of a flow */
	uint64_t tagged;	/* VLAN tag from or to a guarded link */
	uint64_t mac, ip, arp, nd, dhcp, restricted;	/* property protection */
	uint64_t control;	/* spanning tree, LACP, pause frames from a guarded link */
	uint64_t other;		/* malformed, or nowhere to go */
};

/** flags of struct vw_link_info */
#define VW_LINK_SAVED		(1u << 0)	/* in the saved configuration */
#define VW_LINK_TEMPORARY	(1u << 1)	/* made by libvwire, not saved */
#define VW_LINK_FORCED		(1u << 2)	/* made with VW_FORCE */
#define VW_LINK_FOREIGN		(1u << 3)	/* not made by libvwire */

/** struct vw_link_info - one link; what does not apply to its class is 0 or NULL */
struct vw_link_info {
	size_t			 size;		/* bytes of this struct the library filled */
	const char		*name;		/* the full name, even where the kernel has a short one */
	const char		*kernel_name;	/* as ip(8) shows it; NULL: not in the kernel */
	unsigned		 cls;		/* enum vw_class */
	unsigned		 flags;		/* VW_LINK_... */
	unsigned		 state;		/* enum vw_link_state */
	unsigned		 ifindex;	/* in the link's own namespace; 0: not in the kernel */
	uint32_t		 mtu;		/* bytes of payload; 0: not known */
	const char		*over;		/* vnic, vlan: link below; simnet: peer; aggr, bridge:
						   ports joined by ','; NULL: none */
	const char		*bridge;	/* bridge this link is a port of; NULL: none */
	const char		*zone;		/* as set (name, path or pid); NULL: the host */
	uint16_t		 vid;		/* VLAN ID 1..4094; 0: untagged */
	uint8_t			 has_mac;	/* 1: @mac is valid */
	uint8_t			 mac[6];
	unsigned		 mac_type;	/* enum vw_mac_type */
	/* with VW_LIST_DETAIL */
	uint32_t		 speed_mbps;	/* 0: not known */
	unsigned		 duplex;	/* enum vw_duplex */
	const char		*driver;	/* kernel driver, NULL: not known */
	const char		*media;		/* "Ethernet" and so on */
	/* with VW_LIST_STATS */
	struct vw_link_stats	 stats;
	/* since 0.2 */
	const char		*datapath;	/* vnic: "guarded" or "direct"; NULL: does not apply */
	uint64_t		 maxbw;		/* bits per second; UINT64_MAX: no limit */
	struct vw_link_drops	 drops;		/* with VW_LIST_STATS; 0 when nothing may drop */
};

/** struct vw_link_filter - which links to list; 0 and NULL members do not restrict */
struct vw_link_filter {
	size_t		 size;	/* sizeof(struct vw_link_filter) */
	const char	*name;	/* this link only; if it is missing the call fails */
	const char	*over;	/* links over this link */
	unsigned	 classes; /* set of enum vw_class */
};
#define VW_LINK_FILTER(...) \
	(&(struct vw_link_filter){ .size = sizeof(struct vw_link_filter), __VA_ARGS__ })

/** struct vw_links - a snapshot of links */
struct vw_links;

/**
 * vw_link_list() - take a snapshot of the links of this namespace and of the zones it placed
 *                  links in
 * @filter: NULL: all links
 * @flags:  0 or more of VW_LIST_SAVED, VW_LIST_STATS, VW_LIST_DETAIL
 * @lp:     set to the snapshot; free it with vw_link_list_free()
 *
 * The kernel is read at once, before the call returns, and again if links changed meanwhile, so
 * the caller may use the handle while it walks the snapshot. Loopback and the devices libvwire
 * hides (port ends of VNICs, VLAN devices below VNICs) are left out. Order: as the kernel lists
 * them; links that are asked for but absent come last; VW_LIST_SAVED: as saved.
 *
 * Return: VW_OK; VW_ERR_NOTFOUND (no link @filter->name); VW_ERR_INCONSISTENT; VW_ERR_CONFIG;
 * VW_ERR_NOMEM; VW_ERR_KERNEL. Needs no privilege, but zones of other owners cannot be read
 * without CAP_SYS_ADMIN: their links are shown as saved, state unknown. Since: 0.1
 */
VW_API int vw_link_list(struct vw_handle *h, const struct vw_link_filter *filter, unsigned flags,
			struct vw_links **lp);

/** vw_link_next() - the next link of a snapshot; NULL at the end. Since: 0.1 */
VW_API const struct vw_link_info *vw_link_next(struct vw_links *l);

/** vw_link_rewind() - walk the snapshot from its beginning again. Since: 0.1 */
VW_API void vw_link_rewind(struct vw_links *l);

/** vw_link_list_free() - free a snapshot; NULL is allowed. Since: 0.1 */
VW_API void vw_link_list_free(struct vw_links *l);

/**
 * vw_link_rename() - give a link another name; links over it follow
 * @old_name: link of any class, in this namespace or a zone
 * @new_name: a valid name that no link has
 *
 * Always saved, as in dladm(8), unless @old_name is temporary. Properties stay. A physical link is
 * found under its first name after a reboot, and vw_restore() gives it the new one again.
 *
 * Return: VW_OK; VW_ERR_NOTFOUND; VW_ERR_EXIST; VW_ERR_BADVAL; VW_ERR_BUSY (old kernels do not
 * rename a link that is up); VW_ERR_DENIED. Since: 0.1
 */
VW_API int vw_link_rename(struct vw_handle *h, const char *old_name, const char *new_name);

/** vw_class_name() - "vnic", "phys" ...; static; "misc" for what is no class. Since: 0.1 */
VW_API const char *vw_class_name(unsigned cls);

/** vw_state_name() - "up", "down", "unknown", "absent"; static. Since: 0.1 */
VW_API const char *vw_state_name(unsigned state);

#ifdef __cplusplus
}
#endif
#endif

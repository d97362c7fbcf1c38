/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** bridge.h - learning bridges with spanning tree (illumos dladm(8): create-bridge) */
#ifndef VWIRE_BRIDGE_H
#define VWIRE_BRIDGE_H

#include <vwire/link.h>
#include <vwire/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** struct vw_bridge_attr - a bridge; 0 and NULL: the default, or unchanged. IEEE 802.1D */
struct vw_bridge_attr {
	size_t		 size;		/* sizeof(struct vw_bridge_attr) */
	const char *const *ports;	/* link names, NULL at the end; NULL: none */
	uint8_t		 has_priority;	/* 1: @priority is given (0 is a real value) */
	uint16_t	 priority;	/* 0 to 61440 in steps of 4096; default 32768 */
	unsigned	 max_age_s;	/* 6 to 40; default 20 */
	unsigned	 hello_s;	/* 1 to 10; default 2 */
	unsigned	 forward_delay_s; /* 4 to 30; default 15 */
	unsigned	 stp;		/* 1: spanning tree on (the default), 2: off */
};
#define VW_BRIDGE_ATTR(...) \
	(&(struct vw_bridge_attr){ .size = sizeof(struct vw_bridge_attr), __VA_ARGS__ })

/**
 * vw_bridge_create() - create a bridge
 * @name:  as a link name, but it may and should end in a letter; "default", "all", "SUNW..." and
 *         names ending in -p, -s or -v are reserved
 * @attr:  NULL: defaults; must hold: 2 * (forward_delay - 1) >= max_age >= 2 * (hello + 1)
 * @flags: 0 or VW_TEMPORARY
 *
 * Return: VW_OK; VW_ERR_EXIST; VW_ERR_NOTFOUND (a port); VW_ERR_BUSY (a port is in a bridge or
 * aggregation); VW_ERR_BADVAL (also: a port is a VNIC or VLAN); VW_ERR_DENIED. Since: 0.1
 */
VW_API int vw_bridge_create(struct vw_handle *h, const char *name,
			    const struct vw_bridge_attr *attr, unsigned flags);
/** vw_bridge_delete() - delete a bridge without ports (VW_ERR_BUSY else). Since: 0.1 */
VW_API int vw_bridge_delete(struct vw_handle *h, const char *name, unsigned flags);
/** vw_bridge_modify() - change parameters; @attr->ports must be NULL. Since: 0.1 */
VW_API int vw_bridge_modify(struct vw_handle *h, const char *name,
			    const struct vw_bridge_attr *attr, unsigned flags);
/** vw_bridge_add() - add ports (link names, NULL at the end). Status as create. Since: 0.1 */
VW_API int vw_bridge_add(struct vw_handle *h, const char *name, const char *const *ports,
			 unsigned flags);
/** vw_bridge_remove() - take ports out; VW_ERR_NOTFOUND: not a port of it. Since: 0.1 */
VW_API int vw_bridge_remove(struct vw_handle *h, const char *name, const char *const *ports,
			    unsigned flags);

/** struct vw_bridge_port - one port of a bridge (dladm show-bridge -l) */
struct vw_bridge_port {
	const char	*name;
	unsigned	 ifindex;
	unsigned	 stp_state;	/* 0 disabled 1 listening 2 learning 3 forwarding 4 blocking */
	uint32_t	 cost;		/* path cost */
	uint16_t	 priority;
	uint8_t		 designated_root[8], designated_bridge[8]; /* priority, then address */
	uint32_t	 designated_cost;
	uint16_t	 designated_port;
	uint8_t		 topology_change_ack;
	struct vw_link_stats stats;
};

/** struct vw_bridge_fdb - one entry of a forwarding table (dladm show-bridge -f) */
struct vw_bridge_fdb {
	uint8_t		 mac[6];
	uint8_t		 local;		/* 1: an address of the bridge's own ports */
	uint8_t		 is_static;	/* 1: does not age */
	uint32_t	 age_ms;	/* since it was last seen */
	const char	*port;
};

/** struct vw_bridge_info - one bridge */
struct vw_bridge_info {
	size_t		 size;
	const char	*name;
	unsigned	 stp;		/* 1: on, 2: off */
	uint8_t		 mac[6];
	uint16_t	 priority;
	unsigned	 max_age_s, hello_s, forward_delay_s; /* configured */
	uint8_t		 root_id[8];	/* of the whole tree: priority, then address */
	uint32_t	 root_cost;
	uint16_t	 root_port;
	uint8_t		 topology_change, topology_change_detected;
	uint32_t	 topology_change_timer_s;
	struct vw_link_stats stats;
	size_t		 nports;
	const struct vw_bridge_port *ports;
	size_t		 nfdb;
	const struct vw_bridge_fdb *fdb;
};

/** struct vw_bridges - a snapshot of bridges */
struct vw_bridges;

/**
 * vw_bridge_list() - snapshot of the bridges
 * @name:  this one only; NULL: all
 * @flags: 0, VW_LIST_SAVED (names, parameters and ports alone), VW_LIST_DETAIL (the forwarding
 *         tables too), VW_LIST_STATS
 * @bp:    set to the snapshot; free it with vw_bridge_list_free()
 *
 * Return: VW_OK; VW_ERR_NOTFOUND; VW_ERR_BADVAL (@name is no bridge); as vw_link_list().
 * Since: 0.1
 */
VW_API int vw_bridge_list(struct vw_handle *h, const char *name, unsigned flags,
			  struct vw_bridges **bp);
/** vw_bridge_next() - the next of a snapshot; NULL at the end. Since: 0.1 */
VW_API const struct vw_bridge_info *vw_bridge_next(struct vw_bridges *b);
/** vw_bridge_list_free() - free a snapshot; NULL is allowed. Since: 0.1 */
VW_API void vw_bridge_list_free(struct vw_bridges *b);

#ifdef __cplusplus
}
#endif
#endif

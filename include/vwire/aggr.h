/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** aggr.h - link aggregations (paper sections 3.6.1 and 4.1.4; IEEE 802.3ad; kernel: bonding) */
#ifndef VWIRE_AGGR_H
#define VWIRE_AGGR_H

#include <vwire/link.h>
#include <vwire/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** enum vw_lacp_mode - does the aggregation speak LACP? 0 in an attribute struct: not given */
enum vw_lacp_mode { VW_LACP_OFF = 1, VW_LACP_ACTIVE, VW_LACP_PASSIVE };

/** enum vw_lacp_timer - how often LACP frames are expected: each second, or each 30 seconds */
enum vw_lacp_timer { VW_LACP_SHORT = 1, VW_LACP_LONG };

/**
 * enum vw_aggr_policy - headers whose hash picks the port of an outgoing frame
 *
 * Linux has no hash for every combination: L2 alone is layer2, L2 with L3 or L3 alone is
 * layer2+3, anything with L4 is layer3+4.
 */
enum vw_aggr_policy { VW_AGGR_L2 = 1, VW_AGGR_L3 = 2, VW_AGGR_L4 = 4 };

/** struct vw_aggr_attr - what an aggregation is made of; 0 and NULL: the default, or unchanged */
struct vw_aggr_attr {
	size_t		 size;		/* sizeof(struct vw_aggr_attr) */
	const char *const *ports;	/* link names, NULL at the end; required to create */
	unsigned	 policy;	/* set of enum vw_aggr_policy; default VW_AGGR_L4 */
	unsigned	 lacp;		/* enum vw_lacp_mode; default VW_LACP_OFF */
	unsigned	 timer;		/* enum vw_lacp_timer; default VW_LACP_SHORT */
	const char	*mac;		/* fixed address, or "auto": the first port's; default auto */
	const char *const *props;	/* "name=value" texts, NULL at the end; NULL: none */
};
#define VW_AGGR_ATTR(...) \
	(&(struct vw_aggr_attr){ .size = sizeof(struct vw_aggr_attr), __VA_ARGS__ })

/**
 * vw_aggr_create() - join NICs into one link
 * @name:  as vw_vnic_create()
 * @flags: 0, VW_TEMPORARY, VW_FORCE (ports that cannot report their link state are fine)
 *
 * LACP off is bonding mode balance-xor, LACP is mode 802.3ad; ports are watched every 100 ms.
 * Ports lose the addresses of their own. All or nothing.
 *
 * Return: VW_OK; VW_ERR_NOTFOUND (a port); VW_ERR_EXIST (@name); VW_ERR_BUSY (a port is in use);
 * VW_ERR_BADVAL; VW_ERR_NOTSUP (no bonding in this kernel); VW_ERR_DENIED. Since: 0.1
 */
VW_API int vw_aggr_create(struct vw_handle *h, const char *name, const struct vw_aggr_attr *attr,
			  unsigned flags);

/** vw_aggr_delete() - take an aggregation apart; @flags and status as vw_vnic_delete().
 * Since: 0.1 */
VW_API int vw_aggr_delete(struct vw_handle *h, const char *name, unsigned flags);

/**
 * vw_aggr_add() - add ports
 * vw_aggr_remove() - take ports out; the last one cannot go
 * @ports: link names, NULL at the end
 * @flags: 0, VW_TEMPORARY, VW_FORCE
 *
 * Return: as vw_aggr_create(); VW_ERR_NOTFOUND (remove: a link is no port of @name). Since: 0.1
 */
VW_API int vw_aggr_add(struct vw_handle *h, const char *name, const char *const *ports,
		       unsigned flags);
VW_API int vw_aggr_remove(struct vw_handle *h, const char *name, const char *const *ports,
			  unsigned flags);

/**
 * vw_aggr_modify() - change policy, LACP mode, LACP timer or address of an aggregation
 * @attr:  what to change; ports and props must be NULL, one of the others must be given
 * @flags: 0 or VW_TEMPORARY
 *
 * Turning LACP on or off changes the bonding mode, for which the ports leave and come back:
 * traffic pauses for a moment. VNICs over the aggregation stay.
 *
 * Return: as vw_aggr_create(). Since: 0.1
 */
VW_API int vw_aggr_modify(struct vw_handle *h, const char *name, const struct vw_aggr_attr *attr,
			  unsigned flags);

/** struct vw_aggr_port - one port of an aggregation (dladm show-aggr -x, -L) */
struct vw_aggr_port {
	const char	*name;
	uint32_t	 speed_mbps;	/* 0: not known */
	unsigned	 duplex;	/* enum vw_duplex */
	unsigned	 state;		/* enum vw_link_state */
	uint8_t		 mac[6];	/* the port's own address */
	uint8_t		 attached;	/* 1: carries traffic; 0: standby */
	uint8_t		 has_lacp;	/* 1: the members below are valid (IEEE 802.1AX actor state) */
	uint8_t		 aggregatable, sync, coll, dist, defaulted, expired;
	struct vw_link_stats stats;
};

/** struct vw_aggr_info - one aggregation */
struct vw_aggr_info {
	size_t		 size;
	const char	*name;
	unsigned	 policy;	/* set of enum vw_aggr_policy */
	unsigned	 lacp;		/* enum vw_lacp_mode */
	unsigned	 timer;		/* enum vw_lacp_timer */
	uint8_t		 mac_fixed;	/* 1: @mac was given by the administrator */
	uint8_t		 forced;	/* 1: made with VW_FORCE */
	uint8_t		 mac[6];
	unsigned	 state;		/* enum vw_link_state */
	uint32_t	 speed_mbps;	/* 0: not known */
	unsigned	 duplex;
	size_t		 nports;
	const struct vw_aggr_port *ports;
};

/** struct vw_aggrs - a snapshot of aggregations */
struct vw_aggrs;

/**
 * vw_aggr_list() - snapshot of the aggregations
 * @name:  this one only; NULL: all
 * @flags: 0 or VW_LIST_SAVED
 * @ap:    set to the snapshot; free it with vw_aggr_list_free()
 *
 * Return: VW_OK; VW_ERR_NOTFOUND; VW_ERR_BADVAL (@name is no aggregation); as vw_link_list().
 * Since: 0.1
 */
VW_API int vw_aggr_list(struct vw_handle *h, const char *name, unsigned flags,
			struct vw_aggrs **ap);
/** vw_aggr_next() - the next of a snapshot; NULL at the end. Since: 0.1 */
VW_API const struct vw_aggr_info *vw_aggr_next(struct vw_aggrs *a);
/** vw_aggr_list_free() - free a snapshot; NULL is allowed. Since: 0.1 */
VW_API void vw_aggr_list_free(struct vw_aggrs *a);

#ifdef __cplusplus
}
#endif
#endif

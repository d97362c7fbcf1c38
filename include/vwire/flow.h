/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * flow.h - flows: named classes of IP traffic on one link, counted and optionally limited (paper
 *          sections 3.8, 4.1.6 and 4.2.3; illumos flowadm(8))
 *
 * A flow takes the packets of its link that its attributes describe; local and remote are seen
 * from the link's owner. No packet can match two flows of a link: a flow that would allow it is
 * refused, so the order of adding never matters. A flow's limit lies inside its link's limit.
 */
#ifndef VWIRE_FLOW_H
#define VWIRE_FLOW_H

#include <vwire/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Longest flow name in bytes (illumos MAXFLOWNAMELEN - 1) */
#define VW_FLOW_NAME_MAX	127

/** struct vw_flow_attr - what a new flow is made of; fill it with VW_FLOW_ATTR() */
struct vw_flow_attr {
	size_t		 size;		/* sizeof(struct vw_flow_attr) */
	const char	*link;		/* link the packets pass; required */
	/* "attribute=value" texts, NULL at the end; required. One of these six kinds:
	 * local_ip=ADDRESS[/LEN], remote_ip=ADDRESS[/LEN], transport=tcp|udp|sctp|icmp|icmpv6,
	 * transport=tcp|udp|sctp with local_port=1-65535, the same with remote_port,
	 * dsfield=HEX[:HEXMASK] (the whole TOS or traffic class byte) */
	const char *const *match;
	const char *const *props;	/* "name=value" texts, NULL at the end; NULL: none */
};
#define VW_FLOW_ATTR(...) \
	(&(struct vw_flow_attr){ .size = sizeof(struct vw_flow_attr), __VA_ARGS__ })

/**
 * vw_flow_add() - make a flow on a link
 * @name:  1 to 127 bytes of letters, digits, '_', '.' and '-'; begins with a letter
 * @attr:  see above
 * @flags: 0 or VW_TEMPORARY
 *
 * The flow counts from the moment the call returns, whether it has a limit or not.
 *
 * Return: VW_OK; VW_ERR_NOTFOUND (no such link); VW_ERR_EXIST (the name is taken, or the flow
 * overlaps another, which the message names); VW_ERR_BADVAL (an attribute or property); VW_ERR_NOTSUP
 * (an etherstub, a link whose traffic the host does not hold, or the kernel lacks what it needs);
 * VW_ERR_TEMPONLY (the link is temporary); VW_ERR_DENIED. Since: 0.2
 */
VW_API int vw_flow_add(struct vw_handle *h, const char *name, const struct vw_flow_attr *attr,
		       unsigned flags);

/** struct vw_flow_new - one of many flows to add */
struct vw_flow_new {
	const char			*name;
	const struct vw_flow_attr	*attr;
};

/** vw_flow_add_many() - add 1 to 65535 flows at once; all or nothing, the message names the flow
 * that failed. Return: as vw_flow_add(). Since: 0.2 */
VW_API int vw_flow_add_many(struct vw_handle *h, const struct vw_flow_new *flows, size_t n,
			    unsigned flags);

/**
 * vw_flow_remove() - remove a flow; its packets belong to the link again
 * @flags: 0, or VW_TEMPORARY: the saved entry stays and comes back at the next restore
 *
 * Return: VW_OK; VW_ERR_NOTFOUND; VW_ERR_DENIED. Since: 0.2
 */
VW_API int vw_flow_remove(struct vw_handle *h, const char *name, unsigned flags);

/** vw_flow_remove_all() - remove every flow of @link; none is fine.
 * Return: as vw_flow_remove(). Since: 0.2 */
VW_API int vw_flow_remove_all(struct vw_handle *h, const char *link, unsigned flags);

/** flags of struct vw_flow_info */
#define VW_FLOW_SAVED		(1u << 0)	/* in the saved configuration */
#define VW_FLOW_TEMPORARY	(1u << 1)
#define VW_FLOW_ABSENT		(1u << 2)	/* asked for, but its link is not there */

/** struct vw_flow_stats - frames of the flow and their bytes, headers included, since it was added;
 * "out" is what the link's owner sends. Survives property changes and moves of the link. */
struct vw_flow_stats {
	uint64_t in_packets, in_bytes, out_packets, out_bytes;
	uint64_t drops;		/* by action=drop or maxbw=0 */
};

/** struct vw_flow_info - one flow; attributes that are not used are NULL or 0 */
struct vw_flow_info {
	size_t		 size;
	const char	*name, *link;
	const char	*zone;		/* of the link; NULL: the host */
	unsigned	 flags;		/* VW_FLOW_... */
	const char	*local_ip;	/* "10.0.0.0/24", always with a length */
	const char	*remote_ip;
	const char	*transport;	/* "tcp" ... */
	uint16_t	 local_port, remote_port;
	const char	*dsfield;	/* "0x2e:0xfc" */
	struct vw_flow_stats stats;	/* with VW_LIST_STATS; 0 when absent */
};

/** struct vw_flow_filter - which flows to list; 0 and NULL members do not restrict */
struct vw_flow_filter {
	size_t		 size;
	const char	*name;	/* this flow only; if it is missing the call fails */
	const char	*link;	/* flows of this link */
};
#define VW_FLOW_FILTER(...) \
	(&(struct vw_flow_filter){ .size = sizeof(struct vw_flow_filter), __VA_ARGS__ })

/** struct vw_flows - a snapshot of flows */
struct vw_flows;

/** vw_flow_list() - take a snapshot of flows
 * @flags: 0 or more of VW_LIST_SAVED, VW_LIST_STATS
 * @fp:    free it with vw_flow_list_free()
 * Return: VW_OK; VW_ERR_NOTFOUND; VW_ERR_CONFIG; VW_ERR_DENIED (counters need CAP_BPF and
 * CAP_SYS_ADMIN). Since: 0.2 */
VW_API int vw_flow_list(struct vw_handle *h, const struct vw_flow_filter *filter, unsigned flags,
			struct vw_flows **fp);
/** vw_flow_next() - the next flow of a snapshot; NULL at the end. Since: 0.2 */
VW_API const struct vw_flow_info *vw_flow_next(struct vw_flows *f);
/** vw_flow_list_free() - free a snapshot; NULL is allowed. Since: 0.2 */
VW_API void vw_flow_list_free(struct vw_flows *f);

/**
 * vw_flowprop_set() - set one property of a flow while its traffic runs
 * @prop:  maxbw, maxbw-rx, maxbw-tx, minbw, priority, cpus, action or dscp
 * @value: text as flowadm takes it
 * @flags: 0 or VW_TEMPORARY
 *
 * Attributes and counters stay as they are, and no packet is lost.
 * Return: VW_OK; VW_ERR_NOTFOUND; VW_ERR_BADVAL; VW_ERR_NOTSUP; VW_ERR_DENIED. Since: 0.2
 */
VW_API int vw_flowprop_set(struct vw_handle *h, const char *flow, const char *prop,
			   const char *value, unsigned flags);
/** vw_flowprop_reset() - take a property of a flow away; @prop NULL: all. As vw_flowprop_set().
 * Since: 0.2 */
VW_API int vw_flowprop_reset(struct vw_handle *h, const char *flow, const char *prop,
			     unsigned flags);

/** struct vw_flowprop_info - one property of one flow (columns of flowadm show-flowprop) */
struct vw_flowprop_info {
	size_t		 size;
	const char	*flow, *link, *name;
	const char	*value;		/* "" : not set; "?" : could not be read */
	const char	*defval;	/* "--" : not set */
	const char	*possible;
};

/** struct vw_flowprops - a snapshot of properties of flows */
struct vw_flowprops;

/** vw_flowprop_list() - properties of one flow (@flow), of the flows of @link, or of all (both NULL)
 * @props: names, NULL at the end; NULL: all
 * @flags: 0 or VW_LIST_SAVED
 * Return: VW_OK; VW_ERR_NOTFOUND; VW_ERR_CONFIG. Since: 0.2 */
VW_API int vw_flowprop_list(struct vw_handle *h, const char *flow, const char *link,
			    const char *const *props, unsigned flags, struct vw_flowprops **pp);
/** vw_flowprop_next() - the next property; NULL at the end. Since: 0.2 */
VW_API const struct vw_flowprop_info *vw_flowprop_next(struct vw_flowprops *p);
/** vw_flowprop_list_free() - free a snapshot; NULL is allowed. Since: 0.2 */
VW_API void vw_flowprop_list_free(struct vw_flowprops *p);

/** struct vw_flowprop_desc - what a property or an attribute of flows is, apart from any flow */
struct vw_flowprop_desc {
	size_t		 size;
	const char	*name, *defval, *possible;
	const char	*help;		/* one line */
};
/** vw_flowprop_desc_get() - property number @i from 0; NULL: no more. Static. Since: 0.2 */
VW_API const struct vw_flowprop_desc *vw_flowprop_desc_get(size_t i);
/** vw_flowattr_desc_get() - attribute number @i from 0; NULL: no more. Static. Since: 0.2 */
VW_API const struct vw_flowprop_desc *vw_flowattr_desc_get(size_t i);

#ifdef __cplusplus
}
#endif
#endif

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** monitor.h - hear of links that come, change and go (kernel: RTNLGRP_LINK) */
#ifndef VWIRE_MONITOR_H
#define VWIRE_MONITOR_H

#include <vwire/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** enum vw_event_type - what happened */
enum vw_event_type {
	VW_EVENT_ADDED = 1,
	VW_EVENT_CHANGED,	/* state, name, MTU, address or port membership */
	VW_EVENT_REMOVED,
	VW_EVENT_RESYNC		/* events were lost: list the links again */
};

/** struct vw_event - one event; lives until the next call on its monitor */
struct vw_event {
	size_t		 size;
	unsigned	 type;		/* enum vw_event_type */
	const char	*name;		/* as vw_link_list() shows it; NULL with VW_EVENT_RESYNC */
	unsigned	 cls;		/* enum vw_class */
	unsigned	 state;		/* enum vw_link_state */
	unsigned	 ifindex;
	uint32_t	 mtu;
};

/** struct vw_monitor - a stream of events */
struct vw_monitor;

/**
 * vw_monitor_open() - start to listen; every event after this call is delivered
 * @h:  handle whose namespace is watched; the monitor may outlive it
 * @mp: set to the monitor; free it with vw_monitor_close()
 *
 * Return: VW_OK, VW_ERR_NOMEM or VW_ERR_KERNEL. Since: 0.1
 */
VW_API int vw_monitor_open(struct vw_handle *h, struct vw_monitor **mp);
/** vw_monitor_fd() - descriptor that polls readable when an event may be waiting. Since: 0.1 */
VW_API int vw_monitor_fd(const struct vw_monitor *m);
/**
 * vw_monitor_next() - take the next event, without ever waiting
 * @ev: set to the event, or to NULL when none is waiting
 *
 * When the kernel had to drop messages (ENOBUFS) one VW_EVENT_RESYNC is delivered and listening
 * goes on. Return: VW_OK, VW_ERR_NOMEM or VW_ERR_KERNEL. Since: 0.1
 */
VW_API int vw_monitor_next(struct vw_monitor *m, const struct vw_event **ev);
/** vw_monitor_close() - stop listening; NULL is allowed. Since: 0.1 */
VW_API void vw_monitor_close(struct vw_monitor *m);

#ifdef __cplusplus
}
#endif
#endif

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * types.h - words that every other header of libvwire uses
 *
 * Conventions of the whole API:
 * - Text is UTF-8 and NUL-terminated. Inputs stay the caller's and nothing of them is kept after
 *   return. What a handle, a snapshot or an iterator hands out is const and lives as long as it,
 *   unless its comment says otherwise.
 * - An attribute struct begins with its size; fill it with the VW_..._ATTR() macro next to it.
 *   A member that is 0 or NULL was not given. Members a caller does not know read as 0.
 * - Functions that can fail return VW_OK or a negative enum vw_status; the handle then tells the
 *   story (vw_error_message() and its sisters). Out-parameters are written only on success.
 */
#ifndef VWIRE_TYPES_H
#define VWIRE_TYPES_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define VW_API __attribute__((visibility("default")))
#else
#define VW_API
#endif

/** enum vw_status - result of a call; values are ABI and are only ever added at the end */
enum vw_status {
	VW_OK			= 0,
	VW_ERR_NOMEM		= -1,	/* out of memory */
	VW_ERR_BADVAL		= -2,	/* a value is malformed, out of range or not allowed here */
	VW_ERR_NOTFOUND		= -3,	/* no such link, zone, property or saved object */
	VW_ERR_EXIST		= -4,	/* the name or the MAC address is taken */
	VW_ERR_BUSY		= -5,	/* in use: other links sit on it, or it is up and may not be */
	VW_ERR_DENIED		= -6,	/* the caller lacks a privilege; the message names it */
	VW_ERR_NOTSUP		= -7,	/* this kernel, driver or link cannot do it */
	VW_ERR_KERNEL		= -8,	/* the kernel refused for another reason; its text is kept */
	VW_ERR_IO		= -9,	/* reading or writing a file failed */
	VW_ERR_CONFIG		= -10,	/* the saved configuration is malformed; its path is named */
	VW_ERR_INCONSISTENT	= -11,	/* links changed during every one of the reads tried */
	VW_ERR_TIMEOUT		= -12,	/* the lock or the kernel did not answer in time */
	VW_ERR_READONLY		= -13,	/* the property cannot be set */
	VW_ERR_TEMPONLY		= -14,	/* the change cannot be saved; ask with VW_TEMPORARY */
	VW_ERR_PARTIAL		= -15	/* some of the objects failed; the report names each */
};

/**
 * enum vw_class - what a link is, in the words of dladm(8); bits, so that they form sets
 */
enum vw_class {
	VW_CLASS_PHYS		= 1 << 0,	/* Ethernet-like device that libvwire did not make */
	VW_CLASS_VNIC		= 1 << 1,
	VW_CLASS_ETHERSTUB	= 1 << 2,
	VW_CLASS_VLAN		= 1 << 3,
	VW_CLASS_AGGR		= 1 << 4,
	VW_CLASS_SIMNET		= 1 << 5,
	VW_CLASS_BRIDGE		= 1 << 6,
	VW_CLASS_IPTUN		= 1 << 7,
	VW_CLASS_MISC		= 1 << 8,	/* anything else that carries packets */
	VW_CLASS_ANY		= (1 << 9) - 1
};

/** enum vw_link_state - can the link carry frames now? (illumos dladm(8), field STATE) */
enum vw_link_state {
	VW_STATE_UNKNOWN = 0,	/* the driver does not tell */
	VW_STATE_UP,		/* up with a carrier */
	VW_STATE_DOWN,		/* administratively down, or no carrier */
	VW_STATE_ABSENT		/* asked for, but the kernel has no such link (its zone is gone) */
};

/** enum vw_duplex - how the two directions of a link share the medium */
enum vw_duplex { VW_DUPLEX_UNKNOWN = 0, VW_DUPLEX_HALF, VW_DUPLEX_FULL };

/** enum vw_mac_type - where a VNIC's MAC address came from (paper section 3.1) */
enum vw_mac_type {
	VW_MAC_NONE = 0,	/* the link has no Ethernet address, or its origin is not known */
	VW_MAC_FIXED,		/* given by the administrator */
	VW_MAC_RANDOM,		/* drawn by libvwire, then kept for ever */
	VW_MAC_FACTORY		/* burnt into the hardware */
};

/** flags of the verbs that change something */
#define VW_TEMPORARY	(1u << 0)	/* for now only: not saved, gone after a reboot */
#define VW_FORCE	(1u << 1)	/* dladm's -f; each verb says what it overrides */

/** flags of the verbs that list something */
#define VW_LIST_SAVED	(1u << 8)	/* the saved configuration (dladm's -P), not the kernel */
#define VW_LIST_STATS	(1u << 9)	/* fill the counters too */
#define VW_LIST_DETAIL	(1u << 10)	/* fill what costs a system call a link: speed, duplex, driver */

/** Longest link name in bytes (illumos MAXLINKNAMELEN - 1) */
#define VW_NAME_MAX	31

/** Bytes that vw_mac_format() needs */
#define VW_MAC_STRLEN	18

/** struct vw_handle - a session with one network namespace; see handle.h */
struct vw_handle;

#ifdef __cplusplus
}
#endif
#endif

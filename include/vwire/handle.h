/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** handle.h - open and close libvwire, learn what failed, hear its log */
#ifndef VWIRE_HANDLE_H
#define VWIRE_HANDLE_H

#include <vwire/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * vw_open() - open a handle on the caller's network namespace
 * @hp: set to the new handle on success, untouched on failure; free it with vw_close()
 *
 * The netlink socket is opened here, because such a socket belongs for life to the namespace it
 * was opened in: a later setns(2) does not move the handle. The saved configuration is
 * /etc/vwire/config.json, or below $VWIRE_ROOT when that is set (read with secure_getenv(3)).
 * Nothing is read, locked or changed yet, and no privilege is needed.
 *
 * Threads: a handle serves one thread at a time; two handles share nothing. After fork(2) the
 * child opens its own handle: calls with the parent's return VW_ERR_BADVAL.
 *
 * Return: VW_OK; VW_ERR_NOMEM; VW_ERR_DENIED; VW_ERR_KERNEL; VW_ERR_BADVAL ($VWIRE_ROOT is not an
 * absolute path). Since: 0.1
 */
VW_API int vw_open(struct vw_handle **hp);

/** flag of vw_open_at(): work on the saved configuration alone, never on the kernel */
#define VW_OPEN_OFFLINE	(1u << 0)

/**
 * vw_open_at() - open a handle whose files live below another directory
 * @hp:    as vw_open()
 * @root:  directory below which etc/vwire and run/vwire are; NULL: as vw_open()
 * @flags: 0, or VW_OPEN_OFFLINE (dladm's -R): every verb then edits or shows what is saved below
 *         @root and the running system is neither looked at nor changed
 *
 * Return: as vw_open(); VW_ERR_BADVAL (@root is not an absolute path, unknown flag). Since: 0.1
 */
VW_API int vw_open_at(struct vw_handle **hp, const char *root, unsigned flags);

/** vw_close() - close a handle and free all it owns; NULL is allowed. Since: 0.1 */
VW_API void vw_close(struct vw_handle *h);

/** vw_version() - version of the library that runs, such as "0.1.0"; static. Since: 0.1 */
VW_API const char *vw_version(void);

/**
 * vw_error_status() - status of the last call on @h that failed
 * vw_error_errno() - the errno behind it, as positive number; 0: none
 * vw_error_message() - one sentence: what could not be done, and why; never NULL
 * vw_error_hint() - how to fix it, or "" when there is no good advice; never NULL
 * vw_error_kernel() - the kernel's own extended-ack text, escaped; "" when it gave none
 * vw_error_note() - what went wrong while undoing, or "": the system may need `vwire restore`
 *
 * The texts are free of control characters and stay valid until the next call on @h.
 * Since: 0.1
 */
VW_API int vw_error_status(const struct vw_handle *h);
VW_API int vw_error_errno(const struct vw_handle *h);
VW_API const char *vw_error_message(const struct vw_handle *h);
VW_API const char *vw_error_hint(const struct vw_handle *h);
VW_API const char *vw_error_kernel(const struct vw_handle *h);
VW_API const char *vw_error_note(const struct vw_handle *h);

/**
 * vw_status_text() - a status in words ("object not found"), for calls that have no handle
 * @status: an enum vw_status
 *
 * Return: a static string, never NULL. Since: 0.1
 */
VW_API const char *vw_status_text(int status);

/** enum vw_log_level - how much a log line matters */
enum vw_log_level { VW_LOG_WARNING = 0, VW_LOG_INFO, VW_LOG_DEBUG };

/** vw_log_fn - receives one log line without newline; @text lives only during the call */
typedef void (*vw_log_fn)(void *arg, enum vw_log_level level, const char *text);

/**
 * vw_set_log() - hear what the library does; without it, it is silent
 * @fn:  called in the caller's thread, inside other calls on @h; must not use @h; NULL: silence
 * @arg: passed to @fn
 *
 * Since: 0.1
 */
VW_API void vw_set_log(struct vw_handle *h, vw_log_fn fn, void *arg);

/**
 * vw_escape() - make a text safe for a terminal
 * @dst: room for the result, may be NULL when @len is 0
 * @len: size of @dst in bytes
 * @src: any bytes up to a NUL
 *
 * Control characters (C0, DEL, C1), invalid UTF-8 and the invisible format characters that can
 * reorder a line (bidirectional controls, zero-width) become \xNN, byte by byte; all else stays.
 *
 * Return: the length of the whole result, as snprintf(3). Since: 0.1
 */
VW_API size_t vw_escape(char *dst, size_t len, const char *src);

/**
 * vw_mac_format() - print a MAC address as illumos does: lower case, no zero padding
 * @mac: six bytes
 * @buf: VW_MAC_STRLEN bytes, gets "2:8:20:36:ed:5"
 *
 * Return: @buf. Since: 0.1
 */
VW_API const char *vw_mac_format(const uint8_t *mac, char *buf);

#ifdef __cplusplus
}
#endif
#endif

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** linkprop.h - properties of links (illumos dladm(8): show-, set-, reset-linkprop) */
#ifndef VWIRE_LINKPROP_H
#define VWIRE_LINKPROP_H

#include <vwire/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * vw_linkprop_set() - set one property of a link
 * @link:  link of any class, here or in a zone we placed it in
 * @prop:  name, case does not matter
 * @value: text as dladm takes it; a list is joined by ','
 * @flags: 0, or VW_TEMPORARY: not saved. On a temporary link nothing is ever saved
 *
 * The value is read back from the kernel; if it did not take, the call fails. On failure the old
 * value stays. Setting "zone" makes a virtual link anew in the zone, keeping name, address and
 * properties; a phys link is moved.
 *
 * Return: VW_OK; VW_ERR_NOTFOUND (link or property); VW_ERR_BADVAL (the message lists what is
 * allowed); VW_ERR_READONLY; VW_ERR_TEMPONLY; VW_ERR_NOTSUP; VW_ERR_BUSY; VW_ERR_DENIED.
 * Since: 0.1
 */
VW_API int vw_linkprop_set(struct vw_handle *h, const char *link, const char *prop,
			   const char *value, unsigned flags);

/**
 * vw_linkprop_reset() - give a property its default value back and forget the saved one
 * @prop:  name; NULL: every property of the link that can be set
 * @flags: 0 or VW_TEMPORARY
 *
 * Return: as vw_linkprop_set(). Since: 0.1
 */
VW_API int vw_linkprop_reset(struct vw_handle *h, const char *link, const char *prop,
			     unsigned flags);

/** struct vw_linkprop_info - one property of one link (columns of dladm show-linkprop) */
struct vw_linkprop_info {
	size_t		 size;
	const char	*link;
	const char	*name;
	const char	*perm;		/* "rw" or "r-" */
	const char	*value;		/* current, or saved; "" : not set; "?" : could not be read */
	const char	*defval;	/* what reset gives; "--" : not set; "" : none */
	const char	*possible;	/* list or "min-max"; "" : free form */
	unsigned	 supported;	/* 0: this driver or kernel has no such property */
};

/** struct vw_linkprops - a snapshot of properties */
struct vw_linkprops;

/**
 * vw_linkprop_list() - properties of a link, or of all links
 * @link:  NULL: all links, one after another
 * @props: names, NULL at the end; NULL: every property the link's class has
 * @flags: 0, or VW_LIST_SAVED: the saved values
 * @pp:    set to the snapshot; free it with vw_linkprop_list_free()
 *
 * Return: VW_OK; VW_ERR_NOTFOUND (link, or an unknown property); as vw_link_list(). Since: 0.1
 */
VW_API int vw_linkprop_list(struct vw_handle *h, const char *link, const char *const *props,
			    unsigned flags, struct vw_linkprops **pp);
/** vw_linkprop_next() - the next of a snapshot; NULL at the end. Since: 0.1 */
VW_API const struct vw_linkprop_info *vw_linkprop_next(struct vw_linkprops *p);
/** vw_linkprop_list_free() - free a snapshot; NULL is allowed. Since: 0.1 */
VW_API void vw_linkprop_list_free(struct vw_linkprops *p);

/** struct vw_linkprop_desc - what a property is, apart from any link */
struct vw_linkprop_desc {
	size_t		 size;
	const char	*name;
	const char	*perm;		/* "rw" or "r-" */
	unsigned	 classes;	/* set of enum vw_class that have it */
	const char	*defval;
	const char	*possible;
	const char	*help;		/* one line */
};

/** vw_linkprop_desc_get() - property number @i of the table, from 0; NULL: no more. Static.
 * For completion and manuals. Since: 0.1 */
VW_API const struct vw_linkprop_desc *vw_linkprop_desc_get(size_t i);

#ifdef __cplusplus
}
#endif
#endif

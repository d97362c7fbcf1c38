/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** wire.h - documents at work: restore what is saved, check what was promised, probe the kernel */
#ifndef VWIRE_WIRE_H
#define VWIRE_WIRE_H

#include <vwire/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** enum vw_outcome - what became of one item of a report */
enum vw_outcome {
	VW_OUTCOME_SAME = 0,	/* nothing to do, as promised */
	VW_OUTCOME_CREATED,
	VW_OUTCOME_CHANGED,
	VW_OUTCOME_DELETED,
	VW_OUTCOME_WAITING,	/* cannot exist yet: its zone or the link below is not there */
	VW_OUTCOME_FAILED,
	VW_OUTCOME_DIFFERS	/* kernel and document disagree; vw_restore(): no document asks for it */
};

/** struct vw_report_item - one line of a report */
struct vw_report_item {
	size_t		 size;
	const char	*path;		/* member of the document: "links.web1.props.mtu" */
	const char	*link;		/* link it is about; "" : none */
	unsigned	 outcome;	/* enum vw_outcome */
	const char	*want;		/* value asked for; "" : does not apply */
	const char	*is;		/* value found; "" : does not apply */
	const char	*message;	/* one sentence */
};

/** struct vw_report - a list of items */
struct vw_report;

/**
 * vw_restore() - make the kernel hold every link and property of the saved configuration
 * @flags: 0
 * @rp:    set to a report of what was done, also with VW_ERR_PARTIAL; free with vw_report_free()
 *
 * Goes on after a failure, reports each, and may be run again at any time: what is there already
 * stays as it is. Also finishes or takes back what a killed command left half done. Links that
 * others made are not touched. Devices of ours that no document asks for are reported as
 * VW_OUTCOME_DIFFERS, and stay.
 *
 * Return: VW_OK; VW_ERR_PARTIAL (some items failed); VW_ERR_CONFIG (the document is malformed:
 * nothing was changed); VW_ERR_DENIED. Since: 0.1
 */
VW_API int vw_restore(struct vw_handle *h, unsigned flags, struct vw_report **rp);

/**
 * vw_check() - read back all that was asked for, saved or temporary, and name each difference
 * @rp: set to the report; one VW_OUTCOME_DIFFERS or VW_OUTCOME_WAITING item for each difference,
 *      none when all is as promised
 *
 * Changes nothing. Return: VW_OK (look at the report); VW_ERR_CONFIG; as vw_link_list().
 * Since: 0.1
 */
VW_API int vw_check(struct vw_handle *h, unsigned flags, struct vw_report **rp);

/** vw_report_next() - the next item; NULL at the end. Since: 0.1 */
VW_API const struct vw_report_item *vw_report_next(struct vw_report *r);
/** vw_report_free() - free a report; NULL is allowed. Since: 0.1 */
VW_API void vw_report_free(struct vw_report *r);

/** struct vw_probe_item - one ability of this kernel */
struct vw_probe_item {
	size_t		 size;
	const char	*feature;	/* "bonding", "8021q" ... */
	unsigned	 present;	/* 1: works here, 0: does not, 2: could not be tried */
	const char	*serves;	/* what it is needed for: "aggregations (create-aggr)" */
	const char	*advice;	/* what to do when absent, or why it could not be tried; "" */
};

/** struct vw_probe - abilities of this kernel */
struct vw_probe;

/**
 * vw_probe_run() - try what this kernel can do, in a network namespace made for it and thrown away
 * @pp: set to the result; free it with vw_probe_free()
 *
 * Nothing outside that namespace is changed; modules may get loaded by the kernel.
 * Return: VW_OK; VW_ERR_DENIED (needs CAP_SYS_ADMIN, or user namespaces); VW_ERR_NOMEM.
 * Since: 0.1
 */
VW_API int vw_probe_run(struct vw_handle *h, struct vw_probe **pp);
/** vw_probe_next() - the next item; NULL at the end. Since: 0.1 */
VW_API const struct vw_probe_item *vw_probe_next(struct vw_probe *p);
/** vw_probe_free() - free a result; NULL is allowed. Since: 0.1 */
VW_API void vw_probe_free(struct vw_probe *p);

/** struct vw_explain_item - one kernel object behind a link */
struct vw_explain_item {
	size_t		 size;
	const char	*subject;	/* what was asked for: "link", "maxbw", "flow tcp-flow1" ... */
	const char	*object;	/* "class 1:10 htb ceil 100Mbit on eth0-q" */
};

/** struct vw_explain - the kernel objects behind a link */
struct vw_explain;

/**
 * vw_explain_link() - which kernel objects realise a link, each of its properties and its flows
 * @ep: set to the result, read from the kernel now; free it with vw_explain_free()
 *
 * Return: VW_OK; VW_ERR_NOTFOUND; VW_ERR_DENIED (maps can be read with CAP_SYS_ADMIN). Since: 0.2
 */
VW_API int vw_explain_link(struct vw_handle *h, const char *link, struct vw_explain **ep);
/** vw_explain_next() - the next item; NULL at the end. Since: 0.2 */
VW_API const struct vw_explain_item *vw_explain_next(struct vw_explain *e);
/** vw_explain_free() - free a result; NULL is allowed. Since: 0.2 */
VW_API void vw_explain_free(struct vw_explain *e);

#ifdef __cplusplus
}
#endif
#endif

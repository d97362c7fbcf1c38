/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * json.h - a strict reader of JSON (RFC 8259) that hands out values in file order
 *
 * Not json-c: that merges members of one name without a word, takes control characters in
 * strings, forgets where a value stood, and builds a tree where one pass into struct vws_link is
 * enough (some 1 us a link).
 */
#ifndef VWS_JSON_H
#define VWS_JSON_H

#include "util/util.h"

#define VWS_JSON_DEPTH	32

enum vws_json_type {
	VWS_JSON_NONE,		/* no value comes next: see fault */
	VWS_JSON_OBJECT, VWS_JSON_ARRAY, VWS_JSON_STRING, VWS_JSON_NUMBER, VWS_JSON_TRUE,
	VWS_JSON_FALSE, VWS_JSON_NULL
};

struct vws_json {
	const char	*start, *p, *end;
	const char	*fault;		/* why the text is no JSON; NULL: nothing wrong yet */
	unsigned	 depth;
	bool		 first[VWS_JSON_DEPTH + 1];	/* nothing of this level was read yet */
	bool		 object[VWS_JSON_DEPTH + 1];
	struct vwu_str	 key;		/* of the member read last */
	struct vwu_str	 str;		/* the string read last */
};

void vws_json_init(struct vws_json *j, const char *text, size_t len);
void vws_json_free(struct vws_json *j);
/* What comes next; moves to it. */
enum vws_json_type vws_json_type(struct vws_json *j);
/* Step into the object or array that comes next. */
bool vws_json_enter(struct vws_json *j);
/* On to the next member (its name is in key) or item; false: the end was passed, or a fault. */
bool vws_json_next(struct vws_json *j);
/* Name, ':' of a member outside of any object: lines of a document. */
bool vws_json_pair(struct vws_json *j);
/* Read a string into str. */
bool vws_json_string(struct vws_json *j);
/* Read a number; false without a fault: not one of decimal digits alone up to 2^64 - 1. */
bool vws_json_u64(struct vws_json *j, uint64_t *v);
/* Pass over any value. */
bool vws_json_skip(struct vws_json *j);
/* Nothing but blanks up to the end. */
bool vws_json_finish(struct vws_json *j);
size_t vws_json_line(const struct vws_json *j);	/* where p is, from 1 */

#endif

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* schema.h - what a document may hold: read.c reads and checks, print.c prints, check.c looks at
 * how links fit together; flow.c does it all for flows. docs/schema/vwire-1.schema.json says the
 * same for other programs. */
#ifndef VWS_SCHEMA_H
#define VWS_SCHEMA_H

#include <vwire/flow.h>

#include "store/json.h"
#include "store/store.h"

#define VWS_SCHEMA_VERSION	1
#define VWS_PROPS_MAX		256	/* properties of one link or flow */
#define VWS_PORTS_MAX		1024	/* ports of one link */

/* Words of a member and the values they stand for. */
struct vws_word { const char *text; unsigned value; };
extern const struct vws_word vws_classes[], vws_mac_types[], vws_lacp_modes[], vws_lacp_timers[],
	vws_policies[], vws_on_off[], vws_tunnels[];
const char *vws_word_of(const struct vws_word *words, unsigned value);	/* NULL: none */

struct vws_reader {
	struct vw_handle *h;
	const char	 *file;		/* how errors call the document; NULL: not at all */
	int		  status;	/* what errors return: VW_ERR_CONFIG, VW_ERR_BADVAL */
	bool		  temporary;	/* "removed" and "netns" are allowed */
	struct vws_json	  json;
	const char	 *link, *member;	/* where we are; NULL: above */
	bool		  flows;	/* link is the name of a flow */
};
/* Tell "FILE: links.LINK.MEMBER: text", or the same of "flows". */
int vws_bad(struct vws_reader *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Tell that the text is no JSON, "FILE: line 7: reason", or that memory is out. */
int vws_bad_json(struct vws_reader *r);
/* Tell of member @name, unknown here, with the nearest of @known as hint. */
int vws_bad_member(struct vws_reader *r, const char *name, const char *const *known, size_t n);
/* Step into an object. */
int vws_read_object(struct vws_reader *r);
/* A number from @min to @max. */
int vws_read_number(struct vws_reader *r, uint64_t min, uint64_t max, uint64_t *out);
/* "must be @what, is ..." for the value at @from, passed over already or next. */
int vws_must_be(struct vws_reader *r, const char *from, const char *what);
/* Any string into r->json.str; @from: where it stood. */
int vws_read_text(struct vws_reader *r, const char *what, const char **from);
/* The name of a link that need not be in the document. */
int vws_read_link_name(struct vws_reader *r, char **out);
int vws_read_word(struct vws_reader *r, const struct vws_word *words, unsigned *out);
int vws_read_bool(struct vws_reader *r, bool *out);

/* A member: the classes it exists on, and those of them that cannot do without. */
struct vws_member {
	const char	*name;
	unsigned	 classes, needed;
	int (*read)(struct vws_reader *r, struct vws_link *l);
};
#define VWS_MEMBERS_MAX	32	/* bits of a set of them */
extern const struct vws_member vws_members[];
extern const size_t vws_nmembers;
/* NULL when a link of others can have this name, else the reason. */
const char *vws_foreign_name_fault(const char *name);
/* Does it hold control or invisible characters? They have no place in anything we keep. */
bool vws_hostile(const char *text);
/* Members that are 0 and cannot be: the defaults of the class. */
void vws_link_defaults(struct vws_link *l);
#define VWS_PRIORITY_DEFAULT	32768

/* What the lines of a section hold. Objects begin with their name. */
struct vws_kind {
	const char	*member;	/* of the document */
	size_t		 name_max;
	/* The value of object @name, checked by itself; @r->json is in front of it. */
	int (*read)(struct vws_reader *r, const char *name, void **out);
	/* The line of an object, without ',' and newline. */
	void (*print)(struct vwu_str *b, const void *object);
	void (*free)(void *object);	/* NULL is allowed */
};
extern const struct vws_kind vws_link_kind, vws_flow_kind;
#define VWS_NAME_MOST	VW_FLOW_NAME_MAX
static inline const char *vws_name_of(const void *object)
{
	return *(char *const *)object;
}
/* An object from a line: "name": {...} */
int vws_read_line(struct vws_reader *r, const struct vws_kind *kind, const char *text, size_t len,
		  void **out);

void vws_print_link(struct vwu_str *b, const void *object);
void vws_print_string(struct vwu_str *b, const char *text);

/* props.c: names with values, of links and of flows */
struct vws_prop *vws_props_find(struct vws_prop *v, size_t n, const char *name);
/* @value NULL: remove it. */
int vws_props_set(struct vw_handle *h, struct vws_prop **v, size_t *n, const char *name,
		  const char *value);
bool vws_props_copy(struct vws_prop **to, size_t *nto, const struct vws_prop *v, size_t n);
void vws_props_free(struct vws_prop *v, size_t n);
int vws_read_props(struct vws_reader *r, struct vws_prop **v, size_t *n);
/* , "MEMBER": {...}; nothing when there are none */
void vws_print_props(struct vwu_str *b, const char *member, const struct vws_prop *v, size_t n);

/* The over of a simnet is a cable, not something below. */
static inline bool vws_is_simnet(const struct vws_link *l)
{
	return l->cls == VW_CLASS_SIMNET;
}
/* The @i-th link that @l needs below it; NULL: no more. */
const char *vws_below(const struct vws_link *l, size_t i);
/* A cable has two ends: @peer of simnet @l, if it is there, is a simnet without another peer. */
int vws_check_cable(struct vws_reader *r, const struct vws_link *l, const struct vws_link *peer);
/* Do @n links, found by name through @names, fit together? */
int vws_check_links(struct vws_reader *r, void *const *links, size_t n,
		    const struct vwu_map *names);

#endif

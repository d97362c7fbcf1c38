/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * doc.h - a document in memory: the text as it was read, and entries for lines in use
 *
 * A document of thousands of links must cost a command that touches one of them next to nothing,
 * so the text stays text. It has two sections, links and flows. One line is one of them; looking a
 * name up is a search for its line, and writing is the old text with some lines replaced. After a
 * few look-ups, or when all of a section is asked for, an entry for every line and an index are
 * made: from then on the section is complete.
 */
#ifndef VWS_DOC_H
#define VWS_DOC_H

#include "store/files.h"
#include "store/schema.h"

#define VWS_NOWHERE	SIZE_MAX

struct vws_entry {
	size_t		 off, len;	/* line in the base; off VWS_NOWHERE: new, goes last */
	char		*name;		/* by now */
	char		*text;		/* its line by now; NULL: as in the base */
	void		*object;	/* parsed; NULL: not yet */
	bool		 gone;
};

struct vws_section {
	struct vws_doc		*d;
	const struct vws_kind	*kind;
	const char		*base;		/* its lines; the byte in front is a newline */
	size_t			 base_len;	/* without the last newline */

	struct vws_entry	*v;	/* in order of the base, then new ones, once complete */
	size_t			 n, cap;
	bool			 complete;
	unsigned		 searches;	/* through the whole base */
	struct vwu_map		 names;		/* once complete: name to entry */

	size_t			*order;		/* entries that are not gone; NULL: to be made */
	size_t			 norder, order_cap;
	char			 absent[4][VWS_NAME_MOST + 1];	/* names looked for in vain */
	unsigned		 next_absent;
};

struct vws_doc {
	struct vw_handle *h;
	enum vws_which	 which;
	char		*text;		/* canonical, with head and tail */
	uint64_t	 generation, netns;
	struct vws_id	 id;		/* version of the file; only with loaded */
	bool		 loaded, changed;
	bool		 cables;	/* a simnet changed: how it is cabled is looked at last */
	struct vws_section links, flows;
	struct vwu_map	 macs;		/* of complete links: address to number of lines with it */
	char		 no_mac[VW_MAC_STRLEN];		/* the address looked for in vain last */
	char		**kept;		/* texts the maps may point to */
	size_t		 nkept;
};

/* index.c */
#define VWS_NONE	SIZE_MAX
/* Entry of @name, VWS_NONE when there is none or, with *@rc set and told, memory is out. */
size_t vws_entry_find(struct vws_section *s, const char *name, int *rc);
/* One more entry at the end; takes @name, @text and @object over, also on failure. */
int vws_entry_add(struct vws_section *s, size_t off, size_t len, char *name, char *text,
		  void *object);
int vws_complete(struct vws_section *s);
void vws_line_of(const struct vws_section *s, const struct vws_entry *e, const char **line,
		 size_t *len);
/* The address in the line of a link: its length, 0: none. */
size_t vws_line_mac(const char *line, size_t len, const char **mac);
/* A line of the section comes (@by 1) or goes (-1). */
void vws_mac_count(struct vws_section *s, const char *line, size_t len, int by, int *rc);
size_t vws_mac_lines(struct vws_doc *d, const char *mac);
/* Free @text with the document and not before; on failure it stays the caller's. */
int vws_keep(struct vws_doc *d, char *text);
void vws_index_free(struct vws_section *s);
/* The link or flow of an entry, parsed when first asked for. */
int vws_entry_object(struct vws_section *s, size_t i, const void **out);
static inline int vws_entry_link(struct vws_doc *d, size_t i, const struct vws_link **out)
{
	const void *object = NULL;
	int rc = vws_entry_object(&d->links, i, &object);

	*out = object;
	return rc;
}

/* section.c */
size_t vws_section_count(const struct vws_section *s);
/* Entry number of the @i-th that is there; VWS_NONE: no more, or out of memory. */
size_t vws_section_at(struct vws_section *s, size_t i);
/* Change entry @i, or add one when it is VWS_NONE; @object may have another name than it. */
int vws_put_at(struct vws_section *s, size_t i, const void *object);
int vws_section_put(struct vws_section *s, const void *object);
int vws_section_del(struct vws_section *s, const char *name);

/* doc.c */
/* @text is canonical and is taken over. */
int vws_doc_new(struct vw_handle *h, enum vws_which which, char *text, size_t len,
		struct vws_doc **out);
#define VWS_FLOWS_HEAD	"}, \"flows\": {\n"	/* between links and flows, if there are any */

/* rules.c: may @l come in the place of entry *@i (VWS_NONE: as a new one)? Looking at others may
 * complete the links: then *@i is the entry's new number. */
int vws_check_put(struct vws_doc *d, size_t *i, const struct vws_link *l);
/* Looked at last, since both ends of a cable change one after the other. */
int vws_check_cables(struct vws_doc *d);

/* parse.c: any text to a document, validated. */
int vws_parse_any(struct vw_handle *h, enum vws_which which, const char *name, const char *text,
		  size_t len, struct vws_doc **out);

/* write.c: pieces of the text as it is now; @head gets the first. */
struct vws_pieces {
	struct iovec	*v;
	size_t		 n, cap;
	bool		 failed, any;
	const char	*open;	/* goes in front of the first line of a section */
	char		 head[128];
};
void vws_compose(const struct vws_doc *d, uint64_t generation, struct vws_pieces *p);

#endif

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * store.h - what was asked for: documents of links and their properties, saved
 * (etc/vwire/config.json) and temporary (run/vwire/temporary.json), locks, intent records.
 * No netlink. Every int returned is VW_OK or a negative enum vw_status with the error told.
 */
#ifndef VWS_STORE_H
#define VWS_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include <vwire/types.h>

#include "core/core.h"
#include "util/util.h"

struct vws_prop { char *name, *value; };	/* value: canonical text, lists joined by ',' */

/* One link as it was asked for; the members in use depend on the class. Strings are owned. */
struct vws_link {
	char		*name;
	unsigned	 cls;		/* enum vw_class; VW_CLASS_PHYS: only over, zone and props */
	char		*over;		/* vnic, vlan: link below; simnet: peer; phys: the name it
					   starts with, before we rename it; NULL: none */
	char		*zone;		/* NULL: the host */
	uint16_t	 vid;		/* 0: none */
	uint8_t		 mac[6];
	bool		 has_mac;
	unsigned	 mac_type;	/* enum vw_mac_type, with has_mac */
	bool		 forced;
	bool		 removed;	/* temporary document only: deleted with -t */
	char		**ports;	/* aggr, bridge: NULL-terminated; NULL: none */
	unsigned	 lacp, timer, policy;	/* aggr: enum vw_lacp_mode, _timer, policy set */
	unsigned	 stp;		/* bridge: 1 on, 2 off */
	uint32_t	 priority, max_age_s, hello_s, forward_delay_s;	/* bridge */
	unsigned	 tunnel;	/* iptun: enum vw_iptun_type */
	char		*local, *remote; /* iptun; NULL: none */
	struct vws_prop	*props;
	size_t		 nprops;
};
struct vws_link *vws_link_new(const char *name, unsigned cls);	/* NULL: no memory */
struct vws_link *vws_link_dup(const struct vws_link *l);	/* NULL: no memory */
void vws_link_free(struct vws_link *l);
const char *vws_link_prop(const struct vws_link *l, const char *name);	/* NULL: not set */
int vws_link_set_prop(struct vw_handle *h, struct vws_link *l, const char *name,
		      const char *value);	/* value NULL: remove it */

/* One flow as it was asked for. Strings are owned. */
struct vws_flow {
	char		*name;
	char		*link;
	bool		 removed;	/* temporary document only: deleted with -t */
	struct vws_prop	*match;		/* attribute and canonical value, in the order of the schema */
	size_t		 nmatch;
	struct vws_prop	*props;
	size_t		 nprops;
};
struct vws_flow *vws_flow_new(const char *name, const char *link);	/* NULL: no memory */
struct vws_flow *vws_flow_dup(const struct vws_flow *f);		/* NULL: no memory */
void vws_flow_free(struct vws_flow *f);
const char *vws_flow_match(const struct vws_flow *f, const char *attr);	/* NULL: not used */
int vws_flow_set_match(struct vw_handle *h, struct vws_flow *f, const char *attr,
		       const char *value);
const char *vws_flow_prop(const struct vws_flow *f, const char *name);	/* NULL: not set */
int vws_flow_set_prop(struct vw_handle *h, struct vws_flow *f, const char *name,
		      const char *value);	/* value NULL: remove it */

/* -- store.c: where files are --------------------------------------------------------------- */
struct vws_store;
/* Only notes paths below h->root; touches no file. @netns: inode of the handle's namespace (0:
 * offline); @private_run: keep run files apart from the host's, below run/vwire/netns-INODE. */
int vws_open(struct vw_handle *h, uint64_t netns, bool private_run);
void vws_close(struct vw_handle *h);

/*
 * Exclusive lock on run/vwire/lock (etc/vwire/lock when offline), creating directories as needed
 * (0755, run files 0644, the lock itself 0600: who can read it could hold it too). Waits up to
 * 10 s, then VW_ERR_TIMEOUT names the holder's pid. Nests.
 * Readers take no lock: files change only by rename.
 */
int vws_lock(struct vw_handle *h);
void vws_unlock(struct vw_handle *h);

/* -- doc.c: a document in memory ------------------------------------------------------------- */
enum vws_which { VWS_SAVED, VWS_TEMPORARY };
struct vws_doc;
/* An absent file is an empty document. Malformed: VW_ERR_CONFIG, "FILE: links.web1.vid: must be a
 * number from 1 to 4094". Loading VWS_TEMPORARY drops content written in another namespace
 * (recorded inode), as after a reboot. */
int vws_load(struct vw_handle *h, enum vws_which which, struct vws_doc **out);
/* Validate @text of @len bytes as a whole document; @name is how errors call it. */
int vws_parse(struct vw_handle *h, const char *name, const char *text, size_t len,
	      struct vws_doc **out);
char *vws_print(const struct vws_doc *d);	/* canonical JSON, for free(); NULL: no memory */
void vws_doc_free(struct vws_doc *d);
uint64_t vws_doc_generation(const struct vws_doc *d);
size_t vws_doc_count(const struct vws_doc *d);
/* In file order. The pointer lives until the document is changed; NULL: out of range or, with the
 * error told, out of memory. */
const struct vws_link *vws_doc_at(struct vws_doc *d, size_t i);
const struct vws_link *vws_doc_find(struct vws_doc *d, const char *name);	/* NULL: none */
/* Name of link @i without parsing its line; lives until the document is changed. NULL: none. */
const char *vws_doc_name(struct vws_doc *d, size_t i);
/* Is there a line for @name? No parsing. */
bool vws_doc_find_line(struct vws_doc *d, const char *name);
int vws_doc_put(struct vw_handle *h, struct vws_doc *d, const struct vws_link *l); /* copies */
int vws_doc_del(struct vw_handle *h, struct vws_doc *d, const char *name);	/* absent: VW_OK */
/* Give @old the name @new and let every over, port and peer that says @old say @new. */
int vws_doc_rename(struct vw_handle *h, struct vws_doc *d, const char *old, const char *new);
/* Does any line hold this address as "mac"? Quick: no parsing. */
bool vws_doc_has_mac(struct vws_doc *d, const uint8_t mac[6]);
bool vws_doc_changed(const struct vws_doc *d);
/* Let the next vws_commit() put @d back as it was loaded, over what was committed since. */
void vws_doc_put_back(struct vws_doc *d);

/* Flows of a document: as the functions above, for its "flows". Names of flows and of links are
 * apart. Renaming a link renames it in its flows; deleting one leaves them (the caller decides). */
size_t vws_flow_count(const struct vws_doc *d);
const struct vws_flow *vws_flow_at(struct vws_doc *d, size_t i);
const struct vws_flow *vws_flow_find(struct vws_doc *d, const char *name);
bool vws_flow_find_line(struct vws_doc *d, const char *name);
int vws_flow_put(struct vw_handle *h, struct vws_doc *d, const struct vws_flow *f);	/* copies */
int vws_flow_del(struct vw_handle *h, struct vws_doc *d, const char *name);	/* absent: VW_OK */
/* Index of the next flow of @link from @i on; vws_flow_count() when there is no more. Quick: no
 * parsing of the lines of other links. */
size_t vws_flow_next_of(struct vws_doc *d, const char *link, size_t i);

/*
 * Write the document if it changed: temporary file in the same directory (O_EXCL, 0644), fsync,
 * previous version kept as NAME.1, rename, fsync of the directory; generation + 1. VW_ERR_IO
 * leaves the old file (on a file system that can neither link nor exchange files, one of both).
 * Needs the lock. The temporary document is not synced.
 */
int vws_commit(struct vw_handle *h, enum vws_which which, struct vws_doc *d);

/* -- intent.c: what is about to be done, inside the lock file --------------------------------- */
struct vws_intent { char *verb; char **names; size_t n; };	/* NULL behind the @n names */
int vws_intent_write(struct vw_handle *h, const char *verb, const char *const *names, size_t n);
/* Left over by a killed command; *@out NULL: none. A torn record counts as none: it is written
 * before the first change. */
int vws_intent_read(struct vw_handle *h, struct vws_intent **out);
int vws_intent_clear(struct vw_handle *h);
void vws_intent_free(struct vws_intent *i);

#endif

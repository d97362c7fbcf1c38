/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * object.h - what a link, VNIC, etherstub, VLAN, aggregation, simnet, bridge or tunnel is
 *
 * A definition (struct vws_link) says what was asked for. Realising it makes kernel devices,
 * unrealising removes them. Every public verb is: begin (lock, load, settle what a killed command
 * left), check, write the intent, change, commit.
 */
#ifndef VWO_OBJECT_H
#define VWO_OBJECT_H

#include <vwire/aggr.h>
#include <vwire/iptun.h>
#include <vwire/link.h>

#include "core/core.h"
#include "kernel/kernel.h"
#include "policy/policy.h"
#include "prop/prop.h"
#include "store/store.h"
#include "util/util.h"

/* -- mark.c: who made a device, told by its group (IFLA_GROUP), which it has from birth -------- */
enum vwo_role {
	VWO_ROLE_LINK = 0,	/* the link itself */
	VWO_ROLE_PORT,		/* port end of a guarded or etherstub VNIC, in the host */
	VWO_ROLE_FAR,		/* far end of a simnet that is not cabled */
	VWO_ROLE_LOWER,		/* 8021q device or bridge below VNICs with a VID */
	VWO_ROLE_QUEUE		/* either end of a queue pair, where limited links wait */
};
uint32_t vwo_mark(unsigned cls, enum vwo_role role);
bool vwo_is_ours(const struct vwk_link *dev);	/* made by libvwire, in any role */
bool vwo_is_doomed(const struct vwk_link *dev);	/* a deletion was cut short */
enum vwo_role vwo_role(const struct vwk_link *dev);
/* Class as users see it; 0: hidden from them (loopback, port ends ...). */
unsigned vwo_class(const struct vwk_link *dev);
const char *vwo_dev_name(const struct vwk_link *dev);	/* full name: altname where it is ours */
unsigned vwo_state(const struct vwk_link *dev, unsigned cls);	/* enum vw_link_state */

/* -- ctx.c: one call at work ---------------------------------------------------------------------- */
struct vwo_zone {
	char		*name;		/* as written: name, path or pid */
	int		 fd;		/* -1: there is none */
	struct vwk_ns_id id;
	struct vwk_nl	*nl;		/* NULL: not opened, or may not be */
	int		 status;	/* why there is no fd or socket */
	struct vwk_links devs;		/* its links, once dumped */
	bool		 dumped;
};

struct vwo_ctx {
	struct vw_handle *h;
	struct vws_doc	*saved, *temp;
	struct vws_doc	*was_saved, *was_temp;	/* from vwo_remember(); NULL: not remembered */
	struct vwo_zone	**zones;
	size_t		 nzones;
	struct vwk_links devs;		/* links of the host, once dumped */
	bool		 dumped;
	struct vwu_map	 names;		/* of those, while vwo_cache() is on */
	bool		 cached;
	bool		 owns;		/* the saved document is this namespace's */
	bool		 locked, intent;
	bool		 unclean;	/* something could not be taken back: the intent stays, for
					   the next command to settle */
	bool		 restoring;	/* everything is set anew: an engine of old may be replaced */
	bool		 settling;	/* flows that no document knows are removed too */
	struct vwpl	*engine;	/* policy engine, once asked for; NULL: none is needed yet */
	const struct vws_link *changing; /* counts instead of the documents' one of its name */
	struct vwo_carry *carry;	/* counters that links made anew go on with */
	char		**settled;	/* names a leftover intent was settled for */
	char		*settled_verb;
};

/* Load the documents for reading. End with vwo_close(). */
int vwo_read(struct vw_handle *h, struct vwo_ctx *c);
/* Lock, load, finish or take back what a killed command left; refuses saving where it may not be
 * (@flags without VW_TEMPORARY in a namespace that does not own the state). */
int vwo_begin(struct vw_handle *h, unsigned flags, struct vwo_ctx *c);
void vwo_close(struct vwo_ctx *c);
/* Write the documents that changed: both or, on failure, none. */
int vwo_commit(struct vwo_ctx *c);
/* Where the documents go first and the kernel may still refuse: remember what they say, and after
 * a failure let them say it again. */
int vwo_remember(struct vwo_ctx *c);
void vwo_take_back(struct vwo_ctx *c);
/* The result of undoing something: what could not be undone is left to the next command. */
static inline void vwo_undone(struct vwo_ctx *c, int rc)
{
	c->unclean = c->unclean || rc < 0;
}
/* The zone by name, opened once; never NULL unless out of memory. zone->status tells. */
struct vwo_zone *vwo_zone(struct vwo_ctx *c, const char *name);
/* Socket in zone @name (NULL: the host); the error says which zone is not there. */
int vwo_zone_nl(struct vwo_ctx *c, const char *name, struct vwk_nl **nl);
/* Dump the host's links once and keep them. */
int vwo_dump(struct vwo_ctx *c);
/*
 * Answer vwo_get() from one dump instead of a question each, until vwo_uncache(): for phases that
 * look at many links and change none. @n below some eight is not worth a dump.
 */
int vwo_cache(struct vwo_ctx *c, size_t n);
void vwo_uncache(struct vwo_ctx *c);
/* vwk_link_get(), or the same from the dump; a name is the kernel's. */
int vwo_get(struct vwo_ctx *c, struct vwk_nl *nl, const char *name, int ifindex,
	    struct vwk_link *dev);
/* The definition in force: temporary before saved; NULL: none, or temporarily removed. */
const struct vws_link *vwo_def(struct vwo_ctx *c, const char *name);
/* Write down what is about to be done. @zones may be NULL. */
int vwo_intent(struct vwo_ctx *c, const char *verb, const char *const *names,
	       const char *const *zones, size_t n);
/* Was exactly this settled at the beginning of this call? Then there is nothing left to do. @name
 * NULL: the verb tells it all. */
bool vwo_was_settled(const struct vwo_ctx *c, const char *verb, const char *name);
/* Every definition in force, in dependency order; @out of pointers is for free(). */
int vwo_defs(struct vwo_ctx *c, struct vws_link ***out, size_t *n);
void vwo_defs_free(struct vws_link **defs, size_t n);
int vwo_class_order(unsigned cls);

/* -- find.c: one link ------------------------------------------------------------------------------- */
struct vwo_link {
	char			*name;
	unsigned		 cls;
	const struct vws_link	*def;	/* NULL: a link of others, or found by its mark alone */
	struct vwk_nl		*nl;	/* socket where the device is, or should be; NULL: unreachable */
	bool			 present;
	struct vwk_link		 dev;	/* valid if present */
	bool			 has_port;
	struct vwk_link		 port;	/* port end of an etherstub VNIC */
	bool			 has_lower;
	struct vwk_link		 lower;	/* device below, when it is in the host */
	struct vwpl_state	*policy; /* what the kernel holds, once read by vwo_policy_read() */
	int			 zone_status; /* VW_OK, or why its zone cannot be reached */
};
/* VW_ERR_NOTFOUND, told, when there is neither device nor definition. */
int vwo_find(struct vwo_ctx *c, const char *name, struct vwo_link *out);
/* The same for a definition that need not be in a document yet; @out borrows it. */
int vwo_find_def(struct vwo_ctx *c, const struct vws_link *def, struct vwo_link *out);
void vwo_link_clear(struct vwo_link *l);
/* Fill @p for the prop room; it borrows from @l. */
void vwo_prop_link(struct vwo_ctx *c, const struct vwo_link *l, struct vwp_link *p);
/* ifindex of what bears a link's name in the host; 0: nothing does. */
int vwo_host_index(struct vwo_ctx *c, const char *name, int *index);
/* The name a link has here, for one of its alternative names (udev's enp3s0): what is written down
 * must be found again by it. @name is for free(). */
int vwo_true_name(struct vwo_ctx *c, char **name);
/* Device of the definition where it belongs. VW_ERR_NOTFOUND without text: absent. */
int vwo_find_dev(struct vwo_ctx *c, const struct vws_link *def, struct vwk_link *dev);

/* -- realise.c, unrealise.c: definitions to devices and back --------------------------------------- */
struct vwo_result {
	int	 status;	/* VW_OK: made */
	char	*message;	/* of the failure; NULL: none, or no memory */
};
/*
 * Make the devices of @n definitions of classes in dependency order, with their properties, in as
 * few conversations as there are namespaces. @results NULL: all or nothing. Else each failure is
 * noted there, the others stay, and the return is the first failure.
 */
int vwo_realise(struct vwo_ctx *c, const struct vws_link *const *defs, size_t n,
		struct vwo_result *results);
/* Remove the devices of @n definitions, many at once; what is absent is fine. */
int vwo_unrealise(struct vwo_ctx *c, const struct vws_link *const *defs, size_t n);
/* Is all there that realising makes? */
bool vwo_complete(struct vwo_ctx *c, const struct vws_link *def);

/* What the kernel is told of an aggregation, bridge or tunnel. */
void vwo_bond_from_def(const struct vws_link *def, struct vwk_bond *bond);
void vwo_bridge_from_def(const struct vws_link *def, struct vwk_bridge *br);
int vwo_tunnel_from_def(struct vwo_ctx *c, const struct vws_link *def, struct vwk_tunnel *t);

/* ports.c: ports of aggregations and bridges */
int vwo_ports_attach(struct vwo_ctx *c, const char *master, unsigned cls,
		     const char *const *ports);
int vwo_ports_release(struct vwo_ctx *c, const char *master, const char *const *ports);

/* -- policy.c: what the policy engine is told of links ------------------------------------------------ */
/*
 * A guarded VNIC: its port end stays in the host, where programs decide for it. By default that
 * holds for VNICs in zones; property datapath decides otherwise.
 */
bool vwo_is_guarded(const struct vws_link *def);
/* Tell the engine of @n links that are in the kernel: limits, protection, strictness, flows. Links
 * that want nothing lose what they had. */
int vwo_policy_apply(struct vwo_ctx *c, const struct vws_link *const *defs, size_t n);
/* The same for one that is changed from @old to @def: what is above it may depend on its limit. */
int vwo_policy_change(struct vwo_ctx *c, const struct vws_link *old, const struct vws_link *def);
/* After a kill: a link that is no VNIC, known to the documents or not, and all that is above it. */
int vwo_policy_settle(struct vwo_ctx *c, const char *name);
/* Can it be kept for this link at all? Told before anything is changed. */
int vwo_policy_check(struct vwo_ctx *c, const struct vws_link *def, unsigned cls);
/* Their devices are gone: so is all that was known of them. */
int vwo_policy_forget(struct vwo_ctx *c, const int *points, size_t n);
/* Forget what the engine knows of devices that went without us. */
int vwo_policy_sweep(struct vwo_ctx *c);
/* A link of the host above a NIC goes: no switch shall look for it any more. */
int vwo_policy_leave(struct vwo_ctx *c, const struct vws_link *def);
/* Fill l->policy when the engine knows the link. */
int vwo_policy_read(struct vwo_ctx *c, struct vwo_link *l);
/* Does the kernel hold what @def asks for? Also true for a definition that asks for nothing. */
bool vwo_policy_holds(struct vwo_ctx *c, struct vwo_link *l);
/* Does it hold the link to anything that @def does not ask for? */
bool vwo_policy_exceeds(struct vwo_ctx *c, struct vwo_link *l);
/* The engine; NULL in @out, without error, when there is none and @make is false. */
int vwo_engine(struct vwo_ctx *c, bool make, struct vwpl **out);
/* Remember the counters of a link and its flows that is about to be made anew. */
int vwo_carry(struct vwo_ctx *c, const struct vws_link *def);
void vwo_carry_end(struct vwo_ctx *c);
/* Properties and policy of a link that is there: all that is not what it is made of. */
int vwo_props_apply(struct vwo_ctx *c, const struct vws_link *def);

/* -- verb.c: what all verbs share -------------------------------------------------------------------- */
/* Create: refuse taken names, intent, realise, write down, commit; undo on failure. */
int vwo_create(struct vwo_ctx *c, const char *verb, struct vws_link *const *defs, size_t n,
	       unsigned flags);
/* Delete @n links of class @cls; @what is the class as said in messages: "vnic". */
int vwo_delete(struct vw_handle *h, unsigned cls, const char *const *names, size_t n,
	       unsigned flags);
/* VW_ERR_BUSY, naming them, when links other than @but sit on @name. @removed: those that are only
 * removed for now count too. */
int vwo_unused(struct vwo_ctx *c, const char *name, const struct vwk_link *dev, const char *but,
	       bool removed);
/* A name for a new link: valid, not taken by a device or a definition. */
int vwo_name_free(struct vwo_ctx *c, const char *name, unsigned cls);
/* "name=value" texts into the definition, parsed; zone and mac-address into their members. */
int vwo_def_props(struct vwo_ctx *c, struct vws_link *def, const char *const *props);
/* VW_ERR_TEMPONLY: what it is over, or its zone, does not outlive a reboot. */
int vwo_may_last(struct vwo_ctx *c, const struct vws_link *def);
/* Put @def where it belongs: the saved or the temporary document. */
int vwo_write_def(struct vwo_ctx *c, const struct vws_link *def, unsigned flags);
/* Change a definition: @edit runs on each document's copy of @name that the change concerns. */
int vwo_edit_def(struct vwo_ctx *c, const char *name, unsigned flags,
		 int (*edit)(struct vwo_ctx *c, struct vws_link *def, void *arg), void *arg);
/* Remove devices and make them anew from @def, with @old as the way back. */
int vwo_remake(struct vwo_ctx *c, const struct vws_link *old, const struct vws_link *def);
/* Copy of a NULL-terminated array in one allocation; NULL: none given or no memory. */
char **vwo_names_dup(const char *const *names);
/* Ports of a definition; the texts are copied. */
int vwo_def_ports(struct vwo_ctx *c, struct vws_link *def, const char *const *ports);
size_t vwo_names_count(const char *const *names);
bool vwo_names_has(const char *const *names, const char *name);

/* rename.c: a device of the host, and those hidden behind it, get their old names again */
int vwo_rename_back(struct vwo_ctx *c, int ifindex, const char *now, const char *old);

/* -- settle.c ------------------------------------------------------------------------------------------ */
int vwo_settle(struct vwo_ctx *c);

#endif

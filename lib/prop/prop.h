/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * prop.h - properties of links as rows of one table (STYLE.md section 5)
 *
 * Values are text in canonical form; lists are joined by ','.
 */
#ifndef VWP_PROP_H
#define VWP_PROP_H

#include <vwire/flow.h>
#include <vwire/linkprop.h>

#include "core/core.h"
#include "kernel/kernel.h"
#include "kernel/steer.h"
#include "policy/policy.h"
#include "store/store.h"
#include "util/util.h"

#define VWP_VALUE_MAX	4224	/* 32 DHCP client ids of 64 bytes in hexadecimal */

const char *vwp_a_class(unsigned cls);	/* "an etherstub", "a vnic" */

/* A link as properties see it: where it is and what realises it. */
struct vwp_link {
	const char		*name;		/* its full name */
	unsigned		 cls;		/* enum vw_class */
	struct vwk_nl		*nl;		/* socket in its namespace; NULL: offline */
	const struct vwk_link	*dev;		/* the device; NULL: absent or offline */
	struct vwk_nl		*host;		/* socket in the handle's own namespace */
	const struct vwk_link	*port;		/* host's end of a veth VNIC; NULL: none */
	const struct vwk_link	*lower;		/* device below (for MTU limits); NULL: none */
	bool			 own_bridge;	/* the bridge it is a port of is ours to change */
	const struct vws_link	*def;		/* as asked for; NULL: a link of others */
	const struct vwpl_state	*policy;	/* what the policy engine holds; NULL: nothing */
};

/*
 * One link property. The first members are struct vw_linkprop_desc, so that the public table is
 * this one; rows are written with VWP_RO() and VWP_RW(), and a test holds perm and what can set the
 * value together.
 */
struct vwp_desc {
	union {
		struct vw_linkprop_desc pub;
		struct {
			size_t		 size;
			const char	*name;
			const char	*perm;		/* "rw" or "r-" */
			unsigned	 classes;	/* enum vw_class bits it exists on */
			const char	*defval;	/* as shown; "--": not set; "": none, or
							   @defread tells */
			const char	*possible;	/* "up,down"; "": free form, or @range
							   tells */
			const char	*help;		/* one line */
		};
	};
	unsigned	 flags;		/* VWP_... */
	/* Text as typed to canonical text; VW_ERR_BADVAL with what is allowed. NULL: a number of
	 * @range, else one of @possible, else any text when that is "". */
	int (*parse)(struct vw_handle *h, const char *text, char *out, size_t len);
	/* min and max for numbers on this link */
	int (*range)(struct vw_handle *h, const struct vwp_link *l, uint64_t *min, uint64_t *max);
	/* May this canonical value be set on this link? Called before anything is changed. */
	int (*check)(struct vw_handle *h, const struct vwp_link *l, const char *value);
	/* "" takes the value away, where that means something. Undoes itself when it fails. */
	int (*apply)(struct vw_handle *h, const struct vwp_link *l, const char *value);
	/* Current value from the kernel; VW_ERR_NOTSUP, told: this link or driver has none. */
	int (*read)(struct vw_handle *h, const struct vwp_link *l, char *out, size_t len);
	/* What reset gives, when it depends on the link. */
	int (*defread)(struct vw_handle *h, const struct vwp_link *l, char *out, size_t len);
};
#define VWP_RO(...) \
	{ .size = sizeof(struct vw_linkprop_desc), .perm = "r-", __VA_ARGS__ }
#define VWP_RW(...) \
	{ .size = sizeof(struct vw_linkprop_desc), .perm = "rw", __VA_ARGS__ }

/* The value is a member of struct vws_link, not of its props: object/ sets it ("zone"). For
 * "mac-address" that holds on some classes only: ask vwp_is_member(). */
#define VWP_STRUCTURAL	(1u << 0)
/* Values are lists: several words joined by ','. */
#define VWP_LIST	(1u << 1)
/* Exists only while the link is a port of a bridge. */
#define VWP_BRPORT	(1u << 2)
/* Decided by the policy engine: object/ applies all of a link's together. */
#define VWP_POLICY	(1u << 3)

extern const struct vwp_desc vwp_linkprops[];
extern const size_t vwp_nlinkprops;

/* Row by name, without regard to case; NULL: none. */
const struct vwp_desc *vwp_find(const char *name);
/* Row by name for this class, else VW_ERR_NOTFOUND told with the nearest name as hint. */
int vwp_need(struct vw_handle *h, const char *name, unsigned cls, const struct vwp_desc **out);
/* Is the value a member of struct vws_link on links of this class? */
bool vwp_is_member(const struct vwp_desc *d, unsigned cls);
/* parse, then range and check: the canonical value that may be applied. @l->dev may be NULL
 * (offline, or before creation): then only what needs no kernel is checked. */
int vwp_parse(struct vw_handle *h, const struct vwp_desc *d, const struct vwp_link *l,
	      const char *text, char *out, size_t len);
/* apply, then read back and compare: VW_ERR_KERNEL when it did not take. @value is canonical, or
 * what vwp_default() gave. "zone" cannot be applied here; "mac-address" can on every class. */
int vwp_apply(struct vw_handle *h, const struct vwp_desc *d, const struct vwp_link *l,
	      const char *value);
/* Apply every property of @l->def that is no member and not yet so; first failure ends. Those of
 * bridge ports wait while the link is none. */
int vwp_apply_all(struct vw_handle *h, const struct vwp_link *l);
/* Default, possible and value as text for show-linkprop; always fills @out, with "?" when the value
 * could not be read. vwp_read(): VW_ERR_NOTSUP: nothing to show on this link or driver. */
void vwp_default(struct vw_handle *h, const struct vwp_desc *d, const struct vwp_link *l,
		 char *out, size_t len);
void vwp_possible(struct vw_handle *h, const struct vwp_desc *d, const struct vwp_link *l,
		  char *out, size_t len);
int vwp_read(struct vw_handle *h, const struct vwp_desc *d, const struct vwp_link *l, char *out,
	     size_t len);
/* -- what the policy engine is told (bandwidth.c, policy.c, flowprop.c, flowattr.c) ---------- */
/* "100M", "1.5G", bare: Mb/s; bits per second. @name: the property, for messages. */
int vwp_bandwidth_parse(struct vw_handle *h, const char *name, const char *text, uint64_t *bits);
int vwp_bandwidth_print(struct vw_handle *h, uint64_t bits, char *out, size_t len);
/* VWP_POLICY properties of a link, with secondary-macs, checked against each other. */
struct vwp_policy {
	struct vwpl_limits  limits;
	unsigned	    protect;	/* VWB_PROTECT_... */
	struct vwpl_prefix *allowed;
	size_t		    nallowed;
	struct vwpl_cid	   *cids;
	size_t		    ncids;
	uint8_t		  (*more_macs)[6];
	size_t		    nmore;
};
int vwp_policy_compile(struct vw_handle *h, const struct vws_link *def, struct vwp_policy *out);
void vwp_policy_clear(struct vwp_policy *p);
/* A flow's match and properties; @out->name borrows from @f. */
int vwp_flow_compile(struct vw_handle *h, const struct vws_flow *f, struct vwpl_flow *out);
/* "attr=value" and "prop=value" texts as typed into a definition, canonical. @attrs: at least one. */
int vwp_flow_attrs(struct vw_handle *h, struct vws_flow *f, const char *const *attrs);
int vwp_flow_props(struct vw_handle *h, struct vws_flow *f, const char *const *props);
/* One property of a flow by name and value as typed; @value NULL: reset it. */
int vwp_flow_prop(struct vw_handle *h, struct vws_flow *f, const char *name, const char *value);
/* Rows of the tables, from 0; NULL: no more. By name: VW_ERR_NOTFOUND told with the nearest. */
const struct vw_flowprop_desc *vwp_flowprop(size_t i);
int vwp_flowprop_need(struct vw_handle *h, const char *name, const struct vw_flowprop_desc **out);
/* Current value of a flow's property out of what the engine holds; "" : not set. */
int vwp_flowprop_read(struct vw_handle *h, const struct vw_flowprop_desc *d,
		      const struct vws_flow *f, const struct vwpl_flow_state *state, char *out,
		      size_t len);

/* Split "name=value" into parts; VW_ERR_BADVAL: no '=' or no name. @name has room for 64. */
int vwp_split(struct vw_handle *h, const char *text, char *name, const char **value);

/* -- which CPUs and rings (steerflow.c) ------------------------------------------------------ */
/* Take away what cpus and rxrings put into the NIC below a link that goes: before its deletion. A
 * link whose device is gone is fine. */
int vwp_steer_clear(struct vw_handle *h, const struct vwp_link *l);
/*
 * Let hardware give what flow @match of @l receives to these CPUs, "0-3,5". @match names addresses,
 * transport and ports (dst and dport: the link's own); address and VLAN of the link are added here.
 * Without src and dst it means IPv4 and IPv6. *@location, may be NULL: of the first rule on the
 * first NIC. VW_ERR_NOTSUP: no such hardware is below. Setting it again changes it.
 */
int vwp_flow_steer(struct vw_handle *h, const struct vwp_link *l, const struct vwk_ntuple *match,
		   const char *cpus, uint32_t *location);
/* Take the rules away; none is fine. @cpus: what was set, or NULL. */
int vwp_flow_unsteer(struct vw_handle *h, const struct vwp_link *l, const struct vwk_ntuple *match,
		     const char *cpus);
/* CPUs the rings of a flow are on now, from the kernel; @cpus, what was asked for, when they are
 * among those; "": nothing steers it. */
int vwp_flow_cpus(struct vw_handle *h, const struct vwp_link *l, const struct vwk_ntuple *match,
		  const char *cpus, char *out, size_t len);
/* Canonical text of a list of CPUs; VW_ERR_BADVAL. */
int vwp_cpus_parse(struct vw_handle *h, const char *text, char *out, size_t len);
/* Tell each kernel object behind cpus and rxrings of a link. */
int vwp_steer_explain(struct vw_handle *h, const struct vwp_link *l, vwpl_explain_fn *tell,
		      void *arg);

#endif

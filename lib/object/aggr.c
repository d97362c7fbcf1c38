/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* aggr.c - link aggregations: bonding */
#include <stdlib.h>
#include <string.h>

#include <vwire/aggr.h>

#include "object/single.h"

#define PORTS_MAX	256

static int check_ports(struct vwo_ctx *c, const char *const *ports)
{
	size_t n = vwo_names_count(ports);

	if (n == 0) {
		vwc_why(c->h, VW_ERR_BADVAL, "no port was given");
		return vwc_hint(c->h, VW_ERR_BADVAL, "name each with -l");
	}
	if (n > PORTS_MAX)
		return vwc_why(c->h, VW_ERR_BADVAL, "too many ports: at most %d", PORTS_MAX);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < i; k++)
			if (strcmp(ports[i], ports[k]) == 0)
				return vwc_why(c->h, VW_ERR_BADVAL, "port '%s' was given twice",
					       ports[i]);
	return VW_OK;
}

static int set_mac(struct vwo_ctx *c, struct vws_link *def, const char *text)
{
	const char *reason;

	if (text == NULL)
		return VW_OK;
	def->has_mac = false;
	def->mac_type = VW_MAC_NONE;
	if (strcmp(text, "auto") == 0)
		return VW_OK;
	if (!vwu_mac_parse(text, def->mac))
		return vwc_why(c->h, VW_ERR_BADVAL, "'%s' is not a MAC address", text);
	reason = vwu_mac_unusable(def->mac);
	if (reason != NULL)
		return vwc_why(c->h, VW_ERR_BADVAL, "MAC address %s %s", text, reason);
	def->has_mac = true;
	def->mac_type = VW_MAC_FIXED;
	return VW_OK;
}

static int set_modes(struct vwo_ctx *c, struct vws_link *def, const struct vw_aggr_attr *a)
{
	if (a->policy > 7 || a->lacp > VW_LACP_PASSIVE || a->timer > VW_LACP_LONG)
		return vwc_why(c->h, VW_ERR_BADVAL, "policy, LACP mode or timer is out of range");
	def->policy = a->policy ? a->policy : def->policy;
	def->lacp = a->lacp ? a->lacp : def->lacp;
	def->timer = a->timer ? a->timer : def->timer;
	return set_mac(c, def, a->mac);
}

static int define(struct vwo_ctx *c, struct vws_link *def, const void *in)
{
	struct vw_aggr_attr a;
	int rc = vwo_attr(c, in, &a, sizeof(a), offsetof(struct vw_aggr_attr, policy));

	if (rc == VW_OK)
		rc = check_ports(c, a.ports);
	if (rc < 0)
		return rc;
	rc = set_modes(c, def, &a);
	if (rc < 0)
		return rc;
	rc = vwo_def_ports(c, def, a.ports);
	return rc < 0 ? rc : vwo_def_props(c, def, a.props);
}

int vw_aggr_create(struct vw_handle *h, const char *name, const struct vw_aggr_attr *attr,
		   unsigned flags)
{
	return vwo_make(h, name, VW_CLASS_AGGR, flags, define, attr);
}

int vw_aggr_delete(struct vw_handle *h, const char *name, unsigned flags)
{
	return vwo_delete(h, VW_CLASS_AGGR, &name, 1, flags);
}

/* -- ports that come and go --------------------------------------------------------------------- */

/* What is in force tells what can be asked for. A document that says otherwise follows. */
int vwo_ports_edit(struct vwo_ctx *c, struct vws_link *def, const char *const *ports, bool add)
{
	const struct vws_link *now_def = vwo_def(c, def->name);
	size_t had = vwo_names_count((const char *const *)def->ports), n = 0;
	vwu_auto_free const char **now = calloc(had + vwo_names_count(ports) + 1, sizeof(*now));

	if (now == NULL)
		return vwc_nomem(c->h);
	for (size_t i = 0; i < had; i++)
		if (add || !vwo_names_has(ports, def->ports[i]))
			now[n++] = def->ports[i];
	for (; *ports; ports++) {
		bool is = now_def && vwo_names_has((const char *const *)now_def->ports, *ports);

		if (add && is)
			return vwc_why(c->h, VW_ERR_EXIST, "'%s' is a port of it already", *ports);
		if (!add && !is)
			return vwc_why(c->h, VW_ERR_NOTFOUND, "'%s' is no port of it", *ports);
		if (add && !vwo_names_has((const char *const *)def->ports, *ports))
			now[n++] = *ports;
	}
	return vwo_def_ports(c, def, now);
}

static int edit_add(struct vwo_ctx *c, struct vws_link *def, const void *ports)
{
	int rc = check_ports(c, ports);

	if (rc == VW_OK)
		rc = vwo_ports_edit(c, def, ports, true);
	return rc < 0 ? rc : check_ports(c, (const char *const *)def->ports);
}

static int edit_remove(struct vwo_ctx *c, struct vws_link *def, const void *ports)
{
	int rc = check_ports(c, ports);

	if (rc == VW_OK)
		rc = vwo_ports_edit(c, def, ports, false);
	if (rc == VW_OK && vwo_names_count((const char *const *)def->ports) == 0) {
		vwc_why(c->h, VW_ERR_BUSY, "the last port cannot go");
		rc = vwc_hint(c->h, VW_ERR_BUSY, "'dladm delete-aggr %s' takes it apart", def->name);
	}
	return rc;
}

int vwo_ports_change(struct vwo_ctx *c, const struct vws_link *from, const struct vws_link *to,
		     const void *ports)
{
	const char *const *was = (const char *const *)from->ports;
	const char *const *now = (const char *const *)to->ports;

	if (vwo_names_count(now) < vwo_names_count(was))
		return vwo_ports_release(c, to->name, ports);
	return vwo_ports_attach(c, to->name, to->cls, ports);
}

int vw_aggr_add(struct vw_handle *h, const char *name, const char *const *ports, unsigned flags)
{
	return vwo_change(h, &(struct vwo_change){ .name = name, .verb = "add-aggr",
		.what = "add ports to aggr", .cls = VW_CLASS_AGGR, .flags = flags,
		.edit = edit_add, .apply = vwo_ports_change }, ports);
}

int vw_aggr_remove(struct vw_handle *h, const char *name, const char *const *ports, unsigned flags)
{
	return vwo_change(h, &(struct vwo_change){ .name = name, .verb = "remove-aggr",
		.what = "remove ports from aggr", .cls = VW_CLASS_AGGR, .flags = flags,
		.edit = edit_remove, .apply = vwo_ports_change }, ports);
}

/* -- modes ------------------------------------------------------------------------------------------ */

static int edit_modes(struct vwo_ctx *c, struct vws_link *def, const void *in)
{
	struct vw_aggr_attr a;
	int rc = vwo_attr(c, in, &a, sizeof(a), offsetof(struct vw_aggr_attr, policy));

	if (rc < 0)
		return rc;
	if (a.ports || a.props)
		return vwc_why(c->h, VW_ERR_BADVAL, "ports and properties are not changed this way");
	if (!a.policy && !a.lacp && !a.timer && !a.mac) {
		vwc_why(c->h, VW_ERR_BADVAL, "nothing to change was given");
		return vwc_hint(c->h, VW_ERR_BADVAL, "at least one of -P, -L, -T and -u");
	}
	return set_modes(c, def, &a);
}

static int set_bond(struct vwo_ctx *c, const char *name, const struct vws_link *def, unsigned set)
{
	struct vwk_batch *b = vwk_batch_new(c->h, c->h->nl);
	struct vwk_setlink s = { .name = name, .kind = VWK_BOND, .set = VWK_SET_BOND,
				 .bond_set = set };
	bool down = set != VWK_BOND_XMIT;
	int rc;

	if (b == NULL)
		return vwc_nomem(c->h);
	vwo_bond_from_def(def, &s.bond);
	if (down)
		vwk_batch_setlink(b, &(struct vwk_setlink){ .name = name, .set = VWK_SET_UP });
	vwk_batch_setlink(b, &s);
	if (down)
		vwk_batch_setlink(b, &(struct vwk_setlink){ .name = name, .set = VWK_SET_UP,
			.up = true });
	rc = vwk_batch_run(b, NULL);
	vwk_batch_free(b);
	return rc;
}

static int set_address(struct vwo_ctx *c, const char *name, const struct vws_link *def)
{
	struct vwk_batch *b = vwk_batch_new(c->h, c->h->nl);
	struct vwk_link port;
	char kname[VWU_IFNAME];
	uint8_t mac[6];
	int rc;

	if (b == NULL)
		return vwc_nomem(c->h);
	memcpy(mac, def->mac, 6);
	if (!def->has_mac && def->ports) {	/* auto: the first port's own */
		vwu_name_kernel(def->ports[0], kname);
		rc = vwk_link_get(c->h, c->h->nl, kname, 0, 0, &port);
		if (rc < 0) {
			vwk_batch_free(b);
			return rc;
		}
		memcpy(mac, port.port_kind == VWK_BOND ? port.port.bond.perm_mac : port.mac, 6);
		vwk_link_clear(&port);
	}
	vwk_batch_setlink(b, &(struct vwk_setlink){ .name = name, .mac = mac, .set = VWK_SET_MAC });
	rc = vwk_batch_run(b, NULL);
	vwk_batch_free(b);
	return rc;
}

/* The mode can change only while no port is in. */
static int change_mode(struct vwo_ctx *c, const char *name, const struct vws_link *to)
{
	const char *const *ports = (const char *const *)to->ports;
	bool with_lacp = to->lacp == VW_LACP_ACTIVE || to->lacp == VW_LACP_PASSIVE;
	int rc = vwo_ports_release(c, to->name, ports);

	if (rc == VW_OK)
		rc = set_bond(c, name, to, VWK_BOND_MODE | VWK_BOND_XMIT | VWK_BOND_MIIMON |
			      (with_lacp ? VWK_BOND_RATE | VWK_BOND_ACTIVE : 0));
	if (rc == VW_OK)
		rc = vwo_ports_attach(c, to->name, VW_CLASS_AGGR, ports);
	return rc;
}

static int apply_modes(struct vwo_ctx *c, const struct vws_link *from, const struct vws_link *to,
		       const void *arg)
{
	char name[VWU_IFNAME];
	struct vwk_bond was, now;
	int rc = VW_OK;

	vwu_name_kernel(to->name, name);
	vwo_bond_from_def(from, &was);
	vwo_bond_from_def(to, &now);
	if (was.mode != now.mode)
		rc = change_mode(c, name, to);
	else if (was.lacp_rate != now.lacp_rate || was.lacp_active != now.lacp_active)
		rc = now.mode == 4 ? set_bond(c, name, to, VWK_BOND_RATE | VWK_BOND_ACTIVE) : VW_OK;
	if (rc == VW_OK && was.mode == now.mode && was.xmit_policy != now.xmit_policy)
		rc = set_bond(c, name, to, VWK_BOND_XMIT);
	if (rc == VW_OK && (from->has_mac != to->has_mac || memcmp(from->mac, to->mac, 6) != 0))
		rc = set_address(c, name, to);
	return rc;
}

int vw_aggr_modify(struct vw_handle *h, const char *name, const struct vw_aggr_attr *attr,
		   unsigned flags)
{
	return vwo_change(h, &(struct vwo_change){ .name = name, .verb = "modify-aggr",
		.what = "modify aggr", .cls = VW_CLASS_AGGR, .flags = flags,
		.edit = edit_modes, .apply = apply_modes }, attr);
}

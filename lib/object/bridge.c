/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* bridge.c - learning bridges with spanning tree */
#include <vwire/bridge.h>

#include "object/single.h"

static int in_range(struct vwo_ctx *c, const char *what, unsigned value, unsigned min, unsigned max)
{
	if (value == 0 || (value >= min && value <= max))
		return VW_OK;
	return vwc_why(c->h, VW_ERR_BADVAL, "%s must be from %u to %u, is %u", what, min, max, value);
}

static int set_parameters(struct vwo_ctx *c, struct vws_link *def, const struct vw_bridge_attr *a)
{
	int rc = in_range(c, "max age", a->max_age_s, 6, 40);

	if (rc == VW_OK)
		rc = in_range(c, "hello time", a->hello_s, 1, 10);
	if (rc == VW_OK)
		rc = in_range(c, "forward delay", a->forward_delay_s, 4, 30);
	if (rc == VW_OK && a->has_priority && (a->priority > 61440 || a->priority % 4096 != 0))
		rc = vwc_why(c->h, VW_ERR_BADVAL, "priority must be from 0 to 61440 in steps of 4096, "
			     "is %u", a->priority);
	if (rc == VW_OK && a->stp > 2)
		rc = vwc_why(c->h, VW_ERR_BADVAL, "stp is out of range");
	if (rc < 0)
		return rc;
	def->max_age_s = a->max_age_s ? a->max_age_s : def->max_age_s;
	def->hello_s = a->hello_s ? a->hello_s : def->hello_s;
	def->forward_delay_s = a->forward_delay_s ? a->forward_delay_s : def->forward_delay_s;
	def->priority = a->has_priority ? a->priority : def->priority;
	def->stp = a->stp ? a->stp : def->stp;
	if (2 * (def->forward_delay_s - 1) >= def->max_age_s &&
	    def->max_age_s >= 2 * (def->hello_s + 1))
		return VW_OK;
	vwc_why(c->h, VW_ERR_BADVAL, "the times %u, %u and %u s do not fit together",
		def->forward_delay_s, def->max_age_s, def->hello_s);
	return vwc_hint(c->h, VW_ERR_BADVAL, "2 * (forward delay - 1) >= max age >= 2 * (hello + 1) "
			"(IEEE 802.1D)");
}

static int define(struct vwo_ctx *c, struct vws_link *def, const void *in)
{
	struct vw_bridge_attr a = { .size = sizeof(a) };
	int rc = in ? vwo_attr(c, in, &a, sizeof(a), sizeof(size_t)) : VW_OK;

	if (rc < 0)
		return rc;
	rc = set_parameters(c, def, &a);
	if (rc == VW_OK && a.ports && a.ports[0])
		rc = vwo_def_ports(c, def, a.ports);
	return rc;
}

int vw_bridge_create(struct vw_handle *h, const char *name, const struct vw_bridge_attr *attr,
		     unsigned flags)
{
	return vwo_make(h, name, VW_CLASS_BRIDGE, flags, define, attr);
}

int vw_bridge_delete(struct vw_handle *h, const char *name, unsigned flags)
{
	return vwo_delete(h, VW_CLASS_BRIDGE, &name, 1, flags);
}

static int edit_parameters(struct vwo_ctx *c, struct vws_link *def, const void *in)
{
	struct vw_bridge_attr a;
	int rc = vwo_attr(c, in, &a, sizeof(a), sizeof(size_t));

	if (rc == VW_OK && a.ports)
		rc = vwc_why(c->h, VW_ERR_BADVAL, "ports are not changed this way");
	return rc < 0 ? rc : set_parameters(c, def, &a);
}

static int apply_parameters(struct vwo_ctx *c, const struct vws_link *from,
			    const struct vws_link *to, const void *arg)
{
	struct vwk_batch *b = vwk_batch_new(c->h, c->h->nl);
	struct vwk_setlink s = { .kind = VWK_BRIDGE, .set = VWK_SET_BRIDGE };
	char name[VWU_IFNAME];
	int rc;

	if (b == NULL)
		return vwc_nomem(c->h);
	vwu_name_kernel(to->name, name);
	s.name = name;
	vwo_bridge_from_def(to, &s.bridge);
	vwk_batch_setlink(b, &s);
	rc = vwk_batch_run(b, NULL);
	vwk_batch_free(b);
	return rc;
}

int vw_bridge_modify(struct vw_handle *h, const char *name, const struct vw_bridge_attr *attr,
		     unsigned flags)
{
	return vwo_change(h, &(struct vwo_change){ .name = name, .verb = "modify-bridge",
		.what = "modify bridge", .cls = VW_CLASS_BRIDGE, .flags = flags,
		.edit = edit_parameters, .apply = apply_parameters }, attr);
}

static int need_ports(struct vwo_ctx *c, const char *const *ports)
{
	if (vwo_names_count(ports) > 0)
		return VW_OK;
	vwc_why(c->h, VW_ERR_BADVAL, "no port was given");
	return vwc_hint(c->h, VW_ERR_BADVAL, "name each with -l");
}

static int edit_add(struct vwo_ctx *c, struct vws_link *def, const void *ports)
{
	int rc = need_ports(c, ports);

	return rc < 0 ? rc : vwo_ports_edit(c, def, ports, true);
}

static int edit_remove(struct vwo_ctx *c, struct vws_link *def, const void *ports)
{
	int rc = need_ports(c, ports);

	return rc < 0 ? rc : vwo_ports_edit(c, def, ports, false);
}

int vw_bridge_add(struct vw_handle *h, const char *name, const char *const *ports, unsigned flags)
{
	return vwo_change(h, &(struct vwo_change){ .name = name, .verb = "add-bridge",
		.what = "add ports to bridge", .cls = VW_CLASS_BRIDGE, .flags = flags,
		.edit = edit_add, .apply = vwo_ports_change }, ports);
}

int vw_bridge_remove(struct vw_handle *h, const char *name, const char *const *ports,
		     unsigned flags)
{
	return vwo_change(h, &(struct vwo_change){ .name = name, .verb = "remove-bridge",
		.what = "remove ports from bridge", .cls = VW_CLASS_BRIDGE, .flags = flags,
		.edit = edit_remove, .apply = vwo_ports_change }, ports);
}

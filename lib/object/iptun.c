/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* iptun.c - IP tunnels */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include <vwire/iptun.h>

#include "object/rows.h"
#include "object/single.h"

static int set_addresses(struct vwo_ctx *c, struct vws_link *def, const struct vw_iptun_attr *a)
{
	struct vwk_tunnel unused;

	if (a->local) {
		free(def->local);
		def->local = strdup(a->local);
	}
	if (a->remote) {
		free(def->remote);
		def->remote = strdup(a->remote);
	}
	if ((a->local && !def->local) || (a->remote && !def->remote))
		return vwc_nomem(c->h);
	if (def->tunnel == VW_IPTUN_6TO4 && def->remote)
		return vwc_why(c->h, VW_ERR_BADVAL, "a 6to4 tunnel has no remote address");
	if (def->tunnel == VW_IPTUN_6TO4 && !def->local)
		return vwc_why(c->h, VW_ERR_BADVAL, "a 6to4 tunnel needs a local address");
	return vwo_tunnel_from_def(c, def, &unused);
}

static int define(struct vwo_ctx *c, struct vws_link *def, const void *in)
{
	struct vw_iptun_attr a;
	int rc = vwo_attr(c, in, &a, sizeof(a), offsetof(struct vw_iptun_attr, local));

	if (rc < 0)
		return rc;
	if (a.type < VW_IPTUN_IPV4 || a.type > VW_IPTUN_6TO4) {
		vwc_why(c->h, VW_ERR_BADVAL, "the tunnel type is missing");
		return vwc_hint(c->h, VW_ERR_BADVAL, "-T ipv4, -T ipv6 or -T 6to4");
	}
	def->tunnel = a.type;
	rc = set_addresses(c, def, &a);
	return rc < 0 ? rc : vwo_def_props(c, def, a.props);
}

int vw_iptun_create(struct vw_handle *h, const char *name, const struct vw_iptun_attr *attr,
		    unsigned flags)
{
	return vwo_make(h, name, VW_CLASS_IPTUN, flags, define, attr);
}

int vw_iptun_delete(struct vw_handle *h, const char *name, unsigned flags)
{
	return vwo_delete(h, VW_CLASS_IPTUN, &name, 1, flags);
}

static int edit(struct vwo_ctx *c, struct vws_link *def, const void *in)
{
	struct vw_iptun_attr a;
	int rc = vwo_attr(c, in, &a, sizeof(a), offsetof(struct vw_iptun_attr, local));

	if (rc < 0)
		return rc;
	if (a.type || a.props || (!a.local && !a.remote))
		return vwc_why(c->h, VW_ERR_BADVAL, "give a local or remote address, nothing else");
	return set_addresses(c, def, &a);
}

static int apply(struct vwo_ctx *c, const struct vws_link *from, const struct vws_link *to,
		 const void *arg)
{
	static const enum vwk_kind kinds[] = { VWK_IPIP, VWK_IPIP, VWK_IP6TNL, VWK_SIT };
	struct vwk_batch *b = vwk_batch_new(c->h, c->h->nl);
	struct vwk_setlink s = { .kind = kinds[to->tunnel % VWU_ARRAY_SIZE(kinds)],
				 .set = VWK_SET_TUNNEL };
	char name[VWU_IFNAME];
	int rc = b ? vwo_tunnel_from_def(c, to, &s.tunnel) : vwc_nomem(c->h);

	vwu_name_kernel(to->name, name);
	s.name = name;
	if (rc == VW_OK) {
		vwk_batch_setlink(b, &s);
		rc = vwk_batch_run(b, NULL);
	}
	vwk_batch_free(b);
	return rc;
}

int vw_iptun_modify(struct vw_handle *h, const char *name, const struct vw_iptun_attr *attr,
		    unsigned flags)
{
	return vwo_change(h, &(struct vwo_change){ .name = name, .verb = "modify-iptun",
		.what = "modify iptun", .cls = VW_CLASS_IPTUN, .flags = flags,
		.edit = edit, .apply = apply }, attr);
}

/* -- listing ------------------------------------------------------------------------------------------ */

struct vw_iptuns {
	struct vwo_rows r;
};

static const char *address(struct vwo_rows *r, int family, const uint8_t *bytes)
{
	static const uint8_t none[16];
	char text[INET6_ADDRSTRLEN];

	if (memcmp(bytes, none, family == AF_INET ? 4 : 16) == 0)
		return "";
	inet_ntop(family, bytes, text, sizeof(text));
	return vwu_pool_str(&r->pool, text);
}

static int from_dev(struct vwo_ctx *c, struct vwo_rows *r, const struct vwk_link *d,
		    const struct vwk_links *all, unsigned flags)
{
	struct vw_iptun_info *i = vwo_row_add(r);
	int family = d->kind == VWK_IP6TNL ? AF_INET6 : AF_INET;

	if (i == NULL)
		return VW_OK;
	i->name = vwu_pool_str(&r->pool, vwo_dev_name(d));
	i->type = d->kind == VWK_IPIP ? VW_IPTUN_IPV4 :
		  d->kind == VWK_SIT ? VW_IPTUN_6TO4 : VW_IPTUN_IPV6;
	i->local = address(r, family, d->u.tunnel.local);
	i->remote = address(r, family, d->u.tunnel.remote);
	return VW_OK;
}

static int from_def(struct vwo_ctx *c, struct vwo_rows *r, const struct vws_link *def)
{
	struct vw_iptun_info *i = vwo_row_add(r);

	if (i == NULL)
		return VW_OK;
	i->name = vwu_pool_str(&r->pool, def->name);
	i->type = def->tunnel;
	i->local = def->local ? vwu_pool_str(&r->pool, def->local) : "";
	i->remote = def->remote ? vwu_pool_str(&r->pool, def->remote) : "";
	return VW_OK;
}

int vw_iptun_list(struct vw_handle *h, const char *name, unsigned flags, struct vw_iptuns **tp)
{
	static const struct vwo_listing how = {
		.cls = VW_CLASS_IPTUN, .size = sizeof(struct vw_iptun_info),
		.from_dev = from_dev, .from_def = from_def,
	};

	return vwo_rows_list(h, &how, name, flags, (struct vwo_rows **)tp);
}

const struct vw_iptun_info *vw_iptun_next(struct vw_iptuns *t)
{
	return vwo_row_next(&t->r);
}

void vw_iptun_list_free(struct vw_iptuns *t)
{
	vwo_rows_free((struct vwo_rows *)t);
}

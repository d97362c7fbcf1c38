/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* zone.c - property zone: which namespace a link is in */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "object/single.h"
#include "object/zone.h"

/* Hardware is the one thing that is moved; the kernel gives it back when the zone ends. */
static int move(struct vwo_ctx *c, const struct vwo_link *l, const char *to)
{
	struct vwk_batch *b;
	struct vwk_ns_id id;
	int fd, rc;

	rc = to ? vwk_ns_open(c->h, to, &fd, &id) : vwk_ns_self(c->h, &fd, &id);
	if (rc < 0)
		return rc;
	b = vwk_batch_new(c->h, l->nl);
	if (b == NULL) {
		close(fd);
		return vwc_nomem(c->h);
	}
	vwk_batch_setlink(b, &(struct vwk_setlink){ .ifindex = l->dev.ifindex, .nsfd = fd,
		.set = VWK_SET_NS });
	rc = vwk_batch_run(b, NULL);
	vwk_batch_free(b);
	close(fd);
	return rc;
}

static int place_phys(struct vwo_ctx *c, const struct vwo_link *l, const struct vws_link *old,
		      const struct vws_link *def)
{
	if (!l->present)
		return vwc_why(c->h, VW_ERR_NOTFOUND, "the link is not in zone '%s'",
			       old->zone ? old->zone : "");
	if (l->dev.master != 0)
		return vwc_why(c->h, VW_ERR_BUSY, "it is a port of another link");
	return move(c, l, def->zone);
}

/* Only what has no links over it in the host can leave the host. */
static int may_move(struct vwo_ctx *c, const struct vwo_link *l, const char *zone)
{
	int rc = VW_OK;

	if (l->cls & (VW_CLASS_ETHERSTUB | VW_CLASS_AGGR | VW_CLASS_BRIDGE | VW_CLASS_SIMNET |
		      VW_CLASS_VLAN | VW_CLASS_IPTUN) && zone != NULL) {
		vwc_why(c->h, VW_ERR_NOTSUP, "%s stays in the host", vwp_a_class(l->cls));
		return vwc_hint(c->h, VW_ERR_NOTSUP, "make a VNIC over it and give that to the zone");
	}
	if (l->def == NULL && l->present && vwo_is_ours(&l->dev))
		return vwc_why(c->h, VW_ERR_NOTSUP, "nothing is written down of what it is made of");
	if (l->cls != VW_CLASS_VNIC && zone != NULL)
		rc = vwo_unused(c, l->name, l->present ? &l->dev : NULL, NULL, false);
	return rc;
}

static int edit(struct vwo_ctx *c, struct vws_link *def, void *arg)
{
	const char *value = arg;

	free(def->zone);
	def->zone = value[0] ? strdup(value) : NULL;
	return value[0] && !def->zone ? vwc_nomem(c->h) : VW_OK;
}

static int carry_out(struct vwo_ctx *c, const struct vwo_link *l, const struct vws_link *old,
		     const struct vws_link *def)
{
	const char *names[] = { l->name, l->name }, *zones[] = { old->zone, def->zone };
	int rc = vwo_intent(c, "set-linkprop", names, zones, 2);

	if (rc < 0)
		return rc;
	return def->cls == VW_CLASS_PHYS ? place_phys(c, l, old, def) : vwo_remake(c, old, def);
}

static void take_back(struct vwo_ctx *c, const struct vws_link *old, const struct vws_link *def)
{
	struct vwo_link now;

	vwc_keep(c->h);
	if (def->cls != VW_CLASS_PHYS) {
		vwo_undone(c, vwo_remake(c, def, old));
	} else if (vwo_find_def(c, def, &now) == VW_OK) {
		if (now.present)
			vwo_undone(c, move(c, &now, old->zone));
		vwo_link_clear(&now);
	}
}

static bool same_place(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "") == 0;
}

/* A link that is made anew loses its addresses: not for a move that cannot succeed. */
static int name_is_free(struct vwo_ctx *c, struct vwk_nl *nl, const struct vws_link *def)
{
	char kname[VWU_IFNAME];
	struct vwk_link dev;
	int rc;

	vwu_name_kernel(def->name, kname);
	rc = vwo_get(c, nl, kname, 0, &dev);
	if (rc < 0)
		return rc == VW_ERR_NOTFOUND ? VW_OK : rc;
	vwk_link_clear(&dev);
	return vwc_why(c->h, VW_ERR_EXIST, "%s%s%s has a link of that name already",
		       def->zone ? "zone '" : "the host", def->zone ? def->zone : "",
		       def->zone ? "'" : "");
}

int vwo_set_zone(struct vwo_ctx *c, const struct vwo_link *l, const char *value, unsigned flags)
{
	struct vws_link *old = l->def ? vws_link_dup(l->def) : vws_link_new(l->name, VW_CLASS_PHYS);
	struct vws_link *def = old ? vws_link_dup(old) : NULL;
	bool offline = c->h->flags & VW_OPEN_OFFLINE, done = false;
	struct vwk_nl *nl;
	int rc = def ? edit(c, def, (void *)value) : vwc_nomem(c->h);

	if (rc == VW_OK)
		rc = may_move(c, l, def->zone);
	if (rc == VW_OK)
		rc = vwo_policy_check(c, def, l->cls);
	if (rc == VW_OK && !(flags & VW_TEMPORARY))
		rc = vwo_may_last(c, def);
	if (rc == VW_OK && !offline)	/* before anything is taken away */
		rc = vwo_zone_nl(c, def->zone, &nl);
	if (rc == VW_OK && !offline && !same_place(old->zone, def->zone))
		rc = name_is_free(c, nl, def);
	if (rc == VW_OK && !offline && !(same_place(old->zone, def->zone) && l->present)) {
		rc = carry_out(c, l, old, def);
		done = rc == VW_OK;
	}
	if (rc == VW_OK)
		rc = vwo_edit_def(c, l->name, flags, edit, (void *)value);
	if (rc == VW_OK)
		rc = vwo_commit(c);
	if (rc < 0 && done)
		take_back(c, old, def);
	vws_link_free(old);
	vws_link_free(def);
	return rc;
}

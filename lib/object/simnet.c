/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* simnet.c - simulated NICs: veth pairs, alone or cabled back to back */
#include <stdlib.h>
#include <string.h>

#include <vwire/simnet.h>

#include "object/mac.h"
#include "object/single.h"

static int define(struct vwo_ctx *c, struct vws_link *def, const void *attr)
{
	def->mac_type = VW_MAC_RANDOM;
	def->has_mac = vwo_mac_draw(c, NULL, def->mac) == VW_OK;
	return def->has_mac ? VW_OK : vw_error_status(c->h);
}

int vw_simnet_create(struct vw_handle *h, const char *name, unsigned flags)
{
	return vwo_make(h, name, VW_CLASS_SIMNET, flags, define, NULL);
}

/* What is about to change: the simnet, and who is or will be at the other end. */
struct cable {
	struct vws_link	*old[3], *now[3];
	size_t		 n;
};

static void cable_free(struct cable *k)
{
	for (size_t i = 0; i < k->n; i++) {
		vws_link_free(k->old[i]);
		vws_link_free(k->now[i]);
	}
}

static int set_peer(struct vwo_ctx *c, struct vws_link *def, void *peer)
{
	free(def->over);
	def->over = peer ? strdup(peer) : NULL;
	return peer && def->over == NULL ? vwc_nomem(c->h) : VW_OK;
}

static int take(struct vwo_ctx *c, struct cable *k, const char *name, const char *over)
{
	struct vwo_link l;
	size_t i = k->n;
	int rc = vwo_find(c, name, &l);

	if (rc < 0)
		return rc;
	if (l.cls != VW_CLASS_SIMNET || l.def == NULL)
		rc = vwc_why(c->h, VW_ERR_BADVAL, "'%s' is %s, not a simnet", name,
			     vwp_a_class(l.cls));
	if (rc == VW_OK)
		rc = vwo_unused(c, name, l.present ? &l.dev : NULL, NULL, false);
	if (rc == VW_OK && l.present && l.dev.master != 0)
		rc = vwc_why(c->h, VW_ERR_BUSY, "'%s' is a port of another link", name);
	if (rc == VW_OK) {
		k->old[i] = vws_link_dup(l.def);
		k->now[i] = vws_link_dup(l.def);
		k->n++;
		if (k->old[i] == NULL || k->now[i] == NULL)
			rc = vwc_nomem(c->h);
	}
	if (rc == VW_OK)
		rc = set_peer(c, k->now[i], (void *)over);
	vwo_link_clear(&l);
	return rc;
}

static int plan(struct vwo_ctx *c, struct cable *k, const char *name, const char *peer)
{
	const char *old_peer;
	int rc;

	if (peer && name && strcmp(peer, name) == 0)
		return vwc_why(c->h, VW_ERR_BADVAL, "a simnet cannot be its own peer");
	rc = take(c, k, name, peer);
	if (rc < 0)
		return rc;
	old_peer = k->old[0]->over;
	if (old_peer && (peer == NULL || strcmp(old_peer, peer) != 0)) {
		rc = take(c, k, old_peer, NULL);
		if (rc < 0)
			return rc;
	}
	if (peer == NULL)
		return VW_OK;
	rc = take(c, k, peer, name);
	if (rc < 0)
		return rc;
	if (k->old[k->n - 1]->over && strcmp(k->old[k->n - 1]->over, name) != 0) {
		vwc_why(c->h, VW_ERR_BUSY, "'%s' is cabled to '%s'", peer, k->old[k->n - 1]->over);
		return vwc_hint(c->h, VW_ERR_BUSY, "'dladm modify-simnet -p none %s' takes that "
				"cable out", peer);
	}
	return VW_OK;
}

static int recable(struct vwo_ctx *c, struct cable *k, unsigned flags)
{
	const char *names[3];
	int rc = VW_OK;

	for (size_t i = 0; i < k->n; i++)
		names[i] = k->now[i]->name;
	if (!(c->h->flags & VW_OPEN_OFFLINE)) {
		rc = vwo_intent(c, "modify-simnet", names, NULL, k->n);
		if (rc == VW_OK)
			rc = vwo_unrealise(c, (const struct vws_link *const *)k->old, k->n);
		if (rc == VW_OK)
			rc = vwo_realise(c, (const struct vws_link *const *)k->now, k->n, NULL);
	}
	for (size_t i = 0; rc == VW_OK && i < k->n; i++)
		rc = vwo_edit_def(c, names[i], flags, set_peer, k->now[i]->over);
	if (rc == VW_OK)
		rc = vwo_commit(c);
	if (rc < 0 && !(c->h->flags & VW_OPEN_OFFLINE)) {
		vwc_keep(c->h);
		vwo_undone(c, vwo_unrealise(c, (const struct vws_link *const *)k->now, k->n));
		vwo_undone(c, vwo_realise(c, (const struct vws_link *const *)k->old, k->n, NULL));
	}
	return rc;
}

int vw_simnet_modify(struct vw_handle *h, const char *name, const char *peer, unsigned flags)
{
	struct cable k = { .n = 0 };
	struct vwo_ctx c;
	int rc = vwc_enter(h);

	if (rc < 0)
		return rc;
	rc = vwo_begin(h, flags, &c);
	if (rc < 0)
		return vwc_what(h, rc, "cannot modify simnet '%s'", name ? name : "");
	rc = plan(&c, &k, name, peer);
	if (rc == VW_OK)
		rc = recable(&c, &k, flags);
	if (rc < 0)
		vwc_what(h, rc, "cannot modify simnet '%s'", name ? name : "");
	cable_free(&k);
	vwo_close(&c);
	return rc;
}

int vw_simnet_delete(struct vw_handle *h, const char *name, unsigned flags)
{
	struct vwo_ctx c;
	const struct vws_link *def;
	bool cabled;
	int rc = vwc_enter(h);

	if (rc < 0)
		return rc;
	rc = vwo_read(h, &c);
	if (rc < 0)
		return vwc_what(h, rc, "cannot delete simnet '%s'", name ? name : "");
	def = name ? vwo_def(&c, name) : NULL;
	cabled = def && def->cls == VW_CLASS_SIMNET && def->over;
	vwo_close(&c);
	if (cabled && (flags & VW_TEMPORARY)) {
		vwc_why(h, VW_ERR_BUSY, "it is cabled to another simnet");
		vwc_hint(h, VW_ERR_BUSY, "'dladm modify-simnet -t -p none %s' takes the cable out", name);
		return vwc_what(h, VW_ERR_BUSY, "cannot delete simnet '%s'", name);
	}
	if (cabled)	/* the peer stays, so the cable is taken out first */
		rc = vw_simnet_modify(h, name, NULL, flags);
	return rc < 0 ? rc : vwo_delete(h, VW_CLASS_SIMNET, &name, 1, flags);
}

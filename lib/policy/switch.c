/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* switch.c - who is where at a switch: forwarding entries of ports, uplinks and what is above */
#include <stdlib.h>
#include <string.h>

#include "policy/engine.h"

/* -- forwarding entries ----------------------------------------------------------------------- */

static void fdb_key(uint32_t sw, uint16_t vid, const uint8_t mac[6], struct vwb_fdb_key *key)
{
	*key = (struct vwb_fdb_key){ .sw = sw, .vid = vid };
	memcpy(key->mac, mac, sizeof(key->mac));
}

static void want(struct vwpl_set *s, const struct vwb_fdb_key *key, const struct vwb_fdb *v)
{
	vwpl_list_add(&s->fdb, key, sizeof(*key), v, sizeof(*v));
}

static bool is_wanted(const struct vwpl_set *s, size_t from, const struct vwb_fdb_key *key)
{
	for (size_t i = from; i < s->fdb.n; i++)
		if (memcmp(s->fdb.keys + i * sizeof(*key), key, sizeof(*key)) == 0)
			return true;
	return false;
}

/* Further addresses that a link had: only the map knows them. */
static int plan_old_more(struct vwpl_set *s, struct vwpl_job *j, size_t from)
{
	const struct vwpl_table *t;
	size_t before = s->fdb_old.n;
	int rc = vwpl_map_all(s->p, VWB_MAP_FDB, &t);

	for (size_t i = 0; rc == VW_OK && i < t->n; i++) {
		const struct vwb_fdb_key *key = vwpl_key(t, i);
		const struct vwb_fdb *v = vwpl_value(t, i);

		if (v->flags != 0 || v->ifindex != (uint32_t)j->point || is_wanted(s, from, key) ||
		    memcmp(key->mac, j->old.mac, 6) == 0)
			continue;
		vwpl_list_add(&s->fdb_old, key, sizeof(*key), NULL, 0);
		if (j->old.flags & VWB_PORT)
			vwk_batch_unicast(s->batch, (int)key->sw, key->mac, false);
	}
	if (j->l->nmore == 0 && s->fdb_old.n == before)
		j->now.flags &= ~VWPL_HAS_MORE;
	return rc;
}

/* The entry an old point led by, when it is not what the point leads by now. */
static int plan_old(struct vwpl_set *s, const struct vwpl_job *j, size_t from, uint32_t flag)
{
	struct vwb_fdb_key key;
	struct vwb_fdb v;
	int rc;

	if (!(j->old.flags & flag))
		return VW_OK;
	fdb_key(j->old.sw, flag == VWB_PORT ? j->old.vid : 0, j->old.mac, &key);
	if (is_wanted(s, from, &key))
		return VW_OK;
	rc = vwpl_map_get(s->p, VWB_MAP_FDB, &key, &v);
	if (rc > 0 && (flag == VWB_PORT ? v.ifindex == (uint32_t)j->point
					: (v.flags & VWB_FDB_HOST) != 0))
		vwpl_list_add(&s->fdb_old, &key, sizeof(key), NULL, 0);
	return rc < 0 ? rc : VW_OK;
}

int vwpl_fdb_plan(struct vwpl_set *s, struct vwpl_job *j)
{
	const struct vwb_fdb host = { .flags = VWB_FDB_HOST };
	const struct vwb_fdb here = { .ifindex = (uint32_t)j->point };
	size_t from = s->fdb.n;
	struct vwb_fdb_key key;
	int rc = VW_OK;

	if (j->keep && (j->now.flags & VWB_UPLINK)) {
		fdb_key(j->now.sw, 0, j->now.mac, &key);
		want(s, &key, &host);
	}
	if (j->keep && (j->now.flags & VWB_PORT)) {
		fdb_key(j->now.sw, j->now.vid, j->now.mac, &key);
		want(s, &key, &here);
	}
	for (size_t i = 0; j->keep && j->l != NULL && i < j->l->nmore; i++) {
		fdb_key(j->now.sw, j->now.vid, j->l->more_macs[i], &key);
		want(s, &key, &here);
		j->now.flags |= VWPL_HAS_MORE;
	}
	if (j->had)
		rc = plan_old(s, j, from, VWB_PORT);
	if (rc == VW_OK && j->had)
		rc = plan_old(s, j, from, VWB_UPLINK);
	if (rc == VW_OK && j->l != NULL && (j->old.flags & VWPL_HAS_MORE))
		rc = plan_old_more(s, j, from);
	return rc;
}

/* -- ports that go ---------------------------------------------------------------------------- */

static void forget_entry(struct vwpl_list *old, struct vwk_batch *b, const struct vwb_fdb_key *key,
			 bool port)
{
	vwpl_list_add(old, key, sizeof(*key), NULL, 0);
	if (port)
		vwk_batch_unicast(b, (int)key->sw, key->mac, false);
}

/* A port made anew may have taken the address over already. */
static int forget_own(struct vwpl *p, const int *points, const struct vwb_point *v, size_t n,
		      struct vwpl_list *old, struct vwk_batch *b)
{
	int rc = VW_OK;

	for (size_t i = 0; rc >= 0 && i < n; i++) {
		struct vwb_fdb_key key;
		struct vwb_fdb is;

		if (!(v[i].flags & VWB_PORT))
			continue;
		fdb_key(v[i].sw, v[i].vid, v[i].mac, &key);
		rc = vwpl_map_get(p, VWB_MAP_FDB, &key, &is);
		if (rc > 0 && is.flags == 0 && is.ifindex == (uint32_t)points[i])
			forget_entry(old, b, &key, true);
	}
	return rc < 0 ? rc : VW_OK;
}

static int forget_more(struct vwpl *p, const int *points, const struct vwb_point *v, size_t n,
		       struct vwpl_list *old, struct vwk_batch *b)
{
	const struct vwpl_table *t;
	int rc = vwpl_map_all(p, VWB_MAP_FDB, &t);

	for (size_t i = 0; rc == VW_OK && i < t->n; i++) {
		const struct vwb_fdb *is = vwpl_value(t, i);
		ssize_t at = is->flags == 0 ? vwpl_int_find(points, n, (int)is->ifindex) : -1;

		if (at >= 0)
			forget_entry(old, b, vwpl_key(t, i), v[at].flags & VWB_PORT);
	}
	return rc;
}

int vwpl_ports_forget(struct vwpl *p, const int *points, const struct vwb_point *v, size_t n)
{
	struct vwk_batch *b = vwk_batch_new(p->h, p->nl);
	struct vwpl_list old = { 0 };
	bool more = false;
	int rc = b ? VW_OK : VW_ERR_NOMEM;

	for (size_t i = 0; i < n; i++)
		more |= (v[i].flags & VWPL_HAS_MORE) != 0;
	if (rc == VW_OK)
		rc = more ? forget_more(p, points, v, n, &old, b)
			  : forget_own(p, points, v, n, &old, b);
	if (rc == VW_OK)
		rc = vwpl_list_del(p, VWB_MAP_FDB, &old);
	if (rc == VW_OK)
		rc = vwk_batch_run(b, NULL);
	vwpl_list_free(&old);
	vwk_batch_free(b);
	return rc;
}

/* -- addresses of the host -------------------------------------------------------------------- */

bool vwpl_is_uplink(struct vwpl *p, int ifindex)
{
	uint32_t key = (uint32_t)ifindex;
	struct vwb_point v;
	int rc = vwpl_map_get(p, VWB_MAP_POINTS, &key, &v);

	return rc > 0 && vwpl_knows_above(&v);
}

int vwpl_above(struct vwpl *p, int uplink, uint16_t vid, const uint8_t mac[6],
	       enum vwpl_above how)
{
	const struct vwb_fdb above = {
		.flags = VWB_FDB_ABOVE | (how == VWPL_HELD ? VWB_FDB_HELD : 0) };
	struct vwb_fdb_key key;
	struct vwb_fdb is;
	int rc;

	if (!vwpl_is_uplink(p, uplink))
		return VW_OK;
	fdb_key((uint32_t)uplink, vid, mac, &key);
	rc = vwpl_map_get(p, VWB_MAP_FDB, &key, &is);
	if (rc < 0)
		return rc;
	if (how != VWPL_GONE && (rc == 0 || (is.flags & VWB_FDB_ABOVE && is.flags != above.flags)))
		return vwpl_map_put(p, VWB_MAP_FDB, &key, &above, 1);
	if (how == VWPL_GONE && rc > 0 && (is.flags & VWB_FDB_ABOVE))
		return vwpl_map_del(p, VWB_MAP_FDB, &key, 1);
	return VW_OK;
}

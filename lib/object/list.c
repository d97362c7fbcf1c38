/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* list.c - snapshots of links, from the kernel and from the documents */
#include <linux/if_arp.h>
#include <stdlib.h>
#include <string.h>

#include "object/lower.h"
#include "object/object.h"
#include "object/rows.h"

struct vw_links {
	struct vwu_pool		 pool;
	struct vw_link_info	*v;
	size_t			 n, max, at;
};

/* One listing at work. */
struct lister {
	struct vwo_ctx		 c;
	struct vw_links		*out;
	struct vwk_links	 host;		/* the host's devices, sorted by ifindex */
	struct vwu_map		 shown;		/* names listed from the host */
	const char		*over;		/* filter */
	unsigned		 classes, flags;
};

/* -- the filter ---------------------------------------------------------------------------------------- */

static int take_filter(struct lister *l, const struct vw_link_filter *in, const char **name)
{
	struct vw_link_filter f = { 0 };

	*name = NULL;
	l->classes = VW_CLASS_ANY;
	if (in == NULL)
		return VW_OK;
	if (in->size < offsetof(struct vw_link_filter, over) || in->size > 4096)
		return vwc_why(l->c.h, VW_ERR_BADVAL, "the filter has no size");
	memcpy(&f, in, in->size < sizeof(f) ? in->size : sizeof(f));
	*name = f.name;
	l->over = f.over;
	if (f.classes)
		l->classes = f.classes;
	return VW_OK;
}

static int add(struct lister *l, const struct vw_link_info *info)
{
	struct vw_links *o = l->out;

	if (!(info->cls & l->classes) ||
	    (l->over && (info->over == NULL || strcmp(info->over, l->over) != 0)))
		return VW_OK;
	if (o->n == o->max) {
		size_t max = o->max ? 2 * o->max : 16;
		void *v = realloc(o->v, max * sizeof(*o->v));

		if (v == NULL)
			return vwc_nomem(l->c.h);
		o->v = v;
		o->max = max;
	}
	o->v[o->n] = *info;
	o->v[o->n++].size = sizeof(*info);
	return o->pool.failed ? vwc_nomem(l->c.h) : VW_OK;
}

/* -- what lies below -------------------------------------------------------------------------------------- */

static int by_index(const void *a, const void *b)
{
	const struct vwk_link *x = a, *y = b;

	return (x->ifindex > y->ifindex) - (x->ifindex < y->ifindex);
}

static const struct vwk_link *at_index(const struct lister *l, int ifindex)
{
	struct vwk_link key = { .ifindex = ifindex };

	if (ifindex <= 0 || l->host.n == 0)
		return NULL;
	return bsearch(&key, l->host.v, l->host.n, sizeof(key), by_index);
}

/* "stub1.200-v" carries VLAN 200 of stub1; a name cut short is known to the definition alone. */
static void from_hidden(struct lister *l, const struct vwk_link *dev, const struct vws_link *def,
			struct vw_link_info *info)
{
	const char *dot = strrchr(dev->name, '.');
	const struct vwk_link *below = dev->kind == VWK_VLAN ? at_index(l, dev->lower) : NULL;

	if (def && def->over) {
		info->over = vwu_pool_str(&l->out->pool, def->over);
		info->vid = def->vid;
	} else if (below != NULL) {
		info->over = vwo_dev_name(below);
		info->vid = dev->u.vlan.vid;
	} else if (dot && strchr(dev->name, '~') == NULL) {
		char *name = vwu_pool_get(&l->out->pool, VWU_IFNAME);

		if (name)
			memcpy(name, dev->name, (size_t)(dot - dev->name));
		info->over = name;
		info->vid = (uint16_t)atoi(dot + 1);
	}
}

/* That of hardware is the name it was born with. */
static const char *over_of(struct lister *l, const struct vws_link *def)
{
	return def && def->cls != VW_CLASS_PHYS ? vwu_pool_str(&l->out->pool, def->over) : NULL;
}

static void fill_below(struct lister *l, const struct vwk_link *dev, const struct vws_link *def,
		       struct vw_link_info *info)
{
	const struct vwk_link *below = dev->lower_nsid < 0 ? at_index(l, dev->lower) : NULL;

	if (dev->kind == VWK_VLAN)
		info->vid = dev->u.vlan.vid;
	if (below && dev->kind == VWK_VETH && info->cls == VW_CLASS_VNIC)
		below = at_index(l, below->master);	/* guarded: none, the definition tells */
	else if (below && dev->kind == VWK_VETH && vwo_role(below) != VWO_ROLE_LINK &&
		 vwo_is_ours(below))
		below = NULL;		/* a simnet without a peer */
	if (below == NULL)
		info->over = over_of(l, def);
	else if (vwo_is_ours(below) && vwo_role(below) == VWO_ROLE_LOWER)
		from_hidden(l, below, def, info);
	else if (!(dev->kind == VWK_VETH && info->cls == VW_CLASS_PHYS))
		info->over = vwu_pool_str(&l->out->pool, vwo_dev_name(below));
	if (below == NULL && def)
		info->vid = def->vid;
}

/* Ports of an aggregation or bridge, joined by ','. */
static void fill_ports(struct lister *l, const struct vwk_link *dev, struct vw_link_info *info)
{
	struct vwu_str names = { 0 };

	for (size_t i = 0; i < l->host.n; i++)
		if (l->host.v[i].master == dev->ifindex && vwo_class(&l->host.v[i]) != 0)
			vwu_str_addf(&names, "%s%s", names.len ? "," : "",
				     vwo_dev_name(&l->host.v[i]));
	info->over = vwu_pool_str(&l->out->pool, names.s);
	l->out->pool.failed |= names.failed;
	vwu_str_free(&names);
}

/* -- one link ------------------------------------------------------------------------------------------------ */

static void fill_detail(struct lister *l, struct vwk_nl *nl, const struct vwk_link *dev,
			struct vw_link_info *info)
{
	struct vwk_ethtool e;

	info->media = dev->type == ARPHRD_ETHER ? "Ethernet" : NULL;
	if (info->cls == VW_CLASS_ETHERSTUB || vwk_ethtool_get(l->c.h, nl, dev->name, &e) < 0) {
		vwc_forget(l->c.h);
		return;
	}
	info->driver = vwu_pool_str(&l->out->pool, e.driver);
	/* a veth claims 10 Gb/s whatever it does; over an etherstub no speed is known */
	if (dev->kind == VWK_VETH && info->cls == VW_CLASS_VNIC)
		return;
	info->speed_mbps = e.speed_mbps;
	info->duplex = e.duplex == 1 ? VW_DUPLEX_FULL :
		       e.duplex == 0 ? VW_DUPLEX_HALF : VW_DUPLEX_UNKNOWN;
}

static void fill_def(struct lister *l, const struct vws_link *def, struct vw_link_info *info)
{
	const char *maxbw = def ? vws_link_prop(def, "maxbw") : NULL;

	info->maxbw = UINT64_MAX;
	if (maxbw && vwp_bandwidth_parse(l->c.h, "maxbw", maxbw, &info->maxbw) < 0)
		vwc_forget(l->c.h);
	if (def == NULL)
		return;
	if (info->cls == VW_CLASS_VNIC)
		info->datapath = vwo_is_guarded(def) ? "guarded" : "direct";
	info->mac_type = def->has_mac ? def->mac_type : VW_MAC_NONE;
	if (def->forced)
		info->flags |= VW_LINK_FORCED;
	info->zone = vwu_pool_str(&l->out->pool, def->zone);
}

static void fill_dev(struct lister *l, struct vwk_nl *nl, const struct vwk_link *dev,
		     const struct vws_link *def, struct vw_link_info *info)
{
	const struct vwk_link *master = at_index(l, dev->master);

	info->name = vwu_pool_str(&l->out->pool, def && nl != l->c.h->nl ? def->name
									  : vwo_dev_name(dev));
	info->kernel_name = strcmp(info->name ? info->name : "", dev->name) == 0 ? info->name
		: vwu_pool_str(&l->out->pool, dev->name);
	info->state = vwo_state(dev, info->cls);
	info->ifindex = (unsigned)dev->ifindex;
	info->mtu = dev->mtu;
	info->has_mac = dev->mac_len == 6 && dev->type == ARPHRD_ETHER;
	memcpy(info->mac, dev->mac, 6);
	memcpy(&info->stats, &dev->stats, sizeof(info->stats));
	if (nl != l->c.h->nl) {
		info->over = over_of(l, def);
		info->vid = def ? def->vid : 0;
	} else if (info->cls & (VW_CLASS_AGGR | VW_CLASS_BRIDGE)) {
		fill_ports(l, dev, info);
	} else {
		fill_below(l, dev, def, info);
	}
	if (nl == l->c.h->nl && master && vwo_class(master) == VW_CLASS_BRIDGE)
		info->bridge = vwu_pool_str(&l->out->pool, vwo_dev_name(master));
	if (l->flags & VW_LIST_DETAIL)
		fill_detail(l, nl, dev, info);
}

/* A phys link's entry only holds properties; it was never asked into being. */
static unsigned flags_of(struct lister *l, const char *name, bool ours)
{
	if (vws_doc_find_line(l->c.saved, name))
		return VW_LINK_SAVED | (ours ? 0 : VW_LINK_FOREIGN);
	return ours ? VW_LINK_TEMPORARY : VW_LINK_FOREIGN;
}

static int add_host_dev(struct lister *l, const struct vwk_link *dev)
{
	struct vw_link_info info = { .cls = vwo_class(dev) };
	const struct vws_link *def;
	int rc;

	if (!(info.cls & l->classes))
		return VW_OK;
	def = vwo_def(&l->c, vwo_dev_name(dev));
	fill_dev(l, l->c.h->nl, dev, def, &info);
	if (info.name == NULL)
		return vwc_nomem(l->c.h);
	info.flags = flags_of(l, info.name, vwo_is_ours(dev));
	fill_def(l, def, &info);
	info.zone = NULL;	/* it is here, whatever the document says */
	rc = add(l, &info);
	if (rc == VW_OK && !vwu_map_put(&l->shown, info.name, l->out->n))
		rc = vwc_nomem(l->c.h);
	return rc;
}

static int add_absent(struct lister *l, const struct vws_link *def, unsigned state)
{
	struct vw_link_info info = {
		.cls = def->cls, .state = state, .vid = def->vid, .has_mac = def->has_mac,
		.name = vwu_pool_str(&l->out->pool, def->name),
		.over = over_of(l, def),
		.flags = flags_of(l, def->name, true),
	};

	memcpy(info.mac, def->mac, 6);
	if (def->ports) {
		struct vwu_str names = { 0 };

		for (char **p = def->ports; *p; p++)
			vwu_str_addf(&names, "%s%s", names.len ? "," : "", *p);
		info.over = vwu_pool_str(&l->out->pool, names.s);
		vwu_str_free(&names);
	}
	fill_def(l, def, &info);
	return add(l, &info);
}

/* The zone's links, read once for all definitions placed there. */
static int zone_dump(struct lister *l, const struct vws_link *def, struct vwk_nl **nl,
		     struct vwo_zone **zone)
{
	int rc = vwo_zone_nl(&l->c, def->zone, nl);

	if (rc < 0)
		return rc;
	*zone = vwo_zone(&l->c, def->zone);
	if ((*zone)->dumped)
		return VW_OK;
	rc = vwk_link_dump(l->c.h, *nl, l->flags & VW_LIST_STATS ? VWK_DUMP_STATS : 0,
			   &(*zone)->devs);
	(*zone)->dumped = rc == VW_OK;
	return rc;
}

static const struct vwk_link *in_zone(struct vwo_ctx *c, const struct vwo_zone *z,
				      const struct vws_link *def)
{
	const struct vwk_link *by_mac = NULL;
	char kname[VWU_IFNAME];

	vwu_name_kernel(def->name, kname);
	for (size_t i = 0; i < z->devs.n; i++) {
		const struct vwk_link *d = &z->devs.v[i];

		if (def->cls != VW_CLASS_PHYS && (!vwo_is_ours(d) || vwo_class(d) != def->cls))
			continue;
		if (strcmp(d->name, kname) == 0)
			return d;
		if (def->has_mac && d->lower_nsid >= 0 && memcmp(d->mac, def->mac, 6) == 0 &&
		    vwo_def(c, vwo_dev_name(d)) == NULL)
			by_mac = d;
	}
	return by_mac;
}

static int add_zoned(struct lister *l, const struct vws_link *def)
{
	struct vw_link_info info = { .cls = def->cls };
	const struct vwk_link *dev;
	struct vwo_zone *zone = NULL;
	struct vwk_nl *nl = NULL;
	int rc = zone_dump(l, def, &nl, &zone);

	if (rc == VW_ERR_NOTFOUND || rc == VW_ERR_DENIED || rc == VW_ERR_BADVAL) {
		vwc_forget(l->c.h);
		return add_absent(l, def, rc == VW_ERR_DENIED ? VW_STATE_UNKNOWN : VW_STATE_ABSENT);
	}
	if (rc < 0)
		return rc;
	dev = in_zone(&l->c, zone, def);
	if (dev == NULL)
		return add_absent(l, def, VW_STATE_ABSENT);
	if (def->cls == VW_CLASS_PHYS)
		info.cls = vwo_class(dev);
	fill_dev(l, nl, dev, def, &info);
	info.flags = flags_of(l, def->name, def->cls != VW_CLASS_PHYS);
	fill_def(l, def, &info);
	return add(l, &info);
}

/* Definitions in zones, and those whose device is missing. */
static int add_defs(struct lister *l, struct vws_doc *doc)
{
	int rc = VW_OK;

	for (size_t i = 0; rc == VW_OK && doc && i < vws_doc_count(doc); i++) {
		const char *name = vws_doc_name(doc, i);
		const struct vws_link *def;
		size_t at;

		if (name && vwu_map_get(&l->shown, name, &at))
			continue;
		def = vws_doc_at(doc, i);
		if (def == NULL)
			return vw_error_status(l->c.h);
		if (doc == l->c.saved && l->c.temp && vws_doc_find(l->c.temp, def->name) != NULL)
			continue;
		if (def->removed || !(def->cls & l->classes))
			continue;
		if (def->zone)
			rc = add_zoned(l, def);
		else if (def->cls != VW_CLASS_PHYS)
			rc = add_absent(l, def, VW_STATE_ABSENT);
	}
	return rc;
}

static int list_active(struct lister *l)
{
	unsigned all = l->classes;
	int rc = vwk_link_dump(l->c.h, l->c.h->nl, l->flags & VW_LIST_STATS ? VWK_DUMP_STATS : 0,
			       &l->host);

	if (rc < 0)
		return rc;
	for (size_t i = 1; i < l->host.n; i++)
		if (l->host.v[i - 1].ifindex > l->host.v[i].ifindex) {
			qsort(l->host.v, l->host.n, sizeof(*l->host.v), by_index);
			break;
		}
	for (size_t i = 0; rc == VW_OK && i < l->host.n; i++)
		rc = add_host_dev(l, &l->host.v[i]);
	/* Names of other classes were not noted above; they are not missing. */
	for (size_t i = 0; rc == VW_OK && all != VW_CLASS_ANY && i < l->host.n; i++)
		if (!(vwo_class(&l->host.v[i]) & all) && vwo_class(&l->host.v[i]) != 0 &&
		    !vwu_map_put(&l->shown, vwo_dev_name(&l->host.v[i]), 0))
			rc = vwc_nomem(l->c.h);
	if (rc == VW_OK)
		rc = add_defs(l, l->c.saved);
	return rc < 0 ? rc : add_defs(l, l->c.temp);
}

static int list_saved(struct lister *l)
{
	int rc = VW_OK;

	for (size_t i = 0; rc == VW_OK && i < vws_doc_count(l->c.saved); i++) {
		const struct vws_link *def = vws_doc_at(l->c.saved, i);

		if (def == NULL)
			return vw_error_status(l->c.h);
		if (def->cls & l->classes)
			rc = add_absent(l, def, VW_STATE_UNKNOWN);
	}
	return rc;
}

/* -- one link by name: no dump ------------------------------------------------------------------------------ */

static int keep_one(struct lister *l, struct vwk_link *dev)
{
	struct vwk_link *v = realloc(l->host.v, (l->host.n + 1) * sizeof(*v));

	if (v == NULL) {
		vwk_link_clear(dev);
		return vwc_nomem(l->c.h);
	}
	l->host.v = v;
	l->host.v[l->host.n++] = *dev;
	return VW_OK;
}

/* The few devices whose names the row shows: peer, its master, the device below, the bridge. */
static int gather(struct lister *l, int ifindex)
{
	struct vwk_link dev;
	int rc;

	if (ifindex <= 0)
		return VW_OK;
	for (size_t i = 0; i < l->host.n; i++)
		if (l->host.v[i].ifindex == ifindex)
			return VW_OK;
	rc = vwk_link_get(l->c.h, l->c.h->nl, NULL, ifindex, 0, &dev);
	if (rc < 0)
		return rc == VW_ERR_NOTFOUND ? VW_OK : rc;
	rc = keep_one(l, &dev);
	if (rc == VW_OK)
		rc = gather(l, l->host.v[l->host.n - 1].master);
	return rc;
}

static int gather_around(struct lister *l, const struct vwk_link *dev)
{
	int rc = VW_OK;

	if (vwo_class(dev) & (VW_CLASS_AGGR | VW_CLASS_BRIDGE))
		rc = vwk_link_dump_ports(l->c.h, l->c.h->nl, dev->ifindex, &l->host);
	if (rc == VW_OK && dev->lower_nsid < 0)
		rc = gather(l, dev->lower);
	if (rc == VW_OK)
		rc = gather(l, dev->master);
	for (size_t i = 0; rc == VW_OK && i < l->host.n; i++)	/* a hidden VLAN device: what it is on */
		if (vwo_is_ours(&l->host.v[i]) && vwo_role(&l->host.v[i]) == VWO_ROLE_LOWER)
			rc = gather(l, l->host.v[i].lower);
	if (l->host.n > 1)
		qsort(l->host.v, l->host.n, sizeof(*l->host.v), by_index);
	return rc;
}

static int add_found(struct lister *l, const struct vwo_link *f)
{
	struct vw_link_info info = { .cls = f->cls };
	struct vwk_link dev = f->dev;
	int rc = VW_OK;

	if (!f->present)
		return add_absent(l, f->def, f->zone_status == VW_ERR_DENIED ? VW_STATE_UNKNOWN
									      : VW_STATE_ABSENT);
	if (f->nl == l->c.h->nl)
		rc = gather_around(l, &f->dev);
	if (rc == VW_OK && (l->flags & VW_LIST_STATS)) {
		rc = vwk_link_get(l->c.h, f->nl, NULL, f->dev.ifindex, VWK_DUMP_STATS, &dev);
		if (rc < 0)
			return rc;
		vwk_link_clear(&dev);
		dev.altname = f->dev.altname;
		dev.alias = f->dev.alias;
	}
	if (rc < 0)
		return rc;
	fill_dev(l, f->nl, &dev, f->def, &info);
	info.flags = flags_of(l, f->name, vwo_is_ours(&f->dev));
	fill_def(l, f->def, &info);
	return add(l, &info);
}

static int list_one(struct lister *l, const char *name)
{
	struct vwo_link f;
	int rc;

	if ((l->flags & VW_LIST_SAVED) || l->c.h->nl == NULL) {
		const struct vws_link *def = vws_doc_find(l->c.saved, name);

		if (def == NULL)
			return vwc_why(l->c.h, VW_ERR_NOTFOUND, "no saved link '%s'", name);
		rc = def->cls & l->classes ? add_absent(l, def, VW_STATE_UNKNOWN) :
			vwc_why(l->c.h, VW_ERR_BADVAL, "'%s' is %s", name, vwp_a_class(def->cls));
		return rc;
	}
	rc = vwo_find(&l->c, name, &f);
	if (rc < 0)
		return rc;
	if (!(f.cls & l->classes))
		rc = vwc_why(l->c.h, VW_ERR_BADVAL, "'%s' is %s", name, vwp_a_class(f.cls));
	else
		rc = add_found(l, &f);
	vwo_link_clear(&f);
	return rc;
}

/* -- the public verbs --------------------------------------------------------------------------------------- */

int vw_link_list(struct vw_handle *h, const struct vw_link_filter *filter, unsigned flags,
		 struct vw_links **lp)
{
	struct lister l = { .flags = flags };
	const char *name = NULL;
	int rc = vwc_enter(h);

	if (rc == VW_OK)
		rc = vwo_read(h, &l.c);
	if (rc < 0)
		return rc;
	l.out = calloc(1, sizeof(*l.out));
	rc = l.out ? take_filter(&l, filter, &name) : vwc_nomem(h);
	if (rc == VW_OK && name)
		rc = list_one(&l, name);
	else if (rc == VW_OK && ((flags & VW_LIST_SAVED) || h->nl == NULL))
		rc = list_saved(&l);
	else if (rc == VW_OK)
		rc = list_active(&l);
	if (rc == VW_OK && (flags & VW_LIST_STATS) && !(flags & VW_LIST_SAVED))
		rc = vwo_fill_drops(&l.c, &l.host, l.out->v, l.out->n);
	vwk_links_free(&l.host);
	vwu_map_free(&l.shown);
	vwo_close(&l.c);
	if (rc < 0)
		vw_link_list_free(l.out);
	else
		*lp = l.out;
	return rc;
}

const struct vw_link_info *vw_link_next(struct vw_links *l)
{
	return l->at < l->n ? &l->v[l->at++] : NULL;
}

void vw_link_rewind(struct vw_links *l)
{
	l->at = 0;
}

void vw_link_list_free(struct vw_links *l)
{
	if (l == NULL)
		return;
	vwu_pool_free(&l->pool);
	free(l->v);
	free(l);
}

const char *vw_class_name(unsigned cls)
{
	static const char *const names[] = { "phys", "vnic", "etherstub", "vlan", "aggr", "simnet",
					     "bridge", "iptun", "misc" };

	for (size_t i = 0; i < VWU_ARRAY_SIZE(names); i++)
		if (cls == 1u << i)
			return names[i];
	return "misc";
}

const char *vw_state_name(unsigned state)
{
	static const char *const names[] = { "unknown", "up", "down", "absent" };

	return state < VWU_ARRAY_SIZE(names) ? names[state] : "unknown";
}

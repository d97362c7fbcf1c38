/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * brief.c - one reading at the price of /proc/net/dev: counters by RTM_GETSTATS, names by ioctl
 *
 * Names alone do not say what a device is. Devices that we hide have names no link can have
 * ("web1-p", "eth0.200-v"), or short ones with a '~'; for those the documents are asked, or the kernel. Where
 * that gets long, or a VNIC is in another namespace, RTM_GETLINK tells everything.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "stat/stat.h"

#define QUESTIONS_MAX	16	/* single questions to the kernel: more cost more than a dump */

struct taking {
	struct vwst_ns	*ns;
	bool		 nomem;
};

static void take_early(void *arg, int ifindex, const struct vwk_stats *st)
{
	struct taking *t = arg;
	struct vwst_ns *ns = t->ns;

	if (ns->nearly == ns->maxearly) {
		size_t max = ns->maxearly ? 2 * ns->maxearly : 256;
		struct vwst_early *v = reallocarray(ns->early, max, sizeof(*v));

		t->nomem = t->nomem || v == NULL;
		if (v == NULL)
			return;
		ns->early = v;
		ns->maxearly = max;
	}
	ns->early[ns->nearly++] = (struct vwst_early){ ifindex, *st };
}

/* "-p", "-q" ... at the end, or a shortened name. */
static bool may_be_hidden(const char *name)
{
	size_t n = strlen(name);

	return strchr(name, '~') != NULL ||
	       (n > 2 && name[n - 2] == '-' && isalpha((unsigned char)name[n - 1]));
}

/* The port of a VNIC that the documents have in this namespace. */
static bool is_known_port(struct vw_stat *s, const char *name)
{
	const struct vws_link *def;
	char link[VWU_IFNAME];
	size_t n = strlen(name);

	if (!s->have_docs || strchr(name, '~') != NULL || n < 3 || name[n - 1] != 'p')
		return false;
	memcpy(link, name, n - 2);
	link[n - 2] = '\0';
	def = vwo_def(&s->docs, link);
	return def != NULL && def->cls == VW_CLASS_VNIC && def->zone == NULL;
}

/* What the kernel says of a device with a strange name. False: too strange for us. */
static bool ask(struct vw_stat *s, struct vwst_ns *ns, struct vwst_dev *d, int *rc)
{
	struct vwk_link l;
	bool fine = true;

	*rc = vwk_link_get(s->h, ns->nl, NULL, d->ifindex, 0, &l);
	if (*rc == VW_ERR_NOTFOUND)
		*rc = VW_OK;
	else if (*rc == VW_OK) {
		const char *name = vwo_dev_name(&l);

		d->cls = (uint16_t)vwo_class(&l);
		if (d->cls == 0 && l.kind == VWK_VETH && l.lower_nsid >= 0)
			fine = false;	/* its VNIC is elsewhere */
		if (name != l.name && (d->name = strdup(name)) == NULL)
			*rc = vwc_nomem(s->h);
		vwk_link_clear(&l);
	}
	return fine && *rc == VW_OK;
}

static int by_index(const void *a, const void *b)
{
	const struct vwst_early *x = *(const struct vwst_early *const *)a;
	const struct vwst_early *y = *(const struct vwst_early *const *)b;

	return (x->ifindex > y->ifindex) - (x->ifindex < y->ifindex);
}

/* Devices are put in order of their indexes: each is then the last. */
static bool name_all(struct vw_stat *s, struct vwst_ns *ns, int *rc)
{
	const struct vwst_early **order = malloc((ns->nearly + 1) * sizeof(*order));
	unsigned questions = 0;
	bool fine = order != NULL;

	if (order == NULL)
		*rc = vwc_nomem(s->h);
	for (size_t i = 0; fine && i < ns->nearly; i++)
		order[i] = &ns->early[i];
	if (fine)
		qsort(order, ns->nearly, sizeof(*order), by_index);
	for (size_t i = 0; fine && i < ns->nearly; i++) {
		char name[VWU_IFNAME];
		struct vwst_dev *d;

		if (!vwk_link_name(ns->nl, order[i]->ifindex, name))
			continue;	/* gone in between */
		d = vwst_devices_insert(ns, order[i]->ifindex);
		if (d == NULL) {
			*rc = vwc_nomem(s->h);
			fine = false;
			break;
		}
		memcpy(d->kname, name, sizeof(d->kname));
		d->cls = strcmp(name, "lo") != 0 ? VW_CLASS_MISC : 0;
		if (!may_be_hidden(name))
			continue;
		if (is_known_port(s, name))
			d->cls = 0;
		else
			fine = questions++ < QUESTIONS_MAX && ask(s, ns, d, rc);
	}
	free(order);
	return fine;
}

bool vwst_devices_brief(struct vw_stat *s, struct vwst_ns *ns, int *rc)
{
	struct taking t = { .ns = ns };
	bool whole = false, fine;

	ns->nearly = 0;
	*rc = vwk_stats_dump(s->h, ns->nl, take_early, &t, &whole);
	if (*rc == VW_OK && t.nomem)
		*rc = vwc_nomem(s->h);
	fine = *rc == VW_OK && whole && name_all(s, ns, rc);
	if (!fine) {
		vwst_devices_forget(ns);
		ns->nearly = 0;
		return false;
	}
	ns->known = true;
	s->dirty = true;
	return true;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ports.c - ports of aggregations and bridges */
#include <linux/if.h>
#include <linux/if_link.h>
#include <stdlib.h>
#include <string.h>

#include "object/object.h"

size_t vwo_names_count(const char *const *names)
{
	size_t n = 0;

	while (names && names[n])
		n++;
	return n;
}

bool vwo_names_has(const char *const *names, const char *name)
{
	for (; names && *names; names++)
		if (strcmp(*names, name) == 0)
			return true;
	return false;
}

char **vwo_names_dup(const char *const *names)
{
	size_t n = vwo_names_count(names), bytes = (n + 1) * sizeof(char *);
	char **copy, *text;

	for (size_t i = 0; i < n; i++)
		bytes += strlen(names[i]) + 1;
	copy = names ? malloc(bytes) : NULL;
	if (copy == NULL)
		return NULL;
	text = (char *)(copy + n + 1);
	for (size_t i = 0; i < n; i++) {
		copy[i] = text;
		text = stpcpy(text, names[i]) + 1;
	}
	copy[n] = NULL;
	return copy;
}

int vwo_def_ports(struct vwo_ctx *c, struct vws_link *def, const char *const *ports)
{
	char **now = calloc(vwo_names_count(ports) + 1, sizeof(*now));
	bool whole = now != NULL;

	for (size_t i = 0; whole && ports && ports[i]; i++) {
		now[i] = strdup(ports[i]);
		whole = now[i] != NULL && vwo_true_name(c, &now[i]) == VW_OK;
	}
	for (char **p = whole ? def->ports : now; p && *p; p++)
		free(*p);
	free(whole ? def->ports : now);
	if (!whole)
		return vwc_nomem(c->h);
	def->ports = now;
	return VW_OK;
}

/*
 * A port is up, and that of a bridge makes no IPv6 addresses. What it was before is noted on the
 * port itself, as a group of its own: the kernel keeps it for as long as it matters.
 */
#define NOTE_PREFIX	0x76780000u
#define NOTE_MASK	0xFFFF0000u
#define NOTE_DOWN	(1u << 0)
#define NOTE_ADDRGEN	(1u << 1)	/* what follows counts */
#define NOTE_MODE_SHIFT	8		/* IN6_ADDR_GEN_MODE_... */
#define NO_IPV6		255		/* struct vwk_link, addrgen */

/* The group to give; 0: nothing to note, or the group is somebody else's. */
static uint32_t note_of(const struct vwk_link *dev, unsigned cls)
{
	uint32_t note = dev->flags & IFF_UP ? 0 : NOTE_DOWN;

	if (cls == VW_CLASS_BRIDGE && dev->addrgen != NO_IPV6 &&
	    dev->addrgen != IN6_ADDR_GEN_MODE_NONE)
		note |= NOTE_ADDRGEN | (uint32_t)dev->addrgen << NOTE_MODE_SHIFT;
	return dev->group == 0 && note != 0 ? NOTE_PREFIX | note : 0;
}

/* As it was when @note was taken. Bonding leaves its ports down. */
static void restore_port(struct vwk_batch *b, int ifindex, uint32_t note, bool bonded)
{
	struct vwk_setlink s = { .ifindex = ifindex };

	if ((note & NOTE_MASK) != NOTE_PREFIX)
		note = 0;
	if (note != 0)
		s.set |= VWK_SET_GROUP;
	if (note & NOTE_ADDRGEN) {
		s.set |= VWK_SET_ADDRGEN;
		s.addrgen = (uint8_t)(note >> NOTE_MODE_SHIFT);
	}
	s.up = !(note & NOTE_DOWN);
	if (bonded || !s.up)
		s.set |= VWK_SET_UP;
	if (s.set != 0)
		vwk_batch_setlink(b, &s);
}

static int port_get(struct vwo_ctx *c, const char *name, struct vwk_link *dev)
{
	char kname[VWU_IFNAME];
	const struct vws_link *def;
	int rc;

	vwu_name_kernel(name, kname);
	rc = vwk_link_get(c->h, c->h->nl, kname, 0, 0, dev);
	if (rc != VW_ERR_NOTFOUND)
		return rc;
	def = vwo_def(c, name);
	if (def && def->zone)
		return vwc_why(c->h, rc, "link '%s' is in zone '%s'", name, def->zone);
	vwc_why(c->h, rc, "no link '%s'", name);
	return vwc_hint(c->h, rc, "'dladm show-link' lists the links");
}

static int may_be_port(struct vwo_ctx *c, const char *name, const struct vwk_link *dev,
		       const struct vwk_link *master, unsigned cls)
{
	unsigned allowed = VW_CLASS_PHYS | VW_CLASS_SIMNET |
		(cls == VW_CLASS_BRIDGE ? VW_CLASS_AGGR | VW_CLASS_ETHERSTUB : 0);
	unsigned is = vwo_class(dev);

	if (!(is & allowed)) {
		vwc_why(c->h, VW_ERR_BADVAL, "'%s' is %s", name, vwp_a_class(is));
		return vwc_hint(c->h, VW_ERR_BADVAL, cls == VW_CLASS_AGGR ?
				"ports of an aggregation are NICs or simnets" :
				"ports of a bridge are NICs, aggregations or simnets");
	}
	if (dev->kind == VWK_BRIDGE) {
		vwc_why(c->h, VW_ERR_NOTSUP, "'%s' is a bridge to Linux, and a bridge cannot be a "
			"port of another", name);
		return vwc_hint(c->h, VW_ERR_NOTSUP, "join them with a pair of simnets");
	}
	if (dev->master != 0 && dev->master != master->ifindex)
		return vwc_why(c->h, VW_ERR_BUSY, "'%s' is a port of another link already", name);
	return VW_OK;
}

static int join(struct vwo_ctx *c, const struct vwk_link *dev, int master, unsigned cls)
{
	struct vwk_batch *b = vwk_batch_new(c->h, c->h->nl);
	bool bonded = cls == VW_CLASS_AGGR;
	uint32_t note = note_of(dev, cls);
	int rc;

	if (b == NULL)
		return vwc_nomem(c->h);
	if (note != 0)
		vwk_batch_setlink(b, &(struct vwk_setlink){ .ifindex = dev->ifindex,
			.group = note, .set = VWK_SET_GROUP });
	if (bonded)	/* bonding takes only ports that are down */
		vwk_batch_setlink(b, &(struct vwk_setlink){ .ifindex = dev->ifindex,
			.up = false, .set = VWK_SET_UP });
	vwk_batch_setlink(b, &(struct vwk_setlink){ .ifindex = dev->ifindex,
		.master = master, .set = VWK_SET_MASTER });
	if (!bonded)
		vwk_batch_setlink(b, &(struct vwk_setlink){ .ifindex = dev->ifindex,
			.up = true, .set = VWK_SET_UP | VWK_SET_NOV6 });
	rc = vwk_batch_run(b, NULL);
	if (rc < 0) {
		vwc_keep(c->h);
		restore_port(b, dev->ifindex, note, bonded && (dev->flags & IFF_UP));
		if (vwk_batch_count(b) > 0)
			vwo_undone(c, vwk_batch_run(b, NULL));
	}
	vwk_batch_free(b);
	return rc;
}

static int attach_one(struct vwo_ctx *c, const char *name, const char *to,
		      const struct vwk_link *master, unsigned cls)
{
	struct vwk_link dev;
	int rc = port_get(c, name, &dev);

	if (rc < 0)
		return rc;
	rc = may_be_port(c, name, &dev, master, cls);
	if (rc == VW_OK && dev.master != master->ifindex) {
		/* macvlans and VLANs over a port would fall silent: its frames go to the master. */
		rc = vwo_unused(c, name, &dev, to, false);
		if (rc == VW_OK)
			rc = join(c, &dev, master->ifindex, cls);
	}
	vwk_link_clear(&dev);
	return rc;
}

int vwo_ports_attach(struct vwo_ctx *c, const char *master, unsigned cls,
		     const char *const *ports)
{
	char name[VWU_IFNAME];
	struct vwk_link dev;
	int rc;

	if (vwo_names_count(ports) == 0)
		return VW_OK;
	vwu_name_kernel(master, name);
	rc = vwk_link_get(c->h, c->h->nl, name, 0, 0, &dev);
	if (rc == VW_ERR_NOTFOUND)
		return vwc_why(c->h, rc, "no link '%s'", master);
	if (rc < 0)
		return rc;
	for (; rc == VW_OK && *ports; ports++)
		rc = attach_one(c, *ports, master, &dev, cls);
	vwk_link_clear(&dev);
	return rc;
}

static int release_one(struct vwo_ctx *c, struct vwk_batch *b, const char *port, int master)
{
	char name[VWU_IFNAME];
	struct vwk_link dev;
	int rc;

	vwu_name_kernel(port, name);
	rc = vwk_link_get(c->h, c->h->nl, name, 0, 0, &dev);
	if (rc < 0)
		return rc == VW_ERR_NOTFOUND ? VW_OK : rc;
	if (dev.master == master) {
		vwk_batch_setlink(b, &(struct vwk_setlink){ .ifindex = dev.ifindex,
			.set = VWK_SET_MASTER });
		restore_port(b, dev.ifindex, dev.group, dev.port_kind == VWK_BOND);
	}
	vwk_link_clear(&dev);
	return VW_OK;
}

int vwo_ports_release(struct vwo_ctx *c, const char *master, const char *const *ports)
{
	struct vwk_batch *b = vwk_batch_new(c->h, c->h->nl);
	int index, rc;

	if (b == NULL)
		return vwc_nomem(c->h);
	rc = vwo_host_index(c, master, &index);
	for (; rc == VW_OK && index > 0 && ports && *ports; ports++)
		rc = release_one(c, b, *ports, index);
	if (rc == VW_OK && vwk_batch_count(b) > 0)
		rc = vwk_batch_run(b, NULL);
	vwk_batch_free(b);
	return rc;
}

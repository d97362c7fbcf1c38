/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* check.c - do the links of a document fit together? */
#include "store/schema.h"

#include <stdio.h>
#include <string.h>

#include <vwire/handle.h>

const char *vws_below(const struct vws_link *l, size_t i)
{
	/* "over" of a simnet is its peer, and of hardware the name it starts with. */
	if (l->removed || vws_is_simnet(l) || l->cls == VW_CLASS_PHYS)
		return NULL;
	if (l->over != NULL)
		return i == 0 ? l->over : NULL;
	if (l->ports == NULL)
		return NULL;
	/* Only ever asked for the next one, so none before the end was passed. */
	return l->ports[i];
}

static int circle(struct vws_reader *r, const struct vws_link *l)
{
	r->link = l->name;
	r->member = l->over ? "over" : "ports";
	return vws_bad(r, "goes round in a circle");
}

/* Where a walk down from one link stands: link number, and which link below it is next. */
struct step { size_t link, next; };

/* Depth first, without recursion: a chain may be as long as the document. */
static int walk(struct vws_reader *r, void *const *links, const struct vwu_map *names,
		uint8_t *state, struct step *stack, size_t start)
{
	enum { NEW, OPEN, DONE };
	size_t depth = 0, to;

	stack[depth++] = (struct step){ start, 0 };
	state[start] = OPEN;
	while (depth > 0) {
		struct step *s = &stack[depth - 1];
		const char *name = vws_below(links[s->link], s->next++);

		if (name == NULL) {
			state[s->link] = DONE;
			depth--;
		} else if (vwu_map_get(names, name, &to)) {
			if (state[to] == OPEN)
				return circle(r, links[s->link]);
			if (state[to] == NEW) {
				state[to] = OPEN;
				stack[depth++] = (struct step){ to, 0 };
			}
		}
	}
	return VW_OK;
}

static int check_circles(struct vws_reader *r, void *const *links, size_t n,
			 const struct vwu_map *names)
{
	vwu_auto_free uint8_t *state = calloc(n ? n : 1, 1);
	vwu_auto_free struct step *stack = malloc((n ? n : 1) * sizeof(*stack));

	if (state == NULL || stack == NULL)
		return vwc_nomem(r->h);
	for (size_t i = 0; i < n; i++) {
		int rc;

		if (state[i] != 0 || vws_below(links[i], 0) == NULL)
			continue;
		rc = walk(r, links, names, state, stack, i);
		if (rc < 0)
			return rc;
	}
	return VW_OK;
}

/* Two VNICs over one link may not have one address: the switch below could not tell them apart. */
static int check_macs(struct vws_reader *r, void *const *links, size_t n)
{
	struct vwu_map seen = { 0 };
	vwu_auto_free char *keys = malloc(n * (VW_NAME_MAX + VW_MAC_STRLEN + 2) + 1);
	char mac[VW_MAC_STRLEN], *key = keys;
	int rc = keys ? VW_OK : vwc_nomem(r->h);

	for (size_t i = 0; i < n && rc == VW_OK; i++) {
		const struct vws_link *l = links[i];
		size_t other;
		int len;

		if (l->cls != VW_CLASS_VNIC || l->over == NULL || !l->has_mac)
			continue;
		len = snprintf(key, VW_NAME_MAX + VW_MAC_STRLEN + 2, "%s %s",
			       vw_mac_format(l->mac, mac), l->over);
		if (vwu_map_get(&seen, key, &other)) {
			r->link = l->name;
			r->member = "mac";
			rc = vws_bad(r, "%s is the address of '%s' over '%s' already", mac,
				     vws_name_of(links[other]), l->over);
		} else if (!vwu_map_put(&seen, key, i)) {
			rc = vwc_nomem(r->h);
		}
		key += len + 1;
	}
	vwu_map_free(&seen);
	return rc;
}

int vws_check_cable(struct vws_reader *r, const struct vws_link *l, const struct vws_link *peer)
{
	if (peer == NULL)
		return VW_OK;
	r->link = l->name;
	r->member = "over";
	if (!vws_is_simnet(peer))
		return vws_bad(r, "'%s' is no simnet", l->over);
	if (peer->over != NULL && !peer->removed && strcmp(peer->over, l->name) != 0)
		return vws_bad(r, "'%s' is cabled to '%s'", l->over, peer->over);
	return VW_OK;
}

static int check_cables(struct vws_reader *r, void *const *links, size_t n,
			const struct vwu_map *names)
{
	int rc = VW_OK;
	size_t at;

	for (size_t i = 0; i < n && rc == VW_OK; i++) {
		const struct vws_link *l = links[i];

		if (vws_is_simnet(l) && l->over != NULL && !l->removed &&
		    vwu_map_get(names, l->over, &at))
			rc = vws_check_cable(r, l, links[at]);
	}
	return rc;
}

int vws_check_links(struct vws_reader *r, void *const *links, size_t n,
		    const struct vwu_map *names)
{
	int rc = check_circles(r, links, n, names);

	if (rc == VW_OK)
		rc = check_macs(r, links, n);
	if (rc == VW_OK)
		rc = check_cables(r, links, n, names);
	return rc;
}

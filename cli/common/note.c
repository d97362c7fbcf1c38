/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* note.c - what a command that was done should add: things that cannot act yet */
#include <stdio.h>
#include <string.h>

#include "cli.h"

/* Links lie over each other at most so deep: a VNIC over a VLAN over an aggregation. */
#define DEEPEST	8

/* A link by name, for as long as *@list is not freed; NULL: not found. */
static const struct vw_link_info *look(struct cli *c, const char *name, struct vw_links **list)
{
	*list = NULL;
	if (vw_link_list(c->h, VW_LINK_FILTER(.name = name), 0, list) < 0)
		return NULL;
	return vw_link_next(*list);
}

/* The link at the bottom, whose queues those over it share, and where it waits for its turn. */
struct bottom {
	char	name[VW_NAME_MAX + 1];
	bool	stub;		/* an etherstub */
	bool	rate;		/* it has maxbw */
	bool	own;		/* the link itself has */
};

static bool find_bottom(struct cli *c, const char *link, struct bottom *b)
{
	bool more = true;
	int depth;

	*b = (struct bottom){ 0 };
	snprintf(b->name, sizeof(b->name), "%s", link);
	for (depth = 0; more && depth < DEEPEST; depth++) {
		struct vw_links *list;
		const struct vw_link_info *info = look(c, b->name, &list);

		if (info == NULL) {
			vw_link_list_free(list);
			return false;
		}
		b->stub = info->cls == VW_CLASS_ETHERSTUB;
		b->rate = info->maxbw != UINT64_MAX;
		b->own = b->own || (depth == 0 && b->rate);
		more = info->cls & (VW_CLASS_VNIC | VW_CLASS_VLAN) && info->over != NULL;
		if (more)
			snprintf(b->name, sizeof(b->name), "%s", info->over);
		vw_link_list_free(list);
	}
	return true;
}

void cli_note_priority(struct cli *c, const char *link, const char *flow)
{
	struct bottom b;

	if (!find_bottom(c, link, &b) || b.rate || (flow != NULL && b.own))
		return;
	if (flow != NULL)
		cli_note(c, "the priority of flow '%s' orders nothing yet: set maxbw of link '%s'",
			 flow, link);
	else if (b.stub)
		cli_note(c, "the priority of '%s' orders nothing: the etherstub '%s' has no rate "
			 "to share", link, b.name);
	else
		cli_note(c, "the priority of '%s' orders nothing yet: set maxbw of '%s' to its real "
			 "speed", link, b.name);
}

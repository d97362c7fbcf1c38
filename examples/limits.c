/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * limits.c - limit a link, and its TCP to half of that, then watch what passes and what does not
 *
 *	cc -o limits limits.c $(pkg-config --cflags --libs vwire)
 *	./limits web1 10000		10 Mb/s for web1, 5 of them at most for TCP
 *	./limits web1			packets and bytes of its flows, and drops
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <vwire/vwire.h>

static int fail(struct vw_handle *h)
{
	fprintf(stderr, "limits: %s\n", vw_error_message(h));
	if (vw_error_hint(h)[0] != '\0')
		fprintf(stderr, "limits: hint: %s\n", vw_error_hint(h));
	return 1;
}

/* Again and again with other rates, while traffic runs: nothing is lost. */
static int limit(struct vw_handle *h, const char *link, unsigned long kbps)
{
	static const char *const match[] = { "transport=tcp", NULL };
	char rate[32], half[32], flow[64];

	snprintf(rate, sizeof(rate), "%luK", kbps);
	snprintf(half, sizeof(half), "%luK", kbps / 2);
	snprintf(flow, sizeof(flow), "%s-tcp", link);
	if (vw_linkprop_set(h, link, "maxbw", rate, 0) < 0)
		return fail(h);
	if (vw_flow_add(h, flow, VW_FLOW_ATTR(.link = link, .match = match), 0) < 0 &&
	    vw_error_status(h) != VW_ERR_EXIST)
		return fail(h);
	return vw_flowprop_set(h, flow, "maxbw", half, 0) < 0 ? fail(h) : 0;
}

static int show(struct vw_handle *h, const char *link)
{
	const struct vw_link_info *l;
	const struct vw_flow_info *f;
	struct vw_links *links;
	struct vw_flows *flows;

	if (vw_link_list(h, VW_LINK_FILTER(.name = link), VW_LIST_STATS, &links) < 0)
		return fail(h);
	l = vw_link_next(links);
	if (l->maxbw == UINT64_MAX)
		printf("%s: no limit\n", link);
	else
		printf("%s: %" PRIu64 " bit/s, %" PRIu64 " packets over it, %" PRIu64 " blocked\n",
		       link, l->maxbw, l->drops.limit, l->drops.blocked);
	vw_link_list_free(links);
	if (vw_flow_list(h, VW_FLOW_FILTER(.link = link), VW_LIST_STATS, &flows) < 0)
		return fail(h);
	while ((f = vw_flow_next(flows)) != NULL)
		printf("%s: in %" PRIu64 " packets %" PRIu64 " bytes, out %" PRIu64 " packets %"
		       PRIu64 " bytes\n", f->name, f->stats.in_packets, f->stats.in_bytes,
		       f->stats.out_packets, f->stats.out_bytes);
	vw_flow_list_free(flows);
	return 0;
}

int main(int argc, char **argv)
{
	char *end = NULL;
	unsigned long kbps = argc == 3 ? strtoul(argv[2], &end, 10) : 128;
	struct vw_handle *h;
	int rc;

	/* 64K is the least limit; text that is no number would be 0, which blocks the link. */
	if (argc < 2 || argc > 3 || (end && *end != '\0') || kbps < 128)
		return fprintf(stderr, "usage: limits LINK [KBPS], 128 or more\n"), 2;
	if (vw_open(&h) < 0)
		return 1;
	rc = (argc == 3 && limit(h, argv[1], kbps)) || show(h, argv[1]);
	vw_close(h);
	return rc;
}

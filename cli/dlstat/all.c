/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* all.c - every counter of a link by name (-a, -A) */
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>

#include "dlstat.h"
#include "drops.h"

struct counter {
	const char	*name;
	size_t		 at;		/* in struct vw_stat_link */
};
#define LENGTH(v)		(sizeof(v) / sizeof((v)[0]))
#define STAT(name, member)	{ name, offsetof(struct vw_stat_link, stats.member) }

static const struct counter received[] = {
	STAT("ipackets", rx_packets), STAT("rbytes", rx_bytes), STAT("ierrors", rx_errors),
	STAT("idrops", rx_dropped), STAT("multircv", multicast),
};
static const struct counter sent[] = {
	STAT("opackets", tx_packets), STAT("obytes", tx_bytes), STAT("oerrors", tx_errors),
	STAT("odrops", tx_dropped),
};
static const struct counter drops[] = {
#define DROP(member, name, ...)	{ name, offsetof(struct vw_stat_link, drops.member) },
	CLI_DROPS(DROP)
#undef DROP
};

static void print_counters(const struct vw_stat_link *l, const struct counter *v, size_t n,
			   unsigned known)
{
	size_t i;

	for (i = 0; i < n; i++) {
		uint64_t value = *(const uint64_t *)((const char *)l + v[i].at);

		if (l->flags & known)
			printf("\t%15s\t\t%15" PRIu64 "\n", v[i].name, value);
		else
			printf("\t%15s\t\t%15s\n", v[i].name, "?");
	}
}

static void print_name(const struct vw_stat_link *l)
{
	char name[256], zone[256];

	vw_escape(name, sizeof(name), l->name);
	vw_escape(zone, sizeof(zone), l->zone != NULL ? l->zone : "");
	printf("%s%s%s\n", name, *zone != '\0' ? "  zone " : "", zone);
}

static int print_all(struct cli *c, struct cli_reading *r)
{
	const struct vw_stat_link *l;
	bool first = true;

	while ((l = vw_stat_link_next(r->shown)) != NULL) {
		if (!first)
			puts("------------------------------------------------------------");
		first = false;
		print_name(l);
		puts("  counters");
		if (!cli_has(c, 't'))
			print_counters(l, received, LENGTH(received), VW_STAT_KNOWN);
		if (!cli_has(c, 'r'))
			print_counters(l, sent, LENGTH(sent), VW_STAT_KNOWN);
		if (cli_has(c, 'r') || cli_has(c, 't'))
			continue;
		puts("  taken away by the host");
		print_counters(l, drops, LENGTH(drops), VW_STAT_HAS_DROPS);
	}
	return CLI_DONE;
}

int dlstat_all(struct cli *c, unsigned classes)
{
	struct cli_reading r = { 0 };

	return cli_reading_run(c, &r, VW_STAT_FILTER(.link = cli_operand(c),
						     .zone = cli_value(c, 'Z'), .classes = classes),
			       VW_STAT_DROPS, print_all);
}

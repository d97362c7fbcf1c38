/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * interval.h - reports repeated every few seconds (-i): totals first, then differences
 */
#ifndef CLI_INTERVAL_H
#define CLI_INTERVAL_H

#include "table.h"

/* Counters of the report before, by name. */
struct cli_memory;

/*
 * Call @once, and with -i again every interval until SIGINT, SIGTERM or the end of the reader.
 * @once prints one report and passes each set of counters to cli_difference().
 */
int cli_repeat(struct cli *c, int (*once)(struct cli *c, struct cli_memory *m, void *arg),
	       void *arg);

/* @now becomes the difference since the last report; on the first, and for new names, it stays.
 * @name always comes with the same @n, at most CLI_MAX_COUNTERS. */
#define CLI_MAX_COUNTERS	12
void cli_differences(struct cli_memory *m, const char *name, uint64_t *now, size_t n);

/* The same for a struct that holds nothing but counters. */
#define cli_difference(m, name, now) do {						\
	_Static_assert(sizeof(*(now)) <= CLI_MAX_COUNTERS * sizeof(uint64_t), "too many");	\
	cli_differences(m, name, (uint64_t *)(now), sizeof(*(now)) / sizeof(uint64_t));	\
} while (0)

#endif

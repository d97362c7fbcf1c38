/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* flowadm.h - what the subcommands of flowadm share */
#ifndef FLOWADM_H
#define FLOWADM_H

#include "cli.h"
#include "interval.h"
#include "table.h"

/* One table of subcommands per topic; flowadm.c lists them all. */
extern const struct cli_command flow_commands[], flowprop_commands[];

/* Tell, when @props set a priority, that nothing orders by it yet. */
void flowadm_note_priority(struct cli *c, const struct cli_props *props, const char *flow);

#endif

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* flowadm.c - all subcommands of flowadm, in the order the help lists them */
#include "flowadm.h"
#include "showusage.h"

static const struct cli_command *const commands[] = {
	flow_commands, flowprop_commands, cli_usage_flows, cli_help_commands, NULL
};

static void dump(void)
{
	const struct vw_flowprop_desc *d;
	size_t i;

	for (i = 0; (d = vw_flowprop_desc_get(i)) != NULL; i++)
		cli_dump_fact("prop", d->name, "rw", d->possible, d->help);
	for (i = 0; (d = vw_flowattr_desc_get(i)) != NULL; i++)
		cli_dump_fact("attr", d->name, "", d->possible, d->help);
}

int main(int argc, char **argv)
{
	static const struct cli_program program = {
		.name = "flowadm",
		.about = "administer flows: classes of IP traffic on a link, counted and limited",
		.commands = commands,
		.dump = dump,
	};

	return cli_main(&program, argc, argv);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* main.c - the subcommands of flowstat */
#include "flowstat.h"
#include "showusage.h"

static const struct cli_command *const commands[] = {
	flow_commands, cli_usage_flows, cli_help_commands, NULL
};

int main(int argc, char **argv)
{
	static const struct cli_program program = {
		.name = "flowstat",
		.about = "counters of flows",
		.commands = commands,
		.bare = "",
		.words = true,
	};

	return cli_main(&program, cli_usage_words(argc, argv), argv);
}

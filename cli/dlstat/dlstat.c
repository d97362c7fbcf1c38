/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* dlstat.c - the subcommands of dlstat, in the order the help lists them */
#include "dlstat.h"
#include "showusage.h"

static const struct cli_command *const commands[] = {
	total_commands, lane_commands, aggr_commands, cli_usage_links, cli_help_commands, NULL
};

int main(int argc, char **argv)
{
	static const struct cli_program program = {
		.name = "dlstat",
		.about = "counters of links",
		.commands = commands,
		.bare = "",
		.words = true,
	};

	return cli_main(&program, cli_usage_words(argc, argv), argv);
}

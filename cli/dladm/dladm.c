/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* dladm.c - all subcommands of dladm, in the order the help lists them */
#include "dladm.h"
#include "showusage.h"

static const struct cli_command *const commands[] = {
	link_commands, phys_commands, vnic_commands, etherstub_commands, vlan_commands,
	aggr_commands, aggr_show_commands, bridge_commands, bridge_show_commands, simnet_commands,
	iptun_commands, ether_commands, linkprop_commands, cli_usage_links, cli_help_commands, NULL
};

int main(int argc, char **argv)
{
	static const struct cli_program program = {
		.name = "dladm",
		.about = "administer data links: VNICs, etherstubs, VLANs, aggregations, bridges",
		.commands = commands,
		.bare = "show-link",
		.dump = cli_dump_linkprops,
	};

	return cli_main(&program, argc, argv);
}

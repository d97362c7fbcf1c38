#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Bridge ports with a default VLAN, on kernels whose bridges filter VLANs.
. "${VW_SOURCE:-$(dirname "$0")/../..}/tests/lib.sh"

need_kind bridge_vlan

# host NUMBER ADDRESS: a machine behind port netNUMBER
host()
{
	nic "net$1"
	ip netns add "h$1"
	ip -n wire link set "wire$1" netns "h$1"
	ip -n "h$1" addr add "$2/24" dev "wire$1"
	ip -n "h$1" link set "wire$1" up
}

reaches()
{
	in_zone "$1" ping -c 1 -W 1 "$2" >/dev/null
}

three_hosts()
{
	host 0 10.0.0.1
	host 1 10.0.0.2
	host 2 10.0.0.3
	dladm create-bridge -l net0 -l net1 -l net2 -d 4 -m 6 -h 1 lan
	wait_for 30 reaches h0 10.0.0.2
	wait_for 30 reaches h0 10.0.0.3
}

test_ports_with_different_default_tags_are_apart()
{
	three_hosts
	dladm set-linkprop -p default_tag=7 net0
	dladm set-linkprop -p default_tag=7 net1
	eq "$(dladm show-linkprop -c -o value -p default_tag net0)" 7
	bridge vlan show dev net0 | grep -q '7 PVID Egress Untagged'
	reaches h0 10.0.0.2
	not reaches h0 10.0.0.3
	not reaches h2 10.0.0.1
	dladm set-linkprop -p default_tag=7 net2
	reaches h0 10.0.0.3
	dladm reset-linkprop -p default_tag net2
	eq "$(dladm show-linkprop -c -o value -p default_tag net2)" 1
	not reaches h0 10.0.0.3
	# 0: untagged frames are nobody's.
	dladm set-linkprop -p default_tag=0 net0
	eq "$(dladm show-linkprop -c -o value -p default_tag net0)" 0
	not reaches h0 10.0.0.2
}

test_default_tag_comes_back_with_restore()
{
	nic net0
	dladm create-bridge -l net0 lan
	dladm set-linkprop -p default_tag=9 net0
	ip link del lan
	vwire restore
	eq "$(dladm show-linkprop -c -o value -p default_tag net0)" 9
	bridge vlan show dev net0 | grep -q '9 PVID Egress Untagged'
	vwire check
}

test_a_default_tag_out_of_range_is_refused()
{
	nic net0
	dladm create-bridge -l net0 lan
	refused 4094 dladm set-linkprop -p default_tag=4095 net0
	refused '' dladm set-linkprop -p default_tag=seven net0
}

run_tests

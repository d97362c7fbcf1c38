#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The eBPF programs alone, without the library: frame by frame, then as a switch of real devices.
. "${VW_SOURCE:-$(dirname "$0")/../..}/tests/lib.sh"

lab()
{
	local said rc=0

	said=$(/usr/bin/python3 "$VW_SOURCE/tests/netns/bpf_lab.py" probe 2>&1) || rc=$?
	[ $rc != 77 ] || skip "$said"
	[ $rc = 0 ] || fail "$said"
	/usr/bin/python3 "$VW_SOURCE/tests/netns/bpf_$1.py" "${@:2}" || fail "see above"
}

test_every_frame_of_the_table_gets_its_verdict_and_counter() { lab packets; }
test_frames_cut_anywhere_are_dropped_or_pass() { lab packets truncated; }
test_groups_are_learnt_from_reports() { lab packets reports; }
test_every_kind_of_flow_takes_what_it_describes() { lab flows table; }
test_the_order_of_flows_never_matters() { lab flows order; }
test_dscp_is_written_with_a_right_checksum() { lab flows dscp; }
test_a_gso_frame_counts_as_its_packets() { lab flows gso; }
test_the_switch_delivers_once_and_to_nobody_else() { need_kind macvlan; lab switch frames; }
test_so_it_does_when_every_port_is_limited() { need_kind macvlan; lab switch limited; }
test_so_it_does_when_every_port_has_flows() { need_kind macvlan; lab switch watched; }
test_ports_of_a_bridge_forward_what_is_permitted() { lab switch stub; }
test_so_they_do_when_they_are_limited() { lab switch stub-limited; }
test_everybody_answers_to_ping() { need_kind macvlan; lab switch ping; }
test_everybody_answers_to_ping_when_limited() { need_kind macvlan; lab switch ping-limited; }
test_tcp_gets_through_and_is_counted() { need_kind macvlan; lab switch tcp; }
test_tcp_gets_through_and_is_counted_when_limited() { need_kind macvlan; lab switch tcp-limited; }
test_the_policy_of_the_uplink_is_for_the_host_alone() { need_kind macvlan; lab switch own; }
test_who_raises_its_mtu_sends_no_longer_packets() { need_kind macvlan; lab switch long; }
test_vlan_devices_of_the_host_reach_the_ports() { need_kind macvlan vlan; lab switch vlan; }

run_tests

#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Zones: where a link lives, and what stays of it when its zone does not.
. "${VW_SOURCE:-$(dirname "$0")/../..}/tests/lib.sh"

mac_in()
{
	ip -n "$1" -o link show "$2" | sed -E 's/.*link\/ether ([0-9a-f:]+) .*/\1/'
}

mtu_in()
{
	ip -n "$1" -o link show "$2" | sed -E 's/.* mtu ([0-9]+) .*/\1/'
}

linkprop()
{
	dladm show-linkprop -c -o value -p "$2" "$1"
}

is_absent()
{
	[ "$(dladm show-link -p -o state "$1")" = absent ]
}

# both_kinds FUNCTION: once for a VNIC over an etherstub, once for one over a NIC.
both_kinds()
{
	nic net0
	dladm create-etherstub stub1
	"$1" stub1 web1
	"$1" net0 web2
}

test_a_vnic_is_born_in_the_zone_it_is_created_for()
{
	born()
	{
		dladm create-vnic -l "$1" -p zone=web "$2"
		ip -n web link show "$2" >/dev/null
		not ip link show "$2"
		eq "$(linkprop "$2" zone)" web "zone of $2"
	}

	ip netns add web
	both_kinds born
}

test_a_zone_is_a_name_or_a_path_or_a_process()
{
	local pid

	dladm create-etherstub stub1
	ip netns add web
	dladm create-vnic -l stub1 -p zone=web byname1
	ip -n web link show byname1 >/dev/null

	touch "$TESTDIR/elsewhere"
	unshare --net="$TESTDIR/elsewhere" true
	dladm create-vnic -l stub1 -p zone="$TESTDIR/elsewhere" bypath1
	nsenter --net="$TESTDIR/elsewhere" ip link show bypath1 >/dev/null
	eq "$(linkprop bypath1 zone)" "$TESTDIR/elsewhere"

	unshare --net sleep 1000 &
	pid=$!
	wait_for 5 bash -c "[ \$(readlink /proc/$pid/ns/net) != $(readlink /proc/self/ns/net) ]"
	dladm create-vnic -t -l stub1 -p zone=$pid bypid1
	nsenter --net=/proc/$pid/ns/net ip link show bypid1 >/dev/null
	eq "$(linkprop bypid1 zone)" $pid
}

test_setting_the_zone_moves_a_link_and_keeps_its_address_and_properties()
{
	moves()
	{
		local mac

		dladm create-vnic -l "$1" -p mtu=1400 "$2"
		mac=$(dladm show-vnic -p -o macaddress "$2")
		dladm set-linkprop -p zone=web "$2"
		eq "$(mtu_in web "$2")" 1400 "mtu of $2 in its zone"
		eq "$(dladm show-vnic -p -o macaddress "$2")" "$mac" "address of $2 in its zone"
		not ip link show "$2"

		dladm set-linkprop -p zone=app "$2"
		ip -n app link show "$2" >/dev/null
		not ip -n web link show "$2"

		dladm reset-linkprop -p zone "$2"
		ip link show "$2" | grep -q 'mtu 1400'
		eq "$(linkprop "$2" zone)" ""
		eq "$(dladm show-vnic -p -o macaddress "$2")" "$mac" "address of $2 back in the host"
	}

	ip netns add web
	ip netns add app
	both_kinds moves
}

test_links_in_zones_are_read_and_set_from_outside()
{
	ip netns add web
	dladm create-etherstub stub1
	dladm create-vnic -l stub1 -p zone=web web1
	ip -n web link set web1 up
	eq "$(dladm show-link -p -o class,over web1)" vnic:stub1
	wait_for 3 bash -c '[ "$(dladm show-link -p -o state web1)" = up ]'
	ip -n web link set web1 down
	eq "$(dladm show-link -p -o state web1)" down
	dladm set-linkprop -p mtu=1300 web1
	eq "$(mtu_in web web1)" 1300
	eq "$(linkprop web1 mtu)" 1300
}

test_a_link_survives_its_zone()
{
	survives()
	{
		local mac

		ip netns add box
		dladm create-vnic -l "$1" -p mtu=1400,zone=box "$2"
		mac=$(mac_in box "$2")
		ip netns del box
		wait_for 5 is_absent "$2"
		eq "$(dladm show-link -p -o class,over "$2")" "vnic:$1" "class and over of $2, absent"
		vwire restore >/dev/null
		is_absent "$2"

		ip netns add box
		vwire restore >/dev/null
		eq "$(mac_in box "$2")" "$mac" "address of $2 in the new zone"
		eq "$(mtu_in box "$2")" 1400 "mtu of $2 in the new zone"
		eq "$(linkprop "$2" zone)" box
		vwire check >/dev/null
		ip netns del box
		wait_for 5 is_absent "$2"
		dladm delete-vnic "$2"
	}

	both_kinds survives
	eq "$(dladm show-vnic)" ""
}

test_traffic_flows_again_when_a_zone_has_come_back()
{
	dladm create-etherstub stub1
	ip netns add web
	ip netns add app
	dladm create-vnic -l stub1 -p zone=web web1
	dladm create-vnic -l stub1 -p zone=app app1
	ip netns del web
	wait_for 5 is_absent web1
	ip netns add web
	vwire restore >/dev/null
	ip -n web addr add 10.0.0.1/24 dev web1
	ip -n web link set web1 up
	ip -n app addr add 10.0.0.2/24 dev app1
	ip -n app link set app1 up
	in_zone app ping -c 1 -W 3 10.0.0.1 >/dev/null
}

test_a_link_in_a_zone_is_renamed_from_outside()
{
	local mac

	ip netns add web
	dladm create-etherstub stub1
	dladm create-vnic -l stub1 -p zone=web,mtu=1400 web1
	mac=$(mac_in web web1)
	dladm rename-link web1 www1
	eq "$(mac_in web www1)" "$mac"
	eq "$(mtu_in web www1)" 1400
	eq "$(dladm show-vnic -p -o link)" www1
	ip netns del web
	wait_for 5 is_absent www1
	ip netns add web
	vwire restore >/dev/null
	eq "$(mac_in web www1)" "$mac"
}

test_a_zone_that_owns_a_vnic_can_make_vnics_over_it()
{
	ip netns add web
	dladm create-etherstub stub1
	dladm create-vnic -l stub1 -p zone=web web1
	dladm create-vnic -l stub1 app1
	mkdir "$TESTDIR/web"
	in_zone web env VWIRE_ROOT="$TESTDIR/web" dladm create-vnic -l web1 inner1
	ip -n web -d link show inner1 | grep -q macvlan
	eq "$(in_zone web env VWIRE_ROOT="$TESTDIR/web" dladm show-vnic -p -o link,over inner1)" inner1:web1
	eq "$(dladm show-vnic -p -o link | sort | paste -sd' ')" 'app1 web1'

	ip -n web addr add 10.0.0.1/24 dev inner1
	ip -n web link set web1 up
	ip -n web link set inner1 up
	ip addr add 10.0.0.2/24 dev app1
	ip link set app1 up
	ping -c 1 -W 3 10.0.0.1 >/dev/null
}

test_a_vnic_over_a_vnic_of_the_same_zone_is_refused()
{
	dladm create-etherstub stub1
	dladm create-vnic -l stub1 web1
	refused web1 dladm create-vnic -l web1 inner1
}

test_a_zone_that_does_not_exist_is_refused()
{
	dladm create-etherstub stub1
	dladm create-vnic -l stub1 web1
	refused nowhere dladm create-vnic -l stub1 -p zone=nowhere app1
	refused nowhere dladm set-linkprop -p zone=nowhere web1
	refused '/no/such/file' dladm set-linkprop -p zone=/no/such/file web1
	refused '' dladm set-linkprop -p zone=../../etc/passwd web1
	refused '' dladm set-linkprop -p 'zone=$(id)' web1
	refused '' dladm set-linkprop -p zone=4194300 web1
}

test_deleting_a_vnic_in_a_zone_leaves_nothing_there_or_here()
{
	local before

	ip netns add web
	nic net0
	before=$(snapshot)
	dladm create-etherstub stub1
	dladm create-vnic -l stub1 -p zone=web web1
	dladm create-vnic -l net0 -p zone=web web2
	dladm delete-vnic web1
	dladm delete-vnic web2
	dladm delete-etherstub stub1
	eq "$(snapshot)" "$before" "the kernel after all was deleted"
	eq "$(dladm show-link -p -o link)" net0
}

test_the_links_of_others_in_a_zone_stay_theirs()
{
	ip netns add web
	ip -n web link add other0 type bridge
	dladm create-etherstub stub1
	dladm create-vnic -l stub1 -p zone=web web1
	dladm delete-vnic web1
	ip -n web link show other0 >/dev/null
	refused '' dladm create-vnic -l stub1 -p zone=web other0
	refused '' dladm delete-vnic other0
}

run_tests

#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Aggregations, against a second one at the other end of the cables.
. "${VW_SOURCE:-$(dirname "$0")/../..}/tests/lib.sh"

need_kind bond

# The other machine: its own network and its own state.
there()
{
	mkdir -p "$TESTDIR/wire"
	in_zone wire env VWIRE_ROOT="$TESTDIR/wire" "$@"
}

cables()
{
	nic net0
	nic net1
}

show()
{
	dladm show-aggr -p "$@"
}

# ready: every port of aggr0, here and there, collects and distributes.
ready()
{
	local state

	state=$(dladm show-aggr -L -p -o sync,coll,dist,defaulted,expired aggr0)
	[ "$state" = $'yes:yes:yes:no:no\nyes:yes:yes:no:no' ] || return 1
	state=$(there dladm show-aggr -L -p -o sync,coll,dist,defaulted,expired aggr0)
	[ "$state" = $'yes:yes:yes:no:no\nyes:yes:yes:no:no' ]
}

lacp_pair()
{
	cables
	dladm create-aggr -L active -T short -l net0 -l net1 aggr0
	there dladm create-aggr -L active -T short -l wire0 -l wire1 aggr0
	ip addr add 10.0.0.1/24 dev aggr0
	there ip addr add 10.0.0.2/24 dev aggr0
}

# longest_gap FILE: the longest silence between two answers in the output of ping -D, in seconds
longest_gap()
{
	awk '/bytes from/ { t = substr($1, 2); if (n++ && t - last > gap) gap = t - last; last = t }
		END { printf "%.2f\n", (n > 20) ? gap : 999 }' "$1"
}

test_create_aggr_joins_the_ports_as_asked()
{
	cables
	dladm create-aggr -l net0 -l net1 aggr0
	eq "$(show -o link,policy,addrpolicy,lacpactivity,lacptimer,flags aggr0)" \
		'aggr0:L4:auto:off:short:-----'
	ip -d link show aggr0 | grep -q 'mode balance-xor.*xmit_hash_policy layer3+4'
	eq "$(dladm show-link -p -o class,over aggr0)" aggr:net0,net1
	ip link show net0 | grep -q 'master aggr0'
	ip link show net1 | grep -q 'master aggr0'

	dladm delete-aggr aggr0
	dladm create-aggr -f -P L2,L3 -L passive -T long -u 2:8:20:1:2:3 -l net0 -l net1 aggr7
	eq "$(show -o policy,lacpactivity,lacptimer,flags aggr7)" 'L2,L3:passive:long:f----'
	eq "$(show -o addrpolicy aggr7)" 'fixed (2:8:20:1:2:3)'
	ip -d link show aggr7 | grep -q 'mode 802.3ad.*xmit_hash_policy layer2+3'
	ip -d link show aggr7 | grep -q 'link/ether 02:08:20:01:02:03'
}

test_lacp_negotiates_on_all_four_ports()
{
	lacp_pair
	wait_for 30 ready
	eq "$(dladm show-aggr -L -p -o link,port aggr0 | cut -d: -f2 | paste -sd' ')" 'net0 net1'
	eq "$(dladm show-aggr -x -p -o port,portstate aggr0 | tail -n 2)" \
		$'net0:attached\nnet1:attached'
	ping -c 20 -i 0.05 -W 3 10.0.0.2 >/dev/null

	# And the statistics of the ports add up.
	dladm show-aggr -s aggr0 >"$TESTDIR/stats"
	cat "$TESTDIR/stats"
	eq "$(head -n 1 "$TESTDIR/stats" | awk '{ print $1, $2, $3, $8 }')" \
		'LINK PORT IPACKETS OPKTDIST'
	eq "$(wc -l <"$TESTDIR/stats")" 4
	awk 'NR > 2 { in_ += $3; out += $5; share += $7 } END {
		exit !(in_ >= 20 && out >= 20 && share > 99.8 && share < 100.2) }' "$TESTDIR/stats"
}

test_a_cut_leg_costs_less_than_three_seconds()
{
	local leg gap

	lacp_pair
	wait_for 30 ready
	ping -c 1 -W 5 10.0.0.2 >/dev/null
	# Which leg carries the flow is the hash's secret: cut each in turn.
	for leg in 0 1; do
		wait_for 30 ready
		ping -D -i 0.1 -w 8 10.0.0.2 >"$TESTDIR/ping$leg" &
		sleep 2
		there ip link set "wire$leg" down
		sleep 1
		eq "$(dladm show-aggr -x -p -o state aggr0 | tail -n 2 | grep -c up)" 1 'ports up'
		sleep 2
		there ip link set "wire$leg" up
		wait $! || :
		gap=$(longest_gap "$TESTDIR/ping$leg")
		echo "leg $leg: longest silence $gap s"
		[ "${gap%.*}" -lt 3 ] || fail "cutting net$leg silenced the link for $gap s"
	done
}

test_ports_come_and_go()
{
	cables
	nic net2
	dladm create-aggr -l net0 -l net1 aggr0
	dladm add-aggr -l net2 aggr0
	eq "$(dladm show-link -p -o over aggr0)" net0,net1,net2
	dladm remove-aggr -l net0 -l net1 aggr0
	eq "$(dladm show-link -p -o over aggr0)" net2
	not grep -q master <(ip link show net0)
	refused '' dladm remove-aggr -l net2 aggr0
	refused net0 dladm remove-aggr -l net0 aggr0
	refused net9 dladm add-aggr -l net9 aggr0
	refused '' dladm create-aggr -l net2 aggr1
}

test_vnics_over_an_aggr_stay_whatever_happens_to_it()
{
	local mac

	cables
	nic net2
	dladm create-aggr -l net0 -l net1 aggr0
	dladm create-vnic -l aggr0 vnic500
	dladm create-vnic -l aggr0 vnic501
	mac=$(dladm show-vnic -p -o macaddress vnic500)
	dladm modify-aggr -L active -T long aggr0
	dladm modify-aggr -P L2 aggr0
	dladm add-aggr -l net2 aggr0
	dladm remove-aggr -l net0 aggr0
	dladm modify-aggr -L off aggr0
	eq "$(show -o policy,lacpactivity,lacptimer aggr0)" L2:off:long
	eq "$(dladm show-vnic -p -o link,over | sort)" $'vnic500:aggr0\nvnic501:aggr0'
	eq "$(dladm show-vnic -p -o macaddress vnic500)" "$mac"
	ip -o link show vnic500 | grep -q 'vnic500@aggr0'
	refused vnic500 dladm delete-aggr aggr0
}

test_traffic_of_a_vnic_over_an_aggr_survives_modify()
{
	lacp_pair
	wait_for 30 ready
	ip netns add web
	dladm create-vnic -l aggr0 -p zone=web vnic500
	ip -n web addr add 10.0.0.5/24 dev vnic500
	ip -n web link set vnic500 up
	in_zone web ping -c 1 -W 5 10.0.0.2 >/dev/null
	dladm modify-aggr -P L2 aggr0
	in_zone web ping -c 1 -W 5 10.0.0.2 >/dev/null
	dladm modify-aggr -L off aggr0
	there dladm modify-aggr -L off aggr0
	wait_for 15 in_zone web ping -c 1 -W 1 10.0.0.2
}

test_deleting_an_aggr_leaves_its_ports_as_they_were()
{
	local before

	cables
	before=$(snapshot)
	dladm create-aggr -L active -l net0 -l net1 aggr0
	dladm delete-aggr aggr0
	eq "$(snapshot)" "$before" 'the kernel after delete-aggr'
	eq "$(dladm show-aggr)" ''
}

test_a_saved_aggr_comes_back_with_restore()
{
	local mac

	cables
	dladm create-aggr -L active -P L2,L3 -l net0 -l net1 aggr0
	dladm create-vnic -l aggr0 -v 1 vnic1
	mac=$(dladm show-vnic -p -o macaddress vnic1)
	ip link del vnic1
	ip link del aggr0
	rc=0
	vwire check >"$TESTDIR/check" || rc=$?
	eq $rc 1 'status of vwire check'
	vwire restore
	eq "$(show -o policy,lacpactivity aggr0)" L2,L3:active
	eq "$(dladm show-link -p -o over aggr0)" net0,net1
	eq "$(dladm show-vnic -p -o over,vid vnic1)" aggr0:1
	eq "$(dladm show-vnic -p -o macaddress vnic1)" "$mac"
	vwire check
}

run_tests

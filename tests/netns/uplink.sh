#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The NIC below guarded VNICs: what it does for them, what it is again without them, and what comes
# back when somebody takes its hooks away.
. "${VW_SOURCE:-$(dirname "$0")/../..}/tests/lib.sh"

need_policy

LAB=$VW_BUILD/tests/netns/policy_lab
[ -x "$LAB" ] || skip "there is no $LAB: build first"

says() { printf 'find\n%s\n' "$*" | "$LAB" -f | tail -n +2; }
reaches() { in_zone "$1" ping -c 1 -W 1 -q "$2"; }

# guest ZONE VNIC LAST [options]: a zone with a guarded VNIC over net0, at 10.0.0.LAST
guest()
{
	ip netns add "$1"
	dladm create-vnic -l net0 -p zone="$1" "${@:4}" "$2"
	ip -n "$1" link set "$2" addrgenmode none
	ip -n "$1" addr add "10.0.0.$3/24" dev "$2"
	ip -n "$1" link set "$2" up
}

# A NIC, with the wire at 10.0.0.9.
wire()
{
	nic net0
	ip -n wire addr add 10.0.0.9/24 dev wire0
}

test_a_guarded_vnic_without_a_zone_receives_what_is_sent_to_it()
{
	wire
	echo 1 >/proc/sys/net/ipv4/conf/all/arp_ignore	# net0 shall not answer for them
	dladm create-vnic -l net0 -p datapath=guarded g1
	dladm create-vnic -l net0 -p datapath=guarded -p maxbw=50 g2
	guest z3 g3 3
	ip addr add 10.0.1.1/24 dev g1
	ip addr add 10.0.2.2/24 dev g2
	ip -n wire addr add 10.0.1.9/24 dev wire0
	ip -n wire addr add 10.0.2.9/24 dev wire0
	ip -n z3 addr add 10.0.1.3/24 dev g3
	ip -n z3 addr add 10.0.2.3/24 dev g3
	for from in wire z3; do
		wait_for 5 reaches $from 10.0.1.1
		wait_for 5 reaches $from 10.0.2.2
	done
	wait_for 5 reaches wire 10.0.0.3
	wait_for 5 reaches z3 10.0.0.9
	ping -c 1 -W 1 -q -I g1 10.0.1.3
	# moved there and back, it is asked for again
	ip netns add z1
	dladm set-linkprop -p zone=z1 g1
	ip -n z1 addr add 10.0.1.1/24 dev g1
	ip -n z1 link set g1 up
	wait_for 5 reaches wire 10.0.1.1
	vwire check
	dladm reset-linkprop -p zone g1
	ip addr add 10.0.1.1/24 dev g1
	wait_for 5 reaches wire 10.0.1.1
	vwire check
}

# Requests from z1 to all, as z2 and the wire hear them.
heard()
{
	local zone

	for zone in z2 wire; do
		in_zone $zone timeout 10 tcpdump -Z root -c 2 -lni any \
			'icmp[icmptype] == 8 and dst host 10.0.0.255' >"$TESTDIR/$zone" 2>&1 &
		wait_for 5 grep -q "listening on" "$TESTDIR/$zone"
	done
	in_zone z1 ping -b -c 3 -i 0.2 -W 1 -q 10.0.0.255 >/dev/null 2>&1 || :
	wait
	for zone in z2 wire; do
		eq "$(grep -c "echo request" "$TESTDIR/$zone")" 2 "broadcasts that $zone heard"
	done
}

test_hooks_that_were_taken_from_the_nic_are_missed_and_come_back()
{
	local sweep

	wire
	guest z1 g1 1
	guest z2 g2 2
	for sweep in no yes; do
		tc qdisc del dev net0 clsact
		not reaches z1 10.0.0.9
		vwire check >out && fail "check did not see it"
		has "$(cat out)" g1
		has "$(cat out)" "not in place"
		[ $sweep = no ] || "$LAB" <<<sweep
		has "$(says state net0)" "hooked=0 foreign=0 flags=8 "
		vwire restore >/dev/null
		vwire check
		wait_for 5 reaches z1 10.0.0.9
		wait_for 5 reaches wire 10.0.0.2
		heard
	done
	dladm delete-vnic g1
	dladm delete-vnic g2
	eq "$(tc qdisc show dev net0 | grep -v noqueue)" ""
}

no_state() { [ "$("$LAB" -f <<<find)" = none ]; }

# entries: how many addresses the data path knows
entries() { says dump | grep -o 'vw_fdb=[0-9]*'; }

test_a_limited_nic_knows_what_is_above_it_as_long_as_it_is_limited()
{
	need_kind macvlan
	wire
	dladm set-linkprop -p maxbw=20 net0
	dladm create-vnic -l net0 m1
	eq "$(entries)" vw_fdb=1
	vwire restore >/dev/null
	eq "$(entries)" vw_fdb=1 "entries after a restore"
	guest z1 g1 1
	eq "$(entries)" vw_fdb=3
	vwire restore >/dev/null
	eq "$(entries)" vw_fdb=3 "entries after a restore with a guarded VNIC"
	dladm delete-vnic g1
	eq "$(entries)" vw_fdb=1 "entries without the guarded VNIC"
	dladm reset-linkprop -p maxbw net0
	dladm delete-vnic m1
	wait_for 3 no_state
}

test_a_frame_of_a_host_vnic_is_charged_once_after_a_restore()
{
	need_kind macvlan
	need_cmd iperf3
	wire
	dladm set-linkprop -p maxbw=20 net0
	dladm create-vnic -l net0 m1
	dladm set-linkprop -p maxbw=20 m1
	ip netns exec wire iperf3 -s -1 -D
	ip addr add 10.0.3.1/24 dev m1
	ip -n wire addr add 10.0.3.9/24 dev wire0
	vwire restore >/dev/null
	wait_for 5 ping -c 1 -W 1 -q 10.0.3.9
	iperf3 -c 10.0.3.9 -t 4 -O 1 -J >report
	rate=$(/usr/bin/python3 -c 'import json
print(int(json.load(open("report"))["end"]["sum_received"]["bits_per_second"] / 1e6))')
	[ "$rate" -ge 15 ] || fail "of 20M $rate remain"
}

flags() { cat "/sys/class/net/$1/flags"; }
all_multicast() { [ $(($(flags "$1") & 0x200)) -ne 0 ]; }

test_the_nic_lets_every_group_by_for_its_ports_and_no_longer()
{
	wire
	not all_multicast net0
	guest z1 g1 1
	all_multicast net0
	has "$(vwire explain net0)" "allmulticast on"
	guest z2 g2 2
	vwire restore >/dev/null
	dladm delete-vnic g1
	all_multicast net0
	dladm delete-vnic g2
	not all_multicast net0
	# what somebody else wanted stays
	ip link set net0 allmulticast on
	guest z3 g3 3
	dladm delete-vnic g3
	all_multicast net0
	# and by its own policy's point
	ip link set net0 allmulticast off
	dladm set-linkprop -p maxbw=20 net0
	guest z4 g4 4
	all_multicast net0
	dladm set-linkprop -p maxbw=30 net0
	dladm delete-vnic g4
	not all_multicast net0
	eq "$(dladm show-linkprop -c -o value -p maxbw net0)" 30M
	vwire check
}

run_tests

#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# flowstat: counters of flows
. "${VW_SOURCE:-$(dirname "$0")/../..}/tests/lib.sh"

two_zones()
{
	need_policy
	ip netns add one
	ip netns add two
	dladm create-etherstub stub1
	dladm create-vnic -l stub1 -p zone=one,mtu=1500 vnic1
	dladm create-vnic -l stub1 -p zone=two,mtu=1500 vnic2
	ip -n one addr add 10.0.0.1/24 dev vnic1
	ip -n two addr add 10.0.0.2/24 dev vnic2
	flowadm add-flow -l vnic1 -a transport=icmp icmp-flow
	flowadm add-flow -t -l vnic2 -a transport=udp -p maxbw=2M udp-flow
}

pings()
{
	in_zone one ping -q -c "$1" -i 0.01 -s "${2:-56}" -W 2 10.0.0.2 >/dev/null
}

test_the_table_and_its_sides()
{
	two_zones
	pings 3 100
	eq "$(flowstat)" \
"           FLOW       LINK    IPKTS   RBYTES    IERRS    OPKTS   OBYTES    OERRS
      icmp-flow      vnic1        3      426        ?        3      426        ?
       udp-flow      vnic2        0        0        ?        0        0        ?"
	eq "$(flowstat -r icmp-flow | tail -1)" \
"      icmp-flow      vnic1        3      426        ?"
	eq "$(flowstat -t icmp-flow | tail -1)" \
"      icmp-flow      vnic1        3      426        ?"
	eq "$(flowstat -l vnic2 -p -o flow,zone,maxbw)" "udp-flow:two:2000000"
	eq "$(flowstat -p -o ibytes,rbytes icmp-flow)" "426:426"
	eq "$(flowstat -j -o flow,rbytes,ierrs icmp-flow | sed -n 2p)" \
		'{"flow":"icmp-flow","rx_bytes":426,"rx_errors":null}'
}

test_differences_every_second()
{
	two_zones
	pings 2
	flowstat -i 1 -p -o flow,opkts icmp-flow >out &
	watcher=$!
	until_reports icmp-flow out 1
	pings 5
	until_later icmp-flow out 5
	until_reports icmp-flow out 3
	interrupt $watcher
	eq "$(head -1 out)" icmp-flow:2
	eq "$(later icmp-flow out)" 5
}

test_flows_that_come_and_go_between_reports()
{
	two_zones
	flowstat -i 1 -p -o flow >out &
	watcher=$!
	until_reports icmp-flow out 1
	flowadm remove-flow udp-flow
	flowadm add-flow -l vnic1 -a transport=tcp tcp-flow
	until_reports tcp-flow out 1
	interrupt $watcher
	eq "$(head -2 out | sort | tr '\n' ' ')" "icmp-flow udp-flow "
	eq "$(tail -2 out | sort | tr '\n' ' ')" "icmp-flow tcp-flow "
}

test_a_dropping_flow_counts_what_it_drops()
{
	two_zones
	flowadm set-flowprop -p action=drop icmp-flow
	in_zone one ping -q -c 4 -i 0.01 -W 1 10.0.0.2 >/dev/null || :
	eq "$(flowstat -p -o opkts,drops icmp-flow)" 0:4
	eq "$(dlstat -D -p -o link,blocked vnic1)" vnic1:4
}

test_without_flows_there_is_nothing_to_say()
{
	says_nothing flowstat
	eq "$(flowstat -j)" '{"vwire":{"schema":1},"flows":[]}'
}

test_output_that_is_lost_ends_with_an_error()
{
	local rc=0

	two_zones
	flowstat >/dev/full 2>err || rc=$?
	eq "$rc" 1
	has "$(cat err)" "cannot write the output: No space left on device"
	set +e
	flowstat -i 1 2>err | head -1 >/dev/null
	eq "${PIPESTATUS[0]}" 1
	set -e
	eq "$(cat err)" ""
}

test_mistakes_are_one_sentence_with_the_fix()
{
	two_zones
	refused "no flow 'nope'" flowstat nope
	refused "'flowadm show-flow' lists the flows" flowstat nope
	refused "no flow 'udp-flow' on link 'vnic1'" flowstat -l vnic1 udp-flow
	refused "no link 'vnic9'" flowstat -l vnic9
	refused "invalid unit value 'x'" flowstat -r -u x
	refused "the option -A cannot be used with -p" flowstat -A -p
}

run_tests

#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Counters (-s) and their repetition (-i)
. "${VW_SOURCE:-$(dirname "$0")/../..}/tests/lib.sh"

# Two cabled VNICs that count only what we send
quiet_pair()
{
	ip netns add one
	ip netns add two
	in_zone one sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
	in_zone two sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
	dladm create-etherstub stub1
	dladm create-vnic -l stub1 -p zone=one,mtu=1500 vnic1
	dladm create-vnic -l stub1 -p zone=two,mtu=1500 vnic2
	in_zone one ip addr add 10.0.0.1/24 dev vnic1
	in_zone two ip addr add 10.0.0.2/24 dev vnic2
	in_zone one ping -c 1 -W 2 -q 10.0.0.2 >/dev/null
}

# opackets FILE: of vnic1 in each report of a table, as until_later() takes it
opackets()
{
	awk '$1 == "vnic1" { print $1 ":" $5 }' "$1" >"$1.vnic1"
}

sent()	# sent COUNT: the later reports in the file "out" tell of so many packets of vnic1
{
	opackets out
	[ "$(later vnic1 out.vnic1)" -ge "$1" ]
}

test_counters_are_shown_as_a_table()
{
	nic net0
	in_zone wire ip link set wire0 down
	eq "$(dladm show-link -s net0 | head -1)" \
		"LINK           IPACKETS  RBYTES  IERRORS   OPACKETS    OBYTES      OERRORS"
	eq "$(dladm show-link -s -p -o link,ierrors,oerrors net0)" "net0:0:0"
	has "$(dladm show-link -s -j net0)" '"rx_packets":'
	has "$(dladm show-link -s -j net0)" '"tx_bytes":'
}

# A stray frame may come between the two readings, but not for ever.
both_agree()
{
	local inside

	inside=$(in_zone one ip -j -s link show vnic1 | python3 -c '
import json, sys
s = json.load(sys.stdin)[0]["stats64"]
print(s["rx"]["packets"], s["tx"]["packets"], sep=":")')
	[ "$(dladm show-vnic -s -p -o ipackets,opackets vnic1)" = "$inside" ]
}

test_counters_of_a_link_in_a_zone_are_seen_from_the_host()
{
	quiet_pair
	in_zone one ping -c 3 -i 0.2 -q 10.0.0.2 >/dev/null
	wait_for 5 both_agree
}

test_first_totals_then_differences_for_every_link()
{
	quiet_pair
	in_zone one ping -c 20 -i 0.01 -q 10.0.0.2 >/dev/null
	dladm show-vnic -s -i 1 >out &
	watcher=$!
	wait_for 20 grep -q vnic2 out
	in_zone one ping -c 4 -i 0.05 -q 10.0.0.2 >/dev/null
	wait_for 20 sent 4
	interrupt $watcher
	eq "$(grep -c LINK out)" 1 "headers in a pipe"
	eq "$(awk '$1 == "vnic2"' out | wc -l)" "$(awk '$1 == "vnic1"' out | wc -l)" "rows of both"
	opackets out
	# An ARP probe may come in between: at least the pings, and not the totals again.
	[ "$(later vnic1 out.vnic1)" -le $((4 + 3)) ] || fail "$(cat out)"
	first=$(head -1 out.vnic1)
	[ "${first#*:}" -ge 21 ] || fail "totals: $first"
}

test_a_link_made_anew_counts_from_nothing()
{
	quiet_pair
	in_zone one ping -c 20 -i 0.01 -q 10.0.0.2 >/dev/null
	dladm show-link -s -i 1 -p -o link,opackets >out &
	watcher=$!
	until_reports vnic1 out 1
	dladm delete-vnic vnic1
	dladm create-vnic -l stub1 -t vnic1
	seen=$(reports vnic1 out)
	until_reports vnic1 out $((seen + 2))
	interrupt $watcher
	awk -F: '$1 == "vnic1" && n++ && $2 > 20 { exit 1 }' out ||
		fail "a negative difference: $(cat out)"
}

test_sigint_and_sigterm_end_it_cleanly()
{
	nic net0
	for signal in INT TERM; do
		: >out
		dladm show-link -s -i 60 net0 >out &
		watcher=$!
		wait_for 10 grep -q net0 out
		kill -"$signal" "$watcher"
		rc=0
		wait "$watcher" || rc=$?
		eq "$rc" 0 "status after SIG$signal"
	done
}

test_no_interrupt_is_lost_before_a_long_wait()
{
	nic net0
	for _ in $(seq 25); do
		: >out
		dladm show-link -s -i 3600 net0 >out &
		watcher=$!
		# A look without a pause: the signal comes about when the wait begins.
		until [ -s out ]; do :; done
		kill -INT $watcher
		wait_for 10 eval "! kill -0 $watcher"
		wait $watcher
	done
}

test_a_link_that_goes_away_ends_its_report_with_an_error()
{
	dladm create-simnet sim1
	dladm show-link -s -i 1 sim1 >out 2>err &
	watcher=$!
	wait_for 10 grep -q sim1 out
	dladm delete-simnet sim1
	rc=0
	wait "$watcher" || rc=$?
	eq "$rc" 1
	has "$(cat err)" "sim1"
}

run_tests

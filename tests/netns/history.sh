#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# History against the kernel's counters: no byte is lost or counted twice, whatever happens to the
# links, the writer or the disk. Traffic is real; usage_truth.py keeps accounts of its own.
# shellcheck disable=SC2016
. "${VW_SOURCE:-$(dirname "$0")/../..}/tests/lib.sh"
PATH=$VW_BUILD/cli/acctadm:$VW_BUILD/cli/flowadm:$PATH
# Where it is noon now: no test runs across midnight.
TZ=NOON$((10#$(date -u +%H) - 12))
export TZ

# Nobody speaks unasked, and counters stand still when traffic does: no IPv6, multicast groups are
# joined with one report, at once, and who is known as a neighbour is not asked again.
quiet()
{
	local zone

	hush
	for zone; do
		ip netns add "$zone"
		in_zone "$zone" bash -c "$(declare -f hush); hush"
	done
}

hush()
{
	local what

	for what in ipv6.conf.all.disable_ipv6=1 ipv6.conf.default.disable_ipv6=1 ipv4.igmp_qrv=1 \
		ipv4.conf.all.igmpv3_unsolicited_report_interval=1 \
		ipv4.conf.default.igmpv3_unsolicited_report_interval=1 \
		ipv4.conf.default.igmpv2_unsolicited_report_interval=1 \
		ipv4.neigh.default.delay_first_probe_time=10000 \
		ipv4.neigh.default.base_reachable_time_ms=100000000; do
		sysctl -qw "net.$what" 2>/dev/null || :
	done
}

# stub NAME: an etherstub that does not ask who is in which multicast group
stub()
{
	dladm create-etherstub "$1"
	ip link set "$1" type bridge mcast_querier 0 mcast_snooping 0
}

# address ZONE LINK ADDRESS: "-" is the host.
address()
{
	local where=()

	[ "$1" = - ] || where=(-n "$1")
	ip "${where[@]}" addr add "$3" dev "$2"
	ip "${where[@]}" link set "$2" up
}

# pair: vnic1 of the host and web1 of zone web, on one etherstub, at 10.0.0.1 and 10.0.0.2
pair()
{
	quiet web
	stub stub1
	dladm create-vnic -l stub1 vnic1
	dladm create-vnic -l stub1 -p zone=web web1
	address - vnic1 10.0.0.1/24
	address web web1 10.0.0.2/24
}

talk()
{
	ping -q -c "${2:-20}" -i 0.005 -s 1000 "$1" >/dev/null
}

# counted LINK: what its port in the host says, received and sent, as its owner sees it
counted()
{
	ip -s -j link show "$1-p" | /usr/bin/python3 -c 'import json, sys
s = json.load(sys.stdin)[0]["stats64"]
print(s["tx"]["bytes"], s["rx"]["bytes"])'
}

# used LINK [OPTION...]: the same from the log, over all of it
used()
{
	local link=$1

	shift
	dladm show-usage -a -S all -p -o rbytes,obytes "$@" "$link" | tr : ' '
}

begin()
{
	acctadm -e "${1:-basic}" -f "$TESTDIR/net.log" -i 1 net
}

writer()
{
	acctadm -j | sed -n 's/"writer_pid":null/"writer_pid":0/; s/.*"writer_pid":\([0-9]*\).*/\1/p'
}

# Two instants are compared: should a frame pass in between, they are taken again. Each time to the
# byte.
same_as_counted()
{
	local _

	for _ in 1 2; do
		acctadm -u net
		[ "$(used "$1")" != "$(counted "$1")" ] || return 0
	done
	acctadm -u net
	eq "$(used "$1")" "$(counted "$1")" "bytes of $1"
}

# difference A B: of two pairs of counters
difference()
{
	echo "$((${1% *} - ${2% *})) $((${1#* } - ${2#* }))"
}

# sum A B
sum()
{
	echo "$((${1% *} + ${2% *})) $((${1#* } + ${2#* }))"
}

test_what_was_counted_is_in_the_log()
{
	begin
	pair
	talk 10.0.0.2
	same_as_counted web1
	same_as_counted vnic1
	talk 10.0.0.2
	same_as_counted web1
}

test_counting_begins_when_it_is_turned_on()
{
	local before after first

	pair
	talk 10.0.0.2
	before=$(counted web1)
	begin
	talk 10.0.0.2
	acctadm -u net
	first=$(difference "$(counted web1)" "$before")
	eq "$(used web1)" "$first" "bytes of web1 since it was turned on"
	acctadm -D net
	talk 10.0.0.2 50
	eq "$(used web1)" "$first" "bytes of web1 while it was off"
	before=$(counted web1)
	acctadm -E net
	eq "$(acctadm | head -1)" "            Net accounting: active"
	talk 10.0.0.2 7
	acctadm -u net
	after=$(difference "$(counted web1)" "$before")
	[ "${after% *}" -gt 7000 ] || fail "seven pings are $after bytes"
	eq "$(used web1)" "$(sum "$first" "$after")" "bytes of web1 while it was on"
}

test_a_deleted_vnic_keeps_its_usage()
{
	local was

	begin
	pair
	talk 10.0.0.2
	was=$(counted web1)
	dladm delete-vnic web1
	wait_for 3 eval 'dladm show-usage -a -p -o note web1 -S all | grep -q gone'
	eq "$(used web1)" "$was"
	not eval 'dladm show-usage -p -o link | grep -qx web1'
	eq "$(dladm show-usage -a -p -o link,zone,note | grep web1)" "web1:web:gone"
}

# lives LOWER [kills]: random ones, each into a log of its own
lives()
{
	local seed

	for seed in ${VW_SEEDS:-1 7}; do
		begin
		/usr/bin/python3 "$VW_SOURCE/tests/netns/usage_truth.py" "$seed" "${VW_STEPS:-60}" \
			"$TESTDIR/net.log" "$@" >"$TESTDIR/out" ||
			{ cat "$TESTDIR/out"; fail "seed $seed"; }
		dladm show-link -p -o link | grep -E '^(web|shop)' | xargs -r dladm delete-vnic
		acctadm -x net
		rm -f "$TESTDIR"/net.log*
	done
}

test_random_lives_under_traffic_differ_by_no_byte()
{
	quiet red blue
	stub stub1
	lives stub1
}

test_nor_do_they_over_a_nic_where_programs_switch()
{
	quiet red blue
	nic net0
	lives net0
}

test_a_writer_killed_again_and_again_loses_nothing()
{
	quiet red blue
	stub stub1
	VW_SEEDS=${VW_SEEDS:-5} lives stub1 kills
}

test_the_partner_goes_on_where_the_writer_was_killed()
{
	local pid was

	begin
	pair
	talk 10.0.0.2
	pid=$(writer)
	kill -STOP "$pid"	# it hears of the end of web1, but does not write it down
	talk 10.0.0.2
	was=$(counted web1)
	dladm delete-vnic web1
	sleep 0.5
	kill -KILL "$pid"
	wait_for 5 eval "[ \"\$(writer)\" != $pid ] && [ \"\$(writer)\" != 0 ]"
	wait_for 5 eval 'dladm show-usage -a -p -o note web1 -S all | grep -q gone'
	eq "$(used web1)" "$was"
}

test_when_both_were_killed_links_that_live_lose_nothing()
{
	local partner

	begin
	pair
	talk 10.0.0.2
	acctadm -u net
	# both at once: either would start the other again
	partner=$(<"/proc/$(writer)/task/$(writer)/children")
	kill -STOP "${partner% }"
	kill -KILL "$(writer)" "${partner% }"
	wait_for 3 eval '[ "$(writer)" = 0 ]'
	has "$(acctadm)" "no writer runs"
	talk 10.0.0.2
	dladm create-vnic -l stub1 -p zone=web web2
	address web web2 10.0.0.3/24
	talk 10.0.0.3
	acctadm -E net
	same_as_counted web1
	same_as_counted web2
}

test_a_restart_of_the_service_goes_on()
{
	local pid partner

	begin
	pair
	talk 10.0.0.2
	pid=$(writer)
	partner=$(<"/proc/$pid/task/$pid/children")
	kill -TERM "$pid"
	wait_for 5 eval '[ "$(writer)" = 0 ]'
	wait_for 5 eval "! kill -0 ${partner% }"
	talk 10.0.0.2
	vwire-acct --daemon
	same_as_counted web1
}

test_a_zone_that_dies_is_counted_to_its_end()
{
	local was

	begin
	pair
	talk 10.0.0.2
	was=$(counted web1)
	ip netns del web
	wait_for 5 eval '! ip link show web1-p'
	acctadm -u net
	eq "$(used web1)" "$was"
}

test_a_full_disk_stops_nothing_and_says_so()
{
	local small=$TESTDIR/small

	mkdir "$small"
	mount -t tmpfs -o size=400k tmpfs "$small"
	acctadm -e basic -f "$small/net.log" -i 1 net
	pair
	acctadm -u net
	dd if=/dev/zero of="$small/ballast" bs=4k 2>/dev/null || :
	talk 10.0.0.2
	# more links than the pages that the file has can hold
	/usr/bin/python3 -c 'import os, sys
sys.path.insert(0, os.environ["VW_BUILD"] + "/bindings/python")
import vwire
with vwire.open() as h:
    h.create_vnics([vwire.NewVnic("vnic%d" % i, "stub1") for i in range(2, 800)])'
	not acctadm -u net
	has "$(acctadm)" "the disk is full"
	talk 10.0.0.2
	dladm delete-vnic vnic2 vnic3
	mount -o remount,size=8m "$small"
	same_as_counted web1
	not eval 'acctadm | grep -q trouble'
	acctadm -x net
	umount "$small"
}

# hold_lock SECONDS: somebody keeps the file from being written
hold_lock()
{
	/usr/bin/python3 -c 'import sqlite3, sys, time
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("BEGIN IMMEDIATE")
open(sys.argv[3], "w").close()
time.sleep(int(sys.argv[2]))
db.execute("COMMIT")' "$TESTDIR/net.log" "$1" "$TESTDIR/locked"
}

state()
{
	sed -n "s/^$1=//p" "$VWIRE_ROOT/run/vwire/acct.state"
}

# Readings are taken each second all the while, each with what was counted in its second.
test_a_disk_that_hangs_does_not_hold_up_the_readings()
{
	local before start steps

	begin
	pair
	acctadm -u net
	hold_lock 8 &
	wait_for 5 test -e "$TESTDIR/locked"
	before=$(state samples)
	start=$(date +%s)
	while [ $(($(date +%s) - start)) -lt 8 ]; do
		talk 10.0.0.2 2
		sleep 0.2
	done &
	wait_for 8 eval 'acctadm | grep -q "readings wait in memory"'
	wait
	wait_for 10 eval '[ "$(state waiting)" = 0 ]'
	[ $(($(state samples) - before)) -ge 6 ] ||
		fail "only $(($(state samples) - before)) readings in 8 s"
	steps=$(dladm show-usage -S record -s "@$start" -e "@$((start + 8))" -p -o obytes web1 |
		grep -cv '^0$')
	[ "$steps" -ge 6 ] || fail "what was counted in 8 s lies in $steps records"
	same_as_counted web1
}

test_a_damaged_log_is_told_and_a_new_one_goes_on()
{
	begin
	pair
	talk 10.0.0.2
	acctadm -u net
	dd if=/dev/urandom of="$TESTDIR/net.log" bs=4096 seek=1 count=30 conv=notrunc 2>/dev/null
	talk 10.0.0.2
	acctadm -u net || :
	talk 10.0.0.2
	acctadm -u net || :
	if ! acctadm | grep -q damaged; then
		# what SQLite has in memory may still be whole; what is read is not
		refused "damaged" dladm show-usage
	fi
	mv "$TESTDIR/net.log" "$TESTDIR/bad.log"
	rm -f "$TESTDIR"/net.log-*
	talk 10.0.0.2
	acctadm -u net
	dladm show-usage | grep -q web1 || fail "the new log has nothing of web1"
}

test_a_log_that_is_moved_away_is_complete()
{
	local first second

	begin
	pair
	talk 10.0.0.2
	acctadm -u net
	mv "$TESTDIR/net.log" "$TESTDIR/net.log.1"
	talk 10.0.0.2
	acctadm -u net
	first=$(used web1 -f "$TESTDIR/net.log.1")
	second=$(used web1)
	eq "$(sum "$first" "$second")" "$(counted web1)"
}

test_another_file_begins_where_the_first_ends()
{
	local first second

	begin
	pair
	talk 10.0.0.2
	acctadm -f "$TESTDIR/second.log" net
	talk 10.0.0.2
	acctadm -u net
	first=$(used web1 -f "$TESTDIR/net.log")
	second=$(used web1)
	eq "$(sum "$first" "$second")" "$(counted web1)"
	has "$(acctadm)" "file: $TESTDIR/second.log"
}

test_the_partner_is_replaced_when_it_is_killed()
{
	local pid partner

	begin
	pid=$(writer)
	partner=$(<"/proc/$pid/task/$pid/children")
	kill -KILL "${partner% }"
	wait_for 5 eval "p=\$(</proc/$pid/task/$pid/children); [ -n \"\$p\" ] && [ \"\$p\" != '$partner' ]"
	eq "$(writer)" "$pid"
}

test_what_is_no_log_is_not_written()
{
	echo hello >"$TESTDIR/text"
	: >"$TESTDIR/empty"
	ln -s /etc/passwd "$TESTDIR/link"
	mkdir "$TESTDIR/dir"
	refused "is not an absolute pathname" acctadm -e basic -f net.log net
	refused "is not an accounting log" acctadm -e basic -f "$TESTDIR/text" net
	refused "is a symbolic link" acctadm -e basic -f "$TESTDIR/link" net
	refused "is not a file" acctadm -e basic -f "$TESTDIR/dir" net
	refused "No such file or directory" acctadm -e basic -f "$TESTDIR/none/net.log" net
	refused "no file to write to is known" acctadm -E net
	if command -v sqlite3 >/dev/null; then
		sqlite3 "$TESTDIR/other" 'CREATE TABLE t(x)'
		refused "is an SQLite database, but not an accounting log" \
			acctadm -e basic -f "$TESTDIR/other" net
	fi
	eq "$(acctadm | head -2)" "            Net accounting: inactive
       Net accounting file: none"
	acctadm -e basic -f "$TESTDIR/empty" net
	acctadm -x net
}

test_a_second_writer_is_refused()
{
	begin
	eq "$(vwire-acct 2>&1 || :)" \
		"vwire-acct: process $(writer) writes accounting records already"
	mkdir "$TESTDIR/other"
	has "$(VWIRE_ROOT=$TESTDIR/other acctadm -e basic -f "$TESTDIR/net.log" net 2>&1 || :)" \
		"is being written by another process"
}

test_flows_have_a_history_of_their_own()
{
	local got

	need_policy
	quiet web
	stub stub1
	dladm create-vnic -l stub1 vnic1
	dladm create-vnic -l stub1 -p zone=web web1
	address - vnic1 10.0.0.1/24
	address web web1 10.0.0.2/24
	flowadm add-flow -l web1 -a transport=icmp ping1
	begin extended
	flowadm add-flow -l vnic1 -a transport=icmp ping2
	talk 10.0.0.2
	acctadm -u net
	# 20 echoes of 1000 bytes: 1042 with their headers
	eq "$(flowadm show-usage -p -o flow,link,ipackets,rbytes,opackets,obytes)" \
"ping1:web1:20:20840:20:20840
ping2:vnic1:20:20840:20:20840"
	flowadm set-flowprop -p maxbw=100M ping1
	talk 10.0.0.2 5
	acctadm -u net
	got=$(flowadm show-usage -p -o obytes -S all ping2)
	[ "$got" = 26050 ] || fail "ping2 sent $got bytes, not 26050"
	# one that is added again under its name counts from nothing
	flowadm remove-flow ping2
	flowadm add-flow -l vnic1 -a transport=icmp ping2
	talk 10.0.0.2 30
	acctadm -u net
	eq "$(flowadm show-usage -a -p -o obytes -S all ping2)" 57310
}

test_three_tenants_are_billed()
{
	local zone

	quiet red green blue
	stub stub1
	dladm create-vnic -l stub1 vnic1
	address - vnic1 10.0.0.1/24
	begin
	for zone in 2:red 3:green 4:blue; do
		dladm create-vnic -l stub1 -p "zone=${zone#*:}" "web${zone%:*}"
		address "${zone#*:}" "web${zone%:*}" "10.0.0.${zone%:*}/24"
		talk "10.0.0.${zone%:*}" $((${zone%:*} * 10))
	done
	dladm delete-vnic web3
	sleep 0.5
	acctadm -u net
	/usr/bin/python3 - <<'PY' || fail "the bill from Python differs"
import os, subprocess, sys
sys.path.insert(0, os.environ["VW_BUILD"] + "/bindings/python")
import vwire
with vwire.open() as h:
    bill = {u.zone: u.rx_bytes + u.tx_bytes for u in h.usage(by="zone", start="today")}
shell = subprocess.run(["dladm", "show-usage", "-g", "zone", "-S", "all", "-s", "today", "-p", "-o",
                        "zone,rbytes,obytes"], capture_output=True, text=True, check=True).stdout
for line in shell.splitlines():
    zone, rx, tx = line.split(":")
    assert bill[zone or None] == int(rx) + int(tx), (line, bill)
assert set(bill) == {None, "red", "green", "blue"}, bill
# 1042 bytes each way, and two frames of ARP
for n, zone in ((20, "red"), (30, "green"), (40, "blue")):
    assert 0 <= bill[zone] - 2 * 1042 * n < 600, (zone, bill)
PY
}

test_gnuplot_plots_it_as_it_is()
{
	need_cmd gnuplot
	begin
	pair
	talk 10.0.0.2
	sleep 2
	talk 10.0.0.2 40
	acctadm -u net
	dladm show-usage -F gnuplot >"$TESTDIR/data"
	[[ $(head -1 "$TESTDIR/data") =~ ^'# Time ' ]] || fail "no heading: $(head -1 "$TESTDIR/data")"
	gnuplot -e "set terminal dumb; set xdata time; set timefmt '%H:%M:%S';
		plot '$TESTDIR/data' using 1:2 with lines" >"$TESTDIR/plot" 2>"$TESTDIR/err"
	[ ! -s "$TESTDIR/err" ] || fail "gnuplot: $(cat "$TESTDIR/err")"
	has "$(cat "$TESTDIR/plot")" "*"
	(echo 'set terminal svg'; dladm show-usage -F plot) | gnuplot >"$TESTDIR/plot.svg" 2>"$TESTDIR/err"
	[ ! -s "$TESTDIR/err" ] || fail "gnuplot: $(cat "$TESTDIR/err")"
	has "$(cat "$TESTDIR/plot.svg")" "web1"
}

run_tests

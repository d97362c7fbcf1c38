#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Section 4.3 of the Crossbow vWire paper, monitoring: every command as printed, with the columns it
# prints there (names of NICs and times aside).
. "${VW_SOURCE:-$(dirname "$0")/../..}/tests/lib.sh"
PATH=$VW_BUILD/cli/acctadm:$PATH
# Where it is noon now: no report runs into another day.
TZ=NOON$((10#$(date -u +%H) - 12))
export TZ

# vnic1 of zone "web", 10.0.0.1, and the host, 10.0.0.2, that say only what we make them say
vnic()
{
	ip netns add web
	sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
	in_zone web sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
	dladm create-etherstub stub1
	dladm create-vnic -l stub1 -p zone=web,mtu=1500 vnic1
	dladm create-vnic -l stub1 -p mtu=1500 host1
	ip -n web addr add 10.0.0.1/24 dev vnic1
	ip addr add 10.0.0.2/24 dev host1
	ip neigh add 10.0.0.1 lladdr "$(address -n web vnic1)" dev host1
	ip -n web neigh add 10.0.0.2 lladdr "$(address host1)" dev vnic1
}

address()	# address [-n ZONE] LINK
{
	ip "${@:1:$#-1}" -br link show "${!#}" | awk '{ print $3 }'
}

# ixgbe0: a NIC that is polled, as hardware is, 10.0.0.1; 10.0.0.2 on its wire
polled_nic()
{
	need_cmd ethtool
	nic ixgbe0
	sysctl -qw net.ipv6.conf.all.disable_ipv6=1
	in_zone wire sysctl -qw net.ipv6.conf.all.disable_ipv6=1
	in_zone wire ethtool -K wire0 tso off
	ethtool -K ixgbe0 gro on || skip "this kernel has no NAPI for a veth"
	ip addr add 10.0.0.1/24 dev ixgbe0
	ip -n wire addr add 10.0.0.2/24 dev wire0
}

pings()	# pings COUNT: frames of 1042 bytes, each answered
{
	ping -q -c "$1" -i 0.01 -s 1000 -W 5 10.0.0.1 >/dev/null
}

header()	# header COMMAND...: its first line, one blank between two words
{
	"$@" | head -1 | xargs
}

test_4_3_1_dlstat_of_a_link()
{
	vnic
	pings 4
	eq "$(dlstat vnic1 | received_as_x)" \
" LINK IPKTS RBYTES OPKTS OBYTES ZONE
 vnic1 X X 4 4.17K web"
	# with the columns of the paper
	eq "$(dlstat -o link,ipkts,ibytes,opkts,obytes vnic1 | received_as_x)" \
" LINK IPKTS IBYTES OPKTS OBYTES
 vnic1 X X 4 4.17K"
	eq "$(dlstat -p -o opkts,obytes vnic1)" 4:4168
	wait_for 10 as_inside
}

# The switch asks now and then which groups are listened to: what is received is not known.
received_as_x()
{
	sed -E -e 's/  +/ /g' -e 's/^( vnic1) [0-9]+ [0-9.]+[KM]?/\1 X X/'
}

# The zone's own counters say the same; a frame may come between the two readings.
as_inside()
{
	local dir=/sys/class/net/vnic1/statistics

	[ "$(dlstat -p -o ipkts,ibytes,opkts,obytes vnic1)" = "$(in_zone web sh -c \
		"cat $dir/rx_packets $dir/rx_bytes $dir/tx_packets $dir/tx_bytes" | xargs | tr ' ' :)" ]
}

rows()	# rows COUNT: so many of vnic1 in the file "out"
{
	[ "$(grep -c ' vnic1 ' out)" -ge "$1" ]
}

test_4_3_1_dlstat_every_five_seconds()
{
	vnic
	pings 2
	dlstat -i 5 vnic1 >out &
	watcher=$!
	wait_for 10 rows 1
	began=$SECONDS
	pings 7
	wait_for 20 rows 2
	[ $((SECONDS - began)) -ge 3 ] || fail "the next report came at once"
	interrupt $watcher
	eq "$(awk '$1 == "vnic1" { print $4 }' out | xargs)" "2 7"
}

# border: a time that lies between all that was by now and all that will be; as the paper has it
border()
{
	local now

	acctadm -u net
	now=$(date +%s)
	wait_for 5 eval "[ \$(date +%s) -gt $now ]"
	date -d "@$((now + 1))" +%m/%d/%Y,%H:%M:%S
}

test_4_3_1_dlstat_from_a_log()
{
	vnic
	acctadm -e basic -f "$TESTDIR/logfile" net
	pings 3
	start=$(border)
	pings 11
	end=$(border)
	pings 5
	acctadm -u net
	dlstat -u -f "$TESTDIR/logfile" -s "$start" -e "$end" vnic1 >out
	has "$(header cat out)" "LINK START"
	eq "$(dlstat -u -f "$TESTDIR/logfile" -s "$start" -e "$end" -p -o opkts vnic1 |
		awk '{ n += $1 } END { print n }')" 11 "packets sent in that time"
	dlstat -u -f "$TESTDIR/logfile" -s "$start" -e "$end" -F gnuplot vnic1 >data
	has "$(head -1 data)" "# Time "
	has "$(head -1 data)" vnic1
}

test_4_3_1_dlstat_of_what_is_received()
{
	polled_nic
	ping -q -c 3 -i 0.01 10.0.0.2 >/dev/null
	eq "$(header dlstat -r)" "LINK IPKTS RBYTES INTRS POLLS CH<10 CH10-50 CH>50 ZONE"
	eq "$(header dlstat -r -o link,ibytes,intrs,polls,hdrps)" "LINK IBYTES INTRS POLLS HDRPS"
	bytes=$(cat /sys/class/net/ixgbe0/statistics/rx_bytes)
	[ "$bytes" -gt 0 ] || fail "nothing was received"
	eq "$(dlstat -r -p -o link,ibytes ixgbe0)" "ixgbe0:$bytes"
}

test_4_3_1_dlstat_of_each_lane()
{
	polled_nic
	ping -q -c 3 -i 0.01 10.0.0.2 >/dev/null
	eq "$(header dlstat -r -L ixgbe0)" "LINK:LNE LTYP USEDBY IBYTES INTRS POLLS ZONE"
	eq "$(dlstat -r -L -p -o link:lne,ltyp,usedby,ibytes ixgbe0)" \
		"ixgbe0\\:0:slne:ixgbe0:$(cat /sys/class/net/ixgbe0/statistics/rx_bytes)"
	# lanes alone sum up to the link
	eq "$(dlstat -r -L -p -o ibytes ixgbe0 | awk '{ n += $1 } END { print n }')" \
		"$(dlstat -p -o rbytes ixgbe0)"
}

test_4_3_1_flowstat_of_a_flow()
{
	need_policy
	vnic
	flowadm add-flow -l vnic1 -a transport=tcp tcp-flow
	in_zone web timeout 20 /usr/bin/python3 -c '
import socket
s = socket.create_server(("10.0.0.1", 7))
print("ready", flush=True)
while s.accept()[0].recv(1): pass' >server &
	wait_for 10 grep -q ready server
	exec 3<>/dev/tcp/10.0.0.1/7
	exec 3>&-
	wait $!
	has "$(header flowstat tcp-flow)" "FLOW LINK IPKTS RBYTES"
	eq "$(header flowstat -o flow,link,ibytes,opkts,obytes tcp-flow)" "FLOW LINK IBYTES OPKTS OBYTES"
	# the flow is all that the zone sent
	eq "$(flowstat -p -o link,opkts,obytes tcp-flow)" "vnic1:$(dlstat -p -o opkts,obytes vnic1)"
	[ "$(flowstat -p -o opkts tcp-flow)" -ge 2 ] || fail "$(flowstat tcp-flow)"
	[ "$(flowstat -p -o ibytes tcp-flow)" -ge 200 ] || fail "$(flowstat tcp-flow)"
}

test_4_3_1_flowstat_from_a_log()
{
	need_policy
	vnic
	flowadm add-flow -l vnic1 -a transport=icmp icmp-flow
	acctadm -e extended -f "$TESTDIR/logfile" net
	start=$(border)
	pings 6
	end=$(border)
	has "$(header flowstat -u -f "$TESTDIR/logfile" -s "$start" -e "$end" icmp-flow)" "FLOW START"
	eq "$(flowstat -u -f "$TESTDIR/logfile" -s "$start" -e "$end" -p -o ipkts,opkts icmp-flow |
		awk -F: '{ in_ += $1; out += $2 } END { print in_, out }')" "6 6"
}

# The story of 4.3.2: one CPU does all the work; the link gets another.
test_4_3_2_a_load_on_one_cpu_is_found_and_moved()
{
	local spread=$VW_SOURCE/tests/netns/spread.py

	[ "$(nproc --all)" -ge 2 ] || skip "this machine has one CPU"
	polled_nic
	eq "$(header dlstat -r -F ixgbe0)" "LINK TYPE ID INDEX FOUT IPKTS RBYTES INTRS POLLS ZONE"
	dlstat -r -F -i 1 -p -o link,polls,fout ixgbe0 >out &
	watcher=$!
	until_reports ixgbe0 out 1
	# one by one: a queue that is never empty is polled once for many
	in_zone wire taskset -c 0 ping -q -c 300 -i 0.005 10.0.0.1 >/dev/null
	until_later ixgbe0 out 50
	interrupt $watcher
	eq "$(awk -F: '$2 + 0 > 20 { print $3 }' out | sort -u)" 0 "CPUs that work for ixgbe0"
	eq "$(dladm show-linkprop -p cpus -o link,property,perm,value ixgbe0 | xargs)" \
		"LINK PROPERTY PERM VALUE ixgbe0 cpus rw --"
	dladm set-linkprop -p cpus=1 ixgbe0
	eq "$(dladm show-linkprop -p cpus -c -o value ixgbe0)" 1
	read -r zero one _ < <("$spread" count ixgbe0 ip netns exec wire "$spread" send 10.0.0.1 2000 0)
	if [ "$one" -lt 1990 ] || [ "$zero" -gt 10 ]; then
		fail "CPU 1 should handle them, not CPU 0: $zero and $one"
	fi
	eq "$(dlstat -p -o ipkts ixgbe0)" "$(cat /sys/class/net/ixgbe0/statistics/rx_packets)"
}

run_tests

#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Limits, guarantees, priorities: what arrives. How exactly is for the bench; here the machine may
# be busy, and a limit that does not hold or holds back too much is what is looked for.
. "${VW_SOURCE:-$(dirname "$0")/../..}/tests/lib.sh"
. "$VW_SOURCE/tests/traffic.sh"

need_cmd iperf3

# z1 with g1 (10.0.0.1) and z2 with g2 (10.0.0.2) over net0; the wire is 10.0.0.5, the host .4
two_guests()
{
	nic net0
	ip netns add z1
	ip netns add z2
	dladm create-vnic -l net0 -p zone=z1 "${@:2}" -p maxbw="$1" g1
	dladm create-vnic -l net0 -p zone=z2 g2
	ip -n z1 addr add 10.0.0.1/24 dev g1
	ip -n z2 addr add 10.0.0.2/24 dev g2
	ip -n z1 addr add fd00::1/64 dev g1 nodad
	ip -n z2 addr add fd00::2/64 dev g2 nodad
	ip addr add 10.0.0.4/24 dev net0
	in_zone wire ip addr add 10.0.0.5/24 dev wire0
	in_zone wire ip addr add fd00::5/64 dev wire0 nodad
	for zone in z1 z2; do
		ip -n $zone link set g${zone#z} up
		wait_for 5 in_zone $zone ping -c 1 -W 1 -q 10.0.0.5
	done
}

test_one_megabit()
{
	two_guests 1
	about "$(tcp z1 wire 10.0.0.5 -t 5)" 956 12 "sent"
	about "$(udp wire z1 10.0.0.1 3M)" 971 8 "received"
}

test_ten_megabits_each_way_and_both_together()
{
	two_guests 10
	about "$(tcp z1 wire 10.0.0.5)" 9560 5 "to the wire"
	about "$(tcp wire z1 10.0.0.1)" 9560 5 "from the wire"
	about "$(tcp z1 wire fd00::5)" 9400 6 "IPv6"
	about "$(tcp z1 wire 10.0.0.5 --bidir)" 9560 6 "both ways at once"
	about "$(udp z1 wire 10.0.0.5 40M)" 9710 4 "UDP"
}

test_between_guests_and_with_the_host()
{
	two_guests 10
	about "$(tcp z1 z2 10.0.0.2)" 9560 5 "to another guest"
	about "$(tcp z2 z1 10.0.0.1)" 9560 5 "from another guest"
	about "$(tcp - z1 10.0.0.1)" 9560 5 "from the host"
	about "$(tcp z1 - 10.0.0.4)" 9560 5 "to the host"
}

test_a_hundred_megabits_and_a_gigabit()
{
	two_guests 100
	about "$(tcp z1 wire 10.0.0.5 --bidir)" 95600 6 "100 Mb/s"
	dladm set-linkprop -p maxbw=1G g1
	about "$(tcp z1 wire 10.0.0.5)" 956000 12 "1 Gb/s"
}

test_each_direction_has_a_limit_of_its_own()
{
	two_guests 100 -p maxbw-tx=10 -p maxbw-rx=20
	about "$(tcp z1 wire 10.0.0.5)" 9560 5 "sent"
	about "$(tcp wire z1 10.0.0.1)" 19120 5 "received"
}

test_either_way_may_have_all_of_it_and_both_share()
{
	two_guests 20
	tcp z1 wire 10.0.0.5 --bidir >/dev/null
	eq "$(/usr/bin/python3 - "tcp.$VW_PORT" <<-'E'
		import json, sys
		end = json.load(open(sys.argv[1]))['end']
		out = end['sum_received']['bits_per_second']
		back = end['sum_received_bidir_reverse']['bits_per_second']
		share = out / (out + back)
		print('shared' if 0.35 < share < 0.65 else f'{share:.2f} of it was sent')
	E
	)" shared
}

test_zero_drops_everything_and_is_lifted_live()
{
	two_guests 10
	in_zone z1 ping -c 1 -W 1 -q 10.0.0.5 >/dev/null
	dladm set-linkprop -p maxbw=0 g1
	! in_zone z1 ping -c 2 -W 1 -q 10.0.0.5 >/dev/null || fail "something passes"
	dladm reset-linkprop -p maxbw g1
	in_zone z1 ping -c 1 -W 1 -q 10.0.0.5 >/dev/null
}

test_changes_lose_no_packet()
{
	two_guests 100
	serve wire
	in_zone z1 iperf3 -J -u -l 1000 -b 5M -t 6 -c 10.0.0.5 -p $VW_PORT >report &
	sleep 1
	for value in 50 200 1G 20 100; do
		dladm set-linkprop -p maxbw=$value g1
		sleep 0.2
	done
	dladm reset-linkprop -p maxbw g1
	sleep 0.3
	dladm set-linkprop -p maxbw=30 g1
	wait $!
	eq "$(/usr/bin/python3 -c 'import json; print(json.load(open("report"))["end"]["sum"]["lost_packets"])')" 0
}

test_a_limit_of_the_nic_holds_all_its_guests()
{
	two_guests 50
	dladm set-linkprop -p maxbw=20 net0
	at_most "$(tcp z1 wire 10.0.0.5)" 20000 "one guest"
	at_most "$(tcp z2 wire 10.0.0.5)" 20000 "a guest without a limit"
	at_most "$(tcp - wire 10.0.0.5)" 20000 "the host"
	dladm reset-linkprop -p maxbw net0
	about "$(tcp z1 wire 10.0.0.5)" 47800 6 "lifted again"
}

# Both guests want all of 20 Mb/s; what each gets.
contend()
{
	serve wire
	in_zone z1 iperf3 -J -u -l 1400 -b 40M -t 5 -c 10.0.0.5 -p $VW_PORT >first &
	local one=$!
	serve wire
	in_zone z2 iperf3 -J -u -l 1400 -b 40M -t 5 -c 10.0.0.5 -p $VW_PORT >second &
	wait $one $!
	first=$(received first)
	second=$(received second)
}

test_priority_orders_and_starves_nobody()
{
	two_guests 100
	dladm set-linkprop -p maxbw=20 net0
	dladm set-linkprop -p priority=high g1
	dladm set-linkprop -p priority=low g2
	contend
	[ "$first" -gt $((second * 4)) ] || fail "high got $first kb/s, low $second"
	[ "$second" -gt 50 ] || fail "low is starved: $second kb/s"
	dladm set-linkprop -p priority=low g1
	dladm set-linkprop -p priority=high g2
	contend
	[ "$second" -gt $((first * 4)) ] || fail "turned round: high got $second kb/s, low $first"
}

test_a_guarantee_is_kept()
{
	two_guests 100
	dladm set-linkprop -p maxbw=20 net0
	dladm set-linkprop -p minbw=15 g2
	contend
	[ "$second" -gt 13500 ] || fail "the guarantee was 15 Mb/s, it got $second kb/s"
	[ "$first" -gt 1000 ] || fail "the other one got $first kb/s"
}

test_flows_nest_inside_their_link()
{
	two_guests 20
	flowadm add-flow -l g1 -a transport=tcp -p maxbw=5 tcp1
	flowadm add-flow -l g1 -a transport=udp,local_port=53 dns1
	about "$(tcp z1 wire 10.0.0.5)" 4780 6 "the flow"
	about "$(tcp wire z1 10.0.0.1)" 4780 6 "the flow, other way"
	about "$(udp z1 wire 10.0.0.5 40M)" 19420 5 "the rest alone"
	flowadm set-flowprop -p maxbw=10 tcp1
	about "$(tcp z1 wire 10.0.0.5)" 9560 6 "changed"
	before=$(flowadm show-flow -s -p -o obytes tcp1)
	flowadm reset-flowprop -p maxbw tcp1
	[ "$(flowadm show-flow -s -p -o obytes tcp1)" -ge "$before" ] || fail "counters were reset"
	about "$(tcp z1 wire 10.0.0.5)" 19120 6 "the link's limit is left"
}

test_a_flow_is_dropped_and_marked()
{
	two_guests 20
	flowadm add-flow -l g1 -a transport=icmp -p action=drop ping1
	! in_zone z1 ping -c 1 -W 1 -q 10.0.0.5 >/dev/null || fail "a dropped flow passes"
	flowadm set-flowprop -p action=pass ping1
	in_zone z1 ping -c 1 -W 1 -q 10.0.0.5 >/dev/null
	flowadm set-flowprop -p dscp=ef ping1
	in_zone wire timeout 3 tcpdump -vlni wire0 -c 1 icmp and src 10.0.0.1 >seen 2>/dev/null &
	sleep 0.4
	in_zone z1 ping -c 2 -W 1 -q 10.0.0.5 >/dev/null
	wait
	has "$(cat seen)" "tos 0xb8"
}

test_every_kind_of_link_takes_a_limit()
{
	dladm create-simnet sim0
	dladm create-simnet sim1
	dladm modify-simnet -p sim1 sim0
	ip netns add far
	dladm set-linkprop -p maxbw=5 sim0
	eq "$(dladm show-linkprop -c -o value -p maxbw sim0)" 5M
	dladm create-etherstub stub1
	ip netns add z1
	dladm create-vnic -l stub1 -p zone=z1 -p maxbw=5 a1
	dladm create-vnic -l stub1 b1
	ip -n z1 addr add 10.1.0.1/24 dev a1
	ip addr add 10.1.0.2/24 dev b1
	about "$(tcp z1 - 10.1.0.2)" 4960 4 "over an etherstub"
	about "$(tcp - z1 10.1.0.1)" 4960 4 "over an etherstub, other way"
	nic net0
	ip addr add 10.2.0.2/24 dev net0
	in_zone wire ip addr add 10.2.0.1/24 dev wire0
	dladm set-linkprop -p maxbw=5 net0
	about "$(tcp - wire 10.2.0.1)" 4780 6 "of a NIC"
	about "$(tcp wire - 10.2.0.2)" 4780 6 "of a NIC, other way"
	dladm reset-linkprop -p maxbw net0
	dladm create-vnic -l net0 -p maxbw=5 host1
	ip netns add h1
	dladm set-linkprop -p zone=h1 -p datapath=guarded host1
	refused "no property 'maxbw' on an etherstub" dladm set-linkprop -p maxbw=5 stub1
}

test_a_thousand_changes_under_flood_leak_nothing()
{
	two_guests 10 -p protection=mac-nospoof,ip-nospoof -p allowed-ips=10.0.0.1
	in_zone z1 /usr/bin/python3 - <<-'E' &
		import socket, time
		s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
		s.bind(('g1', 0))
		forged = bytes.fromhex('ffffffffffff' '020820666666' '88b5') + b'forged'.ljust(60, b'.')
		end = time.monotonic() + 60
		while time.monotonic() < end:
		    try:
		        for _ in range(64):
		            s.send(forged)
		    except OSError:
		        pass
	E
	flood=$!
	in_zone wire timeout 70 tcpdump -lnei wire0 ether src 02:08:20:66:66:66 >leaked 2>/dev/null &
	dump=$!
	PYTHONPATH=$VW_BUILD/bindings/python /usr/bin/python3 - <<-'E'
		import vwire
		with vwire.open() as h:
		    for i in range(250):
		        h.set_property('g1', 'maxbw', str(10 + i % 7), temporary=True)
		        h.set_property('g1', 'allowed-ips', f'10.0.0.1,10.0.0.{i % 100 + 100}', temporary=True)
		        h.set_property('g1', 'protection', ('mac-nospoof', 'mac-nospoof,ip-nospoof')[i % 2],
		                       temporary=True)
		        h.set_property('g1', 'priority', ('low', 'high')[i % 2], temporary=True)
	E
	kill $flood $dump
	wait $flood $dump 2>/dev/null || :
	eq "$(wc -l <leaked)" 0 "forged frames on the wire"
}

run_tests

#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Section 5.1 of the paper: two subnets with the same addresses, consolidated on one machine with
# two NICs. Figure 7: two servers in zones over one aggregation, two VLANs, a switch, four clients.
# Addresses are the printed ones.
. "${VW_SOURCE:-$(dirname "$0")/../..}/tests/lib.sh"

need_kind bond vlan bridge_vlan

# client NAME ADDRESS MAC VLAN: an unchanged machine at an access port of the switch
client()
{
	ip netns add "$1"
	ip -n "$1" link add eth0 address "$3" type veth peer name "$1" netns switch
	ip -n "$1" addr add "$2/24" dev eth0
	ip -n "$1" link set eth0 up
	ip -n switch link set "$1" master fabric up
	bridge -n switch vlan add vid "$4" dev "$1" pvid untagged
}

# A switch that knows VLANs, with a static aggregation of two ports to the host.
the_switch()
{
	local leg

	ip netns add switch
	ip -n switch link add fabric type bridge vlan_filtering 1 vlan_default_pvid 0 \
		forward_delay 0 mcast_snooping 0
	ip -n switch link set fabric up
	ip -n switch link add trunk type bond mode balance-xor miimon 50
	for leg in 0 1; do
		ip link add nxge$leg type veth peer name leg$leg netns switch
		ip link set nxge$leg up
		ip -n switch link set leg$leg master trunk
		ip -n switch link set leg$leg up
	done
	ip -n switch link set trunk master fabric up
	bridge -n switch vlan add vid 1 dev trunk
	bridge -n switch vlan add vid 2 dev trunk
	client client1 10.10.10.2 00:0a:0b:0c:0d:0e 1
	client client2 10.10.10.3 00:0a:0b:0c:0d:0f 1
	client client3 10.10.10.3 00:03:04:05:06:07 2
	client client4 10.10.10.2 00:03:04:05:0e:0f 2
}

# server ZONE LINK: a server that tells who it is to whoever connects
server()
{
	ip -n "$1" addr add 10.10.10.1/24 dev "$2"
	ip -n "$1" link set "$2" up
	ip netns exec "$1" /usr/bin/python3 -c '
import socket, sys
s = socket.create_server(("", 80))
while True:
    c, _ = s.accept()
    c.sendall(sys.argv[1].encode() + b"\n")
    c.close()' "$1" &
	wait_for 10 bash -c "ip netns exec $1 ss -Htln 'sport = 80' | grep -q LISTEN"
}

the_host()
{
	dladm create-aggr -l nxge0 -l nxge1 aggr0
	ip netns add vserver1
	ip netns add vserver2
	dladm create-vnic -l aggr0 -v 1 -m 2:1:2:3:4:5 -p zone=vserver1 vnic1
	dladm create-vnic -l aggr0 -v 2 -m 2:6:7:8:9:a -p zone=vserver2 vnic2
	server vserver1 vnic1
	server vserver2 vnic2
}

asks()	# CLIENT: which server answers 10.10.10.1
{
	in_zone "$1" timeout 5 bash -c 'exec 3<>/dev/tcp/10.10.10.1/80; read -r who <&3; echo "$who"'
}

everybody_is_served()
{
	eq "$(asks client1)" vserver1 'client1 is served by'
	eq "$(asks client2)" vserver1 'client2 is served by'
	eq "$(asks client3)" vserver2 'client3 is served by'
	eq "$(asks client4)" vserver2 'client4 is served by'
}

longest_gap()
{
	awk '/bytes from/ { t = substr($1, 2); if (n++ && t - last > gap) gap = t - last; last = t }
		END { printf "%.2f\n", (n > 20) ? gap : 999 }' "$1"
}

test_each_subnet_reaches_its_own_server_at_the_same_address_by_its_tag()
{
	local vid

	the_switch
	the_host
	wait_for 10 asks client1
	everybody_is_served
	# Neighbours within a subnet talk, and nobody ever learns of the other subnet.
	in_zone client1 ping -c 1 -W 2 10.10.10.3 >/dev/null
	has "$(ip -n client1 neigh show 10.10.10.3)" 00:0a:0b:0c:0d:0f "client1's neighbour"
	has "$(ip -n client3 neigh show 10.10.10.1)" 02:06:07:08:09:0a "client3's server"
	eq "$(dladm show-vnic -p -o link,over,vid)" $'vnic1:aggr0:1\nvnic2:aggr0:2'

	# On the wire their tags tell them apart.
	in_zone switch timeout 20 tcpdump -nn -e -l -i trunk vlan and icmp >"$TESTDIR/wire" \
		2>"$TESTDIR/err" &
	wait_for 10 grep -q 'listening on' "$TESTDIR/err"
	in_zone client1 ping -c 2 -i 0.2 -W 2 10.10.10.1 >/dev/null
	in_zone client4 ping -c 2 -i 0.2 -W 2 10.10.10.1 >/dev/null
	for vid in 1 2; do
		wait_for 5 grep -q "vlan $vid,.*10.10.10.1 > 10.10.10.2" "$TESTDIR/wire"
	done
	eq "$(grep 'vlan 1,' "$TESTDIR/wire" | grep -cv 02:01:02:03:04:05)" 0 'strangers in VLAN 1'
	eq "$(grep 'vlan 2,' "$TESTDIR/wire" | grep -cv 02:06:07:08:09:0a)" 0 'strangers in VLAN 2'
}

test_every_host_is_reached_when_either_leg_is_cut()
{
	local leg who gap pings

	the_switch
	the_host
	wait_for 10 asks client1
	for leg in 0 1; do
		pings=()
		for who in 1 2 3 4; do
			in_zone client$who ping -D -i 0.1 -w 6 10.10.10.1 >"$TESTDIR/ping$leg$who" &
			pings+=($!)
		done
		sleep 2
		ip -n switch link set leg$leg down
		wait "${pings[@]}" || :
		everybody_is_served
		ip -n switch link set leg$leg up
		sleep 1
		for who in 1 2 3 4; do
			gap=$(longest_gap "$TESTDIR/ping$leg$who")
			echo "nxge$leg cut: client$who missed $gap s"
			[ "${gap%.*}" -lt 3 ] || fail "nxge$leg cut: client$who missed $gap s"
		done
	done
}

run_tests

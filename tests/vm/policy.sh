#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Limits, flows, protection and guarded VNICs over what only a whole kernel has: aggregations and
# VLAN links. At the other end of the cables are a bond and VLAN devices that ip(8) made.
. "${VW_SOURCE:-$(dirname "$0")/../..}/tests/lib.sh"
. "$VW_SOURCE/tests/traffic.sh"

need_kind bond vlan
need_cmd iperf3

# Our end is aggr0 (10.0.0.4), the other one w0 (10.0.0.5); its VLAN 200 is w200 (10.2.0.5).
an_aggr()
{
	nic net0
	nic net1
	ip -n wire link add w0 type bond mode balance-xor miimon 50
	for leg in wire0 wire1; do
		ip -n wire link set $leg down
		ip -n wire link set $leg master w0
	done
	the_other_end
	dladm create-aggr -l net0 -l net1 aggr0
	ip link set aggr0 addrgenmode none
	ip addr add 10.0.0.4/24 dev aggr0
	wait_for 10 ping -c 1 -W 1 -q 10.0.0.5
}

# The same over one NIC, with a VLAN link of ours: vlan200 (10.2.0.4).
a_vlan()
{
	nic net0 w0
	the_other_end
	dladm create-vlan -l net0 -v 200 vlan200
	ip addr add 10.2.0.4/24 dev vlan200
	wait_for 10 ping -c 1 -W 1 -q 10.2.0.5
}

the_other_end()
{
	ip -n wire link set w0 addrgenmode none up
	ip -n wire addr add 10.0.0.5/24 dev w0
	ip -n wire link add link w0 name w200 type vlan id 200
	ip -n wire addr add 10.2.0.5/24 dev w200
	ip -n wire link set w200 up
}

# guest ZONE VNIC ADDRESS OVER [options]: a zone with a guarded VNIC
guest()
{
	ip netns add "$1"
	dladm create-vnic -l "$4" -p zone="$1" "${@:5}" "$2"
	ip -n "$1" addr add "$3/24" dev "$2"
	ip -n "$1" link set "$2" up
}

reaches() { at "$1" ping -c 1 -W 1 -q "$2" >/dev/null; }
value() { dladm show-linkprop -c -o value -p "$2" "$1" | paste -sd' '; }
ours() { tc qdisc show | grep -E 'clsact|htb' || :; }

# takes_it_all LINK QUEUE: everything a link of its own takes: set, read back, realised, and taken
# away without a trace.
takes_it_all()
{
	local link=$1 queue=$2 before

	before=$(ours; ip -br link | cut -d' ' -f1)
	dladm set-linkprop -p maxbw=100 -p maxbw-tx=60 -p minbw=10 -p priority=low "$link"
	dladm set-linkprop -p protection=mac-nospoof,ip-nospoof \
		-p allowed-ips=10.0.0.0/24,10.2.0.0/24 "$link"
	eq "$(value "$link" maxbw,maxbw-tx,minbw,priority)" "100M 60M 10M low"
	eq "$(value "$link" protection,allowed-ips)" \
		"mac-nospoof,ip-nospoof 10.0.0.0/24,10.2.0.0/24"
	has "$(tc filter show dev "$link" ingress)" vw_in
	has "$(tc filter show dev "$link" egress)" vw_out
	has "$(tc class show dev "$queue")" "ceil 100Mbit"
	flowadm add-flow -l "$link" -a transport=tcp -p maxbw=30 tcp1
	flowadm add-flow -l "$link" -a transport=udp,remote_port=53 dns1
	eq "$(flowadm show-flowprop -c -o value -p maxbw tcp1)" 30M
	has "$(vwire explain "$link")" "$queue"
	vwire check
	flowadm remove-flow tcp1
	flowadm remove-flow dns1
	dladm reset-linkprop "$link"
	eq "$(ours; ip -br link | cut -d' ' -f1)" "$before" "what is left"
}

test_an_aggr_takes_limits_protection_and_flows()
{
	an_aggr
	takes_it_all aggr0 aggr0-q
	reaches - 10.0.0.5
}

test_a_vlan_link_takes_limits_protection_and_flows()
{
	a_vlan
	takes_it_all vlan200 net0-q
	reaches - 10.2.0.5
}

# counts LINK ADDRESS: three pings are three packets each way, with and without a limit
counts()
{
	flowadm add-flow -l "$1" -a transport=icmp ping1
	flowadm add-flow -l "$1" -a transport=udp udp1
	at - ping -c 3 -i 0.1 -W 2 -q "$2" >/dev/null
	eq "$(flowadm show-flow -s -p -o ipackets,opackets ping1)" 3:3 "without a limit"
	dladm set-linkprop -p maxbw=20 "$1"
	at - ping -c 3 -i 0.1 -W 2 -q "$2" >/dev/null
	eq "$(flowadm show-flow -s -p -o ipackets,opackets ping1)" 6:6 "with a limit"
	eq "$(flowadm show-flow -s -p -o opackets udp1)" 0
	flowadm set-flowprop -p action=drop ping1
	not at - ping -c 1 -W 1 -q "$2"
}

test_flows_of_an_aggr_count_once()
{
	an_aggr
	counts aggr0 10.0.0.5
}

test_flows_of_a_vlan_link_count_once()
{
	a_vlan
	counts vlan200 10.2.0.5
}

test_a_limit_of_an_aggr_holds_the_host_and_its_guests()
{
	an_aggr
	guest z1 g1 10.0.0.1 aggr0
	wait_for 5 reaches z1 10.0.0.5
	dladm set-linkprop -p maxbw=10 aggr0
	about "$(tcp - wire 10.0.0.5)" 9560 6 "the host sends"
	about "$(tcp wire - 10.0.0.4)" 9560 6 "the host receives"
	about "$(tcp z1 wire 10.0.0.5)" 9560 6 "a guest without a limit"
	dladm set-linkprop -p maxbw=5 g1
	about "$(tcp z1 wire 10.0.0.5)" 4780 6 "a guest with one"
	dladm set-linkprop -p maxbw=0 aggr0
	not reaches - 10.0.0.5
	not reaches z1 10.0.0.5
	dladm reset-linkprop -p maxbw aggr0
	wait_for 3 reaches - 10.0.0.5
	wait_for 3 reaches z1 10.0.0.5
}

# How many packets have waited in the whole tree of net0.
waited() { tc -s class show dev net0-q classid 1:1 | sed -n 's/.* bytes \([0-9]*\) pkt.*/\1/p'; }

test_limits_of_a_vlan_link_and_of_its_nic_both_hold()
{
	a_vlan
	dladm set-linkprop -p maxbw=5 vlan200
	about "$(tcp - wire 10.2.0.5)" 4780 6 "sent"
	about "$(tcp wire - 10.2.0.4)" 4780 6 "received"
	dladm set-linkprop -p maxbw=3 net0
	at_most "$(tcp - wire 10.2.0.5)" 3000 "sent, below a tighter limit of the NIC"
	at_most "$(tcp wire - 10.2.0.4)" 3000 "received, the same"
	reaches - 10.2.0.5
	# no ARP in between
	ip neigh change 10.2.0.5 dev vlan200 nud permanent
	ip -n wire neigh change 10.2.0.4 dev w200 nud permanent
	before=$(waited)
	at - ping -c 10 -i 0.1 -W 2 -q 10.2.0.5 >/dev/null
	eq $(($(waited) - before)) 20 "packets of ten pings that waited"
}

test_a_vnic_with_a_vid_is_guarded_over_an_aggr()
{
	an_aggr
	guest z1 g1 10.2.0.1 aggr0 -v 200 -p maxbw=50
	guest z2 g2 10.2.0.2 aggr0 -v 200
	guest z3 g3 10.2.0.3 aggr0 -v 300
	eq "$(value g1 datapath,maxbw)" "guarded 50M"
	eq "$(dladm show-vnic -p -o over,vid g1)" aggr0:200
	has "$(ip -n z1 -d link show g1)" veth
	for zone in z1 z2; do
		wait_for 5 reaches $zone 10.2.0.5
		wait_for 5 reaches wire 10.2.0.${zone#z}
	done
	wait_for 5 reaches z1 10.2.0.2
	not reaches z3 10.2.0.1
	not reaches z3 10.2.0.5
	# What it tags itself goes nowhere, and is counted.
	ip -n z1 link add link g1 name t300 type vlan id 300
	ip -n z1 addr add 10.3.0.1/24 dev t300
	ip -n z1 link set t300 up
	not reaches z1 10.3.0.3
	[ "$(dladm show-link -x -j g1 | grep -oE '"dropped_tagged": *[0-9]+' | grep -oE '[0-9]+$')" -gt 0 ] ||
		fail "nothing was counted as tagged"
	has "$(vwire explain g1)" g1-p
	vwire check
}

test_guests_and_policy_stay_when_an_aggr_is_modified()
{
	an_aggr
	nic net2
	guest z1 g1 10.0.0.1 aggr0 -p maxbw=50 -p protection=mac-nospoof
	flowadm add-flow -l g1 -a transport=icmp ping1
	dladm set-linkprop -p maxbw=80 aggr0
	wait_for 5 reaches z1 10.0.0.5
	dladm modify-aggr -P L2 aggr0
	dladm add-aggr -l net2 aggr0
	dladm remove-aggr -l net2 aggr0
	vwire check
	wait_for 5 reaches z1 10.0.0.5
	wait_for 5 reaches wire 10.0.0.1
	before=$(flowadm show-flow -s -p -o opackets ping1)
	dladm modify-aggr -L passive aggr0	# another mode: the ports are let go and taken again
	dladm modify-aggr -L off aggr0
	vwire check
	wait_for 10 reaches z1 10.0.0.5
	wait_for 10 reaches wire 10.0.0.1
	[ "$(flowadm show-flow -s -p -o opackets ping1)" -gt "$before" ] || fail "it stopped counting"
	eq "$(value aggr0 maxbw) $(value g1 maxbw,protection)" "80M 50M mac-nospoof"
}

test_an_aggr_that_was_lost_comes_back_with_its_guests_and_policy()
{
	an_aggr
	guest z1 g1 10.0.0.1 aggr0 -v 200 -p maxbw=50
	flowadm add-flow -l aggr0 -a transport=tcp -p maxbw=20 tcp1
	dladm set-linkprop -p maxbw=80 aggr0
	ip link del aggr0
	not vwire check
	vwire restore >/dev/null
	vwire check
	eq "$(value aggr0 maxbw) $(value g1 maxbw,datapath)" "80M 50M guarded"
	eq "$(flowadm show-flowprop -c -o value -p maxbw tcp1)" 20M
	has "$(tc filter show dev aggr0 ingress)" vw_in
	ip -n z1 addr replace 10.2.0.1/24 dev g1
	ip -n z1 link set g1 up
	wait_for 10 reaches z1 10.2.0.5
}

test_a_guest_over_a_vlan_link_lives_in_that_vlan()
{
	a_vlan
	guest z1 g1 10.2.0.1 vlan200 -p maxbw=50 -p protection=mac-nospoof,ip-nospoof \
		-p allowed-ips=10.2.0.1
	guest z2 g2 10.2.0.2 vlan200
	eq "$(value g1 datapath)" guarded
	for zone in z1 z2 wire; do
		wait_for 5 reaches $zone 10.2.0.4
	done
	wait_for 5 reaches z1 10.2.0.5
	wait_for 5 reaches wire 10.2.0.1
	wait_for 5 reaches z1 10.2.0.2
	wait_for 5 reaches - 10.2.0.1
	ip -n z1 addr add 10.2.0.66/24 dev g1
	not at z1 ping -c 1 -W 1 -q -I 10.2.0.66 10.2.0.5
	vwire check
}

test_a_limit_of_a_vlan_link_that_would_not_hold_what_is_over_it_is_refused()
{
	a_vlan
	ip netns add z1
	dladm set-linkprop -p maxbw=20 vlan200
	refused "maxbw of VLAN link 'vlan200' would not hold 'g1', which is over it" \
		dladm create-vnic -l vlan200 -p zone=z1 g1
	refused "maxbw of VLAN link 'vlan200' would not hold 'm1', which is over it" \
		dladm create-vnic -l vlan200 m1
	dladm reset-linkprop -p maxbw vlan200
	dladm create-vnic -l vlan200 -p zone=z1 g1
	refused "maxbw of VLAN link 'vlan200' would not hold 'g1'" dladm set-linkprop -p maxbw=0 vlan200
	refused "limit the links over 'vlan200', or the link below it" \
		dladm set-linkprop -p maxbw=20 vlan200
	dladm set-linkprop -p maxbw=20 net0
	dladm set-linkprop -p maxbw=10 g1
	dladm delete-vnic g1
	dladm set-linkprop -p maxbw=20 vlan200
	vwire check
}

# fq_codel shows its flows that wait as classes.
test_a_limit_is_changed_while_a_thousand_flows_wait()
{
	local rate

	nic net0
	tc qdisc add dev net0 root fq_codel 2>/dev/null || skip "this kernel has no fq_codel"
	tc qdisc del dev net0 root
	guest z1 g1 10.0.0.1 net0 -p maxbw=1
	ip -n wire addr add 10.0.0.5/24 dev wire0
	wait_for 5 reaches z1 10.0.0.5
	in_zone z1 timeout 60 /usr/bin/python3 -c 'import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
while True:
    for port in range(1, 65536):
        try:
            s.sendto(b"x", ("10.0.0.5", port))
        except OSError:
            pass' &
	for rate in 2 1 3 1 2 1 3 1; do
		wait_for 10 eval 'tc class show dev net0-q | grep -q "^class fq_codel"'
		dladm set-linkprop -p maxbw=$rate net0
		dladm set-linkprop -p maxbw=$rate g1
		eq "$(value g1 maxbw)" ${rate}M
	done
	has "$(tc class show dev net0-q classid 1:1)" "ceil 1Mbit"
	dladm set-linkprop -p maxbw=0 net0
	dladm reset-linkprop -p maxbw net0
	vwire check
}

# What ethtool shows of offloads that are in the way of a switch.
offloads() { ethtool -k "$1" | grep -E '^(rx-vlan-filter|large-receive-offload):'; }

test_offloads_of_the_uplink_are_off_for_its_ports_and_on_again_without_them()
{
	local before lab=$VW_BUILD/tests/netns/policy_lab

	need_cmd ethtool
	[ -x "$lab" ] || skip "there is no $lab: build first"
	ip link add bond0 type bond		# a NIC that has both offloads
	ip link add bond1 type bond
	ip link set bond1 master bond0
	ip link set bond0 up
	offloads bond1 | grep -q 'rx-vlan-filter: on$' || skip "this kernel's bonds filter no VLANs"
	before=$(offloads bond0; offloads bond1)
	ip netns add z1
	ip link add p1 type veth peer name v1 netns z1
	"$lab" <<<$'link p1 port strict sw=bond0 mac=2:0:0:0:0:1\nset'
	has "$(offloads bond1)" "rx-vlan-filter: on"
	"$lab" <<<$'link p1 port strict sw=bond0 vid=5 mac=2:0:0:0:0:1\nset'
	has "$(offloads bond1)" "rx-vlan-filter: off"
	has "$(offloads bond0)" "large-receive-offload: off"
	"$lab" <<<"del p1"
	eq "$(offloads bond0; offloads bond1)" "$before"
	# one NIC by itself; what was off stays off
	ip link set bond1 nomaster
	ip link set bond1 up
	ethtool -K bond1 large-receive-offload off
	before=$(offloads bond1)
	"$lab" <<<$'link p1 port strict sw=bond1 vid=5 mac=2:0:0:0:0:1\nset'
	"$lab" <<<"del p1"
	eq "$(offloads bond1)" "$before"
}

test_leaves_are_fq_codel_where_the_kernel_has_it()
{
	nic net0
	tc qdisc add dev net0 root fq_codel 2>/dev/null || skip "this kernel has no fq_codel"
	tc qdisc del dev net0 root
	ip netns add z1
	dladm create-vnic -l net0 -p zone=z1 -p maxbw=10 g1
	dladm create-vnic -l net0 -p maxbw=1 host1
	eq "$(tc qdisc show dev net0-q | cut -d' ' -f2 | sort -u | paste -sd' ')" "fq_codel htb"
	# The probe leaves nothing behind.
	eq "$(tc qdisc show dev net0-r | grep -v noqueue | grep -v clsact)" ""
	vwire check
}

run_tests

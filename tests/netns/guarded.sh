#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Guarded VNICs: who reaches whom, what is left of the NIC, and what survives what.
. "${VW_SOURCE:-$(dirname "$0")/../..}/tests/lib.sh"

# ping ZONE ADDRESS; "-": from the host
reaches()
{
	if [ "$1" = - ]; then ping -c 1 -W 1 -q "$2"; else in_zone "$1" ping -c 1 -W 1 -q "$2"; fi
}

# addr ZONE DEVICE ADDRESS: IPv4 and, without waiting for others to object, IPv6
addr()
{
	local ip=(ip)

	[ "$1" = - ] || ip=(ip -n "$1")
	"${ip[@]}" addr add "10.0.0.$3/24" dev "$2"
	"${ip[@]}" addr add "fd00::$3/64" dev "$2" nodad
	"${ip[@]}" link set "$2" up
}

# Two zones with a guarded VNIC each, a macvlan of the host in a namespace of its own, the host
# itself and the wire.
everybody()
{
	nic net0
	for zone in z1 z2 mv; do ip netns add $zone; done
	dladm create-vnic -l net0 -p zone=z1 g1
	dladm create-vnic -l net0 -p zone=z2 g2
	dladm create-vnic -l net0 -p zone=mv -p datapath=direct m1
	addr z1 g1 1
	addr z2 g2 2
	addr mv m1 3
	addr - net0 4
	addr wire wire0 5
}

test_everybody_reaches_everybody()
{
	everybody
	for from in z1 z2 mv - wire; do
		for to in 1 2 3 4 5; do
			# macvlan: its NIC's own address is out of its reach, both ways
			case $from:$to in mv:4|-:3|z1:1|z2:2|mv:3|-:4|wire:5) continue;; esac
			wait_for 3 reaches $from 10.0.0.$to
			wait_for 3 reaches $from fd00::$to
		done
	done
}

test_the_nic_keeps_its_address_and_is_no_port()
{
	nic net0
	wait_for 3 grep -q up /sys/class/net/net0/operstate
	ip addr add 10.0.0.4/24 dev net0
	before=$(ip -o -d link show net0 | sed 's/ qdisc [a-z]*//; s/promiscuity [0-9]*//; s/ALLMULTI,//; s/allmulti [0-9]//')
	ip netns add z1
	dladm create-vnic -l net0 -p zone=z1 g1
	eq "$(ip -o -d link show net0 | sed 's/ qdisc [a-z]*//; s/promiscuity [0-9]*//; s/ALLMULTI,//; s/allmulti [0-9]//')" "$before"
	has "$(ip -o addr show net0)" 10.0.0.4/24
}

test_the_filter_of_the_nic_knows_the_address()
{
	nic net0
	ip netns add z1
	dladm create-vnic -l net0 -p zone=z1 -m 2:8:20:1:2:3 g1
	has "$(bridge fdb show dev net0)" 02:08:20:01:02:03
	dladm delete-vnic g1
	case $(bridge fdb show dev net0) in *02:08:20:01:02:03*) fail "it is still there";; esac
}

test_a_new_address_passes_and_the_old_one_does_not()
{
	nic net0
	ip netns add z1
	dladm create-vnic -l net0 -p zone=z1 -p protection=mac-nospoof -m 2:8:20:1:2:3 g1
	addr z1 g1 1
	addr wire wire0 5
	wait_for 3 reaches z1 10.0.0.5
	dladm set-linkprop -p mac-address=2:8:20:1:2:4 g1
	eq "$(in_zone z1 cat /sys/class/net/g1/address)" 02:08:20:01:02:04
	eq "$(bridge fdb show dev net0 | sed -n 's/^\(02[^ ]*\).*/\1/p')" 02:08:20:01:02:04
	ip -n wire neigh flush all
	wait_for 3 reaches wire 10.0.0.1
	wait_for 3 reaches z1 10.0.0.5
	ip -n z1 link set g1 address 2:8:20:1:2:3
	not reaches z1 10.0.0.5
	not reaches z1 fd00::5
	ip -n z1 link set g1 address 2:8:20:1:2:4
	wait_for 3 reaches z1 10.0.0.5
}

test_one_address_only()
{
	nic net0
	ip netns add z1
	dladm create-vnic -l net0 -p zone=z1 g1
	refused "VNIC 'g1' is a guarded one over a NIC, which receives one address only" \
		dladm set-linkprop -p secondary-macs=2:8:20:0:0:a g1
	eq "$(dladm show-linkprop -c -o value -p secondary-macs g1)" "?"
}

test_nothing_is_left_when_the_last_one_goes()
{
	nic net0
	before=$(tc qdisc show; ip -br link | cut -d' ' -f1)
	ip netns add z1
	dladm create-vnic -l net0 -p zone=z1 -p maxbw=10 g1
	dladm delete-vnic g1
	eq "$(tc qdisc show; ip -br link | cut -d' ' -f1)" "$before"
}

test_a_link_without_policy_has_no_qdisc_and_no_filter()
{
	nic net0
	dladm create-vnic -l net0 vnic1
	dladm create-etherstub stub1
	dladm create-vnic -l stub1 vnic2
	for dev in net0 vnic1 vnic2 vnic2-p; do
		eq "$(tc qdisc show dev $dev | grep -v noqueue)" "" "qdisc of $dev"
	done
	dladm set-linkprop -p maxbw=10 vnic1
	[ -n "$(tc qdisc show dev vnic1 | grep clsact)" ] || fail "a limit without a hook"
	dladm reset-linkprop -p maxbw vnic1
	eq "$(tc qdisc show dev vnic1 | grep -v noqueue)" ""
	eq "$(ip -br link | grep -c net0-q)" 0
}

test_vlans_are_apart_and_users_see_no_tags()
{
	nic net0
	for zone in z1 z2 z3; do ip netns add $zone; done
	dladm create-vnic -l net0 -v 200 -p zone=z1 a1
	dladm create-vnic -l net0 -v 200 -p zone=z2 a2
	dladm create-vnic -l net0 -v 300 -p zone=z3 b1
	addr z1 a1 1
	addr z2 a2 2
	addr z3 b1 3
	wait_for 3 reaches z1 10.0.0.2
	! reaches z1 10.0.0.3 || fail "VLAN 200 reaches VLAN 300"
	in_zone wire timeout 2 tcpdump -lnei wire0 -c 3 vlan 200 >seen 2>/dev/null &
	sleep 0.3
	for _ in 1 2 3; do reaches z1 10.0.0.9 || :; done
	wait
	has "$(cat seen)" "vlan 200"
}

test_setting_the_zone_keeps_name_address_properties_flows_and_counters()
{
	nic net0
	ip netns add z1
	ip netns add z2
	dladm create-vnic -l net0 -p zone=z1 -p maxbw=50 g1
	flowadm add-flow -l g1 -a transport=icmp icmp1
	addr z1 g1 1
	addr wire wire0 5
	wait_for 3 reaches z1 10.0.0.5
	mac=$(dladm show-vnic -p -o macaddress g1)
	count=$(flowadm show-flow -s -p -o opackets icmp1)
	[ "$count" -gt 0 ] || fail "nothing was counted"
	dladm set-linkprop -p zone=z2 g1
	eq "$(dladm show-vnic -p -o macaddress g1)" "$mac"
	eq "$(dladm show-linkprop -c -o value -p maxbw g1)" 50M
	eq "$(flowadm show-flow -s -p -o opackets icmp1)" "$count" "counter after the move"
	addr z2 g1 1
	wait_for 3 reaches z2 10.0.0.5
	[ "$(flowadm show-flow -s -p -o opackets icmp1)" -gt "$count" ] || fail "it stopped counting"
	vwire check
}

test_clearing_the_zone_brings_it_back_to_the_host()
{
	nic net0
	ip netns add z1
	dladm create-vnic -l net0 -p zone=z1 g1
	eq "$(dladm show-linkprop -c -o value -p datapath g1)" guarded
	dladm reset-linkprop -p zone g1
	eq "$(dladm show-linkprop -c -o value -p datapath g1)" direct
	has "$(ip -d link show g1)" macvlan
	vwire check
}

test_datapath_is_chosen()
{
	nic net0
	ip netns add z1
	dladm create-vnic -l net0 -p zone=z1 -p datapath=direct m1
	has "$(ip -n z1 -d link show m1)" macvlan
	refused "could lift any limit" dladm set-linkprop -p maxbw=10 m1
	refused "could lift any limit" dladm set-linkprop -p protection=mac-nospoof m1
	refused "could lift any limit" flowadm add-flow -l m1 -a transport=tcp tcp1
	dladm set-linkprop -p datapath=guarded m1
	has "$(ip -n z1 -d link show m1)" veth
	dladm set-linkprop -p maxbw=10 m1
	refused "could lift any limit" dladm set-linkprop -p datapath=direct m1
	vwire check
}

# Two zones of an etherstub; the owner of the first hides its end from the host: "mark" takes away
# the mark that tells it is ours, "nested" moves it to a namespace inside the zone.
hidden_end()
{
	dladm create-etherstub stub1
	ip netns add z1
	ip netns add z2
	dladm create-vnic -l stub1 -p zone=z1 cust1
	dladm create-vnic -l stub1 -p zone=z2 cust2
	addr z1 cust1 1
	addr z2 cust2 2
	wait_for 3 reaches z1 10.0.0.2
	if [ "$1" = mark ]; then
		ip -n z1 link set cust1 group 0
		return
	fi
	ip netns add inner
	ip -n z1 link set cust1 netns inner
	addr inner cust1 1
	wait_for 3 reaches inner 10.0.0.2
}

# ports: port ends in the host
ports()
{
	ip -br link | sed -n 's/^\([^ ]*-p\)@.*/\1/p' | sort | paste -sd' '
}

test_a_new_name_reaches_the_port_whatever_its_owner_does_to_its_end()
{
	local how

	for how in mark nested; do
		hidden_end $how
		dladm rename-link cust1 cust3
		eq "$(ports)" "cust2-p cust3-p" "ports, $how"
		dladm rename-link cust3 cust4
		vwire restore >/dev/null
		eq "$(ports)" "cust2-p cust4-p" "ports after restore, $how"
		eq "$(ip -n z1 -br link | grep -c ^cust)" 1 "ends in the zone, $how"
		vwire check
		dladm delete-vnic cust4 cust2
		dladm delete-etherstub stub1
		ip -all netns del
	done
}

test_a_name_that_is_taken_in_the_zone_is_told()
{
	dladm create-etherstub stub1
	ip netns add z1
	dladm create-vnic -l stub1 -p zone=z1 cust1
	ip -n z1 link add cust3 type veth peer name x1
	refused "zone 'z1' has a link named 'cust3'" dladm rename-link cust1 cust3
	eq "$(ports)" cust1-p
	vwire check
}

test_deleting_cuts_off_whoever_hid_its_end_under_a_new_name_too()
{
	local how zone

	for how in mark nested; do
		hidden_end $how
		dladm rename-link cust1 cust3
		dladm delete-vnic cust3
		eq "$(ports)" cust2-p "ports, $how"
		for zone in z1 inner; do
			[ ! -e /run/netns/$zone ] || eq "$(ip -n $zone -br link | grep -c ^cust)" 0 "$how"
		done
		vwire check
		dladm delete-vnic cust2
		dladm delete-etherstub stub1
		ip -all netns del
	done
}

test_a_port_that_no_document_asks_for_is_told_with_how_to_remove_it()
{
	local verb

	hidden_end mark
	sed -i '/^"cust1":/d' "$VWIRE_ROOT/etc/vwire/config.json"
	for verb in check restore; do
		vwire $verb >out || :
		has "$(cat out)" "no document asks for it; 'ip link delete cust1-p' removes it" "$verb"
	done
	ip link delete cust1-p
	vwire check
	not reaches z1 10.0.0.2
}

test_what_its_owner_deletes_is_told_and_comes_back_guarded()
{
	nic net0
	ip netns add z1
	dladm create-vnic -l net0 -p zone=z1 -p maxbw=10 g1
	ip -n z1 link del g1
	vwire check >out && fail "check did not see it"
	has "$(cat out)" g1
	vwire restore >/dev/null
	vwire check
	eq "$(dladm show-linkprop -c -o value -p maxbw,datapath g1 | paste -sd' ')" "10M guarded"
}

test_a_hook_that_was_taken_away_is_seen_and_repaired()
{
	nic net0
	ip netns add z1
	dladm create-vnic -l net0 -p zone=z1 g1
	tc qdisc del dev g1-p clsact
	vwire check >out && fail "check did not see it"
	has "$(cat out)" "not in place"
	vwire restore >/dev/null
	vwire check
}

test_it_survives_a_new_name()
{
	nic net0
	ip netns add z1
	dladm create-vnic -l net0 -p zone=z1 -p maxbw=10 g1
	flowadm add-flow -l g1 -a transport=tcp tcp1
	dladm rename-link g1 guest1
	eq "$(dladm show-linkprop -c -o value -p maxbw guest1)" 10M
	eq "$(flowadm show-flow -p -o link tcp1)" guest1
	ip link set net0 down		# some kernels rename it only then
	dladm rename-link net0 uplink0
	ip link set uplink0 up
	vwire check
	addr z1 guest1 1
	addr wire wire0 5
	wait_for 3 reaches z1 10.0.0.5
}

test_over_an_etherstub_its_owner_is_held_too()
{
	dladm create-etherstub stub1
	ip netns add z1
	ip netns add z2
	dladm create-vnic -l stub1 -p zone=z1 -p protection=mac-nospoof,ip-nospoof \
		-p allowed-ips=10.0.0.1,fd00::/64 a1
	dladm create-vnic -l stub1 -p zone=z2 a2
	addr z1 a1 1
	addr z2 a2 2
	wait_for 3 reaches z1 10.0.0.2
	wait_for 3 reaches z1 fd00::2
	ip -n z1 addr add 10.0.0.66/24 dev a1
	! in_zone z1 ping -c 1 -W 1 -q -I 10.0.0.66 10.0.0.2 || fail "a forged address passes"
	dladm set-linkprop -p allowed-ips=10.0.0.1,10.0.0.66 a1
	wait_for 3 in_zone z1 ping -c 1 -W 1 -q -I 10.0.0.66 10.0.0.2
}

test_the_monitor_tells_what_an_owner_deletes()
{
	! grep -q libasan "$VW_BUILD/lib/libvwire.so" || skip "python3 cannot load a library with ASan"
	nic net0
	ip netns add z1
	dladm create-vnic -l net0 -p zone=z1 g1
	PYTHONPATH=$VW_BUILD/bindings/python /usr/bin/python3 - >seen <<-'E'
		import subprocess, vwire
		with vwire.open() as h, h.monitor() as m:
		    subprocess.run(['ip', '-n', 'z1', 'link', 'del', 'g1'], check=True)
		    for event in m.events(timeout=3):
		        print(event.type, event.name)
		        if event.name == 'g1':
		            break
	E
	has "$(cat seen)" "g1"
}

names()
{
	{ ip -br link; ip -n z1 -br link; } | cut -d' ' -f1
}

test_a_link_whose_policy_cannot_be_kept_is_not_made()
{
	local before out what

	nic net0
	ip netns add z1
	before=$(names)
	for what in zone=z1 maxbw=10; do
		out=$(setpriv --bounding-set -bpf,-sys_admin,-perfmon --inh-caps -bpf,-sys_admin,-perfmon \
		      dladm create-vnic -l net0 -p "$what" v0 2>&1) && fail "v0 was made with $what"
		has "$out" "cannot create vnic 'v0'"
		eq "$(names)" "$before"
	done
	eq "$(dladm show-vnic -p -o link)" ""
}

run_tests

#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# VLANs over NICs: links of their own, and VNICs whose user never sees a tag.
. "${VW_SOURCE:-$(dirname "$0")/../..}/tests/lib.sh"

need_kind vlan

zone_with()	# ZONE LINK ADDRESS OVER VID
{
	ip netns add "$1"
	dladm create-vnic -l "$4" -v "$5" -p zone="$1" "$2"
	ip -n "$1" addr add "$3/24" dev "$2"
	ip -n "$1" link set "$2" up
}

reaches()
{
	in_zone "$1" ping -c 1 -W 2 "$2" >/dev/null
}

# capture NAMESPACE DEVICE FILE FILTER...: the first frame that matches, with its Ethernet header
capture()
{
	local zone=$1 dev=$2 file=$3

	shift 3
	in_zone "$zone" timeout 20 tcpdump -nn -e -l -c 1 -i "$dev" "$@" >"$file" 2>"$file.err" &
	wait_for 10 grep -q 'listening on' "$file.err"
}

test_a_vlan_link_talks_to_its_vlan()
{
	nic net0
	ip -n wire link add link wire0 name w100 type vlan id 100
	ip -n wire addr add 10.1.0.2/24 dev w100
	ip -n wire link set w100 up
	dladm create-vlan -l net0 -v 100 vlan100
	eq "$(dladm show-vlan -p -o link,vid,over,flags)" 'vlan100:100:net0:-----'
	eq "$(dladm show-link -p -o class,over vlan100)" vlan:net0
	ip addr add 10.1.0.1/24 dev vlan100
	ping -c 1 -W 3 10.1.0.2 >/dev/null
	dladm delete-vlan vlan100
	not ip link show vlan100
	eq "$(dladm show-vlan)" ''
}

test_a_vlan_without_a_name_gets_the_classical_one()
{
	nic net3
	dladm create-vlan -l net3 -v 2
	eq "$(dladm show-vlan -p -o link,vid,over)" net2003:2:net3
	refused '' dladm create-vlan -l net3 -v 2 other2
	refused '' dladm create-vlan -l net3 -v 4095 other3
	refused '' dladm create-vlan -l net3 -v 0 other4
}

test_a_vnic_over_a_vlan_link_lives_in_that_vlan()
{
	nic net0
	ip -n wire link add link wire0 name w100 type vlan id 100
	ip -n wire addr add 10.1.0.2/24 dev w100
	ip -n wire link set w100 up
	dladm create-vlan -l net0 -v 100 vlan100
	ip netns add web
	dladm create-vnic -l vlan100 -p zone=web web1
	ip -n web addr add 10.1.0.5/24 dev web1
	ip -n web link set web1 up
	reaches web 10.1.0.2
	refused web1 dladm delete-vlan vlan100
}

test_frames_of_a_vnic_with_a_vid_are_tagged_outside_and_untagged_inside()
{
	nic net0
	ip -n wire link add link wire0 name w200 type vlan id 200
	ip -n wire addr add 10.2.0.2/24 dev w200
	ip -n wire link set w200 up
	zone_with web web1 10.2.0.1 net0 200
	capture wire wire0 "$TESTDIR/outside" vlan 200 and icmp
	capture web web1 "$TESTDIR/inside" icmp
	wait_for 10 reaches web 10.2.0.2
	wait
	has "$(cat "$TESTDIR/outside")" 'vlan 200' 'the frame on the wire'
	has "$(cat "$TESTDIR/inside")" 'ethertype IPv4' 'the frame in the zone'
	not grep -q vlan "$TESTDIR/inside"
}

test_the_same_vid_talks_and_others_never_do()
{
	nic net0
	zone_with a vlan200vnic0 10.2.0.1 net0 200
	zone_with b vlan200vnic1 10.2.0.2 net0 200
	zone_with c vlan300vnic0 10.2.0.3 net0 300
	ip netns add d
	dladm create-vnic -l net0 -p zone=d plain0
	ip -n d addr add 10.2.0.4/24 dev plain0
	ip -n d link set plain0 up
	eq "$(dladm show-vnic -p -o link,vid | sort)" \
		$'plain0:0\nvlan200vnic0:200\nvlan200vnic1:200\nvlan300vnic0:300'
	reaches a 10.2.0.2
	reaches b 10.2.0.1
	for pair in 'a 3' 'a 4' 'c 1' 'c 2' 'c 4' 'd 1' 'd 3'; do
		not reaches "${pair% *}" "10.2.0.${pair#* }"
	done
}

test_the_device_below_is_hidden_and_goes_with_the_last_vnic()
{
	local before

	nic net0
	before=$(snapshot)
	dladm create-vnic -l net0 -v 200 a0
	dladm create-vnic -l net0 -v 200 b0
	ip -d link show net0.200-v | grep -q 'vlan protocol 802.1Q id 200'
	eq "$(dladm show-link -p -o link | sort | paste -sd' ')" 'a0 b0 net0'
	dladm delete-vnic a0
	ip link show net0.200-v >/dev/null
	dladm delete-vnic b0
	eq "$(snapshot)" "$before" 'the kernel after the last VNIC has gone'
}

test_what_is_made_over_a_nic_that_is_down_speaks_no_ipv6_when_that_comes_up()
{
	nic net0
	ip link set net0 down
	dladm create-vlan -l net0 -v 100 vlan100
	dladm create-vnic -l net0 -v 200 vnic1
	for dev in vlan100 net0.200-v; do
		has "$(ip -d link show $dev)" "addrgenmode none" $dev
		eq "$(cat /proc/sys/net/ipv6/conf/$dev/accept_ra)" 0 $dev
	done
	ip link set net0 up
	for dev in vlan100 net0.200-v; do
		wait_for 5 grep -qx up /sys/class/net/$dev/operstate
		eq "$(ip -6 -o addr show dev $dev)" "" $dev
	done
}

# What hangs on the link's own hooks is not held by those of the NIC; nor is it a moment longer.
test_a_deleted_vlan_link_is_forgotten_by_the_switch()
{
	nic net0
	ip netns add z1
	dladm create-vnic -l net0 -p zone=z1 g1
	dladm create-vlan -l net0 -v 100 vlan100
	dladm delete-vlan vlan100
	ip link add link net0 name other100 type vlan id 100
	ip addr add 10.1.0.1/24 dev other100
	ip link set other100 up
	ip -n wire link add link wire0 name w100 type vlan id 100
	ip -n wire addr add 10.1.0.2/24 dev w100
	ip -n wire link set w100 up
	wait_for 10 ping -c 1 -W 1 10.1.0.2
	dladm set-linkprop -p maxbw=0 net0
	not ping -c 1 -W 1 10.1.0.2
}

test_a_vid_over_a_simnet_and_over_an_aggr_works_too()
{
	dladm create-simnet sim0
	dladm create-simnet sim1
	dladm modify-simnet -p sim1 sim0
	zone_with a a0 10.3.0.1 sim0 7
	zone_with b b0 10.3.0.2 sim1 7
	zone_with c c0 10.3.0.3 sim1 8
	wait_for 5 reaches a 10.3.0.2
	not reaches a 10.3.0.3
}

run_tests

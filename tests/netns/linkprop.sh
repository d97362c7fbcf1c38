#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Properties of links: set, shown, reset and refused on each class, against what the kernel says.
. "${VW_SOURCE:-$(dirname "$0")/../..}/tests/lib.sh"

# prop LINK NAME [FIELD]: one field of one property, the value if none is named.
prop()
{
	dladm show-linkprop -c -o "${3:-value}" -p "$2" "$1"
}

is()
{
	[ "$(prop "$1" "$2")" = "$3" ]
}

# saved LINK NAME: the value that the saved configuration has.
saved()
{
	dladm show-linkprop -P -c -o value -p "$2" "$1"
}

# field PATH: a value out of the first object of JSON on stdin: "mtu", "linkinfo.info_slave_data.cost".
field()
{
	/usr/bin/python3 -c '
import functools, json, sys
def step(at, key):
    return at.get(key, "") if isinstance(at, dict) else ""
found = functools.reduce(step, sys.argv[1].split("."), json.load(sys.stdin)[0])
print(str(found).lower() if isinstance(found, bool) else found)' "$1"
}

# dev NAME PATH [ZONE]: what ip(8) says of a device.
dev()
{
	ip ${3:+-n "$3"} -d -j link show dev "$1" | field "$2"
}

# port NAME KEY: what the kernel says of a bridge port.
port()
{
	dev "$1" "linkinfo.info_slave_data.$2"
}

# fdb PORT: addresses that are set, not learnt, on a port of a bridge; each once, though kernels with
# VLAN filtering list one per VLAN.
fdb()
{
	bridge fdb show dev "$1" | awk '/master/ && /static/ && !/permanent/ { print $1 }' | sort -u |
		paste -sd,
}

stub_vnic()
{
	dladm create-etherstub stub1
	dladm create-vnic -l stub1 -m 2:8:20:0:0:1 web1
}

# --- mtu -----------------------------------------------------------------------------------------

test_the_mtu_of_a_vnic_over_an_etherstub_is_set_on_both_ends()
{
	stub_vnic
	eq "$(prop web1 mtu value,perm,default,possible)" 9000:rw:9000:576-9000
	dladm set-linkprop -p mtu=1400 web1
	eq "$(dev web1 mtu) $(dev web1-p mtu)" "1400 1400"
	eq "$(prop web1 mtu)" 1400
	dladm set-linkprop -p mtu=8000 web1
	eq "$(dev web1 mtu) $(dev web1-p mtu)" "8000 8000"
	dladm reset-linkprop -p mtu web1
	eq "$(dev web1 mtu) $(dev web1-p mtu)" "9000 9000"
}

test_the_mtu_of_a_vnic_over_a_nic_ends_at_that_of_the_nic()
{
	need_kind macvlan
	nic net0
	dladm create-vnic -l net0 web1
	eq "$(prop web1 mtu value,default,possible)" 1500:1500:576-1500
	refused "mtu: must be a number from 576 to 1500, is '9000'" \
		dladm set-linkprop -p mtu=9000 web1
	dladm set-linkprop -p mtu=9000 net0
	dladm set-linkprop -p mtu=9000 web1
	eq "$(dev net0 mtu) $(dev web1 mtu)" "9000 9000"
	dladm set-linkprop -p mtu=1400 web1
	dladm reset-linkprop -p mtu web1
	eq "$(dev web1 mtu)" 9000
}

test_an_etherstub_keeps_an_mtu_that_its_vnics_need()
{
	stub_vnic
	eq "$(prop stub1 mtu value,default)" 9000:9000
	refused "a VNIC over etherstub 'stub1' has an mtu of 9000" \
		dladm set-linkprop -p mtu=1500 stub1
	dladm set-linkprop -p mtu=1400 web1
	dladm set-linkprop -p mtu=1500 stub1
	eq "$(dev stub1 mtu)" 1500
	eq "$(prop web1 mtu possible)" 576-1500
	dladm reset-linkprop -p mtu stub1
	eq "$(dev stub1 mtu)" 9000
}

test_an_etherstub_keeps_its_mtu_whatever_its_vnics_have()
{
	stub_vnic
	dladm set-linkprop -p mtu=1400 web1
	eq "$(dev stub1 mtu)" 9000 "below a smaller VNIC"
	dladm create-vnic -l stub1 web2
	eq "$(dev web2 mtu)" 9000
	dladm delete-vnic web2
	dladm delete-vnic web1
	eq "$(dev stub1 mtu)" 9000 "without VNICs"
}

test_the_mtu_of_a_nic_a_simnet_and_a_bridge_is_set()
{
	nic net0
	dladm create-simnet sim0
	dladm create-bridge br
	for link in net0 sim0 br; do
		dladm set-linkprop -p mtu=1400 "$link"
		eq "$(dev "$link" mtu)" 1400 "$link"
		dladm reset-linkprop -p mtu "$link"
		eq "$(dev "$link" mtu)" 1500 "$link"
	done
}

test_the_mtu_of_a_vlan_ends_at_that_of_the_link_below()
{
	need_kind vlan
	nic net0
	dladm create-vlan -l net0 -v 7 vlan7
	refused "mtu: must be a number from" dladm set-linkprop -p mtu=9000 vlan7
	dladm set-linkprop -p mtu=1400 vlan7
	eq "$(dev vlan7 mtu)" 1400
	dladm reset-linkprop -p mtu vlan7
	eq "$(dev vlan7 mtu)" 1500
}

test_the_mtu_of_an_aggregation_is_set()
{
	need_kind bond
	nic net0
	dladm create-aggr -l net0 aggr0
	dladm set-linkprop -p mtu=1400 aggr0
	eq "$(dev aggr0 mtu)" 1400
	dladm reset-linkprop -p mtu aggr0
	eq "$(dev aggr0 mtu)" 1500
}

test_the_mtu_of_a_vnic_in_a_zone_is_set_there()
{
	stub_vnic
	ip netns add web
	dladm set-linkprop -p zone=web web1
	dladm set-linkprop -p mtu=1400 web1
	eq "$(dev web1 mtu web) $(dev web1-p mtu)" "1400 1400"
	eq "$(prop web1 mtu)" 1400
}

test_a_wrong_mtu_is_refused()
{
	stub_vnic
	for value in abc 575 9001 1500x -1 1e3 99999999999999999999; do
		refused "mtu: must be a number from 576 to 9000, is '$value'" \
			dladm set-linkprop -p "mtu=$value" web1
	done
	refused "mtu" dladm set-linkprop -p mtu= web1
}

# --- txqueuelen, alias, state ---------------------------------------------------------------------

test_txqueuelen_is_set_on_every_class()
{
	stub_vnic
	nic net0
	dladm create-simnet sim0
	for link in web1 stub1 net0 sim0; do
		dladm set-linkprop -p txqueuelen=77 "$link"
		eq "$(dev "$link" txqlen) $(prop "$link" txqueuelen)" "77 77" "$link"
		dladm reset-linkprop -p txqueuelen "$link"
		eq "$(dev "$link" txqlen)" 1000 "$link"
	done
	refused "txqueuelen: must be a number from 0 to 1000000, is 'many'" \
		dladm set-linkprop -p txqueuelen=many web1
}

# shellcheck disable=SC2016	# nothing of the alias shall expand
test_an_alias_is_set_shown_and_taken_away()
{
	stub_vnic
	dladm set-linkprop -p 'alias=rack 3: `x` "y"' web1
	eq "$(dev web1 ifalias)" 'rack 3: `x` "y"'
	eq "$(prop web1 alias)" 'rack 3: `x` "y"'
	dladm reset-linkprop -p alias web1
	eq "$(dev web1 ifalias)" ''
	eq "$(prop web1 alias)" ''
}

test_an_alias_with_control_characters_or_too_long_is_refused()
{
	stub_vnic
	refused "alias: must be printable UTF-8 text" \
		dladm set-linkprop -p $'alias=a\033[2Jb' web1
	refused "alias: must be printable UTF-8 text" \
		dladm set-linkprop -p $'alias=a\xe2\x80\xaeb' web1
	refused "alias" dladm set-linkprop -p "alias=$(printf 'a%.0s' {1..300})" web1
}

test_an_alias_others_set_is_shown_escaped()
{
	nic net0
	ip link set net0 alias $'a\033[2Jb'
	case $(dladm show-linkprop -p alias net0) in
	*$'\033'*) fail "an escape sequence came through";;
	esac
}

test_state_follows_the_carrier_and_cannot_be_set()
{
	nic net0
	wait_for 10 is net0 state up
	ip -n wire link set wire0 down
	wait_for 10 is net0 state down
	eq "$(prop net0 state perm,default,possible)" r-:up:up,down
	refused "the property is read-only" \
		dladm set-linkprop -p state=down net0
}

test_what_the_kernel_has_is_shown_not_what_was_asked_for()
{
	stub_vnic
	dladm set-linkprop -p txqueuelen=77 web1
	ip link set web1 txqueuelen 88
	eq "$(prop web1 txqueuelen) $(saved web1 txqueuelen)" "88 77"
}

# --- hardware -------------------------------------------------------------------------------------

test_what_a_driver_lacks_is_refused_and_not_listed()
{
	local shown

	nic net0
	refused "flowctrl" dladm set-linkprop -t -p flowctrl=no net0
	refused "adv_autoneg_cap: the driver of link 'net0' has no such thing" \
		dladm set-linkprop -t -p adv_autoneg_cap=0 net0
	shown=$(dladm show-linkprop -o property net0)
	case $shown in
	*flowctrl*|*media*) fail "listed what a veth has not: $shown";;
	esac
	eq "$(prop net0 speed value,perm)" 10000:r-
	eq "$(prop net0 duplex)" full
	refused "flowctrl: must be one of no, tx, rx, bi, is 'both'" \
		dladm set-linkprop -p flowctrl=both net0
	refused "the property is read-only" dladm set-linkprop -p speed=10 net0
}

# --- addresses -------------------------------------------------------------------------------------

test_secondary_addresses_reach_a_vnic_over_an_etherstub()
{
	stub_vnic
	eq "$(prop web1 secondary-macs value,default)" :--
	dladm set-linkprop -p secondary-macs=2:8:20:0:0:b,02-08-20-00-00-0A web1
	eq "$(prop web1 secondary-macs)" 2:8:20:0:0:a,2:8:20:0:0:b
	eq "$(fdb web1-p)" 02:08:20:00:00:01,02:08:20:00:00:0a,02:08:20:00:00:0b
	dladm set-linkprop -p secondary-macs=2:8:20:0:0:c,2:8:20:0:0:a web1
	eq "$(fdb web1-p)" 02:08:20:00:00:01,02:08:20:00:00:0a,02:08:20:00:00:0c
	dladm reset-linkprop -p secondary-macs web1
	eq "$(fdb web1-p)" 02:08:20:00:00:01
	eq "$(prop web1 secondary-macs)" ''
}

test_secondary_addresses_follow_a_vnic_into_a_zone()
{
	stub_vnic
	ip netns add web
	dladm set-linkprop -p secondary-macs=2:8:20:0:0:a web1
	dladm set-linkprop -p zone=web web1
	eq "$(fdb web1-p)" 02:08:20:00:00:01,02:08:20:00:00:0a
	eq "$(prop web1 secondary-macs)" 2:8:20:0:0:a
}

test_wrong_secondary_addresses_are_refused()
{
	stub_vnic
	dladm create-vnic -l stub1 -m 2:8:20:0:0:2 web2
	refused "must be an address such as" dladm set-linkprop -p secondary-macs=x web1
	refused "is a multicast address" dladm set-linkprop -p secondary-macs=1:0:0:0:0:1 web1
	refused "is the VNIC's first address" \
		dladm set-linkprop -p secondary-macs=2:8:20:0:0:1 web1
	refused "2:8:20:0:0:2 is taken on this etherstub" \
		dladm set-linkprop -p secondary-macs=2:8:20:0:0:3,2:8:20:0:0:2 web1
}

test_a_macvlan_takes_no_secondary_addresses()
{
	need_kind macvlan
	nic net0
	dladm create-vnic -l net0 web1
	refused "VNIC 'web1' is a macvlan, which receives one address only" \
		dladm set-linkprop -p secondary-macs=2:8:20:0:0:a web1
}

test_promisc_filtered_is_on_and_cannot_be_turned_off()
{
	stub_vnic
	eq "$(prop web1 promisc-filtered value,perm,default,possible)" on:r-:on:on
	refused "promisc-filtered: is always on" \
		dladm set-linkprop -p promisc-filtered=off web1
}

test_the_address_of_a_vnic_over_an_etherstub_changes_in_the_switch_too()
{
	stub_vnic
	dladm set-linkprop -p mac-address=02-08-20-36-ED-05 web1
	eq "$(dev web1 address)" 02:08:20:36:ed:05
	eq "$(fdb web1-p)" 02:08:20:36:ed:05
	eq "$(prop web1 mac-address value,perm)" '2\:8\:20\:36\:ed\:5:rw'
	eq "$(dladm show-vnic -p -o macaddress web1)" 2:8:20:36:ed:5
}

test_the_address_of_a_vnic_over_a_nic_and_of_a_nic_changes()
{
	need_kind macvlan
	nic net0
	dladm create-vnic -l net0 web1
	dladm set-linkprop -p mac-address=2:8:20:0:0:7 web1
	eq "$(dev web1 address)" 02:08:20:00:00:07
	dladm set-linkprop -p mac-address=2:8:20:0:0:8 net0
	eq "$(dev net0 address)" 02:08:20:00:00:08
	eq "$(prop net0 mac-address)" 2:8:20:0:0:8
}

test_a_wrong_or_taken_address_is_refused()
{
	stub_vnic
	dladm create-vnic -l stub1 -m 2:8:20:0:0:2 web2
	refused "must be an address such as" dladm set-linkprop -p mac-address=random web1
	refused "is a multicast address" dladm set-linkprop -p mac-address=1:0:0:0:0:1 web1
	refused "2:8:20:0:0:2" dladm set-linkprop -p mac-address=2:8:20:0:0:2 web1
}

# --- bridge ports ---------------------------------------------------------------------------------

test_spanning_tree_properties_of_a_port_are_set_in_the_kernel()
{
	dladm create-simnet sim0
	dladm create-bridge -l sim0 br
	eq "$(prop sim0 stp,stp_priority,stp_cost property,value,default,possible)" \
		"stp:1:1:0,1
stp_priority:128:128:0-252
stp_cost:auto:auto:"
	dladm set-linkprop -p stp=0 sim0
	eq "$(port sim0 guard) $(prop sim0 stp)" "true 0"
	dladm set-linkprop -p stp_priority=64 sim0
	eq "$(port sim0 priority) $(prop sim0 stp_priority)" "16 64"
	dladm set-linkprop -p stp_cost=77 sim0
	eq "$(port sim0 cost) $(prop sim0 stp_cost)" "77 77"
	dladm reset-linkprop -p stp,stp_priority,stp_cost sim0
	eq "$(port sim0 guard) $(port sim0 priority)" "false 32"
	eq "$(prop sim0 stp_cost)" auto
}

test_a_cost_that_is_the_automatic_one_is_shown_as_asked_for()
{
	local auto

	dladm create-simnet sim0
	dladm create-bridge -l sim0 br
	auto=$(port sim0 cost)
	dladm set-linkprop -p "stp_cost=$auto" sim0
	eq "$(prop sim0 stp_cost)" "$auto"
}

test_properties_of_ports_are_refused_elsewhere()
{
	stub_vnic
	nic net0
	refused "stp_cost: link 'net0' is not a port of a bridge" \
		dladm set-linkprop -p stp_cost=7 net0
	refused "no property 'stp' on a vnic" dladm set-linkprop -p stp=0 web1
	dladm create-simnet sim0
	dladm create-bridge -l sim0 br
	refused "stp_priority: must be a multiple of 4, is 130" \
		dladm set-linkprop -p stp_priority=130 sim0
	refused "stp_cost: must be auto or a number from 1 to 65535, is '0'" \
		dladm set-linkprop -p stp_cost=0 sim0
	refused "stp: must be one of 0, 1, is 'on'" dladm set-linkprop -p stp=on sim0
}

test_a_stopped_port_neither_takes_nor_gives_frames()
{
	local zone

	for zone in a b; do
		ip netns add "$zone"
	done
	nic net0
	nic net1
	ip link add other0 type bridge
	ip link set net0 master other0
	ip link set net1 master other0
	ip link set other0 up
	ip -n wire link set wire0 netns a
	ip -n wire link set wire1 netns b
	ip -n a addr add 192.0.2.1/24 dev wire0
	ip -n b addr add 192.0.2.2/24 dev wire1
	ip -n a link set wire0 up
	ip -n b link set wire1 up
	wait_for 20 ip netns exec a ping -c 1 -W 1 192.0.2.2
	dladm set-linkprop -t -p forward=0 net0
	eq "$(prop net0 forward value,default,possible)" 0:1:0,1
	! ip netns exec a ping -c 2 -i 0.2 -W 1 192.0.2.2 >/dev/null || fail "in through a stopped port"
	! ip netns exec b ping -c 2 -i 0.2 -W 1 192.0.2.1 >/dev/null || fail "out through a stopped port"
	# It stays so whatever else happens to the link.
	ip link set net0 alias x
	ip link set net0 down
	ip link set net0 up
	eq "$(prop net0 forward)" 0
	! ip netns exec a ping -c 2 -i 0.2 -W 1 192.0.2.2 >/dev/null || fail "after down and up"
	dladm reset-linkprop -t -p forward net0
	wait_for 20 ip netns exec a ping -c 1 -W 1 192.0.2.2
}

test_default_tag_without_vlan_filtering_is_refused_by_name()
{
	if ip link add other0 type bridge vlan_filtering 1 2>/dev/null; then
		skip "this kernel has bridge VLAN filtering"
	fi
	dladm create-simnet sim0
	dladm create-bridge -l sim0 br
	refused "no bridge VLAN filtering" \
		dladm set-linkprop -p default_tag=7 sim0
	refused "default_tag: must be a number from 0 to 4094, is '4095'" \
		dladm set-linkprop -p default_tag=4095 sim0
}

test_default_tag_is_the_untagged_vlan_of_a_filtering_bridge()
{
	need_kind bridge_vlan
	nic net0
	ip link add other0 type bridge vlan_filtering 1
	ip link set net0 master other0
	eq "$(prop net0 default_tag)" 1
	dladm set-linkprop -t -p default_tag=7 net0
	has "$(bridge vlan show dev net0)" "7 PVID Egress Untagged"
	eq "$(prop net0 default_tag)" 7
	dladm set-linkprop -t -p default_tag=0 net0
	eq "$(prop net0 default_tag)" 0
	dladm reset-linkprop -t -p default_tag net0
	has "$(bridge vlan show dev net0)" "1 PVID Egress Untagged"
}

# --- tunnels --------------------------------------------------------------------------------------

test_the_hop_limit_of_a_tunnel_is_set()
{
	need_kind ipip
	dladm create-iptun -T ipv4 -a local=192.0.2.1,remote=192.0.2.2 tun0
	eq "$(prop tun0 hoplimit value,default,possible)" 64:64:1-255
	dladm set-linkprop -p hoplimit=9 tun0
	eq "$(dev tun0 linkinfo.info_data.ttl) $(prop tun0 hoplimit)" "9 9"
	has "$(dev tun0 linkinfo.info_data.remote)" 192.0.2.2
	dladm reset-linkprop -p hoplimit tun0
	eq "$(dev tun0 linkinfo.info_data.ttl)" 64
	refused "encaplimit: only tunnels over IPv6 have it" \
		dladm set-linkprop -p encaplimit=3 tun0
}

test_the_encapsulation_limit_of_a_tunnel_is_set()
{
	need_kind ip6tnl
	dladm create-iptun -T ipv6 -a local=2001:db8::1,remote=2001:db8::2 tun0
	eq "$(prop tun0 encaplimit value,default,possible)" 4:4:0-255
	dladm set-linkprop -p encaplimit=3 tun0
	eq "$(prop tun0 encaplimit)" 3
	dladm set-linkprop -p encaplimit=0 tun0
	eq "$(prop tun0 encaplimit)" 0
	dladm reset-linkprop -p encaplimit tun0
	eq "$(prop tun0 encaplimit)" 4
}

# --- what holds for all ----------------------------------------------------------------------------

test_a_saved_value_comes_back_and_a_temporary_one_does_not()
{
	stub_vnic
	dladm set-linkprop -p mtu=1400 web1
	dladm set-linkprop -t -p txqueuelen=77 web1
	eq "$(saved web1 mtu) $(prop web1 mtu)" "1400 1400"
	eq "$(saved web1 txqueuelen) $(prop web1 txqueuelen)" " 77"
	dladm set-linkprop -t -p mtu=1300 web1
	eq "$(saved web1 mtu) $(prop web1 mtu)" "1400 1300"
	ip link del web1-p
	ip link del stub1
	rm -r "$VWIRE_ROOT/run"
	vwire restore
	eq "$(dev web1 mtu) $(dev web1-p mtu) $(dev web1 txqlen)" "1400 1400 1000"
}

test_a_reset_forgets_the_saved_value()
{
	stub_vnic
	dladm set-linkprop -p mtu=1400 web1
	dladm reset-linkprop -t -p mtu web1
	eq "$(saved web1 mtu) $(prop web1 mtu)" "1400 9000"
	dladm reset-linkprop -p mtu web1
	eq "$(saved web1 mtu)" ''
	case $(cat "$VWIRE_ROOT/etc/vwire/config.json") in
	*props*) fail "the saved value is still there";;
	esac
}

test_a_reset_of_everything_gives_every_default()
{
	local mac

	stub_vnic
	mac=$(dev web1 address)
	dladm set-linkprop -p mtu=1400,txqueuelen=77,alias=x,secondary-macs=2:8:20:0:0:a web1
	dladm reset-linkprop web1
	eq "$(dev web1 mtu) $(dev web1-p mtu) $(dev web1 txqlen)" "9000 9000 1000"
	eq "$(dev web1 ifalias) $(dev web1 address)" " $mac"
	eq "$(fdb web1-p)" 02:08:20:00:00:01
}

test_properties_given_at_creation_hold_at_once()
{
	dladm create-etherstub stub1
	dladm create-vnic -l stub1 -p mtu=1400,alias=first,txqueuelen=77 web1
	eq "$(dev web1 mtu) $(dev web1-p mtu) $(dev web1 ifalias) $(dev web1 txqlen)" \
		"1400 1400 first 77"
	eq "$(saved web1 mtu)" 1400
	refused "mtu: must be a number from" dladm create-vnic -l stub1 -p mtu=99 web2
	refused "no property 'maxbv' on a vnic" dladm create-vnic -l stub1 -p maxbv=1 web2
}

test_an_unknown_property_is_refused_with_what_there_is()
{
	stub_vnic
	refused "property 'tagmode' is not in this version" \
		dladm set-linkprop -p tagmode=normal web1
	refused "no property 'colour' on a vnic" dladm set-linkprop -p colour=red web1
	refused "a vnic can be given zone, mtu, secondary-macs" \
		dladm set-linkprop -p colour=red web1
	refused "did you mean 'txqueuelen'?" dladm set-linkprop -p txqueulen=50 web1
	refused "no property 'colour' on a vnic" dladm reset-linkprop -p colour web1
	refused "no property 'flowctrl' on an etherstub" \
		dladm set-linkprop -p flowctrl=no stub1
}

test_names_of_properties_have_no_case()
{
	stub_vnic
	dladm set-linkprop -p MTU=1400 web1
	eq "$(dev web1 mtu) $(saved web1 mtu)" "1400 1400"
}

test_every_property_of_every_class_can_be_shown()
{
	local link shown

	stub_vnic
	nic net0
	dladm create-simnet sim0
	dladm create-bridge -l sim0 br
	for link in web1 stub1 net0 sim0 br; do
		shown=$(dladm show-linkprop "$link")
		has "$shown" mtu "$link"
		eq "$(grep -c '?' <<<"$shown" || :)" 0 "question marks of $link"
	done
	[ "$(dladm show-linkprop | awk 'NR > 1 && NF > 4 { print $1 }' | sort -u | grep -c .)" -ge 5 ]
}

test_the_saved_values_are_listed()
{
	stub_vnic
	dladm set-linkprop -p mtu=1400,alias=x web1
	has "$(dladm show-linkprop -P -c -o link,property,value web1)" web1:mtu:1400
	has "$(dladm show-linkprop -P -c -o link,property,value web1)" web1:alias:x
	has "$(dladm show-linkprop -P web1)" PROPERTY
}

test_one_failure_of_several_is_a_failure()
{
	local rc=0

	stub_vnic
	dladm set-linkprop -p mtu=99,txqueuelen=77 web1 2>err || rc=$?
	eq "$rc" 1
	has "$(cat err)" "mtu: must be a number from 576 to 9000, is '99'"
	eq "$(dev web1 mtu)" 9000
}

run_tests

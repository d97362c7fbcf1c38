#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What dladm says of limits, priority, protection and data paths. Whether they hold is for
# tests/netns to say.
. "${VW_SOURCE:-$(dirname "$0")/../..}/tests/lib.sh"

world()
{
	ip netns add web
	dladm create-etherstub stub1
	dladm create-vnic -l stub1 -p zone=web,maxbw=10M web1
}

value()	# value LINK PROPERTY
{
	dladm show-linkprop -c -o value -p "$2" "$1"
}

test_a_limit_is_shown_with_the_largest_unit_that_keeps_it_exact()
{
	world
	while read -r typed shown speed; do
		dladm set-linkprop -p maxbw="$typed" web1
		eq "$(value web1 maxbw)" "$shown" "maxbw=$typed"
		eq "$(dladm show-vnic -p -o speed web1)" "$speed" "SPEED of $typed"
	done <<-'END'
		100 100M 100
		100M 100M 100
		1200K 1200K 1.2
		1.5G 1500M 1500
		1.5 1500K 1.5
		64K 64K 0.064
		64k 64K 0.064
		0.064 64K 0.064
		100G 100G 100000
		3000M 3G 3000
		0 0 0
	END
	dladm reset-linkprop -p maxbw web1
	says_nothing value web1 maxbw
	eq "$(dladm show-vnic -p -o speed web1)" "?"
}

test_speed_is_the_limit()
{
	world
	eq "$(dladm show-vnic -o link,over,speed,maxbw,datapath web1)" \
"LINK         OVER         SPEED    MAXBW    DATAPATH
web1         stub1        10       10       guarded"
	eq "$(dladm show-vnic -j -o link,speed,maxbw,datapath web1)" \
'{"vwire":{"schema":1},"vnics":[
{"link":"web1","speed_bps":10000000,"maxbw_bps":10000000,"datapath":"guarded"}
]}'
	eq "$(dladm show-linkprop -j -p maxbw,mtu,maxbw-rx web1)" \
'{"vwire":{"schema":1},"linkprops":[
{"link":"web1","property":"maxbw","perm":"rw","value":"10M","maxbw_bps":10000000,"default":"--","possible":null},
{"link":"web1","property":"mtu","perm":"rw","value":"9000","default":"9000","possible":"576-9000"},
{"link":"web1","property":"maxbw-rx","perm":"rw","value":null,"maxbw_rx_bps":null,"default":"--","possible":null}
]}'
}

test_bits_and_bytes_are_told_apart()
{
	world
	refused "'10MB' could mean 10 megabytes or 10 megabits" dladm set-linkprop -p maxbw=10MB web1
	refused "write 80M for bytes or 10M for bits" dladm set-linkprop -p maxbw=10mbps web1
	eq "$(value web1 maxbw)" 10M
}

test_lists_are_shown_in_one_form()
{
	world
	dladm set-linkprop -p allowed-ips=2001:DB8::1,10.0.0.5,10.1.0.0/16 web1
	dladm set-linkprop -p protection=ip-nospoof,mac-nospoof web1
	eq "$(value web1 allowed-ips)" "10.0.0.5/32,10.1.0.0/16,2001:db8::1/128"
	eq "$(value web1 protection)" "mac-nospoof,ip-nospoof"
	eq "$(dladm show-linkprop -P -c -o value -p protection web1)" "mac-nospoof,ip-nospoof"
	dladm reset-linkprop -p protection web1
	says_nothing value web1 protection
}

test_drops_are_shown_by_reason()
{
	need_cmd ping
	world
	dladm create-vnic -l stub1 gw1
	ip addr add 10.0.0.1/24 dev gw1
	ip -n web addr add 10.0.0.5/24 dev web1
	dladm set-linkprop -p maxbw=0 web1
	not in_zone web ping -q -c 1 -W 1 10.0.0.1
	[ "$(dladm show-link -x -p -o blocked web1)" -gt 0 ] || fail "nothing was counted"
	eq "$(dladm show-link -s -x -p -o link,mac web1)" "$(dladm show-link -x -p -o link,mac web1)"
	eq "$(dladm show-link -x -p -o link,mac,ip,arp,nd,dhcp,restricted,control web1)" \
		"web1:0:0:0:0:0:0:0"
	eq "$(dladm show-vnic -x gw1)" \
"LINK         LIMIT   BLOCKED TAGGED MAC    IP     ARP    ND     DHCP   RESTRICTED CONTROL OTHER
gw1          0       0       0      0      0      0      0      0      0          0       0"
	eq "$(dladm show-link -x -j -o link,limit,other gw1)" \
'{"vwire":{"schema":1},"drops":[
{"link":"gw1","dropped_limit":0,"dropped_other":0}
]}'
	dladm show-link -x -i 1 -p -o link,blocked web1 >out &
	watcher=$!
	until_reports web1 out 1
	first=$(head -1 out)
	[ "${first#*:}" -gt 0 ] || fail "totals: $first"
	not in_zone web ping -q -c 1 -W 1 10.0.0.1
	until_later web1 out 1
	interrupt $watcher
}

test_direct_says_what_is_not_promised()
{
	local note="dladm: note: 'd1' is direct: root in zone 'web' can change its address and send any frame, tags included; no limit, flow or protection holds there"

	nic net0
	world
	eq "$(dladm create-vnic -l net0 -p zone=web,datapath=direct d1 2>&1)" "$note"
	eq "$(dladm show-vnic -p -o datapath d1)" direct
	refused "datapath=guarded" dladm set-linkprop -p maxbw=10M d1
	refused "datapath=guarded" dladm set-linkprop -p protection=mac-nospoof d1
	refused "datapath=guarded" flowadm add-flow -l d1 -a transport=tcp x1
	says_nothing dladm set-linkprop -p datapath=guarded d1
	eq "$(dladm show-vnic -p -o datapath d1)" guarded
	dladm set-linkprop -p maxbw=10M d1
	dladm reset-linkprop -p maxbw d1
	eq "$(dladm set-linkprop -p datapath=direct d1 2>&1)" "$note"
}

test_direct_is_told_as_it_is_when_it_is_made()
{
	nic net0
	world
	refused "hint: leave datapath=direct away" \
		dladm create-vnic -l net0 -p zone=web,datapath=direct,maxbw=10M d1
	eq "$(dladm create-vnic -l stub1 -p zone=web,datapath=direct d2 2>&1)" \
		"dladm: note: 'd2' is direct, its port in the host checks nothing: root in zone 'web' can change its address and send any frame, tags included; no limit, flow or protection holds there"
}

test_addresses_that_nobody_may_use_are_noted()
{
	local note="can use no IP address but its own IPv6 link-local one, as ip-nospoof is on and allowed-ips is not set: 'dladm set-linkprop -p allowed-ips=ADDRESS,..."

	dladm create-etherstub stub9
	eq "$(dladm create-vnic -l stub9 -p protection=ip-nospoof v1 2>&1)" \
		"dladm: note: 'v1' $note v1' allows some"
	says_nothing dladm set-linkprop -p allowed-ips=10.0.0.9 v1
	says_nothing dladm set-linkprop -p protection=mac-nospoof,ip-nospoof v1
	says_nothing dladm set-linkprop -p protection=restricted,dhcp-nospoof v1
	says_nothing dladm create-vnic -l stub9 -p protection=ip-nospoof -p allowed-ips=10.0.0.8 v2
}

# What no protection goes by yet is kept, shown and restored.
test_lists_of_what_is_allowed_wait_for_their_protection()
{
	local over link

	nic net0
	dladm create-etherstub stub9
	for over in stub9 net0; do
		link=${over%[0-9]}v1
		says_nothing dladm create-vnic -l $over -p allowed-ips=10.0.0.9 $link
		says_nothing dladm set-linkprop -p allowed-dhcp-cids=word $link
		eq "$(value $link allowed-ips,allowed-dhcp-cids | paste -sd' ')" "10.0.0.9/32 word"
		vwire check
		eq "$(vwire restore)" ""
		dladm set-linkprop -p protection=dhcp-nospoof $link
		eq "$(value $link allowed-ips,allowed-dhcp-cids | paste -sd' ')" "10.0.0.9/32 word"
		dladm set-linkprop -p protection=ip-nospoof $link
		eq "$(value $link allowed-ips,allowed-dhcp-cids | paste -sd' ')" "10.0.0.9/32 word"
		vwire check
		dladm reset-linkprop -p protection $link
		eq "$(value $link allowed-ips)" 10.0.0.9/32
		dladm reset-linkprop -p allowed-ips $link
		eq "$(value $link allowed-ips)" ""
		dladm delete-vnic $link
	done
	says_nothing dladm set-linkprop -p allowed-ips=10.0.0.7 net0
	eq "$(value net0 allowed-ips)" 10.0.0.7/32
	vwire check
	eq "$(vwire restore)" ""
}

test_a_priority_that_cannot_act_is_noted()
{
	nic net0
	world
	eq "$(dladm create-vnic -l net0 -p priority=low a1 2>&1)" \
"dladm: note: the priority of 'a1' orders nothing yet: set maxbw of 'net0' to its real speed"
	eq "$(dladm set-linkprop -p priority=low web1 2>&1)" \
"dladm: note: the priority of 'web1' orders nothing: the etherstub 'stub1' has no rate to share"
	dladm set-linkprop -p maxbw=1G net0
	says_nothing dladm set-linkprop -p priority=medium a1
	eq "$(value a1 priority)" medium
}

run_tests

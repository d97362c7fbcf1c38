#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The policy engine by itself: what the kernel holds afterwards, and whether packets agree.
. "${VW_SOURCE:-$(dirname "$0")/../..}/tests/lib.sh"

LAB=$VW_BUILD/tests/netns/policy_lab
[ -x "$LAB" ] || skip "there is no $LAB: build first"
unshare -n "$LAB" -f <<<find >/dev/null 2>&1 || skip "maps cannot be looked at here: run as root"

# lab: commands on standard input. lab_says WORDS: one command after the state was found.
lab() { "$LAB"; }
says() { printf 'find\n%s\n' "$*" | "$LAB" -f | tail -n +2; }

mac_of() { ip -n "$1" -j link show "$2" | grep -o '"address":"[^"]*"' | cut -d'"' -f4; }

# guest NAME ADDRESS: namespace NAME with a veth NAME1, whose port end NAME1-p stays here.
guest()
{
	ip netns add "$1"
	ip link add "$1"1-p type veth peer name "$1"1 netns "$1"
	ip link set "$1"1-p addrgenmode none
	ip -n "$1" link set "$1"1 addrgenmode none
	ip -n "$1" addr add "$2"/24 dev "$1"1
}

up()
{
	local guest

	for guest; do
		ip link set "$guest"1-p up
		ip -n "$guest" link set "$guest"1 up
	done
}

# port NAME WORDS...: the line for a guest's port on eth0.
port()
{
	local name=$1

	shift
	echo "link ${name}1-p port strict peer sw=eth0 mac=$(mac_of "$name" "${name}1") $*"
}

# A NIC with the wire at 10.0.0.9 and the host at 10.0.0.1.
wire()
{
	nic eth0 w0
	ip addr add 10.0.0.1/24 dev eth0
	ip -n wire addr add 10.0.0.9/24 dev w0
}

reaches() { in_zone "$1" ping -c 2 -i 0.1 -W 1 -q "$2" >/dev/null; }
host_reaches() { ping -c 2 -i 0.1 -W 1 -q "$1" >/dev/null; }

qdiscs() { tc qdisc show | grep -Ev 'noqueue|noop' || :; }

# Nothing of ours is left: no qdisc, no queue pair, no map. Maps go a moment after their programs.
nothing_left()
{
	eq "$(qdiscs)" ""
	eq "$(ip -o link show group 7)" ""
	wait_for 3 no_state
}
no_state() { [ "$("$LAB" -f <<<find)" = none ]; }

# What the kernel holds, without numbers that differ between two that are alike. The minors of
# classes may differ: they are shown as where they are.
kernel_state()
{
	qdiscs
	tc filter show dev eth0 ingress
	tc filter show dev eth0 egress
	says dump
}

test_a_link_without_policy_gets_nothing()
{
	nic eth0 w0
	lab <<-END
		link eth0 plain
		wants
		set
	END
	nothing_left
}

test_a_limit_makes_a_class_and_its_end_leaves_nothing()
{
	nic eth0 w0
	lab <<-END
		link eth0 plain both=10M
		set
	END
	has "$(tc class show dev eth0-q)" "ceil 10Mbit"
	has "$(tc qdisc show dev eth0)" clsact
	has "$(tc filter show dev eth0 ingress)" vw_in
	has "$(tc filter show dev eth0 egress)" vw_out
	has "$(says state eth0)" "hooked=1 foreign=0"
	has "$(says state eth0)" "both=10000000"
	lab <<-END
		link eth0 plain
		set
	END
	nothing_left
}

test_a_limit_changes_in_place()
{
	local before

	wire
	lab <<<$'link eth0 plain both=10M\nset'
	before=$(tc filter show dev eth0 ingress; ip -o link show eth0-q)
	lab <<<$'link eth0 plain both=20M rx=5M prio=low\nset'
	eq "$(tc filter show dev eth0 ingress; ip -o link show eth0-q)" "$before"
	has "$(says state eth0)" "both=20000000 rx=5000000 tx=none"
	host_reaches 10.0.0.9
	lab <<<$'link eth0 plain both=0\nset'
	has "$(says state eth0)" "both=0 "
	not host_reaches 10.0.0.9
	lab <<<$'link eth0 plain both=5M\nset'
	host_reaches 10.0.0.9
}

test_ports_wire_and_host_reach_each_other()
{
	local from

	wire
	guest a 10.0.0.2
	guest b 10.0.0.3
	{ port a; port b both=10M; echo set; } | lab
	up a b
	reaches a 10.0.0.3
	reaches b 10.0.0.2
	for from in a b wire; do
		reaches "$from" 10.0.0.1
	done
	reaches a 10.0.0.9
	reaches b 10.0.0.9
	reaches wire 10.0.0.2
	reaches wire 10.0.0.3
	host_reaches 10.0.0.2
	host_reaches 10.0.0.3
	host_reaches 10.0.0.9
	has "$(says counts b1-p)" "b1-p out="
	[[ $(says counts b1-p) =~ out=([0-9]+) ]] && [ "${BASH_REMATCH[1]}" -gt 5 ]
}

test_vlans_of_ports_are_apart()
{
	wire
	guest a 10.0.0.2
	guest b 10.0.0.3
	guest c 10.0.0.4
	{ port a vid=10; port b vid=10; port c vid=20; echo set; } | lab
	up a b c
	reaches a 10.0.0.3
	not reaches a 10.0.0.4
	not reaches a 10.0.0.1
	not reaches a 10.0.0.9
	in_zone wire timeout 3 tcpdump -Z root -c 1 -nei w0 vlan 10 >"$TESTDIR/seen" 2>/dev/null &
	sleep 0.5
	in_zone a ping -c 1 -W 1 -q 10.0.0.77 >/dev/null || :
	wait
	has "$(cat "$TESTDIR/seen")" "vlan 10"
	# c into VLAN 10
	{ port a vid=10; port b vid=10; port c vid=10; echo set; } | lab
	reaches a 10.0.0.4
	has "$(says dump)" "vw_points=4 vw_fdb=4 vw_groups=1 "
}

test_a_port_that_goes_leaves_the_others()
{
	local name

	wire
	for name in a b c d; do
		guest $name 10.0.0.$((0x$name))
	done
	{ port a; port b; port c; port d; echo set; } | lab
	up a b c d
	reaches a 10.0.0.11
	ip -n a neigh flush all
	# the first, the last and one between
	for name in d a b; do
		local index

		index=$(cat /sys/class/net/${name}1-p/ifindex)
		ip link del ${name}1-p
		lab <<<"del $index"
		host_reaches 10.0.0.12
		ip neigh flush all
	done
	has "$(says dump)" "vw_points=2 vw_fdb=2 vw_groups=1 "
	name=$(cat /sys/class/net/c1-p/ifindex)
	ip link del c1-p
	lab <<<"del $name"
	nothing_left
	host_reaches 10.0.0.9
}

test_broadcasts_reach_every_port_once()
{
	local name

	wire
	for name in a b c; do
		guest $name 10.0.0.$((0x$name))
	done
	{ port a; port b; echo set; } | lab
	{ port c; echo set; } | lab
	up a b c
	for name in b c wire; do
		in_zone $name timeout 4 tcpdump -Z root -lni any 'icmp[icmptype] == 8' \
			>"$TESTDIR/$name" 2>/dev/null &
	done
	sleep 1
	in_zone a ping -b -c 3 -i 0.2 -W 1 -q 10.0.0.255 >/dev/null 2>&1 || :
	sleep 0.5
	wait
	for name in b c wire; do
		eq "$(grep -c 'echo request' "$TESTDIR/$name")" 3 "requests seen by $name"
	done
}

test_the_same_call_again_changes_nothing()
{
	local before

	wire
	guest a 10.0.0.2
	guest b 10.0.0.3
	{ port a both=10M protect=mac,ip allow=10.0.0.2/32 more=2:0:0:0:0:7; port b vid=5
	  echo set; echo flow f1 transport tcp both=5M; echo flows-set; } | lab
	before=$(kernel_state; tc class show dev eth0-q)
	{ port a both=10M protect=mac,ip allow=10.0.0.2/32 more=2:0:0:0:0:7; port b vid=5
	  echo set; echo flow f1 transport tcp both=5M; echo flows-set; } | lab
	eq "$(kernel_state; tc class show dev eth0-q)" "$before"
}

test_no_packet_is_lost_while_policies_change()
{
	local i

	wire
	guest a 10.0.0.2
	{ port a both=100M; echo set; } | lab
	up a
	reaches a 10.0.0.9
	in_zone a ping -i 0.002 -c 1500 -W 1 -q 10.0.0.9 >"$TESTDIR/ping" &
	for i in 1 2 3 4 5 6 7 8; do
		{ port a both=${i}0M rx=${i}5M; echo set; } | lab
		{ port a; echo set; } | lab
		{ port a protect=mac,ip allow=10.0.0.2/32 allow=10.1.0.0/16; echo set; } | lab
		{ port a; echo flow f local_ip 10.0.0.2 both=50M; echo flows-set; } | lab
		{ port a protect=ip allow=10.0.0.0/24; echo set; } | lab
		{ port a; echo flow f local_ip 10.0.0.2; echo flows-del; echo set; } | lab
	done
	wait
	has "$(cat "$TESTDIR/ping")" "1500 received"
}

test_a_nic_with_its_own_policy_keeps_it_when_its_ports_go()
{
	local index

	wire
	guest a 10.0.0.2
	lab <<<$'link eth0 plain both=10M\nset'
	{ port a rootrate=10M; echo set; } | lab
	up a
	has "$(says state eth0)" "flags=8 "
	reaches a 10.0.0.1
	reaches a 10.0.0.9
	host_reaches 10.0.0.9
	index=$(cat /sys/class/net/a1-p/ifindex)
	ip link del a1-p
	lab <<<"del $index"
	has "$(says state eth0)" "hooked=1 foreign=0 flags=0 sw=0 "
	has "$(says state eth0)" "both=10000000"
	host_reaches 10.0.0.9
	lab <<<$'link eth0 plain\nset'
	nothing_left
}

test_a_nic_keeps_its_further_addresses_when_its_ports_go()
{
	local index

	wire
	guest a 10.0.0.2
	lab <<-END
		link eth0 plain protect=mac mac=$(cat /sys/class/net/eth0/address) more=2:0:0:0:0:7
		set
	END
	{ port a; echo set; } | lab
	index=$(cat /sys/class/net/a1-p/ifindex)
	ip link del a1-p
	lab <<<"del $index"
	has "$(says state eth0)" "flags=0 "
	has "$(says state eth0)" "more=07"
	lab <<<sweep
	has "$(says state eth0)" "more=07"
	host_reaches 10.0.0.9
	lab <<<$'link eth0 plain\nset'
	nothing_left
}

test_a_nic_loses_its_policy_but_stays_a_switch()
{
	wire
	guest a 10.0.0.2
	{ echo link eth0 plain both=10M; port a rootrate=10M; echo set; } | lab
	up a
	reaches a 10.0.0.9
	{ echo link eth0 plain; port a; echo set; } | lab
	reaches a 10.0.0.9
	has "$(says state eth0)" "hooked=1 foreign=0 flags=8 "
	eq "$(ip -o link show group 7)" ""
}

test_filters_of_others_stay()
{
	nic eth0 w0
	tc qdisc add dev eth0 clsact
	tc filter add dev eth0 ingress pref 5 protocol all u32 match u32 0 0 flowid 1:1 2>/dev/null ||
		skip "this kernel has no u32 filters"
	lab <<<$'link eth0 plain protect=mac mac=2:0:0:0:0:1\nset'
	has "$(says state eth0)" "hooked=1 foreign=1"
	lab <<<$'link eth0 plain\nset'
	has "$(tc filter show dev eth0 ingress)" u32
	[[ $(tc filter show dev eth0 ingress) != *vw_in* ]]
	wait_for 3 no_state
}

test_protection_is_read_back_and_changed()
{
	wire
	guest a 10.0.0.2
	ip -n a addr add 10.0.0.66/24 dev a1
	{ port a protect=mac,ip allow=10.0.0.2/32 allow=fd00::/64 cid=0102ff more=2:0:0:0:0:7
	  echo set; } | lab
	up a
	has "$(says state a1-p)" "protect=3"
	has "$(says state a1-p)" "allow=10.0.0.2/32"
	has "$(says state a1-p)" "allow=fd00::/64"
	has "$(says state a1-p)" "more=07 cids=1"
	has "$(bridge fdb show dev eth0)" "02:00:00:00:00:07"
	reaches a 10.0.0.9
	not in_zone a ping -c 1 -W 1 -I 10.0.0.66 10.0.0.9
	[[ $(says counts a1-p) =~ drops=0,0,([0-9]+),([0-9]+) ]]
	[ $((BASH_REMATCH[1] + BASH_REMATCH[2])) -gt 0 ] || fail "no drops are counted"
	{ port a protect=mac,ip allow=10.0.0.66/32; echo set; } | lab
	in_zone a ping -c 1 -W 1 -I 10.0.0.66 10.0.0.9
	not in_zone a ping -c 1 -W 1 -I 10.0.0.2 10.0.0.9
	has "$(says dump)" "vw_allowed=1 vw_cids=0 "
	eq "$(bridge fdb show dev eth0 | grep -c 02:00:00:00:00:07)" 0
	{ port a; echo set; } | lab
	has "$(says dump)" "vw_allowed=0 vw_cids=0 "
	reaches a 10.0.0.9
}

test_flows_count_limit_drop_and_go()
{
	wire
	lab <<-END
		link eth0 plain
		set
		flow icmp transport icmp
		flow web remote_port tcp:80 both=5M
		flow ef dsfield b8:fc dscp=10
		flows-set
	END
	has "$(says state eth0)" "flags=20 "
	host_reaches 10.0.0.9
	has "$(printf 'find\nlink eth0\nflow-state transport icmp' | "$LAB" -f)" "flow out=2/196 in=2/196"
	has "$(printf 'find\nlink eth0\nflow-state remote_port tcp:80' | "$LAB" -f)" "both=5000000"
	has "$(printf 'find\nlink eth0\nflow-state dsfield b8:fc' | "$LAB" -f)" "flags=2 dscp=10"
	lab <<-END
		link eth0
		flow icmp transport icmp drop
		flows-set
	END
	not host_reaches 10.0.0.9
	has "$(printf 'find\nlink eth0\nflow-state transport icmp' | "$LAB" -f)" \
		"drops=0,0,0,0,0,0,0,"
	lab <<-END
		link eth0
		flow icmp transport icmp
		flow web remote_port tcp:80
		flows-del
	END
	has "$(says dump)" "vw_flow_keys=1 "
	eq "$(ip -o link show group 7)" ""
	lab <<<$'link eth0\nflows-sync'
	nothing_left
}

test_a_flow_follows_its_link()
{
	local before

	wire
	lab <<-END
		link eth0 plain
		set
		flow icmp transport icmp both=5M
		flows-set
	END
	host_reaches 10.0.0.9
	has "$(tc class show dev eth0-q)" "parent 1:1 "
	lab <<<$'link eth0 plain both=10M\nset'
	eq "$(tc class show dev eth0-q | grep -c 'ceil 10Mbit')" 2 "root and link"
	has "$(printf 'find\nlink eth0\nflow-state transport icmp' | "$LAB" -f)" "both=5000000"
	eq "$(tc class show dev eth0-q | grep -c .)" 7
	host_reaches 10.0.0.9
	has "$(printf 'find\nlink eth0\nflow-state transport icmp' | "$LAB" -f)" "flow out=4/392 in=4/392"
	lab <<<$'link eth0 plain\nset'
	eq "$(tc class show dev eth0-q | grep -c .)" 4
	host_reaches 10.0.0.9
	lab <<<$'link eth0\nflow icmp transport icmp\nflows-del'
	nothing_left
}

test_nine_masks_are_refused()
{
	local before i

	nic eth0 w0
	before=$({ echo link eth0 plain; for i in 1 2 3 4 5 6 7 8; do echo "flow f$i dsfield 1:$i"
		done; echo flows-set; echo dump; } | lab)
	{ echo link eth0 plain; echo flow f9 dsfield 1:9; echo flows-set; } | lab \
		2>"$TESTDIR/err" && fail "should be refused"
	has "$(cat "$TESTDIR/err")" "dsfield flows of 'eth0' use 8 different masks"
	eq "$(says dump)" "${before##*$'\n'}"
	# One goes, another comes.
	{ echo link eth0 plain; echo flow f3 dsfield 1:3; echo flows-del
	  echo flow f9 dsfield 1:9; echo flows-set; } | lab
}

test_counters_go_on_when_a_link_is_made_anew()
{
	local account index

	wire
	guest a 10.0.0.2
	{ port a; echo set; } | lab
	up a
	reaches a 10.0.0.9
	account=$(says account a1-p)
	index=$(cat /sys/class/net/a1-p/ifindex)
	ip link del a1-p
	ip netns del a
	guest a 10.0.0.2
	{ echo "del $index"; port a "account=$account"; echo set; } | lab
	up a
	eq "$(says account a1-p)" "$account"
	[[ $(says counts a1-p) =~ out=([0-9]+) ]] && [ "${BASH_REMATCH[1]}" -ge 2 ]
	has "$(says dump)" "vw_counts=2 vw_dropped=2"
}

test_the_sweep_removes_what_vanished_devices_left()
{
	wire
	guest a 10.0.0.2
	guest b 10.0.0.3
	{ port a both=5M protect=ip allow=10.0.0.2/32; port b; echo set
	  echo flow f transport udp both=1M; echo flows-set; } | lab
	up a b
	# The owner of a deletes its end: the port goes with it.
	ip -n a link del a1
	lab <<<sweep
	has "$(says dump)" "vw_points=2 vw_fdb=2 vw_groups=1 vw_flow_addrs=0 vw_flow_keys=1"
	reaches b 10.0.0.9
	host_reaches 10.0.0.3
	ip -n b link del b1
	lab <<<sweep
	nothing_left
}

test_a_macvlan_of_the_host_and_a_port_reach_each_other()
{
	need_kind macvlan
	wire
	guest a 10.0.0.2
	ip netns add m
	ip link add mv0 link eth0 netns m type macvlan mode bridge
	ip -n m addr add 10.0.0.4/24 dev mv0
	ip -n m link set mv0 up
	{ port a; echo set; echo "above eth0 0 $(mac_of m mv0) add"; } | lab
	up a
	reaches a 10.0.0.4
	reaches m 10.0.0.2
	reaches m 10.0.0.9
	lab <<<"above eth0 0 $(mac_of m mv0) del"
	has "$(says dump)" "vw_fdb=2 "
}

test_a_stub_port_is_policed_and_the_bridge_switches()
{
	guest a 10.0.0.2
	guest b 10.0.0.3
	ip link add stub0 type bridge
	ip link set stub0 up
	ip link set a1-p master stub0
	ip link set b1-p master stub0
	lab <<-END
		link a1-p stub strict sw=stub0 mac=$(mac_of a a1) both=10M protect=mac,ip allow=10.0.0.2/32
		link b1-p stub strict sw=stub0 mac=$(mac_of b b1)
		set
	END
	up a b
	wait_for 3 reaches a 10.0.0.3
	reaches b 10.0.0.2
	has "$(tc class show dev stub0-q)" "ceil 10Mbit"
	has "$(says state a1-p)" "flags=3 "
	lab <<-END
		link a1-p stub sw=stub0 mac=$(mac_of a a1)
		link b1-p stub sw=stub0 mac=$(mac_of b b1)
		set
	END
	nothing_left
	reaches a 10.0.0.3
}

test_classes_that_others_put_below_ours_are_not_taken_for_ours()
{
	local leaf

	wire
	guest a 10.0.0.2
	{ port a both=10M; echo set; } | lab
	up a
	leaf=$(tc class show dev eth0-q | sed -n 's/^class htb \([0-9a-f:]*\) .*leaf.*/\1/p' | head -1)
	tc qdisc replace dev eth0-q parent "$leaf" handle 77: htb
	tc class add dev eth0-q parent 77: classid 77:1 htb rate 8bit ceil 8bit
	{ port a both=20M; echo set; } | lab
	has "$(says state a1-p)" "both=20000000"
	reaches a 10.0.0.9
}

test_a_contradiction_changes_nothing()
{
	local before

	nic eth0 w0
	lab <<<$'link eth0 plain both=10M\nset'
	before=$(kernel_state; tc class show dev eth0-q)
	{ echo link eth0 plain both=10M min=20M; echo set; } | lab 2>"$TESTDIR/err" &&
		fail "should be refused"
	has "$(cat "$TESTDIR/err")" "minbw 20M is more than maxbw 10M"
	eq "$(kernel_state; tc class show dev eth0-q)" "$before"
}

test_explain_names_kernel_objects()
{
	local said

	wire
	guest a 10.0.0.2
	said=$({ port a both=10M protect=mac,ip allow=10.0.0.2/32 vid=7; echo set
		echo flow web remote_port tcp:80 both=2M; echo flows-set
		echo flow web remote_port tcp:80; echo explain; } | lab)
	has "$said" "link: filter bpf pref 30327 vw_in"
	has "$said" "maxbw: class 1:"
	has "$said" "ceil 10Mbit prio 0 on eth0-q"
	has "$said" "allowed-ips: map vw_allowed"
	has "$said" "protection: ip-nospoof"
	has "$said" "flow web: class 1:"
	has "$said" "of VLAN 7 at eth0 leads to a1-p"
}

# Programs at the hooks of a1-p, eth0 and the far end of the queue.
programs()
{
	local dev

	for dev in a1-p eth0 eth0-r; do
		tc filter show dev $dev ingress
		tc filter show dev $dev egress
	done | grep -o ' id [0-9]*' | sort -u
}

test_programs_of_another_build_are_replaced_under_traffic()
{
	local before what

	wire
	guest a 10.0.0.2
	{ port a both=100M protect=ip allow=10.0.0.2/32; echo set; } | lab
	up a
	reaches a 10.0.0.9
	in_zone a ping -i 0.002 -c 800 -W 1 -q 10.0.0.9 >"$TESTDIR/ping" &
	for what in build version build; do
		before=$(programs)
		eq "$(grep -c . <<<"$before")" 3 "programs"
		{ echo find; echo pretend $what; } | "$LAB" -f >/dev/null
		lab <<<"state a1-p"
		eq "$(comm -12 <(programs) <(echo "$before"))" "" "programs that stayed"
		has "$(says state a1-p)" "hooked=1"
		has "$(says state a1-p)" "both=100000000"
	done
	wait
	has "$(cat "$TESTDIR/ping")" "800 received"
	not in_zone a ping -c 1 -W 1 -I 10.0.0.66 10.0.0.9
}

# Wherever a command is killed that replaces the programs, the next one finds the state.
test_programs_that_give_way_are_never_lost()
{
	local killer=$VW_BUILD/tests/faults/killer total at

	[ -x "$killer" ] || skip "there is no $killer: build first"
	wire
	guest a 10.0.0.2
	guest b 10.0.0.3
	{ port a both=100M protect=ip allow=10.0.0.2/32; port b; echo set; } | lab
	up a b
	ip -n a addr add 10.0.0.66/24 dev a1
	reaches a 10.0.0.9
	{ echo find; echo pretend build; } | "$LAB" -f >/dev/null
	traced "$killer" -c -o "$TESTDIR/stops" "$LAB" <<<"state a1-p" >/dev/null
	total=$(cut -d' ' -f2 "$TESTDIR/stops")
	for ((at = 1; at <= total; at++)); do
		{ echo find; echo pretend build; } | "$LAB" -f >/dev/null
		for _ in once again; do
			traced "$killer" -c -n $at "$LAB" <<<"state a1-p" >/dev/null 2>&1 || :
			eq "$("$LAB" -f <<<find)" found "state after a kill at stop $at of $total"
		done
	done
	lab <<<"state a1-p" >/dev/null
	eq "$(programs | grep -c .)" 3 "programs"
	has "$(says state a1-p)" "hooked=1"
	has "$(says dump)" "vw_points=3 vw_fdb=3 vw_groups=1 "
	reaches a 10.0.0.9
	not in_zone a ping -c 1 -W 1 -I 10.0.0.66 10.0.0.9
}

test_a_state_of_another_layout_is_refused_until_it_is_replaced()
{
	wire
	guest a 10.0.0.2
	{ port a both=100M; echo set; } | lab
	up a
	{ echo find; echo pretend layout; } | "$LAB" -f >/dev/null
	eq "$("$LAB" -f <<<find)" none
	not eval '{ port a both=50M; echo set; } | lab'
	{ port a both=50M; echo set; } | lab 2>"$TESTDIR/err" || :
	has "$(cat "$TESTDIR/err")" "set up by another version of libvwire"
	has "$(cat "$TESTDIR/err")" "'vwire restore' sets it up anew"
	reaches a 10.0.0.9
	in_zone a ping -i 0.002 -c 300 -W 1 -q 10.0.0.9 >"$TESTDIR/ping" &
	sleep 0.2
	{ echo find; echo replace; port a both=50M; echo set; } | "$LAB" -f >/dev/null
	wait
	# What waited at that moment is not known to the new state.
	[[ $(cat "$TESTDIR/ping") =~ ([0-9]+)\ received ]]
	[ "${BASH_REMATCH[1]}" -ge 290 ] || fail "$((300 - BASH_REMATCH[1])) of 300 were lost"
	has "$(says state a1-p)" "both=50000000"
	reaches a 10.0.0.9
	ip link del a1-p
	lab <<<sweep
	nothing_left
}

# flood DEVICE SECONDS [FILE]: IPv4 frames from 10.0.0.66, as fast as they go, at most until FILE
# is there; says how many.
flood()
{
	/usr/bin/python3 - "$@" <<-'END'
		import os, socket, sys, time
		s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
		s.bind((sys.argv[1], 0))
		ip = bytes.fromhex("450000200000000040110000") + bytes((10, 0, 0, 66, 10, 0, 0, 9))
		frame = b"\xff" * 6 + s.getsockname()[4] + b"\x08\x00" + ip + bytes(12)
		end, n = time.time() + float(sys.argv[2]), 0
		enough = (sys.argv + [""])[3]
		while time.time() < end and (n % 64 != 0 or not os.path.exists(enough)):
		    try:
		        s.send(frame)
		        n += 1
		    except OSError:
		        pass
		print(n)
	END
}

test_nothing_forbidden_passes_while_policies_change()
{
	local i sent

	wire
	guest a 10.0.0.2
	{ port a protect=ip,mac allow=10.0.0.2/32; echo set; } | lab
	up a
	export -f flood
	in_zone a bash -c "flood a1 100 '$TESTDIR/enough'" >"$TESTDIR/sent" &
	for ((i = 0; i < 340; i++)); do
		port a protect=ip,mac allow=10.0.0.2/32 allow=10.0.0.3/32 both=50M
		echo set
		port a protect=ip allow=10.0.0.2/31
		echo set
		echo flow f transport udp both=1M
		echo flows-set
	done >"$TESTDIR/changes"
	lab <"$TESTDIR/changes"
	eq "$(jobs -r | wc -l)" 1 "floods that outlasted the changes"
	touch "$TESTDIR/enough"
	wait
	sent=$(cat "$TESTDIR/sent")
	echo "# $((3 * i)) changes, $sent frames"
	[ "$sent" -gt 10000 ] || fail "this was no flood"
	eq "$(passed)" "0 0" "frames that passed, by the counters and on the wire"
	# A leak would have been seen:
	{ port a; echo set; echo flows-sync; } | lab
	in_zone a bash -c 'flood a1 0.01' >"$TESTDIR/sent"
	eq "$(passed)" "$(cat "$TESTDIR/sent") $(cat "$TESTDIR/sent")"
}

# Frames of a's that passed its policy, and those that came to the wire.
passed()
{
	echo "$(says counts a1-p | sed -n 's/.* out=\([0-9]*\).*/\1/p')" \
		"$(in_zone wire cat /sys/class/net/w0/statistics/rx_packets)"
}

run_tests

#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# cpus and rings with hardware that has queues and takes ntuple rules: the test NIC (tools/fakenic).
# What rules say is read back with ethtool(8), which shares no code with ours; frames are counted on
# the queue they came in by.
. "${VW_SOURCE:-$(dirname "$0")/../..}/tests/lib.sh"

module=$VW_BUILD/fakenic/$(uname -r)/fakenic.ko
spread=$VW_SOURCE/tests/netns/spread.py
[ -e "$module" ] || skip "no test NIC for kernel $(uname -r): tools/fakenic/build makes it"
need_cmd ethtool nsenter
# The module's devices are born in the first namespace, and go back there when a test's ends.
[ -n "${VW_TEST_ONE:-}" ] || exec 9</proc/self/ns/net

first()
{
	nsenter --net=/proc/self/fd/9 "$@"
}

prop()
{
	dladm show-linkprop -c -o "${3:-value}" -p "$2" "$1"
}

gone()
{
	! grep -q '^fakenic ' /proc/modules || rmmod fakenic
}

# cable [PAIRS]: fnic0 here, fnic1 in namespace wire; with 2 also fnic2 and fnic3. 4 queues each.
cable()
{
	local i pairs=${1:-1}

	wait_for 20 gone
	insmod "$module" "pairs=$pairs" queues=4
	ip netns add wire
	for ((i = 0; i < 2 * pairs; i++)); do
		first ip link set "fnic$i" netns $$
		ip link set "fnic$i" addrgenmode none
		[ $((i % 2)) = 0 ] || ip link set "fnic$i" netns wire
	done
	for ((i = 0; i < pairs; i++)); do
		ip -n wire link set "fnic$((2 * i + 1))" up
		ip link set "fnic$((2 * i))" up
	done
}

# rules NIC: its rules, one a line: "MAC vlan VID queue Q"
rules()
{
	ethtool -n "$1" | awk '
	/^Filter/ { mac = ""; vlan = "" }
	/Dest MAC addr/ { mac = $4 }
	/VLAN/ && /mask/ && !/EtherType/ { vlan = $2 }
	/Action: Direct to queue/ { print mac (vlan != "" && vlan != "0x0" ? " vlan " vlan : "") \
		" queue " $NF }' | sort
}

# irq NIC QUEUE
irq()
{
	awk -v name="$1-rx-$2" '$NF == name { sub(":", "", $1); print $1 }' /proc/interrupts
}

affinity()
{
	cat "/proc/irq/$(irq "$1" "$2")/smp_affinity_list"
}

# queue NIC QUEUE [COUNTER]: packets that came in by it
queue()
{
	ethtool -S "$1" | awk -v name="rx$2_${3:-packets}:" '$1 == name { print $2 }'
}

rss()
{
	ethtool -x "$1" | awk '/^ *[0-9]+:/ { for (i = 2; i <= NF; i++) print $i }' | sort -un | paste -sd,
}

# vnic_in_zone NAME [OPTIONS]: over fnic0, with 10.0.0.2; the other end of the cable has 10.0.0.1
vnic_in_zone()
{
	ip netns add z1
	dladm create-vnic -l fnic0 -m 2:8:20:0:0:2 -p zone=z1 "${@:2}" "$1"
	ip -n z1 addr add 10.0.0.2/24 dev "$1"
}

wire_address()
{
	ip -n wire addr add 10.0.0.1/24 dev "$1"
	wait_for 10 in_zone wire ping -c 1 -W 1 10.0.0.2
}

# --- VNICs ---------------------------------------------------------------------------------------

test_a_guarded_vnic_gets_a_queue_on_its_cpus()
{
	local before

	cable
	vnic_in_zone web1
	wire_address fnic1
	for i in 0 1 2 3; do
		echo 0-1 >"/proc/irq/$(irq fnic0 "$i")/smp_affinity_list"
	done
	eq "$(rules fnic0)" ""
	dladm set-linkprop -p cpus=1 web1
	eq "$(rules fnic0)" "02:08:20:00:00:02 queue 3"
	eq "$(affinity fnic0 3) $(affinity fnic0 2)" "1 0-1"
	eq "$(prop web1 cpus) $(prop web1 cpus-effective)" "1 1"
	before=$(queue fnic0 3)
	in_zone wire "$spread" send 10.0.0.2 200
	[ $(($(queue fnic0 3) - before)) -ge 200 ] || fail "not by queue 3: $(ethtool -S fnic0)"
	[ "$(queue fnic0 3 ntuple)" -ge 200 ] || fail "the rule did not match"
	# the other CPU: the queue goes with it
	dladm set-linkprop -p cpus=0 web1
	eq "$(rules fnic0)" "02:08:20:00:00:02 queue 3"
	eq "$(affinity fnic0 3) $(prop web1 cpus-effective)" "0 0"
	dladm reset-linkprop -p cpus web1
	eq "$(rules fnic0)" ""
	eq "$(affinity fnic0 3)" 0-1 "the place of the other queues"
	eq "$(prop web1 cpus) $(prop web1 cpus-effective)" " --"
}

test_a_queue_that_is_there_already_is_taken_and_stays_as_it_was()
{
	cable
	for i in 0 1 2 3; do
		echo $((i % 2)) >"/proc/irq/$(irq fnic0 "$i")/smp_affinity_list"
	done
	vnic_in_zone web1
	dladm set-linkprop -p cpus=0 web1
	eq "$(rules fnic0)" "02:08:20:00:00:02 queue 2"
	dladm reset-linkprop -p cpus web1
	eq "$(rules fnic0)|$(affinity fnic0 2)" "|0"
}

test_a_vnic_of_the_host_is_steered_by_its_rule()
{
	local before

	cable
	echo 1 >/proc/sys/net/ipv4/conf/all/arp_ignore	# fnic0 does not answer for vnic1
	dladm create-vnic -l fnic0 -m 2:8:20:0:0:2 -p cpus=1 vnic1
	eq "$(rules fnic0)" "02:08:20:00:00:02 queue 3"
	eq "$(prop vnic1 cpus) $(prop vnic1 cpus-effective)" "1 1"
	ip addr add 10.0.0.2/24 dev vnic1
	wire_address fnic1
	before=$(queue fnic0 3)
	in_zone wire "$spread" send 10.0.0.2 200
	[ $(($(queue fnic0 3) - before)) -ge 200 ] || fail "not by queue 3: $(ethtool -S fnic0)"
	dladm set-linkprop -p mac-address=2:8:20:0:0:9 vnic1
	eq "$(rules fnic0)" "02:08:20:00:00:09 queue 3"
	eq "$(prop vnic1 cpus) $(prop vnic1 cpus-effective)" "1 1"
	refused "cpus of 'vnic1' is 1, which only a ring can do" \
		dladm set-linkprop -p rxrings=sw vnic1
	dladm reset-linkprop -p cpus vnic1
	dladm set-linkprop -p rxrings=sw vnic1
	refused "and its rxrings is sw" dladm set-linkprop -p cpus=1 vnic1
	eq "$(rules fnic0)" ""
}

test_the_rule_of_a_vnic_with_a_vid_names_it()
{
	local before

	cable
	vnic_in_zone web1 -v 7
	dladm set-linkprop -p cpus=1 web1
	eq "$(rules fnic0)" "02:08:20:00:00:02 vlan 0x7 queue 3"
	ip -n wire link add link fnic1 name fnic1.7 type vlan id 7
	ip -n wire link set fnic1.7 up
	wire_address fnic1.7
	before=$(queue fnic0 3 ntuple)
	in_zone wire "$spread" send 10.0.0.2 200
	[ $(($(queue fnic0 3 ntuple) - before)) -ge 200 ] || fail "the rule did not match"
	dladm reset-linkprop -p cpus web1
	eq "$(rules fnic0)" ""
}

test_rules_go_with_the_vnic()
{
	cable
	dladm create-vnic -l fnic0 -p cpus=1 vnic1
	vnic_in_zone web1 -p rxrings=1
	eq "$(rules fnic0 | wc -l)" 2
	eq "$(rss fnic0)" 0,1,3
	dladm delete-vnic vnic1
	dladm delete-vnic web1
	eq "$(rules fnic0)" ""
	eq "$(rss fnic0)" 0,1,2,3
	eq "$(affinity fnic0 3)" "$(affinity fnic0 0)"
}

test_rules_come_back_with_restore()
{
	cable
	vnic_in_zone web1 -p cpus=1
	ethtool -K fnic0 ntuple off
	eq "$(prop web1 cpus) $(prop web1 cpus-effective)" " 0-1"
	not vwire check
	vwire restore
	eq "$(rules fnic0)" "02:08:20:00:00:02 queue 3"
	eq "$(prop web1 cpus) $(prop web1 cpus-effective)" "1 1"
	vwire check
}

test_a_vnic_over_an_aggregation_has_a_rule_on_each_port()
{
	need_kind bond
	cable 2
	dladm create-aggr -l fnic0 -l fnic2 aggr0
	ip netns add z1
	dladm create-vnic -l aggr0 -m 2:8:20:0:0:2 -p zone=z1 -p cpus=1 web1
	eq "$(rules fnic0)|$(rules fnic2)" "02:08:20:00:00:02 queue 3|02:08:20:00:00:02 queue 3"
	eq "$(prop web1 cpus) $(prop web1 cpus-effective)" "1 1"
	dladm reset-linkprop -p cpus web1
	eq "$(rules fnic0)|$(rules fnic2)" "|"
	dladm set-linkprop -p cpus=0 aggr0
	eq "$(prop aggr0 cpus) $(prop aggr0 cpus-effective)" "0 0"
	eq "$(affinity fnic0 1) $(affinity fnic2 1)" "0 0"
}

# --- what dlstat says of queues ------------------------------------------------------------------

# by_ethtool QUEUES: "queue:packets" of each, as the driver counts
by_ethtool()
{
	local i

	for ((i = 0; i < $1; i++)); do
		echo "$i:$(queue fnic0 "$i")"
	done
}

test_lanes_are_the_queues_of_the_driver()
{
	cable
	vnic_in_zone web1
	wire_address fnic1
	dladm set-linkprop -p cpus=1 web1
	in_zone wire "$spread" send 10.0.0.2 300
	ip -n wire link set fnic1 down	# nothing comes in between
	[ "$(queue fnic0 3)" -ge 300 ] || fail "the rule does not steer"
	eq "$(dlstat show-phys -r -p -o index,ipkts fnic0)" "$(by_ethtool 4)" "show-phys"
	eq "$(dlstat show-link -r -p -o index,ipkts fnic0)" "$(by_ethtool 4)" "show-link"
	eq "$(dlstat -r -L -p -o link:lne fnic0 | wc -l)" 4 "lanes"
	eq "$(dlstat -r -L -p -o ltyp fnic0 | sort -u)" hlne
	has " $(dlstat -r -F -p -o index,fout fnic0 | paste -sd' ') " " 3:1 " "who works for queue 3"
}

# --- rings ---------------------------------------------------------------------------------------

test_a_ring_is_reserved_for_a_vnic()
{
	local before

	cable
	vnic_in_zone web1
	wire_address fnic1
	ip addr add 10.0.1.2/24 dev fnic0
	ip -n wire addr add 10.0.1.1/24 dev fnic1
	eq "$(prop web1 rxrings-effective) $(prop web1 rxrings-available)" "0 3"
	dladm set-linkprop -p rxrings=1 web1
	eq "$(rules fnic0) $(rss fnic0)" "02:08:20:00:00:02 queue 3 0,1,2"
	eq "$(prop web1 rxrings) $(prop web1 rxrings-effective) $(prop web1 rxrings-available)" "1 1 2"
	before=$(queue fnic0 3)
	in_zone wire "$spread" send 10.0.1.2 300
	# the VNIC's own neighbours may ask for it meanwhile
	[ $(($(queue fnic0 3) - before)) -lt 10 ] || fail "frames of others are in its ring"
	in_zone wire "$spread" send 10.0.0.2 200
	[ $(($(queue fnic0 3) - before)) -ge 200 ] || fail "the VNIC's frames are not in its ring"
	dladm set-linkprop -p cpus=1 web1
	eq "$(rules fnic0) $(affinity fnic0 3)" "02:08:20:00:00:02 queue 3 1"
	dladm set-linkprop -p rxrings=hw web1
	eq "$(prop web1 rxrings) $(prop web1 cpus) $(rss fnic0)" "hw 1 0,1,2"
	dladm reset-linkprop -p rxrings web1
	eq "$(rules fnic0) $(rss fnic0)" "02:08:20:00:00:02 queue 3 0,1,2,3"
	dladm reset-linkprop -p cpus web1
	eq "$(rules fnic0)" ""
}

test_the_last_ring_is_for_all_the_others()
{
	cable
	for i in 1 2 3; do
		dladm create-vnic -l fnic0 -m "2:8:20:0:0:$i" -p rxrings=hw "vnic$i"
	done
	eq "$(rules fnic0)" "02:08:20:00:00:01 queue 3
02:08:20:00:00:02 queue 2
02:08:20:00:00:03 queue 1"
	eq "$(rss fnic0) $(prop fnic0 rxrings-available)" "0 0"
	dladm create-vnic -l fnic0 vnic4
	refused "'fnic0' has no ring to spare" dladm set-linkprop -p rxrings=hw vnic4
	refused "the address of a VNIC leads to one ring" dladm set-linkprop -p rxrings=2 vnic4
	dladm reset-linkprop -p rxrings vnic2
	eq "$(rss fnic0)" 0,2
	dladm set-linkprop -p rxrings=hw vnic4
}

test_a_ring_that_the_nic_does_not_use_yet_is_reserved()
{
	cable
	dladm set-linkprop -p rxrings=1 fnic0
	eq "$(prop fnic0 rxrings-available)" 3
	dladm create-vnic -l fnic0 -m 2:8:20:0:0:2 vnic1
	dladm set-linkprop -p rxrings=1 vnic1
	eq "$(rules fnic0) $(rss fnic0)" "02:08:20:00:00:02 queue 1 0"
}

test_rings_of_the_nic_are_its_channels()
{
	cable
	eq "$(prop fnic0 rxrings-effective) $(prop fnic0 rxrings possible)" "4 sw,hw,1-4"
	dladm set-linkprop -p rxrings=2 fnic0
	eq "$(prop fnic0 rxrings) $(prop fnic0 rxrings-effective)" "2 2"
	eq "$(prop fnic0 txrings-effective) $(prop fnic0 txrings-available)" "2 2"
	eq "$(ethtool -l fnic0 | awk '/Combined/ { n = $2 } END { print n }')" 2
	refused "txrings: the rings of 'fnic0' come in pairs, and its rxrings is 2" \
		dladm set-linkprop -p txrings=3 fnic0
	refused "rxrings: 'fnic0' has 4 rings at most, is '5'" \
		dladm set-linkprop -p rxrings=5 fnic0
	dladm set-linkprop -p rxrings=hw fnic0
	eq "$(prop fnic0 rxrings-effective)" 4
	dladm create-vnic -l fnic0 -p cpus=1 vnic1
	refused "an ntuple rule of 'fnic0' leads to its ring 3" \
		dladm set-linkprop -p rxrings=3 fnic0
	dladm reset-linkprop -p cpus vnic1
	dladm set-linkprop -p rxrings=3 fnic0
	eq "$(prop fnic0 rxrings-effective)" 3
	dladm reset-linkprop -p rxrings fnic0
	eq "$(prop fnic0 rxrings-effective)" 2 "a ring for each CPU"
}

# --- the NIC itself ------------------------------------------------------------------------------

test_interrupts_of_a_nic_go_where_its_cpus_say()
{
	local before

	cable
	ip addr add 10.0.0.2/24 dev fnic0
	wire_address fnic1
	eq "$(prop fnic0 cpus) $(prop fnic0 cpus-effective)" " $(affinity fnic0 0)"
	dladm set-linkprop -p cpus=1 fnic0
	eq "$(for i in 0 1 2 3; do affinity fnic0 "$i"; done | sort -u)" 1
	eq "$(cat /sys/class/net/fnic0/queues/rx-*/rps_cpus | sort -u)" 0 "RPS, which is not needed,"
	eq "$(prop fnic0 cpus) $(prop fnic0 cpus-effective)" "1 1"
	read -ra before <<<"$("$spread" count fnic0 ip netns exec wire "$spread" send 10.0.0.2 200)"
	eq "${before[0]}" 0 "frames handled by CPU 0"
	dladm set-linkprop -p cpus=0-1 fnic0
	eq "$(for i in 0 1 2 3; do affinity fnic0 "$i"; done | paste -sd' ')" "0 1 0 1"
	dladm reset-linkprop -p cpus fnic0
	eq "$(for i in 0 1 2 3; do affinity fnic0 "$i"; done | sort -u)" 0-1
}

test_with_fewer_rings_than_cpus_rps_does_the_rest()
{
	cable
	dladm set-linkprop -p rxrings=1 fnic0
	dladm set-linkprop -p cpus=0-1 fnic0
	eq "$(cat /sys/class/net/fnic0/queues/rx-0/rps_cpus)" 3
	eq "$(prop fnic0 cpus) $(prop fnic0 cpus-effective)" "0-1 0-1"
}

test_ntuple_is_turned_on_where_it_is_off()
{
	cable
	ethtool -K fnic0 ntuple off
	dladm create-vnic -l fnic0 -m 2:8:20:0:0:2 -p cpus=1 vnic1
	eq "$(rules fnic0)" "02:08:20:00:00:02 queue 3"
}

test_the_kernel_layer_speaks_with_the_driver()
{
	cable
	VW_NTUPLE_NIC=fnic0 "$VW_BUILD/tests/netns/test_kernel_steer" >out 2>&1 || { cat out; fail "see above"; }
	not grep -E '^not ok|SKIP' out
}

run_tests

#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Which CPUs process a link's packets (cpus, cpus-effective), and rings where there is no hardware.
. "${VW_SOURCE:-$(dirname "$0")/../..}/tests/lib.sh"

spread=$VW_SOURCE/tests/netns/spread.py
last=$(($(nproc --all) - 1))

prop()
{
	dladm show-linkprop -c -o "${3:-value}" -p "$2" "$1"
}

# two_zones: VNIC web1 in zone a, web2 in zone b, over one etherstub.
two_zones()
{
	dladm create-etherstub stub1
	for i in 1 2; do
		ip netns add "z$i"
		dladm create-vnic -l stub1 -p "zone=z$i" "web$i"
		ip -n "z$i" addr add "10.0.0.$i/24" dev "web$i"
		ip -n "z$i" link set lo up
	done
	wait_for 10 in_zone z1 ping -c 1 -W 1 10.0.0.2
}

# sent CPU: frames of web1 that each CPU handles at web1's port, when their sender runs on CPU.
sent()
{
	"$spread" count web1-p ip netns exec z1 "$spread" send 10.0.0.2 2000 "$1"
}

# received CPU: frames that each CPU handles at web1, when their sender in zone 2 runs on CPU.
received()
{
	in_zone z1 "$spread" count web1 ip netns exec z2 "$spread" send 10.0.0.1 2000 "$1"
}

# on CPU COUNTS...: nearly all of them were handled on that one.
on()
{
	local cpu=$1 i=0 n

	shift
	echo "frames on each CPU: $*"
	for n; do
		if [ "$i" = "$cpu" ]; then
			[ "$n" -ge 1990 ] || fail "CPU $cpu should handle them: $*"
		else
			[ "$n" -le 10 ] || fail "CPU $cpu alone should handle them: $*"
		fi
		i=$((i + 1))
	done
}

need_two_cpus()
{
	[ "$last" -ge 1 ] || skip "this machine has one CPU"
}

rps()
{
	cat "/sys/class/net/$1/queues/rx-0/rps_cpus"
}

# --- the story of the paper, section 4.3.2 -------------------------------------------------------

test_a_load_on_one_cpu_moves_where_cpus_says()
{
	local n

	need_two_cpus
	two_zones
	eq "$(prop web1 cpus) $(prop web1 cpus-effective)" " --"
	read -ra n <<<"$(sent 0)"
	on 0 "${n[@]}"
	dladm set-linkprop -p cpus=1 web1
	eq "$(prop web1 cpus) $(prop web1 cpus-effective)" "1 1"
	read -ra n <<<"$(sent 0)"
	on 1 "${n[@]}"
	read -ra n <<<"$(received 0)"
	on 1 "${n[@]}"
	dladm set-linkprop cpus=0,1 web1
	eq "$(prop web1 cpus-effective)" 0-1
	read -ra n <<<"$(sent 0)"
	for i in 0 1; do
		[ "${n[$i]}" -ge 100 ] || fail "both should handle them: ${n[*]}"
	done
	dladm reset-linkprop -p cpus web1
	eq "$(prop web1 cpus) $(prop web1 cpus-effective)" " --"
	read -ra n <<<"$(sent 0)"
	on 0 "${n[@]}"
}

test_the_accounting_of_the_kernel_shows_it_too()
{
	local before after

	need_two_cpus
	two_zones
	dladm set-linkprop -p cpus=1 web1
	# softnet_stat, one line a CPU, tenth number: packets that RPS brought here
	before=$((16#$(awk 'NR == 2 { print $10 }' /proc/net/softnet_stat)))
	sent 0
	after=$((16#$(awk 'NR == 2 { print $10 }' /proc/net/softnet_stat)))
	[ $((after - before)) -gt 0 ] || fail "RPS brought nothing to CPU 1"
}

# --- where it is done ----------------------------------------------------------------------------

test_both_ends_of_a_vnic_over_an_etherstub_are_steered()
{
	two_zones
	dladm set-linkprop -p cpus=0 web1
	eq "$(rps web1-p) $(in_zone z1 cat /sys/class/net/web1/queues/rx-0/rps_cpus)" "1 1"
	dladm reset-linkprop -p cpus web1
	eq "$(rps web1-p) $(in_zone z1 cat /sys/class/net/web1/queues/rx-0/rps_cpus)" "0 0"
}

# A link of that name in the host is not the one in the zone.
test_a_link_of_the_same_name_elsewhere_is_left_alone()
{
	two_zones
	ip link add web1 type veth peer name other
	dladm set-linkprop -p cpus=0 web2
	ip netns add z3
	ip link set other netns z3
	ip -n z3 link set other name web2
	dladm reset-linkprop -p cpus web2
	dladm set-linkprop -p cpus=0 web2
	eq "$(rps web2-p)" 1
	eq "$(in_zone z3 cat /sys/class/net/web2/queues/rx-0/rps_cpus)" 0
	eq "$(rps web1)" 0
}

test_what_the_kernel_has_is_shown()
{
	two_zones
	dladm set-linkprop -p cpus=0 web1
	echo 0 >/sys/class/net/web1-p/queues/rx-0/rps_cpus
	eq "$(prop web1 cpus)" ""
	# what it sends runs anywhere again
	[ "$last" = 0 ] || eq "$(prop web1 cpus-effective)" "0-$last"
}

test_cpus_come_back_with_restore_and_with_a_move()
{
	two_zones
	dladm set-linkprop -p cpus=0 web1
	ip link del web1-p
	vwire restore
	eq "$(rps web1-p) $(prop web1 cpus-effective)" "1 0"
	dladm reset-linkprop -p zone web1
	eq "$(rps web1-p) $(rps web1) $(prop web1 cpus)" "1 1 0"
	vwire check
}

test_cpus_are_given_at_creation_and_saved()
{
	dladm create-etherstub stub1
	dladm create-vnic -l stub1 -p cpus=0 web1
	eq "$(rps web1-p) $(prop web1 cpus)" "1 0"
	eq "$(dladm show-linkprop -P -c -o value -p cpus web1)" 0
	dladm set-linkprop -t -p "cpus=0-$last" web1
	eq "$(dladm show-linkprop -P -c -o value -p cpus web1)" 0
}

test_a_nic_without_interrupts_is_steered_by_rps_of_all_its_queues()
{
	ip netns add wire
	ip link add net0 numrxqueues 2 type veth peer name wire0 netns wire
	ip link set net0 up
	ethtool -L net0 rx 2 2>/dev/null || :
	dladm set-linkprop -p cpus=0 net0
	eq "$(cat /sys/class/net/net0/queues/rx-*/rps_cpus | sort -u)" 1
	eq "$(prop net0 cpus) $(prop net0 cpus-effective)" "0 0"
	dladm reset-linkprop -p cpus net0
	eq "$(cat /sys/class/net/net0/queues/rx-*/rps_cpus | sort -u)" 0
	eq "$(prop net0 cpus) $(prop net0 cpus-effective)" " --"
}

test_a_simnet_is_steered()
{
	dladm create-simnet sim0
	dladm set-linkprop -p cpus=0 sim0
	eq "$(rps sim0) $(prop sim0 cpus-effective)" "1 0"
}

# --- what cannot be ------------------------------------------------------------------------------

test_a_macvlan_over_a_nic_without_rules_is_refused()
{
	need_kind macvlan
	nic net0
	dladm create-vnic -l net0 vnic0
	refused "cpus: nothing can steer the packets of 'vnic0': the driver of 'net0' takes no ntuple" \
		dladm set-linkprop -p cpus=0 vnic0
	eq "$(prop vnic0 cpus) $(prop vnic0 cpus-effective)" " --"
}

test_a_guarded_vnic_over_such_a_nic_says_that_half_of_it_is_steered()
{
	need_two_cpus
	nic net0
	dladm create-vnic -l net0 -p datapath=guarded vnic0
	dladm set-linkprop -p cpus=1 vnic0
	eq "$(prop vnic0 cpus) $(prop vnic0 cpus-effective)" "1 0-$last"
	eq "$(rps vnic0-p)" "2"
	eq "$(rps net0)" "0" "the NIC, which others use too,"
}

test_wrong_lists_are_refused()
{
	local bad

	two_zones
	for bad in x 1- -1 0-x ,0 '0,' 0..1 ' 0' 0x1 3-1 99999999999 '0,,1'; do
		refused "" dladm set-linkprop -p "cpus=$bad" web1
	done
	refused "cpus: must be a list of CPUs such as 0-3,5, is 'x'" \
		dladm set-linkprop -p cpus=x web1
	refused "cpus: CPU 0 is there twice in '0,0'" dladm set-linkprop -p cpus=0,0 web1
	refused "cpus: there is no CPU 4711, this machine has 0" \
		dladm set-linkprop -p cpus=4711 web1
	refused "no property 'cpus' on an etherstub" dladm set-linkprop -p cpus=0 stub1
	refused "read-only" dladm set-linkprop -p cpus-effective=0 web1
}

test_an_old_set_stays_when_the_new_one_is_refused()
{
	two_zones
	dladm set-linkprop -p cpus=0 web1
	refused "there is no CPU" dladm set-linkprop -p cpus=0-4711 web1
	eq "$(rps web1-p) $(prop web1 cpus)" "1 0"
}

# --- rings ---------------------------------------------------------------------------------------

test_a_vnic_over_an_etherstub_has_no_rings()
{
	two_zones
	refused "rxrings: no hardware is below 'web1'" dladm set-linkprop -p rxrings=hw web1
	refused "rxrings: no hardware is below 'web1'" dladm set-linkprop -p rxrings=2 web1
	refused "txrings: which ring sends is chosen by the CPU" \
		dladm set-linkprop -p txrings=1 web1
	refused "rxrings: must be sw, hw or a number from 1, is '0'" \
		dladm set-linkprop -p rxrings=0 web1
	dladm set-linkprop -p rxrings=sw,txrings=sw web1
	eq "$(prop web1 rxrings) $(prop web1 txrings)" "sw sw"
	dladm reset-linkprop -p rxrings,txrings web1
	eq "$(prop web1 rxrings):$(prop web1 txrings)" ":"
	case $(dladm show-linkprop -o property web1) in
	*rings-*) fail "rings of the hardware are listed where there is none";;
	esac
}

test_rings_of_a_nic_are_its_channels()
{
	ip netns add wire
	ip link add net0 numrxqueues 4 numtxqueues 4 type veth \
		peer name wire0 numrxqueues 4 numtxqueues 4 netns wire
	ethtool -l net0 2>/dev/null | grep -q RX || skip "a veth of this kernel has no channels"
	dladm set-linkprop -p rxrings=3 net0
	eq "$(prop net0 rxrings) $(prop net0 rxrings-effective)" "3 3"
	dladm set-linkprop -p txrings=2 net0
	eq "$(prop net0 txrings) $(prop net0 txrings-effective) $(prop net0 txrings-available)" "2 2 2"
	eq "$(prop net0 rxrings possible)" sw,hw,1-4
	dladm set-linkprop -p rxrings=hw net0
	eq "$(prop net0 rxrings) $(prop net0 rxrings-effective)" "hw 4"
	refused "rxrings: 'net0' has 4 rings at most, is '5'" \
		dladm set-linkprop -p rxrings=5 net0
	refused "rxrings: a NIC cannot do without rings" dladm set-linkprop -p rxrings=sw net0
	dladm reset-linkprop -p rxrings net0
	eq "$(prop net0 rxrings)" ""
	ethtool -L net0 tx 3
	eq "$(prop net0 txrings)" 3 "what others have set"
}

run_tests

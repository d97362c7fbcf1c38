#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What others or fate do to links, and how restore and later commands cope.
. "${VW_SOURCE:-$(dirname "$0")/../..}/tests/lib.sh"

config()
{
	grep "^\"$1\":" "$VWIRE_ROOT/etc/vwire/config.json"
}

many()
{
	local i

	for i in 1 2 3 4 5 6 7 8 9; do
		dladm create-vnic -l stub1 "$@" w$i
	done
}

test_a_bridge_with_ports_is_restored()
{
	dladm create-simnet sim0
	dladm create-bridge -l sim0 br
	ip link del dev br
	vwire restore >/dev/null
	eq "$(dladm show-link -p -o over br)" sim0
	vwire check
}

test_many_links_in_a_zone_are_checked_and_deleted()
{
	ip netns add web
	dladm create-etherstub stub1
	many -p zone=web
	vwire check
	refused "no link 'nosuch0'" dladm delete-vnic w1 w2 w3 w4 w5 w6 w7 w8 nosuch0
	dladm delete-vnic w1 w2 w3 w4 w5 w6 w7 w8 w9
	eq "$(dladm show-vnic)" ""
}

test_many_links_behind_a_bridge_are_restored()
{
	dladm create-simnet sim0
	dladm create-bridge -l sim0 br
	dladm create-etherstub stub1
	many
	ip link del dev br
	ip link del dev sim0
	ip link del dev stub1
	for port in w1 w2 w3 w4 w5 w6 w7 w8 w9; do
		ip link del dev "$port"
	done
	vwire restore >/dev/null
	vwire check
}

test_a_value_set_for_now_does_not_keep_the_next_one_from_being_saved()
{
	nic net0
	dladm set-linkprop -t -p mtu=1400 net0
	dladm set-linkprop -p mtu=1300 net0
	config net0 | grep -q 1300
}

test_a_vnic_is_not_taken_for_another_with_the_same_address()
{
	ip netns add web
	dladm create-etherstub stub1
	dladm create-etherstub stub2
	dladm create-vnic -l stub1 -m 2:8:20:1:1:1 -p zone=web a0
	dladm create-vnic -l stub2 -m 2:8:20:1:1:1 -p zone=web b0
	ip -n web link del a0
	dladm delete-vnic a0
	eq "$(dladm show-link -p -o link,state b0)" b0:up
}

test_a_lost_link_below_does_not_block_commands_after_a_kill()
{
	need_cmd strace
	need_kind macvlan
	ip netns add web
	nic net0
	dladm create-vnic -l net0 v0
	strace -o /dev/null -f -e inject=renameat,renameat2,rename,linkat:signal=KILL \
		dladm set-linkprop -p zone=web v0 2>/dev/null || :
	ip link del net0
	dladm create-etherstub stub1
	dladm delete-vnic v0
	vwire check
}

test_restore_makes_what_is_over_a_remade_link_too()
{
	need_kind macvlan
	dladm create-simnet sim5
	dladm create-vnic -l sim5 y0
	ip link set sim5 address 02:00:00:00:00:99
	vwire restore >/dev/null
	eq "$(dladm show-link -p -o state y0)" up
	vwire check
}

test_renamed_hardware_keeps_its_first_name_whoever_has_that_now()
{
	nic p0
	nic p1
	dladm rename-link p0 x0
	dladm rename-link p1 p0
	dladm rename-link p0 y0
	eq "$(config x0 | tr -d ,)" '"x0": {"class": "phys" "over": "p0"}'
	eq "$(config y0 | tr -d ,)" '"y0": {"class": "phys" "over": "p1"}'
}

test_long_names_of_cabled_simnets_and_hardware_are_kept()
{
	dladm create-simnet averylongsimnetname0
	dladm create-simnet averylongsimnetname1
	dladm modify-simnet -p averylongsimnetname1 averylongsimnetname0
	nic net0
	dladm rename-link net0 averylongphysicalname0
	eq "$(dladm show-link -p -o link | grep very | sort | paste -sd' ')" \
		"averylongphysicalname0 averylongsimnetname0 averylongsimnetname1"
	vwire check
}

test_an_alternative_name_of_the_link_below_is_written_down_as_the_true_one()
{
	need_kind macvlan
	nic net0
	ip link property add dev net0 altname enp3s0
	dladm create-vnic -l enp3s0 e0
	eq "$(dladm show-vnic -P -p -o over e0)" net0
}

test_an_etherstub_stays_while_a_vnic_of_it_is_only_removed_for_now()
{
	dladm create-etherstub stub7
	dladm create-vnic -l stub7 z7
	dladm delete-vnic -t z7
	refused "'z7' sits on it" dladm delete-etherstub stub7
	vwire restore >/dev/null
	eq "$(dladm show-vnic -p -o link)" z7
}

test_saving_in_a_namespace_that_does_not_own_the_state_is_refused()
{
	unset VWIRE_ROOT
	local err

	err=$(unshare --net "$(command -v dladm)" create-etherstub stub1 2>&1) && fail "it was saved"
	grep -q "belongs to the host's network namespace" <<<"$err"
	[ ! -e /etc/vwire/config.json ] || ! grep -q stub1 /etc/vwire/config.json
}

# vnic_with_values_for_now: saved maxbw is 100M and that of its flow 3M; in force are others.
vnic_with_values_for_now()
{
	dladm create-vnic -l stub1 -p maxbw=100M v1
	dladm set-linkprop -t -p maxbw=6M v1
	flowadm add-flow -l v1 -a transport=tcp -p maxbw=3M f1
	flowadm set-flowprop -t -p maxbw=2M f1
	flowadm add-flow -t -l v1 -a transport=udp -p maxbw=1M f2
}

documents()
{
	grep -v '^{"vwire"' "$VWIRE_ROOT/etc/vwire/config.json"
	grep -v '^{"vwire"' "$VWIRE_ROOT/run/vwire/temporary.json"
}

# fails_at CALL ERRNO K COMMAND...: its K-th CALL fails. Then no document says anything else than
# before, and the next command, whatever it is, mends what was half done. Status 1: it succeeded.
fails_at()
{
	local call=$1 errno=$2 k=$3 before

	shift 3
	before=$(documents)
	traced strace -o /dev/null -f -e "inject=$call:error=$errno:when=$k" "$@" 2>err && return 1
	grep -q '^[a-z]*: cannot' err || fail "'$*' with $errno from $call no. $k: $(cat err)"
	eq "$(documents)" "$before" "what is written down after $errno from $call no. $k"
	dladm create-etherstub other0
	dladm delete-etherstub other0
	vwire check >out 2>&1 || fail "after $errno from $call no. $k: $(cat out)"
}

test_a_deletion_that_fails_changes_no_document_and_the_next_command_mends_the_rest()
{
	local k failed=0

	need_cmd strace
	dladm create-etherstub stub1
	for k in 1 2 3 4 5 6 7 8 9 10 11; do
		[ -n "$(dladm show-vnic -p -o link)" ] || vnic_with_values_for_now
		fails_at sendto ENOBUFS $k dladm delete-vnic v1 || continue
		failed=$((failed + 1))
	done
	[ $failed -gt 3 ] || fail "only $failed deletions failed"
}

test_a_flow_that_cannot_be_removed_keeps_its_values_for_now()
{
	local k flow failed=0

	need_cmd strace
	dladm create-etherstub stub1
	vnic_with_values_for_now
	for flow in f1 f2 "-t f1" "-l v1"; do
		for k in 20 24 28 32 36; do
			# shellcheck disable=SC2086  # an option and its argument
			fails_at bpf ENOMEM $k flowadm remove-flow $flow && failed=$((failed + 1))
			[ "$(flowadm show-flow -p -o flow | wc -l)" = 2 ] || {
				dladm delete-vnic v1
				vnic_with_values_for_now
			}
		done
	done
	[ $failed -gt 3 ] || fail "only $failed removals failed"
}

test_a_change_of_a_bridge_does_not_save_what_is_set_for_now()
{
	local line

	dladm create-simnet sim0
	dladm create-simnet sim1
	dladm create-bridge -l sim0 br
	dladm modify-bridge -t -d 20 br
	dladm modify-bridge -p 4096 br
	line=$(config br)
	has "$line" 4096
	not grep -q forward <<<"$line"
	has "$(dladm show-bridge -p -o priority,fwddelay br)" 4096:20
	dladm add-bridge -t -l sim1 br
	dladm modify-bridge -p 8192 br
	not grep -q sim1 <<<"$(config br)"
	eq "$(dladm show-link -p -o over br)" sim0,sim1
}

test_ports_of_a_bridge_are_saved_whatever_it_has_for_now()
{
	dladm create-simnet sim0
	dladm create-simnet sim1
	dladm create-bridge -l sim0 -l sim1 br
	dladm remove-bridge -t -l sim1 br
	dladm add-bridge -l sim1 br
	has "$(config br)" '"ports": ["sim0", "sim1"]'
	dladm remove-bridge -l sim1 br
	dladm add-bridge -t -l sim1 br
	dladm remove-bridge -l sim1 br
	has "$(config br)" '"ports": ["sim0"]'
	refused "no port of it" dladm remove-bridge -l sim1 br
	vwire check
}

test_cabling_a_simnet_does_not_save_what_is_set_for_now()
{
	dladm create-simnet sim0
	dladm create-simnet sim1
	dladm set-linkprop -t -p mtu=1400 sim0
	dladm modify-simnet -p sim1 sim0
	has "$(config sim0)" '"over": "sim1"'
	not grep -q mtu <<<"$(config sim0)"
	eq "$(dladm show-linkprop -c -o value -p mtu sim0)" 1400
}

test_changing_an_aggregation_or_a_tunnel_does_not_save_what_is_set_for_now()
{
	need_kind bond ipip
	nic net0
	dladm create-aggr -l net0 aggr0
	dladm set-linkprop -t -p mtu=1400 aggr0
	dladm modify-aggr -P L2 aggr0
	not grep -q mtu <<<"$(config aggr0)"
	ip addr add 192.0.2.1/24 dev lo
	dladm create-iptun -T ipv4 -a local=192.0.2.1,remote=192.0.2.2 tun0
	dladm set-linkprop -t -p mtu=1300 tun0
	dladm modify-iptun -a remote=192.0.2.3 tun0
	not grep -q mtu <<<"$(config tun0)"
}

run_tests

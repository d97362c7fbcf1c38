#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Many commands at once: no update is lost, nobody ever reads half a file.
# shellcheck disable=SC2317  # run_tests finds the functions by name
. "${VW_SOURCE:-$(dirname "$0")/../..}/tests/lib.sh"

WRITERS=8
ROUNDS=${VW_ROUNDS:-12}

# Each writer makes ROUNDS VNICs of its own, sets a property on each and deletes every third.
writer()
{
	local w=$1 i

	for ((i = 1; i <= ROUNDS; i++)); do
		dladm create-vnic -l "$2" "w${w}v$i" || return 1
		dladm set-linkprop -p mtu=1400 "w${w}v$i" || return 1
		[ $((i % 3)) -ne 0 ] || dladm delete-vnic "w${w}v$i" || return 1
	done
}

what_writers_leave()
{
	local w i

	for ((w = 1; w <= WRITERS; w++)); do
		for ((i = 1; i <= ROUNDS; i++)); do
			[ $((i % 3)) -eq 0 ] || echo "w${w}v$i"
		done
	done | sort
}

start_writers()
{
	local w

	pids=()
	for ((w = 1; w <= WRITERS; w++)); do
		writer "$w" "$1" >"writer$w.log" 2>&1 &
		pids+=($!)
	done
}

wait_for_writers()
{
	local w=0 pid bad=0

	for pid in "${pids[@]}"; do
		w=$((w + 1))
		wait "$pid" || { echo "writer $w:"; cat "writer$w.log"; bad=1; } >&2
	done
	[ "$bad" = 0 ] || fail "a writer failed"
}

saved_names()
{
	dladm show-vnic -P -p -o link | sort
}

all_are_there()
{
	eq "$(saved_names)" "$(what_writers_leave)" "the saved VNICs"
	eq "$(dladm show-vnic -p -o link | sort)" "$(what_writers_leave)" "the VNICs of the kernel"
	dladm show-linkprop -p -o value -p mtu >mtus 2>&1 || :
	for name in $(what_writers_leave); do
		eq "$(ip -o link show "$name" | sed 's/.* mtu \([0-9]*\) .*/\1/')" 1400 "mtu of $name"
	done
	vwire check
}

test_no_update_over_a_NIC_is_lost_when_eight_write_at_once()
{
	nic net0
	start_writers net0
	wait_for_writers
	all_are_there
}

test_no_update_over_an_etherstub_is_lost_when_eight_write_at_once()
{
	dladm create-etherstub stub1
	start_writers stub1
	wait_for_writers
	all_are_there
}

test_a_reader_always_sees_a_whole_configuration()
{
	nic net0
	dladm create-vnic -l net0 first1
	start_writers net0
	: >reads
	(
		while [ ! -e enough ]; do
			/usr/bin/python3 -c 'import json, sys; json.load(open(sys.argv[1]))' \
				"$VWIRE_ROOT/etc/vwire/config.json" || exit 1
			names=$(dladm show-vnic -P -p -o link) || exit 1
			case $names in
			*first1*) echo >>reads;;
			*) echo "first1 is missing from: $names" >&2; exit 1;;
			esac
		done
	) 2>reader.log &
	reader=$!
	wait_for_writers
	: >enough
	wait "$reader" || { cat reader.log >&2; fail "the reader saw something else"; }
	[ "$(wc -l <reads)" -ge 5 ] || fail "the reader read only $(wc -l <reads) times"
}

test_of_eight_that_make_the_same_VNIC_one_succeeds()
{
	nic net0
	for ((w = 1; w <= WRITERS; w++)); do
		(dladm create-vnic -l net0 same1 2>"err$w" && echo won >>won) &
		pids[w]=$!
	done
	for pid in "${pids[@]}"; do
		wait "$pid" || :
	done
	eq "$(wc -l <won)" 1 "how many succeeded"
	eq "$(grep -c "^dladm: cannot create vnic 'same1'" <(cat err*))" 7 "clear refusals"
	eq "$(saved_names)" same1
	vwire check
}

test_two_properties_set_at_once_are_both_kept()
{
	dladm create-etherstub stub1
	dladm create-vnic -l stub1 vnic1
	for i in 1 2 3 4 5 6 7 8 9 10; do
		dladm set-linkprop -p mtu=$((1300 + i)) vnic1 &
		one=$!
		dladm set-linkprop -p txqueuelen=$((500 + i)) vnic1 &
		wait "$one"
		wait $!
		eq "$(dladm show-linkprop -c -o value -p mtu vnic1)" $((1300 + i)) mtu
		eq "$(dladm show-linkprop -c -o value -p txqueuelen vnic1)" $((500 + i)) txqueuelen
	done
	vwire check
}

# Each guest is a VNIC in its zone with a limit, protection and flows; every third goes again.
guest()
{
	local w=$1 i v

	for ((i = 1; i <= ROUNDS / 2; i++)); do
		v=g${w}v$i
		dladm create-vnic -l "$2" -p "zone=z$w" -p "maxbw=$((w + i))" \
			-p protection=mac-nospoof "$v" || return 1
		flowadm add-flow -l "$v" -a transport=tcp -p maxbw=1 "f$w.$i" || return 1
		flowadm add-flow -l "$v" -a transport=udp "u$w.$i" || return 1
		dladm set-linkprop -p "maxbw=$((10 * w + i))" "$v" || return 1
		flowadm set-flowprop -p maxbw=2 "f$w.$i" || return 1
		flowadm remove-flow "u$w.$i" || return 1
		[ $((i % 3)) -ne 0 ] || dladm delete-vnic "$v" || return 1
	done
}

what_guests_leave()
{
	local w i

	for ((w = 1; w <= 4; w++)); do
		for ((i = 1; i <= ROUNDS / 2; i++)); do
			[ $((i % 3)) -eq 0 ] ||
				echo "g${w}v$i $((10 * w + i))M f$w.$i 2M"
		done
	done | sort
}

shown_guests()
{
	local v f

	dladm show-vnic -p -o link | while read -r v; do
		f=$(flowadm show-flow -p -o flow -l "$v")
		echo "$v $(dladm show-linkprop -c -o value -p maxbw "$v") $f" \
			"$(flowadm show-flowprop -c -o value -p maxbw "$f")"
	done | sort
}

test_limits_and_flows_of_four_that_write_at_once_are_all_kept()
{
	local w

	nic net0
	for w in 1 2 3 4; do ip netns add "z$w"; done
	before=$(tc qdisc show; ip -br link | cut -d' ' -f1)
	pids=()
	for w in 1 2 3 4; do
		guest "$w" net0 >"writer$w.log" 2>&1 &
		pids+=($!)
	done
	wait_for_writers
	eq "$(shown_guests)" "$(what_guests_leave)" "the guests"
	# a class of its own for every link and flow with a limit, a leaf for each direction
	eq "$(tc class show dev net0-q | grep -c 'leaf')" \
		$((4 * $(what_guests_leave | wc -l))) "leaves of classes"
	vwire check
	for v in $(dladm show-vnic -p -o link); do dladm delete-vnic "$v"; done
	eq "$(tc qdisc show; ip -br link | cut -d' ' -f1)" "$before" "what is left of them"
}

test_killed_writers_of_limits_harm_nobody_else()
{
	local w n

	nic net0
	for w in 1 2 3 4; do ip netns add "z$w"; done
	before=$(tc qdisc show; ip -br link | cut -d' ' -f1)
	pids=()
	for w in 1 2 3 4; do
		guest "$w" net0 >"writer$w.log" 2>&1 &
		pids+=($!)
	done
	for ((n = 0; n < 15; n++)); do
		sleep 0.1
		victim=$(pgrep -x 'dladm|flowadm' | shuf -n 1) || continue
		kill -9 "$victim" 2>/dev/null || :
	done
	for pid in "${pids[@]}"; do
		wait "$pid" || :
	done
	vwire restore
	vwire check
	for v in $(dladm show-vnic -p -o link); do
		dladm show-linkprop -c -o value -p maxbw "$v" >/dev/null
		dladm delete-vnic "$v"
	done
	eq "$(flowadm show-flow -p -o flow)" "" "flows of links that are gone"
	eq "$(tc qdisc show; ip -br link | cut -d' ' -f1)" "$before" "what is left of them"
}

# Commands are killed at random. What the others did must be there; a restore mends the rest.
test_killed_writers_harm_nobody_else()
{
	dladm create-etherstub stub1
	start_writers stub1
	for ((n = 0; n < 25; n++)); do
		sleep 0.05
		victim=$(pgrep -x dladm | shuf -n 1) || continue
		kill -9 "$victim" 2>/dev/null || :
	done
	for pid in "${pids[@]}"; do
		wait "$pid" || :
	done
	vwire restore
	vwire check
	eq "$(dladm show-vnic -p -o link | sort)" "$(saved_names)" "kernel and configuration"
	dladm create-vnic -l stub1 last1
}

run_tests

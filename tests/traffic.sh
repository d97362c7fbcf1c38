# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# traffic.sh - real traffic with iperf3 between zones, and what arrived of it
#
# Sourced after tests/lib.sh. Rates are goodput in kb/s. A limit counts frames at layer 2: a full
# TCP segment of 1448 bytes is a frame of 1514, so 95.6 % of a limit is all of it.

VW_PORT=5201

# serve ZONE: one measurement's server; leaves its port in VW_PORT. "-": the host. Callers are
# subshells, some at a time: a directory tells which ports were taken, so that none waits for the
# server before it to be gone.
serve()
{
	until mkdir port.$VW_PORT 2>/dev/null; do
		VW_PORT=$((VW_PORT + 1))
	done
	at "$1" iperf3 -s -1 -D -p $VW_PORT
	wait_for 10 listens "$1" $VW_PORT
}

at()
{
	local zone=$1

	shift
	if [ "$zone" = - ]; then "$@"; else in_zone "$zone" "$@"; fi
}

listens()
{
	at "$1" ss -Hltn "sport = :$2" | grep -q .
}

# received FILE: kb/s that arrived, of an iperf3 report
received()
{
	/usr/bin/python3 - "$1" <<-'E'
		import json, sys
		end = json.load(open(sys.argv[1]))['end']
		total = end.get('sum_received') or end['sum']
		rate = total['bits_per_second'] / 1000
		if 'lost_percent' in total and total.get('sender', True):
		    rate *= 1 - total['lost_percent'] / 100
		print(int(rate))
	E
}

# both_received FILE: kb/s of both directions together, of a report of iperf3 --bidir
both_received()
{
	/usr/bin/python3 - "$1" <<-'E'
		import json, sys
		end = json.load(open(sys.argv[1]))['end']
		print(int((end['sum_received']['bits_per_second'] +
		           end['sum_received_bidir_reverse']['bits_per_second']) / 1000))
	E
}

# tcp FROM TO ADDRESS [iperf3 options]: goodput of 3 s, after 1 s of warming up
tcp()
{
	local from=$1 to=$2 address=$3

	shift 3
	serve "$to"
	at "$from" iperf3 -J -c "$address" -p $VW_PORT -O 1 -t 3 "$@" >"tcp.$VW_PORT"
	case " $* " in
	*" --bidir "*) both_received "tcp.$VW_PORT";;
	*) received "tcp.$VW_PORT";;
	esac
}

# udp FROM TO ADDRESS RATE [iperf3 options]: what arrived of RATE offered in datagrams of 1400 bytes
udp()
{
	local from=$1 to=$2 address=$3 rate=$4

	shift 4
	serve "$to"
	at "$from" iperf3 -J -u -l 1400 -b "$rate" -c "$address" -p $VW_PORT -t 3 "$@" >"udp.$VW_PORT"
	received "udp.$VW_PORT"
}

# about GOT WANT PERCENT [what]: never more than so many percent above, and four more for what was
# still queued when the sender stopped its clock. Below, half may be missing:
# on a busy machine TCP is not woken in time to keep a short queue filled, and that is not the
# limit's doing; how exact it is on a quiet one is for the bench. An emulated machine (VW_EMULATED)
# is slower still and its clock is coarse: there, that not much more and something comes through.
about()
{
	local low=$(($2 / 2)) high=$(($2 * (104 + $3) / 100))

	[ -z "${VW_EMULATED:-}" ] || low=$(($2 * 40 / 100)) high=$(($2 * 115 / 100))
	[ "$1" -ge $low ] && [ "$1" -le $high ] || fail "${4:-rate}: $1 kb/s is not about $2"
}

at_most()
{
	local percent=107

	[ -z "${VW_EMULATED:-}" ] || percent=110
	[ "$1" -le $(($2 * percent / 100)) ] || fail "${3:-rate}: $1 kb/s is more than $2"
}

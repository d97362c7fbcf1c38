#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# kill -9 anywhere in the policy engine: links stay under their old policy or get the new one, the
# same call again completes it, and when all is deleted nothing is left.
. "${VW_SOURCE:-$(dirname "$0")/../..}/tests/lib.sh"

LAB=$VW_BUILD/tests/netns/policy_lab
KILLER=$VW_BUILD/tests/faults/killer
[ -x "$LAB" ] && [ -x "$KILLER" ] || skip "there is no $LAB or no $KILLER: build first"
unshare -n "$LAB" -f <<<find >/dev/null 2>&1 || skip "maps cannot be looked at here: run as root"
export VW_TEST_TIMEOUT=400
POINTS=${VW_KILL_POINTS:-40}	# how many places of each story to kill it at

says() { printf 'find\n%s\n' "$*" | "$LAB" -f | tail -n +2; }

world()
{
	local name

	nic eth0 w0
	ip addr add 10.0.0.1/24 dev eth0
	ip -n wire addr add 10.0.0.9/24 dev w0
	for name in a b; do
		ip netns add $name
		ip link add ${name}1-p type veth peer name ${name}1 address 02:00:00:00:00:0$name \
			netns $name
		ip link set ${name}1-p addrgenmode none
		ip -n $name link set ${name}1 addrgenmode none
		ip -n $name addr add 10.0.0.$((0x$name))/24 dev ${name}1
		ip link set ${name}1-p up
		ip -n $name link set ${name}1 up
	done
}

# The number of system call stops that the story $1 takes from its beginning.
stops()
{
	local file=$TESTDIR/stops

	"$KILLER" -o "$file" "$LAB" <"$1" >/dev/null
	cut -d' ' -f2 "$file"
}

# State without numbers that differ between two states that are alike.
state_now()
{
	says state a1-p
	says state b1-p
	says state eth0
	says dump
	tc qdisc show | sed -E 's/(bfifo|fq_codel) [0-9a-f]+:/\1 N:/; s/parent 1:[0-9a-f]+/parent 1:N/' |
		sort
	tc class show dev eth0-q | sed -E 's/(htb|parent|leaf) [0-9a-f:]+/\1 N/g' | sort
	bridge fdb show dev eth0 | sort
}

no_state() { [ "$("$LAB" -f <<<find)" = none ]; }

# From the state that story $1 makes, run story $2, killed at $POINTS places; then again, whole. $3
# is run before each check.
kill_story()
{
	local total i at want

	"$LAB" <"$1"
	total=$(stops "$2")
	want=$(state_now)
	for ((i = 0; i < POINTS; i++)); do
		"$LAB" <"$1"
		at=$((1 + total * i / POINTS))
		"$KILLER" -n $at "$LAB" <"$2" >/dev/null 2>&1 || :
		"${3:-:}" $at
		"$LAB" <"$2" || fail "again, after a kill at stop $at of $total"
		"$LAB" <<<sweep
		eq "$(state_now)" "$want" "state after a kill at stop $at of $total"
	done
}

nothing()
{
	cat >"$TESTDIR/nothing" <<-END
		del $(cat /sys/class/net/a1-p/ifindex) $(cat /sys/class/net/b1-p/ifindex)
		link eth0 plain
		set
		sweep
	END
}

test_a_link_set_up_for_the_first_time()
{
	world
	nothing
	cat >"$TESTDIR/all" <<-END
		link a1-p port strict sw=eth0 mac=2:0:0:0:0:a both=10M protect=mac,ip allow=10.0.0.10/32
		link b1-p port strict sw=eth0 mac=2:0:0:0:0:b vid=7 more=2:0:0:0:0:1b
		set
		flow f remote_port tcp:80 both=1M
		flow g transport udp
		flows-set
	END
	kill_story "$TESTDIR/nothing" "$TESTDIR/all"
	ip link del a1-p
	ip link del b1-p
	"$LAB" <<<sweep
	wait_for 3 no_state
	eq "$(tc qdisc show | grep -Ev 'noqueue|noop')" ""
	eq "$(ip -o link show group 7)" ""
}

flowing()
{
	in_zone a ping -c 2 -i 0.1 -W 1 -q 10.0.0.9 >/dev/null ||
		fail "no traffic after a kill at stop $1"
	not in_zone a ping -c 1 -W 0.2 -I 10.0.0.66 10.0.0.9
}

test_a_policy_that_changes_under_traffic()
{
	POINTS=$((POINTS / 2))
	world
	ip -n a addr add 10.0.0.66/24 dev a1
	nothing
	cat >"$TESTDIR/one" <<-END
		link a1-p port strict sw=eth0 mac=2:0:0:0:0:a both=50M protect=mac,ip allow=10.0.0.10/32
		link b1-p port strict sw=eth0 mac=2:0:0:0:0:b
		set
		link a1-p port strict sw=eth0 mac=2:0:0:0:0:a both=50M protect=mac,ip allow=10.0.0.10/32
		flow f transport icmp both=5M
		flows-sync
	END
	cat >"$TESTDIR/two" <<-END
		link b1-p port strict sw=eth0 mac=2:0:0:0:0:b vid=7 both=5M
		link a1-p port strict sw=eth0 mac=2:0:0:0:0:a protect=ip allow=10.0.0.0/27
		set
		link a1-p port strict sw=eth0 mac=2:0:0:0:0:a protect=ip allow=10.0.0.0/27
		flow f transport tcp both=5M
		flow g dsfield b8:fc
		flow h local_ip 10.9.0.0/24
		flows-sync
	END
	kill_story "$TESTDIR/one" "$TESTDIR/two" flowing
	kill_story "$TESTDIR/two" "$TESTDIR/one" flowing
}

test_a_policy_that_is_taken_away()
{
	POINTS=$((POINTS / 2))
	world
	nothing
	cat >"$TESTDIR/one" <<-END
		link eth0 plain both=50M protect=ip allow=10.0.0.0/24 mac=$(cat /sys/class/net/eth0/address)
		set
		flow f transport icmp both=5M
		flows-set
	END
	cat >"$TESTDIR/two" <<-END
		link eth0 plain
		set
		flows-sync
	END
	passing() { ping -c 1 -W 1 -q 10.0.0.9 >/dev/null || fail "no traffic after a kill at stop $1"; }
	local total i at

	"$LAB" <"$TESTDIR/one"
	total=$(stops "$TESTDIR/two")
	for ((i = 0; i < POINTS; i++)); do
		"$LAB" <"$TESTDIR/one"
		at=$((1 + total * i / POINTS))
		"$KILLER" -n $at "$LAB" <"$TESTDIR/two" >/dev/null 2>&1 || :
		passing $at
		"$LAB" <"$TESTDIR/two" || fail "again, after a kill at stop $at of $total"
		passing $at
		"$LAB" <<<sweep
		eq "$(tc qdisc show | grep -Ev 'noqueue|noop')" ""
		eq "$(ip -o link show group 7)" ""
		wait_for 3 no_state
	done
}

run_tests

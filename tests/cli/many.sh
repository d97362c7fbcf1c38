#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Thousands of links: the programs that read counters, and links that come and go meanwhile
. "${VW_SOURCE:-$(dirname "$0")/../..}/tests/lib.sh"

LINKS=4000

# many [ZONE]: so many links over net0, there
many()
{
	nic net0
	[ $# = 0 ] || ip link set net0 netns "$1"
	seq 0 $((LINKS - 1)) | sed 's/.*/link add link net0 name v& type macvlan mode bridge/' |
		ip ${1:+-n "$1"} -batch -
	want=$(seq 0 $((LINKS - 1)) | sed 's/^/v/' | sort)
}

# begin_churn [ZONE]: two processes that make and delete links there without a pause; $churn are
# their numbers.
begin_churn()
{
	local k ip="ip ${1:+-n $1}"

	churn=()
	for k in 1 2; do
		sh -c "while :; do
			$ip link add link net0 name c$k type macvlan mode bridge; $ip link del c$k
		done" 2>/dev/null &
		churn+=($!)
	done
}

# complete COMMAND...: it succeeds, and every link that stays is in its first column, once
complete()
{
	says_nothing_wrong "$@"
	eq "$(sed 's/^ *//; s/[: ].*//' out | grep '^v' | sort)" "$want" "links of '$*'"
}

says_nothing_wrong()
{
	local rc=0

	"$@" >out 2>err || rc=$?
	eq "$rc" 0 "status of '$*', which said '$(cat err)'"
	eq "$(cat err)" "" "what '$*' said"
}

test_links_that_come_and_go_are_no_trouble_to_a_single_reading()
{
	local _

	many
	begin_churn
	for _ in 1 2 3; do
		complete dlstat -p -o link
		complete dlstat -p -o link,class,over
		complete dlstat -D -p -o link
		complete dlstat show-link -t -p -o link
	done
	says_nothing_wrong dlstat --openmetrics
	eq "$(grep -c '^vwire_link_up{link="v' out)" $LINKS
	kill "${churn[@]}"
}

test_links_that_come_and_go_in_a_zone_are_no_trouble()
{
	ip netns add one
	many one
	begin_churn one
	complete dlstat -p -o link
	complete dlstat -Z one -p -o link,class
	kill "${churn[@]}"
}

test_a_screen_of_four_thousand_links()
{
	many
	out=$(screen until:v1 show key:$'\e[6~' key:$'\eOF' until:v3999 show key:q end -- linkstat)
	has "$out" "$((LINKS + 2)) links"
	has "$out" "v3999"
	has "$out" "status 0 sane"
}

# screen STEP... -- COMMAND: see terminal.py
screen()
{
	python3 -B "$VW_SOURCE/tests/cli/terminal.py" "$@"
}

run_tests

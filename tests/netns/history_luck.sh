#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Counters and history when luck runs out: what a process may have is used up, names are used twice.
. "${VW_SOURCE:-$(dirname "$0")/../..}/tests/lib.sh"
PATH=$VW_BUILD/cli/acctadm:$PATH

# limits: "link zone maxbw" of each link whose name begins with net
limits()
{
	/usr/bin/python3 - <<'PY'
import os, sys
sys.path.insert(0, os.environ["VW_BUILD"] + "/bindings/python")
import vwire
with vwire.open() as h, h.statistics(limits=True) as s:
    for link in sorted(s.read().links, key=lambda x: (x.name, x.zone or "")):
        if link.name.startswith("net"):
            print(link.name, link.zone or "-", link.maxbw_bps)
PY
}

# least GOT WANT WHAT
least()
{
	[ "$1" -ge "$2" ] || fail "$3: $1 bytes are recorded of $2"
}

test_zones_are_entered_one_by_one_when_all_together_fail()
{
	local zone

	for zone in red green blue; do
		ip netns add "$zone"
		ip link add "to$zone" type veth peer name eth0 netns "$zone"
	done
	"$VW_BUILD/tests/netns/stat_lab" zones 3 || fail "see above"
}

test_what_was_found_for_the_links_holds_their_list()
{
	"$VW_BUILD/tests/netns/stat_lab" roster || fail "see above"
}

test_a_limit_is_what_dladm_says_it_is()
{
	need_python_module
	need_policy
	nic net0
	dladm set-linkprop -p maxbw=64.5K net0
	eq "$(limits)" "net0 - 64500"
	dladm set-linkprop -p maxbw=1.5G net0
	eq "$(limits)" "net0 - 1500000000"
	dladm reset-linkprop -p maxbw net0
	eq "$(limits)" "net0 - None"
}

test_what_a_zone_calls_net0_is_not_the_hosts_net0()
{
	need_python_module
	need_policy
	nic net0
	ip netns add web
	ip link add toweb type veth peer name net0 netns web
	dladm set-linkprop -p maxbw=100M net0
	eq "$(limits)" "net0 - 100000000
net0 web None"
}

test_a_zone_that_goes_at_once_after_its_link_takes_no_byte_along()
{
	local i sent

	dladm create-etherstub stub1
	acctadm -e basic -f "$PWD/net.log" -i 20 net
	for i in 1 2 3 4; do
		ip netns add "z$i"
		dladm create-vnic -l stub1 -p "zone=z$i" "v$i"
		ip -n "z$i" addr add "10.0.0.$i/24" dev "v$i"
	done
	acctadm -u net
	for i in 1 2 3 4; do
		in_zone "z$i" ping -q -c 50 -i 0.002 -s 20000 "10.0.0.$((i % 4 + 1))" >/dev/null
	done
	for i in 1 2 3 4; do	# what a VNIC sent, its port received
		sent[i]=$(ip -s -j link show "v$i-p" | sed 's/.*"rx":{"bytes":\([0-9]*\).*/\1/')
	done
	for i in 1 2 3 4; do
		dladm delete-vnic "v$i"
		ip netns del "z$i"
	done
	acctadm -u net
	for i in 1 2 3 4; do
		# it may have answered a neighbour after it was looked at
		least "$(dladm show-usage -a -S all -p -o obytes -f net.log "v$i")" "${sent[i]}" "v$i"
	done
	acctadm -x net
}

run_tests

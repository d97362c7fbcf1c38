#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# create-, modify-, delete- and show-simnet
. "${VW_SOURCE:-$(dirname "$0")/../..}/tests/lib.sh"

# up LINK...: the kernel tells of a carrier a moment after it is there
up()
{
	local link

	for link; do
		wait_for 3 eval "dladm show-link -p -o state $link | grep -qx up"
	done
}

peers()
{
	dladm show-simnet -p -o link,otherlink "$@" | sort
}

test_simnets_are_shown()
{
	dladm create-simnet -m ethernet sim1
	eq "$(dladm show-simnet | sed -E 's/2:8:20(:[0-9a-f]{1,2}){3} */MAC /')" \
"LINK        MEDIA               MACADDRESS        OTHERLINK
sim1        Ethernet            MAC --"
	up sim1
	eq "$(dladm show-link -o link,class,state)" \
"LINK        CLASS     STATE
sim1        simnet    up"
}

test_two_are_cabled_and_uncabled()
{
	dladm create-simnet sim1
	dladm create-simnet sim2
	before=$(dladm show-simnet -p -o link,macaddress | sort)
	dladm modify-simnet -p sim2 sim1
	eq "$(peers)" \
"sim1:sim2
sim2:sim1"
	eq "$(peers -P)" \
"sim1:sim2
sim2:sim1"
	eq "$(dladm show-simnet -p -o link,macaddress | sort)" "$before" "addresses"
	ip link set sim1 up
	ip addr add 10.0.0.1/24 dev sim1
	dladm modify-simnet -p none sim1
	eq "$(peers)" \
"sim1:
sim2:"
	dladm modify-simnet -p sim1 sim2
	dladm delete-simnet sim1
	eq "$(peers)" "sim2:"
	dladm delete-simnet sim2
	eq "$(dladm show-link)" ""
}

test_a_cable_carries_frames()
{
	ip netns add far
	dladm create-simnet sim1
	dladm create-simnet sim2
	dladm modify-simnet -p sim2 sim1
	dladm create-vnic -l sim1 near1
	dladm create-vnic -l sim2 -p zone=far far1
	ip addr add 10.0.0.1/24 dev near1
	in_zone far ip addr add 10.0.0.2/24 dev far1
	ping -c 1 -W 3 -q 10.0.0.2 >/dev/null
}

run_tests

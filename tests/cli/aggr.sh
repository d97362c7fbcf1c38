#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Aggregations. Where the kernel has no bonds the saved half is tested here, the rest in tests/vm.
. "${VW_SOURCE:-$(dirname "$0")/../..}/tests/lib.sh"

offline()	# what is saved below $PWD/r
{
	mkdir -p r
	"$@" -R r
}

test_options_reach_the_saved_configuration()
{
	offline dladm create-aggr -l net0 -l net1 aggr0
	offline dladm create-aggr -P L2,l3 -L active -T long -u 2:8:20:0:0:1 -f -l net2 -l net3 aggr1
	eq "$(cat r/etc/vwire/config.json)" \
'{"vwire": 1, "generation": 2, "links": {
"aggr0": {"class": "aggr", "ports": ["net0", "net1"], "lacp": "off", "timer": "short", "policy": "L4"},
"aggr1": {"class": "aggr", "ports": ["net2", "net3"], "mac": "2:8:20:0:0:1", "macaddrtype": "fixed", "lacp": "active", "timer": "long", "policy": "L2,L3", "forced": true}
}}'
	export VWIRE_ROOT=$PWD/r
	eq "$(dladm show-aggr -P)" \
"LINK            POLICY   ADDRPOLICY           LACPACTIVITY  LACPTIMER   FLAGS
aggr0           L4       auto                 off           short       -----
aggr1           L2,L3    fixed (2:8:20:0:0:1) active        long        f----"
	eq "$(dladm show-aggr -P -j aggr1)" \
'{"vwire":{"schema":1},"aggrs":[
{"link":"aggr1","policy":["L2","L3"],"address_policy":"fixed (2:8:20:0:0:1)","lacp_activity":"active","lacp_timer":"long","flags":"f----"}
]}'
}

test_old_spellings_mean_the_same()
{
	offline dladm create-aggr -d net0 -d net1 -l active 1
	offline dladm create-aggr --dev net2 -l passive --lacp-timer long 2
	export VWIRE_ROOT=$PWD/r
	eq "$(dladm show-aggr -P -p -o link,lacpactivity,lacptimer)" \
"aggr1:active:short
aggr2:passive:long"
	eq "$(dladm show-link -P -p -o link,over)" \
"aggr1:net0,net1
aggr2:net2"
	eq "$(dladm show-aggr -P -p -o link 2)" aggr2
}

test_ports_come_and_go_and_attributes_change()
{
	offline dladm create-aggr -l net0 aggr0
	offline dladm add-aggr -l net1 -l net2 0
	offline dladm remove-aggr -l net0 aggr0
	offline dladm modify-aggr -P L2 -L passive aggr0
	eq "$(cat r/etc/vwire/config.json)" \
'{"vwire": 1, "generation": 4, "links": {
"aggr0": {"class": "aggr", "ports": ["net1", "net2"], "lacp": "passive", "timer": "short", "policy": "L2"}
}}'
	offline dladm delete-aggr aggr0
	eq "$(VWIRE_ROOT=$PWD/r dladm show-aggr -P)" ""
}

test_without_bonds_the_kernel_is_named()
{
	unshare -n ip link add b0 type bond 2>&1 | grep -q 'Unknown device' ||
		skip "this kernel has 'bond' links"
	nic net0
	refused "bonding" dladm create-aggr -l net0 aggr0
}

test_an_aggregation_is_shown_in_every_mode()
{
	need_kind bond
	nic net0
	nic net1
	ip link set net0 address 2:8:20:0:0:10
	ip link set net1 address 2:8:20:0:0:11
	dladm create-aggr -l net0 -l net1 -P L2 aggr0
	eq "$(dladm show-aggr)" \
"LINK            POLICY   ADDRPOLICY           LACPACTIVITY  LACPTIMER   FLAGS
aggr0           L2       auto                 off           short       -----"
	eq "$(dladm show-aggr -x -o link,port,address)" \
"LINK        PORT           ADDRESS
aggr0       --             2:8:20:0:0:10
            net0           2:8:20:0:0:10
            net1           2:8:20:0:0:11"
	eq "$(dladm show-aggr -x -p -o link,port)" \
"aggr0:
aggr0:net0
aggr0:net1"
	eq "$(dladm show-aggr -L -p -o link,port)" \
"aggr0:net0
aggr0:net1"
	eq "$(dladm show-aggr -s -o link,port)" \
"LINK        PORT
aggr0       --
aggr0       net0
aggr0       net1"
	eq "$(dladm show-link -p -o over aggr0)" net0,net1
	dladm delete-aggr aggr0
	eq "$(dladm show-link -o link)" \
"LINK
net0
net1"
}

run_tests

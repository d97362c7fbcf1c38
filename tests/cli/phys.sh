#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# show-phys and show-ether
. "${VW_SOURCE:-$(dirname "$0")/../..}/tests/lib.sh"

# up LINK...: the kernel tells of a carrier a moment after it is there
up()
{
	local link

	for link; do
		wait_for 3 eval "dladm show-link -p -o state $link | grep -qx up"
	done
}

test_physical_links_are_shown()
{
	nic net0
	ip link add net1 type veth peer name far1
	ip link set far1 netns wire
	up net0
	eq "$(dladm show-phys)" \
"LINK         MEDIA                STATE      SPEED    DUPLEX   DEVICE
net0         Ethernet             up         10000    full     net0
net1         Ethernet             down       10000    full     net1"
	eq "$(dladm show-phys -p -o device,flags net0)" "net0:-----"
	eq "$(dladm show-phys -j net0)" \
'{"vwire":{"schema":1},"phys":[
{"link":"net0","media":"Ethernet","state":"up","speed_bps":10000000000,"duplex":"full","device":"net0"}
]}'
}

test_addresses_and_who_uses_them()
{
	nic net0
	ip link set net0 address 2:8:20:ff:0:1
	dladm create-vnic -l net0 -m 2:8:20:0:0:2 vnic2
	eq "$(dladm show-phys -m)" \
"LINK         SLOT     ADDRESS            INUSE CLIENT
net0         primary  2:8:20:ff:0:1      yes  net0
--           --       2:8:20:0:0:2       yes  vnic2"
	eq "$(dladm show-phys -m -p -o link,address net0)" \
'net0:2\:8\:20\:ff\:0\:1
net0:2\:8\:20\:0\:0\:2'
	eq "$(dladm show-phys -m -j -o link,mac,inuse,address net0 2>&1)" \
"dladm: unknown output field: \`mac'
dladm: hint: the fields are LINK,SLOT,ADDRESS,INUSE,CLIENT"
	eq "$(dladm show-phys -m -j -o link,address,inuse net0)" \
'{"vwire":{"schema":1},"addresses":[
{"link":"net0","mac":"2:8:20:ff:0:1","in_use":true},
{"link":"net0","mac":"2:8:20:0:0:2","in_use":true}
]}'
}

test_queues_and_who_uses_them()
{
	ip netns add wire
	ip link add net0 numtxqueues 4 numrxqueues 2 type veth peer name wire0 netns wire
	eq "$(dladm show-phys -H -o link,ringtype,clients)" \
"LINK         RINGTYPE CLIENTS
net0         RX       <default>
net0         TX       <default>"
	eq "$(dladm show-phys -H -p -o ringtype,rings net0)" \
"RX:0-1
TX:0-3"
}

test_what_the_ethernet_layer_says()
{
	nic net0
	up net0
	eq "$(dladm show-ether)" \
"LINK            PTYPE    STATE    AUTO  SPEED-DUPLEX                    PAUSE  REM_FAULT
net0            current  up       no    10G-f                           ?      ?"
	eq "$(dladm show-ether -x -p -o link,ptype net0)" \
"net0:current
net0:capable
net0:adv
net0:peeradv"
	eq "$(dladm show-ether -j net0)" \
'{"vwire":{"schema":1},"ethers":[
{"link":"net0","ptype":"current","state":"up","autoneg":false,"speed_duplex":["10G-f"],"pause":null,"rem_fault":null}
]}'
}

run_tests

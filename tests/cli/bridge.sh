#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# create-, modify-, delete-, add-, remove- and show-bridge
. "${VW_SOURCE:-$(dirname "$0")/../..}/tests/lib.sh"

# Bridge br over sim1, all addresses known
known_bridge()
{
	dladm create-simnet sim1
	dladm create-bridge -l sim1 "$@" br
	mac=$(dladm show-simnet -p -o macaddress sim1)
}

test_a_bridge_is_shown()
{
	known_bridge
	eq "$(dladm show-bridge | head -1)" \
		"BRIDGE      PROTECT ADDRESS            PRIORITY DESROOT"
	eq "$(dladm show-bridge | tr -s ' ')" \
"BRIDGE PROTECT ADDRESS PRIORITY DESROOT
br stp 32768/$mac 32768 32768/$mac"
	eq "$(dladm show-bridge -o bridge,bmaxage,bhellotime,bfwddelay,forceproto,rootcost,rootport,tccount)" \
"BRIDGE      BMAXAGE BHELLOTIME BFWDDELAY FORCEPROTO ROOTCOST   ROOTPORT   TCCOUNT
br          20      2          15        0          0          0          ?"
	eq "$(dladm show-bridge -P)" \
"BRIDGE      PROTECT PRIORITY
br          stp     32768"
	eq "$(dladm show-bridge -s | head -1)" \
		"BRIDGE      DROPS       FORWARDS    MBCAST      UNKNOWN"
	eq "$(dladm show-bridge -s -p -o bridge,forwards,unknown)" "br:?:?"
}

test_parameters_reach_the_kernel_and_change()
{
	known_bridge -p 4096 -m 10 -h 1 -d 8
	eq "$(dladm show-bridge -p -o priority,bmaxage,bhellotime,bfwddelay)" "4096:10:1:8"
	has "$(ip -d link show br)" "forward_delay 800 hello_time 100 max_age 1000"
	has "$(ip -d link show br)" "stp_state 1 priority 4096"
	dladm modify-bridge -p 0 br
	eq "$(dladm show-bridge -p -o priority,bmaxage br)" "0:10"
	dladm modify-bridge -P none br
	eq "$(dladm show-bridge -p -o protect br)" none
	has "$(ip -d link show br)" "stp_state 0"
}

test_ports_come_and_go()
{
	known_bridge
	dladm create-simnet sim2
	dladm create-etherstub stub1
	dladm add-bridge -l sim2 br
	eq "$(dladm show-link -p -o link,bridge | sort)" \
"br:
sim1:br
sim2:br
stub1:"
	eq "$(dladm show-bridge -l -o link,opercost,operp2p br)" \
"LINK        OPERCOST OPERP2P
sim1        2        ?
sim2        2        ?"
	refused "sim" dladm delete-bridge br
	dladm remove-bridge -l sim1 -l sim2 br
	eq "$(dladm show-bridge -l br)" ""
	dladm delete-bridge br
	eq "$(dladm show-bridge)" ""
}

# how NIC: what a port of a bridge may not keep when it leaves
how()
{
	ip -d -j link show "$1" | jq -c '.[0] | [(.flags | index("UP")) != null, .group, .inet6_addr_gen_mode]'
}

test_a_nic_leaves_as_it_came()
{
	need_cmd jq
	nic net0
	nic net1
	ip link set net0 addrgenmode eui64
	ip link set net1 down addrgenmode random
	dladm create-bridge -l net0 -l net1 br
	for nic in net0 net1; do
		has "$(how "$nic")" '[true,' "$nic"
		has "$(how "$nic")" '"none"]' "$nic"
	done
	dladm remove-bridge -l net0 -l net1 br
	eq "$(how net0)" '[true,"default","eui64"]'
	eq "$(how net1)" '[false,"default","random"]'
}

test_links_and_the_forwarding_table()
{
	known_bridge
	eq "$(dladm show-bridge -l br | sed -E 's/listening |learning  /forwarding/')" \
"LINK        STATE       UPTIME  DESROOT
sim1        forwarding  ?       32768/$mac"
	eq "$(dladm show-bridge -l -s br | head -1)" "LINK        DROPS    RECV     XMIT"
	# A bridge that filters VLANs has an entry for each.
	eq "$(dladm show-bridge -f br | uniq)" \
"DEST             AGE    FLAGS OUTPUT
$(printf '%-16s' "$mac") --     LS    sim1"
	bridge fdb add 2:8:20:9:9:9 dev sim1 master static
	eq "$(dladm show-bridge -f -p -o dest,flags,output br | grep -F '9\:9\:9')" '2\:8\:20\:9\:9\:9:S:sim1'
}

run_tests

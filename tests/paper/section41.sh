#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Section 4.1 of the Crossbow vWire paper: every dladm command it prints, as printed.
# ifconfig is spelled ip here; flowadm (4.1.6) has tests of its own.
. "${VW_SOURCE:-$(dirname "$0")/../..}/tests/lib.sh"

# Random addresses are random: their place is what the paper shows.
macs()
{
	sed -E 's/2:8:20(:[0-9a-f]{1,2}){3} */MAC /; s/ $//'
}

test_4_1_1_a_vnic_over_a_nic()
{
	nic e1000g4
	eq "$(dladm create-vnic -l e1000g4 vnic100 2>&1)" ""
	eq "$(dladm show-vnic -o LINK,OVER)" \
"LINK         OVER
vnic100      e1000g4"
	eq "$(dladm show-vnic -o LINK,MACADDRESS | macs)" \
"LINK         MACADDRESS
vnic100      MAC"
	eq "$(dladm show-vnic -o LINK,OVER,MACADDRESS | macs)" \
"LINK         OVER         MACADDRESS
vnic100      e1000g4      MAC"
}

test_4_1_1_without_o_all_attributes_are_shown()
{
	nic e1000g4
	dladm create-vnic -l e1000g4 vnic100
	eq "$(dladm show-vnic | macs | sed -E 's/e1000g4 +[0-9?]+ +/e1000g4 SPEED /')" \
"LINK         OVER         SPEED    MACADDRESS        MACADDRTYPE         VID
vnic100      e1000g4 SPEED MAC random              0"
}

test_4_1_1_a_vnic_is_a_regular_link()
{
	nic e1000g4
	dladm create-vnic -l e1000g4 vnic100
	ip addr add 10.20.20.1/24 dev vnic100
	ip link set vnic100 up
	has "$(ip addr show vnic100)" "inet 10.20.20.1/24"
	in_zone wire ip addr add 10.20.20.2/24 dev wire4
	ping -c 1 -W 2 -q 10.20.20.2 >/dev/null
	mac=$(dladm show-vnic -p -o macaddress vnic100)
	seen=$(in_zone wire ip neigh show 10.20.20.1 | sed -E 's/.*lladdr ([^ ]*).*/\1/')
	eq "$(sed -E 's/(^|:)0/\1/g' <<<"$seen")" "$mac" "the address the wire saw"
}

test_4_1_1_delete_vnic_takes_it_away()
{
	nic e1000g4
	dladm create-vnic -l e1000g4 vnic100
	dladm create-vnic -l e1000g4 vnic101
	dladm delete-vnic vnic100
	eq "$(dladm show-vnic -o LINK,OVER)" \
"LINK         OVER
vnic101      e1000g4"
	not ip link show vnic100
}

test_4_1_1_the_address_may_be_given()
{
	nic e1000g4
	dladm create-vnic -l e1000g4 -m 2:8:20:36:ed:5 vnic100
	eq "$(dladm show-vnic -o LINK,MACADDRESS)" \
"LINK         MACADDRESS
vnic100      2:8:20:36:ed:5"
}

test_4_1_2_three_vnics_over_an_etherstub()
{
	dladm create-etherstub vswitch0
	dladm create-vnic -l vswitch0 vnic0
	dladm create-vnic -l vswitch0 vnic1
	dladm create-vnic -l vswitch0 vnic2
	eq "$(dladm show-vnic -o LINK,OVER)" \
"LINK         OVER
vnic0        vswitch0
vnic1        vswitch0
vnic2        vswitch0"
}

test_4_1_3_vnics_of_two_vlans_over_a_nic()
{
	need_kind vlan
	nic e1000g0
	dladm create-vnic -l e1000g0 \
		-v 200 vlan200vnic0
	dladm create-vnic -l e1000g0 \
		-v 200 vlan200vnic1
	dladm create-vnic -l e1000g0 \
		-v 300 vlan300vnic0
	eq "$(dladm show-vnic -o LINK,MACADDRESS,VID | macs)" \
"LINK         MACADDRESS        VID
vlan200vnic0 MAC 200
vlan200vnic1 MAC 200
vlan300vnic0 MAC 300"
}

test_4_1_3_the_same_over_an_etherstub()
{
	dladm create-etherstub vswitch0
	dladm create-vnic -l vswitch0 -v 200 vlan200vnic0
	dladm create-vnic -l vswitch0 -v 200 vlan200vnic1
	dladm create-vnic -l vswitch0 -v 300 vlan300vnic0
	eq "$(dladm show-vnic -o LINK,MACADDRESS,VID | macs)" \
"LINK         MACADDRESS        VID
vlan200vnic0 MAC 200
vlan200vnic1 MAC 200
vlan300vnic0 MAC 300"
}

test_4_1_4_vnics_over_an_aggregation()
{
	need_kind bond
	nic e1000g2
	nic e1000g3
	dladm create-aggr -l e1000g2 \
		-l e1000g3 aggr0
	dladm create-vnic -l aggr0 vnic500
	dladm create-vnic -l aggr0 vnic501
	eq "$(dladm show-aggr)" \
"LINK            POLICY   ADDRPOLICY           LACPACTIVITY  LACPTIMER   FLAGS
aggr0           L4       auto                 off           short       -----"
	eq "$(dladm show-vnic -o LINK,OVER)" \
"LINK         OVER
vnic500      aggr0
vnic501      aggr0"
}

# Section 4.2.1 asks for the zone of a VNIC in this way.
test_4_2_1_the_zone_of_a_vnic_is_a_property()
{
	nic e1000g0
	ip netns add zone1
	dladm create-vnic -l e1000g0 vnic1
	dladm set-linkprop -p zone=zone1 vnic1
	eq "$(dladm show-linkprop -o LINK,PROPERTY,PERM,VALUE -p zone vnic1)" \
"LINK         PROPERTY        PERM VALUE
vnic1        zone            rw   zone1"
	in_zone zone1 ip link show vnic1 >/dev/null
}

run_tests

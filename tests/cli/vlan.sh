#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# create-vlan, delete-vlan, show-vlan
. "${VW_SOURCE:-$(dirname "$0")/../..}/tests/lib.sh"

test_vlans_over_a_nic()
{
	need_kind vlan
	nic net0
	dladm create-vlan -l net0 -v 7 vlan7
	dladm create-vlan -f -l net0 -v 2
	eq "$(dladm show-vlan)" \
"LINK            VID      OVER         FLAGS
vlan7           7        net0         -----
net2000         2        net0         f----"
	eq "$(dladm show-vlan -P -o link,vid)" \
"LINK            VID
vlan7           7
net2000         2"
	eq "$(dladm show-vlan -p -o link,vid,over,flags vlan7)" "vlan7:7:net0:-----"
	refused "net0" dladm create-vlan -l net0 -v 7 vlan8
	dladm delete-vlan vlan7 net2000
	eq "$(dladm show-vlan)" ""
}

test_without_8021q_the_kernel_is_named()
{
	nic net0
	unshare -n ip link add v0 type vlan id 3 2>&1 | grep -q 'Unknown device' ||
		skip "this kernel has 'vlan' links"
	refused "8021q" dladm create-vlan -l net0 -v 7 vlan7
	refused "8021q" dladm create-vnic -l net0 -v 7 vnic7
}

test_a_vlan_is_saved_below_another_root()
{
	mkdir root2
	dladm create-vlan -R root2 -l bge1 -v 2
	dladm create-vlan -R root2 -f -l bge1 -v 100 vlan100
	eq "$(cat root2/etc/vwire/config.json)" \
'{"vwire": 1, "generation": 2, "links": {
"bge2001": {"class": "vlan", "over": "bge1", "vid": 2},
"vlan100": {"class": "vlan", "over": "bge1", "vid": 100, "forced": true}
}}'
}

run_tests

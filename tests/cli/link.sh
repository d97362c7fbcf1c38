#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# show-link and rename-link
. "${VW_SOURCE:-$(dirname "$0")/../..}/tests/lib.sh"

# up LINK...: the kernel tells of a carrier a moment after it is there
up()
{
	local link

	for link; do
		wait_for 3 eval "dladm show-link -p -o state $link | grep -qx up"
	done
}

test_links_of_every_class_are_shown()
{
	nic net0
	dladm create-etherstub stub1
	dladm create-vnic -l stub1 web1
	dladm create-simnet sim1
	dladm create-bridge -l sim1 br
	ip link add foreign0 type bridge
	eq "$(dladm show-link -o link,class,bridge,over)" \
"LINK        CLASS     BRIDGE     OVER
net0        phys      --         --
stub1       etherstub --         --
web1        vnic      --         stub1
sim1        simnet    br         --
br          bridge    --         sim1
foreign0    bridge    --         --"
}

test_hidden_devices_stay_hidden()
{
	nic net0
	dladm create-etherstub stub1
	dladm create-vnic -l stub1 -v 10 vnic1
	dladm create-simnet sim1
	eq "$(dladm show-link -p -o link)" \
"net0
stub1
vnic1
sim1"
	eq "$(dladm show-phys -p -o link)" net0
}

test_saved_links_are_shown_as_saved()
{
	dladm create-etherstub stub1
	dladm create-vnic -l stub1 web1
	dladm create-etherstub -t stub2
	eq "$(dladm show-link -P)" \
"LINK        CLASS     BRIDGE     OVER
stub1       etherstub --         --
web1        vnic      --         stub1"
}

test_a_link_in_a_zone_that_went_is_absent()
{
	ip netns add web
	dladm create-etherstub stub1
	dladm create-vnic -l stub1 -p zone=web web1
	up web1
	eq "$(dladm show-link -o link,class,state,zone web1)" \
"LINK        CLASS     STATE    ZONE
web1        vnic      up       web"
	ip netns del web
	wait_for 3 eval "dladm show-link -p -o state web1 | grep -q absent"
	eq "$(dladm show-link -o link,class,mtu,state,over,zone web1)" \
"LINK        CLASS     MTU    STATE    OVER                          ZONE
web1        vnic      ?      absent   stub1                         web"
}

test_rename_keeps_everything_and_what_is_over_it()
{
	dladm create-etherstub stub1
	dladm create-vnic -l stub1 -m 2:8:20:0:0:1 -p mtu=1400 web1
	dladm rename-link stub1 switch7
	dladm rename-link web1 www1
	eq "$(dladm show-vnic -o link,over,macaddress,mtu)" \
"LINK         OVER         MACADDRESS        MTU
www1         switch7      2:8:20:0:0:1      1400"
	eq "$(dladm show-vnic -P -o link,over,macaddress)" \
"LINK         OVER         MACADDRESS
www1         switch7      2:8:20:0:0:1"
	dladm create-vnic -l switch7 web1
	dladm delete-vnic web1 www1
	dladm delete-etherstub switch7
	eq "$(dladm show-link)" ""
}

test_a_physical_link_is_renamed()
{
	nic eth0
	dladm create-vnic -l eth0 -m 2:8:20:0:0:1 vnic1
	dladm rename-link eth0 net7
	eq "$(dladm show-link -o link,class,over)" \
"LINK        CLASS     OVER
net7        phys      --
vnic1       vnic      net7"
	eq "$(dladm show-link -p -o over net7)" ""
	eq "$(dladm show-phys -p -o link,device)" "net7:net7"
}

test_a_renamed_physical_link_gets_its_name_again_after_a_reboot()
{
	nic eth7
	dladm create-vnic -l eth7 vnic1
	dladm rename-link eth7 net0
	eq "$(dladm show-vnic -p -o over vnic1)" net0
	# the hardware of the next boot: the same card under its first name
	ip link del net0
	nic eth7
	vwire restore >/dev/null
	eq "$(dladm show-link -p -o link,over vnic1)" vnic1:net0
	vwire check
	dladm rename-link net0 eth7
	! grep -q phys "$VWIRE_ROOT/etc/vwire/config.json" || fail "the first name needs no entry"
}

test_foreign_links_are_shown_and_left_alone()
{
	ip link add uplink type veth peer name far0
	eq "$(dladm show-link -o link,class)" \
"LINK        CLASS
far0        phys
uplink      phys"
	dladm create-vnic -l uplink -m 2:8:20:0:0:1 vnic1
	eq "$(dladm show-vnic -o link,over)" \
"LINK         OVER
vnic1        uplink"
	refused "uplink" dladm delete-vnic uplink
	dladm delete-vnic vnic1
	ip link show uplink >/dev/null
}

run_tests

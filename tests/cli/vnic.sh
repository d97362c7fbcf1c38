#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# create-vnic, delete-vnic, show-vnic
. "${VW_SOURCE:-$(dirname "$0")/../..}/tests/lib.sh"

# up LINK...: the kernel tells of a carrier a moment after it is there
up()
{
	local link

	for link; do
		wait_for 3 eval "dladm show-link -p -o state $link | grep -qx up"
	done
}

test_three_vnics_are_shown_whole()
{
	nic net0
	dladm create-etherstub stub1
	dladm create-vnic -l stub1 -m 2:8:20:0:0:1 web1
	dladm create-vnic -l net0 -m 2:8:20:0:0:2 vnic2
	dladm create-vnic -t -l stub1 -m vrrp -V 5 -A inet6 vr1
	eq "$(dladm show-vnic)" \
"LINK         OVER         SPEED    MACADDRESS        MACADDRTYPE         VID
web1         stub1        ?        2:8:20:0:0:1      fixed               0
vnic2        net0         10000    2:8:20:0:0:2      fixed               0
vr1          stub1        ?        0:0:5e:0:2:5      vrrp, 5/inet6       0"
	eq "$(dladm show-vnic -P)" \
"LINK         OVER         MACADDRESS        MACADDRTYPE         VID
web1         stub1        2:8:20:0:0:1      fixed               0
vnic2        net0         2:8:20:0:0:2      fixed               0"
	eq "$(dladm show-vnic -l stub1 -o link)" \
"LINK
web1
vr1"
	up vnic2
	eq "$(dladm show-vnic -o link,state,mtu vnic2)" \
"LINK         STATE    MTU
vnic2        up       1500"
}

test_the_address_kinds()
{
	dladm create-etherstub stub1
	dladm create-vnic -l stub1 vnic1
	dladm create-vnic -l stub1 -m auto vnic2
	dladm create-vnic -l stub1 -m random vnic3
	dladm create-vnic -l stub1 -r 2:aa:bb:cc vnic4
	dladm create-vnic -l stub1 -m random -r 06:1 vnic5
	dladm create-vnic -l stub1 -m 02-08-20-AA-BB-CC vnic6
	dladm create-vnic -l stub1 -m vrrp -V 255 -A inet vnic7
	eq "$(dladm show-vnic -p -o link,macaddress,macaddrtype |
		sed -E 's/(2\\:8\\:20|2\\:aa\\:bb\\:cc|6\\:1)(\\:[0-9a-f]{1,2})+:/\1\\:...:/')" \
'vnic1:2\:8\:20\:...:random
vnic2:2\:8\:20\:...:random
vnic3:2\:8\:20\:...:random
vnic4:2\:aa\:bb\:cc\:...:random
vnic5:6\:1\:...:random
vnic6:2\:8\:20\:...:fixed
vnic7:0\:0\:5e\:0\:1\:ff:vrrp, 255/inet'
	eq "$(dladm show-vnic -p -o macaddress vnic6)" 2:8:20:aa:bb:cc
}

test_long_options_do_the_same()
{
	dladm create-etherstub --temporary stub1
	dladm create-vnic --link stub1 --temporary --mac-address random --mac-prefix 2:1:2:3:4:5 \
		--vlan-id 7 --prop mtu=1400 vnic1
	eq "$(dladm show-vnic -p -o link,over,macaddress,vid,mtu)" \
		'vnic1:stub1:2\:1\:2\:3\:4\:5:7:1400'
	eq "$(dladm show-vnic -P)" ""
}

test_properties_are_set_at_birth()
{
	ip netns add web
	dladm create-etherstub stub1
	dladm create-vnic -l stub1 -p mtu=1400,zone=web -p txqueuelen=77 web1
	eq "$(dladm show-linkprop -o property,value -p mtu,zone,txqueuelen web1)" \
"PROPERTY        VALUE
mtu             1400
zone            web
txqueuelen      77"
	eq "$(dladm show-vnic -o link,zone,mtu)" \
"LINK         ZONE            MTU
web1         web             1400"
	has "$(in_zone web ip link show web1)" "mtu 1400"
	not ip link show web1
	eq "$(dladm show-linkprop -P -c -o value -p mtu,zone,txqueuelen web1)" \
"1400
web
77"
}

test_limit_and_datapath_are_shown_wherever_the_vnic_lives()
{
	nic net0
	ip netns add web
	dladm create-etherstub stub1
	dladm create-vnic -l stub1 -p maxbw=100 stub_vnic1
	dladm create-vnic -t -l net0 -m 2:8:20:0:0:2 -p maxbw=1.5M net_vnic1
	dladm create-vnic -l net0 -p maxbw=20,zone=web web1
	dladm create-vnic -l net0 -p zone=web,datapath=direct web2
	eq "$(dladm show-vnic -o link,maxbw,datapath)" \
"LINK         MAXBW    DATAPATH
stub_vnic1   100      direct
net_vnic1    1.5      direct
web1         20       guarded
web2         --       direct"
	eq "$(dladm show-vnic -p -o maxbw,datapath,macaddrtype net_vnic1)" 1.5:direct:fixed
	eq "$(dladm show-vnic -p -o macaddrtype)" \
"random
fixed
random
random"
}

test_a_bad_property_leaves_nothing_behind()
{
	dladm create-etherstub stub1
	refused "mtu" dladm create-vnic -l stub1 -p mtu=99999 web1
	refused "nosuchprop" dladm create-vnic -l stub1 -p mtu=1400,nosuchprop=1 web1
}

test_a_vlan_id_over_an_etherstub()
{
	dladm create-etherstub stub1
	dladm create-vnic -l stub1 -v 10 -f -m 2:8:20:0:0:1 a1
	dladm create-vnic -l stub1 -v 10 -m 2:8:20:0:0:2 b1
	dladm create-vnic -l stub1 -m 2:8:20:0:0:3 c1
	eq "$(dladm show-vnic -o link,over,vid)" \
"LINK         OVER         VID
a1           stub1        10
b1           stub1        10
c1           stub1        0"
	eq "$(dladm show-link -o link,class,over)" \
"LINK        CLASS     OVER
stub1       etherstub --
a1          vnic      stub1
b1          vnic      stub1
c1          vnic      stub1"
}

test_many_are_deleted_at_once()
{
	dladm create-etherstub stub1
	for i in $(seq 20); do
		dladm create-vnic -l stub1 "vnic$i"
	done
	# shellcheck disable=SC2046
	dladm delete-vnic $(seq -f 'vnic%g' 20)
	eq "$(dladm show-link -o link)" \
"LINK
stub1"
}

test_delete_leaves_the_kernel_as_before()
{
	nic net0
	before=$(snapshot)
	dladm create-etherstub stub1
	dladm create-vnic -l stub1 -v 10 vnic1
	dladm create-vnic -l stub1 vnic2
	dladm create-vnic -l net0 vnic3
	dladm delete-vnic vnic1
	dladm delete-vnic vnic2 vnic3
	dladm delete-etherstub stub1
	eq "$(snapshot)" "$before"
}

test_long_names_are_whole_everywhere()
{
	local name=averyveryverylongvnicname00001x1

	name=${name:0:29}x1
	dladm create-etherstub stub1
	dladm create-vnic -l stub1 -m 2:8:20:0:0:1 "$name"
	eq "$(dladm show-vnic -o link,over,vid)" \
"LINK         OVER         VID
$name stub1 0"
	eq "$(dladm show-link -p -o link "$name")" "$name"
	eq "$(dladm show-linkprop -c -o link,value -p mtu "$name")" "$name:9000"
	ip link show "$name" >/dev/null
	dladm rename-link "$name" short1
	eq "$(dladm show-vnic -p -o link,macaddress)" 'short1:2\:8\:20\:0\:0\:1'
	dladm delete-vnic short1
	eq "$(dladm show-vnic)" ""
}

test_over_a_link_that_is_not_there_is_an_error()
{
	dladm create-etherstub stub1
	refused "no link 'nosuch'" dladm show-vnic -l nosuch
	says_nothing dladm show-vnic -p -o link -l stub1
	refused "no link 'nosuch'" flowadm show-flow -l nosuch
	refused "no link 'nosuch'" flowadm show-flowprop -l nosuch
	refused "no link 'nosuch'" dladm create-vlan -l nosuch -v 5
}

run_tests

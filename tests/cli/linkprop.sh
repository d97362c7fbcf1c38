#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# set-linkprop, reset-linkprop, show-linkprop
. "${VW_SOURCE:-$(dirname "$0")/../..}/tests/lib.sh"

# up LINK...: the kernel tells of a carrier a moment after it is there
up()
{
	local link

	for link; do
		wait_for 3 eval "dladm show-link -p -o state $link | grep -qx up"
	done
}

one_vnic()
{
	dladm create-etherstub stub1
	dladm create-vnic -l stub1 -m 2:8:20:0:0:1 web1
	up web1
}

test_properties_of_a_link_are_shown_in_rows()
{
	one_vnic
	eq "$(dladm show-linkprop -p state,mtu,zone web1)" \
"LINK         PROPERTY        PERM VALUE          DEFAULT        POSSIBLE
web1         state           r-   up             up             up,down
web1         mtu             rw   9000           9000           576-9000
web1         zone            rw   --             --             --"
	eq "$(dladm show-linkprop -c -o property,perm,value,default,possible -p mtu,zone web1)" \
"mtu:rw:9000:9000:576-9000
zone:rw:::"
	eq "$(dladm show-linkprop -j -p mtu web1)" \
'{"vwire":{"schema":1},"linkprops":[
{"link":"web1","property":"mtu","perm":"rw","value":"9000","default":"9000","possible":"576-9000"}
]}'
	eq "$(dladm show-linkprop -c -o value -p MTU web1)" 9000 "names without regard to case"
}

test_without_a_link_all_links_are_shown()
{
	one_vnic
	eq "$(dladm show-linkprop -c -o link,value -p mtu)" \
"stub1:9000
web1:9000"
	eq "$(dladm show-linkprop -c -o link | sort -u)" \
"stub1
web1"
}

test_set_and_reset_active_and_saved()
{
	one_vnic
	dladm set-linkprop -p mtu=1400,txqueuelen=5 web1
	eq "$(dladm show-linkprop -c -o property,value -p mtu,txqueuelen web1)" \
"mtu:1400
txqueuelen:5"
	eq "$(dladm show-linkprop -P -c -o property,value -p mtu,txqueuelen web1)" \
"mtu:1400
txqueuelen:5"
	dladm reset-linkprop -p txqueuelen web1
	eq "$(dladm show-linkprop -c -o value -p txqueuelen web1)" 1000
	eq "$(dladm show-linkprop -P -c -o value -p txqueuelen web1)" ""
	dladm reset-linkprop web1
	eq "$(dladm show-linkprop -P -c -o value -p mtu web1)" ""
}

test_temporary_values_are_not_saved()
{
	one_vnic
	dladm set-linkprop -t -p mtu=1400 web1
	eq "$(dladm show-linkprop -c -o value -p mtu web1)" 1400
	eq "$(dladm show-linkprop -P -c -o value -p mtu web1)" ""
}

# Section 5.2 of the paper: set-linkprop cpus=1,2,3 VNIC_AS1
test_the_form_of_the_paper_works_without_p()
{
	one_vnic
	dladm set-linkprop mtu=1400 web1
	eq "$(dladm show-linkprop -c -o value -p mtu web1)" 1400
	dladm set-linkprop mtu=1300,txqueuelen=7 alias=shop web1
	eq "$(dladm show-linkprop -c -o value -p mtu,txqueuelen,alias web1)" \
"1300
7
shop"
}

# what is in force, and what is saved
values()
{
	dladm show-linkprop -c -o value -p mtu,txqueuelen,alias,maxbw,protection web1
	dladm show-linkprop -P -c -o value -p mtu,txqueuelen,alias,maxbw,protection web1
}

# nothing_of COMMAND...: it fails, and every property is what it was
nothing_of()
{
	local before rc=0

	before=$(values)
	"$@" 2>err || rc=$?
	eq "$rc" 1 "status of $*"
	eq "$(values)" "$before" "$*"
	not grep "could not be put back" err
}

test_several_are_set_or_none()
{
	one_vnic
	nothing_of dladm set-linkprop -p mtu=1400,txqueuelen=9,nosuchprop=1 -p alias=x,foo=1 web1
	eq "$(sed -n 's/ of .web1.:.*//p' err)" "dladm: cannot set property 'nosuchprop'
dladm: cannot set property 'foo'"
	nothing_of dladm set-linkprop -p mtu=1400,state=up web1
	nothing_of dladm set-linkprop -p txqueuelen=9,alias=x,mtu=abc web1
	eq "$(grep -c '^dladm: cannot set' err)" 1
	nothing_of dladm reset-linkprop -p txqueuelen,nosuchprop web1
	dladm set-linkprop -p mtu=1400,alias=saved web1
	dladm set-linkprop -t -p alias=now web1
	nothing_of dladm set-linkprop -p mtu=1300,alias=x,txqueuelen=abc web1
	nothing_of dladm set-linkprop -t -p mtu=1300,alias=x,txqueuelen=abc web1
	nothing_of dladm reset-linkprop -p mtu,alias,state web1
	dladm set-linkprop -t -p mtu=1300,alias=x web1
	eq "$(values | head -3)" "1300
1000
x"
}

test_several_of_the_policy_are_set_or_none()
{
	need_policy
	one_vnic
	nothing_of dladm set-linkprop -p maxbw=10M,foo=1 web1
	nothing_of dladm set-linkprop -p maxbw=11M -p protection=mac-nospoof,ip-nosppof web1
	dladm set-linkprop -p maxbw=5M web1
	nothing_of dladm set-linkprop -p maxbw=11M -p protection=mac-nospoof,ip-nosppof web1
	nothing_of dladm set-linkprop -t -p maxbw=11M -p protection=mac-nospoof,ip-nosppof web1
	eq "$(dladm show-linkprop -c -o value -p maxbw web1)" 5M
}

test_lists_wrap()
{
	one_vnic
	dladm set-linkprop -p secondary-macs=2:8:20:0:0:11,2:8:20:0:0:12,2:8:20:0:0:13 web1
	eq "$(dladm show-linkprop -o link,property,value,perm -p secondary-macs web1)" \
"LINK         PROPERTY        VALUE          PERM
web1         secondary-macs  2:8:20:0:0:11, rw
                             2:8:20:0:0:12,
                             2:8:20:0:0:13"
	eq "$(dladm show-linkprop -c -o value -p secondary-macs web1)" \
		2:8:20:0:0:11,2:8:20:0:0:12,2:8:20:0:0:13
}

test_an_unknown_property_has_its_row_and_an_error()
{
	one_vnic
	rc=0
	dladm show-linkprop -p bogus,mtu,stp web1 >out 2>err || rc=$?
	eq "$rc" 1
	eq "$(cat out)" \
"LINK         PROPERTY        PERM VALUE          DEFAULT        POSSIBLE
web1         bogus           ?    ?              ?              ?
web1         mtu             rw   9000           9000           576-9000
web1         stp             ?    ?              ?              ?"
	has "$(cat err)" "bogus"
	has "$(cat err)" "stp"
}

test_reading_only_is_said()
{
	one_vnic
	nic net0
	refused "read-only" dladm set-linkprop -p state=down web1
	refused "read-only" dladm set-linkprop -p speed=100 net0
}

test_an_alias_is_any_printable_text()
{
	one_vnic
	dladm set-linkprop -p alias='a:b\c café' web1
	eq "$(dladm show-linkprop -c -o property,value -p alias web1)" 'alias:a\:b\\c café'
	refused '\xe2\x80\xae' dladm set-linkprop -p alias=$'\u202ed' web1
}

run_tests

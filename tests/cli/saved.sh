#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What is saved, what is temporary, and editing what is saved elsewhere (-t, -P, -R, VWIRE_ROOT)
. "${VW_SOURCE:-$(dirname "$0")/../..}/tests/lib.sh"

test_every_change_is_saved_in_one_document()
{
	ip netns add web
	dladm create-etherstub stub1
	dladm create-vnic -l stub1 -v 10 -m 2:8:20:0:0:1 -p zone=web,mtu=1400 web1
	dladm create-vnic -l stub1 -m 2:8:20:0:0:2 db1
	dladm set-linkprop -p alias=store db1
	eq "$(cat "$VWIRE_ROOT/etc/vwire/config.json")" \
'{"vwire": 1, "generation": 4, "links": {
"stub1": {"class": "etherstub"},
"web1": {"class": "vnic", "over": "stub1", "vid": 10, "mac": "2:8:20:0:0:1", "macaddrtype": "fixed", "zone": "web", "props": {"mtu": "1400"}},
"db1": {"class": "vnic", "over": "stub1", "mac": "2:8:20:0:0:2", "macaddrtype": "fixed", "props": {"alias": "store"}}
}}'
}

test_temporary_links_are_not_saved()
{
	dladm create-etherstub -t stub1
	dladm create-vnic -t -l stub1 vnic1
	eq "$(dladm show-link -P)" ""
	eq "$(dladm show-link -p -o link)" \
"stub1
vnic1"
	dladm delete-vnic vnic1
	dladm delete-etherstub stub1
	eq "$(dladm show-link)" ""
}

test_delete_t_keeps_what_is_saved()
{
	dladm create-etherstub stub1
	dladm create-vnic -l stub1 -m 2:8:20:0:0:1 vnic1
	dladm delete-vnic -t vnic1
	not ip link show vnic1
	eq "$(dladm show-vnic -P -p -o link)" vnic1
	vwire restore -q
	eq "$(dladm show-vnic -p -o link,macaddress)" 'vnic1:2\:8\:20\:0\:0\:1'
}

test_a_saved_link_may_not_stand_on_a_temporary_one()
{
	dladm create-etherstub -t stub1
	refused "temporary" dladm create-vnic -l stub1 vnic1
}

test_R_edits_elsewhere_and_touches_nothing_here()
{
	before=$(snapshot)
	mkdir r
	dladm create-etherstub -R r stub1
	dladm create-vnic -R "$PWD/r" -l stub1 -m 2:8:20:0:0:1 web1
	dladm create-vnic -R r -l net0 -m 2:8:20:0:0:2 -p mtu=1400 web2
	dladm set-linkprop -R r -p alias=x web1
	dladm rename-link -R r stub1 switch1
	dladm delete-vnic -R r web2
	dladm create-simnet -R r sim1
	dladm create-bridge -R r -l sim1 br
	dladm remove-bridge -R r -l sim1 br
	dladm delete-bridge -R r br
	dladm delete-simnet -R r sim1
	eq "$(sed 's/"generation": [0-9]*/"generation": N/' r/etc/vwire/config.json)" \
'{"vwire": 1, "generation": N, "links": {
"switch1": {"class": "etherstub"},
"web1": {"class": "vnic", "over": "switch1", "mac": "2:8:20:0:0:1", "macaddrtype": "fixed", "props": {"alias": "x"}}
}}'
	eq "$(snapshot)" "$before" "the kernel"
	not test -e "$VWIRE_ROOT/etc/vwire/config.json"
	VWIRE_ROOT=$PWD/r vwire restore -q
	eq "$(dladm show-vnic -p -o link,over)" "web1:switch1"
}

test_what_is_refused_elsewhere_changes_nothing_there()
{
	mkdir r
	dladm create-etherstub -R r stub1
	before=$(cat r/etc/vwire/config.json)
	refused "stub1" dladm create-etherstub -R r stub1
	refused "nosuch1" dladm delete-vnic -R r nosuch1
	refused "mtu" dladm create-vnic -R r -l stub1 -p mtu=abc web1
	eq "$(cat r/etc/vwire/config.json)" "$before"
}

run_tests

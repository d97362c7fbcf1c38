#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# create-etherstub, delete-etherstub, show-etherstub
. "${VW_SOURCE:-$(dirname "$0")/../..}/tests/lib.sh"

test_two_etherstubs_are_shown()
{
	dladm create-etherstub stub1
	dladm create-etherstub -t stub2
	eq "$(dladm show-etherstub)" \
"LINK
stub1
stub2"
	eq "$(dladm show-etherstub -P)" \
"LINK
stub1"
	eq "$(dladm show-etherstub stub2)" \
"LINK
stub2"
	eq "$(dladm show-etherstub -p -o link)" \
"stub1
stub2"
	eq "$(dladm show-link -o link,class,mtu,state)" \
"LINK        CLASS     MTU    STATE
stub1       etherstub 9000   unknown
stub2       etherstub 9000   unknown"
}

test_several_are_deleted_and_each_failure_is_told()
{
	dladm create-etherstub stub1
	dladm create-etherstub stub2
	dladm create-etherstub stub3
	dladm create-vnic -l stub2 vnic2
	rc=0
	dladm delete-etherstub stub1 stub2 nosuch1 stub3 2>err || rc=$?
	eq "$rc" 1
	eq "$(grep -c '^dladm: cannot delete' err)" 2
	has "$(cat err)" "vnic2" "the busy etherstub's message"
	has "$(cat err)" "nosuch1"
	eq "$(dladm show-etherstub -p -o link)" stub2
}

test_a_busy_etherstub_stays()
{
	dladm create-etherstub stub1
	dladm create-vnic -l stub1 vnic1
	refused "vnic1" dladm delete-etherstub stub1
	dladm delete-vnic vnic1
	dladm delete-etherstub stub1
	eq "$(dladm show-link)" ""
}

test_the_mtu_of_an_etherstub_is_its_own()
{
	dladm create-etherstub stub1
	dladm create-vnic -l stub1 vnic1
	dladm set-linkprop -p mtu=1400 vnic1
	eq "$(dladm show-link -p -o link,mtu)" \
"stub1:9000
vnic1:1400"
	dladm reset-linkprop -p mtu vnic1
	eq "$(dladm show-link -p -o mtu vnic1)" 9000
}

run_tests

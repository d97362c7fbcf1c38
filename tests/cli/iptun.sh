#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# create-, modify-, delete- and show-iptun. The live half needs a kernel with tunnels: tests/vm.
. "${VW_SOURCE:-$(dirname "$0")/../..}/tests/lib.sh"

test_tunnels_are_saved_and_shown()
{
	mkdir r
	dladm create-iptun -R r -T ipv4 -a local=192.0.2.1,remote=192.0.2.2 tun0
	dladm create-iptun -R r -T ipv6 -a local=2001:db8::1 -a remote=2001:db8::2 tun1
	dladm create-iptun -R r -T 6to4 -a local=192.0.2.1 tun2
	dladm modify-iptun -R r -a remote=192.0.2.9 tun0
	export VWIRE_ROOT=$PWD/r
	eq "$(dladm show-iptun -P)" \
"LINK            TYPE  FLAGS  LOCAL               REMOTE
tun0            ipv4  --     192.0.2.1           192.0.2.9
tun1            ipv6  --     2001:db8::1         2001:db8::2
tun2            6to4  --     192.0.2.1           --"
	eq "$(dladm show-iptun -P -p -o local,remote tun1)" '2001\:db8\:\:1:2001\:db8\:\:2'
	unset VWIRE_ROOT
	dladm delete-iptun -R r tun0 tun1 tun2
	eq "$(VWIRE_ROOT=$PWD/r dladm show-iptun -P)" ""
}

test_a_tunnel_in_the_kernel()
{
	need_kind ipip
	dladm create-iptun -T ipv4 -a local=192.0.2.1,remote=192.0.2.2 tun0
	eq "$(dladm show-iptun)" \
"LINK            TYPE  FLAGS  LOCAL               REMOTE
tun0            ipv4  --     192.0.2.1           192.0.2.2"
	eq "$(dladm show-link -p -o link,class)" "tun0:iptun"
	dladm modify-iptun -a remote=192.0.2.9 tun0
	eq "$(dladm show-iptun -p -o remote tun0)" 192.0.2.9
	dladm delete-iptun tun0
	eq "$(dladm show-iptun)" ""
}

test_without_tunnels_the_kernel_is_named()
{
	unshare -n ip link add t0 type ipip local 192.0.2.1 remote 192.0.2.2 2>&1 |
		grep -q 'Unknown device' || skip "this kernel has 'ipip' links"
	refused "ipip" dladm create-iptun -T ipv4 -a local=192.0.2.1 tun0
}

run_tests

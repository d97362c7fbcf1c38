#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# IP tunnels between two machines.
. "${VW_SOURCE:-$(dirname "$0")/../..}/tests/lib.sh"

need_kind ipip

there()
{
	mkdir -p "$TESTDIR/wire"
	in_zone wire env VWIRE_ROOT="$TESTDIR/wire" "$@"
}

underlay()
{
	nic net0
	ip addr add 192.0.2.1/24 dev net0
	ip addr add 2001:db8::1/64 dev net0 nodad
	there ip addr add 192.0.2.2/24 dev wire0
	there ip addr add 2001:db8::2/64 dev wire0 nodad
}

addresses()	# the inside of the tunnel
{
	ip addr add 10.9.0.1/30 dev tun0
	there ip addr add 10.9.0.2/30 dev tun0
}

test_an_ipv4_tunnel_carries_packets()
{
	underlay
	dladm create-iptun -T ipv4 -a local=192.0.2.1,remote=192.0.2.2 tun0
	there dladm create-iptun -T ipv4 -a local=192.0.2.2,remote=192.0.2.1 tun0
	eq "$(dladm show-iptun -p -o link,type,local,remote)" 'tun0:ipv4:192.0.2.1:192.0.2.2'
	eq "$(dladm show-link -p -o class tun0)" iptun
	addresses
	ping -c 1 -W 3 10.9.0.2 >/dev/null
	dladm delete-iptun tun0
	not ip link show tun0
	eq "$(dladm show-iptun)" ''
}

test_an_ipv6_tunnel_carries_packets()
{
	need_kind ip6tnl
	underlay
	dladm create-iptun -T ipv6 -a local=2001:db8::1,remote=2001:db8::2 tun0
	there dladm create-iptun -T ipv6 -a local=2001:db8::2,remote=2001:db8::1 tun0
	eq "$(dladm show-iptun -p -o type,flags tun0 | cut -d: -f1)" ipv6
	addresses
	ping -c 1 -W 3 10.9.0.2 >/dev/null
}

test_a_6to4_tunnel_needs_a_source_only()
{
	need_kind sit
	underlay
	dladm create-iptun -T 6to4 -a local=192.0.2.1 tun0
	eq "$(dladm show-iptun -p -o type,local,remote tun0)" '6to4:192.0.2.1:'
	ip -d link show tun0 | grep -q sit
	refused '' dladm create-iptun -T 6to4 tun1
	refused '' dladm create-iptun -T 6to4 -a local=192.0.2.1,remote=192.0.2.2 tun1
}

test_the_addresses_of_a_tunnel_change_while_it_is_up()
{
	underlay
	dladm create-iptun -T ipv4 -a local=192.0.2.1,remote=192.0.2.9 tun0
	there dladm create-iptun -T ipv4 -a local=192.0.2.2,remote=192.0.2.1 tun0
	addresses
	not ping -c 1 -W 1 10.9.0.2
	dladm modify-iptun -a remote=192.0.2.2 tun0
	eq "$(dladm show-iptun -p -o local,remote tun0)" 192.0.2.1:192.0.2.2
	ping -c 1 -W 3 10.9.0.2 >/dev/null
}

test_hop_limit_is_a_property()
{
	underlay
	dladm create-iptun -T ipv4 -a local=192.0.2.1,remote=192.0.2.2 tun0
	dladm set-linkprop -p hoplimit=33 tun0
	eq "$(dladm show-linkprop -c -o value -p hoplimit tun0)" 33
	ip -d link show tun0 | grep -q 'ttl 33'
	refused '' dladm set-linkprop -p hoplimit=256 tun0
	refused '' dladm set-linkprop -p hoplimit=x tun0
}

test_deleting_a_tunnel_and_restoring_a_saved_one()
{
	underlay
	dladm create-iptun -T ipv4 -a local=192.0.2.1,remote=192.0.2.2 tun0
	dladm set-linkprop -p hoplimit=33 tun0
	ip link del tun0
	vwire restore
	eq "$(dladm show-iptun -p -o type,local,remote tun0)" ipv4:192.0.2.1:192.0.2.2
	ip -d link show tun0 | grep -q 'ttl 33'
	refused '' dladm create-iptun -T ipv4 -a local=not.an.address tun1
	refused '' dladm create-iptun -T ipv5 -a local=192.0.2.1 tun1
}

run_tests

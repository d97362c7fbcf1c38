#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# history.sh OUT.svg: draw docs/history.svg from real recorded data.
#
# Section 5.3 of the Crossbow paper in a minute and a half: two web servers behind a load balancer
# get 23 % and 77 % of the traffic; that is seen in the history, corrected, and seen again. All of
# it happens in namespaces of its own. Needs root and gnuplot; $VW_BUILD is where the programs are.
set -eu

out=$(realpath -m "${1:?usage: history.sh OUT.svg}")
build=$(realpath "${VW_BUILD:-$(dirname "$0")/../build}")
if [ -z "${VW_INSIDE:-}" ]; then
	export VW_INSIDE=1 VW_BUILD=$build
	exec unshare --net --mount --pid --fork --kill-child --mount-proc bash "$0" "$out"
fi

PATH=$build/cli/acctadm:$build/cli/dladm:$PATH
mount -t tmpfs -o mode=755 run /run
mkdir -p /run/netns
export VWIRE_ROOT=/run/history
mkdir -p "$VWIRE_ROOT"
ip link set lo up
sysctl -qw net.ipv6.conf.all.disable_ipv6=1 2>/dev/null || :

dladm create-etherstub vsw1
dladm create-vnic -l vsw1 vnic0
ip addr add 192.168.0.10/24 dev vnic0
ip link set vnic0 up
for n in 1 2; do
	ip netns add "ws$n"
	dladm create-vnic -l vsw1 -p "zone=ws$n" "vnic$n"
	ip -n "ws$n" addr add "192.168.0.$n/24" dev "vnic$n"
	ip -n "ws$n" link set "vnic$n" up
done
acctadm -e basic -f /run/net.log -i 2 net

# serve SECONDS SHARE: requests and answers, 400 a second, SHARE percent of them to the first server
serve()
{
	local share

	for share in "1 $2" "2 $((100 - $2))"; do
		ping -q -w "$1" -i "$(awk -v s="${share#* }" 'BEGIN { print 0.25 / s }')" -s 1400 \
			"192.168.0.${share% *}" >/dev/null &
	done
	wait
}

sleep 4
serve 30 23
serve 30 50
sleep 4
acctadm -u net
{
	echo "set terminal svg size 800,320 font 'sans,12' background 'white'"
	echo "set output '$out'"
	dladm show-usage -F plot -f /run/net.log | grep -v '^$' |
		sed "s/^set ylabel/set title 'two servers: 23 % and 77 %, then corrected'\n&/"
} | gnuplot
acctadm -x net

#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# sell-10m.sh - sell a customer 10 Mb/s and one address, in three lines
#
#	ip netns add cust
#	sell-10m.sh eth0 cust 192.0.2.5
#
# The VNIC is born limited and guarded, or not at all. Root in the zone can neither lift the limit
# nor use another address. Next month's upgrade is dladm set-linkprop -p maxbw=100M cust1, while
# the customer's connections go on.
set -eu

if [ $# != 3 ]; then
	echo "usage: sell-10m.sh LINK ZONE ADDRESS" >&2
	exit 2
fi
link=$1 zone=$2 address=$3

dladm create-vnic -l "$link" -p zone="$zone",maxbw=10M \
	-p allowed-ips="$address",protection=mac-nospoof,ip-nospoof,restricted "${zone}1"
flowadm add-flow -l "${zone}1" -a transport=tcp,local_port=80 -p priority=high "$zone-web"

#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# block.sh - block an attack, and take the block away again
#
#	block.sh eth0 203.0.113.0/24	nothing from or to this prefix passes eth0
#	block.sh web1			nothing at all passes web1: quarantine
#	block.sh -u eth0 203.0.113.0/24	unblock
#	block.sh -u web1
#
# Nothing is saved: a reboot forgets the block. What was dropped is counted meanwhile, by
# flowadm show-flow -s and dladm show-link -x.
set -eu

undo=no
if [ "${1:-}" = -u ]; then
	undo=yes
	shift
fi
if [ $# != 1 ] && [ $# != 2 ]; then
	echo "usage: block.sh [-u] LINK [PREFIX]" >&2
	exit 2
fi
link=$1 prefix=${2:-}
flow=block-$link-$(printf %s "$prefix" | tr -c 'a-zA-Z0-9.' _)

case $undo-${prefix:+prefix} in
no-prefix)	flowadm add-flow -t -l "$link" -a remote_ip="$prefix" -p action=drop "$flow";;
yes-prefix)	flowadm remove-flow -t "$flow";;
no-)		dladm set-linkprop -t -p maxbw=0 "$link";;
yes-)		dladm reset-linkprop -t -p maxbw "$link";;
esac

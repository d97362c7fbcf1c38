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
# flowadm show-flow -s and dladm show-link -x. Unblocking gives the link its saved limit back.
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

maxbw()
{
	dladm show-linkprop "$@" -c -o value -p maxbw "$link"
}

block_link()
{
	now=$(maxbw)
	if [ "$now" != 0 ] && [ "$now" != "$(maxbw -P 2>/dev/null)" ]; then
		echo "block.sh: maxbw=$now is not what is saved: set it again when $link is unblocked" >&2
	fi
	dladm set-linkprop -t -p maxbw=0 "$link"
}

# reset-linkprop -t would put the default in force, which is no limit at all.
unblock_link()
{
	if saved=$(maxbw -P 2>/dev/null) && [ -n "$saved" ]; then
		dladm set-linkprop -t -p maxbw="$saved" "$link"
	else
		dladm reset-linkprop -t -p maxbw "$link"
	fi
}

case $undo-${prefix:+prefix} in
no-prefix)	flowadm add-flow -t -l "$link" -a remote_ip="$prefix" -p action=drop "$flow";;
yes-prefix)	flowadm remove-flow -t "$flow";;
no-)		block_link;;
yes-)		unblock_link;;
esac

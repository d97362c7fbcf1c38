#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Bad input: every group of lines of badinput.table is one test.
. "${VW_SOURCE:-$(dirname "$0")/../..}/tests/lib.sh"

table=$VW_SOURCE/tests/cli/badinput.table

# What the lines of the table count on
world()
{
	nic net0
	nic net1
	dladm create-etherstub stub1
	dladm create-vnic -l stub1 -m 2:8:20:0:0:1 web1
	dladm create-vnic -l stub1 db1
	dladm create-vnic -l net0 -m 2:8:20:0:0:9 vnic1
	dladm create-simnet sim1
	dladm create-simnet sim2
	dladm create-bridge -l sim2 br
	flowadm add-flow -l web1 -a transport=tcp taken
	# shellcheck disable=SC2034 # for the table
	long=$(printf '%0300d' 0 | tr 0 x)1
	# shellcheck disable=SC2034
	nic_mac=$(ip -br link show net0 | awk '{ print $3 }' | sed -E 's/(^|:)0/\1/g')
}

# group NAME: all its lines, those that are not refused as they should are told together.
group()
{
	local line want bad=0 n=0

	world
	while IFS= read -r line; do
		# shellcheck disable=SC2034 # for eval
		want=${line%% | *}
		n=$((n + 1))
		(eval "refused \"\$want\" ${line#* | }") || {
			echo "line: $line"
			bad=$((bad + 1))
		}
	done < <(awk -v want="[$1]" '/^\[/ { on = $0 == want; next } on && !/^#/ && NF' "$table")
	[ "$n" -gt 0 ] || fail "no lines in group '$1'"
	[ "$bad" = 0 ] || fail "$bad of $n lines"
}

while IFS= read -r name; do
	eval "test_bad_${name// /_}() { group '$name'; }"
done < <(sed -nE 's/^\[(.*)\]$/\1/p' "$table")

# Several at once: nothing is deleted unless all can be.
test_delete_vnic_of_several_is_all_or_nothing()
{
	world
	refused "'nosuch1'" dladm delete-vnic web1 nosuch1 db1
	refused "'stub1'" dladm delete-vnic web1 db1 stub1
	dladm delete-vnic web1 db1
	eq "$(dladm show-vnic -p -o link)" vnic1
}

test_without_privilege_one_sentence_says_so()
{
	need_cmd setpriv
	world
	chmod 755 "$TESTDIR" "$TESTDIR"/..
	refused "CAP_NET_ADMIN" setpriv --bounding-set=-net_admin --inh-caps=-net_admin \
		dladm create-etherstub stub9
	refused "CAP_NET_ADMIN" setpriv --bounding-set=-net_admin --inh-caps=-net_admin \
		dladm delete-vnic web1
}

# The name is a name: nothing runs it.
test_a_hostile_link_of_others_is_only_shown()
{
	# shellcheck disable=SC2016 # that is the point
	hostile='$(>bad)0'
	ip link add "$hostile" type veth peer name far0
	dladm show-link >/dev/null
	eq "$(dladm show-link -p -o link "$hostile")" "$hostile"
	not test -e bad
}

run_tests

#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# bash completion, driven as bash drives it
. "${VW_SOURCE:-$(dirname "$0")/../..}/tests/lib.sh"

# completes "LINE" WANT: what TAB offers at the end of LINE, sorted, in one line
completes()
{
	local got

	got=$(offers "$1" | sort | tr '\n' ' ')
	eq "${got% }" "$2" "after '$1'"
}

offers()
{
	bash -c '
		. "$VW_SOURCE/completions/vwire-programs.bash"
		COMP_LINE=$1 COMP_POINT=${2:-${#1}}
		read -ra COMP_WORDS <<<"$COMP_LINE"
		__vwire_complete "${COMP_WORDS[0]}"
		printf "%s\n" "${COMPREPLY[@]}"' bash "$@"
}

world()
{
	nic net0
	dladm create-etherstub stub1
	dladm create-vnic -l stub1 web1
	dladm create-vnic -l stub1 web2
	dladm create-simnet sim1
}

test_subcommands()
{
	completes "dladm create-e" create-etherstub
	completes "dladm show-l" "show-link show-linkprop"
	completes "dladm help rename" rename-link
	completes "vwire " "check explain help probe restore"
	completes "flowadm s" "set-flowprop show-flow show-flowprop show-usage"
	completes "dladm --v" --version
}

test_options()
{
	completes "dladm create-etherstub -" "--help --root-dir --temporary -R -t"
	completes "dladm create-vnic --mac" "--mac-address --mac-prefix"
	completes "vwire check -" "--help --json -j"
}

test_links_by_class()
{
	world
	completes "dladm show-link " "net0 sim1 stub1 web1 web2"
	completes "dladm delete-vnic " "web1 web2"
	completes "dladm delete-vnic web1 w" "web1 web2"
	completes "dladm delete-etherstub s" "stub1"
	completes "dladm show-phys " "net0"
	completes "dladm create-vnic -l " "net0 sim1 stub1"
	completes "dladm create-vnic --link s" "sim1 stub1"
	completes "dladm create-vnic --link=st" "stub1"
	completes "dladm create-bridge -l " "net0 sim1 stub1"
	completes "dladm modify-simnet -p " "sim1"
	completes "dladm create-vnic " ""
}

test_fields()
{
	completes "dladm show-etherstub -o " "all help link"
	completes "dladm show-vnic -o link,mac" "link,mac link,macaddress link,macaddrtype"
	completes "dladm show-link --output=cl" class
}

test_properties_and_values()
{
	world
	ip netns add webzone
	completes "dladm set-linkprop -p mt" "mtu="
	completes "dladm show-linkprop -p zone,mt" "zone,mtu"
	completes "dladm set-linkprop -p zone=web" webzone
	completes "dladm set-linkprop zone=" "webzone wire"
	completes "dladm create-vnic -l stub1 -p mtu=1400,zo" "1400,zone="
	completes "dladm create-vnic -l stub1 -m " "auto factory random vrrp"
	completes "dladm create-aggr -L " "active off passive"
	completes "dladm create-aggr -P L2,L" "L2,L3 L2,L4"
	completes "dladm set-linkprop web" "web1 web2"
	# The link behind the cursor tells what is possible.
	eq "$(offers "dladm set-linkprop -p promisc-filtered= web1" 39)" on
}

test_flows_their_attributes_and_properties()
{
	world
	flowadm add-flow -l web1 -a transport=tcp,local_port=443 https
	flowadm add-flow -l web2 -a transport=udp dns
	completes "flowadm remove-flow " "dns https"
	completes "flowadm show-flowprop h" https
	completes "flowadm show-flow -l " "net0 sim1 stub1 web1 web2"
	completes "flowadm add-flow -l web1 -a loc" "local_ip= local_port="
	completes "flowadm add-flow -l web1 -a transport=" "icmp icmpv6 sctp tcp udp"
	completes "flowadm add-flow -l web1 -a transport=tcp,rem" "tcp,remote_ip= tcp,remote_port="
	completes "flowadm set-flowprop -p prio" "priority="
	completes "flowadm set-flowprop -p action=" "drop pass"
	completes "flowadm reset-flowprop -p max" "maxbw maxbw-rx maxbw-tx"
	completes "flowadm show-flow -o ls" ""
	completes "flowadm show-flow -o lp" lport
}

test_hostile_names_are_quoted()
{
	# shellcheck disable=SC2016
	ip link add '$(reboot)0' type veth peer name 'far;0'
	ip link add $'red\e0' type veth peer name far2
	completes "dladm show-link " '\$\(reboot\)0 far2 far\;0'
}

test_every_subcommand_completes_something_and_never_fails()
{
	world
	for program in dladm flowadm vwire; do
		for sub in $($program dump-commands | awk -F'\t' '$1 == "command" { print $2 }'); do
			has "$(offers "$program $sub -")" "--help" "$program $sub"
			offers "$program $sub " >/dev/null 2>err
			eq "$(cat err)" ""
		done
	done
}

test_every_program_has_its_file_and_it_loads()
{
	for program in acctadm dladm dlstat flowadm flowstat linkstat vwire; do
		eq "$(bash -c '. "$VW_SOURCE/completions/$1"; complete -p "$1"' - $program)" \
			"complete -F __vwire_complete $program"
		grep -q "'$program'" "$VW_SOURCE/completions/meson.build"
	done
}

# How fast is for the bench to say; that it is one look at the links, for the machine to show.
test_2000_links_are_one_question()
{
	seq 1000 | sed 's/.*/link add many& type veth peer name far&/' >links.batch
	ip -batch links.batch
	mkdir shim
	cat >shim/dladm <<-'END'
		#!/bin/sh
		echo "$*" >>"$ASKED"
		PATH=${PATH#*:} exec dladm "$@"
	END
	chmod +x shim/dladm
	export ASKED=$PWD/asked
	# shellcheck disable=SC2016
	PATH=$PWD/shim:$PATH bash -c '
		. "$VW_SOURCE/completions/vwire-programs.bash"
		COMP_LINE="dladm show-link many99"
		COMP_POINT=${#COMP_LINE}
		__vwire_complete dladm
		: >"$ASKED"
		__vwire_complete dladm
		echo "${#COMPREPLY[@]}"' >out
	eq "$(cat out)" 11
	eq "$(wc -l <asked)" 1
}

test_programs_that_need_no_subcommand()
{
	world
	ip netns add blue
	completes "dlstat sh" "show-aggr show-link show-phys show-usage"
	completes "dlstat we" "web1 web2"
	completes "dlstat -r we" "web1 web2"
	completes "dlstat -r -o ipk" "ipkts"
	completes "dlstat -Z " "blue wire"
	completes "dlstat --open" "--openmetrics"
	completes "dlstat show-phys n" "net0"
	completes "dlstat show-link -r --fan" "--fanout"
	completes "flowstat -l we" "web1 web2"
	completes "linkstat -s ut" "util"
	completes "linkstat --sort s" "sum"
}

run_tests

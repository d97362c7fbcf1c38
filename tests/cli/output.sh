#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The three forms of output: tables for people, -p for scripts, -j for programs.
. "${VW_SOURCE:-$(dirname "$0")/../..}/tests/lib.sh"

# up LINK...: the kernel tells of a carrier a moment after it is there
up()
{
	local link

	for link; do
		wait_for 3 eval "dladm show-link -p -o state $link | grep -qx up"
	done
}

# Two etherstubs and three VNICs with known addresses
some_links()
{
	dladm create-etherstub stub1
	dladm create-vnic -l stub1 -m 2:8:20:0:0:1 web1
	dladm create-vnic -l stub1 -m 2:8:20:0:0:2 -v 10 db1
	dladm create-etherstub averylongstubname1
	up web1 db1
}

test_a_table_keeps_its_widths_and_takes_overflow_back()
{
	some_links
	eq "$(dladm show-link)" \
"LINK        CLASS     MTU    STATE    BRIDGE     OVER
stub1       etherstub 9000   unknown  --         --
web1        vnic      9000   up       --         stub1
db1         vnic      9000   up       --         stub1
averylongstubname1 etherstub 9000 unknown --     --"
}

test_no_rows_no_header()
{
	eq "$(dladm show-link 2>&1)" ""
	eq "$(dladm show-vnic 2>&1)" ""
	eq "$(dladm show-link -p -o link 2>&1)" ""
}

test_o_chooses_and_orders_fields_in_any_case()
{
	some_links
	eq "$(dladm show-link -o CLASS,link web1)" \
"CLASS     LINK
vnic      web1"
	eq "$(dladm show-vnic -o link,vid,Over,vid db1)" \
"LINK         VID    OVER         VID
db1          10     stub1        10"
}

test_o_all_shows_every_field()
{
	some_links
	eq "$(dladm show-link -o all web1)" \
"LINK        CLASS     MTU    STATE    BRIDGE     OVER                          ZONE            VID    MACADDRESS        DEVICE
web1        vnic      9000   up       --         stub1                         --              0      2:8:20:0:0:1      web1"
}

test_o_help_explains_the_fields()
{
	eq "$(dladm show-vlan -o help)" \
"LINK           name of the VLAN link
VID            VLAN ID
OVER           link below
FLAGS          f: made with -f"
}

test_unknown_fields_warn_people_and_stop_scripts()
{
	some_links
	eq "$(dladm show-link -o link,foo,class,bar web1 2>&1)" \
"dladm: warning: ignoring unknown output fields: \`foo', \`bar'
LINK        CLASS
web1        vnic"
	refused 'no valid output fields' dladm show-link -o foo web1
	refused "unknown output field: \`foo'" dladm show-link -p -o link,foo web1
	refused "unknown output field: \`foo'" dladm show-link -j -o link,foo web1
	refused '-p requires -o' dladm show-link -p
	refused '"-o all" is invalid with -p' dladm show-link -p -o all
	refused '-c requires -o' dladm show-linkprop -c web1
}

test_parseable_lines_have_no_header_and_no_padding()
{
	some_links
	eq "$(dladm show-link -p -o link,class,over)" \
"stub1:etherstub:
web1:vnic:stub1
db1:vnic:stub1
averylongstubname1:etherstub:"
}

test_parseable_fields_are_escaped_unless_alone()
{
	some_links
	eq "$(dladm show-vnic -p -o link,macaddress web1)" 'web1:2\:8\:20\:0\:0\:1'
	eq "$(dladm show-vnic -p -o macaddress web1)" '2:8:20:0:0:1'
	ip link add 'back\slash0' type veth peer name far0
	eq "$(dladm show-link -p -o link,class 'back\slash0')" 'back\\slash0:phys'
	eq "$(dladm show-link -p -o link 'back\slash0')" 'back\slash0'
}

test_control_characters_never_reach_the_terminal()
{
	ip link add $'red\e[31m0' type veth peer name far0
	# U+202E turns the rest of the line around.
	ip link add $'bidi\u202e0' type veth peer name far1
	ip link add $'bad\xff0' type veth peer name far2
	eq "$(dladm show-link -o link,class)" \
'LINK        CLASS
far0        phys
red\x1b[31m0 phys
far1        phys
bidi\xe2\x80\xae0 phys
far2        phys
bad\xff0    phys'
	eq "$(dladm show-link -p -o link,class | head -2)" \
'far0:phys
red\\x1b[31m0:phys'
	for form in '' '-p -o link' '-j' '-s'; do
		# shellcheck disable=SC2086
		dladm show-link $form | LC_ALL=C grep -q '[^ -~]' && fail "unsafe bytes in '$form'"
	done
	eq "$(dladm show-link -j -o link | python3 -c 'import json, sys
print([l["link"] for l in json.load(sys.stdin)["links"]][1])')" 'red\x1b[31m0'
}

test_other_scripts_are_shown_and_counted_as_characters()
{
	ip link add 'café0' type veth peer name far0
	eq "$(dladm show-link -o link,class café0)" \
"LINK        CLASS
café0       phys"
	eq "$(dladm show-link -j -o link café0 | tr -d '\n')" \
		'{"vwire":{"schema":1},"links":[{"link":"caf\u00e90"}]}'
}

test_json_whole()
{
	some_links
	eq "$(dladm show-vnic -j -o link,over,macaddress,macaddrtype,vid,zone,mtu)" \
'{"vwire":{"schema":1},"vnics":[
{"link":"web1","over":"stub1","mac":"2:8:20:0:0:1","mac_type":"fixed","vid":0,"zone":null,"mtu_bytes":9000},
{"link":"db1","over":"stub1","mac":"2:8:20:0:0:2","mac_type":"fixed","vid":10,"zone":null,"mtu_bytes":9000}
]}'
	eq "$(dladm show-link -j stub1)" \
'{"vwire":{"schema":1},"links":[
{"link":"stub1","class":"etherstub","mtu_bytes":9000,"state":"unknown","bridge":null,"over":[]}
]}'
	eq "$(dladm show-vlan -j)" '{"vwire":{"schema":1},"vlans":[]}'
}

# Every show command, in JSON: parses, and no key comes twice.
test_json_of_every_show_command_parses()
{
	some_links
	nic net0
	# show-usage reads a log
	"$VW_BUILD/cli/acctadm/acctadm" -e basic -f "$TESTDIR/net.log" net
	for sub in $(dladm dump-commands | awk -F'\t' '$1 == "command" && $2 ~ /^show-/ { print $2 }')
	do
		for option in '' -P -s -x -L -m -H; do
			[ "$option" = '' ] || dladm dump-commands |
				awk -F'\t' -v s="$sub" -v o="$option" '$1 == "option" && $2 == s &&
					$3 == o && $5 == "" { found = 1 } END { exit !found }' || continue
			# shellcheck disable=SC2086
			dladm "$sub" -j -o all $option >json
			python3 - json <<-'END'
			import json, sys
			def once(pairs):
			    assert len(dict(pairs)) == len(pairs), pairs
			    return dict(pairs)
			document = json.load(open(sys.argv[1]), object_pairs_hook=once)
			assert document["vwire"] == {"schema": 1}
			assert len(document) == 2
			END
		done
	done
}

# A list that does not fit goes on in further rows, the other columns blank (bridge: no limit here).
test_long_lists_wrap_at_commas()
{
	local ports=()

	for i in 1 2 3 4 5 6 7 8; do
		dladm create-simnet "simulated$i"
		ports+=(-l "simulated$i")
	done
	dladm create-bridge "${ports[@]}" wide
	eq "$(dladm show-link -o link,over,class wide)" \
"LINK        OVER                          CLASS
wide        simulated1,simulated2,        bridge
            simulated3,simulated4,
            simulated5,simulated6,
            simulated7,simulated8"
	eq "$(dladm show-link -p -o over wide)" \
		"$(seq -s, -f 'simulated%g' 8)"
}

test_a_full_disk_is_an_error()
{
	some_links
	rc=0
	dladm show-link >/dev/full 2>err || rc=$?
	eq "$rc" 1
	eq "$(cat err)" "dladm: cannot write the output: No space left on device"
	rc=0
	vwire check >/dev/full 2>err || rc=$?
	eq "$rc" 0 "nothing to write, nothing lost"
}

test_a_closed_pipe_is_no_noise()
{
	local status

	some_links
	{ dladm show-link -p -o link 2>err || echo $? >rc; } | true
	eq "$(cat err)" ""
	# Where SIGPIPE is ignored, the status still tells.
	(trap '' PIPE; dladm show-link -s -i 1 2>err || echo $? >rc) | head -1 >out
	eq "$(cat rc) $(cat err)" "1 "
	status=0
	dladm show-link >&- 2>err || status=$?
	eq "$status" 1 "status with standard output closed"
}

test_the_header_comes_once_in_a_pipe()
{
	for i in $(seq 60); do
		ip link add "many$i" type veth peer name "far$i"
	done
	eq "$(dladm show-link | grep -c LINK)" 1
	eq "$(dladm show-link | wc -l)" 121
}

test_the_header_repeats_once_a_screen_on_a_terminal()
{
	need_cmd script
	for i in $(seq 10); do
		ip link add "many$i" type veth peer name "far$i"
	done
	script -qec 'stty rows 10; dladm show-link -o link' /dev/null </dev/null | tr -d '\r' >out
	eq "$(grep -n LINK out | tr '\n' ' ')" "1:LINK 11:LINK 21:LINK "
}

run_tests

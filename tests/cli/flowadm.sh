#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# flowadm: add-flow, remove-flow, show-flow and the properties of flows
. "${VW_SOURCE:-$(dirname "$0")/../..}/tests/lib.sh"

# Two VNICs on a switch, one of them in a zone
world()
{
	ip netns add web
	dladm create-etherstub stub1
	dladm create-vnic -l stub1 -p zone=web web1
	dladm create-vnic -l stub1 gw1
}

# One flow of each kind
six_kinds()
{
	world
	flowadm add-flow -l web1 -a transport=tcp,local_port=443 https1
	flowadm add-flow -l web1 -a transport=udp dns1
	flowadm add-flow -l gw1 -a remote_ip=192.0.2.0/24 cust1
	flowadm add-flow -l gw1 -a remote_ip=2001:db8::/32 cust2
	dladm create-vnic -l stub1 db1
	flowadm add-flow -l db1 -a dsfield=b8:fc ef1
	dladm create-vnic -l stub1 db2
	flowadm add-flow -l db2 -a local_ip=10.0.0.5 me1
	dladm create-vnic -l stub1 db3
	flowadm add-flow -l db3 -a transport=tcp -a remote_port=80 fetch1
}

addresses()
{
	ip addr add 10.0.0.1/24 dev gw1
	ip -n web addr add 10.0.0.5/24 dev web1
}

test_every_kind_of_flow_is_shown()
{
	six_kinds
	eq "$(flowadm show-flow)" \
"FLOW        LINK        IPADDR                   PROTO  LPORT   RPORT   DSFLD
https1      web1        --                       tcp    443     --      --
dns1        web1        --                       udp    --      --      --
cust1       gw1         RMT:192.0.2.0/24         --     --      --      --
cust2       gw1         RMT:2001:db8::/32        --     --      --      --
ef1         db1         --                       --     --      --      0xb8:0xfc
me1         db2         LCL:10.0.0.5/32          --     --      --      --
fetch1      db3         --                       tcp    --      80      --"
	eq "$(flowadm show-flow -l gw1 -o flow,ipaddr)" \
"FLOW        IPADDR
cust1       RMT:192.0.2.0/24
cust2       RMT:2001:db8::/32"
	eq "$(flowadm show-flow -p -o flow,ipaddr,dsfld cust1)" 'cust1:RMT\:192.0.2.0/24:'
	eq "$(flowadm show-flow -p -o dsfld ef1)" 0xb8:0xfc
	eq "$(flowadm show-flow -p -o flow,zone,state https1)" https1:web:active
}

test_no_flow_no_output()
{
	world
	eq "$(flowadm show-flow 2>&1)" ""
	eq "$(flowadm show-flowprop 2>&1)" ""
	eq "$(flowadm show-flow -s 2>&1)" ""
	eq "$(flowadm show-flow -j)" '{"vwire":{"schema":1},"flows":[]}'
	eq "$(flowadm show-flow -l web1 2>&1)" ""
}

# Paper, section 4.2.3: options before the link, the link before the name
test_options_come_in_any_order()
{
	world
	flowadm add-flow -p maxbw=100 -a transport=tcp -l web1 tcp-flow1
	flowadm add-flow udp-flow1 -l web1 --attr transport=udp --prop=maxbw=50,priority=high 2>/dev/null
	flowadm add-flow -a local_port=53 -l gw1 -a transport=udp dns1 -p maxbw=1.5 -p dscp=ef
	eq "$(flowadm show-flow -p -o flow,link,proto,lport)" \
"tcp-flow1:web1:tcp:
udp-flow1:web1:udp:
dns1:gw1:udp:53"
	eq "$(flowadm show-flowprop -c -o flow,property,value -p maxbw,priority,dscp)" \
"tcp-flow1:maxbw:100M
tcp-flow1:priority:medium
tcp-flow1:dscp:
udp-flow1:maxbw:50M
udp-flow1:priority:high
udp-flow1:dscp:
dns1:maxbw:1500K
dns1:priority:medium
dns1:dscp:46"
}

test_properties_are_shown_in_rows()
{
	world
	flowadm add-flow -l web1 -a transport=tcp -p maxbw=30M tcp1
	eq "$(flowadm show-flowprop -p maxbw,priority,action tcp1)" \
"FLOW         PROPERTY        VALUE          DEFAULT        POSSIBLE
tcp1         maxbw           30M            --             --
tcp1         priority        medium         medium         low,medium,high
tcp1         action          pass           pass           pass,drop"
	eq "$(flowadm show-flowprop -c -o value -p MAXBW tcp1)" 30M "names without regard to case"
	eq "$(flowadm show-flowprop -j -p maxbw,action tcp1)" \
'{"vwire":{"schema":1},"flowprops":[
{"flow":"tcp1","property":"maxbw","value":"30M","maxbw_bps":30000000,"default":"--","possible":null},
{"flow":"tcp1","property":"action","value":"pass","default":"pass","possible":"pass,drop"}
]}'
	eq "$(flowadm show-flowprop -c -o property tcp1)" \
"maxbw
maxbw-rx
maxbw-tx
minbw
priority
cpus
action
dscp"
}

test_properties_are_set_and_reset_active_and_saved()
{
	world
	flowadm add-flow -l web1 -a transport=tcp tcp1
	flowadm set-flowprop -p maxbw=5M,action=drop tcp1
	eq "$(flowadm show-flowprop -c -o value -p maxbw,action tcp1)" $'5M\ndrop'
	eq "$(flowadm show-flowprop -P -c -o value -p maxbw,action tcp1)" $'5M\ndrop'
	flowadm set-flowprop -t -p maxbw=6M tcp1
	eq "$(flowadm show-flowprop -c -o value -p maxbw tcp1)" 6M
	eq "$(flowadm show-flowprop -P -c -o value -p maxbw tcp1)" 5M
	flowadm reset-flowprop -p action tcp1
	eq "$(flowadm show-flowprop -c -o value -p action tcp1)" pass
	eq "$(flowadm show-flowprop -P -c -o value -p action tcp1)" ""
	flowadm reset-flowprop tcp1
	eq "$(flowadm show-flowprop -c -o value -p maxbw tcp1)" ""
	eq "$(flowadm show-flowprop -P -c -o value -p maxbw tcp1)" ""
}

test_several_are_set_or_none()
{
	world
	flowadm add-flow -l web1 -a transport=tcp -p maxbw=5M tcp1
	for wrong in maxbw=6M,dscp=ef,nosuchprop=1 dscp=ef,maxbw=10MB maxbw=6M,dscp=none; do
		rc=0
		flowadm set-flowprop -p $wrong tcp1 2>err || rc=$?
		eq "$rc" 1 "$wrong"
		eq "$(grep -c '^flowadm: cannot set' err)" 1 "$wrong"
		eq "$(flowadm show-flowprop -c -o value -p maxbw,dscp tcp1)" 5M "$wrong"
		eq "$(flowadm show-flowprop -P -c -o value -p maxbw,dscp tcp1)" 5M "$wrong"
	done
	rc=0
	flowadm reset-flowprop -p maxbw,nosuchprop tcp1 2>err || rc=$?
	eq "$rc" 1
	eq "$(flowadm show-flowprop -c -o value -p maxbw,dscp tcp1)" 5M
	flowadm set-flowprop -p maxbw=10M,dscp=ef -p maxbw=9M tcp1
	eq "$(flowadm show-flowprop -c -o value -p maxbw,dscp tcp1)" $'9M\n46'
}

test_an_unknown_property_has_its_row_and_an_error()
{
	world
	flowadm add-flow -l web1 -a transport=tcp -p maxbw=1M tcp1
	rc=0
	flowadm show-flowprop -p bogus,maxbw tcp1 >out 2>err || rc=$?
	eq "$rc" 1
	eq "$(cat out)" \
"FLOW         PROPERTY        VALUE          DEFAULT        POSSIBLE
tcp1         bogus           ?              ?              ?
tcp1         maxbw           1M             --             --"
	has "$(cat err)" "bogus"
}

test_json_has_numbers_where_there_are_numbers()
{
	six_kinds
	eq "$(flowadm show-flow -j -l web1)" \
'{"vwire":{"schema":1},"flows":[
{"flow":"https1","link":"web1","local_ip":null,"remote_ip":null,"transport":"tcp","local_port":443,"remote_port":null,"dsfield":null},
{"flow":"dns1","link":"web1","local_ip":null,"remote_ip":null,"transport":"udp","local_port":null,"remote_port":null,"dsfield":null}
]}'
	eq "$(flowadm show-flow -j -o flow,ipaddr cust1)" \
'{"vwire":{"schema":1},"flows":[
{"flow":"cust1","local_ip":null,"remote_ip":"192.0.2.0/24"}
]}'
	for sub in show-flow show-flowprop; do
		for option in '' -P -s; do
			[ "$sub$option" != show-flowprop-s ] || continue
			# shellcheck disable=SC2086
			flowadm "$sub" -j -o all $option >json
			python3 -c 'import json, sys; json.load(open(sys.argv[1]))' json
		done
	done
}

test_a_flow_counts_from_the_start_and_keeps_its_counters()
{
	need_cmd ping
	world
	addresses
	ping -q -c 1 -W 5 10.0.0.5 >/dev/null
	flowadm add-flow -l web1 -a transport=icmp ping1
	ping -q -c 3 -i 0.1 10.0.0.5 >/dev/null
	eq "$(flowadm show-flow -s -p -o ipackets,rbytes,opackets,obytes,drops ping1)" 3:294:3:294:0
	flowadm set-flowprop -p maxbw=10M,dscp=cs1 ping1
	ping -q -c 2 -i 0.1 10.0.0.5 >/dev/null
	eq "$(flowadm show-flow -s -p -o ipackets,opackets,drops ping1)" 5:5:0
	flowadm set-flowprop -p action=drop ping1
	not ping -q -c 2 -i 0.1 -W 1 10.0.0.5
	eq "$(flowadm show-flow -s -p -o ipackets,opackets,drops ping1)" 5:5:2
	eq "$(dladm show-link -x -p -o blocked web1)" 2
	flowadm reset-flowprop ping1
	ping -q -c 1 -W 5 10.0.0.5 >/dev/null
	eq "$(flowadm show-flow -s | sed 's/ *$//')" \
"FLOW           LINK         IPACKETS    RBYTES        OPACKETS    OBYTES        DROPS
ping1          web1         6           588           6           588           2"
}

test_reports_are_repeated_with_differences()
{
	need_cmd ping
	world
	addresses
	flowadm add-flow -l web1 -a transport=icmp ping1
	ping -q -c 2 -i 0.1 -W 5 10.0.0.5 >/dev/null
	flowadm show-flow -s -i 1 -p -o flow,ipackets >out &
	watcher=$!
	until_reports ping1 out 1
	ping -q -c 3 -i 0.1 -W 5 10.0.0.5 >/dev/null
	until_later ping1 out 3
	until_reports ping1 out 3
	interrupt $watcher
	eq "$(head -1 out)" ping1:2
	eq "$(later ping1 out)" 3
}

test_temporary_flows_are_not_saved()
{
	world
	flowadm add-flow -l web1 -a transport=tcp tcp1
	flowadm add-flow -t -l web1 -a transport=udp udp1
	eq "$(flowadm show-flow -P -p -o flow)" tcp1
	eq "$(flowadm show-flow -p -o flow | sort)" $'tcp1\nudp1'
	flowadm remove-flow -t tcp1
	eq "$(flowadm show-flow -p -o flow)" udp1
	eq "$(flowadm show-flow -P -p -o flow)" tcp1
	vwire restore
	eq "$(flowadm show-flow -p -o flow | sort)" $'tcp1\nudp1'
}

test_the_saved_file_has_a_line_for_each()
{
	world
	flowadm add-flow -l web1 -a transport=tcp,remote_port=443 -p maxbw=30000K https
	eq "$(grep -A 2 '"flows"' "$VWIRE_ROOT/etc/vwire/config.json")" \
'}, "flows": {
"https": {"link": "web1", "match": {"transport": "tcp", "remote_port": "443"}, "props": {"maxbw": "30M"}}
}}'
	flowadm remove-flow https
	not grep -q flows "$VWIRE_ROOT/etc/vwire/config.json"
}

test_flows_of_another_root_are_edited_there()
{
	world
	mkdir other
	dladm create-etherstub -R other stub7
	dladm create-vnic -R other -l stub7 a7
	flowadm add-flow -R other -l a7 -a transport=tcp -p maxbw=7M tcp7
	flowadm set-flowprop -R other -p maxbw=8M tcp7
	has "$(cat other/etc/vwire/config.json)" \
		'"tcp7": {"link": "a7", "match": {"transport": "tcp"}, "props": {"maxbw": "8M"}}'
	eq "$(flowadm show-flow)" ""
	flowadm remove-flow -R other -l a7
	not grep -q tcp7 other/etc/vwire/config.json
}

test_flows_are_removed_by_name_and_by_link()
{
	six_kinds
	flowadm remove-flow https1 cust1
	eq "$(flowadm show-flow -p -o flow | tr '\n' ' ')" "dns1 cust2 ef1 me1 fetch1 "
	flowadm add-flow -l web1 -a transport=sctp sctp1
	flowadm remove-flow -l web1
	eq "$(flowadm show-flow -p -o flow | tr '\n' ' ')" "cust2 ef1 me1 fetch1 "
	flowadm remove-flow -l web1
}

test_a_flow_follows_its_link()
{
	world
	flowadm add-flow -l web1 -a transport=tcp -p maxbw=3M tcp1
	dladm rename-link web1 shop1
	eq "$(flowadm show-flow -p -o flow,link)" tcp1:shop1
	dladm reset-linkprop -p zone shop1
	eq "$(flowadm show-flow -p -o flow,link,zone,state)" tcp1:shop1::active
	eq "$(flowadm show-flowprop -c -o value -p maxbw tcp1)" 3M
}

test_a_priority_that_cannot_act_is_noted()
{
	world
	flowadm add-flow -l web1 -a transport=tcp -p priority=high tcp1 2>err
	eq "$(cat err)" \
"flowadm: note: the priority of flow 'tcp1' orders nothing yet: set maxbw of link 'web1'"
	dladm set-linkprop -p maxbw=100M web1
	flowadm set-flowprop -p priority=low tcp1 2>err
	eq "$(cat err)" ""
}

test_remove_flow_wants_a_flow_or_a_link()
{
	rc=0
	flowadm remove-flow 2>err || rc=$?
	eq "$rc" 2
	eq "$(cat err)" \
"flowadm: remove-flow: name a flow, or with -l a link
flowadm: hint: usage: flowadm remove-flow [-t] [-R dir] [-l link] [flow...]"
	rc=0
	flowadm remove-flow -l web1 tcp1 2>err || rc=$?
	eq "$rc" 2
	has "$(cat err)" "leave out 'tcp1'"
}

test_what_is_missing_is_named()
{
	local usage="flowadm: hint: usage: flowadm add-flow [-t] [-R dir] -l link -a attribute=value[,...]... [-p prop=value[,...]]... flow"

	rc=0
	flowadm add-flow -a transport=tcp tcp1 2>err || rc=$?
	eq "$rc" 2
	eq "$(cat err)" "flowadm: add-flow: the option -l link is missing
$usage"
	rc=0
	flowadm add-flow -l web1 tcp1 2>err || rc=$?
	eq "$rc" 2
	eq "$(cat err)" "flowadm: add-flow: the option -a attribute=value[,...] is missing
$usage"
	rc=0
	flowadm add-flow -l web1 -a transport=tcp 2>err || rc=$?
	eq "$rc" 2
	eq "$(cat err)" "flowadm: add-flow: the operand 'flow' is missing
$usage"
	rc=0
	flowadm 2>err || rc=$?
	eq "$rc" 2
	eq "$(cat err)" "flowadm: no subcommand given
flowadm: hint: 'flowadm help' lists the subcommands"
}

test_a_property_set_for_now_is_not_saved_with_the_next_one()
{
	world
	flowadm add-flow -l gw1 -a transport=tcp -p maxbw=10M f1
	flowadm set-flowprop -t -p maxbw=6M f1
	flowadm set-flowprop -p priority=high f1
	eq "$(flowadm show-flowprop -c -o property,value -p maxbw,priority f1)" \
"maxbw:6M
priority:high"
	eq "$(flowadm show-flowprop -P -c -o property,value -p maxbw,priority f1)" \
"maxbw:10M
priority:high"
	vwire restore >/dev/null
	flowadm set-flowprop -p maxbw=7M f1
	eq "$(flowadm show-flowprop -P -c -o value -p maxbw f1)" 7M
	eq "$(flowadm show-flowprop -c -o value -p maxbw f1)" 7M
}

# Killed when it was written down and the kernel not told yet.
killed_remove_flow()
{
	need_cmd strace
	not strace -o /dev/null -f -e inject=fsync:signal=KILL:when=2 flowadm remove-flow "$@"
}

test_a_removal_that_was_killed_is_finished_by_the_same_command()
{
	world
	flowadm add-flow -l web1 -a transport=tcp f1
	killed_remove_flow f1
	flowadm remove-flow f1
	refused "no such flow" flowadm remove-flow f1
	vwire check
}

test_a_flow_called_like_the_link_of_a_killed_removal_is_none()
{
	world
	flowadm add-flow -l web1 -a transport=tcp f1
	killed_remove_flow f1
	not flowadm remove-flow web1
	refused "no such flow" flowadm remove-flow web1
}

test_properties_that_cannot_be_read_are_shown_as_a_question_mark()
{
	need_cmd strace
	world
	flowadm add-flow -l gw1 -a transport=tcp -p maxbw=10M f1
	eq "$(strace -o /dev/null -f -e inject=bpf:error=EPERM \
		flowadm show-flowprop -c -o property,value -p maxbw,action f1)" \
"maxbw:?
action:?"
	dladm create-simnet sim0
	flowadm add-flow -l sim0 -a transport=tcp -p maxbw=5M f2
	ip link del sim0
	eq "$(flowadm show-flowprop -c -o value -p maxbw f2)" 5M "of a link that is absent"
}

run_tests

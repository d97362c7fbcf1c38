#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# dlstat: counters of every link of every zone
. "${VW_SOURCE:-$(dirname "$0")/../..}/tests/lib.sh"

# without_ipv6 [in_zone ZONE]: nothing is sent there that nobody asked for.
without_ipv6()
{
	"$@" sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
}

# Two cabled zones that say only what we make them say.
two_zones()
{
	local zone

	without_ipv6
	for zone in one two; do
		ip netns add $zone
		without_ipv6 in_zone $zone
	done
	dladm create-etherstub stub1
	dladm create-vnic -l stub1 -p zone=one,mtu=1500 vnic1
	dladm create-vnic -l stub1 -p zone=two,mtu=1500 vnic2
	ip -n one addr add 10.0.0.1/24 dev vnic1
	ip -n two addr add 10.0.0.2/24 dev vnic2
	ip -n one neigh add 10.0.0.2 lladdr "$(ip -n two -br link show vnic2 | awk '{ print $3 }')" dev vnic1
	ip -n two neigh add 10.0.0.1 lladdr "$(ip -n one -br link show vnic1 | awk '{ print $3 }')" dev vnic2
}

pings()	# pings COUNT [BYTES]: echo requests and their answers between the two
{
	in_zone one ping -q -c "$1" -i 0.01 -s "${2:-56}" -W 2 10.0.0.2 >/dev/null
}

test_the_table_is_right_justified()
{
	dladm create-simnet sim1
	ip link set sim1 down
	ip link set sim1-s down
	eq "$(dlstat sim1)" \
"           LINK    IPKTS   RBYTES    OPKTS   OBYTES         ZONE
           sim1        0        0        0        0           --"
	eq "$(dlstat -o obytes,link sim1)" \
"  OBYTES            LINK
       0            sim1"
}

test_numbers_are_scaled_or_in_the_unit_asked_for()
{
	two_zones
	pings 3 1000
	eq "$(dlstat -p -o obytes vnic2)" 3126
	eq "$(dlstat -o obytes vnic2 | tail -1)" "   3.13K"
	eq "$(dlstat -u R -o obytes vnic2 | tail -1)" "    3126"
	eq "$(dlstat -u M -o obytes vnic2 | tail -1)" "   0.00M"
	eq "$(dlstat -j -o link,obytes vnic2)" \
'{"vwire":{"schema":1},"links":[
{"link":"vnic2","tx_bytes":3126}
]}'
}

test_one_table_has_every_link_of_every_zone()
{
	two_zones
	nic net0
	dladm create-vnic -l net0 -p zone=two host2
	dladm create-vnic -l net0 -p zone=one,datapath=direct direct1
	dladm create-vnic -l stub1 averylongnameforavnic1
	dladm create-vnic -l stub1 -p zone=one anotherlongnameofavnic2
	ip -n one link add foreign0 type bridge
	eq "$(dlstat -p -o zone,link | grep -v '^wire:' | sort)" \
":averylongnameforavnic1
:net0
:stub1
one:anotherlongnameofavnic2
one:direct1
one:foreign0
one:vnic1
two:host2
two:vnic2"
	eq "$(dlstat -p -o link,over,class,zone | grep -v wire | sort | head -5)" \
"anotherlongnameofavnic2:stub1:vnic:one
averylongnameforavnic1:stub1:vnic:
direct1:net0:vnic:one
foreign0::bridge:one
host2:net0:vnic:two"
}

test_a_brief_and_a_full_reading_agree()
{
	nic net0
	dladm create-etherstub stub1
	dladm create-vnic -l stub1 vnic1
	dladm create-vnic -l net0 -v 7 vnic7 2>/dev/null || dladm create-vnic -l net0 vnic7
	dladm create-simnet sim1
	dladm create-vnic -l stub1 averylongnameforavnic1
	ip netns del wire
	wait_for 10 not_there net0	# it goes with its peer, a moment later
	ip link add name lone-p type veth peer name other-x
	eq "$(dlstat -p -o link | sort)" "$(dlstat -p -o link,class | cut -d: -f1 | sort)"
	has "$(dlstat -p -o link)" lone-p
}

test_a_renamed_vnic_in_its_zone_is_one_row()
{
	two_zones
	pings 2
	ip -n one link set vnic1 down
	ip -n one link set vnic1 name disguise
	ip -n one link set disguise group 5
	eq "$(dlstat -p -o link,zone,class | grep -c ':one:')" 1
	eq "$(dlstat -p -o link,opkts,class vnic1)" vnic1:2:vnic
}

test_what_is_seen_outside_is_what_is_seen_inside()
{
	local inside

	two_zones
	pings 5 500
	inside=$(ip -n one -j -s link show vnic1 | python3 -c '
import json, sys
s = json.load(sys.stdin)[0]["stats64"]
print(*(s[d][k] for d in ("rx", "tx") for k in ("packets", "bytes")), sep=":")')
	eq "$(dlstat -p -o ipkts,rbytes,opkts,obytes vnic1)" "$inside"
	eq "$(in_zone one dlstat -p -o ipkts,rbytes,opkts,obytes vnic1)" "$inside"
}

test_inside_a_zone_only_its_own_links()
{
	two_zones
	eq "$(in_zone one dlstat -p -o link,zone)" vnic1:
}

test_links_that_are_down_or_without_address_are_there()
{
	nic net0
	ip link set net0 down
	eq "$(dlstat -p -o link,state | grep net0)" net0:down
}

test_a_zone_without_a_name_is_left_at_once()
{
	ip netns add gone
	ip -n gone link add far0 type veth peer name near0 netns 1 2>/dev/null ||
		ip link add near0 type veth peer name far0 netns gone
	dlstat -i 1 >out &
	watcher=$!
	wait_for 10 grep -q far0 out
	ip netns del gone
	# Were it held, the veth pair would stay.
	wait_for 10 not_there near0
	interrupt $watcher
}

not_there()
{
	! ip link show "$1" >/dev/null 2>&1
}

test_the_total_counts_no_packet_twice()
{
	two_zones
	ip netns add wire
	without_ipv6 in_zone wire
	nic net1 far1
	dladm create-vnic -l net1 -p datapath=direct vnic5 2>/dev/null
	before=$(dlstat -T -p -o link,opkts | sed -n 's/^total://p')
	over=$(dlstat -T -p -o link,opkts | grep -c .)
	pings 10
	after=$(dlstat -T -p -o link,opkts | sed -n 's/^total://p')
	eq $((after - before)) 20 "packets sent"
	[ "$over" -gt 4 ]
}

# total OPTION...: packets sent, as the last row tells
total()
{
	dlstat -T -p -o link,opkts "$@" | sed -n 's/^total://p'
}

# What lies below a link counts only when it is in the list.
test_the_total_of_a_zone_or_link_is_that_of_what_is_listed()
{
	need_policy
	nic net0
	ip netns add one
	dladm create-vnic -l net0 -p zone=one guarded1
	dladm create-vnic -l net0 -p zone=one,datapath=direct direct1
	dladm create-vnic -l net0 here1
	in_zone one ip addr add 10.1.0.1/24 dev guarded1
	in_zone one ip addr add 10.2.0.1/24 dev direct1
	ip addr add 10.3.0.1/24 dev here1
	in_zone one ping -q -b -c 5 -i 0.01 -W 1 10.1.0.255 >/dev/null || :
	in_zone one ping -q -b -c 5 -i 0.01 -W 1 10.2.0.255 >/dev/null || :
	ping -q -b -c 5 -i 0.01 -W 1 10.3.0.255 >/dev/null || :
	for link in guarded1 direct1 here1; do
		sent=$(dlstat -p -o opkts $link)
		[ "$sent" -ge 5 ] || fail "$link sent only $sent"
		eq "$(total $link)" "$(dlstat -p -o opkts $link)" "total of $link alone"
	done
	dlstat -T -p -o link,opkts -Z one >out
	eq "$(sed -n 's/^total://p' out)" "$(awk -F: '$1 != "total" { n += $2 } END { print n }' out)"
	[ "$(sed -n 's/^total://p' out)" -ge 10 ] || fail "$(cat out)"
	dlstat -T -p -o link,opkts >out
	eq "$(sed -n 's/^total://p' out)" "$(awk -F: '$1 ~ /^net0/ { n += $2 } END { print n }' out)"
}

test_first_totals_then_differences_and_links_that_join()
{
	two_zones
	pings 4
	dlstat -i 1 -p -o link,opkts >out &
	watcher=$!
	until_reports vnic1 out 1
	pings 6
	dladm create-vnic -l stub1 -p zone=two,mtu=1500 vnic3
	until_reports vnic3 out 1
	until_later vnic1 out 6
	until_reports vnic1 out 3
	interrupt $watcher
	eq "$(grep '^vnic1:' out | head -1)" "vnic1:4"
	eq "$(later vnic1 out)" 6
}

test_a_link_made_anew_is_not_a_negative_number()
{
	two_zones
	pings 20
	dlstat -i 1 -p -o link,opkts >out &
	watcher=$!
	until_reports vnic1 out 1
	dladm delete-vnic vnic1
	dladm create-vnic -t -l stub1 -p zone=one vnic1
	seen=$(reports vnic1 out)
	until_reports vnic1 out $((seen + 2))
	interrupt $watcher
	awk -F: '$1 == "vnic1" && n++ && $2 > 20 { exit 1 }' out || fail "$(cat out)"
}

test_a_link_that_goes_away_ends_its_report_with_an_error()
{
	dladm create-simnet sim1
	dlstat -i 1 sim1 >out 2>err &
	watcher=$!
	wait_for 10 grep -q sim1 out
	dladm delete-simnet sim1
	rc=0
	wait $watcher || rc=$?
	eq "$rc" 1
	has "$(cat err)" "no link 'sim1'"
}

# The etherstub itself may say a word (IPv6, multicast): what is received is not compared.
received_as_x()
{
	sed -E 's/^( +vnic1 .*) +[0-9]+ +[0-9]+( +\?.*)? +one$/\1 X\2 one/; s/  +/ /g'
}

test_lanes_without_hardware_say_what_is_known()
{
	two_zones
	pings 2
	eq "$(dlstat show-link -t vnic1)" \
"           LINK  TYPE      ID  INDEX    OPKTS   OBYTES   BLKCNT  UBLKCNT         ZONE
          vnic1    tx      sw     --        2      196        ?        ?          one"
	eq "$(dlstat show-link -p -o link,type,id,index vnic1)" \
"vnic1:rx:sw:
vnic1:tx:sw:"
	eq "$(dlstat -r vnic1 | head -1)" \
"           LINK    IPKTS   RBYTES    INTRS    POLLS    CH<10  CH10-50    CH>50         ZONE"
	eq "$(dlstat -r vnic1 | received_as_x | tail -1)" " vnic1 X ? ? ? ? ? one"
	eq "$(dlstat -p -o link,intrs,polls -r vnic1)" "vnic1:?:?"
	eq "$(dlstat -j -o link,intrs -r vnic1 | sed -n 2p)" '{"link":"vnic1","interrupts":null}'
	eq "$(dlstat -r -L -p -o link:lne,ltyp,usedby,intrs vnic1)" "vnic1\\:0:slne:vnic1:?"
	eq "$(dlstat -r -F -p -o link,id,fout vnic1)" "vnic1:sw:?"
	eq "$(dlstat -t vnic1 | tail -1)" \
"          vnic1        2      196        ?        ?          one"
	says_nothing dlstat show-phys
}

# Asked without our programs, which could excuse themselves.
need_raw_tracepoint()
{
	/usr/bin/python3 - "$1" >/dev/null 2>&1 <<-'END' || skip "polls cannot be counted here"
		import ctypes, os, struct, sys
		bpf = lambda command, attr: ctypes.CDLL(None).syscall(
		    {"x86_64": 321, "aarch64": 280, "riscv64": 280}[os.uname().machine],
		    command, attr, len(attr))
		# r0 = 0; exit: of type RAW_TRACEPOINT (17), by BPF_PROG_LOAD, then BPF_RAW_TRACEPOINT_OPEN
		texts = [ctypes.create_string_buffer(t) for t in (
		    bytes.fromhex("b700000000000000" "9500000000000000"), b"GPL", sys.argv[1].encode())]
		program, licence, name = map(ctypes.addressof, texts)
		fd = bpf(5, struct.pack("=IIQQIIQII", 17, 2, program, licence, 0, 0, 0, 0, 0))
		raise SystemExit(fd < 0 or bpf(17, struct.pack("=QII", name, fd, 0)) < 0)
	END
}

test_polls_are_counted_while_it_runs()
{
	need_cmd ethtool
	nic net0
	# With generic receive offload a veth is polled as a network card is.
	need_raw_tracepoint napi_poll
	in_zone wire ethtool -K wire0 tso off
	ethtool -K net0 gro on || skip "this kernel has no NAPI for a veth"
	ip addr add 10.0.0.1/24 dev net0
	ip -n wire addr add 10.0.0.2/24 dev wire0
	dlstat -r -i 1 -p -o link,polls,ch\<10,ch\>50 net0 >out &
	one=$!
	dlstat -r -F -i 1 -p -o link,fout,polls net0 >cpus &
	two=$!
	until_reports net0 out 1
	until_reports net0 cpus 1
	ping -q -c 30 -i 0.01 10.0.0.2 >/dev/null
	until_later net0 out 20
	wait_for 20 by_cpu 20
	interrupt $one
	interrupt $two
	eq "$(head -1 out)" "net0:?:?:?"
	polls=$(later net0 out)
	[ "$polls" -le 60 ] || fail "30 packets took $polls polls"
	eq "$(awk -F: 'NR > 1 { n += $3 } END { print n }' out)" "$polls" "polls of few packets"
}

# by_cpu COUNT: so many polls, on CPUs that are told.
by_cpu()
{
	[ "$(awk -F: '$2 != "?" { n += $3 } END { print n + 0 }' cpus)" -ge "$1" ]
}

test_every_counter_by_name()
{
	two_zones
	pings 2
	has "$(dlstat -a vnic1)" "$(printf '\t%15s\t\t%15s\n' opackets 2)"
	has "$(dlstat -A vnic1)" "$(printf '\t%15s\t\t%15s\n' macspoofed 0)"
}

test_ports_of_an_aggregation()
{
	need_kind bond
	nic net1
	nic net2
	ip link set net1 down
	ip link set net2 down
	dladm create-aggr -l net1 -l net2 aggr0
	eq "$(dlstat show-aggr -p -o link,port)" \
"aggr0:
aggr0:net1
aggr0:net2"
	refused "'net0' is not an aggregation" dlstat show-aggr net0
}

test_mistakes_are_one_sentence_with_the_fix()
{
	nic net0
	refused "no link 'nope0'" dlstat nope0
	refused "'dladm show-link' lists the links" dlstat nope0
	refused "no zone 'mars' that can be entered" dlstat -Z mars
	refused "invalid interval value '0'" dlstat -i 0
	refused "whole seconds from 1 to 86400" dlstat -i 1.5
	refused "invalid unit value 'k': the units are R, K, M, G, T and P" dlstat -r -u k
	refused "the option -u cannot be used with -p" dlstat -u K -p -o link
	refused "the option -r cannot be used with -t" dlstat -r -t
	refused "the option -F can be used only with -r" dlstat -F
	refused "-p requires -o" dlstat -p
	refused "unknown output field: \`colour'" dlstat -p -o colour
	refused "one operand too many: 'b'" dlstat a b
	refused "unrecognized option '-Q'" dlstat -Q
	refused "the option -w can be used only with --openmetrics" dlstat -w file
}

test_output_that_is_lost_ends_with_an_error()
{
	local rc=0

	nic net0
	dlstat >/dev/full 2>err || rc=$?
	eq "$rc" 1
	has "$(cat err)" "cannot write the output: No space left on device"
	set +e
	dlstat -i 1 2>err | head -1 >/dev/null
	eq "${PIPESTATUS[0]}" 1
	set -e
	eq "$(cat err)" ""
	rc=0
	dlstat --openmetrics >/dev/full 2>err || rc=$?
	eq "$rc" 1
	has "$(cat err)" "cannot write the output: No space left on device"
	refused "cannot write '/nowhere/file'" dlstat --openmetrics -w /nowhere/file
	for i in $(seq 20); do ip link add "br$i" type bridge; done
	mkdir small
	mount -t tmpfs -o size=4k small small
	rc=0
	dlstat --openmetrics -w small/file 2>err || rc=$?
	eq "$rc" 1
	has "$(cat err)" "No space left on device"
	eq "$(ls -A small)" "" "what is left of a file that could not be written"
}

# Root in a zone names links as he likes: that must not hide an aggregation of the host.
test_an_aggregation_is_found_beside_a_link_of_its_name()
{
	need_kind bond
	nic net1
	ip link set net1 down
	dladm create-aggr -l net1 aggr0
	ip netns add one
	ip -n one link add aggr0 type veth peer name far0
	eq "$(dlstat show-aggr -p -o link,port,zone aggr0)" \
"aggr0::
aggr0:net1:"
	ip -n one link set aggr0 name aggr1
	refused "'aggr1' is not an aggregation" dlstat show-aggr aggr1
}

test_options_that_would_be_ignored_are_refused()
{
	local pair

	for pair in "-A -r" "-A -t" "-A -p -o link" "-a -D" "-a -r -L" "-a -T" "-r -T -L" "-r -T -F" "-r -L -F"; do
		# shellcheck disable=SC2086 # the words of the pair
		refused "cannot be used with" dlstat $pair
	done
	for pair in "-a -r -L" "-r -t" "-r -L -F"; do
		# shellcheck disable=SC2086
		refused "cannot be used with" dlstat show-link $pair
	done
	refused "the option -L can be used only with -r" dlstat -L
	refused "the option -L can be used only with -r" dlstat show-link -L
}

test_every_counter_of_one_side()
{
	local command

	nic net0
	for command in "dlstat" "dlstat show-link" "dlstat show-phys"; do
		# shellcheck disable=SC2086 # the words of the command
		eq "$($command -a -r net0 | awk '{ print $1 }' | xargs)" \
			"net0 counters ipackets rbytes ierrors idrops multircv"
		# shellcheck disable=SC2086
		eq "$($command -a -t net0 | awk '{ print $1 }' | xargs)" \
			"net0 counters opackets obytes oerrors odrops"
	done
	eq "$(dlstat -a net0 | grep -c .)" "$(dlstat -A net0 | grep -c .)"
	has "$(dlstat -a net0)" obytes
}

test_what_is_there_but_not_shown_is_told_as_it_is()
{
	dladm create-etherstub stub1
	dladm create-vnic -l stub1 web1
	refused "'web1' is not a physical link but of class vnic" dlstat show-phys web1
	refused "no link 'web2'" dlstat show-phys web2
	refused "subcommand 'show-foo'" dlstat show-foo
	refused "no link 'show-foo'" dlstat -- show-foo
}

test_lanes_in_the_words_of_the_paper_by_either_name()
{
	nic net0
	eq "$(dlstat show-link -r -L -p -o link:lne,ltyp,usedby net0)" \
		"$(dlstat -r -L -p -o link:lne,ltyp,usedby net0)"
	has "$(dlstat show-link -r -L net0 | head -1)" "LINK:LNE  LTYP          USEDBY"
	eq "$(dlstat show-link -r -F -p -o link,index,fout net0)" \
		"$(dlstat -r -F -p -o link,index,fout net0)"
}

run_tests

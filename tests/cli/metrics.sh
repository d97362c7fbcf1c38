#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What the engine counts, as dlstat tells it: drops by reason, and all of it for Prometheus
. "${VW_SOURCE:-$(dirname "$0")/../..}/tests/lib.sh"

# Zone "one" with vnic1, 10.0.0.1, that says only what we make it say; gw1 hears it.
tenant()
{
	need_policy
	ip netns add one
	sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
	in_zone one sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
	dladm create-etherstub stub1
	dladm create-vnic -l stub1 -p zone=one,mtu=1500 vnic1
	dladm create-vnic -l stub1 gw1
}

# frames COUNT WORDS: so many of what evasion_packets.py makes of the words, out of vnic1
frames()
{
	in_zone one /usr/bin/python3 -B - "$@" <<-'END'
		import json, os, socket, subprocess, sys
		sys.path.insert(0, os.environ["VW_SOURCE"] + "/tests/netns")
		from evasion_packets import Packets
		me = json.loads(subprocess.check_output(["ip", "-j", "link", "show", "vnic1"]))[0]["address"]
		build = Packets({"me": (me, "10.0.0.1", "fd00::1"),
		                 "peer": ("2:0:0:0:0:9", "10.0.0.9", "fd00::9")}).build
		with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as out:
		    out.bind(("vnic1", 0))
		    # frames that wait for a limit are the sender's, and would make it wait as well
		    out.setsockopt(socket.SOL_SOCKET, 32, 64 << 20)	# SO_SNDBUFFORCE
		    for number in range(int(sys.argv[1])):
		        out.send(build(sys.argv[2], number))
	END
}

# Another count of each, so that none is taken for another.
forge_all()
{
	frames 1 "udp smac=peer"
	frames 2 "udp sip=peer"
	frames 3 "udp tags=8100.200"
	frames 4 "arp spa=peer"
	frames 5 "dhcp sip=0.0.0.0 dip=255.255.255.255 dmac=ff:ff:ff:ff:ff:ff chaddr=peer"
	frames 6 "raw ethertype=8863"
	frames 7 "udp"
}

guard()
{
	dladm set-linkprop -p "protection=mac-nospoof,ip-nospoof,dhcp-nospoof,restricted" vnic1
	dladm set-linkprop -p allowed-ips=10.0.0.1 vnic1
}

# The kernel's own count of what clsact of the port dropped
dropped_at_port()
{
	tc -s -j qdisc show dev vnic1-p clsact | python3 -c '
import json, sys
print(sum(q["drops"] for q in json.load(sys.stdin) if q["kind"] == "clsact"))'
}

test_drops_by_reason()
{
	tenant
	guard
	forge_all
	eq "$(dlstat -D -p -o link,limit,blocked,tagged,mac,ip,arp,nd,dhcp,restr,ctrl,other vnic1)" \
		vnic1:0:0:3:1:2:4:0:5:6:0:0
	eq "$(dlstat -p -o link,opkts,drops vnic1)" vnic1:28:21
	eq "$(dropped_at_port)" 21
	has "$(dlstat -A vnic1)" "$(printf '\t%15s\t\t%15s\n' macspoofed 1)"
	eq "$(dladm show-link -x -p -o tagged,arp,dhcp,restricted vnic1)" 3:4:5:6
}

# What the kernel's queues of limits dropped
dropped_in_queues()
{
	tc -s -j qdisc show | python3 -c '
import json, sys
print(sum(q["drops"] for q in json.load(sys.stdin) if q["kind"] == "bfifo"))'
}

test_drops_of_a_limit_are_those_of_its_queue()
{
	tenant
	dladm set-linkprop -p maxbw=100K vnic1
	frames 2000 "udp dmac=ff:ff:ff:ff:ff:ff"
	drops=$(dlstat -D -p -o limit vnic1)
	[ "$drops" -gt 0 ] || fail "2000 frames at 100 kb/s, and none was dropped"
	eq "$drops" "$(dropped_in_queues)"
	eq "$(dlstat -D -p -o blocked,tagged,mac,ip,arp,nd,dhcp,restr,ctrl,other vnic1)" \
		0:0:0:0:0:0:0:0:0:0
	has "$(dlstat --openmetrics)" "$(metric link_removed_packets_total vnic1 one vnic limit) $drops"
}

test_drops_of_a_limit_are_counted_on_in_every_report()
{
	tenant
	dladm set-linkprop -p maxbw=100K vnic1
	dlstat -D -i 1 -p -o link,limit vnic1 >out &
	watcher=$!
	until_reports vnic1 out 1
	frames 2000 "udp dmac=ff:ff:ff:ff:ff:ff"
	until_later vnic1 out "$(dropped_in_queues)"
	interrupt $watcher
	eq "$(head -1 out)" vnic1:0
	eq "$(later vnic1 out)" "$(dropped_in_queues)"
}

# metric NAME LINK ZONE CLASS [REASON]: what stands before its value
metric()
{
	printf 'vwire_%s{link="%s",zone="%s",class="%s"%s}' "$1" "$2" "$3" "$4" "${5:+,reason=\"$5\"}"
}

# The rules of the text format that promtool checks: names, types before samples, one family in one
# piece, no sample twice, counters end in _total, escaped labels.
check_metrics()
{
	python3 - "$1" <<'END'
import re, sys
seen, samples, families, current = set(), set(), [], None
for line in open(sys.argv[1], encoding="utf-8"):
    line = line.rstrip("\n")
    match = re.fullmatch(r"# (HELP|TYPE) ([a-z_:][a-z0-9_:]*) (.+)", line)
    if match:
        kind, name, rest = match.groups()
        if kind == "HELP":
            assert name not in seen, f"{name} comes twice"
            seen.add(name)
            current = [name, None]
        else:
            assert name == current[0], f"TYPE {name} after {current[0]}"
            assert rest in ("counter", "gauge"), rest
            assert (rest == "counter") == name.endswith("_total"), name
            current[1] = rest
        continue
    match = re.fullmatch(r'([a-z_]+)\{((?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)*)\} (\S+)', line)
    assert match, f"no sample: {line}"
    assert match.group(1) == current[0], f"{match.group(1)} among {current[0]}"
    assert float(match.group(3)) >= 0
    key = match.group(1), match.group(2)
    assert key not in samples, f"twice: {key}"
    samples.add(key)
assert len(seen) >= 15 and len(samples) >= 10
END
}

test_openmetrics_is_what_prometheus_reads()
{
	tenant
	frames 3 "udp"
	dladm set-linkprop -p maxbw=8M vnic1
	ip link add 'sp"ecial\' type bridge
	dlstat --openmetrics >out
	check_metrics out
	has "$(cat out)" "$(metric link_transmit_packets_total vnic1 one vnic) 3"
	has "$(cat out)" "$(metric link_limit_bytes_per_second vnic1 one vnic) 1000000"
	has "$(cat out)" 'link="sp\"ecial\\"'
	dlstat --openmetrics -w file.prom
	check_metrics file.prom
	eq "$(stat -c %a file.prom)" 644
	eq "$(ls)" "file.prom
out
root"
}

# A rename would replace whatever is there.
test_openmetrics_are_written_to_files_alone()
{
	mknod null c 1 3
	mkfifo pipe
	mkdir dir
	ln -s null to-null
	ln -s nowhere dangling
	for name in null pipe dir to-null; do
		refused "cannot write '$name': it is not a file" dlstat --openmetrics -w $name
	done
	refused "cannot write 'dangling': it is a symbolic link to nothing" \
		dlstat --openmetrics -w dangling
	eq "$(stat -c '%n %F' null pipe dir to-null dangling)" "null character special file
pipe fifo
dir directory
to-null symbolic link
dangling symbolic link"
	not test -e nowhere
}

test_openmetrics_keep_link_mode_and_owner_of_the_file()
{
	echo old >dir.prom
	chown 12:34 dir.prom
	chmod 640 dir.prom
	ln -s dir.prom link.prom
	dlstat --openmetrics -w link.prom
	eq "$(stat -c '%F %a %u:%g' link.prom dir.prom)" "symbolic link 777 0:0
regular file 640 12:34"
	has "$(cat dir.prom)" vwire_link_up
}

# said FILE METRIC: its value
said()
{
	awk -v name="$2" '$1 == name { print $2 }' "$1"
}

test_metrics_of_flows_drops_and_limits_are_what_the_others_say()
{
	tenant
	guard
	flowadm add-flow -l vnic1 -a transport=udp -p maxbw=3M udp-flow
	forge_all
	dlstat --openmetrics >out
	check_metrics out
	for reason in limit:0 tagged:3 mac:1 ip:2 arp:4 dhcp:5 restricted:6 other:0; do
		eq "$(said out "$(metric link_removed_packets_total vnic1 one vnic ${reason%:*})")" \
			"${reason#*:}" "$reason"
	done
	eq "$(said out "$(metric link_limit_bytes_per_second vnic1 one vnic)")" "" "limit of vnic1"
	flow='{flow="udp-flow",link="vnic1",zone="one"}'
	eq "$(said out "vwire_flow_limit_bytes_per_second$flow")" 375000
	eq "$(said out "vwire_flow_transmit_packets_total$flow"):$(
		said out "vwire_flow_transmit_bytes_total$flow"):$(
		said out "vwire_flow_receive_packets_total$flow"):$(
		said out "vwire_flow_dropped_packets_total$flow")" \
		"$(flowstat -p -o opkts,obytes,ipkts,drops udp-flow)"
	eq "$(said out "vwire_flow_transmit_packets_total$flow")" 7
	eq "$(said out "$(metric link_transmit_bytes_total vnic1 one vnic)")" \
		"$(in_zone one cat /sys/class/net/vnic1/statistics/tx_bytes)"
	eq "$(said out "$(metric link_up vnic1 one vnic)")" 1
}

run_tests

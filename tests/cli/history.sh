#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# show-usage of dladm and flowadm, and under its other names: whole outputs, from a log of known
# records.
. "${VW_SOURCE:-$(dirname "$0")/../..}/tests/lib.sh"
PATH=$VW_BUILD/cli/acctadm:$VW_BUILD/cli/flowadm:$VW_BUILD/cli/dlstat:$VW_BUILD/cli/flowstat:$PATH
export TZ=UTC

# log: an accounting log of a day in November, at $log
log()
{
	log=$TESTDIR/net.log
	acctadm -e basic -f "$log" net
	acctadm -x net
	/usr/bin/python3 "$VW_SOURCE/tests/cli/usage_log.py" "$log"
}

test_a_summary_without_a_time()
{
	log
	eq "$(dladm show-usage -f "$log" 2>/dev/null)" \
"LINK         DURATION   IPACKETS  RBYTES     OPACKETS  OBYTES     BANDWIDTH
net0         7260       14520     14520000   2904      2904000        0.019 Mbps
web1         7260       12120     12120000   2424      2424000        0.016 Mbps"
	eq "$(dladm show-usage -f "$log" 2>&1 >/dev/null)" \
		"dladm: note: 1 that is gone left out: -a shows it"
	eq "$(dladm show-usage -a -f "$log")" \
"LINK         DURATION   IPACKETS  RBYTES     OPACKETS  OBYTES     BANDWIDTH
net0         7260       14520     14520000   2904      2904000        0.019 Mbps
web1         7260       12120     12120000   2424      2424000        0.016 Mbps
web2         7200       2400      2400000    480       480000         0.003 Mbps"
	eq "$(dlstat show-link -h -a -f "$log" | head -1)" \
"LINK         DURATION   IPKTS     RBYTES     OPKTS     OBYTES     BANDWIDTH"
	eq "$(dlstat -u -f "$log" -o link,ibytes,obytes,bandwidth 2>/dev/null)" \
"LINK         IBYTES     OBYTES     BANDWIDTH
net0         14520000   2904000        0.019 Mbps
web1         12120000   2424000        0.016 Mbps"
}

test_intervals_of_a_time()
{
	log
	eq "$(dladm show-usage -f "$log" -s 11/21/2026,15:00 -e 11/21/2026,15:00:40 web1)" \
"LINK         START         END           RBYTES     OBYTES     BANDWIDTH
web1         15:00:00      15:00:20      40000      8000           0.019 Mbps
web1         15:00:20      15:00:40      40000      8000           0.019 Mbps"
	eq "$(dladm show-usage -f "$log" -s 2026-11-21T14:50Z -e 2026-11-21T15:00Z web1)" \
"LINK         START         END           RBYTES     OBYTES     BANDWIDTH
web1         14:50:00      14:55:00      500000     100000         0.016 Mbps
web1         14:55:00      15:00:00      500000     100000         0.016 Mbps"
	# the paper's form
	eq "$(dlstat -u -f "$log" -s 11/21/2026,14:30:00 -e 11/21/2026,14:35:00 web1)" \
"LINK         START         END           RBYTES     OBYTES     BANDWIDTH
web1         14:30:00      14:35:00      500000     100000         0.016 Mbps"
	eq "$(dladm show-usage -f "$log" -S hour web1)" \
"LINK         START         END           RBYTES     OBYTES     BANDWIDTH
web1         13:00:00      14:00:00      6000000    1200000        0.016 Mbps
web1         14:00:00      15:00:00      6000000    1200000        0.016 Mbps
web1         15:00:00      15:01:00      120000     24000          0.019 Mbps"
	eq "$(dladm show-usage -f "$log" -S day web1)" \
"LINK         START         RBYTES     OBYTES     BANDWIDTH
web1         2026-11-21    12120000   2424000        0.016 Mbps"
	eq "$(dladm show-usage -f "$log" -S month -o link,start,rbytes web1)" \
"LINK         START         RBYTES
web1         2026-11       12120000"
	eq "$(dladm show-usage -f "$log" -S all -s 2026-11-21T13:30 -e 2026-11-21T14:30 -p \
		-o link,rbytes)" "net0:7200000
web1:6000000"
}

test_a_time_without_records_is_an_empty_answer()
{
	local note="dladm: note: there are no records in this time: the log is from"

	log
	eq "$(dladm show-usage -f "$log" -s 2026-11-22 2>err)" ""
	eq "$(cat err)" "$note 2026-11-21 13:00:00 to 2026-11-21 15:01:00"
	eq "$(dladm show-usage -f "$log" -s 2026-11-19 -e 2026-11-20 web1 2>/dev/null)" ""
	eq "$(dladm show-usage -f "$log" -e 2026-11-20 -p -P -g zone -o zone,p95)" ""
	eq "$(dladm show-usage -f "$log" -e 2026-11-20 -F gnuplot 2>/dev/null)" "# Time"
	eq "$(dladm show-usage -f "$log" -e 2026-11-20 -j 2>/dev/null)" \
'{"vwire":{"schema":1},"usage":[]}'
	refused "no link 'web9'" dladm show-usage -f "$log" -s 2026-11-22 web9
}

test_days_with_records()
{
	log
	eq "$(dladm show-usage -d -f "$log")" 11/21/2026
	eq "$(dladm show-usage -d -j -f "$log")" '{"vwire":{"schema":1},"days":[
{"date":"2026-11-21"}
]}'
}

test_owners_are_billed()
{
	log
	eq "$(dladm show-usage -f "$log" -g zone -o zone,links,rbytes,obytes)" \
"ZONE         LINKS  RBYTES     OBYTES
--           1      14520000   2904000
blue         1      2400000    480000
red          2      12120000   2424000"
	eq "$(dladm show-usage -f "$log" -g total -p -o rbytes)" 14520000
	# no link has a vWire yet
	eq "$(dladm show-usage -f "$log" -g vwire -p -o vwire,rbytes)" :14520000
	refused "nothing of vWire 'web'" dladm show-usage -f "$log" -w web
	eq "$(dladm show-usage -f "$log" -g owner -p -o link,zone -a)" "net0:
web1:red
web2:blue"
	eq "$(dladm show-usage -f "$log" -Z blue -a -p -o link,rbytes)" web2:2400000
	eq "$(dladm show-usage -f "$log" -n 1 -p -o link)" net0
}

test_percentiles()
{
	log
	eq "$(dladm show-usage -f "$log" -P -o link,p95,p95rx,p95tx web1)" \
"LINK         P95              P95RX            P95TX
web1             0.016 Mbps       0.013 Mbps       0.003 Mbps"
	eq "$(dladm show-usage -f "$log" -P -j -o link,p95,note net0)" \
'{"vwire":{"schema":1},"usage":[
{"link":"net0","p95_bps":19200,"notes":["reset"]}
]}'
}

test_fields_of_percentiles_ask_for_them()
{
	log
	eq "$(dladm show-usage -f "$log" -a -p -g zone -o zone,p95)" \
		"$(dladm show-usage -f "$log" -a -p -g zone -P -o zone,p95)"
	eq "$(dladm show-usage -f "$log" -p -o link,P95TX,p95 web1)" web1:2667:16000
	eq "$(dladm show-usage -f "$log" -s 2026-11-21T13:00 -p -o p95rx web1)" 13333
	# of each interval there is none: that is not 0
	eq "$(dladm show-usage -f "$log" -S day -o start,p95 web1)" \
"START         P95
2026-11-21    --"
	has "$(dladm show-usage -f "$log" -j -o all web1)" '"p95_bps":null'
	eq "$(dladm show-usage -f "$log" -S day -p -o start,p95 web1)" '2026-11-21T00\:00\:00+00\:00:'
}

test_flows()
{
	log
	eq "$(flowadm show-usage -f "$log")" \
"FLOW         DURATION   IPACKETS  RBYTES     OPACKETS  OBYTES     BANDWIDTH
https1       7260       9690      9690000    1938      1938000        0.013 Mbps"
	eq "$(flowstat -h -f "$log" -o flow,link,rbytes)" "$(flowadm show-usage -f "$log" -o flow,link,rbytes)"
	eq "$(flowstat -u -f "$log" -l web1 -p -o flow,rbytes)" https1:9690000
	refused "nothing of link 'web9'" flowadm show-usage -f "$log" -l web9
}

test_other_programs_read_it()
{
	log
	eq "$(dladm show-usage -F csv -f "$log" -s 2026-11-21T15:00:40)" \
"link,zone,vwire,start,end,duration_s,rx_packets,rx_bytes,tx_packets,tx_bytes,bandwidth_bps
net0,,,2026-11-21T15:00:40+00:00,2026-11-21T15:01:00+00:00,20.000,40,40000,8,8000,19200
web1,red,,2026-11-21T15:00:40+00:00,2026-11-21T15:01:00+00:00,20.000,40,40000,8,8000,19200"
	eq "$(dladm show-usage -F gnuplot -f "$log" -s 2026-11-21T15:00)" \
"# Time net0 web1
15:00:20 19.20 19.20
15:00:40 19.20 19.20
15:01:00 19.20 19.20"
	eq "$(dladm show-usage -j -f "$log" -s 2026-11-21T15:00:40 web1)" \
'{"vwire":{"schema":1},"usage":[
{"link":"web1","start":"2026-11-21T15:00:40+00:00","end":"2026-11-21T15:01:00+00:00","rx_bytes":40000,"tx_bytes":8000,"bandwidth_bps":19200}
]}'
	has "$(dladm show-usage -F plot -f "$log")" "plot "
}

test_the_names_of_the_paper_take_the_same_options()
{
	local range=(-s "11/21/2026,15:00:20" -e "11/21/2026,15:01:00")

	log
	eq "$(dlstat -u -f "$log" "${range[@]}" -F gnuplot web1)" \
"# Time web1
15:00:40 19.20
15:01:00 19.20"
	eq "$(dlstat show-link -h -f "$log" "${range[@]}" web1)" \
"LINK         START         END           RBYTES     OBYTES     BANDWIDTH
web1         15:00:20      15:00:40      40000      8000           0.019 Mbps
web1         15:00:40      15:01:00      40000      8000           0.019 Mbps"
	eq "$(flowstat -u -f "$log" "${range[@]}" -F gnuplot)" \
"# Time https1
15:00:40 14.40
15:01:00 14.40"
}

# talking: web1 of zone corp and vnic1 of the host have talked, and more a pair from corp to a
# namespace inside of it, which has no name
talking()
{
	local inner

	ip netns add corp
	ip netns add inner
	dladm create-etherstub stub1
	dladm create-vnic -l stub1 vnic1
	dladm create-vnic -l stub1 -p zone=corp web1
	in_zone corp ip link add pair0 type veth peer name pair1
	in_zone corp ip link set pair1 netns inner
	ip -n inner addr add 10.0.1.2/24 dev pair1
	ip -n inner link set pair1 up
	ip netns exec inner sleep 100 &
	inner=$!
	wait_for 10 eval "ip netns identify $inner | grep -qx inner"
	ip netns del inner
	acctadm -e basic -f "$TESTDIR/net.log" -i 1 net
	ip addr add 10.0.0.1/24 dev vnic1
	ip link set vnic1 up
	ip -n corp addr add 10.0.0.2/24 dev web1
	ip -n corp link set web1 up
	ip -n corp addr add 10.0.1.1/24 dev pair0
	ip -n corp link set pair0 up
	in_zone corp ping -q -c 5 -i 0.01 10.0.0.1 >/dev/null
	in_zone corp ping -q -c 50 -i 0.01 -s 1000 10.0.1.2 >/dev/null
	acctadm -D
	kill $inner
}

test_links_are_not_gone_when_recording_ends()
{
	talking
	has "$(dladm show-usage -p -o link,note)" "web1:"
	eq "$(dladm show-usage 2>&1 >/dev/null)" ""
	eq "$(dladm show-usage -p -o note web1)" ""
	dladm delete-vnic web1
	eq "$(dladm show-usage -S all -p -o note web1)" ""	# at the last record it was there
	acctadm -E
	acctadm -u
	eq "$(dladm show-usage -S all -p -o note web1)" gone
}

test_a_zone_is_not_billed_for_its_own_devices()
{
	talking
	[ "$(dladm show-usage -S all -p -o rbytes pair0)" -gt 50000 ] ||
		fail "pair0 is not in the log"
	eq "$(dladm show-usage -g zone -Z corp -p -o links,rbytes,obytes)" \
		"1:$(dladm show-usage -S all -p -o rbytes,obytes web1)"
	eq "$(dladm show-usage -g owner -Z corp -p -o link)" web1
	[ "$(dladm show-usage -g total -p -o rbytes)" -lt 50000 ] || fail "pair0 is in the total"
}

# as_nobody COMMAND...: as a user who is not root; the programs must be within reach of all
as_nobody()
{
	setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
}

test_a_log_that_may_not_be_read_is_told()
{
	as_nobody dladm --version >/dev/null 2>&1 ||
		skip "another user cannot be taken here, or may not run these programs"
	log
	mkdir -m 755 /run/logs /run/root
	cp "$log" /run/logs/net.log
	export VWIRE_ROOT=/run/root
	chmod 644 /run/logs/net.log
	eq "$(as_nobody dladm show-usage -f /run/logs/net.log -p -o link)" "net0
web1"
	chmod 600 /run/logs/net.log
	refused "/run/logs/net.log: Permission denied" as_nobody dladm show-usage -f /run/logs/net.log
	refused "/run/logs/net.log: Permission denied" as_nobody dlstat -u -f /run/logs/net.log
	refused "needs root" as_nobody acctadm -f /run/logs/net.log net
	chmod 700 /run/logs
	refused "/run/logs/net.log: Permission denied" as_nobody flowadm show-usage -f /run/logs/net.log
}

test_a_zone_may_not_set_up_the_accounting_of_the_host()
{
	local acctadm=(env -u VWIRE_ROOT acctadm)

	ip netns add web
	refused "/etc/vwire belongs to the host's network namespace" \
		in_zone web "${acctadm[@]}" -e basic -f "$TESTDIR/zone.log" net
	refused "the host counts the links of its zones" in_zone web "${acctadm[@]}" -D net
	not test -e "$TESTDIR/zone.log"
	mkdir own
	in_zone web env VWIRE_ROOT="$TESTDIR/own" acctadm -e basic -f "$TESTDIR/zone.log" net
	has "$(in_zone web env VWIRE_ROOT="$TESTDIR/own" acctadm)" "file: $TESTDIR/zone.log"
	in_zone web env VWIRE_ROOT="$TESTDIR/own" acctadm -x net
}

# lost COMMAND...: its output cannot be written: a full disk, a reader who has gone, nothing there
lost()
{
	local rc=0

	"$@" >/dev/full 2>err || rc=$?
	eq "$rc" 1 "status of '$*' into a full disk"
	has "$(cat err)" "cannot write the output: No space left on device"
	echo 0 >rc
	# The reader has gone once an empty line cannot be written.
	(trap '' PIPE; while echo; do :; done 2>/dev/null; "$@" 2>err || echo $? >rc) | true
	eq "$(cat rc) $(cat err)" "1 " "'$*' into a closed pipe"
	rc=0
	"$@" >&- 2>err || rc=$?
	eq "$rc" 1 "status of '$*' without a standard output"
}

test_output_that_is_lost_ends_with_an_error()
{
	log
	lost dladm show-usage -a -f "$log"
	lost dladm show-usage -j -f "$log"
	lost dladm show-usage -d -f "$log"
	lost dladm show-usage -F csv -f "$log"
	lost dladm show-usage -F gnuplot -f "$log"
	lost dladm show-usage -F plot -f "$log"
	lost dlstat -u -a -f "$log"
	lost flowadm show-usage -p -o flow,rbytes -f "$log"
	lost acctadm
	lost acctadm -j
	lost acctadm -r
}

# change SQL: what is written in the log
change()
{
	/usr/bin/python3 -c 'import sqlite3, sys
with sqlite3.connect(sys.argv[1]) as db:
    db.execute(sys.argv[2])' "$log" "$1"
}

test_a_plot_has_the_intervals_of_the_table()
{
	log
	eq "$(dladm show-usage -F gnuplot -f "$log" -S hour web1)" \
"# Time web1
14:00:00 16.00
15:00:00 16.00
15:01:00 19.20"
	eq "$(dladm show-usage -F gnuplot -f "$log" -S 5min -s 2026-11-21T14:50 web1)" \
"# Time web1
14:55:00 16.00
15:00:00 16.00
15:01:00 19.20"
	eq "$(dladm show-usage -F gnuplot -f "$log" -S day web1)" \
"# Time web1
15:01:00 16.03"
	eq "$(dladm show-usage -F gnuplot -f "$log" -S month web1)" \
"# Time web1
2026-11-21T15:01:00 16.03"
	eq "$(dladm show-usage -F gnuplot -f "$log" -S all web1)" \
"# Time web1
15:01:00 16.03"
	has "$(dladm show-usage -F plot -f "$log" -S hour web1)" "13:00:00 16.00
14:00:00 16.00
15:00:00 16.00
15:01:00 19.20
END"
	# an hour without traffic is no row of the table, and a line of a plot
	change "DELETE FROM hour WHERE t0 = $(date -d 2026-11-21T14:00Z +%s)"
	eq "$(dladm show-usage -F gnuplot -f "$log" -S hour web1)" \
"# Time web1
14:00:00 16.00
15:00:00 0.00
15:01:00 19.20"
}

test_what_is_left_out_is_told_in_every_format()
{
	local note="dladm: note: 1 that is gone left out: -a shows it"

	log
	eq "$(dladm show-usage -f "$log" -j 2>&1 >/dev/null)" "$note"
	eq "$(dladm show-usage -f "$log" -F csv 2>&1 >/dev/null)" "$note"
	eq "$(dladm show-usage -f "$log" -F csv -a 2>&1 >/dev/null)" ""
	eq "$(dladm show-usage -f "$log" -p -o link 2>&1 >/dev/null)" ""
}

test_scripts_get_plain_numbers()
{
	log
	eq "$(dladm show-usage -f "$log" -p -o bandwidth)" \
"19200
16026"
	eq "$(dladm show-usage -f "$log" -P -p -o link,bandwidth,p95,p95rx,p95tx web1)" \
		web1:16026:16000:13333:2667
}

# Root in a zone names devices as he likes, and what he likes is in the log.
test_names_in_csv_are_fit_for_a_terminal()
{
	log
	change "UPDATE series SET name = 'w' || char(27) || '[31m,\"1' || char(10) || char(155),
		zone = 'r' || char(27) || 'c' WHERE name = 'web1'"
	dladm show-usage -F csv -f "$log" -s 2026-11-21T15:00:40 >out
	eq "$(sed 's/,2026.*//' out)" \
'link,zone,vwire,start,end,duration_s,rx_packets,rx_bytes,tx_packets,tx_bytes,bandwidth_bps
net0,,
"w\x1b[31m,""1\x0a\xc2\x9b",r\x1bc,'
}

test_each_group_has_a_column_of_its_own()
{
	local when=(-a -S 5min -s 2026-11-21T14:50Z -e 2026-11-21T14:55Z)

	log
	change "UPDATE series SET name = 'web1' WHERE name = 'web2'"
	change "UPDATE series SET vwire = 'acme' WHERE zone = 'red'"
	eq "$(dladm show-usage -F gnuplot -f "$log" "${when[@]}" -g owner)" \
"# Time net0 web1@blue web1@red/acme
14:55:00 19.20 3.20 16.00"
	eq "$(dladm show-usage -F gnuplot -f "$log" "${when[@]}" -g zone)" \
"# Time (host) blue red
14:55:00 19.20 3.20 16.00"
	eq "$(dladm show-usage -F gnuplot -f "$log" "${when[@]}" -g vwire)" \
"# Time (none) acme
14:55:00 19.20 16.00"
	eq "$(dladm show-usage -F gnuplot -f "$log" "${when[@]}" -g total)" \
"# Time total
14:55:00 19.20"
	has "$(dladm show-usage -F plot -f "$log" -g zone)" 'title "(host)"'
}

test_mistakes_are_told_with_their_cure()
{
	log
	refused "no link 'web9'" dladm show-usage -f "$log" web9
	refused "invalid time range: the start is after the end" \
		dladm show-usage -f "$log" -s 2026-11-21T15:00 -e 2026-11-21T14:00
	refused "'13/45/2026' is no time" dladm show-usage -f "$log" -s 13/45/2026
	refused "'soon' is no time" dladm show-usage -f "$log" -e soon
	refused "no file $TESTDIR/none" dladm show-usage -f "$TESTDIR/none"
	refused "/etc/passwd is not an accounting log" dladm show-usage -f /etc/passwd
	refused "$TESTDIR is not a file" dladm show-usage -f "$TESTDIR"
	refused "no accounting log is set up" dladm show-usage
	eq "$(dladm show-usage -f "$log" -p -o rbytes --start 2026-11-21T14:50Z --stop 2026-11-21T14:55Z \
		web1)" 500000
	refused "-S 'week' is none of" dladm show-usage -f "$log" -S week
	refused "-g 'colour' is none of" dladm show-usage -f "$log" -g colour
	refused "-n takes a number" dladm show-usage -f "$log" -n 0
	refused "-F 'png' is none of gnuplot, plot, csv" dladm show-usage -f "$log" -F png
	refused "the option -d cannot be used with -F" dladm show-usage -f "$log" -d -F csv
	refused "unknown output field" dladm show-usage -f "$log" -p -o link,colour
	refused "cannot be used with" dladm show-usage -f "$log" -P -F plot
	refused "-P is of a time as a whole" dladm show-usage -f "$log" -P -S day
	refused "there is nothing to plot" dladm show-usage -f "$log" -F plot -Z red -s 2026-11-21T15:01
}

test_the_state_of_accounting()
{
	eq "$(acctadm)" \
"            Net accounting: inactive
       Net accounting file: none
     Tracked net resources: none
   Untracked net resources: name,zone,vwire,curtime,ibytes,obytes,ipkts,opkts,link,src_ip,dst_ip,src_port,dst_port,protocol,dsfield"
	acctadm -f "$TESTDIR/net.log" -e basic net
	eq "$(acctadm net)" \
"            Net accounting: active
       Net accounting file: $TESTDIR/net.log
     Tracked net resources: basic
   Untracked net resources: link,src_ip,dst_ip,src_port,dst_port,protocol,dsfield"
	acctadm net -e extended
	eq "$(acctadm | tail -2)" \
"     Tracked net resources: extended
   Untracked net resources: none"
	acctadm -D net
	eq "$(acctadm | head -2)" \
"            Net accounting: inactive
       Net accounting file: $TESTDIR/net.log"
	acctadm -E net
	acctadm -i 5 net
	has "$(acctadm -v)" "Net interval: 5 s"
	acctadm -d extended net
	eq "$(acctadm | head -1)" "            Net accounting: inactive"
	acctadm -E
	eq "$(acctadm | head -1)" "            Net accounting: active"
	acctadm -x
	eq "$(acctadm | sed -n 2p)" "       Net accounting file: none"
	eq "$(acctadm -r)" \
"net:
basic    name,zone,vwire,curtime,ibytes,obytes,ipkts,opkts
extended name,zone,vwire,curtime,ibytes,obytes,ipkts,opkts,link,src_ip,dst_ip,src_port,dst_port,protocol,dsfield"
}

test_mistakes_of_acctadm()
{
	refused "unknown accounting type -- nett" acctadm -E nett
	refused "illegal argument -- everything" acctadm -e everything net
	refused "accounting type 'process' is not supported" acctadm -E process
	refused "acctadm -e extended net" acctadm flow
	refused "the option -D cannot be used with -E" acctadm -D -E net
	refused "-i takes 1 to 3600 seconds" acctadm -i 0 net
	refused "-i takes 1 to 3600 seconds" acctadm -i 1h net
	refused "net.log is not an absolute pathname" acctadm -f net.log net
	refused "no writer runs" acctadm -u net
	refused "accounting is off" vwire-acct-off
}

# vwire-acct says so and ends well: for a service that is no failure
vwire-acct-off()
{
	local said

	said=$(vwire-acct 2>&1)
	echo "${said/#vwire-acct/vwire}" >&2
	return 1
}

test_what_is_not_known_is_null()
{
	eq "$(acctadm -j)" '{"vwire":{"schema":1},"accounting":[
{"active":false,"file":null,"resources":"none","interval_s":20,"writer_pid":null,"last_record_s":null,"waiting":0,"records":0,"trouble":null}
]}'
}

# A service manager starts again what ends with a failure.
test_a_writer_that_cannot_follow_its_settings_fails()
{
	local etc=$VWIRE_ROOT/etc/vwire pid rc=0

	need_cmd strace
	acctadm -e basic -f "$TESTDIR/net.log" net
	kill "$(acctadm -j | sed -n 's/.*"writer_pid":\([0-9]*\).*/\1/p')"
	wait_for 10 eval 'acctadm | grep -q "no writer runs"'
	vwire-acct 2>err &
	pid=$!
	wait_for 10 eval '! acctadm | grep -q "no writer runs"'
	strace -qq -o trace -p $pid -e trace=socket -e inject=socket:error=EMFILE &
	wait_for 10 grep -q '^TracerPid:.*[1-9]' /proc/$pid/status
	sed 's/^interval=.*/interval=5/; s/^serial=.*/serial=2/' "$etc/acct.conf" >new
	mv new "$etc/acct.conf"
	wait $pid || rc=$?
	eq "$rc" 1
	has "$(cat err)" "Too many open files"
}

test_a_full_disk_is_a_failure_of_the_writer_too()
{
	local word rc

	for word in --help --version; do
		rc=0
		vwire-acct $word >/dev/full 2>err || rc=$?
		eq "$rc" 1 "vwire-acct $word"
		eq "$(cat err)" "vwire-acct: cannot write the output: No space left on device"
	done
}

test_settings_that_others_wrote_are_refused()
{
	mkdir -p "$VWIRE_ROOT/etc/vwire"
	echo "colour=red" >"$VWIRE_ROOT/etc/vwire/acct.conf"
	refused "the line 'colour=red' is not understood" acctadm
	refused "remove it" acctadm -E net
}

run_tests

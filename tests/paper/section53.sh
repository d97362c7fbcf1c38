#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Section 5.3 of the Crossbow vWire paper, try before deployment: the history of links tells that
# the load is not balanced, and that it is once it was corrected. Commands as printed; the balancer
# is balance.py, not the one of OpenSolaris.
. "${VW_SOURCE:-$(dirname "$0")/../..}/tests/lib.sh"
PATH=$VW_BUILD/cli/acctadm:$PATH
# Where it is noon now: times of one day are printed without it.
TZ=NOON$((10#$(date -u +%H) - 12))
export TZ

log=/var/log/net.log

act()
{
	/usr/bin/python3 "$VW_SOURCE/tests/paper/balance.py" "$@"
}

# Figure 10: the NIC of the web server, 192.0.2.1, and clients on its wire
web_server()
{
	mount -t tmpfs log /var/log
	nic e1000g0
	ip addr add 192.0.2.1/24 dev e1000g0
	in_zone wire ip addr add 192.0.2.2/24 dev wire0
	acctadm -e basic -f /var/log/net.log net
}

# Figure 11: two servers in zones behind a balancer
virtual_servers()
{
	local n

	dladm create-etherstub vsw1
	dladm create-vnic -l vsw1 vnic0
	ip addr add 192.168.0.10/24 dev vnic0
	for n in 1 2; do
		ip netns add "ws$n"
		dladm create-vnic -l vsw1 -p "zone=ws$n" "vnic$n"
		ip -n "ws$n" addr add "192.168.0.$n/24" dev "vnic$n"
		ip -n "ws$n" link set "vnic$n" up
		ip -n "ws$n" route add default via 192.168.0.10
		in_zone "ws$n" /usr/bin/python3 "$VW_SOURCE/tests/paper/balance.py" serve "192.168.0.$n" &
	done
	weigh 23 77
	act balance 192.0.2.1 "$TESTDIR/weights" &
	for n in 192.168.0.1 192.168.0.2 192.0.2.1; do
		wait_for 10 test -e "$n"
	done
}

weigh()
{
	echo "$1 $2" >weights.new
	mv weights.new weights
}

visit()
{
	in_zone wire /usr/bin/python3 "$VW_SOURCE/tests/paper/balance.py" visit 192.0.2.1 "$1"
	acctadm -u net
}

# since: a second, in $since, after all that was recorded by now
since()
{
	acctadm -u net
	since=$(($(date +%s) + 1))
	wait_for 3 eval "[ \$(date +%s) -ge $since ]"
}

# share LINK: its per cent of what both servers received and sent, as the log has it
share()
{
	dlstat -u -f "$log" -S all -s "@$since" -p -o link,ibytes,obytes |
		awk -F: -v link="$1" '/^vnic[12]:/ { all += $2 + $3; if ($1 == link) own = $2 + $3 }
			END { printf "%.2f", 100 * own / all }'
}

# within_a_point GOT WANT
within_a_point()
{
	awk -v got="$1" -v want="$2" 'BEGIN { exit !(got >= want - 1 && got <= want + 1) }' ||
		fail "a share of $1 %, want $2 % within one point"
}

test_5_3_the_log_shows_the_traffic_of_the_web_server()
{
	web_server
	act serve 192.0.2.1 &
	wait_for 10 test -e 192.0.2.1
	visit 10
	dlstat -u -f /var/log/net.log >report
	eq "$(head -1 report)" \
"LINK         DURATION   IPKTS     RBYTES     OPKTS     OBYTES     BANDWIDTH"
	# ten pages of 20,000 bytes were sent, ten requests of a few bytes came
	awk '$1 == "e1000g0" && $4 > 500 && $4 < 30000 && $6 > 200000 && $6 < 230000 && $7 > 0 { ok = 1 }
		END { exit !ok }' report || fail "$(cat report)"
	# the columns of the paper
	eq "$(dlstat -u -f /var/log/net.log -o link,ibytes,obytes,bandwidth | head -1)" \
"LINK         IBYTES     OBYTES     BANDWIDTH"
}

test_5_3_an_imbalance_is_seen_is_corrected_and_seen_again()
{
	web_server
	virtual_servers
	since
	visit 100
	# wire0 is the world outside
	eq "$(dlstat -u -f /var/log/net.log | awk 'NR > 1 && $1 != "wire0" { print $1 }' | xargs)" \
		"e1000g0 vnic0 vnic1 vnic2 vsw1" "links of the log"
	within_a_point "$(share vnic1)" 23
	within_a_point "$(share vnic2)" 77
	weigh 50 50
	since
	visit 100
	within_a_point "$(share vnic1)" 50
	within_a_point "$(share vnic2)" 50
	weigh 90 10
	since
	visit 100
	within_a_point "$(share vnic1)" 90
}

# A plot of four seconds has the two servers as two lines, apart and then together.
test_5_3_gnuplot_plots_the_output()
{
	need_cmd gnuplot
	web_server
	acctadm -i 1 net
	virtual_servers
	since
	for _ in 1 2; do visit 50; sleep 1; done
	weigh 50 50
	for _ in 1 2; do visit 50; sleep 1; done
	dlstat -u -f "$log" -s "@$since" -F gnuplot >data
	has "$(head -1 data)" "# Time "
	column()
	{
		head -1 data | tr ' ' '\n' | sed 1d | grep -nx "$1" | cut -d: -f1
	}
	gnuplot -e "set terminal svg; set xdata time; set timefmt '%H:%M:%S'; set output 'plot.svg';
		plot 'data' using 1:$(column vnic1) with lines title 'one', \
		     'data' using 1:$(column vnic2) with lines title 'two'" 2>err || :
	eq "$(cat err)" "" "what gnuplot says"
	drawn plot.svg one
	drawn plot.svg two
	{ echo "set terminal svg"; dlstat -u -f "$log" -s "@$since" -F plot; } | gnuplot >script.svg 2>err
	eq "$(cat err)" "" "what gnuplot says"
	drawn script.svg vnic1
	drawn script.svg vnic2
}

# drawn FILE TITLE: the line of this title goes up and down
drawn()
{
	/usr/bin/python3 - "$1" "$2" <<-'END' || fail "no line '$2' in the plot"
		import re, sys
		svg = open(sys.argv[1]).read()
		plots = re.findall(r'<title>([^<]*)</title>(.*?)(?=<title>|\Z)', svg, re.S)[1:]
		points = [re.findall(r'[ML ]\s*[\d.]+,([\d.]+)', drawing)
		          for title, drawing in plots if title == sys.argv[2]]
		sys.exit(not points or len(set(points[0])) < 2)
	END
}

run_tests

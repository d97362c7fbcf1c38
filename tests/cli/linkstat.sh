#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# linkstat: the screen, driven through a terminal, and its reports
. "${VW_SOURCE:-$(dirname "$0")/../..}/tests/lib.sh"

# screen [-s COLSxROWS] [-t TERM] STEP... -- COMMAND: see terminal.py
screen()
{
	python3 -B "$VW_SOURCE/tests/cli/terminal.py" "$@"
}

# Three quiet zones on an etherstub, and one that talks to another: noisy1 to peer1.
neighbours()
{
	local zone

	dladm create-etherstub stub1
	for zone in noisy peer calm; do
		ip netns add $zone
		dladm create-vnic -l stub1 -p zone=$zone,mtu=1500 ${zone}1
	done
	ip -n noisy addr add 10.0.0.1/24 dev noisy1
	ip -n peer addr add 10.0.0.2/24 dev peer1
	in_zone noisy ping -q -i 0.01 -s 1400 10.0.0.2 >/dev/null &
	wait_for 20 noise
}

# Frames have gone both ways, not only the question who is there
noise()
{
	[ "$(in_zone peer cat /sys/class/net/peer1/statistics/tx_packets)" -gt 20 ]
}

# Policy makes the noise a flow of the noisy one.
flow_of_noise()
{
	need_policy
	neighbours
	flowadm add-flow -l noisy1 -a transport=icmp pinging
}

test_the_noisy_neighbour_is_on_top()
{
	neighbours
	out=$(screen until:noisy1 wait:2.5 show key:q end -- linkstat)
	eq "$(printf '%s\n' "$out" | sed -n 4,5p | cut -c1-24 | awk '{ print $1, $2 }' | sort)" \
"noisy1 noisy
peer1 peer"
	has "$out" "LINK           ZONE       IN b/s OUT b/s  IN p/s OUT p/s  UTIL DROP/s PAST"
	has "$out" "status 0 sane"
	[ "$(printf '%s\n' "$out" | wc -L)" -le 80 ] || fail "a line is wider than the screen"
}

test_keys_change_the_picture()
{
	flow_of_noise
	out=$(screen until:noisy1 key:f until:pinging key:u until:"IN B/s" show key:g until:"(here)" \
		show key:/ key:cal until:"cal_" show key:$'\r' key:z until:"no link to show" show \
		key:h until:"leave out" show key:x gone:"leave out" key:s until:"sort: in" show \
		key:q end -- linkstat)
	has "$out" " └ pinging"
	has "$out" "IN B/s"
	has "$out" "(here)"
	has "$out" "filter: cal_"
	has "$out" "  calm1"
	has "$out" "no link to show"
	has "$out" "leave out idle links"
	has "$out" "sort: in"
	has "$out" "status 0 sane"
}

# also one that was kept before
test_escape_drops_the_filter()
{
	neighbours
	out=$(screen until:noisy1 key:/ key:calm until:calm_ key:$'\r' gone:noisy1 key:/ \
		until:calm_ key:$'\e' until:noisy1 show key:q end -- linkstat)
	not grep -q filter <<<"$out"
	has "$out" "status 0 sane"
}

test_help_fits_on_80_columns()
{
	nic net0
	out=$(screen until:net0 key:h until:"Esc drops it" show key:x key:q end -- linkstat)
	not grep -q '~' <<<"$out"
	has "$out" "over the same card."
}

test_rows_off_the_screen_are_told()
{
	neighbours
	out=$(screen -s 80x6 until:"rows 1-3 of 4" key:$'\eOB' until:"rows 2-4 of 4" show \
		size:80x24 gone:"of 4" show key:q end -- linkstat -s name)
	eq "$(grep -c "rows 2-4 of 4" <<<"$out")" 1
	has "$out" "status 0 sane"
}

test_a_terminal_without_a_screen_is_told_of_reports()
{
	nic net0
	out=$(screen -t dumb until:"-b 1" show end -- linkstat)
	has "$out" "the terminal 'dumb' is not known, or has no screen"
	has "$out" "linkstat -b 1"
	has "$out" "status 1 sane"
	not grep -q net0 <<<"$out"
}

test_the_total_says_what_it_is()
{
	need_policy
	neighbours
	nic net0
	dladm create-vnic -l net0 -p zone=calm web1
	has "$(screen until:noisy1 show key:q end -- linkstat | head -1)" "on the wire: in "
	has "$(screen until:calm1 show key:q end -- linkstat -Z calm | head -1)" "total: in "
}

test_a_pause_holds_the_picture()
{
	neighbours
	out=$(screen until:noisy1 key:p until:PAUSED show wait:1.5 show key:q end -- linkstat)
	eq "$(printf '%s\n' "$out" | grep -c PAUSED)" 2
	eq "$(printf '%s\n' "$out" | grep PAUSED | uniq | wc -l)" 1
}

test_it_follows_the_size_of_the_terminal()
{
	neighbours
	out=$(screen -s 40x8 until:noisy1 show size:132x12 until:"OUT p/s" show size:10x3 \
		gone:"OUT p/s" size:80x24 until:"OUT p/s" show key:q end -- linkstat)
	eq "$(printf '%s\n' "$out" | grep -c "OUT p/s")" 2 "pictures that are wide enough"
	has "$out" "OUT p/s"
	has "$out" "status 0 sane"
}

test_any_end_gives_the_terminal_back()
{
	nic net0
	ulimit -c 0
	for signal in INT TERM HUP QUIT; do
		eq "$(screen until:net0 "kill:$signal" end -- linkstat)" "status 0 sane" "SIG$signal"
	done
	for signal in SEGV ABRT BUS TRAP SYS XCPU XFSZ ALRM VTALRM PROF USR1 USR2 IO STKFLT RTMIN \
			RTMIN+7 RTMAX; do
		eq "$(screen until:net0 "kill:$signal" end -- linkstat)" \
			"status -$(kill -l "$signal") sane" "SIG$signal"
	done
}

test_signals_that_end_nobody_do_not_end_it()
{
	nic net0
	eq "$(screen until:net0 kill:CHLD kill:URG kill:CONT kill:WINCH wait:0.2 key:h until:leave \
		key:q end -- linkstat)" "status 0 sane"
}

test_it_can_be_stopped_and_go_on()
{
	nic net0
	eq "$(screen until:net0 key:$'\x1a' until:stopped sane key:$'\r' until:every gone:stopped key:q \
		end -- bash --norc -mc 'linkstat; echo stopped; read -r _; fg >/dev/null')" \
"sane
status 0 sane"
}

test_nohup_is_heeded()
{
	nic net0
	nohup linkstat -b 0.2 1000 >out 2>err &
	watcher=$!
	wait_for 10 grep -q total out
	kill -HUP $watcher
	seen=$(grep -c total out)
	wait_for 10 eval "[ \$(grep -c total out) -ge $((seen + 3)) ]"
	interrupt $watcher
}

test_plain_terminals_and_plain_ascii_will_do()
{
	nic net0
	out=$(LC_ALL=C screen -t vt100 until:net0 show key:q end -- linkstat)
	has "$out" "net0"
	eq "$(printf '%s' "$out" | LC_ALL=C tr -d '\000-\177' | wc -c)" 0 "bytes beyond ASCII"
	out=$(screen -t nonesuch until:"not known" show end -- linkstat)
	has "$out" "linkstat: the terminal 'nonesuch' is not known"
	has "$out" "status 1 sane"
}

test_hostile_names_cannot_draw()
{
	ip link add $'\e[31mred' type bridge
	ip link add $'wide\xe6\xbc\xa2' type bridge
	out=$(screen until:red show key:q end -- linkstat)
	has "$out" '\x1b[31mred'
	has "$out" "status 0 sane"
	has "$(linkstat -b)" '\x1b[31mred'
}

test_reports_for_a_pipe()
{
	neighbours
	linkstat -z 0.5 2 >out
	eq "$(grep -c '^ *LINK' out)" 2
	eq "$(grep -c ' total-on-wire ' out)" 2
	eq "$(awk '/LINK/ { getline; print $2 }' out | grep -cE 'noisy|peer')" 2
	eq "$(linkstat -b | grep -c LINK)" 1
	has "$(linkstat -b -u bytes)" "IN-B/s"
	eq "$(linkstat -b -n 1 -l noisy | wc -l)" 3
	eq "$(linkstat -b -u packets | head -1 | tr -s ' ')" " LINK ZONE IN-p/s OUT-p/s UTIL DROP/s"
	eq "$(linkstat -b -u packets | awk '/noisy1|total/ { print ($3 > 10) }' | tr '\n' ' ')" "1 1 "
	eq "$(linkstat -b -Z calm | awk '{ print $1 }' | tr '\n' ' ')" "LINK calm1 total "
	eq "$(linkstat -g -s name -b | awk '{ print $1 }' | tr '\n' ' ')" \
		"LINK (here) stub1 calm calm1 noisy noisy1 peer peer1 total-on-wire "
}

test_packets_are_shown_once()
{
	neighbours
	out=$(screen until:noisy1 key:u until:"IN B/s" key:u gone:"IN B/s" show key:q end -- linkstat)
	eq "$(printf '%s\n' "$out" | sed -n 3p | tr -s ' ')" "LINK ZONE IN p/s OUT p/s UTIL DROP/s PAST"
	has "$(printf '%s\n' "$out" | head -1)" "p/s  every"
}

names()
{
	awk '{ print $1 }' | tr '\n' ' '
}

test_a_number_of_rows_counts_links()
{
	flow_of_noise
	eq "$(linkstat -b -f -n 1 -l noisy -s name | names)" "LINK noisy1 noisy1/pinging total-on-wire "
	eq "$(linkstat -b -g -f -s name -n 3 | names)" \
		"LINK (here) stub1 calm calm1 noisy noisy1 noisy1/pinging total-on-wire "
	eq "$(linkstat -b -g -s name -n 1 | names)" "LINK (here) stub1 total-on-wire "
	linkstat -j -f -n 2 -s name >out
	eq "$(python3 -c 'import json; print(*(l["link"] for l in json.load(open("out"))["links"]))')" \
		"calm1 noisy1"
}

test_json_has_an_object_a_line_and_units_in_its_keys()
{
	flow_of_noise
	dladm set-linkprop -p maxbw=100M noisy1
	linkstat -j -f 0.5 2 >out
	python3 - <<'END'
import json
reports = [json.loads(line) for line in open("out")]
assert len(reports) == 2
for r in reports:
    assert r["seconds"] > 0.4, r["seconds"]
    links = {link["link"]: link for link in r["links"]}
    noisy = links["noisy1"]
    # an echo request is a frame of 1442 bytes; an ARP probe may come in between
    assert abs(noisy["tx_bps"] / 8 / noisy["tx_pps"] / 1442 - 1) < 0.1, noisy
    assert noisy["rx_bps"] > 0 and noisy["maxbw_bps"] == 100_000_000, noisy
    used = (noisy["rx_bps"] + noisy["tx_bps"]) / noisy["maxbw_bps"] * 100
    assert used > 0 and abs(noisy["util_percent"] / used - 1) < 0.02, noisy
    assert abs(noisy["tx_bytes"] * 8 / r["seconds"] / noisy["tx_bps"] - 1) < 0.01, noisy
    assert links["calm1"]["util_percent"] is None
    assert [f["flow"] for f in noisy["flows"]] == ["pinging"]
    assert 0 < noisy["flows"][0]["tx_pps"] <= noisy["tx_pps"] * 1.1
    assert abs(r["total_tx_bps"] - sum(l["tx_bps"] for l in r["links"] if l["class"] == "vnic")) < 1
END
}

test_json_speaks_of_flows_only_when_asked()
{
	flow_of_noise
	not grep -q '"flows"' <(linkstat -j 0.2 1)
	has "$(linkstat -j -f 0.2 1)" '"flows":[]'
}

test_mistakes_are_one_sentence_with_the_fix()
{
	refused "invalid interval '0'" linkstat 0
	refused "seconds from 0.1 to 86400" linkstat 0.01
	refused "invalid interval '1s'" linkstat 1s
	refused "invalid count '0'" linkstat 1 0
	refused "invalid sort key 'size'" linkstat -s size
	refused "invalid unit 'bit'" linkstat -u bit
	refused "invalid number of rows 'x'" linkstat -n x
	refused "no zone 'mars' that can be entered" linkstat -b -Z mars
	refused "one operand too many: '3'" linkstat 1 2 3
}

test_a_closed_pipe_and_a_full_disk_are_errors()
{
	local rc=0

	nic net0
	linkstat 0.2 2 >/dev/full 2>err || rc=$?
	eq "$rc" 1
	has "$(cat err)" "cannot write the output"
	set +e
	linkstat 0.2 1000 2>err | head -1 >/dev/null
	eq "${PIPESTATUS[0]}" 1
	set -e
	eq "$(cat err)" ""
}

run_tests

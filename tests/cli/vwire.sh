#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The vwire program: restore, check, probe, explain
. "${VW_SOURCE:-$(dirname "$0")/../..}/tests/lib.sh"

status()	# status WANT COMMAND...: its output goes to "out" and "err"
{
	local want=$1 rc=0

	shift
	"$@" >out 2>err || rc=$?
	[ "$rc" = "$want" ] || fail "'$*' ended with $rc, not $want: $(cat out err)"
}

three_links()
{
	dladm create-etherstub stub1
	dladm create-vnic -l stub1 -m 2:8:20:0:0:1 web1
	dladm create-simnet sim1
}

test_check_says_same_differs_or_trouble()
{
	three_links
	status 0 vwire check
	eq "$(cat out err)" ""
	dladm set-linkprop -p mtu=1400 web1
	ip link set web1 mtu 1300
	status 1 vwire check
	eq "$(awk '{ print $1, $2 }' out)" \
"OUTCOME ITEM
differs links.web1.props.mtu"
	status 1 vwire check -j
	python3 -c 'import json, sys
items = json.load(sys.stdin)["items"]
assert [i["link"] for i in items] == ["web1"], items
assert items[0]["outcome"] == "differs"
assert (items[0]["want"], items[0]["is"]) == ("1400", "1300")' <out
	echo '{"vwire": 1, "links": {"web1": {"class": "nonsense"}}}' >"$VWIRE_ROOT/etc/vwire/config.json"
	status 2 vwire check
	has "$(cat err)" "links.web1.class"
	status 2 vwire check stub1
}

test_check_names_a_missing_link()
{
	three_links
	ip link del web1
	status 1 vwire check
	eq "$(cat out)" \
"OUTCOME  ITEM                        MESSAGE
differs  links.web1                  there is no such link"
}

test_restore_makes_what_is_missing_and_says_so_line_by_line()
{
	three_links
	saved=$(cat "$VWIRE_ROOT/etc/vwire/config.json")
	ip link del web1
	ip link del sim1
	status 0 vwire restore
	eq "$(awk '{ print $1, $2 }' out | sort)" \
"OUTCOME ITEM
created links.sim1
created links.web1"
	status 0 vwire restore
	eq "$(cat out err)" "" "the second time"
	status 0 vwire check
	eq "$(cat "$VWIRE_ROOT/etc/vwire/config.json")" "$saved"
}

test_restore_goes_on_after_a_failure()
{
	nic net0
	dladm create-vnic -l net0 -m 2:8:20:0:0:1 vnic1
	three_links
	ip link del web1
	ip link del vnic1
	# Somebody else took the name.
	ip link add vnic1 type veth peer name far1
	status 1 vwire restore -q
	has "$(cat out)" "failed   links.vnic1"
	not grep -q created out
	eq "$(grep -c '^vwire: ' err)" 1
	dladm show-vnic web1 >/dev/null
}

test_restore_waits_for_what_is_not_there()
{
	nic net0
	dladm create-vnic -l net0 -m 2:8:20:0:0:1 vnic1
	ip link del net0
	vwire restore >out 2>err || :
	has "$(cat out)" "waiting  links.vnic1"
	nic net0 wire9
	status 0 vwire restore
	has "$(cat out)" "created  links.vnic1"
	eq "$(dladm show-vnic -p -o link,macaddress)" 'vnic1:2\:8\:20\:0\:0\:1'
}

test_probe_tells_what_the_kernel_can_do()
{
	status 0 vwire probe
	eq "$(head -1 out)" "FEATURE                 PRESENT  SERVES                                  ADVICE"
	has "$(cat out)" "veth                    yes      VNICs over etherstubs"
	status 0 vwire probe -j
	python3 -c 'import json, sys
features = {f["feature"]: f for f in json.load(sys.stdin)["features"]}
assert features["veth"]["present"] is True
for f in features.values():
    assert f["present"] is True or f["advice"], f' <out
	eq "$(ip -br link | wc -l)" 1 "links after the probe"
}

test_explain_names_the_kernel_objects()
{
	ip netns add web
	dladm create-etherstub stub1
	dladm create-vnic -l stub1 -p zone=web,maxbw=10M web1
	dladm set-linkprop -p allowed-ips=10.0.0.5,protection=ip-nospoof web1
	flowadm add-flow -l web1 -a transport=tcp -p maxbw=3M tcp1
	vwire explain web1 >out
	eq "$(head -1 out | awk '{ print $1, $2 }')" "SUBJECT OBJECT"
	for word in web1-p maxbw htb "flow tcp1" protection; do
		has "$(cat out)" "$word"
	done
	# Each object it names is there.
	for class in $(grep -o 'class [0-9a-f]*:[0-9a-f]*' out | cut -d' ' -f2 | sort -u); do
		has "$(tc class show dev stub1-q)" "htb $class "
	done
	vwire explain -j web1 >json
	python3 -c 'import json, sys
items = json.load(open("json"))["objects"]
assert all(set(i) == {"subject", "object"} for i in items), items
assert "link" in [i["subject"] for i in items], items'
	status 1 vwire explain nosuch1
	has "$(cat err)" "nosuch1"
	status 2 vwire explain
	has "$(cat err)" "the operand 'link' is missing"
}

run_tests

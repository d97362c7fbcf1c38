# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What a shell test stands on. A test file looks like this:
#
#	#!/bin/bash
#	. "${VW_SOURCE:-$(dirname "$0")/../..}/tests/lib.sh"
#
#	test_an_etherstub_appears_in_show_link()
#	{
#		dladm create-etherstub stub1
#		eq "$(dladm show-link -p -o class stub1)" etherstub
#	}
#
#	run_tests
#
# Every function test_* is one test. It runs with `set -eu` in a process, network, mount and pid
# namespace of its own: an empty /run (so `ip netns add web` is private), `lo` up and nothing else,
# VWIRE_ROOT a fresh directory, $TESTDIR a scratch directory, the programs on PATH. Whatever it
# leaves running dies with its pid namespace. Output is TAP; a failing test's output follows it.
# `FILE.sh test_name...` runs only the named tests.
#
# Environment: VW_BUILD, VW_SOURCE, VW_TEST_TIMEOUT (seconds a test may take, default 120),
# VW_KEEP=1 keeps the scratch directories.

VW_TESTFILE=$(realpath "${BASH_SOURCE[-1]}")
VW_TESTARGS=("$@")
VW_SOURCE=$(realpath "${VW_SOURCE:-$(dirname "${BASH_SOURCE[0]}")/..}")
VW_BUILD=$(realpath -m "${VW_BUILD:-$VW_SOURCE/build}")
PATH=$VW_BUILD/cli/dladm:$VW_BUILD/cli/dlstat:$VW_BUILD/cli/flowadm:$VW_BUILD/cli/flowstat:$VW_BUILD/cli/linkstat:$VW_BUILD/cli/vwire:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C.UTF-8
export VW_SOURCE VW_BUILD PATH LC_ALL
unset CDPATH

# --- for tests -----------------------------------------------------------------------------------

# skip REASON: this test proves nothing here, and says why. Outside a test: the whole file.
skip()
{
	if [ -z "${VW_TEST_ONE:-}" ]; then
		echo "1..0 # SKIP $*"
		exit 0
	fi
	printf '%s\n' "$*" >"$TESTDIR/.skip"
	exit 77
}

fail()
{
	local frame=0 line fn file

	while read -r line fn file < <(caller $frame); do
		[ "${file##*/}" = lib.sh ] || break
		frame=$((frame + 1))
	done
	printf '%s:%s: %s\n' "${file##*/}" "$line" "$*" >&2
	exit 1
}

# eq GOT WANT [WHAT]
eq()
{
	[ "$1" = "$2" ] && return 0
	case $1$2 in
	*$'\n'*)
		diff -u --label want --label got <(printf '%s\n' "$2") <(printf '%s\n' "$1") >&2 || :
		fail "${3:-the text} differs";;
	*)
		fail "${3:+$3: }got '$1', want '$2'";;
	esac
}

# has TEXT PART [WHAT]: TEXT contains PART.
has()
{
	case $1 in
	*"$2"*) return 0;;
	esac
	printf '%s\n' "$1" >&2
	fail "${3:-the text above} lacks '$2'"
}

# not COMMAND...: COMMAND fails. (A bare `! command` is no check: `set -e` does not look at it.)
not()
{
	! "$@" >/dev/null 2>&1 || fail "succeeded, but should not: $*"
}

# says_nothing COMMAND...: COMMAND succeeds and writes neither to stdout nor to stderr.
says_nothing()
{
	local rc=0

	"$@" >"$TESTDIR/.out" 2>"$TESTDIR/.err" </dev/null || rc=$?
	eq "$rc" 0 "status of '$*'"
	eq "$(cat "$TESTDIR/.out" "$TESTDIR/.err")" "" "what '$*' said"
}

# wait_for SECONDS COMMAND...: until COMMAND succeeds; its last failure is the test's.
wait_for()
{
	local end=$((SECONDS + $1 + 1))

	shift
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || fail "still not true: $*"
		sleep 0.05
	done
}

# Reports of parseable output, one under another in FILE: lines "NAME:NUMBER...".
# later NAME FILE: the sum of NUMBER in all reports but the first.
later()
{
	awk -F: -v name="$1" '$1 == name && n++ { sum += $2 } END { print sum + 0 }' "$2"
}

# reports NAME FILE: how many there are.
reports()
{
	awk -F: -v name="$1" '$1 == name { n++ } END { print n + 0 }' "$2"
}

# until_later NAME FILE SUM; until_reports NAME FILE COUNT: wait for so much or more.
until_later()
{
	wait_for 20 eval "[ \$(later '$1' '$2') -ge $3 ]"
}

until_reports()
{
	wait_for 20 eval "[ \$(reports '$1' '$2') -ge $3 ]"
}

# interrupt PID: ask it to end, and its status is 0.
interrupt()
{
	local rc=0

	kill -INT "$1"
	wait "$1" || rc=$?
	eq "$rc" 0 "status after SIGINT"
}

need_cmd()
{
	local cmd

	for cmd; do
		command -v "$cmd" >/dev/null || skip "this machine has no $cmd"
	done
}

# need_kind KIND...: link kinds this kernel must have; also bridge_vlan, for VLAN filtering.
need_kind()
{
	local kind

	for kind; do
		unshare -n bash -c "$(declare -f vw_try_kind); vw_try_kind $kind" >/dev/null 2>&1 && continue
		case $kind in
		bridge_vlan) skip "this kernel has no bridge VLAN filtering";;
		*) skip "this kernel has no '$kind' links";;
		esac
	done
}

vw_try_kind()
{
	case $1 in
	bridge_vlan)
		ip link add vwtry0 type bridge vlan_filtering 1 &&
			ip -d link show vwtry0 | grep -q 'vlan_filtering 1';;
	vlan)
		ip link add vwtry0 type veth peer name vwtry1 &&
			ip link add link vwtry0 name vwtry2 type vlan id 5;;
	macvlan|ipvlan)
		ip link add vwtry0 type veth peer name vwtry1 &&
			ip link add link vwtry0 name vwtry2 type "$1";;
	ipip|gre|gretap|sit)
		ip link add vwtry0 type "$1" local 192.0.2.1 remote 192.0.2.2;;
	ip6tnl|ip6gre|ip6gretap)
		ip link add vwtry0 type "$1" local 2001:db8::1 remote 2001:db8::2;;
	*)
		ip link add vwtry0 type "$1";;
	esac
}

# need_python_module: python can load the module, which it cannot with a sanitizer in the library.
need_python_module()
{
	! grep -q __asan_init "$VW_BUILD/lib/libvwire.so" ||
		skip "python cannot load a library with a sanitizer"
}

# traced COMMAND...: it traces others, below which nothing can look for leaks.
traced()
{
	ASAN_OPTIONS=${ASAN_OPTIONS:-}:detect_leaks=0 "$@"
}

# need_policy: what limits, flows and protection stand on: HTB, clsact, and to load an eBPF program.
# Asks the kernel and not our programs, which could excuse themselves.
need_policy()
{
	unshare -n bash -c 'ip link set lo up && tc qdisc add dev lo root handle 1: htb' \
		>/dev/null 2>&1 || skip "this kernel has no HTB"
	unshare -n bash -c 'tc qdisc add dev lo clsact &&
		tc filter add dev lo ingress bpf da bytecode "1,6 0 0 0,"' \
		>/dev/null 2>&1 || skip "this kernel has no clsact with BPF filters"
	/usr/bin/python3 - >/dev/null 2>&1 <<-'END' || skip "eBPF programs cannot be loaded here"
		import ctypes, os, struct
		# r0 = 0; exit: of type SCHED_CLS (3), by bpf(BPF_PROG_LOAD)
		program = ctypes.create_string_buffer(bytes.fromhex("b700000000000000" "9500000000000000"))
		licence = ctypes.create_string_buffer(b"GPL")
		attr = struct.pack("=IIQQIIQII", 3, 2, ctypes.addressof(program),
		                   ctypes.addressof(licence), 0, 0, 0, 0, 0)
		number = {"x86_64": 321, "aarch64": 280, "riscv64": 280}[os.uname().machine]
		raise SystemExit(ctypes.CDLL(None).syscall(number, 5, attr, len(attr)) < 0)
	END
}

# nic NAME [FAR]: a NIC to build on: a veth, up, whose far end lives in namespace "wire".
nic()
{
	local number=${1##*[!0-9]}
	local far=${2:-wire$number}

	[ -e /run/netns/wire ] || ip netns add wire
	ip link add "$1" type veth peer name "$far" netns wire
	# Quiet: no router solicitations in between the frames of a test. No IPv6, no need.
	ip link set "$1" addrgenmode none 2>/dev/null || :
	ip -n wire link set "$far" addrgenmode none 2>/dev/null || :
	ip -n wire link set "$far" up
	ip link set "$1" up
}

in_zone()
{
	ip netns exec "$@"
}

# snapshot: everything a command could have changed in the kernel, in every namespace we can name.
# Timers and the states the kernel settles by itself later are left out. Few processes: in an
# emulated machine each costs a twentieth of a second.
snapshot()
{
	local zone

	{
		ip -d link
		tc qdisc show
		ip -o addr show scope global
		bridge fdb show | sort
		for zone in /run/netns/*; do
			[ -e "$zone" ] || continue
			zone=${zone##*/}
			echo "namespace $zone"
			ip -n "$zone" -d link
			tc -n "$zone" qdisc show
			ip -n "$zone" -o addr show scope global
			bridge -n "$zone" fdb show | sort
		done
	} 2>&1 | sed -E -e '/^[0-9a-f:]{17} dev/{/static|permanent|extern/!d}' \
		-e 's/[a-z_]*_timer +[0-9.]+//g' -e 's/ state [A-Za-z]+//g' \
		-e 's/(NO-CARRIER,|,LOWER_UP|,M-DOWN)//g' \
		-e 's/ (ageing_time|topology_change[a-z_]*|designated_[a-z]+|root_[a-z_]+) [^ ]+//g'
}

# config_snapshot: the saved and the temporary documents, byte for byte.
config_snapshot()
{
	local file

	for file in "$VWIRE_ROOT/etc/vwire/config.json" "$VWIRE_ROOT/run/vwire/temporary.json"; do
		[ ! -e "$file" ] || { echo "== ${file##*/}"; cat "$file"; }
	done
}

# refused TEXT COMMAND...: COMMAND fails with one sentence that contains TEXT, and changes nothing.
refused()
{
	local want=$1 before rc=0 said hints

	shift
	before=$(snapshot; config_snapshot)
	"$@" >"$TESTDIR/.out" 2>"$TESTDIR/.err" </dev/null || rc=$?
	[ $rc -ne 0 ] || fail "'$*' succeeded, should be refused with '$want'"
	if [ $rc -gt 2 ]; then
		cat "$TESTDIR/.err" >&2
		fail "'$*' ended with status $rc"
	fi
	[ ! -s "$TESTDIR/.out" ] || fail "'$*' wrote to stdout: $(head -c 300 "$TESTDIR/.out")"
	said=$(grep -Ev '^[a-z]+: hint: ' "$TESTDIR/.err" || :)
	hints=$(grep -E '^[a-z]+: hint: ' "$TESTDIR/.err" || :)
	[ "$(printf '%s' "$said" | grep -c '')" = 1 ] ||
		fail "'$*' should say one sentence, said: $(cat "$TESTDIR/.err")"
	[[ $said =~ ^[a-z]+:\  ]] || fail "'$*' does not begin with its name: $said"
	has "$said"$'\n'"$hints" "$want" "what '$*' said"
	eq "$(snapshot; config_snapshot)" "$before" "state after the refused '$*'"
}

# --- the runner ----------------------------------------------------------------------------------

run_tests()
{
	[ -z "${VW_TEST_ONE:-}" ] || vw_run_one
	vw_run_all
}

# Inside the namespaces: prepare, run, report by exit status.
vw_run_one()
{
	mount -t tmpfs -o mode=755 run /run
	mkdir -p /run/netns /run/lock
	# A new instance shows this namespace's links; containers may forbid it.
	mount -t sysfs sysfs /sys 2>/dev/null || :
	ip link set lo up
	export VWIRE_ROOT=$TESTDIR/root
	mkdir -p "$VWIRE_ROOT"
	cd "$TESTDIR" || exit 1
	set -euE
	trap 'vw_say_where $? "$BASH_COMMAND"' ERR
	"$VW_TEST_ONE"
	exit 0
}

vw_say_where()
{
	local frame=0 line fn file

	[ "$1" != 77 ] || return 0
	while read -r line fn file < <(caller $frame); do
		[ "${file##*/}" = lib.sh ] || break
		frame=$((frame + 1))
	done
	printf '%s:%s: status %s: %s\n' "${file##*/}" "$line" "$1" "$2" >&2
}

vw_list_tests()
{
	local fn

	if [ ${#VW_TESTARGS[@]} -gt 0 ]; then
		printf '%s\n' "${VW_TESTARGS[@]}"
		return
	fi
	shopt -s extdebug	# declare -F then tells the line: tests run in the order written
	for fn in $(compgen -A function test_); do
		declare -F "$fn"
	done | sort -k2,2n | cut -d' ' -f1
	shopt -u extdebug
}

vw_run_all()
{
	local tests fn count=0 bad=0 user=()

	mapfile -t tests < <(vw_list_tests)
	[ "$(id -u)" = 0 ] || user=(--map-root-user)
	unshare "${user[@]}" --net --mount --pid --fork true 2>/dev/null ||
		skip "namespaces cannot be made here: run as root"
	[ -x "$VW_BUILD/cli/dladm/dladm" ] || skip "there is no $VW_BUILD/cli/dladm/dladm: build first"
	work=$(mktemp -d "${TMPDIR:-/tmp}/vwire-test.XXXXXX") || exit 99
	trap '[ -n "${VW_KEEP:-}" ] || rm -rf "$work"' EXIT
	trap 'exit 130' INT TERM HUP
	echo "1..${#tests[@]}"
	for fn in "${tests[@]}"; do
		count=$((count + 1))
		vw_run_in_box "$fn" "$count" || bad=$((bad + 1))
	done
	[ $bad = 0 ]
	exit
}

vw_run_in_box()
{
	local fn=$1 name=${1#test_} rc=0 began=$SECONDS
	local dir=$work/$2 log=$work/$2.log limit=${VW_TEST_TIMEOUT:-120}

	name=${name//_/ }
	mkdir "$dir"
	TESTDIR=$dir VW_TEST_ONE=$fn timeout -s KILL "$limit" \
		unshare "${user[@]}" --net --mount --pid --fork --kill-child --mount-proc \
		bash "$VW_TESTFILE" >"$log" 2>&1 </dev/null || rc=$?
	case $rc in
	0)
		echo "ok $2 - $name"
		[ $((SECONDS - began)) -lt 3 ] || echo "# took $((SECONDS - began)) s";;
	77)
		echo "ok $2 - $name # SKIP $(cat "$dir/.skip" 2>/dev/null || echo 'no reason given')";;
	*)
		echo "not ok $2 - $name"
		[ $rc != 137 ] || echo "# killed after $((SECONDS - began)) s (limit $limit s)"
		sed 's/^/# /' "$log" | tail -n 200
		return 1;;
	esac
}

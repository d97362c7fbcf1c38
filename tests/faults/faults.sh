#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Bad luck of the natural kind: full and read-only disks, tables that change while they are read,
# links of other people. faults_inject.py makes single system calls fail.
# shellcheck disable=SC2317  # run_tests finds the functions by name
. "${VW_SOURCE:-$(dirname "$0")/../..}/tests/lib.sh"

# small_disk SIZE: VWIRE_ROOT is a file system of its own.
small_disk()
{
	mkdir -p "$VWIRE_ROOT"
	mount -t tmpfs -o "size=$1,mode=755" small "$VWIRE_ROOT"
}

# Fill what is left of the small disk, to the last page.
fill_disk()
{
	cat /dev/zero >"$VWIRE_ROOT/filler" 2>/dev/null || :
}

# changes_of_every_kind: one command of each kind, on a host with net0, stub1, vnic1 and vnic2.
changes_of_every_kind()
{
	cat <<-'EOT'
		create-vnic -l stub1 new1
		create-vnic -l net0 new1
		create-etherstub new1
		create-simnet new1
		delete-vnic vnic1
		delete-etherstub stub2
		set-linkprop -p mtu=1400 vnic1
		set-linkprop -p zone=z1 vnic1
		reset-linkprop -p mtu vnic2
		rename-link vnic1 web1
	EOT
}

host_with_everything()
{
	ip netns add z1
	nic net0
	dladm create-etherstub stub1
	dladm create-etherstub stub2
	dladm create-vnic -l stub1 vnic1
	dladm create-vnic -l net0 -p mtu=1450 vnic2
}

# clearly_failed COMMAND...: one sentence, documents untouched, the kernel too or one run mends it.
clearly_failed()
{
	local before rc=0

	before=$(config_snapshot)
	"$@" >out 2>err || rc=$?
	[ "$rc" = 1 ] || fail "'$*' ended with status $rc: $(cat err)"
	[ ! -s out ] || fail "'$*' wrote to stdout: $(cat out)"
	eq "$(grep -vc '^dladm: hint: ' err)" 1 "sentences of '$*' in: $(cat err)"
	eq "$(config_snapshot)" "$before" "documents after '$*'"
}

test_on_a_full_disk_every_change_says_so_and_changes_nothing()
{
	small_disk 64k
	host_with_everything
	fill_disk
	# shellcheck disable=SC2086  # words of a command line
	while read -r line; do
		clearly_failed dladm $line
		has "$(cat err)" "No space left on device" "'dladm $line'"
		vwire check >check.out 2>&1 ||
			fail "after 'dladm $line' on a full disk: $(cat check.out)"
	done < <(changes_of_every_kind)
	rm "$VWIRE_ROOT/filler"
	vwire restore
	vwire check
	dladm create-vnic -l stub1 new1
}

test_a_full_disk_does_not_stop_anyone_from_looking()
{
	small_disk 64k
	host_with_everything
	fill_disk
	eq "$(dladm show-vnic -p -o link | sort | tr '\n' ' ')" "vnic1 vnic2 "
	dladm show-link >/dev/null
	dladm show-linkprop vnic1 >/dev/null
	vwire check
}

test_on_a_read_only_disk_every_change_says_so_and_changes_nothing()
{
	local before

	small_disk 64k
	host_with_everything
	mount -o remount,ro "$VWIRE_ROOT"
	before=$(snapshot)
	# shellcheck disable=SC2086  # words of a command line
	while read -r line; do
		clearly_failed dladm $line
		has "$(cat err)" "Read-only file system" "'dladm $line'"
		eq "$(snapshot)" "$before" "kernel after 'dladm $line'"
	done < <(changes_of_every_kind)
	eq "$(dladm show-vnic -p -o link | sort | tr '\n' ' ')" "vnic1 vnic2 "
	vwire check
}

test_a_temporary_change_needs_no_writable_etc()
{
	nic net0
	mkdir -p "$VWIRE_ROOT/etc/vwire" "$VWIRE_ROOT/run"
	mount -t tmpfs -o ro,mode=755 etc "$VWIRE_ROOT/etc/vwire"
	dladm create-vnic -t -l net0 vnic1
	eq "$(dladm show-vnic -p -o link)" vnic1
	dladm delete-vnic -t vnic1
}

# Links come and go all the time, so most dumps of the kernel are interrupted half-way.
churn()
{
	while [ ! -e enough ]; do
		printf 'link add churn%d type veth peer name churn%d\nlink del churn%d\n' \
			1 2 1 3 4 3 5 6 5 7 8 7 | ip -batch - || :
	done
}

test_a_listing_during_constant_change_misses_nothing()
{
	local i want bad=0 clear=0

	nic net0
	for ((i = 1; i <= 300; i++)); do
		echo "link add link net0 name mine$i type macvlan mode bridge"
	done | ip -batch -
	want=$(for ((i = 1; i <= 300; i++)); do echo "mine$i"; done | sort)
	churn 2>/dev/null &
	for ((i = 0; i < 40; i++)); do
		if dladm show-link -p -o link >out 2>err; then
			[ "$(grep '^mine' out | sort)" = "$want" ] || bad=$((bad + 1))
			[ "$(sort out | uniq -d)" = "" ] || bad=$((bad + 1))
		else
			grep -q '^dladm: .*chang' err || { cat err >&2; bad=$((bad + 1)); }
			clear=$((clear + 1))
		fi
	done
	: >enough
	wait
	[ "$bad" = 0 ] || fail "$bad of 40 listings were wrong"
	[ "$clear" -le 20 ] || fail "$clear of 40 listings gave up"
}

test_changes_during_constant_change_work()
{
	local i

	nic net0
	dladm create-etherstub stub1
	churn 2>/dev/null &
	for ((i = 1; i <= 10; i++)); do
		dladm create-vnic -l stub1 "s$i"
		dladm create-vnic -l net0 "n$i"
	done
	for ((i = 1; i <= 10; i += 2)); do
		dladm delete-vnic "s$i"
	done
	: >enough
	wait
	vwire check
	eq "$(dladm show-vnic -p -o link | wc -l)" 15
}

# Links of other people, some of them easy to mistake for ours.
others_links()
{
	ip link add foreign0 type bridge
	ip link add foreign1 type veth peer name foreign2
	ip link set foreign1 master foreign0
	ip link add link net0 name foreign3 type macvlan mode private
	ip link set foreign3 group 1234 alias "vnic of someone"
	ip link add stub1.200-v type bridge
	ip link add vnic9-p type veth peer name vnic9
}

show_others()
{
	for name in foreign0 foreign1 foreign2 foreign3 stub1.200-v vnic9-p vnic9; do
		ip -d link show "$name" | sed -E 's/[a-z_]*_timer +[0-9.]+//g'
	done
}

test_links_of_others_are_neither_changed_nor_removed()
{
	nic net0
	others_links
	sleep 0.2
	show_others >before
	dladm create-etherstub stub1
	dladm create-vnic -l stub1 vnic1
	dladm create-vnic -l net0 vnic2
	dladm create-vnic -l stub1 -v 201 vnic3
	vwire restore
	vwire check
	dladm delete-vnic vnic1
	dladm delete-vnic vnic2
	dladm delete-vnic vnic3
	dladm delete-etherstub stub1
	vwire restore
	eq "$(show_others)" "$(cat before)" "links of others"
}

test_commands_refuse_to_delete_what_libvwire_did_not_make()
{
	nic net0
	others_links
	refused foreign3 dladm delete-vnic foreign3
	refused foreign0 dladm delete-etherstub foreign0
	refused foreign1 dladm delete-simnet foreign1
	refused net0 dladm delete-vnic net0
}

test_a_name_that_another_took_is_reported_by_restore_and_left_alone()
{
	nic net0
	dladm create-etherstub stub1
	dladm create-vnic -l stub1 vnic1
	dladm create-vnic -l net0 vnic2
	ip link del vnic1
	ip link add vnic1 type bridge
	ip -d link show vnic1 | sed -E 's/[a-z_]*_timer +[0-9.]+//g' >before
	ip link del vnic2
	! vwire restore >out 2>&1 || fail "restore says all is well"
	has "$(cat out)" vnic1
	eq "$(ip -d link show vnic1 | sed -E 's/[a-z_]*_timer +[0-9.]+//g')" "$(cat before)" vnic1
	ip link show vnic2 >/dev/null
	! vwire check >out 2>&1 || fail "check says all is well"
	has "$(cat out)" vnic1
	ip link del vnic1
	vwire restore
	vwire check
}

# everything: all a deletion could leave behind. A bridge's tso_max_size is 65536 until it has had a
# port and 524280 ever after, whoever made and removed the port.
everything()
{
	snapshot | sed 's/tso_max_size [0-9]*//'
	tc filter show dev lo 2>/dev/null || :
	for link in /sys/class/net/*; do
		tc filter show dev "${link##*/}" 2>/dev/null || :
	done
	if command -v nft >/dev/null; then nft list ruleset; fi
	ls -R /sys/fs/bpf 2>/dev/null || :
}

# leaves_nothing CREATE... -- DELETE...: the host after both is the host before.
leaves_nothing()
{
	local create=() before

	while [ "$1" != -- ]; do
		create+=("$1")
		shift
	done
	shift
	before=$(everything)
	dladm "${create[@]}"
	[ "$(everything)" != "$before" ] || fail "'${create[*]}' did nothing"
	dladm "$@"
	eq "$(everything)" "$before" "what '$*' leaves behind"
}

test_deleting_a_VNIC_leaves_nothing_behind()
{
	ip netns add z1
	nic net0
	dladm create-etherstub stub1
	leaves_nothing create-vnic -l net0 vnic1 -- delete-vnic vnic1
	leaves_nothing create-vnic -l net0 -p zone=z1 vnic1 -- delete-vnic vnic1
	leaves_nothing create-vnic -l stub1 vnic1 -- delete-vnic vnic1
	leaves_nothing create-vnic -l stub1 -p zone=z1 vnic1 -- delete-vnic vnic1
	leaves_nothing create-vnic -l stub1 -v 200 vnic1 -- delete-vnic vnic1
	leaves_nothing create-vnic -t -l stub1 vnic1 -- delete-vnic vnic1
}

test_deleting_an_etherstub_or_a_simnet_leaves_nothing_behind()
{
	leaves_nothing create-etherstub stub1 -- delete-etherstub stub1
	leaves_nothing create-simnet sim1 -- delete-simnet sim1
	leaves_nothing create-bridge br1 -- delete-bridge br1
}

test_deleting_a_VLAN_or_a_VNIC_with_a_VID_leaves_nothing_behind()
{
	need_kind vlan
	nic net0
	leaves_nothing create-vlan -l net0 -v 7 vlan7 -- delete-vlan vlan7
	leaves_nothing create-vnic -l net0 -v 200 vnic1 -- delete-vnic vnic1
}

test_deleting_an_aggregation_leaves_nothing_behind()
{
	need_kind bond
	nic net0
	nic net1
	leaves_nothing create-aggr -l net0 -l net1 aggr1 -- delete-aggr aggr1
}

test_deleting_a_tunnel_leaves_nothing_behind()
{
	need_kind ipip
	ip addr add 192.0.2.1/24 dev lo
	leaves_nothing create-iptun -T ipv4 -a local=192.0.2.1,remote=192.0.2.2 tun0 \
		-- delete-iptun tun0
}

test_what_cannot_be_saved_leaves_what_is_set_for_now()
{
	local etc=$VWIRE_ROOT/etc/vwire before line

	mkdir -p "$etc"
	mount -t tmpfs -o mode=755 etc "$etc"
	host_with_everything
	dladm set-linkprop -t -p mtu=1400,maxbw=6M vnic1
	flowadm add-flow -l vnic1 -a transport=tcp -p maxbw=3M f1
	flowadm set-flowprop -t -p maxbw=2M f1
	mount -o remount,ro "$etc"
	before=$(snapshot)
	# shellcheck disable=SC2086  # words of a command line
	while read -r line; do
		clearly_failed $line
		has "$(cat err)" "Read-only file system" "'$line'"
		eq "$(snapshot)" "$before" "kernel after '$line'"
		eq "$(dladm show-linkprop -c -o value -p mtu,maxbw vnic1 | paste -sd' ')" "1400 6M" \
			"after '$line'"
		eq "$(flowadm show-flowprop -c -o value -p maxbw f1)" 2M "after '$line'"
	done <<-'EOT'
		dladm delete-vnic vnic1
		dladm set-linkprop -p mtu=1300 vnic1
		dladm set-linkprop -p maxbw=7M vnic1
		dladm rename-link vnic1 web1
		flowadm set-flowprop -p maxbw=4M f1
		flowadm remove-flow f1
		flowadm remove-flow -l vnic1
	EOT
}

run_tests

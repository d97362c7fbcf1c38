#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Other network managers next to us: the real programs, in a box of their own, each told to
# configure every link it sees.
. "${VW_SOURCE:-$(dirname "$0")/../..}/tests/lib.sh"

units=$VW_BUILD/systemd
files=$VW_SOURCE/systemd

# udev with our rule and link file and no other; it answers for the links of this namespace alone.
start_udev()
{
	local udevd

	need_cmd udevadm
	for udevd in /lib/systemd/systemd-udevd /sbin/udevd; do
		[ ! -x "$udevd" ] || break
	done
	[ -x "$udevd" ] || skip "this machine has no udev daemon"
	[ -w /sys/class/net/lo/uevent ] || skip "/sys cannot be mounted here: udev would see nothing"
	mkdir -p /run/udev /run/systemd/network
	mount -t tmpfs none /lib/udev/rules.d
	[ ! -d /etc/udev/rules.d ] || mount -t tmpfs none /etc/udev/rules.d
	cp "$files/60-vwire.rules" /lib/udev/rules.d/
	echo 'SUBSYSTEM=="net", IMPORT{builtin}="net_setup_link"' >/lib/udev/rules.d/80-link.rules
	cp "$files/10-vwire.network" "$files/10-vwire.link" /run/systemd/network/
	printf '[Match]\nOriginalName=*\n[Link]\nMACAddressPolicy=persistent\n' \
		>/run/systemd/network/99-all.link
	"$udevd" --resolve-names=never >"$TESTDIR/udevd.log" 2>&1 &
	wait_for 10 test -S /run/udev/control
}

# One link of each kind that the host keeps, and one of somebody else.
links()
{
	nic net0
	dladm create-etherstub stub1
	dladm create-vnic -l stub1 web1
	dladm create-vnic -l net0 web2
	dladm create-simnet sim0
	ip link add other0 type bridge
	ours='stub1 web1 web1-p web2 sim0 sim0-s'
	settle
}

settle()
{
	udevadm settle --timeout=20
}

property_of()
{
	udevadm info "/sys/class/net/$1" | sed -n "s/^E: $2=//p"
}

macs()
{
	local link

	for link in $ours; do
		cat "/sys/class/net/$link/address"
	done
}

# A system bus that lets everybody do everything.
start_bus()
{
	need_cmd dbus-daemon
	mkdir -p /run/dbus
	cat >"$TESTDIR/bus.conf" <<-'X'
	<busconfig><type>system</type>
	<listen>unix:path=/run/dbus/system_bus_socket</listen><auth>EXTERNAL</auth>
	<policy context="default"><allow send_destination="*" eavesdrop="true"/>
	<allow eavesdrop="true"/><allow own="*"/><allow user="*"/></policy></busconfig>
	X
	dbus-daemon --config-file="$TESTDIR/bus.conf" --nofork --nopidfile >/dev/null 2>&1 &
	wait_for 10 test -S /run/dbus/system_bus_socket
}

test_the_units_are_what_systemd_expects()
{
	local unit

	need_cmd systemd-analyze
	# The programs are not installed here: verify with those of the build.
	mkdir -p "$TESTDIR/units"
	for unit in "$units"/vwire-*.service "$files"/*.path; do
		sed -E -e "s|^ExecStart=.*/vwire restore|ExecStart=$VW_BUILD/cli/vwire/vwire restore|" \
			-e "s|^ExecStart=.*/vwire-acct|ExecStart=$VW_BUILD/cli/acctadm/vwire-acct|" \
			-e "s|^ExecStart=.*/restore-when|ExecStart=$units/restore-when|" "$unit" \
			>"$TESTDIR/units/${unit##*/}"
	done
	cd "$TESTDIR/units" || exit
	SYSTEMD_UNIT_PATH=$TESTDIR/units: systemd-analyze verify --man=no --recursive-errors=no \
		./*.service ./*.path >"$TESTDIR/said" 2>&1 || fail "$(cat "$TESTDIR/said")"
	eq "$(cat "$TESTDIR/said")" '' 'what systemd-analyze says'
}

test_restore_runs_before_any_network_is_configured()
{
	local unit=$units/vwire-restore.service

	for line in Type=oneshot RemainAfterExit=yes DefaultDependencies=no Wants=network-pre.target; do
		grep -qx "$line" "$unit" || fail "$line is missing"
	done
	grep -q '^Before=.*network-pre.target' "$unit"
	grep -q '^After=.*systemd-udevd.service' "$unit"
	grep -q '^After=.*local-fs.target' "$unit"
}

test_no_unit_hides_the_zones_in_a_mount_namespace_of_its_own()
{
	not grep -hE '^(Protect(System|Home|Kernel.*|ControlGroups|Proc|Clock|Hostname)|Private.*|Bind.*|Read.*Paths|Inaccessible.*|TemporaryFileSystem|RootDirectory|MountFlags|NetworkNamespacePath|DynamicUser)=' \
		"$units"/vwire-*.service
}

test_udev_marks_our_links_at_their_first_event_and_no_others()
{
	local link before

	start_udev
	links
	before=$(macs)
	for link in $ours; do
		eq "$(property_of "$link" VWIRE_MANAGED)" 1 "VWIRE_MANAGED of $link"
		eq "$(property_of "$link" NM_UNMANAGED)" 1 "NM_UNMANAGED of $link"
	done
	for link in other0 net0; do
		eq "$(property_of "$link" VWIRE_MANAGED)" '' "VWIRE_MANAGED of $link"
	done
	udevadm trigger --subsystem-match=net --action=add
	settle
	eq "$(macs)" "$before" 'addresses after udev has seen all links twice'
}

test_udev_gives_no_link_another_address()
{
	local link

	start_udev
	links
	for link in stub1 web1 web2 sim0; do
		eq "$(property_of "$link" ID_NET_LINK_FILE)" /run/systemd/network/10-vwire.link
	done
	eq "$(property_of other0 ID_NET_LINK_FILE)" /run/systemd/network/99-all.link
	dladm show-vnic -p -o link,macaddress
	vwire check
}

test_networkd_leaves_our_links_alone()
{
	local networkd link

	for networkd in /lib/systemd/systemd-networkd /usr/lib/systemd/systemd-networkd; do
		[ ! -x "$networkd" ] || break
	done
	[ -x "$networkd" ] || skip "this machine has no systemd-networkd"
	start_udev
	mkdir -p /run/systemd/netif/links /run/systemd/netif/leases /run/systemd/netif/lldp
	chown -R systemd-network /run/systemd/netif 2>/dev/null ||
		skip "this machine has no user systemd-network"
	printf '[Match]\nName=*\n[Network]\nAddress=10.77.0.1/24\nLinkLocalAddressing=no\n%s' \
		'ConfigureWithoutCarrier=yes' >/run/systemd/network/50-all.network
	"$networkd" >"$TESTDIR/networkd.log" 2>&1 &
	links
	# It is at work: the link of somebody else gets its address.
	wait_for 20 bash -c 'ip addr show other0 | grep -q 10.77.0.1'
	for link in $ours; do
		eq "$(ip -o -4 addr show "$link")" '' "addresses of $link"
	done
	dladm delete-vnic web1
	dladm create-vnic -l stub1 web1
	settle
	sleep 1
	eq "$(ip -o -4 addr show web1)" '' 'addresses of web1, made anew'
	vwire check
}

test_networkmanager_leaves_our_links_alone()
{
	local link dir

	need_cmd NetworkManager nmcli
	start_udev
	start_bus
	for dir in /etc/NetworkManager /var/lib/NetworkManager; do
		mkdir -p "$dir"
		mount -t tmpfs none "$dir"
	done
	printf '[main]\nplugins=keyfile\ndns=none\nrc-manager=unmanaged\n' >"$TESTDIR/nm.conf"
	NetworkManager --debug --log-level=WARN --config="$TESTDIR/nm.conf" \
		--config-dir="$TESTDIR/none" --system-config-dir="$TESTDIR/none" \
		>"$TESTDIR/nm.log" 2>&1 &
	links
	ip addr add 10.77.0.1/24 dev other0
	ip link set other0 up
	wait_for 30 bash -c 'nmcli -t -f DEVICE,STATE device | grep -q "^other0:connected"'
	nmcli -t -f DEVICE,STATE device >"$TESTDIR/devices"
	cat "$TESTDIR/devices"
	for link in $ours; do
		grep -qx "$link:unmanaged" "$TESTDIR/devices" || fail "$link is not unmanaged"
	done
	vwire check
}

test_what_the_path_unit_starts_brings_links_back_with_their_zone()
{
	local mac

	sed "s|^\t[^ ]*/vwire restore|\tvwire restore|" "$units/restore-when-settled" \
		>"$TESTDIR/settled"
	grep -qx $'\tvwire restore' "$TESTDIR/settled"
	ip netns add web
	dladm create-etherstub stub1
	dladm create-vnic -l stub1 -p zone=web web1
	mac=$(ip -n web -o link show web1 | grep -o 'link/ether [^ ]*')
	ip netns del web
	wait_for 5 bash -c '[ "$(dladm show-link -p -o state web1)" = absent ]'
	sh "$TESTDIR/settled" &
	# Made while it is at work already, as the path unit would not notice.
	ip netns add web
	wait $!
	eq "$(ip -n web -o link show web1 | grep -o 'link/ether [^ ]*')" "$mac"
}

run_tests

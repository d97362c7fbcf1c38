# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a tenant does that is more than a packet: each act_... returns its outcome as a word."""
import multiprocessing
import os
import socket
import struct
import time

import evasion_packets

SOL_PACKET, PACKET_QDISC_BYPASS = 263, 20
SECONDS, WARM_S = 1.5, 0.7
LIMIT_BYTES = 10e6 / 8
# An emulated machine (VW_EMULATED) sends too few packets to fill the limit with small ones, and its
# clock is coarse. What is judged there is that no more than the limit comes through, and something.
EMULATED = 'VW_EMULATED' in os.environ


# -- floods ----------------------------------------------------------------------------------------

def blast(bed, frames, bypass, stop, options=()):
    """Send as fast as it goes, in the tenant's network namespace."""
    def run():
        s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        s.bind(('a1', 0))
        s.setsockopt(SOL_PACKET, PACKET_QDISC_BYPASS, bypass)
        for level, option, value in options:
            s.setsockopt(level, option, value)
        i = 0
        while not stop.is_set():
            for _ in range(64):
                try:
                    s.send(frames[i % len(frames)])
                except OSError:
                    time.sleep(0.0005)
                i += 1
    bed.in_netns(bed.netns_of(0), run)


def drain(bed):
    bed.gate.read()
    bed.peer.read()


def flood(bed, frames, bypass=0, processes=1, options=(), meanwhile=None):
    """Bytes per second that reached the gate, counted by its device."""
    stop = multiprocessing.Event()
    senders = [multiprocessing.Process(target=blast, args=(bed, frames, bypass, stop, options))
               for _ in range(processes)]
    for p in senders:
        p.start()
    try:
        time.sleep(WARM_S)
        before, began = received(bed), time.monotonic()
        while time.monotonic() < began + SECONDS:
            if meanwhile:
                meanwhile()
            time.sleep(0.02)
        rate = (received(bed) - before) / (time.monotonic() - began)
    finally:
        stop.set()
        for p in senders:
            p.join()
    time.sleep(0.2)
    drain(bed)
    return rate


def received(bed):
    path, dev = bed.gate_up

    def read():
        with open('/proc/thread-self/net/dev') as f:
            for line in f:
                name, _, rest = line.partition(':')
                if name.strip() == dev:
                    words = rest.split()
                    return int(words[0])
        return 0
    return bed.in_netns(path, read)


def held(rate):
    """Not above the limit. Far below it is no evasion, as long as something comes through at all:
    on a busy machine the flood itself is slow."""
    least, most = 0.02, 1.2 if EMULATED else 1.05
    return 'held' if least * LIMIT_BYTES < rate < most * LIMIT_BYTES else f'{rate * 8 / 1e6:.1f}Mb/s'


def honest(bed, size=1400, count=1):
    payload = bytes(max(size - 14 - 20 - 8, 0))
    return [bed.packets.udp({'smac': 'me', 'dmac': 'gate', 'sip': 'me', 'dip': 'gate',
                             'sport': str(4000 + i)}, payload) for i in range(count)]


def act_flood(bed):
    return held(flood(bed, honest(bed)))


def act_flood_without_qdisc(bed):
    bed.inside(0, 'tc qdisc del dev a1 root; tc qdisc del dev a1 clsact; '
                  'tc qdisc replace dev a1 root pfifo limit 100000')
    rate = flood(bed, honest(bed))
    bed.inside(0, 'tc qdisc del dev a1 root')
    return held(rate)


def act_flood_with_own_htb(bed):
    bed.inside(0, 'tc qdisc replace dev a1 root handle 1: htb default 1; '
                  'tc class add dev a1 parent 1: classid 1:1 htb rate 1gbit')
    rate = flood(bed, honest(bed))
    bed.inside(0, 'tc qdisc del dev a1 root')
    return held(rate)


def act_flood_bypass(bed):
    return held(flood(bed, honest(bed), bypass=1))


def act_flood_small(bed):
    return held(flood(bed, honest(bed, size=64)))


def act_flood_jumbo(bed):
    bed.inside(0, 'ip link set a1 mtu 9000')
    rate = flood(bed, honest(bed) + honest(bed, size=8000))
    bed.inside(0, 'ip link set a1 mtu 1500')
    return held(rate)


def act_flood_txqueuelen(bed):
    bed.inside(0, 'ip link set a1 txqueuelen 100000')
    return held(flood(bed, honest(bed)))


def act_flood_priority(bed):
    return held(flood(bed, honest(bed), options=[(socket.SOL_SOCKET, socket.SO_PRIORITY, 6)]))


def act_flood_mark(bed):
    """The marks with which the host tells itself what has waited already."""
    index = int(bed.host('cat /sys/class/net/a1-p/ifindex') if os.path.exists(
        '/sys/class/net/a1-p/ifindex') else '1') & 0xffffff
    worst = 0.0
    for stage in (0x76000000, 0x77000000, 0x78000000):
        worst = max(worst, flood(bed, honest(bed), options=[
            (socket.SOL_SOCKET, socket.SO_MARK, struct.pack('=I', stage | index))]))
    return held(worst)


def act_flood_many(bed):
    return held(flood(bed, honest(bed, count=16), processes=10))


def act_flood_forged(bed):
    frames = [bed.packets.build('udp dmac=gate dip=gate smac=peer', 0xfffff1),
              bed.packets.build('udp dmac=gate dip=gate sip=10.0.0.77', 0xfffff1)]
    flood(bed, frames, bypass=1)
    return 'leaks' if 0xfffff1 in bed.gate.seen | bed.peer.seen else 'blocked'


def act_flood_while_set(bed):
    def change():
        if bed.ours:
            bed.host('dladm set-linkprop -t -p maxbw=9 a1')
            bed.host('dladm set-linkprop -t -p maxbw=10 a1')
    return held(flood(bed, honest(bed), meanwhile=change))


# -- flows that are dropped, without any protection ------------------------------------------------

def escapes(bed, what):
    """Does it get by a flow of UDP to port 4001 that drops? Afterwards all is as it was."""
    if bed.ours:
        protection = bed.host('dladm show-linkprop -c -o value -p protection a1').strip()
        bed.host('dladm reset-linkprop -t -p protection a1')
        bed.host('flowadm add-flow -t -l a1 -a transport=udp,remote_port=4001 -p action=drop udp1')
    leaks = passes(bed, what)
    honest_too = passes(bed, 'tcp', 3)
    if bed.ours:
        bed.host('flowadm remove-flow -t udp1')
        bed.host(f'dladm set-linkprop -t -p protection={protection} a1')
    if not honest_too:
        return 'cut off'
    return 'leaks' if leaks else 'blocked'


def act_flow(bed):
    return escapes(bed, 'udp')


def act_flow_headers(bed):
    return escapes(bed, 'udp6 ext=' + ','.join(['60'] * 9))


def act_flow_fragment(bed):
    return escapes(bed, 'fragment')


def act_flow_fragment6(bed):
    return escapes(bed, 'udp6 ext=44 frag=101')


# -- the device ------------------------------------------------------------------------------------

def passes(bed, what='udp', seconds=0.6):
    """Does a packet out of the tenant's a1 reach anybody?"""
    numbers = set()
    for to in ('peer', 'gate'):
        for sock in bed.out:
            bed.number += 1
            numbers.add(bed.number)
            try:
                sock.send(bed.packets.build(bed.aimed(what, to), bed.number))
            except OSError:
                pass
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        drain(bed)
        if numbers & (bed.peer.seen | bed.gate.seen):
            return True
        time.sleep(0.02)
    return False


def ping(bed, device=''):
    return bed.inside(0, f"ping -c 1 -W 1 -q {'-I ' + device if device else ''} 10.0.0.6")\
        .returncode == 0


def act_set_mac(bed):
    bed.inside(0, 'ip link set a1 down; ip link set a1 address 2:8:20:7:7:7; ip link set a1 up')
    time.sleep(0.2)
    leaks = passes(bed, 'udp smac=2:8:20:7:7:7') or ping(bed)
    bed.inside(0, f"ip link set a1 down; ip link set a1 address {evasion_packets.mac('2:8:20:0:0:5').hex(':')}; "
                  'ip link set a1 up; ip addr add fd00::5/64 dev a1 nodad')
    time.sleep(0.2)
    return 'leaks' if leaks else 'blocked'


def stacked(bed, add, device, address):
    bed.inside(0, f'{add}; ip link set {device} up; ip addr add 10.0.0.5/32 dev {device}')
    time.sleep(0.2)
    leaks = ping(bed, device) or passes(bed, f'udp smac={address}')
    bed.inside(0, f'ip link del {device}')
    return 'leaks' if leaks else 'blocked'


def act_macvlan_on_top(bed):
    return stacked(bed, 'ip link add m0 link a1 address 2:8:20:7:7:8 type macvlan mode bridge', 'm0',
                   '2:8:20:7:7:8')


def act_bridge_on_top(bed):
    outcome = stacked(bed, 'ip link add br7 address 2:8:20:7:7:9 type bridge; '
                           'ip link set a1 master br7', 'br7', '2:8:20:7:7:9')
    bed.inside(0, 'ip link set a1 nomaster')
    return outcome


def act_vlan_on_top(bed):
    return stacked(bed, 'ip link add a1.7 link a1 type vlan id 7', 'a1.7', '2:8:20:7:7:a')


def act_sniff(bed):
    """Frames between the gate and the peer, looked for at a promiscuous a1."""
    bed.inside(0, 'ip link set a1 promisc on')

    def listen():
        s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        s.bind(('a1', 3))
        s.setblocking(False)
        return s
    tap = bed.in_netns(bed.netns_of(0), listen)
    path, dev = bed.gate_up

    def speak():
        s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        s.bind((dev, 0))
        for _ in range(20):
            s.send(bed.packets.build('udp smac=gate sip=gate dmac=peer dip=peer', 0xfffff2))
    bed.in_netns(path, speak)
    time.sleep(0.2)
    heard = False
    try:
        while True:
            heard |= evasion_packets.MAGIC + struct.pack('!I', 0xfffff2) in tap.recv(1 << 16)
    except BlockingIOError:
        pass
    tap.close()
    bed.inside(0, 'ip link set a1 promisc off')
    drain(bed)
    return 'leaks' if heard else 'blocked'


def act_flood_macs(bed):
    """So many source addresses that a learning switch forgets the peer and floods."""
    frames = [bed.packets.build(f'udp smac=2:8:20:{i >> 8:x}:{i & 255:x}:44 dmac=gate dip=gate',
                                0xfffff3) for i in range(1, 5000)]
    flood(bed, frames, bypass=1)
    return 'leaks' if 0xfffff3 in bed.gate.seen | bed.peer.seen else act_sniff(bed)


def act_rename(bed):
    """The host still finds the link by what it made, whatever its owner calls it."""
    bed.inside(0, 'ip link set a1 down; ip link set a1 name b1; ip link set b1 up')
    known = 'known'
    if bed.ours:
        try:
            bed.host('dladm set-linkprop -t -p maxbw=10 a1')
            if 'a1' not in bed.host('dladm show-vnic -p -o link a1'):
                known = 'lost'
        except RuntimeError as e:
            known = str(e)
    bed.inside(0, 'ip link set b1 down; ip link set b1 name a1; ip link set a1 up; '
                  'ip addr add fd00::5/64 dev a1 nodad')
    time.sleep(0.2)
    return known if bed.ours else 'unknown'


def act_delete(bed):
    """Only its own link goes, the host says so, and restore brings it back guarded."""
    bed.inside(0, 'ip link del a1')
    if not bed.ours:
        return 'silent'
    deadline = time.monotonic() + 3
    while time.monotonic() < deadline:
        rc, out, _ = bed.lab.run('vwire check')
        if rc == 1 and 'a1' in out:
            break
        time.sleep(0.05)
    else:
        return 'silent'
    bed.host('vwire restore')
    bed.inside(0, 'ip link set a1 up; ip addr add 10.0.0.5/24 dev a1')
    time.sleep(0.3)
    bed.open_tenant()
    if passes(bed, 'udp smac=peer') or not passes(bed, 'udp', 3):
        return 'unguarded'
    return 'told'

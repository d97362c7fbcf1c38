#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The eBPF switch over a NIC and the ports of an etherstub, with real devices: who receives what.

usage: bpf_switch.py frames | limited | watched | stub | stub-limited | ping | ping-limited | own |
       tcp | tcp-limited | long | vlan

Places over the NIC "nic0": a and b in the untagged network, c and d in VLAN 200, m a macvlan of
the host in a namespace, "host" the NIC itself, "wire" the far end. Every frame is sent three times;
a place that is not named receives nothing.
"""
import ctypes
import errno
import os
import socket
import struct
import subprocess
import sys
import threading
import time

import bpf_lab as lab
from bpf_frames import eth, tag

TEST_TYPE, COPIES = 0x88b5, 3
SOL_PACKET, PACKET_AUXDATA, TAGGED = 263, 8, 0x10
OUTGOING = 4
MACS = {'a': '02:08:20:00:00:0a', 'b': '02:08:20:00:00:0b', 'c': '02:08:20:00:00:0c',
        'd': '02:08:20:00:00:0d', 'm': '02:08:20:00:00:0e', 'host': '02:08:20:00:00:01',
        'wire': '02:08:20:00:00:02', 'unknown': '02:08:20:00:00:ff',
        'all': 'ff:ff:ff:ff:ff:ff', 'mdns': '01:00:5e:00:00:fb', 'nodes': '33:33:00:00:00:01',
        'solicited': '33:33:ff:00:00:77', 'group': '01:00:5e:01:02:03',
        'group6': '33:33:00:01:02:03', 'stp': '01:80:c2:00:00:00', 'cdp': '01:00:0c:cc:cc:cc'}
STRANGERS = ('mdns', 'solicited', 'group', 'group6', 'cdp', 'stp')
LIBC = ctypes.CDLL(None, use_errno=True)


def sh(*lines):
    for line in lines:
        subprocess.run(line, shell=True, check=True)


def index(name):
    return socket.if_nametoindex(name)


class Inside:
    """with Inside("a"): this thread is in that namespace"""

    def __init__(self, zone):
        self.zone = zone

    def __enter__(self):
        if self.zone:
            # Of this thread: /proc/self is the first one's.
            self.back = os.open('/proc/thread-self/ns/net', os.O_RDONLY)
            fd = os.open('/run/netns/' + self.zone, os.O_RDONLY)
            LIBC.setns(fd, 0)
            os.close(fd)

    def __exit__(self, *_):
        if self.zone:
            LIBC.setns(self.back, 0)
            os.close(self.back)


class Place:
    """A device somebody sends from and listens at"""

    def __init__(self, name, zone, device):
        self.name, self.zone, self.device = name, zone, device
        with Inside(zone):
            # The host's own device: what the stack is given, not what the wire brought.
            kind = TEST_TYPE if name == 'host' else 3
            self.sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(kind))
            self.sock.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
            self.sock.bind((device, kind))
        self.sock.setblocking(False)

    def send(self, frame):
        try:
            self.sock.sendto(frame, (self.device, 3))
        except OSError as why:          # dropped on the way out
            if why.errno != errno.ENOBUFS:
                raise

    def received(self, serial):
        """["", "@200", ...]: a frame each, with its tag"""
        got = []
        while True:
            try:
                data, aux, _, addr = self.sock.recvmsg(4096, 256)
            except BlockingIOError:
                return got
            if addr[2] == OUTGOING:
                continue
            vid = None
            for level, kind, value in aux:
                if (level, kind) == (SOL_PACKET, PACKET_AUXDATA) and \
                        struct.unpack_from('<I', value)[0] & TAGGED:
                    vid = struct.unpack_from('<H', value, 16)[0] & 0xfff
            if data[12:14] == b'\x81\0':
                vid, data = struct.unpack_from('>H', data, 14)[0] & 0xfff, data[4:]
            if data[12:14] == struct.pack('>H', TEST_TYPE) and data[14:18] == serial:
                tagged = '' if vid is None else '@%d' % vid
                # What is for many must not look as if it were for this machine.
                got.append(tagged + ('!' if data[0] & 1 and addr[2] == 0 else ''))


class Net:
    """nic0 with ports, or the bridge stub0 with ports"""

    def __init__(self, stub=False, limited=False, watched=False):
        self.lab = lab.Lab()
        self.limited, self.watched, self.stub = limited, watched, stub
        self.accounts, self.places, self.serial = {}, {}, 0
        if stub:
            sh('ip link add stub0 type bridge', 'ip link set stub0 addrgenmode none up')
            self.sw = index('stub0')
        else:
            sh('ip netns add wire',
               'ip link add nic0 address %s type veth peer name w0 address %s netns wire' % (
                   MACS['host'], MACS['wire']),
               'ip link set nic0 addrgenmode none', 'ip -n wire link set w0 addrgenmode none up',
               'ip link set nic0 up')
            self.sw = index('nic0')
        if limited:
            self.make_queue()
        self.members = {}
        for zone, vid in (('a', 0), ('b', 0)) + (() if stub else (('c', 200), ('d', 200))):
            self.add_port(zone, vid)
        if not stub:
            self.add_uplink()

    def make_queue(self):
        sh('ip link add q0 type veth peer name r0', 'ip link set q0 addrgenmode none mtu 9200 up',
           'ip link set r0 addrgenmode none mtu 9200 up', 'tc qdisc add dev q0 root handle 1: htb',
           'tc class add dev q0 parent 1: classid 1:1 htb rate 10gbit quantum 60000')
        for leaf in range(16):
            sh('tc class add dev q0 parent 1:1 classid 1:%x htb rate 1gbit ceil 10gbit '
               'quantum 9000' % (16 + leaf))
        self.lab.attach_queue(index('r0'))

    def policy(self, place, number):
        """Members of a point that the variant gives it"""
        self.accounts[place] = 100 + number
        self.lab.account(100 + number)
        how = {'account': 100 + number}
        if self.limited:
            how.update(queue=index('q0'), classes=(0x10010 + 2 * number, 0x10011 + 2 * number))
        if self.watched:
            how['kinds'] = 1 << lab.TRANSPORT
        return how

    def add_port(self, zone, vid):
        port = 'p' + zone
        sh('ip netns add ' + zone,
           'ip link add %s type veth peer name v0 address %s netns %s' % (port, MACS[zone], zone),
           'ip link set %s addrgenmode none' % port,
           'ip -n %s link set v0 addrgenmode none up' % zone)
        flags = lab.REVERSED | lab.STRICT | (0 if self.stub else lab.PORT | lab.PEER)
        here = index(port)
        self.lab.point(here, MACS[zone], flags=flags, sw=self.sw, vid=vid,
                       nxt=self.members.get(vid, 0), protect=lab.MAC,
                       **self.policy(zone, len(self.places)))
        self.members[vid] = here
        if not self.stub:
            self.lab.fdb(self.sw, vid, MACS[zone], here)
            self.lab.group(self.sw, vid, here)
        self.lab.attach(here)
        sh('ip link set %s %s up' % (port, 'master stub0' if self.stub else ''))
        self.places[zone] = Place(zone, zone, 'v0')

    def add_uplink(self):
        sh('ip netns add m',
           'ip link add m0 link nic0 address %s netns m type macvlan mode bridge' % MACS['m'],
           'ip -n m link set m0 addrgenmode none up')
        self.lab.point(self.sw, MACS['host'], flags=lab.UPLINK, sw=self.sw, account=99)
        self.lab.fdb(self.sw, 0, MACS['host'], 0, lab.HOST)
        self.lab.fdb(self.sw, 0, MACS['m'], 0, lab.ABOVE)
        self.lab.attach(self.sw)
        self.places['m'] = Place('m', 'm', 'm0')
        self.places['host'] = Place('host', None, 'nic0')
        self.places['wire'] = Place('wire', 'wire', 'w0')

    def check(self, what, sender, to, receivers, *, vid=None, inner=None, src=None,
              deaf=None):
        """Send a frame; say who received it that should not have, or the other way round."""
        sender, _, tagged = sender.partition('@')
        vid = int(tagged) if tagged else vid
        self.serial += 1
        serial = struct.pack('>I', self.serial)
        frame = eth(TEST_TYPE, serial, MACS[src or sender], MACS[to])
        if inner is not None:
            frame = tag(frame, inner)
        if vid is not None:
            frame = tag(frame, vid)
        for _ in range(COPIES):
            self.places[sender].send(frame)
        want = sorted(receivers.split() * COPIES)
        end = time.monotonic() + 2
        got = []
        while time.monotonic() < end and len(got) < len(want):
            time.sleep(0.005)
            got += self.listen(serial)
        time.sleep(0.02)
        got = sorted(name for name in got + self.listen(serial) if name != deaf)
        if got == want:
            return 0
        print('%s (%s to %s): received by %s, should be %s' % (
            what, sender, to, ' '.join(got) or 'nobody', ' '.join(want) or 'nobody'))
        if os.environ.get('VW_BPF_VERBOSE'):
            print({n: (self.lab.counts(a), self.lab.dropped(a)) for n, a in self.accounts.items()})
        return 1

    def listen(self, serial):
        return [name + vid for name, place in self.places.items()
                for vid in place.received(serial)]


# what, from[@tag], to, receivers[@tag]; the host hears what is tagged without its tag
FRAMES = [
    ('unicast to a sibling', 'a', 'b', 'b'),
    ('and back', 'b', 'a', 'a'),
    ('unicast to the host', 'a', 'host', 'host'),
    ('unicast to a macvlan', 'a', 'm', 'm'),
    ('unicast to the wire', 'a', 'wire', 'wire'),
    ('unknown unicast', 'a', 'unknown', 'wire'),
    ('unicast to itself', 'a', 'a', ''),
    ('unicast in a VLAN', 'c', 'd', 'd'),
    ('unicast out of a VLAN', 'c', 'wire', 'wire@200'),
    ('unicast to another VLAN', 'c', 'a', 'wire@200'),
    ('and to this one', 'a', 'c', 'wire'),
    ('from the wire', 'wire', 'a', 'a'),
    ('from the wire with a priority tag', 'wire@0', 'a', 'a'),
    ('from the wire into the VLAN', 'wire@200', 'c', 'c'),
    ('from the wire into the wrong VLAN', 'wire@200', 'a', 'host'),
    ('from the wire without the tag', 'wire', 'c', 'host'),
    ('from the wire to the host', 'wire', 'host', 'host'),
    ('from the wire to the macvlan', 'wire', 'm', 'm'),
    ('from the host', 'host', 'a', 'a'),
    ('from the host to the wire', 'host', 'wire', 'wire'),
    ('from the host into the VLAN', 'host@200', 'c', 'c'),
    ('from the macvlan', 'm', 'a', 'a'),
    ('from the macvlan to the wire', 'm', 'wire', 'wire'),
    ('broadcast from a port', 'a', 'all', 'b host m wire'),
    ('broadcast from the host', 'host', 'all', 'a b wire'),
    ('broadcast from the wire', 'wire', 'all', 'a b host m'),
    ('broadcast from the macvlan', 'm', 'all', 'a b wire'),
    # A macvlan takes tagged broadcasts of its NIC: the kernel's way, whoever sent them.
    ('broadcast in a VLAN', 'c', 'all', 'd host m@200 wire@200'),
    ('broadcast from the wire in a VLAN', 'wire@200', 'all', 'c d host m@200'),
    ('broadcast from the wire in a VLAN of nobody', 'wire@400', 'all', 'host m@400'),
    ('broadcast from the host in a VLAN', 'host@200', 'all', 'c d wire@200'),
    ('224.0.0.x', 'a', 'mdns', 'b host wire'),
    ('all nodes', 'wire', 'nodes', 'a b host m'),
    ('a solicited node', 'wire', 'solicited', 'a b host'),
    ('a group nobody joined', 'a', 'group', 'host wire'),
    ('from the wire', 'wire', 'group', 'host'),
    ('from the host', 'host', 'group6', 'wire'),
    ('multicast that is not IP', 'wire', 'cdp', 'a b host'),
    ('spanning tree from a port', 'a', 'stp', ''),
    ('spanning tree from the wire', 'wire', 'stp', 'host'),
    ('spanning tree from the host', 'host', 'stp', 'wire'),
    ('a tagged frame from a port', 'a@200', 'c', ''),
    ('a priority tag from a port', 'a@0', 'b', ''),
    ('a tag from a port in a VLAN', 'c@200', 'd', ''),
]
# With more than a tag. What the host's stack makes of two tags differs between kernels: "deaf".
MORE = [
    ('a double tag from the wire', 'wire', 'c', '', {'vid': 200, 'inner': 300}),
    ('a double tag for all', 'wire', 'all', 'm@300', {'vid': 200, 'inner': 300, 'deaf': 'host'}),
    ("a sibling's address as the source", 'a', 'wire', '', {'src': 'b'}),
    ('what comes back from outside', 'wire', 'all', 'host m', {'src': 'a'}),
]
STUB_FRAMES = [
    ('unicast', 'a', 'b', 'b'), ('and back', 'b', 'a', 'a'), ('broadcast', 'a', 'all', 'b'),
    ('multicast', 'b', 'nodes', 'a'), ('a tag', 'a@5', 'b', ''), ('a priority tag', 'a@0', 'b', ''),
    ('spanning tree', 'a', 'stp', ''),
]


def warm(net):
    """What IPv6 and the bridge have to say at first is said."""
    time.sleep(0.3)
    for place in net.places.values():
        place.received(b'')


def test_frames(**variant):
    net = Net(**variant)
    warm(net)
    if variant.get('stub'):
        rows = [row + ({},) for row in STUB_FRAMES]
        rows.append(('a forged source', 'a', 'b', '', {'src': 'unknown'}))
    else:
        # A macvlan keeps its groups in a small hash table: a stranger may look like one of them.
        rows = [row + ({'deaf': 'm'} if row[2] in STRANGERS else {},) for row in FRAMES] + MORE
    bad = 0
    for what, sender, to, receivers, more in rows:
        bad += net.check(what, sender, to, receivers, **more)
    if not variant.get('stub'):
        bad += test_groups(net)
    print('%d frames' % len(rows))
    return bad


def test_groups(net):
    """Joined groups arrive, groups that were left do not."""
    bad = 0
    with Inside('b'):
        sh('ip addr add 10.0.0.2/24 dev v0')
        s4 = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s4.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                      socket.inet_aton('225.1.2.3') + socket.inet_aton('10.0.0.2'))
        s6 = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        s6.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, socket.inet_pton(
            socket.AF_INET6, 'ff05::1:203') + struct.pack('=I', index('v0')))
    groups = ['01:00:5e:01:02:03', '33:33:00:01:02:03']
    end = time.monotonic() + 5
    while net.lab.joined(index('pb')) != groups and time.monotonic() < end:
        time.sleep(0.02)
    if net.lab.joined(index('pb')) != groups:
        print('joined %s, should be %s' % (net.lab.joined(index('pb')), groups))
        bad += 1
    bad += net.check('a joined group', 'a', 'group', 'b host wire', deaf='m')
    bad += net.check('a joined group of IPv6', 'wire', 'group6', 'b host', deaf='m')
    s4.close()
    s6.close()
    end = time.monotonic() + 5
    while net.lab.joined(index('pb')) and time.monotonic() < end:
        time.sleep(0.02)
    if net.lab.point_get(index('pb'))['ngroups'] != 0:
        print('groups left: %s' % net.lab.joined(index('pb')))
        bad += 1
    return bad + net.check('a group that was left', 'a', 'group', 'host wire', deaf='m')


ADDRESS = {'a': 1, 'b': 2, 'host': 3, 'wire': 4, 'm': 5}


def configure(net):
    for name, number in ADDRESS.items():
        place = net.places[name]
        ns = '-n ' + place.zone if place.zone else ''
        sh('ip %s addr add 10.0.0.%d/24 dev %s' % (ns, number, place.device),
           'ip %s addr add fd00::%d/64 dev %s nodad' % (ns, number, place.device))
    for zone, number in (('c', 1), ('d', 2)):
        sh('ip -n %s addr add 10.2.0.%d/24 dev v0' % (zone, number))


def test_ping(**variant):
    net = Net(**variant)
    configure(net)
    bad = 0
    pairs = [(x, y) for x in ADDRESS for y in ADDRESS if x != y and {x, y} != {'m', 'host'}]
    for x, y in pairs:
        for address in ('10.0.0.%d' % ADDRESS[y], 'fd00::%d' % ADDRESS[y]):
            zone = net.places[x].zone
            with Inside(zone):
                rc = subprocess.run(['ping', '-nqc1', '-W2', address],
                                    stdout=subprocess.DEVNULL).returncode
            if rc:
                bad += 1
                print('no answer from %s (%s) to %s' % (y, address, x))
    with Inside('c'):
        bad += subprocess.run(['ping', '-nqc1', '-W2', '10.2.0.2'],
                              stdout=subprocess.DEVNULL).returncode
    return bad


def transfer(net, client, server, port, size):
    """Bytes that arrived of @size sent by TCP"""
    got = []
    with Inside(net.places[server].zone):
        listener = socket.create_server(('10.0.0.%d' % ADDRESS[server], port))

    def serve():
        conn, _ = listener.accept()
        total = 0
        while True:
            data = conn.recv(1 << 20)
            if not data:
                break
            total += len(data)
        got.append(total)
        conn.close()

    thread = threading.Thread(target=serve)
    thread.start()
    with Inside(net.places[client].zone):
        s = socket.create_connection(('10.0.0.%d' % ADDRESS[server], port), 5)
    chunk = bytes(1 << 20)
    for _ in range(size >> 20):
        s.sendall(chunk)
    s.close()
    thread.join()
    listener.close()
    return got[0]


def test_tcp(**variant):
    """Segments of all sizes get through, and the counters of both ends agree with each other."""
    net = Net(**variant)
    configure(net)
    bad, size = 0, 20 << 20
    for n, (client, server) in enumerate((('a', 'b'), ('a', 'wire'), ('wire', 'a'), ('a', 'host'),
                                          ('host', 'a'), ('a', 'm'), ('m', 'a'))):
        before = {x: net.lab.counts(net.accounts[x]) for x in net.accounts}
        got = transfer(net, client, server, 5000 + n, size)
        if got != size:
            bad += 1
            print('%s to %s: %d bytes of %d arrived' % (client, server, got, size))
        time.sleep(0.1)
        after = {x: net.lab.counts(net.accounts[x]) for x in net.accounts}
        delta = {x: [q - p for p, q in zip(before[x], after[x])] for x in after}
        for x, way in ((client, 2), (server, 3)):
            # With the headers of each packet, 66 bytes beside 1448; some may be sent twice.
            if x in delta and not size * 1.045 < delta[x][way] < size * 1.15:
                bad += 1
                print('%s to %s: %s counted %s bytes for %d' % (client, server, x, delta[x], size))
    return bad


def test_own():
    """The uplink's own policy takes what is the host's, and nothing of ports and macvlans."""
    net = Net(limited=True)
    warm(net)
    L, bad = net.lab, 0
    L.account(99)
    L.flow(net.sw, lab.TRANSPORT, 98, proto=17, flags=lab.FLOW_DROP)
    L.account(98)
    L.point(net.sw, MACS['host'], flags=lab.UPLINK, sw=net.sw, account=99, queue=index('q0'),
            classes=(0x1001e, 0x1001f), kinds=1 << lab.TRANSPORT)
    for what, sender, to, receivers, counted in (
            ('host to wire', 'host', 'wire', 'wire', (3, 0)),
            ('wire to host', 'wire', 'host', 'host', (0, 3)),
            ('broadcast of the host', 'host', 'all', 'a b wire', (3, 0)),
            ('broadcast of the wire', 'wire', 'all', 'a b host m', (0, 3)),
            ('host to port', 'host', 'a', 'a', (0, 0)),
            ('port to host', 'a', 'host', 'host', (0, 0)),
            ('port to wire', 'a', 'wire', 'wire', (0, 0)),
            ('wire to port', 'wire', 'a', 'a', (0, 0)),
            ('macvlan to wire', 'm', 'wire', 'wire', (0, 0)),
            ('wire to macvlan', 'wire', 'm', 'm', (0, 0))):
        L.account(99)
        bad += net.check(what, sender, to, receivers)
        if L.counts(99)[:2] != counted:
            bad += 1
            print('%s: the uplink counted %s, should be %s' % (what, L.counts(99)[:2], counted))
    L.point(net.sw, MACS['host'], flags=lab.UPLINK | lab.BLOCK, sw=net.sw, account=99)
    for what, sender, to, receivers in (
            ('blocked host to wire', 'host', 'wire', ''),
            ('wire to blocked host', 'wire', 'host', ''),
            ('port to wire over the blocked NIC', 'a', 'wire', 'wire'),
            ('wire to port over the blocked NIC', 'wire', 'b', 'b'),
            ('macvlan to wire over the blocked NIC', 'm', 'wire', 'wire')):
        bad += net.check(what, sender, to, receivers)
    return bad


def send_segments(net, size, count):
    """Give the kernel one UDP frame of @count segments; how many packets the wire got."""
    with Inside('a'):
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with Inside('wire'):
        r = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        r.bind(('10.0.0.4', 7000))
        r.settimeout(0.3)
    s.setsockopt(socket.IPPROTO_UDP, 103, size)         # UDP_SEGMENT
    s.sendto(bytes(size * count), ('10.0.0.4', 7000))
    got = 0
    try:
        while r.recv(65536):
            got += 1
    except TimeoutError:
        return got


def test_long():
    """Whoever raises the MTU of its end sends no longer packets for it, in segments neither."""
    net = Net()
    configure(net)
    bad = 0
    sh('ip -n wire link set w0 mtu 9000')
    if send_segments(net, 1400, 4) != 4:
        bad += 1
        print('segments within the MTU do not arrive')
    sh('ip -n a link set v0 mtu 9000')
    got = send_segments(net, 4000, 3)
    dropped = net.lab.dropped(net.accounts['a'])
    if got or dropped != {'other': 1}:
        bad += 1
        print('%d long segments arrived, dropped %s' % (got, dropped))
    return bad


def test_vlan():
    """A VLAN device of the host and the ports of that VLAN reach each other and the wire."""
    net = Net()
    configure(net)
    sh('ip link add link nic0 name nic0.200 type vlan id 200',
       'ip addr add 10.2.0.3/24 dev nic0.200', 'ip link set nic0.200 up',
       'ip -n wire link add link w0 name w0.200 type vlan id 200',
       'ip -n wire addr add 10.2.0.4/24 dev w0.200', 'ip -n wire link set w0.200 up')
    net.lab.fdb(net.sw, 200, MACS['host'], 0, lab.ABOVE)
    bad = 0
    for zone, number in ((None, 1), ('c', 3), ('c', 4), ('wire', 1), ('wire', 3), (None, 4)):
        with Inside(zone):
            if subprocess.run(['ping', '-nqc1', '-W2', '10.2.0.%d' % number],
                              stdout=subprocess.DEVNULL).returncode:
                bad += 1
                print('no answer from 10.2.0.%d to %s' % (number, zone or 'the host'))
    return bad


def main():
    variants = {'frames': (test_frames, {}), 'limited': (test_frames, {'limited': True}),
                'watched': (test_frames, {'watched': True}),
                'stub': (test_frames, {'stub': True}),
                'stub-limited': (test_frames, {'stub': True, 'limited': True}),
                'ping': (test_ping, {}), 'ping-limited': (test_ping, {'limited': True}),
                'tcp': (test_tcp, {}), 'tcp-limited': (test_tcp, {'limited': True}),
                'own': (test_own, {}), 'long': (test_long, {}), 'vlan': (test_vlan, {})}
    test, how = variants[sys.argv[1]]
    return test(**how)


if __name__ == '__main__':
    sys.exit(1 if main() else 0)

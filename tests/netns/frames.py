#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Who receives which frame: builds the topologies of frames.table with dladm, sends and counts.

usage: frames.py [-t TABLE] [topology...]

Raw sockets see what the device itself delivers. A frame of ours carries a magic word and a number,
so the kernel's own messages do not count. VW_GRACE_MS (default 60) is how long to listen after the
last frame that is due has come: late and double frames would come then.
"""
import argparse
import ipaddress
import os
import re
import select
import socket
import struct
import sys
import time
import traceback

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../faults'))
import faults_lab                                               # noqa: E402

MAGIC = b'vwire frame test'
ETHERTYPE_TEST, ETH_P_ALL, PACKET_OUTGOING = 0x88b5, 3, 4
SOL_PACKET, PACKET_AUXDATA, TP_STATUS_VLAN_VALID = 263, 8, 0x10
UNKNOWN = bytes.fromhex('020badc0ffee')
COPIES, TRIES = 3, 4
GRACE_S = int(os.environ.get('VW_GRACE_MS', '60')) / 1000
DUE_S = 3.0


# -- the table -------------------------------------------------------------------------------------

class Topology:
    def __init__(self, name):
        self.name = self.title = name
        self.needs, self.nics, self.stubs, self.vnics, self.cases = [], [], [], [], []
        self.settle = 0.0

    def observers(self):
        return [v[0] for v in self.vnics] + [wire_of(nic) for nic in self.nics]


class Case:
    def __init__(self, number, sentence):
        self.number, self.sentence, self.steps = number, sentence, []


def wire_of(nic):
    return 'wire' + re.sub(r'\D', '', nic)


def add_word(topology, word, rest):
    if word == 'title':
        topology.title = ' '.join(rest)
    elif word == 'needs':
        topology.needs += rest
    elif word == 'nic':
        topology.nics += rest
    elif word == 'etherstub':
        topology.stubs += rest
    elif word == 'vnic':
        topology.vnics.append((rest[0], rest[1], int(rest[2]) if len(rest) > 2 else 0))
    elif word == 'settle':
        topology.settle = float(rest[0])
    elif word == 'case':
        topology.cases.append(Case(rest[0], ' '.join(rest[1:])))
    elif word == 'join':
        topology.cases[-1].steps.append(('join', rest[0], rest[1]))
    else:
        raise ValueError(f"unknown word '{word}'")


def add_frame(topology, match):
    who, to, receivers = match.groups()
    seen = [] if receivers.strip() == 'nobody' else receivers.split()
    topology.cases[-1].steps.append(('frame', who, to, seen))


def read_table(path):
    topologies = []
    with open(path) as f:
        for number, line in enumerate(f, 1):
            line = line.split('#')[0].strip()
            if line == '':
                continue
            try:
                match = re.fullmatch(r'(\S+) -> (\S+) : (.+)', line)
                words = line.split()
                if words[0] == 'topology':
                    topologies.append(Topology(words[1]))
                elif match:
                    add_frame(topologies[-1], match)
                else:
                    add_word(topologies[-1], words[0], words[1:])
            except (ValueError, IndexError) as e:
                sys.exit(f'{path}:{number}: {e}: {line}')
    return topologies


# -- frames ----------------------------------------------------------------------------------------

def checksum(data):
    total = sum(struct.unpack(f'!{len(data) // 2}H', data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def group_mac(group):
    raw = ipaddress.ip_address(group).packed
    if len(raw) == 4:
        return bytes((0x01, 0x00, 0x5e, raw[1] & 0x7f, raw[2], raw[3]))
    return b'\x33\x33' + raw[-4:]


def udp_packet(group, payload):
    """(ethertype, packet) of a real datagram: bridges filter IP multicast by the IP header."""
    to = ipaddress.ip_address(group)
    udp = struct.pack('!HHHH', 9, 9, 8 + len(payload), 0)
    if to.version == 4:
        src = ipaddress.ip_address('198.51.100.9').packed
        head = struct.pack('!BBHHHBBH4s4s', 0x45, 0, 28 + len(payload), 0, 0, 8, 17, 0, src,
                           to.packed)
        return 0x0800, head[:10] + struct.pack('!H', checksum(head)) + head[12:] + udp + payload
    src = ipaddress.ip_address('fe80::9').packed
    pseudo = src + to.packed + struct.pack('!II', 8 + len(payload), 17)
    udp = udp[:6] + struct.pack('!H', checksum(pseudo + udp + payload) or 0xffff)
    head = struct.pack('!IHBB16s16s', 6 << 28, 8 + len(payload), 17, 8, src, to.packed)
    return 0x86dd, head + udp + payload


def frame(src, dst, kind, packet, vid):
    tag = struct.pack('!HH', 0x8100, vid) if vid else b''
    return (dst + src + tag + struct.pack('!H', kind) + packet).ljust(64, b'\0')


# -- sockets ---------------------------------------------------------------------------------------

class Tap:
    """A raw socket on one device of one namespace; counts by frame number and VLAN tag."""

    def __init__(self, name, device):
        self.name = name
        self.sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_CLOEXEC, 0)
        self.sock.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
        self.sock.bind((device, ETH_P_ALL))
        self.sock.setblocking(False)
        self.mac = self.sock.getsockname()[4]
        self.counts = {}

    def read(self):
        while True:
            try:
                data, ancillary, _, sender = self.sock.recvmsg(2048, 256)
            except BlockingIOError:
                return
            at = data.find(MAGIC)
            if at < 0 or sender[2] == PACKET_OUTGOING:
                continue
            key = (struct.unpack_from('!I', data, at + len(MAGIC))[0], vlan_of(data, ancillary))
            self.counts[key] = self.counts.get(key, 0) + 1


def vlan_of(data, ancillary):
    if data[12:14] == b'\x81\x00':
        return struct.unpack_from('!H', data, 14)[0] & 0xfff
    for level, kind, value in ancillary:
        if (level, kind) == (SOL_PACKET, PACKET_AUXDATA):
            status = struct.unpack_from('I', value)[0]
            if status & TP_STATUS_VLAN_VALID:
                return struct.unpack_from('H', value, 16)[0] & 0xfff
    return 0


def split_vid(word):
    name, _, vid = word.partition('@')
    return name, int(vid) if vid else 0


# -- one topology at work --------------------------------------------------------------------------

class Bed:
    def __init__(self, topology):
        self.topology = topology
        self.zones = {name: f'z{name}' for name, _, _ in topology.vnics}
        self.lab = faults_lab.Lab(list(self.zones.values()) + ['wire'])
        self.number, self.taps, self.joined = 0, {}, []

    def build(self):
        t = self.topology
        setup = [f'ip link add {nic} up type veth peer name {wire_of(nic)} netns wire'
                 for nic in t.nics]
        setup += [f'ip -n wire link set {wire_of(nic)} up' for nic in t.nics]
        setup += [f'dladm create-etherstub {stub}' for stub in t.stubs]
        for name, over, vid in t.vnics:
            vlan = f' -v {vid}' if vid else ''
            setup.append(f'dladm create-vnic -l {over}{vlan} -p zone={self.zones[name]} {name}')
        self.lab.fresh(setup)
        for name, zone in self.zones.items():
            self.taps[name] = self.inside(zone, lambda name=name: Tap(name, name))
        for nic in t.nics:
            wire = wire_of(nic)
            self.taps[wire] = self.inside('wire', lambda wire=wire: Tap(wire, wire))
        time.sleep(t.settle)

    def inside(self, zone, work):
        home = faults_lab.my_netns()
        try:
            faults_lab.setns(self.lab.zones[zone])
            return work()
        finally:
            faults_lab.setns(home)
            os.close(home)

    def join(self, vnic, group):
        def work():
            to, index = ipaddress.ip_address(group), socket.if_nametoindex(vnic)
            family = socket.AF_INET if to.version == 4 else socket.AF_INET6
            sock = socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
            if to.version == 4:
                mreqn = to.packed + struct.pack('=4si', b'', index)
                sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, mreqn)
            else:
                mreq = to.packed + struct.pack('=i', index)
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, mreq)
            return sock
        self.joined.append(self.inside(self.zones[vnic], work))

    def leave_all(self):
        for sock in self.joined:
            sock.close()
        self.joined = []

    def send(self, who, to):
        """Send COPIES frames; returns their numbers."""
        name, vid = split_vid(who)
        tap, numbers = self.taps[name], []
        for _ in range(COPIES):
            self.number += 1
            payload = MAGIC + struct.pack('!I', self.number)
            if to[:1].isdigit() or ':' in to:
                dst, (kind, packet) = group_mac(to), udp_packet(to, payload)
            else:
                known = {'broadcast': b'\xff' * 6, 'unknown': UNKNOWN}
                dst = known[to] if to in known else self.taps[to].mac
                kind, packet = ETHERTYPE_TEST, payload
            tap.sock.send(frame(tap.mac, dst, kind, packet, vid))
            numbers.append(self.number)
        return numbers

    def listen(self, numbers, due):
        """Read all sockets until what is @due has come and nothing more comes."""
        deadline = time.monotonic() + DUE_S
        quiet = time.monotonic() + GRACE_S
        while time.monotonic() < quiet:
            socks = [tap.sock for tap in self.taps.values()]
            if select.select(socks, [], [], 0.01)[0]:
                for tap in self.taps.values():
                    tap.read()
            missing = any(self.taps[name].counts.get((n, vid), 0) == 0
                          for name, vid in due for n in numbers)
            if missing and time.monotonic() < deadline:
                quiet = time.monotonic() + GRACE_S

    def frame(self, who, to, receivers):
        """Returns (cells, complaints): what each observer saw of one row of the table."""
        sure = [split_vid(word) for word in receivers if not word.endswith('?')]
        maybe = [split_vid(word[:-1]) for word in receivers if word.endswith('?')]
        numbers = self.send(who, to)
        self.listen(numbers, sure)
        cells, wrong = {}, []
        for name, tap in self.taps.items():
            seen = {}
            for n in numbers:
                for (number, vid), count in tap.counts.items():
                    if number == n:
                        seen.setdefault(vid, []).append(count)
            for vid in {v for o, v in sure if o == name} | set(seen):
                counts = seen.get(vid, []) + [0] * (COPIES - len(seen.get(vid, [])))
                want = {1} if (name, vid) in sure else {0, 1} if (name, vid) in maybe else {0}
                if not set(counts) <= want:
                    at = f' with tag {vid}' if vid else ''
                    wrong.append(f'{who} -> {to}: {name} received {average(counts)}{at}, '
                                 f'should be {"/".join(map(str, sorted(want)))}')
            total = [sum(tap.counts.get((n, v), 0) for v in seen) for n in numbers]
            cells[name] = average(total)
        return cells, wrong


def average(counts):
    return str(counts[0]) if len(set(counts)) == 1 else '+'.join(map(str, counts))


def fill_in(word, attempt):
    return word.replace('*', str(10 + attempt))


def run_case(bed, case):
    """Returns (rows of cells, complaints). Rows to a group ending in '*' may be tried again."""
    rows, wrong, attempt = [], [], 0
    bed.leave_all()
    for step in case.steps:
        if step[0] == 'join':
            for n in range(TRIES if '*' in step[2] else 1):
                bed.join(step[1], fill_in(step[2], n))
            time.sleep(0.1)     # the bridge sees the report
            continue
        for attempt in range(TRIES if '*' in step[2] else 1):
            cells, bad = bed.frame(step[1], fill_in(step[2], attempt), step[3])
            if not bad or any('received 0' in line for line in bad):
                break
        rows.append((f'{step[1]} -> {fill_in(step[2], attempt)}', cells))
        wrong += bad
    return rows, wrong


def show(observers, rows):
    width = max([len(what) for what, _ in rows] + [4])
    head = ''.join(f' {name:>6}' for name in observers)
    yield f'{"":{width}}{head}'
    for what, cells in rows:
        yield f'{what:{width}}' + ''.join(f' {cells[name]:>6}' for name in observers)


def in_child(work):
    """Each topology gets a process: its namespaces go when it goes. Returns its exit status."""
    pid = os.fork()
    if pid == 0:
        try:
            status = work()
        except BaseException:
            traceback.print_exc()
            status = 1
        sys.stdout.flush()
        os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def results(topology, first):
    def name_of(case):
        return f'case {case.number} {topology.title}: {case.sentence}'

    for kind in topology.needs:
        if not faults_lab.kernel_has_link(kind):
            for n, case in enumerate(topology.cases, first):
                print(f"ok {n} - {name_of(case)} # SKIP this kernel has no '{kind}' links")
            return 0
    bed = Bed(topology)
    try:
        bed.build()
    except (RuntimeError, OSError) as e:
        for n, case in enumerate(topology.cases, first):
            print(faults_lab.verdict(n, name_of(case), [str(e)]))
        return 1
    failed = False
    for n, case in enumerate(topology.cases, first):
        rows, wrong = run_case(bed, case)
        failed |= bool(wrong)
        print(faults_lab.verdict(n, name_of(case), wrong, show(topology.observers(), rows)),
              flush=True)
    return int(failed)


def main():
    parser = argparse.ArgumentParser(description='who receives which frame')
    here = os.path.dirname(os.path.abspath(__file__))
    parser.add_argument('-t', metavar='TABLE', default=os.path.join(here, 'frames.table'))
    parser.add_argument('topology', nargs='*')
    args = parser.parse_args()
    faults_lab.need_root_and_programs()
    topologies = [t for t in read_table(args.t) if not args.topology or t.name in args.topology]
    print(f'1..{sum(len(t.cases) for t in topologies)}', flush=True)
    first, status = 1, 0
    for topology in topologies:
        status |= in_child(lambda t=topology, f=first: results(t, f))
        first += len(topology.cases)
    return 1 if status else 0


if __name__ == '__main__':
    sys.exit(main())

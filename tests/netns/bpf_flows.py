#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Flows: the classifier against one that is slow and plain, and the rows nobody would draw by lot.

usage: bpf_flows.py table | order [SEED] | dscp | gso

"order": 10,000 random packets against random sets of flows that do not overlap, each set put in
in several random orders. The account of every flow and of the link must come out the same as that
of reference(), which knows the packets as what they are, not as bytes.
"""
import ipaddress
import random
import sys

import bpf_lab as lab
from bpf_frames import *                                        # noqa: F403

L = lab.Lab()
PACKETS, PER_SET, ORDERS = 10000, 250, 3
V4 = ['10.0.%d.%d' % (a, b) for a in (0, 1, 128) for b in (1, 2, 130)]
V6 = ['fd0%d::%x' % (a, b) for a in (0, 1) for b in (1, 2, 0x8001)]
PORTS = [22, 53, 80, 443, 5000]
PROTOS = [TCP, UDP, SCTP, ICMP, ICMP6]
DS = [0, 0x2e, 0xb8, 0xb9, 0x28, 0x02]
MASKS = [0xff, 0xfc, 0xe0, 0x03]


class Packet:
    """A packet as a list of facts; build() makes the bytes."""

    def __init__(self, r):
        self.family = r.choice((4, 6))
        pool = V4 if self.family == 4 else V6
        self.src, self.dst = r.choice(pool), r.choice(pool)
        self.proto = r.choice(PROTOS + [47])
        self.sport, self.dport = r.choice(PORTS), r.choice(PORTS)
        self.tos = r.choice(DS)
        self.out = r.random() < 0.5
        self.ident = r.randrange(1 << 16)
        self.later = self.first = False
        self.headers = r.choice(([], [], [60], [0, 60], [51], [0, 43, 60]))
        self.tags = r.choice((0, 0, 0, 1, 2))
        self.size = r.randrange(0, 400)
        if r.random() < 0.25:
            self.first, self.ident = True, r.randrange(1 << 16)

    def remainder(self):
        """A later fragment of the same datagram"""
        rest = object.__new__(Packet)
        rest.__dict__.update(self.__dict__, first=False, later=True)
        return rest

    def has_ports(self):
        return self.proto in (TCP, UDP, SCTP)

    def build(self):
        data = bytes(self.size)
        if not self.later:
            data = (tcp(self.sport, self.dport, data) if self.proto == TCP else
                    udp(self.sport, self.dport, data) if self.proto != 47 else data + bytes(8))
            if not self.has_ports():
                data = bytes(8) + data
        if self.family == 4:
            frame = eth(IPV4_TYPE, ipv4(
                self.proto, data, self.src, self.dst, tos=self.tos, ident=self.ident,
                more=self.first, frag=1480 if self.later else 0,
                options=b'\x94\4\0\0' if self.headers else b''))
        else:
            # Headers behind the fragment header are in the first fragment alone.
            proto = self.proto
            behind = self.headers[1:]
            if not self.later:
                for kind in reversed(behind):
                    data = self.header(kind, proto, data)
                    proto = kind
            elif behind:
                proto = behind[0]
            if self.first or self.later:
                data = fragment6(proto, data, 1448 if self.later else 0, self.first, self.ident)
                proto = 44
            for kind in self.headers[:1]:
                data, proto = self.header(kind, proto, data), kind
            frame = eth(IPV6_TYPE, ipv6(proto, data, self.src, self.dst, tos=self.tos))
        for vid in range(self.tags):
            frame = tag(frame, 5 + vid)
        return frame

    @staticmethod
    def header(kind, proto, data):
        if kind == 51:
            return authentication(proto, data)
        if kind == 43:
            return bytes([proto, 0, 4, 0]) + bytes(4) + data
        return extension(proto, data, 1)


class Flow:
    """One flow: a kind and what it compares."""

    def __init__(self, r):
        self.kind = r.choice((lab.LOCAL_IP, lab.REMOTE_IP, lab.TRANSPORT, lab.LOCAL_PORT,
                              lab.REMOTE_PORT, lab.DSFIELD))
        self.prefix = self.proto = self.port = self.ds = self.mask = None
        if self.kind in (lab.LOCAL_IP, lab.REMOTE_IP):
            address = r.choice(V4 + V6)
            length = r.choice((8, 17, 24, 25, 32) if ':' not in address else (16, 64, 113, 128))
            self.prefix = ipaddress.ip_network('%s/%d' % (address, length), strict=False)
        elif self.kind == lab.DSFIELD:
            self.mask = r.choice(MASKS)
            self.ds = r.choice(DS) & self.mask
        else:
            self.proto = r.choice(PROTOS if self.kind == lab.TRANSPORT else PROTOS[:3])
            if self.kind != lab.TRANSPORT:
                self.port = r.choice(PORTS)

    def family(self):
        """The one family it can match; None: both"""
        if self.prefix:
            return self.prefix.version
        return {ICMP: 4, ICMP6: 6}.get(self.proto)

    def matches(self, packet, knows_ports):
        if self.prefix:
            local = (self.kind == lab.LOCAL_IP) == packet.out
            address = ipaddress.ip_address(packet.src if local else packet.dst)
            return address.version == self.prefix.version and address in self.prefix
        if self.kind == lab.DSFIELD:
            return packet.tos & self.mask == self.ds
        if self.family() not in (None, packet.family) or packet.proto != self.proto:
            return False
        if self.kind == lab.TRANSPORT:
            # What a later fragment carries stands in the first one if headers come before it.
            return knows_ports or not (packet.later and packet.family == 6 and packet.headers[1:])
        if not packet.has_ports() or not knows_ports:
            return False
        local = (self.kind == lab.LOCAL_PORT) == packet.out
        return self.port == (packet.sport if local else packet.dport)

    def overlaps(self, other):
        """Can one packet match both?"""
        if None not in (self.family(), other.family()) and self.family() != other.family():
            return False
        if self.prefix and other.prefix and self.kind == other.kind:
            return self.prefix.overlaps(other.prefix)
        if self.kind == other.kind == lab.DSFIELD:
            return (self.ds ^ other.ds) & self.mask & other.mask == 0
        if self.proto is not None and other.proto is not None:
            return self.proto == other.proto and (self.kind != other.kind or
                                                  self.port == other.port)
        return True

    def put(self, account):
        L.flow(1, self.kind, account, prefix=self.prefix and str(self.prefix),
               proto=self.proto or 0, port=self.port or 0, ds=self.ds or 0, mask=self.mask or 0)


def reference(flows, packets):
    """{number of the flow, or None: [packets out, in, bytes out, in]}"""
    account = {n: [0] * 4 for n in [None] + list(range(len(flows)))}
    seen = set()
    for packet, frame in packets:
        who = (packet.family, packet.src, packet.dst, packet.ident, packet.out)
        who += (packet.proto,) if packet.family == 4 else ()
        knows = not packet.later or who in seen
        if packet.first:
            seen.add(who)
        owner = next((n for n, f in enumerate(flows) if f.matches(packet, knows)), None)
        for n in {None, owner}:
            account[n][0 if packet.out else 1] += 1
            account[n][2 if packet.out else 3] += len(frame)
    return account


def draw_flows(r):
    flows = []
    for _ in range(r.choice((3, 10, 40))):
        flow = Flow(r)
        if not any(flow.overlaps(other) for other in flows):
            flows.append(flow)
    return flows


def draw_packets(r):
    packets = []
    while len(packets) < PER_SET:
        packet = Packet(r)
        lost = packet.first and r.random() < 0.2        # the first fragment never came by
        for each in ([] if lost else [packet]) + ([packet.remainder()] if packet.first else []):
            packets.append((each, each.build()))
    return packets[:PER_SET]


def clear():
    for name, size in (('flow_addrs', 28), ('flow_keys', 12), ('frags', 44)):
        L.clear(name, size)


def run_set(flows, packets, order):
    clear()
    for n in order:
        flows[n].put(100 + n)
    masks = sorted({f.mask for f in flows if f.kind == lab.DSFIELD})
    L.point(1, ME, flags=0, kinds=sum({1 << f.kind for f in flows}), masks=masks)
    L.account(1, *(100 + n for n in range(len(flows))))
    for packet, frame in packets:
        got = L.run('vw_out' if packet.out else 'vw_in', frame)[0]
        if got != lab.UNSPEC:
            raise AssertionError('answered %d to %s' % (got, frame.hex()))
    account = {n: list(L.counts(100 + n)) for n in range(len(flows))}
    account[None] = list(L.counts(1))
    return account


def test_order(seed):
    r = random.Random(seed)
    bad = matched = total = 0
    while total < PACKETS:
        flows, packets = draw_flows(r), draw_packets(r)
        total += len(packets)
        want = reference(flows, packets)
        matched += sum(sum(want[n][:2]) for n in range(len(flows)))
        for _ in range(ORDERS):
            order = r.sample(range(len(flows)), len(flows))
            got = run_set(flows, packets, order)
            for n, value in want.items():
                if got[n] != value:
                    bad += 1
                    print('seed %s, order %s: flow %s %s counted %s, should be %s' % (
                        seed, order, n, vars(flows[n]) if n is not None else '', got[n], value))
    print('%d packets, %d of them in a flow, %d orders each' % (total, matched, ORDERS))
    return bad


# what, flow, frame sent by the owner, does it match; HIDDEN: it does not tell, and is dropped
HIDDEN = None
V4_LATER = frame4(UDP, bytes(8), ident=77, frag=800)


def many_headers(proto, data, n):
    for _ in range(n):
        data, proto = extension(proto, data), 60
    return frame6(proto, data)


TABLE = [
    ('ICMP in IPv4', {'kind': lab.TRANSPORT, 'proto': ICMP}, frame4(ICMP, bytes(8)), True),
    ('protocol 1 in IPv6 is not ICMP', {'kind': lab.TRANSPORT, 'proto': ICMP},
     frame6(ICMP, bytes(8)), False),
    ('ICMPv6', {'kind': lab.TRANSPORT, 'proto': ICMP6}, frame6(ICMP6, bytes(8)), True),
    ('protocol 58 in IPv4 is not ICMPv6', {'kind': lab.TRANSPORT, 'proto': ICMP6},
     frame4(ICMP6, bytes(8)), False),
    ('ARP is in no flow', {'kind': lab.LOCAL_IP, 'prefix': '0.0.0.0/0'}, eth(ARP_TYPE, arp(1)),
     False),
    ('any IPv4 source', {'kind': lab.LOCAL_IP, 'prefix': '0.0.0.0/0'}, frame4(99), True),
    ('any IPv4 source is not IPv6', {'kind': lab.LOCAL_IP, 'prefix': '0.0.0.0/0'}, frame6(99),
     False),
    ('local is the source of what is sent', {'kind': lab.LOCAL_IP, 'prefix': ME4 + '/32'},
     frame4(99), True),
    ('remote is not', {'kind': lab.REMOTE_IP, 'prefix': ME4 + '/32'}, frame4(99), False),
    ('remote is the destination', {'kind': lab.REMOTE_IP, 'prefix': OTHER4 + '/32'}, frame4(99),
     True),
    ('a prefix of IPv6', {'kind': lab.REMOTE_IP, 'prefix': 'fd00::/126'}, frame6(99, dst='fd00::3'),
     True),
    ('beside a prefix of IPv6', {'kind': lab.REMOTE_IP, 'prefix': 'fd00::/126'},
     frame6(99, dst='fd00::4'), False),
    ('the source port', {'kind': lab.LOCAL_PORT, 'proto': TCP, 'port': 80}, frame4(TCP, tcp(80, 1)),
     True),
    ('not of another protocol', {'kind': lab.LOCAL_PORT, 'proto': TCP, 'port': 80},
     frame4(UDP, udp(80, 1)), False),
    ('not the destination port', {'kind': lab.LOCAL_PORT, 'proto': TCP, 'port': 80},
     frame4(TCP, tcp(1, 80)), False),
    ('SCTP ports', {'kind': lab.REMOTE_PORT, 'proto': SCTP, 'port': 80},
     frame4(SCTP, udp(1, 80)), True),
    ('behind IPv4 options', {'kind': lab.REMOTE_PORT, 'proto': TCP, 'port': 80},
     frame4(TCP, tcp(1, 80), options=b'\x94\4\0\0'), True),
    ('behind IPv6 headers', {'kind': lab.REMOTE_PORT, 'proto': TCP, 'port': 80},
     frame6(0, extension(60, extension(51, authentication(TCP, tcp(1, 80)), 3))), True),
    ('no ports in ESP', {'kind': lab.REMOTE_PORT, 'proto': TCP, 'port': 80},
     frame4(50, tcp(1, 80)), False),
    ('ports cut off', {'kind': lab.REMOTE_PORT, 'proto': TCP, 'port': 80},
     eth(IPV4_TYPE, ipv4(TCP, b'\0\1'), pad=0), HIDDEN),
    ('behind as many IPv6 headers as are read', {'kind': lab.TRANSPORT, 'proto': UDP},
     many_headers(UDP, udp(1, 80), 7), True),
    ('behind more', {'kind': lab.TRANSPORT, 'proto': UDP}, many_headers(UDP, udp(1, 80), 9), HIDDEN),
    ('an address in front of them', {'kind': lab.LOCAL_IP, 'prefix': ME6 + '/128'},
     many_headers(UDP, udp(1, 80), 9), True),
    ('a first fragment', {'kind': lab.REMOTE_PORT, 'proto': UDP, 'port': 80},
     frame4(UDP, udp(1, 80, bytes(64)), ident=77, more=True), True),
    ('a later fragment of nothing known', {'kind': lab.REMOTE_PORT, 'proto': UDP, 'port': 80},
     V4_LATER, HIDDEN),
    ('a later IPv6 fragment of nothing known', {'kind': lab.TRANSPORT, 'proto': UDP},
     frame6(44, fragment6(60, bytes(8), frag=800)), HIDDEN),
    ('the protocol of a later fragment', {'kind': lab.TRANSPORT, 'proto': UDP}, V4_LATER, True),
    ('the whole of the traffic class', {'kind': lab.DSFIELD, 'ds': 0xb9, 'mask': 0xff},
     frame6(99, tos=0xb9), True),
    ('a masked TOS', {'kind': lab.DSFIELD, 'ds': 0xb8, 'mask': 0xfc}, frame4(99, tos=0xb9), True),
    ('another TOS', {'kind': lab.DSFIELD, 'ds': 0xb8, 'mask': 0xfc}, frame4(99, tos=0xb4), False),
    ('the mask 0x03', {'kind': lab.DSFIELD, 'ds': 1, 'mask': 3}, frame4(99, tos=0xb9), True),
    ('of a frame for another link', {'kind': lab.LOCAL_IP, 'prefix': ME4 + '/32', 'ifindex': 2},
     frame4(99), False),
]


def test_table():
    bad = 0
    for what, flow, frame, match in TABLE:
        for action, verdict in ((0, lab.UNSPEC), (lab.FLOW_DROP, lab.SHOT)):
            clear()
            rest = {k: v for k, v in flow.items() if k not in ('ifindex', 'kind')}
            L.flow(flow.get('ifindex', 1), flow['kind'], 50, flags=action, **rest)
            L.point(1, ME, flags=lab.REVERSED | lab.STRICT, kinds=0x3f, masks=[flow.get('mask', 0)])
            L.account(1, 50)
            got = L.run('vw_in', frame)[0]
            result = (got, L.counts(50)[0], L.dropped(50).get('blocked', 0),
                      L.dropped(1).get('blocked', 0), L.dropped(1).get('other', 0))
            hidden, dropped = match is HIDDEN, int(bool(match and action))
            want = (lab.SHOT if hidden else verdict if match else lab.UNSPEC,
                    int(bool(match and not action)), dropped, dropped, int(hidden))
            if result != want:
                bad += 1
                print('%s: (verdict, counted, dropped, dropped of the link, hidden) is %s, should be %s' % (
                    what, result, want))
    print('%d rows' % len(TABLE))
    return bad


def test_dscp():
    """The mark is written both ways, and the IPv4 checksum stays right."""
    bad = 0
    for frame in (frame4(UDP, udp(1, 2), tos=0x03), frame4(UDP, udp(1, 2), tos=0xff),
                  frame4(UDP, udp(1, 2), tos=0xb8), frame6(UDP, udp(1, 2), tos=0x03),
                  frame6(UDP, udp(1, 2), tos=0xfd), tag(frame4(UDP, udp(1, 2)), 5)):
        clear()
        L.flow(1, lab.TRANSPORT, 50, proto=UDP, flags=lab.FLOW_DSCP, dscp=46)
        L.point(1, ME, flags=0, kinds=1 << lab.TRANSPORT)
        L.account(1, 50)
        for prog in ('vw_in', 'vw_out'):
            out = L.run(prog, frame)[1]
            at = 18 if frame[12:14] == b'\x81\0' else 14
            if frame[at] >> 4 == 4:
                want = bytearray(frame)
                want[at + 1] = 46 << 2 | frame[at + 1] & 3
                want[at + 10:at + 12] = b'\0\0'
                want[at + 10:at + 12] = checksum(want[at:at + 20]).to_bytes(2, 'big')
            else:
                tos = (frame[at] << 4 | frame[at + 1] >> 4) & 0xff
                want = bytearray(frame)
                tos = 46 << 2 | tos & 3
                want[at], want[at + 1] = 0x60 | tos >> 4, (tos & 15) << 4 | frame[at + 1] & 15
            if out != bytes(want):
                bad += 1
                print('%s made of %s %s' % (prog, frame.hex(), out.hex()))
                print('should be %s' % want.hex())
    return bad


def test_gso():
    """A GSO frame counts as the packets it becomes, headers and all."""
    bad = 0
    for frame, mss, want in (
            (frame4(TCP, tcp(1, 2, bytes(2800))), 1400, (2, 2854 + 54)),
            (frame4(TCP, tcp(1, 2, bytes(2801))), 1400, (3, 2855 + 2 * 54)),
            (frame4(TCP, tcp(1, 2, bytes(1000))), 1400, (1, 1054)),
            (frame6(TCP, tcp(1, 2, bytes(2800))), 700, (4, 2874 + 3 * 74)),
            (frame4(UDP, udp(1, 2, bytes(3000))), 1000, (3, 3042 + 2 * 42)),
            (tag(frame4(UDP, udp(1, 2, bytes(3000))), 5), 1000, (3, 3046 + 2 * 46)),
            (frame4(SCTP, bytes(3000)), 0xffff, (7, 3034 + 6 * 46))):
        L.point(1, ME)
        L.account(1)
        L.run('vw_out', frame, gso_size=mss, gso_segs=7 if mss == 0xffff else 1)
        got = L.counts(1)[0], L.counts(1)[2]
        if got != want:
            bad += 1
            print('%d bytes by %d counted as %s, should be %s' % (len(frame), mss, got, want))
    return bad


def main():
    what = sys.argv[1]
    if what == 'order':
        return test_order(int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(1 << 32))
    return {'table': test_table, 'dscp': test_dscp, 'gso': test_gso}[what]()


if __name__ == '__main__':
    sys.exit(1 if main() else 0)

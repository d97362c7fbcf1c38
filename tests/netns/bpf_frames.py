# SPDX-License-Identifier: LGPL-2.1-or-later
"""Frames for the tests of the eBPF programs, built layer by layer from the inside."""
import ipaddress
import struct

ME, OTHER, EVERYONE = '02:08:20:00:00:01', '02:08:20:00:00:02', 'ff:ff:ff:ff:ff:ff'
ME4, OTHER4 = '10.0.0.5', '10.0.0.6'
ME6, OTHER6 = 'fd00::5', 'fd00::6'
ME_LL, OTHER_LL = 'fe80::8:20ff:fe00:1', 'fe80::8:20ff:fe00:2'
TCP, UDP, SCTP, ICMP, ICMP6, IGMP = 6, 17, 132, 1, 58, 2
ARP_TYPE, IPV4_TYPE, IPV6_TYPE = 0x0806, 0x0800, 0x86dd


def mac(text):
    return bytes(int(part, 16) for part in text.split(':'))


def ip(text):
    return ipaddress.ip_address(text).packed


def eth(kind, payload=b'', src=ME, dst=OTHER, pad=60):
    return (mac(dst) + mac(src) + struct.pack('>H', kind) + payload).ljust(pad, b'\0')


def tag(frame, vid, kind=0x8100, priority=0):
    """The frame with a tag in it."""
    return frame[:12] + struct.pack('>HH', kind, priority << 13 | vid) + frame[12:]


def checksum(data):
    total = sum(struct.unpack('>%dH' % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def ipv4(proto, payload=b'', src=ME4, dst=OTHER4, *, tos=0, ident=7, frag=0, more=False,
         options=b''):
    options += bytes(-len(options) % 4)
    head = struct.pack('>BBHHHBBH4s4s', 0x40 | 5 + len(options) // 4, tos,
                       20 + len(options) + len(payload), ident, (0x2000 if more else 0) | frag // 8,
                       64, proto, 0, ip(src), ip(dst)) + options
    return head[:10] + struct.pack('>H', checksum(head)) + head[12:] + payload


def ipv6(proto, payload=b'', src=ME6, dst=OTHER6, *, tos=0):
    return struct.pack('>IHBB16s16s', 6 << 28 | tos << 20, len(payload), proto, 255, ip(src),
                       ip(dst)) + payload


def extension(proto, payload, length=0):
    """An IPv6 hop-by-hop, routing or destination options header."""
    return struct.pack('>BB', proto, length) + bytes(6 + 8 * length) + payload


def authentication(proto, payload):
    return struct.pack('>BBHII', proto, 4, 0, 1, 1) + bytes(12) + payload


def fragment6(proto, payload, frag=0, more=False, ident=9):
    return struct.pack('>BBHI', proto, 0, frag | more, ident) + payload


def udp(sport, dport, payload=b''):
    return struct.pack('>HHHH', sport, dport, 8 + len(payload), 0) + payload


def tcp(sport, dport, payload=b''):
    return struct.pack('>HHIIBBHHH', sport, dport, 1, 0, 5 << 4, 0x10, 100, 0, 0) + payload


def arp(op, sender_mac=ME, sender=ME4, target=OTHER4, target_mac='0:0:0:0:0:0'):
    return struct.pack('>HHBBH6s4s6s4s', 1, 0x0800, 6, 4, op, mac(sender_mac), ip(sender),
                       mac(target_mac), ip(target))


def frame4(*args, l2=None, **kwargs):
    return eth(IPV4_TYPE, ipv4(*args, **kwargs), **(l2 or {}))


def frame6(*args, l2=None, **kwargs):
    return eth(IPV6_TYPE, ipv6(*args, **kwargs), **(l2 or {}))


def nd(kind, target=None, options=b''):
    return struct.pack('>BBHI', kind, 0, 0, 0) + (ip(target) if target else b'') + options


def lladdr(kind, address):
    return struct.pack('>BB', kind, 1) + mac(address)


def dhcp(chaddr=ME, options=b'', op=1, cookie=0x63825363, end=b'\xff'):
    return (struct.pack('>BBBBIHH', op, 1, 6, 0, 0x1234, 0, 0) + bytes(16) +
            mac(chaddr).ljust(16, b'\0') + bytes(192) + struct.pack('>I', cookie) +
            b'\x35\x01\x01' + options + end)


def cid4(data):
    return bytes([61, len(data)]) + data


def dhcp6(kind=1, duid=None, more=b''):
    return (bytes([kind, 0, 0, 1]) + more +
            (struct.pack('>HH', 1, len(duid)) + duid if duid is not None else b''))


def duid_ll(address):
    return struct.pack('>HH', 3, 1) + mac(address)


def duid_llt(address):
    return struct.pack('>HHI', 1, 1, 12345) + mac(address)


def igmp3(*records):
    """records: (kind, group, number of senders)"""
    return struct.pack('>BBHHH', 0x22, 0, 0, 0, len(records)) + b''.join(
        struct.pack('>BBH4s', kind, 0, senders, ip(group)) + bytes(4 * senders)
        for kind, group, senders in records)


def igmp(kind, group):
    return struct.pack('>BBH4s', kind, 0, 0, ip(group))


def mld2(*records):
    return struct.pack('>BBHHH', 143, 0, 0, 0, len(records)) + b''.join(
        struct.pack('>BBH16s', kind, 0, senders, ip(group)) + bytes(16 * senders)
        for kind, group, senders in records)


def mld(kind, group):
    return struct.pack('>BBHHH16s', kind, 0, 0, 0, 0, ip(group))


ROUTER_ALERT = b'\x05\x02\x00\x00\x01\x00'


def mld_frame(message, src=ME_LL, dst='ff02::16', l2dst='33:33:00:00:00:16'):
    return eth(IPV6_TYPE, ipv6(0, struct.pack('>BB', ICMP6, 0) + ROUTER_ALERT + message, src, dst),
               dst=l2dst)


def igmp_frame(message, src=ME4, dst='224.0.0.22', l2dst='01:00:5e:00:00:16'):
    return eth(IPV4_TYPE, ipv4(IGMP, message, src, dst, options=b'\x94\x04\0\0'), dst=l2dst)

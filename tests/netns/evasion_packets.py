# SPDX-License-Identifier: LGPL-2.1-or-later
"""Frames of evasion.table: a word for the kind of packet, "name=value" for what differs in it.

Every payload carries MAGIC and the number of its attempt, so that a receiver tells them apart
whatever the headers claim.
"""
import ipaddress
import struct

MAGIC = b'vwire evasion'
IPV4, ARP, IPV6 = 0x0800, 0x0806, 0x86dd
TCP, UDP, ICMP, ICMP6, SCTP = 6, 17, 1, 58, 132


def mac(text):
    return bytes(int(part, 16) for part in text.split(':'))


def checksum(data):
    if len(data) % 2:
        data += b'\0'
    total = sum(struct.unpack(f'!{len(data) // 2}H', data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def ip4(address):
    return ipaddress.IPv4Address(address).packed


def ip6(address):
    return ipaddress.IPv6Address(address).packed


def link_local(address):
    """The link-local IPv6 address that belongs to a MAC address (RFC 4291, appendix A)."""
    return b'\xfe\x80' + bytes(6) + bytes((address[0] ^ 2,)) + address[1:3] + b'\xff\xfe' + address[3:]


class Packets:
    """Builds what a row names; @who maps me, peer, gate to (mac, IPv4, IPv6)."""

    def __init__(self, who):
        self.who = who

    def mac(self, text):
        return mac(self.who[text][0] if text in self.who else text)

    def ip4(self, text):
        return ip4(self.who[text][1]) if text in self.who else ip4(text)

    def ip6(self, text):
        if text.startswith('ll:'):
            return link_local(self.mac(text[3:]))
        return ip6(self.who[text][2]) if text in self.who else ip6(text)

    def ether(self, o, kind, payload):
        tags = b''.join(struct.pack('!HH', int(t.split('.')[0], 16), int(t.split('.')[1]))
                        for t in o.get('tags', '').split(',') if t)
        frame = self.mac(o['dmac']) + self.mac(o['smac']) + tags + struct.pack('!H', kind) + payload
        return frame.ljust(60, b'\0')

    def ipv4(self, o, proto, payload):
        options = bytes.fromhex(o.get('options', ''))
        frag = int(o.get('frag', '0'), 16)
        head = struct.pack('!BBHHHBBH4s4s', 0x45 + len(options) // 4, int(o.get('tos', '0'), 16),
                           20 + len(options) + len(payload), 0x1234, frag, 64, proto, 0,
                           self.ip4(o['sip']), self.ip4(o['dip'])) + options
        head = head[:10] + struct.pack('!H', checksum(head)) + head[12:]
        return self.ether(o, IPV4, head + payload)

    def ipv6(self, o, proto, payload, sip=None, dip=None):
        extensions, first = b'', proto
        for number in reversed([int(x) for x in o.get('ext', '').split(',') if x]):
            if number == 44:
                part = struct.pack('!BBHI', first, 0, int(o.get('frag', '1'), 16), 0x99)
            else:
                part = struct.pack('!BB6s', first, 0, b'\x05\x02\0\0\x01\0' if o.get('alert')
                                   else b'\x01\x04\0\0\0\0')
            extensions, first = part + extensions, number
        payload = extensions + payload
        head = struct.pack('!IHBB', 0x60000000, len(payload), first, int(o.get('hops', '64')))
        return self.ether(o, IPV6, head + (sip or self.ip6(o['sip6'])) + (dip or self.ip6(o['dip6'])) +
                          payload)

    def pseudo(self, sip, dip, proto, payload):
        if len(sip) == 4:
            return struct.pack('!4s4sBBH', sip, dip, 0, proto, len(payload)) + payload
        return struct.pack('!16s16sI3xB', sip, dip, len(payload), proto) + payload

    def udp(self, o, data):
        body = struct.pack('!HHHH', int(o.get('sport', 4000)), int(o.get('dport', 4001)),
                           8 + len(data), 0) + data
        return self.ipv4(o, UDP, body)

    def tcp(self, o, data):
        body = struct.pack('!HHIIBBHHH', int(o.get('sport', 4000)), int(o.get('dport', 80)), 1, 0,
                           0x50, 2, 8192, 0, 0) + data
        check = checksum(self.pseudo(self.ip4(o['sip']), self.ip4(o['dip']), TCP, body))
        return self.ipv4(o, TCP, body[:16] + struct.pack('!H', check) + body[18:])

    def fragment(self, o, data):
        return self.ipv4(o | {'frag': o.get('frag', '0010')}, UDP, data)

    def ipip(self, o, data):
        inner = Packets.ipv4(self, o | {'sip': o.get('inner', '10.0.0.99'), 'dmac': 'me', 'smac': 'me'},
                             UDP, struct.pack('!HHHH', 1, 2, 8 + len(data), 0) + data)[14:]
        return self.ipv4(o, 4, inner)

    def udp6(self, o, data):
        sip, dip = self.ip6(o['sip6']), self.ip6(o['dip6'])
        body = struct.pack('!HHHH', int(o.get('sport', 4000)), int(o.get('dport', 4001)),
                           8 + len(data), 0) + data
        check = checksum(self.pseudo(sip, dip, UDP, body)) or 0xffff
        return self.ipv6(o, UDP, body[:6] + struct.pack('!H', check) + body[8:])

    def arp(self, o, data):
        return self.ether(o, ARP, struct.pack('!HHBBH6s4s6s4s', 1, 0x0800, 6, 4, int(o.get('op', 1)),
                                              self.mac(o.get('sha', o['smac'])),
                                              self.ip4(o.get('spa', 'me')),
                                              self.mac(o.get('tha', '0:0:0:0:0:0')),
                                              self.ip4(o.get('tpa', 'peer'))) + data)

    def icmp6(self, o, data):
        """ND and MLD: type=, target= (16 bytes after the flags), lla= in option opt= (1 or 2) of length
        units=, raw= hex body."""
        sip, dip = self.ip6(o['sip6']), self.ip6(o['dip6'])
        body = bytes((int(o['type']), 0, 0, 0))
        if 'raw' in o:
            body += bytes.fromhex(o['raw'])
        else:
            body += bytes.fromhex(o.get('flags', '00000000'))
            if 'target' in o:
                body += self.ip6(o['target'])
            if 'lla' in o:
                body += bytes((int(o.get('opt', 2)), int(o.get('units', 1)))) + self.mac(o['lla'])
        if 'raw' not in o:	# an unknown option carries the mark
            padded = data.ljust((len(data) + 2 + 7) // 8 * 8 - 2, b'\0')
            body += bytes((200, (len(padded) + 2) // 8)) + padded
        else:
            body += data
        check = checksum(self.pseudo(sip, dip, ICMP6, body))
        body = body[:2] + struct.pack('!H', check) + body[4:]
        return self.ipv6(o | {'hops': o.get('hops', '255')}, ICMP6, body)

    def dhcp(self, o, data):
        kind = int(o.get('op', 1))
        body = struct.pack('!BBBBIHH4s4s4s4s', kind, 1, 6, 0, 7, 0, 0x8000, bytes(4), bytes(4), bytes(4),
                           bytes(4)) + self.mac(o.get('chaddr', 'me')).ljust(16, b'\0') + bytes(192)
        body += b'\x63\x82\x53\x63\x35\x01' + bytes((int(o.get('msg', 1)),))
        if 'cid' in o:
            cid = b'\x01' + self.mac(o['cid'])
            body += bytes((61, len(cid))) + cid
        body += bytes((60, len(data))) + data + b'\xff'
        ports = {'sport': o.get('sport', '68'), 'dport': o.get('dport', '67')}
        return self.udp(o | ports, body)

    def dhcp6(self, o, data):
        duid = b'\0\x03\0\x01' + self.mac(o.get('duid', 'me'))
        body = bytes((int(o.get('msg', 1)), 1, 2, 3)) + struct.pack('!HH', 1, len(duid)) + duid
        body += struct.pack('!HH', 60000, len(data)) + data
        return self.udp6(o | {'sport': o.get('sport', '546'), 'dport': o.get('dport', '547')}, body)

    def igmp(self, o, data):
        body = bytes((0x16, 0, 0, 0)) + ip4(o.get('group', '239.1.2.3'))
        body = body[:2] + struct.pack('!H', checksum(body)) + body[4:]
        return self.ipv4(o | {'options': '94040000'}, 2, body + data)

    def raw(self, o, data):
        return self.ether(o, int(o['ethertype'], 16), data)

    def build(self, words, attempt):
        """(frame) of "udp smac=peer ..." ; what is not said is honest."""
        kind, *rest = words.split()
        o = {'smac': 'me', 'dmac': 'peer', 'sip': 'me', 'dip': 'peer', 'sip6': 'me', 'dip6': 'peer'}
        o.update(word.split('=', 1) for word in rest)
        return getattr(self, kind)(o, MAGIC + struct.pack('!I', attempt))

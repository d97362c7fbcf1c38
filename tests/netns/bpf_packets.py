#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""One row, one frame: what the programs answer and what they count.

Every group sets up the point (device "lo", number 1) and lists rows: what it is, the frame, and the
reason it is dropped for, or None: it passes. A row may say more in a dictionary: "prog" (vw_in),
"mark", "verdict" (of a frame that is not dropped), "after" (mark or priority expected then).
"""
import struct
import sys

import bpf_lab as lab
from bpf_frames import *                                        # noqa: F403

L = lab.Lab()
ALL = lab.MAC | lab.IP | lab.DHCP | lab.RESTRICTED
PASS = None
CID = bytes.fromhex('ff00010203')


def base(**kwargs):
    """A guarded link over an etherstub, with whatever protection it is given."""
    for name, size in (('points', 4), ('fdb', 12), ('groups', 8), ('joined', 12), ('allowed', 28),
                       ('cids', 72), ('flow_addrs', 28), ('flow_keys', 12), ('frags', 44)):
        L.clear(name, size)
    kwargs.setdefault('flags', lab.REVERSED | lab.STRICT)
    kwargs.setdefault('sw', 9)
    L.point(1, ME, **kwargs)
    L.allow(1, ME4 + '/32')
    L.allow(1, '10.7.0.0/16')
    L.allow(1, ME6 + '/128')
    L.fdb(9, 0, '02:08:20:00:00:09', 1)
    L.fdb(9, 0, OTHER, 2)
    L.cid(1, 4, CID)
    L.cid(1, 6, b'\0\2' + CID)


def plain(**kwargs):
    base(flags=0, sw=0, **kwargs)


def dhcp4(*args, sport=68, dport=67, src='0.0.0.0', l4=None, **kwargs):
    return frame4(UDP, udp(sport, dport, dhcp(*args, **kwargs)), src, '255.255.255.255',
                  l2={'dst': EVERYONE}, **(l4 or {}))


def dhcp_6(*args, sport=546, dport=547, **kwargs):
    return frame6(UDP, udp(sport, dport, dhcp6(*args, **kwargs)), ME_LL, 'ff02::1:2')


def icmp6(message, src=ME_LL, dst='ff02::1', **kwargs):
    return frame6(ICMP6, message, src, dst, **kwargs)


SOLICIT, ADVERT = 135, 136
SLLA, TLLA = 1, 2
GOOD4, GOOD6 = frame4(TCP, tcp(1, 2)), frame6(TCP, tcp(1, 2))

STRICTNESS = [
    ('an untagged frame', GOOD4, PASS),
    ('any type without protection', eth(0x88b5), PASS),
    ('a forged source without protection', eth(0x88b5, src=OTHER), PASS),
    ('802.1Q', tag(GOOD4, 5), 'tagged'),
    ('802.1ad', tag(GOOD4, 5, 0x88a8), 'tagged'),
    ('0x9100', tag(GOOD4, 5, 0x9100), 'tagged'),
    ('a priority tag', tag(GOOD4, 0, priority=7), 'tagged'),
    ('a double tag', tag(tag(GOOD4, 5), 6), 'tagged'),
    ('a tag and nothing behind it', tag(eth(0x88b5, pad=0), 5), 'tagged'),
    ('a tagged frame for the owner', tag(GOOD4, 5), 'tagged', {'prog': 'vw_out'}),
    ('a priority tag for the owner', tag(GOOD4, 0), 'tagged', {'prog': 'vw_out'}),
    ('an untagged frame for the owner', GOOD4, PASS, {'prog': 'vw_out'}),
    ('spanning tree', eth(0x0026, dst='01:80:c2:00:00:00'), 'control'),
    ('pause', eth(0x8808, dst='01:80:c2:00:00:01'), 'control'),
    ('LACP', eth(0x8809, dst='01:80:c2:00:00:02'), 'control'),
    ('LLDP', eth(0x88cc, dst='01:80:c2:00:00:0e'), 'control'),
    ('the last of the control addresses', eth(0x88b5, dst='01:80:c2:00:00:0f'), 'control'),
    ('the first after them', eth(0x88b5, dst='01:80:c2:00:00:10'), PASS),
    ('14 bytes', eth(0x88b5, pad=0), PASS),
]

MARKS = [
    ('what has waited goes on', GOOD4, PASS, {'mark': lab.MARK_OUT | 1, 'after': {'mark': 0}}),
    ('the mark of another point is no pass', tag(GOOD4, 5), 'tagged', {'mark': lab.MARK_OUT | 2}),
    ('the mark of the other direction is no pass', tag(GOOD4, 5), 'tagged',
     {'mark': lab.MARK_IN | 1}),
    ('what has waited for the owner goes on', GOOD4, PASS,
     {'prog': 'vw_out', 'mark': lab.MARK_IN | 1, 'after': {'mark': 0}}),
    ('an empty mark is no pass', tag(GOOD4, 5), 'tagged', {'mark': lab.MARK_OUT}),
]

MAC_NOSPOOF = [
    ('its own address', GOOD4, PASS),
    ('a secondary address', eth(0x88b5, src='02:08:20:00:00:09'), PASS),
    ("a sibling's address", eth(0x88b5, src=OTHER), 'mac'),
    ('an address nobody has', eth(0x88b5, src='02:08:20:00:00:77'), 'mac'),
    ('a multicast source', eth(0x88b5, src='03:08:20:00:00:01'), 'mac'),
    ('a broadcast source', eth(0x88b5, src=EVERYONE), 'mac'),
    ('source zero', eth(0x88b5, src='00:00:00:00:00:00'), 'mac'),
    ('a foreign IPv4 source', frame4(TCP, tcp(1, 2), OTHER4), PASS),
    ('ARP request', eth(ARP_TYPE, arp(1)), PASS),
    ('ARP with a foreign hardware address', eth(ARP_TYPE, arp(1, sender_mac=OTHER)), 'arp'),
    ('ARP reply with a foreign hardware address', eth(ARP_TYPE, arp(2, sender_mac=OTHER)), 'arp'),
    ('ARP with a secondary address', eth(ARP_TYPE, arp(1, sender_mac='02:08:20:00:00:09')), PASS),
    ('ARP, too short', eth(ARP_TYPE, arp(1)[:27], pad=0), 'arp'),
    ('ARP of another hardware', eth(ARP_TYPE, b'\0\6' + arp(1)[2:]), 'arp'),
    ('neighbour solicitation', icmp6(nd(SOLICIT, OTHER6, lladdr(SLLA, ME))), PASS),
    ('with the address of another', icmp6(nd(SOLICIT, OTHER6, lladdr(SLLA, OTHER))), 'nd'),
    ('behind another option',
     icmp6(nd(SOLICIT, OTHER6, b'\x0e\1' + bytes(6) + lladdr(SLLA, OTHER))), 'nd'),
    ('behind a nonce, its own', icmp6(nd(SOLICIT, OTHER6, b'\x0e\1' + bytes(6) + lladdr(SLLA, ME))),
     PASS),
    ('behind 40 options', icmp6(nd(SOLICIT, OTHER6, (b'\x0e\1' + bytes(6)) * 40 +
                                   lladdr(SLLA, OTHER))), 'nd'),
    ('a link-layer address of 14 bytes', icmp6(nd(SOLICIT, OTHER6, b'\1\2' + mac(ME) + bytes(8))),
     'nd'),
    ('advertisement of another address', icmp6(nd(ADVERT, OTHER6, lladdr(TLLA, ME))), PASS),
    ('advertisement with the address of another',
     icmp6(nd(ADVERT, ME6, lladdr(TLLA, OTHER))), 'nd'),
    ('advertisement without options', icmp6(nd(ADVERT, ME6)), PASS),
    ('router solicitation', icmp6(nd(133, options=lladdr(SLLA, ME))), PASS),
    ('router solicitation with a foreign address', icmp6(nd(133, options=lladdr(SLLA, OTHER))),
     'nd'),
    ('router advertisement', icmp6(nd(134) + bytes(8)), 'nd'),
    ('IPv6 redirect', icmp6(nd(137) + bytes(32)), 'nd'),
    ('router advertisement behind destination options',
     frame6(60, extension(ICMP6, nd(134) + bytes(8)), ME_LL), 'nd'),
    ('router advertisement behind three headers',
     frame6(0, extension(60, extension(43, b'\x3a\0\4\0' + bytes(4) + nd(134) + bytes(8)))), 'nd'),
    ('router advertisement behind authentication',
     frame6(51, authentication(ICMP6, nd(134) + bytes(8))), 'nd'),
    ('router advertisement in an atomic fragment',
     frame6(44, fragment6(ICMP6, nd(134) + bytes(8))), 'nd'),
    ('router advertisement in a first fragment',
     frame6(44, fragment6(ICMP6, nd(134) + bytes(8), more=True)), 'nd'),
    ('a solicitation in a fragment',
     frame6(44, fragment6(ICMP6, nd(SOLICIT, ME6), more=True)), 'nd'),
    ('a first fragment whose headers go on in the next',
     eth(IPV6_TYPE, ipv6(44, fragment6(60, b'', more=True)), pad=0), 'other'),
    ('more headers than any packet has',
     frame6(60, extension(60, extension(60, extension(60, extension(60, extension(60, extension(
         60, extension(60, extension(60, nd(134)))))))))), 'other'),
    ('an echo', icmp6(struct.pack('>BBHI', 128, 0, 0, 0)), PASS),
    ('MLD', mld_frame(mld2((4, 'ff02::1:ff00:1', 0))), PASS),
]

IP_NOSPOOF = [
    ('its IPv4 address', GOOD4, PASS),
    ('an address of its prefix', frame4(UDP, udp(1, 2), '10.7.200.1'), PASS),
    ("a neighbour's IPv4 address", frame4(UDP, udp(1, 2), OTHER4), 'ip'),
    ('a foreign source in a later fragment', frame4(UDP, bytes(16), OTHER4, frag=1480), 'ip'),
    ('its own source in a later fragment', frame4(UDP, bytes(16), frag=1480), PASS),
    ('loopback', frame4(UDP, udp(1, 2), '127.0.0.1'), 'ip'),
    ('broadcast as a source', frame4(UDP, udp(1, 2), '255.255.255.255'), 'ip'),
    ('no source', frame4(UDP, udp(1, 2), '0.0.0.0'), 'ip'),
    ('no source, TCP from 68 to 67', frame4(TCP, tcp(68, 67), '0.0.0.0'), 'ip'),
    ('DHCP without source', dhcp4(), PASS),
    ('DHCP without source in a fragment', dhcp4(l4={'more': True}), 'ip'),
    ('a later fragment without source', frame4(UDP, bytes(8), '0.0.0.0', frag=8), 'ip'),
    ('an IGMP report without source', igmp_frame(igmp3((4, '239.1.1.1', 0)), '0.0.0.0'), PASS),
    ('loose source routing', frame4(UDP, udp(1, 2), options=b'\x83\7\4' + ip(OTHER4)), 'ip'),
    ('strict source routing', frame4(UDP, udp(1, 2), options=b'\x89\7\4' + ip(OTHER4)), 'ip'),
    ('source routing behind other options',
     frame4(UDP, udp(1, 2), options=b'\1\1\1\x94\4\0\0\1\x83\7\4' + ip(OTHER4)), 'ip'),
    ('options that do not end', frame4(UDP, udp(1, 2), options=b'\x94\0\0\0'), 'ip'),
    ('IPv4 redirect', frame4(ICMP, b'\5\1' + bytes(30)), 'ip'),
    ('IPv4 router advertisement', frame4(ICMP, b'\x09\0' + bytes(30)), 'ip'),
    ('a ping', frame4(ICMP, b'\x08\0' + bytes(30)), PASS),
    ('router alert', frame4(UDP, udp(1, 2), options=b'\x94\4\0\0'), PASS),
    ('source routing in a later fragment',
     frame4(UDP, bytes(8), frag=8, options=b'\x83\7\4' + ip(OTHER4)), 'ip'),
    ('40 bytes of padding options', frame4(UDP, udp(1, 2), options=b'\1' * 40), PASS),
    ('source routing after the end of options',
     frame4(UDP, udp(1, 2), options=b'\0\x83\7\4' + ip(OTHER4)), PASS),
    ('IPIP with any inside', frame4(4, ipv4(UDP, udp(1, 2), OTHER4)), PASS),
    ('half an IPv4 header of version 6', eth(IPV4_TYPE, ipv6(UDP)), 'other'),
    ('a header length of 4 words', eth(IPV4_TYPE, b'\x44' + ipv4(UDP, udp(1, 2))[1:]), 'other'),
    ('ARP request of its own', eth(ARP_TYPE, arp(1)), PASS),
    ('ARP request in the name of a neighbour', eth(ARP_TYPE, arp(1, sender=OTHER4)), 'arp'),
    ('ARP reply in the name of a neighbour', eth(ARP_TYPE, arp(2, sender=OTHER4)), 'arp'),
    ('gratuitous ARP for the gateway',
     eth(ARP_TYPE, arp(1, sender='10.0.0.1', target='10.0.0.1'), dst=EVERYONE), 'arp'),
    ('gratuitous ARP of its own', eth(ARP_TYPE, arp(1, target=ME4), dst=EVERYONE), PASS),
    ('ARP probe for its own address', eth(ARP_TYPE, arp(1, sender='0.0.0.0', target=ME4)), PASS),
    ("ARP probe for a neighbour's address", eth(ARP_TYPE, arp(1, sender='0.0.0.0')), 'arp'),
    ('ARP reply without address', eth(ARP_TYPE, arp(2, sender='0.0.0.0', target=ME4)), 'arp'),
    ('ARP in 802.2 SNAP', eth(36, b'\xaa\xaa\3\0\0\0\x08\6' + arp(2, sender=OTHER4)), 'ip'),
    ('spanning tree in LLC', eth(38, b'\x42\x42\3' + bytes(35)), PASS),
    ('its IPv6 address', GOOD6, PASS),
    ('its link-local address', frame6(UDP, udp(1, 2), ME_LL), PASS),
    ('the link-local address of another', frame6(UDP, udp(1, 2), OTHER_LL), 'ip'),
    ('a link-local address of another prefix', frame6(UDP, udp(1, 2), 'fe81::8:20ff:fe00:1'), 'ip'),
    ('of another subnet', frame6(UDP, udp(1, 2), 'fe80::1:8:20ff:fe00:1'), 'ip'),
    ("a neighbour's IPv6 address", frame6(UDP, udp(1, 2), OTHER6), 'ip'),
    ('an IPv6 multicast source', frame6(UDP, udp(1, 2), 'ff02::1'), 'ip'),
    ('a foreign source in a later IPv6 fragment',
     frame6(44, fragment6(UDP, bytes(16), frag=1448), OTHER6), 'ip'),
    ('its own source in a later IPv6 fragment', frame6(44, fragment6(UDP, bytes(16), frag=1448)),
     PASS),
    ('IPv6 without source', frame6(UDP, udp(546, 547), '::'), 'ip'),
    ('DAD for its own address', icmp6(nd(SOLICIT, ME6), '::'), PASS),
    ('DAD for its link-local address', icmp6(nd(SOLICIT, ME_LL), '::'), PASS),
    ("DAD for a neighbour's address", icmp6(nd(SOLICIT, OTHER6), '::'), 'nd'),
    ('router solicitation without source', icmp6(nd(133), '::', 'ff02::2'), PASS),
    ('an advertisement without source', icmp6(nd(ADVERT, ME6), '::'), 'ip'),
    ('an echo without source', icmp6(struct.pack('>BBHI', 128, 0, 0, 0), '::'), 'ip'),
    ('MLD without source', mld_frame(mld2((4, 'ff02::1:ff00:1', 0)), '::'), PASS),
    ('MLDv1 without source', mld_frame(mld(131, 'ff02::1:3'), '::', 'ff02::1:3',
                                       '33:33:00:01:00:03'), PASS),
    ('an MLD query without source', mld_frame(mld(130, '::'), '::'), 'ip'),
    ('advertisement of its own', icmp6(nd(ADVERT, ME6, lladdr(TLLA, ME))), PASS),
    ('advertisement of its link-local address', icmp6(nd(ADVERT, ME_LL)), PASS),
    ('advertisement of a neighbour', icmp6(nd(ADVERT, OTHER6, lladdr(TLLA, ME))), 'nd'),
    ('advertisement of a neighbour behind options',
     frame6(60, extension(ICMP6, nd(ADVERT, OTHER6)), ME_LL), 'nd'),
    ('solicitation of a neighbour', icmp6(nd(SOLICIT, OTHER6, lladdr(SLLA, ME))), PASS),
    ('router advertisement', icmp6(nd(134) + bytes(8)), 'nd'),
    ('IPv6 redirect', icmp6(nd(137) + bytes(32)), 'nd'),
    ('a routing header of type 0', frame6(43, extension(UDP, udp(1, 2))), 'ip'),
    ('a routing header of type 4', frame6(43, b'\x11\0\4\0' + bytes(4) + udp(1, 2)), PASS),
    ('hop-by-hop, destination options, TCP',
     frame6(0, extension(60, extension(TCP, tcp(1, 2), 2))), PASS),
    ('a foreign source MAC', frame4(UDP, udp(1, 2), l2={'src': OTHER}), PASS),
]

MY_ID = b'\1' + mac(ME)
DHCP_NOSPOOF = [
    ('discover', dhcp4(), PASS),
    ('with its own client id', dhcp4(ME, cid4(MY_ID)), PASS),
    ('with an id that is allowed', dhcp4(ME, cid4(CID)), PASS),
    ('with the id of another', dhcp4(ME, cid4(b'\1' + mac(OTHER))), 'dhcp'),
    ('with an id of no length', dhcp4(ME, cid4(b'')), 'dhcp'),
    ('with an id of 65 bytes', dhcp4(ME, cid4(CID + bytes(60))), 'dhcp'),
    ('with a prefix of an allowed id', dhcp4(ME, cid4(CID[:4])), 'dhcp'),
    ('with its own id twice', dhcp4(ME, cid4(MY_ID) * 2), 'dhcp'),
    ('the id of another behind padding', dhcp4(ME, bytes(200) + cid4(b'\1' + mac(OTHER))), 'dhcp'),
    ('padding to the end', dhcp4(ME, bytes(300)), PASS),
    ('no end of options', dhcp4(ME, cid4(MY_ID), end=b''), PASS),
    ('options in other fields', dhcp4(ME, b'\x34\1\1'), 'dhcp'),
    ('for another machine', dhcp4(OTHER), 'dhcp'),
    ('of a reply', dhcp4(op=2), 'dhcp'),
    ('BOOTP', dhcp4(cookie=0), PASS),
    ('BOOTP for another machine', dhcp4(OTHER, cookie=0), 'dhcp'),
    ('from any port for another machine', dhcp4(OTHER, sport=1000, src=ME4), 'dhcp'),
    ('renewal', dhcp4(ME, cid4(MY_ID), src=ME4), PASS),
    ('in a fragment', dhcp4(l4={'more': True}, src=ME4), 'dhcp'),
    ('cut before the hardware address', dhcp4()[:14 + 20 + 8 + 30], 'dhcp'),
    ("a server's reply", frame4(UDP, udp(67, 68, dhcp(OTHER, op=2))), 'dhcp'),
    ("a server's reply to a relay", frame4(UDP, udp(67, 67, dhcp(OTHER, op=2))), 'dhcp'),
    ("a server's reply from another port", frame4(UDP, udp(1067, 68, dhcp(OTHER, op=2))), 'dhcp'),
    ("a server's reply behind IPv4 options",
     frame4(UDP, udp(67, 68, dhcp(OTHER, op=2)), options=b'\x94\4\0\0'), 'dhcp'),
    ('UDP without its header', eth(IPV4_TYPE, ipv4(UDP, b'\0\x44\0\x43'), pad=0), 'dhcp'),
    ('a later fragment', frame4(UDP, udp(67, 68), frag=800), PASS),
    ('TCP from port 67', frame4(TCP, tcp(67, 68)), PASS),
    ('other UDP', frame4(UDP, udp(53, 53)), PASS),
    ('solicit with its DUID-LL', dhcp_6(1, duid_ll(ME)), PASS),
    ('solicit with its DUID-LLT', dhcp_6(1, duid_llt(ME)), PASS),
    ('solicit with an allowed DUID', dhcp_6(1, b'\0\2' + CID), PASS),
    ('solicit with the DUID of another', dhcp_6(1, duid_ll(OTHER)), 'dhcp'),
    ('solicit with the DUID-LLT of another', dhcp_6(1, duid_llt(OTHER)), 'dhcp'),
    ('behind another option', dhcp_6(1, duid_ll(OTHER), b'\0\x08\0\2\0\0'), 'dhcp'),
    ('information request without DUID', dhcp_6(11), PASS),
    ('advertise', dhcp_6(2, duid_ll(ME)), 'dhcp'),
    ('relay forward', dhcp_6(12), 'dhcp'),
    ("a server's reply", dhcp_6(7, sport=547, dport=546), 'dhcp'),
    ("a server's reply from another port", dhcp_6(7, sport=1000, dport=546), 'dhcp'),
    ('in an IPv6 fragment',
     frame6(44, fragment6(UDP, udp(546, 547, dhcp6(1, duid_ll(ME))), more=True)), 'dhcp'),
    ("a server's reply behind destination options",
     frame6(60, extension(UDP, udp(547, 546, dhcp6(7)))), 'dhcp'),
]

RESTRICTED = [
    ('IPv4', GOOD4, PASS), ('IPv6', GOOD6, PASS), ('ARP', eth(ARP_TYPE, arp(1)), PASS),
    ('RARP', eth(0x8035, arp(3)), 'restricted'), ('MPLS', eth(0x8847), 'restricted'),
    ('PPPoE', eth(0x8863), 'restricted'), ('LLC', eth(38), 'restricted'),
    ('a foreign IPv4 source', frame4(TCP, tcp(1, 2), OTHER4), PASS),
    ('IPv4 without a header', eth(IPV4_TYPE, bytes(20)), PASS),
]

# The false-drop guard: with every protection on, an honest machine notices nothing.
LEGITIMATE = [(what, frame, PASS) for what, frame in [
    ('ARP request', eth(ARP_TYPE, arp(1), dst=EVERYONE)), ('ARP reply', eth(ARP_TYPE, arp(2))),
    ('ARP probe', eth(ARP_TYPE, arp(1, sender='0.0.0.0', target=ME4), dst=EVERYONE)),
    ('ARP announcement', eth(ARP_TYPE, arp(1, target=ME4), dst=EVERYONE)),
    ('DAD', icmp6(nd(SOLICIT, ME_LL), '::', 'ff02::1:ff00:1')),
    ('DAD with a nonce', icmp6(nd(SOLICIT, ME_LL, b'\x0e\1' + b'nonces'), '::')),
    ('solicitation', icmp6(nd(SOLICIT, OTHER6, lladdr(SLLA, ME)), ME6)),
    ('advertisement', icmp6(nd(ADVERT, ME6, lladdr(TLLA, ME)), ME6, OTHER6)),
    ('router solicitation', icmp6(nd(133, options=lladdr(SLLA, ME)), ME_LL, 'ff02::2')),
    ('MLDv2 with router alert', mld_frame(mld2((4, 'ff02::1:ff00:1', 0)), '::')),
    ('MLDv1 done', mld_frame(mld(132, 'ff02::1:3'), ME_LL, 'ff02::2', '33:33:00:00:00:02')),
    ('IGMPv3 with router alert', igmp_frame(igmp3((4, '224.0.0.251', 0)))),
    ('DHCP discover', dhcp4(ME, cid4(MY_ID))), ('DHCP renewal', dhcp4(src=ME4)),
    ('DHCPv6 solicit', dhcp_6(1, duid_llt(ME))), ('DHCPv6 information', dhcp_6(11, duid_ll(ME))),
    ('TCP', GOOD4), ('TCP over IPv6', GOOD6), ('UDP', frame4(UDP, udp(9, 9, bytes(1400)))),
    ('ping', frame4(ICMP, b'\x08\0' + bytes(30))), ('ping6', icmp6(b'\x80\0' + bytes(30), ME6)),
    ('first fragment', frame4(UDP, udp(9, 9, bytes(100)), more=True)),
    ('later fragment', frame4(UDP, bytes(100), frag=1480)),
    ('first IPv6 fragment', frame6(44, fragment6(UDP, udp(9, 9, bytes(100)), more=True))),
    ('later IPv6 fragment', frame6(44, fragment6(UDP, bytes(100), frag=1448))),
    ('3 kB', frame4(UDP, udp(9, 9, bytes(3000)))), ('SCTP', frame4(SCTP, bytes(30))),
    ('ESP', frame4(50, bytes(40))), ('GRE', frame4(47, bytes(40))),
]]

PLAIN = [
    ('what the host receives', GOOD4, PASS, {'prog': 'vw_in'}),
    ('what the host sends', GOOD4, PASS, {'prog': 'vw_out'}),
    ('a tag on a plain device', tag(GOOD4, 5), PASS, {'prog': 'vw_out'}),
    ('what has waited', GOOD4, PASS,
     {'prog': 'vw_out', 'mark': lab.MARK_OUT | 1, 'after': {'mark': 0}}),
    ('what has waited to be received', GOOD4, PASS,
     {'prog': 'vw_in', 'mark': lab.MARK_IN | 1, 'after': {'mark': 0}}),
    ('the mark of the host stays', GOOD4, PASS,
     {'prog': 'vw_out', 'mark': 5, 'after': {'mark': 5}}),
]
PLAIN_SPOOF = [
    ('a foreign source behind a tag', tag(frame4(UDP, udp(1, 2), OTHER4), 5), 'ip',
     {'prog': 'vw_out'}),
    ('a foreign source behind two tags', tag(tag(frame4(UDP, udp(1, 2), OTHER4), 5), 6), 'ip',
     {'prog': 'vw_out'}),
    ('behind three tags', tag(tag(tag(GOOD4, 5), 6), 7), 'tagged', {'prog': 'vw_out'}),
    ('its own behind a tag', tag(GOOD4, 5), PASS, {'prog': 'vw_out'}),
    ('nothing is checked that is received', frame4(UDP, udp(1, 2), OTHER4), PASS,
     {'prog': 'vw_in'}),
]
WAITING = [
    ('what is sent waits in its class', GOOD4, PASS,
     {'verdict': lab.REDIRECT, 'after': {'mark': lab.MARK_OUT | 1, 'priority': 0x10011}}),
    ('what is received waits in its own', GOOD4, PASS,
     {'prog': 'vw_out', 'verdict': lab.REDIRECT,
      'after': {'mark': lab.MARK_IN | 1, 'priority': 0x10012}}),
    ('a forged frame does not wait', tag(GOOD4, 5), 'tagged'),
    ('it goes on from the queue', GOOD4, PASS,
     {'prog': 'vw_queue', 'mark': lab.MARK_OUT | 1, 'verdict': lab.REDIRECT,
      'after': {'mark': lab.MARK_OUT | 1, 'priority': 0}}),
    ('without a mark nothing leaves the queue', GOOD4, '-', {'prog': 'vw_queue'}),
    ('nor with that of a point that is gone', GOOD4, '-',
     {'prog': 'vw_queue', 'mark': lab.MARK_OUT | 99}),
    ('nor with that of an uplink', GOOD4, '-', {'prog': 'vw_queue', 'mark': lab.MARK_WIRE | 1}),
]
BLOCKED = [
    ('what is sent', GOOD4, 'blocked'), ('what is received', GOOD4, 'blocked', {'prog': 'vw_out'}),
    ('what still waits', GOOD4, 'blocked', {'prog': 'vw_queue', 'mark': lab.MARK_IN | 1}),
]


def run_group(name, setup, rows, again):
    """Rows that are not as they should be, as text."""
    setup()
    for what, frame, reason, *more in rows:
        more = more[0] if more else {}
        prog, verdict = more.get('prog', 'vw_in'), more.get('verdict', lab.UNSPEC)
        L.account(1)
        got, _, after, _ = L.run(prog, frame, mark=more.get('mark', 0))
        dropped, counted = L.dropped(1), L.counts(1)
        want = verdict if reason is None else lab.SHOT
        drops = {reason: 1} if reason not in (None, '-') else {}
        faults = []
        if got != want:
            faults.append('answered %d, should be %d' % (got, want))
        if dropped != drops:
            faults.append('dropped %s, should be %s' % (dropped, drops))
        waited = verdict == lab.REDIRECT and prog != 'vw_queue'
        if reason is None and not more.get('mark') and not waited and \
                sorted(counted) != [0, 0, 1, len(frame)]:
            faults.append('counted %s' % (counted,))
        if (reason is not None or waited) and any(counted):
            faults.append('counted %s what did not pass' % (counted,))
        for key, value in more.get('after', {}).items():
            if after[key] != value:
                faults.append('%s is %#x then, should be %#x' % (key, after[key], value))
        for fault in faults:
            yield '%s: %s: %s' % (name, what, fault)
        again.append(1)


GROUPS = [
    ('strict', base, STRICTNESS),
    ('marks', base, MARKS),
    ('mac-nospoof', lambda: base(protect=lab.MAC), MAC_NOSPOOF),
    ('ip-nospoof', lambda: base(protect=lab.IP), IP_NOSPOOF),
    ('dhcp-nospoof', lambda: base(protect=lab.DHCP), DHCP_NOSPOOF),
    ('restricted', lambda: base(protect=lab.RESTRICTED), RESTRICTED),
    ('all', lambda: base(protect=ALL), LEGITIMATE),
    ('plain', plain, PLAIN),
    ('plain, protected', lambda: plain(protect=ALL), PLAIN_SPOOF),
    ('limited', lambda: base(queue=7, classes=(0x10011, 0x10012)), WAITING),
    ('blocked', lambda: base(flags=lab.REVERSED | lab.STRICT | lab.BLOCK), BLOCKED),
]


def truncated():
    """A frame cut anywhere is dropped or passes; no counter says both or none."""
    full = [frame for _, _, rows in GROUPS for _, frame, *_ in rows]
    for setup in (lambda: base(protect=ALL),
                  lambda: base(protect=lab.IP, kinds=0x3f, masks=(0xfc,)),
                  lambda: plain(kinds=0x3f, masks=(0xff,))):
        setup()
        for frame in full:
            for length in range(65):
                for prog in ('vw_in', 'vw_out'):
                    L.account(1)
                    try:
                        got = L.run(prog, frame[:length])[0]
                    except OSError:
                        continue        # the kernel does not try what no device could receive
                    passed, dropped = sum(L.counts(1)[:2]), sum(L.dropped(1).values())
                    if (got, passed, dropped) not in ((lab.UNSPEC, 1, 0), (lab.SHOT, 0, 1)):
                        yield 'cut to %d bytes: %s answered %d, passed %d, dropped %d: %s' % (
                            length, prog, got, passed, dropped, frame[:length].hex())


G4, G6 = '01:00:5e:01:02:03', '33:33:00:01:02:03'
MINE4, MINE6 = '225.1.2.3', 'ff05::1:203'
SAME4, SAME6 = '224.129.2.3', 'ff02::1:203'       # other groups with these MACs
# What a port reports, one after the other, and what it has joined then.
REPORTS = [
    ('IGMPv3: nobody is unwanted', igmp_frame(igmp3((4, MINE4, 0))), [G4]),
    ('leaving', igmp_frame(igmp3((3, MINE4, 0))), []),
    ('IGMPv3 with a sender', igmp_frame(igmp3((3, MINE4, 1))), [G4]),
    ('another group with the same MAC', igmp_frame(igmp3((4, SAME4, 0))), [G4]),
    ('leaving one of two', igmp_frame(igmp3((3, MINE4, 0))), [G4]),
    ('leaving both', igmp_frame(igmp3((3, SAME4, 0))), []),
    ('leaving once more', igmp_frame(igmp3((3, SAME4, 0))), []),
    ('allow new senders', igmp_frame(igmp3((5, MINE4, 1))), [G4]),
    ('block old senders', igmp_frame(igmp3((6, MINE4, 1))), [G4]),
    ('is include, of nobody', igmp_frame(igmp3((1, MINE4, 0))), []),
    ('is exclude', igmp_frame(igmp3((2, MINE4, 0))), [G4]),
    ('IGMPv2 leave', igmp_frame(igmp(0x17, MINE4), dst='224.0.0.2', l2dst='01:00:5e:00:00:02'), []),
    ('IGMPv2 report', igmp_frame(igmp(0x16, MINE4), dst=MINE4, l2dst=G4), [G4]),
    ('leave', igmp_frame(igmp(0x17, MINE4)), []),
    ('IGMPv1 report', igmp_frame(igmp(0x12, MINE4), dst=MINE4, l2dst=G4), [G4]),
    ('an IGMP query', igmp_frame(igmp(0x11, '225.9.9.9')), [G4]),
    ('224.0.0.x needs no joining', igmp_frame(igmp3((4, '224.0.0.251', 0))), [G4]),
    ('a unicast address is no group', igmp_frame(igmp3((4, '10.1.2.3', 0))), [G4]),
    ('a report in a fragment', eth(IPV4_TYPE, ipv4(IGMP, igmp3((4, '225.9.9.9', 0)), more=True),
                                   dst='01:00:5e:00:00:16'), [G4]),
    ('MLDv2, the second of three records',
     mld_frame(mld2((4, 'ff02::1:ff00:1', 0), (4, MINE6, 0), (6, 'ff05::9', 2))), [G4, G6]),
    ('another group with the same MAC', mld_frame(mld(131, SAME6)), [G4, G6]),
    ('MLDv1 done', mld_frame(mld(132, MINE6), dst='ff02::2'), [G4, G6]),
    ('of both', mld_frame(mld(132, SAME6), dst='ff02::2'), [G4]),
    ('after a record with senders', mld_frame(mld2((6, 'ff05::9', 3), (2, MINE6, 0))), [G4, G6]),
    ('an MLD query', mld_frame(mld(130, 'ff05::9')), [G4, G6]),
    ('more records than there are', mld_frame(mld2((3, MINE6, 0)) + b''), [G4]),
    ('cut in a record', mld_frame(mld2((4, MINE6, 0)))[:-4], [G4]),
    ('what is no multicast frame', frame4(IGMP, igmp3((4, '225.9.9.9', 0))), [G4]),
]


def reports():
    base(flags=lab.REVERSED | lab.STRICT | lab.PORT, sw=9)
    for what, frame, want in REPORTS:
        L.run('vw_in', frame)
        got, counter = L.joined(1), L.point_get(1)['ngroups']
        if got != want or counter != len(want):
            yield '%s: joined %s, counted %d, should be %s' % (what, got, counter, want)
    for n in range(300):
        L.run('vw_in', mld_frame(mld(131, 'ff05::%x' % (0x1000 + n))))
    state = L.point_get(1)
    if not state['flags'] & lab.ALLMULTI or len(L.joined(1)) != 256 or state['ngroups'] != 256:
        yield 'after 300 groups: flags %#x, %d groups, counted %d' % (
            state['flags'], len(L.joined(1)), state['ngroups'])


def main():
    if sys.argv[1:] == ['truncated']:
        faults = list(truncated())
    elif sys.argv[1:] == ['reports']:
        faults = list(reports())
    else:
        done = []
        faults = [fault for name, setup, rows in GROUPS
                  for fault in run_group(name, setup, rows, done)]
        print('%d frames' % len(done))
    for fault in faults:
        print(fault)
    return 1 if faults else 0


if __name__ == '__main__':
    sys.exit(main())

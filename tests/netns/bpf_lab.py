#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The eBPF programs on the bench: loads them, fills their maps, feeds them frames, reads counters.

Knows nothing of the library: it talks to libbpf and to rtnetlink itself. Layouts are those of
lib/bpf/shared.h. `bpf_lab.py probe` says whether programs can be loaded here (status 77: no).
"""
import ctypes
import ipaddress
import os
import socket
import struct
import sys

BUILD = os.environ.get('VW_BUILD', os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                                '../../build'))
REVERSED, STRICT, PORT, UPLINK, BLOCK, FLOWS, ALLMULTI, PEER = (1 << n for n in range(8))
MAC, IP, DHCP, RESTRICTED = (1 << n for n in range(4))
OUT, IN = 0, 1
LOCAL_IP, REMOTE_IP, TRANSPORT, LOCAL_PORT, REMOTE_PORT, DSFIELD = range(6)
REASONS = ['tagged', 'mac', 'ip', 'arp', 'nd', 'dhcp', 'restricted', 'blocked', 'control', 'other']
HOST, ABOVE = 1, 6
FLOW_DROP, FLOW_DSCP = 1, 2
MARK_OUT, MARK_IN, MARK_WIRE = 0x76000000, 0x77000000, 0x78000000
UNSPEC, SHOT, REDIRECT = -1, 2, 7
MAPS = ['conf', 'points', 'fdb', 'groups', 'joined', 'flow_addrs', 'flow_keys', 'frags', 'allowed',
        'cids', 'counts', 'dropped', 'minors']


class RunOpts(ctypes.Structure):
    """struct bpf_test_run_opts"""
    _fields_ = [('sz', ctypes.c_size_t), ('data_in', ctypes.c_char_p),
                ('data_out', ctypes.c_void_p), ('data_size_in', ctypes.c_uint32),
                ('data_size_out', ctypes.c_uint32), ('ctx_in', ctypes.c_char_p),
                ('ctx_out', ctypes.c_void_p), ('ctx_size_in', ctypes.c_uint32),
                ('ctx_size_out', ctypes.c_uint32), ('retval', ctypes.c_uint32),
                ('repeat', ctypes.c_int), ('duration', ctypes.c_uint32),
                ('flags', ctypes.c_uint32), ('cpu', ctypes.c_uint32),
                ('batch_size', ctypes.c_uint32)]


# struct __sk_buff: where some members are
SK_MARK, SK_PRIORITY, SK_GSO_SEGS, SK_GSO_SIZE, SK_SIZE = 8, 32, 164, 176, 192


def object_file():
    for name in ('vwire.stripped.o', 'vwire.bpf.o'):
        path = os.path.join(BUILD, 'lib/bpf', name)
        if os.path.exists(path):
            return path
    raise FileNotFoundError('there is no lib/bpf/vwire.bpf.o in %s: build first' % BUILD)


def mac(text):
    return bytes(int(part, 16) for part in text.split(':'))


class Lab:
    """The object, loaded. One object per process: descriptors live as long as it."""

    def __init__(self, quiet=False):
        self.bpf = ctypes.CDLL('libbpf.so.1', use_errno=True)
        self.bpf.bpf_object__open_file.restype = ctypes.c_void_p
        for name in ('bpf_object__find_map_fd_by_name', 'bpf_object__load'):
            getattr(self.bpf, name).argtypes = [ctypes.c_void_p, ctypes.c_char_p][:1 + (
                'find' in name)]
        self.bpf.bpf_object__find_program_by_name.argtypes = [ctypes.c_void_p, ctypes.c_char_p]
        self.bpf.bpf_object__find_program_by_name.restype = ctypes.c_void_p
        self.bpf.bpf_program__fd.argtypes = [ctypes.c_void_p]
        self.bpf.bpf_map_update_elem.argtypes = [ctypes.c_int, ctypes.c_char_p, ctypes.c_char_p,
                                                 ctypes.c_uint64]
        self.bpf.bpf_map_lookup_elem.argtypes = [ctypes.c_int, ctypes.c_char_p, ctypes.c_char_p]
        self.bpf.bpf_map_delete_elem.argtypes = [ctypes.c_int, ctypes.c_char_p]
        self.bpf.bpf_map_get_next_key.argtypes = [ctypes.c_int, ctypes.c_char_p, ctypes.c_char_p]
        if quiet:
            self.bpf.libbpf_set_print(None)
        obj = self.bpf.bpf_object__open_file(object_file().encode(), None)
        rc = self.bpf.bpf_object__load(obj)
        if rc < 0:
            raise OSError(-rc, 'cannot load the programs: %s' % os.strerror(-rc))
        self.maps = {name: self.bpf.bpf_object__find_map_fd_by_name(obj, b'vw_' + name.encode())
                     for name in MAPS}
        self.progs = {name: self.bpf.bpf_program__fd(
            self.bpf.bpf_object__find_program_by_name(obj, name.encode()))
            for name in ('vw_in', 'vw_out', 'vw_queue')}
        self.cpus = self.bpf.libbpf_num_possible_cpus()

    # -- maps --------------------------------------------------------------------------------------
    def put(self, name, key, value):
        if self.bpf.bpf_map_update_elem(self.maps[name], key, value, 0) < 0:
            raise OSError(ctypes.get_errno(), 'cannot write to %s' % name)

    def get(self, name, key, size):
        buf = ctypes.create_string_buffer(size)
        if self.bpf.bpf_map_lookup_elem(self.maps[name], key, buf) < 0:
            return None
        return buf.raw

    def drop(self, name, key):
        return self.bpf.bpf_map_delete_elem(self.maps[name], key) == 0

    def keys(self, name, size):
        found, buf = [], ctypes.create_string_buffer(size)
        last = None
        while self.bpf.bpf_map_get_next_key(self.maps[name], last, buf) == 0:
            last = buf.raw
            found.append(last)
        return found

    def clear(self, name, size):
        for key in self.keys(name, size):
            self.drop(name, key)

    def point(self, ifindex, address, *, account=1, flags=0, sw=0, queue=0, classes=(0, 0), nxt=0,
              vid=0, protect=0, kinds=0, masks=()):
        self.put('points', struct.pack('<I', ifindex), struct.pack(
            '<IIIIIIIHH6sBB8sII', account, flags | (FLOWS if kinds else 0), sw, queue, *classes,
            nxt, vid, protect, mac(address), kinds, len(masks), bytes(masks), 0, 0))

    def point_get(self, ifindex):
        names = ('account', 'flags', 'sw', 'queue', 'class0', 'class1', 'next', 'vid', 'protect',
                 'mac', 'kinds', 'nmasks', 'masks', 'ngroups', 'node')
        raw = self.get('points', struct.pack('<I', ifindex), 56)
        return dict(zip(names, struct.unpack('<IIIIIIIHH6sBB8sII', raw)))

    def fdb(self, sw, vid, address, ifindex, flags=0):
        self.put('fdb', struct.pack('<IH6s', sw, vid, mac(address)),
                 struct.pack('<II', ifindex, flags))

    def group(self, sw, vid, first):
        self.put('groups', struct.pack('<II', sw, vid), struct.pack('<I', first))

    def joined(self, ifindex):
        """MACs of the groups a port joined"""
        found = []
        for key in self.keys('joined', 12):
            owner, address, _ = struct.unpack('<I6sH', key)
            if owner == ifindex:
                found.append(address.hex(':'))
        return sorted(found)

    def allow(self, ifindex, prefix):
        net = ipaddress.ip_network(prefix)
        self.put('allowed', struct.pack('<III16s', 64 + net.prefixlen, ifindex, net.version
                                        if net.version == 6 else 4, net.network_address.packed),
                 b'\1')

    def cid(self, ifindex, family, data):
        self.put('cids', struct.pack('<IBBH64s', ifindex, family, len(data), 0, data), b'\1')

    def flow(self, ifindex, kind, account, *, prefix=None, proto=0, port=0, ds=0, mask=0, flags=0,
             classes=(0, 0), dscp=0):
        value = struct.pack('<IIIIHB5x', account, flags, *classes, 0, dscp)
        if kind in (LOCAL_IP, REMOTE_IP):
            net = ipaddress.ip_network(prefix)
            self.put('flow_addrs', struct.pack(
                '<IIBBH16s', 64 + net.prefixlen, ifindex, kind, net.version, 0,
                net.network_address.packed), value)
        else:
            self.put('flow_keys', struct.pack('<IBBBBHH', ifindex, kind, proto, ds, mask,
                                              socket.htons(port), 0), value)

    def account(self, *numbers):
        for number in numbers:
            for name, size in (('counts', 32), ('dropped', 80)):
                self.put(name, struct.pack('<I', number), bytes(size * self.cpus))

    def _sum(self, name, number, words):
        raw = self.get(name, struct.pack('<I', number), words * 8 * self.cpus)
        if raw is None:
            return [0] * words
        values = struct.unpack('<%dQ' % (words * self.cpus), raw)
        return [sum(values[i::words]) for i in range(words)]

    def counts(self, number):
        """(packets out, packets in, bytes out, bytes in)"""
        return tuple(self._sum('counts', number, 4))

    def dropped(self, number):
        """{reason: packets}, without zeros"""
        return {r: n for r, n in zip(REASONS, self._sum('dropped', number, len(REASONS))) if n}

    # -- programs ----------------------------------------------------------------------------------
    def run(self, prog, frame, *, mark=0, priority=0, gso_size=0, gso_segs=0, repeat=1):
        """(verdict, frame as it left, {mark, priority}, nanoseconds)"""
        ctx = bytearray(SK_SIZE)
        for at, value in ((SK_MARK, mark), (SK_PRIORITY, priority), (SK_GSO_SEGS, gso_segs),
                          (SK_GSO_SIZE, gso_size)):
            struct.pack_into('<I', ctx, at, value)
        out = ctypes.create_string_buffer(len(frame) + 64)
        ctx_out = ctypes.create_string_buffer(SK_SIZE)
        o = RunOpts(sz=ctypes.sizeof(RunOpts), data_in=bytes(frame), data_size_in=len(frame),
                    data_out=ctypes.addressof(out), data_size_out=len(out), ctx_in=bytes(ctx),
                    ctx_size_in=SK_SIZE, ctx_out=ctypes.addressof(ctx_out), ctx_size_out=SK_SIZE,
                    repeat=repeat)
        rc = self.bpf.bpf_prog_test_run_opts(self.progs[prog], ctypes.byref(o))
        if rc < 0:
            raise OSError(-rc, 'the kernel does not run %s with %d bytes' % (prog, len(frame)))
        after = {'mark': struct.unpack_from('<I', ctx_out.raw, SK_MARK)[0],
                 'priority': struct.unpack_from('<I', ctx_out.raw, SK_PRIORITY)[0]}
        return (ctypes.c_int32(o.retval).value, out.raw[:o.data_size_out], after, o.duration)

    # -- hooks -------------------------------------------------------------------------------------
    def attach(self, ifindex):
        """vw_in and vw_out on the clsact of a device"""
        ask(36, 0x4 | 0x400, tcmsg(ifindex, 0xFFFF0000, 0xFFFFFFF1) + attr(1, b'clsact\0'))
        for parent, prog in ((0xFFFFFFF2, 'vw_in'), (0xFFFFFFF3, 'vw_out')):
            self.attach_one(ifindex, parent, prog)

    def attach_queue(self, ifindex):
        ask(36, 0x4 | 0x400, tcmsg(ifindex, 0xFFFF0000, 0xFFFFFFF1) + attr(1, b'clsact\0'))
        self.attach_one(ifindex, 0xFFFFFFF2, 'vw_queue')

    def attach_one(self, ifindex, parent, prog):
        options = (attr(6, struct.pack('<I', self.progs[prog])) + attr(7, prog.encode() + b'\0') +
                   attr(8, struct.pack('<I', 1)))               # direct action
        ask(44, 0x4 | 0x400, tcmsg(ifindex, 1, parent, 1 << 16 | socket.htons(3)) +
            attr(1, b'bpf\0') + attr(2 | 0x8000, options))


def tcmsg(ifindex, handle, parent, info=0):
    return struct.pack('<BxxxiIII', 0, ifindex, handle, parent, info)


def attr(kind, data):
    return struct.pack('<HH', len(data) + 4, kind) + data + bytes(-len(data) % 4)


def ask(kind, flags, body):
    """One rtnetlink request; raises what the kernel answers."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as s:
        s.bind((0, 0))
        s.send(struct.pack('<IHHII', 16 + len(body), kind, 1 | flags, 1, 0) + body)
        reply = s.recv(65536)
        error = -struct.unpack_from('<i', reply, 16)[0]
        if error:
            raise OSError(error, 'rtnetlink request %d: %s' % (kind, os.strerror(error)))


def probe():
    try:
        lab = Lab(quiet=True)
    except PermissionError:
        print('loading eBPF programs needs root')
        return 77
    except FileNotFoundError as why:
        print(why)
        return 1
    try:
        lab.account(1)
        lab.point(1, '2:0:0:0:0:1')
        lab.run('vw_in', bytes(60))
    except OSError as why:
        print('this kernel does not run programs for a test: %s' % why)
        return 77
    return 0


if __name__ == '__main__' and sys.argv[1:] == ['probe']:
    sys.exit(probe())

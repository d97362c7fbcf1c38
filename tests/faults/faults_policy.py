# SPDX-License-Identifier: LGPL-2.1-or-later
"""The policy that the kernel holds, read from the kernel: hooks, queues, classes, maps.

What may differ between two states that are alike (ids, class minors, accounts, the order of a
list) is taken out or replaced by names, so that states of different runs compare. Layouts are
those of lib/bpf/shared.h.
"""
import ctypes
import errno
import os
import struct

RTM_GETQDISC, RTM_GETTCLASS, RTM_GETTFILTER = 38, 42, 46
INGRESS, EGRESS = 0xFFFFFFF2, 0xFFFFFFF3
DEFAULT_QDISCS = ('noqueue', 'pfifo_fast', 'fq_codel', 'mq', 'fq')
SYS_BPF = 321
MAP_LOOKUP, MAP_NEXT_KEY, PROG_FD_BY_ID, MAP_FD_BY_ID, OBJ_INFO = 1, 4, 13, 14, 15
REVERSED, UPLINK = 1 << 0, 1 << 3

libc = ctypes.CDLL(None, use_errno=True)


# -- eBPF: the one system call -------------------------------------------------------------------

def bpf(command, data):
    buf = ctypes.create_string_buffer(data, 128)
    got = libc.syscall(SYS_BPF, command, buf, 128)
    if got < 0:
        err = ctypes.get_errno()
        raise OSError(err, f'bpf command {command}: {os.strerror(err)}')
    return got


def address_of(buf):
    return ctypes.addressof(buf)


def info_of(fd, info):
    bpf(OBJ_INFO, struct.pack('=IIQ', fd, len(info), address_of(info)))


def program_maps(ident):
    """Ids of the maps that program @ident holds."""
    fd = bpf(PROG_FD_BY_ID, struct.pack('=I', ident))
    try:
        ids, info = (ctypes.c_uint32 * 64)(), ctypes.create_string_buffer(256)
        # struct bpf_prog_info: nr_map_ids at 52, map_ids at 56
        struct.pack_into('=IQ', info, 52, 64, address_of(ids))
        info_of(fd, info)
        return set(ids[:struct.unpack_from('=I', info, 52)[0]])
    finally:
        os.close(fd)


class Map:
    def __init__(self, ident):
        self.ident, self.fd = ident, bpf(MAP_FD_BY_ID, struct.pack('=I', ident))
        info = ctypes.create_string_buffer(128)
        info_of(self.fd, info)
        self.key_size, self.value_size = struct.unpack_from('=II', info, 8)
        self.name = info.raw[24:40].split(b'\0')[0].decode()
        kind, = struct.unpack_from('=I', info, 0)
        # per CPU: a value of each
        self.room = self.value_size if kind != 5 else ((self.value_size + 7) & ~7) * 1024

    def close(self):
        os.close(self.fd)

    def keys(self):
        key, found = ctypes.create_string_buffer(self.key_size), []
        last = 0
        while True:
            try:
                bpf(MAP_NEXT_KEY, struct.pack('=IIQQ', self.fd, 0, last, address_of(key)))
            except OSError as e:
                if e.errno == errno.ENOENT:
                    return found
                raise
            found.append(key.raw)
            before = ctypes.create_string_buffer(key.raw, self.key_size)
            last = address_of(before)

    def get(self, key):
        value = ctypes.create_string_buffer(self.room)
        held = ctypes.create_string_buffer(key, len(key))
        bpf(MAP_LOOKUP, struct.pack('=IIQQQ', self.fd, 0, address_of(held), address_of(value), 0))
        return value.raw[:self.value_size]


# -- maps in the words of shared.h ----------------------------------------------------------------

class Namer:
    """Names of interfaces; what points to none that is there is 'gone'."""

    def __init__(self, links, address):
        self.names = {link['index']: name for name, link in links.items()}
        self.address = address

    def __call__(self, index):
        return '-' if index == 0 else self.names.get(index, 'gone')


def point(names, raw):
    account, flags, sw, queue, out, in_, after, vid, protect, mac, kinds, nmasks, masks, _, node = \
        struct.unpack('=IIIIIIIHH6sBB8sII', raw)
    return {'account': account, 'flags': flags & ~(1 << 6), 'sw': names(sw),
            'queue': names(queue), 'waits': (out != 0, in_ != 0), 'next': after, 'vid': vid,
            'protect': protect, 'mac': names.address(mac), 'kinds': kinds,
            'masks': sorted(masks[:nmasks]), 'node': node != 0}


def flow(raw):
    account, flags, out, in_, node, dscp = struct.unpack_from('=IIIIHB', raw)
    return account, (flags, out != 0, in_ != 0, node != 0, dscp)


def members(points, first):
    """Names along a list of group members, in any order."""
    found, seen = [], set()
    while first != 0 and first not in seen:
        seen.add(first)
        found.append(points[first][0] if first in points else 'gone')
        first = points[first][1]['next'] if first in points else 0
    return sorted(found)


def keyed(names, raw, at):
    """A key as text, with the ifindex at offset @at replaced by its name."""
    index, = struct.unpack_from('=I', raw, at)
    return names(index), (raw[:at] + raw[at + 4:]).hex()


def read_maps(maps, names):
    """The engine of one set of maps."""
    held = {m.name: {key: m.get(key) for key in m.keys()} for m in maps
            if m.name in ('vw_points', 'vw_fdb', 'vw_groups', 'vw_flow_addrs', 'vw_flow_keys',
                          'vw_allowed', 'vw_cids')}
    keys = {m.name: m.keys() for m in maps
            if m.name in ('vw_counts', 'vw_dropped', 'vw_joined', 'vw_minors')}
    points, accounts, flows = {}, set(), []
    for key, raw in held['vw_points'].items():
        index, = struct.unpack('=I', key)
        points[index] = (names(index), point(names, raw))
        accounts.add(points[index][1]['account'])
    for name, at in (('vw_flow_addrs', 4), ('vw_flow_keys', 0)):
        for key, raw in held[name].items():
            account, rest = flow(raw)
            accounts.add(account)
            flows.append((*keyed(names, key, at), rest))
    switches = {(names(struct.unpack_from('=I', k)[0]), struct.unpack_from('=I', k, 4)[0]):
                members(points, struct.unpack('=I', v)[0]) for k, v in held['vw_groups'].items()}
    fdb = []
    for key, raw in held['vw_fdb'].items():
        (sw, vid), mac = struct.unpack_from('=IH', key), names.address(key[6:12])
        index, flags = struct.unpack('=II', raw)
        fdb.append((names(sw), vid, mac, names(index), flags))
    lost = sum(struct.unpack('=I', k)[0] not in accounts
               for name in ('vw_counts', 'vw_dropped') for k in keys[name])
    joined = sum(names(struct.unpack_from('=I', k)[0]) == 'gone' for k in keys['vw_joined'])
    found = {'points': sorted((name, sorted((k, v) for k, v in p.items()
                                           if k not in ('account', 'next')))
                             for name, p in points.values()),
            'fdb': sorted(fdb), 'switches': sorted(switches.items()), 'flows': sorted(flows),
            'allowed': sorted((*keyed(names, k, 4), v.hex())
                              for k, v in held['vw_allowed'].items()),
            'cids': sorted((*keyed(names, k, 0), v.hex()) for k, v in held['vw_cids'].items()),
            'minors': sorted(names(struct.unpack('=I', k)[0]) for k in keys['vw_minors']),
            'counters of nobody': lost, 'groups joined by nobody': joined}
    return {what: held for what, held in found.items() if held}


# -- queues, classes, filters ---------------------------------------------------------------------

def tcmsg(index, parent=0):
    return struct.pack('=BBHiIII', 0, 0, 0, index, 0, parent, 0)


def tc_entries(lab, kind, index, parent=0):
    for payload in lab.dump(kind, tcmsg(index, parent)):
        where, handle, above = struct.unpack_from('=iII', payload, 4)
        yield where, handle, above, dict(lab.attributes(payload[20:]))


def class_tree(lab, index, leaves):
    """Classes of an HTB as a tree, without the numbers that it happens to have."""
    below, what = {}, {}
    for _, handle, parent, attr in tc_entries(lab, RTM_GETTCLASS, index):
        options = dict(lab.attributes(attr.get(2, b'')))
        # struct tc_htb_opt: of the rates alone, and the priority at its end
        parms = options.get(1, b'')
        what[handle] = (parms[8:12].hex(), parms[20:24].hex(), parms[40:44].hex(),
                        options.get(6, b'').hex(), options.get(7, b'').hex(),
                        leaves.get(handle, ''))
        below.setdefault(parent if parent in what or parent != 0xFFFFFFFF else 0, []).append(handle)

    def tree(handle):
        return (*what[handle], sorted(tree(child) for child in below.get(handle, ())))
    roots = [h for parent, hs in below.items() if parent not in what for h in hs]
    return sorted(tree(h) for h in roots)


def hooks(lab, index):
    """(side, program's name, its id) of the filters at a clsact."""
    for side, parent in (('ingress', INGRESS), ('egress', EGRESS)):
        for _, _, _, attr in tc_entries(lab, RTM_GETTFILTER, index, parent):
            options = dict(lab.attributes(attr.get(2, b'')))
            if 11 in options:
                yield side, lab.text(options.get(7, b'')), lab.number(options[11])


def read_policy(lab, links):
    """What of policy is in this namespace. {} where there is none."""
    names = Namer(links, lab.address)
    queues, trees, hooked, programs = [], {}, {}, set()
    found = list(tc_entries(lab, RTM_GETQDISC, 0))
    for index, handle, parent, attr in found:
        kind = lab.text(attr.get(1, b''))
        if kind == 'clsact':
            hooked[names(index)] = []
            for side, name, ident in hooks(lab, index):
                hooked[names(index)].append((side, name))
                programs.add(ident)
            hooked[names(index)].sort()
        elif kind == 'htb':
            queues.append((names(index), kind))
            leaves = {p: lab.text(a.get(1, b'')) for i, _, p, a in found if i == index}
            trees[names(index)] = class_tree(lab, index, leaves)
        elif handle != 0 and parent == 0xFFFFFFFF and kind not in DEFAULT_QDISCS:
            queues.append((names(index), kind))
    if not queues and not hooked:
        return {}
    policy = {'queues': sorted(queues), 'classes': trees, 'hooks': hooked}
    engines = {}
    for ident in programs:
        try:
            held = program_maps(ident)
        except OSError:
            continue
        maps = [Map(i) for i in held]
        conf = [m.ident for m in maps if m.name == 'vw_conf']
        engines.update((i, maps) for i in conf)
        if not conf:
            for m in maps:
                m.close()
    policy['engines'] = len(engines)
    for n, maps in enumerate(engines.values()):
        policy.update({(what if n == 0 else f'{what} of another engine'): v
                       for what, v in read_maps(maps, names).items()})
        for m in maps:
            m.close()
    return policy


def flagged(state, flag):
    return {name for name, values in state['policy'].get('points', ())
            if dict(values)['flags'] & flag}


def unguarded(old, new, now):
    """Devices that are up now without the hooks that they have in both states that may be."""
    both = flagged(old, UPLINK) | flagged(new, UPLINK)
    ports = flagged(now, REVERSED) & set(now['policy'].get('hooks', {}))
    for name, link in now['links'].items():
        want = [state['policy'].get('hooks', {}).get(name, [])
                for state in (old, new) if name in state['links']]
        # a NIC is hooked for the sake of its ports: while the last one is made anew it is not
        if want and all(want) and link['up'] and (ports or name not in both):
            got = now['policy'].get('hooks', {}).get(name, [])
            if not any(set(hooks_) <= set(got) for hooks_ in want):
                yield f'{name} is up with no hooks but {got}'

# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the fault tests stand on: a throw-away host in namespaces, and a way to read all of it.

A Lab is a private mount namespace with its own /run and its own VWIRE_ROOT on a tmpfs. Lab.fresh()
gives it a new, empty network namespace (and zones), which costs a few milliseconds, so that every
one of thousands of fault points starts from nothing.
"""
import ctypes
import os
import re
import shutil
import socket
import struct
import subprocess
import sys

import faults_policy

CLONE_NEWNS, CLONE_NEWNET = 0x20000, 0x40000000
MS_BIND, MS_REC, MS_PRIVATE, MNT_DETACH = 4096, 16384, 1 << 18, 2
RTM_GETLINK, RTM_GETNEIGH, NLM_F_DUMP = 18, 30, 0x301
AF_BRIDGE, NUD_PERMANENT, NUD_NOARP = 7, 0x80, 0x40

libc = ctypes.CDLL(None, use_errno=True)


def checked(result, what):
    if result != 0:
        err = ctypes.get_errno()
        raise OSError(err, f'{what}: {os.strerror(err)}')


def mount(source, target, kind, flags=0, data=None):
    def raw(text):
        return None if text is None else text.encode()
    checked(libc.mount(raw(source), raw(target), raw(kind), flags, raw(data)), f'mount {target}')


def unshare(flags):
    checked(libc.unshare(flags), 'unshare')


def setns(fd):
    checked(libc.setns(fd, CLONE_NEWNET), 'setns')


def my_netns():
    return os.open('/proc/thread-self/ns/net', os.O_RDONLY | os.O_CLOEXEC)


# -- reading the kernel ---------------------------------------------------------------------------

def attributes(data):
    at, found = 0, []
    while at + 4 <= len(data):
        size, kind = struct.unpack_from('HH', data, at)
        if size < 4:
            break
        found.append((kind & 0x3fff, data[at + 4:at + size]))
        at += (size + 3) & ~3
    return found


def dump(kind, body):
    """Payloads of every message the kernel answers to one dump request."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, 0) as sock:
        sock.bind((0, 0))
        sock.send(struct.pack('IHHII', 16 + len(body), kind, NLM_F_DUMP, 1, 0) + body)
        while True:
            data, at = sock.recv(1 << 18), 0
            while at + 16 <= len(data):
                size, what = struct.unpack_from('IH', data, at)
                if what in (2, 3):      # error, done
                    return
                yield data[at + 16:at + size]
                at += (size + 3) & ~3


def text(data):
    return data.rstrip(b'\0').decode(errors='backslashreplace')


def number(data):
    return int.from_bytes(data, sys.byteorder)


def address(data):
    """Addresses in 02:0a:aa were asked for; the rest is drawn at random and differs each time."""
    return data.hex(':') if data[:3] == b"\x02\x0a\xaa" else '*'


# Attributes of IFLA_INFO_DATA and IFLA_INFO_SLAVE_DATA that somebody asked for: no timers, no ids.
ASKED_DATA = {
    'macvlan': (1,), 'vlan': (1,), 'bond': (1, 3, 14, 20, 21),
    'bridge': (1, 2, 3, 5, 6, 7, 23, 25),
}
ASKED_PORT = {'bridge': (2, 3, 5, 8, 9, 27, 30, 33)}


def picked(data, which):
    return {kind: value.hex() for kind, value in attributes(data) if kind in which}


def kind_of(info):
    info = dict(attributes(info))
    kind, port = text(info.get(1, b'')), text(info.get(4, b''))
    return (kind, picked(info.get(2, b''), ASKED_DATA.get(kind, ())),
            picked(info.get(5, b''), ASKED_PORT.get(port, ())))


def read_links():
    raw = []
    for payload in dump(RTM_GETLINK, struct.pack('BBHiII', 0, 0, 0, 0, 0, 0)):
        index, flags = struct.unpack_from('iI', payload, 4)
        raw.append((index, flags, dict(attributes(payload[16:]))))
    names = {index: text(attr[3]) for index, _, attr in raw}
    links = {}
    for index, flags, attr in raw:
        lower = number(attr[5]) if 5 in attr else 0
        kind, data, port = kind_of(attr.get(18, b''))
        links[names[index]] = {
            'index': index, 'up': flags & 1, 'kind': kind, 'data': data, 'port': port,
            'mtu': number(attr[4]), 'mac': address(attr.get(1, b'')),
            'group': number(attr.get(27, b'')), 'txqlen': number(attr.get(13, b'')),
            'alias': text(attr.get(20, b'')),
            'altnames': sorted(text(v) for k, v in attributes(attr.get(52, b'')) if k == 53),
            'master': names.get(number(attr.get(10, b'')), ''),
            'lower': 'elsewhere' if 37 in attr else names.get(lower, ''),
        }
    return links


def read_fdb():
    """Static entries of bridges, as (device, address); names come from the links."""
    found = []
    for payload in dump(RTM_GETNEIGH, struct.pack('BBHiHBB', AF_BRIDGE, 0, 0, 0, 0, 0, 0)):
        index, state = struct.unpack_from('iH', payload, 4)
        attr = dict(attributes(payload[12:]))
        mac = attr.get(2, b'\1')
        if 9 in attr and state & (NUD_PERMANENT | NUD_NOARP) and not mac[0] & 1:
            found.append((index, address(mac)))
    return found


def read_namespace():
    links = read_links()
    names = {link['index']: name for name, link in links.items()}
    return {'links': links, 'fdb': sorted((names.get(i, '?'), mac) for i, mac in read_fdb()),
            'policy': faults_policy.read_policy(sys.modules[__name__], links)}


def without_indexes(inventory):
    return {ns: {'fdb': held['fdb'], 'policy': held['policy'],
                 'links': {name: {k: v for k, v in link.items() if k != 'index'}
                           for name, link in held['links'].items()}}
            for ns, held in inventory.items()}


def differences(want, got):
    """Sentences that say where two inventories (without indexes) differ."""
    said = []
    for ns in sorted(set(want) | set(got)):
        a, b = want.get(ns, {}), got.get(ns, {})
        for name in sorted(set(a.get('links', {})) | set(b.get('links', {}))):
            x, y = a.get('links', {}).get(name), b.get('links', {}).get(name)
            if x is None or y is None:
                said.append(f'{ns}: link {name} {"left over" if x is None else "missing"}')
            elif x != y:
                said += [f'{ns}: {name}: {k} is {y[k]!r}, should be {x[k]!r}'
                         for k in x if x[k] != y[k]]
        if a.get('fdb') != b.get('fdb'):
            said.append(f'{ns}: forwarding entries are {b.get("fdb")}, should be {a.get("fdb")}')
        x, y = a.get('policy', {}), b.get('policy', {})
        said += [f'{ns}: policy: {k} is {y.get(k)!r}, should be {x.get(k)!r}'
                 for k in sorted(set(x) | set(y)) if x.get(k) != y.get(k)]
    return said


# -- the throw-away host ---------------------------------------------------------------------------

class Lab:
    def __init__(self, zones=()):
        self.zones = {name: -1 for name in zones}
        self.root = '/run/vwroot'
        self.env = {'VWIRE_ROOT': self.root, 'LC_ALL': 'C.UTF-8', 'PATH': program_path()}
        unshare(CLONE_NEWNS)
        mount(None, '/', None, MS_REC | MS_PRIVATE)
        mount('run', '/run', 'tmpfs', 0, 'mode=755')
        os.makedirs('/run/netns')
        os.makedirs(self.root)

    def fresh(self, setup=()):
        """A new host with new zones and no configuration; then run the @setup command lines."""
        for name in self.zones:
            self.new_zone(name)
        unshare(CLONE_NEWNET)
        for name in os.listdir(self.root):
            shutil.rmtree(os.path.join(self.root, name))
        for line in setup:
            rc, _, err = self.run(line)
            if rc != 0:
                raise RuntimeError(f"preparing: '{line}' ended with {rc}: {err.strip()}")

    def new_zone(self, name):
        path = f'/run/netns/{name}'
        if self.zones[name] >= 0:
            os.close(self.zones[name])
            libc.umount2(path.encode(), MNT_DETACH)
        else:
            open(path, 'w').close()
        unshare(CLONE_NEWNET)
        mount('/proc/thread-self/ns/net', path, None, MS_BIND)
        self.zones[name] = my_netns()

    def run(self, command, prefix=(), timeout=60, **kw):
        argv = list(prefix) + (command.split() if isinstance(command, str) else list(command))
        try:
            done = subprocess.run(argv, env=self.env, stdin=subprocess.DEVNULL, text=True,
                                  capture_output=True, timeout=timeout, errors='replace', **kw)
        except subprocess.TimeoutExpired:
            return 124, '', f'no end after {timeout} s'
        return done.returncode, done.stdout, done.stderr

    def inventory(self):
        found = {'host': read_namespace()}
        if self.zones:
            home = my_netns()
            try:
                for name, fd in self.zones.items():
                    setns(fd)
                    found[name] = read_namespace()
            finally:
                setns(home)
                os.close(home)
        return found

    def files(self):
        """Every file below VWIRE_ROOT: name to bytes."""
        found = {}
        for where, _, names in os.walk(self.root):
            for name in names:
                path = os.path.join(where, name)
                with open(path, 'rb') as f:
                    found[os.path.relpath(path, self.root)] = f.read()
        return found

    def config(self):
        try:
            with open(f'{self.root}/etc/vwire/config.json', 'rb') as f:
                return settled(f.read())
        except FileNotFoundError:
            return b''


def settled(document):
    """A document with what is drawn at random each time taken out."""
    return re.sub(rb'"mac": "(?!2:a:aa:)[0-9a-f:]+"', b'"mac": "*"', document)


def program_path():
    build = os.environ.get('VW_BUILD', 'build')
    dirs = [os.path.join(os.path.abspath(build), 'cli', name)
            for name in ('dladm', 'flowadm', 'vwire')]
    return ':'.join(dirs + ['/usr/sbin', '/usr/bin', '/sbin', '/bin'])


def one_sentence(err):
    """Is @err what a failing command may say: one sentence, then hints and notes?"""
    lines = [line for line in err.splitlines() if not re.match(r'[a-z]+: (hint|note): ', line)]
    return len(lines) == 1 and re.match(r'[a-z]+: \S', lines[0]) is not None


NIC = ('ip link add net0 up type veth peer name wire0',)
STUB = ('dladm create-etherstub stub1',)
ON_NIC = 'dladm create-vnic -l net0 -m 2:a:aa:0:0:1 vnic1'
ON_STUB = 'dladm create-vnic -l stub1 -m 2:a:aa:0:0:1 vnic1'


class Case:
    """One command, the state it starts from, and what this kernel must have for it.

    With @policy the engine is at work: its programs are loaded anew for every fault point, which
    takes half a second, so that only some are tried.
    """

    def __init__(self, name, command, setup=(), zones=(), kind=None, policy=False):
        self.name, self.command, self.kind, self.policy = name, command, kind, policy
        self.setup, self.zones = tuple(setup), tuple(zones)


CASES = (
    Case('create-vnic over a NIC', ON_NIC, NIC),
    Case('create-vnic over a NIC into a zone', ON_NIC + ' -p zone=z1', NIC, ('z1',),
         policy=True),
    Case('create-vnic over an etherstub', ON_STUB, STUB),
    Case('create-vnic over an etherstub into a zone', ON_STUB + ' -p zone=z1', STUB, ('z1',),
         policy=True),
    Case('create-vnic with a VLAN ID over an etherstub', ON_STUB + ' -v 200', STUB),
    Case('create-aggr', 'dladm create-aggr -L active -l net0 -l net1 aggr1',
         NIC + ('ip link add net1 up type veth peer name wire1',), kind='bond'),
    Case('delete-vnic over a NIC', 'dladm delete-vnic vnic1', NIC + (ON_NIC,)),
    Case('delete-vnic over an etherstub', 'dladm delete-vnic vnic1', STUB + (ON_STUB,)),
    Case('delete-vnic of a zone', 'dladm delete-vnic vnic1',
         STUB + (ON_STUB + ' -p zone=z1',), ('z1',), policy=True),
    Case('create-etherstub', 'dladm create-etherstub stub1'),
    Case('delete-etherstub', 'dladm delete-etherstub stub1', STUB),
    Case('create-simnet', 'dladm create-simnet sim1'),
    Case('modify-simnet', 'dladm modify-simnet -p sim2 sim1',
         ('dladm create-simnet sim1', 'dladm create-simnet sim2')),
    Case('set-linkprop mtu', 'dladm set-linkprop -p mtu=1400 vnic1', STUB + (ON_STUB,)),
    Case('set-linkprop zone', 'dladm set-linkprop -p zone=z1 vnic1', STUB + (ON_STUB,), ('z1',),
         policy=True),
    Case('set-linkprop zone over a NIC', 'dladm set-linkprop -p zone=z1 vnic1', NIC + (ON_NIC,),
         ('z1',), policy=True),
    Case('reset-linkprop zone', 'dladm reset-linkprop -p zone vnic1',
         STUB + (ON_STUB + ' -p zone=z1',), ('z1',), policy=True),
    Case('rename-link of a VNIC', 'dladm rename-link vnic1 web1', STUB + (ON_STUB,)),
    Case('rename-link of an etherstub', 'dladm rename-link stub1 lan1', STUB + (ON_STUB,)),
    Case('restore', 'vwire restore',
         NIC + STUB + (ON_STUB, 'dladm create-vnic -l net0 -m 2:a:aa:0:0:2 vnic2',
                       'ip link del stub1', 'ip link del vnic2')),
)

IN_ZONE = ON_NIC + ' -p zone=z1'
LIMITED = IN_ZONE + ' -p maxbw=100'
GUARDED = LIMITED + ' -p protection=mac-nospoof,ip-nospoof -p allowed-ips=10.0.0.5'
FLOWS = ('flowadm add-flow -l vnic1 -a remote_ip=10.1.0.0/16 -p maxbw=10 f1',
         'flowadm add-flow -l vnic1 -a remote_ip=10.2.0.0/16 -p action=drop f2',
         'flowadm add-flow -l vnic1 -a remote_ip=10.3.0.0/16 f3')


def policy_case(name, command, *setup):
    return Case(name, command, NIC + setup, ('z1', 'z2'), policy=True)


CASES += (
    policy_case('create-vnic in a zone with a limit and protection', GUARDED),
    policy_case('create-vnic in a zone beside a limited one', GUARDED,
                'dladm create-vnic -l net0 -m 2:a:aa:0:0:2 -p zone=z2 -p maxbw=50 vnic2'),
    policy_case('create-vnic over an etherstub with a limit',
                ON_STUB + ' -p zone=z1 -p maxbw=100 -p protection=mac-nospoof', *STUB),
    policy_case('set-linkprop maxbw, the first', 'dladm set-linkprop -p maxbw=100 vnic1', IN_ZONE),
    policy_case('set-linkprop maxbw, changed', 'dladm set-linkprop -p maxbw=50 vnic1', GUARDED,
                *FLOWS),
    policy_case('set-linkprop maxbw of the host', 'dladm set-linkprop -p maxbw=50 vnic1', ON_NIC),
    policy_case('set-linkprop maxbw of a NIC below', 'dladm set-linkprop -p maxbw=500 net0',
                LIMITED),
    policy_case('set-linkprop protection', 'dladm set-linkprop -p protection=mac-nospoof,'
                'ip-nospoof,restricted vnic1', GUARDED),
    policy_case('set-linkprop allowed-ips', 'dladm set-linkprop -p allowed-ips=10.0.0.6,fd00::/64 '
                'vnic1', GUARDED),
    policy_case('set-linkprop zone of a limited VNIC', 'dladm set-linkprop -p zone=z1 vnic1',
                ON_NIC + ' -p maxbw=100', *FLOWS),
    policy_case('set-linkprop zone from zone to zone', 'dladm set-linkprop -p zone=z2 vnic1',
                GUARDED, *FLOWS),
    policy_case('set-linkprop datapath direct', 'dladm set-linkprop -p datapath=direct vnic1',
                IN_ZONE),
    policy_case('set-linkprop datapath guarded', 'dladm set-linkprop -p datapath=guarded vnic1',
                IN_ZONE + ' -p datapath=direct'),
    policy_case('reset-linkprop maxbw', 'dladm reset-linkprop -p maxbw vnic1', GUARDED),
    policy_case('reset-linkprop zone of a limited VNIC', 'dladm reset-linkprop -p zone vnic1',
                LIMITED, *FLOWS),
    policy_case('rename-link of a guarded VNIC', 'dladm rename-link vnic1 web1', GUARDED, *FLOWS),
    policy_case('add-flow', FLOWS[0], GUARDED),
    policy_case('add-flow, the first of a VNIC of the host', FLOWS[0], ON_NIC),
    policy_case('set-flowprop', 'flowadm set-flowprop -p maxbw=20 f1', GUARDED,
                *FLOWS),
    policy_case('remove-flow', 'flowadm remove-flow f1', GUARDED, *FLOWS),
    policy_case('remove-flow of all of a link', 'flowadm remove-flow -l vnic1', LIMITED, *FLOWS),
    policy_case('delete-vnic with flows', 'dladm delete-vnic vnic1', GUARDED, *FLOWS),
    policy_case('restore of limits', 'vwire restore', GUARDED, *FLOWS, 'ip link del vnic1-p',
                'ip link del net0-q'),
)


def kernel_has_link(kind):
    """Can the kernel make links of this kind?"""
    extra = {'vlan': 'link vwtry1', 'macvlan': 'link vwtry1'}.get(kind, '')
    tail = ' id 5' if kind == 'vlan' else ''
    script = ('ip link add vwtry1 type veth peer name vwtry2 && '
              f'ip link add vwtry0 {extra} type {kind}{tail}')
    tried = subprocess.run(['unshare', '-n', 'sh', '-c', script], capture_output=True)
    return tried.returncode == 0


# -- TAP -------------------------------------------------------------------------------------------

def verdict(number_, name, complaints, notes=()):
    lines = [f'{"not ok" if complaints else "ok"} {number_} - {name}']
    for text_ in list(notes) + complaints[:12]:
        lines += [f'# {line}' for line in text_.splitlines()]
    if len(complaints) > 12:
        lines.append(f'# ... and {len(complaints) - 12} more')
    return '\n'.join(lines)


def skip_all(reason):
    print(f'1..0 # SKIP {reason}')
    sys.exit(0)


def need_root_and_programs():
    if os.geteuid() != 0:
        skip_all('namespaces cannot be made here: run as root')
    if shutil.which('dladm', path=program_path()) is None:
        skip_all('there is no dladm: build first')


def run_cases(cases, work, workers):
    """Run work(case) for every case in @workers processes; yield (case, result) in their order."""
    import multiprocessing
    with multiprocessing.get_context('fork').Pool(workers, maxtasksperchild=1) as pool:
        yield from zip(cases, pool.imap(work, cases, 1))

#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a tenant with root in its zone tries (evasion.table), and what comes of it.

usage: evasion.py [-t TABLE] [-k TEXT] [-g GROUPS] [--compare] [topology...]

Topologies: etherstub, nic (VNICs over both, guarded), aggr where the kernel has bonds. --compare
runs the same rows against a plain Linux bridge and macvlan too and prints the columns side by side;
what they let through fails nothing, it is what this project is for.
"""
import argparse
import json
import os
import re
import select
import signal
import socket
import struct
import subprocess
import sys
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(HERE, '../faults'))
import evasion_acts                                             # noqa: E402
import evasion_packets                                          # noqa: E402
import faults_lab                                               # noqa: E402

ETH_P_ALL, SOL_PACKET, PACKET_QDISC_BYPASS, PACKET_OUTGOING = 3, 263, 20, 4
GRACE_S = 0.25 if evasion_acts.EMULATED else 0.08
LIMIT_MBPS = 10
ME, PEER, GATE = '2:8:20:0:0:5', '2:8:20:0:0:6', '2:8:20:0:0:1'
ADDRESS = {'me': (ME, '10.0.0.5', 'fd00::5'), 'peer': (PEER, '10.0.0.6', 'fd00::6'),
           'gate': (GATE, '10.0.0.1', 'fd00::1')}
POLICY = ('maxbw=%d -p protection=mac-nospoof,ip-nospoof,dhcp-nospoof,restricted -p '
          'allowed-ips=10.0.0.5,fd00::5' % LIMIT_MBPS)
OURS, OTHERS = ('etherstub', 'nic', 'aggr'), ('bridge', 'macvlan')


class Row:
    def __init__(self, group, name, what, want):
        self.group, self.name, self.what, self.want = group, name, what, want
        self.to = ['peer', 'gate']
        for word in want.split():
            if word.startswith('to='):
                self.to = word[3:].split(',')
        self.verdict = want.split()[0]
        self.reason = want.split()[1] if self.verdict == 'drop' else None


def read_table(path):
    rows, group = [], ''
    with open(path) as f:
        for number, line in enumerate(f, 1):
            line = line.split('#')[0].strip()
            if line.startswith('group '):
                group = line[6:]
            elif line:
                parts = [part.strip() for part in line.split('|')]
                if len(parts) != 3:
                    sys.exit(f'{path}:{number}: is not NAME | WHAT | OUTCOME: {line}')
                rows.append(Row(group, *parts))
    return rows


class Tap:
    """A packet socket that counts the attempts it has seen."""

    def __init__(self, device):
        self.sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_CLOEXEC,
                                  socket.htons(ETH_P_ALL))
        self.sock.bind((device, ETH_P_ALL))
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        self.sock.setblocking(False)
        self.seen, self.bytes = set(), 0

    def read(self):
        while True:
            try:
                data, where = self.sock.recvfrom(1 << 16)
            except BlockingIOError:
                return
            if where[2] == PACKET_OUTGOING:
                continue
            self.bytes += len(data)
            at = data.find(evasion_packets.MAGIC)
            if at >= 0:
                self.seen.add(struct.unpack_from('!I', data, at + len(evasion_packets.MAGIC))[0])


class Bed:
    """A tenant, a neighbour and a way out, joined by what is to be tried."""

    def __init__(self, topology):
        self.topology, self.number, self.known = topology, 0, None
        self.ours = topology in OURS
        self.lab = faults_lab.Lab(['wire'])
        self.lab.fresh()
        self.tenants = [self.tenant(), self.tenant()]
        getattr(self, 'build_' + topology)()
        self.settle()

    # -- building ----------------------------------------------------------------------------------
    @staticmethod
    def tenant():
        """A process that is root of a user namespace of its own, in a network namespace."""
        p = subprocess.Popen(['unshare', '--user', '--map-root-user', '--net', 'sleep', '600'])
        while True:
            try:
                if os.readlink(f'/proc/{p.pid}/ns/net') != os.readlink('/proc/self/ns/net') and \
                        open(f'/proc/{p.pid}/uid_map').read().strip():
                    return p
            except OSError:
                pass
            time.sleep(0.01)

    def host(self, line):
        rc, out, err = self.lab.run(line)
        if rc != 0:
            raise RuntimeError(f"'{line}' ended with {rc}: {err.strip()}")
        return out

    def inside(self, who, line, check=False):
        """Run @line as root of tenant @who (0, 1)."""
        done = subprocess.run(['nsenter', '-t', str(self.tenants[who].pid), '-U', '-n',
                               '--preserve-credentials', 'sh', '-c', line],
                              capture_output=True, text=True, check=False)
        if check and done.returncode != 0:
            raise RuntimeError(f"'{line}' ended with {done.returncode}: {done.stderr.strip()}")
        return done

    def in_netns(self, path, work):
        home = faults_lab.my_netns()
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            faults_lab.setns(fd)
            return work()
        finally:
            faults_lab.setns(home)
            os.close(fd)
            os.close(home)

    def netns_of(self, who):
        return '/run/netns/wire' if who == 'wire' else f'/proc/{self.tenants[who].pid}/ns/net'

    def wire(self, nic):
        self.host(f'ip link add {nic} address 2:8:20:0:0:f0 type veth peer name wire0 '
                  f'address {GATE} netns wire')
        self.host('ip -n wire link set wire0 up')
        self.host(f'ip link set {nic} up')

    def vnics(self, over):
        self.host(f'dladm create-vnic -t -l {over} -m {ME} -p zone={self.tenants[0].pid} '
                  f'-p {POLICY} a1')
        self.host(f'dladm create-vnic -t -l {over} -m {PEER} -p zone={self.tenants[1].pid} b1')

    def build_etherstub(self):
        self.host('dladm create-etherstub -t stub1')
        self.vnics('stub1')
        self.host(f'dladm create-vnic -t -l stub1 -m {GATE} g1')
        self.gate = self.in_netns('/proc/thread-self/ns/net', lambda: Tap('g1'))
        self.gate_up = ('/proc/thread-self/ns/net', 'g1')

    def build_nic(self):
        self.wire('net0')
        self.vnics('net0')
        self.at_wire()

    def build_aggr(self):
        self.wire('net0')
        self.host('dladm create-aggr -t -f -l net0 -L off aggr0')
        self.vnics('aggr0')
        self.at_wire()

    def at_wire(self):
        self.gate = self.in_netns(self.netns_of('wire'), lambda: Tap('wire0'))
        self.gate_up = (self.netns_of('wire'), 'wire0')

    def build_bridge(self):
        self.wire('net0')
        self.host('ip link add br0 type bridge')
        self.host('ip link set br0 up')
        self.host('ip link set net0 master br0')
        for who, (name, address) in enumerate((('a1', ME), ('b1', PEER))):
            self.host(f'ip link add {name}-p type veth peer name {name} address {address} '
                      f'netns {self.tenants[who].pid}')
            self.host(f'ip link set {name}-p master br0 up')
        self.at_wire()

    def build_macvlan(self):
        self.wire('net0')
        for who, (name, address) in enumerate((('a1', ME), ('b1', PEER))):
            self.host(f'ip link add {name} link net0 address {address} netns {self.tenants[who].pid} '
                      'type macvlan mode bridge')
        self.at_wire()

    def settle(self):
        for who, name in enumerate(('a1', 'b1')):
            self.inside(who, f'ip link set {name} up', check=True)
        for who, name, address in ((0, 'a1', 'me'), (1, 'b1', 'peer')):
            self.inside(who, f'ip addr add {ADDRESS[address][1]}/24 dev {name}; '
                             f'ip addr add {ADDRESS[address][2]}/64 dev {name} nodad', check=True)
        self.gate_run('ip addr add 10.0.0.1/24 dev {dev}; ip addr add fd00::1/64 dev {dev} nodad')
        self.peer = self.in_netns(self.netns_of(1), lambda: Tap('b1'))
        deadline = time.monotonic() + 5
        while self.inside(0, 'cat /sys/class/net/a1/carrier 2>/dev/null || ip -o link show a1 up') \
                .stdout.strip() in ('', '0') and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(0.3)
        self.packets = evasion_packets.Packets(ADDRESS)
        self.open_tenant()

    def gate_run(self, line):
        path, dev = self.gate_up
        self.in_netns(path, lambda: subprocess.run(line.format(dev=dev), shell=True, check=False,
                                                   stderr=subprocess.DEVNULL))

    def open_tenant(self):
        def make():
            socks = []
            for bypass in (0, 1):
                s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_CLOEXEC, 0)
                s.bind(('a1', 0))
                s.setsockopt(SOL_PACKET, PACKET_QDISC_BYPASS, bypass)
                socks.append(s)
            return socks
        self.out = self.in_netns(self.netns_of(0), make)

    # -- trying ------------------------------------------------------------------------------------
    def drops(self):
        if not self.ours:
            return {}
        found = json.loads(self.host('dladm show-link -x -j a1'))
        return {k.removeprefix('dropped_'): v for k, v in found['drops'][0].items()
                if k.startswith('dropped_')}

    def listen(self, numbers, due):
        taps = {'peer': self.peer, 'gate': self.gate}
        end = time.monotonic() + GRACE_S
        latest = time.monotonic() + (2.0 if due else GRACE_S)
        while time.monotonic() < end or (time.monotonic() < latest and
                                         any(not numbers[t] & taps[t].seen for t in due)):
            select.select([t.sock for t in taps.values()], [], [], 0.01)
            for tap in taps.values():
                tap.read()

    def frame(self, row):
        """(outcome, complaint) of one packet towards everybody, both ways out of the device."""
        # What was counted after one row is what was counted before the next.
        before = self.known if self.known or row.verdict == 'pass' else self.drops()
        self.known, sent = None, {}
        for to in ('peer', 'gate'):
            for sock in self.out:
                self.number += 1
                sent.setdefault(to, set()).add(self.number)
                sock.send(self.packets.build(self.aimed(row.what, to), self.number))
        self.listen(sent, row.to if row.verdict == 'pass' else [])
        every = sent['peer'] | sent['gate']
        leaked = [name for name, tap in (('peer', self.peer), ('gate', self.gate))
                  if tap.seen & every]
        return self.judge_frame(row, sent, leaked, before)

    @staticmethod
    def aimed(what, to):
        if 'dmac=' in what or to == 'peer':
            return what
        kind, *rest = what.split()
        return ' '.join([kind, 'dmac=gate', 'dip=gate', 'dip6=gate'] + rest)

    def judge_frame(self, row, sent, leaked, before):
        if row.verdict == 'pass':
            taps = {'peer': self.peer, 'gate': self.gate}
            multi = 'dmac=' in row.what
            every = sent['peer'] | sent['gate']
            missing = [to for to in row.to if not (every if multi else sent[to]) & taps[to].seen]
            return ('passes', None) if not missing else ('lost', f"never reached {', '.join(missing)}")
        if leaked:
            return 'leaks', f"reached {', '.join(leaked)}"
        self.known = self.drops()
        grown = {k for k, v in self.known.items() if v > before.get(k, 0)}
        if self.ours and row.reason not in grown:
            return 'blocked', f"counted as {', '.join(sorted(grown)) or 'nothing'}, not {row.reason}"
        return 'blocked', None

    def act(self, row):
        outcome = getattr(evasion_acts, 'act_' + row.what.split()[1])(self)
        return outcome, None if outcome == row.verdict else f'{outcome}, should be {row.verdict}'

    def close(self):
        for p in self.tenants:
            p.kill()
            p.wait()


# -- running ---------------------------------------------------------------------------------------

def run_topology(name, rows, told):
    try:
        bed = Bed(name)
        for row in rows:
            try:
                outcome, wrong = bed.act(row) if row.what.startswith('do ') else bed.frame(row)
            except Exception as e:              # the next row may do
                outcome, wrong = 'error', f'{type(e).__name__}: {e}'
            told.write(json.dumps([row.name, outcome, wrong]) + '\n')
            told.flush()
        bed.close()
    except Exception:
        told.write(json.dumps(['', 'error', traceback.format_exc()]) + '\n')
    told.flush()


def in_child(name, rows):
    """Results {row: (outcome, complaint)}; the namespaces of a topology go with its process."""
    r, w = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(r)
        signal.alarm(450 if evasion_acts.EMULATED else 150)
        with os.fdopen(w, 'w') as told:
            run_topology(name, rows, told)
        os._exit(0)
    os.close(w)
    with os.fdopen(r) as told:
        results = {}
        for line in told:
            row, outcome, wrong = json.loads(line)
            results[row] = (outcome, wrong)
    _, status = os.waitpid(pid, 0)
    if status:
        results.setdefault('', ('error', f'the attempts on {name} ended early, status {status}'))
    return results


def tap_out(topologies, rows, results):
    print(f'1..{len(topologies) * len(rows)}')
    number, bad = 0, 0
    for topology in topologies:
        broken = results[topology].get('')
        if broken:
            print('\n'.join('# ' + line for line in broken[1].splitlines()))
        for row in rows:
            number += 1
            outcome, wrong = results[topology].get(row.name, ('error', 'was not tried'))
            bad += wrong is not None
            print(f"{'not ok' if wrong else 'ok'} {number} - {topology}: {row.name}: {outcome}")
            if wrong:
                print(f'#   {row.what}: {wrong}')
    return bad


def columns(topologies, rows, results):
    width = max(len(row.name) for row in rows)
    print(f"# {'':{width}} " + ' '.join(f'{t:>9}' for t in topologies))
    group = None
    for row in rows:
        if row.group != group:
            group = row.group
            print(f'# {group}')
        cells = (results[t].get(row.name, ('?', None))[0] for t in topologies)
        print(f'#   {row.name:{width - 2}} ' + ' '.join(f'{c:>9}' for c in cells))


def markdown(topologies, rows, results):
    """docs/evasion.md: what was published is what was measured."""
    print('''<!-- SPDX-License-Identifier: LGPL-2.1-or-later -->
# What a tenant with root can do

The tenant is root of a user namespace of its own, with a VNIC limited to %d Mb/s and
`protection=mac-nospoof,ip-nospoof,dhcp-nospoof,restricted`, `allowed-ips=10.0.0.5,fd00::5`. Beside it the
same attempts against a plain Linux bridge and against macvlan. Each row is a line of
`tests/netns/evasion.table`, where more can be added without writing code; this page is what
`tests/netns/evasion.py --markdown` printed.

*blocked*, *held*: the attempt got nothing. *passes*: honest traffic that must pass. *leaks*, a rate: it
got through. *told*: it harms itself alone, and the host says so.
''' % LIMIT_MBPS)
    group = None
    for row in rows:
        if row.group != group:
            group = row.group
            print(f'\n## {group}\n\n| attempt | ' + ' | '.join(topologies) + ' |')
            print('|---' * (len(topologies) + 1) + '|')
        cells = (results[t].get(row.name, ('?', None))[0] for t in topologies)
        print(f'| {row.name} | ' + ' | '.join(cells) + ' |')


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('-t', default=os.path.join(HERE, 'evasion.table'), dest='table')
    parser.add_argument('--compare', action='store_true')
    parser.add_argument('--markdown', action='store_true', help='--compare, as a page')
    parser.add_argument('-k', default='', dest='match', help='only rows with this in the name')
    parser.add_argument('-g', default='', dest='groups', help='only groups this expression matches')
    parser.add_argument('topology', nargs='*')
    args = parser.parse_args()
    rows = [row for row in read_table(args.table)
            if args.match in row.name and re.search(args.groups, row.group)]
    ours = args.topology or ['etherstub', 'nic']
    every = ours + [o for o in OTHERS if args.compare or args.markdown]
    results = {name: in_child(name, rows) for name in every}
    if args.markdown:
        markdown(every, rows, results)
        return 0
    bad = tap_out(ours, rows, results)
    if args.compare:
        columns(every, rows, results)
    return 1 if bad else 0


if __name__ == '__main__':
    sys.exit(main())

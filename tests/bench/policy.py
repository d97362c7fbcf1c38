#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What policy costs and how exact it is: flows, guarded VNICs, limits and protection beside the
bare device, macvlan, a bridge, plain HTB and u32, interleaved in random order in one run.

Costs of frames are CPU time for one (blast.c), the best of the rounds; costs of making things are
medians. Accuracy and isolation are real traffic (policy_traffic.py). All in namespaces.

usage: policy.py [--quick] [--json FILE] [part-of-a-row-name...]
"""
import argparse
import json
import os
import random
import resource
import subprocess
import sys
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import bench                                                    # noqa: E402
from bench import Bar, number                                   # noqa: E402

BLAST, PUMP, POLMANY, POLFLOOR = (os.path.join(bench.BUILD, 'tests/bench', name)
                                  for name in ('blast', 'pump', 'polmany', 'polfloor'))
PROTECTION = ('-p protection=mac-nospoof,restricted,ip-nospoof,dhcp-nospoof '
              '-p allowed-ips=10.0.0.1')
KINDS = {'local_ip': (1, 10, 1000, 10000), 'remote_ip': (1, 10, 1000, 10000),
         'local_port': (1, 10, 1000, 10000), 'remote_port': (1, 10, 1000, 10000),
         'dsfield': (1, 10, 200), 'transport': (1, 5)}


class Stage(bench.Host):
    """A host with a wire and zones; every NIC on it is a veth whose far end is in "wire"."""

    def begin(self, zones=('wire', 't1')):
        for zone in zones:
            self.zones.setdefault(zone, -1)
        self.fresh()
        self.must('ip link set lo up')
        self.nic('net0')
        time.sleep(0.05)

    def end(self):
        for zone in self.zones:         # quick, and over before the next sample begins
            for name in self.links_in(zone):
                self.run(f'ip -n {zone} link set {name} group 7')
            self.run(f'ip -n {zone} link del group 7')
        self.run('ip link del net0')

    def links_in(self, zone):
        _, out, _ = self.run(f'ip -n {zone} -br link')
        return [line.split()[0].split('@')[0] for line in out.splitlines()
                if not line.startswith('lo ')][:50]

    def nic(self, name):
        self.must(f'ip link add {name} type veth peer name w{name} netns wire')
        self.must(f'ip -n wire link set w{name} addrgenmode none')
        self.must(f'ip link set {name} addrgenmode none')
        self.must(f'ip -n wire link set w{name} up')
        self.must(f'ip link set {name} up')

    def mac_of(self, zone, device):
        _, out, _ = self.run(f'ip {f"-n {zone}" if zone else ""} -j link show {device}')
        return json.loads(out)[0]['address']

    def batch(self, lines):
        with open('/run/batch', 'w') as f:
            f.write('\n'.join(lines) + '\n')
        self.must('tc -batch /run/batch')

    def inside(self, zone, argv):
        return (['nsenter', f'--net=/run/netns/{zone}'] if zone else []) + list(argv)

    def start(self, zone, *argv):
        return subprocess.Popen(self.inside(zone, [str(a) for a in argv]), env=self.env, text=True,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE)

    def received(self, nic):
        _, out, _ = self.run(f'ip -n wire -s -j link show w{nic}')
        return json.loads(out)[0]['stats64']['rx']['packets']


# -- frames ----------------------------------------------------------------------------------------

class FrameRow(bench.Row):
    """Contenders are (zone, device, nic it leads to, options of blast); one host holds them all."""

    def __init__(self, title, setup, contenders, bars=(), rounds=5, frames=20000, extra=None):
        super().__init__(title, 'CPU', contenders, bars, rounds)
        self.setup, self.frames, self.extra = setup, frames, extra

    def median(self, name, metric=None):
        got = self.samples.get(name)
        return min(s[0] for s in got) if got else None

    def run(self, stage, progress):
        stage.begin()
        self.setup(stage)
        for done in range(self.rounds):
            for name in random.sample(list(self.contenders), len(self.contenders)):
                progress(f'{self.title}: {name} ({done + 1} of {self.rounds})')
                if name not in self.failed:
                    self.one(stage, name)
        stage.end()

    def one(self, stage, name):
        zone, device, nic, options = self.contenders[name]
        argv = [BLAST, '-n', self.frames, '-r', 3]
        for option, value in options.items():
            argv += [f'-{option}', value]
        frames = options.get('n', self.frames)
        before = stage.received(nic)
        blast = stage.start(zone, *argv, device)
        out, err = blast.communicate(timeout=300)
        came = stage.received(nic) - before
        if blast.returncode != 0:
            self.failed[name] = err.strip()
        elif came < 3 * frames:
            self.failed[name] = f'only {came} of {3 * frames + 1000} frames reached the wire'
        else:
            self.samples[name].append((float(out) / 1e9,) * 2)

    def report(self):
        reference = self.median(next(iter(self.contenders)))
        print(f'\n{self.title} (best of {self.rounds} x 3)')
        print(f'  {"":40} {"ns/frame":>9} {"ratio":>8} {"more":>8}')
        for name in self.contenders:
            got = self.median(name)
            if got is None:
                print(f'  {name:40} failed: {self.failed.get(name, "no sample")}')
            else:
                print(f'  {name:40} {got * 1e9:9.0f} {got / reference:6.2f} x '
                      f'{(got - reference) * 1e9:+8.0f}')
        for bar in self.bars:
            print(f'  -> {bar.who}: {bar.judge(self)[1]}')


class MoreBar(Bar):
    """@who takes at most @limit nanoseconds more than @than."""

    def judge(self, row):
        a, b = row.median(self.who), row.median(self.than)
        if a is None or b is None:
            return None, 'not measured'
        more = (a - b) * 1e9
        met = more <= self.limit
        return met, (f'{more:.0f} ns more than {self.than}, bar <= {self.limit:g}: '
                     f'{"met" if met else "MISSED"}')


def flow_row(kind, counts, rounds):
    def setup(stage):
        for n in counts:
            stage.must(f'dladm create-vnic -l net0 -p zone=t1 f{n}')
            stage.must(f'{POLMANY} flows f{n} {kind} {n}')

    words = {n: f'{number(n)} flow{"s" if n > 1 else ""}' for n in counts}
    contenders = {words[n]: ('t1', f'f{n}', 'net0', {'k': kind, 'f': n}) for n in counts}
    for n in counts[1:]:
        if kind != 'transport':
            contenders[f'{words[n]}, frames of {number(min(n, 1000))}'] = (
                't1', f'f{n}', 'net0', {'k': kind, 'f': n, 's': min(n, 1000)})
    return FrameRow(f'a frame with flows by {kind}', setup, contenders,
                    [Bar(words[n], 1.1, words[1]) for n in counts[1:]], rounds)


def u32_row(counts, rounds):
    def setup(stage):
        for n in counts:
            stage.nic(f'u{n}')
            if n == 0:
                continue
            stage.batch([f'qdisc add dev u{n} clsact'] + [
                f'filter add dev u{n} egress protocol ip pref {1 + i // 4000} u32 match ip dst '
                f'11.{i >> 16 & 255}.{i >> 8 & 255}.{i & 255}/32 flowid 1:1' for i in range(n)])

    contenders = {f'{number(n)} filters': (None, f'u{n}', f'u{n}',
                                           {'n': 500} if n > 1000 else {}) for n in counts}
    row = FrameRow('a frame past u32 filters of a device, none matches', setup, contenders, (),
                   rounds, 5000)
    return row


def paths(stage):
    """A NIC each: nothing on it, a guarded VNIC, a bridge with a veth pair, a macvlan."""
    for nic in ('bare0', 'grd0', 'brd0', 'mac0'):
        stage.nic(nic)
    stage.must('dladm create-vnic -l grd0 -p zone=t1 g1')
    bridge(stage, 'brd0', 'br0', 'b1')
    stage.must('ip link add m1 link mac0 type macvlan mode bridge')
    stage.must('ip link set m1 netns t1')
    stage.must('ip -n t1 link set m1 up')


def bridge(stage, nic, name, end):
    stage.must(f'ip link add {name} type bridge')
    stage.must(f'ip link set {name} addrgenmode none')
    stage.must(f'ip link set {name} up')
    stage.must(f'ip link add {end}-h type veth peer name {end} netns t1')
    stage.must(f'ip link set {end}-h addrgenmode none')
    stage.must(f'ip link set {end}-h master {name} up')
    stage.must(f'ip -n t1 link set {end} up')
    stage.must(f'ip link set {nic} master {name}')


def plain_htb(stage, device):
    stage.batch([f'qdisc add dev {device} root handle 1: htb default 11',
                 f'class add dev {device} parent 1: classid 1:1 htb rate 10gbit ceil 10gbit '
                 'burst 1250000 cburst 1250000',
                 f'class add dev {device} parent 1:1 classid 1:11 htb rate 5gbit ceil 10gbit '
                 'burst 1250000 cburst 1250000 quantum 60000',
                 f'qdisc add dev {device} parent 1:11 bfifo limit 2500000'])


def limits(stage):
    paths(stage)
    for nic in ('hb0', 'hl0', 'gl0', 'bl0', 'gp0'):
        stage.nic(nic)
    plain_htb(stage, 'hb0')
    stage.must('dladm set-linkprop -p maxbw=10G hl0')
    stage.must('dladm create-vnic -l gl0 -p zone=t1 -p maxbw=10G gl1')
    bridge(stage, 'bl0', 'br1', 'bl1')
    plain_htb(stage, 'bl0')
    stage.must(f'dladm create-vnic -l gp0 -p zone=t1 {PROTECTION} gp1')


BARE = {'bare NIC': (None, 'bare0', 'bare0', {})}
PATHS = {'macvlan': ('t1', 'm1', 'mac0', {}), 'guarded VNIC': ('t1', 'g1', 'grd0', {}),
         'veth + bridge': ('t1', 'b1', 'brd0', {})}
LIMITS = {'NIC, plain HTB': (None, 'hb0', 'hb0', {}),
          'NIC, maxbw': (None, 'hl0', 'hl0', {}),
          'guarded VNIC, maxbw': ('t1', 'gl1', 'gl0', {}),
          'veth + bridge, plain HTB on the NIC': ('t1', 'bl1', 'bl0', {}),
          'guarded VNIC, protection': ('t1', 'gp1', 'gp0', {})}


def frame_rows(size):
    rounds = 4 if size.quick else 9
    yield FrameRow('a 64-byte frame to the wire', limits, {**BARE, **PATHS, **LIMITS}, (
        Bar('guarded VNIC', 1.6, 'bare NIC'), Bar('guarded VNIC', 1, 'veth + bridge'),
        Bar('NIC, maxbw', 1.1, 'NIC, plain HTB'),
        Bar('guarded VNIC, maxbw', 1.1, 'veth + bridge, plain HTB on the NIC'),
        MoreBar('guarded VNIC, protection', 400, 'guarded VNIC')), rounds)
    for kind, counts in KINDS.items():
        yield flow_row(kind, counts, 2 if size.quick else 7)
    yield u32_row((0, 1, 10, 1000, 10000), 2 if size.quick else 5)


# -- TCP -------------------------------------------------------------------------------------------

class TcpRow(bench.Row):
    """Seconds to move a gigabit: on the clock, and of CPU of both ends."""

    def __init__(self, rounds, ms):
        super().__init__('TCP to the wire, a gigabit', 'CPU', dict.fromkeys([*BARE, *PATHS]),
                         (), rounds)
        self.ms = ms

    def run(self, stage, progress):
        stage.begin()
        paths(stage)
        ends = {**BARE, **PATHS}
        for i, (zone, device, nic, _) in enumerate(ends.values()):
            there = ['ip'] + (['-n', zone] if zone else [])
            stage.must(' '.join(there + ['addr', 'add', f'10.{i}.0.1/24', 'dev', device]))
            stage.must(f'ip -n wire addr add 10.{i}.0.2/24 dev w{nic}')
        for done in range(self.rounds):
            for i in random.sample(range(len(ends)), len(ends)):
                name = list(ends)[i]
                progress(f'{self.title}: {name} ({done + 1} of {self.rounds})')
                self.samples[name].append(self.one(stage, list(ends.values())[i][0], i))
        stage.end()

    def one(self, stage, zone, i):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        began = time.monotonic()
        sink = stage.start('wire', PUMP, 'sink', 4, 'tcp', 5001, 0, self.ms)
        time.sleep(0.2)
        source = stage.start(zone, PUMP, 'source', 4, 'tcp', f'10.{i}.0.2', 5001, self.ms + 200)
        rate = float(sink.communicate(timeout=60)[0].split()[1])
        source.communicate()
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = sum(getattr(after, f) - getattr(before, f) for f in ('ru_utime', 'ru_stime'))
        if rate == 0:
            raise RuntimeError(f'no TCP after {time.monotonic() - began:.1f} s')
        gigabits = rate * self.ms / 1e12
        return 1e9 / rate, cpu / gigabits

    report = None


# -- making things ---------------------------------------------------------------------------------

def add_flows(kind, n):
    def sample(stage):
        stage.must('dladm create-vnic -l net0 -p zone=t1 web1')
        return stage.timed([POLMANY, 'flows', 'web1', kind, str(n)])
    return sample


def vnics(argv_of, n, zone, scale=1, before=None):
    def sample(stage):
        if before:
            stage.must(before)
        wall, cpu = stage.timed(argv_of(n))
        here = stage.inside(zone, [bench.IP, '-br', 'link'])
        _, out, _ = stage.run(here)
        if sum(line.startswith('v') and '-p' not in line for line in out.splitlines()) != n:
            raise RuntimeError(f'{n} VNICs were to be there; they are not')
        stage.run(stage.inside(zone, [bench.FLOOR, 'delete', str(n)]))
        return wall * scale, cpu * scale
    return sample


def by_processes(n):
    """ip(8) and tc(8), once for each thing, as a script would; u32 in the place of eBPF."""
    q = 'dev q0'
    once = ('ip link add q0 type veth peer name q1; ip link set q0 up; ip link set q1 up; '
            f'tc qdisc add {q} root handle 1: htb; '
            f'tc class add {q} parent 1: classid 1:1 htb rate 10gbit quantum 60000; ')
    each = [
        'ip link add v$i-p numtxqueues 1 numrxqueues 1 type veth peer name v$i netns t1 '
        'numtxqueues 1 numrxqueues 1', 'ip link set v$i-p up', 'ip -n t1 link set v$i up',
        'tc qdisc add dev v$i-p clsact',
        'tc filter add dev v$i-p ingress protocol all u32 match u32 0 0 flowid 1:$((i+1))0',
        'tc filter add dev v$i-p egress protocol all u32 match u32 0 0 flowid 1:$((i+1))1',
        f'tc class add {q} parent 1:1 classid 1:$((i+1))0 htb rate 10mbit quantum 60000',
        f'tc class add {q} parent 1:$((i+1))0 classid 1:$((i+1))1 htb rate 1mbit ceil 10mbit',
        f'tc class add {q} parent 1:$((i+1))0 classid 1:$((i+1))2 htb rate 1mbit ceil 10mbit',
        f'tc qdisc add {q} parent 1:$((i+1))1 bfifo limit 30000',
        f'tc qdisc add {q} parent 1:$((i+1))2 bfifo limit 30000']
    return ['/bin/sh', '-c', once + f'i=1; while [ $i -le {n} ]; do ' +
            ''.join(f'{line} || exit 1; ' for line in each) +
            'i=$((i + 1)); done']


def making_rows(size):
    rounds = 2 if size.quick else 5
    for kind in ('remote_ip', 'local_port'):
        yield bench.Row(f'add flows by {kind} in one call', 'CPU', {
            '1,000 flows': add_flows(kind, 1000), '10,000 flows': add_flows(kind, 10000),
        }, (Bar('10,000 flows', 13, '1,000 flows'),), rounds + 1)
    some, few = (300, 20) if size.quick else (1000, 60)
    zone = '/run/netns/t1'
    yield bench.Row(f'create {number(some)} VNICs with a limit in one call', 'CPU', {
        'floor': vnics(lambda n: [POLFLOOR, str(n), 'net0', zone], some, 't1'),
        'libvwire': vnics(lambda n: [POLMANY, 'vnics', str(n), 'net0', 't1', 'maxbw=10M'],
                          some, 't1'),
        'libvwire, not the first': vnics(       # programs and maps are there
            lambda n: [POLMANY, 'vnics', str(n), 'net0', 't1', 'maxbw=10M'], some, 't1', 1,
            'dladm create-vnic -l net0 -p zone=t1 -p maxbw=10M w1'),
        'libvwire, no limit': vnics(lambda n: [POLMANY, 'vnics', str(n), 'net0', 't1', 'mtu=1500'],
                                    some, 't1'),
        'libvwire, in the host': vnics(lambda n: [POLMANY, 'vnics', str(n), 'net0', '-',
                                                  'maxbw=10M'], some, None),
        'ip + tc processes': vnics(by_processes, few, 't1', some / few),
    }, (Bar('libvwire', 1.2, 'floor'), Bar('libvwire', 50, 'ip + tc processes', faster=True)),
        rounds, once=('ip + tc processes',))


# -- running ---------------------------------------------------------------------------------------

def run_one(row, stage):
    show = bench.progress_to_terminal
    try:
        if hasattr(row, 'run'):
            row.run(stage, show)
        else:
            bench.run_row(row, stage, show)
    except Exception as e:              # one broken row must not hide the others
        row.failed.setdefault('row', f'{e}')
        traceback.print_exc()
    bench.clear_progress()
    if getattr(row, 'report', None):
        row.report()
    else:
        bench.print_row(row)
    sys.stdout.flush()


def main():
    import policy_traffic
    parser = argparse.ArgumentParser(description='what does policy cost?')
    parser.add_argument('--quick', action='store_true', help='fewer rounds and cases')
    parser.add_argument('--json', metavar='FILE', help='all samples and verdicts as JSON')
    parser.add_argument('rows', nargs='*', help='only rows with this in their title')
    args = parser.parse_args()
    for program in (BLAST, PUMP, POLMANY, POLFLOOR, bench.FLOOR, bench.DLADM):
        if not os.access(program, os.X_OK):
            sys.exit(f'policy.py: there is no {program}: build first')
    if os.geteuid() != 0:
        sys.exit('policy.py: namespaces cannot be made here: run as root')
    size = bench.Size(args.quick)
    rows = [row for row in [*frame_rows(size), TcpRow(3 if args.quick else 7, 1500),
                            *making_rows(size), *policy_traffic.rows(size.quick)]
            if not args.rows or any(word in row.title for word in args.rows)]
    stage = Stage()
    print(f'{os.cpu_count()} CPUs, kernel {os.uname().release}, load '
          f'{os.getloadavg()[0]:.1f}{", quick: ratios are rough" if args.quick else ""}')
    for row in rows:
        run_one(row, stage)
    bench.summary(rows)
    print(f'load at the end {os.getloadavg()[0]:.1f}')
    if args.json:
        with open(args.json, 'w') as f:
            json.dump({'kernel': os.uname().release, 'quick': args.quick,
                       'rows': [bench.as_data(row) for row in rows]}, f, indent=1)
    return 1 if any(row.failed for row in rows) else 0


if __name__ == '__main__':
    sys.exit(main())

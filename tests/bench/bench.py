#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""How fast is libvwire? Its calls and commands beside the floor (what the kernel insists on,
floor.c), ip(8) and systemd-networkd, interleaved in random order in one run, medians.

Every sample runs in network and mount namespaces of its own; nothing outside is touched. The saved
configuration is on a tmpfs. CPU is user and system time of the measured processes, wall is the time
on the clock; on a busy machine trust CPU more, and neither below 15 %.

usage: bench.py [--quick] [--json FILE] [part-of-a-row-name...]
"""
import argparse
import json
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '../faults'))
import faults_lab                                               # noqa: E402

BUILD = os.path.abspath(os.environ.get('VW_BUILD', 'build'))
FLOOR, MANY = (os.path.join(BUILD, 'tests/bench', name) for name in ('floor', 'many'))
DLADM = os.path.join(BUILD, 'cli/dladm/dladm')
VWIRE = os.path.join(BUILD, 'cli/vwire/vwire')
IP = shutil.which('ip', path='/usr/sbin:/sbin:/usr/bin:/bin')
NETWORKD = '/lib/systemd/systemd-networkd'
NIC = 'ip link add net0 up type veth peer name wire0'


class Size:
    def __init__(self, quick):
        self.quick = quick
        self.some, self.lots = (200, 800) if quick else (1000, 4000)
        self.window = 50 if quick else 100
        self.rounds, self.few = (3, 2) if quick else (7, 3)
        self.ip_delete = 40 if quick else 200


# -- a host to measure on --------------------------------------------------------------------------

class Host(faults_lab.Lab):
    """A Lab that measures. Each sample gets a fresh one; links are gone before it is thrown away,
    so that the kernel's own tidying does not disturb the next sample."""

    def begin(self):
        self.fresh((NIC,))
        time.sleep(0.05)

    def end(self):
        self.run('ip link del net0')

    def timed(self, argv):
        """(wall, CPU) in seconds of a command; what it prints is thrown away."""
        null = os.open('/dev/null', os.O_RDWR)
        err = os.open('/run/stderr', os.O_RDWR | os.O_CREAT | os.O_TRUNC)
        began = time.monotonic()
        pid = os.posix_spawn(argv[0], argv, self.env, file_actions=[
            (os.POSIX_SPAWN_DUP2, null, 0), (os.POSIX_SPAWN_DUP2, null, 1),
            (os.POSIX_SPAWN_DUP2, err, 2)])
        _, status, usage = os.wait4(pid, 0)
        wall = time.monotonic() - began
        os.close(null)
        os.close(err)
        if status != 0:
            with open('/run/stderr', errors='replace') as f:
                said = f.read().strip().splitlines()[:3]
            raise RuntimeError(f'{" ".join(argv)[:80]} failed: {" / ".join(said)}')
        return wall, usage.ru_utime + usage.ru_stime

    def must(self, command):
        rc, _, err = self.run(command, timeout=300)
        if rc != 0:
            raise RuntimeError(f"'{command}' ended with {rc}: {err.strip()}")

    def links_up(self, n):
        links = [link for name, link in faults_lab.read_links().items()
                 if re.fullmatch(r'v\d+', name)]
        return len(links) >= n and all(link['up'] for link in links)

    def demand_links(self, n):
        if not self.links_up(n):
            raise RuntimeError(f'{n} links were to be up; they are not')


def batch_file(lines):
    with open('/run/batch', 'w') as f:
        f.write('\n'.join(lines) + '\n')
    return [IP, '-batch', '/run/batch']


def ip_creates(n):
    return batch_file(f'link add link net0 name v{i} address 2:8:20:{i >> 16:x}:{i >> 8 & 255:x}:'
                      f'{i & 255:x} up type macvlan mode bridge' for i in range(1, n + 1))


# -- what is measured ------------------------------------------------------------------------------

def create(argv_of, n):
    def sample(host):
        took = host.timed(argv_of(n))
        host.demand_links(n)
        return took
    return sample


def on_stub(argv_of, n, before=None):
    """The ports of a bridge are only deleted quickly together, so the sample does it by group."""
    def sample(host):
        if before:
            host.must(before)
        took = host.timed(argv_of(n))
        host.demand_links(n)
        host.must(f'{FLOOR} delete {n}')
        host.must(f'{IP} link del stub1')
        return took
    return sample


def ip_on_stub(n):
    lines = ['link add stub1 up type bridge', 'link set stub1 addrgenmode none']
    for i in range(1, n + 1):
        mac = f'2:8:20:{i >> 16:x}:{i >> 8 & 255:x}:{i & 255:x}'
        lines += [f'link add v{i}-p numtxqueues 1 numrxqueues 1 master stub1 type veth '
                  f'peer name v{i} address {mac} numtxqueues 1 numrxqueues 1',
                  f'link set v{i}-p addrgenmode none', f'link set v{i} addrgenmode none',
                  f'link set v{i}-p up type bridge_slave learning off flood off',
                  f'link set v{i} up']
    return batch_file(lines)


def delete(make, argv_of, n, scale=1):
    def sample(host):
        host.must(make)
        wall, cpu = host.timed(argv_of(n))
        return wall * scale, cpu * scale
    return sample


def restore(n):
    saved = {}

    def sample(host):
        if 'text' not in saved:         # once: what create leaves in the configuration
            host.must(f'{MANY} create {n} net0')
            saved.update(files=host.files(), text=True)
            host.end()
            host.begin()
        for name, data in saved['files'].items():
            if name.startswith('etc/'):
                path = os.path.join(host.root, name)
                os.makedirs(os.path.dirname(path), exist_ok=True)
                with open(path, 'wb') as f:
                    f.write(data)
        took = host.timed([VWIRE, 'restore'])
        host.demand_links(n)
        return took
    return sample


def networkd_files(n):
    where = '/run/systemd/network'
    shutil.rmtree('/run/systemd', ignore_errors=True)
    os.makedirs(where)
    for name in ('links', 'leases', 'lldp'):
        os.makedirs(f'/run/systemd/netif/{name}')
    subprocess.run(['chown', '-R', 'systemd-network', '/run/systemd/netif'], capture_output=True)
    with open(f'{where}/10-net0.network', 'w') as f:
        f.write('[Match]\nName=net0\n[Network]\nLinkLocalAddressing=no\n' +
                ''.join(f'MACVLAN=v{i}\n' for i in range(1, n + 1)))
    for i in range(1, n + 1):
        with open(f'{where}/20-v{i}.netdev', 'w') as f:
            f.write(f'[NetDev]\nName=v{i}\nKind=macvlan\n'
                    f'MACAddress=02:08:20:{i >> 16:02x}:{i >> 8 & 255:02x}:{i & 255:02x}\n'
                    '[MACVLAN]\nMode=bridge\n')
    with open(f'{where}/30-v.network', 'w') as f:
        f.write('[Match]\nName=v*\n[Network]\nLinkLocalAddressing=no\nIPv6AcceptRA=no\n')


def networkd(n):
    """Its end is when all links are up, looked for every 20 ms."""
    def sample(host):
        networkd_files(n)
        faults_lab.mount('sysfs', '/sys', 'sysfs', 1)   # read-only: does not wait for udev
        began = time.monotonic()
        null = os.open('/dev/null', os.O_RDWR)
        pid = os.posix_spawn(NETWORKD, [NETWORKD], dict(host.env, SYSTEMD_LOG_LEVEL='emerg'),
                             file_actions=[(os.POSIX_SPAWN_DUP2, null, fd) for fd in (0, 1, 2)])
        os.close(null)
        while not host.links_up(n) and time.monotonic() - began < 60:
            if os.waitpid(pid, os.WNOHANG)[0] != 0:
                raise RuntimeError('systemd-networkd ended')
            time.sleep(0.02)
        wall = time.monotonic() - began
        os.kill(pid, 15)
        usage = os.wait4(pid, 0)[2]
        faults_lab.libc.umount2(b'/sys', faults_lab.MNT_DETACH)
        host.demand_links(n)
        return wall, usage.ru_utime + usage.ru_stime
    return sample


def loop_script(command, first, last):
    return ['/bin/sh', '-c', f'i={first}; while [ $i -le {last} ]; do {command} || exit 1; '
            'i=$((i + 1)); done']


LOOPS = {
    'ip link add': f'{IP} link add link net0 name v$i up type macvlan mode bridge',
    'dladm create-vnic -t': f'{DLADM} create-vnic -t -l net0 v$i',
    'dladm create-vnic': f'{DLADM} create-vnic -l net0 v$i',
}
FILLERS = {
    'ip link add': '{floor} create {n} net0',
    'dladm create-vnic -t': '{many} create {n} net0 temporary',
    'dladm create-vnic': '{many} create {n} net0',
}


def loop(name, n):
    def sample(host):
        return host.timed(loop_script(LOOPS[name], 1, n))
    return sample


def window(name, before, n):
    """The commands that find @before links, each as time of one command."""
    def sample(host):
        if before:
            host.must(FILLERS[name].format(floor=FLOOR, many=MANY, n=before))
        wall, cpu = host.timed(loop_script(LOOPS[name], before + 1, before + n))
        return wall / n, cpu / n
    return sample


# -- rows ------------------------------------------------------------------------------------------

class Row:
    """Contenders that are compared; the first is the reference of the ratios."""

    def __init__(self, title, metric, contenders, bars=(), rounds=0, once=()):
        self.title, self.metric, self.contenders = title, metric, dict(contenders)
        self.bars, self.rounds, self.once = bars, rounds, once
        self.samples = {name: [] for name in self.contenders}
        self.failed = {}

    def median(self, name, metric=None):
        got = self.samples.get(name)
        which = (metric or self.metric) == 'CPU'
        return statistics.median(s[which] for s in got) if got else None


class Bar:
    """@who takes at most @limit times what @than takes; or, @faster, at least so much less."""

    def __init__(self, who, limit, than, faster=False):
        self.who, self.limit, self.than, self.faster = who, limit, than, faster

    def judge(self, row):
        a, b = row.median(self.who), row.median(self.than)
        if a is None or b is None:
            return None, 'not measured'
        ratio = b / a if self.faster else a / b
        met = ratio >= self.limit if self.faster else ratio <= self.limit
        words = (f'{ratio:.0f} x faster than {self.than}, bar >= {self.limit:g}' if self.faster else
                 f'{ratio:.2f} x {self.than}, bar <= {self.limit:g}')
        return met, f'{words}: {"met" if met else "MISSED"}'


def number(n):
    return f'{n:,}'


def rows_of(size):
    for n, rounds in ((size.some, size.rounds), (size.lots, size.few)):
        yield Row(f'create {number(n)} VNICs in one call', 'CPU', {
            'floor': create(lambda n: [FLOOR, 'create', str(n), 'net0'], n),
            'libvwire': create(lambda n: [MANY, 'create', str(n), 'net0'], n),
            'libvwire, temporary': create(
                lambda n: [MANY, 'create', str(n), 'net0', 'temporary'], n),
            'ip -batch': create(ip_creates, n),
        }, (Bar('libvwire', 1.15, 'floor'),), rounds)
    yield Row(f'create {number(size.some)} VNICs over an etherstub', 'wall', {
        'floor': on_stub(lambda n: [FLOOR, 'stub', str(n), 'stub1'], size.some),
        'libvwire': on_stub(lambda n: [MANY, 'create', str(n), 'stub1'], size.some,
                            f'{DLADM} create-etherstub stub1'),
        'ip -batch': on_stub(ip_on_stub, size.some),
    }, (), size.few)
    yield Row(f'delete {number(size.some)} VNICs in one call', 'wall', {
        'floor': delete(f'{FLOOR} create {size.some} net0',
                        lambda n: [FLOOR, 'delete', str(n)], size.some),
        'libvwire': delete(f'{MANY} create {size.some} net0',
                           lambda n: [MANY, 'delete', str(n)], size.some),
        'ip -batch': delete(f'{FLOOR} create {size.ip_delete} net0',
                            lambda n: batch_file(f'link del v{i}' for i in range(1, n + 1)),
                            size.ip_delete, size.some / size.ip_delete),
    }, (Bar('libvwire', 1.3, 'floor'), Bar('libvwire', 75, 'ip -batch', faster=True)),
        size.rounds, once=('ip -batch',))
    contenders = {
        'floor': create(lambda n: [FLOOR, 'create', str(n), 'net0'], size.some),
        'vwire restore': restore(size.some),
        'ip -batch': create(ip_creates, size.some),
    }
    if os.path.exists(NETWORKD):
        contenders['systemd-networkd'] = networkd(size.some)
    yield Row(f'restore {number(size.some)} saved VNICs, up', 'wall', contenders,
              (Bar('vwire restore', 1.25, 'floor'),), size.rounds, once=('systemd-networkd',))
    yield Row(f'a loop of {number(size.some)} commands', 'CPU',
              {name: loop(name, size.some) for name in LOOPS},
              [Bar(name, 1.1, 'ip link add') for name in list(LOOPS)[1:]], size.few)
    for name in LOOPS:
        first = f'1 to {size.window}'
        last = f'{size.lots - size.window + 1} to {size.lots}'
        yield Row(f'one {name}, with more and more links there', 'CPU', {
            first: window(name, 0, size.window),
            last: window(name, size.lots - size.window, size.window),
        }, () if name == 'ip link add' else (Bar(last, 1.2, first),), size.few)


class ListRow(Row):
    """Reading does not change the host, so one host serves all rounds."""

    def __init__(self, size):
        super().__init__(f'list {number(size.lots)} links', 'wall',
                         {'ip -s -j link': None, 'dladm show-link': None},
                         (Bar('dladm show-link', 0.5, 'ip -s -j link'),), 15)
        self.n = size.lots
        self.memory = None

    def run(self, host, _progress):
        commands = {'ip -s -j link': [IP, '-s', '-j', 'link'],
                    'dladm show-link': [DLADM, 'show-link']}
        host.begin()
        host.must(f'{MANY} create {self.n} net0')
        for _ in range(self.rounds):
            for name in random.sample(list(commands), len(commands)):
                self.samples[name].append(host.timed(commands[name]))
        _, out, _ = host.run([MANY, 'bytes'])
        links, handle, snapshot = map(int, out.split())
        self.memory = {'links': links, 'handle_bytes': handle, 'snapshot_bytes': snapshot,
                       'bytes_per_link': (handle + snapshot) / max(links, 1)}
        host.end()


def run_row(row, host, progress):
    plan = [(r, name) for r in range(row.rounds)
            for name in random.sample(list(row.contenders), len(row.contenders))
            if r == 0 or name not in row.once]
    for done, (_, name) in enumerate(plan):
        progress(f'{row.title}: {name} ({done + 1} of {len(plan)})')
        if name in row.failed:
            continue
        host.begin()
        try:
            row.samples[name].append(row.contenders[name](host))
        except (RuntimeError, OSError) as e:
            row.failed[name] = str(e)
        host.end()


# -- output ----------------------------------------------------------------------------------------

def as_time(seconds):
    for unit, factor in (('s', 1), ('ms', 1e3), ('us', 1e6)):
        if seconds * factor >= 1:
            break
    return f'{seconds * factor:.3g} {unit}'


def print_row(row):
    reference = row.median(next(iter(row.contenders)))
    other = 'wall' if row.metric == 'CPU' else 'CPU'
    print(f'\n{row.title} (median of {row.rounds})')
    print(f'  {"":24} {row.metric:>9} {"ratio":>10} {other:>12}')
    for name in row.contenders:
        got = row.median(name)
        if got is None:
            print(f'  {name:24} failed: {row.failed.get(name, "no sample")}')
            continue
        ratio = f'{got / reference:8.2f} x' if reference else ''
        note = '  (once)' if name in row.once else ''
        beside = as_time(row.median(name, other))
        print(f'  {name:24} {as_time(got):>9} {ratio:>10} {beside:>12}{note}')
    for bar in row.bars:
        print(f'  -> {bar.who}: {bar.judge(row)[1]}')
    memory = getattr(row, 'memory', None)
    if memory:
        met = memory['bytes_per_link'] <= 1024
        print(f'\nlibrary state: {memory["bytes_per_link"]:.0f} bytes a link (handle '
              f'{memory["handle_bytes"]}, snapshot {memory["snapshot_bytes"]} bytes, '
              f'{memory["links"]} links)\n  -> bar <= 1024: {"met" if met else "MISSED"}')
    sys.stdout.flush()


def as_data(row):
    data = {'title': row.title, 'metric': row.metric, 'failed': row.failed,
            'seconds': {name: {'wall': [s[0] for s in got], 'cpu': [s[1] for s in got],
                               'median': row.median(name)} for name, got in row.samples.items()},
            'bars': []}
    for bar in row.bars:
        met, words = bar.judge(row)
        data['bars'].append({'who': bar.who, 'than': bar.than, 'limit': bar.limit,
                             'faster': bar.faster, 'met': met, 'words': words})
    if getattr(row, 'memory', None):
        data['memory'] = row.memory
    return data


def progress_to_terminal(text):
    if sys.stderr.isatty():
        sys.stderr.write(f'\r\033[K{text[:78]}')
        sys.stderr.flush()


def clear_progress():
    if sys.stderr.isatty():
        sys.stderr.write('\r\033[K')
        sys.stderr.flush()


def summary(rows):
    judged = [(row, bar, bar.judge(row)) for row in rows for bar in row.bars]
    print('\nbars')
    for row, bar, (met, words) in judged:
        mark = {True: 'met', False: 'MISSED', None: '?'}[met]
        print(f'  {mark:6}  {row.title}: {bar.who} {words.split(": ")[0]}')


def main():
    parser = argparse.ArgumentParser(description='how fast is libvwire?')
    parser.add_argument('--quick', action='store_true',
                        help='fewer links and rounds, under a minute')
    parser.add_argument('--json', metavar='FILE', help='all samples and verdicts as JSON')
    parser.add_argument('rows', nargs='*', help='only rows with this in their title')
    args = parser.parse_args()
    for program in (FLOOR, MANY, DLADM, VWIRE):
        if not os.access(program, os.X_OK):
            sys.exit(f'bench.py: there is no {program}: build first')
    if os.geteuid() != 0:
        sys.exit('bench.py: namespaces cannot be made here: run as root')
    size = Size(args.quick)
    rows = [row for row in [*rows_of(size), ListRow(size)]
            if not args.rows or any(word in row.title for word in args.rows)]
    host = Host()
    print(f'{os.cpu_count()} CPUs, kernel {os.uname().release}, load '
          f'{os.getloadavg()[0]:.1f}{", quick: ratios are rough" if args.quick else ""}')
    for row in rows:
        progress_to_terminal(row.title)
        try:
            if isinstance(row, ListRow):
                row.run(host, progress_to_terminal)
            else:
                run_row(row, host, progress_to_terminal)
        except Exception as e:          # one broken row must not hide the others
            row.failed.setdefault('row', f'{e}')
            traceback.print_exc()
        clear_progress()
        print_row(row)
    summary(rows)
    if args.json:
        with open(args.json, 'w') as f:
            json.dump({'kernel': os.uname().release, 'quick': args.quick,
                       'rows': [as_data(row) for row in rows]}, f, indent=1)
    return 1 if any(row.failed for row in rows) else 0


if __name__ == '__main__':
    sys.exit(main())

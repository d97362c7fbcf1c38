#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What it costs to read counters: dlstat, linkstat and the library beside what the kernel insists
on (statfloor.c), ip(8), ifstat and bmon, interleaved in random order in one run, medians.

usage: stat.py [--quick] [--json FILE] [part-of-a-row-name...]
"""
import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, '../cli')]
import bench                                                    # noqa: E402
import terminal                                                 # noqa: E402

BUILD = bench.BUILD
STATFLOOR, STATMON = (os.path.join(BUILD, 'tests/bench', n) for n in ('statfloor', 'statmon'))
DLSTAT = os.path.join(BUILD, 'cli/dlstat/dlstat')
LINKSTAT = os.path.join(BUILD, 'cli/linkstat/linkstat')
SYSTEM = '/usr/sbin:/sbin:/usr/bin:/bin'
IFSTAT, BMON = (shutil.which(name, path=SYSTEM) for name in ('ifstat', 'bmon'))
ZONES = 100


def scheduled_s(pid):
    """CPU time of a process to the nanosecond."""
    with open(f'/proc/{pid}/schedstat') as f:
        return int(f.read().split()[0]) / 1e9


def peak_rss_kib(pid):
    with open(f'/proc/{pid}/status') as f:
        return next(int(line.split()[1]) for line in f if line.startswith('VmHWM'))


# -- what is measured ------------------------------------------------------------------------------

def command(*argv):
    return lambda host: host.timed(list(argv))


def polls(program, *args):
    """A program that prints the number of links and microseconds of CPU for a poll."""
    def sample(host):
        rc, out, err = host.run(' '.join([program, *args]), timeout=300)
        if rc != 0:
            raise RuntimeError(err.strip())
        took = float(out.split()[1]) / 1e6
        return took, took
    return sample


def repeated(n, interval_s, *argv):
    """One process a poll."""
    def sample(host):
        cpu = 0
        for _ in range(n):
            time.sleep(interval_s)
            cpu += host.timed(list(argv))[1]
        return cpu / n, cpu / n
    return sample


def monitor(n, *argv):
    """One process for n polls."""
    def sample(host):
        cpu = host.timed(list(argv))[1] / n
        return cpu, cpu
    return sample


def on_a_terminal(argv, seconds, rss):
    """CPU share of a core of a program that fills a screen of 80x24, after it has settled."""
    def sample(_host):
        screen = terminal.Terminal(argv, 80, 24, 'xterm')
        screen.wait(2)
        before, began = scheduled_s(screen.pid), time.monotonic()
        screen.wait(seconds)
        share = (scheduled_s(screen.pid) - before) / (time.monotonic() - began)
        rss.append(peak_rss_kib(screen.pid))
        os.kill(screen.pid, signal.SIGTERM)
        screen.wait(0.3)
        os.waitpid(screen.pid, 0)
        os.close(screen.fd)
        os.close(screen.slave)
        return share, share
    return sample


# -- rows ------------------------------------------------------------------------------------------

class StatRow(bench.Row):
    """Reading does not change the host, so one host serves all rounds."""

    def __init__(self, title, make, metric, contenders, bars, rounds):
        super().__init__(title, metric, contenders, bars, rounds)
        self.make = make

    def run(self, host, progress):
        host.begin()
        self.make(host)
        try:
            for turn in range(self.rounds):
                for name in random.sample(list(self.contenders), len(self.contenders)):
                    progress(f'{self.title}: {name} ({turn + 1} of {self.rounds})')
                    self.samples[name].append(self.contenders[name](host))
        finally:
            host.end()


class ScreenRow(StatRow):
    """Shares of a core, and memory, against fixed bars."""

    def __init__(self, title, make, argvs, seconds, rounds, share_most, rss_most_kib):
        self.rss = {name: [] for name in argvs}
        self.share_most, self.rss_most_kib = share_most, rss_most_kib
        super().__init__(title, make, 'CPU', {
            name: on_a_terminal(argv, seconds, self.rss[name]) for name, argv in argvs.items()},
            (), rounds)

    def judge(self):
        share, rss = self.median('linkstat'), max(self.rss['linkstat'], default=None)
        if share is None:
            return None, 'not measured'
        met = share <= self.share_most and rss <= self.rss_most_kib
        return met, (f'{share:.2%} of a core, bar <= {self.share_most:.1%}; {rss / 1024:.1f} MiB, '
                     f'bar <= {self.rss_most_kib / 1024:.0f}: {"met" if met else "MISSED"}')

    def show(self):
        print(f'\n{self.title} (median of {self.rounds})')
        for name in self.contenders:
            share = self.median(name)
            if share is not None:
                print(f'  {name:24} {share:8.3%} of a core {max(self.rss[name]) / 1024:8.1f} MiB')
        print(f'  -> linkstat: {self.judge()[1]}', flush=True)


def links(n):
    return lambda host: host.must(f'{bench.FLOOR} create {n} net0')


def zones_of_links(n):
    """n links in ZONES zones: cables from end to end."""
    def make(host):
        host.must('mkdir -p /run/netns')
        for zone in range(ZONES):
            host.must(f'{bench.IP} netns add z{zone}')
            lines = ''.join(f'link add a{k} type veth peer name b{k}\n'
                            for k in range(n // ZONES // 2))
            subprocess.run([bench.IP, '-n', f'z{zone}', '-batch', '-'], input=lines, text=True,
                           check=True)
    return make


def rows_of(size):
    ip = [bench.IP, '-s', '-j', 'link']
    for n, rounds in ((size.some, 25), (size.lots, 15)):
        yield StatRow(f'one report of {bench.number(n)} links', links(n), 'wall', {
            '/proc/net/dev in C': command(STATFLOOR, 'proc'),
            'dlstat': command(DLSTAT),
            'ip -s -j link': command(*ip),
        }, (bench.Bar('dlstat', 1.5, '/proc/net/dev in C'),
            bench.Bar('dlstat', 0.5, 'ip -s -j link')), rounds)
    count, ms = (10, 200) if size.quick else (30, 1000)
    contenders = {
        'RTM_GETSTATS floor': polls(STATFLOOR, 'getstats', str(count), str(ms)),
        'libvwire': polls(STATMON, str(count), str(ms)),
        'ip -s -j link': repeated(min(count, 10), ms / 1000, *ip),
    }
    bars = [bench.Bar('libvwire', 1.2, 'RTM_GETSTATS floor'),
            bench.Bar('libvwire', 9, 'ip -s -j link', faster=True)]
    if IFSTAT:
        contenders['ifstat'] = monitor(count, IFSTAT, '-a', '-n', str(ms / 1000), str(count))
        bars.append(bench.Bar('libvwire', 3.5, 'ifstat', faster=True))
    yield StatRow(f'a poll of {bench.number(size.some)} links, one every {ms / 1000:g} s',
                  links(size.some), 'CPU', contenders, bars, size.few)
    yield StatRow(f'a poll of {bench.number(size.some)} links in {ZONES} zones',
                  zones_of_links(size.some), 'CPU', {
                      'RTM_GETSTATS floor': polls(STATFLOOR, 'zones', '20', '100'),
                      'libvwire': polls(STATMON, '20', '100'),
                      'ip -n, a process each': repeated(2, 0.1, '/bin/sh', '-c', ''.join(
                          f'{bench.IP} -n z{zone} -s link >/dev/null;' for zone in range(ZONES))),
                  }, (bench.Bar('libvwire', 1.3, 'RTM_GETSTATS floor'),
                      bench.Bar('libvwire', 75, 'ip -n, a process each', faster=True)), size.rounds)
    screens = {'linkstat': [LINKSTAT],
               'RTM_GETSTATS floor': [STATFLOOR, 'getstats', '1000', '1000']}
    if BMON:
        screens['bmon'] = [BMON]
    yield ScreenRow(f'a screen of {bench.number(size.some)} links at 1 Hz', links(size.some),
                    screens, 5 if size.quick else 20, 1 if size.quick else size.few, 0.003, 6 * 1024)


# -- output ----------------------------------------------------------------------------------------

def verdicts(row):
    if isinstance(row, ScreenRow):
        return [('linkstat', *row.judge())]
    return [(bar.who, *bar.judge(row)) for bar in row.bars]


def main():
    parser = argparse.ArgumentParser(description='what does it cost to read counters?')
    parser.add_argument('--quick', action='store_true', help='fewer links and rounds')
    parser.add_argument('--json', metavar='FILE', help='all samples and verdicts as JSON')
    parser.add_argument('rows', nargs='*', help='only rows with this in their title')
    args = parser.parse_args()
    for program in (STATFLOOR, STATMON, DLSTAT, LINKSTAT):
        if not os.access(program, os.X_OK):
            sys.exit(f'stat.py: there is no {program}: build first')
    if os.geteuid() != 0:
        sys.exit('stat.py: namespaces cannot be made here: run as root')
    rows = [row for row in rows_of(bench.Size(args.quick))
            if not args.rows or any(word in row.title for word in args.rows)]
    host = bench.Host()
    print(f'{os.cpu_count()} CPUs, kernel {os.uname().release}, load {os.getloadavg()[0]:.1f}')
    for name, path in (('ifstat', IFSTAT), ('bmon', BMON)):
        if path is None:
            print(f"there is no {name} to compare with: './run bench' gets it")
    for row in rows:
        try:
            row.run(host, bench.progress_to_terminal)
        except (RuntimeError, OSError, subprocess.SubprocessError) as error:
            row.failed['row'] = str(error)
            print(f'{row.title}: {error}')
        bench.clear_progress()
        row.show() if isinstance(row, ScreenRow) else bench.print_row(row)
    print('\nbars')
    for row in rows:
        for who, met, words in verdicts(row):
            mark = {True: 'met', False: 'MISSED', None: '?'}[met]
            print(f'  {mark:6}  {row.title}: {who} {words}')
    if args.json:
        with open(args.json, 'w') as f:
            json.dump({'kernel': os.uname().release, 'rows': [
                dict(bench.as_data(row), verdicts=verdicts(row)) for row in rows]}, f, indent=1)
    return 1 if any(row.failed for row in rows) else 0


if __name__ == '__main__':
    sys.exit(main())

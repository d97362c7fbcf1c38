#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What history costs: CPU and memory of the writer while every counter of 2,000 links and 2,000
flows changes between two readings; size of the log of a simulated year of as many (usage_year.c:
it takes 3 GB of /var/tmp meanwhile), and the time of questions to it.

usage: usage.py [--quick] [--json FILE] [writer] [year]
"""
import argparse
import glob
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import bench                                                    # noqa: E402

ACCTADM, YEAR = (os.path.join(bench.BUILD, n)
                 for n in ('cli/acctadm/acctadm', 'tests/bench/usage_year'))
INTERVAL_S = 20
WRITER_MOST = 1                 # % of a core
QUESTION_MOST = 100             # ms
QUESTION = 'top 20 of 30 days'


class Figure:
    """One line of the table; with @most, a bar."""

    def __init__(self, what, value, unit, note='', most=None):
        self.what, self.value, self.unit, self.note, self.most = what, value, unit, note, most

    def met(self):
        return self.value <= self.most

    def show(self):
        words = [self.note] if self.note else []
        if self.most is not None:
            words.append(f'bar <= {self.most:g}: {"met" if self.met() else "MISSED"}')
        value = f'{self.value:.0f}' if self.value == int(self.value) else f'{self.value:.3g}'
        if self.value >= 1000:
            value = f'{self.value:,.0f}'
        print(f'  {self.what:46} {value:>9} {self.unit:12} {"; ".join(words)}'.rstrip(),
              flush=True)


# -- the writer, at work ---------------------------------------------------------------------------

def scheduled_s(pid):
    """CPU time of a process, all threads."""
    total = 0
    for path in glob.glob(f'/proc/{pid}/task/*/schedstat'):
        with open(path) as f:
            total += int(f.read().split()[0])
    return total / 1e9


def resident_mib(pid):
    with open(f'/proc/{pid}/status') as f:
        return next(int(line.split()[1]) for line in f if line.startswith('VmRSS')) / 1024


def children(pid):
    with open(f'/proc/{pid}/task/{pid}/children') as f:
        return [int(child) for child in f.read().split()]


def make_links_and_flows(host, n):
    """VNICs of the host over net0, each with a flow of all UDP."""
    os.environ['VWIRE_ROOT'] = host.root
    sys.path.insert(0, os.path.join(bench.BUILD, 'bindings/python'))
    import vwire
    with vwire.open() as h:
        h.create_vnics([vwire.NewVnic(f'web{i}', 'net0') for i in range(1, n + 1)])
        h.add_flows([vwire.NewFlow(f'flow{i}', f'web{i}', {'transport': 'udp'})
                     for i in range(1, n + 1)])


def broadcast(end):
    """A UDP datagram to everybody, four times a second: macvlan hands one to each VNIC."""
    udp = bytes.fromhex('0009' '0009' '000c' '0000') + b'busy'
    ip = bytes.fromhex('4500' '0020' '0000' '0000' '4011' 'b9a0' '0a0000fe' 'ffffffff') + udp
    frame = b'\xff' * 6 + bytes.fromhex('0208200000fe' '0800') + ip + bytes(14)
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as wire:
        wire.bind(('wire0', 0))
        while not end.wait(0.25):
            wire.send(frame)


def accounting():
    out = subprocess.run([ACCTADM, '-j'], capture_output=True, text=True, check=True).stdout
    return json.loads(out)['accounting'][0]


def writer_figures(pids, seconds):
    records, before = accounting()['records'], [scheduled_s(pid) for pid in pids]
    began = time.monotonic()
    time.sleep(seconds)
    used = [scheduled_s(pid) - cpu for pid, cpu in zip(pids, before)]
    took = time.monotonic() - began
    yield Figure('records a reading', (accounting()['records'] - records) / took, '')
    for name, pid, cpu in zip(('writer', 'its partner'), pids, used):
        yield Figure(f'{name}, CPU of a reading', cpu / took * 1000, 'ms',
                     f'{resident_mib(pid):.0f} MiB resident')
    yield Figure(f'both, a reading every {INTERVAL_S} s', sum(used) / took / INTERVAL_S * 100,
                 '% of a core', most=WRITER_MOST)


def writer(quick):
    """It reads once a second, and is counted as if every 20 s; the log is on a disk."""
    n, seconds = (200, 5) if quick else (2000, 30)
    print(f'\nthe writer, {bench.number(n)} links and {bench.number(n)} flows, each with traffic '
          'in each interval')
    host, end = bench.Host(), threading.Event()
    host.begin()
    host.must(f'{bench.IP} link set wire0 up')
    make_links_and_flows(host, n)
    thread = threading.Thread(target=broadcast, args=(end,))
    with tempfile.TemporaryDirectory(dir='/var/tmp') as where:
        host.must(f'{ACCTADM} -e extended -f {where}/net.log -i 1 net')
        thread.start()
        try:
            pid = accounting()['writer_pid']
            time.sleep(3)
            yield from writer_figures([pid] + children(pid), seconds)
        finally:
            end.set()
            thread.join()
            host.must(f'{ACCTADM} -x net')
    host.end()


# -- a year ----------------------------------------------------------------------------------------

def year(quick):
    n, days = (100, 35) if quick else (2000, 365)
    print(f'\na log of {days} days, {bench.number(n)} links and {bench.number(n)} flows with '
          'traffic all the time')
    with tempfile.TemporaryDirectory(dir='/var/tmp') as where:
        with subprocess.Popen([YEAR, where + '/net.log', str(n), str(n), str(days)],
                              stdout=subprocess.PIPE, text=True) as process:
            for line in process.stdout:
                what, value, unit, note = line.rstrip('\n').split('\t')
                if what == 'progress':
                    bench.progress_to_terminal(f'year: {value} of {days} days')
                    continue
                bench.clear_progress()
                yield Figure(what, float(value), unit, note,
                             QUESTION_MOST if what.startswith(QUESTION) else
                             WRITER_MOST if unit == '% of a core' else None)
    if process.returncode != 0:
        raise RuntimeError(f'usage_year ended with {process.returncode}')


# -- output ----------------------------------------------------------------------------------------

def as_data(f):
    data = {'what': f.what, 'value': f.value, 'unit': f.unit, 'note': f.note}
    return data if f.most is None else dict(data, most=f.most, met=f.met())


def main():
    parser = argparse.ArgumentParser(description='what does it cost to keep a history?')
    parser.add_argument('--quick', action='store_true', help='fewer links, a month')
    parser.add_argument('--json', metavar='FILE', help='figures and verdicts as JSON')
    parser.add_argument('parts', nargs='*', choices=['writer', 'year', []], help='only these')
    args = parser.parse_args()
    for program in (ACCTADM, YEAR):
        if not os.access(program, os.X_OK):
            sys.exit(f'usage.py: there is no {program}: build first')
    if os.geteuid() != 0:
        sys.exit('usage.py: namespaces cannot be made here: run as root')
    print(f'{os.cpu_count()} CPUs, kernel {os.uname().release}, load {os.getloadavg()[0]:.1f}')
    figures, failed = [], False
    for part in (writer, year):
        if args.parts and part.__name__ not in args.parts:
            continue
        try:
            for figure in part(args.quick):
                figure.show()
                figures.append(figure)
        except (ImportError, RuntimeError, OSError, subprocess.SubprocessError) as error:
            failed = True
            print(f'  failed: {error}')
    bars = [f for f in figures if f.most is not None]
    print('\nbars')
    for f in bars:
        print(f'  {"met" if f.met() else "MISSED":6}  {f.what}: {f.value:.3g} {f.unit}, '
              f'bar <= {f.most:g}')
    if args.json:
        with open(args.json, 'w') as f:
            json.dump({'kernel': os.uname().release, 'quick': args.quick,
                       'figures': [as_data(figure) for figure in figures]}, f, indent=1)
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())

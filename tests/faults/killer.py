#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""kill -9 at every system call stop of every kind of command that changes something.

For N = 1, 2, ... until the command ends by itself: start from a fresh state, run the command under
`killer -n N`, then demand
 - the configuration file is byte for byte the old or the new one;
 - the same command once more succeeds, or says in one sentence that it is so already, at once
   (so nobody holds the lock);
 - then `vwire check` finds no difference, the kernel holds exactly the links of an undisturbed
   run, and the same files are there: no temporary file is left.

A stop after which every file and every link is still as it was needs no new state for the next N
and no second run: that would be the undisturbed run. A stop that leaves exactly what the stop
before it left is not repaired a second time. VW_KILLER=thorough does both all the same.
VW_KILLER_STEP=7 takes every seventh stop: for machines so slow that all would take too long.

usage: killer.py [part-of-a-case-name...]
"""
import os
import re
import sys
import time

import faults_lab
from faults_lab import Lab, CASES, differences, one_sentence, settled, without_indexes

KILLER = os.environ.get('VW_KILLER_PROGRAM',
                        os.path.join(os.environ.get('VW_BUILD', 'build'), 'tests/faults/killer'))
THOROUGH = os.environ.get('VW_KILLER') == 'thorough'
STEP = int(os.environ.get('VW_KILLER_STEP', '1'))
LOCK_WAIT_S = 5


def syscall_names():
    names = {}
    for path in ('/usr/include/x86_64-linux-gnu/asm/unistd_64.h', '/usr/include/asm/unistd_64.h',
                 '/usr/include/asm-generic/unistd.h'):
        if os.path.exists(path):
            with open(path) as f:
                for name, nr in re.findall(r'#define __NR_(\w+) (\d+)', f.read()):
                    names.setdefault(nr, name)
            break
    return names


class Hunt:
    """All stops of one command."""

    def __init__(self, case):
        self.case, self.lab = case, Lab(case.zones)
        self.complaints, self.dirty, self.repaired = [], 0, 0
        self.names = syscall_names()

    def undisturbed(self):
        """Learn the old and the new state."""
        self.lab.fresh(self.case.setup)
        self.old = self.lab.config()
        rc, _, err = self.lab.run(self.case.command)
        if rc != 0:
            raise RuntimeError(f"'{self.case.command}' ended with {rc}: {err.strip()}")
        self.new = self.lab.config()
        self.links = without_indexes(self.lab.inventory())
        self.files = set(self.lab.files())
        rc, out, err = self.lab.run('vwire check')
        if rc != 0:
            raise RuntimeError(f"'vwire check' after an undisturbed run ended with {rc}: "
                               f'{(out + err).strip()}')

    def killed(self, n):
        """Run under the killer: None when the command ended before, else where it was killed."""
        report = '/run/killer.out'
        rc, _, err = self.lab.run(self.case.command, (KILLER, '-n', str(n), '-o', report))
        with open(report) as f:
            word, *rest = f.read().split()
        if word == 'ended':
            if rc != 0:
                self.complaints.append(f'undisturbed under the killer: {rc}: {err.strip()}')
            return None
        return f'stop {n} ({rest[1]} of {self.names.get(rest[2], rest[2])})'

    def after(self, where):
        """What must hold after the kill; each complaint names the stop."""
        def wrong(what):
            self.complaints.append(f'{where}: {what}')

        config = self.lab.config()
        if config not in (self.old, self.new):
            wrong(f'configuration neither old nor new: {config!r}')
        began = time.monotonic()
        rc, _, err = self.lab.run(self.case.command)
        if rc != 0 and not one_sentence(err):
            wrong(f'second run ended with {rc} and said {err!r}')
        if time.monotonic() - began > LOCK_WAIT_S:
            wrong('second run waited: is the lock held?')
        again = f'second run: {rc} {err.strip()}'
        rc, out, err = self.lab.run('vwire check')
        if rc != 0:
            wrong(f"'vwire check' {rc}: {(out + err).strip()} ({again})")
        for line in differences(self.links, without_indexes(self.lab.inventory())):
            wrong(f'{line} ({again})')
        for name in sorted(set(self.lab.files()) - self.files):
            wrong(f'file {name} left over')
        if self.lab.config() != self.new:
            wrong(f'configuration after the second run is not the new one ({again})')

    def left(self):
        """All that a second run can see, but for pids, times and random addresses."""
        files = {name: b'' if name.endswith('.stamp') else settled(data)
                 for name, data in self.lab.files().items()}
        for name in files:
            if name.endswith('/lock'):
                files[name] = re.sub(rb'^\d+ *', b'', files[name])
        return files, self.lab.inventory()

    def run(self):
        self.undisturbed()
        n, pristine, before, last = 1 - STEP, False, None, None
        while True:
            n += STEP
            if not pristine:
                self.lab.fresh(self.case.setup)
                before = (self.lab.files(), self.lab.inventory())
            where = self.killed(n)
            if where is None:
                return n - STEP
            pristine = not THOROUGH and (self.lab.files(), self.lab.inventory()) == before
            if pristine:
                continue
            self.dirty += 1
            left = self.left()
            if THOROUGH or left != last:
                self.repaired += 1
                self.after(where)
            last = left


def work(case):
    if case.kind is not None and not faults_lab.kernel_has_link(case.kind):
        return {'skip': f"this kernel has no '{case.kind}' links"}
    began, hunt, stops = time.monotonic(), None, 0
    try:
        hunt = Hunt(case)
        stops = hunt.run()
        bad = hunt.complaints
    except (RuntimeError, OSError) as e:
        bad = (hunt.complaints if hunt else []) + [str(e)]
    return {'stops': stops, 'bad': bad, 'dirty': hunt.dirty if hunt else 0,
            'repaired': hunt.repaired if hunt else 0,
            'seconds': time.monotonic() - began}


def main():
    faults_lab.need_root_and_programs()
    wanted = sys.argv[1:]
    cases = [c for c in CASES if not wanted or any(w in c.name for w in wanted)]
    print(f'1..{len(cases)}', flush=True)
    failed, total = 0, 0
    workers = int(os.environ.get("VW_WORKERS", "6"))
    for n, (case, got) in enumerate(faults_lab.run_cases(cases, work, workers), 1):
        name = f'kill -9 at any system call of {case.name} is repaired by running it again'
        if 'skip' in got:
            print(f'ok {n} - {name} # SKIP {got["skip"]}', flush=True)
            continue
        total += got['stops']
        failed += bool(got['bad'])
        every = f', every {STEP}th tried' if STEP > 1 else ''
        note = (f'{got["stops"]} stops{every}, {got["dirty"]} leave something behind, '
                f'{got["repaired"]} different, {got["seconds"]:.1f} s')
        print(faults_lab.verdict(n, name, got['bad'], (note,)), flush=True)
    print(f'# {total} stops in all')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())

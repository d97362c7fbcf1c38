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

Only those stops count at which something may have changed since the one before (killer -c); with
`thorough` all do. Where the policy engine is at work each costs a second or two, so that
VW_KILLER_POINTS of them are taken (default 3; 0 and `thorough`: all). There, too: a device that is
up and has hooks before and after has them in between; and every other stop is repaired by `vwire
restore` instead, after which all is as the configuration says. VW_KILLER_TURN=1 exchanges the two.

usage: killer.py [part-of-a-case-name...]
"""
import os
import re
import sys
import time

import faults_lab
import faults_policy
from faults_lab import Lab, CASES, differences, one_sentence, settled, without_indexes

KILLER = os.environ.get('VW_KILLER_PROGRAM',
                        os.path.join(os.environ.get('VW_BUILD', 'build'), 'tests/faults/killer'))
THOROUGH = os.environ.get('VW_KILLER') == 'thorough'
STEP = int(os.environ.get('VW_KILLER_STEP', '1'))
POINTS = 0 if THOROUGH else int(os.environ.get('VW_KILLER_POINTS', '3'))
TURN = int(os.environ.get('VW_KILLER_TURN', '0'))
LOCK_WAIT_S = 5
REPORT = '/run/killer.out'
SHOWN = ('flowadm show-flow -p -o flow,link,ipaddr,proto,lport,rport,dsfld',
         'flowadm show-flowprop -c -o flow,property,value',
         'dladm show-linkprop -c -o link,property,value -p '
         'maxbw,protection,allowed-ips,zone,datapath')


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
        self.step, self.turn = STEP, TURN
        self.how = (KILLER,) if THOROUGH else (KILLER, '-c')

    def shown(self):
        return [self.lab.run(line)[:2] for line in SHOWN] if self.case.policy else []

    def undisturbed(self):
        """Learn the old and the new state."""
        self.lab.fresh(self.case.setup)
        self.old = self.lab.config()
        self.links_old = without_indexes(self.lab.inventory())
        rc, _, err = self.lab.run(self.case.command, (*self.how, '-o', REPORT))
        if rc != 0:
            raise RuntimeError(f"'{self.case.command}' ended with {rc}: {err.strip()}")
        with open(REPORT) as f:
            stops = int(f.read().split()[1])
        if self.case.policy and POINTS > 0:
            self.step = max(STEP, -(-stops // POINTS))
        self.new = self.lab.config()
        self.said = self.shown()
        self.links = without_indexes(self.lab.inventory())
        self.files = set(self.lab.files())
        rc, out, err = self.lab.run('vwire check')
        if rc != 0:
            raise RuntimeError(f"'vwire check' after an undisturbed run ended with {rc}: "
                               f'{(out + err).strip()}')

    def killed(self, n):
        """Run under the killer: None when the command ended before, else where it was killed."""
        rc, _, err = self.lab.run(self.case.command, (*self.how, '-n', str(n), '-o', REPORT))
        with open(REPORT) as f:
            word, *rest = f.read().split()
        if word == 'ended':
            if rc != 0:
                self.complaints.append(f'undisturbed under the killer: {rc}: {err.strip()}')
            return None
        return f'stop {n} ({rest[1]} of {self.names.get(rest[2], rest[2])})'

    def wrong_after_restore(self, config):
        """`vwire restore` instead of a second run: all is as the configuration says."""
        rc, out, err = self.lab.run('vwire restore')
        again = f'restore: {rc} {(out + err).strip()}'
        if rc != 0:
            yield again
        if self.lab.config() != config:
            yield f'configuration changed: {again}'
        rc, out, err = self.lab.run('vwire check')
        if rc != 0:
            yield f"'vwire check' {rc}: {(out + err).strip()} ({again})"
        want = self.links if config == self.new else self.links_old
        for line in differences(want, without_indexes(self.lab.inventory())):
            yield f'{line} ({again})'

    def after(self, where, restore=False):
        """What must hold after the kill; each complaint names the stop."""
        def wrong(what):
            self.complaints.append(f'{where}: {what}')

        config = self.lab.config()
        if config not in (self.old, self.new):
            wrong(f'configuration neither old nor new: {config!r}')
        for line in faults_policy.unguarded(self.links_old['host'], self.links['host'],
                                            self.lab.inventory()['host']):
            wrong(line)
        if restore:
            for line in self.wrong_after_restore(config):
                wrong(line)
            return
        began = time.monotonic()
        rc, _, err = self.lab.run(self.case.command)
        if rc != 0 and not one_sentence(err):
            wrong(f'second run ended with {rc} and said {err!r}')
        if time.monotonic() - began > LOCK_WAIT_S * (3 if self.case.policy else 1):
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
        shown = self.shown()
        if shown != self.said:
            wrong(f'shown is {shown}, should be {self.said} ({again})')

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
        n, pristine, before, last = 1 - self.step, False, None, None
        while True:
            n += self.step
            if not pristine:
                self.lab.fresh(self.case.setup)
                before = (self.lab.files(), self.lab.inventory())
            where = self.killed(n)
            if where is None:
                return n - self.step
            pristine = not THOROUGH and (self.lab.files(), self.lab.inventory()) == before
            if pristine:
                continue
            self.dirty += 1
            left = self.left()
            if THOROUGH or left != last:
                self.repaired += 1
                self.after(where, self.case.policy and self.repaired % 2 == self.turn)
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
            'repaired': hunt.repaired if hunt else 0, 'step': hunt.step if hunt else STEP,
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
        every = f', every {got["step"]}th tried' if got['step'] > 1 else ''
        note = (f'{got["stops"]} stops{every}, {got["dirty"]} leave something behind, '
                f'{got["repaired"]} different, {got["seconds"]:.1f} s')
        print(faults_lab.verdict(n, name, got['bad'], (note,)), flush=True)
    print(f'# {total} stops in all')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())

#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every system call of a command fails once, in every way that may really happen (by strace), and
the command runs with every too small number of file descriptors.

After each such run
 - the command ended: no signal, no hang;
 - status 0: everything is as after an undisturbed run; so too if only the output was lost;
 - another status: one clear sentence on stderr, nothing on stdout, the configuration is the old
   or the new one, and a create-* that failed left no link behind;
 - the same command once more succeeds or says that it is so already, then `vwire check` finds no
   difference and the kernel holds what it holds after an undisturbed run;
 - EINTR (interrupted system call) is not noticed at all.

Where the policy engine is at work each fault costs a second: VW_FAULTS_POINTS of them are tried,
elsewhere ten times as many, spread over the run of the command (default 4, 0: all). What failed there left all as it was
before (but for a deletion, which goes on when it is run again) and no device that is up without its
hooks; only where descriptors are wanting may that be left to the next command.

VW_FAULTS=thorough tries every command of faults_lab.CASES.
usage: faults_inject.py [part-of-a-name...]
"""
import os
import re
import sys
import time

import faults_lab
import faults_policy
from faults_lab import Lab, CASES, differences, one_sentence, without_indexes

DEFAULT = ('create-vnic over a NIC into a zone', 'create-vnic over an etherstub', 'create-simnet',
           'delete-vnic over an etherstub', 'set-linkprop mtu', 'set-linkprop zone',
           'rename-link of a VNIC', 'restore', 'create-vnic in a zone with a limit and protection',
           'set-linkprop maxbw, changed', 'set-linkprop zone of a limited VNIC', 'add-flow',
           'delete-vnic with flows')
POINTS = int(os.environ.get('VW_FAULTS_POINTS', '4'))

FILE = 'EIO ENOSPC'
ERRNOS = {
    'openat': 'EMFILE ENOSPC EIO', 'openat2': 'EMFILE ENOSPC EIO', 'creat': 'EMFILE ENOSPC',
    'read': 'EIO EINTR', 'pread64': 'EIO EINTR', 'readv': 'EIO EINTR', 'getdents64': 'EIO',
    'write': FILE + ' EINTR', 'pwrite64': FILE + ' EINTR', 'writev': FILE + ' EINTR',
    'fsync': FILE, 'fdatasync': FILE, 'ftruncate': FILE + ' EINTR', 'fchmod': FILE,
    'rename': FILE, 'renameat': FILE, 'renameat2': FILE, 'link': FILE, 'linkat': FILE,
    'unlink': 'EIO', 'unlinkat': 'EIO', 'mkdir': FILE, 'mkdirat': FILE,
    'fstat': 'EIO', 'newfstatat': 'EIO ENOMEM', 'statx': 'EIO ENOMEM',
    'flock': 'EINTR ENOLCK', 'fcntl': 'EINTR ENOLCK', 'close': 'EINTR EIO',
    'socket': 'EMFILE ENOBUFS ENOMEM', 'bind': 'ENOMEM', 'setsockopt': 'ENOBUFS',
    'getsockname': 'ENOBUFS', 'getsockopt': 'ENOBUFS',
    'sendto': 'ENOBUFS ENOMEM EINTR', 'sendmsg': 'ENOBUFS ENOMEM EINTR',
    'recvfrom': 'ENOBUFS ENOMEM EINTR', 'recvmsg': 'ENOBUFS ENOMEM EINTR',
    'poll': 'EINTR ENOMEM', 'ppoll': 'EINTR ENOMEM', 'ioctl': 'ENOMEM',
    'mmap': 'ENOMEM', 'brk': 'ENOMEM', 'mremap': 'ENOMEM', 'clone3': 'EAGAIN', 'clone': 'EAGAIN',
    'bpf': 'ENOMEM', 'setns': 'ENOMEM EPERM', 'getrandom': 'EINTR', 'pipe2': 'EMFILE',
    'eventfd2': 'EMFILE',
}
# The walk over all maps of the machine, to find those of this namespace.
WALKS = 'bpf(BPF_MAP_GET_NEXT_ID'
WALK = re.compile(r'bpf\(BPF_(MAP_GET_NEXT_ID|MAP_GET_FD_BY_ID|OBJ_GET_INFO_BY_FD|MAP_LOOKUP_ELEM)|'
                  r'close\(')
OUTPUT_LOST = 'cannot write the output'
LOADER_SAYS = 'error while loading shared libraries'


class Trial:
    """One command under every fault."""

    def __init__(self, case):
        self.case, self.lab = case, Lab(case.zones)
        self.complaints, self.points, self.pristine = [], 0, False

    def config(self):
        """Generation aside: a change that was taken back counts as two."""
        return re.sub(rb'"generation": \d+', b'"generation": *', self.lab.config())

    def undisturbed(self):
        self.lab.fresh(self.case.setup)
        self.old = self.config()
        self.links_old = without_indexes(self.lab.inventory())
        rc, self.out, err = self.lab.run(self.case.command)
        if rc != 0:
            raise RuntimeError(f"'{self.case.command}' ended with {rc}: {err.strip()}")
        self.new = self.config()
        self.links = without_indexes(self.lab.inventory())

    def calls(self):
        """(system call, which time) after the dynamic loader is done, from one traced run."""
        self.lab.fresh(self.case.setup)
        self.lab.run(self.case.command, ('strace', '-f', '-qq', '-o', '/run/trace'))
        with open('/run/trace', errors='replace') as f:
            lines = f.read().splitlines()
        loading = [i for i, line in enumerate(lines)
                   if re.search(r'openat\(.*(\.so[.\d]*"|cache)', line)]
        main = 1 + max(loading, default=0)
        while main < len(lines) and 'munmap(' not in lines[main]:
            main += 1
        # strace counts in each thread from its birth: what it would hit in the loader, too, is out.
        counts, found, loader, walked = {}, [], set(), 0
        for i, line in enumerate(lines):
            match = re.match(r'(\d+) +(\w+)\(', line)
            if match is None:
                continue
            thread, name = match.groups()
            walked = 0 if not WALK.search(line) else walked + 1 if walked or WALKS in line else 0
            counts[thread, name] = counts.get((thread, name), 0) + 1
            point = (name, counts[thread, name])
            if i <= main:
                loader.add(point)
            elif walked > 12 or (self.case.policy and name == 'close') or 'F_DUPFD' in line:
                pass    # one map of others is like the next; fcntl is interrupted for locks alone
            elif name in ERRNOS and point not in found:
                found.append(point)
        return [point for point in found if point not in loader]

    def prepare(self):
        if not self.pristine:
            self.lab.fresh(self.case.setup)
            self.before = (self.lab.files(), self.lab.inventory())

    def one(self, what, prefix, invisible=False, lasting=False):
        self.prepare()
        self.points += 1
        rc, out, err = self.lab.run(self.case.command, prefix)
        inventory = self.lab.inventory()
        self.pristine = (self.lab.files(), inventory) == self.before
        if LOADER_SAYS in err and self.pristine:
            return rc
        for line in self.wrong_now(rc, out, err, without_indexes(inventory), invisible,
                                   lasting):
            self.complaints.append(f'{what}: {line}')
        if not self.pristine:
            for line in self.wrong_after_again():
                self.complaints.append(f'{what}: {line} (at first it said: {rc} {err.strip()})')
        return rc

    def wrong_now(self, rc, out, err, links, invisible, lasting):
        if rc < 0 or rc > 2:
            yield f'ended with status {rc}: {err.strip()}'
        # stdio does not resume a write; no program here has a handler that could interrupt one.
        elif rc == 0 or OUTPUT_LOST in err:
            yield from differences(self.links, links)
            if self.config() != self.new:
                yield 'said nothing but the configuration is not the new one'
            return
        elif invisible:
            yield f'noticed: {err.strip()}'
        elif not one_sentence(err):
            yield f'said {err!r} with status {rc}'
        if out != '' and self.out == '':
            yield f'wrote to stdout: {out!r}'
        if self.config() not in (self.old, self.new):
            yield f'configuration neither old nor new: {self.config()!r}'
        # taking back what was made anew needs descriptors too: then the next command does it
        if self.case.name.startswith('create') or (
                self.case.policy and not lasting and not self.case.name.startswith('delete')):
            yield from (f'after the failure: {line}' for line in differences(self.links_old, links))
        if self.case.policy:
            yield from faults_policy.unguarded(self.links_old['host'], self.links['host'],
                                               links['host'])

    def wrong_after_again(self):
        rc, _, err = self.lab.run(self.case.command)
        if rc != 0 and not one_sentence(err):
            yield f'second run ended with {rc} and said {err!r}'
        again = f'second run: {rc} {err.strip()}'
        rc, out, err = self.lab.run('vwire check')
        if rc != 0:
            yield f"'vwire check' {rc}: {(out + err).strip()} ({again})"
        for line in differences(self.links, without_indexes(self.lab.inventory())):
            yield f'{line} ({again})'

    def faults(self):
        found = [(name, k, errno_) for name, k in self.calls() for errno_ in ERRNOS[name].split()]
        most = POINTS if self.case.policy else 10 * POINTS
        if POINTS == 0 or len(found) <= most:
            return found
        return [found[min(i * len(found) // most + i % 3, len(found) - 1)] for i in range(most)]

    def inject(self):
        for name, k, errno_ in self.faults():
            # brk has no error number: a failure is the old break, which is below what was asked
            how = 'retval=0' if name == 'brk' else f'error={errno_}'
            prefix = ('strace', '-f', '-qq', '-o', '/dev/null', '-e', f'trace={name}',
                      '-e', f'inject={name}:{how}:when={k}')
            self.one(f'{errno_} from {name} no. {k}', prefix, invisible=errno_ == 'EINTR')

    def few_descriptors(self):
        good = 0
        if self.case.policy:
            for limit in range(4, 40, 1 if POINTS == 0 else 7):
                self.one(f'{limit} descriptors', ('prlimit', f'--nofile={limit}:{limit}'),
                         lasting=True)
            return
        for limit in range(3, 40):
            rc = self.one(f'{limit} descriptors', ('prlimit', f'--nofile={limit}:{limit}'))
            good = good + 1 if rc == 0 else 0
            if good == 2:
                return
        self.complaints.append('40 file descriptors are not enough')


def work(case):
    began, trial = time.monotonic(), None
    try:
        trial = Trial(case)
        trial.undisturbed()
        trial.inject()
        trial.few_descriptors()
        bad = trial.complaints
    except (RuntimeError, OSError) as e:
        bad = (trial.complaints if trial else []) + [str(e)]
    return {'points': trial.points if trial else 0, 'bad': bad,
            'seconds': time.monotonic() - began}


def chosen(wanted):
    for case in CASES:
        if case.kind is not None and not faults_lab.kernel_has_link(case.kind):
            continue
        if wanted:
            if any(w in case.name for w in wanted):
                yield case
        elif case.name in DEFAULT or os.environ.get('VW_FAULTS') == 'thorough':
            yield case


def main():
    import shutil
    faults_lab.need_root_and_programs()
    if shutil.which('strace') is None:
        faults_lab.skip_all('this machine has no strace')
    cases = list(chosen(sys.argv[1:]))
    print(f'1..{len(cases)}', flush=True)
    failed, total = 0, 0
    workers = int(os.environ.get("VW_WORKERS", "6"))
    for n, (case, got) in enumerate(faults_lab.run_cases(cases, work, workers), 1):
        total += got['points']
        failed += bool(got['bad'])
        note = f'{got["points"]} faults, {got["seconds"]:.1f} s'
        name = f'every failing system call of {case.name} ends in a clear error or goes unnoticed'
        print(faults_lab.verdict(n, name, got['bad'], (note,)), flush=True)
    print(f'# {total} faults in all')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())

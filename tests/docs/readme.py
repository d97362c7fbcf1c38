#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""readme.py - type the README's tour and compare what comes back, line for line

Every ```console block of README.md is part of one session: lines that begin with "$ " or "# " are
typed, the others must come back. "..." stands for any text within a line, with more or fewer
blanks after it, and alone on a line for any number of lines. The ```c and ```python blocks are
compiled and run. All of it happens in private namespaces. Prints TAP.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

SOURCE = os.environ.get('VW_SOURCE') or os.path.join(os.path.dirname(__file__), '..', '..')
SOURCE = os.path.realpath(SOURCE)
BUILD = os.path.realpath(os.environ.get('VW_BUILD') or os.path.join(SOURCE, 'build'))
README = os.path.join(SOURCE, 'README.md')
SYSTEM = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
END = '-- end of command'


def blocks(kind):
    with open(README, encoding='utf-8') as f:
        return re.findall(r'^```%s\n(.*?)^```$' % kind, f.read(), re.M | re.S)


def steps():
    """[(command, [lines of output])]"""
    out = []
    for line in '\n'.join(blocks('console')).split('\n'):
        typed = re.match(r'^[$#] (.*)$', line)
        if typed:
            out.append((typed.group(1), []))
        elif out and (line or out[-1][1]):
            out[-1][1].append(line)
    for _, lines in out:
        while lines and not lines[-1]:
            lines.pop()
    return out


def matches(want, got):
    """Do the lines @got look like the lines @want?"""
    if not want:
        return not got
    if want[0] == '...':
        return any(matches(want[1:], got[i:]) for i in range(len(got) + 1))
    if not got:
        return False
    pattern = ''.join(('.*' + ' +' * part.startswith(' ') + re.escape(part.lstrip(' '))
                       if number else re.escape(part))
                      for number, part in enumerate(want[0].rstrip().split('...')))
    return re.fullmatch(pattern, got[0].rstrip()) is not None and matches(want[1:], got[1:])


def environment():
    programs = ['dladm', 'dlstat', 'flowadm', 'flowstat', 'linkstat', 'acctadm', 'vwire']
    env = {'PATH': ':'.join([BUILD + '/cli/' + name for name in programs] + [SYSTEM]),
           'LC_ALL': 'C.UTF-8', 'HOME': '/', 'TERM': 'dumb', 'LD_LIBRARY_PATH': BUILD + '/lib',
           'PYTHONPATH': BUILD + '/bindings/python', 'PYTHONDONTWRITEBYTECODE': '1'}
    return {**env, 'ASAN_OPTIONS': os.environ.get('ASAN_OPTIONS', '')}


BOX = ['unshare', '--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc']
# Nothing of the session may reach the machine, not even if its first line fails.
PREPARE = 'mount -t tmpfs run /run && mkdir /run/root && export VWIRE_ROOT=/run/root && '


def session(commands):
    """Type @commands into one shell; the list of what each printed."""
    script = ['sudo() { "$@"; }']
    for command in commands:
        # Nobody types faster; the kernel takes a moment to bury a namespace.
        script += [command, "sleep 0.1; echo '%s'" % END]
    done = subprocess.run(BOX + ['bash', '-c', PREPARE + 'exec bash'], timeout=120, text=True,
                          input='\n'.join(script) + '\n', env=environment(), check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return [part.strip('\n').split('\n') if part.strip('\n') else []
            for part in done.stdout.split(END)]


def tour():
    todo = steps()
    got = session([command for command, _ in todo])
    failed = 0
    for number, (command, want) in enumerate(todo):
        lines = got[number] if number < len(got) else ['(the session was over)']
        good = matches(want, lines)
        failed += not good
        print('%sok %d - %s' % ('' if good else 'not ', number + 1, command.replace('#', r'\#')))
        if not good:
            print('\n'.join(['# the README says:'] + ['#   ' + line for line in want] +
                            ['# it was:'] + ['#   ' + line for line in lines]))
    return failed


def run_code(number, what, commands):
    done = subprocess.run(BOX + ['bash', '-ec', PREPARE + commands], text=True, timeout=120,
                          env=environment(), check=False, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    print('%sok %d - %s' % ('' if done.returncode == 0 else 'not ', number, what))
    if done.returncode != 0:
        print('\n'.join('# ' + line for line in done.stdout.split('\n')))
    return done.returncode != 0


def sanitized():
    with open(BUILD + '/lib/libvwire.so', 'rb') as f:
        return b'__asan_init' in f.read()


def python_code(number, scratch):
    if sanitized():
        print('ok %d - the lines in Python make a VNIC # SKIP python cannot load a library with a '
              'sanitizer' % number)
        return 0
    return run_code(number, 'the lines in Python make a VNIC',
                    'cd %s; ip netns add web; /usr/bin/python3 five.py; dladm show-vnic -p -o '
                    'link,over web1 | grep -qx web1:stub1' % scratch)


def code(first):
    with tempfile.TemporaryDirectory() as scratch:
        with open(scratch + '/five.c', 'w', encoding='utf-8') as f:
            f.write('#include <stdio.h>\n#include <vwire/vwire.h>\nint main(void)\n{\n%s}\n'
                    % ''.join(blocks('c')))
        with open(scratch + '/five.py', 'w', encoding='utf-8') as f:
            f.write(''.join(blocks('python')))
        sanitize = '-fsanitize=address,undefined' if sanitized() else ''
        return run_code(first, 'the lines in C compile and make a VNIC',
                        'cd %s; cc %s -I%s/include five.c -L%s/lib -lvwire -o five; ip netns add '
                        'web; ./five; dladm show-vnic -p -o link,over web1 | grep -qx web1:stub1'
                        % (scratch, sanitize, SOURCE, BUILD)) + python_code(first + 1, scratch)


def main():
    if subprocess.run(BOX + ['bash', '-c', PREPARE + 'true'], env=environment(), check=False,
                      stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode != 0:
        print('1..0 # SKIP namespaces cannot be made here: run as root')
        return 0
    if not os.access(BUILD + '/cli/dladm/dladm', os.X_OK):
        print('1..0 # SKIP there is no %s/cli/dladm/dladm: build first' % BUILD)
        return 0
    if shutil.which('ping', path=SYSTEM) is None:
        print('1..0 # SKIP this machine has no ping, which the tour uses')
        return 0
    count = len(steps())
    print('1..%d' % (count + 2))
    return 1 if tour() + code(count + 1) else 0


sys.exit(main())

#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""help_matches_man.py - the manual pages and the programs say the same

Subcommands, options, long names, fields and properties that a program tells of must stand in its
page, and the other way round. Every function of the library and every method of the Python module
has its place too, and mandoc finds nothing to complain about. Prints TAP.
"""
import ast
import ctypes
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

SOURCE = os.path.realpath(os.environ.get('VW_SOURCE') or
                          os.path.join(os.path.dirname(__file__), '..', '..'))
BUILD = os.path.realpath(os.environ.get('VW_BUILD') or os.path.join(SOURCE, 'build'))
MAN = os.path.join(SOURCE, 'man')
MAN3 = os.path.join(BUILD, 'man')
PROGRAMS = ('acctadm', 'dladm', 'dlstat', 'flowadm', 'flowstat', 'linkstat', 'vwire')
BARE = ('acctadm', 'dlstat', 'flowstat', 'linkstat')     # these need no subcommand: it is ''


class Skip(Exception):
    """This proves nothing here; the text says why."""


def read(path):
    with open(path, encoding='utf-8') as f:
        return f.read()


def run(program, *words):
    path = os.path.join(BUILD, 'cli', program, program)
    if not os.access(path, os.X_OK):
        raise Skip('there is no %s: build first' % path)
    done = subprocess.run([path, *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, check=False)
    if done.returncode != 0:
        raise AssertionError('%s %s: %s' % (program, ' '.join(words), done.stdout))
    return done.stdout


def same(what, told, page):
    """Both sets are equal, or say what is missing where."""
    lacks = ['%s: the page lacks %s' % (what, x) for x in sorted(told - page)]
    lacks += ['%s: only the page knows %s' % (what, x) for x in sorted(page - told)]
    return lacks


# -- what the programs tell ------------------------------------------------------------------------

def told_subcommands(program):
    told = {m.group(1) for m in re.finditer(r'^  ([a-z]+(?:-[a-z]+)*)  +\S',
                                            run(program, '--help'), re.M)}
    return told | {''} if program in BARE else told


def told_options(text):
    """{(letter, takes a value)} of the usage line of a subcommand"""
    usage = re.match(r'usage: (.*)', text).group(1)
    return {(m.group(1), bool(m.group(2)))
            for m in re.finditer(r'(?<=[\s\[])-(\w)( [\w<][^\]\s]*)?', usage)}


def told_long_names(text):
    return set(re.findall(r'^  -(\w), --([\w-]+)', text, re.M))


def told_fields(text):
    _, _, rest = text.partition('\nfields of -o')
    return set(re.findall(r'^  ([A-Z][A-Z0-9_<>:-]*) ', rest, re.M))


# -- what the pages say ----------------------------------------------------------------------------

def page_entries(program):
    """{subcommand: (synopsis, text)} of a page"""
    text = read(os.path.join(MAN, program + '.8'))
    entries = {}
    parts = re.split(r'^\.It (?=Xo\n\.(?:Cm [a-z-]+|Nm)\n|Cm (?:%s)\b)'
                     % '|'.join(sorted(told_subcommands('vwire'))), text, flags=re.M)
    for part in parts[1:]:
        if part.startswith('Xo'):
            synopsis, _, body = part.partition('\n.Xc\n')
        else:
            synopsis, _, body = part.partition('\n')
        name = re.match(r'(?:Xo\n\.)?(?:Cm ([a-z-]+)|Nm)', synopsis).group(1) or ''
        entries[name] = (synopsis, re.split(r'^\.S[sh] ', body, flags=re.M)[0])
    return entries


def page_options(synopsis):
    return {(m.group(1), m.group(2) is not None)
            for m in re.finditer(r'Fl (\w)\b( (?:Ar|Cm) )?', re.sub(r'Fl jq\b', 'Fl j Fl q',
                                                                  synopsis))}


def page_long_names(program):
    text = read(os.path.join(MAN, program + '.8'))
    found = set()
    for letter, names in re.findall(r'^\.It Fl (\w) (?:Ta Fl|,) (\\-.*?)(?: (?:Ta|Ar) .*)?$', text,
                                    re.M):
        found |= {(letter, name.replace('\\-', '-').lstrip('-'))
                  for name in re.findall(r'\\-[\w\\-]+', names)}
    return found


# -- the tests -------------------------------------------------------------------------------------

def subcommands():
    return [x for p in PROGRAMS for x in same(p, told_subcommands(p), set(page_entries(p)))]


def options():
    wrong = []
    for program in PROGRAMS:
        entries = page_entries(program)
        for name in sorted(told_subcommands(program) & set(entries)):
            told = {'-%s%s' % (o, ' value' * v) for o, v in told_options(run(program, 'help', name))}
            page = {'-%s%s' % (o, ' value' * v) for o, v in page_options(entries[name][0])}
            wrong += same('%s %s' % (program, name), told, page)
    return wrong


def long_names():
    wrong = []
    for program in PROGRAMS:
        told = {x for name in told_subcommands(program)
                for x in told_long_names(run(program, 'help', name))}
        wrong += same(program, {'-%s --%s' % x for x in told},
                      {'-%s --%s' % x for x in page_long_names(program)})
    return wrong


def fields():
    wrong = []
    for program in PROGRAMS:
        entries = page_entries(program)
        for name in sorted(told_subcommands(program) & set(entries)):
            told = told_fields(run(program, 'help', name))
            heads = re.findall(r'^\.It (?:Pq )?([A-Z][A-Z0-9_<>:-]+)$',
                               entries[name][1].replace('\\-', '-'), re.M)
            wrong += same('%s %s: field' % (program, name), told, set(heads))
    return wrong


class Desc(ctypes.Structure):
    _fields_ = [('size', ctypes.c_size_t), ('name', ctypes.c_char_p), ('perm', ctypes.c_char_p)]


def described(function):
    """What a table of the library holds, row by row."""
    path = os.path.join(BUILD, 'lib', 'libvwire.so')
    with open(path, 'rb') as f:
        sanitized = b'__asan_init' in f.read()
    if sanitized:
        raise Skip('a library with a sanitizer cannot be loaded into python')
    get = getattr(ctypes.CDLL(path), function)
    get.restype, get.argtypes = ctypes.POINTER(Desc), [ctypes.c_size_t]
    i = 0
    while get(i):
        yield get(i).contents
        i += 1


def flow_words():
    """The attributes and properties of flows: the head of an entry may name several."""
    wrong = []
    for function, section in (('vw_flowattr_desc_get', 'FLOW ATTRIBUTES'),
                              ('vw_flowprop_desc_get', 'FLOW PROPERTIES')):
        text = read(os.path.join(MAN, 'flowadm.8')).partition('.Sh %s\n' % section)[2]
        text = text.partition('\n.Sh ')[0].replace('\\-', '-')
        heads = re.findall(r'^\.It Cm ([a-z_-]+(?: , [a-z_-]+)*)', text, re.M)
        wrong += same(section.lower(), {d.name.decode() for d in described(function)},
                      {name for head in heads for name in head.split(' , ')})
    return wrong


def properties():
    told = {'%s (%s)' % (d.name.decode(), d.perm.decode())
            for d in described('vw_linkprop_desc_get')}
    section = read(os.path.join(MAN, 'dladm.8')).partition('.Sh LINK PROPERTIES')[2]
    section = section.partition('\n.Sh ')[0].replace('\\-', '-')
    return same('properties', told, {'%s (%s)' % x for x in
                                     re.findall(r'^\.It Cm (\S+) Pq (\S+)', section, re.M)})


def functions():
    names = re.findall(r'^\t(vw_\w+);', read(os.path.join(SOURCE, 'lib', 'libvwire.map')), re.M)
    wrong = []
    for name in names:
        path = os.path.join(MAN3, name + '.3')
        if not os.path.exists(path):
            wrong.append('there is no page %s.3' % name)
            continue
        text = read(path)
        if text.startswith('.so man3/'):
            text = read(os.path.join(MAN3, text.split('/')[1].strip()))
        if not re.search(r'^\.Nm %s\b' % name, text, re.M):
            wrong.append('the page %s.3 does not name it' % name)
        if not re.search(r'^\.Fo %s$' % name, text, re.M):
            wrong.append('the page %s.3 has no synopsis of it' % name)
    return wrong


def topics():
    """libvwire(3) lists a page for each header, in its table and under SEE ALSO."""
    headers = {os.path.basename(path)[:-2]
               for path in glob.glob(os.path.join(SOURCE, 'include', 'vwire', '*.h'))} - {'vwire'}
    table, _, see = read(os.path.join(MAN, 'libvwire.3')).partition('.Sh SEE ALSO\n')
    have = {name for name in headers if os.path.exists(os.path.join(MAN3, 'vw_%s.3' % name))}
    return (same('pages made', headers, have) +
            same('libvwire(3), Topics', headers,
                 set(re.findall(r'^\.It Xr vw_(\w+) 3 Ta ', table, re.M))) +
            same('libvwire(3), SEE ALSO', headers,
                 set(re.findall(r'^\.Xr vw_(\w+) 3\b', see, re.M))))


def signature(function):
    args = function.args
    names = args.args[1:] if args.args and args.args[0].arg == 'self' else args.args
    values = [None] * (len(names) - len(args.defaults)) + list(args.defaults)
    out = [(n.arg, v) for n, v in zip(names, values)]
    out += [('*', None)] * bool(args.kwonlyargs) + \
        [(n.arg, v) for n, v in zip(args.kwonlyargs, args.kw_defaults)]
    return ' '.join(n if v is None else '%s=%s' % (n, ast.unparse(v)) for n, v in out)


def python_tree(name):
    return ast.parse(read(os.path.join(SOURCE, 'bindings', 'python', 'vwire', name))).body


def python_methods():
    parts = python_tree('__init__.py')
    for name in ('_handle.py', '_monitor.py', '_stat.py'):
        for node in python_tree(name):
            if getattr(node, 'name', '') in ('Handle', 'Monitor', 'Statistics', 'Reading'):
                parts += node.body
    told = {'%s(%s)' % (part.name, signature(part)) for part in parts
            if isinstance(part, ast.FunctionDef) and not part.name.startswith('_') and
            not part.decorator_list}
    page = {'%s(%s)' % (name, rest.replace('"', '').strip())
            for name, rest in re.findall(r'^\.It Fn (\w+)(.*)$',
                                         read(os.path.join(MAN, 'vwire-python.3')), re.M)}
    return same('vwire-python(3)', told, page)


def example():
    text = read(os.path.join(MAN, 'libvwire.3')).partition('.Sh EXAMPLES')[2]
    code = re.search(r'^\.Bd .*?\n(.*?)^\.Ed', text, re.M | re.S).group(1).replace('\\e', '\\')
    done = subprocess.run(['cc', '-xc', '-', '-std=c99', '-Wall', '-Wextra', '-Werror',
                           '-fsyntax-only', '-I' + os.path.join(SOURCE, 'include')], input=code,
                          text=True, check=False, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    return done.stdout.splitlines() if done.returncode else []


def pages():
    """{section/name: path} of every page we install"""
    paths = glob.glob(os.path.join(MAN, '*.[1-9]')) + glob.glob(os.path.join(MAN3, '*.3'))
    return {'man%s/%s' % (path[-1], os.path.basename(path)): path for path in paths}


def lint():
    if shutil.which('mandoc') is None:
        raise Skip('this machine has no mandoc')
    with tempfile.TemporaryDirectory() as tree:
        for name, path in pages().items():
            os.makedirs(os.path.dirname(os.path.join(tree, name)), exist_ok=True)
            shutil.copy(path, os.path.join(tree, name))
        real = [name for name, path in pages().items() if not read(path).startswith('.so ')]
        done = subprocess.run(['mandoc', '-T', 'lint', *real], cwd=tree, text=True, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    # Whether the pages of others are installed here is not our matter; ours are looked at below.
    return [line for line in done.stdout.splitlines() if 'referenced manual not found' not in line]


def references():
    have = {os.path.basename(name) for name in pages()}
    wrong = []
    for name, path in sorted(pages().items()):
        for page, section in re.findall(r'^\.(?:.* )?Xr (\S+) (\d)', read(path), re.M):
            ours = page.startswith(('vw', 'libvw', 'dladm', 'dlstat', 'flowadm', 'flowstat',
                                    'linkstat', 'acctadm'))
            if ours and '%s.%s' % (page, section) not in have:
                wrong.append('%s refers to %s(%s), which does not exist' % (name, page, section))
    return wrong


TESTS = [
    ('every subcommand has an entry in its page', subcommands),
    ('help and page agree on the options of each subcommand', options),
    ('help and page agree on the long names of options', long_names),
    ('every field of -o stands in the page', fields),
    ('every link property stands in the page', properties),
    ('every attribute and property of flows stands in the page', flow_words),
    ('every function of the library has a page', functions),
    ('libvwire(3) lists a page for each header', topics),
    ('every method of the Python module stands in its page', python_methods),
    ('the example of libvwire(3) compiles', example),
    ('mandoc finds the pages clean', lint),
    ('pages refer to pages that exist', references),
]


def main():
    failed = 0
    print('1..%d' % len(TESTS))
    for number, (name, test) in enumerate(TESTS, 1):
        try:
            wrong = test()
        except Skip as reason:
            print('ok %d - %s # SKIP %s' % (number, name, reason))
            continue
        except (AssertionError, OSError) as error:
            wrong = [str(error)]
        failed += bool(wrong)
        print('%sok %d - %s' % ('not ' if wrong else '', number, name))
        for line in wrong:
            print('# ' + line)
    return 1 if failed else 0


sys.exit(main())

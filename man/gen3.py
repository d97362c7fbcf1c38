#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""gen3.py - make the section 3 manual pages from the comments of the public headers

  gen3.py list HEADER...             names of all pages, one a line, for the build
  gen3.py write OUTDIR HEADER...     write them: a page a header, an alias a function

A header says everything once; this turns it into mdoc(7). What it relies on:
- The first comment is "/** NAME.h - brief (sources)", optionally with more text.
- Any other "/**" comment begins with lines "what - brief", where what is vw_x(), struct vw_x,
  enum vw_x or free words; then "@param: text" lines; then paragraphs. "Return:" starts the list
  of results, "Since:" ends it. The declarations it is about follow at once.
"""
import os
import re
import sys

DATE = 'November 21, 2026'
WIDTH = 78

COMMENT = re.compile(r'/\*\*(.*?)\*/', re.S)
FUNCTION = re.compile(r'VW_API\s+([^;]*?)(\bvw_\w+)\(([^;]*)\);', re.S)
TITLE = re.compile(r'^((?:(?:struct|enum) )?vw_\w+(?:\(\))?(?:, vw_\w+(?:\(\))?)*|\w+\.h)'
                   r' - (.*)$')
WORD = re.compile(r'^([("\[]*)(@?\w[\w.]*(?:\(\d?\))?)(.*)$')


# -- reading a header ------------------------------------------------------------------------------

class Block:
    """One comment and the code it is about."""

    def __init__(self, text, code):
        self.titles, self.params, self.paras = [], [], []
        self.returns = self.since = ''
        self.code = code
        lines = [re.sub(r'^\s*\*( |$)', '', line.rstrip()) for line in text.split('\n')]
        while lines and not lines[0].strip():
            lines.pop(0)
        self.read_head(lines)

    def read_head(self, lines):
        i = 0
        while i < len(lines) and lines[i].strip() and not lines[i].lstrip().startswith('@'):
            line = lines[i].strip()
            title = TITLE.match(line)
            if title:
                self.titles.append([title.group(1), title.group(2)])
            elif self.titles:
                self.titles[-1][1] += ' ' + line
            else:
                self.titles.append(['', line])
            i += 1
        self.read_body(lines[i:])
        what, brief = self.titles[-1]
        rest, self.returns, self.since = self.results(brief, self.returns, self.since)
        self.titles[-1] = [what, rest]

    def read_body(self, lines):
        para, last = [], None
        for line in lines + ['']:
            param = re.match(r'^@(\w+):\s*(.*)$', line.strip())
            if param:
                last = [param.group(1), param.group(2)]
                self.params.append(last)
            elif not line.strip():
                last = None
                if para:
                    self.add_para(para)
                para = []
            elif last is not None:
                last[1] += ' ' + line.strip()
            else:
                para.append(line.rstrip())

    def add_para(self, lines):
        if any(line.startswith('- ') for line in lines):
            item = None
            for line in lines:
                if line.startswith('- '):
                    item = ['-', line[2:]]
                    self.paras.append(item)
                elif item is not None and line.startswith(' '):
                    item[1] += ' ' + line.strip()
                else:
                    item = None
                    self.paras.append(['', line])
            return
        text, returns, since = self.results(' '.join(line.strip() for line in lines), '', '')
        self.returns = returns or self.returns
        self.since = since or self.since
        if text:
            self.paras.append(['', text])

    @staticmethod
    def results(text, returns, since):
        """Take "Return: ..." and "Since: ..." off the end of a text."""
        match = re.search(r'\s*\bSince: ([\d.]*\d)', text)
        if match:
            since = match.group(1)
            text = text[:match.start()] + text[match.end():]
        match = re.search(r'\s*\bReturn: ', text)
        if match:
            returns = text[match.end():].strip()
            text = text[:match.start()]
        return text.strip(), returns, since


class Header:
    def __init__(self, path):
        with open(path, encoding='utf-8') as f:
            source = f.read()
        self.file = os.path.basename(path)
        self.topic = self.file[:-2]
        self.page = 'vw_' + self.topic
        found = list(COMMENT.finditer(source))
        self.blocks = []
        for i, match in enumerate(found):
            end = found[i + 1].start() if i + 1 < len(found) else len(source)
            code = source[match.end():end].split('#ifdef __cplusplus')[0] if i else ''
            self.blocks.append(Block(match.group(1), code.strip()))
        self.head = self.blocks.pop(0)
        self.functions = []
        for block in self.blocks:
            block.functions = [(f[1], ' '.join(f[0].split()), split_args(f[2]))
                               for f in FUNCTION.findall(block.code)]
            self.functions += [f[0] for f in block.functions]


def split_args(text):
    text = ' '.join(text.split())
    return [] if text == 'void' else [arg.strip() for arg in text.split(',')]


# -- writing mdoc ----------------------------------------------------------------------------------

def escape(word):
    word = word.replace('\\', '\\e').replace('-', '\\-').replace('"', '\\(dq')
    return '\\&' + word if word[:1] in ('.', "'") else word


def macro_of(word):
    """The mdoc macro for a word of a comment, or None for plain text."""
    if re.fullmatch(r'(vw_|VW_|_)\w+\(\)', word):
        return 'Fn ' + word[:-2]
    page = re.fullmatch(r'(\w+)\((\d)\)', word)
    if page:
        return 'Xr %s %s' % page.groups()
    if re.fullmatch(r'@\w+', word):
        return 'Fa ' + word[1:]
    if re.fullmatch(r'(VW|IFLA|RTNLGRP|CAP)_\w+', word):
        return 'Dv ' + word
    if word in ('ENOBUFS', 'EINTR', 'ENOTCONN'):
        return 'Er ' + word
    return None


def macro_line(before, macro, after):
    line = macro if not before else 'Pf %s %s' % (escape(before), macro)
    while after and after[0] in '.,:;)]?!':
        line += ' ' + after[0]
        after = after[1:]
    if after:
        line += ' Ns ' + escape(after)
    return '.' + line


def flow(text):
    """Running text as mdoc lines: a sentence begins a line, a macro has its own."""
    lines, line = [], ''

    def flush():
        nonlocal line
        if line:
            lines.append(line)
        line = ''

    for token in text.split():
        match = WORD.match(token)
        macro = macro_of(match.group(2).rstrip('.')) if match else None
        if macro:
            flush()
            name = match.group(2).rstrip('.')
            after = match.group(2)[len(name):] + match.group(3)
            lines.append(macro_line(match.group(1), macro, after))
            continue
        word = escape(token)
        if line and len(line) + 1 + len(word) > WIDTH:
            flush()
        line = line + ' ' + word if line else word
        if line[0] in ".'":
            line = '\\&' + line
        if re.search(r'[.!?][)"]*$', token) and token not in ('...',):
            flush()
    flush()
    return lines


def split_results(text):
    """"A; B (b; b); C" into its parts, not splitting inside parentheses."""
    parts, depth, part = [], 0, ''
    for char in text:
        depth += (char == '(') - (char == ')')
        if char == ';' and depth == 0:
            parts.append(part.strip())
            part = ''
        else:
            part += char
    return [p for p in parts + [part.strip()] if p]


def synopsis(header):
    out = ['.Sh SYNOPSIS', '.In vwire/%s' % header.file]
    for block in header.blocks:
        for name, ret, args in block.functions:
            out += ['.Ft "%s"' % ret, '.Fo %s' % name]
            out += ['.Fa "%s"' % arg for arg in args] or ['.Fa void']
            out.append('.Fc')
    return out


def function_section(block):
    names = [f[0] for f in block.functions]
    out = ['.Ss ' + ', '.join(n + '\\&()' for n in names) if len(names) < 4 else
           '.Ss %s\\&() to %s\\&()' % (names[0], names[-1])]
    if len(block.titles) > 1:
        out.append('.Bl -tag -width Ds')
        for what, brief in block.titles:
            out += ['.It Fn %s' % what.rstrip('()')] + flow(sentence(brief))
        out.append('.El')
    else:
        out += flow(sentence(block.titles[0][1]))
    out += params(block) + paragraphs(block.paras)
    if block.returns:
        out += returns(block.returns)
    return out


def sentence(text):
    text = text[:1].upper() + text[1:] if not text.startswith(('vw_', '@')) else text
    return text if text.endswith(('.', '!', '?')) else text + '.'


def params(block):
    if not block.params:
        return []
    out = ['.Pp', '.Bl -tag -width Ds -compact']
    for name, text in block.params:
        out += ['.It Fa ' + name] + flow(text)
    return out + ['.El']


def paragraphs(paras):
    out, listing = [], False
    for mark, text in paras:
        if mark and not listing:
            out += ['.Bl -dash']
        elif listing and not mark:
            out += ['.El', '.Pp']
        elif not mark:
            out += ['.Pp']
        listing = bool(mark)
        out += (['.It'] if mark else []) + flow(text)
    return out + (['.El'] if listing else [])


def returns(text):
    text, _, remark = text.partition('. ')
    parts = split_results(text.rstrip('.'))
    if remark:
        return returns(text) + ['.Pp'] + flow(remark)
    if len(parts) == 1:
        return ['.Pp'] + flow('Returns: ' + parts[0] + '.')
    out = ['.Pp', 'Returns:', '.Bl -tag -width Ds -compact']
    for part in parts:
        words = part.split(None, 1)
        if re.fullmatch(r'VW_\w+', words[0]):
            out += ['.It Dv ' + words[0]]
            out += flow(re.sub(r'^\((.*)\)$', r'\1', words[1])) if len(words) > 1 else []
        else:
            out += ['.It others'] + flow(part)
    return out + ['.El']


# -- structs, enums and constants --------------------------------------------------------------------

MEMBER = re.compile(r'\s*(?P<decl>[^/]*?)\s*(?:/\*(?P<note>.*?)\*/)?\s*\Z', re.S)


def logical_lines(body):
    """Lines of a declaration, a comment that goes on over several joined into one."""
    joined, open_comment = [], False
    for line in body.split('\n'):
        if open_comment:
            joined[-1] += ' ' + line.strip().lstrip('*').strip()
        else:
            joined.append(line.strip())
        open_comment = joined[-1].count('/*') > joined[-1].count('*/')
    return [line for line in joined if line]


def split_members(decl, macro):
    """"int a, *b" is two members of one type, which mdoc wants one by one."""
    parts = [d.strip() for d in decl.split(',')]
    if macro == 'Fa':
        kind = re.match(r'(.*?)\**\w+(\[\d+\])?$', parts[0]).group(1)
        parts[1:] = [kind + d for d in parts[1:]]
    return parts


def members(body, macro):
    out = ['.Bl -tag -width Ds -compact']
    opened = True
    for line in logical_lines(body):
        match = MEMBER.match(line)
        decl = ' '.join(match.group('decl').split()).rstrip(';,')
        decl = re.sub(r'\* (?=\w)', '*', decl)
        note = ' '.join((match.group('note') or '').split())
        if not decl:
            if opened and len(out) > 1:
                out.append('.El')
            elif opened:
                out.pop()
            out += ['.Pp'] + flow(sentence(note)[:-1] + ':') + ['.Bl -tag -width Ds -compact']
            opened = True
            continue
        for d in split_members(decl, macro):
            out.append('.It %s "%s"' % (macro, escape(d)) if ' ' in d else
                       '.It %s %s' % (macro, escape(d)))
        out += flow(note)
    return out + ['.El']


def type_section(block):
    out = []
    code = block.code
    for what, brief in block.titles:
        out.append('.Ss ' + (what or 'Constants'))
        out += flow(sentence(brief)) if brief else []
    out += paragraphs(block.paras)
    for match in re.finditer(r'(struct|enum) (vw_\w+) \{(.*?)\n?\};', code, re.S):
        out += ['.Pp'] + members(match.group(3), 'Fa' if match.group(1) == 'struct' else 'Dv')
    defines = re.findall(r'^#define[ \t]+(VW_\w+)[ \t]+(.*)$', code, re.M)
    if defines:
        out += ['.Pp', '.Bl -tag -width Ds -compact']
        for name, value in defines:
            note = re.search(r'/\*(.*?)\*/', value)
            value = re.sub(r'\s*/\*.*', '', value).strip()
            out += ['.It Dv %s No = %s' % (name, escape(value))]
            out += flow(note.group(1)) if note else []
        out.append('.El')
    attr = re.search(r'^#define[ \t]+(VW_\w+)\(\.\.\.\)', code, re.M)
    if attr:
        out += ['.Pp', '.Fn %s ".member = value" ...' % attr.group(1),
                'is a pointer to such a struct with its size and the members named filled in.']
    typedef = re.search(r'typedef (.*?);', code, re.S)
    if typedef:
        out += ['.Pp', '.Vt "%s"' % ' '.join(typedef.group(1).split())]
    return out


def without_sources(text):
    """Take a last "(paper section 1; kernel: x(8))" off."""
    depth = 0
    for i in range(len(text) - 1, -1, -1) if text.endswith(')') else ():
        depth += (text[i] == ')') - (text[i] == '(')
        if depth == 0:
            return text[:i].rstrip()
    return text


def page(header):
    names = header.functions or [header.page]
    brief = without_sources(' '.join(t[1] for t in header.head.titles))
    out = ['.\\" SPDX-License-Identifier: LGPL-2.1-or-later',
           '.\\" Made by gen3.py from include/vwire/%s: change it there.' % header.file,
           '.Dd ' + DATE, '.Dt %s 3' % header.page.upper(), '.Os', '.Sh NAME']
    out += ['.Nm %s ,' % n for n in names[:-1]] + ['.Nm ' + names[-1], '.Nd ' + escape(brief)]
    out += ['.Sh LIBRARY', 'libvwire (libvwire, \\-lvwire)']
    out += synopsis(header) + ['.Sh DESCRIPTION']
    out += paragraphs(header.head.paras)[1:] if header.head.paras else []
    for block in header.blocks:
        out += function_section(block) if block.functions else type_section(block)
    out += ['.Sh SEE ALSO'] + see_also(header, '\n'.join(out))
    since = sorted({b.since for b in header.blocks if b.since}) or ['0.1']
    out += ['.Sh HISTORY', 'These functions appeared in libvwire %s.' % since[0]
            if header.functions else 'This header appeared in libvwire %s.' % since[0]]
    return '\n'.join(out) + '\n'


def see_also(header, text):
    refs = {('libvwire', '3'), ('vw_handle', '3'), ('vw_types', '3'), ('dladm', '8')}
    refs |= {(n, s) for n, s in re.findall(r'^\.(?:Pf \S+ )?Xr (\S+) (\d)', text, re.M)}
    refs |= {(PAGE_OF[n], '3') for n in re.findall(r'^\.(?:Pf \S+ )?Fn (vw_\w+)', text, re.M)
             if n in PAGE_OF}
    refs.discard((header.page, '3'))
    refs = sorted(refs, key=lambda r: (r[1], r[0].lower()))
    return ['.Xr %s %s%s' % (n, s, ' ,' if i + 1 < len(refs) else '')
            for i, (n, s) in enumerate(refs)]


PAGE_OF = {}


def main(argv):
    if len(argv) < 3 or argv[1] not in ('list', 'write'):
        sys.exit(__doc__)
    headers = [Header(path) for path in argv[2 if argv[1] == 'list' else 3:]]
    for header in headers:
        PAGE_OF.update({name: header.page for name in header.functions})
    texts = {header.page + '.3': page(header) for header in headers}
    for name, target in PAGE_OF.items():
        texts.setdefault(name + '.3', '.so man3/%s.3\n' % target)
    if argv[1] == 'list':
        print('\n'.join(texts))
        return
    for name, text in texts.items():
        with open(os.path.join(argv[2], name), 'w', encoding='utf-8') as f:
            f.write(text)


main(sys.argv)

#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""picture.py - draw docs/picture.svg, the picture of the README: picture.py >picture.svg"""

WIDTH, HEIGHT = 912, 350
INK, PALE, WIRE = '#1f2933', '#7b8794', '#52606d'
ZONE, STUB, NIC, VNIC = '#e3f0ff', '#fff3d6', '#e4e7eb', '#ffffff'
SANS = 'DejaVu Sans, Verdana, Helvetica, sans-serif'
MONO = 'DejaVu Sans Mono, Menlo, Consolas, monospace'

COMMANDS = ['dladm create-vnic -l eth0 -p zone=web www1',
            'dladm create-etherstub stub1',
            'dladm create-vnic -l stub1 -p zone=web web1',
            'dladm create-vnic -l stub1 -p zone=app app1',
            'dladm create-etherstub stub2',
            'dladm create-vnic -l stub2 -p zone=app app2',
            'dladm create-vnic -l stub2 -p zone=db db1']


def text(x, y, words, size=13, color=INK, anchor='middle', font=SANS, weight='normal'):
    return ('<text x="%g" y="%g" font-family="%s" font-size="%g" fill="%s" text-anchor="%s" '
            'font-weight="%s">%s</text>' % (x, y, font, size, color, anchor, weight, words))


def box(x, y, w, h, fill, stroke=WIRE, radius=8, dash=''):
    return ('<rect x="%g" y="%g" width="%g" height="%g" rx="%g" fill="%s" stroke="%s"%s/>'
            % (x, y, w, h, radius, fill, stroke, ' stroke-dasharray="%s"' % dash if dash else ''))


def wire(x1, x2, y=150):
    return '<line x1="%g" y1="%g" x2="%g" y2="%g" stroke="%s" stroke-width="2.5"/>' \
           % (x1, y, x2, y, WIRE)


def vnic(x, name):
    """A VNIC: a small socket, centred at @x on the wire."""
    return box(x - 27, 136, 54, 28, VNIC, INK, 4) + text(x, 155, name, font=MONO)


def zone(x, name, vnics):
    width = 152 if len(vnics) > 1 else 104
    out = box(x, 92, width, 92, ZONE)
    out += text(x + width / 2, 118, 'zone <tspan font-weight="bold">%s</tspan>' % name, 14)
    return out + ''.join(vnic(x + dx, n) for dx, n in vnics)


def stub(x, name):
    return box(x, 124, 86, 52, STUB, radius=4) + text(x + 43, 147, name, 14, weight='bold') + \
           text(x + 43, 165, 'etherstub', 11, PALE)


def draw():
    out = ['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" '
           'role="img" aria-label="three zones joined by two etherstubs, one of them on a card">'
           % (WIDTH, HEIGHT, WIDTH, HEIGHT),
           box(0, 0, WIDTH, HEIGHT, '#ffffff', 'none', 0),
           box(110, 24, 786, 190, '#fafbfc', PALE, 12, '6 4'),
           text(503, 56, 'one Linux host', 14, PALE),
           wire(12, 184), wire(336, 474), wire(626, 764),
           text(44, 140, 'network', 12, PALE),
           box(80, 126, 60, 48, NIC) + text(110, 147, 'eth0', 14, weight='bold') +
           text(110, 164, 'card', 11, PALE),
           zone(184, 'web', [(38, 'www1'), (114, 'web1')]),
           stub(362, 'stub1'),
           zone(474, 'app', [(38, 'app1'), (114, 'app2')]),
           stub(652, 'stub2'),
           zone(764, 'db', [(52, 'db1')])]
    for i, command in enumerate(COMMANDS):
        column, row = divmod(i, 4)
        out.append(text(88 + 400 * column, 250 + 26 * row, '# ' + command, 12.5, INK, 'start', MONO))
    return '\n'.join(out + ['</svg>'])


print(draw())

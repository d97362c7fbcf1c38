#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""linkstat.py - draw docs/linkstat.svg, the screen of linkstat: linkstat.py BUILDDIR >linkstat.svg

As root. Four tenants on a switch, in private namespaces, with real traffic between them; what
linkstat shows of it on a terminal of 80 columns is drawn as it is.
"""
import os
import socket
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'tests', 'cli'))
import terminal  # noqa: E402

COLS, ROWS = 80, 14
CELL, LINE, EDGE = 7.83, 18, 14
INK, PAPER, PALE, RED, YELLOW = '#d8dee9', '#1f2933', '#7b8794', '#ff7a7a', '#f5d76e'

NETWORK = '''
dladm create-etherstub stub1
dladm create-vnic -l stub1 gw1
for zone in shop mail backup store; do
    ip netns add $zone
    dladm create-vnic -l stub1 -p zone=$zone ${zone}1
done
dladm set-linkprop -p maxbw=100M shop1
dladm set-linkprop -p maxbw=10M mail1
flowadm add-flow -l shop1 -a transport=tcp,local_port=443 https
flowadm add-flow -l shop1 -a transport=tcp,local_port=80 http
flowadm add-flow -l mail1 -a transport=tcp,local_port=25 smtp
ip addr add 10.0.0.1/24 dev gw1
n=2
for zone in shop mail backup store; do
    ip -n $zone addr add 10.0.0.$n/24 dev ${zone}1
    n=$((n + 1))
done
'''

# (zone of the server, its address and port, zone of the client, bytes a second)
TRAFFIC = [('shop', '10.0.0.2', 443, None, 5_000_000), ('shop', '10.0.0.2', 80, None, 1_200_000),
           ('mail', '10.0.0.3', 25, None, 9_000_000),
           ('store', '10.0.0.5', 873, 'backup', 60_000_000),
           ('store', '10.0.0.5', 5432, 'shop', 900_000)]


def serve(address, port):
    """Send as fast as the client takes it."""
    listener = socket.create_server((address, port))
    peer, _ = listener.accept()
    while True:
        peer.sendall(bytes(16384))


def take(address, port, rate):
    """Receive that many bytes a second."""
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        while s.connect_ex((address, port)) != 0:
            time.sleep(0.1)
        begin, got = time.monotonic(), 0
        while True:
            got += len(s.recv(65536))
            time.sleep(max(0, got / rate - (time.monotonic() - begin)))


def start(zone, function, *args):
    inside = ['ip', 'netns', 'exec', zone] if zone else []
    code = 'import sys; sys.path.insert(0, %r); import linkstat; linkstat.%s(*%r)' \
           % (HERE, function.__name__, args)
    return subprocess.Popen(inside + [sys.executable, '-B', '-c', code])


def screen():
    subprocess.run(['bash', '-euc', NETWORK], check=True, stdout=sys.stderr)
    running = [start(zone, serve, address, port) for zone, address, port, _, _ in TRAFFIC]
    running += [start(zone, take, address, port, rate)
                for _, address, port, zone, rate in TRAFFIC]
    time.sleep(1)
    shown = terminal.Terminal(['linkstat', '-f'], COLS, ROWS, 'xterm')
    shown.until('shop1')
    shown.wait(14.5)
    rows = shown.screen.cells
    os.write(shown.fd, b'q')
    shown.wait(0.5)
    for process in running:
        process.terminate()
    return rows


def text(x, y, words, color, bold):
    words = words.replace('&', '&amp;').replace('<', '&lt;')
    return ('<text x="%g" y="%g" fill="%s" textLength="%g" xml:space="preserve"%s>%s</text>'
            % (x, y, color, CELL * len(words), ' font-weight="bold"' if bold else '', words))


def runs(row):
    """[(column, characters, look)] of one row of the screen"""
    out = []
    for x, cell in enumerate(row):
        look = getattr(cell, 'look', frozenset())
        if out and out[-1][2] == look:
            out[-1][1].append(cell)
        else:
            out.append((x, [cell], look))
    return [(x, ''.join(cells), look) for x, cells, look in out]


def draw(rows):
    width, height = CELL * COLS + 2 * EDGE, LINE * ROWS + 2 * EDGE
    out = ['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %g %g" width="%g" height="%g" '
           'role="img" aria-label="linkstat shows the busiest links of every zone">'
           % (width, height, width, height),
           '<rect width="%g" height="%g" rx="8" fill="%s"/>' % (width, height, PAPER),
           '<g font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="13">']
    for y, row in enumerate(rows):
        top = EDGE + LINE * y
        for x, words, look in runs(row):
            color = RED if 31 in look else YELLOW if 33 in look else PALE if 2 in look else INK
            if 7 in look:
                out.append('<rect x="%g" y="%g" width="%g" height="%d" fill="%s"/>'
                           % (EDGE + CELL * x, top, CELL * len(words), LINE, color))
                color = PAPER
            lead = len(words) - len(words.lstrip())
            if words.strip():
                out.append(text(EDGE + CELL * (x + lead), top + 13.5, words.strip(), color,
                                1 in look))
    return '\n'.join(out + ['</g></svg>'])


def main():
    if os.environ.get('VWIRE_ROOT') != '/run/root':
        build = os.path.realpath(sys.argv[1])
        path = ':'.join(build + '/cli/' + name for name in ('dladm', 'flowadm', 'linkstat'))
        os.environ.update(VWIRE_ROOT='/run/root', LC_ALL='C.UTF-8',
                          PATH=path + ':' + os.environ['PATH'])
        os.execvp('unshare', ['unshare', '--net', '--mount', '--pid', '--fork', '--kill-child',
                              '--mount-proc', 'sh', '-c',
                              'mount -t tmpfs run /run && mkdir /run/root && exec "$@"', 'sh',
                              sys.executable, '-B'] + sys.argv)
    print(draw(screen()))


if __name__ == '__main__':
    main()

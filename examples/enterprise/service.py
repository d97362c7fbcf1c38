#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What runs in the zones of the demo, and what asks them.

    service.py serve ROLE ZONE      web, app, db, storage, internet: answer until killed
    service.py serve router ZONE PUBLIC=DEVICE... DEVICE...
                                    and publish the web server behind DEVICE at address PUBLIC;
                                    answer on each DEVICE apart
    service.py get URL              print what is there
    service.py load HOST            fetch 64 MiB from HOST; print Mbit/s
    service.py probe ME ZONE=ADDRESS[%DEVICE][,ADDRESS]...
                                    print 'ME ZONE ok' or 'ME ZONE --' for each

Every zone tells its own name on port 7, so a probe knows who really answered: addresses say
little where two tenants have the same. Host names are looked up in the file $DEMO_HOSTS, written
like /etc/hosts; it serves both tenants.
"""
import os
import socket
import sys
import threading
import time
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

NAME_PORT, LOAD_PORT, DB_PORT, STORAGE_PORT = 7, 9, 5432, 3260
LOAD = 64 << 20


def say(text):
    print(text, flush=True)


def address_of(name):
    with open(os.environ["DEMO_HOSTS"], encoding="ascii") as hosts:
        for address, host in (line.split() for line in hosts):
            if host == name:
                return address
    return name


def bind_to(sock, device):
    """Two tenants have the same subnet: only the device tells whose a connection is."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device.encode())


def answer(port, reply, device=None):
    """Send reply() to everyone who connects to the port."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if device:
        bind_to(listener, device)
    listener.bind(("", port))
    listener.listen(64)

    def one(peer):
        with peer:
            try:
                peer.sendall(reply())
            except OSError:
                pass                                # the asker has gone

    def loop():
        while True:
            peer, _ = listener.accept()
            threading.Thread(target=one, args=(peer,), daemon=True).start()

    threading.Thread(target=loop, daemon=True).start()


def ask(host, port, timeout=3.0, device=None):
    """All that host:port says to who connects, as text."""
    with connect(host, port, timeout, device) as peer:
        data = b""
        while chunk := peer.recv(65536):
            data += chunk
    return data.decode()


def connect(host, port, timeout, device=None):
    peer = socket.socket()
    peer.settimeout(timeout)
    if device:
        bind_to(peer, device)
    peer.connect((address_of(host), port))
    return peer


def http(port, page):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            try:
                body, status = page().encode(), 200
            except OSError as error:
                body, status = f"{error}\n".encode(), 502
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("", port), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()


def get(url):
    where = urllib.parse.urlsplit(url)
    url = where._replace(netloc=f"{address_of(where.hostname)}:{where.port or 80}").geturl()
    with urllib.request.urlopen(url, timeout=5) as page:
        return page.read().decode()


def publish(public, device):
    """The edge router's trade: PUBLIC:80 is the web server behind DEVICE."""
    listener = socket.create_server((public, 80), backlog=64)

    def copy(source, sink):
        try:
            while chunk := source.recv(65536):
                sink.sendall(chunk)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def one(outside):
        try:
            inside = connect("web", 80, 5, device)
        except OSError:
            outside.close()
            return
        with outside, inside:
            there = threading.Thread(target=copy, args=(outside, inside), daemon=True)
            there.start()
            copy(inside, outside)
            there.join()

    def loop():
        while True:
            outside, _ = listener.accept()
            threading.Thread(target=one, args=(outside,), daemon=True).start()

    threading.Thread(target=loop, daemon=True).start()


def serve(role, zone, published):
    devices = [item for item in published if "=" not in item]
    for device in devices or [None]:
        answer(NAME_PORT, lambda: zone.encode(), device)
    answer(LOAD_PORT, lambda: bytes(LOAD))
    if role == "web":
        http(80, lambda: f"{zone} asked " + get("http://app:8080/"))
    elif role == "app":
        http(8080, lambda: f"{zone}, which asked " + ask("db", DB_PORT))
    elif role == "db":
        answer(DB_PORT, lambda: f"{zone}, which read {ask('storage', STORAGE_PORT)}".encode())
    elif role == "storage":
        answer(STORAGE_PORT, lambda: f"a block of {zone}".encode())
    for item in published:
        if "=" in item:
            publish(*item.split("="))
    say("ready")
    threading.Event().wait()


def load(host):
    began, got = time.monotonic(), 0
    with connect(host, LOAD_PORT, 20) as peer:
        while chunk := peer.recv(1 << 20):
            got += len(chunk)
    if got != LOAD:
        sys.exit(f"{got} bytes came, not {LOAD}")
    say(f"{got * 8 / (time.monotonic() - began) / 1e6:.0f}")


def probe(me, targets):
    def reached(target):
        zone, addresses = target.split("=")
        for address in addresses.split(","):
            address, _, device = address.partition("%")
            try:
                if ask(address, NAME_PORT, 1.5, device) == zone:
                    return zone, True
            except OSError:
                pass
        return zone, False

    with ThreadPoolExecutor(len(targets)) as pool:
        for zone, yes in pool.map(reached, targets):
            say(f"{me} {zone} {'ok' if yes else '--'}")


def main(argv):
    verb, args = argv[0], argv[1:]
    if verb == "serve":
        serve(args[0], args[1], args[2:])
    elif verb == "get":
        say(get(args[0]))
    elif verb == "load":
        load(args[0])
    elif verb == "probe":
        probe(args[0], args[1:])


if __name__ == "__main__":
    main(sys.argv[1:])

#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The web servers, the load balancer and the clients of example 3 of the paper.

balance.py serve ADDRESS              a web server: one page for each connection
balance.py balance ADDRESS WEIGHTS    shares connections between 192.168.0.1 and 192.168.0.2 by the
                                      two numbers in the file WEIGHTS, evenly spread
balance.py visit ADDRESS TIMES        a client

A server has begun when the file ADDRESS exists.
"""
import socket
import sys

PORT = 80
PAGE = b'x' * 20000
SERVERS = ('192.168.0.1', '192.168.0.2')


def listen(address):
    with socket.create_server((address, PORT), backlog=16) as door:
        with open(address, 'w', encoding='ascii'):
            pass
        while True:
            with door.accept()[0] as guest:
                yield guest


def fetch(address):
    with socket.create_connection((address, PORT), timeout=20) as server:
        server.sendall(b'GET /\n')
        server.shutdown(socket.SHUT_WR)
        return b''.join(iter(lambda: server.recv(1 << 16), b''))


def serve(address):
    for guest in listen(address):
        guest.recv(100)
        guest.sendall(PAGE)


def balance(address, file):
    given = [0, 0]
    last = None
    for guest in listen(address):
        with open(file, encoding='ascii') as f:
            weights = [int(word) for word in f.read().split()]
        given, last = given if weights == last else [0, 0], weights
        # who is furthest behind its share
        turn = min((0, 1), key=lambda i: (given[i] + 1) / weights[i])
        given[turn] += 1
        guest.recv(100)
        guest.sendall(fetch(SERVERS[turn]))


def visit(address, times):
    for _ in range(int(times)):
        if fetch(address) != PAGE:
            sys.exit('that is not the page')


if __name__ == '__main__':
    {'serve': serve, 'balance': balance, 'visit': visit}[sys.argv[1]](*sys.argv[2:])

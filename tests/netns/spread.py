#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Which CPU handles the frames that come in by a device.

spread.py count DEV COMMAND...  run COMMAND and print, for each CPU, how many of our frames came in
spread.py send ADDR N [CPU]     N of our frames, spread over many ports, from a process on CPU

Every CPU has a packet socket of its own (PACKET_FANOUT_CPU): the counts are exact and those of this
device alone, whatever else the machine does.
"""
import os
import socket
import struct
import subprocess
import sys

SO_RCVBUFFORCE, SOL_PACKET, PACKET_FANOUT, FANOUT_CPU = 33, 263, 18, 2
# Not of IP alone: a bridge takes the frames of its ports before those sockets are asked.
ETH_P_ALL = 3
MARK = b"vwire-spread"


def open_sockets(dev):
    out = []
    for _ in range(os.cpu_count()):
        s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        s.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 64 << 20)
        s.bind((dev, ETH_P_ALL))
        s.setsockopt(SOL_PACKET, PACKET_FANOUT,
                     struct.pack("I", (os.getpid() & 0xffff) | FANOUT_CPU << 16))
        s.setblocking(False)
        out.append(s)
    return out


def drain(sock):
    count = 0
    while True:
        try:
            data, address = sock.recvfrom(2048)
        except BlockingIOError:
            return count
        count += address[2] != socket.PACKET_OUTGOING and MARK in data


def count(dev, command):
    sockets = open_sockets(dev)
    subprocess.run(command, check=True)
    print(*(drain(s) for s in sockets))


def send(addr, number, cpu=None):
    if cpu is not None:
        os.sched_setaffinity(0, {cpu})
    sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(32)]
    for i in range(number):
        try:
            sockets[i % 32].sendto(MARK, (addr, 9))
        except ConnectionRefusedError:
            pass


if sys.argv[1] == "count":
    count(sys.argv[2], sys.argv[3:])
else:
    send(sys.argv[2], *map(int, sys.argv[3:]))

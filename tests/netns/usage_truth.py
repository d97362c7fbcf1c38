#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A random life of links under traffic, beside a listener of its own that knows what they counted.

usage_truth.py SEED STEPS LOG LOWER [kills]

VNICs over LOWER, an etherstub or a NIC, come and go, move and are renamed. The listener hears
RTM_DELLINK in every namespace and adds up final counters. Of a veth, what an end received is then
what it says itself (frames that were redirected to it) and what the other end has sent. The log
must say the same, to the byte.
"""
import ctypes
import json
import os
import random
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

ZONES = ["red", "blue"]
LINKS = ["web%d" % i for i in range(1, 7)]
NAMES = LINKS + ["shop%d" % i for i in range(1, 7)]
libc = ctypes.CDLL(None, use_errno=True)


def run(*args, check=True):
    done = subprocess.run(args, capture_output=True, text=True, check=False)
    if check and done.returncode != 0:
        raise SystemExit("%s: %s" % (" ".join(args), done.stderr))
    return done


def socket_in(zone):
    """A route socket in a namespace that hears of links."""
    made = []

    def enter():
        if zone:
            fd = os.open("/run/netns/" + zone, os.O_RDONLY)
            if libc.setns(fd, 0x40000000) < 0:
                raise OSError(ctypes.get_errno(), "setns")
            os.close(fd)
        s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
        s.setsockopt(socket.SOL_SOCKET, 33, 64 << 20)   # SO_RCVBUFFORCE
        s.bind((0, 1))
        made.append(s)
    t = threading.Thread(target=enter)
    t.start()
    t.join()
    return made[0]


class Truth:
    def __init__(self):
        self.sockets = {zone: socket_in(zone) for zone in [None] + ZONES}
        self.lock = threading.Lock()
        self.sums = {}      # name: [received, sent]
        self.stop = False
        self.threads = [threading.Thread(target=self.listen, args=(z,), daemon=True) for z in self.sockets]
        for s in self.sockets.values():
            s.settimeout(0.2)
        for t in self.threads:
            t.start()

    def add(self, ifname, rx, tx):
        """The last words of a device: what a port has sent its VNIC received."""
        port = ifname.endswith("-p")
        with self.lock:
            entry = self.sums.setdefault(ifname[:-2] if port else ifname, [0, 0])
            entry[0] += tx if port else rx
            entry[1] += 0 if port else tx

    def message(self, kind, body):
        if kind != 17 or body[0] != 0:      # RTM_DELLINK, not of a bridge
            return
        at, name, rx, tx = 16, "", 0, None
        while at + 4 <= len(body):
            length, attr = struct.unpack_from("HH", body, at)
            if length < 4:
                break
            if attr == 3:                   # IFLA_IFNAME
                name = body[at + 4:at + length].rstrip(b"\0").decode()
            elif attr == 23:                # IFLA_STATS64
                rx, tx = struct.unpack_from("QQ", body, at + 4 + 2 * 8)
            at += (length + 3) & ~3
        if tx is not None and name.rstrip("-p") in NAMES:
            self.add(name, rx, tx)

    def listen(self, zone):
        s = self.sockets[zone]
        while not self.stop:
            try:
                data = s.recv(1 << 18)
            except socket.timeout:
                continue
            at = 0
            while at + 16 <= len(data):
                length, kind = struct.unpack_from("IH", data, at)
                self.message(kind, data[at + 16:at + length])
                at += (length + 3) & ~3

    def finish(self):
        time.sleep(0.3)
        self.stop = True
        for t in self.threads:
            t.join()
        for zone in [None] + ZONES:
            where = ["-n", zone] if zone else []
            for link in json.loads(run("ip", *where, "-s", "-j", "link").stdout or "[]"):
                if link["ifname"] in NAMES:     # alive, it knows both directions
                    self.add(link["ifname"], link["stats64"]["rx"]["bytes"],
                             link["stats64"]["tx"]["bytes"])
        return self.sums


class World:
    def __init__(self, seed, lower, kills):
        self.random = random.Random(seed)
        self.lower = lower
        self.kills = kills
        self.links = {}     # name: zone or None
        self.pings = []
        self.address = 0
        self.killed = 0

    def dladm(self, *args, check=True):
        return run("dladm", *args, check=check)

    def address_of(self, name):
        self.address += 1
        zone = self.links[name]
        where = ["-n", zone] if zone else []
        # Two networks, and everybody sends to addresses that nobody has: ARP is traffic, too.
        run("ip", *where, "addr", "add", "10.%d.%d.%d/8" % (
            self.random.randrange(200), self.address // 250, self.address % 250 + 1),
            "dev", name, check=False)
        run("ip", *where, "link", "set", name, "up", check=False)

    def create(self):
        free = [n for n in NAMES if n not in self.links]
        if not free or len(self.links) >= len(LINKS):
            return
        name, zone = self.random.choice(free), self.random.choice([None] + ZONES)
        self.dladm("create-vnic", "-l", self.lower, *(["-p", "zone=" + zone] if zone else []), name)
        self.links[name] = zone
        self.address_of(name)

    def delete(self):
        if self.links:
            name = self.random.choice(list(self.links))
            self.dladm("delete-vnic", name)
            del self.links[name]

    def move(self):
        if self.links:
            name = self.random.choice(list(self.links))
            zone = self.random.choice(ZONES)
            self.dladm("set-linkprop", "-p", "zone=" + zone, name)
            self.links[name] = zone
            self.address_of(name)

    def rename(self):
        mine = [n for n, z in self.links.items() if z is None]
        free = [n for n in NAMES if n not in self.links]
        if mine and free:
            old, new = self.random.choice(mine), self.random.choice(free)
            self.dladm("rename-link", old, new)
            self.links[new] = self.links.pop(old)

    def traffic(self):
        for zone in [None] + ZONES:
            if self.random.random() < 0.6:
                where = ["ip", "netns", "exec", zone] if zone else []
                self.pings.append(subprocess.Popen(
                    where + ["ping", "-q", "-b", "-f", "-w", "1", "-s",
                             str(self.random.randrange(20, 1400)), "10.255.255.255"],
                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))

    def kill(self):
        # Who kills faster than a process starts kills the partner, too.
        if not self.kills or time.monotonic() - self.killed < 1:
            return
        self.killed = time.monotonic()
        state = json.loads(run("acctadm", "-j").stdout)["accounting"][0]
        if state["writer_pid"]:
            os.kill(state["writer_pid"], signal.SIGKILL)

    def reboot(self):
        """All devices go, and what is saved comes back."""
        if self.lower.startswith("stub"):
            run("ip", "link", "del", self.lower, check=False)
        for name in list(self.links):
            run("ip", "link", "del", name + "-p", check=False)
            run("ip", "link", "del", name, check=False)
        run("vwire", "restore")
        for name in self.links:
            self.address_of(name)

    def live(self, steps):
        what = [self.create] * 4 + [self.delete] * 2 + [self.move] * 2 + [self.rename] + \
            [self.traffic] * 5 + [self.kill] * 2 + [self.reboot]
        for _ in range(steps):
            self.random.choice(what)()
            self.pings = [p for p in self.pings if p.poll() is None]
            time.sleep(self.random.random() * 0.1)
        for p in self.pings:
            p.wait()


def recorded(log):
    out = run("dladm", "show-usage", "-a", "-j", "-f", log).stdout
    return {r["link"]: [r["rx_bytes"], r["tx_bytes"]] for r in json.loads(out)["usage"]
            if r["link"] in NAMES}


def main():
    seed, steps, log = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    truth = Truth()
    world = World(seed, sys.argv[4], "kills" in sys.argv[5:])
    world.live(steps)
    time.sleep(0.5)     # what is in flight
    run("acctadm", "-u", "net")
    want = truth.finish()
    got = recorded(log)
    fault = 0
    for column, what in enumerate(("received", "sent")):
        a = sum(v[column] for v in want.values())
        b = sum(v[column] for v in got.values())
        print("%s: counted %d bytes, recorded %d, difference %d" % (what, a, b, b - a))
        fault += a != b or a == 0
    for name in sorted(want):
        if want[name] != got.get(name, [0, 0]):
            print("  %s: counted %s, recorded %s" % (name, want[name], got.get(name)))
    return fault != 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A random life of links under traffic, beside a listener of its own that knows what they counted.

usage_truth.py SEED STEPS LOG LOWER [kills]

VNICs over LOWER, an etherstub or a NIC, come and go, move and are renamed, and the host reboots:
its devices go, another boot ID comes. The listener hears RTM_DELLINK in every namespace and adds up
final counters. Of a veth, what an end received is then what it says itself (frames that were
redirected to it) and what the other end has sent. The log must say the same, to the byte: of each
name in each zone, and of each zone. Names of the host that were one another's under traffic are
one: how much a link had counted when it was renamed, its last words do not tell.
"""
import ctypes
import json
import os
import random
import shutil
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
import uuid

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


def counters(name):
    """Of a link of the host that lives: it knows both directions."""
    link = json.loads(run("ip", "-s", "-j", "link", "show", name).stdout)[0]
    return link["stats64"]["rx"]["bytes"], link["stats64"]["tx"]["bytes"]


class Truth:
    def __init__(self, links):
        self.links = links  # name: zone, as it is known: before the messages of a step are read
        self.sockets = {zone: socket_in(zone) for zone in [None] + ZONES}
        self.sums = {}      # (zone, name): [received, sent]
        for s in self.sockets.values():
            s.setblocking(False)

    def add(self, zone, ifname, rx, tx):
        """The last words of a device: what a port has sent its VNIC received."""
        port = ifname.endswith("-p")
        name = ifname[:-2] if port else ifname
        entry = self.sums.setdefault((self.links.get(name) if port else zone, name), [0, 0])
        entry[0] += tx if port else rx
        entry[1] += 0 if port else tx

    def was_renamed(self, old, new, counts):
        """Its last words will be those of the new name; these were of the old one."""
        for name, sign in ((old, 1), (new, -1)):
            entry = self.sums.setdefault((None, name), [0, 0])
            for i in (0, 1):
                entry[i] += sign * counts[i]

    def message(self, zone, kind, body):
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
        if tx is not None and name.removesuffix("-p") in NAMES:
            self.add(zone, name, rx, tx)

    def hear(self):
        """All that was said up to now; a command has ended after what it said of its links."""
        for zone, s in self.sockets.items():
            while True:
                try:
                    data = s.recv(1 << 18)
                except BlockingIOError:
                    break
                at = 0
                while at + 16 <= len(data):
                    length, kind = struct.unpack_from("IH", data, at)
                    self.message(zone, kind, data[at + 16:at + length])
                    at += (length + 3) & ~3

    def finish(self):
        self.hear()
        for zone in [None] + ZONES:
            where = ["-n", zone] if zone else []
            for link in json.loads(run("ip", *where, "-s", "-j", "link").stdout or "[]"):
                if link["ifname"] in NAMES:     # alive, it knows both directions
                    self.add(zone, link["ifname"], link["stats64"]["rx"]["bytes"],
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
        self.alias = {}     # of names of the host that were one another's, all but one
        self.truth = Truth(self.links)
        self.boot_id = None

    def name_of(self, zone, name):
        while zone is None and name in self.alias:
            name = self.alias[name]
        return zone, name

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
            self.truth.hear()
            del self.links[name]

    def move(self):
        if self.links:
            name = self.random.choice(list(self.links))
            zone = self.random.choice(ZONES)
            self.dladm("set-linkprop", "-p", "zone=" + zone, name)
            self.truth.hear()
            self.links[name] = zone
            self.address_of(name)

    def rename(self):
        mine = [n for n, z in self.links.items() if z is None]
        free = [n for n in NAMES if n not in self.links]
        if mine and free:
            old, new = self.random.choice(mine), self.random.choice(free)
            if self.random.random() < 0.5:
                self.dladm("rename-link", old, new)
                self.merge(old, new)
            else:
                self.rename_in_silence(old, new)
            self.links[new] = self.links.pop(old)

    def merge(self, old, new):
        a, b = self.name_of(None, old)[1], self.name_of(None, new)[1]
        if a != b:
            self.alias[a] = b

    def rename_in_silence(self, old, new):
        """Then it is known how much it had counted under its old name."""
        self.wait_for_pings()
        self.wait_for_writer()
        run("ping", "-q", "-b", "-c", "50", "-i", "0.002", "-W", "0.1", "-I", old,
            "10.255.255.255", check=False)      # not recorded yet
        before = counters(old)
        self.dladm("rename-link", old, new)
        run("acctadm", "-u", "net")
        if counters(new) == before:
            self.truth.was_renamed(old, new, before)
        else:
            self.merge(old, new)

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

    def writer(self):
        return json.loads(run("acctadm", "-j").stdout)["accounting"][0]["writer_pid"]

    def new_boot_id(self):
        real = "/proc/sys/kernel/random/boot_id"
        if self.boot_id is None:
            self.boot_id = os.path.join(os.environ["TESTDIR"], "boot_id")
            with open(self.boot_id, "w", encoding="ascii") as f:
                f.write("none")
            run("mount", "--bind", self.boot_id, real)
        with open(self.boot_id, "w", encoding="ascii") as f:
            f.write(str(uuid.UUID(int=self.random.getrandbits(128))) + "\n")

    def end_writer(self):
        """In good order, or as by a power cut: then what was not recorded yet would be lost."""
        writer = self.writer()
        with open("/proc/%d/task/%d/children" % (writer, writer), encoding="ascii") as f:
            both = [writer] + [int(pid) for pid in f.read().split()]
        if self.random.random() < 0.5:
            os.kill(writer, signal.SIGTERM)
        else:
            run("acctadm", "-u", "net")
            for sig in (signal.SIGSTOP, signal.SIGKILL):
                for pid in both:
                    os.kill(pid, sig)
        while not all(ended(pid) for pid in both):
            time.sleep(0.02)

    def reboot(self):
        """All is quiet, all devices go, and what is saved comes back. NICs and zones stay here, and
        with them addresses: but a boot ID is all that may tell that their counters are others."""
        self.wait_for_pings()
        self.wait_for_writer()
        self.end_writer()
        for name in self.links:
            run("ip", "link", "del", name + "-p", check=False)
            run("ip", "link", "del", name, check=False)
        if self.lower.startswith("stub"):   # last: it says goodbye to the others
            run("ip", "link", "del", self.lower, check=False)
        self.truth.hear()
        shutil.rmtree(os.environ["VWIRE_ROOT"] + "/run")
        self.new_boot_id()
        run("vwire", "restore")
        if self.lower.startswith("stub"):   # the bridge itself asks nobody, as before
            run("ip", "link", "set", self.lower, "type", "bridge", "mcast_querier", "0",
                "mcast_snooping", "0")
        run("vwire-acct", "--daemon")
        for name in self.links:
            self.address_of(name)

    def wait_for_writer(self):
        """Who was killed a moment ago is followed by its partner, who starts another."""
        def both():
            writer = self.writer()
            if not writer:
                return False
            try:
                with open("/proc/%d/task/%d/children" % (writer, writer), encoding="ascii") as f:
                    return f.read().split()
            except (FileNotFoundError, ProcessLookupError):
                return False
        end = time.monotonic() + 10
        while not both():
            if time.monotonic() > end:
                raise SystemExit("no writer and partner run")
            time.sleep(0.05)

    def wait_for_pings(self):
        for p in self.pings:
            p.wait()
        self.pings = []

    def live(self, steps):
        what = [self.create] * 4 + [self.delete] * 2 + [self.move] * 2 + [self.rename] + \
            [self.traffic] * 5 + [self.kill] * 2 + [self.reboot]
        for _ in range(steps):
            self.random.choice(what)()
            self.truth.hear()
            self.pings = [p for p in self.pings if p.poll() is None]
            time.sleep(self.random.random() * 0.1)
        self.wait_for_pings()


def ended(pid):
    try:
        with open("/proc/%d/stat" % pid, encoding="utf-8") as f:
            return f.read().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def recorded(log, by):
    out = run("dladm", "show-usage", "-a", "-j", "-f", log, "-g", by, "-S", "all", "-o",
              ",".join(["zone"] + ["link"] * (by == "owner") + ["rbytes", "obytes"])).stdout
    return [(r["zone"], r.get("link"), (r["rx_bytes"], r["tx_bytes"]))
            for r in json.loads(out)["usage"]]


def add_up(rows, key):
    """rows: (zone, name, (received, sent)); those without a byte are not told."""
    sums = {}
    for zone, name, counts in rows:
        if any(counts):
            at = key(zone, name)
            sums[at] = tuple(a + b for a, b in zip(sums.get(at, (0, 0)), counts))
    return sums


def compare(what, want, got):
    for at in sorted(set(want) | set(got), key=str):
        if want.get(at) != got.get(at):
            print("%s %s: counted %s, recorded %s" % (what, at, want.get(at), got.get(at)))
    return want == got


def main():
    seed, steps, log = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    world = World(seed, sys.argv[4], "kills" in sys.argv[5:])
    world.live(steps)
    time.sleep(0.5)     # what is in flight
    run("acctadm", "-u", "net")
    truth = [(zone, name, tuple(v)) for (zone, name), v in world.truth.finish().items()]
    log_says = [r for r in recorded(log, "owner") if r[1] in NAMES]
    right = compare("link", add_up(truth, world.name_of), add_up(log_says, world.name_of))
    # In these zones there is nothing else; what the host has besides is not of this test.
    right &= compare("zone", add_up([t for t in truth if t[0]], lambda zone, _: zone),
                     add_up([r for r in recorded(log, "zone") if r[0] in ZONES],
                            lambda zone, _: zone))
    whole = [sum(t[2][i] for t in truth) for i in (0, 1)]
    print("counted: received %d bytes, sent %d; %s recorded" % (*whole, "as" if right else "not as"))
    return not (right and all(whole))


if __name__ == "__main__":
    sys.exit(main())

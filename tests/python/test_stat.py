# SPDX-License-Identifier: LGPL-2.1-or-later
"""Counters: every byte is told once, whatever happens to the links."""

import os
import random
import select
import shutil
import socket
import subprocess
import time

from tap import BUILD, SOURCE, eq, nic, raises, run, sh, skip

import vwire
from vwire import _vwire

ETH_P_ALL = 3
BROADCAST = b"\xff" * 6


def quiet(zone=None):
    inside = ("ip", "netns", "exec", zone) if zone else ()
    sh(*inside, "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1",
       "net.ipv6.conf.default.disable_ipv6=1")


def need_policy():
    """Skip where the kernel lacks what flows and limits stand on; lib.sh asks it."""
    said = sh("bash", "-c", f". {SOURCE}/tests/lib.sh && need_policy")
    if "# SKIP" in said:
        skip(said.partition("# SKIP")[2].strip())


def send(zone, link, frames, size=100):
    """That many frames of size bytes out of a link."""
    script = ("import socket,sys;s=socket.socket(socket.AF_PACKET,socket.SOCK_RAW);"
              "s.bind((sys.argv[1],0));f=b'\\xff'*6+b'\\2\\0\\0\\0\\0\\1'+b'\\x88\\xb5';"
              "f+=bytes(int(sys.argv[3])-len(f));[s.send(f) for _ in range(int(sys.argv[2]))]")
    inside = ("ip", "netns", "exec", zone) if zone else ()
    sh(*inside, "/usr/bin/python3", "-c", script, link, str(frames), str(size))


class Book:
    """Adds up what every delta says was sent, by link and zone."""

    def __init__(self, session):
        self.session = session
        self.before = session.read()
        self.sent = {}

    def note(self):
        now = self.session.read()
        for link in (now - self.before).links:
            if link.stats is not None:
                key = link.name, link.zone
                packets, size = self.sent.get(key, (0, 0))
                self.sent[key] = packets + link.stats.tx_packets, size + link.stats.tx_bytes
        self.before = now


def test_a_delta_is_what_was_sent_in_between():
    sh("ip", "netns", "add", "web")
    quiet("web")
    with vwire.open() as h:
        h.create_etherstub("stub1")
        h.create_vnic("web1", "stub1", zone="web")
        send("web", "web1", 5)
        with h.statistics() as s:
            before = s.read()
            send("web", "web1", 7, 200)
            delta = s.read() - before
            link = next(x for x in delta.links if x.name == "web1")
            eq((link.stats.tx_packets, link.stats.tx_bytes, link.zone), (7, 1400, "web"))
            eq((link.new, link.gone, link.reset, link.edge, link.ours), (False,) * 3 + (True,) * 2)
            assert abs(delta.rate(delta.seconds * 100) - 100) < 1e-6
            eq(delta.total.tx_packets, 7)


def test_the_last_counters_of_a_deleted_link_are_told_once():
    sh("ip", "netns", "add", "web")
    quiet("web")
    with vwire.open() as h:
        h.create_etherstub("stub1")
        h.create_vnic("web1", "stub1", zone="web")
        with h.statistics() as s:
            before = s.read()
            send("web", "web1", 9)
            h.delete_vnic("web1")
            now = s.read()
            gone = [x for x in (now - before).links if x.gone]
            eq([(x.name, x.zone, x.stats.tx_packets) for x in gone], [("web1", "web", 9)])
            eq([x for x in (s.read() - now).links if x.gone], [])


def test_what_is_born_and_dies_between_two_readings_is_told_too():
    quiet()
    with vwire.open() as h, h.statistics() as s:
        before = s.read()
        h.create_etherstub("stub1")
        h.create_vnic("web1", "stub1")
        send(None, "web1", 4)
        h.delete_vnic("web1")
        now = s.read()
        eq([(x.name, x.new, x.gone, x.stats.tx_packets) for x in (now - before).links
            if x.name != "stub1"], [("web1", True, True, 4)])
        eq([x.name for x in (s.read() - now).links], ["stub1"])


def test_a_renamed_link_counts_on():
    quiet()
    with vwire.open() as h:
        h.create_etherstub("stub1")
        h.create_vnic("old1", "stub1")
        with h.statistics() as s:
            send(None, "old1", 3)
            before = s.read()
            h.rename("old1", "new1")
            send(None, "new1", 4)
            delta = s.read() - before
            eq([(x.name, x.stats.tx_packets, x.new) for x in delta.links if x.name != "stub1"],
               [("new1", 4, False)])


def test_a_link_that_moves_to_another_zone_loses_and_doubles_nothing():
    for zone in ("one", "two"):
        sh("ip", "netns", "add", zone)
        quiet(zone)
    with vwire.open() as h:
        h.create_etherstub("stub1")
        h.create_vnic("web1", "stub1", zone="one")
        with h.statistics() as s:
            book = Book(s)
            send("one", "web1", 3)
            h.set_property("web1", "zone", "two")
            send("two", "web1", 5)
            book.note()
            eq(book.sent["web1", "one"][0], 3)
            eq(book.sent["web1", "two"][0], 5)


def test_hardware_that_moves_brings_its_past_but_not_into_the_sum():
    sh("ip", "netns", "add", "one")
    quiet("one")
    quiet()
    sh("ip", "link", "add", "net0", "type", "veth", "peer", "name", "net1")
    for link in ("net0", "net1"):
        sh("ip", "link", "set", link, "up")
    with vwire.open() as h, h.statistics() as s:
        book = Book(s)
        send(None, "net0", 6)
        sh("ip", "link", "set", "net0", "netns", "one")
        sh("ip", "-n", "one", "link", "set", "net0", "up")
        send("one", "net0", 4)
        book.note()
        eq((book.sent["net0", None][0], book.sent["net0", "one"][0]), (6, 4))


def test_a_zone_that_ends_gives_its_links_last_words():
    sh("ip", "netns", "add", "one")
    quiet("one")
    sh("ip", "-n", "one", "link", "add", "far0", "type", "veth", "peer", "name", "far1")
    for link in ("far0", "far1"):
        sh("ip", "-n", "one", "link", "set", link, "up")
    with vwire.open() as h, h.statistics() as s:
        book = Book(s)
        send("one", "far0", 8)
        sh("ip", "netns", "del", "one")
        book.note()
        eq(book.sent["far0", "one"][0], 8)
        eq([x.name for x in s.read().links], [])


def test_no_byte_is_lost_over_random_schedules():
    seed = int(os.environ.get("VW_SEED", random.randrange(1 << 30)))
    print(f"# VW_SEED={seed}")
    dice = random.Random(seed)
    zones = ("one", "two")
    for zone in zones:
        sh("ip", "netns", "add", zone)
        quiet(zone)
    truth, place = {}, {}
    with vwire.open() as h:
        h.create_etherstub("stub1")
        with h.statistics() as s:
            book = Book(s)
            for number in range(60):
                act = dice.choice(("send", "send", "send", "make", "kill", "move", "note"))
                name = dice.choice(sorted(place)) if place else None
                if act == "make" or name is None:
                    name = f"v{number}"
                    place[name] = dice.choice(zones + (None,))
                    h.create_vnic(name, "stub1", zone=place[name], temporary=True)
                elif act == "send":
                    count = dice.randrange(1, 30)
                    send(place[name], name, count, 60)
                    key = name, place[name]
                    truth[key] = truth.get(key, 0) + count
                elif act == "kill":
                    h.delete_vnic(name)
                    del place[name]
                elif act == "move":
                    place[name] = dice.choice([z for z in zones if z != place[name]])
                    h.set_property(name, "zone", place[name], temporary=True)
                elif act == "note":
                    book.note()
            book.note()
    told = {key: n for key, (n, _) in book.sent.items() if key[0] != "stub1" and n}
    eq(told, {key: n for key, n in truth.items() if n})


def test_the_descriptor_tells_that_links_came():
    with vwire.open() as h, h.statistics() as s:
        s.read()
        eq(select.select([s], [], [], 0)[0], [])
        sh("ip", "link", "add", "br7", "type", "bridge")
        eq(select.select([s], [], [], 3)[0], [s])
        eq([x.name for x in s.read().links], ["br7"])
        eq(select.select([s], [], [], 0)[0], [])


def test_a_counter_that_cannot_be_known_is_none():
    quiet()
    with vwire.open() as h:
        h.create_simnet("sim1")
        with h.statistics(lanes=True) as s:
            lanes = s.read().lanes
            eq([(x.link, x.type, x.hw, x.interrupts, x.polls, x.cpu) for x in lanes],
               [("sim1", "rx", False, None, None, None), ("sim1", "tx", False, None, None, None)])
            eq({(x.under10, x.to50, x.over50) for x in lanes}, {(None, None, None)})


def veth_with_napi():
    """net0 at 10.0.0.1, polled as a card is; at 10.0.0.2 somebody answers."""
    if shutil.which("ethtool") is None:
        skip("this machine has no ethtool")
    nic("net0")
    quiet()
    quiet("wire")
    # With generic receive offload a veth is polled as a network card is.
    sh("ip", "netns", "exec", "wire", "ethtool", "-K", "wire0", "tso", "off")
    if subprocess.run(["ethtool", "-K", "net0", "gro", "on"], check=False).returncode:
        skip("this kernel has no NAPI for a veth")
    sh("ip", "addr", "add", "10.0.0.1/24", "dev", "net0")
    sh("ip", "-n", "wire", "addr", "add", "10.0.0.2/24", "dev", "wire0")


def test_polls_are_counted_when_asked_for():
    def received(reading):
        whole = [x for x in reading.lanes if (x.type, x.cpu) == ("rx", None)]
        return [(x.polls, x.under10, x.to50, x.over50) for x in whole]

    veth_with_napi()
    dlstat = [os.path.join(BUILD, "cli/dlstat/dlstat"), "-r", "-i", "1", "-p", "-o", "polls",
              "net0"]
    with vwire.open() as h, h.statistics("net0", lanes=True) as without, \
            h.statistics("net0", polls=True) as s, \
            subprocess.Popen(dlstat, stdout=subprocess.PIPE, text=True) as cli:
        cli.stdout.readline()
        before = s.read()
        sh("ping", "-q", "-c", "30", "-i", "0.01", "10.0.0.2")
        lanes = received(s.read() - before)
        told = cli.stdout.readline()
        cli.terminate()
        if told == "?\n":
            skip("polls cannot be counted here")
        polls, under10, to50, over50 = map(sum, zip(*lanes))
        assert 0 < polls <= 60 and under10 > 0, lanes
        eq(under10 + to50 + over50, polls)
        eq(set(received(without.read())), {(None,) * 4})


def test_flows_of_a_link():
    need_policy()
    quiet()
    with vwire.open() as h:
        h.create_etherstub("stub1")
        h.create_vnic("web1", "stub1")
        h.add_flow("udp-flow", "web1", {"transport": "udp"}, props={"maxbw": "3M"})
        sh("ip", "addr", "add", "10.0.0.1/24", "dev", "web1")
        sh("ip", "neigh", "add", "10.0.0.2", "lladdr", "2:0:0:0:0:9", "dev", "web1")
        with h.statistics(flows=True, limits=True) as s:
            before = s.read()
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
                for _ in range(6):
                    out.sendto(bytes(58), ("10.0.0.2", 9))
            flow, = (s.read() - before).flows
            eq((flow.name, flow.link, flow.zone, flow.maxbw_bps), ("udp-flow", "web1", None, 3000000))
            eq((flow.stats.out_packets, flow.stats.out_bytes), (6, 600))
        with h.statistics(flow="udp-flow") as s:
            eq(len(s.read().flows), 1)
        with h.statistics(flow="nope") as s:
            eq(raises(vwire.NotFound, s.read).message, "no flow 'nope'")


def test_flows_that_come_and_go_do_not_mix_up_the_others():
    need_policy()
    quiet()
    with vwire.open() as h:
        h.create_etherstub("stub1")
        h.create_vnic("web1", "stub1")
        for port in range(1, 9):
            h.add_flow(f"f{port}", "web1", {"transport": "udp", "remote_port": str(port)})
        sh("ip", "addr", "add", "10.0.0.1/24", "dev", "web1")
        sh("ip", "neigh", "add", "10.0.0.2", "lladdr", "2:0:0:0:0:9", "dev", "web1")

        def send_to_each():
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
                for port in range(1, 13):
                    for _ in range(port):
                        out.sendto(bytes(58), ("10.0.0.2", port))

        with h.statistics(flows=True) as s:
            send_to_each()
            before = s.read()
            for port in (1, 5, 8):
                h.remove_flow(f"f{port}")
            for port in (12, 5, 10):
                h.add_flow(f"f{port}", "web1", {"transport": "udp", "remote_port": str(port)})
            send_to_each()
            flows = (s.read() - before).flows
            eq({f.name: f.stats.out_packets for f in flows},
               {f"f{port}": port for port in (2, 3, 4, 5, 6, 7, 10, 12)})
            eq({f.name for f in flows if f.new}, {"f5", "f10", "f12"})
            eq({f.name for f in flows if f.reset}, set())


def test_readings_outlive_their_session_and_sessions_end_with_their_handle():
    sh("ip", "link", "add", "br7", "type", "bridge")
    h = vwire.open()
    s = h.statistics()
    first = s.read()
    second = s.read()
    h.close()
    assert s.closed
    eq(raises(vwire.BadValue, s.read).message, "the handle is closed")
    eq([x.name for x in (second - first).links], ["br7"])
    eq(str(raises(vwire.BadValue, lambda: first - second)),
       "cannot compare readings: they are in the wrong order")
    _vwire.vw_stat_delta = lambda now, before: (_vwire.VW_ERR_NOMEM, None)
    eq(str(raises(vwire.NoMemory, lambda: second - first)),
       "cannot compare readings: out of memory")
    with raises_type():
        first - 3


class raises_type:
    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        assert kind is TypeError, kind
        return True


def test_links_that_come_and_go_all_the_time_are_never_shown_half():
    sh("ip", "link", "add", "net0", "type", "veth", "peer", "name", "net1")
    batch = "".join(f"link add link net0 name v{i} type macvlan mode bridge\n" for i in range(2000))
    subprocess.run(["ip", "-batch", "-"], input=batch, text=True, check=True)
    churn = [subprocess.Popen(
        ["sh", "-c", f"while :; do ip link add link net0 name c{k} type macvlan mode bridge;"
         f" ip link del c{k}; done"], stderr=subprocess.DEVNULL) for k in range(2)]
    wanted = {f"v{i}" for i in range(2000)} | {"net0", "net1"}
    try:
        with vwire.open() as h, h.statistics() as s:
            for _ in range(20):
                reading = s.read()
                lacks = wanted - {x.name for x in reading.links if x.stats is not None}
                assert not lacks, f"{len(lacks)} links are missing"
                time.sleep(0.05)
        for _ in range(5):
            with vwire.open() as h, h.statistics() as s:
                lacks = wanted - {x.name for x in s.read().links}
                assert not lacks, f"{len(lacks)} links are missing"
    finally:
        for process in churn:
            process.kill()


def lost():
    """Messages that netlink sockets of this process had no room for."""
    own = {os.readlink(f"/proc/self/fd/{fd}") for fd in os.listdir("/proc/self/fd")
           if os.path.lexists(f"/proc/self/fd/{fd}")}
    with open("/proc/net/netlink", encoding="ascii") as file:
        rows = [line.split() for line in file][1:]
    return sum(int(row[8]) for row in rows if f"socket:[{row[9]}]" in own)


def alike(one, other):
    """Both readings tell of the same links the same things."""
    told = [{(x.name, x.zone, x.over, repr(x.stats)) for x in reading.links if not x.gone}
            for reading in (one, other)]
    eq(sorted(told[0] ^ told[1])[:5], [])
    eq(*(sum(not x.gone for x in reading.links) for reading in (one, other)))


def test_after_more_events_than_there_is_room_for_it_tells_what_a_fresh_one_does():
    quiet()
    sh("ip", "link", "add", "net0", "type", "veth", "peer", "name", "net1")
    for link in ("net0", "net1"):
        sh("ip", "link", "set", link, "up")

    def batch(lines):
        subprocess.run(["ip", "-batch", "-"], input="\n".join(lines), text=True, check=True)

    with vwire.open() as h, h.statistics() as s:
        batch(f"link add link net0 name v{i} type macvlan mode bridge" for i in range(1000))
        before = s.read()
        eq(len(before.links), 1002)
        for turn in range(20):
            batch(f"link del v{i}" for i in range(1000))
            batch(f"link add link net0 name v{i} type macvlan mode bridge" for i in range(1000))
            batch(f"link set v{i} name w{turn}x{i}" for i in range(0, 1000, 7))
            send(None, "net1", 5)
            if lost():
                break
            batch(f"link set w{turn}x{i} name v{i}" for i in range(0, 1000, 7))
        assert lost(), "the burst was too small"
        now = s.read()
        with h.statistics() as fresh:
            alike(now, fresh.read())
        delta = {x.name: x for x in (now - before).links if not x.gone}
        eq((delta["net1"].stats.tx_packets, delta["net1"].new), (5 * (turn + 1), False))
        batch(["link del v1"])
        with h.statistics() as fresh:
            alike(s.read(), fresh.read())


def test_the_example_shows_the_busiest_first_and_is_short():
    with open(os.path.join(SOURCE, "examples/linkstat.py"), encoding="utf-8") as file:
        assert len(file.readlines()) <= 60
    sh("ip", "netns", "add", "web")
    with vwire.open() as h:
        h.create_etherstub("stub1")
        h.create_vnic("web1", "stub1", zone="web")
    env = dict(os.environ, PYTHONPATH=os.path.join(BUILD, "bindings/python"))
    command = ["/usr/bin/python3", os.path.join(SOURCE, "examples/linkstat.py"), "2", "2"]
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True) as process:
        while process.poll() is None:
            send("web", "web1", 50, 1000)
        lines = process.stdout.read().splitlines()
    eq(lines[0].split(), ["LINK", "ZONE", "IN", "b/s", "OUT", "b/s", "USED"])
    eq([line.split()[0] for line in lines[1:4]], ["TOTAL", "web1", "stub1"])
    eq(lines[2].split()[1], "web")
    eq(process.returncode, 0)


run(globals())

# SPDX-License-Identifier: LGPL-2.1-or-later
"""examples/bill.py bills what the counters counted and dladm show-usage tells."""

import datetime
import json
import os
import subprocess

from tap import BUILD, SOURCE, eq, run, sh

import vwire

ZONES = {"web": 6, "app": 4, "db": 2}   # and how many thousand frames each sends
FRAME = 1500
LOG = "net.log"


def program(name, *args):
    return sh(os.path.join(BUILD, "cli", name, name), *args)


def bill(*args, status=0):
    """The lines of the example, or what it says on stderr."""
    done = subprocess.run(["/usr/bin/python3", os.path.join(SOURCE, "examples/bill.py"), *args],
                          env=dict(os.environ, PYTHONPATH=os.path.join(BUILD, "bindings/python")),
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    eq((done.returncode, done.stdout if status else done.stderr), (status, ""))
    return done.stderr if status else done.stdout.splitlines()


def send(zone, link, frames):
    """Broadcasts, which reach everybody on the switch."""
    script = ("import socket,sys\n"
              "s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)\n"
              "s.bind((sys.argv[1], 0))\n"
              "frame = b'\\xff' * 6 + b'\\2\\0\\0\\0\\0\\1\\x88\\xb5'\n"
              "frame += bytes(int(sys.argv[3]) - len(frame))\n"
              "for _ in range(int(sys.argv[2])):\n"
              "    s.send(frame)\n")
    sh("ip", "netns", "exec", zone, "/usr/bin/python3", "-c", script, link, str(frames), str(FRAME))


def counted(h):
    """Bytes each zone has sent, by the kernel's counters."""
    return {link.zone: link.stats.tx_bytes for link in h.links(cls="vnic", stats=True)}


def record(h):
    """Each zone sends through a VNIC of its own; db is gone at the end. Bytes sent, by zone."""
    h.create_etherstub("stub1")
    for zone in ZONES:
        sh("ip", "netns", "add", zone)
        # Nobody speaks unasked.
        sh("ip", "netns", "exec", zone, "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1",
           "net.ipv6.conf.default.disable_ipv6=1")
        h.create_vnic(zone + "1", "stub1", zone=zone)
    for zone, thousands in ZONES.items():
        send(zone, zone + "1", thousands * 1000)
    sent = counted(h)
    h.delete_vnic("db1")
    program("acctadm", "-u", "net")
    sh("ip", "netns", "del", "db")
    return sent


def test_each_zone_is_billed_for_what_it_sent():
    month = datetime.date.today().replace(day=1)
    after = (month + datetime.timedelta(days=31)).replace(day=1)
    program("acctadm", "-e", "basic", "-f", os.path.abspath(LOG), "-i", "1", "net")
    try:
        with vwire.open() as h:
            sent = record(h)
    finally:
        program("acctadm", "-x", "net")
    shown = json.loads(program("dladm", "show-usage", "-g", "zone", "-P", "-j", "-f", LOG,
                               "-s", str(month), "-e", str(after)))["usage"]
    eq({row["zone"]: row["tx_bytes"] for row in shown if row["zone"] is not None}, sent)
    assert all(sent[zone] >= frames * 1000 * FRAME for zone, frames in ZONES.items()), sent
    want = []
    for row in shown:
        gb, mbps = row["tx_bytes"] / 1e9, row["p95_bps"] / 1e6
        want.append([row["zone"] or "(host)", str(row["links"]), f"{gb:.3f}", f"{mbps:.3f}",
                     f"{0.02 * gb + 0.5 * mbps:.2f}"])
    head, *rows = bill(f"{month:%Y-%m}", LOG)
    eq(head, "zone              links      sent GB     p95 Mb/s     to pay")
    eq([line.split() for line in rows], want)
    eq({row[0]: row[2] for row in want if row[0] != "(host)"},
       {"web": "0.009", "app": "0.006", "db": "0.003"})


def test_what_cannot_be_billed_is_said_in_a_line():
    for args in (("2026-13",), ("november",), ("2026-11", LOG, "more")):
        eq(bill(*args, status=1), "usage: bill.py [YEAR-MONTH [LOG]]\n")
    eq(bill(status=1), "bill.py: cannot show usage: no accounting log is set up\n")


run(globals())

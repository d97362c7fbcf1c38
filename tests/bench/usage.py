#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What history costs: CPU and memory of the writer with many links, size of the log of a simulated
year, time of questions.

    usage.py [--quick]

The year is simulated with a tenth of the objects, and its size given for ten times as many:
records of different objects share nothing. Questions and the writer's CPU are measured at full
size. Prints a table; needs root.
"""
import json
import os
import subprocess
import sys
import tempfile
import time

BUILD = os.path.realpath(os.environ.get("VW_BUILD") or
                         os.path.join(os.path.dirname(__file__), "..", "..", "build"))
INTERVAL = 20


def cpu_of(pid):
    with open("/proc/%d/stat" % pid, encoding="utf-8") as f:
        fields = f.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def rss_of(pid):
    with open("/proc/%d/status" % pid, encoding="utf-8") as f:
        return int(next(line for line in f if line.startswith("VmRSS")).split()[1]) / 1024


def processes(pid):
    with open("/proc/%d/task/%d/children" % (pid, pid), encoding="utf-8") as f:
        return [pid] + [int(p) for p in f.read().split()]


def row(what, value, note=""):
    print("%-46s %12s  %s" % (what, value, note), flush=True)


def measure_writer(links, seconds):
    """In a namespace of its own: a writer that reads once a second, counted as if every 20 s."""
    with tempfile.TemporaryDirectory() as root:
        os.environ["VWIRE_ROOT"] = root
        sys.path.insert(0, BUILD + "/bindings/python")
        import vwire
        acctadm = BUILD + "/cli/acctadm/acctadm"
        subprocess.run(["ip", "link", "add", "net0", "type", "veth", "peer", "name", "far0"],
                       check=True)
        with vwire.open() as h:
            h.create_vnics([vwire.NewVnic("web%d" % i, "net0") for i in range(1, links + 1)])
        subprocess.run([acctadm, "-e", "extended", "-f", root + "/net.log", "-i", "1", "net"],
                       check=True)
        state = json.loads(subprocess.run([acctadm, "-j"], capture_output=True, text=True,
                                          check=True).stdout)["accounting"][0]
        pids = processes(state["writer_pid"])
        time.sleep(2)
        before = [cpu_of(p) for p in pids]
        time.sleep(seconds)
        used = [b - a for a, b in zip(before, [cpu_of(p) for p in pids])]
        for name, pid, cpu in zip(("writer", "its partner"), pids, used):
            row("%s, %d idle links, CPU of a reading" % (name, links),
                "%.2f ms" % (cpu / seconds * 1000),
                "%.3f %% of a core at %d s; %.1f MiB resident" %
                (cpu / seconds / INTERVAL * 100, INTERVAL, rss_of(pid)))
        subprocess.run([acctadm, "-x", "net"], check=True)


def simulate(*args):
    with tempfile.TemporaryDirectory() as root:
        out = subprocess.run([BUILD + "/tests/bench/usage_year", root + "/net.log"] +
                             [str(a) for a in args], capture_output=True, text=True,
                             check=True).stdout
    return [line.split("\t") for line in out.splitlines()]


def main():
    quick = "--quick" in sys.argv
    if "--inside" not in sys.argv:
        return subprocess.run(["unshare", "--net", "--mount", "--fork", sys.executable, "-B",
                               __file__, "--inside"] + sys.argv[1:], check=False).returncode
    measure_writer(200 if quick else 1000, 5 if quick else 20)
    objects = 100 if quick else 2000
    row("", "")
    row("%d links and %d flows, all busy" % (objects, objects), "")
    for name, value, unit in simulate(objects, objects, 35, 1, 2):
        if not name.startswith("size"):
            row(name, "%s %s" % (value, unit.split(" (")[0].split(" =")[0]),
                unit.partition(" = ")[2] or unit.partition(" ")[2])
    if quick:
        return 0
    row("", "")
    row("a year, 2000 links and 2000 flows, all busy", "", "(10 times what 200 and 200 take)")
    for name, value, unit in simulate(200, 200, 365, 62, 48):
        if name.startswith("size"):
            row(name, "%.0f %s" % (float(value) * 10, unit))
    return 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Who uses the bandwidth, of all links in all zones: linkstat.py [SECONDS [COUNT]]"""

import itertools
import os
import sys

import vwire


def human(bits):
    for unit in " KMGT":
        if bits < 999.5:
            return f"{bits:.3g}{unit}".strip()
        bits /= 1000
    return f"{bits:.3g}P"


def busy(link):
    return link.stats.rx_bytes + link.stats.tx_bytes if link.stats else -1


def row(name, zone, d, stats, maxbw_bps=None):
    if stats is None:
        return f"{name:<20} {zone:<12} {'?':>8} {'?':>8}"
    rx, tx = (d.rate(n) * 8 for n in (stats[1], stats[5]))
    used = f"{(rx + tx) / maxbw_bps:.0%}" if maxbw_bps else ""
    return f"{name:<20} {zone:<12} {human(rx):>8} {human(tx):>8} {used:>5}"


def main(seconds=1.0, count=None):
    lines = os.get_terminal_size().lines - 3 if sys.stdout.isatty() else None
    with vwire.open() as h, h.statistics(flows=True, limits=True) as s:
        for d in s.every(seconds, count and int(count)):
            flows = {}
            for f in d.flows:
                flows.setdefault((f.link, f.zone), []).append(f)
            out = [row("TOTAL", "", d, d.total)]
            for link in itertools.islice(sorted(d.links, key=busy, reverse=True), lines):
                name, zone = vwire.escape(link.name), vwire.escape(link.zone or "")
                out.append(row(name, zone, d, link.stats, link.maxbw_bps))
                for f in flows.get((link.name, link.zone), ()):
                    stats = f.stats and (0, f.stats.in_bytes, 0, 0, 0, f.stats.out_bytes)
                    out.append(row("  " + vwire.escape(f.name), "", d, stats, f.maxbw_bps))
            clear = "\033[H\033[J" if sys.stdout.isatty() else ""
            head = f"{clear}{'LINK':<20} {'ZONE':<12} {'IN b/s':>8} {'OUT b/s':>8} {'USED':>5}"
            print(head, *out[:lines], sep="\n", flush=True)


if __name__ == "__main__":
    try:
        main(*map(float, sys.argv[1:3]))
    except KeyboardInterrupt:
        pass

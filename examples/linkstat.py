#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Who uses the bandwidth, of all links in all zones: linkstat.py [SECONDS [COUNT]]"""

import itertools
import os
import sys

import vwire


def human(bits: float) -> str:
    for unit in " KMGT":
        if bits < 999.5:
            return f"{bits:.3g}{unit}".strip()
        bits /= 1000
    return f"{bits:.3g}P"


def busy(link: vwire.StatLink) -> int:
    return link.stats.rx_bytes + link.stats.tx_bytes if link.stats else -1


def row(name: str, zone: str, d: vwire.Reading, moved: tuple[int, int] | None,
        maxbw_bps: int | None = None) -> str:
    if moved is None:
        return f"{name:<20} {zone:<12} {'?':>8} {'?':>8}"
    rx, tx = (d.rate(n) * 8 for n in moved)
    used = f"{(rx + tx) / maxbw_bps:.0%}" if maxbw_bps else ""
    return f"{name:<20} {zone:<12} {human(rx):>8} {human(tx):>8} {used:>5}"


def main(seconds: float = 1.0, count: float | None = None) -> None:
    lines = os.get_terminal_size().lines - 3 if sys.stdout.isatty() else None
    with vwire.open() as h, h.statistics(flows=True, limits=True) as s:
        for d in s.every(seconds, None if count is None else int(count)):
            flows: dict[tuple[str, str | None], list[vwire.StatFlow]] = {}
            for f in d.flows:
                flows.setdefault((f.link, f.zone), []).append(f)
            out = [row("TOTAL", "", d, (d.total.rx_bytes, d.total.tx_bytes))]
            for link in itertools.islice(sorted(d.links, key=busy, reverse=True), lines):
                name, zone = vwire.escape(link.name), vwire.escape(link.zone or "")
                moved = link.stats and (link.stats.rx_bytes, link.stats.tx_bytes)
                out.append(row(name, zone, d, moved, link.maxbw_bps))
                for f in flows.get((link.name, link.zone), ()):
                    moved = f.stats and (f.stats.in_bytes, f.stats.out_bytes)
                    out.append(row("  " + vwire.escape(f.name), "", d, moved, f.maxbw_bps))
            clear = "\033[H\033[J" if sys.stdout.isatty() else ""
            head = f"{clear}{'LINK':<20} {'ZONE':<12} {'IN b/s':>8} {'OUT b/s':>8} {'USED':>5}"
            print(head, *out[:lines], sep="\n", flush=True)


if __name__ == "__main__":
    try:
        main(*map(float, sys.argv[1:3]))
    except KeyboardInterrupt:
        pass

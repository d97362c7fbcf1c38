#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Print what happens to links until interrupted: watch.py [SECONDS WITHOUT EVENTS TO END AFTER]"""

import sys
import time

import vwire


def links(h: vwire.Handle) -> str:
    return ", ".join(vwire.escape(link.name) for link in h.links()) or "none"


def main(quiet_s: float | None = None) -> None:
    with vwire.open() as h, h.monitor() as events:
        print("links:", links(h), flush=True)
        for event in events.events(timeout=quiet_s):
            now = time.strftime("%H:%M:%S")
            if event.name is None:  # event.type is "resync": too many at once, some were lost
                print(now, "links:", links(h), flush=True)
                continue
            print(f"{now} {event.type:<8} {vwire.escape(event.name):<16} "
                  f"{event.cls:<10} {event.state:<8} mtu {event.mtu}", flush=True)


if __name__ == "__main__":
    try:
        main(*map(float, sys.argv[1:2]))
    except KeyboardInterrupt:
        pass

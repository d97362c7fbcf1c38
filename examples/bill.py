#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Bill each zone for a month of recorded traffic, deleted VNICs included.

bill.py [YEAR-MONTH [LOG]]

Prices are made up: so much for each gigabyte that was sent, and for each Mb/s of the 95th
percentile. acctadm(8) sets up what is recorded.
"""
import datetime
import sys

import vwire

PER_GB, PER_MBPS = 0.02, 0.50


def month_of(text: str) -> tuple[datetime.datetime, datetime.datetime]:
    """Its first moment and that of the next month, in local time."""
    start = datetime.datetime.strptime(text, "%Y-%m")
    return start, (start + datetime.timedelta(days=31)).replace(day=1)


def bill(start: datetime.datetime, end: datetime.datetime, log: str | None = None) -> None:
    with vwire.open() as h:
        used = list(h.usage(file=log, by="zone", start=start, end=end, p95=True))
    print("%-16s %6s %12s %12s %10s" % ("zone", "links", "sent GB", "p95 Mb/s", "to pay"))
    for u in used:
        sent, p95 = u.tx_bytes / 1e9, (u.p95_bps or 0) / 1e6
        print("%-16s %6d %12.3f %12.3f %10.2f" % (
            u.zone or "(host)", u.links, sent, p95, sent * PER_GB + p95 * PER_MBPS))


if __name__ == "__main__":
    month, *log = sys.argv[1:] or [datetime.date.today().strftime("%Y-%m")]
    try:
        bill(*month_of(month), *log)
    except vwire.Error as error:
        sys.exit(f"bill.py: {error}")
    except (TypeError, ValueError):
        sys.exit("usage: bill.py [YEAR-MONTH [LOG]]")

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

year, month = map(int, (sys.argv[1] if len(sys.argv) > 1
                        else datetime.date.today().strftime("%Y-%m")).split("-"))
start = datetime.datetime(year, month, 1)
end = datetime.datetime(year + month // 12, month % 12 + 1, 1)

with vwire.open() as h:
    print("%-16s %6s %12s %12s %10s" % ("zone", "links", "sent GB", "p95 Mb/s", "to pay"))
    for u in h.usage(file=sys.argv[2] if len(sys.argv) > 2 else None, by="zone", start=start,
                     end=end, p95=True):
        sent, p95 = u.tx_bytes / 1e9, (u.p95_bps or 0) / 1e6
        print("%-16s %6d %12.3f %12.3f %10.2f" % (
            u.zone or "(host)", u.links, sent, p95, sent * PER_GB + p95 * PER_MBPS))

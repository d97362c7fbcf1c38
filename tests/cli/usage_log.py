#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""usage_log.py FILE: fill an empty accounting log with two hours and a minute of known records.

Written after vwire-acct(8), section "The log", with nothing of the library's: what the manual says
of the file is so tested as well. Times are UTC.
"""
import sqlite3
import sys

DAY = 1795219200            # 2026-11-21 00:00:00
HOUR = DAY + 13 * 3600      # the hours of 13 and 14 o'clock are added up
OPEN = DAY + 15 * 3600      # that of 15 o'clock is not
NET, WEB1, WEB2, WWW, HTTPS = range(1, 6)
SERIES = [
    (NET, 0, "net0", "", "", "", 1, "", 1),
    (WEB1, 0, "web1", "", "red", "", 2, "net0", 0),
    (WEB2, 0, "web2", "", "blue", "", 2, "net0", 0),
    (WWW, 0, "www1", "", "red", "", 2, "net0", 0),     # renamed from web2 once
    (HTTPS, 1, "https1", "web1", "red", "", 0, "", 0),
]
# each five minutes: received and sent bytes, in packets of 1000 bytes
FIVES = {NET: (600000, 120000), WEB1: (500000, 100000), WEB2: (100000, 20000),
         HTTPS: (400000, 80000)}
SAMPLES = {NET: (40000, 8000), WEB1: (40000, 8000), HTTPS: (30000, 6000)}


def num(value):
    out = b""
    while value >= 0x80:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def counts(rx, tx):
    return num(rx) + num(tx) + num(rx // 1000) + num(tx // 1000)


def sample(values):
    out, before = b"", 0
    for series, (rx, tx) in sorted(values.items()):
        out += num(series - before) + counts(rx, tx)
        before = series
    return out


def fives(values):
    out, before = b"", 0
    for series, (rx, tx) in sorted(values.items()):
        rest = b"".join(num(0 if slot == 0 else 1) + num(0) + counts(rx, tx)
                        for slot in range(12))
        out += num(series - before) + num(len(rest)) + rest
        before = series
    return out


def main():
    db = sqlite3.connect(sys.argv[1])
    db.executemany("INSERT INTO series VALUES(?,?,?,?,?,?,?,?,?)", SERIES)
    for series in SERIES:
        gone = series[0] in (WEB2, WWW)
        db.execute("INSERT INTO life VALUES(?,?,?)",
                   (series[0], HOUR * 1000, OPEN * 1000 if gone else None))
    for hour in (HOUR, HOUR + 3600):
        db.execute("INSERT INTO five VALUES(?,?)", (hour, fives(FIVES)))
        db.execute("INSERT INTO span VALUES(1,?,?)", (hour, hour + 3600))
        for series, (rx, tx) in FIVES.items():
            row = (12 * rx, 12 * tx, 12 * rx // 1000, 12 * tx // 1000)
            db.execute("INSERT INTO hour VALUES(?,?,?,?,?,?)", (hour, series) + row)
    db.execute("INSERT INTO span VALUES(2,?,?)", (DAY, OPEN))
    for series, (rx, tx) in FIVES.items():
        row = (24 * rx, 24 * tx, 24 * rx // 1000, 24 * tx // 1000)
        db.execute("INSERT INTO day VALUES(?,?,?,?,?,?)", (DAY, series) + row)
    for number in range(3):
        t0 = (OPEN + 20 * number) * 1000
        db.execute("INSERT INTO sample VALUES(?,?,?,?)",
                   (100 + number, t0, t0 + 20000, sample(SAMPLES)))
    db.execute("INSERT INTO mark VALUES(?,?,1)", ((OPEN + 20) * 1000, NET))
    for key, value in (("first_ms", HOUR * 1000), ("last_ms", (OPEN + 60) * 1000),
                       ("full_ms", (OPEN + 60) * 1000), ("folded", 99), ("hour0", OPEN),
                       ("hour1", OPEN + 3600), ("day0", DAY), ("day1", DAY + 86400),
                       ("samples_from", OPEN)):
        db.execute("INSERT OR REPLACE INTO meta VALUES(?,?)", (key, value))
    db.commit()
    db.close()


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: LGPL-2.1-or-later
"""History from Python: what is asked, what comes back, what is refused."""

import datetime
import os
import subprocess
import sys

from tap import eq, raises, run

import vwire

os.environ['TZ'] = 'UTC'
HERE = os.path.dirname(os.path.abspath(__file__))
LOG = "net.log"
UTC = datetime.timezone.utc


def log():
    """A log of known records, see tests/cli/usage_log.py."""
    path = os.path.join(os.environ["VWIRE_ROOT"], LOG)
    with vwire.open() as h:
        h.set_accounting(file=path, active=False)
    subprocess.run([sys.executable, os.path.join(HERE, "../cli/usage_log.py"), path], check=True)
    return path


def test_a_summary():
    path = log()
    with vwire.open() as h:
        rows = list(h.usage(file=path))
        eq([(u.name, u.zone, u.rx_bytes, u.tx_packets, u.seconds) for u in rows],
           [("net0", None, 14520000, 2904, 7260.0), ("web1", "red", 12120000, 2424, 7260.0)])
        eq(rows[0].reset, True)
        eq(rows[0].p95_bps, None)
        gone = list(h.usage(file=path, gone=True))
        eq([u.name for u in gone if u.gone], ["web2"])
        eq([u.rx_bytes for u in h.usage()], [14520000, 12120000])   # the one that is set


def test_times_are_what_people_have():
    path = log()
    start = datetime.datetime(2026, 11, 21, 15, 0, tzinfo=UTC)
    with vwire.open() as h:
        for when in (start, start.timestamp(), "2026-11-21T15:00Z", "@%d" % start.timestamp()):
            rows = list(h.usage("web1", file=path, start=when, step="record"))
            eq([u.rx_bytes for u in rows], [40000] * 3)
            eq(rows[0].start, start)
            eq(rows[-1].end - rows[0].start, datetime.timedelta(seconds=60))
        raises(TypeError, h.usage, file=path, start=[])
        raises(vwire.BadValue, h.usage, file=path, start="soon")
        raises(vwire.BadValue, h.usage, file=path, start=start, end=start.timestamp() - 60)


def test_a_bill():
    path = log()
    with vwire.open() as h:
        bill = {u.zone: u.rx_bytes + u.tx_bytes for u in h.usage(file=path, by="zone")}
        eq(bill, {None: 17424000, "red": 14544000, "blue": 2880000})
        eq([u.name for u in h.usage(file=path, top=1)], ["net0"])
        p95 = next(h.usage("web1", file=path, p95=True))
        eq((p95.p95_bps, p95.p95_rx_bps, p95.coarse), (19200.0 * 500 / 600, 500000 * 8 / 300, False))
        eq([u.name for u in h.usage(file=path, flows=True, link="web1")], ["https1"])
        eq([u.name for u in h.usage(file=path, zone="")], ["net0"])
        raises(ValueError, h.usage, file=path, by="colour")
        raises(ValueError, h.usage, file=path, step="week")


def test_what_is_no_log():
    with vwire.open() as h:
        error = raises(vwire.NotFound, h.usage)
        assert "no accounting log" in str(error), error
        raises(vwire.NotFound, h.usage, file="/nonexistent")
        raises(vwire.ConfigError, h.usage, file="/etc/passwd")
        raises(vwire.BadValue, h.set_accounting, active=True)
        raises(vwire.ConfigError, h.set_accounting, file="/etc/passwd")
        eq(h.accounting(), vwire.Accounting(False, "none", None, 20, None, None, 0, None))


def test_settings():
    path = os.path.join(os.environ["VWIRE_ROOT"], LOG)
    with vwire.open() as h:
        h.set_accounting(active=True, resources="extended", file=path, interval_s=5)
        state = h.accounting()
        eq((state.active, state.resources, state.file, state.interval_s, state.writer_pid),
           (True, "extended", path, 5, None))
        h.set_accounting(active=False)
        eq(h.accounting().active, False)
        h.set_accounting(close=True)
        eq(h.accounting().file, None)


run(globals())

# SPDX-License-Identifier: LGPL-2.1-or-later
"""The history of links and flows, and the settings of what is recorded."""

import datetime
import numbers
import os
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal, NamedTuple

from . import _vwire
from ._types import LinkClass

Path = str | os.PathLike[str] | None
When = datetime.datetime | float | str | None

_STEPS = {
    "all": _vwire.VW_USAGE_ALL,
    "finest": _vwire.VW_USAGE_FINEST,
    "record": _vwire.VW_USAGE_RECORD,
    "5min": _vwire.VW_USAGE_FIVE,
    "hour": _vwire.VW_USAGE_HOUR,
    "day": _vwire.VW_USAGE_DAY,
    "month": _vwire.VW_USAGE_MONTH,
}
_GROUPS = {
    "name": _vwire.VW_USAGE_BY_NAME,
    "owner": _vwire.VW_USAGE_BY_OWNER,
    "zone": _vwire.VW_USAGE_BY_ZONE,
    "vwire": _vwire.VW_USAGE_BY_VWIRE,
    "total": _vwire.VW_USAGE_TOGETHER,
}
_LEVELS = {
    "none": _vwire.VW_ACCT_NONE,
    "basic": _vwire.VW_ACCT_BASIC,
    "extended": _vwire.VW_ACCT_EXTENDED,
}


class Usage(NamedTuple):
    """What a link, a flow or a group used in a time.

    seconds is how long it was there and recorded; bandwidth_bps both directions together. gone:
    not there any more at the last record. reset: a counter began again at 0. unseen: its end was
    not heard, so its last counters are not known. p95_bps and its sisters are None unless asked
    for; coarse: made of hours, five minutes are not kept so long.
    """

    name: str | None
    link: str | None
    zone: str | None
    vwire: str | None
    cls: LinkClass | None
    gone: bool
    reset: bool
    unseen: bool
    coarse: bool
    links: int
    start: datetime.datetime
    end: datetime.datetime
    seconds: float
    rx_packets: int
    rx_bytes: int
    tx_packets: int
    tx_bytes: int
    bandwidth_bps: float
    p95_bps: float | None
    p95_rx_bps: float | None
    p95_tx_bps: float | None


class Accounting(NamedTuple):
    """What is recorded, where to, and how the writer fares. trouble: why it cannot write now."""

    active: bool
    resources: Literal["none", "basic", "extended"]
    file: str | None
    interval_s: int
    writer_pid: int | None
    recorded: datetime.datetime | None
    waiting: int
    trouble: str | None


def _choose(words: Mapping[str, int], word: str, what: str) -> int:
    if word not in words:
        raise ValueError(f"{what} must be one of {', '.join(words)}, not {word!r}")
    return words[word]


def _when(ms: float) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(ms / 1000).astimezone()


def milliseconds(call: Callable[..., Any], when: When) -> int:
    """A time as the library takes it: a datetime, seconds since 1970, or text; 0: not given."""
    if when is None:
        return 0
    if isinstance(when, datetime.datetime):
        when = when.timestamp()
    if isinstance(when, numbers.Real) and not isinstance(when, bool):
        return max(1, int(when * 1000))
    if not isinstance(when, str):
        raise TypeError(f"expected datetime, a number or str, not {type(when).__name__}")
    return int(call(_vwire.vw_usage_time, when, int(time.time() * 1000)))


def _path(file: Path) -> str | None:
    return None if file is None else os.path.abspath(os.fsdecode(os.fspath(file)))


def usage_filter(call: Callable[..., Any], name: str | None, *, file: Path, flows: bool,
                 link: str | None, zone: str | None, vwire: str | None, start: When, end: When,
                 step: str, by: str, top: int | None, gone: bool, p95: bool,
                 idle: bool) -> tuple[object, ...]:
    """The tuple that bindings/python/usage.h takes."""
    flags = 0
    for wish, bit in ((gone, _vwire.VW_USAGE_GONE), (p95, _vwire.VW_USAGE_P95),
                      (idle, _vwire.VW_USAGE_IDLE)):
        flags |= bit if wish else 0
    if zone == "":
        zone, flags = None, flags | _vwire.VW_USAGE_HOST
    return (_path(file), _vwire.VW_USAGE_FLOWS if flows else _vwire.VW_USAGE_LINKS, name, link,
            zone, vwire,
            milliseconds(call, start), milliseconds(call, end), _choose(_STEPS, step, "step"),
            _choose(_GROUPS, by, "by"), top or 0, flags)


def usage_rows(snapshot: Any, p95: bool) -> Iterator[Usage]:
    """Generator of Usage."""
    while (row := _vwire.vw_usage_next(snapshot)) is not None:
        row["start"] = _when(row["start"])
        row["end"] = _when(row["end"])
        if not p95:
            row["p95_bps"] = row["p95_rx_bps"] = row["p95_tx_bps"] = None
        yield Usage(**row)


def accounting(snapshot: Any) -> Accounting:
    """The Accounting of a vw_acct."""
    row = _vwire.vw_acct_info(snapshot)
    row["recorded"] = row["recorded"] and _when(row["recorded"] * 1000)
    return Accounting(**row)


def settings(active: bool | None, resources: str | None, file: Path, interval_s: int | None,
             close: bool) -> tuple[object, ...]:
    """The tuple that bindings/python/usage.h takes."""
    return (None if active is None else int(active),
            None if resources is None else _choose(_LEVELS, resources, "resources"),
            _path(file),
            interval_s or 0, _vwire.VW_ACCT_CLOSE if close else 0)

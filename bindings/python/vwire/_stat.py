# SPDX-License-Identifier: LGPL-2.1-or-later
"""Counters of links and flows, and their rates."""

import time
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Literal, NamedTuple, Self

from . import _errors, _vwire
from ._records import FlowStats, LinkDrops, LinkStats
from ._types import LinkClass, LinkState


class StatLink(NamedTuple):
    """One link in a Reading; in the difference of two, stats and drops are differences.

    stats is None where the counters cannot be read, drops where they cannot or were not asked
    for. edge links make up Reading.total. gone: deleted since the reading before, with its last
    counters. counter tells the counters apart: the same as long as the same device counts.
    """

    name: str
    zone: str | None
    over: str | None
    bridge: str | None
    cls: LinkClass
    state: LinkState
    edge: bool
    new: bool
    gone: bool
    reset: bool
    ours: bool
    ifindex: int | None
    counter: tuple[int, int]
    speed_mbps: int | None
    maxbw_bps: int | None
    stats: LinkStats | None
    base: LinkStats
    drops: LinkDrops | None


class StatFlow(NamedTuple):
    """One flow in a Reading; stats is None where its link is not there."""

    name: str
    link: str
    zone: str | None
    new: bool
    reset: bool
    maxbw_bps: int | None
    stats: FlowStats | None


class StatLane(NamedTuple):
    """One queue of a link, or with cpu that CPU's share of it; None: Linux does not tell.

    polls are those that found packets, counted with polls=True; under10, to50 and over50 are the
    same by how many packets they found.
    """

    link: str
    zone: str | None
    type: Literal["rx", "tx"]
    hw: bool
    number: int
    cpu: int | None
    packets: int | None
    bytes: int | None
    interrupts: int | None
    polls: int | None
    drops: int | None
    stops: int | None
    wakes: int | None
    under10: int | None
    to50: int | None
    over50: int | None


class Reading:
    """All counters at one moment, or what happened between two: later - earlier.

    time      when it was read, seconds since 1970
    seconds   of a difference: time between the two
    links, flows, lanes     lists of StatLink, StatFlow and StatLane
    total     LinkStats: the sum of all links, no frame counted twice
    """

    def __init__(self, raw: Any) -> None:
        self._raw = raw
        self.time: float = _vwire.vw_stat_time(raw) / 1e9
        self.seconds: float = _vwire.vw_stat_seconds(raw)
        self.total = LinkStats(*_vwire.vw_stat_total(raw))
        self._lists: tuple[list[StatLink], list[StatFlow], list[StatLane]] | None = None

    def __sub__(self, earlier: "Reading") -> "Reading":
        if not isinstance(earlier, Reading):
            return NotImplemented
        status, raw = _vwire.vw_stat_delta(self._raw, earlier._raw)
        if status == _vwire.VW_ERR_BADVAL:
            raise _errors.BadValue(status, "cannot compare readings: they are in the wrong order",
                                   "take the earlier one from the later one")
        if status < 0:
            raise _errors.from_status(status, "cannot compare readings")
        return Reading(raw)

    def rate(self, count: float) -> float:
        """A count of a difference, a second."""
        return count / self.seconds if self.seconds > 0 else 0.0

    @property
    def links(self) -> list[StatLink]:
        return self._all()[0]

    @property
    def flows(self) -> list[StatFlow]:
        return self._all()[1]

    @property
    def lanes(self) -> list[StatLane]:
        return self._all()[2]

    def _all(self) -> tuple[list[StatLink], list[StatFlow], list[StatLane]]:
        if self._lists is None:
            links, flows, lanes = [], [], []
            _vwire.vw_stat_rewind(self._raw)
            while (row := _vwire.vw_stat_link_next(self._raw)) is not None:
                row["base"] = LinkStats(*row["base"])
                row["stats"] = row["stats"] and LinkStats(*row["stats"])
                row["drops"] = row["drops"] and LinkDrops(*row["drops"])
                links.append(StatLink(**row))
            while (row := _vwire.vw_stat_flow_next(self._raw)) is not None:
                row["stats"] = row["stats"] and FlowStats(*row["stats"])
                flows.append(StatFlow(**row))
            while (row := _vwire.vw_stat_lane_next(self._raw)) is not None:
                lanes.append(StatLane(**row))
            self._lists = links, flows, lanes
        return self._lists


class Statistics:
    """A session that reads counters again and again, made by Handle.statistics()."""

    def __init__(self, handle: Any, raw: Any) -> None:
        self._handle = handle
        self._raw = raw

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.close()

    @property
    def closed(self) -> bool:
        """True after close(), or after the handle was closed."""
        return self._raw is None

    def close(self) -> None:
        """End the session; its readings stay."""
        with self._handle._lock:
            raw, self._raw = self._raw, None
            if raw is not None:
                _vwire.close_owned(raw)

    def fileno(self) -> int:
        """Descriptor that polls readable when links came or went."""
        return int(_vwire.vw_stat_fd(self._need_open()))

    def read(self) -> Reading:
        """A Reading of all counters now."""
        return Reading(self._handle._call(lambda _: _vwire.vw_stat_read(self._need_open())))

    def every(self, seconds: float = 1.0, count: int | None = None) -> Iterator[Reading]:
        """Generator of differences, each over that many seconds; count None: without end."""
        before, due = self.read(), time.monotonic()
        while count is None or count > 0:
            due += seconds
            time.sleep(max(0.0, due - time.monotonic()))
            now = self.read()
            yield now - before
            before = now
            count = None if count is None else count - 1

    def _need_open(self) -> Any:
        if self._raw is None:
            raise _errors.BadValue(_errors.Status.BADVAL, "the session is closed")
        return self._raw

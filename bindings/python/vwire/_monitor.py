# SPDX-License-Identifier: LGPL-2.1-or-later
"""Link events."""

import os
import select
import threading
import time
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Self

from . import _errors, _vwire
from ._records import Event

_os: Any = os   # type checkers of 2023 have not heard of eventfd


class Monitor:
    """A stream of link events, made by Handle.monitor(); it may outlive its handle.

    Iterate it for ever, or events(timeout=...); or wait for fileno() with others in select(2)
    and then call next(timeout=0) until it gives None. close() from another thread ends a wait.
    """

    def __init__(self, raw: Any) -> None:
        self._raw = raw
        self._lock = threading.Lock()
        self._waiters = 0
        self._closed = False
        self._wake = _os.eventfd(0, _os.EFD_CLOEXEC | _os.EFD_NONBLOCK)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.close()

    def __del__(self) -> None:
        if hasattr(self, "_wake"):
            self.close()

    def __iter__(self) -> Iterator[Event]:
        return self.events()

    @property
    def closed(self) -> bool:
        """True after close()."""
        return self._closed

    def fileno(self) -> int:
        """Descriptor that polls readable when an event may be waiting."""
        with self._lock:
            self._need_open()
            return int(_vwire.vw_monitor_fd(self._raw))

    def next(self, timeout: float | None = None) -> Event | None:
        """The next event; None when none came within timeout seconds. timeout=None: wait."""
        deadline = None if timeout is None else time.monotonic() + max(timeout, 0)
        while True:
            event = self._take()
            if event is not None:
                return event
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                return None
            self._wait(left)

    def events(self, timeout: float | None = None) -> Iterator[Event]:
        """Generator of events; ends when none came for timeout seconds, or at close()."""
        while not self._closed:
            try:
                event = self.next(timeout)
            except _errors.BadValue:
                if self._closed:
                    return
                raise
            if event is None:
                return
            yield event

    def close(self) -> None:
        """Stop listening; a thread that waits for an event is woken."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            if self._waiters == 0:
                self._free()
            else:
                _os.eventfd_write(self._wake, 1)

    def _need_open(self) -> None:
        if self._closed:
            raise _errors.BadValue(_errors.Status.BADVAL, "the monitor is closed")

    def _free(self) -> None:
        _vwire.close_owned(self._raw)
        os.close(self._wake)

    def _take(self) -> Event | None:
        with self._lock:
            self._need_open()
            status, row = _vwire.vw_monitor_next(self._raw)
        if status < 0:
            raise _errors.from_status(status, "cannot read link events")
        return None if row is None else Event(**row)

    # The descriptors stay open while anyone polls them: the last one out frees.
    def _wait(self, seconds: float | None) -> None:
        with self._lock:
            self._need_open()
            self._waiters += 1
        try:
            poll = select.poll()
            poll.register(_vwire.vw_monitor_fd(self._raw), select.POLLIN)
            poll.register(self._wake, select.POLLIN)
            poll.poll(None if seconds is None else int(seconds * 1000) + 1)
        finally:
            with self._lock:
                self._waiters -= 1
                if self._closed and self._waiters == 0:
                    self._free()

# SPDX-License-Identifier: LGPL-2.1-or-later
"""Link events."""

import os
import select
import threading
import time

from . import _errors, _records, _vwire


class Monitor:
    """A stream of link events, made by Handle.monitor(); it may outlive its handle.

    Iterate it for ever, or events(timeout=...); or wait for fileno() with others in select(2)
    and then call next(timeout=0) until it gives None. close() from another thread ends a wait.
    """

    def __init__(self, raw):
        self._raw = raw
        self._lock = threading.Lock()
        self._waiters = 0
        self._closed = False
        self._wake = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        self.close()

    def __del__(self):
        if hasattr(self, "_wake"):
            self.close()

    def __iter__(self):
        return self.events()

    @property
    def closed(self):
        """True after close()."""
        return self._closed

    def fileno(self):
        """Descriptor that polls readable when an event may be waiting."""
        with self._lock:
            self._need_open()
            return _vwire.vw_monitor_fd(self._raw)

    def next(self, timeout=None):
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

    def events(self, timeout=None):
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

    def close(self):
        """Stop listening; a thread that waits for an event is woken."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            if self._waiters == 0:
                self._free()
            else:
                os.eventfd_write(self._wake, 1)

    def _need_open(self):
        if self._closed:
            raise _errors.BadValue(_errors.Status.BADVAL, "the monitor is closed")

    def _free(self):
        _vwire.close_owned(self._raw)
        os.close(self._wake)

    def _take(self):
        with self._lock:
            self._need_open()
            status, row = _vwire.vw_monitor_next(self._raw)
        if status < 0:
            raise _errors.from_status(status, "cannot read link events")
        return None if row is None else _records.Event(**row)

    # The descriptors stay open while anyone polls them: the last one out frees.
    def _wait(self, seconds):
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

# SPDX-License-Identifier: LGPL-2.1-or-later
"""One exception for each status of the library."""

import enum
from collections.abc import Iterable
from typing import Any

from . import _vwire
from ._records import ReportItem


class Status(enum.IntEnum):
    """Result of a call of the C library (enum vw_status)."""

    OK = _vwire.VW_OK
    NOMEM = _vwire.VW_ERR_NOMEM
    BADVAL = _vwire.VW_ERR_BADVAL
    NOTFOUND = _vwire.VW_ERR_NOTFOUND
    EXIST = _vwire.VW_ERR_EXIST
    BUSY = _vwire.VW_ERR_BUSY
    DENIED = _vwire.VW_ERR_DENIED
    NOTSUP = _vwire.VW_ERR_NOTSUP
    KERNEL = _vwire.VW_ERR_KERNEL
    IO = _vwire.VW_ERR_IO
    CONFIG = _vwire.VW_ERR_CONFIG
    INCONSISTENT = _vwire.VW_ERR_INCONSISTENT
    TIMEOUT = _vwire.VW_ERR_TIMEOUT
    READONLY = _vwire.VW_ERR_READONLY
    TEMPONLY = _vwire.VW_ERR_TEMPONLY
    PARTIAL = _vwire.VW_ERR_PARTIAL


class Error(OSError):
    """A call failed; str() is one sentence that says what could not be done and why.

    status   a Status
    message  the sentence
    hint     how to fix it, or ""
    kernel   the kernel's own words, or ""
    errno    the errno behind it; 0: none
    note     what went wrong while undoing, or "": the system may need restore()
    """

    errno: int

    def __init__(self, status: int, message: str, hint: str = "", kernel: str = "", errno: int = 0,
                 note: str = "") -> None:
        super().__init__(errno, message)
        self.status = status
        self.message = message
        self.hint = hint
        self.kernel = kernel
        self.note = note
        if hint:
            self.add_note("hint: " + hint)
        if note:
            self.add_note("note: " + note)

    def __str__(self) -> str:
        return self.message

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (
            self.status, self.message, self.hint, self.kernel, self.errno, self.note)


class NoMemory(Error):
    """Out of memory."""


class BadValue(Error, ValueError):
    """A value is malformed, out of range or not allowed here; or the handle is closed."""


class NotFound(Error, LookupError):
    """No such link, zone, property or saved object."""


class Exists(Error, FileExistsError):
    """The name or the MAC address is taken."""


class Busy(Error):
    """In use: other links sit on it, or it is up and may not be."""


class Denied(Error, PermissionError):
    """The caller lacks a privilege; the message names it."""


class NotSupported(Error):
    """This kernel, driver or link cannot do it."""


class KernelError(Error):
    """The kernel refused for another reason; its own words are in kernel."""


class IOFailure(Error):
    """Reading or writing a file failed."""


class ConfigError(Error):
    """The saved configuration is malformed; the message names the member."""


class Inconsistent(Error):
    """Links changed during every one of the reads tried."""


class Timeout(Error, TimeoutError):
    """The lock or the kernel did not answer in time."""


class ReadOnly(Error):
    """The property cannot be set."""


class TemporaryOnly(Error):
    """The change cannot be saved; ask with temporary=True."""


class Partial(Error):
    """Some of the objects failed; report is the list of ReportItem that names each."""

    def __init__(self, status: int, message: str, hint: str = "", kernel: str = "", errno: int = 0,
                 note: str = "", report: Iterable[ReportItem] = ()) -> None:
        super().__init__(status, message, hint, kernel, errno, note)
        self.report = list(report)

    def __reduce__(self) -> tuple[Any, ...]:
        kind, args = super().__reduce__()
        return kind, (*args, self.report)


_KINDS: dict[int, type[Error]] = {
    Status.NOMEM: NoMemory,
    Status.BADVAL: BadValue,
    Status.NOTFOUND: NotFound,
    Status.EXIST: Exists,
    Status.BUSY: Busy,
    Status.DENIED: Denied,
    Status.NOTSUP: NotSupported,
    Status.KERNEL: KernelError,
    Status.IO: IOFailure,
    Status.CONFIG: ConfigError,
    Status.INCONSISTENT: Inconsistent,
    Status.TIMEOUT: Timeout,
    Status.READONLY: ReadOnly,
    Status.TEMPONLY: TemporaryOnly,
    Status.PARTIAL: Partial,
}


def from_status(status: int, what: str) -> Error:
    """The exception for a status when no handle can tell more than its text."""
    return _KINDS.get(status, Error)(status, f"{what}: {_vwire.vw_status_text(status)}")


def from_handle(raw: Any, status: int) -> Error:
    """The exception for the last failure on a handle. A newer library may know more statuses."""
    return _KINDS.get(status, Error)(
        status,
        _vwire.vw_error_message(raw) or _vwire.vw_status_text(status),
        _vwire.vw_error_hint(raw),
        _vwire.vw_error_kernel(raw),
        _vwire.vw_error_errno(raw),
        _vwire.vw_error_note(raw),
    )

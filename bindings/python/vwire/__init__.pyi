# SPDX-License-Identifier: LGPL-2.1-or-later
# What type checkers and editors see of the package vwire. The C headers in include/vwire/ say
# what each call means in full; here is what Python makes of them.

import os
from collections.abc import Iterable, Iterator
from enum import IntEnum
from types import TracebackType
from typing import Any, Literal, NamedTuple, Self, TypedDict

from ._types import (
    LinkClass as LinkClass,
    LinkState as LinkState,
    Duplex as Duplex,
    MacType as MacType,
    LacpMode as LacpMode,
    LacpTimer as LacpTimer,
    IptunType as IptunType,
    EventType as EventType,
    Outcome as Outcome,
    StpState as StpState,
    PropertyValue as PropertyValue,
    Properties as Properties,
    Zone as Zone,
    LogFunction as LogFunction,
)

__version__: str

# Errors

class Status(IntEnum):
    OK = 0
    NOMEM = -1
    BADVAL = -2
    NOTFOUND = -3
    EXIST = -4
    BUSY = -5
    DENIED = -6
    NOTSUP = -7
    KERNEL = -8
    IO = -9
    CONFIG = -10
    INCONSISTENT = -11
    TIMEOUT = -12
    READONLY = -13
    TEMPONLY = -14
    PARTIAL = -15

class Error(OSError):
    status: int
    message: str
    hint: str
    kernel: str
    note: str
    errno: int
    def __init__(
        self,
        status: int,
        message: str,
        hint: str = "",
        kernel: str = "",
        errno: int = 0,
        note: str = "",
    ) -> None: ...

class NoMemory(Error): ...
class BadValue(Error, ValueError): ...
class NotFound(Error, LookupError): ...
class Exists(Error, FileExistsError): ...
class Busy(Error): ...
class Denied(Error, PermissionError): ...
class NotSupported(Error): ...
class KernelError(Error): ...
class IOFailure(Error): ...
class ConfigError(Error): ...
class Inconsistent(Error): ...
class Timeout(Error, TimeoutError): ...
class ReadOnly(Error): ...
class TemporaryOnly(Error): ...

class Partial(Error):
    report: list[ReportItem]
    def __init__(
        self,
        status: int,
        message: str,
        hint: str = "",
        kernel: str = "",
        errno: int = 0,
        note: str = "",
        report: Iterable[ReportItem] = (),
    ) -> None: ...

# Records: immutable, and independent of the handle they came from

class LinkStats(NamedTuple):
    rx_packets: int
    rx_bytes: int
    rx_errors: int
    rx_dropped: int
    tx_packets: int
    tx_bytes: int
    tx_errors: int
    tx_dropped: int
    multicast: int

class Link(NamedTuple):
    name: str
    cls: LinkClass
    state: LinkState
    mtu: int | None
    over: str | None
    zone: str | None
    vid: int
    mac: str | None
    mac_type: MacType | None
    bridge: str | None
    kernel_name: str | None
    ifindex: int | None
    saved: bool
    temporary: bool
    forced: bool
    foreign: bool
    speed_mbps: int | None
    duplex: Duplex | None
    driver: str | None
    media: str | None
    stats: LinkStats | None
    @property
    def ports(self) -> tuple[str, ...]: ...

class NewVnic(NamedTuple):
    name: str
    over: str
    mac: str | None = None
    mac_prefix: str | None = None
    vid: int = 0
    zone: Zone | None = None
    props: Properties | None = None

class AggrPort(NamedTuple):
    name: str
    speed_mbps: int | None
    duplex: Duplex | None
    state: LinkState
    mac: str
    attached: bool
    lacp: LacpState | None
    stats: LinkStats

class LacpState(NamedTuple):
    aggregatable: bool
    sync: bool
    coll: bool
    dist: bool
    defaulted: bool
    expired: bool

class Aggr(NamedTuple):
    name: str
    policy: str
    lacp: LacpMode
    timer: LacpTimer
    mac: str
    mac_fixed: bool
    forced: bool
    state: LinkState
    speed_mbps: int | None
    duplex: Duplex | None
    ports: tuple[AggrPort, ...]

class BridgePort(NamedTuple):
    name: str
    ifindex: int
    stp_state: StpState | None
    cost: int
    priority: int
    designated_root: str
    designated_bridge: str
    designated_cost: int
    designated_port: int
    topology_change_ack: bool
    stats: LinkStats

class FdbEntry(NamedTuple):
    mac: str
    port: str
    local: bool
    static: bool
    age_ms: int

class Bridge(NamedTuple):
    name: str
    stp: bool
    mac: str
    priority: int
    max_age_s: int
    hello_s: int
    forward_delay_s: int
    root_id: str
    root_cost: int
    root_port: int
    topology_change: bool
    topology_change_detected: bool
    topology_change_timer_s: int
    stats: LinkStats
    ports: tuple[BridgePort, ...]
    fdb: tuple[FdbEntry, ...]

class Iptun(NamedTuple):
    name: str
    type: IptunType | None
    local: str | None
    remote: str | None

class Property(NamedTuple):
    link: str
    name: str
    value: str
    default: str
    possible: str
    perm: Literal["rw", "r-"]
    supported: bool

class PropertyInfo(NamedTuple):
    name: str
    perm: Literal["rw", "r-"]
    classes: tuple[LinkClass, ...]
    default: str
    possible: str
    help: str

class Ether(NamedTuple):
    name: str
    ptype: Literal["current", "capable", "adv", "peeradv"]
    state: LinkState
    autoneg: bool | None
    speed_duplex: str
    pause: str
    rem_fault: str

class PhysMac(NamedTuple):
    name: str
    slot: str
    mac: str
    in_use: bool
    client: str

class PhysRing(NamedTuple):
    name: str
    type: Literal["RX", "TX"]
    first: int
    last: int
    clients: str

class Event(NamedTuple):
    type: EventType
    name: str | None
    cls: LinkClass | None
    state: LinkState | None
    ifindex: int
    mtu: int | None

class ReportItem(NamedTuple):
    path: str
    link: str
    outcome: Outcome
    want: str
    found: str
    message: str

class Feature(NamedTuple):
    name: str
    present: bool | None
    serves: str
    advice: str

class _NewVnicRequired(TypedDict):
    name: str
    over: str

class _NewVnicDict(_NewVnicRequired, total=False):
    mac: str | None
    mac_prefix: str | None
    vid: int
    zone: Zone | None
    props: Properties | None

# The handle

def open(
    root: str | os.PathLike[str] | None = None,
    *,
    offline: bool = False,
    log: LogFunction | None = None,
) -> Handle: ...

class Handle:
    def __init__(
        self,
        root: str | os.PathLike[str] | None = None,
        *,
        offline: bool = False,
        log: LogFunction | None = None,
    ) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...
    def close(self) -> None: ...
    @property
    def closed(self) -> bool: ...

    # every class of link
    def links(
        self,
        name: str | None = None,
        *,
        over: str | None = None,
        cls: LinkClass | Iterable[LinkClass] | None = None,
        saved: bool = False,
        stats: bool = False,
        detail: bool = False,
    ) -> Iterator[Link]: ...
    def link(
        self, name: str, *, saved: bool = False, stats: bool = False, detail: bool = False
    ) -> Link: ...
    def rename(self, old_name: str, new_name: str) -> None: ...

    # VNICs
    def create_vnic(
        self,
        name: str,
        over: str,
        *,
        mac: str | None = None,
        mac_prefix: str | None = None,
        vid: int = 0,
        zone: Zone | None = None,
        props: Properties | None = None,
        temporary: bool = False,
        force: bool = False,
    ) -> None: ...
    def create_vnics(
        self,
        vnics: Iterable[NewVnic | _NewVnicDict],
        *,
        temporary: bool = False,
        force: bool = False,
    ) -> None: ...
    def delete_vnic(self, name: str | Iterable[str], *, temporary: bool = False) -> None: ...

    # etherstubs
    def create_etherstub(self, name: str, *, temporary: bool = False) -> None: ...
    def delete_etherstub(self, name: str, *, temporary: bool = False) -> None: ...

    # VLAN links
    def create_vlan(
        self,
        name: str | None,
        over: str,
        vid: int,
        *,
        props: Properties | None = None,
        temporary: bool = False,
        force: bool = False,
    ) -> str: ...
    def delete_vlan(self, name: str, *, temporary: bool = False) -> None: ...

    # aggregations
    def create_aggr(
        self,
        name: str,
        ports: Iterable[str],
        *,
        policy: str | None = None,
        lacp: LacpMode | None = None,
        timer: LacpTimer | None = None,
        mac: str | None = None,
        props: Properties | None = None,
        temporary: bool = False,
        force: bool = False,
    ) -> None: ...
    def modify_aggr(
        self,
        name: str,
        *,
        policy: str | None = None,
        lacp: LacpMode | None = None,
        timer: LacpTimer | None = None,
        mac: str | None = None,
        temporary: bool = False,
    ) -> None: ...
    def add_aggr(
        self, name: str, ports: Iterable[str], *, temporary: bool = False, force: bool = False
    ) -> None: ...
    def remove_aggr(
        self, name: str, ports: Iterable[str], *, temporary: bool = False
    ) -> None: ...
    def delete_aggr(self, name: str, *, temporary: bool = False) -> None: ...
    def aggrs(self, name: str | None = None, *, saved: bool = False) -> Iterator[Aggr]: ...

    # simnets
    def create_simnet(self, name: str, *, temporary: bool = False) -> None: ...
    def modify_simnet(
        self, name: str, peer: str | None, *, temporary: bool = False
    ) -> None: ...
    def delete_simnet(self, name: str, *, temporary: bool = False) -> None: ...

    # bridges
    def create_bridge(
        self,
        name: str,
        ports: Iterable[str] = (),
        *,
        priority: int | None = None,
        max_age_s: int | None = None,
        hello_s: int | None = None,
        forward_delay_s: int | None = None,
        stp: bool | None = None,
        temporary: bool = False,
    ) -> None: ...
    def modify_bridge(
        self,
        name: str,
        *,
        priority: int | None = None,
        max_age_s: int | None = None,
        hello_s: int | None = None,
        forward_delay_s: int | None = None,
        stp: bool | None = None,
        temporary: bool = False,
    ) -> None: ...
    def add_bridge(
        self, name: str, ports: Iterable[str], *, temporary: bool = False
    ) -> None: ...
    def remove_bridge(
        self, name: str, ports: Iterable[str], *, temporary: bool = False
    ) -> None: ...
    def delete_bridge(self, name: str, *, temporary: bool = False) -> None: ...
    def bridges(
        self,
        name: str | None = None,
        *,
        saved: bool = False,
        stats: bool = False,
        detail: bool = False,
    ) -> Iterator[Bridge]: ...

    # IP tunnels
    def create_iptun(
        self,
        name: str,
        type: IptunType,
        *,
        local: str | None = None,
        remote: str | None = None,
        props: Properties | None = None,
        temporary: bool = False,
    ) -> None: ...
    def modify_iptun(
        self,
        name: str,
        *,
        local: str | None = None,
        remote: str | None = None,
        temporary: bool = False,
    ) -> None: ...
    def delete_iptun(self, name: str, *, temporary: bool = False) -> None: ...
    def iptuns(self, name: str | None = None, *, saved: bool = False) -> Iterator[Iptun]: ...

    # properties
    def properties(
        self,
        link: str | None = None,
        names: str | Iterable[str] | None = None,
        *,
        saved: bool = False,
    ) -> Iterator[Property]: ...
    def get_property(self, link: str, name: str, *, saved: bool = False) -> str: ...
    def set_property(
        self, link: str, name: str, value: PropertyValue, *, temporary: bool = False
    ) -> None: ...
    def reset_property(
        self, link: str, name: str | None = None, *, temporary: bool = False
    ) -> None: ...

    # hardware
    def ether(self, name: str | None = None, *, detail: bool = False) -> Iterator[Ether]: ...
    def phys_macs(self, name: str | None = None) -> Iterator[PhysMac]: ...
    def phys_rings(self, name: str | None = None) -> Iterator[PhysRing]: ...

    # events and documents
    def monitor(self) -> Monitor: ...
    def restore(self) -> list[ReportItem]: ...
    def check(self) -> list[ReportItem]: ...
    def probe(self) -> list[Feature]: ...

class Monitor:
    def __init__(self, raw: Any) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...
    def __iter__(self) -> Iterator[Event]: ...
    def next(self, timeout: float | None = None) -> Event | None: ...
    def events(self, timeout: float | None = None) -> Iterator[Event]: ...
    def fileno(self) -> int: ...
    def close(self) -> None: ...
    @property
    def closed(self) -> bool: ...

# Without a handle

def probe() -> list[Feature]: ...
def property_table() -> Iterator[PropertyInfo]: ...
def escape(text: str) -> str: ...

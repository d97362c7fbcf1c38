# SPDX-License-Identifier: LGPL-2.1-or-later
# What type checkers and editors see of the package vwire. The C headers in include/vwire/ say
# what each call means in full; here is what Python makes of them.

import os
from collections.abc import Iterable, Iterator
from datetime import datetime
from enum import IntEnum
from types import TracebackType
from typing import Any, Literal, NamedTuple, Self, TypedDict

from ._types import (
    LinkClass as LinkClass,
    LinkState as LinkState,
    Duplex as Duplex,
    DataPath as DataPath,
    MacType as MacType,
    LacpMode as LacpMode,
    LacpTimer as LacpTimer,
    IptunType as IptunType,
    EventType as EventType,
    Outcome as Outcome,
    StpState as StpState,
    Transport as Transport,
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

class LinkDrops(NamedTuple):
    limit: int
    blocked: int
    tagged: int
    mac: int
    ip: int
    arp: int
    nd: int
    dhcp: int
    restricted: int
    control: int
    other: int

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
    datapath: DataPath | None
    maxbw_bps: int | None
    drops: LinkDrops | None
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

class ExplainItem(NamedTuple):
    subject: str
    object: str

class NewFlow(NamedTuple):
    name: str
    link: str
    match: Properties
    props: Properties | None = None

class FlowStats(NamedTuple):
    in_packets: int
    in_bytes: int
    out_packets: int
    out_bytes: int
    drops: int

class Flow(NamedTuple):
    name: str
    link: str
    zone: str | None
    local_ip: str | None
    remote_ip: str | None
    transport: Transport | None
    local_port: int | None
    remote_port: int | None
    dsfield: str | None
    saved: bool
    temporary: bool
    absent: bool
    stats: FlowStats | None

class FlowProperty(NamedTuple):
    flow: str
    link: str
    name: str
    value: str
    default: str
    possible: str

class FlowPropertyInfo(NamedTuple):
    name: str
    default: str
    possible: str
    help: str

class _NewFlowRequired(TypedDict):
    name: str
    link: str
    match: Properties

class _NewFlowDict(_NewFlowRequired, total=False):
    props: Properties | None

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

class StatLink(NamedTuple):
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
    name: str
    link: str
    zone: str | None
    new: bool
    reset: bool
    maxbw_bps: int | None
    stats: FlowStats | None

class StatLane(NamedTuple):
    link: str
    zone: str | None
    type: str
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

class Reading:
    def __init__(self, raw: Any) -> None: ...
    time: float
    seconds: float
    total: LinkStats
    def __sub__(self, earlier: Reading) -> Reading: ...
    def rate(self, count: int) -> float: ...
    @property
    def links(self) -> list[StatLink]: ...
    @property
    def flows(self) -> list[StatFlow]: ...
    @property
    def lanes(self) -> list[StatLane]: ...

class Usage(NamedTuple):
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
    start: datetime
    end: datetime
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
    active: bool
    resources: str
    file: str | None
    interval_s: int
    writer_pid: int | None
    recorded: datetime | None
    waiting: int
    trouble: str | None

class Statistics:
    def __init__(self, handle: Handle, raw: Any) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...
    @property
    def closed(self) -> bool: ...
    def close(self) -> None: ...
    def fileno(self) -> int: ...
    def read(self) -> Reading: ...
    def every(
        self, seconds: float = 1.0, count: int | None = None
    ) -> Iterator[Reading]: ...

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

    # flows
    def add_flow(
        self,
        name: str,
        link: str,
        match: Properties,
        *,
        props: Properties | None = None,
        temporary: bool = False,
    ) -> None: ...
    def add_flows(
        self, flows: Iterable[NewFlow | _NewFlowDict], *, temporary: bool = False
    ) -> None: ...
    def remove_flow(self, name: str, *, temporary: bool = False) -> None: ...
    def remove_flows(self, link: str, *, temporary: bool = False) -> None: ...
    def flows(
        self,
        name: str | None = None,
        *,
        link: str | None = None,
        saved: bool = False,
        stats: bool = False,
    ) -> Iterator[Flow]: ...
    def flow(self, name: str, *, saved: bool = False, stats: bool = False) -> Flow: ...
    def flow_properties(
        self,
        flow: str | None = None,
        names: str | Iterable[str] | None = None,
        *,
        link: str | None = None,
        saved: bool = False,
    ) -> Iterator[FlowProperty]: ...
    def get_flow_property(self, flow: str, name: str, *, saved: bool = False) -> str: ...
    def set_flow_property(
        self, flow: str, name: str, value: PropertyValue, *, temporary: bool = False
    ) -> None: ...
    def reset_flow_property(
        self, flow: str, name: str | None = None, *, temporary: bool = False
    ) -> None: ...

    # hardware
    def ether(self, name: str | None = None, *, detail: bool = False) -> Iterator[Ether]: ...
    def phys_macs(self, name: str | None = None) -> Iterator[PhysMac]: ...
    def phys_rings(self, name: str | None = None) -> Iterator[PhysRing]: ...

    # events and documents
    def usage(
        self,
        name: str | None = None,
        *,
        file: str | os.PathLike[str] | None = None,
        flows: bool = False,
        link: str | None = None,
        zone: str | None = None,
        vwire: str | None = None,
        start: datetime | float | str | None = None,
        end: datetime | float | str | None = None,
        step: str = "all",
        by: str = "name",
        top: int | None = None,
        gone: bool = False,
        p95: bool = False,
        idle: bool = False,
    ) -> Iterator[Usage]: ...
    def accounting(self) -> Accounting: ...
    def set_accounting(
        self,
        *,
        active: bool | None = None,
        resources: str | None = None,
        file: str | os.PathLike[str] | None = None,
        interval_s: int | None = None,
        close: bool = False,
    ) -> None: ...
    def statistics(
        self,
        link: str | None = None,
        *,
        zone: str | None = None,
        flow: str | None = None,
        cls: LinkClass | Iterable[LinkClass] | None = None,
        flows: bool = False,
        drops: bool = False,
        limits: bool = False,
        lanes: bool = False,
        here: bool = False,
    ) -> Statistics: ...
    def monitor(self) -> Monitor: ...
    def restore(self) -> list[ReportItem]: ...
    def check(self) -> list[ReportItem]: ...
    def explain(self, link: str) -> list[ExplainItem]: ...
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
def flow_property_table() -> Iterator[FlowPropertyInfo]: ...
def flow_attribute_table() -> Iterator[FlowPropertyInfo]: ...
def escape(text: str) -> str: ...

# SPDX-License-Identifier: LGPL-2.1-or-later
# What type checkers and editors see of the package vwire. The C headers in include/vwire/ say
# what each call means in full; here is what Python makes of them. Files that carry annotations of
# their own are imported.

import os
from collections.abc import Iterable, Iterator
from datetime import datetime
from enum import IntEnum
from types import TracebackType
from typing import Self, TypedDict

from ._errors import (
    BadValue as BadValue,
    Busy as Busy,
    ConfigError as ConfigError,
    Denied as Denied,
    Error as Error,
    Exists as Exists,
    Inconsistent as Inconsistent,
    IOFailure as IOFailure,
    KernelError as KernelError,
    NoMemory as NoMemory,
    NotFound as NotFound,
    NotSupported as NotSupported,
    Partial as Partial,
    ReadOnly as ReadOnly,
    TemporaryOnly as TemporaryOnly,
    Timeout as Timeout,
)
from ._monitor import Monitor as Monitor
from ._records import (
    Aggr as Aggr,
    AggrPort as AggrPort,
    Bridge as Bridge,
    BridgePort as BridgePort,
    Ether as Ether,
    Event as Event,
    ExplainItem as ExplainItem,
    FdbEntry as FdbEntry,
    Feature as Feature,
    Flow as Flow,
    FlowProperty as FlowProperty,
    FlowPropertyInfo as FlowPropertyInfo,
    FlowStats as FlowStats,
    Iptun as Iptun,
    LacpState as LacpState,
    Link as Link,
    LinkDrops as LinkDrops,
    LinkStats as LinkStats,
    NewFlow as NewFlow,
    NewVnic as NewVnic,
    PhysMac as PhysMac,
    PhysRing as PhysRing,
    Property as Property,
    PropertyInfo as PropertyInfo,
    ReportItem as ReportItem,
)
from ._stat import (
    Reading as Reading,
    StatFlow as StatFlow,
    Statistics as Statistics,
    StatLane as StatLane,
    StatLink as StatLink,
)
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
from ._usage import Accounting as Accounting, Usage as Usage

__version__: str

# The values come from C.
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
        polls: bool = False,
        here: bool = False,
    ) -> Statistics: ...
    def monitor(self) -> Monitor: ...
    def restore(self) -> list[ReportItem]: ...
    def check(self) -> list[ReportItem]: ...
    def explain(self, link: str) -> list[ExplainItem]: ...
    def probe(self) -> list[Feature]: ...

# Without a handle

def probe() -> list[Feature]: ...
def property_table() -> Iterator[PropertyInfo]: ...
def flow_property_table() -> Iterator[FlowPropertyInfo]: ...
def flow_attribute_table() -> Iterator[FlowPropertyInfo]: ...
def escape(text: str) -> str: ...

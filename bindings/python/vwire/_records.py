# SPDX-License-Identifier: LGPL-2.1-or-later
"""Immutable records: what lists hand out. Units are in the names; None: not known, not set."""

import os
from collections.abc import Iterable, Mapping
from typing import Any, Literal, NamedTuple

from ._types import (
    DataPath, Duplex, EventType, IptunType, LacpMode, LacpTimer, LinkClass, LinkState, MacType,
    Outcome, Properties, StpState, Transport, Zone)


class LinkStats(NamedTuple):
    """Counters since the link was created; packets and bytes of frames."""

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
    """Frames the host took away from a link since it was created, by reason."""

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
    """One link of any class.

    over is the link below a vnic or vlan, the peer of a simnet, and the ports of an aggr or
    bridge joined by ','. speed_mbps, duplex, driver and media are filled with detail=True, stats
    and drops with stats=True. datapath is "guarded" or "direct" for a vnic; maxbw_bps None: no
    limit, 0: everything is dropped.
    """

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
    def ports(self) -> tuple[str, ...]:
        """The ports of an aggr or bridge, as a tuple of names."""
        if self.cls not in ("aggr", "bridge") or not self.over:
            return ()
        return tuple(self.over.split(","))


class NewVnic(NamedTuple):
    """What a VNIC is made of; the arguments of Handle.create_vnic()."""

    name: str
    over: str
    mac: str | None = None
    mac_prefix: str | None = None
    vid: int = 0
    zone: Zone | None = None
    props: Properties | None = None


class LacpState(NamedTuple):
    """Actor state of a port (IEEE 802.1AX)."""

    aggregatable: bool
    sync: bool
    coll: bool
    dist: bool
    defaulted: bool
    expired: bool


class AggrPort(NamedTuple):
    """One port of an aggregation; attached: it carries traffic; lacp None: LACP is off."""

    name: str
    speed_mbps: int | None
    duplex: Duplex | None
    state: LinkState
    mac: str
    attached: bool
    lacp: LacpState | None
    stats: LinkStats


class Aggr(NamedTuple):
    """One aggregation; policy is "L4", "L2,L3" and so on."""

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
    """One port of a bridge."""

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
    """One entry of a bridge's forwarding table; static entries do not age."""

    mac: str
    port: str
    local: bool
    static: bool
    age_ms: int


class Bridge(NamedTuple):
    """One bridge; root_id is "8000.2:8:20:36:ed:5": priority in hex, then the address."""

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
    """One IP tunnel."""

    name: str
    type: IptunType | None
    local: str | None
    remote: str | None


class Property(NamedTuple):
    """One property of one link; value "": not set, "?": could not be read."""

    link: str
    name: str
    value: str
    default: str
    possible: str
    perm: Literal["rw", "r-"]
    supported: bool


class PropertyInfo(NamedTuple):
    """What a property is, apart from any link."""

    name: str
    perm: Literal["rw", "r-"]
    classes: tuple[LinkClass, ...]
    default: str
    possible: str
    help: str


class Ether(NamedTuple):
    """What the Ethernet layer of a phys link says: one row of dladm show-ether."""

    name: str
    ptype: Literal["current", "capable", "adv", "peeradv"]
    state: LinkState
    autoneg: bool | None
    speed_duplex: str
    pause: str
    rem_fault: str


class PhysMac(NamedTuple):
    """A hardware address and the link that uses it: one row of dladm show-phys -m."""

    name: str
    slot: str
    mac: str
    in_use: bool
    client: str


class PhysRing(NamedTuple):
    """A group of hardware queues: one row of dladm show-phys -H."""

    name: str
    type: Literal["RX", "TX"]
    first: int
    last: int
    clients: str


class Event(NamedTuple):
    """A link came, changed or went; type "resync": events were lost, list the links again."""

    type: EventType
    name: str | None
    cls: LinkClass | None
    state: LinkState | None
    ifindex: int
    mtu: int | None


class ReportItem(NamedTuple):
    """What became of one member of the saved configuration."""

    path: str
    link: str
    outcome: Outcome
    want: str
    found: str
    message: str


class Feature(NamedTuple):
    """One ability of this kernel; present None: it could not be tried."""

    name: str
    present: bool | None
    serves: str
    advice: str


class ExplainItem(NamedTuple):
    """One kernel object behind a link, and what of the link it is for."""

    subject: str
    object: str


class NewFlow(NamedTuple):
    """What a flow is made of; the arguments of Handle.add_flow()."""

    name: str
    link: str
    match: Properties
    props: Properties | None = None


class FlowStats(NamedTuple):
    """Packets of a flow since it was added, and their bytes; out: what the link's owner sends."""

    in_packets: int
    in_bytes: int
    out_packets: int
    out_bytes: int
    drops: int


class Flow(NamedTuple):
    """One flow. Attributes it does not use are None; absent: its link is not there.

    stats is filled with stats=True.
    """

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
    """One property of one flow; value "": not set, "?": could not be read."""

    flow: str
    link: str
    name: str
    value: str
    default: str
    possible: str


class FlowPropertyInfo(NamedTuple):
    """What a property or an attribute of flows is, apart from any flow."""

    name: str
    default: str
    possible: str
    help: str


# From the dictionaries of _vwire to records.

Row = dict[str, Any]


def link(row: Row, stats: bool) -> Link:
    row["stats"] = LinkStats(*row["stats"]) if stats else None
    row["drops"] = LinkDrops(*row["drops"]) if stats else None
    return Link(**row)


def flow(row: Row, stats: bool) -> Flow:
    row["stats"] = FlowStats(*row["stats"]) if stats else None
    return Flow(**row)


def aggr_port(row: Row) -> AggrPort:
    row["stats"] = LinkStats(*row["stats"])
    if row["lacp"] is not None:
        row["lacp"] = LacpState(*row["lacp"])
    return AggrPort(**row)


def aggr(row: Row) -> Aggr:
    row["ports"] = tuple(map(aggr_port, row["ports"]))
    return Aggr(**row)


def bridge_port(row: Row) -> BridgePort:
    row["stats"] = LinkStats(*row["stats"])
    return BridgePort(**row)


def bridge(row: Row) -> Bridge:
    row["stats"] = LinkStats(*row["stats"])
    row["ports"] = tuple(map(bridge_port, row["ports"]))
    row["fdb"] = tuple(FdbEntry(**entry) for entry in row["fdb"])
    return Bridge(**row)


# From Python's values to the texts and tuples _vwire takes.

def text(value: object, what: str) -> str:
    """A str that must be given; _vwire checks what is inside."""
    if not isinstance(value, str):
        raise TypeError(f"{what} must be str, not {type(value).__name__}")
    return value


def texts(values: Iterable[object], what: str) -> tuple[str, ...]:
    """Names as a tuple; one name alone is a mistake that would be read as its letters."""
    if isinstance(values, (str, bytes)):
        raise TypeError(f"{what} must be a list of names, not one {type(values).__name__}")
    return tuple(text(value, what) for value in values)


def zone(value: Any) -> str | None:
    """A zone's name, its path, or a process id as number."""
    if value is None:
        return None
    number = isinstance(value, int) and not isinstance(value, bool)
    return str(value) if number else os.fsdecode(value)


def prop_value(value: object) -> str:
    """The value of a property as text; a list is joined by ','."""
    if isinstance(value, (list, tuple)):
        return ",".join(map(prop_value, value))
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return text(value, "value of a property")


def props(values: object, what: str = "props") -> tuple[str, ...] | None:
    """Properties as a tuple of "name=value"."""
    if values is None:
        return None
    if not isinstance(values, Mapping):
        raise TypeError(f"{what} must be a mapping, not {type(values).__name__}")
    for name in values:
        if "=" in text(name, "name of a property"):
            raise ValueError(f"no property has '=' in its name: {name!r}")
    return tuple(f"{name}={prop_value(value)}" for name, value in values.items())


def new_vnic(vnic: NewVnic | Mapping[str, Any]) -> tuple[str, tuple[object, ...]]:
    """(name, attributes) for _vwire from a NewVnic or a mapping of its fields."""
    if not isinstance(vnic, NewVnic):
        vnic = NewVnic(**vnic)
    return text(vnic.name, "name"), (
        text(vnic.over, "over"), vnic.mac, vnic.mac_prefix, vnic.vid, zone(vnic.zone),
        props(vnic.props))


def new_flow(flow: NewFlow | Mapping[str, Any]) -> tuple[str, tuple[object, ...]]:
    """(name, attributes) for _vwire from a NewFlow or a mapping of its fields."""
    if not isinstance(flow, NewFlow):
        flow = NewFlow(**flow)
    if flow.match is None:
        raise TypeError("match must be a mapping, not NoneType")
    return text(flow.name, "name"), (
        text(flow.link, "link"), props(flow.match, "match"), props(flow.props))


def word(value: str | None, words: Mapping[str, int], what: str) -> int:
    """The number that stands for a word in C; None: not given."""
    if value is None:
        return 0
    if value not in words:
        raise ValueError(f"{what} must be {', '.join(words)}, not {value!r}")
    return words[value]


def word_set(values: str | Iterable[str] | None, words: Mapping[str, int], what: str) -> int:
    """The bits that stand for some words: "L2,L3", ("vnic", "aggr") or None."""
    if values is None:
        return 0
    if isinstance(values, str):
        values = values.split(",")
    bits = 0
    for value in values:
        bits |= word(text(value, what), words, what)
    if bits == 0:
        raise ValueError(f"{what} is empty")
    return bits

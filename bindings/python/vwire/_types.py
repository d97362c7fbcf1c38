# SPDX-License-Identifier: LGPL-2.1-or-later
"""Words and values of the interface, as types."""

import os
from collections.abc import Callable, Mapping
from typing import Literal, TypeAlias

LinkClass: TypeAlias = Literal[
    "phys", "vnic", "etherstub", "vlan", "aggr", "simnet", "bridge", "iptun", "misc"
]
LinkState: TypeAlias = Literal["up", "down", "unknown", "absent"]
Duplex: TypeAlias = Literal["half", "full"]
DataPath: TypeAlias = Literal["guarded", "direct"]
Transport: TypeAlias = Literal["tcp", "udp", "sctp", "icmp", "icmpv6"]
MacType: TypeAlias = Literal["fixed", "random", "factory"]
LacpMode: TypeAlias = Literal["off", "active", "passive"]
LacpTimer: TypeAlias = Literal["short", "long"]
IptunType: TypeAlias = Literal["ipv4", "ipv6", "6to4"]
EventType: TypeAlias = Literal["added", "changed", "removed", "resync"]
Outcome: TypeAlias = Literal[
    "same", "created", "changed", "deleted", "waiting", "failed", "differs"
]
StpState: TypeAlias = Literal["disabled", "listening", "learning", "forwarding", "blocking"]

# A value of a property: text as dladm takes it, a number, or a list of them.
PropertyValue: TypeAlias = str | int | list[str] | list[int] | tuple[str, ...] | tuple[int, ...]
Properties: TypeAlias = Mapping[str, PropertyValue]
# A zone: a name below /run/netns, a path, or the id of a process in it.
Zone: TypeAlias = str | int | os.PathLike[str]
LogFunction: TypeAlias = Callable[[Literal["warning", "info", "debug"], str], object]

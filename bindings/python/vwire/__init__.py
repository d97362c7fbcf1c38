# SPDX-License-Identifier: LGPL-2.1-or-later
"""Crossbow-style virtual networks on Linux: links, VNICs, VLANs, aggregations, etherstubs, zones.

    import vwire

    with vwire.open() as h:
        h.create_etherstub("stub1")
        h.create_vnic("web1", "stub1", zone="web", props={"maxbw": "10M"})
        h.add_flow("bulk", "web1", {"transport": "tcp"}, props={"maxbw": "3M"})
        for link in h.links(over="stub1", stats=True):
            print(link.name, link.mac, link.zone, link.stats.rx_bytes)
        h.remove_flow("bulk")
        h.delete_vnic("web1")
        h.delete_etherstub("stub1")

vwire.open() gives a Handle, whose methods are the commands of dladm(8) and flowadm(8). Lists are generators of
immutable records. A call that fails raises a subclass of vwire.Error: NotFound, Exists, BadValue,
Busy and so on, with the story in message, hint, kernel, errno and note. Values the C library
could not even be asked with raise TypeError or ValueError. Handle.monitor() delivers link events.

The package is a thin layer over libvwire, whose headers <vwire/...> say more about each call.
"""

from . import _handle, _vwire
from ._errors import (
    BadValue, Busy, ConfigError, Denied, Error, Exists, Inconsistent, IOFailure, KernelError,
    NoMemory, NotFound, NotSupported, Partial, ReadOnly, Status, TemporaryOnly, Timeout)
from ._handle import Handle
from ._monitor import Monitor
from ._records import (
    Aggr, AggrPort, Bridge, BridgePort, Ether, Event, ExplainItem, FdbEntry, Feature, Flow,
    FlowProperty, FlowPropertyInfo, FlowStats, Iptun, LacpState, Link, LinkDrops, LinkStats,
    NewFlow, NewVnic, PhysMac, PhysRing, Property, PropertyInfo, ReportItem)
from ._stat import Reading, StatFlow, Statistics, StatLane, StatLink
from ._usage import Accounting, Usage
from ._types import (
    DataPath, Duplex, EventType, IptunType, LacpMode, LacpTimer, LinkClass, LinkState, LogFunction,
    MacType, Outcome, Properties, PropertyValue, StpState, Transport, Zone)

__version__ = _vwire.vw_version()


def open(root=None, *, offline=False, log=None):
    """Open a Handle on the network namespace of the calling thread.

    root     directory below which etc/vwire and run/vwire are; None: $VWIRE_ROOT or /
    offline  edit and show what is saved below root, never the kernel
    log      called with ("warning" | "info" | "debug", text); must not use the handle
    """
    return Handle(root, offline=offline, log=log)


def probe():
    """What this kernel can do, as a list of Feature; tried in a namespace that is thrown away."""
    with open() as handle:
        return handle.probe()


def property_table():
    """Generator of PropertyInfo: every property that links can have."""
    number = 0
    while (row := _vwire.vw_linkprop_desc_get(number)) is not None:
        row["classes"] = _handle.classes_of(row["classes"])
        yield PropertyInfo(**row)
        number += 1


def flow_property_table():
    """Generator of FlowPropertyInfo: every property that flows can have."""
    yield from _flow_table(_vwire.vw_flowprop_desc_get)


def flow_attribute_table():
    """Generator of FlowPropertyInfo: every attribute that can say which packets a flow takes."""
    yield from _flow_table(_vwire.vw_flowattr_desc_get)


def _flow_table(get):
    number = 0
    while (row := get(number)) is not None:
        yield FlowPropertyInfo(**row)
        number += 1


def escape(text):
    """The text made safe for a terminal: names that others gave to links may hold anything."""
    return _vwire.escape(text)


# One name for each thing, whichever file it is written in: "vwire.NotFound" in a traceback.
for _thing in list(globals().values()):
    if isinstance(_thing, type) and _thing.__module__.startswith(__name__ + "."):
        _thing.__module__ = __name__
del _thing

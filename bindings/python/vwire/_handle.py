# SPDX-License-Identifier: LGPL-2.1-or-later
"""The handle: one session with one network namespace."""

import os
import threading
import weakref

from . import _errors, _records, _vwire
from ._monitor import Monitor
from ._stat import Statistics
from . import _usage
from ._records import prop_value, text, texts, word, word_set

_CLASSES = {_vwire.vw_class_name(1 << bit): 1 << bit for bit in range(9)}
_POLICIES = {"L2": _vwire.VW_AGGR_L2, "L3": _vwire.VW_AGGR_L3, "L4": _vwire.VW_AGGR_L4}
_LACP = {
    "off": _vwire.VW_LACP_OFF,
    "active": _vwire.VW_LACP_ACTIVE,
    "passive": _vwire.VW_LACP_PASSIVE,
}
_TIMERS = {"short": _vwire.VW_LACP_SHORT, "long": _vwire.VW_LACP_LONG}
_IPTUNS = {
    "ipv4": _vwire.VW_IPTUN_IPV4,
    "ipv6": _vwire.VW_IPTUN_IPV6,
    "6to4": _vwire.VW_IPTUN_6TO4,
}


def _change(temporary=False, force=False):
    return (_vwire.VW_TEMPORARY if temporary else 0) | (_vwire.VW_FORCE if force else 0)


def _choice(saved=False, stats=False, detail=False):
    return (
        (_vwire.VW_LIST_SAVED if saved else 0)
        | (_vwire.VW_LIST_STATS if stats else 0)
        | (_vwire.VW_LIST_DETAIL if detail else 0)
    )


def _bridge(priority, max_age_s, hello_s, forward_delay_s, stp):
    """The attributes of a bridge after its ports. In C a time of 0 is one that was not given."""
    times = (max_age_s, hello_s, forward_delay_s)
    if 0 in times:
        raise ValueError("a bridge's times cannot be 0 seconds")
    return (priority, *(time or 0 for time in times), 0 if stp is None else 1 if stp else 2)


def _rows(snapshot, step, make):
    """Walk a snapshot; it owns its rows, so the handle may be used or closed meanwhile."""
    while (row := step(snapshot)) is not None:
        yield make(row)


def _only(rows, message):
    """The one row that was asked for by name."""
    row = next(rows, None)
    if row is None:
        raise _errors.NotFound(_errors.Status.NOTFOUND, message)
    return row


class Handle:
    """A session with the network namespace of the thread that opened it; see vwire.open().

    Threads may share a handle: calls take turns, and none holds Python's lock while it works. A
    child made by os.fork() opens its own handle.
    """

    def __init__(self, root=None, *, offline=False, log=None):
        self._raw = None
        self._lock = threading.RLock()
        self._inside = False
        self._pid = os.getpid()
        self._sessions = weakref.WeakSet()
        if root is not None:
            root = os.fsdecode(os.fspath(root))
        if log is not None and not callable(log):
            raise TypeError(f"log must be callable, not {type(log).__name__}")
        status, raw = _vwire.vw_open_at(root, _vwire.VW_OPEN_OFFLINE if offline else 0)
        if status < 0:
            where = "" if root is None else f" on files below {root!r}"
            raise _errors.from_status(status, "cannot open a handle" + where)
        if log is not None:
            _vwire.set_log(raw, log)
        self._raw = raw

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        self.close()

    def __repr__(self):
        return f"<vwire.Handle {'closed' if self.closed else 'open'}>"

    def close(self):
        """Free the handle, after the call that runs; closing twice is allowed."""
        if self._pid != os.getpid():
            return
        with self._lock:
            self._turn()
            for session in list(self._sessions):
                session.close()
            raw, self._raw = self._raw, None
            if raw is not None:
                _vwire.close_owned(raw)

    @property
    def closed(self):
        """True after close()."""
        return self._raw is None

    # Every call of the library goes through here: one thread at a time, the error record read
    # before anyone else can replace it.

    def _turn(self):
        if self._inside:
            raise _errors.BadValue(
                _errors.Status.BADVAL, "a log function must not use its handle")

    def _call(self, function, *args):
        """What the function returned beside its status."""
        if self._pid != os.getpid():
            raise _errors.BadValue(
                _errors.Status.BADVAL, "the handle belongs to the process that forked this one")
        with self._lock:
            self._turn()
            if self._raw is None:
                raise _errors.BadValue(_errors.Status.BADVAL, "the handle is closed")
            self._inside = True
            try:
                result = function(self._raw, *args)
            finally:
                self._inside = False
            status, made = result if isinstance(result, (list, tuple)) else (result, None)
            if status >= 0:
                return made
            error = _errors.from_handle(self._raw, status)
        if isinstance(error, _errors.Partial) and made is not None:
            error.report = self._report(made)
        raise error

    # Links of every class

    def links(self, name=None, *, over=None, cls=None, saved=False, stats=False, detail=False):
        """Generator of Link: all, or only one name, over one link, of one or more classes.

        saved lists the saved configuration instead of the kernel; stats fills the counters;
        detail fills speed, duplex, driver and media. The snapshot is taken before this returns.
        """
        wanted = (name, over, word_set(cls, _CLASSES, "cls"))
        snapshot = self._call(_vwire.vw_link_list, wanted, _choice(saved, stats, detail))
        return _rows(snapshot, _vwire.vw_link_next, lambda row: _records.link(row, stats))

    def link(self, name, *, saved=False, stats=False, detail=False):
        """The link of that name."""
        rows = self.links(text(name, "name"), saved=saved, stats=stats, detail=detail)
        return _only(rows, f"no link {name!r}")

    def rename(self, old_name, new_name):
        """Give a link another name; links over it follow."""
        self._call(_vwire.vw_link_rename, text(old_name, "old_name"), text(new_name, "new_name"))

    # VNICs

    def create_vnic(self, name, over, *, mac=None, mac_prefix=None, vid=0, zone=None, props=None,
                    temporary=False, force=False):
        """Create a VNIC over a NIC, aggr, VLAN, simnet or etherstub, born in its zone.

        mac is an address, "auto", "random" or "factory"; props such as {"mtu": 9000}.
        """
        name, attr = _records.new_vnic(
            _records.NewVnic(name, over, mac, mac_prefix, vid, zone, props))
        self._call(_vwire.vw_vnic_create, name, attr, _change(temporary, force))

    def create_vnics(self, vnics, *, temporary=False, force=False):
        """Create many VNICs, all or none, in one conversation with the kernel.

        vnics: NewVnic, or dictionaries with the arguments of create_vnic().
        """
        vnics = tuple(map(_records.new_vnic, vnics))
        if vnics:
            self._call(_vwire.vw_vnic_create_many, vnics, _change(temporary, force))

    def delete_vnic(self, name, *, temporary=False):
        """Delete a VNIC; a list of names: all or none, by one group deletion."""
        if isinstance(name, str):
            self._call(_vwire.vw_vnic_delete, name, _change(temporary))
            return
        names = texts(name, "name")
        if names:
            self._call(_vwire.vw_vnic_delete_many, names, _change(temporary))

    # Etherstubs

    def create_etherstub(self, name, *, temporary=False):
        """Create a switch without hardware, for VNICs to be made over."""
        self._call(_vwire.vw_etherstub_create, text(name, "name"), _change(temporary))

    def delete_etherstub(self, name, *, temporary=False):
        """Delete an etherstub on which no VNIC is left."""
        self._call(_vwire.vw_etherstub_delete, text(name, "name"), _change(temporary))

    # VLAN links

    def create_vlan(self, name, over, vid, *, props=None, temporary=False, force=False):
        """Create a VLAN link and return its name; None: named as dladm would, bge1 -> bge2001."""
        attr = (text(over, "over"), vid, _records.props(props))
        name = None if name is None else text(name, "name")
        self._call(_vwire.vw_vlan_create, name, attr, _change(temporary, force))
        if name is None:
            made = (l.name for l in self.links(over=over, cls="vlan") if l.vid == vid)
            name = _only(made, f"no VLAN link with VLAN ID {vid} over {over!r}")
        return name

    def delete_vlan(self, name, *, temporary=False):
        """Delete a VLAN link."""
        self._call(_vwire.vw_vlan_delete, text(name, "name"), _change(temporary))

    # Aggregations

    def create_aggr(self, name, ports, *, policy=None, lacp=None, timer=None, mac=None,
                    props=None, temporary=False, force=False):
        """Join NICs into one link; policy "L2", "L3", "L4" or joined by ','."""
        attr = (texts(ports, "ports"), word_set(policy, _POLICIES, "policy"),
                word(lacp, _LACP, "lacp"), word(timer, _TIMERS, "timer"), mac,
                _records.props(props))
        self._call(_vwire.vw_aggr_create, text(name, "name"), attr, _change(temporary, force))

    def modify_aggr(self, name, *, policy=None, lacp=None, timer=None, mac=None,
                    temporary=False):
        """Change what is given of an aggregation."""
        attr = (None, word_set(policy, _POLICIES, "policy"), word(lacp, _LACP, "lacp"),
                word(timer, _TIMERS, "timer"), mac, None)
        self._call(_vwire.vw_aggr_modify, text(name, "name"), attr, _change(temporary))

    def add_aggr(self, name, ports, *, temporary=False, force=False):
        """Add ports to an aggregation."""
        self._call(_vwire.vw_aggr_add, text(name, "name"), texts(ports, "ports"),
                   _change(temporary, force))

    def remove_aggr(self, name, ports, *, temporary=False):
        """Take ports out of an aggregation; the last one cannot go."""
        self._call(_vwire.vw_aggr_remove, text(name, "name"), texts(ports, "ports"),
                   _change(temporary))

    def delete_aggr(self, name, *, temporary=False):
        """Take an aggregation apart."""
        self._call(_vwire.vw_aggr_delete, text(name, "name"), _change(temporary))

    def aggrs(self, name=None, *, saved=False):
        """Generator of Aggr with their ports."""
        snapshot = self._call(_vwire.vw_aggr_list, name, _choice(saved))
        return _rows(snapshot, _vwire.vw_aggr_next, _records.aggr)

    # Simnets

    def create_simnet(self, name, *, temporary=False):
        """Create a simulated NIC that is not cabled to anything."""
        self._call(_vwire.vw_simnet_create, text(name, "name"), _change(temporary))

    def modify_simnet(self, name, peer, *, temporary=False):
        """Cable two simnets back to back; peer None: take the cable out."""
        self._call(_vwire.vw_simnet_modify, text(name, "name"), peer, _change(temporary))

    def delete_simnet(self, name, *, temporary=False):
        """Delete a simnet; its peer stays."""
        self._call(_vwire.vw_simnet_delete, text(name, "name"), _change(temporary))

    # Bridges

    def create_bridge(self, name, ports=(), *, priority=None, max_age_s=None, hello_s=None,
                      forward_delay_s=None, stp=None, temporary=False):
        """Create a learning bridge with spanning tree."""
        attr = (texts(ports, "ports"), *_bridge(priority, max_age_s, hello_s, forward_delay_s, stp))
        self._call(_vwire.vw_bridge_create, text(name, "name"), attr, _change(temporary))

    def modify_bridge(self, name, *, priority=None, max_age_s=None, hello_s=None,
                      forward_delay_s=None, stp=None, temporary=False):
        """Change what is given of a bridge."""
        attr = (None, *_bridge(priority, max_age_s, hello_s, forward_delay_s, stp))
        self._call(_vwire.vw_bridge_modify, text(name, "name"), attr, _change(temporary))

    def add_bridge(self, name, ports, *, temporary=False):
        """Add ports to a bridge."""
        self._call(_vwire.vw_bridge_add, text(name, "name"), texts(ports, "ports"),
                   _change(temporary))

    def remove_bridge(self, name, ports, *, temporary=False):
        """Take ports out of a bridge."""
        self._call(_vwire.vw_bridge_remove, text(name, "name"), texts(ports, "ports"),
                   _change(temporary))

    def delete_bridge(self, name, *, temporary=False):
        """Delete a bridge that has no ports."""
        self._call(_vwire.vw_bridge_delete, text(name, "name"), _change(temporary))

    def bridges(self, name=None, *, saved=False, stats=False, detail=False):
        """Generator of Bridge; detail fills fdb, the forwarding tables."""
        snapshot = self._call(_vwire.vw_bridge_list, name, _choice(saved, stats, detail))
        return _rows(snapshot, _vwire.vw_bridge_next, _records.bridge)

    # IP tunnels

    def create_iptun(self, name, type, *, local=None, remote=None, props=None, temporary=False):
        """Create a tunnel of type "ipv4", "ipv6" or "6to4"."""
        attr = (word(text(type, "type"), _IPTUNS, "type"), local, remote, _records.props(props))
        self._call(_vwire.vw_iptun_create, text(name, "name"), attr, _change(temporary))

    def modify_iptun(self, name, *, local=None, remote=None, temporary=False):
        """Change the addresses of a tunnel."""
        self._call(_vwire.vw_iptun_modify, text(name, "name"), (0, local, remote, None),
                   _change(temporary))

    def delete_iptun(self, name, *, temporary=False):
        """Delete a tunnel."""
        self._call(_vwire.vw_iptun_delete, text(name, "name"), _change(temporary))

    def iptuns(self, name=None, *, saved=False):
        """Generator of Iptun."""
        snapshot = self._call(_vwire.vw_iptun_list, name, _choice(saved))
        return _rows(snapshot, _vwire.vw_iptun_next, lambda row: _records.Iptun(**row))

    # Properties

    def properties(self, link=None, names=None, *, saved=False):
        """Generator of Property: of one link or all, those named or all."""
        if isinstance(names, str):
            names = (names,)
        elif names is not None:
            names = texts(names, "names")
        snapshot = self._call(_vwire.vw_linkprop_list, link, names, _choice(saved))
        return _rows(snapshot, _vwire.vw_linkprop_next, lambda row: _records.Property(**row))

    def get_property(self, link, name, *, saved=False):
        """The value of one property as text; "": not set."""
        rows = self.properties(text(link, "link"), text(name, "name"), saved=saved)
        return _only(rows, f"link {link!r} has no property {name!r}").value

    def set_property(self, link, name, value, *, temporary=False):
        """Set a property: text as dladm takes it, a number, or a list."""
        self._call(_vwire.vw_linkprop_set, text(link, "link"), text(name, "name"),
                   prop_value(value), _change(temporary))

    def reset_property(self, link, name=None, *, temporary=False):
        """Give a property its default value back; None: every one that can be set."""
        self._call(_vwire.vw_linkprop_reset, text(link, "link"), name, _change(temporary))

    # Flows

    def add_flow(self, name, link, match, *, props=None, temporary=False):
        """Make a flow: a named class of the IP traffic of a link, counted from now on.

        match says which packets, such as {"transport": "tcp", "local_port": 443}; props such as
        {"maxbw": "30M"}.
        """
        name, attr = _records.new_flow(_records.NewFlow(name, link, match, props))
        self._call(_vwire.vw_flow_add, name, attr, _change(temporary))

    def add_flows(self, flows, *, temporary=False):
        """Make many flows, all or none: NewFlow, or dictionaries with add_flow()'s arguments."""
        flows = tuple(map(_records.new_flow, flows))
        if flows:
            self._call(_vwire.vw_flow_add_many, flows, _change(temporary))

    def remove_flow(self, name, *, temporary=False):
        """Remove a flow; its packets belong to the link again."""
        self._call(_vwire.vw_flow_remove, text(name, "name"), _change(temporary))

    def remove_flows(self, link, *, temporary=False):
        """Remove every flow of a link; none is fine."""
        self._call(_vwire.vw_flow_remove_all, text(link, "link"), _change(temporary))

    def flows(self, name=None, *, link=None, saved=False, stats=False):
        """Generator of Flow: all, only one name, or those of one link; stats fills the counters."""
        snapshot = self._call(_vwire.vw_flow_list, (name, link), _choice(saved, stats))
        return _rows(snapshot, _vwire.vw_flow_next, lambda row: _records.flow(row, stats))

    def flow(self, name, *, saved=False, stats=False):
        """The flow of that name."""
        rows = self.flows(text(name, "name"), saved=saved, stats=stats)
        return _only(rows, f"no flow {name!r}")

    def flow_properties(self, flow=None, names=None, *, link=None, saved=False):
        """Generator of FlowProperty: of one flow, of the flows of a link, or of all."""
        if isinstance(names, str):
            names = (names,)
        elif names is not None:
            names = texts(names, "names")
        snapshot = self._call(_vwire.vw_flowprop_list, flow, link, names, _choice(saved))
        return _rows(snapshot, _vwire.vw_flowprop_next, lambda row: _records.FlowProperty(**row))

    def get_flow_property(self, flow, name, *, saved=False):
        """The value of one property of a flow as text; "": not set."""
        rows = self.flow_properties(text(flow, "flow"), text(name, "name"), saved=saved)
        return _only(rows, f"flow {flow!r} has no property {name!r}").value

    def set_flow_property(self, flow, name, value, *, temporary=False):
        """Set a property of a flow while its traffic runs; counters go on."""
        self._call(_vwire.vw_flowprop_set, text(flow, "flow"), text(name, "name"),
                   prop_value(value), _change(temporary))

    def reset_flow_property(self, flow, name=None, *, temporary=False):
        """Take a property of a flow away; None: all."""
        self._call(_vwire.vw_flowprop_reset, text(flow, "flow"), name, _change(temporary))

    # Hardware

    def ether(self, name=None, *, detail=False):
        """Generator of Ether; detail adds what is capable, advertised and heard of the peer."""
        snapshot = self._call(_vwire.vw_ether_list, name, _choice(detail=detail))
        return _rows(snapshot, _vwire.vw_ether_next, lambda row: _records.Ether(**row))

    def phys_macs(self, name=None):
        """Generator of PhysMac."""
        snapshot = self._call(_vwire.vw_phys_mac_list, name, 0)
        return _rows(snapshot, _vwire.vw_phys_mac_next, lambda row: _records.PhysMac(**row))

    def phys_rings(self, name=None):
        """Generator of PhysRing."""
        snapshot = self._call(_vwire.vw_phys_ring_list, name, 0)
        return _rows(snapshot, _vwire.vw_phys_ring_next, lambda row: _records.PhysRing(**row))

    # Counters

    # History

    def usage(self, name=None, *, file=None, flows=False, link=None, zone=None, vwire=None,
              start=None, end=None, step="all", by="name", top=None, gone=False, p95=False,
              idle=False):
        """Generator of Usage: who used how much, from the log that vwire-acct writes.

        file       log to read; None: the one being written
        flows      flows instead of links; link then is the link they are on
        zone       of this owner; "": of the host
        start, end datetime, seconds since 1970, or text as dladm show-usage takes it
        step       one Usage for "all", "record", "5min", "hour", "day" or "month"; "finest": the
                   shortest that is still kept
        by         one for each "name", "owner" (name, zone and vWire), "zone", "vwire", or "total"
        top        the busiest so many, busiest first
        gone       also what is not there any more; p95: fill the 95th percentiles; idle: also
                   what had no traffic
        """
        wanted = _usage.usage_filter(
            self._call, name, file=file, flows=flows, link=link, zone=zone, vwire=vwire,
            start=start, end=end, step=step, by=by, top=top, gone=gone, p95=p95, idle=idle)
        return _usage.usage_rows(self._call(_vwire.vw_usage_list, wanted), p95)

    def accounting(self):
        """An Accounting: what is recorded, where to, and how the writer fares."""
        return _usage.accounting(self._call(_vwire.vw_acct_get))

    def set_accounting(self, *, active=None, resources=None, file=None, interval_s=None,
                       close=False):
        """Change what is recorded; None: stays as it is. A writer that runs follows at once.

        Starting one is the business of acctadm(8) and the service manager.
        """
        self._call(_vwire.vw_acct_set,
                   _usage.settings(active, resources, file, interval_s, close))

    def statistics(self, link=None, *, zone=None, flow=None, cls=None, flows=False, drops=False,
                   limits=False, lanes=False, polls=False, here=False):
        """A Statistics session on the links of this namespace and of every zone.

        link, zone, flow and cls restrict it; flows, drops, limits and lanes say what else to
        read; polls, too, counts the polls of lanes from now on; here leaves the zones out.
        """
        flags = _vwire.VW_STAT_LISTEN
        for wish, bit in ((flows or flow is not None, _vwire.VW_STAT_FLOWS),
                          (drops, _vwire.VW_STAT_DROPS), (limits, _vwire.VW_STAT_LIMITS),
                          (lanes or polls, _vwire.VW_STAT_LANES),
                          (polls, _vwire.VW_STAT_POLLS), (here, _vwire.VW_STAT_HERE)):
            flags |= bit if wish else 0
        wanted = (link, zone, flow, word_set(cls, _CLASSES, "cls"))
        session = Statistics(self, self._call(_vwire.vw_stat_open, wanted, flags))
        self._sessions.add(session)
        return session

    # Events and documents

    def monitor(self):
        """A Monitor; every event after this call is delivered."""
        return Monitor(self._call(_vwire.vw_monitor_open))

    def restore(self):
        """Make the kernel hold what is saved; a list of ReportItem.

        Goes on after a failure; then Partial is raised, with the list as its report.
        """
        return self._report(self._call(_vwire.vw_restore, 0))

    def check(self):
        """Read back all that was asked for; a ReportItem for each difference, [] for none."""
        return self._report(self._call(_vwire.vw_check, 0))

    def explain(self, link):
        """The kernel objects that realise a link, its properties and flows: a list of ExplainItem."""
        found = self._call(_vwire.vw_explain_link, text(link, "link"))
        return list(_rows(found, _vwire.vw_explain_next,
                          lambda row: _records.ExplainItem(**row)))

    def probe(self):
        """What this kernel can do, as a list of Feature."""
        found = self._call(_vwire.vw_probe_run)
        return list(_rows(found, _vwire.vw_probe_next, lambda row: _records.Feature(**row)))

    def _report(self, raw):
        rows = _rows(raw, _vwire.vw_report_next, lambda row: _records.ReportItem(**row))
        return list(rows)


def classes_of(bits):
    """The names of a set of classes."""
    return tuple(name for name, bit in _CLASSES.items() if bits & bit)

# SPDX-License-Identifier: LGPL-2.1-or-later
"""Events of links, waited for in every way Python has."""

import os
import select
import socket
import threading
import time

from tap import eq, need_kind, nic, raises, run, sh

import vwire


def until(events, kind, name):
    """The first event of that kind and name; others come in between."""
    for event in events:
        if (event.type, event.name) == (kind, name):
            return event
    raise AssertionError(f"no event {kind} {name}")


def test_links_that_come_change_and_go_are_told():
    with vwire.open() as h, h.monitor() as m:
        h.create_etherstub("stub1")
        event = until(m.events(timeout=5), "added", "stub1")
        eq((event.cls, event.ifindex), ("etherstub", h.link("stub1").ifindex))
        sh("ip", "link", "set", "stub1", "mtu", "1400")
        eq(until((e for e in m.events(timeout=5) if e.mtu == 1400), "changed", "stub1").mtu, 1400)
        h.delete_etherstub("stub1")
        until(m.events(timeout=5), "removed", "stub1")


def test_links_made_by_others_are_told():
    with vwire.open() as h, h.monitor() as m:
        sh("ip", "link", "add", "br7", "type", "bridge")
        until(m.events(timeout=5), "added", "br7")


def test_a_timeout_ends_the_generator_in_time():
    with vwire.open() as h, h.monitor() as m:
        began = time.monotonic()
        eq(list(m.events(timeout=0.3)), [])
        assert 0.25 < time.monotonic() - began < 2
        eq(m.next(timeout=0), None)


def test_the_descriptor_works_with_select():
    with vwire.open() as h, h.monitor() as m:
        eq(select.select([m], [], [], 0.1)[0], [])
        h.create_etherstub("stub1")
        eq(select.select([m], [], [], 5)[0], [m])
        until(iter(lambda: m.next(timeout=0), None), "added", "stub1")


def test_closing_wakes_a_thread_that_waits():
    with vwire.open() as h:
        m = h.monitor()
        ended = []
        thread = threading.Thread(target=lambda: ended.append(list(m)))
        thread.start()
        time.sleep(0.2)
        m.close()
        m.close()
        thread.join(5)
        eq((ended, m.closed), ([[]], True))
        raises(vwire.BadValue, m.next, 0)
        raises(vwire.BadValue, m.fileno)


def test_a_monitor_outlives_its_handle():
    h = vwire.open()
    m = h.monitor()
    h.close()
    sh("ip", "link", "add", "br7", "type", "bridge")
    until(m.events(timeout=5), "added", "br7")
    m.close()


def test_lost_events_are_told_by_one_resync():
    with vwire.open() as h, h.monitor() as m:
        h.create_etherstub("stub1")
        for _ in range(5):
            names = [f"v{i}" for i in range(400)]
            h.create_vnics([vwire.NewVnic(n, "stub1") for n in names], temporary=True)
            h.delete_vnic(names)
        kinds = [e.type for e in m.events(timeout=1)]
        # Either the socket held them all, or exactly that was said.
        assert "resync" in kinds or kinds.count("removed") >= 2000, len(kinds)
        h.create_etherstub("stub2")
        until(m.events(timeout=5), "added", "stub2")


def room(m, size):
    """How many bytes of events the kernel keeps for those who do not read them."""
    with socket.socket(fileno=os.dup(m.fileno())) as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, size)


def test_after_a_loss_links_still_change_and_go():
    with vwire.open() as h:
        h.create_etherstub("stub1")
        with h.monitor() as m:
            room(m, 1)
            names = [f"br{i}" for i in range(20)]
            for name in names:
                sh("ip", "link", "add", name, "type", "bridge")
            until(m.events(timeout=5), "resync", None)
            room(m, 1 << 20)
            list(m.events(timeout=0.3))
            sh("ip", "link", "set", "stub1", "mtu", "1400")
            until(m.events(timeout=5), "changed", "stub1")
            h.delete_etherstub("stub1")
            eq(until(m.events(timeout=5), "removed", "stub1").cls, "etherstub")
            for name in names:
                sh("ip", "link", "del", name)
                eq(until(m.events(timeout=5), "removed", name).cls, "bridge")


def test_after_a_loss_what_is_hidden_stays_hidden():
    with vwire.open() as h, h.monitor() as m:
        h.create_etherstub("stub1")
        room(m, 1)
        names = [f"web{i}" for i in range(20)]
        h.create_vnics([vwire.NewVnic(n, "stub1") for n in names])
        until(m.events(timeout=5), "resync", None)
        room(m, 1 << 20)
        list(m.events(timeout=0.3))
        h.delete_vnic(names)
        gone = sorted(e.name for e in m.events(timeout=1) if e.type == "removed")
        eq(gone, sorted(names))


def test_a_link_deleted_among_others_is_told_as_what_it_was():
    need_kind("macvlan")
    nic("net0")
    with vwire.open() as h, h.monitor() as m:
        h.create_vnics([vwire.NewVnic(n, "net0") for n in ("web1", "web2")])
        h.delete_vnic(["web1", "web2"])
        eq(until(m.events(timeout=5), "removed", "web1").cls, "vnic")


def test_a_monitor_that_fails_after_its_handle_says_so():
    h = vwire.open()
    m = h.monitor()
    h.close()
    with open(os.devnull, "rb") as nothing:
        os.dup2(nothing.fileno(), m.fileno())
    raises(vwire.KernelError, m.next, 0)
    m.close()


run(globals())

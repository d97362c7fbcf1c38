# SPDX-License-Identifier: LGPL-2.1-or-later
"""Flows, limits and protection from Python."""

import json
import os

from tap import eq, raises, run, sh

import vwire


def world(h):
    sh("ip", "netns", "add", "web")
    h.create_etherstub("stub1")
    h.create_vnic("web1", "stub1", zone="web", props={"maxbw": "100M"})
    h.create_vnic("gw1", "stub1")


def addresses():
    sh("ip", "addr", "add", "10.0.0.1/24", "dev", "gw1")
    sh("ip", "-n", "web", "addr", "add", "10.0.0.5/24", "dev", "web1")


def saved():
    with open(os.environ["VWIRE_ROOT"] + "/etc/vwire/config.json", encoding="utf-8") as file:
        return json.load(file).get("flows", {})


def test_a_flow_is_what_it_was_made_of():
    with vwire.open() as h:
        world(h)
        h.add_flow("https", "web1", {"transport": "tcp", "local_port": 443},
                   props={"maxbw": "30M", "priority": "high"})
        flow = h.flow("https")
        eq((flow.name, flow.link, flow.zone, flow.transport, flow.local_port, flow.remote_port,
            flow.local_ip, flow.remote_ip, flow.dsfield, flow.saved, flow.temporary, flow.absent,
            flow.stats),
           ("https", "web1", "web", "tcp", 443, None, None, None, None, True, False, False, None))
        eq(saved()["https"]["props"], {"maxbw": "30M", "priority": "high"})
        h.remove_flow("https")
        eq(list(h.flows()), [])
        eq(saved(), {})
        raises(vwire.NotFound, h.flow, "https")


def test_an_overlap_is_refused_and_names_the_other():
    with vwire.open() as h:
        world(h)
        h.add_flow("tcp", "web1", {"transport": "tcp"})
        error = raises(vwire.Exists, h.add_flow, "https", "web1",
                       {"transport": "tcp", "local_port": 443})
        assert "'tcp'" in error.message, error.message
        h.add_flow("udp", "web1", {"transport": "udp"})
        eq([f.name for f in h.flows(link="web1")], ["tcp", "udp"])


def test_many_flows_in_one_call_all_or_none():
    with vwire.open() as h:
        world(h)
        h.add_flows(vwire.NewFlow(f"port{i}", "web1", {"transport": "tcp", "local_port": i})
                    for i in range(1, 201))
        eq(len(list(h.flows(link="web1"))), 200)
        error = raises(vwire.BadValue, h.add_flows, [
            {"name": "a", "link": "gw1", "match": {"transport": "udp"}},
            {"name": "b", "link": "gw1", "match": {"transport": "ipx"}}])
        assert "'b'" in error.message, error.message
        eq(list(h.flows(link="gw1")), [])
        h.add_flows([])
        h.remove_flows("web1")
        eq(list(h.flows()), [])


def test_temporary_flows_are_not_saved():
    with vwire.open() as h:
        world(h)
        h.add_flow("udp", "web1", {"transport": "udp"}, temporary=True)
        eq((h.flow("udp").temporary, saved()), (True, {}))
        eq(list(h.flows(saved=True)), [])


def test_counters_go_on_while_properties_change():
    with vwire.open() as h:
        world(h)
        addresses()
        sh("ping", "-c", "1", "-W", "5", "10.0.0.5")
        h.add_flow("ping", "web1", {"transport": "icmp"})
        sh("ping", "-c", "3", "-i", "0.1", "10.0.0.5")
        eq(h.flow("ping", stats=True).stats, vwire.FlowStats(3, 294, 3, 294, 0))
        h.set_flow_property("ping", "maxbw", "1M")
        sh("ping", "-c", "1", "10.0.0.5")
        eq(h.flow("ping", stats=True).stats.in_packets, 4)
        h.set_flow_property("ping", "action", "drop")
        sh("sh", "-c", "! ping -c 1 -W 1 10.0.0.5")
        eq(h.flow("ping", stats=True).stats.drops, 1)
        eq(h.link("web1", stats=True).drops.blocked, 1)


def test_properties_of_flows_are_set_read_and_reset():
    with vwire.open() as h:
        world(h)
        h.add_flow("tcp", "web1", {"transport": "tcp"}, props={"maxbw": 30})
        eq(h.get_flow_property("tcp", "maxbw"), "30M")
        h.set_flow_property("tcp", "dscp", 46)
        eq({p.name: p.value for p in h.flow_properties("tcp", ("maxbw", "dscp"))},
           {"maxbw": "30M", "dscp": "46"})
        eq([p.flow for p in h.flow_properties(link="web1", names="maxbw")], ["tcp"])
        h.reset_flow_property("tcp", "maxbw")
        eq(h.get_flow_property("tcp", "maxbw"), "")
        h.reset_flow_property("tcp")
        eq(h.get_flow_property("tcp", "dscp"), "")
        raises(vwire.NotFound, h.set_flow_property, "tcp", "nosuch", 1)
        raises(vwire.BadValue, h.set_flow_property, "tcp", "maxbw", "10MB")


def test_the_tables_know_every_word():
    eq([p.name for p in vwire.flow_property_table()],
       ["maxbw", "maxbw-rx", "maxbw-tx", "minbw", "priority", "cpus", "action", "dscp"])
    eq(sorted(a.name for a in vwire.flow_attribute_table()),
       ["dsfield", "local_ip", "local_port", "remote_ip", "remote_port", "transport"])


def test_links_tell_their_limit_and_data_path():
    with vwire.open() as h:
        world(h)
        link = h.link("web1")
        eq((link.maxbw_bps, link.datapath, link.drops), (100_000_000, "guarded", None))
        eq(h.link("gw1").maxbw_bps, None)
        h.set_property("web1", "maxbw", "0")
        eq(h.link("web1").maxbw_bps, 0)
        h.set_property("web1", "protection", ["mac-nospoof", "restricted"])
        eq(h.get_property("web1", "protection"), "mac-nospoof,restricted")


def test_a_link_is_explained():
    with vwire.open() as h:
        world(h)
        h.add_flow("tcp", "web1", {"transport": "tcp"}, props={"maxbw": "10M"})
        items = h.explain("web1")
        assert all(isinstance(i, vwire.ExplainItem) for i in items), items
        subjects = {i.subject for i in items}
        assert {"maxbw", "flow tcp"} <= subjects, subjects
        raises(vwire.NotFound, h.explain, "nosuch1")


def test_wrong_types_are_refused_before_the_library_is_asked():
    with vwire.open() as h:
        world(h)
        raises(TypeError, h.add_flow, "f", "web1", None)
        raises(TypeError, h.add_flow, "f", "web1", "transport=tcp")
        raises(TypeError, h.add_flow, "f", None, {"transport": "tcp"})
        raises(TypeError, h.remove_flow, None)
        raises(ValueError, h.add_flow, "f", "web1", {"transport=": "tcp"})
        eq(list(h.flows()), [])


run(globals())

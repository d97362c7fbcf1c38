# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every verb of the handle does to the kernel what it says."""

import json
import os
import subprocess
from pathlib import Path

from tap import eq, kernel, need_kind, nic, raises, run, sh, wait_until

import vwire


def saved():
    with open(os.environ["VWIRE_ROOT"] + "/etc/vwire/config.json", encoding="utf-8") as file:
        return json.load(file)["links"]


def test_an_etherstub_comes_and_goes():
    with vwire.open() as h:
        h.create_etherstub("stub1")
        eq(kernel("stub1")["linkinfo"]["info_kind"], "bridge")
        link = h.link("stub1")
        eq((link.name, link.cls, link.mtu, link.saved, link.temporary, link.foreign),
           ("stub1", "etherstub", 9000, True, False, False))
        h.delete_etherstub("stub1")
        eq(kernel("stub1"), None)
        raises(vwire.NotFound, h.link, "stub1")


def test_a_vnic_has_what_it_was_given():
    nic("net0")
    with vwire.open() as h:
        h.create_vnic("web1", "net0", mac="2:8:20:1:2:3", props={"mtu": 1400})
        eq(kernel("web1")["address"], "02:08:20:01:02:03")
        eq(kernel("web1")["mtu"], 1400)
        eq(kernel("web1")["linkinfo"]["info_kind"], "macvlan")
        link = h.link("web1")
        eq((link.cls, link.over, link.mac, link.mac_type, link.mtu, link.vid, link.zone),
           ("vnic", "net0", "2:8:20:1:2:3", "fixed", 1400, 0, None))
        eq(saved()["web1"]["over"], "net0")
        h.delete_vnic("web1")
        eq(kernel("web1"), None)


def test_a_random_address_begins_with_the_prefix():
    with vwire.open() as h:
        h.create_etherstub("stub1")
        h.create_vnic("a1", "stub1", mac="random", mac_prefix="2:a:b")
        assert kernel("a1")["address"].startswith("02:0a:0b:"), kernel("a1")
        eq(h.link("a1").mac_type, "random")


def test_a_vnic_is_born_in_its_zone():
    sh("ip", "netns", "add", "web")
    with vwire.open() as h:
        h.create_etherstub("stub1")
        h.create_vnic("web1", "stub1", zone="web")
        eq(kernel("web1"), None)
        assert kernel("web1", zone="web") is not None
        eq(h.link("web1").zone, "web")
        h.reset_property("web1", "zone")
        assert kernel("web1") is not None
        eq(kernel("web1", zone="web"), None)


def test_a_zone_may_be_a_path_or_the_id_of_a_process():
    sh("ip", "netns", "add", "web")
    with vwire.open() as h:
        h.create_etherstub("stub1")
        h.create_vnic("a1", "stub1", zone=Path("/run/netns/web"))
        assert kernel("a1", zone="web") is not None
        with subprocess.Popen(["ip", "netns", "exec", "web", "sleep", "60"]) as sleeper:
            try:
                there = os.stat("/run/netns/web").st_ino
                wait_until(5, lambda: os.stat(f"/proc/{sleeper.pid}/ns/net").st_ino == there)
                h.create_vnic("a2", "stub1", zone=sleeper.pid, temporary=True)
                assert kernel("a2", zone="web") is not None
            finally:
                sleeper.kill()


def test_many_vnics_in_one_call_all_or_none():
    sh("ip", "netns", "add", "web")
    with vwire.open() as h:
        h.create_etherstub("stub1")
        h.create_vnics([vwire.NewVnic(f"n{i}", "stub1", zone="web") for i in range(50)])
        eq(len([n for n in kernel(zone="web") if n.startswith("n")]), 50)
        eq(len(list(h.links(over="stub1"))), 50)
        before = sorted(kernel())
        error = raises(vwire.NotFound, h.create_vnics,
                       [{"name": "m1", "over": "stub1"}, {"name": "m2", "over": "net9"}])
        assert "m2" in error.message and "net9" in error.message, error.message
        eq(sorted(kernel()), before)
        assert "m1" not in saved()
        h.delete_vnic(f"n{i}" for i in range(50))
        eq([n for n in kernel(zone="web") if n.startswith("n")], [])
        h.delete_etherstub("stub1")
        eq(sorted(kernel()), ["lo"])


def test_temporary_links_are_not_saved():
    with vwire.open() as h:
        h.create_etherstub("stub1", temporary=True)
        link = h.link("stub1")
        eq((link.saved, link.temporary), (False, True))
        eq(list(h.links(saved=True)), [])


def test_links_are_chosen_by_name_class_and_lower_link():
    nic("net0")
    with vwire.open() as h:
        h.create_etherstub("stub1")
        h.create_vnics([{"name": "a1", "over": "stub1"}, {"name": "b1", "over": "net0"}])
        eq(sorted(l.name for l in h.links() if l.cls != "iptun"), ["a1", "b1", "net0", "stub1"])
        eq(sorted(l.name for l in h.links(cls="vnic")), ["a1", "b1"])
        eq(sorted(l.name for l in h.links(cls=("phys", "etherstub"))), ["net0", "stub1"])
        eq([l.name for l in h.links(over="stub1")], ["a1"])
        eq([l.name for l in h.links("net0")], ["net0"])
        eq(sorted(l.name for l in h.links(saved=True)), ["a1", "b1", "stub1"])
        net0 = h.link("net0", detail=True)
        eq((net0.cls, net0.foreign, net0.driver, net0.stats), ("phys", True, "veth", None))


def test_counters_are_those_of_the_kernel():
    nic("net0")
    sh("ip", "addr", "add", "192.0.2.1/24", "dev", "net0")
    sh("ip", "-n", "wire", "addr", "add", "192.0.2.2/24", "dev", "wire0")
    sh("ping", "-c", "3", "-i", "0.1", "192.0.2.2")
    with vwire.open() as h:
        seen = h.link("net0", stats=True).stats
        stats = json.loads(sh("ip", "-j", "-s", "link", "show", "net0"))[0]["stats64"]
        assert 3 <= seen.tx_packets <= stats["tx"]["packets"], (seen, stats)
        assert 3 * 98 <= seen.rx_bytes <= stats["rx"]["bytes"], (seen, stats)


def test_a_link_is_renamed_and_keeps_what_it_is():
    with vwire.open() as h:
        h.create_etherstub("stub1")
        h.create_vnic("a1", "stub1")
        mac = h.link("a1").mac
        h.rename("a1", "b1")
        eq((h.link("b1").mac, h.link("b1").over), (mac, "stub1"))
        assert kernel("b1") is not None and kernel("a1") is None
        assert "b1" in saved() and "a1" not in saved()


def test_properties_are_set_read_and_reset():
    nic("net0")
    with vwire.open() as h:
        h.create_vnic("a1", "net0")
        h.set_property("a1", "mtu", 1300)
        eq(kernel("a1")["mtu"], 1300)
        eq(h.get_property("a1", "mtu"), "1300")
        eq(saved()["a1"]["props"]["mtu"], "1300")
        h.set_property("a1", "mtu", "1280", temporary=True)
        eq(kernel("a1")["mtu"], 1280)
        eq(h.get_property("a1", "mtu", saved=True), "1300")
        h.reset_property("a1", "mtu")
        eq(kernel("a1")["mtu"], 1500)
        found = {p.name: p for p in h.properties("a1")}
        eq((found["mtu"].value, found["mtu"].perm), ("1500", "rw"))
        eq([p.name for p in h.properties("a1", ["mtu", "state"])], ["mtu", "state"])
        eq([p.link for p in h.properties(names="mtu")].count("a1"), 1)
        raises(vwire.NotFound, h.get_property, "a1", "colour")
        raises(vwire.BadValue, h.set_property, "a1", "mtu", "many")


def test_the_property_table_needs_no_handle():
    table = {p.name: p for p in vwire.property_table()}
    eq(table["mtu"].perm, "rw")
    assert "vnic" in table["mtu"].classes and table["mtu"].help, table["mtu"]
    assert "zone" in table, sorted(table)


def test_a_vlan_gets_the_name_dladm_would_give():
    need_kind("vlan")
    nic("net0")
    with vwire.open() as h:
        eq(h.create_vlan(None, "net0", 2), "net2000")
        eq(kernel("net2000")["linkinfo"]["info_data"]["id"], 2)
        eq(h.create_vlan("v1", "net0", 7), "v1")
        eq((h.link("v1").cls, h.link("v1").vid, h.link("v1").over), ("vlan", 7, "net0"))
        h.delete_vlan("v1")
        eq(kernel("v1"), None)


def test_an_aggregation_has_its_ports():
    need_kind("bond")
    for name in ("net0", "net1", "net2"):
        nic(name)
    with vwire.open() as h:
        h.create_aggr("aggr0", ["net0", "net1"], policy="L2,L3", lacp="active", timer="long")
        aggr, = h.aggrs("aggr0")
        eq((aggr.policy, aggr.lacp, aggr.timer), ("L2,L3", "active", "long"))
        eq(sorted(p.name for p in aggr.ports), ["net0", "net1"])
        h.add_aggr("aggr0", ["net2"])
        h.remove_aggr("aggr0", ["net0"])
        eq(sorted(h.link("aggr0").ports), ["net1", "net2"])
        h.modify_aggr("aggr0", policy="L4")
        eq(next(h.aggrs()).policy, "L4")
        h.delete_aggr("aggr0")
        eq(kernel("aggr0"), None)


def test_simnets_are_cabled_and_uncabled():
    with vwire.open() as h:
        h.create_simnet("sim0")
        h.create_simnet("sim1")
        h.modify_simnet("sim0", "sim1")
        eq((h.link("sim0").over, h.link("sim1").over), ("sim1", "sim0"))
        h.modify_simnet("sim0", None)
        eq(h.link("sim0").over, None)
        h.delete_simnet("sim0")
        h.delete_simnet("sim1")
        eq(sorted(kernel()), ["lo"])


def test_a_bridge_has_its_parameters_and_ports():
    with vwire.open() as h:
        for name in ("sim0", "sim1"):
            h.create_simnet(name)
        h.create_bridge("br", ["sim0"], priority=4096, stp=True)
        bridge, = h.bridges("br", detail=True)
        eq((bridge.priority, bridge.stp, [p.name for p in bridge.ports]), (4096, True, ["sim0"]))
        assert any(entry.local for entry in bridge.fdb), bridge.fdb
        eq(kernel("sim0")["master"], kernel("br")["ifname"])
        h.add_bridge("br", ["sim1"])
        h.remove_bridge("br", ["sim0"])
        h.modify_bridge("br", hello_s=3, max_age_s=10)
        bridge, = h.bridges("br")
        eq((bridge.hello_s, bridge.max_age_s, [p.name for p in bridge.ports]), (3, 10, ["sim1"]))
        raises(vwire.Busy, h.delete_bridge, "br")
        h.remove_bridge("br", ["sim1"])
        h.delete_bridge("br")
        eq(kernel("br"), None)


def test_a_tunnel_has_its_addresses():
    need_kind("ipip")
    with vwire.open() as h:
        h.create_iptun("tun1", "ipv4", local="192.0.2.1", remote="192.0.2.2")
        eq(list(h.iptuns("tun1")), [vwire.Iptun("tun1", "ipv4", "192.0.2.1", "192.0.2.2")])
        h.modify_iptun("tun1", remote="192.0.2.3")
        eq(kernel("tun1")["linkinfo"]["info_data"]["remote"], "192.0.2.3")
        h.delete_iptun("tun1")
        eq(kernel("tun1"), None)


def test_what_the_kernel_lacks_is_named_in_one_sentence():
    nic("net0")
    with vwire.open() as h:
        before = sorted(kernel())
        try:
            h.create_aggr("aggr0", ["net0"])
            h.delete_aggr("aggr0")
        except vwire.NotSupported as error:
            assert "bond" in error.message + error.hint, (error.message, error.hint)
        eq(sorted(kernel()), before)


def test_hardware_is_listed():
    nic("net0")
    with vwire.open() as h:
        ether = next(h.ether("net0"))
        eq((ether.name, ether.ptype), ("net0", "current"))
        assert len(list(h.ether("net0", detail=True))) > 1
        mac = next(h.phys_macs("net0"))
        eq(mac.name, "net0")
        eq([int(part, 16) for part in mac.mac.split(":")],
           [int(part, 16) for part in kernel("net0")["address"].split(":")])
        assert {r.type for r in h.phys_rings("net0")} <= {"RX", "TX"}


def test_restore_makes_what_is_saved_and_check_names_what_differs():
    with vwire.open() as h:
        h.create_etherstub("stub1")
        h.create_vnic("a1", "stub1", props={"mtu": 1400})
        mac = h.link("a1").mac
        eq(h.check(), [])
        sh("ip", "link", "del", "a1")
        differs = h.check()
        assert [i for i in differs if i.link == "a1" and i.outcome == "differs"], differs
        report = h.restore()
        eq([i.outcome for i in report if i.path == "links.a1"], ["created"])
        eq((h.link("a1").mac, kernel("a1")["mtu"]), (mac, 1400))
        eq(h.check(), [])


def test_a_restore_that_fails_in_part_carries_the_report():
    with vwire.open() as h:
        h.create_etherstub("stub1")
        h.create_vnic("a1", "stub1")
        h.create_etherstub("stub2")
        for link in ("a1", "stub1", "stub2"):
            sh("ip", "link", "del", link)
        sh("ip", "link", "add", "stub1", "type", "veth", "peer", "name", "x1")
        error = raises(vwire.Partial, h.restore)
        outcomes = {i.path: i.outcome for i in error.report}
        eq((outcomes["links.stub1"], outcomes["links.stub2"]), ("failed", "created"))
        assert kernel("stub2") is not None


def test_offline_handles_edit_files_and_never_the_kernel():
    os.makedirs("elsewhere")
    with vwire.open(os.path.abspath("elsewhere"), offline=True) as h:
        h.create_etherstub("stub1")
        eq([l.name for l in h.links()], ["stub1"])
    eq(sorted(kernel()), ["lo"])
    with open("elsewhere/etc/vwire/config.json", encoding="utf-8") as file:
        eq(json.load(file)["links"]["stub1"]["class"], "etherstub")


def test_probe_tells_what_this_kernel_can_do():
    features = vwire.probe()
    assert len(features) > 3, features
    for feature in features:
        assert feature.name and feature.serves, feature
        assert feature.present is not False or feature.advice, feature
    eq(sorted(kernel()), ["lo"])


run(globals())

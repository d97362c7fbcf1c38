#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The published schema and the validator of the library accept and refuse the same documents."""
import copy
import json
import os
import subprocess
import sys
import tempfile

try:
    import jsonschema
except ImportError:
    print("1..0 # SKIP python3-jsonschema is not installed")
    sys.exit(0)

SOURCE = os.environ.get("VW_SOURCE", os.path.join(os.path.dirname(__file__), "../.."))
VALIDATE = os.path.join(os.environ.get("VW_BUILD", "build"), "tests/unit/validate")

WRONG = [None, True, -1, 0, 1, 5000, 2**70, 1.5, "", "x", "1", [], ["x"], {}, {"a": "b"}, "a b",
         "a/b", "\u202e", "x" * 2000, "..", "/", "1:0:5e:1:2:3", "0:0:0:0:0:0", "2:8:20:1:2:3",
         "192.0.2.9", "2001:db8::1", "on", "off", "L2,L4", "long", "phys", "e0", ["e0", "e0"]]

VNIC = {"class": "vnic", "over": "e0", "mac": "2:8:20:1:2:3"}
GOOD = [
    {},
    {"stub1": {"class": "etherstub"}},
    {"web1": {**VNIC, "vid": 10, "macaddrtype": "random", "zone": "web", "forced": True,
              "props": {"mtu": "1400", "alias": "a \"b\""}}},
    {"vlan7": {"class": "vlan", "over": "eth0", "vid": 7, "forced": True, "zone": "/run/netns/a"}},
    {"aggr0": {"class": "aggr", "ports": ["e0", "e1"], "lacp": "active", "timer": "long",
               "policy": "L3,L4", "forced": False, "mac": "02-08-20-0a-0b-0c",
               "macaddrtype": "fixed", "zone": "1234"}},
    {"eth1": {"class": "phys", "props": {"mtu": "9000"}, "zone": "a"}},
    {"wg-x": {"class": "misc", "zone": "a"}},
    {"sim0": {"class": "simnet", "over": "sim1", "mac": "0208.200a.0b0c"}},
    {"br": {"class": "bridge", "ports": ["sim0"], "priority": 4096, "maxage": 20, "hello": 2,
            "fwddelay": 15, "stp": "on"}},
    {"tun0": {"class": "iptun", "tunnel": "ipv4", "local": "192.0.2.1", "remote": "192.0.2.2"}},
    {"tun1": {"class": "iptun", "tunnel": "ipv6", "local": "2001:db8::1", "zone": "a"}},
    {"tun2": {"class": "iptun", "tunnel": "6to4", "local": "192.0.2.1"}},
]
FLOWS = [
    {"link": "web1", "match": {"transport": "tcp"}, "props": {"maxbw": "30M"}},
    {"link": "e0", "match": {"local_ip": "10.0.0.0/24"}},
    {"link": "gr\u00f6\u00df0", "match": {"remote_ip": "2001:db8::/32"}, "props": {}},
    {"link": "web1", "match": {"transport": "udp", "local_port": "53"}},
    {"link": "web1", "match": {"transport": "sctp", "remote_port": "65535"}},
    {"link": "web1", "match": {"transport": "icmpv6"}},
    {"link": "web1", "match": {"dsfield": "0x2e:0xfc"}},
]
FLOW_WRONG = ["tcp", "TCP", "icmp", "tcpx", "0", "80", "080", "65536", "10.0.0.0/0", "10.0.0.0/24",
              "10.0.0.0", "0x2e", "0x2e:0x00", "0x2E:0xfc", "0x2:0xfc", "0xff:0x01"]
FLOW_NAMES = ["", "f", "tcp-flow1", "1f", "-f", "a b", "a/b", "a" * 127, "a" * 128, "x_.-9",
              "e\u202e0", "gr\u00f6\u00df0"]
NAMES = ["", "web", "web1", "web01", "web0", "1web1", "w b1", "w/1", "a" * 31, "a" * 30 + "1",
         "a" * 31 + "1", "v4294967294", "v4294967295", "v42949672940", "br", "default", "all",
         "SUNW1", "x-p", "x-q", "x-t", "-x1", ".", "..", "e\u202e0", "e\u001b0", "gr\u00f6\u00df0", "a:b"]


def named(name, link):
    return {"vwire": 1, "links": {name: link}}


def flows(name, flow):
    return {"vwire": 1, "links": {}, "flows": {name: flow}}


def flow_variants():
    """The same for flows."""
    for flow in FLOWS:
        for name in FLOW_NAMES:
            yield flows(name, flow)
        for member in ("link", "match", "props", "removed", "colour"):
            for value in WRONG:
                yield flows("f1", {**flow, member: value})
            yield flows("f1", {m: v for m, v in flow.items() if m != member})
        for attr in ("local_ip", "remote_ip", "transport", "local_port", "remote_port", "dsfield",
                     "vlan"):
            for value in WRONG + FLOW_WRONG:
                yield flows("f1", {**flow, "match": {**flow["match"], attr: value}})
                yield flows("f1", {**flow, "match": {attr: value}})
            less = {a: v for a, v in flow["match"].items() if a != attr}
            yield flows("f1", {**flow, "match": less})


def variants():
    """Good documents, and each of them with one thing different."""
    yield from flow_variants()
    for links in GOOD:
        yield {"vwire": 1, "generation": 3, "links": links}
        for name, link in links.items():
            for member in link:
                for value in WRONG:
                    yield named(name, {**link, member: value})
                less = dict(link)
                del less[member]
                yield named(name, less)
            for member in ("over", "ports", "vid", "mac", "macaddrtype", "lacp", "timer", "policy",
                           "priority", "stp", "tunnel", "local", "zone", "removed", "colour"):
                other = next((v[member] for g in GOOD for v in g.values() if member in v), True)
                yield named(name, {**link, member: other})
            for other in NAMES:
                yield named(other, link)
    for member in ("vwire", "generation", "links", "netns", "flows"):
        for value in WRONG:
            yield {"vwire": 1, "links": {}, member: value}
    for value in WRONG:
        yield value
    for name in ("a" * 63, "a" * 64, "", "a b", "_private", "x.y-z"):
        yield named("web1", {**VNIC, "props": {name: "1"}})
    yield named("web1", {**VNIC, "props": {"p%d" % i: "1" for i in range(257)}})
    yield named("br", {"class": "bridge", "ports": ["e%d" % i for i in range(1025)]})


# Rules about several values at once: beyond a schema.
BEYOND = [
    {"v1": {"class": "vlan", "over": "v1", "vid": 7}},
    {"web1": VNIC, "web2": VNIC},
    {"sim0": {"class": "simnet", "over": "web1"}, "web1": VNIC},
    {"br": {"class": "bridge", "maxage": 40}},
]


BEYOND_PREFIX = ["10.0.0.1/24", "10.0.0/24", "10.0.0.0/33", "2001:db8:0::/32", "2001:db8::1/32"]


def library(documents):
    with tempfile.TemporaryDirectory() as directory:
        paths = []
        for i, document in enumerate(documents):
            paths.append(os.path.join(directory, "%d.json" % i))
            with open(paths[-1], "w", encoding="utf-8") as f:
                json.dump(document, f)
        out = []
        for i in range(0, len(paths), 500):
            run = subprocess.run([VALIDATE, *paths[i:i + 500]], capture_output=True, text=True,
                                 check=True)
            out += run.stdout.splitlines()
        return out


def main():
    with open(os.path.join(SOURCE, "docs/schema/vwire-1.schema.json"), encoding="utf-8") as f:
        schema = json.load(f)
    cls = jsonschema.Draft202012Validator
    cls.check_schema(schema)
    checker = cls(schema, format_checker=jsonschema.FormatChecker(["ipv4", "ipv6"]))
    documents = list(variants())
    differ = []
    good = 0
    for document, answer in zip(documents, library(documents), strict=True):
        ok = checker.is_valid(document)
        good += ok
        if ok != (answer == "ok"):
            differ.append((ok, answer, document))
    print("1..3")
    print("ok 1 - the schema is a valid schema")
    for ok, answer, document in differ[:20]:
        print("# schema %s, library '%s': %.300s" % ("accepts" if ok else "refuses", answer,
                                                     document))
    print("%s 2 - schema and validator agree on %d documents, %d of them good" %
          ("not ok" if differ else "ok", len(documents), good))
    beyond = [{"vwire": 1, "links": copy.deepcopy(links)} for links in BEYOND]
    beyond += [flows("f1", {"link": "e0", "match": {"local_ip": p}}) for p in BEYOND_PREFIX]
    wrong = [d for d, a in zip(beyond, library(beyond), strict=True)
             if a == "ok" or not checker.is_valid(d)]
    print("%s 3 - what a schema cannot say is refused by the validator" %
          ("not ok" if wrong else "ok"))
    return bool(differ or wrong)


if __name__ == "__main__":
    sys.exit(main())

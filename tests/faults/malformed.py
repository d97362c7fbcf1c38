#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""malformed.py [PROGRAM]: `vwire restore` on hundreds of malformed configurations.

Each is refused: exit status 1, one message that names the offending member or the line, nothing
raw on the terminal, no link made or changed, no file touched. Every case runs in a network
namespace of its own that holds the links the configuration speaks of. Output is TAP.
"""
import ctypes
import json
import multiprocessing
import os
import random
import re
import shutil
import socket
import stat
import struct
import subprocess
import sys
import tempfile

CLONE_NEWNET = 0x40000000
MAC = "2:8:20:1:2:3"
PROGRAM = sys.argv[1] if len(sys.argv) > 1 else os.path.join(
    os.environ.get("VW_BUILD", "build"), "cli/vwire/vwire")

CANONICAL = """{"vwire": 1, "generation": 7, "links": {
"stub1": {"class": "etherstub"},
"web1": {"class": "vnic", "over": "net0", "mac": "2:8:20:1:2:3", "macaddrtype": "random"},
"web2": {"class": "vnic", "over": "stub1", "mac": "2:8:20:1:2:4", "props": {"mtu": "1400"}},
"net0": {"class": "phys", "props": {"mtu": "1400"}}
}}
"""

# One good link of each class: the rest of a document that is broken in one place.
LINKS = {
    "web1": {"class": "vnic", "over": "net0", "mac": MAC, "macaddrtype": "random", "vid": 5,
             "zone": "web", "forced": True, "props": {"mtu": "1400"}},
    "stub1": {"class": "etherstub"},
    "vlan7": {"class": "vlan", "over": "net0", "vid": 7},
    "aggr0": {"class": "aggr", "ports": ["net0", "wire0"], "lacp": "active", "timer": "short",
              "policy": "L4"},
    "sim0": {"class": "simnet", "mac": MAC, "over": "sim1"},
    "br": {"class": "bridge", "ports": ["net0"], "priority": 32768, "maxage": 20, "hello": 2,
           "fwddelay": 15, "stp": "on"},
    "tun0": {"class": "iptun", "tunnel": "ipv4", "local": "192.0.2.1", "remote": "192.0.2.2"},
}

# Texts that are a value of no member but a free one, as they stand in the file.
NO_VALUE = ['null', '{}', '[[]]', '-1', '1.5', '1e2', '18446744073709551616', '9' * 400, '""',
            '"\\u001b[31mred"', '"\\u202eabc"', '"\\u200b"', '"a\\nb"', '"../../etc"',
            '"%s"' % ("x" * 3000)]
# What is wrong for a member besides; the last word says what it may be.
WRONG = {
    "class": ['"nic"', '7', '["vnic"]', 'true', '"VNIC"'],
    "over": ['7', 'true', '["net0"]', '"a b"', '"a/b"', '"."', '"a:b"', '"%s"' % ("n" * 32)],
    "mac": ['7', '"2:8:20:1:2"', '"2:8:20:1:2:3:4"', '"1:0:5e:1:2:3"', '"0:0:0:0:0:0"',
            '"ff:ff:ff:ff:ff:ff"', '"auto"', '"2:8:20:1:2:g"', '"2:8:20:1:2:3 "'],
    "macaddrtype": ['"auto"', '1', '"Random"', 'false'],
    "vid": ['0', '4095', '"5"', 'true', '[5]', '65541', '5.0'],
    "zone": ['7', 'true', '["web"]', '"a/b"', '"."'],
    "forced": ['1', '"true"', '[true]'],
    "ports": ['"net0"', '7', '[]', '[7]', '["net0", "net0"]', '["net0", null]', '["net0", ""]',
              '["a b"]', '{"0": "net0"}'],
    "lacp": ['"on"', '1', 'true'],
    "timer": ['"fast"', '30'],
    "policy": ['"L5"', '"L4,L2"', '["L4"]', '4'],
    "priority": ['61441', '100', '"0"', '65536'],
    "maxage": ['5', '41', '"20"', '40'],
    "hello": ['0', '11', '"2"'],
    "fwddelay": ['3', '31', '"15"'],
    "stp": ['true', '1', '"yes"'],
    "tunnel": ['"gre"', '4', 'true'],
    "local": ['"host"', '"::1"', '"192.0.2.1/24"', '"192.0.2.256"', '7'],
    "remote": ['"host"', '"::1"', '"192.0.2"', '["192.0.2.1"]'],
    "props": ['[]', '"mtu=1400"', '7', '{"mtu": 1400}', '{"mtu": null}', '{"mtu": ["1400"]}',
              '{"": "1"}', '{"a b": "1"}', '{"mtu": "1\\u0007"}', '{"%s": "1"}' % ("p" * 64),
              '{"mtu": "1400", "mtu": "1400"}', '{"m\\u0074u": "1400", "mtu": "1400"}'],
}
# A value of the list above that is none: {} is a set of properties, bad only elsewhere.
RIGHT = {("props", '{}')}


def document(links, head='{"vwire": 1, "links": {'):
    """A document from texts: name to text of the link."""
    return (head + ",\n".join('"%s": %s' % item for item in links.items()) + "}}\n").encode()


def replaced(link, member, value):
    """The text of @link with @member having the text @value."""
    return "{" + ", ".join('"%s": %s' % (m, value if m == member else json.dumps(v))
                           for m, v in link.items()) + "}"


def one(name, text):
    return document({name: text})


class Case:
    def __init__(self, name, content, says, kind="file", mode=0o644, owner=None):
        self.name, self.content, self.says = name, content, says
        self.kind, self.mode, self.owner = kind, mode, owner


def truncated():
    data = CANONICAL.encode()
    for at in range(0, len(data) - 4, 4):
        yield Case("truncated after %d bytes" % at, data[:at], r"config\.json: line \d+: ")


def wrong_values():
    for name, link in LINKS.items():
        for member in link:
            for value in NO_VALUE + WRONG[member]:
                if (member, value) in RIGHT:
                    continue
                # Timers of a bridge depend on each other: the message may name maxage.
                path = "(%s|maxage)" % member if name == "br" else re.escape(member)
                yield Case("%s.%s is %.40s" % (name, member, value),
                           one(name, replaced(link, member, value)),
                           r"config\.json: links\.%s\.%s" % (re.escape(name), path))


def wrong_members():
    for name, link in LINKS.items():
        text = json.dumps(link)
        for member in link:
            twice = text[:-1] + ', "%s": %s}' % (member, json.dumps(link[member]))
            yield Case("%s.%s twice" % (name, member), one(name, twice),
                       r"links\.%s\.%s: is there twice" % (name, member))
        for member in ("class", "over", "mac", "ports", "vid", "tunnel"):
            if member in link and (name, member) not in (("web1", "vid"), ("sim0", "over"),
                                                         ("sim0", "mac"), ("br", "ports")):
                less = {k: v for k, v in link.items() if k != member}
                yield Case("%s without %s" % (name, member), one(name, json.dumps(less)),
                           r"links\.%s\.%s: is missing" % (name, member))
        for member in ("colour", "Class", "over ", "vlan", "removed", "\\u001b[2J", ""):
            yield Case("%s with a member '%s'" % (name, member),
                       one(name, text[:-1] + ', "%s": 1}' % member),
                       r"config\.json: links\.%s\..*: is no member known here" % name)
        foreign = "lacp" if name != "aggr0" else "tunnel"
        value = '"off"' if foreign == "lacp" else '"ipv4"'
        yield Case("%s with a member of another class" % name,
                   one(name, text[:-1] + ', "%s": %s}' % (foreign, value)),
                   r"links\.%s\.%s: a link of class" % (name, foreign))
        for value in ("7", "null", "[]", '"vnic"', "true"):
            yield Case("%s is %s" % (name, value), one(name, value),
                       r"config\.json: links\.%s: must be an object" % name)
        yield Case("%s twice" % name, ('{"vwire": 1, "links": {"%s": %s, "%s": %s}}' %
                                       (name, text, name, text)).encode(),
                   r"config\.json: links\.%s: is there twice" % name)


def wrong_names():
    for name in ("", "web", "web01", "1web1", "w b1", "w/1", "-x1", "v4294967295", "a" * 32 + "1",
                 "a%d", "$(x)1", "w\\u001b[31m1", "e\\u202e1", "web1\\n", "..", "x" * 3000 + "1"):
        yield Case("a link named '%.40s'" % name, one(name, '{"class": "etherstub"}'),
                   r"config\.json: links\..*: the name ")


FLOW = {"link": "net0", "match": {"transport": "tcp", "local_port": "80"},
        "props": {"maxbw": "30M"}}
# Members of a flow and texts they cannot have, besides NO_VALUE.
WRONG_FLOW = {
    "link": ['7', '["net0"]', '"a b"', '"a/b"', '"%s"' % ("n" * 32)],
    "match": ['7', '"transport=tcp"', '[]', '{"transport": 6}', '{"transport": "TCP"}',
              '{"transport": "tcpx"}', '{"transport": "6"}', '{"local_port": "80"}',
              '{"transport": "icmp", "local_port": "80"}',
              '{"transport": "tcp", "local_port": "0"}',
              '{"transport": "tcp", "local_port": "65536"}',
              '{"transport": "tcp", "local_port": "080"}',
              '{"transport": "tcp", "local_port": 80}',
              '{"transport": "tcp", "local_port": "1", "remote_port": "1"}',
              '{"transport": "tcp", "transport": "tcp"}', '{"vlan": "1"}',
              '{"local_ip": "10.0.0.1"}', '{"local_ip": "10.0.0.1/24"}',
              '{"local_ip": "0.0.0.0/0"}', '{"local_ip": "10.0.0.0/33"}',
              '{"local_ip": "10.0.0.0/-1"}', '{"remote_ip": "::1"}',
              '{"remote_ip": "2001:DB8::/32"}', '{"remote_ip": "host/32"}',
              '{"local_ip": "10.0.0.0/8", "transport": "tcp"}',
              '{"dsfield": "0x2e"}', '{"dsfield": "0x2e:0x00"}', '{"dsfield": "46:252"}'],
    "props": ['7', '[]', '{"maxbw": 30}', '{"maxbw": "1\\u0007"}', '{"": "1"}',
              '{"maxbw": "1M", "maxbw": "1M"}'],
}


def flows(flows_by_name):
    return document(flows_by_name, '{"vwire": 1, "links": {}, "flows": {')


def wrong_flows():
    text = json.dumps(FLOW)
    for member, wrong in WRONG_FLOW.items():
        for value in NO_VALUE + wrong:
            if (member, value) not in RIGHT:
                yield Case("a flow's %s is %.60s" % (member, value),
                           flows({"f1": replaced(FLOW, member, value)}),
                           r"config\.json: flows\.f1\.%s" % member)
        if member != "props":
            less = {k: v for k, v in FLOW.items() if k != member}
            yield Case("a flow without %s" % member, flows({"f1": json.dumps(less)}),
                       r"flows\.f1\.%s: is missing" % member)
        twice = text[:-1] + ', "%s": %s}' % (member, json.dumps(FLOW[member]))
        yield Case("a flow's %s twice" % member, flows({"f1": twice}),
                   r"flows\.f1\.%s: is there twice" % member)
    for member in ("colour", "Link", "removed", "over", "\\u001b[2J", ""):
        yield Case("a flow with a member '%s'" % member,
                   flows({"f1": text[:-1] + ', "%s": 1}' % member}),
                   r"config\.json: flows\.f1\..*: is no member known here")
    for name in ("", "1f", "-f", "a b", "a/b", "a" * 128, "f\\u001b[31m", "e\\u202e1", "f\\n"):
        yield Case("a flow named '%.40s'" % name, flows({name: text}),
                   r"config\.json: flows\..*: the name ")
    for value in ("7", "null", "[]", '"net0"'):
        yield Case("a flow that is %s" % value, flows({"f1": value}),
                   r"config\.json: flows\.f1: must be an object")
    yield Case("100,000 flows, the last one wrong", flows(
        {**{"f%d" % i: text for i in range(100000)}, "f100000": "7"}),
               r"flows\.f100000: must be an object")


# Properties of the policy: a value the engine could not keep is refused before a link is touched.
WRONG_POLICY = {
    "maxbw": ['"10MB"', '"10mbps"', '"63K"', '"101G"', '"-1"', '"1e9"', '"0x10"', '"nan"', '""'],
    "maxbw-rx": ['"1K"', '"fast"'], "maxbw-tx": ['"1K"'], "minbw": ['"much"', '"200G"'],
    "priority": ['"urgent"', '"1"'], "datapath": ['"fast"'],
    "protection": ['"foo"', '"mac-nospoof,,"', '"mac-nospoof ip-nospoof"'],
    "allowed-ips": ['"10.0.0.300"', '"10.0.0.1/24"', '"10.0.0.0/33"', '"host"', '"::1/129"',
                    '"%s"' % ",".join("10.0.0.%d/32" % i for i in range(33))],
    "cpus": ['"99999"', '"3-1"', '"x"'],
}
WRONG_FLOWPROP = {
    "maxbw": WRONG_POLICY["maxbw"], "minbw": ['"much"'], "priority": ['"urgent"'],
    "action": ['"explode"'], "dscp": ['"64"', '"-1"', '"zz"'], "colour": ['"1"'],
    "protection": ['"mac-nospoof"'],
}


def wrong_policy():
    vnic = {"class": "vnic", "over": "net0", "mac": MAC, "props": {}}
    for name, wrong in WRONG_POLICY.items():
        for value in wrong:
            yield Case("a link's %s is %.40s" % (name, value),
                       one("web1", replaced(vnic, "props", '{"%s": %s}' % (name, value))),
                       r"config\.json: links\.web1\.props\.%s" % name)
    for name, wrong in WRONG_FLOWPROP.items():
        for value in wrong:
            yield Case("a flow's property %s is %.40s" % (name, value),
                       flows({"f1": replaced(FLOW, "props", '{"%s": %s}' % (name, value))}),
                       r"config\.json: flows\.f1\.props\.%s" % name)
    for a, b in (({"transport": "tcp"}, {"transport": "tcp", "local_port": "80"}),
                 ({"transport": "tcp"}, {"transport": "tcp"}),
                 ({"remote_ip": "10.0.0.0/8"}, {"remote_ip": "10.1.0.0/16"}),
                 ({"local_ip": "10.0.0.1/32"}, {"transport": "udp"})):
        yield Case("overlapping flows %s and %s" % (a, b),
                   flows({"f1": json.dumps({**FLOW, "match": a}),
                          "f2": json.dumps({**FLOW, "match": b})}),
                   r"config\.json: flows\.f[12]: a packet can match both it and flow 'f[12]'")


def wrong_tops():
    for text, says in (
            ("", r"line 1: "), (" \n\n", r"line 3: "), ("[]", r"document: must be an object"),
            ("7", r"document: "), ("null", r"document: "), ('"x"', r"document: "),
            ("{}", r"vwire: is missing"), ('{"vwire": 1}', r"links: is missing"),
            ('{"links": {}}', r"vwire: is missing"),
            ('{"vwire": 2, "links": {}}', r"vwire: must be a number from 1 to 1, is 2"),
            ('{"vwire": 0, "links": {}}', r"vwire: "), ('{"vwire": "1", "links": {}}', r"vwire: "),
            ('{"vwire": 1.0, "links": {}}', r"vwire: "),
            ('{"vwire": 1e0, "links": {}}', r"vwire: "),
            ('{"vwire": null, "links": {}}', r"vwire: "),
            ('{"vwire": 1, "vwire": 1, "links": {}}', r"vwire: is there twice"),
            ('{"vwire": 1, "links": {}, "links": {}}', r"links: is there twice"),
            ('{"vwire": 1, "links": []}', r"links: must be an object"),
            ('{"vwire": 1, "links": null}', r"links: "), ('{"vwire": 1, "links": "x"}', r"links: "),
            ('{"vwire": 1, "links": {}, "generation": -1}', r"generation: "),
            ('{"vwire": 1, "links": {}, "generation": "1"}', r"generation: "),
            ('{"vwire": 1, "links": {}, "generation": 1e99}', r"generation: "),
            ('{"vwire": 1, "links": {}, "netns": 1}', r"netns: is no member"),
            ('{"vwire": 1, "links": {}, "flows": []}', r"flows: must be an object"),
            ('{"vwire": 1, "links": {}, "flows": {}, "flows": {}}', r"flows: is there twice"),
            ('{"vwire": 1, "flows": {}}', r"links: is missing"),
            ('{"vwire": 1, "links": {}, "Links": {}}', r"Links: is no member")):
        yield Case("the document %.60s" % text, text.encode(), r"config\.json: " + says)


def not_json():
    good = CANONICAL.encode()
    for name, data in (
            ("a byte order mark", b"\xef\xbb\xbf" + good), ("UTF-16", CANONICAL.encode("utf-16")),
            ("trailing text", good + b"x"), ("two documents", good + good),
            ("a trailing comma", good.replace(b'"1400"}}\n}}', b'"1400"}},\n}}')),
            ("a NUL at the end", good + b"\0"), ("a NUL inside", good.replace(b"web1", b"we\0b1")),
            ("a NUL escape", good.replace(b"web1", b"we\\u0000b1")),
            ("half a surrogate pair", good.replace(b"web1", b"\\ud800b1")),
            ("bytes that are no UTF-8", good.replace(b"web1", b"we\xff\xfe1")),
            ("an overlong character", good.replace(b"web1", b"we\xc0\xaf1")),
            ("a raw newline in a string", good.replace(b"web1", b"we\nb1")),
            ("a raw escape character", good.replace(b"web1", b"we\x1b[31mb1")),
            ("comments", b"// mine\n" + good), ("single quotes", good.replace(b'"', b"'")),
            ("names without quotes", good.replace(b'"vwire"', b"vwire")),
            ("a hexadecimal number", good.replace(b"1,", b"0x1,", 1)),
            ("a number with a leading zero", good.replace(b"1,", b"01,", 1)),
            ("NaN", good.replace(b"7,", b"NaN,", 1)), ("True", good.replace(b"7,", b"True,", 1)),
            ("YAML", b"vwire: 1\nlinks:\n  web1: {class: vnic}\n"),
            ("INI", b"[links]\nweb1=vnic\n"),
            ("a shell script", b"#!/bin/sh\nreboot\n"),
            ("an ELF header", b"\x7fELF\x02\x01\x01" * 9)):
        yield Case(name, data, r"config\.json: line \d+: ")
    for seed in range(20):
        data = random.Random(seed).randbytes(1 + 97 * seed)
        yield Case("%d random bytes" % len(data), data, r"config\.json: (line \d+|document): ")


def huge():
    yield Case("10,000 deep lists", b'{"vwire": ' + b"[" * 10000 + b"]" * 10000 + b"}",
               r"config\.json: line 1: nested more than 32 deep")
    yield Case("10,000 deep objects", b'{"links": ' + b'{"a":' * 10000 + b"1" + b"}" * 10001,
               r"config\.json: (line 1: nested|links\.a)")
    yield Case("10 MiB of one string", one("web1", replaced(LINKS["web1"], "zone",
                                                            '"%s"' % ("z" * (10 << 20)))),
               r"links\.web1\.zone: is longer than 1023 bytes")
    yield Case("10 MiB of blanks, then the end", b'{"vwire": 1,' + b" \n" * (5 << 20),
               r"config\.json: line 5242881: the text ends too early")
    yield Case("100,000 properties", one("web1", replaced(
        LINKS["web1"], "props", "{%s}" % ", ".join('"p%d": "1"' % i for i in range(100000)))),
               r"links\.web1\.props: holds more than 256 properties")
    yield Case("100,000 links, the last one wrong", document(
        {**{"s%d" % i: '{"class": "etherstub"}' for i in range(100000)}, "s100000": "7"}),
               r"links\.s100000: must be an object")
    yield Case("100,000 ports", one("br", replaced(
        LINKS["br"], "ports", "[%s]" % ", ".join('"e%d"' % i for i in range(100000)))),
               r"links\.br\.ports: holds more than 1024 links")
    yield Case("a number of a million digits", one("web1", replaced(
        LINKS["web1"], "vid", "1" * 1000000)), r"links\.web1\.vid: must be a number")
    yield Case("more than 64 MiB", 65 << 20, r"config\.json: is larger than 64 MiB", kind="sparse")


def together():
    for length in (1, 2, 3, 100):
        ring = {"v%d" % i: json.dumps({"class": "vlan", "over": "v%d" % ((i + 1) % length),
                                       "vid": 7}) for i in range(length)}
        yield Case("a circle of %d links" % length, document(ring),
                   r"config\.json: links\.v\d+\.over: goes round in a circle")
    yield Case("a circle through ports", document({
        "a1": '{"class": "aggr", "ports": ["net0", "v1"]}',
        "v1": '{"class": "vlan", "over": "a1", "vid": 1}'}),
               r"links\.(a1\.ports|v1\.over): goes round in a circle")
    yield Case("two links with one address", document({
        "web1": '{"class": "vnic", "over": "net0", "mac": "2:8:20:1:2:3"}',
        "web2": '{"class": "vnic", "over": "net0", "mac": "02-08-20-01-02-03"}'}),
               r"links\.web2\.mac: 2:8:20:1:2:3 is the address of 'web1' over 'net0' already")
    yield Case("a simnet cabled to a VNIC", document({
        "sim0": '{"class": "simnet", "over": "web1"}', "web1": json.dumps(LINKS["web1"])}),
               r"links\.sim0\.over: 'web1' is no simnet")
    yield Case("a cable with three ends", document({
        "sim0": '{"class": "simnet", "over": "sim1"}',
        "sim1": '{"class": "simnet", "over": "sim2"}', "sim2": '{"class": "simnet"}'}),
               r"links\.sim0\.over: 'sim1' is cabled to 'sim2'")
    yield Case("a good link before a bad one", document({
        "stub1": '{"class": "etherstub"}', "web1": '{"class": "vnic"}'}),
               r"links\.web1\.(over|mac): is missing")


def no_plain_file():
    good = CANONICAL.encode()
    yield Case("a FIFO", good, r"config\.json: is not a regular file", kind="fifo")
    yield Case("a directory", good, r"config\.json: is not a regular file", kind="directory")
    yield Case("a symbolic link", good, r"config\.json: is not a regular file", kind="symlink")
    yield Case("a symbolic link to nowhere", good, r"config\.json: is not a regular file",
               kind="dangling")
    yield Case("a socket", good, r"config\.json: is not a regular file", kind="socket")
    yield Case("a device", good, r"config\.json: is not a regular file", kind="device")
    for mode in (0o666, 0o664, 0o622, 0o777, 0o646):
        yield Case("mode %04o" % mode, good, r"config\.json: can be written by others", mode=mode)
    yield Case("a file of somebody else", good, r"config\.json: belongs to user 12345",
               owner=12345)
    yield Case("a directory all may write to", good, r"etc/vwire: can be written by others",
               kind="open directory")
    yield Case("a directory that is a link", good, r"open .*/etc/vwire: ", kind="linked directory")
    yield Case("a file in place of the directory", good, r"open .*/etc/vwire: ",
               kind="no directory")


GROUPS = (truncated, wrong_values, wrong_members, wrong_names, wrong_flows, wrong_policy,
          wrong_tops, not_json, huge, together, no_plain_file)


def write(path, case):
    if isinstance(case.content, int):
        with open(path, "wb") as f:
            f.truncate(case.content)
    else:
        with open(path, "wb") as f:
            f.write(case.content)
    os.chmod(path, case.mode)
    if case.owner is not None:
        os.chown(path, case.owner, 0)


def lay_out(root, case):
    """Make the configuration of @case below @root; returns its path."""
    etc = os.path.join(root, "etc/vwire")
    path = os.path.join(etc, "config.json")
    if case.kind == "no directory":
        os.mkdir(os.path.dirname(etc))
        write(etc, case)
        return etc
    real = os.path.join(root, "elsewhere") if case.kind == "linked directory" else etc
    os.makedirs(real, 0o755)
    os.chmod(real, 0o777 if case.kind == "open directory" else 0o755)
    if case.kind == "linked directory":
        os.mkdir(os.path.dirname(etc))
        os.symlink(real, etc)
    if case.kind == "fifo":
        os.mkfifo(path)
    elif case.kind == "directory":
        os.mkdir(path)
    elif case.kind == "device":
        os.mknod(path, stat.S_IFCHR | 0o600, os.makedev(1, 5))
    elif case.kind == "socket":
        with socket.socket(socket.AF_UNIX) as s:
            s.bind(path)
    elif case.kind in ("symlink", "dangling"):
        if case.kind == "symlink":
            write(path + ".real", case)
        os.symlink("config.json.real", path)
    else:
        write(path, case)
    return path


def state_of(root):
    """All files of etc: kind, owner, version, content."""
    found = {}
    for directory, dirs, files in os.walk(os.path.join(root, "etc")):
        for name in dirs + files:
            path = os.path.join(directory, name)
            st = os.lstat(path)
            content = None
            if stat.S_ISREG(st.st_mode) and st.st_size < 1 << 20:
                with open(path, "rb") as f:
                    content = f.read()
            found[path] = (st.st_mode, st.st_uid, st.st_ino, st.st_mtime_ns, st.st_ctime_ns,
                           st.st_size, content)
    return found


def links():
    """Every link of this namespace as the kernel tells it (RTM_GETLINK)."""
    out = b""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as s:
        s.send(struct.pack("=IHHIIB15x", 32, 18, 0x301, 1, 0, 0))
        while True:
            data = s.recv(1 << 18)
            kind, = struct.unpack_from("=H", data, 4)
            if kind in (2, 3):	# NLMSG_ERROR, NLMSG_DONE
                return out
            out += data


def fresh_namespace():
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    subprocess.run(["ip", "link", "add", "net0", "type", "veth", "peer", "name", "wire0"],
                   check=True)


def faults_of(case, run, before, after):
    errors = run.stderr.decode("utf-8", "surrogateescape")
    messages = [line for line in errors.splitlines() if not line.startswith("vwire: hint: ")]
    if run.returncode != 1:
        yield "exit status %d" % run.returncode
    if run.stdout:
        yield "wrote to its output: %.100r" % run.stdout
    if len(messages) != 1 or not messages[0].startswith("vwire: "):
        yield "%d messages instead of one" % len(messages)
    elif not re.search(case.says, messages[0]):
        yield "the message does not say '%s'" % case.says
    if not errors.replace("\n", "").isprintable():
        yield "raw characters in the message"
    if before[0] != after[0]:
        yield "links changed"
    if before[1] != after[1]:
        yield "files changed"


def try_case(case):
    root = tempfile.mkdtemp(prefix="vwire-malformed-")
    try:
        fresh_namespace()
        lay_out(root, case)
        before = links(), state_of(root)
        try:
            run = subprocess.run([PROGRAM, "restore"], capture_output=True, timeout=60, check=False,
                                 env={"VWIRE_ROOT": root, "PATH": os.environ["PATH"]})
        except subprocess.TimeoutExpired:
            return case.name, ["did not end in 60 s"], ""
        return (case.name, list(faults_of(case, run, before, (links(), state_of(root)))),
                run.stderr.decode("utf-8", "replace"))
    finally:
        shutil.rmtree(root, ignore_errors=True)


def main():
    if os.geteuid() != 0:
        print("1..0 # SKIP needs root for network namespaces")
        return 0
    if not os.access(PROGRAM, os.X_OK):
        print("Bail out! no program %s" % PROGRAM)
        return 1
    cases = [case for group in GROUPS for case in group()]
    failed = 0
    print("1..%d" % len(cases), flush=True)
    with multiprocessing.Pool(min(4, os.cpu_count() or 1)) as pool:
        for number, (name, faults, errors) in enumerate(pool.imap(try_case, cases), 1):
            print("%s %d - %s" % ("not ok" if faults else "ok", number,
                                  ascii(name)[1:-1].replace("#", "\\#")))
            for line in faults + (errors.splitlines() if faults else []):
                print("# %s" % ascii(line)[1:-1][:400])
            failed += bool(faults)
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())

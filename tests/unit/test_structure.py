#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The tree keeps its own rules: rooms, symbols, licences, no traces of a machine."""
import os
import re
import subprocess
import sys

SOURCE = os.path.abspath(os.environ.get(
    "VW_SOURCE", os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")))
BUILD = os.environ.get("VW_BUILD", os.path.join(SOURCE, "build"))

# Which rooms the files of a room may include, besides their own.
ROOMS = {
    "wire": {"object", "stat", "store", "core", "util"},
    "object": {"prop", "policy", "store", "kernel", "core", "util"},
    "stat": {"object", "policy", "bpf", "store", "kernel", "core", "util"},
    "prop": {"policy", "store", "kernel", "core", "util"},
    "policy": {"kernel", "core", "util", "bpf"},
    "store": {"core", "util"},
    "kernel": {"core", "util"},
    "core": {"util"},
    "util": set(),
    "bpf": set(),
}
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.M)
SPDX = "SPDX-License-" + "Identifier:"
# Written in parts, so that this file does not find itself.
TRACES = re.compile("|".join(re.escape(a + b) for a, b in (
    ("/wo", "rk/"), ("/ho", "me/"), ("/tmp/bui", "ld-"), ("/ro", "ot/"))))
NO_LICENCE = re.compile(r"(^|/)(corpus|data|expected)/|/\.gitkeep$|"
                        r"\.(json|svg|png|pcap|txt|gz|dict|typed)$")


def files():
    """Paths of the project's files, whether git knows them yet or not."""
    command = ["git", "-C", SOURCE, "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    run = subprocess.run(command, capture_output=True, check=False)
    if run.returncode == 0 and run.stdout:
        names = run.stdout.decode().split("\0")[:-1]
    else:
        names = [os.path.relpath(os.path.join(d, f), SOURCE)
                 for d, _, fs in os.walk(SOURCE) for f in fs]
        names = [n for n in names if not n.startswith((".git/", "build"))]
    return sorted(n for n in set(names) if os.path.isfile(os.path.join(SOURCE, n)))


def text(name):
    with open(os.path.join(SOURCE, name), encoding="utf-8", errors="replace") as f:
        return f.read()


def includes(name):
    return INCLUDE.findall(text(name))


def no_include_points_up(names):
    for name in names:
        parts = name.split("/")
        if parts[0] != "lib" or len(parts) < 3 or not name.endswith((".c", ".h")):
            continue
        room = parts[1]
        if room not in ROOMS:
            yield "%s: '%s' is no room" % (name, room)
            continue
        for kind, path in includes(name):
            target = path.split("/")[0]
            # <bpf/bpf.h> is libbpf's, not of a room.
            if kind == "<" and not os.path.exists(os.path.join(SOURCE, "lib", path)):
                continue
            if ".." in path:
                yield "%s includes %s" % (name, path)
            elif "/" in path and target in ROOMS and target not in ROOMS[room] | {room}:
                yield "%s: room %s may not include %s" % (name, room, path)
            elif kind == '"' and "/" in path and target not in ROOMS:
                yield "%s includes %s from outside of the rooms" % (name, path)


def programs_see_the_public_api_only(names):
    for name in names:
        top = name.split("/")[0]
        if top not in ("cli", "bindings", "examples") or not name.endswith((".c", ".h", ".i")):
            continue
        for kind, path in includes(name):
            own = any(n.startswith(top + "/") and n.endswith("/" + path) for n in names)
            if kind == "<" and path.split("/")[0] in ROOMS:
                yield "%s includes <%s>" % (name, path)
            if kind == '"' and (".." in path or not own):
                yield "%s includes \"%s\"" % (name, path)


def symbols_of_the_map():
    """Of every release: each has a section."""
    return set(re.findall(r"^\t(vw_\w+);", text("lib/libvwire.map"), re.M))


def every_symbol_is_documented(names):
    headers = [n for n in names if n.startswith("include/vwire/") and n.endswith(".h")]
    comments = " ".join(c for n in headers for c in re.findall(r"/\*\*.*?\*/", text(n), re.S))
    declared = set()
    for n in headers:
        code = re.sub(r"/\*.*?\*/", "", text(n), flags=re.S)
        declared |= set(re.findall(r"VW_API[^;]*?\b(vw_\w+)\s*\(", code))
    listed = symbols_of_the_map()
    for symbol in sorted(listed - declared):
        yield "%s is in the map but in no header" % symbol
    for symbol in sorted(declared - listed):
        yield "%s is in a header but not in the map" % symbol
    for symbol in sorted(declared):
        if not re.search(r"\b%s\(\)[^*]*?- " % symbol, comments):
            yield "%s has no doc comment" % symbol
        if not symbol.startswith("vw_"):
            yield "%s does not begin with vw_" % symbol


def the_library_exports_the_map(_names):
    library = os.path.join(BUILD, "lib/libvwire.so")
    if not os.path.exists(library):
        yield "%s is missing: build first" % library
        return
    out = subprocess.run(["nm", "-D", "--defined-only", library], capture_output=True, text=True,
                         check=True).stdout
    exported = {line.split()[2].split("@")[0] for line in out.splitlines()
                if line.split()[1] in "TDBRVW"}
    listed = symbols_of_the_map()
    for symbol in sorted(listed - exported):
        yield "%s is in the map but not in the library" % symbol
    for symbol in sorted(exported - listed):
        yield "%s is exported but not in the map" % symbol


def every_file_has_a_licence(names):
    for name in names:
        if name.split("/")[0] in ("lib", "cli", "include", "bindings", "tests") and \
                not NO_LICENCE.search(name) and SPDX not in text(name)[:600]:
            yield "%s has no SPDX line" % name


def nothing_names_a_machine(names):
    for name in names:
        for number, line in enumerate(text(name).splitlines(), 1):
            found = TRACES.search(line)
            if found:
                yield "%s:%d names %s" % (name, number, found.group())


def main():
    names = files()
    checks = [no_include_points_up, programs_see_the_public_api_only, every_symbol_is_documented,
              the_library_exports_the_map, every_file_has_a_licence, nothing_names_a_machine]
    print("1..%d" % len(checks))
    failed = 0
    for number, check in enumerate(checks, 1):
        faults = list(check(names))
        failed += bool(faults)
        for fault in faults:
            print("# " + fault)
        print("%s %d - %s" % ("not ok" if faults else "ok", number,
                              check.__name__.replace("_", " ")))
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())

# SPDX-License-Identifier: LGPL-2.1-or-later
"""Each example is run and does what it says."""

import os
import shutil
import subprocess

from tap import BUILD, SOURCE, eq, kernel, run, sh, skip

import vwire

ENV = dict(os.environ, PYTHONPATH=os.path.join(BUILD, "bindings/python"), PYTHONUNBUFFERED="1")
ZONES = ("web", "app", "db")
VNICS = ("agent1", "agent2", "agent3")


def example(name, *args, status=0):
    """Output of an example that must end with that status; what it says on stderr when not 0."""
    command = [os.path.join(BUILD, "examples/agent")]
    if name.endswith(".py"):
        command = ["/usr/bin/python3", os.path.join(SOURCE, "examples", name)]
    done = subprocess.run([*command, *args], env=dict(ENV, VWIRE_ROOT=os.environ["VWIRE_ROOT"]),
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    eq((done.returncode, done.stderr if status == 0 else ""), (status, ""))
    return done.stderr if status else done.stdout


def is_short(name, lines):
    with open(os.path.join(SOURCE, "examples", name), encoding="utf-8") as file:
        assert len(file.readlines()) <= lines, f"{name} has more than {lines} lines"


def agent_works(name):
    for zone in ZONES:
        sh("ip", "netns", "add", zone)
    table = [line.split() for line in example(name, "up", *ZONES).splitlines()]
    eq(table[0], ["LINK", "OVER", "ZONE", "STATE", "MACADDRESS"])
    # The state is left out: the kernel tells of a carrier a moment after it is there.
    eq(sorted(row[:3] for row in table[1:]),
       [[vnic, "agent0", zone] for vnic, zone in zip(VNICS, ZONES)])
    for number, (vnic, zone) in enumerate(zip(VNICS, ZONES), 1):
        assert kernel(vnic, zone=zone) is not None
        sh("ip", "-n", zone, "addr", "add", f"192.0.2.{number}/24", "dev", vnic)
    sh("ip", "netns", "exec", "web", "ping", "-c", "1", "-W", "5", "192.0.2.3")
    eq(example(name, "down"), "")
    eq(sorted(kernel()), ["lo"])
    eq(sorted(kernel(zone="web")), ["lo"])


def agent_fails_well(name):
    before = sorted(kernel())
    said = example(name, "up", *ZONES, status=1).splitlines()
    assert said[0].startswith(name.replace(".c", "") + ": cannot create vnic"), said
    assert all(line.startswith(name.replace(".c", "") + ": hint: ") for line in said[1:]), said
    eq(sorted(kernel()), before)
    example(name, "down", status=1)


def test_the_c_agent_builds_three_zones_and_takes_them_away():
    is_short("agent.c", 80)
    agent_works("agent.c")


def test_the_c_agent_undoes_all_when_a_zone_is_missing():
    agent_fails_well("agent.c")


def test_the_c_agent_explains_its_use():
    assert example("agent.c", "sideways", status=2).startswith("usage: ")


def test_the_python_agent_builds_three_zones_and_takes_them_away():
    is_short("agent.py", 60)
    agent_works("agent.py")


def test_the_python_agent_undoes_all_when_a_zone_is_missing():
    agent_fails_well("agent.py")


def test_watch_prints_what_happens():
    command = ["/usr/bin/python3", os.path.join(SOURCE, "examples/watch.py"), "3"]
    with subprocess.Popen(command, env=ENV, stdout=subprocess.PIPE, text=True) as watch:
        eq(watch.stdout.readline(), "links: none\n")
        sh("ip", "link", "add", "br7", "type", "bridge")
        sh("ip", "link", "del", "br7")
        seen = [line.split() for line in watch.stdout]
    assert ["added", "br7"] in [line[1:3] for line in seen], seen
    assert ["removed", "br7"] in [line[1:3] for line in seen], seen
    eq(watch.returncode, 0)


PROGRAMS = ":".join(os.path.join(BUILD, "cli", p) for p in ("dladm", "flowadm", "vwire"))


def script(name, *args, status=0, says=False):
    """Run an example that is a shell script; says: it says something on stderr and goes on."""
    env = dict(os.environ, PATH=PROGRAMS + ":" + os.environ["PATH"])
    done = subprocess.run(["sh", os.path.join(SOURCE, "examples", name), *args], env=env,
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    says = says or status != 0
    eq((done.returncode, "" if says else done.stderr), (status, ""))
    return done.stderr if says else done.stdout


def two_ends():
    """A host end gw1, 10.0.0.1, on the switch stub1."""
    with vwire.open() as h:
        h.create_etherstub("stub1")
        h.create_vnic("gw1", "stub1")
    sh("ip", "addr", "add", "10.0.0.1/24", "dev", "gw1")


def reaches(zone, address, source):
    done = subprocess.run(["ip", "netns", "exec", zone, "ping", "-c", "1", "-W", "1", "-I", source,
                           address], stdout=subprocess.DEVNULL, check=False)
    return done.returncode == 0


def test_10_mbits_are_sold_in_three_lines():
    with open(os.path.join(SOURCE, "examples/sell-10m.sh"), encoding="utf-8") as file:
        commands = file.read().partition("address=$3\n")[2].strip()
    eq(len(commands.splitlines()), 3)
    sh("ip", "netns", "add", "cust")
    two_ends()
    script("sell-10m.sh", "stub1", "cust", "10.0.0.5")
    sh("ip", "-n", "cust", "addr", "add", "10.0.0.5/24", "dev", "cust1")
    sh("ip", "-n", "cust", "addr", "add", "10.0.0.6/24", "dev", "cust1")
    assert reaches("cust", "10.0.0.1", "10.0.0.5")
    assert not reaches("cust", "10.0.0.1", "10.0.0.6")
    with vwire.open() as h:
        link = h.link("cust1", stats=True)
        eq((link.maxbw_bps, link.datapath), (10_000_000, "guarded"))
        assert link.drops.ip + link.drops.arp > 0, link.drops
        eq([f.local_port for f in h.flows(link="cust1")], [80])
    script("sell-10m.sh", status=2)


def test_nothing_is_sold_unguarded():
    sh("ip", "netns", "add", "cust")
    with vwire.open() as h:
        h.create_etherstub("stub1")
        said = script("sell-10m.sh", "stub1", "cust", "10.0.0.256", status=1)
        assert "10.0.0.256" in said, said
        eq([l.name for l in h.links(cls="vnic")], [])
        eq([l.name for l in h.links(cls="vnic", saved=True)], [])
    eq(sorted(kernel(zone="cust")), ["lo"])


def test_an_attack_is_blocked_and_unblocked():
    sh("ip", "netns", "add", "bad")
    two_ends()
    with vwire.open() as h:
        h.create_vnic("bad1", "stub1", zone="bad")
        sh("ip", "-n", "bad", "addr", "add", "10.0.0.66/24", "dev", "bad1")
        assert reaches("bad", "10.0.0.1", "10.0.0.66")
        script("block.sh", "gw1", "10.0.0.64/26")
        assert not reaches("bad", "10.0.0.1", "10.0.0.66")
        assert next(h.flows(link="gw1", stats=True)).stats.drops > 0
        script("block.sh", "-u", "gw1", "10.0.0.64/26")
        assert reaches("bad", "10.0.0.1", "10.0.0.66")
        script("block.sh", "bad1")
        assert not reaches("bad", "10.0.0.1", "10.0.0.66")
        eq(h.link("bad1").maxbw_bps, 0)
        script("block.sh", "-u", "bad1")
        assert reaches("bad", "10.0.0.1", "10.0.0.66")
        eq(h.link("bad1").maxbw_bps, None)
    script("block.sh", status=2)


def limits_of(h, link):
    """What is in force and what is saved."""
    return tuple(h.get_property(link, "maxbw", saved=saved) for saved in (False, True))


def test_unblocking_gives_a_limit_back():
    with vwire.open() as h:
        h.create_etherstub("stub1")
        h.create_vnic("web1", "stub1", props={"maxbw": "10M"})
        for _ in range(2):
            script("block.sh", "web1")
            script("block.sh", "web1")
            eq(limits_of(h, "web1"), ("0", "10M"))
            script("block.sh", "-u", "web1")
            script("block.sh", "-u", "web1")
            eq(limits_of(h, "web1"), ("10M", "10M"))
            eq(h.link("web1").maxbw_bps, 10_000_000)
        eq(h.check(), [])


def test_a_limit_that_cannot_be_given_back_is_told():
    with vwire.open() as h:
        h.create_etherstub("stub1")
        h.create_vnic("tmp1", "stub1", props={"maxbw": "7M"}, temporary=True)
        h.create_vnic("web1", "stub1", props={"maxbw": "10M"})
        h.set_property("web1", "maxbw", "5M", temporary=True)
    for link, rate in (("tmp1", "7M"), ("web1", "5M")):
        said = script("block.sh", link, says=True)
        assert f"maxbw={rate} is not what is saved" in said, said
    with vwire.open() as h:
        eq(limits_of(h, "web1"), ("0", "10M"))


def test_the_c_program_refuses_what_is_no_rate():
    two_ends()
    for rate in ("abc", "", "10x", "0", "1"):
        done = subprocess.run([os.path.join(BUILD, "examples/limits"), "gw1", rate],
                              capture_output=True, text=True, check=False)
        eq((done.returncode, done.stderr[:6]), (2, "usage:"))
    with vwire.open() as h:
        eq(h.link("gw1").maxbw_bps, None)
        eq(list(h.flows()), [])


def test_the_c_program_limits_and_shows():
    is_short("limits.c", 80)
    two_ends()
    limits = os.path.join(BUILD, "examples/limits")
    eq(sh(limits, "gw1").splitlines()[0], "gw1: no limit")
    for rate in (10000, 20000):
        out = sh(limits, "gw1", str(rate)).splitlines()
        eq(out[0], f"gw1: {rate}000 bit/s, 0 packets over it, 0 blocked")
        assert out[1].startswith("gw1-tcp: in 0 packets"), out
    with vwire.open() as h:
        eq(h.get_flow_property("gw1-tcp", "maxbw"), "10M")


def installed():
    """The prefix and the environment of a fresh installation below the working directory."""
    for tool in ("meson", "cc", "c++", "pkg-config"):
        if shutil.which(tool) is None:
            skip(f"this machine has no {tool}")
    root = os.getcwd() + "/installed"
    sh("meson", "install", "-C", BUILD, "--no-rebuild", "--quiet", "--destdir", root)
    pc, = sh("find", root, "-name", "vwire.pc").split()
    return root, dict(os.environ, PKG_CONFIG_PATH=os.path.dirname(pc), PKG_CONFIG_SYSROOT_DIR=root)


def builds_and_runs(root, env, *flags):
    sh("sh", "-c", f"cc -Wall -Werror -o agent {SOURCE}/examples/agent.c {' '.join(flags)}",
       env=env)
    library, = {os.path.dirname(p) for p in sh("find", root, "-name", "libvwire.so.0").split()}
    done = subprocess.run(["./agent"], env=dict(os.environ, LD_LIBRARY_PATH=library),
                          capture_output=True, text=True, check=False)
    eq((done.returncode, done.stderr[:6]), (2, "usage:"))
    return sh("ldd", "./agent", env=dict(os.environ, LD_LIBRARY_PATH=library))


def test_the_c_agent_builds_against_an_installed_library():
    root, env = installed()
    used = builds_and_runs(root, env, "$(pkg-config --cflags --libs vwire)")
    assert root in used and "libvwire.so.0" in used, used
    sh("sh", "-c", f"c++ -x c++ -fsyntax-only $(pkg-config --cflags vwire) - <<'E'\n"
       "#include <vwire/vwire.h>\nint main() { return vw_version() == nullptr; }\nE", env=env)


def test_the_c_agent_builds_against_the_static_library():
    root, env = installed()
    used = builds_and_runs(root, env, "$(pkg-config --cflags vwire)",
                           "$(pkg-config --static --libs vwire | sed 's/-lvwire/-l:libvwire.a/')")
    assert "libvwire" not in used, used


def test_the_installed_package_works_with_debians_python():
    root, _ = installed()
    package, = sh("find", root, "-name", "_vwire*.so").split()
    place = os.path.dirname(os.path.dirname(package))
    library, = {os.path.dirname(p) for p in sh("find", root, "-name", "libvwire.so.0").split()}
    if library.startswith((root + "/usr/lib", root + "/usr/local/lib")):
        path = sh("/usr/bin/python3", "-I", "-c", "import sys; print(*sys.path)").split()
        assert place.removeprefix(root) in path, f"{place} is not where python3 looks: {path}"
    env = dict(os.environ, PYTHONPATH=place, LD_LIBRARY_PATH=library)
    said = sh("/usr/bin/python3", "-c", "import vwire; print(vwire.__file__)\n"
              "with vwire.open() as h: h.create_etherstub('stub1')", env=env)
    eq(said, f"{place}/vwire/__init__.py\n")
    assert kernel("stub1") is not None
    for name in ("__init__.pyi", "py.typed"):
        assert os.path.exists(f"{place}/vwire/{name}"), name


run(globals())

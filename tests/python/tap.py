# SPDX-License-Identifier: LGPL-2.1-or-later
"""Run every test_* function of a file, each in namespaces of its own, and print TAP.

    from tap import eq, kernel, need_kind, nic, run, skip

    def test_a_sentence_that_is_proved():
        ...

    run(globals())

Each test runs in a child process with an empty network namespace and an empty /run (so that
`ip netns add web` is private), VWIRE_ROOT a fresh directory, the working directory too. A child
that is killed by a signal has failed: nothing passed to the package may crash the interpreter.
"""

import ctypes
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback

BUILD = os.path.realpath(os.environ.get("VW_BUILD", "build"))
SOURCE = os.path.realpath(
    os.environ.get("VW_SOURCE", os.path.join(os.path.dirname(__file__), "../..")))
LIMIT_S = int(os.environ.get("VW_TEST_TIMEOUT", "120"))

sys.path.insert(0, os.path.join(BUILD, "bindings/python"))

# Tunnel modules, once loaded, put such a link into every new namespace.
FALLBACK = ("tunl0", "sit0", "ip6tnl0", "gre0", "gretap0", "erspan0", "ip_vti0", "ip6_vti0")

CLONE_NEWNS, CLONE_NEWNET = 0x00020000, 0x40000000
MS_REC, MS_PRIVATE = 0x4000, 1 << 18

libc = ctypes.CDLL(None, use_errno=True)


class Skip(Exception):
    """This test proves nothing here; the text says why."""


def skip(reason):
    raise Skip(reason)


def eq(got, want):
    assert got == want, f"got {got!r}, want {want!r}"


def raises(kind, call, *args, **kwargs):
    """The exception of kind that the call raises; any other, or none, fails the test."""
    try:
        call(*args, **kwargs)
    except kind as error:
        return error
    raise AssertionError(f"{call.__name__}{args}{kwargs} did not raise {kind.__name__}")


def sh(*command, **kwargs):
    """Standard output of a command that must succeed."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, check=False, **kwargs)
    assert done.returncode == 0, f"{command}: status {done.returncode}: {done.stderr}{done.stdout}"
    return done.stdout


def kernel(name=None, zone=None):
    """Links as ip(8) sees them, by name; or the one link, None when there is none."""
    place = ("-n", zone) if zone else ()
    found = json.loads(sh("ip", *place, "-j", "-d", "link") or "[]")
    links = {l["ifname"]: l for l in found if l["ifname"] not in FALLBACK}
    return links if name is None else links.get(name)


def nic(name):
    """A NIC to build on: a veth that is up, whose far end lives in the namespace "wire"."""
    if not os.path.exists("/run/netns/wire"):
        sh("ip", "netns", "add", "wire")
    far = "wire" + name.lstrip("abcdefghijklmnopqrstuvwxyz")
    sh("ip", "link", "add", name, "type", "veth", "peer", "name", far, "netns", "wire")
    sh("ip", "-n", "wire", "link", "set", far, "up")
    sh("ip", "link", "set", name, "up")


def need_kind(*kinds):
    """Skip unless the kernel can make links of these kinds, tried over a veth."""
    more = {"vlan": "link v0 name try0 type vlan id 5", "macvlan": "link v0 name try0 type macvlan",
            "ipip": "name try0 type ipip local 192.0.2.1 remote 192.0.2.2"}
    for kind in kinds:
        make = "ip link add v0 type veth && ip link add " + more.get(kind, f"try0 type {kind}")
        if subprocess.run(["unshare", "-n", "sh", "-c", make], stderr=subprocess.DEVNULL,
                          check=False).returncode:
            skip(f"this kernel has no '{kind}' links")


def _check(result):
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _enter():
    _check(libc.unshare(CLONE_NEWNET | CLONE_NEWNS))
    _check(libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None))
    _check(libc.mount(b"run", b"/run", b"tmpfs", 0, b"mode=755"))
    os.makedirs("/run/netns")
    # A new instance shows this namespace's links; containers may forbid it.
    libc.mount(b"sysfs", b"/sys", b"sysfs", 0, None)
    sh("ip", "link", "set", "lo", "up")


def _child(function, directory, log):
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.setpgid(0, 0)
    status = 1
    try:
        signal.alarm(LIMIT_S)
        _enter()
        os.chdir(directory)
        os.environ["VWIRE_ROOT"] = os.path.join(directory, "root")
        os.mkdir(os.environ["VWIRE_ROOT"])
        function()
        status = 0
    except Skip as reason:
        with open(os.path.join(directory, ".skip"), "w", encoding="utf-8") as file:
            file.write(str(reason))
        status = 77
    except BaseException:
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def _run_one(number, function, work):
    name = function.__name__.removeprefix("test_").replace("_", " ")
    directory = os.path.join(work, str(number))
    os.mkdir(directory)
    with tempfile.TemporaryFile() as log:
        sys.stdout.flush()
        pid = os.fork()
        if pid == 0:
            _child(function, directory, log.fileno())
        _, status = os.waitpid(pid, 0)
        try:  # what the test left running
            os.killpg(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        code = os.waitstatus_to_exitcode(status)
        if code == 77:
            with open(os.path.join(directory, ".skip"), encoding="utf-8") as file:
                print(f"ok {number} - {name} # SKIP {file.read()}")
        elif code == 0:
            print(f"ok {number} - {name}")
        else:
            print(f"not ok {number} - {name}")
            if code < 0:
                print(f"# killed by {signal.Signals(-code).name}")
            log.seek(0)
            for line in log.read().decode("utf-8", "replace").splitlines()[-100:]:
                print("#", line)
        return code in (0, 77)


def run(names):
    """Run the tests among names, in the order they are written; arguments choose some."""
    tests = [f for n, f in names.items() if n.startswith("test_") and callable(f)]
    if sys.argv[1:]:
        tests = [f for f in tests if f.__name__ in sys.argv[1:]]
    if os.geteuid() != 0:
        print("1..0 # SKIP namespaces cannot be made here: run as root")
        sys.exit(0)
    work = tempfile.mkdtemp(prefix="vwire-test.")
    os.chmod(work, 0o755)  # for tests that give up root
    try:
        print(f"1..{len(tests)}")
        good = [_run_one(number, test, work) for number, test in enumerate(tests, 1)]
    finally:
        shutil.rmtree(work, ignore_errors=True)
    sys.exit(0 if all(good) else 1)


def wait_until(seconds, true):
    """Wait until true() is; its last failure is the test's."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"not within {seconds} s"
        time.sleep(0.02)

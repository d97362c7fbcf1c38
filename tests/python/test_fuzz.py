# SPDX-License-Identifier: LGPL-2.1-or-later
"""Whatever is passed, the answer is an exception: never a crash, never a change."""

import inspect
import os
import random
import subprocess
import threading

from tap import eq, kernel, run

import vwire
from vwire import _vwire

ODD = [
    None, True, -1, 0, 1, 4096, 65536, 2 ** 31, 2 ** 64, 10 ** 40, 1.5, float("nan"), 1j,
    "", " ", "a", "a1", "a" * 31, "a" * 32, "a" * 300, "a" * 100000, "a1\0b", "\x1b[2Ja1", "a%d",
    "a%n%s1", "$(x)1", "../a1", "/etc/passwd", "a1\n", "a\u202eb1", "\u00e41", "\udcff1", "\ud8001",
    "\U0001f4a91", "-t", "web0,web1", "mtu=1", "=", ",", ":", "2:8:20:1:2:3", "999999999",
    b"a1", b"\xff", bytearray(b"a1"), [], [None], ["a1"], ["a1", 5], ("a1",) * 2000, {}, {"a1": 1},
    {"mtu": "\0"}, {"mtu=": 1}, {1: 2}, {"mtu": {}}, {"mtu": ["1", 2]}, set(), {"L4"}, object(),
    type, len, iter(()), range(3), Exception("x"),
    vwire.NewVnic("a1", None), [vwire.NewVnic(None, None)], [{"name": "a1"}], [{"colour": "a1"}],
]
EXPECTED = (vwire.Error, TypeError, ValueError, AttributeError, OverflowError)
VERBS = [n for n, f in inspect.getmembers(vwire.Handle, callable)
         if not n.startswith("_") and n not in ("close", "restore", "check", "probe", "monitor")]


def attempt(function, args, kwargs):
    try:
        result = function(*args, **kwargs)
        if inspect.isgenerator(result):
            list(result)
    except EXPECTED:
        pass


def fuzz(handle, rounds, seed):
    rng = random.Random(seed)
    for _ in range(rounds):
        function = getattr(handle, rng.choice(VERBS))
        parameters = list(inspect.signature(function).parameters.values())
        args = [rng.choice(ODD) for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
        names = [p.name for p in parameters if p.kind is p.KEYWORD_ONLY]
        chosen = rng.sample(names, rng.randint(0, min(3, len(names))))
        attempt(function, args, {name: rng.choice(ODD) for name in chosen})


def test_odd_arguments_raise_and_never_crash_online():
    with vwire.open() as h:
        fuzz(h, 4000, 1)
        for link in [l.name for l in h.links() if not l.foreign]:  # what happened to be valid
            assert link.isascii() and link[:1].isalpha() and len(link) <= 31, ascii(link)
        assert "a\u202eb1" not in kernel()


def test_odd_arguments_raise_and_never_crash_offline():
    with vwire.open(os.getcwd(), offline=True) as h:
        fuzz(h, 6000, 2)
    eq(sorted(kernel()), ["lo"])


def test_a_closed_handle_takes_odd_arguments_too():
    h = vwire.open()
    h.close()
    fuzz(h, 1000, 3)


def test_the_private_layer_does_not_crash_either():
    rng = random.Random(4)
    functions = [f for n, f in vars(_vwire).items() if callable(f) and n.startswith("vw_")]
    functions += [_vwire.set_log, _vwire.escape, _vwire.close_owned]
    status, handle = _vwire.vw_open_at(os.getcwd(), _vwire.VW_OPEN_OFFLINE)
    eq(status, 0)
    status, links = _vwire.vw_link_list(handle, None, 0)
    eq(status, 0)
    _, closed = _vwire.vw_open_at(None, 0)
    _vwire.close_owned(closed)
    odd = [value for value in ODD if value is not None] + [closed]
    for _ in range(20000):
        function = rng.choice(functions)
        args = [rng.choice(odd) for _ in range(rng.randint(0, 4))]
        if args and rng.random() < 0.2 and function is not _vwire.close_owned:
            args[0] = links  # never the right type but for its own functions
        attempt(function, args, {})


def test_a_text_with_a_zero_byte_is_refused_not_cut():
    with vwire.open() as h:
        for call in (lambda: h.create_etherstub("stub1\0x"), lambda: h.links("stub1\0"),
                     lambda: h.create_vnic("a1", "b1", props={"mtu": "1\0"})):
            try:
                call()
            except ValueError as error:
                assert "null" in str(error), error
            else:
                raise AssertionError("accepted")
    eq(sorted(kernel()), ["lo"])


def test_values_survive_what_another_thread_does_to_them():
    names = [f"v{i}" for i in range(200)]
    stop = threading.Event()

    def spoil():
        while not stop.is_set():
            names.append("x" * random.randint(1, 64))
            names[:] = [f"v{i}" for i in range(200)]

    with vwire.open(os.getcwd(), offline=True) as h:
        thread = threading.Thread(target=spoil)
        thread.start()
        for _ in range(200):
            attempt(h.delete_vnic, [names], {})
        stop.set()
        thread.join()


def test_foreign_names_that_are_no_text_come_out_and_can_be_escaped():
    eq(vwire.escape("web1"), "web1")
    eq(vwire.escape("a\x1b[2J"), "a\\x1b[2J")
    eq(vwire.escape("a\udcff"), "a\\xff")
    command = [b"ip", b"link", b"add", b"odd\xff\x1b1", b"type", b"bridge"]
    made = subprocess.run(command, check=False)
    if made.returncode:
        return
    with vwire.open() as h:
        name, = [l.name for l in h.links() if l.name.startswith("odd")]
        vwire.escape(name).encode("ascii")
        eq([l.name for l in h.links(name)], [name])


run(globals())

# SPDX-License-Identifier: LGPL-2.1-or-later
"""The stubs say what the package is."""

import inspect
import os
import shutil
import subprocess

from tap import BUILD, SOURCE, run, skip

import vwire

HERE = os.path.dirname(os.path.realpath(__file__))
PACKAGE = os.path.join(BUILD, "bindings/python")


def check(*command):
    if not os.path.exists(command[0]):
        skip(f"this machine has no {command[0]} (package mypy)")
    env = dict(os.environ, MYPYPATH=PACKAGE, PYTHONPATH=PACKAGE, MYPY_CACHE_DIR=os.getcwd())
    done = subprocess.run(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_stubs_match_the_package():
    check("/usr/bin/stubtest", "--ignore-unused-allowlist",
          "--allowlist", os.path.join(HERE, "stubtest.allow"), "vwire")


def test_the_stubs_are_sound_by_themselves():
    check("/usr/bin/mypy", "--strict", os.path.join(PACKAGE, "vwire/__init__.pyi"))


def test_the_examples_are_well_typed():
    for name in ("agent.py", "bill.py", "linkstat.py", "watch.py"):
        check("/usr/bin/mypy", "--strict", os.path.join(SOURCE, "examples", name))


def test_wrong_calls_are_found_before_they_run():
    with open("wrong.py", "w", encoding="utf-8") as file:
        file.write('import vwire\n'
                   'with vwire.open() as h:\n'
                   '    h.create_vnic("a1")\n'
                   '    h.links(cls="vnics")\n'
                   '    h.link("a1").mac.upper()\n')
    if shutil.which("mypy", path="/usr/bin") is None:
        skip("this machine has no mypy")
    env = dict(os.environ, MYPYPATH=PACKAGE, MYPY_CACHE_DIR=os.getcwd())
    done = subprocess.run(["/usr/bin/mypy", "wrong.py"], env=env, stdout=subprocess.PIPE,
                          text=True, check=False)
    for line in ("wrong.py:3", "wrong.py:4", "wrong.py:5"):
        assert line in done.stdout, done.stdout


def test_everything_public_is_documented():
    things = [vwire] + [t for n, t in vars(vwire).items()
                        if not n.startswith("_") and (inspect.isclass(t) or inspect.isfunction(t))]
    methods = [m for t in (vwire.Handle, vwire.Monitor) for n, m in vars(t).items()
               if not n.startswith("_")]
    missing = [t for t in things + methods if not inspect.getdoc(t)]
    assert not missing, missing


run(globals())

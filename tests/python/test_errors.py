# SPDX-License-Identifier: LGPL-2.1-or-later
"""Failures raise the exception that names them, with the whole story, and change nothing."""

import os
import pickle
import sys
import traceback

from tap import eq, kernel, nic, raises, run

import vwire
from vwire import _errors, _vwire


def test_each_failure_has_its_exception():
    nic("net0")
    with vwire.open() as h:
        h.create_etherstub("stub1")
        h.create_vnic("a1", "stub1", mac="2:8:20:1:2:3")
        raises(vwire.NotFound, h.create_vnic, "b1", "net9")
        raises(vwire.NotFound, h.create_vnic, "b1", "stub1", zone="nowhere")
        raises(vwire.Exists, h.create_etherstub, "stub1")
        raises(vwire.Exists, h.create_vnic, "b1", "stub1", mac="2:8:20:1:2:3")
        raises(vwire.BadValue, h.create_vnic, "b1", "a1")
        raises(vwire.BadValue, h.create_vnic, "b1", "stub1", vid=4095)
        raises(vwire.BadValue, h.create_vnic, "b1", "stub1", mac="ff:ff:ff:ff:ff:ff")
        raises(vwire.BadValue, h.delete_vnic, "net0")
        raises(vwire.Busy, h.delete_etherstub, "stub1")
        raises(vwire.ReadOnly, h.set_property, "net0", "media", "x")
        raises(vwire.NotFound, h.rename, "b1", "c1")
        raises(vwire.Exists, h.rename, "a1", "stub1")
        eq(sorted(l.name for l in h.links() if l.cls != "iptun"), ["a1", "net0", "stub1"])


def test_an_error_tells_what_why_and_how_to_fix_it():
    with vwire.open() as h:
        error = raises(vwire.NotFound, h.create_vnic, "a1", "net9")
        eq(str(error), "cannot create vnic 'a1': no link 'net9'")
        eq((error.message, error.status), (str(error), vwire.Status.NOTFOUND))
        assert error.hint and isinstance(error.kernel, str) and isinstance(error.note, str)
        assert isinstance(error, (vwire.Error, OSError)) and isinstance(error, LookupError)
        eq(error.errno >= 0, True)
        shown = "".join(traceback.format_exception(error))
        assert "vwire.NotFound: cannot create" in shown and "hint: " + error.hint in shown, shown
        again = pickle.loads(pickle.dumps(error))
        eq((type(again), again.hint, str(again)), (vwire.NotFound, error.hint, str(error)))


def test_builtin_exceptions_catch_them_too():
    with vwire.open() as h:
        h.create_etherstub("stub1")
        raises(FileExistsError, h.create_etherstub, "stub1")
        raises(ValueError, h.create_etherstub, "no number at the end")
        raises(LookupError, h.delete_etherstub, "stub2")
        raises(OSError, h.delete_etherstub, "stub2")


def test_a_partial_error_is_pickled_with_its_report():
    item = vwire.ReportItem("links.a1", "a1", "failed", "", "", "why")
    error = vwire.Partial(vwire.Status.PARTIAL, "some failed", report=[item])
    eq(pickle.loads(pickle.dumps(error)).report, [item])


def test_every_status_of_the_library_has_an_exception():
    codes = {v for n, v in vars(_vwire).items() if n.startswith("VW_ERR_")}
    eq(codes, {int(s) for s in vwire.Status} - {0})
    eq(codes, {int(s) for s in _errors._KINDS})


def test_a_closed_handle_raises():
    h = vwire.open()
    h.create_etherstub("stub1")
    rows = h.links()
    h.close()
    h.close()
    eq(h.closed, True)
    for use in (h.links, h.check, h.restore, h.monitor, h.probe, h.aggrs,
                lambda: h.create_etherstub("stub2"), lambda: h.delete_vnic(["a1"])):
        error = raises(vwire.BadValue, use)
        eq(error.message, "the handle is closed")
    eq([l.name for l in rows], ["stub1"])  # a snapshot owns its rows


def test_the_with_statement_closes_also_after_an_error():
    try:
        with vwire.open() as h:
            raise KeyError("mine")
    except KeyError:
        pass
    eq(h.closed, True)


def test_nothing_is_left_open():
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(20):
        with vwire.open() as h, h.monitor():
            next(h.links(), None)
        vwire.open()
        vwire.open().monitor()
    eq(len(os.listdir("/proc/self/fd")), before)


def test_a_child_process_may_not_use_its_parents_handle():
    h = vwire.open()
    pid = os.fork()
    if pid == 0:
        try:
            h.links()
        except vwire.BadValue as error:
            h.close()
            os._exit(42 if "fork" in error.message else 43)
        os._exit(44)
    eq(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), 42)
    list(h.links())


def test_a_malformed_configuration_is_named():
    os.makedirs(os.environ["VWIRE_ROOT"] + "/etc/vwire")
    with open(os.environ["VWIRE_ROOT"] + "/etc/vwire/config.json", "w", encoding="utf-8") as file:
        file.write('{"vwire": 1, "generation": 1, "links": {"a1": {"class": "nonsense"}}}')
    with vwire.open() as h:
        error = raises(vwire.ConfigError, h.restore)
        assert "a1" in error.message, error.message
    eq(sorted(kernel()), ["lo"])


def test_a_root_that_is_not_absolute_is_refused():
    raises(vwire.BadValue, vwire.open, "relative/path")


def test_without_privilege_the_message_says_what_is_missing():
    os.chmod(os.environ["VWIRE_ROOT"], 0o777)
    os.setgid(65534)
    os.setuid(65534)
    with vwire.open() as h:
        error = raises(vwire.Denied, h.create_etherstub, "stub1")
        assert "CAP_NET_ADMIN" in error.message + error.hint, (error.message, error.hint)
        assert isinstance(error, PermissionError)
        eq([l.name for l in h.links()], [])


def make_it_warn(h):
    """From now on a change cannot keep the previous configuration; returns its file's name."""
    saved = os.environ["VWIRE_ROOT"] + "/etc/vwire"
    h.create_etherstub("stub1")
    h.create_etherstub("stub2")
    previous, = set(os.listdir(saved)) - {"config.json"}
    os.unlink(f"{saved}/{previous}")
    os.mkdir(f"{saved}/{previous}")
    return previous


def test_the_log_is_heard_and_may_not_use_the_handle():
    heard, refused = [], []

    def log(level, text):
        heard.append((level, text))
        refused.append(raises(vwire.BadValue, h.links).message)

    with vwire.open(log=log) as h:
        previous = make_it_warn(h)
        h.create_etherstub("stub3")
    eq(heard, [("warning", f"cannot keep the previous version as {previous}")])
    eq(refused, ["a log function must not use its handle"])


def test_a_log_function_that_fails_disturbs_nothing():
    failures = []
    sys.unraisablehook = failures.append

    def log(level, text):
        raise RuntimeError("mine")

    with vwire.open(log=log) as h:
        make_it_warn(h)
        h.create_etherstub("stub3")
        eq(len(list(h.links())), 3)
    eq([str(f.exc_value) for f in failures], ["mine"])


run(globals())

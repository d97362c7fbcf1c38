# SPDX-License-Identifier: LGPL-2.1-or-later
"""Python's lock is let go around waits, and threads that share a handle take turns."""

import concurrent.futures
import ctypes
import fcntl
import os
import threading
import time

from tap import CLONE_NEWNET, eq, kernel, raises, run, sh

import vwire


class Counter:
    """A second thread that counts as fast as it can while the block runs."""

    def __enter__(self):
        self.count = 0
        self.stop = False
        self.thread = threading.Thread(target=self._run)
        self.thread.start()
        while self.count == 0:
            time.sleep(0.001)
        self.count = 0
        self.began = time.perf_counter()
        return self

    def _run(self):
        while not self.stop:
            self.count += 1

    def __exit__(self, *_):
        self.rate = self.count / (time.perf_counter() - self.began)
        self.stop = True
        self.thread.join()


def alone():
    """What the counter reaches in a second when the other thread sleeps."""
    with Counter() as counter:
        time.sleep(0.3)
    return counter.rate


def test_a_wait_for_events_lets_other_threads_run():
    free = alone()
    with vwire.open() as h, h.monitor() as m, Counter() as counter:
        eq(m.next(timeout=0.5), None)
    assert counter.rate > free / 20, (counter.rate, free)


def test_a_wait_inside_the_library_lets_other_threads_run():
    free = alone()
    with vwire.open() as h:
        h.create_etherstub("stub1")
        with open(os.environ["VWIRE_ROOT"] + "/run/vwire/lock", "r+b") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            timer = threading.Timer(0.7, fcntl.flock, (lock, fcntl.LOCK_UN))
            timer.start()
            began = time.monotonic()
            with Counter() as counter:
                h.create_etherstub("stub2")
            waited = time.monotonic() - began
            timer.join()
    assert waited > 0.5, f"the lock was not waited for: {waited} s"
    assert counter.rate > free / 20, (counter.rate, free)


def test_a_long_call_lets_other_threads_run():
    free = alone()
    with vwire.open() as h:
        h.create_etherstub("stub1")
        vnics = [vwire.NewVnic(f"v{i}", "stub1") for i in range(400)]
        with Counter() as counter:
            h.create_vnics(vnics)
        eq(len([n for n in kernel() if n.startswith("v") and n[1:].isdigit()]), 400)
    assert counter.rate > free / 20, (counter.rate, free)


def test_threads_that_share_a_handle_take_turns():
    failed = []
    with vwire.open() as h:
        h.create_etherstub("stub1")

        def work(number):
            try:
                for turn in range(10):
                    h.create_vnic(f"t{number}v{turn}", "stub1", temporary=True)
                    name = f"none{number}"
                    error = raises(vwire.NotFound, h.link, name)
                    assert name in error.message, (name, error.message)
                    list(h.links(stats=True))
                    h.delete_vnic(f"t{number}v{turn}")
            except BaseException as error:
                failed.append(error)

        threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    eq(failed, [])
    eq(sorted(kernel()), ["lo", "stub1"])


def test_a_handle_closed_by_another_thread_raises_and_nothing_worse():
    for _ in range(10):
        h = vwire.open()
        ends = []

        def work():
            try:
                while True:
                    list(h.links(detail=True))
            except vwire.BadValue as error:
                ends.append(error.message)

        threads = [threading.Thread(target=work) for _ in range(3)]
        for thread in threads:
            thread.start()
        time.sleep(0.01)
        h.close()
        for thread in threads:
            thread.join()
        eq(ends, ["the handle is closed"] * 3)


def test_each_handle_keeps_to_the_namespace_it_was_opened_in():
    sh("ip", "netns", "add", "other")

    def other():
        with open("/run/netns/other", "rb") as ns:
            assert ctypes.CDLL(None).setns(ns.fileno(), CLONE_NEWNET) == 0
        with vwire.open(os.path.abspath("otherroot")) as h:
            h.create_simnet("sim5")
            eq([l.name for l in h.links()], ["sim5"])

    os.mkdir("otherroot")
    with vwire.open() as h, concurrent.futures.ThreadPoolExecutor(1) as pool:
        h.create_simnet("sim0")
        pool.submit(other).result()
        h.create_simnet("sim1")
        eq(sorted(l.name for l in h.links()), ["sim0", "sim1"])
    assert "sim5" in kernel(zone="other") and "sim0" not in kernel(zone="other")
    assert "sim5" not in kernel() and "sim1" in kernel()


run(globals())

#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Run `meson test` and add up what it ran, test by test, tier by tier.

    report.py --run BUILD TIER...       run the tiers (suites of meson), then report
    report.py testlog.json...           report on what was run before

Takes each program's TAP apart, prints a table per tier, every skip with its reason, the output of
what failed, and as the last line alone 'N passed, N failed, N skipped'. Ends with 1 if anything
failed, or nothing ran, or a tier asked for has no tests.
"""
import json
import os
import re
import select
import subprocess
import sys
import time
from dataclasses import dataclass, field

TIERS = ["unit", "netns", "cli", "python", "vm"]
LINE = re.compile(r"^(not )?ok\b\s*(\d+)?\s*(?:-\s*)?(.*)$")
PLAN = re.compile(r"^1\.\.(\d+)(?:\s*#\s*(.*))?$")
DIRECTIVE = re.compile(r"^(.*?)\s*#\s*(skip|todo)\S*\s*(.*)$", re.IGNORECASE)


@dataclass
class Tier:
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    seconds: float = 0.0


@dataclass
class Program:
    """One test program: its subtests and what it printed about them."""

    name: str
    passed: int = 0
    skips: list = field(default_factory=list)      # (test, reason)
    failures: list = field(default_factory=list)   # (test, text)


def read_tap(prog, text):
    """Take TAP apart; return (tests seen, tests planned or None, bail-out text or None)."""
    seen, planned, bail = 0, None, None
    about = None                                    # failure the comment lines belong to
    loose = []
    for line in text.splitlines():
        plan = PLAN.match(line)
        if plan:
            planned = (planned or 0) + int(plan.group(1))
            if plan.group(1) == "0":
                reason = re.sub(r"(?i)^skip\S*\s*", "", plan.group(2) or "")
                prog.skips.append(("the whole file", reason or "no reason given"))
            continue
        if line.startswith("Bail out!"):
            bail = line[len("Bail out!"):].strip() or "it gave up"
            continue
        match = LINE.match(line)
        if match:
            seen += 1
            about = read_result(prog, match, loose)
            loose = []
        elif about is not None:
            about.append(line)
        else:
            loose.append(line)
    return seen, planned, bail


def read_result(prog, match, before):
    """One `ok` or `not ok` line. Returns the list that takes the output of a failure."""
    bad, number, rest = match.groups()
    name = rest.strip() or f"test {number}"
    directive = DIRECTIVE.match(rest) if "#" in rest else None
    if directive:
        name = directive.group(1).strip() or f"test {number}"
        if directive.group(2).lower() == "skip":
            prog.skips.append((name, directive.group(3).strip() or "no reason given"))
            return None
    if bad:
        text = list(before)
        prog.failures.append((name, text))
        return text
    prog.passed += 1
    return None


def judge(entry):
    """Turn one line of meson's log into a Program."""
    prog = Program(entry["name"].split(" / ")[-1])
    out, err = entry.get("stdout") or "", entry.get("stderr") or ""
    status, result = entry.get("returncode"), entry.get("result", "")
    if re.search(r"^(1\.\.\d|(not )?ok\b|TAP version)", out, re.MULTILINE):
        seen, planned, bail = read_tap(prog, out)
        tail = (out + err).splitlines()[-40:]
        if bail:
            prog.failures.append(("bailed out", [bail]))
        if result == "TIMEOUT":
            prog.failures.append((f"ran out of time after {seen} tests", tail))
        elif planned is None or seen < planned:
            prog.failures.append(
                (f"ended early: {seen} of {'?' if planned is None else planned} tests ran", tail))
        elif status not in (0, 77, None) and not prog.failures:
            prog.failures.append((f"ended with status {status}", tail))
    elif result == "SKIP":
        prog.skips.append(("the whole program", (out + err).strip() or "no reason given"))
    elif result == "OK":
        prog.passed += 1
    else:
        prog.failures.append((f"{result.lower()}, status {status}", (out + err).splitlines()[-200:]))
    return prog


def suite_of(entry):
    head = entry["name"].split(" / ")[0]            # "libvwire:netns" or "libvwire:netns+slow"
    return head.split(":")[-1].split("+")[0]


def load(paths):
    for path in paths:
        with open(path, encoding="utf-8", errors="replace") as log:
            for line in log:
                if line.strip():
                    yield json.loads(line)


def run(build, suites):
    """Run meson, a line for each program that ends; return the path of its log and the status."""
    log = os.path.join(build, "meson-logs", "testlog.json")
    if os.path.exists(log):
        os.remove(log)
    command = ["meson", "test", "-C", build, "--no-rebuild"]
    for suite in suites:
        command += ["--suite", suite]
    began = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          stdin=subprocess.DEVNULL) as meson:
        follow(meson.stdout, build, began)
    return log if os.path.exists(log) else None, meson.returncode


def follow(stream, build, began):
    """Pass on meson's progress; when it is silent for long, say that we are alive."""
    done, rest = "", b""
    while True:
        ready, _, _ = select.select([stream], [], [], 10)
        if not ready:
            alive = f"{done or 'starting'}, {time.monotonic() - began:.0f} s"
            print(f"  ... {alive}{newest_progress(build)}", flush=True)
            continue
        chunk = os.read(stream.fileno(), 65536)
        if not chunk:
            return
        *lines, rest = (rest + chunk).split(b"\n")
        for line in (raw.decode("utf-8", "replace") for raw in lines):
            match = re.match(r"^ *(\d+/\d+) \S+:(.*)$", line)
            if match:
                done = match.group(1) + " programs"
                print(f"{match.group(1):>8}  {match.group(2)}", flush=True)
            elif re.match(r"^(ERROR|WARNING|No suitable)", line):
                print(line, flush=True)


def newest_progress(build):
    """Last line of what the VM's runner has printed up to now, if it is running."""
    try:
        with open(os.path.join(build, "meson-logs", "vm-progress"), encoding="utf-8",
                  errors="replace") as progress:
            lines = progress.read().splitlines()
    except OSError:
        return ""
    return f" ({lines[-1]})" if lines else ""


def main(argv):
    wanted, status = [], 0
    if argv and argv[0] == "--run":
        wanted = argv[2:]
        path, status = run(argv[1], wanted)
        argv = [path] if path else []
    tiers = {name: Tier() for name in wanted}
    skips, failures = [], []
    for entry in load(argv):
        suite = suite_of(entry)
        tier = tiers.setdefault(suite, Tier())
        prog = judge(entry)
        tier.passed += prog.passed
        tier.failed += len(prog.failures)
        tier.skipped += len(prog.skips)
        tier.seconds += entry.get("duration") or 0.0
        skips += [(suite, prog.name, *skip) for skip in prog.skips]
        failures += [(suite, prog.name, *failure) for failure in prog.failures]
    for name, tier in tiers.items():
        if not tier.passed + tier.failed + tier.skipped:
            tier.failed = 1
            failures.append((name, "*", "this tier has no tests, or none could be started", []))
    # meson ends with the number of programs that failed; anything else it did not get through all
    if status != 0 and not failures:
        tiers.setdefault("meson", Tier()).failed = 1
        failures.append(("meson", "*", f"ended with status {status} and no failed test", []))
    show(tiers, skips, failures)
    total = Tier(*(sum(getattr(t, what) for t in tiers.values())
                   for what in ("passed", "failed", "skipped")))
    print(f"{total.passed} passed, {total.failed} failed, {total.skipped} skipped", flush=True)
    return 1 if total.failed or not total.passed else 0


def show(tiers, skips, failures):
    for suite, prog, test, text in failures:
        print(f"\nFAILED  {suite}/{prog}: {test}")
        for line in text:
            print("    " + line)
    if skips:
        print("\nSkipped:")
        for suite, prog, test, reason in skips:
            print(f"  {suite}/{prog}: {test}: {reason}")
    if failures:
        print("\nFailed:")
        for suite, prog, test, _ in failures:
            print(f"  {suite}/{prog}: {test}")
    print(f"\n{'tier':<10}{'passed':>8}{'failed':>8}{'skipped':>9}{'seconds':>9}")
    order = [t for t in TIERS if t in tiers] + sorted(t for t in tiers if t not in TIERS)
    for name in order:
        tier = tiers[name]
        print(f"{name:<10}{tier.passed:>8}{tier.failed:>8}{tier.skipped:>9}{tier.seconds:>9.1f}")
    print()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

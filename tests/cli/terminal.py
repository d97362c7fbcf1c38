#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Run a full-screen program in a terminal, press keys, and print what is on the screen.

usage: terminal.py [-s COLSxROWS] [-t TERM] SCRIPT -- COMMAND...

SCRIPT is words: "wait:0.5" seconds, "key:q" "key:\\e[B" bytes, "size:100x30", "until:TEXT" waits
until the screen has TEXT, "gone:TEXT" until it has not, "show" prints the screen once it is still,
"kill:TERM" "kill:RTMIN+2" sends a signal, "sane" prints whether the terminal was given back
("sane" or what is not), "end" waits for the end and prints that behind "status N".
Understands what ncurses sends for TERM=vt220 and the like.
"""
import codecs
import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time


class Cell(str):
    """A character, and how it looks: the attributes and colours that were on (see man terminfo)."""

    look = frozenset()


class Screen:
    def __init__(self, cols, rows):
        self.cols, self.rows = cols, rows
        self.cells = [[" "] * cols for _ in range(rows)]
        self.x = self.y = 0
        self.alternate = self.hidden = False
        self.rest = ""
        self.look = frozenset()
        self.decode = codecs.getincrementaldecoder("utf-8")("replace")

    def resize(self, cols, rows):
        self.cells = [(row + [" "] * cols)[:cols] for row in self.cells[:rows]]
        self.cells += [[" "] * cols for _ in range(rows - len(self.cells))]
        self.cols, self.rows = cols, rows
        self.x, self.y = min(self.x, cols - 1), min(self.y, rows - 1)

    def text(self):
        return "\n".join("".join(row).rstrip() for row in self.cells).rstrip("\n")

    def feed(self, data):
        text = self.rest + self.decode.decode(data)
        self.rest = ""
        while text:
            match = re.match(r"\x1b(?:\[([?>]?)([0-9;]*)([@-~])|[()][A-Za-z0-9]|[=>78MDEHc])", text)
            if match:
                if match.group(3):
                    self.control(match.group(1), match.group(2), match.group(3))
                text = text[match.end():]
            elif text[0] == "\x1b" and len(text) < 16 and not re.match(r"\x1b[^\[()]", text):
                self.rest = text
                return
            else:
                self.put(text[0])
                text = text[1:]

    def put(self, c):
        if c == "\r":
            self.x = 0
        elif c == "\n":
            self.down()
        elif c == "\b":
            self.x = max(0, self.x - 1)
        elif c == "\t":
            self.x = min(self.cols - 1, self.x // 8 * 8 + 8)
        elif c >= " ":
            if self.x >= self.cols:
                self.x = 0
                self.down()
            self.cells[self.y][self.x] = Cell(c)
            self.cells[self.y][self.x].look = self.look
            self.x += 1

    def down(self):
        if self.y + 1 < self.rows:
            self.y += 1
        else:
            self.cells = self.cells[1:] + [[" "] * self.cols]

    def control(self, private, params, final):
        numbers = [int(n) if n else 0 for n in params.split(";")] if params else []
        n = numbers[0] if numbers and numbers[0] else 1
        if final == "m":
            for number in numbers or [0]:
                self.look = frozenset() if number == 0 else self.look | {number}
        elif private == "?":
            for number in numbers:
                if number == 25:
                    self.hidden = final == "l"
                elif number in (47, 1047, 1049):
                    self.alternate = final == "h"
        elif final in "Hf":
            self.y = min(self.rows, n) - 1
            self.x = min(self.cols, (numbers + [1, 1])[1] or 1) - 1
        elif final == "A":
            self.y = max(0, self.y - n)
        elif final == "B":
            self.y = min(self.rows - 1, self.y + n)
        elif final == "C":
            self.x = min(self.cols - 1, self.x + n)
        elif final == "D":
            self.x = max(0, self.x - n)
        elif final == "G":
            self.x = min(self.cols, n) - 1
        elif final == "d":
            self.y = min(self.rows, n) - 1
        elif final == "K":
            mode = numbers[0] if numbers else 0
            first = self.x if mode == 0 else 0
            last = self.cols if mode != 1 else self.x + 1
            self.cells[self.y][first:last] = [" "] * (last - first)
        elif final == "J":
            mode = numbers[0] if numbers else 0
            if mode == 2:
                self.cells = [[" "] * self.cols for _ in range(self.rows)]
            elif mode == 0:
                self.cells[self.y][self.x:] = [" "] * (self.cols - self.x)
                for y in range(self.y + 1, self.rows):
                    self.cells[y] = [" "] * self.cols
        elif final == "X":
            self.cells[self.y][self.x:self.x + n] = [" "] * min(n, self.cols - self.x)
        elif final == "P":
            row = self.cells[self.y]
            self.cells[self.y] = (row[:self.x] + row[self.x + n:] + [" "] * n)[:self.cols]
        elif final == "@":
            row = self.cells[self.y]
            self.cells[self.y] = (row[:self.x] + [" "] * n + row[self.x:])[:self.cols]
        elif final == "L":
            for _ in range(n):
                self.cells.insert(self.y, [" "] * self.cols)
                self.cells.pop()
        elif final == "M":
            for _ in range(n):
                self.cells.pop(self.y)
                self.cells.append([" "] * self.cols)


class Terminal:
    def __init__(self, argv, cols, rows, term):
        self.screen = Screen(cols, rows)
        master, slave = pty.openpty()
        self.fd, self.slave = master, slave
        self.resize(cols, rows)
        self.before = termios.tcgetattr(slave)
        self.pid = os.fork()
        if self.pid == 0:
            os.login_tty(slave) if hasattr(os, "login_tty") else self.login(slave)
            for number in (signal.SIGPIPE, signal.SIGXFSZ):  # Python ignores them
                signal.signal(number, signal.SIG_DFL)
            os.environ.update(TERM=term)
            for name in ("LINES", "COLUMNS"):
                os.environ.pop(name, None)
            try:
                os.execvp(argv[0], argv)
            finally:
                os._exit(127)

    @staticmethod
    def login(slave):
        os.setsid()
        fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
        for fd in range(3):
            os.dup2(slave, fd)

    def resize(self, cols, rows):
        self.screen.resize(cols, rows)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))

    def read(self, seconds):
        """Take what comes within that time; False at its end."""
        ready, _, _ = select.select([self.fd], [], [], max(0, seconds))
        if not ready:
            return True
        try:
            data = os.read(self.fd, 65536)
        except OSError:
            return False
        self.screen.feed(data)
        return bool(data)

    def wait(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.read(end - time.monotonic()):
            pass

    def settle(self, first=0.0, quiet=0.1, most=2.0):
        """Until nothing more comes: an answer may take a while to begin, but not to go on."""
        ready, _, _ = select.select([self.fd], [], [], first)
        end = time.monotonic() + most
        while ready and time.monotonic() < end and self.read(0):
            ready, _, _ = select.select([self.fd], [], [], quiet)

    def until(self, text, there=True, seconds=20):
        end = time.monotonic() + seconds
        while (text in self.screen.text()) != there:
            if time.monotonic() > end:
                print(self.screen.text())
                sys.exit(f"terminal.py: the screen {'never' if there else 'always'} had '{text}'")
            self.read(0.1)

    def sane(self):
        return ", ".join(name for name, bad in (
            ("alternate screen", self.screen.alternate), ("hidden cursor", self.screen.hidden),
            ("settings", termios.tcgetattr(self.slave)[:4] != self.before[:4])) if bad) or "sane"

    def end(self):
        deadline = time.monotonic() + 20
        while True:
            self.read(0.05)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                break
            if time.monotonic() > deadline:
                os.kill(self.pid, signal.SIGKILL)
                sys.exit("terminal.py: it does not end")
        self.settle(first=0.1)
        code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else -os.WTERMSIG(status)
        print("status", code, self.sane())


def signal_number(name):
    base, _, more = name.partition("+")
    return getattr(signal, "SIG" + base) + int(more or 0)


def main(argv):
    size, term = "80x24", "xterm"
    while argv and argv[0] in ("-s", "-t"):
        if argv[0] == "-s":
            size = argv[1]
        else:
            term = argv[1]
        argv = argv[2:]
    split = argv.index("--")
    cols, rows = map(int, size.split("x"))
    terminal = Terminal(argv[split + 1:], cols, rows, term)
    for word in argv[:split]:
        what, _, arg = word.partition(":")
        if what == "wait":
            terminal.wait(float(arg))
        elif what == "key":
            os.write(terminal.fd, arg.replace("\\e", "\x1b").encode())
            terminal.settle(first=0.5)
        elif what == "size":
            terminal.resize(*map(int, arg.split("x")))
            terminal.settle(first=0.5)
        elif what == "until":
            terminal.until(arg)
        elif what == "gone":
            terminal.until(arg, there=False)
        elif what == "sane":
            print(terminal.sane())
        elif what == "show":
            terminal.settle()
            print(terminal.screen.text())
        elif what == "kill":
            os.kill(terminal.pid, signal_number(arg))
        elif what == "end":
            terminal.end()
        else:
            sys.exit(f"terminal.py: what is '{word}'?")


if __name__ == "__main__":
    main(sys.argv[1:])

# SPDX-License-Identifier: MIT
"""QEMU's debugger port and its log of executed instructions, for tests/bench/paths and user-paths."""
import re
import socket
import subprocess
import sys
import time


class Gdb:
    """As much of the debugger's protocol as it takes to stop at a function and to give orders."""

    def __init__(self, path):
        for _ in range(100):
            try:
                self.s = socket.socket(socket.AF_UNIX)
                self.s.connect(path)
                return
            except OSError:
                time.sleep(0.1)
        sys.exit("QEMU's debugger port does not answer")

    def reply(self):
        data = b""
        while not re.search(rb"\$([^#]*)#..", data):
            got = self.s.recv(4096)
            if not got:
                return None
            data += got
        answer = re.search(rb"\$([^#]*)#..", data).group(1)
        if answer.startswith(b"W"):  # the machine was switched off
            return None
        self.s.send(b"+")
        return answer

    def ask(self, text):
        body = text.encode()
        self.s.send(b"$" + body + b"#%02x" % (sum(body) & 0xff))
        return self.reply()

    def monitor(self, text):
        answer = self.ask("qRcmd," + text.encode().hex())
        while answer not in (b"OK", b"", None):  # O...: what it printed
            answer = self.reply()


def symbols(elf):
    out = subprocess.run(["nm", "-n", elf], capture_output=True, text=True, check=True).stdout
    return {w[2]: int(w[0], 16) for w in (l.split() for l in out.splitlines()) if len(w) == 3}


def addresses_of_log(log):
    """The address of each line of "-d exec,nochain"."""
    with open(log, errors="replace") as f:
        for line in f:
            if line.startswith("Trace"):
                yield int(line[line.index("[") + 1:].split("/", 2)[1], 16)

# SPDX-License-Identifier: MIT
"""A guest whose kernel is stopped before an instruction of its way out, for tests/boot/freebsd-upcall
and tests/boot/linux-upcall: QEMU with the debugger's port, and the serial line as a source of events.
"""
import os
import socket
import struct
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(TOP, "tests/bench"))

from gdbstub import Gdb        # noqa: E402

REGISTERS = ("eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi", "eip")
RETURN = ("eip", "cs", "eflags", "esp", "ss")       # what iret takes off the stack


class SwitchedOff(Exception):
    pass


class Guest:
    def __init__(self, words, memory, folder, log):
        line, port = (os.path.join(folder, n) for n in ("line", "gdb"))
        self.log = log
        self.process = subprocess.Popen(
            ["qemu-system-i386", "-accel", "tcg", "-m", str(memory), "-display", "none",
             "-no-reboot", "-S", "-device", "isa-debug-exit,iobase=0xf4",
             "-kernel", os.path.join(TOP, "build/ringone"),
             "-append", "console=com1 debugexit", "-initrd", words,
             "-chardev", f"socket,path={line},server=on,wait=off,id=line,logfile={log}",
             "-serial", "chardev:line", "-chardev",
             f"socket,path={port},server=on,wait=off,id=gdb", "-gdb", "chardev:gdb"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        self.gdb = Gdb(port)
        self.gdb.s.settimeout(300)
        self.line = socket.socket(socket.AF_UNIX)
        self.line.connect(line)
        threading.Thread(target=self.drain, daemon=True).start()
        self.gdb.ask("?")

    def said(self):
        with open(self.log, errors="replace") as f:
            return f.read()

    def words(self, at, n):
        return struct.unpack(f"<{n}I", bytes.fromhex(self.gdb.ask(f"m{at:x},{4 * n:x}").decode()))

    def write(self, at, data):
        self.gdb.ask(f"M{at:x},{len(data):x}:{data.hex()}")

    def registers(self):
        data = bytes.fromhex(self.gdb.ask("g")[:8 * len(REGISTERS)].decode())
        return dict(zip(REGISTERS, struct.unpack(f"<{len(REGISTERS)}I", data)))

    def run_to(self, *addresses):
        for at in addresses:
            self.gdb.ask(f"Z0,{at:x},1")
        if self.gdb.ask("c") is None:
            raise SwitchedOff(f"the machine was switched off; see {self.log}")
        for at in addresses:
            self.gdb.ask(f"z0,{at:x},1")

    def drain(self):
        """What the guest says is in the log; the line holds some 300 bytes, and then it waits."""
        try:
            while self.line.recv(4096):
                pass
        except OSError:
            pass

    def returning(self, deeper=0):
        """What a program will find in its registers: its frame lies on the stack, below so many bytes."""
        found = self.registers()
        found.update(zip(RETURN, self.words(found["esp"] + deeper, len(RETURN))))
        return found

    def run_to_way_out(self, at, deeper=0):
        """The kernel's returns within itself go the same way; None where no other comes."""
        for _ in range(3000):
            self.run_to(at)
            found = self.returning(deeper)
            if found["cs"] & 3 == 3:
                return found
            self.gdb.ask("s")
        return None

    def event(self):
        self.line.send(b"\r")
        time.sleep(0.02)    # the interrupt's line is up; the machine stands still meanwhile

    def until(self, end, failure, seconds=300):
        """True when it says @end, at full speed."""
        self.gdb.s.send(b"$c#63")
        stop = time.monotonic() + seconds
        while time.monotonic() < stop and self.process.poll() is None:
            if end in self.said() or failure in self.said():
                break
            time.sleep(0.5)
        return "\n" + end in self.said().replace("\r", "")

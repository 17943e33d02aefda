# SPDX-License-Identifier: MIT
"""Booting hypervisor and guest in an emulator, and reading how it ended.

The hypervisor's option `debugexit` makes it leave the emulator when the first domain is gone:
power-off ends QEMU with 0; a crash of the domain writes 0x11 to port 0xF4, a panic of the
hypervisor 0x21, and isa-debug-exit turns a value v into exit status 2v+1. On Bochs it writes
"Shutdown" to port 0x8900 in every case and only the console says which.

A guest that runs a command for somebody reports its status with the console line
`pvkit-status: N`; the last such line becomes pvkit's exit status.

port.conf, section [boot]: cmd (kernel command line), memory (MiB), initrd (a file in the folder
of builds, used where it is there and no other is named).
"""

from __future__ import annotations

import dataclasses
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from .errors import BootError, BootTimeout, GuestCrash, HypervisorPanic
from .tools import need

QEMU_CRASH, QEMU_PANIC = 2 * 0x11 + 1, 2 * 0x21 + 1
STATUS = re.compile(r"^.*pvkit-status: (\d+)\s*$", re.M)
CRASH = re.compile(r"^.*Ringone: domain 0 (?:killed: .*|shut down: crash\b.*)$", re.M)
PANIC = re.compile(r"^.*Ringone: (?:PANIC|cannot run|cannot start the kernel): .*$", re.M)
ENDED = re.compile(r"^.*Ringone: domain 0 shut down: (\w+)", re.M)


def accelerator() -> str:
    """KVM only where the processor shows that it can; $ACCEL overrides."""
    if os.environ.get("ACCEL"):
        return os.environ["ACCEL"]
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as f:
            flags = set(f.read().split())
    except OSError:
        flags = set()
    usable = flags & {"vmx", "svm"} and os.access("/dev/kvm", os.R_OK | os.W_OK)
    return "kvm" if usable else "tcg"


@dataclasses.dataclass(frozen=True)
class Machine:
    """What to boot. `hv_args` and `cmd` are command lines, `memory` is in MiB, `initrd` and
    `disk` are paths or None, `cpu` is a model of QEMU's or None."""

    hypervisor: str
    kernel: str
    hv_args: str
    cmd: str
    memory: int
    initrd: str | None = None
    disk: str | None = None
    cpu: str | None = None

    def files(self) -> list[str]:
        return [f for f in (self.hypervisor, self.kernel, self.initrd, self.disk) if f]


def comma(text: str) -> str:
    """QEMU splits its -initrd list at commas; doubled ones stand for themselves."""
    return text.replace(",", ",,")


def qemu_command(m: Machine, log: str, program: str = "qemu-system-i386",
                 gdb: bool = False) -> list[str]:
    modules = comma((m.kernel + " " + m.cmd).strip())
    if m.initrd:
        modules += "," + comma(m.initrd)
    command = [program, "-accel", accelerator(), "-m", str(m.memory), "-kernel", m.hypervisor,
               "-append", m.hv_args, "-initrd", modules,
               "-chardev", "stdio,id=console,mux=on,signal=off,logfile=" + comma(log),
               "-serial", "chardev:console", "-mon", "chardev=console",
               "-display", "none", "-no-reboot", "-device", "isa-debug-exit,iobase=0xf4"]
    if m.cpu:
        command += ["-cpu", m.cpu]
    if m.disk:
        command += ["-drive", "file=%s,format=raw" % comma(m.disk)]
    if gdb:
        command += ["-s", "-S"]
    return command


def read_log(path: str) -> str:
    try:
        with open(path, "rb") as f:
            return f.read().decode("utf-8", "replace").replace("\r", "")
    except OSError:
        return ""


def stop(process: subprocess.Popen[bytes]) -> None:
    """End one emulator that we started, politely first."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def run_qemu(command: list[str], timeout: float | None, quiet: bool = False) -> int | None:
    """The emulator's exit status, or None when `timeout` seconds ran out. The console is ours:
    a terminal is handed through (Ctrl-a x leaves), otherwise it reads nothing. `quiet`: it is
    only in the log."""
    stdin = None if sys.stdin.isatty() and not quiet else subprocess.DEVNULL
    with subprocess.Popen(command, stdin=stdin, stdout=subprocess.DEVNULL if quiet else None) as p:
        try:
            return p.wait(timeout or None)
        except subprocess.TimeoutExpired:
            stop(p)
            return None
        except BaseException:
            stop(p)
            raise


# No sound: the mixer thread of Debian's build aborts where there is no sound card.
BOCHSRC = """\
display_library: rfb, options="timeout=0"
megs: %(memory)d
cpu: model=corei7_sandy_bridge_2600k, count=1, ips=50000000, reset_on_triple_fault=0
romimage: file=/usr/share/bochs/BIOS-bochs-latest
vgaromimage: file=/usr/share/bochs/VGABIOS-lgpl-latest
ata0-master: type=cdrom, path=%(iso)s, status=inserted
boot: cdrom
com1: enabled=1, mode=file, dev=%(console)s
clock: sync=none
sound: waveoutdrv=dummy, waveindrv=dummy, midioutdrv=dummy
plugin_ctrl: unmapped=true, biosdev=true, serial=true, speaker=false
panic: action=fatal
error: action=ignore
info: action=ignore
log: %(log)s
"""


def grub_words(line: str) -> str:
    """A command line as words for grub.cfg. What stands in double quotes is one word; GRUB puts
    quotes around a word with blanks in it itself, and would hand on ours with a backslash."""
    words = [w.replace('"', "") for w in re.findall(r'(?:"[^"]*"|[^\s"]|")+', line)]
    return " ".join("'" + w.replace("'", "'\\''") + "'" for w in words)


def make_iso(m: Machine, folder: str) -> str:
    """A GRUB image of the machine: Bochs has no loader of its own."""
    root = os.path.join(folder, "iso")
    os.makedirs(os.path.join(root, "boot", "grub"))
    names = {"hypervisor": m.hypervisor, "kernel": m.kernel, "initrd": m.initrd}
    for name, path in names.items():
        if path:
            shutil.copyfile(path, os.path.join(root, "boot", name))
    lines = ["set timeout=0", "menuentry guest {",
             "\tmultiboot2 /boot/hypervisor " + grub_words(m.hv_args),
             "\tmodule2 /boot/kernel " + grub_words(m.cmd)]
    if m.initrd:
        lines.append("\tmodule2 /boot/initrd")
    with open(os.path.join(root, "boot", "grub", "grub.cfg"), "w", encoding="utf-8") as f:
        f.write("\n".join(lines + ["}", ""]))
    iso = os.path.join(folder, "boot.iso")
    p = subprocess.run([need("grub-mkrescue", "grub-pc-bin grub-common"), "-o", iso, root],
                       capture_output=True, check=False)
    if p.returncode or not os.path.exists(iso):
        raise BootError("grub-mkrescue: %s; it needs grub-pc-bin, xorriso and mtools"
                        % p.stderr.decode("utf-8", "replace").strip()[-300:])
    return iso


def bochs_files(m: Machine, folder: str, console: str) -> list[str]:
    """Write bochsrc and debugger script into `folder`; returns the command."""
    values = {"memory": m.memory, "console": console, "iso": os.path.join(folder, "boot.iso"),
              "log": os.path.join(folder, "bochs.log")}
    with open(os.path.join(folder, "bochsrc"), "w", encoding="utf-8") as f:
        f.write(BOCHSRC % values)
    with open(os.path.join(folder, "go"), "w", encoding="utf-8") as f:
        f.write("c\n")
    return ["bochs", "-q", "-f", os.path.join(folder, "bochsrc"), "-rc", os.path.join(folder, "go")]


def run_bochs(m: Machine, console: str, timeout: float | None, quiet: bool = False) -> int | None:
    """Boot on Bochs, copying the console to standard output while it comes unless `quiet`."""
    need("bochs", "bochs")
    with tempfile.TemporaryDirectory(prefix="pvkit-bochs-") as folder:
        make_iso(m, folder)
        command = bochs_files(m, folder, console)
        shown, end = 0, time.monotonic() + timeout if timeout else None
        with subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as p:
            try:
                while True:
                    status = p.poll()
                    text = read_log(console)
                    if not quiet:
                        sys.stdout.write(text[shown:])
                        sys.stdout.flush()
                    shown = len(text)
                    if status is not None:
                        return status
                    if end and time.monotonic() > end:
                        stop(p)
                        return None
                    time.sleep(0.2)
            except BaseException:
                stop(p)
                raise


def tail(text: str, lines: int = 15) -> str:
    return "\n".join("  | " + s for s in text.rstrip().splitlines()[-lines:])


def verdict(status: int | None, text: str, log: str, timeout: float | None,
            expect_announcement: bool = True) -> int:
    """pvkit's exit status from how the emulator ended and what the console says. Raises when
    the guest did not end by itself, with the last lines and the log's path."""
    where = "\n%s\nconsole log: %s" % (tail(text), log)
    panic, crash = PANIC.search(text), CRASH.search(text)
    if panic or status == QEMU_PANIC:
        raise HypervisorPanic((panic.group(0).strip() if panic else "hypervisor panic") + where)
    if crash or status == QEMU_CRASH:
        raise GuestCrash((crash.group(0).strip() if crash else "the guest crashed") + where)
    if status is None:
        raise BootTimeout("no end after %d s; --timeout gives it more" % (timeout or 0) + where)
    told = STATUS.findall(text)
    if told:
        return min(int(told[-1]), 255)
    if ENDED.search(text) or (status == 0 and not expect_announcement):
        return 0
    raise BootError("the emulator ended with %d and nobody announced the end of the guest"
                    % status + where)

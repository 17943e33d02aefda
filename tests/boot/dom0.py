# SPDX-License-Identifier: MIT
"""A machine with dom0 in it, driven through the serial line: start QEMU, wait for dom0's shell,
send commands, get their status and what they printed. For tests/boot/tools and tests/boot/demo."""
import os
import re
import select
import shutil
import subprocess
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
UNFINISHED = re.compile(r"(\x1b(\[[0-9;?]*)?)?$")         # the rest of it is still to come
# What the hypervisor says on the same line belongs to nobody's output.
HYPERVISOR = re.compile(r"^(Ringone:|\(XEN\)|\(d\d+\)).*\n?", re.M)
LEAVE_CONSOLE = "\x1d"          # Ctrl-]
QUIET = "dmesg -n 1 2>/dev/null"


def image(files, out, base=None):
    """dom0's initial file system and over it {path there: file here}, as the archive `out`."""
    with tempfile.TemporaryDirectory() as root:
        for there, here in files.items():
            os.makedirs(os.path.dirname(os.path.join(root, there)), exist_ok=True)
            shutil.copy(here, os.path.join(root, there))
        more = subprocess.run("find . -mindepth 1 | cpio -o -H newc -R 0:0 --quiet | gzip -n -1",
                              shell=True, cwd=root, check=True, stdout=subprocess.PIPE).stdout
    with open(base or os.path.join(TOP, "build/dom0.cpio.gz"), "rb") as f, open(out, "wb") as g:
        g.write(f.read() + more)
    return out


class Gone(Exception):
    """The machine ended, or its console says nothing of what was waited for."""


class Machine:
    """`hypervisor` is Ringone, or a Xen if `xen` is true, which wants a 64-bit processor. What is
    written to `disks` ends with the machine."""
    tools_4_14 = False          # dom0's xl is that of Debian 11

    def __init__(self, hypervisor, kernel, image, log, xen=False, memory=768, dom0=256,
                 words="console=hvc0", options="", qemu=None, disks=(), extra=()):
        if xen:
            options = f"console=com1 loglvl=all guest_loglvl=all dom0_mem={dom0}M " \
                      f"dom0_max_vcpus=1 noreboot=0 {options}"
        else:
            options = f"console=com1 loglvl=info debugexit dom0_mem={dom0}M {options}"
        qemu = qemu or ("qemu-system-x86_64" if xen else "qemu-system-i386")
        command = [qemu, "-accel", os.environ.get("ACCEL", "tcg"), "-m", str(memory), "-display",
                   "none", "-serial", "stdio", "-monitor", "none", "-no-reboot",
                   "-device", "isa-debug-exit,iobase=0xf4", "-kernel", hypervisor,
                   "-append", options.strip(),
                   "-initrd", (kernel + " " + words).replace(",", ",,") + "," + image]
        for disk in disks:
            command += ["-drive", f"if=ide,format=raw,snapshot=on,file={disk}"]
        self.begin(command + list(extra), log)

    def begin(self, command, log):
        self.text, self.partial, self.at, self.serial = "", "", 0, 0
        self.log = open(log, "w")
        self.status, self.killed = None, False
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT)

    def pump(self, seconds):
        """Reads what has come within that time; raises Gone when the machine has ended."""
        if select.select([self.process.stdout], [], [], seconds)[0]:
            data = os.read(self.process.stdout.fileno(), 65536)
            if not data:
                self.status = self.process.wait()
                raise Gone(f"the machine ended (QEMU's status {self.status})")
            data = self.partial + data.decode(errors="replace").replace("\r", "")
            self.partial = UNFINISHED.search(data).group()
            data = data[:len(data) - len(self.partial)]
            data = ESCAPE.sub("", data)
            self.text += data
            self.log.write(data)
            self.log.flush()

    def wait(self, pattern, seconds, what=None):
        """The match of a pattern in what comes from now on, and all that came before it."""
        end = time.time() + seconds
        while True:
            m = re.compile(pattern, re.M).search(self.text, self.at)
            if m:
                before, self.at = self.text[self.at:m.start()], m.end()
                return m, before
            if time.time() > end:
                raise Gone(f"no {what or repr(pattern)} within {seconds} s")
            self.pump(0.5)

    def send(self, text):
        # A line at a time, in pieces that the console's buffer of old kernels can take.
        for i in range(0, len(text), 64):
            self.process.stdin.write(text[i:i + 64].encode())
            self.process.stdin.flush()
            if len(text) > 64:
                time.sleep(0.05)

    def login(self, seconds=180):
        """Waits for dom0's shell and makes its terminal wide, so that no line is wrapped, and its
        kernel silent (short of a crash): what it says would stand in the output of a command."""
        self.wait(r"^(/ # |~ # |root@\w+:~# )", seconds, "shell of dom0")
        self.send(f"{QUIET}; stty cols 1000; PS1='# '\n")
        self.run("true")

    def run(self, command, seconds=60, raw=False):
        """A shell command: (exit status, what it printed), without what the hypervisor said
        meanwhile unless raw."""
        self.serial += 1
        n = self.serial
        self.at = len(self.text)
        end = f'; echo "@"$?"@{n}"\n'
        self.send(command + end)
        m, before = self.wait(rf"@(\d+)@{n}\n[^#]*#+ ", seconds, f"end of `{command}`")
        # Behind the command's echo; of a slow guest prompts asked for before may come first.
        before = before.rpartition(end)[2] if end in before else before.partition("\n")[2]
        before = before if raw else HYPERVISOR.sub("", before)
        return int(m.group(1)), before.rstrip("\n")

    def console(self, domain, seconds=30):
        """Attaches dom0's terminal to a guest's console."""
        self.at = len(self.text)
        self.send(f"xl console {domain}\n")
        return Attached(self, seconds)

    def leave_console(self):
        """Back from a guest's console. The tool heeds Ctrl-] only when it comes alone, so it is
        sent again, after longer pauses, until dom0's prompt is there."""
        for pause in (0.2, 0.2, 0.5, 1, 2, 4, 8):
            if self.status is not None:
                return
            self.settle(pause)
            self.send(LEAVE_CONSOLE)
            self.settle(pause)
            self.send("\n")
            try:
                self.wait(r"^# ", 2 + 2 * pause, "prompt of dom0 after Ctrl-]")
                return
            except Gone:
                if self.status is not None or pause == 8:
                    raise

    def settle(self, seconds=1):
        """Reads for that long."""
        end = time.time() + seconds
        while time.time() < end:
            self.pump(0.2)

    def end(self, seconds=60):
        """dom0 switches the machine off; QEMU's status, None if it had to be killed."""
        try:
            self.send("poweroff\n")
            stop = time.time() + seconds
            while time.time() < stop:
                self.pump(0.5)
        except (Gone, BrokenPipeError):
            pass
        return self.kill()

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.killed = True
        self.status = self.process.wait()
        return None if self.killed else self.status


class Bare(Machine):
    """A kernel on the bare machine, driven in the same way."""

    def __init__(self, kernel, initrd, log, memory=1024, words="console=ttyS0"):
        self.begin(["qemu-system-i386", "-accel", os.environ.get("ACCEL", "tcg"), "-m", str(memory),
                    "-display", "none", "-serial", "stdio", "-monitor", "none", "-no-reboot",
                    "-kernel", kernel, "-append", words, "-initrd", initrd], log)


class Attached:
    """dom0's terminal while it is a guest's: `with machine.console("a") as guest: guest.run(...)`.
    Leaving the block leaves the console."""

    def __init__(self, machine, seconds):
        self.machine, self.seconds = machine, seconds

    def __enter__(self):
        # An empty line makes the guest's shell show its prompt again.
        stop = time.time() + self.seconds
        while True:
            self.machine.send("\n")
            try:
                self.machine.wait(r"^(/ # |~ # |## |root@\w+:~# )", 3, "prompt of the guest")
                break
            except Gone:
                if self.machine.status is not None:
                    raise
                if time.time() > stop:
                    self.machine.leave_console()
                    raise
        self.machine.send(f"{QUIET}; stty cols 1000; PS1='## '\n")
        self.machine.wait(r"^## $", self.seconds, "prompt of the guest")
        return self

    def run(self, command, seconds=30):
        return self.machine.run(command, seconds)

    def __exit__(self, *_):
        self.machine.leave_console()

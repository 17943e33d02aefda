# SPDX-License-Identifier: MIT
"""boot: the command that is run, and what is made of the way it ends. The emulator is real, the
hypervisor is a page of assembly that says and does what the test wants."""

import os
import pty
import shutil
import subprocess
import unittest

from pvkit import boot as booting
from pvkit.errors import GuestCrash
from toy import HERE, PVKIT, Toy

needs_qemu = unittest.skipUnless(shutil.which("qemu-system-i386"), "no qemu-system-i386")


def build_hypervisor(folder):
    """The stand-in hypervisor; its multiboot headers come first, as the loaders want."""
    path = os.path.join(folder, "hv")
    subprocess.run(["gcc", "-m32", "-nostdlib", "-static", "-no-pie", "-Wl,--build-id=none",
                    "-Wl,-Ttext=0x100000,-N,--no-warn-rwx-segments",
                    "-Wl,--section-start=.multiboot=0x0ff000", "-o", path,
                    os.path.join(HERE, "hypervisor.S")], check=True)
    return path


class Command(unittest.TestCase):
    machine = booting.Machine("hv", "ker,nel", "console=com1", "a=b,c d", 64, "ini,trd", None)

    def test_commas_are_doubled(self):
        command = booting.qemu_command(self.machine, "log")
        self.assertEqual(command[command.index("-initrd") + 1], "ker,,nel a=b,,c d,ini,,trd")

    def test_gdb_waits(self):
        self.assertIn("-S", booting.qemu_command(self.machine, "log", gdb=True))

    def test_accelerator_can_be_chosen(self):
        os.environ["ACCEL"] = "hax"
        self.addCleanup(os.environ.pop, "ACCEL")
        self.assertIn("hax", booting.qemu_command(self.machine, "log"))

    def test_quotes_in_a_grub_line(self):
        self.assertEqual(booting.grub_words('console=hvc0  run="exit 9" x="" it\'s'),
                         "'console=hvc0' 'run=exit 9' 'x=' 'it'\\''s'")

    def test_bochs_files(self):
        d = os.path.join(HERE, "none")
        text = booting.BOCHSRC % {"memory": 64, "console": "c", "iso": d, "log": "l"}
        self.assertIn("megs: 64", text)
        self.assertIn('options="timeout=0"', text)


class Boots(Toy):
    def setUp(self):
        super().setUp()
        self.kernel = self.write("kernel", "not looked at")
        self.hv = build_hypervisor(self.dir)

    def boot(self, say, code, status, *args):
        line = "say=%s" % say.replace(" ", "_").replace("\n", "~")
        if code:
            line = "exit=%d " % code + line
        log = os.path.join(self.dir, "log")
        out = self.pvkit("boot", self.port, self.tree, "--image", self.kernel, "--hypervisor",
                         self.hv, "--hv-args", line, "--timeout", "20", "--log", log, *args,
                         status=status, env={"ACCEL": "tcg"})
        return out

    @needs_qemu
    def test_guest_status_is_relayed(self):
        out = self.boot("pvkit-status: 42\nRingone: domain 0 shut down: poweroff\n", 1, 42)
        self.assertIn("pvkit-status: 42", out)      # and the console is shown

    @needs_qemu
    def test_power_off_is_success(self):
        self.boot("Ringone: domain 0 shut down: poweroff\n", 1, 0)

    @needs_qemu
    def test_crash(self):
        out = self.boot("one\ntwo\nRingone: domain 0 killed: bad stack\n  refused at trap.c:12\n",
                        0x11, 8)
        self.assertIn("killed: bad stack", out)
        self.assertIn("  | two", out)
        self.assertIn("console log:", out)

    @needs_qemu
    def test_crash_by_exit_code_alone(self):
        self.boot("nothing useful\n", 0x11, 8)

    def test_crash_without_an_exit_code(self):
        """As Bochs ends, whatever happened."""
        for said in ("killed: bad stack", "shut down: crash"):
            with self.assertRaises(GuestCrash):
                booting.verdict(1, "Ringone: domain 0 %s\n" % said, "log", None)
        self.assertEqual(booting.verdict(1, "Ringone: domain 0 shut down: poweroff\n", "log",
                                         None), 0)

    def test_another_domain_may_crash(self):
        self.assertEqual(booting.verdict(1, "Ringone: domain 1 killed: bad stack\n"
                                         "Ringone: domain 0 shut down: poweroff\n", "log", None),
                         0)

    @needs_qemu
    def test_panic(self):
        self.boot("Ringone: PANIC: frame table\n", 0x21, 9)

    @needs_qemu
    def test_refused_kernel(self):
        out = self.boot("Ringone: cannot start the kernel: no Xen notes\n", 0x21, 9)
        self.assertIn("no Xen notes", out.splitlines()[0])

    @needs_qemu
    def test_time_runs_out(self):
        out = self.boot("still here\n", 0, 10, "--timeout", "10")
        self.assertIn("no end after 10 s", out)
        self.assertIn("  | still here", out)

    @needs_qemu
    def test_an_end_nobody_announces(self):
        self.boot("hm\n", 5, 7)

    @needs_qemu
    def test_terminal_is_handed_through_and_ctrl_a_x_leaves(self):
        pid, fd = pty.fork()
        if not pid:
            os.execve(PVKIT, ["pvkit", "boot", self.port, self.tree, "--image", self.kernel,
                              "--hypervisor", self.hv, "--hv-args", "say=hello_there~"],
                      dict(os.environ, ACCEL="tcg", TMPDIR=self.dir))
        seen = b""
        while b"hello there" not in seen:
            seen += os.read(fd, 1000)
        os.write(fd, b"\x01x")
        try:
            while os.read(fd, 1000):
                pass
        except OSError:
            pass                # the other end is closed: it has left
        _, status = os.waitpid(pid, 0)
        os.close(fd)
        self.assertEqual(os.waitstatus_to_exitcode(status), 0)

    def test_missing_files_are_named(self):
        out = self.pvkit("boot", self.port, self.tree, "--image", "/nowhere/vmlinux",
                         "--hypervisor", self.hv, status=7)
        self.assertIn("/nowhere/vmlinux does not exist", out)

    def test_dry_run(self):
        out = self.pvkit("boot", self.port, self.tree, "--image", self.kernel, "--first", "plain",
                         "--memory", "96", "-n")
        self.assertIn("first=plain", out)
        self.assertIn("-m 96", out)


class Iso(Toy):
    """The image Bochs boots from is a GRUB one; QEMU boots it as well and is faster."""

    @unittest.skipUnless(shutil.which("grub-mkrescue") and shutil.which("qemu-system-i386"),
                         "no grub-mkrescue or qemu-system-i386")
    def test_image_boots(self):
        hv = build_hypervisor(self.dir)
        kernel = self.write("kernel", "not looked at")
        line = "exit=1 say=from_the_image~"
        machine = booting.Machine(hv, kernel, line, "a=1 b", 64, kernel)
        iso = booting.make_iso(machine, self.dir)
        log = os.path.join(self.dir, "log")
        subprocess.run(["qemu-system-i386", "-accel", "tcg", "-m", "64", "-cdrom", iso, "-serial",
                        "file:" + log, "-display", "none", "-no-reboot", "-device",
                        "isa-debug-exit,iobase=0xf4"], timeout=120, check=False)
        self.assertIn("from the image", self.read("log"))

# SPDX-License-Identifier: MIT
"""verify --run: what a hypervisor says it emulated, held against the whitelist's section [run].
The consoles are recorded lines; the kernel is a page of assembly at known addresses."""

import json
import os
import subprocess

from toy import Toy

KERNEL = """\
	.text
	.globl	driver, quiet
	.type	driver, @function
	.type	quiet, @function
driver:	in	%dx, %al
	out	%al, %dx
	ret
	.org	0x40, 0x90
quiet:	nop
	ret
"""
DRIVER, QUIET = 0xc0100000, 0xc0100040


class VerifyRun(Toy):
    def setUp(self):
        super().setUp()
        self.image = os.path.join(self.dir, "vmlinux")
        subprocess.run(["gcc", "-m32", "-g", "-nostdlib", "-static", "-no-pie", "-Wl,-e,driver",
                        "-Wl,--build-id=none", "-Wl,-Ttext=%#x" % DRIVER, "-o", self.image,
                        self.write("k.S", KERNEL)], check=True)

    def console(self, *places, lost=0, umip="on", head="booting\n", end=True):
        """Writes a console log; a place is (mnemonic, address, done, refused)."""
        text = head
        for name, address, done, refused in places:
            text += "Ringone: emulated: %s at %08x: %d done, %d refused\r\n" % (
                name, address, done, refused)
        if end:
            text += "Ringone: emulated: in all: %d done, %d refused, %d not recorded, 3 of " \
                "programs, UMIP %s\r\n" % (sum(p[2] for p in places) + lost,
                                           sum(p[3] for p in places), lost, umip)
        return self.write("console", text + "Ringone: domain 0 shut down: poweroff\n")

    def run_verify(self, log, whitelist, status, *args):
        self.write("port/verify.whitelist", whitelist)
        return self.pvkit("verify", "--run", self.port, self.tree, "--image", self.image,
                          "--console", log, *args, status=status)

    def test_explained(self):
        log = self.console(("in", DRIVER, 12, 0), ("out", DRIVER + 1, 30, 2))
        out = self.run_verify(log, "[run]\n(in|out) driver # its device\n", 0)
        rows = [s.split() for s in out.splitlines() if "driver" in s]
        self.assertEqual([r[:4] for r in rows], [["out", "32", "1", "driver"],
                                                 ["in", "12", "1", "driver"]])
        self.assertIn("k.S:5", out)
        self.assertIn("its device", out)
        self.assertIn("44 instructions of the kernel emulated at 2 places, 2 of them refused; 3 of "
                      "its programs", out)

    def test_a_function_that_is_not_named_fails(self):
        log = self.console(("in", DRIVER, 1, 0), ("clts", QUIET, 1000000, 0))
        out = self.run_verify(log, "[run]\nin driver # its device\n", 1)
        self.assertRegex(out, r"clts +1000000 +1 +quiet .*NOT EXPLAINED")
        self.assertIn("1 place(s) whose emulation is not explained", out)

    def test_refused_ones_count(self):
        log = self.console(("wrmsr", QUIET, 0, 5))
        self.run_verify(log, "", 1)

    def test_more_often_than_allowed_fails(self):
        log = self.console(("in", DRIVER, 100, 1))
        self.run_verify(log, "[run]\nin driver 0..101 # its device\n", 0)
        self.run_verify(log, "[run]\nin driver 0..100 # its device\n", 1)

    def test_a_line_that_explains_nothing_fails_unless_it_may(self):
        log = self.console(("in", DRIVER, 1, 0))
        lines = "[run]\nin driver # its device\n"
        out = self.run_verify(log, lines + "clts quiet # gone\n", 1)
        self.assertIn("verify.whitelist:3: `clts quiet` explains 0 emulation(s)", out)
        self.run_verify(log, lines + "clts quiet 0..4 # on other machines\n", 0)

    def test_lines_above_the_section_are_not_for_the_run(self):
        log = self.console(("in", DRIVER, 1, 0))
        self.run_verify(log, "in driver # its device\n[run]\n", 1)

    def test_the_section_is_not_for_the_code(self):
        self.write("port/verify.whitelist", "in driver # its device\nout driver # its device\n"
                   "[run]\nclts quiet # never there\n")
        self.pvkit("verify", self.port, self.tree, "--image", self.image)

    def test_other_sections_are_an_error(self):
        self.assertIn("only section is [run]",
                      self.run_verify(self.console(), "[ran]\n", 2))

    def test_nothing_emulated_is_fine(self):
        out = self.run_verify(self.console(), "", 0)
        self.assertIn("0 instructions of the kernel emulated", out)

    def test_a_hypervisor_that_does_not_count(self):
        out = self.run_verify(self.console(end=False), "", 5)
        self.assertIn("debug build", out)

    def test_a_full_table_is_no_answer(self):
        out = self.run_verify(self.console(("in", DRIVER, 1, 0), lost=7),
                              "[run]\nin driver # its device\n", 1)
        self.assertIn("7 emulated instructions are not in the list", out)

    def test_lost_lines_are_noticed(self):
        log = self.console(("in", DRIVER, 1, 0), ("out", DRIVER + 1, 1, 0))
        with open(log, encoding="utf-8") as f:
            text = f.read()
        self.write("console", text.replace("emulated: out", "emul"))
        self.assertIn("lines of it were lost", self.run_verify(log, "", 5))

    def test_an_address_outside_of_the_kernel(self):
        out = self.run_verify(self.console(("hlt", 0xf8001234, 1, 0)), "", 1)
        self.assertRegex(out, r"hlt +1 +1 +- +-")
        self.run_verify(self.console(("hlt", 0xf8001234, 1, 0)), "[run]\nhlt - # a module's\n", 0)

    def test_what_was_not_to_be_seen_is_said(self):
        self.assertNotIn("sgdt", self.run_verify(self.console(), "", 0))
        self.assertIn("sgdt", self.run_verify(self.console(umip="off"), "", 0))

    def test_suggestions_lack_their_reason(self):
        log = self.console(("in", DRIVER, 5, 1))
        self.run_verify(log, "", 1, "--suggest")
        self.assertEqual(self.out, "in driver 6 #\n")
        self.assertIn("no reason", self.run_verify(log, "[run]\n" + self.out, 2))

    def test_json(self):
        self.run_verify(self.console(("in", DRIVER, 5, 1)), "", 1, "--json")
        data = json.loads(self.out)
        self.assertEqual(data["total"], {"done": 5, "refused": 1, "programs": 3, "umip": True})
        self.assertEqual(data["hits"][0]["symbol"], "driver")
        self.assertEqual(data["unexplained"], 1)

    def test_console_without_run(self):
        self.pvkit("verify", self.port, self.tree, "--console", "x", status=2)

    def test_dry_run_shows_the_command(self):
        out = self.pvkit("verify", "--run", self.port, self.tree, "--image", self.image, "-n",
                         "--cmd", "console=hvc0 visit=1")
        self.assertIn("emulated", out)
        self.assertIn("-cpu max", out)
        self.assertIn("visit=1", out)

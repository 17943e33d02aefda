# SPDX-License-Identifier: MIT
"""tests/ports/walk: what it takes for agreement, and what --fix leaves of a long output."""

import importlib.machinery
import importlib.util
import os
import unittest

from toy import TOP

PATH = os.path.join(TOP, "tests", "ports", "walk")
LOADER = importlib.machinery.SourceFileLoader("walk", PATH)
SPEC = importlib.util.spec_from_loader("walk", LOADER)
walk = importlib.util.module_from_spec(SPEC)
LOADER.exec_module(walk)

DOCUMENT = """\
Prose with a $ sign.
```console
$ first
one
two
$ second \\
    --long
```
```sh
$ not run
```
"""


class Walk(unittest.TestCase):
    def test_commands_of_a_document(self):
        found = walk.read(DOCUMENT.splitlines())
        self.assertEqual([c.text for c in found], ["first", "second --long"])
        self.assertEqual([c.shown for c in found], [["one", "two"], []])

    def test_literal_comparison(self):
        self.assertTrue(walk.agrees(["a", "b"], ["a", "b"]))
        self.assertFalse(walk.agrees(["a", "b"], ["a", "c"]))
        self.assertFalse(walk.agrees(["a"], ["a", "b"]))
        self.assertFalse(walk.agrees([], ["a"]))

    def test_lines_left_out(self):
        self.assertTrue(walk.agrees(["a", "...", "z"], ["a", "b", "c", "z"]))
        self.assertTrue(walk.agrees(["a", "..."], ["a"]))
        self.assertFalse(walk.agrees(["a", "...", "z"], ["a", "b"]))
        self.assertFalse(walk.agrees(["a", "...", "a"], ["a"]))

    def test_figures_that_vary(self):
        self.assertEqual(walk.normal("Ringone: TSC 12 kHz, APIC timer 3 kHz"),
                         walk.normal("Ringone: TSC 99 kHz, APIC timer 98 kHz"))
        self.assertEqual(walk.normal("eip e019:c0101745"), ["eip e019:c0######"])
        self.assertEqual(walk.normal("boot region 0xc0000000"), ["boot region 0xc0000000"])
        self.assertNotEqual(walk.normal("in tree 41"), walk.normal("in tree 42"))
        self.assertEqual(walk.normal(os.path.join(TOP, "build/x")), ["build/x"])

    def test_fix_keeps_the_shape(self):
        printed = ["a", "b", "c", "z"]
        self.assertEqual(walk.shorten(["x", "...", "y"], printed), ["a", "...", "z"])
        self.assertEqual(walk.shorten(["x"], printed), printed)
        self.assertEqual(walk.shorten(["x", "...", "y"], ["a", "z"]), ["a", "z"])

    def test_status_and_end_of_a_command(self):
        shell = walk.Shell()
        try:
            self.assertEqual(shell.run("echo -n one; false"), ["one", "(status 1)"])
            self.assertEqual(shell.run("x=5"), [])
            self.assertEqual(shell.run("echo $x"), ["5"])
            self.assertEqual(shell.run("ls /nonexistent 2>&1 | wc -l"), ["1"])
            with self.assertRaises(TimeoutError):
                shell.run("exit 3")
        finally:
            shell.shell.stdin.close()
            shell.shell.stdout.close()
            shell.shell.wait()

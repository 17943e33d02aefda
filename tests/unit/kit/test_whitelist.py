# SPDX-License-Identifier: MIT
"""verify's whitelist: what a line explains, how often, where, and every mistake in one."""

import json
import os
import subprocess

from toy import Assembled


class Whitelist(Assembled):
    def test_lines_of_other_trees_are_not_there(self):
        self.write("tree/NAME", "young\n")
        obj = self.assemble("f:\ncli\nret\n")
        for word, status in (("has", 0), ("lacks", 1)):
            self.check(obj, "# when: NAME %s /young/\ncli f # why\n" % word, status)
        # up to the next empty line
        self.check(obj, "# when: NAME lacks /young/\nsti f # why\n\ncli f # why\n", 0)
        self.check(obj, "# when: NAME has /young/\nsti f # why\n\ncli f # why\n", 1)

    def test_suggest_prints_lines_that_still_need_a_reason(self):
        obj = self.assemble("cli\ncli\nmov %cr3, %eax\nret\n")
        self.pvkit("verify", self.port, self.tree, "--image", obj, "--suggest", status=1)
        lines = self.out
        self.assertEqual(lines, "cli f 2 #\nmov-cr3 f 1 #\n")
        self.assertIn("no reason", self.check(obj, lines, 2))
        self.check(obj, lines.replace("#", "# because"), 0)

    def test_unexplained_fails(self):
        out = self.check(self.assemble("cli\nret\n"), "", 1)
        self.assertIn("NOT EXPLAINED", out)
        self.assertIn("1 instruction(s) not explained", out)

    def test_explained_passes(self):
        self.check(self.assemble("cli\nmov %cr3, %eax\nret\n"), "cli f # why\nmov f 1 # why\n", 0)

    def test_entry_for_another_symbol_does_not_help(self):
        self.check(self.assemble("cli\nret\n"), "cli g|ff # why\n", 1)

    def test_count_is_a_limit(self):
        out = self.check(self.assemble("cli\ncli\nret\n"), "cli f 1 # why\n", 1)
        self.assertIn("1 instruction(s) not explained", out)

    def test_what_is_silent_has_a_count(self):
        obj = self.assemble("pushf\nret\n")
        out = self.check(obj, "pushf f # why\n", 1)
        self.assertIn("1 instruction(s) not explained", out)
        self.assertIn("verify.whitelist:1: `pushf f` has no COUNT and names what does not", out)
        self.check(obj, "pushf f 1 # why\n", 0)
        self.check(self.assemble("cli\npopf\nret\n"), ".* f # why\n", 1)
        self.check(self.assemble("mov %ax, %ds\nret\n"), "load-ds f # why\n", 1)

    def test_a_push_that_becomes_a_popf(self):
        """One byte in a function that has pairs of its own, wherever it is."""
        asks = "pushf\npushf\npop %%eax\npush %%eax\n%spopf\npushf\npop %%eax\npopf\n"
        good = "push %ebx\n" + asks % "" + "pushf\npop %eax\n" + asks % "" + "pop %ebx\nret\n"
        rules = "pushf+pushf+popf+pushf+popf f 2 # toggles\npushf f 1 # reads\n"
        self.check(self.assemble(good), rules, 0)
        for n in range(good.count("push %")):
            parts = good.split("push %")
            bad = "push %".join(parts[:n + 1]) + "popf\nnop #" + "push %".join(parts[n + 1:])
            self.assertEqual(bad.count("popf"), good.count("popf") + 1)
            self.assertIn("popf", self.check(self.assemble(bad), rules, 1))

    def test_pairs_stand_in_their_order(self):
        rules = "pushf+popf f 1 # carries AC\n"
        self.check(self.assemble("pushf\nnop\ncli\npopf\nret\n"), rules + "cli f # w\n", 0)
        self.check(self.assemble("popf\npushf\nret\n"), rules, 1)
        self.check(self.assemble("pushf\npopf\npushf\npopf\nret\n"), rules, 1)
        self.check(self.assemble("pushf\n.globl g\n.type g, @function\ng: popf\nret\n"),
                   "pushf+popf f|g 1 # not of two functions\n", 1)
        self.assertIn("needs a COUNT", self.check(self.assemble("ret\n"), "pushf+popf f # w\n", 2))
        self.assertIn("needs a COUNT", self.check(self.assemble("ret\n"),
                                                  "[run]\npushf+popf f 1 # w\n", 2))

    def test_a_line_may_name_the_source(self):
        src = self.write("tree/drivers/c.c",
                         "void _start(void)\n{\n\tasm(\"inb %dx, %al\");\n}\n")
        exe = os.path.join(self.dir, "c")
        subprocess.run(["gcc", "-m32", "-g", "-nostdlib", "-static", "-o", exe, src], check=True)
        self.check(exe, "in .*@drivers/.*\\.c # a device\n", 0)
        self.check(exe, "in _start@drivers/c\\.c # a device\n", 0)
        self.check(exe, "in .*@arch/.* # another\n", 1)
        self.check(self.assemble("in %dx, %al\nret\n"), "in .*@drivers/.* # not known\n", 1)

    def test_stale_entry_fails(self):
        out = self.check(self.assemble("ret\n"), "cli f # why\n", 1)
        self.assertIn("verify.whitelist:1", out)
        self.assertIn("explains 0", out)

    def test_too_few_is_stale_as_well(self):
        self.assertIn("not 2", self.check(self.assemble("cli\nret\n"), "cli f 2 # why\n", 1))

    def test_reason_is_required(self):
        self.assertIn("no reason", self.check(self.assemble("cli\nret\n"), "cli f\n", 2))

    def test_bad_bytes_can_be_explained(self):
        self.check(self.assemble(".byte 0xff, 0xff\n.globl g\ng: ret\n"), "(bad) f 1 # data\n", 0)

    def test_json(self):
        obj = self.assemble("cli\nret\n")
        self.pvkit("verify", self.port, self.tree, "--image", obj, "--json", status=1)
        data = json.loads(self.out)
        self.assertEqual(data["unexplained"], 1)
        self.assertEqual(data["hits"][0]["mnemonic"], "cli")

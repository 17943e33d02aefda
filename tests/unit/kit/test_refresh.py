# SPDX-License-Identifier: MIT
"""refresh: what a hand edit becomes makes the same tree again."""

import os

from toy import Toy

KCONFIG = """\
menu x
config FIRST
	bool
	depends on OTHER
config SECOND
	bool
	depends on OTHER
endmenu
"""


class Refresh(Toy):
    def setUp(self):
        super().setUp()
        self.write("tree/Kconfig", KCONFIG)
        self.write("port/edits/03-kconfig.edit", "# what: w\n# why: y\nfile: Kconfig\n"
                   "after: /^menu\\b/\n| config OURS\n| \tbool\n")
        self.apply()

    def refresh(self, *args, **kw):
        return self.pvkit("refresh", self.port, self.tree, *args, **kw)

    def edit(self, name, before, after):
        text = self.read("tree/" + name)
        self.assertIn(before, text)
        os.unlink(os.path.join(self.tree, name))
        self.write("tree/" + name, text.replace(before, after, 1))

    def test_an_unchanged_tree_says_nothing(self):
        self.assertEqual(self.refresh(), "")

    def round_trip(self, name):
        want = self.read("tree/" + name)
        self.refresh("--as", "77-mine")
        self.pvkit("restore", "--force", self.tree)
        self.apply()
        self.assertEqual(self.read("tree/" + name), want)

    def test_an_edit_comes_back(self):
        self.edit("Kconfig", "config SECOND\n", "config SECOND_OF_OURS\n\t# more\n")
        self.round_trip("Kconfig")

    def test_removed_lines_come_back(self):
        self.edit("Kconfig", "config SECOND\n\tbool\n\tdepends on OTHER\n", "")
        self.round_trip("Kconfig")

    def test_inserted_lines_come_back(self):
        self.edit("Kconfig", "config FIRST\n", "config FIRST\n\tdefault y\n")
        self.round_trip("Kconfig")

    def test_two_edits_of_one_file_come_back(self):
        self.edit("Kconfig", "config FIRST\n", "config FIRST\n\tdefault y\n")
        self.edit("Kconfig", "endmenu\n", "# the end\nendmenu\n")
        self.round_trip("Kconfig")

    def test_a_function_becomes_a_rule(self):
        self.edit("kernel/a.c", "\treturn bar(a + 1);", "\treturn bar(a + 2);")
        self.round_trip("kernel/a.c")
        self.assertIn(" second(...)", self.read("port/rules/77-mine.cocci"))

    def test_a_line_nothing_names_is_said(self):
        self.edit("Kconfig", "\tdepends on OTHER\nconfig SECOND",
                  "\tdepends on ANOTHER\nconfig SECOND")
        self.assertIn("give it an anchor by hand", self.refresh(status=1))

    def test_glue_is_to_be_copied_back(self):
        self.edit("kernel/glue.c", "int glue;", "int glue = 1;")
        out = self.refresh()
        self.assertIn("kernel/glue.c is a file the port adds; copy it back: cp ", out)

    def test_a_file_the_port_does_not_touch_needs_a_stock_tree(self):
        self.write("tree/kernel/c.c", "int c;\n")
        self.assertIn("--stock", self.refresh("kernel/c.c", status=2))
        self.write("stock/kernel/c.c", "int d;\n")
        out = self.refresh("kernel/c.c", "--stock", os.path.join(self.dir, "stock"))
        self.assertIn("file: kernel/c.c\nreplace: /\\bd\\b/\n| int c;\n", out)

    def test_a_stock_tree_is_refused(self):
        self.pvkit("restore", self.tree)
        self.assertIn("no port applied", self.refresh(status=4))

    def test_a_bad_name(self):
        self.assertIn("NN-name", self.refresh("--as", "mine", status=2))

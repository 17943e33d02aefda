# SPDX-License-Identifier: MIT
"""measure: numerators by another route, denominators from dependency files."""

import json
import os
import subprocess
from xml.etree import ElementTree

from pvkit import compiled
from toy import TOP, Toy

CMD = """\
cmd_%(o)s := gcc -Wp,-MMD,x -D__KERNEL__ -c -o %(o)s %(src)s

source_%(o)s := %(src)s

deps_%(o)s := \\
%(deps)s
%(o)s: $(deps_%(o)s)

$(deps_%(o)s):
"""


class Measure(Toy):
    def setUp(self):
        super().setUp()
        self.write("tree/include/core.h", "/* c */\nint core;\nint more;\n")
        self.write("tree/include/unused.h", "int unused;\n")
        self.write("tree/drivers/d.c", "int d;\nint e;\nint f;\n")
        self.write("tree/drivers/never.c", "int never;\n")
        self.write("tree/arch/x/xen/up.c", "int up;\nint up2;\n")
        self.write("tree/arch/x/big.c", "int x;\n" * 50)
        self.write("port/port.conf", self.read("port/port.conf") +
                   "[measure]\np = kernel arch\nx = arch/x\nupstream = arch/x/xen drivers/d.c\n"
                   "net = drivers/d.c\n")
        self.build_dir = os.path.join(self.dir, "out")
        self.unit("kernel/a", ["include/core.h"])
        self.unit("kernel/b", ["include/core.h"])
        self.unit("kernel/glue", ["include/core.h"])
        self.unit("drivers/d", ["include/core.h"])
        self.unit("arch/x/xen/up", [])
        self.write("out/include/generated/gen.h", "int gen;\n")
        self.write("out/scripts/.host.o.cmd", "cmd_scripts/host.o := gcc -c x.c\n\n"
                   "source_scripts/host.o := %s/drivers/never.c\n" % self.tree)

    def unit(self, name, headers):
        deps = "".join("  %s/%s \\\n" % (self.tree, h) for h in headers)
        deps += "    $(wildcard include/config/X) \\\n  include/generated/gen.h \\\n"
        deps += "  /usr/include/stdio.h \\\n"
        self.write("out/%s/.%s.o.cmd" % os.path.split(name), CMD % {
            "o": name + ".o", "src": "%s/%s.c" % (self.tree, name), "deps": deps})

    def measure(self, *args):
        self.pvkit("measure", self.port, self.tree, "--build", self.stamped(self.build_dir),
                   "--json", *args)
        return json.loads(self.out)

    def test_compiled_files(self):
        units = compiled.units(self.tree, os.path.join(self.dir, "out"))
        paper, everything = compiled.base_sets(units, ["kernel", "arch"])
        self.assertEqual(paper, {"kernel/a.c", "kernel/b.c", "include/core.h", "arch/x/xen/up.c"})
        self.assertEqual(everything, paper | {"drivers/d.c"})

    def test_figures(self):
        self.apply()
        r = self.measure()
        self.assertEqual(r["in_tree"]["lines"], 3)          # two calls and a makefile line
        self.assertEqual(r["in_tree"]["gone"], 2)
        self.assertEqual(r["with_glue_and_shim"], 4)
        hand = {h["what"]: h["lines"] for h in r["by_hand"]}
        self.assertEqual(hand["SmPL rules and macro file"], 5)
        self.assertEqual(hand["anchored edits"], 3)
        self.assertEqual(hand["glue"], 1)
        # a.c 10 lines, b.c 4, core.h 2, up.c 2; the stock text counts, the glue does not
        self.assertEqual(r["bases"]["P"]["lines"], 10 + 4 + 2 + 2)
        self.assertEqual(r["bases"]["C"]["lines"], 10 + 4 + 2 + 2 + 3)
        self.assertEqual(r["bases"]["X"]["lines"], 52)
        self.assertAlmostEqual(r["bases"]["P"]["in_tree_percent"], 100 * 3 / 18, places=3)
        self.assertEqual([u["lines"] for u in r["upstream"]], [2, 3])
        self.assertAlmostEqual(r["upstream_percent_of_p"], 100 * 5 / 18, places=3)

    def test_table2_rows_sum_up(self):
        self.apply()
        r = self.measure()
        rows = {t["row"]: t for t in r["table2"]}
        self.assertEqual(sum(t["ours"] for t in r["table2"]), r["with_glue_and_shim"])
        self.assertEqual(rows["virtual network driver"]["upstream"], 3)
        self.assertEqual(rows["Xen-specific (non-driver)"]["upstream"], 2)
        self.assertEqual(sum(t["paper"] for t in r["table2"]), 2995)

    def test_in_tree_by_another_route(self):
        """The steps' own patches, counted by hand, give the same number: here no comment and no
        blank line is touched, so stripping changes nothing."""
        self.apply()
        added = 0
        for name in ("01-foo", "02-make"):
            patch = self.read("tree/.pvkit/steps/%s.patch" % name)
            added += sum(s.startswith("+") and not s.startswith("+++") for s in patch.split("\n"))
        self.assertEqual(added, self.measure()["in_tree"]["lines"])

    def test_in_tree_by_a_lexer_of_another_make(self):
        """tests/boot/recount goes over the quilt series and has a lexer of its own. What is changed
        here has comments, blank lines, strings that look like comments, and a macro in lines."""
        self.write("tree/kernel/c.c", "int c(void)\n{\n\treturn foo(1); /* foo(2);\n\tfoo(3); */"
                   "\n\n\tfoo(4);\t// foo(5)\n\tputs(\"/* foo(6) */\");\n}\n")
        self.write("tree/kernel/entry.S", "/* foo */\n#define X(a) \\\n\ta\n\tnop\t# comment\n")
        self.rule("01-foo", match="4")
        self.write("port/edits/03-entry.edit", "# what: more\n# why: test\nfile: kernel/entry.S\n"
                   "after: /define X/\n| \t/* a comment */ \\\n| \tcli; \\\nafter: /^\\tnop/\n|\n"
                   "| \t# another\n| \tsti\t# and code\n")
        self.apply()
        p = subprocess.run([os.path.join(TOP, "tests", "boot", "recount"), self.port, self.tree],
                           capture_output=True, text=True, check=False)
        self.assertEqual((p.returncode, p.stdout), (0, "8 lines in 4 files, by both routes\n"),
                         p.stdout + p.stderr)

    def test_recount_finds_a_wrong_count(self):
        """Somebody edits the kept patches: then the routes must differ."""
        self.apply()
        name = "tree/.pvkit/steps/01-foo.patch"
        self.write(name, self.read(name).replace("+\treturn bar(a);", "+\t/* bar(a); */"))
        p = subprocess.run([os.path.join(TOP, "tests", "boot", "recount"), self.port, self.tree],
                           capture_output=True, text=True, check=False)
        self.assertEqual(p.returncode, 1)
        self.assertEqual(p.stdout, "kernel/a.c: the series gives another file than apply\n"
                         "kernel/a.c: 1 by the series, 2 by measure\n")

    def test_text_leads_with_absolute_lines(self):
        self.apply()
        out = self.pvkit("measure", self.port, self.tree, "--build", self.stamped(self.build_dir))
        rows = [s for s in out.splitlines() if s.startswith(("in tree", "base"))]
        self.assertTrue(rows[0].startswith("in tree"), rows)
        self.assertIn("1.36 %", out)
        self.assertIn("How the counting differs", out)
        # upstream used: 2 + 3 lines of the 18 that P has
        self.assertRegex(out, r"portion of the code base \(P\) +22\.222 % +27\.778 % +1\.36 %")
        self.assertRegex(out, r"lines of that code base +18 +some 220000")

    def test_svg(self):
        self.apply()
        svg = os.path.join(self.dir, "x.svg")
        self.measure("--svg", svg)
        root = ElementTree.parse(svg).getroot()
        bars = [e for e in root if e.tag.endswith("rect") and e.get("fill") == "#1f6f8b"]
        self.assertEqual(len(bars), 2)

    def test_missed_goal(self):
        self.write("port/glue/kernel/big.c", "int x;\n" * 2100)
        self.apply()
        out = self.pvkit("measure", self.port, self.tree, "--check", "--build",
                         self.stamped(self.build_dir), status=1)
        self.assertIn("with glue and shim 2104, goal 2000", out)

    def test_rules_that_changed_since_are_not_measured(self):
        self.apply()
        self.rule("01-foo", match="1..")
        self.assertIn("--again", self.pvkit("measure", self.port, self.tree, "--build",
                                            os.path.join(self.dir, "out"), status=4))

    def test_nothing_applied(self):
        self.assertIn("pvkit apply", self.pvkit("measure", self.port, self.tree, "--build",
                                                os.path.join(self.dir, "out"), status=4))

    def test_no_build_there(self):
        self.apply()
        empty = os.path.join(self.dir, "empty")
        os.makedirs(empty)
        self.assertIn("was not built by `pvkit build`", self.pvkit(
            "measure", self.port, self.tree, "--build", empty, status=4))
        self.assertIn("no dependency files", self.pvkit(
            "measure", self.port, self.tree, "--build", self.stamped(empty), status=4))

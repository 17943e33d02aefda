# SPDX-License-Identifier: MIT
"""patches and drift: what apply did, as a series; what it would do, on trees nobody tried."""

import json
import os
import re
import shutil
import subprocess
import unittest

from toy import BROKEN_C, RULE, Toy


class Patches(Toy):
    def stock_copy(self):
        other = os.path.join(self.dir, "clean")
        shutil.copytree(self.tree, other)
        return other

    def content(self, tree):
        out = {}
        for base, dirs, files in os.walk(tree):
            dirs[:] = [d for d in dirs if d not in (".pvkit", ".pc")]
            for name in files:
                path = os.path.join(base, name)
                with open(path, "rb") as f:
                    out[os.path.relpath(path, tree)] = f.read()
        return out

    @unittest.skipUnless(shutil.which("quilt"), "no quilt")
    def test_the_series_gives_the_identical_tree(self):
        self.rule("03-again", text=RULE.replace("foo(e)", "bar(e)").replace("+ bar(e)", "+ baz(e)"))
        self.write("port/glue/kernel/b.c", "int shadow;\n")
        self.write("port/port.conf", self.read("port/port.conf") + "[glue]\nshadow = kernel/b.c\n")
        clean, out = self.stock_copy(), os.path.join(self.dir, "patches")
        self.apply()
        self.pvkit("patches", self.tree, "--out", out)
        subprocess.run(["quilt", "push", "-a", "-q"], cwd=clean, check=True, capture_output=True,
                       env=dict(os.environ, QUILT_PATCHES=out, QUILTRC="-"))
        self.assertEqual(self.content(clean), self.content(self.tree))

    def test_one_patch_a_step_with_its_reason(self):
        self.apply()
        self.pvkit("patches", self.tree, "--out", os.path.join(self.dir, "p"))
        self.assertEqual(self.read("p/series").split(), ["01-foo.patch", "02-make.patch",
                                                         "99-added-files.patch"])
        text = self.read("p/01-foo.patch")
        self.assertTrue(text.startswith("Subject: foo becomes bar\n"))
        self.assertIn("the test asks for it", text)

    def test_lines_added_agree_with_measure(self):
        """The count of measure, by another route: no comment or blank is touched here."""
        self.apply()
        self.pvkit("patches", self.tree, "--out", os.path.join(self.dir, "p"))
        added = sum(len(re.findall(r"^\+(?!\+\+ )", self.read("p/" + n), re.M))
                    for n in ("01-foo.patch", "02-make.patch"))
        self.write("out/.x.o.cmd", "cmd_x.o := gcc -D__KERNEL__\n\nsource_x.o := %s/kernel/a.c\n"
                   % self.tree)
        self.pvkit("measure", self.port, self.tree, "--json", "--build",
                   self.stamped(os.path.join(self.dir, "out")))
        self.assertEqual(json.loads(self.out)["in_tree"]["lines"], added)

    def test_the_port_may_be_gone(self):
        self.apply()
        shutil.rmtree(self.port)
        self.pvkit("patches", self.tree, "--out", os.path.join(self.dir, "p"))
        self.assertTrue(self.read("p/01-foo.patch").startswith("Subject: 01-foo\n"))

    def test_not_over_somebodys_files(self):
        self.apply()
        self.write("p/mine", "x")
        self.assertIn("is not empty", self.pvkit("patches", self.tree, "--out",
                                                 os.path.join(self.dir, "p"), status=4))

    def test_not_of_an_edited_tree(self):
        self.apply()
        self.write("tree/kernel/a.c", "int mine;\n")
        self.assertIn("kernel/a.c", self.pvkit("patches", self.tree, status=4))

    def test_nothing_applied(self):
        self.assertIn("pvkit apply", self.pvkit("patches", self.tree, status=4))


class Drift(Toy):
    def setUp(self):
        super().setUp()
        self.newer = os.path.join(self.dir, "newer")
        shutil.copytree(self.tree, self.newer)
        self.write("newer/Makefile", "VERSION = 4\nobj-y += a.o b.o\n")

    def drift(self, *trees, status=0):
        self.pvkit("drift", self.port, *trees, "--json", status=status)
        return json.loads(self.out)["trees"]

    def test_both_fit(self):
        before = self.snapshot()
        old, new = self.drift(self.tree, self.newer)
        self.assertEqual([old["version"], new["version"]], ["3", "4"])
        self.assertEqual(new["steps"][0]["matched"], {"kernel/a.c": 2})
        self.assertEqual(new["steps"][0]["missed"], ["kernel/b.c"])
        self.assertEqual(new["steps"][0]["relies_on"], ["foo"])
        self.assertEqual(self.snapshot(), before)

    def test_what_is_gone_is_named(self):
        self.write("newer/kernel/a.c", "int nothing;\n")
        self.write("newer/Makefile", "VERSION = 4\nobj-m += a.o\n")
        _, new = self.drift(self.tree, self.newer, status=1)
        self.assertEqual(new["steps"][0]["absent"], ["foo"])
        self.assertEqual([len(s["failures"]) for s in new["steps"]], [1, 1])
        out = self.pvkit("drift", self.port, self.tree, self.newer, status=1)
        self.assertIn("0 FAILS", out)
        self.assertIn("not in its files any more: foo", out)
        self.assertIn("/^obj-y/", out)

    def test_unparsed_region_is_drift(self):
        self.write("newer/kernel/broken.c", BROKEN_C % "foo")
        _, new = self.drift(self.tree, self.newer, status=1)
        self.assertIn("cannot parse", new["steps"][0]["failures"][0])

    def test_not_a_tree_of_this_port(self):
        self.write("newer/Makefile", "all:\n")
        _, new = self.drift(self.tree, self.newer, status=1)
        self.assertIn("not a tree of ToyOS", new["error"])

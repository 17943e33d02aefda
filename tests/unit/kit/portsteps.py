# SPDX-License-Identifier: MIT
"""A port's rules and edits on small sources of our own, one test a step: what it must change is
named, and what it must leave alone. For the test_*_rules.py of the ports."""

import os
import subprocess
import tempfile
import unittest

from pvkit import edits
from pvkit.steps import Step

TOP = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", "..", ".."))


class Case(unittest.TestCase):
    port = ""

    def rule(self, name, source):
        with tempfile.TemporaryDirectory() as tmp:
            path, out = os.path.join(tmp, "t.c"), os.path.join(tmp, "out.c")
            with open(path, "w", encoding="utf-8") as f:
                f.write(source)
            step = Step(os.path.join(self.port, "rules", name + ".cocci"))
            done = subprocess.run(
                ["spatch", "--very-quiet", "--macro-file", os.path.join(self.port, "macros.h"),
                 "--sp-file", step.path, path, "-o", out] + step.options,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=120, check=False)
            self.assertEqual(done.returncode, 0, done.stderr)
            with open(out if os.path.exists(out) else path, encoding="utf-8") as f:
                return f.read()

    def edit(self, name, file, source):
        step = Step(os.path.join(self.port, "edits", name + ".edit"))
        blocks = [b for b in edits.parse_edits(step) if b.file == file]
        return edits.edit_text(step, blocks, source)[0]

    def verdict(self, before, after, there, gone):
        self.assertNotEqual(before, after)
        for words in gone:
            self.assertIn(words, before, "a test that cannot fail")
            self.assertNotIn(words, after)
        for words in there:
            self.assertIn(words, after)

    def test_headers_are_whole(self):
        for folder in ("rules", "edits"):
            for name in os.listdir(os.path.join(self.port, folder)):
                Step(os.path.join(self.port, folder, name))


def rule_test(name, source, there, gone):
    return lambda self: self.verdict(source, self.rule(name, source), there, gone)


def edit_test(name, file, source, there, gone):
    return lambda self: self.verdict(source, self.edit(name, file, source), there, gone)


def steps(module, port, rules, its_edits):
    """A TestCase of that module. rules: {name: (source, what is there afterwards, what is gone)};
    its_edits: {name: (file of the tree, source, there, gone)}."""
    tests = {"test_" + name: rule_test(name, *case) for name, case in rules.items()}
    tests.update({"test_" + name: edit_test(name, *case) for name, case in its_edits.items()})
    return type("Steps", (Case,), {"__module__": module, "port": os.path.join(TOP, port), **tests})

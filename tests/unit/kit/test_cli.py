# SPDX-License-Identifier: MIT
"""The command line: help everywhere, exit codes that are the documented ones."""

import json
import os
import re
import subprocess

from pvkit import needs
from pvkit.cli import COMMANDS
from pvkit.errors import CLASSES, exit_code_table
from toy import TOP, Toy


class CommandLine(Toy):
    def test_every_command_has_help_and_dry_run(self):
        for command in COMMANDS:
            with self.subTest(command):
                out = self.pvkit(command, "--help")
                self.assertIn("--dry-run", out)
                self.assertEqual(out, self.pvkit("help", command))

    def test_exit_codes_are_unique_and_documented(self):
        codes = [c.code for c in CLASSES]
        self.assertEqual(len(codes), len(set(codes)))
        with open(os.path.join(TOP, "pvops-kit", "README.md"), encoding="utf-8") as f:
            readme = f.read()
        documented = dict(re.findall(r"^\| (\d+) \| (.*) \|$", readme, re.M))
        self.assertEqual(documented, {str(c): text for c, text in exit_code_table()})
        out = self.pvkit("help", "exit-codes")
        for code, text in exit_code_table():
            self.assertRegex(out, r"(?m)^ *%d  %s$" % (code, re.escape(text)))

    def test_unknown_command(self):
        self.pvkit("frobnicate", status=2)

    def test_files_that_cannot_be_had(self):
        """Each is named with what is wrong, and no Python traceback (pvkit() looks for one)."""
        self.apply()
        missing = os.path.join(self.dir, "no", "such")
        for args, status in ((("verify", self.port, self.tree, "--image", "/bin/true",
                               "--whitelist", missing), 4),
                             (("measure", self.port, self.tree, "--svg", missing), 4),
                             (("patches", self.tree, "--out", "/proc/none"), 4),
                             (("new", "/proc/x-port"), 4),
                             (("build", self.port, self.tree, "--fragment", missing), 4)):
            with self.subTest(args[0]):
                out = self.pvkit(*args, status=status)
                self.assertRegex(out, r"pvkit: (/proc/|%s).*: .*; name another" % missing)

    def test_a_machine_needs_memory(self):
        for memory in ("0", "-1", "lots"):
            self.assertIn("not a number of MiB", self.pvkit(
                "boot", self.port, self.tree, "--memory=" + memory, status=2))

    def test_unknown_help(self):
        self.assertIn("no help on", self.pvkit("help", "frobnicate", status=2))

    def test_doctor_json(self):
        self.pvkit("doctor", "--json")
        things = {r["thing"]: r["state"] for r in json.loads(self.out)["needs"]}
        self.assertEqual(things["spatch"], "ok")

    def test_doctor_names_the_package_of_what_is_missing(self):
        bare = os.path.join(self.dir, "bin")
        os.makedirs(bare)
        for program in ("python3", "env"):
            os.symlink("/usr/bin/" + program, os.path.join(bare, program))
        out = self.pvkit("doctor", status=1, env={"PATH": bare})
        self.assertIn("apt-get install coccinelle", out)

    def test_doctor_parse_rate(self):
        self.write("tree/kernel/bad.c", "int x(int a)\n{\n\t]] foo;\n}\n" + "int y;\n" * 3)
        self.pvkit("doctor", self.tree, "--port", self.port, "--json")
        rates = {r["file"]: r["percent"] for r in json.loads(self.out)["parse"]}
        self.assertEqual(rates["kernel/a.c"], 100.0)
        self.assertLess(rates["kernel/bad.c"], 100.0)

    def test_doctor_parse_rate_without_a_port(self):
        self.write("tree/kernel/bad.c", "int x(int a)\n{\n\t]] foo;\n}\n")
        out = self.pvkit("doctor", os.path.join(self.tree, "kernel"))
        self.assertIn("bad.c", out)
        self.assertIn("2 of 3 files parse in full", out)
        self.assertIn("name the tree", self.pvkit("doctor", "--port", self.port, status=2))

    def test_doctor_of_a_port(self):
        with open(self.port + "/port.conf", "a", encoding="utf-8") as f:
            f.write("\n[doctor]\nneeds =\n\tsh dash\n\tno-such-program its-package\n")
        out = self.pvkit("doctor", self.port, self.tree, status=1)
        self.assertIn("its-package", out)
        self.assertRegex(out, r"\bsh +ok +build of")
        self.assertIn("parse in full", out)
        self.assertIn("name the tree", self.pvkit("doctor", "a", "b", "c", status=2))

    def test_nothing_but_the_answer_on_a_pipe(self):
        self.apply()
        self.assertEqual(self.err, "")
        self.assertEqual(self.out.count("\n"), 1)


class Anchors(Toy):
    """What a rule needs is what decides whether it landed in a region that does not parse."""

    def needs(self, decl, body):
        return [(n.required, n.optional)
                for n in needs.rule_needs("@@\n%s\n@@\n%s" % (decl, body))]

    def test_metavariables_do_not_count(self):
        self.assertEqual(self.needs("expression e; identifier f;", "- foo(e, f)\n+ bar(e)\n"),
                         [({"foo"}, set())])

    def test_symbols_and_typedefs_do(self):
        self.assertEqual(self.needs("symbol mm; typedef pte_t; pte_t p;", "- use(mm, p)\n"),
                         [({"use", "mm"}, set())])

    def test_disjunctions_are_optional(self):
        self.assertEqual(self.needs("expression e;", "foo(e);\n(\n- one(e);\n|\n- two(e);\n)\n"),
                         [({"foo"}, {"one", "two"})])

    def test_nests_are_optional(self):
        self.assertEqual(self.needs("expression e;", "f(...) {\n<...\n- g(e)\n...>\n}\n"),
                         [({"f"}, {"g"})])

    def test_plus_lines_and_searching_rules_do_not_count(self):
        self.assertEqual(self.needs("expression e;", "foo(e)\n"), [])
        self.assertEqual(self.needs("", "- foo\n+ never\n"), [({"foo"}, set())])

    def test_values_and_constraints(self):
        self.assertEqual(self.needs('identifier f = {a, b}; expression x != 0;', "- f(x, K)\n"),
                         [({"K"}, {"a", "b"})])

    def test_patterns_decide_where_nothing_is_required(self):
        need, = needs.rule_needs('@@\nidentifier f =~ "^native_";\n@@\n- f(...) { ... }\n')
        self.assertTrue(need.may_match({"int", "native_halt"}))
        self.assertFalse(need.may_match({"int", "not_native_halt"}))

    def test_a_rule_that_names_nothing_may_be_meant_anywhere(self):
        need, = needs.rule_needs("@@\nidentifier f;\n@@\n- f(...) { ... }\n")
        self.assertTrue(need.may_match({"whatever"}))

    def test_an_include_is_something_named(self):
        need, = needs.rule_needs("@@\n@@\n #include <a.h>\n+#include <b.h>\n")
        self.assertFalse(need.may_match({"broken", "function"}))
        self.assertTrue(need.may_match({"include", "a", "h"}))


class Installed(Toy):
    """What `make install` leaves works without the source tree."""

    def test_installed_kit_applies_and_measures(self):
        prefix = os.path.join(self.dir, "prefix")
        subprocess.run(["make", "-s", "-C", os.path.join(TOP, "pvops-kit"), "install",
                        "PREFIX=" + prefix], check=True, capture_output=True)
        self.write("port/port.conf", self.read("port/port.conf") +
                   "[shim]\nto = shim\nfiles = src/discover.c\n")

        def installed(*args):
            p = subprocess.run([os.path.join(prefix, "bin", "pvkit"), *args], text=True,
                               capture_output=True, check=False, cwd=self.dir)
            self.assertEqual(p.returncode, 0, p.stdout + p.stderr)
            return p.stdout
        installed("apply", self.port, self.tree)
        self.assertTrue(os.path.exists(os.path.join(self.tree, "shim/src/discover.c")))
        self.assertIn("in tree (changed or added)", installed("measure", self.port, self.tree))
        installed("new", os.path.join(self.dir, "x-port"))
        installed("restore", self.tree)

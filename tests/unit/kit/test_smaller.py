# SPDX-License-Identifier: MIT
"""What stood in people's way: a full disk without a name, a mark nobody sees, a build that says
nothing for minutes, lines that look wrong in a diff, completion for other shells."""

import json
import os
import shutil
import subprocess
import sys
import time
import unittest

from pvkit import smpl
from pvkit.errors import naming
from toy import PVKIT, RULE, Toy

BOM = "\ufeff"


class FullDisk(Toy):
    def limited(self, *args, status=4, limit=20):
        """Run pvkit so that no file may grow over a few bytes: the nearest thing to a full disk
        that needs no rights. It fails in write() or close(), which name no file."""
        script = ("import resource, runpy, sys; sys.argv = sys.argv[1:]; "
                  "resource.setrlimit(resource.RLIMIT_FSIZE, (%d, %d)); " % (limit, limit) +
                  "runpy.run_path(sys.argv[0], run_name='__main__')")
        p = subprocess.run([sys.executable, "-B", "-c", script, PVKIT, *args], text=True,
                           check=False, capture_output=True)
        self.assertEqual(p.returncode, status, p.stdout + p.stderr)
        self.assertNotIn("Traceback", p.stderr)
        return p.stderr

    def test_patches_name_the_file(self):
        self.apply()
        out = self.limited("patches", self.tree, "--out", os.path.join(self.dir, "p"))
        self.assertIn(os.path.join(self.dir, "p", "01-foo.patch") + ": File too large; free some "
                      "space there", out)

    def test_apply_names_the_tree(self):
        before = self.snapshot()
        self.assertIn(self.tree, self.limited("apply", self.port, self.tree))
        self.assertEqual(self.snapshot(), before)

    def test_a_chart_is_named(self):
        self.apply()
        svg = os.path.join(self.dir, "x.svg")
        self.write("port/port.conf", self.read("port/port.conf") + "[measure]\nx = kernel\n")
        self.apply("--again")
        self.assertIn(svg, self.limited("measure", self.port, self.tree, "--svg", svg, limit=1500))

    def test_standard_output_is_named(self):
        with open("/dev/full", "w", encoding="utf-8") as full:
            p = subprocess.run([PVKIT, "help", "exit-codes"], stdout=full, stderr=subprocess.PIPE,
                               text=True, check=False)
        self.assertEqual((p.returncode, p.stderr), (
            4, "pvkit: standard output: No space left on device; free some space there, or write "
            "elsewhere\n"))

    def test_a_name_that_is_known_stays(self):
        with self.assertRaises(OSError) as caught, naming("outer"):
            open("/nowhere/at/all", encoding="utf-8")
        self.assertEqual(caught.exception.filename, "/nowhere/at/all")


class Marks(Toy):
    """A byte-order mark: no blank, and to nobody's eye there."""

    def refused(self, name, status, *command):
        with open(os.path.join(self.dir, name), encoding="utf-8", newline="") as f:
            text = f.read()
        self.write(name, BOM + text)
        out = self.pvkit(*command, status=status)
        self.assertIn("%s begins with a byte-order mark; save it as UTF-8 without one (sed -i "
                      % os.path.join(self.dir, name), out)
        self.write(name, text)

    def test_everything_a_person_writes(self):
        apply = ("apply", self.port, self.tree)
        for name in ("port/port.conf", "port/rules/01-foo.cocci", "port/edits/02-make.edit"):
            self.refused(name, 2, *apply)
        for name in ("tree/Makefile", "tree/kernel/a.c"):
            self.refused(name, 4, *apply)
        self.write("port/verify.whitelist", "cli f # why\n")
        self.refused("port/verify.whitelist", 2, "verify", self.port, self.tree, "--image", PVKIT)

    def test_utf_16(self):
        with open(os.path.join(self.port, "port.conf"), "w", encoding="utf-16") as f:
            f.write("[port]\n")
        self.assertIn("iconv -f UTF-16 -t UTF-8", self.apply(status=2))


class Build(Toy):
    def setUp(self):
        super().setUp()
        self.write("port/port.conf", self.read("port/port.conf") +
                   "[build]\nsystem = command\ncommands =\n"
                   "\techo first; sleep 1.5; echo second; sleep 1.5\n"
                   "\techo 'void _start(void) {}' | gcc -m32 -nostdlib -static -x c -"
                   " -o $OUT/vmlinux\n")

    def test_a_pipe_hears_that_it_lives(self):
        self.pvkit("build", self.port, self.tree, "--out", os.path.join(self.dir, "out"),
                   env={"PVKIT_TEST_ALIVE": "0.7"})
        signs = [s for s in self.err.splitlines() if "lines so far" in s]
        self.assertGreaterEqual(len(signs), 3, self.err)
        self.assertTrue(signs[0].startswith("pvkit: 0 min, 1 lines so far: building first"), signs)
        self.assertEqual(self.out.strip(), os.path.join(self.dir, "out", "boot-image"))

    def test_the_log_is_written_line_by_line(self):
        log = os.path.join(self.dir, "out", "pvkit-build.log")
        with subprocess.Popen([PVKIT, "build", self.port, self.tree, "--out",
                               os.path.join(self.dir, "out")], stdout=subprocess.DEVNULL) as p:
            while p.poll() is None:
                if os.path.exists(log) and "first" in self.read("out/pvkit-build.log"):
                    break
                time.sleep(0.05)
            early = self.read("out/pvkit-build.log")
            self.assertIsNone(p.poll(), "the line came only when all was over")
        self.assertIn("first\n", early)
        self.assertNotIn("second", early.replace("echo second", ""))


class Rules(Toy):
    def test_no_line_of_one_tab(self):
        """Coccinelle leaves the indentation of what it takes away."""
        self.write("port/rules/01-foo.cocci", RULE % {"files": "kernel/*.c", "match": "1"})
        self.write("port/rules/01-foo.cocci", self.read("port/rules/01-foo.cocci").replace(
            "- foo(e)\n+ bar(e)\n", "- gone(e);\n+\n+ bar(e);\n"))
        self.write("tree/kernel/a.c", "int f(int a)\n{\n\tif (a)\n\t\ta++;\n\tgone(a);\n"
                   "\treturn a;\n}\n")
        self.apply()
        text = self.read("tree/kernel/a.c")
        self.assertIn("bar(a);", text)
        self.assertEqual([s for s in text.split("\n") if s and not s.strip()], [])
        self.pvkit("patches", self.tree, "--out", os.path.join(self.dir, "p"))
        self.assertNotRegex(self.read("p/01-foo.patch"), r"(?m)^\+\s+$")

    def test_wide_lines_are_named(self):
        name = "x" * 60
        self.write("port/rules/01-foo.cocci", self.read("port/rules/01-foo.cocci").replace(
            "+ bar(e)", "+ bar_%s(e, %s)" % (name, name)))
        out = self.apply()
        self.assertRegex(out, r"01-foo: kernel/a\.c:5 has 1\d\d columns")
        self.assertRegex(self.pvkit("apply", self.port, self.tree, "-n"),
                         r"01-foo: kernel/a\.c:13 has 1\d\d columns")

    def test_lines_that_were_wide_before_are_not(self):
        wide = "\treturn foo(%s);\n" % ("a + " * 40 + "1")
        self.write("tree/kernel/a.c", "int f(int a)\n{\n%s}\n\nint g(int a)\n{\n"
                   "\treturn foo(1);\n}\n" % wide)
        self.assertNotIn("columns", self.apply())


class DryRun(Toy):
    def test_what_must_be_gone_is_looked_for_on_the_stage(self):
        self.write("port/rules/01-foo.cocci", self.read("port/rules/01-foo.cocci").replace(
            "// match:", "// gone: foo\n// defined: bar\n// match:"))
        self.apply("-n")
        self.apply()
        self.apply("-n")
        self.write("port/rules/01-foo.cocci", self.read("port/rules/01-foo.cocci").replace(
            "// gone: foo", "// gone: second"))
        self.assertIn("second must be gone", self.apply("-n", status=3))


class Names(unittest.TestCase):
    def region(self, text):
        region = smpl.Region("x.c", 7, "?")
        region.text = text.split("\n")
        return region.name()

    def test_functions_that_do_not_parse_have_their_own_name(self):
        self.assertEqual(self.region("static __attribute__((noinline)) int\nbroken(int a)\n{\n  @"),
                         "broken")
        self.assertEqual(self.region("__attribute__((section(\"x\"))) void broken(void)\n{"),
                         "broken")
        self.assertEqual(self.region("SYSCALL_DEFINE2(broken, int, a, int, b)\n{"), "sys_broken")
        self.assertEqual(self.region("DEFINE_THING(broken)\n{"), "broken")
        self.assertEqual(self.region("int broken(a)\n\tint a;\n{\n"), "broken")
        self.assertEqual(self.region("\tODD_LOOP(a) BEGIN"), "line 7")


class Restore(Toy):
    def test_json(self):
        self.apply()
        self.pvkit("restore", self.tree, "--json")
        self.assertEqual(json.loads(self.out), [
            {"file": "Makefile", "action": "give back"},
            {"file": "kernel/a.c", "action": "give back"},
            {"file": "kernel/glue.c", "action": "remove"}])
        self.pvkit("restore", self.tree, "--json")
        self.assertEqual(json.loads(self.out), [])


class Completion(Toy):
    @unittest.skipUnless(shutil.which("zsh"), "no zsh")
    def test_zsh_reads_it(self):
        script = self.write("_pvkit", self.pvkit("help", "completion", "zsh"))
        subprocess.run(["zsh", "-n", script], check=True)
        out = subprocess.run(["zsh", "-fc", "_arguments() { print -l -- $@ }; _describe() { "
                              "print -l -- $commands }; words=(pvkit boot x); CURRENT=3; "
                              "source %s; words=(pvkit m); CURRENT=2; _pvkit" % script],
                             capture_output=True, text=True, check=True).stdout
        self.assertRegex(out, r"(?m)^--emulator\[.*\]:emulator:\(qemu bochs\)$")
        self.assertRegex(out, r"(?m)^--memory\[")
        self.assertRegex(out, r"(?m)^measure:the price of a port")

    @unittest.skipUnless(shutil.which("fish"), "no fish")
    def test_fish_completes(self):
        script = self.write("pvkit.fish", self.pvkit("help", "completion", "fish"))

        def ask(line):
            return subprocess.run(["fish", "--no-config", "-c", "source %s; complete -C %s" % (
                script, json.dumps(line))], capture_output=True, text=True, check=True,
                env=dict(os.environ, HOME=self.dir)).stdout
        self.assertIn("measure\tthe price of a port", ask("pvkit me"))
        self.assertEqual(ask("pvkit boot --emulator ").split(), ["bochs", "qemu"])
        self.assertIn("--memory", ask("pvkit boot --mem"))

    def test_a_shell_nobody_wrote_it_for(self):
        self.assertIn("no help on 'completion tcsh'", self.pvkit("help", "completion", "tcsh",
                                                                 status=2))

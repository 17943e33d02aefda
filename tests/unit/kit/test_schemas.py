# SPDX-License-Identifier: MIT
"""What --json prints is what the schemas announce: real output of every command that has one."""

import json
import os
import re
import subprocess
import unittest

from jsonshape import complaints
from pvkit import schema
from pvkit.cli import COMMANDS
from toy import Toy

CMD = """\
cmd_%(o)s := gcc -D__KERNEL__ -c -o %(o)s %(src)s

source_%(o)s := %(src)s

deps_%(o)s := \\
  %(tree)s/Makefile \\
"""


class Validator(unittest.TestCase):
    """A validator that finds nothing would prove nothing."""

    SHAPE = {"type": "object", "required": ["a"], "additionalProperties": False, "properties": {
        "a": {"type": ["integer", "null"], "minimum": 1, "maximum": 9},
        "b": {"type": "array", "items": {"enum": ["x", "y"]}},
        "c": {"type": "string", "pattern": "^0x"},
        "d": {"type": "object", "additionalProperties": {"$ref": "#/$defs/yes"}}},
        "$defs": {"yes": {"type": "boolean"}}}

    def test_accepts(self):
        for value in ({"a": 1}, {"a": None, "b": ["x", "y"], "c": "0x1", "d": {"k": True}}):
            self.assertEqual(complaints(value, self.SHAPE), [])

    def test_refuses(self):
        for value, word in (([], "not object"), ({}, "has no a"), ({"a": True}, "not integer"),
                            ({"a": 0}, "minimum"), ({"a": 10}, "maximum"),
                            ({"a": 1, "z": 1}, "nobody announced"), ({"a": 1, "b": ["z"]}, "none"),
                            ({"a": 1, "c": "1"}, "does not match"),
                            ({"a": 1, "d": {"k": 1}}, "$.d.k is 1")):
            with self.subTest(value):
                self.assertIn(word, "".join(complaints(value, self.SHAPE)))

    def test_a_keyword_it_does_not_know_is_an_error(self):
        with self.assertRaises(ValueError):
            complaints(1, {"multipleOf": 2})


class Schemas(Toy):
    def conforms(self, name, *args, status=0):
        """Run a command with --json; its output, which must be as schema `name` says."""
        self.pvkit(*args, "--json", status=status)
        value = json.loads(self.out)
        self.assertEqual(complaints(value, json.loads(schema.text(name))), [], name)
        return value

    def kernel(self, body="cli\nsgdt (%eax)\nret\n"):
        obj = os.path.join(self.dir, "k.o")
        subprocess.run(["gcc", "-m32", "-c", "-o", obj, self.write(
            "k.S", ".text\n.globl f\n.type f, @function\nf:\n" + body)], check=True)
        return obj

    def test_every_command_with_json_has_a_schema(self):
        for command in COMMANDS:
            has = "--json" in self.pvkit(command, "--help")
            self.assertEqual(bool(schema.of_command(command)), has, command)

    def test_schemas_are_printed_and_documented(self):
        self.assertEqual(self.pvkit("help", "schema").split(), schema.names())
        for name in schema.names():
            with self.subTest(name):
                text = self.pvkit("help", "schema", name)
                self.assertIn("pvkit %s" % name.replace("-", " --"), json.loads(text)["title"])
                page = self.pvkit("help", "man", name.split("-")[0]).replace("\\-", "-")
                for path, _, _ in schema.fields(name):
                    self.assertIn(path + " (", page)
        self.pvkit("help", "schema", "nobody", status=2)

    def test_doctor(self):
        self.conforms("doctor", "doctor")
        self.write("tree/kernel/bad.c", "int x(int a)\n{\n\t]] foo;\n}\n")
        self.assertTrue(self.conforms("doctor", "doctor", self.tree)["parse"])

    def test_apply_restore_patches(self):
        dry = self.conforms("apply", "apply", "-n", self.port, self.tree)
        real = self.conforms("apply", "apply", self.port, self.tree)
        self.assertEqual(dry, real)
        self.assertEqual(len(self.conforms("restore", "restore", "-n", self.tree)), 3)
        self.assertEqual(len(self.conforms("patches", "patches", self.tree, "--out",
                                           os.path.join(self.dir, "p"))), 3)

    def test_restore_of_a_stock_tree(self):
        self.assertEqual(self.conforms("restore", "restore", "-n", self.tree), [])

    def test_measure(self):
        self.write("port/port.conf", self.read("port/port.conf") +
                   "[measure]\np = kernel\nx = kernel\nupstream = kernel/b.c\n")
        self.apply()
        self.assertIsNone(self.conforms("measure", "measure", self.port, self.tree)["upstream"])
        self.write("out/kernel/.a.o.cmd", CMD % {"o": "a.o", "tree": self.tree,
                                                 "src": self.tree + "/kernel/a.c"})
        full = self.conforms("measure", "measure", self.port, self.tree, "--build",
                             self.stamped(os.path.join(self.dir, "out")))
        self.assertEqual(set(full["bases"]), {"P", "C", "X"})

    def test_drift(self):
        other = os.path.join(self.dir, "other")
        self.write("other/Makefile", "VERSION = 4\nobj-m += a.o\n")
        self.write("other/kernel/a.c", "int nothing;\n")
        self.write("none/Makefile", "all:\n")
        reports = self.conforms("drift", "drift", self.port, self.tree, other,
                                os.path.join(self.dir, "none"), status=1)["trees"]
        self.assertTrue(reports[1]["steps"][0]["failures"] and reports[2]["error"])

    def test_scan(self):
        self.write("tree/kernel/asm.c", 'void f(void) { asm("cli"); }\n')
        self.assertTrue(self.conforms("scan", "scan", self.tree)["hits"])
        self.assertTrue(self.conforms("scan", "scan", self.kernel())["hits"])

    def test_verify(self):
        self.write("port/verify.whitelist", "cli f # a reason\nhlt f # stale\n")
        v = self.conforms("verify", "verify", self.port, self.tree, "--image",
                          self.kernel("cli\nsgdt (%eax)\n.byte 0xff, 0xff\ncpuid\nret\n"), status=1)
        self.assertTrue(v["stale"] and v["unexplained"])
        self.assertGreaterEqual({h["class"] for h in v["hits"]}, {"privileged", "sensitive"})

    def test_verify_run(self):
        log = self.write("log", "Ringone: emulated: cli at 00000000: 3 done, 1 refused\nRingone: "
                         "emulated: in all: 3 done, 1 refused, 0 not recorded, 0 of programs, "
                         "UMIP off\n")
        v = self.conforms("verify-run", "verify", "--run", self.port, self.tree, "--image",
                          self.kernel(), "--console", log, status=1)
        self.assertEqual(v["hits"][0]["symbol"], "f")

    def test_json_is_all_there_is_on_standard_output(self):
        self.assertFalse(re.match(r"\s*[^\[{]", self.pvkit("doctor", "--json")))

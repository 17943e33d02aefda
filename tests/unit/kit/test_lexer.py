# SPDX-License-Identifier: MIT
"""linecount: the one lexer. Each case is a text and the lines that must be left of it."""

import os
import subprocess
import tempfile
import unittest

from pvkit.tools import count_lines, stripped_diff, tool

CASES = (
    # mode, text, what is left
    ("c", "int a;\n\n\n  \t\nint b;\n", "int a;\nint b;\n"),
    ("c", "/* one\n * two\n */\nint a;\n", "int a;\n"),
    ("c", "int a; /* tail */\n// whole line\nint b; // tail\n", "int a;\nint b;\n"),
    ("c", "int/* between */a;\n", "int a;\n"),
    ("c", 'char *s = "/* no comment */ // none";\n', 'char *s = "/* no comment */ // none";\n'),
    ("c", 'char *s = "a\\"/*"; int b; /* c */\n', 'char *s = "a\\"/*"; int b;\n'),
    ("c", "char q = '\"'; /* \" */\nint a;\n", "char q = '\"';\nint a;\n"),
    ("c", "char q = '\\''; // '\nint a;\n", "char q = '\\'';\nint a;\n"),
    ("c", "// goes on \\\nhere too\nint a;\n", "int a;\n"),
    ("c", 'char *s = "one \\\n// two";\n', 'char *s = "one \\\n// two";\n'),
    ("c", "#define A(x) #x\n#if 0\n#endif\n", "#define A(x) #x\n#if 0\n#endif\n"),
    ("c", "a /* x */ /* y\n */ b\n", "a\n  b\n"),
    ("c", "a; /**/ b; /***/ c;\n", "a;   b;   c;\n"),
    ("c", "int a;", "int a;\n"),
    ("c", "int a;\r\n\r\nint b;\r\n", "int a;\nint b;\n"),
    ("c", "", ""),
    ("asm", "# a comment\n\tmov %eax, %ebx # tail\n", "\tmov %eax, %ebx\n"),
    ("asm", "#include <a.h>\n#ifdef X\n nop\n#endif\n", "#include <a.h>\n#ifdef X\n nop\n#endif\n"),
    ("asm", "#define P(a, b) a ## b\n", "#define P(a, b) a ## b\n"),
    ("asm", "/* don't */ nop\n// it's\nret\n", "  nop\nret\n"),
    ("asm", '.ascii "# no" # yes\n', '.ascii "# no"\n'),
    ("hash", "# c\nobj-y += a.o # tail\nX := a\\#b\n", "obj-y += a.o\nX := a\\#b\n"),
    ("hash", "config A\n\thelp\n\t  Don't panic.\n", "config A\n\thelp\n\t  Don't panic.\n"),
    ("hash", '\tbool "number # one"\n', '\tbool "number # one"\n'),
    ("hash", "x$(y)#z\n", "x$(y)#z\n"),
    ("edit", "# what: x\n// why: y\nafter: /#x/\n| #define A\n| \n",
     "after: /#x/\n| #define A\n|\n"),
)


class Lexer(unittest.TestCase):
    def strip(self, text, *args):
        p = subprocess.run([tool("linecount"), *args, "-"], input=text.encode(), check=True,
                           capture_output=True)
        return p.stdout.decode()

    def test_cases(self):
        for mode, text, left in CASES:
            with self.subTest(mode=mode, text=text):
                self.assertEqual(self.strip(text, "-m", mode, "-s"), left)
                self.assertEqual(self.strip(text, "-m", mode), "%d -\n" % left.count("\n"))

    def test_mode_follows_the_name(self):
        with tempfile.TemporaryDirectory() as d:
            expect = {"a.c": 1, "a.S": 1, "Kconfig.debug": 1, "Makefile": 1, "x.edit": 1,
                      "x.cocci": 1, "guest.config": 1}
            texts = {"a.c": "// c\na;\n", "a.S": "# c\nnop\n", "Kconfig.debug": "# c\na\n",
                     "Makefile": "# c\na:\n", "x.edit": "# c\nfile: a\n",
                     "x.cocci": "// what: a\n@@ @@\n", "guest.config": "# c\nCONFIG_A=y\n"}
            for name, text in texts.items():
                with open(os.path.join(d, name), "w", encoding="utf-8") as f:
                    f.write(text)
            got = count_lines([os.path.join(d, n) for n in texts])
            self.assertEqual({os.path.basename(k): v for k, v in got.items()}, expect)

    def test_a_missing_file_is_named_and_fails(self):
        p = subprocess.run([tool("linecount"), "/nowhere/a.c"], capture_output=True, text=True,
                           check=False)
        self.assertEqual(p.returncode, 1)
        self.assertIn("/nowhere/a.c", p.stderr)

    def test_wrong_option_fails(self):
        p = subprocess.run([tool("linecount"), "-m", "cobol", "x"], capture_output=True,
                           check=False)
        self.assertEqual(p.returncode, 2)

    def test_diff_sees_code_and_no_comments(self):
        with tempfile.TemporaryDirectory() as d:
            old, new = os.path.join(d, "old.c"), os.path.join(d, "new.c")
            with open(old, "w", encoding="utf-8") as f:
                f.write("int a;\nint b;\nint c;\n")
            with open(new, "w", encoding="utf-8") as f:
                f.write("/* new comment */\nint a; /* and here */\n\nint B;\nint c;\nint d;\n")
            self.assertEqual(stripped_diff(old, new, "x.c"), (2, 1))

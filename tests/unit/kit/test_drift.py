# SPDX-License-Identifier: MIT
"""drift: everything of a port that a tree can have moved away from is on the list."""

import json

from toy import Toy

SHADOW = """\
/* what: in front of the tree's
 * relies: include/asm/ops.h has /^#define CALL0\\(op\\)/
 */
#include_next <asm/ops.h>
#undef CALL0
#undef CALL1
#define CALL0(op) op()
#define CALL1(op, a) op(a)
"""
OPS = "#define CALL0(op)\n#define CALL1(op, a)\n#define OTHER(x)\n"
GLUE = """\
/* ours */
#include <linux/there.h>
static int own(int a) { return a; }
int glue(void) { return own(1) + theirs(2); }
"""


class Drift(Toy):
    def setUp(self):
        super().setUp()
        self.write("tree/include/linux/there.h", "int theirs(int);\n")
        self.write("tree/include/asm/ops.h", OPS)
        self.write("port/glue/kernel/glue.c", GLUE)
        self.write("port/glue/kernel/shadow/include/asm/ops.h", SHADOW)

    def drift(self, status=0):
        return self.pvkit("drift", self.port, self.tree, status=status)

    def report(self, status=0):
        self.pvkit("drift", self.port, self.tree, "--json", status=status)
        return json.loads(self.out)["trees"][0]

    def test_a_tree_that_fits(self):
        out = self.drift()
        self.assertRegex(out, r"glue +fits")
        self.assertRegex(out, r"configuration +fits")

    def test_fits_when_applied_too(self):
        self.apply()
        self.drift()

    # ---- glue

    def test_a_header_that_is_gone(self):
        self.write("port/glue/kernel/glue.c", GLUE.replace("there.h", "gone.h"))
        self.assertIn("includes linux/gone.h, which this tree has not", self.drift(1))

    def test_headers_that_lie_elsewhere(self):
        self.write("tree/sys/arch/include/cpu.h", "int theirs(int);\n")
        glue = GLUE.replace("<linux/there.h>", "<machine/cpu.h>\n#include <opt_toy.h>")
        self.write("port/glue/kernel/glue.c", glue)
        self.drift(1)
        with open(self.port + "/port.conf", "a", encoding="utf-8") as f:
            f.write("[drift]\nheaders = sys machine=sys/arch/include\ngenerated = opt_*.h\n"
                    "words = sys/arch\n")
        self.drift()
        self.write("port/glue/kernel/glue.c", glue.replace("machine/cpu.h", "machines/cpu.h"))
        self.assertIn("includes machines/cpu.h, which this tree has not", self.drift(1))

    def test_a_tree_that_is_refused(self):
        with open(self.port + "/port.conf", encoding="utf-8") as f:
            conf = f.read()
        refuse = "refuse =\n\tinclude/asm/ops.h: OTHER => it is an other\n"
        self.write("port/port.conf", conf.replace("identify =", refuse + "identify =", 1))
        out = self.drift(1)
        self.assertIn("is refused: it is an other", out)
        self.assertRegex(out, "glue +not tried")
        self.write("tree/include/asm/ops.h", OPS.replace("OTHER", "ANOTHER".lower()))
        self.drift()

    def test_a_function_that_is_gone(self):
        self.write("tree/include/linux/there.h", "int theirs_now(int);\n")
        self.assertIn("uses theirs(), which nothing in", self.drift(1))

    def test_a_function_that_is_gone_is_missed_on_an_applied_tree_too(self):
        self.write("tree/include/linux/there.h", "int theirs_now(int);\n")
        self.apply()
        self.assertIn("uses theirs(), which nothing in", self.drift(1))

    def test_a_function_that_a_step_puts_there(self):
        """Glue may use what `defined:` promises; a name that merely looks so is missed still."""
        self.write("port/glue/kernel/glue.c", GLUE.replace("theirs(2)", "bar(2)"))
        self.assertIn("uses bar(), which nothing in", self.drift(1))
        text = self.read("port/rules/01-foo.cocci").replace("// match:",
                                                            "// defined: bar\n// match:")
        self.write("port/rules/01-foo.cocci", text)
        self.drift()

    def test_a_macro_with_one_parameter_more(self):
        self.write("tree/include/asm/ops.h", OPS.replace("CALL1(op, a)", "CALL1(table, op, a)"))
        self.assertIn("CALL1 takes 3 parameter(s) in asm/ops.h and 2 here", self.drift(1))

    def test_a_macro_of_the_family_that_is_not_replaced(self):
        self.write("tree/include/asm/ops.h", OPS + "#define CALL2(op, a, b)\n")
        self.assertIn("does not replace CALL2 of asm/ops.h", self.drift(1))

    def test_what_glue_relies_on(self):
        self.write("tree/include/asm/ops.h", OPS.replace("CALL0(op)", "CALL0(fn)"))
        self.assertIn("relies on include/asm/ops.h having /^#define CALL0", self.drift(1))
        before = self.snapshot()
        self.assertIn("relies on include/asm/ops.h having", self.apply(status=3))
        self.assertEqual(self.snapshot(), before)

    def test_glue_for_some_trees(self):
        self.write("port/glue/kernel/new.c", "/* when: Makefile has /^VERSION = 4/ */\nint n;\n")
        self.assertIn("kernel/new.c: not needed, Makefile lacks /^VERSION = 4/", self.drift())
        self.apply()
        self.assertRaises(FileNotFoundError, self.read, "tree/kernel/new.c")

    # ---- configuration

    def configured(self, text):
        self.write("tree/kernel/Kconfig", "config KNOWN\n\tbool \"known\"\n")
        self.write("tree/arch/arm/Kconfig", "config ELSEWHERE\n\tbool \"not here\"\n")
        self.write("port/port.conf", self.read("port/port.conf") +
                   "[build]\narch = i386\nfragments = config/*.config\n")
        self.write("port/config/a.config", text)

    def test_an_option_that_is_gone(self):
        self.configured("CONFIG_KNOWN=y\nCONFIG_VANISHED=y\n# CONFIG_ALSO_GONE is not set\n")
        out = self.drift(1)
        self.assertIn("a.config:2: no Kconfig file of this tree has CONFIG_VANISHED", out)
        self.assertNotIn("ALSO_GONE", out)

    def test_an_option_of_another_architecture_does_not_count(self):
        self.configured("CONFIG_ELSEWHERE=y\n")
        self.assertIn("has CONFIG_ELSEWHERE", self.drift(1))

    def test_an_option_for_other_trees(self):
        self.configured("# when: Makefile has /^VERSION = 4/\nCONFIG_VANISHED=y\n\n"
                        "CONFIG_KNOWN=y\n")
        self.drift()

    # ---- steps

    def test_enough_by_count_and_not_by_need(self):
        text = self.read("port/rules/01-foo.cocci").replace("// match:", "// gone: foo\n// match:")
        self.write("port/rules/01-foo.cocci", text)
        self.drift()
        self.write("tree/kernel/b.c", self.read("tree/kernel/b.c") + "int (*p)(int) = foo;\n")
        self.assertIn("01-foo: matches often enough, but foo must be gone and is in kernel/b.c",
                      self.drift(1))
        self.assertIn("foo must be gone", self.apply(status=3))

    def test_a_comment_does_not_count_as_left(self):
        text = self.read("port/rules/01-foo.cocci").replace("// match:", "// gone: foo\n// match:")
        self.write("port/rules/01-foo.cocci", text)
        self.write("tree/kernel/b.c", self.read("tree/kernel/b.c") + "/* foo was here */\n")
        self.drift()

    def test_what_must_be_there_afterwards(self):
        text = self.read("port/rules/01-foo.cocci").replace("// match:",
                                                            "// defined: baz\n// match:")
        self.write("port/rules/01-foo.cocci", text)
        self.assertIn("but baz must be there now and none of kernel/a.c, kernel/b.c has it",
                      self.drift(1))

    def test_all_anchors_of_a_file_are_judged(self):
        self.write("port/edits/03-two.edit", "# what: w\n# why: y\nfile: Makefile\n"
                   "after: /^first_gone/\n| x\nafter: /^second_gone/\n| y\n")
        out = self.drift(1)
        self.assertIn("/^first_gone/", out)
        self.assertIn("/^second_gone/", out)
        self.assertIn("/^second_gone/", self.apply(status=3))

    def test_where_an_identifier_is_now(self):
        self.write("port/edits/03-moved.edit", "# what: w\n# why: y\nfile: kernel/b.c\n"
                   "after: /^int wanderer\\b/\n| x\n")
        self.write("tree/kernel/sub/c.c", "int one;\nint wanderer(int a)\n{\n\treturn a;\n}\n")
        out = self.drift(1)
        self.assertIn("03-moved: wanderer is now in 1 place(s):", out)
        self.assertIn("kernel/sub/c.c:", out)
        self.assertIn("2: int wanderer(int a)", out)
        row = self.report(1)["steps"][-1]
        self.assertEqual(row["now"][0]["places"][0]["line"], 2)

    def test_the_price(self):
        self.write("port/edits/03-some.edit",
                   "# what: w\n# why: y\n# when: Makefile has /VERSION/\n"
                   "file: Makefile\nafter: /^VERSION/\n| x = 1\n")
        out = self.drift()
        self.assertRegex(out, r"special steps among them +1\n")
        self.assertRegex(out, r"steps that apply +3\n")

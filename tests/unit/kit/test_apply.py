# SPDX-License-Identifier: MIT
"""apply: what it does, and every way a step can fail. A failure leaves the tree as it was."""

import json
import os
import subprocess

from toy import BROKEN_C, RULE, Toy


class Works(Toy):
    def test_applies_rule_edit_and_glue(self):
        self.apply()
        self.assertEqual(self.read("tree/kernel/a.c").count("bar("), 2)
        self.assertNotIn("foo(", self.read("tree/kernel/a.c"))
        self.assertIn("obj-y += glue.o\n", self.read("tree/Makefile"))
        self.assertIn("int glue;", self.read("tree/kernel/glue.c"))

    def test_second_apply_says_so(self):
        self.apply()
        self.assertIn("applied already", self.apply())

    def test_changed_port_is_not_applied_already(self):
        self.apply()
        self.write("port/glue/kernel/glue.c", "int glue2;\n")
        self.assertIn("restore", self.apply(status=4))
        self.apply("--again")
        self.assertIn("glue2", self.read("tree/kernel/glue.c"))

    def test_mode_survives(self):
        self.rule("03-b", files="kernel/b.c", match="1", text="""\
// what: b
// why: b
// files: %(files)s
// match: %(match)s
@@ identifier a; @@
- return a;
+ return a + 1;
""")
        self.apply()
        self.assertIn("a + 1", self.read("tree/kernel/b.c"))
        self.assertEqual(os.stat(os.path.join(self.tree, "kernel/b.c")).st_mode & 0o777, 0o640)

    def test_rules_run_in_the_order_of_their_numbers(self):
        self.rule("03-later", text=RULE.replace("foo(e)", "bar(e)").replace("+ bar(e)", "+ baz(e)"))
        self.apply()
        self.assertEqual(self.read("tree/kernel/a.c").count("baz("), 2)

    def test_dry_run_changes_nothing_and_counts(self):
        before = self.snapshot()
        rows = json.loads(self.apply("-n", "--json"))["steps"]
        self.assertEqual([(r["step"], r["sites"]) for r in rows], [("01-foo", 2), ("02-make", 1)])
        self.assertEqual(self.snapshot(), before)

    def test_dry_run_diff_is_a_patch_of_one_rule(self):
        out = self.apply("-n", "--only", "foo", "--diff")
        self.assertIn("-\treturn foo(a);\n+\treturn bar(a);", out)
        self.assertNotIn("Makefile", out)

    def test_out_leaves_the_original_alone(self):
        before = self.snapshot()
        other = os.path.join(self.dir, "copy")
        self.apply("--out", other)
        self.assertEqual(self.snapshot(), before)
        self.assertIn("bar(", self.read("copy/kernel/a.c"))

    def test_out_leaves_nothing_behind_when_a_rule_fails(self):
        before, out = self.snapshot(), os.path.join(self.dir, "out")
        self.rule("01-foo", match="7")
        self.pvkit("apply", self.port, self.tree, "--out", out, status=3)
        self.assertFalse(os.path.exists(out))
        self.assertEqual(self.snapshot(), before)

    def test_out_is_not_written_over(self):
        self.write("out/mine", "x")
        self.pvkit("apply", self.port, self.tree, "--out", os.path.join(self.dir, "out"), status=4)
        self.assertEqual(self.read("out/mine"), "x")

    def test_explain(self):
        self.assertIn("the test asks for it", self.apply("--explain", "01-foo"))

    def test_shadow_replaces_only_what_is_declared(self):
        self.write("port/glue/kernel/b.c", "int shadow;\n")
        before = self.snapshot()
        self.assertIn("kernel/b.c is in the tree already", self.apply(status=4))
        self.assertEqual(self.snapshot(), before)
        self.write("port/port.conf", self.read("port/port.conf") + "[glue]\nshadow = kernel/b.c\n")
        self.apply()
        self.assertIn("shadow", self.read("tree/kernel/b.c"))
        self.pvkit("restore", self.tree)
        self.assertEqual(self.snapshot(), before)


class Versions(Toy):
    """One set of rules for trees that differ: told apart by what they contain."""

    def when(self, condition, match="2"):
        self.rule("01-foo", match=match, text=RULE.replace("// files", "// when: %s\n// files"
                                                           % condition))

    def test_several_counts(self):
        self.rule("01-foo", match="2, 4")
        self.apply()

    def test_a_count_between_them_fails(self):
        self.rule("01-foo", match="1, 3")
        self.assertIn("its header says 1 or 3", self.apply(status=3))

    def test_counts_that_overlap(self):
        self.rule("01-foo", match="1..3, 2")
        self.assertIn("overlaps", self.apply(status=2))

    def test_needed(self):
        self.when("kernel/a.c has /\\bfoo\\(/")
        self.apply()
        self.assertNotIn("foo(", self.read("tree/kernel/a.c"))

    def test_needed_still_has_to_match(self):
        self.when("kernel/a.c has /\\bfoo\\(/", match="5")
        self.assertIn("changes 2 site(s), its header says 5", self.apply(status=3))

    def test_not_needed(self):
        for condition in ("kernel/a.c lacks /\\bfoo\\(/", "kernel/b.c has /no such thing/",
                          "kernel/none.c has /foo/"):
            self.when(condition)
            rows = json.loads(self.apply("-n", "--json"))["steps"]
            self.assertEqual((rows[0]["sites"], rows[1]["sites"]), (0, 1))
            self.assertIn(condition.split()[0], rows[0]["needless"])
        self.apply()
        self.assertIn("foo(", self.read("tree/kernel/a.c"))

    def test_drift_says_not_needed(self):
        self.when("kernel/none.c has /foo/")
        out = self.pvkit("drift", self.port, self.tree)
        self.assertIn("01-foo: not needed, kernel/none.c lacks /foo/", out)

    def test_condition_that_is_none(self):
        self.when("kernel/a.c contains foo")
        self.assertIn("neither FILE has /REGEX/ nor", self.apply(status=2))
        self.when("kernel/a.c has /(/")
        self.assertIn("when: /(/", self.apply(status=2))


class Fails(Toy):
    """Each names rule, file and reason, exits 3, and the tree stays as it was."""

    def refuse(self, *words, status=3):
        before = self.snapshot()
        out = self.apply(status=status)
        for word in words:
            self.assertIn(word, out)
        self.assertEqual(self.snapshot(), before)
        self.assertFalse(os.path.exists(os.path.join(self.tree, ".pvkit")))

    def test_rule_matches_nothing(self):
        self.rule("01-foo", files="kernel/b.c", match="1..")
        self.refuse("01-foo", "kernel/b.c", "changes 0 site(s)", "1 or more")

    def test_rule_matches_too_often(self):
        self.rule("01-foo", match="1")
        self.refuse("01-foo", "kernel/a.c", "changes 2 site(s)", "says 1")

    def test_rule_matches_too_rarely(self):
        self.rule("01-foo", match="3..5")
        self.refuse("01-foo", "changes 2 site(s)", "3 to 5")

    def test_rule_names_no_file(self):
        self.rule("01-foo", files="drivers/*.c")
        self.refuse("01-foo", "drivers/*.c")

    def test_optional_rule_may_find_nothing(self):
        self.rule("03-maybe", files="drivers/*.c", match="0..")
        self.apply()

    def test_rule_lands_where_nothing_parses(self):
        self.write("tree/kernel/broken.c", BROKEN_C % "foo")
        self.refuse("01-foo", "kernel/broken.c:", "in broken", "cannot parse")

    def test_rule_with_a_list_of_names_lands_there(self):
        self.write("tree/kernel/broken.c", BROKEN_C % "unrelated")
        self.rule("03-list", match="0..", text=RULE.replace(
            "expression e;", "identifier f = { nothing, broken }; type T; parameter list ps;")
            .replace("- foo(e)\n+ bar(e)", "- T f(ps) { ... }"))
        self.refuse("03-list", "in broken")

    def test_unparsable_but_unrelated_is_fine(self):
        self.write("tree/kernel/broken.c", BROKEN_C % "unrelated")
        self.apply()

    def test_unparsed_can_be_accepted_by_name(self):
        self.write("tree/kernel/broken.c", BROKEN_C % "foo")
        self.rule("01-foo", text=RULE.replace("// match", "// unparsed: broken\n// match"))
        self.apply()

    def test_macro_file_cures_it(self):
        odd = "int ODD(x) MORE ODD(y) odd(int a)\n{\n\treturn foo(a);\n}\n"
        self.write("tree/kernel/odd.c", odd)
        self.rule("01-foo", match="3")
        self.refuse("kernel/odd.c")
        self.write("port/macros.h", "#define ODD(x)\n#define MORE\n")
        self.apply()
        self.assertEqual(self.read("tree/kernel/odd.c"), odd.replace("foo", "bar"))

    def test_rule_is_no_smpl(self):
        self.rule("01-foo", text=RULE.replace("- foo(e)", "- foo(e"))
        self.refuse("01-foo", "spatch ended with")

    def test_all_failures_are_reported(self):
        self.rule("01-foo", match="1")
        self.rule("03-none", files="kernel/b.c", match="1")
        self.refuse("2 step(s)", "01-foo", "03-none")

    def test_wrong_os(self):
        self.write("tree/Makefile", "obj-y += a.o\n")
        self.refuse("not a tree of ToyOS", "Makefile", status=4)

    def test_windows_line_ends(self):
        self.write("tree/kernel/a.c", self.read("tree/kernel/a.c").replace("\n", "\r\n"))
        self.refuse("kernel/a.c has Windows line ends", status=4)

    def test_header_without_reason(self):
        self.rule("01-foo", text=RULE.replace("// why: the test asks for it\n", ""))
        self.refuse("01-foo.cocci", "`why:`", status=2)

    def test_header_with_bad_range(self):
        self.rule("01-foo", match="2..1")
        self.refuse("ends below its start", status=2)

    def test_rule_on_what_is_no_c(self):
        self.rule("01-foo", files="Makefile")
        self.refuse("01-foo", "Makefile is not C", status=3)

    def test_no_such_tree(self):
        self.assertIn("is not a folder", self.pvkit("apply", self.port, "/nowhere", status=4))

    def test_no_such_port(self):
        self.assertIn("no port.conf", self.pvkit("apply", "/nowhere", self.tree, status=2))


class States(Toy):
    """Trees that are not simply stock and writable."""

    def as_nobody(self):
        """Root may write anything; a prefix that runs pvkit as somebody else."""
        if os.getuid():
            return ()
        subprocess.run(["chmod", "-R", "a+rX", self.dir], check=True)
        return ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")

    def test_read_only_tree(self):
        os.chmod(os.path.join(self.tree, "kernel"), 0o555)
        os.chmod(self.tree, 0o555)
        before = self.snapshot()
        prefix = self.as_nobody()
        before = self.snapshot()
        out = self.apply(status=4, prefix=prefix)
        self.assertIn("writable", out)
        self.assertEqual(self.snapshot(), before)

    def test_full_disk(self):
        """A file size limit stands in for the full disk: writes fail in the middle."""
        self.write("port/glue/kernel/big.c", "int big;\n" * 4000)
        before = self.snapshot()
        out = self.apply(status=4, prefix=("sh", "-c", 'trap "" XFSZ; ulimit -f 16; exec "$@"',
                                           "sh"))
        self.assertIn("the tree is as it was", out)
        self.assertEqual(self.snapshot(), before)

    def test_spatch_that_writes_half_a_file(self):
        """On a full disk spatch ends with 0 after cp failed; here the file is cut behind it."""
        before = self.snapshot()
        for line in ('truncate -s 60 "$file"', 'echo "cp: error writing" >&2'):
            cut = self.write("bin/spatch", '#!/bin/sh\nfor file; do :; done\nspatch "$@" || exit\n'
                             + line + "\n")
            os.chmod(cut, 0o755)
            out = self.apply(status=4, env={"SPATCH": cut})
            self.assertIn("the tree is as it was", out.lower())
            self.assertEqual(self.snapshot(), before)

    def git(self, *args):
        subprocess.run(["git", "-C", self.tree, "-c", "user.name=t", "-c", "user.email=t@t",
                        *args], check=True, capture_output=True)

    def test_git_checkout_with_changes(self):
        self.git("init", "-q")
        self.git("add", ".")
        self.git("commit", "-q", "-m", "stock")
        self.write("tree/kernel/a.c", self.read("tree/kernel/a.c") + "/* mine */\n")
        out = self.apply(status=4)
        self.assertIn("uncommitted changes", out)
        self.assertIn("kernel/a.c", out)
        self.assertIn("/* mine */", self.read("tree/kernel/a.c"))
        self.apply("--allow-dirty")
        self.pvkit("restore", self.tree)
        self.assertIn("/* mine */", self.read("tree/kernel/a.c"))

    def test_git_checkout_changes_elsewhere_do_not_matter(self):
        self.git("init", "-q")
        self.git("add", ".")
        self.git("commit", "-q", "-m", "stock")
        self.write("tree/kernel/b.c", "int changed;\n")
        self.rule("01-foo", files="kernel/a.c")
        self.apply()

    def test_git_status_does_not_show_the_kits_folder(self):
        self.git("init", "-q")
        self.git("add", ".")
        self.git("commit", "-q", "-m", "stock")
        self.apply()
        p = subprocess.run(["git", "-C", self.tree, "status", "--porcelain"], check=True,
                           capture_output=True, text=True)
        self.assertNotIn(".pvkit", p.stdout)

# SPDX-License-Identifier: MIT
"""A build belongs to one tree: nobody reads, boots or measures another's, or one that is older
than its tree. Each case is one in which a kernel that was never looked at was called clean."""

import os
import shutil

from pvkit import stamp
from toy import Toy

T_C = "void _start(void) { %s for (;;) ; }\n"
BAD = 'asm volatile("cli; hlt; popf");'
CONF = """\
[build]
system = command
commands =
\tgcc -m32 -g -nostdlib -static -o $OUT/vmlinux kernel/t.c
\tgcc -m32 -c -MMD -MF $OUT/t.d -o $OUT/t.o $PWD/kernel/t.c
%s
[measure]
p = kernel
x = kernel
"""


class Stamps(Toy):
    def setUp(self):
        super().setUp()
        self.write("tree/kernel/t.c", T_C % "")
        self.conf("")
        self.write("port/verify.whitelist", "")
        self.env = {"PVKIT_BUILD": os.path.join(self.dir, "builds")}
        self.out_dir = os.path.join(self.dir, "builds", "toy-3")

    def conf(self, more):
        head = self.read("port/port.conf").split("[build]")[0]
        self.write("port/port.conf", head + CONF % more)

    def kit(self, command, tree=None, *args, status=0):
        return self.pvkit(command, self.port, tree or self.tree, *args, status=status, env=self.env)

    def copy(self):
        other = os.path.join(self.dir, "other")
        shutil.copytree(self.tree, other, symlinks=True)
        return other

    def test_a_built_tree_is_read(self):
        self.kit("apply")
        self.kit("build")
        self.kit("verify")
        self.assertIn("P  compiled core", self.kit("measure"))

    def test_another_trees_kernel_is_not_read(self):
        """The tree with the privileged code was never built, one of the same version was."""
        self.kit("apply")
        self.kit("build")
        other = self.copy()
        self.write("other/kernel/t.c", T_C % BAD)
        for command in ("verify", "boot"):
            out = self.kit(command, other, status=4)
            self.assertIn("%s is a build of %s, not of %s" % (
                self.out_dir, os.path.realpath(self.tree), os.path.realpath(other)), out)
            self.assertIn("pvkit build", out)
        self.assertIn("is a build of", self.kit("measure", other, "--build", self.out_dir,
                                                status=4))
        out = self.kit("measure", other)
        self.assertIn("is a build of", out)
        self.assertNotIn("P  compiled core", out)

    def test_a_tree_edited_after_its_build(self):
        self.kit("apply")
        self.kit("build")
        self.write("tree/kernel/t.c", T_C % BAD)
        for command in ("verify", "boot"):
            self.assertIn("is older than its tree: kernel/t.c changed",
                          self.kit(command, status=4))
        self.kit("build")
        self.assertIn("NOT EXPLAINED", self.kit("verify", status=1))

    def test_a_ported_file_edited_with_its_old_time(self):
        self.kit("apply")
        path = os.path.join(self.tree, "kernel/a.c")
        st = os.stat(path)
        self.kit("build")
        self.write("tree/kernel/a.c", self.read("tree/kernel/a.c").replace("a + 1", "a + 2"))
        os.utime(path, ns=(st.st_atime_ns, st.st_mtime_ns))
        self.assertIn("kernel/a.c changed", self.kit("verify", status=4))

    def test_files_that_come_and_go(self):
        self.kit("build")
        self.write("tree/kernel/new.h", "int x;\n")
        os.unlink(os.path.join(self.tree, "kernel/b.c"))
        self.write("tree/tags", "an editor's\n")
        out = self.kit("verify", status=4)
        self.assertIn("kernel/b.c is gone, kernel/new.h is new;", out)

    def test_a_build_of_other_rules(self):
        self.kit("build")
        self.kit("apply")
        self.assertIn("kernel/a.c changed", self.kit("verify", status=4))

    def test_the_same_rules_again_are_the_same_tree(self):
        """Times of ported files change, what is in them does not."""
        self.kit("apply")
        self.kit("build")
        self.pvkit("restore", self.tree)
        self.kit("apply")
        self.kit("verify")

    def test_two_copies_do_not_share_a_folder(self):
        self.kit("build")
        other = self.copy()
        out = self.kit("build", other, status=4)
        self.assertIn("belongs to %s; --out DIR builds" % os.path.realpath(self.tree), out)
        self.kit("verify")
        self.kit("build", other, "--clean")
        self.kit("verify", other)
        self.assertIn("is a build of", self.kit("verify", status=4))

    def test_a_folder_that_kbuild_says_is_anothers(self):
        os.makedirs(self.out_dir)
        os.symlink(self.dir, os.path.join(self.out_dir, "source"))
        self.assertIn("belongs to %s" % os.path.realpath(self.dir), self.kit("build", status=4))

    def test_a_build_that_failed(self):
        self.kit("build")
        self.write("tree/kernel/t.c", "int x = nonsense;\n")
        self.kit("build", status=6)
        self.assertIn("did not come to its end", self.kit("verify", status=4))

    def test_a_folder_nobody_knows(self):
        self.kit("build")
        os.unlink(os.path.join(self.out_dir, stamp.STAMP))
        self.assertIn("was not built by `pvkit build`", self.kit("verify", status=4))
        self.kit("verify", None, "--image", os.path.join(self.out_dir, "vmlinux"))

    def test_an_image_that_something_else_wrote(self):
        self.kit("build")
        for name, command in (("vmlinux", "verify"), ("boot-image", "boot")):
            with open(os.path.join(self.out_dir, name), "ab") as f:
                f.write(b"x")
            self.assertIn("%s is not what `pvkit build` left there" % name,
                          self.kit(command, status=4))

    def test_what_a_build_makes_in_its_tree_is_its_own(self):
        self.conf("\tdate +%N > kernel/generated.h; : > kernel/never.c\n")
        for _ in range(2):
            self.kit("build")
            self.kit("verify")
        self.write("tree/kernel/generated.h", "by hand\n")
        self.assertIn("kernel/generated.h changed", self.kit("verify", status=4))

    def test_an_edit_during_the_build_is_not_in_it(self):
        self.conf("\techo '/* later */' >> kernel/t.c\n")
        self.kit("build")
        self.assertIn("kernel/t.c changed", self.kit("verify", status=4))

    def test_two_builds_at_once(self):
        self.kit("build")
        claim = stamp.Claim(self.tree, self.out_dir, "toy")
        self.addCleanup(claim.close)
        self.assertIn("another pvkit builds in", self.kit("build", status=6))

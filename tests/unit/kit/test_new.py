# SPDX-License-Identifier: MIT
"""new: the port it writes applies at once, and its glue is C that compiles."""

import os
import subprocess

from toy import TOP, Toy

SHIM = os.path.join(TOP, "pvops-kit", "shim", "include")


class New(Toy):
    def make(self, *args, status=0):
        self.fresh = os.path.join(self.dir, "myos-port")
        return self.pvkit("new", self.fresh, *args, status=status)

    def test_applies_at_once(self):
        self.make("--tree", self.tree, "--os", "MyOS")
        before = self.snapshot()
        self.pvkit("apply", self.fresh, self.tree)
        self.assertIn("MyOS", self.read("tree/pv/guest_start.S"))
        self.assertTrue(os.path.exists(os.path.join(self.tree, "pv/shim/include/ringone/shim.h")))
        self.pvkit("restore", self.tree)
        self.assertEqual(self.snapshot(), before)

    def test_first_rule_and_edit_work_where_they_fit(self):
        self.write("tree/kernel/main.c",
                   "int kernel_main(void)\n{\n\tint x = 0;\n\n\treturn x;\n}\n")
        self.write("tree/Makefile", "OBJS = kernel/main.o\n")
        self.make("--tree", self.tree)
        self.pvkit("apply", self.fresh, self.tree)
        self.assertIn("{\n\tguest_start();\n", self.read("tree/kernel/main.c"))
        self.assertIn("OBJS += pv/guest_start.o", self.read("tree/Makefile"))

    def test_glue_compiles_against_the_shim(self):
        self.make("--tree", self.tree, "--os", "MyOS")
        for name, flags in (("guest.c", ["-std=gnu11", "-Wall", "-Wextra", "-Werror"]),
                            ("guest_start.S", [])):
            p = subprocess.run(["gcc", "-m32", "-ffreestanding", "-I", SHIM, "-c", "-o",
                                os.path.join(self.dir, name + ".o"),
                                "-D__XEN_INTERFACE_VERSION__=0x00040e00",
                                os.path.join(self.fresh, "glue/pv", name), *flags],
                               capture_output=True, text=True, check=False)
            self.assertEqual(p.returncode, 0, p.stderr)

    def test_does_not_write_over_anything(self):
        self.make()
        self.assertIn("exists", self.make(status=4))

    def test_bad_name(self):
        self.pvkit("new", os.path.join(self.dir, "7.."), status=2)

    def test_dry_run(self):
        self.assertIn("port.conf", self.make("-n"))
        self.assertFalse(os.path.exists(self.fresh))

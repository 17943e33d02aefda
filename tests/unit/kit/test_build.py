# SPDX-License-Identifier: MIT
"""build: a toy that configures and builds the way kbuild does, and every way it can fail."""

import os

from toy import Toy

MAKEFILE = """\
VERSION = 3
obj-y += a.o
toyconfig:
	mkdir -p $(O) && echo "# CONFIG_A is not set" > $(O)/.config && echo CONFIG_B=y >> $(O)/.config
olddefconfig:
	grep -v CONFIG_FORBIDDEN $(O)/.config > $(O)/.config.new; mv $(O)/.config.new $(O)/.config
	echo configured >> $(O)/times
modules:
	mkdir -p $(O)/drivers && echo code > $(O)/drivers/m.ko
toy:
	echo "  CC      kernel/t.o"
	gcc -m32 -g -nostdlib -static -o $(O)/toy kernel/t.c
"""

MERGE = """\
#!/bin/sh
# the toy's own: merge_config.sh -m -O DIR BASE FRAGMENT...
out=$3; base=$4; shift 4
cat "$@" >> "$base"
"""


class Build(Toy):
    def setUp(self):
        super().setUp()
        self.write("tree/Makefile", MAKEFILE)
        self.write("tree/kernel/t.c", "void _start(void) { for (;;) ; }\n")
        merge = self.write("tree/scripts/kconfig/merge_config.sh", MERGE)
        os.chmod(merge, 0o755)
        self.write("port/port.conf", self.read("port/port.conf") +
                   "[build]\narch = i386\nconfig = toyconfig\nfragments = config/*.config\n"
                   "target = toy\nproduct = toy\n"
                   "[build:big]\nfragments = config/a.config big/b.config\n")
        self.write("port/config/a.config", "CONFIG_A=y\n")
        self.write("port/big/b.config", 'CONFIG_NAME="big"\n')
        self.out_dir = os.path.join(self.dir, "out")

    def build(self, *args, **kw):
        return self.pvkit("build", self.port, self.tree, "--out", self.out_dir, *args, **kw)

    def test_builds_and_prints_the_boot_image(self):
        image = self.build().strip()
        self.assertEqual(image, os.path.join(self.out_dir, "boot-image"))
        with open(image, "rb") as f:
            data = f.read()
        self.assertIn(b"_start", data)           # symbols stay
        self.assertNotIn(b".debug_info", data)   # debug information goes
        self.assertIn("CONFIG_A=y", self.read("out/.config"))

    def test_configures_once(self):
        self.build()
        self.build()
        self.assertEqual(self.read("out/times"), "configured\n")
        self.write("port/config/a.config", "CONFIG_A=y\nCONFIG_C=y\n")
        self.build()
        self.assertEqual(self.read("out/times"), "configured\nconfigured\n")

    def test_lost_option_fails_and_is_named(self):
        self.write("port/config/a.config", "CONFIG_A=y\nCONFIG_FORBIDDEN=y\n")
        out = self.build(status=6)
        self.assertIn("a.config: CONFIG_FORBIDDEN=y became n", out)

    def test_option_that_must_be_off(self):
        self.write("port/config/a.config", "# CONFIG_B is not set\n# CONFIG_Z is not set\n")
        self.build()

    def test_failure_shows_the_error_and_the_log(self):
        self.write("tree/kernel/t.c", "int x = nonsense;\n")
        out = self.build(status=6)
        self.assertIn("nonsense", out)
        self.assertIn("pvkit-build.log", out)

    def test_modules_are_made_where_the_configuration_has_them(self):
        self.build()
        self.assertFalse(os.path.exists(os.path.join(self.out_dir, "drivers")))
        wishes = self.write("wishes", "CONFIG_A=y\nCONFIG_MODULES=y\n")
        self.assertIn("toy modules", self.build("-n", "--clean", "--config", wishes))
        self.build("--clean", "--config", wishes)
        self.assertIn("drivers/m.ko", self.read("out/.pvkit-stamp"))

    def test_variant(self):
        self.build("--variant", "big")
        self.assertIn('CONFIG_NAME="big"', self.read("out/.config"))
        self.assertIn("it has: big", self.build("--variant", "small", status=2))

    def test_extra_fragment(self):
        extra = self.write("extra.config", "CONFIG_EXTRA=m\n")
        self.build("--fragment", extra)
        self.assertIn("CONFIG_EXTRA=m", self.read("out/.config"))

    def test_missing_fragment_in_port(self):
        os.unlink(os.path.join(self.port, "config/a.config"))
        self.assertIn("config/*.config", self.build(status=2))

    def test_missing_product(self):
        self.write("port/port.conf", self.read("port/port.conf").replace("product = toy",
                                                                         "product = elsewhere"))
        self.assertIn("made no", self.build(status=6))

    def test_dry_run_prints_commands_only(self):
        out = self.build("-n")
        self.assertIn("ARCH=i386", out)
        self.assertIn("merge_config.sh -m -O", out)
        self.assertFalse(os.path.exists(self.out_dir))

    def test_objects_of_files_that_were_ported_otherwise_go(self):
        """restore gives old times back, so make alone would keep objects of the ported file."""
        self.apply()
        self.build()
        for name, header in (("a", "kernel/a.c"), ("b", "kernel/b.c"), ("glue", "kernel/glue.c")):
            self.write("out/kernel/%s.o" % name, "object")
            self.write("out/kernel/.%s.o.cmd" % name, "deps := %s/%s\n" % (self.tree, header))
        self.build()                                   # nothing changed: nothing goes
        self.assertEqual(self.objects(), {"a.o", "b.o", "glue.o"})
        self.pvkit("restore", self.tree)
        self.build()
        self.assertEqual(self.objects(), {"b.o"})
        self.assertIn("stale: ", self.read("out/pvkit-build.log"))

    def test_so_do_those_that_name_a_header_by_a_link(self):
        """NetBSD's kernels: NAME.d beside NAME.o, and links in the folder of the build."""
        self.apply()
        self.build()
        os.makedirs(os.path.join(self.out_dir, "kernel"), exist_ok=True)
        os.symlink(os.path.join(self.tree, "kernel"),
                   os.path.join(self.out_dir, "kernel", "machine"))
        for name, header in (("a", "a.c"), ("b", "b.c")):
            self.write("out/kernel/%s.o" % name, "object")
            self.write("out/kernel/%s.d" % name, "%s.o: \\\n machine/%s\n" % (name, header))
        self.build()
        self.assertEqual(self.objects(), {"a.o", "b.o"})
        self.pvkit("restore", self.tree)
        self.build()
        self.assertEqual(self.objects(), {"b.o"})

    def objects(self):
        return {n for n in os.listdir(os.path.join(self.out_dir, "kernel")) if n.endswith(".o")}

    def test_commands_of_another_system(self):
        self.write("port/port.conf", self.read("port/port.conf")
                   .replace("[build]\n", "[build]\nsystem = command\n"
                            "commands = gcc -m32 -nostdlib -static -o $OUT/toy kernel/t.c\n"))
        self.build()
        self.assertTrue(os.path.exists(os.path.join(self.out_dir, "boot-image")))

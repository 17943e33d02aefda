# SPDX-License-Identifier: MIT
"""Configuration: options for some trees, musts, and a whole one that somebody brings."""

import os
import types

from pvkit import bsd
from test_build import MAKEFILE, MERGE
from toy import Toy

KCONFIG = """\
config A
	bool "a"
config B
	tristate "b"
config FORBIDDEN
	bool "cannot be had"
config PTI
	bool "isolation"
config WIDTH
	int "a number"
config GCC_VERSION
	int
	default 12
"""


class Config(Toy):
    def setUp(self):
        super().setUp()
        self.write("tree/Kconfig", KCONFIG)
        self.write("tree/kernel/t.c", "void _start(void) { for (;;) ; }\n")
        os.chmod(self.write("tree/scripts/kconfig/merge_config.sh", MERGE), 0o755)
        self.write("port/port.conf", self.read("port/port.conf") +
                   "[build]\narch = i386\nconfig = toyconfig\nfragments = config/*.config\n"
                   "musts = must/*.config\ntarget = toy\nproduct = toy\n")
        self.write("port/config/a.config", "CONFIG_A=y\n")
        self.write("port/must/must.config",
                   "# entry code would change CR3\n# CONFIG_PTI is not set\n\nCONFIG_A=y\n")
        self.wishes = self.write("distribution", "CONFIG_PTI=y\nCONFIG_B=m\nCONFIG_WIDTH=7\n"
                                 "CONFIG_FORBIDDEN=y\nCONFIG_NEVER_HEARD=y\nCONFIG_GCC_VERSION=11\n"
                                 "# CONFIG_A is not set\n")
        # the toy's olddefconfig: forgets what cannot be had, knows its compiler; the last wins
        makefile = MAKEFILE.replace(
            "grep -v CONFIG_FORBIDDEN", "grep -v -e FORBIDDEN -e NEVER -e GCC")
        self.write("tree/Makefile", makefile.replace(
            "\techo configured", "\tsed -i s/CONFIG_B=m/CONFIG_B=y/ $(O)/.config; "
            "echo CONFIG_GCC_VERSION=12 >> $(O)/.config; echo configured"))

    def build(self, *args, **kw):
        return self.pvkit("build", self.port, self.tree, "--out", os.path.join(self.dir, "out"),
                          *args, **kw)

    def brought(self, status=0):
        self.build("--config", self.wishes, status=status)
        return self.read("out/pvkit-config.txt").splitlines()

    def test_musts_come_last(self):
        self.write("port/config/a.config", "# CONFIG_A is not set\n")
        self.build()
        text = self.read("out/.config")
        self.assertGreater(text.rindex("CONFIG_A=y"), text.rindex("# CONFIG_A is not set"))

    def test_a_must_wins_and_says_why(self):
        report = self.brought()
        self.assertIn("overridden: CONFIG_PTI=y became n: entry code would change CR3", report)
        self.assertIn("overridden: CONFIG_PTI=y became n: entry code would change CR3", self.err)
        self.assertIn("overridden: CONFIG_A=n became y", report)

    def test_m_and_y_are_both_kept(self):
        self.assertNotIn("CONFIG_B", "\n".join(self.brought()))

    def test_what_cannot_be_had_is_listed_once(self):
        report = "\n".join(self.brought())
        self.assertEqual(report.count("CONFIG_FORBIDDEN"), 1)
        self.assertIn("not to be had: CONFIG_FORBIDDEN=y became n", report)

    def test_what_the_tree_does_not_know_is_told_apart(self):
        report = "\n".join(self.brought())
        self.assertIn("unknown: CONFIG_NEVER_HEARD=y", report)
        self.assertNotIn("NEVER_HEARD", self.err)

    def test_what_nobody_chooses_is_not_a_loss(self):
        report = self.brought()
        self.assertNotIn("GCC_VERSION", "\n".join(report))
        self.assertIn("distribution: 7 options wished, 2 kept, 2 overridden by the port, "
                      "1 not to be had, 1 unknown to this tree, 1 follow from others", report)

    def test_the_port_s_own_fragments_stay_out(self):
        self.write("port/config/a.config", "CONFIG_OWN_TASTE=y\n")
        self.brought()
        self.assertNotIn("OWN_TASTE", self.read("out/.config"))

    def test_a_must_that_is_lost_fails(self):
        self.write("port/must/must.config", "CONFIG_FORBIDDEN=y\n")
        self.assertIn("must.config: CONFIG_FORBIDDEN=y became n",
                      self.build("--config", self.wishes, status=6))

    def test_configured_only(self):
        out = self.build("--config", self.wishes, "--configure")
        self.assertIn("out/.config\n", out)
        self.assertFalse(os.path.exists(os.path.join(self.dir, "out", "toy")))
        self.brought()
        self.assertEqual(self.read("out/times"), "configured\n")

    def test_a_file_that_is_missing(self):
        self.assertIn("nowhere", self.build("--config", "nowhere", status=4))

    def test_changed_wishes_configure_again(self):
        self.brought()
        self.brought()
        self.assertEqual(self.read("out/times"), "configured\n")
        self.write("distribution", "CONFIG_B=m\n")
        self.brought()
        self.assertEqual(self.read("out/times"), "configured\nconfigured\n")

    def test_an_option_for_some_trees(self):
        self.write("port/config/a.config", "# when: Makefile has /^VERSION = 4/\n"
                   "CONFIG_OF_FOUR=y\nCONFIG_ALSO_FOUR=y\n\nCONFIG_A=y\n"
                   "# when: Makefile lacks /^VERSION = 4/\nCONFIG_OF_OTHERS=y\n")
        self.build()
        text = self.read("out/.config")
        self.assertNotIn("FOUR", text)
        self.assertIn("CONFIG_OF_OTHERS=y", text)

    def test_a_condition_that_is_none(self):
        self.write("port/config/a.config", "# when: Makefile contains 4\nCONFIG_A=y\n")
        self.assertIn("a.config:1: when: 'Makefile contains 4' is neither", self.build(status=2))

    def test_unmet_dependencies_fail(self):
        self.write("tree/Makefile", self.read("tree/Makefile").replace(
            "echo configured", "echo 'WARNING: unmet direct dependencies detected for XXL'; "
            "echo configured"))
        self.assertIn("unmet direct dependencies detected for XXL", self.build(status=6))

    def test_a_bsd_kernel_s_configuration_as_a_tree_sees_it(self):
        self.write("port/config/KERNEL", "include COMMON\n")
        self.write("port/config/COMMON", "options ALL\n\n# when: NAME has /young/\noptions A\n\n"
                   "# when: NAME lacks /young/\noptions B\n")
        recipe = types.SimpleNamespace(
            port=types.SimpleNamespace(dir=self.port), tree=self.tree,
            out=os.path.join(self.dir, "out"),
            get={"conf": "config/KERNEL", "inputs": "config/*"}.__getitem__)
        for name, there, gone in (("young", "A", "B"), ("old", "B", "A")):
            self.write("tree/NAME", name + "\n")
            bsd.stage(recipe)
            self.assertEqual(bsd.configuration(recipe), os.path.join(recipe.out, "conf/KERNEL"))
            text = self.read("out/conf/COMMON")
            self.assertIn("options ALL\n", text)
            self.assertIn("options %s\n" % there, text)
            self.assertNotIn("options %s\n" % gone, text)
        self.write("port/config/COMMON", "options ALL\n")
        self.assertEqual(bsd.configuration(recipe), os.path.join(self.port, "config/KERNEL"))

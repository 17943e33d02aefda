# SPDX-License-Identifier: MIT
"""restore: bit for bit, also after kill -9 at the worst moments."""

import fcntl
import os
import random
import shutil
import signal
import subprocess
import time

from pvkit.errors import TreeError
from pvkit.state import State
from toy import A_C, PVKIT, Toy


class Restore(Toy):
    def test_bit_for_bit(self):
        before = self.snapshot()
        self.apply()
        self.assertNotEqual(self.snapshot(), before)
        self.pvkit("restore", self.tree)
        self.assertEqual(self.snapshot(), before)

    def test_new_folders_go_again(self):
        self.write("port/glue/new/deep/file.c", "int x;\n")
        before = self.snapshot()
        self.apply()
        self.pvkit("restore", self.tree)
        self.assertEqual(self.snapshot(), before)

    def test_nothing_applied(self):
        self.assertIn("nothing is applied", self.pvkit("restore", self.tree))

    def test_hand_edit_is_not_lost(self):
        self.apply()
        mine = self.read("tree/kernel/a.c") + "int mine;\n"
        self.write("tree/kernel/a.c", mine)
        out = self.pvkit("restore", self.tree, status=4)
        self.assertIn("kernel/a.c", out)
        self.assertEqual(self.read("tree/kernel/a.c"), mine)
        self.pvkit("restore", "--force", self.tree)
        self.assertEqual(self.read("tree/kernel/a.c"), A_C)

    def test_hand_edit_of_glue_is_not_lost(self):
        self.apply()
        self.write("tree/kernel/glue.c", "int mine;\n")
        self.assertIn("kernel/glue.c", self.pvkit("restore", self.tree, status=4))
        self.assertEqual(self.read("tree/kernel/glue.c"), "int mine;\n")

    def test_dry_run(self):
        self.apply()
        after = self.snapshot()
        out = self.pvkit("restore", "-n", self.tree)
        self.assertIn("give back  kernel/a.c", out)
        self.assertIn("remove     kernel/glue.c", out)
        self.assertEqual(self.snapshot(), after)

    def test_damaged_original_stops_before_anything_changes(self):
        self.apply()
        after = self.read("tree/kernel/a.c")
        self.write("tree/.pvkit/pristine/kernel/a.c", "damaged\n")
        self.assertIn("not the original", self.pvkit("restore", self.tree, status=4))
        self.assertEqual(self.read("tree/kernel/a.c"), after)

    def test_build_output_in_a_new_folder_stays(self):
        self.write("port/glue/new/file.c", "int x;\n")
        self.apply()
        self.write("tree/new/file.o", "object")
        self.pvkit("restore", self.tree)
        self.assertTrue(os.path.exists(os.path.join(self.tree, "new/file.o")))
        self.assertFalse(os.path.exists(os.path.join(self.tree, "new/file.c")))


class Links(Toy):
    """A file has one name as far as a port is concerned, however many lead to it."""

    def setUp(self):
        super().setUp()
        self.rule("01-foo", files="kernel/*.c d/*.c")
        os.mkdir(os.path.join(self.tree, "d"))

    def link(self, target, name):
        os.symlink(target, os.path.join(self.tree, name))

    def inodes(self):
        return [os.lstat(os.path.join(self.tree, n)).st_ino for n in ("kernel/a.c", "d/l.c")]

    def round_trip(self):
        before, inodes = self.snapshot(), self.inodes()
        self.apply()
        self.assertEqual(self.read("tree/kernel/a.c").count("bar("), 2)
        self.pvkit("patches", self.tree, "--out", os.path.join(self.dir, "p"))
        self.assertEqual(self.read("p/01-foo.patch").count("\n+++ "), 1)
        self.pvkit("restore", self.tree)
        self.assertEqual(self.snapshot(), before)
        self.assertEqual(self.inodes(), inodes)

    def test_a_link_to_a_file(self):
        self.link("../kernel/a.c", "d/l.c")
        self.round_trip()

    def test_only_the_link_is_named(self):
        self.rule("01-foo", files="d/l.c")
        self.link("../kernel/a.c", "d/l.c")
        self.round_trip()

    def test_an_edit_of_a_link(self):
        self.link("../kernel/a.c", "d/l.c")
        self.write("port/edits/03-l.edit", "what: w\nwhy: y\nfile: d/l.c\nafter: /^int second/\n"
                   "| /* here */\nfile: kernel/a.c\nafter: /^int first/\n| /* there */\n")
        self.round_trip()

    def test_a_folder_that_is_a_link(self):
        os.rmdir(os.path.join(self.tree, "d"))
        self.link("kernel", "d")
        self.link("a.c", "kernel/l.c")
        self.write("port/glue/d/more.c", "int more;\n")
        before = self.snapshot()
        self.apply()
        self.assertTrue(os.path.islink(os.path.join(self.tree, "kernel/l.c")))
        self.assertEqual(self.read("tree/kernel/more.c"), "int more;\n")
        self.pvkit("restore", self.tree)
        self.assertEqual(self.snapshot(), before)

    def test_a_link_out_of_the_tree(self):
        outside = self.write("outside.c", A_C)
        self.link(outside, "d/l.c")
        before = self.snapshot()
        out = self.apply(status=4)
        self.assertIn("d/l.c leads out of the tree, to %s" % os.path.realpath(outside), out)
        self.assertEqual(self.snapshot(), before)

    def test_glue_does_not_replace_a_link(self):
        for target in ("kernel/b.c", "nowhere"):
            self.link(target, "g.c")
            self.write("port/glue/g.c", "int g;\n")
            before = self.snapshot()
            self.assertIn("g.c is a link (to %s)" % target, self.apply(status=4))
            self.assertEqual(self.snapshot(), before)
            os.unlink(os.path.join(self.tree, "g.c"))

    def test_a_hard_link_that_no_rule_names(self):
        self.rule("01-foo", files="kernel/*.c")
        os.link(os.path.join(self.tree, "kernel/a.c"), os.path.join(self.tree, "d/l.c"))
        self.round_trip()
        self.assertEqual(len(set(self.inodes())), 1)

    def test_two_names_of_one_file(self):
        os.link(os.path.join(self.tree, "kernel/a.c"), os.path.join(self.tree, "d/l.c"))
        before = self.snapshot()
        out = self.apply(status=4)
        self.assertIn("d/l.c and kernel/a.c are one file with two names", out)
        self.assertEqual(self.snapshot(), before)

    def test_a_link_put_in_place_of_a_ported_file(self):
        """By somebody's hand, and with the same content: restore must not follow it."""
        self.apply()
        os.rename(os.path.join(self.tree, "kernel/a.c"), os.path.join(self.dir, "mine.c"))
        self.link(os.path.join(self.dir, "mine.c"), "kernel/a.c")
        self.assertIn("changed since apply: kernel/a.c", self.pvkit("restore", self.tree, status=4))
        self.pvkit("restore", "--force", self.tree)
        self.assertFalse(os.path.islink(os.path.join(self.tree, "kernel/a.c")))
        self.assertEqual(self.read("tree/kernel/a.c"), A_C)

    def test_restore_looks_at_what_it_gave_back(self):
        """Whatever goes wrong on the way, "stock again" is said of files that were looked at, and
        the originals stay where they are."""
        def nothing(_kept, _path):
            return 0

        def a_link(kept, path):
            os.unlink(path)
            os.symlink(kept, path)

        for fault in (nothing, a_link, shutil.copyfile):      # the last one forgets the time
            self.apply("--again")
            state = State(self.tree)
            state.give_back = lambda name, old, s=state, f=fault: \
                bool(f(s.pristine(name), s.path(name)))
            with self.assertRaisesRegex(TreeError, "is not what it was before apply"):
                state.restore()
            self.pvkit("restore", "--force", self.tree)


class Interrupted(Toy):
    def die(self, point, *command):
        self.pvkit(*command, status=-signal.SIGKILL, env={"PVKIT_TEST_CRASH": point})

    def check(self, point, *command):
        before = self.snapshot()
        if command[0] == "restore":
            self.apply()
        self.die(point, *command)
        self.pvkit("restore", self.tree)
        self.assertEqual(self.snapshot(), before, point)

    def test_killed_before_the_manifest(self):
        self.check("pristine", "apply", self.port, self.tree)

    def test_killed_after_the_manifest(self):
        self.check("manifest", "apply", self.port, self.tree)

    def test_killed_half_way(self):
        self.check("install", "apply", self.port, self.tree)

    def test_restore_killed_half_way(self):
        self.check("restore", "restore", self.tree)

    def test_apply_after_a_dead_apply(self):
        for point in ("pristine", "manifest", "install"):
            before = self.snapshot()
            self.die(point, "apply", self.port, self.tree)
            self.apply()
            self.assertEqual(self.read("tree/kernel/a.c").count("bar("), 2)
            self.pvkit("restore", self.tree)
            self.assertEqual(self.snapshot(), before, point)

    def test_killed_at_any_moment(self):
        """Not at chosen points but by the clock: 12 seeded delays over a whole run."""
        rng = random.Random(2003)
        before = self.snapshot()
        start = time.monotonic()
        self.apply()
        whole = time.monotonic() - start
        self.pvkit("restore", self.tree)
        for _ in range(12):
            delay = rng.uniform(0, whole)
            with subprocess.Popen([PVKIT, "apply", self.port, self.tree],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                  start_new_session=True) as p:
                time.sleep(delay)
                os.killpg(p.pid, signal.SIGKILL)
            self.pvkit("restore", self.tree)
            self.assertEqual(self.snapshot(), before, "killed after %.3f s" % delay)

    def slow_spatch(self):
        """A spatch that would write for seconds; MARK.1, MARK.2... tell how far it has come."""
        slow = self.write("bin/spatch", "#!/bin/sh\nfor i in 1 2 3 4 5 6 7 8 9 10; do\n"
                          "echo >> kernel/a.c; echo x > \"$MARK.$i\"; sleep 0.3; done\n")
        os.chmod(slow, 0o755)
        mark = os.path.join(self.dir, "mark")
        return mark, dict(os.environ, SPATCH=slow, MARK=mark)

    def test_ctrl_c_gives_the_tree_back(self):
        mark, environment = self.slow_spatch()
        before = self.snapshot()

        def heed_ctrl_c():      # which a job in the background of a script is born ignoring
            signal.signal(signal.SIGINT, signal.SIG_DFL)

        with subprocess.Popen([PVKIT, "apply", self.port, self.tree], text=True, env=environment,
                              preexec_fn=heed_ctrl_c,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE) as p:
            while not os.path.exists(mark + ".2"):
                time.sleep(0.02)
            p.send_signal(signal.SIGINT)
            _, err = p.communicate()
        self.assertEqual(p.returncode, 130, err)
        self.assertEqual(self.snapshot(), before)

    def test_two_at_once(self):
        fd = os.open(self.tree, os.O_RDONLY)
        self.addCleanup(os.close, fd)
        fcntl.flock(fd, fcntl.LOCK_EX)
        self.assertIn("another pvkit", self.apply(status=4))

    def test_killed_alone_it_takes_its_children_along(self):
        """kill -9 on pvkit only; its spatch must be gone, too."""
        mark, environment = self.slow_spatch()
        before = self.snapshot()
        with subprocess.Popen([PVKIT, "apply", self.port, self.tree], stderr=subprocess.DEVNULL,
                              env=environment) as p:
            while not os.path.exists(mark + ".2"):
                time.sleep(0.02)
            p.kill()
        self.pvkit("restore", self.tree)
        time.sleep(0.7)
        self.assertEqual(self.snapshot(), before)
        self.assertFalse(os.path.exists(mark + ".7"))

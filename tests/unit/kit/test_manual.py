# SPDX-License-Identifier: MIT
"""Man pages and completion say what --help says, in forms their readers accept."""

import re
import shutil
import subprocess
import unittest

from pvkit.cli import COMMANDS
from toy import Toy


class Manual(Toy):
    def test_every_option_of_help_is_in_the_page(self):
        for command in COMMANDS:
            options = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", self.pvkit(command, "--help")))
            page = self.pvkit("help", "man", command).replace("\\-", "-")
            for option in options & set(re.findall(r"--[a-z][a-z-]+", page)) ^ options:
                self.fail("%s: %s is not in the man page" % (command, option))

    @unittest.skipUnless(shutil.which("groff"), "no groff")
    def test_pages_format_without_complaint(self):
        for command in ("",) + COMMANDS:
            page = self.pvkit("help", "man", *([command] if command else []))
            p = subprocess.run(["groff", "-man", "-Tascii", "-ww"], input=page, text=True,
                               capture_output=True, check=True)
            self.assertEqual(p.stderr, "", command)

    def test_completion_offers_commands_and_options(self):
        script = self.write("completion", self.pvkit("help", "completion"))
        ask = ("source %s; COMP_WORDS=(%%s); COMP_CWORD=%%d; _pvkit; echo ${COMPREPLY[*]}" % script)

        def reply(words, at):
            p = subprocess.run(["bash", "-c", ask % (words, at)], capture_output=True, text=True,
                               check=True)
            return p.stdout.split()
        self.assertEqual(reply("pvkit me", 1), ["measure"])
        self.assertEqual(reply("pvkit boot --me", 2), ["--memory"])
        self.assertEqual(reply("pvkit boot --emulator ''", 3), ["qemu", "bochs"])
        self.assertEqual(reply("pvkit verify --first p", 3), ["plain"])
        self.assertEqual(reply("pvkit help sche", 2), ["schema"])

    @unittest.skipUnless(shutil.which("shellcheck"), "no shellcheck")
    def test_completion_is_clean_shell(self):
        script = self.write("completion", self.pvkit("help", "completion"))
        p = subprocess.run(["shellcheck", "-s", "bash", script], capture_output=True, text=True,
                           check=False)
        self.assertEqual(p.returncode, 0, p.stdout)

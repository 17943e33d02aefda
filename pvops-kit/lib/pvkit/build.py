# SPDX-License-Identifier: MIT
"""Building a kernel the way its own people do.

port.conf, section [build] (a section [build:NAME] replaces single keys for `--variant NAME`):
  system     kbuild: configuration from fragments, make with O=; bsd: config(8) and BSD make, see
             bsd.py; or command: `commands` lines
  arch       what make gets as ARCH=
  config     the configuration target to start from, tinyconfig for instance
  fragments  files of the port, globs allowed, in order; a later one wins (config.py: `when:`)
  musts      the same, for what holds in every configuration; they come last, and all that is left
             of the port's own where somebody brings a whole one (`--config FILE`)
  target     what to make; where the configuration has loadable modules, kbuild makes them as well
  args       further words for every make
  product    the linked kernel, relative to the output folder
  commands   (system = command) shell lines run in the tree with $OUT, $JOBS and $ARCH set
The output folder also gets `boot-image`: the product without debug information but with its
symbol table, which the hypervisor uses to name what it prints.
"""

from __future__ import annotations

import glob
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, TextIO

from . import bsd, stale, stamp, verify
from .config import (Fragment, Wishes, known_options, lost_options, read_options,
                     stock_reader)
from .errors import BuildError, UsageError, naming
from .port import KIT
from .state import State
from .term import Progress, warn
from .tools import need

if TYPE_CHECKING:
    from .port import Port

BOOT_IMAGE = "boot-image"
LOG = "pvkit-build.log"
STAMP = ".pvkit-config"
REPORT = "pvkit-config.txt"


class Recipe:
    """port.conf's [build] as one variant sees it, and the commands that follow from it."""

    def __init__(self, port: Port, tree: str, out: str, variant: str | None = None, jobs: int = 1,
                 extra: Iterable[str] = (), config: str | None = None) -> None:
        self.port, self.tree, self.jobs = port, os.path.abspath(tree), jobs
        self.out = os.path.abspath(out)
        self.section = "build:" + variant if variant else None
        if self.section and not port.conf.has_section(self.section):
            known = [s[6:] for s in port.conf.sections() if s.startswith("build:")]
            raise UsageError("%s has no variant '%s'; it has: %s"
                             % (port.conf_path, variant, " ".join(known) or "none"))
        self.system = self.get("system", "kbuild")
        if self.system not in ("kbuild", "bsd", "command"):
            raise UsageError("%s: [build] system = %s; it is kbuild, bsd or command"
                             % (port.conf_path, self.system))
        self.product = os.path.join(self.out, self.get("product", "vmlinux"))
        for f in list(extra) + ([config] if config else []):
            with open(f, encoding="utf-8"):     # a missing one is named now, not by make
                pass
        self.wishes = config and os.path.abspath(config)
        if self.wishes and self.system != "kbuild":
            raise UsageError("--config is for kbuild; %s builds by commands" % port.conf_path)
        stock = stock_reader(State(tree))
        self.musts = [Fragment(f, stock) for f in self.find("musts")]
        own = [] if self.wishes else self.find("fragments")
        own += [os.path.abspath(f) for f in extra]
        self.fragments = [Fragment(f, stock) for f in own] + self.musts

    def get(self, key: str, default: str = "") -> str:
        value = self.port.get(self.section, key) if self.section else ""
        return value or self.port.get("build", key, default)

    def find(self, key: str) -> list[str]:
        """Paths of the files that `fragments` or `musts` name."""
        out = []
        for pattern in self.get(key).split():
            found = sorted(glob.glob(pattern, root_dir=self.port.dir))
            if not found:
                raise UsageError("%s: [build] %s: no file %s in the port"
                                 % (self.port.conf_path, key, pattern))
            out += [os.path.join(self.port.dir, f) for f in found]
        return out

    def make(self, *words: str) -> list[str]:
        if self.system == "bsd":
            return bsd.make(self, *words)
        return (["make", "-C", self.tree, "O=" + self.out, "ARCH=" + self.get("arch", "i386")]
                + self.get("args").split() + list(words))

    def configure_commands(self) -> list[list[str]]:
        if self.system == "command":
            return []
        if self.system == "bsd":
            return bsd.configure(self)
        merge = os.path.join(self.tree, "scripts", "kconfig", "merge_config.sh")
        config = os.path.join(self.out, ".config")
        out = [["cp", self.wishes, config] if self.wishes else
               self.make(self.get("config", "defconfig"))]
        if self.fragments:
            out.append([merge, "-m", "-O", self.out, config]
                       + [self.staged(f) for f in self.fragments])
            out.append(self.make("olddefconfig"))
        return out

    def staged(self, fragment: Fragment) -> str:
        """Where the lines of a fragment are that are for this tree."""
        if not fragment.conditional:
            return fragment.path
        return os.path.join(self.out, ".pvkit-fragments", os.path.basename(fragment.path))

    def stage_fragments(self) -> None:
        for f in self.fragments:
            if f.conditional:
                os.makedirs(os.path.dirname(self.staged(f)), exist_ok=True)
                with open(self.staged(f), "w", encoding="utf-8") as out:
                    out.write(f.text())

    def build_command(self) -> list[str]:
        if self.system == "command":
            return ["sh", "-ec", self.get("commands")]
        return self.make("-j%d" % self.jobs, *self.get("target", "vmlinux").split(),
                         *(["modules"] if self.has_modules() else []))

    def has_modules(self) -> bool:
        """Has the configuration loadable modules: the one brought, else the one that was made?"""
        source = self.wishes or os.path.join(self.out, ".config")
        return (self.system == "kbuild" and os.path.exists(source)
                and read_options(source).get("CONFIG_MODULES") == "y")

    def strip_command(self) -> list[str]:
        return ["objcopy", "--strip-debug", self.product, os.path.join(self.out, BOOT_IMAGE)]

    def commands(self) -> list[list[str]]:
        """Everything a build runs, for -n."""
        return self.configure_commands() + [self.build_command(), self.strip_command()]

    def stamp(self) -> str:
        """Changes when the configuration has to be made again."""
        h = hashlib.sha256(" ".join(map(str, self.make(self.get("config")))).encode())
        for f in self.fragments:
            h.update(f.text().encode())
        if self.wishes:
            with open(self.wishes, "rb") as g:
                h.update(g.read())
        for path in bsd.inputs(self) if self.system == "bsd" else []:
            with open(path, "rb") as g:
                h.update(g.read())
        return h.hexdigest() + "\n"


class Builder:
    """Runs a Recipe; everything the tools print goes to a log in the output folder."""

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        self.log_path = os.path.join(recipe.out, LOG)
        self.log: TextIO = sys.stderr     # the log, while there is one

    def run(self) -> str:
        r = self.recipe
        os.makedirs(r.out, exist_ok=True)
        need("make", "make")
        need("objcopy", "binutils")
        claim = stamp.Claim(r.tree, r.out, r.port.name)
        try:
            image = self.build()
            claim.finish([r.product, image] + verify.modules(r.product))
        finally:
            claim.close()
        return image

    def only_configure(self) -> str:
        """The configuration and what is said of it; returns the path of .config."""
        r = self.recipe
        if r.system != "kbuild":
            raise UsageError("%s: builds by commands, there is nothing to configure"
                             % r.port.conf_path)
        os.makedirs(r.out, exist_ok=True)
        need("make", "make")
        claim = stamp.Claim(r.tree, r.out, r.port.name)
        try:
            with naming(self.log_path), open(self.log_path, "w", encoding="utf-8",
                                             buffering=1) as self.log:
                self.configure()
        finally:
            claim.close()
        return os.path.join(r.out, ".config")

    def build(self) -> str:
        r = self.recipe
        names, objects = stale.sweep(r.tree, r.out, State(r.tree).manifest())
        if any(os.path.basename(n).startswith("Kconfig") for n in names):
            remove_file(os.path.join(r.out, STAMP))
        with naming(self.log_path), open(self.log_path, "w", encoding="utf-8",
                                         buffering=1) as self.log:      # line by line
            self.log.write("".join("stale: %s\n" % o for o in objects))
            if r.system == "kbuild":
                self.configure()
            elif r.system == "bsd":
                self.configure_bsd()
            self.call(r.build_command(), "building")
            if r.system == "bsd":
                bsd.collect(r)
            if not os.path.exists(r.product):
                raise BuildError("the build ended well but made no %s; [build] product names it"
                                 % r.product)
            self.call(r.strip_command(), "stripping")
        return os.path.join(r.out, BOOT_IMAGE)

    def configure(self) -> None:
        r = self.recipe
        stamp, config = os.path.join(r.out, STAMP), os.path.join(r.out, ".config")
        if os.path.exists(config) and read(stamp) == r.stamp():
            return
        r.stage_fragments()
        said = [line for command in r.configure_commands()
                for line in self.call(command, "configuring")]
        unmet = sorted({s.strip() for s in said if "unmet direct dependencies" in s})
        if unmet and r.wishes:
            warn("; ".join(unmet))
        elif unmet:
            raise BuildError("kconfig selects what may not be selected here, and leaves out what "
                             "that would select:\n  %s\nA rule has to open the dependency"
                             % "\n  ".join(unmet))
        lost = lost_options(r.fragments, config)
        if lost:
            raise BuildError("the configuration lost %d option(s), their dependencies are not met "
                             "in this tree:\n  %s" % (len(lost), "\n  ".join(lost)))
        if r.wishes:
            known = known_options(r.tree, r.get("arch", "i386"))
            self.report(Wishes(r.wishes, r.musts, config, known).report())
        with open(stamp, "w", encoding="utf-8") as f:
            f.write(r.stamp())

    def report(self, lines: list[str]) -> None:
        """What became of a configuration that was brought: the short of it for people, all of it
        in the output folder."""
        path = os.path.join(self.recipe.out, REPORT)
        with open(path, "w", encoding="utf-8") as f:
            f.write("".join(line + "\n" for line in lines))
        for line in lines:
            if not line.startswith(("added", "unknown")):
                warn(line)
        warn("all of it: %s" % path)

    def configure_bsd(self) -> None:
        """config(8) complains by itself about an option it does not know."""
        r = self.recipe
        need("bmake", "bmake")
        stamp = os.path.join(r.out, STAMP)
        if read(stamp) == r.stamp():
            return
        bsd.stage(r)
        for command in r.configure_commands():
            self.call(command, "configuring")
        with open(stamp, "w", encoding="utf-8") as f:
            f.write(r.stamp())

    def call(self, command: list[str], what: str) -> list[str]:
        """Run one command, its output into the log, and return its lines; BuildError shows what
        mattered of them."""
        self.log.write("+ %s\n" % " ".join(command))
        self.log.flush()
        env = dict(os.environ, OUT=self.recipe.out, JOBS=str(self.recipe.jobs),
                   ARCH=self.recipe.get("arch", "i386"), KIT=KIT)
        if self.recipe.system == "bsd":
            env.update(bsd.environment(self.recipe))
        env.pop("MAKEFLAGS", None)
        env.pop("MAKELEVEL", None)
        progress = Progress(0, alive=True)
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env=env,
                              cwd=self.recipe.tree, stderr=subprocess.STDOUT, text=True,
                              errors="replace") as p:
            lines = []
            for line in p.stdout or ():
                self.log.write(line)
                lines.append(line.rstrip())
                progress.step("%s %s" % (what, line.strip()))
        progress.close()
        if p.returncode:
            raise BuildError("%s failed (%s ended with %d)\n%s\nall of it: %s" % (
                what, os.path.basename(command[0]), p.returncode, essence(lines), self.log_path))
        return lines


def essence(lines: list[str]) -> str:
    """What a person wants to see of a failed build: the first errors, else the last lines."""
    errors = [i for i, s in enumerate(lines)
              if re.search(r"\b(error|Error|undefined reference|No rule)\b", s)]
    if not errors:
        return "\n".join("  " + s for s in lines[-15:])
    first = errors[0]
    return "\n".join("  " + s for s in lines[max(0, first - 2):first + 12])


def read(path: str) -> str | None:
    try:
        with open(path, encoding="utf-8") as f:
            return f.read()
    except OSError:
        return None


def remove_file(path: str) -> None:
    if os.path.exists(path):
        os.unlink(path)


def remove(out: str) -> None:
    """Forget a build's output folder, when it is one."""
    if os.path.exists(os.path.join(out, LOG)):
        shutil.rmtree(out)

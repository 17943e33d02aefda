# SPDX-License-Identifier: MIT
"""A port folder: port.conf and what lies beside it.

port.conf is INI. Sections and keys (all paths of the tree are relative to it):

[port]     name, os, version (see below); identify = one `FILE: REGEX` a line, every one must be
           found in its file (multi-line mode); named groups become facts; refuse = lines of
           `FILE: REGEX => SENTENCE`, a tree that this port knows and cannot serve, and why
[drift]    headers = FOLDER or PREFIX=FOLDER, where <...> is found if not as in Linux; generated =
           globs of headers that the build makes; words = more folders whose words glue may use
[shim]     files = names below the kit's shim/ folder, to = folder of the tree they go to
[glue]     shadow = files of glue/ that may replace a file the tree already has
[build]    see build.py
[scan]     under = folders to look below, stores = helpers that store into page tables
[measure]  see measure.py
[verify]   see verify.py
[boot]     see boot.py
"""

from __future__ import annotations

import configparser
import glob
import hashlib
import os
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from .errors import TreeError, UsageError, refuse_mark
from .steps import load_steps

if TYPE_CHECKING:
    from .state import State

KIT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))


def find_port(name: str) -> str:
    """The folder of a port given as a path or as a name beside the kit or on $PVKIT_PORTS.
    Returns an absolute path; raises UsageError with every place that was tried."""
    tried = [name]
    if os.sep not in name:
        places = [p for p in os.environ.get("PVKIT_PORTS", "").split(":") if p]
        tried += [os.path.join(p, name) for p in places + [os.path.dirname(KIT)]]
    for path in tried:
        if os.path.isfile(os.path.join(path, "port.conf")):
            return os.path.abspath(path)
    raise UsageError("no port '%s': no port.conf in %s; give the folder's path, or set "
                     "PVKIT_PORTS to the folder that holds it" % (name, ", ".join(tried)))


class Port:
    """A port as read from disk. Reading checks the form of everything, also of every rule
    header, so that a typing error shows before a tree is touched."""

    def __init__(self, name: str) -> None:
        self.dir = find_port(name)
        self.conf_path = os.path.join(self.dir, "port.conf")
        self.conf = configparser.ConfigParser(interpolation=None, delimiters=("=",),
                                              inline_comment_prefixes=None)
        refuse_mark(self.conf_path)
        try:
            with open(self.conf_path, encoding="utf-8") as f:
                self.conf.read_file(f)
        except configparser.Error as e:
            raise UsageError("%s: %s" % (self.conf_path, e)) from None
        self.name = self.get("port", "name") or os.path.basename(self.dir)
        self.os = self.get("port", "os") or self.name
        self.steps = load_steps(self.dir)

    def get(self, section: str, key: str, default: str = "") -> str:
        return self.conf.get(section, key, fallback=default).strip()

    def words(self, section: str, key: str) -> list[str]:
        return self.get(section, key).split()

    def lines(self, section: str, key: str) -> list[str]:
        return [s.strip() for s in self.get(section, key).splitlines() if s.strip()]

    def file(self, name: str) -> str | None:
        """Path of an optional file of the port, or None."""
        path = os.path.join(self.dir, name)
        return path if os.path.exists(path) else None

    # ---- which tree is this

    def identify(self, state: State) -> dict[str, str]:
        """Facts about the tree of `state` as the identify lines name them; the originals are
        asked, so it holds for an applied tree too. Raises TreeError saying which line did not
        hold: a port that is applied to the wrong OS must stop here."""
        facts, tree = {}, state.tree
        for line in self.lines("port", "refuse"):
            where, sep, sentence = line.partition(" => ")
            if not sep:
                raise UsageError("%s: refuse line '%s' is not FILE: REGEX => SENTENCE"
                                 % (self.conf_path, line))
            if os.path.exists(state.path(where.partition(":")[0].strip())) \
                    and self.match(state, "refuse", where):
                raise TreeError("%s is refused: %s" % (tree, sentence.strip()))
        for line in self.lines("port", "identify"):
            match = self.match(state, "identify", line)
            if not match:
                name, _, pattern = line.partition(":")
                raise TreeError("%s is not a tree of %s: %s has nothing that matches /%s/"
                                % (tree, self.os, name.strip(), pattern.strip()))
            facts.update({k: v for k, v in match.groupdict().items() if v})
        return facts

    def match(self, state: State, key: str, line: str) -> re.Match[str] | None:
        """What FILE: REGEX finds in the original of a file of the tree."""
        name, sep, pattern = line.partition(":")
        if not sep:
            raise UsageError("%s: %s line '%s' is not FILE: REGEX" % (self.conf_path, key, line))
        path = state.original(name.strip(), state.manifest()) or state.path(name.strip())
        try:
            refuse_mark(path, TreeError)
            with open(path, encoding="utf-8", errors="replace") as f:
                return re.search(pattern.strip(), f.read(), re.M)
        except OSError as e:
            raise TreeError("%s is not a tree of %s: %s: %s; name the folder that holds it"
                            % (state.tree, self.os, name.strip(), e.strerror)) from None
        except re.error as e:
            raise UsageError("%s: %s '%s': %s" % (self.conf_path, key, line, e)) from None

    def version(self, facts: dict[str, str]) -> str:
        """The version as people write it: [port] version is a pattern like {major}.{minor}
        over the facts; without one, the fact `version`."""
        pattern = self.get("port", "version") or "{version}"
        try:
            return pattern.format(**facts)
        except (KeyError, IndexError, ValueError):
            return "unknown"

    def build_name(self, facts: dict[str, str]) -> str:
        """Name of the default build folder, linux-6.1.2 for instance."""
        return "%s-%s" % (self.name, self.version(facts))

    def expand(self, patterns: Iterable[str]) -> list[str]:
        """Paths of the port's own files that globs name, in the order of the globs."""
        return [os.path.join(self.dir, f) for p in patterns
                for f in sorted(glob.glob(p, root_dir=self.dir))]

    # ---- files that are copied into the tree

    def copies(self) -> list[tuple[str, str, str]]:
        """(source, path in tree, kind) of every file that apply adds, kind glue or shim."""
        out = []
        glue = os.path.join(self.dir, "glue")
        for base, dirs, files in sorted(os.walk(glue)):
            dirs.sort()
            for name in sorted(files):
                src = os.path.join(base, name)
                out.append((src, os.path.relpath(src, glue), "glue"))
        dest = self.get("shim", "to") or self.get("port", "shim-to")
        names = self.words("shim", "files") or self.words("port", "shim")
        if names and not dest:
            raise UsageError("%s: [shim] names files but not where they go; add `to = FOLDER`"
                             % self.conf_path)
        shim = os.path.join(KIT, "shim")
        for pattern in names:
            found = sorted(glob.glob(pattern, root_dir=shim, recursive=True))
            found = [f for f in found if os.path.isfile(os.path.join(shim, f))]
            if not found:
                raise UsageError("%s: [shim] files: %s/%s does not exist"
                                 % (self.conf_path, shim, pattern))
            for f in found:
                out.append((os.path.join(shim, f), os.path.join(dest, f), "shim"))
        return out

    def shadows(self) -> set[str]:
        return set(self.words("glue", "shadow"))

    def digest(self) -> str:
        """A hash over all that decides what apply produces; the manifest keeps it so that a
        later run can tell `applied already` from `applied by an older port`."""
        names = [s.path for s in self.steps] + [c[0] for c in self.copies()]
        names += [self.conf_path] + [p for p in map(self.file, ("macros.h", "builtins.h")) if p]
        h = hashlib.sha256()
        for name in sorted(names):
            with open(name, "rb") as f:
                h.update(os.path.basename(name).encode() + b"\0" + f.read() + b"\0")
        return h.hexdigest()

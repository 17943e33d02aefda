# SPDX-License-Identifier: MIT
"""A kernel's configuration: what fragments ask for, what a tree can give, what became of it.

A fragment is what the OS's own build takes (`CONFIG_X=y`, `# CONFIG_X is not set`), and a comment
`# when: FILE has /REGEX/` (or lacks) says that the lines below it, up to the next empty one, are
for trees of which this is true. Options are told apart as steps are: by what a tree contains.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from .shapes import Reader
from .steps import parse_when, when_not

if TYPE_CHECKING:
    from .state import State

OPTION = re.compile(r"(CONFIG_\w+)=(.*?)\s*$")
UNSET = re.compile(r"# (CONFIG_\w+) is not set")
WHEN = re.compile(r"#\s*when:\s*(.*?)\s*$")
# What make calls an architecture, where its folder has another name.
SRCARCH = {"i386": "x86", "x86_64": "x86", "sparc32": "sparc", "sparc64": "sparc"}


def option(line: str) -> tuple[str, str] | None:
    """(name, value) that a line sets, `is not set` being n; None for any other line."""
    m = OPTION.match(line)
    if m:
        return m.group(1), m.group(2)
    m = UNSET.match(line)
    return (m.group(1), "n") if m else None


def options(text: str) -> dict[str, str]:
    """{CONFIG_X: value} of a .config or fragment."""
    return dict(filter(None, map(option, text.splitlines())))


def stock_reader(state: State) -> Reader:
    """A function that gives the stock text of a tree's file, applied or not; None for none."""
    manifest = state.manifest()

    def read(name: str) -> str | None:
        path = state.original(name, manifest)
        if path is None or not os.path.isfile(path):
            return None
        with open(path, encoding="utf-8", errors="surrogateescape") as f:
            return f.read()
    return read


class Fragment:
    """One fragment as a tree sees it; read(FILE) gives that tree's stock text of a file."""

    def __init__(self, path: str, read: Reader) -> None:
        self.path = path
        self.lines = []          # (number, text) of the lines that are for this tree
        self.reasons = {}        # CONFIG_X: the comment above it
        conditional, skip = False, None
        comment: list[str] = []
        with open(path, encoding="utf-8") as f:
            text = f.read()
        for number, line in enumerate(text.splitlines(), 1):
            m = WHEN.match(line)
            if m:
                conditional = True
                skip = when_not(parse_when("%s:%d" % (path, number), m.group(1)), read)
                continue
            if not line.strip():
                skip, comment = None, []
            if skip:
                continue
            self.lines.append((number, line))
            found = option(line)
            if found:
                self.reasons[found[0]] = " ".join(comment)
            elif line.startswith("#"):
                if self.lines[:-1] and option(self.lines[-2][1]):
                    comment = []
                comment.append(line.lstrip("# "))
        self.conditional = conditional

    def text(self) -> str:
        return "".join(line + "\n" for _, line in self.lines)

    def options(self) -> dict[str, str]:
        return options(self.text())

    def line_of(self, name: str) -> str:
        """FILE:LINE where an option is set for this tree."""
        number = next(n for n, line in self.lines if (option(line) or ("",))[0] == name)
        return "%s:%d" % (os.path.basename(self.path), number)


def lost_options(fragments: Iterable[Fragment], config: str) -> list[str]:
    """Sentences about options that fragments asked for and .config does not have: kconfig drops
    silently what a dependency forbids."""
    wanted, where = {}, {}
    for fragment in fragments:
        for key, value in fragment.options().items():
            wanted[key], where[key] = value, fragment.path
    got = read_options(config)
    return ["%s: %s=%s became %s" % (os.path.basename(where[k]), k, v, got.get(k, "n"))
            for k, v in sorted(wanted.items()) if got.get(k, "n") != v]


def read_options(path: str) -> dict[str, str]:
    with open(path, encoding="utf-8", errors="replace") as f:
        return options(f.read())


# ---- what a tree knows


def kconfig_files(tree: str, arch: str) -> Iterator[str]:
    """All Kconfig files of a tree but those of other architectures."""
    mine = SRCARCH.get(arch, arch)
    for base, dirs, files in os.walk(tree):
        rel = os.path.relpath(base, tree)
        if rel == ".":
            dirs[:] = sorted(d for d in dirs if not d.startswith(".") and d != "Documentation")
        elif rel == "arch":
            dirs[:] = [d for d in dirs if d == mine]
        for name in files:
            if name.startswith("Kconfig"):
                yield os.path.join(base, name)


def known_options(tree: str, arch: str) -> dict[str, bool]:
    """{CONFIG_X: has it a prompt, so that a person can choose it} of all options a tree has."""
    known: dict[str, bool] = {}
    name = None
    for path in kconfig_files(tree, arch):
        with open(path, encoding="utf-8", errors="replace") as f:
            for line in f:
                m = re.match(r"\s*(?:menu)?config\s+(\w+)\s*$", line)
                if m:
                    name = "CONFIG_" + m.group(1)
                    known.setdefault(name, False)
                elif name and re.match(r"\s+(?:(?:bool|tristate|string|int|hex)\s+[\"']|prompt\b)",
                                       line):
                    known[name] = True
    return known


# ---- a configuration that somebody brings


class Wishes:
    """A whole configuration taken as wishes: the port's musts win, the rest is kept where the
    tree can have it. m and y are both `kept`: who asked for one of them can live with the
    other."""

    def __init__(self, path: str, musts: Iterable[Fragment], config: str,
                 known: dict[str, bool]) -> None:
        wanted, got = read_options(path), read_options(config)
        must, reasons = {}, {}
        for fragment in musts:
            must.update(fragment.options())
            reasons.update(fragment.reasons)
        self.path, self.total = path, len(wanted)
        self.kept, self.overridden, self.lost, self.unknown, self.derived = [], [], [], [], []
        for name, value in sorted(wanted.items()):
            have = got.get(name, "n")
            if name in must and must[name] != value:
                self.overridden.append((name, value, must[name], reasons.get(name, "")))
            elif have == value or {have, value} <= {"y", "m"}:
                self.kept.append(name)
            elif name not in known:
                self.unknown.append((name, value, have))
            elif not known[name]:
                self.derived.append((name, value, have))    # nobody chooses these
            else:
                self.lost.append((name, value, have))
        self.added = sorted((n, v) for n, v in must.items() if v != "n" and n not in wanted)

    def report(self) -> list[str]:
        """What became of the wishes, as lines."""
        out = ["%s: %d options wished, %d kept, %d overridden by the port, %d not to be had, "
               "%d unknown to this tree, %d follow from others"
               % (os.path.basename(self.path), self.total, len(self.kept), len(self.overridden),
                  len(self.lost), len(self.unknown), len(self.derived))]
        out += ["overridden: %s=%s became %s%s" % (n, v, m, ": " + why if why else "")
                for n, v, m, why in self.overridden]
        out += ["added: %s=%s" % pair for pair in self.added]
        out += ["not to be had: %s=%s became %s" % row for row in self.lost]
        out += ["unknown: %s=%s" % (n, v) for n, v, _ in self.unknown]
        return out

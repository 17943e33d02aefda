# SPDX-License-Identifier: MIT
"""Where in a tree an identifier is now that a step looked for in vain."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterable
from typing import TYPE_CHECKING

from .needs import C_WORDS, WORD
from .shapes import Row

if TYPE_CHECKING:
    from .state import State

MOST = 3                 # places shown for one identifier
AROUND = 2               # lines shown before and after
NO_NAMES = C_WORDS | frozenset("config depends define include endif ifdef ifndef".split())


def anchor_names(pattern: str) -> list[str]:
    """Identifiers that the regular expression of an anchor spells out, the longest first."""
    plain = re.sub(r"\\[a-zA-Z]", " ", pattern)
    plain = re.sub(r"\\(.)", r" \1 ", plain)
    words = {w for w in WORD.findall(plain) if len(w) > 3 and w not in NO_NAMES}
    return sorted(words, key=lambda w: (-len(w), w))


def folders_of(files: Iterable[str]) -> list[str]:
    """Where to look: the top folders of the files a step is about (of arch, one architecture),
    and the headers."""
    out = {"include"}
    for f in files:
        parts = f.split("/")
        out.add("/".join(parts[:2]) if parts[0] == "arch" else parts[0])
    return sorted(out)


def rank(word: str, text: str) -> int:
    """Definitions first, then declarations, uses last."""
    stripped = text.strip()
    if re.match(r"#\s*define\s+%s\b" % word, stripped):
        return 0
    if text[:1].isalpha() and re.search(r"\b%s\b" % word, text):
        return 2 if stripped.endswith(";") else 1
    if re.match(r"(config|menuconfig)\s+%s\b" % word, stripped):
        return 0
    return 3


class Finder:
    """Looks identifiers up in the stock content of one tree."""

    def __init__(self, state: State) -> None:
        self.state, self.manifest = state, state.manifest()
        self.ours = set(self.manifest["files"]) if self.manifest else set()
        self.cache: dict[tuple[str, tuple[str, ...]], list[tuple[str, int, str]]] = {}

    def grep(self, root: str, word: str, folders: list[str]) -> list[tuple[str, int, str]]:
        places = [f for f in folders if os.path.exists(os.path.join(root, f))]
        if not places:
            return []
        p = subprocess.run(["grep", "-rnwFI", "--exclude-dir=.pvkit", "--include=*.[chS]",
                            "--include=Kconfig*", "--include=Makefile", "-e", word, *places],
                           cwd=root, capture_output=True, text=True, errors="replace",
                           check=False)
        out = []
        for line in p.stdout.splitlines():
            file, number, text = line.split(":", 2)
            out.append((file, int(number), text))
        return out

    def find(self, word: str, folders: list[str]) -> list[tuple[str, int, str]]:
        """[(file, line, text)] of an identifier, the likeliest first."""
        key = (word, tuple(folders))
        if key not in self.cache:
            hits = [h for h in self.grep(self.state.tree, word, folders) if h[0] not in self.ours]
            if self.ours:
                hits += self.grep(self.state.pristine(""), word, folders)
            hits.sort(key=lambda h: (rank(word, h[2]), h[0], h[1]))
            self.cache[key] = hits
        return self.cache[key]

    def around(self, file: str, line: int) -> list[str]:
        path = self.state.original(file, self.manifest) or self.state.path(file)
        with open(path, encoding="utf-8", errors="replace") as f:
            lines = f.read().split("\n")
        first = max(1, line - AROUND)
        return ["%d: %s" % (n, lines[n - 1].expandtabs(4))
                for n in range(first, min(len(lines), line + AROUND) + 1)]

    def report(self, word: str, files: Iterable[str]) -> Row:
        """What drift says of one identifier: {"identifier", "total", "places": [...]}."""
        hits = self.find(word, folders_of(files))
        return {"identifier": word, "total": len(hits),
                "places": [{"file": f, "line": n, "around": self.around(f, n)}
                           for f, n, _ in hits[:MOST]]}

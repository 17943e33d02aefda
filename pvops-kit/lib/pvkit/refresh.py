# SPDX-License-Identifier: MIT
"""From a hand edit of an applied tree to the beginning of a rule or an edit.

What the port makes of the originals is made again on a stage; what differs from it in the tree is
somebody's work. In C, inside of a function, it becomes a rule that names the function; everything
else becomes anchored edits. An anchor is made of identifiers that together name one line; where no
such line is near, that is said in place of the anchor.
"""

from __future__ import annotations

import difflib
import os
import re
import tempfile
from collections.abc import Collection
from typing import TYPE_CHECKING

from .apply import Run
from .edits import parse_edits, edit_text
from .errors import KitError, RuleError, TreeError, UsageError
from .needs import C_WORDS, WORD
from .state import State
from .steps import Step

if TYPE_CHECKING:
    from .port import Port

HEADER = """\
{c} SPDX-License-Identifier: MIT
{c} what: {what}
{c} why: SAY WHY
{c} files: {files}
{c} match: {match}
"""


class Change:
    """One run of lines that differs: [first, last) of the old lines, the new ones."""

    def __init__(self, file: str, old: list[str], first: int, last: int, new: list[str]) -> None:
        self.file, self.old = file, old
        self.first, self.last, self.new = first, last, new

    def removed(self) -> list[str]:
        return self.old[self.first:self.last]

    def function(self) -> str | None:
        """The name of the C function the change is in, None outside of any."""
        name = None
        for i, line in enumerate(self.old[:self.first]):
            if line.startswith("}"):
                name = None
            elif line.startswith("{"):
                head = " ".join(self.old[max(0, i - 6):i]).rsplit(";", 1)[-1].rsplit("}", 1)[-1]
                m = re.search(r"(\w+)\s*\([^{}]*\)\s*$", head)
                name = m.group(1) if m else None
        return name


def changes(file: str, before: str, after: str) -> list[Change]:
    old, new = before.split("\n"), after.split("\n")
    if before.endswith("\n"):
        old.pop()
    if after.endswith("\n"):
        new.pop()
    ops = difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    return [Change(file, old, a, b, new[c:d]) for tag, a, b, c, d in ops if tag != "equal"]


# ---- anchors


def anchor(lines: list[str], index: int) -> str | None:
    """A regular expression of identifiers that matches line `index` and no other; None when its
    words do not tell it from others."""
    words = [w for w in WORD.findall(lines[index])]
    seen = dict.fromkeys(w for w in words if w not in C_WORDS) or dict.fromkeys(words)
    single = ["\\b%s\\b" % w for w in sorted(seen, key=len, reverse=True)]
    inorder = list(seen)
    double = ["\\b%s\\b.*\\b%s\\b" % (a, b) for i, a in enumerate(inorder) for b in inorder[i + 1:]]
    start = ["^\\s*%s\\b" % w for w in words[:1]]
    whole = ["^\\s*%s$" % "\\W+".join(map(re.escape, words))] if words else []
    for pattern in single + double + start + whole:
        regex = re.compile(pattern)
        if regex.search(lines[index]) and sum(bool(regex.search(s)) for s in lines) == 1:
            return pattern.replace("/", "\\/")
    return None


def ends(lines: list[str], first: int, last: int) -> str | None:
    """What `to:` may say so that a range that begins at `first` ends at `last`."""
    for word in sorted(set(WORD.findall(lines[last])), key=len, reverse=True) + [None]:
        pattern = "\\b%s\\b" % word if word else "^" + re.escape(lines[last]).replace("\\\t", "\\t")
        hits = [i for i in range(first + 1, len(lines)) if re.search(pattern, lines[i])]
        if hits and hits[0] == last:
            return pattern.replace("/", "\\/")
    return None


def block(change: Change) -> list[str]:
    """The lines of one anchored edit."""
    lines, out = change.old, []
    text = ["| " + s for s in change.new]
    if change.first < change.last:
        first, last = change.first, change.last - 1
        pattern = anchor(lines, first)
        to = ends(lines, first, last) if last > first else ""
        if pattern and to is not None:
            out.append("%s: /%s/" % ("replace" if text else "delete", pattern))
            return out + (["to: /%s/" % to] if to else []) + text
    else:
        for verb, index in (("after", change.first - 1), ("before", change.first)):
            pattern = anchor(lines, index) if 0 <= index < len(lines) else None
            if pattern:
                return ["%s: /%s/" % (verb, pattern)] + text
    return ["# no identifiers name line %d alone; give it an anchor by hand, then:"
            % (change.first + 1)] + ["#" + s for s in text]


def edit_file(found: list[Change], what: str = "SAY WHAT") -> str:
    """A whole .edit for changes, in file order."""
    files = dict.fromkeys(c.file for c in found)
    out = HEADER.format(c="#", what=what, files=" ".join(files), match=len(found))
    for file in files:
        out += "file: %s\n" % file
        for change in found:
            if change.file == file:
                out += "".join(s + "\n" for s in block(change))
    return out


# ---- rules


def rule(change: Change) -> list[str]:
    """One SmPL rule for changes in one function; context lines where nothing is removed."""
    body = ["-" + s for s in change.removed()] + ["+" + s for s in change.new]
    if not change.removed():
        near = change.old[change.first - 1]
        if near.strip() in ("{", ""):
            near = change.old[change.first] if change.first < len(change.old) else near
            body = body + [" " + near]
        else:
            body = [" " + near] + body
    return ["@@ @@", " %s(...)" % change.function(), " {", "\t<..."] + body + ["\t...>", " }"]


def rule_file(found: list[Change], what: str = "SAY WHAT") -> str:
    """A whole .cocci for changes that are inside of functions."""
    files = dict.fromkeys(c.file for c in found)
    out = HEADER.format(c="//", what=what, files=" ".join(files), match=len(found))
    return out + "\n\n".join("\n".join(rule(c)) for c in found) + "\n"


# ---- what was edited


def made(port: Port, state: State, jobs: int) -> dict[str, str]:
    """{file: text} of what the port makes of the originals."""
    with tempfile.TemporaryDirectory(prefix="pvkit-") as stage:
        run = Run(port, state, stage, jobs=jobs)
        run.plan()
        run.transform()
        run.judge()
        run.copy_files()
        out = {}
        for name in run.changed() + [n for n, _ in run.copied]:
            with open(os.path.join(stage, name), encoding="utf-8", errors="surrogateescape",
                      newline="") as f:
                out[name] = f.read()
        return out


def compare(port: Port, tree: str, jobs: int, stock: str | None = None,
            files: Collection[str] = ()) -> tuple[list[Change], list[str]]:
    """(changes, files of glue that differ) between what the port makes and what is there. `stock`
    is an untouched tree, for `files` that the port does not touch."""
    state = State(tree)
    manifest = state.manifest()
    if manifest is None or manifest["state"] != "applied":
        raise TreeError("%s has no port applied; `pvkit apply %s %s` first"
                        % (tree, port.name, tree))
    before = made(port, state, jobs)
    for name in files:
        if name in before:
            continue
        if not stock:
            raise UsageError("%s is no file the port touches, so its original is not kept; name an "
                             "untouched tree with --stock DIR" % name)
        with open(os.path.join(stock, name), encoding="utf-8", errors="surrogateescape",
                  newline="") as f:
            before[name] = f.read()
    kinds = {n: e["kind"] for n, e in manifest["files"].items()}
    found, glue = [], []
    for name in sorted(files or before):
        path = state.path(name)
        try:
            with open(path, encoding="utf-8", errors="surrogateescape", newline="") as f:
                after = f.read()
        except FileNotFoundError:
            raise TreeError("%s is gone from %s; a step cannot remove a file" % (name, tree)) \
                from None
        if after == before[name]:
            continue
        if kinds.get(name) in ("glue", "shim"):
            glue.append(name)
        else:
            found += changes(name, before[name], after)
    return found, glue


def split(found: list[Change]) -> tuple[list[Change], list[Change]]:
    """(changes for a rule, changes for edits)."""
    rules = [c for c in found if c.file.endswith((".c", ".h")) and c.function()]
    return rules, [c for c in found if c not in rules]


def check_edits(path: str, found: list[Change]) -> list[str]:
    """Files for which the edits as written do not make the tree's content again."""
    blocks, bad = parse_edits(Step(path)), []
    for file in dict.fromkeys(c.file for c in found):
        mine = [c for c in found if c.file == file]
        old = mine[0].old
        want, at = [], 0
        for c in mine:
            want += old[at:c.first] + c.new
            at = c.last
        want += old[at:]
        try:
            got, _ = edit_text(Step(path), [b for b in blocks if b.file == file],
                               "\n".join(old))
        except (RuleError, KitError):
            got = None
        if got != "\n".join(want):
            bad.append(file)
    return bad

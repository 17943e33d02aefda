# SPDX-License-Identifier: MIT
"""Anchored edits: the way into Kconfig, makefiles and assembly, where SmPL cannot go.

After the header of a step an edit file holds blocks:

  file: PATH
  after: /REGEX/            or before, replace, delete
  to: /REGEX/               optional, replace and delete only: the range's last line
  count: N                  optional, else the anchor must match exactly one line
  | text to put there
  |	more text

An anchor names identifiers, it does not quote whole lines. `file:` holds until the next one.
A missing file or anchor is a failure unless `match:` begins at 0 or `count:` says 0..1.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .errors import RuleError, UsageError
from .steps import KEYS, parse_range, range_text

if TYPE_CHECKING:
    from .steps import Step

VERBS = ("after", "before", "replace", "delete")


class Block:
    """One anchored change: verb, compiled anchor, allowed count, lines of text."""

    def __init__(self, path: str, line: int, file: str, verb: str, regex: re.Pattern[str]) -> None:
        self.where = "%s:%d" % (path, line)
        self.file, self.verb = file, verb
        self.regex = regex
        self.end: re.Pattern[str] | None = None
        self.low = 1
        self.high: int | None = 1
        self.text: list[str] = []

    def spans(self, lines: list[str]) -> list[tuple[int, int]]:
        """[(first, last)] indexes of the lines the anchor names; last is first without `to:`."""
        out: list[tuple[int, int]] = []
        for i, line in enumerate(lines):
            if out and i <= out[-1][1]:
                continue
            if not self.regex.search(line):
                continue
            last = i
            if self.end is not None:
                last = next((j for j in range(i + 1, len(lines)) if self.end.search(lines[j])), -1)
                if last < 0:
                    raise RuleError("%s: %s line %d matches /%s/ but no later line matches /%s/"
                                    % (self.where, self.file, i + 1, self.regex.pattern,
                                       self.end.pattern))
            out.append((i, last))
        return out

    def perform(self, lines: list[str], optional: bool) -> int:
        """Edit `lines` (without newlines) in place; returns how many sites changed."""
        spans = self.spans(lines)
        if not spans and (optional or self.low == 0):
            return 0
        if len(spans) < self.low or (self.high is not None and len(spans) > self.high):
            seen = ", ".join(str(first + 1) for first, _ in spans) or "nowhere"
            raise RuleError("%s: /%s/ must match %s line(s) of %s, it matches %d (%s)"
                            % (self.where, self.regex.pattern, range_text(self.low, self.high),
                               self.file, len(spans), seen))
        for first, last in reversed(spans):
            if self.verb == "after":
                lines[last + 1:last + 1] = self.text
            elif self.verb == "before":
                lines[first:first] = self.text
            else:
                lines[first:last + 1] = self.text
        return len(spans)


def compile_anchor(where: str, text: str) -> re.Pattern[str]:
    text = text.strip()
    if len(text) < 3 or text[0] != "/" or text[-1] != "/":
        raise UsageError("%s: anchor '%s' is not /REGEX/" % (where, text))
    try:
        return re.compile(text[1:-1].replace("\\/", "/"))
    except re.error as e:
        raise UsageError("%s: anchor %s: %s" % (where, text, e)) from None


def parse_edits(step: Step) -> list[Block]:
    """The blocks of a .edit step, in file order. Raises UsageError naming the line."""
    blocks, file, block = [], None, None
    for number, line in enumerate(step.text.splitlines(), 1):
        where = "%s:%d" % (step.path, number)
        if line.startswith("|"):
            if block is None:
                raise UsageError("%s: text before any anchor" % where)
            if block.verb == "delete":
                raise UsageError("%s: a delete takes no text; use replace" % where)
            block.text.append(line[2:] if line.startswith("| ") else line[1:])
            continue
        stripped = line.strip()
        if not stripped or stripped.startswith(("#", "//")) or line[0] in " \t":
            continue
        key, sep, value = stripped.partition(":")
        if not sep or key not in VERBS + KEYS + ("file", "to", "count"):
            raise UsageError("%s: '%s' is neither text (`| `) nor a key" % (where, stripped))
        if key == "file":
            file, block = value.strip(), None
        elif key in VERBS:
            if file is None:
                raise UsageError("%s: anchor before any `file:`" % where)
            block = Block(step.path, number, file, key, compile_anchor(where, value))
            blocks.append(block)
        elif key in ("to", "count"):
            if block is None:
                raise UsageError("%s: `%s:` before any anchor" % (where, key))
            if key == "count":
                block.low, block.high = parse_range(where, value.strip())
            elif block.verb in ("replace", "delete"):
                block.end = compile_anchor(where, value)
            else:
                raise UsageError("%s: `to:` needs replace or delete" % where)
    for block in blocks:
        if block.verb != "delete" and not block.text:
            raise UsageError("%s: %s without text" % (block.where, block.verb))
    if not blocks:
        raise UsageError("%s: no edits in it" % step.path)
    return blocks


def edit_text(step: Step, blocks: list[Block], text: str) -> tuple[str, int]:
    """Run `blocks` (all of one file) over `text`; returns (new text, sites changed). A RuleError
    has a line for every anchor that does not fit."""
    ends = text.endswith("\n")
    lines = text.split("\n")
    if ends:
        lines.pop()
    sites, bad = 0, []
    for b in blocks:             # all of them, so that one run shows all that is to do
        try:
            sites += b.perform(lines, step.low == 0)
        except RuleError as e:
            bad.append(str(e))
    if bad:
        raise RuleError("\n".join(bad))
    return "\n".join(lines) + ("\n" if ends else ""), sites

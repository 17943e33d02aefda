# SPDX-License-Identifier: MIT
"""A step of a port: one numbered rule (rules/NN-name.cocci) or edit (edits/NN-name.edit).

Both open with header lines, `// key: value` in a rule, `# key: value` or bare `key: value` in an
edit:

  what:      one sentence, what changes            why:      the reason
  upstream:  the change or fact it tracks          files:    globs relative to the tree
  match:     N, N..M or N.. : how many sites the step must change; several of these with commas
             where upstream versions need different numbers ("15, 17")
  when:      FILE has /REGEX/, or FILE lacks /REGEX/ : only trees of which this is true need the
             step; others are told apart by what they contain, never by their version
  gone:      identifiers that none of its files may have left when the whole port is applied;
  defined:   identifiers that one of them must have then: matched often enough is not yet done
  options:   further options for spatch            unparsed: NAME... functions or regions that
                                                   are known not to parse and do not matter here
A value goes on in the next line when that line is indented by more than one blank. Sites
are the hunks of `diff -U0` over all the files of a rule together; for an edit, its anchors.
"""

from __future__ import annotations

import glob
import os
import re

from .errors import UsageError, refuse_mark
from .shapes import Range, Reader

# FILE, True for `has` and False for `lacks`, the expression.
When = tuple[str, bool, "re.Pattern[str]"]

KEYS = ("what", "why", "upstream", "files", "match", "when", "options", "unparsed", "gone",
        "defined")
STEP_NAME = re.compile(r"(\d+)-([\w.-]+)\.(cocci|edit)$")
WHEN = re.compile(r"(\S+)\s+(has|lacks)\s+/(.+)/$")
HEADER = re.compile(r"^(?://|#)?\s*([a-z]+):\s*(.*?)\s*$")
FOLDED = re.compile(r"^(?:(?://|#)\s{2,}|\s{2,}|\t)(\S.*?)\s*$")


def parse_header(path: str, text: str) -> dict[str, str]:
    """The leading keys of a step as a dict. The SPDX line and plain comments are passed over;
    the first line that is neither comment nor key ends the header."""
    header, last = {}, None
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or "SPDX-License-Identifier" in line:
            last = None
            continue
        fold = FOLDED.match(line)
        if fold and last:
            header[last] += " " + fold.group(1)
            continue
        m = HEADER.match(line)
        if m and m.group(1) in KEYS:
            last = m.group(1)
            if last in header:
                raise UsageError("%s:%d: key '%s' twice" % (path, number, last))
            header[last] = m.group(2)
            continue
        last = None
        if not re.match(r"//|#|/\*| \*", line):
            break
    return header


def parse_range(path: str, text: str) -> Range:
    """`3`, `2..4`, `0..` as (low, high), high None for unbounded."""
    m = re.fullmatch(r"(\d+)(\.\.(\d*))?", text)
    if not m:
        raise UsageError("%s: match: '%s' is not N, N..M or N.." % (path, text))
    low = int(m.group(1))
    if m.group(2) is None:
        return low, low
    high = int(m.group(3)) if m.group(3) else None
    if high is not None and high < low:
        raise UsageError("%s: match: '%s' ends below its start" % (path, text))
    return low, high


def parse_ranges(path: str, text: str) -> list[Range]:
    """`15, 17` or `0..2, 5..` as [(low, high)], ascending and apart."""
    out = [parse_range(path, part.strip()) for part in text.split(",")]
    for (_, high), (low, _) in zip(out, out[1:]):
        if high is None or low <= high:
            raise UsageError("%s: match: '%s' overlaps or does not ascend" % (path, text))
    return out


def parse_when(path: str, text: str) -> When | None:
    """(FILE, True for has, compiled REGEX) of a `when:`, None for an empty one."""
    if not text:
        return None
    m = WHEN.match(text)
    if not m:
        raise UsageError("%s: when: '%s' is neither FILE has /REGEX/ nor FILE lacks /REGEX/"
                         % (path, text))
    try:
        return m.group(1), m.group(2) == "has", re.compile(m.group(3).replace("\\/", "/"))
    except re.error as e:
        raise UsageError("%s: when: /%s/: %s" % (path, m.group(3), e)) from None


def when_not(when: When | None, read: Reader) -> str | None:
    """Why a `when:` does not hold for a tree, in words; None when it does, or there is none."""
    if not when:
        return None
    file, has, regex = when
    text = read(file)
    found = text is not None and any(regex.search(line) for line in text.splitlines())
    if found == has:
        return None
    return "%s %s /%s/" % (file, "lacks" if has else "has", regex.pattern)


def range_text(low: int, high: int | None) -> str:
    if high is None:
        return "%d or more" % low
    return str(low) if low == high else "%d to %d" % (low, high)


class Step:
    """name ("07-cr2"), kind ("cocci" or "edit"), header fields and the allowed counts."""

    def __init__(self, path: str) -> None:
        self.path = path
        m = STEP_NAME.search(os.path.basename(path))
        if not m:
            raise UsageError("%s: not named NN-name.cocci or NN-name.edit" % path)
        self.number, self.kind = int(m.group(1)), m.group(3)
        self.name = "%s-%s" % (m.group(1), m.group(2))
        refuse_mark(path)
        with open(path, encoding="utf-8") as f:
            self.text = f.read()
        self.header = parse_header(path, self.text)
        for key in ("what", "why"):
            if not self.header.get(key):
                raise UsageError("%s: no `%s:` in its header; say it in one sentence"
                                 % (path, key))
        if self.kind == "cocci":
            for key in ("files", "match"):
                if not self.header.get(key):
                    raise UsageError("%s: no `%s:` in its header" % (path, key))
        self.ranges = parse_ranges(path, self.header.get("match", "1.."))
        self.low = self.ranges[0][0]
        self.when = parse_when(path, self.header.get("when", ""))
        self.options = self.header.get("options", "").split()
        self.gone = self.header.get("gone", "").replace(",", " ").split()
        self.defined = self.header.get("defined", "").replace(",", " ").split()
        self.unparsed_ok = set(self.header.get("unparsed", "").replace(",", " ").split())

    def globs(self) -> list[str]:
        return self.header.get("files", "").replace(",", " ").split()

    def allows(self, count: int) -> bool:
        return any(low <= count and (high is None or count <= high) for low, high in self.ranges)

    def allowed(self) -> str:
        """The header's `match:` in words."""
        return " or ".join(range_text(*r) for r in self.ranges)

    def needless(self, read: Reader) -> str | None:
        """Why a tree does not need this step, in words; None when it does. read(FILE) gives a
        file's stock text, None for one the tree does not have."""
        return when_not(self.when, read)


def load_steps(port_dir: str) -> list[Step]:
    """All steps of a port, rules and edits interleaved by number; two with the same number are
    allowed (their order is their name's) because ports grow by insertion."""
    paths = glob.glob(os.path.join(glob.escape(port_dir), "rules", "*.cocci"))
    paths += glob.glob(os.path.join(glob.escape(port_dir), "edits", "*.edit"))
    steps = sorted((Step(p) for p in paths), key=lambda s: (s.number, s.name))
    names = [s.name for s in steps]
    for name in names:
        if names.count(name) > 1:
            raise UsageError("%s: a rule and an edit are both called %s; rename one"
                             % (port_dir, name))
    return steps


def select(steps: list[Step], wanted: str) -> Step:
    """The one step that `wanted` names: in full, by number, or by the name without number."""
    hits = [s for s in steps
            if wanted in (s.name, s.name.split("-", 1)[1], os.path.basename(s.path))]
    if not hits and wanted.isdigit():
        hits = [s for s in steps if s.number == int(wanted)]
    if len(hits) != 1:
        raise UsageError("'%s' names %d steps of this port, not one; they are: %s"
                         % (wanted, len(hits), " ".join(s.name for s in steps)))
    return hits[0]

# SPDX-License-Identifier: MIT
"""A step of a port: one numbered rule (rules/NN-name.cocci) or edit (edits/NN-name.edit).

Both open with header lines, `// key: value` in a rule, `# key: value` or bare `key: value` in an
edit:

  what:      one sentence, what changes            why:      the reason
  upstream:  the change or fact it tracks          files:    globs relative to the tree
  match:     N, N..M or N.. : how many sites the step must change
  options:   further options for spatch            unparsed: NAME... functions or regions that
                                                   are known not to parse and do not matter here
A value goes on in the next line when that line is indented by more than one blank. Sites
are the hunks of `diff -U0` over all the files of a rule together; for an edit, its anchors.
"""

import glob
import os
import re

from .errors import UsageError

KEYS = ("what", "why", "upstream", "files", "match", "options", "unparsed")
STEP_NAME = re.compile(r"(\d+)-([\w.-]+)\.(cocci|edit)$")
HEADER = re.compile(r"^(?://|#)?\s*([a-z]+):\s*(.*?)\s*$")
FOLDED = re.compile(r"^(?:(?://|#)\s{2,}|\s{2,}|\t)(\S.*?)\s*$")


def parse_header(path, text):
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


def parse_range(path, text):
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


def range_text(low, high):
    if high is None:
        return "%d or more" % low
    return str(low) if low == high else "%d to %d" % (low, high)


class Step:
    """name ("07-cr2"), kind ("cocci" or "edit"), header fields and the allowed count."""

    def __init__(self, path):
        self.path = path
        m = STEP_NAME.search(os.path.basename(path))
        if not m:
            raise UsageError("%s: not named NN-name.cocci or NN-name.edit" % path)
        self.number, self.kind = int(m.group(1)), m.group(3)
        self.name = "%s-%s" % (m.group(1), m.group(2))
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
        self.low, self.high = parse_range(path, self.header.get("match", "1.."))
        self.options = self.header.get("options", "").split()
        self.unparsed_ok = set(self.header.get("unparsed", "").replace(",", " ").split())

    def globs(self):
        return self.header.get("files", "").replace(",", " ").split()

    def allows(self, count):
        return count >= self.low and (self.high is None or count <= self.high)


def load_steps(port_dir):
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


def select(steps, wanted):
    """The one step that `wanted` names: in full, by number, or by the name without number."""
    hits = [s for s in steps
            if wanted in (s.name, s.name.split("-", 1)[1], os.path.basename(s.path))]
    if not hits and wanted.isdigit():
        hits = [s for s in steps if s.number == int(wanted)]
    if len(hits) != 1:
        raise UsageError("'%s' names %d steps of this port, not one; they are: %s"
                         % (wanted, len(hits), " ".join(s.name for s in steps)))
    return hits[0]

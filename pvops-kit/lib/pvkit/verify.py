# SPDX-License-Identifier: MIT
"""No privileged instruction left that nobody has thought about.

The whitelist of a port, verify.whitelist, has one line per accepted place:

  MNEMONIC  SYMBOL  [COUNT]  # REASON

MNEMONIC and SYMBOL are regular expressions that must match in full; `mov` stands for every move
to or from a control or debug register, `(bad)` for bytes that are no instruction. COUNT (N, N..M
or N..) limits how many instructions the line may explain; without it any number above 0. A line
that explains nothing is an error: the kernel has changed, and so must the list.

Lines below one that says [run] are about the running kernel instead: which of its functions may
have instructions emulated, and COUNT limits how often that may happen (emulated.py).
"""

import os
import re
import subprocess

from .errors import ToolError, UsageError
from .steps import parse_range, range_text
from .tools import tool

FIELDS = ("class", "mnemonic", "part", "address", "section", "symbol", "offset", "source", "text")


class Entry:
    """One whitelist line and what it explained."""

    def __init__(self, where, mnemonic, symbol, low, high, reason):
        self.where, self.low, self.high, self.reason = where, low, high, reason
        self.text = "%s %s" % (mnemonic, symbol)
        try:
            self.mnemonic = None if mnemonic == "(bad)" else re.compile(mnemonic)
            self.symbol = re.compile(symbol)
        except re.error as e:
            raise UsageError("%s: %s" % (where, e)) from None
        self.moves = mnemonic == "mov"
        self.hits = 0

    def matches(self, hit):
        name = hit["mnemonic"]
        if self.mnemonic is None:
            ok = name == "(bad)"
        else:
            ok = self.mnemonic.fullmatch(name) or (self.moves and name.startswith("mov-"))
        return bool(ok and self.symbol.fullmatch(hit["symbol"]))

    def explains(self, hit):
        """Whether this entry takes the hit; beyond its count it does not."""
        more = hit.get("count", 1)
        if not self.matches(hit) or (self.high is not None and self.hits + more > self.high):
            return False
        self.hits += more
        return True


def read_whitelist(path, section=""):
    """Entries of a whitelist file: those of the kernel's code, or with "run" those of the section
    about the running kernel. Every one must give a reason."""
    out, current = [], ""
    with open(path, encoding="utf-8") as f:
        for number, line in enumerate(f, 1):
            where = "%s:%d" % (path, number)
            rule, sep, reason = line.partition("#")
            words = rule.split()
            if words and words[0].startswith("["):
                current = words[0][1:-1]
                if words != ["[run]"]:
                    raise UsageError("%s: '%s'; the only section is [run]" % (where, rule.strip()))
                continue
            if not words:
                continue
            if not sep or not reason.strip():
                raise UsageError("%s: no reason; end the line with `# why this may stay`" % where)
            if len(words) not in (2, 3):
                raise UsageError("%s: '%s' is not MNEMONIC SYMBOL [COUNT]" % (where, rule.strip()))
            low, high = parse_range(where, words[2]) if len(words) == 3 else (1, None)
            if current != section:
                continue
            out.append(Entry(where, words[0], words[1], low, high, reason.strip()))
    return out


def disassemble(path):
    """(hits, summary line) of one ELF file."""
    p = subprocess.run([tool("pvverify"), path], capture_output=True, check=False,
                       encoding="utf-8", errors="replace")
    if p.returncode:
        raise ToolError(p.stderr.strip() or "pvverify ended with %d" % p.returncode)
    hits, summary = [], ""
    for line in p.stdout.splitlines():
        if line.startswith("#"):
            summary = line[1:].strip()
        else:
            hits.append(dict(zip(FIELDS, line.split("\t"))))
    return hits, summary


def modules(image):
    """The kernel modules (*.ko) that were built beside `image`, sorted: code of the same kernel,
    loaded later."""
    found = []
    for base, _, files in os.walk(os.path.dirname(os.path.abspath(image))):
        found += [os.path.join(base, f) for f in files if f.endswith(".ko")]
    return sorted(found)


def judge(hits, entries, what="instruction(s)"):
    """(unexplained hits, sentences about entries that do not fit). CPUID and the like are
    information in a kernel's code and need no entry, but an entry may name them."""
    left = []
    for hit in hits:
        entry = next((e for e in entries if e.explains(hit)), None)
        hit["reason"] = entry.reason if entry else None
        if entry is None and hit.get("class") != "info":
            left.append(hit)
    stale = []
    for e in entries:
        if e.hits < e.low:
            stale.append("%s: `%s` explains %d %s, not %s; the kernel changed, correct or delete "
                         "the line" % (e.where, e.text, e.hits, what,
                                       range_text(e.low, e.high)))
    return left, stale


# What only reading can tell: these do not fault, so no emulator and no counter finds them. The
# second five do where the processor has UMIP and the hypervisor switches it on.
STATIC_ONLY = ("popf", "pushf", "lar", "lsl", "verr", "verw")
UMIP_ONLY = ("smsw", "sgdt", "sidt", "sldt", "str")

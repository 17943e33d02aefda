# SPDX-License-Identifier: MIT
"""No privileged instruction left that nobody has thought about.

The whitelist of a port, verify.whitelist, has one line per accepted place:

  MNEMONIC  SYMBOL[@SOURCE]  [COUNT]  # REASON

All three are regular expressions that must match in full; `mov` stands for every move to or from
a control or debug register, `(bad)` for bytes that are no instruction, `(branch)` for a branch
into the middle of one. SYMBOL is a function, or alt:FUNCTION for what may be patched into it;
SOURCE is the file of the tree that the instruction comes from. COUNT (N, N..M or N..) limits how
many instructions the line may explain; without it any number above 0, but none that is silent:
one more `popf` where there are some must not go unnoticed. A line that explains nothing is an
error: the kernel has changed, and so must the list.

MNEMONIC may be several with `+` between them, `pushf+popf`: instructions of one function that
follow each other so, the pairs of which belong together. COUNT then is the number of such runs.

Lines below one that says [run] are about the running kernel instead: which of its functions may
have instructions emulated, and COUNT limits how often that may happen (emulated.py).
"""

from __future__ import annotations

import os
import re
import subprocess

from .config import WHEN
from .errors import ToolError, UsageError, refuse_mark
from .shapes import Hit, Reader
from .steps import parse_range, parse_when, range_text, when_not
from .tools import tool

RUN = re.compile(r"[\w-]+(\+[\w-]+)+")
BRACKETED = ("(bad)", "(branch)")
FIELDS = ("class", "mnemonic", "part", "address", "section", "symbol", "offset", "source", "text")


class Entry:
    """One whitelist line and what it explained. `run`: the mnemonics of a line that explains
    several instructions in a row. A line without a count explains nothing that is silent."""

    def __init__(self, where: str, mnemonic: str, symbol: str, low: int, high: int | None,
                 reason: str, counted: bool) -> None:
        self.where, self.low, self.high, self.reason = where, low, high, reason
        self.text = "%s %s" % (mnemonic, symbol)
        self.counted = counted
        self.run = tuple(mnemonic.split("+")) if RUN.fullmatch(mnemonic) else ()
        symbol, at, source = symbol.partition("@")
        try:
            self.mnemonic = None if mnemonic in BRACKETED else re.compile(mnemonic)
            self.symbol = re.compile(symbol)
            self.source = re.compile(source) if at else None
        except re.error as e:
            raise UsageError("%s: %s" % (where, e)) from None
        self.name = mnemonic
        self.hits, self.silent = 0, False

    def here(self, hit: Hit) -> bool:
        """Is the hit at a place this line is about?"""
        if not self.symbol.fullmatch(hit["symbol"]):
            return False
        return not self.source or bool(self.source.fullmatch(hit["source"].rsplit(":", 1)[0]))

    def matches(self, hit: Hit) -> bool:
        name = hit["mnemonic"]
        if self.run:
            return False
        if self.mnemonic is None:
            ok = name == self.name
        else:
            ok = self.mnemonic.fullmatch(name) or (self.name == "mov" and name.startswith("mov-"))
        return bool(ok and self.here(hit))

    def take(self, more: int) -> bool:
        """Count `more` as explained; False when that is beyond the line's count."""
        if self.high is not None and self.hits + more > self.high:
            return False
        self.hits += more
        return True

    def explains(self, hit: Hit) -> bool:
        """Whether this entry takes the hit; beyond its count it does not."""
        if not self.matches(hit):
            return False
        if hit.get("class") == "sensitive" and not self.counted:
            self.silent = True
            return False
        return self.take(hit.get("count", 1))


def read_whitelist(path: str, section: str = "", read: Reader | None = None) -> list[Entry]:
    """Entries of a whitelist file: those of the kernel's code, or with "run" those of the section
    about the running kernel. Every one must give a reason. read(FILE) gives the tree's stock text,
    which decides about lines below a `# when:`; without it they all are there."""
    out: list[Entry] = []
    current, skip = "", None
    refuse_mark(path)
    with open(path, encoding="utf-8") as f:
        for number, line in enumerate(f, 1):
            where = "%s:%d" % (path, number)
            m = WHEN.match(line)
            if m and read:
                skip = when_not(parse_when(where, m.group(1)), read)
            if not line.strip():
                skip = None
            if skip:
                continue
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
            entry = Entry(where, words[0], words[1], low, high, reason.strip(), len(words) == 3)
            if entry.run and (current or not entry.counted):
                raise UsageError("%s: %s; %s is several instructions in a row, which only the "
                                 "kernel's code has, and needs a COUNT" % (where, rule.strip(),
                                                                           words[0]))
            if current == section:
                out.append(entry)
    return out


def disassemble(path: str) -> tuple[list[Hit], str]:
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


def modules(image: str) -> list[str]:
    """The kernel modules (*.ko) that were built beside `image`, sorted: code of the same kernel,
    loaded later."""
    found = []
    for base, _, files in os.walk(os.path.dirname(os.path.abspath(image))):
        found += [os.path.join(base, f) for f in files if f.endswith(".ko")]
    return sorted(found)


def explain_runs(hits: list[Hit], entries: list[Entry]) -> None:
    """Give their reason to instructions that stand in a row as a line says, function by function
    and in the order of addresses. Between them may be anything that no such line is about."""
    functions: dict[tuple[str | None, str], list[Hit]] = {}
    for hit in hits:
        functions.setdefault((hit.get("file"), hit["symbol"]), []).append(hit)
    for mine in functions.values():
        lines = sorted((e for e in entries if e.run and e.here(mine[0])),
                       key=lambda e: -len(e.run))
        about = {name for e in lines for name in e.run}
        row = sorted((h for h in mine if h["mnemonic"] in about),
                     key=lambda h: int(h["address"], 16))
        at = 0
        while at < len(row):
            names = tuple(h["mnemonic"] for h in row[at:])
            entry = next((e for e in lines if names[:len(e.run)] == e.run and e.take(1)), None)
            if entry is None:
                at += 1
                continue
            for hit in row[at:at + len(entry.run)]:
                hit["reason"] = entry.reason
            at += len(entry.run)


def judge(hits: list[Hit], entries: list[Entry],
          what: str = "instruction(s)") -> tuple[list[Hit], list[str]]:
    """(unexplained hits, sentences about entries that do not fit). CPUID and the like are
    information in a kernel's code and need no entry, but an entry may name them."""
    left = []
    for hit in hits:
        hit["reason"] = None
    explain_runs(hits, entries)
    for hit in hits:
        if hit["reason"]:
            continue
        entry = next((e for e in entries if e.explains(hit)), None)
        hit["reason"] = entry.reason if entry else None
        if entry is None and hit.get("class") != "info":
            left.append(hit)
    stale = []
    for e in entries:
        if e.hits < e.low and e.silent:
            stale.append("%s: `%s` has no COUNT and names what does not fault; say how many there "
                         "may be, so that one more is noticed" % (e.where, e.text))
        elif e.hits < e.low:
            stale.append("%s: `%s` explains %d %s, not %s; the kernel changed, correct or delete "
                         "the line" % (e.where, e.text, e.hits, what,
                                       range_text(e.low, e.high)))
    return left, stale


# What only reading can tell: these do not fault, so no emulator and no counter finds them. The
# second five do where the processor has UMIP and the hypervisor switches it on.
STATIC_ONLY = ("popf", "pushf", "lar", "lsl", "verr", "verw", "read-cs", "read-ss")
UMIP_ONLY = ("smsw", "sgdt", "sidt", "sldt", "str")

# SPDX-License-Identifier: MIT
"""Which identifiers a semantic patch needs to find before it can match anywhere.

Two questions hang on it: need a file be given to Coccinelle at all, and could a rule have matched
in a region that Coccinelle could not parse. Both may err on the side of yes, never on the other.
"""

from __future__ import annotations

import dataclasses
import re

WORD = re.compile(r"[A-Za-z_]\w*")
# Words that are no identifiers, and those that isomorphisms may add or drop.
C_WORDS = frozenset("""
auto bool break case char const continue default do double else enum extern float for goto if
inline int long register restrict return short signed sizeof static struct switch typedef union
unsigned void volatile while typeof asm __asm__ NULL true false u8 u16 u32 u64 s32 s64 size_t
likely unlikely when any strict exists forall""".split())
LITERAL = re.compile(r"^\s*(symbol|typedef|(declarer|iterator|attribute)\s+name)\b")


@dataclasses.dataclass(frozen=True)
class Need:
    """What one transforming rule needs: all words of `required`; of `optional` words, which are
    others, and of `patterns` at least one where nothing is required."""

    required: set[str]
    optional: set[str]
    patterns: list[re.Pattern[str]]

    def may_match(self, words: set[str]) -> bool:
        """Could the rule match in a piece of C that has these words?"""
        if self.required:
            return self.required <= words
        if not self.optional and not self.patterns:
            return True          # it names nothing, so it may be meant anywhere
        return bool(self.optional & words) or \
            any(p.search(w) for p in self.patterns for w in words)


def metavariables(decl: str) -> set[str]:
    """Names a metavariable section declares; `symbol`, `typedef` and `... name` declare words
    that stand for themselves and so are no metavariables."""
    names = set()
    for item in re.sub(r"//[^\n]*", "", decl).split(";"):
        item = re.sub(r'"(\\.|[^"\\])*"|\{[^}]*\}', "", item)
        if LITERAL.match(item):
            continue
        for part in item.split(","):
            words = WORD.findall(re.split(r"[=@!:<]", part, maxsplit=1)[0])
            if words:
                names.add(words[-1])
    return names


def bindings(decl: str) -> tuple[set[str], list[re.Pattern[str]]]:
    """(words, patterns) that constrain metavariables: `f = {a, b}` and `f =~ "regex"`."""
    decl = re.sub(r"//[^\n]*", "", decl)
    words = {w for values in re.findall(r"=\s*\{([^}]*)\}", decl) for w in WORD.findall(values)}
    patterns = []
    for text in re.findall(r'=~\s*"((?:\\.|[^"\\])*)"', decl):
        try:
            patterns.append(re.compile(text))
        except re.error:
            patterns.append(re.compile(""))      # Coccinelle's dialect, not ours: anything
    return words, patterns


def words_of(lines: list[str], metas: set[str]) -> tuple[set[str], set[str]]:
    """(required, optional) of a rule's body: required outside of disjunctions and nests."""
    required: set[str] = set()
    optional: set[str] = set()
    depth = nest = 0
    for line in lines:
        line = re.sub(r"//.*", "", line)
        if line.startswith("+"):
            continue
        if re.match(r"^[-*]?\s*#\s*include", line):
            required.add("include")
            continue
        if line.startswith("(") and not line.strip("( \t"):
            depth += 1
            continue
        if line.startswith(")") and depth:
            depth -= 1
            continue
        nest += line.count("<...")
        clean = re.sub(r'"(\\.|[^"\\])*"', " ", line.lstrip("-*?!"))
        clean = re.sub(r"\bwhen\b.*", " ", clean)
        words = set(WORD.findall(clean)) - C_WORDS - metas
        uncertain = depth or nest or "\\(" in clean or line.startswith("?")
        (optional if uncertain else required).update(words)
        nest = max(0, nest - line.count("...>"))
    return required, optional


def rule_needs(text: str) -> list[Need]:
    """The Need of each transforming rule of an SmPL file. Rules that only search are left out:
    the transforming rule that depends on them names what it changes itself."""
    text = re.sub(r"/\*.*?\*/", " ", text, flags=re.S)
    parts = re.split(r"^@([^@\n]*)@([^@]*)@@[^\n]*$", text, flags=re.M)
    out = []
    for head, decl, body in zip(parts[1::3], parts[2::3], parts[3::3]):
        lines = body.splitlines()
        if re.match(r"\s*(script|initialize|finalize)", head) or \
                not any(s.startswith(("+", "-")) for s in lines):
            continue
        required, optional = words_of(lines, metavariables(decl))
        values, patterns = bindings(decl)
        out.append(Need(required, (optional | values) - required, patterns))
    return out

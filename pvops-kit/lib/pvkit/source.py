# SPDX-License-Identifier: MIT
"""The structure of source that nobody compiled: comments away, and the name each line belongs to.

A name is right or there is none. In C (C++, Rust) it is the function whose body a line is in,
whatever style the head is written in, or the macro that is being defined; in assembly the last
label before it that a linker would see, in the same section, or the macro. Where conditionals
have a brace in each of their branches, what follows belongs to the last branch.
"""

from __future__ import annotations

import bisect
import os
import re
from collections.abc import Iterator

LANGUAGES = {
    ".c": "c", ".h": "c", ".cc": "c", ".cpp": "c", ".cxx": "c", ".hpp": "c", ".hh": "c",
    ".S": "gas", ".s": "gas", ".sx": "gas",
    ".asm": "nasm", ".nasm": "nasm",
    ".rs": "rust",
}
# Languages a kernel may be written in that are not read here.
UNREAD = (".zig", ".go", ".adb", ".ads", ".pas", ".pp", ".nim", ".swift", ".inc", ".a86")

STRING = r'"(?:\\.|[^"\\\n])*(?:"|$)'
CHAR = r"'(?:\\.[^'\n]*|[^'\\\n])'"
COMMENTS = {
    "c": re.compile(STRING + "|" + CHAR + r"|/\*.*?(?:\*/|\Z)|//[^\n]*", re.S | re.M),
    "gas": re.compile(STRING + r"|/\*.*?(?:\*/|\Z)|//[^\n]*|(?<![\w$%(#])#(?!\s*(?:define|if|elif|"
                      r"else|endif|include|undef|error|ifdef|ifndef|warning|pragma|line)\b)[^\n]*",
                      re.S | re.M),
    "nasm": re.compile(STRING + r"|'[^'\n]*'|;[^\n]*", re.S | re.M),
    "rust": re.compile(r'r#"(?:.*?)"#|"(?:\\.|[^"\\])*"|' + CHAR + r"|/\*.*?(?:\*/|\Z)|//[^\n]*",
                       re.S | re.M),
}
NOT_A_FUNCTION = frozenset("""if for while switch catch return sizeof do else union struct enum
__attribute__ __attribute __declspec __aligned __section __packed __printflike __printf0like
__nonnull __malloc_like __alloc_size __asm__ __asm asm __volatile__ typeof __typeof__ alignas throw
noexcept defined""".split())
TOKEN = re.compile(r"[{};]|^[ \t]*#[ \t]*(?:if|ifdef|ifndef|elif|else|endif)\b", re.M)
K_AND_R = re.compile(r"^(?:[A-Za-z_][\w \t*]*?[ \t*])?([A-Za-z_]\w*)\s*\([\w\s,]*\)"
                     r"\s*(?:[A-Za-z_][\w\s*,\[\]()]*;\s*)+\Z", re.M)
SYSCALL = re.compile(r"(?:COMPAT_)?SYSCALL_DEFINE\d")


def language(name: str) -> str | None:
    return LANGUAGES.get(os.path.splitext(name)[1])


def blanked(text: str) -> str:
    return re.sub(r"[^\n]", " ", text)


def without_comments(text: str, lang: str) -> str:
    """The text with blanks for comments: places and lines stay."""
    def replace(m: re.Match[str]) -> str:
        found = m.group(0)
        return found if found[:1] in "\"'r" and not found.startswith("//") else blanked(found)
    return COMMENTS[lang].sub(replace, text)


def without_strings(text: str) -> str:
    return re.sub(STRING + "|" + CHAR, lambda m: blanked(m.group(0)), text, flags=re.M)


class Lines:
    """Line numbers (from 1) of places in a text."""

    def __init__(self, text: str) -> None:
        self.starts = [0] + [m.end() for m in re.finditer("\n", text)]

    def at(self, place: int) -> int:
        return bisect.bisect_right(self.starts, place)

    def count(self) -> int:
        return len(self.starts)


def directives(text: str) -> Iterator[re.Match[str]]:
    """Preprocessor lines with their continuations."""
    return re.finditer(r"^[ \t]*#(?:[^\n\\]|\\\n|\\.)*", text, re.M)


def macro_names(text: str, lines: Lines) -> dict[int, str]:
    """{line: macro} for the lines of every #define."""
    out = {}
    for m in directives(text):
        name = re.match(r"\s*#\s*define\s+(\w+)", m.group(0))
        for line in range(lines.at(m.start()), lines.at(max(m.start(), m.end() - 1)) + 1):
            if name:
                out[line] = name.group(1)
    return out


def groups(head: str) -> list[tuple[str, str]]:
    """[(word before it, what is in it)] of the outermost parentheses."""
    out, depth, start = [], 0, 0
    for m in re.finditer(r"[()]", head):
        if m.group(0) == "(":
            if not depth:
                start = m.end()
            depth += 1
        elif depth:
            depth -= 1
            if not depth:
                word = re.search(r"([A-Za-z_~][\w]*)\s*$", head[:start - 1])
                if word:
                    out.append((word.group(1), head[start:m.start()]))
    return out


def function_of_head(head: str, lang: str) -> str | None:
    """The function that the text before a brace begins, None when it begins something else."""
    if lang == "rust":
        m = re.search(r"\bfn\s+(\w+)", head)
        return m.group(1) if m else None
    bare = re.sub(r"\([^()]*\)", "()", head)
    while bare != (bare := re.sub(r"\([^()]*\([^()]*\)[^()]*\)", "()", bare)):
        pass
    if "=" in bare.replace("==", "") or re.match(r"\s*(?:typedef|return|else|do)\b", head):
        return None
    found = [g for g in groups(head) if g[0] not in NOT_A_FUNCTION]
    if not found or groups(head)[0][0] in ("if", "for", "while", "switch", "catch"):
        return None
    word, inside = found[0]
    argument = re.match(r"\s*(\w+)\s*(?:,|$)", inside)
    if SYSCALL.fullmatch(word) and argument:
        return "sys_" + argument.group(1)
    if re.fullmatch(r"[A-Z_][A-Z0-9_]*", word) and re.search("[A-Z]", word) and argument and \
            not re.fullmatch(r"void|int|char|[A-Z0-9_]*", argument.group(1)):
        return argument.group(1)         # DEFINE_THING(name)
    return word


def c_names(text: str, lang: str) -> list[str]:
    """For each line (index 0 is unused) the function or macro it is part of, or "-"."""
    lines = Lines(text)
    names = ["-"] * (lines.count() + 1)
    bare = without_strings(text)
    macros = macro_names(bare, lines)
    # Preprocessor lines are no part of a head; conditionals stay visible, by their first word.
    def keep(m: re.Match[str]) -> str:
        if re.match(r"\s*#\s*(?:if|el|endif)", m.group(0)):
            word = re.match(r"\s*#\s*\w+", m.group(0))
            first = word.group(0) if word else ""
            return first + blanked(m.group(0)[len(first):])
        return blanked(m.group(0))
    bare = re.sub(r"^[ \t]*#(?:[^\n\\]|\\\n|\\.)*", keep, bare, flags=re.M)
    stack: list[tuple[str | None, int]] = []
    branches: list[list[tuple[str | None, int]]] = []
    head = segment = 0

    def paint(name: str, first: int, last: int) -> None:
        for line in range(first, last + 1):
            names[line] = name

    for m in TOKEN.finditer(bare):
        token = m.group(0)
        if "#" in token:
            word = token.split("#")[1].strip()
            if word.startswith("if"):
                branches.append(list(stack))
            elif word.startswith("el") and branches:
                for name, first in stack[len(branches[-1]):]:
                    if name:
                        paint(name, first, lines.at(m.start()))
                stack = list(branches[-1])
            elif branches:
                branches.pop()
            continue
        if token == ";":
            head = m.end()
            continue
        column = m.start() - (bare.rfind("\n", 0, m.start()) + 1)
        if token == "{":
            name = None
            if not any(n for n, _ in stack):
                text_of = re.sub(r"^[ \t]*#[^\n]*", "", bare[head:m.start()], flags=re.M)
                name = function_of_head(text_of, lang)
                if name is None and lang == "c":
                    old = K_AND_R.search(bare[segment:m.start()])
                    name = old.group(1) if old and old.group(1) not in NOT_A_FUNCTION else None
                    begin = segment + old.start() if old else head
                else:
                    begin = head + len(bare[head:m.start()]) - len(bare[head:m.start()].lstrip())
                stack.append((name, lines.at(begin)))
            else:
                stack.append((None, 0))
        elif column == 0 and lang == "c":
            for name, first in stack:
                if name:
                    paint(name, first, lines.at(m.start()))
            stack.clear()
        elif stack:
            name, first = stack.pop()
            if name:
                paint(name, first, lines.at(m.start()))
        head = segment = m.end()
    for name, first in stack:
        if name:
            paint(name, first, lines.count())
    for line, macro in macros.items():
        names[line] = macro
    return names


# ---- assembly

LABEL = re.compile(r"\s*([A-Za-z_][\w$.@]*|\d+)\s*:(?!=)")
ENTRY = re.compile(r"\s*(\w*(?:ENTRY|IDTVEC|SYM_\w*START|SYM_\w*LABEL|ALTENTRY|FUNC|PROC|BOOTMP|"
                   r"LABEL|INTRSTUB|TRAP|VEC)\w*)\s*\(\s*([A-Za-z_]\w*)")
NO_ENTRY = re.compile(r"\w*END|SET_SIZE|\w*SIZE\w*|GNU_\w*")
SECTION = re.compile(r"\s*\.?(section|text|data|bss|previous|pushsection|popsection|segment)\b"
                     r"\s*([\w.$]*)", re.I)


def gas_names(text: str, lang: str) -> list[str]:
    """For each line the label it belongs to. A label names what is in its own section."""
    lines = Lines(text)
    names = ["-"] * (lines.count() + 1)
    macros = macro_names(text, lines)
    section, last, kept = ".text", "", [".text"]
    labels: dict[str, str] = {}
    macro = None
    for number, line in enumerate(text.split("\n"), 1):
        if number in macros:
            names[number] = macros[number]
            continue
        begin = re.match(r"\s*(?:\.macro|%i?macro)\s+(\w+)", line)
        if begin:
            macro = begin.group(1)
        if macro:
            names[number] = macro
            if re.match(r"\s*(?:\.endm|%endmacro)", line):
                macro = None
            continue
        for part in re.split(r";", line) if lang == "gas" else [line]:
            s = SECTION.match(part)
            if s:
                word = s.group(1).lower()
                if word == "previous":
                    section, last = last, section
                elif word == "popsection":
                    section = kept.pop() if len(kept) > 1 else section
                else:
                    if word == "pushsection":
                        kept.append(section)
                    last = section
                    section = s.group(2) if word in ("section", "pushsection", "segment") \
                        else "." + word
                continue
            while (m := LABEL.match(part)):
                if not m.group(1).startswith((".L", ".")) and not m.group(1).isdigit():
                    labels[section] = m.group(1)
                part = part[m.end():]
            e = ENTRY.match(part)
            if e and not NO_ENTRY.fullmatch(e.group(1)):
                labels[section] = e.group(2)
        names[number] = labels.get(section, "-")
    return names


def exported(text: str) -> set[str]:
    """What other files can call in a file of assembly."""
    names = {n for m in re.finditer(r"\.globa?l\s+([^\n;]*)", text)
             for n in re.findall(r"[A-Za-z_]\w*", m.group(1))}
    return names | {m.group(2) for m in re.finditer(ENTRY.pattern, text)}


def names_of_lines(text: str, lang: str) -> list[str]:
    """`text` is without comments."""
    return gas_names(text, lang) if lang in ("gas", "nasm") else c_names(text, lang)

# SPDX-License-Identifier: MIT
"""What glue takes for granted of a tree.

A file of glue may say so in its first comment:

  when: FILE has /REGEX/       only trees of which this is true get the file (or `lacks`)
  relies: FILE has /REGEX/     what its text counts on: the parameters of a macro, the meaning of an
                               argument; apply and drift fail where it is not true

The rest is read off the text: headers it includes, functions it calls that it does not define, and,
for a header that shadows one of the tree (`#include_next`), the macros it replaces.
"""

from __future__ import annotations

import fnmatch
import os
import re
import subprocess
from collections.abc import Iterable
from typing import TYPE_CHECKING

from .errors import ToolError
from .needs import C_WORDS, WORD
from .shapes import Reader, Row
from .steps import When, load_steps, parse_when, when_not

if TYPE_CHECKING:
    from .port import Port
    from .state import State

SAYS = re.compile(r"^[\s/*#]*(when|relies):\s+(\S+\s+(?:has|lacks)\s+/.*/)\s*(?:\*/)?\s*$")
HEAD = 60                        # lines within which the first comment ends
CALL = re.compile(r"\b([A-Za-z_]\w*)\s*\(")
DEFINE = re.compile(r"^\s*#\s*define\s+(\w+)(\(([^)]*)\))?", re.M)


def code_only(text: str) -> str:
    """C text without comments and string literals, lines kept."""
    def blank(m: re.Match[str]) -> str:
        return re.sub(r"[^\n]", " ", m.group(0))
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"', blank, text, flags=re.S)


class Glue:
    """One file of glue (or shim): source path, path in the tree, what its head says."""

    def __init__(self, source: str, name: str) -> None:
        self.source, self.name = source, name
        with open(source, encoding="utf-8", errors="replace") as f:
            self.text = f.read()
        self.when: When | None = None
        self.relies: list[When] = []
        for number, line in enumerate(self.text.splitlines()[:HEAD], 1):
            m = SAYS.match(line)
            if m:
                said = parse_when("%s:%d" % (source, number), m.group(2))
                if m.group(1) == "when":
                    self.when = said
                elif said:
                    self.relies.append(said)

    def needless(self, read: Reader) -> str | None:
        return when_not(self.when, read)

    def broken(self, read: Reader) -> list[str]:
        """Sentences for each `relies:` that is not true of the tree."""
        out = []
        for file, has, regex in self.relies:
            if when_not((file, has, regex), read):
                out.append("relies on %s %s /%s/, which is not so in this tree"
                           % (file, "having" if has else "lacking", regex.pattern))
        return out


def all_glue(port: Port) -> list[Glue]:
    return [Glue(source, name) for source, name, _ in port.copies()]


def headers(tree: str, arch_dir: str) -> list[str]:
    """Folders in which an include of <...> is looked for."""
    places = ["include", "include/uapi", "include/generated", "include/asm-generic"]
    if arch_dir:
        places += [os.path.join(arch_dir, "include"), os.path.join(arch_dir, "include", "uapi")]
    return [os.path.join(tree, p) for p in places]


def found_by(port: Port, tree: str, own: set[str], name: str) -> bool:
    """Whether [drift] headers says where a header is: FOLDER, or PREFIX=FOLDER for names that
    begin with PREFIX/. [drift] generated names those that the tree's own build makes."""
    if any(fnmatch.fnmatch(name, p) for p in port.words("drift", "generated")):
        return True
    for word in port.words("drift", "headers"):
        prefix, sep, folder = word.rpartition("=")
        if sep and not name.startswith(prefix + "/"):
            continue
        path = os.path.join(folder, name[len(prefix) + 1:] if sep else name)
        if path in own or os.path.exists(os.path.join(tree, path)):
            return True
    return False


def missing_includes(port: Port, glue: Glue, every: list[Glue], places: list[str]) -> list[str]:
    """Headers a file includes that neither the tree nor the glue has. What the tree's own build
    makes (asm-offsets, wrappers of asm-generic) is looked for by its source."""
    own = {g.name for g in every}
    out = []
    for m in re.finditer(r'^\s*#\s*include(_next)?\s+([<"])([^>"]+)[>"]', glue.text, re.M):
        name = m.group(3)
        if found_by(port, places[0][:-len("/include")], own, name):
            continue
        if m.group(2) == '"':
            here = os.path.normpath(os.path.join(os.path.dirname(glue.name), name))
            tree = places[0][:-len("/include")]
            if here in own or os.path.exists(os.path.join(tree, here)):
                continue
        elif any(n.endswith("/include/" + name) for n in own) or \
                any(os.path.exists(os.path.join(p, name)) for p in places):
            continue
        generic = os.path.join(places[3], os.path.basename(name))
        if name.startswith("asm/") and (os.path.exists(generic) or "offsets" in name):
            continue
        out.append("includes %s, which this tree has not" % name)
    return out


def parameters(text: str) -> dict[str, int | None]:
    """{macro: number of parameters, None where it takes any} of #defines with parameters."""
    out = {}
    for m in DEFINE.finditer(text.replace("\\\n", " ")):
        if m.group(2) is not None:
            names = [p.strip() for p in m.group(3).split(",") if p.strip()]
            out[m.group(1)] = None if names and names[-1].endswith("...") else len(names)
    return out


def shadow_trouble(glue: Glue, places: list[str]) -> list[str]:
    """For a header in front of the tree's own: macros of its families that it does not replace,
    and such as have another number of parameters now."""
    m = re.search(r"#\s*include_next\s+<([^>]+)>", glue.text)
    if not m:
        return []
    path = next((p for p in (os.path.join(d, m.group(1)) for d in places) if os.path.exists(p)),
                None)
    if path is None:
        return []                # an include that is missing is said elsewhere
    with open(path, encoding="utf-8", errors="replace") as f:
        theirs = parameters(f.read())
    ours = parameters(glue.text)
    replaced = set(re.findall(r"#\s*undef\s+(\w+)", glue.text))
    families = {n.rstrip("0123456789") for n in replaced if n[-1].isdigit()}
    out = []
    for name in sorted(theirs):
        there, here = theirs[name], ours.get(name)
        if name not in replaced:
            if name[-1].isdigit() and name.rstrip("0123456789") in families:
                out.append("does not replace %s of %s" % (name, m.group(1)))
        elif here is not None and there is not None and here != there:
            out.append("%s takes %d parameter(s) in %s and %d here"
                       % (name, there, m.group(1), here))
    return out


def calls(glue: Glue, every: list[Glue]) -> set[str]:
    """Functions and macros a C file uses with arguments and no file of glue defines."""
    if not glue.name.endswith((".c", ".h")):
        return set()
    code = code_only(glue.text)
    code = re.sub(r"\basm\b[^;]*;", "", code)
    mine = set()
    for g in every:
        text = code_only(g.text)
        mine |= {m.group(1) for m in DEFINE.finditer(text)}
        mine |= set(re.findall(r"^[A-Za-z_][^;={}()]*?\b(\w+)\s*\([^;{}]*\)\s*\{", text, re.M))
        mine |= set(re.findall(r"\b(\w+)\s*\([^;{}]*\)\s*__weak\s*;", text))
        mine |= set(re.findall(r"^SYM_\w+_START\((\w+)\)", text, re.M))
    code = re.sub(r"^\s*#\s*(define|undef|if|elif).*?(?<!\\)$", "", code, flags=re.M | re.S) \
        if "include_next" in glue.text else code
    return {w for w in CALL.findall(code) if w not in C_WORDS and w not in mine
            and not w.startswith(("__has_", "__builtin_"))
            and w not in ("defined", "__attribute__")}


def known_words(tree: str, names: set[str], folders: Iterable[str]) -> set[str]:
    """Those of `names` that occur in a file below `folders` of the tree, the port's aside."""
    places = [f for f in folders if os.path.isdir(os.path.join(tree, f))]
    if not names or not places:
        return set()
    p = subprocess.run(["grep", "-rhowFI", "--exclude-dir=.pvkit", "--include=*.[chS]",
                        "-f", "-", *places],
                       input="\n".join(sorted(names)), cwd=tree, capture_output=True, text=True,
                       errors="replace", check=False)
    if p.returncode > 1:
        raise ToolError("grep in %s: %s" % (tree, p.stderr.strip()))
    return set(WORD.findall(p.stdout))


def judge(port: Port, state: State, read: Reader) -> list[Row]:
    """[{"file", "needless", "failures"}] for every file of glue and shim on one tree."""
    every = all_glue(port)
    arch_dir = (port.words("measure", "x") or [""])[0]
    places = headers(state.tree, arch_dir)
    manifest = state.manifest()
    added = {n for n, e in (manifest["files"] if manifest else {}).items() if e["old"] is None}
    wanted = {g.name: calls(g, every) for g in every}
    of_glue = {os.path.dirname(g.name) for g in every if not added}
    more = port.words("drift", "words")
    folders = sorted(f for f in {"include", arch_dir, *more} | of_glue if f)
    known = known_words(state.tree, set().union(*wanted.values()) if wanted else set(), folders)
    if added:                # an applied tree holds the glue itself: ask it again without
        known = {w for w in known if occurs_elsewhere(state.tree, w, folders, added)}
    # What a step promises to put there (`defined:`), glue may use.
    known |= {n for s in load_steps(port.dir) if not s.needless(read) for n in s.defined}
    rows = []
    for g in every:
        reason = g.needless(read)
        failures = []
        if not reason:
            failures = g.broken(read) + missing_includes(port, g, every, places) + \
                shadow_trouble(g, places)
            failures += ["uses %s(), which nothing in %s declares" % (w, " ".join(folders))
                         for w in sorted(wanted[g.name] - known)]
        rows.append({"file": g.name, "needless": reason, "failures": failures})
    return rows


def occurs_elsewhere(tree: str, word: str, folders: Iterable[str], added: set[str]) -> bool:
    p = subprocess.run(["grep", "-rlwFI", "--exclude-dir=.pvkit", "--include=*.[chS]", "-e", word,
                        *[f for f in folders if os.path.isdir(os.path.join(tree, f))]],
                       cwd=tree, capture_output=True, text=True, errors="replace", check=False)
    return bool(set(p.stdout.split("\n")) - added - {""})

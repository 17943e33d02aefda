# SPDX-License-Identifier: MIT
"""Running Coccinelle on one file, and catching it when it is silent.

Coccinelle drops what it cannot parse and says nothing; a rule that should have matched there is
simply not applied. So every run asks for the parse report, and when a region that did not parse
contains the identifiers the rule needs, the rule counts as having landed there.
"""

import os
import re
import shutil
import subprocess

from .errors import RuleError, ToolError

TIMEOUT = 60   # seconds for one rule on one file; the slowest anchored rule needs two

WORD = re.compile(r"[A-Za-z_]\w*")
C_WORDS = frozenset("""
auto bool break case char const continue default do double else enum extern float for goto if
inline int long register restrict return short signed sizeof static struct switch typedef union
unsigned void volatile while typeof asm __asm__ NULL true false u8 u16 u32 u64 s32 s64 size_t
when any strict exists forall""".split())
METAVAR_KINDS = re.compile(r"^\s*(?:fresh\s+|local\s+|pure\s+|context\s+|constant\s+|format\s+)*"
                           r"(identifier|expression|statement|type|parameter|function|position|"
                           r"constant|idexpression|field|initialiser|initializer|binary|unary|"
                           r"assignment|declaration|comments|attribute|declarer|iterator|symbol|"
                           r"typedef|string|format|metavariable|fragment)\b(?!\s+name\b)")


def metavariables(decl):
    """Names a metavariable section declares; `symbol`, `typedef` and `... name` declare words
    that stand for themselves and so are no metavariables."""
    names = set()
    for item in re.sub(r"//[^\n]*", "", decl).split(";"):
        item = re.sub(r'"(\\.|[^"\\])*"|\{[^}]*\}', "", item)
        kind = METAVAR_KINDS.match(item)
        if kind and kind.group(1) in ("symbol", "typedef"):
            continue
        if re.match(r"\s*(declarer|iterator|attribute)\s+name\b", item):
            continue
        for part in item.split(","):
            words = WORD.findall(re.split(r"[=@!:<]", part, maxsplit=1)[0])
            if words:
                names.add(words[-1])
    return names


def listed_values(decl):
    """Words a metavariable may be bound to, from `identifier f = {a, b};` lists."""
    return {w for values in re.findall(r"=\s*\{([^}]*)\}", re.sub(r"//[^\n]*", "", decl))
            for w in WORD.findall(values)}


def rule_needs(text):
    """[(required, optional)] identifier sets of each transforming rule of an SmPL file.

    Required are the words outside of disjunctions and `<... ...>` on context and minus lines;
    a region without all of them cannot have held a match. Optional are the others, and what a
    metavariable's list of values names. Rules that only search are left out:
    the transforming rule that depends on them names what it changes itself."""
    text = re.sub(r"/\*.*?\*/", " ", text, flags=re.S)
    parts = re.split(r"^@([^@\n]*)@([^@]*)@@[^\n]*$", text, flags=re.M)
    out = []
    for head, decl, body in zip(parts[1::3], parts[2::3], parts[3::3]):
        if re.match(r"\s*(script|initialize|finalize)", head):
            continue
        lines = body.splitlines()
        if not any(s[:1] in "+-" and s for s in lines):
            continue
        metas = metavariables(decl)
        required, optional, depth, loose = set(), listed_values(decl), 0, 0
        for line in lines:
            line = re.sub(r"//.*", "", line)
            if line.startswith("+"):
                continue
            if re.match(r"^[-*]?\s*#\s*include", line):
                continue
            if line.startswith("(") and not line.strip("( \t"):
                depth += 1
                continue
            if line.startswith(")") and depth:
                depth -= 1
                continue
            loose += line.count("<...")
            clean = re.sub(r'"(\\.|[^"\\])*"', " ", line.lstrip("-*?!"))
            clean = re.sub(r"\bwhen\b.*", " ", clean)
            words = {w for w in WORD.findall(clean)} - C_WORDS - metas
            uncertain = depth or loose or "\\(" in clean or line.startswith("?")
            (optional if uncertain else required).update(words)
            loose -= line.count("...>") if loose else 0
            loose = max(loose, 0)
        out.append((required, optional - required))
    return out


class Region:
    """Lines of a file that Coccinelle gave up on."""

    def __init__(self, file, line, around):
        self.file, self.line, self.around = file, line, around
        self.first = self.last = line
        self.text = []

    def name(self):
        """The function (or macro, or `line N`) a person would look for."""
        body = "\n".join(self.text)
        m = re.search(r"^[A-Za-z_][^;{}()=]*?(\w+)\s*\([^;]*?\)[^;{}]*\{", body, re.M)
        if not m:
            m = re.search(r"^(\w+)\s*\(", body, re.M)
        return m.group(1) if m else "line %d" % self.line

    def words(self):
        return set(WORD.findall("\n".join(self.text)))

    def describe(self):
        return "%s:%d in %s: does not parse around '%s'" % (self.file, self.line, self.name(),
                                                            self.around)


def bad_regions(report, wanted):
    """Regions of file `wanted` that a --verbose-parsing report names, each once."""
    regions, current = {}, None
    lines = report.splitlines()
    for i, line in enumerate(lines):
        m = re.match(r' = File "(.*)", line (\d+),', line)
        if m:
            current = None
            if m.group(1) == wanted:
                around = re.search(r"around = '(.*)'", lines[i + 1] if i + 1 < len(lines) else "")
                current = Region(wanted, int(m.group(2)), around.group(1) if around else "?")
                regions[current.line] = current
        elif current is not None and line.startswith(("bad:", "BAD:")):
            if line.startswith("BAD"):
                current.first = current.line - len(current.text)
            current.text.append(line.split(" ", 1)[1] if " " in line else "")
            current.last = current.first + len(current.text) - 1
    return list(regions.values())


class Coccinelle:
    """spatch with the port's macro files. One process per file: given several, spatch treats
    them as one program."""

    def __init__(self, port):
        self.spatch = shutil.which(os.environ.get("SPATCH", "spatch"))
        if not self.spatch:
            raise ToolError("spatch is not on the PATH; apt-get install coccinelle")
        self.base = ["--no-includes", "--in-place", "--verbose-parsing", "--parse-error-msg",
                     "--timeout", str(TIMEOUT)]
        for option, name in (("--macro-file", "macros.h"), ("--macro-file-builtins", "builtins.h")):
            path = port.file(name)
            if path:
                self.base += [option, path]

    def command(self, step, file):
        """A killed pvkit must not leave a spatch behind that writes into a stage being removed:
        setpriv makes it die with us."""
        guard = shutil.which("setpriv")
        prefix = [guard, "--pdeathsig", "KILL"] if guard else []
        return prefix + [self.spatch, "--sp-file", step.path] + self.base + step.options + [file]

    def run(self, step, root, file):
        """Transform root/file in place. Raises RuleError when spatch refuses the rule or gives
        up on the file, or when the rule landed in a region that does not parse."""
        try:
            p = subprocess.run(self.command(step, file), cwd=root, stdin=subprocess.DEVNULL,
                               capture_output=True, timeout=TIMEOUT * 2, check=False)
        except subprocess.TimeoutExpired:
            raise RuleError("spatch did not end on %s; anchor the rule on a name" % file) from None
        report = (p.stdout + p.stderr).decode("utf-8", "replace")
        if re.search(r"timeout \(we abort\)|Common\.Timeout", report):
            raise RuleError("spatch took more than %d s on %s; anchor the rule on a name, or cut "
                            "it in two" % (TIMEOUT, file))
        if p.returncode:
            tail = [s for s in p.stderr.decode("utf-8", "replace").splitlines()
                    if s.strip() and not s.startswith(("init_defs", "Warning", "(ONCE)"))]
            raise RuleError("spatch ended with %d on %s: %s"
                            % (p.returncode, file, " / ".join(t.strip() for t in tail[-6:])))
        odd = re.search(r"^.*(EXN|exn while|already tagged token).*$",
                        report, re.M)
        if odd:
            raise RuleError("spatch gave up on %s: %s" % (file, odd.group(0).strip()))
        self.check_regions(step, bad_regions(report, file))

    @staticmethod
    def check_regions(step, regions):
        needs = rule_needs(step.text)
        for region in regions:
            if region.name() in step.unparsed_ok:
                continue
            words = region.words()
            for required, optional in needs:
                hit = required <= words if required else bool(optional & words)
                if hit:
                    raise RuleError("lands where Coccinelle cannot parse: %s; teach macros.h the "
                                    "macro there, or accept it with `unparsed: %s`"
                                    % (region.describe(), region.name()))

# SPDX-License-Identifier: MIT
"""Running Coccinelle on one file, and catching it when it is silent.

Coccinelle drops what it cannot parse and says nothing; a rule that should have matched there is
simply not applied. So every run asks for the parse report, and when a region that did not parse
contains the identifiers the rule needs, the rule counts as having landed there.
"""

from __future__ import annotations

import dataclasses
import os
import re
import shutil
import subprocess
from typing import TYPE_CHECKING

from . import source
from .errors import RuleError, ToolError, TreeError
from .needs import WORD, rule_needs

if TYPE_CHECKING:
    from .port import Port
    from .steps import Step

TIMEOUT = 60   # seconds for one rule on one file; the slowest anchored rule needs two

@dataclasses.dataclass
class Region:
    """Lines `first` to `last` of a file that Coccinelle gave up on."""

    file: str
    line: int
    around: str
    first: int = 0
    last: int = 0
    text: list[str] = dataclasses.field(default_factory=list)

    def __post_init__(self) -> None:
        self.first = self.last = self.line

    def name(self) -> str:
        """The function (or macro, or `line N`) a person would look for."""
        body = source.without_comments("\n".join(self.text), "c")
        bare = source.without_strings(body)
        for m in re.finditer(r"(?:^|[;}])([^;{}]*)\{", bare):
            name = source.function_of_head(m.group(1), "c")
            if name:
                return name
        old = source.K_AND_R.search(bare.split("{")[0])
        if old and "{" in bare:
            return old.group(1)
        for m in re.finditer(r"^(\w+)\s*\(", bare, re.M):
            if m.group(1) not in source.NOT_A_FUNCTION:
                return m.group(1)
        return "line %d" % self.line

    def words(self) -> set[str]:
        return set(WORD.findall("\n".join(self.text)))

    def describe(self) -> str:
        return "%s:%d in %s: does not parse around '%s'" % (self.file, self.line, self.name(),
                                                            self.around)


def bad_regions(report: str, wanted: str) -> list[Region]:
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

    def __init__(self, port: Port) -> None:
        spatch = shutil.which(os.environ.get("SPATCH", "spatch"))
        if not spatch:
            raise ToolError("spatch is not on the PATH; apt-get install coccinelle")
        self.spatch = spatch
        self.base = ["--no-includes", "--in-place", "--verbose-parsing", "--parse-error-msg",
                     "--timeout", str(TIMEOUT)]
        for option, name in (("--macro-file", "macros.h"), ("--macro-file-builtins", "builtins.h")):
            path = port.file(name)
            if path:
                self.base += [option, path]

    def command(self, step: Step, file: str) -> list[str]:
        """A killed pvkit must not leave a spatch behind that writes into a stage being removed:
        setpriv makes it die with us."""
        guard = shutil.which("setpriv")
        prefix = [guard, "--pdeathsig", "KILL"] if guard else []
        return prefix + [self.spatch, "--sp-file", step.path] + self.base + step.options + [file]

    def run(self, step: Step, root: str, file: str) -> str:
        """Transform root/file in place and return the diff that spatch says it made: it writes
        the file with cp, whose failure on a full disk it does not notice, so the caller has to
        compare. Raises RuleError when spatch refuses the rule or gives up on the file, or when
        the rule landed in a region that does not parse."""
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
        lost = re.search(r"^cp: .*$", report, re.M)
        if lost:
            raise TreeError("spatch could not write %s: %s; the tree is as it was"
                            % (file, lost.group(0)))
        self.check_regions(step, bad_regions(report, file))
        return p.stdout.decode("utf-8", "surrogateescape")

    @staticmethod
    def check_regions(step: Step, regions: list[Region]) -> None:
        needs = rule_needs(step.text)
        for region in regions:
            if region.name() in step.unparsed_ok:
                continue
            words = region.words()
            for need in needs:
                if need.may_match(words):
                    raise RuleError("lands where Coccinelle cannot parse: %s; teach macros.h the "
                                    "macro there, or accept it with `unparsed: %s`"
                                    % (region.describe(), region.name()))

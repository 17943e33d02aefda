# SPDX-License-Identifier: MIT
"""How far a tree has moved away from a port: all of the port judged on it, in order.

Steps are tried, what glue counts on is looked for, options of the configuration are looked up in
the tree's Kconfig files. Nothing is written into any tree. On a version nobody has tried, the
failures are the whole work list.
"""

from __future__ import annotations

import os
import re
import tempfile
from typing import TYPE_CHECKING

from . import config as configuring
from . import glue as gluing
from .apply import Run
from .edits import parse_edits
from .errors import KitError, RuleError
from .moved import Finder, anchor_names
from .needs import WORD, rule_needs
from .shapes import Reader, Row
from .state import State
from .tools import count_lines

if TYPE_CHECKING:
    from .port import Port
    from .steps import Step


def relies_on(step: Step) -> list[str]:
    """What of the upstream tree a step depends on: anchors of an edit, identifiers of a rule; one
    that the rule can do without (alternatives, lists of values) ends in a question mark."""
    if step.kind == "edit":
        return ["%s /%s/" % (b.file, b.regex.pattern) for b in parse_edits(step)]
    names, either = set(), set()
    for need in rule_needs(step.text):
        names |= need.required
        either |= need.optional
    return sorted(names) + ["%s?" % n for n in sorted(either - names)]


def absent(step: Step, run: Run) -> list[str]:
    """Identifiers a rule requires that none of its files has any more."""
    if step.kind == "edit":
        return []
    words = set()
    for name in run.expand(step.globs()):
        with open(run.source(name), encoding="utf-8",
                  errors="replace") as f:
            words |= set(WORD.findall(f.read()))
    return [n for n in relies_on(step) if n.rstrip("?") not in words]


def whereabouts(step: Step, row: Row, finder: Finder) -> list[Row]:
    """Where identifiers are now that a failing step names: those of a rule that its files have no
    more; of an edit, those of anchors that matched nowhere."""
    if not row["failures"]:
        return []
    if step.kind == "edit":
        files = sorted({b.file for b in parse_edits(step)})
        lost = [b for b in parse_edits(step) if any(f.startswith(b.where + ":")
                                                    for f in row["failures"])]
        words = [names[0] for names in (anchor_names(b.regex.pattern) for b in lost) if names]
    else:
        files, words = sorted(row["matched"]) + row["missed"], row["absent"]
    words += [m.group(1) for f in row["failures"]
              for m in [re.search(r"but (\w+) must be there", f)] if m]
    return [finder.report(w, files) for w in dict.fromkeys(w.rstrip("?") for w in words)]


def judge_config(port: Port, state: State, read: Reader) -> list[Row]:
    """[{"option", "where", "failure"}]: options that fragments or musts switch on and that no
    Kconfig file of the tree has."""
    sections = [s for s in port.conf.sections() if s == "build" or s.startswith("build:")]
    if port.get("build", "system", "kbuild") != "kbuild":
        return []
    known = configuring.known_options(state.tree, port.get("build", "arch") or "i386")
    rows, seen = [], set()
    patterns = [w for s in sections for k in ("fragments", "musts") for w in port.words(s, k)]
    for path in port.expand(patterns):
        if path in seen:
            continue
        seen.add(path)
        fragment = configuring.Fragment(path, read)
        for name, value in fragment.options().items():
            if value != "n" and name not in known:
                rows.append({"option": name, "where": fragment.line_of(name),
                             "failure": "%s: no Kconfig file of this tree has %s; say for which "
                             "trees it is (# when:), or what has taken its place"
                             % (fragment.line_of(name), name)})
    return rows


def inspect(port: Port, tree: str, jobs: int) -> Row:
    """{"tree", "version", "steps", "glue", "config", "error"} for one tree; `error` when it is no
    tree of this port at all."""
    empty: Row = {"tree": tree, "version": None, "steps": [], "glue": [], "config": [],
                  "error": None}
    try:
        state = State(tree)
        facts = port.identify(state)
    except KitError as e:
        return dict(empty, error=str(e))
    finder = Finder(state)
    with tempfile.TemporaryDirectory(prefix="pvkit-") as stage:
        run = Run(port, state, stage, jobs=jobs)
        try:
            run.plan()
            run.transform()
        except KitError as e:
            return dict(empty, version=port.version(facts), error=str(e))
        try:
            run.judge()
        except RuleError:
            pass
        failures: dict[str, list[str]] = {}
        for step, reason in run.failures:
            failures.setdefault(step.name, []).append(reason)
        rows = []
        lines = count_lines([s.path for s in port.steps])
        for step, sites, files in run.results():
            tried = sorted({t.file for t in run.tasks if t.step is step})
            rows.append({"step": step.name, "sites": sites, "lines": lines[step.path],
                         "special": bool(step.when),
                         "allowed": step.allowed(), "matched": files,
                         "missed": [f for f in tried if f not in files],
                         "relies_on": relies_on(step),
                         "needless": run.needless.get(step.name),
                         "absent": [] if step.name in run.needless else absent(step, run),
                         "failures": failures.get(step.name, [])})
            rows[-1]["now"] = whereabouts(step, rows[-1], finder)
        read = run.stock_text
        return dict(empty, version=port.version(facts), steps=rows,
                    glue=gluing.judge(port, state, read), config=judge_config(port, state, read))


def price(report: Row) -> dict[str, int]:
    """What a version takes: steps that apply and their lines, and of these the special ones,
    which only some versions need (`when:`)."""
    mine = [r for r in report["steps"] if not r["needless"]]
    special = [r for r in mine if r["special"]]
    return {"steps": len(mine), "lines": sum(r["lines"] for r in mine),
            "special": len(special), "special_lines": sum(r["lines"] for r in special)}


def failures(report: Row) -> list[str]:
    """Every failure of a report, as sentences."""
    out = [report["error"]] if report["error"] else []
    for row in report["steps"]:
        out += ["%s: %s" % (row["step"], f) for f in row["failures"]]
    for row in report["glue"]:
        out += ["%s: %s" % (row["file"], f) for f in row["failures"]]
    return out + [row["failure"] for row in report["config"]]


def title(report: Row) -> str:
    return str(report["version"] or "") or os.path.basename(os.path.normpath(report["tree"]))

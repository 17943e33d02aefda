# SPDX-License-Identifier: MIT
"""How far a tree has moved away from a port: every step tried on it, alone and in order.

Nothing is written into any tree. On a version nobody has tried, the failures are the work list.
"""

import os
import tempfile

from .apply import Run
from .edits import parse_edits
from .errors import KitError, RuleError
from .needs import WORD, rule_needs
from .state import State


def relies_on(step):
    """What of the upstream tree a step depends on: anchors of an edit, identifiers of a rule; one
    that the rule can do without (alternatives, lists of values) ends in a question mark."""
    if step.kind == "edit":
        return ["%s /%s/" % (b.file, b.regex.pattern) for b in parse_edits(step)]
    names, either = set(), set()
    for need in rule_needs(step.text):
        names |= need.required
        either |= need.optional
    return sorted(names) + ["%s?" % n for n in sorted(either - names)]


def absent(step, run):
    """Identifiers a rule requires that none of its files has any more."""
    if step.kind == "edit":
        return []
    words = set()
    for name in run.expand(step.globs()):
        with open(run.state.original(name, run.manifest), encoding="utf-8",
                  errors="replace") as f:
            words |= set(WORD.findall(f.read()))
    return [n for n in relies_on(step) if n.rstrip("?") not in words]


def inspect(port, tree, jobs):
    """{"tree", "version", "steps": [...], "error"} for one tree; `error` when it is no tree of
    this port at all."""
    try:
        state = State(tree)
        facts = port.identify(state)
    except KitError as e:
        return {"tree": tree, "version": None, "steps": [], "error": str(e)}
    with tempfile.TemporaryDirectory(prefix="pvkit-") as stage:
        run = Run(port, state, stage, jobs=jobs)
        try:
            run.plan()
            run.transform()
        except KitError as e:
            return {"tree": tree, "version": port.version(facts), "steps": [], "error": str(e)}
        try:
            run.judge()
        except RuleError:
            pass
        failures = {}
        for step, reason in run.failures:
            failures.setdefault(step.name, []).append(reason)
        rows = []
        for step, sites, files in run.results():
            tried = sorted({t.file for t in run.tasks if t.step is step})
            rows.append({"step": step.name, "sites": sites,
                         "allowed": step.allowed(), "matched": files,
                         "missed": [f for f in tried if f not in files],
                         "relies_on": relies_on(step),
                         "needless": run.needless.get(step.name),
                         "absent": [] if step.name in run.needless else absent(step, run),
                         "failures": failures.get(step.name, [])})
    return {"tree": tree, "version": port.version(facts), "steps": rows, "error": None}


def title(report):
    return report["version"] or os.path.basename(os.path.normpath(report["tree"]))

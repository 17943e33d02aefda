# SPDX-License-Identifier: MIT
"""pvkit refresh"""

from __future__ import annotations

import argparse
import os
import re

from . import refresh as refreshing
from .errors import KitError, UsageError
from .port import Port
from .term import warn

HELP = "a hand edit of an applied tree, as the beginning of a rule or edit"
DESCRIPTION = """\
Compare TREE with what PORT makes of its originals, and print what was edited by hand since: as SmPL
where a C function was changed, as anchored edits elsewhere. With --as NN-name it becomes files of
the port. A changed file of glue is named, it only has to be copied back."""
EPILOG = """\
    pvkit refresh linux-port TREE --as 77-mine
Then restore the tree by force (the edit is in the port now) and apply the port to it.
Exit codes: 0, 1 an anchor is missing, 2 wrong use, 3 the port does not fit the tree, 4 nothing is
applied to it."""


def arguments(p: argparse.ArgumentParser) -> None:
    p.add_argument("port", metavar="PORT")
    p.add_argument("tree", metavar="TREE")
    p.add_argument("file", metavar="FILE", nargs="*",
                   help="look at these files of TREE only (default: all the port touches)")
    p.add_argument("--as", dest="name", metavar="NN-NAME", help="write rules/NN-NAME.cocci and "
                   "edits/NN-NAME-edit.edit, whichever is needed")
    p.add_argument("--stock", metavar="DIR", help="an untouched tree, for files the port does not "
                   "touch yet")
    p.add_argument("-n", "--dry-run", action="store_true", help="list what differs")
    p.add_argument("-j", "--jobs", type=int, default=os.cpu_count() or 1,
                   help="parallel runs of spatch (%(default)s)")


def write(path: str, text: str) -> None:
    if os.path.exists(path):
        raise UsageError("%s exists; choose another name" % path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8", errors="surrogateescape", newline="") as f:
        f.write(text)
    print(path)


def run(args: argparse.Namespace) -> int:
    port = Port(args.port)
    if args.name and not re.fullmatch(r"\d+-[\w.-]+", args.name):
        raise UsageError("--as %s: a step is called NN-name, 77-mine for instance" % args.name)
    found, glue = refreshing.compare(port, args.tree, args.jobs, args.stock, args.file)
    for name in glue:
        warn("%s is a file the port adds; copy it back: cp %s %s"
             % (name, os.path.join(args.tree, name),
                next(s for s, n, _ in port.copies() if n == name)))
    if args.dry_run:
        for change in found:
            print("%s:%d: %d line(s) become %d" % (change.file, change.first + 1,
                                                   change.last - change.first, len(change.new)))
        return 0
    rules, edits = refreshing.split(found)
    texts = []
    if rules:
        texts.append(("rules/%s.cocci", refreshing.rule_file(rules)))
    if edits:
        texts.append(("edits/%s-edit.edit" if rules else "edits/%s.edit",
                      refreshing.edit_file(edits)))
    bad = []
    for pattern, text in texts:
        if args.name:
            path = os.path.join(port.dir, pattern % args.name)
            write(path, text)
            if pattern.startswith("edits"):
                bad = refreshing.check_edits(path, edits)
        else:
            print("==> %s <==\n%s" % (pattern % "NN-name", text), end="")
    if "# no identifiers name" in "".join(t for _, t in texts) or bad:
        raise KitError("some anchor does not name its line; see the text%s"
                       % (" for " + ", ".join(bad) if bad else ""))
    return 0

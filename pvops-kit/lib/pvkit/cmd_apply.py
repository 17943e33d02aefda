# SPDX-License-Identifier: MIT
"""pvkit apply"""

from __future__ import annotations

import argparse
import os
import shutil

from . import apply as applying
from .errors import RuleError, UsageError
from .port import Port
from .shapes import Row
from .steps import select
from .term import print_json, table, warn

HELP = "transform a stock tree as a port says"
DESCRIPTION = """\
Transform TREE as PORT says: rules and edits in the order of their numbers, then glue and shim.
All of it happens on a stage first; when any rule fails, the tree stays exactly as it was. The
originals are kept below TREE/.pvkit/, `pvkit restore TREE` gives them back bit for bit."""
EPILOG = """\
While writing a rule:  pvkit apply PORT TREE -n --only 07-cr2 --diff
Exit codes: 0 applied or applied already, 2 port or command line wrong, 3 a rule failed,
4 the tree is not in a state for it. `pvkit help exit-codes` has all."""


def arguments(p: argparse.ArgumentParser) -> None:
    p.add_argument("port", metavar="PORT")
    p.add_argument("tree", metavar="TREE")
    p.add_argument("-n", "--dry-run", action="store_true",
                   help="show what each step would change, change nothing")
    p.add_argument("--json", action="store_true", help="the table of steps as JSON")
    p.add_argument("--diff", action="store_true", help="with -n: print the changes as a patch")
    p.add_argument("--only", metavar="RULE",
                   help="with -n: run this step alone, on the stock file")
    p.add_argument("--explain", metavar="RULE", help="print what a step does and why")
    p.add_argument("--out", metavar="DIR",
                   help="apply to a new copy of TREE in DIR, which shares with it what is the same "
                   "(hard links)")
    p.add_argument("--again", action="store_true",
                   help="restore first when the port is applied: for work on rules")
    p.add_argument("--allow-dirty", action="store_true",
                   help="touch files with uncommitted changes (git checkouts)")
    p.add_argument("-j", "--jobs", type=int, default=os.cpu_count() or 1,
                   help="parallel runs of spatch (%(default)s)")


def step_rows(run: applying.Run) -> list[Row]:
    rows = []
    for step, hunks, files in run.results():
        rows.append({"step": step.name, "sites": hunks,
                     "allowed": step.allowed(), "files": files,
                     "needless": run.needless.get(step.name), "what": step.header["what"]})
    return rows


def show(run: applying.Run, args: argparse.Namespace) -> None:
    rows = step_rows(run)
    if args.json:
        print_json({"port": run.port.name, "steps": rows,
                    "added": [{"file": f, "kind": k} for f, k in run.copied]})
        return
    print(table([(r["step"], "-" if r["needless"] else r["sites"], r["allowed"], len(r["files"]),
                  r["what"]) for r in rows],
                ("step", "sites", "allowed", "files", "what"), right=(1, 3)))
    if run.copied:
        print("%d file(s) added: %d glue, %d shim"
              % (len(run.copied), sum(k == "glue" for _, k in run.copied),
                 sum(k == "shim" for _, k in run.copied)))


def explain(port: Port, name: str) -> int:
    step = select(port.steps, name)
    for key, value in step.header.items():
        print("%-10s %s" % (key + ":", value))
    print("%-10s %s" % ("kept in:", step.path))
    return 0


def run(args: argparse.Namespace) -> int:
    port = Port(args.port)
    if args.explain:
        return explain(port, args.explain)
    if (args.only or args.diff) and not args.dry_run:
        raise UsageError("--only and --diff show what a step would do; add -n")
    if args.dry_run:
        steps = [select(port.steps, args.only)] if args.only else None
        run_ = applying.dry_run(port, args.tree, steps, args.jobs)
        for note in run_.wide():
            warn(note)
        if args.diff:
            for task in run_.tasks:
                print(task.patch, end="")
        else:
            show(run_, args)
        if run_.verdict:
            raise RuleError(str(run_.verdict).replace("failed, the tree is as it was",
                                                      "would fail"))
        return 0
    if args.out:
        applying.copy_tree(args.tree, args.out)
    try:
        done, sentence = applying.apply(port, args.out or args.tree, args.jobs, args.allow_dirty,
                                        args.again)
    except BaseException:
        if args.out:      # it is a stock copy that nobody asked for
            shutil.rmtree(args.out, ignore_errors=True)
        raise
    for note in done.wide() if done else ():
        warn(note)
    if done is None:
        print(sentence)
    elif args.json:
        show(done, args)
    else:
        print("%s: %d steps changed %d files, %d files added" % (
            port.name, len(done.steps), len(done.changed()), len(done.copied)))
    return 0

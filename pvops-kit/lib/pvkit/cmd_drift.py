# SPDX-License-Identifier: MIT
"""pvkit drift"""

from __future__ import annotations

import argparse
import os

from . import drift as drifting
from .errors import KitError
from .port import Port
from .shapes import Row
from .term import print_json, table

HELP = "how well a port's rules fit other versions of the kernel"
DESCRIPTION = """\
Judge all of PORT on each TREE without changing it. Every rule and edit: where it matched, what it
missed, which upstream identifiers it relies on that are gone, and where they are now. Glue: what
it includes, calls and replaces. Configuration: options that no Kconfig file has. What fails is the
work list; what only some versions need is the price of following them."""
EPILOG = "Exit codes: 0 everything fits, 1 something does not, 2 the port is wrong."

PRICE = (("steps that apply", "steps"), ("lines of them", "lines"),
         ("special steps among them", "special"), ("lines of those", "special_lines"))


def arguments(p: argparse.ArgumentParser) -> None:
    p.add_argument("port", metavar="PORT")
    p.add_argument("trees", metavar="TREE", nargs="+")
    p.add_argument("--json", action="store_true", help="everything as JSON")
    p.add_argument("-v", "--verbose", action="store_true", help="what each step relies on")
    p.add_argument("-n", "--dry-run", action="store_true", help="list what would be tried")
    p.add_argument("-j", "--jobs", type=int, default=os.cpu_count() or 1,
                   help="parallel runs of spatch (%(default)s)")


def cell(report: Row, name: str) -> str:
    row = next((r for r in report["steps"] if r["step"] == name), None)
    if row is None:
        return "-"
    if row["needless"]:
        return "not needed"
    return "%d%s" % (row["sites"], " FAILS" if row["failures"] else "")


def notes(report: Row, verbose: bool) -> list[str]:
    """What is to be said of one tree below the table."""
    lines = [report["error"]] if report["error"] else []
    for row in report["steps"]:
        lines += ["%s: %s" % (row["step"], f) for f in row["failures"]]
        for found in row["now"]:
            lines.append("%s: %s is now in %d place(s)%s" % (
                row["step"], found["identifier"], found["total"],
                ":" if found["places"] else " of the folders it may be in"))
            for place in found["places"]:
                lines.append("    %s:" % place["file"])
                lines += ["      %s" % s for s in place["around"]]
        if row["needless"]:
            lines.append("%s: not needed, %s" % (row["step"], row["needless"]))
        if row["absent"]:
            lines.append("%s: not in its files any more: %s"
                         % (row["step"], " ".join(row["absent"])))
        if verbose:
            lines.append("%s: relies on %s" % (row["step"], ", ".join(row["relies_on"])))
    for row in report["glue"]:
        lines += ["%s: %s" % (row["file"], f) for f in row["failures"]]
        if row["needless"]:
            lines.append("%s: not needed, %s" % (row["file"], row["needless"]))
    lines += [row["failure"] for row in report["config"]]
    return lines


def show(reports: list[Row], verbose: bool) -> None:
    names = [r["step"] for r in next((x for x in reports if x["steps"]), {"steps": []})["steps"]]
    allowed = {r["step"]: r["allowed"] for x in reports for r in x["steps"]}
    right = tuple(range(2, 2 + len(reports)))
    rows = [(n, allowed[n], *(cell(r, n) for r in reports)) for n in names]
    for what, key in (("glue", "glue"), ("configuration", "config")):
        bad = [sum(bool(row.get("failures") or row.get("failure")) for row in r[key])
               for r in reports]
        rows.append((what, "", *("not tried" if r["error"] else "%d FAIL" % n if n else "fits"
                                 for r, n in zip(reports, bad))))
    print(table(rows, ("step", "allowed", *(drifting.title(r) for r in reports)), right=right))
    prices = [drifting.price(r) for r in reports]
    print()
    print(table([(text, *(p[key] for p in prices)) for text, key in PRICE],
                ("what a version takes", *(drifting.title(r) for r in reports)),
                right=tuple(range(1, 1 + len(reports)))))
    for report in reports:
        lines = notes(report, verbose)
        if lines:
            print("\n%s (%s):" % (drifting.title(report), report["tree"]))
            print("\n".join("  " + s for s in lines))


def run(args: argparse.Namespace) -> int:
    port = Port(args.port)
    if args.dry_run:
        for tree in args.trees:
            print("would try %d steps on %s" % (len(port.steps), tree))
        return 0
    reports = [drifting.inspect(port, tree, args.jobs) for tree in args.trees]
    if args.json:
        print_json({"port": port.name, "trees": reports})
    else:
        show(reports, args.verbose)
    bad = sum(len(drifting.failures(r)) for r in reports)
    if bad:
        raise KitError("%d thing(s) do not fit" % bad)
    return 0

# SPDX-License-Identifier: MIT
"""pvkit drift"""

import os

from . import drift as drifting
from .errors import KitError
from .port import Port
from .term import print_json, table

HELP = "how well a port's rules fit other versions of the kernel"
DESCRIPTION = """\
Try every rule and edit of PORT on each TREE without changing it: where it matched, what it
missed, which upstream identifiers it relies on that are gone. What fails is the work list."""
EPILOG = "Exit codes: 0 everything fits, 1 something does not, 2 the port is wrong."


def arguments(p):
    p.add_argument("port", metavar="PORT")
    p.add_argument("trees", metavar="TREE", nargs="+")
    p.add_argument("--json", action="store_true", help="everything as JSON")
    p.add_argument("-v", "--verbose", action="store_true", help="what each step relies on")
    p.add_argument("-n", "--dry-run", action="store_true", help="list what would be tried")
    p.add_argument("-j", "--jobs", type=int, default=os.cpu_count() or 1,
                   help="parallel runs of spatch (%(default)s)")


def cell(report, name):
    row = next((r for r in report["steps"] if r["step"] == name), None)
    if row is None:
        return "-"
    if row["needless"]:
        return "not needed"
    return "%d%s" % (row["sites"], " FAILS" if row["failures"] else "")


def show(reports, verbose):
    names = [r["step"] for r in next((x for x in reports if x["steps"]), {"steps": []})["steps"]]
    allowed = {r["step"]: r["allowed"] for x in reports for r in x["steps"]}
    print(table([(n, allowed[n], *(cell(r, n) for r in reports)) for n in names],
                ("step", "allowed", *(drifting.title(r) for r in reports)),
                right=tuple(range(2, 2 + len(reports)))))
    for report in reports:
        lines = [report["error"]] if report["error"] else []
        for row in report["steps"]:
            lines += ["%s: %s" % (row["step"], f) for f in row["failures"]]
            if row["needless"]:
                lines.append("%s: not needed, %s" % (row["step"], row["needless"]))
            if row["absent"]:
                lines.append("%s: not in its files any more: %s"
                             % (row["step"], " ".join(row["absent"])))
            if verbose:
                lines.append("%s: relies on %s" % (row["step"], ", ".join(row["relies_on"])))
        if lines:
            print("\n%s (%s):" % (drifting.title(report), report["tree"]))
            print("\n".join("  " + s for s in lines))


def run(args):
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
    bad = sum(bool(r["error"]) + sum(bool(s["failures"]) for s in r["steps"]) for r in reports)
    if bad:
        raise KitError("%d step(s) do not fit" % bad)
    return 0

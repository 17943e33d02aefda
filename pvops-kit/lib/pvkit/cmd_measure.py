# SPDX-License-Identifier: MIT
"""pvkit measure"""

from __future__ import annotations

import argparse
import os

from . import measure as measuring
from . import peers, stamp
from .errors import KitError, TreeError, naming
from .port import Port
from .shapes import Row
from .state import State
from .term import print_json, table, warn
from .tools import build_root

HELP = "the price of a port, in lines and against the kernel it is part of"
DESCRIPTION = """\
Count what a port costs: lines in tree, by hand, and already upstream; over the compiled files
(bases P and C) and the whole architecture folder (X). P and C come from the dependency files of
a finished build; without one only absolute lines and X are shown."""
EPILOG = """\
Exit codes: 0, 1 with --check when a goal is missed, 4 nothing applied or no build there."""


def arguments(p: argparse.ArgumentParser) -> None:
    p.add_argument("port", metavar="PORT")
    p.add_argument("tree", metavar="TREE")
    p.add_argument("--build", metavar="DIR", help="the build's output folder (default: where "
                   "`pvkit build` puts it)")
    p.add_argument("-v", "--verbose", action="store_true", help="a row for every changed file")
    p.add_argument("--json", action="store_true", help="everything as JSON")
    p.add_argument("--svg", metavar="FILE", help="also draw the chart for the documentation")
    p.add_argument("--check", action="store_true", help="exit 1 when a goal is missed")
    p.add_argument("-n", "--dry-run", action="store_true",
                   help="say which build would be read; count nothing")


def missed(result: Row) -> list[str]:
    """Sentences, one per goal that is not reached."""
    out, goals = [], result["goals"]
    if result["in_tree"]["lines"] > goals["in_tree"]:
        out.append("in tree %d, goal %d" % (result["in_tree"]["lines"], goals["in_tree"]))
    if result["with_glue_and_shim"] > goals["with_glue_and_shim"]:
        out.append("with glue and shim %d, goal %d" % (result["with_glue_and_shim"],
                                                       goals["with_glue_and_shim"]))
    base = result["bases"].get("P")
    if base and base["lines"] and base["with_glue_and_shim_percent"] > goals["percent_of_p"]:
        out.append("%.3f %% of P, goal %.2f %%" % (base["with_glue_and_shim_percent"],
                                                   goals["percent_of_p"]))
    return out


def share(percent: float | None) -> str:
    return "-" if percent is None else "%.3f %%" % percent


def show(r: Row, verbose: bool) -> None:
    print("%s %s: the price in lines, comments and blanks stripped\n" % (r["port"], r["version"]))
    goals = r["goals"]
    print(table([
        ("in tree (changed or added)", r["in_tree"]["lines"], len(r["in_tree"]["files"]),
         "goal %d" % goals["in_tree"]),
        ("  lines that only went away", r["in_tree"]["gone"], "", "gone, not in the sum"),
        ("in tree with glue and shim", r["with_glue_and_shim"], "",
         "goal %d" % goals["with_glue_and_shim"]),
    ] + [("by hand: " + h["what"], h["lines"], h["files"], "") for h in r["by_hand"]]
      + [("already upstream, used: " + u["what"], u["lines"], u["files"], "")
         for u in r["upstream"] or []],
        ("what", "lines", "files", ""), right=(1, 2)))
    if verbose:
        print("\n" + table([(f["file"], f["lines"], f["gone"]) for f in r["in_tree"]["files"]],
                           ("changed file", "lines", "gone"), right=(1, 2)))
    names = {"P": "P  compiled core, with headers", "C": "C  everything compiled",
             "X": "X  the architecture folder"}
    print("\n" + table([(names[k], b["lines"], b["files"], share(b["in_tree_percent"]),
                         share(b["with_glue_and_shim_percent"]))
                        for k, b in r["bases"].items()],
                       ("base", "lines", "files", "in tree", "with glue and shim"),
                       right=(1, 2, 3, 4)))
    if r["table2"]:
        rows = [(t["row"], t["ours"], t["upstream"], t["paper"]) for t in r["table2"]]
        rows.append(("total", sum(t["ours"] for t in r["table2"]),
                     sum(t["upstream"] for t in r["table2"]), peers.PAPER_TOTAL))
        rows.append(("portion of the code base (P)",
                     share(r["bases"]["P"]["with_glue_and_shim_percent"]),
                     share(r["upstream_percent_of_p"]), "%.2f %%" % peers.PAPER_PERCENT))
        rows.append(("lines of that code base", r["bases"]["P"]["lines"], "",
                     "some %d" % peers.PAPER_BASE))
        print("\n" + table(rows, (peers.PAPER, "ours", "upstream used", "the paper"),
                           right=(1, 2, 3)))
    print("\n" + table([(what, lines, note, source) for what, lines, note, source in peers.PEERS],
                       ("published", "lines", "", "source"), right=(1,)))
    print("\nHow the counting differs:")
    for note in peers.NOTES:
        print("  * " + note)


def run(args: argparse.Namespace) -> int:
    port = Port(args.port)
    state = State(args.tree)
    build = args.build or os.path.join(build_root(), port.build_name(port.identify(state)))
    if args.dry_run:
        print("would count %s with the dependency files of %s" % (args.tree, build))
        return 0
    if not args.build and not os.path.isdir(build):
        warn("no build in %s: bases P and C are left out (`pvkit build %s %s`, or --build DIR)"
             % (build, args.port, args.tree))
        build = None
    if build and not args.build:
        try:
            stamp.check_tree(args.tree, build, args.port)
        except TreeError as e:
            warn("%s; bases P and C are left out" % e)
            build = None
    result = measuring.measure(port, args.tree, build)
    if args.svg:
        from . import chart
        with naming(args.svg), open(args.svg, "w", encoding="utf-8") as f:
            f.write(chart.draw(result))
    if args.json:
        print_json(result)
    else:
        show(result, args.verbose)
    failed = missed(result) if args.check else []
    if failed:
        raise KitError("goals missed: " + "; ".join(failed))
    return 0

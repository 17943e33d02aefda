# SPDX-License-Identifier: MIT
"""pvkit build"""

from __future__ import annotations

import argparse
import os
import shlex

from . import build as building
from .port import Port
from .state import State
from .tools import build_root

HELP = "build the tree with the OS's own standard build"
DESCRIPTION = """\
Configure and build TREE as PORT's port.conf says, out of the tree, and check that every option
of the port's configuration fragments survived. Prints the path of the boot image."""
EPILOG = """\
Exit codes: 0, 2 port.conf or a variant is wrong, 4 not this OS's tree, 5 a tool is missing,
6 the build failed or an option was lost."""


def arguments(p: argparse.ArgumentParser) -> None:
    p.add_argument("port", metavar="PORT")
    p.add_argument("tree", metavar="TREE")
    p.add_argument("--out", metavar="DIR", help="output folder (default: build/NAME-VERSION)")
    p.add_argument("--variant", metavar="NAME", help="use port.conf's [build:NAME]")
    p.add_argument("--fragment", metavar="FILE", action="append", default=[],
                   help="one more configuration fragment; may be repeated")
    p.add_argument("--config", metavar="FILE",
                   help="a whole configuration, a distribution's for instance, taken as wishes: "
                   "the port's musts win, and what became of the rest is said")
    p.add_argument("--configure", action="store_true", help="stop when it is configured, "
                   "and print the path of the configuration")
    p.add_argument("-n", "--dry-run", action="store_true", help="print the commands")
    p.add_argument("--clean", action="store_true", help="forget the output folder first")
    p.add_argument("-j", "--jobs", type=int, default=os.cpu_count() or 1,
                   help="parallel jobs (%(default)s)")


def default_out(port: Port, tree: str, variant: str | None) -> str:
    name = port.build_name(port.identify(State(tree)))
    return os.path.join(build_root(), name + ("-" + variant if variant else ""))


def run(args: argparse.Namespace) -> int:
    port = Port(args.port)
    out = args.out or default_out(port, args.tree, args.variant)
    port.identify(State(args.tree))
    recipe = building.Recipe(port, args.tree, out, args.variant, args.jobs, args.fragment,
                             args.config)
    if args.dry_run:
        for command in recipe.commands():
            print(" ".join(shlex.quote(w) for w in command))
        return 0
    if args.clean:
        building.remove(out)
    builder = building.Builder(recipe)
    print(builder.only_configure() if args.configure else builder.run())
    return 0

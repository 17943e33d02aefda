# SPDX-License-Identifier: MIT
"""pvkit patches"""

from __future__ import annotations

import argparse
import re

from . import patches as making
from .term import print_json, table

HELP = "a quilt series of what apply did to a tree"
DESCRIPTION = """\
Write one patch for each step of the applied port, with its description, and one for the files it
added. `quilt push -a` with that series turns the stock tree into the very same result."""
EPILOG = "Exit codes: 0, 4 nothing applied, changed since, or the folder is not empty."


def arguments(p: argparse.ArgumentParser) -> None:
    p.add_argument("tree", metavar="TREE")
    p.add_argument("--out", metavar="DIR", default="patches", help="new folder (%(default)s)")
    p.add_argument("-n", "--dry-run", action="store_true", help="list the patches, write nothing")
    p.add_argument("--json", action="store_true", help="the list as JSON")


def run(args: argparse.Namespace) -> int:
    patches = making.series(args.tree)
    rows = [{"patch": name, "files": len(re.findall(r"^\+\+\+ ", text, re.M)),
             "added": len(re.findall(r"^\+(?!\+\+ )", text, re.M)),
             "removed": len(re.findall(r"^-(?!-- )", text, re.M))} for name, text in patches]
    if not args.dry_run:
        making.write(patches, args.out)
    if args.json:
        print_json(rows)
    elif args.dry_run:
        print(table([tuple(r.values()) for r in rows], ("patch", "files", "added", "removed"),
                    right=(1, 2, 3)))
    else:
        print("%s: %d patches; in the stock tree: QUILT_PATCHES=%s quilt push -a"
              % (args.out, len(rows), args.out))
    return 0

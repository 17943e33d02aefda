# SPDX-License-Identifier: MIT
"""pvkit restore"""

from __future__ import annotations

import argparse
from .errors import TreeError
from .state import State
from .term import print_json

HELP = "give back the stock tree bit for bit"
DESCRIPTION = """\
Undo apply: content, mode and modification time of every file come back, added files go. It also
cleans up after an apply or a restore that was interrupted. Files changed by hand since apply are
named and nothing is done, unless --force discards those changes."""
EPILOG = "Exit codes: 0 given back, or nothing was applied, 4 changed since apply, or no such tree."


def arguments(p: argparse.ArgumentParser) -> None:
    p.add_argument("tree", metavar="TREE")
    p.add_argument("-n", "--dry-run", action="store_true", help="say what would come back")
    p.add_argument("--force", action="store_true", help="discard changes made since apply")
    p.add_argument("--json", action="store_true", help="the list of files as JSON")


def run(args: argparse.Namespace) -> int:
    state = State(args.tree)
    manifest = state.manifest()
    files = manifest["files"] if manifest else {}
    rows = [{"file": f, "action": "give back" if e["old"] else "remove"}
            for f, e in sorted(files.items())]
    if args.dry_run:
        if args.json:
            print_json(rows)
        else:
            for r in rows:
                print("%-9s  %s" % (r["action"], r["file"]))
        edited = state.edited(manifest) if manifest else []
        if edited:
            raise TreeError("changed since apply: %s" % ", ".join(edited))
        return 0
    state.lock()
    result = state.restore(args.force)
    if args.json:
        print_json(rows)
    elif result is None:
        print("nothing is applied to %s" % args.tree)
    else:
        print("%s is stock again: %d files given back, %d removed" % (args.tree, *result))
    return 0

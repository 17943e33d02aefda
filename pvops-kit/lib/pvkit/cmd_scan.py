# SPDX-License-Identifier: MIT
"""pvkit scan"""

from __future__ import annotations

import argparse
import collections
import os

from . import scan as scanning
from .errors import TreeError
from .port import Port
from .shapes import Hit
from .term import print_json, table

HELP = "the to-do list of a port nobody has written yet"
DESCRIPTION = """\
List every privileged and every sensitive but silent instruction of a kernel, by what a port has
to do about it, function and file, with the shim call that replaces each. WHAT is a source tree,
an object file or a linked kernel. In source it also finds what is no instruction of its own: tests
of the ring, addresses of devices, large pages, descriptors with DPL 0, stores into page tables;
and for a function with such an instruction, how often it is called."""
EPILOG = "Exit codes: 0, 4 nothing there to read, 5 not a file pvkit can read."


def arguments(p: argparse.ArgumentParser) -> None:
    p.add_argument("what", metavar="WHAT")
    p.add_argument("--under", metavar="FOLDER", action="append",
                   help="of a tree, only this folder (the architecture's, usually); repeatable")
    p.add_argument("--port", metavar="PORT",
                   help="a port whose port.conf says ([scan]) under which folders to look and "
                   "which helpers store into page tables")
    p.add_argument("--all-arch", action="store_true",
                   help="also folders of other architectures than x86, whose mnemonics differ")
    p.add_argument("-v", "--verbose", action="store_true", help="every place, not only counts")
    p.add_argument("--json", action="store_true", help="everything as JSON")
    p.add_argument("-n", "--dry-run", action="store_true", help="say what would be read")


def file_of(hit: Hit) -> str:
    source: str = hit["source"]
    return source.rsplit(":", 1)[0] if source != "-" else str(hit.get("section", "-"))


def place_of(hit: Hit) -> str:
    """FUNCTION (FILE, N calls), as much of it as is known."""
    file = os.path.basename(file_of(hit))
    symbol: str = hit["symbol"]
    about = [file] if file != "-" else []
    if hit.get("calls"):
        about.append("%d call%s" % (hit["calls"], "" if hit["calls"] == 1 else "s"))
    return symbol + (" (%s)" % ", ".join(about) if about else "")


def show_part(part: str, hits: list[Hit], verbose: bool) -> None:
    print("%s  (%d)" % (scanning.TASKS.get(part, part), len(hits)))
    by_name = collections.Counter(h["mnemonic"] for h in hits)
    rows = []
    for name, count in sorted(by_name.items(), key=lambda i: (-i[1], i[0])):
        mine = [h for h in hits if h["mnemonic"] == name]
        places = collections.Counter(place_of(h) for h in mine)
        shown = [s for s, _ in places.most_common(None if verbose else 2)]
        more = len(places) - len(shown)
        text = ", ".join(shown) + (", and %d more" % more if more > 0 else "")
        if verbose:
            rows.append((name, count, "", scanning.remedy(name)))
            rows += [("", n, "  " + p, "") for p, n in sorted(places.items())]
        else:
            rows.append((name, count, text, scanning.remedy(name)))
    print(table([("  " + str(r[0]), *r[1:]) for r in rows], right=(1,)))
    print()


def run(args: argparse.Namespace) -> int:
    if not os.path.exists(args.what):
        raise TreeError("%s does not exist; name a tree, an object or a kernel" % args.what)
    if args.dry_run:
        print("would read %s%s" % (args.what, " below " + ", ".join(args.under)
                                   if args.under else ""))
        return 0
    stores, under = [], args.under or []
    if args.port:
        port = Port(args.port)
        stores = port.words("scan", "stores")
        under = under or [f for f in port.words("scan", "under")
                          if os.path.isdir(os.path.join(args.what, f))]
    for folder in under:
        if not os.path.isdir(os.path.join(args.what, folder)):
            raise TreeError("%s has no folder %s" % (args.what, folder))
    hits, summary = scanning.scan(args.what, under, stores, args.all_arch)
    unread = [h for h in hits if h["class"] == "unread"]
    hits = [h for h in hits if h["class"] != "unread"]
    for h in hits:
        h["remedy"] = scanning.remedy(h["mnemonic"])
    if os.path.isdir(args.what) and summary.startswith("0 files"):
        raise TreeError("%s: %s; name the folder that holds a kernel's source"
                        % (args.what, summary))
    if args.json:
        print_json({"what": args.what, "summary": summary, "hits": hits})
        return 0
    wanted = [h for h in hits if h["class"] != "info"]
    parts = collections.Counter(h["part"] for h in wanted)
    for part in scanning.TASKS:
        if parts[part]:
            show_part(part, [h for h in wanted if h["part"] == part], args.verbose)
    for u in unread:
        print("not read: %s in %s, %s" % (u["symbol"], u["section"], u["text"]))
    others = sum(h["class"] == "pattern" for h in wanted)
    print("%s; %d instructions a port must deal with%s." % (
        summary, len(wanted) - others, ", and %d other places" % others if others else ""))
    print(scanning.REMINDER)
    return 0

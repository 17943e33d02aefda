# SPDX-License-Identifier: MIT
"""pvkit verify"""

import collections
import os
import re

from . import verify as verifying
from .errors import KitError, TreeError
from .port import Port
from .state import State
from .term import print_json, table
from .tools import build_root

HELP = "prove that no privileged or silently failing instruction is left"
DESCRIPTION = """\
Disassemble the executable sections of the built kernel, list every privileged and every
sensitive but silent instruction with symbol and source line, bytes that are no instruction
included, and hold them against the port's reasoned verify.whitelist."""
EPILOG = """\
Exit codes: 0 all explained, 1 something is not, or an entry explains nothing, 4 no kernel there."""


def arguments(p):
    p.add_argument("port", metavar="PORT")
    p.add_argument("tree", metavar="TREE")
    p.add_argument("--build", metavar="DIR", help="the build's output folder (default: where "
                   "`pvkit build` puts it)")
    p.add_argument("--image", metavar="FILE", help="look at this ELF file instead")
    p.add_argument("--whitelist", metavar="FILE", help="instead of the port's own")
    p.add_argument("-a", "--all", action="store_true",
                   help="also list what is explained, and cpuid")
    p.add_argument("--suggest", action="store_true",
                   help="print whitelist lines for what is not explained; reasons are yours")
    p.add_argument("--json", action="store_true", help="everything as JSON")
    p.add_argument("-n", "--dry-run", action="store_true", help="say which file would be read")


def place(hit):
    at = hit["symbol"] + ("+" + hit["offset"] if hit["offset"] != "0x0" else "")
    return at if hit["source"] == "-" else "%s  %s" % (at, short(hit["source"]))


def short(source):
    """The last components of a source path: enough to find it, short enough to read."""
    parts = source.split("/")
    return "/".join(parts[-4:])


def show(hits, left, stale, summary, everything):
    rows = [(h["text"], h["part"], h["address"], place(h), h["reason"] or
             ("information" if h["class"] == "info" else "NOT EXPLAINED"))
            for h in hits if everything or h in left]
    if rows:
        print(table(rows, ("instruction", "concerns", "address", "where", "why it may stay")))
        print()
    counts = collections.Counter((h["class"], h["reason"] is not None) for h in hits)
    print(table([(c, counts[c, True] + counts[c, False], counts[c, True])
                 for c in ("privileged", "sensitive", "undecodable", "info")],
                ("class", "found", "explained"), right=(1, 2)))
    print(summary)
    silent = sum(h["mnemonic"] in verifying.STATIC_ONLY for h in hits)
    print("%d of these never fault; for them this reading is the only proof." % silent)
    for s in stale:
        print(s)


def suggest(left):
    """Whitelist lines without reasons, which the reader refuses: somebody has to think first."""
    counts = collections.Counter((h["mnemonic"], h["symbol"]) for h in left)
    for (mnemonic, symbol), n in sorted(counts.items()):
        print("%s %s %d #" % (mnemonic, re.escape(symbol), n))


def run(args):
    port = Port(args.port)
    image = args.image
    if not image:
        build = args.build or os.path.join(build_root(),
                                           port.build_name(port.identify(State(args.tree))))
        image = os.path.join(build, port.get("build", "product", "vmlinux"))
    whitelist = args.whitelist or port.file("verify.whitelist")
    if args.dry_run:
        print("would read %s and hold it against %s" % (image, whitelist or "an empty whitelist"))
        return 0
    if not os.path.exists(image):
        raise TreeError("no kernel in %s; `pvkit build %s %s`, or name it with --image"
                        % (image, args.port, args.tree))
    entries = verifying.read_whitelist(whitelist) if whitelist else []
    hits, summary = verifying.disassemble(image)
    left, stale = verifying.judge(hits, entries)
    if args.json:
        print_json({"image": image, "summary": summary, "hits": hits, "unexplained": len(left),
                    "stale": stale})
    elif args.suggest:
        suggest(left)
    else:
        show(hits, left, stale, summary, args.all)
    if left or stale:
        raise KitError("%s: %d instruction(s) not explained, %d whitelist line(s) that do not fit"
                       % (image, len(left), len(stale)))
    return 0

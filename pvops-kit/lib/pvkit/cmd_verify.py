# SPDX-License-Identifier: MIT
"""pvkit verify"""

from __future__ import annotations

import argparse
import collections
import concurrent.futures
import os
import re
from typing import Any

from . import cmd_boot, emulated
from . import boot as booting
from . import stamp
from . import verify as verifying
from .build import BOOT_IMAGE
from .config import stock_reader
from .errors import KitError, TreeError, UsageError
from .port import Port
from .shapes import Hit, Row
from .state import State
from .term import print_json, table
from .tools import build_root

HELP = "prove that no privileged or silently failing instruction is left"
DESCRIPTION = """\
Disassemble the executable sections of the built kernel and its modules, list every privileged and
every sensitive but silent instruction with symbol and source line, bytes that are no instruction
and branches into the middle of one included, and hold them against the port's reasoned
verify.whitelist.

With --run: boot the kernel on a hypervisor that counts what it emulates, and hold the counts
against the whitelist's section [run]. A function that is not named there must not have anything
emulated. The machine's options are those of `pvkit boot`."""
EPILOG = """\
Exit codes: 0 all explained, 1 something is not, or an entry explains nothing, 4 no kernel there,
5 with --run: the hypervisor does not count; 7 to 10 as `pvkit boot`."""

NAMED = 20        # modules that are named one by one; of more there is a sum


def arguments(p: argparse.ArgumentParser) -> None:
    p.add_argument("port", metavar="PORT")
    p.add_argument("tree", metavar="TREE")
    p.add_argument("--build", metavar="DIR", help="the build's output folder (default: where "
                   "`pvkit build` puts it)")
    p.add_argument("--image", metavar="FILE", help="look at this ELF file alone")
    p.add_argument("--whitelist", metavar="FILE", help="instead of the port's own")
    p.add_argument("-a", "--all", action="store_true",
                   help="also list what is explained, and cpuid; with --run every place")
    p.add_argument("--suggest", action="store_true",
                   help="print whitelist lines for what is not explained; reasons are yours")
    p.add_argument("--json", action="store_true", help="everything as JSON")
    p.add_argument("-n", "--dry-run", action="store_true", help="say which file would be read")
    run_options = p.add_argument_group("the running kernel")
    run_options.add_argument("--run", dest="running", action="store_true",
                             help="boot it and count what is emulated")
    run_options.add_argument("--console", metavar="FILE",
                             help="with --run: judge this console log instead of booting")
    cmd_boot.machine_arguments(run_options)
    p.set_defaults(cpu="max")        # for the sake of UMIP


def place(hit: Hit) -> str:
    at: str = hit["symbol"] + ("+" + hit["offset"] if hit["offset"] != "0x0" else "")
    at += " of " + hit["file"] if hit["file"].endswith(".ko") else ""
    return at if hit["source"] == "-" else "%s  %s" % (at, hit["source"])


def shorten_sources(hits: list[Hit], tree: str) -> None:
    """Paths as one writes them inside of the tree; else their last components, which is enough to
    find a file and short enough to read."""
    root = os.path.realpath(tree) + "/"
    for hit in hits:
        source = hit["source"]
        hit["source"] = source[len(root):] if source.startswith(root) else \
            "/".join(source.split("/")[-4:])


# ---- the kernel's code

def show(hits: list[Hit], left: list[Hit], stale: list[str], summaries: list[tuple[str, str]],
         unread: list[Hit], everything: bool) -> None:
    rows = [(h["text"], h["part"], h["address"], place(h), h["reason"] or
             ("information" if h["class"] == "info" else "NOT EXPLAINED"))
            for h in (hits if everything else left)]
    if rows:
        print(table(rows, ("instruction", "concerns", "address", "where", "why it may stay")))
        print()
    counts = collections.Counter((h["class"], h["reason"] is not None) for h in hits)
    print(table([(c, counts[c, True] + counts[c, False], counts[c, True])
                 for c in ("privileged", "sensitive", "undecodable", "info")],
                ("class", "found", "explained"), right=(1, 2)))
    for line in read_lines(summaries):
        print(line)
    for u in unread:
        print("%s: not read: %s in %s, %s" % (u["file"], u["symbol"], u["section"], u["text"]))
    silent = collections.Counter(h["mnemonic"] for h in hits
                                 if h["mnemonic"] in verifying.STATIC_ONLY + verifying.UMIP_ONLY)
    print("%d of these never fault (%s); for them this reading is the only proof." % (
        sum(silent.values()), ", ".join("%s %d" % i for i in sorted(silent.items())) or "none"))
    for s in stale:
        print(s)


def read_lines(summaries: list[tuple[str, str]]) -> list[str]:
    """What was read, as lines: a distribution's thousands of modules are one."""
    few = [(n, s) for n, s in summaries if not n.endswith(".ko")]
    modules = [(n, s) for n, s in summaries if n.endswith(".ko")]
    if len(modules) <= NAMED:
        few, modules = few + modules, []
    lines = ["%s: %s" % pair for pair in few]
    if modules:
        lines.append("%d modules: %d instructions in %d bytes" % (
            len(modules), *(sum(int(m.group(1)) for _, s in modules
                                for m in [re.search(r"(\d+) " + what, s)] if m)
                            for what in ("instructions", "bytes of"))))
    return lines


def suggest(left: list[Hit]) -> None:
    """Whitelist lines without reasons, which the reader refuses: somebody has to think first."""
    counts: collections.Counter[tuple[str, str]] = collections.Counter()
    for h in left:
        counts[h["mnemonic"], h["symbol"]] += h.get("count", 1)
    for (mnemonic, symbol), n in sorted(counts.items()):
        print("%s %s %d #" % (mnemonic, re.escape(symbol), n))


def accepted(args: argparse.Namespace, whitelist: str | None,
             section: str = "") -> list[verifying.Entry]:
    """The lines of a whitelist that are for this tree."""
    if not whitelist:
        return []
    return verifying.read_whitelist(whitelist, section, stock_reader(State(args.tree)))


def verify_code(args: argparse.Namespace, image: str,
                whitelist: str | None) -> tuple[str, list[Hit], list[str]]:
    entries = accepted(args, whitelist)
    hits, summaries, folder = [], [], os.path.dirname(image)
    paths = [image] + ([] if args.image else verifying.modules(image))
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as readers:
        for path, (found, summary) in zip(paths, readers.map(verifying.disassemble, paths)):
            name = os.path.relpath(path, folder or ".")
            hits += [dict(h, file=name) for h in found]
            summaries.append((name, summary))
    unread = [h for h in hits if h["class"] == "unread"]
    hits = [h for h in hits if h["class"] != "unread"]
    shorten_sources(hits, args.tree)
    left, stale = verifying.judge(hits, entries)
    if args.json:
        print_json({"image": image, "read": [{"file": n, "summary": s} for n, s in summaries],
                    "not_read": [{"file": u["file"], "symbol": u["symbol"], "section": u["section"],
                                  "what": u["text"]} for u in unread],
                    "hits": hits, "unexplained": len(left), "stale": stale})
    elif args.suggest:
        suggest(left)
    else:
        show(hits, left, stale, summaries, unread, args.all)
    return "%s: %d instruction(s) not explained" % (image, len(left)), left, stale


# ---- the running kernel

def show_run(hits: list[Hit], stale: list[str], total: Row, everything: bool) -> None:
    rows: list[tuple[Any, ...]] = []
    for mnemonic, symbol, mine in emulated.by_symbol(hits):
        reasons = {h["reason"] or "NOT EXPLAINED" for h in mine}
        where = mine[0]["source"] + (", ..." if len(mine) > 1 else "")
        rows.append((mnemonic, sum(h["count"] for h in mine), len(mine), symbol, where,
                     "; ".join(sorted(reasons))))
        if everything and len(mine) > 1:
            rows += [("", h["count"], "", "  +" + h["offset"], h["source"], "")
                     for h in mine]
    if rows:
        print(table(rows, ("instruction", "times", "places", "function", "source",
                           "why it may be"), right=(1, 2)))
        print()
    print("%d instructions of the kernel emulated at %d places, %d of them refused; %d of its "
          "programs." % (sum(h["count"] for h in hits), len(hits), total["refused"],
                         total["programs"]))
    silent = verifying.STATIC_ONLY + (() if total["umip"] else verifying.UMIP_ONLY)
    print("Not to be seen in a run, since they do not trap: %s. `pvkit verify` reads for them%s."
          % (", ".join(silent), "" if total["umip"] else " (the processor had no UMIP)"))
    for s in stale:
        print(s)


def verify_run(args: argparse.Namespace, port: Port, image: str,
               whitelist: str | None) -> tuple[str, list[Hit], list[str]]:
    entries = accepted(args, whitelist, "run")
    if args.console:
        if not os.path.isfile(args.console):
            raise UsageError("%s does not exist; name a console log" % args.console)
        text = booting.read_log(args.console)
    else:
        boot = counting_boot(args, port, image)
        if not args.image:
            stamp.check(args.tree, os.path.dirname(image), args.port, boot.machine.kernel)
        status = boot.run(quiet=True)
        if status:
            raise KitError("the guest reported status %d; what it was to do is not done, so its "
                           "counts say nothing (console log: %s)" % (status, boot.log))
        text = boot.text
    hits, total = emulated.read_console(text)
    emulated.locate(hits, image)
    shorten_sources(hits, args.tree)
    hits.sort(key=lambda h: (-h["count"], h["address"]))
    left, stale = verifying.judge(hits, entries, "emulation(s)")
    if args.json:
        print_json({"image": image, "total": total, "hits": hits, "unexplained": len(left),
                    "stale": stale})
    elif args.suggest:
        suggest(left)
    else:
        show_run(hits, stale, total, args.all)
    return "%s: %d place(s) whose emulation is not explained" % (image, len(left)), left, stale


def counting_boot(args: argparse.Namespace, port: Port, image: str) -> cmd_boot.Boot:
    """The stripped image beside a build's product is what boots; its addresses are the same."""
    stripped = os.path.join(os.path.dirname(image), BOOT_IMAGE)
    if args.image or not os.path.exists(stripped):
        stripped = image
    return cmd_boot.Boot(args, cmd_boot.machine(
        args, port, stripped, cmd_boot.hypervisor_words(args) + " emulated"))


def run(args: argparse.Namespace) -> int:
    port = Port(args.port)
    image = args.image
    if args.console and not args.running:
        raise UsageError("--console is a log for --run to judge; add --run")
    if not image:
        build = args.build or os.path.join(build_root(),
                                           port.build_name(port.identify(State(args.tree))))
        image = os.path.join(build, port.get("build", "product", "vmlinux"))
    whitelist = args.whitelist or port.file("verify.whitelist")
    if args.dry_run:
        if args.running and not args.console:
            print(counting_boot(args, port, image).commands())
        print("would read %s and hold it against %s"
              % (args.console or image, whitelist or "an empty whitelist"))
        return 0
    if not os.path.exists(image):
        raise TreeError("no kernel in %s; `pvkit build %s %s`, or name it with --image"
                        % (image, args.port, args.tree))
    if not args.image:
        stamp.check(args.tree, build, args.port, image, *verifying.modules(image))
    if args.running:
        sentence, left, stale = verify_run(args, port, image, whitelist)
    else:
        sentence, left, stale = verify_code(args, image, whitelist)
    if left or stale:
        raise KitError("%s, %d whitelist line(s) that do not fit" % (sentence, len(stale)))
    return 0

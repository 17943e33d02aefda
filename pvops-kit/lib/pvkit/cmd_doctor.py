# SPDX-License-Identifier: MIT
"""pvkit doctor"""

from __future__ import annotations

import argparse
import concurrent.futures
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence

from .apply import Run
from .errors import KitError, TreeError, UsageError
from .port import Port
from .shapes import Row
from .state import State
from .term import Progress, print_json, table

HELP = "is everything here that the kit needs; how well does a tree parse"
DESCRIPTION = """\
Look for the programs, libraries and headers the kit uses and say which Debian package brings
what is missing. With a TREE (or a folder of one), show how much of each C file Coccinelle can
parse; with a PORT before it (or --port), what else that port's build wants, and how much of the
files that its rules name, with its macro files."""
EPILOG = "Exit codes: 0 all there, 1 something is missing."

PROGRAMS = (   # program, package, what for, can the kit do without it
    ("spatch", "coccinelle", "apply", False),
    ("diff", "diffutils", "apply, measure", False),
    ("gcc", "gcc", "build", False),
    ("make", "make", "build", False),
    ("objcopy", "binutils", "build", False),
    ("flex", "flex", "build of Linux", False),
    ("bison", "bison", "build of Linux", False),
    ("bc", "bc", "build of Linux", False),
    ("qemu-system-i386", "qemu-system-x86", "boot", False),
    ("bochs", "bochs", "boot --emulator bochs", True),
    ("grub-mkrescue", "grub-common", "boot --emulator bochs", True),
    ("xorriso", "xorriso", "boot --emulator bochs", True),
    ("mformat", "mtools", "boot --emulator bochs", True),
    ("gdb", "gdb", "boot --gdb", True),
    ("quilt", "quilt", "patches, to try a series", True),
    ("git", "git", "apply, to see uncommitted changes", True),
)
HEADERS = (
    ("capstone/capstone.h", "libcapstone-dev", "verify"),
    ("gelf.h", "libelf-dev", "verify"),
    ("elfutils/libdwfl.h", "libdw-dev", "verify"),
    ("xen/xen.h", "libxen-dev", "shim"),
)


def arguments(p: argparse.ArgumentParser) -> None:
    p.add_argument("words", metavar="PORT TREE", nargs="*", help="a tree, or a port and a tree")
    p.add_argument("--port", metavar="PORT", help="whose rules and macro files to parse with")
    p.add_argument("--json", action="store_true")
    p.add_argument("-n", "--dry-run", action="store_true", help="say what would be looked at")


def compiles(source: str, flags: Sequence[str] = ()) -> bool:
    p = subprocess.run(["gcc", "-x", "c", "-", "-o", os.devnull, *flags], input=source.encode(),
                       capture_output=True, check=False)
    return p.returncode == 0


def of_port(port: Port) -> list[Row]:
    """What port.conf's [doctor] needs: lines "program package" or "header.h package"."""
    rows = []
    for line in port.lines("doctor", "needs"):
        try:
            thing, package = line.split()
        except ValueError:
            raise UsageError("%s: [doctor] needs: %r is not a program or header and its package"
                             % (port.conf_path, line)) from None
        there = compiles("#include <%s>\n" % thing, ["-fsyntax-only"]) if thing.endswith(".h") \
            else shutil.which(thing) is not None
        rows.append({"thing": thing, "package": package, "use": "build of " + port.name,
                     "state": "ok" if there else "missing"})
    return rows


def health() -> list[Row]:
    """Rows {thing, package, use, state}; state is ok, missing or optional."""
    rows = []
    for program, package, use, optional in PROGRAMS:
        there = shutil.which(program) is not None
        rows.append({"thing": program, "package": package, "use": use,
                     "state": "ok" if there else "optional" if optional else "missing"})
    if shutil.which("gcc"):
        for header, package, use in HEADERS:
            ok = compiles("#include <stdint.h>\n#include <%s>\n" % header, ["-fsyntax-only"])
            rows.append({"thing": header, "package": package, "use": use,
                         "state": "ok" if ok else "missing"})
        ok = compiles("#include <stdio.h>\nint main(void) { return !stdout; }\n", ["-m32"])
        rows.append({"thing": "gcc -m32", "package": "gcc-multilib", "use": "build",
                     "state": "ok" if ok else "missing"})
    return rows


def parse_rate(spatch: str, macros: list[str], tree: str, name: str) -> float | None:
    """Percent of the tokens of one file that Coccinelle parsed, and where it first gave up."""
    p = subprocess.run([spatch, *macros, "--parse-c", name], capture_output=True, cwd=tree,
                       stdin=subprocess.DEVNULL, check=False)
    text = (p.stdout + p.stderr).decode("utf-8", "replace")
    rate = re.search(r"nb good = \d+,\s+nb bad = \d+ =+> ([\d.]+)%", text)
    return float(rate.group(1)) if rate else None


def named_by_rules(port: Port, tree: str) -> dict[str, str]:
    """{file: where its stock content is} of all files the port's rules name."""
    state = State(tree)
    with tempfile.TemporaryDirectory() as stage:
        run = Run(port, state, stage)
        names = {f for s in port.steps if s.kind == "cocci" for f in run.expand(s.globs())}
        return {n: os.path.relpath(state.original(n, run.manifest) or n, state.tree) for n in names}


def all_sources(tree: str) -> dict[str, str]:
    """The same for every .c file below a folder."""
    out = {}
    for base, dirs, files in os.walk(tree):
        dirs[:] = [d for d in dirs if d not in (".pvkit", ".git", ".pc")]
        for name in files:
            if name.endswith(".c"):
                path = os.path.relpath(os.path.join(base, name), tree)
                out[path] = path
    return out


def parse_rates(port: Port | None, tree: str) -> list[Row]:
    """[{file, percent}], worst first. `port` is None for every C file of the folder."""
    found = shutil.which("spatch")
    if not found:
        raise KitError("spatch is missing; apt-get install coccinelle")
    spatch = found
    if not os.path.isdir(tree):
        raise TreeError("%s is not a folder; name a kernel tree or a part of one" % tree)
    macros: list[str] = []
    for option, name in (("--macro-file", "macros.h"), ("--macro-file-builtins", "builtins.h")):
        path = port.file(name) if port else None
        if path:
            macros += [option, path]
    where = named_by_rules(port, tree) if port else all_sources(tree)
    names = sorted(where)
    progress, rows = Progress(len(names)), []
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for name, rate in zip(names, pool.map(
                lambda n: parse_rate(spatch, macros, os.path.abspath(tree), where[n]), names)):
            progress.step(name)
            rows.append({"file": name, "percent": rate})
    progress.close()
    return sorted(rows, key=lambda r: (r["percent"] if r["percent"] is not None else -1, r["file"]))


def show_rates(rates: list[Row]) -> None:
    """All that do not parse in full, and how many do."""
    bad = [r for r in rates if r["percent"] != 100.0]
    if bad:
        print("\n" + table([(r["file"], "?" if r["percent"] is None else "%.2f %%" % r["percent"])
                            for r in bad], ("file", "parsed"), right=(1,)))
    print("\n%d of %d files parse in full" % (len(rates) - len(bad), len(rates)))


def run(args: argparse.Namespace) -> int:
    if args.dry_run:
        print("would look for %d programs, %d headers and gcc -m32" % (len(PROGRAMS), len(HEADERS)))
        return 0
    words = ([args.port] if args.port else []) + args.words
    if len(words) > 2 or (args.port and len(words) != 2):
        raise UsageError("the port says whose rules to parse a tree with, so name the tree as "
                         "well; `pvkit doctor PORT TREE`")
    port = Port(words[0]) if len(words) == 2 else None
    rows = health() + (of_port(port) if port else [])
    rates = parse_rates(port, words[-1]) if words else []
    if args.json:
        print_json({"needs": rows, "parse": rates})
    else:
        print(table([(r["thing"], r["state"], r["use"], "" if r["state"] == "ok" else
                      "apt-get install " + r["package"]) for r in rows],
                    ("needed", "state", "for", "remedy")))
        if words:
            show_rates(rates)
    missing = sorted({r["package"] for r in rows if r["state"] == "missing"})
    if missing:
        raise KitError("missing: apt-get install " + " ".join(missing))
    return 0

# SPDX-License-Identifier: MIT
"""pvkit doctor"""

import concurrent.futures
import os
import re
import shutil
import subprocess
import tempfile

from .apply import Run
from .errors import KitError
from .port import Port
from .state import State
from .term import Progress, print_json, table

HELP = "is everything here that the kit needs; how well does a tree parse"
DESCRIPTION = """\
Look for the programs, libraries and headers the kit uses and say which Debian package brings
what is missing. With a TREE and --port, show how much of each file the port's rules name
Coccinelle can parse with the port's macro files."""
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


def arguments(p):
    p.add_argument("tree", metavar="TREE", nargs="?")
    p.add_argument("--port", metavar="PORT", help="whose rules and macro files to parse with")
    p.add_argument("--json", action="store_true")
    p.add_argument("-n", "--dry-run", action="store_true", help="say what would be looked at")


def compiles(source, flags=()):
    p = subprocess.run(["gcc", "-x", "c", "-", "-o", os.devnull, *flags], input=source.encode(),
                       capture_output=True, check=False)
    return p.returncode == 0


def health():
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


def parse_rate(spatch, macros, tree, name):
    """Percent of the tokens of one file that Coccinelle parsed, and where it first gave up."""
    p = subprocess.run([spatch, *macros, "--parse-c", name], capture_output=True, cwd=tree,
                       stdin=subprocess.DEVNULL, check=False)
    text = (p.stdout + p.stderr).decode("utf-8", "replace")
    rate = re.search(r"nb good = \d+,\s+nb bad = \d+ =+> ([\d.]+)%", text)
    return float(rate.group(1)) if rate else None


def parse_rates(port, tree):
    """[{file, percent}] of all files the port's rules name, worst first."""
    spatch = shutil.which("spatch")
    if not spatch:
        raise KitError("spatch is missing; apt-get install coccinelle")
    state = State(tree)
    macros = []
    for option, name in (("--macro-file", "macros.h"), ("--macro-file-builtins", "builtins.h")):
        if port.file(name):
            macros += [option, port.file(name)]
    with tempfile.TemporaryDirectory() as stage:
        run = Run(port, state, stage)
        names = sorted({f for s in port.steps if s.kind == "cocci" for f in run.expand(s.globs())})
    progress, rows = Progress(len(names)), []
    where = {n: os.path.relpath(state.original(n, run.manifest), state.tree) for n in names}
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for name, rate in zip(names, pool.map(
                lambda n: parse_rate(spatch, macros, state.tree, where[n]), names)):
            progress.step(name)
            rows.append({"file": name, "percent": rate})
    progress.close()
    return sorted(rows, key=lambda r: (r["percent"] if r["percent"] is not None else -1, r["file"]))


def run(args):
    if args.dry_run:
        print("would look for %d programs, %d headers and gcc -m32" % (len(PROGRAMS), len(HEADERS)))
        return 0
    rows = health()
    rates = parse_rates(Port(args.port), args.tree) if args.tree and args.port else []
    if args.json:
        print_json({"needs": rows, "parse": rates})
    else:
        print(table([(r["thing"], r["state"], r["use"], "" if r["state"] == "ok" else
                      "apt-get install " + r["package"]) for r in rows],
                    ("needed", "state", "for", "remedy")))
        if rates:
            print("\n" + table([(r["file"], "?" if r["percent"] is None else "%.2f %%"
                                 % r["percent"]) for r in rates], ("file", "parsed"), right=(1,)))
    missing = sorted({r["package"] for r in rows if r["state"] == "missing"})
    if missing:
        raise KitError("missing: apt-get install " + " ".join(missing))
    return 0

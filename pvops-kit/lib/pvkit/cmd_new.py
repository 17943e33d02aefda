# SPDX-License-Identifier: MIT
"""pvkit new"""

from __future__ import annotations

import argparse
import os
import re
import shutil

from .errors import TreeError, UsageError
from .port import KIT, Port
from .term import warn

HELP = "begin a port: a folder that passes its own checks at once"
DESCRIPTION = """\
Write the folder NAME-port: port.conf, a first rule and a first edit with what they are about,
glue that shows the shim's interface, a macro file, an empty whitelist and a README with the steps
in order. It applies from the start; every step makes it do more."""
EPILOG = "Exit codes: 0, 2 not a name, 4 the folder exists or the tree does not."


def arguments(p: argparse.ArgumentParser) -> None:
    p.add_argument("name", metavar="NAME-port", help="the folder; its last part names the port")
    p.add_argument("--os", metavar="NAME", help="what the OS is called (default: from NAME)")
    p.add_argument("--tree", metavar="TREE", help="a tree of it: port.conf will recognise it")
    p.add_argument("-n", "--dry-run", action="store_true", help="list the files, write nothing")


def identify_line(tree: str | None) -> str:
    """A first `identify` line: a file at the root that any tree of this OS has."""
    if tree is None:
        return "Makefile: ."
    if not os.path.isdir(tree):
        raise TreeError("%s is not a folder" % tree)
    for name in ("Makefile", "GNUmakefile", "CMakeLists.txt", "meson.build", "README", "README.md"):
        if os.path.isfile(os.path.join(tree, name)):
            return name + ": ."
    files = sorted(f for f in os.listdir(tree) if os.path.isfile(os.path.join(tree, f)))
    if not files:
        raise TreeError("%s has no file at its root to know it by; write `identify` yourself, "
                        "without --tree" % tree)
    return files[0] + ": ."


def run(args: argparse.Namespace) -> int:
    folder = args.name.rstrip("/")
    name = re.sub(r"-port$", "", os.path.basename(folder))
    if not re.fullmatch(r"[A-Za-z][\w.-]*", name):
        raise UsageError("'%s' is not a port's name; letters, digits, dots and dashes" % name)
    if os.path.lexists(folder):
        raise TreeError("%s exists; name another folder" % folder)
    values = {"@NAME@": name, "@OS@": args.os or name, "@IDENTIFY@": identify_line(args.tree)}
    template = os.path.join(KIT, "template")
    files = sorted(os.path.relpath(os.path.join(base, f), template)
                   for base, _, names in os.walk(template) for f in names)
    if args.dry_run:
        for f in files:
            print(os.path.join(folder, f))
        return 0
    for f in files:
        with open(os.path.join(template, f), encoding="utf-8") as source:
            text = source.read()
        for key, value in values.items():
            text = text.replace(key, value)
        path = os.path.join(folder, f)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)
    try:
        Port(folder)
    except UsageError as e:
        shutil.rmtree(folder)
        raise UsageError("the template is broken, please report it: %s" % e) from None
    print("%s: begin with its README.md" % folder)
    if args.tree is None:
        warn("`identify` in %s/port.conf fits any tree with a Makefile; make it fit yours" % folder)
    return 0

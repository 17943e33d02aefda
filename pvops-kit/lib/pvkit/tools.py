# SPDX-License-Identifier: MIT
"""The kit's two C programs and where output goes."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Collection

from .errors import ToolError
from .port import KIT

TOP = os.path.dirname(KIT)


def build_root() -> str:
    """Where builds go: $PVKIT_BUILD, else build/ beside the kit when it lies in its source tree,
    else build/ in the current folder."""
    if os.environ.get("PVKIT_BUILD"):
        return os.path.abspath(os.environ["PVKIT_BUILD"])
    in_source = os.path.exists(os.path.join(KIT, "tools", "strip.c"))
    return os.path.join(TOP if in_source else os.getcwd(), "build")


def tool(name: str) -> str:
    """Path of one of the kit's programs; in a source tree it is built when it is missing or
    older than its source (make is quiet when there is nothing to do)."""
    installed = os.path.join(KIT, "libexec", name)
    if os.path.exists(installed):
        return installed
    path = os.path.join(TOP, "build", "pvops-kit", name)
    if os.path.exists(os.path.join(KIT, "Makefile")):
        p = subprocess.run(["make", "-s", "-C", KIT, path], capture_output=True, check=False)
        if p.returncode:
            raise ToolError("cannot build %s: %s" % (name, p.stderr.decode("utf-8", "replace")))
    if not os.path.exists(path):
        raise ToolError("%s is not installed; run `make -C pvops-kit`" % name)
    return path


def need(program: str, package: str) -> str:
    """Path of a program of the system, or a ToolError that names the Debian package."""
    path = shutil.which(program)
    if not path:
        raise ToolError("%s is not on the PATH; apt-get install %s" % (program, package))
    return path


def count_lines(paths: Collection[str]) -> dict[str, int]:
    """{path: lines without comments and blanks} by the kit's lexer."""
    if not paths:
        return {}
    p = subprocess.run([tool("linecount"), "-f"], input="\n".join(paths), capture_output=True,
                       check=False, encoding="utf-8", errors="surrogateescape")
    if p.returncode:
        raise ToolError("linecount: %s" % p.stderr.strip())
    out = {}
    for line in p.stdout.splitlines():
        lines, path = line.split(" ", 1)
        out[path] = int(lines)
    return out


def stripped_diff(old: str | None, new: str, name: str) -> tuple[int, int]:
    """(lines added or changed, lines deleted or changed) between two files after stripping.
    `name` decides how comments look, as pristine copies keep their names anyway."""
    lexer = tool("linecount")
    with tempfile.TemporaryDirectory(prefix="pvkit-") as tmp:
        sides = []
        for side, path in (("old", old), ("new", new)):
            to = os.path.join(tmp, side)
            with open(to, "wb") as f:
                if path is not None:
                    p = subprocess.run([lexer, "-s", path], stdout=f, check=False)
                    if p.returncode:
                        raise ToolError("linecount cannot read %s (%s)" % (path, name))
            sides.append(to)
        p = subprocess.run(["diff", "-U0"] + sides, capture_output=True, check=False)
    added = removed = 0
    for line in p.stdout.splitlines()[2:]:
        added += line.startswith(b"+")
        removed += line.startswith(b"-")
    return added, removed

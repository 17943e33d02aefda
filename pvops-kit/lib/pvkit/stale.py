# SPDX-License-Identifier: MIT
"""Objects that make would wrongly believe to be current.

restore gives files their old times back. An object built from the ported file is newer than that,
and make keeps it; a tree that is restored, or ported anew with other rules, would be linked from
both. So a build folder remembers what every ported file contained when it was built, and objects
that depend on one that has changed since are removed before make looks.
"""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Iterable

from .errors import naming
from .shapes import Manifest

STAMP = ".pvkit-tree"


def ported(manifest: Manifest | None) -> dict[str, str]:
    """{file: hash} of all files a port changed or added; empty for a stock tree."""
    if not manifest:
        return {}
    return {name: entry["new"]["sha256"] for name, entry in manifest["files"].items()}


def changed(before: dict[str, str], now: dict[str, str]) -> list[str]:
    """Files whose content differs between two such maps, gone and new ones included."""
    return sorted(n for n in set(before) | set(now) if before.get(n) != now.get(n))


def object_of(name: str) -> str | None:
    """The object a dependency file stands for: kbuild's .NAME.cmd, FreeBSD's .depend.NAME, the
    NAME.d that `-MMD` leaves beside an object."""
    if name.startswith(".") and name.endswith(".cmd"):
        return name[1:-len(".cmd")]
    if name.endswith(".d") and not name.startswith("."):
        return name[:-1] + "o"
    return name[len(".depend."):] if name.startswith(".depend.") else None


def dependents(tree: str, out: str, names: Iterable[str]) -> list[str]:
    """Objects in `out` whose dependency file names one of `names` (relative to `tree`)."""
    there = {os.path.join(os.path.realpath(tree), n) for n in names}
    wanted = [n.encode() for n in there]
    wanted += [b" " + n.encode() for n in names]      # a build inside of the tree
    real = functools.lru_cache(maxsize=None)(os.path.realpath)
    found = []
    for base, dirs, files in os.walk(out):
        dirs[:] = [d for d in dirs if d != ".pvkit"]
        for name in files:
            made = object_of(name)
            if not made:
                continue
            with open(os.path.join(base, name), "rb") as f:
                text = f.read()
            # by links of the folder, NetBSD's machine/ and x86/ for instance
            linked = name.endswith(".d") and any(
                real(os.path.join(base, w)) in there for w in text.decode().split()[1:])
            if linked or any(w in text for w in wanted):
                path = os.path.join(base, made)
                if os.path.isfile(path):
                    found.append(path)
    return sorted(found)


def remember(out: str, now: dict[str, str]) -> None:
    path = os.path.join(out, STAMP)
    with naming(path), open(path, "w", encoding="utf-8") as f:
        json.dump(now, f, indent=1, sort_keys=True)


def sweep(tree: str, out: str, manifest: Manifest | None) -> tuple[list[str], list[str]]:
    """Remove stale objects from `out`. Returns (files that changed, objects removed). A folder
    that was not built by pvkit is left alone except for being remembered."""
    now = ported(manifest)
    try:
        with open(os.path.join(out, STAMP), encoding="utf-8") as f:
            before = json.load(f)
    except (OSError, ValueError):
        remember(out, now)
        return [], []
    names = changed(before, now)
    objects = dependents(tree, out, names) if names else []
    for path in objects:
        os.unlink(path)
    remember(out, now)
    return names, objects

# SPDX-License-Identifier: MIT
"""Unified diffs: made of two files, and what one adds and removes."""

from __future__ import annotations

import re
import subprocess

from .errors import KitError


def added_lines(patch: str) -> list[tuple[int, str]]:
    """[(line number in the new file, text)] of what a unified diff adds."""
    out, number = [], 0
    for line in patch.split("\n"):
        hunk = re.match(r"@@ -\S+ \+(\d+)", line)
        if hunk:
            number = int(hunk.group(1))
        elif line.startswith("+") and not line.startswith("+++ "):
            out.append((number, line[1:]))
            number += 1
        elif line.startswith(" "):
            number += 1
    return out


def changed_lines(patch: str) -> tuple[int, int]:
    """(lines added, lines removed) of a unified diff of one file, without its header."""
    lines = [s for s in patch.splitlines() if not s.startswith(("+++ ", "--- "))]
    return sum(s.startswith("+") for s in lines), sum(s.startswith("-") for s in lines)


def diff(context: int, old: str, new: str, name: str) -> str:
    """A unified diff with names a/NAME and b/NAME and no times in it."""
    p = subprocess.run(["diff", "-U%d" % context, "--label", "a/" + name, "--label", "b/" + name,
                        old, new], capture_output=True, check=False)
    if p.returncode > 1:
        raise KitError("diff %s: %s" % (name, p.stderr.decode("utf-8", "replace").strip()))
    return p.stdout.decode("utf-8", "surrogateescape")

# SPDX-License-Identifier: MIT
"""Whose build is this, and is it still of what the tree holds?

A build folder belongs to one tree. `pvkit build` writes down in it which tree that is, what every
file of the tree looked like when the build began, and what came out; whoever reads the folder
afterwards asks check(), which refuses an image of another tree, one that is older than its tree,
and one that something else has put there.

Files that a port changed are known by their content, since `restore` and `apply` change their
times; all others by size and time. What a build itself leaves in the tree is remembered as made
by it. Objects and editors' copies are no part of a tree.
"""

from __future__ import annotations

import dataclasses
import fcntl
import json
import os
from collections.abc import Iterable
from typing import Any

from .errors import BuildError, TreeError, naming
from .state import DIR, State, sha256

STAMP = ".pvkit-stamp"
FORMAT = 1
NO_SOURCE = (".o", ".a", ".ko", ".so", ".cmd", ".d", ".mod", ".orig", ".rej", ".swp", "~")
NO_FOLDER = (DIR, ".git", ".pc", ".hg", ".svn", "CVS", "__pycache__")
# What, appearing in a tree, may change what is built from it.
SOURCE = (".c", ".h", ".S", ".s", ".asm", ".inc", ".lds", ".mk", ".cc", ".cpp", ".hpp", ".rs")
BUILD_FILES = ("Makefile", "GNUmakefile", "Kbuild", "Kconfig")
SHOWN = 5
REMEDY = "`pvkit build %s %s` first, or name a kernel that you answer for with --image FILE"

Files = dict[str, str]


def looks(path: str) -> str:
    st = os.lstat(path)
    return "%d %d" % (st.st_size, st.st_mtime_ns)


def files_of(tree: str, manifest: dict[str, Any] | None, out: str) -> Files:
    """{file: what it looks like} of a tree; the build's output folder may lie inside of it."""
    ported = manifest["files"] if manifest else {}
    found: Files = {}
    out = os.path.realpath(out)
    root = os.path.realpath(tree)
    for base, dirs, names in os.walk(root):
        dirs[:] = [d for d in dirs if d not in NO_FOLDER and os.path.join(base, d) != out]
        inside = os.path.relpath(base, root)
        for name in names:
            if name.endswith(NO_SOURCE):
                continue
            path = os.path.join(base, name)
            key = name if inside == "." else os.path.join(inside, name)
            try:
                found[key] = sha256(path) if key in ported else looks(path)
            except OSError:
                found[key] = "unreadable"
    return found


def is_source(name: str) -> bool:
    base = os.path.basename(name)
    return base.endswith(SOURCE) or base.startswith(BUILD_FILES)


@dataclasses.dataclass
class Stamp:
    """What a build folder says about itself. `made`: files of the tree that the build made."""

    tree: str
    port: str
    state: str = "building"
    files: Files = dataclasses.field(default_factory=dict)
    made: list[str] = dataclasses.field(default_factory=list)
    images: Files = dataclasses.field(default_factory=dict)
    format: int = FORMAT

    def write(self, out: str) -> None:
        path = os.path.join(out, STAMP)
        with naming(path), open(path + ".new", "w", encoding="utf-8",
                                errors="surrogateescape") as f:
            json.dump(dataclasses.asdict(self), f)
        os.rename(path + ".new", path)


def read(out: str) -> Stamp | None:
    """The stamp of a folder; None for one that has none, or one of another format."""
    try:
        with open(os.path.join(out, STAMP), encoding="utf-8", errors="surrogateescape") as f:
            stamp = Stamp(**json.load(f))
    except (OSError, ValueError, TypeError):
        return None
    return stamp if stamp.format == FORMAT else None


def owner(out: str) -> str | None:
    """The tree a build folder belongs to, None where nothing tells. kbuild leaves a link."""
    stamp = read(out)
    if stamp:
        return stamp.tree
    link = os.path.join(out, "source")
    return os.path.realpath(link) if os.path.islink(link) else None


class Claim:
    """A build of `tree` in `out`, from before its first command until its product is there."""

    def __init__(self, tree: str, out: str, port: str) -> None:
        """Refuses a folder that is another tree's, or another build's at this moment."""
        self.tree, self.out = os.path.realpath(tree), out
        self.lock = os.open(out, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self.lock)
            raise BuildError("another pvkit builds in %s; wait for it, or name another folder "
                             "with --out DIR" % out) from None
        other = owner(out)
        if other and other != self.tree:
            os.close(self.lock)
            raise TreeError("%s belongs to %s; --out DIR builds %s in a folder of its own, "
                            "--clean forgets that build" % (out, other, tree))
        before = read(out)
        self.stamp = Stamp(self.tree, port, made=before.made if before else [])
        self.stamp.files = self.look()
        self.stamp.write(out)

    def look(self) -> Files:
        return files_of(self.tree, State(self.tree).manifest(), self.out)

    def finish(self, images: Iterable[str]) -> None:
        """The build ended well. What was edited meanwhile is not in it, and will be missed."""
        now, files = self.look(), self.stamp.files
        made = {n for n in now if n not in files} | {n for n in self.stamp.made if n in now}
        files.update({n: now[n] for n in made})
        self.stamp.made = sorted(made)
        self.stamp.images = {os.path.relpath(i, self.out): sha256(i) for i in images}
        self.stamp.state = "built"
        self.stamp.write(self.out)
        self.close()

    def close(self) -> None:
        if self.lock >= 0:
            os.close(self.lock)
            self.lock = -1


def differences(before: Files, now: Files) -> list[str]:
    """Sentences about what changed in a tree that matters to what is built from it."""
    changed = ["%s %s" % (n, "changed" if n in now else "is gone")
               for n in sorted(before) if before[n] != now.get(n)]
    return changed + ["%s is new" % n for n in sorted(now) if n not in before and is_source(n)]


def check_tree(tree: str, out: str, port: str) -> Stamp:
    """The stamp of build folder `out`; refused unless it was built from what `tree` holds now."""
    remedy = REMEDY % (port, tree)
    stamp, root = read(out), os.path.realpath(tree)
    if stamp is None:
        raise TreeError("%s was not built by `pvkit build`, nothing says of which tree it is; %s"
                        % (out, remedy))
    if stamp.tree != root:
        raise TreeError("%s is a build of %s, not of %s; %s" % (out, stamp.tree, root, remedy))
    if stamp.state != "built":
        raise TreeError("the build in %s did not come to its end; %s" % (out, remedy))
    changed = differences(stamp.files, files_of(root, State(root).manifest(), out))
    if changed:
        more = len(changed) - SHOWN
        raise TreeError("%s is older than its tree: %s%s; %s" % (
            out, ", ".join(changed[:SHOWN]), ", and %d more" % more if more > 0 else "", remedy))
    return stamp


def check(tree: str, out: str, port: str, *images: str) -> None:
    """check_tree(), and `images` are what that build left in `out`."""
    stamp = check_tree(tree, out, port)
    for image in images:
        name = os.path.relpath(image, out)
        if name not in stamp.images or sha256(image) != stamp.images[name]:
            raise TreeError("%s is not what `pvkit build` left there, something else has written "
                            "it; %s" % (image, REMEDY % (port, tree)))

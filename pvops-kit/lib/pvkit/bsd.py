# SPDX-License-Identifier: MIT
"""[build] system = bsd: a kernel configured by the tree's config(8) and made by BSD make.

port.conf, section [build], beside the keys of build.py:
  conf       the kernel's configuration, a file of the port
  inputs     other files that decide what is configured (globs of the port)
  tools      shell lines that build the tree's own config(8) into $OUT/tools
  configure  shell lines that run it; the makefile comes to lie in $OUT/compile
  mk         folder of the tree with make's own files, for bmake -m
  flags      words for the compiler, behind those that the kit needs
product names the linked kernel, without a folder.

A line `# when: FILE has /REGEX/` in these files is heeded as in a fragment (config.py): where there
is one, the port's files lie in $OUT/conf as this tree sees them, and $CONF is there.

The lines run in the tree with $TREE, $PORT, $CONF, $OUT, $KIT and $JOBS set. The programs in the
kit's bsd/bin come first on the path: cc, ld and ln as a BSD's makefiles expect them, made of
Debian's. What was compiled is read from the dependency files that make leaves (compiled.py).
"""

from __future__ import annotations

import glob
import os
from typing import TYPE_CHECKING

from .config import Fragment, stock_reader
from .state import State

if TYPE_CHECKING:
    from .build import Recipe

COMPILE = "compile"
STAGED = "conf"


def configuration(recipe: Recipe) -> str:
    path = os.path.join(recipe.port.dir, recipe.get("conf"))
    if any(f.conditional for f in fragments(recipe)):
        return os.path.join(recipe.out, STAGED, os.path.basename(path))
    return path


def fragments(recipe: Recipe) -> list[Fragment]:
    read = stock_reader(State(recipe.tree))
    return [Fragment(path, read) for path in inputs(recipe)]


def stage(recipe: Recipe) -> None:
    """Puts the port's files as this tree sees them where configuration() says."""
    found = fragments(recipe)
    if not any(f.conditional for f in found):
        return
    folder = os.path.join(recipe.out, STAGED)
    os.makedirs(folder, exist_ok=True)
    for f in found:
        with open(os.path.join(folder, os.path.basename(f.path)), "w", encoding="utf-8") as out:
            out.write(f.text())


def inputs(recipe: Recipe) -> list[str]:
    """Files of the port whose change means that the kernel is to be configured anew."""
    found = [os.path.join(recipe.port.dir, recipe.get("conf"))]
    for pattern in recipe.get("inputs").split():
        found += sorted(glob.glob(os.path.join(recipe.port.dir, pattern)))
    return found


def environment(recipe: Recipe) -> dict[str, str]:
    kit = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
    programs = os.path.join(kit, "bsd", "bin")
    return {"TREE": recipe.tree, "PORT": recipe.port.dir, "CONF": configuration(recipe),
            "PATH": programs + ":" + os.environ.get("PATH", ""), "LC_ALL": "C",
            "CC": os.path.join(programs, "cc"), "MAKE": "bmake",
            "BSD_CFLAGS": recipe.get("flags").replace("$TREE", recipe.tree)}


def make(recipe: Recipe, *words: str) -> list[str]:
    env = environment(recipe)
    return (["bmake", "-C", os.path.join(recipe.out, COMPILE),
             "-m", os.path.join(recipe.tree, recipe.get("mk", "share/mk")), "CC=" + env["CC"],
             "LD=" + os.path.join(os.path.dirname(env["CC"]), "ld")]
            + recipe.get("args").split() + list(words))


def configure(recipe: Recipe) -> list[list[str]]:
    return [["sh", "-ec", recipe.get(step)] for step in ("tools", "configure") if recipe.get(step)]


def collect(recipe: Recipe) -> None:
    """Puts the linked kernel where the product is: beside the boot image, not among the objects."""
    made = os.path.join(recipe.out, COMPILE, os.path.basename(recipe.product))
    if os.path.exists(made) and made != recipe.product:
        if os.path.exists(recipe.product):
            os.unlink(recipe.product)
        os.link(made, recipe.product)

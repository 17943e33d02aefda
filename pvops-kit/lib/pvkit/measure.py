# SPDX-License-Identifier: MIT
"""The price of a port: what is counted, and over what it is divided.

port.conf, section [measure]:
  p          folders whose compiled files (with the headers they include) are base P
  x          folders that are base X as a whole, C and assembly
  upstream   folders and files of the stock tree's own Xen code
  net, block files of `upstream` that are the paper's driver rows
  arch       prefix of the tree's machine-dependent part (default: the x folders)
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

from . import compiled, peers, stamp
from .errors import TreeError
from .shapes import Manifest, Row
from .state import State
from .tools import count_lines, stripped_diff

if TYPE_CHECKING:
    from .port import Port

SOURCE = (".c", ".h", ".S")


class Counter:
    """Counts files of the stock tree: originals where apply changed something, nothing where the
    port added the file."""

    def __init__(self, state: State, manifest: Manifest | None) -> None:
        self.state, self.manifest = state, manifest

    def stock(self, names: Iterable[str]) -> dict[str, int]:
        """{name: lines} of those `names` that the stock tree has."""
        where = {n: self.state.original(n, self.manifest) for n in names}
        counted = count_lines(sorted({p for p in where.values() if p and os.path.isfile(p)}))
        return {n: counted[p] for n, p in where.items() if p in counted}


def in_tree(state: State, manifest: Manifest) -> list[Row]:
    """One row per changed file of the stock tree, biggest first."""
    rows = []
    for name, entry in manifest["files"].items():
        if entry["old"] is None or entry["kind"] != "changed":
            continue
        added, gone = stripped_diff(state.pristine(name), state.path(name), name)
        rows.append({"file": name, "lines": added, "gone": gone})
    return sorted(rows, key=lambda r: (-r["lines"], r["file"]))


def by_hand(port: Port) -> list[Row]:
    """The rows of what people wrote and maintain for this port."""
    rules = [s.path for s in port.steps if s.kind == "cocci"]
    rules += [p for p in map(port.file, ("macros.h", "builtins.h")) if p]
    edits = [s.path for s in port.steps if s.kind == "edit"]
    config = [port.conf_path]
    folder = port.file("config")
    if folder:
        config += [os.path.join(folder, f) for f in sorted(os.listdir(folder))]
    copies = port.copies()
    groups = (("SmPL rules and macro file", rules), ("anchored edits", edits),
              ("port.conf and configuration", config),
              ("glue", [c[0] for c in copies if c[2] == "glue"]),
              ("shim", [c[0] for c in copies if c[2] == "shim"]))
    return [{"what": what, "lines": sum(count_lines(files).values()), "files": len(files)}
            for what, files in groups]


def below(name: str, folders: Iterable[str]) -> bool:
    return any(name == f.rstrip("/") or name.startswith(f.rstrip("/") + "/") for f in folders)


def upstream_used(port: Port, counted: dict[str, int]) -> list[Row]:
    """Rows of the stock tree's own Xen code that was compiled, by folder as port.conf lists
    them. A file counts for the first entry that names it."""
    rows, seen = [], set()
    for folder in port.words("measure", "upstream"):
        mine = [n for n in counted if n not in seen and below(n, [folder])]
        seen.update(mine)
        rows.append({"what": folder, "lines": sum(counted[n] for n in mine), "files": len(mine)})
    return rows


def whole_folders(state: State, manifest: Manifest | None, folders: Iterable[str]) -> set[str]:
    names: set[str] = set()
    for folder in folders:
        for base, dirs, files in os.walk(state.path(folder)):
            dirs.sort()
            rel = os.path.relpath(base, state.tree)
            names.update(os.path.join(rel, f) for f in files if f.endswith(SOURCE))
    return names


def table2(port: Port, tree_rows: list[Row], hand: list[Row], counted: dict[str, int]) -> list[Row]:
    """Rows as the paper's Table 2: ours beside the upstream code that does the same job."""
    arch = port.words("measure", "arch") or port.words("measure", "x")
    drivers = {"net": port.words("measure", "net"), "block": port.words("measure", "block")}
    upstream = port.words("measure", "upstream")
    added = {r["what"]: r["lines"] for r in hand}
    ours = {"net": 0, "block": 0, "independent": 0, "specific": added["glue"] + added["shim"]}
    theirs = dict.fromkeys(ours, 0)

    def row_of(name: str) -> str:
        for key, files in drivers.items():
            if below(name, files):
                return key
        return "specific" if below(name, arch) or below(name, upstream) else "independent"

    for r in tree_rows:
        ours[row_of(r["file"])] += r["lines"]
    for name, lines in counted.items():
        if below(name, upstream):
            theirs[row_of(name)] += lines
    return [{"row": text, "ours": ours[key], "upstream": theirs[key], "paper": paper}
            for key, text, paper in peers.PAPER_ROWS]


def percent(part: int, whole: int) -> float | None:
    return round(100.0 * part / whole, 4) if whole else None


def measure(port: Port, tree: str, build: str | None) -> Row:
    """All of it as one dictionary (the --json form). `build` is the folder of a finished build
    or None; without one, what needs the list of compiled files is None."""
    state = State(tree)
    manifest = state.manifest()
    if manifest is None or manifest["state"] != "applied":
        raise TreeError("%s has no port applied; `pvkit apply %s %s` first"
                        % (tree, port.name, tree))
    if manifest["port"] != port.name:
        raise TreeError("%s carries %s, not %s" % (tree, manifest["port"], port.name))
    if manifest["digest"] != port.digest():
        raise TreeError("%s carries another state of %s than its folder holds now; `pvkit apply "
                        "--again` first, so that rules and tree belong together"
                        % (tree, port.name))
    if build:
        stamp.check_tree(tree, build, port.name)
    counter = Counter(state, manifest)
    rows, hand = in_tree(state, manifest), by_hand(port)
    total = sum(r["lines"] for r in rows)
    added = sum(r["lines"] for r in hand if r["what"] in ("glue", "shim"))
    out = {
        "port": port.name, "version": port.version(manifest["facts"]),
        "in_tree": {"lines": total, "gone": sum(r["gone"] for r in rows), "files": rows},
        "with_glue_and_shim": total + added,
        "by_hand": hand, "upstream": None, "upstream_percent_of_p": None, "table2": None,
        "bases": {},
        "goals": {"in_tree": peers.GOAL_IN_TREE, "with_glue_and_shim": peers.GOAL_ALL,
                  "percent_of_p": peers.GOAL_PERCENT},
    }
    x_names = whole_folders(state, manifest, port.words("measure", "x"))
    bases = {"X": counter.stock(x_names)}
    if build:
        paper, everything = compiled.base_sets(compiled.units(state.tree, build),
                                               port.words("measure", "p"))
        stock = counter.stock(everything)
        bases["P"] = {n: stock[n] for n in paper if n in stock}
        bases["C"] = stock
        out["upstream"] = upstream_used(port, stock)
        out["table2"] = table2(port, rows, hand, stock)
    for name in ("P", "C", "X"):
        if name in bases:
            lines = sum(bases[name].values())
            out["bases"][name] = {"lines": lines, "files": len(bases[name]),
                                  "in_tree_percent": percent(total, lines),
                                  "with_glue_and_shim_percent": percent(total + added, lines)}
    if out["upstream"] is not None:
        out["upstream_percent_of_p"] = percent(sum(u["lines"] for u in out["upstream"]),
                                               out["bases"]["P"]["lines"])
    return out

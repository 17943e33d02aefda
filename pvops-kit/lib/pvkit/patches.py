# SPDX-License-Identifier: MIT
"""The quilt series of an applied tree: one patch a step, one more for what was added.

Patches are an output, made per tree and kept nowhere in this project: they quote the kernel they
are for. Each begins with what the step says about itself.
"""

from __future__ import annotations

import os

from .errors import KitError, TreeError, naming
from .port import Port
from .shapes import Manifest
from .state import State
from .unified import diff


def header(step_name: str, info: dict[str, str] | None) -> str:
    """The description quilt and people read; `info` is a step's header or None."""
    out = ["Subject: %s" % (info.get("what", step_name) if info else step_name)]
    if info:
        out += ["", info.get("why", "")]
        if info.get("upstream"):
            out += ["", "Tracks: " + info["upstream"]]
    return "\n".join(out).rstrip() + "\n\n"


def added_files(state: State, manifest: Manifest) -> str:
    """A patch that creates glue and shim, and replaces what glue shadows."""
    out = []
    for name, entry in sorted(manifest["files"].items()):
        if entry["kind"] == "changed":
            continue
        old = state.pristine(name) if entry["old"] else os.devnull
        text = diff(3, old, state.path(name), name)
        if entry["old"] is None:
            text = text.replace("--- a/" + name, "--- /dev/null", 1)
        out.append(text)
    return "".join(out)


def series(tree: str) -> list[tuple[str, str]]:
    """[(file name, text)] for an applied tree, in the order quilt pushes them. Raises TreeError
    when nothing is applied, or the tree was edited since: the series would not give that tree."""
    state = State(tree)
    manifest = state.manifest()
    if manifest is None or manifest["state"] != "applied":
        raise TreeError("%s has no port applied; `pvkit apply PORT %s` first" % (tree, tree))
    edited = [f for f in state.edited(manifest)]
    if edited:
        raise TreeError("changed since apply: %s; a series without that would mislead"
                        % ", ".join(edited))
    try:
        info = {s.name: s.header for s in Port(manifest["port_dir"]).steps}
    except KitError:
        info = {}       # the port is gone or broken since; the patches are in the tree
    out = []
    for step in manifest["steps"]:
        path = os.path.join(state.dir, "steps", step["name"] + ".patch")
        with open(path, encoding="utf-8", errors="surrogateescape", newline="") as f:
            text = f.read()
        if text:
            about = header(step["name"], info.get(step["name"]))
            out.append((step["name"] + ".patch", about + text))
    added = added_files(state, manifest)
    if added:
        out.append(("99-added-files.patch", header("glue and shim", {
            "what": "files the port of %s adds" % manifest["port"],
            "why": "They are the port's own and replace nothing unless declared."}) + added))
    return out


def write(patches: list[tuple[str, str]], folder: str) -> None:
    """Write a series into `folder`, which must be new or empty."""
    if os.path.isdir(folder) and os.listdir(folder):
        raise TreeError("%s is not empty; name another folder with --out" % folder)
    os.makedirs(folder, exist_ok=True)
    for name, text in patches:
        path = os.path.join(folder, name)
        with naming(path), open(path, "w", encoding="utf-8", errors="surrogateescape",
                                newline="") as f:
            f.write(text)
    path = os.path.join(folder, "series")
    with naming(path), open(path, "w", encoding="utf-8") as f:
        f.write("".join(name + "\n" for name, _ in patches))

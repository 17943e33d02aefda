# SPDX-License-Identifier: MIT
"""The shape of what --json prints: schemas/NAME.json, in JSON Schema. They are documentation that
a test holds every command's real output against; the man pages list their fields."""

from __future__ import annotations

import json
import os
from typing import Any

from .port import KIT

FOLDER = os.path.join(KIT, "schemas")


def names() -> list[str]:
    return sorted(f[:-len(".json")] for f in os.listdir(FOLDER) if f.endswith(".json"))


def of_command(command: str | None) -> list[str]:
    """Names of the schemas of a command: its own, and those of its other modes (verify-run)."""
    return [n for n in names() if n.split("-")[0] == command]


def text(name: str) -> str:
    with open(os.path.join(FOLDER, name + ".json"), encoding="utf-8") as f:
        return f.read()


def fields(name: str) -> list[tuple[str, str, str]]:
    """[(path, type, description)] of what has a description, in the order of the schema; `[]`
    stands for every element of a list."""
    root = json.loads(text(name))
    out = []

    def walk(node: dict[str, Any], path: str) -> None:
        if "$ref" in node:
            node = root["$defs"][node["$ref"].rsplit("/", 1)[1]]
        kind = node.get("type", "any")
        kind = " or ".join(kind) if isinstance(kind, list) else kind
        if "enum" in node:
            kind = " or ".join('"%s"' % v for v in node["enum"])
        if path and "description" in node:
            out.append((path, kind, node["description"]))
        for key, child in node.get("properties", {}).items():
            walk(child, path + "." + key if path else key)
        if "items" in node:
            walk(node["items"], path + "[]")
    walk(root, "")
    return out

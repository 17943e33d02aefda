# SPDX-License-Identifier: MIT
"""Names for the shapes of values that travel between modules and are nobody's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

# What manifest.json holds (state.py), and one file's entry in it.
Manifest = dict[str, Any]
FileEntry = dict[str, Any]

# One instruction or place that verify or scan found, as --json prints it.
Hit = dict[str, Any]

# A row of a table that --json prints as well.
Row = dict[str, Any]

# Reads a stock file of the tree by its name; None for one the tree does not have.
Reader = Callable[[str], "str | None"]

# A count that is allowed: from, to; None is no limit.
Range = tuple[int, "int | None"]

# {mnemonic: (class, part of a port)}
Kinds = dict[str, tuple[str, str]]

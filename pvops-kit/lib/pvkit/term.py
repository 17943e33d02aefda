# SPDX-License-Identifier: MIT
"""What a person sees: progress only on a terminal, tables, JSON."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Collection, Iterable, Sequence
from typing import Any, TextIO


# Seconds between two signs of life on a pipe; tests do not wait for a minute.
ALIVE = float(os.environ.get("PVKIT_TEST_ALIVE", "60"))


class Progress:
    """One line on standard error that is rewritten; nothing at all when it is not a terminal, but
    with `alive` a line a minute that says how far it is. `total` is 0 where nobody knows how much
    there is to do."""

    def __init__(self, total: int, stream: TextIO | None = None, alive: bool = False) -> None:
        self.stream = stream or sys.stderr
        self.on = self.stream.isatty()
        self.total, self.done = total, 0
        self.text, self.begin = "", time.monotonic()
        self.ended = threading.Event()
        if alive and not self.on:
            threading.Thread(target=self.live, daemon=True).start()

    def live(self) -> None:
        while not self.ended.wait(ALIVE):
            self.stream.write("pvkit: %d min, %d lines so far: %s\n" % (
                (time.monotonic() - self.begin) / 60, self.done, self.text[:70]))
            self.stream.flush()

    def step(self, text: str) -> None:
        self.done += 1
        self.text = text
        if self.on:
            count = "[%*d/%d] " % (len(str(self.total)), self.done, self.total)
            self.stream.write("\r\033[K%s%s" % (count if self.total else "", text[:70]))
            self.stream.flush()

    def close(self) -> None:
        self.ended.set()
        if self.on:
            self.stream.write("\r\033[K")
            self.stream.flush()


def table(rows: Iterable[Sequence[Any]], head: Sequence[str] | None = None,
          right: Collection[int] = ()) -> str:
    """Rows of strings as aligned columns; `right` names columns to align right. Returns text."""
    rows = [[str(c) for c in r] for r in rows]
    every = ([list(head)] if head else []) + rows
    if not every:
        return ""
    width = [max(len(r[i]) for r in every) for i in range(len(every[0]))]
    out = []
    for n, r in enumerate(every):
        cells = [c.rjust(w) if i in right else c.ljust(w) for i, (c, w) in enumerate(zip(r, width))]
        out.append("  ".join(cells).rstrip())
        if head and n == 0:
            out.append("  ".join("-" * w for w in width))
    return "\n".join(out)


def print_json(value: Any) -> None:
    json.dump(value, sys.stdout, indent=1)
    sys.stdout.write("\n")


def warn(text: str) -> None:
    sys.stderr.write("pvkit: %s\n" % text)

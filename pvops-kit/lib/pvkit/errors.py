# SPDX-License-Identifier: MIT
"""Every way pvkit fails, declared once: the class, the exit code and the sentence for people.

Scripts rely on these numbers, so they never change meaning. `pvkit help exit-codes` prints
this table, and a test compares it with the one in README.md.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator


class KitError(Exception):
    """Base of all failures that are somebody's fault but ours. `str(e)` names the thing, the
    value and the remedy; `code` becomes pvkit's exit status."""

    code = 1
    what = "the answer is no: verify or doctor found something, measure missed its goal"


class UsageError(KitError):
    code = 2
    what = "the command line, port.conf, a rule header or a whitelist is wrong"


class RuleError(KitError):
    code = 3
    what = "a rule or edit failed; the tree is exactly as it was"


class TreeError(KitError):
    code = 4
    what = "the tree is not in a state for this: not identified, changed, read-only, half done"


class ToolError(KitError):
    code = 5
    what = "a program pvkit needs is missing or broke"


class BuildError(KitError):
    code = 6
    what = "the OS's own build failed, or its configuration lost an option"


class BootError(KitError):
    code = 7
    what = "boot: the emulator could not start, or ended in a way nobody announces"


class GuestCrash(KitError):
    code = 8
    what = "boot: the guest crashed"


class HypervisorPanic(KitError):
    code = 9
    what = "boot: the hypervisor panicked, or refuses this kernel or machine (the console says why)"


class BootTimeout(KitError):
    code = 10
    what = "boot: the time allowed ran out"


CLASSES = (KitError, UsageError, RuleError, TreeError, ToolError, BuildError, BootError,
           GuestCrash, HypervisorPanic, BootTimeout)

INTERRUPTED = 130


@contextlib.contextmanager
def naming(path: str) -> Iterator[None]:
    """Errors of the system that come without a name, a full disk above all, get that of what is
    being written inside."""
    try:
        yield
    except OSError as e:
        if e.filename is None:
            e.filename = path
        raise


MARKS = {b"\xef\xbb\xbf": "UTF-8", b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}


def refuse_mark(path: str, failure: type[KitError] = UsageError) -> None:
    """Refuse a file that begins with a byte-order mark: nobody sees it, nothing matches behind
    it, and neither compilers nor Coccinelle take it for a blank."""
    with open(path, "rb") as f:
        first = f.read(3)
    for mark, name in MARKS.items():
        if first.startswith(mark):
            raise failure("%s begins with a byte-order mark; save it as UTF-8 without one (%s)" % (
                path, "sed -i '1s/^\\xEF\\xBB\\xBF//' FILE" if name == "UTF-8" else
                "it is %s: iconv -f UTF-16 -t UTF-8" % name))


def exit_code_table() -> list[tuple[int, str]]:
    """Rows (code, meaning), ascending; what README.md and `pvkit help exit-codes` show."""
    rows = [(0, "done, or nothing to do")]
    rows += [(c.code, c.what) for c in CLASSES]
    rows.append((INTERRUPTED, "interrupted; `pvkit restore` gives back the tree bit for bit"))
    return rows

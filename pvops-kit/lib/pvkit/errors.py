# SPDX-License-Identifier: MIT
"""Every way pvkit fails, declared once: the class, the exit code and the sentence for people.

Scripts rely on these numbers, so they never change meaning. `pvkit help exit-codes` prints
this table, and a test compares it with the one in README.md.
"""

from __future__ import annotations


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
    what = "boot: the hypervisor panicked"


class BootTimeout(KitError):
    code = 10
    what = "boot: the time allowed ran out"


CLASSES = (KitError, UsageError, RuleError, TreeError, ToolError, BuildError, BootError,
           GuestCrash, HypervisorPanic, BootTimeout)

INTERRUPTED = 130


def exit_code_table() -> list[tuple[int, str]]:
    """Rows (code, meaning), ascending; what README.md and `pvkit help exit-codes` show."""
    rows = [(0, "done, or nothing to do")]
    rows += [(c.code, c.what) for c in CLASSES]
    rows.append((INTERRUPTED, "interrupted; `pvkit restore` gives back the tree bit for bit"))
    return rows

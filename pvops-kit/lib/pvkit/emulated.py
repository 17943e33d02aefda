# SPDX-License-Identifier: MIT
"""What a hypervisor emulated while a kernel ran, as its console lists it.

A debug build of Ringone with the option `emulated` prints, when the first domain ends, a line for
each place of the kernel where an instruction trapped and was emulated or refused, and one in sum:

  Ringone: emulated: MNEMONIC at ADDRESS: N done, M refused
  Ringone: emulated: in all: N done, M refused, L not recorded, P of programs, UMIP on

docs/abi.md of the hypervisor describes them. Any hypervisor that prints the same can be judged.
"""

from __future__ import annotations

import re
import subprocess

from .errors import KitError, ToolError
from .shapes import Hit, Row
from .tools import tool

PLACE = re.compile(r"Ringone: emulated: (\S+) at ([0-9a-f]{8}): (\d+) done, (\d+) refused\s*$",
                   re.M)
SUM = re.compile(r"Ringone: emulated: in all: (\d+) done, (\d+) refused, (\d+) not recorded, "
                 r"(\d+) of programs, UMIP (on|off)\s*$", re.M)


def read_console(text: str) -> tuple[list[Hit], Row]:
    """(hits, sum) of a console log. A hit has mnemonic, address, done, refused and count, their
    total. Raises ToolError when the log has no such list, KitError when it is incomplete."""
    total = SUM.search(text)
    if not total:
        raise ToolError("the console says nothing of what was emulated; it takes a debug build of "
                        "the hypervisor, its option `emulated`, and a guest that ends by itself")
    done, refused, lost, programs = map(int, total.groups()[:4])
    if lost:
        raise KitError("%d emulated instructions are not in the list, the hypervisor's table was "
                       "full; make it larger (PLACES)" % lost)
    hits = [{"mnemonic": name, "address": "0x" + address, "done": int(d), "refused": int(r),
             "count": int(d) + int(r)} for name, address, d, r in PLACE.findall(text)]
    if sum(h["done"] for h in hits) != done or sum(h["refused"] for h in hits) != refused:
        raise ToolError("the console's list of emulated instructions does not add up to its sum; "
                        "lines of it were lost")
    return hits, {"done": done, "refused": refused, "programs": programs,
                  "umip": total.group(5) == "on"}


def locate(hits: list[Hit], image: str) -> None:
    """Give every hit its symbol, offset and source from the kernel file `image`; an address that
    is not in it (a module's) gets "-" for each."""
    p = subprocess.run([tool("pvverify"), "--where", image], capture_output=True, check=False,
                       input="".join(h["address"] + "\n" for h in hits), text=True)
    if p.returncode:
        raise ToolError(p.stderr.strip() or "pvverify ended with %d" % p.returncode)
    for hit, line in zip(hits, p.stdout.splitlines()):
        _, hit["symbol"], hit["offset"], hit["source"] = line.split("\t")


def by_symbol(hits: list[Hit]) -> list[tuple[str, str, list[Hit]]]:
    """The hits of each (mnemonic, symbol), most executed first: [(mnemonic, symbol, hits)]."""
    groups: dict[tuple[str, str], list[Hit]] = {}
    for hit in hits:
        groups.setdefault((hit["mnemonic"], hit["symbol"]), []).append(hit)
    out = [(m, s, sorted(mine, key=lambda h: -int(h["count"]))) for (m, s), mine in groups.items()]

    def rank(group: tuple[str, str, list[Hit]]) -> tuple[int, str, str]:
        times: int = sum(h["count"] for h in group[2])
        return -times, group[0], group[1]

    return sorted(out, key=rank)

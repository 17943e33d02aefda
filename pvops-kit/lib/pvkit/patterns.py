# SPDX-License-Identifier: MIT
"""What a port has to deal with that is no instruction of its own.

A test of the ring, an address where a device is, a page of 4 MiB, a descriptor with DPL 0 and a
store into a page table are ordinary code. They are found by how people write them: by names and
numbers that are the architecture's, and stores by the type of what is stored through or by the
helpers that port.conf names ([scan] stores).
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator

from . import source


@dataclasses.dataclass(frozen=True)
class Pattern:
    """`name` stands in the list where a mnemonic would; `only`: what a file must have besides."""

    name: str
    part: str
    remedy: str
    regex: re.Pattern[str]
    only: re.Pattern[str] | None = None


def any_of(*alternatives: str) -> re.Pattern[str]:
    return re.compile("|".join(alternatives), re.I | re.M)


RPL = (r"(?:0x0*3|3|SEL_RPL\w*|SEGMENT_RPL_MASK|SEL_UPL|USER_RPL|DPL_USER|RPL_MASK|"
       r"X86_\w*RPL\w*)")
NUMBER_END = r"(?![0-9a-f])[ul]*"
BEFORE = r"[\s,|(+=$]"                      # a number's left and right neighbours in a list or sum
BEHIND = NUMBER_END + r"\s*(?=[,;)}\n|]|$)"
PAGING = re.compile(r"cr3|cr4|pgdir|page_?dir|page_?table|paging|pde_t|pd_entry", re.I)
SEGMENTS = re.compile(r"gdt|segment|descriptor", re.I)
LARGE = "entries of 4 KiB only: a table in its place"


def on_a_line_about(words: str) -> str:
    return r"^(?=[^\n]*(?:%s))[^\n]*?" % words


PATTERNS = (
    Pattern("cs & 3", "traps",
            "the kernel is in ring 1: ask whether it is 3, never whether it is 0",
            any_of(r"\b\w*cs\b[\w\]]*\s*&\s*\(?\s*%s\b" % RPL,
                   r"\b(?:ISPL|USERMODE|TRAPF_USERMODE|KERNELMODE|user_mode)\s*\(",
                   r"\b(?:test|and)[bwl]?\s+\$?\(?%s\)?\s*,\s*[^\n;]*\b\w*CS\b" % RPL,
                   r"\btest\s+\w+\s+\[[^\]\n]*cs[^\]\n]*\],\s*%s\b" % RPL)),
    Pattern("APIC", "memory-devices",
            "not there: interrupts are events (ringone_event_loop()), time is ringone_clock_ns()",
            any_of(r"\b0x(?:0*|f{8})fe[ec]0[0-9a-f]{4}" + NUMBER_END,
                   r"\b0fe[ec]0[0-9a-f]{4}h\b")),
    Pattern("video memory", "memory-devices",
            "not there in an ordinary guest: ringone_console_write()",
            any_of(r"\b0x(?:0*|[c-f]0{0,2}|[c-f][0-9a-f]{2}|f{11})[ab][08]000" + NUMBER_END,
                   r"\b0[ab][08]000h\b")),
    Pattern("4-MiB page", "mmu", LARGE,
            any_of(r"\b_?(?:PG|PTE|PDE|PAGE|PD)_(?:PS|PSE|LARGE|4M|BIG|SIZE_4M)\b",
                   r"\b(?:X86_)?CR4_PSE\b",
                   r"\bcr4\b[^;\n]*\|=?\s*\(?\s*(?:0x0*10|1[ul]*\s*<<\s*4)" + NUMBER_END)),
    Pattern("4-MiB page", "mmu", LARGE,
            any_of(r"\bor[lq]?\s+\$?(?:0x0*10|1\s*<<\s*4)\s*,\s*%?\w+",
                   r"\bor\s+\w+\s*,\s*(?:0x0*10|10h)\b",
                   on_a_line_about(r"pg|pd|dir|page|table|\blong|\bdd|map") + BEFORE +
                   r"0x0*(?:1?(?:8[37b]|e[37]))" + BEHIND), PAGING),
    Pattern("no PAE", "mmu",
            "entries become 8 bytes in three levels: shifts of 21 and 30, tables of 512",
            any_of(r">>\s*22\b",
                   r"\b(?:va|pd\w*|dir\w*|idx|index|i)\)?\s*<<\s*22\b",
                   r"\b(?:shr|shl|sar)l?\s+\$?22\b",
                   r"\b(?:shr|shl)\s+\w+\s*,\s*22\b",
                   r"\bP[DG](?:X|R|E|IR|DIR)?_?SHIFT\s+22\b"), PAGING),
    Pattern("DPL 0", "descriptors",
            "DPL 1 for the kernel, 1 in its selectors; ringone_set_gdt()",
            any_of(r"\b0x[0-9a-f]{0,6}9[ab23][0-9a-f]{6}ffff" + NUMBER_END,
                   on_a_line_about(r"gdt|desc|seg|acc|sel|\bd[bw]\b|\.(?:byte|word|long)|code|"
                                   r"data") +
                   BEFORE + r"0x0*(?:c[0-9a-f])?9[ab23](?:00)?" + BEHIND,
                   r"\b0?9[ab23]h\b", r"\b1001_?[01]{4}b\b", r"\b0b1001_?[01]{4}\b",
                   r"\b(?:SEG|SEG16|SEGDESC|SEG_DESC)\s*\([^;\n]*,\s*0\s*\)", r"\bSEG_ASM\s*\(",
                   r"\bSEL_KPL\b", r"\bDPL_KERNEL\b", r"\bGDT_DPL0\b"), SEGMENTS),
)

# Helpers that store into a page table, in the kernels one meets.
STORES = re.compile(
    r"\b(?:p[tdm][ep]?_store|pte_load_store|pte_load_clear|pde_load_store|pde_load_clear|"
    r"pmap_pte_(?:set|cas|testset|setbits|clearbits|flush)|pte_store_ma|pde_store_ma|"
    r"(?:native_)?(?:set_(?:pte|pmd|pud|pgd|p4d)(?:_atomic|_at)?|p(?:te|md|ud|gd)_clear))\s*\(")
ENTRY_TYPES = r"(?:pt_entry_t|pd_entry_t|pdpt_entry_t|pte_t|pde_t|pmd_t|pud_t|pgd_t|pdpte_t)"
POINTER = re.compile(r"\b%s\s*(?:const\s+|volatile\s+)?\*+\s*(?:restrict\s+)?(\w+)|"
                     r"\b%s\s+(\w+)\s*\[" % (ENTRY_TYPES, ENTRY_TYPES))
ASSIGN = r"\s*(?:[|&^]?=(?!=)|\+\+|--)"
STORE_REMEDY = "ringone_batch_add() with the entry's machine address"


def remedies() -> dict[str, str]:
    return {**{p.name: p.remedy for p in PATTERNS}, "store": STORE_REMEDY}


def entry_fields(text: str) -> set[str]:
    """Names of the bit fields of what looks like a page-table entry: one bit that says present,
    and 20 bits or more of a frame."""
    found = set()
    for m in re.finditer(r"\{([^{}]*\bp(?:resent)?\s*:\s*1\b[^{}]*)\}", text):
        widths = dict(re.findall(r"\b(\w+)\s*:\s*(\d+)", m.group(1)))
        if any(int(w) >= 20 for w in widths.values()):
            found |= set(widths)
    return found


def store_places(text: str, helpers: Iterable[str],
                 fields: Iterable[str] = ()) -> Iterator[tuple[int, str]]:
    """(place, text) of stores into page tables in C: calls of helpers, assignments to the bit
    fields of entries, and through what is declared as a pointer to an entry or an array of them."""
    members = "|".join(sorted(re.escape(f) for f in fields))
    if members and PAGING.search(text):
        for m in re.finditer(r"(?:\.|->)\s*(?:%s)%s" % (members, ASSIGN), text):
            yield m.start(), " ".join(m.group(0).split())
    spotted = [STORES]
    names = "|".join(re.escape(h) for h in helpers)
    if names:
        spotted.append(re.compile(r"\b(?:%s)\s*\(" % names))
    for regex in spotted:
        for m in regex.finditer(text):
            yield m.start(), m.group(0).rstrip("( \t") + "()"
    pointers = {a or b for a, b in POINTER.findall(text)} - {""}
    if not pointers:
        return
    some = "|".join(sorted(re.escape(p) for p in pointers))
    place = (r"\*\s*\(?\s*(?:%s)\s*(?:\+\+)?(?:\s*[+-]\s*\w+)?\s*\)?|\b(?:%s)\s*\[[^\]\n]*\]"
             % (some, some))
    for m in re.finditer(r"(?<![\w)\]])(?:%s)%s" % (place, ASSIGN), text):
        before = text[text.rfind("\n", 0, m.start()) + 1:m.start()]
        if re.search(ENTRY_TYPES + r"\s*(?:const\s+|volatile\s+)?$", before):
            continue                     # a declaration with a value
        yield m.start(), " ".join(m.group(0).split())


def shown(found: str) -> str:
    """What was found in one line, from its last word on where a whole line was needed to see it."""
    found = " ".join(found.strip(" \t\n,(|=$").split())
    return found if len(found) <= 60 else found.split(" ")[-1]


def look(text: str, lang: str, helpers: Iterable[str],
         fields: Iterable[str] = ()) -> Iterator[tuple[int, str, str, str]]:
    """(place, name, part, text) for everything in a file without comments and strings."""
    seen = set()
    lines = source.Lines(text)
    for p in PATTERNS:
        if p.only and not p.only.search(text):
            continue
        for m in p.regex.finditer(text):
            start = m.start() + len(m.group(0)) - len(m.group(0).lstrip(" \t\n,(|=$"))
            key = (lines.at(start), p.name)
            if key not in seen:
                seen.add(key)
                yield start, p.name, p.part, shown(m.group(0))
    if lang in ("c", "rust"):
        for start, what in store_places(text, helpers, fields):
            key = (lines.at(start), "store")
            if key not in seen:
                seen.add(key)
                yield start, "store", "mmu", what

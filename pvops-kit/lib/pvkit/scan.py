# SPDX-License-Identifier: MIT
"""What a port of a kernel nobody has ported will have to deal with.

A binary is disassembled, source is read: mnemonics in assembly, and inside of asm statements in
C, C++ and Rust. Source shows what a configuration leaves out, a binary shows what macros hide.
What is no instruction of its own (a test of the ring, a store into a page table) is found in
source by how people write it (patterns.py).
"""

from __future__ import annotations

import collections
import os
import re
import subprocess
from collections.abc import Collection, Iterable

from . import patterns, source
from .shapes import Hit, Kinds
from .tools import tool
from .verify import disassemble

# What stands in for an instruction: the shim's call, or what to do where there is none.
REMEDIES = {
    "cli": "set vcpu_info->evtchn_upcall_mask",
    "sti": "clear evtchn_upcall_mask, then look at evtchn_upcall_pending",
    "pushf": "IF in it is not the event mask: read evtchn_upcall_mask",
    "popf": "does not change IF and does not fault: write evtchn_upcall_mask",
    "hlt": "ringone_sched_op(SCHEDOP_block)",
    "monitor": "ringone_sched_op(SCHEDOP_block)", "mwait": "ringone_sched_op(SCHEDOP_block)",
    "iret": "ringone/entry.h: the return path (same-ring iret is legal)",
    "sysexit": "leave by the iret path", "sysret": "leave by the iret path",
    "lgdt": "ringone_set_gdt()", "lidt": "ringone_trap(), ringone_set_trap_table()",
    "lldt": "ringone_mmuext_op(MMUEXT_SET_LDT)", "ltr": "ringone_stack_switch() on every switch",
    "swapgs": "64-bit only: leave out", "sgdt": "shows the hypervisor's: remember what was set",
    "sidt": "shows the hypervisor's: remember what was set",
    "sldt": "remember what was set", "str": "remember what was set",
    "lar": "sees ring 1: compare against selectors instead",
    "lsl": "sees truncated limits: do not compute with them",
    "load-ss": "selectors of ring 1; ringone_stack_switch() names the stack",
    "read-cs": "shows ring 1: do not compare with 0", "read-ss": "shows ring 1",
    "ljmp": "selectors of ring 1", "lcall": "selectors of ring 1",
    "retf": "selectors of ring 1; to another ring by ringone/entry.h",
    "lkgs": "64-bit only: leave out", "invlpgb": "ringone_mmuext_op(MMUEXT_INVLPG_ALL)",
    "tlbsync": "ringone_mmuext_op(MMUEXT_TLB_FLUSH_ALL)",
    "psmash": "leave out", "pvalidate": "leave out",
    "verr": "sees ring 1", "verw": "sees ring 1 (as a buffer flush it is fine)",
    "invlpg": "ringone_mmuext_op(MMUEXT_INVLPG_LOCAL)",
    "invpcid": "ringone_mmuext_op(MMUEXT_TLB_FLUSH_LOCAL)",
    "invd": "leave out", "wbinvd": "ringone_mmuext_op(MMUEXT_FLUSH_CACHE)",
    "wbnoinvd": "ringone_mmuext_op(MMUEXT_FLUSH_CACHE)",
    "mov-cr0": "TS: ringone_fpu_taskswitch(); the rest is not the guest's",
    "mov-cr2": "from the page-fault frame or vcpu_info->arch.cr2",
    "mov-cr3": "ringone_mmuext_op(MMUEXT_NEW_BASEPTR); reading: remember what was set",
    "mov-cr4": "emulated for known bits: clear the features instead",
    "clts": "ringone_fpu_taskswitch(0)", "lmsw": "ringone_fpu_taskswitch()",
    "smsw": "shows the hypervisor's CR0",
    "rdmsr": "emulated where whitelisted: clear the feature", "xsetbv": "emulated: once, at boot",
    "wrmsr": "emulated where whitelisted: clear the feature",
    "rdpmc": "clear the feature", "cpuid": "legal; the forced form shows the virtual processor",
    "clac": "clear the SMAP feature", "stac": "clear the SMAP feature",
    "in": "no device in an ordinary guest; dom0: ringone_physdev_op(PHYSDEVOP_set_iopl)",
    "(bad)": "data among code, or an instruction nobody knows: look at it",
}
for _name in ("out", "ins", "outs"):
    REMEDIES[_name] = REMEDIES["in"]
for _name in ("es", "ds", "fs", "gs"):
    REMEDIES["load-" + _name] = "descriptors of the guest's have DPL 1 to 3; selectors of ring 1"
for _number in range(8):
    REMEDIES["mov-dr%d" % _number] = "ringone_set_debugreg(), ringone_get_debugreg()"

REMEDIES.update(patterns.remedies())

TASKS = {
    "traps": "traps: entry, exit, the trap table",
    "interrupts": "interrupts: masking, idling, delivery as events",
    "mmu": "memory: CR3, TLB, and every store into a page table",
    "descriptors": "descriptors: GDT, LDT, TSS",
    "memory-devices": "devices in memory: interrupt controller, video",
    "ports": "devices: port I/O, the timer and the interrupt controllers among it",
    "processor": "processor state: features, MSRs, FPU, debug registers",
    "-": "to look at by hand",
}
REMINDER = ("Not to be seen: stores into page tables through helpers of the tree's own (name them "
            "in port.conf, [scan] stores), reading time (ringone_clock_ns()), and the interrupt "
            "number a device expects (ringone_event_loop()).")

# Architectures whose mnemonics mean what they mean here, by the names of their folders.
X86 = frozenset("""x86 i386 i486 i586 i686 ia32 x86_32 x86_64 amd64 x64 i86pc intel pc pc98 um xen
xen32""".split())
OTHERS = frozenset("""aarch64 acorn26 acorn32 alpha amiga arc arm arm26 arm32 arm64 armv7 atari
avr avr32 blackfin c6x cesfic cris csky evbarm evbmips evbppc evbsh3 frv h8300 hexagon hp300 hpcarm
hppa ia64 iyonix landisk loongarch loongarch64 luna68k m32r m68k mac68k macppc metag microblaze mips
mips64 mn10300 mvme68k nds32 news68k nios2 openrisc or1k parisc pmax powerpc powerpc64 ppc ppc64
prep risc-v riscv riscv32 riscv64 s390 s390x score sgimips sh sh3 sh4 sh5 shark sparc sparc64 sun2
sun3 tile unicore32 usermode vax wasm x68k xtensa zaurus""".split())

ASM = re.compile(r"\b(?:asm|__asm__|__asm|asm_inline)\b"
                 r"(?:\s+(?:volatile|__volatile__|__volatile|goto|inline|__inline|asm_inline))*"
                 r"\s*\(|\b(?:\w+_)?asm!\s*[({]")
LITERAL = re.compile(r'r#"(.*?)"#|"((?:\\.|[^"\\])*)"', re.S)
SUFFIXED = "lwbqd"
PREFIX = re.compile(r"^(?:(?:rep\w*|lock|data16|data32|addr16|addr32|bnd|[c-gs]s)\s+)+")
SEGMENT = re.compile(r"(?<![\w$])%*([c-gs]s)\b(?!\s*:)")
STORE_FILES = (".c", ".h", ".cc", ".cpp", ".hpp", ".rs")
PRESENT = re.compile(r"\bp(?:resent)?\s*:\s*1\b")


def kinds() -> Kinds:
    """{mnemonic: (class, part)} as pvverify knows them."""
    p = subprocess.run([tool("pvverify"), "--list"], capture_output=True, check=True, text=True)
    return {m: (c, w) for m, c, w in (s.split("\t") for s in p.stdout.splitlines())}


def segment_name(word: str, rest: str) -> str | None:
    """"load-ds", "read-cs" or None for a statement that may move a segment register."""
    plain = re.sub(r"\([^()]*\)|\[[^\]]*\]", "", rest)
    operands = [o.strip() for o in plain.split(",")]
    regs = [m.group(1) if (m := SEGMENT.fullmatch(o)) else None for o in operands]
    if re.fullmatch(r"l[defgs]s[lw]?", word):
        return "load-" + word[1:3] if word[1:3] in ("es", "ds", "ss", "fs", "gs") else None
    if re.fullmatch(r"pop[lw]?", word) and regs[0] in ("es", "ds", "ss", "fs", "gs"):
        return "load-" + regs[0]
    if re.fullmatch(r"push[lw]?", word) and regs[0] in ("cs", "ss"):
        return "read-" + regs[0]
    if re.fullmatch(r"mov[lwqd]?", word) and len(regs) == 2:
        source_first = "%" in rest or "$" in rest
        to, of = (regs[1], regs[0]) if source_first else (regs[0], regs[1])
        if to and to != "cs":
            return "load-" + to
        if of in ("cs", "ss"):
            return "read-" + of
    return None


def name_of(statement: str, known: Kinds) -> str | None:
    """The table's name for one assembly statement, or None. `statement` is AT&T or Intel."""
    s = re.sub(r"^\s*(?:[\w.$%\\@]+:)*\s*", "", statement)
    s = PREFIX.sub("", s)
    m = re.match(r"([a-z][a-z0-9]*)\b(.*)", s, re.S)
    if not m:
        m = re.match(r"([A-Z][A-Z0-9]*)\b(.*)", s, re.S)     # NASM people shout
        if not m or "(" in s:
            return None
    word, rest = m.group(1).lower(), m.group(2).lower()
    if re.match(r"\s*(?:[=:]|\()", rest) and not re.match(r"\s*\(%", rest):
        return None                   # an assignment, a macro's call
    segment = segment_name(word, rest)
    if segment:
        return segment
    if re.fullmatch(r"mov[lqd]?", word):
        reg = re.search(r"\b(cr[0-8]|db[0-7]|dr[0-7])\b", rest)
        return "mov-" + reg.group(1).replace("db", "dr") if reg else None
    if word in ("lret", "lretl", "lretw", "retfl", "retfw") or (word in ("jmp", "call") and
                                                               re.match(r"\s+far\b", rest)):
        return "retf" if "ret" in word else "l" + word
    if word == "jmp" and re.match(r"\s+(?:dword\s+)?\w+\s*:\s*[\w.]", rest):
        return "ljmp"                 # jmp 0x08:label
    for candidate in (word, word[:-1] if word[-1:] in SUFFIXED else None):
        if candidate in known:
            return candidate
    return None


def class_of(name: str, known: Kinds) -> tuple[str, str]:
    return known.get(name) or known["mov-" + name[4:6]]


def template_of(text: str, start: int) -> tuple[int, str]:
    """(end, template) of the asm statement whose parenthesis opens before `start`. Constraint
    strings come after the first colon outside of a string and are left out."""
    depth, i, quoted, end = 1, start, False, None
    while i < len(text) and depth:
        c = text[i]
        if quoted:
            i += c == "\\"
            quoted = c != '"'
        elif c == '"':
            quoted = True
        elif c in "({":
            depth += 1
        elif c in ")}":
            depth -= 1
        elif c == ":" and depth == 1 and end is None:
            end = i
        i += 1
    return i, text[start:end or i - 1]


def statements_of_c(text: str) -> list[tuple[int, str]]:
    """[(line number, statement)] of all asm statements in C, C++ or Rust. The line is that of the
    keyword."""
    out, lines = [], source.Lines(text)
    for m in ASM.finditer(text):
        _, body = template_of(text, m.end())
        joint = "\n" if m.group(0).endswith(("!(", "! (", "!{")) else ""
        code = joint.join(a or b for a, b in LITERAL.findall(body))
        code = re.sub(r"\\[nr]", "\n", code).replace("\\t", " ")
        line = lines.at(m.start())
        out += [(line, s) for s in re.split(r"[\n;]", code) if s.strip()]
    return out


def statements_of_asm(text: str, lang: str) -> list[tuple[int, str]]:
    """[(line number, statement)] of assembly; what macros are defined as is read, too."""
    out = []
    for number, line in enumerate(text.split("\n"), 1):
        line = line.rstrip("\\ \t")
        if line.lstrip().startswith("#"):
            define = re.match(r"\s*#\s*define\s+\w+(?:\([^()]*\))?\s", line)
            if not define:
                continue
            line = line[define.end():]
        out += [(number, s) for s in (line.split(";") if lang == "gas" else [line]) if s.strip()]
    return out


class File:
    """One file of source: its text without comments, and the names its lines belong to."""

    def __init__(self, path: str, name: str) -> None:
        self.path, self.name = path, name
        self.lang = source.language(path) or "c"
        with open(path, encoding="utf-8", errors="replace") as f:
            self.text = source.without_comments(f.read().replace("\r\n", "\n"), self.lang)
        self.names: list[str] = []

    def symbol(self, line: int) -> str:
        if not self.names:
            self.names = source.names_of_lines(self.text, self.lang)
        return self.names[line]

    def hit(self, line: int, cls: str, mnemonic: str, part: str, text: str) -> Hit:
        return {"class": cls, "mnemonic": mnemonic, "part": part, "symbol": self.symbol(line),
                "source": "%s:%d" % (self.name, line), "text": " ".join(text.split())}


def scan_source(path: str, name: str, known: Kinds, stores: Collection[str] = (),
                fields: Collection[str] = ()) -> tuple[list[Hit], File]:
    """Hits of one file, in the form `disassemble` gives them, and the File."""
    file = File(path, name)
    if file.lang in ("gas", "nasm"):
        found = statements_of_asm(file.text, file.lang)
    else:
        found = statements_of_c(file.text)
    hits = []
    for number, statement in found:
        mnemonic = name_of(statement, known)
        if mnemonic:
            cls, part = class_of(mnemonic, known)
            hits.append(file.hit(number, cls, mnemonic, part, statement))
    bare, lines = source.without_strings(file.text), source.Lines(file.text)
    for place, pattern, part, text in patterns.look(bare, file.lang, stores, fields):
        number = lines.at(place)
        if file.symbol(number) not in stores:       # not in the helper itself
            hits.append(file.hit(number, "pattern", pattern, part, text))
    return hits, file


def is_other_architecture(folder: str, parent: str) -> bool:
    """Is a folder of this name another architecture's? Below `arch` everything is that is not
    this one's."""
    if folder in X86:
        return False
    return folder in OTHERS or (parent == "arch" and folder not in ("include", "common", "generic"))


class Tree:
    """What a walk over a tree found: `files` to read, folders of other architectures, and how many
    files of a suffix are in languages that are not read."""

    def __init__(self, tree: str, folders: Iterable[str], every_arch: bool = False) -> None:
        self.files: list[str] = []
        self.others: list[str] = []
        self.unread: collections.Counter[str] = collections.Counter()
        for folder in folders:
            for base, dirs, names in os.walk(os.path.join(tree, folder)):
                parent = os.path.basename(base)
                here = [] if every_arch else [d for d in dirs if is_other_architecture(d, parent)]
                self.others += [os.path.relpath(os.path.join(base, d), tree) for d in sorted(here)]
                dirs[:] = sorted(d for d in dirs if d not in (".git", ".pvkit", ".pc", *here))
                for name in sorted(names):
                    suffix = os.path.splitext(name)[1]
                    if source.language(name):
                        self.files.append(os.path.relpath(os.path.join(base, name), tree))
                    elif suffix in source.UNREAD:
                        self.unread[suffix] += 1


def count_calls(tree: str, files: Iterable[str], names: Collection[str]) -> dict[str, int]:
    """{name: how often it is called} over `files`: uses in bodies of other functions."""
    calls = dict.fromkeys(names, 0)
    if not names:
        return calls
    wanted = re.compile(r"\b(%s)\s*\(" % "|".join(sorted(re.escape(n) for n in names)))
    for name in files:
        if not name.endswith(tuple(source.LANGUAGES)):
            continue
        with open(os.path.join(tree, name), encoding="utf-8", errors="replace") as f:
            if not wanted.search(f.read()):
                continue
        file = File(os.path.join(tree, name), name)
        if file.lang not in ("c", "rust"):
            continue
        bare, lines = source.without_strings(file.text), source.Lines(file.text)
        for m in wanted.finditer(bare):
            inside = file.symbol(lines.at(m.start()))
            calls[m.group(1)] += inside not in ("-", m.group(1))
    return calls


def scan_tree(tree: str, folders: Iterable[str], known: Kinds, stores: Collection[str] = (),
              every_arch: bool = False) -> tuple[list[Hit], str]:
    """(hits, summary) over the source of `folders` below `tree`."""
    found = Tree(tree, folders, every_arch)
    fields: set[str] = set()
    for name in found.files:
        if name.endswith(STORE_FILES):
            with open(os.path.join(tree, name), encoding="utf-8", errors="replace") as f:
                text = f.read()
            if PRESENT.search(text):
                fields |= patterns.entry_fields(source.without_comments(text, "c"))
    hits: list[Hit] = []
    exported: set[str] = set()
    for name in found.files:
        mine, file = scan_source(os.path.join(tree, name), name, known, stores, fields)
        hits += mine
        if mine and file.lang == "gas":
            exported |= source.exported(file.text)
    wrappers = {h["symbol"] for h in hits if h["class"] in ("privileged", "sensitive")
                and (h["source"].rsplit(":", 1)[0].endswith(STORE_FILES) or
                     h["symbol"] in exported)} - {"-"}
    calls = count_calls(tree, found.files, wrappers)
    for h in hits:
        if h["symbol"] in wrappers:
            h["calls"] = calls[h["symbol"]]
    summary = "%d files of source read" % len(found.files)
    if found.unread:
        summary += ", %d not read (%s)" % (
            sum(found.unread.values()),
            ", ".join("%s %d" % u for u in sorted(found.unread.items())))
    if found.others:
        summary += "; left out as other architectures' (--all-arch reads them): %s" % (
            shorten(found.others))
    return hits, summary


def shorten(names: list[str], shown: int = 4) -> str:
    more = len(names) - shown
    return ", ".join(names[:shown]) + (" and %d more" % more if more > 0 else "")


def scan(path: str, folders: Iterable[str], stores: Collection[str] = (),
         every_arch: bool = False) -> tuple[list[Hit], str]:
    """(hits, summary) of a tree, an object or a linked kernel."""
    if os.path.isdir(path):
        return scan_tree(path, folders or ["."], kinds(), stores, every_arch)
    return disassemble(path)


def remedy(mnemonic: str) -> str:
    return REMEDIES.get(mnemonic, "leave out: clear the feature")

# SPDX-License-Identifier: MIT
"""What a port of a kernel nobody has ported will have to deal with.

A binary is disassembled, source is read: mnemonics in assembly, and inside of asm statements in
C. Source shows what a configuration leaves out, a binary shows what macros hide; neither shows
stores into page tables, which are ordinary instructions: those are found by name (REMINDER).
"""

import os
import re
import subprocess

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

TASKS = {
    "traps": "traps: entry, exit, the trap table",
    "interrupts": "interrupts: masking, idling, delivery as events",
    "mmu": "memory: CR3, TLB, and every store into a page table",
    "descriptors": "descriptors: GDT, LDT, TSS",
    "ports": "devices: port I/O, the timer and the interrupt controllers among it",
    "processor": "processor state: features, MSRs, FPU, debug registers",
    "-": "to look at by hand",
}
REMINDER = ("Not to be seen in instructions: stores into page tables (look for the functions that "
            "set entries; ringone_batch_add()), reading time (ringone_clock_ns()), and the "
            "interrupt number a device expects (ringone_event_loop()).")

ASM = re.compile(rb"\b(?:asm|__asm__|__asm)\b(?:\s+(?:volatile|__volatile__|goto|inline|"
                 rb"asm_inline))*\s*\(")
STRING = re.compile(r'"((?:\\.|[^"\\])*)"')
DEFINITION = re.compile(r"^[A-Za-z_][\w\s*,()]*?\b(\w+)\s*\([^;]*$|^(?:SYM_\w+|ENTRY)\((\w+)|"
                        r"^([A-Za-z_]\w*):")
SUFFIXED = "lwbqd"


def kinds():
    """{mnemonic: (class, part)} as pvverify knows them."""
    p = subprocess.run([tool("pvverify"), "--list"], capture_output=True, check=True, text=True)
    return {m: (c, w) for m, c, w in (s.split("\t") for s in p.stdout.splitlines())}


def name_of(statement, known):
    """The table's name for one assembly statement, or None. `statement` is AT&T or Intel."""
    s = re.sub(r"^\s*(?:[\w.$%\\@]+:)*\s*", "", statement)
    s = re.sub(r"^(?:rep\w*|lock)\s+", "", s)
    m = re.match(r"([a-z][a-z0-9]*)\b(.*)", s, re.S)
    if not m:
        return None
    word, rest = m.groups()
    if re.fullmatch(r"mov[lqd]?", word):
        reg = re.search(r"\b(cr[0-8]|db[0-7]|dr[0-7])\b", rest)
        return "mov-" + reg.group(1).replace("db", "dr") if reg else None
    for candidate in (word, word[:-1] if word[-1:] in SUFFIXED else None):
        if candidate in known:
            return candidate
    return None


def class_of(name, known):
    return known.get(name) or known["mov-" + name[4:6]]


def statements_of_c(text):
    """[(line number, statement)] of all asm statements in C source. Constraint strings come after
    the first colon outside of a string and are left out."""
    out = []
    for m in ASM.finditer(text):
        depth, i, quoted, start = 1, m.end(), False, m.end()
        template_end = None
        while i < len(text) and depth:
            c = text[i:i + 1]
            if quoted:
                i += c == b"\\"
                quoted = c != b'"'
            elif c == b'"':
                quoted = True
            elif c in b"()":
                depth += 1 if c == b"(" else -1
            elif c == b":" and depth == 1 and template_end is None:
                template_end = i
            i += 1
        body = text[start:template_end or i - 1].decode("utf-8", "replace")
        line = text.count(b"\n", 0, m.start()) + 1
        code = "".join(STRING.findall(body)).replace("\\n", "\n").replace("\\t", " ")
        out += [(line, s) for s in re.split(r"[\n;]", code) if s.strip()]
    return out


def strip_comments(text):
    """Blank out comments, keeping lines: the scanner needs line numbers."""
    def blank(m):
        return m.group(0) if m.group(0)[:1] == b'"' else re.sub(rb"[^\n]", b" ", m.group(0))
    return re.sub(rb'"(?:\\.|[^"\\\n])*"|/\*.*?\*/|//[^\n]*', blank, text, flags=re.S)


def function_at(lines, number):
    """Name of the definition that the 1-based line lies in: the nearest above that opens one."""
    for i in range(min(number, len(lines)) - 1, -1, -1):
        m = DEFINITION.match(lines[i])
        if m and not re.match(r"(if|for|while|switch|return|else)\b", lines[i]):
            return next(g for g in m.groups() if g)
    return "-"


def scan_source(path, name, known):
    """Hits of one file, in the form `disassemble` gives them."""
    with open(path, "rb") as f:
        text = strip_comments(f.read())
    if path.endswith((".S", ".s")):
        found = [(i, s) for i, line in enumerate(text.decode("utf-8", "replace").splitlines(), 1)
                 if not line.lstrip().startswith("#")
                 for s in line.split("#")[0].split(";")]
    else:
        found = statements_of_c(text)
    hits, lines = [], text.decode("utf-8", "replace").splitlines()
    for number, statement in found:
        mnemonic = name_of(statement, known)
        if mnemonic:
            cls, part = class_of(mnemonic, known)
            hits.append({"class": cls, "mnemonic": mnemonic, "part": part,
                         "symbol": function_at(lines, number),
                         "source": "%s:%d" % (name, number), "text": statement.strip()})
    return hits


def scan_tree(tree, folders, known):
    """(hits, summary) over the C and assembly of `folders` below `tree`."""
    hits, files = [], 0
    for folder in folders:
        for base, dirs, names in os.walk(os.path.join(tree, folder)):
            dirs[:] = sorted(d for d in dirs if d not in (".git", ".pvkit", ".pc"))
            for name in sorted(names):
                if name.endswith((".c", ".h", ".S", ".s")):
                    path = os.path.join(base, name)
                    files += 1
                    hits += scan_source(path, os.path.relpath(path, tree), known)
    return hits, "%d files of source read" % files


def scan(path, folders):
    """(hits, summary) of a tree, an object or a linked kernel."""
    if os.path.isdir(path):
        return scan_tree(path, folders or ["."], kinds())
    return disassemble(path)


def remedy(mnemonic):
    return REMEDIES.get(mnemonic, "leave out: clear the feature")

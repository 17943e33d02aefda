# SPDX-License-Identifier: MIT
"""scan of source nobody has seen: every style of function and label has the right name or none,
and the sums are those one gets by reading. The sources are ours, each shows one way to write."""

import collections
import json
import os

from toy import Toy

BSD_HEADER = """\
static __inline void
load_cr3(u_int data)
{

	__asm __volatile("movl %0,%%cr3" : : "r" (data) : "memory");
}

static __inline u_int
rcr2(void)
{
	u_int	data;

	__asm __volatile("movl %%cr2,%0" : "=r" (data));
	return (data);
}

#define	disable_intr()	__asm __volatile("cli" : : : "memory")
#define wide(x) do {				\\
	__asm __volatile("rdmsr" : "=A" (x));	\\
} while (0)
"""

BSD_C = """\
#include <sys/param.h>

pt_entry_t *PTmap;
static int prototype(void);

int
old_style(a, b)
	int a;
	char *b;
{
	disable_intr();
	__asm __volatile("ltr %0" : : "r" (a));
	return (0);
}

static int
pmap_enter_one(pmap_t pmap, vm_offset_t va)
{
	pt_entry_t *pte, origpte;
	pd_entry_t *pde = pmap_pde(pmap, va);

	pte = pmap_pte(pmap, va);
	origpte = *pte;
	if (*pte == 0)
		*pte = va | PG_V;
	pte_store(pte, origpte);
	my_set_entry(pte, 0);
	PTmap[i] |= PG_A;
	*pde++ = 0;
	load_cr3(0);
	load_cr3(rcr2());
	return (*pte != 0);
}

#ifdef DDB
void
with_ifdef(struct trapframe *frame)
{
	if (ISPL(frame->tf_cs) == SEL_UPL) {
#else
void
with_ifdef(void)
{
	if (1) {
#endif
		asm("hlt");
	}
}

struct ops table[] = {
	{ old_style, 1 },
};

asm(".globl in_text; in_text: sti; ret");

void
after_table(void)
{
	asm("lidt (%0)" : : "r" (&table));
}

SYSINIT(start, SI_SUB_KLD, SI_ORDER_ANY, after_table, NULL);

SYSCALL_DEFINE1(exit, int, code)
{
	asm("wbinvd");
}

DEFINE_IDTENTRY(exc_thing)
{
	asm("clts");
}

static __attribute__((__noinline__, section("a { b"))) void __init
attributes(void (*callback)(int)) __attribute__((cold));

__attribute__((noinline)) static void attributes(void (*callback)(int))
{
	asm("invlpg (%0)" : : "r" (callback));
}
"""

ASSEMBLY = """\
#include <machine/asmacros.h>
#define	LOCK	cli
#define	LEAVE(x)	\\
	popl	%ds ;	\\
	iret

	.data
table:	.long 0
	.text
NON_GPROF_ENTRY(btext)
	movl	%cr0,%eax	# lgdt in a comment
	jmp	1f
1:	cli
	.data
gdtdesc: .word 0
	.text
	hlt
.Llocal:
	lgdt	gdtdesc
inner:	sti; lret
/*
 * cli
 */
IDTVEC(div)
	pushl	%cs
	testb	$SEL_RPL_MASK, TF_CS(%esp)
END(div)
	.macro	save
	movl	%eax, %fs
	.endm
"""

NASM = """\
; cli
bits 32
section .text
global flush_gdt
flush_gdt:
	lgdt [eax]		; hlt
	mov ax, 0x10
	mov ds, ax
	mov [ds:eax], bx
	jmp 0x08:.flush
.flush:
	MOV CR3, EAX
	ret
page_dir_on:
	or eax, 0x10
	mov cr4, eax
	in al, dx
	retf
"""

CPP = """\
namespace Kernel {
class Processor {
	void halt() const { asm volatile("hlt"); }
};
extern "C" {
void Processor::disable(int a) noexcept
{
	asm volatile("cli" ::: "memory");
}
}
}
"""

RUST = """\
// asm!("cli")
impl Cr3 {
    pub unsafe fn write(value: u32) {
        asm!("mov cr3, {}", in(reg) value, options(nostack));
    }
    pub fn read_port(p: u16) -> u8 {
        let v: u8; unsafe { core::arch::asm!("in al, dx", out("al") v, in("dx") p); } v
    }
}
global_asm!("start:", "lidt [eax]");
"""

TEACHING = """\
pde_t entrypgdir[1024] = {
	[0] = (0) | PTE_P | PTE_W | PTE_PS,
};
static int *lapic = (int *)0xFEE00000;
void trap(struct trapframe *tf)
{
	if ((tf->cs & 3) == 0)
		die();
	pte_t *pte = &pgtab[PTX(va)];
	pde_t *pgdir = 0;
	uint i = va >> 22;
	ushort *crt = (ushort *)0xb8000;
	*pte = pa | perm;
	pgdir[i] = 0;
	pgdir[1] = 0x83;
	gdt[1] = 0x00cf9a000000ffffULL;
	gdt_entry(2, 0x92, 0xcf);
	flags = 0x92;
}
"""


FIELDS_H = """\
typedef struct page {
	unsigned int present : 1;	/* in memory */
	unsigned int rw : 1, user : 1;
	unsigned int unused : 9;
	unsigned int frame : 20;
} page_t;
struct other { unsigned int mode : 3, user : 1; };
"""

FIELDS_C = """\
void map(page_table_t *t, int i)
{
	t->pages[i].frame = 5;
	t->pages[i].present = 1;
	if (t->pages[i].rw == 1)
		file->mode = 3;
	gdt[1] = SEG(STA_X | STA_R, 0, 0xffffffff, 0);
	gdt[3] = SEG(STA_X | STA_R, 0, 0xffffffff, DPL_USER);
}
"""


class Source(Toy):
    def scan(self, *args):
        self.pvkit("scan", self.tree, *args, "--json")
        data = json.loads(self.out)
        self.summary = data["summary"]
        return data["hits"]

    def found(self, name, text, *args):
        """[(what, symbol)] in one file, in the order of lines."""
        self.write("tree/" + name, text)
        hits = [h for h in self.scan(*args) if h["source"].startswith(name + ":")]
        hits.sort(key=lambda h: int(h["source"].rsplit(":", 1)[1]))
        return [(h["mnemonic"], h["symbol"]) for h in hits]

    def test_return_types_on_their_own_line(self):
        self.write("tree/include/cpufunc.h", BSD_HEADER)
        self.assertEqual(self.found("i386/pmap.c", BSD_C), [
            ("ltr", "old_style"),
            ("store", "pmap_enter_one"),         # *pte = va
            ("store", "pmap_enter_one"),         # pte_store
            ("store", "pmap_enter_one"),         # PTmap[i] |=
            ("store", "pmap_enter_one"),         # *pde++ =
            ("cs & 3", "with_ifdef"),
            ("hlt", "with_ifdef"),
            ("sti", "-"),
            ("lidt", "after_table"),
            ("wbinvd", "sys_exit"),
            ("clts", "exc_thing"),
            ("invlpg", "attributes")])

    def test_inline_functions_and_macros_of_headers(self):
        self.write("tree/i386/pmap.c", BSD_C)
        self.assertEqual(self.found("include/cpufunc.h", BSD_HEADER), [
            ("mov-cr3", "load_cr3"), ("mov-cr2", "rcr2"), ("cli", "disable_intr"),
            ("rdmsr", "wide")])
        calls = {h["symbol"]: h.get("calls") for h in self.scan() if "cpufunc" in h["source"]}
        self.assertEqual(calls, {"load_cr3": 2, "rcr2": 1, "disable_intr": 1, "wide": 0})
        self.assertIn("load_cr3 (cpufunc.h, 2 calls)", self.pvkit("scan", self.tree))

    def test_helpers_that_the_port_names(self):
        self.write("port/port.conf", self.read("port/port.conf") +
                   "[scan]\nunder = i386 nowhere\nstores = my_set_entry\n")
        self.write("tree/other/asm.c", 'void f(void) { asm("cli"); }\n')
        found = collections.Counter(self.found("i386/pmap.c", BSD_C, "--port", self.port))
        self.assertEqual(found["store", "pmap_enter_one"], 5)
        self.assertNotIn("cli", {h["mnemonic"] for h in self.scan("--port", self.port)})

    def test_labels(self):
        self.assertEqual(self.found("i386/locore.s", ASSEMBLY), [
            ("cli", "LOCK"), ("load-ds", "LEAVE"), ("iret", "LEAVE"),
            ("mov-cr0", "btext"), ("cli", "btext"), ("hlt", "btext"), ("lgdt", "btext"),
            ("sti", "inner"), ("retf", "inner"),
            ("read-cs", "div"), ("cs & 3", "div"),
            ("load-fs", "save")])

    def test_calls_of_what_assembly_exports(self):
        self.write("tree/i386/cpufunc.S", "ENTRY(lcr3)\n\tmovl 4(%esp), %eax\n\tmovl %eax, %cr3\n"
                   "\tret\nhidden:\n\tcli\n")
        self.write("tree/i386/use.c", "void lcr3(int);\nvoid f(void)\n{\n\tlcr3(1);\n\tlcr3(2);\n"
                   "\thidden();\n}\n")
        self.assertEqual({h["symbol"]: h.get("calls") for h in self.scan()},
                         {"lcr3": 2, "hidden": None})

    def test_nasm(self):
        self.assertEqual(self.found("boot/gdt.asm", NASM), [
            ("lgdt", "flush_gdt"), ("load-ds", "flush_gdt"), ("ljmp", "flush_gdt"),
            ("mov-cr3", "flush_gdt"), ("4-MiB page", "page_dir_on"), ("mov-cr4", "page_dir_on"),
            ("in", "page_dir_on"), ("retf", "page_dir_on")])

    def test_cpp(self):
        for suffix in ("cpp", "cc", "hpp"):
            self.assertEqual(self.found("kernel/cpu." + suffix, CPP),
                             [("hlt", "halt"), ("cli", "disable")])

    def test_rust(self):
        self.assertEqual(self.found("src/cr3.rs", RUST), [
            ("mov-cr3", "write"), ("in", "read_port"), ("lidt", "-")])

    def test_languages_that_are_not_read_are_named(self):
        self.write("tree/kernel/main.zig", "asm volatile (\"cli\");\n")
        self.write("tree/kernel/more.zig", "\n")
        self.write("tree/kernel/defs.inc", "\n")
        self.scan()
        self.assertIn("2 files of source read, 3 not read (.inc 1, .zig 2)", self.summary)
        empty = os.path.join(self.dir, "empty")
        self.write("empty/main.zig", "\n")
        self.assertIn("0 files of source read, 1 not read (.zig 1)",
                      self.pvkit("scan", empty, status=4))

    def test_other_architectures_stay_out(self):
        """STR and IN are other instructions elsewhere."""
        self.write("tree/arch/arm/head.S", "start:\tstr r0, [r1]\n")
        self.write("tree/arch/newone/head.S", "start:\tin r0\n")
        self.write("tree/arch/x86/head.S", "start:\thlt\n")
        self.write("tree/sys/powerpc/trap.S", "x:\tsti r1\n")
        self.write("tree/sys/i386/trap.S", "x:\tcli\n")
        self.assertEqual({h["mnemonic"] for h in self.scan()}, {"hlt", "cli"})
        self.assertIn("left out as other architectures' (--all-arch reads them): arch/arm, "
                      "arch/newone, sys/powerpc", self.summary)
        self.assertEqual({h["mnemonic"] for h in self.scan("--all-arch")},
                         {"hlt", "cli", "str", "in", "sti"})
        self.assertEqual({h["mnemonic"] for h in self.scan("--under", "arch/arm")}, {"str"})

    def test_large_pages_are_switched_on_by_number(self):
        text = "void on(void)\n{\n\tu32 cr4 = read_cr4();\n\t%s;\n}\n"
        for how, n in (("cr4 |= 0x10", 1), ("write_cr4(cr4 | (1 << 4))", 1), ("cr4 |= 1UL << 4", 1),
                       ("cr4 |= 0x100", 0), ("cr4 |= 0x20", 0)):
            found = collections.Counter(self.found("kernel/on.c", text % how))
            self.assertEqual(found["4-MiB page", "on"], n, how)

    def test_entries_of_bit_fields(self):
        self.write("tree/mm/paging.h", FIELDS_H)
        self.assertEqual(self.found("mm/paging.c", FIELDS_C),
                         [("store", "map"), ("store", "map"), ("DPL 0", "map")])

    def test_descriptors_in_assembly(self):
        self.assertEqual(self.found("boot/gdt.asm", "gdt_start:\n\tdb 10011010b\n\tdb 10010010b\n"
                                    "\tdb 11111010b\n\tdb 0x92\n\tdb 0xF2\n"),
                         [("DPL 0", "gdt_start")] * 3)

    def test_what_is_no_instruction(self):
        found = collections.Counter(self.found("kernel/trap.c", TEACHING))
        self.assertEqual(found, {
            ("4-MiB page", "-"): 1, ("APIC", "-"): 1, ("cs & 3", "trap"): 1, ("no PAE", "trap"): 1,
            ("video memory", "trap"): 1, ("store", "trap"): 3, ("4-MiB page", "trap"): 1,
            ("DPL 0", "trap"): 2})
        out = self.pvkit("scan", self.tree)
        self.assertIn("devices in memory: interrupt controller, video  (2)", out)
        self.assertIn("0 instructions a port must deal with, and 11 other places", out)

# SPDX-License-Identifier: MIT
"""scan: the same questions put to source and to what is compiled from it."""

import json
import os
import subprocess

from pvkit import scan
from toy import Toy

C = """\
/* cli in a comment: asm("hlt") */
static inline void mask(void)
{
	asm volatile("cli" : : : "memory");
}

unsigned long flags(void)
{
	unsigned long f;

	__asm__ __volatile__("pushf\\n\\t"
			     "popl %0" : "=rm" (f) : : "memory");
	return f;
}

void table(void *p)
{
	asm("lgdt (%0); mov %%cr3, %%eax; movl %%eax, %%cr3" : : "r" (p) : "eax");
	asm("movl %0, %%eax; nop" : : "r" (p) : "eax"); /* not one of them: "sti" */
	puts("a string that says cli; hlt");
}
"""

S = """\
/* hlt */
	.text
	.globl	start
start:
	cli		# sti
1:	hlt; jmp 1b
out_of_here:
	mov	%db7, %eax
	rep insl
	lock incl (%eax)
	outb	%al, $0x80
	iretl
"""


class Scan(Toy):
    def setUp(self):
        super().setUp()
        self.c = self.write("tree/kernel/low.c", C)
        self.s = self.write("tree/kernel/start.S", S)

    def hits(self, *args):
        self.pvkit("scan", *args, "--json")
        return json.loads(self.out)["hits"]

    def test_c_source(self):
        found = [(h["mnemonic"], h["symbol"]) for h in self.hits(self.tree, "--under", "kernel")
                 if "low.c" in h["source"]]
        self.assertEqual(found, [("cli", "mask"), ("pushf", "flags"), ("lgdt", "table"),
                                 ("mov-cr3", "table"), ("mov-cr3", "table")])

    def test_assembly_source(self):
        found = [(h["mnemonic"], h["symbol"]) for h in self.hits(self.tree)
                 if "start.S" in h["source"]]
        self.assertEqual(found, [("cli", "start"), ("hlt", "start"), ("mov-dr7", "out_of_here"),
                                 ("ins", "out_of_here"), ("out", "out_of_here"),
                                 ("iret", "out_of_here")])

    def test_lines(self):
        lines = {h["mnemonic"]: h["source"] for h in self.hits(self.tree)}
        self.assertEqual(lines["lgdt"], "kernel/low.c:18")
        self.assertEqual(lines["iret"], "kernel/start.S:12")

    def test_source_and_object_agree(self):
        obj = os.path.join(self.dir, "start.o")
        subprocess.run(["gcc", "-m32", "-c", "-o", obj, self.s], check=True)
        source = sorted(h["mnemonic"] for h in self.hits(self.tree) if "start.S" in h["source"])
        self.assertEqual(sorted(h["mnemonic"] for h in self.hits(obj)), source)

    def test_every_kind_has_a_remedy_of_its_own_or_goes_away(self):
        for name, (cls, part) in scan.kinds().items():
            self.assertIn(part, scan.TASKS)
            if part in ("traps", "interrupts", "mmu", "descriptors", "ports") and cls != "info" \
                    and not name.startswith("mov-"):
                self.assertIn(name, scan.REMEDIES)

    def test_remedies_name_calls_the_shim_has(self):
        shim = ""
        for base, _, files in os.walk(os.path.join(os.path.dirname(scan.__file__), "..", "..",
                                                   "shim", "include")):
            for name in files:
                with open(os.path.join(base, name), encoding="utf-8") as f:
                    shim += f.read()
        for text in list(scan.REMEDIES.values()) + [scan.REMINDER]:
            for word in text.replace("(", " ").replace(",", " ").split():
                if word.startswith("ringone_"):
                    self.assertIn(word.split(")")[0], shim)

    def test_text_is_grouped_into_work(self):
        out = self.pvkit("scan", self.tree)
        self.assertIn("interrupts: masking, idling", out)
        self.assertIn("ringone_set_gdt()", out)
        self.assertIn("11 instructions a port must deal with", out)
        self.assertIn("stores into page tables", out)

    def test_what_is_not_there(self):
        self.pvkit("scan", "/nowhere", status=4)
        self.assertIn("no folder arch", self.pvkit("scan", self.tree, "--under", "arch", status=4))

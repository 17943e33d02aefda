# SPDX-License-Identifier: MIT
"""verify: every instruction of the list is found, every whitelist mistake is caught."""

import json
import os
import subprocess

from pvkit.tools import tool
from toy import Toy

# Every form the list must know, one a line: what to assemble, what it must be called.
PRIVILEGED = """
cli | cli
sti | sti
hlt | hlt
lgdt (%eax) | lgdt
lidt (%eax) | lidt
lldt %ax | lldt
lldt (%eax) | lldt
ltr %ax | ltr
mov %cr0, %eax | mov-cr0
mov %eax, %cr0 | mov-cr0
mov %cr2, %ecx | mov-cr2
mov %ecx, %cr3 | mov-cr3
mov %cr4, %edx | mov-cr4
mov %db7, %eax | mov-dr7
mov %eax, %db0 | mov-dr0
in %dx, %al | in
in $4, %eax | in
inw %dx, %ax | in
out %al, %dx | out
outl %eax, %dx | out
out %al, $0x80 | out
insb | ins
rep insw | ins
insl | ins
outsb | outs
rep outsw | outs
outsl | outs
rdmsr | rdmsr
wrmsr | wrmsr
clts | clts
invlpg (%eax) | invlpg
invd | invd
wbinvd | wbinvd
lmsw %ax | lmsw
iret | iret
iretw | iret
sysexit | sysexit
sysret | sysret
xsetbv | xsetbv
rdpmc | rdpmc
monitor | monitor
mwait | mwait
vmcall | vmcall
vmlaunch | vmlaunch
vmxon (%eax) | vmxon
vmread %eax, %ecx | vmread
stac | stac
clac | clac
"""
SENSITIVE = """
popf | popf
popfw | popf
pushf | pushf
pushfw | pushf
sgdt (%eax) | sgdt
sidt (%eax) | sidt
sldt %ax | sldt
sldt (%eax) | sldt
str %ax | str
str (%eax) | str
smsw %ax | smsw
smsw (%eax) | smsw
lar %ax, %eax | lar
lsl %ax, %eax | lsl
verr %ax | verr
verw (%eax) | verw
"""
FINE = """
nop
mov %eax, %ebx
mov %ds, %ax
mov %ax, %es
push %fs
pop %gs
int $0x80
int3
ud2
rdtsc
pause
lret
rep movsl
lock incl (%eax)
"""


def rows(text):
    return [tuple(p.strip() for p in s.split(" | ")) for s in text.strip().splitlines()]


class Verify(Toy):
    def assemble(self, body, name="x"):
        src = self.write(name + ".S", ".text\n.globl f\n.type f, @function\nf:\n" + body)
        obj = os.path.join(self.dir, name + ".o")
        subprocess.run(["gcc", "-m32", "-c", "-o", obj, src], check=True)
        return obj

    def hits(self, obj):
        p = subprocess.run([tool("pvverify"), obj], capture_output=True, text=True, check=True)
        return [s.split("\t") for s in p.stdout.splitlines() if not s.startswith("#")]

    def check(self, obj, whitelist, status):
        self.write("port/verify.whitelist", whitelist)
        return self.pvkit("verify", self.port, self.tree, "--image", obj, status=status)

    def test_every_privileged_instruction(self):
        for text, name in rows(PRIVILEGED):
            with self.subTest(text):
                found = self.hits(self.assemble(text + "\nret\n"))
                self.assertEqual([h[:2] for h in found], [["privileged", name]])

    def test_every_sensitive_instruction(self):
        for text, name in rows(SENSITIVE):
            with self.subTest(text):
                found = self.hits(self.assemble(text + "\nret\n"))
                self.assertEqual([h[:2] for h in found], [["sensitive", name]])

    def test_harmless_ones_are_not_listed(self):
        self.assertEqual(self.hits(self.assemble(FINE + "ret\n")), [])

    def test_cpuid_is_information(self):
        obj = self.assemble("cpuid\nret\n")
        self.assertEqual([h[0] for h in self.hits(obj)], ["info"])
        self.check(obj, "", 0)

    def test_forced_cpuid_is_no_string_output(self):
        self.assertEqual(self.hits(self.assemble('ud2a\n.ascii "xen"\ncpuid\nret\n')), [])

    def test_undecodable_bytes_are_listed_and_do_not_hide_what_follows(self):
        found = self.hits(self.assemble(
            ".byte 0xff, 0xff, 0xff\n.globl g\n.type g, @function\ng: cli\nret\n"))
        self.assertEqual([h[0] for h in found], ["undecodable", "privileged"])
        self.assertIn("ff ff ff (3 bytes)", found[0][8])
        self.assertEqual(found[1][5], "g")

    def test_symbol_boundary_resynchronises(self):
        """A first byte of a long instruction before a symbol must not swallow its code."""
        found = self.hits(self.assemble(".byte 0xb8\n.globl g\n.type g, @function\ng: cli\nret\n"
                                        "nop\nnop\nnop\n"))
        self.assertEqual([h[0] for h in found], ["undecodable", "privileged"])

    def test_newer_instructions_are_not_undecodable(self):
        code = [(0x0f, 0x01, 0xe8), (0x0f, 0x01, 0xfa), (0x66, 0x0f, 0xae, 0xf1),
                (0xf2, 0x0f, 0xae, 0xf3)]
        body = "".join(".byte %s\n" % ", ".join(map(hex, c)) for c in code)
        self.assertEqual(self.hits(self.assemble(body + "ret\n")), [])

    def alternative(self, between):
        """A linked file with one alternative of f; `between` is what the entry has between the
        distances and the lengths, which is what changes with the kernel's version."""
        obj = self.assemble("nop\nnop\nnop\nret\n" + """
\t.section .altinstr_replacement, "ax"
\tret\t\t\t# belongs to nobody: symbols are what separates
1:\tclac
2:\t.section .altinstructions, "a"
\t.long f - ., 1b - .
\t%s
\t.byte 3, 2b - 1b
""" % between)
        exe = os.path.join(self.dir, "alt")
        subprocess.run(["ld", "-m", "elf_i386", "-e", "f", "-o", exe, obj], check=True)
        return self.hits(exe)

    def test_alternatives_of_every_format(self):
        for between in (".word 7", ".word 7; .byte 0", ".long 7"):
            with self.subTest(between):
                hit = self.alternative(between)[0]
                self.assertEqual(hit[5], ".altinstr_replacement")
                self.assertEqual(hit[6], "0x0")
                self.assertIn("may replace code of f", hit[8])

    def test_suggest_prints_lines_that_still_need_a_reason(self):
        obj = self.assemble("cli\ncli\nmov %cr3, %eax\nret\n")
        self.pvkit("verify", self.port, self.tree, "--image", obj, "--suggest", status=1)
        lines = self.out
        self.assertEqual(lines, "cli f 2 #\nmov-cr3 f 1 #\n")
        self.assertIn("no reason", self.check(obj, lines, 2))
        self.check(obj, lines.replace("#", "# because"), 0)

    def test_source_line(self):
        src = self.write("c.c", "void _start(void)\n{\n\tasm volatile(\"cli\");\n}\n")
        exe = os.path.join(self.dir, "c")
        subprocess.run(["gcc", "-m32", "-g", "-nostdlib", "-static", "-o", exe, src], check=True)
        cli = [h for h in self.hits(exe) if h[1] == "cli"]
        self.assertTrue(cli[0][7].endswith("c.c:3"), cli)

    def test_unexplained_fails(self):
        out = self.check(self.assemble("cli\nret\n"), "", 1)
        self.assertIn("NOT EXPLAINED", out)
        self.assertIn("1 instruction(s) not explained", out)

    def test_explained_passes(self):
        self.check(self.assemble("cli\nmov %cr3, %eax\nret\n"), "cli f # why\nmov f 1 # why\n", 0)

    def test_entry_for_another_symbol_does_not_help(self):
        self.check(self.assemble("cli\nret\n"), "cli g|ff # why\n", 1)

    def test_count_is_a_limit(self):
        out = self.check(self.assemble("cli\ncli\nret\n"), "cli f 1 # why\n", 1)
        self.assertIn("1 instruction(s) not explained", out)

    def test_stale_entry_fails(self):
        out = self.check(self.assemble("ret\n"), "cli f # why\n", 1)
        self.assertIn("verify.whitelist:1", out)
        self.assertIn("explains 0", out)

    def test_too_few_is_stale_as_well(self):
        self.assertIn("not 2", self.check(self.assemble("cli\nret\n"), "cli f 2 # why\n", 1))

    def test_reason_is_required(self):
        self.assertIn("no reason", self.check(self.assemble("cli\nret\n"), "cli f\n", 2))

    def test_bad_bytes_can_be_explained(self):
        self.check(self.assemble(".byte 0xff, 0xff\n.globl g\ng: ret\n"), "(bad) f 1 # data\n", 0)

    def test_json(self):
        obj = self.assemble("cli\nret\n")
        self.pvkit("verify", self.port, self.tree, "--image", obj, "--json", status=1)
        data = json.loads(self.out)
        self.assertEqual(data["unexplained"], 1)
        self.assertEqual(data["hits"][0]["mnemonic"], "cli")

    def test_a_table_says_where_instructions_begin(self):
        """The byte before the label is the begin of a longer instruction; only the relocation in
        the table tells that CLI is one."""
        body = "jmp *table(,%eax,4)\n.byte 0xb8\n.Lcase: cli\nnop\nnop\nnop\nret\n"
        self.assertEqual(self.hits(self.assemble(body)), [])
        body += ".section .rodata\ntable: .long .Lcase\n"
        found = self.hits(self.assemble(body.replace("table(", ".rodata(")))
        self.assertEqual([(h[0], h[5]) for h in found], [("undecodable", "f"), ("privileged", "f")])
        self.assertEqual(found[1][1], "cli")

    def test_modules_are_code_of_the_kernel(self):
        """All *.ko of the build are read, and named; --image looks at one file alone."""
        build = os.path.join(self.dir, "build")
        os.makedirs(os.path.join(build, "drivers"))
        os.rename(self.assemble("cli\nret\n"), os.path.join(build, "vmlinux"))
        os.rename(self.assemble("nop\nsti\nret\n"), os.path.join(build, "drivers", "m.ko"))
        self.write("port/verify.whitelist", "cli f # why\n")
        self.stamped(build, "vmlinux")
        out = self.pvkit("verify", self.port, self.tree, "--build", build, status=1)
        self.assertRegex(out, r"sti .* f\+0x1 of drivers/m.ko .*NOT EXPLAINED")
        self.assertIn("drivers/m.ko: 3 instructions", out)
        self.pvkit("verify", self.port, self.tree, "--image", os.path.join(build, "vmlinux"))
        self.write("port/verify.whitelist", "cli f # why\nsti f # why\n")
        self.pvkit("verify", self.port, self.tree, "--build", build)

    def test_not_elf(self):
        path = self.write("x.txt", "hello")
        self.assertIn("is not an ELF file",
                      self.pvkit("verify", self.port, self.tree, "--image", path, status=5))

    def test_no_kernel_built(self):
        self.assertIn("pvkit build", self.pvkit("verify", self.port, self.tree, "--build",
                                                self.dir, status=4))

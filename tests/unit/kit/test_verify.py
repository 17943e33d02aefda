# SPDX-License-Identifier: MIT
"""verify: every instruction of the list is found, every whitelist mistake is caught."""

import os
import subprocess

from pvkit.tools import tool
from toy import HERE, Assembled

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
getsec | getsec
rsm | rsm
invpcid (%eax), %ecx | invpcid
invept (%eax), %ecx | invept
invvpid (%eax), %ecx | invvpid
vmresume | vmresume
vmxoff | vmxoff
vmptrld (%eax) | vmptrld
vmptrst (%eax) | vmptrst
vmclear (%eax) | vmclear
vmwrite %eax, %ecx | vmwrite
vmfunc | vmfunc
vmmcall | vmmcall
vmrun | vmrun
vmload | vmload
vmsave | vmsave
stgi | stgi
clgi | clgi
skinit | skinit
invlpga | invlpga
wbnoinvd | wbinvd
xsaves (%eax) | xsaves
xrstors (%eax) | xrstors
encls | encls
enclv | enclv
pconfig | pconfig
clrssbsy (%eax) | clrssbsy
clrssbsy %fs:0x100(%eax,%ebx,2) | clrssbsy
setssbsy | setssbsy
wrussd %eax, (%ecx) | wruss
hreset $1 | hreset
.byte 0x66, 0x0f, 0x01, 0xcc | tdcall
.byte 0x66, 0x0f, 0x01, 0xcf | seamcall
invlpgb | invlpgb
tlbsync | tlbsync
.byte 0xf3, 0x0f, 0x01, 0xff | psmash
.byte 0xf2, 0x0f, 0x01, 0xff | pvalidate
.byte 0xf3, 0x0f, 0x01, 0xd9 | vmgexit
.byte 0x0f, 0x01, 0xc6 | wrmsrns
.byte 0x64, 0xf3, 0x0f, 0xae, 0x30 | clrssbsy
.byte 0xf3, 0x67, 0x0f, 0xae, 0x36, 0x34, 0x12 | clrssbsy
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
mov %ax, %es | load-es
mov %ax, %ss | load-ss
mov (%eax), %ds | load-ds
mov %ax, %fs | load-fs
mov %ax, %gs | load-gs
pop %es | load-es
pop %ss | load-ss
pop %ds | load-ds
pop %fs | load-fs
pop %gs | load-gs
les (%eax), %ecx | load-es
lds (%eax), %ecx | load-ds
lss (%eax), %ecx | load-ss
lfs (%eax), %ecx | load-fs
lgs (%eax), %ecx | load-gs
push %cs | read-cs
mov %cs, %ax | read-cs
mov %cs, (%eax) | read-cs
push %ss | read-ss
mov %ss, %eax | read-ss
ljmp $8, $0 | ljmp
ljmp *(%eax) | ljmp
lcall $8, $0 | lcall
lcall *(%eax) | lcall
lret | retf
lret $4 | retf
"""
FINE = """
nop
mov %eax, %ebx
mov %ds, %ax
push %fs
push %es
mov %gs, (%eax)
vmovaps %ymm1, %ymm2
vzeroupper
clwb (%eax)
int $0x80
int3
ud2
rdtsc
pause
rdtscp
rep movsl
lock incl (%eax)
"""


def rows(text):
    return [tuple(p.strip() for p in s.split(" | ")) for s in text.strip().splitlines()]


class Verify(Assembled):
    def hits(self, obj):
        p = subprocess.run([tool("pvverify"), obj], capture_output=True, text=True, check=True)
        return [s.split("\t") for s in p.stdout.splitlines() if not s.startswith("#")]

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

    def test_only_cpuid_is_forced(self):
        """Behind the prefix an emulator may do anything or nothing: what is there is read."""
        for text, name in (("hlt", "hlt"), ("mov %eax, %cr3", "mov-cr3"), ("popf", "popf")):
            found = self.hits(self.assemble('ud2a\n.ascii "xen"\n%s\nret\n' % text))
            self.assertEqual([h[1] for h in found][:2], ["outs", name])

    def test_capstones_privileged_instructions_are_all_known(self):
        """What Capstone counts as privileged, by going through all opcodes, against our table: but
        for three that any ring may use and one that does not fault."""
        exe = os.path.join(self.dir, "privileged")
        subprocess.run(["gcc", "-o", exe, os.path.join(HERE, "privileged.c"), "-lcapstone"],
                       check=True)
        names = set(subprocess.run([exe], capture_output=True, text=True,
                                   check=True).stdout.split())
        self.assertGreater(len(names), 40)
        listed = subprocess.run([tool("pvverify"), "--list"], capture_output=True, text=True,
                                check=True).stdout
        known = {s.split("\t")[0] for s in listed.splitlines() if "\tprivileged\t" in s}
        missing = {n for n in names if n not in known and n.rstrip("d") not in known}
        self.assertEqual(missing, {"mov", "pop", "rdtscp", "str"})

    def test_a_jump_into_an_instruction(self):
        """The reader that goes on from one instruction to the next sees MOV with an immediate."""
        hidden = "jmp 1f\n.byte 0xb8\n1: cli\nnop\nnop\nnop\nret\n"
        inside = "jmp f + 3\nmov $0xf4fa9090, %eax\nret\n"
        for body, names in ((hidden, ["(branch)", "cli"]), (inside, ["(branch)", "cli", "hlt"])):
            obj = self.assemble(body)
            found = self.hits(obj)
            self.assertEqual([h[1] for h in found], names, body)
            self.assertEqual(found[0][0], "undecodable")
            self.assertIn("into the middle of an instruction", found[0][8])
            self.assertIn("reached by a branch only", found[1][8])
            self.check(obj, "cli f # why\nhlt f # why\n" if "hlt" in names else "cli f # why\n", 1)
            self.check(obj, "(branch) f 1 # why\n" +
                       "".join("%s f # y\n" % n for n in names[1:]), 0)

    def test_every_kind_of_branch(self):
        for jump in ("jnz", "jmp", "call", "loop", "jecxz", "xbegin", "jnz,", "jmp,"):
            near = jump.endswith(",")
            found = self.hits(self.assemble("%s 1f\n%s.byte 0xb8\n1: nop\nnop\nnop\nnop\nret\n" % (
                jump.rstrip(","), ".skip 300, 0x90\n" if near else "")))
            self.assertEqual([h[1] for h in found], ["(branch)"], jump)

    def test_branches_of_an_object_lead_where_its_relocations_say(self):
        """Between sections and to symbols, local and global, and out of the object: all good. One
        that a relocation leads into an instruction is not."""
        body = """
	call g
	jmp other
	jmp outside
	call 1f
	ret
	.globl g
g:	ret
	.section .text.more, "ax"
	nop
1:	mov $0x90fa9090, %eax
other:	jmp f
	ret
"""
        self.assertEqual(self.hits(self.assemble(body)), [])
        found = self.hits(self.assemble(body.replace("call 1f", "call 1f + 3")))
        self.assertEqual([h[1] for h in found], ["(branch)", "cli"])
        self.assertEqual(found[0][4:6], [".text", "f"])
        self.assertEqual(found[1][4], ".text.more")

    def test_padding_between_functions_is_no_code(self):
        for zeroes in range(1, 8):
            self.assertEqual(self.hits(self.assemble(
                "ret\n.skip %d\n.globl g\n.type g, @function\ng: ret\n.skip 3\n" % zeroes)), [])
        # A page that somebody fills later is nothing to jump around in.
        self.assertEqual(self.hits(self.assemble("jmp page + 33\nret\npage: .skip 64\n")), [])
        found = self.hits(self.assemble("ret\n.skip 2\n.byte 0xff\n.globl g\ng: ret\n"))
        self.assertEqual([h[0] for h in found], ["undecodable"])

    def test_code_among_data_is_named(self):
        obj = self.assemble("""ret
	.section .init.data, "aw"
	.globl real_mode_blob, real_mode_blob_end
real_mode_blob: cli; hlt; .skip 10
real_mode_blob_end:
	.long 0
	.section .rodata, "a"
	.type lost, @function
lost:	popf
	.size lost, . - lost
	.balign 4
	.type picture, @object
picture: .byte 0x7f; .ascii "ELF"; .byte 1, 1, 1; .skip 20
	.size picture, . - picture
""")
        found = {h[5]: (h[0], h[4], h[8]) for h in self.hits(obj)}
        self.assertEqual(found, {
            "real_mode_blob": ("unread", ".init.data", "embedded code, 12 bytes"),
            "lost": ("unread", ".rodata", "a function, 1 bytes"),
            "picture": ("unread", ".rodata", "an embedded ELF file, 27 bytes")})
        out = self.check(obj, "", 0)
        self.assertIn("x.o: not read: real_mode_blob in .init.data, embedded code, 12 bytes", out)

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

    def test_vector_instructions_hide_nothing(self):
        """Those that the disassembler does not know have the length the assembler gave them: what
        stands behind each is seen, and nothing in the middle."""
        vectors = ["vbroadcasti128 %s, %%ymm0" % m for m in
                   ("(%ebx)", "8(%ebx)", "0x1234(%esp)", "x", "(%eax,%ecx,4)", "8(%eax,%ecx)",
                    "(,%ecx,2)", "(%bx,%si)", "%fs:4(%di)", "0x1234(%bp)")]
        vectors += ["vpcmpgtb %zmm4, %zmm5, %k1", "vpmovm2b %k1, %zmm5",
                    "vpcmpub $3, 64(%eax), %zmm1, %k2",
                    "vpternlogd $0x96, 0xfa00(%esi), %zmm1, %zmm2", "vpshufd $0xfa, %zmm1, %zmm2",
                    "vpsrlw $0xfa, (%ecx), %zmm3", "vaddph %zmm1, %zmm2, %zmm3", "kmovq %k1, %k2",
                    "vcvtph2w (%eax), %zmm1", "vzeroall", "vpinsrw $0xfa, %eax, %xmm1, %xmm2"]
        obj = self.assemble("".join("%s\ncli\n" % v for v in vectors) + "ret\n.data\nx: .long 0\n")
        self.assertEqual([h[1] for h in self.hits(obj)], ["cli"] * len(vectors))
        # BOUND, LES and LDS with an address are not prefixes; too few bytes are nothing
        for body in (".byte 0x62, 0xf1, 0x55", ".byte 0xc4, 0xe2, 0x7d, 0x5a",
                     ".byte 0x62, 0xf4, 0x7d, 0x48, 0x28, 0xe9"):
            self.assertIn("undecodable", [h[0] for h in self.hits(self.assemble(body + "\n"))])
        bound = self.assemble("bound %eax, (%ecx)\ncli\n")
        self.assertEqual([h[1] for h in self.hits(bound)], ["cli"])

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
                self.assertEqual(hit[4:7], [".altinstr_replacement", "alt:f", "0x0"])

    def test_alternatives_of_a_module(self):
        """Before it is loaded, only relocations say what a module's table leads to: sections
        begin at 0 all of them, and the function is not the first of its own."""
        for between in (".word 7", ".word 7; .byte 0", ".long 7"):
            with self.subTest(between):
                obj = self.assemble("nop\nret\n" + """
\t.section .text.more, "ax"
\tnop
\t.type second, @function
second:\tnop
3:\tnop
\tnop
\tnop
\tret
\t.section .altinstr_replacement, "ax"
\t.byte 0xb8\t\t# the begin of a longer instruction for who does not know the table
1:\tclac
2:\t.section .altinstructions, "a"
\t.long 3b - ., 1b - .
\t%s
\t.byte 3, 2b - 1b
\t.long f - ., 2b - .
\t%s
\t.byte 1, 0
""" % (between, between), "alt%d" % len(between))
                found = [h for h in self.hits(obj) if h[1] == "clac"]
                self.assertEqual([h[4:7] for h in found],
                                 [[".altinstr_replacement", "alt:second", "0x0"]])

    def test_an_alternative_is_judged_by_the_function_it_is_for(self):
        self.alternative(".word 7")
        exe = os.path.join(self.dir, "alt")
        for symbol, status in (("alt:f", 0), ("f", 1), (".altinstr_replacement", 1),
                               ("alt:g", 1), ("(alt:)?(f|g)", 0)):
            self.check(exe, "clac %s # why\n" % symbol, status)

    def test_source_line(self):
        src = self.write("c.c", "void _start(void)\n{\n\tasm volatile(\"cli\");\n}\n")
        exe = os.path.join(self.dir, "c")
        subprocess.run(["gcc", "-m32", "-g", "-nostdlib", "-static", "-o", exe, src], check=True)
        cli = [h for h in self.hits(exe) if h[1] == "cli"]
        self.assertTrue(cli[0][7].endswith("c.c:3"), cli)

    def test_source_line_of_a_module(self):
        """Its sections all begin at 0: the line is that of the right one."""
        src = self.write("m.c", "static inline void off(void)\n{\n\tasm volatile(\"cli\");\n}\n"
                         "void f(void)\n{\n\tasm volatile(\"nop\");\n}\n"
                         "#define IN(x) __attribute__((section(x)))\n"
                         "IN(\".text.init\") void g(void)\n{\n\toff();\n}\n"
                         "IN(\".text.exit\") void h(void)\n{\n\n\toff();\n}\n")
        obj = os.path.join(self.dir, "m.o")
        subprocess.run(["gcc", "-m32", "-O2", "-g1", "-c", "-o", obj, src], check=True)
        lines = {h[5]: h[7].rpartition("/")[2] for h in self.hits(obj) if h[1] == "cli"}
        self.assertEqual(lines, {"g": "m.c:12", "h": "m.c:17"})

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
        self.assertIn("m.ko is not what `pvkit build` left there",
                      self.pvkit("verify", self.port, self.tree, "--build", build, status=4))
        self.stamped(build, "vmlinux", "drivers/m.ko")
        out = self.pvkit("verify", self.port, self.tree, "--build", build, status=1)
        self.assertRegex(out, r"sti .* f\+0x1 of drivers/m.ko .*NOT EXPLAINED")
        self.assertIn("drivers/m.ko: 3 instructions", out)
        self.pvkit("verify", self.port, self.tree, "--image", os.path.join(build, "vmlinux"))
        self.write("port/verify.whitelist", "cli f # why\nsti f # why\n")
        self.pvkit("verify", self.port, self.tree, "--build", build)

        many = ["drivers/m%02d.ko" % n for n in range(30)]
        for n, name in enumerate(many):
            body = "sti\n" if n == 29 else "nop\n"
            os.rename(self.assemble(body + "ret\n"), os.path.join(build, name))
        self.stamped(build, "vmlinux", "drivers/m.ko", *many)
        self.write("port/verify.whitelist", "cli f # why\nsti f 1 # why\n")
        out = self.pvkit("verify", self.port, self.tree, "--build", build, status=1)
        self.assertRegex(out, "sti .* of drivers/m(29)?.ko .*NOT EXPLAINED")
        self.assertRegex(out, r"31 modules: 63 instructions in \d+ bytes")

    def test_without_code(self):
        """A module may be all tables; a kernel may not."""
        src = self.write("t.S", ".section .rodata\n.globl table\ntable: .long 1, 2\n")
        obj, exe = os.path.join(self.dir, "t.o"), os.path.join(self.dir, "t")
        subprocess.run(["gcc", "-m32", "-c", "-o", obj, src], check=True)
        self.check(obj, "", 0)
        subprocess.run(["ld", "-m", "elf_i386", "-e", "table", "-o", exe, obj], check=True)
        self.assertIn("has no executable section", self.check(exe, "", 5))

    def test_not_elf(self):
        path = self.write("x.txt", "hello")
        self.assertIn("is not an ELF file",
                      self.pvkit("verify", self.port, self.tree, "--image", path, status=5))

    def test_no_kernel_built(self):
        self.assertIn("pvkit build", self.pvkit("verify", self.port, self.tree, "--build",
                                                self.dir, status=4))

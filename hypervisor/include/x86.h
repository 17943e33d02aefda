/* SPDX-License-Identifier: MIT */
/* The processor, as Intel's and AMD's manuals name it: bits, and one-instruction wrappers. */
#ifndef RINGONE_X86_H
#define RINGONE_X86_H

#define EFLAGS_CF   0x00000001
#define EFLAGS_MBS  0x00000002
#define EFLAGS_TF   0x00000100
#define EFLAGS_IF   0x00000200
#define EFLAGS_DF   0x00000400
#define EFLAGS_IOPL 0x00003000
#define IOPL_SHIFT  12 /* of EFLAGS_IOPL */
#define EFLAGS_NT   0x00004000
#define EFLAGS_RF   0x00010000
#define EFLAGS_VM   0x00020000
#define EFLAGS_AC   0x00040000
#define EFLAGS_VIF  0x00080000
#define EFLAGS_VIP  0x00100000
#define EFLAGS_ID   0x00200000

#define CR0_PE 0x00000001
#define CR0_MP 0x00000002
#define CR0_EM 0x00000004
#define CR0_TS 0x00000008
#define CR0_ET 0x00000010
#define CR0_NE 0x00000020
#define CR0_WP 0x00010000
#define CR0_AM 0x00040000
#define CR0_NW 0x20000000
#define CR0_CD 0x40000000
#define CR0_PG 0x80000000

#define CR4_VME        0x00000001
#define CR4_PVI        0x00000002
#define CR4_TSD        0x00000004
#define CR4_DE         0x00000008
#define CR4_PSE        0x00000010
#define CR4_PAE        0x00000020
#define CR4_MCE        0x00000040
#define CR4_PGE        0x00000080
#define CR4_PCE        0x00000100
#define CR4_OSFXSR     0x00000200
#define CR4_OSXMMEXCPT 0x00000400
#define CR4_UMIP       0x00000800
#define CR4_OSXSAVE    0x00040000
#define CR4_SMEP       0x00100000
#define CR4_SMAP       0x00200000

#define MSR_TSC          0x00000010
#define MSR_APIC_BASE    0x0000001b
#define MSR_SYSENTER_CS  0x00000174
#define MSR_SYSENTER_ESP 0x00000175
#define MSR_SYSENTER_EIP 0x00000176
#define MSR_MISC_ENABLE  0x000001a0
#define MSR_PAT          0x00000277
#define MSR_EFER         0xc0000080
#define EFER_SCE         0x00000001
#define EFER_NXE         0x00000800

/* Exception vectors. */
#define TRAP_DE       0
#define TRAP_DB       1
#define TRAP_NMI      2
#define TRAP_BP       3
#define TRAP_OF       4
#define TRAP_BR       5
#define TRAP_UD       6
#define TRAP_NM       7
#define TRAP_DF       8
#define TRAP_TS       10
#define TRAP_NP       11
#define TRAP_SS       12
#define TRAP_GP       13
#define TRAP_PF       14
#define TRAP_SPURIOUS 15
#define TRAP_MF       16
#define TRAP_AC       17
#define TRAP_MC       18
#define TRAP_XM       19

/* Page-fault error code. */
#define PF_PRESENT 0x01
#define PF_WRITE   0x02
#define PF_USER    0x04
#define PF_RSVD    0x08
#define PF_INSTR   0x10

#define INSN_MAX_LENGTH 15 /* bytes of any instruction */

#ifndef __ASSEMBLY__
#include <stdbool.h>
#include <stdint.h>

static inline void outb(uint16_t port, uint8_t v)
{
	__asm__ volatile("outb %0, %1" : : "a"(v), "Nd"(port));
}

static inline void outw(uint16_t port, uint16_t v)
{
	__asm__ volatile("outw %0, %1" : : "a"(v), "Nd"(port));
}

static inline void outl(uint16_t port, uint32_t v)
{
	__asm__ volatile("outl %0, %1" : : "a"(v), "Nd"(port));
}

static inline uint8_t inb(uint16_t port)
{
	uint8_t v;

	__asm__ volatile("inb %1, %0" : "=a"(v) : "Nd"(port));
	return v;
}

static inline uint16_t inw(uint16_t port)
{
	uint16_t v;

	__asm__ volatile("inw %1, %0" : "=a"(v) : "Nd"(port));
	return v;
}

static inline uint32_t inl(uint16_t port)
{
	uint32_t v;

	__asm__ volatile("inl %1, %0" : "=a"(v) : "Nd"(port));
	return v;
}

#define DEFINE_REG_ACCESS(reg)                                                 \
	static inline uint32_t read_##reg(void)                                \
	{                                                                      \
		uint32_t v;                                                    \
                                                                               \
		__asm__ volatile("mov %%" #reg ", %0" : "=r"(v) : : "memory"); \
		return v;                                                      \
	}                                                                      \
	static inline void write_##reg(uint32_t v)                             \
	{                                                                      \
		__asm__ volatile("mov %0, %%" #reg : : "r"(v) : "memory");     \
	}
DEFINE_REG_ACCESS(cr0)
DEFINE_REG_ACCESS(cr2)
DEFINE_REG_ACCESS(cr3)
DEFINE_REG_ACCESS(cr4)

static inline uint64_t rdmsr(uint32_t msr)
{
	uint64_t v;

	__asm__ volatile("rdmsr" : "=A"(v) : "c"(msr));
	return v;
}

/* False, and nothing read, where the processor does not have it (the exception table). */
static inline bool rdmsr_safe(uint32_t msr, uint64_t *v)
{
	uint32_t low = 0, high = 0;

	__asm__ goto("1: rdmsr\n\t"
		     ".pushsection .extable, \"a\"\n\t.long 1b, %l[fault]\n\t.popsection"
		     : "=a"(low), "=d"(high)
		     : "c"(msr)
		     :
		     : fault);
	*v = (uint64_t)high << 32 | low;
	return true;
fault:
	return false;
}

static inline void wrmsr(uint32_t msr, uint64_t v)
{
	__asm__ volatile("wrmsr" : : "c"(msr), "A"(v));
}

static inline uint64_t rdtsc(void)
{
	uint64_t v;

	__asm__ volatile("rdtsc" : "=A"(v));
	return v;
}

struct cpuid_regs {
	uint32_t eax, ebx, ecx, edx;
};

static inline struct cpuid_regs cpuid(uint32_t leaf, uint32_t subleaf)
{
	struct cpuid_regs r;

	__asm__ volatile("cpuid"
			 : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx)
			 : "0"(leaf), "2"(subleaf));
	return r;
}

static inline void invlpg(uint32_t va)
{
	__asm__ volatile("invlpg %0" : : "m"(*(char *)(uintptr_t)va) : "memory");
}

static inline void clts(void)
{
	__asm__ volatile("clts");
}

static inline void cpu_relax(void)
{
	__asm__ volatile("pause" ::: "memory");
}

static inline uint32_t read_eflags(void)
{
	uint32_t v;

	__asm__ volatile("pushf; pop %0" : "=r"(v));
	return v;
}

/* Let pending interrupts in, for one instruction's time.  See "Interrupts" in regs.h. */
static inline void interrupt_window(void)
{
	__asm__ volatile("sti; nop; cli" ::: "memory");
}
#endif

#endif

/* SPDX-License-Identifier: MIT */
/*
 * The local APIC: the timer that drives everything, and the way in for what
 * the 8259s deliver.  Registers and bits: Intel SDM volume 3, chapter 10.
 */
#include "machine.h"
#include "mm/mm.h"
#include "say/say.h"
#include "x86.h"

#define LAPIC_PADDR 0xFEE00000U

#define LAPIC_ID            0x020
#define LAPIC_TPR           0x080
#define LAPIC_EOI           0x0b0
#define LAPIC_SVR           0x0f0
#define LAPIC_ESR           0x280
#define LAPIC_LVT_TIMER     0x320
#define LAPIC_LVT_THERMAL   0x330
#define LAPIC_LVT_PERF      0x340
#define LAPIC_LVT_LINT0     0x350
#define LAPIC_LVT_LINT1     0x360
#define LAPIC_LVT_ERROR     0x370
#define LAPIC_TIMER_INIT    0x380
#define LAPIC_TIMER_CURRENT 0x390
#define LAPIC_TIMER_DIV     0x3e0

#define SVR_ENABLE  0x100
#define LVT_MASKED  0x10000
#define LVT_EXTINT  0x700
#define LVT_NMI     0x400
#define DIVIDE_BY_4 0x1

#define APIC_BASE_ENABLE (1U << 11)
#define APIC_BASE_X2APIC (1U << 10)
#define CPUID1_EDX_APIC  (1U << 9)

static inline volatile uint32_t *reg(uint32_t offset)
{
	return (volatile uint32_t *)(FIX_LAPIC + offset);
}

static inline void lapic_write(uint32_t offset, uint32_t v)
{
	*reg(offset) = v;
}

static inline uint32_t lapic_read(uint32_t offset)
{
	return *reg(offset);
}

/* Firmware may have moved it, switched it off, or left it in x2APIC mode. */
static void enable_at_default_address(void)
{
	uint64_t base = rdmsr(MSR_APIC_BASE);

	if (base & APIC_BASE_X2APIC) /* the way back leads through "off" */
		wrmsr(MSR_APIC_BASE, base & ~(uint64_t)(APIC_BASE_ENABLE | APIC_BASE_X2APIC));
	base = (base & 0x100) | LAPIC_PADDR | APIC_BASE_ENABLE;
	wrmsr(MSR_APIC_BASE, base);
}

void lapic_init(void)
{
	uint32_t max_lvt;

	if (!(cpuid(1, 0).edx & CPUID1_EDX_APIC))
		cannot_run("this processor has no local APIC (CPUID 1, EDX bit 9): "
			   "use a machine or an emulated CPU model that has one");
	enable_at_default_address();
	map_hypervisor_page(FIX_LAPIC, paddr_to_mfn(LAPIC_PADDR),
			    PTE_P | PTE_RW | PTE_PCD | PTE_PWT);

	max_lvt = (lapic_read(0x30) >> 16) & 0xff;
	lapic_write(LAPIC_TPR, 0);
	lapic_write(LAPIC_SVR, SVR_ENABLE | LAPIC_SPURIOUS_VECTOR);
	lapic_write(LAPIC_LVT_LINT0, LVT_EXTINT);
	lapic_write(LAPIC_LVT_LINT1, LVT_NMI);
	lapic_write(LAPIC_LVT_ERROR, LVT_MASKED | LAPIC_SPURIOUS_VECTOR);
	if (max_lvt >= 4)
		lapic_write(LAPIC_LVT_PERF, LVT_MASKED | LAPIC_SPURIOUS_VECTOR);
	if (max_lvt >= 5)
		lapic_write(LAPIC_LVT_THERMAL, LVT_MASKED | LAPIC_SPURIOUS_VECTOR);
	lapic_write(LAPIC_TIMER_DIV, DIVIDE_BY_4);
	lapic_write(LAPIC_TIMER_INIT, 0);
	lapic_write(LAPIC_LVT_TIMER, LAPIC_TIMER_VECTOR); /* one shot */
	lapic_write(LAPIC_ESR, 0);
	lapic_write(LAPIC_EOI, 0); /* whatever the firmware left half done */
}

void lapic_eoi(void)
{
	lapic_write(LAPIC_EOI, 0);
}

uint32_t lapic_id(void)
{
	return lapic_read(LAPIC_ID) >> 24;
}

void lapic_timer_start(uint32_t ticks)
{
	lapic_write(LAPIC_TIMER_INIT, ticks);
}

uint32_t lapic_timer_left(void)
{
	return lapic_read(LAPIC_TIMER_CURRENT);
}

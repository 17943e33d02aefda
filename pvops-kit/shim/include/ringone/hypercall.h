/* SPDX-License-Identifier: MIT */
#ifndef RINGONE_HYPERCALL_H
#define RINGONE_HYPERCALL_H

/*
 * The i386 hypercall sequence and a typed wrapper for every call a PV kernel makes.
 *
 * Number in EAX, arguments in EBX ECX EDX ESI EDI, result in EAX: zero or positive is success,
 * negative is -errno in Xen's numbering. Argument registers are not preserved.
 *
 * The wrappers go through the hypercall page, which the hypervisor fills and which hides the
 * instruction that enters it; the OS reserves the page and names it in its ELF notes as
 * `ringone_hypercall_page`. ringone_trap_call() uses the bare software interrupt instead, for
 * numbers beyond the page and for code that runs before the page may be trusted.
 */
#include <ringone/xen.h>

#define RINGONE_HYPERCALL_STRIDE 32 /* bytes between two entries of the page */

extern char ringone_hypercall_page[];

#define RINGONE_CALL_OUT(ret, a, b, c, d, e) "=a"(ret), "+b"(a), "+c"(b), "+d"(c), "+S"(d), "+D"(e)

#ifdef RINGONE_HOST_TEST
/* A test on the build host plays the hypervisor; its pointers are wider than 32 bits. */
#define RINGONE_ARG(x) ((unsigned long)(x))
long ringone_call(unsigned int nr, unsigned long a, unsigned long b, unsigned long c,
		  unsigned long d, unsigned long e);
#else
#define RINGONE_ARG(x) ((uint32_t)(unsigned long)(x))

/* Any call through the page; @nr below 128. */
static inline long ringone_call(unsigned int nr, uint32_t a, uint32_t b, uint32_t c, uint32_t d,
				uint32_t e)
{
	long ret;

	asm volatile("call *%%eax"
		     : RINGONE_CALL_OUT(ret, a, b, c, d, e)
		     : "0"(ringone_hypercall_page + nr * RINGONE_HYPERCALL_STRIDE)
		     : "memory", "cc");
	return ret;
}

/* Any call through the software interrupt; any number at all. */
static inline long ringone_trap_call(uint32_t nr, uint32_t a, uint32_t b, uint32_t c, uint32_t d,
				     uint32_t e)
{
	long ret;

	asm volatile("int $0x82" : RINGONE_CALL_OUT(ret, a, b, c, d, e) : "0"(nr) : "memory", "cc");
	return ret;
}

#endif

#define RINGONE_CALL5(nr, a, b, c, d, e)                                                 \
	ringone_call(nr, RINGONE_ARG(a), RINGONE_ARG(b), RINGONE_ARG(c), RINGONE_ARG(d), \
		     RINGONE_ARG(e))
#define RINGONE_CALL4(nr, a, b, c, d) RINGONE_CALL5(nr, a, b, c, d, 0)
#define RINGONE_CALL3(nr, a, b, c)    RINGONE_CALL5(nr, a, b, c, 0, 0)
#define RINGONE_CALL2(nr, a, b)       RINGONE_CALL5(nr, a, b, 0, 0, 0)
#define RINGONE_CALL1(nr, a)          RINGONE_CALL5(nr, a, 0, 0, 0, 0)

/* Processor state ------------------------------------------------------------------------- */

static inline long ringone_set_trap_table(const struct trap_info *table)
{
	return RINGONE_CALL1(__HYPERVISOR_set_trap_table, table);
}

/* @frames: machine frames of the GDT's pages; @entries: descriptors, at most 14 pages of them. */
static inline long ringone_set_gdt(const unsigned long *frames, unsigned int entries)
{
	return RINGONE_CALL2(__HYPERVISOR_set_gdt, frames, entries);
}

/* @desc_ma: machine address of the descriptor to replace. */
static inline long ringone_update_descriptor(uint64_t desc_ma, uint64_t desc)
{
	return RINGONE_CALL4(__HYPERVISOR_update_descriptor, desc_ma, desc_ma >> 32, desc,
			     desc >> 32);
}

static inline long ringone_stack_switch(unsigned long ss, unsigned long esp)
{
	return RINGONE_CALL2(__HYPERVISOR_stack_switch, ss, esp);
}

static inline long ringone_set_callbacks(unsigned long event_cs, const void *event,
					 unsigned long failsafe_cs, const void *failsafe)
{
	return RINGONE_CALL4(__HYPERVISOR_set_callbacks, event_cs, event, failsafe_cs, failsafe);
}

static inline long ringone_callback_op(int cmd, const void *arg)
{
	return RINGONE_CALL2(__HYPERVISOR_callback_op, cmd, arg);
}

static inline long ringone_fpu_taskswitch(int set)
{
	return RINGONE_CALL1(__HYPERVISOR_fpu_taskswitch, set);
}

static inline long ringone_set_debugreg(int reg, unsigned long value)
{
	return RINGONE_CALL2(__HYPERVISOR_set_debugreg, reg, value);
}

static inline long ringone_get_debugreg(int reg)
{
	return RINGONE_CALL1(__HYPERVISOR_get_debugreg, reg);
}

/* Memory ---------------------------------------------------------------------------------- */

/* @done may be NULL. Stops at the first bad element; *@done counts those before it. */
static inline long ringone_mmu_update(const mmu_update_t *req, unsigned int count,
				      unsigned int *done, domid_t dom)
{
	return RINGONE_CALL4(__HYPERVISOR_mmu_update, req, count, done, dom);
}

static inline long ringone_mmuext_op(const mmuext_op_t *op, unsigned int count, unsigned int *done,
				     domid_t dom)
{
	return RINGONE_CALL4(__HYPERVISOR_mmuext_op, op, count, done, dom);
}

/* @flags: UVMF_*. */
static inline long ringone_update_va_mapping(unsigned long va, uint64_t pte, unsigned long flags)
{
	return RINGONE_CALL4(__HYPERVISOR_update_va_mapping, va, pte, pte >> 32, flags);
}

static inline long ringone_update_va_mapping_otherdomain(unsigned long va, uint64_t pte,
							 unsigned long flags, domid_t dom)
{
	return RINGONE_CALL5(__HYPERVISOR_update_va_mapping_otherdomain, va, pte, pte >> 32, flags,
			     dom);
}

static inline long ringone_memory_op(unsigned int cmd, void *arg)
{
	return RINGONE_CALL2(__HYPERVISOR_memory_op, cmd, arg);
}

static inline long ringone_vm_assist(unsigned int cmd, unsigned int type)
{
	return RINGONE_CALL2(__HYPERVISOR_vm_assist, cmd, type);
}

static inline long ringone_grant_table_op(unsigned int cmd, void *ops, unsigned int count)
{
	return RINGONE_CALL3(__HYPERVISOR_grant_table_op, cmd, ops, count);
}

/* Time, scheduling, communication --------------------------------------------------------- */

static inline long ringone_sched_op(int cmd, const void *arg)
{
	return RINGONE_CALL2(__HYPERVISOR_sched_op, cmd, arg);
}

static inline long ringone_vcpu_op(int cmd, unsigned int vcpu, const void *arg)
{
	return RINGONE_CALL3(__HYPERVISOR_vcpu_op, cmd, vcpu, arg);
}

/* @deadline: system time in nanoseconds; 0 cancels. */
static inline long ringone_set_timer_op(uint64_t deadline)
{
	return RINGONE_CALL2(__HYPERVISOR_set_timer_op, deadline, deadline >> 32);
}

static inline long ringone_event_channel_op(int cmd, void *arg)
{
	return RINGONE_CALL2(__HYPERVISOR_event_channel_op, cmd, arg);
}

static inline long ringone_console_io(int cmd, unsigned int count, char *buffer)
{
	return RINGONE_CALL3(__HYPERVISOR_console_io, cmd, count, buffer);
}

static inline long ringone_physdev_op(int cmd, void *arg)
{
	return RINGONE_CALL2(__HYPERVISOR_physdev_op, cmd, arg);
}

static inline long ringone_xen_version(int cmd, void *arg)
{
	return RINGONE_CALL2(__HYPERVISOR_xen_version, cmd, arg);
}

static inline long ringone_multicall(multicall_entry_t *list, unsigned int count)
{
	return RINGONE_CALL2(__HYPERVISOR_multicall, list, count);
}

#endif

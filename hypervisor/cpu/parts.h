/* SPDX-License-Identifier: MIT */
/* The part of a VCPU that cpu/ keeps. */
#ifndef RINGONE_CPU_PARTS_H
#define RINGONE_CPU_PARTS_H

#include "abi.h"
#include "types.h"

#define NR_TRAPS      256
#define FPU_AREA_SIZE 1024 /* FXSAVE uses 512; XSAVE with what we know of 832 (cpu/fpu.c) */

#define IRET_ENDS_NMI  1 /* the NMI callback was entered and has not returned */
#define IRET_SETS_IOPL 2 /* VMASST_TYPE_architectural_iopl */

struct vcpu_callback {
	uint32_t cs, eip;
	bool masks;
};

struct cpu_vcpu {
	/* What gate/short.S asks of it, by gate/offsets.h. */
	uint32_t kernel_ss, kernel_sp;
	uint32_t flat_ss, flat_cs, flat_program_cs; /* selectors found flat: cpu/cpu.h */
	uint32_t frame_iopl; /* what frames show of iopl, as bits of EFLAGS */
	uint8_t iret_duties; /* IRET_*: what an iret hypercall does besides returning */
	struct trap_info traps[NR_TRAPS];

	uint32_t guest_cr0; /* what the guest reads; only TS reaches hardware */
	uint32_t guest_cr4;
	uint64_t guest_xcr0; /* what its XSETBV asked for */
	uint32_t guest_dr[8];
	uint32_t iopl;  /* 0..3, virtual: hardware IOPL is always 0 (cpu/iopl.c) */
	gva_t iobitmap; /* the guest's own, for its processes; nr_ports bits */
	uint32_t iobitmap_ports;

	uint32_t event_cs, event_eip;
	uint32_t failsafe_cs, failsafe_eip;
	bool failsafe_masks; /* CALLBACKF_mask_events */
	struct vcpu_callback sysenter_cb, syscall32_cb, nmi_cb;
	bool sysenter_stepped; /* SYSENTER came with TF, which its #DB took (traps.c) */
	uint64_t direct_gate;  /* IDT entry 0x80 while this VCPU runs; 0 = none */
	bool nmi_pending;

	/* FPU: switched eagerly; ts is the guest's own CR0.TS. */
	bool fpu_used;
};

/* What FXSAVE and XSAVE write, which has to be so aligned; a VCPU begins with a page (domain.c). */
struct fpu_vcpu {
	uint8_t area[FPU_AREA_SIZE];
} __aligned(64);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * What entry.S has to know of C structures.  tables.c checks every line at
 * build time, so a field that moves stops the build and not the machine.
 */
#ifndef RINGONE_GATE_OFFSETS_H
#define RINGONE_GATE_OFFSETS_H

/* struct cpu_user_regs, which is also the start of struct cpu */
#define REGS_ebx    0
#define REGS_ecx    4
#define REGS_edx    8
#define REGS_esi    12
#define REGS_edi    16
#define REGS_ebp    20
#define REGS_eax    24
#define REGS_error  28
#define REGS_vector 30
#define REGS_eip    32
#define REGS_cs     36
#define REGS_eflags 40
#define REGS_esp    44
#define REGS_ss     48
#define REGS_es     52
#define REGS_ds     56
#define REGS_fs     60
#define REGS_gs     64
#define REGS_size   68

/* struct cpu */
#define CPU_current   68
#define CPU_softirq   76
#define CPU_n_entries 100
#define CPU_ways      104

/* struct vcpu: what the short ways ask comes first in it. */
#define VCPU_domain          0
#define VCPU_info            8
#define VCPU_kernel_ss       12
#define VCPU_kernel_sp       16
#define VCPU_flat_ss         20
#define VCPU_flat_program_cs 28
#define VCPU_frame_iopl      32
#define VCPU_iret_duties     36
#define VCPU_traps           40

/* struct trap_info, struct domain, struct vcpu_info */
#define TI_flags         1
#define TI_cs            2
#define TI_address       4
#define TI_size          8
#define DOMAIN_range_end 4
#define INFO_pending     0
#define INFO_mask        1
#define INFO_cr2         8

#endif

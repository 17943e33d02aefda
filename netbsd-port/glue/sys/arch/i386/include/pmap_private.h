/* SPDX-License-Identifier: MIT */
/*
 * when: sys/arch/i386/include/frameasm.h lacks /intrfastexit/
 *
 * Words that younger kernels have in this header, and what they are called here.
 */
#ifndef _I386_PMAP_PRIVATE_H_
#define _I386_PMAP_PRIVATE_H_

#define	PTE_P		PG_V
#define	PTE_W		PG_RW
#define	PTE_A		PG_U
#define	PTE_D		PG_M
#define	PTE_FRAME	PG_FRAME

#endif

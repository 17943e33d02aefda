/* SPDX-License-Identifier: MIT */
/* Building the hole at boot. */
#ifndef RINGONE_PAGING_H
#define RINGONE_PAGING_H

#include "types.h"

void paging_early(void);    /* fixmap and map cache reachable: boot_read() works after it */
void paging_init(void);     /* image protected; M2P and frame table allocated and mapped */
void paging_give_ram(void); /* what is left over goes to the frame allocator */
extern uint64_t pte_nx;     /* PTE_NX where the processor has it, else 0 */

#endif

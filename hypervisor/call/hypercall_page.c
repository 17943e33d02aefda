/* SPDX-License-Identifier: MIT */
/*
 * The hypercall page: 32 bytes of code for each call number, which the guest
 * calls at page + number * 32 (xen-x86_32.h).
 *
 *	b8 NR 00 00 00	mov $NR, %eax
 *	cd 82		int $0x82
 *	c3		ret
 *
 * iret is jumped to with the frame on the stack; EAX is restored from there,
 * so it is pushed first and nothing returns.
 */
#include "call.h"
#include "lib.h"

#define STUB_SIZE 32
#define INT3      0xcc

void hypercall_page_fill(uint8_t page[PAGE_SIZE])
{
	memset(page, INT3, PAGE_SIZE);
	for (uint32_t nr = 0; nr < PAGE_SIZE / STUB_SIZE; nr++) {
		uint8_t *p = page + nr * STUB_SIZE;

		if (nr == __HYPERVISOR_iret)
			*p++ = 0x50; /* push %eax */
		*p++ = 0xb8;
		*p++ = nr;
		*p++ = 0;
		*p++ = 0;
		*p++ = 0;
		*p++ = 0xcd;
		*p++ = HYPERCALL_VECTOR;
		if (nr != __HYPERVISOR_iret)
			*p++ = 0xc3;
	}
}

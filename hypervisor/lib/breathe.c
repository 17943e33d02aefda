/* SPDX-License-Identifier: MIT */
/* Interrupts in the middle of long work: their handlers leave notes, and disturb nobody. */
#include "percpu.h"
#include "x86.h"

/* At boot nobody waits, and there is no interrupt table at first. */
void breathe(void)
{
	if (current)
		interrupt_window();
}

bool work_noted(void)
{
	return this_cpu()->softirq;
}

/* SPDX-License-Identifier: MIT */
/*
 * What other files ask of the BIOS and of vm86 mode. There is neither; a program that wants vm86
 * is told that this processor has none.
 */
#include <i386/pv/pvvar.h>

#include <machine/pc/bios.h>
#include <machine/pcb_ext.h>
#include <machine/vm86.h>

struct bios32_SDentry PCIbios;

int
vm86_emulate(struct vm86frame *frame)
{

	return (SIGBUS);
}

void
vm86_trap(struct vm86frame *frame)
{

	panic("a vm86 frame without vm86 mode");
}

int
vm86_sysarch(struct thread *td, char *args)
{

	return (EOPNOTSUPP);
}

/* The clock of a PC keeps no time here. */
void	atrtc_set(struct timespec *ts);
void	atrtc_restore(void);
int	rtcin(int reg);

void
atrtc_set(struct timespec *ts)
{
}

void
atrtc_restore(void)
{
}

int
rtcin(int reg)
{

	return (0);
}

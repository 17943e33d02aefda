/* SPDX-License-Identifier: MIT */
/*
 * Discovery. Includes nothing but the two headers of Ringone's own numbers, so that the file
 * can be compiled inside any kernel tree as it stands.
 */
#include <ringone/discover.h>

void ringone_forced_cpuid(unsigned int leaf, unsigned int subleaf, struct ringone_cpuid *out)
{
	/* ud2a; .ascii "xen"; cpuid: illegal on a processor, understood by the hypervisor. */
	__asm__ volatile(".byte 0x0f, 0x0b, 0x78, 0x65, 0x6e; cpuid"
			 : "=a"(out->eax), "=b"(out->ebx), "=c"(out->ecx), "=d"(out->edx)
			 : "0"(leaf), "2"(subleaf));
}

unsigned int ringone_features(void)
{
	struct ringone_cpuid r;

	ringone_forced_cpuid(RINGONE_CPUID_LEAF, 0, &r);
	if (r.ebx != RINGONE_CPUID_EBX || r.ecx != RINGONE_CPUID_ECX || r.edx != RINGONE_CPUID_EDX)
		return 0;
	return r.eax;
}

/* SPDX-License-Identifier: MIT */
/*
 * when: sys/arch/i386/include/frameasm.h lacks /intrfastexit/
 *
 * The tree's words for hypercalls, where its headers for the hypervisor look for them.
 */
#include <xen/i386/hypercalls.h>

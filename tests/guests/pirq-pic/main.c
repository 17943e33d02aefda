/* SPDX-License-Identifier: MIT */
/*
 * Question: and on a machine whose interrupts come through the 8259s?
 *
 * Expected: what pirq-edge expects; the hypervisor was told to leave the IO-APICs alone.
 */
#include "../pirq-edge/main.c"

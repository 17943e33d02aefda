// SPDX-License-Identifier: MIT
// What Coccinelle must know to read these trees.
#define __KERNEL_RCSID(a, b)      struct __hack
#define __strict_weak_alias(a, b) struct __hack

// SPDX-License-Identifier: MIT
// what: a frame is the user's when its ring is 3, not when it is any but 0
// why: the kernel's own frames show ring 1 now
// files: *.c
// match: 1
@@
expression f;
@@
- (f->cs & 3) != 0
+ (f->cs & 3) == 3
